"""What goes along with an outcome, and how much of its variance each driver carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from analytics.stats.intervals import Z
from analytics.text.phrase import Phrase

FEWEST_UNITS = 20
UNITS_A_DRIVER = 5
RESAMPLES = 1000


@dataclass(frozen=True)
class Importance:
    """Shares of the variance of an outcome, one a driver; they sum to `explained` (R², 0 to 1).

    `low` and `high` are 95 % bootstrap intervals. No share is below 0, so an interval does not say
    whether there is one at all; and what goes along with an outcome need not bring it about. All
    but `n` are None, and `reason` says why, where units are too few or drivers cannot be parted.
    """

    share: np.ndarray | None
    low: np.ndarray | None
    high: np.ndarray | None
    explained: float | None
    n: int
    reason: str = ""


@dataclass(frozen=True)
class Correlation:
    """Pearson's correlation with its 95 % interval; all NaN where one side never varies."""

    value: float
    low: float
    high: float


def correlations(drivers: np.ndarray, outcome: np.ndarray) -> list[Correlation]:
    """The correlation of each column of `drivers` with `outcome`; one row a unit, none missing.

    The interval is of Fisher's z. Source: Fisher 1921, Metron 1:3–32.
    """
    drivers, outcome = np.asarray(drivers, float), np.asarray(outcome, float)
    if len(outcome) < 4:
        raise ValueError("A correlation has an interval from four units on.")
    side, whole = drivers - drivers.mean(axis=0), outcome - outcome.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = side.T @ whole / np.sqrt((side**2).sum(axis=0) * (whole**2).sum())
        z = np.arctanh(np.clip(found, -1, 1))
    half = Z / np.sqrt(len(outcome) - 3)
    return [
        Correlation(float(r), float(np.tanh(middle - half)), float(np.tanh(middle + half)))
        for r, middle in zip(found, z, strict=True)
    ]


def johnson(correlation: np.ndarray, with_outcome: np.ndarray) -> np.ndarray:
    """Relative weights, from the correlations of drivers and those of each with the outcome.

    Source: Johnson 2000, Multivariate Behavioral Research 35:1–19.
    """
    spread, direction = np.linalg.eigh(correlation)
    root = direction * np.sqrt(np.maximum(spread, 0)) @ direction.T
    weight = np.linalg.solve(root, with_outcome)
    return root**2 @ weight**2


def lmg(correlation: np.ndarray, with_outcome: np.ndarray) -> np.ndarray:
    """What each driver adds to R², averaged over all orders of drivers; for ten drivers at most.

    Source: Lindeman, Merenda and Gold 1980, Introduction to Bivariate and Multivariate Analysis,
    119–127; Grömping 2006, Journal of Statistical Software 17(1).
    """
    count = len(with_outcome)
    explained: dict[tuple[int, ...], float] = {(): 0.0}
    for size in range(1, count + 1):
        for chosen in combinations(range(count), size):
            at = list(chosen)
            weight = np.linalg.solve(correlation[np.ix_(at, at)], with_outcome[at])
            explained[chosen] = float(weight @ with_outcome[at])
    shares = np.zeros(count)
    for chosen, before in explained.items():
        if len(chosen) == count:
            continue
        orders = factorial(len(chosen)) * factorial(count - 1 - len(chosen)) / factorial(count)
        for driver in set(range(count)) - set(chosen):
            shares[driver] += orders * (explained[tuple(sorted((*chosen, driver)))] - before)
    return shares


def importance(
    drivers: np.ndarray,
    outcome: np.ndarray,
    shares: Callable[[np.ndarray, np.ndarray], np.ndarray] = lmg,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Importance:
    """Shares of the variance of `outcome`, by `lmg` or `johnson`; one row a unit, one column a driver.

    Units with a missing value are left out. The intervals are percentiles over resampled units:
    Tonidandel, LeBreton and Johnson 2009, Psychological Methods 14:387–399.
    """
    drivers, outcome = np.asarray(drivers, float), np.asarray(outcome, float)
    known = np.isfinite(drivers).all(axis=1) & np.isfinite(outcome)
    table = np.column_stack([drivers, outcome])[known]
    n, count = len(table), drivers.shape[1]
    least = max(FEWEST_UNITS, UNITS_A_DRIVER * count)
    if n < least:
        reason = Phrase("Fewer than {least} units: drivers are not told apart.", least=least)
        return Importance(None, None, None, None, n, reason)
    correlation = _correlation(table)
    if correlation is None:
        reason = Phrase("A driver never varies, or follows from others: they are not told apart.")
        return Importance(None, None, None, None, n, reason)
    found = shares(correlation[:-1, :-1], correlation[:-1, -1])
    rng, resampled = np.random.default_rng(seed), []
    for _ in range(resamples):
        again = _correlation(table[rng.integers(0, n, n)])
        if again is not None:
            resampled.append(shares(again[:-1, :-1], again[:-1, -1]))
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return Importance(found, low, high, float(found.sum()), n)


def _correlation(table: np.ndarray) -> np.ndarray | None:
    """Correlations of columns; None where one never varies or drivers are linearly dependent."""
    if (np.ptp(table, axis=0) == 0).any():
        return None
    correlation = np.corrcoef(table, rowvar=False)
    if np.linalg.eigvalsh(correlation[:-1, :-1])[0] < 1e-9:
        return None
    return correlation
