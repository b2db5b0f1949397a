"""Pictures over time: `trend`, and the `sparkline` of a key figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import period_axis, value_axis
from analytics.charts.lanes import Lane, lane_marks, lanes_of
from analytics.charts.picture import Event, Picture, Setting, shorten, wrapped
from analytics.charts.rows import Row, in_time, known, latest, options, over, rows_of
from analytics.charts.series import NAMED, Series, place_colour, series_of, traces
from analytics.charts.theme import figure, text_colour

if TYPE_CHECKING:
    from analytics.answers import Answer

HEIGHT = 380
PLOT = 310  # pixels of it, about, between the axes' ends
END_LABEL = 18  # characters of a line of the name at a line's end
LABEL_GAP = 16  # pixels of one line of such a name
WHISKERS = 6  # up to this many series, the context lines show their intervals too
MOST_EVENTS = 4
EVENT_LINE = 14  # pixels of an event's label; each has a line of its own
EVENT_LABEL = 28  # characters, which a narrow screen has room for on either side
TOLD = 6  # series told in the alternative text


def trend(answer: Answer, *, setting: Setting) -> Picture:
    """Lines over time, one a place or, where the answer is broken down, one a category.

    The chosen place has its colour and its interval as a band; the others stay grey behind it. What
    is withheld stands as open marks under the lines.
    """
    rows = rows_of(answer)
    unit = str(answer.metric.unit)
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    setting = findings.distinct(rows, setting)
    series = series_of(answer, rows, setting)
    title = _trend_title(series, unit, setting, answer.until)
    return Picture(
        _trend_figure(series, rows, unit, setting),
        title,
        findings.subtitle(answer, rows, setting),
        _alt(series, unit, setting, title, answer.until),
        answer.rows,
        _trend_note(series, rows, setting),
        () if answer.question.by and not findings.one_category(rows) else options(rows),
    )


def _trend_figure(
    series: Sequence[Series], rows: Sequence[Row], unit: str, setting: Setting
) -> go.Figure:
    whiskers = len(series) <= WHISKERS
    axis = value_axis(_spanned(series, whiskers), unit, setting, include=setting.target)
    time = period_axis(rows, setting)
    lanes = lanes_of(series, _named(series), time["range"], setting)
    low, high = axis["range"]
    room = min(sum(lane.height for lane in lanes), PLOT // 2)
    pixel = (high - low) / (PLOT - room)
    axis["range"] = [low - room * pixel, high]
    marks, words = lane_marks(lanes, low, pixel, unit, setting)
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=HEIGHT,
        margin={"r": _room(series), "t": 8 + EVENT_LINE * len(_event_words(rows, setting))},
        xaxis=time,
        yaxis=axis,
        shapes=[*_event_lines(rows, setting), *_target_line(setting), *_floor(lanes, low, setting)],
        annotations=[
            *_end_labels(series, axis["range"], setting),
            *_event_labels(rows, setting),
            *_target_label(setting, unit),
            *words,
        ],
    )
    for one in sorted(series, key=lambda s: s.strong):
        figure_.add_traces(traces(one, unit, setting, whiskers=whiskers))
    figure_.add_traces(marks)
    return figure_


def _spanned(series: Sequence[Series], whiskers: bool) -> list[Row]:
    """The rows the axis must hold; intervals that are not drawn must not stretch it."""
    bare = {"low": math.nan, "high": math.nan}
    return [
        row if one.strong or whiskers else replace(row, **bare)
        for one in series
        for row in one.rows
    ]


def _floor(lanes: Sequence[Lane], low: float, setting: Setting) -> list[dict]:
    """The line between the values and the lanes."""
    if not lanes:
        return []
    line = {"color": setting.theme.context_line, "width": 1}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": low, "y1": low, "line": line}]


def _trend_note(series: Sequence[Series], rows: Sequence[Row], setting: Setting) -> str:
    """The note; where too many lines are drawn for their intervals, it says where these are."""
    bands = any(one.strong for one in series)
    drawn = len(series) <= WHISKERS or bands
    said = findings.note(rows, setting, intervals=drawn, bands=bands)
    if drawn:
        return said
    return " · ".join(part for part in (said, setting.text.say("intervals in the table")) if part)


def _trend_title(series: Sequence[Series], unit: str, setting: Setting, until: str | None) -> str:
    strong = [one for one in series if one.strong]
    if len(strong) == 1:
        return findings.movement(strong[0].rows, strong[0].name, unit, setting, until=until)
    last = max(row.start for one in series for row in known(one.rows))
    ends = [(row, one) for one in series for row in known(one.rows) if row.start == last]
    if len(ends) == 1:
        row, one = ends[0]
        return findings.movement([row], shorten(one.name), unit, setting, until=until)
    rows, names = [row for row, _ in ends], [shorten(one.name) for _, one in ends]
    found = findings.extremes(rows, names, unit, setting)
    if last == max(one.rows[-1].start for one in series):
        return found
    period = setting.text.period(rows[0].period)
    return setting.text.say("{finding} ({period})", finding=found, period=period)


def _named(series: Sequence[Series]) -> list[Series]:
    """Which lines are named at their ends: all of a few, else the strong, else first and last."""
    if len(series) <= NAMED:
        return list(series)
    strong = [one for one in series if one.strong]
    return strong or [*series[:1], *series[1:][-1:]]


def _room(series: Sequence[Series]) -> int:
    lines = [line for one in _named(series) for line in _end_name(one).split("<br>")]
    return 16 + 7 * max(len(line) for line in lines)


def _end_name(one: Series) -> str:
    return wrapped(one.name, END_LABEL)


def _end_labels(series: Sequence[Series], span: Sequence[float], setting: Setting) -> list[dict]:
    latest_start = max(one.rows[-1].start for one in series)
    ended = sorted(
        (one for one in series if one.rows[-1].start == latest_start and one.rows[-1].known),
        key=lambda one: one.rows[-1].value,
    )
    named = _named(ended)
    pixels = PLOT / ((span[1] - span[0]) or 1)
    places = _apart(
        [(one.last - span[0]) * pixels for one in named],
        [LABEL_GAP * (1 + _end_name(one).count("<br>")) for one in named],
    )
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 6,
            "y": one.last,
            "yshift": place - (one.last - span[0]) * pixels,
            "yanchor": "middle",
            "align": "left",
            "text": _end_name(one),
            "showarrow": False,
            "font": {
                "color": text_colour(setting.theme, one.colour)
                if one.strong
                else setting.theme.context_text,
                "size": 12,
            },
        }
        for one, place in zip(named, places, strict=True)
    ]


def _apart(places: Sequence[float], heights: Sequence[int]) -> list[float]:
    """The places in pixels, lowest first, moved so that none lies over another or over the top."""
    found: list[float] = []
    floor = -math.inf
    for place, height in zip(places, heights, strict=True):
        found.append(max(place, floor + height / 2))
        floor = found[-1] + height / 2
    ceiling = float(PLOT + LABEL_GAP / 2)
    for position in range(len(found) - 1, -1, -1):
        found[position] = min(found[position], ceiling - heights[position] / 2)
        ceiling = found[position] - heights[position] / 2
    return found


def _events_within(rows: Sequence[Row], setting: Setting) -> list[Event]:
    """The events within the time axis, in order, of the last few kinds."""
    first, last = period_axis(rows, setting)["range"]
    within = sorted(
        (event for event in setting.events if first <= event.moment <= last),
        key=lambda event: event.day,
    )
    kinds = list(dict.fromkeys(event.label for event in within[::-1]))[:MOST_EVENTS]
    return [event for event in within if event.label in kinds]


def _event_words(rows: Sequence[Row], setting: Setting) -> list[Event]:
    """Of each kind of event the first, which bears the label."""
    events = _events_within(rows, setting)
    return list({event.label: event for event in events[::-1]}.values())[::-1]


def _event_lines(rows: Sequence[Row], setting: Setting) -> list[dict]:
    return [
        {
            "type": "line",
            "x0": event.moment,
            "x1": event.moment,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": setting.theme.context_text, "width": 1, "dash": "dot"},
        }
        for event in _events_within(rows, setting)
    ]


def _event_labels(rows: Sequence[Row], setting: Setting) -> list[dict]:
    first, last = period_axis(rows, setting)["range"]
    half = first + (last - first) / 2
    return [
        {
            "x": event.moment,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": EVENT_LINE * position - 2,
            "xanchor": "left" if event.moment < half else "right",
            "text": shorten(event.label, EVENT_LABEL),
            "showarrow": False,
            "font": {"color": setting.theme.context_text, "size": 11},
        }
        for position, event in enumerate(_event_words(rows, setting))
    ]


def _target_line(setting: Setting) -> list[dict]:
    if setting.target is None:
        return []
    return [
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "paper",
            "y0": setting.target,
            "y1": setting.target,
            "line": {"color": setting.theme.ink, "width": 1, "dash": "dash"},
        }
    ]


def _target_label(setting: Setting, unit: str) -> list[dict]:
    if setting.target is None:
        return []
    written = setting.text.target(setting.target, unit)
    return [
        {
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": setting.target,
            "yanchor": "bottom",
            "text": setting.text.say("target {value}", value=written),
            "showarrow": False,
            "font": {"color": setting.theme.ink, "size": 11},
        }
    ]


def _alt(
    series: Sequence[Series], unit: str, setting: Setting, title: str, until: str | None
) -> str:
    told = [
        findings.movement(one.rows, one.name, unit, setting, until=until) for one in series[:TOLD]
    ]
    said = "; ".join(told)
    return setting.text.say("Lines over time. {title}. {series}", title=title, series=said)


def sparkline(answer: Answer, *, setting: Setting) -> str:
    """The course of one place as SVG, decorative: the figures stand beside it in words."""
    shown = over(in_time(known(rows_of(answer))), answer.until)
    if len(shown) < 2:
        return ""
    low, high = min(row.value for row in shown), max(row.value for row in shown)
    first, span = shown[0].start, shown[-1].start - shown[0].start
    points = []
    for row in shown:
        x = 2 + 96 * ((row.start - first) / span if span else 0.0)
        y = 22 - 18 * ((row.value - low) / (high - low) if high > low else 0.5)
        points.append(f"{x:.1f},{y:.1f}")
    colour = place_colour(latest(shown)[0], setting)
    last_x, last_y = points[-1].split(",")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 26" width="100" height="26">'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        f'<circle cx="{last_x}" cy="{last_y}" r="2.4" fill="{colour}"/></svg>'
    )
