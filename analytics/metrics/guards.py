"""What must not be small: the groups of people behind the columns of a cell table.

A guard names groups of people. Where one of them is too small in a cell, every column of the guard
is withheld there, and secondary suppression keeps the groups of its withheld cells from following
from published ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analytics.schema import RATINGS

SENSITIVE_BELOW = 5
"""Sensitive groups of 1 to 4 people are withheld, whatever the threshold of their table."""

FEWEST_FOR_SPREAD = 30
"""Sums of squares and histogram bins are published over so many people or more.

A sum, a sum of squares and a histogram of whole hours fix every member's hours in many groups of
5 to 9 people; over 30 the same figures belong to more than a million different groups
(tests/disclosure/test_spread.py counts them). Only people with a value other than 0 count: early in
a year most have no hours, and the histogram tells how many.
"""

RATED = "predicate IS NOT NULL"
TOP = "work_result = 'above' AND behaviour = 'above'"
LOW = f"({RATED} AND (work_result = 'below' OR behaviour = 'below'))"
PNS = "status = 'PNS'"
PPPK = "status IN ('PPPK', 'PPPK_PARUH_WAKTU')"


@dataclass(frozen=True)
class Group:
    """People that a condition over the rows tells apart.

    `people` is the SQL sum that counts them where the row table's own count does not; `recap` is
    what a recap says of them, as SQL over columns named {metric__part}. `part_of` is the group they
    are a part of, as a guard and the position of the group in it, where that is not the first group
    of the guard that theirs is `part_of`.
    """

    where: str
    recap: str
    people: str | None = None
    part_of: tuple[str, int] | None = None


@dataclass(frozen=True)
class Guard:
    """Groups that must not be small, and how the guard stands to others.

    The groups are parts of a group of the guard `part_of`, so that columns under both are tied to
    each other; wherever a guard of `withheld_with` or `part_of` withholds, this one does
    too. A `sensitive` guard is withheld from 1 to 4 whatever the threshold of its table, and is not
    published for agencies by group.
    """

    groups: tuple[Group, ...]
    part_of: str | None = None
    withheld_with: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def above(self) -> tuple[str, ...]:
        """The guards whose withheld cells are withheld here too."""
        return ((self.part_of,) if self.part_of else ()) + self.withheld_with


def _matrix(result: str, behaviour: str) -> Group:
    detail = (result == "below") + (behaviour == "below") * 2
    return Group(
        f"work_result = '{result}' AND behaviour = '{behaviour}'",
        f"{{matrix_{result}_{behaviour}_share__numerator}}",
        part_of=("low_rating_detail", detail - 1),
    )


_ABOVE = ("{result_above_share__numerator}", "{behaviour_above_share__numerator}")
_TOP = "{top_rating_share__numerator}"
_RATED = "{top_rating_share__denominator}"

GUARDS: Mapping[str, Guard] = {
    "not_top": Guard((Group(f"{RATED} AND NOT ({TOP})", f"{_RATED} - {_TOP}"),), part_of=RATED),
    "above": Guard(
        (
            Group(f"work_result = 'above' AND {RATED} AND NOT ({TOP})", f"{_ABOVE[0]} - {_TOP}"),
            Group(f"behaviour = 'above' AND {RATED} AND NOT ({TOP})", f"{_ABOVE[1]} - {_TOP}"),
            Group(
                f"{RATED} AND work_result <> 'above' AND behaviour <> 'above'",
                f"{_RATED} - {_ABOVE[0]} - {_ABOVE[1]} + {_TOP}",
            ),
        ),
        part_of="not_top",
        sensitive=True,
    ),
    "low_rating": Guard(
        (
            Group(
                LOW,
                "coalesce({low_rating_share__numerator}, {good_rating_share__denominator}"
                f" - {_TOP} - {{good_rating_share__numerator}})",
            ),
        ),
        part_of="not_top",
        sensitive=True,
    ),
    "low_rating_detail": Guard(
        (
            Group(
                "work_result = 'below' AND behaviour <> 'below'",
                "{needs_improvement_share__numerator}",
            ),
            Group("work_result <> 'below' AND behaviour = 'below'", "{poor_share__numerator}"),
            Group("work_result = 'below' AND behaviour = 'below'", "{very_poor_share__numerator}"),
        ),
        part_of="low_rating",
        sensitive=True,
    ),
    "low_rating_matrix": Guard(
        tuple(
            _matrix(result, behaviour)
            for result in RATINGS
            for behaviour in RATINGS
            if "below" in (result, behaviour)
        ),
        part_of="low_rating_detail",
        withheld_with=("above",),
        sensitive=True,
    ),
    "objection": Guard(
        (Group("objection <> 'none'", "{objections_per_1000__numerator}"),),
        part_of="objection IS NOT NULL",
        sensitive=True,
    ),
    "completed": Guard((Group("completed", "{course_completion_share__numerator}"),), "true"),
    "evaluated": Guard(
        (Group("true", "{appraisal_completeness__numerator}", people="sum(evaluated)"),),
        part_of="true",
    ),
    "responded": Guard(
        (Group("true", "{response_rate__numerator}", people="sum(responded)"),), part_of="true"
    ),
}
"""The guards that metrics name."""

POPULATIONS: Mapping[tuple[str, str], Guard] = {
    ("training_to_date", PNS): Guard(
        (
            Group(PNS, "{training_coverage__denominator}"),
            Group("status <> 'PNS'", "{headcount__denominator} - {training_coverage__denominator}"),
        ),
        part_of="true",
    ),
    ("training_to_date", PPPK): Guard(
        (
            Group(PPPK, "{pppk_training_share__denominator}", part_of=(PNS, 1)),
            Group(
                "status NOT IN ('PNS', 'PPPK', 'PPPK_PARUH_WAKTU')",
                "{headcount__denominator} - {training_coverage__denominator}"
                " - {pppk_training_share__denominator}",
                part_of=(PNS, 1),
            ),
        ),
        part_of=PNS,
    ),
    ("appraisal", f"{RATED} AND reported_predicate IS NOT NULL"): Guard(
        (
            Group(
                f"{RATED} AND reported_predicate IS NOT NULL",
                "{predicate_mismatch_share__denominator}",
            ),
            Group(
                f"{RATED} AND reported_predicate IS NULL",
                f"{_RATED} - {{predicate_mismatch_share__denominator}}",
            ),
        ),
        part_of=RATED,
    ),
    ("appraisal", "objection IN ('upheld', 'rejected')"): Guard(
        (
            Group("objection = 'upheld'", "{objection_upheld_share__numerator}"),
            Group(
                "objection = 'rejected'",
                "{objection_upheld_share__denominator} - {objection_upheld_share__numerator}",
            ),
            Group(
                "objection = 'filed'",
                "{objections_per_1000__numerator} - {objection_upheld_share__denominator}",
            ),
            Group("objection IN ('upheld', 'rejected')", "{objection_upheld_share__denominator}"),
        ),
        part_of="objection",
        sensitive=True,
    ),
    ("appraisal", "coached IS NOT NULL"): Guard(
        (
            Group("coached", "{low_rating_coached_share__numerator}"),
            Group(
                "NOT coached",
                "{low_rating_coached_share__denominator} - {low_rating_coached_share__numerator}",
            ),
            Group(
                f"{LOW} AND coached IS NULL",
                "{low_rating_share__numerator} - {low_rating_coached_share__denominator}",
            ),
            Group("coached IS NOT NULL", "{low_rating_coached_share__denominator}"),
        ),
        part_of="low_rating",
        sensitive=True,
    ),
    ("course", "completed AND certificate IS NOT NULL"): Guard(
        (Group("completed AND certificate IS NOT NULL", "{certificate_share__denominator}"),),
        part_of="completed",
    ),
    ("career_year", "status = 'PNS' AND promoted IS NOT NULL"): Guard(
        (
            Group("status = 'PNS' AND promoted IS NOT NULL", "{promotion_share__denominator}"),
            Group(
                "recognised IS NOT NULL AND (status <> 'PNS' OR promoted IS NULL)",
                "{recognition_share__denominator} - {promotion_share__denominator}",
            ),
        ),
        part_of="recognised IS NOT NULL",
    ),
}
"""The populations of metrics that need more than their own number: those that leave a rest which
follows from a larger population, or that are sensitive themselves. By row table and `among`."""

BASE: Mapping[str, str] = {
    "appraisal": RATED,
    "training_to_date": "true",
    "course": "true",
    "career_year": "recognised IS NOT NULL",
    "survey": "true",
    "service": "true",
}
"""The population that all others of a row table are withheld with, by its `among`."""

SAME_PEOPLE: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (("appraisal", RATED), ("expected_evaluation", "evaluated")),
    (("survey", "true"), ("survey_wave", "responded")),
)
"""Guards of two row tables that are about the same people: they withhold the same cells."""


SPREAD = "spread of "
"""Before the `among` of a population: the guard of columns that describe its single members."""


def spread_guard(among: str, everyone: Guard, values: Iterable[str]) -> Guard:
    """The guard of sums of squares and bins of some values over a population."""
    some = tuple(Group(f"({among}) AND {value} <> 0", "") for value in values)
    return Guard((everyone.groups[0], *some), withheld_with=(among,))


def population(table: str, among: str) -> Guard:
    """The guard of everyone a metric of a row table is about."""
    special = POPULATIONS.get((table, among))
    if special:
        return special
    base = BASE.get(table)
    return Guard((Group(among, ""),), withheld_with=() if base in (None, among) else (base,))
