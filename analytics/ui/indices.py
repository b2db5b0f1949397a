"""An index with its parts in the open: each with its weight, its figure and its doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analytics.answers import Answer
from analytics.charts import Setting
from analytics.charts.findings import absent
from analytics.charts.rows import Row, latest, rows_of
from analytics.metrics.base import Share, Unit
from analytics.ui.tables import Units


@dataclass(frozen=True)
class Part:
    """A component of an index at one place: its weight, and what its metric is there."""

    weight: float
    answer: Answer

    @property
    def row(self) -> Row | None:
        """The figure of the last period; None where there is no row at all."""
        rows = latest(rows_of(self.answer))
        return rows[0] if rows else None

    @property
    def missing(self) -> bool:
        """Whether there is no figure, for whatever reason."""
        return self.row is None or not self.row.known

    def on_hundred(self, value: float) -> float:
        """A figure of this part as the index takes it, from 0 to 100."""
        return value * 100 if isinstance(self.answer.metric, Share) else value

    def reason(self, setting: Setting) -> str:
        """Why there is no figure; empty where there is one."""
        if not self.missing:
            return ""
        return absent(self.row, setting) if self.row else setting.text.say("no figure")


def table_of(parts: Sequence[Part], setting: Setting) -> tuple[pd.DataFrame, Units]:
    """One line a part, in the reader's words; the units of its figures as in `tables.shown`."""
    text = setting.text
    figures = {"value": text.say("From 0 to 100")}
    figures |= {"low": text.say("95% from"), "high": text.say("95% to")}
    lines = []
    for part in parts:
        row = part.row
        line: dict[str, object] = {
            text.say("Part"): text.say(part.answer.metric.title),
            text.say("Weight"): part.weight,
            text.say("Period"): text.period(row.period) if row else "–",
        }
        for name, title in figures.items():
            line[title] = part.on_hundred(getattr(row, name)) if row else float("nan")
        line[text.say("Note")] = part.reason(setting)
        lines.append(line)
    units: Units = {title: [str(Unit.POINTS)] * len(lines) for title in figures.values()}
    return pd.DataFrame(lines), units | {text.say("Weight"): [str(Unit.SHARE)] * len(lines)}


def why_none(parts: Sequence[Part], place: str, setting: Setting) -> str:
    """That there is no index, and for want of which parts; empty where none is missing."""
    text = setting.text
    wanting = [
        f"{text.say(part.answer.metric.title).lower()} ({part.reason(setting)})"
        for part in parts
        if part.missing
    ]
    if not wanting:
        return ""
    return text.say(
        "There is no index for {place}, for want of: {parts}.",
        place=place,
        parts=", ".join(wanting),
    )
