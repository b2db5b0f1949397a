"""What stands behind the figures: definitions, sources, freshness, findings, snapshots."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd
import streamlit as st

from analytics.answers import Snapshot
from analytics.metrics import METRICS, SUBJECT_OF
from analytics.metrics.base import (
    Count,
    EffectiveNumber,
    Index,
    Mean,
    Metric,
    PublishedIndex,
    Quantile,
    Rate,
    Share,
    WeightedMean,
)
from analytics.store.records import default_store
from analytics.store.snapshots import PROTECTION
from analytics.store.snapshots import snapshots as published
from analytics.studies import STUDIES
from analytics.text import Text

TABLES_BEHIND = {
    "appraisal": ("employee", "appraisal"),
    "expected_evaluation": ("employee", "appraisal"),
    "distribution_limit": ("appraisal", "organisation_rating"),
    "training_to_date": ("employee", "training"),
    "course": ("employee", "training"),
    "survey": ("survey_item", "survey_response"),
    "survey_wave": ("survey_invited", "survey_response"),
    "adoption": ("adoption",),
    "activity": ("activity",),
    "service": ("service_outcome",),
    "satisfaction": ("service_outcome",),
    "career_year": ("employee", "appraisal", "career_event"),
    "newcomer": ("employee", "career_event"),
}


def tables_behind(metric: Metric) -> tuple[str, ...]:
    """Tables of the contract that a metric is made from."""
    return TABLES_BEHIND.get(metric.table, (metric.table,))


def empty(words: Text, tables: Sequence[str], metric: Metric | None = None) -> None:
    """There is nothing yet: which tables to load, and how."""
    named = ", ".join(f"`{table}`" for table in tables)
    if metric is not None:
        title = words.say(metric.title)
        st.info(
            words.say(
                "{metric}: no data yet. Load {tables}, or a recap of it, then publish.",
                metric=title,
                tables=named,
            )
        )
    else:
        st.info(words.say("No data yet. Load {tables}, or recaps, then publish.", tables=named))
    commands()


def commands() -> None:
    """The commands that load files and publish them."""
    st.code("python -m analytics import FILE…\npython -m analytics publish", language=None)


def freshness(snapshot: Snapshot, words: Text) -> str:
    """How much is loaded, how new it is and how much was refused, as one sentence."""
    sources_ = snapshot.manifest.sources
    dates = sorted(str(source["extracted_on"])[:10] for source in sources_)
    if not dates:
        return words.say("Nothing is loaded yet.")
    loaded_ = sum(int(source["rows_loaded"]) for source in sources_)
    rejected = sum(int(source["rows_rejected"]) for source in sources_)
    days = {
        "first": words.date(date.fromisoformat(dates[0])),
        "last": words.date(date.fromisoformat(dates[-1])),
    }
    said = {
        "rows": f"**{words.number(loaded_)}**",
        "files": words.number(len(sources_)),
        "rejected": f"**{words.number(rejected)}**",
    }
    if dates[0] == dates[-1]:
        return words.say(
            "{rows} rows from {files} files are loaded, extracted on {last}; {rejected} rows were"
            " rejected.",
            last=days["last"],
            **said,
        )
    return words.say(
        "{rows} rows from {files} files are loaded, extracted from {first} to {last}; {rejected}"
        " rows were rejected.",
        **days,
        **said,
    )


GLOSSARY = (
    ("ASN", "Civil servants of the state: PNS and PPPK."),
    ("PNS", "Permanent civil servants."),
    ("PPPK", "Civil servants on a contract, full-time or part-time."),
    ("SKP", "The yearly plan of work results against which a person is appraised."),
    (
        "Predikat kinerja",
        "The outcome of an appraisal, from Sangat Baik to Sangat Kurang, given by the ratings of"
        " work result and behaviour.",
    ),
    ("Bimbingan kinerja", "Coaching by the supervisor, such as after a rating below Baik."),
    ("JP", "Hours of training (jam pelajaran); PNS need 20 a year."),
    (
        "SKM",
        "The survey of public satisfaction of a service, scored from 25 to 100 and marked A to D.",
    ),
    ("IPM", "The human development index of a region (indeks pembangunan manusia)."),
    ("Province", "Every government on the territory of a province."),
    ("Government", "A provincial government itself, a kabupaten or a kota."),
    ("Agency", "A perangkat daerah of a government."),
    ("Facet", "A group of survey items that ask about the same condition."),
    ("Recap", "A ready-made aggregate, loaded instead of records."),
    ("Interval", "The range that holds the true figure in 95 of 100 such samples."),
    (
        "Withheld",
        "Not shown, so that nobody can be recognised; there may be few people behind it, many or"
        " nobody.",
    ),
    ("Snapshot", "The published, protected file that every page reads."),
)
"""Terms and what they mean here, both translated."""


def glossary(words: Text) -> None:
    """The terms as a table."""
    meanings = {words.say(term): words.say(meaning) for term, meaning in GLOSSARY}
    st.table(meanings, border="horizontal", alt=words.say("Glossary"))


def foot_line(snapshot: Snapshot, withheld: int, words: Text) -> str:
    """Data as of, snapshot and how much is withheld, in one line."""
    dates = sorted(str(source["extracted_on"])[:10] for source in snapshot.manifest.sources)
    said = []
    if dates:
        said.append(words.say("Data as of {date}", date=words.date(date.fromisoformat(dates[-1]))))
    said.append(words.say("snapshot {id}", id=snapshot.id))
    said.append(words.say("{count} figures withheld on this page", count=words.number(withheld)))
    return " · ".join(said)


def definitions(words: Text, metrics: Sequence[str]) -> None:
    """Each metric's words and formula, by subject."""
    subject = None
    for key in metrics:
        metric = METRICS[key]
        if SUBJECT_OF[key] != subject:
            subject = SUBJECT_OF[key]
            st.header(words.category("subject", subject), anchor=False)
        _definition(words, metric)


