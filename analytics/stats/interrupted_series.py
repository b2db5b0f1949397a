"""Before and after a dated policy in one place: a series, and what it would have been without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.stats.verdict import Verdict, verdict
from analytics.text.phrase import Phrase

FEWEST_A_SIDE = 8  # Penfold and Zhang 2013, Academic Pediatrics 13:S38–S44
CORRELATIONS = np.linspace(-0.5, 0.97, 50)  # of neighbouring months that are weighed
HALVINGS = 30  # of the range in which an end of an interval is looked for
LEVEL, SLOPE = "level", "slope"
LONG = 48  # known values from which on a bend of the course can be told from a change
BENDS = (2, 3)  # degrees of the curves that are looked for on either side of the policy
PRETEST = 0.1  # at which a bend is seen: what a test before another overlooks is believed


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimates:
    """Values with their 95 % intervals, one entry each."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Interruption:
    """What changed with a policy, in the unit of the values.

    `level` is the step at the policy, `slope` the change of the rise a unit of time, `average` the
    mean distance from the counterfactual since; the verdict is about that. `newey_west` is `average`
    with the usual errors, which are too small for series of a few years. `fitted` has one entry a
    value given, `counterfactual` one a time from the policy on: what would have been without it.
    Where the series cannot tell, the verdict is unknown, the rest None, and `reason` says why. Where
    the course may bend by itself the verdict is unknown too, `bent` is true and `reason` says so;
    the rest is then what a straight line would have it.
    """

    verdict: Verdict
    average: Estimate | None = None
    level: Estimate | None = None
    slope: Estimate | None = None
    newey_west: Estimate | None = None
    fitted: np.ndarray | None = None
    counterfactual: Estimates | None = None
    correlation: float | None = None
    reason: str = ""
    bent: bool = False


def interrupted_series(
    values: np.ndarray,
    at: int,
    matters: float,
    period: int = 12,
    pairs: int = 2,
    changes: tuple[str, ...] = (LEVEL, SLOPE),
) -> Interruption:
    """Segmented regression of `values`, one a unit of time (NaN where missing), policy before `at`.

    `matters` is the smallest change that matters; `pairs` of sine and cosine over `period` stand for
    the season (0 for none); `changes` are those looked for. Neighbouring values may be correlated
    (first-order autoregression): intervals weigh every correlation r by its restricted likelihood
    and √(1 - r²), and hold 93 to 98 per cent of planted changes in series of two to five years.
    The correlation is not known from a few years, and Newey–West errors, given beside, cover such
    effects in 60 to 90 of 100 series rather than 95.
    Of `LONG` values and more it is tested that the course is straight but for the policy: a rise, a
    fall or no change is called only where neither side bends, and a rise or a fall only where it
    stands with a bend of the whole course allowed. Shorter series take the course to be straight,
    which whoever shows them has to say.
    Source: Lopez Bernal, Cummins and Gasparrini 2017, International Journal of Epidemiology
    46:348–355; Zellner and Tiao 1964, JASA 59:763–778; Turner et al. 2021, BMC Medical Research
    Methodology 21:181; Newey and West 1987, Econometrica 55:703–708.
    """
    values = np.asarray(values, float)
    known = np.flatnonzero(np.isfinite(values))
    reason = _untold(values, known, at, period if pairs else 0)
    if reason:
        return Interruption(verdict(None, None, matters), reason=reason)
    design = segments(len(values), at, period, pairs, changes)
    fits = weighed_fits(design[known], values[known], known)
    changed = slice(2, 2 + len(changes))
    contrast = np.zeros(design.shape[1])
    contrast[changed] = design[at:, changed].mean(axis=0)
    average = fits.estimate(contrast)
    without = design[at:].copy()
    without[:, changed] = 0.0
    steps = {
        kind: fits.estimate(np.eye(design.shape[1])[2 + place])
        for place, kind in enumerate(changes)
    }
    word = verdict(average.low, average.high, matters)
    long = len(known) >= LONG and word is not Verdict.UNKNOWN
    bent = long and (
        _bends(design[known], values[known], known, at)
        or (
            word is not Verdict.NO_LARGER
            and not _stands(design[known], values[known], known, contrast)
        )
    )
    return Interruption(
        Verdict.UNKNOWN if bent else word,
        average,
        steps.get(LEVEL),
        steps.get(SLOPE),
        newey_west=_newey_west(design[known], values[known], contrast),
        fitted=design @ (fits.weights @ fits.coefficients),
        counterfactual=fits.estimates(without),
        correlation=float(fits.weights @ CORRELATIONS),
        reason=BENT if bent else "",
        bent=bent,
    )


BENT = Phrase("The course may bend by itself: a straight line carried on cannot tell what changed.")


def _curve(times: np.ndarray, degree: int) -> np.ndarray:
    """A Legendre polynomial over the span of the times."""
    span = np.ptp(times) or 1
    return np.polynomial.legendre.Legendre.basis(degree)(2 * (times - times.min()) / span - 1)


def _bends(design: np.ndarray, values: np.ndarray, times: np.ndarray, at: int) -> bool:
    """Whether the course before the policy, or the one since, is not a straight line.

    The curves are tested together, by Bonferroni, at a level at which few of them are overlooked.
    """
    curves = np.zeros((len(times), 2 * len(BENDS)))
    for side, kept in enumerate((times < at, times >= at)):
        for place, degree in enumerate(BENDS):
            curves[kept, side * len(BENDS) + place] = _curve(times[kept], degree)
    whole = np.column_stack([design, curves])
    if np.linalg.matrix_rank(whole) < whole.shape[1] or len(times) <= whole.shape[1]:
        return False
    contrasts = np.eye(whole.shape[1])[design.shape[1] :]
    found = weighed_fits(whole, values, times).estimates(contrasts, PRETEST / len(contrasts))
    return bool(((found.low > 0) | (found.high < 0)).any())


