"""Batches: what was loaded, from which file and when, and taking one back as if it had never come."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from analytics.intake.across import OF_NO_PROVINCE
from analytics.intake.findings import IntakeError
from analytics.intake.query import one, run
from analytics.intake.rejects import finish_rejects
from analytics.intake.spans import LOADED_OVERLAPS, reopen, settle
from analytics.intake.versions import same_key
from analytics.schema import BY_NAME, TABLES, Table, table
from analytics.store.records import Store, history_sql, open_records, read_records

NAMED = 5
"""So many codes are named of those that a refusal is about."""

MEMORY = "1200MB"
"""What DuckDB keeps of an import; the rest waits on disk. Python and its buffers come on top."""

LEDGER = {
    "import_finding": """
-- One row is a kind of finding in a batch, and how many rows it concerns.
CREATE {kind} TABLE IF NOT EXISTS import_finding (
  batch_id INTEGER NOT NULL, table_name VARCHAR NOT NULL, rule VARCHAR NOT NULL, rows BIGINT NOT NULL
)""",
    "import_reject": """
-- One row is a rejected row and a rule that it breaks; no value of it.
CREATE {kind} TABLE IF NOT EXISTS import_reject (
  batch_id INTEGER NOT NULL, line BIGINT NOT NULL, rule VARCHAR NOT NULL
)""",
    "pseudonym_key": """
-- One row is a mark of the key that employee numbers were hashed with.
CREATE {kind} TABLE IF NOT EXISTS pseudonym_key (mark VARCHAR NOT NULL)""",
    "batch_rows": """
-- One row is a batch and its rows that met loaded ones: put in their place, or passed over.
CREATE {kind} TABLE IF NOT EXISTS batch_rows (
  batch_id INTEGER NOT NULL, sheet VARCHAR, replaced BIGINT NOT NULL, same BIGINT NOT NULL,
  older BIGINT NOT NULL
)""",
    "batch_way": """
-- One row is a batch and the way its file was read: a profile as TOML, for its rejects.
CREATE {kind} TABLE IF NOT EXISTS batch_way (batch_id INTEGER NOT NULL, way VARCHAR NOT NULL)""",
    "taken_back": """
-- One row is a batch that was taken back, as it stood in `batch`; `next_batch_id` is what the next
-- one was to be, so that a file loaded again after it is told from one loaded before.
CREATE {kind} TABLE IF NOT EXISTS taken_back (
  batch_id INTEGER PRIMARY KEY, source VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL, extracted_on DATE NOT NULL, imported_at TIMESTAMP NOT NULL,
  rows_loaded BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, synthetic BOOLEAN NOT NULL,
  taken_back_at TIMESTAMP NOT NULL, next_batch_id INTEGER NOT NULL
)""",
    "open_end": """
-- One row is a span that its file leaves open and that carries an end for a later extract's next one.
CREATE {kind} TABLE IF NOT EXISTS open_end (batch_id INTEGER NOT NULL, line BIGINT NOT NULL)""",
}
"""Tables of the record store that only taking in writes; a store made before one gains it."""

NEXT_BATCH = """
SELECT coalesce(max(batch_id), 0) + 1
FROM (SELECT batch_id FROM batch UNION ALL SELECT batch_id FROM taken_back)
"""

LISTED = """
-- One row is a batch, newest first.
SELECT batch_id, source, sheet, table_name, extracted_on, imported_at, rows_loaded,
       coalesce(replaced, 0), coalesce(same, 0), coalesce(older, 0), rows_rejected, synthetic,
       taken_back_at
FROM (SELECT *, NULL AS taken_back_at FROM batch
      UNION ALL BY NAME SELECT * EXCLUDE (next_batch_id) FROM taken_back)
LEFT JOIN batch_rows USING (batch_id) ORDER BY batch_id DESC
"""

COMING_BACK = """
-- One row is a row of the history that stands again: of every key that lost its row, the newest.
CREATE OR REPLACE TEMP TABLE coming_back AS
SELECT h.rowid AS kept
FROM "replaced_{table}" h JOIN gone g ON {key} JOIN batch b ON b.batch_id = h.batch_id
QUALIFY row_number() OVER (
  PARTITION BY {names} ORDER BY b.extracted_on DESC, h.batch_id DESC, h.line DESC) = 1
