"""The counts that disclosure control looks at, as dense arrays: one year of a cell table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from analytics.cells import Layout
from analytics.disclosure.places import Tree

Array = np.ndarray

COARSE_TO_FINE = ("year", "quarter", "month")

PLACES = """
-- One row is a place that adds up to another, from the top; an agency of no year is in every year.
SELECT 0 AS level, 0 AS number, -1 AS parent_level, -1 AS parent, 0 AS since, 9999 AS until
UNION ALL
SELECT DISTINCT 1, province, 0, 0, 0, 9999 FROM government_place
UNION ALL
SELECT 2, region, 1, province, 0, 9999 FROM government_place
UNION ALL
SELECT 3, p.agency, 2, p.region, coalesce(year(a.valid_from), 0), coalesce(year(a.valid_to), 9999)
FROM place_of p JOIN records.agency a USING (agency_id)
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Map:
    """Every place, and in which years it can have people."""

    tree: Tree
    since: Array
    until: Array

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Map:
        """The places of the records that `connection` has prepared."""
        rows = connection.execute(PLACES).fetchnumpy()
        level, number = np.asarray(rows["level"]), np.asarray(rows["number"])
        at = {key: n for n, key in enumerate(zip(level.tolist(), number.tolist(), strict=True))}
        above = zip(rows["parent_level"].tolist(), rows["parent"].tolist(), strict=True)
        parent = np.array([at.get(key, -1) for key in above])
        return cls(
            Tree(level, number, parent), np.asarray(rows["since"]), np.asarray(rows["until"])
        )

    def possible(self, year: int) -> Array:
        """Which places can have had people in a year."""
        return (self.since <= year) & (year <= self.until)

    def rows(self, level: Array, number: Array) -> Array:
        """The row of each place."""
        width = int(self.tree.number.max(initial=0)) + 1
        codes = self.tree.level.astype(np.int64) * width + self.tree.number
        return np.searchsorted(codes, np.asarray(level, np.int64) * width + number)


