"""Files put together of parts with different delimiters: no row is taken for a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.desk import Desk, right

ROW = right("adoption")
HEADING = list(ROW)


def line(month: int, mark: str = ",") -> str:
    return mark.join((ROW | {"month": f"2025-{month:02}-01"}).values())


def written(desk: Desk, *lines: str) -> Path:
    path = desk.folder / "adoption.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


HEAD = ",".join(HEADING)
MINE = [line(month) for month in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("place", ["after", "apart", "with headings", "within", "before"])
def test_rows_by_another_delimiter_are_refused_and_the_others_loaded(
    desk: Desk, mark: str, place: str
) -> None:
    other = [line(month, mark) for month in (6, 7)]
    lines = {
        "after": [HEAD, *MINE, *other],
        "apart": [HEAD, *MINE, "", *other],
        "with headings": [HEAD, *MINE, mark.join(HEADING), *other],
        "within": [HEAD, *MINE[:2], *other, *MINE[2:]],
        "before": [mark.join(HEADING), *other, HEAD, *MINE],
    }[place]
    path = written(desk, *lines)
    found = desk.with_agency().refused(path).findings
    told = {one.line for one in found if one.code == "line.malformed"}

    assert {n for n, said in enumerate(lines, 1) if said in other} <= told
    assert desk.load(path, keep_good=True)[0].rows_loaded == 5


def test_notes_with_commas_and_semicolons_stay_notes(desk: Desk) -> None:
    path = written(
        desk,
        "Rekap pemakaian; Kota Jambi; 2025",
        HEAD,
        *MINE,
        "",
        "Sumber: BKD; Diskominfo; 2025; 1; 2; 3; 4",
        "Dicetak di Jambi; tanggal; 3; Januari; 2025; oleh; BKD",
    )
    [report] = desk.with_agency().load(path)

    assert report.rows_loaded == 5
    assert "Read as notes, not as data: rows 9–10." in report.notes
