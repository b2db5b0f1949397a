"""Figures with the mix of all people: worked out by hand, and refused where a group is missing."""

from __future__ import annotations

import pytest

from analytics.answers import Answer
from analytics.charts import standardised_dots
from analytics.charts.standardised import places_set
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn, words

BY = ("status",)
Groups = tuple[tuple[str, float, float], ...]


def place(code: str, groups: Groups, **given) -> list[dict]:
    """A row a group: its name, its people and their share."""
    return [
        row(code, value, status=status, denominator=people, people=people, **given)
        for status, people, value in groups
    ]


def whole(code: str, groups: Groups) -> dict:
    people = sum(n for _, n, _ in groups)
    return row(code, sum(n * v for _, n, v in groups) / people, denominator=people, people=people)


JAMBI = (("PNS", 80.0, 0.8), ("PPPK", 20.0, 0.4))  # 0.72
LAMPUNG = (("PNS", 40.0, 0.9), ("PPPK", 60.0, 0.5))  # 0.66
ALL = (("PNS", 500.0, 0.7), ("PPPK", 500.0, 0.5))


def asked(
    jambi: Groups, lampung: Groups = (), metric: str = "training_coverage"
) -> tuple[Answer, Answer, Answer]:
    places = {"jambi": jambi, "lampung": lampung} if lampung else {"jambi": jambi}
    codes = {"jambi": "15", "lampung": "18"}
    crude = [whole(codes[name], groups) for name, groups in places.items()]
    by = [one for name, groups in places.items() for one in place(codes[name], groups)]
    of_all = place("all", ALL, level="all")
    return answer(crude, metric), answer(by, metric, BY), answer(of_all, metric, BY)


def test_a_place_whose_mix_flattered_it_falls_behind_with_the_same_mix():
    # Half PNS, half PPPK: Jambi (0.8 + 0.4) / 2 = 0.60, Lampung (0.9 + 0.5) / 2 = 0.70.
    picture = standardised_dots(*asked(jambi=JAMBI, lampung=LAMPUNG), setting=ENGLISH)

    dots, ticks = drawn(picture)["data"]
    assert dots["x"] == pytest.approx([0.60, 0.70])
    assert ticks["x"] == pytest.approx([0.72, 0.66])
    assert picture.listing["same_mix"].cells == pytest.approx([0.60, 0.70])
    assert picture.listing["value"].cells == pytest.approx([0.72, 0.66])
    # Each interval spans about 0.2 here, so who is ahead is not said.
    assert "highest" not in picture.title


def test_the_title_says_who_is_highest_where_it_is_clear():
    jambi, lampung = (tuple((s, n * 100, v) for s, n, v in groups) for groups in (JAMBI, LAMPUNG))
    title = standardised_dots(*asked(jambi, lampung), setting=ENGLISH).title
    assert title == "With the same mix of people Lampung is highest, not Jambi"


def test_a_gap_that_shrinks_is_told_with_both_sizes():
    # Jambi 0.72 and 0.60; Bengkulu's people are all alike: 0.40 and 0.40 → 32 and 20 points.
    flat = (("PNS", 50.0, 0.4), ("PPPK", 50.0, 0.4))
    title = standardised_dots(*asked(jambi=JAMBI, lampung=flat), setting=ENGLISH).title
    said = "Jambi and Lampung are 32.0 points apart; with the same mix of people only 20.0 points"
    assert title == said


def test_a_place_without_a_group_of_the_standard_has_no_figure_and_says_why():
    lacking = (("PNS", 50.0, 0.4),)
    picture = standardised_dots(*asked(jambi=JAMBI, lampung=lacking), setting=ENGLISH)
    said = "Lampung not set to the same mix: Nobody in 1 of the 2 groups of the standard"
    assert said in picture.note
    assert picture.title == "Jambi: 60.0% with the mix of all people, 72.0% as it is"


