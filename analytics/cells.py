"""Every metric's sums, for every place, period and breakdown: records in, cells out.

One cell table a row table. A cell is a place (level, place), a grain and period, a breakdown
(`breakdown`, `category`, `category_2`), the additive parts of all metrics over those rows, the people
behind each group of metrics that share an `among`, and the groups that must not be small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations, count
from pathlib import Path
from typing import TypeVar

import duckdb

from analytics.metrics import METRICS, over_time_of
from analytics.metrics.base import AGGREGATE, Metric
from analytics.metrics.guards import GUARDS, SPREAD, Group, Guard, population, spread_guard
from analytics.metrics.rows import ALL_ROWS, CATEGORIES, GRAINS, PERSONAL, RowTable
from analytics.store.records import StoreUnusable, refuse_older, unusable

PAIRS = tuple(combinations(PERSONAL, 2))
LEVEL_NUMBER = {"all": 0, "province": 1, "government": 2, "agency": 3}


@dataclass(frozen=True)
class Layout:
    """Which column of a cell table holds what.

    `sums` maps a column to its SQL aggregate; `people` an `among` to its people column; `column_of`
    a metric's key and part to a column; `among_of` a column to the `among` of its metric. `guard_of`
    names the guard that withholds a column beside its population, `spread` lists the columns that
    need many people. `guards` holds every guard by name, those of populations by their `among`, and
    `groups` maps a guard to the columns that count its groups.
    """

    table: RowTable
    sums: Mapping[str, str]
    people: Mapping[str, str]
    column_of: Mapping[tuple[str, str], str]
    among_of: Mapping[str, str]
    guard_of: Mapping[str, str]
    spread: tuple[str, ...]
    guards: Mapping[str, Guard]
    groups: Mapping[str, tuple[str, ...]]

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """Columns of whole numbers: the parts that go where people go."""
        columns = dict.fromkeys(self.column_of.values())
        return tuple(c for c in columns if "DECIMAL" not in self.sums[c] and c not in self.spread)

    @property
    def counted(self) -> dict[str, Group]:
        """Each column that counts a group of a guard."""
        return {
            column: group
            for name, guard in self.guards.items()
            for column, group in zip(self.groups[name], guard.groups, strict=True)
        }


def layout_of(table: RowTable, metrics: Iterable[Metric] | None = None) -> Layout:
    """The columns of a table's cells; metrics that ask for the same sum share one column."""
    sums: dict[tuple[str, str | None, str], str] = {}
    column_of: dict[tuple[str, str], str] = {}
    people: dict[str, str] = {}
    guard_of: dict[str, str] = {}
    among_of: dict[str, str] = {}
    spread: dict[str, None] = {}
    values: dict[str, dict[str, None]] = {}
    for metric in METRICS.values() if metrics is None else metrics:
        if metric.table != table.name or not metric.parts:
            continue
        people.setdefault(metric.among, f"people_{len(people)}")
        for part, sql in metric.parts.items():
            guard = metric.guard if part != "denominator" else None
            column = sums.setdefault((sql, guard, metric.among), f"sum_{len(sums)}")
            column_of[metric.key, part] = column
            among_of[column] = metric.among
            if guard:
                guard_of[column] = guard
            if part in metric.spread_parts:
                spread[column] = None
                values.setdefault(metric.among, {})[metric.spread_of] = None
    named = {column: sql for (sql, _, _), column in sums.items()}
    if table.has_cycles:
        named |= {
            f"{cycle}_rows": f"count(*) FILTER (WHERE cycle = '{cycle}')"
            for cycle in ("quarterly", "annual")
        }
    guards = {among: population(table.name, among) for among in people}
    guards |= {name: GUARDS[name] for name in dict.fromkeys(guard_of.values())}
    guards |= {
        SPREAD + among: spread_guard(among, guards[among], of) for among, of in values.items()
    }
    numbers = count()
    groups = {
        name: tuple(f"group_{next(numbers)}" for _ in guard.groups)
        for name, guard in guards.items()
    }
    return Layout(
        table, named, people, column_of, among_of, guard_of, tuple(spread), guards, groups
    )


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the row tables and views over the attached database `records`."""
    for statement in (*ALL_ROWS, GOVERNMENTS, BREAKDOWNS):
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
    for scratch in ("summed", "of_government"):
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
    for name, number in counts:
        if portions and number <= room:
            portions[-1] = (portions[-1][0], name)
        else:
            portions.append((name, name))
            room = most
        room -= number
    return portions


def _kinds(layout: Layout) -> dict[str, str]:
    """The type of each column; squares have twice the decimals."""
    kinds = {}
    for column, aggregate in layout.sums.items():
        squared = " * " in aggregate.split(" FILTER")[0]
        decimal = f"DECIMAL(38, {8 if squared else 4})"
        kinds[column] = decimal if aggregate.startswith("sum(") else "BIGINT"
    return kinds | dict.fromkeys([*layout.people.values(), *layout.counted], "BIGINT")


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
    def of_people(cls, among: str, table: RowTable, people: str | None = None) -> _Sum:
        """People behind rows; may be too few, never too many. `people` counts them, else the
        table's own counts do."""
        counted = (people, people) if people else (table.people, table.people_by_own)
        if counted == ("count(*)", "count(*)"):
            return cls.of(f"count(*) FILTER (WHERE ({among}))")
        of_row, of_own_row = (
            f"CASE WHEN ({among}) THEN coalesce({_inside(one)}, 0) END" for one in counted
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
        for column, group in layout.counted.items():
            wanted[column] = _Sum.of_people(group.where, layout.table, group.people)
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
        of_people = {*self.layout.people.values(), *self.layout.counted}
        for column, kind in _kinds(self.layout).items():
            name = self.column_of.get(column)
            if name is None:
                value = "0" if kind == "BIGINT" else "NULL"
            elif not in_months:
                value = name
            else:
                # The same people come back every month: the fullest month is the least they are.
                come_back = self.layout.table.counts == "people"
                fullest = come_back and (column in of_people)
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
    """Roll agencies up to governments, provinces and all.

    Rows of a whole government have no agency: they are in the sums of the government alone.
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
        INSERT INTO {months} ({KEYS}, {time}, {sums.names})
        SELECT 3, agency, breakdown, category, '', {time}, {sums.names}
        FROM summed WHERE breakdown <> 'cube' AND agency IS NOT NULL
        UNION ALL
        SELECT 2, region, breakdown, category, '', {time}, {sums.names} FROM of_government
        UNION ALL
        SELECT 1 - grouping(province), coalesce(province, 0), breakdown, category, '', {time},
               {sums.of_sums}
        FROM of_government GROUP BY GROUPING SETS (({group}, province), ({group}))
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
        SELECT 2, region, breakdown, category, category_2, {time}, {sums.names}
        FROM of_government
        UNION ALL
        SELECT 1 - grouping(province), coalesce(province, 0), breakdown, category, category_2,
               {time}, {sums.of_sums}
        FROM of_government GROUP BY GROUPING SETS (({group}, province), ({group}))
    """)


