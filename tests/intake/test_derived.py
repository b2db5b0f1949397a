"""Columns that are worked out from others: as the contract writes them, or found to be unread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb
import pytest

from analytics.intake.derived import WAYS, Derived
from analytics.intake.findings import Finding
from analytics.intake.headings import Match, canonical
from analytics.intake.query import run
from analytics.intake.sources import sheets_of
from analytics.intake.staging import findings, make_good, stage
from analytics.intake.values import Reading
from analytics.schema import table
from tests.intake.desk import Desk, right

NIP = "198609262015052003"  # synthetic


def staged(
    desk: Desk,
    of: str,
    rows: Sequence[Mapping[str, str]],
    columns: str,
    derived: tuple[Derived, ...] = (),
    constants: Mapping[str, str] | None = None,
    values: Reading | None = None,
) -> tuple[list[tuple], tuple[Finding, ...]]:
    """The given columns of the rows that are good, and the findings of the others."""
    sheet = sheets_of(desk.file("rows.csv", *rows), blank_lines=False)[0]
    names = [canonical(heading) for heading in sheet.headings]
    in_table = table(of)
    own = {c.name for c in in_table.columns} - {d.column for d in derived}
    positions = {name: names.index(name) for name in own if name in names}
    matched = Match(
        in_table, positions, constants=constants or {}, derived=derived, values=values or Reading()
    )
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        read = stage(cursor, 1, sheet, matched, dt.date(2026, 6, 1))
        run(cursor, "CREATE TEMP TABLE pseudonym (number VARCHAR, pseudonym UUID)")
        make_good(cursor, read)
        good = run(cursor, f"SELECT {columns} FROM {read.relation('sound')} ORDER BY position")
        return good, findings(cursor, read)[0]


def employee(**changes: str) -> dict[str, str]:
    return right("employee", **changes)


def test_year_of_birth_sex_and_entry_are_worked_out_of_a_nip(desk: Desk) -> None:
    derived = (
        Derived("birth_year", "nip_birth_year", ("employee_id",)),
        Derived("sex", "nip_sex", ("employee_id",)),
        Derived("entry_date", "nip_entry_date", ("employee_id",)),
    )
    rows = [employee(employee_id=NIP), employee(employee_id="'19900101 201403 1 007")]
    good, found = staged(desk, "employee", rows, "birth_year, sex, entry_date::VARCHAR", derived)

    assert good == [(1986, "F", "2015-05-01"), (1990, "M", "2014-03-01")]
    assert found == ()


@pytest.mark.parametrize(
    "number",
    [
        "198613262015052003",  # no such month of birth
        "198609262015052000",  # cut by Excel
        "199001012023211001",  # a NI PPPK: no month in its place
        "198609262015053003",  # no such sex
        "1.98609E+17",
        "demo-1",
    ],
)
def test_what_a_number_does_not_say_is_found_and_the_number_is_not_repeated(
    desk: Desk, number: str
) -> None:
    derived = (Derived("sex", "nip_sex", ("employee_id",)),)
    good, found = staged(desk, "employee", [employee(employee_id=number)], "sex", derived)

    assert good == []
    assert [f.code for f in found if f.column == "sex"] == ["value.derived"]
    assert not any(number in str(finding) for finding in found)


def test_a_year_of_birth_is_worked_out_of_a_day_that_is_never_shown(desk: Desk) -> None:
    derived = (Derived("birth_year", "year", ("TANGGAL LAHIR",)),)
    days = ("26-09-1986", "3 Mei 1990", "1971.0", "31/02/1986", "", "08-26-1986")
    rows = [employee() | {"TANGGAL LAHIR": said} for said in days]
    good, found = staged(desk, "employee", rows, "birth_year", derived)

    assert good == [(1986,), (1990,), (1971,), (1986,)]
    assert [(f.line, f.code, str(f.says)) for f in found] == [
        (5, "value.derived", "cannot be worked out from TANGGAL LAHIR"),
        (6, "value.empty", "is empty"),
    ]
    assert not any("31/02/1986" in str(finding) for finding in found)


@pytest.mark.parametrize(
    ("how", "texts", "first", "last"),
    [
        ("month", ("2025", "2"), "2025-02-01", "2025-02-28"),
        ("month", ("2024", "Februari"), "2024-02-01", "2024-02-29"),
        ("quarter", ("2025", "III"), "2025-07-01", "2025-09-30"),
        ("quarter", ("2025.0", "TW 4"), "2025-10-01", "2025-12-31"),
        ("year", ("2025",), "2025-01-01", "2025-12-31"),
        ("period", ("Triwulan II 2025",), "2025-04-01", "2025-06-30"),
        ("period", ("2025-Q1",), "2025-01-01", "2025-03-31"),
        ("period", ("Februari 2025",), "2025-02-01", "2025-02-28"),
        ("period", ("2025",), "2025-01-01", "2025-12-31"),
    ],
)
def test_the_days_of_a_period_are_worked_out_of_its_parts(
    desk: Desk, how: str, texts: tuple[str, ...], first: str, last: str
) -> None:
    headings = ("tahun", "bagian")[: len(texts)]
    derived = (
        Derived("period_start", f"{how}_first_day", headings),
        Derived("period_end", f"{how}_last_day", headings),
    )
    row = right("appraisal") | dict(zip(headings, texts, strict=True))
    columns = "period_start::VARCHAR, period_end::VARCHAR"
    good, _ = staged(desk, "appraisal", [row], columns, derived)

    assert good == [(first, last)]


@pytest.mark.parametrize(
    ("how", "texts"),
    [
        ("month", ("2025", "13")),
        ("month", ("25", "1")),
        ("quarter", ("2025", "V")),
        ("year", ("semua",)),
        ("period", ("Semester I 2025",)),
    ],
)
def test_a_period_that_is_none_is_found(desk: Desk, how: str, texts: tuple[str, ...]) -> None:
    headings = ("tahun", "bagian")[: len(texts)]
    derived = (Derived("period_end", f"{how}_last_day", headings),)
    row = right("appraisal") | dict(zip(headings, texts, strict=True))
    good, found = staged(desk, "appraisal", [row], "period_end", derived)

    assert good == []
    assert [finding.code for finding in found] == ["value.derived"]


def test_a_certificate_is_told_from_its_number(desk: Desk) -> None:
    derived = (Derived("certificate", "presence", ("No Sertifikat",)),)
    said = ("123/X/2025", "", " ", "-")
    rows = [right("training") | {"No Sertifikat": number} for number in said]
    good, found = staged(desk, "training", rows, "certificate", derived)

    assert good == [(True,), (False,), (False,), (False,)]
    assert found == ()


def test_what_holds_for_all_rows_is_read_like_a_column(desk: Desk) -> None:
    row = {
        name: value for name, value in right("training").items() if name not in ("field", "mode")
    }
    constants = {"field": "Teknis", "mode": "klasikal"}
    good, _ = staged(desk, "training", [row, row], "field, mode", constants=constants)

    assert good == [("technical", "classical")] * 2


def test_a_way_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no way 'age'"):
        Derived("birth_year", "age", ("umur",))
    with pytest.raises(ValueError, match="month_first_day is worked out from 2 columns"):
        Derived("period_start", "month_first_day", ("tahun",))


def test_every_way_is_tried_above() -> None:
    tried = {"year", "nip_birth_year", "nip_sex", "nip_entry_date", "presence"}
    for how in ("month", "quarter", "year", "period"):
        tried |= {f"{how}_first_day", f"{how}_last_day"}
    assert tried == set(WAYS)


def test_dates_of_both_orders_in_one_column_are_refused_together(desk: Desk) -> None:
    days = ("02/28/2025", "03/05/2025", "04/04/2025", "2025-03-05", "5 Maret 2025")
    rows = [right("training", course=said, start_date="2025-02-01", end_date=said) for said in days]
    good, found = staged(desk, "training", rows, "end_date::VARCHAR")

    assert good == [("2025-04-04",), ("2025-03-05",), ("2025-03-05",)]
    assert [(f.line, f.code, f.value) for f in found] == [
        (2, "date.form", "02/28/2025"),
        (3, "date.order", "03/05/2025"),
    ]

    turned, _ = staged(desk, "training", rows, "end_date::VARCHAR", values=Reading(day_first=False))
    assert turned[:3] == [("2025-02-28",), ("2025-03-05",), ("2025-04-04",)]


def test_dates_of_one_order_put_those_of_other_columns_in_doubt(desk: Desk) -> None:
    """A file set to month first is so in all of its columns, though one holds first days alone."""
    spans = [("02/28/2025", "03/31/2025"), ("04/05/2025", "05/06/2025"), ("01/06/2025", "")]
    rows = [right("employee", valid_from=first, valid_to=last) for first, last in spans]
    _, found = staged(desk, "employee", rows, "valid_from::VARCHAR")

    assert {(f.line, f.column, f.code) for f in found} == {
        (2, "valid_from", "date.form"),
        (2, "valid_to", "date.form"),
        (3, "valid_from", "date.order"),
        (3, "valid_to", "date.order"),
        (4, "valid_from", "date.order"),
    }


def test_a_column_alone_is_in_doubt_among_others_that_settle_the_order(desk: Desk) -> None:
    days = ["02/28/2025", "03/05/2025", *(f"{day}/03/2025" for day in range(13, 32))]
    rows = [
        right("training", course=said, start_date="13/01/2025", end_date=said)
        for said in [*days, "2025-03-01"]
    ]
    rows += [row | {"end_date": "02/28/2025", "course": "x"} for row in rows[:1]]
    _, found = staged(desk, "training", rows, "end_date::VARCHAR")

    assert [(f.value, f.code) for f in found] == [
        ("02/28/2025", "date.form"), ("03/05/2025", "date.order"), ("02/28/2025", "date.form"),
    ]  # fmt: skip


def test_a_mistyped_date_among_many_puts_none_of_them_in_doubt(desk: Desk) -> None:
    days = ("02/28/2025", "03/05/2025", *(f"{day}/03/2025" for day in range(13, 32)), "31/12/2025")
    rows = [right("training", course=said, start_date="2025-02-01", end_date=said) for said in days]
    good, found = staged(desk, "training", rows, "end_date::VARCHAR")

    assert good[0] == ("2025-05-03",)
    assert len(good) == 21
    assert [finding.value for finding in found] == ["02/28/2025"]


WORDS = [
    ("training", "end_date", "31/02/2025", "is not a date", "Write it as 2025-02-28 or"),
    ("training", "end_date", "28/02/25", "has a year of two digits", "Write the year in full"),
    ("training", "end_date", "Februari 2025", "is a month, where a day", "Write the day as well"),
    ("training", "end_date", "02/28/2025", "is a date only with its month first", "which comes"),
    ("training", "end_date", "2025-02-28T17:00:00Z", "by the clock of Greenwich", "local time"),
    ("training", "hours_jp", "1.250", "could be 1250 or 1.250", "which mark is decimal"),
    ("appraisal", "score", "83%", "is a percentage, where a number", "without the sign"),
    ("training", "completed", "t", "could be tidak or true", "what t means"),
    ("appraisal", "predicate", "2", "SIASN's means baik", "that the codes are SIASN's"),
]


@pytest.mark.parametrize(("of", "column", "said", "says", "remedy"), WORDS)
def test_a_finding_says_what_a_value_could_be_and_what_to_write(
    desk: Desk, of: str, column: str, said: str, says: str, remedy: str
) -> None:
    row = right(of, score="80", scale="pp30") if column == "score" else right(of)
    _, found = staged(desk, of, [row | {column: said}], column)

    assert [(finding.column, finding.value) for finding in found] == [(column, said)]
    assert says in found[0].says
    assert remedy in found[0].remedy


def test_a_small_number_in_a_column_of_per_cent_is_asked_about(desk: Desk) -> None:
    row = right("recap", numerator="", denominator="", mean="0,83")
    _, found = staged(desk, "recap", [row], "mean", values=Reading(percent=True))

    assert [str(finding.says) for finding in found] == ["could be a share or a percentage"]


def test_a_code_that_its_authority_does_not_have_is_found(desk: Desk) -> None:
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        run(cursor, REGION_TABLE)
        sheet = sheets_of(
            desk.file(
                "outcome_index.csv",
                right("outcome_index", region_code="1801"),
                right("outcome_index", region_code="9901"),
            ),
            blank_lines=False,
        )[0]
        names = [canonical(heading) for heading in sheet.headings]
        positions = {name: at for at, name in enumerate(names)}
        matched = Match(table("outcome_index"), positions, values=Reading(region_codes="bps"))
        read = stage(cursor, 1, sheet, matched, dt.date(2026, 6, 1))
        make_good(cursor, read)
        good = run(cursor, f"SELECT region_code FROM {read.relation('good')}")
        found = findings(cursor, read)[0]

    assert good == [("18.04",)]
    assert [(f.value, str(f.says), f.code) for f in found] == [
        ("9901", "is not a code of BPS that is known", "region.whose")
    ]


REGION_TABLE = """CREATE TABLE region
  (region_code VARCHAR, bps_code VARCHAR, bkn_code VARCHAR, name VARCHAR, kind VARCHAR)"""