def _definition(words: Text, metric: Metric) -> None:
    st.subheader(words.say(metric.title), anchor=metric.key)
    st.markdown(words.say(metric.means))
    facts = {
        words.say("Key"): f"`{metric.key}`",
        words.say("Formula"): formula(words, metric),
        words.say("Unit"): words.category("unit", str(metric.unit)),
        words.say("Direction"): words.category("better", str(metric.better)),
        words.say("Source"): words.say(metric.source),
    }
    if metric.matters is not None:
        facts[words.say("Smallest change that matters")] = words.say(
            "{change}, a choice and not a finding",
            change=words.difference(metric.matters, str(metric.unit)),
        )
    if metric.caution:
        facts[words.say("Caution")] = words.say(metric.caution)
    st.table(facts, border="horizontal", alt=words.say(metric.title))


def studies(words: Text) -> None:
    """Each study's words, and what it gives."""
    for study in STUDIES.values():
        st.subheader(words.say(study.title), anchor=study.key)
        st.markdown(words.say(study.means))
        facts = {
            words.say("Key"): f"`{study.key}`",
            words.say("Gives"): " · ".join(words.say(m.title) for m in study.measures.values()),
            words.say("Needs"): ", ".join(f"`{table}`" for table in study.tables),
            words.say("Source"): words.say(study.source),
        }
        if study.caution:
            facts[words.say("Caution")] = words.say(study.caution)
        st.table(facts, border="horizontal", alt=words.say(study.title))


