"""Imports as a whole: all or nothing, what refers to what, rejects, repeats, demo data."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
import stat

import pytest

from analytics.intake.findings import ImportRefused, IntakeError
from analytics.intake.load import import_files, refuse_over_real_data
from analytics.intake.staging import LISTED
from analytics.store.records import open_records
from tests.intake.desk import Desk, right


def appraisals(count: int) -> list[dict[str, str]]:
    return [right("appraisal", employee_id=f"demo-{number}") for number in range(count)]


def test_one_bad_row_leaves_the_store_as_it_was(desk: Desk) -> None:
    desk.with_agency()
    good = desk.file("adoption.csv", right("adoption"))
    bad = desk.file("appraisal.csv", right("appraisal"), right("appraisal", rater="boss"))
    before = desk.ask("SELECT * FROM batch")
    refusal = desk.refused(good, bad)

    assert "1 rows are wrong in 1 of 2 tables" in str(refusal)
    assert [(r.batch_id, r.rows_loaded) for r in refusal.reports] == [(None, 0), (None, 0)]
    assert desk.count("adoption") == desk.count("appraisal") == 0
    assert desk.ask("SELECT * FROM batch") == before
    assert desk.ask("SELECT * FROM import_finding") == []


def test_the_good_rows_of_a_file_can_be_kept_and_the_rest_mended(desk: Desk) -> None:
    desk.with_agency()
    rows = [
        {"NAMA": "Budi", **right("adoption", month=f"2025-0{month}-01", outage_days=days)}
        for month, days in ((1, "0"), (2, "40"), (3, "1"))
    ]
    report = desk.load(desk.file("adoption_2025.csv", *rows), keep_good=True)[0]

    assert (report.rows_loaded, report.rows_rejected) == (2, 1)
    assert desk.ask(
        "SELECT rows_loaded, rows_rejected FROM batch WHERE table_name = 'adoption'"
    ) == [(2, 1)]
    assert desk.ask("SELECT table_name, rule, rows FROM import_finding") == [
        ("adoption", "outage_days: range", 1)
    ]
    assert report.rejects is not None
    assert report.rejects.parent == desk.store.path / "rejects"
    assert stat.S_IMODE(report.rejects.stat().st_mode) == 0o600
    with report.rejects.open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert list(rejected[0]) == ["line", "what_is_wrong", *right("adoption")]
    assert rejected[0]["line"] == "3"
    assert rejected[0]["what_is_wrong"].startswith("outage_days: is not between 0 and 31.")

    mended = desk.file("adoption_mended.csv", rejected[0] | {"outage_days": "4"})
    assert desk.load(mended)[0].rows_loaded == 1
    assert desk.count("adoption") == 3


def test_an_import_that_is_broken_off_leaves_no_rows_and_no_rejects(desk: Desk) -> None:
    desk.with_agency()

    def stop(what: str, share: float) -> None:
        if what.endswith("career_event.csv") and share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.load(
            desk.file("adoption.csv", right("adoption"), right("adoption", outage_days="40")),
            desk.file("career_event.csv", right("career_event")),
            keep_good=True,
            progress=stop,
        )

    assert desk.count("adoption") == 0
    assert not list((desk.store.path / "rejects").iterdir())


def test_the_same_file_again_changes_nothing_and_says_so(desk: Desk) -> None:
    desk.with_agency()
    file = desk.file("adoption.csv", right("adoption"))
    desk.load(file)
    copy = desk.folder / "adoption_copy.csv"
    copy.write_bytes(file.read_bytes())
    again = desk.load(file, copy)

    assert all("already loaded" in report.notes[0] for report in again)
    assert all(report.rows_loaded == 0 for report in again)
    assert desk.count("adoption") == 1


def test_a_row_whose_key_is_loaded_or_repeated_is_refused(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("training.csv", right("training")))
    says = desk.says(
        desk.file(
            "training_2.csv",
            right("training", provider="other"),
            right("training", employee_id="demo-2"),
            right("training", employee_id="'demo-2", course="Pelayanan prima "),
        )
    )

    assert "line 2" in says[0]
    assert "is already loaded" in says[0]
    assert "line 4" in says[1]
    assert "as an earlier row" in says[1]
    assert len(says) == 2


def test_keys_with_empty_parts_are_compared_too(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("recap.csv", right("recap"), right("recap", sex="F")))
    says = desk.says(desk.file("recap_2.csv", right("recap", sex="F", numerator="31")))

    assert len(says) == 1
    assert "is already loaded" in says[0]


def test_files_are_loaded_in_the_order_in_which_they_refer_to_each_other(desk: Desk) -> None:
    reports = desk.load(
        desk.file("appraisal.csv", right("appraisal", agency_id="99-DINAS")),
        desk.file("agency.csv", right("agency", agency_id="99-DINAS", region_code="99")),
        desk.file("region.csv", right("region")),
    )

    assert [report.table for report in reports] == ["appraisal", "agency", "region"]
    assert desk.ask("SELECT region_code FROM region") == [("99",)]


def regions(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    names = ("region_code", "kind", "province_code")
    return [right("region", **dict(zip(names, row, strict=True))) for row in rows]


def test_a_region_lies_in_a_province_of_its_file_or_of_the_store(desk: Desk) -> None:
    desk.with_agency()
    wrong = regions(
        ("98", "provinsi", "98"),
        ("98.01", "kabupaten", "98"),
        ("98.02", "kabupaten", "98.01"),
        ("98.03", "kota", "98.03"),
        ("15.90", "kota", "15"),
        ("15.91", "kota", "15.71"),
    )
    found = desk.refused(desk.file("region.csv", *wrong)).findings

    assert [(f.line, f.column, f.value) for f in found] == [
        (4, "province_code", "98.01"),
        (5, "province_code", "98.03"),
        (7, "province_code", "15.71"),
    ]
    assert {f.says for f in found} == {"is not the code of a region of kind provinsi"}
    assert found[0].remedy.startswith("Write the code of the province")


def test_a_fault_of_a_province_is_not_repeated_in_every_region_of_it(desk: Desk) -> None:
    rows = regions(("98", "negara", "98"), ("98.01", "kabupaten", "98"))
    found = desk.refused(desk.file("region.csv", *rows)).findings

    assert [(f.line, f.column) for f in found] == [(2, "kind")]


def test_an_unknown_code_is_refused_with_the_nearest_that_are_known(desk: Desk) -> None:
    desk.with_agency()
    agency = desk.says(desk.file("adoption.csv", right("adoption", agency_id="15.71-DINKS")))
    region = desk.says(desk.file("outcome_index.csv", right("outcome_index", region_code="15.7l")))

    assert '"15.71-DINKS" is not a known agency. Nearest: 15.71-DINKES.' in agency[0]
    assert '"15.7l" is not a known region. Nearest: 15.7' in region[0]


def test_a_fault_of_an_agency_is_not_repeated_in_every_row_about_it(desk: Desk) -> None:
    says = desk.says(
        desk.file("agency.csv", right("agency", kind="clinic")),
        desk.file("adoption.csv", right("adoption")),
    )

    assert len(says) == 1
    assert "clinic" in says[0]


def test_rows_about_a_rejected_agency_are_rejected_with_it(desk: Desk) -> None:
    reports = desk.load(
        desk.file(
            "agency.csv",
            right("agency", kind="clinic", agency_id="A"),
            right("agency", agency_id="B", successor_id="A"),
            right("agency", agency_id="C", successor_id="B"),
            right("agency", agency_id="D"),
        ),
        desk.file(
            "adoption.csv", right("adoption", agency_id="C"), right("adoption", agency_id="D")
        ),
        keep_good=True,
    )

    assert [report.rows_rejected for report in reports[:2]] == [3, 1]
    assert desk.ask("SELECT agency_id FROM agency") == [("D",)]
    assert desk.ask("SELECT agency_id FROM adoption") == [("D",)]


def spans(*ends: tuple[str, str]) -> list[dict[str, str]]:
    return [right("employee", valid_from=first, valid_to=last) for first, last in ends]


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        (("2024-01-01", ""), ("2024-06-01", ""), 3),
        (("2024-01-01", "2024-06-01"), ("2024-06-01", ""), 3),
        (("2024-06-01", ""), ("2024-01-01", "2024-12-31"), 2),
    ],
)
def test_spans_of_a_person_must_not_overlap_in_a_file(
    desk: Desk, first: tuple[str, str], second: tuple[str, str], line: int
) -> None:
    desk.with_agency()
    says = desk.says(desk.file("employee.csv", *spans(first, second)))

    assert len(says) == 1
    assert f"line {line}, valid_from, valid_to: overlaps another span" in says[0]


@pytest.mark.parametrize(
    "ends", [("2024-06-01", "2025-03-31"), ("2025-06-30", ""), ("2025-02-01", "2025-02-28")]
)
def test_spans_of_a_person_must_not_overlap_loaded_ones(desk: Desk, ends: tuple[str, str]) -> None:
    desk.with_agency()
    desk.load(desk.file("employee.csv", *spans(("2025-01-01", "2025-06-30"))))
    says = desk.says(desk.file("employee_2.csv", *spans(ends)))
    apart = desk.load(
        desk.file("employee_3.csv", *spans(("2024-01-01", "2024-12-31"), ("2025-07-01", "")))
    )

    assert len(says) == 1
    assert apart[0].rows_loaded == 2


def test_answers_off_the_scale_are_refused_and_answers_to_unknown_items_noted(desk: Desk) -> None:
    desk.with_agency()
    item = desk.file("survey_item.csv", right("survey_item"))
    off = desk.file("survey_response.csv", right("survey_response", value="6"))
    says = desk.says(item, off)
    report = desk.load(
        item,
        desk.file(
            "survey_response_2.csv",
            right("survey_response"),
            right("survey_response", item="c9", value="77"),
        ),
    )[1]

    assert len(says) == 1
    assert '"6" is not on the scale of its item' in says[0]
    assert report.rows_loaded == 2
    assert "1 answers to 1 items that survey_item does not hold" in report.notes[0]


def test_every_row_keeps_its_file_and_line_and_a_batch_its_hash_and_date(desk: Desk) -> None:
    desk.with_agency()
    file = desk.file(
        "career_event.csv",
        right("career_event", date="2025-03-01"),
        right("career_event", date="2025-03-09"),
    )
    os.utime(file, (0, dt.datetime(2025, 3, 9, 12).timestamp()))
    desk.load(file)

    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert desk.ask(
        "SELECT source, sha256, extracted_on::VARCHAR, synthetic, line"
        " FROM career_event JOIN batch USING (batch_id) ORDER BY line"
    ) == [("career_event.csv", sha256, "2025-03-09", False, line) for line in (2, 3)]


def test_the_day_of_extraction_can_be_given(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("adoption.csv", right("adoption")), extracted_on=dt.date(2025, 2, 1))

    assert desk.ask("SELECT extracted_on::VARCHAR FROM batch WHERE table_name = 'adoption'") == [
        ("2025-02-01",)
    ]


EVENTS = [
    ("appraisal", "period_end", "2025-06-30"),
    ("appraisal", "submitted_on", "2025-06-30"),
    ("training", "start_date", "2025-06-30"),
    ("training", "end_date", "2025-06-30"),
    ("survey_response", "wave", "2026"),
    ("survey_response", "wave", "2025-Q3"),
    ("survey_invited", "wave", "2025-07"),
    ("adoption", "month", "2025-07-01"),
    ("career_event", "date", "2025-06-30"),
    ("service_outcome", "month", "2025-07-01"),
    ("recap", "period_start", "2026-01-01"),
]


@pytest.mark.parametrize(("table", "column", "day"), EVENTS)
def test_what_has_not_come_on_the_day_of_extraction_is_refused(
    desk: Desk, table: str, column: str, day: str
) -> None:
    desk.with_agency()
    row = right(table, **{column: day})
    if table == "training":
        row |= {"end_date": "2025-06-30"}
    if table == "recap":
        row |= {"period_end": "2026-12-31"}
    says = desk.says(desk.file(f"{table}.csv", row), extracted_on=dt.date(2025, 6, 29))

    told = [message for message in says if f'{column}: "{day}" has not come yet' in message]
    assert len(told) == 1
    assert "--extracted-on" in told[0]


TODAY = [
    ("appraisal", {"period_end": "2025-06-29", "due_on": "2025-07-10"}),
    ("survey_invited", {"wave": "2025-Q2"}),
    ("survey_invited", {"wave": "2025"}),
    ("adoption", {"month": "2025-06-01"}),
    ("recap", {"period_start": "2025-01-01", "period_end": "2025-12-31"}),
    ("activity", {"date": "2025-09-01"}),
    ("employee", {"valid_to": "2025-12-31"}),
]


@pytest.mark.parametrize(("table", "changes"), TODAY, ids=str)
def test_what_is_under_way_or_planned_on_the_day_of_extraction_is_taken(
    desk: Desk, table: str, changes: dict[str, str]
) -> None:
    desk.with_agency()
    file = desk.file(f"{table}.csv", right(table, **changes))

    assert desk.load(file, extracted_on=dt.date(2025, 6, 29))[0].rows_loaded == 1


def test_the_shipped_regions_come_with_the_first_import_unless_regions_are_given(
    desk: Desk,
) -> None:
    desk.with_agency()

    assert desk.count("region") == 39
    assert desk.ask("SELECT source, synthetic FROM batch WHERE table_name = 'region'") == [
        ("data/regions.csv", False)
    ]
    desk.load(desk.file("region.csv", right("region")))
    assert desk.count("region") == 40


def hold_demo(desk: Desk) -> None:
    with open_records(desk.store) as connection:
        connection.execute(
            "INSERT INTO batch VALUES (1, 'demo', 'agency', 'x', '2026-01-15', now(), 1, 0, true)"
        )
        connection.execute(
            "INSERT INTO agency VALUES ('DEMO', 'Dinas', 'health', '15.71', NULL, NULL, NULL, 1, 1)"
        )


def test_real_data_never_joins_demo_data(desk: Desk) -> None:
    hold_demo(desk)
    file = desk.file("agency.csv", right("agency"))
    with pytest.raises(IntakeError, match=r"holds demo data.*--replace-demo"):
        desk.load(file)
    desk.load(file, replace_demo=True)

    assert desk.ask("SELECT agency_id FROM agency") == [("15.71-DINKES",)]
    assert desk.ask("SELECT count(*) FROM batch WHERE synthetic") == [(0,)]
    assert desk.count("region") == 39


def test_a_refused_import_leaves_the_demo_data(desk: Desk) -> None:
    hold_demo(desk)
    desk.refused(desk.file("agency.csv", right("agency", kind="clinic")), replace_demo=True)

    assert desk.ask("SELECT agency_id FROM agency") == [("DEMO",)]


def test_demo_data_never_replaces_real_data(desk: Desk) -> None:
    refuse_over_real_data(desk.store)
    desk.with_agency()

    with pytest.raises(IntakeError, match="holds imported data"):
        refuse_over_real_data(desk.store)


def test_all_findings_are_counted_and_the_first_of_each_kind_listed(desk: Desk) -> None:
    desk.with_agency()
    rows = [row | {"rater": "boss"} for row in appraisals(LISTED + 50)]
    with pytest.raises(ImportRefused) as refusal:
        import_files(desk.store, [desk.file("appraisal.csv", *rows)])
    report = refusal.value.reports[0]

    assert report.counts == (("rater: allowed", LISTED + 50),)
    assert [finding.line for finding in report.findings] == list(range(2, LISTED + 2))
    assert report.unlisted == 50
    assert report.rows_rejected == LISTED + 50


def test_a_missing_file_and_an_unknown_table_are_told_by_name(desk: Desk) -> None:
    with pytest.raises(IntakeError, match=r"no\.csv does not exist"):
        desk.load(desk.folder / "no.csv")
    with pytest.raises(IntakeError, match=r"There is no table 'people'.*employee"):
        desk.load(desk.file("x.csv", right("employee")), table="people")


def test_progress_rises_to_the_end_and_names_the_files(desk: Desk) -> None:
    heard: list[tuple[str, float]] = []
    desk.load(
        desk.file("agency.csv", right("agency")),
        progress=lambda what, share: heard.append((what, share)),
    )

    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any("agency.csv" in what for what, _ in heard)
