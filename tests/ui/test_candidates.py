"""What needs attention and what moved: each rule by hand, and all of them on figures of known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import comb

import numpy as np
import pytest

from analytics.answers import Answer
from analytics.charts import Setting
from analytics.stats.intervals import wilson
from analytics.ui import candidates, watch
from analytics.ui.candidates import Found, Held, History, Rule
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.ui.false_alarms import tallied

TARGET = Rule("training_coverage", "target", "training_coverage", 0.02)
FALL = Rule("adoption_active", "fall", "resistance_to_change", 0.02)
MOVE = Rule("adoption_active", "move", "resistance_to_change", 0.02)
LIMIT = Rule("top_rating_excess", "limit", "performance_trends", 0.02)
HIGH = Rule("top_rating_share", "high", "performance_trends", 0.05)


def figure(place: str, value: float, people: float = 1000.0, **given) -> dict:
    """A government's figure with its Wilson interval."""
    between = wilson(np.array([value * people]), np.array([people]))
    made = {"level": "government", "denominator": people, "people": people}
    ends = {"low": float(between.low[0]), "high": float(between.high[0])}
    return row(place, value, **(made | ends | given))


def governments(values: Sequence[float], period: str = "2025", **given) -> list[dict]:
    return [
        figure(f"18.{number:02}", value, period=period, **given)
        for number, value in enumerate(values)
    ]


def codes(rows: Answer) -> set[str]:
    return set(rows.rows["place"])


def found(tested: Held | None, held: Answer) -> list[Found]:
    assert tested
    return candidates.standing([tested], {tested.rule.metric: held})


def p_values(held: Held) -> list[float]:
    return held.p.tolist()


def said(lines: Sequence[Found], setting: Setting = ENGLISH) -> list[str]:
    return [line.sentence for line in watch.lines(lines, setting)]


def test_behind_the_target_is_told_of_who_is_short_by_more_than_what_matters():
    held = answer(governments([0.70, 0.79, 0.90], people=10_000.0))
    targets = {("government", f"18.0{n}"): 0.8 for n in range(3)}
    [line] = found(candidates.behind(TARGET, held, targets), held)
    # 0.79 is a point behind for certain, and less than the two that matter
    assert line.place == "18.00"
    assert line.size == pytest.approx(5)
    assert said([line]) == [
        "Place 18.00: Training coverage 70.0%, 10.0 points behind the target of 80%"
    ]
    assert said([line], INDONESIAN) == [
        "Place 18.00: Cakupan pelatihan 70,0\u00a0%, 10,0 poin di bawah target 80\u00a0%"
    ]


def test_each_place_has_its_own_target_and_without_one_nothing_is_tested():
    held = answer(governments([0.70, 0.70]))
    tested = candidates.behind(TARGET, held, {("government", "18.01"): 0.9})
    assert tested.figures.place.tolist() == ["18.01"]
    assert candidates.behind(TARGET, held, {}).count == 0


def test_few_people_withheld_figures_and_figures_without_an_interval_are_not_tested():
    rows = [figure("18.00", 0.1, people=29.0), hidden("18.01", level="government")]
    rows += [figure("18.02", 0.1, low=np.nan, high=np.nan), figure("18.03", 0.1, people=30.0)]
    held = answer(rows)
    targets = {("government", place): 0.9 for place in codes(held)}
    assert candidates.behind(TARGET, held, targets).figures.place.tolist() == ["18.03"]


WIGGLE = [0.01, -0.02, 0.015, -0.012, 0.02, -0.008, 0.004, -0.015, 0.011, -0.006]


def course(*last_change: float) -> Answer:
    """Ten large governments whose figures go up and down by a point or two; then a last change."""
    first = governments([0.8] * 10, "2023", people=1e6)
    second = governments([0.8 + change for change in WIGGLE], "2024", people=1e6)
    changes = [*last_change, *WIGGLE[::-1][len(last_change) :]]
    third = governments(
        [0.8 + w + change for w, change in zip(WIGGLE, changes, strict=True)], people=1e6
    )
    return answer([*first, *second, *third], "adoption_active")


