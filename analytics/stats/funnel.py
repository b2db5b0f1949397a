"""Funnel plots: which units lie further from a target than chance and their usual spread explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.text.phrase import Phrase

LEVELS = (0.95, 0.998)  # about two and three standard deviations
WINSORISED = 0.1  # of the z scores, at either end
WINSORISED_SQUARE = 0.678654559  # what the mean square of a normal z score then comes to
FEWEST_UNITS = 5  # the spread between units is not told from fewer


@dataclass(frozen=True)
class Spread:
    """How much units differ beyond chance. `phi` is the mean square of the z scores, robustly.

    `between` is the variance between units, in the squared unit of the value; 0 where chance
    explains the spread. Both are None, and `reason` says why, where there are too few units.
    """

    phi: float | None
    between: float | None
    reason: str = ""


@dataclass(frozen=True)
class ShareLimits:
    """Limits of shares: those of the exact binomial test, or of chance and spread where wider."""

    target: float
    between: float

    def at(self, sizes: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Low and high ends for numbers of trials, from 0 to 1."""
        from scipy.special import bdtrik

        tail = (1 - level) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.nan_to_num(bdtrik(tail, sizes, self.target), nan=0.0) / sizes
            high = (np.nan_to_num(bdtrik(1 - tail, sizes, self.target), nan=0.0) + 1) / sizes
        half = _half(self.target * (1 - self.target), sizes, self.between, level)
        low, high = np.minimum(low, self.target - half), np.maximum(high, self.target + half)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)


