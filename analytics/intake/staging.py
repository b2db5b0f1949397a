"""A sheet on its way in: read once into typed rows, its broken rows told apart and explained.

Everything is a relation of DuckDB; no row passes through Python. Per sheet there are, as temporary
relations that carry its number: `typed_1` (every row, in the contract's types), `row_1` (the same
with position and row number), `fault_1` (position, check), `warning_1` (the same of what keeps no
row out), `sound_1` (rows without a fault), `good_1` (the same, person numbers replaced) and
`suspect_1` (what the file says in rows with one).
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from analytics.intake.checks import Check, text
from analytics.intake.dates import either_order_sql, serial_sql, settled_sql, turned_sql
from analytics.intake.derived import UNREAD, WAYS, derived_sql
from analytics.intake.findings import Finding, Severity, shown
from analytics.intake.headings import Match, fold
from analytics.intake.query import needed, one, run
from analytics.intake.regions import regions
from analytics.intake.rules import NO_VALUE, no_value_sql, row_checks
from analytics.intake.sources import Sheet, bind, told_of
from analytics.intake.values import parameters, text_sql, value_sql
from analytics.schema import SQL_TYPE, Column, Kind, Table
from analytics.text.phrase import Phrase

LISTED = 100
"""Findings of one kind that are listed; all of them are counted."""

GOOD, BROKEN, BLANK = 0, 1, 2

OUTNUMBERS = 20
"""So many times as many dates in one order tell that those in the other are mistakes."""

TEXT_TYPE = {Kind.PERSON: "VARCHAR"}
"""Types that differ from the store's until a person's number is replaced."""

MALFORMED = {
    "MISSING COLUMNS": (
        Phrase("has fewer columns than the headings"),
        Phrase("Correct the line."),
    ),
    "TOO MANY COLUMNS": (
        Phrase("has more columns than the headings"),
        Phrase("Put quotation marks around a value that holds the delimiter."),
    ),
    "UNQUOTED VALUE": (
        Phrase("has a quotation mark that is not closed"),
        Phrase("Close or remove it."),
    ),
    "OTHER DELIMITER": (
        Phrase("is parted by another delimiter than the rest of the file"),
        Phrase("Write it with the delimiter of the headings, or import it in a file of its own."),
    ),
    "INVALID ENCODING": (
        Phrase("is not UTF-8 text"),
        Phrase('Save the file as "CSV UTF-8".'),
    ),
}
OTHERWISE_MALFORMED = (Phrase("cannot be read"), Phrase("Correct the line."))
MALFORMED_CODE = "line.malformed"


@dataclass
class Staged:
    """A sheet that was read, with the checks it was put to; `checks[i]` has number i in `fault`.

    `rows` is the SQL of the numbered rows as the file has them. `told` holds the words for the
    values of checks whose words depend on the value, `told_of_line` those for lines of checks whose
    words depend on the row. `bound` is what the SQL of values and checks binds. `met` says that
    rows of the table were loaded before, and that the relation of that name compares them with the
    sheet.
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
    bound: dict[str, Any] = field(default_factory=dict)
    told: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    told_of_line: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    met: bool = False

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
    def has_lines(self) -> bool:
        """Whether the rows say themselves which line of the file they are from."""
        cells = self.sheet.cells
        return cells is not None and "line" in cells.column_names

    @property
    def source(self) -> str:
        """SQL of the relation that reads the file as text."""
        return self.sheet.relation

    def add(self, cursor: duckdb.DuckDBPyConnection, check: Check, faults: str, **values) -> int:
        """Record the rows whose positions the query gives as breaking the check; how many."""
        self.checks.append(check)
        number = len(self.checks) - 1
        kept = self.relation("fault" if check.severity == "reject" else "warning")
        return one(
            cursor,
            f"INSERT INTO {kept} SELECT DISTINCT position, {number} FROM ({faults})",
            values,
        )

    @property
    def warnings(self) -> str:
        """SQL of what rows that are loaded were warned of: position and number of a check."""
        faults = self.relation("fault")
        return f"(FROM {self.relation('warning')} ANTI JOIN {faults} USING (position))"

    @property
    def found(self) -> str:
        """SQL of all that was found: position and number of a check."""
        return f"(FROM {self.relation('fault')} UNION ALL FROM {self.warnings})"

    def words(self, number: int, said: str | None, line: int) -> tuple[str, str]:
        """What is wrong with a value in a line by the check of that number, and what to do."""
        check = self.checks[number]
        if (number, line) in self.told_of_line:
            return self.told_of_line[number, line]
        says, remedy = self.told.get((number, said or ""), (check.says, check.remedy))
        at = self.match.positions.get(check.column or "", -1)
        if check.code == NO_VALUE and 0 <= at < len(self.sheet.letters):
            cell = f"{self.sheet.letters[at]}{line}"
            return says, Phrase.joined(Phrase("It stands in cell {cell}.", cell=cell), remedy)
        return says, remedy


