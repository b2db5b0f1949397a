"""Rows are numbered by their place in the file, however large it is and however it is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from analytics.intake.headings import match
from analytics.intake.query import needed
from analytics.intake.sources import sheets_of
from analytics.intake.staging import Staged, _bound, _checks_of, _typed_sql
from analytics.intake.values import CANONICAL, Reading
from analytics.schema import TABLES, Table
from tests.intake.desk import Desk, right, write_csv

ROWS, EVERY = 400_000, 1_000


def test_a_wrong_row_is_found_in_its_line_in_a_file_of_many_row_groups(desk: Desk) -> None:
    desk.with_agency()
    path = desk.folder / "appraisal.csv"
    first = ",".join(right("appraisal"))
    values = ",".join(list(right("appraisal").values())[1:])
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{first},predicate\n")
        for number in range(ROWS):
            wrong = "entah" if number % EVERY == 0 else "baik"
            file.write(f"demo-{number},{values},{wrong}\n")
    (report,) = desk.load(path, keep_good=True)

    assert report.rows_rejected == ROWS // EVERY
    assert report.rows_loaded == ROWS - ROWS // EVERY
    lines = desk.ask("SELECT line FROM import_reject ORDER BY line")
    assert lines == [(2 + number,) for number in range(0, ROWS, EVERY)]


@pytest.mark.parametrize(
    "reading",
    [CANONICAL, Reading(("9999",), "comma", percent=True, region_codes="bps", codes="siasn")],
    ids=["canonical", "own"],
)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_reading_is_no_join_which_would_lose_the_order(
    table: Table, reading: Reading, desk: Desk, tmp_path: Path
) -> None:
    desk.with_agency()
    file = write_csv(tmp_path / f"{table.name}.csv", [{c.name: "" for c in table.columns}])
    (sheet,) = sheets_of(file, blank_lines=False)
    matched = replace(match(file, None, sheet.headings, table), values=reading)
    staged = Staged(1, sheet, matched, dt.date(2026, 1, 1))
    staged.checks.extend(_checks_of(staged))
    with duckdb.connect(str(desk.store.records), read_only=True) as connection:
        cursor = connection.cursor()
        sql = f"EXPLAIN {_typed_sql(staged, 'ignore_errors = true')}"
        cursor.execute("SET disabled_optimizers = 'in_clause'")
        bound = needed(sql, _bound(cursor, staged))
        plan = cursor.execute(sql, sheet.parameters | bound).fetchall()

    assert "join" not in str(plan).lower()
    assert "read_csv" in str(plan).lower()
