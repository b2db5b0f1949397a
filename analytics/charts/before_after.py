"""`before_and_after`: a series before and after a policy, and how it would have gone on without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, end, padded, period_axis
from analytics.charts.effects import Effect, effect_of, finding, matters_note
from analytics.charts.picture import Event, Picture, Setting, shorten, wrapped
from analytics.charts.rows import Row, known, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import faded, figure, mark, text_colour
from analytics.stats.interrupted_series import LONG

if TYPE_CHECKING:
    from analytics.answers import Answer

HEIGHT = 400
PLOT = 330  # pixels of it, about, between the axes' ends
LABEL_GAP = 16  # pixels between the words at the ends of two lines
END_LABEL = 12  # characters of a line of them
TICKS = 4  # months named on the axis: a narrow screen has room for no more
EVENT_LABEL = 28  # characters


def before_and_after(answer: Answer, *, setting: Setting, policy: Event) -> Picture:
    """The months of one place, the line fitted to them, and how it would have gone on without.

    The answer is of one place (and one category, if broken down) by month, of a metric that names
    the smallest change that matters. Level and slope may change with the policy, a season is taken
    out, and neighbouring months may be alike (`interrupted_series`). The break in the line is the
    policy's; the dashed line is the counterfactual with its 95 % interval.
    """
    rows = rows_of(answer)
    effect = effect_of(answer, policy)
    if effect is None:
        return findings.nothing(answer, rows, setting)
    title = finding(effect, answer, setting)
    return Picture(
        _series_figure(effect, known(rows), str(answer.metric.unit), setting),
        title,
        findings.subtitle(answer, rows, setting),
        setting.text.say("Months before and after a policy. {title}.", title=title),
        answer.rows,
        _series_note(effect, answer, rows, setting),
        options(rows),
    )


def _series_note(effect: Effect, answer: Answer, rows: Sequence[Row], setting: Setting) -> str:
    text, found = setting.text, effect.found
    said = [
        text.say("{before} months before, {after} after", before=effect.before, after=effect.after)
    ]
    if found.counterfactual is None:
        said.append(text.retell(found.reason).rstrip("."))
    else:
        said.append(text.say("dashed: without the policy, with its 95% interval"))
        said.append(
            text.say(
                "if its course is straight; shorter than {least} months cannot tell", least=LONG
            )
            if effect.before + effect.after < LONG
            else ""
        )
    if found.bent:
        said.append(text.retell(found.reason).rstrip("."))
    said.append(matters_note(answer, setting))
    if effect.policy.day.day > 1:
        said.append(text.say("the month in which it began is left out"))
    hidden = sum(row.withheld for row in rows)
    if hidden:
        said.append(
            text.say("{count} figures withheld to protect people", count=text.number(hidden))
        )
    return " · ".join(part for part in said if part)


def _series_figure(effect: Effect, shown: Sequence[Row], unit: str, setting: Setting) -> go.Figure:
    found, theme = effect.found, setting.theme
    numbers = [effect.values[np.isfinite(effect.values)]]
    if found.fitted is not None and found.counterfactual is not None:
        numbers += [found.fitted, found.counterfactual.low, found.counterfactual.high]
    every = np.concatenate(numbers)
    low, high = padded(float(every.min()), float(every.max()), unit)
    drawn = figure(
        theme,
        setting.text.separators,
        height=HEIGHT,
        margin={"r": 16 + 7 * END_LABEL if found.fitted is not None else 12, "t": 24},
        xaxis=period_axis(shown, setting, most=TICKS),
        yaxis=axis_between(low, high, unit, setting),
        shapes=[_policy_line(effect, setting)],
        annotations=[
            _policy_word(effect, shown, setting),
            *_end_words(effect, (low, high), place_colour(effect.row, setting), setting),
        ],
    )
    drawn.add_traces(_fitted_lines(effect, setting))
    drawn.add_trace(_measured(shown, unit, setting))
    return drawn


def _policy_line(effect: Effect, setting: Setting) -> dict:
    moment = effect.policy.moment
    line = {"color": setting.theme.context_text, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": moment, "x1": moment, "y0": 0, "y1": 1, "yref": "paper"} | {
        "line": line
    }


def _policy_word(effect: Effect, shown: Sequence[Row], setting: Setting) -> dict:
    first, last = period_axis(shown, setting)["range"]
    early = effect.policy.moment < first + (last - first) / 2
    return {
        "x": effect.policy.moment,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": "left" if early else "right",
        "text": shorten(effect.policy.label, EVENT_LABEL),
        "showarrow": False,
        "font": {"color": setting.theme.context_text, "size": 11},
    }


def _middles(months: Sequence[date]) -> list[datetime]:
    starts = [datetime.combine(month, time()) for month in months]
    return [start + (end(f"{start:%Y-%m}") - start) / 2 for start in starts]


def _fitted_lines(effect: Effect, setting: Setting) -> list[go.Scatter]:
    """The band and the line without the policy, and the fitted line, which breaks at it."""
    found, at = effect.found, effect.at
    if found.fitted is None or found.counterfactual is None:
        return []
    theme, colour = setting.theme, place_colour(effect.row, setting)
    moments, without = _middles(effect.months), found.counterfactual
    band = go.Scatter(
        x=[*moments[at:], *moments[at:][::-1]],
        y=[*without.high, *without.low[::-1]],
        fill="toself",
        fillcolor=faded(theme.context_text, 0.16),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )
    dashed = go.Scatter(
        x=moments[at:],
        y=without.value,
        mode="lines",
        line={"color": theme.context_text, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )
    solid = go.Scatter(
        x=[*moments[:at], None, *moments[at:]],
        y=[*found.fitted[:at], None, *found.fitted[at:]],
        mode="lines",
        line={"color": colour, "width": 2.5},
        hoverinfo="skip",
    )
    return [band, dashed, solid]


def _measured(shown: Sequence[Row], unit: str, setting: Setting) -> go.Scatter:
    name = findings.place_names(shown[:1], setting)[0]
    return go.Scatter(
        x=_middles([row.start.date() for row in shown]),
        y=[row.value for row in shown],
        mode="markers",
        marker={
            "color": place_colour(shown[0], setting),
            "symbol": f"{mark(shown[0].province, setting.provinces)}-open",
            "size": 7,
        },
        customdata=[row.option for row in shown],
        text=[findings.hover(row, name, unit, setting) for row in shown],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )


def _end_words(
    effect: Effect, span: tuple[float, float], colour: str, setting: Setting
) -> list[dict]:
    """What the two lines are, at their ends, moved apart where they would lie on one another."""
    found, text = effect.found, setting.text
    if found.fitted is None or found.counterfactual is None:
        return []
    theme = setting.theme
    words = [
        (float(found.fitted[-1]), text.say("fitted"), text_colour(theme, colour)),
        (float(found.counterfactual.value[-1]), text.say("without it"), theme.context_text),
    ]
    (low, *_), (high, *_) = words = sorted(words)
    close = LABEL_GAP - (high - low) * PLOT / (span[1] - span[0])
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 6,
            "y": at,
            "yshift": side * max(close, 0) / 2,
            "text": wrapped(word, END_LABEL),
            "showarrow": False,
            "font": {"color": ink, "size": 12},
        }
        for side, (at, word, ink) in zip((-1, 1), words, strict=True)
    ]
