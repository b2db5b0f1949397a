"""`funnel`: which places lie further from the whole than chance and their usual spread explain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, nice_ticks, padded
from analytics.charts.columns import Cells, beside, with_ends
from analytics.charts.picture import WORDS, Column, Columns, Picture, Setting, shorten
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import figure, mark
from analytics.metrics.base import Share
from analytics.stats.funnel import LEVELS, Funnel, share_funnel
from analytics.stats.shrinkage import shrunken_shares

if TYPE_CHECKING:
    from analytics.answers import Answer

HEIGHT = 420
FEWEST = 8  # places below which a funnel says nothing
NAMED = 6  # places outside that are named beside their mark
LISTED = 8  # places far outside that are named under the picture
FEWEST_TICKS = 3
EDGE = 0.25  # part of the width beside an end
STEPS = 60  # points of a limit


def funnel(answer: Answer, *, setting: Setting) -> Picture:
    """Places by how many people stand behind them, within limits of 95 % and 99.8 %.

    The answer is a share. Its cases are people, not rows: one rated every month counts once. Limits
    are those of chance and, where places differ by more, of their usual spread too (Spiegelhalter
    2005): a place outside is unusual among its like, and a reason to look, not a verdict.
    """
    rows = latest(rows_of(answer))
    shown = [row for row in known(rows) if row.denominator > 0]
    text = setting.text
    if not isinstance(answer.metric, Share) or str(answer.metric.unit) != "share":
        return findings.nothing(answer, rows, setting, text.say("A funnel is drawn for shares"))
    if len(shown) < FEWEST:
        title = text.say("Too few places for a funnel")
        return findings.nothing(answer, rows, setting, title)
    setting = findings.distinct(rows, setting)
    sizes = np.maximum([row.cases for row in shown], 1.0)
    found = share_funnel(np.array([row.value for row in shown]) * sizes, sizes)
    title = _title(shown, found, setting)
    return Picture(
        _drawn(shown, sizes, found, setting),
        title,
        findings.subtitle(answer, rows, setting),
        text.say("Funnel plot: places by people and value, with limits. {title}.", title=title),
        answer.rows,
        " · ".join(
            part
            for part in (
                findings.note(rows, setting, intervals=False),
                _spread(found, setting),
                _far(shown, found, setting),
            )
            if part
        ),
        options(rows),
        _more(answer, shown, sizes, found, setting),
    )


def place_in_funnel(answer: Answer, where: tuple[str, str]) -> tuple[float, float]:
    """The limits that a place lies outside of and its z score, both signed, in the last period.

    Both are 0 where there is no funnel, or no such place in it. For what they mean see `Funnel`.
    """
    shown = [row for row in known(latest(rows_of(answer))) if row.denominator > 0]
    at = next((n for n, row in enumerate(shown) if row.where == where), None)
    is_share = isinstance(answer.metric, Share) and str(answer.metric.unit) == "share"
    if at is None or not is_share or answer.question.by or len(shown) < FEWEST:
        return 0.0, 0.0
    sizes = np.maximum([row.cases for row in shown], 1.0)
    found = share_funnel(np.array([row.value for row in shown]) * sizes, sizes)
    return float(found.outside[at]), float(np.nan_to_num(found.z[at]))


def _more(
    answer: Answer, shown: Sequence[Row], sizes: np.ndarray, found: Funnel, setting: Setting
) -> Columns:
    """The limits at each place's number of people, the side it lies on, and its shrunken share."""
    text = setting.text
    shrunken = shrunken_shares(found.value * sizes, sizes)

    def column(title: str, unit: str, cells: Cells | np.ndarray) -> Column:
        return Column(title, unit, beside(answer, shown, list(cells)))

    limits = {
        (level, side): np.asarray(end)
        for level in LEVELS
        for side, end in zip(("low", "high"), found.limits.at(sizes, level), strict=True)
    }
    sides = [_side(float(outside), setting) for outside in found.outside]
    return {
        "limit_95_low": column(text.say("Lower 95% limit"), "share", limits[LEVELS[0], "low"]),
        "limit_95_high": column(text.say("Upper 95% limit"), "share", limits[LEVELS[0], "high"]),
        "limit_998_low": column(text.say("Lower 99.8% limit"), "share", limits[LEVELS[1], "low"]),
        "limit_998_high": column(text.say("Upper 99.8% limit"), "share", limits[LEVELS[1], "high"]),
        "outside_limits": column("", "number", found.outside),
        "side": column(text.say("Against the limits"), WORDS, sides),
        **with_ends(
            text.say("Chance allowed for"),
            "shrunken",
            "share",
            [
                beside(answer, shown, end.tolist())
                for end in (shrunken.value, shrunken.low, shrunken.high)
            ],
            setting,
        ),
    }


