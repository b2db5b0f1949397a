"""Workbooks of every kind, made from rows: XLSX, XLSM, XLS, ODS and XLSB.

No library writes XLSB, and the one for ODS is no longer kept, so both are written here as plainly
as the formats allow (ECMA-376 for the package, [MS-XLSB] 2.1.4 and 2.2.1 for its records).
"""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt

Rows = Sequence[Sequence[Any]]


class Formula(str):
    """A cell of a formula: the text is what the file holds as its value, an error or nothing."""


CODES = {
    "#NULL!": 0,
    "#DIV/0!": 7,
    "#VALUE!": 15,
    "#REF!": 23,
    "#NAME?": 29,
    "#NUM!": 36,
    "#N/A": 42,
}


def xlsx(path: Path, sheets: Mapping[str, Rows], merged: Sequence[tuple] = ()) -> Path:
    """An XLSX file; text cells are text, numbers numbers, dates dates, None is left empty.

    `merged` are (sheet, top row, left column, bottom row, right column, text), counted from 0.
    """
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.add_write_handler(Formula, _xlsx_formula)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            for of, *place in merged:
                if of == name:
                    sheet.merge_range(*place)
    return path


def _xlsx_formula(sheet: Any, row: int, column: int, value: Formula, *_: Any) -> int:
    return sheet.write_formula(row, column, "=A1+1", None, str(value))


def xlsm(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An XLSX file that carries a macro project; what is in it does not matter, as none is run."""
    xlsx(path, sheets)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"not looked at")
    return path


def xls(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An Excel 97 file."""
    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, dt.date):
                    sheet.write(number, column, value, day)
                elif value is not None:
                    sheet.write(number, column, value)
    book.save(str(path))
    return path


NAMESPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {"office": "office", "table": "table", "text": "text"}.items()
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def ods(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An OpenDocument spreadsheet."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
        )
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMESPACES} {CALC}'
        f' office:version="1.2"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", ODS_MANIFEST)
    return path


ODS_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/"'
    ' manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    if isinstance(value, bool):
        truth = str(value).lower()
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{truth}"/>'
    if isinstance(value, Formula):
        error = ' office:value-type="string" calcext:value-type="error"' if value else ""
        said = f"<text:p>{escape(value)}</text:p>"
        return f'<table:table-cell table:formula="of:=[.A1]+1"{error}>{said}</table:table-cell>'
    if isinstance(value, str):
        text = escape(value)
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def _record(kind: int, content: bytes = b"") -> bytes:
    """A record of XLSB: its kind and its length in seven bits a byte, then the content."""
    head = bytearray([kind]) if kind < 128 else bytearray([kind & 127 | 128, kind >> 7])
    length = len(content)
    while True:
        head.append(length & 127 | (128 if length > 127 else 0))
        length >>= 7
        if not length:
            return bytes(head) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb_sheet(rows: Rows) -> bytes:
    width = max((len(row) for row in rows), default=0)
    parts = [
        _record(129),  # BrtBeginSheet
        _record(148, struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, max(width - 1, 0))),
        _record(145),  # BrtBeginSheetData
    ]
    for number, row in enumerate(rows):
        parts.append(_record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0)))  # BrtRowHdr
        for column, value in enumerate(row):
            cell = struct.pack("<II", column, 0)
            if isinstance(value, Formula):  # BrtFmlaError, with a formula of no length
                parts.append(_record(11, cell + struct.pack("<BHII", CODES[value], 0, 0, 0)))
            elif isinstance(value, str):
                parts.append(_record(6, cell + _wide(value)))  # BrtCellSt
            elif value is not None:
                parts.append(_record(5, cell + struct.pack("<d", value)))  # BrtCellReal
    return b"".join([*parts, _record(146), _record(130)])


def xlsb(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An Excel binary workbook of texts and numbers."""
    bundle = b"".join(
        _record(156, struct.pack("<II", 0, number) + _wide(f"rId{number}") + _wide(name))
        for number, name in enumerate(sheets, 1)
    )
    book = _record(131) + _record(143) + bundle + _record(144) + _record(132)
    relations = "".join(
        f'<Relationship Id="rId{number}" Target="worksheets/sheet{number}.bin" Type="{OFFICE}/worksheet"/>'
        for number in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", XLSB_TYPES)
        package.writestr(
            "_rels/.rels",
            _relations(
                f'<Relationship Id="rId1" Target="xl/workbook.bin" Type="{OFFICE}/officeDocument"/>'
            ),
        )
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/_rels/workbook.bin.rels", _relations(relations))
        for number, rows in enumerate(sheets.values(), 1):
            package.writestr(f"xl/worksheets/sheet{number}.bin", _xlsb_sheet(rows))
    return path


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XLSB_TYPES = (
    '<?xml version="1.0"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    "</Types>"
)


def _relations(inner: str) -> str:
    return (
        '<?xml version="1.0"?><Relationships'
        f' xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'
    )


MAKERS = {"xlsx": xlsx, "xlsm": xlsm, "xls": xls, "ods": ods, "xlsb": xlsb}
