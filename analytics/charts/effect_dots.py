"""`effect_dots`: what changed after a policy in each place that has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, padded
from analytics.charts.dots import row_height
from analytics.charts.effects import (
    Effect,
    counted,
    effects,
    finding,
    matters_note,
    small_first,
    smallest,
)
from analytics.charts.picture import Event, Picture, Setting, wrapped
from analytics.charts.rows import Row, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import faded, figure, mark
from analytics.stats.interrupted_series import BENT

if TYPE_CHECKING:
    from analytics.answers import Answer


def effect_dots(answer: Answer, *, setting: Setting, policies: Mapping[str, Event]) -> Picture:
    """What changed after a policy in each place that has one, a dot with its 95 % interval.

    The answer is by month; `policies` maps codes of its places to the policy that began there.
    Places of too few months keep their row and say so.
    """
    rows = rows_of(answer)
    found = effects(answer, policies)
    if not found:
        return findings.nothing(answer, rows, setting)
    setting = findings.distinct([effect.row for effect in found], setting)
    told = sorted(
        (effect for effect in found if effect.found.average),
        key=lambda effect: effect.found.average.value if effect.found.average else 0.0,
    )
    lines = [*(effect for effect in found if not effect.found.average), *told[::-1]]
    title = counted(found, answer, setting)
    text = setting.text
    notes = [
        text.say("click a mark for its months"),
        text.say("lines show 95% intervals, each on its own"),
        text.say("shaded: less than matters"),
        matters_note(answer, setting),
    ]
    if any(effect.found.bent for effect in found):
        notes.append(text.retell(BENT).rstrip("."))
    if len(policies) > len(found):
        left_out = len(policies) - len(found)
        notes.append(text.say("{count} not drawn", count=text.number(left_out)))
    return Picture(
        _dots_figure(lines, answer, setting),
        title,
        _subtitle(answer, rows, setting),
        text.say("Dots with intervals, in order of value. {title}.", title=title),
        answer.rows,
        " · ".join(notes),
        options([effect.row for effect in found]),
    )


def _subtitle(answer: Answer, rows: Sequence[Row], setting: Setting) -> str:
    text = setting.text
    what = text.say("Change in {metric}", metric=small_first(text.say(answer.metric.title)))
    points = text.say("percentage points") if str(answer.metric.unit) == "share" else None
    return findings.subtitle(answer, rows, setting, what=what, unit=points)


def _dots_figure(lines: Sequence[Effect], answer: Answer, setting: Setting) -> go.Figure:
    theme, unit = setting.theme, str(answer.metric.unit)
    scale = 100 if unit == "share" else 1  # differences of shares are points
    matters = smallest(answer) * scale
    averages = [effect.found.average for effect in lines if effect.found.average]
    ends = [0.0, -matters, matters]
    ends += [number * scale for average in averages for number in (average.low, average.high)]
    names = findings.place_names([effect.row for effect in lines], setting)
    axis = axis_between(*padded(min(ends), max(ends), "points"), "points", setting)
    low, high = axis["range"]
    drawn = figure(
        theme,
        setting.text.separators,
        height=64 + row_height(names) * len(lines),
        xaxis=axis | {"side": "top"},
        yaxis={
            "tickvals": list(range(len(lines))),
            "ticktext": [wrapped(name) for name in names],
            "range": [-0.7, len(lines) - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
        shapes=[_nothing_much(matters, setting), _no_change(setting)],
        annotations=[
            _untold(line, effect, setting, right=-low <= high)
            for line, effect in enumerate(lines)
            if not effect.found.average
        ],
    )
    drawn.add_trace(_dots(lines, names, scale, answer, setting))
    return drawn


def _nothing_much(matters: float, setting: Setting) -> dict:
    fill = faded(setting.theme.context_text, 0.14)
    return {"type": "rect", "x0": -matters, "x1": matters, "y0": 0, "y1": 1, "yref": "paper"} | {
        "fillcolor": fill,
        "line": {"width": 0},
        "layer": "below",
    }


def _no_change(setting: Setting) -> dict:
    line = {"color": setting.theme.ink, "width": 1}
    return {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _untold(line: int, effect: Effect, setting: Setting, *, right: bool) -> dict:
    """How few months there are, at the end that is further from the open mark at no change."""
    few = setting.text.say(
        "{before} months before, {after} after", before=effect.before, after=effect.after
    )
    return {
        "x": int(right),
        "xref": "paper",
        "y": line,
        "xanchor": "right" if right else "left",
        "align": "right" if right else "left",
        "text": few.replace(", ", ",<br>"),
        "showarrow": False,
        "font": {"size": 11, "color": setting.theme.context_text},
    }


def _dots(
    lines: Sequence[Effect], names: Sequence[str], scale: int, answer: Answer, setting: Setting
) -> go.Scatter:
    colours = [place_colour(effect.row, setting) for effect in lines]
    symbols = [mark(effect.row.province, setting.provinces) for effect in lines]
    told = [effect.found.average for effect in lines]
    return go.Scatter(
        x=[one.value * scale if one else 0.0 for one in told],
        y=list(range(len(lines))),
        mode="markers",
        marker={
            "color": colours,
            "symbol": [
                symbol if one else f"{symbol}-open"
                for symbol, one in zip(symbols, told, strict=True)
            ],
            "size": 10,
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [(one.high - one.value) * scale if one else None for one in told],
            "arrayminus": [(one.value - one.low) * scale if one else None for one in told],
            "color": setting.theme.context_text,
            "thickness": 1.6,
            "width": 0,
        },
        customdata=[effect.row.option for effect in lines],
        text=[
            f"<b>{name}</b><br>{finding(effect, answer, setting)}"
            for effect, name in zip(lines, names, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )
