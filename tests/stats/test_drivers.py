"""Drivers: printed examples of two R packages, and the mean over all orders, one by one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.drivers import correlations, importance, johnson, lmg

# Mosteller and Tukey 1977 (R's data set "swiss"): fertility, agriculture, examination, education,
# Catholics and infant mortality of 47 provinces in 1888.
SWISS = np.array(
    [
        [80.2, 17, 15, 12, 9.96, 22.2], [83.1, 45.1, 6, 9, 84.84, 22.2],
        [92.5, 39.7, 5, 5, 93.4, 20.2], [85.8, 36.5, 12, 7, 33.77, 20.3],
        [76.9, 43.5, 17, 15, 5.16, 20.6], [76.1, 35.3, 9, 7, 90.57, 26.6],
        [83.8, 70.2, 16, 7, 92.85, 23.6], [92.4, 67.8, 14, 8, 97.16, 24.9],
        [82.4, 53.3, 12, 7, 97.67, 21], [82.9, 45.2, 16, 13, 91.38, 24.4],
        [87.1, 64.5, 14, 6, 98.61, 24.5], [64.1, 62, 21, 12, 8.52, 16.5],
        [66.9, 67.5, 14, 7, 2.27, 19.1], [68.9, 60.7, 19, 12, 4.43, 22.7],
        [61.7, 69.3, 22, 5, 2.82, 18.7], [68.3, 72.6, 18, 2, 24.2, 21.2],
        [71.7, 34, 17, 8, 3.3, 20], [55.7, 19.4, 26, 28, 12.11, 20.2],
        [54.3, 15.2, 31, 20, 2.15, 10.8], [65.1, 73, 19, 9, 2.84, 20],
        [65.5, 59.8, 22, 10, 5.23, 18], [65, 55.1, 14, 3, 4.52, 22.4],
        [56.6, 50.9, 22, 12, 15.14, 16.7], [57.4, 54.1, 20, 6, 4.2, 15.3],
        [72.5, 71.2, 12, 1, 2.4, 21], [74.2, 58.1, 14, 8, 5.23, 23.8],
        [72, 63.5, 6, 3, 2.56, 18], [60.5, 60.8, 16, 10, 7.72, 16.3],
        [58.3, 26.8, 25, 19, 18.46, 20.9], [65.4, 49.5, 15, 8, 6.1, 22.5],
        [75.5, 85.9, 3, 2, 99.71, 15.1], [69.3, 84.9, 7, 6, 99.68, 19.8],
        [77.3, 89.7, 5, 2, 100, 18.3], [70.5, 78.2, 12, 6, 98.96, 19.4],
        [79.4, 64.9, 7, 3, 98.22, 20.2], [65, 75.9, 9, 9, 99.06, 17.8],
        [92.2, 84.6, 3, 3, 99.46, 16.3], [79.3, 63.1, 13, 13, 96.83, 18.1],
        [70.4, 38.4, 26, 12, 5.62, 20.3], [65.7, 7.7, 29, 11, 13.79, 20.5],
        [72.7, 16.7, 22, 13, 11.22, 18.9], [64.4, 17.6, 35, 32, 16.92, 23],
        [77.6, 37.6, 15, 7, 4.97, 20], [67.6, 18.7, 25, 7, 8.65, 19.5],
        [35, 1.2, 37, 53, 42.34, 18], [44.7, 46.6, 16, 29, 50.43, 18.2],
        [42.8, 27.7, 22, 29, 58.33, 19.3],
    ]
)  # fmt: skip

# Henderson and Velleman 1981 (R's data set "mtcars"): miles a gallon, cylinders, displacement,
# horsepower and gears of 32 cars.
CARS = np.array(
    [
        [21.0, 6, 160.0, 110, 4], [21.0, 6, 160.0, 110, 4], [22.8, 4, 108.0, 93, 4],
        [21.4, 6, 258.0, 110, 3], [18.7, 8, 360.0, 175, 3], [18.1, 6, 225.0, 105, 3],
        [14.3, 8, 360.0, 245, 3], [24.4, 4, 146.7, 62, 4], [22.8, 4, 140.8, 95, 4],
        [19.2, 6, 167.6, 123, 4], [17.8, 6, 167.6, 123, 4], [16.4, 8, 275.8, 180, 3],
        [17.3, 8, 275.8, 180, 3], [15.2, 8, 275.8, 180, 3], [10.4, 8, 472.0, 205, 3],
        [10.4, 8, 460.0, 215, 3], [14.7, 8, 440.0, 230, 3], [32.4, 4, 78.7, 66, 4],
        [30.4, 4, 75.7, 52, 4], [33.9, 4, 71.1, 65, 4], [21.5, 4, 120.1, 97, 3],
        [15.5, 8, 318.0, 150, 3], [15.2, 8, 304.0, 150, 3], [13.3, 8, 350.0, 245, 3],
        [19.2, 8, 400.0, 175, 3], [27.3, 4, 79.0, 66, 4], [26.0, 4, 120.3, 91, 5],
        [30.4, 4, 95.1, 113, 5], [15.8, 8, 351.0, 264, 5], [19.7, 6, 145.0, 175, 5],
        [15.0, 8, 301.0, 335, 5], [21.4, 4, 121.0, 109, 4],
    ]
)  # fmt: skip


def correlated(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those of the drivers, and of each with the outcome, which is the first column."""
    found = np.corrcoef(table, rowvar=False)
    return found[1:, 1:], found[1:, 0]


