"""`standardised_dots`: what places would show if their people were mixed as all people are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.columns import of_places, with_ends
from analytics.charts.dots import Dot, dots_figure, tick_trace
from analytics.charts.picture import WORDS, Column, Columns, Picture, Setting, shorten
from analytics.charts.rows import Row, apart, known, latest, options, rows_of
from analytics.metrics.base import Mean, Metric, Rate, Share
from analytics.stats.intervals import Z
from analytics.stats.standardise import (
    Standardised,
    standardised_mean,
    standardised_rate,
    standardised_share,
)

if TYPE_CHECKING:
    from analytics.answers import Answer

HARDLY = 0.1  # a gap that changes by less than this part of it is said to stay as it is


@dataclass(frozen=True)
class Side:
    """A place's own figure and the same with the mix of all people; `why` it has none, in words.

    `shortly` is the same in the few words that stand in the place's row of a picture.
    """

    crude: Row
    mixed: Row
    why: str = ""
    shortly: str = ""


def standardised_dots(
    crude: Answer, groups: Answer, standard: Answer, *, setting: Setting, most: int = 40
) -> Picture:
    """Places in order of the figure that they would show with the mix of all people.

    `crude` is the places' own figures, `groups` the same by one or two groups of people, `standard`
    those groups of all people together. A place's own figure is a tick beside its dot. The cases are
    people, not rows, as in every interval.
    """
    text = setting.text
    rows = latest(rows_of(crude))
    unit = str(crude.metric.unit)
    setting = findings.distinct(rows, setting)
    sides = _sides(rows, groups, standard, setting)
    shown = sorted((one for one in sides if one.mixed.known), key=lambda one: one.mixed.value)
    listing = _listing(sides, unit, setting)
    by = " × ".join(text.dimension(name).lower() for name in groups.question.by)
    title = text.say(
        "No figure for the same mix of people by {groups} can be worked out", groups=by
    )
    if shown:
        title = _title(shown, unit, setting)
    drawn = [*(one for one in sides if not one.mixed.known), *shown][-most:]
    if not known(rows) or not isinstance(groups.metric, Share | Mean | Rate):
        picture = findings.nothing(crude, rows, setting, title)
        return replace(picture, listing=listing, note=_why(sides, setting))
    return Picture(
        _drawn(drawn, unit, setting),
        title,
        findings.subtitle(
            crude,
            rows,
            setting,
            what=text.say(
                "{metric}, with the mix of all people by {groups}",
                metric=text.say(crude.metric.title),
                groups=by,
            ),
        ),
        text.say(
            "Dots with intervals, beside ticks of the figures as they are. {title}.", title=title
        ),
        crude.rows,
        " · ".join(
            part
            for part in (
                text.say("dot: with the same mix of people; tick: as it is"),
                findings.note(rows, setting),
                _why(sides, setting),
            )
            if part
        ),
        options(rows),
        listing=listing,
    )


def places_set(crude: Answer, groups: Answer, standard: Answer, setting: Setting) -> int:
    """How many places have a figure with the same mix of people."""
    rows = latest(rows_of(crude))
    return sum(one.mixed.known for one in _sides(rows, groups, standard, setting))


def why_not_set(crude: Answer, groups: Answer, standard: Answer, setting: Setting) -> str:
    """How many places have no figure with the same mix of people, reason by reason."""
    return _why(_sides(latest(rows_of(crude)), groups, standard, setting), setting)


def _sides(rows: Sequence[Row], groups: Answer, standard: Answer, setting: Setting) -> list[Side]:
    """Each place's figure and its standardised one, in the order of the rows."""
    of_all = latest(rows_of(standard))
    of_place: dict[tuple[str, str], dict[tuple[str, ...], Row]] = {}
    for row in latest(rows_of(groups)):
        of_place.setdefault(row.where, {})[row.categories] = row
    made = []
    for row in rows:
        own = of_place.get(row.where, {})
        found, why = _standardised(own, of_all, groups.metric, setting)
        nothing = float("nan")
        value, low, high = (
            nothing if end is None else end for end in (found.value, found.low, found.high)
        )
        mixed = replace(row, value=value, low=low, high=high, withheld=row.withheld)
        shortly = _shortly(row, own, of_all, setting) if why else ""
        made.append(Side(row, mixed, why, shortly))
    return made