def _side(outside: float, setting: Setting) -> str:
    """Which limits a place lies outside of, and on which side."""
    text = setting.text
    if not outside:
        return text.say("within the 95% limits")
    if outside == LEVELS[1]:
        return text.say("above the 99.8% limits")
    if outside == -LEVELS[1]:
        return text.say("below the 99.8% limits")
    if outside > 0:
        return text.say("above the 95% limits")
    return text.say("below the 95% limits")


def _title(shown: Sequence[Row], found: Funnel, setting: Setting) -> str:
    """Where the chosen place lies, or how many places lie far outside."""
    text, count = setting.text, setting.text.number(len(shown))
    for row, outside in zip(shown, found.outside, strict=True):
        if row.where == setting.chosen:
            return _own_title(row, float(outside), count, setting)
    far = np.abs(found.outside) == LEVELS[1]
    low, high = int((far & (found.outside < 0)).sum()), int((far & (found.outside > 0)).sum())
    if not far.any():
        return text.say("None of {count} places is beyond the 99.8% limits", count=count)
    return text.say(
        "Of {count} places {high} lie above and {low} below the 99.8% limits",
        count=count,
        high=text.number(high),
        low=text.number(low),
    )


def _own_title(row: Row, outside: float, count: str, setting: Setting) -> str:
    """The widest limits that the chosen place lies outside of, in words."""
    text, name = setting.text, shorten(setting.name(*row.where, row.place_name))
    if not outside:
        return text.say("{name} within the 95% limits of {count} places", name=name, count=count)
    if outside == LEVELS[1]:
        return text.say("{name} above the 99.8% limits of {count} places", name=name, count=count)
    if outside == -LEVELS[1]:
        return text.say("{name} below the 99.8% limits of {count} places", name=name, count=count)
    if outside > 0:
        return text.say(
            "{name} above the 95% limits of {count} places, within those of 99.8%",
            name=name,
            count=count,
        )
    return text.say(
        "{name} below the 95% limits of {count} places, within those of 99.8%",
        name=name,
        count=count,
    )


def _spread(found: Funnel, setting: Setting) -> str:
    text = setting.text
    if found.spread.phi is None or not found.spread.between:
        return text.say("limits of chance alone")
    return text.say("limits of chance and of the usual spread between places")


def _far(shown: Sequence[Row], found: Funnel, setting: Setting) -> str:
    """The names of the places beyond the widest limits, furthest first; of many, how many more."""
    text = setting.text
    furthest = [int(n) for n in np.argsort(-np.abs(found.z))]
    order = [shown[n] for n in furthest if abs(found.outside[n]) == LEVELS[1]]
    if not order:
        return ""
    names = ", ".join(findings.place_names(order[:LISTED], setting))
    if len(order) <= LISTED:
        return text.say("beyond the 99.8% limits: {names}", names=names)
    return text.say(
        "beyond the 99.8% limits: {names}, and {count} more that the table marks",
        names=names,
        count=text.number(len(order) - LISTED),
    )


