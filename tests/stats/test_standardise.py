"""Direct standardisation: plain arithmetic by hand, what must hold, and how often intervals do.

No published table with its counts and Dobson's ends was at hand; Byar's ends, which it scales, are
checked against the health agency's in test_intervals.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.intervals import byar, t_mean, wilson
from analytics.stats.standardise import (
    Standardised,
    standardised_mean,
    standardised_rate,
    standardised_share,
)

GROUPS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 400), st.integers(1, 1000)),
    min_size=1,
    max_size=8,
)


def test_a_standardised_rate_by_hand():
    # 10 of 100 and 30 of 150 person-years; half of the standard in either group:
    # 0.5 × 0.1 + 0.5 × 0.2 = 0.15, crude 40 / 250; variance 0.25 × (10 / 100² + 30 / 150²).
    found = standardised_rate(np.array([10, 30]), np.array([100, 150]), np.array([7, 7]), per=1000)
    assert found.value == pytest.approx(150)
    assert found.crude == pytest.approx(160)
    scale = math.sqrt(0.25 * (10 / 100**2 + 30 / 150**2) / 40)
    # Byar's ends of 40 events are 28.57 and 54.47 (Garwood's exact ones: 28.58 and 54.47).
    assert found.low == pytest.approx(1000 * (0.15 + scale * (28.57 - 40)), abs=0.1)
    assert found.high == pytest.approx(1000 * (0.15 + scale * (54.47 - 40)), abs=0.1)


@given(GROUPS)
def test_a_standardised_rate_equals_a_slow_plain_one(groups):
    events, exposure, standard = (np.array(part) for part in zip(*groups, strict=True))
    found = standardised_rate(events, exposure, standard, per=100)
    if events.sum() < 10:
        assert (found.value, found.low, found.high) == (None, None, None)
        assert found.reason == "Fewer than 10 events: too few for a standardised rate."
        return
    whole = sum(standard)
    value = sum(w / whole * e / n for e, n, w in groups)
    variance = sum((w / whole) ** 2 * e / n**2 for e, n, w in groups)
    ends = byar(np.array([sum(events)]), np.array([1]), per=1)
    scale = math.sqrt(variance / sum(events))
    assert found.value == pytest.approx(100 * value)
    assert found.low == pytest.approx(100 * (value + scale * (ends.low[0] - sum(events))))
    assert found.high == pytest.approx(100 * (value + scale * (ends.high[0] - sum(events))))


@given(st.lists(st.tuples(st.integers(5, 60), st.integers(60, 400)), min_size=1, max_size=6))
def test_standardised_to_itself_a_place_keeps_its_crude_figure(groups):
    events, trials = (np.array(part) for part in zip(*groups, strict=True))
    rate = standardised_rate(events, trials, trials)
    share = standardised_share(events, trials, trials)
    assert share.value == pytest.approx(share.crude)
    if events.sum() >= 10:
        assert rate.value == pytest.approx(rate.crude)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_of_a_single_group_the_intervals_are_those_without_standardising(pair):
    events, trials = np.array([pair[0]]), np.array([pair[1]])
    found, plain = standardised_share(events, trials, np.array([3])), wilson(events, trials)
    assert (found.low, found.high) == pytest.approx((plain.low[0], plain.high[0]))
    if events[0] >= 10:
        rate, plain = standardised_rate(events, trials, np.array([3])), byar(events, trials, 1)
        assert (rate.low, rate.high) == pytest.approx((plain.low[0], plain.high[0]))


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30))
def test_the_interval_of_a_mean_of_a_single_group_is_students(values):
    total, squares = np.array([sum(values)]), np.array([sum(v * v for v in values)])
    found = standardised_mean(total, squares, np.array([len(values)]), np.array([1]))
    plain = t_mean(total, squares, np.array([len(values)]))
    assert (found.low, found.high) == pytest.approx((plain.low[0], plain.high[0]), abs=1e-6)


def test_a_standardised_mean_by_hand():
    # Groups 1, 2, 3 and 10, 14; standard 3 : 1. Mean 0.75 × 2 + 0.25 × 12 = 4.5; squares within
    # 2 + 8 over 3 degrees of freedom; Student's 0.975 quantile with three is 3.182446.
    found = standardised_mean(
        np.array([6, 24]), np.array([14, 296]), np.array([3, 2]), np.array([3, 1])
    )
    half = 3.182446 * math.sqrt(10 / 3 * (0.75**2 / 3 + 0.25**2 / 2))
    assert found.value == pytest.approx(4.5)
    assert (found.low, found.high) == pytest.approx((4.5 - half, 4.5 + half), abs=1e-5)


def test_intervals_of_standardised_figures_hold_the_truth_at_their_rate():
    rng = np.random.default_rng(2)
    trials, standard = np.array([12, 40, 90, 25, 60]), np.array([30, 20, 10, 25, 15])
    share = np.array([0.15, 0.4, 0.55, 0.8, 0.7])
    truth = float((standard / standard.sum() * share).sum())

    def holds(found: Standardised) -> bool:
        return found.low is not None and found.high is not None and found.low <= truth <= found.high

    held = {"share": 0, "rate": 0, "mean": 0}
    for _ in range(1500):
        found = standardised_share(rng.binomial(trials, share), trials, standard)
        held["share"] += holds(found)
        found = standardised_rate(rng.poisson(share * trials), trials, standard)
        held["rate"] += holds(found)
        values = [rng.normal(level, 2, n) for level, n in zip(share, trials, strict=True)]
        found = standardised_mean(
            np.array([v.sum() for v in values]),
            np.array([(v**2).sum() for v in values]),
            trials,
            standard,
        )
        held["mean"] += holds(found)
    assert {key: count / 1500 for key, count in held.items()} == pytest.approx(
        dict.fromkeys(held, 0.95), abs=0.03
    )


def test_a_place_without_a_group_of_the_standard_is_not_standardised():
    found = standardised_share(np.array([3, 0, 0]), np.array([9, 0, 0]), np.array([1, 1, 1]))
    assert found.crude == pytest.approx(1 / 3)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == "Nobody in 2 of the 3 groups of the standard."


def test_a_place_with_a_missing_figure_is_not_standardised():
    found = standardised_share(np.array([3, np.nan]), np.array([9, 4]), np.array([1, 1]))
    assert (found.crude, found.value) == (None, None)
    assert found.reason == "The figure of a group with people is missing."


def test_a_group_that_the_standard_lacks_is_left_out():
    found = standardised_share(np.array([3, 5]), np.array([9, 5]), np.array([1, 0]))
    assert found.value == pytest.approx(1 / 3)


def test_one_value_a_group_has_no_interval_and_a_place_of_nobody_no_figure():
    alone = standardised_mean(
        np.array([4, 9]), np.array([16, 81]), np.array([1, 1]), np.array([1, 1])
    )
    assert (alone.crude, alone.value) == (6.5, None)
    assert alone.reason == "One value a group: nothing tells how values vary."
    nobody = standardised_rate(np.zeros(2), np.zeros(2), np.ones(2))
    assert (nobody.crude, nobody.value) == (None, None)


@given(GROUPS)
def test_a_standardised_share_stays_between_nothing_and_all(groups):
    events, trials, standard = (np.array(part) for part in zip(*groups, strict=True))
    found = standardised_share(np.minimum(events, trials), trials, standard)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert -1e-12 <= found.low <= found.value <= found.high <= 1 + 1e-12


def test_arrays_of_other_lengths_and_a_standard_of_nobody_are_refused():
    with pytest.raises(ValueError, match="of one length"):
        standardised_share(np.array([1]), np.array([2]), np.array([1, 1]))
    with pytest.raises(ValueError, match="nobody in any group"):
        standardised_share(np.array([1]), np.array([2]), np.array([0]))
