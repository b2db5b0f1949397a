"""The record store: one DuckDB file that import and demo write and only publishing reads."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.schema import SQL_TYPE, TABLES, Table, create_sql
from analytics.text.phrase import Phrase

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


FAULTS = (OSError, duckdb.Error)
"""What the system or DuckDB raise; `fault_of` says of which a reader can mend something."""
NO_ROOM = re.compile(r"no space left|file too large|quota exceeded|max_temp_directory_size", re.I)
NOT_ALLOWED = re.compile(r"permission denied|read-only file system|not permitted", re.I)
DAMAGED = re.compile(
    r"corrupt|checksum|not a valid duckdb|deserializ|serialization|could not read|metadata|wal file",
    re.I,
)
NO_ROOM_NUMBERS = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def fault_of(error: Exception) -> StoreUnusable | None:
    """What an error of the system or of DuckDB means to whoever runs this; None where it is none
    of a disk, a folder or a file."""
    if isinstance(error, OSError):
        return _of_system(error)
    said = str(error)
    if NO_ROOM.search(said):
        return no_room()
    if NOT_ALLOWED.search(said):
        return not_allowed(_named_in(said))
    if "lock" in said.lower() and isinstance(error, duckdb.IOException):
        return in_use(_named_in(said))
    if isinstance(error, duckdb.IOException) or DAMAGED.search(said):
        return StoreUnusable(
            Phrase(
                "A file of the store is damaged ({error}). Put a copy of it back, or import the files"
                " again into another store with --store or ASN_STORE.",
                error=said.splitlines()[0][:200],
            )
        )
    return None


def _of_system(error: OSError) -> StoreUnusable:
    if error.errno in NO_ROOM_NUMBERS:
        return no_room()
    where = str(error.filename or "")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return not_allowed(where)
    return StoreUnusable(
        Phrase(
            "{where} ({error}). Check that it exists, that you may read and write there, and that"
            " the disk has room.",
            where=where or "–",
            error=error.strerror or str(error),
        )
    )


def _named_in(said: str) -> str:
    found = re.search(r"[\"']([^\"']+)[\"']", said)
    return found[1] if found else "–"


def no_room() -> StoreUnusable:
    """That the disk is full."""
    return StoreUnusable(
        Phrase(
            "The disk is full, or a file may not grow any more. What was shown before is shown still."
            " Free some room, and do the same again."
        )
    )


def in_use(path: Path | str) -> StoreUnusable:
    """That another process holds a file."""
    return StoreUnusable(
        Phrase(
            "{path} is in use by another process. Wait until it has ended, and try again.",
            path=str(path),
        )
    )


def not_allowed(path: Path | str) -> StoreUnusable:
    """That the system does not let this be written or read."""
    return StoreUnusable(
        Phrase(
            "{path} may not be read or written by the account that runs this. Give it the right to,"
            " or name another folder with --store or ASN_STORE.",
            path=str(path),
        )
    )


def unusable(path: Path, error: Exception) -> StoreUnusable:
    """What an error of the system or of DuckDB about a store's file means to its owner."""
    said = str(error)
    if NO_ROOM.search(said) or getattr(error, "errno", None) in NO_ROOM_NUMBERS:
        return no_room()
    if isinstance(error, OSError):
        return StoreUnusable(
            Phrase(
                "{path} cannot be made or read ({error})."
                " Name a folder that can, with --store or ASN_STORE.",
                path=str(path),
                error=str(error.strerror),
            )
        )
    if "lock" in said.lower():
        return in_use(path)
    return not_allowed(path) if NOT_ALLOWED.search(said) else foreign(path)


def foreign(path: Path) -> StoreUnusable:
    """That a file is none that this dashboard has written."""
    return StoreUnusable(
        Phrase(
            "{path} is not a file of this dashboard, or is damaged. Put a copy of it back, move it"
            " away, or name another store with --store or ASN_STORE.",
            path=str(path),
        )
    )


