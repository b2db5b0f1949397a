"""Interrupted series: the smoking ban in Sicily, certified regressions, how often intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import GLS, OLS

from analytics.stats.interrupted_series import (
    CORRELATIONS,
    LEVEL,
    SLOPE,
    interrupted_series,
    segments,
    weighed_fits,
)
from analytics.stats.verdict import Verdict

# Lopez Bernal, Cummins and Gasparrini 2017, sicily.csv: admissions for acute coronary events and the
# standardised population, January 2002 to November 2006; smoking was banned in January 2005.
EVENTS = np.array(
    [
        728, 659, 791, 734, 757, 726, 760, 740, 720, 814, 795, 858, 887, 766, 851, 769, 781, 756,
        766, 752, 765, 831, 879, 928, 914, 808, 937, 840, 916, 828, 845, 818, 860, 839, 887, 886,
        831, 796, 833, 820, 877, 758, 767, 738, 781, 843, 850, 908, 1021, 859, 976, 888, 962, 838,
        810, 876, 843, 936, 912,
    ]
)  # fmt: skip
POPULATION = np.array(
    [
        379875.3, 376495.5, 377040.8, 377116.4, 377383.4, 374113.1, 379513.3, 376295.5, 374653.2,
        378485.6, 375955.5, 378349.7, 376762.4, 379032.3, 379360.4, 376162, 377972.4, 381830.7,
        379888.6, 380872.2, 380966.9, 381240.4, 382104.9, 381802.7, 381656.3, 383680, 383504.2,
        386462.9, 383783.1, 380836.8, 383483, 380906.2, 382926.8, 384052.4, 384449.6, 383428.4,
        388153.2, 388373.2, 386470.1, 386033.2, 383686.4, 385509.3, 385901.9, 386516.6, 388436.5,
        383255.2, 390148.7, 385874.9, 391613.6, 391750.4, 394005.6, 391364.9, 391664.6, 389022.3,
        391878.5, 388575.3, 392989, 390018.8, 390712.3,
    ]
)  # fmt: skip
LOGGED = np.log(EVENTS / POPULATION)


def test_the_data_are_those_of_the_tutorial():
    # Its Poisson model without a season: rate ratio 0.894 (95 % interval 0.864 to 0.925).
    time = np.arange(59)
    design = np.column_stack([np.ones(59), time >= 36, time])
    fit = GLM(EVENTS, design, family=Poisson(), offset=np.log(POPULATION)).fit()
    ratio, ends = np.exp(fit.params[1]), np.exp(fit.conf_int()[1])
    assert (ratio, *ends) == pytest.approx((0.894, 0.864, 0.925), abs=0.001)


def test_the_smoking_ban_in_sicily_lowered_admissions_as_the_tutorial_says():
    # The step in the logarithm of rates, season taken out as there: a fall of about 11 per cent.
    found = interrupted_series(LOGGED, at=36, matters=0.02, changes=(LEVEL,))
    assert found.level is not None
    assert np.exp(found.level.value) == pytest.approx(0.894, abs=0.012)
    assert np.exp(found.level.high) < 1
    assert found.verdict is Verdict.FELL
    assert found.average == found.level
    assert found.slope is None


def test_newey_west_errors_are_beside_and_close_to_those_of_the_tutorials_model():
    found = interrupted_series(LOGGED, at=36, matters=0.02, changes=(LEVEL,)).newey_west
    assert found is not None
    assert np.exp(found.value) == pytest.approx(0.885, abs=0.005)
    assert np.exp([found.low, found.high]) == pytest.approx([0.84, 0.933], abs=0.015)


@pytest.mark.parametrize("length", [24, 59])
def test_newey_west_errors_are_those_of_statsmodels(length):
    # 24 months have two lags, 59 three.
    values = LOGGED[:length]
    found = interrupted_series(values, at=12, matters=0.02, pairs=1, changes=(LEVEL,)).newey_west
    design = segments(length, 12, 12, 1, (LEVEL,))
    fit = OLS(values, design).fit(
        cov_type="HAC",
        cov_kwds={"maxlags": 2 if length == 24 else 3, "use_correction": True},
        use_t=True,
    )
    assert found is not None
    wanted = (fit.params[2], *fit.conf_int()[2])
    assert (found.value, found.low, found.high) == pytest.approx(wanted, rel=1e-9)


def test_least_squares_has_the_certified_coefficients_of_longley():
    # NIST StRD, linear regression, Longley: what our regressions are made of meets the certified
    # values of the constant, deflator, product and year, and of the residual deviation.
    from statsmodels.datasets import longley

    data = longley.load()
    design = np.column_stack([np.ones(16), np.asarray(data.exog)])
    fit = OLS(np.asarray(data.endog), design).fit()
    assert fit.params[[0, 1, 2, 6]] == pytest.approx(
        [-3482258.63459582, 15.0618722713733, -0.358191792925910e-01, 1829.15146461355], rel=1e-7
    )
    assert np.sqrt(fit.scale) == pytest.approx(304.854073561965, rel=1e-9)


@pytest.mark.parametrize("at", [0, 17, 40, 49])
def test_at_one_correlation_it_is_generalised_least_squares(at):
    design = segments(59, 36, 12, 2, (LEVEL, SLOPE))
    fits = weighed_fits(design, LOGGED, np.arange(59))
    apart = np.abs(np.subtract.outer(np.arange(59), np.arange(59)))
    wanted = GLS(LOGGED, design, sigma=CORRELATIONS[at] ** apart).fit()
    assert fits.coefficients[at] == pytest.approx(wanted.params, rel=1e-6)
    assert np.sqrt(np.diag(fits.spreads[at])) == pytest.approx(wanted.bse, rel=1e-6)


def test_correlations_weigh_by_their_restricted_likelihood_written_out():
    design = segments(40, 20, 12, 1, (LEVEL,))
    values = series(np.random.default_rng(1), 40, 0.5)
    logs = []
    for correlation in CORRELATIONS:
        matrix = correlation ** np.abs(np.subtract.outer(np.arange(40.0), np.arange(40.0)))
        inverse = np.linalg.inv(matrix)
        normal = design.T @ inverse @ design
        rest = values - design @ np.linalg.solve(normal, design.T @ inverse @ values)
        logs.append(
            -0.5 * np.linalg.slogdet(matrix)[1]
            - 0.5 * np.linalg.slogdet(normal)[1]
            - (40 - design.shape[1]) / 2 * np.log(rest @ inverse @ rest)
        )
    wanted = np.sqrt(1 - CORRELATIONS**2) * np.exp(np.array(logs) - max(logs))
    found = weighed_fits(design, values, np.arange(40)).weights
    assert found == pytest.approx(wanted / wanted.sum(), rel=1e-6)


def series(rng, length: int, correlation: float) -> np.ndarray:
    """Values whose neighbours are correlated, of a standard deviation of 1."""
    found = [rng.normal()]
    for _ in range(length - 1):
        found.append(correlation * found[-1] + rng.normal() * np.sqrt(1 - correlation**2))
    return np.array(found)


@pytest.mark.parametrize(
    ("length", "at", "pairs", "correlation"), [(60, 30, 2, 0.5), (36, 18, 1, 0.3)]
)
def test_intervals_hold_a_planted_change_at_their_rate(length, at, pairs, correlation):
    rng, held, truth = np.random.default_rng(12), [], 3.0 + 0.1 * (length - at - 1) / 2
    time = np.arange(length)
    for _ in range(150):
        values = series(rng, length, correlation) + 0.05 * time + np.sin(2 * np.pi * time / 12)
        values = values + np.where(time >= at, 3.0 + 0.1 * (time - at), 0)
        found = interrupted_series(values, at, matters=0.5, pairs=pairs).average
        assert found is not None
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) == pytest.approx(0.955, abs=0.035)


def test_where_nothing_was_planted_a_change_is_rarely_claimed():
    rng = np.random.default_rng(13)
    words = [
        interrupted_series(series(rng, 48, 0.4), 24, matters=0.2, pairs=1).verdict
        for _ in range(100)
    ]
    assert np.mean([word in (Verdict.ROSE, Verdict.FELL) for word in words]) <= 0.05 + 0.04
    assert words.count(Verdict.UNKNOWN) > 75


def test_a_change_that_is_told_by_hand():
    # A straight line that steps up by 5 and then rises 1 more a month, hardly disturbed.
    time = np.arange(30)
    noise = 0.01 * np.array([1, -1, -1, 1, 0, 1] * 5)
    values = 10 + 0.5 * time + np.where(time >= 15, 5.0 + (time - 15), 0) + noise
    found = interrupted_series(values, 15, matters=1.0, pairs=0)
    assert found.level is not None
    assert found.slope is not None
    assert found.average is not None
    assert found.counterfactual is not None
    assert found.fitted is not None
    assert found.level.value == pytest.approx(5, abs=0.05)
    assert found.slope.value == pytest.approx(1, abs=0.01)
    assert found.average.value == pytest.approx(12, abs=0.05)
    assert found.counterfactual.value == pytest.approx(10 + 0.5 * time[15:], abs=0.05)
    assert (found.counterfactual.low <= found.counterfactual.value).all()
    assert found.fitted == pytest.approx(values, abs=0.05)
    assert found.verdict is Verdict.ROSE
    assert interrupted_series(-values, 15, matters=1.0, pairs=0).verdict is Verdict.FELL


def test_a_series_that_follows_the_model_to_the_last_digit_is_told():
    values = np.where(np.arange(20) >= 10, 3.0, 1.0)
    found = interrupted_series(values, 10, matters=0.5, pairs=0, changes=(LEVEL,))
    assert found.level is not None
    assert found.level.value == pytest.approx(2.0)
    assert found.verdict is Verdict.ROSE


def test_no_change_is_said_to_be_none_larger_than_what_matters():
    rng = np.random.default_rng(14)
    found = interrupted_series(rng.normal(size=60), 30, matters=3.0, pairs=0)
    assert found.verdict is Verdict.NO_LARGER


@given(st.sets(st.integers(0, 58), max_size=8))
def test_missing_months_are_bridged(missing):
    gaps = np.array([np.nan if at in missing else value for at, value in enumerate(LOGGED)])
    found = interrupted_series(gaps, 36, matters=0.02, changes=(LEVEL,))
    assert found.level is not None
    assert found.level.value == pytest.approx(-0.115, abs=0.06)
    assert found.fitted is not None
    assert np.isfinite(found.fitted).all()


@pytest.mark.parametrize(
    ("values", "at", "reason"),
    [
        (
            np.arange(20.0),
            14,
            "Fewer than 8 points before or after: a change cannot be told.",
        ),
        (
            np.arange(20.0),
            10,
            "Fewer than two whole seasons: a change cannot be told from the season.",
        ),
        (np.full(40, 2.0), 20, "All values are the same."),
    ],
)
def test_a_series_that_cannot_tell_says_so(values, at, reason):
    found = interrupted_series(values, at, matters=1.0)
    assert (found.verdict, found.average, found.counterfactual) == (Verdict.UNKNOWN, None, None)
    assert found.reason == reason


def courses(length: int) -> dict[str, np.ndarray]:
    """Courses that bend by themselves, from 0 to 1: nothing was begun at any date."""
    time = np.arange(length)
    found = {
        "a parabola": (time - length / 2) ** 2,
        "levelling off": 1 - np.exp(-time / 12),
        "spreading": 1 / (1 + np.exp(-(time - 20) / 6)),
        "a wave": np.exp(-(((time - 25) / 12) ** 2)),
    }
    return {name: (course - course.min()) / np.ptp(course) for name, course in found.items()}


@pytest.mark.parametrize("length", [48, 60])
def test_of_13_dates_at_which_nothing_began_at_most_one_is_called_in_a_bent_course(length):
    """A placebo in time, as by Abadie, Diamond and Hainmueller 2015, American Journal of Political
    Science 59:495–510: a straight line carried on claims a change at most dates of these courses."""
    rng = np.random.default_rng(21)
    dates = np.linspace(10, length - 10, 13).astype(int)
    called = straight = 0
    for course in courses(length).values():
        values = course + rng.normal(0, 0.05, length)
        found = [interrupted_series(values, int(at), matters=0.02) for at in dates]
        called += sum(one.verdict in (Verdict.ROSE, Verdict.FELL) for one in found)
        straight += sum(
            one.average is not None and not one.average.low <= 0 <= one.average.high
            for one in found
        )
        for one in found:
            assert one.bent == (one.reason != "")
    assert straight > 2 * 4
    assert called <= 1 * 4


def test_a_step_is_still_told_where_the_course_may_bend():
    rng = np.random.default_rng(22)
    for length in (48, 60):
        told = 0
        for _ in range(20):
            values = rng.normal(0, 0.05, length) + np.where(np.arange(length) >= length // 2, 1, 0)
            told += interrupted_series(values, length // 2, matters=0.02).verdict is Verdict.ROSE
        assert told >= 16
