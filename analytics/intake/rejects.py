"""Rows that were not loaded, written out in the file's own columns for their owner to mend."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import duckdb

from analytics.intake.headings import OWN_COLUMNS, canonical, fold, never_read
from analytics.intake.query import run
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

    The file has the columns of the original less the personal ones that are never read, before them
    `line`, `what_is_wrong` and `batch_id`, and after them what was worked out from personal ones. Call it after `findings`, which gathers the rows.
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
    worked_out = _worked_out(staged, [sheet.headings[n] for n in kept])
    descriptor = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        headings = (sheet.headings[n] for n in kept)
        writer.writerow(["line", "what_is_wrong", "batch_id", *headings, *worked_out])
        if broken:
            _write_rows(cursor, staged, kept, worked_out, batch_id, writer)
        for line, kind in staged.malformed:
            says, remedy = MALFORMED.get(kind, OTHERWISE_MALFORMED)
            wrong = f"{says}. {remedy} {NOT_REPEATED}"
            writer.writerow([line, wrong, batch_id, *("" for _ in (*kept, *worked_out))])
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


def _worked_out(staged: Staged, kept: list[str]) -> list[str]:
    """Columns that a day of birth gave, which is not in the file."""
    there = set(map(fold, kept))
    return [
        of.column for of in staged.match.derived if not there.issuperset(map(fold, of.headings))
    ]


def _write_rows(
    cursor: duckdb.DuckDBPyConnection,
    staged: Staged,
    kept: list[int],
    worked_out: list[str],
    batch_id: int,
    writer,
) -> None:
    columns = "".join(
        [f", s.c{number}" for number in kept]
        + [f', CAST(r."{name}" AS VARCHAR)' for name in worked_out]
    )
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
            said = dict(zip(kept, values, strict=False))
            wrong = "; ".join(_wrong(staged, number, line, said) for number in broken)
            writer.writerow([line, wrong, batch_id, *values])


def _wrong(staged: Staged, number: int, line: int, said: dict[int, str | None]) -> str:
    column = staged.checks[number].column
    value = said.get(staged.present.get(column, -1)) if column else None
    says, remedy = staged.words(number, value.strip() if value else None, line)
    return f"{column}: {says}. {remedy}" if column else f"{says}. {remedy}"
