"""Ranks over random weights: cases that can be worked out, and a slow plain version."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.sensitivity import SAMPLES, rank_intervals


def test_a_unit_that_is_best_in_every_part_is_first_whatever_the_weights():
    parts = np.array([[5, 5, 5], [3, 4, 1], [4, 2, 2]])
    found = rank_intervals(parts, np.array([1, 1, 1]))
    assert (found.rank[0], found.low[0], found.high[0], found.first[0]) == (1, 1, 1, 1)


@pytest.mark.parametrize("edge", [0.5, 1.0, 3.0])
def test_two_units_of_two_parts_are_first_as_often_as_can_be_worked_out(edge):
    # Weights w and 1 - w, any w as likely as any other: (1, 0) beats (0, e) where w > e (1 - w),
    # so with a probability of 1 / (1 + e).
    found = rank_intervals(np.array([[1, 0], [0, edge]]), np.array([1, 1]))
    assert found.first[0] == pytest.approx(1 / (1 + edge), abs=4 * 0.5 / SAMPLES**0.5)


def test_weights_held_closer_leave_less_room():
    parts = np.random.default_rng(1).normal(size=(12, 4))
    wide = rank_intervals(parts, np.array([4, 3, 2, 1]))
    close = rank_intervals(parts, np.array([4, 3, 2, 1]), certainty=50)
    assert (close.high - close.low).sum() < (wide.high - wide.low).sum()
    assert close.rank.tolist() == wide.rank.tolist()


PARTS = st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=2, max_size=10)


@given(PARTS)
def test_ranks_equal_a_count_of_the_better_and_lie_in_their_range(parts):
    found = rank_intervals(np.array(parts), np.array([2, 1, 1]))
    index = [2 * a + b + c for a, b, c in parts]
    assert found.rank.tolist() == [1 + sum(other > own for other in index) for own in index]
    assert ((found.low >= 1) & (found.low <= found.high) & (found.high <= len(parts))).all()
    assert found.first.sum() >= 1 - 1e-9


def test_units_with_the_same_parts_share_their_ranks():
    found = rank_intervals(np.array([[0.1, 0.7], [0.1, 0.7], [0.9, 0.2]]), np.array([1, 1]))
    for part in (found.rank, found.low, found.high, found.first):
        assert part[0] == part[1]


def test_a_unit_that_lacks_a_part_has_no_rank_and_changes_no_other():
    parts = np.array([[1.0, 2.0], [2.0, 1.5]])
    alone = rank_intervals(parts, np.array([1, 1]))
    found = rank_intervals(np.vstack([parts, [np.nan, 9.0]]), np.array([1, 1]))
    assert found.low[:2].tolist() == alone.low.tolist()
    assert np.isnan([found.rank[2], found.low[2], found.high[2], found.first[2]]).all()


def test_a_weight_of_nothing_or_a_missing_one_is_refused():
    for weights in ([1, 0], [1]):
        with pytest.raises(ValueError, match="one weight above 0"):
            rank_intervals(np.array([[1.0, 2.0]]), np.array(weights))
