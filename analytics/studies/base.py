"""What a study is: words, a fit over the records, and the few estimates that leave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from analytics.metrics.base import Unit
from analytics.text.phrase import Phrase

FEWEST_PEOPLE = 30
"""People behind an estimate below whom it is not published, whatever it is an estimate of."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One number that a study found, with its 95 % interval.

    `level` and `place` are those of a question. `subject` is what it is about (a facet, a pair of
    raters), `measure` which of the study's measures it is, `position` where it stands on an axis
    (months since a start), `period` the period it is of. `units` counts what was compared
    (agencies, people), `people` those behind it. Where it cannot be told, `value` is None and
    `reason` says why. `verdict` is a word of `analytics.stats.verdict`, or empty.
    """

    measure: str
    level: str = "all"
    place: str = "all"
    period: str = ""
    subject: str = ""
    position: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    units: int = 0
    people: int = 0
    verdict: str = ""
    reason: str = ""

    @property
    def protected(self) -> Estimate:
        """The same, or none where too few people stand behind it; how few is not told."""
        if self.people >= FEWEST_PEOPLE:
            return self
        reason = Phrase("Fewer than {least} people stand behind it.", least=FEWEST_PEOPLE)
        nothing = dict.fromkeys(("position", "value", "low", "high"))
        return replace(self, **nothing, units=0, people=0, verdict="", reason=reason)


@dataclass(frozen=True)
class Measure:
    """What a kind of estimate is called, and its unit."""

    title: str
    unit: Unit = Unit.NUMBER


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question that needs records, fitted while publishing.

    `fit` reads the rows that `analytics.metrics.rows` prepared (and `records.…`) and yields
    estimates; it must not yield a count, a sum or a mean of a group, of which a withheld cell could
    be worked out. `tables` are those of the contract that it needs. `subjects` names the dimension
    that its subjects are categories of, or maps each to its words. `matters` is the smallest change
    that matters, in the unit of the measure that is judged.
    """

    key: str
    title: str
    means: str
    source: str
    tables: tuple[str, ...]
    measures: Mapping[str, Measure]
    fit: Callable[[duckdb.DuckDBPyConnection], Iterable[Estimate]]
    caution: str = ""
    subjects: str | Mapping[str, str] = field(default_factory=dict)
    matters: float | None = None
