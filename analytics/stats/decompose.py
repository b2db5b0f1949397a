"""A gap between two figures, split into who the people are and what is reached with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from analytics.stats.intervals import Interval, weighted_sum
from analytics.text.phrase import Phrase


@dataclass(frozen=True)
class Split:
    """The gap of two populations, second less first, in the unit of the rate.

    `composition` has one number a factor (one for all of them under `kitagawa`), in the order of
    the axes; with `rate` they sum to `gap`. `groups_composition` and `groups_rate` have one entry a
    group (or cell) and sum to their parts. All are None, and `reason` says why, where a population
    has nobody, or a group with people no figure.
    """

    gap: float | None
    composition: tuple[float, ...] | None
    rate: float | None
    groups_composition: np.ndarray | None
    groups_rate: np.ndarray | None
    reason: str = ""


def kitagawa(
    size: np.ndarray, rate: np.ndarray, other_size: np.ndarray, other_rate: np.ndarray
) -> Split:
    """Two parts: groups of other size, and other rates within groups, each at the average of the other.

    Arrays have one entry a group. Where only one population has a group, its rate stands for both,
    so that the group counts as composition alone. Source: Kitagawa 1955, JASA 50:1168–1194.
    """
    size, other_size = np.asarray(size, float), np.asarray(other_size, float)
    if not (size.sum() > 0 and other_size.sum() > 0):
        reason = Phrase("One of the two has nobody: there is no gap to split.")
        return Split(None, None, None, None, None, reason)
    if not (
        np.isfinite(np.where(size > 0, rate, 0)).all()
        and np.isfinite(np.where(other_size > 0, other_rate, 0)).all()
    ):
        reason = Phrase("The figure of a group with people is missing.")
        return Split(None, None, None, None, None, reason)
    one, other = _shared_rates(size, rate, other_size, other_rate)
    share, other_share = size / size.sum(), other_size / other_size.sum()
    composition = (other_share - share) * (one + other) / 2
    rates = (other - one) * (share + other_share) / 2
    gap = float((other_share * other).sum() - (share * one).sum())
    return Split(gap, (float(composition.sum()),), float(rates.sum()), composition, rates)


def das_gupta(
    size: np.ndarray, rate: np.ndarray, other_size: np.ndarray, other_rate: np.ndarray
) -> Split:
    """A part for each factor of the composition, and one for the rates; arrays have an axis a factor.

    The share of a cell is written as a product with one term a factor, the same whichever order the
    factors are taken in; the parts then do not depend on an order either. Where only one population
    has a cell, its rate stands for both. `groups_composition` is that of all factors together.
    Source: Das Gupta 1993, Standardization and Decomposition of Rates: A User's Manual (US Bureau
    of the Census, P23-186), chapter 5, equation 5.36.
    """
    size, other_size = np.asarray(size, float), np.asarray(other_size, float)
    whole = kitagawa(size, rate, other_size, other_rate)
    if whole.gap is None:
        return whole
    one, other = _shared_rates(size, rate, other_size, other_rate)
    effects = product_effects(_terms(size), _terms(other_size))
    middle = (one + other) / 2
    parts = tuple(float((middle * effect).sum()) for effect in effects)
    return Split(whole.gap, parts, whole.rate, whole.groups_composition, whole.groups_rate)


@dataclass(frozen=True)
class Groups:
    """A population by groups: how many are in each, each group's figure and the figure's interval."""

    size: np.ndarray
    rate: np.ndarray
    ends: Interval


def part_intervals(first: Groups, second: Groups) -> Interval:
    """The 95 % intervals of the parts of `kitagawa` (one axis) or `das_gupta` (several).

    One entry a factor, then the rate, then the gap; NaN where a group's figure has no interval. Who
    belongs to which group is taken as counted, not as drawn by chance: given the sizes each part is
    a sum of the groups' figures, each times a weight. Source: fixed characteristics as in Oaxaca
    and Ransom 1994, Journal of Econometrics 61:5–21, with the interval of such a sum by Zou, Huang
    and Zhang 2009 (see `weighted_sum`).
    """
    size, other = np.asarray(first.size, float), np.asarray(second.size, float)
    shares = size / size.sum(), other / other.sum()
    factors = (
        product_effects(_terms(size), _terms(other))
        if size.ndim > 1
        else [np.diff(shares, axis=0)[0]]
    )
    middle = (shares[0] + shares[1]) / 2
    weights = [
        *((effect / 2, effect / 2) for effect in factors),
        (-middle, middle),
        (-shares[0], shares[1]),
    ]
    found = [_sum_of(pair, first, second) for pair in weights]
    return Interval(np.array([low for low, _ in found]), np.array([high for _, high in found]))


def _sum_of(
    weights: tuple[np.ndarray, np.ndarray], first: Groups, second: Groups
) -> tuple[float, float]:
    """The ends of a sum over the groups of both; a group that only one has counts by its figure."""
    on_first, on_second = weights
    one, other = np.asarray(first.size) > 0, np.asarray(second.size) > 0
    weight = np.concatenate(
        [
            np.where(one, on_first + np.where(other, 0, on_second), 0).ravel(),
            np.where(other, on_second + np.where(one, 0, on_first), 0).ravel(),
        ]
    )
    rate, low, high = (
        np.concatenate([np.ravel(part) for part in parts])
        for parts in (
            (first.rate, second.rate),
            (first.ends.low, second.ends.low),
            (first.ends.high, second.ends.high),
        )
    )
    _, start, end = weighted_sum(weight, rate, Interval(low, high))
    return start, end


def product_effects(factors: np.ndarray, other_factors: np.ndarray) -> np.ndarray:
    """What each factor adds to the difference of two products, entry by entry.

    The first axis is the factor; the product is taken over it. Each factor is changed from the
    first to the second population at every mixture of the others, averaged over the orders in
    which factors may change. Source: Das Gupta 1993, chapters 2 and 4, equation 3.54.
    """
    first, second = np.asarray(factors, float), np.asarray(other_factors, float)
    count = len(first)
    effects = np.zeros_like(first)
    for factor in range(count):
        others = [at for at in range(count) if at != factor]
        for size in range(count):
            weight = factorial(size) * factorial(count - 1 - size) / factorial(count)
            for changed in combinations(others, size):
                mixture = np.ones_like(first[0])
                for at in others:
                    mixture = mixture * (second[at] if at in changed else first[at])
                effects[factor] += weight * mixture * (second[factor] - first[factor])
    return effects


def _terms(size: np.ndarray) -> np.ndarray:
    """Das Gupta's terms of the share of each cell, one a factor; their product is the share.

    A term multiplies the shares that its factor takes within each set of the other factors.
    """
    factors = range(size.ndim)
    terms = np.ones((size.ndim, *size.shape))
    for factor in factors:
        others = [at for at in factors if at != factor]
        for number in range(size.ndim):
            power = factorial(number) * factorial(size.ndim - 1 - number) / factorial(size.ndim)
            for held in combinations(others, number):
                upper = _margin(size, {factor, *held})
                lower = _margin(size, set(held))
                with np.errstate(divide="ignore", invalid="ignore"):
                    terms[factor] *= np.where(lower > 0, upper / lower, 0.0) ** power
    return terms


def _margin(size: np.ndarray, kept: set[int]) -> np.ndarray:
    summed = tuple(at for at in range(size.ndim) if at not in kept)
    return size.sum(axis=summed, keepdims=True) if summed else size


def _shared_rates(
    size: np.ndarray, rate: np.ndarray, other_size: np.ndarray, other_rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Both populations' rates, each group without people taking the other's, 0 where neither has any."""
    one = np.where(size > 0, np.asarray(rate, float), np.nan)
    other = np.where(other_size > 0, np.asarray(other_rate, float), np.nan)
    one, other = np.where(np.isnan(one), other, one), np.where(np.isnan(other), one, other)
    return np.nan_to_num(one, nan=0.0), np.nan_to_num(other, nan=0.0)
