"""Reading files as text: every table of a file as a relation of DuckDB, whatever form it is in."""

# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions when it is imported.

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics.intake import delimited
from analytics.intake.containers import (
    Scratch,
    Unreadable,
    has_macros,
    is_old,
    kind_of,
    unpacked,
    unreadable,
)
from analytics.intake.found import NOTE, Found, is_value, runs, tables_of
from analytics.intake.grids import Grid, of_records, of_workbook
from analytics.intake.headings import is_known, is_person_number, table_of_name
from analytics.intake.unsaved import WORDS
from analytics.text.phrase import Phrase

__all__ = [
    "Sheet",
    "Unreadable",
    "bind",
    "fingerprint",
    "sheets_of",
    "told_of",
    "with_figures_apart",
]

CHUNK = 1 << 22
SHORT = "MISSING COLUMNS"
"""What DuckDB says of a line that ends before the last heading."""
LONG = "1e15"
"""From here on a number has more digits than Excel, or a double, surely keeps."""


@dataclass(frozen=True)
class Merged:
    """Merged cells among the rows of a table: which rows and columns of it, both counted from 0, and
    where they stand in their sheet, as B2:B3."""

    rows: range
    columns: range
    place: str


@dataclass(frozen=True)
class Sheet:
    """A table of text with headings. Columns of `relation` are c0, c1 …, in the file's order.

    `first_row` is the row number of the first row after the headings, counted as a spreadsheet
    counts. `blank_rows` are the numbers of later rows that are not among the rows of `relation`:
    empty ones, totals, notes, headings said again.

    `part` is the file within an archive; `file` then ends in its name. `title` are the lines of
    text above the headings; `levels` are, for each column, the texts of its headings from top to
    bottom. `letters` are those of the columns of a workbook, `merged` its merged cells; `from_1904` is the grid's. `malformed` are the numbers of lines that are no rows, and
    what is wrong with them. `place` tells where the table stands, as F6:M12, where its sheet has several. `totals`
    are the rows of sums, with the column `line`. `remarks` say what was passed over.
    """

    file: Path
    name: str | None
    headings: tuple[str, ...]
    relation: str
    parameters: dict[str, Any] = field(default_factory=dict)
    cells: pa.Table | None = None
    first_row: int = 2
    blank_rows: tuple[int, ...] = ()
    part: str | None = None
    title: str = ""
    levels: tuple[tuple[str, ...], ...] = ()
    place: str = ""
    letters: tuple[str, ...] = ()
    merged: tuple[Merged, ...] = ()
    from_1904: bool = False
    malformed: tuple[tuple[int, str], ...] = ()
    totals: pa.Table | None = None
    remarks: tuple[Phrase, ...] = ()
    scratch: Scratch | None = None
    """Keeps the files that the table is read from until nothing refers to it."""

    @property
    def called(self) -> str:
        """What messages call its file: within an archive by both names."""
        return f"{self.file.parent.name}/{self.part}" if self.part else self.file.name

    @property
    def within(self) -> str | None:
        """Where in its file it is, for messages: its sheet, and its place where that has several."""
        return ", ".join(part for part in (self.name, self.place) if part) or None

    @property
    def is_csv(self) -> bool:
        """Whether it is read by DuckDB's CSV reader."""
        return "$delimiter" in self.relation


def fingerprint(path: Path) -> tuple[str, bool]:
    """SHA-256 of a file in hex, and whether an empty line stands somewhere in it."""
    digest, blank, before = hashlib.sha256(), False, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            joined = before + chunk
            blank = blank or b"\n\n" in joined or b"\n\r\n" in joined
            before = chunk[-2:]
    return digest.hexdigest(), blank


