"""Reading a file as an import does, up to the rows of each table."""

from __future__ import annotations

from pathlib import Path

import duckdb

from analytics.intake.sources import Sheet, bind, fingerprint, sheets_of


def tables(path: Path) -> list[Sheet]:
    """The tables of a file."""
    return sheets_of(path, blank_lines=fingerprint(path)[1])


def rows(sheet: Sheet) -> list[tuple]:
    """The rows of a table, None for what is empty."""
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        bind(cursor, sheet)
        relation = sheet.relation.replace("{reading}", "ignore_errors = false")
        return cursor.execute(f"SELECT * FROM {relation}", sheet.parameters).fetchall()
