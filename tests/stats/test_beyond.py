"""What goes beyond the usual: a published consensus value, and plain versions of each step."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm, t

from analytics.stats.beyond import NONE, Usual, above, above_limit, apart, usual_variation

# Nine laboratories' values of one quantity and their variances, from the tests of statsmodels
# (results_meta.py), with what R's metafor finds by Paule and Mandel: mean 62.4076, variance 0.7054.
LABORATORIES = np.array([61.0, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.9])
OWN_VARIANCE = np.array([0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225])


def test_without_a_bound_the_variance_between_laboratories_is_the_published_one():
    found = usual_variation(LABORATORIES - 62.4076199, OWN_VARIANCE, reach=np.inf)
    assert found is not None
    assert found.between == pytest.approx(0.705395309, rel=1e-6)
    assert found.freedom == 8  # of nine less the mean, and no more of any number of units


def test_one_far_unit_hardly_widens_the_usual_variation():
    rng = np.random.default_rng(3)
    deviation, variance = rng.normal(0, 0.02, 39), np.full(39, 1e-6)
    alone = usual_variation(deviation, variance)
    planted = usual_variation(np.append(deviation, 0.5), np.append(variance, 1e-6))
    unbounded = usual_variation(np.append(deviation, 0.5), np.append(variance, 1e-6), reach=np.inf)
    assert alone
    assert planted
    assert unbounded
    assert planted.between < 1.15 * alone.between
    assert unbounded.between > 10 * alone.between


def test_chance_alone_leaves_little_between_units_and_few_units_tell_nothing():
    variance = np.full(2000, 4.0)
    found = usual_variation(np.random.default_rng(5).normal(0, 2, 2000), variance)
    assert found
    assert found.between < 0.4
    assert usual_variation(np.zeros(7), np.ones(7)) is None
    assert usual_variation(np.full(40, np.nan), np.ones(40)) is None


UNITS = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=8, max_size=40).map(
    lambda pairs: np.array(pairs).T
)


@given(UNITS, st.floats(1, 3), st.integers(1, 3))
def test_the_variance_between_units_solves_its_equation(units, reach, centres):
    deviation, variance = units
    found = usual_variation(deviation, variance, centres=centres, reach=reach)
    assert found
    expected = quad(lambda z: min(z * z, reach**2) * norm.pdf(z), -12, 12, points=[-reach, reach])[
        0
    ]
    total = sum(
        min(d * d / (v + found.between), reach**2) for d, v in zip(deviation, variance, strict=True)
    )
    wanted = (len(deviation) - centres) * expected
    if found.between > 0:
        assert total == pytest.approx(wanted, rel=1e-4)
    else:
        assert total <= wanted + 1e-9


@given(st.floats(-4, 4), st.floats(0.1, 3), st.floats(0, 2), st.floats(0, 2), st.integers(3, 60))
def test_p_values_are_the_largest_over_the_null(difference, variance, matters, between, freedom):
    usual = Usual(between, freedom)
    scale = np.sqrt(variance + between)
    shrunk = (between / scale**2) ** 2 / freedom  # one over the freedom of the sum
    freedom = 1 / max(shrunk, 1e-8)
    null = np.linspace(-matters, matters, 41)
    up = [t.sf((difference - true) / scale, freedom) for true in null]
    both = [
        t.sf((abs(difference) - true) / scale, freedom)
        + t.cdf((-abs(difference) - true) / scale, freedom)
        for true in null
    ]
    one = above(np.array([difference]), np.array([variance]), matters, usual)
    two = apart(np.array([difference]), np.array([variance]), matters, usual)
    assert one[0] == pytest.approx(max(up), abs=1e-9)
    assert two[0] == pytest.approx(min(max(both), 2.0), abs=1e-6)


def test_with_nothing_that_matters_and_no_usual_variation_it_is_the_plain_test():
    p = apart(np.array([1.959963985]), np.array([1.0]), 0.0, NONE)
    assert p[0] == pytest.approx(0.05)
    assert above(np.array([1.644853627]), np.array([1.0]), 0.0)[0] == pytest.approx(0.05)


def test_a_missing_figure_has_no_p_value():
    assert np.isnan(above(np.array([np.nan, 1.0]), np.array([1.0, np.nan]), 0.1)).all()
    assert np.isnan(apart(np.array([1.0]), np.array([0.0]), 0.1)).all()


@given(
    st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0, 1)
)
def test_above_a_limit_is_the_sum_of_the_binomial_tail(counts, limit):
    events, trials = counts
    plain = sum(
        comb(trials, k) * limit**k * (1 - limit) ** (trials - k) for k in range(events, trials + 1)
    )
    p = above_limit(np.array([events]), np.array([trials]), limit)
    assert p[0] == pytest.approx(plain, abs=1e-9)


def test_one_taster_of_eight_cups_is_no_more_than_chance_and_eight_are():
    # Fisher 1935, The Design of Experiments, chapter II, with each cup a coin: 1/256 for all eight.
    assert above_limit(np.array([8]), np.array([8]), 0.5)[0] == pytest.approx(1 / 256)
    assert above_limit(np.array([0]), np.array([8]), 0.5)[0] == 1
    assert np.isnan(above_limit(np.array([0]), np.array([0]), 0.5)[0])