def _drawn(shown: Sequence[Row], sizes: np.ndarray, found: Funnel, setting: Setting) -> go.Figure:
    unit, theme = "share", setting.theme
    grid = np.geomspace(max(sizes.min(), 2), sizes.max(), STEPS)
    values = [row.value for row in shown]
    low, high = padded(min(values), max(values), unit)
    figure_ = figure(
        theme,
        setting.text.separators,
        height=HEIGHT,
        margin={"b": 42},
        xaxis=_people_axis(sizes, setting),
        yaxis=axis_between(low, high, unit, setting),
    )
    for level, dash in zip(LEVELS, ("dot", "solid"), strict=True):
        for end in found.limits.at(grid, level):
            figure_.add_trace(_line(grid, end, dash, theme.context_line))
    figure_.add_trace(_line(grid, np.full(STEPS, found.target), "dash", theme.ink))
    figure_.add_trace(_marks(shown, sizes, found, setting))
    return figure_


def _apart(
    sizes: np.ndarray, values: np.ndarray, found: Funnel, first: Sequence[bool]
) -> list[int]:
    """The places furthest outside whose names would not lie on one another, after the `first`."""
    x = np.log(sizes) / max(float(np.ptp(np.log(sizes))), 1e-9)
    y = values / max(float(np.ptp(values)), 1e-9)
    named = [n for n, own in enumerate(first) if own]
    for n in map(int, np.argsort(-np.abs(np.nan_to_num(found.z)))):
        free = all(abs(x[n] - x[m]) > 0.3 or abs(y[n] - y[m]) > 0.06 for m in named)
        if found.outside[n] and free and len(named) < NAMED:
            named.append(n)
    return named


def _beside(sizes: np.ndarray) -> list[str]:
    """Where each name stands: inside the frame at its left and right ends."""
    across = np.log(sizes / sizes.min()) / max(float(np.ptp(np.log(sizes))), 1e-9)
    return [
        "top right" if x < EDGE else "top left" if x > 1 - EDGE else "top center" for x in across
    ]


def _people_axis(sizes: np.ndarray, setting: Setting) -> dict[str, Any]:
    low, high = sizes.min(), sizes.max()
    ticks = [t for n in range(8) for t in (10**n, 3 * 10**n) if low <= t <= high]
    if len(ticks) < FEWEST_TICKS and high > low:
        ticks = [t for t in nice_ticks(low, high) if low <= t <= high]
    return {
        "type": "log",
        "tickvals": ticks,
        "ticktext": [setting.text.number(tick) for tick in ticks],
        "title": {"text": setting.text.say("People"), "font": {"size": 12}},
        "showgrid": False,
        "fixedrange": True,
        "tickfont": {"color": setting.theme.context_text, "size": 12},
    }


def _line(x: np.ndarray, y: np.ndarray, dash: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=x.tolist(),
        y=np.asarray(y).tolist(),
        mode="lines",
        line={"color": colour, "width": 1, "dash": dash},
        hoverinfo="skip",
    )


def _marks(shown: Sequence[Row], sizes: np.ndarray, found: Funnel, setting: Setting) -> go.Scatter:
    """A mark a place; the chosen one and the furthest outside carry their names."""
    own = [row.where == setting.chosen for row in shown]
    far = _apart(sizes, np.array([row.value for row in shown]), found, first=own)
    names = [setting.name(*row.where, row.place_name) for row in shown]
    strong = (np.abs(found.outside) > 0) | np.array(own)
    return go.Scatter(
        x=sizes.tolist(),
        y=[row.value for row in shown],
        mode="markers+text",
        text=[
            f"<b>{shorten(name, 22)}</b>" if mine else shorten(name, 22) if n in far else ""
            for n, (name, mine) in enumerate(zip(names, own, strict=True))
        ],
        textposition=_beside(sizes),
        textfont={"size": 11, "color": setting.theme.ink},
        marker={
            "color": [place_colour(row, setting) for row in shown],
            "symbol": [mark(row.province, setting.provinces) for row in shown],
            "size": [
                14 if mine else 9 if far_ else 6 for mine, far_ in zip(own, strong, strict=True)
            ],
            "opacity": [1.0 if far_ else 0.45 for far_ in strong],
            "line": {"color": setting.theme.ink, "width": [2 if mine else 0 for mine in own]},
        },
        customdata=[row.option for row in shown],
        hovertext=[
            findings.hover(row, name, "share", setting)
            for row, name in zip(shown, names, strict=True)
        ],
        hoverinfo="text",
        cliponaxis=False,
    )
