"""Rows that were not loaded, written out in the file's own columns for their owner to mend."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from pathlib import Path

import duckdb

from analytics.intake.headings import OWN_COLUMNS, canonical, never_read
from analytics.intake.query import run
from analytics.intake.sources import Sheet, bind
from analytics.intake.staging import (
    MALFORMED,
    OTHERWISE_MALFORMED,
    Staged,
)
from analytics.store.records import Store

BATCH = 10_000
MADE = re.compile(r"(\d+)-.*\.part")
"""Names of rejects files whose import has not ended: the batch's number stands first."""
NOT_REPEATED = "It is not repeated here, as its columns cannot be told apart."


def write_rejects(
    cursor: duckdb.DuckDBPyConnection, store: Store, staged: Staged, batch_id: int
) -> Path | None:
    """Write the rejected rows beside the store, readable by its owner alone; None without any.

    The file has the columns of the original less the personal ones that are never read, and before
    them `line`, `what_is_wrong` and `batch_id`. Call it after `findings`, which gathers the rows.
    Until `finish_rejects` its name ends in .part; the path that is returned is the one after that.
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
    descriptor = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        headings = (sheet.headings[n] for n in kept)
        writer.writerow(["line", "what_is_wrong", "batch_id", *headings])
        if broken:
            _write_rows(cursor, staged, kept, batch_id, writer)
        for line, kind in staged.malformed:
            says, remedy = MALFORMED.get(kind, OTHERWISE_MALFORMED)
            wrong = f"{says}. {remedy} {NOT_REPEATED}"
            writer.writerow([line, wrong, batch_id, *("" for _ in kept)])
    return path


def finish_rejects(store: Store, loaded: set[int]) -> None:
    """Give the rejects files of loaded batches their names; remove those of imports that failed.

    They are rows of people: where the import was undone, or killed, they belong to no batch.
    """
    for path in (store.path / "rejects").glob("*.part"):
        made = MADE.fullmatch(path.name)
        if made and int(made[1]) in loaded:
            path.replace(path.with_suffix(""))
        elif made:
            path.unlink()


REJECTED_FROM = """
-- The day on which the rows of a rejects file were extracted, and their table where it is one.
SELECT min(extracted_on), CASE WHEN count(DISTINCT table_name) = 1 THEN min(table_name) END
FROM (SELECT batch_id, extracted_on, table_name FROM batch
      UNION ALL SELECT batch_id, extracted_on, table_name FROM taken_back)
WHERE batch_id IN (SELECT try_cast({column} AS INTEGER) FROM {rows})
"""


def rejected_from(
    cursor: duckdb.DuckDBPyConnection, sheet: Sheet
) -> tuple[dt.date | None, str | None]:
    """The day of extraction and the table of a mended rejects file; None for any other file.

    It was saved later than its rows were extracted, and newer ones may have been loaded since. Of
    rows from several batches the earliest day counts, so that none replaces what it should not.
    """
    names = [canonical(heading) for heading in sheet.headings]
    if not {"what_is_wrong", "batch_id"} <= set(names):
        return None, None
    bind(cursor, sheet)
    rows = sheet.relation.replace("{reading}", "ignore_errors = true")
    column = f"c{names.index('batch_id')}"
    ((day, table),) = run(cursor, REJECTED_FROM.format(column=column, rows=rows), sheet.parameters)
    return day, table


def keep_rejects(cursor: duckdb.DuckDBPyConnection, staged: Staged, batch_id: int) -> None:
    """Keep in the store which lines were rejected, and for which rules."""
    rules = [check.rule for check in staged.checks]
    run(
        cursor,
        f"""
        INSERT INTO import_reject
        SELECT DISTINCT $batch_id, r.line, list_extract($rules::VARCHAR[], f.check_number + 1)
        FROM {staged.relation("fault")} f JOIN {staged.relation("row")} r USING (position)
        UNION ALL SELECT $batch_id, unnest($lines::BIGINT[]), 'malformed line'
        """,
        {
            "batch_id": batch_id,
            "rules": rules,
            "lines": [line for line, _ in staged.malformed],
        },
    )


def _any(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> bool:
    return bool(run(cursor, f"SELECT 1 FROM {staged.relation('fault')} LIMIT 1"))


def _kept(staged: Staged, heading: str) -> bool:
    name = canonical(heading)
    return bool(name) and name not in OWN_COLUMNS and not never_read(heading, staged.table)


def _write_rows(
    cursor: duckdb.DuckDBPyConnection, staged: Staged, kept: list[int], batch_id: int, writer
) -> None:
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
            wrong = "; ".join(_wrong(staged, number, line, said) for number in broken)
            writer.writerow([line, wrong, batch_id, *values])


def _wrong(staged: Staged, number: int, line: int, said: dict[int, str | None]) -> str:
    column = staged.checks[number].column
    value = said.get(staged.present.get(column, -1)) if column else None
    says, remedy = staged.words(number, value.strip() if value else None, line)
    return f"{column}: {says}. {remedy}" if column else f"{says}. {remedy}"
