"""Pictures over time: `trend`, `small_multiples` and the `sparkline` of a key figure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import end, middle, period_axis, value_axis
from analytics.charts.picture import Event, Picture, Setting, shorten
from analytics.charts.rows import Row, in_time, known, latest, options, over, overlap, rows_of
from analytics.charts.theme import MARKS, amount, faded, figure, mark, text_colour

if TYPE_CHECKING:
    from analytics.answers import Answer

HEIGHT = 380
END_LABEL = 18  # characters of a name at a line's end
LABEL_GAP = 16  # pixels between two such names
WHISKERS = 6  # up to this many series, the context lines show their intervals too
NAMED = 5  # up to this many series are all named and coloured
MOST_EVENTS = 4
EVENT_LINE = 14  # pixels of an event's label; each has a line of its own
TOLD = 6  # series told in the alternative text
PANEL = 120  # pixels of a small multiple
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

    @property
    def last(self) -> float:
        """The last known value, NaN where there is none."""
        shown = known(self.rows)
        return shown[-1].value if shown else math.nan


def trend(answer: Answer, *, setting: Setting) -> Picture:
    """Lines over time, one a place or, where the answer is broken down, one a category.

    The chosen place has its colour and its interval as a band; the others stay grey behind it.
    """
    rows = rows_of(answer)
    unit = str(answer.metric.unit)
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    series = _series(answer, rows, setting)
    axis = value_axis(rows, unit, setting, include=setting.target)
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=HEIGHT,
        margin={"r": _room(series), "t": 8 + EVENT_LINE * len(_events_within(rows, setting))},
        xaxis=period_axis(rows, setting),
        yaxis=axis,
        shapes=[*_event_lines(rows, setting), *_target_line(setting)],
        annotations=[
            *_end_labels(series, axis["range"], setting),
            *_event_labels(rows, setting),
            *_target_label(setting, unit),
        ],
    )
    for one in sorted(series, key=lambda s: s.strong):
        whiskers = len(series) <= WHISKERS
        figure_.add_traces(_traces(one, unit, setting, axis["range"][0], whiskers=whiskers))
    title = _trend_title(series, unit, setting, answer.until)
    return Picture(
        figure_,
        title,
        findings.subtitle(answer, rows, setting),
        _alt(series, unit, setting, title, answer.until),
        answer.rows,
        _trend_note(series, rows, setting),
        () if answer.question.by and not findings.one_category(rows) else options(rows),
    )


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


def _series(answer: Answer, rows: Sequence[Row], setting: Setting) -> list[Series]:
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
        made.append(_place_series(in_time(group), name, setting, strong=strong))
    return made


def _place_series(rows: Sequence[Row], name: str, setting: Setting, *, strong: bool) -> Series:
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


def place_colour(row: Row, setting: Setting) -> str:
    """Colour of a row's place: its province's, or ink for all of them together."""
    if row.level == "all":
        return setting.theme.ink
    return setting.theme.province(row.province, setting.provinces)


def _traces(
    one: Series, unit: str, setting: Setting, floor: float, *, whiskers: bool
) -> list[go.Scatter]:
    rows = one.rows
    traces = []
    stretches = _stretches(rows) if one.strong else []
    if any(len(stretch) > 1 for stretch in stretches):
        traces.append(_band(stretches, one.colour))
    line: dict = {
        "x": [middle(row) for row in rows],
        "y": [row.value if row.known else None for row in rows],
        "mode": "lines+markers",
        "line": {"color": one.colour, "width": 2.5 if one.strong else 1.2, "dash": one.dash},
        "marker": {"symbol": one.symbol, "size": 7 if one.strong else 4, "color": one.colour},
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
    traces.append(go.Scatter(line))
    hidden = [row for row in rows if row.withheld]
    if hidden:
        traces.append(_withheld_marks(hidden, one, floor, unit, setting))
    return traces


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


def _withheld_marks(
    hidden: Sequence[Row], one: Series, floor: float, unit: str, setting: Setting
) -> go.Scatter:
    word = setting.text.say("withheld")
    return go.Scatter(
        x=[middle(row) for row in hidden],
        y=[floor] * len(hidden),
        mode="markers+text" if one.strong else "markers",
        text=[word, *[""] * (len(hidden) - 1)],
        textposition="top right",
        textfont={"color": setting.theme.context_text, "size": 11},
        marker={"symbol": f"{one.symbol}-open", "size": 8, "color": one.colour},
        hovertext=[findings.hover(row, one.name, unit, setting) for row in hidden],
        hoverinfo="text",
        cliponaxis=False,
    )


def _named(series: Sequence[Series]) -> list[Series]:
    """Which lines are named at their ends: all of a few, else the strong, else first and last."""
    if len(series) <= NAMED:
        return list(series)
    strong = [one for one in series if one.strong]
    return strong or [*series[:1], *series[1:][-1:]]


def _room(series: Sequence[Series]) -> int:
    named = _named(series)
    return 16 + 7 * max(len(shorten(one.name, END_LABEL)) for one in named)


def _end_labels(series: Sequence[Series], span: Sequence[float], setting: Setting) -> list[dict]:
    latest_start = max(one.rows[-1].start for one in series)
    ended = sorted(
        (one for one in series if one.rows[-1].start == latest_start and one.rows[-1].known),
        key=lambda one: one.rows[-1].value,
    )
    named = _named(ended)
    pixels = (HEIGHT - 70) / ((span[1] - span[0]) or 1)
    labels, previous = [], -math.inf
    for one in named:
        at = max(one.last * pixels, previous + LABEL_GAP)
        previous = at
        labels.append(
            {
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "xshift": 6,
                "y": one.last,
                "yshift": at - one.last * pixels,
                "yanchor": "middle",
                "text": shorten(one.name, END_LABEL),
                "showarrow": False,
                "font": {
                    "color": text_colour(setting.theme, one.colour)
                    if one.strong
                    else setting.theme.context_text,
                    "size": 12,
                },
            }
        )
    return labels


def _events_within(rows: Sequence[Row], setting: Setting) -> list[Event]:
    first, last = min(row.start for row in rows), max(end(row.period) for row in rows)
    within = [event for event in setting.events if first <= event.moment <= last]
    return sorted(within, key=lambda event: event.day)[-MOST_EVENTS:]


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
    first, last = min(row.start for row in rows), max(end(row.period) for row in rows)
    half = first + (last - first) / 2
    return [
        {
            "x": event.moment,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": EVENT_LINE * position - 2,
            "xanchor": "left" if event.moment < half else "right",
            "text": shorten(event.label, 34),
            "showarrow": False,
            "font": {"color": setting.theme.context_text, "size": 11},
        }
        for position, event in enumerate(_events_within(rows, setting))
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


def small_multiples(answer: Answer, *, setting: Setting, columns: int = 3) -> Picture:
    """A small trend for each place on one common scale, so that slopes compare."""
    rows = rows_of(answer)
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault(row.where, []).append(row)
    panels = [
        _place_series(
            in_time(group),
            setting.name(*place, group[0].place_name),
            setting,
            strong=True,
        )
        for place, group in groups.items()
    ]
    title = _risers(panels, setting, answer.until)
    return Picture(
        _panels(panels, rows, str(answer.metric.unit), columns, setting),
        title,
        findings.subtitle(answer, rows, setting),
        setting.text.say("Small lines over time, one a place. {title}.", title=title),
        answer.rows,
        findings.note(rows, setting, bands=True),
        options(rows),
    )


def _panels(
    panels: Sequence[Series], rows: Sequence[Row], unit: str, columns: int, setting: Setting
) -> go.Figure:
    columns = min(columns, len(panels))
    lines = math.ceil(len(panels) / columns)
    axis: dict[str, Any] = value_axis(rows, unit, setting) | {"nticks": 3}
    time = period_axis(rows, setting, ends_only=True)
    layout: dict = {}
    titles = []
    figure_ = figure(setting.theme, setting.text.separators, height=60 + PANEL * lines)
    for position, panel in enumerate(panels):
        column, line = position % columns, position // columns
        suffix = "" if position == 0 else str(position + 1)
        left, top, high = column / columns + 0.02, 1 - line / lines, 1 / lines
        layout[f"xaxis{suffix}"] = time | {
            "domain": [left, (column + 1) / columns - 0.02],
            "anchor": f"y{suffix}",
        }
        layout[f"yaxis{suffix}"] = axis | {
            "domain": [top - 0.84 * high, top - 0.2 * high],
            "anchor": f"x{suffix}",
            "showticklabels": column == 0,
        }
        titles.append(_panel_title(panel.name, left, top, setting))
        for trace in _traces(panel, unit, setting, axis["range"][0], whiskers=False):
            trace.update(xaxis=f"x{suffix}", yaxis=f"y{suffix}")
            figure_.add_trace(trace)
    figure_.update_layout(annotations=titles, **layout)
    return figure_


def _panel_title(name: str, x: float, top: float, setting: Setting) -> dict:
    return {
        "text": shorten(name, 24),
        "x": x,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": 12, "color": setting.theme.ink},
    }


def _risers(panels: Sequence[Series], setting: Setting, until: str | None) -> str:
    courses = [over(known(one.rows), until) for one in panels]
    ends = [(shown[0], shown[-1]) for shown in courses if len(shown) > 1]
    if not ends:
        return setting.text.say("One period only: no change to compare")
    clear = [(first, last) for first, last in ends if not overlap(first, last)]
    return setting.text.say(
        "Of {count} places {up} clearly up, {down} clearly down",
        count=len(ends),
        up=sum(last.value > first.value for first, last in clear),
        down=sum(last.value < first.value for first, last in clear),
    )


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
