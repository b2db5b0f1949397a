"""How far the rank of a unit on an index depends on the weights its parts were given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLES = 4000


@dataclass(frozen=True)
class Ranks:
    """Ranks of units, 1 for the highest index, equal indices sharing the better rank; one a unit.

    `low` and `high` hold 95 % of the ranks over random weights; `first` is the share of weights
    under which the unit is first. All NaN for a unit that lacks a part of the index.
    """

    rank: np.ndarray
    low: np.ndarray
    high: np.ndarray
    first: np.ndarray


def rank_intervals(
    parts: np.ndarray, weights: np.ndarray, certainty: float = 1.0, seed: int = 0
) -> Ranks:
    """Ranks by `weights`, and their range when weights are drawn at random about them.

    One row a unit, one column a part, all on one scale, more being better. Weights are drawn from a
    Dirichlet distribution with `weights` as its mean: at a certainty of 1 and equal weights every
    mixture is as likely as any other; a larger one keeps closer to `weights`. Source: Saisana,
    Saltelli and Tarantola 2005, JRSS A 168:307–323.
    """
    parts, weights = np.asarray(parts, float), np.asarray(weights, float)
    if not ((weights > 0).all() and len(weights) == parts.shape[1]):
        raise ValueError("Each part of an index has one weight above 0.")
    weights = weights / weights.sum()
    known = np.isfinite(parts).all(axis=1)
    rank, low, high, first = (np.full(len(parts), np.nan) for _ in range(4))
    if known.any():
        drawn = np.random.default_rng(seed).dirichlet(
            weights * len(weights) * certainty, size=SAMPLES
        )
        ranks = _ranks(drawn @ parts[known].T)
        rank[known] = _ranks(weights @ parts[known].T)
        low[known] = np.quantile(ranks, 0.025, axis=0, method="inverted_cdf")
        high[known] = np.quantile(ranks, 0.975, axis=0, method="inverted_cdf")
        first[known] = (ranks == 1).mean(axis=0)
    return Ranks(rank, low, high, first)


def _ranks(index: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    # Rounded, so that units with the same parts are not parted by the order of additions.
    return rankdata(-np.round(index, 9), method="min", axis=-1)
