"""What the finished file holds: which cells there are, and which of their numbers are withheld."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false, reportIndexIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd
import pytest

from analytics.cells import layout_of, open_work
from analytics.metrics import METRICS
from analytics.metrics.guards import BASE, FEWEST_FOR_SPREAD
from analytics.metrics.rows import PERSONAL, ROW_TABLES
from analytics.store.records import Store
from analytics.store.snapshots import publish, snapshot_path
from tests.builder import random_tables, write

PERSON_TABLES = [name for name, table in ROW_TABLES.items() if table.personal]
FINISHED = 2024
SEED, PEOPLE = 4, 900


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Records up to March 2025, so that 2024 alone is over; every government has an empty agency."""
    tables = random_tables(SEED, people=PEOPLE, months=15, agencies=2)
    regions = tables["region"]["region_code"]
    empty = pd.DataFrame(
        {
            "agency_id": regions + "-EMPTY",
            "name": "Badan Baru",
            "kind": "health",
            "region_code": regions,
        }
    )
    tables["agency"] = pd.concat([tables["agency"], empty], ignore_index=True)
    events = tables["career_event"]
    tables["career_event"] = events[events["date"] < date(2025, 4, 1)]
    made = Store(tmp_path_factory.mktemp("release") / "store")
    write(made, tables, extracted_on=date(2025, 4, 10))
    publish(made)
    return made


@pytest.fixture(scope="module")
def file(store: Store) -> duckdb.DuckDBPyConnection:
    snapshot = store.pointer.read_text(encoding="utf-8").strip()
    return duckdb.connect(str(snapshot_path(store, snapshot)), read_only=True)


def tables_of(file: duckdb.DuckDBPyConnection) -> list[str]:
    """The row tables whose cells are in the file."""
    rows = file.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    return [name.removeprefix("cell_") for (name,) in rows if name.startswith("cell_")]


def cells(file: duckdb.DuckDBPyConnection, table: str) -> pd.DataFrame:
    frame = file.execute(f"SELECT *, year(period) AS year FROM cell_{table}").df()
    for name in ("breakdown", "category", "category_2"):
        frame[name] = frame[name].astype(str)
    return frame


def column(metric: str, part: str) -> str:
    return layout_of(ROW_TABLES[METRICS[metric].table]).column_of[metric, part]


def people_of(metric: str) -> str:
    return layout_of(ROW_TABLES[METRICS[metric].table]).people[METRICS[metric].among]


def base_of(table: str) -> str:
    """The people column of the population that all others of a table are withheld with."""
    people = layout_of(ROW_TABLES[table]).people
    return people.get(BASE.get(table, ""), next(iter(people.values())))


KEY = ["level", "place", "breakdown", "category", "category_2", "grain", "period"]


def test_there_are_no_cells_of_kinds_and_each_cell_once(file):
    for table in tables_of(file):
        frame = cells(file, table)
        assert (frame["kind"] == "").all()
        assert (frame["place"] >= 0).all()
        assert not frame.duplicated(KEY).any(), table
        assert "row_count" not in frame


@pytest.mark.parametrize("table", PERSON_TABLES)
def test_groups_of_an_agencys_people_are_published_by_finished_year_alone(file, table):
    frame = cells(file, table)
    groups = frame[(frame["level"] == 3) & frame["breakdown"].isin([*PERSONAL, "field"])]
    assert not groups.empty
    assert set(groups["grain"]) == {"year"}
    assert groups["year"].max() <= FINISHED


@pytest.mark.parametrize("table", PERSON_TABLES)
def test_crossed_groups_are_published_by_finished_year_and_never_of_agencies(file, table):
    frame = cells(file, table)
    pairs = frame[frame["breakdown"].str.contains(",")]
    assert pairs["level"].max() < 3 or pairs.empty
    assert set(pairs["grain"]) <= {"year"}
    assert pairs.empty or pairs["year"].max() <= FINISHED


