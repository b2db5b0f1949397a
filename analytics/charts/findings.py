"""Sentences that are true by construction: each is worked out from the rows it speaks of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.charts.picture import Picture, Setting
from analytics.charts.rows import Row, in_time, known, latest, overlap

if TYPE_CHECKING:
    from analytics.answers import Answer


def place_names(rows: Sequence[Row], setting: Setting) -> list[str]:
    """The short name of each row's place."""
    return [setting.short(row.level, row.place, row.place_name) for row in rows]


def labels(rows: Sequence[Row], by: Sequence[str], setting: Setting) -> list[str]:
    """What to call each row: its place, its categories, or both where both vary."""
    places = place_names(rows, setting)
    several = len({row.where for row in rows}) > 1
    if not by or (several and one_category(rows)):
        return places
    named = []
    for place, row in zip(places, rows, strict=True):
        words = ", ".join(
            setting.text.category(d, code) for d, code in zip(by, row.categories, strict=True)
        )
        named.append(f"{place}: {words}" if several else words)
    return named


def one_category(rows: Sequence[Row]) -> tuple[str, ...]:
    """The categories that all rows share; () where there are none or they differ."""
    found = {row.categories for row in rows}
    return found.pop() if len(found) == 1 else ()


def extremes(rows: Sequence[Row], names: Sequence[str], unit: str, setting: Setting) -> str:
    """Which is highest and which lowest; says so where they are alike, alone or not clearly apart.

    Values are compared as they are written: two that read the same are never ranked.
    """
    text = setting.text
    shown = [(row, name) for row, name in zip(rows, names, strict=True) if row.known]
    if not shown:
        return text.say("No figure may be shown here")
    highest, lowest = (end(shown, key=lambda one: one[0].value)[0] for end in (max, min))
    top, bottom = text.value(highest.value, unit), text.value(lowest.value, unit)
    if len(shown) == 1:
        return text.say("{name}: {value}", name=shown[0][1], value=top)
    if top == bottom:
        return text.say("All {count} alike at {value}", count=len(shown), value=top)
    first = _named([name for row, name in shown if text.value(row.value, unit) == top], setting)
    last = _named([name for row, name in shown if text.value(row.value, unit) == bottom], setting)
    values = {"first": first, "high": top, "last": last, "low": bottom}
    if not first and not last:
        return text.say("From {low} to {high}", **values)
    if not last:
        return text.say("{first} highest, {high}", **values)
    if not first:
        return text.say("{last} lowest, {low}", **values)
    if overlap(highest, lowest):
        return text.say("{first} {high}, {last} {low}: not clearly different", **values)
    return text.say("{first} highest, {high}; {last} lowest, {low}", **values)


def _named(names: Sequence[str], setting: Setting) -> str:
    """One name, or two; nothing for more."""
    if len(names) == 2:
        return setting.text.say("{first} and {last}", first=names[0], last=names[1])
    return names[0] if len(names) == 1 else ""


def movement(rows: Sequence[Row], name: str, unit: str, setting: Setting) -> str:
    """How one series went from its first to its last known value."""
    text = setting.text
    series = in_time(known(rows))
    if not series:
        return text.say("{name}: no figure may be shown", name=name)
    first, last = series[0], series[-1]
    value = text.value(last.value, unit)
    if first.period == last.period:
        return text.say(
            "{name}: {value} in {period}", name=name, value=value, period=text.period(last.period)
        )
    since = text.period(first.period)
    change = last.value - first.value
    size = text.difference(change, unit)
    if last.start != max(row.start for row in rows):  # what came later is withheld
        name = text.say("{name} in {period}", name=name, period=text.period(last.period))
    if overlap(first, last) or size == text.difference(0.0, unit):
        return text.say(
            "{name}: {value}, no clear change since {period}", name=name, value=value, period=since
        )
    values = {"name": name, "change": size, "value": value, "period": since}
    if change > 0:
        return text.say("{name} up {change} to {value} since {period}", **values)
    return text.say("{name} down {change} to {value} since {period}", **values)


