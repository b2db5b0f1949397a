"""One place against its peers: everything about a province, a government or an agency."""

from analytics.charts import (
    PREDICATE_SHARES,
    against_peers,
    funnel,
    interval_dots,
    rank_ranges,
    stacked,
    trend,
)
from analytics.ui import open_page

SHARES = (
    "top_rating_share",
    "appraisal_completeness",
    "on_time_share",
    "training_coverage",
    "no_training_share",
    "adoption_active",
    "adoption_on_time",
    "response_rate",
    "favourable_share",
)
KEY_FIGURES = ("training_coverage", "appraisal_completeness", "adoption_active", "response_rate")

page = open_page("agency_profile", filters=("place", "period"), grains=("year",))
survey = page.first_of("facet_score", "favourable_share")


def among_its_kind() -> None:
    """Whether the place is unusual among its peers, and how far its rank can be told."""
    furthest = page.furthest_out(page.known(SHARES), **page.peers)
    metric = page.choose_metric(key="kind_metric", default=furthest, among=SHARES)
    asked = page.ask(metric, **page.peers)
    page.side_by_side((funnel, asked), (rank_ranges, asked))


def performance() -> None:
    """Predicates and ratings over the years."""
    page.side_by_side(
        (stacked, *page.history_each(PREDICATE_SHARES)),
        (trend, page.history("top_rating_share", level="beside")),
    )


def training() -> None:
    """Coverage over the years, hours by field, and what people say of their learning."""
    page.side_by_side(
        (trend, page.history("training_coverage", level="beside")),
        (interval_dots, page.ask("course_completion_share", by="field")),
    )
    if page.facets("learning_"):
        page.chart(interval_dots, page.survey(survey, prefix="learning_"))


def readiness() -> None:
    """Survey facets and use of the system."""
    page.side_by_side(
        (interval_dots, page.survey(survey)),
        (trend, page.history("adoption_active", level="beside")),
    )


def below() -> None:
    """What lies under this place, one metric at a time."""
    metric = page.choose_metric(key="below_metric", default="training_coverage")
    page.chart(interval_dots, page.ask(metric, level="below"))


def profile() -> None:
    """The chosen place against its peers, then subject by subject."""
    page.succession()
    page.headline(page.first_of("training_coverage", "response_rate", "favourable_share"))
    page.key_figures(KEY_FIGURES)
    page.chart(against_peers, *page.ask_each(page.known(SHARES), **page.peers))
    page.chart(against_peers, page.ask(survey, by="facet", **page.peers))
    page.tabs(
        ("Among its kind", among_its_kind),
        ("Performance", performance),
        ("Training", training),
        ("Readiness for change", readiness),
        ("Places below", below if page.place.level != "agency" else None),
    )
    page.section("The figures behind")
    lasted = page.while_it_lasted
    page.table(*page.ask_each(page.known(SHARES), **lasted), page.survey(survey, **lasted))


def way_in() -> None:
    """The provinces, then what lies below each: by a click on a mark, a link or the list."""
    page.note("Choose a place: click a mark, follow a link, or search the list above.")
    metric = page.first_of("training_coverage", "response_rate", "favourable_share")
    level = page.level_with(metric)
    page.gap(metric, level=level)
    page.chart(interval_dots, page.ask(metric, level=level), most=24)


if page.place.level == "all":
    way_in()
else:
    profile()
page.places_below()
page.foot()
