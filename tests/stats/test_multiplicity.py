"""Many comparisons: the example of the paper, and a plain version that walks down the list."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.multiplicity import all_differences, benjamini_hochberg, two_sided

# Benjamini and Hochberg 1995, JRSS B 57:289–300, section 4.1: treatment of myocardial infarction.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


def test_the_four_smallest_of_the_fifteen_published_p_values_stand():
    found = benjamini_hochberg(np.array(PUBLISHED[::-1]), rate=0.05)
    assert found.stands[::-1].tolist() == [True] * 4 + [False] * 11
    # Bonferroni leaves three, as the paper says.
    assert (np.array(PUBLISHED) <= 0.05 / 15).sum() == 3
    assert found.adjusted[::-1][3] == pytest.approx(0.0095 * 15 / 4)


def walked(p: list[float], rate: float) -> list[bool]:
    """Go down the sorted list to the last p value that lies under its own step."""
    steps = [
        value for rank, value in enumerate(sorted(p), start=1) if value <= rank * rate / len(p)
    ]
    return [bool(steps) and value <= max(steps) for value in p]


# Thousandths, moved off the steps: whether a value that equals its step lies under it is a
# matter of the last binary digit.
P_VALUES = st.lists(st.integers(0, 998).map(lambda n: (n + 0.317) / 1000), min_size=1, max_size=60)


@given(P_VALUES, st.sampled_from([0.01, 0.05, 0.1, 0.2]))
def test_what_stands_equals_a_walk_down_the_sorted_list(p, rate):
    assert benjamini_hochberg(np.array(p), rate).stands.tolist() == walked(p, rate)


@given(P_VALUES, st.integers(1, 5))
def test_comparisons_without_a_p_value_change_nothing(p, missing):
    alone = benjamini_hochberg(np.array(p))
    found = benjamini_hochberg(np.array([*p, *[np.nan] * missing]))
    assert found.adjusted[: len(p)].tolist() == alone.adjusted.tolist()
    assert not found.stands[len(p) :].any()
    assert np.isnan(found.adjusted[len(p) :]).all()


def test_nothing_compared_gives_nothing():
    assert benjamini_hochberg(np.array([np.nan])).stands.tolist() == [False]
    assert benjamini_hochberg(np.array([])).stands.tolist() == []


# Upper 5 % points of the studentized range, infinite degrees of freedom: Harter 1960, Annals of
# Mathematical Statistics 31:1122–1147.
RANGES = {2: 2.772, 3: 3.314, 4: 3.633, 5: 3.858, 10: 4.474, 20: 5.012}


@pytest.mark.parametrize("many", RANGES)
def test_all_differences_stand_by_the_published_range(many: int) -> None:
    assert all_differences(many) * np.sqrt(2) == pytest.approx(RANGES[many], abs=0.001)


@given(st.integers(2, 60))
def test_no_two_of_many_alike_are_further_apart_but_once_in_twenty(many: int) -> None:
    """The chance that all lie within the range above the lowest, summed over where that one is."""
    lowest, step = np.linspace(-9, 9, 3601, retstep=True)
    ndtr = np.vectorize(NormalDist().cdf)
    within = ndtr(lowest + all_differences(many) * np.sqrt(2)) - ndtr(lowest)
    density = np.vectorize(NormalDist().pdf)(lowest)
    assert many * (density * within ** (many - 1)).sum() * step == pytest.approx(0.95, abs=1e-4)


@given(st.floats(-8, 8))
def test_a_chance_is_that_of_both_ends(steps: float) -> None:
    assert two_sided(np.array([steps]))[0] == pytest.approx(2 * NormalDist().cdf(-abs(steps)))


def test_places_of_unequal_precision_are_called_different_by_chance_once_in_twenty_at_most() -> (
    None
):
    rng = np.random.default_rng(11)
    error = rng.uniform(0.5, 4, (4000, 8))
    figures = rng.normal(0, error)
    apart = np.abs(figures[:, :, None] - figures[:, None]) / np.hypot(
        error[:, :, None], error[:, None]
    )
    np.einsum("nii->ni", apart)[:] = 0
    wrong = (apart > all_differences(8)).any(axis=(1, 2)).mean()
    assert 0.01 < wrong < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)
