"""`small_multiples`: a small trend for each place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import period_axis, value_axis
from analytics.charts.lanes import open_marks
from analytics.charts.picture import Picture, Setting, wrapped
from analytics.charts.rows import (
    Row,
    apart,
    apart_each,
    as_far,
    in_time,
    known,
    options,
    over,
    rows_of,
    usual_error,
)
from analytics.charts.series import Series, place_series, traces
from analytics.charts.theme import figure

if TYPE_CHECKING:
    from analytics.answers import Answer

MOST_COLUMNS = 3  # also on a narrow screen
PANEL = 136  # pixels of a panel: two lines of a name, the line, the years
CEILING, FLOOR = 0.24, 0.8  # of a panel's height, where its line is drawn
NAME = 14  # characters of a name on one line
MOST = 42  # more panels than this would not be read: those that moved most stay


def small_multiples(answer: Answer, *, setting: Setting, columns: int = 3) -> Picture:
    """A small trend for each place on one common scale, so that slopes compare."""
    rows = rows_of(answer)
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    setting = findings.distinct(rows, setting)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault(row.where, []).append(row)
    panels = [
        place_series(
            in_time(group),
            setting.name(*place, group[0].place_name),
            setting,
            strong=True,
        )
        for place, group in groups.items()
    ]
    title, uncounted = _risers(panels, setting, answer.until)
    shown, left_out = _most_moved(panels, setting)
    return Picture(
        _panels(shown, rows, str(answer.metric.unit), columns, setting),
        title,
        findings.subtitle(answer, rows, setting),
        setting.text.say("Small lines over time, one a place. {title}.", title=title),
        answer.rows,
        " · ".join(
            part for part in (findings.note(rows, setting, bands=True), left_out, uncounted) if part
        ),
        options(rows),
    )


def _most_moved(panels: Sequence[Series], setting: Setting) -> tuple[list[Series], str]:
    """The panels to draw in their order, and how many of the least moved are not."""
    if len(panels) <= MOST:
        return list(panels), ""
    most = sorted(panels, key=lambda panel: (_where(panel) != setting.chosen, -_moved(panel)))[
        :MOST
    ]
    kept = {_where(panel) for panel in most}
    text = setting.text
    count = text.number(len(panels) - MOST)
    said = text.say("{count} that moved least not drawn", count=count)
    return [panel for panel in panels if _where(panel) in kept], said


def _where(panel: Series) -> tuple[str, str]:
    return panel.rows[0].where


def _moved(panel: Series) -> float:
    """How far a series went between its first and its last known value."""
    shown = known(panel.rows)
    return abs(shown[-1].value - shown[0].value) if shown else -1.0


def _panels(
    panels: Sequence[Series], rows: Sequence[Row], unit: str, columns: int, setting: Setting
) -> go.Figure:
    columns = min(columns, MOST_COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    axis: dict[str, Any] = value_axis(rows, unit, setting)
    time = period_axis(rows, setting) | {"showticklabels": False}
    layout: dict = {}
    annotations: list[dict] = []
    figure_ = figure(setting.theme, setting.text.separators, height=PANEL * lines + 8)
    for position, panel in enumerate(panels):
        column, line = position % columns, position // columns
        suffix = "" if position == 0 else str(position + 1)
        left, right = column / columns + 0.015, (column + 1) / columns - 0.015
        top, high = 1 - line / lines, 1 / lines
        floor = top - FLOOR * high
        layout[f"xaxis{suffix}"] = time | {"domain": [left, right], "anchor": f"y{suffix}"}
        layout[f"yaxis{suffix}"] = axis | {
            "domain": [floor, top - CEILING * high],
            "anchor": f"x{suffix}",
            "showticklabels": column == 0,
        }
        annotations.append(_words(panel.name, left, top, "left", setting.theme.ink))
        annotations += _ends(rows, (left, right), floor, setting)
        for trace in _drawn(panel, unit, axis["range"][0], setting):
            trace.update(xaxis=f"x{suffix}", yaxis=f"y{suffix}")
            figure_.add_trace(trace)
    figure_.update_layout(annotations=annotations, **layout)
    return figure_


def _drawn(panel: Series, unit: str, floor: float, setting: Setting) -> list[go.Scatter]:
    marks = [open_marks([panel], floor, unit, setting)] if panel.hidden else []
    return [*traces(panel, unit, setting, whiskers=False), *marks]


def _ends(
    rows: Sequence[Row], sides: tuple[float, float], floor: float, setting: Setting
) -> list[dict]:
    """The first and the last period, inside the panel so that two panels' do not meet."""
    ordered = in_time(rows)
    periods = list(dict.fromkeys((ordered[0].period, ordered[-1].period)))
    grey = setting.theme.context_text
    return [
        _words(setting.text.short_period(period), x, floor, side, grey)
        for period, x, side in zip(periods, sides, ("left", "right"), strict=False)
    ]


def _words(words: str, x: float, y: float, side: str, colour: str) -> dict[str, Any]:
    return {
        "text": wrapped(words, NAME),
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": side,
        "yanchor": "top",
        "align": side,
        "showarrow": False,
        "font": {"size": 11, "color": colour},
    }


def _risers(panels: Sequence[Series], setting: Setting, until: str | None) -> tuple[str, str]:
    """How many places went clearly up or down, and how many that differ alone are not counted.

    What grows within a year is followed from the same part of one year to that of another.
    """
    courses = [over(known(one.rows), until) for one in panels]
    courses = [[row for row in rows if as_far(row, rows[-1])] for rows in courses if rows]
    courses = [rows for rows in courses if len(rows) > 1]
    if not courses:
        return setting.text.say("One period only: no change to compare"), ""
    ends = [(rows[0], rows[-1]) for rows in courses]
    clear = list(compress(ends, apart_each(ends, [usual_error(rows) for rows in courses])))
    alone = sum(apart(*pair) for pair in ends)
    title = setting.text.say(
        "Of {count} places {up} clearly up, {down} clearly down",
        count=len(ends),
        up=sum(last.value > first.value for first, last in clear),
        down=sum(last.value < first.value for first, last in clear),
    )
    return title, findings.not_counted(alone - len(clear), setting, ups_and_downs=True)
