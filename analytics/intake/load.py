"""Importing files: read, check across files, and load in one transaction or not at all."""

from __future__ import annotations

import datetime as dt
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics.intake.across import check_across
from analytics.intake.agencies import resolve_agencies
from analytics.intake.batches import next_batch_id, open_for_import, transaction
from analytics.intake.findings import ImportRefused, ImportReport, IntakeError
from analytics.intake.headings import recognise
from analytics.intake.profiles import Profile, load_profiles, profile_named
from analytics.intake.pseudonyms import KEY_BYTES, key_file, key_mark, pseudonyms, read_key
from analytics.intake.query import one, run
from analytics.intake.regions import SHIPPED_REGIONS
from analytics.intake.rejects import finish_rejects, keep_rejects, write_rejects
from analytics.intake.sources import Sheet, Unreadable, fingerprint, sheets_of
from analytics.intake.spans import note_absent, reopen, settle
from analytics.intake.staging import GOOD, Staged, findings, make_good, stage, warned
from analytics.intake.understanding import LeftOut, Understood, understand
from analytics.intake.versions import load_rows
from analytics.intake.ways import Loaded, loaded_of, rejected_from, way_of
from analytics.schema import BY_NAME, TABLES, Kind, Table
from analytics.store.records import Store
from analytics.text.phrase import Phrase

SHIPPED_ON = dt.date(2025, 1, 1)
"""The list of regions is as a regulation of 2025 has it; what an office says later counts before it."""

LOAD_ORDER = {table.name: position for position, table in enumerate(TABLES)}
"""The contract lists what is referred to before what refers to it."""

PSEUDONYM_BATCH = 100_000

Progress = Callable[[str, float], None]


def quiet(what: str, share: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Source:
    """A file to import: its content's hash, and when it was taken from its source system.

    `day_was_told` says that the day is known, and not only when the file was saved.
    """

    path: Path
    sha256: str
    extracted_on: dt.date
    day_was_told: bool
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
    dry_run: bool = False,
    profile: str | None = None,
    progress: Progress = quiet,
) -> list[ImportReport]:
    """Check files against the contract and load them: all of them, or nothing.

    Returns a report for each table of each file, in the order given. Files are read by the store's
    profile for their headings, or by the one that `profile` names. With `keep_good`, good rows
    are loaded and the others written to the store's `rejects` folder. With `dry_run`, everything is
    checked and counted as it would be, and nothing is changed. Raises ImportRefused, with
    everything that is wrong in all files, where a row is bad and `keep_good` is not asked for, or
    where a file cannot be matched with the contract; IntakeError where the store or the key cannot
    take the files. Nothing is changed then.
    """
    if table is not None and table not in BY_NAME:
        raise IntakeError(f"There is no table {table!r}. Name one of: {', '.join(BY_NAME)}.")
    request = Request(table, keep_good, extracted_on, replace_demo, dry_run, profile)
    if dry_run and not store.records.exists():
        with tempfile.TemporaryDirectory() as folder:
            return _import(Store(Path(folder)), files, request, progress)
    return _import(store, files, request, progress)


@dataclass(frozen=True)
class Request:
    """What is asked of an import; the parameters of `import_files`."""

    table: str | None
    keep_good: bool
    extracted_on: dt.date | None
    replace_demo: bool
    dry_run: bool
    profile: str | None


def _import(
    store: Store, files: Sequence[Path], request: Request, progress: Progress
) -> list[ImportReport]:
    connection = open_for_import(store)
    try:
        cursor = connection.cursor()
        _refuse_beside_demo(cursor, replace_demo=request.replace_demo)
        run = _Run(cursor, store, request, progress)
        run.profiles = load_profiles(store)
        run.profile = profile_named(store, request.profile) if request.profile else None
        return run.all([_source(Path(file), request.extracted_on) for file in files])
    finally:
        connection.close()


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
    """A file, extracted on the day given, or else when it was saved."""
    if not path.is_file():
        raise IntakeError(f"{path} does not exist or is not a file. Check its name and folder.")
    sha256, blank_lines = fingerprint(path)
    taken = extracted_on or dt.date.fromtimestamp(path.stat().st_mtime)
    name = "data/regions.csv" if path == SHIPPED_REGIONS else path.name
    return Source(path, sha256, taken, extracted_on is not None, blank_lines, name)


def _refuse_beside_demo(cursor: duckdb.DuckDBPyConnection, *, replace_demo: bool) -> None:
    if not replace_demo and one(cursor, "SELECT count(*) FROM batch WHERE synthetic"):
        raise IntakeError(
            "This store holds demo data. Import into another store (--store DIR) or pass"
            " --replace-demo, which removes it."
        )


@dataclass(frozen=True)
class Intake:
    """A staged sheet, the file it is from, and the way it is read."""

    staged: Staged
    source: Source
    way: str


class _Undone(Exception):
    """A dry run has come to its end."""


