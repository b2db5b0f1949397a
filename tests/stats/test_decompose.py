"""Splitting a gap: the published tables of the manual, a real panel, and slow plain versions."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.decompose import (
    Groups,
    das_gupta,
    kitagawa,
    part_intervals,
    product_effects,
)
from analytics.stats.intervals import Interval, wilson

# The examples of Das Gupta 1993, Standardization and Decomposition of Rates: A User's Manual (US Bureau
# of the Census, P23-186), with the tables that the R package DasGuptR 2.1.0 (King and Matthews 2025)
# prints of them in its README.


@pytest.mark.parametrize(
    ("first", "second", "effects"),
    [
        # 2 factors: mean earnings of Black and White men, earnings of earners times their share.
        ([10930, 0.717892], [16591, 0.825974], [4369.913, 1487.262]),
        # 3 factors: crude birth rates of Austria and Chile, 1981.
        (
            [51.78746, 0.45919, 0.52638],
            [84.90502, 0.75756, 0.51065],
            [10.4340333, 10.5608476, -0.6670084],
        ),
        # 4 factors: non-marital births of white women of 15 to 19, United States, 1971 and 1979.
        (
            [25.3, 0.214, 0.279, 0.949],
            [32.7, 0.290, 0.473, 0.986],
            [0.6889411, 0.8125381, 1.3829055, 0.1047547],
        ),
        # 5 factors: total fertility of South Korea.
        (
            [0.58, 0.76, 0.84, 0.66, 16.573],
            [0.72, 0.97, 0.97, 0.56, 16.158],
            [1.0909785, 1.2298438, 0.7278399, -0.8398707, -0.1290187],
        ),
    ],
)
def test_products_are_split_as_published(first, second, effects):
    found = product_effects(np.array(first), np.array(second))
    assert found == pytest.approx(effects, rel=1e-6)


# Births to married women, marriage and women by age, Taiwan, 1960 and 1970.
TAIWAN_1960 = np.array(
    [
        [393, 407, 369, 274, 184, 90, 16],
        [0.122, 0.622, 0.903, 0.930, 0.916, 0.873, 0.800],
        [0.043, 0.041, 0.036, 0.032, 0.026, 0.020, 0.018],
    ]
)
TAIWAN_1970 = np.array(
    [
        [488, 452, 338, 156, 63, 22, 3],
        [0.082, 0.527, 0.866, 0.941, 0.942, 0.923, 0.876],
        [0.058, 0.038, 0.032, 0.030, 0.026, 0.023, 0.019],
    ]
)


def test_a_birth_rate_of_vectors_is_split_as_published():
    found = product_effects(TAIWAN_1960, TAIWAN_1970)
    assert found.sum(axis=1) == pytest.approx([-7.285632, -2.720633, -1.565181], abs=1e-6)
    for at, effect in enumerate(found):
        assert effect == pytest.approx(slow_effect(TAIWAN_1960, TAIWAN_1970, at))


def test_household_headship_is_split_into_two_parts_as_published():
    """Headship per 100 by 13 age groups, United States, 1970 and 1985: Kitagawa's two parts."""
    size = (
        [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9],
        [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5],
    )
    rate = (
        [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8],
        [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2],
    )
    found = kitagawa(*(np.array(part) for part in (size[0], rate[0], size[1], rate[1])))
    assert found.composition == pytest.approx((1.2269,), abs=5e-5)
    assert found.rate == pytest.approx(1.7403, abs=5e-5)
    assert found.gap == pytest.approx(2.9672, abs=5e-5)


# Per 1,000: deaths of two races (rows) by 11 age groups, United States; thousands of people.
PEOPLE_1970, DEATHS_1970 = np.array(
    [
        [
            [2968, 11484, 34614, 30992, 21983, 20314, 20928, 16897, 11339, 5720, 1315],
            [535, 2162, 6120, 4781, 3096, 2718, 2363, 1767, 1149, 448, 117],
        ],
        [
            [18.469, 0.751, 0.391, 1.146, 1.287, 2.672, 6.636, 15.691, 34.723, 79.763, 176.837],
            [36.993, 1.352, 0.541, 2.040, 3.523, 6.746, 12.967, 24.471, 45.091, 74.902, 123.205],
        ],
    ]
)
PEOPLE_1985, DEATHS_1985 = np.array(
    [
        [
            [3041, 11577, 27450, 32711, 35480, 27411, 19555, 19795, 15254, 8022, 2472],
            [707, 2692, 6473, 6841, 6547, 4352, 3034, 2540, 1749, 804, 236],
        ],
        [
            [9.163, 0.462, 0.248, 0.929, 1.084, 1.810, 4.715, 12.187, 27.728, 64.068, 157.570],
            [17.208, 0.738, 0.328, 1.103, 2.045, 3.724, 8.052, 17.812, 34.128, 68.276, 125.161],
        ],
    ]
)


