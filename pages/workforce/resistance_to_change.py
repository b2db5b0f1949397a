"""Readiness for change: under which conditions does change succeed? Never about a person."""

from analytics.charts import heatmap, interval_dots, may_rank, trend, weight_ranges
from analytics.ui import open_page

NO_LEARNING = "learning_"

page = open_page("resistance_to_change")
survey = page.first_of("facet_score", "favourable_share")
level = page.level_with(survey, by="facet")
facets = page.facets(but=NO_LEARNING)
own = page.survey(survey, but=NO_LEARNING)


def one_facet() -> None:
    """One facet, place by place, and its course over time."""
    facet = page.facet_by_place(survey, facets, key="facet")
    if level == "agency":
        page.study_says(page.study("survey_reliability"), may_rank, measure="icc_mean", of=facet)


def grid() -> None:
    """Places by facets."""
    page.chart(heatmap, page.survey(survey, but=NO_LEARNING, level=level))


def adoption() -> None:
    """Use of the performance system; days of outage are excluded."""
    page.note("Outages, locked accounts and retirements also lower these figures.")
    page.side_by_side(
        (interval_dots, page.ask("adoption_active", level="below")),
        (trend, page.history("adoption_on_time", level="beside")),
    )


def taking_part() -> None:
    """Attendance, no-shows and objections."""
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("socialisation_attendance", level="below"))
        page.chart(trend, page.history("objections_per_1000", level="beside"))
    with right:
        page.chart(interval_dots, page.ask("training_no_show_share", level="below"))
        page.chart(trend, page.history("objection_upheld_share", level="beside"))


def answering() -> None:
    """Who answered the survey."""
    asked = page.level_with("response_rate")
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("response_rate", level=asked), most=24)
    with right:
        page.chart(trend, page.history("response_rate", level=asked))


def index() -> None:
    """The agency index, with its parts and weights in the open."""
    page.side_by_side(
        (interval_dots, page.ask("readiness_index", level="below")),
        (trend, page.history("readiness_index", level="beside")),
    )
    page.chart(weight_ranges, *page.index_and_parts("readiness_index", level="below"))
    page.parts("readiness_index")
    page.definitions("readiness_index")


def survey_pictures() -> None:
    """The facets of this place beside the use of the system; else one facet, place by place."""
    if page.shows(own):
        page.side_by_side(
            (interval_dots, own), (trend, page.history("adoption_active", level="beside"))
        )
    else:
        one_facet()


if page.shows(page.ask(survey)):
    page.headline(survey)
elif not facets:
    page.headline("adoption_active")
page.key_figures((survey, "response_rate", "adoption_active", "socialisation_attendance"))
if facets:
    survey_pictures()
else:
    page.empty("survey_item", "survey_invited", "survey_response")
    page.chart(trend, page.history("adoption_active", level="beside"))
page.note("Conditions, not people: no figure here is a trait of a person.")
page.note("Higher is better on every facet: for pressure of work it means that it can be managed.")
page.tabs(
    ("Adoption", adoption),
    ("Facet by place", grid),
    ("One facet", one_facet),
    ("Taking part", taking_part),
    ("Response", answering),
    ("Index", index),
)
page.link("change_evidence", "What activities did, and how far the survey can be relied on")
page.section("The figures behind")
page.table(page.survey(survey, but=NO_LEARNING, level=level))
page.foot()
