"""How the cells of a table add up: over places, categories and periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.audit.measures import OF_STATUS
from analytics.audit.published import CONTRACT, Cells, Group
from analytics.audit.relations import AT_LEAST, AT_MOST, EXACT, NO_SUM
from analytics.metrics import over_time_of


@dataclass(frozen=True)
class Family:
    """One way in which cells add up: sum `s` is row `total[s]`, made of its rows of `part`.

    `of[i]` is the sum of `part[i]`, ascending. `way` tells how counts add up, `people_way` how
    people do. `columns` pairs the column of a total with that of its parts; None is all columns,
    each with itself.
    """

    name: str
    total: np.ndarray
    part: np.ndarray
    of: np.ndarray
    way: np.ndarray
    people_way: np.ndarray
    columns: tuple[tuple[int, int], ...] | None = None


def families_of(cells: Cells) -> list[Family]:
    """Every family of a table's cells."""
    found = [_places(cells), *_groups(cells), *_periods(cells)]
    return [family for family in found if family is not None and len(family.total)]


def _family(
    cells: Cells,
    name: str,
    total: np.ndarray,
    part: np.ndarray,
    *,
    way: int = EXACT,
    people_add_up: bool = True,
    columns: tuple[tuple[int, int], ...] | None = None,
) -> Family | None:
    """A family from the total row and the part row of each part; those without a total are left."""
    kept = (total >= 0) & (part >= 0)
    total, part = total[kept], part[kept]
    if not len(total):
        return None
    order = np.argsort(total, kind="stable")
    total, part = total[order], part[order]
    _, first, of = np.unique(total, return_index=True, return_inverse=True)
    ways = np.full(len(first), way, dtype=np.int8)
    people = ways.copy()
    in_month = np.array([grain == "month" for grain, _ in cells.times])[cells.time[total[first]]]
    add_up = people_add_up & (in_month | cells.columns.people_add_up)
    people[~add_up & (ways == EXACT)] = AT_LEAST
    return Family(name, total[first], part, of, ways, people, columns)


def _places(cells: Cells) -> Family | None:
    """Agencies make up their government, governments their province, provinces all.

    A government may also have activities that are no agency's.
    """
    total = cells.rows(cells.above[cells.place], cells.group, cells.time)
    family = _family(cells, "places", total, np.arange(len(total)))
    if family is not None and cells.table.name == "activity":
        governments = np.array([level == 2 for level, _ in cells.places])[cells.place[family.total]]
        family.way[governments] = AT_MOST
        in_month = family.people_way == EXACT
        family.people_way[governments] = np.where(in_month, AT_MOST, NO_SUM)[governments]
    return family


def _groups(cells: Cells) -> Iterable[Family | None]:
    """Categories of one dimension make up the whole, and crossings their single categories."""
    table, number = cells.table, {group: n for n, group in enumerate(cells.groups)}
    by_dimension: dict[str, list[tuple[int, int]]] = {}
    for n, group in enumerate(cells.groups):
        for one in group:
            rest = number.get(group - {one}, -1)
            by_dimension.setdefault(one[0], []).append((n, rest))
    for dimension, links in sorted(by_dimension.items()):
        if dimension == "rater":
            supervisor = ("rater", "supervisor")
            links[:] = [(n, rest) for n, rest in links if supervisor in cells.groups[n]]
        own = dimension == table.own
        yield _linked(
            cells,
            f"categories of {dimension}",
            [(rest, n) for n, rest in links],
            people_add_up=dimension == "rater" or not own or cells.columns.people_of_own_add_up,
        )
    if table.personal:
        yield _contracts(cells, number)
        yield from _statuses(cells, number)


def _linked(
    cells: Cells,
    name: str,
    links: list[tuple[int, int]],
    *,
    people_add_up: bool = True,
    columns: tuple[tuple[int, int], ...] | None = None,
) -> Family | None:
    """A family from pairs of groups, that of the total and that of a part; parts are what there is."""
    links = [link for link in links if link[0] >= 0]
    if not links:
        return None
    totals, parts = [], []
    by_group = _rows_by_group(cells)
    for total, part in links:
        rows = by_group[part]
        parts.append(rows)
        group = np.full(len(rows), total)
        totals.append(cells.rows(cells.place[rows], group, cells.time[rows]))
    return _family(
        cells,
        name,
        np.concatenate(totals),
        np.concatenate(parts),
        people_add_up=people_add_up,
        columns=columns,
    )


def _rows_by_group(cells: Cells) -> list[np.ndarray]:
    order = np.argsort(cells.group, kind="stable")
    ends = np.cumsum(np.bincount(cells.group, minlength=len(cells.groups)))
    return np.split(order, ends[:-1])


