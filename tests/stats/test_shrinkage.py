"""Shrunken estimates: the batting averages of Efron and Morris, and what the method promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.shrinkage import shrunken_means, shrunken_shares

# Efron and Morris 1977, Scientific American 236(5):119–127: hits in the first 45 at bats of
# eighteen players in 1970, and the James–Stein estimates of their batting averages.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
ESTIMATES = [
    0.294, 0.289, 0.285, 0.280, 0.275, 0.275, 0.270, 0.266, 0.261,
    0.261, 0.256, 0.256, 0.256, 0.256, 0.256, 0.252, 0.247, 0.242,
]  # fmt: skip


def test_batting_averages_are_shrunk_as_efron_and_morris_printed():
    found = shrunken_shares(np.array(HITS), np.full(18, 45))
    assert found.value == pytest.approx(ESTIMATES, abs=5e-4)
    assert found.centre == pytest.approx(0.265, abs=5e-4)
    assert 1 - found.weight == pytest.approx(np.full(18, 0.212), abs=5e-4)


def slow_between(own: list[float], chance: list[float]) -> float:
    """The variance between units at which Morris's equation holds, found by halving."""
    units = len(own)

    def left_over(between: float) -> float:
        trust = [1 / (v + between) for v in chance]
        centre = sum(t * y for t, y in zip(trust, own, strict=True)) / sum(trust)
        return sum(
            t * (units / (units - 1) * (y - centre) ** 2 - v - between)
            for t, y, v in zip(trust, own, chance, strict=True)
        )

    low, high = 0.0, 1e6
    if left_over(0.0) <= 0:
        return 0.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if left_over(middle) > 0 else (low, middle)
    return low


UNITS = st.lists(st.tuples(st.integers(-100, 100), st.integers(1, 60)), min_size=4, max_size=25)


@given(UNITS)
def test_the_variance_between_units_solves_the_equation_of_morris(units):
    own = [value / 10 for value, _ in units]
    chance = [variance / 20 for _, variance in units]
    found = shrunken_means(np.array(own), np.array(chance))
    assert found.between == pytest.approx(slow_between(own, chance), rel=1e-3, abs=1e-4)


@given(UNITS)
def test_an_estimate_lies_between_the_raw_value_and_the_centre(units):
    own, chance = (np.array(part, float) for part in zip(*units, strict=True))
    found = shrunken_means(own, chance)
    assert found.centre is not None
    low, high = np.minimum(own, found.centre), np.maximum(own, found.centre)
    assert ((low - 1e-9 <= found.value) & (found.value <= high + 1e-9)).all()
    assert ((found.low <= found.value) & (found.value <= found.high)).all()


@given(UNITS)
def test_a_unit_that_tells_less_is_drawn_further(units):
    own, chance = (np.array(part, float) for part in zip(*units, strict=True))
    weight = shrunken_means(own, chance).weight
    assert (np.diff(weight[np.argsort(chance)]) >= -1e-12).all()


def test_intervals_hold_the_truth_of_agencies_at_their_rate_and_miss_it_by_less_than_raw_ones():
    rng, held, raw_error, error = np.random.default_rng(3), [], [], []
    for _ in range(200):
        trials = rng.integers(8, 400, 40)
        truth = rng.beta(14, 6, 40)
        found = shrunken_shares(rng.binomial(trials, truth), trials)
        held.append(((found.low <= truth) & (truth <= found.high)).mean())
        raw_error.append(((found.raw - truth) ** 2).mean())
        error.append(((found.value - truth) ** 2).mean())
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)
    assert np.mean(error) < 0.8 * np.mean(raw_error)


def test_a_unit_without_cases_has_no_estimate_and_changes_no_other():
    trials = np.array([20, 30, 25, 40, 50])
    events = np.array([5, 20, 12, 30, 11])
    alone = shrunken_shares(events, trials)
    for missing in (0, np.nan):
        found = shrunken_shares(np.append(events, missing), np.append(trials, 0))
        assert found.value[:5].tolist() == alone.value.tolist()
        assert np.isnan([found.raw[5], found.value[5], found.low[5], found.weight[5]]).all()


def test_of_few_units_and_of_equal_ones_nothing_is_shrunk_and_the_reason_is_told():
    few = shrunken_shares(np.array([3, 4, 5]), np.array([10, 10, 10]))
    assert few.centre is None
    assert few.reason == "Fewer than 4 units: too few to tell how units differ."
    same = shrunken_shares(np.array([9, 8, 7, 6, 5]), np.array([9, 8, 7, 6, 5]))
    assert same.centre is None
    assert same.reason == "All units have the same value: there is nothing to draw together."
