"""How far an instrument, a group or a pair of raters can be relied on, before anything is ranked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.stats.intervals import Z
from analytics.text.phrase import Phrase

FEWEST_RESPONDENTS = 10
FEWEST_ITEMS = 3  # a factor is not told from two items
DECIMALS = 10  # of the correlations that a factor is fitted to


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with its 95 % interval and the number of cases it is from.

    `value`, `low` and `high` are None, and `reason` says why, where it cannot be told.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""


def cronbach_alpha(items: np.ndarray) -> Coefficient:
    """Cronbach's alpha of items scored one way; one row a respondent, one column an item.

    Respondents who left out an item are left out. Source: Cronbach 1951, Psychometrika 16:297–334;
    the interval by Feldt 1965, Psychometrika 30:357–370.
    """
    from scipy.special import fdtri

    items = _complete(items)
    n, count = items.shape
    reason = _untold(items, fewest_items=2)
    if reason:
        return Coefficient(None, None, None, n, reason)
    whole = items.sum(axis=1).var(ddof=1)
    if whole <= 0:
        return Coefficient(None, None, None, n, Phrase("All respondents have the same score."))
    alpha = count / (count - 1) * (1 - items.var(axis=0, ddof=1).sum() / whole)
    freedom = (n - 1, (n - 1) * (count - 1))
    low = 1 - (1 - alpha) * fdtri(*freedom, 0.975)
    high = 1 - (1 - alpha) * fdtri(*freedom, 0.025)
    return Coefficient(float(alpha), float(low), float(high), n)


def mcdonald_omega(items: np.ndarray) -> Coefficient:
    """McDonald's omega of one common factor; one row a respondent, one column an item.

    The factor is fitted by maximum likelihood. The interval is of normal theory, on the logit scale:
    from a few hundred respondents on. Source: McDonald 1999, Test Theory; Raykov and
    Marcoulides 2011, Introduction to Psychometric Theory.
    """
    items = _complete(items)
    n = len(items)
    reason = _untold(items, FEWEST_ITEMS)
    if reason:
        return Coefficient(None, None, None, n, reason)
    deviation = items.std(axis=0, ddof=1)
    # The last bits of a sum depend on its order, and the search makes much of them.
    loading, unique = one_factor(np.corrcoef(items, rowvar=False).round(DECIMALS))
    if not (np.isfinite(loading).all() and np.isfinite(unique).all()):
        return Coefficient(None, None, None, n, Phrase("No common factor could be fitted."))
    loading, unique = loading * deviation, unique * deviation**2
    common, own = loading.sum() ** 2, unique.sum()
    omega = float(common / (common + own))
    if not 0 < omega < 1:
        return Coefficient(None, None, None, n, Phrase("No common factor could be fitted."))
    slope = np.concatenate(
        [
            np.full(len(loading), 2 * loading.sum() * own / (common + own) ** 2),
            np.full(len(loading), -common / (common + own) ** 2),
        ]
    )
    error = float(np.sqrt(slope @ np.linalg.pinv(_information(loading, unique, n)) @ slope))
    middle, half = np.log(omega / (1 - omega)), Z * error / (omega * (1 - omega))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (middle - half, middle + half))
    return Coefficient(omega, low, high, n)


def one_factor(correlation: np.ndarray) -> Sequence[np.ndarray]:
    """Loadings and unique variances of one factor, by maximum likelihood, one an item; NaN where
    the fit does not settle or leaves an item no variance of its own."""
    from statsmodels.multivariate.factor import Factor
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, EstimationWarning

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        fit = Factor(corr=correlation, n_factor=1, method="ml").fit(rng=0)  # or it starts anywhere
    if any(issubclass(one.category, (ConvergenceWarning, EstimationWarning)) for one in said):
        return [np.full(len(correlation), np.nan)] * 2
    loading = np.asarray(fit.loadings)[:, 0]
    return loading * (1.0 if loading.sum() >= 0 else -1.0), np.asarray(fit.uniqueness)


def _information(loading: np.ndarray, unique: np.ndarray, n: int) -> np.ndarray:
    """Fisher's information on loadings, then unique variances, of n normal respondents."""
    count = len(loading)
    inverse = np.linalg.inv(np.outer(loading, loading) + np.diag(unique))
    slopes = []
    for at in range(count):
        slope = np.zeros((count, count))
        slope[at] += loading
        slope[:, at] += loading
        slopes.append(slope)
    for at in range(count):
        slope = np.zeros((count, count))
        slope[at, at] = 1.0
        slopes.append(slope)
    turned = [inverse @ slope for slope in slopes]
    return (n - 1) / 2 * np.array([[np.trace(a @ b) for b in turned] for a in turned])


