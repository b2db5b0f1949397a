"""Evidence on change: what did activities do, what goes along with commitment, is the survey sound?"""

from analytics.charts import (
    carried_together,
    clear_correlations,
    effect_by_month,
    effects_found,
    estimate_dots,
    largest_share,
    may_rank,
    rankable,
    reliable,
    use_changed,
)
from analytics.ui import open_page

page = open_page("change_evidence", filters=("place",))


def effects() -> None:
    """What activities changed in the use of the system, against agencies still without."""
    found = page.study("activity_effects")
    page.study_says(found, use_changed, measure="effect")
    left, right = page.columns()
    with left:
        page.study_chart(
            estimate_dots,
            found,
            measure="effect",
            finding=effects_found,
            line=0.0,
            line_says="no change",
        )
    with right:
        kinds = page.subjects(found)
        if kinds:
            kind = page.choose("Activity", list(kinds), key="activity", labels=kinds)
            page.study_chart(effect_by_month, found, subject=kind)
    page.note(
        "An agency's first activity of a kind counts. Activities may come together: what one did"
        " can be another's doing."
    )


def conditions() -> None:
    """What goes along with commitment to change, agency by agency."""
    found = page.study("change_drivers")
    page.study_says(found, carried_together, measure="explained")
    left, right = page.columns()
    with left:
        page.study_chart(estimate_dots, found, measure="share", finding=largest_share)
    with right:
        page.study_chart(
            estimate_dots,
            found,
            measure="correlation",
            finding=clear_correlations,
            line=0.0,
            line_says="no connection",
        )
    page.note(
        "This is correlation between agencies with 10 respondents or more: what goes along with"
        " commitment need not bring it about."
    )


def reliability() -> None:
    """Whether facets measure one thing, and whether agencies can be told apart on them."""
    found = page.study("survey_reliability")
    page.headline("response_rate")
    page.note("Those who did not answer may think otherwise: no coefficient here knows them.")
    page.study_finds(found, rankable, measure="icc_mean")
    page.more(
        "On which facets may agencies be ranked?",
        lambda: page.study_says(found, may_rank, measure="icc_mean"),
    )
    left, right = page.columns()
    for panel, measure in ((left, "alpha"), (right, "icc_mean")):
        with panel:
            page.study_chart(
                estimate_dots,
                found,
                measure=measure,
                finding=reliable,
                line=0.7,
                line_says="0.70, by convention",
            )


page.headline("adoption_active")
page.tabs(
    ("What activities did", effects),
    ("What goes along", conditions),
    ("Reliability", reliability),
)
page.link("resistance_to_change")
page.foot()
