"""What a page asks for becomes a question about the right places and periods."""

from __future__ import annotations

from typing import Any, cast

import pytest

from analytics.answers import Place, Question, Snapshot
from analytics.ui.places import Places
from analytics.ui.questions import Chosen, grain_of, last_period, question, year_before

PARENTS = {
    ("province", "15"): ("all", "all"),
    ("province", "18"): ("all", "all"),
    ("government", "15"): ("province", "15"),
    ("government", "15.71"): ("province", "15"),
    ("agency", "15.71-DINKES"): ("government", "15.71"),
}
PLACES = Places({}, {}, PARENTS, {}, (), ("15", "18"))


class Published:
    """A snapshot that knows only which periods a metric has, and whether its last year is over."""

    def __init__(self, until: str | None = None, **periods: list[str]) -> None:
        self.known = periods
        self.last_month = until

    def unfinished(self, metric: str) -> str | None:
        return self.last_month

    def periods(self, metric: str, grain: str) -> list[str]:
        return self.known.get(grain, [])


YEARLY = cast(Snapshot, Published(year=["2023", "2024", "2025"]))
ALL_GRAINS = cast(
    Snapshot,
    Published(
        year=["2024", "2025"],
        quarter=[f"2025-Q{q}" for q in range(1, 5)],
        month=[f"2025-{m:02d}" for m in range(1, 13)],
    ),
)


def asked(chosen_place: tuple[str, str], **options: Any) -> Question:
    """The question of a page for the yearly figures of a place."""
    chosen = Chosen(chosen_place, "year", "")
    history = options.pop("history", False)
    return question(YEARLY, PLACES, chosen, "training_coverage", history=history, **options)


EVERYWHERE = ("all", "all")
JAMBI = ("province", "15")
CITY = ("government", "15.71")
AGENCY = ("agency", "15.71-DINKES")


@pytest.mark.parametrize(
    ("place", "level", "meant"),
    [
        (EVERYWHERE, None, ("all", (), None)),
        (EVERYWHERE, "below", ("province", (), None)),
        (EVERYWHERE, "beside", ("province", (), None)),
        (EVERYWHERE, "government", ("government", (), None)),
        (JAMBI, None, ("province", ("15",), None)),
        (JAMBI, "below", ("government", (), Place("province", "15"))),
        (JAMBI, "beside", ("province", (), None)),
        (JAMBI, "agency", ("agency", (), Place("province", "15"))),
        (CITY, "below", ("agency", (), Place("government", "15.71"))),
        (CITY, "beside", ("government", (), Place("province", "15"))),
        (CITY, "province", ("province", (), None)),
        (AGENCY, "below", ("agency", (), Place("government", "15.71"))),
        (AGENCY, "government", ("government", (), Place("province", "15"))),
    ],
)
def test_levels_are_seen_from_the_chosen_place(place, level, meant):
    found = asked(place, level=level)
    assert (found.level, found.places, found.within) == meant


def test_one_page_may_ask_as_if_another_place_were_chosen():
    found = asked(CITY, place="province:18")
    assert (found.level, found.places) == ("province", ("18",))


def test_a_page_may_lift_the_chosen_place():
    assert asked(JAMBI, level="agency", within="all", agency_kind="health").within is None


def test_without_a_choice_the_metrics_latest_period_is_asked_for():
    assert (asked(JAMBI).first, asked(JAMBI).last) == ("2025", "2025")


def test_a_history_begins_with_the_first_period():
    found = asked(JAMBI, history=True, period="2024")
    assert (found.first, found.last) == (None, "2024")


@pytest.mark.parametrize(
    ("wanted", "used"), [("year", "year"), ("quarter", "year"), ("month", "year")]
)
def test_a_grain_the_metric_lacks_gives_way_to_the_nearest_coarser(wanted, used):
    assert grain_of(YEARLY, "facet_score", wanted) == used


def test_a_metric_without_years_is_shown_by_quarter():
    source = cast(Snapshot, Published(quarter=["2025-Q4"], month=["2025-12"]))
    assert grain_of(source, "facet_score", "year") == "quarter"


@pytest.mark.parametrize(
    ("grain", "chosen", "period"),
    [
        ("year", "2024", "2024"),
        ("year", "2024-Q3", "2024"),
        ("quarter", "2025", "2025-Q4"),
        ("month", "2025-Q2", "2025-06"),
        ("month", "", "2025-12"),
        ("year", "2019", "2019"),
    ],
)
def test_a_period_of_another_grain_is_met_where_they_overlap(grain, chosen, period):
    assert last_period(ALL_GRAINS, "adoption_active", grain, chosen) == period


@pytest.mark.parametrize(
    ("period", "before"), [("2025", "2024"), ("2025-Q1", "2024-Q1"), ("2025-12", "2024-12")]
)
def test_a_year_before(period, before):
    assert year_before(period) == before


def test_a_year_that_is_not_over_is_shown_only_when_it_is_asked_for():
    source = cast(Snapshot, Published(until="2025-02", year=["2023", "2024", "2025"]))
    assert last_period(source, "training_coverage", "year", "") == "2024"
    assert last_period(source, "training_coverage", "year", "2025") == "2025"
    alone = cast(Snapshot, Published(until="2025-02", year=["2025"]))
    assert last_period(alone, "training_coverage", "year", "") == "2025"
