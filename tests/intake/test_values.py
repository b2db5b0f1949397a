"""Values as files write them: every form is read as what it means, or left unread, never misread."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.intake.query import needed, run
from analytics.intake.regions import Region
from analytics.intake.rules import row_checks
from analytics.intake.spellings import SECTIONS, folded, siasn_codes, spellings
from analytics.intake.values import CANONICAL, Reading, parameters, text_sql, value_sql
from analytics.schema import TABLES, Kind, table
from analytics.text import labels
from analytics.text.language import Text

REGIONS = (
    Region("18.01", "1803", "5901", "Lampung Selatan", "kabupaten"),
    Region("18.04", "1801", "5904", "Lampung Barat", "kabupaten"),
    Region("15", "15", "5500", "Jambi", "provinsi"),
)


def read(
    of: str, column: str, said: Sequence[str | None], reading: Reading = CANONICAL, **beside: str
) -> list[Any]:
    """Values of a column as the texts of a file are read; `beside` are texts of other columns."""
    in_table = table(of)
    sources = {column: "said"} | {name: f"${name}_beside" for name in beside}
    needs = (c for c in in_table.columns if c.name in {*sources, "metric"})
    texts = ", ".join(text_sql(c, sources.get(c.name), reading) for c in needs)
    sql = f"""
        SELECT {value_sql(in_table.column(column), reading)}
        FROM (SELECT nth, {texts} FROM (
          SELECT unnest($said::VARCHAR[]) AS said, generate_subscripts($said::VARCHAR[], 1) AS nth))
        ORDER BY nth
    """
    bound = parameters(in_table, reading, REGIONS)
    for check in row_checks(in_table, reading):
        bound |= check.parameters
    bound |= {f"{name}_beside": value for name, value in beside.items()} | {"said": list(said)}
    return [value for (value,) in run(engine().cursor(), sql, needed(sql, bound))]


@lru_cache
def engine() -> duckdb.DuckDBPyConnection:
    """One connection for all of these tests: to open one takes longer than most of them."""
    return duckdb.connect()


def day(said: str, reading: Reading = CANONICAL) -> dt.date | None:
    return read("employee", "valid_from", [said], reading)[0]


LAST_OF_FEBRUARY = dt.date(2025, 2, 28)


@pytest.mark.parametrize(
    "said",
    [
        "2025-02-28", "2025-02-28 00:00:00", "2025-02-28T10:15:00", "2025-02-28T00:00:00Z",
        "2025-02-28T08:00:00+07:00", "28/02/2025", "28-02-2025", "28.02.2025", "28-2-2025",
        "28/02/2025 10:15", "28/02/2025 10.15 WIB", "28 Februari 2025", "28 FEBRUARI 2025",
        "28 Feb 2025", "28-Feb-2025", "28 Pebruari 2025", "28 February 2025", "28  februari  2025 ",
        "\u00a028 Februari 2025\u00a0", "February 28, 2025", "Feb 28 2025", "45716", "45716.75",
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_form(said: str) -> None:
    assert day(said) == LAST_OF_FEBRUARY


@pytest.mark.parametrize(
    "said",
    [
        "31/02/2025", "2025-02-29", "29 Februari 2025", "31 April 2025", "0/1/2025", "1/13/2025",
        "28/02/25", "28-Feb-25", "28 Februari '25", "25-02-28", "2025", "9999", "60", "99999",
        "20250228", "28022025", "28/02-2025", "28 Fabruari 2025", "Februari 2025", "02/2025",
        "2025-02", "Senin", "2025-02-28T17:00:00.000Z", "2025-02-28T17:00:00.000+0000", "2025-02-28 17:00:00+00:00", "2025-02-28 x",
        "1-2-3", "02/28/2025", "1900-02-29", "12.5", "1.2.25",
    ],
)  # fmt: skip
def test_what_is_no_day_or_more_than_one_is_not_read(said: str) -> None:
    assert day(said) is None


def test_a_reading_says_whether_day_or_month_comes_first() -> None:
    american = Reading(day_first=False)

    assert (day("03/05/2025"), day("03/05/2025", american)) == (
        dt.date(2025, 5, 3),
        dt.date(2025, 3, 5),
    )
    assert (day("02/28/2025", american), day("28/02/2025", american)) == (LAST_OF_FEBRUARY, None)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("Februari 2025", "2025-02-01", "2025-02-28"),
        ("feb 2024", "2024-02-01", "2024-02-29"),
        ("Des-2025", "2025-12-01", "2025-12-31"),
        ("2025-02", "2025-02-01", "2025-02-28"),
        ("2/2025", "2025-02-01", "2025-02-28"),
    ],
)
def test_a_month_stands_for_its_first_or_last_day_where_a_column_is_about_one(
    said: str, first: str, last: str
) -> None:
    found = [
        read(of, column, [said])[0]
        for of, column in (
            ("adoption", "month"),
            ("recap", "period_start"),
            ("recap", "period_end"),
        )
    ]

    assert [str(value) for value in found] == [first, first, last]


MONTHS = {
    1: ("Januari", "January", "Jan"), 2: ("Februari", "February", "Feb", "Pebruari"),
    3: ("Maret", "March", "Mar"), 4: ("April", "Apr"), 5: ("Mei", "May"), 6: ("Juni", "June", "Jun"),
    7: ("Juli", "July", "Jul"), 8: ("Agustus", "August", "Agu", "Agt", "Ags", "Aug"),
    9: ("September", "Sep", "Sept"), 10: ("Oktober", "October", "Okt", "Oct"),
    11: ("November", "Nopember", "Nov", "Nop"), 12: ("Desember", "December", "Des", "Dec"),
}  # fmt: skip
CASES = (str, str.upper, str.lower)


@st.composite
def written_day(draw: st.DrawFn) -> tuple[dt.date, str]:
    """A day, and one of the forms in which files write it."""
    found = draw(st.dates(dt.date(1927, 5, 18), dt.date(2100, 12, 31)))
    mark = draw(st.sampled_from("/-."))
    width = draw(st.sampled_from(("", "02")))
    name = draw(st.sampled_from(CASES))(draw(st.sampled_from(MONTHS[found.month])))
    between = draw(st.sampled_from((" ", "-", "  ")))
    form = draw(
        st.sampled_from(
            (
                found.isoformat(),
                f"{found.isoformat()} 00:00:00",
                f"{found:{'%d'}}{mark}{found:%m}{mark}{found.year}",
                f"{found.day:{width}}{mark}{found.month:{width}}{mark}{found.year}",
                f"{found.day:{width}}{between}{name}{between}{found.year}",
                f"{name} {found.day}, {found.year}",
                str((found - dt.date(1899, 12, 30)).days),
            )
        )
    )
    space = draw(st.sampled_from(("", " ", "\u00a0", "\t")))
    return found, f"{form}{space}"


@settings(max_examples=25, deadline=None)
@given(st.lists(written_day(), min_size=50, max_size=100))
def test_a_day_written_in_any_form_is_read_back(days: list[tuple[dt.date, str]]) -> None:
    assert read("employee", "valid_from", [said for _, said in days]) == [
        found for found, _ in days
    ]


LOOKS_LIKE_A_DAY = st.lists(
    st.sampled_from(("1", "2", "02", "12", "13", "28", "31", "2025", "25", "45716", *"/-. T:")),
    min_size=1,
    max_size=7,
).map("".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(LOOKS_LIKE_A_DAY, min_size=50, max_size=100))
def test_what_looks_like_a_day_is_read_as_the_day_it_says_or_not_at_all(said: list[str]) -> None:
    for text, found in zip(said, read("employee", "valid_from", said), strict=True):
        if found is None:
            continue
        day = text.split()[0].split("T")[0]
        marked = {
            f"{found.day:{w}}{mark}{found.month:{v}}{mark}{found.year}"
            for mark in "/-." for w in ("", "02") for v in ("", "02")
        }  # fmt: skip
        serial = str((found - dt.date(1899, 12, 30)).days)
        assert day in {found.isoformat(), *marked} or day.split(".")[0] == serial


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("21,19", "21.19"), ("21.37", "21.37"), ("0,8", "0.8"), (",5", "0.5"), ("-3,25", "-3.25"),
        ("\u22123,25", "-3.25"), ("1 234,5", "1234.5"), ("1\u00a0234", "1234"), ("1\u202f234", "1234"),
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1.234.567", "1234567"),
        ("1,234,567", "1234567"), ("1234.567", "1234.567"), ("1234,567", "1234.567"),
        ("0.123", "0.123"), ("0,123", "0.123"), ("12", "12"), ("12.5000", "12.5"), ("1e3", "1000"),
    ],
)  # fmt: skip
def test_a_number_is_read_by_its_own_form(said: str, found: str) -> None:
    assert read("recap", "numerator", [said]) == [Decimal(found)]


@pytest.mark.parametrize(
    "said",
    ["1.234", "1,234", "12.000", "-1.234", "1.23.456", "1.234.56", "1,2,3", "(5)", "12 3", "1_000",
     "Rp 5", "5 JP", "83%", "0x10", "nan", "1.234,5,6"],
)  # fmt: skip
def test_what_is_no_number_or_two_is_not_read(said: str) -> None:
    assert read("recap", "numerator", [said]) == [None]


def test_a_reading_settles_what_a_mark_before_three_digits_is() -> None:
    said = ["1.234", "1,234", "21.37", "21,19"]

    assert read("recap", "numerator", said, Reading(decimals="comma")) == [
        Decimal("1234"), Decimal("1.234"), Decimal("21.37"), Decimal("21.19"),
    ]  # fmt: skip
    assert read("recap", "numerator", said, Reading(decimals="dot")) == [
        Decimal("1.234"), Decimal("1234"), Decimal("21.37"), Decimal("21.19"),
    ]  # fmt: skip


def test_the_bounds_of_a_column_settle_it_where_they_leave_one_meaning() -> None:
    assert read("appraisal", "score", ["75.125", "75,125", "100.000"]) == [
        Decimal("75.125"), Decimal("75.125"), Decimal("100"),
    ]  # fmt: skip
    assert read("target", "year", ["2.025"]) == [2025]
    assert read("training", "hours_jp", ["24.000", "1.250"]) == [24, None]


@pytest.mark.parametrize(
    ("said", "found"),
    [("12", 12), ("12.0", 12), ("12,0", 12), ("12,00", 12), ("1 234", 1234), ("1.234.567", 1234567),
     ("+7", 7), ("12.7", None), ("12,7", None), ("1.234", None), ("12.000", None), ("1e3", None)],
)  # fmt: skip
def test_a_whole_number_is_read_where_it_is_one(said: str, found: int | None) -> None:
    assert read("survey_invited", "invited", [said]) == [found]


@st.composite
def written_number(draw: st.DrawFn) -> tuple[Decimal, str]:
    """A number of at most two decimals, and a form of it that has one meaning."""
    hundredths = draw(st.integers(-(10**10), 10**10))
    found = Decimal(hundredths) / 100
    whole, _, fraction = f"{abs(found):.2f}".partition(".")
    group, decimal = draw(
        st.sampled_from((("", "."), ("", ","), (".", ","), (",", "."), (" ", ",")))
    )
    grouped = f"{int(whole):,}".replace(",", group)
    sign = "-" if found < 0 else ""
    return found, f"{sign}{grouped}{decimal}{fraction}"


@settings(max_examples=25, deadline=None)
@given(st.lists(written_number(), min_size=50, max_size=100))
def test_a_number_written_in_any_form_is_read_back(numbers: list[tuple[Decimal, str]]) -> None:
    assert read("recap", "numerator", [said for _, said in numbers]) == [n for n, _ in numbers]


MARKS = st.text("0123456789.,- %", min_size=1, max_size=9)


@settings(max_examples=25, deadline=None)
@given(st.lists(MARKS, min_size=50, max_size=100))
def test_digits_and_marks_are_read_by_both_readings_alike_or_asked_about(said: list[str]) -> None:
    """Where comma and dot are told to mean otherwise and the value differs, nothing is guessed."""
    either = read("recap", "numerator", said)
    comma = read("recap", "numerator", said, Reading(decimals="comma"))
    dot = read("recap", "numerator", said, Reading(decimals="dot"))

    for value, by_comma, by_dot in zip(either, comma, dot, strict=True):
        assert value == by_comma if by_comma == by_dot else value is None


def shares(said: Sequence[str], reading: Reading = CANONICAL, metric: str = "training_coverage"):
    return read("recap", "mean", said, reading, metric=metric)


def test_a_share_is_read_from_per_cent_where_its_sign_or_the_reading_says_so() -> None:
    assert shares(["83%", "83 %", "83,5%", "0,83", "0.83", "83.125%"]) == [
        Decimal("0.83"), Decimal("0.83"), Decimal("0.835"), Decimal("0.83"), Decimal("0.83"),
        Decimal("0.8313"),
    ]  # fmt: skip
    per_cent = Reading(percent=True)
    assert shares(["83", "83,5", "83%", "0", "0,83"], per_cent) == [
        Decimal("0.83"), Decimal("0.835"), Decimal("0.83"), Decimal("0"), None,
    ]  # fmt: skip
    assert shares(["0,11"], Reading(percent=True, small_percent=True)) == [Decimal("0.0011")]


def test_only_shares_are_divided_by_a_hundred() -> None:
    per_cent = Reading(percent=True)

    assert shares(["83", "83%"], per_cent, "mean_training_hours") == [Decimal("83"), None]
    assert read("recap", "numerator", ["83"], per_cent) == [Decimal("83")]


@pytest.mark.parametrize("blank", [" ", "\t", "\r\n", "\u00a0", "\u200b", "\u202f", "\ufeff"])
def test_blanks_at_either_end_are_no_part_of_a_text(blank: str) -> None:
    said = f"{blank}Pelayanan prima \u2013 caf\u00e9{blank}"
    assert read("training", "course", [said]) == ["Pelayanan prima \u2013 caf\u00e9"]
    assert read("training", "course", [f"Pelayanan prima{blank}"]) == ["Pelayanan prima"]


NIP = "198609262015051001"


@pytest.mark.parametrize(
    "said",
    [NIP, f"'{NIP}", f" {NIP}", f"{NIP} ", f"{NIP}\t", f"{NIP}\u00a0", f"\u200b{NIP}\ufeff",
     f"{NIP}\n", "19860926 201505 1 001", "19860926\u00a0201505\u00a01\u00a0001",
     "'19860926\t201505 1 001 "],
)  # fmt: skip
def test_blanks_around_and_within_a_nip_make_no_other_person_of_it(said: str) -> None:
    assert read("training", "employee_id", [said]) == [NIP]


@pytest.mark.parametrize("said", ["demo-1", "A 12", "NIP\u00e9 1", "12-34"])
def test_what_is_no_number_is_kept_as_a_persons_mark(said: str) -> None:
    assert read("training", "employee_id", [f" {said}\t"]) == [said]


@pytest.mark.parametrize(
    "said", ["-", " - ", "n/a", "N/A", "N/A\t", "-\u00a0", "n/a\u200b", "", "  ", "\u00a0", None]
)
def test_a_dash_and_blank_mean_that_nothing_is_known(said: str | None) -> None:
    for of, column in (("recap", "n"), ("training", "provider"), ("employee", "valid_to")):
        assert read(of, column, [said]) == [None]


def test_other_texts_are_missing_only_where_the_reading_says_so() -> None:
    named = Reading(missing=("-", "8888", "9999", "tidak tahu"))
    said = ["8888", "9999.0", "9999,0", "88880"]

    assert read("recap", "n", said) == [8888, 9999, 9999, 88880]
    assert read("recap", "n", said, named) == [None, None, None, 88880]
    assert read("training", "provider", ["Tidak tahu", "TIDAK TAHU", "n/a"], named) == [
        None, None, "n/a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "column", "said", "found"),
    [
        ("appraisal", "predicate", "Kurang / Misconduct", "kurang"),
        ("appraisal", "predicate", "Kurang/misconduct", "kurang"),
        ("appraisal", "predicate", "Cukup/Butuh Perbaikan", "butuh_perbaikan"),
        ("appraisal", "predicate", "SANGAT BAIK", "sangat_baik"),
        ("appraisal", "predicate", "Sangat  kurang", "sangat_kurang"),
        ("appraisal", "work_result", "Diatas Ekspektasi", "above"),
        ("appraisal", "work_result", "DIATAS ESPEKTASI", "above"),
        ("appraisal", "behaviour", "Di atas ekspektasi", "above"),
        ("appraisal", "behaviour", "Sesuai", "meets"),
        ("appraisal", "behaviour", "SESUAI ESPEKTASI", "meets"),
        ("appraisal", "behaviour", "Dibawah ekspektasi", "below"),
        ("appraisal", "cycle", "Triwulan", "quarterly"),
        ("appraisal", "cycle", "bulanan", "monthly"),
        ("appraisal", "rater", "Atasan", "supervisor"),
        ("appraisal", "rater", "Rekan kerja", "peer"),
        ("appraisal", "scale", "PP 46 Tahun 2011", "pp46"),
        ("organisation_rating", "rating", "ISTIMEWA", "istimewa"),
        ("employee", "sex", "P", "F"),
        ("employee", "sex", "L", "M"),
        ("employee", "sex", "Laki - laki", "M"),
        ("employee", "sex", "PEREMPUAN", "F"),
        ("employee", "sex", "wanita", "F"),
        ("employee", "sex", "Pria", "M"),
        ("employee", "sex", "m", "M"),
        ("employee", "status", "P3K", "PPPK"),
        ("employee", "status", "PPPK Paruh Waktu", "PPPK_PARUH_WAKTU"),
        ("employee", "status", "pns", "PNS"),
        ("employee", "position_type", "JPT PRATAMA", "structural"),
        ("employee", "position_type", "Administrator", "structural"),
        ("employee", "position_type", "Jabatan Fungsional Tertentu", "functional"),
        ("employee", "position_type", "Jabatan Fungsional Umum", "executor"),
        ("employee", "position_type", "Pelaksana", "executor"),
        ("employee", "grade", "III/A", "III/a"),
        ("employee", "grade", "iii a", "III/a"),
        ("employee", "grade", "Penata Muda (III/a)", "III/a"),
        ("employee", "grade", "I/d -  GRADE IV", "I/d"),
        ("employee", "grade", "Penata Muda Tingkat I", "III/b"),
        ("employee", "grade", "Golongan IX", "IX"),
        ("employee", "grade", "ix", "IX"),
        ("training", "field", "Sosial Kultural", "socio_cultural"),
        ("training", "mode", "E-Learning", "non_classical"),
        ("training", "mode", "Non Klasikal", "non_classical"),
        ("training", "completed", "Ya", True),
        ("training", "completed", "y", True),
        ("training", "completed", "LULUS", True),
        ("training", "completed", "Selesai", True),
        ("training", "completed", "Tidak Lulus", False),
        ("training", "completed", "belum", False),
        ("recap", "age_band", "60 tahun ke atas", "60+"),
        ("recap", "age_band", "30 \u2013 39 tahun", "30-39"),
        ("agency", "kind", "Dinas Kesehatan", "health"),
        ("region", "kind", "KABUPATEN", "kabupaten"),
        ("survey_response", "wave", "Triwulan IV 2025", "2025-Q4"),
        ("survey_response", "wave", "Februari 2025", "2025-02"),
        ("survey_response", "wave", "TW.2/2025", "2025-Q2"),
    ],
)
def test_a_spelling_is_read_as_the_value_it_stands_for(
    of: str, column: str, said: str, found: Any
) -> None:
    assert read(of, column, [said]) == [found]


@pytest.mark.parametrize(
    ("of", "column", "said"),
    [
        ("appraisal", "predicate", "2"),
        ("appraisal", "work_result", "1"),
        ("employee", "sex", "1"),
        ("employee", "sex", "B"),
        ("employee", "position_type", "Jabatan Rangkap (Struktural dan Fungsional)"),
        ("employee", "position_type", "3"),
        ("employee", "status", "PNS Daerah Kab./Kota yang bekerja pada Kab./Kota"),
        ("training", "field", "Workshop"),
        ("recap", "age_band", "56 - 58"),
        ("recap", "age_band", ">60"),
        ("recap", "age_band", "60"),
    ],
)
def test_what_could_be_another_value_is_left_as_it_is(of: str, column: str, said: str) -> None:
    assert read(of, column, [said]) == [said]


def test_a_lone_t_means_what_the_reading_says_and_nothing_else() -> None:
    said = ["t", "T", "f"]

    assert read("training", "completed", said) == [None, None, False]
    assert read("training", "completed", said, Reading(t_means=True)) == [True, True, False]
    assert read("training", "completed", said, Reading(t_means=False)) == [False, False, False]


def test_codes_of_siasn_are_read_where_the_reading_says_whose_they_are() -> None:
    siasn = Reading(codes="siasn")

    assert read("appraisal", "predicate", ["1", "5", "6"], siasn) == [
        "sangat_baik", "sangat_kurang", "6",
    ]  # fmt: skip
    assert read("appraisal", "behaviour", ["1", "3"], siasn) == ["above", "below"]
    assert read("appraisal", "cycle", ["2"], siasn) == ["quarterly"]
    assert read("employee", "position_type", ["1", "3"], siasn) == ["structural", "3"]
    assert read("employee", "grade", ["31", "45"], siasn) == ["III/a", "IV/e"]
    assert read("training", "mode", ["16", "5"], siasn) == ["non_classical", "classical"]


def test_a_bare_region_code_is_read_as_its_authority_gives_it() -> None:
    def code(said: str, **reading: Any) -> str:
        return read("outcome_index", "region_code", [said], Reading(**reading))[0]

    assert code("1801") == "1801"
    assert code("1801", region_codes="kemendagri") == "18.01"
    assert code("1801", region_codes="bps") == "18.04"
    assert code("1801.0", region_codes="bps") == "18.04"
    assert code("5901", region_codes="bkn") == "18.01"
    assert code("5500", region_codes="bkn") == "15"
    assert code("9901", region_codes="bps") == "9901"
    assert code("18.01", region_codes="bps") == "18.01"


def test_every_closed_list_of_values_has_spellings_and_each_is_read() -> None:
    for of in TABLES:
        for column in of.columns:
            if not column.values:
                continue
            known = spellings(SECTIONS[column.values])
            assert set(known.values()) == set(column.values)
            assert read(of.name, column.name, list(known)) == list(known.values())
            assert read(of.name, column.name, column.values) == list(column.values)


@st.composite
def written_value(draw: st.DrawFn) -> tuple[str, str]:
    """A value of the position types, and one of its spellings as somebody may type it."""
    spelling, value = draw(st.sampled_from(sorted(spellings("position_type").items())))
    between = st.sampled_from(("", " ", "  ", "-", " - ", ". ", "/", "_"))
    typed = "".join(draw(st.sampled_from(CASES))(mark) + draw(between) for mark in spelling)
    return value, typed


@settings(max_examples=25, deadline=None)
@given(st.lists(written_value(), min_size=50, max_size=100))
def test_a_spelling_is_read_back_however_it_is_typed(values: list[tuple[str, str]]) -> None:
    assert read("employee", "position_type", [typed for _, typed in values]) == [
        v for v, _ in values
    ]


def test_codes_of_siasn_stand_for_values_of_their_list() -> None:
    for values, name in SECTIONS.items():
        assert set(siasn_codes(name).values()) <= set(values)


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_the_dashboard_calls_a_value_is_one_of_its_spellings(language: str) -> None:
    words = Text(language)
    shown = {of: labels.CATEGORIES[of] for of in SECTIONS.values() if of in labels.CATEGORIES}
    kinds = {"region_kind": table("region"), "agency_kind": table("agency")}
    for name, of in kinds.items():
        shown[name] = {value: labels.KINDS[value] for value in of.column("kind").values}
    named_twice = [*shown.items(), ("rating", labels.CATEGORIES["rating_short"])]
    for name, named in named_twice:
        known = spellings(name)
        for value, label in named.items():
            if value in known.values():
                assert known.get(folded(words.say(label))) == value


def test_a_setting_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="decimals is 'point', and not one of: either, comma, dot"):
        Reading(decimals="point")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="region_codes is 'dagri'"):
        Reading(region_codes="dagri")  # pyright: ignore[reportArgumentType]


def test_what_the_contract_itself_writes_is_read_by_every_reading() -> None:
    """Whatever a file's reading says, canonical text has one meaning."""
    readings = [
        Reading(decimals=decimals, day_first=day_first, codes="siasn", region_codes="bps")
        for decimals in ("comma", "dot", "either")
        for day_first in (True, False)
    ]
    canonical = {Kind.DATE: "2025-03-05", Kind.INTEGER: "12", Kind.BOOLEAN: "false"}
    for reading in readings:
        assert read("employee", "valid_from", [canonical[Kind.DATE]], reading) == [
            dt.date(2025, 3, 5)
        ]
        assert read("recap", "n", [canonical[Kind.INTEGER]], reading) == [12]
        assert read("recap", "mean", ["0.8125", "12.5"], reading, metric="mean_training_hours") == [
            Decimal("0.8125"), Decimal("12.5"),
        ]  # fmt: skip
        assert read("outcome_index", "region_code", ["15.71"], reading) == ["15.71"]


