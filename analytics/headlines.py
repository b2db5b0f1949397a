"""What a new snapshot changes in the figures that leaders read first."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from analytics.answers import NotPublished, Question, Snapshot

HEADLINES = (
    "people_in_data_share",
    "appraisal_completeness",
    "top_rating_share",
    "training_coverage",
    "adoption_active",
    "response_rate",
    "favourable_share",
)
LEVELS = ("all", "province")


@dataclass(frozen=True)
class Headline:
    """A metric's latest year at a place, in two snapshots.

    `before` and `after` are in the metric's unit; None where the snapshot has no such figure or
    withholds it. `n` is the denominator in the new one, None where it is not known.
    """

    metric: str
    level: str
    place: str
    place_name: str
    period: str
    before: float | None
    after: float | None
    n: float | None

    @property
    def changed(self) -> bool:
        """Whether the figure is another one than before."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return not math.isclose(self.before, self.after, rel_tol=0, abs_tol=1e-9)


def headlines(before: Snapshot | None, after: Snapshot) -> list[Headline]:
    """The headline figures of all places together and of each province, as they are and will be.

    The year is the latest that either snapshot has of the metric.
    """
    found = []
    for metric in HEADLINES:
        for level in LEVELS:
            was = _rows(before, metric, level) if before else {}
            now = _rows(after, metric, level)
            years = [period for _, period in (*was, *now)]
            places = dict.fromkeys(place for place, period in (*now, *was) if period == max(years))
            found += [_headline(metric, level, place, max(years), was, now) for place in places]
    return found


def _headline(
    metric: str, level: str, place: str, period: str, was: _Figures, now: _Figures
) -> Headline:
    old, new = was.get((place, period), {}), now.get((place, period), {})
    return Headline(
        metric,
        level,
        place,
        str((new or old)["place_name"]) if new or old else place,
        period,
        _number(old, "value"),
        _number(new, "value"),
        _number(new, "denominator"),
    )


_Row = dict[Hashable, Any]
_Figures = dict[tuple[str, str], _Row]


def _rows(snapshot: Snapshot, metric: str, level: str) -> _Figures:
    try:
        rows = snapshot.ask(Question(metric, level=level, grain="year")).rows
    except NotPublished:
        return {}
    return {(str(row["place"]), str(row["period"])): row for row in rows.to_dict("records")}


def _number(row: _Row, name: str) -> float | None:
    value = row.get(name)
    return None if value is None or math.isnan(value) else float(value)
