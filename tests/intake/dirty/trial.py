"""Trying a form: written, imported into a store of its own, and held against what must come of it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.intake import ImportRefused, ImportReport, import_files
from analytics.intake.confirming import answered, confirmed
from analytics.intake.profiles import Profile, save_profile
from analytics.intake.sources import Sheet, fingerprint, sheets_of
from analytics.intake.suggestions import Question
from analytics.intake.understanding import LeftOut, Understood, table_asked, understand
from analytics.intake.values import Reading
from analytics.store.demo import EXTRACTED_ON
from analytics.store.records import Store
from tests.intake.dirty.clean import Clean
from tests.intake.dirty.form import Form, Row
from tests.intake.dirty.writing import write
from tests.intake.test_round_trip import export, in_order, rows_of


class Wrong(AssertionError):
    """An import made something of a file that it must not."""


@dataclass(frozen=True)
class Trial:
    """A form, its file with the lines of its rows, and the store it is loaded into."""

    form: Form
    path: Path
    lines: Sequence[int]
    store: Store


def attempt(clean: Clean, form: Form, folder: Path) -> None:
    """Import the form's file and raise Wrong where a value, a row or a finding is not as it must be."""
    folder.mkdir(parents=True)
    path, lines = write(form, folder)
    trial = Trial(form, path, lines, Store(folder / "store"))
    _prepare(clean, trial)
    if form.refused:
        _is_refused(trial)
        return
    if form.asks:
        _is_asked(trial)
    elif form.told and not form.unsaid:
        _tells_what_it_leaves_out(trial)
        _prepare(clean, trial)
    _keep_profiles(trial)
    reports = _import(trial)
    _is_told(trial, [report for report in reports if report.table == form.table.name])
    _is_loaded(trial, expected(form))
    _holds_no_secret(trial, reports)


def _import(trial: Trial) -> list[ImportReport]:
    try:
        return import_files(trial.store, [trial.path], keep_good=True, extracted_on=EXTRACTED_ON)
    except ImportRefused as refusal:
        raise Wrong(f"was refused: {[str(finding) for finding in refusal.findings][:4]}") from None


def _prepare(clean: Clean, trial: Trial) -> None:
    """A fresh store with what the rows refer to, and what was loaded before the file."""
    form, folder = trial.form, trial.store.path
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    base = clean.before(form.table.name)
    if base.records.exists():
        shutil.copy(base.records, trial.store.records)
    for number, one in enumerate(form.before):
        names = [column.name for column in form.table.columns]
        texts = dict(zip(names, form.export.texts[one.of], strict=True)) | dict(one.changes)
        path = export(
            folder / f"{form.table.name} {number}.csv", form.table, [tuple(texts.values())]
        )
        import_files(trial.store, [path], extracted_on=_day(one.days))


def _day(days: int) -> dt.date:
    return EXTRACTED_ON + dt.timedelta(days=days)


def expected(form: Form) -> list[tuple]:
    """The rows that must be in the store, sorted."""
    newer = {one.of for one in form.before if one.days > 0}
    stays = {row.of for row in form.rows if row.kind == "data" and row.of is not None}
    kept_out = {row.of for row in form.rows if row.fault and row.of is not None}
    return form.export.loaded(sorted(stays - kept_out - newer))


def _loaded(trial: Trial) -> list[tuple]:
    """The rows of the table in the store, but for those that stand from before and were changed."""
    if not trial.store.records.exists():
        return []
    return in_order(rows_of(trial.store, trial.form.table))


def _is_loaded(trial: Trial, wanted: list[tuple]) -> None:
    found, table = Counter(_loaded(trial)), trial.form.table
    for before in trial.form.before:
        if before.days > 0 or any(row.of == before.of and row.fault for row in trial.form.rows):
            found -= Counter(_changed(trial.form, before.of, before.changes))
    missing, strange = Counter(wanted) - found, found - Counter(wanted)
    if table.name == "agency_alias" and not trial.form.before:
        strange = Counter({row: n for row, n in strange.items() if "lama" not in str(row[0])})
    if missing or strange:
        raise Wrong(
            f"{len(list(missing.elements()))} rows are missing, {len(list(strange.elements()))} are"
            f" none of the clean file's: {_few(missing)} / {_few(strange)}"
        )


def _few(rows: Counter) -> str:
    return "; ".join(str(row) for row in list(rows)[:2]) or "–"


def _changed(form: Form, of: int, changes: Mapping[str, str]) -> list[tuple]:
    """The clean row with what was loaded in its place before."""
    names = [column.name for column in form.table.columns]
    ((*values,),) = form.export.loaded([of])
    for name, text in changes.items():
        value = values[names.index(name)]
        values[names.index(name)] = type(value)(text) if value is not None else text
    return [tuple(values)]


def _found(reports: Iterable[ImportReport]) -> set[tuple[int | None, str]]:
    return {
        (finding.line, finding.code)
        for report in reports
        for finding in report.findings
        if finding.severity == "reject"
    }


def _is_told(trial: Trial, reports: list[ImportReport]) -> None:
    """Exactly the rows that must be kept out are told of, each with its reason."""
    rows = list(zip(trial.form.rows, trial.lines, strict=True))
    wanted = {(line, row.fault) for row, line in rows if row.fault}
    if (found := _found(reports)) != wanted:
        says = [str(f) for report in reports for f in report.findings][:3]
        raise Wrong(
            f"not found: {sorted(wanted - found)}, found besides: {sorted(found - wanted, key=str)};"
            f" {says}"
        )
    warned = {(f.line, f.code) for r in reports for f in r.findings if f.severity == "warn"}
    wanted = {(line, row.warned) for row, line in rows if row.warned}
    if not wanted <= warned:
        raise Wrong(f"not warned of: {sorted(wanted - warned)}")


