"""What the columns of a cell table count, and how they follow from each other within one cell.

Written from what the metrics mean, not from how they are protected. Where a part of a whole is in
no column (evaluations whose work result is as expected), it has a name of its own: an attacker
knows that it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analytics.metrics import METRICS, over_time_of
from analytics.metrics.base import Mean, Metric, WeightedMean
from analytics.metrics.careers import COACHED, PROMOTED, RECOGNISED
from analytics.metrics.coverage import HEADCOUNT
from analytics.metrics.performance import (
    BEHAVIOUR_ABOVE,
    BEHAVIOUR_BELOW,
    COMPLETENESS,
    EFFECTIVE_PREDICATES,
    GOOD_RATING,
    LOW_RATING,
    MISMATCH,
    NEEDS_IMPROVEMENT,
    OBJECTIONS,
    OBJECTIONS_UPHELD,
    POOR,
    RESULT_ABOVE,
    RESULT_BELOW,
    TOP_RATING,
    VERY_POOR,
)
from analytics.metrics.readiness import CHANGE_SCORE, FACET_SCORE, RESPONSE_RATE
from analytics.metrics.rows import ROW_TABLES, RowTable
from analytics.metrics.training import (
    CERTIFICATES,
    COMPLETION,
    COURSE_HOURS,
    COVERAGE,
    MEAN_HOURS,
    MEDIAN_HOURS,
    MISSING_HOURS,
    NO_SHOW,
    NON_CLASSICAL,
    NONE_AT_ALL,
    PPPK_ABOVE_CEILING,
    PPPK_ANY,
)
from analytics.schema import RATINGS

SENSITIVE_BELOW = 5
FEWEST_OF_ROWS = "row_count", "quarterly_rows", "annual_rows"
"""Columns of snapshots of before, which count rows whatever metrics are about them."""

Term = tuple[str, str] | str
"""A part of a metric, or the name of a count that is in no column."""


def _num(metric: Metric) -> Term:
    return metric.key, "numerator"


def _den(metric: Metric) -> Term:
    return metric.key, "denominator"


def _cell(result: str, behaviour: str) -> Term:
    return f"matrix_{result}_{behaviour}_share", "numerator"


def _of_result(result: str) -> tuple[Term, ...]:
    return tuple(_cell(result, behaviour) for behaviour in RATINGS)


def _of_behaviour(behaviour: str) -> tuple[Term, ...]:
    return tuple(_cell(result, behaviour) for result in RATINGS)


NOT_COACHED = "low ratings without coaching"
NOT_TOLD = "low ratings of which coaching is not known"
PENDING = "objections not decided"
REJECTED = "objections rejected"
OTHER_STATUS = "people in service all year who are no PNS"
THE_REST = "people who are neither PNS nor PPPK"
RESULT_MEETS = "work result as expected"
BEHAVIOUR_MEETS = "behaviour as expected"

SECRET = {
    NOT_COACHED: SENSITIVE_BELOW,
    NOT_TOLD: SENSITIVE_BELOW,
    PENDING: SENSITIVE_BELOW,
    REJECTED: SENSITIVE_BELOW,
    THE_REST: ROW_TABLES["training_to_date"].threshold,
    OTHER_STATUS: ROW_TABLES["career_year"].threshold,
}
"""Counts in no column that must not be known when they are small."""

EQUATIONS: Mapping[str, tuple[tuple[Term, tuple[Term, ...]], ...]] = {
    "appraisal": (
        (_den(TOP_RATING), (_num(TOP_RATING), _num(GOOD_RATING), _num(LOW_RATING))),
        (_num(LOW_RATING), (_num(NEEDS_IMPROVEMENT), _num(POOR), _num(VERY_POOR))),
        (_num(TOP_RATING), (_cell("above", "above"),)),
        (
            _num(GOOD_RATING),
            (_cell("above", "meets"), _cell("meets", "above"), _cell("meets", "meets")),
        ),
        (_num(NEEDS_IMPROVEMENT), (_cell("below", "above"), _cell("below", "meets"))),
        (_num(POOR), (_cell("above", "below"), _cell("meets", "below"))),
        (_num(VERY_POOR), (_cell("below", "below"),)),
        (_num(RESULT_ABOVE), _of_result("above")),
        (RESULT_MEETS, _of_result("meets")),
        (_num(RESULT_BELOW), _of_result("below")),
        (_den(TOP_RATING), (_num(RESULT_ABOVE), RESULT_MEETS, _num(RESULT_BELOW))),
        (_num(BEHAVIOUR_ABOVE), _of_behaviour("above")),
        (BEHAVIOUR_MEETS, _of_behaviour("meets")),
        (_num(BEHAVIOUR_BELOW), _of_behaviour("below")),
        (_den(TOP_RATING), (_num(BEHAVIOUR_ABOVE), BEHAVIOUR_MEETS, _num(BEHAVIOUR_BELOW))),
        (_num(LOW_RATING), (*_of_result("below"), *_of_behaviour("below")[:2])),
        (_num(LOW_RATING), (_num(RESULT_BELOW), *_of_behaviour("below")[:2])),
        (_num(LOW_RATING), (_num(BEHAVIOUR_BELOW), *_of_result("below")[:2])),
        ((EFFECTIVE_PREDICATES.key, "count_0"), (_num(TOP_RATING),)),
        ((EFFECTIVE_PREDICATES.key, "count_1"), (_num(GOOD_RATING),)),
        ((EFFECTIVE_PREDICATES.key, "count_2"), (_num(LOW_RATING),)),
        (_num(OBJECTIONS), (_den(OBJECTIONS_UPHELD), PENDING)),
        (_den(OBJECTIONS_UPHELD), (_num(OBJECTIONS_UPHELD), REJECTED)),
        (_num(LOW_RATING), (_den(COACHED), NOT_TOLD)),
        (_den(COACHED), (_num(COACHED), NOT_COACHED)),
    ),
    "training_to_date": (
        (_den(MEAN_HOURS), (_den(COVERAGE), _den(PPPK_ANY), THE_REST)),
        (_den(MEAN_HOURS), (_den(MEDIAN_HOURS),)),
        (_den(MEAN_HOURS), (_den(HEADCOUNT),)),
        (_den(COVERAGE), (_den(MISSING_HOURS),)),
        (_den(PPPK_ANY), (_den(PPPK_ABOVE_CEILING),)),
        (_num(NONE_AT_ALL), ((MEDIAN_HOURS.key, "bin_0"),)),
        (
            _den(MEDIAN_HOURS),
            tuple((MEDIAN_HOURS.key, f"bin_{n}") for n in range(len(MEDIAN_HOURS.edges))),
        ),
    ),
    "career_year": ((_den(RECOGNISED), (_den(PROMOTED), OTHER_STATUS)),),
    "course": (
        (_num(COMPLETION), (_den(COURSE_HOURS),)),
        (_num(COMPLETION), (_den(NON_CLASSICAL),)),
        (_den(COMPLETION), (_num(COMPLETION), _num(NO_SHOW), "enrolments given up")),
    ),
}
"""Per table: a count, and the counts that make it up.

