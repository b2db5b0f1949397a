"""Every metric's sums, for every place, period and breakdown: records in, cells out.

One cell table a row table. A cell is a place (level, place, agency kind), a grain and period, a
breakdown (`breakdown`, `category`, `category_2`), the additive parts of all metrics over those rows, and
the people behind each group of metrics that share an `among`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import duckdb

from analytics.metrics import METRICS
from analytics.metrics.base import AGGREGATE, Metric
from analytics.metrics.rows import ALL_VIEWS, PERSONAL, ROW_TABLES, RowTable, enum_sql
from analytics.schema import TABLES

PAIRS = tuple(combinations(PERSONAL, 2))
LEVEL_NUMBER = {"all": 0, "province": 1, "government": 2, "agency": 3}

LOW_RATINGS = ("butuh_perbaikan", "kurang", "sangat_kurang")
GUARDS: Mapping[str, tuple[str, ...]] = {
    "low_rating": (f"count(*) FILTER (WHERE predicate IN {LOW_RATINGS})",),
    "low_rating_detail": tuple(
        f"count(*) FILTER (WHERE predicate = '{low}')" for low in LOW_RATINGS
    ),
    "objection": ("count(*) FILTER (WHERE objection <> 'none')",),
    "objection_upheld": (
        "count(*) FILTER (WHERE objection IN ('upheld', 'rejected'))",
        "count(*) FILTER (WHERE objection = 'upheld')",
    ),
}
"""Counts of people that must never show from 1 to 4, by the guard that metrics name."""


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
    """The whole stays open where only a part is sensitive; decided objections are few themselves."""
    return metric.guard is not None and (
        part != "denominator" or metric.guard == "objection_upheld"
    )


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the row views over the attached database `records`."""
    for statement in (enum_sql(), *ALL_VIEWS):
        connection.execute(statement)


def make_cells(
    connection: duckdb.DuckDBPyConnection,
    progress: Callable[[str, float], None] = lambda words, share: None,
) -> dict[str, Layout]:
    """Make `cell_<row table>` for every row table that has rows, and return their layouts."""
    layouts = {}
    for position, table in enumerate(ROW_TABLES.values()):
        progress(table.name, position / len(ROW_TABLES))
        layout = layout_of(table)
        if not layout.column_of:
            continue
        _create_cell_table(connection, layout)
        for grain, view in table.views.items():
            _sum_rows(connection, layout, view)
            _sum_places(connection, layout)
            for target in table.grains if grain == "any" else (grain,):
                _sum_periods(connection, layout, target)
        if table.has_cycles:
            connection.execute(NOT_ADDING_UP.format(cells=f"cell_{table.name}"))
        add_recaps(connection, layout)
        layouts[table.name] = layout
    return layouts


KEYS = "level, place, kind, grain, period, breakdown, category, category_2"


def _columns(layout: Layout) -> tuple[str, ...]:
    return ("row_count", *layout.sums, *layout.people.values())


