"""Sentences that are true by construction: each is worked out from the rows it speaks of."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from analytics.charts.picture import Picture, Setting, shorten, unbroken
from analytics.charts.rows import (
    Change,
    Row,
    any_apart,
    apart,
    as_far,
    change,
    in_time,
    known,
    latest,
    over,
    smallest_that_matters,
    usual_error,
)
from analytics.metrics import METRICS
from analytics.metrics.rows import CATEGORIES, ROW_TABLES

if TYPE_CHECKING:
    from analytics.answers import Answer


NAMED = 2
"""Places that may share an end and still be named in a title."""


def distinct(rows: Iterable[Row], setting: Setting) -> Setting:
    """The setting with names that tell the rows' places apart: where agencies share one, with the
    name of their government."""
    names = {row.where: setting.name(*row.where, row.place_name) for row in rows}
    shared = Counter(names.values())
    for (level, code), name in names.items():
        owner = setting.government(code) if level == "agency" and shared[name] > 1 else ""
        if owner:
            names[level, code] = f"{name}, {owner}"
    return replace(setting, names={**setting.names, **names})


def place_names(rows: Iterable[Row], setting: Setting) -> list[str]:
    """The name of each row's place."""
    return [setting.name(*row.where, row.place_name) for row in rows]


def labels(rows: Sequence[Row], by: Sequence[str], setting: Setting) -> list[str]:
    """What to call each row: its place, its categories, or both where both vary."""
    places = place_names(rows, setting)
    several = len({row.where for row in rows}) > 1
    if not by or (several and one_category(rows)):
        return places
    named = []
    for place, row in zip(places, rows, strict=True):
        words = ", ".join(
            unbroken(setting.text.category(d, code))
            for d, code in zip(by, row.categories, strict=True)
        )
        named.append(f"{place}: {words}" if several else words)
    return named


def one_category(rows: Sequence[Row]) -> tuple[str, ...]:
    """The categories that all rows share; () where there are none or they differ."""
    found = {row.categories for row in rows}
    return found.pop() if len(found) == 1 else ()


def extremes(rows: Sequence[Row], names: Sequence[str], unit: str, setting: Setting) -> str:
    """Which is highest and which lowest, or that nothing tells them apart.

    Values are compared as they are written: two that read the same are never ranked. An end is named
    where it clearly differs from some other place, unless more than two share it. Where no two
    places clearly differ, it says so.
    """
    text = setting.text
    shown = [(row, shorten(name)) for row, name in zip(rows, names, strict=True) if row.known]
    if not shown:
        return text.say("No figure may be shown here")
    highest, lowest = (end(shown, key=lambda one: one[0].value)[0] for end in (max, min))
    top, bottom = text.value(highest.value, unit), text.value(lowest.value, unit)
    if len(shown) == 1:
        return text.say("{name}: {value}", name=shown[0][1], value=top)
    highest = [(row, name) for row, name in shown if text.value(row.value, unit) == top]
    if top == bottom:
        return _alike(highest, top, setting)
    lowest = [(row, name) for row, name in shown if text.value(row.value, unit) == bottom]
    first, last = (_together(end, setting) for end in (highest, lowest))
    values = {"first": first, "high": top, "last": last, "low": bottom}
    stand = [_stands_out(end, shown) for end in (highest, lowest)]
    if not any(stand) and not any_apart([row for row, _ in shown]):
        ends_apart = any(apart(one[0], other[0]) for one, other in product(highest, lowest))
        return _not_different([row for row, _ in shown], ends_apart, values, setting)
    first, last = (name if out else "" for name, out in zip((first, last), stand, strict=True))
    if first and last:
        return text.say("{first} highest, {high}; {last} lowest, {low}", **values)
    if first:
        return text.say("{first} highest, {high}", first=first, high=top)
    if last:
        return text.say("{last} lowest, {low}", last=last, low=bottom)
    return text.say("Between {low} and {high}", low=bottom, high=top)