Those of `career_year` hold where both kinds of events are known of a government.
"""

WITHIN = (
    (MISMATCH, TOP_RATING),
    (OBJECTIONS_UPHELD, OBJECTIONS),
    (COACHED, TOP_RATING),
    (COVERAGE, MEAN_HOURS),
    (PPPK_ANY, MEAN_HOURS),
    (CERTIFICATES, COURSE_HOURS),
    (COURSE_HOURS, COMPLETION),
    (CHANGE_SCORE, FACET_SCORE),
)
"""Metrics of which the first is about some of the rows of the second."""

OF_STATUS: Mapping[str, frozenset[str]] = {
    COVERAGE.key: frozenset({"PNS"}),
    PPPK_ANY.key: frozenset({"PPPK", "PPPK_PARUH_WAKTU"}),
    PROMOTED.key: frozenset({"PNS"}),
}
"""Metrics about people of some statuses only: nobody of another status is behind them."""

ROWS_OF_PEOPLE = ("sum(answered)", "sum(evaluations)")
"""Denominators that are at least the people behind them, beside counts of rows."""


@dataclass(frozen=True)
class Columns:
    """The counts of a cell table.

    `names` are columns of the file, then counts that are in no column; `of` finds a part of a
    metric. `below` maps a count to the number from which it may be known, `people` every column to
    its people column. `equations` are a total and its parts, `smaller` two counts of which the first
    is at most the second, `rows_of_people` people and the rows that count them, with whether there
    is one a person and month. `spared` are columns whose sums tell no more than those of others:
    they are equal to another, or of no one's concern; `sums_by_rows` are people whose rows add up
    in their place.
    """

    table: RowTable
    names: tuple[str, ...]
    published: int
    of: Mapping[tuple[str, str], int]
    below: Mapping[int, int]
    people: Mapping[int, int]
    equations: tuple[tuple[int, tuple[int, ...]], ...]
    smaller: tuple[tuple[int, int], ...]
    rows_of_people: tuple[tuple[int, int, bool], ...]
    bins: frozenset[int]
    spared: frozenset[int]
    sums_by_rows: frozenset[int]

    @property
    def people_add_up(self) -> bool:
        """Whether people of longer periods add up over places: not those of a fullest month."""
        table = self.table
        one_month = table.grains == ("year",) or over_time_of(table.name) == "last"
        return one_month or table.counts != "people"

    @property
    def people_of_own_add_up(self) -> bool:
        """Whether people add up over the categories of the table's own dimension."""
        return self.table.people == self.table.people_by_own and self.table.own_adds_up