def formula(words: Text, metric: Metric) -> str:
    """How the metric is worked out, with the SQL it is made of."""
    among = words.say("rows where {condition}", condition=f"`{metric.among}`")
    if isinstance(metric, Rate):
        said = f"{metric.per} × `{metric.numerator}` / `{metric.denominator}`"
    elif isinstance(metric, Share):
        said = f"`{metric.numerator}` / `{metric.denominator}`"
    elif isinstance(metric, Mean):
        said = words.say("mean of {column}", column=f"`{metric.value}`")
    elif isinstance(metric, WeightedMean):
        said = words.say(
            "mean of {column}, weighted by {weight}",
            column=f"`{metric.value}`",
            weight=f"`{metric.weight}`",
        )
    elif isinstance(metric, PublishedIndex):
        return words.say("as published")
    elif isinstance(metric, Quantile):
        said = words.say("median of {column}, from bins", column=f"`{metric.value}`")
    elif isinstance(metric, EffectiveNumber):
        said = words.say(
            "1 / sum of squared shares of {groups}",
            groups=", ".join(f"`{group}`" for group in metric.groups),
        )
    elif isinstance(metric, Count):
        said = f"`{metric.parts['denominator']}`"
    elif isinstance(metric, Index):
        return " + ".join(
            f"{words.share(weight)} {words.say(METRICS[key].title)}"
            for key, weight in metric.components
        )
    else:
        said = metric.key
    return said if metric.among == "true" else f"{said}; {among}"


def sources(snapshot: Snapshot, words: Text) -> None:
    """The files and recaps a snapshot was made from."""
    rows = [
        {
            words.say("File"): source["source"],
            words.say("Table"): words.category("table", str(source["table_name"])),
            words.say("Extracted"): _day(source["extracted_on"], words),
            words.say("Loaded"): _day(source["imported_at"], words),
            words.say("Rows loaded"): source["rows_loaded"],
            words.say("Rows rejected"): source["rows_rejected"],
        }
        for source in snapshot.manifest.sources
    ]
    _frame(pd.DataFrame(rows), words, words.say("Files"))


def loaded(snapshot: Snapshot, words: Text) -> None:
    """Each record table with its rows and its span of time."""
    titles = {
        "table_name": words.say("Table"),
        "rows": words.say("Rows"),
        "rejected": words.say("Rows rejected"),
        "first": words.say("First day"),
        "last": words.say("Last day"),
        "extracted_on": words.say("Extracted"),
    }
    frame = snapshot.tables
    _frame(_named(frame, titles, words), words, words.say("Tables"))


def findings(snapshot: Snapshot, words: Text) -> None:
    """What the checks found in the records, and what was rejected before it became one."""
    early = ending_early(snapshot, words)
    for question in early:
        st.warning(question)
    if not early or not snapshot.findings.empty:
        _found(snapshot, words)
    _rejected(snapshot, words)


LONG_BEFORE = 92
"""Days, about a quarter, by which a table of events may end before the day of its last file."""
EVENTS = ("appraisal", "training", "adoption", "activity", "career_event", "service_outcome")


def ending_early(snapshot: Snapshot, words: Text) -> list[str]:
    """A question for each table of events whose last one lies long before its last file's day."""
    asked = []
    for row in snapshot.tables.to_dict("records"):
        days = (row["last"], row["extracted_on"])
        if row["table_name"] not in EVENTS or any(pd.isna(day) for day in days):
            continue
        last, extracted = (date.fromisoformat(str(day)[:10]) for day in days)
        if (extracted - last).days > LONG_BEFORE:
            asked.append(
                words.say(
                    "{table}: the last row is of {last}, and the newest file was extracted on"
                    " {extracted}. Did nothing happen since, or is a file missing? Until it is loaded"
                    " the time between counts as one in which nothing happened.",
                    table=words.category("table", str(row["table_name"])),
                    last=words.date(last),
                    extracted=words.date(extracted),
                )
            )
    return asked


def _rejected(snapshot: Snapshot, words: Text) -> None:
    title = words.say("What was rejected and why")
    st.subheader(title, anchor=False)
    frame = _rejects(snapshot)
    if frame.empty:
        st.caption(words.say("No row of the loaded files was rejected."))
        return
    rules = [named_rule(str(rule)) for rule in frame["rule"]]
    shown = pd.DataFrame(
        {
            words.say("Table"): [words.category("table", str(of)) for of in frame["table_name"]],
            words.say("Columns"): [columns or "–" for columns, _ in rules],
            words.say("What is wrong"): [words.category("rule", kind) for _, kind in rules],
            words.say("Rows"): list(frame["rows"]),
        }
    )
    _frame(shown, words, title)
    st.caption(words.say("A row that breaks several rules is counted in each."))