@dataclass
class _Run:
    """One import: all of its files, in one transaction."""

    cursor: duckdb.DuckDBPyConnection
    store: Store
    request: Request
    progress: Progress
    key: bytes | None = None
    profiles: Sequence[Profile] = ()
    profile: Profile | None = None

    def all(self, sources: list[Source]) -> list[ImportReport]:
        reports: list[ImportReport] = []
        staged: list[Intake] = []
        seen: set[str] = set()
        for number, source in enumerate(sources):
            self.progress(f"Reading {source.name}", number / (2 * len(sources)))
            again = self._again(source, seen)
            seen.add(source.sha256)
            reports.extend([again] if again else self._read(source, self.request.table, staged))
        if any(report.refusing for report in reports):
            raise ImportRefused(reports + [self._report(intake) for intake in staged])
        if staged and self._lacks_regions(staged):
            self._read(_source(SHIPPED_REGIONS, SHIPPED_ON), "region", staged)
        self._hash_numbers(staged)
        return reports + (self._load(staged) if staged else [])

    def _lacks_regions(self, staged: list[Intake]) -> bool:
        kept = one(
            self.cursor,
            "SELECT count(*) FROM region"
            " WHERE batch_id NOT IN (SELECT batch_id FROM batch WHERE synthetic)",
        )
        return not kept and all(intake.staged.table.name != "region" for intake in staged)

    def _again(self, source: Source, seen: set[str]) -> ImportReport | None:
        """A report that says so where this very file stands twice in the import.

        Or where it is loaded and it is not known in which way, as in a store of before.
        """
        loaded = loaded_of(self.cursor, source.sha256)
        if loaded and (source.sha256 in seen or any(one.way is None for one in loaded)):
            return _loaded_before(source.name, None, loaded[0])
        if source.sha256 in seen:
            note = Phrase("this very file stands earlier in this import; nothing was done")
            return ImportReport(source.name, None, None, notes=(note,))
        return None

    def _read(self, source: Source, table: str | None, staged: list[Intake]) -> list[ImportReport]:
        """Stage the sheets of a file; reports of those that are not to be loaded."""
        try:
            sheets = sheets_of(source.path, blank_lines=source.blank_lines)
        except Unreadable as error:
            return [ImportReport(source.name, None, table, findings=error.findings)]
        reports = []
        for sheet in sheets:
            found = self._stage(sheet, source, table, len(staged) + 1)
            if isinstance(found, ImportReport):
                reports.append(found)
            else:
                staged.append(found)
        return reports

    def _stage(
        self, sheet: Sheet, source: Source, table: str | None, number: int
    ) -> Intake | ImportReport:
        file, name = sheet.called, sheet.within
        try:
            day, rejected, way = rejected_from(self.cursor, sheet)
            table = table or rejected
            found = understand(
                sheet, table=table, profiles=self.profiles, profile=self.profile, way=way
            )
            if isinstance(found, LeftOut):
                left = Phrase("was left out, as profile {name} says", name=found.profile.name)
                return ImportReport(file, name, None, notes=(left,))
            if isinstance(found, Understood):
                if day is None or source.day_was_told:
                    day = source.extracted_on
                return self._staged(found, source, number, day)
        except Unreadable as error:
            return ImportReport(file, name, table, findings=error.findings)
        of = recognise(sheet.file, sheet.name, sheet.headings)
        told = table or (of.name if isinstance(of, Table) else None)
        asked = tuple(question.finding(file, name) for question in found)
        return ImportReport(file, name, told, findings=asked, questions=tuple(found))

    def _staged(
        self, found: Understood, source: Source, number: int, extracted_on: dt.date
    ) -> Intake | ImportReport:
        """A table as it is staged, or a report that says so where it is loaded in just this way."""
        sheet, of = found.sheet, found.match.table
        way = way_of(sheet, found.match)
        for before in loaded_of(self.cursor, source.sha256):
            if (before.table, before.sheet, before.way) == (of.name, sheet.within, way):
                return _loaded_before(sheet.called, sheet.within, before)
        staged = stage(self.cursor, number, sheet, found.match, extracted_on)
        return Intake(staged, source, way)

    def _report(self, intake: Intake) -> ImportReport:
        staged = intake.staged
        listed, counts = findings(self.cursor, staged)
        rejected = one(
            self.cursor, f"SELECT count(DISTINCT position) FROM {staged.relation('fault')}"
        )
        part = staged.sheet.part
        return ImportReport(
            staged.sheet.called if part else intake.source.name,
            staged.sheet.within,
            staged.table.name,
            rows_rejected=rejected + len(staged.malformed),
            findings=listed,
            counts=counts,
            warned=warned(self.cursor, staged),
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
        # A dry run makes no key: where none was made, no person is loaded to compare with.
        made = key_file().exists() or not self.request.dry_run
        self.key = key = read_key() if made else secrets.token_bytes(KEY_BYTES)
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

    def _load(self, staged: list[Intake]) -> list[ImportReport]:
        """Check across sheets and load, in one transaction that a refusal or a dry run undoes."""
        reports: dict[int, ImportReport] = {}
        try:
            with transaction(self.cursor):
                if self.request.replace_demo:
                    _remove_demo(self.cursor)
                self._mark_key()
                self._load_in_order(staged, reports)
                if self.request.dry_run:
                    raise _Undone
        except _Undone:
            return [replace(reports[number], batch_id=None) for number in sorted(reports)]
        finally:
            known = run(self.cursor, "SELECT batch_id FROM batch")
            finish_rejects(self.store, {batch_id for (batch_id,) in known})
        self.progress("Loaded", 1.0)
        return [reports[number] for number in sorted(reports)]

    def _load_in_order(self, staged: list[Intake], reports: dict[int, ImportReport]) -> None:
        """Load what is referred to before what refers to it. Raises ImportRefused."""
        in_order = sorted(staged, key=lambda intake: LOAD_ORDER[intake.staged.table.name])
        for position, intake in enumerate(in_order):
            what = f"Checking and loading {intake.source.name}"
            self.progress(what, 0.5 + position / (2 * len(in_order)))
            before = [] if self.request.keep_good else [i.staged for i in in_order[:position]]
            reports[intake.staged.number] = self._load_sheet(intake, before)
        if not self.request.keep_good and any(report.rows_rejected for report in reports.values()):
            in_files = sorted((intake.staged for intake in staged), key=lambda of: of.number)
            raise ImportRefused([_as_refused(reports[of.number], of) for of in in_files])

    def _load_sheet(self, intake: Intake, before: list[Staged]) -> ImportReport:
        cursor, staged, of = self.cursor, intake.staged, intake.staged.table
        if of.name == "employee":
            reopen(cursor)
        resolve_agencies(cursor, staged)
        make_good(cursor, staged)
        own = [] if self.request.keep_good else [staged]
        check_across(cursor, staged, [*before, *own])
        if of.name == "employee":
            note_absent(cursor, staged)
        batch_id = next_batch_id(cursor)
        loaded = load_rows(cursor, staged, batch_id)
        report = self._report(intake)
        report = replace(
            report,
            notes=(*report.notes, *loaded.notes()),
            batch_id=batch_id,
            rows_loaded=loaded.rows,
            rows_replaced=loaded.replaced,
            rows_same=loaded.same,
            rows_older=loaded.older,
        )
        _write_batch(cursor, intake, report)
        if of.name == "employee":
            settle(cursor)
        if not self.request.keep_good or self.request.dry_run:
            return report
        keep_rejects(cursor, staged, batch_id)
        return replace(report, rejects=write_rejects(cursor, self.store, staged, batch_id))

    def _mark_key(self) -> None:
        if self.key is not None:
            run(
                self.cursor,
                "INSERT INTO pseudonym_key SELECT $mark"
                " WHERE NOT EXISTS (SELECT 1 FROM pseudonym_key)",
                {"mark": key_mark(self.key)},
            )


def _loaded_before(file: str, sheet: str | None, before: Loaded) -> ImportReport:
    day = before.imported_at.date().isoformat()
    note = Phrase("this very file was already loaded on {day}; nothing was done", day=day)
    return ImportReport(file, sheet, before.table, notes=(note,))


def _as_refused(report: ImportReport, staged: Staged) -> ImportReport:
    """The report of a sheet whose rows were not loaded after all."""
    nothing = {"rows_loaded": 0, "rows_replaced": 0, "rows_same": 0, "rows_older": 0}
    return replace(report, batch_id=None, notes=tuple(staged.notes), **nothing)


def _write_batch(cursor: duckdb.DuckDBPyConnection, intake: Intake, report: ImportReport) -> None:
    source, staged = intake.source, intake.staged
    batch = {"batch_id": report.batch_id}
    run(
        cursor,
        "INSERT INTO batch VALUES ($batch_id, $source, $table_name, $sha256, $extracted_on,"
        " $imported_at, $loaded, $rejected, false)",
        batch
        | {
            "source": report.file,
            "table_name": staged.table.name,
            "sha256": source.sha256,
            "extracted_on": staged.extracted_on,
            "imported_at": dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0),
            "loaded": report.rows_loaded,
            "rejected": report.rows_rejected,
        },
    )
    run(
        cursor,
        "INSERT INTO batch_rows VALUES ($batch_id, $sheet, $replaced, $same, $older)",
        batch
        | {
            "sheet": staged.sheet.within,
            "replaced": report.rows_replaced,
            "same": report.rows_same,
            "older": report.rows_older,
        },
    )
    run(cursor, "INSERT INTO batch_way VALUES ($batch_id, $way)", batch | {"way": intake.way})
    for rule, rows in report.counts:
        run(
            cursor,
            "INSERT INTO import_finding VALUES ($batch_id, $table_name, $rule, $rows)",
            batch | {"table_name": staged.table.name, "rule": rule, "rows": rows},
        )


def _remove_demo(cursor: duckdb.DuckDBPyConnection) -> None:
    for table in TABLES:
        run(
            cursor,
            f'DELETE FROM "{table.name}"'
            " WHERE batch_id IN (SELECT batch_id FROM batch WHERE synthetic)",
        )
    run(cursor, "DELETE FROM batch WHERE synthetic")
