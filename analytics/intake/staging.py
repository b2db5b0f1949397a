"""A sheet on its way in: read once into typed rows, its broken rows told apart and explained.

Everything is a relation of DuckDB; no row passes through Python. Per sheet there are, as temporary
relations that carry its number: `typed_1` (every row, in the contract's types), `row_1` (the same
with position and row number), `fault_1` (position, check), `sound_1` (rows without a fault),
`good_1` (the same, person numbers replaced) and `suspect_1` (what the file says in rows with one).
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass, field

import duckdb

from analytics.intake.checks import Check, text
from analytics.intake.findings import Finding, shown
from analytics.intake.headings import Match
from analytics.intake.query import one, run
from analytics.intake.rules import row_checks, text_sql, value_sql
from analytics.intake.sources import Sheet, bind, told_of
from analytics.schema import SQL_TYPE, Kind, Table

LISTED = 100
"""Findings of one kind that are listed; all of them are counted."""

GOOD, BROKEN, BLANK = 0, 1, 2

TEXT_TYPE = {Kind.PERSON: "VARCHAR"}
"""Types that differ from the store's until a person's number is replaced."""

MALFORMED = {
    "MISSING COLUMNS": ("has fewer columns than the headings", "Correct the line."),
    "TOO MANY COLUMNS": (
        "has more columns than the headings",
        "Put quotation marks around a value that holds the delimiter.",
    ),
    "UNQUOTED VALUE": ("has a quotation mark that is not closed", "Close or remove it."),
    "INVALID ENCODING": ("is not UTF-8 text", 'Save the file as "CSV UTF-8".'),
}
OTHERWISE_MALFORMED = ("cannot be read", "Correct the line.")


@dataclass
class Staged:
    """A sheet that was read, with the checks it was put to; `checks[i]` has number i in `fault`.

    `rows` is the SQL of the numbered rows as the file has them. `told` holds the words for the values of checks whose words depend on the value.
    """

    number: int
    sheet: Sheet
    match: Match
    extracted_on: dt.date
    checks: list[Check] = field(default_factory=list)
    malformed: list[tuple[int, str]] = field(default_factory=list)
    passed_over: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    rows: str = ""
    told: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return self.match.table

    def relation(self, name: str) -> str:
        return f'"{name}_{self.number}"'

    @property
    def present(self) -> dict[str, int]:
        """Columns of the table that the file has, and their positions in it."""
        return self.match.positions

    @property
    def source(self) -> str:
        """SQL of the relation that reads the file as text."""
        return self.sheet.relation

    def add(self, cursor: duckdb.DuckDBPyConnection, check: Check, faults: str, **values) -> int:
        """Record the rows whose positions the query gives as breaking the check; how many."""
        self.checks.append(check)
        number = len(self.checks) - 1
        return one(
            cursor,
            f"INSERT INTO {self.relation('fault')} SELECT DISTINCT position, {number} FROM ({faults})",
            values,
        )

    def words(self, number: int, said: str | None) -> tuple[str, str]:
        """What is wrong with a value by the check of that number, and what to do."""
        check = self.checks[number]
        return self.told.get((number, said or ""), (check.says, check.remedy))


def stage(
    cursor: duckdb.DuckDBPyConnection,
    number: int,
    sheet: Sheet,
    match: Match,
    extracted_on: dt.date,
) -> Staged:
    """Read a sheet into typed rows and put every row to the checks of its table."""
    staged = Staged(number, sheet, match, extracted_on, notes=[*match.notes, *sheet.remarks])
    staged.checks.extend(row_checks(staged.table))
    _read(cursor, staged)
    staged.passed_over.update(sheet.blank_rows)
    _read_malformed(cursor, staged)
    _number_rows(cursor, staged)
    run(
        cursor,
        f"CREATE TEMP TABLE {staged.relation('fault')} (position BIGINT, check_number INTEGER)",
    )
    _explain(cursor, staged)
    return staged


def _read(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Read the file into `typed`. Raises Unreadable where no rows can be told apart in it."""
    bind(cursor, staged.sheet)
    number = staged.number
    reading = (
        f"store_rejects = true, rejects_table = 'malformed_{number}',"
        f" rejects_scan = 'malformed_scan_{number}', rejects_limit = 0"
    )
    sql = f"CREATE TEMP TABLE {staged.relation('typed')} AS {_typed_sql(staged, reading)}"
    try:
        run(cursor, sql, staged.sheet.parameters | _parameters(staged))
    except duckdb.Error as error:
        told = told_of(staged.sheet, error)
        if told is None:
            raise
        raise told from error


