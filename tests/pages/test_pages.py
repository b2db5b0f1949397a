"""Every page is drawn for every reader: both languages, any place, records or recaps alone."""

from __future__ import annotations

import re
import shutil
from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from analytics.answers import Place, Question, open_snapshot
from analytics.metrics.readiness import READINESS_INDEX
from analytics.store.records import Store
from analytics.store.snapshots import current_id
from analytics.text import text
from analytics.ui import catalogue, source
from tests.panel import CHANGE, figures

NAMES = tuple(catalogue.BY_NAME)
LANGUAGES = ("id", "en")
WITHOUT_PLACE = {"methodology"}


def words(app: AppTest) -> str:
    """Everything the page says outside pictures."""
    parts = [*app.markdown, *app.caption, *app.info, *app.header, *app.title]
    return "\n".join(str(part.value) for part in parts)


def numbers(app: AppTest) -> set[float]:
    """Every number in the page's tables."""
    cells = [cell for table in app.dataframe for row in table.value.to_numpy() for cell in row]
    return {round(cell, 4) for cell in cells if isinstance(cell, float)}


def agency_of(store: Store) -> str:
    """An agency of a government."""
    return str(open_snapshot(store).children(Place("government", "15.71"))[0].code)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_drawn_with_its_title_and_its_foot(published, opened, name, language):
    app = opened(published, name, lang=language)
    said = words(app)
    assert app.title[0].value
    assert ("Data as of" if language == "en" else "Data per") in said
    assert "no data yet" not in said.lower()


@pytest.mark.parametrize("place", ["province:15", "government:15", "government:15.71"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_PLACE])
def test_every_page_is_drawn_for_a_place(published, opened, name, place):
    said = words(opened(published, name, lang="en", place=place))
    assert "Jambi" in said


@pytest.mark.parametrize("grain", ["quarter", "month"])
@pytest.mark.parametrize(
    "name", ["performance_trends", "region_comparison", "training_coverage", "resistance_to_change"]
)
def test_pages_over_time_are_drawn_by_quarter_and_month(published, opened, name, grain):
    opened(published, name, grain=grain)


TABS = {
    "performance_trends": (
        "places",
        "groups",
        "result-and-behaviour",
        "usual-range",
        "limits",
        "leniency",
        "timeliness",
        "aspects",
        "older-scores",
    ),
    "region_comparison": (
        "map",
        "each-over-time",
        "same-mix-of-people",
        "why-they-differ",
        "unusual-agencies",
        "every-figure",
        "same-kind-of-agency",
        "groups",
    ),
    "agency_profile": ("performance", "training", "readiness-for-change", "places-below"),
    "service_outcomes": (
        "by-service",
        "public-satisfaction",
        "published-index",
        "what-these-figures-mean",
    ),
    "training_coverage": (
        "plan",
        "groups",
        "hours",
        "pppk",
        "courses",
        "later-appraisal",
        "what-people-say",
    ),
    "resistance_to_change": ("facet-by-place", "one-facet", "taking-part", "response", "index"),
    "change_evidence": ("what-goes-along", "reliability"),
    "career_merit": ("rating-and-reward", "low-ratings", "new-staff", "places"),
    "explore": ("cross-table", "comparison"),
    "data_quality": ("files", "findings", "coverage", "protection", "snapshots"),
    "methodology": (
        "training",
        "readiness-for-change",
        "public-services",
        "careers",
        "protection",
        "intervals",
        "studies",
        "glossary",
    ),
}


@pytest.mark.parametrize(("name", "tab"), [(n, tab) for n, tabs in TABS.items() for tab in tabs])
def test_every_tab_is_drawn(published, opened, name, tab):
    app = opened(published, name, tab=tab, place="province:15", by="sex")
    assert app.get("button_group")[0].value == tab


def test_figures_with_the_same_mix_or_as_they_are_are_a_choice_in_the_link(published, opened):
    query = {"lang": "en", "tab": "same-mix-of-people", "metric": "appraisal_completeness"}
    mixed = words(opened(published, "region_comparison", **query))
    own = words(opened(published, "region_comparison", people="own", **query))
    assert "the same mix of people" in mixed
    assert "the same mix of people" not in own


def test_groups_that_set_no_place_to_the_same_mix_give_way_to_others_in_words(larger, opened):
    query = {"lang": "en", "tab": "same-mix-of-people", "metric": "appraisal_completeness"}
    said = words(opened(larger, "region_comparison", mix="age_band.status", **query))
    assert "By age × employment status no place here has a figure" in said
    assert "shown is the mix by sex" in said


