"""Performance: how people are rated, how completely and in time, and how that changes."""

from analytics.charts import (
    MATRIX_SHARES,
    PREDICATE_SHARES,
    heatmap,
    interval_dots,
    matrix,
    metric_dots,
    stacked,
    trend,
)
from analytics.ui import open_page

ASPECTS = (
    "aspect_productivity",
    "aspect_competence",
    "aspect_integrity",
    "aspect_discipline",
    "aspect_service",
    "aspect_strategic_target",
)
LEGACY = ("score_pp46", "score_pp30", "score_permenpan6")
BY = ("sex", "age_band", "grade_group", "status", "position_type")

page = open_page("performance_trends", by=BY)


def distribution() -> None:
    """Every period's five predicates."""
    page.chart(stacked, *page.history_each(PREDICATE_SHARES, grain="year"))
    page.note("Nationally 88% Baik and 11% Sangat Baik (2022–2024): a mean score tells little.")
    page.chart(trend, page.history("effective_predicates", level="beside"))


def places() -> None:
    """Sangat Baik and completeness, place by place."""
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("top_rating_share", level="below"))
    with right:
        page.chart(interval_dots, page.ask("appraisal_completeness", level="below"))


def groups() -> None:
    """Sangat Baik by the chosen breakdown, else by sex."""
    by = page.by or ("sex",)
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("top_rating_share", by=by))
    with right:
        page.chart(heatmap, page.ask("top_rating_share", by=by, level="below"))


def result_and_behaviour() -> None:
    """The nine cells behind the predicate."""
    left, right = page.columns()
    with left:
        page.chart(matrix, *page.ask_each(MATRIX_SHARES))
    with right:
        page.chart(trend, page.history("predicate_mismatch_share", level="beside"))


def limits() -> None:
    """Ratings beyond the limit that the organisation's own rating sets."""
    level = page.level_with("top_rating_excess", "agency")
    page.chart(interval_dots, page.ask("top_rating_excess", level=level), most=24)


def in_time() -> None:
    """On time, by period and by place."""
    left, right = page.columns()
    with left:
        page.chart(trend, page.history("on_time_share", level="beside"))
    with right:
        page.chart(interval_dots, page.ask("on_time_share", level="below"))


def aspects() -> None:
    """What is rated, and who rates."""
    left, right = page.columns()
    with left:
        page.chart(metric_dots, *page.ask_each(ASPECTS))
    with right:
        page.chart(interval_dots, page.ask("top_rating_share", by="rater"))


def legacy_scores() -> None:
    """Numeric scores, each scale alone."""
    page.note("Three scales in one history: they never share an axis.")
    for panel, score in zip(page.columns(3), LEGACY, strict=True):
        with panel:
            page.chart(trend, page.history(score, level="beside", grain="year"))


page.headline("top_rating_share")
page.key_figures(("top_rating_share", "appraisal_completeness", "on_time_share"))
page.chart(trend, page.history("top_rating_share", level="beside"))
below, complete = page.columns()
with below:
    page.chart(stacked, *page.ask_each(PREDICATE_SHARES, level="below"))
with complete:
    page.chart(trend, page.history("appraisal_completeness", level="beside"))
page.tabs(
    ("Distribution", distribution),
    ("Places", places),
    ("Groups", groups),
    ("Result and behaviour", result_and_behaviour),
    ("Limits", limits),
    ("Timeliness", in_time),
    ("Aspects and raters", aspects),
    ("Older scores", legacy_scores),
)
page.section("The figures behind")
page.table(*page.ask_each(("top_rating_share", "appraisal_completeness"), level="below"))
page.foot()