def _shortly(
    row: Row, own: Mapping[tuple[str, ...], Row], of_all: Sequence[Row], setting: Setting
) -> str:
    """Why a place is not set to the same mix, in few words; "" where it has no figure at all."""
    text = setting.text
    if not row.known:
        return ""
    if any(cell.withheld for cell in own.values()):
        return text.say("groups withheld")
    if any(one.categories not in own for one in of_all):
        return text.say("a group is empty")
    return text.say("cannot be set")


def _standardised(
    own: dict[tuple[str, ...], Row],
    of_all: Sequence[Row],
    metric: Metric,
    setting: Setting,
) -> tuple[Standardised, str]:
    """The standardised figure of a place, and why there is none."""
    text = setting.text
    nothing = Standardised(None, None, None, None)
    if not isinstance(metric, Share | Mean | Rate):
        return nothing, text.say("this figure cannot be set to another mix of people")
    if not of_all or any(not row.known for row in of_all):
        return nothing, text.say("groups of all people together are withheld")
    cells = [own.get(row.categories) for row in of_all]
    hidden = sum(row is not None and row.withheld for row in own.values())
    if hidden:
        return nothing, text.say("groups withheld")
    sizes = np.array([row.denominator for row in of_all])
    n = np.array([cell.cases if cell else 0.0 for cell in cells])
    if not np.isfinite(n).all():
        return nothing, text.say("numbers of people not known")
    value = np.array([cell.value if cell else 0.0 for cell in cells])
    found = _method(metric, value, n, cells, sizes)
    return found, text.retell(found.reason).rstrip(".") if found.reason else ""


def _method(
    metric: Metric,
    value: np.ndarray,
    n: np.ndarray,
    cells: Sequence[Row | None],
    sizes: np.ndarray,
) -> Standardised:
    if isinstance(metric, Rate):
        return standardised_rate(value * n / metric.per, n, sizes, metric.per)
    if isinstance(metric, Mean):
        return standardised_mean(value * n, _squares(value, n, cells), n, sizes)
    return standardised_share(value * n, n, sizes)


def _squares(value: np.ndarray, n: np.ndarray, cells: Sequence[Row | None]) -> np.ndarray:
    """Sums of squares, from the intervals that the answer gives of each mean: by Student's t, or
    with a pooled spread by the normal distribution."""
    from scipy.special import stdtrit

    half = np.array(
        [cell.high - cell.value if cell and cell.has_interval else 0.0 for cell in cells]
    )
    freedom = np.maximum(n - 1, 1)
    pooled = np.array([cell is not None and cell.pooled for cell in cells])
    variance = (half / np.where(pooled, Z, stdtrit(freedom, 0.975))) ** 2 * n
    return variance * freedom + n * value**2


def _listing(sides: Sequence[Side], unit: str, setting: Setting) -> Columns:
    """Each place as it is and with the same mix, with intervals, or why it has no such figure."""
    text = setting.text
    ends = ("value", "low", "high")
    crude, mixed = (
        [[getattr(row, end) if row.known else None for row in rows] for end in ends]
        for rows in ([one.crude for one in sides], [one.mixed for one in sides])
    )
    return {
        **of_places([one.crude for one in sides], setting),
        **with_ends(text.say("As it is"), "value", unit, crude, setting),
        **with_ends(text.say("With the same mix"), "same_mix", unit, mixed, setting),
        "denominator": Column(
            text.say("Denominator (n)"), "count", [one.crude.denominator for one in sides]
        ),
        "no_same_mix": Column(text.say("Why there is none"), WORDS, [one.why for one in sides]),
    }


