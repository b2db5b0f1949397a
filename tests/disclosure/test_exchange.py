"""The exchange of people between withheld cells: what it accepts is really possible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.disclosure.exchange import Exchange, small
from tests.disclosure.program import Program

THRESHOLD = 5


def exchangeable(people: list, place: int, category: int, **known) -> bool:
    """Whether one cell of a table, place × category, could be empty or large."""
    counts = np.array(people, float)
    tie = np.array(known.pop("tie", np.zeros(counts.shape, int)))
    free = np.array(known.pop("free", np.zeros(counts.shape[1], bool)))
    cells = Exchange(counts, tie, free, **known)
    return bool(cells.exchangeable(np.array([place]), np.array([category]), THRESHOLD)[0])


@pytest.mark.parametrize(
    ("count", "expected"), [(0, False), (1, True), (4, True), (5, False), (9, False)]
)
def test_small_is_somebody_and_fewer_than_the_threshold(count, expected):
    assert bool(small(np.array(count), 5)) is expected


# By hand


def test_a_cell_could_be_empty_where_as_many_come_the_other_way():
    # 3 9   0 12
    # 4 8   7  5
    assert exchangeable([[3, 9], [4, 8]], 0, 0)


def test_a_cell_could_be_large_where_it_cannot_be_empty():
    # 3 9   5 7      the 2 of the last cell are too few to take the place of 3
    # 4 2   2 4
    assert exchangeable([[3, 9], [4, 2]], 0, 0)


def test_a_cell_that_can_neither_be_empty_nor_large_is_not_exchangeable():
    # The first cell is 1 to 4: its place has 4 in all, and one of them can leave at most 2.
    assert not exchangeable([[3, 1], [4, 2]], 0, 0)


def test_a_place_by_itself_exchanges_with_nobody():
    assert not exchangeable([[3, 9, 20]], 0, 0)


def test_a_category_whose_sum_is_not_known_needs_no_other_place():
    assert exchangeable([[3, 9, 20]], 0, 0, free=[True, True, False])
    assert not exchangeable([[3, 9, 20]], 0, 0, free=[True, False, False])
    assert not exchangeable([[3, 9, 20]], 0, 0, free=[False, True, True])


def test_people_stay_within_the_categories_whose_sum_is_known():
    # The sum of each category is known by itself: nobody can leave either.
    assert not exchangeable([[3, 9], [4, 8]], 0, 0, tie=[[0, 1], [0, 1]])
    assert exchangeable([[3, 9, 7], [4, 8, 7]], 0, 0, tie=[[0, 1, 0], [0, 1, 0]])


def test_two_places_whose_own_sums_are_unknown_exchange_one_category():
    assert exchangeable([[3, 9], [4, 8]], 0, 0, tie=[[-1, -1], [-1, -1]])
    assert not exchangeable([[3], [9]], 0, 0, tie=[[-1], [0]])


def test_a_group_cannot_grow_beyond_the_people_of_a_cell():
    people = [[3, 9], [4, 8]]
    room = np.array([[9, 9], [9, 9]], float)
    assert exchangeable(people, 0, 0, room=room)
    # Nobody of the first place's other category is outside the group, and one of its own cell.
    room = np.array([[1, 2], [9, 9]], float)
    assert not exchangeable(people, 0, 0, room=room)
    # The second place can take 2 of them, so that the first cell is 1 to 4.
    room = np.array([[1, 9], [2, 9]], float)
    assert not exchangeable(people, 0, 0, room=room)


def test_what_people_bring_along_must_be_had_by_those_who_take_their_place():
    # All 12 of the first place have it and nobody of the second: the four cells are fixed.
    has = np.array([[3, 9], [0, 0]], float)
    people = np.array([[3, 9], [4, 8]], float)
    kinds = np.array([has, people - has])
    assert not exchangeable(people.tolist(), 0, 0, kinds=kinds, at_most=np.ones(2))
    has = np.array([[2, 4], [2, 5]], float)  # 2 with and 1 without are found among 5 and 3
    kinds = np.array([has, people - has])
    assert exchangeable(people.tolist(), 0, 0, kinds=kinds, at_most=np.ones(2))


@pytest.mark.parametrize(("rows", "expected"), [(5, False), (6, True)])
def test_one_person_can_have_several_of_what_is_counted(rows, expected):
    # The 2 people of the first cell have 6 rows, at most 3 each: 2 of the last cell could have as
    # many, if it has 6. Neither could more be in the first cell: the second has all it can have.
    people = np.array([[2, 9], [20, 6]], float)
    has = np.array([[6, 27], [0, rows]], float)
    kinds = np.array([has, 3 * people - has])
    assert exchangeable(people.tolist(), 0, 0, kinds=kinds, at_most=np.full(2, 3.0)) is expected


# Against integer programs


class Cells:
    """Random withheld cells, and everything a reader knows of them.

    The sums that are known reach the threshold, and so do the people of cells whose number is known:
    that is what the steps before the exchange see to.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        shape = (int(rng.integers(2, 6)), int(rng.integers(2, 5)))
        self.people = rng.poisson(rng.choice([1, 4, 9], size=shape)).astype(float)
        self.tie = self._ties(rng, shape)
        self.free = rng.random(shape[1]) < rng.choice([0, 0.4])
        self.room = self._rooms(rng) if rng.random() < 0.4 else None
        self.at_most = rng.choice([1.0, 1.0, 3.0], size=int(rng.integers(0, 3)))
        self.carried = [
            rng.binomial((self.people * each).astype(int), rng.choice([0.1, 0.5, 0.9]))
            for each in self.at_most
        ]

    @staticmethod
    def _ties(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        tie = np.zeros(shape, int)
        if rng.random() < 0.4:
            tie[:] = rng.integers(0, 2, size=shape if rng.random() < 0.5 else (1, shape[1]))
        tie[rng.random(shape[0]) < rng.choice([0, 0.4])] = -1
        return tie

    def _rooms(self, rng: np.random.Generator) -> np.ndarray:
        room = rng.poisson(rng.choice([1, 4, 12], size=self.people.shape)).astype(float)
        room = np.maximum(room, np.where(self.people > 0, THRESHOLD - self.people, 0))
        room[rng.random(self.people.shape) < 0.1] = np.inf
        return room

    def sums(self) -> list[list[tuple[int, int]]]:
        """The cells of each sum that is known."""
        places, categories = (range(size) for size in self.people.shape)
        columns = [[(p, c) for p in places] for c in categories if not self.free[c]]
        rows = [
            [(p, c) for c in categories if self.tie[p, c] == tie]
            for p in places
            for tie in set(self.tie[p].tolist()) - {-1}
        ]
        return columns + rows

    @property
    def some_sum_is_small(self) -> bool:
        totals = [sum(self.people[cell] for cell in cells) for cells in self.sums()]
        return bool(small(np.array(totals), THRESHOLD).any())

    def exchange(self) -> Exchange:
        kinds = at_most = None
        if self.carried:
            others = [
                each * self.people - has
                for each, has in zip(self.at_most, self.carried, strict=True)
            ]
            kinds = np.array([*self.carried, *others], float)
            at_most = np.concatenate([self.at_most, self.at_most])
        return Exchange(self.people, self.tie, self.free, self.room, kinds, at_most)

    def reader(self) -> Program:
        """People, and what they have of each column: from none to all they could have."""
        known = Program()
        for name, numbers in [("people", self.people), *enumerate(self.carried)]:
            for cells in self.sums():
                known.sums({(name, cell): 1.0 for cell in cells}, sum(numbers[c] for c in cells))
        for cell in np.ndindex(self.people.shape):
            if self.room is not None and np.isfinite(self.room[cell]):
                known.most(("people", cell), float(self.people[cell] + self.room[cell]))
            for n, each in enumerate(self.at_most):
                known.sums({("people", cell): each, (n, cell): -1.0}, 0, np.inf)
        return known


@settings(max_examples=250)
@given(st.integers(0, 1_000_000))
def test_what_is_exchangeable_could_really_be_nobody_or_enough_people(seed):
    cells = Cells(seed)
    place, category = np.nonzero(small(cells.people, THRESHOLD))
    if cells.some_sum_is_small or not len(place):
        return
    accepted = cells.exchange().exchangeable(place, category, THRESHOLD)
    reader = cells.reader()
    for n in np.flatnonzero(accepted):
        cell = (int(place[n]), int(category[n]))
        assert reader.safe(("people", cell), THRESHOLD), cell
