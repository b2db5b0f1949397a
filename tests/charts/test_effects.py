"""Before and after a policy: the words and the lines say what the months hold, and no more."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from analytics.answers import Answer
from analytics.charts import Event, banded_dots, before_and_after, effect_dots
from analytics.charts.effects import effect_of, sentence, summary
from analytics.stats.interrupted_series import interrupted_series
from analytics.stats.verdict import Verdict
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn

POLICY = Event(date(2024, 8, 1), "Antrean daring")
NO_FIGURES = {"low": math.nan, "high": math.nan, "level": "agency"}


def months(first: str, count: int) -> list[str]:
    year, month = (int(part) for part in first.split("-"))
    numbers = range(year * 12 + month - 1, year * 12 + month - 1 + count)
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]


def series(
    change: float, place: str = "15.71-A", count: int = 36, noise: float = 0.2
) -> list[dict]:
    """Months from January 2023 around 6 days, from August 2024 by so much more or less."""
    values = 6 + np.random.default_rng(int(place[3:5])).normal(0, noise, count)
    return [
        row(place, value + (change if period >= "2024-08" else 0), period=period, **NO_FIGURES)
        for period, value in zip(months("2023-01", count), values, strict=True)
    ]


def waiting(rows: list[dict[str, Any]]) -> Answer:
    return answer(rows, "waiting_days")


def test_a_fall_is_named_with_its_size_its_interval_and_the_months_on_both_sides():
    rows = series(-2)
    picture = before_and_after(waiting(rows), setting=ENGLISH, policy=POLICY)

    found = interrupted_series(np.array([one["value"] for one in rows]), 19, 0.5).average
    assert found is not None
    assert found.low < -2 < found.high
    low, high = -found.high, -found.low
    said = f"fell by {-found.value:.1f} days after Antrean daring (95% CI: {low:.1f}–{high:.1f})"
    assert picture.title.replace("\N{NO-BREAK SPACE}", " ") == f"Waiting time {said}"
    assert "19 months before, 17 after" in picture.note
    assert "smallest change that matters: 0.5\N{NO-BREAK SPACE}days" in picture.note


def test_the_line_breaks_at_the_policy_and_the_dashed_one_begins_there():
    picture = before_and_after(waiting(series(-2)), setting=INDONESIAN, policy=POLICY)
    band, dashed, solid, marks = drawn(picture)["data"]

    assert len(marks["x"]) == 36
    assert len(dashed["x"]) == 17
    assert dashed["line"]["dash"] == "dash"
    assert list(solid["y"]).index(None) == 19
    assert len(band["x"]) == 34
    [line] = drawn(picture)["layout"]["shapes"]
    assert line["x0"].startswith("2024-08-01")
    assert "turun" in picture.title


def test_nothing_planted_is_no_change_or_cannot_be_told():
    none = before_and_after(waiting(series(0, noise=0.05)), setting=ENGLISH, policy=POLICY)
    assert none.title.startswith("Waiting time: no change larger than 0.5")
    noisy = before_and_after(waiting(series(0, noise=1.5)), setting=ENGLISH, policy=POLICY)
    assert noisy.title.startswith("Waiting time after Antrean daring: a change cannot be told (95%")
    assert " to " in noisy.title


def test_too_few_months_are_drawn_without_a_line_and_say_why():
    rows = series(-2)[12:]  # seven months before
    picture = before_and_after(waiting(rows), setting=ENGLISH, policy=POLICY)

    assert picture.title == "Waiting time after Antrean daring: a change cannot be told"
    assert "Fewer than 8 points before or after" in picture.note
    assert len(drawn(picture)["data"]) == 1


def test_the_month_in_which_a_policy_begins_counts_on_neither_side():
    effect = effect_of(waiting(series(-2)), replace(POLICY, day=date(2024, 7, 16)))
    assert effect is not None
    assert (effect.before, effect.after, effect.at) == (18, 17, 19)


def test_withheld_months_are_missing_and_named():
    rows = series(-2)
    rows[3] = hidden("15.71-A", period="2023-04", level="agency")
    picture = before_and_after(waiting(rows), setting=ENGLISH, policy=POLICY)
    assert "18 months before, 17 after" in picture.note
    assert "1 figures withheld" in picture.note
    gone = [hidden("15.71-A", period=period, level="agency") for period in months("2023-01", 30)]
    assert before_and_after(waiting(gone), setting=ENGLISH, policy=POLICY).figure is None


def test_the_sentence_sets_what_was_measured_against_what_was_to_be_expected():
    effect = effect_of(waiting(series(-2)), POLICY)
    assert effect is not None
    said = sentence(effect, waiting(series(-2)), ENGLISH)
    measured = np.mean([one["value"] for one in series(-2)[19:]])
    assert f"In the 17 months since it stood at **{measured:.1f}" in said
    assert effect.found.verdict is Verdict.FELL
    unsure = waiting(series(0, noise=1.5))
    effect = effect_of(unsure, POLICY)
    assert effect is not None
    assert "expected" not in sentence(effect, unsure, ENGLISH)


def test_agencies_with_a_policy_are_counted_by_their_verdict():
    rows = [*series(-2), *series(-2.5, "18.01-A"), *series(0, "17.71-A", noise=0.05)]
    rows += series(-2, "18.71-A")[-20:]  # too short a series to tell
    codes: list[str] = ["15.71-A", "18.01-A", "17.71-A", "18.71-A"]
    policies = dict.fromkeys(codes, POLICY)
    picture = effect_dots(waiting(rows), setting=ENGLISH, policies=policies)

    said = "fell in 2, no change larger than 0.5 days in 1, cannot be told in 1"
    assert picture.title.replace("\N{NO-BREAK SPACE}", " ") == (
        f"Waiting time after Antrean daring, 4 agencies: {said}"
    )
    assert set(picture.places) == {f"agency:{place}" for place in policies}
    [marks] = drawn(picture)["data"]
    # The one that cannot be told stands below, open and at nothing, then the largest fall on top.
    assert marks["marker"]["symbol"][0].endswith("-open")
    assert marks["x"][0] == 0
    assert marks["x"][3] == min(marks["x"])
    found = summary([e for p in policies if (e := _of(rows, p))], waiting(rows), ENGLISH)
    assert "Where it fell, it fell by" in found


def _of(rows: list[dict], place: str):
    return effect_of(waiting([one for one in rows if one["place"] == place]), POLICY)


def test_one_agency_alone_is_told_by_its_finding():
    picture = effect_dots(waiting(series(-2)), setting=ENGLISH, policies={"15.71-A": POLICY})
    assert picture.title.startswith("Waiting time fell by")


def test_differences_of_shares_are_drawn_as_points():
    rows = [one | {"value": one["value"] / 10} for one in series(-2)]
    shares = answer(rows, "service_on_time_share")
    picture = effect_dots(shares, setting=INDONESIAN, policies={"15.71-A": POLICY})
    [marks] = drawn(picture)["data"]
    assert marks["x"][0] == pytest.approx(-20, abs=4)
    assert "poin" in picture.subtitle


def test_a_metric_without_a_smallest_change_has_no_verdict():
    with pytest.raises(ValueError, match="smallest change"):
        before_and_after(answer(series(0), "mean_training_hours"), setting=ENGLISH, policy=POLICY)


def test_scores_are_counted_by_their_mark_and_its_limit_is_drawn():
    rows = [
        row(f"15.{n:02}-A", value, level="agency")
        for n, value in enumerate((90.0, 88.31, 88.3, 70.0))
    ]
    picture = banded_dots(answer(rows, "skm_score"), setting=ENGLISH)
    assert picture.title == "4 scores: A 2, B 1, C 1"
    layout = drawn(picture)["layout"]
    assert [shape["x0"] for shape in layout["shapes"]] == [76.61, 88.31]
    assert [note["text"] for note in layout["annotations"]] == ["C", "B", "A"]
    few = banded_dots(answer([hidden(level="agency")], "skm_score"), setting=ENGLISH)
    assert few.figure is None
