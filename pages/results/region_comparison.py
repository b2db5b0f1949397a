"""Regions side by side, each figure with its interval: where do they really differ?"""

from analytics.charts import (
    funnel,
    gap_parts,
    heatmap,
    interval_dots,
    place_map,
    small_multiples,
    trend,
)
from analytics.ui import open_page

SIDE_BY_SIDE = (
    "top_rating_share",
    "appraisal_completeness",
    "on_time_share",
    "training_coverage",
    "no_training_share",
    "mean_training_hours",
    "adoption_active",
    "facet_score",
    "favourable_share",
    "response_rate",
    "readiness_index",
    "socialisation_attendance",
)

page = open_page("region_comparison")
metric = page.choose_metric(default="training_coverage")
only = page.choose_facet(metric)
level = page.level_with(metric, "government", **only)
beside = page.level_with(metric, "beside", **only)


def every_metric() -> None:
    """All metrics of the three subjects, region by region."""
    for first, second in zip(SIDE_BY_SIDE[::2], SIDE_BY_SIDE[1::2], strict=True):
        left, right = page.columns()
        with left:
            page.chart(interval_dots, page.ask(first, level="beside"))
        with right:
            page.chart(interval_dots, page.ask(second, level="beside"))


def governments() -> None:
    """Every government with its interval."""
    page.chart(interval_dots, page.ask(metric, level=level, **only))


def on_the_map() -> None:
    """The same governments where they lie."""
    page.chart(place_map, page.ask(metric, level="government", **only))


def courses() -> None:
    """A small trend a government."""
    page.chart(small_multiples, page.history(metric, level=level, **only), columns=4)


def same_kind() -> None:
    """Agencies of one kind in every government."""
    kind = page.choose_kind(key="kind")
    asked = page.ask(metric, level="government", agency_kind=kind, within="all", **only)
    page.chart(interval_dots, asked)


def groups() -> None:
    """One breakdown, region by region."""
    if page.breakdowns(metric):
        by = page.choose("Breakdown", page.breakdowns(metric), key="group", labels="dimension")
        page.chart(heatmap, page.ask(metric, by=by, level=page.level_with(metric, "beside", by=by)))
    else:
        page.note("This figure is published without breakdowns.")


def why() -> None:
    """How much of the gap to another place is who is employed there."""
    left, right = page.columns()
    with left:
        place = page.choose_other_place("Second place", key="place2")
    with right:
        by = page.choose_mix(metric, key="mix")
    if not by:
        page.note("This figure is not published by groups of people.")
        return
    pair = (page.ask(metric, place=place, by=by), page.ask(metric, by=by))
    page.chart(gap_parts, *pair, names=(page.label_of(place), page.place_name))


def unusual() -> None:
    """Which agencies lie further out than chance and their usual spread explain."""
    page.chart(funnel, page.ask(metric, level="agency", **only))


page.gap(metric, level=beside, **only)
now, course = page.columns()
with now:
    page.chart(interval_dots, page.ask(metric, level=beside, **only))
with course:
    page.chart(trend, page.history(metric, level=beside, **only))
page.tabs(
    ("Governments", governments),
    ("Map", on_the_map),
    ("Each over time", courses),
    ("Why they differ", why),
    ("Unusual agencies", unusual),
    ("Every figure", every_metric),
    ("Same kind of agency", same_kind),
    ("Groups", groups),
)
page.section("The figures behind")
page.table(page.ask(metric, level=beside, **only), page.ask(metric, level=level, **only))
page.foot()
