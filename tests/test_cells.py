"""Cells: every metric, in every cell, is what plain pandas makes of the same records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from analytics.cells import Layout, make_cells, open_work
from analytics.metrics import METRICS
from analytics.metrics.rows import ROW_TABLES
from analytics.store.records import Store
from tests import oracle
from tests.builder import random_tables, write

SEEDS = (1, 2, 3, 4)
INDEX = [*oracle.KEYS, "grain", "period"]
EXACT = 100_000_000
"""Figures are compared as whole hundred-millionths: the most decimals a cell keeps."""


@dataclass(frozen=True)
class Made:
    """Records and the cells that were made of them, by row table."""

    tables: Mapping[str, pd.DataFrame]
    layouts: Mapping[str, Layout]
    parts: Mapping[str, pd.DataFrame]
    people: Mapping[str, pd.DataFrame]


def awkward_tables(seed: int) -> dict[str, pd.DataFrame]:
    """Random records, with what the plain ones lack: evaluations that name an agency, people who are
    not in the register, answers off their scale, waves of a month, nobody invited."""
    tables = random_tables(seed, people=150, months=13)
    rng = np.random.default_rng(seed)
    agencies = tables["agency"]["agency_id"].to_numpy()
    appraisal = tables["appraisal"].copy()
    named = rng.random(len(appraisal)) < 0.05
    appraisal["agency_id"] = np.where(named, rng.choice(agencies, len(appraisal)), None)
    employee = tables["employee"]
    unknown = rng.choice(employee["employee_id"].unique(), 5, replace=False)
    employee = employee[~employee["employee_id"].isin(unknown)].copy()
    employee.loc[rng.random(len(employee)) < 0.05, "grade"] = "tidak diketahui"
    response, invited = tables["survey_response"].copy(), tables["survey_invited"].copy()
    response.loc[rng.random(len(response)) < 0.02, "value"] = 9
    response["wave"] = response["wave"].replace("2025", "2025-03")
    invited["wave"] = invited["wave"].replace("2025", "2025-03")
    invited.loc[rng.random(len(invited)) < 0.1, "invited"] = 0
    changed = {"appraisal": appraisal, "employee": employee}
    return {**tables, **changed, "survey_response": response, "survey_invited": invited}


def make(tables: Mapping[str, pd.DataFrame], folder: Path) -> Made:
    """The cells of a store with these records."""
    store = Store(folder / "store")
    write(store, dict(tables))
    connection = open_work(str(folder / "work.duckdb"), str(store.records))
    layouts = make_cells(connection)
    found = {name: read(connection, layout) for name, layout in layouts.items()}
    connection.close()
    return Made(
        tables,
        layouts,
        {name: parts for name, (parts, _) in found.items()},
        {name: people for name, (_, people) in found.items()},
    )


def read(
    connection: duckdb.DuckDBPyConnection, layout: Layout
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The parts, in hundred-millionths, and the people of a cell table, places by their code."""
    columns = sorted(set(layout.column_of.values()))
    exact = ", ".join(
        f"coalesce(({column}::DECIMAL(18, 8) * {EXACT}::BIGINT)::BIGINT, 0) AS {column}"
        for column in columns
    )
    rows = (
        connection
        .sql(f"""
            SELECT level, place, kind, grain, period, breakdown,
                   category, category_2, {exact}, {", ".join(layout.people.values())}
            FROM cell_{layout.table.name}
        """)
        .df()
    )
    rows["place"] = _codes(connection, rows)
    rows["period"] = pd.to_datetime(rows["period"])
    rows = rows.set_index(INDEX).sort_index()
    parts = pd.DataFrame({key: rows[column] for key, column in layout.column_of.items()})
    parts.columns = pd.MultiIndex.from_tuples(layout.column_of)
    keys = dict.fromkeys(metric for metric, _ in layout.column_of)
    people = {key: rows[layout.people[METRICS[key].among]] for key in keys}
    return parts, pd.DataFrame(people)


def _codes(connection: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    agencies = connection.sql("SELECT agency, agency_id FROM place_of").df()
    regions = connection.sql("SELECT region, region_code FROM government_of").df()
    agency = dict(agencies.itertuples(index=False))
    region = dict(regions.itertuples(index=False))

    def code(level: int, number: int) -> str:
        if level == 0:
            return ""
        if level < 3:
            return region[number]
        return agency[number] if number > 0 else f"own rows of {region[-number]}"

    return [code(*row) for row in zip(rows["level"], rows["place"], strict=True)]


def expected(tables: Mapping[str, pd.DataFrame], name: str) -> oracle.Cells:
    """The oracle's cells, in hundred-millionths and in order."""
    cells = oracle.cells(tables, name, ROW_TABLES[name].grains)
    means = {metric for metric, part in cells.parts if part == "squares"}
    units = [
        EXACT // (oracle.SCALE.get(part, 1) if metric in means else 1)
        for metric, part in cells.parts
    ]
    parts = cells.parts * np.array(units, dtype="int64")
    return oracle.Cells(
        parts.rename_axis(INDEX).sort_index(), cells.people.rename_axis(INDEX).sort_index()
    )


def differences(made: Made, name: str, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Every disagreement between the cells of a row table and the oracle over these records."""
    want, parts, people = expected(tables, name), made.parts[name], made.people[name]
    found = [f"no such cell: {cell}" for cell in want.parts.index.difference(parts.index)]
    found += [f"cell of nothing: {cell}" for cell in parts.index.difference(want.parts.index)]
    both = parts.index.intersection(want.parts.index)
    for key in want.parts:
        got, wanted = parts.loc[both, key], want.parts.loc[both, key]
        for cell in both[got.to_numpy() != wanted.to_numpy()]:
            found.append(f"{key} of {cell}: {got[cell] / EXACT}, not {wanted[cell] / EXACT}")
    for metric in want.people:
        got, wanted = people.loc[both, metric], want.people.loc[both, metric]
        wrong = _wrong_people(made.layouts[name], got, wanted)
        for cell in both[wrong]:
            found.append(f"people of {metric} in {cell}: {got[cell]}, not {wanted[cell]}")
    return found


def _wrong_people(layout: Layout, got: pd.Series, wanted: pd.Series) -> np.ndarray:
    """Where people were counted are they all, elsewhere at least one and never too many."""
    table = layout.table
    own = got.index.get_level_values("breakdown") == (table.own or "no dimension of its own")
    counted = np.where(own, table.people_by_own == "count(*)", table.people == "count(*)")
    counts, true = got.to_numpy(), wanted.to_numpy()
    least = np.minimum(true, 1)
    bounded = (counts >= least) & (counts <= np.maximum(true, 1))
    return np.where(counted, counts != true, ~bounded)


@pytest.fixture(scope="module", params=SEEDS)
def made(request, tmp_path_factory) -> Made:
    return make(awkward_tables(request.param), tmp_path_factory.mktemp(f"seed{request.param}"))


def test_every_metric_with_parts_has_an_independent_computation():
    tables = awkward_tables(SEEDS[0])
    computed = {
        key: set(rows.parts)
        for key, rows in ((name, rows(tables, "year")) for name, rows in oracle.ROWS.items())
    }
    named = {
        (metric.key, part): metric.table for metric in METRICS.values() for part in metric.parts
    }
    assert {part: name for name, parts in computed.items() for part in parts} == named


@pytest.mark.parametrize("name", list(oracle.ROWS))
def test_every_figure_of_every_cell_is_what_the_records_say(made, name):
    found = differences(made, name, made.tables)
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])
