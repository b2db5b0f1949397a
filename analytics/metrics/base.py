"""What a metric is: words, and additive parts in SQL over one table of rows.

Only additive parts are ever stored (counts, sums, sums of squares, histogram bins), so totals,
roll-ups and intervals are consistent by construction. Division happens when a question is answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

AGGREGATE = re.compile(r"(?P<call>\w+\(.*?\))(?: FILTER \(WHERE (?P<where>.+)\))?")


class Better(StrEnum):
    """Which direction is the wished one."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Unit(StrEnum):
    """How a value is written: a share as a percentage, the rest as a number with its noun."""

    SHARE = "share"
    POINTS = "points"
    HOURS = "hours"
    PER_1000 = "per_1000"
    NUMBER = "number"
    PEOPLE = "people"
    DAYS = "days"
    REQUESTS = "requests"
    CHANGE = "change"  # a difference of shares, in percentage points


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The words of a metric and the rows it is about.

    `table` names a row table of `analytics.metrics.rows`; `among` is the SQL condition that a row
    must meet to count; `over_time` says whether a longer period sums its months or takes the last.
    `guard` names the groups of people that the parts beside the denominator must not single out
    (`metrics.guards`); `sensitive` tells that the metric's own numerator is such a group. `matters` is the smallest
    change worth speaking of, in the unit of the values (shares from 0 to 1): a choice that studies
    of change are judged by, None where none is made.
    """

    key: str
    title: str
    means: str
    source: str
    table: str
    caution: str = ""
    among: str = "true"
    over_time: Literal["sum", "last"] = "sum"
    better: Better = Better.NEITHER
    unit: Unit = Unit.SHARE
    guard: str | None = None
    sensitive: bool = False
    matters: float | None = None

    @property
    def parts(self) -> dict[str, str]:
        """Name of each additive part → its SQL aggregate over the row table, `among` included."""
        raise NotImplementedError

    @property
    def spread_parts(self) -> tuple[str, ...]:
        """The parts that describe each member of a small group: squares and bins."""
        return tuple(part for part in self.parts if part == "squares" or part.startswith("bin_"))

    @property
    def spread_of(self) -> str:
        """SQL of the value that the spread parts describe; empty where there are none."""
        return ""

    def _among(self, aggregate: str) -> str:
        found = AGGREGATE.fullmatch(aggregate)
        if found is None:
            raise ValueError(
                f"{self.key}: {aggregate!r} is not one aggregate with at most one FILTER (WHERE …)"
            )
        where = f"({self.among})" + (f" AND ({found['where']})" if found["where"] else "")
        return f"{found['call']} FILTER (WHERE {where})"


@dataclass(frozen=True, kw_only=True)
class Share(Metric):
    """A part of a whole: numerator over denominator, each one SQL aggregate."""

    numerator: str
    denominator: str = "count(*)"

    @property
    def parts(self) -> dict[str, str]:
        return {
            "numerator": self._among(self.numerator),
            "denominator": self._among(self.denominator),
        }


@dataclass(frozen=True, kw_only=True)
class Rate(Share):
    """Events per `per` units of the denominator."""

    per: int = 1000
    unit: Unit = Unit.PER_1000


@dataclass(frozen=True, kw_only=True)
class Mean(Metric):
    """The mean of a decimal or whole-number column."""

    value: str
    unit: Unit = Unit.POINTS

    @property
    def spread_of(self) -> str:
        return self.value

    @property
    def parts(self) -> dict[str, str]:
        return {
            "numerator": self._among(f"sum({self.value}::DECIMAL(9, 4))"),
            # Nine digits squared still fit a machine word: a third of the time of 38 digits.
            "squares": self._among(
                f"sum({self.value}::DECIMAL(9, 4) * {self.value}::DECIMAL(9, 4))"
            ),
            "denominator": self._among(f"count({self.value})"),
        }


@dataclass(frozen=True, kw_only=True)
class WeightedMean(Metric):
    """The mean of figures that each stand for several, weighted by how many: medians, mean scores.

    What they were made of is not known, so there is no interval.
    """

    value: str
    weight: str
    unit: Unit = Unit.POINTS

    @property
    def parts(self) -> dict[str, str]:
        return {
            "numerator": self._among(f"sum({self.value}::DECIMAL(9, 4) * {self.weight})"),
            "denominator": self._among(f"sum({self.weight})"),
        }


@dataclass(frozen=True, kw_only=True)
class Count(Metric):
    """How many people, or other things, there are. A count of all of them has no interval."""

    counted: str = "count(*)"
    unit: Unit = Unit.PEOPLE

    @property
    def parts(self) -> dict[str, str]:
        return {"denominator": self._among(self.counted)}


@dataclass(frozen=True, kw_only=True)
class Quantile(Metric):
    """A quantile of a whole-number column, from a histogram with the given lower bin edges."""

    value: str
    edges: tuple[int, ...]
    quantile: float = 0.5
    unit: Unit = Unit.HOURS

    @property
    def spread_of(self) -> str:
        return self.value

    @property
    def parts(self) -> dict[str, str]:
        bins = {}
        for position, edge in enumerate(self.edges):
            last = position + 1 == len(self.edges)
            within = f"{self.value} >= {edge}" + (
                "" if last else f" AND {self.value} < {self.edges[position + 1]}"
            )
            bins[f"bin_{position}"] = self._among(f"count(*) FILTER (WHERE {within})")
        return bins | {"denominator": self._among(f"count({self.value})")}


@dataclass(frozen=True, kw_only=True)
class EffectiveNumber(Metric):
    """How many groups are in use: one over the sum of squared shares (Laakso and Taagepera 1979).

    `groups` are SQL conditions that together hold every row exactly once.
    """

    groups: tuple[str, ...]
    unit: Unit = Unit.NUMBER

    @property
    def parts(self) -> dict[str, str]:
        counts = {
            f"count_{position}": self._among(f"count(*) FILTER (WHERE {group})")
            for position, group in enumerate(self.groups)
        }
        return counts | {"denominator": self._among("count(*)")}


@dataclass(frozen=True, kw_only=True)
class Index(Metric):
    """A weighted mean of other metrics, each first put on 0 to 100; the weights stand in the open.

    It has no parts of its own: it is made of its components' answers, and where one of them is
    withheld or missing there is no index.
    """

    components: tuple[tuple[str, float], ...]
    unit: Unit = Unit.POINTS

    @property
    def parts(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True, kw_only=True)
class PublishedIndex(Metric):
    """Indices that others publish for a region and a year, taken as they are, each by its name.

    It has no parts: indices of regions do not add up, and none has an interval.
    """

    unit: Unit = Unit.POINTS

    @property
    def parts(self) -> dict[str, str]:
        return {}
