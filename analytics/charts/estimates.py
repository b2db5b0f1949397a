"""`estimate_dots`: what a study found, one mark and interval a subject."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame, an array or a plain value.

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from analytics.charts.axes import axis_between, padded, write_beside
from analytics.charts.picture import Picture, Setting, wrapped
from analytics.charts.theme import LINE, figure
from analytics.metrics.base import Unit
from analytics.stats.verdict import Verdict

if TYPE_CHECKING:
    from analytics.answers import Estimates

Finding = Callable[[pd.DataFrame, Setting], str]

EDGE = 0.25  # of the width: a word nearer to an edge than this would be cut when centred
RELIABLE = 0.7
"""By convention; Nunnally 1978, Psychometric Theory, 245, for early stages of research."""


def reliable(rows: pd.DataFrame, setting: Setting) -> str:
    """How many of the subjects reach what is conventionally relied on."""
    return setting.text.say(
        "{count} of {all} facets reach {least}",
        count=int((rows["value"] >= RELIABLE).sum()),
        all=len(rows),
        least=setting.text.number(RELIABLE, 2),
    )


def rankable(rows: pd.DataFrame, setting: Setting) -> str:
    """On how many facets agencies may be put in order, by their ICC(2) and its interval."""
    text = setting.text
    may = int((rows["low"] >= RELIABLE).sum())
    values = {
        "all": text.number(len(rows)),
        "may": text.number(may),
        "care": text.number(int((rows["value"] >= RELIABLE).sum()) - may),
        "least": text.number(RELIABLE, 2),
    }
    if not (rows["value"] >= RELIABLE).any():
        return text.say(
            "Agencies may not be ranked on any of {all} facets: they differ too little to be told"
            " apart, ICC(2) is under {least}",
            **values,
        )
    return text.say(
        "Agencies may be ranked on {may} of {all} facets and with care on {care}; on the others they"
        " differ too little to be told apart, ICC(2) is under {least}",
        **values,
    )


def may_rank(row: pd.Series, estimates: Estimates, setting: Setting) -> str:
    """Whether agencies may be put in order on a facet, by its ICC(2) and the interval of it."""
    text = setting.text
    facet = subject_of(row["subject"], estimates, setting)
    if pd.isna(row["value"]):
        return text.say("{facet}: whether agencies may be ranked on it cannot be told", facet=facet)
    values = {
        "facet": facet,
        "value": text.number(row["value"], 2),
        "interval": text.interval(row["low"], row["high"], "number"),
        "least": text.number(RELIABLE, 2),
    }
    if row["low"] >= RELIABLE:
        return text.say(
            "{facet}: agencies may be ranked on it, ICC(2) {value} (95% CI: {interval})"
            " is {least} or more",
            **values,
        )
    if row["value"] >= RELIABLE:
        return text.say(
            "{facet}: rank agencies with care, ICC(2) {value} (95% CI: {interval})"
            " may lie below {least}",
            **values,
        )
    return text.say(
        "{facet}: do not rank agencies on it, ICC(2) {value} (95% CI: {interval}) is below {least}",
        **values,
    )


def rated_higher(row: pd.Series, estimates: Estimates, setting: Setting) -> str:
    """Whether people are rated Sangat Baik more often once they have trained, by the verdict."""
    text = setting.text
    if pd.isna(row["value"]):
        return text.say("Whether training shows in later appraisals cannot be told here")
    values = {
        "change": text.difference(row["value"], "share"),
        "estimate": text.value(row["value"], "change"),
        "interval": text.interval(row["low"], row["high"], "change"),
        "count": text.number(row["units"]),
        "matters": text.value(estimates.study.matters or 0.0, "change"),
    }
    if row["verdict"] == Verdict.ROSE:
        return text.say(
            "PNS are rated Sangat Baik more often once they have completed 20 JP: by {change}"
            " (95% CI: {interval}), {count} people",
            **values,
        )
    if row["verdict"] == Verdict.FELL:
        return text.say(
            "PNS are rated Sangat Baik less often once they have completed 20 JP: by {change}"
            " (95% CI: {interval}), {count} people",
            **values,
        )
    if row["verdict"] == Verdict.NO_LARGER:
        return text.say(
            "Completing 20 JP changes how often PNS are rated Sangat Baik by no more than {matters}"
            " (95% CI: {interval}), {count} people",
            **values,
        )
    return text.say(
        "Whether PNS are rated Sangat Baik more often once they have completed 20 JP cannot be told:"
        " estimate {estimate} (95% CI: {interval} points), {count} people",
        **values,
    )


def raters_agree(row: pd.Series, estimates: Estimates, setting: Setting) -> str:
    """How far a role agrees with the supervisor, and on how many people."""
    text = setting.text
    role = subject_of(row["subject"], estimates, setting)
    if pd.isna(row["value"]):
        return text.say("Supervisor and {role}: agreement cannot be told here", role=role)
    values = {
        "role": role,
        "value": text.number(row["value"], 2),
        "interval": text.interval(row["low"], row["high"], "number"),
        "count": text.number(row["people"]),
    }
    if row["low"] <= 0:
        return text.say(
            "Supervisor and {role}: no agreement beyond chance can be told, kappa {value}"
            " (95% CI: {interval}), {count} people",
            **values,
        )
    return text.say(
        "Supervisor and {role} agree beyond chance: kappa {value} (95% CI: {interval}),"
        " {count} people",
        **values,
    )


def by_year(rows: pd.DataFrame, setting: Setting) -> str:
    """In how many of the years after training, each by itself, the difference is clear."""
    after = rows[rows["position"] >= 0]
    return setting.text.say(
        "Sangat Baik after 20 JP: taken singly, {count} of {all} years differ clearly",
        count=int(((after["low"] > 0) | (after["high"] < 0)).sum()),
        all=len(after),
    )


def carried_together(row: pd.Series, estimates: Estimates, setting: Setting) -> str:
    """How much of the differences between agencies all conditions carry together."""
    text = setting.text
    if pd.isna(row["value"]):
        return text.say("What goes along with commitment cannot be told here")
    return text.say(
        "All together go along with {share} of the differences in commitment between"
        " {count} agencies; the rest has other reasons, or is chance",
        share=text.share(row["value"]),
        count=text.number(row["units"]),
    )


def largest_share(rows: pd.DataFrame, setting: Setting) -> str:
    """Which condition carries most, where its interval lies above those of all others."""
    ordered = rows.sort_values("value")
    top, others = ordered.iloc[-1], ordered.iloc[:-1]
    if len(others) and top["low"] > others["high"].max():
        return setting.text.say(
            "{condition} goes along with commitment most: {share} of the differences",
            condition=top["name"],
            share=setting.text.share(top["value"]),
        )
    return setting.text.say("No condition stands out: the intervals overlap")


def clear_correlations(rows: pd.DataFrame, setting: Setting) -> str:
    """How many of the conditions have a correlation whose interval leaves out none."""
    clear = (rows["low"] > 0) | (rows["high"] < 0)
    return setting.text.say(
        "{count} of {all} conditions clearly go along with commitment, or against it",
        count=int(clear.sum()),
        all=len(rows),
    )


def estimate_dots(
    estimates: Estimates,
    *,
    setting: Setting,
    measure: str,
    finding: Finding,
    line: float | None = None,
    line_says: str = "",
) -> Picture:
    """One measure of a study at one place, a dot a subject, with intervals: in order of position
    where the study gives one, the first at the top, else of value.

    `finding` makes the title of the rows that have a value, with their `name`, and the setting. `line` is a value to
    read the dots against and `line_says` the message beside it; no change, for a study of changes. Subjects without an estimate keep
    their row, with the reason in the note.
    """
    text, study = setting.text, estimates.study
    if line is None and study.measures[measure].unit == Unit.CHANGE:
        line, line_says = 0.0, "no change"
    rows = estimates.rows[estimates.rows["measure"] == measure]
    rows = rows.sort_values("value", na_position="first")
    rows = rows.sort_values("position", ascending=False, kind="stable").reset_index(drop=True)
    named = [subject_of(code, estimates, setting) for code in rows["subject"]]
    told = rows.assign(name=named).dropna(subset="value")
    title = finding(told, setting) if len(told) else text.say("The data cannot tell")
    subtitle = " · ".join(
        part
        for part in (
            text.say(study.measures[measure].title),
            place_of(estimates, setting),
            ", ".join(text.period(period) for period in sorted(set(rows["period"])) if period),
        )
        if part
    )
    return Picture(
        _figure(rows, study.measures[measure].unit, (line, line_says), estimates, setting)
        if len(told)
        else None,
        title,
        subtitle,
        text.say("Dots with intervals. {title}.", title=title),
        rows.assign(withheld=False),
        note_of(rows, setting),
    )


def place_of(estimates: Estimates, setting: Setting) -> str:
    """The name of the place that the estimates are of, where they are of one."""
    places = estimates.rows[["level", "place", "place_name"]].drop_duplicates()
    names = [setting.name(*row) for row in places.itertuples(index=False)]
    return names[0] if len(names) == 1 else ""


def note_of(rows: pd.DataFrame, setting: Setting) -> str:
    """On how many the estimates stand, and each reason why there is none."""
    text = setting.text
    people = rows["people"].max() if len(rows) else 0
    said = [text.say("n = {count}", count=text.number(people))] if people else []
    return " · ".join([*said, *dict.fromkeys(text.retell(r) for r in rows["reason"] if r)])


def subject_of(code: str, estimates: Estimates, setting: Setting) -> str:
    """What to call a subject of a study."""
    named = estimates.study.subjects
    if isinstance(named, str):
        return setting.text.category(named, code)
    return setting.text.say(named[code]) if code in named else code


def _figure(
    rows: pd.DataFrame,
    unit: str,
    line: tuple[float | None, str],
    estimates: Estimates,
    setting: Setting,
) -> go.Figure:
    at, says = line
    told = rows[["value", "low", "high"]].stack().dropna()
    numbers = [*told, *([] if at is None else [at])]
    names = [subject_of(code, estimates, setting) for code in rows["subject"]]
    values = ["" if pd.isna(v) else setting.text.value(v, unit) for v in rows["value"]]
    drawn = figure(
        setting.theme,
        setting.text.separators,
        height=64 + LINE * len(rows),
        margin={"b": 26 if at is not None else 8},
        xaxis=axis_between(*padded(min(numbers), max(numbers), unit), unit, setting)
        | {"side": "top"},
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": [wrapped(name) for name in names],
            "range": [-0.7, len(rows) - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": setting.theme.ink, "size": 12},
        },
    )
    drawn.add_trace(_marks(rows, names, unit, setting))
    write_beside(drawn, dict(enumerate(values)), setting)
    if at is not None:
        drawn.add_vline(at, line={"color": setting.theme.ink, "width": 1, "dash": "dash"})
        low, high = drawn.layout.xaxis.range
        part = (at - low) / (high - low)
        anchor = "center" if EDGE <= part <= 1 - EDGE else "left" if part < EDGE else "right"
        drawn.add_annotation(
            x=at, y=0, yref="paper", yanchor="top", xanchor=anchor,
            text=setting.text.say(says), showarrow=False,
            font={"size": 11, "color": setting.theme.ink},
        )  # fmt: skip
    return drawn


def _marks(rows: pd.DataFrame, names: Sequence[str], unit: str, setting: Setting) -> go.Scatter:
    ink = setting.theme.ink
    return go.Scatter(
        x=rows["value"],
        y=list(range(len(rows))),
        mode="markers",
        marker={"color": ink, "size": 10},
        error_x={
            "array": rows["high"] - rows["value"],
            "arrayminus": rows["value"] - rows["low"],
            "color": setting.theme.context_text,
            "thickness": 1.6,
            "width": 0,
        },
        text=[
            hover(name, *figures, unit, setting)
            for name, figures in zip(
                names, rows[["value", "low", "high"]].itertuples(index=False), strict=True
            )
        ],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )


def hover(name: str, value: float, low: float, high: float, unit: str, setting: Setting) -> str:
    """A subject, its estimate and its interval, in words."""
    text = setting.text
    lines = [f"<b>{name}</b>", text.value(value, unit)]
    if not pd.isna(low):
        between = text.interval(low, high, unit)
        lines.append(text.say("95% interval: {interval}", interval=between))
    return "<br>".join(lines)