def test_agencies_of_one_kind_open_on_the_kind_with_most_people(published, opened):
    rows = open_snapshot(published).ask(Question("appraisal_completeness", level="agency")).rows
    people = Counter[str]()
    for kind, withheld, count in rows[["agency_kind", "withheld", "people"]].to_numpy():
        people[kind] += 0 if withheld else count
    query = {"tab": "same-kind-of-agency", "metric": "appraisal_completeness"}
    app = opened(published, "region_comparison", **query)
    assert people.most_common(1)[0][0] in [box.value for box in app.selectbox]


def test_an_agency_with_a_rating_is_told_whether_it_keeps_to_its_limits(published, opened):
    ratings = open_snapshot(published).organisation_ratings
    newest = max(year for _, year in ratings)
    agency = next(agency for agency, year in ratings if year == newest)
    query = {"lang": "en", "tab": "limits", "place": f"agency:{agency}", "period": str(newest)}
    assert "Rated " in words(opened(published, "performance_trends", **query))


def test_the_agencies_beyond_a_rule_that_the_reader_picks_are_listed(larger, opened):
    query = {"lang": "en", "tab": "limits", "rule": "istimewa.1"}
    app = opened(larger, "performance_trends", **query)
    assert "agencies rated Istimewa do not keep the rule: at most 70% Sangat Baik" in words(app)
    assert "lie beyond a limit" in words(
        opened(larger, "performance_trends", **query | {"rule": "every"})
    )


@pytest.mark.parametrize("store", ["published", "recaps_alone"])
@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_drawn_for_an_agency(request, opened, name, store):
    shown = request.getfixturevalue(store)
    agency = "B2" if store == "recaps_alone" else agency_of(shown)
    opened(shown, name, place=f"agency:{agency}")


@pytest.mark.parametrize("name", NAMES)
def test_on_recaps_alone_every_page_is_drawn(recaps_alone, opened, name):
    opened(recaps_alone, name, lang="en")


@pytest.mark.parametrize("name", ["overview", "performance_trends", "training_coverage"])
def test_what_is_missing_says_what_to_load(recaps_alone, opened, name):
    assert "Load `employee`" in words(opened(recaps_alone, name, lang="en"))


@pytest.mark.parametrize(
    ("name", "figure"),
    [("resistance_to_change", 0.35), ("training_coverage", 0.37), ("agency_profile", 0.35)],
)
def test_figures_of_recaps_reach_the_reader(recaps_alone, opened, name, figure):
    assert figure in numbers(opened(recaps_alone, name, lang="en", place="agency:B2"))


def test_a_withheld_agency_has_no_figures_on_its_profile(published, opened):
    app = opened(published, "explore", lang="en", level="agency", metric="training_coverage")
    [table] = [t.value for t in app.dataframe]
    hidden = table[table["Note"] == "withheld"]
    assert not hidden.empty
    assert hidden[["Value", "Numerator", "Denominator (n)", "People"]].isna().all(axis=None)


def test_a_withheld_card_counts_among_what_the_foot_says_is_withheld(
    published, opened, monkeypatch
):
    rows = open_snapshot(published).ask(Question("training_coverage", level="agency")).rows
    place = rows.loc[rows["withheld"], "place"].iloc[-1]

    def counted() -> tuple[int, int]:
        app = opened(published, "training_coverage", lang="en", place=f"agency:{place}")
        cards = sum(html.body.count("<strong>withheld</strong>") for html in app.get("html"))
        foot = re.search(r"(\d+) figures withheld on this page", words(app))
        assert foot is not None
        return cards, int(foot[1])

    cards, foot = counted()
    assert cards > 0
    monkeypatch.setattr("analytics.ui.page.Page.key_figures", lambda *_, **__: None)
    assert counted() == (0, foot - cards)


def test_the_command_on_explore_asks_what_is_shown(larger, opened):
    app = opened(
        larger, "explore", level="government", metric="on_time_share", by="sex.position_type"
    )
    assert [code.value for code in app.code] == [
        "python -m analytics ask on_time_share --level government --grain year"
        " --period 2024..2024 --by sex --by position_type"
    ]


def test_a_year_that_is_not_over_is_not_set_against_a_whole_one(published, opened):
    said = words(opened(published, "training_coverage", lang="en", period="2025"))
    assert "in 2025 (to March 2025)" in said
    assert "since 2024" not in said
    assert "in 2024 " in words(opened(published, "training_coverage", lang="en"))


