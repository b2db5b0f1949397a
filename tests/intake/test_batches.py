"""Extracts one after another: which row stands, and what is there again after a batch is taken back."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import duckdb
import pytest

from analytics.intake.batches import batches, take_back
from analytics.intake.check import check_records
from analytics.intake.findings import ImportReport, IntakeError
from analytics.schema import TABLES, create_sql
from analytics.store.records import BATCH_DDL, Store
from tests.intake.desk import Desk, right

JANUARY, FEBRUARY, MARCH = (dt.date(2025, month, 28) for month in (1, 2, 3))


def load(desk: Desk, name: str, day: dt.date, *rows: dict[str, str], **options) -> ImportReport:
    """Import a file that was extracted on a day; the report of its one table."""
    return desk.load(desk.file(name, *rows), extracted_on=day, **options)[0]


def invited(number: int, wave: str = "2024") -> dict[str, str]:
    return right("survey_invited", wave=wave, invited=str(number))


def standing(desk: Desk) -> list[tuple]:
    return desk.ask("SELECT invited, batch_id, line FROM survey_invited ORDER BY ALL")


def history(desk: Desk) -> list[tuple]:
    return desk.ask(
        "SELECT invited, batch_id, line, replaced_by FROM replaced_survey_invited ORDER BY ALL"
    )


def sound(desk: Desk) -> bool:
    """Whether the store holds to every rule of the contract."""
    return all(result.holds for result in check_records(desk.store))


def test_a_later_extract_replaces_the_rows_of_its_keys_and_no_others(desk: Desk) -> None:
    desk.with_agency()
    first = load(
        desk,
        "survey_invited_1.csv",
        JANUARY,
        invited(40),
        invited(7, "2023"),
    )
    second = load(desk, "survey_invited_2.csv", FEBRUARY, invited(41), invited(9, "2022"))

    assert (first.batch_id, second.batch_id) == (3, 4)
    assert (second.rows_loaded, second.rows_replaced) == (2, 1)
    assert standing(desk) == [(7, 3, 3), (9, 4, 3), (41, 4, 2)]
    assert history(desk) == [(40, 3, 2, 4)]
    assert "1 rows took the place of older ones" in second.notes


def test_an_earlier_extract_replaces_nothing_and_says_so(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_2.csv", FEBRUARY, invited(41))
    late = load(desk, "survey_invited_1.csv", JANUARY, invited(40))

    assert (late.rows_loaded, late.rows_older, late.rows_replaced) == (0, 1, 0)
    assert any("the newer rows were kept" in note for note in late.notes)
    assert standing(desk) == [(41, 3, 2)]
    assert history(desk) == [(40, 4, 2, 3)]


def test_the_same_row_of_the_same_day_is_passed_over_and_counted(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_1.csv", JANUARY, invited(40))
    again = load(desk, "survey_invited_2.csv", JANUARY, invited(12, "2023"), invited(40))

    assert (again.rows_loaded, again.rows_same) == (1, 1)
    assert standing(desk) == [(12, 4, 2), (40, 3, 2)]


def test_two_files_of_one_day_that_disagree_are_refused_with_both_lines(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_1.csv", JANUARY, invited(12, "2023"), invited(40))
    says = desk.says(desk.file("survey_invited_2.csv", invited(41)), extracted_on=JANUARY)

    assert len(says) == 1
    assert says[0].startswith("survey_invited_2.csv, line 2, wave, agency_id: differs from line 3")
    assert "survey_invited_1.csv (batch 3)" in says[0]
    assert "--extracted-on" in says[0]
    assert standing(desk) == [(12, 3, 2), (40, 3, 3)]


def test_a_refused_file_is_not_said_to_have_replaced_anything(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_1.csv", JANUARY, invited(40))
    refusal = desk.refused(
        desk.file("survey_invited_2.csv", invited(41), invited(-1, "2023")), extracted_on=FEBRUARY
    )

    (report,) = refusal.reports
    assert (report.rows_rejected, report.rows_replaced, report.notes) == (1, 0, ())
    assert standing(desk) == [(40, 3, 2)]


def test_files_of_one_import_are_compared_with_each_other_too(desk: Desk) -> None:
    desk.with_agency()
    files = [
        desk.file("survey_invited_1.csv", invited(40)),
        desk.file("survey_invited_2.csv", invited(41)),
    ]

    assert "differs from line 2 of survey_invited_1.csv" in desk.says(*files)[0]
    assert standing(desk) == []


def test_what_is_taken_back_gives_place_to_the_newest_that_is_left(desk: Desk) -> None:
    desk.with_agency()
    for number, day in ((41, FEBRUARY), (42, MARCH), (40, JANUARY)):
        load(desk, f"survey_invited_{number}.csv", day, invited(number))
    stood = []
    for batch_id in (4, 3):
        taken = take_back(desk.store, batch_id)
        assert taken.taken_back_at is not None
        stood.append((standing(desk), history(desk)))

    assert stood == [
        ([(41, 3, 2)], [(40, 5, 2, 3)]),
        ([(40, 5, 2)], []),
    ]
    assert sound(desk)


def test_a_batch_that_was_replaced_can_be_taken_back_without_a_trace(desk: Desk) -> None:
    desk.with_agency()
    for number, day in ((40, JANUARY), (41, FEBRUARY), (42, MARCH)):
        load(desk, f"survey_invited_{number}.csv", day, invited(number))
    take_back(desk.store, 4)

    assert standing(desk) == [(42, 5, 2)]
    assert history(desk) == [(40, 3, 2, 5)]


def test_a_file_that_was_taken_back_can_be_loaded_again_once(desk: Desk) -> None:
    desk.with_agency()
    file = desk.file("survey_invited.csv", invited(40))
    desk.load(file)
    take_back(desk.store, 3)
    assert standing(desk) == []
    again = desk.load(file)[0]
    more = desk.load(file)[0]

    assert (again.batch_id, again.rows_loaded) == (4, 1)
    assert more.batch_id is None
    assert "already loaded" in more.notes[0]
    assert standing(desk) == [(40, 4, 2)]


def test_batches_are_listed_newest_first_and_stay_when_taken_back(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_1.csv", JANUARY, invited(40), invited(1, "2023"))
    load(
        desk,
        "survey_invited_2.csv",
        FEBRUARY,
        invited(41),
        invited(-1, "2022"),
        keep_good=True,
    )
    take_back(desk.store, 3)
    found = batches(desk.store)

    assert [batch.batch_id for batch in found] == [4, 3, 2, 1]
    newest, before = found[:2]
    assert (newest.source, newest.table) == ("survey_invited_2.csv", "survey_invited")
    assert newest.extracted_on == FEBRUARY
    assert (newest.loaded, newest.replaced, newest.rejected) == (1, 1, 1)
    assert newest.taken_back_at is None
    assert before.taken_back_at is not None
    assert (before.loaded, before.rejected) == (2, 0)
    assert [batch.source for batch in found[2:]] == ["agency.csv", "data/regions.csv"]


def test_a_number_of_a_batch_is_never_given_twice(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_1.csv", JANUARY, invited(40))
    take_back(desk.store, 3)

    assert load(desk, "survey_invited_2.csv", JANUARY, invited(41)).batch_id == 4


def test_what_loaded_rows_refer_to_is_not_taken_back_from_under_them(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited.csv", JANUARY, invited(40))
    agency = next(batch for batch in batches(desk.store) if batch.table == "agency")
    with pytest.raises(IntakeError) as refusal:
        take_back(desk.store, agency.batch_id)

    assert "15.71-DINKES" in str(refusal.value)
    assert "1 rows of survey_invited in batch 3" in str(refusal.value)
    assert standing(desk) == [(40, 3, 2)]
    assert all(batch.taken_back_at is None for batch in batches(desk.store))
    take_back(desk.store, 3)
    take_back(desk.store, agency.batch_id)
    assert desk.count("agency") == 0


def test_a_row_comes_back_only_to_an_agency_that_is_there(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "agency_2.csv", JANUARY, right("agency", agency_id="B"))
    load(desk, "employee_1.csv", JANUARY, right("employee", agency_id="B"))
    load(desk, "employee_2.csv", FEBRUARY, right("employee"))
    take_back(desk.store, 3)
    with pytest.raises(IntakeError, match=r"refer to a agency that is no longer loaded \(B\)"):
        take_back(desk.store, 5)

    assert desk.ask("SELECT agency_id FROM employee") == [("15.71-DINKES",)]
    load(desk, "agency_3.csv", MARCH, right("agency", agency_id="B"))
    take_back(desk.store, 5)
    assert desk.ask("SELECT agency_id FROM employee") == [("B",)]


def test_an_office_that_brings_its_own_regions_is_heard_before_the_shipped_ones(
    desk: Desk,
) -> None:
    load(desk, "agency.csv", MARCH, right("agency"))
    load(desk, "region.csv", JANUARY, right("region", region_code="15", province_code="15"))

    assert desk.ask("SELECT name FROM region WHERE region_code = '15'") == [("Negeri",)]


def test_a_region_is_what_the_later_extract_says_it_is(desk: Desk) -> None:
    desk.with_agency()
    wrong = right("region", region_code="98", kind="kabupaten", province_code="15")
    load(desk, "region_1.csv", JANUARY, wrong)
    mended = right("region", region_code="98", province_code="98")
    within = right("region", region_code="98.01", kind="kota", province_code="98")
    load(desk, "region_2.csv", FEBRUARY, mended, within)

    assert sound(desk)
    assert desk.count("region") == 41


def test_a_batch_that_is_not_there_or_was_taken_back_is_said_to_be(desk: Desk) -> None:
    with pytest.raises(IntakeError, match=r"no batch 7.*analytics batches"):
        take_back(desk.store, 7)
    desk.with_agency()
    load(desk, "survey_invited.csv", JANUARY, invited(40))
    take_back(desk.store, 3)
    with pytest.raises(IntakeError, match="was taken back before"):
        take_back(desk.store, 3)


def test_the_rejects_of_a_batch_that_was_taken_back_no_longer_count(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited.csv", JANUARY, invited(-1), keep_good=True)
    assert desk.ask("SELECT batch_id, line, rule FROM import_reject") == [(3, 2, "invited: range")]
    counted = (
        "SELECT sum(rows)::INT FROM import_finding WHERE batch_id IN (SELECT batch_id FROM batch)"
    )
    assert desk.ask(counted) == [(1,)]
    take_back(desk.store, 3)
    assert desk.ask(counted) == [(None,)]


def rejects_of(report: ImportReport) -> list[dict[str, str]]:
    assert report.rejects is not None
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_mended_rejects_file_keeps_its_day_and_so_replaces_no_newer_row(desk: Desk) -> None:
    desk.with_agency()
    report = load(
        desk,
        "survey_invited_1.csv",
        JANUARY,
        invited(-1),
        invited(-2, "2023"),
        invited(3, "2022"),
        keep_good=True,
    )
    load(desk, "survey_invited_2.csv", FEBRUARY, invited(41))
    mended = [row | {"invited": row["invited"].strip("-")} for row in rejects_of(report)]
    again = desk.load(desk.file("diperbaiki.csv", *mended))[0]

    assert (again.rows_loaded, again.rows_older) == (1, 1)
    assert standing(desk) == [(2, 5, 3), (3, 3, 4), (41, 4, 2)]
    assert batches(desk.store)[0].extracted_on == JANUARY


def test_a_rejects_file_that_is_not_mended_is_rejected_again_and_changes_nothing(
    desk: Desk,
) -> None:
    desk.with_agency()
    report = load(
        desk,
        "survey_invited.csv",
        JANUARY,
        invited(-1),
        invited(3, "2022"),
        keep_good=True,
    )
    assert report.rejects is not None
    desk.refused(report.rejects)

    assert standing(desk) == [(3, 3, 3)]
    assert rejects_of(report)[0]["invited"] == "-1"


def test_rejects_of_an_import_that_was_killed_are_removed_or_given_their_name(desk: Desk) -> None:
    desk.with_agency()
    report = load(desk, "survey_invited.csv", JANUARY, invited(-1), keep_good=True)
    folder = desk.store.path / "rejects"
    assert report.rejects is not None
    report.rejects.rename(f"{report.rejects}.part")  # killed after the last step of the store
    (folder / "4-survey_invited_2.csv.part").write_text("killed before it")
    load(desk, "survey_invited_3.csv", JANUARY, invited(3, "2022"))

    assert list(folder.iterdir()) == [report.rejects]


def test_a_dry_run_counts_what_an_import_would_do_and_does_nothing(desk: Desk) -> None:
    desk.with_agency()
    load(desk, "survey_invited_1.csv", FEBRUARY, invited(40), invited(5, "2023"))
    before = (standing(desk), desk.ask("SELECT * FROM batch"))
    file = desk.file(
        "survey_invited_2.csv",
        invited(41),
        invited(-1, "2022"),
        invited(9, "2021"),
    )
    options = {"extracted_on": MARCH, "keep_good": True}
    dry = desk.load(file, dry_run=True, **options)[0]

    assert (standing(desk), desk.ask("SELECT * FROM batch")) == before
    assert dry.batch_id is None
    assert dry.rejects is None
    assert not list((desk.store.path / "rejects").glob("*"))
    wet = desk.load(file, **options)[0]
    for name in ("rows_loaded", "rows_replaced", "rows_rejected", "findings", "counts", "notes"):
        assert getattr(dry, name) == getattr(wet, name), name
    assert (wet.rows_loaded, wet.rows_replaced, wet.rows_rejected) == (2, 1, 1)


def test_a_dry_run_makes_no_store_and_no_key(desk: Desk, tmp_path: Path) -> None:
    agency = desk.file("agency.csv", right("agency"))
    reports = desk.load(agency, desk.file("employee.csv", right("employee")), dry_run=True)

    assert [report.rows_loaded for report in reports] == [1, 1, 39]
    assert not desk.store.path.exists()
    assert not (tmp_path / "secret").exists()


def test_a_dry_run_is_refused_what_an_import_is_refused(desk: Desk) -> None:
    desk.with_agency()
    says = desk.says(desk.file("survey_invited.csv", invited(-1)), dry_run=True)

    assert "is below 0" in says[0] or "invited" in says[0]
    assert standing(desk) == []


def test_a_store_made_before_there_were_batches_to_take_back_gains_them(desk: Desk) -> None:
    desk.store.path.mkdir()
    with duckdb.connect(str(desk.store.records)) as connection:
        connection.execute(BATCH_DDL)
        for table in TABLES:
            connection.execute(create_sql(table))
        connection.execute(
            "INSERT INTO batch VALUES (7, 'old.csv', 'agency', 'x', '2024-01-15', now(), 1, 0, false)"
        )
        connection.execute(
            "INSERT INTO agency VALUES ('OLD', 'Dinas', 'health', '15', NULL, NULL, NULL, 7, 2)"
        )
    assert [(batch.batch_id, batch.replaced) for batch in batches(desk.store)] == [(7, 0)]
    load(desk, "agency.csv", JANUARY, right("agency", agency_id="OLD", region_code="15"))

    assert desk.ask("SELECT name FROM agency") == [("Dinas Kesehatan",)]
    take_back(desk.store, 9)
    assert desk.ask("SELECT name, batch_id FROM agency") == [("Dinas", 7)]


def test_no_batches_are_listed_where_there_are_no_records(tmp_path: Path) -> None:
    assert batches(Store(tmp_path / "none")) == []


# Spans of employees.


def span(first: str, last: str = "", **changes: str) -> dict[str, str]:
    return right("employee", valid_from=first, valid_to=last, **changes)


def spans(desk: Desk) -> list[tuple]:
    return desk.ask(
        "SELECT valid_from::VARCHAR, valid_to::VARCHAR, agency_id FROM employee ORDER BY valid_from"
    )


@pytest.fixture
def two_agencies(desk: Desk) -> Desk:
    desk.with_agency()
    load(desk, "agency_b.csv", JANUARY, right("agency", agency_id="B"))
    return desk


MOVED = [("2024-01-01", "2025-01-31", "15.71-DINKES"), ("2025-02-01", None, "B")]


def test_a_monthly_extract_ends_the_open_span_of_whoever_has_moved(two_agencies: Desk) -> None:
    desk = two_agencies
    load(desk, "employee_1.csv", JANUARY, span("2024-01-01"))
    load(desk, "employee_2.csv", FEBRUARY, span("2025-02-01", agency_id="B"))

    assert spans(desk) == MOVED
    assert sound(desk)
    take_back(desk.store, 5)
    assert spans(desk) == [("2024-01-01", None, "15.71-DINKES")]


def test_monthly_extracts_may_come_in_any_order(two_agencies: Desk) -> None:
    desk = two_agencies
    load(desk, "employee_2.csv", FEBRUARY, span("2025-02-01", agency_id="B"))
    load(desk, "employee_1.csv", JANUARY, span("2024-01-01"))

    assert spans(desk) == MOVED
    take_back(desk.store, 4)
    assert spans(desk) == [("2024-01-01", None, "15.71-DINKES")]


def test_the_file_itself_may_end_a_span_that_another_had_ended(two_agencies: Desk) -> None:
    desk = two_agencies
    load(desk, "employee_1.csv", JANUARY, span("2024-01-01"))
    load(desk, "employee_2.csv", FEBRUARY, span("2025-02-01", agency_id="B"))
    third = load(desk, "employee_3.csv", MARCH, span("2024-01-01", "2025-01-15"))

    assert third.rows_replaced == 1
    assert spans(desk)[0] == ("2024-01-01", "2025-01-15", "15.71-DINKES")
    take_back(desk.store, 6)
    assert spans(desk) == MOVED
    assert (
        load(
            desk, "employee_4.csv", JANUARY, span("2024-01-01"), span("2023-01-01", "2023-12-31")
        ).rows_same
        == 1
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2024-01-01", ""), ("2024-06-01", "")),
        (("2024-01-01", "2025-01-20"), ("2025-01-10", "")),
        (("2025-02-01", ""), ("2024-01-01", "")),
    ],
    ids=["of one day", "ended by its file", "begun before"],
)
def test_other_spans_that_meet_are_refused(
    two_agencies: Desk, first: tuple[str, str], second: tuple[str, str]
) -> None:
    desk = two_agencies
    load(desk, "employee_1.csv", JANUARY, span(*first))
    day = JANUARY if first == ("2024-01-01", "") else FEBRUARY
    says = desk.says(desk.file("employee_2.csv", span(*second)), extracted_on=day)

    assert len(says) == 1
    assert "overlaps another span" in says[0]


def test_a_refused_span_leaves_the_loaded_one_which_others_must_keep_clear_of(
    two_agencies: Desk,
) -> None:
    desk = two_agencies
    load(desk, "employee_1.csv", JANUARY, span("2024-01-01", "2024-12-31"))
    report = load(
        desk,
        "employee_2.csv",
        FEBRUARY,
        span("2024-01-01", "2024-06-30"),  # is refused, for it meets the next line
        span("2023-06-01", "2024-02-01"),
        span("2024-07-01", "2024-09-30"),  # would fit if the first line were loaded
        keep_good=True,
    )

    assert (report.rows_loaded, report.rows_rejected) == (0, 3)
    assert spans(desk) == [("2024-01-01", "2024-12-31", "15.71-DINKES")]


def test_taking_back_what_keeps_two_spans_apart_is_refused(two_agencies: Desk) -> None:
    desk = two_agencies
    load(desk, "employee_1.csv", JANUARY, span("2024-01-01", "2024-12-31"))
    load(desk, "employee_2.csv", FEBRUARY, span("2024-01-01", "2024-06-30"))
    load(desk, "employee_3.csv", MARCH, span("2024-07-01"))
    with pytest.raises(IntakeError, match="would overlap"):
        take_back(desk.store, 5)

    assert [first for first, _, _ in spans(desk)] == ["2024-01-01", "2024-07-01"]


def test_people_who_are_missing_from_a_later_extract_stay_and_are_counted(
    two_agencies: Desk,
) -> None:
    desk = two_agencies
    load(
        desk,
        "employee_1.csv",
        JANUARY,
        *(span("2024-01-01", employee_id=f"demo-{number}") for number in range(3)),
        span("2024-01-01", employee_id="demo-9", agency_id="B"),
    )
    report = load(desk, "employee_2.csv", FEBRUARY, span("2024-01-01", employee_id="demo-1"))

    assert desk.count("employee") == 4
    assert any(note.startswith("2 people of its agencies") for note in report.notes)
