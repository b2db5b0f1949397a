"""How many groups of people have the same hours, squares and histogram: few of 5 to 9, many of 30.

A group is a multiset of whole hours. Those that share what is published are counted exactly, bin by
bin, by their sum and their sum of squares.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, pairwise, product

import numpy as np
import pytest

from analytics.metrics.guards import FEWEST_FOR_SPREAD
from analytics.metrics.training import MEDIAN_HOURS

MOST_HOURS = 120
TYPICAL_COURSES, SHORTEST, LONGEST = 2.5, 2, 12
Ways = Counter[tuple[int, int]]
"""How many multisets have a sum and a sum of squares."""


def typical_hours(people: int, seed: int) -> list[int]:
    """Hours of one year: two or three courses a person, of 2 to 12 hours each."""
    rng = np.random.default_rng(seed)
    courses = rng.poisson(TYPICAL_COURSES, people)
    return [int(rng.integers(SHORTEST, LONGEST + 1, number).sum()) for number in courses]


def within(low: int, high: int, size: int) -> Ways:
    """The multisets of so many whole numbers from `low` to below `high`."""
    ways: list[Ways] = [Counter() for _ in range(size + 1)]
    ways[0][0, 0] = 1
    for hours in range(low, high):
        for number in range(1, size + 1):
            for (total, squares), count in list(ways[number - 1].items()):
                ways[number][total + hours, squares + hours * hours] += count
    return ways[size]


def joined(left: Ways, right: Ways) -> Ways:
    both: Ways = Counter()
    for (total, squares), count in left.items():
        for (more, more_squares), ways in right.items():
            both[total + more, squares + more_squares] += count * ways
    return both


def groups_like(hours: list[int]) -> int:
    """How many groups have the same number, sum, sum of squares and histogram as this one."""
    edges = [*MEDIAN_HOURS.edges, MOST_HOURS]
    sizes = np.histogram(hours, bins=edges)[0].tolist()
    bins = [
        within(low, high, size) for (low, high), size in zip(pairwise(edges), sizes, strict=True)
    ]
    halves: list[Ways] = [Counter({(0, 0): 1}), Counter({(0, 0): 1})]
    for one in sorted(bins, key=len, reverse=True):
        halves.sort(key=len)
        halves[0] = joined(halves[0], one)
    total, squares = sum(hours), sum(one * one for one in hours)
    left, right = halves
    return sum(
        count * right.get((total - some, squares - some_squares), 0)
        for (some, some_squares), count in left.items()
    )


def by_trying_all(hours: list[int]) -> int:
    """The same for two people of 20 to 24 hours and two of 25 to 29, by going through all of them."""
    target = sum(hours), sum(one * one for one in hours)
    pairs = (combinations_with_replacement(range(low, low + 5), 2) for low in (20, 25))
    groups = [[*few, *many] for few, many in product(*pairs)]
    return sum((sum(one), sum(h * h for h in one)) == target for one in groups)


@pytest.mark.parametrize("hours", [[20, 24, 25, 29], [21, 22, 26, 26], [20, 20, 25, 25]])
def test_groups_are_counted_as_by_trying_all_of_them(hours):
    assert groups_like(hours) == by_trying_all(hours)


def test_two_groups_can_have_the_same_figures():
    # 20 + 24 + 25 = 21 + 22 + 26 = 69, and both have 1,601 as their sum of squares.
    assert groups_like([20, 24, 25]) == 2
    assert groups_like([21, 24]) == 1


@pytest.mark.parametrize("people", [5, 6, 7, 8, 9])
def test_few_groups_of_five_to_nine_people_have_the_same_figures(people):
    alike = [groups_like(typical_hours(people, seed)) for seed in range(30)]
    assert np.median(alike) < 150
    if people < 8:
        assert 1 in alike  # every member's hours follow


def test_more_than_a_million_groups_of_thirty_have_the_same_figures():
    alike = [groups_like(typical_hours(FEWEST_FOR_SPREAD, seed)) for seed in range(4)]
    assert min(alike) > 1_000_000


def test_thirty_people_of_whom_few_have_any_hours_are_no_protection():
    # Early in a year: 28 without hours, and the two who have some are told by sum and squares.
    assert groups_like([0] * 28 + [7, 16]) == 1