def _title(shown: Sequence[Side], unit: str, setting: Setting) -> str:
    """What setting the mix equal changes: who is first or last, else the gap between the ends."""
    text = setting.text
    by_crude = sorted(shown, key=lambda one: one.crude.value)
    if len(shown) < 2:
        return text.say(
            "{name}: {mixed} with the mix of all people, {crude} as it is",
            name=_name(shown[0], setting),
            mixed=text.value(shown[0].mixed.value, unit),
            crude=text.value(shown[0].crude.value, unit),
        )
    for new, old in ((shown[-1], by_crude[-1]), (shown[0], by_crude[0])):
        if new is not old and apart(new.mixed, old.mixed, len(shown)):
            names = {"first": _name(new, setting), "second": _name(old, setting)}
            if new is shown[-1]:
                return text.say(
                    "With the same mix of people {first} is highest, not {second}", **names
                )
            return text.say("With the same mix of people {first} is lowest, not {second}", **names)
    top, bottom = by_crude[-1], by_crude[0]
    said = _gap_said(top, bottom, unit, setting)
    if apart(top.mixed, bottom.mixed, len(shown)):
        return said
    rows = [one.mixed for one in shown]
    return f"{said}; {findings.doubt(bottom.mixed, top.mixed, rows, setting)}"


def _gap_said(top: Side, bottom: Side, unit: str, setting: Setting) -> str:
    """How far apart the ends are as they are and with the same mix."""
    text = setting.text
    gap, mixed = top.crude.value - bottom.crude.value, top.mixed.value - bottom.mixed.value
    values = {
        "first": _name(top, setting),
        "second": _name(bottom, setting),
        "gap": text.difference(gap, unit),
        "mixed": text.difference(mixed, unit),
    }
    if mixed < 0 and values["mixed"] != text.difference(0.0, unit):
        return text.say(
            "{first} is {gap} above {second}, but {mixed} below with the same mix of people",
            **values,
        )
    if abs(mixed - gap) < HARDLY * gap:
        return text.say(
            "{first} and {second} are {gap} apart, and {mixed} with the same mix of people",
            **values,
        )
    if mixed < gap:
        return text.say(
            "{first} and {second} are {gap} apart; with the same mix of people only {mixed}",
            **values,
        )
    return text.say(
        "{first} and {second} are {gap} apart; with the same mix of people as much as {mixed}",
        **values,
    )


def _name(side: Side, setting: Setting) -> str:
    return shorten(findings.place_names([side.crude], setting)[0])


def _why(sides: Sequence[Side], setting: Setting) -> str:
    """How many places have no standardised figure, reason by reason; a single one is named."""
    text = setting.text
    by_reason: dict[str, list[Side]] = {}
    for side in sides:
        if side.why:
            by_reason.setdefault(side.why, []).append(side)
    return " · ".join(
        text.say("{name} not set to the same mix: {reason}", name=_name(of[0], setting), reason=why)
        if len(of) == 1
        else text.say(
            "{count} places not set to the same mix: {reason}",
            count=text.number(len(of)),
            reason=why,
        )
        for why, of in by_reason.items()
    )


def _drawn(drawn: Sequence[Side], unit: str, setting: Setting) -> go.Figure:
    """Dots of the standardised figures, beside each a tick where the place stands as it is.

    A place without a dot has no tick either: it would lie on the words that say why.
    """
    names = findings.place_names([one.mixed for one in drawn], setting)
    dots = [Dot(one.mixed, name, one.shortly) for one, name in zip(drawn, names, strict=True)]
    bare = {"low": float("nan"), "high": float("nan")}
    beside = [replace(one.crude, **bare) for one in drawn]
    figure_ = dots_figure(dots, unit, setting, by=False, beside=beside)
    ticks = [one.crude if one.mixed.known else one.mixed for one in drawn]
    figure_.add_trace(tick_trace(ticks, names, unit, setting))
    return figure_