def test_the_grades_of_bandar_lampung_are_read_as_what_they_begin_with() -> None:
    file = Path(__file__).resolve().parents[3] / "shared/data/bandar-lampung/bkd2023_tidy.csv"
    if not file.exists():
        pytest.skip("needs ../shared/data/bandar-lampung")
    with file.open(encoding="utf-8-sig", newline="") as rows:
        said = sorted({row[1] for row in csv.reader(rows) if row[0] == "golongan_x_jk"})

    assert len(said) == 16  # "I/a -GRADE I", "I/d - GRADE IV" and so on
    assert read("employee", "grade", said) == [label.split()[0] for label in said]


def test_every_code_of_siasn_has_the_name_that_its_list_gives_it() -> None:
    lists = Path(__file__).resolve().parents[3] / "shared/data/siasn-reference"
    if not lists.exists():
        pytest.skip("needs ../shared/data/siasn-reference")
    named = {
        "predicate": "kuadranNilai", "rating": "perilakuDanKinerja", "cycle": "periodik",
        "position_type": "jenisJabatan", "grade": "golonganPns", "mode": "jenisDiklat",
        "field": "jenisDiklat",
    }  # fmt: skip
    for of, file in named.items():
        codes, known = siasn_codes(of), spellings(of)
        for entry in json.loads((lists / f"{file}.json").read_text(encoding="utf-8")):
            name = entry.get("nama") or entry["jenis"]
            assert codes.get(entry["id"]) == known.get(folded(name)), f"{of} {entry}"