def _stands(
    design: np.ndarray, values: np.ndarray, times: np.ndarray, contrast: np.ndarray
) -> bool:
    """Whether a sum of coefficients still leaves out nothing where the whole course may bend."""
    whole = np.column_stack([design, _curve(times, BENDS[0])])
    found = weighed_fits(whole, values, times).estimate(np.append(contrast, 0.0))
    return found.low > 0 or found.high < 0


def _untold(values: np.ndarray, known: np.ndarray, at: int, period: int) -> str:
    before = int((known < at).sum())
    if min(before, len(known) - before) < FEWEST_A_SIDE:
        return Phrase(
            "Fewer than {least} points before or after: a change cannot be told.",
            least=FEWEST_A_SIDE,
        )
    if len(known) < 2 * period:
        return Phrase("Fewer than two whole seasons: a change cannot be told from the season.")
    if np.ptp(values[known]) == 0:
        return Phrase("All values are the same.")
    return ""


def segments(length: int, at: int, period: int, pairs: int, changes: tuple[str, ...]) -> np.ndarray:
    """Columns: one, time, the changes, then pairs of the season; one row a unit of time."""
    time = np.arange(length)
    kinds = {LEVEL: (time >= at).astype(float), SLOPE: np.maximum(time - at, 0.0)}
    season = [
        wave(2 * np.pi * pair * time / period)
        for pair in range(1, pairs + 1)
        for wave in (np.sin, np.cos)
    ]
    return np.column_stack([np.ones(length), time, *(kinds[kind] for kind in changes), *season])


@dataclass(frozen=True)
class Fits:
    """Generalised least squares at each of `CORRELATIONS`, one a row, and how likely each is."""

    coefficients: np.ndarray
    spreads: np.ndarray
    weights: np.ndarray
    freedom: int

    def estimates(self, contrasts: np.ndarray, outside: float = 0.05) -> Estimates:
        """Sums of coefficients, one a row, each distribution mixed over the correlations.

        `outside` is the chance that an interval leaves to lie outside it.
        """
        from scipy.special import stdtr, stdtrit

        weighty = self.weights > 1e-9
        weights, spreads = self.weights[weighty], self.spreads[weighty]
        centres = contrasts @ self.coefficients[weighty].T
        errors = np.sqrt(np.einsum("mi,kij,mj->mk", contrasts, spreads, contrasts))
        ends = []
        for level in (outside / 2, 1 - outside / 2):
            # The quantile of a mixture lies between those of what is mixed.
            parts = centres + stdtrit(self.freedom, level) * errors
            low, high = parts.min(axis=1), parts.max(axis=1)
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                standing = (middle[:, None] - centres) / errors
                under = stdtr(self.freedom, standing) @ weights < level
                low, high = np.where(under, middle, low), np.where(under, high, middle)
            ends.append((low + high) / 2)
        return Estimates(centres @ weights, ends[0], ends[1])

    def estimate(self, contrast: np.ndarray) -> Estimate:
        """A sum of coefficients."""
        found = self.estimates(contrast[None, :])
        return Estimate(float(found.value[0]), float(found.low[0]), float(found.high[0]))


def weighed_fits(design: np.ndarray, values: np.ndarray, times: np.ndarray) -> Fits:
    """Fits of values at whole units of time; one row of the design a value."""
    coefficients, spreads, likelihoods = [], [], []
    freedom = design.shape[0] - design.shape[1]
    least = 1e-24 * float((values**2).sum())  # a series that follows the model to the last digit
    for correlation in CORRELATIONS:
        rows, lost = _whitened(np.column_stack([design, values]), times, correlation)
        normal = rows[:, :-1].T @ rows[:, :-1]
        found = np.linalg.solve(normal, rows[:, :-1].T @ rows[:, -1])
        rest = max(float(((rows[:, -1] - rows[:, :-1] @ found) ** 2).sum()), least)
        coefficients.append(found)
        spreads.append(np.linalg.inv(normal) * rest / freedom)
        likelihoods.append(-(lost + np.linalg.slogdet(normal)[1] + freedom * np.log(rest)) / 2)
    prior = np.sqrt(1 - CORRELATIONS**2)
    weights = prior * np.exp(np.array(likelihoods) - max(likelihoods))
    return Fits(np.array(coefficients), np.array(spreads), weights / weights.sum(), freedom)


def _whitened(rows: np.ndarray, times: np.ndarray, correlation: float) -> tuple[np.ndarray, float]:
    """Rows less what the row before foretells, in one scale, and the logarithm of that scale."""
    carried = correlation ** np.diff(times)
    scale = 1 - carried**2
    later = (rows[1:] - carried[:, None] * rows[:-1]) / np.sqrt(scale)[:, None]
    return np.vstack([rows[:1], later]), float(np.log(scale).sum())


def _newey_west(design: np.ndarray, values: np.ndarray, contrast: np.ndarray) -> Estimate:
    """A sum of coefficients of least squares, its error allowing for correlated neighbours.

    Written out, since loading statsmodels takes a server a second and 100 MB.
    """
    from scipy.special import stdtrit

    n, columns = design.shape
    lags = int(4 * (n / 100) ** (2 / 9))
    bread = np.linalg.inv(design.T @ design)
    found = bread @ design.T @ values
    scores = design * (values - design @ found)[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        lagged = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (lagged + lagged.T)
    spread = bread @ meat @ bread * n / (n - columns)
    value = float(contrast @ found)
    half = float(stdtrit(n - columns, 0.975) * np.sqrt(contrast @ spread @ contrast))
    return Estimate(value, value - half, value + half)
