"""Every metric's sums, for every place, period and breakdown: records in, cells out.

One cell table a row table. A cell is a place (level, place, agency kind), a grain and period, a
breakdown (`breakdown`, `category`, `category_2`), the additive parts of all metrics over those rows, and
the people behind each group of metrics that share an `among`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import duckdb

from analytics.metrics import METRICS, over_time_of
from analytics.metrics.base import AGGREGATE, Metric
from analytics.metrics.rows import ALL_ROWS, CATEGORIES, GRAINS, PERSONAL, RowTable
from analytics.schema import RATINGS
from analytics.store.records import unusable

PAIRS = tuple(combinations(PERSONAL, 2))
LEVEL_NUMBER = {"all": 0, "province": 1, "government": 2, "agency": 3}

LOW_RATINGS = ("butuh_perbaikan", "kurang", "sangat_kurang")
GUARDS: Mapping[str, tuple[str, ...]] = {
    "low_rating": (f"count(*) FILTER (WHERE predicate IN {LOW_RATINGS})",),
    "low_rating_detail": tuple(
        f"count(*) FILTER (WHERE predicate = '{low}')" for low in LOW_RATINGS
    ),
    "low_rating_matrix": tuple(
        f"count(*) FILTER (WHERE work_result = '{result}' AND behaviour = '{behaviour}')"
        for result in RATINGS
        for behaviour in RATINGS
        if "below" in (result, behaviour)
    ),
    "objection": ("count(*) FILTER (WHERE objection <> 'none')",),
    "objection_upheld": (
        "count(*) FILTER (WHERE objection IN ('upheld', 'rejected'))",
        "count(*) FILTER (WHERE objection = 'upheld')",
    ),
    "low_rating_coached": (
        "count(*) FILTER (WHERE coached)",
        "count(*) FILTER (WHERE coached IS NOT NULL)",
        "count(*) FILTER (WHERE NOT coached)",
        f"count(*) FILTER (WHERE predicate IN {LOW_RATINGS} AND coached IS NULL)",
    ),
}
"""Counts of people that must never show from 1 to 4, by the guard that metrics name."""

FEW_THEMSELVES = ("objection_upheld", "low_rating_coached")
"""Guards of metrics whose whole is a sensitive count too: decided objections, low ratings."""


@dataclass(frozen=True)
class Layout:
    """Which column of a cell table holds what.

    `sums` maps a column to its SQL aggregate; `guard_of` a column to the guard that may withhold
    it; `people` an `among` to its people column; `column_of` a metric's key and part to a column.
    """

    table: RowTable
    sums: Mapping[str, str]
    guard_of: Mapping[str, str]
    guard_values: Mapping[str, tuple[str, ...]]
    among_of: Mapping[str, str]
    people: Mapping[str, str]
    column_of: Mapping[tuple[str, str], str]

    def guards_of(self, metric: Metric) -> dict[str, str]:
        """Each part of a metric that must not be small → its own count of the metric's guard.

        For figures that come without records: a guard's counts are then those of its metrics.
        """
        sharing = [
            (other.key, part)
            for other in METRICS.values()
            if other.table == self.table.name and other.guard == metric.guard and other.sensitive
            for part in other.parts
            if _is_guarded(other, part)
        ]
        counts = self.guard_values.get(metric.guard or "", ())
        return {
            part: counts[position % len(counts)]
            for position, (key, part) in enumerate(sharing)
            if key == metric.key
        }


def layout_of(table: RowTable, metrics: Iterable[Metric] | None = None) -> Layout:
    """The columns of a table's cells; metrics that ask for the same sum share one column."""
    sums: dict[tuple[str, str | None, str], str] = {}
    column_of: dict[tuple[str, str], str] = {}
    people: dict[str, str] = {}
    guard_of: dict[str, str] = {}
    among_of: dict[str, str] = {}
    guard_values: dict[str, tuple[str, ...]] = {}
    for metric in METRICS.values() if metrics is None else metrics:
        if metric.table != table.name or not metric.parts:
            continue
        people.setdefault(metric.among, f"people_{len(people)}")
        for part, sql in metric.parts.items():
            guard = metric.guard if _is_guarded(metric, part) else None
            column = sums.setdefault((sql, guard, metric.among), f"sum_{len(sums)}")
            column_of[metric.key, part] = column
            among_of[column] = metric.among
            if guard:
                guard_of[column] = guard
    named = {column: sql for (sql, _, _), column in sums.items()}
    if table.has_cycles:
        named |= {
            f"{cycle}_rows": f"count(*) FILTER (WHERE cycle = '{cycle}')"
            for cycle in ("quarterly", "annual")
        }
    for guard in dict.fromkeys(guard_of.values()):
        columns = tuple(f"{guard}_{n}" for n in range(len(GUARDS[guard])))
        named |= dict(zip(columns, GUARDS[guard], strict=True))
        guard_values[guard] = columns
    return Layout(table, named, guard_of, guard_values, among_of, people, column_of)


