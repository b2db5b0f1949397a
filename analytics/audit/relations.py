"""What an attacker can conclude: linear relations between unknown counts, and bounds from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

NO_BOUND = 1e12
"""An upper bound from here on is none."""

EXACT, AT_LEAST, AT_MOST, NO_SUM = 0, 1, 2, 3
"""Parts make up their total; cover it, and may overlap; leave room for parts that are not listed; or
are no more than the total, each for itself."""

SWEEPS = 30


@dataclass(frozen=True)
class Relations:
    """Sums of unknown counts: the parts of sum `s` make `rest[s]`, plus `total[s]` where it is unknown.

    Everything is a number of a variable, −1 in `total` where the total is published (then it stands
    in `rest`, less the published parts). `rest` has a low and a high side: recaps may bring
    fractions. `part[i]` belongs to sum `of[i]`. `small[j]` is at most `large[j]` × `factor[j]`.
    """

    total: np.ndarray
    rest_low: np.ndarray
    rest_high: np.ndarray
    way: np.ndarray
    part: np.ndarray
    of: np.ndarray
    small: np.ndarray
    large: np.ndarray
    factor: np.ndarray

    def without(self, sums: np.ndarray, pairs: np.ndarray) -> Relations:
        """The same relations less some sums and some pairs (both boolean)."""
        number = np.cumsum(~sums) - 1
        kept = ~sums[self.of]
        return Relations(
            self.total[~sums],
            self.rest_low[~sums],
            self.rest_high[~sums],
            self.way[~sums],
            self.part[kept],
            number[self.of[kept]],
            self.small[~pairs],
            self.large[~pairs],
            self.factor[~pairs],
        )


@dataclass
class Gathering:
    """Relations as they are found, in portions; `relations` puts them together."""

    sums: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    parts: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    count: int = 0

    def add_sums(
        self,
        total: np.ndarray,
        rest: np.ndarray,
        way: np.ndarray,
        part: np.ndarray,
        of: np.ndarray,
    ) -> None:
        """Sums with their unknown parts; `of` counts from zero within this portion."""
        low, high = np.floor(rest + 1e-6), np.ceil(rest - 1e-6)
        self.sums.append((total, low, high, way))
        self.parts.append((part, of + self.count))
        self.count += len(total)

    def add_pairs(self, small: np.ndarray, large: np.ndarray, factor: float = 1.0) -> None:
        """Counts of which one is at most a number of times the other."""
        self.pairs.append((small, large, np.full(len(small), factor)))

    def relations(self) -> Relations:
        """All that was found."""
        total, low, high, way = _joined(self.sums, 4)
        part, of = _joined(self.parts, 2)
        small, large, factor = _joined(self.pairs, 3)
        return Relations(
            total.astype(np.int64),
            low,
            high,
            way.astype(np.int8),
            part.astype(np.int64),
            of.astype(np.int64),
            small.astype(np.int64),
            large.astype(np.int64),
            factor,
        )


def _joined(portions: Sequence[tuple[np.ndarray, ...]], width: int) -> list[np.ndarray]:
    if not portions:
        return [np.zeros(0) for _ in range(width)]
    return [np.concatenate(column) for column in zip(*portions, strict=True)]


def bounds(
    relations: Relations, low: np.ndarray, high: np.ndarray, sweeps: int = SWEEPS
) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most that each variable can be, as far as one relation at a time tells.

    `low` and `high` are where to start from, equal for published counts. Where relations contradict
    each other (a recap beside records), those around the contradiction are left out.
    """
    while True:
        least, most, crossed = _swept(relations, low, high, sweeps)
        if not crossed.any():
            return least, most
        wrong = np.zeros(len(relations.total), dtype=bool)
        wrong[relations.of[crossed[relations.part]]] = True
        known = relations.total >= 0
        wrong[known] |= crossed[relations.total[known]]
        pairs = crossed[relations.small] | crossed[relations.large]
        relations = relations.without(wrong, pairs)


def _swept(
    relations: Relations, low: np.ndarray, high: np.ndarray, sweeps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounds after sweeps over all relations, and the variables whose bounds have crossed."""
    low, high = low.copy(), high.copy()
    changed = np.ones(len(low), dtype=bool)
    for _ in range(sweeps):
        before = low.copy(), high.copy()
        _narrow_sums(relations, changed, low, high)
        _narrow_pairs(relations, low, high)
        changed = (low > before[0]) | (high < before[1])
        crossed = low > high
        if crossed.any() or not changed.any():
            return low, high, crossed
    return low, high, np.zeros(len(low), dtype=bool)


def _narrow_sums(
    relations: Relations, changed: np.ndarray, low: np.ndarray, high: np.ndarray
) -> None:
    size = len(relations.total)
    touched = np.zeros(size, dtype=bool)
    touched[relations.of[changed[relations.part]]] = True
    has_total = relations.total >= 0
    touched[has_total] |= changed[relations.total[has_total]]
    inside = touched[relations.of]
    part, of = relations.part[inside], relations.of[inside]
    parts_low = np.bincount(of, low[part], size)
    parts_high = np.bincount(of, high[part], size)
    own_low = np.where(has_total, low[relations.total], 0)
    own_high = np.where(has_total, high[relations.total], 0)
    least, most = relations.rest_low + own_low, relations.rest_high + own_high
    at_most = relations.way[of] != AT_LEAST
    np.minimum.at(high, part[at_most], (most[of] - (parts_low[of] - low[part]))[at_most])
    at_least = relations.way[of] != AT_MOST
    np.maximum.at(low, part[at_least], (least[of] - (parts_high[of] - high[part]))[at_least])
    upwards = touched & has_total & (relations.way != AT_LEAST)
    np.maximum.at(low, relations.total[upwards], (parts_low - relations.rest_high)[upwards])
    downwards = touched & has_total & (relations.way != AT_MOST)
    np.minimum.at(high, relations.total[downwards], (parts_high - relations.rest_low)[downwards])


def _narrow_pairs(relations: Relations, low: np.ndarray, high: np.ndarray) -> None:
    """Whole numbers: 20 evaluations in twelve months are of two people at least."""
    small, large, factor = relations.small, relations.large, relations.factor
    np.minimum.at(high, small, high[large] * factor)
    np.maximum.at(low, large, np.ceil(low[small] / factor - 1e-9))


def remainders(
    relations: Relations, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The least and the most of what the open parts of each sum come to, and how many are open.

    Parts whose bounds have met are no longer open.
    """
    size = len(relations.total)
    part, of = relations.part, relations.of
    is_open = high[part] > low[part]
    number = np.bincount(of[is_open], minlength=size)
    fixed = np.bincount(of[~is_open], low[part[~is_open]], size)
    least = np.bincount(of[is_open], low[part[is_open]], size)
    most = np.bincount(of[is_open], high[part[is_open]], size)
    has_total = relations.total >= 0
    from_low = relations.rest_low + np.where(has_total, low[relations.total], 0) - fixed
    from_high = relations.rest_high + np.where(has_total, high[relations.total], 0) - fixed
    least = np.where(relations.way != AT_MOST, np.maximum(least, from_low), least)
    most = np.where(relations.way != AT_LEAST, np.minimum(most, from_high), most)
    return least, most, number