def _stands_out(end: Sequence[tuple[Row, str]], shown: Sequence[tuple[Row, str]]) -> bool:
    """Whether those at an end clearly differ from some other, or the surest of more than are named."""
    rows = [row for row, _ in end]
    if len(rows) > NAMED:
        rows = [min(rows, key=lambda row: row.high - row.low)]
    return all(any(apart(row, other, len(shown)) for other, _ in shown) for row in rows)


def _alike(shown: Sequence[tuple[Row, str]], value: str, setting: Setting) -> str:
    if len(shown) == 2:
        return setting.text.say(
            "{names} alike: {value}", names=_together(shown, setting), value=value
        )
    return setting.text.say("All {count} alike: {value}", count=len(shown), value=value)


def _not_different(
    rows: Sequence[Row], ends_apart: bool, values: dict[str, str], setting: Setting
) -> str:
    """That none of the places clearly differ among all, and what is true of two looked at alone."""
    text = setting.text
    if len(rows) == 2:
        return text.say("{first} {high} and {last} {low}: not clearly different", **values)
    between = text.say("Between {low} and {high}", low=values["low"], high=values["high"])
    if values["first"] and values["last"]:
        between = text.say("{first} ({high}) to {last} ({low})", **values)
    if ends_apart:
        return text.say(
            "{between}: different as a pair, but not surely among all {count}",
            between=between,
            count=text.number(len(rows)),
        )
    if any_apart(rows, among=2):
        return text.say(
            "{between}: single pairs differ, but not surely among all {count}",
            between=between,
            count=text.number(len(rows)),
        )
    return text.say("{between}: not clearly different", between=between)


def doubt(low: Row, high: Row, rows: Sequence[Row], setting: Setting) -> str:
    """What is true of the two ends of many where they do not clearly differ among all of them."""
    text = setting.text
    if apart(low, high):
        return text.say("different as a pair, but not surely among all {count}", count=len(rows))
    if any_apart(rows, among=2):
        return text.say("these two not clearly different")
    return text.say("not clearly different")


def _together(shown: Sequence[tuple[Row, str]], setting: Setting) -> str:
    """The name, or both names; nothing where more share a value than a title can name."""
    if len(shown) > NAMED:
        return ""
    names = [name for _, name in shown]
    if len(names) == 1:
        return names[0]
    return setting.text.say("{first} and {second}", first=names[0], second=names[1])


def movement(
    rows: Sequence[Row], name: str, unit: str, setting: Setting, *, until: str | None = None
) -> str:
    """How one series went from its first to its last known value.

    Where that is not the last period of the rows, its period is named. A year that is not over,
    known `until` a month, is set against nothing; and what grows within a year is set against the
    same part of another.
    """
    text = setting.text
    series = in_time(known(rows))
    if not series:
        return text.say("{name}: no figure may be shown", name=name)
    whole = over(series, until) or series[-1:]
    last = whole[-1]
    first = next(row for row in whole if as_far(row, last))
    values = {"name": name, "value": text.value(last.value, unit)}
    if first.period == last.period:
        period = period_words(last.period, until, setting)
        return text.say("{name}: {value} in {period}", period=period, **values)
    earlier = last.start < max(row.start for row in rows)
    values |= {"first": text.period(first.period), "last": text.period(last.period)}
    size = text.difference(last.value - first.value, unit)
    came = change(first, last, usual_error(series))
    if came is Change.NONE:
        if earlier:
            return text.say("{name}: {value} in {last}, no clear change since {first}", **values)
        return text.say("{name}: {value}, no clear change since {first}", **values)
    if size == text.difference(0.0, unit):
        if earlier:
            return text.say("{name}: {value} in {last}, hardly changed since {first}", **values)
        return text.say("{name}: {value}, hardly changed since {first}", **values)
    moved = _moved(last.value > first.value, values | {"change": size}, setting, earlier=earlier)
    return judged(moved, came, (first, last), unit, setting)


def _moved(up: bool, values: dict[str, str], setting: Setting, *, earlier: bool) -> str:
    text = setting.text
    if up and earlier:
        return text.say("{name} up {change} to {value} from {first} to {last}", **values)
    if up:
        return text.say("{name} up {change} to {value} since {first}", **values)
    if earlier:
        return text.say("{name} down {change} to {value} from {first} to {last}", **values)
    return text.say("{name} down {change} to {value} since {first}", **values)


def judged(moved: str, came: Change, ends: tuple[Row, Row], unit: str, setting: Setting) -> str:
    """A change in words, and why it is not called clear though it is beyond chance."""
    text = setting.text
    if came is Change.USUAL:
        return text.say("{moved}, within the usual ups and downs", moved=moved)
    if came is Change.TRIFLE:
        matters = text.difference(smallest_that_matters(ends), unit)
        return text.say("{moved}, less than what matters ({matters})", moved=moved, matters=matters)
    return moved


def not_counted(more: int, setting: Setting, *, ups_and_downs: bool = False) -> str:
    """That more of many would differ if each were looked at alone; empty where none would.

    `ups_and_downs` is whether differences within the usual ups and downs are among them.
    """
    if more <= 0:
        return ""
    count = setting.text.number(more)
    if ups_and_downs:
        return setting.text.say(
            "{count} more differ when looked at alone: not counted among so many, or within their"
            " usual ups and downs",
            count=count,
        )
    return setting.text.say(
        "{count} more differ when looked at alone: not counted among so many", count=count
    )


def period_words(period: str, until: str | None, setting: Setting) -> str:
    """A period; where it is a year that is not over, up to which month it goes."""
    text = setting.text
    if until is None or period != until[:4]:
        return text.period(period)
    return text.say("{year} (to {month})", year=period, month=text.period(until))


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
    """What is plotted, in which unit, for which period; a unit that the title holds is not repeated.

    `what` and `unit`, both in the reader's words, take the place of the metric's own.
    """
    text = setting.text
    title = what or text.say(answer.metric.title)
    said_unit = unit or text.category("unit", str(answer.metric.unit))
    repeated = said_unit.casefold() in title.casefold()
    shared = zip(answer.question.by, one_category(rows), strict=False)
    if names := [text.category(dimension, code) for dimension, code in shared]:
        title += f" ({', '.join(names)})"
    title = title[:1].upper() + title[1:]
    parts = [title, "" if repeated else said_unit, periods_of(rows, setting)]
    if answer.until:
        parts.append(text.say("to {month}", month=text.period(answer.until)))
    return ", ".join(part for part in [*parts, basis(answer, setting)] if part)


def basis(answer: Answer, setting: Setting) -> str:
    """Which evaluations the figures of a quarter or a year rest on; empty for other figures."""
    if answer.own_share is None:
        return ""
    cycle = {"year": "annual", "quarter": "quarterly"}[answer.question.grain]
    if answer.own_share < MOSTLY:
        cycle = "shorter" if answer.own_share <= 1 - MOSTLY else "mixed"
    return setting.text.category("cycle_used", cycle)


MOSTLY = 0.9
"""From which share on figures are said to rest on one kind of evaluation."""


def note(
    rows: Sequence[Row], setting: Setting, *, intervals: bool = True, bands: bool = False
) -> str:
    """On how many the last figures rest, what is withheld, and which have no interval.

    `bands` is whether the intervals are drawn as bands and not as lines.
    """
    text = setting.text
    shown = known(rows)
    said = []
    if counted := how_many(latest(shown), setting):
        said.append(counted)
    if shown and setting.coverage:
        said.append(setting.coverage)
    withheld = sum(row.withheld for row in rows)
    if withheld:
        said.append(
            text.say("{count} figures withheld to protect people", count=text.number(withheld))
        )
    bare = sum(not row.has_interval and _of_unknown_number(row) for row in shown)
    if intervals and bare:
        said.append(text.say("{count} without an interval (n not known)", count=text.number(bare)))
    elif intervals and any(row.has_interval for row in shown):
        said.append(
            text.say("bands show 95% intervals") if bands else text.say("lines show 95% intervals")
        )
    return " · ".join(said)


