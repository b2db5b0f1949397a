"""What the command line asks and says: places, periods and tables, read from and written as text."""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.metrics import METRICS, SUBJECT_OF, dimensions_of
from analytics.metrics.base import Unit
from analytics.schema import BEFORE_NAME
from analytics.text.delimited import FORMS, PLAIN, CsvForm, written

if TYPE_CHECKING:
    import pandas as pd

    from analytics.answers import Answer, Question, Snapshot
    from analytics.headlines import Headline
    from analytics.intake.batches import Batch

GRAINS = ("year", "quarter", "month")
"""From the longest to the shortest."""

LEVELS = ("all", "province", "government", "agency")
PERIOD_FORMS = {
    "year": re.compile(r"\d{4}"),
    "quarter": re.compile(r"\d{4}-Q[1-4]"),
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
}
MOST_NEAR = 8
FIGURES = ("value", "low", "high", "numerator", "denominator")
COUNTS = ("numerator", "denominator")
BATCH_COUNTS = ("loaded", "replaced", "same", "older", "rejected")
BATCH_COLUMNS = [
    *("batch", "file", "sheet", "table", "extracted_on", "imported_at"),
    *BATCH_COUNTS,
    *("synthetic", "taken_back_at"),
]


class Misused(Exception):
    """An option that says nothing that could be asked; its text says what could."""


class UnknownPlace(Exception):
    """A place that the snapshot does not hold; its text names the nearest that it does."""