def _create_cell_table(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    sums = ", ".join(
        f"{column} {'DECIMAL(38, 8)' if ' * ' in sql.split(' FILTER')[0] else 'DECIMAL(38, 4)'}"
        if sql.startswith("sum(")
        else f"{column} BIGINT"
        for column, sql in layout.sums.items()
    )
    people = ", ".join(f"{column} BIGINT" for column in layout.people.values())
    connection.execute(
        f"CREATE OR REPLACE TABLE cell_{layout.table.name} ("
        "level TINYINT, place INTEGER, kind VARCHAR, grain VARCHAR, period DATE,"
        " breakdown VARCHAR, category VARCHAR, category_2 VARCHAR, row_count BIGINT,"
        f" adds_up BOOLEAN, {sums}, {people})"
    )


@dataclass(frozen=True)
class _Sum:
    """A column of a cell table: what each row gives, and how rows, then cells, are added up.

    Filters run once a row and counts count what is not NULL: seven groupings of sixty filtered
    aggregates took five times as long.
    """

    column: str
    of_row: str
    of_rows: str

    @classmethod
    def of(cls, column: str, aggregate: str) -> _Sum:
        found = AGGREGATE.fullmatch(aggregate)
        if found is None:
            raise ValueError(f"not one aggregate: {aggregate}")
        call, where = found["call"], found["where"] or "true"
        name, inside = call[: call.index("(")], call[call.index("(") + 1 : -1]
        if name == "count":
            given = "" if inside == "*" else f" AND {inside} IS NOT NULL"
            return cls(
                column, f"CASE WHEN ({where}){given} THEN 1::TINYINT END", f"count({column})"
            )
        if name == "sum":
            return cls(column, f"CASE WHEN {where} THEN {inside} END", f"sum({column})")
        raise ValueError(f"parts must be counts or sums: {aggregate}")


def _sums_of(layout: Layout, people: str) -> list[_Sum]:
    sums = [_Sum.of(column, aggregate) for column, aggregate in layout.sums.items()]
    for among, column in layout.people.items():
        if people == "count(*)":
            sums.append(_Sum.of(column, f"count(*) FILTER (WHERE {among})"))
            continue
        counted = people.removeprefix("sum(").removesuffix(")")
        # At least one wherever there is a row at all.
        least = f"greatest(coalesce(sum({column}), 0), least(count({column}), 1))::BIGINT"
        sums.append(_Sum(column, f"CASE WHEN {among} THEN coalesce({counted}, 0) END", least))
    return sums


def _used(connection: duckdb.DuckDBPyConnection, sums: list[_Sum], view: str) -> list[_Sum]:
    """The sums that any row of the view has a part in; the rest need no grouping."""
    values = ", ".join(f"{one.of_row} AS {one.column}" for one in sums)
    counts = ", ".join(f"count({one.column})" for one in sums)
    row = connection.execute(f"SELECT {counts} FROM (SELECT {values} FROM {view})").fetchone()
    return [one for one, count in zip(sums, row or (), strict=True) if count]


def _select(layout: Layout, sums: list[_Sum]) -> tuple[str, str]:
    """What rows give, and every column of the cell table in order, as SQL lists."""
    values = ", ".join(f"{one.of_row} AS {one.column}" for one in sums)
    added = {one.column: one.of_rows for one in sums}
    columns = ["count(*) AS row_count"]
    for column in (*layout.sums, *layout.people.values()):
        empty = "0::BIGINT" if _counts(layout, column) else "NULL::DECIMAL(38, 8)"
        columns.append(f"{added.get(column, empty)} AS {column}")
    return values or "1 AS nothing", ", ".join(columns)


def _counts(layout: Layout, column: str) -> bool:
    return not layout.sums.get(column, "count").startswith("sum(")


def _sum_rows(connection: duckdb.DuckDBPyConnection, layout: Layout, view: str) -> None:
    """Sum the rows of a view by month and agency, whole and by each dimension, in one pass."""
    table = layout.table
    singles = PERSONAL if table.personal else ()
    sets = ["(month, agency, region)"]
    sets += [f"(month, agency, region, {dimension})" for dimension in singles]
    if singles:
        sets.append(f"(month, region, {', '.join(singles)})")
    values, sums = _select(layout, _used(connection, _sums_of(layout, table.people), view))
    groups = ", ".join(singles) + ", " if singles else ""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE summed AS
        SELECT month, agency, region, {groups}{_labels(singles)} AS breakdown, {sums}
        FROM (
          SELECT month::DATE AS month, agency, region, {groups}{values}
          FROM {view} WHERE {table.own_default}
        )
        GROUP BY GROUPING SETS ({", ".join(sets)})
    """)
    category = f"coalesce({', '.join(f'{d}::VARCHAR' for d in singles)}, '')" if singles else "''"
    columns = ", ".join(_columns(layout))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE by_agency AS
        -- One row is an agency (or a government's own rows, agency NULL), a month and a group.
        SELECT month, agency, region, breakdown, {category} AS category, {columns}
        FROM summed WHERE breakdown <> 'cube'
    """)
    if table.own:
        _sum_own(connection, layout, view)


