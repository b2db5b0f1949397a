"""The headline and the key figures say what the answer says, and no more."""

from __future__ import annotations

from dataclasses import replace

from analytics.ui import words
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row

LAMPUNG = [row("18", 0.552, period="2024"), row("18", 0.614, period="2025", low=0.608, high=0.62)]


def headline(rows, target=None, setting=INDONESIAN, metric="training_coverage") -> str:
    """The sentence of a history in Lampung."""
    asked = answer(rows, metric)
    return words.sentence(asked, words.standing(asked, target), "Lampung", setting)


def test_the_headline_has_value_interval_change_and_target():
    assert headline(LAMPUNG, 0.8) == (
        "Di Lampung, **61,4\u00a0%** PNS mencapai 20 JP pada 2025 (IK 95 %: 60,8–62,0),"
        " naik 6,2 poin sejak 2024; target 80\u00a0%."
    )


def test_a_change_within_the_intervals_is_not_told_as_one():
    rows = [row("18", 0.610, period="2024"), row("18", 0.614, period="2025")]
    assert "no clear change since 2024" in headline(rows, setting=ENGLISH)


def test_the_change_is_against_a_year_before_and_nothing_else():
    rows = [row("18", 0.5, period="2023"), row("18", 0.614, period="2025")]
    assert "since" not in headline(rows, setting=ENGLISH)


def test_months_are_compared_with_the_same_month():
    rows = [row("18", 0.4, period="2024-12"), row("18", 0.5, period="2025-11")]
    rows += [row("18", 0.6, period="2025-12")]
    assert "up 20.0 points since December 2024" in headline(rows, setting=ENGLISH)


def test_a_month_of_what_grows_within_a_year_is_told_as_a_part_of_it_and_the_target_as_of_the_whole():
    said = headline([row("18", 0.207, period="2025-08")], 0.8, ENGLISH)
    assert said.startswith("In Lampung, **20.7%** of PNS had reached 20 JP by August 2025, since")
    assert said.endswith("; target for the whole year 80%.")
    december = headline([row("18", 0.66, period="2025-12")], 0.8, ENGLISH)
    assert "reached 20 JP in December 2025" in december
    assert december.endswith("; target 80%.")


def test_a_withheld_figure_is_said_to_be_withheld():
    said = headline([*LAMPUNG[:1], hidden("18", period="2025")], setting=ENGLISH)
    assert said == "Training coverage in Lampung is withheld to protect people."


def test_no_figure_is_said_in_words():
    assert (
        headline([], setting=ENGLISH) == "There is no figure yet for Training coverage in Lampung."
    )


def test_a_metric_without_a_sentence_of_its_own_has_the_general_one():
    said = headline(
        [row("18", 12.3, low=12.0, high=12.6)], setting=ENGLISH, metric="hours_per_course"
    )
    assert said == (
        "Hours per completed course in Lampung stood at **12.3\u00a0JP** in 2025"
        " (95% CI: 12.0–12.6)."
    )


def test_a_card_escapes_what_it_shows_and_marks_the_direction():
    asked = answer(LAMPUNG)
    card = words.card(asked, words.standing(asked, 0.8), ENGLISH)
    assert "<strong>61.4%</strong>" in card
    assert "▲" in card
    assert "target 80%" in card
    assert "data:image/svg+xml;base64," in card


def test_a_card_of_a_withheld_figure_draws_no_course_up_to_today():
    asked = answer([*LAMPUNG, hidden("18", period="2026")])
    card = words.card(asked, words.standing(asked, 0.8), ENGLISH)
    assert "withheld" in card
    assert "data:image" not in card


FEBRUARY = [*LAMPUNG, row("18", 0.05, period="2026", low=0.045, high=0.055)]
A_YEAR_AGO = [row("18", 0.02, period="2025-02", low=0.015, high=0.025)]


def test_a_year_that_is_not_over_is_set_against_the_same_month_and_no_target():
    asked = replace(answer(FEBRUARY), until="2026-02")
    stands = words.standing(asked, 0.8, answer(A_YEAR_AGO))
    assert words.sentence(asked, stands, "Lampung", INDONESIAN) == (
        "Di Lampung, **5,0\u00a0%** PNS mencapai 20 JP pada 2026 (sampai Februari 2026)"
        " (IK 95 %: 4,5–5,5), naik 3,0 poin sejak Februari 2025."
    )
    card = words.card(asked, stands, ENGLISH)
    assert "up 3.0 points since February 2025" in card
    assert "target" not in card


def test_a_flow_of_a_year_that_is_not_over_is_not_told_as_a_change():
    rows = [row("18", 0.9, period="2025"), row("18", 0.5, period="2026")]
    asked = replace(answer(rows, "adoption_active"), until="2026-02")
    said = words.sentence(asked, words.standing(asked, 0.9), "Lampung", ENGLISH)
    assert "of 2026 (to February 2026)" in said
    assert "since" not in said
    assert "target" not in said


def test_the_verdict_on_a_year_that_is_not_over_counts_what_has_the_same_month():
    coverage = replace(answer(FEBRUARY), until="2026-02")
    active = replace(answer(FEBRUARY, "adoption_active"), until="2026-02")
    stands = [words.standing(coverage, None, answer(A_YEAR_AGO)), words.standing(active, None)]
    said = words.verdict([coverage, active], stands, "Lampung", ENGLISH)
    assert said.startswith(
        "In Lampung, **1** of 1 key figures are clearly better in 2026 (to February 2026) than"
    )


def test_who_used_the_system_in_a_year_is_told_as_a_mean_of_its_months():
    rows = [row("18", 0.871)]
    said = headline(rows, setting=ENGLISH, metric="adoption_active")
    assert said.startswith(
        "In Lampung, **87.1%** of people used the performance system in an average"
    )
    assert headline(rows, metric="adoption_active").startswith("Di Lampung, rata-rata **87,1")
    month = replace(answer([row("18", 0.9, period="2025-03")], "adoption_active"))
    month = replace(month, question=replace(month.question, grain="month"))
    said = words.sentence(month, words.standing(month, None), "Lampung", ENGLISH)
    assert said.startswith("In Lampung, **90.0%** of people used the performance system in March")
