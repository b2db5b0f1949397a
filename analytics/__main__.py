"""The command line: make, import, publish, ask and check, the same functions that the pages use."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.prompt import Prompt
from rich.table import Table

from analytics.store.records import (
    FAULTS,
    Store,
    StoreUnusable,
    clear_abandoned,
    default_store,
    fault_of,
    refuse_unreadable,
)

if TYPE_CHECKING:
    from analytics.intake import ImportReport
    from analytics.text import Text
    from analytics.text.delimited import CsvForm

app = typer.Typer(
    help="Performance, training and readiness for change: data in, figures out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it prints local values, which can be personal
    add_completion=False,
)
WIDEST = 100_000  # characters; a line is no longer than its cells
out = Console()
errors = Console(stderr=True)


class Format(StrEnum):
    """How figures are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class CsvWith(StrEnum):
    """What stands between the cells of CSV."""

    SEMICOLON = "semicolon"
    COMMA = "comma"


class Level(StrEnum):
    """Which places are asked about."""

    ALL = "all"
    PROVINCE = "province"
    GOVERNMENT = "government"
    AGENCY = "agency"


class Language(StrEnum):
    """Languages of the dashboard."""

    ID = "id"
    EN = "en"


class Grain(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


StoreOption = Annotated[
    Path | None,
    typer.Option("--store", help="Folder of the store. [default: $ASN_STORE, else data/store]"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


def _store(path: Path | None) -> Store:
    """The store asked for, rid of what killed runs left; what a command writes is its owner's."""
    store = Store(path) if path is not None else default_store()
    os.umask(0o077)
    with suppress(OSError):  # a folder that may only be read
        clear_abandoned(store)
    return store


def _words() -> Text:
    """The words of the language that the terminal is set to: Indonesian or English."""
    from analytics.commands import language_of
    from analytics.text import text

    return text(language_of(os.environ))


def _refuse(error: Exception) -> None:
    """Say, in the reader's language, what was found and what to do."""
    said = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    errors.print(escape(_words().retell(said)), style="red", soft_wrap=True)


@contextmanager
def told(*mendable: type[Exception]) -> Iterator[None]:
    """Say errors that the reader can mend without a traceback and end with 1, or 2 for a misuse.

    Every command runs within it: what the system refuses (a folder, a full disk) is mended there.
    """
    from analytics.commands import Misused, UnknownPlace
    from analytics.intake.findings import IntakeError

    try:
        yield
    except Misused as error:
        _refuse(error)
        raise typer.Exit(2) from None
    except (IntakeError, UnknownPlace, StoreUnusable, *mendable) as error:
        _refuse(error)
        raise typer.Exit(1) from None
    except FAULTS as error:
        reason = fault_of(error)
        if reason is None:
            raise
        _refuse(reason)
        raise typer.Exit(1) from None


@contextmanager
def watched() -> Iterator[Callable[[str, float | None], None]]:
    """A progress bar on a terminal; nothing where the output goes elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        task = progress.add_task("", total=1.0)

        def tell(what: str, share: float | None) -> None:
            progress.update(task, description=what, completed=share)

        yield tell


@app.command()
def demo(
    people: Annotated[int, typer.Option(min=1, help="People ever employed.")] = 100_000,
    months: Annotated[int, typer.Option(min=1, max=60, help="Months of records.")] = 36,
    seed: Annotated[int, typer.Option(help="The same seed makes the same data.")] = 1,
    store: StoreOption = None,
) -> None:
    """Make synthetic data and publish it."""
    from analytics.intake.load import refuse_over_real_data
    from analytics.store.demo import make
    from analytics.store.snapshots import NotPublished
    from analytics.store.snapshots import publish as publish_store

    to = _store(store)
    with told(NotPublished), watched() as tell:
        refuse_over_real_data(to)
        make(to, people=people, months=months, seed=seed, progress=tell)
        snapshot = publish_store(to, progress=tell)
    out.print(f"Synthetic data published as snapshot {snapshot}.", highlight=False)


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV, Parquet or XLSX files.")],
    table: Annotated[
        str | None, typer.Option(help="Table of the contract, where the name does not tell.")
    ] = None,
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Load good rows; write the others to a file.")
    ] = False,
    replace_demo: Annotated[
        bool, typer.Option("--replace-demo", help="Remove demo data that the store holds.")
    ] = False,
    extracted_on: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day the files were taken from their system. [default: when each was saved]",
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Profile to read the files by, where headings do not tell.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and count everything; change nothing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="File to write what was found to: .html or .json.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of an HTML report.")] = Language.ID,
    store: StoreOption = None,
) -> None:
    """Check files against the data contract and load them: all, or nothing.

    What is not sure about a file is asked on a terminal and kept as a profile; elsewhere the
    command ends with 2 and a list of the questions.
    """
    from analytics.intake import ImportRefused, import_files

    with told():
        write = _report_writer(report, lang)
        if sys.stdin.isatty() and errors.is_terminal:
            _ask_about(_store(store), files, table)
        try:
            with watched() as tell:
                reports = import_files(
                    _store(store),
                    files,
                    table=table,
                    keep_good=keep_good,
                    extracted_on=extracted_on.date() if extracted_on else None,
                    replace_demo=replace_demo,
                    dry_run=dry_run,
                    profile=profile,
                    progress=tell,
                )
        except ImportRefused as refused:
            _say(refused.reports)
            write(refused.reports, False)
            if any(one.questions for one in refused.reports):
                errors.print("Nothing was loaded: the questions above need an answer.", style="red")
                raise typer.Exit(2) from None
            raise
        write(reports, not dry_run)
    _say(reports)
    if dry_run:
        out.print("This was a dry run: nothing was changed.")
    elif any(report.rows_loaded for report in reports):
        out.print("Publish to show them: python -m analytics publish")


def _report_writer(
    to: Path | None, lang: Language
) -> Callable[[Sequence[ImportReport], bool], None]:
    """What writes an account of an import to the file asked for. Raises Misused for another kind."""
    from analytics.commands import Misused, as_json
    from analytics.intake.accounts import page_of, rows_of
    from analytics.text import text

    if to is not None and to.suffix not in (".html", ".json"):
        raise Misused(f"--report {to.name}: name a file that ends in .html or .json.")

    def write(reports: Sequence[ImportReport], loaded: bool) -> None:
        if to is None:
            return
        is_page = to.suffix == ".html"
        said = (
            page_of(reports, text(lang.value), loaded=loaded)
            if is_page
            else as_json(rows_of(reports))
        )
        to.write_text(said, encoding="utf-8")

    return write


def _ask_about(store: Store, files: Sequence[Path], table: str | None) -> None:
    """Ask a person at the terminal all that is not sure about the files, and keep the answers."""
    from analytics.asking import confer
    from analytics.intake.views import Desk

    confer(Desk(store, table), files, console=errors)


def _say(reports: list) -> None:
    """Findings to the error output, what was loaded to the output."""
    for report in reports:
        asked = {(question.subject, str(question.says)): question for question in report.questions}
        for finding in report.findings:
            errors.print(escape(str(finding)), highlight=False, soft_wrap=True)
        for question in asked.values():
            if question.choices:
                likely = ", ".join(choice.value or "leave it out" for choice in question.choices)
                errors.print(escape(f"  {question.subject}: {likely}"), highlight=False)
        if report.unlisted:
            errors.print(f"{report.file}: and {report.unlisted:,} more findings of these kinds.")
        name = f'{report.file}, sheet "{report.sheet}"' if report.sheet else report.file
        for note in report.notes:
            out.print(escape(f"{name}: {note}."), highlight=False, soft_wrap=True)
        if report.batch_id is not None:
            rejected = f", {report.rows_rejected:,} rejected" if report.rows_rejected else ""
            loaded = f"{name}: {report.rows_loaded:,} rows of {report.table} loaded{rejected}."
            out.print(escape(loaded), highlight=False, soft_wrap=True)
        if report.rejects is not None:
            out.print(
                escape(f"{name}: rejected rows are in {report.rejects}."),
                highlight=False,
                soft_wrap=True,
            )


@app.command()
def batches(format: FormatOption = Format.TABLE, store: StoreOption = None) -> None:
    """List what was loaded, newest first, and what was taken back."""
    from analytics import commands
    from analytics.intake.batches import batches as batches_of

    with told():
        rows = commands.batch_rows(batches_of(_store(store)))
    if format is Format.JSON:
        typer.echo(commands.as_json(rows))
    elif format is Format.CSV:
        typer.echo(commands.as_csv(rows, commands.BATCH_COLUMNS))
    elif not rows:
        errors.print("Nothing was loaded yet. Import files: python -m analytics import FILE")
    else:
        _print_table(commands.shown_batches(rows))


@app.command(name="take-back")
def take_back(
    batch: Annotated[int, typer.Argument(metavar="ID", help="Batch; `batches` lists them.")],
    store: StoreOption = None,
) -> None:
    """Take a batch back as if it had never come: rows that it replaced stand again."""
    from analytics.intake.batches import take_back as take_back_of

    with told():
        taken = take_back_of(_store(store), batch)
    out.print(
        escape(
            f"Batch {taken.batch_id} ({taken.source}, {taken.table}) is taken back."
            " Its file can be imported again."
        ),
        highlight=False,
        soft_wrap=True,
    )
    out.print("Publish to show it: python -m analytics publish")


@app.command()
def publish(store: StoreOption = None) -> None:
    """Make a new snapshot of the records, show it, and say which headline figures it changes."""
    from analytics.store.snapshots import NotPublished, current_id
    from analytics.store.snapshots import publish as publish_store

    of = _store(store)
    with told(NotPublished), watched() as tell:
        refuse_unreadable(of)
        before = current_id(of)
        snapshot = publish_store(of, progress=tell)
    out.print(f"Published as snapshot {snapshot}.", highlight=False)
    if before is not None:
        _print_changes(of, before, snapshot)


def _print_changes(of: Store, before: str, after: str) -> None:
    from analytics.answers import MissingSnapshot, open_kept
    from analytics.commands import change_rows
    from analytics.headlines import headlines

    try:
        earlier = open_kept(of, before)
    except MissingSnapshot:
        out.print(f"Snapshot {before} is not there any more, so nothing can be set against it.")
        return
    changes = [one for one in headlines(earlier, open_kept(of, after)) if one.changed]
    if changes:
        _print_table(change_rows(changes))
    else:
        out.print("No headline figure is another one than before.")


@app.command()
def snapshots(store: StoreOption = None) -> None:
    """List the snapshots, newest first; the one that is shown is marked."""
    from analytics.store.snapshots import current_id, damaged, not_whole
    from analytics.store.snapshots import snapshots as snapshots_of

    of = _store(store)
    with told():
        shown, found = current_id(of), snapshots_of(of)
    for broken in not_whole(of):
        _refuse(damaged(broken))
    if not found:
        errors.print("There is no snapshot yet. Publish one: python -m analytics publish")
        raise typer.Exit(1)
    if shown not in {manifest.id for manifest in found}:
        errors.print(f"The one that {of.pointer} names is not among them: {shown}.", style="red")
    table = Table("", "snapshot", "published", "data", "rows")
    for manifest in found:
        table.add_row(
            "shown" if manifest.id == shown else "",
            manifest.id,
            manifest.published_at,
            "synthetic" if manifest.synthetic else "real",
            f"{sum(manifest.record_counts.values()):,}",
        )
    _print_whole(table)


@app.command()
def rollback(
    snapshot: Annotated[str, typer.Argument(metavar="ID", help="Snapshot to show again.")],
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Also one that was made under older disclosure rules.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Show an earlier snapshot again."""
    from analytics.answers import SERVE_UNSAFE, UnsafeSnapshot
    from analytics.store.snapshots import PROTECTION, UnknownSnapshot, manifest_of, roll_back

    of = _store(store)
    with told(UnknownSnapshot):
        if manifest_of(of, snapshot).protection < PROTECTION and not unsafe:
            raise UnsafeSnapshot(
                snapshot,
                "Run `python -m analytics publish` for a safe one, or roll back with --unsafe; the"
                f" server shows it with {SERVE_UNSAFE}=1 only.",
            )
        roll_back(of, snapshot)
    out.print(f"Snapshot {snapshot} is shown.", highlight=False)


@app.command()
def ask(
    metric: Annotated[str, typer.Argument(help="Key of a metric; `metrics` lists them.")],
    place: Annotated[
        list[str] | None, typer.Option(help="Code of a place: 15, 15.71 or an agency.")
    ] = None,
    level: Annotated[Level | None, typer.Option(help="Which places.")] = None,
    agency_kind: Annotated[
        str | None, typer.Option(help="Only agencies of this kind, such as health.")
    ] = None,
    grain: Annotated[Grain | None, typer.Option(help="Length of a period.")] = None,
    period: Annotated[
        str | None, typer.Option(metavar="FROM..TO", help="2025, 2025-Q4, 2025-01..2025-06.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(metavar="DIMENSION", help="Breakdown, such as sex.")
    ] = None,
    format: FormatOption = Format.TABLE,
    csv_with: Annotated[
        CsvWith | None,
        typer.Option(
            "--csv-with",
            help="What CSV has between cells: semicolon (and decimal comma, as Excel with Indonesian"
            " settings opens it) or comma. It is remembered.",
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Print a metric's figures from the snapshot that is shown."""
    from analytics import commands
    from analytics.answers import (
        NoSnapshot,
        Question,
        UnknownName,
        UnsafeSnapshot,
        damage,
        open_snapshot,
    )

    with told(NoSnapshot, UnknownName):
        span = commands.span_of(period, grain)
        breakdowns = commands.breakdowns_of(by or [])
        try:
            snapshot = open_snapshot(_store(store))
        except UnsafeSnapshot as error:
            raise commands.Misused(error.args[0]) from None
        base = Question(
            metric,
            agency_kind=agency_kind,
            grain=span.grain,
            first=span.first,
            last=span.last,
            by=breakdowns,
        )
        questions = commands.questions_of(base, place or [], level, snapshot.places)
        answers = [snapshot.ask(question) for question in questions]
        commands.refuse_other_periods(snapshot, answers)
    if snapshot.instead_of is not None:
        _refuse(StoreUnusable(damage(snapshot.instead_of, snapshot.id)))
    if left_out := sum(answer.left_out for answer in answers):
        agencies = sum(answer.agencies for answer in answers)
        errors.print(
            f"{left_out} of {agencies} agencies are withheld and not in these figures.",
            highlight=False,
        )
    rows = commands.rows_of(answers, breakdowns)
    unit = answers[0].metric.unit
    if format is Format.JSON:
        head = {"metric": metric, "unit": unit.value, "snapshot": snapshot.id}
        typer.echo(commands.as_json(head | {"rows": rows}))
    elif format is Format.CSV:
        typer.echo(commands.as_csv(rows, commands.columns_of(breakdowns), _csv_form(csv_with)))
    else:
        _print_table(commands.shown_rows(rows, unit))


def _csv_form(chosen: CsvWith | None) -> CsvForm:
    """The form asked for, which is then remembered; else the one remembered, or asked for at a
    terminal; else commas and decimal points."""
    from analytics.commands import remember_form, remembered_form
    from analytics.text.delimited import FORMS, PLAIN

    name = chosen.value if chosen else remembered_form(os.environ)
    asks = name is None and sys.stdin.isatty() and errors.is_terminal
    if asks:
        question = _words().say("CSV files with")
        name = Prompt.ask(question, console=errors, choices=list(FORMS), default="semicolon")
    if name and (chosen or asks):
        with told():
            remember_form(os.environ, name)
    return FORMS[name] if name else PLAIN


@app.command()
def metrics(format: FormatOption = Format.TABLE) -> None:
    """List every metric with its unit, meaning and source."""
    from analytics import commands

    rows = commands.metric_rows()
    if format is Format.JSON:
        typer.echo(commands.as_json(rows))
    elif format is Format.CSV:
        typer.echo(commands.as_csv(rows, list(rows[0])))
    else:
        _print_table(
            [{k: row[k] for k in ("key", "title", "unit", "subject", "means")} for row in rows]
        )


def _print_table(rows: list[dict[str, str]]) -> None:
    if not rows:
        errors.print("No rows: nothing is published for this question.")
        return
    table = Table()
    for name in rows[0]:
        table.add_column(name, no_wrap=name != "means")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row.values()))
    _print_whole(table)


def _print_whole(table: Table) -> None:
    """Print a table; into a file or a pipe as wide as it is, however narrow the screen."""
    console = out if out.is_terminal else Console(width=WIDEST)
    console.print(table)


@app.command()
def templates(
    folder: Annotated[Path, typer.Argument(help="Folder to write into.")],
    lang: Annotated[Language, typer.Option(help="Language of the workbooks.")] = Language.ID,
) -> None:
    """Write the data contract, and an empty file of every table to fill in."""
    from analytics.intake.templates import write_templates
    from analytics.text import text

    with told():
        written = write_templates(folder, text(lang.value))
    out.print(escape(f"{len(written)} files written to {folder}."), highlight=False)


@app.command()
def check(store: StoreOption = None) -> None:
    """Put the records and the snapshot to every rule; end with 1 where one is broken."""
    of = _store(store)
    with told():
        refuse_unreadable(of)
        broken = _check_records(of) + _check_snapshot(of)
    if broken:
        errors.print(f"{broken} rules are broken.", style="red")
        raise typer.Exit(1)
    out.print("Every rule holds.")


def _check_records(of: Store) -> int:
    from analytics.intake.check import check_records, uncounted

    results = check_records(of)
    table = Table("table", "rule", "result")
    for result in results:
        verdict = "holds" if result.holds else f"{result.broken:,} rows break it"
        table.add_row(result.table, escape(result.rule), verdict)
    _print_whole(table)
    for name, rows, people in uncounted(of):
        out.print(
            f"{name}: {rows:,} rows are about {people:,} people whom employee does not hold; they"
            " do not count until these people are imported.",
            soft_wrap=True,
        )
    return sum(not result.holds for result in results)


def _check_snapshot(of: Store) -> int:
    from analytics.answers import NoSnapshot, open_kept
    from analytics.audit import audit
    from analytics.store.snapshots import (
        PROTECTION,
        current_id,
        damaged,
        not_whole,
        snapshot_path,
        unreadable_pointer,
    )

    broken = not_whole(of)
    for one in broken:
        _refuse(damaged(one))
    if current_id(of) is None:
        if of.pointer.exists():
            _refuse(unreadable_pointer(of))
            return len(broken) + 1
        out.print("There is no snapshot yet.")
        return len(broken)
    if current_id(of) in broken:
        return len(broken)
    with told(NoSnapshot):
        snapshot = open_kept(of)
        _say_unsafe(of, snapshot.id)
        if snapshot.manifest.protection < PROTECTION:
            return 1
        problems = audit(snapshot_path(of, snapshot.id))
    out.print(f"Snapshot {snapshot.id}: {len(problems) or 'no'} problems.", highlight=False)
    for problem in problems:
        errors.print(escape(problem), style="red", soft_wrap=True)
    return len(problems) + len(broken)


def _say_unsafe(of: Store, served: str) -> None:
    """Which snapshots were made under older disclosure rules, and what mends the one served."""
    from analytics.store.snapshots import PROTECTION
    from analytics.store.snapshots import snapshots as snapshots_of

    for manifest in snapshots_of(of):
        if manifest.protection >= PROTECTION:
            continue
        if manifest.id == served:
            remedy = "It is the one to serve: publish again with `python -m analytics publish`."
        else:
            remedy = "It is kept for roll-back only, which refuses it."
        errors.print(
            f"Snapshot {manifest.id} is not safe by today's disclosure rules: small groups of people"
            f" could be worked out from it. {remedy}",
            style="red" if manifest.id == served else "yellow",
            highlight=False,
            soft_wrap=True,
        )


def readable_output() -> None:
    """Where the terminal's letters are set to ASCII (LC_ALL=C), names are written as UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name == "ascii":
            stream.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    readable_output()
    app(prog_name="python -m analytics")
