"""Axes that speak the reader's language and start where honesty needs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go

from analytics.charts.picture import Setting
from analytics.charts.rows import Row, smallest_that_matters

MOST_TICKS = 8


def end(period: str) -> datetime:
    """The first day after a period."""
    year, _, part = period.partition("-")
    if not part:
        return datetime(int(year) + 1, 1, 1)
    month = int(part[1]) * 3 if part.startswith("Q") else int(part)
    return datetime(int(year) + month // 12, month % 12 + 1, 1)


def middle(row: Row) -> datetime:
    """The middle of a row's period: where its figure is drawn, so that dated lines fall right."""
    return row.start + (end(row.period) - row.start) / 2


def period_axis(
    rows: Sequence[Row], setting: Setting, *, ends_only: bool = False, most: int = MOST_TICKS
) -> dict[str, Any]:
    """A time axis whose ticks are the periods' own names, at most so many."""
    ordered = sorted({row.start: row for row in rows}.values(), key=lambda row: row.start)
    step = max(1, math.ceil(len(ordered) / most))
    ticks = ordered[::-1][::step][::-1]
    if ends_only:
        ticks = [ordered[0], ordered[-1]] if len(ordered) > 1 else ordered
    first, last = middle(ordered[0]), middle(ordered[-1])
    edge = max((last - first) * 0.04, timedelta(days=12))
    return {
        "type": "date",
        "tickvals": [middle(row) for row in ticks],
        "ticktext": [setting.text.short_period(row.period) for row in ticks],
        "range": [first - edge, last + edge],
        "showgrid": False,
        "fixedrange": True,
        "tickangle": 0,
        "ticklabelstandoff": 8,  # clear of the lowest label of the other axis
        "tickfont": {"color": setting.theme.context_text, "size": 12},
    }


def value_axis(
    rows: Sequence[Row], unit: str, setting: Setting, *, include: float | None = None
) -> dict[str, Any]:
    """An axis over the values and their intervals; its "range" is what it spans.

    It spans at least the smallest difference that matters, where the metric names one. Shares never
    leave 0 to 1; a scale that would start within a fifth of its height from zero starts at zero.
    """
    figures = [f for row in rows if row.known for f in (row.value, row.low, row.high)]
    found = [figure for figure in figures if not math.isnan(figure)]
    if include is not None:
        found.append(include)
    low, high = min(found), max(found)
    short = smallest_that_matters(rows) - (high - low)
    if short > 0:
        low, high = low - short / 2, high + short / 2
    return axis_between(*padded(low, high, unit), unit, setting)


def axis_between(low: float, high: float, unit: str, setting: Setting) -> dict[str, Any]:
    """An axis over just these values, with round ticks in the unit's own words."""
    ticks = nice_ticks(low, high)
    return {
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [tick_text(tick, ticks, unit, setting) for tick in ticks],
        "gridcolor": setting.theme.grid,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"color": setting.theme.context_text, "size": 12},
    }


LETTER = 6.5  # pixels of a letter at the right of an axis


def write_beside(drawn: go.Figure, said: Mapping[float, str], setting: Setting) -> None:
    """Words at the right of a figure, each at its place on the upright axis, in a margin they fit."""
    drawn.update_layout(margin_r=12 + LETTER * max(map(len, said.values()), default=0))
    for at, words in said.items():
        drawn.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=8, y=at, text=words, showarrow=False,
            font={"size": 11, "color": setting.theme.ink},
        )  # fmt: skip


def padded(low: float, high: float, unit: str) -> tuple[float, float]:
    """The range with air at both ends, from zero where zero is near."""
    air = (high - low) * 0.12 or abs(high) * 0.1 or 0.01
    start, end_ = low - air, high + air
    if low >= 0 and start < (end_ - start) * 0.2:
        start = 0.0
    if unit == "share":
        start, end_ = max(start, 0.0), min(end_, 1.0) if high <= 1 else end_
    return start, end_


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between the two, at most about `most` of them."""
    rough = (high - low) / most
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough - 1e-12)
    first = math.ceil(low / step - 1e-9)
    ticks = []
    while (first + len(ticks)) * step <= high + step * 1e-9:
        ticks.append(round((first + len(ticks)) * step, 10))
    return ticks


def tick_text(tick: float, ticks: Sequence[float], unit: str, setting: Setting) -> str:
    """A tick with the decimals that write every tick exactly, and no more."""
    scale = 100 if unit in ("share", "change") else 1
    scaled = [other * scale for other in (tick, *ticks)]
    digits = next(
        (d for d in range(6) if all(abs(round(other, d) - other) < 1e-9 for other in scaled)), 6
    )
    number = setting.text.number(tick * scale, digits)
    return setting.text.percent(number) if unit == "share" else number
