"""Answers as tables: in the reader's words on the page, in plain codes in a file."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from analytics.answers import Answer, Estimates, Question
from analytics.charts import Setting
from analytics.charts.estimates import subject_of
from analytics.charts.picture import WORDS, Column, Columns
from analytics.metrics.base import Quantile
from analytics.text import Text
from analytics.text.delimited import PLAIN, CsvForm, harmless

FIGURES = ("value", "low", "high")
COUNTS = ("numerator", "denominator", "people")


def withheld(rows: pd.DataFrame) -> int:
    """How many of the rows are withheld."""
    return sum(bool(hidden) for hidden in rows["withheld"])


def pooled(rows: pd.DataFrame) -> bool:
    """Whether the interval of any row uses the spread of all places."""
    return "pooled" in rows and any(rows["pooled"])


def rows_of(answers: Sequence[Answer]) -> pd.DataFrame:
    """The rows of the answers with codes and plain numbers, as a file holds them."""
    parts = []
    for answer in answers:
        columns = ["level", "place", "place_name", "period", *answer.question.by]
        frame = answer.rows[[*columns, *FIGURES, *COUNTS, "withheld"]].copy()
        frame.insert(0, "metric", answer.metric.key)
        parts.append(frame)
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


Units = dict[str, list[str]]


def shown(answers: Sequence[Answer], setting: Setting) -> tuple[pd.DataFrame, Units]:
    """The rows in the reader's words, figures still numbers, and the unit of each figure.

    Units are listed by column, one a row; "count" is the unit of counts.
    """
    text = setting.text
    made: list[pd.DataFrame] = []
    units: Units = {}
    several = len(answers) > 1
    for answer in answers:
        rows = answer.rows
        frame = pd.DataFrame(index=rows.index)
        if several:
            frame[text.say("Metric")] = text.say(answer.metric.title)
        frame[text.say("Place")] = [
            _written_name(setting.name(level, place, name))
            for level, place, name in zip(
                rows["level"], rows["place"], rows["place_name"], strict=True
            )
        ]
        frame[text.say("Period")] = [text.period(period) for period in rows["period"]]
        for dimension in answer.question.by:
            frame[text.dimension(dimension)] = [
                text.category(dimension, str(code)) for code in rows[dimension]
            ]
        for column, title in _figure_titles(text).items():
            frame[title] = rows[column].astype("float64")
            units.setdefault(title, []).extend([str(answer.metric.unit)] * len(rows))
        for column, title in _count_titles(text).items():
            frame[title] = rows[column].astype("float64")
            units.setdefault(title, []).extend(["count"] * len(rows))
        frame[text.say("Note")] = _notes(answer, text)
        made.append(frame)
    filled = [frame for frame in made if len(frame)] or made[:1]
    return pd.concat(filled, ignore_index=True), units


def _notes(answer: Answer, text: Text) -> list[str]:
    """Of each row whether it is withheld, and for want of what."""
    rows = answer.rows
    of_few = isinstance(answer.metric, Quantile) & (rows["denominator"].astype(float) > 0)
    return [
        ""
        if not hidden
        else text.say("withheld: it needs 30 people")
        if few
        else text.say("withheld")
        for hidden, few in zip(rows["withheld"], of_few, strict=True)
    ]


def with_more(frame: pd.DataFrame, units: Units, more: Columns) -> tuple[pd.DataFrame, Units]:
    """The frame and its units with what a picture worked out for its first rows."""
    added, of_each = _columns(more, len(frame))
    return pd.concat([frame, added], axis="columns"), units | of_each


def listed(columns: Columns) -> tuple[pd.DataFrame, Units]:
    """A picture's own table, as `shown` gives the rows of answers."""
    return _columns(columns, _rows(columns))


def _columns(columns: Columns, rows: int) -> tuple[pd.DataFrame, Units]:
    shown_ = [column for column in columns.values() if column.title]
    frame = pd.DataFrame({one.title: _series(one, rows) for one in shown_}, index=range(rows))
    return frame, {one.title: [one.unit] * rows for one in shown_ if one.unit != WORDS}


