"""Many comparisons at once: which differences stand when the share of false ones is held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