def test_a_fall_that_chance_cannot_explain_but_places_usually_have_is_not_told():
    held = course(-0.03)
    # a million people: the fall of three points is beyond every interval
    assert candidates.above(np.array([0.03]), np.array([2 * 0.16 / 1e6]), 0.02)[0] < 1e-9
    assert found(candidates.changed(FALL, History(held), codes(held)), held) == []


def test_a_fall_beyond_what_is_usual_is_told_with_its_size():
    held = course(-0.25)
    [line] = found(candidates.changed(FALL, History(held), codes(held)), held)
    assert said([line]) == ["Place 18.00: Active users down 25.0 points since 2024, to 56.0%"]
    assert watch.lines([line], ENGLISH)[0].place == "government:18.00"


def test_what_is_usual_is_told_from_all_places_and_only_those_inside_are_tested():
    held = course(-0.25, -0.25)
    tested = candidates.changed(FALL, History(held), {"18.01", "18.05"})
    assert tested
    assert tested.figures.place.tolist() == ["18.01", "18.05"]
    assert [line.place for line in found(tested, held)] == ["18.01"]


def test_changes_of_fewer_than_eight_places_are_not_tested():
    rows = governments([0.8] * 3, "2024") + governments([0.2] * 3)
    held = answer(rows, "adoption_active")
    assert candidates.changed(FALL, History(held), codes(held)) is None


def test_a_move_is_told_against_that_of_other_places():
    rows = governments([0.5] * 20, "2024", people=1e5)
    up = [0.6 + 0.01 * np.sin(n) for n in range(20)]
    rows += governments([*up[:-1], 0.5], people=1e5)
    held = answer(rows, "adoption_active")
    [line] = found(candidates.changed(MOVE, History(held), codes(held)), held)
    # all but one rose by ten points: the one that stayed is what is unlike
    assert line.place == "18.19"
    assert said([line]) == [
        "Place 18.19: Active users unchanged since 2024, at 50.0% (elsewhere mostly up 9.9 points)"
    ]
    assert "(di tempat lain umumnya naik 9,9 poin)" in said([line], INDONESIAN)[0]


def test_a_year_that_is_not_over_is_set_against_the_same_month_or_against_nothing():
    now = governments([0.05] * 11 + [0.35], "2026", people=1e4)
    whole = governments([0.6] * 12, "2025", people=1e4)
    earlier = answer(governments([0.05] * 12, "2025-02", people=1e4))
    held = replace(answer([*whole, *now]), until="2026-02")
    rule = replace(MOVE, metric="training_coverage")
    [line] = found(candidates.changed(rule, History(held, earlier), codes(held)), held)
    assert said([line]) == [
        "Place 18.11: Training coverage up 30.0 points since February 2025, to 35.0%"
        " (elsewhere hardly changed)"
    ]
    assert candidates.changed(rule, History(held), codes(held)) is None


def test_figures_that_end_before_the_year_asked_for_are_not_told():
    held = course(-0.25)
    later = replace(held, question=replace(held.question, last="2026"))
    assert candidates.changed(FALL, History(later), codes(later)) is None


def agencies(values: Sequence[float], people: float, metric: str, **given) -> Answer:
    rows = [
        figure(f"18.{n:02}-A", value, people, level="agency", agency_kind="health", **given)
        for n, value in enumerate(values)
    ]
    return answer(rows, metric)


def test_an_agency_is_beyond_its_limit_where_luck_cannot_explain_it():
    # 22 of 60 with a limit of a tenth: 6 are allowed; 8 of 60 are two too many, as luck has it.
    over = agencies([16 / 60, 2 / 60, 0.0], 60.0, "top_rating_excess")
    share = agencies([22 / 60, 8 / 60, 4 / 60], 60.0, "top_rating_share")
    tested = candidates.over_limit(LIMIT, over, share)
    # the next number above what is allowed, and what matters
    chance = 7 / 60 + 0.02
    tails = [
        sum(comb(60, k) * chance**k * (1 - chance) ** (60 - k) for k in range(top, 61))
        for top in (22, 8)
    ]
    assert p_values(tested) == pytest.approx([*tails, 1.0])
    assert tested.reference == pytest.approx([0.1, 0.1, 4 / 60])
    [line] = found(tested, over)
    assert said([line]) == [
        "Place 18.00-A: 26.7% of evaluations are above its limit for Sangat Baik"
    ]


