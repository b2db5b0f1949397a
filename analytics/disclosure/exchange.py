"""The witness of protection: people of withheld cells could change places with each other.

A small withheld cell is safe when its people could be somewhere else, or more people could be in it,
while every published figure stays as it is. Both are shown by an exchange: some people of a place
move from one group to another, and as many of other places move the other way.
"""

# pyright: reportIndexIssue=false, reportArgumentType=false, reportGeneralTypeIssues=false
# numpy types `any` along an axis as what may also be one value.

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


def small(counts: Array, threshold: int) -> Array:
    """Which counts must not be shown: somebody, and fewer than the threshold."""
    return (counts > 0) & (counts < threshold)


@dataclass(frozen=True)
class Exchange:
    """The withheld cells of one group and period, place × category.

    `kinds` is what people of a cell have of each column that is counted, and what they could have
    more, with kinds before; one person has `at_most` so much of each.
    """

    people: Array
    tie: Array
    free: Array
    room: Array | None = None
    kinds: Array | None = None
    at_most: Array | None = None

    def all_exchangeable(self, threshold: int) -> bool:
        """Whether each small cell could be empty or large."""
        cells = np.nonzero(small(self.people, threshold))
        return bool(self.exchangeable(cells[0], cells[1], threshold).all())

    def exchangeable(self, place: Array, category: Array, threshold: int) -> Array:
        """Which of these cells could be empty or large."""
        safe = self.can_be_empty(place, category)
        place, category, rest = place[~safe], category[~safe], np.flatnonzero(~safe)
        partners = self._partners(place, category, self._elsewhere(place, category))
        for n, allowed in enumerate(partners):
            safe[rest[n]] = self._can_be_large(allowed, place[n], category[n], threshold)
        return safe

    def can_be_empty(self, place: Array, category: Array) -> Array:
        """Which of these cells could be empty."""
        moved = self.people[place, category]
        could_leave = self._elsewhere(place, category)
        partners = self._partners(place, category, could_leave)
        if self.room is not None:
            could_leave &= self.room[place] >= moved[:, None]
            partners &= could_leave[:, None, :]
            partners &= (moved[:, None] <= self.room[:, category].T)[:, :, None]
        at_will = (could_leave & self.free & self.free[category][:, None]).any(axis=1)
        untied = (self.tie[place, category] < 0) & ((self.tie < 0).any(axis=1).sum() > 1)
        safe = at_will | untied
        safe[~safe] = self._replaceable(partners[~safe], place[~safe], category[~safe])
        return safe

    def _elsewhere(self, place: Array, category: Array) -> Array:
        """The other categories that the people of each cell could have: cell × category."""
        other = np.arange(self.people.shape[1]) != category[:, None]
        return other & (self.tie[place] == self.tie[place, category][:, None])

    def _partners(self, place: Array, category: Array, elsewhere: Array) -> Array:
        """The cells whose people could have the category of each cell: cell × place × category."""
        partners = elsewhere[:, None, :] & (self.tie == self.tie[:, category].T[:, :, None])
        return partners & (np.arange(len(self.people)) != place[:, None])[:, :, None]

    def _replaceable(self, allowed: Array, place: Array, category: Array) -> Array:
        """Whether people in the allowed cells agree with those of a cell in all that is counted,
        cell by cell."""
        need = self.people[place, category]
        enough = (allowed * self.people).sum(axis=(1, 2)) >= need
        if self.kinds is None:
            return enough
        wanted = self.kinds[:, place, category].T
        cells = allowed.reshape(len(place), self.people.size)
        kinds = self.kinds.reshape(len(self.kinds), self.people.size)
        enough &= (cells @ kinds.T >= wanted).all(axis=1)
        one = (kinds >= wanted[enough][:, :, None]).all(axis=1) & cells[enough]
        one &= self.people.ravel() >= need[enough][:, None]
        for n in np.flatnonzero(enough)[~one.any(axis=1)]:
            enough[n] = self._agree(allowed[n], wanted[n], float(need[n]))
        return enough

    def _can_be_large(self, allowed: Array, place: int, category: int, threshold: int) -> bool:
        """Whether enough people of another group here agree with as many of this group elsewhere."""
        need = float(threshold - self.people[place, category])
        if self.room is not None:
            allowed = allowed & (self.room >= need) & (self.room[place, category] >= need)
        column = np.zeros_like(allowed)
        for other in np.flatnonzero(allowed.any(axis=0) & (self.people[place] >= need)):
            wanted = None
            if self.kinds is not None and self.at_most is not None:
                rest = self.at_most * (self.people[place, other] - need)
                wanted = np.maximum(self.kinds[:, place, other] - rest, 0)
            column[:] = False
            column[:, category] = allowed[:, other]
            if self._agree(column, wanted, need):
                return True
        return False

    def _agree(self, cells: Array, wanted: Array | None, need: float) -> bool:
        """Whether so many people of some cells can have what is wanted of each kind.

        One after another is taken from the cell that has most of what is still missing.
        """
        people = self.people[cells]
        if people.sum() < need:
            return False
        if wanted is None or self.kinds is None or self.at_most is None:
            return True
        offered, each = self.kinds[:, cells], self.at_most[:, None]
        if (offered.sum(axis=1) < wanted).any():
            return False
        if (offered[:, people >= need] >= wanted[:, None]).all(axis=0).any():
            return True
        taken = np.zeros(len(people))
        for _ in range(int(need)):
            missing = wanted - np.minimum(each * taken, offered).sum(axis=1) > 0
            more = np.minimum(each * (taken + 1), offered) - np.minimum(each * taken, offered)
            score = np.where(people > taken, (more[missing] / each[missing]).sum(axis=0), -1)
            taken[np.argmax(score)] += 1
        return bool((np.minimum(each * taken, offered).sum(axis=1) >= wanted).all())
