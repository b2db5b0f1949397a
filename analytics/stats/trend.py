"""Change over time: marks of a control chart, a trend that a test calls, a projection with a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.stats.multiplicity import two_sided
from analytics.text.phrase import Phrase

FEWEST_CHARTED = 12  # limits from fewer points move with each new one
FEWEST_TESTED = 5
FEWEST_STEPS = 3  # steps that a projection takes their size and spread from
SCALE = 2.66  # of the mean moving range: three standard deviations, 3 / 1.128
SCREEN = 3.27  # of the mean moving range: the limit of a moving range, left out beyond it
RUN = 7


@dataclass(frozen=True)
class Chart:
    """An XmR chart, one entry a point: which rules mark it as more than ordinary variation.

    `beyond` lies outside the limits, `shift` is part of seven on one side of the centre, `drift`
    part of seven that only rise or only fall, `near` one of two in three that lie close to a limit
    on one side: beyond two thirds of the way to it, and not outside it. `side` is 1 above the centre, -1 below. A missing point is marked by
    nothing and ends every run. The limits are None, and `reason` says why, where points are too few.
    """

    centre: float | None
    low: float | None
    high: float | None
    beyond: np.ndarray
    shift: np.ndarray
    drift: np.ndarray
    near: np.ndarray
    side: np.ndarray
    reason: str = ""

    @property
    def special(self) -> np.ndarray:
        """Points that any rule marks."""
        return self.beyond | self.shift | self.drift | self.near


def control_chart(values: np.ndarray) -> Chart:
    """An XmR chart of values in the order of time, NaN where one is missing, in the unit of values.

    Limits are the mean and 2.66 mean moving ranges either way, after leaving out moving ranges
    beyond 3.27 of their mean. Source: NHS England, Making Data Count; rules and counts as in the
    R package NHSRplotthedots of the NHS-R community; limits as in NIST/SEMATECH e-Handbook, 6.3.2.2.
    """
    values = np.asarray(values, float)
    known = np.isfinite(values)
    if known.sum() < FEWEST_CHARTED:
        nothing = np.zeros(values.shape, bool)
        reason = Phrase(
            "Fewer than {least} points: limits of ordinary variation are not drawn.",
            least=FEWEST_CHARTED,
        )
        parts = (nothing, nothing, nothing, nothing, np.zeros(values.shape, int))
        return Chart(None, None, None, *parts, reason)
    centre = float(values[known].mean())
    reach = SCALE * mean_moving_range(values)
    side = np.where(known, np.sign(values - centre), 0).astype(int)
    distance = np.where(known, np.abs(values - centre), 0)
    steps = np.concatenate([[0], np.nan_to_num(np.sign(np.diff(values)), nan=0)]).astype(int)
    return Chart(
        centre,
        centre - reach,
        centre + reach,
        distance > reach,
        _within_run(side, RUN),
        _drifting(steps),
        _two_of_three(side, (distance > reach * 2 / 3) & (distance <= reach)),
        side,
    )


def mean_moving_range(values: np.ndarray) -> float:
    """The mean step between neighbours, without steps beyond 3.27 of it; 0 where there is none."""
    ranges = np.abs(np.diff(values))
    ranges = ranges[np.isfinite(ranges)]
    if not len(ranges):
        return 0.0
    return float(ranges[ranges <= SCREEN * ranges.mean()].mean())


def _within_run(sign: np.ndarray, length: int) -> np.ndarray:
    """Which entries stand in an unbroken run, of `length` or more, of one sign that is not 0."""
    found = np.zeros(len(sign), bool)
    for start in range(len(sign) - length + 1):
        window = sign[start : start + length]
        if window[0] and (window == window[0]).all():
            found[start : start + length] = True
    return found


def _drifting(steps: np.ndarray) -> np.ndarray:
    """Points of a run of steps one way: seven points are six steps, the first has none before it."""
    found = np.zeros(len(steps), bool)
    for start in range(len(steps) - RUN + 1):
        window = steps[start + 1 : start + RUN]
        if window[0] and (window == window[0]).all():
            found[start : start + RUN] = True
    return found


def _two_of_three(side: np.ndarray, near: np.ndarray) -> np.ndarray:
    found = np.zeros(len(side), bool)
    for start in range(len(side) - 2):
        window = slice(start, start + 3)
        if near[window].sum() >= 2 and abs(side[window].sum()) == 3:
            found[window] |= near[window]
    return found


@dataclass(frozen=True)
class Trend:
    """Whether values rise or fall over time. `call` is "rising", "falling" or "none".

    `p` is that of no trend, `slope` the change a unit of time with its 95 % interval, in the unit of
    values; all are None, and `reason` says why, where nothing can be called.
    """

    call: str | None
    p: float | None
    slope: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""


def trend(times: np.ndarray, values: np.ndarray, level: float = 0.05) -> Trend:
    """A trend by the Mann–Kendall test: exact without ties, else normal, corrected for ties.

    Five points or more are needed. The test takes points as independent once the trend is out, so
    it is for years, or for months whose season is out. The slope is the median of all slopes.
    Source: Mann 1945, Econometrica 13:245–259; Kendall 1975, Rank Correlation Methods, 4th ed.;
    Gilbert 1987, Statistical Methods for Environmental Pollution Monitoring, 16.4; Sen 1968,
    JASA 63:1379–1389.
    """
    from scipy.stats import kendalltau, theilslopes

    times, values = np.asarray(times, float), np.asarray(values, float)
    known = np.isfinite(values)
    times, values = times[known], values[known]
    n = len(values)
    if n < FEWEST_TESTED:
        reason = Phrase("Fewer than {least} points: no trend is called.", least=FEWEST_TESTED)
        return Trend(None, None, None, None, None, n, reason)
    if (values == values[0]).all():
        return Trend("none", 1.0, 0.0, 0.0, 0.0, n)
    score, variance = kendall_score(times, values)
    if len(np.unique(values)) == n:
        p = float(np.asarray(kendalltau(times, values, method="exact"))[1])
    else:
        p = float(two_sided(max(abs(score) - 1, 0) / np.sqrt(variance)))
    slope, _, low, high = np.asarray(theilslopes(values, times, 0.95), float).tolist()
    call = "none" if p >= level else "rising" if score > 0 else "falling"
    return Trend(call, min(p, 1.0), slope, low, high, n)


def kendall_score(times: np.ndarray, values: np.ndarray) -> tuple[int, float]:
    """Kendall's score of later less earlier values, and its variance with ties among values."""
    ordered, n = values[np.argsort(times)], len(values)
    score = int(np.sign(ordered[None, :] - ordered[:, None])[np.triu_indices(n, 1)].sum())
    ties = np.unique(values, return_counts=True)[1]
    lost = (ties * (ties - 1) * (2 * ties + 5)).sum()
    return score, float(n * (n - 1) * (2 * n + 5) - lost) / 18


