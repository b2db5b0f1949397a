"""`gap_parts`: how much of a gap between two places is who is employed, and how much is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, padded
from analytics.charts.picture import Picture, Setting, wrapped
from analytics.charts.rows import Row, latest, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import LINE, figure, mark
from analytics.stats.decompose import Split, das_gupta, kitagawa

if TYPE_CHECKING:
    from analytics.answers import Answer

ROW = LINE + 10
LABEL = 0.7  # of the span, which the words beside a bar take on a narrow screen


def gap_parts(
    first: Answer, second: Answer, *, setting: Setting, names: tuple[str, str]
) -> Picture:
    """From the figure of one place to that of another: what its mix of people adds, what remains.

    Both answers are of one place, broken down by the same one or two groups of people. The parts
    sum to the gap exactly (Kitagawa 1955; for two groups Das Gupta 1993). What remains is the
    difference between people of the same groups, whatever its cause.
    """
    text, by = setting.text, first.question.by
    rows = latest(rows_of(first)), latest(rows_of(second))
    table = pd.concat(
        [first.rows.assign(selection=names[0]), second.rows.assign(selection=names[1])],
        ignore_index=True,
    )
    both = [*rows[0], *rows[1]]
    under = findings.subtitle(first, both, setting)
    split = _split(*rows, groups=len(by))
    if split.gap is None or split.rate is None or split.composition is None:
        title = text.retell(split.reason)
        if any(row.withheld for row in both):
            title = text.say("Groups are withheld: the gap cannot be split by them")
        return Picture(None, title, under, f"{title} {under}.", table)
    ends = _whole(rows[0]), _whole(rows[1])
    title = _title(split, sum(split.composition), names, str(first.metric.unit), setting)
    parts = [
        *(
            (text.say("Mix by {group}", group=text.dimension(name).lower()), part)
            for name, part in zip(by, split.composition, strict=True)
        ),
        (text.say("People of the same groups"), split.rate),
    ]
    return Picture(
        _steps(ends, rows, names, parts, str(first.metric.unit), setting),
        title,
        under,
        text.say("Steps from one figure to the other. {title}.", title=title),
        table,
        " · ".join(
            (text.say("the steps add up to the gap"), findings.note(both, setting, intervals=False))
        ),
    )


def _split(first: Sequence[Row], second: Sequence[Row], *, groups: int) -> Split:
    """The split of second less first over all groups that either has."""
    axes = [sorted({row.categories[axis] for row in (*first, *second)}) for axis in range(groups)]
    sides = [_cells(rows, axes) for rows in (first, second)]
    (size, rate), (other_size, other_rate) = sides
    method = kitagawa if groups == 1 else das_gupta
    return method(size, rate, other_size, other_rate)


def _cells(rows: Sequence[Row], axes: Sequence[list[str]]) -> tuple[np.ndarray, np.ndarray]:
    """People and figures of the groups; a withheld group has people and no figure."""
    shape = [len(axis) for axis in axes]
    size, rate = np.zeros(shape), np.full(shape, np.nan)
    for row in rows:
        at = tuple(axis.index(code) for axis, code in zip(axes, row.categories, strict=True))
        size[at] = 1.0 if row.withheld else np.nan_to_num(row.denominator)
        rate[at] = row.value
    return size, rate


def _whole(rows: Sequence[Row]) -> float:
    weights = np.array([row.denominator for row in rows])
    return float(np.average([row.value for row in rows], weights=weights))


def _title(split: Split, mix: float, names: tuple[str, str], unit: str, setting: Setting) -> str:
    text = setting.text
    gap, rest = split.gap or 0.0, split.rate or 0.0
    values = {
        "second": names[1],
        "first": names[0],
        "gap": text.difference(gap, unit),
        "mix": text.difference(mix, unit),
        "rest": text.difference(rest, unit),
    }
    if mix * gap <= 0 or values["mix"] == text.difference(0.0, unit):
        if gap < 0:
            return text.say(
                "{second} {gap} below {first}; with the same mix of people {rest}", **values
            )
        return text.say(
            "{second} {gap} above {first}; with the same mix of people {rest}", **values
        )
    if gap < 0:
        return text.say("{second} {gap} below {first}; {mix} of it is who is employed", **values)
    return text.say("{second} {gap} above {first}; {mix} of it is who is employed", **values)


def _steps(
    ends: tuple[float, float],
    rows: tuple[Sequence[Row], Sequence[Row]],
    names: tuple[str, str],
    parts: Sequence[tuple[str, float]],
    unit: str,
    setting: Setting,
) -> go.Figure:
    """The first figure on top, the parts as bars that begin where the last one ended, the second."""
    text, theme = setting.text, setting.theme
    starts = ends[0] + np.concatenate([[0.0], np.cumsum([part for _, part in parts])])
    span = float(max(*starts, *ends) - min(*starts, *ends))
    low, high = padded(float(min(*starts, *ends)), float(max(*starts, *ends)) + LABEL * span, unit)
    labels = [names[0], *(name for name, _ in parts), names[1]]
    lines = list(range(len(labels)))[::-1]
    figure_ = figure(
        theme,
        text.separators,
        height=64 + ROW * len(labels),
        xaxis=axis_between(low, high, unit, setting),
        yaxis={
            "tickvals": lines,
            "ticktext": [wrapped(label) for label in labels],
            "range": [-0.7, len(labels) - 0.3],
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
    )
    figure_.add_trace(
        go.Bar(
            orientation="h",
            y=lines[1:-1],
            x=[part for _, part in parts],
            base=starts[:-1].tolist(),
            width=0.5,
            marker={"color": theme.context_line},
            hoverinfo="skip",
        )
    )
    figure_.add_trace(
        go.Scatter(
            x=np.maximum(starts[:-1], starts[1:]).tolist(),
            y=lines[1:-1],
            mode="text",
            text=[f"  {_signed(part, unit, setting)}" for _, part in parts],
            textposition="middle right",
            textfont={"color": theme.ink, "size": 12},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    figure_.add_trace(
        go.Scatter(
            x=list(ends),
            y=[lines[0], lines[-1]],
            mode="markers+text",
            marker={
                "size": 11,
                "color": [place_colour(side[0], setting) for side in rows],
                "symbol": [mark(side[0].province, setting.provinces) for side in rows],
            },
            text=[text.value(end, unit) for end in ends],
            textposition="top center",
            textfont={"color": theme.ink, "size": 12},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    figure_.add_trace(_between_steps(starts, lines, setting))
    return figure_


def _between_steps(starts: np.ndarray, lines: Sequence[int], setting: Setting) -> go.Scatter:
    """Thin lines that carry each step's end down to where the next begins."""
    pairs = [
        (float(value), end)
        for value, upper, lower in zip(starts, lines[:-1], lines[1:], strict=True)
        for end in (upper, lower, None)
    ]
    return go.Scatter(
        x=[value for value, _ in pairs],
        y=[end for _, end in pairs],
        mode="lines",
        line={"color": setting.theme.context_text, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )


def _signed(part: float, unit: str, setting: Setting) -> str:
    sign = "+" if part >= 0 else "\u2212"
    return f"{sign}{setting.text.difference(part, unit)}"