def _sum_own(connection: duckdb.DuckDBPyConnection, layout: Layout, view: str) -> None:
    """Sum the rows by the table's own dimension."""
    table = layout.table
    sums = _used(connection, _sums_of(layout, table.people_by_own), view)
    values, added = _select(layout, sums)
    where = "true"
    if not table.own_adds_up:  # undivided figures are one category's alone: no need to sum again
        where = f"NOT ({table.own_default})"
        columns = ", ".join(_columns(layout))
        connection.execute(f"""
            INSERT INTO by_agency
            SELECT month, agency, region, '{table.own}', 'supervisor', {columns}
            FROM by_agency WHERE breakdown = ''
        """)
    connection.execute(f"""
        INSERT INTO by_agency
        SELECT month, agency, region, '{table.own}', {table.own}::VARCHAR, {added}
        FROM (
          SELECT month::DATE AS month, agency, region, {table.own}, {values}
          FROM {view} WHERE {where}
        )
        GROUP BY month, agency, region, {table.own}
    """)


def _labels(singles: tuple[str, ...]) -> str:
    if not singles:
        return "''"
    cases = " ".join(f"WHEN grouping({d}) = 0 THEN '{d}'" for d in singles)
    every = " AND ".join(f"grouping({d}) = 0" for d in singles)
    return f"CASE WHEN {every} THEN 'cube' {cases} ELSE '' END"


def _sum_places(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Roll agencies up to governments, provinces and all; the last two also by agency kind.

    A kind within a government is not kept: it is the few agencies themselves, and is summed from
    them when asked.

    Rows of a whole government have no agency: they are kept as agency minus its number, which is
    never published, so that the agencies of a government still add up to it.
    """
    added = ", ".join(
        f"sum({column}){'::BIGINT' if _counts(layout, column) else ''} AS {column}"
        for column in _columns(layout)
    )
    columns = ", ".join(_columns(layout))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE by_place AS
        SELECT 3::TINYINT AS level, coalesce(agency, -region) AS place, '' AS kind,
               month, breakdown, category, '' AS category_2, {columns}
        FROM by_agency
        UNION ALL
        SELECT (CASE WHEN grouping(f.region) = 0 THEN 2
                     WHEN grouping(g.province) = 0 THEN 1 ELSE 0 END)::TINYINT,
               coalesce(f.region, g.province, 0),
               CASE WHEN grouping(a.kind) = 0 THEN a.kind ELSE '' END,
               month, breakdown, category, '', {added}
        FROM by_agency f
        JOIN government_place g ON g.region = f.region
        LEFT JOIN place_of a ON a.agency = f.agency
        GROUP BY GROUPING SETS (
          (month, breakdown, category, f.region),
          (month, breakdown, category, g.province), (month, breakdown, category, g.province, a.kind),
          (month, breakdown, category), (month, breakdown, category, a.kind))
        HAVING grouping(a.kind) = 1 OR a.kind IS NOT NULL
    """)
    if layout.table.personal:
        _sum_pairs(connection, added)


