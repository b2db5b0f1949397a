"""The one action of the pages: files in, seen as they are understood, checked, loaded, shown.

It is there only where the server was started with `--allow-import`. Files stay in a private folder
of the session until it ends; nothing of them enters a link, a log or a cache.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics.answers import MissingSnapshot, NoSnapshot, open_kept, open_snapshot
from analytics.headlines import Headline, headlines
from analytics.intake import Finding, ImportRefused, ImportReport, import_files
from analytics.intake.batches import take_back
from analytics.intake.findings import IntakeError
from analytics.intake.manners import Manner, chosen, manners_of
from analytics.intake.origins import CONSTANT, DERIVED_BY, HEADING
from analytics.intake.understanding import CROSSTAB
from analytics.intake.views import Desk, View
from analytics.metrics import METRICS
from analytics.schema import BY_NAME, TABLES
from analytics.store.records import FAULTS, StoreUnusable, default_store, fault_of
from analytics.store.snapshots import NotPublished, discard, prepare, show
from analytics.text import Text
from analytics.text.phrase import Phrase
from analytics.ui.page import plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from analytics.intake.suggestions import Question

ENDINGS = ["csv", "txt", "tsv", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "zip"]
STATE = "import"
LARGEST = 200  # MB of a file
UPLOADER = """
<style>
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p {{ display: none; }}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{ content: {button}; }}
[data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
[data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: {limit}; font-size: 0.87rem; }}
</style>
"""
"""Streamlit writes these words in English alone; `display: none` keeps them from being read out."""
ASIDE = frozenset('\\/:*?"<>|')
"""What no file system takes in a name."""

_one_at_a_time = threading.Lock()


class _Session:
    """What one reader has brought and answered, and how far it has come."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="asn-")
        self.desk = Desk(default_store())
        self.reports: list[ImportReport] | None = None
        self.refused = False
        self.batches: list[int] = []
        self.prepared: str | None = None
        self.done: Phrase | None = None

    def files(self, uploads: Sequence[UploadedFile]) -> list[Path]:
        """The uploads as files of the session, each in a folder of its own and under its name."""
        paths = []
        for upload in uploads:
            folder = Path(self.folder.name) / upload.file_id
            path = folder / _safe(upload.name)
            if not path.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
                path.write_bytes(upload.getbuffer())
            paths.append(path)
        return paths


def _safe(name: str) -> str:
    kept = "".join("_" if mark in ASIDE or ord(mark) < 32 else mark for mark in name)
    return kept.strip(". ")[-120:] or "file"


def draw(words: Text) -> None:
    """Everything from the choice of files to the new figures."""
    session: _Session = st.session_state.setdefault(STATE, _Session())
    with _told(words):
        if session.done is not None:
            st.success(words.retell(session.done))
        if session.batches:
            _publishing(session, words)
        else:
            _taking_in(session, words)


@contextmanager
def _told(words: Text) -> Iterator[None]:
    """What the reader can mend is said; a refusal has its own place."""
    try:
        yield
    except (IntakeError, StoreUnusable, NotPublished) as reason:
        st.error(words.retell(reason.args[0] if reason.args else str(reason)))
    except FAULTS as error:
        reason = fault_of(error)
        if reason is None:
            raise
        st.error(words.retell(reason.args[0]))


def _taking_in(session: _Session, words: Text) -> None:
    limit = words.say("Up to {size} MB each", size=words.number(LARGEST))
    said = {"button": json.dumps(words.say("Choose files")), "limit": json.dumps(limit)}
    st.html(UPLOADER.format(**said))
    uploads = st.file_uploader(
        words.say("Files to load"),
        type=ENDINGS,
        accept_multiple_files=True,
        max_upload_size=LARGEST,
        key="import_files",
        help=words.say("Several files at once. Larger ones are loaded with the command."),
    )
    if not uploads:
        st.caption(words.say("Nothing is loaded before you have seen how it is understood."))
        return
    files = session.files(uploads)
    views, wrong = session.desk.views(files)
    for finding in wrong:
        st.error(_finding(finding, words))
    for number, view in enumerate(views):
        _view(session, view, number, words)
    if wrong or any(view.questions for view in views):
        st.info(words.say("Answer the questions above; then the files can be checked."))
        return
    _checking(session, files, views, words)