def how_many(rows: Sequence[Row], setting: Setting) -> str:
    """On how many the figures rest, each counted once; empty where that is not known.

    Places within others of the rows are not counted beside them, and of several metrics the one
    that rests on most is. Where people stand behind several cases each, such as answers to several
    questions, it says how many people.
    """
    text = setting.text
    rows = [row for row in _outermost(rows, setting) if not math.isnan(row.denominator)]
    by_metric: dict[str, list[Row]] = {}
    for row in rows:
        by_metric.setdefault(row.metric, []).append(row)
    if not by_metric:
        return ""
    most = max(by_metric.values(), key=lambda of_one: sum(row.denominator for row in of_one))
    cases = sum(row.denominator for row in most)
    people = _people(most)
    if 0 < people < cases:
        return text.say(
            "n = {count} from {people} people", count=text.number(cases), people=text.number(people)
        )
    return text.say("n = {count}", count=text.number(cases))


def _outermost(rows: Sequence[Row], setting: Setting) -> list[Row]:
    """The rows without places that lie within other places of the same metric and categories."""
    places = {(row.metric, row.categories, *row.where): row for row in rows}
    held = {key[:3] for key in places}

    def within(row: Row) -> bool:
        key = row.metric, row.categories
        if row.level != "all" and (*key, "all") in held:
            return True
        if row.level in ("government", "agency") and (*key, "province", row.province) in places:
            return True
        owner = setting.government(row.place) if row.level == "agency" else ""
        return bool(owner) and any(
            found[:3] == (*key, "government") and setting.name(*one.where, one.place_name) == owner
            for found, one in places.items()
        )

    return [row for row in rows if not within(row)]


def _people(rows: Sequence[Row]) -> float:
    """How many people stand behind rows of one metric, at least; NaN where that is not known.

    Facets and raters are of the same people: of each place its largest category counts.
    """
    table = ROW_TABLES.get(METRICS[rows[0].metric].table)
    if table is None or table.counts != "people":
        return math.nan
    of_place: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        of_place.setdefault(row.where, []).append(row.people)
    raters = set(CATEGORIES["rater"])
    same = table.own == "facet" or any(set(row.categories) & raters for row in rows)
    together = max if same else sum
    return sum(together(people) for people in of_place.values())


def _of_unknown_number(row: Row) -> bool:
    """Whether a number should stand behind the row and is not known."""
    return math.isnan(row.denominator) and bool(METRICS[row.metric].parts)


def hover(row: Row, name: str, unit: str, setting: Setting) -> str:
    """What a mark says when pointed at."""
    text = setting.text
    lines = [f"<b>{name}</b>", text.period(row.period)]
    if row.withheld:
        return "<br>".join([*lines, why_withheld(row, setting)])
    lines.append(text.value(row.value, unit))
    if row.has_interval:
        between = text.interval(row.low, row.high, unit)
        lines.append(text.say("95% interval: {interval}", interval=between))
    if not math.isnan(row.denominator):
        lines.append(text.say("n = {count}", count=text.number(row.denominator)))
    return "<br>".join(lines)


def why_withheld(row: Row, setting: Setting) -> str:
    """That a row is withheld, and what may follow from that, or what it lacks."""
    if row.needs_people:
        return setting.text.say("withheld: it needs 30 people")
    return setting.text.say("withheld; there may be nobody in it")


def absent(row: Row, setting: Setting) -> str:
    """Why a row has no value to show."""
    return setting.text.say("withheld") if row.withheld else setting.text.say("no figure")


def nothing(answer: Answer, rows: Sequence[Row], setting: Setting, title: str = "") -> Picture:
    """The picture of an answer in which nothing may be shown."""
    title = title or setting.text.say("No figure may be shown here")
    under = subtitle(answer, rows, setting)
    said = note(rows, setting, intervals=False)
    return Picture(None, title, under, f"{title}. {under}.", answer.rows, said)