def _is_guarded(metric: Metric, part: str) -> bool:
    """The whole stays open where only a part is sensitive, but not where it is few itself."""
    return metric.guard is not None and (part != "denominator" or metric.guard in FEW_THEMSELVES)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the row tables and views over the attached database `records`."""
    kinds = AGENCY_PLACES.format(fewest=FEWEST_OF_A_KIND, own=OWN)
    for statement in (*ALL_ROWS, GOVERNMENTS, kinds, BREAKDOWNS):
        connection.execute(statement)


def make_cells(connection: duckdb.DuckDBPyConnection, table: RowTable) -> Layout | None:
    """Make the view `cell_<row table>`, and return its layout; None for a table without metrics.

    The view puts the months of the table `month_<row table>` into grains whenever it is read, so
    that who only wants to know how many people stand behind the cells need not make all of them.
    """
    layout = layout_of(table)
    if not layout.column_of:
        return None
    sums = _Sums.of(layout)
    if table.sparse:
        sums = sums.used(connection)
    _create_months(connection, sums)
    for years in _spans(connection, table):
        _sum_rows(connection, sums, years)
        _sum_places(connection, sums)
    for scratch in ("summed", "of_government", "of_kind"):
        connection.execute(f"DROP TABLE IF EXISTS {scratch}")
    _create_cells(connection, sums)
    return layout


def drop_cells(connection: duckdb.DuckDBPyConnection, table: RowTable) -> None:
    """Free what the cells of a table stand on; `cell_<row table>` is gone then."""
    connection.execute(f"DROP VIEW IF EXISTS cell_{table.name}")
    for name in ("month", "kept"):
        connection.execute(f"DROP TABLE IF EXISTS {name}_{table.name}")


AT_ONCE = 1_000_000
"""So many rows are summed together, or those of one year: more took more memory."""


def _spans(connection: duckdb.DuckDBPyConnection, table: RowTable) -> list[tuple[int, int]]:
    """First and last years whose rows are summed at once."""
    found = connection.execute(
        f"SELECT year(month) AS year, count(*) FROM {table.rows} GROUP BY year ORDER BY year"
    )
    return in_portions(found.fetchall(), AT_ONCE)


Named = TypeVar("Named")


def in_portions(counts: Iterable[tuple[Named, int]], most: int) -> list[tuple[Named, Named]]:
    """First and last of each run of neighbours that together count at most so many.

    One that counts more than that is a portion by itself.
    """
    portions: list[tuple[Named, Named]] = []
    room = 0
    for name, count in counts:
        if portions and count <= room:
            portions[-1] = (portions[-1][0], name)
        else:
            portions.append((name, name))
            room = most
        room -= count
    return portions


def _kinds(layout: Layout) -> dict[str, str]:
    """The type of each column; squares have twice the decimals."""
    kinds = {}
    for column, aggregate in layout.sums.items():
        squared = " * " in aggregate.split(" FILTER")[0]
        decimal = f"DECIMAL(38, {8 if squared else 4})"
        kinds[column] = decimal if aggregate.startswith("sum(") else "BIGINT"
    return kinds | dict.fromkeys(layout.people.values(), "BIGINT")


BREAKDOWNS = f"""
-- What a sum is broken down by; cube is by every dimension of a person at once.
CREATE TYPE breakdown AS ENUM (
  {", ".join(repr(name) for name in ("", *CATEGORIES, "cube", *(",".join(p) for p in PAIRS)))}
)
"""
CYCLE_FLAGS = tuple(f"in_{grain}" for grain in GRAINS)

# A row that enters a year's figures and others stands twice, once for the year alone: then the
# months of a year, and mostly those of a month, are summed as they are needed, and not once more.
ROWS_OF_GRAINS = """(
  SELECT * REPLACE (false AS in_year) FROM {rows} WHERE in_month OR in_quarter
  UNION ALL
  SELECT * REPLACE (false AS in_month, false AS in_quarter) FROM {rows} WHERE in_year
)"""


@dataclass(frozen=True)
class _Sum:
    """One number to add up: what each row gives, and how rows become the number.

    Filters run once a row and counts count what is not NULL: seven groupings of sixty filtered
    aggregates took five times as long.
    """

    of_row: str
    of_own_row: str
    of_rows: str  # over the column {0}
    kind: str  # of the number

    @classmethod
    def of(cls, aggregate: str) -> _Sum:
        found = AGGREGATE.fullmatch(aggregate)
        if found is None:
            raise ValueError(f"not one aggregate: {aggregate}")
        call, where = found["call"], found["where"] or "true"
        name, inside = call[: call.index("(")], call[call.index("(") + 1 : -1]
        if name == "count":
            given = "" if inside == "*" else f" AND {inside} IS NOT NULL"
            value = f"CASE WHEN ({where}){given} THEN 1::TINYINT END"
        elif name == "sum":
            value = f"CASE WHEN ({where}) THEN {inside} END"
        else:
            raise ValueError(f"parts must be counts or sums: {aggregate}")
        kind = "DECIMAL(38, 8)" if " * " in inside else "DECIMAL(38, 4)"
        whole = name == "count" or "DECIMAL" not in inside
        return cls(value, value, f"{name}({{0}})", "BIGINT" if whole else kind)

    @classmethod
    def of_people(cls, among: str, table: RowTable) -> _Sum:
        """People behind rows; may be too few, never too many."""
        if table.people == table.people_by_own == "count(*)":
            return cls.of(f"count(*) FILTER (WHERE ({among}))")
        of_row, of_own_row = (
            f"CASE WHEN ({among}) THEN coalesce({_inside(people)}, 0) END"
            for people in (table.people, table.people_by_own)
        )
        return cls(of_row, of_own_row, "coalesce(sum({0}), 0)", "BIGINT")


def _inside(people: str) -> str:
    return "1" if people == "count(*)" else people.removeprefix("sum(").removesuffix(")")


@dataclass(frozen=True)
class _Sums:
    """The different numbers that make up the columns of a cell table, many of which are the same.

    `column_of` maps a column of the cell table to the number's column while summing; a column
    that no row has a part in maps to nothing.
    """

    layout: Layout
    sums: Mapping[str, _Sum]
    column_of: Mapping[str, str]

    @classmethod
    def of(cls, layout: Layout) -> _Sums:
        wanted = {column: _Sum.of(aggregate) for column, aggregate in layout.sums.items()}
        for among, column in layout.people.items():
            wanted[column] = _Sum.of_people(among, layout.table)
        names: dict[_Sum, str] = {}
        for one in wanted.values():
            names.setdefault(one, f"number_{len(names)}")
        return cls(
            layout,
            {name: one for one, name in names.items()},
            {column: names[one] for column, one in wanted.items()},
        )

    def used(self, connection: duckdb.DuckDBPyConnection) -> _Sums:
        """Without the numbers that no row has a part in, and each number that is another one in
        every row only once: neither needs to be added up.
        """
        counts = ", ".join(f"count({name})" for name in self.sums)
        found = self._over_rows(connection, counts)
        counted = {name: count for name, count in zip(self.sums, found, strict=True) if count}
        first: dict[tuple, str] = {}
        like = {
            name: first.setdefault((self.sums[name].of_rows, self.sums[name].kind, count), name)
            for name, count in counted.items()
        }
        pairs = [(name, other) for name, other in like.items() if name != other]
        if pairs:
            apart = ", ".join(f"count(*) FILTER ({a} IS DISTINCT FROM {b})" for a, b in pairs)
            found = self._over_rows(connection, apart)
            like |= {name: name for (name, _), rows in zip(pairs, found, strict=True) if rows}
        return _Sums(
            self.layout,
            {name: self.sums[name] for name in dict.fromkeys(like.values())},
            {column: like[name] for column, name in self.column_of.items() if name in like},
        )

    def _over_rows(self, connection: duckdb.DuckDBPyConnection, sql: str) -> tuple:
        rows = f"SELECT {self.of_row} FROM {self.layout.table.rows}"
        return connection.execute(f"SELECT {sql} FROM ({rows})").fetchone() or ()

    @property
    def of_row(self) -> str:
        return ", ".join(f"{one.of_row} AS {name}" for name, one in self.sums.items()) or "1"

    @property
    def of_own_row(self) -> str:
        return ", ".join(f"{one.of_own_row} AS {name}" for name, one in self.sums.items()) or "1"

    @property
    def of_rows(self) -> str:
        numbers = [
            f"({one.of_rows.format(name)})::{one.kind} AS {name}" for name, one in self.sums.items()
        ]
        return ", ".join(["count(*) AS row_count", *numbers])

    @property
    def names(self) -> str:
        return ", ".join(["row_count", *self.sums])

    @property
    def of_sums(self) -> str:
        numbers = [f"sum({name})::{one.kind} AS {name}" for name, one in self.sums.items()]
        return ", ".join(["sum(row_count)::BIGINT AS row_count", *numbers])

    def columns(self, in_months: bool) -> str:
        """The columns of the cell table, over numbers of months or of one period."""
        listed = []
        for column, kind in _kinds(self.layout).items():
            name = self.column_of.get(column)
            if name is None:
                value = "0" if kind == "BIGINT" else "NULL"
            elif not in_months:
                value = name
            else:
                # The same people come back every month: the fullest month is the least they are.
                come_back = self.layout.table.counts == "people"
                fullest = come_back and column in self.layout.people.values()
                value = f"{'max' if fullest else 'sum'}({name})"
            listed.append(f"({value})::{kind} AS {column}")
        return ", ".join(listed)


def _rows(table: RowTable) -> str:
    """The rows to sum; those that enter no grain's figures are left out."""
    return ROWS_OF_GRAINS.format(rows=table.rows) if table.has_cycles else table.rows