def refuse_older(connection: duckdb.DuckDBPyConnection, path: Path, database: str) -> None:
    """Raise StoreUnusable where the records lack a table or a column that today's have."""
    there = set(
        connection.cursor()
        .execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?",
            [database],
        )
        .fetchall()
    )
    for table in TABLES:
        for column in table.columns:
            if (table.name, column.name) not in there:
                raise StoreUnusable(
                    Phrase(
                        "{path} was written by another version of this dashboard: it has no column"
                        " {column} of {table}. Keep it as it is, import the files into a new store"
                        " (--store or ASN_STORE), and publish that.",
                        path=str(path),
                        column=column.name,
                        table=table.name,
                    )
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


def make_folder(path: Path) -> None:
    """Make a folder of the store that its owner alone may open (700 on POSIX)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def make_private(path: Path) -> None:
    """Let the owner alone read a file (600 on POSIX)."""
    path.chmod(0o600)


WORK = "work-"
WORK_FILE = "work.duckdb"
YOUNG = 60  # seconds in which a folder may still be without the file that shows it is in use
_at_work: set[Path] = set()


@contextmanager
def work_folder(store: Store, name: str) -> Iterator[Path]:
    """A private folder of the store for unprotected sums, removed at the end; `clear_abandoned`
    removes it where the process was killed."""
    folder = (store.path / f"{WORK}{name}").resolve()
    _at_work.add(folder)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _at_work.discard(folder)


def clear_abandoned(store: Store) -> None:
    """Remove the unprotected sums that killed runs left behind; folders in use are left alone.

    Without any it costs one look into the store's folder.
    """
    for folder in store.path.glob(f"{WORK}*"):
        if folder.is_dir() and folder.resolve() not in _at_work and not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)
    for leftover in store.snapshots.glob(f"{WORK}*.part*"):  # as versions before this one made them
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        elif not _is_locked(leftover):
            leftover.unlink(missing_ok=True)


def _in_use(folder: Path) -> bool:
    file = folder / WORK_FILE
    try:
        return _is_locked(file) if file.exists() else time.time() - folder.stat().st_mtime < YOUNG
    except FileNotFoundError:
        return False  # it is just being removed


def _is_locked(file: Path) -> bool:
    """Whether another process holds the lock that DuckDB takes on a file.

    Asked of the system: opening the file would read its log in, which can be gigabytes.
    """
    if os.name != "posix":
        return False  # Windows removes no file that is open
    import fcntl

    with file.open("r+b") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def open_records(store: Store) -> duckdb.DuckDBPyConnection:
    """A connection that may write; makes the folder, the file and its tables on first use.

    Raises StoreUnusable where the folder or the file cannot be used.
    """
    try:
        make_folder(store.path)
        if not store.records.exists():
            _make_records(store)
        connection = duckdb.connect(str(store.records))
    except (OSError, duckdb.Error) as error:
        raise unusable(store.records, error) from error
    try:
        if "batch" not in _tables(connection):
            _make_tables(connection)
        refuse_older(connection, store.records, store.records.stem)
    except StoreUnusable:
        connection.close()
        raise
    return connection


def _make_records(store: Store) -> None:
    """Make the file beside and put it in its place whole: a killed run leaves none half made."""
    for abandoned in store.path.glob("records.*.part*"):
        abandoned.unlink()
    making = store.path / f"records.{secrets.token_hex(3)}.part"
    with duckdb.connect(str(making)) as connection:
        _make_tables(connection)
    make_private(making)
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
    except duckdb.Error as error:
        raise unusable(store.records, error) from error


def refuse_unreadable(store: Store) -> None:
    """Raise StoreUnusable where there are records that cannot be read, or that are something else."""
    if not store.records.exists():
        return
    with read_records(store) as connection:
        if "batch" not in _tables(connection):
            raise foreign(store.records)
        refuse_older(connection, store.records, store.records.stem)


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    found = connection.cursor().execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return {name for (name,) in found}
