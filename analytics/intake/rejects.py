"""Rows that were not loaded, written out in the file's own columns for their owner to mend."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import duckdb

from analytics.intake.headings import OWN_COLUMNS, canonical, never_read
from analytics.intake.query import run
from analytics.intake.staging import (
    MALFORMED,
    OTHERWISE_MALFORMED,
    Staged,
)
from analytics.store.records import Store

BATCH = 10_000
NOT_REPEATED = "It is not repeated here, as its columns cannot be told apart."


def write_rejects(
    cursor: duckdb.DuckDBPyConnection, store: Store, staged: Staged, batch_id: int
) -> Path | None:
    """Write the rejected rows beside the store, readable by its owner alone; None without any.

    The file has the columns of the original less the personal ones that are never read, and before
    them `line` and `what_is_wrong`. Call it after `findings`, which gathers the rows.
    """
    broken = _any(cursor, staged)
    if not broken and not staged.malformed:
        return None
    folder = store.path / "rejects"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sheet = staged.sheet
    name = f"{sheet.file.stem}-{sheet.name}" if sheet.name else sheet.file.stem
    path = folder / f"{batch_id}-{name.replace('/', '_')}.csv"
    kept = [n for n, heading in enumerate(sheet.headings) if _kept(staged, heading)]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "what_is_wrong", *(sheet.headings[n] for n in kept)])
        if broken:
            _write_rows(cursor, staged, kept, writer)
        for line, kind in staged.malformed:
            says, remedy = MALFORMED.get(kind, OTHERWISE_MALFORMED)
            wrong = f"{says}. {remedy} {NOT_REPEATED}"
            writer.writerow([line, wrong, *("" for _ in kept)])
    return path


def _any(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> bool:
    return bool(run(cursor, f"SELECT 1 FROM {staged.relation('fault')} LIMIT 1"))


def _kept(staged: Staged, heading: str) -> bool:
    name = canonical(heading)
    return bool(name) and name not in OWN_COLUMNS and not never_read(heading, staged.table)


def _write_rows(cursor: duckdb.DuckDBPyConnection, staged: Staged, kept: list[int], writer) -> None:
    columns = "".join(f", s.c{number}" for number in kept)
    cursor.execute(f"""
        -- One row is a rejected row, with the numbers of the checks it breaks.
        SELECT r.line, f.broken{columns}
        FROM (SELECT position, list(DISTINCT check_number ORDER BY check_number) AS broken
              FROM {staged.relation("fault")} GROUP BY position) f
        JOIN {staged.relation("row")} r USING (position)
        JOIN {staged.relation("suspect")} s USING (position)
        ORDER BY r.line
    """)
    while rows := cursor.fetchmany(BATCH):
        for line, broken, *values in rows:
            said = dict(zip(kept, values, strict=True))
            wrong = "; ".join(_wrong(staged, number, said) for number in broken)
            writer.writerow([line, wrong, *values])


def _wrong(staged: Staged, number: int, said: dict[int, str | None]) -> str:
    column = staged.checks[number].column
    value = said.get(staged.present.get(column, -1)) if column else None
    says, remedy = staged.words(number, value.strip() if value else None)
    return f"{column}: {says}. {remedy}" if column else f"{says}. {remedy}"