def test_a_withheld_group_leaves_the_place_unstandardised_in_both_languages():
    crude, by, of_all = asked(jambi=JAMBI, lampung=LAMPUNG)
    rows = [*place("15", JAMBI), row("18", 0.9, status="PNS"), hidden("18", status="PPPK")]
    by = answer(rows, "training_coverage", BY)
    english = standardised_dots(crude, by, of_all, setting=ENGLISH)
    assert "Lampung not set to the same mix: groups withheld" in english.note
    indonesian = standardised_dots(crude, by, of_all, setting=INDONESIAN)
    assert "ada kelompok yang disembunyikan" in indonesian.note


def test_people_who_stand_behind_several_rows_count_once_in_the_interval():
    crude, by, of_all = asked(jambi=JAMBI, lampung=LAMPUNG)
    rows = [one | {"denominator": one["denominator"] * 12} for one in by.rows.to_dict("records")]
    monthly = answer(rows, "training_coverage", BY)
    once, twelve = (
        standardised_dots(crude, groups, of_all, setting=ENGLISH).listing["same_mix_low"].cells
        for groups in (by, monthly)
    )
    assert twelve == pytest.approx(once)


@pytest.mark.parametrize(("pooled", "half"), [(False, 1.9842), (True, 1.9600)])
def test_a_mean_is_standardised_with_the_spread_that_its_interval_tells(pooled, half):
    # Two groups of 100 with a standard deviation of 10: t(99, 0.975) = 1.9842, half = 1.9842; with
    # the spread of all places by the normal distribution, half = 1.9600.
    ends = {"low": -half, "high": half}
    groups = [
        row("15", v, status=s, denominator=100.0, people=100.0, pooled=pooled)
        | {end: v + shift for end, shift in ends.items()}
        for s, v in (("PNS", 30.0), ("PPPK", 10.0))
    ]
    of_all = place("all", (("PNS", 75.0, 20.0), ("PPPK", 25.0, 20.0)), level="all")
    metric = "mean_training_hours"
    picture = standardised_dots(
        answer([row("15", 20.0)], metric),
        answer(groups, metric, BY),
        answer(of_all, metric, BY),
        setting=ENGLISH,
    )
    assert picture.listing["same_mix"].cells == pytest.approx([25.0])
    # 1.9720 × 10 × √(0.75² / 100 + 0.25² / 100) = 1.9720 × 0.79057
    assert picture.listing["same_mix_low"].cells == pytest.approx([25 - 1.5590], abs=1e-3)


def test_an_index_cannot_be_set_to_another_mix():
    picture = standardised_dots(*asked(JAMBI, metric="readiness_index"), setting=ENGLISH)
    assert picture.figure is None
    assert "this figure cannot be set to another mix of people" in picture.note


def test_a_place_without_a_figure_keeps_its_row_and_says_why():
    # Jambi lacks PPPK; of Lampung they are withheld: neither can be set, and both rows say so.
    crude, _, of_all = asked(jambi=JAMBI, lampung=LAMPUNG)
    rows = [*place("15", JAMBI[:1]), row("18", 0.9, status="PNS"), hidden("18", status="PPPK")]
    by = answer(rows, "training_coverage", BY)
    picture = standardised_dots(crude, by, of_all, setting=ENGLISH)

    said = "No figure for the same mix of people by employment status can be worked out"
    assert picture.title == said
    assert words(picture) == ["a group is empty", "groups withheld"]
    assert drawn(picture)["data"][1]["x"] == [None, None]
    reasons = ["Nobody in 1 of the 2 groups of the standard", "groups withheld"]
    assert picture.listing["no_same_mix"].cells == reasons
    assert picture.listing["same_mix"].cells == [None, None]
    assert places_set(crude, by, of_all, ENGLISH) == 0


def test_ends_that_stay_about_as_far_apart_are_told_with_both_gaps():
    jambi = (("PNS", 50_000.0, 0.8), ("PPPK", 50_000.0, 0.4))
    lampung = (("PNS", 51_000.0, 0.6), ("PPPK", 49_000.0, 0.2))  # 0.404, and 0.4 of half and half
    title = standardised_dots(*asked(jambi, lampung), setting=ENGLISH).title
    said = "Jambi and Lampung are 19.6 points apart, and 20.0 points with the same mix of people"
    assert title == said
