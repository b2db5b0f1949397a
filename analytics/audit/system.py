"""All relations of a year's cells put together, and what follows for each withheld count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.audit.families import Family, families_of
from analytics.audit.measures import THE_REST
from analytics.audit.published import KEYS, Cells
from analytics.audit.relations import (
    AT_LEAST,
    EXACT,
    NO_BOUND,
    NO_SUM,
    Gathering,
    Relations,
    bounds,
    remainders,
)
from analytics.metrics.performance import TOP_EXCESS, TOP_RATING
from analytics.metrics.readiness import FACET_SCORE, RESPONSE_RATE

ANY_NUMBER = 1e9
SPARED = -1


@dataclass(frozen=True)
class System:
    """The relations among the unknown counts of a year.

    Variable `v` is column `column[v]` of cell `row[v]` of `tables[table[v]]`; `below` is the number
    from which it may be known (0 where any number may be). `low` and `high` are equal where it is
    published.
    """

    tables: Sequence[Cells]
    relations: Relations
    families: tuple[str, ...]
    family: np.ndarray
    table: np.ndarray
    column: np.ndarray
    row: np.ndarray
    below: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def unknown(self) -> np.ndarray:
        """Which variables are in no published column."""
        return self.low < self.high

    def describe(self, variables: np.ndarray) -> pd.DataFrame:
        """The table, column and cell of each of some variables."""
        frames = []
        for number, cells in enumerate(self.tables):
            here = variables[self.table[variables] == number]
            frame = cells.keys[KEYS].iloc[self.row[here]].reset_index(drop=True)
            names = np.array(cells.columns.names, dtype=object)
            frame.insert(0, "column", names[self.column[here]])
            frame.insert(0, "table", cells.table.name)
            frame["variable"] = here
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


TOGETHER = ({"survey", "survey_wave"}, {"appraisal", "distribution_limit"})
"""Tables in which the same people are counted."""


def apart(tables: Sequence[Cells]) -> list[list[Cells]]:
    """A year's tables, those together that have to do with each other."""
    groups: dict[str, list[Cells]] = {}
    for cells in tables:
        name = cells.table.name
        first = next((min(names) for names in TOGETHER if name in names), name)
        groups.setdefault(first, []).append(cells)
    return list(groups.values())


def system_of(tables: Sequence[Cells]) -> System:
    """The relations of a year's tables, restricted to those with something withheld in them."""
    work = _Work(tables)
    for number, cells in enumerate(tables):
        for family in families_of(cells):
            work.add_family(number, family)
        work.add_measures(number)
    work.add_respondents()
    work.add_limits()
    return work.system()