def _create_months(connection: duckdb.DuckDBPyConnection, sums: _Sums) -> None:
    numbers = "".join(f", {name} {one.kind}" for name, one in sums.sums.items())
    flags = "".join(f", {flag} BOOLEAN" for flag in _time(sums.layout.table).split(", ")[1:])
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE month_{sums.layout.table.name} (
          -- One row is a place, a month and a group.
          level TINYINT, place INTEGER, breakdown breakdown, category category,
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


KEYS = "level, place, breakdown, category, category_2"


def _there(sums: _Sums, grain: str) -> str:
    """The condition under which a cell exists at a grain.

    Groups of people whose months add up are cells of a year alone: months and years of the same
    groups told each other. Of a stock, such as training to date, so are groups of an agency's
    people, of which 97 in 100 were withheld by month, and crossed groups.
    """
    table = sums.layout.table
    if grain == "year" or not table.personal:
        return "true"
    levels = "" if grain in table.agency_grains else " AND level < 3"
    if over_time_of(table.name) == "sum":
        return f"breakdown = ''{levels}"
    return "(breakdown = '' OR (level < 3 AND NOT contains(breakdown::VARCHAR, ',')))"


def _one_month(sums: _Sums, months: str) -> str:
    return f"""
        SELECT {KEYS}, 'month' AS grain, month AS period, row_count,
               {sums.columns(in_months=False)}
        FROM {months}
        WHERE {_there(sums, "month")}
    """


def _last_month(sums: _Sums, months: str, grain: str) -> str:
    return f"""
        SELECT {KEYS}, '{grain}' AS grain, date_trunc('{grain}', month)::DATE AS period, row_count,
               {sums.columns(in_months=False)}
        FROM {months}
        WHERE month IN (SELECT max(month) FROM {months} GROUP BY date_trunc('{grain}', month))
          AND {_there(sums, grain)}
    """


def _whole_period(sums: _Sums, months: str, grain: str) -> str:
    return f"""
        SELECT {KEYS}, '{grain}' AS grain, date_trunc('{grain}', month)::DATE AS period,
               sum(row_count)::BIGINT AS row_count, {sums.columns(in_months=True)}
        FROM {months}
        WHERE {_there(sums, grain)}
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
        refuse_older(connection, Path(records), "records")
    except duckdb.IOException as error:
        connection.close()
        raise unusable(Path(records), error) from error
    except StoreUnusable:
        connection.close()
        raise
    prepare(connection)
    return connection
