"""What an attacker can conclude: linear relations between unknown counts, and bounds from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

NO_BOUND = 1e12
"""An upper bound from here on is none."""

EXACT, AT_LEAST, AT_MOST, NO_SUM = 0, 1, 2, 3
"""Parts make up their total; cover it, and may overlap; leave room for parts that are not listed; or
are no more than the total, each for itself."""

SWEEPS = 30

BLOCK = 32768
"""Sums, and pairs, that are worked on at a time."""

MOST = 0.4
"""To take more than this share out of a block costs more than to work on all of it."""


@dataclass(frozen=True)
class Relations:
    """Sums of unknown counts: the parts of sum `s` make `rest[s]`, plus `total[s]` where it is unknown.

    Everything is a number of a variable, −1 in `total` where the total is published (then it stands
    in `rest`, less the published parts). `rest` has a low and a high side: recaps may bring
    fractions. `part[i]` belongs to sum `of[i]`, which ascends. `small[j]` is at most `large[j]` ×
    `factor[j]`.
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

    def sums_of(self, variables: np.ndarray) -> np.ndarray:
        """Which sums have one of some variables in them (both boolean)."""
        found = variables[self.total] & (self.total >= 0)
        found[self.of[variables[self.part]]] = True
        return found

    def pairs_of(self, variables: np.ndarray) -> np.ndarray:
        """Which pairs have one of some variables in them (both boolean)."""
        return variables[self.small] | variables[self.large]

    def with_sums(self, some: np.ndarray) -> Relations:
        """Some of the sums (boolean), and all pairs."""
        parts = np.flatnonzero(some[self.of])
        number = np.cumsum(some) - 1
        some = np.flatnonzero(some)
        return replace(
            self,
            total=self.total[some],
            rest_low=self.rest_low[some],
            rest_high=self.rest_high[some],
            way=self.way[some],
            part=self.part[parts],
            of=number[self.of[parts]],
        )

    def with_pairs(self, some: np.ndarray) -> Relations:
        """Some of the pairs (boolean), and all sums."""
        some = np.flatnonzero(some)
        return replace(
            self, small=self.small[some], large=self.large[some], factor=self.factor[some]
        )

    def sums_about(self, variables: np.ndarray) -> Relations:
        """At least the sums that have one of some variables (boolean) in them."""
        some = self.sums_of(variables)
        return self if np.count_nonzero(some) > MOST * len(some) else self.with_sums(some)

    def pairs_about(self, variables: np.ndarray) -> Relations:
        """At least the pairs that have one of some variables (boolean) in them."""
        some = self.pairs_of(variables)
        return self if np.count_nonzero(some) > MOST * len(some) else self.with_pairs(some)

    def blocks(self) -> list[Relations]:
        """The same relations, some at a time: what is worked out of one fits into the cache."""
        starts = range(0, max(len(self.total), len(self.small), 1), BLOCK)
        cuts = np.searchsorted(self.of, [*starts, len(self.total)])
        return [
            self._block(slice(start, start + BLOCK), slice(first, last))
            for start, first, last in zip(starts, cuts[:-1], cuts[1:], strict=True)
        ]

    def _block(self, some: slice, parts: slice) -> Relations:
        return Relations(
            self.total[some],
            self.rest_low[some],
            self.rest_high[some],
            self.way[some],
            self.part[parts],
            self.of[parts] - some.start,
            self.small[some],
            self.large[some],
            self.factor[some],
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
        self.pairs.append((small, large, np.broadcast_to(factor, len(small))))

    def relations(self) -> Relations:
        """All that was found; nothing is kept here, so that it is not in memory twice."""
        total, low, high, way = _taken(self.sums, "iffi")
        part, of = _taken(self.parts, "ii")
        small, large, factor = _taken(self.pairs, "iif")
        return Relations(total, low, high, way, part, of, small, large, factor)


def _taken(portions: list[tuple[np.ndarray, ...]], empty: str) -> list[np.ndarray]:
    columns = list(zip(*portions, strict=True)) or [[np.zeros(0, dtype=kind)] for kind in empty]
    portions.clear()
    return [np.concatenate(column) for column in columns]


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
        relations = relations.with_sums(~relations.sums_of(crossed))
        relations = relations.with_pairs(~relations.pairs_of(crossed))


def _swept(
    relations: Relations, low: np.ndarray, high: np.ndarray, sweeps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounds after sweeps over all relations, and the variables whose bounds have crossed."""
    low, high = low.copy(), high.copy()
    blocks = relations.blocks()
    changed = np.ones(len(low), dtype=bool)
    for _ in range(sweeps):
        before, changed = changed, np.zeros(len(low), dtype=bool)
        _narrow_sums((block.sums_about(before) for block in blocks), low, high, changed)
        before |= changed
        _narrow_pairs([block.pairs_about(before) for block in blocks], low, high, changed)
        crossed = low > high
        if crossed.any() or not changed.any():
            return low, high, crossed
    return low, high, np.zeros(len(low), dtype=bool)


def _narrow_sums(
    blocks: Iterable[Relations], low: np.ndarray, high: np.ndarray, changed: np.ndarray
) -> None:
    """Narrow the bounds by what each sum tells, and mark in `changed` where they move."""
    found = [_told_by_sums(block, low, high) for block in blocks]
    for part, most, *_ in found:
        _bring_down(high, part, most, changed)
    for part, _, slack, *_ in found:
        _bring_up(low, part, high[part] - slack, changed)
    for *_, up, least, down, most in found:
        _bring_up(low, up, least, changed)
        _bring_down(high, down, most, changed)


def _told_by_sums(block: Relations, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
    """What is narrower than it was: parts, with their most and with how far below their own most
    they can be; totals with their least, and totals with their most.
    """
    part, of, total = block.part, block.of, block.total
    covered, roomy, unknown = block.way == AT_LEAST, block.way == AT_MOST, total >= 0
    part_low, width = low[part], high[part]
    parts_low = np.bincount(of, part_low, len(total))
    parts_high = np.bincount(of, width, len(total))
    width -= part_low
    own_low, own_high = low[total] * unknown, high[total] * unknown
    above = np.where(covered, np.inf, block.rest_high + own_high - parts_low)
    below = np.where(roomy, np.inf, parts_high - (block.rest_low + own_low))
    at = np.flatnonzero(width > np.minimum(above, below)[of])
    least, most = parts_low - block.rest_high, parts_high - block.rest_low
    up = np.flatnonzero(unknown & ~covered & (least > own_low))
    down = np.flatnonzero(unknown & ~roomy & (most < own_high))
    parts = part[at], part_low[at] + above[of[at]], below[of[at]]
    return *parts, total[up], least[up], total[down], most[down]


def _narrow_pairs(
    blocks: Sequence[Relations], low: np.ndarray, high: np.ndarray, changed: np.ndarray
) -> None:
    """Whole numbers: 20 evaluations in twelve months are of two people at least."""
    most = [high[block.large] * block.factor for block in blocks]
    for block, one in zip(blocks, most, strict=True):
        _bring_down(high, block.small, one, changed)
    least = [np.ceil(low[block.small] / block.factor - 1e-9) for block in blocks]
    for block, one in zip(blocks, least, strict=True):
        _bring_up(low, block.large, one, changed)


def _bring_down(
    high: np.ndarray, variables: np.ndarray, most: np.ndarray, changed: np.ndarray
) -> None:
    less = np.flatnonzero(most < high[variables])
    np.minimum.at(high, variables[less], most[less])
    changed[variables[less]] = True


def _bring_up(
    low: np.ndarray, variables: np.ndarray, least: np.ndarray, changed: np.ndarray
) -> None:
    more = np.flatnonzero(least > low[variables])
    np.maximum.at(low, variables[more], least[more])
    changed[variables[more]] = True


def remainders(
    relations: Relations, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The least and the most of what the open parts of each sum come to, and how many are open.

    Parts whose bounds have met are no longer open.
    """
    size = len(relations.total)
    part_low, part_high = low[relations.part], high[relations.part]
    is_open = np.flatnonzero(part_high > part_low)
    of = relations.of[is_open]
    number = np.bincount(of, minlength=size)
    least = np.bincount(of, part_low[is_open], size)
    most = np.bincount(of, part_high[is_open], size)
    fixed = np.bincount(relations.of, part_low, size) - least
    has_total = relations.total >= 0
    from_low = relations.rest_low + np.where(has_total, low[relations.total], 0) - fixed
    from_high = relations.rest_high + np.where(has_total, high[relations.total], 0) - fixed
    least = np.where(relations.way != AT_MOST, np.maximum(least, from_low), least)
    most = np.where(relations.way != AT_LEAST, np.minimum(most, from_high), most)
    return least, most, number