def _time(table: RowTable) -> str:
    """What tells rows apart in time: the month, and the grains whose figures they enter."""
    return ", ".join(["month", *(CYCLE_FLAGS if table.has_cycles else ())])


def _sum_rows(connection: duckdb.DuckDBPyConnection, sums: _Sums, years: tuple[int, int]) -> None:
    """Sum the rows of some years by month and agency, whole and by each dimension, in one pass."""
    table = sums.layout.table
    time = _time(table)
    singles = PERSONAL if table.personal else ()
    sets = [f"({time}, agency, region)"]
    sets += [f"({time}, agency, region, {dimension})" for dimension in singles]
    if singles:
        sets.append(f"({time}, region, {', '.join(singles)})")
    groups = ", ".join(singles) + ", " if singles else ""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE summed AS
        -- One row is an agency (or a government's own rows, agency NULL), a month and a group.
        SELECT {time}, agency, region, {groups}{_labels(singles)} AS breakdown,
               coalesce({groups}''::category) AS category, {sums.of_rows}
        FROM (
          SELECT {time}, agency, region, {groups}{sums.of_row}
          FROM {_rows(table)}
          WHERE {table.own_default} AND month BETWEEN $first AND $last
        )
        GROUP BY GROUPING SETS ({", ".join(sets)})
        """,
        _bounds(years),
    )
    if table.own:
        _sum_own(connection, sums, years)


def _bounds(years: tuple[int, int]) -> dict[str, date]:
    return {"first": date(years[0], 1, 1), "last": date(years[1], 12, 31)}


def _sum_own(connection: duckdb.DuckDBPyConnection, sums: _Sums, years: tuple[int, int]) -> None:
    """Sum the rows by the table's own dimension."""
    table = sums.layout.table
    time, names = _time(table), sums.names
    where = "true"
    into = f"INSERT INTO summed ({time}, agency, region, breakdown, category, {names})"
    if not table.own_adds_up:  # undivided figures are one category's alone: no need to sum again
        where = f"NOT ({table.own_default})"
        connection.execute(f"""
            {into}
            SELECT {time}, agency, region, '{table.own}', 'supervisor', {names}
            FROM summed WHERE breakdown = ''
        """)
    connection.execute(
        f"""
        {into}
        SELECT {time}, agency, region, '{table.own}', {table.own}, {sums.of_rows}
        FROM (
          SELECT {time}, agency, region, {table.own}, {sums.of_own_row}
          FROM {_rows(table)} WHERE {where} AND month BETWEEN $first AND $last
        )
        GROUP BY {time}, agency, region, {table.own}
        """,
        _bounds(years),
    )


def _labels(singles: tuple[str, ...]) -> str:
    if not singles:
        return "''::breakdown"
    every = " AND ".join(f"grouping({d}) = 0" for d in singles)
    cases = " ".join(f"WHEN grouping({d}) = 0 THEN '{d}'::breakdown" for d in singles)
    return f"CASE WHEN {every} THEN 'cube'::breakdown {cases} ELSE ''::breakdown END"


def _sum_places(connection: duckdb.DuckDBPyConnection, sums: _Sums) -> None:
    """Roll agencies up to governments, provinces and all; the last two also by agency kind.

    Kinds are kept undivided only: crossed with groups they tie every agency to every other, and
    the proof of what is withheld took minutes. A kind of few agencies in a place is not kept (it goes under `OWN`, which is never shown): it
    is summed from those agencies when asked.

    Rows of a whole government have no agency: they are kept as agency minus its number, which is
    never published, so that the agencies of a government still add up to it.
    """
    time, months = _time(sums.layout.table), f"month_{sums.layout.table.name}"
    group = f"{time}, breakdown, category"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE of_government AS
        SELECT {group}, region, province, {sums.of_sums}
        FROM summed JOIN government_place USING (region)
        WHERE breakdown <> 'cube' GROUP BY {group}, region, province
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE of_kind AS
        SELECT {group}, g.province, coalesce(a.kind_in_province, '{OWN}') AS kind_in_province,
               coalesce(a.kind_in_all, '{OWN}') AS kind_in_all, {sums.of_sums}
        FROM summed JOIN government_place g USING (region) LEFT JOIN agency_place a USING (agency)
        WHERE breakdown = '' GROUP BY {group}, g.province, kind_in_province, kind_in_all
    """)
    connection.execute(f"""
        INSERT INTO {months} ({KEYS}, {time}, {sums.names})
        SELECT 3, coalesce(agency, -region), '', breakdown, category, '', {time}, {sums.names}
        FROM summed WHERE breakdown <> 'cube'
        UNION ALL
        SELECT 2, region, '', breakdown, category, '', {time}, {sums.names} FROM of_government
        UNION ALL
        SELECT 1 - grouping(province), coalesce(province, 0), '', breakdown, category, '', {time},
               {sums.of_sums}
        FROM of_government GROUP BY GROUPING SETS (({group}, province), ({group}))
        UNION ALL
        SELECT 1, province, kind_in_province, breakdown, category, '', {time}, {sums.of_sums}
        FROM of_kind GROUP BY {group}, province, kind_in_province
        UNION ALL
        SELECT 0, 0, kind_in_all, breakdown, category, '', {time}, {sums.of_sums}
        FROM of_kind GROUP BY {group}, kind_in_all
    """)
    if sums.layout.table.personal:
        _sum_pairs(connection, sums)


def _sum_pairs(connection: duckdb.DuckDBPyConnection, sums: _Sums) -> None:
    """Sum the cube by every two dimensions of a person, from governments upwards."""
    time = _time(sums.layout.table)
    sets = ", ".join(f"({time}, region, province, {a}, {b})" for a, b in PAIRS)
    labels = " ".join(
        f"WHEN grouping({a}) = 0 AND grouping({b}) = 0 THEN '{a},{b}'::breakdown" for a, b in PAIRS
    )
    group = f"{time}, breakdown, category, category_2"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE of_government AS
        SELECT {time}, region, province, CASE {labels} END AS breakdown,
               coalesce({", ".join(PERSONAL)}) AS category,
               coalesce({", ".join(reversed(PERSONAL))}) AS category_2, {sums.of_sums}
        FROM summed JOIN government_place USING (region)
        WHERE breakdown = 'cube' GROUP BY GROUPING SETS ({sets})
    """)
    connection.execute(f"""
        INSERT INTO month_{sums.layout.table.name} ({KEYS}, {time}, {sums.names})
        SELECT 2, region, '', breakdown, category, category_2, {time}, {sums.names}
        FROM of_government
        UNION ALL
        SELECT 1 - grouping(province), coalesce(province, 0), '', breakdown, category, category_2,
               {time}, {sums.of_sums}
        FROM of_government GROUP BY GROUPING SETS (({group}, province), ({group}))
    """)


