"""The page of services finds the planted effect of an online queue, and none where none is."""

from __future__ import annotations

import re

import pytest

from analytics.store.demo import make, truths
from analytics.store.records import Store, open_records
from analytics.store.snapshots import publish
from tests.pages.test_pages import words

EMPTIED = ("appraisal", "training", "survey_response", "survey_invited", "adoption", "employee")
UNTOUCHED = "18.72-DUKCAPIL"  # where nothing began but the duty to use e-Kinerja


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three years of demo services and policies, published without what is about people."""
    store = Store(tmp_path_factory.mktemp("services") / "store")
    make(store, people=20_000, months=36)
    records = open_records(store)
    for table in EMPTIED:
        records.execute(f'DELETE FROM "{table}"')
    records.close()
    publish(store)
    return store


def estimate(said: str) -> tuple[float, float, float]:
    """The size and the interval of "fell by 1.9 days … (95% CI: 1.2–2.6)"."""
    found = re.search(r"fell by ([\d.]+)[^()]*\(95% CI: ([\d.]+)–([\d.]+)\)", said)
    assert found is not None, said
    size, low, high = map(float, found.groups())
    return size, low, high


@pytest.mark.parametrize("agency", truths.QUEUE_AGENCIES)
def test_the_planted_two_days_are_found_at_each_agency_with_the_queue(services, opened, agency):
    app = opened(services, "service_outcomes", lang="en", place=f"agency:{agency}")
    size, low, high = estimate(words(app))
    assert low <= -truths.QUEUE_EFFECT <= high
    assert size == pytest.approx(-truths.QUEUE_EFFECT, abs=0.7)
    assert "smallest change that matters: 0.5" in words(app)


@pytest.mark.parametrize(
    ("language", "unsure"),
    [
        ("en", ("cannot be told", "no change larger than")),
        ("id", ("tidak dapat dipastikan", "tidak ada perubahan lebih besar dari")),
    ],
)
def test_where_nothing_is_planted_nothing_is_found(services, opened, language, unsure):
    app = opened(services, "service_outcomes", lang=language, place=f"agency:{UNTOUCHED}")
    assert any(word in words(app) for word in unsure)


@pytest.mark.parametrize(
    ("language", "found"),
    [("en", "4 agencies: fell in 4"), ("id", "4 perangkat daerah: turun di 4")],
)
def test_everywhere_the_agencies_with_the_policy_are_counted(services, opened, language, found):
    app = opened(services, "service_outcomes", lang=language)
    assert f"Antrean daring, {found}" in words(app)


def test_agencies_are_compared_with_those_of_their_kind_alone(services, opened):
    app = opened(services, "service_outcomes", lang="en", place=f"agency:{UNTOUCHED}")
    assert "Agencies of one kind everywhere" in words(app)
    everywhere = words(opened(services, "service_outcomes", lang="en"))
    assert "All services together, which differ by place" in everywhere


def test_a_chosen_service_and_a_chosen_policy_live_in_the_link(services, opened):
    query = {"place": "agency:18.01-DUKCAPIL", "service": "KTP-el", "lang": "en"}
    app = opened(services, "service_outcomes", **query)
    assert "Waiting time (KTP-el), days" in words(app)
    other = opened(services, "service_outcomes", **query, policy="kewajiban-e-kinerja")
    assert "after Kewajiban e-Kinerja" in words(other)


def test_a_government_without_a_policy_in_its_agencies_is_judged_by_its_own(services, opened):
    app = opened(services, "service_outcomes", lang="en", place="government:18.72")
    assert "after Kewajiban e-Kinerja" in words(app)


def test_a_place_without_a_policy_says_so_and_shows_its_course(services, opened):
    app = opened(services, "service_outcomes", lang="en", place="government:15.01")
    assert "No dated policy concerns this place" in words(app)
    assert "Waiting time in Kerinci stood at" in words(app)


def test_without_services_the_page_says_what_to_load(recaps_alone, opened):
    assert "Load `service_outcome`, `activity`" in words(
        opened(recaps_alone, "service_outcomes", lang="en")
    ).replace("No data yet. Load", "Load")
