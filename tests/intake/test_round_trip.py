"""A store written out as CSV files and imported again holds the same rows and makes the same cells."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from analytics.cells import make_cells, open_work
from analytics.intake import import_files
from analytics.intake.batches import take_back
from analytics.intake.check import check_records
from analytics.intake.pseudonyms import pseudonyms, read_key
from analytics.metrics.rows import ROW_TABLES
from analytics.schema import TABLES, Kind, Table
from analytics.store.demo import EXTRACTED_ON, make
from analytics.store.records import Store
from tests.test_cells import read

Rows = list[tuple]


def rows_of(store: Store, table: Table) -> Rows:
    """The rows of a table, without where they are from."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with duckdb.connect(str(store.records), read_only=True) as connection:
        return connection.cursor().execute(f'SELECT {names} FROM "{table.name}"').fetchall()


def written(value: Any) -> str:
    """A value as a clean export has it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def export(path: Path, table: Table, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in table.columns)
        writer.writerows([written(value) for value in row] for row in rows)
    return path


def hashed(table: Table, rows: Rows) -> Rows:
    """The rows with the pseudonyms that an import makes of their employee numbers, sorted."""
    key = read_key()
    persons = [n for n, column in enumerate(table.columns) if column.kind is Kind.PERSON]
    for person in persons:
        numbers = pseudonyms(key, [str(row[person]) for row in rows])
        rows = [
            (*row[:person], uuid.UUID(number), *row[person + 1 :])
            for row, number in zip(rows, numbers, strict=True)
        ]
    return in_order(rows)


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [(value is not None, str(value)) for value in row])


def cells_of(store: Store, folder: Path) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Every cell of every table of rows, in whole hundred-millionths, and the people in it."""
    connection = open_work(str(folder / f"{uuid.uuid4()}.duckdb"), str(store.records))
    try:
        found = {name: make_cells(connection, table) for name, table in ROW_TABLES.items()}
        return {name: read(connection, layout) for name, layout in found.items() if layout}
    finally:
        connection.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("demo"))
    make(store, people=300, months=14)
    return store


def same_cells(one: Store, other: Store, folder: Path) -> bool:
    wanted, found = cells_of(one, folder), cells_of(other, folder)
    assert set(found) == set(wanted)
    # Places have codes of several kinds, which pandas puts in no order of their own.
    return all(
        len(part) == len(again) and part.equals(again.reindex(part.index))
        for name in wanted
        for part, again in zip(wanted[name], found[name], strict=True)
    )


def test_a_store_comes_back_from_csv_row_for_row_and_cell_for_cell(
    demo: Store, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    exported = {table.name: rows_of(demo, table) for table in TABLES}
    files = [
        export(tmp_path / f"{table.name}.csv", table, exported[table.name])
        for table in TABLES
        if exported[table.name]
    ]
    reports = import_files(store, files, extracted_on=EXTRACTED_ON)

    assert sum(report.rows_loaded for report in reports) == sum(map(len, exported.values()))
    for table in TABLES:
        wanted = hashed(table, exported[table.name])
        assert in_order(rows_of(store, table)) == wanted, table.name
    assert all(result.holds for result in check_records(store))
    assert same_cells(demo, store, tmp_path)


OTHER = {"meets": "above", "above": "meets", "below": "meets"}
"""For each rating another one."""


def test_an_older_extract_with_other_values_leaves_no_trace_in_the_cells(
    demo: Store, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    by_name = {table.name: table for table in TABLES}
    first = [
        export(tmp_path / f"{name}.csv", by_name[name], rows_of(demo, by_name[name]))
        for name in ("region", "agency", "employee")
    ]
    import_files(store, first, extracted_on=EXTRACTED_ON)
    table = by_name["appraisal"]
    rows = rows_of(demo, table)
    rated = [column.name for column in table.columns].index("work_result")
    older = EXTRACTED_ON - dt.timedelta(days=5)
    submitted = [column.name for column in table.columns].index("submitted_on")
    told = [row for row in rows if row[rated] and (row[submitted] or older) <= older]
    wrong = [(*row[:rated], OTHER.get(row[rated]), *row[rated + 1 :]) for row in told[::2]]
    assert wrong
    import_files(store, [export(tmp_path / "appraisal_old.csv", table, wrong)], extracted_on=older)
    stood = in_order(rows_of(store, table))
    (report,) = import_files(
        store, [export(tmp_path / "appraisal.csv", table, rows)], extracted_on=EXTRACTED_ON
    )

    assert (report.rows_loaded, report.rows_replaced) == (len(rows), len(wrong))
    assert in_order(rows_of(store, table)) == hashed(table, rows)
    assert report.batch_id is not None
    take_back(store, report.batch_id)
    assert in_order(rows_of(store, table)) == stood
