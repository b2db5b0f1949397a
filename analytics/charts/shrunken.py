"""`shrunken_dots`: agencies' shares beside what is left of them once chance is allowed for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.charts import findings
from analytics.charts.columns import beside, with_ends
from analytics.charts.dots import Dot, dots_figure, ends_of, tick_trace
from analytics.charts.picture import Column, Columns, Picture, Setting, shorten
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.stats.shrinkage import Shrunken, shrunken_shares

if TYPE_CHECKING:
    from analytics.answers import Answer

MOST = 30


def shrunken_dots(answer: Answer, *, setting: Setting, most: int = MOST) -> Picture:
    """Places in order of their shrunken share, each a dot with its interval; a tick is its own share.

    A place's own share is drawn toward the mean of all, the more the fewer people stand behind it
    (empirical Bayes, Morris 1983). Cases are people, not rows.
    """
    text = setting.text
    rows = latest(rows_of(answer))
    shown = [row for row in known(rows) if row.cases > 0]
    sizes = np.array([row.cases for row in shown])
    found = shrunken_shares(np.array([row.value for row in shown]) * sizes, sizes)
    if found.centre is None:
        return findings.nothing(answer, rows, setting, text.retell(found.reason).rstrip("."))
    setting = findings.distinct(rows, setting)
    names = findings.place_names(shown, setting)
    ends = zip(shown, names, found.value, found.low, found.high, strict=True)
    dots = [
        Dot(replace(row, value=float(value), low=float(low), high=float(high)), name)
        for row, name, value, low, high in ends
    ]
    title = _title(found, setting)
    drawn, left_out = ends_of(dots, most, "share", setting)
    return Picture(
        _drawn(drawn, shown, found.centre, setting),
        title,
        findings.subtitle(answer, rows, setting),
        text.say(
            "Dots with intervals, beside ticks of the figures as they are. {title}.", title=title
        ),
        answer.rows,
        " · ".join(
            part
            for part in (
                text.say(
                    "tests who differs from the mean of these agencies, not who keeps a limit"
                ),
                text.say("dot: drawn toward the mean; tick: as it is"),
                _furthest(shown, names, found, setting),
                findings.note(rows, setting),
                left_out,
            )
            if part
        ),
        options(rows),
        _more(answer, dots, found, setting),
    )


def _title(found: Shrunken, setting: Setting) -> str:
    text, centre = setting.text, found.centre or 0.0
    values = {
        "count": text.number(len(found.raw)),
        "high": text.number(int((found.low > centre).sum())),
        "low": text.number(int((found.high < centre).sum())),
        "mean": text.share(centre),
    }
    if not (found.low > centre).any() and not (found.high < centre).any():
        return text.say(
            "None of {count} agencies lies clearly off the mean of {mean}, chance allowed for",
            **values,
        )
    return text.say(
        "Of {count} agencies {high} lie clearly above the mean of {mean} and {low} below", **values
    )


def _furthest(shown: Sequence[Row], names: Sequence[str], found: Shrunken, setting: Setting) -> str:
    """The place that is drawn furthest, as the example of what shrinking does."""
    text = setting.text
    at = int(np.argmax(np.abs(found.raw - found.value)))
    raw, value = text.share(float(found.raw[at])), text.share(float(found.value[at]))
    if raw == value:
        return ""
    return text.say(
        "{name}: {raw} is drawn toward the mean, to {value}, because few people ({people})"
        " stand behind it",
        name=shorten(names[at]),
        raw=raw,
        value=value,
        people=text.number(shown[at].cases),
    )


def _more(answer: Answer, dots: Sequence[Dot], found: Shrunken, setting: Setting) -> Columns:
    """The shrunken figures, and which part of each is the mean's, for the table."""
    text = setting.text
    rows = [dot.row for dot in dots]
    ends = [
        beside(answer, rows, [getattr(row, end) for row in rows])
        for end in ("value", "low", "high")
    ]
    return {
        **with_ends(text.say("Chance allowed for"), "shrunken", "share", ends, setting),
        "drawn_by": Column(
            text.say("Part of it that is the mean's"),
            "share",
            beside(answer, rows, found.weight.tolist()),
        ),
    }


def _drawn(drawn: Sequence[Dot], shown: Sequence[Row], centre: float, setting: Setting):
    """The dots, a tick each where the place's own share is, and the mean as a dashed line."""
    own = {row.where: row for row in shown}
    ticks = [own[dot.row.where] for dot in drawn]
    bare = {"low": float("nan"), "high": float("nan")}
    figure_ = dots_figure(
        drawn, "share", setting, by=False, beside=[replace(row, **bare) for row in ticks]
    )
    figure_.add_trace(tick_trace(ticks, [dot.name for dot in drawn], "share", setting))
    figure_.add_vline(x=centre, line={"color": setting.theme.ink, "width": 1, "dash": "dash"})
    return figure_
