"""The record store: one DuckDB file that import and demo write and only publishing reads."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.schema import SQL_TYPE, TABLES, Table, create_sql

DEFAULT_STORE = Path(__file__).resolve().parents[2] / "data" / "store"

BATCH_DDL = """
-- One row a file (or demo run) that was loaded.
CREATE TABLE batch (
  batch_id INTEGER PRIMARY KEY,
  source VARCHAR NOT NULL,
  table_name VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  extracted_on DATE NOT NULL,
  imported_at TIMESTAMP NOT NULL,
  rows_loaded BIGINT NOT NULL,
  rows_rejected BIGINT NOT NULL,
  synthetic BOOLEAN NOT NULL
)
"""


def history_sql(of: Table) -> str:
    """The DDL of a record table's history: rows that a batch gave and that do not hold now.

    It has the columns of the table, and `replaced_by`: the batch whose row stands in their place.
    """
    columns = ",\n  ".join(f'"{c.name}" {SQL_TYPE[c.kind]}' for c in of.columns)
    return (
        f'CREATE TABLE IF NOT EXISTS "replaced_{of.name}" (\n  {columns},\n'
        "  batch_id INTEGER,\n  line BIGINT,\n  replaced_by INTEGER\n)"
    )


class StoreUnusable(Exception):
    """A folder or file of the store cannot be used; says which, why, and what to do."""


def unusable(path: Path, error: Exception) -> StoreUnusable:
    """What an error of the system or of DuckDB about a store's file means to its owner."""
    if isinstance(error, OSError):
        return StoreUnusable(
            f"{path} cannot be made or read ({error.strerror})."
            " Name a folder that can, with --store or ASN_STORE."
        )
    if "lock" in str(error).lower():
        return StoreUnusable(
            f"{path} is in use by another process. Wait until it has ended, and try again."
        )
    return foreign(path)


def foreign(path: Path) -> StoreUnusable:
    """That a file is none that this dashboard has written."""
    return StoreUnusable(
        f"{path} is not a file of this dashboard, or is damaged. Put a copy of it back, move it"
        " away, or name another store with --store or ASN_STORE."
    )


@dataclass(frozen=True)
class Store:
    """Where everything of one store lives."""

    path: Path

    @property
    def records(self) -> Path:
        return self.path / "records.duckdb"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    @property
    def pointer(self) -> Path:
        return self.path / "current"

    @property
    def boundaries(self) -> Path:
        """Optional polygons, with Kemendagri codes, that replace the tile map."""
        return self.path / "boundaries.geojson"


def default_store() -> Store:
    """The store that ASN_STORE names, else data/store beside the code."""
    return Store(Path(os.environ.get("ASN_STORE") or DEFAULT_STORE))


def open_records(store: Store) -> duckdb.DuckDBPyConnection:
    """A connection that may write; makes the folder, the file and its tables on first use.

    Raises StoreUnusable where the folder or the file cannot be used.
    """
    try:
        store.path.mkdir(parents=True, exist_ok=True)
        if not store.records.exists():
            _make_records(store)
        connection = duckdb.connect(str(store.records))
    except (OSError, duckdb.IOException) as error:
        raise unusable(store.records, error) from error
    if "batch" not in _tables(connection):
        _make_tables(connection)
    return connection


def _make_records(store: Store) -> None:
    """Make the file beside and put it in its place whole: a killed run leaves none half made."""
    for abandoned in store.path.glob("records.*.part*"):
        abandoned.unlink()
    making = store.path / f"records.{secrets.token_hex(3)}.part"
    with duckdb.connect(str(making)) as connection:
        _make_tables(connection)
    if not store.records.exists():
        making.replace(store.records)
    making.unlink(missing_ok=True)


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    with_transaction = connection.cursor()
    with_transaction.execute("BEGIN")
    with_transaction.execute(BATCH_DDL)
    for table in TABLES:
        with_transaction.execute(create_sql(table))
    with_transaction.execute("COMMIT")


def read_records(store: Store) -> duckdb.DuckDBPyConnection:
    """A connection that only reads records that are there. Raises StoreUnusable."""
    try:
        return duckdb.connect(str(store.records), read_only=True)
    except duckdb.IOException as error:
        raise unusable(store.records, error) from error


def refuse_unreadable(store: Store) -> None:
    """Raise StoreUnusable where there are records that cannot be read, or that are something else."""
    if not store.records.exists():
        return
    with read_records(store) as connection:
        if "batch" not in _tables(connection):
            raise foreign(store.records)


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    found = connection.cursor().execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return {name for (name,) in found}
