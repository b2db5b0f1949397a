"""`control_chart`: which points of a series are more than its ordinary ups and downs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, middle, padded, period_axis
from analytics.charts.columns import beside
from analytics.charts.picture import WORDS, Column, Columns, Picture, Setting
from analytics.charts.rows import Row, in_time, known, over, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import figure
from analytics.stats.trend import RUN, Chart, trend
from analytics.stats.trend import control_chart as charted

if TYPE_CHECKING:
    from analytics.answers import Answer

HEIGHT = 340
MOSTLY = 0.5  # more marked points than this part of all tell of a level that moves
ROOM = 96  # pixels beside the plot for the words of the three lines
APART = 0.055  # of the axis: words of two lines closer than this would lie on one another


@dataclass(frozen=True)
class Rule:
    """A rule that marks points: its name in `Chart`, its mark in figures and in words."""

    name: str
    symbol: str
    sign: str


# The strongest first: a point that several rules mark has the mark of the first.
RULES = (
    Rule("beyond", "diamond", "◆"),
    Rule("shift", "square", "■"),
    Rule("drift", "triangle-up", "▲"),
    Rule("near", "cross", "✚"),
)


def control_chart(answer: Answer, years: Answer, *, setting: Setting) -> Picture:
    """One place over months or quarters within its limits of ordinary variation, by four rules.

    `years` is the same metric by year: whether it rises or falls over them is told where a test may
    call it. Points are judged by the rules of NHS England, Making Data Count (XmR chart); a point
    that is marked is a reason to ask what happened, not a verdict.
    """
    rows = in_time(rows_of(answer))
    text = setting.text
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    found = charted(np.array([row.value if row.known else np.nan for row in rows]))
    over_years = _over_years(years, setting)
    if found.centre is None:
        title = text.retell(found.reason)
        return findings.nothing(answer, rows, setting, _joined(title.rstrip("."), over_years))
    what = text.say(answer.metric.title)
    title = _title(rows, found, what, str(answer.metric.unit), setting)
    return Picture(
        _drawn(rows, found, str(answer.metric.unit), setting),
        title,
        findings.subtitle(answer, rows, setting),
        text.say("Control chart: points over time within limits. {title}.", title=title),
        answer.rows,
        _joined(_rules_said(rows, found, setting), _withheld(rows, setting), over_years),
        more=_more(answer, rows, found, setting),
    )


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _withheld(rows: Sequence[Row], setting: Setting) -> str:
    count = sum(row.withheld for row in rows)
    if not count:
        return ""
    said = "{count} figures withheld to protect people"
    return setting.text.say(said, count=setting.text.number(count))


def _over_years(years: Answer, setting: Setting) -> str:
    """Whether the years rise or fall, by a test, or why that cannot be called."""
    text = setting.text
    rows = in_time(known(over(rows_of(years), years.until)))
    if not rows:
        return ""
    found = trend(np.array([row.start.year for row in rows]), np.array([row.value for row in rows]))
    values = {"period": findings.periods_of(rows, setting), "count": found.n}
    if found.call is None:
        return text.say("{count} years are too few to call a trend over years", count=found.n)
    if found.call == "rising":
        return text.say(
            "over the years {period}: rising (Mann–Kendall test, {count} points)", **values
        )
    if found.call == "falling":
        return text.say(
            "over the years {period}: falling (Mann–Kendall test, {count} points)", **values
        )
    return text.say(
        "over the years {period}: no trend called (Mann–Kendall test, {count} points)", **values
    )


def _marks(found: Chart) -> list[Rule | None]:
    """The rule whose mark each point has; None for an ordinary one."""
    return [
        next((rule for rule in RULES if getattr(found, rule.name)[at]), None)
        for at in range(len(found.side))
    ]


def _more(answer: Answer, rows: Sequence[Row], found: Chart, setting: Setting) -> Columns:
    """The limits, and the rules that mark each point, for the table."""
    text, unit = setting.text, str(answer.metric.unit)
    marked = [[rule for rule in RULES if getattr(found, rule.name)[at]] for at in range(len(rows))]
    names = [" ".join(rule.name for rule in rules) for rules in marked]
    said = ["; ".join(_rule_words(rule, setting) for rule in rules) for rules in marked]
    lines = {
        "limit_low": (text.say("Lower limit"), found.low),
        "average": (text.say("Average"), found.centre),
        "limit_high": (text.say("Upper limit"), found.high),
    }
    return {
        **{
            key: Column(title, unit, [value] * len(answer.rows))
            for key, (title, value) in lines.items()
        },
        "marked_by": Column("", WORDS, beside(answer, rows, names)),
        "marked": Column(text.say("Unusual because"), WORDS, beside(answer, rows, said)),
    }


def _title(rows: Sequence[Row], found: Chart, what: str, unit: str, setting: Setting) -> str:
    """What the last known point says; where it is ordinary, whether any before it is not."""
    text = setting.text
    last = max(at for at, row in enumerate(rows) if row.known)
    above = found.side[last] > 0
    values = {"metric": what, "last": text.period(rows[last].period)}
    if found.shift[last]:
        values["since"] = text.period(rows[_run_start(found, last)].period)
        if above:
            return text.say("{metric}: above its average ever since {since}", **values)
        return text.say("{metric}: below its average ever since {since}", **values)
    if found.beyond[last]:
        if above:
            return text.say("{metric}: above its usual range in {last}", **values)
        return text.say("{metric}: below its usual range in {last}", **values)
    if found.drift[last]:
        if rows[last].value > rows[last - 1].value:
            return text.say("{metric}: higher point by point up to {last}", **values)
        return text.say("{metric}: lower point by point up to {last}", **values)
    if found.near[last]:
        return text.say("{metric}: close to the edge of its usual range in {last}", **values)
    earlier = np.flatnonzero(found.special)
    if len(earlier):
        values["then"] = text.period(rows[earlier[-1]].period)
        return text.say("{metric}: nothing unusual after {then}", **values)
    ends = text.interval(found.low or 0.0, found.high or 0.0, unit)
    return text.say("{metric}: nothing but its usual ups and downs ({ends})", ends=ends, **values)


def _run_start(found: Chart, last: int) -> int:
    """The first point of the unbroken run on one side of the centre that ends at `last`."""
    start = last
    while start and found.side[start - 1] == found.side[last]:
        start -= 1
    return start


def _rules_said(rows: Sequence[Row], found: Chart, setting: Setting) -> str:
    """For each rule that marks a point: its mark, what it says, how many points and the last one."""
    text = setting.text
    said = []
    for rule in RULES:
        at = [n for n, mark in enumerate(_marks(found)) if mark is rule]
        if at:
            said.append(
                text.say(
                    "{sign} {rule}: {count}, last in {period}",
                    sign=rule.sign,
                    rule=_rule_words(rule, setting),
                    count=len(at),
                    period=text.period(rows[at[-1]].period),
                )
            )
    if found.special.mean() > MOSTLY:
        said.append(text.say("most points are marked: the level itself has moved"))
    return " · ".join(said) or text.say("no point is marked by the four rules")


def _rule_words(rule: Rule, setting: Setting) -> str:
    text = setting.text
    if rule.name == "beyond":
        return text.say("outside the limits")
    if rule.name == "shift":
        return text.say("{run} or more in a row on one side of the average", run=RUN)
    if rule.name == "drift":
        return text.say("{run} or more in a row that only rise or only fall", run=RUN)
    return text.say("two of three close to a limit")


def _drawn(rows: Sequence[Row], found: Chart, unit: str, setting: Setting) -> go.Figure:
    theme = setting.theme
    lines = [found.low or 0.0, found.centre or 0.0, found.high or 0.0]
    values = [row.value for row in known(rows)]
    low, high = padded(min(*values, *lines), max(*values, *lines), unit)
    time = period_axis(rows, setting)
    figure_ = figure(
        theme,
        setting.text.separators,
        height=HEIGHT,
        margin={"r": ROOM},
        xaxis=time,
        yaxis=axis_between(low, high, unit, setting),
        annotations=_line_words(lines, (low, high), unit, setting),
    )
    for value, dash in zip(lines, ("dot", "dash", "dot"), strict=True):
        figure_.add_trace(
            go.Scatter(
                x=time["range"],
                y=[value, value],
                mode="lines",
                line={"color": theme.context_text, "width": 1, "dash": dash},
                hoverinfo="skip",
            )
        )
    figure_.add_trace(_points(rows, found, unit, setting))
    return figure_


def _points(rows: Sequence[Row], found: Chart, unit: str, setting: Setting) -> go.Scatter:
    theme, marks = setting.theme, _marks(found)
    colour = place_colour(rows[0], setting)
    return go.Scatter(
        x=[middle(row) for row in rows],
        y=[row.value if row.known else None for row in rows],
        mode="lines+markers",
        line={"color": theme.context_line, "width": 1.2},
        marker={
            "symbol": [mark.symbol if mark else "circle" for mark in marks],
            "size": [11 if mark else 6 for mark in marks],
            "color": [colour if mark else theme.context_text for mark in marks],
        },
        text=[_hover(row, at, found, unit, setting) for at, row in enumerate(rows)],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )


def _hover(row: Row, at: int, found: Chart, unit: str, setting: Setting) -> str:
    name = setting.name(*row.where, row.place_name)
    rules = [
        f"{rule.sign} {_rule_words(rule, setting)}"
        for rule in RULES
        if getattr(found, rule.name)[at]
    ]
    return "<br>".join([findings.hover(row, name, unit, setting), *rules])


def _line_words(
    lines: Sequence[float], span: tuple[float, float], unit: str, setting: Setting
) -> list[dict]:
    """The words at the right end of the average and of each limit that is not too near to it."""
    text = setting.text
    low, centre, high = lines
    least = APART * (span[1] - span[0])
    words = [(centre, text.say("average {value}", value=text.value(centre, unit)))]
    if high - centre > least:
        words.append((high, text.say("limit {value}", value=text.value(high, unit))))
        words.append((low, text.say("limit {value}", value=text.value(low, unit))))
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 4,
            "y": value,
            "yanchor": "middle",
            "text": said,
            "showarrow": False,
            "font": {"size": 11, "color": setting.theme.context_text},
        }
        for value, said in words
    ]
