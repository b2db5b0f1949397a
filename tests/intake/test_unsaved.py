"""Cells of workbooks that hold no value: errors, and formulas that were never worked out."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.intake import unsaved
from analytics.intake.containers import Scratch
from analytics.intake.found import tables_of
from analytics.intake.grids import of_workbook
from analytics.intake.unsaved import FORMULA
from tests.intake.books import MAKERS, Formula, ods, xls, xlsb, xlsx
from tests.intake.desk import Desk, right
from tests.intake.reading import rows, tables

ERROR = Formula("#REF!")
NEVER = Formula("")


def filled(path: Path, *records: dict, kind: str = "xlsx") -> Path:
    """A workbook with a row for each record."""
    return MAKERS[kind](path, {"S": [list(records[0]), *(list(one.values()) for one in records)]})


@pytest.mark.parametrize(
    ("kind", "cell", "says"),
    [
        ("xlsx", ERROR, "is an error of the spreadsheet, not a value"),
        ("xlsx", NEVER, "is a formula that was never worked out"),
        ("ods", ERROR, "is an error of the spreadsheet, not a value"),
        ("ods", NEVER, "is a formula that was never worked out"),
        ("xlsb", ERROR, "is an error of the spreadsheet, not a value"),
    ],
)
@pytest.mark.parametrize("column", ["expected_users", "outage_days"])
def test_a_cell_without_a_value_keeps_its_row_out_and_is_told_by_its_place(
    desk: Desk, kind: str, cell: Formula, says: str, column: str
) -> None:
    desk.with_agency()
    good, bad = right("adoption"), right("adoption", month="2025-02-01") | {column: cell}
    path = filled(desk.folder / f"adoption.{kind}", good, bad, kind=kind)
    (report,) = desk.load(path, keep_good=True)
    (found,) = report.findings

    assert (report.rows_loaded, report.rows_rejected) == (1, 1)
    assert (found.sheet, found.line, found.column) == ("S", 3, column)
    assert found.code == "value.error"
    assert found.says.startswith(says)
    place = f"{'ABCDEFGH'[list(good).index(column)]}3"
    assert f"It stands in cell {place}. Open the file in Excel and save it" in found.remedy


def test_an_error_in_a_column_that_is_not_read_is_told_and_keeps_no_row_out(desk: Desk) -> None:
    desk.with_agency()
    path = filled(desk.folder / "adoption.xlsx", {"NAMA": Formula("#N/A"), **right("adoption")})
    (report,) = desk.load(path)

    assert report.rows_loaded == 1
    assert "Cells with an error or with a formula that was never worked out: A2." in report.notes


def test_a_person_and_a_name_by_an_error_of_a_text_file_are_not_taken_for_ones(desk: Desk) -> None:
    desk.with_agency()
    rows = [
        right("training"),
        right("training", employee_id="#N/A"),
        right("training", course="#REF!"),
        right("training", provider="Err:502"),
        right("training", course="#1: kepemimpinan"),
    ]
    (report,) = desk.load(desk.file("training.csv", *rows), keep_good=True)

    assert [(f.line, f.column, f.code) for f in report.findings] == [
        (3, "employee_id", "value.error"),
        (4, "course", "value.error"),
        (5, "provider", "value.error"),
    ]
    assert report.rows_loaded == 2


def test_an_xls_file_says_that_its_errors_are_not_told(desk: Desk) -> None:
    desk.with_agency()
    path = xls(desk.folder / "adoption.xls", {"S": [list(r := right("adoption")), [*r.values()]]})
    (report,) = desk.load(path)

    assert any("look like empty cells" in note for note in report.notes)


def told(path: Path) -> list[tuple[str, str]]:
    """The cells of the first sheet that hold no value, by their places."""
    with path.open("rb") as file:
        package = unsaved.opened(file)
        assert package is not None
        cells = next(iter(unsaved.of_sheets(package)), unsaved.Cells())
    return [
        (f"{chr(65 + column)}{row + 1}", unsaved.WORDS[word])
        for row, column, word in zip(cells.rows, cells.columns, cells.words, strict=True)
    ]


def sheet(path: Path, xml: str, *, book: str = "") -> Path:
    """An XLSX file whose sheet is the given XML; `book` is more of its workbook."""
    xlsx(path, {"S": [["A"]]})
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = xml.encode()
    listed = re.sub(rb"<calcPr[^>]*>", book.encode(), parts["xl/workbook.xml"])
    parts["xl/workbook.xml"] = listed
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def of_cells(cells: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>"


def test_a_formula_with_a_value_even_an_empty_text_is_none_without(tmp_path: Path) -> None:
    cells = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>""</f><v></v></c>'
        '<c r="C1"><f>1+1</f></c><c r="D1"><f>1+1</f><v/></c><c r="E1"><f t="shared" si="0"/>'
        '<v>7</v></c><c r="F1"><f t="shared" si="0"/></c><c r="G1"><f>1-1</f><v>0</v></c></row>'
    )

    assert told(sheet(tmp_path / "a.xlsx", of_cells(cells))) == [
        ("C1", FORMULA),
        ("D1", FORMULA),
        ("F1", FORMULA),
    ]


def test_a_zero_of_a_program_that_works_nothing_out_is_no_value(tmp_path: Path) -> None:
    """XlsxWriter writes it for every formula, and asks the spreadsheet to work all of them out."""
    cells = '<row r="1"><c r="A1"><f>5+1</f><v>0</v></c><c r="B1"><f>5+1</f><v>6</v></c></row>'
    asks = '<calcPr calcId="1" fullCalcOnLoad="1"/>'

    assert told(sheet(tmp_path / "a.xlsx", of_cells(cells), book=asks)) == [("A1", FORMULA)]
    assert told(sheet(tmp_path / "b.xlsx", of_cells(cells))) == []


def test_errors_are_found_whatever_the_form_of_the_xml(tmp_path: Path) -> None:
    cells = (
        "<x:row><x:c t='e'><x:v>#N/A</x:v></x:c><x:c><x:v>1</x:v></x:c></x:row>"
        '<x:row><x:c><x:v>1</x:v></x:c><x:c s="1" t="e"><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c></x:row>'
    )
    xml = of_cells(cells).replace("worksheet", "x:worksheet").replace("sheetData", "x:sheetData")
    xml = xml.replace("xmlns=", "xmlns:x=")

    assert told(sheet(tmp_path / "a.xlsx", xml)) == [("A1", "#N/A"), ("B2", "#DIV/0!")]


def test_words_that_only_look_like_errors_are_none(tmp_path: Path) -> None:
    rows = [["#REF!", 't="e" <f>1</f>'], ["x", "=1+1"]]
    path = ods(tmp_path / "a.ods", {"S": [["Kode", "Nama"], *rows]})

    assert told(path) == []
    assert told(xlsb(tmp_path / "a.xlsb", {"S": rows})) == []
    said = '<row r="1"><c r="A1" t="inlineStr"><is><t>t="e" #REF!</t></is></c></row>'
    assert told(sheet(tmp_path / "a.xlsx", of_cells(said))) == []


def test_cells_without_a_value_around_the_others_are_part_of_the_sheet(tmp_path: Path) -> None:
    grid = [[NEVER, None, None, None], [None, "A", "B", None], [None, "1", "2", None], [None] * 4]
    grid[3] = [None, None, None, ERROR]
    (found,) = tables_or_grid(xlsx(tmp_path / "a.xlsx", {"S": grid}))

    assert found == [
        [FORMULA, None, None, None],
        [None, "A", "B", None],
        [None, "1", "2", None],
        [None, None, None, "#REF!"],
    ]
    (alone,) = tables_or_grid(xlsx(tmp_path / "b.xlsx", {"S": [[None], [None, NEVER, ERROR]]}))
    assert alone == [[None, None], [FORMULA, "#REF!"]]


def tables_or_grid(path: Path) -> list[list[list[str | None]]]:
    """The cells of each sheet, row by row."""
    grids = of_workbook(path, path.name, Scratch())
    assert all(isinstance(tables_of(grid), list) for grid in grids)
    return [[list(row.values()) for row in grid.cells.to_pylist()] for grid in grids]


def test_a_total_that_was_never_worked_out_is_still_a_total(tmp_path: Path) -> None:
    grid = [["Unit", "Pegawai"], ["A", 1], ["B", 2], ["JUMLAH", NEVER]]
    (found,) = tables(xlsx(tmp_path / "a.xlsx", {"S": grid}))

    assert rows(found) == [("A", "1"), ("B", "2")]
    assert "Read as totals, not as data: rows 4." in found.remarks


KINDS = {
    "value": ("", "<v>5</v>", ""),
    "worked out": ("", "<f>1+1</f><v>2</v>", ""),
    "text": (' t="str"', "<f>A1</f><v></v>", ""),
    "never": ("", "<f>1+1</f><v></v>", FORMULA),
    "error": (' t="e"', "<v>#N/A</v>", "#N/A"),
    "wrong": (' t="e"', "<f>1/0</f><v>#DIV/0!</v>", "#DIV/0!"),
}


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.lists(st.sampled_from(sorted(KINDS)), max_size=5), max_size=6),
    named=st.booleans(),
    block=st.integers(1, 400),
)
def test_every_cell_is_found_however_the_stream_is_cut(
    kinds: list[list[str]], named: bool, block: int
) -> None:
    def cell(row: int, column: int, kind: str) -> str:
        place = f' r="{chr(65 + column)}{row + 1}"' if named else ""
        form, within, _ = KINDS[kind]
        return f"<c{place}{form}>{within}</c>"

    lines = ["".join(cell(r, c, kind) for c, kind in enumerate(row)) for r, row in enumerate(kinds)]
    xml = of_cells("".join(f"<row>{line}</row>" for line in lines)).encode()
    wanted = [
        (r, c, KINDS[kind][2])
        for r, row in enumerate(kinds)
        for c, kind in enumerate(row)
        if KINDS[kind][2]
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unsaved, "ROWS_AT_ONCE", block)
        patch.setattr(unsaved, "BLOCK", block)
        patch.setattr(unsaved, "LONGEST_TAG", 60)
        found = unsaved.Rows(b"", unsure=False).look(io.BytesIO(xml))
        quick = unsaved.has_any(io.BytesIO(xml))

    said = [unsaved.WORDS[word] for word in found.words]
    assert sorted(zip(found.rows, found.columns, said, strict=True)) == wanted
    assert quick or not wanted
