"""`projected`: a figure that grows within a year, carried on to its end at its own pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import middle, period_axis, value_axis
from analytics.charts.picture import Picture, Setting
from analytics.charts.rows import Row, in_time, known, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import faded, figure
from analytics.stats.trend import projection, seasonal_projection

if TYPE_CHECKING:
    from analytics.answers import Answer

HEIGHT = 340


def projected(answer: Answer, *, setting: Setting) -> Picture:
    """The months of the last year of one place's history, and what its pace comes to by December.

    The answer is a share by month that grows within a year. The year before tells how much of it
    comes late; without one, the mean monthly step is carried on.
    """
    text = setting.text
    rows = in_time(rows_of(answer))
    year = [row for row in rows if row.start.year == rows[-1].start.year] if rows else []
    left = 12 - year[-1].start.month if year else 0
    if not known(year):
        return findings.nothing(answer, rows, setting)
    if not left:
        value = text.value(year[-1].value, "share")
        title = text.say("The year is over: {value} was reached", value=value)
        return findings.nothing(answer, year, setting, title)
    so_far = np.array([row.value for row in year])
    before = [row.value for row in rows if row.start.year == year[-1].start.year - 1]
    if len(before) == 12:
        carried = seasonal_projection(np.array(before), so_far)
        how = text.say("The rest of the year as the year before, at the pace of this one so far.")
    else:
        carried = projection(so_far, left, most=1.0)
        how = text.say("The mean monthly step of this year carried on.")
    if carried.value is None or carried.low is None or carried.high is None:
        return findings.nothing(answer, year, setting, text.retell(carried.reason))
    ahead = _ahead(year[-1], (carried.value, carried.low, carried.high))
    title = _title(ahead[-1], setting)
    return Picture(
        _figure(year, ahead, setting),
        title,
        findings.subtitle(answer, year, setting),
        text.say(
            "A line to the last month known, then its pace with a band. {title}.", title=title
        ),
        answer.rows,
        " ".join((how, text.say("A pace, not a promise."))),
        options(year),
    )


def _ahead(last: Row, figures: tuple[np.ndarray, np.ndarray, np.ndarray]) -> list[Row]:
    """The months to come as rows (value, low, high), the last known one before them."""
    found = [replace(last, low=last.value, high=last.value)]
    for value, low, high in zip(*(part.tolist() for part in figures), strict=True):
        month = last.start.month + len(found)
        start = datetime(last.start.year, month, 1)
        period = f"{last.start.year}-{month:02d}"
        found.append(replace(last, period=period, start=start, value=value, low=low, high=high))
    return found


def _title(end: Row, setting: Setting) -> str:
    text = setting.text
    values = {
        "value": text.value(end.value, "share"),
        "interval": text.interval(end.low, end.high, "share"),
    }
    if setting.target is not None and end.high < setting.target:
        return text.say("At this pace {value} by December ({interval}), short of target", **values)
    return text.say("At this pace {value} by December ({interval})", **values)


def _figure(year: Sequence[Row], ahead: Sequence[Row], setting: Setting) -> go.Figure:
    unit, theme = "share", setting.theme
    colour = place_colour(year[-1], setting)
    every = [*year, *ahead[1:]]
    drawn = figure(
        theme,
        setting.text.separators,
        height=HEIGHT,
        xaxis=period_axis(every, setting),
        yaxis=value_axis(every, unit, setting, include=setting.target),
    )
    times = [middle(row) for row in ahead]
    drawn.add_trace(
        go.Scatter(
            x=[*times, *times[::-1]],
            y=[*(row.high for row in ahead), *(row.low for row in ahead[::-1])],
            fill="toself",
            fillcolor=faded(colour, 0.16),
            mode="lines",
            line={"width": 0},
            hoverinfo="skip",
        )
    )
    for rows, dash in ((year, "solid"), (ahead, "dash")):
        drawn.add_trace(
            go.Scatter(
                x=[middle(row) for row in rows],
                y=[row.value for row in rows],
                mode="lines",
                line={"color": colour, "width": 2.5, "dash": dash},
                hovertext=[
                    findings.hover(row, setting.name(*row.where, row.place_name), unit, setting)
                    for row in rows
                ],
                hoverinfo="text",
            )
        )
    if setting.target is not None:
        drawn.add_hline(setting.target, line={"color": theme.ink, "width": 1, "dash": "dot"})
        drawn.add_annotation(
            x=0, xref="paper", y=setting.target, yanchor="bottom", xanchor="left", showarrow=False,
            text=setting.text.say("target {value}", value=setting.text.target(setting.target, unit)),
            font={"size": 11, "color": theme.ink},
        )  # fmt: skip
    return drawn
