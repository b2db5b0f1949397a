"""How far the rank of a unit can be told from figures that are themselves uncertain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLES = 4000


@dataclass(frozen=True)
class RankRanges:
    """Ranks of units, 1 for the highest value, equal values sharing the better rank; one a unit.

    `low` and `high` hold 95 % of the ranks that values drawn from their uncertainty have; `mean` is
    the mean of those ranks. All NaN for a unit without a value or its error.
    """

    rank: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray


def rank_of_estimates(value: np.ndarray, error: np.ndarray, seed: int = 0) -> RankRanges:
    """Ranks by `value`, and their range when each value is drawn anew about itself.

    `error` is each value's standard error. Draws are normal and independent, a flat prior being
    taken for each unit's true value.
    Source: Goldstein and Spiegelhalter 1996, JRSS A 159:385–443; Marshall and Spiegelhalter 1998,
    BMJ 316:1701–1704.
    """
    from scipy.stats import rankdata

    value, error = np.asarray(value, float), np.asarray(error, float)
    known = np.isfinite(value) & (error >= 0)
    rank, low, high, mean = (np.full(value.shape, np.nan) for _ in range(4))
    if known.any():
        drawn = np.random.default_rng(seed).normal(
            value[known], error[known], size=(SAMPLES, int(known.sum()))
        )
        ranks = rankdata(-drawn, method="min", axis=1)
        rank[known] = rankdata(-value[known], method="min")
        low[known] = np.quantile(ranks, 0.025, axis=0, method="inverted_cdf")
        high[known] = np.quantile(ranks, 0.975, axis=0, method="inverted_cdf")
        mean[known] = ranks.mean(axis=0)
    return RankRanges(rank, low, high, mean)