def stage(
    cursor: duckdb.DuckDBPyConnection,
    number: int,
    sheet: Sheet,
    match: Match,
    extracted_on: dt.date,
) -> Staged:
    """Read a sheet into typed rows and put every row to the checks of its table."""
    staged = Staged(number, sheet, match, extracted_on, notes=[*sheet.remarks, *match.notes])
    staged.checks.extend(_checks_of(staged))
    staged.bound.update(_bound(cursor, staged))
    _read(cursor, staged)
    staged.passed_over.update(sheet.blank_rows)
    staged.malformed.extend(sheet.malformed)
    _read_malformed(cursor, staged)
    _number_rows(cursor, staged)
    for kept in ("fault", "warning"):
        columns = "(position BIGINT, check_number INTEGER)"
        run(cursor, f"CREATE TEMP TABLE {staged.relation(kept)} {columns}")
    _explain(cursor, staged)
    _warn(cursor, staged)
    return staged


def _checks_of(staged: Staged) -> Iterator[Check]:
    """The checks of single rows; a derived column that its sources do not say has one of its own."""
    derived = {of.column: of for of in staged.match.derived}
    for name, of in derived.items():
        yield Check(
            f"{name}: derived",
            (name,),
            f"{text(name)} = '{UNREAD}'",
            Phrase("cannot be worked out from {headings}", headings=", ".join(of.headings)),
            Phrase("Correct what stands there, or add a column for it."),
            code="value.derived",
            personal=True,
        )
    if staged.sheet.from_1904:
        dated = [column for column in staged.table.columns if column.kind is Kind.DATE]
        yield from map(_serial_check, dated)
    for check in row_checks(staged.table, staged.match.values):
        if check.column in derived:
            own = f"{text(check.column)} IS DISTINCT FROM '{UNREAD}' AND ({check.broken})"
            yield replace(check, broken=own, personal=True)
        else:
            yield check


def _serial_check(column: Column) -> Check:
    return Check(
        f"{column.name}: serial",
        (column.name,),
        serial_sql(text(column.name)),
        Phrase("is a bare number in a workbook that counts its days from 1904"),
        Phrase("Give the cells a date format in the workbook, or write the day as 2025-02-28."),
        code="date.serial",
    )


