"""Totals and subtotals that do not say so are asked about before they are added to their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from analytics.intake.crosstabs import Crosstab, melted, summed
from analytics.intake.findings import ImportRefused
from analytics.intake.profiles import Profile, save_profile
from tests.intake.desk import Desk, right
from tests.intake.test_crosstabs import rows_of, sheet_of

Rows = Sequence[Sequence[str]]

BY_REGION = Crosstab({"Kabupaten/Kota": "region_code"}, ("sex",))
BY_GRADE = Crosstab({"Golongan": "grade_group"}, ("sex",))
BY_AGENCY = Crosstab({"OPD": "agency_id"}, ("sex",))
SEXES = ("Laki-laki", "Perempuan")


def asked(crosstab: Crosstab, rows: Rows, headings: Sequence[str] = SEXES) -> list[str]:
    """The labels of rows and columns that are asked about."""
    sheet = sheet_of((*crosstab.down, *headings), rows)
    return [one.label for one in summed(sheet, crosstab)]


LAMPUNG = [("18.04", "100", "200"), ("18.06", "50", "70")]


@pytest.mark.parametrize(
    ("crosstab", "rows", "sums"),
    [
        (BY_REGION, [*LAMPUNG, ("18", "150", "270")], ["18"]),
        (BY_REGION, [("18", "150", "270"), *LAMPUNG], ["18"]),
        (BY_REGION, [*LAMPUNG, ("18", "151", "270")], ["18"]),
        (BY_REGION, [("1804", "1.100", "2.200"), ("1806", "50", "70"), ("1800", "1.150", "2.270")],
         ["1800"]),
        (BY_REGION, [*LAMPUNG, ("18", "150", "270"), ("15.01", "9", "8"), ("15.02", "3", "4"),
                     ("15", "12", "12")], ["18", "15"]),
        (BY_REGION, [*LAMPUNG, ("Seluruhnya", "150", "270")], ["Seluruhnya"]),
        (BY_GRADE, [("Golongan II", "11", "6"), ("II/a", "10", "5"), ("II/b", "1", "1")],
         ["Golongan II"]),
        (BY_GRADE, [("II/a", "10", "5"), ("II/b", "1", "1"), ("II", "12", "6")], ["II"]),
        (BY_GRADE, [("Gol. II", "10", "5"), ("II/a", "10", "5"), ("III/a", "3", "4")], ["Gol. II"]),
        (BY_GRADE, [("Golongan I", "4", "9"), ("Golongan II", "20", "31"),
                    ("Golongan IV (I + II)", "24", "40")], ["Golongan IV (I + II)"]),
        (Crosstab({"Umur": "age_band"}, ("sex",)),
         [("30-39", "9", "9"), ("30-34", "4", "5"), ("35-39", "5", "4")], ["30-39"]),
        (BY_AGENCY, [("Setda", "41", "33"), ("Bagian A", "20", "13"), ("Bagian B", "21", "20"),
                     ("Dinas Sosial", "8", "9")], ["Setda"]),
        (BY_AGENCY, [("Dinas A", "20", "13"), ("Dinas B", "21", "20"), ("Pemda", "41", "33")],
         ["Pemda"]),
        (Crosstab({"Golongan": ""}, ("sex",)),
         [("a", "10", "5"), ("b", "31", "41"), ("c", "41", "46")], ["c"]),
    ],
)  # fmt: skip
def test_a_row_that_is_the_sum_of_others_is_asked_about(
    crosstab: Crosstab, rows: Rows, sums: list[str]
) -> None:
    assert asked(crosstab, rows) == sums


@pytest.mark.parametrize(
    ("crosstab", "rows"),
    [
        (BY_REGION, [*LAMPUNG, ("18", "20", "30")]),  # a provincial government's own
        (BY_REGION, [*LAMPUNG, ("Jumlah", "150", "270")]),  # which says itself what it is
        (BY_REGION, [("18.04", "100", "200"), ("15", "100", "200"), ("17", "1", "2")]),
        (BY_GRADE, [("Golongan II", "11", "6"), ("Golongan III", "20", "25")]),
        (BY_GRADE, [("II/a", "1", "1"), ("II/b", "2", "1"), ("II/c", "3", "2")]),  # by chance
        (BY_AGENCY, [("A", "1", "0"), ("B", "0", "1"), ("C", "1", "1"), ("D", "", "-")]),
        (replace(BY_AGENCY, gives="mean"), [("A", "20", "30"), ("B", "21", "3"), ("C", "41", "33")]),
        (Crosstab({"Tahun": "period_start"}, ("sex",)),
         [("2021", "20", "30"), ("2022", "21", "3"), ("2023", "41", "33")]),
    ],
)  # fmt: skip
def test_rows_that_are_no_sums_are_read_unasked(crosstab: Crosstab, rows: Rows) -> None:
    assert asked(crosstab, rows) == []


def test_a_column_that_is_the_sum_of_others_is_asked_about() -> None:
    by_region = Crosstab({"OPD": "agency_id"}, ("region_code",))
    rows = [("A", "100", "50", "150"), ("B", "7", "60", "67"), ("C", "30", "1", "31")]
    grades = Crosstab({"OPD": "agency_id"}, ("grade_group",))

    assert asked(by_region, rows, ("18.04", "18.06", "18")) == ["18"]
    assert asked(grades, rows, ("II/a", "II/b", "Gol II")) == ["Gol II"]
    assert asked(Crosstab({"OPD": "agency_id"}), rows, ("Pria", "Wanita", "L+P")) == ["L+P"]


def test_a_subtotal_within_each_of_other_groups_is_asked_about_once() -> None:
    crosstab = Crosstab({"OPD": "agency_id", "Golongan": "grade_group"}, ("sex",))
    block = [("Golongan II", "11", "6"), ("II/a", "10", "5"), ("II/b", "1", "1")]

    assert asked(crosstab, [(opd, *row) for opd in ("A", "B") for row in block]) == ["Golongan II"]


def test_what_is_told_of_a_sum_is_done() -> None:
    rows = [("Golongan II", "11", "6"), ("II/a", "10", "5"), ("II/b", "1", "1")]
    for category, people in (("", 17), ("II", 34)):
        crosstab = replace(BY_GRADE, categories={"grade_group": {"golongan ii": category}})
        sheet = sheet_of(("Golongan", *SEXES), rows)

        assert summed(sheet, crosstab) == ()
        found = rows_of(melted(sheet, crosstab))
        assert sum(int(str(row["numerator"])) for row in found) == people


def test_a_total_is_left_out_where_its_column_is_added_up_over() -> None:
    rows = [("II/a", "10", "5"), ("II/b", "1", "1"), ("Jumlah", "11", "6")]
    found = rows_of(
        melted(sheet_of(("Golongan", *SEXES), rows), Crosstab({"Golongan": ""}, ("sex",)))
    )

    assert [(row["sex"], row["numerator"]) for row in found] == [("M", "11"), ("F", "6")]


def test_a_table_with_a_total_in_it_loads_once_it_is_told(desk: Desk) -> None:
    desk.with_agency()
    of_kab = [*LAMPUNG, ("18", "150", "270")]
    rows: list[dict[str, str]] = [dict(zip(("Kab", *SEXES), row, strict=True)) for row in of_kab]
    path = desk.file("tabel.csv", *rows)
    constants = {"metric": "headcount", "period_start": "2023-01-01", "period_end": "2023-12-31"}
    crosstab = Crosstab({"Kab": "region_code"}, ("sex",), breakdowns=(("sex",), ()))
    profile = Profile("tabel", "recap", ("Kab", *SEXES), {}, constants, crosstab=crosstab)
    save_profile(desk.store, profile)
    with pytest.raises(ImportRefused) as refusal:
        desk.load(path)
    [question] = [one for report in refusal.value.reports for one in report.questions]
    told = replace(crosstab, categories={"region_code": {"18": ""}})
    save_profile(desk.store, replace(profile, crosstab=told))

    assert (question.code, question.subject) == ("category", "region_code: 18")
    assert desk.load(path)[0].rows_loaded == 6
    assert desk.ask("SELECT sum(numerator) FROM recap WHERE sex IS NULL") == [(420,)]


def recaps(*figures: tuple[str, str], **others: str) -> list[dict[str, str]]:
    """Recaps of people of regions."""
    whole = {"agency_id": "", "metric": "headcount", **others}
    return [
        right("recap", region_code=code, numerator=number, denominator=number, **whole)
        for code, number in figures
    ]


PARTS = (("18.04", "300"), ("18.06", "120"))


@pytest.mark.parametrize("total", ["420", "419"])
def test_a_total_in_a_long_recap_is_refused_beside_its_parts(desk: Desk, total: str) -> None:
    by_sex = [row for sex in ("M", "F")
              for row in recaps(("18.04", "150"), ("18.06", "60"), ("18", "210"), sex=sex)]  # fmt: skip
    path = desk.file("recap.csv", *recaps(*PARTS, ("18", total)), *by_sex)
    found = desk.with_agency().refused(path).findings
    desk.load(path, keep_good=True)

    assert {(one.line, one.code) for one in found} == {(n, "recap.total") for n in (4, 7, 10)}
    assert desk.ask("SELECT sum(numerator) FROM recap WHERE sex IS NULL") == [(420,)]


@pytest.mark.parametrize("own", ["80", "500"])
def test_a_provincial_government_of_its_own_is_read_beside_others(desk: Desk, own: str) -> None:
    path = desk.file("recap.csv", *recaps(*PARTS, ("18", own)))

    assert desk.with_agency().load(path)[0].rows_loaded == 3


def test_the_total_of_a_share_is_refused_too(desk: Desk) -> None:
    of = {"agency_id": ""}
    rows = [right("recap", region_code="18.04", numerator="30", denominator="50", **of),
            right("recap", region_code="18.06", numerator="10", denominator="40", **of),
            right("recap", region_code="18", numerator="40", denominator="90", **of)]  # fmt: skip
    [found] = desk.with_agency().refused(desk.file("recap.csv", *rows)).findings

    assert (found.line, found.code) == (4, "recap.total")
