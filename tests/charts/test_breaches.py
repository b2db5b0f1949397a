"""Agencies beyond a rule: who, what is there, the limit and how many would have to change."""

from __future__ import annotations

import pytest

from analytics.charts import PREDICATE_SHARES, curve_breaches
from analytics.charts.picture import Picture
from tests.charts.build import ENGLISH, INDONESIAN, answer, row
from tests.charts.test_curves import HIDDEN, asked
from tests.charts.test_pictures import drawn, words

FEW_TOP = "butuh_perbaikan.2"  # at most 10 % Sangat Baik
NEEDS = {"A": (14, 18, 48, 0, 0), "B": (1, 1, 6, 0, 0), "C": (3, 1, 5, 0, 0)}
RATED = dict.fromkeys(NEEDS, "butuh_perbaikan")


def listed(picture: Picture, *names: str) -> list[tuple]:
    """The rows of the picture's own table, of these columns."""
    columns = [list(picture.listing[name].cells) for name in names]
    return list(zip(*columns, strict=True))


def test_the_agencies_beyond_one_rule_are_listed_with_what_is_there_the_limit_and_the_changes():
    # A tenth of 80 is 8, of 8 and of 9 none in whole people: 6 of 80, 1 of 8 and 3 of 9 too many.
    picture = curve_breaches(*asked(**NEEDS), setting=ENGLISH, ratings=RATED, rule=FEW_TOP)

    said = "do not keep the rule: at most 10% Sangat Baik"
    assert picture.title == f"3 of 3 agencies rated Butuh Perbaikan {said}"
    names = ("place", "evaluations_there", "evaluations", "limit", "to_change")
    assert listed(picture, *names) == [("C", 3, 9, 0, 3), ("B", 1, 8, 0, 1), ("A", 14, 80, 8, 6)]
    assert set(picture.listing["rule"].cells) == {"at most 10% Sangat Baik"}
    assert set(picture.listing["organisation_rating"].cells) == {"Butuh Perbaikan"}
    assert picture.listing["share_there"].cells == pytest.approx([3 / 9, 1 / 8, 14 / 80])
    dots, beside = drawn(picture)["data"]
    assert dots["x"] == pytest.approx([14 / 80, 1 / 8, 3 / 9])  # the worst on top
    assert beside["text"][0].strip() == "14 of 80: 6 over"
    assert "at most 10%" in words(picture)
    assert "most evaluations would have to change at Place A: 6 of 80" in picture.note


def test_a_rule_asks_nothing_of_agencies_with_another_rating():
    rated = RATED | {"A": "istimewa"}
    picture = curve_breaches(*asked(**NEEDS), setting=ENGLISH, ratings=rated, rule=FEW_TOP)
    assert picture.title.startswith("2 of 2 agencies rated Butuh Perbaikan")
    assert "A" not in picture.listing["place"].cells


def test_too_few_are_told_by_how_many_they_lie_below_the_limit():
    # Six tenths of 9 are 5.4: six of Butuh Perbaikan are wanted, five are there.
    picture = curve_breaches(
        *asked(**NEEDS), setting=ENGLISH, ratings=RATED, rule="butuh_perbaikan.1"
    )
    names = ("place", "evaluations_there", "limit", "to_change")
    assert listed(picture, *names) == [("C", 5, 6, 1)]


def test_a_withheld_predicate_keeps_its_agency_off_the_list_and_is_counted():
    hidden = NEEDS | {"A": (HIDDEN, 18, HIDDEN, 0, 0)}
    picture = curve_breaches(*asked(**hidden), setting=INDONESIAN, ratings=RATED, rule=FEW_TOP)
    assert "A" not in picture.listing["place"].cells
    # A withheld first predicate leaves the number of evaluations open, so that A is not judged.
    assert picture.title.startswith("2 dari 2 perangkat daerah berpredikat Butuh Perbaikan")

    of_24 = answer([row("A", 0.5, level="agency", denominator=24.0)], PREDICATE_SHARES[0])
    halves = (of_24, *asked(A=(HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN))[1:])
    picture = curve_breaches(
        *halves, setting=ENGLISH, ratings={"A": "butuh_perbaikan"}, rule="butuh_perbaikan.1"
    )
    # Twelve are Sangat Baik, so at most twelve Butuh Perbaikan: three too few of fifteen, for sure.
    assert listed(picture, "evaluations_there", "limit", "to_change") == [(None, 15, 3)]


THREE = {"A": (1, 9, 0, 0, 0), "B": (3, 6, 1, 0, 0), "C": (8, 2, 0, 0, 0)}
BOTH = {"A": "baik", "B": "baik", "C": "istimewa"}


def test_all_rules_together_put_agencies_in_the_order_of_how_many_would_have_to_change():
    picture = curve_breaches(*asked(**THREE), setting=ENGLISH, ratings=BOTH, rule="")

    assert picture.title == "2 of 3 agencies lie beyond a limit of their rating"
    dots, beside = drawn(picture)["data"]
    assert dots["x"] == pytest.approx([0.1, 0.2])  # C: 8 for 7; A: 9 for 7
    assert [said.strip() for said in beside["text"]] == [
        "1 of 10, rated Istimewa",
        "2 of 10, rated Baik",
    ]
    assert set(picture.places) == {"agency:C", "agency:A"}
    names = ("place", "to_change", "to_change_for_all_rules")
    assert listed(picture, *names) == [("A", 2, 2), ("A", 1, 2), ("C", 1, 1)]


def test_of_many_agencies_the_furthest_are_drawn_and_all_are_listed():
    picture = curve_breaches(*asked(**THREE), setting=ENGLISH, ratings=BOTH, rule="", most=1)
    assert drawn(picture)["data"][0]["x"] == pytest.approx([0.2])
    assert "the 1 furthest are drawn" in picture.note
    assert len(picture.listing["place"].cells) == 3


def test_a_rule_that_all_keep_lists_nobody():
    picture = curve_breaches(*asked(C=(7, 3, 0, 0, 0)), setting=ENGLISH, ratings=BOTH, rule="")
    assert picture.figure is None
    assert picture.title == "0 of 1 agencies lie beyond a limit of their rating"


def test_agencies_that_have_nobody_where_someone_is_asked_for_are_drawn_at_zero():
    picture = curve_breaches(*asked(**THREE), setting=ENGLISH, ratings=BOTH, rule="baik.2")
    dots, beside = drawn(picture)["data"]
    assert dots["x"] == [0]
    assert beside["text"][0].strip() == "0 of 10: 1 short"
