"""Before and after a dated policy: what changed in a place, worked out and said in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from analytics.charts import findings
from analytics.charts.picture import Event, Setting, shorten
from analytics.charts.rows import Row, in_time, known, rows_of
from analytics.stats.interrupted_series import Estimate, Interruption, interrupted_series
from analytics.stats.verdict import Verdict

if TYPE_CHECKING:
    from analytics.answers import Answer

MOST = 40  # places: a fit takes a fiftieth of a second
WORDS = (Verdict.FELL, Verdict.ROSE, Verdict.NO_LARGER, Verdict.UNKNOWN)


@dataclass(frozen=True)
class Effect:
    """What changed in one place after a policy.

    `months` are first days, one a calendar month from the first known to the last; `values` are
    NaN where unknown, and in the month in which the policy began, unless on its first day. The
    policy holds from position `at`. `before` and `after` count the known months.
    """

    row: Row
    policy: Event
    months: tuple[date, ...]
    values: np.ndarray
    at: int
    found: Interruption

    @property
    def before(self) -> int:
        """Known months before the policy."""
        return int(np.isfinite(self.values[: max(self.at, 0)]).sum())

    @property
    def after(self) -> int:
        """Known months under it."""
        return int(np.isfinite(self.values[max(self.at, 0) :]).sum())


def effect_of(answer: Answer, policy: Event) -> Effect | None:
    """The effect of a policy in the one place of an answer by month; None where no month is known."""
    return _effect(rows_of(answer), policy, smallest(answer))


def _effect(rows: Sequence[Row], policy: Event, matters: float) -> Effect | None:
    shown = in_time(known(rows))
    if not shown:
        return None
    of_month = {row.start.date(): row.value for row in shown}
    months = _calendar(shown[0].start.date(), shown[-1].start.date())
    at = sum(month < policy.day for month in months)
    began = policy.day.replace(day=1) if policy.day.day > 1 else None
    values = tuple(None if month == began else of_month.get(month) for month in months)
    found = _fitted(values, at, matters)
    return Effect(shown[-1], policy, months, _numbers(values), at, found)


def _calendar(first: date, last: date) -> tuple[date, ...]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return tuple(date(number // 12, number % 12 + 1, 1) for number in numbers)


def _numbers(values: Sequence[float | None]) -> np.ndarray:
    return np.array([math.nan if value is None else value for value in values])


@lru_cache(maxsize=2048)  # the sentence above a picture and the picture ask for the same fit
def _fitted(values: tuple[float | None, ...], at: int, matters: float) -> Interruption:
    return interrupted_series(_numbers(values), at, matters)


# Words


def finding(effect: Effect, answer: Answer, setting: Setting) -> str:
    """What became of the metric after the policy, by the rule of the verdict."""
    text, unit, found = setting.text, str(answer.metric.unit), effect.found
    values: dict[str, object] = {
        "metric": text.say(answer.metric.title),
        "policy": shorten(effect.policy.label),
    }
    if found.average is None:
        return text.say("{metric} after {policy}: a change cannot be told", **values)
    if found.bent:
        return text.say(
            "{metric} after {policy}: a change cannot be told from a bend of its course", **values
        )
    values["size"] = text.difference(found.average.value, unit)
    values["interval"] = _interval(found.average, unit, setting)
    values["matters"] = text.difference(smallest(answer), unit)
    if found.verdict is Verdict.FELL:
        return text.say("{metric} fell by {size} after {policy} (95% CI: {interval})", **values)
    if found.verdict is Verdict.ROSE:
        return text.say("{metric} rose by {size} after {policy} (95% CI: {interval})", **values)
    if found.verdict is Verdict.NO_LARGER:
        return text.say(
            "{metric}: no change larger than {matters} after {policy} (95% CI: {interval})",
            **values,
        )
    return text.say(
        "{metric} after {policy}: a change cannot be told (95% CI: {interval})", **values
    )


def sentence(effect: Effect, answer: Answer, setting: Setting) -> str:
    """The finding in one place, with what was measured and what was to be expected instead."""
    text, unit, found = setting.text, str(answer.metric.unit), effect.found
    said = text.say(
        "{place}: {finding}",
        place=findings.place_names([effect.row], setting)[0],
        finding=small_first(finding(effect, answer, setting)),
    )
    if found.counterfactual is None or found.bent:
        return f"{said}. {text.retell(found.reason)}"
    if found.verdict is Verdict.UNKNOWN:
        return f"{said}."
    return f"{said}. " + text.say(
        "In the {after} months since it stood at {now} on average; without it, going on as in the"
        " {before} months before, {without} was to be expected.",
        after=effect.after,
        before=effect.before,
        now=f"**{text.value(float(np.nanmean(effect.values[effect.at :])), unit)}**",
        without=text.value(_without(effect), unit),
    )


def _without(effect: Effect) -> float:
    """The mean of the counterfactual over the months that are known."""
    if effect.found.counterfactual is None:
        return math.nan
    there = np.isfinite(effect.values[effect.at :])
    return float(effect.found.counterfactual.value[there].mean())


def smallest(answer: Answer) -> float:
    """The smallest change of the metric that matters. Raises ValueError where it names none."""
    if answer.metric.matters is None:
        raise ValueError(f"{answer.metric.key} names no smallest change that matters")
    return answer.metric.matters


def _interval(estimate: Estimate, unit: str, setting: Setting) -> str:
    """Sizes where the whole interval lies on one side of nothing, else both ends with their sign."""
    text = setting.text
    if estimate.high < 0:
        return text.interval(-estimate.high, -estimate.low, unit)
    if estimate.low > 0:
        return text.interval(estimate.low, estimate.high, unit)
    ends = (_signed(number, unit, setting) for number in (estimate.low, estimate.high))
    return text.say("{first} to {last}", **dict(zip(("first", "last"), ends, strict=True)))


def _signed(change: float, unit: str, setting: Setting) -> str:
    return setting.text.number(change * (100 if unit == "share" else 1), 1)


def small_first(said: str) -> str:
    """The words with their first letter small, to stand within a sentence."""
    return said[:1].lower() + said[1:]


def matters_note(answer: Answer, setting: Setting) -> str:
    """The smallest change that matters, in words."""
    text = setting.text
    written = text.difference(smallest(answer), str(answer.metric.unit))
    return text.say("smallest change that matters: {change}", change=written)


def effects(answer: Answer, policies: Mapping[str, Event]) -> list[Effect]:
    """The effect in each place of the answer that has a policy, by its code; of the first `MOST`."""
    by_place: dict[str, list[Row]] = {}
    for row in rows_of(answer):
        by_place.setdefault(row.place, []).append(row)
    found = (
        _effect(rows, policies[place], smallest(answer))
        for place, rows in list(by_place.items())[:MOST]
        if place in policies
    )
    return [effect for effect in found if effect is not None]


def counted(found: Sequence[Effect], answer: Answer, setting: Setting) -> str:
    """In how many places the metric fell, rose, did neither, or cannot be told; of one, its finding."""
    text = setting.text
    if len(found) == 1:
        return finding(found[0], answer, setting)
    matters = text.difference(smallest(answer), str(answer.metric.unit))
    counts = Counter(effect.found.verdict for effect in found)
    messages = {
        Verdict.FELL: text.say("fell in {count}", count=counts[Verdict.FELL]),
        Verdict.ROSE: text.say("rose in {count}", count=counts[Verdict.ROSE]),
        Verdict.NO_LARGER: text.say(
            "no change larger than {matters} in {count}",
            matters=matters,
            count=counts[Verdict.NO_LARGER],
        ),
        Verdict.UNKNOWN: text.say("cannot be told in {count}", count=counts[Verdict.UNKNOWN]),
    }
    return text.say(
        "{metric} after {policy}, {count} agencies: {found}",
        metric=text.say(answer.metric.title),
        policy=shorten(found[0].policy.label),
        count=len(found),
        found=", ".join(messages[word] for word in WORDS if counts[word]),
    )


def summary(found: Sequence[Effect], answer: Answer, setting: Setting) -> str:
    """The count of verdicts, and between which sizes the changes lie; of one place, its sentence."""
    text, unit = setting.text, str(answer.metric.unit)
    if len(found) == 1:
        return sentence(found[0], answer, setting)
    said = counted(found, answer, setting) + "."
    sizes = {word: _sizes(found, word, unit, setting) for word in (Verdict.FELL, Verdict.ROSE)}
    if sizes[Verdict.FELL]:
        said += " " + text.say("Where it fell, it fell by {low} to {high}.", **sizes[Verdict.FELL])
    if sizes[Verdict.ROSE]:
        said += " " + text.say("Where it rose, it rose by {low} to {high}.", **sizes[Verdict.ROSE])
    return said


def _sizes(
    found: Sequence[Effect], word: Verdict, unit: str, setting: Setting
) -> dict[str, object]:
    """The smallest and the largest change of a verdict, written out; {} for fewer than two."""
    sizes = [
        abs(effect.found.average.value)
        for effect in found
        if effect.found.verdict is word and effect.found.average
    ]
    if len(sizes) < 2:
        return {}
    low, high = (setting.text.difference(size, unit) for size in (min(sizes), max(sizes)))
    return {"low": low, "high": high}
