"""Intervals: published worked examples, and slow plain versions of the same thing."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.stats.intervals import (
    Interval,
    Moments,
    binned_quantile,
    binned_quantile_interval,
    byar,
    difference,
    newcombe,
    pooled_deviation,
    t_mean,
    welch,
    wilson,
)

EDGES = (0, 1, 5, 10, 15, 20, 25, 30, 40, 60, 80)


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857–872, Table I, method 3 (score).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_intervals_newcombe_printed(events, trials, low, high):
    found = wilson(np.array([events]), np.array([trials]))
    assert found.low[0] == pytest.approx(low, abs=5e-5)
    assert found.high[0] == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_the_interval_scipy_gives(pair):
    events, trials = pair
    wanted = stats.binomtest(events, trials).proportion_ci(method="wilson")
    found = wilson(np.array([events]), np.array([trials]))
    assert found.low[0] == pytest.approx(wanted.low, abs=1e-12)
    assert found.high[0] == pytest.approx(wanted.high, abs=1e-12)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_between_nothing_and_all(pair):
    events, trials = pair
    found = wilson(np.array([events]), np.array([trials]))
    assert 0 <= found.low[0] <= events / trials <= found.high[0] <= 1


def test_a_share_of_nobody_has_no_interval():
    found = wilson(np.array([0, 3]), np.array([0, 7]))
    assert np.isnan([found.low[0], found.high[0]]).all()
    assert np.isfinite([found.low[1], found.high[1]]).all()


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:873–890, Table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_difference_of_two_shares_has_the_interval_newcombe_printed(one, other, low, high):
    found = newcombe(*(np.array([number]) for number in (*one, *other)))
    assert found.low[0] == pytest.approx(low, abs=5e-5)
    assert found.high[0] == pytest.approx(high, abs=5e-5)


SHARES = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(SHARES, SHARES)
def test_the_interval_of_a_difference_equals_a_plain_one_and_turns_with_the_sign(one, other):
    (a, m), (b, n) = one, other
    first = stats.binomtest(a, m).proportion_ci(method="wilson")
    second = stats.binomtest(b, n).proportion_ci(method="wilson")
    low = a / m - b / n - math.sqrt((a / m - first.low) ** 2 + (second.high - b / n) ** 2)
    found = newcombe(*(np.array([number]) for number in (a, m, b, n)))
    turned = newcombe(*(np.array([number]) for number in (b, n, a, m)))
    assert found.low[0] == pytest.approx(low, abs=1e-9)
    assert found.high[0] == pytest.approx(-turned.low[0], abs=1e-12)
    assert -1 - 1e-9 <= found.low[0] <= a / m - b / n <= found.high[0] <= 1 + 1e-9


def test_the_interval_of_a_difference_of_rates_holds_the_truth_at_its_rate():
    rng = np.random.default_rng(1)
    events, others = rng.poisson(12, 4000), rng.poisson(30, 4000)
    found = difference(
        events / 100,
        byar(events, np.full(4000, 100), 1),
        others / 200,
        byar(others, np.full(4000, 200), 1),
    )
    held = (found.low <= 0.12 - 0.15) & (found.high >= 0.12 - 0.15)
    assert held.mean() == pytest.approx(0.95, abs=0.015)


@given(st.floats(-9, 9), st.floats(0, 5), st.floats(-9, 9), st.floats(0, 5))
def test_the_difference_of_two_normal_estimates_has_their_errors_squared_and_added(a, e, b, f):
    one, other = (
        Interval(np.array([value - 1.96 * error]), np.array([value + 1.96 * error]))
        for value, error in ((a, e), (b, f))
    )
    found = difference(np.array([a]), one, np.array([b]), other)
    half = 1.96 * math.sqrt(e * e + f * f)
    assert (found.low[0], found.high[0]) == pytest.approx((a - b - half, a - b + half), abs=1e-9)


def test_a_difference_from_nobody_has_no_interval():
    found = newcombe(np.array([3]), np.array([7]), np.array([0]), np.array([0]))
    assert np.isnan([found.low[0], found.high[0]]).all()


def _moments(values) -> Moments:
    values = np.asarray(values, float)
    return Moments(np.array([values.sum()]), np.array([(values**2).sum()]), np.array([len(values)]))


def _moments_of(n: int, mean: float, deviation: float) -> Moments:
    squares = deviation**2 * (n - 1) + n * mean**2
    return Moments(np.array([n * mean]), np.array([squares]), np.array([n]))


def test_the_difference_of_two_means_has_the_test_of_the_nist_handbook():
    # NIST/SEMATECH e-Handbook 1.3.5.3, data set AUTO83B, variances not taken as equal:
    # T = -12.94627 with 136.8750 degrees of freedom.
    found = welch(_moments_of(249, 20.14458, 6.41470), _moments_of(79, 30.48101, 6.10771))
    difference, middle = 20.14458 - 30.48101, (found.low[0] + found.high[0]) / 2
    error = difference / -12.94627
    assert middle == pytest.approx(difference, abs=1e-9)
    assert found.high[0] - middle == pytest.approx(stats.t.ppf(0.975, 136.8750) * error, abs=2e-5)


VALUES = st.lists(st.integers(-50, 50), min_size=2, max_size=40)


@given(VALUES, VALUES)
def test_the_interval_of_a_difference_of_means_equals_the_one_scipy_gives(one, other):
    found = welch(_moments(one), _moments(other))
    if np.var(one) == 0 or np.var(other) == 0:
        one, other = [*one, one[0] + 1], [*other, other[0] + 1]
        found = welch(_moments(one), _moments(other))
    wanted = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found.low[0] == pytest.approx(wanted.low, abs=1e-6)
    assert found.high[0] == pytest.approx(wanted.high, abs=1e-6)


def test_the_difference_of_means_of_values_that_never_vary_is_exact():
    found = welch(_moments([3, 3, 3]), _moments([5, 5]))
    assert found.low[0] == found.high[0] == -2


@given(st.lists(st.lists(st.integers(-20, 20), min_size=0, max_size=6), min_size=1, max_size=6))
def test_the_deviation_within_groups_is_pooled(groups):
    found = pooled_deviation(
        Moments(
            np.array([sum(group) for group in groups]),
            np.array([sum(v * v for v in group) for group in groups]),
            np.array([len(group) for group in groups]),
        )
    )
    freedom = sum(len(group) - 1 for group in groups if group)
    if not freedom:
        assert found is None
        return
    within = sum((v - sum(group) / len(group)) ** 2 for group in groups for v in group)
    assert found == pytest.approx(math.sqrt(within / freedom), abs=1e-6)


def test_a_difference_from_a_single_value_has_no_interval():
    found = welch(_moments([4.0]), _moments([1.0, 2.0, 3.0]))
    assert np.isnan([found.low[0], found.high[0]]).all()


def test_the_mean_has_the_interval_of_the_nist_handbook():
    # NIST/SEMATECH e-Handbook 1.3.5.2, data set ZARR13: the figures as printed there.
    n, mean, deviation = 195, 9.261460, 0.022789
    squares = deviation**2 * (n - 1) + n * mean**2
    found = t_mean(np.array([n * mean]), np.array([squares]), np.array([n]))
    assert found.low[0] == pytest.approx(9.258242, abs=1e-6)
    assert found.high[0] == pytest.approx(9.264679, abs=1e-6)


def test_the_mean_has_the_interval_of_the_public_health_vignette():
    # UKHSA, R package PHEindicatormethods, vignette "Introduction", phe_mean(df, obs): value_sum
    # 477, value_count 8, lowercl 36.08058, uppercl 83.16942.
    values = np.array([27, 22, 80, 53, 37, 84, 89, 85])
    found = t_mean(np.array([values.sum()]), np.array([(values**2).sum()]), np.array([8]))
    assert found.low[0] == pytest.approx(36.08058, abs=5e-6)
    assert found.high[0] == pytest.approx(83.16942, abs=5e-6)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60))
def test_the_interval_of_a_mean_equals_the_one_scipy_gives(hundredths):
    values = np.array(hundredths) / 100
    total, squares = sum(hundredths) / 100, sum(value**2 for value in hundredths) / 10_000
    found = t_mean(np.array([total]), np.array([squares]), np.array([len(values)]))
    error = stats.sem(values)
    low, high = (
        stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=error)
        if error > 0
        else (values[0], values[0])
    )
    # A variance from sums of squares loses digits where values hardly differ: at most some 1e-6.
    assert found.low[0] == pytest.approx(low, abs=1e-5)
    assert found.high[0] == pytest.approx(high, abs=1e-5)


def test_a_mean_of_fewer_than_two_values_has_no_interval():
    found = t_mean(np.array([0.0, 5.0, 9.0]), np.array([0.0, 25.0, 41.0]), np.array([0, 1, 2]))
    assert np.isnan(found.low[:2]).all()
    assert np.isnan(found.high[:2]).all()
    assert np.isfinite([found.low[2], found.high[2]]).all()


@pytest.mark.parametrize(
    ("events", "population", "low", "high"),
    [
        # UKHSA, R package PHEindicatormethods, vignette "Introduction", phe_rate(df, obs, pop).
        (27, 106, 16782.04, 37061.41),
        (22, 113, 12196.90, 29477.68),
        (80, 150, 42288.58, 66378.77),
        (53, 193, 20568.85, 35920.56),
        (37, 159, 16382.37, 32076.16),
        (84, 122, 54917.70, 85245.02),
        (89, 101, 70764.64, 108438.96),
        (85, 196, 34639.24, 53625.01),
    ],
)
def test_byar_gives_the_rates_of_the_public_health_vignette(events, population, low, high):
    found = byar(np.array([events]), np.array([population]), per=100_000)
    assert found.low[0] == pytest.approx(low, abs=0.005)
    assert found.high[0] == pytest.approx(high, abs=0.005)


@given(st.integers(10, 20_000), st.integers(1, 1_000_000))
def test_byar_is_within_a_fifth_of_a_per_cent_of_the_exact_poisson_interval(events, exposure):
    # The bound that Public Health England's technical guide of 2018 gives for counts of 10 or more.
    exact_low = stats.chi2.ppf(0.025, 2 * events) / 2 / exposure * 1000
    exact_high = stats.chi2.ppf(0.975, 2 * events + 2) / 2 / exposure * 1000
    found = byar(np.array([events]), np.array([exposure]), per=1000)
    assert found.low[0] == pytest.approx(exact_low, rel=0.002)
    assert found.high[0] == pytest.approx(exact_high, rel=0.002)


@given(st.integers(0, 2000), st.integers(1, 100_000))
def test_byar_holds_the_rate_and_never_falls_below_nothing(events, exposure):
    found = byar(np.array([events]), np.array([exposure]), per=1000)
    assert 0 <= found.low[0] <= 1000 * events / exposure <= found.high[0]


def test_no_events_have_no_lower_end_but_an_upper_one():
    found = byar(np.array([0]), np.array([500]), per=1000)
    assert found.low[0] == 0
    # Garwood 1936: the exact upper end for no events is 3.689; Byar's lies within 2 % of it.
    assert found.high[0] == pytest.approx(3.689 * 2, rel=0.02)


def test_a_rate_over_no_exposure_has_no_interval():
    found = byar(np.array([0]), np.array([0]), per=1000)
    assert np.isnan([found.low[0], found.high[0]]).all()


def slow_quantile(counts: list[int], edges: tuple[int, ...], quantile: Fraction) -> Fraction:
    """Walk along the values, each as wide as its slice, until the wanted number is passed."""
    left = quantile * sum(counts)
    for count, low, high in zip(counts, edges, (*edges[1:], edges[-1]), strict=True):
        if count and left <= count:
            return low + left / count * (high - low)
        left -= count
    return Fraction(edges[-1])


COUNTS = st.lists(st.integers(0, 30), min_size=len(EDGES), max_size=len(EDGES)).filter(any)


@given(COUNTS, st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]))
def test_a_binned_quantile_equals_a_walk_along_the_values(counts, quantile):
    found = binned_quantile(np.array([counts]), EDGES, float(quantile))
    assert found[0] == pytest.approx(float(slow_quantile(counts, EDGES, quantile)), abs=1e-9)


@given(st.lists(st.integers(0, 120), min_size=1, max_size=200), st.sampled_from([0.25, 0.5, 0.75]))
def test_a_binned_quantile_lies_in_the_bin_of_the_value_found_by_sorting(hours, quantile):
    counts = np.histogram(hours, bins=[*EDGES, np.inf])[0]
    value = sorted(hours)[math.ceil(quantile * len(hours)) - 1]
    low = max(edge for edge in EDGES if edge <= value)
    high = min((edge for edge in EDGES if edge > value), default=low)
    assert low <= binned_quantile(counts[None, :], EDGES, quantile)[0] <= high


def test_a_binned_median_by_hand():
    # 4 of 0, 2 of 1–4, 4 of 5–9: the fifth of ten lies half-way through the bin from 1 to 5.
    assert binned_quantile(np.array([[4, 2, 4]]), (0, 1, 5), 0.5)[0] == pytest.approx(3.0)
    # Where it falls into the last bin, only its lower edge is known.
    assert binned_quantile(np.array([[1, 1, 8]]), (0, 1, 5), 0.5)[0] == 5
    assert np.isnan(binned_quantile(np.array([[0, 0, 0]]), (0, 1, 5), 0.5)[0])


@given(COUNTS, st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]))
def test_the_interval_of_a_binned_quantile_stands_at_the_ranks_that_bound_it(counts, quantile):
    n, q = sum(counts), float(quantile)
    half = float(stats.norm.ppf(0.975)) * math.sqrt(q * (1 - q) / n)
    wanted = [
        float(slow_quantile(counts, EDGES, Fraction(min(max(at, 0.0), 1.0))))
        for at in (q - half, q + half)
    ]
    found = binned_quantile_interval(np.array([counts]), EDGES, q)
    assert found.low[0] == pytest.approx(wanted[0], abs=1e-6)
    assert found.high[0] == pytest.approx(wanted[1], abs=1e-6)


@given(COUNTS)
def test_the_interval_of_a_binned_median_holds_it(counts):
    median = binned_quantile(np.array([counts]), EDGES, 0.5)[0]
    found = binned_quantile_interval(np.array([counts]), EDGES, 0.5)
    assert found.low[0] <= median <= found.high[0]


def test_nobody_has_no_quantile_interval():
    found = binned_quantile_interval(np.zeros((1, 3)), (0, 1, 5), 0.5)
    assert np.isnan([found.low[0], found.high[0]]).all()