@dataclass(frozen=True)
class RateLimits:
    """Limits of rates: those of the exact Poisson test, or of chance and spread where wider."""

    target: float
    between: float
    per: float

    def at(self, sizes: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Low and high ends for exposures, per `per` units of exposure."""
        from scipy.special import pdtrik

        tail, sizes = (1 - level) / 2, sizes / self.per
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.nan_to_num(pdtrik(tail, self.target * sizes), nan=0.0) / sizes
            high = (np.nan_to_num(pdtrik(1 - tail, self.target * sizes), nan=0.0) + 1) / sizes
        half = _half(self.target, sizes, self.between, level)
        low, high = np.minimum(low, self.target - half), np.maximum(high, self.target + half)
        return np.maximum(low, 0), high


@dataclass(frozen=True)
class MeanLimits:
    """Limits of means, for values of which single ones have the standard deviation `deviation`."""

    target: float
    between: float
    deviation: float

    def at(self, sizes: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Low and high ends for numbers of values, in the unit of the value."""
        from scipy.special import ndtri

        with np.errstate(divide="ignore"):
            half = ndtri((1 + level) / 2) * np.sqrt(self.deviation**2 / sizes + self.between)
        return self.target - half, self.target + half


@dataclass(frozen=True)
class Funnel:
    """Units about a target; one entry a unit, in the order given.

    `z` is the distance from the target in standard deviations of chance and spread together; NaN
    for a unit without cases. `outside` is the widest of `LEVELS` whose limits the unit lies outside
    (0 where it lies within all), with the sign of the side: -0.95 is below the 95 % limits only.
    `limits.at(sizes, level)` draws the funnel.
    """

    target: float
    spread: Spread
    value: np.ndarray
    z: np.ndarray
    outside: np.ndarray
    limits: ShareLimits | RateLimits | MeanLimits


def spread_of(value: np.ndarray, variance: np.ndarray, target: float) -> Spread:
    """The additive spread between units by the method of moments, from winsorised z scores.

    Winsorising keeps the few units that are looked for out of the spread that excuses them. It also
    takes a third of the square of a normal score, so that, unlike in the source, phi is divided by
    what is left: else one unit in eight would lie outside limits of 95 %.
    Source: Spiegelhalter 2005, Statistics in Medicine 24:1185–1202, and Quality and Safety in
    Health Care 14:347–351; no spread is claimed while phi is below 1 + 2 √(2 / units).
    """
    known = np.isfinite(value) & (variance > 0)
    units = int(known.sum())
    if units < FEWEST_UNITS:
        reason = Phrase(
            "Fewer than {least} units: too few to tell how units differ.", least=FEWEST_UNITS
        )
        return Spread(None, None, reason)
    value, variance = value[known], variance[known]
    z = (value - target) / np.sqrt(variance)
    z = np.clip(z, *np.quantile(z, [WINSORISED, 1 - WINSORISED]))
    phi = float((z**2).mean()) / WINSORISED_SQUARE
    if phi < 1 + 2 * np.sqrt(2 / units):
        return Spread(phi, 0.0)
    weight = 1 / variance
    between = (units * phi - (units - 1)) / (weight.sum() - (weight**2).sum() / weight.sum())
    return Spread(phi, float(max(between, 0.0)))


CHANCE_ALONE = Spread(None, 0.0)


def share_funnel(
    events: np.ndarray,
    trials: np.ndarray,
    target: float | None = None,
    spread: Spread | None = None,
) -> Funnel:
    """A funnel of shares (0 to 1) about `target`, or about the share of all units together.

    The spread between units is found from them, unless one is given (`CHANCE_ALONE` for none).
    """
    trials = np.asarray(trials, float)
    value, goal = _value_and_target(events, trials, target)
    variance = _ratio(np.full(trials.shape, goal * (1 - goal)), trials)
    spread = spread or spread_of(value, variance, goal)
    return _funnel(value, variance, trials, spread, ShareLimits(goal, spread.between or 0.0))


def rate_funnel(
    events: np.ndarray,
    exposure: np.ndarray,
    per: float = 1.0,
    target: float | None = None,
    spread: Spread | None = None,
) -> Funnel:
    """A funnel of rates per `per` units of exposure about `target`, or about the rate of all units.

    Chance limits are those that the UK Health Security Agency draws (R package
    PHEindicatormethods). The spread is found from the units, unless one is given.
    """
    exposure = np.asarray(exposure, float)
    value, goal = _value_and_target(events, exposure / per, target)
    variance = _ratio(np.full(exposure.shape, goal), exposure / per)
    spread = spread or spread_of(value, variance, goal)
    return _funnel(value, variance, exposure, spread, RateLimits(goal, spread.between or 0.0, per))


def mean_funnel(
    total: np.ndarray,
    n: np.ndarray,
    deviation: float,
    target: float | None = None,
    spread: Spread | None = None,
) -> Funnel:
    """A funnel of means about `target`, or about the mean of all units together.

    `deviation` is the standard deviation of single values within a unit, taken as one for all.
    The spread between units is found from them, unless one is given.
    """
    n = np.asarray(n, float)
    value, goal = _value_and_target(total, n, target)
    variance = _ratio(np.full(n.shape, deviation**2), n)
    spread = spread or spread_of(value, variance, goal)
    return _funnel(value, variance, n, spread, MeanLimits(goal, spread.between or 0.0, deviation))


def _half(variance: float, sizes: np.ndarray, between: float, level: float) -> np.ndarray | float:
    """Half the width of limits of chance and spread; nothing where there is no spread to add."""
    from scipy.special import ndtri

    if not between:
        return 0.0
    with np.errstate(divide="ignore"):
        return ndtri((1 + level) / 2) * np.sqrt(variance / sizes + between)


def _ratio(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Upper over lower; NaN where lower is nothing or either is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lower > 0, upper / lower, np.nan)


def _value_and_target(
    upper: np.ndarray, lower: np.ndarray, target: float | None
) -> tuple[np.ndarray, float]:
    upper = np.asarray(upper, float)
    if target is None:
        known = np.isfinite(upper) & (lower > 0)
        target = float(_ratio(upper[known].sum(), lower[known].sum()))
    return _ratio(upper, lower), target


def _funnel(
    value: np.ndarray,
    variance: np.ndarray,
    sizes: np.ndarray,
    spread: Spread,
    limits: ShareLimits | RateLimits | MeanLimits,
) -> Funnel:
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (value - limits.target) / np.sqrt(variance + limits.between)
    outside = np.zeros(value.shape)
    for level in LEVELS:
        low, high = limits.at(sizes, level)
        outside = np.where(value < low, -level, np.where(value > high, level, outside))
    outside = np.where(np.isfinite(value), outside, 0.0)
    return Funnel(limits.target, spread, value, z, outside, limits)
