"""Pages over breakdowns that are published by year alone, sums of kinds, and unsafe snapshots."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from analytics.answers import SERVE_UNSAFE, Question, open_snapshot
from analytics.metrics import METRICS
from analytics.metrics.rows import ROW_TABLES
from analytics.store.records import Store
from analytics.store.snapshots import current_id
from analytics.text import text
from tests.pages.test_pages import LANGUAGES, NAMES, TABS, words

BY_YEAR = {
    "en": "By sex this is published by year only: shown is ",
    "id": "Menurut jenis kelamin hanya terbit per tahun: yang tampil ",
}
PERSONAL = [
    metric.title
    for metric in METRICS.values()
    if metric.table in ROW_TABLES and ROW_TABLES[metric.table].personal
]


def in_a_loop_of_its_own(coroutine: Coroutine[Any, Any, Response]) -> Response:
    """Run a coroutine in another thread: a browser of other tests has its loop in this one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def large_agency(store: Store) -> str:
    """The agency with most people in 2024."""
    asked = Question("training_coverage", level="agency", first="2024", last="2024")
    rows = open_snapshot(store).ask(asked).rows
    return f"agency:{rows.loc[rows['people'].idxmax(), 'place']}"


TABS_OVER_TIME = [
    (name, tab)
    for name in ("performance_trends", "region_comparison", "training_coverage", "explore")
    for tab in ("", *TABS[name])
]


@pytest.mark.parametrize("place", ["province:15", "agency"])
@pytest.mark.parametrize(("name", "tab"), TABS_OVER_TIME)
def test_no_picture_of_groups_of_people_is_empty_where_a_month_is_asked_for(
    version_two, opened, name, tab, place
):
    place = large_agency(version_two) if place == "agency" else place
    query = {"place": place, "by": "sex", "grain": "month"} | ({"tab": tab} if tab else {})
    app = opened(version_two, name, lang="en", **query)
    empty = [line.value for line in app.info if "not published for this choice" in line.value]
    assert not [line for line in empty if line.split(":")[0] in PERSONAL]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("place", "period"), [("province:15", "2025 ("), ("agency", "2024."), ("all:all", "2025 (")]
)
def test_groups_without_months_are_shown_by_year_and_said_to_be(
    version_two, opened, language, place, period
):
    place = large_agency(version_two) if place == "agency" else place
    query = {"place": place, "by": "sex", "grain": "month", "tab": "groups"}
    said = words(opened(version_two, "training_coverage", lang=language, **query))
    assert said.count(BY_YEAR[language] + period) == 2  # once under each of the two pictures
    assert BY_YEAR[language] not in words(
        opened(version_two, "training_coverage", lang=language, **query | {"grain": "year"})
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "By sex nothing is published for 2025: shown is 2024."),
        ("id", "Menurut jenis kelamin belum ada yang terbit untuk 2025: yang tampil 2024."),
    ],
)
def test_groups_of_an_agency_in_a_year_that_is_not_over_give_way_to_the_year_before(
    version_two, opened, language, said
):
    query = {"place": large_agency(version_two), "by": "sex", "period": "2025", "tab": "groups"}
    assert said in words(opened(version_two, "training_coverage", lang=language, **query))


@pytest.mark.parametrize("tab", ["same-mix-of-people", "why-they-differ"])
def test_what_is_set_against_one_another_is_of_the_same_period(
    version_two, opened, monkeypatch, tab
):
    drawn: list[tuple[Any, ...]] = []
    chart = "analytics.ui.page.Page.chart"
    monkeypatch.setattr(chart, lambda _, draw, *answers, **__: drawn.append((draw, *answers)))
    opened(version_two, "region_comparison", grain="month", tab=tab, place="government:15.01")
    compared = [
        asked for draw, *asked in drawn if draw.__name__ in ("standardised_dots", "gap_parts")
    ]
    assert compared
    for answers in compared:
        periods = [set(answer.rows["period"]) for answer in answers if len(answer.rows)]
        assert len(set.union(*periods)) == 1


def test_explore_offers_pairs_only_at_levels_that_have_them(larger, opened):
    def offered(level: str) -> list[str]:
        app = opened(larger, "explore", level=level)
        [box] = [box for box in app.selectbox if box.key == "select_by"]
        return box.options

    pair = "Jenis kelamin × Usia"
    assert pair in offered("province")
    assert pair not in offered("government")
    assert "Jenis kelamin" in offered("government")