def test_a_person_rated_every_month_is_one_person_to_the_limit():
    yearly = agencies([16 / 60], 60.0, "top_rating_excess")
    share = agencies([22 / 60], 60.0, "top_rating_share")
    monthly = agencies([16 / 60], 60.0, "top_rating_excess", denominator=720.0)
    one, twelve = (candidates.over_limit(LIMIT, asked, share) for asked in (yearly, monthly))
    # the limit is then told to a twelfth of a person, and the rest is the same
    assert 1e-7 < p_values(twelve)[0] < p_values(one)[0] < 1e-4


def test_an_agency_unlike_its_kind_is_named_with_its_government():
    spread = [0.12 + 0.01 * np.sin(n) for n in range(20)]
    held = agencies([*spread, 0.5], 400.0, "top_rating_share")
    tested = candidates.unlike(HIGH, held, codes(held))
    [line] = found(tested, held)
    setting = replace(ENGLISH, names={("government", "18.20"): "Pringsewu"})
    assert said([line], setting) == [
        "Place 18.20-A, Pringsewu: Sangat Baik share 50.0%, unusual for agencies of its kind"
        " (middle 12.1%)"
    ]
    assert (
        candidates.unlike(HIGH, agencies([0.1] * 6 + [0.9], 400.0, "top_rating_share"), ()).count
        == 0
    )


def test_of_which_lines_the_rate_is_not_kept_is_said_where_they_were_tested():
    held = agencies([0.12 + 0.01 * np.sin(n) for n in range(20)], 400.0, "top_rating_share")
    tested = candidates.unlike(HIGH, held, codes(held))
    doubt = "The rate is not kept for agencies unlike their kind"
    assert doubt in watch.made_by([tested], ENGLISH)
    assert doubt not in watch.made_by([replace(tested, rule=LIMIT)], ENGLISH)


def test_all_tests_of_all_rules_are_judged_together():
    # 10 points behind with 120 people: p = 0.03 alone, which does not stand among forty
    held = answer(governments([0.71] + [0.8] * 39, people=120.0))
    targets = {("government", place): 0.8 for place in codes(held)}
    tested = candidates.behind(TARGET, held, targets)
    assert 0.01 < p_values(tested)[0] < 0.05
    assert found(tested, held) == []
    assert "40 tests were made" in watch.made_by([tested], ENGLISH)
    assert watch.made_by([], ENGLISH) == ""


def test_six_lines_are_shown_and_two_of_a_rule_and_the_tables_hold_all():
    held = answer(governments([0.1] * 9, people=1e4))
    targets = {("government", place): 0.8 for place in codes(held)}
    tested = candidates.behind(TARGET, held, targets)
    everything = found(tested, held)
    assert (len(everything), len(watch.lines(everything, ENGLISH))) == (9, 2)
    table, units = watch.found_table(everything, INDONESIAN)
    assert (len(table), units["Nilai"]) == (9, ["share"] * 9)
    rules, _ = watch.rules_table([tested], everything, ENGLISH)
    assert rules.to_dict("records") == [
        {
            "What is tested": "Training coverage behind its target",
            "Smallest that matters": "2.0 points",
            "Places tested": 9,
            "Found": 9,
        }
    ]


def test_where_nothing_is_true_lists_are_almost_always_empty():
    alarms, moved = tallied(range(4), people=30_000)
    assert (alarms.with_false, moved.with_false) == (0, 0)
    assert alarms.false_before > 4 * 20  # lines that the intervals of before would have listed


def test_what_is_planted_is_found_among_figures_that_wiggle():
    alarms, _ = tallied(range(2), people=60_000, planted=True)
    assert alarms.found > 0.6 * alarms.planted
    assert alarms.false_share / alarms.lists < 0.1
