"""Whom to bring to a threshold first, so that a target is met with the fewest hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plan:
    """Who is to be brought to the threshold, place by place, in the order of the arrays.

    `at` are positions of places among those given, cheapest first; `people` how many there,
    `hours` what they lack together, `reached` the share of everyone that is there afterwards,
    place by place. All are empty where the goal is reached already.
    """

    at: np.ndarray
    people: np.ndarray
    hours: np.ndarray
    reached: np.ndarray


def cheapest_plan(
    trained: np.ndarray, everyone: np.ndarray, lacking: np.ndarray, goal: float
) -> Plan:
    """The fewest hours that bring `goal` (0 to 1) of everyone to the threshold.

    `trained` and `everyone` count people, `lacking` sums the hours that those not there yet are
    short of, one entry a place. Places come in the order of hours a person, of which only the mean
    is known: within a place, each person is taken to lack as much. Filling the cheapest first is
    best then, as in the fractional knapsack (Dantzig 1957, Operations Research 5:266–277).
    """
    trained, everyone = np.asarray(trained, float), np.asarray(everyone, float)
    open_ = everyone - trained
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(open_ > 0, np.asarray(lacking, float) / open_, np.inf)
    order = np.argsort(each, kind="stable")
    order = order[open_[order] > 0]
    wanted = np.ceil(goal * everyone.sum() - 1e-9) - trained.sum()
    before = np.cumsum(open_[order]) - open_[order]
    people = np.clip(wanted - before, 0, open_[order])
    taken = people > 0
    order, people = order[taken], people[taken]
    reached = (trained.sum() + np.cumsum(people)) / max(everyone.sum(), 1)
    return Plan(order, people, people * each[order], reached)
