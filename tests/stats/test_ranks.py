"""Ranks of uncertain figures: what can be worked out, and a published formula of their mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from analytics.stats.ranks import SAMPLES, rank_of_estimates

# 12 hospitals' operations and deaths, from "Surgical: institutional ranking" in the examples of BUGS
# (Spiegelhalter and others 1996).
OPERATIONS = np.array([47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360])
DEATHS = np.array([0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24])


def expected_rank(value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The mean rank, by Lingsma and others 2009, BMC Medical Research Methodology 9:53."""
    apart = (value[None, :] - value[:, None]) / np.hypot(error[None, :], error[:, None])
    beaten = norm.cdf(apart)
    np.fill_diagonal(beaten, 0)
    return 1 + beaten.sum(axis=1)


def test_the_mean_rank_of_twelve_hospitals_is_that_of_the_published_formula():
    share = (DEATHS + 1) / (OPERATIONS + 2)
    error = np.sqrt(share * (1 - share) / (OPERATIONS + 3))
    found = rank_of_estimates(share, error)
    # the standard error of a mean of SAMPLES ranks of 12 is below 4 / sqrt(SAMPLES)
    assert found.mean == pytest.approx(expected_rank(share, error), abs=4 * 4 / SAMPLES**0.5)
    # H and B are the first two of twelve; D, with 810 operations, can be told best of the middle
    assert found.rank[[7, 1]].tolist() == [1, 2]
    assert found.high[7] <= 4
    assert found.high[3] - found.low[3] < found.high[9] - found.low[9]


VALUES = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 2)), min_size=2, max_size=12)


@given(VALUES)
def test_ranks_lie_in_their_range_and_have_the_mean_of_the_formula(units):
    value, error = np.array(units).T
    found = rank_of_estimates(value, error)
    assert ((found.low >= 1) & (found.low <= found.high) & (found.high <= len(value))).all()
    assert found.rank.tolist() == [1 + sum(other > own for other in value) for own in value]
    assert found.mean == pytest.approx(expected_rank(value, error), abs=0.5)


def test_units_that_nothing_tells_apart_can_have_almost_any_rank():
    found = rank_of_estimates(np.zeros(40), np.ones(40))
    assert (found.low <= 3).all()
    assert (found.high >= 38).all()


def test_a_figure_without_doubt_has_one_rank_and_one_without_error_none():
    found = rank_of_estimates(
        np.array([3.0, 2.0, 2.0, np.nan, 9.0]), np.array([0, 0, 0, 1, np.nan])
    )
    assert found.rank[:3].tolist() == [1, 2, 2]
    assert found.low[:3].tolist() == found.high[:3].tolist() == [1, 2, 2]
    assert np.isnan([found.rank[3:], found.low[3:], found.high[3:]]).all()
