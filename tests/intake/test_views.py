"""What a person sees of files before they are loaded, and what becomes of the answers."""

from __future__ import annotations

from analytics.intake.views import HIDDEN, View
from analytics.intake.views import Desk as Table
from tests.intake.desk import Desk, right

NIP = "198603012010032001"
DIKLAT = {
    "NIP": NIP,
    "NAMA": "Budi",
    "Diklat yg diikuti": "Pelayanan prima",
    "Bidang": "public_service",
    "Cara": "classical",
    "Tgl Mulai": "2025-02-03",
    "Tanggal Selesai": "2025-02-05",
    "Jumlah JP": "24",
    "Keterangan lain": "lihat NIP 19860301 201003 2 001",
}
ANSWERS = {
    ("column", "Diklat yg diikuti"): "course",
    ("column", "Cara"): "mode",
    ("column", "Keterangan lain"): "",
    ("missing", "mode"): "heading:Cara",
    ("missing", "course"): "heading:Diklat yg diikuti",
    ("missing", "completed"): "constant:true",
}


def answer_all(table: Table, view: View) -> None:
    for question in view.questions:
        table.answer(view, question, ANSWERS[question.key])


def test_a_table_is_shown_as_it_is_understood_without_what_is_personal(desk: Desk) -> None:
    file = desk.file("Rekap 2025.csv", DIKLAT)
    (view,), wrong = Table(desk.store, table="training").views([file])

    assert wrong == []
    assert view.label == "Rekap 2025.csv"
    assert view.table == "training"
    assert dict(view.columns)["Jumlah JP"] == "hours_jp"
    assert view.questions
    shown = dict(zip((heading for heading, _ in view.columns), view.sample[0], strict=True))
    assert shown["NIP"] == shown["NAMA"] == shown["Keterangan lain"] == HIDDEN
    assert shown["Jumlah JP"] == "24"


def test_answers_are_kept_under_a_name_and_the_file_is_then_loaded(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("employee.csv", right("employee", employee_id=NIP)))
    file = desk.file("Rekap 2025.csv", DIKLAT)
    table = Table(desk.store, table="training")
    (view,), _ = table.views([file])
    answer_all(table, view)

    (answered,), _ = table.views([file])
    assert answered.questions == ()
    assert answered.told
    table.keep(answered, "Rekap diklat")

    (known,), _ = Table(desk.store).views([file])
    assert known.questions == ()
    assert dict(known.columns)["Diklat yg diikuti"] == "course"
    (report,) = desk.load(file)
    assert (report.table, report.rows_loaded) == ("training", 1)


def test_a_file_that_cannot_be_read_is_told_beside_those_that_can(desk: Desk) -> None:
    good = desk.file("agency.csv", right("agency"))
    empty = desk.folder / "kosong.csv"
    empty.write_bytes(b"")
    views, wrong = Table(desk.store).views([good, empty])

    assert [view.table for view in views] == ["agency"]
    assert [finding.file for finding in wrong] == ["kosong.csv"]