@pytest.mark.parametrize(
    ("language", "said"), [("en", "tests were made;"), ("id", "pengujian dilakukan;")]
)
def test_what_needs_attention_says_how_it_is_found(larger, opened, language, said):
    assert said in words(opened(larger, "overview", lang=language))


def test_a_month_in_the_link_is_the_month_that_the_whole_page_shows(published, opened):
    said = words(opened(published, "training_coverage", lang="en", period="2024-08"))
    assert "by August 2024, since January" in said
    assert "in 2024 " not in said


def test_a_comparison_is_said_once_a_page(published, opened):
    said = words(opened(published, "career_merit", lang="en"))
    assert said.count("promoted more or less often than men") <= 1


def test_leniency_and_overview_each_say_what_the_other_tests(published, opened):
    assert "which is what Leniency tests" in words(opened(published, "overview", lang="en"))
    leniency = opened(published, "performance_trends", lang="en", tab="leniency")
    assert "are tested on Overview" in "".join(
        str(link.proto) for link in leniency.get("page_link")
    )


def test_what_a_study_found_of_a_larger_place_is_said_to_be_of_it(published, opened):
    of_all = "the place chosen has no estimates of its own"
    below = opened(published, "change_evidence", lang="en", place="government:15.71")
    assert f"All regions: {of_all}" in words(below) or f"Jambi: {of_all}" in words(below)
    assert of_all not in words(opened(published, "change_evidence", lang="en"))


def test_whether_agencies_may_be_ranked_stands_in_the_open(published, opened):
    said = words(opened(published, "change_evidence", lang="en", tab="reliability"))
    assert "**The data cannot tell.**" in said  # so few answered that no ICC(2) is told


@pytest.mark.parametrize(
    ("language", "said"), [("en", "It is compared in 2024"), ("id", "Perbandingannya untuk 2024")]
)
def test_an_agency_that_has_ended_is_compared_in_its_last_whole_year(
    reorganised, opened, language, said
):
    snapshot = open_snapshot(reorganised)
    ended = snapshot.places.loc[snapshot.places["valid_to"].notna(), "code"].iloc[0]
    app = opened(reorganised, "agency_profile", lang=language, place=f"agency:{ended}")
    assert said in words(app)
    periods = {period for t in app.dataframe for period in t.value.iloc[:, 2].astype(str)}
    assert periods == {"2024"}


def test_the_weights_of_the_index_are_put_to_the_test(published, opened):
    said = words(opened(published, "resistance_to_change", lang="en", tab="index"))
    assert "Too few places to rank" in said or "of weightings" in said


def test_a_link_that_names_nothing_here_says_so(published, opened):
    app = opened(published, "training_coverage", lang="en", place="government:99.99", period="zzz")
    assert "`government:99.99`, `zzz`" in app.warning[0].value
    assert not opened(published, "training_coverage", lang="en", place="province:15").warning


def test_an_unknown_page_is_said_on_the_first_one(published, opened):
    app = opened(published, "overview", lang="en", unknown="nope")
    assert "`nope`" in app.warning[0].value


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("resistance_to_change", "lmc.change_managed_well"),
        ("training_coverage", "ldv.access_learning"),
        ("agency_profile", "lmc.change_for_better"),
    ],
)
def test_a_figure_of_the_survey_panel_stands_on_the_page_as_in_its_source(
    survey_store, panel, opened, name, item
):
    theirs = figures(panel, item)
    (organisation, year), figure = next(one for one in theirs.items() if one[0][1] == "2024")  # pyright: ignore[reportIndexIssue, reportGeneralTypeIssues]
    app = opened(survey_store, name, lang="en", place=f"agency:{organisation}", period=year)
    facet = text("en").category("facet", CHANGE[item])
    named = panel.loc[panel["org_uid"] == organisation, "org"].iloc[-1]
    shown = [
        row["Value"]
        for table in app.dataframe
        if "Survey facet" in table.value
        for row in table.value.to_dict("records")
        if (row["Survey facet"], row["Period"], row["Place"]) == (facet, year, named)
    ]
    assert shown == [pytest.approx(figure, abs=1e-4)]


def test_a_year_that_is_not_over_is_never_set_against_a_whole_one(to_february, opened):
    for name in ("overview", "training_coverage"):
        app = opened(to_february, name, lang="en", period="2026")
        said = words(app) + "".join(html.body for html in app.get("html"))
        told = said + "".join(button.label for button in app.button)
        assert "to February 2026" in said
        assert "since 2025" not in told
        assert "80%" not in told
        assert "behind" not in told.lower().replace("the figures behind", "")


