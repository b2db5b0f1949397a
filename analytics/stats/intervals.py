"""95 % intervals for shares, means, rates and quantiles, over arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Z = 1.959963984540054  # the normal quantile of 0.975


@dataclass(frozen=True)
class Interval:
    """Lower and upper ends, one a value, in the unit of the value; NaN where there is none."""

    low: np.ndarray
    high: np.ndarray


def wilson(events: np.ndarray, trials: np.ndarray) -> Interval:
    """The score interval of a share, from 0 to 1.

    Source: Wilson 1927, JASA 22; method 3 of Newcombe 1998, Statistics in Medicine 17:857–872.
    """
    events, trials = np.asarray(events, float), np.asarray(trials, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = events / trials
        middle = share + Z**2 / (2 * trials)
        half = Z * np.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
        scale = 1 + Z**2 / trials
        low, high = (middle - half) / scale, (middle + half) / scale
    nothing = ~(trials > 0)
    low = np.where(events == 0, 0.0, low)
    high = np.where(events == trials, 1.0, high)
    return Interval(np.where(nothing, np.nan, low), np.where(nothing, np.nan, high))


def newcombe(
    events: np.ndarray, trials: np.ndarray, other_events: np.ndarray, other_trials: np.ndarray
) -> Interval:
    """The hybrid score interval of a share less another, independent share, from -1 to 1.

    NaN where either has no trials.
    Source: method 10 of Newcombe 1998, Statistics in Medicine 17:873–890.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(events, float) / np.asarray(trials, float)
        other_share = np.asarray(other_events, float) / np.asarray(other_trials, float)
    return difference(
        share, wilson(events, trials), other_share, wilson(other_events, other_trials)
    )


def difference(
    value: np.ndarray, interval: Interval, other: np.ndarray, other_interval: Interval
) -> Interval:
    """The interval of a value less another, independent one, from the interval of each.

    For rates by Byar, standardised figures, and any two intervals that need not be symmetric.
    Source: Zou and Donner 2008, Statistics in Medicine 27:1693–1702.
    """
    value, other = np.asarray(value, float), np.asarray(other, float)
    return Interval(
        value - other - np.hypot(value - interval.low, other_interval.high - other),
        value - other + np.hypot(interval.high - value, other - other_interval.low),
    )


def weighted_sum(
    weight: np.ndarray, value: np.ndarray, interval: Interval
) -> tuple[float, float, float]:
    """A sum of independent values, each times a weight of either sign, and its low and high ends.

    NaN ends where a value that counts has none. Source: Zou, Huang and Zhang 2009, Computational
    Statistics and Data Analysis 53:1080–1085 (Newcombe's hybrid score for any sum of shares).
    """
    used = np.asarray(weight, float) != 0
    weight, value, low, high = (
        np.asarray(part, float)[used] for part in (weight, value, interval.low, interval.high)
    )
    below, above = weight * (value - low), weight * (high - value)
    whole = float((weight * value).sum())
    downward = float(np.sqrt((np.where(weight > 0, below, above) ** 2).sum()))
    upward = float(np.sqrt((np.where(weight > 0, above, below) ** 2).sum()))
    return whole, whole - downward, whole + upward


def t_mean(total: np.ndarray, squares: np.ndarray, n: np.ndarray) -> Interval:
    """Student's interval of a mean, from the sum, the sum of squares and the number.

    NaN for fewer than two values. Source: NIST/SEMATECH e-Handbook, 1.3.5.2.
    """
    from scipy.special import stdtrit

    total, squares, n = (np.asarray(part, float) for part in (total, squares, n))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = np.maximum(squares - total * mean, 0) / (n - 1)
        half = stdtrit(np.maximum(n - 1, 1), 0.975) * np.sqrt(variance / n)
    enough = n >= 2
    return Interval(np.where(enough, mean - half, np.nan), np.where(enough, mean + half, np.nan))


