"""Whether figures clearly differ: two named beforehand, the ends of many, and many pairs."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts.findings import hover
from analytics.charts.rows import Row, any_apart, apart, apart_each, rows_of, usual_error
from analytics.stats.intervals import newcombe, wilson
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row


def figures(*values: float, half: float = 0.01, **given: Any) -> list[Row]:
    ends = [{"low": value - half, "high": value + half} for value in values]
    places = [f"15.{number:02}" for number in range(len(values))]
    made = zip(places, values, ends, strict=True)
    return rows_of(answer([row(place, value, **end, **given) for place, value, end in made]))


def pair_of(first: float, second: float) -> tuple[Row, Row]:
    one, other = figures(first, second)
    return one, other


def test_intervals_that_overlap_a_little_may_be_of_clearly_different_figures() -> None:
    first, second = pair_of(0.5, 0.515)
    assert apart(first, second)
    assert apart(second, first)
    assert not apart(*pair_of(0.5, 0.513))


def test_the_ends_of_many_must_be_further_apart() -> None:
    first, second = figures(0.5, 0.52)
    assert apart(first, second, among=5)
    assert not apart(first, second, among=6)


def test_where_a_figure_has_no_interval_any_difference_counts() -> None:
    nan = float("nan")
    (exact,) = rows_of(answer([row("15", 5.0, low=nan, high=nan)]))
    assert apart(exact, figures(4.9)[0], among=100)


@given(st.integers(1, 80), st.integers(1, 80), st.data())
def test_two_shares_differ_where_the_interval_of_newcombe_leaves_out_zero(
    n: int, m: int, data: st.DataObject
) -> None:
    events = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    trials = np.array([n, m])
    ends = wilson(np.array(events), trials)
    shares = zip(events / trials, ends.low, ends.high, strict=True)
    rows = [row("15", float(p), low=float(low), high=float(high)) for p, low, high in shares]
    found = newcombe(*(np.array([x]) for x in (events[0], n, events[1], m)))
    first, second = rows_of(answer(rows))
    assert apart(first, second) == (found.low[0] > 1e-12 or found.high[0] < -1e-12)


def test_of_many_pairs_few_by_chance_are_counted() -> None:
    """Of 400 pairs without a difference 20 are beyond 1.96 errors; together none or few stand."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.01 / 1.96, (400, 2))
    pairs = [pair_of(0.5 + a, 0.5 + b) for a, b in noise]
    assert sum(apart(*pair) for pair in pairs) >= 10
    assert sum(apart_each(pairs)) <= 1
    planted = [pair_of(0.5, 0.6)] * 40
    assert sum(apart_each([*pairs, *planted])) in range(40, 46)


def test_no_pairs_are_none() -> None:
    assert apart_each([]) == []


def months(values: list[float], metric: str = "service_on_time_share") -> list[Row]:
    made = [
        row("15", value, period=f"{2023 + n // 12}-{n % 12 + 1:02}", low=value - 0.01, high=value + 0.01)
        for n, value in enumerate(values)
    ]  # fmt: skip
    return rows_of(answer(made, metric))


def test_months_that_usually_swing_are_no_change_though_chance_is_small() -> None:
    swings = months([0.7 + 0.04 * (n % 2) for n in range(24)])
    assert apart(swings[0], swings[-1])
    assert not apart(swings[0], swings[-1], usual=usual_error(swings))
    rises = months([0.6 + 0.01 * n for n in range(24)])
    assert apart(rises[0], rises[-1], usual=usual_error(rises))
    assert apart_each([(swings[0], swings[-1])], [usual_error(swings)]) == [False]


def test_what_few_periods_usually_differ_by_cannot_be_told() -> None:
    assert usual_error(months([0.1, 0.5] * 3)) == 0.0
    assert usual_error(months([0.1, 0.5] * 4)) == pytest.approx(0.4 / 1.128)


def test_a_difference_that_does_not_matter_is_none() -> None:
    nan = float("nan")
    days = [row("15", 2.0), row("17", 2.4), row("18", 2.6)]
    made = rows_of(answer([one | {"low": nan, "high": nan} for one in days], "waiting_days"))
    assert not apart(made[0], made[1])
    assert apart(made[0], made[2])
    assert any_apart(made)
    assert not any_apart(made[:2])


FIGURES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.3)), min_size=2, max_size=12)


@given(FIGURES, st.booleans())
def test_any_two_differ_where_a_pair_does(drawn: list[tuple[float, float]], exact: bool) -> None:
    nan = float("nan")
    made = [
        row(f"15.{n:02}", value, low=nan if exact and n == 0 else value - half, high=value + half)
        for n, (value, half) in enumerate(drawn)
    ]
    rows = rows_of(answer(made))
    pairs = [apart(one, other, len(rows)) for one, other in combinations(rows, 2)]
    assert any_apart(rows) == any(pairs)


def test_what_is_withheld_may_be_nobody_and_a_median_of_few_says_what_it_needs() -> None:
    few = {"denominator": 9.0, "people": 9.0, "withheld": True}
    [median] = rows_of(answer([row("15", **few)], "median_training_hours"))
    [share] = rows_of(answer([row("15", **few)]))
    [nothing] = rows_of(answer([hidden("15")], "median_training_hours"))
    assert hover(median, "x", "hours", ENGLISH).endswith("withheld: it needs 30 people")
    assert hover(median, "x", "hours", INDONESIAN).endswith("perlu sedikitnya 30 orang")
    for one in (share, nothing):
        assert hover(one, "x", "hours", ENGLISH).endswith("withheld; there may be nobody in it")
