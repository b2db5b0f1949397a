"""Every line that could be listed: places held against rules, each with the p value of its test."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.answers import Answer
from analytics.stats.beyond import above, above_limit, apart, usual_variation
from analytics.stats.intervals import Z
from analytics.stats.multiplicity import benjamini_hochberg
from analytics.ui.questions import year_before

RATE = 0.05
"""The part of the listed lines that may be false alarms, on average."""
FEWEST_PEOPLE = 30
"""Fewer people are moved further by chance than could ever stand among many lines."""

Where = tuple[str, str]


@dataclass(frozen=True)
class Rule:
    """What is tested of a metric, and the smallest difference that matters, in the metric's unit.

    `kind` is one of
    "limit"    more than the limit that is set for the agency itself;
    "target"   below the target of the place;
    "fall"     lower than a year before, beyond the usual variation of changes;
    "high", "low"  above or below agencies of its kind, beyond their usual variation;
    "move"     a change in a year, of either sign, unlike that of places of its level.
    """

    metric: str
    kind: str
    page: str
    matters: float


@dataclass(frozen=True)
class History:
    """The figures of several years; where the last is not over, those of the same month a year ago.

    `year_ago` is None where nothing can be set against such a year.
    """

    answer: Answer
    year_ago: Answer | None = None


@dataclass(frozen=True)
class Figures:
    """Figures that can be tested, one entry a row: known, with an interval, of enough people.

    `variance` is that of chance, from the interval, which counts people; `trials` are the rows that
    the figure is made of.
    """

    level: str
    place: np.ndarray
    name: np.ndarray
    kind: np.ndarray
    period: np.ndarray
    value: np.ndarray
    variance: np.ndarray
    people: np.ndarray
    trials: np.ndarray

    def take(self, at: np.ndarray) -> Figures:
        """The figures at these positions, or where this is true."""
        parts = (getattr(self, name)[at] for name in PER_ROW)
        return Figures(self.level, *parts)


PER_ROW = ("place", "name", "kind", "period", "value", "variance", "people", "trials")


def figures(answer: Answer) -> Figures:
    """The figures of an answer that can be tested."""
    rows = answer.rows
    value, low, high, people, trials = (
        rows[name].to_numpy(float) for name in ("value", "low", "high", "people", "denominator")
    )
    people = np.fmin(people, trials)
    kept = ~rows["withheld"].to_numpy(bool) & np.isfinite(value + low + high)
    kept &= people >= FEWEST_PEOPLE
    place, name, kind, period = (
        rows[name].to_numpy(object) for name in ("place", "place_name", "agency_kind", "period")
    )
    variance = ((high - low) / 2 / Z) ** 2
    level = answer.question.level
    return Figures(level, place, name, kind, period, value, variance, people, trials).take(kept)


@dataclass(frozen=True)
class Held:
    """Places held against one rule, one entry a place.

    `reference` is what each is held against, `excess` how far beyond it the place lies, `p` the p
    value of the test. Of changes, `before` is the figure that they start from, `since` its period.
    """

    rule: Rule
    figures: Figures
    reference: np.ndarray
    excess: np.ndarray
    p: np.ndarray
    before: np.ndarray | None = None
    since: str = ""

    @property
    def count(self) -> int:
        """How many places were tested."""
        return len(self.p)

    def only(self, at: np.ndarray) -> Held:
        """Those places for which this is true."""
        before = None if self.before is None else self.before[at]
        parts = (self.reference[at], self.excess[at], self.p[at])
        return Held(self.rule, self.figures.take(at), *parts, before, self.since)


@dataclass(frozen=True)
class Found:
    """A line that stands: one rule at one place.

    `size` is how far it lies beyond its reference, in multiples of what matters; `adjusted` is the
    smallest rate of false alarms at which it would stand.
    """

    rule: Rule
    answer: Answer
    level: str
    place: str
    place_name: str
    value: float
    reference: float
    excess: float
    before: float
    since: str
    people: float
    adjusted: float

    @property
    def size(self) -> float:
        return abs(self.excess) / self.rule.matters

    @property
    def option(self) -> str:
        """The place as the link writes it."""
        return f"{self.level}:{self.place}"


def over_limit(rule: Rule, over: Answer, share: Answer) -> Held:
    """Agencies whose chance of a Sangat Baik is more than their limit and what matters.

    `over` is the share of evaluations beyond the limit, `share` that of all Sangat Baik. The limit
    is a whole number of evaluations; the next number is taken, which favours the agency. Agencies
    within their limit have a p value of 1: they are tested too.
    """
    tops, excesses = figures(share), figures(over)
    _, at, of_top = np.intersect1d(excesses.place, tops.place, return_indices=True)
    held, top = excesses.take(at), tops.value[of_top]
    allowed = np.round((top - held.value) * held.trials)
    limit = (allowed + 1) / held.trials + rule.matters
    p = above_limit(top * held.people, held.people, limit)
    p = np.where(held.value > 0, p, 1.0)
    return Held(rule, held, allowed / held.trials, held.value, p)


def behind(rule: Rule, answer: Answer, targets: Mapping[Where, float]) -> Held:
    """Places whose true figure is below their target by more than what matters."""
    held = figures(answer)
    places = held.place.tolist()
    target = np.array([targets.get((held.level, one), np.nan) for one in places], dtype=float)
    short = target - held.value
    p = above(short, held.variance, rule.matters)
    return Held(rule, held, target, short, p).only(np.isfinite(target))


def unlike(rule: Rule, answer: Answer, inside: Collection[str]) -> Held:
    """Agencies further from the middle of their kind than such agencies usually are.

    The answer holds agencies everywhere; those with a code in `inside` are tested.
    """
    held = figures(answer)
    middle, p = np.full(len(held.value), np.nan), np.full(len(held.value), np.nan)
    sign = 1.0 if rule.kind == "high" else -1.0
    for kind in dict.fromkeys(held.kind.tolist()):
        own = held.kind == kind
        value, variance = held.value[own], held.variance[own]
        middle[own] = np.median(value)
        usual = usual_variation(value - middle[own], variance)
        if usual is not None:
            p[own] = above(sign * (value - middle[own]), variance, rule.matters, usual)
    tested = np.isfinite(p) & _inside(held, inside)
    return Held(rule, held, middle, sign * (held.value - middle), p).only(tested)


@dataclass(frozen=True)
class Changes:
    """The places that have a figure in two periods, with the change and its variance of chance."""

    now: Figures
    before: np.ndarray
    since: str
    change: np.ndarray
    variance: np.ndarray


def changed(rule: Rule, history: History, inside: Collection[str]) -> Held | None:
    """Places whose change in a year is beyond the usual variation of changes at their level.

    The history holds every place of the level; those with a code in `inside` are tested. How much
    changes usually vary is found from all of them, over all pairs of years, each about its middle.
    A fall is tested against no change at all, a move against the middle of the year's changes.
    None where there is no year before, or too few places to tell what is usual.
    """
    pairs = _pairs(history)
    middles = [float(np.median(pair.change)) for pair in pairs]
    apart_from = [pair.change - middle for pair, middle in zip(pairs, middles, strict=True)]
    variances = [pair.variance for pair in pairs]
    if not pairs:
        return None
    usual = usual_variation(
        np.concatenate(apart_from), np.concatenate(variances), centres=len(pairs)
    )
    if usual is None:
        return None
    last = pairs[-1]
    if rule.kind == "fall":
        middle, excess = 0.0, -last.change
        p = above(excess, last.variance, rule.matters, usual)
    else:
        middle, excess = middles[-1], apart_from[-1]
        p = apart(excess, last.variance, rule.matters, usual)
    held = Held(rule, last.now, np.full(len(p), middle), excess, p, last.before, last.since)
    return held.only(_inside(last.now, inside))


def standing(
    held: Sequence[Held], answers: Mapping[str, Answer], rate: float = RATE
) -> list[Found]:
    """The lines that stand when all tests of all rules are judged together, the largest first.

    `answers` holds an answer of each rule's metric.
    """
    p = np.concatenate([one.p for one in held]) if held else np.array([])
    judged = benjamini_hochberg(p, rate)
    found: list[Found] = []
    start = 0
    for one in held:
        end = start + one.count
        for at in np.flatnonzero(judged.stands[start:end]):
            adjusted = float(judged.adjusted[start + at])
            found.append(_found(one, int(at), answers[one.rule.metric], adjusted))
        start = end
    return sorted(found, key=lambda line: -line.size)


def _found(held: Held, at: int, answer: Answer, adjusted: float) -> Found:
    figures_ = held.figures
    return Found(
        held.rule,
        answer,
        figures_.level,
        str(figures_.place[at]),
        str(figures_.name[at]),
        float(figures_.value[at]),
        float(held.reference[at]),
        float(held.excess[at]),
        float("nan") if held.before is None else float(held.before[at]),
        held.since,
        float(figures_.people[at]),
        adjusted,
    )


def _inside(held: Figures, codes: Collection[str]) -> np.ndarray:
    known = set(codes)
    return np.array([code in known for code in held.place.tolist()], dtype=bool)


def _pairs(history: History) -> list[Changes]:
    """The changes of each year that has the one before it, oldest first; the last is that of the
    year that was asked for, or there are none."""
    answer = history.answer
    if answer.rows.empty:
        return []
    last = str(answer.rows["period"].max())
    if answer.question.last not in (None, last):
        return []
    known = figures(answer)
    if answer.until:
        year_ago = figures(history.year_ago) if history.year_ago else None
        pairs = [_changes(known.take(known.period == last), year_ago)] if year_ago else []
    else:
        years = sorted(set(known.period.tolist()))
        pairs = [
            _changes(
                known.take(known.period == year), known.take(known.period == year_before(year))
            )
            for year in years
            if year_before(year) in years
        ]
    found = [pair for pair in pairs if len(pair.change)]
    return found if found and found[-1].now.period[0] == last else []


def _changes(now: Figures, before: Figures) -> Changes:
    _, at, earlier = np.intersect1d(now.place, before.place, return_indices=True)
    now, then = now.take(at), before.take(earlier)
    return Changes(
        now,
        then.value,
        str(then.period[0]) if len(at) else "",
        now.value - then.value,
        now.variance + then.variance,
    )