class _Work:
    """Variables are numbered table by table, column by column, as the values of the tables are."""

    def __init__(self, tables: Sequence[Cells]) -> None:
        self.tables = tables
        sizes = [cells.values.size for cells in tables]
        self.base = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.found = Gathering()
        self.families: list[str] = []
        self.family: list[np.ndarray] = []

    def variables(self, number: int, column: int, rows: np.ndarray) -> np.ndarray:
        return self.base[number] + column * self.tables[number].values.shape[1] + rows

    def add_family(self, number: int, family: Family) -> None:
        columns = self.tables[number].columns
        pairs = family.columns
        if pairs is None:
            spared = columns.bins | columns.spared
            pairs = tuple((n, n) for n in range(len(columns.names)) if n not in spared)
        people = set(columns.people.values())
        for of_total, of_part in pairs:
            way = family.people_way if of_part in people else family.way
            if of_total in columns.sums_by_rows:
                if (way == EXACT).all():
                    continue
                way = np.where(way == EXACT, SPARED, way)
            self._add_sums(number, family, of_total, of_part, way)

    def _add_sums(
        self, number: int, family: Family, of_total: int, of_part: int, way: np.ndarray
    ) -> None:
        values = self.tables[number].values
        whole, inside = values[of_total][family.total], values[of_part][family.part]
        whole_open, open_part = np.isnan(whole), np.isnan(inside)
        size = len(whole)
        some = np.bincount(family.of, open_part, size) > 0
        rest = np.where(whole_open, 0, whole) - np.bincount(
            family.of, np.where(open_part, 0, inside), size
        )
        # Published counts that contradict each other are of two sources.
        false = ~whole_open & (rest < -1e-6) & (way != AT_LEAST)
        used = (some | whole_open) & ~false & (way != NO_SUM) & (way != SPARED)
        if not used.any() and not (way == NO_SUM).any():
            return
        renumbered = np.cumsum(used) - 1
        listed = np.flatnonzero(used[family.of] & open_part)
        total = np.where(whole_open, self.variables(number, of_total, family.total), -1)[used]
        part = self.variables(number, of_part, family.part[listed])
        self.found.add_sums(total, rest[used], way[used], part, renumbered[family.of[listed]])
        self._name(family.name, int(used.sum()))
        overlaps = ((way == AT_LEAST) | (way == NO_SUM))[family.of]
        overlaps = np.flatnonzero(overlaps & (open_part | whole_open[family.of]))
        if len(overlaps):
            large = family.total[family.of[overlaps]]
            self.found.add_pairs(
                self.variables(number, of_part, family.part[overlaps]),
                self.variables(number, of_total, large),
            )

    def _name(self, name: str, count: int) -> None:
        if name not in self.families:
            self.families.append(name)
        self.family.append(np.full(count, self.families.index(name), dtype=np.int8))

    def add_measures(self, number: int) -> None:
        """The relations between the columns of each cell."""
        cells = self.tables[number]
        for total, parts in cells.columns.equations:
            self._add_equation(number, total, parts)
        for small, large in cells.columns.smaller:
            self._add_smaller(number, small, large)
        most = np.array([{"month": 1, "quarter": 3, "year": 12}[g] for g, _ in cells.times])
        months = np.ones(len(cells.keys)) if cells.columns.people_add_up else most[cells.time]
        for people, rows, one_each in cells.columns.rows_of_people:
            self._add_smaller(number, people, rows)
            if not one_each:
                self._add_smaller(number, rows, people, ANY_NUMBER)
                continue
            for factor in np.unique(months):
                self._add_smaller(number, rows, people, factor, months == factor)

    def _add_equation(self, number: int, total: int, parts: Sequence[int]) -> None:
        values = self.tables[number].values
        whole, inside = values[total], values[list(parts)]
        open_part, whole_open = np.isnan(inside), np.isnan(whole)
        rest = np.where(whole_open, 0, whole) - np.where(open_part, 0, inside).sum(axis=0)
        used = (open_part.any(axis=0) | whole_open) & (whole_open | (rest > -1e-6))
        # A recap of one metric leaves the others of its cell with nobody.
        used &= whole_open | (whole > 0) | (THE_REST not in self.tables[number].columns.names)
        rows = np.flatnonzero(used & self.tables[number].holds)
        at = self.variables(number, total, rows)
        total_of = np.where(whole_open[rows], at, -1)
        of, which = np.nonzero(open_part[:, rows].T)
        part = np.array([self.variables(number, p, np.zeros(1, int))[0] for p in parts])
        self.found.add_sums(
            total_of,
            rest[rows],
            np.full(len(rows), EXACT, dtype=np.int8),
            part[which] + rows[of],
            of,
        )
        self._name("columns of a cell", len(rows))

    def _add_smaller(
        self,
        number: int,
        small: int,
        large: int,
        factor: float = 1.0,
        where: np.ndarray | None = None,
    ) -> None:
        values = self.tables[number].values
        used = np.isnan(values[small]) | np.isnan(values[large])
        if where is not None:
            used = used & where
        rows = np.flatnonzero(used)
        self.found.add_pairs(
            self.variables(number, small, rows), self.variables(number, large, rows), factor
        )

    def add_respondents(self) -> None:
        """Who answered a survey is counted in two tables."""
        found = self._beside("survey", "survey_wave", "month", 0)
        if found is None:
            return
        left, right, rows = found
        of_left, of_right = self.tables[left].columns, self.tables[right].columns
        one = of_left.people[of_left.of[FACET_SCORE.key, "denominator"]]
        self._add_same(
            left, one, rows[0], right, of_right.of[RESPONSE_RATE.key, "numerator"], rows[1]
        )

    def add_limits(self) -> None:
        """Evaluations of an agency under a limit are all of its evaluations."""
        found = self._beside("distribution_limit", "appraisal", "year", 3)
        if found is None:
            return
        left, right, rows = found
        one = self.tables[left].columns.of[TOP_EXCESS.key, "denominator"]
        other = self.tables[right].columns.of[TOP_RATING.key, "denominator"]
        limited = self.tables[left].values[one][rows[0]] > 0
        rows = rows[0][limited], rows[1][limited]
        self._add_same(left, one, rows[0], right, other, rows[1])

    def _beside(
        self, one: str, other: str, grain: str, from_level: int
    ) -> tuple[int, int, tuple[np.ndarray, np.ndarray]] | None:
        """The undivided cells of two tables for the same places and periods: their rows."""
        numbers = {cells.table.name: n for n, cells in enumerate(self.tables)}
        if one not in numbers or other not in numbers:
            return None
        frames = []
        for number in (numbers[one], numbers[other]):
            keys = self.tables[number].keys
            used = (keys["breakdown"] == "") & (keys["grain"] == grain)
            rows = np.flatnonzero((used & (keys["level"] >= from_level)).to_numpy())
            frames.append(keys.iloc[rows][["level", "place", "period"]].assign(row=rows))
        both = frames[0].merge(frames[1], on=["level", "place", "period"])
        rows = both["row_x"].to_numpy(), both["row_y"].to_numpy()
        return numbers[one], numbers[other], rows

    def _add_same(
        self,
        left: int,
        one: int,
        left_rows: np.ndarray,
        right: int,
        other: int,
        right_rows: np.ndarray,
    ) -> None:
        values = self.tables[left].values[one], self.tables[right].values[other]
        used = np.isnan(values[0][left_rows]) | np.isnan(values[1][right_rows])
        small = self.variables(left, one, left_rows[used])
        large = self.variables(right, other, right_rows[used])
        self.found.add_pairs(small, large)
        self.found.add_pairs(large, small)

    def system(self) -> System:
        shapes = [cells.values.shape for cells in self.tables]
        sizes = [columns * rows for columns, rows in shapes]
        value = np.concatenate([cells.values.ravel() for cells in self.tables])
        below = [
            np.repeat([cells.columns.below.get(n, 0) for n in range(columns)], rows)
            for cells, (columns, rows) in zip(self.tables, shapes, strict=True)
        ]
        unknown = np.isnan(value)
        return System(
            self.tables,
            self.found.relations(),
            tuple(self.families),
            np.concatenate(self.family) if self.family else np.zeros(0, int),
            np.repeat(np.arange(len(shapes), dtype=np.int8), sizes),
            np.concatenate([np.repeat(np.arange(c, dtype=np.int16), r) for c, r in shapes]),
            np.concatenate([np.tile(np.arange(r, dtype=np.int32), c) for c, r in shapes]),
            np.concatenate(below),
            np.where(unknown, 0, np.floor(value)),
            np.where(unknown, NO_BOUND, np.ceil(value)),
        )