def test_crossed_groups_end_at_the_finest_level_without_a_small_crossing(file):
    found = 0
    for table in PERSON_TABLES:
        frame = cells(file, table)
        pairs = frame[frame["breakdown"].str.contains(",")]
        layout = layout_of(ROW_TABLES[table])
        for _, one in pairs.groupby(["breakdown", "year"]):
            levels = sorted(one["level"].unique())
            assert levels == list(range(len(levels)))
            base = one[base_of(table)]
            assert not base.between(1, layout.table.threshold - 1).any()
            found += 1
    assert found > 20


@pytest.mark.parametrize("table", PERSON_TABLES)
def test_sensitive_figures_are_not_published_of_groups_of_an_agency(file, table):
    frame = cells(file, table)
    groups = frame[(frame["level"] == 3) & (frame["breakdown"] != "")]
    for metric in METRICS.values():
        if metric.table == table and metric.sensitive:
            assert groups[column(metric.key, "numerator")].isna().all(), metric.key


def test_squares_and_bins_need_many_people(file):
    shown = 0
    for table in tables_of(file):
        layout, frame = layout_of(ROW_TABLES[table]), cells(file, table)
        for spread in layout.spread:
            people = frame[layout.people[layout.among_of[spread]]]
            few = people.isna() | people.between(1, FEWEST_FOR_SPREAD - 1)
            assert frame.loc[few, spread].isna().all(), (table, spread)
            shown += int((frame[spread] > 0).sum())
    assert shown > 100


def test_squares_and_bins_need_many_people_with_hours(file):
    frame = cells(file, "training_to_date")
    people, none = (
        frame[column(*part)]
        for part in (("mean_training_hours", "denominator"), ("no_training_share", "numerator"))
    )
    few = (people - none).between(1, FEWEST_FOR_SPREAD - 1)
    assert (few & (people >= FEWEST_FOR_SPREAD)).any()
    for part in ("mean_training_hours", "squares"), ("median_training_hours", "bin_1"):
        assert frame.loc[few, column(*part)].isna().all()
        assert frame.loc[~few, column(*part)].notna().any()


def test_small_numbers_of_people_are_nowhere(file):
    for table in tables_of(file):
        frame, layout = cells(file, table), layout_of(ROW_TABLES[table])
        for people in layout.people.values():
            assert not frame[people].between(1, layout.table.threshold - 1).any(), table


def test_sensitive_counts_of_one_to_four_are_nowhere(file):
    for metric in METRICS.values():
        if metric.sensitive and metric.table in tables_of(file):
            counts = cells(file, metric.table)[column(metric.key, "numerator")]
            assert not counts.between(1, 4).any(), metric.key


def test_agencies_with_nobody_are_withheld_where_a_sibling_is(file):
    places = file.execute("SELECT agency, region FROM agency_place").df()
    withheld_empty = 0
    for table in PERSON_TABLES:
        frame, people = cells(file, table), base_of(table)
        whole = frame[(frame["level"] == 3) & (frame["breakdown"] == "")]
        whole = whole.merge(places, left_on="place", right_on="agency")
        for (region, _, _), one in whole.groupby(["region", "grain", "period"]):
            if one[people].isna().any():
                siblings = set(places.loc[places["region"] == region, "agency"])
                assert set(one["agency"]) == siblings, table
                assert not (one[people] == 0).any(), table
                withheld_empty += 1
    assert withheld_empty > 10


def test_groups_with_nobody_are_withheld_where_others_of_their_place_are(file):
    for table in PERSON_TABLES:
        frame, people = cells(file, table), base_of(table)
        groups = frame[frame["breakdown"].isin(PERSONAL) & (frame["level"] == 3)]
        for (breakdown, _), of_year in groups.groupby(["breakdown", "period"]):
            categories = set(of_year["category"])
            for _, one in of_year.groupby("place"):
                hidden = one[people].isna()
                assert not hidden.any() or hidden.all(), (table, breakdown)
                assert not hidden.any() or set(one["category"]) == categories, (table, breakdown)


@pytest.mark.parametrize("table", ["course", "expected_evaluation", "appraisal"])
def test_months_of_groups_withhold_just_what_their_year_does(file, table):
    frame = cells(file, table)
    people = base_of(table)
    groups = frame[(frame["level"] < 3) & frame["breakdown"].isin([*PERSONAL, "field"])]
    for _, one in groups.groupby(["breakdown", "year"]):
        masks = {
            grain: set(
                map(tuple, part.loc[part[people].isna(), ["level", "place", "category"]].values)
            )
            for grain, part in one.groupby("grain")
        }
        for grain in set(masks) - {"year"}:
            assert masks[grain] <= masks["year"]