def _contracts(cells: Cells, number: Mapping[Group, int]) -> Family | None:
    """PPPK and part-time PPPK are grade group PPPK, also within another dimension."""
    links = []
    for group, n in number.items():
        status = dict(group).get("status")
        rest = frozenset(one for one in group if one[0] != "status")
        if status in CONTRACT and "grade_group" not in dict(rest):
            links.append((number.get(rest | {("grade_group", "PPPK")}, -1), n))
    return _linked(cells, "status and grade group PPPK", links)


def _statuses(cells: Cells, number: Mapping[Group, int]) -> Iterable[Family | None]:
    """A metric about some statuses counts the people whom a metric about everyone has there."""
    columns = cells.columns
    everyone = columns.of.get(("mean_training_hours", "denominator"))
    if everyone is None:
        return
    for key, statuses in OF_STATUS.items():
        some = columns.of.get((key, "denominator"))
        if some is None:
            continue
        links = []
        for group, n in number.items():
            if dict(group).get("status") in statuses:
                rest = frozenset(one for one in group if one[0] != "status")
                links.append((number.get(rest, -1), n))
        pairs = ((some, everyone), (columns.people[some], columns.people[everyone]))
        yield _linked(cells, f"statuses of {key}", links, columns=pairs)
        same = [(n, n) for group, n in number.items() if _all_of(group, statuses)]
        yield _linked(cells, f"groups of {key}", same, columns=pairs)


def _all_of(group: Group, statuses: frozenset[str]) -> bool:
    of = dict(group)
    contract = statuses == CONTRACT and of.get("grade_group") == "PPPK"
    return of.get("status") in statuses or contract


def _periods(cells: Cells) -> Iterable[Family | None]:
    """Months make up quarters and years, or the last month stands for them."""
    last = over_time_of(cells.table.name) == "last"
    for longer, shorter in (("year", "quarter"), ("year", "month"), ("quarter", "month")):
        above = _times_above(cells, longer, shorter, last=last)
        total = cells.rows(cells.place, cells.group, above[cells.time])
        part = np.arange(len(total))
        if cells.table.has_cycles:
            total = np.where(_adds_up(cells, total, part), total, -1)
        family = _family(cells, f"{shorter}s of a {longer}", total, part, people_add_up=last)
        if family is not None and cells.table.counts != "people":
            family.people_way[:] = EXACT
        yield family


def _times_above(cells: Cells, longer: str, shorter: str, *, last: bool) -> np.ndarray:
    """For each period of the shorter grain the number of the longer one it is a part of, or −1."""
    number = {time: n for n, time in enumerate(cells.times)}
    above = np.full(len(cells.times), -1)
    latest: dict[int, int] = {}
    for n, (grain, period) in enumerate(cells.times):
        if grain == shorter:
            above[n] = number.get((longer, _start(period, longer)), -1)
            known = latest.get(above[n])
            latest[above[n]] = n if known is None or cells.times[known][1] < period else known
    if last:
        kept = set(latest.values())
        above[[n for n in range(len(above)) if n not in kept]] = -1
    return above


def _start(period: pd.Timestamp, grain: str) -> pd.Timestamp:
    month = 1 if grain == "year" else period.month - (period.month - 1) % 3
    return period.replace(month=month)


def _adds_up(cells: Cells, total: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Which cells are of a place and longer period whose undivided counts are sums of the shorter.

    Where a quarter or a year has evaluations of its own they are not; whether it has shows.
    """
    values = cells.values
    whole = np.array([not group for group in cells.groups])
    counts = sorted(set(cells.columns.of.values()) - cells.columns.bins)
    rows = cells.columns.rows_of_people[0][1]
    inside = (total >= 0) & whole[cells.group]
    row, sums = np.unique(total[inside], return_inverse=True)
    same, agree = values[rows][row] > 0, np.zeros(len(row))
    for column in counts:
        added = np.bincount(sums, values[column][part[inside]], len(row))
        hidden = np.isnan(added) | np.isnan(values[column][row])
        same &= (hidden & (column != rows)) | (added == values[column][row])
        agree += (added > 0) & (added == values[column][row])
    # The same people may be expected for a quarter and for its last month: one count may agree.
    same &= agree > 1
    adding = np.zeros((len(cells.places), len(cells.times)), dtype=bool)
    adding[cells.place[row[same]], cells.time[row[same]]] = True
    level = np.array([level for level, _ in cells.places])
    agency = (level == 3) & (cells.above >= 0)
    adding[agency] = adding[cells.above[agency]]
    for upper in (1, 0):
        below = np.flatnonzero((level == upper + 1) & (cells.above >= 0))
        adding[level == upper] = True
        np.logical_and.at(adding, cells.above[below], adding[below])
    return (total >= 0) & adding[cells.place[total], cells.time[total]]
