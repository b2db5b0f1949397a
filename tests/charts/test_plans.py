"""A training plan says whom, how many and by when, and every number in it can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.charts import projected, seats_by_field, training_plan
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row


def coverage(*places):
    """Coverage of places: code, trained, everyone."""
    rows = [
        row(code, trained / n, numerator=trained, denominator=n, people=n)
        for code, trained, n in places
    ]
    return answer(rows)


def missing(*places):
    """Hours missing: code, hours in all, everyone."""
    rows = [
        row(code, hours / n, numerator=hours, denominator=n, people=n) for code, hours, n in places
    ]
    return answer(rows, metric="missing_training_hours")


# 30 people, 15 trained; 24 are wanted: five of Bengkulu at 4 JP each, then four of Jambi at 12.
STANDS = coverage(("15", 10, 20), ("17", 5, 10))
LACKS = missing(("15", 120, 20), ("17", 20, 10))


def test_the_plan_names_people_and_hours_in_all_and_the_cheapest_place_first():
    picture = training_plan(STANDS, LACKS, setting=ENGLISH, goal=0.8)
    assert picture.title == "9 more people, 68 JP, to reach 80%"
    assert picture.more["turn"].cells == pytest.approx([2, 1])
    assert picture.more["people_to_train"].cells == pytest.approx([4, 5])
    assert picture.more["hours_lacking"].cells == pytest.approx([48, 20])
    assert picture.more["share_then"].cells == pytest.approx([0.8, 20 / 30])
    assert picture.figure is not None
    assert list(picture.figure.data[0]["text"]) == ["4 × 12.0\u00a0JP", "5 × 4.0\u00a0JP"]


def test_a_goal_that_is_reached_draws_nothing_and_says_so():
    picture = training_plan(STANDS, LACKS, setting=INDONESIAN, goal=0.5)
    assert picture.title == "50\u00a0% sudah tercapai"
    assert picture.figure is None


def test_a_plan_without_withheld_places_says_that_it_is_of_those_shown():
    stands = answer([*STANDS.rows.to_dict("records"), hidden("18")])
    title = training_plan(stands, LACKS, setting=ENGLISH, goal=0.8).title
    assert title == "9 more people, 68 JP: 80% in the places shown"


def by_field(metric, *fields):
    rows = [
        row("15", value, field=field, denominator=n, numerator=value * n)
        for field, value, n in fields
    ]
    return answer(rows, metric=metric, by=("field",))


# Of 100 technical places 50 are finished at 10 JP, of 50 in management all at 10 JP: half the hours
# each. 68 JP are 34 in each field: 34 / (0.5 × 10) = 6.8 places, and 34 / 10 = 3.4.
ENDED = by_field("course_completion_share", ("technical", 0.5, 100), ("management", 1.0, 50))
LENGTH = by_field("hours_per_course", ("technical", 10.0, 50), ("management", 10.0, 50))


def test_seats_are_the_hours_of_the_plan_in_the_fields_of_the_period():
    picture = seats_by_field(STANDS, LACKS, ENDED, LENGTH, setting=ENGLISH, goal=0.8, months=4)
    assert picture.title == "11 course places, 3 a month for 4 months"
    assert picture.more["course_places"].cells == [7.0, 4.0]


def test_where_the_year_is_over_the_places_were_missing():
    picture = seats_by_field(STANDS, LACKS, ENDED, LENGTH, setting=ENGLISH, goal=0.8, months=0)
    assert picture.title == "11 course places were missing"


def year(number: int, months: int, pace: float):
    return [
        row("15", 1 - np.exp(-pace * month), period=f"{number}-{month:02d}")
        for month in range(1, months + 1)
    ]


def test_a_projection_leads_to_december_at_the_pace_of_the_year():
    asked = answer([*year(2024, 12, 0.05), *year(2025, 8, 0.1)])
    picture = projected(asked, setting=replace(ENGLISH, target=0.8))
    assert picture.title == "At this pace 69.9% by December (69.9–69.9), short of target"
    assert "the year before" in picture.note


def test_a_first_year_is_carried_on_by_its_mean_step():
    asked = answer([row("15", 0.05 * m, period=f"2025-{m:02d}") for m in range(1, 9)])
    picture = projected(asked, setting=ENGLISH)
    assert picture.title.startswith("At this pace 60.0% by December")
    assert "mean monthly step" in picture.note


def test_a_year_that_is_over_projects_nothing():
    picture = projected(answer(year(2025, 12, 0.1)), setting=ENGLISH)
    assert picture.title == "The year is over: 69.9% was reached"
    assert picture.figure is None
