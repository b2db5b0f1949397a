"""How many people each place lacks to reach the target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.dots import row_height
from analytics.charts.picture import Picture, Setting, wrapped
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import figure

if TYPE_CHECKING:
    from analytics.answers import Answer

MOST = 20


def shortfall(answer: Answer, *, setting: Setting) -> Picture:
    """Bars from zero, the length being the message: people missing from the target, most first.

    The answer is a share; the missing are target × n less the numerator. Each bar is rounded up for
    its own place, and the sum in the title is rounded once, so that it is the whole's own figure.
    """
    text = setting.text
    rows = latest(rows_of(answer))
    target = setting.target
    if target is None or not known(rows):
        title = _no_target(answer, setting) if target is None else ""
        return findings.nothing(answer, rows, setting, title)
    missing = {row: lacking(row, target) for row in known(rows) if row.denominator > 0}
    short = sorted(
        (row for row in missing if _rounded_up(missing[row])), key=lambda row: -missing[row]
    )
    goal = text.target(target, "share")
    if not short:
        title = text.say(
            "All {count} places have reached {target}", count=len(missing), target=goal
        )
        return findings.nothing(answer, rows, setting, title)
    title = text.say(
        "{people} people short of {target} in {short} of {count} places",
        people=text.number(_rounded_up(sum(missing.values()))),
        target=goal,
        short=len(short),
        count=len(missing),
    )
    setting = findings.distinct(rows, setting)
    drawn = short[:MOST][::-1]
    return Picture(
        _bars(drawn, [_rounded_up(missing[row]) for row in drawn], setting),
        title,
        findings.subtitle(
            answer,
            rows,
            setting,
            what=text.say("Missing from the target"),
            unit=text.say("people"),
        ),
        text.say("Bars, longest at the top. {title}.", title=title),
        answer.rows,
        _note(rows, short, setting),
        options(rows),
    )


def _no_target(answer: Answer, setting: Setting) -> str:
    if answer.until:
        return setting.text.say("The target is one for the whole year")
    return setting.text.say("No target is loaded")


def lacking(row: Row, target: float) -> float:
    """What the row lacks of target × n, at least nothing; of people only once rounded up."""
    return max(0.0, target * row.denominator - row.value * row.denominator)


def _rounded_up(people: float) -> int:
    return math.ceil(people - 1e-6)


def _note(rows: Sequence[Row], short: Sequence[Row], setting: Setting) -> str:
    text = setting.text
    said = [findings.note(rows, setting, intervals=False), text.say("each bar is rounded up")]
    if len(short) > MOST:
        said.append(text.say("the {count} largest are drawn", count=MOST))
    return " · ".join(part for part in said if part)


def _bars(rows: Sequence[Row], counts: Sequence[float], setting: Setting) -> go.Figure:
    text = setting.text
    names = findings.place_names(rows, setting)
    lengths = [math.ceil(count) for count in counts]
    drawn = lying_bars(
        names,
        lengths,
        [text.number(length) for length in lengths],
        [place_colour(row, setting) for row in rows],
        [
            findings.hover(row, name, "share", setting)
            for row, name in zip(rows, names, strict=True)
        ],
        setting,
        [row.option for row in rows],
    )
    drawn.update_layout(margin={"r": 44}, xaxis={"rangemode": "tozero"})
    return drawn


def lying_bars(
    names: Sequence[str],
    lengths: Sequence[float],
    words: Sequence[str],
    colours: Sequence[str],
    hovers: Sequence[str],
    setting: Setting,
    opens: Sequence[str] | None = None,
) -> go.Figure:
    """Bars from zero, the last name at the top, each with its words at its end.

    `opens` are the "level:code" that a click may open.
    """
    theme = setting.theme
    drawn = figure(
        theme,
        setting.text.separators,
        height=40 + row_height(names) * len(names),
        bargap=0.35,
        xaxis={"visible": False},
        yaxis={
            "tickvals": list(range(len(names))),
            "ticktext": [wrapped(name) for name in names],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
    )
    drawn.add_trace(
        go.Bar(
            x=list(lengths),
            y=list(range(len(names))),
            orientation="h",
            marker={"color": list(colours)},
            text=list(words),
            textposition="outside",
            textfont={"color": theme.ink, "size": 12},
            cliponaxis=False,
            customdata=list(opens) if opens else None,
            hovertext=list(hovers),
            hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    return drawn
