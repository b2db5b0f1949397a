"""A store written out as files and imported again holds the same rows and makes the same cells."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections.abc import Callable
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
from analytics.intake.template_books import template
from analytics.metrics.rows import ROW_TABLES
from analytics.recaps import add_recaps
from analytics.schema import TABLES, Kind, Table
from analytics.store.demo import EXTRACTED_ON, make
from analytics.store.records import Store
from analytics.text import text
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


def as_csv(folder: Path, table: Table, rows: Rows) -> Path:
    return export(folder / f"{table.name}.csv", table, rows)


def export(path: Path, table: Table, rows: Rows) -> Path:
    """A clean export: the contract's own headings and values."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in table.columns)
        writer.writerows([written(value) for value in row] for row in rows)
    return path


def filled(folder: Path, table: Table, rows: Rows) -> Path:
    """A template as an office fills it: headings and values in Bahasa Indonesia, dates as dates."""
    path = folder / f"{table.name}.xlsx"
    cells = [[str(v) if isinstance(v, uuid.UUID) else v for v in row] for row in rows]
    path.write_bytes(template(table, text("id"), cells))
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


Cells = dict[str, tuple[pd.DataFrame, pd.DataFrame]]
"""For each table of rows the parts of its cells, and the people in them."""


def cells_of(store: Store, folder: Path) -> Cells:
    """Every cell, those of recaps too, in whole hundred-millionths."""
    connection = open_work(str(folder / f"{uuid.uuid4()}.duckdb"), str(store.records))
    try:
        found = {name: make_cells(connection, table) for name, table in ROW_TABLES.items()}
        layouts = {name: layout for name, layout in found.items() if layout}
        for layout in layouts.values():
            add_recaps(connection, layout)
        cells = {name: read(connection, layout) for name, layout in layouts.items()}
        return {name: (of_table.parts, of_table.people) for name, of_table in cells.items()}
    finally:
        connection.close()


RECAPS = """
-- Of years that the demo has no records of: a share by its parts, a number of people in a group of
-- two, a mean with its deviation, and a share of which the number of people is unknown.
INSERT INTO recap BY NAME
SELECT *, (SELECT min(batch_id) FROM batch) AS batch_id, line: row_number() OVER () FROM (
  SELECT 'training_coverage' AS metric, '15.71-DINKES' AS agency_id, NULL AS region_code,
         DATE '2020-01-01' AS period_start, DATE '2020-12-31' AS period_end,
         NULL AS sex, NULL AS age_band, NULL AS facet,
         30 AS numerator, 50 AS denominator, NULL AS mean, NULL AS n, NULL AS sd
  UNION ALL SELECT 'headcount', NULL, '15.01', '2020-01-01', '2020-12-31', 'F', '30-39', NULL,
         120, 120, NULL, NULL, NULL
  UNION ALL SELECT 'facet_score', '15.71-DINKES', NULL, '2020-10-01', '2020-12-31', NULL, NULL,
         'fairness', NULL, NULL, 3.2525, 40, 0.8125
  UNION ALL SELECT 'training_coverage', NULL, '18.01', '2019-01-01', '2019-12-31', NULL, NULL,
         NULL, NULL, NULL, 0.6125, NULL, NULL)
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("demo"))
    make(store, people=300, months=14)
    with duckdb.connect(str(store.records)) as connection:
        connection.execute(RECAPS)
    return store


@pytest.fixture(scope="module")
def demo_cells(demo: Store, tmp_path_factory: pytest.TempPathFactory) -> Cells:
    return cells_of(demo, tmp_path_factory.mktemp("cells"))


def same_cells(wanted: Cells, found: Cells) -> bool:
    assert set(found) == set(wanted)
    # Places have codes of several kinds, which pandas puts in no order of their own.
    return all(
        len(part) == len(again) and part.equals(again.reindex(part.index))
        for name in wanted
        for part, again in zip(wanted[name], found[name], strict=True)
    )


@pytest.mark.parametrize("written_as", [as_csv, filled], ids=["csv", "templates"])
def test_a_store_comes_back_row_for_row_and_cell_for_cell(
    demo: Store,
    demo_cells: Cells,
    written_as: Callable[[Path, Table, Rows], Path],
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "store")
    exported = {table.name: rows_of(demo, table) for table in TABLES}
    assert all(exported.values())
    files = [written_as(tmp_path, table, exported[table.name]) for table in TABLES]
    reports = import_files(store, files, extracted_on=EXTRACTED_ON)

    assert [report.table for report in reports] == [table.name for table in TABLES]
    assert sum(report.rows_loaded for report in reports) == sum(map(len, exported.values()))
    for table in TABLES:
        wanted = hashed(table, exported[table.name])
        assert in_order(rows_of(store, table)) == wanted, table.name
    assert all(result.holds for result in check_records(store))
    assert same_cells(demo_cells, cells_of(store, tmp_path))


OTHER = {"meets": "above", "above": "meets", "below": "meets"}
"""For each rating another one."""


def test_an_older_extract_with_other_values_leaves_no_trace_in_the_cells(
    demo: Store, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    by_name = {table.name: table for table in TABLES}
    first = [
        as_csv(tmp_path, by_name[name], rows_of(demo, by_name[name]))
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
    import_files(store, [as_csv(tmp_path, table, wrong)], extracted_on=older)
    stood = in_order(rows_of(store, table))
    (report,) = import_files(store, [as_csv(tmp_path, table, rows)], extracted_on=EXTRACTED_ON)

    assert (report.rows_loaded, report.rows_replaced) == (len(rows), len(wrong))
    assert in_order(rows_of(store, table)) == hashed(table, rows)
    assert report.batch_id is not None
    take_back(store, report.batch_id)
    assert in_order(rows_of(store, table)) == stood
