"""The cheapest plan reaches the goal, and nothing cheaper does."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.seats import cheapest_plan

PLACES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 19)), min_size=1, max_size=4
)


def test_the_place_whose_people_lack_least_comes_first():
    # Of 30 people 24 are wanted and 15 there: five at 4 JP each, then four of ten at 12 JP.
    plan = cheapest_plan(np.array([10, 5]), np.array([20, 10]), np.array([120, 20]), 0.8)
    assert plan.at.tolist() == [1, 0]
    assert plan.people.tolist() == [5, 4]
    assert plan.hours.tolist() == [20, 48]
    assert plan.reached.tolist() == [20 / 30, 24 / 30]


def test_a_goal_that_is_reached_asks_nothing():
    plan = cheapest_plan(np.array([9]), np.array([10]), np.array([5]), 0.8)
    assert not plan.at.size


@given(PLACES, st.floats(0, 1))
def test_no_other_choice_of_people_reaches_the_goal_with_fewer_hours(places, goal):
    trained = np.array([there for there, _, _ in places], float)
    lacking = np.array([more * each for _, more, each in places], float)
    everyone = trained + [more for _, more, _ in places]
    plan = cheapest_plan(trained, everyone, lacking, goal)
    needed = goal * everyone.sum() - 1e-9
    assert trained.sum() + plan.people.sum() >= needed
    cheapest = min(
        sum(n * each for n, (_, _, each) in zip(chosen, places, strict=True))
        for chosen in product(*(range(more + 1) for _, more, _ in places))
        if trained.sum() + sum(chosen) >= needed
    )
    assert np.isclose(plan.hours.sum(), cheapest)