def _rows(columns: Columns) -> int:
    return max(len(column.cells) for column in columns.values())


def _series(column: Column, rows: int) -> pd.Series:
    """The cells, and nothing in the rows that come after them."""
    if column.unit == WORDS:
        said = [str(cell) if cell else "" for cell in column.cells]
        return pd.Series(said, dtype="str").reindex(range(rows), fill_value="")
    return pd.Series(column.cells, dtype="float64").reindex(range(rows))


def estimates_of(found: Sequence[Estimates]) -> pd.DataFrame:
    """The estimates with codes and plain numbers, as a file holds them."""
    parts = [one.rows.assign(study=one.study.key) for one in found]
    frame = pd.concat(parts, ignore_index=True)
    return frame[["study", *(name for name in frame.columns if name not in ("study", "reason"))]]


def estimates_shown(found: Sequence[Estimates], setting: Setting) -> tuple[pd.DataFrame, Units]:
    """The estimates in the reader's words, as `shown` gives those of answers."""
    text = setting.text
    made, units = [], {}
    for one in found:
        rows, measures = one.rows, one.study.measures
        frame = pd.DataFrame(index=rows.index)
        frame[text.say("Place")] = [
            _written_name(setting.name(*place))
            for place in rows[["level", "place", "place_name"]].itertuples(index=False)
        ]
        frame[text.say("Period")] = [text.period(p) if p else "" for p in rows["period"]]
        frame[text.say("Subject")] = [subject_of(code, one, setting) for code in rows["subject"]]
        frame[text.say("Measure")] = [text.say(measures[key].title) for key in rows["measure"]]
        for column, title in _figure_titles(text).items():
            frame[title] = rows[column].astype("float64")
            units.setdefault(title, []).extend(str(measures[key].unit) for key in rows["measure"])
        for column, title in (("units", text.say("Compared")), ("people", text.say("People"))):
            frame[title] = rows[column].where(rows["people"] > 0).astype("float64")
            units.setdefault(title, []).extend(["count"] * len(rows))
        frame[text.say("Note")] = [text.retell(reason) for reason in rows["reason"]]
        made.append(frame)
    return pd.concat(made, ignore_index=True), units


def _written_name(name: str) -> str:
    return name[:1].upper() + name[1:]


def _figure_titles(text: Text) -> dict[str, str]:
    return {
        "value": text.say("Value"),
        "low": text.say("95% from"),
        "high": text.say("95% to"),
    }


def _count_titles(text: Text) -> dict[str, str]:
    return {
        "numerator": text.say("Numerator"),
        "denominator": text.say("Denominator (n)"),
        "people": text.say("People"),
    }


def styled(frame: pd.DataFrame, units: Units, text: Text) -> Styler:
    """The frame written in the reader's number forms; it still sorts by the numbers."""
    made = Styler(frame)
    for column, of_rows in units.items():
        for unit in dict.fromkeys(of_rows):
            lines = [
                line for line, found in zip(frame.index, of_rows, strict=True) if found == unit
            ]
            made.format(_written(unit, text), subset=pd.IndexSlice[lines, [column]], na_rep="–")
    return made


def _written(unit: str, text: Text) -> Callable[[float], str]:
    def write(value: float) -> str:
        if pd.isna(value):
            return "–"
        return text.number(value) if unit == "count" else text.value(value, unit)

    return write


LETTER, MARGINS = 8, 28
"""Pixels of a letter, and beside the words of a cell."""


def columns(frame: pd.DataFrame, units: Units, text: Text) -> dict[str, Any]:
    """Columns of numbers as wide as their longest number: by itself the grid looks at the first rows
    alone, and cuts off leading digits below a row that is withheld."""
    found = {}
    for column, of_rows in units.items():
        words = [column] + [
            _written(unit, text)(value) for unit, value in zip(of_rows, frame[column], strict=True)
        ]
        found[column] = st.column_config.Column(width=MARGINS + LETTER * max(map(len, words)))
    return found