@pytest.mark.parametrize("given", [{"level": "government"}, {"level": "all", "kind": "health"}])
def test_a_link_to_a_pair_that_the_level_lacks_says_where_it_is(version_two, opened, given):
    query = {"by": "sex.position_type", "metric": "training_coverage", **given}
    said = words(opened(version_two, "explore", lang="en", **query))
    assert "Training coverage by sex × position is published for: all regions." in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", r"\d of \d agencies are withheld and not in these figures\."),
        ("id", r"\d dari \d perangkat daerah disembunyikan dan tidak ikut dihitung di sini\."),
    ],
)
def test_sums_of_a_kind_say_how_many_agencies_they_leave_out(version_two, opened, language, said):
    snapshot = open_snapshot(version_two)
    kinds = snapshot.places.query("level == 'agency'")["kind"].unique()
    [kind, *_] = [
        kind
        for kind in kinds
        if snapshot.ask(Question("training_coverage", agency_kind=kind, last="2024")).left_out
    ]
    query = {"tab": "same-kind-of-agency", "kind": kind, "period": "2024"}
    assert re.search(said, words(opened(version_two, "region_comparison", lang=language, **query)))


@pytest.mark.parametrize(
    ("language", "pooled", "needs"),
    [
        (
            "en",
            "Interval from the spread of all places: too few people for their own.",
            "withheld: it needs 30 people",
        ),
        (
            "id",
            "Selang memakai sebaran seluruh wilayah: orangnya terlalu sedikit untuk sebaran sendiri.",
            "disembunyikan: perlu sedikitnya 30 orang",
        ),
    ],
)
def test_means_of_few_people_name_their_spread_and_medians_what_they_need(
    version_two, opened, language, pooled, needs
):
    query = {"lang": language, "level": "agency", "period": "2024"}
    mean = opened(version_two, "explore", metric="mean_training_hours", **query)
    assert words(mean).count(pooled) == 1
    share = opened(version_two, "explore", metric="training_coverage", **query)
    assert pooled not in words(share)
    median = opened(version_two, "explore", metric="median_training_hours", **query)
    [notes] = [table.value.iloc[:, -1] for table in median.dataframe]
    assert needs in set(notes)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_snapshot_of_an_older_protection_is_not_shown(older_protection, opened, language, name):
    app = opened(older_protection, name, lang=language)
    said = words(app)
    assert str(current_id(older_protection)) in said
    assert text(language).say("The published data are not protected enough") in said
    assert [code.value for code in app.code] == [
        "python -m analytics publish",
        f"{SERVE_UNSAFE}=1",
    ]
    assert not app.dataframe


@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_a_snapshot_that_is_shown_knowingly_warns(
    older_protection, published, opened, monkeypatch, name
):
    monkeypatch.setenv(SERVE_UNSAFE, "1")
    warning = text("en").say(
        "This snapshot was made under older disclosure rules: small groups of people could be worked"
        " out from it. Do not pass its figures on."
    )
    shown = opened(older_protection, name, lang="en")
    assert [line.value for line in shown.warning] == [warning]
    assert not opened(published, name, lang="en").warning


def test_the_server_is_ready_only_with_a_safe_snapshot(
    older_protection, published, tmp_path, monkeypatch
):
    from dashboard import ready

    def answered(store: Store) -> tuple[int, str]:
        monkeypatch.setenv("ASN_STORE", str(store.path))
        response = in_a_loop_of_its_own(ready(Request({"type": "http"})))
        return response.status_code, bytes(response.body).decode()

    assert answered(published) == (200, current_id(published))
    code, reason = answered(older_protection)
    assert code == 503
    assert "python -m analytics publish" in reason
    assert answered(Store(tmp_path)) == (503, "no snapshot")
    monkeypatch.setenv(SERVE_UNSAFE, "1")
    assert answered(older_protection)[0] == 200


def test_snapshots_of_an_older_protection_are_marked_and_not_offered_for_roll_back(
    older_protection, opened, monkeypatch
):
    monkeypatch.setenv(SERVE_UNSAFE, "1")
    app = opened(older_protection, "data_quality", lang="en", tab="snapshots")
    [listed] = [t.value for t in app.dataframe if "Safe by today's rules" in t.value]
    assert list(listed["Safe by today's rules"]) == ["no"]
    assert not [code for code in app.code if "rollback" in code.value]


@pytest.mark.parametrize(
    ("language", "terms"),
    [
        ("en", ("Primary suppression", "Secondary suppression", "A snapshot is safe where")),
        ("id", ("Penyembunyian primer", "Penyembunyian sekunder", "Terbitan disebut aman bila")),
    ],
)
def test_the_method_tells_protection_in_the_terms_of_the_field(published, opened, language, terms):
    said = words(opened(published, "methodology", lang=language, tab="protection"))
    assert all(term in said for term in terms)
