"""The lines that pictures over time are made of: what each holds and how it is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import middle
from analytics.charts.picture import Setting
from analytics.charts.rows import Row, in_time, known
from analytics.charts.theme import MARKS, amount, faded, mark

if TYPE_CHECKING:
    from analytics.answers import Answer

NAMED = 5  # up to this many series are all named and coloured
CROWD = 12  # of more series than this, the grey ones are thin
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


@dataclass(frozen=True)
class Series:
    """One line: its rows in order of time, its name and how it is drawn."""

    rows: tuple[Row, ...]
    name: str
    colour: str
    symbol: str
    strong: bool
    dash: str = "solid"
    thin: bool = False

    @property
    def hidden(self) -> list[Row]:
        """The rows that are withheld."""
        return [row for row in self.rows if row.withheld]

    @property
    def last(self) -> float:
        """The last known value, NaN where there is none."""
        shown = known(self.rows)
        return shown[-1].value if shown else math.nan


def series_of(answer: Answer, rows: Sequence[Row], setting: Setting) -> list[Series]:
    """The lines of an answer: one a place, or one a category where it is of one place."""
    groups: dict[tuple[tuple[str, str], tuple[str, ...]], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.where, row.categories), []).append(row)
    places = {place for place, _ in groups}
    if answer.question.by and len(places) == 1:
        return [
            _category_series(answer, in_time(group), position, len(groups), setting)
            for position, group in enumerate(groups.values())
        ]
    chosen = setting.chosen in places
    made = []
    for (place, _), group in groups.items():
        strong = place == setting.chosen or (not chosen and len(groups) <= NAMED)
        name = setting.name(*place, group[0].place_name)
        if answer.question.by and not findings.one_category(rows):
            name = findings.labels(group[:1], answer.question.by, setting)[0]
        one = place_series(in_time(group), name, setting, strong=strong)
        made.append(replace(one, thin=len(groups) > CROWD))
    return made


def place_series(rows: Sequence[Row], name: str, setting: Setting, *, strong: bool) -> Series:
    """The line of a place, in its province's colour where it is strong and grey where not."""
    colour = place_colour(rows[0], setting) if strong else setting.theme.context_line
    symbol = mark(rows[0].province, setting.provinces)
    return Series(tuple(rows), name, colour, symbol, strong)


def _category_series(
    answer: Answer, rows: Sequence[Row], position: int, count: int, setting: Setting
) -> Series:
    name = findings.labels(rows[:1], answer.question.by, setting)[0]
    part = 1.0 if count == 1 else 0.45 + 0.55 * (position / (count - 1))
    dash = DASHES[position % len(DASHES)]
    symbol = MARKS[position % len(MARKS)]
    return Series(tuple(rows), name, amount(setting.theme, part), symbol, True, dash)


def _width(one: Series) -> float:
    if one.strong:
        return 2.5
    return 0.6 if one.thin else 1.2


def _mark_size(one: Series) -> int:
    if one.strong:
        return 7
    return 2 if one.thin else 4


def place_colour(row: Row, setting: Setting) -> str:
    """Colour of a row's place: its province's, or ink for all of them together."""
    if row.level == "all":
        return setting.theme.ink
    return setting.theme.province(row.province, setting.provinces)


def traces(one: Series, unit: str, setting: Setting, *, whiskers: bool) -> list[go.Scatter]:
    """The line of a series, under it its band where the series is strong."""
    rows = one.rows
    drawn = []
    stretches = _stretches(rows) if one.strong else []
    if any(len(stretch) > 1 for stretch in stretches):
        drawn.append(_band(stretches, one.colour))
    line: dict = {
        "x": [middle(row) for row in rows],
        "y": [row.value if row.known else None for row in rows],
        "mode": "lines+markers",
        "line": {"color": one.colour, "width": _width(one), "dash": one.dash},
        "marker": {"symbol": one.symbol, "size": _mark_size(one), "color": one.colour},
        "customdata": [row.option for row in rows],
        "text": [findings.hover(row, one.name, unit, setting) for row in rows],
        "hovertemplate": "%{text}<extra></extra>",
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }
    if one.strong:
        alone = {stretch[0] for stretch in stretches if len(stretch) == 1}
        line["error_y"] = errors(rows, one.colour, thickness=1.6, only=alone)
    elif whiskers:
        line["error_y"] = errors(rows, one.colour, thickness=1)
    drawn.append(go.Scatter(line))
    return drawn


def errors(
    rows: Sequence[Row], colour: str, *, thickness: float, only: Container[Row] | None = None
) -> dict:
    """Intervals as plotly's error bars, of all rows or `only` some; none where there is none."""
    drawn = [row.has_interval and (only is None or row in only) for row in rows]
    pairs = list(zip(rows, drawn, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [row.high - row.value if shown else None for row, shown in pairs],
        "arrayminus": [row.value - row.low if shown else None for row, shown in pairs],
        "color": colour,
        "thickness": thickness,
        "width": 0,
    }


def _stretches(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows with intervals, parted where the line is broken."""
    parted = itertools.groupby(rows, key=lambda row: row.has_interval)
    return [list(stretch) for shown, stretch in parted if shown]


def _band(stretches: Sequence[Sequence[Row]], colour: str) -> go.Scatter:
    times: list[datetime | None] = []
    bounds: list[float | None] = []
    for stretch in stretches:
        if len(stretch) > 1:
            moments = [middle(row) for row in stretch]
            times += [*moments, *moments[::-1], None]
            bounds += [*(row.high for row in stretch), *(row.low for row in stretch[::-1]), None]
    return go.Scatter(
        x=times[:-1],
        y=bounds[:-1],
        fill="toself",
        fillcolor=faded(colour, 0.16),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )
