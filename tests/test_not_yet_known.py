"""What a file cannot know yet is no figure: not nothing done, not late, not in time."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.answers import Question, Snapshot, open_snapshot
from analytics.store.records import Store, open_records
from analytics.store.snapshots import publish
from analytics.text import text
from analytics.ui.evidence import ending_early
from tests.builder import REGIONS, write

PEOPLE = [str(uuid.UUID(int=n + 1)) for n in range(100)]
AGENCIES = pd.DataFrame(
    [("15.71-A", "Dinas A", "other", "15.71"), ("17.01-A", "Dinas B", "other", "17.01")],
    columns=["agency_id", "name", "kind", "region_code"],
)
PLACE = {"government": "15.71", "agency": "15.71-A"}


def staff(agency: str = "15.71-A", people: list[str] = PEOPLE) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "employee_id": people,
            "agency_id": agency,
            "valid_from": date(2023, 1, 1),
            "status": "PNS",
            "sex": "F",
            "birth_year": 1980,
            "position_type": "functional",
            "grade": "III/a",
            "education": "S1",
            "entry_date": date(2010, 1, 1),
        }
    )


def evaluated(people: list[str], *years: int) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "employee_id": people,
                "period_start": date(year, 1, 1),
                "period_end": date(year, 12, 31),
                "cycle": "annual",
                "rater": "supervisor",
                "work_result": "meets",
                "behaviour": "meets",
            }
        )
        for year in years
    ]
    return pd.concat(frames, ignore_index=True)


def trained(people: list[str], day: date) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "employee_id": people,
            "course": "K",
            "field": "other",
            "mode": "classical",
            "start_date": day,
            "end_date": day,
            "hours_jp": 24,
            "completed": True,
        }
    )


def published(folder: Path, days: dict[str, date], **tables: pd.DataFrame) -> Snapshot:
    """A snapshot of tables whose files were extracted on the days given, else on 20 January 2026."""
    store = Store(folder / "store")
    write(
        store,
        {"region": REGIONS, "agency": AGENCIES, **tables},
        extracted_on=date(2026, 1, 20),
    )
    connection = open_records(store)
    for name, day in days.items():
        connection.execute("UPDATE batch SET extracted_on = ? WHERE table_name = ?", [day, name])
    connection.close()
    publish(store)
    return open_snapshot(store)


def figures(snapshot: Snapshot, metric: str, **asked: Any) -> dict[tuple[str, str], tuple]:
    rows = snapshot.ask(Question(metric, **asked)).rows
    return {
        (row["place"], row["period"]): (row["numerator"], row["denominator"])
        for row in rows.to_dict("records")
    }


def test_training_of_a_year_whose_file_has_not_come_is_not_known(tmp_path: Path) -> None:
    snapshot = published(
        tmp_path,
        {"training": date(2025, 1, 10)},
        employee=staff(),
        appraisal=evaluated(PEOPLE, 2024, 2025),
        training=trained(PEOPLE[:60], date(2024, 11, 8)),
    )
    assert snapshot.periods("training_coverage", "year") == ["2024"]
    assert figures(snapshot, "training_coverage") == {("all", "2024"): (60, 100)}
    for metric in (
        "mean_training_hours",
        "median_training_hours",
        "missing_training_hours",
        "no_training_share",
    ):
        assert snapshot.periods(metric, "year") == ["2024"], metric
    assert snapshot.periods("headcount", "year") == ["2024", "2025"]
    assert snapshot.periods("training_coverage", "month")[-1] == "2024-12"
    assert not ending_early(snapshot, text("en"))


def test_a_store_without_training_has_no_coverage_of_nothing(tmp_path: Path) -> None:
    snapshot = published(tmp_path, {}, employee=staff(), appraisal=evaluated(PEOPLE, 2024, 2025))
    assert snapshot.periods("training_coverage", "year") == []
    assert figures(snapshot, "training_coverage") == {}
    assert figures(snapshot, "headcount")[("all", "2025")][1] == 100


def test_one_governments_training_that_has_not_come_is_no_zero_of_it(tmp_path: Path) -> None:
    there, other = PEOPLE[:50], PEOPLE[50:]
    snapshot = published(
        tmp_path,
        {},
        employee=pd.concat([staff(people=there), staff("17.01-A", other)], ignore_index=True),
        appraisal=evaluated(PEOPLE, 2025),
        training=trained(there[:40], date(2025, 12, 5)),
    )
    found = figures(snapshot, "training_coverage", level="government")
    assert found == {("15.71", "2025"): (40, 50)}
    assert figures(snapshot, "training_coverage") == {("all", "2025"): (40, 50)}


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("training", trained(PEOPLE[:60], date(2024, 11, 8))),
        (
            "career_event",
            pd.DataFrame(
                {"employee_id": PEOPLE[:60], "date": date(2024, 4, 1), "kind": "promotion"}
            ),
        ),
    ],
)
def test_a_file_that_ends_long_before_its_day_is_asked_about(
    tmp_path: Path, table: str, rows: pd.DataFrame
) -> None:
    snapshot = published(
        tmp_path, {}, employee=staff(), appraisal=evaluated(PEOPLE, 2024, 2025), **{table: rows}
    )
    [asked] = ending_early(snapshot, text("en"))
    assert "2024, and the newest file was extracted on" in asked
    assert "is a file missing?" in asked
    assert "berkas yang belum masuk?" in ending_early(snapshot, text("id"))[0]


@pytest.mark.parametrize(
    ("due", "extracted", "wanted"),
    [
        (date(2026, 1, 10), date(2026, 1, 5), None),
        (date(2026, 1, 10), date(2026, 1, 10), None),
        (date(2026, 1, 10), date(2026, 1, 11), (30, 60)),
    ],
)
def test_what_was_not_due_yet_is_neither_in_time_nor_late(
    tmp_path: Path, due: date, extracted: date, wanted: tuple[int, int] | None
) -> None:
    people = PEOPLE[:60]
    rows = evaluated(people, 2025).assign(due_on=due)
    rows["submitted_on"] = [date(2026, 1, 3) if n < 30 else None for n in range(60)]
    snapshot = published(
        tmp_path, {"appraisal": extracted}, employee=staff(people=people), appraisal=rows
    )
    found = figures(snapshot, "on_time_share")
    assert found == ({("all", "2025"): wanted} if wanted else {})


@pytest.mark.parametrize("outage", [0, 1, 9, 14])
def test_an_outage_makes_entries_no_more_punctual(tmp_path: Path, outage: int) -> None:
    adoption = pd.DataFrame(
        {
            "agency_id": ["15.71-A"],
            "month": [date(2025, 6, 1)],
            "expected_users": [100],
            "active_users": [90],
            "entries_due": [100],
            "entries_on_time": [70],
            "outage_days": [outage],
        }
    )
    snapshot = published(tmp_path, {}, adoption=adoption)
    [(in_time, due)] = figures(snapshot, "adoption_on_time", grain="month").values()
    assert in_time / due == pytest.approx(0.70, abs=0.006)
    assert due == round(100 * (30 - outage) / 30)