def stands_for_somebody(system: System) -> np.ndarray:
    """Variables of withheld cells whose row tells that there is somebody.

    Where a place has a withheld category and none for nobody, categories without a row are empty,
    so those with one are not.
    """
    found = np.zeros(len(system.low), dtype=bool)
    for number, cells in enumerate(system.tables):
        rows = _in_incomplete_blocks(cells)
        here = system.table == number
        people = np.isin(system.column, list(set(cells.columns.people.values())))
        found[here] = (people & system.unknown)[here] & rows[system.row[here]]
    return found


def _in_incomplete_blocks(cells: Cells) -> np.ndarray:
    """Cells of a year and one dimension of which the place has not every category."""
    names = sorted({dimension for group in cells.groups for dimension, _ in group})
    dimension = np.array(
        [names.index(next(iter(group))[0]) if len(group) == 1 else -1 for group in cells.groups],
        dtype=np.int64,
    )
    of_year = np.array([grain == "year" for grain, _ in cells.times])
    rows = np.flatnonzero((dimension[cells.group] >= 0) & of_year[cells.time])
    if not len(rows):
        return np.zeros(len(cells.group), dtype=bool)
    own = dimension[cells.group[rows]]
    there = np.unique(cells.group[rows])
    categories = np.bincount(dimension[there], minlength=len(names))
    block = (cells.place[rows] * len(names) + own) * len(cells.times) + cells.time[rows]
    _, number, size = np.unique(block, return_inverse=True, return_counts=True)
    incomplete = np.zeros(len(cells.group), dtype=bool)
    incomplete[rows[size[number] < categories[own]]] = True
    return incomplete


@dataclass(frozen=True)
class Conclusions:
    """What follows: bounds of every variable, and the sums of withheld counts that are small.

    `known` are variables that lie between one and what they may be known from; `together` are
    numbers of relations whose open parts do.
    """

    low: np.ndarray
    high: np.ndarray
    known: np.ndarray
    together: np.ndarray


def conclude(system: System) -> Conclusions:
    """Bounds by propagation, and what of it must not be known."""
    start = np.where(stands_for_somebody(system), 1, system.low)
    low, high = bounds(system.relations, start, system.high)
    known = system.unknown & (low >= 1) & (high <= system.below - 1)
    return Conclusions(low, high, np.flatnonzero(known), _small_sums(system, low, high))


def _small_sums(system: System, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The sums whose open parts come to something between them, but to few."""
    enough = system.below.max(initial=0)
    found = []
    for block in system.relations.blocks():
        least, most, number = remainders(block, low, high)
        small = (number > 1) & (block.way != AT_LEAST) & (least >= 1) & (most < enough)
        is_open = np.flatnonzero(small[block.of] & (high[block.part] > low[block.part]))
        limit = np.full(len(number), np.inf)
        np.minimum.at(limit, block.of[is_open], system.below[block.part[is_open]])
        found.append(small & (most <= limit - 1))
    return np.flatnonzero(np.concatenate(found))