def test_death_rates_are_split_by_race_age_and_rate_as_published():
    found = das_gupta(PEOPLE_1970, DEATHS_1970, PEOPLE_1985, DEATHS_1985)
    assert found.composition == pytest.approx((0.0197749, 1.5217347), abs=1e-7)
    assert found.rate == pytest.approx(-2.2277254, abs=1e-7)
    assert found.gap == pytest.approx(-0.6862158, abs=1e-7)
    assert kitagawa(PEOPLE_1970, DEATHS_1970, PEOPLE_1985, DEATHS_1985).composition == (
        pytest.approx((1.5415096,), abs=1e-7)
    )


def slow_effect(first, second, factor):
    """The mean over all orders of what the product changes by when this factor's turn comes."""
    orders = list(permutations(range(len(first))))
    total = 0.0
    for order in orders:
        state = [np.array(part) for part in first]
        for at in order:
            before = np.prod(state, axis=0)
            state[at] = np.array(second[at])
            if at == factor:
                total = total + np.prod(state, axis=0) - before
    return total / len(orders)


def test_the_survey_panel_is_split_as_its_source_says(shared_data: Path):
    # Grades of the UK Civil Service, 2013 and 2024; the parts as SOURCE.md gives them.
    grades = pd.read_csv(shared_data / "csps" / "csps_grade_year.csv")
    first, second = (grades.query("year == @year").sort_values("grade") for year in (2013, 2024))
    for measure, composition, rate in (
        ("engagement", 0.685, 7.358),
        ("change_managed_well", -0.492, 5.484),
    ):
        arrays = [year[name].to_numpy() for year in (first, second) for name in ("n", measure)]
        found = kitagawa(*arrays)
        assert found.composition == pytest.approx((composition,), abs=0.006)
        assert found.rate == pytest.approx(rate, abs=0.006)


def test_two_parts_by_hand():
    # Half and half reach 0.2 and 0.6 (0.4 together); then three quarters are of the second group
    # and reach 0.3 and 0.6 (0.525). Composition -0.25 × 0.25 + 0.25 × 0.6, rate 0.1 × 0.375.
    found = kitagawa(
        np.array([10, 10]), np.array([0.2, 0.6]), np.array([5, 15]), np.array([0.3, 0.6])
    )
    assert found.gap == pytest.approx(0.125)
    assert found.composition == pytest.approx((0.0875,))
    assert found.rate == pytest.approx(0.0375)
    assert found.groups_composition == pytest.approx([-0.0625, 0.15])
    assert found.groups_rate == pytest.approx([0.0375, 0.0])


def slow_terms(size: np.ndarray, cell: tuple[int, ...]) -> list[float]:
    """Terms of a cell of two or three factors, as written out in the manual's chapter 5."""

    def margin(kept: tuple[int, ...]) -> float:
        at = tuple(cell[axis] if axis in kept else slice(None) for axis in range(size.ndim))
        return float(np.sum(size[at]))

    if size.ndim == 2:
        return [
            (margin((a,)) / margin(())) ** (1 / 2) * (margin((a, b)) / margin((b,))) ** (1 / 2)
            for a, b in ((0, 1), (1, 0))
        ]
    return [
        (margin((a,)) / margin(())) ** (1 / 3)
        * (margin((a, b)) / margin((b,))) ** (1 / 6)
        * (margin((a, c)) / margin((c,))) ** (1 / 6)
        * (margin((a, b, c)) / margin((b, c))) ** (1 / 3)
        for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    ]


@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 2)])
@given(data=st.data())
def test_several_factors_are_split_as_the_manual_writes_it_out(shape, data):
    numbers = st.lists(
        st.integers(1, 50), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))
    )
    size, other_size, rate, other_rate = (
        np.array(data.draw(numbers), float).reshape(shape) for _ in range(4)
    )
    found = das_gupta(size, rate, other_size, other_rate)
    wanted = [0.0] * len(shape)
    for cell in product(*(range(length) for length in shape)):
        first, second = slow_terms(size, cell), slow_terms(other_size, cell)
        for at in range(len(shape)):
            effect = slow_effect(np.array(first), np.array(second), at)
            wanted[at] += float(effect) * (rate[cell] + other_rate[cell]) / 2
    assert found.composition == pytest.approx(wanted, abs=1e-9)


SIZES = st.lists(st.integers(0, 20), min_size=12, max_size=12).filter(any)
RATES = st.lists(st.integers(0, 100), min_size=12, max_size=12)


@given(SIZES, RATES, SIZES, RATES)
def test_the_parts_sum_to_the_gap_whatever_cells_are_empty(size, rate, other_size, other_rate):
    size, rate, other_size, other_rate = (
        np.array(part, float).reshape(2, 3, 2) for part in (size, rate, other_size, other_rate)
    )
    found = das_gupta(size, rate, other_size, other_rate)
    assert found.composition is not None
    assert found.rate is not None
    gap = (other_size * other_rate).sum() / other_size.sum() - (size * rate).sum() / size.sum()
    assert found.gap == pytest.approx(gap, abs=1e-9)
    assert sum(found.composition) + found.rate == pytest.approx(gap, abs=1e-9)
    turned = das_gupta(other_size, other_rate, size, rate)
    assert turned.composition == pytest.approx([-part for part in found.composition], abs=1e-9)


