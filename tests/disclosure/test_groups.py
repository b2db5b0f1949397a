"""Breakdowns: which groups of which places are withheld, by hand and by integer programs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.disclosure.exchange import small
from analytics.disclosure.groups import Table, withhold_cells, withhold_groups
from analytics.disclosure.places import Tree, withhold_places
from tests.disclosure.program import Program

THRESHOLD = 5


def table(people: list, **known) -> Table:
    """A table of one group and period, place × category; nothing above it is withheld."""
    counts = np.array(people, float)[None, :, :, None]
    _, places, categories, _ = counts.shape
    above = np.array(known.pop("withheld_above", np.zeros(categories, bool)))
    return Table(
        counts,
        np.array(known.pop("tie", np.zeros((places, categories), int))),
        above,
        np.array(known.pop("free", above)),
        np.array(known.pop("possible", np.ones(places, bool))),
        **known,
    )


def withheld_of(cells: Table, given: list[tuple[int, int]] | None = None) -> list[list[int]] | None:
    """Which cells are withheld, as rows of 0 and 1."""
    start = np.zeros(cells.counts.shape[1:3], bool)
    for place, category in given or []:
        start[place, category] = True
    mask = withhold_cells(cells, THRESHOLD, start)
    return None if mask is None else mask.astype(int).tolist()


def of_agencies(people: list, **known) -> Table:
    return table(people, all_or_none=True, **known)


# By hand: one total's places


def test_nothing_is_withheld_where_every_cell_is_nobody_or_enough():
    assert withheld_of(table([[5, 0, 30], [20, 8, 40]])) == [[0, 0, 0], [0, 0, 0]]


def test_a_small_cell_takes_the_smallest_other_group_and_place_with_it():
    # 3 takes the second group (its place's others: 9 and 30) and the second place (20 and 50).
    people = [[3, 9, 30], [20, 8, 40], [50, 60, 70]]
    assert withheld_of(table(people)) == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def of_nearly_everybody(withheld: list) -> Table:
    """People of whom one at most of each cell is not in the guard's group."""
    people = [[3, 9], [20, 8]]
    room = np.array([[0, 1], [0, 1]], float)[None, :, :, None]
    everyone = table([[3, 10], [20, 9]])
    return table(people, room=room, everyone=(everyone, np.array(withheld, bool)))


def test_a_small_part_of_a_withheld_population_could_leave_with_all_of_it():
    assert withheld_of(of_nearly_everybody([[1, 1], [1, 1]])) == [[1, 1], [1, 1]]


def test_a_small_part_cannot_leave_with_people_who_are_published():
    assert withheld_of(of_nearly_everybody([[0, 0], [0, 0]])) is None
    assert withheld_of(of_nearly_everybody([[1, 1], [0, 0]])) is None
    assert withheld_of(of_nearly_everybody([[1, 0], [1, 0]])) is None


def test_the_smallest_group_is_that_of_all_places_together():
    people = [[3, 9, 30], [20, 90, 40], [50, 90, 10]]
    assert withheld_of(table(people)) == [[1, 0, 1], [1, 0, 1], [0, 0, 0]]


def test_withheld_groups_of_a_place_reach_the_threshold():
    # 1 + 2 would follow from the place's sum: the third group is withheld with them.
    people = [[1, 2, 9, 40], [20, 20, 20, 90]]
    assert withheld_of(table(people)) == [[1, 1, 1, 0], [1, 1, 1, 0]]