def sheets_of(path: Path, *, blank_lines: bool) -> list[Sheet]:
    """The tables of a file, whose kind is told from its content. Raises Unreadable with findings.

    Read are CSV and other text with a delimiter, XLSX, XLSM, XLSB, XLS, ODS, Parquet, and ZIP
    archives of these. `blank_lines` tells whether a text file may have empty lines, which are
    counted then. Workbooks and text in another encoding are laid out as files in a private folder,
    which is gone when the tables are.
    """
    scratch = Scratch()
    try:
        if kind_of(path, path.name) == "archive":
            return _archive(path, scratch)
        return _File(path, path.name, path, scratch, blank_lines).sheets()
    except BaseException:
        scratch.remove()  # the error's own frames would keep it
        raise


def _archive(path: Path, scratch: Scratch) -> list[Sheet]:
    """The tables of all files of an archive; what is wrong with any of them is told for each."""
    sheets: list[Sheet] = []
    findings = []
    for member in unpacked(path, path.name, scratch):
        name = f"{path.name}/{member.name}"
        try:
            part = _File(member.path, name, path / Path(member.name).name, scratch, True)
            sheets.extend(replace(sheet, part=member.name) for sheet in part.sheets())
        except Unreadable as error:
            findings.extend(error.findings)
    if findings:
        raise Unreadable(*findings)
    return sheets


@dataclass(frozen=True)
class _File:
    """A file to read: where it lies, what messages call it, and what its tables say they are of."""

    path: Path
    name: str
    shown: Path
    scratch: Scratch
    blank_lines: bool

    def sheets(self) -> list[Sheet]:
        kind = kind_of(self.path, self.name)
        if kind == "archive":
            says = Phrase("is an archive within an archive")
            raise unreadable(self.name, says, Phrase("Unpack it and import its files."))
        if kind == "parquet":
            return [_parquet(self)]
        return _workbook(self) if kind == "workbook" else _text(self)


