"""Importing files: read, check across files, and load in one transaction or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics.intake.across import check_across
from analytics.intake.agencies import resolve_agencies
from analytics.intake.findings import ImportRefused, ImportReport, IntakeError
from analytics.intake.headings import recognise
from analytics.intake.profiles import Profile, load_profiles, profile_named
from analytics.intake.pseudonyms import key_mark, pseudonyms, read_key
from analytics.intake.query import one, run
from analytics.intake.regions import SHIPPED_REGIONS
from analytics.intake.rejects import write_rejects
from analytics.intake.sources import Sheet, Unreadable, fingerprint, sheets_of
from analytics.intake.staging import GOOD, Staged, findings, make_good, stage
from analytics.intake.understanding import LeftOut, Understood, understand
from analytics.schema import BY_NAME, TABLES, Kind, Table
from analytics.store.records import Store, open_records
from analytics.text.phrase import Phrase

LOAD_ORDER = {table.name: position for position, table in enumerate(TABLES)}
"""The contract lists what is referred to before what refers to it."""

PSEUDONYM_BATCH = 100_000

INTAKE_DDL = """
-- One row is a kind of finding in a batch, and how many rows it concerns.
CREATE TABLE IF NOT EXISTS import_finding (
  batch_id INTEGER NOT NULL, table_name VARCHAR NOT NULL, rule VARCHAR NOT NULL, rows BIGINT NOT NULL
);
-- One row is a mark of the key that employee numbers were hashed with.
CREATE TABLE IF NOT EXISTS pseudonym_key (mark VARCHAR NOT NULL);
"""

Progress = Callable[[str, float], None]


def quiet(what: str, share: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Source:
    """A file to import: its content's hash, and when it was taken from its source system."""

    path: Path
    sha256: str
    extracted_on: dt.date
    blank_lines: bool
    name: str


def import_files(
    store: Store,
    files: Sequence[Path],
    *,
    table: str | None = None,
    keep_good: bool = False,
    extracted_on: dt.date | None = None,
    replace_demo: bool = False,
    profile: str | None = None,
    progress: Progress = quiet,
) -> list[ImportReport]:
    """Check files against the contract and load them: all of them, or nothing.

    Returns a report for each table of each file, in the order given. Files are read by the store's
    profile for their headings, or by the one that `profile` names. With `keep_good`, good rows
    are loaded and the others written to the store's `rejects` folder. Raises ImportRefused, with
    everything that is wrong in all files, where a row is bad and `keep_good` is not asked for, or
    where a file cannot be matched with the contract; IntakeError where the store or the key cannot
    take the files. Nothing is changed then.
    """
    if table is not None and table not in BY_NAME:
        raise IntakeError(f"There is no table {table!r}. Name one of: {', '.join(BY_NAME)}.")
    connection = open_for_import(store)
    try:
        cursor = connection.cursor()
        _refuse_beside_demo(cursor, replace_demo=replace_demo)
        run = _Run(cursor, store, keep_good, progress)
        run.profiles = load_profiles(store)
        run.profile = profile_named(store, profile) if profile else None
        sources = [_source(Path(file), extracted_on) for file in files]
        return run.all(sources, table, replace_demo=replace_demo)
    finally:
        connection.close()


def open_for_import(store: Store) -> duckdb.DuckDBPyConnection:
    """A connection that may write. Raises StoreUnusable, as where another process is writing."""
    connection = open_records(store)
    run(connection.cursor(), INTAKE_DDL)
    return connection


def refuse_over_real_data(store: Store) -> None:
    """Raise IntakeError where the store holds imported data, which a demo would replace."""
    if not store.records.exists():
        return
    with open_for_import(store) as connection:
        if one(connection.cursor(), "SELECT count(*) FROM batch WHERE NOT synthetic"):
            raise IntakeError(
                f"{store.path} holds imported data, which demo data would replace."
                " Make the demo in another store (--store DIR)."
            )


def _source(path: Path, extracted_on: dt.date | None) -> Source:
    if not path.is_file():
        raise IntakeError(f"{path} does not exist or is not a file. Check its name and folder.")
    sha256, blank_lines = fingerprint(path)
    taken = extracted_on or dt.date.fromtimestamp(path.stat().st_mtime)
    name = "data/regions.csv" if path == SHIPPED_REGIONS else path.name
    return Source(path, sha256, taken, blank_lines, name)


def _refuse_beside_demo(cursor: duckdb.DuckDBPyConnection, *, replace_demo: bool) -> None:
    if not replace_demo and one(cursor, "SELECT count(*) FROM batch WHERE synthetic"):
        raise IntakeError(
            "This store holds demo data. Import into another store (--store DIR) or pass"
            " --replace-demo, which removes it."
        )


@dataclass(frozen=True)
class Intake:
    """A staged sheet and the file it is from."""

    staged: Staged
    source: Source


