"""Control charts, trends and projections: printed examples and tables, and slow plain versions."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.stats.trend import (
    SCALE,
    Chart,
    control_chart,
    kendall_score,
    mean_moving_range,
    projection,
    seasonal_projection,
    trend,
)

# NIST/SEMATECH e-Handbook 6.3.2.2, individuals control charts: flow rates, with a mean of 50.81, a
# mean moving range of 1.8778, and limits of 55.8041 and 45.8159.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_limits_are_those_of_the_nist_handbook():
    reach = SCALE * mean_moving_range(np.array(FLOW))
    assert np.mean(FLOW) + reach == pytest.approx(55.8041, abs=0.002)
    assert np.mean(FLOW) - reach == pytest.approx(45.8159, abs=0.002)


def chart_of(*signs: float, settled: int = 12) -> Chart:
    """A chart of values about 0 whose first points swing by one, so that limits lie beyond them."""
    return control_chart(np.array([*([1.0, -1.0] * (settled // 2)), *signs]))


def test_a_point_beyond_the_limits_is_marked():
    found = control_chart(np.array([*[1.0, -1.0] * 10, 30.0]))
    assert found.beyond.tolist() == [False] * 20 + [True]
    # The step to it, beyond 3.27 mean moving ranges, is left out of the limits.
    assert found.high == pytest.approx(30 / 21 + 2.66 * 2)


@pytest.mark.parametrize("sign", [1, -1])
def test_seven_on_one_side_are_marked_and_six_are_not(sign):
    # As in NHSRplotthedots, tests of ptd_seven_point_one_side_mean and ptd_part_of_seven_trend.
    for length in (6, 7, 8):
        tail = np.tile([0.6, 0.4], 4)[:length]
        found = control_chart(sign * np.concatenate([np.tile([1.0, -1.0], 40), tail]))
        assert found.shift[-length:].all() == (length >= 7)
        assert not found.shift[:-length].any()


@pytest.mark.parametrize(
    ("tail", "marked"),
    [
        # NHSRplotthedots, tests of ptd_seven_point_trend: seven that rise or fall; a pause ends it.
        ([1, 2, 3, 4, 5, 6], []),
        ([1, 2, 3, 3, 4, 5, 6], []),
        ([1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6]),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], [1, 2, 3, 4, 5, 6, 7]),
        ([7, 6, 5, 4, 3, 2, 1], [0, 1, 2, 3, 4, 5, 6]),
        ([2, 7, 6, 5, 4, 3, 2, 1, 3], [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_seven_that_rise_or_fall_are_marked(tail, marked):
    # A constant stretch before them, of the value they start from, adds no step.
    values = np.concatenate([np.full(12, float(tail[0])), tail])
    found = control_chart(values)
    rising = [at - 12 for at in np.flatnonzero(found.drift)]
    assert [at for at in rising if at >= 0] == marked


def test_two_of_three_near_a_limit_are_marked_where_all_three_are_on_one_side():
    # Limits lie near 5.3 from 0; a third of the way in begins at some 3.5.
    found = chart_of(4.5, 0.4, 4.5, -0.2, 4.4, -1.0, settled=40)
    assert found.high is not None
    assert found.centre is not None
    assert not found.beyond.any()
    assert np.flatnonzero(found.near).tolist() == [40, 42]


def test_a_point_outside_the_limits_is_not_close_to_them():
    """NHSRplotthedots, R/ptd_spc_standard.R: `close_to_limits = !outside_limits & (y < nlpl | y >
    nupl)`, of which two in three consecutive points on one side are marked."""
    one_near = chart_of(6.5, 0.4, 4.5, -0.2, 1.0, -1.0, settled=60)
    assert np.flatnonzero(one_near.beyond).tolist() == [60]
    assert not one_near.near.any()
    two_near = chart_of(4.5, 6.5, 4.5, -0.2, 1.0, -1.0, settled=60)
    assert np.flatnonzero(two_near.beyond).tolist() == [61]
    assert np.flatnonzero(two_near.near).tolist() == [60, 62]


def test_a_missing_point_ends_a_run_and_is_marked_by_nothing():
    values = np.concatenate([np.tile([1.0, -1.0], 40), [0.6, 0.4, 0.6, np.nan, 0.6, 0.4, 0.6]])
    found = control_chart(values)
    assert not found.special.any()


def slow_chart(values: list[float]) -> dict[str, set[int]]:
    """The rules read aloud, over every window."""
    centre = sum(values) / len(values)
    ranges = [abs(b - a) for a, b in pairwise(values)]
    kept = [r for r in ranges if r <= 3.27 * sum(ranges) / len(ranges)]
    reach = 2.66 * sum(kept) / len(kept)
    found: dict[str, set[int]] = {"beyond": set(), "shift": set(), "drift": set(), "near": set()}
    for at, value in enumerate(values):
        if abs(value - centre) > reach:
            found["beyond"].add(at)
        seven = values[at : at + 7]
        if len(seven) == 7:
            if all(v > centre for v in seven) or all(v < centre for v in seven):
                found["shift"] |= set(range(at, at + 7))
            steps = [b - a for a, b in pairwise(seven)]
            if all(s > 0 for s in steps) or all(s < 0 for s in steps):
                found["drift"] |= set(range(at, at + 7))
        three = values[at : at + 3]
        near = [at + i for i, v in enumerate(three) if reach * 2 / 3 < abs(v - centre) <= reach]
        same = all(v > centre for v in three) or all(v < centre for v in three)
        if len(three) == 3 and same and len(near) >= 2:
            found["near"] |= set(near)
    return found


@given(st.lists(st.integers(-9, 9), min_size=12, max_size=40))
def test_the_marks_equal_the_rules_read_aloud(numbers):
    # Multiples of a binary fraction, so that sums are exact.
    values = [number * 1.375 for number in numbers]
    found, wanted = control_chart(np.array(values)), slow_chart(values)
    for rule, points in wanted.items():
        assert set(np.flatnonzero(getattr(found, rule)).tolist()) == points, rule


def test_of_few_points_no_limits_are_drawn_and_the_reason_is_told():
    found = control_chart(np.array(FLOW))
    assert (found.centre, found.low, found.high) == (None, None, None)
    assert not found.special.any()
    assert found.reason == "Fewer than 12 points: limits of ordinary variation are not drawn."


@pytest.mark.parametrize(
    ("values", "score", "one_sided"),
    [
        # Gilbert 1987, table A18: the probability of a Mann–Kendall score at least so large.
        ([1, 2, 3, 4, 5], 10, 0.0083),
        ([1, 2, 3, 5, 4], 8, 0.042),
        ([2, 1, 3, 5, 4], 6, 0.117),
        ([1, 2, 3, 4, 5, 6, 8, 7], 26, 0.0002),
        ([3, 1, 4, 2, 6, 5, 8, 7], 18, 0.016),
        ([3, 1, 5, 2, 6, 4, 8, 7], 16, 0.031),
    ],
)
def test_the_probability_of_a_score_is_that_of_the_published_table(values, score, one_sided):
    times = np.arange(len(values))
    assert kendall_score(times, np.array(values, float))[0] == score
    assert trend(times, np.array(values)).p == pytest.approx(2 * one_sided, rel=0.05)


@given(st.permutations(range(6)))
def test_the_probability_equals_a_count_of_all_orders(order):
    def score(values) -> int:
        pairs = [(a, b) for at, a in enumerate(values) for b in values[at + 1 :]]
        return sum((b > a) - (b < a) for a, b in pairs)

    scores = [abs(score(other)) for other in permutations(range(6))]
    wanted = sum(s >= abs(score(order)) for s in scores) / len(scores)
    assert trend(np.arange(6), np.array(order)).p == pytest.approx(wanted)


@given(st.lists(st.integers(0, 5), min_size=10, max_size=40).filter(lambda v: len(set(v)) > 1))
def test_with_ties_the_score_and_its_variance_are_those_of_kendalls_tau(values):
    times = np.arange(len(values))
    score, variance = kendall_score(times, np.array(values, float))
    found = stats.kendalltau(times, values, method="asymptotic")
    # scipy's p has no correction for continuity: the score over its deviation gives it back.
    assert 2 * stats.norm.sf(abs(score) / np.sqrt(variance)) == pytest.approx(np.asarray(found)[1])
    if len(set(values)) < len(values):
        wanted = 2 * stats.norm.sf(max(abs(score) - 1, 0) / np.sqrt(variance))
        assert trend(times, np.array(values)).p == pytest.approx(wanted)


def test_a_trend_is_called_with_its_side_and_slope():
    rising = trend(np.arange(2015, 2023), np.array([10, 12, 14, 15.5, 18, 20.5, 22, 24]))
    assert (rising.call, rising.n) == ("rising", 8)
    assert rising.slope == pytest.approx(2.0)
    assert rising.low is not None
    assert rising.high is not None
    assert 0 < rising.low <= 2.0 <= rising.high
    falling = trend(np.arange(6), np.array([9, 8, 7, 6, 5, 4]))
    assert falling.call == "falling"
    assert trend(np.arange(6), np.array([5, 9, 4, 8, 6, 7])).call == "none"


def test_values_without_a_trend_are_called_at_most_at_the_level():
    rng = np.random.default_rng(4)
    called = [trend(np.arange(9), rng.normal(size=9)).call != "none" for _ in range(2000)]
    assert np.mean(called) <= 0.05 + 0.012


def test_four_points_call_no_trend_however_steep_and_a_missing_one_does_not_count():
    found = trend(np.arange(5), np.array([1, 2, np.nan, 4, 5]))
    assert (found.call, found.p, found.slope, found.n) == (None, None, None, 4)
    assert found.reason == "Fewer than 5 points: no trend is called."


def test_values_that_never_move_have_no_trend():
    assert trend(np.arange(6), np.full(6, 3.0)).call == "none"


def test_a_projection_by_hand():
    # Steps 0.1, 0.2, 0.3: mean 0.2, deviation 0.1; Student's quantile with two is 4.302653.
    found = projection(np.array([0.0, 0.1, 0.3, 0.6]), ahead=2, most=1.0)
    assert found.value == pytest.approx([0.8, 1.0])
    assert found.low is not None
    assert found.low[0] == pytest.approx(max(0.8 - 4.302653 * 0.1 * np.sqrt(4 / 3), 0.6))
    assert found.high == pytest.approx([1.0, 1.0])


@given(st.lists(st.integers(0, 9), min_size=3, max_size=11), st.integers(2, 9))
def test_a_band_widens_and_holds_its_middle_and_never_falls_below_what_is_reached(steps, ahead):
    values = np.concatenate([[5.0], 5.0 + np.cumsum(steps)])
    found = projection(values, ahead)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert (np.diff(found.high - found.value) >= -1e-9).all()
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    assert (found.low >= values[-1]).all()


def test_the_band_holds_what_comes_at_its_rate():
    rng, held = np.random.default_rng(6), 0
    for _ in range(2000):
        path = np.cumsum(rng.normal(0.6, 0.1, 12))
        found = projection(path[:7], 5)
        assert found.low is not None
        assert found.high is not None
        held += found.low[-1] <= path[-1] <= found.high[-1]
    assert held / 2000 == pytest.approx(0.95, abs=0.02)


def test_of_few_or_broken_months_nothing_is_projected_and_the_reason_is_told():
    for values in ([0.1, 0.2, 0.3], [0.1, np.nan, 0.3, 0.4, 0.5]):
        found = projection(np.array(values), 4)
        assert (found.value, found.low, found.high) == (None, None, None)
        assert found.reason == ("Fewer than 4 months, or a month missing: nothing is projected.")


def test_a_year_at_twice_the_earlier_pace_ends_where_twice_the_rates_lead():
    # Rates of the earlier year: ln 2 / 12 a month, so half is left in December; this year twice that.
    months = np.arange(1, 13)
    earlier, now = 1 - 0.5 ** (months / 12), 1 - 0.25 ** (months[:6] / 12)
    found = seasonal_projection(earlier, now)
    assert found.value is not None
    assert found.low is not None
    assert found.value[-1] == pytest.approx(0.75)
    assert found.low[-1] == pytest.approx(0.75)  # every month keeps to the ratio: no spread


@given(
    st.lists(st.integers(1, 60), min_size=12, max_size=12),
    st.lists(st.integers(1, 60), min_size=4, max_size=11),
)
def test_the_seasonal_band_is_that_of_a_plain_calculation(earlier, now):
    usual, known = [x / 1000 for x in earlier], [x / 1000 for x in now]
    n, left = len(known), np.exp(-sum(known))
    ratio = sum(known) / sum(usual[:n])
    spread = sum((k - ratio * u) ** 2 / u for k, u in zip(known, usual, strict=False)) / (n - 1)
    ahead = sum(usual[n:])
    half = stats.t.ppf(0.975, n - 1) * np.sqrt(spread * ahead * (1 + ahead / sum(usual[:n]))) * 1.6
    found = seasonal_projection(1 - np.exp(-np.cumsum(usual)), 1 - np.exp(-np.cumsum(known)))
    assert found.low is not None
    assert found.high is not None
    assert found.low[-1] == pytest.approx(1 - left * np.exp(-max(ratio * ahead - half, 0)))
    assert found.high[-1] == pytest.approx(1 - left * np.exp(-(ratio * ahead + half)))


def test_of_an_earlier_year_with_a_month_missing_nothing_is_projected():
    earlier = np.linspace(0.05, 0.6, 12)
    earlier[3] = np.nan
    found = seasonal_projection(earlier, np.linspace(0.05, 0.3, 6))
    assert found.value is None
    assert found.reason
