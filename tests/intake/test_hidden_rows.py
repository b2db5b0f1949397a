"""Rows that a workbook hides are read, and said to be hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.intake.desk import Desk, right

EVENT = right("career_event")


def book(path: Path, *hidden: int, filtered: bool = False) -> Path:
    """A workbook of four rows, of which some are hidden, counted as a spreadsheet counts."""
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("career_event")
        sheet.write_row(0, 0, list(EVENT))
        for number in range(1, 5):
            sheet.write_row(number, 0, [f"demo-{number}", f"2025-04-0{number}", "promotion"])
        if filtered:
            sheet.autofilter(0, 0, 4, 2)
        for row in hidden:
            sheet.set_row(row - 1, None, None, {"hidden": True})
    return path


@pytest.mark.parametrize("filtered", [True, False])
@pytest.mark.parametrize(("hidden", "told"), [((3, 4), "3–4"), ((2, 5), "2, 5")])
def test_hidden_rows_are_read_and_named(
    desk: Desk, hidden: tuple[int, ...], told: str, *, filtered: bool
) -> None:
    path = book(desk.folder / "career_event.xlsx", *hidden, filtered=filtered)
    [report] = desk.with_agency().load(path)

    assert report.rows_loaded == 4
    says = f"Hidden in the workbook, as by a filter, and read all the same: rows {told}."
    assert says in report.notes


def test_a_filter_that_hides_nothing_is_not_mentioned(desk: Desk) -> None:
    [report] = desk.with_agency().load(book(desk.folder / "career_event.xlsx", filtered=True))

    assert not any("Hidden" in note for note in report.notes)
