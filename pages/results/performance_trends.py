"""Performance: how people are rated, how completely and in time, and how that changes."""

from analytics.charts import (
    ASPECTS,
    MATRIX_SHARES,
    OLDER_SCORES,
    PREDICATE_SHARES,
    control_chart,
    curve_breaches,
    curve_rules,
    curve_shares,
    heatmap,
    interval_dots,
    matrix,
    metric_dots,
    raters_agree,
    shrunken_dots,
    stacked,
    trend,
)
from analytics.ui import open_page

TOP = "top_rating_share"
KEY = (TOP, "appraisal_completeness", "on_time_share")
BY = ("sex", "age_band", "grade_group", "status", "position_type")

page = open_page("performance_trends", by=BY)


def distribution() -> None:
    """Every period's five predicates."""
    page.chart(stacked, *page.history_each(PREDICATE_SHARES, grain="year"))
    page.note("Nationally 88% Baik and 11% Sangat Baik (2022–2024): a mean score tells little.")
    page.chart(trend, page.history("effective_predicates", level="beside"))


def places() -> None:
    """Sangat Baik and completeness, place by place."""
    page.side_by_side(*((interval_dots, one) for one in page.ask_each(KEY[:2], level="below")))


def groups() -> None:
    """Sangat Baik by the chosen breakdown, else by sex."""
    by = page.by or ("sex",)
    page.side_by_side(
        (interval_dots, page.ask(TOP, by=by)), (heatmap, page.ask(TOP, by=by, level="below"))
    )


def result_and_behaviour() -> None:
    """The nine cells behind the predicate."""
    mismatch = page.history("predicate_mismatch_share", level="beside")
    page.side_by_side((matrix, *page.ask_each(MATRIX_SHARES)), (trend, mismatch))


def usual_range() -> None:
    """Which months are more than ordinary ups and downs; whether the years rise or fall."""
    grain = "month" if page.grain == "year" else page.grain
    for metric in KEY:
        page.chart(control_chart, *(page.history(metric, grain=one) for one in (grain, "year")))


def limits() -> None:
    """The predicates against the limits that the organisation's own rating sets."""
    below, ratings = page.ask_rated(PREDICATE_SHARES, level="agency")
    if page.place.level == "agency":
        page.chart(curve_shares, *page.ask_each(PREDICATE_SHARES, grain="year"), ratings=ratings)
    page.chart(curve_rules, *below, ratings=ratings)
    rule = page.choose_rule(below, ratings, key="rule")
    page.chart(curve_breaches, *below, ratings=ratings, rule=rule, most=24)


def leniency() -> None:
    """Sangat Baik agency by agency with chance allowed for, and by who rates."""
    of_kind = {"level": "agency", "agency_kind": page.choose_kind(key="kind", any_kind=True)}
    in_use = page.ask("effective_predicates", **of_kind)
    page.side_by_side((shrunken_dots, page.ask(TOP, **of_kind)), (interval_dots, in_use))
    page.link("overview", "Limits and kinds are tested on Overview")
    roles = page.ask(TOP, by="rater", level="beside")
    page.side_by_side((interval_dots, page.ask(TOP, by="rater")), (heatmap, roles))
    page.study_says(page.study("rater_agreement"), raters_agree, measure="kappa")
    page.note("Each role rates other people: a gap between roles need not be leniency.")


def in_time() -> None:
    """On time, by period and by place."""
    course = page.history("on_time_share", level="beside")
    page.side_by_side((trend, course), (interval_dots, page.ask("on_time_share", level="below")))


def older_scores() -> None:
    """Numeric scores, each scale alone."""
    page.note("Three scales in one history: they never share an axis.")
    scores = page.history_each(OLDER_SCORES, level="beside", grain="year")
    page.side_by_side(*((trend, score) for score in scores))


page.headline(TOP)
page.key_figures(KEY)
page.chart(trend, page.history(TOP, level="beside"))
page.side_by_side(
    (stacked, *page.ask_each(PREDICATE_SHARES, level="below")),
    (trend, page.history("appraisal_completeness", level="beside")),
)
page.tabs(
    ("Distribution", distribution),
    ("Places", places),
    ("Groups", groups),
    ("Result and behaviour", result_and_behaviour),
    ("Usual range", usual_range),
    ("Limits", limits),
    ("Leniency", leniency),
    ("Timeliness", in_time),
    ("Aspects", lambda: page.chart(metric_dots, *page.ask_each(ASPECTS))),
    ("Older scores", older_scores),
)
page.section("The figures behind")
page.table(*page.ask_each(KEY[:2], level="below"))
page.foot()
