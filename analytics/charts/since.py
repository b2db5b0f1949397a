"""`effect_by_month`: what an activity changed, month by month since it was held."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame, an array or a plain value.

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from analytics.charts.axes import axis_between, padded
from analytics.charts.estimates import place_of, subject_of
from analytics.charts.picture import Picture, Setting
from analytics.charts.theme import faded, figure
from analytics.stats.verdict import Verdict

if TYPE_CHECKING:
    from analytics.answers import Estimates

Says = Callable[[pd.Series, "Estimates", Setting], str]
HEIGHT = 340
TICK_MONTHS = 3


def use_changed(row: pd.Series, estimates: Estimates, setting: Setting) -> str:
    """What an activity changed in the use of the performance system, by its verdict."""
    text, unit = setting.text, str(estimates.study.measures[row["measure"]].unit)
    activity = subject_of(row["subject"], estimates, setting)
    if pd.isna(row["value"]):
        return text.say("{activity}: cannot tell", activity=activity)
    values = {
        "activity": activity,
        "change": text.difference(row["value"], unit),
        "interval": text.interval(row["low"], row["high"], unit),
        "count": text.number(row["units"]),
        "matters": text.say(
            "{number} points", number=text.number(100 * (estimates.study.matters or 0.0))
        ),
    }
    word = row["verdict"]
    if word == Verdict.ROSE:
        return text.say(
            "{activity}: active users rose by {change} (95% CI: {interval}), {count} agencies",
            **values,
        )
    if word == Verdict.FELL:
        return text.say(
            "{activity}: active users fell by {change} (95% CI: {interval}), {count} agencies",
            **values,
        )
    if word == Verdict.NO_LARGER:
        return text.say(
            "{activity}: active users did not change by more than {matters}"
            " (95% CI: {interval}), {count} agencies",
            **values,
        )
    return text.say(
        "{activity}: cannot tell whether active users changed (95% CI: {interval} points),"
        " {count} agencies",
        **values,
    )


def effects_found(rows: pd.DataFrame, setting: Setting) -> str:
    """How many of the activities went with a change, and how many with none that matters."""
    found = Counter(rows["verdict"])
    return setting.text.say(
        "Of {all} kinds of activity, {moved} changed the use, {none} by less than matters,"
        " {unknown} cannot be told",
        all=len(rows),
        moved=found[Verdict.ROSE] + found[Verdict.FELL],
        none=found[Verdict.NO_LARGER],
        unknown=found[Verdict.UNKNOWN],
    )


def effect_by_month(
    estimates: Estimates, *, setting: Setting, subject: str, says: Says = use_changed
) -> Picture:
    """The effect of one activity by months since it, with each month's interval and a band for all.

    The study has the measures effect, by_month, band, placebo and pretrend. Before the activity a
    month is set against the month before it, afterwards against the last month before the
    activity. `says` makes the title of the row of the overall effect.
    """
    text = setting.text
    rows = estimates.rows[estimates.rows["subject"] == subject].reset_index(drop=True)
    by_month = rows[rows["measure"] == "by_month"].sort_values("position")
    band = rows[rows["measure"] == "band"].sort_values("position")
    whole = rows[rows["measure"] == "effect"]
    title = says(whole.iloc[0], estimates, setting) if len(whole) else ""
    title = title or text.say("The data cannot tell")
    subtitle = " · ".join(
        part
        for part in (
            text.say("Change in points, by months since the first one"),
            place_of(estimates, setting),
        )
        if part
    )
    return Picture(
        _figure(by_month, band, setting) if len(by_month) else None,
        title,
        subtitle,
        text.say(
            "Effects by month from {first} to {last}, with intervals. {title}.",
            first=text.number(by_month["position"].min()) if len(by_month) else "–",
            last=text.number(by_month["position"].max()) if len(by_month) else "–",
            title=title,
        ),
        rows.assign(withheld=False),
        _note(rows, estimates, setting),
    )


def _note(rows: pd.DataFrame, estimates: Estimates, setting: Setting) -> str:
    text, said = setting.text, []
    known = rows[rows["value"].notna()]
    for _, row in known[known["measure"] == "placebo"].iterrows():
        unit = str(estimates.study.measures["placebo"].unit)
        said.append(
            text.say(
                "three months too early: {change} ({interval})",
                change=text.value(row["value"], unit),
                interval=text.interval(row["low"], row["high"], unit),
            )
        )
    for value in known.loc[known["measure"] == "pretrend", "value"]:
        said.append(text.say("test of the same course before: p = {p}", p=text.number(value, 3)))
    if len(known):
        said.append(text.say("lines show 95% intervals, the band all months together"))
    reasons = dict.fromkeys(reason for reason in rows["reason"] if reason)
    return " · ".join([*(text.retell(reason) for reason in reasons), *said])


def _figure(by_month: pd.DataFrame, band: pd.DataFrame, setting: Setting) -> go.Figure:
    theme, unit = setting.theme, "change"
    numbers = [*band["low"], *band["high"], 0.0]
    first, last = int(by_month["position"].min()), int(by_month["position"].max())
    ticks = [month for month in range(first, last + 1) if month % TICK_MONTHS == 0]
    drawn = figure(
        theme,
        setting.text.separators,
        height=HEIGHT,
        margin={"t": 26},
        xaxis={
            "tickvals": ticks,
            "ticktext": [setting.text.number(month) for month in ticks],
            "title": {"text": setting.text.say("Months since"), "font": {"size": 12}},
            "range": [first - 0.7, last + 0.7],
            "showgrid": False,
        },
        yaxis=axis_between(*padded(min(numbers), max(numbers), unit), unit, setting),
    )
    drawn.add_trace(_band(band, setting))
    drawn.add_trace(_marks(by_month, setting))
    drawn.add_hline(0, line={"color": theme.ink, "width": 1})
    drawn.add_vline(0, line={"color": theme.ink, "width": 1, "dash": "dash"})
    drawn.add_annotation(
        x=0, y=1, yref="paper", yanchor="bottom", xanchor="center", showarrow=False,
        text=setting.text.say("month of the activity"), font={"size": 11, "color": theme.ink},
    )  # fmt: skip
    return drawn


def _band(band: pd.DataFrame, setting: Setting) -> go.Scatter:
    return go.Scatter(
        x=[*band["position"], *band["position"][::-1]],
        y=[*band["high"], *band["low"][::-1]],
        fill="toself",
        fillcolor=faded(setting.theme.context_line, 0.35),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )


def _marks(rows: pd.DataFrame, setting: Setting) -> go.Scatter:
    """A mark a month, open before and in the month of the activity."""
    theme = setting.theme
    return go.Scatter(
        x=rows["position"],
        y=rows["value"],
        mode="markers",
        marker={
            "color": theme.ink,
            "size": 8,
            "symbol": ["circle" if since > 0 else "circle-open" for since in rows["position"]],
        },
        error_y={
            "array": rows["high"] - rows["value"],
            "arrayminus": rows["value"] - rows["low"],
            "color": theme.context_text,
            "thickness": 1.6,
            "width": 0,
        },
        text=[_hover(row, setting) for _, row in rows.iterrows()],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )


def _hover(row: pd.Series, setting: Setting) -> str:
    text, unit = setting.text, "change"
    lines = [
        text.say("Months since: {count}", count=text.number(row["position"])),
        text.value(row["value"], unit),
        text.say("95% interval: {interval}", interval=text.interval(row["low"], row["high"], unit)),
        text.say("{count} agencies", count=text.number(row["units"])),
    ]
    return "<br>".join(lines)
