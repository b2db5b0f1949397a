"""Funnels: limits that the UK Health Security Agency publishes, and slow plain versions."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.stats.funnel import (
    CHANCE_ALONE,
    LEVELS,
    Spread,
    mean_funnel,
    rate_funnel,
    share_funnel,
    spread_of,
)
from analytics.stats.intervals import Moments, pooled_deviation

# UKHSA, R package PHEindicatormethods, tests/testthat/testdata_funnel_rate_outputs.csv: baseline
# 116.1720835 per 100,000; events, population of a year (three years are pooled) at which so many
# lie on the lower 95 % limit, the limit, and the same of the upper 95 % limit.
BASELINE = 116.1720835
PUBLISHED_RATES = [
    (1, 1598.675694, 20.85059119, 7.264481402, 4588.535848),
    (5, 3348.002593, 49.78092521, 465.8280129, 357.7858395),
    (9, 4902.152951, 61.19760093, 1180.827018, 254.0592274),
]
PUBLISHED_RATES_998 = [
    (1, 2649.348525, 12.58170943, 0.287087625, 116108.569),
    (5, 4721.370883, 35.30048174, 212.14848, 785.6132963),
    (9, 6501.096999, 46.14605812, 703.6760012, 426.3325728),
]


@pytest.mark.parametrize(
    ("level", "published"), [(0.95, PUBLISHED_RATES), (0.998, PUBLISHED_RATES_998)]
)
def test_rates_have_the_limits_that_the_health_agency_publishes(level, published):
    funnel = rate_funnel(
        np.array([1]), np.array([1]), per=100_000, target=BASELINE, spread=CHANCE_ALONE
    )
    for _, low_population, low, high_population, high in published:
        population = 3 * np.array([low_population, high_population])
        found_low, found_high = funnel.limits.at(population, level)
        assert found_low[0] == pytest.approx(low, rel=1e-5)
        assert found_high[1] == pytest.approx(high, rel=1e-5)


@pytest.mark.parametrize(
    ("population", "low", "high", "low_998", "high_998"),
    [
        # UKHSA, PHEindicatormethods, tests/testthat/testdata_funnel_prop_outputs.csv: baseline
        # 80.642448 %, by the normal curve; ours are exact, so they meet where numbers are large.
        (9998, 79.867989, 81.416907, 79.421375, 81.863521),
        (110000, 80.408963, 80.875933, 80.274317, 81.010578),
    ],
)
def test_shares_of_many_have_the_limits_that_the_health_agency_publishes(
    population, low, high, low_998, high_998
):
    funnel = share_funnel(np.array([1]), np.array([2]), target=0.80642448, spread=CHANCE_ALONE)
    wanted = {0.95: (low, high), 0.998: (low_998, high_998)}
    for level in LEVELS:
        found = [float(end[0]) for end in funnel.limits.at(np.array([population]), level)]
        assert 100 * np.array(found) == pytest.approx(wanted[level], abs=0.015)


def test_a_share_lies_outside_as_the_health_agency_says():
    # UKHSA, PHEindicatormethods, tests/testthat/testdata_funnel_prop_inputs.csv, column
    # significance: primary care trusts, numerators to whole numbers, baseline 80.642448 %.
    events = np.array([35078, 24804, 50051, 26789, 30278, 24649, 21139])
    trials = np.array([41980, 31824, 61921, 33012, 37828, 30521, 25992])
    found = share_funnel(events, trials, target=0.80642448, spread=CHANCE_ALONE)
    assert found.outside.tolist() == [0.998, -0.998, 0.0, 0.95, -0.95, 0.0, 0.95]


COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def plain_side(below, above) -> float:
    """The level whose tail is passed, with its side, from the two exact tail probabilities."""
    found = 0.0
    for level in LEVELS:
        tail = (1 - level) / 2
        found = -level if below < tail else level if above < tail else found
    return found


@given(COUNTS, st.floats(0.05, 0.95))
def test_a_share_lies_outside_where_the_exact_binomial_test_says_so(count, target):
    events, trials = count
    below = stats.binom.cdf(events, trials, target)
    above = stats.binom.sf(events - 1, trials, target)
    found = share_funnel(np.array([events]), np.array([trials]), target=target, spread=CHANCE_ALONE)
    assert found.outside[0] == plain_side(below, above)


@given(st.integers(0, 60), st.floats(0.5, 40))
def test_a_rate_lies_outside_where_the_exact_poisson_test_says_so(events, expected):
    found = rate_funnel(np.array([events]), np.array([expected]), target=1.0, spread=CHANCE_ALONE)
    below, above = stats.poisson.cdf(events, expected), stats.poisson.sf(events - 1, expected)
    assert found.outside[0] == plain_side(below, above)


def slow_spread(values, variances, target) -> tuple[float, float]:
    """Spiegelhalter's steps, one unit after another."""
    scores = [(v - target) / math.sqrt(s) for v, s in zip(values, variances, strict=True)]
    ends = [float(np.percentile(scores, p)) for p in (10, 90)]
    units = len(scores)
    phi = sum(min(max(z, ends[0]), ends[1]) ** 2 for z in scores) / units
    end = stats.norm.ppf(0.9)
    phi /= 0.8 - 2 * end * stats.norm.pdf(end) + 0.2 * end**2
    if phi < 1 + 2 * math.sqrt(2 / units):
        return float(phi), 0.0
    weights = [1 / s for s in variances]
    between = (units * phi - (units - 1)) / (
        sum(weights) - sum(w * w for w in weights) / sum(weights)
    )
    return float(phi), float(max(between, 0.0))


@given(st.lists(COUNTS, min_size=5, max_size=40))
def test_the_spread_between_units_equals_a_slow_plain_one(counts):
    values = np.array([events / trials for events, trials in counts])
    variances = np.array([0.24 / trials for _, trials in counts])
    found = spread_of(values, variances, target=0.4)
    phi, between = slow_spread(values, variances, 0.4)
    assert found.phi == pytest.approx(phi, rel=1e-5)
    assert found.between == pytest.approx(between, rel=1e-4, abs=1e-6)


def test_units_that_differ_beyond_chance_have_a_wider_funnel_and_fewer_outside():
    rng = np.random.default_rng(11)
    trials = rng.integers(50, 3000, 80)
    events = rng.binomial(trials, rng.normal(0.6, 0.05, 80))
    alone = share_funnel(events, trials, spread=CHANCE_ALONE)
    found = share_funnel(events, trials)
    assert found.spread.between == pytest.approx(0.05**2, rel=0.35)
    assert (found.outside != 0).sum() < 10 < (alone.outside != 0).sum()
    for level in LEVELS:
        narrow, wide = alone.limits.at(trials, level), found.limits.at(trials, level)
        assert (wide[0] <= narrow[0]).all()
        assert (wide[1] >= narrow[1]).all()


def test_units_that_differ_alike_lie_outside_at_the_rate_of_the_limits():
    rng, outside = np.random.default_rng(7), []
    for _ in range(200):
        trials = rng.integers(100, 3000, 60)
        events = rng.binomial(trials, rng.normal(0.6, 0.05, 60))
        outside.append((share_funnel(events, trials).outside != 0).mean())
    assert np.mean(outside) == pytest.approx(0.05, abs=0.015)


def test_units_that_differ_by_chance_alone_have_no_spread_and_one_in_twenty_outside():
    rng = np.random.default_rng(5)
    trials = rng.integers(50, 3000, 4000)
    found = share_funnel(rng.binomial(trials, 0.6), trials)
    assert found.spread.between == 0
    assert (found.outside != 0).mean() == pytest.approx(0.05, abs=0.012)
    assert (np.abs(found.outside) == 0.998).mean() == pytest.approx(0.002, abs=0.002)


def test_a_funnel_of_means_by_hand():
    # Target 50, deviation 10, n 25: the standard error is 2.
    found = mean_funnel(
        np.array([25 * 53.0, 25 * 57.0, 25 * 45.0, 0.0]),
        np.array([25, 25, 25, 0]),
        deviation=10,
        target=50,
        spread=CHANCE_ALONE,
    )
    assert found.z[:3].tolist() == pytest.approx([1.5, 3.5, -2.5])
    assert found.outside.tolist() == [0.0, 0.998, -0.95, 0.0]
    assert np.isnan(found.z[3])
    low, high = found.limits.at(np.array([25]), 0.95)
    assert (low[0], high[0]) == pytest.approx((50 - 1.96 * 2, 50 + 1.96 * 2), abs=1e-3)


def test_the_target_is_the_figure_of_all_units_together_unless_given():
    found = share_funnel(np.array([10, 40]), np.array([20, 180]))
    assert found.target == 0.25


def test_a_unit_whose_figure_is_missing_changes_no_other():
    events, trials = np.array([10, 40, 30, 22, 51, 9]), np.array([20, 180, 90, 60, 140, 30])
    alone = share_funnel(events, trials)
    found = share_funnel(np.append(events, np.nan), np.append(trials, 50))
    assert (found.target, found.spread) == (alone.target, alone.spread)
    assert found.outside.tolist() == [*alone.outside.tolist(), 0.0]
    assert np.isnan(found.z[-1])


def test_of_few_units_the_spread_is_not_told_and_the_reason_is():
    found = share_funnel(np.array([3, 4]), np.array([10, 10]))
    assert found.spread == Spread(None, None, found.spread.reason)
    assert found.spread.reason == "Fewer than 5 units: too few to tell how units differ."


def test_where_all_or_nobody_has_it_no_unit_lies_outside():
    for events in ([0, 0, 0, 0, 0], [4, 9, 5, 2, 7]):
        found = share_funnel(np.array(events), np.array([4, 9, 5, 2, 7]))
        assert found.outside.tolist() == [0.0] * 5


def test_departments_of_the_survey_panel_that_lie_outside_on_change_managed_well(shared_data):
    # The panel has no numbers of people, so an organisation's size is the waves it took part in:
    # the spread of chance is that of its own waves, 2009 to 2024.
    panel = pd.read_csv(shared_data / "csps" / "csps_org_year_wide.csv")
    item = "lmc.change_managed_well"
    theirs = panel.loc[(panel["level"] == "organisation") & panel[item].notna()]
    scores = [group[item].to_numpy() for _, group in theirs.groupby("org_uid")]
    names = theirs.drop_duplicates("org_uid", keep="last").sort_values("org_uid")["org"].tolist()
    total, n = (np.array([part(one) for one in scores], float) for part in (np.sum, len))
    squares = np.array([float((one**2).sum()) for one in scores])
    deviation = pooled_deviation(Moments(total, squares, n))
    assert deviation == pytest.approx(9.12, abs=0.01)
    found = mean_funnel(total, n, deviation or 0.0)

    assert found.spread.phi == pytest.approx(10.0, abs=0.1)
    outside = {
        level: {name for name, out in zip(names, found.outside, strict=True) if out == level}
        for level in (-0.998, -0.95, 0.95, 0.998)
    }
    assert outside[0.998] == {"Attorney General's Office", "Welsh Revenue Authority"}
    assert outside[-0.998] == set()
    assert outside[-0.95] == {"Animal Health and Veterinary Laboratories Agency"}
    assert outside[0.95] == {
        "Department for Exiting the European Union",
        "Estyn",
        "Legal Aid Agency",
        "Scottish Housing Regulator",
        "UK Statistics Agency",
    }
