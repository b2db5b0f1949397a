"""Workbooks to fill in, made from the schema: headings, drop-downs, notes, in a reader's language.

The sheet of rows is named for its table, so that an import reads it alone: what the other sheets
hold, an example row among it, is never taken for data.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from analytics.intake.headings import template_heading
from analytics.intake.spellings import section
from analytics.schema import Column, Kind, Table
from analytics.text import Text
from analytics.text.phrase import Phrase

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Value = str | bool | int | Decimal | dt.date | None
Row = Sequence[Value]
"""Values of a table's columns, in its order."""

LAST_ROW = 1_048_575
"""The last row that a sheet of Excel has, counted from 0."""
NARROWEST, MARGIN = 14, 3
"""Characters: the least width of a column, and what is added to its heading's."""
NOTES_WIDTHS = (26, 20, 14, 52, 60, 26)
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255
"""Characters that Excel allows in the hint of a cell."""
MARK = "*"
"""Stands after the headings of columns that must be filled; no letter, so it changes no heading."""


def template(of: Table, words: Text, rows: Sequence[Row] = ()) -> bytes:
    """An XLSX workbook of a table to fill in, with the given rows in it.

    Its first sheet is named for the table and has a heading for each column (`*` where it must be
    filled) and drop-downs of the allowed values; the second says what each column holds, with an
    example; the third lists the allowed values. Headings and values are in Bahasa Indonesia, or for
    a reader of English the contract's headings with English values; an import reads both.
    """
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet(of.name)
        notes = book.add_worksheet(words.say("Notes"))
        lists = _write_choices(book, of, words)
        _write_rows(book, sheet, of, words, rows)
        _add_hints(sheet, of, words, lists)
        _write_notes(book, notes, of, words)
    return made.getvalue()


def heading(of: Table, column: Column, words: Text) -> str:
    """What the template calls a column."""
    return template_heading(of, column.name) if words.language == "id" else column.name


def label(column: Column, value: str, words: Text) -> str:
    """What the template calls an allowed value; one of the spellings that an import reads."""
    named = section(column) or ""
    if named in ("region_kind", "agency_kind"):
        return words.kind(value)
    return words.category(named, value)


def example_row(of: Table) -> tuple[str, ...]:
    """A row as the contract writes it that breaks no rule, once the agency it names is loaded."""
    return tuple(
        column.example or (column.values[0] if column.values and not column.optional else "")
        for column in of.columns
    )


def _labels(column: Column, words: Text) -> list[str]:
    """What a column that is closed may hold; empty for the others."""
    if column.kind is Kind.BOOLEAN:
        return [words.say("yes"), words.say("no")]
    return [label(column, value, words) for value in column.values]


def _write_choices(book: Workbook, of: Table, words: Text) -> dict[str, str]:
    """Write the sheet of allowed values; the range of each closed column's."""
    closed = {column.name: labels for column in of.columns if (labels := _labels(column, words))}
    if not closed:
        return {}
    name = words.say("Choices")
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True, "bottom": 1})
    ranges = {}
    for position, (column, labels) in enumerate(closed.items()):
        title = heading(of, of.column(column), words)
        sheet.write_string(0, position, title, bold)
        sheet.set_column(position, position, max(map(len, (title, *labels))) + MARGIN)
        for row, said in enumerate(labels, start=1):
            sheet.write_string(row, position, said)
        letter = xl_col_to_name(position, col_abs=True)
        ranges[column] = f"='{name}'!{letter}$2:{letter}${len(labels) + 1}"
    return ranges


def _write_rows(
    book: Workbook, sheet: Worksheet, of: Table, words: Text, rows: Sequence[Row]
) -> None:
    bold = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    must, may = book.add_format(bold | {"bg_color": "#E6F4F1"}), book.add_format(bold)
    # Without the text format Excel makes a number of a NIP, and cuts its last three digits.
    as_text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": DAY})
    formats = {Kind.TEXT: as_text, Kind.PERSON: as_text, Kind.DATE: day}
    for position, column in enumerate(of.columns):
        title = heading(of, column, words)
        width = max(NARROWEST, len(title) + MARGIN)
        sheet.set_column(position, position, width, formats.get(column.kind))
        said, form = (title, may) if column.optional else (f"{title} {MARK}", must)
        sheet.write_string(0, position, said, form)
        for line, row in enumerate(rows, start=1):
            _write(sheet, line, position, column, row[position], words)
    sheet.freeze_panes(1, 0)


DAY = "yyyy-mm-dd"


