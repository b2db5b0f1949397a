"""Training coverage: who has reached 20 JP, and where the gaps are."""

from analytics.charts import heatmap, interval_dots, place_map, shortfall, trend
from analytics.ui import open_page

LEARNING = "learning_"
BY = ("position_type", "sex", "age_band", "grade_group")

page = open_page("training_coverage", by=BY)
survey = page.first_of("facet_score", "favourable_share")


def where() -> None:
    """The map, and the seats that are missing."""
    left, right = page.columns()
    with left:
        page.chart(place_map, page.ask("training_coverage", level="government"))
    with right:
        page.chart(shortfall, page.ask("training_coverage", level="below"))


def groups() -> None:
    """Coverage by the chosen breakdown, else by position."""
    by = page.by or ("position_type",)
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("training_coverage", by=by))
    with right:
        page.chart(heatmap, page.ask("training_coverage", by=by, level="below"))


def fields() -> None:
    """Courses by field."""
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("course_completion_share", by="field"))
    with right:
        page.chart(interval_dots, page.ask("hours_per_course", by="field"))


def hours() -> None:
    """Hours, and those who had none."""
    left, right = page.columns()
    with left:
        page.chart(trend, page.history("mean_training_hours", level="beside"))
        page.chart(trend, page.history("median_training_hours", level="beside"))
    with right:
        page.chart(trend, page.history("no_training_share", level="beside"))
        page.chart(interval_dots, page.ask("no_training_share", level="below"))


def contracts() -> None:
    """PPPK: any training, and above the ceiling."""
    page.note("For PPPK 24 JP is a ceiling, not a minimum; they are left out of the coverage.")
    left, right = page.columns()
    with left:
        page.chart(trend, page.history("pppk_training_share", level="beside"))
    with right:
        page.chart(trend, page.history("pppk_above_ceiling_share", level="beside"))


def courses() -> None:
    """Completion, certificates and how courses are held."""
    for metric in ("course_completion_share", "certificate_share", "non_classical_share"):
        page.chart(interval_dots, page.ask(metric, level="below"))


def said_of_learning() -> None:
    """What people say of their learning, where a survey asked."""
    if page.facets(LEARNING):
        own = page.survey(survey, prefix=LEARNING)
        if page.shows(own):
            page.chart(interval_dots, own)
        level = page.level_with(survey, by="facet")
        facet = page.choose("Survey facet", page.facets(LEARNING), key="learning", labels="facet")
        asked = {"by": "facet", "level": level, "category": {"facet": facet}}
        page.gap(survey, **asked)
        left, right = page.columns()
        with left:
            page.chart(interval_dots, page.ask(survey, **asked), most=24)
        with right:
            page.chart(trend, page.history(survey, **asked))
        page.table(page.survey(survey, prefix=LEARNING, level=level))
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
        ("Groups", groups),
        ("Fields", fields),
        ("Hours", hours),
        ("PPPK", contracts),
        ("Courses", courses),
        ("What people say", said_of_learning),
    )
    page.section("The figures behind")
    page.table(page.ask("training_coverage", level="below"))
else:
    page.empty("employee", "training")
    said_of_learning()
page.foot()
