"""Questions of a snapshot of version 2: what is refused, what is added up, and what is pooled."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.answers import (
    SERVE_UNSAFE,
    NotPublished,
    Question,
    Snapshot,
    UnsafeSnapshot,
    figures,
    open_kept,
    open_snapshot,
)
from analytics.metrics import METRICS
from analytics.metrics.rows import ROW_TABLES
from analytics.stats.intervals import Z
from analytics.store.records import Store
from analytics.store.snapshots import publish
from analytics.ui.source import _asked
from analytics.ui.source import published as shown_on_pages
from tests.builder import random_store
from tests.version_two import as_version_two, change, of_older_protection, read

TABLE = "cell_training_to_date"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small random store of every table, published."""
    store = random_store(tmp_path_factory.mktemp("records"), seed=7)
    publish(store)
    return store


@pytest.fixture
def store(published: Store, tmp_path: Path) -> Store:
    """A copy of it with a snapshot of version 2, which a test may change."""
    return as_version_two(published, tmp_path / "two")


@pytest.fixture(scope="module")
def snapshot(published: Store, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot of version 2 that is read alone."""
    return open_snapshot(as_version_two(published, tmp_path_factory.mktemp("two") / "store"))


PERSONAL = [
    metric.key
    for metric in METRICS.values()
    if metric.table in ROW_TABLES and ROW_TABLES[metric.table].personal
]


@pytest.mark.parametrize("grain", ["month", "quarter"])
@pytest.mark.parametrize("metric", PERSONAL)
def test_groups_of_people_at_agencies_are_asked_by_year_only(snapshot, metric, grain):
    for asked in (
        Question(metric, level="agency", grain=grain, by=("sex",)),
        Question(metric, agency_kind="health", grain=grain, by=("sex",)),
        Question(metric, level="province", grain=grain, by=("status", "sex")),
    ):
        with pytest.raises(NotPublished, match="by year only"):
            snapshot.ask(asked)
        snapshot.ask(replace(asked, by=() if len(asked.by) == 2 else asked.by, grain="year"))


def test_what_is_refused_says_what_there_is(snapshot):
    with pytest.raises(NotPublished) as refused:
        snapshot.ask(Question("training_coverage", level="agency", grain="month", by=("sex",)))
    assert str(refused.value) == "training_coverage by sex is published for agencies by year only."
    with pytest.raises(NotPublished) as refused:
        snapshot.ask(Question("training_coverage", grain="quarter", by=("sex", "status")))
    assert str(refused.value) == "training_coverage by sex and status is published by year only."


@pytest.mark.parametrize("metric", ["favourable_share", "waiting_days"])
def test_groups_of_anything_but_people_are_asked_by_month(snapshot, metric):
    own = ROW_TABLES[METRICS[metric].table].own
    assert own is not None
    snapshot.ask(Question(metric, level="agency", grain="month", by=(own,)))


def test_breakdowns_without_months_have_no_rows_by_month(snapshot):
    by_month = Question("training_coverage", level="government", grain="month", by=("sex",))
    assert snapshot.ask(by_month).rows.empty
    assert not snapshot.ask(replace(by_month, grain="year")).rows.empty


def test_levels_at_which_a_breakdown_is_published(snapshot):
    assert snapshot.levels_of("training_coverage", ("position_type", "sex")) == ["all"]
    assert snapshot.levels_of("training_coverage", ("sex",))[-1] == "agency"
    assert snapshot.levels_of("training_coverage", ("rater",)) == []


def columns_of(store: Store, metric: str) -> dict[str, str]:
    """The columns of the parts of a metric, and of its people."""
    rows = read(store, f"SELECT * FROM metric_part WHERE metric = '{metric}'")
    return {part: column for _, part, _, column, _ in rows} | {"people": rows[0][-1]}


def agencies(store: Store, kind: str, withheld: int, of: int) -> list[tuple[int, int]]:
    """Give the first agencies of a kind training figures of 2024 by hand; the first are withheld.

    The nth has n0 + 6 people and n of them trained. Returns (trained, people) of those shown.
    """
    numbers = read(
        store, f"SELECT number FROM place WHERE level = 3 AND kind = '{kind}' LIMIT {of}"
    )
    rows = []
    for n, (number,) in enumerate(numbers):
        held = ("NULL",) * 3 if n < withheld else (str(10 * n + 6), str(n), str(10 * n + 6))
        rows.append(f"(3, {number}, '', '', '', '', 'year', DATE '2024-01-01', {', '.join(held)})")
    keys = "level, place, kind, breakdown, category, category_2, grain, period"
    column = columns_of(store, "training_coverage")
    parts = (column[name] for name in ("people", "numerator", "denominator"))
    change(
        store,
        f"DELETE FROM {TABLE} WHERE level = 3 AND breakdown = '';"
        f"INSERT INTO {TABLE} ({keys}, {', '.join(parts)})"
        f" VALUES {', '.join(rows)}",
    )
    return [(n, 10 * n + 6) for n in range(withheld, min(of, len(numbers)))]


def kind_of_many(store: Store) -> tuple[str, int]:
    """The kind with most agencies in the store, and how many."""
    [(kind, count)] = read(
        store,
        "SELECT kind, count(*) FROM place WHERE level = 3 GROUP BY kind ORDER BY 2 DESC, 1 LIMIT 1",
    )
    return kind, count


def test_a_kind_is_its_published_agencies_added_up_and_says_how_many_are_left_out(store):
    kind, count = kind_of_many(store)
    assert count >= 3
    shown = agencies(store, kind, withheld=1, of=count)
    answer = open_snapshot(store).ask(Question("training_coverage", agency_kind=kind))
    [row] = answer.rows.to_dict("records")
    assert (row["numerator"], row["denominator"]) == tuple(map(sum, zip(*shown, strict=True)))
    assert (answer.left_out, answer.agencies) == (1, count)


def test_a_kind_of_which_more_than_half_is_withheld_is_withheld(store):
    kind, count = kind_of_many(store)
    agencies(store, kind, withheld=count // 2 + 1, of=count)
    answer = open_snapshot(store).ask(Question("training_coverage", agency_kind=kind))
    [row] = answer.rows.to_dict("records")
    assert row["withheld"]
    assert all(math.isnan(row[name]) for name in ("value", "low", "numerator", "denominator"))
    assert answer.left_out == count // 2 + 1


def test_a_kind_of_which_half_is_withheld_is_shown(store):
    kind, _ = kind_of_many(store)
    [shown] = agencies(store, kind, withheld=1, of=2)
    [row] = (
        open_snapshot(store)
        .ask(Question("training_coverage", agency_kind=kind))
        .rows.to_dict("records")
    )
    assert (row["numerator"], row["denominator"]) == shown


def test_agencies_of_a_kind_one_by_one_leave_none_out(snapshot):
    asked = Question("training_coverage", level="agency", agency_kind="health")
    assert snapshot.ask(asked).left_out == 0


def cycles(store: Store, *rows: tuple[int, str, str]) -> Snapshot:
    """The snapshot with these cycles of 2024: level, code of the place, cycle."""
    values = ", ".join(
        f"({level}, (SELECT number FROM place p WHERE p.level = {level} AND code = '{code}'),"
        f" 'year', DATE '2024-01-01', '{cycle}')"
        for level, code, cycle in rows
    )
    change(store, f"DELETE FROM evaluation_cycle; INSERT INTO evaluation_cycle VALUES {values}")
    return open_snapshot(store)


def own_share(snapshot: Snapshot, level: str, *places: str) -> float | None:
    asked = Question("top_rating_share", level=level, places=places, first="2024", last="2024")
    return snapshot.ask(asked).own_share


def test_the_cycle_of_evaluations_is_that_of_the_place_or_of_the_nearest_above_it(store):
    held = cycles(store, (0, "all", "own"), (1, "15", "shorter"), (2, "15.01", "mixed"))
    assert own_share(held, "all") == 1.0
    assert own_share(held, "province", "15") == 0.0
    assert own_share(held, "province", "17") == 1.0
    assert own_share(held, "government", "15.71") == 0.0
    assert own_share(held, "government", "15.01") == 0.5
    agency = held.places.query("level == 'agency' and parent == '15.71'")["code"].iloc[0]
    assert own_share(held, "agency", agency) == 0.0
    assert own_share(held, "province", "15", "17") == 0.5


def test_where_no_cycle_is_known_none_is_told(store):
    held = cycles(store, (1, "17", "own"))
    assert own_share(held, "province", "15") is None
    assert held.ask(Question("training_coverage")).own_share is None


def test_a_snapshot_of_before_cycles_were_kept_tells_none(store):
    change(store, "DROP TABLE evaluation_cycle")
    assert own_share(open_snapshot(store), "all") is None


def test_a_month_of_which_all_groups_are_withheld_gives_way_to_its_year(published, tmp_path):
    store = Store(shutil.copytree(published.path, tmp_path / "copy"))
    parts = columns_of(store, "training_coverage")
    nothing = ", ".join(f"{column} = NULL" for column in parts.values())
    month = Question(
        "training_coverage", by=("sex",), grain="month", first="2024-03", last="2024-03"
    )
    assert shown_on_pages(open_snapshot(store), month).instead_of is None
    change(
        store,
        f"UPDATE {TABLE} SET {nothing} WHERE breakdown = 'sex' AND grain = 'month'",
    )
    _asked.clear()
    source = open_snapshot(store)
    assert source.ask(month).rows["withheld"].tolist() == [True, True]
    answer = shown_on_pages(source, month)
    assert answer.instead_of == month
    assert list(answer.rows["period"].unique()) == ["2024"]


def test_a_mean_of_few_people_has_the_spread_of_all_places(snapshot):
    asked = Question("mean_training_hours", level="agency", first="2024", last="2024")
    rows = snapshot.ask(asked).rows
    few = rows[rows["people"] < 30]
    assert len(few)
    assert few["pooled"].all()
    assert not snapshot.ask(replace(asked, level="all")).rows["pooled"].any()
    found = snapshot.frame("SELECT * FROM metric_part WHERE metric = 'mean_training_hours'")
    column = found.set_index("part")["column_name"]
    parts = ", ".join(column[part] for part in ("numerator", "squares", "denominator"))
    whole = snapshot.frame(
        f"SELECT {parts} FROM {TABLE} WHERE level = 0 AND breakdown = '' AND grain = 'year'"
        " AND period = DATE '2024-01-01'"
    )
    total, squares, n = map(float, whole.iloc[0])
    deviation = math.sqrt((squares - total**2 / n) / (n - 1))
    half = Z * deviation / np.sqrt(few["people"])
    assert (few["high"] - few["value"]).to_numpy() == pytest.approx(half.to_numpy())
    assert (few["value"] - few["low"]).to_numpy() == pytest.approx(half.to_numpy())


def test_a_mean_of_agencies_added_up_uses_that_spread_for_the_small_ones(store):
    kind, _ = kind_of_many(store)
    column = columns_of(store, "mean_training_hours")
    keys = "level, place, kind, breakdown, category, category_2, grain, period"
    numbers = read(store, f"SELECT number FROM place WHERE level = 3 AND kind = '{kind}' LIMIT 2")
    [(first,), (second,)] = numbers
    cell = "'', '', '', '', 'year', DATE '2024-01-01'"
    parts = (column[name] for name in ("people", "numerator", "squares", "denominator"))
    change(
        store,
        f"DELETE FROM {TABLE} WHERE breakdown = '';"
        f" INSERT INTO {TABLE} ({keys}, {', '.join(parts)}) VALUES"
        f" (0, 0, {cell}, 100, 1000, 10396, 100),"  # a variance of 4
        f" (3, {first}, {cell}, 40, 400, 4156, 40), (3, {second}, {cell}, 10, 100, NULL, 10)",
    )
    asked = Question("mean_training_hours", agency_kind=kind)
    [row] = open_snapshot(store).ask(asked).rows.to_dict("records")
    # sums of squares: 4156, and 100²/10 + 4 × 9 = 1036; variance (5192 - 500²/50) / 49 = 192 / 49
    assert row["high"] - row["value"] == pytest.approx(2.0096 * math.sqrt(192 / 49 / 50), abs=1e-4)


def test_a_quantile_of_few_people_is_withheld_and_keeps_its_row(snapshot):
    asked = Question("median_training_hours", level="agency", first="2024", last="2024")
    rows = snapshot.ask(asked).rows
    few = rows[rows["people"] < 30]
    assert len(few)
    assert few["withheld"].all()
    assert few[["value", "low", "high"]].isna().all(axis=None)
    assert (few["denominator"] > 0).all()


def test_a_pooled_variance_is_used_where_it_is_given_and_nowhere_else():
    amounts = {
        "numerator": np.array([20.0, 20.0]),
        "squares": np.array([math.nan, 60.0]),
        "denominator": np.array([10.0, 10.0]),
    }
    value, low, high = figures(
        METRICS["mean_training_hours"], amounts, np.array([10, 10]), np.array([4.0, math.nan])
    )
    assert value.tolist() == [2.0, 2.0]
    assert high[0] - 2 == pytest.approx(1.96 * math.sqrt(4 / 10), abs=1e-3)
    assert low[1] == pytest.approx(2 - 2.262 * math.sqrt(20 / 9 / 10), abs=1e-3)


def test_a_snapshot_of_an_older_protection_is_opened_only_knowingly(
    published, tmp_path, monkeypatch
):
    old = of_older_protection(published, tmp_path / "old")
    with pytest.raises(UnsafeSnapshot) as refused:
        open_snapshot(old)
    assert "small groups of people could be worked out" in str(refused.value)
    assert "python -m analytics publish" in str(refused.value)
    assert open_kept(old).manifest.protection == 1
    monkeypatch.setenv(SERVE_UNSAFE, "0")
    with pytest.raises(UnsafeSnapshot):
        open_snapshot(old)
    monkeypatch.setenv(SERVE_UNSAFE, "1")
    assert isinstance(open_snapshot(old).ask(Question("training_coverage")).rows, pd.DataFrame)