def _write(
    sheet: Worksheet,
    line: int,
    position: int,
    column: Column,
    value: Value,
    words: Text,
    form: Format | None = None,
) -> None:
    """A value in a cell, as Excel keeps its kind."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(line, position, words.say("yes") if value else words.say("no"), form)
    elif isinstance(value, dt.date):
        at_midnight = dt.datetime.combine(value, dt.time())
        sheet.write_datetime(line, position, at_midnight, form)
    elif isinstance(value, str):
        said = label(column, value, words) if value in column.values else value
        sheet.write_string(line, position, said, form)
    else:
        sheet.write_number(line, position, float(value), form)


def _add_hints(sheet: Worksheet, of: Table, words: Text, lists: dict[str, str]) -> None:
    """What a column means is said in its cells; closed ones offer what they may hold.

    Another value is warned of and not refused, as an import knows more spellings than one.
    """
    for position, column in enumerate(of.columns):
        hint = {
            "input_title": heading(of, column, words)[:LONGEST_TITLE],
            "input_message": words.say(column.means)[:LONGEST_MESSAGE],
        }
        if column.name in lists:
            hint |= {
                "validate": "list",
                "source": lists[column.name],
                "error_type": "warning",
                "error_title": hint["input_title"],
                "error_message": words.say(
                    "This is none of the listed values. Choose one of them."
                ),
            }
        else:
            hint["validate"] = "any"
        sheet.data_validation(1, position, LAST_ROW, position, hint)


def _write_notes(book: Workbook, sheet: Worksheet, of: Table, words: Text) -> None:
    """What a row is, what each column holds, with an example, and what is refused."""
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": DAY, "align": "left", "valign": "top"})
    left = book.add_format({"align": "left", "valign": "top", "text_wrap": True})
    for position, width in enumerate(NOTES_WIDTHS):
        sheet.set_column(position, position, width)
    title = book.add_format({"bold": True, "font_size": 14})
    sheet.write_string(0, 0, words.category("table", of.name), title)
    for line, said in enumerate(_guidance(of, words), start=1):
        sheet.write_string(line, 0, said)
    line = len(_guidance(of, words)) + 2
    for position, said in enumerate(_note_headings(words)):
        sheet.write_string(line, position, said, bold)
    for column, example in zip(of.columns, example_row(of), strict=True):
        line += 1
        empty = words.say("yes") if column.optional else words.say("no")
        said = (heading(of, column, words), column.name, empty, _held(column, words))
        for position, text in enumerate((*said, words.say(column.means))):
            sheet.write_string(line, position, text, wrapped)
        form = day if column.kind is Kind.DATE else left
        _write(sheet, line, len(NOTES_WIDTHS) - 1, column, _typed(column, example), words, form)
    if of.rules:
        sheet.write_string(line + 2, 0, words.say("A row is refused, with what to do, where:"))
        for number, rule in enumerate(of.rules, start=line + 3):
            sheet.write_string(number, 0, f"– {words.say(rule.says)}. {words.say(rule.remedy)}")


def _guidance(of: Table, words: Text) -> list[str]:
    key = ", ".join(heading(of, of.column(name), words) for name in of.key)
    return [
        words.say("One row is {row}.", row=words.say(of.one_row_is)),
        words.say("No two rows share: {columns}.", columns=key),
        words.say(
            "Fill the sheet “{sheet}” from row 2. Keep its name and its headings; columns with"
            " {mark} must be filled.",
            sheet=of.name,
            mark=MARK,
        ),
        words.say("This sheet and the example in it are not loaded."),
    ]


def _note_headings(words: Text) -> tuple[str, ...]:
    return (
        words.say("Column"),
        words.say("Name in reports"),
        words.say("May be empty"),
        words.say("Holds"),
        words.say("Means"),
        words.say("Example"),
    )


def _held(column: Column, words: Text) -> str:
    """What a column may hold, in the reader's language."""
    labels = _labels(column, words)
    return " · ".join(labels) if labels else words.retell(holds(column))


KINDS = {
    Kind.TEXT: Phrase("text"),
    Kind.PERSON: Phrase("text, hashed"),
    Kind.DATE: Phrase("date"),
    Kind.INTEGER: Phrase("whole number"),
    Kind.DECIMAL: Phrase("decimal"),
    Kind.BOOLEAN: Phrase("boolean"),
}


CODES = {
    "agency": Phrase("code of a loaded agency"),
    "region": Phrase("code of a loaded region"),
}


def holds(column: Column) -> Phrase:
    """What a column that has no list of values may hold."""
    if column.refers_to is not None:
        return CODES[column.refers_to]
    kind = KINDS[column.kind]
    if column.event:
        return Phrase("{kind}, not after the extraction", kind=kind)
    if column.low is not None and column.high is not None:
        return Phrase(
            "{kind}, {low} to {high}", kind=kind, low=f"{column.low:g}", high=f"{column.high:g}"
        )
    if column.low is not None:
        return Phrase("{kind}, {low} or more", kind=kind, low=f"{column.low:g}")
    return kind


def _typed(column: Column, example: str) -> Value:
    """An example as Excel keeps its kind."""
    if not example:
        return None
    match column.kind:
        case Kind.DATE:
            return dt.date.fromisoformat(example)
        case Kind.INTEGER | Kind.DECIMAL:
            return Decimal(example)
        case Kind.BOOLEAN:
            return example == "true"
    return example
