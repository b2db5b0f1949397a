"""What activities did is found where it was planted, and nowhere else."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import numpy as np
import pytest

from analytics.stats.verdict import Verdict
from analytics.store.demo.truths import FORUM_EFFECT, SOCIALISATION_EFFECT
from analytics.studies import activity_effects
from analytics.studies.base import Estimate


@pytest.fixture(scope="module")
def found(work: duckdb.DuckDBPyConnection) -> list[Estimate]:
    return list(activity_effects.fit(work))


def effect(found: list[Estimate], kind: str, place: str = "all", measure: str = "effect"):
    (one,) = [e for e in found if (e.measure, e.subject, e.place) == (measure, kind, place)]
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    return one, one.value, one.low, one.high


def test_the_planted_effect_of_forums_is_found(found):
    one, _, low, high = effect(found, "forum")
    assert low <= FORUM_EFFECT <= high
    assert one.verdict == Verdict.ROSE
    assert high - low < 0.03
    placebo = effect(found, "forum", measure="placebo")
    assert placebo[2] <= 0 <= placebo[3]


@pytest.mark.parametrize("kind", ["socialisation", "coaching", "mentoring"])
def test_where_nothing_was_planted_no_change_is_claimed(found, kind):
    one, _, low, high = effect(found, kind)
    assert low <= SOCIALISATION_EFFECT <= high
    assert one.verdict == Verdict.NO_LARGER
    told = {e.verdict for e in found if e.measure == "effect" and e.subject == kind}
    assert not told & {Verdict.ROSE, Verdict.FELL}


def test_the_effect_of_each_month_begins_after_the_activity(found):
    by_month = {
        e.position: e
        for e in found
        if (e.measure, e.subject, e.place) == ("by_month", "forum", "all")
    }
    assert sorted(by_month) == list(range(-6, 13))
    after = [by_month[month].low for month in range(1, 13)]
    before = [by_month[month] for month in range(-6, 1)]
    assert min(after) > 0
    assert sum(one.low <= 0 <= one.high for one in before) >= 6
    assert all(one.units >= activity_effects.FEWEST_AGENCIES for one in by_month.values())


def _records(work: duckdb.DuckDBPyConnection):
    """Active share by agency and number of the month, the month of the first forum, and the place."""
    active: dict[str, dict[int, float]] = defaultdict(dict)
    place = {}
    rows = work.execute(
        "SELECT agency_id, region_code, 12 * year(month) + month(month), expected_users, active_users"
        " FROM records.adoption JOIN records.agency USING (agency_id)"
        " WHERE outage_days < day(last_day(month)) / 2 AND expected_users > 0"
    ).fetchall()
    for agency, government, month, expected, users in rows:
        active[agency][month] = users / expected
        place[agency] = government
    forum = dict(
        work.execute(
            "SELECT agency_id, min(12 * year(date) + month(date)) FROM records.activity"
            " WHERE kind = 'forum' GROUP BY 1"
        ).fetchall()
    )
    return active, forum, place


def test_the_effect_is_that_of_plain_differences_within_governments(work, found):
    active, forum, place = _records(work)
    beside = defaultdict(list)
    for agency, government in place.items():
        beside[government].append(agency)
    months = sorted({month for course in active.values() for month in course})
    groups = defaultdict(list)
    for agency, month in forum.items():
        if month > months[0] and agency in place:
            groups[month].append(agency)

    def gain(agency: str, base: int, month: int) -> float | None:
        own = active[agency]
        others = [
            active[o][month] - active[o][base]
            for o in beside[place[agency]]
            if forum.get(o, 10**6) > month and month in active[o] and base in active[o]
        ]
        if month not in own or base not in own or not others:
            return None
        return own[month] - own[base] - float(np.mean(others))

    effects, sizes = [], []
    for start, agencies in groups.items():
        cells = []
        for month in range(start + 1, min(start + 12, months[-1]) + 1):
            gains = [g for a in agencies if (g := gain(a, start - 1, month)) is not None]
            if len(gains) > 1:
                cells.append(np.mean(gains))
        if cells:
            effects.append(np.mean(cells))
            sizes.append(len(agencies))
    assert effect(found, "forum")[1] == pytest.approx(np.average(effects, weights=sizes))


def test_too_few_governments_give_no_effect_and_say_why(work):
    work.execute("CREATE TEMP TABLE kept AS SELECT * FROM activity WHERE kind = 'forum'")
    with duckdb.connect() as small:
        use = work.execute(activity_effects.USE).df().query("region <= 4")
        first = work.execute("SELECT * FROM kept").df()
        small.execute(
            "CREATE TABLE adoption AS SELECT *, 0 AS outage_days, 31 AS days,"
            " active * expected_users AS active_users FROM use"
        )
        small.execute(
            "CREATE TABLE place_of AS SELECT DISTINCT agency, region, province_code FROM use"
        )
        small.execute("CREATE TABLE activity AS SELECT * FROM first")
        assert len(use)
        assert len(first)
        told = [e for e in activity_effects.fit(small) if e.place == "all"]
    assert [e.value for e in told] == [None]
    assert told[0].reason == (
        "Fewer than 5 governments with agencies that had it and agencies that had not."
    )
