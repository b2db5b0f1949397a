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
    ("top_rating_share", "appraisal_completeness", "on_time_share"),
    ("training_coverage", "no_training_share", "mean_training_hours"),
    ("facet_score", "favourable_share", "response_rate"),
    ("adoption_active", "readiness_index", "socialisation_attendance"),
)
MIXES = {"equal": "with the same mix of people", "own": "as they are"}

page = open_page("region_comparison")
metric = page.choose_metric(default="training_coverage")
only = page.choose_facet(metric)
level = page.level_with(metric, "government", **only)
beside = page.level_with(metric, "beside", **only)


def every_metric() -> None:
    """All metrics of the three subjects, region by region."""
    for metrics in SIDE_BY_SIDE:
        asked = page.ask_each(metrics, level="beside")
        page.side_by_side(*((interval_dots, answer) for answer in asked))


def courses() -> None:
    """A small trend a government."""
    page.chart(small_multiples, page.history(metric, level=level, **only), columns=4)


def same_mix() -> None:
    """What the places would show if their people were mixed as all people are."""
    left, right = page.columns()
    with left:
        how = page.choose("Figures", tuple(MIXES), key="people", labels=MIXES)
    with right:
        by = page.choose_mix(metric, key="mix")
    if not by:
        page.note("This figure is not published by groups of people.")
    elif how == "own":
        page.side_by_side(
            *((interval_dots, page.ask(metric, level=one)) for one in (beside, level))
        )
    else:
        page.same_mix(metric, by, beside, level)


def same_kind() -> None:
    """Agencies of one kind in every government."""
    kind = page.choose_kind(key="kind", metric=metric)
    asked = page.ask(metric, level="government", agency_kind=kind, within="all", **only)
    page.side_by_side((interval_dots, asked), (funnel, asked))


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
    if by:
        names = (page.label_of(place), page.place_name)
        asked = page.ask_alike(metric, {"place": place, "by": by}, {"by": by})
        page.chart(gap_parts, *asked, names=names)
    else:
        page.note("This figure is not published by groups of people.")


def unusual() -> None:
    """Which agencies lie further out than chance and their usual spread explain."""
    page.chart(funnel, page.ask(metric, level="agency", **only))


page.gap(metric, level=beside, **only)
now, inside = (page.ask(metric, level=one, **only) for one in (beside, level))
page.side_by_side((interval_dots, now), (trend, page.history(metric, level=beside, **only)))
page.tabs(
    ("Governments", lambda: page.chart(interval_dots, inside)),
    ("Map", lambda: page.chart(place_map, page.ask(metric, level="government", **only))),
    ("Each over time", courses),
    ("Same mix of people", same_mix),
    ("Why they differ", why),
    ("Unusual agencies", unusual),
    ("Every figure", every_metric),
    ("Same kind of agency", same_kind),
    ("Groups", groups),
)
if page.place.level in ("all", "province"):
    page.note(
        "A comparison of provinces is one of {count} units: read the size of a difference and its"
        " interval, not a test of significance.",
        count=page.provinces,
    )
page.section("The figures behind")
page.table(now, inside)
page.foot()
