"""Nothing withheld can be worked out from a finished file: random stores, published and read again."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false, reportIndexIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analytics.answers import Question, open_snapshot
from analytics.audit import audit
from analytics.metrics.rows import ROW_TABLES
from analytics.schema import AGENCY_KINDS
from analytics.store.records import Store
from analytics.store.snapshots import publish, snapshot_path
from tests.builder import random_store, random_tables, write


@pytest.fixture(scope="module", params=range(4))
def finished(request, tmp_path_factory) -> tuple[Store, Path]:
    store = random_store(
        tmp_path_factory.mktemp(f"store{request.param}"),
        100 + request.param,
        people=150 + 150 * request.param,
        months=7 + request.param,
    )
    return store, snapshot_path(store, publish(store))


def test_the_finished_file_passes_the_audit(finished):
    assert audit(finished[1]) == []


def test_one_government_whose_agencies_are_of_different_kinds_keeps_its_own_figures(tmp_path):
    tables = random_tables(5, people=900)
    agency = tables["agency"][tables["agency"]["region_code"] == "15.71"]
    kinds = list(AGENCY_KINDS[: len(agency)])
    tables["agency"] = agency.assign(kind=kinds)
    for name, frame in tables.items():
        if "agency_id" in frame and name != "agency":
            own = frame["agency_id"].isin(agency["agency_id"])
            tables[name] = frame[own | frame["agency_id"].isna()]
    store = Store(tmp_path / "store")
    write(store, tables)
    snapshot_id = publish(store)
    rows = open_snapshot(store).ask(Question("training_coverage", level="government")).rows
    assert len(rows)
    assert not rows["withheld"].any()
    assert audit(snapshot_path(store, snapshot_id)) == []


def cells_of(path: Path, table: str) -> pd.DataFrame:
    connection = duckdb.connect(str(path), read_only=True)
    frame = connection.execute(f"SELECT * FROM cell_{table}").df()
    connection.close()
    return frame


def parents_of(path: Path) -> dict[tuple[int, int], tuple[int, int]]:
    connection = duckdb.connect(str(path), read_only=True)
    rows = connection.execute(
        "SELECT c.level, c.number, p.level, p.number FROM place c"
        " JOIN place p ON p.level = c.parent_level AND p.code = c.parent"
    ).fetchall()
    connection.close()
    return {(level, number): (up, above) for level, number, up, above in rows}


@pytest.mark.parametrize(
    "table",
    [
        "appraisal",
        "training_to_date",
        "course",
        "career_year",
        "newcomer",
        "survey",
    ],
)
def test_no_small_count_is_the_difference_of_a_parent_and_its_siblings(finished, table):
    """What one or more withheld parts leave of their total is nobody, or enough people."""
    frame = cells_of(finished[1], table)
    parents, threshold = parents_of(finished[1]), ROW_TABLES[table].threshold
    keys = ["level", "place", "grain", "period", "breakdown", "category", "category_2"]
    for people in [column for column in frame if column.startswith("people_")]:
        cells = frame.set_index(keys)[people].astype(float).to_dict()
        over_places: dict[tuple, list[float]] = {}
        over_groups: dict[tuple, list[float]] = {}
        for key, number in cells.items():
            level, place, grain, period, by, _one, _two = key
            if grain != "month" and table in PEOPLE_COME_BACK:
                continue  # the fullest month of a sum is not the sum of fullest months
            if (level, place) in parents:
                over_places.setdefault((*parents[level, place], *key[2:]), []).append(number)
            if by and "," not in by and by not in OVERLAPPING:
                over_groups.setdefault((level, place, grain, period, by), []).append(number)
        for parent, parts in over_places.items():
            assert _enough(cells.get(parent), parts, threshold), (people, parent)
        for (level, place, grain, period, by), parts in over_groups.items():
            whole = cells.get((level, place, grain, period, "", "", ""))
            assert _enough(whole, parts, threshold), (people, level, place, grain, period, by)


PEOPLE_COME_BACK = ("appraisal", "course", "survey")
OVERLAPPING = ("rater", "facet", "field")


def _enough(whole: float | None, parts: list[float], threshold: int) -> bool:
    """What a published total leaves after its published parts; without a total it says nothing."""
    if whole is None or math.isnan(whole) or not any(map(math.isnan, parts)):
        return True
    rest = whole - sum(part for part in parts if not math.isnan(part))
    return rest == 0 or rest >= threshold


def test_the_audit_notices_a_withheld_cell_that_is_filled_in_again(finished, tmp_path):
    """Of the withheld agencies of a government all but one are filled in, so that it has 2 people."""
    _store, path = finished
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(path.read_bytes())
    ((everyone,),) = rows_of(
        path, "SELECT DISTINCT people_column FROM metric_part WHERE metric = 'headcount'"
    )
    cells = cells_of(path, "training_to_date").set_index(["level", "place"])
    cells = cells[(cells["breakdown"] == "") & (cells["grain"] == "month")]
    parents = {at[1]: above for at, above in parents_of(path).items() if at[0] == 3}
    above = pd.Series([parents.get(place) for _, place in cells.index], cells.index)
    for (government, period), rows in cells.loc[[3]].groupby([above.loc[[3]], "period"]):
        withheld = rows.index[rows[everyone].isna()]
        whole = cells.loc[[government]].set_index("period")[everyone][period]
        rest = whole - rows[everyone].sum()
        if len(withheld) > 1 and not pd.isna(rest) and rest >= 5:
            break
    else:
        pytest.fail("no government withholds agencies")
    with duckdb.connect(str(copy)) as connection:
        for (_, place), people in zip(
            withheld[1:], [int(rest) - 2] + [0] * (len(withheld) - 2), strict=True
        ):
            connection.execute(
                f"UPDATE cell_training_to_date SET {everyone} = ?"
                " WHERE level = 3 AND place = ? AND breakdown = '' AND grain = 'month' AND period = ?",
                [people, place, period],
            )
    found = audit(copy)
    assert any(f"withheld {everyone} follow from what is published" in words for words in found), (
        found
    )


def test_an_organisation_is_shown_its_rating_only_where_its_evaluations_are_shown(finished):
    store, path = finished
    snapshot = open_snapshot(store)
    loaded = {
        (str(agency), int(year))
        for agency, year in rows_of(
            store.records, "SELECT agency_id, year FROM organisation_rating"
        )
    }
    shown = set(snapshot.organisation_ratings)
    hidden = {
        (str(row.place), int(str(row.period)))
        for metric in ("top_rating_share", "top_rating_excess")
        for row in snapshot.ask(Question(metric, level="agency")).rows.itertuples()
        if row.withheld
    }
    assert shown <= loaded - hidden
    rated = snapshot.ask(Question("top_rating_share", level="agency")).rows
    evaluated = {(str(row.place), int(str(row.period))) for row in rated.itertuples()}
    assert loaded & evaluated - hidden <= shown
    assert not any("organisation_rating" in problem for problem in audit(path))


def test_the_audit_notices_a_rating_beside_withheld_evaluations(finished, tmp_path):
    store, path = finished
    hidden = open_snapshot(store).ask(Question("top_rating_share", level="agency")).rows
    hidden = hidden[hidden["withheld"]]
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(path.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "INSERT INTO organisation_rating VALUES (?, ?, 'baik')",
            [hidden["place"].iloc[0], int(hidden["period"].iloc[0])],
        )
    assert "organisation_rating: 1 beside withheld cells of appraisal." in audit(copy)


def rows_of(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("finished", [2, 3], indirect=True)  # smaller stores show none at all
def test_no_small_count_of_low_ratings_is_shown_with_what_followed_them(finished):
    """Those coached, those not, those not yet told of, and all of them: none from 1 to 4."""
    frame = cells_of(finished[1], "appraisal")
    connection = duckdb.connect(str(finished[1]), read_only=True)
    columns = {
        (metric, part): column
        for metric, part, column in connection.execute(
            "SELECT metric, part, column_name FROM metric_part WHERE table_name = 'appraisal'"
        ).fetchall()
    }
    connection.close()
    coached, told, low = (
        frame[columns[key]]
        for key in (
            ("low_rating_coached_share", "numerator"),
            ("low_rating_coached_share", "denominator"),
            ("low_rating_share", "numerator"),
        )
    )
    assert (told > 0).any()
    assert not ((told > 0) & low.isna()).any()
    for count in (coached, told, told - coached, low - told):
        assert not count.between(1, 4).any()
