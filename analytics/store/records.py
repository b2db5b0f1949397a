"""The record store: one DuckDB file that import and demo write and only publishing reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.schema import TABLES, create_sql

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
    """A connection that may write; makes the folder, the file and its tables on first use."""
    store.path.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(store.records))
    made = {
        name
        for (name,) in connection.cursor()
        .execute("SELECT table_name FROM duckdb_tables()")
        .fetchall()
    }
    if "batch" not in made:
        with_transaction = connection.cursor()
        with_transaction.execute("BEGIN")
        with_transaction.execute(BATCH_DDL)
        for table in TABLES:
            with_transaction.execute(create_sql(table))
        with_transaction.execute("COMMIT")
    return connection