def _create_months(connection: duckdb.DuckDBPyConnection, sums: _Sums) -> None:
    numbers = "".join(f", {name} {one.kind}" for name, one in sums.sums.items())
    flags = "".join(f", {flag} BOOLEAN" for flag in _time(sums.layout.table).split(", ")[1:])
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE month_{sums.layout.table.name} (
          -- One row is a place, a month and a group.
          level TINYINT, place INTEGER, kind VARCHAR, breakdown breakdown, category category,
          category_2 category, month DATE{flags}, row_count BIGINT{numbers}
        )
    """)


def _create_cells(connection: duckdb.DuckDBPyConnection, sums: _Sums) -> None:
    """Months put into grains: added up, or the last month with data where they do not add up."""
    table = sums.layout.table
    period = _last_month if over_time_of(table.name) == "last" else _whole_period
    grains = " UNION ALL ".join(
        _one_month(sums, _months(connection, sums, grain))
        if grain == "month"
        else period(sums, _months(connection, sums, grain), grain)
        for grain in table.grains
    )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW cell_{table.name} AS {grains}")


KEYS = "level, place, kind, breakdown, category, category_2"


def _one_month(sums: _Sums, months: str) -> str:
    return f"""
        SELECT {KEYS}, 'month' AS grain, month AS period, row_count,
               {sums.columns(in_months=False)}
        FROM {months}
    """


def _last_month(sums: _Sums, months: str, grain: str) -> str:
    return f"""
        SELECT {KEYS}, '{grain}' AS grain, date_trunc('{grain}', month)::DATE AS period, row_count,
               {sums.columns(in_months=False)}
        FROM {months}
        WHERE month IN (SELECT max(month) FROM {months} GROUP BY date_trunc('{grain}', month))
    """


def _whole_period(sums: _Sums, months: str, grain: str) -> str:
    return f"""
        SELECT {KEYS}, '{grain}' AS grain, date_trunc('{grain}', month)::DATE AS period,
               sum(row_count)::BIGINT AS row_count, {sums.columns(in_months=True)}
        FROM {months}
        GROUP BY {KEYS}, date_trunc('{grain}', month)
    """


def _months(connection: duckdb.DuckDBPyConnection, sums: _Sums, grain: str) -> str:
    """The sums that enter a grain's figures, one row a place, group and month."""
    months = f"month_{sums.layout.table.name}"
    if not sums.layout.table.has_cycles:
        return months
    of_grain = f"FROM {months} WHERE in_{grain}"
    kinds = connection.execute(f"SELECT DISTINCT {', '.join(CYCLE_FLAGS)} {of_grain}").fetchall()
    if len(kinds) < 2:
        return f"(SELECT * {of_grain}) months"
    return f"(SELECT {KEYS}, month, {sums.of_sums} {of_grain} GROUP BY {KEYS}, month) months"