def _is_count(metric: Metric, part: str) -> bool:
    if part == "squares":
        return False
    return part != "numerator" or not isinstance(metric, Mean | WeightedMean)


def columns_of(parts: pd.DataFrame, present: set[str], table: RowTable) -> Columns:
    """The counts of a table from the rows of `metric_part` about it and the columns it has."""
    known = [
        (metric, part, column, people)
        for metric, part, column, people in parts[
            ["metric", "part", "column_name", "people_column"]
        ].itertuples(index=False)
        if metric in METRICS and _is_count(METRICS[metric], part) and column in present
    ]
    names = list(dict.fromkeys([p for *_, p in known] + [c for _, _, c, _ in known]))
    number = {name: n for n, name in enumerate(names)}
    of = {(metric, part): number[column] for metric, part, column, _ in known}
    people = {number[column]: number[people] for _, _, column, people in known}
    people |= {number[p]: number[p] for *_, p in known}
    below = _thresholds(table, known, number)
    published = len(names)
    equations = []
    for total, made_of in EQUATIONS.get(table.name, ()):
        terms = [total, *made_of]
        if sum(term in of for term in terms if not isinstance(term, str)) < 1:
            continue
        for term in terms:
            name = str(term)
            if term not in of and name not in number:
                number[name] = len(names)
                names.append(name)
                if name in SECRET:
                    below[number[name]] = SECRET[name]
        at = [number[str(t)] if isinstance(t, str) or t not in of else of[t] for t in terms]
        equations.append((at[0], tuple(at[1:])))
    rows = tuple(_rows_of_people(table, of, people))
    first = {behind: row for behind, row, one_each in reversed(rows) if one_each}
    alike = {row: first[behind] for behind, row, one_each in rows if one_each}
    equations = [one for one in equations if one[1] != (one[0],)]
    equations += [(other, (row,)) for row, other in alike.items() if row != other]
    within = {column for total, parts in equations for column in (total, *parts)}
    idle = set(range(published)) - within - set(below) - set(people.values())
    return Columns(
        table,
        tuple(names),
        published,
        of,
        below,
        people,
        tuple(dict.fromkeys(equations)),
        tuple(_smaller(of, people)),
        rows,
        frozenset(n for (_, part), n in of.items() if part.startswith("bin_")),
        frozenset(idle | {row for row, other in alike.items() if row != other}),
        frozenset(first),
    )


def _thresholds(table: RowTable, known: list[tuple], number: Mapping[str, int]) -> dict[int, int]:
    below: dict[int, int] = {}
    for key, part, column, people in known:
        metric = METRICS[key]
        below[number[people]] = table.threshold
        if part == "denominator" and _counts_people(table, metric):
            below[number[column]] = table.threshold
        sensitive = metric.sensitive and part == "numerator"
        few = metric in (OBJECTIONS_UPHELD, COACHED) and part == "denominator"
        low = metric is EFFECTIVE_PREDICATES and part == "count_2"
        if sensitive or few or low:
            below[number[column]] = SENSITIVE_BELOW
        if metric in (COMPLETENESS, RESPONSE_RATE) and part == "numerator":
            below[number[column]] = table.threshold
    return below


def _call(aggregate: str) -> str:
    return aggregate.split(" FILTER")[0]


def _counts_people(table: RowTable, metric: Metric) -> bool:
    """Whether a denominator is one a person at least, so that a small one is of few people."""
    call = _call(metric.parts["denominator"])
    return call.startswith("count(") or call == table.people or call in ROWS_OF_PEOPLE


def _smaller(of: Mapping[tuple[str, str], int], people: Mapping[int, int]):
    for (metric, part), column in of.items():
        whole = of.get((metric, "denominator"))
        if part == "numerator" and whole is not None:
            yield column, whole
    for inner, outer in WITHIN:
        one, other = of.get((inner.key, "denominator")), of.get((outer.key, "denominator"))
        if one is not None and other is not None and one != other:
            yield one, other
            yield people[one], people[other]


def _rows_of_people(table: RowTable, of: Mapping[tuple[str, str], int], people: Mapping[int, int]):
    """Denominators that count people or rows of people, and whether the two are equal in a month."""
    done = set()
    for (key, part), column in of.items():
        if part != "denominator" or (people[column], column) in done:
            continue
        if _counts_people(table, METRICS[key]):
            call = _call(METRICS[key].parts["denominator"])
            one_each = table.people == call or (
                table.people == "count(*)" and call.startswith("count(")
            )
            done.add((people[column], column))
            yield people[column], column, one_each
