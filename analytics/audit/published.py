"""The cells of a snapshot file, one table and year at a time, as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from analytics.audit.measures import OF_STATUS, Columns, columns_of
from analytics.metrics.careers import PROMOTED, RECOGNISED
from analytics.metrics.rows import ROW_TABLES, RowTable

Group = frozenset[tuple[str, str]]
"""Dimensions and categories of a cell; empty for the whole."""

Place = tuple[int, int]
"""Level and number."""

KEYS = ["level", "place", "breakdown", "category", "category_2", "grain", "period"]

READ = """
SELECT level::INTEGER AS level, place::INTEGER AS place, breakdown::VARCHAR AS breakdown,
       category::VARCHAR AS category, category_2::VARCHAR AS category_2, grain, period, {columns}
FROM snapshot.{table} WHERE kind = '' AND year(period) = $year
"""


@dataclass(frozen=True)
class Cells:
    """The published cells of a table and year.

    `values` has a row for each of `columns.names` and a column for each cell; NaN is withheld.
    `place`, `group` and `time` number the cells' places, groups and periods (`places`, `groups`
    and `times` say which those are); `above` is the number of the place above each place, −1 for
    none. `holds` tells in which cells the equations among columns hold.
    """

    columns: Columns
    year: int
    keys: pd.DataFrame
    place: np.ndarray
    group: np.ndarray
    time: np.ndarray
    places: list[Place]
    groups: list[Group]
    times: list[tuple[str, pd.Timestamp]]
    above: np.ndarray
    values: np.ndarray
    holds: np.ndarray
    _codes: np.ndarray
    _order: np.ndarray

    @property
    def table(self) -> RowTable:
        return self.columns.table

    def rows(self, place: np.ndarray, group: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Where the cell of each place, group and time stands, −1 where there is none."""
        code = (place * len(self.groups) + group) * len(self.times) + time
        at = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
        absent = (self._codes[at] != code) | (place < 0) | (group < 0) | (time < 0)
        return np.where(absent, -1, self._order[at])


PARENTS = """
SELECT p.level::INTEGER, p.number::INTEGER, q.level::INTEGER, q.number::INTEGER
FROM snapshot.place p JOIN snapshot.place q ON q.level = p.parent_level AND q.code = p.parent
"""


def parents_of(connection: duckdb.DuckDBPyConnection) -> dict[Place, Place]:
    """Each place and the place above it."""
    rows = connection.execute(PARENTS).fetchall()
    found = {(level, number): (above, parent) for level, number, above, parent in rows}
    governments = {number for level, number in found if level == 2}
    # Snapshots of before keep what is no agency's as a place of minus the government's number.
    return found | {(3, -number): (2, number) for number in governments}


def cells_of(connection: duckdb.DuckDBPyConnection) -> Iterator[list[Cells]]:
    """Every year of the attached database `snapshot`: the cells of each of its tables."""
    parents = parents_of(connection)
    parts = connection.execute("SELECT * FROM snapshot.metric_part").df()
    layouts: dict[str, Columns] = {}
    years: dict[int, list[str]] = {}
    for name, of_table in parts.groupby("table_name"):
        if name not in ROW_TABLES:
            continue
        present = columns_in(connection, f"cell_{name}")
        layouts[str(name)] = columns_of(of_table, present, ROW_TABLES[str(name)])
        found = connection.execute(f"SELECT DISTINCT year(period) FROM snapshot.cell_{name}")
        for (year,) in found.fetchall():
            years.setdefault(int(year), []).append(str(name))
    for year in sorted(years):
        yield [_read(connection, layouts[name], year, parents) for name in years[year]]