"""


@dataclass(frozen=True)
class Batch:
    """A table of a file as it was loaded. Counts are rows: `replaced` of those loaded took the place
    of older ones, `same` and `older` were passed over. `taken_back_at` is None while it holds."""

    batch_id: int
    source: str
    sheet: str | None
    table: str
    extracted_on: dt.date
    imported_at: dt.datetime
    loaded: int
    replaced: int
    same: int
    older: int
    rejected: int
    synthetic: bool
    taken_back_at: dt.datetime | None


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of what is done inside, or, where it fails, nothing."""
    run(cursor, "BEGIN")
    try:
        yield
    except BaseException:
        run(cursor, "ROLLBACK")
        raise
    run(cursor, "COMMIT")


def open_for_import(store: Store) -> duckdb.DuckDBPyConnection:
    """A connection that may write. Raises StoreUnusable, as where another process is writing."""
    connection = open_records(store)
    cursor = connection.cursor()
    cursor.execute("SET memory_limit = $most", {"most": MEMORY})
    _clear_abandoned(cursor, store)
    for ddl in LEDGER.values():
        run(cursor, ddl.format(kind=""))
    for of in TABLES:
        run(cursor, history_sql(of))
    finish_rejects(store, _known(cursor))
    return connection


def _clear_abandoned(cursor: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Remove what a killed import left on disk of rows that did not fit: they hold people's numbers."""
    if not run(cursor, "SELECT 1 FROM duckdb_temporary_files() LIMIT 1"):
        shutil.rmtree(store.records.with_name(f"{store.records.name}.tmp"), ignore_errors=True)


def _known(cursor: duckdb.DuckDBPyConnection) -> set[int]:
    return {number for (number,) in run(cursor, "SELECT batch_id FROM batch")}


def next_batch_id(cursor: duckdb.DuckDBPyConnection) -> int:
    """The number of the next batch; none is given twice."""
    return one(cursor, NEXT_BATCH)


def batches(store: Store) -> list[Batch]:
    """Every batch, those taken back too, newest first; none where there are no records.

    Raises StoreUnusable where the records cannot be read.
    """
    if not store.records.exists():
        return []
    with read_records(store) as connection:
        cursor = connection.cursor()
        there = {name for (name,) in run(cursor, "SELECT table_name FROM duckdb_tables()")}
        for name, ddl in LEDGER.items():
            if name not in there:  # a store that nothing was imported into since it has such tables
                run(cursor, ddl.format(kind="TEMP"))
        return [Batch(*row) for row in run(cursor, LISTED)]


def take_back(store: Store, batch_id: int) -> Batch:
    """Take a batch back: for each of its keys the newest row that is left stands again.

    What stands then is what would stand had the batch never come. In one transaction. Raises
    IntakeError where there is no such batch, it was taken back before, or rows that stay would refer
    to what is not there; the text says which, and what to do.
    """
    found = {batch.batch_id: batch for batch in batches(store)}
    batch = found.get(batch_id)
    if batch is None:
        raise IntakeError(f"There is no batch {batch_id}. List them: python -m analytics batches")
    if batch.taken_back_at is not None:
        raise IntakeError(
            f"Batch {batch_id} was taken back before, on {batch.taken_back_at:%Y-%m-%d}."
            " Its file can be imported again."
        )
    with open_for_import(store) as connection:
        cursor = connection.cursor()
        with transaction(cursor):
            _take_back(cursor, batch)
    return next(b for b in batches(store) if b.batch_id == batch_id)


def _take_back(cursor: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    of = BY_NAME[batch.table]
    if of.name == "employee":
        reopen(cursor)
    _restore(cursor, of, batch.batch_id)
    run(
        cursor,
        "INSERT INTO taken_back SELECT *, $now, $next FROM batch WHERE batch_id = $batch_id",
        {
            "now": dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0),
            "next": next_batch_id(cursor),
            "batch_id": batch.batch_id,
        },
    )
    run(cursor, "DELETE FROM batch WHERE batch_id = $batch_id", {"batch_id": batch.batch_id})
    _refuse_lost(cursor, of, batch)
    _refuse_unknown(cursor, of, batch)
    if of.name == "employee":
        settle(cursor)
        _refuse_where(
            cursor,
            LOADED_OVERLAPS,
            batch,
            "spans of the same person would overlap: those that come back, and those of later"
            " batches. Take back the later batches of employee first.",
        )
    if of.name == "region":
        rows = "(SELECT *, rowid AS position FROM region)"
        _refuse_where(
            cursor,
            OF_NO_PROVINCE.format(rows=rows, known="region"),
            batch,
            "regions would lie in something that is no province. Take back the later batches of"
            " region first.",
        )


def _restore(cursor: duckdb.DuckDBPyConnection, of: Table, batch_id: int) -> None:
    """Remove a batch's rows, let the newest that are left stand, and say what stands for the rest."""
    history, number = f'"replaced_{of.name}"', {"batch_id": batch_id}
    names = ", ".join(f'"{name}"' for name in of.key)
    run(
        cursor,
        "CREATE OR REPLACE TEMP TABLE gone AS"
        f' SELECT DISTINCT {names} FROM "{of.name}" WHERE batch_id = $batch_id',
        number,
    )
    run(cursor, f'DELETE FROM "{of.name}" WHERE batch_id = $batch_id', number)
    run(cursor, f"DELETE FROM {history} WHERE batch_id = $batch_id", number)
    of_history = ", ".join(f'h."{name}"' for name in of.key)
    key = same_key(of, "h", "g")
    run(cursor, COMING_BACK.format(table=of.name, key=key, names=of_history))
    kept = "rowid IN (SELECT kept FROM coming_back)"
    run(
        cursor,
        f'INSERT INTO "{of.name}" SELECT * EXCLUDE (replaced_by) FROM {history} WHERE {kept}',
    )
    run(cursor, f"DELETE FROM {history} WHERE {kept}")
    run(
        cursor,
        f'UPDATE {history} AS h SET replaced_by = t.batch_id FROM "{of.name}" t'
        f" WHERE h.replaced_by = $batch_id AND {same_key(of, 'h', 't')}",
        number,
    )


def _refuse_lost(cursor: duckdb.DuckDBPyConnection, of: Table, batch: Batch) -> None:
    """Raise IntakeError where loaded rows refer to keys that go with the batch."""
    code = f'"{of.key[0]}"'
    lost = f'SELECT {code} FROM gone EXCEPT SELECT {code} FROM "{of.name}"'
    referring, codes = [], set()
    for other in TABLES:
        for column in other.columns:
            if column.refers_to != of.name:
                continue
            named = f'"{column.name}" IN ({lost})'
            found = run(
                cursor,
                f'SELECT batch_id, count(*), min("{column.name}"), max("{column.name}")'
                f' FROM "{other.name}" WHERE {named} GROUP BY batch_id ORDER BY batch_id',
            )
            for number, rows, first, last in found:
                referring.append(f"{rows:,} rows of {other.name} in batch {number}")
                codes |= {first, last}
    if referring:
        raise IntakeError(
            f"Batch {batch.batch_id} cannot be taken back, as loaded rows refer to what it holds"
            f" ({', '.join(sorted(codes)[:NAMED])}): {'; '.join(referring)}. Take those batches back"
            " first."
        )


def _refuse_unknown(cursor: duckdb.DuckDBPyConnection, of: Table, batch: Batch) -> None:
    """Raise IntakeError where a row that would come back refers to what is no longer loaded."""
    for column in of.columns:
        if column.refers_to is None:
            continue
        code = f'"{table(column.refers_to).key[0]}"'
        unknown = run(
            cursor,
            f'SELECT DISTINCT "{column.name}" FROM "{of.name}" WHERE "{column.name}" IS NOT NULL'
            f' AND "{column.name}" NOT IN (SELECT {code} FROM "{column.refers_to}") ORDER BY 1',
        )
        if unknown:
            codes = ", ".join(value for (value,) in unknown[:NAMED])
            raise IntakeError(
                f"Batch {batch.batch_id} cannot be taken back: rows that would come back in its"
                f" place refer to a {column.refers_to} that is no longer loaded ({codes}). Import"
                f" the {column.refers_to} again first."
            )


def _refuse_where(cursor: duckdb.DuckDBPyConnection, broken: str, batch: Batch, says: str) -> None:
    if one(cursor, f"SELECT count(*) FROM ({broken})"):
        raise IntakeError(f"Batch {batch.batch_id} cannot be taken back: {says}")
