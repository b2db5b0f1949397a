"""Training coverage: who has reached 20 JP, and where the gaps are."""

from analytics.charts import (
    by_year,
    estimate_dots,
    heatmap,
    interval_dots,
    place_map,
    projected,
    rated_higher,
    seats_by_field,
    shortfall,
    training_plan,
    trend,
)
from analytics.ui import open_page

PLANNED = ("training_coverage", "missing_training_hours")
HOURS = ("mean_training_hours", "median_training_hours", "no_training_share")
COURSES = ("course_completion_share", "certificate_share", "non_classical_share")
OF_FIELDS = ("course_completion_share", "hours_per_course")
PPPK = ("pppk_training_share", "pppk_above_ceiling_share")
BY = ("position_type", "sex", "age_band", "grade_group")

page = open_page("training_coverage", by=BY)
survey = page.first_of("facet_score", "favourable_share")


def where() -> None:
    """The map, and the seats that are missing."""
    page.side_by_side(
        (place_map, page.ask("training_coverage", level="government")),
        (shortfall, page.ask("training_coverage", level="below")),
    )


def plan() -> None:
    """Whom to train first to reach a target, and the course places that takes."""
    coverage, missing = page.ask_each(PLANNED, level="below", grain="month")
    goal, months = page.choose_goal(coverage, key="goal"), page.choose_months(coverage, key="until")
    left, right = page.columns()
    with left:
        page.chart(training_plan, coverage, missing, goal=goal)
    with right:
        page.chart(projected, page.history("training_coverage", grain="month"))
        fields = page.ask_each(OF_FIELDS, by="field")
        page.chart(seats_by_field, coverage, missing, *fields, goal=goal, months=months)


def groups() -> None:
    """Coverage by the chosen breakdown, else by position."""
    by = page.by or ("position_type",)
    page.side_by_side(
        (interval_dots, page.ask("training_coverage", by=by)),
        (heatmap, page.ask("training_coverage", by=by, level="below")),
    )


def hours() -> None:
    """Hours, and those who had none."""
    page.side_by_side(*((trend, answer) for answer in page.history_each(HOURS, level="beside")))
    page.chart(interval_dots, page.ask("no_training_share", level="below"))


def contracts() -> None:
    """PPPK: any training, and above the ceiling."""
    page.note("For PPPK 24 JP is a ceiling, not a minimum; they are left out of the coverage.")
    page.side_by_side(*((trend, answer) for answer in page.history_each(PPPK, level="beside")))


def courses() -> None:
    """Courses by field; then completion, certificates and how courses are held."""
    page.side_by_side(*((interval_dots, answer) for answer in page.ask_each(OF_FIELDS, by="field")))
    asked = page.ask_each(COURSES, level="below")
    page.side_by_side(*((interval_dots, answer) for answer in asked))


def later() -> None:
    """Whether people are rated higher once they have trained, against their own years before."""
    found = page.study("training_effect")
    page.study_says(found, rated_higher, measure="effect")
    page.study_chart(estimate_dots, found, measure="by_year", finding=by_year)


def said_of_learning() -> None:
    """What people say of their learning, where a survey asked."""
    if page.facets("learning_"):
        own = page.survey(survey, prefix="learning_")
        if page.shows(own):
            page.chart(interval_dots, own)
        page.facet_by_place(survey, page.facets("learning_"), key="learning")
        level = page.level_with(survey, by="facet")
        page.table(page.survey(survey, prefix="learning_", level=level))
    else:
        page.empty("survey_item", "survey_response")


if page.has("training_coverage"):
    page.headline("training_coverage")
    page.key_figures(
        ("training_coverage", "mean_training_hours", "no_training_share", "pppk_training_share")
    )
    page.chart(trend, page.history("training_coverage", level="beside"))
    page.tabs(
        ("Where", where),
        ("Plan", plan),
        ("Groups", groups),
        ("Hours", hours),
        ("PPPK", contracts),
        ("Courses", courses),
        ("Later appraisal", later),
        ("What people say", said_of_learning),
    )
    page.section("The figures behind")
    page.table(page.ask("training_coverage", level="below"))
else:
    page.empty("employee", "training")
    said_of_learning()
page.foot()
