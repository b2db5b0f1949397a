"""Nothing withheld can be worked out: on random tables, on random stores, in the finished file."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false, reportIndexIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from analytics.answers import Question, open_snapshot
from analytics.audit import audit
from analytics.cells import OWN
from analytics.disclosure import CellSet, Family, Sums, determined, protect, protect_and_prove
from analytics.schema import AGENCY_KINDS
from analytics.store.records import Store
from analytics.store.snapshots import publish, snapshot_path
from tests.builder import random_store, random_tables, write


def two_way(inside: np.ndarray) -> tuple[CellSet, np.ndarray]:
    """A table with its row totals, column totals and grand total, as cells that add up."""
    rows, columns = inside.shape
    amount = np.concatenate([inside.ravel(), inside.sum(1), inside.sum(0), [inside.sum()]])
    cell = np.arange(rows * columns)
    total = len(amount) - 1
    row_total = rows * columns + np.arange(rows)
    column_total = rows * columns + rows + np.arange(columns)
    families = (
        Family("rows", cell, cell // columns, row_total),
        Family("columns", cell, cell % columns, column_total),
        Family("row totals", row_total, np.zeros(rows, int), np.array([total])),
        Family("column totals", column_total, np.zeros(columns, int), np.array([total])),
    )
    none = np.zeros(len(amount), bool)
    return CellSet(families, none, none), amount.astype(float)


def bounds(sums: Sums, amount: np.ndarray, withheld: np.ndarray, cell: int) -> tuple[float, float]:
    """Smallest and largest value a withheld cell can have, by linear programming."""
    unknown = np.flatnonzero(withheld)
    matrix = sums.matrix.toarray()
    right = -matrix[:, ~withheld] @ amount[~withheld]
    aim = (unknown == cell).astype(float)
    ends = []
    for sign in (1, -1):
        found = linprog(sign * aim, A_eq=matrix[:, unknown], b_eq=right, bounds=(0, None))
        assert found.status in (0, 3)  # solved, or without bound
        ends.append(found.fun if found.status == 0 else -np.inf)
    return ends[0], -ends[1]


tables = st.tuples(st.integers(2, 5), st.integers(2, 4), st.integers(0, 10_000)).map(
    lambda shape: np.random.default_rng(shape[2]).poisson(
        np.random.default_rng(shape[2] + 1).choice([1, 4, 15]), size=shape[:2]
    )
)


@given(tables)
def test_linear_programming_never_pins_a_withheld_cell_of_a_two_way_table(inside):
    cells, amount = two_way(inside)
    sums = Sums.of(cells)
    withheld = protect_and_prove(cells, sums, [amount], 5)
    assert withheld[(amount > 0) & (amount < 5)].all()
    for cell in np.flatnonzero(withheld):
        low, high = bounds(sums, amount, withheld, cell)
        assert high - low > 1e-6, f"cell {cell} can only be {low}"


@given(tables, st.integers(0, 1_000))
def test_the_audit_finds_exactly_the_cells_that_linear_programming_pins(inside, seed):
    cells, amount = two_way(inside + 1)  # all above zero, as the equivalence needs
    sums = Sums.of(cells)
    withheld = np.random.default_rng(seed).random(len(amount)) < 0.5
    fixed = set(determined(sums, withheld).tolist())
    for cell in np.flatnonzero(withheld):
        low, high = bounds(sums, amount, withheld, cell)
        assert (cell in fixed) == (high - low < 1e-6)


@given(st.integers(1, 8), st.integers(1, 14), st.integers(0, 100_000))
def test_a_column_is_fixed_just_where_no_change_that_keeps_every_row_moves_it(rows, columns, seed):
    random = np.random.default_rng(seed)
    matrix = np.zeros((rows, columns))
    for column in range(columns):
        there = random.choice(
            rows, size=min(rows, random.choice([0, 1, 2, 2, 2, 3, 4])), replace=False
        )
        matrix[there, column] = random.choice([1, 1, -1], size=len(there))
    withheld = random.random(columns) < 0.8
    kept = matrix[:, withheld]
    nothing = null_space(kept)
    moves = np.abs(nothing).max(axis=1) > 1e-9 if nothing.size else np.zeros(kept.shape[1], bool)
    expected = np.flatnonzero(withheld)[~moves].tolist() if kept.any() else []
    assert determined(Sums(csr_array(matrix)), withheld).tolist() == expected


def test_a_long_chain_of_sums_is_no_reason_to_think_that_its_end_is_fixed():
    links = 20_000
    rows = np.repeat(np.arange(links), 2)
    columns = np.stack([np.arange(links), np.arange(links) + 1], axis=1).ravel()
    chain = csr_array((np.ones(2 * links), (rows, columns)), shape=(links, links + 1))
    assert determined(Sums(chain), np.ones(links + 1, bool)).size == 0
    held = csr_array(vstack([chain, csr_array(([1.0], ([0], [0])), shape=(1, links + 1))]))
    assert determined(Sums(held), np.ones(links + 1, bool)).size == links + 1


def test_a_single_small_cell_takes_its_smallest_sibling_with_it():
    cells, amount = two_way(np.array([[3, 20], [30, 40]]))
    withheld = protect(cells, amount, 5)
    assert withheld[:4].tolist() == [True, True, True, True]
    assert not withheld[4:].any()


def test_a_table_without_small_cells_is_published_whole():
    cells, amount = two_way(np.array([[5, 20], [30, 40]]))
    assert not protect(cells, amount, 5).any()


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


SUMS_OVER_PLACES = {
    "agency": ("g.number", 2),
    "government": ("pr.number", 1),
    "province": ("0", 0),
}


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
def test_no_withheld_cell_is_the_difference_of_its_parent_and_siblings(finished, table):
    frame = cells_of(finished[1], table)
    parents = parents_of(finished[1])
    frame = frame[(frame["kind"] == "") & (frame["place"] >= 0)]
    for people in [column for column in frame if column.startswith("people_")]:
        known = frame[people].notna()
        value = dict(
            zip(
                frame[
                    ["level", "place", "grain", "period", "breakdown", "category", "category_2"]
                ].itertuples(index=False, name=None),
                known,
                strict=True,
            )
        )
        over_places: dict[tuple, list[bool]] = {}
        over_groups: dict[tuple, list[bool]] = {}
        for key, is_known in value.items():
            level, place, grain, period, by, _one, _two = key
            if (level, place) in parents:
                over_places.setdefault((*parents[level, place], *key[2:]), []).append(is_known)
            if by and "," not in by and by != "rater":
                over_groups.setdefault((level, place, grain, period, by), []).append(is_known)
        for parent, children in over_places.items():
            assert _safe(value.get(parent), children), (table, people, parent)
        for (level, place, grain, period, by), children in over_groups.items():
            whole = value.get((level, place, grain, period, "", "", ""))
            assert _safe(whole, children), (table, people, level, place, grain, period, by)


def _safe(parent: bool | None, children: list[bool]) -> bool:
    """A sum has no unknown, or at least two (its total counted); without a total it says nothing."""
    if parent is None:
        return True
    return [parent, *children].count(False) != 1


def test_the_audit_notices_a_withheld_cell_that_is_filled_in_again(finished, tmp_path):
    _store, path = finished
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(path.read_bytes())
    connection = duckdb.connect(str(copy))
    # Publish all but one of the withheld agencies of one table: the last one follows.
    connection.execute("""
        UPDATE cell_training_to_date SET people_0 = 99
        WHERE people_0 IS NULL AND NOT (level = 3 AND place = (
          SELECT min(place) FROM cell_training_to_date WHERE level = 3 AND people_0 IS NULL))
    """)
    connection.close()
    assert any("follow from published" in problem for problem in audit(copy))


def test_an_organisation_is_shown_its_rating_only_where_its_evaluations_are_shown(finished):
    store, path = finished
    snapshot = open_snapshot(store)
    loaded = {
        (str(agency), int(year))
        for agency, year in records_of(store, "SELECT agency_id, year FROM organisation_rating")
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


def records_of(store: Store, sql: str) -> list[tuple]:
    with duckdb.connect(str(store.records), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("finished", [2, 3], indirect=True)  # smaller stores show none at all
def test_no_small_count_of_low_ratings_is_shown_with_what_followed_them(finished):
    """Those coached, those not, those not yet told of, and all of them: none from 1 to 4."""
    frame = cells_of(finished[1], "appraisal")
    frame = frame[(frame["place"] >= 0) & (frame["kind"] != OWN)]
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