def test_withheld_places_of_a_group_reach_the_threshold():
    people = [[1, 20, 50], [2, 20, 50], [9, 20, 50], [30, 30, 50]]
    assert withheld_of(table(people)) == [[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_places_with_nobody_in_a_withheld_group_are_withheld_alike():
    people = [[3, 9, 30], [0, 8, 40], [25, 30, 60], [40, 40, 70]]
    assert withheld_of(table(people)) == [[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_places_with_nobody_in_a_group_that_is_added_are_withheld_alike():
    # The second group hides the first; the third place has nobody in it, and hides the 3 as well.
    people = [[3, 9, 30], [20, 8, 40], [45, 0, 60]]
    assert withheld_of(table(people)) == [[1, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_places_that_cannot_have_people_are_not():
    people = [[3, 9, 30], [0, 0, 0], [25, 30, 60]]
    cells = table(people, possible=[True, False, True])
    assert withheld_of(cells) == [[1, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_a_place_by_itself_cannot_withhold_a_group_of_a_published_total():
    assert withheld_of(table([[3, 9, 30]])) is None


def test_a_group_whose_sum_is_unknown_needs_no_other_place():
    assert withheld_of(table([[3, 9, 30]], free=[True] * 3)) == [[1, 1, 0]]


def test_what_the_total_withholds_its_places_withhold():
    cells = table([[6, 9, 30], [20, 8, 40]], withheld_above=[True, True, False])
    assert withheld_of(cells) == [[1, 1, 0], [1, 1, 0]]


def test_a_given_cell_is_withheld_with_the_smallest_of_its_group():
    assert withheld_of(table([[30, 9, 30], [20, 8, 40]]), given=[(0, 0)]) == [[1, 0, 0], [1, 0, 0]]


def test_groups_are_withheld_within_the_sum_that_is_known_of_them():
    # The second group has a sum of its own: it cannot hide the first, the third can.
    cells = table([[3, 9, 30], [20, 8, 40]], tie=[[0, 1, 0], [0, 1, 0]])
    assert withheld_of(cells) == [[1, 0, 1], [1, 0, 1]]


def test_agencies_withhold_all_groups_or_none():
    people = [[3, 9, 30], [20, 8, 40], [50, 60, 70]]
    assert withheld_of(of_agencies(people)) == [[1, 1, 1], [1, 1, 1], [0, 0, 0]]


def test_agencies_with_nobody_in_a_group_stay_where_they_are_not_needed():
    people = [[3, 9, 30], [20, 8, 40], [0, 60, 70]]
    assert withheld_of(of_agencies(people)) == [[1, 1, 1], [1, 1, 1], [0, 0, 0]]


def test_a_period_of_its_own_is_enough_to_withhold():
    people = np.array([[[9, 3], [9, 9], [30, 30]], [[20, 20], [8, 8], [40, 40]]], float)
    cells = Table(
        people[None], np.zeros((2, 3), int), np.zeros(3, bool), np.zeros(3, bool), np.ones(2, bool)
    )
    assert withheld_of(cells) == [[1, 1, 0], [1, 1, 0]]


def carried(has: list, at_most: float = 1) -> dict:
    return {
        "carried": np.array(has, float)[None, :, :, None],
        "at_most": np.array([[at_most]], float),
    }


def test_people_who_bring_something_along_need_others_who_have_it():
    # All 12 of the first place have it and nobody of the second: 3 would follow from its sums. Half
    # of the third have it.
    people = [[3, 9], [4, 8], [30, 40]]
    assert withheld_of(table(people)) == [[1, 1], [1, 1], [0, 0]]
    cells = table(people, **carried([[3, 9], [0, 0], [15, 20]]))
    assert withheld_of(cells) == [[1, 1], [1, 1], [1, 1]]


def test_a_group_with_no_room_to_move_takes_another_place():
    people = [[3, 9], [4, 8], [30, 40]]
    room = np.array([[1, 2], [9, 9], [9, 9]], float)[None, :, :, None]
    assert withheld_of(table(people, room=room)) is None
    room = np.array([[1, 9], [2, 9], [9, 9]], float)[None, :, :, None]
    assert withheld_of(table(people, room=room)) == [[1, 1], [1, 1], [1, 1]]


# By hand: trees


@dataclass(frozen=True)
class Places:
    """People of a tree of places, place × category × period, and a column they carry."""

    tree: Tree
    people: np.ndarray
    has: np.ndarray | None = None
    at_most: float = 1

    @property
    def whole(self) -> np.ndarray:
        """The places whose whole figures are withheld."""
        size = len(self.tree)
        return withhold_places(
            self.tree,
            self.people.sum(axis=1)[None],
            THRESHOLD,
            np.zeros(size, bool),
            np.ones(size, bool),
        )

    def table_of(self, rows: np.ndarray, above: np.ndarray) -> Table:
        tie = np.where(self.whole, -1, 0)[:, None] * np.ones(self.people.shape[1], int)
        moved = None if self.has is None else self.has[None, rows]
        return Table(
            self.people[None, rows],
            tie[rows],
            above,
            above,
            np.ones(len(rows), bool),
            moved,
            None if moved is None else np.full((1, self.people.shape[2]), self.at_most),
            all_or_none=bool(self.tree.level[rows[0]] == 3),
        )

    def withheld(self) -> np.ndarray:
        given = self.whole[:, None] * np.ones(self.people.shape[1], bool)
        nobody = (self.people == 0).all(axis=2)
        return withhold_groups(self.tree, self.table_of, THRESHOLD, given, nobody)


def added_up(tree: Tree, leaves: np.ndarray) -> np.ndarray:
    """Numbers of places, totals the sums of their parts."""
    numbers = leaves.astype(float).copy()
    for total, below in reversed(tree.sums):
        numbers[total] = numbers[below].sum(axis=0)
    return numbers


TREE = Tree(np.array([0, 2, 2, 3, 3, 3, 3]), np.arange(7), np.array([-1, 0, 0, 1, 1, 2, 2]))
"""All; two governments; two agencies of each."""


def of_tree(agencies: list, has: list | None = None) -> Places:
    def from_agencies(numbers: list) -> np.ndarray:
        categories = len(numbers[0])
        return added_up(TREE, np.array([[0] * categories] * 3 + numbers)[:, :, None])

    return Places(TREE, from_agencies(agencies), None if has is None else from_agencies(has))


def rows_of(places: Places) -> list[list[int]]:
    return places.withheld().astype(int).tolist()


def test_small_cells_of_agencies_stay_within_their_government():
    places = of_tree([[3, 9, 30], [20, 8, 40], [20, 20, 20], [30, 30, 30]])
    assert rows_of(places) == [[0] * 3] * 3 + [[1] * 3] * 2 + [[0] * 3] * 2


def test_what_a_government_withholds_all_its_agencies_withhold():
    places = of_tree([[3, 9, 30], [0, 8, 40], [20, 20, 20], [30, 30, 30]])
    assert rows_of(places) == [[0] * 3] + [[1, 1, 0]] * 2 + [[1] * 3] * 4


def test_the_breakdown_of_a_total_goes_where_its_parts_cannot_be_protected():
    # Everybody of the first agency has what nobody of the second has: neither can take the other's
    # place. Their government withholds its breakdown.
    people = [[3, 9], [9, 8], [20, 30], [40, 40]]
    places = of_tree(people, [[3, 9], [0, 0], [10, 15], [20, 20]])
    assert rows_of(of_tree(people))[1] == [0, 0]
    assert rows_of(places)[1] == [1, 1]
    assert rows_of(places)[3:5] == [[1, 1], [1, 1]]


def test_a_breakdown_withheld_for_its_parts_does_not_follow_from_its_siblings():
    places = of_tree([[3, 9], [9, 8], [20, 30], [40, 40]], [[3, 9], [0, 0], [10, 15], [20, 20]])
    assert reader(places, places.withheld(), 0).safe((0, 3, 0), THRESHOLD)


def test_groups_with_nobody_are_withheld_where_others_of_their_place_are():
    places = of_tree([[3, 9, 0], [20, 8, 0], [20, 20, 20], [30, 30, 30]])
    assert rows_of(places)[3:5] == [[1, 1, 1], [1, 1, 1]]
    top = of_tree([[3, 9, 30, 0], [0, 8, 40, 0], [0, 20, 20, 0], [0, 30, 30, 0]])
    assert rows_of(top)[0] == [1, 1, 0, 1]


# Against integer programs


def reader(places: Places, withheld: np.ndarray, period: int) -> Program:
    """All sums over groups and places of one period, of people and of the column they carry."""
    known = Program()
    categories = places.people.shape[1]
    hidden = np.concatenate([withheld, places.whole[:, None]], axis=1)
    columns = [places.people] if places.has is None else [places.people, places.has]
    for column, numbers in enumerate(columns):
        now = numbers[:, :, period]
        now = np.concatenate([now, now.sum(axis=1, keepdims=True)], axis=1)

        def say(
            total: tuple[int, int], parts: list[tuple[int, int]], now=now, column=column
        ) -> None:
            """That parts add up to a total, what is published put in."""
            signs = [(total, -1.0), *((part, 1.0) for part in parts)]
            unknown = {(column, *cell): sign for cell, sign in signs if hidden[cell]}
            known.sums(unknown, -sum(sign * now[cell] for cell, sign in signs if not hidden[cell]))

        for total, below in places.tree.sums:
            for category in range(categories + 1):
                say((total, category), [(part, category) for part in below.tolist()])
        for place in range(len(places.tree)):
            say((place, categories), [(place, category) for category in range(categories)])
    if places.has is not None:
        for place, category in np.argwhere(hidden).tolist():
            cells = {(0, place, category): places.at_most, (1, place, category): -1.0}
            known.sums(cells, 0, np.inf)
    return known


def random_places(seed: int, *, carried: bool) -> Places:
    rng = np.random.default_rng(seed)
    level, parent = [0], [-1]
    for _ in range(rng.integers(2, 4)):
        level.append(2)
        parent.append(0)
    if rng.random() < 0.6:
        for above in range(1, len(level)):
            for _ in range(rng.integers(1, 4)):
                level.append(3)
                parent.append(above)
    tree = Tree(np.array(level), np.arange(len(level)), np.array(parent))
    size = rng.choice([0.5, 2, 5, 15], size=(len(tree), 1, 1))
    size = size * rng.choice([0.3, 1, 2], size=(1, int(rng.integers(2, 5)), 1))
    people = rng.poisson(size * np.ones(int(rng.integers(1, 3))))
    has, at_most = None, int(rng.choice([1, 1, 3]))
    if carried:
        has = added_up(tree, rng.binomial(people * at_most, rng.choice([0.1, 0.5, 0.9])))
    return Places(tree, added_up(tree, people), has, at_most)


@settings(max_examples=60)
@given(st.integers(0, 1_000_000), st.booleans())
def test_every_small_cell_could_be_nobody_or_enough_people(seed, carried):
    places = random_places(seed, carried=carried)
    withheld = places.withheld()
    assert withheld[small(places.people, THRESHOLD).any(axis=2)].all()
    for period in range(places.people.shape[2]):
        attacker = reader(places, withheld, period)
        few = small(places.people[:, :, period], THRESHOLD)
        for cell in np.argwhere(few).tolist():
            assert attacker.safe((0, *cell), THRESHOLD), (period, cell)


@settings(max_examples=150)
@given(st.integers(0, 1_000_000))
def test_no_published_sum_leaves_a_few_people(seed):
    places = random_places(seed, carried=False)
    withheld, whole = places.withheld(), places.whole
    inside = places.people * withheld[:, :, None]
    assert not small(inside.sum(axis=1)[~whole], THRESHOLD).any()
    for total, below in places.tree.sums:
        left = inside[below].sum(axis=0)[~withheld[total]]
        assert not small(left, THRESHOLD).any()
        assert withheld[below][:, withheld[total]].all()
        if places.tree.level[below[0]] == 3:
            assert (withheld[below].all(axis=1) | ~withheld[below].any(axis=1)).all()


@st.composite
def partial_tables(draw: st.DrawFn) -> Table:
    """Places beneath a published total: a group within published people, sums known in parts."""
    rng = np.random.default_rng(draw(st.integers(0, 1_000_000)))
    shape = (1, int(rng.integers(2, 6)), int(rng.integers(2, 5)), 1)
    everyone = rng.poisson(rng.choice([6, 15, 30], size=shape)).astype(float)
    everyone[everyone < THRESHOLD] = 0
    group = rng.binomial(everyone.astype(int), rng.choice([0.1, 0.5, 0.95], size=shape))
    tie = np.zeros(shape[1:3], int)
    if draw(st.booleans()):
        tie[:] = rng.integers(0, 2, size=shape[2])
    tie[rng.random(shape[1]) < 0.2] = -1
    room = everyone - group if draw(st.booleans()) else None
    nowhere = np.zeros(shape[2], bool)
    return Table(group.astype(float), tie, nowhere, nowhere, np.ones(shape[1], bool), room=room)


@settings(max_examples=200)
@given(partial_tables())
def test_groups_of_known_people_with_several_known_sums_are_safe(cells):
    mask = withhold_cells(cells, THRESHOLD, cells.tie < 0)
    if mask is None:
        return
    now = cells.counts[0, :, :, 0]
    places, categories = (range(size) for size in mask.shape)
    attacker = Program()
    for c in categories:
        hidden = [(p, c) for p in places if mask[p, c]]
        attacker.sums(dict.fromkeys(hidden, 1.0), sum(now[cell] for cell in hidden))
    for p in places:
        for tie in {0, 1}:
            hidden = [(p, c) for c in categories if mask[p, c] and cells.tie[p, c] == tie]
            attacker.sums(dict.fromkeys(hidden, 1.0), sum(now[cell] for cell in hidden))
    for cell in np.argwhere(mask).tolist():
        if cells.room is not None:
            attacker.most(tuple(cell), float(now[tuple(cell)] + cells.room[(0, *cell, 0)]))
    for cell in np.argwhere(small(now, THRESHOLD)).tolist():
        assert attacker.safe(tuple(cell), THRESHOLD), cell
