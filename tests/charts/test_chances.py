"""Chances of groups: what is claimed is worked out from the rows alone, and withheld ones claim nothing."""

from __future__ import annotations

import pytest

from analytics.charts import chances
from analytics.charts.picture import wrapped
from analytics.ui import words
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn


def sexes(women: float, men: float, people: float = 1000.0) -> list[dict]:
    return [
        row("15", value, sex=sex, denominator=people, people=people)
        for sex, value in (("F", women), ("M", men))
    ]


def crossed(*cells: tuple[str, str, float, float]) -> list[dict]:
    return [
        row("15", value, sex=sex, grade_group=grade, denominator=people, people=people)
        for sex, grade, people, value in cells
    ]


BY_SEX = ("sex",)
MIXED = ("sex", "grade_group")


def test_a_clear_gap_is_told_with_its_size_and_interval():
    # 0.10 − 0.15 of 1,000 each: Newcombe −0.0790 to −0.0211.
    found = answer(sexes(0.10, 0.15), "promotion_share", BY_SEX)
    picture = chances(found, setting=ENGLISH)

    assert picture.title == "women against men: −5.0 points"
    crude, mixed = drawn(picture)["data"]
    assert crude["x"] == pytest.approx([-5.0])
    assert "x" not in mixed or not mixed["x"]
    said = "Women were promoted 5.0 points less often than men (95% CI: −7.9 to −2.1)."
    assert words.chances([found], ENGLISH) == said


def test_a_gap_that_may_be_none_is_not_begun_as_a_fact():
    # 0.100 − 0.114 of 1,000 each, and the same in the one grade that both have.
    whole = answer(sexes(0.10, 0.114), "promotion_share", BY_SEX)
    cells = crossed(("F", "III", 1000, 0.10), ("M", "III", 1000, 0.114))
    by_grade = answer(cells, "promotion_share", MIXED)
    said = words.chances([whole, by_grade], ENGLISH)
    assert said.startswith(
        "Whether women are promoted more or less often than men cannot be told: as it is the gap is"
        " −1.4 points (95% CI: −4.1 to 1.3); with the same mix by grade the gap is −1.4 points"
    )


def test_a_gap_that_only_the_same_mix_shows_is_begun_with_it():
    # In either grade women 5 points less; more of them are in the one with more promotions.
    whole = answer(sexes(0.245, 0.255), "promotion_share", BY_SEX)
    cells = crossed(
        ("F", "II", 350, 0.05), ("F", "III", 650, 0.35), ("M", "II", 650, 0.10), ("M", "III", 350, 0.40)
    )  # fmt: skip
    said = words.chances([whole, answer(cells, "promotion_share", MIXED)], ENGLISH)
    assert said.startswith(
        "With the same mix by grade, women were promoted 5.0 points less often than men (95% CI:"
    )
    assert "; as it is the gap is −1.0 points" in said


def test_a_gap_that_the_mix_explains_cannot_be_told_from_none():
    # Each grade alike for both (0.1 and 0.4); women are mostly in the first, men in the second.
    whole = answer(sexes(0.16, 0.34), "promotion_share", BY_SEX)
    by_grade = answer(
        crossed(
            ("F", "II", 800, 0.1),
            ("F", "III", 200, 0.4),
            ("M", "II", 200, 0.1),
            ("M", "III", 800, 0.4),
        ),
        "promotion_share",
        MIXED,
    )
    picture = chances(whole, by_grade, setting=ENGLISH)

    said = "women against men: −18.0 points; with the same mix 0.0 points: cannot tell"
    assert picture.title == said
    assert "with the same mix by grade" in picture.note
    crude, mixed = drawn(picture)["data"]
    assert (crude["x"], mixed["x"]) == (pytest.approx([-18.0]), pytest.approx([0.0], abs=1e-9))


def test_each_of_many_groups_is_set_against_all_the_others():
    bands = [("<30", 0.1), ("30-39", 0.2), ("40-49", 0.2)]
    rows = [row("15", value, age_band=band) for band, value in bands]
    found = answer(rows, "promotion_share", ("age_band",))
    picture = chances(found, setting=INDONESIAN)

    assert drawn(picture)["data"][0]["x"] == pytest.approx([-10.0, 5.0, 5.0])
    assert picture.title == "3 dari 3 selisih jelas"
    assert "satu meleset" in picture.note


def test_a_line_never_ends_within_a_hyphened_word():
    found = answer(sexes(0.10, 0.15), "promotion_share", BY_SEX)
    assert "laki-laki" not in words.chances([found], INDONESIAN)
    assert "laki\u2011laki" in words.chances([found], INDONESIAN)
    assert "-<br>" not in wrapped("perempuan terhadap laki-laki", length=24)


def test_people_of_an_unknown_group_are_compared_with_nobody():
    rows = [*sexes(0.10, 0.15), row("15", 0.9, sex="unknown")]
    picture = chances(answer(rows, "promotion_share", BY_SEX), setting=ENGLISH)
    assert picture.title == "women against men: −5.0 points"


def test_a_withheld_group_leaves_nothing_to_compare():
    rows = [row("15", 0.1, sex="F"), hidden("15", sex="M")]
    found = answer(rows, "promotion_share", BY_SEX)
    assert chances(found, setting=ENGLISH).figure is None
    assert words.chances([found], ENGLISH) == ""


def test_withheld_crossed_groups_leave_the_gap_as_it_is_and_say_so():
    whole = answer(sexes(0.10, 0.15), "promotion_share", BY_SEX)
    cells = [hidden("15", sex=sex, grade_group=grade) for sex in "FM" for grade in ("II", "III")]
    picture = chances(whole, answer(cells, "promotion_share", MIXED), setting=ENGLISH)
    assert picture.title == "women against men: −5.0 points"
    assert "not every gap can be adjusted" in picture.note


def test_several_figures_that_do_not_differ_are_told_as_such():
    promoted = answer(sexes(0.10, 0.10), "promotion_share", BY_SEX)
    recognised = answer(sexes(0.01, 0.012), "recognition_share", BY_SEX)
    picture = chances(promoted, recognised, setting=ENGLISH)
    assert picture.title == "None of 2 differences is clear"
    assert "n = 2,000 / 2,000" in picture.note
