"""Differences of two groups: published examples, a slow plain version, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.contrast import adjusted_gap, crude_gap
from analytics.stats.intervals import wilson


def test_a_crude_gap_as_published():
    """Newcombe 1998, Statistics in Medicine 17:873–890, table II: 56/70 against 48/80."""
    gap = crude_gap(56, 70, 48, 80)
    assert gap is not None
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert gap.clear


def test_the_admissions_of_berkeley_turn_round_as_published():
    """Freedman, Pisani and Purves, Statistics, ch. 2: 44 % of men and 30 % of women are admitted (to the
    six largest majors 45 and 30); weighted by all applicants to each major, 39 % and 43 %."""
    men = np.array([825, 560, 325, 417, 191, 373])
    women = np.array([108, 25, 593, 375, 393, 341])
    admitted = men * np.array([0.62, 0.63, 0.37, 0.33, 0.28, 0.06])
    admitted_women = women * np.array([0.82, 0.68, 0.34, 0.35, 0.24, 0.07])
    crude = crude_gap(admitted_women.sum(), women.sum(), admitted.sum(), men.sum())
    assert crude is not None
    assert crude.value == pytest.approx(0.30 - 0.45, abs=0.01)
    found = adjusted_gap(admitted_women, women, admitted, men)
    assert found.gap is not None
    assert found.gap.value == pytest.approx(0.43 - 0.39, abs=0.005)
    assert found.covered == 1


counts = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))
groups = st.lists(st.tuples(counts, counts), min_size=1, max_size=4)


def plain(cells) -> tuple[float, float, float] | None:
    """Group by group: weights, standardised shares, and the two distances that make up each end."""
    kept = [(one, other) for one, other in cells if one[1] and other[1]]
    if not kept:
        return None
    everyone = sum(one[1] + other[1] for one, other in kept)
    value = down = up = 0.0
    for one, other in kept:
        weight = (one[1] + other[1]) / everyone
        for sign, (events, trials) in ((1, one), (-1, other)):
            ends = wilson(np.array([events]), np.array([trials]))
            share = events / trials
            below = weight * (share - float(ends.low[0]))
            above = weight * (float(ends.high[0]) - share)
            value += sign * weight * share
            down += (below if sign > 0 else above) ** 2
            up += (above if sign > 0 else below) ** 2
    return value, value - down**0.5, value + up**0.5


@given(groups)
def test_an_adjusted_gap_equals_a_slow_plain_one(cells):
    sides = [np.array([cell[side][part] for cell in cells]) for side in (0, 1) for part in (0, 1)]
    found = adjusted_gap(*sides)
    wanted = plain(cells)
    if wanted is None:
        assert found.gap is None
        assert found.reason
    else:
        assert found.gap is not None
        assert (found.gap.value, found.gap.low, found.gap.high) == pytest.approx(wanted, abs=1e-9)


@given(counts, counts)
def test_of_a_single_group_the_adjusted_gap_is_the_crude_one(one, other):
    crude = crude_gap(*one, *other)
    found = adjusted_gap(*(np.array([part]) for part in (*one, *other))).gap
    assert (crude is None) == (found is None)
    if crude and found:
        assert (found.value, found.low, found.high) == pytest.approx(
            (crude.value, crude.low, crude.high), abs=1e-9
        )


def test_people_of_groups_that_one_side_lacks_are_left_out_and_counted():
    found = adjusted_gap(np.array([5, 9]), np.array([10, 30]), np.array([2, 0]), np.array([10, 0]))
    assert found.gap is not None
    assert found.gap.value == pytest.approx(0.3)
    assert found.covered == pytest.approx(20 / 50)


def test_a_withheld_figure_leaves_no_gap():
    assert crude_gap(float("nan"), 10, 2, 10) is None
    found = adjusted_gap(np.array([np.nan]), np.array([10]), np.array([2]), np.array([10]))
    assert found.gap is None
    assert found.reason


def test_the_interval_of_an_adjusted_gap_holds_the_truth_at_its_rate():
    random = np.random.default_rng(1)
    trials, other = np.array([400, 300, 80]), np.array([90, 300, 300])
    share, other_share = np.array([0.05, 0.15, 0.3]), np.array([0.07, 0.16, 0.28])
    standard = (trials + other) / (trials + other).sum()
    truth = (standard * (share - other_share)).sum()
    held = 0
    for _ in range(400):
        gap = adjusted_gap(
            random.binomial(trials, share), trials, random.binomial(other, other_share), other
        ).gap
        assert gap is not None
        held += gap.low <= truth <= gap.high
    assert 0.92 <= held / 400 <= 0.98
