"""Merged cells: labels hold for all rows that they cover, figures are asked about."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlwt

from analytics.intake.crosstabs import Crosstab
from analytics.intake.findings import Finding
from analytics.intake.profiles import Profile, save_profile
from analytics.text import Text
from tests.intake.books import xlsx
from tests.intake.desk import Desk, right

HEADINGS = ("Golongan", "Laki-laki", "Perempuan")
ROWS = [("I", 10, 5), ("II", None, 12), ("III", 20, 25)]
CONSTANTS = {
    "metric": "headcount",
    "region_code": "15.71",
    "period_start": "2025-01-01",
    "period_end": "2025-12-31",
}


def of_wide(desk: Desk, path: Path, **options) -> list[Finding]:
    """What is found in a wide table of people whose figures are merged."""
    desk.with_agency()
    crosstab = Crosstab(
        {"Golongan": "grade_group"}, ("sex",), breakdowns=(("grade_group", "sex"), ())
    )
    save_profile(desk.store, Profile("gol", "recap", HEADINGS, {}, CONSTANTS, crosstab=crosstab))
    return desk.refused(path, profile="gol", **options).findings


@pytest.mark.parametrize(
    ("merge", "place"),
    [((1, 1, 2, 1), "B2:B3"), ((2, 1, 2, 2), "B3:C3"), ((1, 1, 2, 2), "B2:C3")],
    ids=["down", "across", "both"],
)
def test_a_figure_of_merged_cells_in_a_wide_table_is_not_guessed(
    desk: Desk, merge: tuple[int, ...], place: str
) -> None:
    made = xlsx(desk.folder / "rekap.xlsx", {"rekap": [HEADINGS, *ROWS]},
                [("rekap", *merge, 30)])  # fmt: skip
    found = of_wide(desk, made)

    assert {one.value for one in found} == {f"30 ({place})"}
    assert "could be of one of them or of all together" in str(found[0])
    assert Text("id").retell(found[0].says).startswith("berada dalam sel gabungan")


def test_what_stands_in_cells_of_its_own_is_loaded_beside_them(desk: Desk) -> None:
    made = xlsx(desk.folder / "rekap.xlsx", {"rekap": [HEADINGS, *ROWS]},
                [("rekap", 1, 1, 2, 1, 30)])  # fmt: skip
    of_wide(desk, made)
    desk.load(made, profile="gol", keep_good=True)
    found = desk.ask("SELECT grade_group, sex, numerator FROM recap ORDER BY ALL")

    assert found == [("I", "F", 5), ("II", "F", 12), ("III", "F", 25), ("III", "M", 20)]


def test_a_merged_figure_of_an_old_workbook_is_not_guessed(desk: Desk) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("rekap")
    for number, row in enumerate([HEADINGS, *ROWS]):
        for column, value in enumerate(row):
            if value is not None and (number, column) != (1, 1):
                sheet.write(number, column, value)
    sheet.write_merge(1, 2, 1, 1, 30)
    book.save(str(desk.folder / "rekap.xls"))

    assert {one.value for one in of_wide(desk, desk.folder / "rekap.xls")} == {"30 (B2:B3)"}


ADOPTION = right("adoption")


def adoption(desk: Desk, *merges: tuple[int, int, int, int, object]) -> Path:
    """Three months of an agency, with merges by row and column."""
    months = [ADOPTION | {"month": f"2025-0{n}-01"} for n in (1, 2, 3)]
    rows = [list(row.values()) for row in months]
    return xlsx(desk.folder / "adoption.xlsx", {"adoption": [list(ADOPTION), *rows]},
                [("adoption", *merge) for merge in merges])  # fmt: skip


def test_labels_of_merged_cells_hold_for_all_their_rows(desk: Desk) -> None:
    [report] = desk.with_agency().load(adoption(desk, (1, 0, 3, 0, "15.71-DINKES")))

    assert report.rows_loaded == 3


def test_a_merged_figure_of_a_list_is_refused_with_its_rows(desk: Desk) -> None:
    path = adoption(desk, (1, 0, 3, 0, "15.71-DINKES"), (1, 4, 2, 4, "100"))
    found = desk.with_agency().refused(path).findings

    assert [(one.line, one.column, one.value) for one in found] == [
        (2, "entries_due", "100 (E2:E3)"),
        (3, "entries_due", "100 (E2:E3)"),
    ]
    assert desk.load(path, keep_good=True)[0].rows_loaded == 1


def test_a_figure_merged_over_two_columns_of_a_list_is_refused(desk: Desk) -> None:
    found = desk.with_agency().refused(adoption(desk, (2, 2, 2, 3, "40"))).findings

    assert {(one.line, one.value) for one in found} == {(3, "40 (C3:D3)")}


def test_years_are_merged_as_labels_are(desk: Desk) -> None:
    rows = [list(right("outcome_index", region_code=code).values()) for code in ("15", "18")]
    made = xlsx(desk.folder / "outcome_index.xlsx",
                {"outcome_index": [list(right("outcome_index")), *rows]},
                [("outcome_index", 1, 1, 2, 1, "2025")])  # fmt: skip

    assert desk.with_agency().load(made)[0].rows_loaded == 2
