"""Suppression of whole figures: which places withhold, so that none follows from the others.

Places add up: agencies to their government, governments to their province, provinces to all. What
a total leaves after its published parts (the remainder) is known to every reader. Withheld parts
are safe where that remainder is nobody or at least the threshold, because all of it could be in any
one of them. Where a total is withheld, everything beneath it is.
"""

# pyright: reportIndexIssue=false, reportArgumentType=false, reportGeneralTypeIssues=false
# numpy types `any` along an axis as what may also be one value.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.disclosure.exchange import Exchange, small

Array = np.ndarray


@dataclass(frozen=True)
class Tree:
    """Places and what they add up to: `level` (0 all … 3 agency), `number` and the `parent` row.

    Row 0 is all; parents stand before their children.
    """

    level: Array
    number: Array
    parent: Array

    def __len__(self) -> int:
        return len(self.level)

    @cached_property
    def sums(self) -> tuple[tuple[int, Array], ...]:
        """Each place with places beneath it, from the top, and their rows."""
        order = np.argsort(self.parent[1:], kind="stable") + 1
        parents, first = np.unique(self.parent[order], return_index=True)
        return tuple(zip(parents.tolist(), np.split(order, first[1:]), strict=True))

    def top(self, size: int) -> Tree:
        """The first places alone."""
        return Tree(self.level[:size], self.number[:size], self.parent[:size])


@dataclass(frozen=True)
class Spans:
    """What longer periods tell of shorter ones: `tie` numbers the published longer period that each
    period of a place adds up to, −1 for none; `most` is how many people that had, by group."""

    tie: Array
    most: Array

    def of(self, rows: Array) -> Spans:
        """Those of some places."""
        return Spans(self.tie[rows], self.most[:, rows])


@dataclass(frozen=True)
class Parts:
    """What stands beneath one total: `counts` people by group, part and period.

    `total` is the same of the total itself, by group and period. `room` is how many people of a
    part are not in the group, infinite where that is not known; None where the groups are part of
    nothing that is published. `possible` marks the parts that could have people, `untold` those of
    which a reader does not know how many people they have in all.
    """

    counts: Array
    total: Array
    possible: Array
    room: Array | None = None
    untold: Array | None = None


def withhold_parts(parts: Parts, threshold: int, given: Array) -> Array | None:
    """Which parts of a total to withhold, `given` ones among them; None where the total must go.

    Small parts are withheld (primary suppression), with parts that have nobody, so that "withheld"
    does not tell that somebody is there. Then the smallest published ones follow, until every
    remainder is safe (secondary suppression).
    """
    rest = parts.total - parts.counts.sum(axis=1)
    primary = small(parts.counts, threshold).any(axis=(0, 2)) | given
    if not primary.any() and not small(rest, threshold).any():
        return primary
    nobody = (parts.counts == 0).all(axis=(0, 2)) & parts.possible
    withheld = primary | nobody
    while True:
        unsafe = _unsafe(parts, threshold, withheld)
        if not unsafe.any():
            return withheld
        helpful = (parts.counts.transpose(0, 2, 1)[unsafe] > 0).any(axis=0)
        published = np.flatnonzero(~withheld & helpful)
        if not len(published):
            return None
        withheld[published[np.argmin(_people(parts.counts[:, published]))]] = True


def _people(counts: Array) -> Array:
    """How many people a part has in all groups, in its fullest period."""
    return counts.sum(axis=0).max(axis=1)


def _unsafe(parts: Parts, threshold: int, withheld: Array) -> Array:
    """In which groups and periods something small follows from what is published."""
    remainder = parts.counts[:, withheld].sum(axis=1)
    known = parts.total - parts.counts[:, ~withheld].sum(axis=1)
    unsafe = small(remainder, threshold) | small(known, threshold)
    if parts.room is not None:
        inside = parts.counts[:, withheld], parts.room[:, withheld]
        free = np.zeros(len(withheld), bool) if parts.untold is None else parts.untold
        exchangeable = _exchangeable(*inside, threshold) | free[withheld][None, :, None]
        unsafe |= ~exchangeable.all(axis=1)
    return unsafe


def _told_by_spans(
    counts: Array, spans: Spans, threshold: int, withheld: Array
) -> Iterator[tuple[int, int, int]]:
    """Small withheld counts, as group, part and period, that follow from longer periods.

    The people of others could come in another month of the same longer period, and as many of
    another withheld part the other way round; no month can have more than the longer period.
    """
    tie, rows = spans.tie[withheld], np.flatnonzero(withheld)
    if not (tie >= 0).any():
        return
    for group, people in enumerate(counts[:, withheld]):
        most = spans.most[group, withheld]
        for part, period in _tight_remainders(people, tie, most, threshold):
            yield group, int(rows[part]), period
        place, period = np.nonzero(small(people, threshold))
        free = np.zeros(people.shape[1], dtype=bool)
        cells = Exchange(people, tie, free, np.maximum(most - people, 0))
        for n in np.flatnonzero(~cells.exchangeable(place, period, threshold)):
            yield group, int(rows[place[n]]), int(period[n])