def item_rest(items: np.ndarray) -> np.ndarray:
    """The correlation of each item with the sum of the others; NaN for an item that never varies."""
    items = _complete(items)
    rest = items.sum(axis=1, keepdims=True) - items
    item, rest = items - items.mean(axis=0), rest - rest.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (item * rest).sum(axis=0) / np.sqrt((item**2).sum(axis=0) * (rest**2).sum(axis=0))


@dataclass(frozen=True)
class GroupReliability:
    """How far people of one group answer alike, and how far the means of groups can be told apart.

    `single` is ICC(1), `mean` ICC(2) at the size `size` that groups have on average.
    """

    single: Coefficient
    mean: Coefficient
    size: float


def group_reliability(scores: np.ndarray, groups: np.ndarray) -> GroupReliability:
    """ICC(1) and ICC(2) of groups, such as agencies, from one score a person and the group's name.

    Groups of one person tell nothing and are left out. Source: Shrout and Fleiss 1979, Psychological
    Bulletin 86:420–428, case 1; Bliese 2000, in Klein and Kozlowski (eds.), Multilevel Theory,
    349–381; unequal sizes by their average after Snedecor and Cochran 1989.
    """
    scores, at, sizes = _groups_of_several(np.asarray(scores, float), np.asarray(groups))
    n, count = len(scores), len(sizes)
    if count < 2:
        reason = Phrase("Fewer than two groups with two people or more.")
        nothing = Coefficient(None, None, None, n, reason)
        return GroupReliability(nothing, nothing, 0.0)
    means = np.bincount(at, scores) / sizes
    between = float((sizes * (means - scores.mean()) ** 2).sum() / (count - 1))
    within = float(((scores - means[at]) ** 2).sum() / (n - count))
    size = float((n - (sizes**2).sum() / n) / (count - 1))
    if between <= 0 or within <= 0:
        reason = Phrase("No group differs from another, or nobody within a group does.")
        nothing = Coefficient(None, None, None, n, reason)
        return GroupReliability(nothing, nothing, size)
    ratios = _ratios(between / within, (count - 1, n - count))
    single, mean = [_single(f, size) for f in ratios], [1 - 1 / f for f in ratios]
    return GroupReliability(_told(single, n), _told(mean, n), size)


def _groups_of_several(
    scores: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of groups of two people or more, the number of each score's group, and the sizes."""
    known = np.isfinite(scores)
    scores, groups = scores[known], groups[known]
    _, at, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    several = sizes[at] >= 2
    _, at, sizes = np.unique(groups[several], return_inverse=True, return_counts=True)
    return scores[several], at, sizes


def within_group_agreement(items: np.ndarray, options: int) -> Coefficient:
    """rwg(j): agreement of one group's people on items answered on `options` steps.

    One row a respondent, one column an item. Measured against answers spread evenly over the
    steps; agreement below that of even answers counts as none. There is no interval: `low` and
    `high` are None. Source: James, Demaree and Wolf 1984, Journal of Applied Psychology 69:85–98.
    """
    items = _complete(items)
    n, count = items.shape
    if n < 2:
        return Coefficient(None, None, None, n, Phrase("Fewer than two people answered."))
    even = (options**2 - 1) / 12
    rest = float(items.var(axis=0, ddof=1).mean() / even)
    agreed = max(1 - rest, 0.0)
    return Coefficient(count * agreed / (count * agreed + rest) if agreed else 0.0, None, None, n)


def groups_agreement(items: np.ndarray, groups: np.ndarray, options: int) -> dict[int, float]:
    """`within_group_agreement` of every group of two people or more, by the group's number.

    `items` has a row a respondent, none missing; `groups` the number of each one's group.
    """
    names, at, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(at, item) for item in items.T]) / sizes[:, None]
    apart = ((items - means[at]) ** 2).mean(axis=1)
    several = sizes > 1
    spread = np.bincount(at, apart)[several] / (sizes[several] - 1)
    rest = spread / ((options**2 - 1) / 12)
    agreed, count = np.maximum(1 - rest, 0.0), items.shape[1]
    whole = np.where(agreed > 0, count * agreed / np.maximum(count * agreed + rest, 1e-300), 0.0)
    return dict(zip(names[several].tolist(), whole.tolist(), strict=True))


@dataclass(frozen=True)
class RaterReliability:
    """The six intraclass correlations of Shrout and Fleiss 1979, each with its interval.

    `one_way`: each person has other raters; `random`: the raters stand for others like them;
    `fixed`: these raters are all there are. `…_mean` is of the mean of all raters of a person.
    """

    one_way: Coefficient
    random: Coefficient
    fixed: Coefficient
    one_way_mean: Coefficient
    random_mean: Coefficient
    fixed_mean: Coefficient


