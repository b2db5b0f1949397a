"""Direct standardisation: what a place would show if its people were mixed as a standard is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.stats.intervals import byar, weighted_sum, wilson
from analytics.text.phrase import Phrase

FEWEST_EVENTS = 10  # as the UK Health Security Agency publishes no standardised rate of fewer


@dataclass(frozen=True)
class Standardised:
    """A figure beside what it would be with the groups of the standard, in the unit of the figure.

    `value`, `low` and `high` are None, and `reason` says why, where the place cannot be
    standardised; `crude` is None where it has no one at
    all, or a group has people and no figure.
    """

    crude: float | None
    value: float | None
    low: float | None
    high: float | None
    reason: str = ""


def standardised_rate(
    events: np.ndarray, exposure: np.ndarray, standard: np.ndarray, per: float = 1.0
) -> Standardised:
    """A rate of events per `per` units of exposure; arrays have one entry a group.

    `standard` is the size of each group in the standard, in any unit. The interval is Byar's for
    the count of events, scaled to the standardised rate: Dobson, Kuulasmaa, Eberle and Scherer
    1991, Statistics in Medicine 10:457–462, as used by the UK Health Security Agency.
    """
    events, exposure, weight = _aligned(events, exposure, standard)
    crude = _crude(events, exposure, per)
    reason = _absent(events, exposure, weight)
    count = float(events[weight > 0].sum())
    if not reason and count < FEWEST_EVENTS:
        reason = Phrase(
            "Fewer than {least} events: too few for a standardised rate.", least=FEWEST_EVENTS
        )
    if reason:
        return Standardised(crude, None, None, None, reason)
    used = weight > 0
    events, exposure, weight = events[used], exposure[used], weight[used]
    value = float((weight * events / exposure).sum())
    variance = float((weight**2 * events / exposure**2).sum())
    ends = byar(np.array([count]), np.array([1.0]), per=1.0)
    scale = np.sqrt(variance / count)
    low, high = (value + scale * (float(end[0]) - count) for end in (ends.low, ends.high))
    return Standardised(crude, value * per, low * per, high * per)


def standardised_share(
    events: np.ndarray, trials: np.ndarray, standard: np.ndarray
) -> Standardised:
    """A share (0 to 1) of people; arrays have one entry a group.

    The interval combines Wilson's intervals of the groups; of one group it is Wilson's, and it holds
    where a small group weighs much. Source: Zou, Huang and Zhang 2009, Computational Statistics
    and Data Analysis 53:1080–1085 (Newcombe's hybrid score for any sum of shares).
    """
    events, trials, weight = _aligned(events, trials, standard)
    crude, reason = _crude(events, trials, 1.0), _absent(events, trials, weight)
    if reason:
        return Standardised(crude, None, None, None, reason)
    used = weight > 0
    ends = wilson(events[used], trials[used])
    found = weighted_sum(weight[used], events[used] / trials[used], ends)
    return Standardised(crude, *found)


def standardised_mean(
    total: np.ndarray, squares: np.ndarray, n: np.ndarray, standard: np.ndarray
) -> Standardised:
    """A mean, from sums, sums of squares and numbers; arrays have one entry a group.

    Student's interval with the variance within groups, pooled as in an analysis of variance:
    Snedecor and Cochran 1989, Statistical Methods, 8th ed., on comparisons of means.
    """
    from scipy.special import stdtrit

    total, n, weight = _aligned(total, n, standard)
    squares = np.asarray(squares, float)
    crude, reason = _crude(total, n, 1.0), _absent(total, n, weight)
    if not reason and (n[n > 0] - 1).sum() < 1:
        reason = Phrase("One value a group: nothing tells how values vary.")
    if reason:
        return Standardised(crude, None, None, None, reason)
    filled = n > 0
    freedom = float((n[filled] - 1).sum())
    within = np.maximum(squares[filled] - total[filled] ** 2 / n[filled], 0).sum() / freedom
    used = weight > 0
    value = float((weight[used] * total[used] / n[used]).sum())
    half = stdtrit(freedom, 0.975) * np.sqrt(within * (weight[used] ** 2 / n[used]).sum())
    return Standardised(crude, value, float(value - half), float(value + half))


def _aligned(
    upper: np.ndarray, lower: np.ndarray, standard: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays as numbers, the standard as shares of its sum."""
    upper, lower, standard = (np.asarray(part, float) for part in (upper, lower, standard))
    if not upper.shape == lower.shape == standard.shape:
        raise ValueError("Standardising takes arrays with one entry a group, of one length.")
    if not standard.sum() > 0:
        raise ValueError("The standard has nobody in any group.")
    return upper, lower, standard / standard.sum()


def _crude(upper: np.ndarray, lower: np.ndarray, per: float) -> float | None:
    counted = lower > 0
    if not counted.any() or not np.isfinite(upper[counted]).all():
        return None
    return float(upper[counted].sum() / lower[counted].sum() * per)


def _absent(upper: np.ndarray, lower: np.ndarray, weight: np.ndarray) -> str:
    """Why a place cannot be standardised: it lacks groups that the standard has, or their figures."""
    if not np.isfinite(upper[lower > 0]).all():
        return Phrase("The figure of a group with people is missing.")
    lacking = int(((weight > 0) & ~(lower > 0)).sum())
    if not lacking:
        return ""
    return Phrase(
        "Nobody in {lacking} of the {groups} groups of the standard.",
        lacking=lacking,
        groups=int((weight > 0).sum()),
    )