def _sum_pairs(connection: duckdb.DuckDBPyConnection, added: str) -> None:
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE cube AS
        SELECT s.*, g.province FROM summed s JOIN government_place g USING (region)
        WHERE breakdown = 'cube'
    """)
    for first, second in PAIRS:
        connection.execute(f"""
            INSERT INTO by_place
            SELECT (CASE WHEN grouping(region) = 0 THEN 2
                         WHEN grouping(province) = 0 THEN 1 ELSE 0 END)::TINYINT,
                   coalesce(region, province, 0), '',
                   month, '{first},{second}', {first}::VARCHAR, {second}::VARCHAR, {added}
            FROM cube
            GROUP BY GROUPING SETS (
              (month, {first}, {second}, region), (month, {first}, {second}, province),
              (month, {first}, {second}))
        """)


def _sum_periods(connection: duckdb.DuckDBPyConnection, layout: Layout, grain: str) -> None:
    """Put months into a grain: added up, or the last month with data where they do not add up."""
    name = f"cell_{layout.table.name}"
    columns = ", ".join(_columns(layout))
    key = "level, place, kind"
    if _over_time(layout) == "last":
        connection.execute(f"""
            INSERT INTO {name}
            SELECT {key}, '{grain}', date_trunc('{grain}', month)::DATE, breakdown, category, category_2,
                   row_count, true, {columns.removeprefix("row_count, ")}
            FROM by_place
            WHERE month IN (SELECT max(month) FROM by_place GROUP BY date_trunc('{grain}', month))
        """)
        return
    if grain == "month":
        connection.execute(f"""
            INSERT INTO {name}
            SELECT {key}, 'month', month, breakdown, category, category_2,
                   row_count, true, {columns.removeprefix("row_count, ")}
            FROM by_place
        """)
        return
    added = ", ".join(
        ["sum(row_count), true"]
        + [f"sum({column})" for column in layout.sums]
        + [f"max({column})" for column in layout.people.values()]
    )
    connection.execute(f"""
        INSERT INTO {name}
        SELECT {key}, '{grain}', date_trunc('{grain}', month)::DATE AS period, breakdown, category,
               category_2, {added}
        FROM by_place GROUP BY {key}, period, breakdown, category, category_2
    """)


# Where a longer period has records of its own, its parts need not add up to it. Whether they do
# is told cell by cell, since a sum that does not hold must not enter disclosure control.
NOT_ADDING_UP = """
UPDATE {cells} AS whole SET adds_up = false
FROM (
  SELECT w.rowid AS id
  FROM {cells} w
  LEFT JOIN {cells} p
    ON p.level = w.level AND p.place = w.place AND p.kind = w.kind
   AND p.breakdown = w.breakdown AND p.category = w.category AND p.category_2 = w.category_2
   AND p.grain = CASE w.grain WHEN 'quarter' THEN 'month' ELSE 'quarter' END
   AND date_trunc(w.grain, p.period) = w.period
  WHERE w.grain <> 'month'
  GROUP BY w.rowid, w.grain, w.row_count, w.quarterly_rows, w.annual_rows
  HAVING coalesce(sum(p.row_count), 0) <> w.row_count
      OR (w.grain = 'quarter' AND w.quarterly_rows > 0)
      OR (w.grain = 'year' AND w.annual_rows > 0)
) unequal
WHERE whole.rowid = unequal.id
"""


def _over_time(layout: Layout) -> str:
    ways = {m.over_time for m in METRICS.values() if m.table == layout.table.name and m.parts}
    if len(ways) != 1:
        raise ValueError(f"metrics over {layout.table.name} disagree on over_time: {sorted(ways)}")
    return ways.pop()


def add_recaps(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Enter ready-made aggregates of this table's metrics into its cells."""


GOVERNMENTS = """
CREATE TEMP TABLE government_place AS
-- One row is a government and the number of its province.
SELECT g.region, p.region AS province
FROM government_of g JOIN government_of p ON p.region_code = g.province_code
"""


def open_work(path: str, records: str) -> duckdb.DuckDBPyConnection:
    """A scratch database with the records attached read-only and the row views made."""
    connection = duckdb.connect(path)
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("ATTACH $records AS records (READ_ONLY)", {"records": records})
    prepare(connection)
    connection.execute(GOVERNMENTS)
    return connection


RECORD_TABLES = tuple(table.name for table in TABLES)
