"""What moved and what needs attention: tests in the open, in words that lead to a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analytics.charts import Setting
from analytics.metrics import METRICS
from analytics.metrics.base import Unit
from analytics.ui.candidates import RATE, Found, Held, Rule
from analytics.ui.tables import Units

MOST_LINES = 6
MOST_A_RULE = 2
MATTERS = 0.02
MATTERS_IN_POINTS = 2.0
MATTERS_AMONG_LIKE = 0.05
"""Shares are told from their target, their limit and the year before by two points, and from those
of other agencies by five; scores from 0 to 100 by two."""

PAGE_OF = {
    "training_coverage": "training_coverage",
    "no_training_share": "training_coverage",
    "mean_training_hours": "training_coverage",
    "adoption_active": "resistance_to_change",
    "adoption_on_time": "resistance_to_change",
    "facet_score": "resistance_to_change",
    "favourable_share": "resistance_to_change",
    "readiness_index": "resistance_to_change",
}
OTHER_PAGE = "performance_trends"


def _rule(metric: str, kind: str, matters: float = MATTERS) -> Rule:
    return Rule(metric, kind, PAGE_OF.get(metric, OTHER_PAGE), matters)


RULES = (
    _rule("top_rating_excess", "limit"),
    _rule("training_coverage", "target"),
    _rule("appraisal_completeness", "target"),
    _rule("adoption_active", "target"),
    _rule("adoption_active", "fall"),
    _rule("appraisal_completeness", "fall"),
    _rule("top_rating_share", "high", MATTERS_AMONG_LIKE),
    _rule("adoption_active", "low", MATTERS_AMONG_LIKE),
)
UNLIKE = ("high", "low")
KINDS = {
    "limit": "{metric}, by agency",
    "target": "{metric} behind its target",
    "fall": "{metric} lower than a year before",
    "high": "{metric} unusually high for the kind of agency",
    "low": "{metric} unusually low for the kind of agency",
    "move": "{metric} moving unlike other places",
}


def moves(metrics: Sequence[str]) -> tuple[Rule, ...]:
    """The rules by which a metric is said to have moved."""
    return tuple(
        _rule(key, "move", MATTERS if METRICS[key].unit is Unit.SHARE else MATTERS_IN_POINTS)
        for key in metrics
    )


@dataclass(frozen=True)
class Line:
    """A sentence that leads to a page about a place."""

    sentence: str
    page: str
    place: str
    icon: str


def lines(found: Sequence[Found], setting: Setting) -> list[Line]:
    """The largest of what stands in words: at most six, and at most two of one rule."""
    taken: Counter[Rule] = Counter()
    chosen = []
    for one in found:
        if taken[one.rule] < MOST_A_RULE and len(chosen) < MOST_LINES:
            taken[one.rule] += 1
            chosen.append(one)
    return [_line(one, setting) for one in chosen]


def _line(one: Found, setting: Setting) -> Line:
    text, unit = setting.text, str(one.answer.metric.unit)
    values = {
        "place": place_words(one, setting),
        "metric": text.say(one.answer.metric.title),
        "value": text.value(one.value, unit),
    }
    icon = "flag"
    if one.rule.kind == "limit":
        said = text.say(
            "{place}: {value} of evaluations are above its limit for Sangat Baik", **values
        )
    elif one.rule.kind == "target":
        said = text.say(
            "{place}: {metric} {value}, {gap} behind the target of {target}",
            gap=text.difference(one.excess, unit),
            target=text.target(one.reference, unit),
            **values,
        )
    elif one.rule.kind in ("high", "low"):
        said = text.say(
            "{place}: {metric} {value}, unusual for agencies of its kind (middle {middle})",
            middle=text.value(one.reference, unit),
            **values,
        )
    else:
        said = _moved(one, values, setting)
        icon = _arrow(one.value - one.before)
    return Line(said, one.rule.page, one.option, icon)


def _arrow(change: float) -> str:
    if not change:
        return "east"
    return "north_east" if change > 0 else "south_east"


def _moved(one: Found, values: dict[str, str], setting: Setting) -> str:
    text, unit = setting.text, str(one.answer.metric.unit)
    change = one.value - one.before
    values = values | {
        "change": text.difference(change, unit),
        "period": text.period(one.since),
    }
    if values["change"] == text.difference(0.0, unit):
        said = text.say("{place}: {metric} unchanged since {period}, at {value}", **values)
    elif change > 0:
        said = text.say("{place}: {metric} up {change} since {period}, to {value}", **values)
    else:
        said = text.say("{place}: {metric} down {change} since {period}, to {value}", **values)
    if one.rule.kind != "move":
        return said
    usual = text.difference(one.reference, unit)
    if usual == text.difference(0.0, unit):
        return text.say("{moved} (elsewhere hardly changed)", moved=said)
    if one.reference > 0:
        return text.say("{moved} (elsewhere mostly up {usual})", moved=said, usual=usual)
    return text.say("{moved} (elsewhere mostly down {usual})", moved=said, usual=usual)


def place_words(one: Found, setting: Setting) -> str:
    """The place's name; an agency's with its government, unless that is the chosen place."""
    name = setting.name(one.level, one.place, one.place_name)
    owner = setting.government(one.place) if one.level == "agency" else ""
    if not owner or setting.chosen[0] in ("government", "agency"):
        return name
    return f"{name}, {owner}"


def made_by(tested: Sequence[Held], setting: Setting) -> str:
    """How the list is made, in words: how many tests, the rate of false alarms, what is left out,
    and of which lines the rate is not kept. Empty where nothing could be tested."""
    text = setting.text
    count = sum(one.count for one in tested)
    if not count:
        return ""
    said = text.say(
        "{count} tests were made; of what they list, on average at most {rate} are false alarms."
        " Differences too small to matter are left out.",
        count=text.number(count),
        rate=text.target(RATE, "share"),
    )
    if not any(one.rule.kind in UNLIKE and one.count for one in tested):
        return said
    doubt = text.say(
        "The rate is not kept for agencies unlike their kind: where some lie far out by nature, they"
        " are listed too, and far more often."
    )
    return f"{said} {doubt}"


def what(rule: Rule, setting: Setting) -> str:
    """What a rule tests, in words."""
    text = setting.text
    return text.say(KINDS[rule.kind], metric=text.say(METRICS[rule.metric].title))


def rules_table(
    tested: Sequence[Held], found: Sequence[Found], setting: Setting
) -> tuple[pd.DataFrame, Units]:
    """One line a rule: what it tests, the smallest difference that matters, places tested, found."""
    text = setting.text
    counts = Counter(one.rule for one in found)
    rows = [
        {
            text.say("What is tested"): what(one.rule, setting),
            text.say("Smallest that matters"): text.difference(
                one.rule.matters, str(METRICS[one.rule.metric].unit)
            ),
            text.say("Places tested"): one.count,
            text.say("Found"): counts[one.rule],
        }
        for one in tested
    ]
    return pd.DataFrame(rows), {}


def found_table(found: Sequence[Found], setting: Setting) -> tuple[pd.DataFrame, Units]:
    """One line for each that stands, with its figure, what it is held against and its q value."""
    text = setting.text
    rows = [
        {
            text.say("Place"): place_words(one, setting),
            text.say("What is tested"): what(one.rule, setting),
            text.say("Value"): one.reference + one.excess
            if one.rule.kind == "limit"
            else one.value,
            text.say("Held against"): one.before if one.since else one.reference,
            text.say("Adjusted p value"): text.number(one.adjusted, 4),
            text.say("People"): one.people,
        }
        for one in found
    ]
    of_rows = [str(one.answer.metric.unit) for one in found]
    units: Units = {text.say(name): of_rows for name in ("Value", "Held against")}
    return pd.DataFrame(rows), units | {text.say("People"): ["count"] * len(rows)}