def _parameters(staged: Staged) -> dict:
    own = {name: value for check in staged.checks for name, value in check.parameters.items()}
    return own | {"extracted_on": staged.extracted_on}


def _texts(staged: Staged) -> str:
    at = staged.match.positions
    return ",\n  ".join(
        text_sql(column, f"c{at[column.name]}" if column.name in at else None)
        for column in staged.table.columns
    )


def _typed_sql(staged: Staged, reading: str) -> str:
    columns = staged.table.columns
    values = ",\n  ".join(value_sql(column) for column in columns)
    names = ", ".join(f'"{column.name}"' for column in columns if column.name in staged.present)
    broken = "\n  OR ".join(f"coalesce({check.broken}, false)" for check in staged.checks)
    blank = " AND ".join(f"{text(column.name)} IS NULL" for column in columns)
    return f"""
    -- One row is a row of the file, in the file's order.
    SELECT {names}, CASE WHEN {blank} THEN {BLANK} WHEN {broken} THEN {BROKEN}
      ELSE {GOOD} END::TINYINT AS state
    FROM (SELECT *, {values}, $extracted_on::DATE AS extracted_on
          FROM (SELECT {_texts(staged)} FROM {_reading(staged, reading)}))
    """


def _reading(staged: Staged, reading: str) -> str:
    return staged.source.replace("{reading}", reading)


