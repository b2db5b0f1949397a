"""A gap that turns with the same mix is said to, no part is larger than its whole, nobody counts twice."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts import gap_parts, interval_dots, standardised_dots, trend
from analytics.charts.findings import how_many
from analytics.charts.rows import rows_of
from analytics.ui import words
from tests.charts.build import ENGLISH, INDONESIAN, answer, row
from tests.charts.test_chances import BY_SEX, MIXED, crossed, sexes
from tests.charts.test_evidence import side
from tests.charts.test_standardised import asked as asked_mix

NAMES = ("Jambi", "Lampung")

# The admissions of Berkeley in two departments, A and F: Bickel, Hammel and O'Connell 1975, Science
# 187:398–404, with the figures of R's UCBAdmissions. Men 512 of 825 and 22 of 373, women 89 of 108
# and 24 of 341: in both departments more of the women, of all fewer.
MEN = (("PNS", 825.0, 512 / 825), ("PPPK", 373.0, 22 / 373))
WOMEN = (("PNS", 108.0, 89 / 108), ("PPPK", 341.0, 24 / 341))


def test_a_gap_that_turns_with_the_same_mix_is_told_with_both_signs():
    first, second = (
        answer(side(at, *one), by=("status",)) for at, one in (("15", MEN), ("18", WOMEN))
    )
    picture = gap_parts(first, second, setting=ENGLISH, names=NAMES)
    # 0.2517 − 0.4457; within departments (0.2035 · 0.4646 + 0.0114 · 0.5354) = 0.1007 by Kitagawa.
    assert picture.title == (
        "Lampung 19.4 points below Jambi, but 10.1 points above with the same mix of people"
    )
    back = gap_parts(second, first, setting=INDONESIAN, names=("Lampung", "Jambi"))
    assert back.title.startswith("Jambi 19,4 poin di atas Lampung, tetapi 10,1 poin di bawahnya")


def test_a_chance_that_turns_with_the_same_mix_says_more_often_and_less_often():
    whole = answer(sexes(113 / 449, 534 / 1198), "promotion_share", BY_SEX)
    cells = crossed(
        ("F", "III", 108, 89 / 108), ("F", "IV", 341, 24 / 341),
        ("M", "III", 825, 512 / 825), ("M", "IV", 373, 22 / 373),
    )  # fmt: skip
    said = words.chances([whole, answer(cells, "promotion_share", MIXED)], ENGLISH)
    assert "points less often than men" in said
    assert "with the same mix by grade it is the other way round: " in said
    assert "points more often (95% CI: " in said


def test_places_that_change_order_with_the_same_mix_are_told_with_both_gaps():
    one = (("PNS", 90.0, 0.70), ("PPPK", 10.0, 0.30))
    other = (("PNS", 20.0, 0.74), ("PPPK", 80.0, 0.34))
    title = standardised_dots(*asked_mix(jambi=one, lampung=other), setting=ENGLISH).title
    assert title.startswith(
        "Jambi is 24.0 points above Lampung, but 4.0 points below with the same"
    )


SHARES = st.floats(0.02, 0.98)
PEOPLE = st.integers(5, 500)
GROUP = st.tuples(PEOPLE, SHARES)


@given(GROUP, GROUP, GROUP, GROUP)
def test_no_part_is_larger_than_the_gap_it_is_said_to_be_of(
    a: tuple[int, float], b: tuple[int, float], c: tuple[int, float], d: tuple[int, float]
) -> None:
    first = answer(side("15", ("PNS", *a), ("PPPK", *b)), by=("status",))
    second = answer(side("18", ("PNS", *c), ("PPPK", *d)), by=("status",))
    title = gap_parts(first, second, setting=ENGLISH, names=NAMES).title
    found = re.search(r"([\d.]+) points? (?:above|below) \w+; ([\d.]+) points? of it", title)
    if found:
        gap, part = (float(number) for number in found.groups())
        assert part <= gap


# How many


def of(
    rows: list[dict[str, Any]], metric: str = "training_coverage", by: tuple[str, ...] = ()
) -> str:
    return how_many(rows_of(answer(rows, metric, by)), ENGLISH)


def test_a_place_and_the_whole_it_lies_in_count_its_people_once():
    everywhere = row("all", level="all", denominator=3000.0, people=3000.0, province="")
    provinces = [row(code) for code in ("15", "17", "18")]
    assert of([everywhere, *provinces]) == "n = 3,000"
    assert of(provinces) == "n = 3,000"
    government = row("15.71", level="government", denominator=400.0, people=400.0)
    assert of([provinces[0], government]) == "n = 1,000"
    assert of([provinces[1], government]) == "n = 1,400"
    asked = answer([everywhere, provinces[0]])
    assert "n = 3,000 ·" in interval_dots(asked, setting=ENGLISH).note
    assert "n = 3,000" in trend(asked, setting=ENGLISH).note


def test_an_agency_beside_its_government_counts_once():
    setting = replace(ENGLISH, names={("government", "15.71"): "Kota Jambi"})
    government = row("15.71", level="government", place_name="Kota Jambi")
    agencies = [
        row(code, level="agency", denominator=300.0, people=300.0)
        for code in ("15.71-A", "17.01-B")
    ]
    rows = rows_of(answer([government, *agencies]))
    assert how_many(rows, setting) == "n = 1,300"


@pytest.mark.parametrize("metric", ["favourable_share", "facet_score"])
def test_answers_to_several_questions_are_not_called_people(metric: str):
    facets = [row("15", facet=one, denominator=900.0, people=300.0) for one in ("a", "b", "c")]
    assert of(facets, metric, ("facet",)) == "n = 2,700 from 300 people"
    whole = row("15", denominator=2700.0, people=300.0)
    assert of([whole], metric) == "n = 2,700 from 300 people"


def test_groups_of_people_add_up_and_requests_are_no_people():
    groups = [row("15", sex=one, denominator=400.0, people=400.0) for one in ("F", "M")]
    assert of(groups, by=("sex",)) == "n = 800"
    nan = float("nan")
    assert of([row("15", denominator=500.0, people=nan)], "service_on_time_share") == "n = 500"
