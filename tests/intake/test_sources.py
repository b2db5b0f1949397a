"""Files as they come: delimiters, encodings, sheets, row numbers, headings, tables by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from analytics.intake.headings import table_of_headings, table_of_name
from analytics.intake.profiles import Profile, save_profile
from analytics.schema import TABLES
from tests.intake.desk import RIGHT, Desk, right
from tests.intake.reading import tables

NIP = "198609262015051001"


def book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """An XLSX file; text cells are text, numbers numbers, dates dates."""
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as file:
        for name, rows in sheets.items():
            sheet = file.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def sheet_of(*rows: dict[str, Any]) -> list[list[Any]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_is_read_with_any_delimiter_and_with_or_without_bom(
    desk: Desk, delimiter: str, encoding: str
) -> None:
    name = "Dinas Pengendalian; Penduduk, KB – Jambi"
    row = right("agency", name=name)
    desk.load(desk.file("agency.csv", row, delimiter=delimiter, encoding=encoding))

    assert desk.ask("SELECT name FROM agency") == [(name,)]


def text_of(*rows: dict[str, str]) -> list[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().splitlines(keepends=True)


def test_line_numbers_are_the_files_own_past_blank_and_malformed_lines(desk: Desk) -> None:
    rows = [right("agency", agency_id=f"A{number}") for number in range(5)]
    rows[3]["kind"] = rows[4]["kind"] = "clinic"
    lines = text_of(*rows)
    lines[2:2] = ["\n", "A9,too,few\n"]  # lines 3 and 4
    lines[6:6] = ["A8,one,health,15.71,too many\n", "\n"]  # lines 7 and 8
    file = desk.folder / "agency.csv"
    file.write_text("".join(lines), newline="")
    found = desk.refused(file).findings

    assert [(f.line, f.column) for f in found] == [
        (4, None),
        (7, None),
        (9, "kind"),
        (10, "kind"),
    ]
    assert "fewer columns" in found[0].says
    assert "more columns" in found[1].says


def test_a_csv_file_whose_rows_cannot_be_told_apart_is_told_in_words(desk: Desk) -> None:
    file = desk.folder / "agency.csv"
    lines = text_of(*(right("agency", agency_id=f"A{number}") for number in range(3)))
    file.write_bytes("".join([*lines[:2], "\r\n", *lines[2:]]).encode())

    assert desk.says(file) == [
        "agency.csv: has line ends or quotation marks by which no rows can be told apart."
        ' Open it in a spreadsheet and save it again as "CSV UTF-8".'
    ]


def test_a_value_of_several_lines_counts_as_one_row_as_in_a_spreadsheet(desk: Desk) -> None:
    rows = [
        right("agency", agency_id="A", name="Dinas\n\nKesehatan"),
        right("agency", kind="clinic"),
    ]
    file = desk.folder / "agency.csv"
    file.write_text("".join(text_of(*rows)))
    report = desk.refused(file).findings[0]

    assert (report.line, report.column) == (3, "kind")


def test_malformed_lines_are_rejected_with_the_others(desk: Desk) -> None:
    file = desk.folder / "agency.csv"
    rows = text_of(right("agency", name="Café Kesehatan"))
    file.write_bytes("".join(rows).encode() + b"A1,caf\xe9,health,15.71\nA2,x\n")
    report = desk.load(file, keep_good=True)[0]

    assert (report.rows_loaded, report.rows_rejected) == (1, 2)
    assert report.counts == (("malformed line", 2),)
    assert report.rejects is not None
    assert "is not UTF-8 text" in report.rejects.read_text(encoding="utf-8-sig")


def test_rows_of_nothing_are_passed_over(desk: Desk) -> None:
    file = desk.folder / "agency.csv"
    file.write_text("".join(text_of(right("agency"))) + ",,,\n , , , \n\n   \n")

    assert desk.load(file)[0].rows_loaded == 1


def test_parquet_keeps_its_types(desk: Desk) -> None:
    row: dict[str, Any] = right("training") | {
        "start_date": date(2025, 2, 3),
        "end_date": date(2025, 2, 5),
        "hours_jp": 24,
        "completed": True,
    }
    file = desk.folder / "training.parquet"
    pq.write_table(pa.Table.from_pylist([row, row | {"hours_jp": -1, "course": "x"}]), file)
    report = desk.load(file, keep_good=True)[0]

    assert (report.rows_loaded, report.rows_rejected) == (1, 1)
    assert [finding.line for finding in report.findings] == [2]
    assert desk.ask("SELECT start_date::VARCHAR, hours_jp, completed FROM training") == [
        ("2025-02-03", 24, True)
    ]


NUMBERS = [
    pa.array([int(NIP), int(NIP) + 1, None], pa.int64()),
    pa.array([7, 1234, None], pa.uint16()),
    pa.array([float(NIP), 1234.0, float("nan")], pa.float64()),
    pa.array([Decimal(NIP), Decimal(1), None], pa.decimal128(18, 0)),
    pa.array([int(NIP), 1234, None], pa.int64()).dictionary_encode(),
]


@pytest.mark.parametrize("numbers", NUMBERS, ids=lambda numbers: str(numbers.type)[:20])
def test_numbers_of_people_kept_as_numbers_in_parquet_are_refused_row_by_row(
    desk: Desk, numbers: pa.Array
) -> None:
    rows = pa.Table.from_pylist([right("career_event")] * 3).drop_columns("employee_id")
    file = desk.folder / "career_event.parquet"
    pq.write_table(rows.append_column("Employee ID", numbers), file)
    found = desk.refused(file).findings

    assert [(f.line, f.column, f.value) for f in found] == [
        (1, "Employee ID", None),
        (2, "Employee ID", None),
        (3, "Employee ID", None),
    ]
    assert all("is kept as a number, not as text" in f.says for f in found[:2])
    assert all(f.remedy.startswith("Export the column as text") for f in found[:2])
    assert found[2].says == "is empty"


def test_numbers_of_people_kept_as_text_in_parquet_are_taken_as_they_are(desk: Desk) -> None:
    numbers = pa.array([NIP, "0012"]).dictionary_encode()
    rows = pa.Table.from_pylist([right("career_event")] * 2).drop_columns("employee_id")
    file = desk.folder / "career_event.parquet"
    pq.write_table(rows.append_column("employee_id", numbers), file)

    assert desk.load(file)[0].rows_loaded == 2


def test_sheets_are_told_by_their_names_and_rows_counted_as_excel_counts(desk: Desk) -> None:
    agencies = [[], [], *sheet_of(right("agency"), right("agency", agency_id="B")), []]
    adoption = sheet_of(right("adoption") | {"month": date(2025, 1, 1), "outage_days": 0})
    events = sheet_of(right("career_event"), right("career_event", kind="party"))
    file = book(desk.folder / "data.xlsx", agency=agencies, adoption=adoption, career_event=events)
    with_notes = book(desk.folder / "two.xlsx", agency=agencies, adoption=adoption, notes=[["x"]])
    says = desk.says(file)
    reports = desk.load(with_notes)

    assert says == [
        'data.xlsx, sheet "career_event", row 3, kind: "party" is not one of the values of this'
        " column. Write one of: promotion, recognition, sanction, mentoring_start, mentoring_end,"
        " performance_coaching."
    ]
    assert [(r.sheet, r.rows_loaded) for r in reports] == [
        ("agency", 2),
        ("adoption", 1),
        (None, 39),
    ]
    assert desk.ask("SELECT line FROM agency ORDER BY line") == [(4,), (5,)]
    assert desk.ask("SELECT month::VARCHAR, outage_days FROM adoption") == [("2025-01-01", 0)]


def test_a_nip_typed_as_a_number_in_excel_is_refused_and_one_kept_as_text_is_not(
    desk: Desk,
) -> None:
    rows = sheet_of(
        right("career_event", employee_id=NIP),
        right("career_event", employee_id="demo-1"),
        right("career_event") | {"employee_id": int(NIP)},
        right("career_event") | {"employee_id": 1234},
    )
    found = desk.refused(book(desk.folder / "career_event.xlsx", TW1=rows)).findings

    assert [(f.line, f.column, f.value) for f in found] == [(4, "employee_id", None)]


def test_personal_columns_are_never_read_and_said_to_be_dropped(desk: Desk) -> None:
    row = {"Nama": "Budi", "NIK": "1", "NPWP": "2", "Agama": "x", "Jenis Kawin": "y", "No HP": "3"}
    report = desk.load(desk.file("career_event.csv", row | right("career_event")))[0]

    assert sum("is personal and was not read" in note for note in report.notes) == 6
    assert not any("Budi" in note for note in report.notes)


def test_other_unknown_columns_are_refused_with_the_nearest(desk: Desk) -> None:
    row = right("career_event") | {"knd": "x", "colour": "red", "Kind ": "twice"}
    says = desk.says(desk.file("career_event.csv", row))

    assert "knd: is not a column of career_event. Delete the column." in says[0] or "knd" in says[0]
    assert "colour: is not a column of career_event. Delete the column." in says[1]
    assert "is the heading of two columns" in says[2]


def test_a_missing_column_is_named_with_its_nearest_and_meaning(desk: Desk) -> None:
    row = {name.replace("date", "dates"): value for name, value in right("career_event").items()}
    says = desk.says(desk.file("career_event.csv", row))

    assert 'dates: is not a column of career_event. Write "date", or delete the column.' in says[0]
    assert "date: is missing. Add the column: Day." in says[1]


def test_headings_may_differ_in_case_and_spaces(desk: Desk) -> None:
    row = {name.upper().replace("_", " "): value for name, value in right("career_event").items()}

    assert desk.load(desk.file("career_event.csv", row))[0].rows_loaded == 1


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_told_by_the_name_of_its_file(table) -> None:
    for name in (
        table.name,
        f"{table.name}_2025",
        f"{table.name.upper()} 2025",
        f"{table.name}.v2",
    ):
        assert table_of_name(name) is table


def test_a_table_is_told_by_its_headings_where_they_fit_one_best() -> None:
    for table in TABLES:
        headings = tuple(column.name for column in table.columns)
        assert table_of_headings(headings) is table
    assert table_of_headings(("agency_id", "colour")) is None
    assert table_of_headings(tuple(RIGHT["career_event"])) is not None


def test_a_file_that_is_no_table_is_asked_about(desk: Desk) -> None:
    file = desk.folder / "things.csv"
    file.write_text("a,b\n1,2\n")

    assert (
        "cannot be told which table it is. Name it with --table, one of: region"
        in desk.says(file)[0]
    )


def test_the_table_can_be_named(desk: Desk) -> None:
    file = desk.file("recap_of_adoption.csv", right("adoption"))
    desk.with_agency()

    assert desk.load(file, table="adoption")[0].table == "adoption"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("agency.csv", b"", "is empty"),
        ("agency.csv", b"\n\n\n", "holds no table of two columns or more"),
        ("agency.xlsx", b"not a workbook", "holds no table of two columns or more"),
        ("agency.csv", b"agency_id,\x00name", "is neither text nor a workbook"),
        ("agency.xls", b"\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00", "is a web page"),
        ("agency.xls", b"<html><table><tr><td>1</td></tr></table>", "is a web page"),
        ("agency.xls", b'<?xml version="1.0"?><x/>', "is an XML document"),
        ("agency.csv", b'[{"agency_id": 1}]', "is a JSON document"),
        ("agency.csv", b"%PDF-1.7", "is a PDF document"),
        ("agency.xlsx", b"PK\x03\x04broken", "is damaged: it cannot be unpacked"),
        ("agency.xls", bytes.fromhex("d0cf11e0a1b11ae1"), "is an Office document, but not"),
        ("agency.parquet", b"PAR1 and no more", "is not a readable Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_words(
    desk: Desk, name: str, content: bytes, says: str
) -> None:
    file = desk.folder / name
    file.write_bytes(content)
    message = desk.says(file)

    assert len(message) == 1
    assert message[0].startswith(f"{name}: {says}")


def test_a_workbook_of_empty_sheets_is_told_in_words(desk: Desk) -> None:
    assert (
        "holds no table of two columns"
        in desk.says(book(desk.folder / "agency.xlsx", one=[], two=[]))[0]
    )


def test_a_file_of_headings_alone_loads_nothing_and_is_no_fault(desk: Desk) -> None:
    file = desk.folder / "agency.csv"
    file.write_text("agency_id,name,kind,region_code")

    assert desk.load(file)[0].rows_loaded == 0


def test_a_line_of_delimiters_alone_is_no_row_however_many_they_are(desk: Desk) -> None:
    first, *rest = text_of(right("agency"), right("agency", agency_id="B"))
    path = desk.folder / "agency.csv"
    path.write_text("".join([first, ",\n", rest[0], ",,\n", *rest[1:]]), encoding="utf-8")

    assert desk.load(path)[0].rows_loaded == 2
    assert desk.ask("SELECT line FROM agency ORDER BY line") == [(3,), (5,)]


def test_a_short_line_of_a_table_among_several_is_told_and_not_filled_up(desk: Desk) -> None:
    desk.with_agency()
    path = desk.folder / "adoption.csv"
    rows = [right("adoption", month=f"2025-0{month}-01") for month in (1, 2, 3, 4)]
    lines = [",".join(row.values()) for row in rows]
    lines[1], lines[3] = lines[1].rpartition(",")[0], lines[3].rpartition(",")[0]
    second = ["", "", "Rekapitulasi", "Jenis Kelamin,Banyaknya", "Laki-laki,10", "Perempuan,8"]
    path.write_text("\n".join([",".join(rows[0]), *lines, *second]), encoding="utf-8")

    above, below = tables(path)

    assert [(line, len(above.headings)) for line, _ in above.malformed] == [(3, 7), (5, 7)]
    assert below.malformed == ()
    leave = Profile("kelamin", "", below.headings)
    save_profile(desk.store, leave)
    report = next(r for r in desk.load(path, keep_good=True) if r.table)
    assert (report.rows_loaded, report.rows_rejected) == (2, 2)
    assert [(f.line, f.code) for f in report.findings] == [
        (3, "line.malformed"),
        (5, "line.malformed"),
    ]
    assert "has fewer columns than the headings" in report.findings[0].says
    assert desk.ask("SELECT month FROM adoption ORDER BY 1") == [
        (date(2025, 1, 1),),
        (date(2025, 3, 1),),
    ]
