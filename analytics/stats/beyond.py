"""Whether a difference goes beyond what chance, the usual variation and a trifle explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST_UNITS = 8  # the usual variation is not told from fewer
REACH = 1.5  # standard deviations from which on a unit counts no further
HALVINGS = 50
TAILS = 8  # degrees of freedom of the usual variation, at most: it has heavier tails than chance
LEAST_SHRUNK = 1e-8  # one over the freedom from which on Student's t is the normal distribution


@dataclass(frozen=True)
class Usual:
    """How much units vary beyond chance: a variance, and the degrees of freedom it is known with."""

    between: float
    freedom: float


NONE = Usual(0.0, float("inf"))
"""For differences that chance alone explains, such as from a target that somebody has set."""


def usual_variation(
    deviation: np.ndarray, variance: np.ndarray, *, centres: int = 1, reach: float = REACH
) -> Usual | None:
    """The variance between units beyond that of chance; None for fewer than eight units.

    `deviation` is each unit's distance from its centre, `variance` that of chance alone, and
    `centres` how many centres were found from the same units. The variance is the one under which
    squared standardised deviations come to their expectation; those beyond `reach` count as `reach`,
    so that the few units that are looked for do not excuse themselves.
    Source: Paule and Mandel 1982, J. Res. NBS 87:377–385 (an unbounded `reach`); proposal 2 of Huber
    1964, Annals of Mathematical Statistics 35:73–101 (the bound).
    """
    deviation, variance = np.asarray(deviation, float), np.asarray(variance, float)
    known = np.isfinite(deviation) & (variance > 0)
    squares, chance = deviation[known] ** 2, variance[known]
    units = len(squares)
    if units < FEWEST_UNITS or units <= centres:
        return None
    wanted = (units - centres) * _bounded_square(reach)
    freedom = min(units - centres, TAILS)

    def sum_at(between: float) -> float:
        return float(np.minimum(squares / (chance + between), reach**2).sum())

    low, high = 0.0, 1.0
    if sum_at(low) <= wanted:
        return Usual(0.0, freedom)
    high = float(squares.max()) * units
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum_at(middle) > wanted else (low, middle)
    return Usual((low + high) / 2, freedom)


def _bounded_square(reach: float) -> float:
    """The mean of the squares of normal scores, of which those beyond `reach` count as `reach`."""
    from scipy.special import ndtr

    if not np.isfinite(reach):
        return 1.0
    density = np.exp(-(reach**2) / 2) / np.sqrt(2 * np.pi)
    inside = 2 * ndtr(reach) - 1 - 2 * reach * density
    return float(inside + 2 * reach**2 * ndtr(-reach))


def above(
    excess: np.ndarray, variance: np.ndarray, matters: float | np.ndarray, usual: Usual = NONE
) -> np.ndarray:
    """One-sided p values that a true excess is more than `matters`; NaN where a figure is missing.

    The null is every excess up to `matters`, and the p value is that at its end. The reference is
    Student's t, as of a prediction interval, with the freedom of the sum of both variances.
    Source: Hodges and Lehmann 1954, JRSS B 16:261–268; Higgins, Thompson and Spiegelhalter 2009,
    JRSS A 172:137–159; Satterthwaite 1946, Biometrics Bulletin 2:110–114.
    """
    return _upper_tail(np.asarray(excess, float) - matters, variance, usual)


def apart(
    difference: np.ndarray, variance: np.ndarray, matters: float | np.ndarray, usual: Usual = NONE
) -> np.ndarray:
    """Two-sided p values that a true difference, of either sign, is more than `matters`.

    The null is the interval from -`matters` to `matters`; the p value is the largest over it, which
    is the one at either end. Source and reference as of `above`.
    """
    size = np.abs(np.asarray(difference, float))
    both = _upper_tail(size - matters, variance, usual)
    return both + _upper_tail(size + matters, variance, usual)


def _upper_tail(distance: np.ndarray, variance: np.ndarray, usual: Usual) -> np.ndarray:
    from scipy.special import stdtr

    total = np.asarray(variance, float) + usual.between
    total = np.where(total > 0, total, np.nan)
    shrunk = (usual.between / total) ** 2 / usual.freedom  # one over the freedom of the sum
    return stdtr(1 / np.maximum(shrunk, LEAST_SHRUNK), -distance / np.sqrt(total))


def above_limit(events: np.ndarray, trials: np.ndarray, limit: float | np.ndarray) -> np.ndarray:
    """One-sided exact p values that a chance of events is more than `limit`; NaN without trials.

    Counts need not be whole: where people have several trials, both are given by person.
    Source: Clopper and Pearson 1934, Biometrika 26:404–413, by the incomplete beta function.
    """
    from scipy.special import betainc

    events, trials = np.asarray(events, float), np.asarray(trials, float)
    limit = np.clip(np.broadcast_to(np.asarray(limit, float), events.shape), 0.0, 1.0)
    some = (events > 0) & (trials > 0)
    p = betainc(np.where(some, events, 1.0), np.where(some, trials - events + 1, 1.0), limit)
    return np.where(some, p, np.where(trials > 0, 1.0, np.nan))
