"""A snapshot of version 2 made from one of version 1, by leaving out what is not published any more."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb

from analytics.metrics import METRICS
from analytics.metrics.base import Mean, Quantile
from analytics.metrics.rows import ROW_TABLES
from analytics.store.records import Store
from analytics.store.snapshots import current_id, snapshot_path

CYCLES = """
CREATE TABLE evaluation_cycle AS
-- One row is a place and a quarter or year, and what its evaluations were made for.
SELECT DISTINCT level, place, grain, period, 'own' AS cycle
FROM cell_appraisal WHERE level = 0 AND breakdown = '' AND grain <> 'month'
"""


def as_version_two(store: Store, to: Path, *, unfinished: int | None = None) -> Store:
    """A copy of a store whose served snapshot has the cells of version 2.

    Breakdowns of people are left by year alone, at agencies without the year that is `unfinished`;
    pairs are left for provinces and everywhere.
    """
    made = Store(to)
    shutil.copytree(store.path, made.path)
    with duckdb.connect(str(served(made))) as connection:
        for table in ROW_TABLES.values():
            if _exists(connection, f"cell_{table.name}"):
                _leave_out(connection, table.name, table.personal, unfinished)
        _without_spread(connection)
        if not _exists(connection, "evaluation_cycle") and _exists(connection, "cell_appraisal"):
            connection.execute(CYCLES)
    sign(made)
    return made


def sign(store: Store) -> None:
    """Give the manifest of the snapshot that a store serves the hash of its file as it is now."""
    path = served(store).with_suffix(".json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["sha256"] = hashlib.sha256(served(store).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf-8")


def served(store: Store) -> Path:
    """The file that a store serves."""
    return snapshot_path(store, str(current_id(store)))


def read(store: Store, sql: str) -> list[tuple]:
    """Rows of the snapshot that a store serves; nothing is left open, so it can be changed after."""
    with duckdb.connect(str(served(store))) as connection:
        return connection.execute(sql).fetchall()


def change(store: Store, sql: str) -> None:
    """Change the snapshot that a store serves."""
    with duckdb.connect(str(served(store))) as connection:
        connection.execute(sql)
    sign(store)


def of_older_protection(store: Store, to: Path, *, keep: str | None = None) -> Store:
    """A copy of a store whose snapshots were made under older rules, but for the one to keep."""
    made = Store(to)
    shutil.copytree(store.path, made.path)
    for path in made.snapshots.glob("*.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["id"] != keep:
            del manifest["protection"]
            path.write_text(json.dumps(manifest), encoding="utf-8")
    return made


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table])
    return found.fetchone() is not None


def _leave_out(
    connection: duckdb.DuckDBPyConnection, name: str, personal: bool, unfinished: int | None
) -> None:
    cells = f"cell_{name}"
    connection.execute(f"DELETE FROM {cells} WHERE kind <> '' OR place < 0")
    if personal:
        connection.execute(
            f"DELETE FROM {cells} WHERE breakdown <> ''"
            " AND (grain <> 'year' OR (contains(breakdown::VARCHAR, ',') AND level > 1)"
            "      OR (level = 3 AND extract(year FROM period) = $unfinished))",
            {"unfinished": unfinished or 0},
        )
    for column in ("row_count", "quarterly_rows", "annual_rows"):
        connection.execute(f"ALTER TABLE {cells} DROP COLUMN IF EXISTS {column}")


def _without_spread(connection: duckdb.DuckDBPyConnection) -> None:
    """Withhold sums of squares and bins of fewer than 30 people."""
    rows = connection.execute(
        "SELECT metric, part, table_name, column_name, people_column FROM metric_part"
    ).fetchall()
    for metric, part, table, column, people in rows:
        spread = part == "squares" or part.startswith("bin_")
        if spread and isinstance(METRICS[metric], Mean | Quantile):
            connection.execute(f"UPDATE cell_{table} SET {column} = NULL WHERE {people} < 30")