def _tight_remainders(
    people: Array, tie: Array, most: Array, threshold: int
) -> Iterator[tuple[int, int]]:
    """Parts that longer periods tell so closely that what is left of a remainder is small.

    A part that has as many people in a quarter as in each of its months has them in every month.
    """
    low, high = np.zeros_like(people), np.where(tie >= 0, most, np.inf)
    for part in range(len(people)):
        for number in np.unique(tie[part][tie[part] >= 0]):
            inside = tie[part] == number
            missing = np.maximum(most[part, inside] - people[part, inside], 0).sum()
            low[part, inside] = np.maximum(most[part, inside] - missing, 0)
    known = tie >= 0
    fixed = known & (low >= high)
    remainder = people.sum(axis=0)
    left = remainder - np.where(fixed, people, 0).sum(axis=0)
    least = remainder - np.where(known, high, 0).sum(axis=0)
    largest = remainder - np.where(known, low, 0).sum(axis=0)
    largest = np.minimum(largest, _left_at_most(people, tie, least))
    tight = fixed.any(axis=0) & small(left, threshold)
    tight |= (least >= 1) & (largest < threshold) & ~known.all(axis=0)
    for period in np.flatnonzero(tight):
        candidates = fixed[:, period] if fixed[:, period].any() else known[:, period]
        yield int(np.argmin(np.where(candidates, people.max(axis=1), np.inf))), int(period)


def _left_at_most(people: Array, tie: Array, least: Array) -> Array:
    """The most that parts of unknown longer periods can have together in each period.

    Over a longer period that all others are known for, they have what those leave, and at least
    `least` in each of its periods.
    """
    most = np.full(people.shape[1], np.inf)
    for number in np.unique(tie[tie >= 0]):
        inside = (tie == number).any(axis=0)
        if not ((tie[:, inside] == number) | (tie[:, inside] < 0)).all():
            continue
        unknown = (tie[:, inside] < 0).all(axis=1)
        floor = np.maximum(least[inside], 0)
        most[inside] = people[unknown][:, inside].sum() - (floor.sum() - floor)
    return most


def told_by_spans(
    tree: Tree, counts: Array, threshold: int, withheld: Array, spans: Spans
) -> Array:
    """The places whose published longer periods tell small withheld counts: their own, those of
    another part of their total, or the total, where that is withheld.
    """
    told = np.zeros(len(tree), dtype=bool)
    for total, below in tree.sums:
        if not withheld[below].any():
            continue
        if withheld[total]:
            told[below] = (spans.tie[below] >= 0).any(axis=1)
            continue
        here = _told_by_spans(counts[:, below], spans.of(below), threshold, withheld[below])
        known = (spans.tie[below] >= 0).any(axis=1) & withheld[below]
        size = np.where(known, _people(counts[:, below]), np.inf)
        for _, part, _ in here:
            told[below[part if known[part] else int(np.argmin(size))]] = True
    return told


def _exchangeable(counts: Array, room: Array, threshold: int) -> Array:
    """Which counts are not small, or could as well be nobody or enough people.

    People in the group change places with as many who are not, in other withheld parts: every part
    keeps its number of people.
    """
    other_room = room.sum(axis=1, keepdims=True) - np.where(np.isinf(room), 0, room)
    other_counts = counts.sum(axis=1, keepdims=True) - counts
    missing = threshold - counts
    could_be_nobody = other_room >= counts
    could_be_enough = (room >= missing) & (other_counts >= missing)
    return ~small(counts, threshold) | could_be_nobody | could_be_enough


def withhold_places(
    tree: Tree,
    counts: Array,
    threshold: int,
    given: Array,
    possible: Array,
    room: Array | None = None,
    untold: Array | None = None,
) -> Array:
    """Which places to withhold, from `counts` people by group, place and period."""
    given = given | small(counts, threshold).any(axis=(0, 2))
    while True:
        withheld, unsafe = _from_the_top(tree, counts, threshold, given, possible, room, untold)
        if unsafe is None:
            return withheld
        given[unsafe] = True


def _from_the_top(
    tree: Tree,
    counts: Array,
    threshold: int,
    given: Array,
    possible: Array,
    room: Array | None,
    untold: Array | None,
) -> tuple[Array, int | None]:
    """What is withheld, or the total that cannot be published beside any of its parts."""
    withheld = given.copy()
    for total, below in tree.sums:
        if withheld[total]:
            withheld[below] |= possible[below]
            continue
        parts = Parts(
            counts[:, below],
            counts[:, total],
            possible[below],
            None if room is None else room[:, below],
            None if untold is None else untold[below],
        )
        here = withhold_parts(parts, threshold, given[below])
        if here is None:
            return withheld, total
        withheld[below] = here
    return withheld, None