def pivoted(answer: Answer, rows: str, columns: str, setting: Setting) -> pd.DataFrame:
    """Values with `rows` down and `columns` across, each "place", "period" or a breakdown."""
    found = answer.rows
    text = setting.text

    def labels(side: str) -> list[str]:
        if side == "place":
            return [
                setting.name(level, place, name)
                for level, place, name in zip(
                    found["level"], found["place"], found["place_name"], strict=True
                )
            ]
        if side == "period":
            return [text.period(period) for period in found["period"]]
        return [text.category(side, str(code)) for code in found[side]]

    shown_values = found["value"].where(~found["withheld"].astype(bool))
    frame = pd.DataFrame({"_row": labels(rows), "_column": labels(columns), "_value": shown_values})
    order = list(dict.fromkeys(frame["_column"]))
    lines = list(dict.fromkeys(frame["_row"]))
    crossed = frame.drop_duplicates(["_row", "_column"]).pivot(
        index="_row", columns="_column", values="_value"
    )
    crossed = crossed.reindex(index=lines, columns=order)
    crossed.index.name = text.dimension(rows)
    crossed.columns.name = None
    return crossed


def csv(answers: Sequence[Answer], more: Columns | None = None, form: CsvForm = PLAIN) -> bytes:
    """UTF-8 with a byte-order mark, which Excel needs to read it as such."""
    rows = rows_of(answers)
    added = {key: _series(column, len(rows)) for key, column in (more or {}).items()}
    return _csv(rows.assign(**added), form)


def listed_csv(columns: Columns, form: CsvForm = PLAIN) -> bytes:
    """The same of a picture's own table."""
    rows = _rows(columns)
    return _csv(pd.DataFrame({key: _series(one, rows) for key, one in columns.items()}), form)


def estimates_csv(found: Sequence[Estimates], form: CsvForm = PLAIN) -> bytes:
    """The same of estimates."""
    return _csv(estimates_of(found), form)


def _csv(rows: pd.DataFrame, form: CsvForm) -> bytes:
    safe = rows.rename(columns=harmless)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(harmless)
    said = safe.to_csv(index=False, sep=form.separator, decimal=form.decimal)
    return said.encode("utf-8-sig")


def parquet(answers: Sequence[Answer]) -> bytes:
    """The same rows as Parquet."""
    buffer = io.BytesIO()
    rows_of(answers).to_parquet(buffer, index=False)
    return buffer.getvalue()


def xlsx(answers: Sequence[Answer]) -> bytes:
    """The same rows as an Excel workbook, codes kept as text."""
    import xlsxwriter

    frame = rows_of(answers)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("figures")
        sheet.write_row(0, 0, list(frame.columns), book.add_format({"bold": True}))
        for number, row in enumerate(frame.itertuples(index=False), start=1):
            for column, value in enumerate(row):
                if not pd.isna(value):
                    sheet.write(number, column, value)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return buffer.getvalue()


def command(question: Question, inside: Sequence[str] = ()) -> str:
    """The `ask` command that gives the same figures.

    `inside` are the codes of the question's places where it asks for those within another and that
    other's code could be taken for one of them.
    """
    parts = ["python", "-m", "analytics", "ask", question.metric, "--level", question.level]
    codes = question.places or inside
    if not codes and question.within is not None:
        codes = (question.within.code,)
    if question.level != "all":
        for code in codes:
            parts += ["--place", code]
    if question.agency_kind:
        parts += ["--agency-kind", question.agency_kind]
    parts += ["--grain", question.grain]
    if question.first or question.last:
        parts += ["--period", f"{question.first or ''}..{question.last or ''}"]
    for dimension in question.by:
        parts += ["--by", dimension]
    return shlex.join(parts)
