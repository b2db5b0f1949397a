"""Services: means of medians, marks of satisfaction, and indices taken as they are published."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportGeneralTypeIssues=false

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analytics.answers import NotPublished, Question, Snapshot, open_snapshot
from analytics.metrics import METRICS, dimensions_of
from analytics.metrics.services import skm_band
from analytics.store.records import Store
from analytics.store.snapshots import publish
from tests.builder import REGIONS, write
from tests.version_two import change

AGENCIES = pd.DataFrame(
    [("15.71-CAPIL", "Dukcapil", "civil_registry", "15.71")],
    columns=["agency_id", "name", "kind", "region_code"],
)
SERVICES = pd.DataFrame(
    [
        # month, service, requests, median, on time, accurate, score, respondents
        ("2024-01-01", "KTP-el", 300, 4.0, 240, 297, 80.0, 30),
        ("2024-01-01", "Akta", 100, 8.0, 50, None, 90.0, 10),
        ("2024-02-01", "KTP-el", 100, None, 90, 99, 70.0, 9),
        ("2024-02-01", "Akta", 0, None, 0, 0, None, None),
        ("2024-03-01", "KTP-el", 200, 3.0, 180, 200, None, 40),
    ],
    columns=[
        "month",
        "service",
        "requests",
        "median_days",
        "on_time",
        "accurate",
        "skm_score",
        "skm_n",
    ],
).assign(agency_id="15.71-CAPIL")
INDICES = pd.DataFrame(
    [("15", 2024, "ipm", 72.5), ("15.71", 2023, "ipm", 79.0), ("15.71", 2024, "ipm", 79.5)],
    columns=["region_code", "year", "index", "value"],
)


def published(path: Path, indices: pd.DataFrame = INDICES) -> Snapshot:
    store = Store(path)
    tables = {"region": REGIONS, "agency": AGENCIES, "service_outcome": SERVICES}
    write(store, tables | {"outcome_index": indices})
    publish(store)
    return open_snapshot(store)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("services"))


def only(snapshot: Snapshot, metric: str, **options) -> pd.Series:
    rows = snapshot.ask(Question(metric, **options)).rows
    assert len(rows) == 1
    return rows.iloc[0]


def month(period: str) -> dict[str, str]:
    return {"grain": "month", "first": period, "last": period}


def test_medians_are_averaged_by_their_requests(snapshot):
    # 300 × 4 + 100 × 8 = 2,000 days over 400 requests.
    january = only(snapshot, "waiting_days", **month("2024-01"))
    assert january["value"] == 5.0
    # February has no median; March adds 200 × 3: 2,600 days over 600 requests.
    year = only(snapshot, "waiting_days")
    assert year["value"] == pytest.approx(2600 / 600)
    assert math.isnan(year["low"])
    assert math.isnan(year["people"])


def test_requests_of_different_months_add_up_and_narrow_the_interval_of_their_year(snapshot):
    year = only(snapshot, "service_on_time_share")
    assert (year["numerator"], year["denominator"]) == (560, 700)
    # Wilson's interval of 560 in 700; that of a single month's 400 would begin below 0.76.
    assert (year["low"], year["high"]) == pytest.approx((0.7688, 0.8280), abs=1e-4)
    assert only(snapshot, "service_requests")["value"] == 700


def test_what_nobody_counted_is_not_in_the_whole(snapshot):
    accurate = only(snapshot, "service_accurate_share", **month("2024-01"))
    assert (accurate["numerator"], accurate["denominator"]) == (297, 300)


def test_a_month_with_fewer_than_ten_respondents_shows_no_score(snapshot):
    rows = snapshot.ask(Question("skm_score", grain="month")).rows
    assert rows["withheld"].all()
    # 30 × 80 + 10 × 90 + 9 × 70 = 3,930 points of 49 respondents.
    assert only(snapshot, "skm_score")["value"] == pytest.approx(3930 / 49)


def test_services_keep_the_names_of_the_file(snapshot):
    rows = snapshot.ask(Question("service_requests", by=("service",))).rows
    assert dict(zip(rows["service"], rows["value"], strict=True)) == {"Akta": 100, "KTP-el": 600}
    assert snapshot.services() == ["Akta", "KTP-el"]


@pytest.mark.parametrize(
    ("score", "mark"),
    [
        (25, "D"),
        (64.99, "D"),
        (65, "C"),
        (76.6, "C"),
        (76.61, "B"),
        (88.3, "B"),
        (88.31, "A"),
        (100, "A"),
        (88.306, "A"),  # between two bands: it is read as 88.31
        (76.604, "C"),
    ],
)
def test_the_marks_of_satisfaction_are_those_of_the_regulation(score, mark):
    assert skm_band(score) == mark


def test_an_index_of_a_province_is_its_own_and_no_sum(snapshot):
    province = only(snapshot, "outcome_index", level="province", places=("15",))
    assert (province["value"], province["period"]) == (72.5, "2024")
    rows = snapshot.ask(Question("outcome_index", level="government", by=("index",))).rows
    assert rows[["place", "period", "index", "value"]].to_numpy().tolist() == [
        ["15.71", "2023", "ipm", 79.0],
        ["15.71", "2024", "ipm", 79.5],
    ]
    assert rows[["low", "high", "numerator", "denominator"]].isna().all(axis=None)
    assert snapshot.ask(Question("outcome_index")).rows.empty
    assert snapshot.periods("outcome_index", "year") == ["2023", "2024"]
    assert dimensions_of(METRICS["outcome_index"]) == ("index",)


def test_several_indices_are_never_one_figure(tmp_path):
    others = pd.DataFrame([("15", 2024, "igi", 5.0)], columns=INDICES.columns)
    two = published(tmp_path, pd.concat([INDICES, others]))
    with pytest.raises(NotPublished, match="by index: igi, ipm"):
        two.ask(Question("outcome_index", level="province"))
    asked = Question("outcome_index", level="province", by=("index",), last="2024")
    assert two.ask(asked).rows["index"].tolist() == ["igi", "ipm"]
    with pytest.raises(NotPublished, match="by year"):
        two.ask(Question("outcome_index", level="province", grain="month", by=("index",)))


def test_a_snapshot_made_before_indices_were_kept_has_none(snapshot, tmp_path):
    published(tmp_path / "new")
    store = Store(tmp_path / "older")
    shutil.copytree(tmp_path / "new", store.path)
    change(store, "DROP TABLE outcome_index")
    assert open_snapshot(store).periods("outcome_index", "year") == []
    assert snapshot.synthetic