@dataclass
class _Run:
    """One import: all of its files, in one transaction."""

    cursor: duckdb.DuckDBPyConnection
    store: Store
    keep_good: bool
    progress: Progress
    key: bytes | None = None
    profiles: Sequence[Profile] = ()
    profile: Profile | None = None

    def all(
        self, sources: list[Source], table: str | None, *, replace_demo: bool
    ) -> list[ImportReport]:
        reports: list[ImportReport] = []
        staged: list[Intake] = []
        seen: set[str] = set()
        for number, source in enumerate(sources):
            self.progress(f"Reading {source.name}", number / (2 * len(sources)))
            again = self._again(source, seen)
            seen.add(source.sha256)
            reports.extend([again] if again else self._read(source, table, staged))
        if any(report.findings for report in reports):
            raise ImportRefused(reports + [self._report(intake) for intake in staged])
        if staged and self._lacks_regions(staged):
            self._read(_source(SHIPPED_REGIONS, None), "region", staged)
        self._hash_numbers(staged)
        return reports + (self._load(staged, replace_demo=replace_demo) if staged else [])

    def _lacks_regions(self, staged: list[Intake]) -> bool:
        kept = one(
            self.cursor,
            "SELECT count(*) FROM region"
            " WHERE batch_id NOT IN (SELECT batch_id FROM batch WHERE synthetic)",
        )
        return not kept and all(intake.staged.table.name != "region" for intake in staged)

    def _again(self, source: Source, seen: set[str]) -> ImportReport | None:
        """A report that says so where this very file is already loaded."""
        loaded = run(
            self.cursor,
            "SELECT table_name, imported_at FROM batch WHERE sha256 = $sha256 AND NOT synthetic",
            {"sha256": source.sha256},
        )
        if not loaded and source.sha256 not in seen:
            return None
        when = f"on {loaded[0][1]:%Y-%m-%d}" if loaded else "earlier in this import"
        note = f"this very file was already loaded {when}; nothing was done"
        return ImportReport(source.name, None, loaded[0][0] if loaded else None, notes=(note,))

    def _read(self, source: Source, table: str | None, staged: list[Intake]) -> list[ImportReport]:
        """Stage the sheets of a file; reports of those that cannot be matched with the contract."""
        try:
            sheets = sheets_of(source.path, blank_lines=source.blank_lines)
        except Unreadable as error:
            return [ImportReport(source.name, None, table, findings=error.findings)]
        reports = []
        for sheet in sheets:
            found = self._stage(sheet, table, len(staged) + 1, source.extracted_on)
            if isinstance(found, ImportReport):
                reports.append(found)
            else:
                staged.append(Intake(found, source))
        return reports

    def _stage(
        self, sheet: Sheet, table: str | None, number: int, extracted_on: dt.date
    ) -> Staged | ImportReport:
        file, name = sheet.file.name, sheet.name
        try:
            found = understand(sheet, table=table, profiles=self.profiles, profile=self.profile)
            if isinstance(found, LeftOut):
                left = Phrase("was left out, as profile {name} says", name=found.profile.name)
                return ImportReport(file, name, None, notes=(left,))
            if isinstance(found, Understood):
                return stage(self.cursor, number, found.sheet, found.match, extracted_on)
        except Unreadable as error:
            return ImportReport(file, name, table, findings=error.findings)
        of = recognise(sheet.file, sheet.name, sheet.headings)
        told = table or (of.name if isinstance(of, Table) else None)
        asked = tuple(question.finding(file, name) for question in found)
        return ImportReport(file, name, told, findings=asked, questions=tuple(found))

    def _report(self, intake: Intake) -> ImportReport:
        staged = intake.staged
        listed, counts = findings(self.cursor, staged)
        rejected = one(
            self.cursor, f"SELECT count(DISTINCT position) FROM {staged.relation('fault')}"
        )
        return ImportReport(
            intake.source.name,
            staged.sheet.name,
            staged.table.name,
            rows_rejected=rejected + len(staged.malformed),
            findings=listed,
            counts=counts,
            notes=tuple(staged.notes),
        )

    def _hash_numbers(self, staged: list[Intake]) -> None:
        """Make `pseudonym`: one row is a person's number in the files and its keyed hash."""
        run(self.cursor, "CREATE TEMP TABLE pseudonym (number VARCHAR, pseudonym UUID)")
        columns = [
            f'SELECT "{column.name}" AS number FROM {intake.staged.relation("row")}'
            f" WHERE state = {GOOD}"
            for intake in staged
            for column in intake.staged.table.columns
            if column.kind is Kind.PERSON
        ]
        if not columns:
            return
        self.key = key = read_key()
        self._check_key(key)
        found = self.cursor.sql(f"SELECT DISTINCT number FROM ({' UNION ALL '.join(columns)})")
        distinct = found.to_arrow_table().column(0)
        for start in range(0, len(distinct), PSEUDONYM_BATCH):
            numbers = distinct.slice(start, PSEUDONYM_BATCH)
            hashed = pa.array(pseudonyms(key, numbers.to_pylist()))
            self.cursor.register("hashed", pa.table({"number": numbers, "hash": hashed}))
            run(self.cursor, "INSERT INTO pseudonym SELECT number, CAST(hash AS UUID) FROM hashed")
            self.cursor.unregister("hashed")

    def _check_key(self, key: bytes) -> None:
        marks = [m for (m,) in run(self.cursor, "SELECT mark FROM pseudonym_key")]
        if marks and key_mark(key) not in marks:
            raise IntakeError(
                "The employee numbers in this store were hashed with another key, so the same"
                " person would count twice. Name the file of that key in ASN_KEY_FILE."
            )

    def _load(self, staged: list[Intake], *, replace_demo: bool) -> list[ImportReport]:
        """Check across sheets and load, in one transaction that a refusal undoes."""
        reports: dict[int, ImportReport] = {}
        try:
            with transaction(self.cursor):
                if replace_demo:
                    _remove_demo(self.cursor)
                self._mark_key()
                self._load_in_order(staged, reports)
        except BaseException:
            for report in reports.values():
                if report.rejects is not None:
                    report.rejects.unlink()  # rows of people that belong to no batch
            raise
        self.progress("Loaded", 1.0)
        return [reports[number] for number in sorted(reports)]

    def _load_in_order(self, staged: list[Intake], reports: dict[int, ImportReport]) -> None:
        """Load what is referred to before what refers to it. Raises ImportRefused."""
        in_order = sorted(staged, key=lambda intake: LOAD_ORDER[intake.staged.table.name])
        for position, intake in enumerate(in_order):
            what = f"Checking and loading {intake.source.name}"
            self.progress(what, 0.5 + position / (2 * len(in_order)))
            before = [] if self.keep_good else [i.staged for i in in_order[:position]]
            reports[intake.staged.number] = self._load_sheet(intake, before)
        if not self.keep_good and any(report.rows_rejected for report in reports.values()):
            refused = (reports[number] for number in sorted(reports))
            raise ImportRefused([replace(r, batch_id=None, rows_loaded=0) for r in refused])

    def _load_sheet(self, intake: Intake, before: list[Staged]) -> ImportReport:
        cursor, staged, of = self.cursor, intake.staged, intake.staged.table
        resolve_agencies(cursor, staged)
        make_good(cursor, staged)
        own = [] if self.keep_good else [staged]
        check_across(cursor, staged, [*before, *own])
        batch_id = one(cursor, "SELECT coalesce(max(batch_id), 0) + 1 FROM batch")
        names = ", ".join(f'"{column.name}"' for column in of.columns)
        loaded = one(
            cursor,
            f'INSERT INTO "{of.name}" ({names}, batch_id, line)'
            f" SELECT {names}, {batch_id}, line FROM {staged.relation('good')}",
        )
        report = self._report(intake)
        _write_batch(cursor, intake, batch_id, loaded, report)
        rejects = write_rejects(cursor, self.store, staged, batch_id) if self.keep_good else None
        return replace(report, batch_id=batch_id, rows_loaded=loaded, rejects=rejects)

    def _mark_key(self) -> None:
        if self.key is not None:
            run(
                self.cursor,
                "INSERT INTO pseudonym_key SELECT $mark"
                " WHERE NOT EXISTS (SELECT 1 FROM pseudonym_key)",
                {"mark": key_mark(self.key)},
            )


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


