"""What moved and what needs attention: rules in the open, over the same answers as the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.answers import Answer
from analytics.charts import Setting
from analytics.charts.rows import Row, in_time, known, latest, overlap, rows_of
from analytics.ui.questions import year_before

MOST_LINES = 5
MOST_A_RULE = 3


@dataclass(frozen=True)
class Line:
    """A sentence that leads to a page about a place."""

    sentence: str
    page: str
    place: str
    icon: str
    size: float


@dataclass(frozen=True)
class History:
    """The figures of several years; where the last is not over, those of the same month a year ago.

    `year_ago` is None where nothing can be set against such a year.
    """

    answer: Answer
    year_ago: Answer | None = None


@dataclass(frozen=True)
class Rule:
    """When a metric needs attention: beyond a limit, behind its target, or moving the wrong way."""

    metric: str
    level: str
    page: str
    kind: str  # "above", "behind" or "falling"
    limit: float = 0.0


RULES = (
    Rule("top_rating_excess", "below", "performance_trends", "above", 0.0),
    Rule("training_coverage", "below", "training_coverage", "behind"),
    Rule("appraisal_completeness", "below", "performance_trends", "behind"),
    Rule("adoption_active", "below", "resistance_to_change", "behind"),
    Rule("adoption_active", "below", "resistance_to_change", "falling"),
    Rule("appraisal_completeness", "below", "performance_trends", "falling"),
)
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


def movements(histories: Sequence[History], setting: Setting) -> list[Line]:
    """The largest changes since a year before whose intervals do not overlap, largest first.

    Metrics of different units are ranked by the change as a part of the value it started from.
    """
    lines = [
        _moved(history.answer, now, before, setting)
        for history in histories
        for now, before in _clear_changes(history)
    ]
    return sorted(lines, key=lambda line: -line.size)[:MOST_LINES]


def _clear_changes(history: History) -> list[tuple[Row, Row]]:
    """Each place's last figure and the one a year before, where their intervals lie apart."""
    answer, year_ago = history.answer, history.year_ago
    shown = known(rows_of(answer))
    if not shown:
        return []
    last = in_time(shown)[-1].period
    earlier = [row for row in shown if row.period == year_before(last)]
    if answer.until:
        earlier = known(rows_of(year_ago)) if year_ago else []
    before = {row.where: row for row in earlier}
    pairs = [
        (row, before[row.where]) for row in shown if row.period == last and row.where in before
    ]
    return [
        (now, then)
        for now, then in pairs
        if now.has_interval and then.has_interval and then.value and not overlap(now, then)
    ]


def _moved(answer: Answer, now: Row, before: Row, setting: Setting) -> Line:
    text, metric = setting.text, answer.metric
    unit = str(metric.unit)
    change = now.value - before.value
    values = {
        "place": setting.name(now.level, now.place, now.place_name),
        "metric": text.say(metric.title),
        "change": text.difference(change, unit),
        "value": text.value(now.value, unit),
        "period": text.period(before.period),
    }
    if change > 0:
        said = text.say("{place}: {metric} up {change} since {period}, to {value}", **values)
    else:
        said = text.say("{place}: {metric} down {change} since {period}, to {value}", **values)
    page = PAGE_OF.get(metric.key, "performance_trends")
    icon = "north_east" if change > 0 else "south_east"
    return Line(said, page, now.option, icon, abs(change) / abs(before.value))


def noticed(rule: Rule, history: History, target: float | None, setting: Setting) -> list[Line]:
    """The places at which the rule holds, the furthest first."""
    answer = history.answer
    if rule.kind == "falling":
        found = [
            _moved(answer, now, before, setting)
            for now, before in _clear_changes(history)
            if now.value < before.value
        ]
    elif rule.kind == "behind":
        found = _behind(rule, answer, target, setting) if target is not None else []
    else:
        found = _above(rule, answer, setting)
    return sorted(found, key=lambda line: -line.size)[:MOST_A_RULE]


def _behind(rule: Rule, answer: Answer, target: float, setting: Setting) -> list[Line]:
    text, unit = setting.text, str(answer.metric.unit)
    lines = []
    for row in latest(known(rows_of(answer))):
        if (row.high if row.has_interval else row.value) >= target:
            continue
        said = text.say(
            "{place}: {metric} {value}, {gap} behind the target of {target}",
            place=setting.name(row.level, row.place, row.place_name),
            metric=text.say(answer.metric.title),
            value=text.value(row.value, unit),
            gap=text.difference(target - row.value, unit),
            target=text.target(target, unit),
        )
        lines.append(Line(said, rule.page, row.option, "flag", target - row.value))
    return lines


def _above(rule: Rule, answer: Answer, setting: Setting) -> list[Line]:
    text, unit = setting.text, str(answer.metric.unit)
    lines = []
    for row in latest(known(rows_of(answer))):
        if row.value <= rule.limit:
            continue
        said = text.say(
            "{place}: {value} of evaluations are above its limit for Sangat Baik",
            place=setting.name(row.level, row.place, row.place_name),
            value=text.value(row.value, unit),
        )
        lines.append(Line(said, rule.page, row.option, "flag", row.value))
    return lines
