"""Reading files as text: every sheet of a CSV, Parquet or XLSX file as a relation of DuckDB."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import fastexcel
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.intake.findings import Finding
from analytics.intake.headings import canonical, table_of_name
from analytics.schema import TABLES, Kind
from analytics.text.phrase import Phrase

CHUNK = 1 << 22
SAFE_DIGITS = 15
"""Digits that Excel keeps of a number."""

PERSON_COLUMNS = frozenset(
    column.name for table in TABLES for column in table.columns if column.kind is Kind.PERSON
)


class Unreadable(Exception):
    """A file that cannot be read at all; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


@dataclass(frozen=True)
class Sheet:
    """Rows of text with headings. Columns of `relation` are c0, c1 …, in the file's order.

    `first_row` is the row number of the first row after the headings, counted as a spreadsheet
    counts. `blank_rows` are the rows of a CSV file that hold nothing and that DuckDB passes over.
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
    totals: pa.Table | None = None
    remarks: tuple[Phrase, ...] = ()

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
    """The sheets of a file. Raises Unreadable with a finding where it cannot be read."""
    readers = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _unreadable(
            path, "is not a CSV, Parquet or XLSX file", "Save it as one of these and import that."
        )
    if path.stat().st_size == 0:
        raise _unreadable(path, "is empty", "Export it again.")
    return reader(path, blank_lines)


def _unreadable(path: Path, says: str, remedy: str, sheet: str | None = None) -> Unreadable:
    return Unreadable(Finding(path.name, sheet, None, None, None, says, remedy))


def _csv(path: Path, blank_lines: bool) -> list[Sheet]:
    line = _first_line(path)
    delimiter = max(";,\t", key=lambda mark: len(next(csv.reader([line], delimiter=mark))))
    headings = tuple(next(csv.reader([line], delimiter=delimiter)))
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(headings)))
    relation = (
        "read_csv($path, auto_detect = false, header = true, delim = $delimiter,"
        f""" quote = '"', escape = '"', columns = {{{columns}}}, {{reading}})"""
    )
    blank = tuple(_blank_rows(path)) if blank_lines else ()
    parameters = {"path": str(path), "delimiter": delimiter}
    return [Sheet(path, None, headings, relation, parameters, blank_rows=blank)]


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        start = file.readline(CHUNK)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in start:
        raise _unreadable(path, "is not UTF-8 text", 'Save it as "CSV UTF-8" and import that.')
    try:
        line = start.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        remedy = 'Save it as "CSV UTF-8" and import that.'
        raise _unreadable(path, "has headings that are not UTF-8 text", remedy) from error
    if not line.strip(" ;,\t"):
        raise _unreadable(path, "has no headings in line 1", "Put the headings in the first line.")
    return line


def _blank_rows(path: Path) -> Iterator[int]:
    """Row numbers of empty lines, a quoted text of several lines counting as part of one row."""
    row, quoted = 0, False
    with path.open("rb") as file:
        for line in file:
            if not quoted:
                row += 1
                if not line.strip(b"\r\n"):
                    yield row
            quoted ^= line.count(b'"') % 2 == 1


def _parquet(path: Path, _: bool) -> list[Sheet]:
    try:
        schema = pq.read_schema(path)
    except pa.ArrowException as error:
        raise _unreadable(path, "is not a Parquet file", "Export it again.") from error
    headings = tuple(schema.names)
    names = [f"c{number}" for number in range(len(headings))]
    texts = ", ".join(
        _as_a_number(name)
        if _is_number_of_a_person(field)
        else f"CAST({name} AS VARCHAR) AS {name}"
        for name, field in zip(names, schema, strict=True)
    )
    relation = f"(SELECT {texts} FROM read_parquet($path) AS file({', '.join(names)}))"
    return [Sheet(path, None, headings, relation, {"path": str(path)}, first_row=1)]


def _is_number_of_a_person(field: pa.Field) -> bool:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return canonical(field.name) in PERSON_COLUMNS and any(is_kind(kind) for is_kind in numeric)


def _as_a_number(name: str) -> str:
    """SQL for a column of numbers in the exponent form by which the checks know a number.

    A whole column is in doubt: nothing tells whether a number once was a double, which keeps 15
    digits, or began with a zero. What a data frame writes where nothing is known is empty.
    """
    number = f"CAST({name} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN printf('%.5E', abs({number})) END AS {name}"


def _xlsx(path: Path, _: bool) -> list[Sheet]:
    try:
        book = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise _unreadable(
            path, "is not a readable XLSX file", "Open it in Excel and save it again."
        ) from error
    named = [name for name in book.sheet_names if table_of_name(name)]
    sheets = [
        sheet for name in named or book.sheet_names if (sheet := _excel_sheet(path, book, name))
    ]
    if not sheets:
        raise _unreadable(path, "has no sheet with rows in it", "Export it again.")
    return sheets


def _excel_sheet(path: Path, book: fastexcel.ExcelReader, name: str) -> Sheet | None:
    # skip_rows=0 keeps empty rows at the top, without which row numbers would not be the sheet's.
    loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    cells = pa.Table.from_batches([loaded.to_arrow()])
    top = next((row for row in range(cells.num_rows) if _filled(cells, row)), None)
    if top is None:
        return None
    headings = tuple(str(column[top].as_py() or "") for column in cells.columns)
    names = [f"c{number}" for number in range(len(headings))]
    cells, columns = cells.rename_columns(names), list(names)
    for number, heading in enumerate(headings):
        if canonical(heading) in PERSON_COLUMNS:
            cells = cells.append_column(f"number_{number}", _number_cells(book, name, number))
            columns[number] = _as_excel_keeps(number)
    relation = f"(SELECT {', '.join(columns)} FROM cells)"
    return Sheet(path, name, headings, relation, cells=cells.slice(top + 1), first_row=top + 2)


def _filled(cells: pa.Table, row: int) -> bool:
    return any(str(column[row].as_py() or "").strip() for column in cells.columns)


def _number_cells(book: fastexcel.ExcelReader, name: str, column: int) -> pa.ChunkedArray:
    """Whether each cell of a column holds a number rather than text.

    Read as boolean, a number is true or false and a text is null; nothing else of the reader tells
    the two apart, and an 18-digit number has already lost its last digits to Excel.
    """
    loaded = book.load_sheet(
        name, header_row=None, skip_rows=0, use_columns=[column], dtypes={column: "boolean"}
    )
    return pa.Table.from_batches([loaded.to_arrow()]).column(0).is_valid()


def _as_excel_keeps(number: int) -> str:
    """SQL for a column in which long numbers stand in the exponent form that Excel shows them in."""
    cut = f"number_{number} AND length(c{number}) > {SAFE_DIGITS}"
    return f"CASE WHEN {cut} THEN c{number}[1] || 'E+17' ELSE c{number} END AS c{number}"


def bind(cursor: duckdb.DuckDBPyConnection, sheet: Sheet) -> None:
    """Make the cells of an Excel sheet readable to the cursor as the relation `cells`."""
    if sheet.cells is not None:
        cursor.register("cells", sheet.cells)