# How a table is understood.


def _view(session: _Session, view: View, number: int, words: Text) -> None:
    with st.container(border=True, key=f"import_view_{number}"):
        st.subheader(plain(view.label), anchor=False)
        said = words.category("table", view.table) if view.table else words.say("not known yet")
        st.caption(words.say("Read as: {table}", table=said))
        for note in view.notes:
            st.caption(words.retell(note))
        for question in view.questions:
            _question(session, view, question, number, words)
        if view.table in BY_NAME and not view.questions:
            _profiles(session, view, number, words)
            _manners(session, view, number, words)
        _sample(view, words)


def _profiles(session: _Session, view: View, number: int, words: Text) -> None:
    """Which of several profiles of the same headings is used."""
    if len(view.others) < 2 or view.told:
        return
    key = f"import_profile_{number}"

    def picked() -> None:
        session.desk.read_by(view, st.session_state[key])
        session.reports = None

    st.selectbox(
        words.say("Another way that is kept for these headings"),
        view.others,
        index=None,
        key=key,
        placeholder=words.say("Choose"),
        on_change=picked,
    )


def _manners(session: _Session, view: View, number: int, words: Text) -> None:
    """How the file writes its values, where they do not say so themselves."""
    with st.expander(words.say("How values are written")):
        for manner in manners_of(BY_NAME[str(view.table)]):
            _manner(session, view, manner, number, words)


def _manner(session: _Session, view: View, manner: Manner, number: int, words: Text) -> None:
    now = chosen(view.reading, manner.name)
    # Named by what holds: an older choice, or that of another file, must not stand in its place.
    key = f"import_manner_{number}_{manner.name}_{now}"

    def told() -> None:
        session.desk.write(view, manner.name, st.session_state[key])
        session.reports = None

    if not manner.choices:
        st.text_input(words.retell(manner.says), value=now, key=key, on_change=told)
        return
    means = {choice.value: words.retell(choice.means) for choice in manner.choices}
    st.selectbox(
        words.retell(manner.says),
        list(means),
        index=list(means).index(now),
        key=key,
        format_func=lambda value: means[value],
        on_change=told,
    )


def _sample(view: View, words: Text) -> None:
    asked = {question.subject for question in view.questions}
    names: list[str] = []
    for heading, column in view.columns:
        unknown = "?" if heading in asked or not view.table else words.say("left out")
        name = f"{heading or '–'} → {column or unknown}"
        # A table of the screen has no two columns of one name.
        names.append(name + "\u200b" * sum(name == other.rstrip("\u200b") for other in names))
    frame = pd.DataFrame(view.sample, columns=names)
    st.dataframe(frame, hide_index=True, alt=words.say("First rows of {table}", table=view.label))


def _question(session: _Session, view: View, question: Question, number: int, words: Text) -> None:
    says = f"**{plain(question.subject)}** {words.retell(question.says)}."
    if question.code != "table":  # its remedy names an option of the command
        says += f" {words.retell(question.remedy)}"
    key = f"import_answer_{number}_{question.code}_{question.subject}"
    options = _options(view, question)
    if not options and not question.free:
        st.warning(says)
        return
    left, right = st.columns((3, 2), gap="medium", vertical_alignment="bottom")
    left.markdown(says)

    def answered() -> None:
        choice = st.session_state[key]
        if choice is not None:
            session.desk.answer(view, question, choice)
            session.reports = None

    right.selectbox(
        words.say("Answer"),
        options,
        index=None,
        key=key,
        format_func=lambda option: _option(option, question, words),
        placeholder=words.say("Choose or write"),
        accept_new_options=question.free,
        on_change=answered,
    )


def _options(view: View, question: Question) -> list[str]:
    offered = [choice.value for choice in question.choices]
    if question.code == "table":
        offered += [table.name for table in TABLES]
    if question.code == "column":
        offered += [column for column in view.open_columns if column not in offered]
    return list(dict.fromkeys(offered))