def _write_batch(
    cursor: duckdb.DuckDBPyConnection,
    intake: Intake,
    batch_id: int,
    loaded: int,
    report: ImportReport,
) -> None:
    source = intake.source
    run(
        cursor,
        "INSERT INTO batch VALUES ($batch_id, $source, $table_name, $sha256, $extracted_on,"
        " $imported_at, $loaded, $rejected, false)",
        {
            "batch_id": batch_id,
            "source": source.name,
            "table_name": intake.staged.table.name,
            "sha256": source.sha256,
            "extracted_on": source.extracted_on,
            "imported_at": dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0),
            "loaded": loaded,
            "rejected": report.rows_rejected,
        },
    )
    for rule, rows in report.counts:
        run(
            cursor,
            "INSERT INTO import_finding VALUES ($batch_id, $table_name, $rule, $rows)",
            {
                "batch_id": batch_id,
                "table_name": intake.staged.table.name,
                "rule": rule,
                "rows": rows,
            },
        )


def _remove_demo(cursor: duckdb.DuckDBPyConnection) -> None:
    for table in TABLES:
        run(
            cursor,
            f'DELETE FROM "{table.name}"'
            " WHERE batch_id IN (SELECT batch_id FROM batch WHERE synthetic)",
        )
    run(cursor, "DELETE FROM batch WHERE synthetic")