SAME = (
    ("response_rate", "numerator", "facet_score", ""),
    ("appraisal_completeness", "numerator", "top_rating_share", ""),
    ("appraisal_completeness", "numerator", "top_rating_share", "sex"),
    ("appraisal_completeness", "numerator", "top_rating_share", "position_type"),
)


@pytest.mark.parametrize(("metric", "part", "other", "by"), SAME)
def test_the_same_people_are_withheld_alike_in_two_tables(file, metric, part, other, by):
    one, two = (cells(file, METRICS[key].table) for key in (metric, other))
    both = one.merge(two, on=KEY, suffixes=("", "_other"), how="inner")
    both = both[both["breakdown"] == by]
    here, there = column(metric, part), people_of(other)
    there = f"{there}_other" if there in one else there
    assert not both.empty
    assert (both[here].isna() == both[there].isna()).all()
    # A cell of one table alone has nobody of the other: it shows nobody, or is withheld.
    alone = one.merge(two[KEY], on=KEY, how="left", indicator=True)
    alone = alone[(alone["_merge"] == "left_only") & (alone["breakdown"] == by)]
    assert not (alone[here] > 0).any()


def test_limits_of_ratings_count_published_agencies_alone(file):
    assert "distribution_limit" in tables_of(file)
    limits, ratings = cells(file, "distribution_limit"), cells(file, "appraisal")
    shown = ratings[
        (ratings["level"] == 3)
        & (ratings["breakdown"] == "")
        & (ratings["grain"] == "year")
        & ratings[people_of("top_rating_share")].notna()
        & ratings[column("top_rating_share", "numerator")].notna()
    ]
    published = set(zip(shown["place"], shown["year"], strict=True))
    agencies = limits[limits["level"] == 3]
    assert not agencies.empty
    denominator = column("top_rating_excess", "denominator")
    with_people = agencies[agencies[denominator].fillna(1) > 0]
    assert set(zip(with_people["place"], with_people["year"], strict=True)) <= published


def test_limits_of_a_government_add_up_from_its_agencies(file):
    limits = cells(file, "distribution_limit")
    places = file.execute("SELECT agency, region FROM agency_place").df()
    denominator = column("top_rating_excess", "denominator")
    agencies = limits[limits["level"] == 3].merge(places, left_on="place", right_on="agency")
    for (region, year), one in agencies.groupby(["region", "year"]):
        whole = limits[
            (limits["level"] == 2) & (limits["place"] == region) & (limits["year"] == year)
        ]
        if one[denominator].notna().all() and whole[denominator].notna().all():
            assert one[denominator].sum() == whole[denominator].sum()


def test_the_table_of_cycles_says_in_three_words_what_evaluations_were_for(file, store, tmp_path):
    work = open_work(str(tmp_path / "work"), str(store.records))
    rows = work.execute("""
        SELECT e.region, g.province, e.month, e.cycle, e.in_quarter, e.in_year
        FROM evaluation e JOIN government_place g USING (region) WHERE e.rater = 'supervisor'
    """).df()
    work.close()
    expected = {}
    for grain, own in (("quarter", "quarterly"), ("year", "annual")):
        inside = rows[rows[f"in_{grain}"].fillna(False).astype(bool)]
        period = inside["month"].dt.to_period(grain[0].upper()).dt.start_time.dt.date
        for level, place in (
            (0, inside["region"] * 0),
            (1, inside["province"]),
            (2, inside["region"]),
        ):
            for (number, start), one in inside.groupby([place, period]):
                share = (one["cycle"] == own).mean()
                word = "own" if share >= 0.95 else "shorter" if share <= 0.05 else "mixed"
                if len(one) >= 100:
                    expected[level, int(number), grain, start] = word
    told = file.execute(
        "SELECT level, place, grain, period, cycle FROM evaluation_cycle"
    ).fetchall()
    assert {tuple(row[:4]): row[4] for row in told} == expected
    assert {"own", "shorter"} & set(expected.values())