def language_of(environment: Mapping[str, str]) -> str:
    """ "id" where the terminal's messages are set to Indonesian, as gettext reads it, else "en"."""
    set_to = next(
        (environment[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(n)), ""
    )
    return "id" if re.match(r"id(?![a-z])|in_ID", set_to) else "en"


def settings_file(environment: Mapping[str, str]) -> Path:
    """Where the choices of a user of the commands are remembered."""
    home = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "asn-analytics" / "csv"


def remembered_form(environment: Mapping[str, str]) -> str | None:
    """Name of the form of CSV files that the user has chosen; None where none was."""
    try:
        said = settings_file(environment).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if said in FORMS else None


def remember_form(environment: Mapping[str, str], name: str) -> None:
    """Keep the form of CSV files for the next time."""
    path = settings_file(environment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(f"{name}\n", encoding="utf-8")


@dataclass(frozen=True)
class Span:
    """A grain, and the first and last period at it; None where a side is open."""

    grain: str
    first: str | None = None
    last: str | None = None


def span_of(period: str | None, grain: str | None) -> Span:
    """The span that `--period` and `--grain` mean together. Raises Misused."""
    if not period:
        return Span(grain or "year")
    first, mark, last = period.partition("..")
    ends = [first, last] if mark else [first, first]
    grains = [_grain_of(end) for end in ends if end]
    if not grains:
        raise Misused("A period needs a first or a last: 2024..2025, 2024.. or ..2025.")
    finest = max(grains, key=GRAINS.index)
    grain = grain or finest
    if GRAINS.index(finest) > GRAINS.index(grain):
        raise Misused(f"{period} is finer than --grain {grain}: ask with --grain {finest}.")
    span = Span(
        grain,
        _at(ends[0], grain, first=True) if ends[0] else None,
        _at(ends[1], grain, first=False) if ends[1] else None,
    )
    if span.first and span.last and span.first > span.last:
        raise Misused(f"{span.first} comes after {span.last}: write the earlier period first.")
    return span


def _grain_of(period: str) -> str:
    for grain, form in PERIOD_FORMS.items():
        if form.fullmatch(period):
            return grain
    raise Misused(f'"{period}" is not a period. Write it as 2025, 2025-Q4 or 2025-12.')


def _at(period: str, grain: str, *, first: bool) -> str:
    """The first or last period of a grain within a period of the same or a longer grain."""
    own = _grain_of(period)
    if own == grain:
        return period
    year = period[:4]
    if own == "year":
        ends = {"quarter": ("Q1", "Q4"), "month": ("01", "12")}[grain]
        return f"{year}-{ends[0 if first else 1]}"
    quarter = int(period[-1])
    return f"{year}-{3 * quarter - 2 if first else 3 * quarter:02d}"


def breakdowns_of(by: Sequence[str]) -> tuple[str, ...]:
    """Breakdowns given one an option or several with commas between. Raises Misused for a repeat."""
    found = tuple(name.strip() for part in by for name in part.split(",") if name.strip())
    twice = [name for name, count in Counter(found).items() if count > 1]
    if twice:
        raise Misused(f"--by names {', '.join(twice)} more than once: name each breakdown once.")
    return found


def refuse_other_periods(snapshot: Snapshot, answers: Sequence[Answer]) -> None:
    """Raise UnknownName where no period that was asked for is one the metric is published for."""
    from analytics.answers import UnknownName  # it loads pandas, which `metrics` can do without

    question = answers[0].question
    known = snapshot.periods(question.metric, question.grain)
    first, last = question.first, question.last
    if not known or any((first or one) <= one <= (last or one) for one in known):
        return
    written = first if first == last else f"{first or ''}..{last or ''}"
    there = f"for {known[0]}" if len(known) == 1 else f"from {known[0]} to {known[-1]}"
    raise UnknownName(
        f"{question.metric} is published by {question.grain} {there}, and not for {written}."
    )


def questions_of(
    base: Question, places: Sequence[str], level: str | None, known: pd.DataFrame
) -> list[Question]:
    """The questions that `--place` and `--level` ask: one for all, or one for each place within.

    Without a level, a code is a province before it is a government before it is an agency. With
    one, a code that exists at that level is that place; any other is everything of the level in it.
    Raises UnknownPlace, or Misused where places are of different levels.
    """
    if not places:
        return [replace(base, level=level or "all")]
    levels = {code: _levels_of(code, known) for code in places}
    if level is None:
        found = {held[0] for held in levels.values()}
        if len(found) > 1:
            raise Misused(
                f"{', '.join(places)} are places of different levels ({', '.join(sorted(found))}):"
                " say with --level which is meant."
            )
        return [replace(base, level=found.pop(), places=tuple(places))]
    at_level = tuple(code for code in places if level in levels[code])
    within = [code for code in places if level not in levels[code]]
    questions = [replace(base, level=level, places=at_level)] if at_level else []
    return questions + [_within(base, code, levels[code][0], level) for code in within]


def _levels_of(code: str, known: pd.DataFrame) -> list[str]:
    if code == "all":
        return ["all"]
    held = set(known.loc[known["code"] == code, "level"])
    if not held:
        raise UnknownPlace(
            f'There is no place with the code "{code}". Nearest: {", ".join(_near(code, known))}.'
        )
    return [level for level in LEVELS if level in held]


def _near(asked: str, known: pd.DataFrame) -> list[str]:
    """Places with a name or a code like the one asked for, best first; else the provinces."""
    held = zip(known["level"], known["code"].astype(str), known["name"].astype(str), strict=True)
    places = sorted((LEVELS.index(level), code, name) for level, code, name in held)
    scored = [
        (_unlike(asked.casefold(), code, name), n) for n, (_, code, name) in enumerate(places)
    ]
    found = [places[n] for score, n in sorted(scored) if score < 1][:MOST_NEAR]
    found = found or [place for place in places if LEVELS[place[0]] == "province"]
    return [f"{code} ({LEVELS[level]} {name})" for level, code, name in found]


def _unlike(asked: str, code: str, name: str) -> float:
    """How little what was asked for is a place's name or code: 0 for its name, 1 for not at all."""
    bare = BEFORE_NAME.sub("", name).casefold()
    if asked in (bare, name.casefold()):
        return 0.0
    if asked in bare:
        return 0.1
    like = max(difflib.SequenceMatcher(None, asked, word).ratio() for word in (bare, code))
    return 1 - like if like >= 0.6 else 1.0


def _within(base: Question, code: str, outer: str, level: str) -> Question:
    from analytics.answers import Place  # it loads pandas, which `metrics` can do without

    if LEVELS.index(outer) > LEVELS.index(level):
        raise Misused(f"{code} is of level {outer}: it has no places of level {level} within it.")
    if outer == "all":
        return replace(base, level=level)
    return replace(base, level=level, within=Place(outer, code))


def columns_of(by: tuple[str, ...]) -> list[str]:
    """The columns of the rows of an answer."""
    return ["place", "place_name", "period", *by, *FIGURES, "withheld"]


def rows_of(answers: Sequence[Answer], by: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of all answers as they are written, each once: None for no number, whole counts whole."""
    columns = columns_of(by)
    written: dict[tuple, dict[str, Any]] = {}
    for answer in answers:
        for row in answer.rows[columns].itertuples(index=False, name=None):
            plain = {name: _plain(name, value) for name, value in zip(columns, row, strict=True)}
            written.setdefault(tuple(plain.values()), plain)
    return list(written.values())


def _plain(name: str, value: Any) -> Any:
    if name == "withheld":
        return bool(value)
    if name not in FIGURES:
        return str(value)
    if value is None or math.isnan(value):
        return None
    whole = name in COUNTS and float(value).is_integer()
    return int(value) if whole else float(value)


def as_json(content: Any) -> str:
    """JSON with two spaces of indent, other scripts left as they are."""
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: CsvForm = PLAIN) -> str:
    """CSV with headings, of no rows too; None is empty, true and false in lower case, text that a
    spreadsheet would run has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=form.separator, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([written(_cell(value), form) for value in row.values()])
    return text.getvalue().rstrip("\n")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple | list) else value


def figure(value: float | None, unit: Unit) -> str:
    """A value as a person reads it: a share as a percentage, the rest with two decimals."""
    if value is None:
        return ""
    if unit is Unit.SHARE:
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if unit is Unit.PEOPLE else f"{value:,.2f}"


def shown_rows(rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[dict[str, str]]:
    """Rows as a table shows them."""
    shown = []
    for row in rows:
        cells = {name: str(value) for name, value in row.items() if name not in FIGURES}
        del cells["withheld"]
        for name in ("value", "low", "high"):
            cells[name] = figure(row[name], unit)
        for name in COUNTS:
            cells[name] = "" if row[name] is None else f"{row[name]:,}"
        if row["withheld"]:
            cells["value"] = "withheld"
        shown.append(cells)
    return shown


def change_rows(changes: Sequence[Headline]) -> list[dict[str, str]]:
    """Headline figures before and after, as a table shows them."""
    return [
        {
            "metric": one.metric,
            "place": one.place_name,
            "period": one.period,
            "before": figure(one.before, METRICS[one.metric].unit) or "none",
            "after": figure(one.after, METRICS[one.metric].unit) or "none",
        }
        for one in changes
    ]


def metric_rows() -> list[dict[str, Any]]:
    """Every metric of the registry, as `metrics` lists them."""
    return [
        {
            "key": metric.key,
            "title": metric.title,
            "unit": metric.unit.value,
            "subject": SUBJECT_OF[metric.key],
            "means": metric.means,
            "caution": metric.caution,
            "source": metric.source,
            "better": metric.better.value,
            "over_time": metric.over_time,
            "dimensions": list(dimensions_of(metric)),
        }
        for metric in METRICS.values()
    ]


def batch_rows(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """Batches as `batches` lists them: columns as in BATCH_COLUMNS, days and moments as text."""
    return [
        {
            "batch": batch.batch_id,
            "file": batch.source,
            "sheet": batch.sheet,
            "table": batch.table,
            "extracted_on": batch.extracted_on.isoformat(),
            "imported_at": batch.imported_at.isoformat(),
            **{name: getattr(batch, name) for name in BATCH_COUNTS},
            "synthetic": batch.synthetic,
            "taken_back_at": batch.taken_back_at.isoformat() if batch.taken_back_at else None,
        }
        for batch in batches
    ]


def shown_batches(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows of `batch_rows` as a table shows them; the sheet stands with the file."""
    return [
        {
            "batch": str(row["batch"]),
            "file": f"{row['file']}, {row['sheet']}" if row["sheet"] else row["file"],
            "table": row["table"],
            "extracted": row["extracted_on"],
            "imported": row["imported_at"].replace("T", " "),
            **{name: f"{row[name]:,}" for name in BATCH_COUNTS},
            "taken back": (row["taken_back_at"] or "").replace("T", " "),
        }
        for row in rows
    ]
