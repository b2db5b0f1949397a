"""What a new snapshot changes is told for the figures that leaders read first."""

from __future__ import annotations

import pytest

from analytics.answers import Question, Snapshot, open_snapshot
from analytics.headlines import headlines
from analytics.store.records import Store
from analytics.store.snapshots import publish
from tests.builder import random_tables, write


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory) -> tuple[Snapshot, Snapshot]:
    """The same records, in the second with ten more hours for each course."""
    tables = random_tables(11, people=80, months=14, agencies=3)
    longer = tables["training"].assign(hours_jp=tables["training"]["hours_jp"] + 10)
    opened = []
    for name, training in (("before", tables["training"]), ("after", longer)):
        store = Store(tmp_path_factory.mktemp(name))
        write(store, tables | {"training": training})
        publish(store)
        opened.append(open_snapshot(store))
    return opened[0], opened[1]


def latest(snapshot: Snapshot, metric: str) -> dict:
    rows = snapshot.ask(Question(metric, level="all", grain="year")).rows
    return rows.sort_values("period").to_dict("records")[-1]


def test_a_headline_is_the_latest_year_of_both_snapshots(snapshots):
    before, after = snapshots
    (told,) = [
        one
        for one in headlines(before, after)
        if (one.metric, one.level) == ("training_coverage", "all")
    ]
    was, now = latest(before, "training_coverage"), latest(after, "training_coverage")
    assert (told.period, told.before, told.after) == (now["period"], was["value"], now["value"])
    assert told.n == now["denominator"]
    assert told.changed
    assert float(now["value"]) > float(was["value"])


def test_what_the_change_does_not_touch_stays_as_it_is(snapshots):
    before, after = snapshots
    told = [one for one in headlines(before, after) if one.metric == "appraisal_completeness"]
    assert {one.level for one in told} == {"all", "province"}
    assert not any(one.changed for one in told)


def test_without_an_earlier_snapshot_there_is_nothing_before(snapshots):
    told = headlines(None, snapshots[1])
    assert told
    assert all(one.before is None for one in told)
