"""Estimates leave the records only where enough people stand behind them."""

# pyright: reportArgumentType=false, reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame, an array or a plain value.

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics.answers import UnknownName, open_snapshot
from analytics.audit import audit
from analytics.cells import open_work
from analytics.store.records import Store
from analytics.store.snapshots import snapshot_path
from analytics.studies import STUDIES, write_estimates
from analytics.studies.base import FEWEST_PEOPLE, Estimate
from analytics.text import text
from analytics.text.phrase import Phrase, packed, unpacked
from tests.version_two import change

LONGER = {"training_effect"}
"""Studies that one year is too short for: they say why."""


def test_an_estimate_over_too_few_people_says_so_and_nothing_else():
    few = Estimate(measure="alpha", value=0.8, low=0.7, high=0.9, units=3, people=29)
    shown = few.protected
    assert (shown.value, shown.low, shown.high, shown.units, shown.people) == (
        *(None, None, None),
        *(0, 0),
    )
    assert text("id").retell(shown.reason) == "Kurang dari 30 orang di baliknya."


def test_an_estimate_over_enough_people_is_kept_as_it_is():
    enough = Estimate(measure="alpha", value=0.8, people=FEWEST_PEOPLE)
    assert enough.protected is enough


def test_a_reason_is_said_in_the_readers_language_after_it_was_stored():
    inner = Phrase("{number} points", number="6,2")
    outer = Phrase.joined(Phrase("{number} per 1,000", number=inner), Phrase("Reliability"))
    again = unpacked(packed(outer))
    assert text("id").retell(again) == text("id").retell(outer)
    assert again == outer
    assert unpacked(packed("")) == ""


def test_every_study_finds_something_in_a_demo_store_and_keeps_small_places_back(demo: Store):
    snapshot = open_snapshot(demo)
    for key in STUDIES:
        rows = snapshot.estimates(key).rows
        assert rows["value"].notna().any() or key in LONGER, key
        told = rows[rows["value"].notna()]
        assert (told["people"] >= FEWEST_PEOPLE).all()
        assert (rows.loc[rows["value"].isna(), "reason"] != "").all()


def test_why_there_is_no_estimate_is_said_in_the_readers_language(demo: Store):
    rows = open_snapshot(demo).estimates("rater_agreement").rows
    reasons = {text("id").retell(reason) for reason in rows["reason"] if reason}
    assert "Kurang dari 30 orang di baliknya." in reasons


def test_the_audit_finds_an_estimate_over_too_few_people(demo: Store, tmp_path: Path):
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(snapshot_path(demo, open_snapshot(demo).id).read_bytes())
    assert audit(copy) == []
    with duckdb.connect(str(copy)) as opened:
        opened.execute("UPDATE estimate SET people = 29 WHERE rowid = 0")
    assert audit(copy) == ["estimate: 1 stand on fewer than 30 people."]


def test_the_audit_takes_a_snapshot_of_before_there_were_estimates(demo: Store, tmp_path: Path):
    older = tmp_path / "older.duckdb"
    older.write_bytes(snapshot_path(demo, open_snapshot(demo).id).read_bytes())
    with duckdb.connect(str(older)) as opened:
        opened.execute("DROP TABLE estimate")
    assert audit(older) == []


SHUFFLED = ("employee", "appraisal", "training", "survey_response", "adoption", "activity")
WRITTEN = "SELECT * FROM {estimate} ORDER BY ALL"


def test_the_same_records_in_another_order_and_under_other_keys_leave_the_same_estimates(
    demo: Store, tmp_path: Path
):
    with duckdb.connect(str(snapshot_path(demo, open_snapshot(demo).id)), read_only=True) as own:
        first = own.execute(WRITTEN.format(estimate="estimate")).fetchall()
    copy = tmp_path / "records.duckdb"
    copy.write_bytes(demo.records.read_bytes())
    with duckdb.connect(str(copy)) as records:
        for table in SHUFFLED:
            records.execute(f"CREATE TEMP TABLE again AS SELECT * FROM {table}")
            if table in ("employee", "appraisal", "training"):
                records.execute("UPDATE again SET employee_id = md5(employee_id::VARCHAR)::UUID")
            records.execute(f"DELETE FROM {table}")
            records.execute(f"INSERT INTO {table} SELECT * FROM again ORDER BY hash(rowid)")
            records.execute("DROP TABLE again")
    work = open_work(str(tmp_path / "work.duckdb"), str(copy))
    work.execute("ATTACH ':memory:' AS snapshot")
    write_estimates(work)
    again = work.execute(WRITTEN.format(estimate="snapshot.estimate")).fetchall()
    work.close()
    assert len(first) > 100
    assert again == first


def test_a_study_without_its_records_leaves_no_row():
    with duckdb.connect() as work:
        work.execute("ATTACH ':memory:' AS records")
        work.execute("ATTACH ':memory:' AS snapshot")
        for table in {table for study in STUDIES.values() for table in study.tables}:
            work.execute(f"CREATE TABLE records.{table} (nothing INTEGER)")
        write_estimates(work)
        assert work.execute("SELECT count(*) FROM snapshot.estimate").fetchall() == [(0,)]


def test_an_unknown_study_is_answered_with_the_nearest(demo: Store):
    with pytest.raises(UnknownName, match="survey_reliability"):
        open_snapshot(demo).estimates("survey_reliabilty")


def test_a_snapshot_of_an_earlier_version_has_no_estimates(demo: Store, tmp_path: Path):
    older = Store(tmp_path / "older")
    for path in demo.path.rglob("*"):
        if (
            path.is_file()
            and path.suffix in (".json", ".duckdb", "")
            and "records" not in path.name
        ):
            target = older.path / path.relative_to(demo.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    change(older, "DROP TABLE estimate")
    assert open_snapshot(older).estimates("survey_reliability").rows.empty