def _bound(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> dict[str, Any]:
    """What the SQL of values and checks binds, by name."""
    match = staged.match
    bare = match.values.region_codes is not None
    known = regions(cursor) if bare else []
    own = {name: value for check in staged.checks for name, value in check.parameters.items()}
    constants = {f"constant_{name}": said for name, said in match.constants.items()}
    read = parameters(staged.table, match.values, known)
    return {**read, **own, **constants, "extracted_on": staged.extracted_on}


def _read(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Read the file into `typed`. Raises Unreadable where no rows can be told apart in it."""
    bind(cursor, staged.sheet)
    number = staged.number
    reading = (
        f"store_rejects = true, rejects_table = 'malformed_{number}',"
        f" rejects_scan = 'malformed_scan_{number}', rejects_limit = 0"
    )
    sql = f"CREATE TEMP TABLE {staged.relation('typed')} AS {_typed_sql(staged, reading)}"
    # A list of allowed values made into a join would lose the order by which rows are numbered.
    run(cursor, "SET disabled_optimizers = 'in_clause'")
    try:
        run(cursor, sql, staged.sheet.parameters | needed(sql, staged.bound))
    except duckdb.Error as error:
        told = told_of(staged.sheet, error)
        if told is None:
            raise
        raise told from error
    finally:
        run(cursor, "RESET disabled_optimizers")


def _texts(staged: Staged) -> str:
    reading = staged.match.values
    derived = {of.column: of for of in staged.match.derived}
    texts = []
    for column in staged.table.columns:
        if column.name in derived:
            of = derived[column.name]
            sources = tuple(f"c{at}" for at in _positions(staged, of.headings))
            said = derived_sql(of, sources, day_first=reading.day_first)
            texts.append(f"{said} AS {text(column.name)}")
        else:
            texts.append(text_sql(column, _source(staged, column), reading))
    return ",\n  ".join(texts)


def _values(staged: Staged) -> str:
    # To plan how an absent column would be read takes as long as planning all others.
    return ",\n  ".join(
        value_sql(column, staged.match.values)
        if column.name in staged.match.filled
        else _absent(column)
        for column in staged.table.columns
    )


def _absent(column: Column) -> str:
    """SQL for the value of a column that the file does not have."""
    return f'CAST(NULL AS {TEXT_TYPE.get(column.kind, SQL_TYPE[column.kind])}) AS "{column.name}"'


def _source(staged: Staged, column: Column) -> str | None:
    """SQL for what the file says in a column, or what holds for all of its rows."""
    if column.name in staged.match.positions:
        return f"c{staged.match.positions[column.name]}"
    held = column.name in staged.match.constants
    return f"CAST($constant_{column.name} AS VARCHAR)" if held else None


def _positions(staged: Staged, headings: tuple[str, ...]) -> list[int]:
    """Where the sources of a derived column stand. Raises ValueError where the file lacks one."""
    names = [fold(heading) for heading in staged.sheet.headings]
    return [names.index(fold(heading)) for heading in headings]


def _typed_sql(staged: Staged, reading: str) -> str:
    columns = staged.table.columns
    names = ", ".join(
        f'"{column.name}"' for column in columns if column.name in staged.match.filled
    )
    line = ", line" if staged.has_lines else ""
    broken = "\n  OR ".join(
        f"coalesce({check.broken}, false)"
        for check in staged.checks
        if check.severity == "reject" and not check.explains
    )
    always = {of.column for of in staged.match.derived if WAYS[of.how].blank_says is not None}
    always |= set(staged.match.constants)
    own = [text(name) for name in sorted(staged.match.filled - always)]
    blank = " AND ".join(f"{said} IS NULL" for said in own) or "false"
    return f"""
    -- One row is a row of the file, in the file's order.
    SELECT {names}, CASE WHEN {blank} THEN {BLANK} WHEN {broken} THEN {BROKEN}
      ELSE {GOOD} END::TINYINT AS state{line}
    FROM (SELECT *, {_values(staged)}, $extracted_on::DATE AS extracted_on
          FROM (SELECT {_texts(staged)}{line} FROM {_reading(staged, reading)}))
    """


def _reading(staged: Staged, reading: str) -> str:
    return staged.source.replace("{reading}", reading)


def _read_malformed(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Lines of a CSV file that are not rows at all; lines of nothing but spaces and delimiters are
    passed over."""
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
        SELECT line, min(error_type), bool_or(trim(csv_line, E' \\r\\n\\t,;|') = '')
        FROM {staged.relation("malformed")} GROUP BY line ORDER BY line
    """,
    )
    staged.malformed.extend((line, kind) for line, kind, blank in lines if not blank)
    staged.passed_over.update(line for line, _, _ in lines)


def _number_rows(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Give each row its row number; lines that were passed over push later rows down."""
    typed, gap, first = staged.relation("typed"), staged.relation("gap"), staged.sheet.first_row
    absent = "".join(
        f", {_absent(column)}"
        for column in staged.table.columns
        if column.name not in staged.match.filled
    )
    line = "" if staged.has_lines else f"rowid + {first} AS line, "
    numbered = f"SELECT rowid AS position, {line}*{absent} FROM {typed}"
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
    breaks = ", ".join(
        f"CASE WHEN {_of_values(check)} THEN {number} END"
        for number, check in enumerate(staged.checks)
        if check.severity == "reject"
    )
    sql = f"""
        INSERT INTO {staged.relation("fault")}
        SELECT position, check_number FROM (
          SELECT position, unnest([{breaks}]) AS check_number
          FROM (SELECT *, {_values(staged)}, $extracted_on::DATE AS extracted_on
                FROM {staged.relation("suspect")}))
        WHERE check_number IS NOT NULL
        """
    run(cursor, sql, needed(sql, staged.bound))
    fault = staged.relation("fault")
    lost = one(
        cursor,
        f"SELECT count(*) FROM {row} ANTI JOIN {fault} USING (position) WHERE state = {BROKEN}",
    )
    if lost:  # read twice, the file must give the same rows: else they would be left out silently
        raise RuntimeError(f"{lost} broken rows of {staged.sheet.file.name} break no check")
    _doubt_order(cursor, staged)


def _of_values(check: Check) -> str:
    """SQL for a check that a cell without a value does not break as well."""
    if check.code == NO_VALUE:
        return check.broken
    without = [f"coalesce({no_value_sql(text(name))}, false)" for name in check.columns]
    return f"NOT ({' OR '.join(without)}) AND ({check.broken})"


def _doubt_order(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Refuse dates in digits that are others with the month first, where their column, or the file
    as a whole, holds dates that are ones only that way: nobody can tell which way they were meant.
    A few such among many that settle the order are mistakes of their own.
    """
    day_first = staged.match.values.day_first
    dated = [c for c in staged.table.columns if c.kind is Kind.DATE and c.name in staged.present]
    turned, settled = (
        [f"coalesce({sql(text(column.name), day_first=day_first)}, false)" for column in dated]
        for sql in (turned_sql, settled_sql)
    )
    wrong = " OR ".join(turned) or "false"
    if not run(cursor, f"SELECT 1 FROM {staged.relation('suspect')} WHERE {wrong} LIMIT 1"):
        return
    file = _numbered(staged)
    each = ", ".join(f"count(*) FILTER ({condition})" for condition in (*turned, *settled))
    counts = f"SELECT {each} FROM ({file})"
    (found,) = run(cursor, counts, _of_file(staged, counts))
    against, for_it = found[: len(dated)], found[len(dated) :]
    whole = _doubtful(sum(against), sum(for_it))
    for column, *of_column in zip(dated, against, for_it, strict=True):
        if whole or _doubtful(*of_column):
            faults = f"SELECT position FROM ({file}) WHERE {either_order_sql(text(column.name))}"
            staged.add(cursor, _order_check(column), faults, **_of_file(staged, faults))


def _doubtful(against: int, for_it: int) -> bool:
    return against > 0 and for_it < OUTNUMBERS * against


def _order_check(column: Column) -> Check:
    return Check(
        f"{column.name}: order",
        (column.name,),
        "",
        Phrase("could have its day or its month first, as this file holds dates of both kinds"),
        Phrase(
            "Write the dates as 2025-02-28, or say which comes first under “How values are written”"
            " or in the profile of the file."
        ),
        code="date.order",
    )


def _warn(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Find which rows break checks that keep no row out, from their values."""
    breaks = ", ".join(
        f"CASE WHEN {check.broken} THEN {number} END"
        for number, check in enumerate(staged.checks)
        if check.severity == "warn"
    )
    if not breaks:
        return
    sql = f"""
        INSERT INTO {staged.relation("warning")}
        SELECT position, check_number FROM (
          SELECT position, unnest([{breaks}]) AS check_number
          FROM {staged.relation("row")} WHERE state = {GOOD})
        WHERE check_number IS NOT NULL
        """
    run(cursor, sql, needed(sql, staged.bound))


def gather(cursor: duckdb.DuckDBPyConnection, staged: Staged, positions: str) -> None:
    """Read again, as text and with all of the file's columns, the rows at the queried positions."""
    bind(cursor, staged.sheet)
    sql = f"""
        CREATE OR REPLACE TEMP TABLE {staged.relation("suspect")} AS
        {_numbered(staged)}
        WHERE position IN ({positions})
        """
    run(cursor, sql, _of_file(staged, sql))


def _numbered(staged: Staged) -> str:
    """SQL of the file's rows with their positions, all of its columns and the contract's texts."""
    return f"""
        SELECT *, {_texts(staged)}
        FROM (SELECT row_number() OVER () - 1 AS position, *
              FROM {_reading(staged, "ignore_errors = true")})
    """


def _of_file(staged: Staged, sql: str) -> dict[str, Any]:
    """What a statement that reads the file binds."""
    return staged.sheet.parameters | needed(sql, staged.bound)


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
    """The first findings of each kind in the file's order, warnings among them, and how many rows
    each kind keeps out.
    """
    counted = _counted(cursor, staged)
    refused = [number for number in counted if staged.checks[number].severity == "reject"]
    if refused:
        gather(cursor, staged, f"SELECT position FROM {staged.relation('fault')}")
    for number in refused:
        _tell(cursor, staged, number)
    listed = [found for number in counted for found in _listed(cursor, staged, number)]
    for line, kind in staged.malformed[:LISTED]:
        says, remedy = MALFORMED.get(kind, OTHERWISE_MALFORMED)
        where = (staged.sheet.called, staged.sheet.within, line)
        listed.append(Finding(*where, None, None, says, remedy, MALFORMED_CODE))
    listed.extend(staged.match.warnings)
    counts = _rows_by_rule(staged, counted, "reject")
    if staged.malformed:
        counts.append(("malformed line", len(staged.malformed)))
    return tuple(sorted(listed, key=lambda found: found.line or 0)), tuple(counts)


def warned(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> tuple[tuple[str, int], ...]:
    """How many rows each kind of warning concerns."""
    of_file = Counter(warning.code for warning in staged.match.warnings)
    return (*_rows_by_rule(staged, _counted(cursor, staged), "warn"), *of_file.items())


def _counted(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> dict[int, int]:
    """Number of a check → rows that break it."""
    sql = f"SELECT check_number, count(DISTINCT position) FROM {staged.found} GROUP BY 1 ORDER BY 1"
    return dict(run(cursor, sql))


def _rows_by_rule(
    staged: Staged, counted: dict[int, int], severity: Severity
) -> list[tuple[str, int]]:
    checks = {number: staged.checks[number] for number in counted}
    return [(c.rule, counted[n]) for n, c in checks.items() if c.severity == severity]


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
    row, shows = staged.relation("row"), check.column if not check.personal else None
    if check.severity == "reject":
        value = text(shows) if shows else "NULL"
        found = f"{staged.relation('fault')} JOIN {row} r USING (position)"
        found += f" JOIN {staged.relation('suspect')} USING (position)"
    else:
        # The row was read, so its value tells enough; the file need not be read again for it.
        value = f'r."{shows}"::VARCHAR' if shows else "NULL"
        found = f"{staged.warnings} JOIN {row} r USING (position)"
    rows = run(
        cursor,
        f"SELECT r.line, {value} FROM {found}"
        f" WHERE check_number = {number} ORDER BY r.line LIMIT {LISTED}",
    )
    return [_finding(staged, line, number, said) for line, said in rows]


def _finding(staged: Staged, line: int, number: int, said: str | None) -> Finding:
    sheet, check, at = staged.sheet, staged.checks[number], staged.match.positions
    says, remedy = staged.words(number, said, line)
    named = [c for c in check.columns if c in at] or list(check.columns[:1])
    columns = ", ".join(sheet.headings[at[c]].strip() if c in at else c for c in named)
    return Finding(
        sheet.called,
        sheet.within,
        line,
        columns,
        shown(said),
        says,
        Phrase.joined(nearest(check, said), remedy),
        check.code,
        check.severity,
    )


def nearest(check: Check, said: str | None) -> str:
    """The nearest values that would have been right, as a sentence; empty where none is near."""
    if not said or not check.choices or len(said) > LISTED:
        return ""
    by_lower = {choice.lower(): choice for choice in check.choices}
    near = difflib.get_close_matches(said.lower(), list(by_lower), n=3, cutoff=0.6)
    names = ", ".join(by_lower[name] for name in near)
    return Phrase("Nearest: {names}.", names=names) if names else ""
