"""`gap_parts`: how much of a gap between two places is who is employed, and how much is not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, padded
from analytics.charts.columns import with_ends
from analytics.charts.picture import WORDS, Column, Columns, Picture, Setting, wrapped
from analytics.charts.rows import Row, latest, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import LINE, figure, mark
from analytics.stats.decompose import Groups, Split, das_gupta, kitagawa, part_intervals
from analytics.stats.intervals import Interval

if TYPE_CHECKING:
    from analytics.answers import Answer

ROW = LINE + 20
LABEL = 0.7  # of the span, which the words beside a bar take on a narrow screen


@dataclass(frozen=True)
class Part:
    """A part of a gap: its name, its size and the ends of its interval, NaN where it has none."""

    key: str
    name: str
    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether it is known to be more than nothing, in one direction."""
        return not self.low <= 0 <= self.high


def gap_parts(
    first: Answer, second: Answer, *, setting: Setting, names: tuple[str, str]
) -> Picture:
    """From the figure of one place to that of another: what its mix of people adds, what remains.

    Both answers are of one place, broken down by the same one or two groups of people. The parts
    sum to the gap exactly (Kitagawa 1955; for two groups Das Gupta 1993). What remains is the
    difference between people of the same groups, whatever its cause. Intervals are those of chance
    in the figures; who is employed is counted.
    """
    text, by = setting.text, first.question.by
    rows = latest(rows_of(first)), latest(rows_of(second))
    table = pd.concat(
        [first.rows.assign(selection=names[0]), second.rows.assign(selection=names[1])],
        ignore_index=True,
    )
    both = [*rows[0], *rows[1]]
    under = findings.subtitle(first, both, setting)
    axes = [sorted({row.categories[axis] for row in both}) for axis in range(len(by))]
    sides = tuple(_groups(side, axes) for side in rows)
    split = _split(*sides)
    if split.gap is None or split.rate is None or split.composition is None:
        title = text.retell(split.reason)
        if any(row.withheld for row in both):
            title = text.say("Groups are withheld: the gap cannot be split by them")
        return Picture(None, title, under, f"{title} {under}.", table)
    parts = _parts(split, sides, by, setting)
    ends = _whole(rows[0]), _whole(rows[1])
    unit = str(first.metric.unit)
    title = _title(split, parts, names, unit, setting)
    return Picture(
        _steps(ends, rows, names, parts[:-1], unit, setting),
        title,
        under,
        text.say("Steps from one figure to the other. {title}.", title=title),
        table,
        " · ".join(
            (
                text.say("the steps add up to the gap"),
                _doubt(parts, setting),
                findings.note(both, setting, intervals=False),
            )
        ),
        listing=_listing(sides, axes, split, parts, first, names, setting),
    )


def _split(first: Groups, second: Groups) -> Split:
    """The split of second less first over all groups that either has."""
    method = kitagawa if np.ndim(first.size) == 1 else das_gupta
    return method(first.size, first.rate, second.size, second.rate)


def _groups(rows: Sequence[Row], axes: Sequence[list[str]]) -> Groups:
    """People and figures of the groups; a withheld group has people and no figure."""
    shape = [len(axis) for axis in axes]
    size, (rate, low, high) = np.zeros(shape), np.full((3, *shape), np.nan)
    for row in rows:
        at = tuple(axis.index(code) for axis, code in zip(axes, row.categories, strict=True))
        size[at] = 1.0 if row.withheld else np.nan_to_num(row.denominator)
        rate[at], low[at], high[at] = row.value, row.low, row.high
    return Groups(size, rate, Interval(low, high))


def _parts(
    split: Split, sides: Sequence[Groups], by: Sequence[str], setting: Setting
) -> list[Part]:
    """One part a group of people, then what remains; the last is the gap itself."""
    text, ends = setting.text, part_intervals(*sides)
    names = [
        *(
            (f"mix_{name}", text.say("Mix by {group}", group=text.dimension(name).lower()))
            for name in by
        ),
        ("same_groups", text.say("People of the same groups")),
        ("gap", text.say("Gap")),
    ]
    values = [*(split.composition or ()), split.rate or 0.0, split.gap or 0.0]
    found = zip(names, values, ends.low.tolist(), ends.high.tolist(), strict=True)
    return [Part(*named, value, low, high) for named, value, low, high in found]


def _doubt(parts: Sequence[Part], setting: Setting) -> str:
    """What the intervals are of, or why there are none."""
    text = setting.text
    if any(math.isnan(part.low) for part in parts):
        return text.say("parts without an interval: that of a group is not known")
    return text.say(
        "lines: 95% intervals of the parts, by chance in the figures; who is employed is counted"
    )


def _listing(
    sides: Sequence[Groups],
    axes: Sequence[list[str]],
    split: Split,
    parts: Sequence[Part],
    answer: Answer,
    names: tuple[str, str],
    setting: Setting,
) -> Columns:
    """A row a group with what it adds to the parts, and a last row that sums them."""
    text, unit = setting.text, str(answer.metric.unit)
    change = "change" if unit == "share" else unit
    cells = [at for at in np.ndindex(*map(len, axes)) if any(side.size[at] > 0 for side in sides)]
    columns: dict[str, Column] = {}
    for axis, dimension in enumerate(answer.question.by):
        said = [text.category(dimension, axes[axis][at[axis]]) for at in cells]
        together = text.say("Together") if axis == 0 else ""
        columns[dimension] = Column(text.dimension(dimension), WORDS, [*said, together])
    for number, (side, name) in enumerate(zip(sides, names, strict=True), start=1):
        shares = [float(side.size[at] / side.size.sum()) for at in cells]
        title = text.say("{place}: share of people", place=name)
        columns[f"share_of_people_{number}"] = Column(title, "share", [*shares, 1.0])
        whole = float(np.nansum(side.size * np.nan_to_num(side.rate)) / side.size.sum())
        title = text.say("{place}: figure", place=name)
        figures = [*(float(side.rate[at]) for at in cells), whole]
        columns[f"value_{number}"] = Column(title, unit, figures)
    groups = {"same_groups": split.groups_rate}
    if len(axes) == 1:
        groups[parts[0].key] = split.groups_composition
    for part in parts:
        of_group = groups.get(part.key)
        blank = [None] * len(cells)
        values = blank if of_group is None else [float(of_group[at]) for at in cells]
        ends = [[*values, part.value], [*blank, part.low], [*blank, part.high]]
        columns |= with_ends(part.name, part.key, change, ends, setting)
    return columns