def _option(option: str, question: Question, words: Text) -> str:
    means = next((one.means for one in question.choices if one.value == option), "")
    if option == CROSSTAB or not option:
        return words.retell(means) if means else words.say("left out")
    if question.code == "table":
        return words.category("table", option)
    if option.startswith(CONSTANT):
        text = option.removeprefix(CONSTANT)
        return words.say("for all rows: {text}", text=text)
    if option.startswith(DERIVED_BY):
        heading = option.removeprefix(DERIVED_BY).partition(":")[2]
        return words.say("worked out from “{heading}”", heading=heading)
    if option.startswith(HEADING):
        return words.say("column “{heading}”", heading=option.removeprefix(HEADING))
    return f"{option} – {words.retell(means)}" if means else option


# Checking and loading.


def _checking(session: _Session, files: list[Path], views: Sequence[View], words: Text) -> None:
    for number, view in enumerate(views):
        if view.told:
            name = st.text_input(
                words.say("Keep how {table} is read, under the name", table=view.label),
                value=view.sheet.file.stem,
                key=f"import_name_{number}",
                help=words.say("Files with the same headings are then read without asking."),
            )
            if st.button(words.say("Keep"), key=f"import_keep_{number}"):
                session.desk.keep(view, name)
                st.rerun()
    if any(view.told for view in views):
        return
    day = st.date_input(
        words.say("Day on which the files were taken from their system"),
        value=None,
        max_value=date.today(),
        key="import_day",
    )
    replace_demo = (
        st.checkbox(words.say("Remove the synthetic demo data first"), key="import_replace_demo")
        if _holds_demo()
        else False
    )
    if not isinstance(day, date):
        st.caption(words.say("The day decides which of two rows is newer."))
        return
    options = {"extracted_on": day, "replace_demo": replace_demo}
    if st.button(words.say("Check"), key="import_check", type="primary"):
        _run(session, files, words, dry_run=True, keep_good=True, **options)
    if session.reports is None:
        return
    _reports(session.reports, words)
    refusing = any(report.rows_rejected for report in session.reports)
    label = words.say("Load the good rows") if refusing else words.say("Load")
    if not session.refused and st.button(label, key="import_load", type="primary"):
        _run(session, files, words, dry_run=False, keep_good=refusing, **options)
        loaded = [report for report in session.reports or () if report.batch_id is not None]
        session.batches = [int(report.batch_id) for report in loaded if report.batch_id is not None]
        rows = words.number(sum(report.rows_loaded for report in loaded))
        session.done = Phrase("{rows} rows were loaded. They are not shown yet.", rows=rows)
        st.rerun()


def _holds_demo() -> bool:
    try:
        return open_kept(default_store()).synthetic
    except NoSnapshot:
        return False


def _run(session: _Session, files: list[Path], words: Text, **options: object) -> None:
    """Import with a bar; what is refused is kept to be shown."""
    with _alone(words), _bar(words) as tell:
        try:
            reports = import_files(default_store(), files, progress=tell, **options)  # type: ignore[arg-type]
            session.refused = False
        except ImportRefused as refused:
            reports, session.refused = refused.reports, True
        session.reports = reports


@contextmanager
def _alone(words: Text) -> Iterator[None]:
    """Raises IntakeError where another reader is loading at this moment."""
    if not _one_at_a_time.acquire(blocking=False):
        raise IntakeError(Phrase("Somebody else is loading at this moment. Try again in a minute."))
    try:
        yield
    finally:
        _one_at_a_time.release()


@contextmanager
def _bar(words: Text) -> Iterator[Callable[[str, float], None]]:
    """A bar that says what is done and about how many seconds are left."""
    begun, bar = time.monotonic(), st.progress(0.0)

    def tell(what: str, share: float) -> None:
        gone = time.monotonic() - begun
        left = words.number(gone * (1 - share) / share) if share > 0.05 else "–"
        bar.progress(min(max(share, 0.0), 1.0), words.say("About {seconds} s left", seconds=left))

    yield tell
    bar.empty()