def test_until_a_year_is_over_the_one_before_is_shown(to_february, opened):
    assert "in 2025 (95% CI" in words(opened(to_february, "training_coverage", lang="en"))


def test_training_to_date_is_set_against_the_same_month(to_february):
    snapshot = open_snapshot(to_february)
    for metric in ("training_coverage", "adoption_active", "readiness_index"):
        assert snapshot.unfinished(metric) == "2026-02"
    assert snapshot.unfinished("facet_score") is None
    history = source.ask(snapshot, Question("training_coverage", last="2026"))
    earlier = source.year_ago(snapshot, history)
    assert earlier is not None
    assert list(earlier.rows["period"]) == ["2025-02"]
    flow = source.ask(snapshot, Question("adoption_active", last="2026"))
    assert flow.until == "2026-02"
    assert source.year_ago(snapshot, flow) is None


@pytest.mark.parametrize(("language", "title"), [("id", "tidak ditemukan"), ("en", "missing")])
def test_a_page_of_a_snapshot_that_is_gone_says_what_to_run(
    tmp_path, recaps_alone, opened, language, title
):
    store = Store(tmp_path / "store")
    shutil.copytree(recaps_alone.path, store.path)
    store.pointer.write_text("20200101-000000-abcdef\n")
    app = opened(store, "overview", lang=language)
    assert title in app.title[0].value
    assert "20200101-000000-abcdef" in words(app)
    [back, publish_again] = [code.value for code in app.code]
    assert back == f"python -m analytics rollback {current_id(recaps_alone)}"
    assert publish_again == "python -m analytics publish"


@pytest.mark.parametrize("picture", ["dots", "lines", "grid", "panels"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_numbers_of_people_are_shown_whole_and_without_interval(
    published, opened, picture, language
):
    query = {"metric": "headcount", "level": "government", "picture": picture, "by": "sex"}
    app = opened(published, "explore", lang=language, **query)
    assert not re.search(r"\d[.,]\d(?!\d\d)", app.header[0].value)
    known = {number for number in numbers(app) if number == number}
    assert len(known) > 3
    assert all(number.is_integer() for number in known)


COMPARISON = {"tab": "comparison", "lang": "en", "metric": "training_coverage"}


@pytest.mark.parametrize("place", ["all:all", "province:15", "government:15.71"])
@pytest.mark.parametrize("against", ["place", "period"])
def test_nothing_is_compared_with_itself(published, opened, place, against):
    query = COMPARISON | {"place": place, "against": against}
    again = {"place2": place, "period2": "2025"}  # a link that asks for the same once more
    for given in ({}, again):
        app = opened(published, "explore", **query, **given)
        first, second = app.code[-1].value.splitlines()
        assert first != second
        title = app.header[-1].value.lower()
        assert not re.search(r"^(.+?) [\d.]+%, \1 |^(.+?) against \2:", title)


def test_a_comparison_keeps_the_kind_and_the_groups_of_both_sides(published, opened):
    for against in ("place", "period"):
        query = COMPARISON | {"against": against, "kind": "education", "by": "sex"}
        app = opened(published, "explore", **query)
        asked = app.code[-1].value.splitlines()
        assert len(asked) == 2
        assert all("--agency-kind education" in one and "--by sex" in one for one in asked)


def test_a_comparison_of_periods_needs_a_second_one(recaps_alone, opened):
    query = {"tab": "comparison", "lang": "en", "metric": "response_rate", "against": "period"}
    app = opened(recaps_alone, "explore", level="agency", **query)
    assert "There is no other period to compare with." in words(app)


def test_the_parts_of_the_index_are_those_of_its_definition(published, opened):
    query = {"tab": "index", "lang": "en", "place": "province:15"}
    app = opened(published, "resistance_to_change", **query)
    [parts] = [table.value for table in app.dataframe if "Weight" in table.value]
    assert parts["Weight"].tolist() == [weight for _, weight in READINESS_INDEX.components]
    whole = open_snapshot(published).ask(Question("readiness_index", "province", ("15",)))
    [year] = set(parts["Period"])
    [expected] = whole.rows.loc[whole.rows["period"] == year, "value"]
    assert (parts["Weight"] * parts["From 0 to 100"]).sum() == pytest.approx(expected)


def test_where_there_is_no_index_the_wanting_parts_are_named(recaps_alone, opened):
    app = opened(recaps_alone, "resistance_to_change", tab="index", lang="en")
    assert "There is no index for all regions, for want of: survey score" in words(app)