def _whole(rows: Sequence[Row]) -> float:
    weights = np.array([row.denominator for row in rows])
    return float(np.average([row.value for row in rows], weights=weights))


def _title(
    split: Split, parts: Sequence[Part], names: tuple[str, str], unit: str, setting: Setting
) -> str:
    """The gap, and how much of it is the mix; what remains where that works against the gap."""
    text = setting.text
    gap, rest = split.gap or 0.0, split.rate or 0.0
    mix = sum(split.composition or ())
    values = {
        "second": names[1],
        "first": names[0],
        "gap": text.difference(gap, unit),
        "mix": text.difference(mix, unit),
        "rest": text.difference(rest, unit),
    }
    if rest * gap < 0 and values["rest"] != text.difference(0.0, unit):
        # the mix is more than the whole gap: as a part of it it would read as nonsense
        if gap < 0:
            return text.say(
                "{second} {gap} below {first}, but {rest} above with the same mix of people",
                **values,
            )
        return text.say(
            "{second} {gap} above {first}, but {rest} below with the same mix of people", **values
        )
    if rest * gap < 0:
        values["mix"] = values["gap"]  # as written nothing is left
    if mix * gap <= 0 or values["mix"] == text.difference(0.0, unit):
        if gap < 0:
            return text.say(
                "{second} {gap} below {first}; with the same mix of people {rest}", **values
            )
        return text.say(
            "{second} {gap} above {first}; with the same mix of people {rest}", **values
        )
    if len(parts) == len(("mix", "rest", "gap")) and not parts[0].clear:
        if gap < 0:
            return text.say(
                "{second} {gap} below {first}; no clear part of it is who is employed", **values
            )
        return text.say(
            "{second} {gap} above {first}; no clear part of it is who is employed", **values
        )
    if gap < 0:
        return text.say("{second} {gap} below {first}; {mix} of it is who is employed", **values)
    return text.say("{second} {gap} above {first}; {mix} of it is who is employed", **values)


def _steps(
    ends: tuple[float, float],
    rows: tuple[Sequence[Row], Sequence[Row]],
    names: tuple[str, str],
    parts: Sequence[Part],
    unit: str,
    setting: Setting,
) -> go.Figure:
    """The first figure on top, the parts as bars that begin where the last one ended, the second."""
    text, theme = setting.text, setting.theme
    starts = ends[0] + np.concatenate([[0.0], np.cumsum([part.value for part in parts])])
    reach = np.array(
        [
            [start + part.low, start + part.high]
            for start, part in zip(starts[:-1], parts, strict=True)
        ]
    )
    every = [*starts, *ends, *reach[np.isfinite(reach)]]
    span = float(max(every) - min(every))
    low, high = padded(float(min(every)), float(max(every)) + LABEL * span, unit)
    labels = [names[0], *(part.name for part in parts), names[1]]
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
            x=[part.value for part in parts],
            base=starts[:-1].tolist(),
            width=0.5,
            marker={"color": theme.context_line},
            hoverinfo="skip",
        )
    )
    figure_.add_trace(_part_words(starts, reach, parts, lines[1:-1], unit, setting))
    figure_.add_trace(_part_ends(starts[1:], reach, lines[1:-1], setting))
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


def _part_words(
    starts: np.ndarray,
    reach: np.ndarray,
    parts: Sequence[Part],
    lines: Sequence[int],
    unit: str,
    setting: Setting,
) -> go.Scatter:
    """Each part's size beside its bar and, below it, its interval."""
    right = np.maximum(starts[:-1], starts[1:])
    return go.Scatter(
        x=np.fmax(right, reach[:, 1]).tolist(),
        y=list(lines),
        mode="text",
        text=[_part_said(part, unit, setting) for part in parts],
        textposition="middle right",
        textfont={"color": setting.theme.ink, "size": 12},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _part_said(part: Part, unit: str, setting: Setting) -> str:
    size = f"  {_signed(part.value, unit, setting)}"
    if math.isnan(part.low):
        return size
    change = "change" if unit == "share" else unit
    return f"{size}<br>  ({setting.text.interval(part.low, part.high, change)})"


def _part_ends(
    tips: np.ndarray, reach: np.ndarray, lines: Sequence[int], setting: Setting
) -> go.Scatter:
    """The interval of each part as a line about the end of its bar."""
    return go.Scatter(
        x=tips.tolist(),
        y=list(lines),
        mode="markers",
        marker={"size": 1, "color": setting.theme.ink},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": np.nan_to_num(reach[:, 1] - tips, nan=0.0).tolist(),
            "arrayminus": np.nan_to_num(tips - reach[:, 0], nan=0.0).tolist(),
            "color": setting.theme.ink,
            "thickness": 1.6,
            "width": 0,
        },
        hoverinfo="skip",
        cliponaxis=False,
    )


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