def _is_refused(trial: Trial) -> None:
    before = _loaded(trial)
    refusal = _refusal(trial)
    if refusal is None:
        raise Wrong("was not refused")
    said = {question.code for report in refusal.reports for question in report.questions}
    said |= {str(finding.says) for finding in refusal.findings}
    if not (trial.form.refused | trial.form.asks) & said:
        raise Wrong(f"was refused for another reason: {sorted(said)}")
    if _loaded(trial) != before:
        raise Wrong("was refused and loaded")


def _refusal(trial: Trial) -> ImportRefused | None:
    try:
        import_files(trial.store, [trial.path], keep_good=True, extracted_on=EXTRACTED_ON)
    except ImportRefused as refusal:
        return refusal
    return None


def _is_asked(trial: Trial) -> None:
    """Without a person's answers nothing is loaded, and what must be asked is asked."""
    before, refusal = _loaded(trial), _refusal(trial)
    if refusal is None:
        raise Wrong("was loaded without asking")
    asked = {question.code for report in refusal.reports for question in report.questions}
    # A sheet that is named for its table is taken for it, and then lacks columns.
    if not asked or ("table" not in asked and not trial.form.asks - {"table"} <= asked):
        raise Wrong(f"asked only {sorted(asked)}, not {sorted(trial.form.asks)}")
    if _loaded(trial) != before:
        raise Wrong("asked and loaded")


def _tells_what_it_leaves_out(trial: Trial) -> None:
    """Without what a person would say, what is loaded is right, and the rest is told."""
    refusal = None
    reports: list[ImportReport] = []
    try:
        reports = import_files(trial.store, [trial.path], keep_good=True, extracted_on=EXTRACTED_ON)
    except ImportRefused as error:
        refusal = error
    loaded, wanted = Counter(_loaded(trial)), Counter(expected(trial.form))
    if trial.form.table.name == "agency_alias":
        loaded = Counter({row: n for row, n in loaded.items() if "lama" not in str(row[0])})
    if refusal is not None:
        return
    told = {line for line, _ in _found(reports)}
    silent = [
        line
        for row, line in zip(trial.form.rows, trial.lines, strict=True)
        if row.kind == "data" and row.of is not None and line not in told
    ]
    if strange := loaded - wanted:
        raise Wrong(f"before a person says how, wrong rows are loaded: {_few(strange)}")
    if loaded.total() != len(silent):
        raise Wrong(f"{len(silent)} rows are not told of, {loaded.total()} are loaded")


def _keep_profiles(trial: Trial) -> None:
    """Answer for every table of the file as a person would, and keep the profiles."""
    form = trial.form
    if not (form.told or form.asks or form.name != form.table.name):
        return
    for number, sheet in enumerate(_sheets(trial.path)):
        save_profile(trial.store, _answered(trial, sheet, f"profile {number}"))


def _sheets(path: Path) -> list[Sheet]:
    return sheets_of(path, blank_lines=fingerprint(path)[1])


def _answered(trial: Trial, sheet: Sheet, name: str) -> Profile:
    form = trial.form
    reading = Reading(**form.told.reading)
    if not _is_own(form, sheet):
        return answered(sheet, None, {table_asked(sheet): ""}, name)
    profile = Profile(
        name,
        form.table.name,
        sheet.headings,
        values=reading,
        agencies=dict(form.told.agencies),
        derived=tuple(form.told.derived.values()),
    )
    for _ in range(4):
        found = understand(sheet, table=form.table.name, profile=profile)
        if isinstance(found, Understood):
            return replace(confirmed(sheet, found, name), name=name)
        if isinstance(found, LeftOut):
            return profile
        told = {q.key: _answer(form, q) for q in found}
        given = {key: answer for key, answer in told.items() if answer is not None}
        if not given:
            raise Wrong(f"asks what no answer ends: {[q.key for q in found]}")
        profile = answered(sheet, profile, given, name)
    raise Wrong("asks without end")


def _is_own(form: Form, sheet: Sheet) -> bool:
    """Whether a table of the file is the one that matters."""
    own = {" ".join(heading.text.split()) for heading in form.headings if heading.column}
    said = {heading.split(" / ")[-1] for heading in sheet.headings} | set(sheet.headings)
    return len(own & said) * 2 > len(own)


def _answer(form: Form, question: Question) -> str | None:
    """What a person who knows the file answers; None where another answer settles it."""
    if question.key in form.told.answers:
        return form.told.answers[question.key]
    columns = _columns(form)
    if question.code == "column" and question.subject in columns:
        return columns[question.subject]
    if question.code == "missing" and question.subject in columns.values():
        return None
    raise Wrong(f"asks what needs no answer: {question.key}")


def _columns(form: Form) -> dict[str, str]:
    """The headings that only a person knows, as the import calls them, and their columns."""
    named = {}
    for heading in form.headings:
        if heading.asked:
            whole = f"{heading.over} / {heading.text}" if heading.over else heading.text
            named[" ".join(whole.split())] = heading.column
    return named


def _holds_no_secret(trial: Trial, reports: list[ImportReport]) -> None:
    """Personal texts are in no file that the import leaves, and in no message."""
    if not trial.form.secrets:
        return
    said = " ".join(str(finding) for report in reports for finding in report.findings)
    kept = [p.read_bytes() for p in trial.store.path.rglob("*") if p.is_file()]
    for secret in trial.form.secrets:
        if secret in said or any(secret.encode() in content for content in kept):
            raise Wrong(f"{secret!r} is kept")


__all__ = ["Row", "Trial", "Wrong", "attempt"]