def _rejects(snapshot: Snapshot) -> pd.DataFrame:
    """Rules and the rows rejected for them; none in a snapshot made before they were kept."""
    kept = snapshot.frame("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject'")
    if kept.empty:
        return kept
    return snapshot.frame("SELECT * FROM reject ORDER BY rows DESC, table_name, rule")


def named_rule(rule: str) -> tuple[str, str]:
    """The columns that a rule of an import is about, and the kind of rule, as labels name it."""
    columns, mark, kind = rule.partition(": ")
    if not mark:
        columns, mark, _ = rule.partition(" is empty")
        return (columns, "is empty") if mark else ("", rule)
    for part, named in ((" is before ", "before"), (" is more than ", "more")):
        if part in kind:
            return columns, named
    return columns, kind


def _found(snapshot: Snapshot, words: Text) -> None:
    frame = snapshot.findings
    if frame.empty:
        st.success(words.say("The checks found nothing to report."))
        return
    titles = {
        "table_name": words.say("Table"),
        "finding": words.say("Finding"),
        "rows": words.say("Rows"),
    }
    shown = frame.assign(
        finding=[words.category("finding", str(found)) for found in frame["finding"]]
    )
    _frame(_named(shown, titles, words), words, words.say("Findings"))


def snapshots(snapshot: Snapshot, words: Text) -> None:
    """Published snapshots, and how to go back to the one before."""
    found = published(default_store())
    rows = [
        {
            words.say("Snapshot"): one.id,
            words.say("Published"): _moment(one.published_at, words),
            words.say("Shown now"): words.say("yes") if one.id == snapshot.id else "",
            words.say("Safe by today's rules"): (
                words.say("yes") if one.protection >= PROTECTION else words.say("no")
            ),
            words.say("Rows"): sum(one.record_counts.values()),
        }
        for one in found
    ]
    _frame(pd.DataFrame(rows), words, words.say("Snapshots"))
    earlier = [one.id for one in found if one.id != snapshot.id and one.protection >= PROTECTION]
    if earlier:
        st.caption(words.say("Going back to the snapshot before:"))
        st.code(shlex.join(["python", "-m", "analytics", "rollback", earlier[0]]), language=None)


def withheld(snapshot: Snapshot, words: Text) -> None:
    """How much protection withheld."""
    counts = snapshot.manifest.withheld
    if not counts:
        st.caption(words.say("Nothing is withheld in this snapshot."))
        return
    rows = [
        {
            words.say("Where"): words.category("cells", str(where)),
            words.say("Figures withheld"): count,
        }
        for where, count in counts.items()
        if isinstance(count, int)
    ]
    _frame(pd.DataFrame(rows), words, words.say("Figures withheld"))


def _named(frame: pd.DataFrame, titles: dict[str, str], words: Text) -> pd.DataFrame:
    kept = [name for name in titles if name in frame]
    days = ("first", "last", "extracted_on")
    columns = {
        titles[name]: [_day(v, words) for v in frame[name]] if name in days else list(frame[name])
        for name in kept
    }
    if "table_name" in kept:
        named = [words.category("table", str(table)) for table in frame["table_name"]]
        columns[titles["table_name"]] = named
    return pd.DataFrame(columns)


def _day(value: object, words: Text) -> str:
    if value is None or pd.isna(value):  # pyright: ignore[reportGeneralTypeIssues, reportArgumentType, reportCallIssue]
        return "–"
    if isinstance(value, datetime):
        return words.date(value.date())
    if isinstance(value, date):
        return words.date(value)
    return words.date(datetime.fromisoformat(str(value)).date())


def _moment(value: str, words: Text) -> str:
    """A day and a time of day, in the zone of the server."""
    moment = datetime.fromisoformat(value).astimezone()
    return f"{words.date(moment.date())}, {moment:%H:%M}"


def _frame(frame: pd.DataFrame, words: Text, alt: str) -> None:
    numbers = frame.select_dtypes("number").columns
    written = dict.fromkeys(numbers, words.number)
    st.dataframe(frame.style.format(written), hide_index=True, alt=alt)