def rater_reliability(ratings: np.ndarray) -> RaterReliability:
    """Agreement of raters on the same people; one row a person, one column a rater.

    People whom a rater left out are left out. Source: Shrout and Fleiss 1979, Psychological
    Bulletin 86:420–428; their intervals.
    """
    ratings = _complete(ratings)
    n, raters = ratings.shape
    if n < 2 or raters < 2:
        reason = Phrase("No two people have two raters or more.")
        return RaterReliability(*[Coefficient(None, None, None, n, reason)] * 6)
    people, judges = ratings.mean(axis=1), ratings.mean(axis=0)
    whole = ratings.mean()
    between = raters * ((people - whole) ** 2).sum() / (n - 1)
    judge = n * ((judges - whole) ** 2).sum() / (raters - 1)
    within = ((ratings - people[:, None]) ** 2).sum() / (n * (raters - 1))
    rest = ratings - people[:, None] - judges[None, :] + whole
    error = (rest**2).sum() / ((n - 1) * (raters - 1))
    if not (within > 0 and error > 1e-12 and between > 0):
        reason = Phrase("Raters agree fully, or people do not differ: nothing is left to measure.")
        return RaterReliability(*[Coefficient(None, None, None, n, reason)] * 6)
    one = _ratios(between / within, (n - 1, n * (raters - 1)))
    fixed = _ratios(between / error, (n - 1, (n - 1) * (raters - 1)))
    random = _random_raters(n, raters, between, judge, error)
    return RaterReliability(
        _told([_single(f, raters) for f in one], n),
        _told(random, n),
        _told([_single(f, raters) for f in fixed], n),
        _told([1 - 1 / f for f in one], n),
        _told([raters * r / (1 + (raters - 1) * r) for r in random], n),
        _told([1 - 1 / f for f in fixed], n),
    )


def _told(parts: Sequence[float], n: int) -> Coefficient:
    value, low, high = (float(part) for part in parts)
    return Coefficient(value, low, high, n)


def _single(ratio: float, size: float) -> float:
    """The correlation of single ones, from the ratio of mean squares over groups of a size."""
    return (ratio - 1) / (ratio + size - 1)


def _ratios(ratio: float, freedom: tuple[int, int]) -> tuple[float, float, float]:
    """A ratio of mean squares and the ends of its 95 % interval."""
    from scipy.special import fdtri

    low, high = ratio / fdtri(*freedom, 0.975), ratio * fdtri(*freedom[::-1], 0.975)
    return float(ratio), float(low), float(high)


def _random_raters(
    n: int, raters: int, between: float, judge: float, error: float
) -> tuple[float, float, float]:
    from scipy.special import fdtri

    value = (between - error) / (between + (raters - 1) * error + raters * (judge - error) / n)
    share, ratio = raters * value, judge / error
    weight = n * (1 + (raters - 1) * value) - share
    freedom = (
        (raters - 1) * (n - 1) * (share * ratio + weight) ** 2
        / ((n - 1) * share**2 * ratio**2 + weight**2)
    )  # fmt: skip
    upper, lower = fdtri(n - 1, freedom, 0.975), fdtri(freedom, n - 1, 0.975)
    spread = raters * judge + (raters * n - raters - n) * error
    low = n * (between - upper * error) / (upper * spread + n * between)
    high = n * (lower * between - error) / (spread + n * lower * between)
    return float(value), float(low), float(high)


def weighted_kappa(counts: np.ndarray, distance: np.ndarray | None = None) -> Coefficient:
    """Agreement of two raters beyond chance on ordered steps; `counts` has a row a step of the one.

    `distance` says how far two steps lie apart, squared steps unless given. Source: Cohen 1968,
    Psychological Bulletin 70:213–220; the error by Fleiss, Cohen and Everitt 1969, ibid. 72:323–327.
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    counts = np.asarray(counts, float)
    steps = np.arange(len(counts))
    if distance is None:
        distance = np.subtract.outer(steps, steps) ** 2
    n = round(counts.sum())
    chance = np.outer(counts.sum(axis=1), counts.sum(axis=0))
    if not (chance * distance).sum() > 0:
        reason = Phrase("Both raters gave everybody the same step: agreement cannot be told.")
        return Coefficient(None, None, None, n, reason)
    with np.errstate(divide="ignore", invalid="ignore"):  # its z value, of few pairs, is not used
        found = cohens_kappa(counts, weights=np.asarray(distance, float))
    low, high = max(found["kappa_low"], -1.0), min(found["kappa_upp"], 1.0)
    return _told([found["kappa"], low, high], n)


def _complete(items: np.ndarray) -> np.ndarray:
    items = np.asarray(items, float)
    return items[np.isfinite(items).all(axis=1)]


def _untold(items: np.ndarray, fewest_items: int) -> str:
    n, count = items.shape
    if n < FEWEST_RESPONDENTS:
        return Phrase(
            "Fewer than {least} respondents answered every item.", least=FEWEST_RESPONDENTS
        )
    if count < fewest_items:
        return Phrase("Fewer than {least} items.", least=fewest_items)
    if (items.var(axis=0) == 0).any():
        return Phrase("An item has the same answer from everybody.")
    return ""
