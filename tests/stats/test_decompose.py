"""Splitting a gap: the data of the manual, a real panel, and slow plain versions."""

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


@pytest.mark.parametrize(
    ("first", "second", "effects"),
    [
        # Das Gupta 1993, example 2.1 (eg2.1 of the R package DasGuptR): mean earnings of Black and White persons, as earnings of
        # earners times their share. (16,591 - 10,930) × (0.717892 + 0.825974) / 2 and so on.
        ([10930, 0.717892], [16591, 0.825974], [4369.9127, 1487.2624]),
        # Example 2.3: crude birth rates of Austria and Chile as a product of three factors, each
        # worked out as (b - a) × ((products of both others) / 3 + (crossed products) / 6).
        (
            [51.78746, 0.45919, 0.52638],
            [84.90502, 0.75756, 0.51065],
            [10.434033, 10.560848, -0.667008],
        ),
    ],
)
def test_products_of_the_manual_are_split_as_its_formulas_say(first, second, effects):
    found = product_effects(np.array(first), np.array(second))
    assert found == pytest.approx(effects, rel=1e-5)


def test_a_birth_rate_of_vectors_is_split_without_a_rest():
    # Das Gupta 1993, example 4.5: births to married women, marriage and women by age, 1960 and 1970.
    second = np.array(
        [
            [488, 452, 338, 156, 63, 22, 3],
            [0.082, 0.527, 0.866, 0.941, 0.942, 0.923, 0.876],
            [0.056, 0.038, 0.032, 0.030, 0.026, 0.023, 0.019],
        ]
    )
    first = np.array(
        [
            [393, 407, 369, 274, 184, 90, 16],
            [0.122, 0.622, 0.903, 0.930, 0.916, 0.873, 0.800],
            [0.043, 0.041, 0.036, 0.032, 0.026, 0.020, 0.018],
        ]
    )
    found = product_effects(first, second)
    assert found.sum() == pytest.approx(second.prod(axis=0).sum() - first.prod(axis=0).sum())
    for at, effect in enumerate(found):
        assert effect == pytest.approx(slow_effect(first, second, at))


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