def test_a_factor_that_is_alike_in_both_has_no_part():
    # Sexes by grade, independent of each other; only the grades differ.
    size = np.outer([30, 70], [50, 50])
    other_size = np.outer([30, 70], [20, 80])
    rate = np.array([[0.2, 0.6], [0.3, 0.7]])
    found = das_gupta(size, rate, other_size, rate)
    assert found.composition == pytest.approx((0.0, 0.12))
    assert found.rate == pytest.approx(0.0)


def test_a_group_that_only_one_has_counts_as_composition():
    found = kitagawa(
        np.array([10, 0]), np.array([0.2, np.nan]), np.array([10, 10]), np.array([0.2, 0.8])
    )
    assert found.composition == pytest.approx((0.3,))
    assert found.rate == pytest.approx(0.0)


def test_a_group_with_people_and_no_figure_leaves_the_gap_whole():
    found = kitagawa(
        np.array([10, 5]), np.array([0.2, np.nan]), np.array([10, 10]), np.array([0.2, 0.8])
    )
    assert (found.gap, found.composition) == (None, None)
    assert found.reason == "The figure of a group with people is missing."


def test_a_gap_to_nobody_is_not_split_and_the_reason_is_told():
    found = das_gupta(np.zeros((2, 2)), np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 2)))
    assert (found.gap, found.composition, found.rate) == (None, None, None)
    assert found.reason == "One of the two has nobody: there is no gap to split."


def groups(events: np.ndarray, trials: np.ndarray) -> Groups:
    """A population whose figures are shares, with Wilson's intervals."""
    with np.errstate(invalid="ignore"):
        return Groups(trials, events / trials, wilson(events, trials))


def test_of_a_single_group_the_rate_part_has_the_published_interval_of_a_difference():
    # Newcombe 1998 (paper b), table II, example (a): 56/70 less 48/80, method 10: 0.0524 to 0.3339.
    first = groups(np.array([48.0]), np.array([80.0]))
    second = groups(np.array([56.0]), np.array([70.0]))
    found = part_intervals(first, second)
    assert (found.low[1], found.high[1]) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert (found.low[0], found.high[0]) == (0.0, 0.0)  # a mix of one group cannot differ


@pytest.mark.parametrize("shape", [(4,), (2, 3)])
def test_the_intervals_of_the_parts_hold_the_true_parts_in_95_of_100_draws(shape):
    # The slow plain version: people draw their outcome again and again, the mix stays as it is.
    rng = np.random.default_rng(20261124)
    size, other_size = (rng.integers(15, 120, shape).astype(float) for _ in range(2))
    rate, other_rate = (rng.uniform(0.05, 0.95, shape) for _ in range(2))
    method = kitagawa if len(shape) == 1 else das_gupta

    def parts(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        split = method(size, one, other_size, other)
        assert split.composition is not None
        assert split.rate is not None
        assert split.gap is not None
        return np.array([*split.composition, split.rate, split.gap])

    truth, draws = parts(rate, other_rate), 1500
    held, spread, widths = np.zeros(len(truth)), [], []
    for _ in range(draws):
        events = rng.binomial(size.astype(int), rate).astype(float)
        others = rng.binomial(other_size.astype(int), other_rate).astype(float)
        found = part_intervals(groups(events, size), groups(others, other_size))
        held += (found.low <= truth) & (truth <= found.high)
        spread.append(parts(events / size, others / other_size))
        widths.append((found.high - found.low) / 2 / 1.96)
    assert held / draws == pytest.approx(0.95, abs=0.03)
    assert np.mean(widths, axis=0) == pytest.approx(np.std(spread, axis=0), rel=0.1)


def test_a_group_that_only_one_has_lends_its_interval_to_both():
    # Two groups; the first has none of the second group, which counts as composition alone.
    first = groups(np.array([20.0, 0.0]), np.array([100.0, 0.0]))
    second = groups(np.array([20.0, 80.0]), np.array([100.0, 100.0]))
    found = part_intervals(first, second)
    # Composition is (0.5 - 1) × (0.2 + 0.2) / 2 + 0.5 × 0.8 = 0.3, the rate part 0 × ….
    assert found.low[0] < 0.3 < found.high[0]
    assert found.low[1] < 0.0 < found.high[1]


def test_a_figure_without_an_interval_leaves_the_parts_without_one():
    bare = Groups(np.array([50.0, 50.0]), np.array([0.2, 0.4]), Interval(*np.full((2, 2), np.nan)))
    found = part_intervals(bare, groups(np.array([10.0, 20.0]), np.array([80.0, 20.0])))
    assert np.isnan([found.low, found.high]).all()
