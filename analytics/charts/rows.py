"""An answer's rows as typed values, which the pictures and sentences are made from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from analytics.metrics import METRICS
from analytics.metrics.base import Quantile
from analytics.stats.intervals import Z
from analytics.stats.multiplicity import all_differences, benjamini_hochberg, two_sided
from analytics.stats.trend import mean_moving_range

if TYPE_CHECKING:
    from analytics.answers import Answer


@dataclass(frozen=True)
class Row:
    """One figure: of a place, a period and, where the answer is broken down, some categories.

    Figures are NaN where there is none. `metric` is the metric's key. `pooled` is whether the
    interval uses the spread of all places.
    """

    metric: str
    level: str
    place: str
    place_name: str
    province: str
    period: str
    start: datetime
    categories: tuple[str, ...]
    value: float
    low: float
    high: float
    denominator: float
    people: float
    withheld: bool
    pooled: bool = False

    @property
    def where(self) -> tuple[str, str]:
        """(level, code) of the place."""
        return self.level, self.place

    @property
    def option(self) -> str:
        """The place as the link writes it: "government:15.71"."""
        return f"{self.level}:{self.place}"

    @property
    def cases(self) -> float:
        """On how many independent cases the figure rests: people where rows are more than people."""
        return self.people if 0 < self.people < self.denominator else self.denominator

    @property
    def known(self) -> bool:
        """Whether there is a value and it may be shown."""
        return not self.withheld and not math.isnan(self.value)

    @property
    def needs_people(self) -> bool:
        """Whether it is withheld because its distribution is published for more people only."""
        return self.withheld and self.denominator > 0 and isinstance(METRICS[self.metric], Quantile)

    @property
    def has_interval(self) -> bool:
        """Whether the value has an interval."""
        return self.known and not math.isnan(self.low)


def rows_of(*answers: Answer) -> list[Row]:
    """The rows of the answers in order."""
    return [row for answer in answers for row in _rows(answer)]


def _rows(answer: Answer) -> Iterable[Row]:
    frame = answer.rows
    texts, figures, by = (
        [frame[name].to_numpy(dtype=kind).tolist() for name in names]
        for kind, names in (
            (object, ("level", "place", "place_name", "province", "period")),
            (float, ("value", "low", "high", "denominator", "people")),
            (object, answer.question.by),
        )
    )
    starts = frame["start"].to_numpy("datetime64[us]").tolist()
    hidden = frame["withheld"].to_numpy(bool).tolist()
    categories = zip(*by, strict=True) if by else [()] * len(frame)
    pooled = frame["pooled"].to_numpy(bool).tolist() if "pooled" in frame else [False] * len(frame)
    columns = (*texts, starts, categories, *figures, hidden, pooled)
    yield from (Row(answer.metric.key, *row) for row in zip(*columns, strict=True))


def known(rows: Iterable[Row]) -> list[Row]:
    """Rows that may be shown and hold a value."""
    return [row for row in rows if row.known]


def latest(rows: Sequence[Row]) -> list[Row]:
    """The rows of the last period."""
    last = max((row.start for row in rows), default=None)
    return [row for row in rows if row.start == last]


def in_time(rows: Iterable[Row]) -> list[Row]:
    """The rows in order of time."""
    return sorted(rows, key=lambda row: row.start)


def over(rows: Sequence[Row], until: str | None) -> list[Row]:
    """The rows without those of a year that is not over, which goes `until` a month."""
    return [row for row in rows if until is None or row.period != until[:4]]


def options(rows: Iterable[Row]) -> tuple[str, ...]:
    """The places of the rows, each once, as the link writes them."""
    return tuple(dict.fromkeys(row.option for row in rows))


class Change(StrEnum):
    """What the difference of two figures comes to."""

    NONE = "none"  # the interval of the difference does not leave out zero
    TRIFLE = "trifle"  # it does, and the difference is less than what the metric says that matters
    USUAL = "usual"  # it does, and the difference is no more than the usual ups and downs
    CLEAR = "clear"


def change(first: Row, last: Row, usual: float = 0.0) -> Change:
    """What came of a figure; where it is judged by more than its own interval, by what."""
    if first.value == last.value:
        return Change.NONE
    own = _standard_error(first, last)
    if own and abs(last.value - first.value) / own <= all_differences(2):
        return Change.NONE
    if abs(last.value - first.value) < smallest_that_matters((first, last)):
        return Change.TRIFLE
    return Change.CLEAR if apart(first, last, usual=usual) else Change.USUAL


def apart(first: Row, second: Row, among: int = 2, usual: float = 0.0) -> bool:
    """Whether two figures clearly differ: the interval of their difference leaves out zero.

    `among` is how many places they were picked from as the ends: the interval is then wide enough
    for all differences among so many. `usual` is the `usual_error` of two periods of one place.
    Where either has no interval any difference counts. A difference smaller than what the metric
    says that matters never does.
    """
    return _steps(first, second, usual) > all_differences(among)


def apart_each(pairs: Sequence[tuple[Row, Row]], usual: Sequence[float] = ()) -> list[bool]:
    """Which of many pairs clearly differ, such that of those at most one in twenty is by chance."""
    errors = usual or [0.0] * len(pairs)
    steps = [_steps(*pair, error) for pair, error in zip(pairs, errors, strict=True)]
    return benjamini_hochberg(two_sided(np.array(steps))).stands.tolist()


def any_apart(rows: Sequence[Row], among: int | None = None) -> bool:
    """Whether any two of the places clearly differ among all of them, or `among` fewer; one place at
    a time is set against all others, as the pairs of thousands of groups would not fit in memory."""
    value, low, high = np.array([(row.value, row.low, row.high) for row in rows]).reshape(-1, 3).T
    matters, enough = smallest_that_matters(rows), all_differences(among or len(rows))
    for number in range(len(rows)):
        distance = value[number] - value
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = distance / (np.hypot(value[number] - low[number], high - value) / Z)
        beyond = np.isnan(steps) | (steps > enough)
        if (beyond & (distance > 0) & (distance >= matters)).any():
            return True
    return False


def as_far(row: Row, last: Row) -> bool:
    """Whether both are figures of as much of a year, where that matters."""
    return METRICS[row.metric].over_time == "sum" or row.period[4:] == last.period[4:]


FEWEST_PERIODS = 8
"""Periods from which on it is told what they usually differ by."""


def usual_error(series: Iterable[Row]) -> float:
    """By how much one period of a place usually differs from its course, as a standard error.

    What grows within a year is on its way in most months: of it the same part of each year is taken,
    that of the last known period. 0 where there are too few known periods to tell.
    Source: the mean moving range over 1.128, NIST/SEMATECH e-Handbook, 6.3.2.2.
    """
    rows = in_time(known(series))
    values = np.array([row.value for row in rows if as_far(row, rows[-1])])
    return mean_moving_range(values) / 1.128 if len(values) >= FEWEST_PERIODS else 0.0


def smallest_that_matters(rows: Iterable[Row]) -> float:
    """The smallest difference that matters, in the unit of the metric; 0 where it names none."""
    return max((METRICS[row.metric].matters or 0.0 for row in rows), default=0.0)


def _steps(first: Row, second: Row, usual: float) -> float:
    """How many standard errors two figures are apart, 0 where that does not matter."""
    distance = abs(first.value - second.value)
    if not distance or distance < smallest_that_matters((first, second)):
        return 0.0
    width = max(_standard_error(first, second), math.sqrt(2) * usual)
    return distance / width if width else math.inf


def _standard_error(first: Row, second: Row) -> float:
    """That of the difference of two figures, by the ends of their intervals that face each other;
    0 where either has none."""
    high, low = (first, second) if first.value >= second.value else (second, first)
    if not (high.has_interval and low.has_interval):
        return 0.0
    return math.hypot(high.value - high.low, low.high - low.value) / Z
