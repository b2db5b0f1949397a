"""Ready-made aggregates enter the same cells; the real panel of the UK survey shows on the pages."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false, reportIndexIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analytics.answers import Place, Question, Snapshot, open_snapshot
from analytics.store.records import Store
from analytics.store.snapshots import publish
from tests.builder import REGIONS, write
from tests.panel import CHANGE, figures

AGENCIES = pd.DataFrame(
    [
        ("15.01-DINKES", "Dinas Kesehatan", "health", "15.01"),
        ("15.01-DISDIK", "Dinas Pendidikan", "education", "15.01"),
        ("15.71-DINKES", "Dinas Kesehatan", "health", "15.71"),
    ],
    columns=["agency_id", "name", "kind", "region_code"],
)


GOVERNMENT = Place("government", "15.01")


def recap(**given) -> dict:
    return {
        "metric": "training_coverage",
        "period_start": date(2025, 1, 1),
        "period_end": date(2025, 12, 31),
        **given,
    }


def snapshot_of(path: Path, recaps: list[dict]) -> Snapshot:
    store = Store(path)
    tables = {"region": REGIONS, "agency": AGENCIES, "recap": pd.DataFrame(recaps)}
    write(store, tables, synthetic=False)
    publish(store)
    return open_snapshot(store)


def value(snapshot: Snapshot, metric: str, level: str, place: str, **options) -> pd.Series:
    rows = snapshot.ask(Question(metric, level=level, places=(place,), **options)).rows
    assert len(rows) == 1
    return rows.iloc[0]


def test_recaps_of_agencies_add_up_to_their_government_and_province(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            recap(agency_id="15.01-DINKES", numerator=30, denominator=50),
            recap(agency_id="15.01-DISDIK", numerator=90, denominator=150),
            recap(agency_id="15.71-DINKES", numerator=10, denominator=100),
        ],
    )
    assert value(snapshot, "training_coverage", "government", "15.01")["value"] == 120 / 200
    row = value(snapshot, "training_coverage", "province", "15")
    assert (row["numerator"], row["denominator"]) == (130, 300)
    assert row["low"] < 130 / 300 < row["high"]


def test_a_government_with_a_recap_of_its_own_is_not_added_up_from_agencies(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            recap(agency_id="15.01-DINKES", numerator=30, denominator=50),
            recap(region_code="15.01", numerator=100, denominator=400),
        ],
    )
    assert value(snapshot, "training_coverage", "government", "15.01")["value"] == 0.25


def test_a_recap_of_unknown_number_is_shown_without_interval_and_added_to_nothing(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            recap(agency_id="15.01-DINKES", mean=0.62),
            recap(agency_id="15.01-DISDIK", numerator=90, denominator=150),
        ],
    )
    row = value(snapshot, "training_coverage", "agency", "15.01-DINKES")
    assert row["value"] == pytest.approx(0.62)
    assert not row["withheld"]
    assert pd.isna(row["denominator"])
    assert pd.isna(row["low"])
    assert value(snapshot, "training_coverage", "government", "15.01")["denominator"] == 150


def test_a_recap_of_a_mean_keeps_its_mean_and_gets_an_interval_from_its_deviation(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            recap(
                metric="facet_score",
                agency_id="15.01-DINKES",
                facet="trust",
                mean=61.5,
                n=40,
                sd=12,
            )
        ],
    )
    row = value(snapshot, "facet_score", "agency", "15.01-DINKES", by=("facet",))
    assert row["value"] == pytest.approx(61.5)
    row = value(snapshot, "facet_score", "government", "15.01", by=("facet",))
    assert row["value"] == pytest.approx(61.5)
    # Student's t with 39 degrees of freedom: 2.0227 × 12 / √40 = 3.838
    assert row["high"] - row["value"] == pytest.approx(3.838, abs=0.002)


def test_a_recap_over_few_people_is_withheld(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            recap(agency_id="15.01-DINKES", numerator=1, denominator=3),
            recap(agency_id="15.01-DISDIK", numerator=90, denominator=150),
            recap(agency_id="15.71-DINKES", numerator=10, denominator=100),
        ],
    )
    rows = snapshot.ask(Question("training_coverage", level="agency", within=GOVERNMENT)).rows
    assert rows["withheld"].all(), "the sibling goes too: the government's total is published"


MONTH = {"period_start": date(2023, 2, 1), "period_end": date(2023, 2, 28)}
YEAR = {"period_start": date(2023, 1, 1), "period_end": date(2023, 12, 31)}


def headcount(number: int, period: dict = MONTH, **given) -> dict:
    return recap(metric="headcount", numerator=number, denominator=number, **period, **given)


def test_numbers_of_people_add_up_have_no_interval_and_say_nothing_of_other_metrics(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            headcount(8808, region_code="15.01"),
            headcount(2574, region_code="15.01", sex="M"),
            headcount(6234, region_code="15.01", sex="F"),
            headcount(112, YEAR, region_code="15.01", sex="M", age_band="<30"),
            headcount(2462, YEAR, region_code="15.01", sex="M", age_band="30-39"),
            headcount(6234, YEAR, region_code="15.01", sex="F", age_band="30-39"),
            headcount(500, region_code="15.71"),
        ],
    )
    asked = {"grain": "month"}
    whole = value(snapshot, "headcount", "government", "15.01", **asked)
    assert (whole["value"], whole["people"]) == (8808, 8808)
    assert pd.isna(whole["low"])
    assert pd.isna(whole["high"])
    assert value(snapshot, "headcount", "province", "15", **asked)["value"] == 9308
    by_sex = Question("headcount", level="government", by=("sex",), **asked)
    rows = snapshot.ask(by_sex).rows
    assert dict(zip(rows["sex"], rows["value"], strict=True)) == {"F": 6234, "M": 2574}
    pairs = Question("headcount", level="government", by=("sex", "age_band"))
    assert sorted(snapshot.ask(pairs).rows["value"]) == [112, 2462, 6234]
    assert snapshot.ask(Question("people_in_data_share", level="government", **asked)).rows.empty


def test_a_small_number_of_people_is_withheld_with_the_smallest_beside_it(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            headcount(100, region_code="15.01"),
            headcount(3, region_code="15.01", grade_group="I"),
            headcount(40, region_code="15.01", grade_group="II"),
            headcount(57, region_code="15.01", grade_group="III"),
        ],
    )
    asked = Question(
        "headcount", level="government", places=("15.01",), by=("grade_group",), grain="month"
    )
    rows = snapshot.ask(asked).rows.set_index("grade_group")
    assert rows["withheld"].to_dict() == {"I": True, "II": True, "III": False}


def test_what_a_governments_own_number_leaves_beside_its_agencies_is_no_small_number(tmp_path):
    snapshot = snapshot_of(
        tmp_path,
        [
            headcount(100, YEAR, region_code="15.01"),
            headcount(60, YEAR, agency_id="15.01-DINKES"),
            headcount(37, YEAR, agency_id="15.01-DISDIK"),
        ],
    )
    assert value(snapshot, "headcount", "government", "15.01")["value"] == 100
    rows = snapshot.ask(Question("headcount", level="agency", within=GOVERNMENT)).rows
    shown = dict(zip(rows["place"], rows["value"], strict=True))
    assert shown["15.01-DINKES"] == 60
    assert pd.isna(shown["15.01-DISDIK"]), "else 3 people are in no agency"


def test_a_mean_without_its_number_is_not_published_where_few_people_are(tmp_path):
    hours = {"metric": "mean_training_hours"} | YEAR
    snapshot = snapshot_of(
        tmp_path,
        [
            headcount(3, YEAR, agency_id="15.01-DINKES"),
            headcount(50, YEAR, agency_id="15.01-DISDIK"),
            recap(agency_id="15.01-DINKES", mean=31, **hours),
            recap(agency_id="15.71-DINKES", mean=25, **hours),
        ],
    )
    asked = Question("mean_training_hours", level="agency", within=GOVERNMENT)
    assert snapshot.ask(asked).rows.empty
    row = value(snapshot, "mean_training_hours", "agency", "15.71-DINKES")
    assert (row["value"], row["withheld"]) == (25, False)


@pytest.mark.parametrize("item", list(CHANGE))
def test_every_figure_of_the_survey_panel_comes_out_as_published(survey_store, panel, item):
    rows = (
        open_snapshot(survey_store)
        .ask(Question("favourable_share", level="agency", by=("facet",)))
        .rows
    )
    ours = rows[rows["facet"] == CHANGE[item]].set_index(["place", "period"])["value"]
    theirs = figures(panel, item)
    assert len(ours) == len(theirs)
    both = pd.concat([ours, theirs], axis=1, keys=["ours", "theirs"])
    assert (both["ours"] - both["theirs"]).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator"),
    [
        ("low_rating_share", 1, 100),
        ("poor_share", 3, 400),
        ("matrix_below_meets_share", 2, 90),
        ("objections_per_1000", 2, 500),
        ("objection_upheld_share", 1, 7),
    ],
)
def test_a_small_sensitive_count_is_withheld_from_a_recap_too(
    tmp_path, metric, numerator, denominator
):
    small = recap(agency_id="15.01-DINKES", metric=metric)
    large = recap(agency_id="15.01-DISDIK", metric=metric, numerator=40, denominator=900)
    snapshot = snapshot_of(
        tmp_path, [small | {"numerator": numerator, "denominator": denominator}, large]
    )
    found = value(snapshot, metric, "agency", "15.01-DINKES")
    assert found["withheld"]
    assert pd.isna(found["value"])
    assert value(snapshot, metric, "agency", "15.01-DISDIK")["withheld"]  # else one from the other


def test_low_ratings_that_follow_from_other_recaps_are_withheld_with_them(tmp_path):
    place = {"agency_id": "15.01-DINKES", "denominator": 100}
    snapshot = snapshot_of(
        tmp_path,
        [
            recap(metric="top_rating_share", numerator=12, **place),
            recap(metric="good_rating_share", numerator=86, **place),
        ],
    )
    assert value(snapshot, "good_rating_share", "agency", "15.01-DINKES")["withheld"]
    assert value(snapshot, "top_rating_share", "agency", "15.01-DINKES")["value"] == 0.12


def test_a_store_without_agencies_answers_that_there_are_none(tmp_path):
    tables = {
        "region": REGIONS,
        "recap": pd.DataFrame([recap(region_code="15.71", numerator=30, denominator=50)]),
    }
    store = Store(tmp_path)
    write(store, tables, synthetic=False)
    publish(store)
    snapshot = open_snapshot(store)
    assert snapshot.ask(Question("training_coverage", level="agency")).rows.empty
    assert value(snapshot, "training_coverage", "government", "15.71")["value"] == 0.6
