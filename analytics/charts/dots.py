"""Places or categories compared: `interval_dots` and, two selections at a time, `compare`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import value_axis
from analytics.charts.picture import Picture, Setting, shorten, wrapped
from analytics.charts.rows import Row, apart, apart_each, known, latest, options, rows_of
from analytics.charts.series import errors, place_colour
from analytics.charts.theme import LINE, WRAPPED_LINE, figure, mark, text_colour

if TYPE_CHECKING:
    from analytics.answers import Answer

EDGE = 0.2  # of the width: a word nearer to an edge than this would be cut when centred
MOST = 40  # more rows than this would not be read: the ends and the chosen stay


@dataclass(frozen=True)
class Dot:
    """A row with the name that stands beside it, and why it has no value, in words of its own."""

    row: Row
    name: str
    why: str = ""


def interval_dots(answer: Answer, *, setting: Setting, most: int = MOST) -> Picture:
    """Places (or categories of one place) in order of value, each a dot with its interval.

    Withheld ones stand at the axis as open marks with the word. Of more than `most`, the highest
    and the lowest are drawn, or the highest alone where the lowest are all zero; the note says how
    many are not, and the table keeps all.
    """
    unit = str(answer.metric.unit)
    rows = latest(rows_of(answer))
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    setting = findings.distinct(rows, setting)
    names = findings.labels(rows, answer.question.by, setting)
    title = findings.extremes(rows, names, unit, setting)
    dots = [Dot(row, name) for row, name in zip(rows, names, strict=True)]
    drawn, left_out = ends_of(dots, most, unit, setting)
    return Picture(
        dots_figure(drawn, unit, setting, by=bool(answer.question.by)),
        title,
        findings.subtitle(answer, rows, setting),
        setting.text.say("Dots with intervals, in order of value. {title}.", title=title),
        answer.rows,
        " · ".join(part for part in (findings.note(rows, setting), left_out) if part),
        options(rows),
    )


def ends_of(dots: Sequence[Dot], most: int, unit: str, setting: Setting) -> tuple[list[Dot], str]:
    """The dots to draw, lowest first, and which known ones are left out."""
    text = setting.text
    shown = sorted((dot for dot in dots if dot.row.known), key=lambda dot: dot.row.value)
    if len(dots) <= most:
        return [*(dot for dot in dots if not dot.row.known), *shown], ""
    half = most // 2
    ends = {*shown[:half], *shown[-half:]}
    zeros = sum(dot.row.value == 0 for dot in shown) if shown[0].row.value >= 0 else 0
    if half <= zeros < len(shown):  # a lower half of nothing but zeros would say nothing
        ends = set(shown[zeros:][-most:])
    drawn = [dot for dot in shown if dot in ends or dot.row.where == setting.chosen]
    missing = [dot for dot in shown if dot not in drawn]
    nought = sum(dot.row.value == 0 for dot in missing) if half <= zeros else 0
    said = []
    if nought:
        zero = text.value(0.0, unit)
        said.append(text.say("{count} at {value} not drawn", count=text.number(nought), value=zero))
    if between := len(missing) - nought:
        said.append(text.say("{count} in the middle not drawn", count=text.number(between)))
    return drawn, " · ".join(said)


def dots_figure(
    dots: Sequence[Dot], unit: str, setting: Setting, *, by: bool, beside: Sequence[Row] = ()
) -> go.Figure:
    """Dots with their names; the axis holds the rows `beside` them too, which are not drawn."""
    rows = [dot.row for dot in dots]
    axis = value_axis([*rows, *beside], unit, setting, include=setting.target)
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=64 + row_height(dot.name for dot in dots) * len(dots),
        margin={"b": 26 if setting.target is not None else 8},
        xaxis=axis | {"side": "top"},
        yaxis={
            "tickvals": list(range(len(dots))),
            "ticktext": [_row_name(dot, setting, by=by) for dot in dots],
            "range": [-0.7, len(dots) - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": setting.theme.ink, "size": 12},
        },
        shapes=_target_shape(setting),
        annotations=[
            *_absences(dots, axis["range"][0], setting),
            *_target_word(unit, axis["range"], setting),
        ],
    )
    figure_.add_trace(_dot_trace(dots, axis["range"][0], unit, setting))
    return figure_


def row_height(names: Iterable[str]) -> int:
    """Pixels of a row, more where a name takes two lines."""
    return WRAPPED_LINE if any("<br>" in wrapped(name) for name in names) else LINE


def _row_name(dot: Dot, setting: Setting, *, by: bool) -> str:
    name = wrapped(dot.name)
    return f"<b>{name}</b>" if not by and dot.row.where == setting.chosen else name


def _dot_trace(dots: Sequence[Dot], floor: float, unit: str, setting: Setting) -> go.Scatter:
    rows = [dot.row for dot in dots]
    symbols = [mark(row.province, setting.provinces) for row in rows]
    colours = [place_colour(row, setting) for row in rows]
    return go.Scatter(
        x=[row.value if row.known else floor for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        marker={
            "color": colours,
            "symbol": [
                symbol if row.known else f"{symbol}-open"
                for symbol, row in zip(symbols, rows, strict=True)
            ],
            "size": 10,
            "line": {"width": [0 if row.known else 1.5 for row in rows], "color": colours},
        },
        error_x=errors(rows, setting.theme.context_text, thickness=1.6),
        customdata=[row.option for row in rows],
        text=[findings.hover(dot.row, dot.name, unit, setting) for dot in dots],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )


def tick_trace(
    rows: Sequence[Row], names: Sequence[str], unit: str, setting: Setting
) -> go.Scatter:
    """A tick a line, lowest line first, where a row's value is: another figure than its dot's."""
    return go.Scatter(
        x=[row.value if row.known else None for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        marker={
            "symbol": "line-ns-open",
            "size": 14,
            "color": setting.theme.ink,
            "line": {"width": 2, "color": setting.theme.ink},
        },
        hovertext=[
            findings.hover(row, name, unit, setting) for row, name in zip(rows, names, strict=True)
        ],
        hoverinfo="text",
        cliponaxis=False,
    )


def _absences(dots: Sequence[Dot], floor: float, setting: Setting) -> list[dict]:
    return [
        {
            "x": floor,
            "y": line,
            "xanchor": "left",
            "xshift": 10,
            "text": dot.why or findings.absent(dot.row, setting),
            "showarrow": False,
            "font": {"size": 11, "color": setting.theme.context_text},
        }
        for line, dot in enumerate(dots)
        if not dot.row.known
    ]


def _target_shape(setting: Setting) -> list[dict]:
    if setting.target is None:
        return []
    return [
        {
            "type": "line",
            "x0": setting.target,
            "x1": setting.target,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": setting.theme.ink, "width": 1, "dash": "dash"},
        }
    ]


def _target_word(unit: str, span: Sequence[float], setting: Setting) -> list[dict]:
    if setting.target is None:
        return []
    part = (setting.target - span[0]) / (span[1] - span[0])
    anchor = "center" if EDGE <= part <= 1 - EDGE else "left" if part < EDGE else "right"
    written = setting.text.target(setting.target, unit)
    return [
        {
            "x": setting.target,
            "xanchor": anchor,
            "y": 0,
            "yref": "paper",
            "yanchor": "top",
            "text": setting.text.say("target {value}", value=written),
            "showarrow": False,
            "font": {"size": 11, "color": setting.theme.ink},
        }
    ]


@dataclass(frozen=True)
class Pair:
    """A row of each selection that belong together, and what they have in common."""

    first: Row
    second: Row
    label: str


def compare(first: Answer, second: Answer, *, setting: Setting, names: tuple[str, str]) -> Picture:
    """Two selections of one metric against each other, row by row where they share a row.

    `names` are what to call the two. Rows meet by category where both are broken down, by place
    where they differ in period only, by period where they differ in place only.
    """
    unit = str(first.metric.unit)
    text = setting.text
    rows = rows_of(first, second)
    table = pd.concat(
        [first.rows.assign(selection=names[0]), second.rows.assign(selection=names[1])],
        ignore_index=True,
    )
    pairs = _pairs(first, second, setting)
    under = findings.subtitle(first, rows, setting)
    if not pairs:
        title = text.say("No figure that both share")
        return Picture(None, title, under, f"{title}. {under}.", table)
    title, uncounted = _difference(pairs, names, unit, setting)
    return Picture(
        _dumbbells(pairs, names, unit, setting),
        title,
        under,
        text.say("Pairs of dots with intervals. {title}.", title=title),
        table,
        " · ".join(part for part in (findings.note(rows, setting), uncounted) if part),
        options(rows),
    )


def _pairs(first: Answer, second: Answer, setting: Setting) -> list[Pair]:
    left, right = known(rows_of(first)), known(rows_of(second))
    by = first.question.by
    places = bool({row.where for row in left} & {row.where for row in right})
    if places or by:
        left, right = latest(left), latest(right)
    if by and by == second.question.by:
        found = [
            (a, b)
            for a in left
            for b in right
            if a.categories == b.categories and (not places or a.where == b.where)
        ]
        labels = [findings.labels([a], by, setting)[0] for a, _ in found]
    elif places:
        found = [(a, b) for a in left for b in right if a.where == b.where]
        labels = [findings.place_names([a], setting)[0] for a, _ in found]
    else:
        found = [(a, b) for a in left for b in right if a.period == b.period]
        found = found or [(a, b) for a in left[:1] for b in right[:1]]
        labels = [setting.text.short_period(a.period) for a, _ in found]
    return [Pair(a, b, label) for (a, b), label in zip(found, labels, strict=True)]


def _difference(
    pairs: Sequence[Pair], names: tuple[str, str], unit: str, setting: Setting
) -> tuple[str, str]:
    """The title, and how many pairs differ alone that it does not count."""
    text = setting.text
    if len(pairs) > 1:
        both = [(pair.first, pair.second) for pair in pairs]
        clear = list(compress(pairs, apart_each(both)))
        alone = sum(apart(*pair) for pair in both)
        title = text.say(
            "{first} against {second}: clearly higher in {up} of {all}, lower in {down}",
            first=names[0],
            second=names[1],
            up=sum(pair.first.value > pair.second.value for pair in clear),
            down=sum(pair.first.value < pair.second.value for pair in clear),
            all=len(pairs),
        )
        return title, findings.not_counted(alone - len(clear), setting)
    pair = pairs[0]
    values = {
        "first": names[0],
        "high": text.value(pair.first.value, unit),
        "second": names[1],
        "low": text.value(pair.second.value, unit),
    }
    if not apart(pair.first, pair.second):
        return text.say("{first} {high}, {second} {low}: not clearly different", **values), ""
    distance = text.difference(pair.first.value - pair.second.value, unit)
    title = text.say(
        "{first} {high}, {second} {low}: {difference} apart", difference=distance, **values
    )
    return title, ""


def _dumbbells(
    pairs: Sequence[Pair], names: tuple[str, str], unit: str, setting: Setting
) -> go.Figure:
    axis = value_axis([row for pair in pairs for row in (pair.first, pair.second)], unit, setting)
    lines = list(range(len(pairs)))[::-1]
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=96 + 2 * LINE * len(pairs),
        margin={"t": 34},
        xaxis=axis,
        yaxis={
            "tickvals": lines,
            "ticktext": [wrapped(pair.label) for pair in pairs],
            "range": [-0.7, len(pairs) - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": setting.theme.ink, "size": 12},
        },
    )
    first = [Dot(pair.first, pair.label) for pair in pairs]
    second = [Dot(pair.second, pair.label) for pair in pairs]
    colours = _side_colours(pairs, setting)
    figure_.add_trace(_side(first, lines, names[0], unit, setting, colours[0], above=True))
    figure_.add_trace(_side(second, lines, names[1], unit, setting, colours[1], above=False))
    return figure_


def _side_colours(pairs: Sequence[Pair], setting: Setting) -> tuple[str, str]:
    """The colours of two provinces where each side lies in one; else none that means a province."""
    sides = [{place_colour(row, setting) for row in side} for side in _sides(pairs)]
    if all(len(side) == 1 for side in sides) and sides[0] != sides[1]:
        return sides[0].pop(), sides[1].pop()
    return setting.theme.ink, setting.theme.context_text


def _sides(pairs: Sequence[Pair]) -> tuple[list[Row], list[Row]]:
    return [pair.first for pair in pairs], [pair.second for pair in pairs]


def _side(
    dots: Sequence[Dot],
    lines: Sequence[int],
    name: str,
    unit: str,
    setting: Setting,
    colour: str,
    *,
    above: bool,
) -> go.Scatter:
    rows = [dot.row for dot in dots]
    ink = text_colour(setting.theme, colour)
    return go.Scatter(
        x=[row.value for row in rows],
        y=[line + (0.16 if above else -0.16) for line in lines],
        mode="markers+text",
        text=[shorten(name), *[""] * (len(rows) - 1)],
        textposition="top center" if above else "bottom center",
        textfont={"color": ink, "size": 12},
        marker={"symbol": "circle" if above else "square", "size": 10, "color": colour},
        error_x=errors(rows, colour, thickness=1.4),
        hovertext=[findings.hover(dot.row, f"{name}, {dot.name}", unit, setting) for dot in dots],
        hoverinfo="text",
        customdata=[row.option for row in rows],
        selected={"marker": {"opacity": 1}, "textfont": {"color": ink}},
        unselected={"marker": {"opacity": 1}, "textfont": {"color": ink}},
        cliponaxis=False,
    )
