"""Agreement of raters is that of the pairs of evaluations in the records, counted one by one."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from analytics.studies import rater_agreement

LEVELS = {"above": 0, "meets": 1, "below": 2}


def _step(result: str, behaviour: str) -> int:
    """The predicate by the matrix of PermenPANRB 6/2022, 0 for Sangat Baik to 4."""
    if behaviour == "below":
        return 4 if result == "below" else 3
    if result == "below":
        return 2
    return 0 if result == behaviour == "above" else 1


def _kappa(pairs: Counter[tuple[int, int]]) -> float:
    """Cohen's weighted kappa with squared distances, by its formula."""
    n = sum(pairs.values())
    seen = sum((a - b) ** 2 * count for (a, b), count in pairs.items()) / n
    first, second = Counter(), Counter()
    for (a, b), count in pairs.items():
        first[a] += count
        second[b] += count
    expected = sum((a - b) ** 2 * first[a] * second[b] for a in first for b in second) / n**2
    return 1 - seen / expected


def test_kappa_of_each_role_is_that_of_its_pairs(work: duckdb.DuckDBPyConnection):
    rows = work.execute(
        "SELECT employee_id::VARCHAR, period_end, rater, work_result, behaviour"
        " FROM records.appraisal WHERE year(period_end) = 2025 AND cycle = 'annual'"
        " AND work_result IS NOT NULL"
    ).fetchall()
    own = {(e, day): _step(r, b) for e, day, rater, r, b in rows if rater == "supervisor"}
    pairs: dict[str, Counter[tuple[int, int]]] = {}
    for person, day, rater, result, behaviour in rows:
        if rater != "supervisor" and (person, day) in own:
            pair = own[person, day], _step(result, behaviour)
            pairs.setdefault(rater, Counter())[pair] += 1
    found = {e.subject: e for e in rater_agreement.fit(work) if e.level == "all"}
    assert set(found) == set(pairs) == {"peer", "self", "subordinate", "public"}
    for role, of_role in pairs.items():
        assert found[role].value == pytest.approx(_kappa(of_role))
        assert found[role].people == sum(of_role.values())


def test_raters_who_agree_half_the_time_are_told_from_chance(work: duckdb.DuckDBPyConnection):
    """In the demo other raters repeat the supervisor's draw half the time."""
    (peer,) = [e for e in rater_agreement.fit(work) if (e.level, e.subject) == ("all", "peer")]
    assert peer.low is not None
    assert peer.low > 0