def test_shares_of_all_orders_are_those_printed_for_the_swiss_provinces():
    # R package relaimpo, calc.relimp(swiss), lmg, not normalised.
    assert lmg(*correlated(SWISS)) == pytest.approx(
        [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592], abs=1e-7
    )


def test_relative_weights_are_those_printed_for_the_cars():
    # R package rwa, rwa(mtcars, "mpg", c("cyl", "disp", "hp", "gear")).
    assert johnson(*correlated(CARS)) == pytest.approx(
        [0.2284797, 0.2221469, 0.2321744, 0.0963886], abs=1e-6
    )


def slow_lmg(table: np.ndarray) -> list[float]:
    """What R² grows by as each driver enters, over every order, by least squares."""
    outcome = table[:, 0] - table[:, 0].mean()
    drivers = table[:, 1:] - table[:, 1:].mean(axis=0)

    def explained(chosen: tuple[int, ...]) -> float:
        if not chosen:
            return 0.0
        x = drivers[:, list(chosen)]
        fitted = x @ np.linalg.lstsq(x, outcome, rcond=None)[0]
        return float((fitted**2).sum() / (outcome**2).sum())

    count = drivers.shape[1]
    orders = list(permutations(range(count)))
    shares = [0.0] * count
    for order in orders:
        for place, driver in enumerate(order):
            shares[driver] += explained(order[: place + 1]) - explained(order[:place])
    return [share / len(orders) for share in shares]


@given(st.integers(0, 10_000), st.integers(2, 4))
def test_shares_equal_the_mean_over_all_orders_and_both_kinds_sum_to_r_squared(seed, count):
    table = np.random.default_rng(seed).normal(size=(30, count + 1))
    table[:, 1] += table[:, 0]
    found = lmg(*correlated(table))
    assert found == pytest.approx(slow_lmg(table))
    weights = johnson(*correlated(table))
    assert weights.sum() == pytest.approx(found.sum())
    assert (weights >= 0).all()


def test_drivers_that_are_not_correlated_have_their_squared_correlation():
    with_outcome = np.array([0.5, -0.3, 0.2])
    for shares in (johnson, lmg):
        assert shares(np.eye(3), with_outcome) == pytest.approx(with_outcome**2)


def test_intervals_hold_the_shares_they_are_about():
    # Two drivers with a correlation of 0.5; the outcome is 0.6 and 0.3 of them and a rest of 0.8.
    rng, held = np.random.default_rng(10), []
    correlation, slopes = np.array([[1, 0.5], [0.5, 1]]), np.array([0.6, 0.3])
    variance = slopes @ correlation @ slopes + 0.64
    truth = lmg(correlation, correlation @ slopes / np.sqrt(variance))
    for seed in range(60):
        drivers = rng.multivariate_normal([0, 0], correlation, 150)
        found = importance(
            drivers, drivers @ slopes + rng.normal(0, 0.8, 150), seed=seed, resamples=200
        )
        assert found.low is not None
        assert found.high is not None
        held.append((found.low <= truth) & (truth <= found.high))
    assert np.mean(held) == pytest.approx(0.95, abs=0.06)


def test_the_same_seed_gives_the_same_intervals_and_missing_units_change_nothing():
    one = importance(SWISS[:, 1:], SWISS[:, 0], johnson, seed=3)
    gap = np.vstack([SWISS, np.where(np.arange(6) == 2, np.nan, 10.0)])
    other = importance(gap[:, 1:], gap[:, 0], johnson, seed=3)
    assert one.n == other.n == 47
    assert one.low is not None
    assert other.low is not None
    assert one.low.tolist() == other.low.tolist()
    assert one.explained == pytest.approx(0.7067, abs=5e-5)


def test_drivers_of_few_units_or_that_cannot_be_parted_are_not_told_apart():
    few = importance(SWISS[:19, 1:], SWISS[:19, 0])
    assert (few.share, few.low, few.high, few.explained) == (None, None, None, None)
    assert few.reason == "Fewer than 25 units: drivers are not told apart."
    doubled = importance(np.column_stack([SWISS[:, 1], 2 * SWISS[:, 1]]), SWISS[:, 0])
    assert doubled.reason == (
        "A driver never varies, or follows from others: they are not told apart."
    )


def test_a_correlation_has_fishers_interval():
    # r = 0.5 of 28 units: z = 0.5493, error 1/5: 0.5493 ± 0.3920, back 0.156 to 0.736.
    rng = np.random.default_rng(1)
    one = rng.normal(size=28)
    one = (one - one.mean()) / one.std()
    other = rng.normal(size=28)
    other = other - other.mean() - one * (other @ one) / 28
    other = other / other.std()
    (found,) = correlations(one[:, None], 0.5 * one + np.sqrt(0.75) * other)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.156, 0.736), abs=5e-4)


def test_a_side_that_never_varies_has_no_correlation():
    (found,) = correlations(np.ones((10, 1)), np.arange(10.0))
    assert np.isnan(found.value)