GOVERNMENTS = """
CREATE TEMP TABLE government_place AS
-- One row is a government and the number of its province.
SELECT g.region, p.region AS province
FROM government_of g JOIN government_of p ON p.region_code = g.province_code;
"""

AGENCY_PLACES = """
CREATE TEMP TABLE agency_place AS
-- One row is an agency of a known kind, its province, and the kind it counts under there.
SELECT agency, province,
       CASE WHEN count(*) OVER (PARTITION BY province, kind) >= {fewest} THEN kind ELSE '{own}' END
         AS kind_in_province,
       CASE WHEN count(*) OVER (PARTITION BY kind) >= {fewest} THEN kind ELSE '{own}' END
         AS kind_in_all
FROM place_of JOIN government_place USING (region)
WHERE kind IS NOT NULL
"""

FEWEST_OF_A_KIND = 3
"""A kind of fewer agencies in a place is those agencies, not a kind: it has no cells of its own."""

OWN = "~"
"""The kind of what is in no kind that is shown: rare kinds, and a government's own rows."""


def open_work(path: str, records: str) -> duckdb.DuckDBPyConnection:
    """A scratch database with the records attached read-only and the row views made.

    Raises StoreUnusable where the records cannot be read.
    """
    connection = duckdb.connect(path)
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET memory_limit = '1GB'")  # what is more goes to the temporary folder
    # The file is thrown away: folding its log in, again and again, took a tenth of the time.
    connection.execute("SET checkpoint_threshold = '1TB'")
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    connection.execute("SET temp_directory = $folder", {"folder": f"{path}.tmp"})
    try:
        connection.execute("ATTACH $records AS records (READ_ONLY)", {"records": records})
    except duckdb.IOException as error:
        connection.close()
        raise unusable(Path(records), error) from error
    prepare(connection)
    return connection
