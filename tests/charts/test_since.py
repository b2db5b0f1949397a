"""What activities did: the sentence follows the verdict, the picture shows before and after."""

from __future__ import annotations

import pytest

from analytics.charts import effect_by_month, effects_found, estimate_dots, use_changed
from analytics.text.phrase import Phrase
from tests.charts.build import ENGLISH, INDONESIAN, estimates
from tests.charts.test_pictures import drawn

APART = Phrase("Units moved apart before the start: a change cannot be put down to it.")


def whole(verdict: str, value: float, low: float, high: float, **given) -> dict:
    figures = {"value": value, "low": low, "high": high, "verdict": verdict}
    return {"measure": "effect", "subject": "forum", "units": 380} | figures | given


def months(subject: str = "forum") -> list[dict]:
    made = []
    for since in range(-2, 4):
        value = 0.05 if since > 0 else 0.0
        one = {"subject": subject, "position": float(since), "value": value}
        made.append(one | {"measure": "by_month", "low": value - 0.02, "high": value + 0.02})
        made.append(one | {"measure": "band", "low": value - 0.03, "high": value + 0.03})
    return made


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            whole("rose", 0.058, 0.041, 0.075),
            "Forum: active users rose by 5.8 points (95% CI: 4.1–7.5), 380 agencies",
        ),
        (
            whole("fell", -0.058, -0.075, -0.041),
            "Forum: active users fell by 5.8 points (95% CI: −7.5 to −4.1), 380 agencies",
        ),
        (
            whole("no_larger", 0.004, -0.004, 0.012),
            "Forum: active users did not change by more than 2 points (95% CI: −0.4 to 1.2),"
            " 380 agencies",
        ),
        (
            whole("unknown", 0.03, -0.01, 0.07),
            "Forum: cannot tell whether active users changed (95% CI: −1.0 to 7.0 points),"
            " 380 agencies",
        ),
        ({"measure": "effect", "subject": "forum", "reason": APART}, "Forum: cannot tell"),
    ],
)
def test_the_sentence_of_an_effect_follows_its_verdict(row, said):
    found = estimates("activity_effects", [row])
    assert use_changed(found.rows.iloc[0], found, ENGLISH) == said


def test_months_before_are_open_and_those_after_filled_with_zero_and_start_marked():
    found = estimates("activity_effects", [whole("rose", 0.05, 0.04, 0.06), *months()])
    picture = effect_by_month(found, setting=ENGLISH, subject="forum")
    figure = drawn(picture)
    (marks,) = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert marks["marker"]["symbol"] == ["circle-open"] * 3 + ["circle"] * 3
    assert [(line["x0"], line["y0"]) for line in figure["layout"]["shapes"]] == [(0, 0), (0, 0)]
    assert "Effects by month from −2 to 3" in picture.alt
    assert len(picture.table) == 13


def test_one_activity_is_drawn_without_the_months_of_another():
    both = [whole("rose", 0.05, 0.04, 0.06), *months(), *months("coaching")]
    picture = effect_by_month(estimates("activity_effects", both), setting=ENGLISH, subject="forum")
    assert set(picture.table["subject"]) == {"forum"}


def test_the_note_tells_the_placebo_the_test_and_why_it_cannot_be_told():
    rows = [
        whole("unknown", 0.05, 0.04, 0.06, reason=APART),
        {"measure": "placebo", "subject": "forum", "value": 0.003, "low": -0.008, "high": 0.014},
        {"measure": "pretrend", "subject": "forum", "value": 0.049},
        *months(),
    ]
    note = effect_by_month(
        estimates("activity_effects", rows), setting=INDONESIAN, subject="forum"
    ).note
    assert note.startswith("Unit sudah bergerak berbeda sebelum kegiatan dimulai")
    assert "plasebo, tiga bulan lebih awal: 0,3 poin (−0,8 sampai 1,4)" in note
    assert "p = 0,049" in note


def test_an_activity_without_an_effect_has_no_picture_and_says_so():
    row = {"measure": "effect", "subject": "forum", "reason": APART}
    picture = effect_by_month(
        estimates("activity_effects", [row]), setting=ENGLISH, subject="forum"
    )
    assert picture.figure is None
    assert picture.title == "Forum: cannot tell"
    assert "Units moved apart" in picture.note


def test_the_activities_are_counted_by_their_verdicts():
    rows = [
        whole("rose", 0.05, 0.04, 0.06),
        whole("no_larger", 0.0, -0.01, 0.01, subject="coaching"),
        whole("unknown", 0.0, -0.05, 0.05, subject="mentoring"),
    ]
    picture = estimate_dots(
        estimates("activity_effects", rows),
        setting=ENGLISH,
        measure="effect",
        finding=effects_found,
        line=0.0,
        line_says="no change",
    )
    assert (
        picture.title
        == "Of 3 kinds of activity, 1 changed the use, 1 by less than matters, 1 cannot be told"
    )