@dataclass(frozen=True)
class Periods:
    """The periods of a year, each a code: its grain, as its place in COARSE_TO_FINE, × 100 and the
    number of its first month."""

    codes: Array

    def of(self, grains: Sequence[int]) -> Array:
        """The codes of the periods of these grains."""
        return self.codes[np.isin(self.codes // 100, grains)]

    def at(self, codes: Array) -> Array:
        """Where the periods of these codes stand; −1 for one that is not here."""
        if not len(self.codes):
            return np.full(len(codes), -1)
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[place] == codes, place, -1)


def on_axis(numbers: Array, at: Array, axis: int) -> Array:
    """Numbers with an axis put in another order; 0 where that has something that is not here.

    What stands side by side is not copied.
    """
    if not numbers.shape[axis]:
        shape = list(numbers.shape)
        shape[axis] = len(at)
        return np.zeros(shape)
    if len(at) and at[0] >= 0 and (np.diff(at) == 1).all():
        return numbers[(slice(None),) * axis + (slice(at[0], at[-1] + 1),)]
    taken = np.take(numbers, np.maximum(at, 0), axis=axis)
    there = (at >= 0).reshape([-1 if n == axis else 1 for n in range(numbers.ndim)])
    return np.where(there, taken, 0.0)


@dataclass(frozen=True)
class Breakdown:
    """The cells of one breakdown by column, place, category and period: `upper` down to
    governments, `lower` of agencies, whose cells may be of years alone."""

    categories: tuple[str, ...]
    upper: Array
    lower: Array

    def on(self, categories: Sequence[str]) -> Breakdown:
        """The same cells with other categories beside or among theirs, in this order."""
        own = {category: n for n, category in enumerate(self.categories)}
        at = np.array([own.get(category, -1) for category in categories], dtype=int)
        return Breakdown(tuple(categories), on_axis(self.upper, at, 2), on_axis(self.lower, at, 2))


@dataclass(frozen=True)
class Figures:
    """One year of a table's cells: `whole` by column, place and period, and its breakdowns.

    `periods` are those of all cells, `lower_periods` those of the breakdowns of agencies.
    """

    columns: tuple[str, ...]
    periods: Periods
    lower_periods: Periods
    whole: Array
    breakdowns: Mapping[str, Breakdown]

    def columns_at(self, names: Sequence[str]) -> Array:
        """The positions of columns."""
        return np.array([self.columns.index(name) for name in names], dtype=int)


YEARS = """
SELECT DISTINCT year(period)::INTEGER FROM cell_{table} WHERE NOT contains(breakdown::VARCHAR, ',')
"""


def years_of(connection: duckdb.DuckDBPyConnection, layout: Layout) -> set[int]:
    """The years of which `cell_<row table>` has figures, crossed breakdowns left out."""
    rows = connection.execute(YEARS.format(table=layout.table.name)).fetchall()
    return {year for (year,) in rows}


def read_figures(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    places: Map,
    cells: str = "",
    missing: float = 0.0,
    years: Collection[int] | None = None,
) -> dict[int, Figures]:
    """The figures of each year of `cell_<row table>`, crossed breakdowns left out.

    `cells` is SQL for other cells with the same published columns; where a cell or a number is not
    there, it is `missing`. `years` is those to read, None for all.
    """
    columns = tuple(dict.fromkeys([*layout.people.values(), *layout.carried]))
    if not cells:
        columns = tuple(dict.fromkeys([*layout.counted, *columns]))
    numbers = ", ".join(f"coalesce({column}, $missing)::DOUBLE AS {column}" for column in columns)
    rows = connection.execute(
        f"""
        SELECT level, place, breakdown::VARCHAR AS breakdown, category::VARCHAR AS category, grain,
               (year(period) * 100 + month(period))::INTEGER AS period, {numbers}
        FROM {cells or f"cell_{layout.table.name}"}
        WHERE NOT contains(breakdown::VARCHAR, ',')
          AND ($years IS NULL OR list_contains($years::INTEGER[], year(period)))
        """,
        {"missing": missing, "years": None if years is None else list(years)},
    ).fetchnumpy()
    found = _Cells(
        places.rows(np.asarray(rows["level"]), np.asarray(rows["place"])),
        np.asarray(rows["period"]) // 100,
        _codes(np.asarray(rows["grain"], object), COARSE_TO_FINE) * 100
        + np.asarray(rows["period"]) % 100,
        np.asarray(rows["breakdown"], object).astype(str),
        np.asarray(rows["category"], object).astype(str),
        [np.asarray(rows[column]) for column in columns],
        missing,
    )
    level = places.tree.level
    return {year: _figures(columns, found, year, level) for year in np.unique(found.year).tolist()}


def _codes(names: Array, known: Sequence[str]) -> Array:
    different, at = np.unique(np.asarray(names, object).astype(str), return_inverse=True)
    return np.array([known.index(name) for name in different.tolist()], dtype=int)[at]


@dataclass(frozen=True)
class _Cells:
    place: Array
    year: Array
    period: Array
    by: Array
    category: Array
    columns: list[Array]
    missing: float

    def dense(self, chosen: Array, shape: tuple[int, ...], *at: Array) -> Array:
        """The chosen cells of every column, put where they belong."""
        numbers = np.full((len(self.columns), *shape), self.missing)
        for n, column in enumerate(self.columns):
            numbers[n][at] = column[chosen]
        return numbers


def _figures(columns: tuple[str, ...], cells: _Cells, year: int, level: Array) -> Figures:
    of_year = cells.year == year
    agencies = level[cells.place] == 3
    lower = of_year & agencies & (cells.by != "")
    periods = np.unique(cells.period[of_year])
    lower_periods = np.unique(cells.period[lower])
    upper = int((level < 3).sum())
    whole = np.flatnonzero(of_year & (cells.by == ""))
    shape = (len(level), len(periods))
    at = np.searchsorted(periods, cells.period[whole])
    breakdowns = {}
    for name in sorted(set(cells.by[of_year].tolist()) - {""}):
        inside = of_year & (cells.by == name)
        categories = np.unique(cells.category[inside])
        above, below = np.flatnonzero(inside & ~agencies), np.flatnonzero(inside & agencies)
        breakdowns[name] = Breakdown(
            tuple(categories.tolist()),
            cells.dense(
                above,
                (upper, len(categories), len(periods)),
                cells.place[above],
                np.searchsorted(categories, cells.category[above]),
                np.searchsorted(periods, cells.period[above]),
            ),
            cells.dense(
                below,
                (len(level) - upper, len(categories), len(lower_periods)),
                cells.place[below] - upper,
                np.searchsorted(categories, cells.category[below]),
                np.searchsorted(lower_periods, cells.period[below]),
            ),
        )
    return Figures(
        columns,
        Periods(periods),
        Periods(lower_periods),
        cells.dense(whole, shape, cells.place[whole], at),
        breakdowns,
    )