def _reports(reports: Sequence[ImportReport], words: Text) -> None:
    for report in reports:
        name = f"{report.file} › {report.sheet}" if report.sheet else report.file
        counts = words.say(
            "{table}: {loaded} rows to load, {replaced} of them in place of older ones; {rejected}"
            " rejected.",
            table=words.category("table", report.table) if report.table else name,
            loaded=words.number(report.rows_loaded),
            replaced=words.number(report.rows_replaced),
            rejected=words.number(report.rows_rejected),
        )
        st.markdown(f"**{plain(name)}** – {counts}")
        for note in report.notes:
            st.caption(words.retell(note))
        _by_rule(report, words)


def _by_rule(report: ImportReport, words: Text) -> None:
    """Findings under the words of what is wrong, with the first of each."""
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault(f"{finding.column or ''}: {words.retell(finding.says)}", []).append(
            finding
        )
    for title, found in groups.items():
        with st.expander(f"{title.removeprefix(': ')} ({words.number(len(found))})"):
            rows = [
                {
                    words.say("Row"): finding.line,
                    words.say("Value"): finding.value or "–",
                    words.say("What to do"): words.retell(finding.remedy),
                }
                for finding in found
            ]
            st.dataframe(pd.DataFrame(rows), hide_index=True, alt=title)


def _finding(finding: Finding, words: Text) -> str:
    where = " › ".join(part for part in (finding.file, finding.sheet, finding.column) if part)
    return f"{where}: {words.retell(finding.says)}. {words.retell(finding.remedy)}"


# From what is loaded to what is shown.


def _publishing(session: _Session, words: Text) -> None:
    if session.prepared is None:
        with st.container(horizontal=True):
            prepared = st.button(
                words.say("See what changes"), key="import_prepare", type="primary"
            )
            back = st.button(words.say("Take it back"), key="import_back")
        if prepared:
            with _alone(words), _bar(words) as tell:
                session.prepared = prepare(default_store(), progress=tell)
            st.rerun()
        if back:
            _take_back(session)
        return
    _changes(session.prepared, words)
    with st.container(horizontal=True):
        if st.button(words.say("Show the new figures"), key="import_show", type="primary"):
            show(default_store(), session.prepared)
            _finished(session, Phrase("The new figures are shown."))
        if st.button(words.say("Take it back"), key="import_back"):
            discard(default_store(), session.prepared)
            _take_back(session)


def _take_back(session: _Session) -> None:
    for batch in sorted(session.batches, reverse=True):
        take_back(default_store(), batch)
    _finished(session, Phrase("What was loaded is taken back. The figures are as they were."))


def _finished(session: _Session, said: Phrase) -> None:
    session.folder.cleanup()
    fresh = _Session()
    fresh.done = said
    st.session_state[STATE] = fresh
    st.session_state.pop("import_files", None)
    st.rerun()


def _changes(prepared: str, words: Text) -> None:
    """Headline figures before and after."""
    store = default_store()
    try:
        before = open_kept(store)
    except (NoSnapshot, MissingSnapshot):
        before = None
    found = headlines(before, open_snapshot(store, prepared))
    changed = [one for one in found if one.changed]
    st.subheader(words.say("What changes in the headline figures"), anchor=False)
    if not changed:
        st.caption(words.say("No headline figure changes."))
        return
    rows = [
        {
            words.say("Figure"): words.say(METRICS[one.metric].title),
            words.say("Place"): words.say("All regions") if one.level == "all" else one.place_name,
            words.say("Period"): words.period(one.period),
            words.say("Before"): _value(one, one.before, words),
            words.say("After"): _value(one, one.after, words),
            "n": "–" if one.n is None else words.number(one.n),
        }
        for one in changed
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, alt=words.say("What changes in the headline figures")
    )


def _value(one: Headline, value: float | None, words: Text) -> str:
    return "–" if value is None else words.value(value, str(METRICS[one.metric].unit))
