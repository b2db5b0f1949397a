"""Region codes as files write them: a bare code is asked about, a lost zero is named."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.intake.check import check_records
from analytics.schema import TABLES
from analytics.store.records import open_records
from tests.intake.desk import Desk, right, write_csv

COLUMNS = [
    (table.name, column.name)
    for table in TABLES
    for column in table.columns
    if column.name == "region_code" or column.refers_to == "region"
]


def place(table: str, column: str, code: str) -> dict[str, str]:
    """A right row with a code in a column; rows that name a place name only that one."""
    changes = {column: code}
    if table in ("activity", "recap"):
        changes["agency_id"] = ""
    return right(table, **changes)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_bare_code_is_asked_about_in_every_column_of_regions(
    desk: Desk, table: str, column: str
) -> None:
    desk.with_agency()
    says = desk.says(desk.file(f"{table}.csv", place(table, column, "1801")))
    bare = [message for message in says if f'{column}: "1801"' in message]

    assert len(bare) == 1
    assert bare[0].endswith(
        '"1801" is a code without its dot, which does not say whose it is: Kemendagri 18.01'
        " Lampung Selatan, or BPS 1801 Lampung Barat. Whose code is it? Write the dotted Kemendagri"
        " code: 18.01 (Lampung Selatan) or 18.04 (Lampung Barat)."
    )
    assert not any("Nearest" in message for message in says)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_zero_that_a_spreadsheet_dropped_is_named_with_the_code_that_was_meant(
    desk: Desk, table: str, column: str
) -> None:
    desk.with_agency()
    says = desk.says(desk.file(f"{table}.csv", place(table, column, "18.1")))
    short = [message for message in says if f'{column}: "18.1"' in message]

    assert len(short) == 1
    assert "is what a spreadsheet makes of 18.10 when it reads the code as a number" in short[0]
    assert "Write 18.10 (Pringsewu), and keep the column as text." in short[0]
    assert "18.01" not in "".join(says)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1501", "Kemendagri 15.01 Kerinci, or BPS 1501 Kerinci. Whose code is it?"),
        ("1571", "Write the dotted Kemendagri code: 15.71 (Kota Jambi)."),
        ("5901", "BKN 5901 Lampung Selatan."),
        ("3201", "neither a Kemendagri nor a BPS code that is known"),
        ("15.7", "15.70 is not a known region"),
        ("15.0", "Write 15 (Jambi)"),
    ],
)
def test_what_else_a_code_without_its_form_could_mean_is_said(
    desk: Desk, code: str, says: str
) -> None:
    desk.with_agency()
    found = desk.says(desk.file("outcome_index.csv", right("outcome_index", region_code=code)))

    assert len(found) == 1
    assert says in found[0]


def test_a_first_import_asks_with_the_shipped_regions(desk: Desk) -> None:
    says = desk.says(desk.file("agency.csv", right("agency", region_code="1801")))

    assert len(says) == 1
    assert "BPS 1801 Lampung Barat" in says[0]


def test_the_stores_own_regions_say_what_a_code_could_mean(desk: Desk) -> None:
    rows = [
        right("region", region_code="32", name="Jawa Barat", province_code="32"),
        right("region", region_code="32.01", name="Bogor", kind="kabupaten", province_code="32"),
        right("region", region_code="32.02", name="Sukabumi", kind="kabupaten", province_code="32"),
    ]
    rows[2]["bps_code"] = "3201"
    desk.load(write_csv(desk.folder / "region.csv", rows))
    says = desk.says(desk.file("outcome_index.csv", right("outcome_index", region_code="3201")))

    assert "Kemendagri 32.01 Bogor, or BPS 3201 Sukabumi" in says[0]


def test_a_number_in_parquet_is_asked_about_like_any_other_bare_code(desk: Desk) -> None:
    rows = [right("outcome_index") | {"region_code": 1801.0, "year": 2025}]
    file = desk.folder / "outcome_index.parquet"
    pq.write_table(pa.Table.from_pylist(rows), file)

    assert "BPS 1801 Lampung Barat" in desk.says(file)[0]


def test_a_rejects_file_asks_the_same_question(desk: Desk) -> None:
    desk.with_agency()
    rows = [right("outcome_index"), right("outcome_index", region_code=" 1801 ")]
    report = desk.load(desk.file("outcome_index.csv", *rows), keep_good=True)[0]

    assert report.rejects is not None
    with Path(report.rejects).open(encoding="utf-8-sig", newline="") as file:
        (rejected,) = csv.DictReader(file)
    assert "Whose code is it?" in rejected["what_is_wrong"]


def test_a_bare_code_in_a_store_is_found_by_check(desk: Desk) -> None:
    desk.with_agency()
    with open_records(desk.store) as connection:
        connection.execute("UPDATE agency SET region_code = '1571'")

    broken = {(r.table, r.rule) for r in check_records(desk.store) if not r.holds}
    assert ("agency", "region_code: whose") in broken
