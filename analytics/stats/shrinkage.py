"""Shrunken estimates: a small unit's own figure drawn toward that of all, by how little it tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.stats.intervals import Z
from analytics.text.phrase import Phrase

FEWEST_UNITS = 4  # the variance between units has no estimate from fewer
ROUNDS = 500
PRECISION = 1e-12


@dataclass(frozen=True)
class Shrunken:
    """Estimates of units beside their raw values, one entry a unit, in the unit of the value.

    `weight` is the part of the estimate that is the centre's rather than the unit's own; NaN stands
    for a unit without cases. `centre` and `between` (the variance between units) are None, and
    `reason` says why, where units are too few: `value`, `low` and `high` then are all NaN.
    """

    raw: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray
    centre: float | None
    between: float | None
    reason: str = ""


def shrunken_means(value: np.ndarray, variance: np.ndarray) -> Shrunken:
    """Normal–normal empirical Bayes with a common centre and unequal variances of chance.

    `variance` is that of each unit's own mean. The interval allows for the centre and the variance
    between units being estimates too; it holds the truth in 95 % of units on average, not in each.
    Where units share one variance, this is the estimator of James and Stein (Efron and Morris 1977).
    Source: Morris 1983, JASA 78:47–55.
    """
    raw, variance = np.asarray(value, float), np.asarray(variance, float)
    known = np.isfinite(raw) & (variance > 0)
    nothing = np.full(raw.shape, np.nan)
    units = int(known.sum())
    if units < FEWEST_UNITS:
        reason = Phrase(
            "Fewer than {least} units: too few to tell how units differ.", least=FEWEST_UNITS
        )
        return Shrunken(raw, nothing, nothing, nothing, nothing, None, None, reason)
    own, chance = raw[known], variance[known]
    between = _between(own, chance)
    trust = 1 / (chance + between)
    centre = float((trust * own).sum() / trust.sum())
    weight = (units - 3) / (units - 1) * chance * trust
    estimate = (1 - weight) * own + weight * centre
    mean_chance = (trust * chance).sum() / trust.sum()
    unsure = 2 / (units - 3) * weight**2 * (mean_chance + between) * trust
    pull = units * trust / trust.sum()
    error = np.sqrt(chance * (1 - (units - pull) / units * weight) + unsure * (own - centre) ** 2)
    parts = (estimate, estimate - Z * error, estimate + Z * error, weight)
    value, low, high, weight = (_placed(part, known) for part in parts)
    return Shrunken(raw, value, low, high, weight, centre, between)


def shrunken_shares(events: np.ndarray, trials: np.ndarray) -> Shrunken:
    """Shares (0 to 1) by `shrunken_means`, with the binomial variance at the share of all units.

    The normal–normal model on the scale of shares, ends cut at 0 and 1: with the common share in the
    variance of chance a unit of all or none is no surer than others of its size.
    Source: Efron and Morris 1977, Scientific American 236(5):119–127, and Morris 1983.
    """
    events, trials = np.asarray(events, float), np.asarray(trials, float)
    counted = np.isfinite(events) & (trials > 0)
    everything = trials[counted].sum()
    common = float(events[counted].sum() / everything) if everything > 0 else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(trials > 0, events / trials, np.nan)
        variance = np.where(trials > 0, common * (1 - common) / trials, np.nan)
    found = shrunken_means(raw, variance)
    reason = found.reason
    if found.centre is None and common in (0.0, 1.0):
        reason = Phrase("All units have the same value: there is nothing to draw together.")
    ends = {name: np.clip(getattr(found, name), 0, 1) for name in ("value", "low", "high")}
    return replace(found, reason=reason, **ends)


def _between(own: np.ndarray, chance: np.ndarray) -> float:
    """Variance between units, by Morris's iteration; 0 where chance explains all of it."""
    units, between = len(own), float(own.var(ddof=1))
    for _ in range(ROUNDS):
        trust = 1 / (chance + between)
        centre = (trust * own).sum() / trust.sum()
        excess = units / (units - 1) * (own - centre) ** 2 - chance
        found = max(float((trust * excess).sum() / trust.sum()), 0.0)
        if abs(found - between) <= PRECISION * max(found, 1e-9):
            return found
        between = found
    return between


def _placed(part: np.ndarray, known: np.ndarray) -> np.ndarray:
    placed = np.full(known.shape, np.nan)
    placed[known] = part
    return placed
