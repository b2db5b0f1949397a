"""What is odd in a table as it was published is told beside its rows, which are loaded all the same."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from analytics.intake.crosstabs import Crosstab
from analytics.intake.findings import ImportReport
from analytics.intake.profiles import Profile, save_profile
from analytics.intake.sources import sheets_of
from tests.intake.desk import Desk, right, write_csv

AGES = Crosstab({"UMUR": "age_band"}, ("sex",))
FEBRUARY = {
    "metric": "headcount",
    "region_code": "18.71",
    "period_start": "2023-02-01",
    "period_end": "2023-02-28",
}


def book(path: Path, *rows: tuple[str | int, ...]) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("Umur")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def recap(desk: Desk, path: Path, crosstab: Crosstab = AGES) -> ImportReport:
    """The report of a wide table of people that is read by a profile."""
    desk.with_agency()
    (sheet,) = sheets_of(path, blank_lines=True)
    profile = Profile("umur", "recap", sheet.headings, {}, FEBRUARY, crosstab=crosstab)
    save_profile(desk.store, profile)
    (report,) = desk.load(path)
    return report


RIGHT = (
    ("UMUR", "PRIA", "WANITA", "JUMLAH"),
    ("20 - 25", 4, 31, 35),
    ("31 - 35", 1_234, 617, 1_851),
    ("41 - 45", 10, 20, 30),
    ("JUMLAH", 1_248, 668, 1_916),
)


def changed(row: int, column: int, value: str | int) -> list[tuple[str | int, ...]]:
    rows = [list(own) for own in RIGHT]
    rows[row][column] = value
    return [tuple(own) for own in rows]


def test_a_table_whose_parts_come_to_its_totals_is_ordinary(desk: Desk) -> None:
    report = recap(desk, book(desk.folder / "umur.xlsx", *RIGHT))

    assert (report.rows_loaded, report.findings, report.warned) == (6, (), ())
    assert report.notes[0] == "Read as totals, not as data: rows 5."


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (changed(4, 1, 1_300), [(5, "PRIA", "1300", "total.parts")]),
        (
            changed(2, 2, 671),
            [(3, "JUMLAH", "1851", "total.row"), (5, "WANITA", "668", "total.parts")],
        ),
        (changed(3, 0, "34 - 38"), [(4, "UMUR", "34 - 38", "label.overlap")]),
    ],
)
def test_what_is_odd_is_told_with_its_place_and_nothing_is_kept_out(
    desk: Desk, rows: list[tuple[str | int, ...]], told: list[tuple]
) -> None:
    report = recap(desk, book(desk.folder / "umur.xlsx", *rows))

    assert [(f.line, f.column, f.value, f.code) for f in report.findings] == told
    assert {f.severity for f in report.findings} == {"warn"}
    assert {f.sheet for f in report.findings} == {"Umur"}
    assert report.rows_rejected == 0
    assert sum(count for _, count in report.warned) == len(told)


def test_a_total_that_few_rows_come_to_is_the_total_of_something_else(desk: Desk) -> None:
    rows = [("UMUR", "PRIA", "WANITA", "JUMLAH"), ("20 - 25", 4, 31, 99), ("31 - 35", 1, 2, 98)]
    report = recap(desk, book(desk.folder / "umur.xlsx", *rows))

    assert report.findings == ()


def test_counts_with_marks_between_their_thousands_come_to_their_totals(desk: Desk) -> None:
    path = write_csv(
        desk.folder / "umur.csv",
        [
            {"UMUR": "20 - 25", "PRIA": "1.234", "WANITA": "2,000"},
            {"UMUR": "31 - 35", "PRIA": "766", "WANITA": "1"},
            {"UMUR": "JUMLAH", "PRIA": "2.000", "WANITA": "2,001"},
        ],
        delimiter=";",
    )

    assert recap(desk, path).findings == ()
    assert desk.ask("SELECT sum(numerator)::INTEGER FROM recap") == [(4_001,)]


def test_labels_of_a_long_list_are_held_against_those_of_their_own_table(desk: Desk) -> None:
    rows = [
        {"TABEL": "a", "UMUR": "20 - 25", "JUMLAH": "1"},
        {"TABEL": "a", "UMUR": "31 - 35", "JUMLAH": "2"},
        {"TABEL": "b", "UMUR": "31 - 35", "JUMLAH": "3"},
        {"TABEL": "b", "UMUR": "31-35", "JUMLAH": "4"},
    ]
    crosstab = Crosstab({"TABEL": "", "UMUR": "age_band"})
    report = recap(desk, write_csv(desk.folder / "daftar.csv", rows), crosstab)

    assert [(f.line, f.value, f.code) for f in report.findings] == [(5, "31-35", "label.doubled")]


def test_themes_that_are_not_the_mean_of_their_items_are_told_by_their_unit(desk: Desk) -> None:
    agencies = [right("agency", agency_id=name, name=name) for name in ("A", "B")]
    desk.load(desk.file("agency.csv", *agencies))
    rows = [
        {"OPD": "A", "tema": "37%", "p1": "36%", "p2": "38%"},
        {"OPD": "B", "tema": "21%", "p1": "36%", "p2": "38%"},
    ]
    path = write_csv(desk.folder / "survei.csv", rows)
    crosstab = Crosstab(
        {"OPD": "agency_id"},
        measures={"p1": {"metric": "favourable_share", "facet": "learning_access"}},
        gives="mean",
        means={"tema": ("p1", "p2")},
    )
    constants = {"period_start": "2025-01-01", "period_end": "2025-12-31"}
    headings = ("OPD", "tema", "p1", "p2")
    save_profile(desk.store, Profile("survei", "recap", headings, {}, constants, crosstab=crosstab))
    (report,) = desk.load(path)

    assert (report.rows_loaded, report.rows_rejected) == (2, 0)
    assert [(f.line, f.value, f.code) for f in report.findings] == [(3, "B", "total.mean")]


def test_the_total_of_a_table_of_the_contract_is_held_against_its_counts(desk: Desk) -> None:
    desk.with_agency()
    rows = [right("survey_invited", wave=wave, invited="40") for wave in ("2025-Q1", "2025-Q2")]
    total = dict.fromkeys(rows[0], "") | {"wave": "JUMLAH", "invited": "90"}
    (report,) = desk.load(desk.file("survey_invited.csv", *rows, total))

    assert report.rows_loaded == 2
    assert [(f.line, f.column, f.value, f.code) for f in report.findings] == [
        (4, "invited", "90", "total.parts")
    ]


def test_a_file_of_an_archive_is_called_by_both_names(desk: Desk) -> None:
    path = desk.folder / "semua.zip"
    file = desk.file("agency.csv", right("agency", kind="helth"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(file, "data/agency.csv")
    (finding,) = desk.refused(path).findings

    assert str(finding).startswith('semua.zip/data/agency.csv, line 2, kind: "helth"')