@dataclass(frozen=True)
class Projection:
    """Values to come with a band that widens, one entry a step ahead, in the unit of values.

    All are None, and `reason` says why, where too few steps are known.
    """

    value: np.ndarray | None
    low: np.ndarray | None
    high: np.ndarray | None
    reason: str = ""


def projection(values: np.ndarray, ahead: int, most: float | None = None) -> Projection:
    """A stock that only grows, such as coverage so far this year, carried on at its mean step.

    A random walk with drift: the band is of Student's t, and widens with the steps ahead and with
    how few steps the drift is known from. It never falls below the last value nor beyond `most`.
    Source: Hyndman and Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., 5.5.
    """
    from scipy.special import stdtrit

    values = np.asarray(values, float)
    steps = np.diff(values)
    if len(steps) < FEWEST_STEPS or not np.isfinite(steps).all():
        reason = Phrase(
            "Fewer than {least} months, or a month missing: nothing is projected.",
            least=FEWEST_STEPS + 1,
        )
        return Projection(None, None, None, reason)
    horizon, known = np.arange(1, ahead + 1), len(steps)
    middle = values[-1] + horizon * steps.mean()
    error = steps.std(ddof=1) * np.sqrt(horizon * (1 + horizon / known))
    half = stdtrit(known - 1, 0.975) * error
    ends = [values[-1], np.inf if most is None else most]
    return Projection(*(np.clip(part, *ends) for part in (middle, middle - half, middle + half)))


LEANING = 1.6
"""What errors are widened by, as the months of a year lean one way together: over the demo's 39
governments, 95 of 100 bands then held what December came to, without it 83."""


def seasonal_projection(earlier: np.ndarray, values: np.ndarray) -> Projection:
    """A share that grows from 0 within a year, carried on to December as an earlier year went.

    `earlier` are the 12 months of that year, `values` the months of this year so far, all from 0 to
    1. Those not there yet are taken to get there at the earlier year's monthly rates times the ratio
    of this year's to that year's so far; the spread of the months around that ratio makes the band.
    Source: the ratio and its dispersion are quasi-Poisson (McCullagh and Nelder 1989, Generalized
    Linear Models, 2nd ed., chapter 9).
    """
    from scipy.special import stdtrit

    usual, known = (_leaving(np.asarray(part, float)) for part in (earlier, values))
    past, ahead = usual[: len(known)], np.cumsum(usual[len(known) :])
    used = past > 0
    if used.sum() < FEWEST_STEPS or not np.isfinite([*usual, *known]).all():
        reason = Phrase(
            "Fewer than {least} months, or a month missing: nothing is projected.",
            least=FEWEST_STEPS + 1,
        )
        return Projection(None, None, None, reason)
    whole = past[used].sum()
    ratio = known[used].sum() / whole
    spread = ((known[used] - ratio * past[used]) ** 2 / past[used]).sum() / (used.sum() - 1)
    error = np.sqrt(spread * ahead * (1 + ahead / whole)) * LEANING
    half = stdtrit(used.sum() - 1, 0.975) * error
    middle = ratio * ahead
    left = 1 - float(np.asarray(values)[-1])
    return Projection(
        *(
            1 - left * np.exp(-np.maximum(part, 0))
            for part in (middle, middle - half, middle + half)
        )
    )


def _leaving(shares: np.ndarray) -> np.ndarray:
    """The rate at which those not there yet got there, month by month."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.diff(np.log1p(-shares), prepend=0.0)
