"""Where the pages' figures come from: the current snapshot, and answers kept by question."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analytics.answers import (
    Answer,
    Estimates,
    NotPublished,
    Question,
    Snapshot,
    UnsafeSnapshot,
    damage,
    open_snapshot,
    refuse_unsafe,
)
from analytics.charts.maps import boundaries_of
from analytics.metrics import METRICS
from analytics.metrics.rows import ROW_TABLES
from analytics.store.records import FAULTS, Store, default_store, fault_of
from analytics.store.snapshots import (
    UnknownSnapshot,
    as_it_stands,
    damaged,
    is_whole,
    manifest_of,
    served,
    snapshot_path,
)
from analytics.ui.questions import year_before

Categories = Mapping[str, str | Sequence[str]]

ROWS = (
    "level",
    "place",
    "place_name",
    "agency_kind",
    "province",
    "period",
    "start",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "people",
    "withheld",
    "pooled",
)


def takes_files() -> bool:
    """Whether this server takes files in: `streamlit run dashboard.py -- --allow-import`."""
    return "--allow-import" in sys.argv[1:]


def snapshot_id() -> str | None:
    """Id of the snapshot that is served now; None where none has been published, or it is gone."""
    store = default_store()
    found = served(store)
    return found.id if found and snapshot_path(store, found.id).is_file() else None


def refusal() -> str | None:
    """Why the snapshot that should be served now is not, in words; None where it is."""
    store = default_store()
    try:
        found = served(store)
        if found is None or not snapshot_path(store, found.id).is_file():
            return "no snapshot"
        if found.instead_of is not None:
            return str(damage(found.instead_of, found.id))
        if not is_whole(store, found.id):
            return str(damaged(found.id))
        refuse_unsafe(manifest_of(store, found.id))
    except (UnknownSnapshot, UnsafeSnapshot) as reason:
        return str(reason)
    except FAULTS as error:
        return str(fault_of(error) or error)
    return None


def snapshot() -> Snapshot:
    """The snapshot served now, opened once. Raises NoSnapshot, MissingSnapshot or UnsafeSnapshot
    with what to do."""
    store = default_store()
    found = served(store)
    if found is None or not is_whole(store, found.id):
        return open_snapshot(store)
    standing = as_it_stands(snapshot_path(store, found.id))
    return _opened(str(store.path), found.id, found.instead_of, standing)


@st.cache_resource(max_entries=3, show_spinner=False)
def _opened(path: str, snapshot_id: str, instead_of: str | None, standing: object) -> Snapshot:
    return open_snapshot(default_store())


def ask(source: Snapshot, question: Question) -> Answer:
    """The answer, asked once a snapshot; one with no rows where it was not published."""
    return _asked(source.id, repr(question), source, question)


@st.cache_resource(max_entries=4096, show_spinner=False)
def _asked(snapshot_id: str, asked: str, _source: Snapshot, _question: Question) -> Answer:
    try:
        return _source.ask(_question)
    except NotPublished:
        return empty_answer(_source, _question)


def published(source: Snapshot, question: Question) -> Answer:
    """The answer; for a breakdown of people that shows nothing in the grain or the period asked for,
    that by year, up to the last year that shows something.

    A question with a first period is about that one alone, any other about every period.
    """
    answer = ask(source, question)
    table = ROW_TABLES.get(METRICS[question.metric].table)
    if not question.by or not question.last or table is None or not table.personal:
        return answer
    last = _last_shown(answer)
    if question.first and last:
        return answer
    by_year = replace(question, grain="year", first=None, last=question.last[:4])
    years = ask(source, by_year)
    newest = _last_shown(years)
    if not newest and len(answer.rows):
        return answer
    newest = newest or max(years.rows["period"], default="")
    if not newest or last[:4] >= newest:
        return answer
    if question.first:
        years = ask(source, replace(by_year, first=newest, last=newest))
    return replace(years, instead_of=question)


def _last_shown(answer: Answer) -> str:
    """The last period with a figure that is not withheld; empty where there is none."""
    return max(answer.rows.loc[~answer.rows["withheld"].astype(bool), "period"], default="")


def estimates(source: Snapshot, study: str) -> Estimates:
    """What a study found, everywhere; read once a snapshot."""
    return _estimates(source.id, study, source)


@st.cache_resource(max_entries=64, show_spinner=False)
def _estimates(snapshot_id: str, study: str, _source: Snapshot) -> Estimates:
    return _source.estimates(study)


def year_ago(source: Snapshot, answer: Answer) -> Answer | None:
    """What a year that is not over is set against, where its figure grows within a year: that of
    the same month of the year before. None for other figures and for years that are over."""
    if answer.until is None or answer.metric.over_time != "last":
        return None
    month = year_before(answer.until)
    return ask(source, replace(answer.question, grain="month", first=month, last=month))


def empty_answer(source: Snapshot, question: Question) -> Answer:
    """An answer with no rows."""
    columns: dict[str, pd.Series] = {name: pd.Series(dtype="object") for name in ROWS}
    for name in ("value", "low", "high", "numerator", "denominator", "people"):
        columns[name] = pd.Series(dtype="float64")
    columns["start"] = pd.Series(dtype="datetime64[ns]")
    columns["withheld"] = columns["pooled"] = pd.Series(dtype="bool")
    for dimension in question.by:
        columns[dimension] = pd.Series(dtype="object")
    rows = pd.DataFrame(columns)
    return Answer(question, METRICS[question.metric], source.id, rows, source.synthetic)


def only(answer: Answer, category: Categories) -> Answer:
    """The answer's rows of the given categories alone: one or several of each dimension."""
    rows = answer.rows
    for dimension, wanted in category.items():
        codes = [wanted] if isinstance(wanted, str) else list(wanted)
        rows = rows.loc[rows[dimension].isin(codes)]
    return replace(answer, rows=rows.reset_index(drop=True))


@st.cache_resource(max_entries=3, show_spinner=False)
def _boundaries(path: str, changed: float) -> Mapping[str, Any]:
    return boundaries_of(json.loads(Path(path).read_text(encoding="utf-8")))


def boundaries(store: Store | None = None) -> Mapping[str, Any] | None:
    """The polygons beside the store, where a reader has put some."""
    path = (store or default_store()).boundaries
    if not path.is_file():
        return None
    return _boundaries(str(path), path.stat().st_mtime)
