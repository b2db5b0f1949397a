"""The way a batch was read is kept with it: for its rejects, and to tell one reading from another."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from analytics.intake import ImportReport
from analytics.intake.batches import take_back
from analytics.intake.crosstabs import Crosstab
from analytics.intake.derived import Derived
from analytics.intake.profiles import Profile, of_text, save_profile
from analytics.intake.values import Reading
from analytics.intake.views import Desk as Views
from tests.intake.desk import Desk, right

Row = dict[str, str]


def mended(desk: Desk, report: ImportReport, mend: Callable[[Row], Row]) -> Path:
    """The rejects file of a report, saved by its owner with each row mended."""
    assert report.rejects is not None
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return desk.file("diperbaiki.csv", *map(mend, rows))


SHARES = [
    {"OPD": "15.71-DINKES", "Perempuan": "0,5", "Laki-laki": "83,5"},
    {"OPD": "15.71-DISDIK", "Perempuan": "105", "Laki-laki": "0"},
]
OFFICE = right("agency", agency_id="15.71-DISDIK", name="Dinas Pendidikan", kind="education")


def read_as_per_cent(desk: Desk, headings: tuple[str, ...]) -> None:
    """Keep that such a table holds shares in per cent, small ones too, of 2025 by agency and sex."""
    save_profile(
        desk.store,
        Profile(
            "cakupan",
            "recap",
            headings,
            constants={
                "metric": "training_coverage",
                "period_start": "2025-01-01",
                "period_end": "2025-12-31",
            },
            values=Reading(percent=True, small_percent=True),
            crosstab=Crosstab({"OPD": "agency_id"}, ("sex",), gives="mean"),
            of="cakupan 2025.csv",
        ),
    )


@pytest.fixture
def with_shares(desk: Desk) -> tuple[Desk, ImportReport]:
    desk.with_agency()
    desk.load(desk.file("agency.csv", OFFICE))
    read_as_per_cent(desk, tuple(SHARES[0]))
    (report,) = desk.load(desk.file("cakupan 2025.csv", *SHARES), keep_good=True)
    assert (report.rows_loaded, report.rows_rejected) == (3, 1)
    return desk, report


STANDING = "SELECT agency_id, sex, mean, period_end::VARCHAR FROM recap ORDER BY ALL"


def test_the_rejects_of_a_wide_table_are_read_with_its_constants_and_per_cent(
    with_shares: tuple[Desk, ImportReport],
) -> None:
    desk, report = with_shares
    again = desk.load(mended(desk, report, lambda row: row | {"mean": "0,5"}))

    assert [(one.rows_loaded, one.questions) for one in again] == [(1, ())]
    assert [(a, s, float(m), d) for a, s, m, d in desk.ask(STANDING)] == [
        ("15.71-DINKES", "F", 0.005, "2025-12-31"),
        ("15.71-DINKES", "M", 0.835, "2025-12-31"),
        ("15.71-DISDIK", "F", 0.005, "2025-12-31"),
        ("15.71-DISDIK", "M", 0.0, "2025-12-31"),
    ]


def test_nothing_is_asked_about_the_rejects_of_a_file_that_was_answered_for(
    with_shares: tuple[Desk, ImportReport],
) -> None:
    desk, report = with_shares
    path = mended(desk, report, lambda row: row | {"mean": "0,5"})

    views, wrong = Views(desk.store).views([path])
    assert (wrong, [view.questions for view in views]) == ([], [()])
    assert [view.table for view in views] == ["recap"]


def test_rejects_are_read_as_their_batch_was_when_its_profile_has_changed_or_gone(
    with_shares: tuple[Desk, ImportReport],
) -> None:
    desk, report = with_shares
    (desk.store.path / "profiles" / "cakupan.toml").unlink()
    assert report.batch_id is not None
    take_back(desk.store, report.batch_id)
    desk.load(mended(desk, report, lambda row: row | {"mean": "0,5"}))

    assert [float(mean) for _, _, mean, _ in desk.ask(STANDING)] == [0.005]


def test_rows_that_were_read_in_different_ways_are_not_read_together(
    with_shares: tuple[Desk, ImportReport],
) -> None:
    desk, report = with_shares
    (other,) = desk.load(
        desk.file("recap.csv", right("recap", numerator="", denominator="", mean="3")),
        keep_good=True,
    )
    assert other.rejects is not None
    with other.rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    first = mended(desk, report, lambda row: row).read_text(encoding="utf-8")
    both = desk.file(
        "semua.csv", *csv.DictReader(first.splitlines()), *(row | {"mean": "0.5"} for row in rows)
    )

    (said,) = desk.says(both)
    assert "rejected rows of batches that were read in different ways" in said
    assert desk.count("recap") == 3


BORN = {
    "NIP": "198603012010032001",
    "Kode OPD": "15.71-DINKES",
    "Berlaku Mulai": "2024-01-01",
    "Status": "PNS",
    "JK": "P",
    "Tanggal Lahir": "01-03-1986",
    "Jenis Jabatan": "Pelaksana",
    "Gol": "III/a",
    "Pendidikan": "S1",
    "TMT CPNS": "2010-03-01",
}


def test_the_rejects_of_a_file_with_days_of_birth_hold_the_year_alone_and_need_no_answer(
    desk: Desk,
) -> None:
    desk.with_agency()
    save_profile(
        desk.store,
        Profile(
            "pegawai",
            "employee",
            tuple(BORN),
            {"Status": "status"},
            derived=(Derived("birth_year", "year", ("Tanggal Lahir",)),),
        ),
    )
    (report,) = desk.load(desk.file("daftar.csv", BORN | {"JK": "?"}), keep_good=True)
    assert report.rejects is not None
    rejected = report.rejects.read_text(encoding="utf-8-sig")
    assert "01-03-1986" not in rejected
    assert "birth_year" in rejected

    (again,) = desk.load(mended(desk, report, lambda row: row | {"JK": "P"}))
    assert (again.rows_loaded, again.questions) == (1, ())
    assert desk.ask("SELECT sex, birth_year FROM employee") == [("F", 1986)]


LONG = [
    {"Dimensi": "jenis kelamin", "Kategori": "Perempuan", "Jumlah": "30"},
    {"Dimensi": "jenis kelamin", "Kategori": "Laki-laki", "Jumlah": "20"},
    {"Dimensi": "golongan", "Kategori": "III", "Jumlah": "35"},
    {"Dimensi": "golongan", "Kategori": "IV", "Jumlah": "15"},
]
"""A long list of several dimensions: in each the same people."""


def keep_dimension(desk: Desk, name: str, column: str, others: tuple[str, ...]) -> None:
    place_and_time = {
        "metric": "headcount",
        "region_code": "15.02",
        "period_start": "2025-01-01",
        "period_end": "2025-12-31",
    }
    crosstab = Crosstab(
        {"Dimensi": "", "Kategori": column}, categories={column: dict.fromkeys(others, "")}
    )
    kept = Profile(
        name, "recap", tuple(LONG[0]), constants=place_and_time, crosstab=crosstab, of="daftar.csv"
    )
    save_profile(desk.store, kept)


def test_each_dimension_of_a_long_list_is_loaded_once(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("daftar.csv", *LONG)
    keep_dimension(desk, "kelamin", "sex", ("III", "IV"))
    keep_dimension(desk, "golongan", "grade_group", ("Perempuan", "Laki-laki"))
    loaded = [
        desk.load(path, profile=name)[0].rows_loaded
        for name in ("kelamin", "golongan", "kelamin", "golongan")
    ]

    assert loaded == [2, 2, 0, 0]
    assert desk.ask("SELECT sex, grade_group, numerator::INT FROM recap ORDER BY ALL") == [
        ("F", None, 30),
        ("M", None, 20),
        (None, "III", 35),
        (None, "IV", 15),
    ]
    (again,) = desk.load(path, profile="golongan")
    assert (again.table, again.batch_id) == ("recap", None)
    assert "this very file was already loaded on" in again.notes[0]


def test_a_file_of_a_store_that_did_not_keep_ways_is_not_loaded_twice(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("daftar.csv", *LONG)
    keep_dimension(desk, "kelamin", "sex", ("III", "IV"))
    desk.load(path)
    with duckdb.connect(str(desk.store.records)) as connection:
        connection.execute("DROP TABLE batch_way")
    keep_dimension(desk, "kelamin", "grade_group", ("Perempuan", "Laki-laki"))

    assert "already loaded" in desk.load(path)[0].notes[0]
    assert desk.count("recap") == 2


def test_what_is_kept_of_a_batch_is_a_profile_without_any_value_of_its_rows(desk: Desk) -> None:
    desk.with_agency()
    desk.load(
        desk.file(
            "pegawai.csv",
            BORN | {"Status Kepegawaian": "PNS", "Tahun Lahir": "1986"},
        ),
        table="employee",
        keep_good=True,
    )
    ((way,),) = desk.ask("SELECT way FROM batch_way ORDER BY batch_id DESC LIMIT 1")

    assert of_text(way).columns["NIP"] == "employee_id"
    assert "Tanggal Lahir" not in way
    assert BORN["NIP"] not in way
