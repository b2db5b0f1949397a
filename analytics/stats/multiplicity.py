"""Many comparisons at once: which differences stand when the share of false ones is held."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np


@cache
def all_differences(many: int) -> float:
    """How many standard errors a difference must be from zero to stand among all of `many` figures.

    Independent figures of any precision, all differences together held to 5 %: 1.96 for two, 2.34
    for three, 3.16 for ten. Source: Tukey's range as by Kramer 1956, Biometrics 12:307–310, which
    Hayter 1984, Annals of Statistics 12:61–75, showed to hold for unequal precision.
    """
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(0.95, max(many, 2), np.inf) / np.sqrt(2))


def two_sided(steps: np.ndarray | float) -> np.ndarray:
    """The chance to be at least so many standard errors from zero, either way."""
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(np.asarray(steps, float)))


@dataclass(frozen=True)
class Discoveries:
    """What stands of many comparisons, one entry a comparison in the order given.

    `adjusted` is the smallest rate at which the comparison would stand, NaN where it had no p
    value; such a comparison is not counted among the many and never stands.
    """

    adjusted: np.ndarray
    stands: np.ndarray
    rate: float


def benjamini_hochberg(p: np.ndarray, rate: float = 0.05) -> Discoveries:
    """The comparisons among which at most `rate` are expected to be false.

    Holds for independent and for positively dependent comparisons, such as shares set against
    their common mean. Source: Benjamini and Hochberg 1995, JRSS B 57:289–300.
    """
    from scipy.stats import false_discovery_control

    p = np.asarray(p, float)
    known = ~np.isnan(p)
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        adjusted[known] = false_discovery_control(p[known], method="bh")
    return Discoveries(adjusted, known & (adjusted <= rate), rate)
