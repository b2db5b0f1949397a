"""What is said of a survey's facets and of what goes along with commitment follows the intervals."""

from __future__ import annotations

import pytest

from analytics.charts import (
    by_year,
    carried_together,
    clear_correlations,
    estimate_dots,
    largest_share,
    may_rank,
    rankable,
    rated_higher,
    reliable,
)
from analytics.text.phrase import Phrase
from tests.charts.build import ENGLISH, INDONESIAN, estimates
from tests.charts.test_pictures import drawn

FEW = Phrase(
    "Fewer than {agencies} agencies with {least} respondents or more.", agencies=10, least=10
)


def facet(value: float, low: float, high: float, **given) -> dict:
    figures = {"value": value, "low": low, "high": high}
    return {"measure": "icc_mean", "subject": "leader_support"} | figures | given


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            facet(0.8, 0.72, 0.86),
            "Support of leaders: agencies may be ranked on it, ICC(2) 0.80 (95% CI: 0.72–0.86)"
            " is 0.70 or more",
        ),
        (
            facet(0.72, 0.6, 0.8),
            "Support of leaders: rank agencies with care, ICC(2) 0.72 (95% CI: 0.60–0.80)"
            " may lie below 0.70",
        ),
        (
            facet(0.69, 0.6, 0.8),
            "Support of leaders: do not rank agencies on it, ICC(2) 0.69 (95% CI: 0.60–0.80)"
            " is below 0.70",
        ),
        (
            {"measure": "icc_mean", "subject": "leader_support", "reason": FEW},
            "Support of leaders: whether agencies may be ranked on it cannot be told",
        ),
    ],
)
def test_agencies_may_be_ranked_only_where_the_whole_interval_allows_it(row, said):
    found = estimates("survey_reliability", [row])
    assert may_rank(found.rows.iloc[0], found, ENGLISH) == said


def test_on_how_many_facets_agencies_may_be_ranked_is_one_sentence():
    none = estimates("survey_reliability", [facet(0.47, 0.26, 0.64), facet(0.6, 0.5, 0.7)])
    assert rankable(none.rows, ENGLISH).startswith("Agencies may not be ranked on any of 2 facets")
    some = [facet(0.47, 0.26, 0.64), facet(0.75, 0.6, 0.8), facet(0.8, 0.72, 0.86)]
    assert rankable(estimates("survey_reliability", some).rows, ENGLISH).startswith(
        "Agencies may be ranked on 1 of 3 facets and with care on 1;"
    )


def conditions(*figures: tuple[str, float, float, float], measure: str = "share") -> list[dict]:
    return [
        {"measure": measure, "subject": subject, "value": value, "low": low, "high": high}
        for subject, value, low, high in figures
    ]


def title(rows: list[dict], finding, measure: str = "share") -> str:
    found = estimates("change_drivers", rows)
    return estimate_dots(found, setting=ENGLISH, measure=measure, finding=finding).title


def test_the_largest_share_is_named_only_where_its_interval_is_above_all_others():
    small = ("leader_support", 0.1, 0.05, 0.19)
    apart = conditions(small, ("perceived_fairness", 0.3, 0.2, 0.4))
    overlapping = conditions(small, ("perceived_fairness", 0.3, 0.18, 0.4))
    assert title(apart, largest_share) == (
        "Perceived fairness goes along with commitment most: 30.0% of the differences"
    )
    assert title(overlapping, largest_share) == "No condition stands out: the intervals overlap"


def test_a_correlation_is_clear_where_its_interval_leaves_out_none():
    rows = conditions(
        ("leader_support", 0.3, 0.1, 0.5),
        ("perceived_fairness", -0.3, -0.5, -0.1),
        ("adoption_active", 0.1, -0.1, 0.3),
        measure="correlation",
    )
    assert title(rows, clear_correlations, "correlation") == (
        "2 of 3 conditions clearly go along with commitment, or against it"
    )


def test_what_all_conditions_carry_together_is_said_with_its_agencies():
    known = estimates("change_drivers", [{"measure": "explained", "value": 0.181, "units": 125}])
    assert carried_together(known.rows.iloc[0], known, ENGLISH).startswith(
        "All together go along with 18.1% of the differences in commitment between 125 agencies"
    )
    none = estimates("change_drivers", [{"measure": "explained", "reason": FEW}])
    assert carried_together(none.rows.iloc[0], none, ENGLISH) == (
        "What goes along with commitment cannot be told here"
    )


def test_a_line_near_the_edge_has_its_words_inside_and_a_facet_without_estimate_its_row():
    rows = [
        facet(0.4, 0.3, 0.5),
        facet(0.69, 0.6, 0.72, subject="work_pressure"),
        {"measure": "icc_mean", "subject": "change_efficacy", "reason": FEW},
    ]
    picture = estimate_dots(
        estimates("survey_reliability", rows),
        setting=INDONESIAN,
        measure="icc_mean",
        finding=reliable,
        line=0.7,
        line_says="0.70, by convention",
    )
    assert picture.title == "0 dari 2 segi mencapai 0,70"
    assert "Kurang dari 10 perangkat daerah dengan 10 responden" in picture.note
    layout = drawn(picture)["layout"]
    *_, words = layout["annotations"]
    assert (words["text"], words["xanchor"]) == ("0,70 menurut kebiasaan", "right")
    assert len(layout["yaxis"]["ticktext"]) == 3


def trained(verdict: str, **given) -> dict:
    figures = {"value": 0.03, "low": 0.017, "high": 0.043, "units": 8220}
    return {"measure": "effect", "verdict": verdict} | figures | given


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            trained("rose"),
            "PNS are rated Sangat Baik more often once they have completed 20 JP: by 3.0 points"
            " (95% CI: 1.7–4.3), 8,220 people",
        ),
        (
            trained("unknown", value=0.01, low=-0.02, high=0.04),
            "Whether PNS are rated Sangat Baik more often once they have completed 20 JP cannot be"
            " told: estimate 1.0 points (95% CI: −2.0 to 4.0 points), 8,220 people",
        ),
        (
            {"measure": "effect", "verdict": "unknown", "reason": FEW},
            "Whether training shows in later appraisals cannot be told here",
        ),
    ],
)
def test_training_shows_in_later_appraisals_only_where_the_verdict_says_so(row, said):
    found = estimates("training_effect", [row])
    assert rated_higher(found.rows.iloc[0], found, ENGLISH) == said


def test_years_after_training_stand_in_order_of_time_whatever_their_values():
    rows = [
        {"measure": "by_year", "subject": str(since), "position": since, "value": value,
         "low": value - 0.01, "high": value + 0.01}
        for since, value in ((-1, 0.0), (0, 0.034), (1, 0.005))
    ]  # fmt: skip
    found = estimates("training_effect", rows)
    picture = estimate_dots(found, setting=ENGLISH, measure="by_year", finding=by_year)
    assert picture.title == "Sangat Baik after 20 JP: taken singly, 1 of 2 years differ clearly"
    beside = [one["text"] for one in drawn(picture)["layout"]["annotations"][:3]]
    assert beside == ["0.5 points", "3.4 points", "0.0 points"]
    assert list(picture.table["subject"]) == ["1", "0", "-1"]
