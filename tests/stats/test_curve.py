"""Ratings against the curve: the circular's limits by hand, and every way to change a few ratings."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.curve import (
    GOOD,
    NEEDS,
    POOR,
    RULES,
    TOP,
    WORST,
    Breach,
    against_curve,
    least_changes,
    rules_kept,
)


@pytest.mark.parametrize(
    ("organisation", "counts", "changes"),
    [
        ("istimewa", [70, 30, 0, 0, 0], 0),
        ("istimewa", [88, 12, 0, 0, 0], 18),
        # As most agencies rate: 11 % Sangat Baik, 88 % Baik, nobody below.
        ("baik", [11, 88, 0, 0, 0], 19),
        ("baik", [30, 69, 1, 0, 0], 0),
        ("baik", [31, 69, 0, 0, 0], 1),
        ("butuh_perbaikan", [10, 30, 60, 0, 0], 0),
        ("butuh_perbaikan", [20, 80, 0, 0, 0], 60),
        ("kurang", [10, 20, 10, 60, 0], 0),
        ("kurang", [0, 40, 0, 60, 0], 10),
        ("sangat_kurang", [1, 29, 5, 5, 60], 1),
        ("sangat_kurang", [0, 40, 0, 0, 60], 10),
    ],
)
def test_the_limits_of_the_circular_by_hand(organisation, counts, changes):
    found = against_curve(np.array(counts), organisation)
    assert found.changes == changes
    assert bool(found.breaches) == (changes > 0)


def test_a_breach_says_how_many_are_too_many_and_too_few():
    found = against_curve(np.array([3, 8, 0, 0, 0]), "baik")  # 70 % of eleven is 7.7
    assert found.breaches is not None
    told = [(b.rule.predicates, b.too_many, b.too_few) for b in found.breaches]
    assert told == [((GOOD,), 1, 0), ((NEEDS, POOR), 0, 1)]
    assert found.changes == 1


def keeps(counts: tuple[int, ...], organisation: str) -> bool:
    """The rules written out as they read, in fractions of a hundred."""
    n = sum(counts)
    if organisation == "istimewa":
        return 100 * counts[TOP] <= 70 * n
    if organisation == "baik":
        return 100 * counts[GOOD] <= 70 * n and counts[NEEDS] + counts[POOR] >= 1
    if organisation == "butuh_perbaikan":
        return 100 * counts[NEEDS] >= 60 * n and 100 * counts[TOP] <= 10 * n
    if organisation == "kurang":
        return (
            100 * counts[POOR] >= 60 * n
            and 100 * counts[NEEDS] >= 10 * n
            and 100 * counts[TOP] <= 10 * n
        )
    return (
        100 * counts[WORST] >= 60 * n
        and 100 * (counts[POOR] + counts[NEEDS]) >= 10 * n
        and counts[TOP] == 0
    )


@given(
    st.lists(st.integers(0, 4), min_size=5, max_size=5).filter(any), st.sampled_from(list(RULES))
)
def test_the_changes_are_the_fewest_over_all_ways_to_rate(counts, organisation):
    n = sum(counts)
    fewest = min(
        sum(max(new - old, 0) for new, old in zip(other, counts, strict=True))
        for other in product(range(n + 1), repeat=5)
        if sum(other) == n and keeps(other, organisation)
    )
    assert against_curve(np.array(counts), organisation).changes == fewest


def test_nobody_rated_is_not_judged_and_an_unknown_rating_is_refused():
    found = against_curve(np.zeros(5), "baik")
    assert (found.breaches, found.changes) == (None, None)
    assert found.reason == "Nobody is rated."
    with pytest.raises(ValueError, match="'cukup' is no rating of an organisation"):
        against_curve(np.ones(5), "cukup")


def test_what_is_not_known_is_said_only_where_every_split_of_it_agrees():
    # 11 Sangat Baik of 100 and the rest withheld: of an organisation rated Istimewa that is enough.
    some = np.array([11, np.nan, np.nan, np.nan, np.nan])
    (top,) = rules_kept(some, 100, "istimewa")
    assert (top.kept, top.held) == (True, 11)
    good, below = rules_kept(some, 100, "baik")
    assert (good.kept, good.held, good.too_many) == (None, None, 0)
    assert below.kept is None
    # Nobody can be rated Butuh Perbaikan often enough when 50 of 100 are Sangat Baik.
    half = np.array([50, np.nan, np.nan, np.nan, np.nan])
    needs, top = rules_kept(half, 100, "butuh_perbaikan")
    assert (needs.kept, needs.too_few) == (False, 10)
    assert (top.kept, top.too_many) == (False, 40)
    assert least_changes((needs, top)) == 40


@given(
    st.lists(st.integers(0, 4), min_size=5, max_size=5).filter(lambda counts: 0 < sum(counts) < 7),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.sampled_from(list(RULES)),
)
def test_a_rule_is_kept_or_broken_where_it_is_so_in_every_split_of_what_is_not_known(
    counts, hidden, organisation
):
    n = sum(counts)
    shown = np.where(hidden, np.nan, np.array(counts, float))
    splits = [
        split
        for split in product(range(n + 1), repeat=5)
        if sum(split) == n
        and all(is_hidden or a == b for is_hidden, a, b in zip(hidden, split, counts, strict=True))
    ]
    found = rules_kept(shown, n, organisation)
    for one in found:
        held = {sum(split[at] for at in one.rule.predicates) for split in splits}
        broken = [
            any(b.rule is one.rule for b in breaches(split, organisation)) for split in splits
        ]
        assert one.kept == (None if len(set(broken)) == 2 else not broken[0])
        assert one.held == (held.pop() if len(held) == 1 else None)
    fewest = [against_curve(np.array(split), organisation).changes or 0 for split in splits]
    assert least_changes(found) <= min(fewest)
    if not any(hidden):
        assert least_changes(found) == fewest[0]


def breaches(counts: tuple[int, ...], organisation: str) -> tuple[Breach, ...]:
    return against_curve(np.array(counts), organisation).breaches or ()
