"""Days as bare numbers: read where they are counted as usual, refused where from 1904."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from tests.intake.books import _record, ods, xlsb
from tests.intake.desk import Desk, right

DAY = dt.date(2024, 2, 29)
FROM_1904 = (DAY - dt.date(1904, 1, 1)).days
FROM_1900 = (DAY - dt.date(1899, 12, 30)).days
EVENT = right("career_event")


def made_xlsx(path: Path, *, from_1904: bool) -> Path:
    with xlsxwriter.Workbook(str(path), {"date_1904": from_1904}) as book:
        sheet = book.add_worksheet("career_event")
        sheet.write_row(0, 0, list(EVENT))
        sheet.write_row(1, 0, ["demo-1", FROM_1904 if from_1904 else FROM_1900, "promotion"])
        sheet.write_row(2, 0, ["demo-2", "", "promotion"])
        sheet.write_datetime(
            2, 1, dt.datetime(2024, 2, 29), book.add_format({"num_format": "dd/mm/yyyy"})
        )
    return path


def made_xls(path: Path, *, from_1904: bool) -> Path:
    book = xlwt.Workbook()
    book.dates_1904 = from_1904
    sheet = book.add_sheet("career_event")
    format_ = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    number = FROM_1904 if from_1904 else FROM_1900
    for column, heading in enumerate(EVENT):
        sheet.write(0, column, heading)
    for row, (person, style) in enumerate((("demo-1", None), ("demo-2", format_)), 1):
        sheet.write(row, 0, person)
        sheet.write(row, 1, number, *([style] if style else []))
        sheet.write(row, 2, "promotion")
    book.save(str(path))
    return path


@pytest.mark.parametrize("make", [made_xlsx, made_xls])
def test_bare_numbers_counted_from_1904_are_refused_and_dates_read(desk: Desk, make) -> None:
    path = make(desk.folder / f"career_event.{make.__name__[5:]}", from_1904=True)
    [found] = desk.with_agency().refused(path).findings
    desk.load(path, keep_good=True)

    assert (found.line, found.column, found.value, found.code) == (
        2,
        "date",
        str(FROM_1904),
        "date.serial",
    )
    assert desk.ask("SELECT date FROM career_event") == [(DAY,)]


@pytest.mark.parametrize("make", [made_xlsx, made_xls])
def test_bare_numbers_counted_as_usual_are_days(desk: Desk, make) -> None:
    path = make(desk.folder / f"career_event.{make.__name__[5:]}", from_1904=False)
    desk.with_agency().load(path)

    assert desk.ask("SELECT DISTINCT date FROM career_event") == [(DAY,)]


def repacked(path: Path, member: str, old: bytes, new: bytes) -> Path:
    """The package with some bytes of a member replaced."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert old in parts[member]
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content.replace(old, new, 1) if name == member else content)
    return path


def test_other_kinds_of_workbooks_say_from_when_they_count_too(desk: Desk) -> None:
    sheets = {"career_event": [list(EVENT), ["demo-1", FROM_1904, "promotion"]]}
    calc = ods(desk.folder / "career_event.ods", sheets)
    started = b"<office:spreadsheet>"
    told = started + (b"<table:calculation-settings><table:null-date"
                      b' table:date-value="1904-01-01"/></table:calculation-settings>')  # fmt: skip
    binary = xlsb(desk.folder / "career_event.xlsb", sheets)
    properties = _record(131) + _record(153, b"\x01\x00\x00\x00" + bytes(8))
    paths = (
        repacked(calc, "content.xml", started, told),
        repacked(binary, "xl/workbook.bin", _record(131), properties),
    )
    desk.with_agency()

    for path in paths:
        assert [one.code for one in desk.refused(path).findings] == ["date.serial"], path