def _read_malformed(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Lines of a CSV file that are not rows at all; lines of nothing but spaces are passed over."""
    made = one(
        cursor,
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = $name",
        {"name": f"malformed_{staged.number}"},
    )
    if not made:
        return
    lines = run(
        cursor,
        f"""
        -- One row is a malformed line; one with several errors counts once.
        SELECT line, min(error_type), bool_or(trim(csv_line, E' \\r\\n\\t') = '')
        FROM {staged.relation("malformed")} GROUP BY line ORDER BY line
    """,
    )
    staged.malformed.extend((line, kind) for line, kind, blank in lines if not blank)
    staged.passed_over.update(line for line, _, _ in lines)


def _number_rows(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Give each row its row number; lines that were passed over push later rows down."""
    typed, gap, first = staged.relation("typed"), staged.relation("gap"), staged.sheet.first_row
    absent = "".join(
        f', CAST(NULL AS {TEXT_TYPE.get(column.kind, SQL_TYPE[column.kind])}) AS "{column.name}"'
        for column in staged.table.columns
        if column.name not in staged.present
    )
    numbered = f"SELECT rowid AS position, rowid + {first} AS line, *{absent} FROM {typed}"
    if staged.passed_over:
        run(
            cursor,
            f"""
            -- One row is a position, and how many lines were passed over before it.
            CREATE TEMP TABLE {gap} AS
            SELECT line - {first} - nth + 1 AS position, max(nth) AS before
            FROM (SELECT line, row_number() OVER (ORDER BY line) AS nth
                  FROM unnest($lines::BIGINT[]) AS passed(line))
            GROUP BY position
            """,
            {"lines": sorted(staged.passed_over)},
        )
        numbered = f"""
            SELECT t.* REPLACE (t.line + coalesce(g.before, 0) AS line)
            FROM ({numbered}) t ASOF LEFT JOIN {gap} g ON t.position >= g.position
        """
    staged.rows = numbered
    run(cursor, f"CREATE TEMP VIEW {staged.relation('row')} AS {numbered}")


def _explain(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Find which checks each broken row breaks, from what the file says in those rows alone."""
    row = staged.relation("row")
    broken = f"SELECT position FROM {row} WHERE state = {BROKEN}"
    if not run(cursor, f"{broken} LIMIT 1"):
        return
    gather(cursor, staged, broken)
    values = ", ".join(value_sql(column) for column in staged.table.columns)
    breaks = ", ".join(
        f"CASE WHEN {check.broken} THEN {number} END" for number, check in enumerate(staged.checks)
    )
    run(
        cursor,
        f"""
        INSERT INTO {staged.relation("fault")}
        SELECT position, check_number FROM (
          SELECT position, unnest([{breaks}]) AS check_number
          FROM (SELECT *, {values}, $extracted_on::DATE AS extracted_on
                FROM {staged.relation("suspect")}))
        WHERE check_number IS NOT NULL
        """,
        _parameters(staged),
    )


def gather(cursor: duckdb.DuckDBPyConnection, staged: Staged, positions: str) -> None:
    """Read again, as text and with all of the file's columns, the rows at the queried positions."""
    bind(cursor, staged.sheet)
    run(
        cursor,
        f"""
        CREATE OR REPLACE TEMP TABLE {staged.relation("suspect")} AS
        SELECT *, {_texts(staged)}
        FROM (SELECT row_number() OVER () - 1 AS position, *
              FROM {_reading(staged, "ignore_errors = true")})
        WHERE position IN ({positions})
        """,
        staged.sheet.parameters,
    )


def make_good(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """The views of rows without a fault: `sound` as in the file, `good` with pseudonyms."""
    fault, row = staged.relation("fault"), staged.relation("row")
    run(
        cursor,
        f"CREATE TEMP VIEW {staged.relation('sound')} AS"
        f" SELECT * FROM {row} ANTI JOIN {fault} USING (position) WHERE state = {GOOD}",
    )
    persons = [column.name for column in staged.table.columns if column.kind is Kind.PERSON]
    replaced = ", ".join(f'p.pseudonym AS "{name}"' for name in persons)
    joined = "".join(f' JOIN pseudonym p ON p.number = s."{name}"' for name in persons)
    columns = f"s.* REPLACE ({replaced})" if persons else "s.*"
    run(
        cursor,
        f"CREATE TEMP VIEW {staged.relation('good')} AS"
        f" SELECT {columns} FROM {staged.relation('sound')} s{joined}",
    )


def findings(
    cursor: duckdb.DuckDBPyConnection, staged: Staged
) -> tuple[tuple[Finding, ...], tuple[tuple[str, int], ...]]:
    """The first findings of each kind in the file's order, and how many rows each kind concerns."""
    fault = staged.relation("fault")
    counted = run(
        cursor, f"SELECT check_number, count(DISTINCT position) FROM {fault} GROUP BY 1 ORDER BY 1"
    )
    counts = [(staged.checks[number].rule, rows) for number, rows in counted]
    if counted:
        gather(cursor, staged, f"SELECT position FROM {fault}")
    for number, _ in counted:
        _tell(cursor, staged, number)
    listed = [found for number, _ in counted for found in _listed(cursor, staged, number)]
    for line, kind in staged.malformed[:LISTED]:
        says, remedy = MALFORMED.get(kind, OTHERWISE_MALFORMED)
        listed.append(_finding(staged, line, None, None, says, remedy))
    if staged.malformed:
        counts.append(("malformed line", len(staged.malformed)))
    return tuple(sorted(listed, key=lambda found: found.line or 0)), tuple(counts)


def _tell(cursor: duckdb.DuckDBPyConnection, staged: Staged, number: int) -> None:
    """Ask a check for the words of each of the values that break it."""
    check = staged.checks[number]
    if check.words is None or check.column is None:
        return
    said = run(
        cursor,
        f"SELECT DISTINCT {text(check.column)} FROM {staged.relation('suspect')}"
        f" JOIN {staged.relation('fault')} USING (position) WHERE check_number = {number}",
    )
    for value, words in check.words(cursor, [value for (value,) in said]).items():
        staged.told[number, value] = words


def _listed(cursor: duckdb.DuckDBPyConnection, staged: Staged, number: int) -> list[Finding]:
    check = staged.checks[number]
    value = text(check.column) if check.column and not check.personal else "NULL"
    rows = run(
        cursor,
        f"""
        SELECT r.line, {value}
        FROM {staged.relation("fault")} f
        JOIN {staged.relation("row")} r USING (position)
        JOIN {staged.relation("suspect")} s USING (position)
        WHERE f.check_number = {number} ORDER BY r.line LIMIT {LISTED}
    """,
    )
    found = []
    for line, said in rows:
        says, remedy = staged.words(number, said)
        found.append(_finding(staged, line, check, said, says, nearest(check, said) + remedy))
    return found


def _finding(
    staged: Staged, line: int, check: Check | None, said: str | None, says: str, remedy: str
) -> Finding:
    sheet, at = staged.sheet, staged.match.positions
    columns = None
    if check is not None:
        named = [c for c in check.columns if c in at] or list(check.columns[:1])
        columns = ", ".join(sheet.headings[at[c]].strip() if c in at else c for c in named)
    return Finding(sheet.file.name, sheet.name, line, columns, shown(said), says, remedy)


def nearest(check: Check, said: str | None) -> str:
    """The nearest values that would have been right, as a sentence; empty where none is near."""
    if not said or not check.choices or len(said) > LISTED:
        return ""
    by_lower = {choice.lower(): choice for choice in check.choices}
    near = difflib.get_close_matches(said.lower(), list(by_lower), n=3, cutoff=0.6)
    return f"Nearest: {', '.join(by_lower[name] for name in near)}. " if near else ""