@dataclass(frozen=True)
class Moments:
    """Sums that a mean and its variance follow from, one a group: of values, of squares, number."""

    total: np.ndarray
    squares: np.ndarray
    n: np.ndarray

    def mean_and_error(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean and the variance of the mean; NaN where there are fewer than two values."""
        total, squares, n = (np.asarray(part, float) for part in (self.total, self.squares, self.n))
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / n
            variance = np.maximum(squares - total * mean, 0) / (n - 1)
            return mean, np.where(n >= 2, variance / n, np.nan)


def pooled_deviation(groups: Moments) -> float | None:
    """The standard deviation of single values within groups, taken as one; None without any to tell.

    Source: the mean square within groups, NIST/SEMATECH e-Handbook, 7.4.3.
    """
    total, squares, n = (
        np.asarray(part, float) for part in (groups.total, groups.squares, groups.n)
    )
    counted = n > 0
    freedom = float((n[counted] - 1).sum())
    if freedom < 1:
        return None
    within = np.maximum(squares[counted] - total[counted] ** 2 / n[counted], 0).sum()
    return float(np.sqrt(within / freedom))


def welch(one: Moments, other: Moments) -> Interval:
    """Welch's interval of a mean less another, independent mean, whose variances may differ.

    NaN where either has fewer than two values. Where no value varies, the difference is exact.
    Source: Welch 1947, Biometrika 34:28–35; NIST/SEMATECH e-Handbook, 1.3.5.3.
    """
    from scipy.special import stdtrit

    mean, error = one.mean_and_error()
    other_mean, other_error = other.mean_and_error()
    difference, variance = mean - other_mean, error + other_error
    lost = error**2 / np.maximum(np.asarray(one.n, float) - 1, 1) + other_error**2 / np.maximum(
        np.asarray(other.n, float) - 1, 1
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(lost > 0, variance**2 / lost, 1.0)
    half = stdtrit(freedom, 0.975) * np.sqrt(variance)
    return Interval(difference - half, difference + half)


def byar(events: np.ndarray, exposure: np.ndarray, per: float) -> Interval:
    """Byar's interval of a rate of rare events, per `per` units of exposure.

    Source: Breslow and Day 1987, Statistical Methods in Cancer Research II, p. 69; as used by the
    UK Health Security Agency (Public Health Data Science, Technical Guide: confidence intervals).
    """
    events, exposure = np.asarray(events, float), np.asarray(exposure, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = events * (1 - 1 / (9 * events) - Z / (3 * np.sqrt(events))) ** 3
        more = events + 1
        above = more * (1 - 1 / (9 * more) + Z / (3 * np.sqrt(more))) ** 3
        low = np.where(events == 0, 0.0, below) * per / exposure
        high = above * per / exposure
    nothing = ~(exposure > 0)
    return Interval(np.where(nothing, np.nan, low), np.where(nothing, np.nan, high))


def binned_quantile(
    counts: np.ndarray, edges: tuple[int, ...], quantile: float | np.ndarray
) -> np.ndarray:
    """A quantile (one for all, or one a value) from histogram bins, values spread evenly within a bin.

    `counts` has one row a value and one column a bin; the last bin has no upper edge, so a
    quantile inside it is given as its lower edge. NaN where there is no count.
    """
    counts = np.asarray(counts, float)
    total = counts.sum(axis=1)
    with np.errstate(invalid="ignore"):  # of no counts
        wanted = quantile * total
    reached = np.cumsum(counts, axis=1)
    position = np.minimum((reached < wanted[:, None]).sum(axis=1), counts.shape[1] - 1)
    lower = np.asarray(edges, float)
    width = np.append(np.diff(lower), 0.0)
    rows = np.arange(len(counts))
    before = np.where(position > 0, reached[rows, position - 1], 0.0)
    inside = counts[rows, position]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(inside > 0, (wanted - before) / inside, 0.0)
    return np.where(total > 0, lower[position] + part * width[position], np.nan)


def binned_quantile_interval(
    counts: np.ndarray, edges: tuple[int, ...], quantile: float
) -> Interval:
    """An interval of a binned quantile, from the order statistics that bound it.

    Source: Conover 1999, Practical Nonparametric Statistics, 3rd ed., p. 143 (large samples).
    """
    counts = np.asarray(counts, float)
    n = counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = Z * np.sqrt(quantile * (1 - quantile) / n)
    return Interval(
        binned_quantile(counts, edges, np.clip(quantile - half, 0, 1)),
        binned_quantile(counts, edges, np.clip(quantile + half, 0, 1)),
    )