def _parquet(file: _File) -> Sheet:
    try:
        schema = pq.read_schema(file.path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _no_parquet(file.name) from error
    names = [f"c{number}" for number in range(len(schema))]
    texts = ", ".join(_parquet_text(n, column) for n, column in zip(names, schema, strict=True))
    relation = f"(SELECT {texts} FROM read_parquet($path) AS file({', '.join(names)}))"
    parameters = {"path": str(file.path)}
    return Sheet(
        file.shown,
        None,
        tuple(schema.names),
        relation,
        parameters,
        first_row=1,
        levels=tuple((name,) for name in schema.names),
        scratch=file.scratch,
    )


def _parquet_text(name: str, column: pa.Field) -> str:
    """SQL for a column as text. A number that is too long to have kept its digits, or that is to
    be a person's, stands in the exponent form by which the checks know it.

    Of a person's numbers a whole column is in doubt: nothing tells whether a number once was a
    double, or began with a zero. What a data frame writes where nothing is known is empty.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    text = f"CAST({name} AS VARCHAR)"
    if not any(is_kind(kind) for is_kind in numeric):
        return f"{text} AS {name}"
    number = f"CAST({name} AS DOUBLE)"
    exponent = f"printf('%.14E', abs({number}))"
    if is_person_number(column.name):
        return f"CASE WHEN isfinite({number}) THEN {exponent} END AS {name}"
    return (
        f"CASE WHEN isnan({number}) THEN NULL WHEN abs({number}) >= {LONG} AND isfinite({number})"
        f" THEN {exponent} ELSE {text} END AS {name}"
    )


def _workbook(file: _File) -> list[Sheet]:
    """The tables of a workbook; where some of its sheets are named for tables, of those alone."""
    grids = of_workbook(file.path, file.name, file.scratch)
    grids = [grid for grid in grids if table_of_name(grid.name or "")] or grids
    found = [(grid, table) for grid in grids for table in _with_rows(tables_of(grid, is_known))]
    if any(len(table.rows) for _, table in found):
        found = [
            (grid, table)
            for grid, table in found
            if len(table.rows) or table_of_name(grid.name or "")
        ]
    if not found:
        raise delimited.no_table(file.name)
    held = Counter(grid.name for grid, _ in found)
    sheets = [_of_grid(file, grid, table, several=held[grid.name] > 1) for grid, table in found]
    remarks = [MACROS] if has_macros(file.path, file.name) else []
    remarks += [NOT_LOOKED_THROUGH] if is_old(file.path) else []
    return [replace(sheet, remarks=(*remarks, *sheet.remarks)) for sheet in sheets]


NOT_LOOKED_THROUGH = Phrase(
    "In an XLS file, errors such as #REF! and formulas without a saved value look like empty cells;"
    " saved as XLSX, it is told where they stand."
)
MACROS = Phrase("The file holds macros. They were neither read nor run: only values are taken.")


WITHOUT_VALUE = f"(?i)^({'|'.join(map(re.escape, WORDS))})$"


def _without_value(grid: Grid) -> Iterator[str]:
    """The cells of a sheet that hold no value, by their columns: C4–C9, D7."""
    if not grid.without_value:
        return
    for number, column in enumerate(grid.cells.columns):
        found = pc.fill_null(pc.match_substring_regex(column, WITHOUT_VALUE), False)
        letters = _letters(grid.left + number)
        for first, last in runs(np.flatnonzero(found.to_numpy()).tolist()):
            cell = f"{letters}{first + 1}"
            yield cell if first == last else f"{cell}–{letters}{last + 1}"


def _with_rows(tables: list[Found]) -> list[Found]:
    """The tables that have rows; one of headings alone only where it stands alone."""
    return [table for table in tables if len(table.rows) or len(tables) == 1]


def _of_grid(file: _File, grid: Grid, table: Found, *, several: bool) -> Sheet:
    """A table of a grid as a sheet; its cells are a slice of the grid where rows are in sequence."""
    cells = _cells(grid, table)
    columns = ", ".join(cells.column_names)
    first = int(table.rows[0]) if len(table.rows) else table.header[-1] + 1
    last = int(table.rows[-1]) if len(table.rows) else first
    passed = np.ones(last - first + 1, dtype=bool)
    passed[table.rows - first] = False
    blank = np.flatnonzero(passed) + first + 1 if len(table.rows) else passed[:0]
    return Sheet(
        file.shown,
        grid.name,
        table.headings,
        f"(SELECT {columns} FROM cells)",
        cells=cells,
        first_row=first + 1,
        blank_rows=tuple(blank.tolist()),
        title=table.title,
        levels=table.levels,
        place=_place(grid, table) if several else "",
        letters=tuple(_letters(grid.left + c) for c in table.columns) if grid.name else (),
        merged=tuple(_merged(grid, table)),
        from_1904=grid.from_1904,
        totals=_totals(grid, table),
        remarks=tuple(_remarks(grid, table)),
        scratch=file.scratch,
    )


def _columns(grid: Grid, table: Found) -> pa.Table:
    names = [f"c{number}" for number in range(len(table.columns))]
    return grid.cells.select(list(table.columns)).rename_columns(names)


def _cells(grid: Grid, table: Found) -> pa.Table:
    columns, rows = _columns(grid, table), table.rows
    for top, left, bottom, right in grid.merges:
        if left == right and left in table.columns and bottom > top >= table.header[-1]:
            columns = _filled_down(columns, table.columns.index(left), top, bottom)
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return columns.slice(int(rows[0]), len(rows))
    return columns.take(pa.array(rows))


def _filled_down(columns: pa.Table, position: int, top: int, bottom: int) -> pa.Table:
    """A cell merged downwards holds for all the rows that it covers."""
    column = columns.column(position)
    bottom = min(bottom, len(column) - 1)
    spread = pa.array([column[top].as_py()] * (bottom - top + 1), pa.string())
    parts = [*column[:top].chunks, spread, *column[bottom + 1 :].chunks]
    return columns.set_column(position, f"c{position}", pa.chunked_array(parts, pa.string()))


def _merged(grid: Grid, table: Found) -> Iterator[Merged]:
    """The merged cells of a table, beneath its headings, that say something."""
    for top, left, bottom, right in grid.merges:
        if top <= table.header[-1] or not grid.text(top, left):
            continue
        first, last = np.searchsorted(table.rows, (top, bottom + 1)).tolist()
        columns = [n for n, c in enumerate(table.columns) if left <= c <= right]
        if first < last and columns:
            ends = (_letters(grid.left + left), top + 1, _letters(grid.left + right), bottom + 1)
            place = "{}{}:{}{}".format(*ends)
            yield Merged(range(first, last), range(columns[0], columns[-1] + 1), place)


def with_figures_apart(sheet: Sheet, figures: Iterable[int]) -> Sheet:
    """The sheet with the place of merged cells beside each figure that stands in them.

    `figures` are the columns of figures. A label that is merged holds for all rows that it covers; a
    figure could be of any of them, or of all together, so that it must not be read as one.
    """
    cells, wanted = sheet.cells, set(figures)
    if cells is None:
        return sheet
    for merge in sheet.merged:
        columns = [n for n in merge.columns if n in wanted]
        if merge.columns[0] not in wanted or len(merge.rows) * len(columns) < 2:
            continue
        said = cells.column(merge.columns[0])[merge.rows[0]].as_py() or ""
        if any(letter.isdigit() for letter in said):
            for number in columns:
                cells = _with_text(cells, number, merge.rows, f"{said.strip()} ({merge.place})")
    return replace(sheet, cells=cells)


def _with_text(cells: pa.Table, number: int, rows: range, text: str) -> pa.Table:
    """The cells with one text in some rows of a column."""
    column = cells.column(number)
    spread = pa.array([text] * len(rows), pa.string())
    parts = [*column[: rows.start].chunks, spread, *column[rows.stop :].chunks]
    named = cells.column_names[number]
    return cells.set_column(number, named, pa.chunked_array(parts, pa.string()))


def _totals(grid: Grid, table: Found) -> pa.Table | None:
    if not len(table.totals):
        return None
    rows = _columns(grid, table).take(pa.array(table.totals))
    return rows.append_column("line", pa.array(table.totals + 1))


def _remarks(grid: Grid, table: Found) -> Iterator[Phrase]:
    if without_value := list(islice(_without_value(grid), SHOWN_RUNS + 1)):
        more = ["…"] if len(without_value) > SHOWN_RUNS else []
        yield Phrase(
            "Cells with an error or with a formula that was never worked out: {cells}.",
            cells=", ".join(without_value[:SHOWN_RUNS] + more),
        )
    if grid.hidden:
        yield Phrase("The sheet is hidden in the workbook; it was read all the same.")
    if grid.hidden_rows and (rows := [n for n in table.rows.tolist() if n in grid.hidden_rows]):
        yield Phrase(
            "Hidden in the workbook, as by a filter, and read all the same: rows {rows}.",
            rows=_numbers(rows),
        )
    if table.titles:
        yield Phrase("Read as a title, not as data: rows {rows}.", rows=_numbers(table.titles))
    if len(table.totals):
        yield Phrase(
            "Read as totals, not as data: rows {rows}.", rows=_numbers(table.totals.tolist())
        )
    if table.passed:
        yield Phrase(
            "Passed over, as they number or repeat the headings: rows {rows}.",
            rows=_numbers(table.passed),
        )
    if table.notes:
        yield Phrase("Read as notes, not as data: rows {rows}.", rows=_numbers(table.notes))
    if table.unnamed:
        yield Phrase(
            "Not read, as they have values but no heading: columns {columns}.",
            columns=", ".join(_letters(grid.left + c) for c in table.unnamed),
        )


SHOWN_RUNS = 12


def _numbers(rows: Iterable[int]) -> str:
    """Row numbers for people: 6, 23–25."""
    said = [str(a + 1) if a == b else f"{a + 1}–{b + 1}" for a, b in runs(sorted(set(rows)))]
    more = ["…"] if len(said) > SHOWN_RUNS else []
    return ", ".join(said[:SHOWN_RUNS] + more)


def _letters(column: int) -> str:
    """The letters of a column: 0 is A, 27 is AB."""
    letters = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        letters = chr(ord("A") + rest) + letters
        column -= 1
    return letters


def _place(grid: Grid, table: Found) -> str:
    rows = [*table.header, *table.rows[-1:].tolist(), *table.totals[-1:].tolist()]
    left, right = (_letters(grid.left + table.columns[end]) for end in (0, -1))
    return f"{left}{min(rows) + 1}:{right}{max(rows) + 1}"


def _text(file: _File) -> list[Sheet]:
    """The tables of a text file. A single one is left to DuckDB's CSV reader, whatever its size."""
    encoding = delimited.encoding_of(file.path, file.name)
    dialect = delimited.dialect_of(file.path, encoding, file.name)
    whole = delimited.is_small(file.path)
    head = delimited.head_of(file.path, dialect, file.name, whole=whole)
    grid = of_records(head.records)
    tables = _with_rows(tables_of(grid, is_known))
    if not tables:
        raise delimited.no_table(file.name)
    if len(tables) > 1 and head.whole:
        sheets = [_of_records(file, grid, table, head.records) for table in tables]
    else:
        tables = tables[:1]
        if not head.whole:  # what stands beneath is told where the whole file is looked through
            tables = [replace(tables[0], totals=tables[0].totals[:0], notes=())]
        sheets = [_csv(file, dialect, head, grid, tables[0])]
    return [
        _with_others(sheet, grid, table, head.records, dialect)
        for sheet, table in zip(sheets, tables, strict=True)
    ]


OTHER = "OTHER DELIMITER"
"""What is said of a line that is a row by another delimiter than the rest of the file."""


def _with_others(
    sheet: Sheet,
    grid: Grid,
    table: Found,
    records: Sequence[Sequence[str]],
    dialect: delimited.Dialect,
) -> Sheet:
    """The sheet with lines that were taken for text but are rows by another delimiter as no rows."""
    aside = (*table.titles, *table.notes)
    others = {row for row in aside if _is_other(grid, table, records[row], dialect)}
    if not others:
        return sheet
    texts = replace(
        table,
        titles=tuple(row for row in table.titles if row not in others),
        notes=tuple(row for row in table.notes if row not in others),
    )
    malformed = [*sheet.malformed, *((row + 1, OTHER) for row in sorted(others))]
    kept = tuple(_remarks(grid, texts))
    return replace(sheet, malformed=tuple(malformed), remarks=kept)


FEWEST_COLUMNS = 4
"""Below so many columns a sentence with commas can look like a row."""


def _is_other(grid: Grid, table: Found, record: Sequence[str], dialect: delimited.Dialect) -> bool:
    """Whether a line has, by another delimiter, a value for each heading, and numbers or dates
    wherever the first row has them."""
    width = len(table.columns)
    if NOTE.match("".join(record)) or not len(table.rows) or width < 2:
        return False
    line, first = dialect.delimiter.join(record), int(table.rows[0])
    shape = [is_value(grid.text(first, column)) for column in table.columns]
    if width < FEWEST_COLUMNS and not all(shape[1:]):
        return False
    for mark in delimited.DELIMITERS.replace(dialect.delimiter, ""):
        values = delimited.values_of(line, mark)
        filled = [
            (is_value(v.strip()), s) for v, s in zip(values, shape, strict=False) if v.strip()
        ]
        if len(values) == width and len(filled) > 1 and all(a == b for a, b in filled):
            return True
    return False


def _of_records(file: _File, grid: Grid, table: Found, records: Sequence[Sequence[str]]) -> Sheet:
    """One of several tables of a text file, less the lines that end before its last heading."""
    ends = np.array([len(records[row]) for row in table.rows.tolist()], dtype=np.int64)
    short = ends <= table.columns[-1]
    sheet = _of_grid(file, grid, replace(table, rows=table.rows[~short]), several=True)
    lines = (table.rows[short] + 1).tolist()
    return replace(sheet, malformed=tuple((line, SHORT) for line in lines))


def _csv(
    file: _File, dialect: delimited.Dialect, head: delimited.Head, grid: Grid, table: Found
) -> Sheet:
    """A table that DuckDB reads from the file itself, or from a clean copy where one is due."""
    path, skip, fields = _readable(file, dialect, head, table)
    table = replace(table, unnamed=tuple(c for c in table.unnamed if c < fields))
    names = {column: f"c{number}" for number, column in enumerate(table.columns)}
    columns = ", ".join(f"'{names.get(n, f'x{n}')}': 'VARCHAR'" for n in range(fields))
    relation = (
        f"(SELECT {', '.join(names.values())} FROM read_csv($path, auto_detect = false,"
        " header = true, skip = $skip, delim = $delimiter,"
        f""" quote = '"', escape = '"', columns = {{{columns}}}, {{reading}}))"""
    )
    counted = file.blank_lines or path != file.path
    blank = [row for row in _blank_rows(path) if row > table.header[-1] + 1] if counted else []
    return Sheet(
        file.shown,
        None,
        table.headings,
        relation,
        {"path": str(path), "delimiter": dialect.delimiter, "skip": skip},
        first_row=table.header[-1] + 2,
        blank_rows=tuple(blank),
        title=table.title,
        levels=table.levels,
        totals=_totals(grid, table),
        remarks=tuple(_remarks(grid, table)),
        scratch=file.scratch,
    )


def _readable(
    file: _File, dialect: delimited.Dialect, head: delimited.Head, table: Found
) -> tuple[Path, int, int]:
    """The file as DuckDB can read it: where, how many lines stand above the last row of headings,
    and how many values a row has."""
    header = table.header[-1]
    over = zip_longest(*(head.records[row] for row in table.header), fillvalue="")
    headings = ["".join(texts) for texts in over]
    kept = delimited.widths_differ(head.records[header + 1 :], headings)
    fields = len(headings) if kept is None else kept
    left_out = {*table.totals.tolist(), *table.notes, *table.passed}
    if kept is not None or dialect.wrapped or any(row > header for row in left_out):
        path = file.scratch.new(".csv")
        delimited.rewrite(
            file.path, dialect, path, file.name, above=header, width=fields, left_out=left_out
        )
        return path, header, fields
    if dialect.encoding not in ("utf-8", "utf-8-sig"):
        path = file.scratch.new(".csv")
        delimited.copy_as_utf8(file.path, dialect, path)
        return path, head.lines[header], fields
    return file.path, head.lines[header], fields


def _blank_rows(path: Path) -> Iterator[int]:
    """Row numbers of empty lines, a quoted text of several lines counting as part of one row."""
    row, within = 0, False
    quoted = False
    with path.open("rb") as file:
        while line := file.readline(CHUNK):
            if not within:
                row += 1
                if not line.strip(b"\r\n"):
                    yield row
            quoted ^= line.count(b'"') % 2 == 1
            within = quoted or not line.endswith(b"\n")


def told_of(sheet: Sheet, error: duckdb.Error) -> Unreadable | None:
    """What an error over the rows of a table tells of its file; None where it is our own fault."""
    if sheet.is_csv and isinstance(error, duckdb.InvalidInputException):
        says = Phrase("has line ends or quotation marks by which no rows can be told apart")
        remedy = Phrase('Open it in a spreadsheet and save it again as "CSV UTF-8".')
        return unreadable(sheet.called, says, remedy)
    damaged = (duckdb.InvalidInputException, duckdb.IOException)
    if "read_parquet" in sheet.relation and (
        type(error) is duckdb.Error or isinstance(error, damaged)
    ):
        return _no_parquet(sheet.called)
    return None


def _no_parquet(name: str) -> Unreadable:
    says = Phrase("is not a readable Parquet file")
    return unreadable(name, says, Phrase("Export it again."))


def bind(cursor: duckdb.DuckDBPyConnection, sheet: Sheet) -> None:
    """Make the cells of a table that lies in memory readable to the cursor as `cells`."""
    if sheet.cells is not None:
        cursor.register("cells", sheet.cells)
