"""Services to the public: waiting, accuracy, satisfaction, and what changed with a dated policy."""

from analytics.charts import banded_dots, before_and_after, effect_dots, interval_dots, trend
from analytics.ui import open_page

OUTCOMES = ("waiting_days", "service_on_time_share", "service_accurate_share", "skm_score")
INDEX = "outcome_index"

page = open_page("service_outcomes")


def after_policy() -> None:
    """What changed with a policy: in this place, or in each agency that has it."""
    if policy and policy.agencies:
        page.chart(
            effect_dots, months, policies=policy.agencies, events=False, leads_to="service_outcomes"
        )
    elif policy and policy.here:
        page.chart(before_and_after, months, policy=policy.here, events=False)
    if policy:
        page.note(
            "Whatever else began at the same time would look the same: this tells when it changed,"
            " not why."
        )


def by_service() -> None:
    """The same figure service by service."""
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask(outcome, by="service"))
    with right:
        page.chart(trend, page.history(outcome, by="service"), events=False)


def satisfaction() -> None:
    """Scores against the marks A to D: agencies, or the services of one agency."""
    if page.place.level == "agency":
        page.chart(banded_dots, page.ask("skm_score", by="service"))
    else:
        page.chart(banded_dots, page.ask("skm_score", level="agency"), most=24)


def region() -> None:
    """The published index of the region over the years, policies on the line."""
    page.chart(trend, page.history(INDEX, by="index", **page.region_around))
    page.note(
        "It moves slowly and for many reasons: beside a policy it shows what else was going on, not"
        " what the policy did."
    )


def places() -> None:
    """The same figure place by place; agencies among those of their kind, which do the same work."""
    level = page.level_with(outcome)
    like = {"level": level, **only}
    if not only and (level == "agency" or page.place.level in ("government", "agency")):
        kind = page.choose_kind(key="kind", metric=outcome)
        like = {"level": "agency", "agency_kind": kind, "within": "all"}
        page.note("Agencies of one kind everywhere: those of one place do different work.")
    elif not only:
        page.note("All services together, which differ by place: choose a service to compare.")
    page.chart(interval_dots, page.ask(outcome, **like), most=24)


def meaning() -> None:
    """What the figures mean, and what they cannot tell."""
    page.definitions(*OUTCOMES)


if page.has(*OUTCOMES):
    first, second, third = page.columns(3)
    with first:
        outcome = page.choose_metric(default=OUTCOMES[0], among=OUTCOMES)
    with second:
        only = page.choose_service(outcome)
    with third:
        policy = page.choose_policy(outcome)
    reach = page.agencies_of(policy)
    months = page.history(outcome, grain="month", **reach, **only)
    page.policy_headline(months, policy)
    page.key_figures(OUTCOMES)
    if policy:
        after_policy()
    else:
        page.note("No dated policy concerns this place: it has nothing to set before and after.")
        page.chart(trend, page.history(outcome, level="beside", **only))
    page.tabs(
        ("Places", places),
        ("By service", by_service),
        ("Public satisfaction", satisfaction),
        ("Published index", region),
        ("What these figures mean", meaning),
    )
    page.section("The figures behind")
    page.table(*page.ask_each(OUTCOMES, level="below"))
else:
    page.empty("service_outcome", "activity")
    if page.has(INDEX):
        region()
page.foot()