def columns_in(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """The columns of a table of the snapshot; none where there is no such table."""
    found = connection.execute(
        "SELECT column_name FROM duckdb_columns()"
        " WHERE database_name = 'snapshot' AND table_name = $table",
        {"table": table},
    )
    return {name for (name,) in found.fetchall()}


def _read(
    connection: duckdb.DuckDBPyConnection,
    columns: Columns,
    year: int,
    parents: Mapping[Place, Place],
) -> Cells:
    names = columns.names[: columns.published]
    sql = READ.format(
        table=f"cell_{columns.table.name}",
        columns=", ".join(f"{name}::DOUBLE AS {name}" for name in names),
    )
    found = connection.execute(sql, {"year": year}).fetchnumpy()
    keys = pd.DataFrame({name: _plain(found[name]) for name in KEYS})
    values = np.full((len(columns.names), len(keys)), np.nan)
    for n, name in enumerate(names):
        values[n] = np.ma.filled(np.ma.asarray(found[name]).astype(float), np.nan)
    return cells_from(columns, year, keys, values, parents)


def _plain(column: Any) -> np.ndarray:
    return column.filled() if isinstance(column, np.ma.MaskedArray) else np.asarray(column)


def cells_from(
    columns: Columns,
    year: int,
    keys: pd.DataFrame,
    values: np.ndarray,
    parents: Mapping[Place, Place],
) -> Cells:
    """Cells from their keys and values, with what is known from the columns beside it filled in."""
    place, places = _numbered(keys, ["level", "place"])
    group, named = _numbered(keys, ["breakdown", "category", "category_2"])
    time, times = _numbered(keys, ["grain", "period"])
    groups = [group_of(*one) for one in named]
    codes = (place * len(groups) + group) * len(times) + time
    order = np.argsort(codes, kind="stable")
    number = {one: n for n, one in enumerate(places)}
    above = np.array([number.get(parents.get(one, (-1, -1)), -1) for one in places], dtype=np.int64)
    everywhere = np.ones(len(keys), dtype=bool)
    cells = Cells(
        columns, year, keys, place, group, time, places, groups, times, above, values, everywhere,
        codes[order], order,
    )  # fmt: skip
    _fill_nobody(cells)
    if columns.table.name == "career_year":
        cells = replace(cells, holds=_both_kinds_known(cells))
    _fill_derived(cells)
    return cells


def _numbered(keys: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, list[tuple]]:
    code = np.zeros(len(keys), dtype=np.int64)
    for name in names:
        own, distinct = pd.factorize(keys[name])
        code = code * len(distinct) + own
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return number, list(keys[names].iloc[first].itertuples(index=False, name=None))


def group_of(breakdown: str, category: str, category_2: str) -> Group:
    """The dimensions and categories of a breakdown."""
    names = breakdown.split(",") if breakdown else []
    return frozenset(zip(names, (category, category_2), strict=False))


def _fill_nobody(cells: Cells) -> None:
    """Where nobody is behind a metric, its parts are zero; nor is anybody of another status."""
    values, columns = cells.values, cells.columns
    for column, people in columns.people.items():
        values[column, np.isnan(values[column]) & (values[people] == 0)] = 0
    nobody = np.array([not of_statuses(group, None) for group in cells.groups])[cells.group]
    values[np.isnan(values) & nobody] = 0
    for key, statuses in OF_STATUS.items():
        if (key, "denominator") not in columns.of:
            continue
        outside = np.array([not of_statuses(group, statuses) for group in cells.groups])
        inside = outside[cells.group]
        whole = columns.people[columns.of[key, "denominator"]]
        for column, people in columns.people.items():
            if people == whole:
                values[column, np.isnan(values[column]) & inside] = 0


CONTRACT = frozenset({"PPPK", "PPPK_PARUH_WAKTU"})
"""Statuses whose people are in grade group PPPK, and nobody else is."""


def of_statuses(group: Group, statuses: frozenset[str] | None) -> bool:
    """Whether people of a group can have one of the statuses (None for any)."""
    of = dict(group)
    possible = {of["status"]} if "status" in of else None
    if statuses is not None:
        possible = set(statuses) if possible is None else possible & statuses
    if "grade_group" in of and possible is not None:
        contract = of["grade_group"] == "PPPK"
        possible = {status for status in possible if (status in CONTRACT) == contract}
    return possible is None or bool(possible)


def _both_kinds_known(cells: Cells) -> np.ndarray:
    """Cells of governments and years of which both promotions and recognitions are known."""
    of = cells.columns.of
    if not {(PROMOTED.key, "denominator"), (RECOGNISED.key, "denominator")} <= set(of):
        return np.zeros(len(cells.keys), dtype=bool)
    some, everyone = of[PROMOTED.key, "denominator"], of[RECOGNISED.key, "denominator"]
    level = np.array([level for level, _ in cells.places])
    whole = np.array([not group for group in cells.groups])
    shown = (cells.values[some] > 0) & (cells.values[everyone] > 0)
    known = np.zeros(len(cells.places), dtype=bool)
    known[cells.place[shown & whole[cells.group]]] = True
    known &= level == 2
    known[level == 3] = known[cells.above[level == 3]]
    return known[cells.place]


def _fill_derived(cells: Cells) -> None:
    """Counts that are in no column, where the columns beside them give them."""
    values, columns = cells.values, cells.columns
    for _ in range(2):
        for total, parts in columns.equations:
            for hidden in (n for n in (total, *parts) if n >= columns.published):
                others = [n for n in parts if n != hidden]
                found = values[others].sum(axis=0) if others else np.zeros(values.shape[1])
                if hidden != total:
                    found = values[total] - found
                fill = cells.holds & np.isnan(values[hidden]) & (found >= 0)
                values[hidden, fill] = found[fill]