def periods_of(rows: Sequence[Row], setting: Setting) -> str:
    """The period of the rows, or the first and the last of them."""
    if not rows:
        return ""
    ordered = in_time(rows)
    first, last = ordered[0].period, ordered[-1].period
    if first == last:
        return setting.text.period(first)
    return setting.text.say(
        "{first} to {last}", first=setting.text.period(first), last=setting.text.period(last)
    )


def subtitle(
    answer: Answer,
    rows: Sequence[Row],
    setting: Setting,
    *,
    what: str | None = None,
    unit: str | None = None,
) -> str:
    """What is plotted, in which unit, for which period."""
    text = setting.text
    title = what or text.say(answer.metric.title)
    shared = zip(answer.question.by, one_category(rows), strict=False)
    if names := [text.category(dimension, code) for dimension, code in shared]:
        title += f" ({', '.join(names)})"
    unit = unit or text.category("unit", str(answer.metric.unit))
    parts = [title, "" if title.endswith(unit) else unit, periods_of(rows, setting)]
    if answer.until:
        parts.append(text.say("to {month}", month=text.period(answer.until)))
    return ", ".join(part for part in [*parts, basis(answer, setting)] if part)


def basis(answer: Answer, setting: Setting) -> str:
    """Which evaluations the figures of a quarter or a year rest on; empty for other figures."""
    if answer.own_share is None:
        return ""
    text = setting.text
    cycle = {"year": "annual", "quarter": "quarterly"}[answer.question.grain]
    if answer.own_share >= MOSTLY:
        return text.category("cycle_used", cycle)
    return text.category("cycle_used", "shorter" if answer.own_share <= 1 - MOSTLY else "mixed")


MOSTLY = 0.9
"""From which share on figures are said to rest on one kind of evaluation."""


def note(rows: Sequence[Row], setting: Setting, *, intervals: bool = True) -> str:
    """On how many the last figures rest, what is withheld, and which have no interval."""
    text = setting.text
    shown = known(rows)
    said = []
    counts = [row.denominator for row in latest(shown) if not math.isnan(row.denominator)]
    if counts:
        said.append(text.say("n = {count}", count=text.number(sum(counts))))
    withheld = sum(row.withheld for row in rows)
    if withheld:
        said.append(
            text.say("{count} figures withheld to protect people", count=text.number(withheld))
        )
    bare = sum(not row.has_interval and math.isnan(row.denominator) for row in shown)
    if intervals and bare:
        said.append(text.say("{count} without an interval (n not known)", count=text.number(bare)))
    elif intervals and any(row.has_interval for row in shown):
        said.append(text.say("lines show 95 % intervals"))
    return " · ".join(said)


def hover(row: Row, name: str, unit: str, setting: Setting) -> str:
    """What a mark says when pointed at."""
    text = setting.text
    lines = [f"<b>{name}</b>", text.period(row.period)]
    if row.withheld:
        return "<br>".join([*lines, text.say("withheld: too few people")])
    lines.append(text.value(row.value, unit))
    if row.has_interval:
        between = text.interval(row.low, row.high, unit)
        lines.append(text.say("95 % interval: {interval}", interval=between))
    if not math.isnan(row.denominator):
        lines.append(text.say("n = {count}", count=text.number(row.denominator)))
    return "<br>".join(lines)


def absent(row: Row, setting: Setting, *, short: bool = False) -> str:
    """Why a row has no value to show."""
    if not row.withheld:
        return setting.text.say("no figure")
    if short:
        return setting.text.say("withheld")
    return setting.text.say("withheld: too few people")


def nothing(answer: Answer, rows: Sequence[Row], setting: Setting, title: str = "") -> Picture:
    """The picture of an answer in which nothing may be shown."""
    title = title or setting.text.say("No figure may be shown here")
    under = subtitle(answer, rows, setting)
    said = note(rows, setting, intervals=False)
    return Picture(None, title, under, f"{title}. {under}.", answer.rows, said)
