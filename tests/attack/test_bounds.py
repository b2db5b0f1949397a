"""What follows from a few numbers, worked out by hand."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalSubscript=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.audit.measures import columns_of
from analytics.audit.published import KEYS, Cells, cells_from
from analytics.audit.relations import (
    AT_LEAST,
    AT_MOST,
    EXACT,
    NO_BOUND,
    Gathering,
    bounds,
    remainders,
)
from analytics.audit.system import conclude, system_of
from analytics.metrics.rows import ROW_TABLES
from tests.attack.solver import solve

nan = float("nan")


def of_sums(
    count: int, sums: list[tuple], pairs: list[tuple] = (), low: dict | None = None
) -> tuple[list[tuple[float, float]], list[tuple[float, float, int]]]:
    """Bounds of variables and what is left of each sum: (total or None, rest, way, parts)."""
    found = Gathering()
    for total, rest, way, parts in sums:
        found.add_sums(
            np.array([-1 if total is None else total]),
            np.array([float(rest)]),
            np.array([way]),
            np.array(parts, dtype=int),
            np.zeros(len(parts), dtype=int),
        )
    for small, large, factor in pairs:
        found.add_pairs(np.array([small]), np.array([large]), factor)
    start = np.zeros(count)
    for variable, value in (low or {}).items():
        start[variable] = value
    relations = found.relations()
    least, most = bounds(relations, start, np.full(count, NO_BOUND))
    left = zip(*(side.tolist() for side in remainders(relations, least, most)), strict=True)
    return list(zip(least.tolist(), most.tolist(), strict=True)), list(left)


def test_the_last_part_of_a_published_sum_is_known():
    assert of_sums(1, [(None, 3, EXACT, [0])])[0] == [(3, 3)]


def test_two_parts_of_a_sum_of_three_are_none_to_three_each_and_three_together():
    found, left = of_sums(2, [(None, 3, EXACT, [0, 1])])
    assert found == [(0, 3), (0, 3)]
    assert left == [(3, 3, 2)]


def test_a_two_way_table_gives_away_what_no_single_sum_does():
    # Rows 5 and 9, columns 2 and 12: the first row's second cell is 3 at least, its first 2 at most.
    sums = [
        (None, 5, EXACT, [0, 1]),
        (None, 9, EXACT, [2, 3]),
        (None, 2, EXACT, [0, 2]),
        (None, 12, EXACT, [1, 3]),
    ]
    assert of_sums(4, sums)[0] == [(0, 2), (3, 5), (0, 2), (7, 9)]


def test_an_unknown_total_lies_between_the_sums_of_its_parts_bounds():
    # 0 = 1 + 2 + 4 published; 1 + 3 = 6: the total is from 4 to 4 + 6 + what 2 may be.
    found, _ = of_sums(4, [(0, -4, EXACT, [1, 2]), (None, 6, EXACT, [1, 3])])
    assert found[0] == (4, NO_BOUND)
    assert found[1] == (0, 6)
    found, _ = of_sums(4, [(0, -4, EXACT, [1, 2]), (None, 6, EXACT, [1, 3]), (None, 1, EXACT, [2])])
    assert found[0] == (5, 11)


def test_parts_that_overlap_bound_their_total_from_one_side_only():
    # People of two fields: 7 in the one, the other is withheld, 9 in all.
    found, left = of_sums(1, [(None, 2, AT_LEAST, [0])])
    assert found == [(2, NO_BOUND)]
    assert of_sums(1, [(None, 2, AT_MOST, [0])])[0] == [(0, 2)]
    assert left[0][1] > 1e9


def test_counts_are_whole_numbers():
    # 20 evaluations in twelve months are of two people at least: 20 / 12 = 1.67.
    found, _ = of_sums(2, [(None, 20, EXACT, [0])], [(0, 1, 12.0), (1, 0, 1.0)])
    assert found[1] == (2, 20)
    # A recap with a fraction: 10.4 less 6 is 4 or 5.
    assert of_sums(1, [(None, 4.4, EXACT, [0])])[0] == [(4, 5)]


def test_a_withheld_row_that_tells_of_somebody_narrows_its_siblings():
    found, _ = of_sums(3, [(None, 4, EXACT, [0, 1, 2])], low={0: 1, 1: 1, 2: 2})
    assert found == [(1, 1), (1, 1), (2, 2)]


def test_relations_that_contradict_each_other_are_left_out():
    sums = [(None, 3, EXACT, [0]), (None, 8, EXACT, [0]), (None, 2, EXACT, [1])]
    assert of_sums(2, sums)[0] == [(0, NO_BOUND), (2, 2)]


# Whole tables


def table(name: str, parts: list[tuple[str, str, str, str]], rows: list[dict]) -> Cells:
    """Cells of 2024 of one government (2, 1) with agencies (3, 1) to (3, 9).

    `parts` are metric, part, column and people column; a row gives its place, group, period and
    values. What it leaves out of the values is withheld.
    """
    frame = pd.DataFrame(parts, columns=["metric", "part", "column_name", "people_column"])
    present = set(frame["column_name"]) | set(frame["people_column"])
    columns = columns_of(frame, present, ROW_TABLES[name])
    ordinary = {"breakdown": "", "category": "", "category_2": "", "grain": "year"}
    ordinary["period"] = "2024-01-01"
    keys = pd.DataFrame(
        [{name: row.get(name, ordinary.get(name)) for name in KEYS} for row in rows]
    )
    keys["period"] = pd.to_datetime(keys["period"])
    values = np.full((len(columns.names), len(rows)), nan)
    for n, column in enumerate(columns.names[: columns.published]):
        values[n] = [row.get(column, nan) for row in rows]
    parents = {(3, number): (2, 1) for number in range(1, 10)}
    return cells_from(columns, 2024, keys, values, parents)


POPULATIONS = [
    ("mean_training_hours", "denominator", "everyone", "people"),
    ("training_coverage", "denominator", "pns", "people_pns"),
    ("pppk_training_share", "denominator", "pppk", "people_pppk"),
]


def training(rows: list[dict]) -> Cells:
    """Cells of `training_to_date`; each row may give everyone, pns and pppk."""
    people = {"everyone": "people", "pns": "people_pns", "pppk": "people_pppk"}
    both = [
        row | {people[name]: value for name, value in row.items() if name in people} for row in rows
    ]
    return table("training_to_date", POPULATIONS, both)


def known(*cells: Cells) -> dict[tuple[int, str, str], tuple[float, float]]:
    """What must not be known and is: place, category and column, with bounds."""
    system = system_of(cells)
    found = conclude(system)
    described = system.describe(found.known)
    at = described["variable"].to_numpy(dtype=np.int64)
    keys = zip(described["place"], described["category"], described["column"], strict=True)
    ends = zip(found.low[at].tolist(), found.high[at].tolist(), strict=True)
    return dict(zip(keys, ends, strict=True))


GOVERNMENT = {"level": 2, "place": 1}


def agency(number: int, **given) -> dict:
    return {"level": 3, "place": number, **given}


def test_a_withheld_agency_follows_from_its_government_and_the_others():
    cells = training(
        [
            {**GOVERNMENT, "everyone": 53, "pns": 53, "pppk": 0},
            agency(1, everyone=50, pns=50, pppk=0),
            agency(2),
        ]
    )
    assert known(cells)[2, "", "everyone"] == (3, 3)


def test_two_withheld_agencies_of_ten_people_are_safe():
    cells = training(
        [
            {**GOVERNMENT, "everyone": 60, "pns": 60, "pppk": 0},
            agency(1, everyone=50, pns=50, pppk=0),
            agency(2),
            agency(3),
        ]
    )
    assert known(cells) == {}
    system = system_of([cells])
    assert not len(conclude(system).together)


def test_two_withheld_agencies_of_three_people_together_are_found():
    cells = training(
        [
            {**GOVERNMENT, "everyone": 53, "pns": 53, "pppk": 0},
            agency(1, everyone=50, pns=50, pppk=0),
            agency(2),
            agency(3),
        ]
    )
    system = system_of([cells])
    found = conclude(system)
    assert {system.families[system.family[n]] for n in found.together} == {"places"}


def test_a_withheld_category_follows_from_the_whole_of_its_place():
    def by_sex(category: str, **given) -> dict:
        return {**GOVERNMENT, "breakdown": "sex", "category": category, **given}

    cells = training(
        [
            {**GOVERNMENT, "everyone": 24, "pns": 24, "pppk": 0},
            by_sex("F", everyone=20, pns=20, pppk=0),
            by_sex("M"),
        ]
    )
    assert known(cells)[1, "M", "everyone"] == (4, 4)


def test_a_category_without_a_row_tells_that_the_others_are_somebody():
    def by_sex(place: dict, category: str, **given) -> dict:
        return {**place, "breakdown": "sex", "category": category, **given}

    # Both agencies together are two people, and each has one category of two alone: one each.
    rows = [
        {**GOVERNMENT, "everyone": 52, "pns": 52, "pppk": 0},
        agency(1, everyone=50, pns=50, pppk=0),
        agency(2),
        agency(3),
        by_sex(agency(1), "F", everyone=25, pns=25, pppk=0),
        by_sex(agency(1), "M", everyone=25, pns=25, pppk=0),
        by_sex(agency(2), "F"),
        by_sex(agency(3), "F"),
    ]
    assert known(training(rows))[2, "", "everyone"] == (1, 1)
    # With the empty categories withheld alike, nothing follows for one of them.
    whole = [*rows, by_sex(agency(2), "M"), by_sex(agency(3), "M")]
    assert (2, "", "everyone") not in known(training(whole))


def test_those_of_no_population_follow_from_the_columns_of_one_cell():
    cells = training([{**GOVERNMENT, "everyone": 43, "pns": 30, "pppk": 10}])
    at = cells.columns.names.index("people who are neither PNS nor PPPK")
    assert cells.values[at].tolist() == [3]


def test_a_population_follows_from_the_status_that_it_is():
    def by_status(category: str, **given) -> dict:
        return {**GOVERNMENT, "breakdown": "status", "category": category, **given}

    # Status PPPK and part-time PPPK are the PPPK of the whole: 14 less 11.
    cells = training(
        [
            {**GOVERNMENT, "everyone": 54, "pns": 40, "pppk": 14},
            by_status("PNS", everyone=40, pns=40, pppk=0),
            by_status("PPPK", everyone=11, pns=0, pppk=11),
            by_status("PPPK_PARUH_WAKTU"),
        ]
    )
    assert known(cells)[1, "PPPK_PARUH_WAKTU", "everyone"] == (3, 3)


def test_a_withheld_whole_follows_from_the_population_of_its_status():
    # The status has the 40 PNS and 12 PPPK whose own columns are withheld: 3 are neither.
    def by_status(category: str, **given) -> dict:
        return {**GOVERNMENT, "breakdown": "status", "category": category, **given}

    cells = training(
        [
            {**GOVERNMENT, "everyone": 55},
            by_status("PNS", everyone=40),
            by_status("PPPK", everyone=12),
            by_status("CPNS"),
            by_status("unknown"),
        ]
    )
    assert known(cells)[1, "", "people who are neither PNS nor PPPK"] == (3, 3)


def test_nobody_of_another_status_is_behind_a_population():
    def by_grade(category: str, **given) -> dict:
        return {**GOVERNMENT, "breakdown": "grade_group", "category": category, **given}

    # PNS are in no grade group PPPK: those withheld in II are the 3 that III leaves.
    cells = training(
        [
            {**GOVERNMENT, "pns": 43},
            by_grade("III", pns=40),
            by_grade("II"),
            by_grade("PPPK"),
        ]
    )
    assert known(cells)[1, "II", "pns"] == (3, 3)


def test_nobody_is_in_a_crossing_that_cannot_be():
    def crossed(grade: str, status: str, **given) -> dict:
        pair = {"breakdown": "grade_group,status", "category": grade, "category_2": status}
        return {**GOVERNMENT, **pair, **given}

    expected = [("appraisal_completeness", "denominator", "expected", "people")]
    rows = [
        {**GOVERNMENT, "breakdown": "status", "category": "PNS", "expected": 43},
        crossed("III", "PNS", expected=40),
        crossed("II", "PNS"),
        crossed("PPPK", "PNS"),
    ]
    assert known(table("expected_evaluation", expected, rows))[1, "II", "expected"] == (3, 3)


RATED = [
    ("top_rating_share", "denominator", "rated", "people"),
    ("low_rating_share", "denominator", "rated", "people"),
    ("low_rating_share", "numerator", "low", "people"),
]


def month(number: int, **given) -> dict:
    return {"grain": "month", "period": f"2024-{number:02}-01", **given}


def test_a_year_that_is_the_sum_of_its_months_gives_a_month_away():
    rows = [
        {**GOVERNMENT, "rated": 80, "people": 40, "low": 19},
        {**GOVERNMENT, **month(1, rated=40, people=40, low=14)},
        {**GOVERNMENT, **month(2, rated=40, people=40, low=5)},
        agency(1, rated=40, people=20, low=12),
        agency(1, **month(1, rated=20, people=20, low=9)),
        agency(1, **month(2, rated=20, people=20)),
        agency(2, rated=40, people=20, low=7),
        agency(2, **month(1, rated=20, people=20, low=5)),
        agency(2, **month(2, rated=20, people=20)),
    ]
    assert known(table("appraisal", RATED, rows))[1, "", "low"] == (3, 3)
    # With evaluations of the year's own the months tell nothing of it.
    rows[0] |= {"rated": 40}
    assert known(table("appraisal", RATED, rows)) == {}


def test_a_part_is_at_most_its_whole():
    # Objections of three agencies: 24, of which 10 in the first; the third has four evaluations.
    objections = [
        ("objections_per_1000", "denominator", "known", "people"),
        ("objections_per_1000", "numerator", "filed", "people"),
    ]
    rows = [
        {**GOVERNMENT, "filed": 24},
        agency(1, known=30, people=30, filed=10),
        agency(2, known=13, people=13),
        agency(3, known=4, people=4),
    ]
    assert known(table("appraisal", objections, rows))[3, "", "filed"] == (1, 4)


def test_evaluations_under_a_limit_are_all_of_an_agency():
    limits = [("top_rating_excess", "denominator", "evaluations", "people")]
    rows = [agency(1, evaluations=3, people=3)]
    evaluated = [agency(1)]
    found = known(table("distribution_limit", limits, rows), table("appraisal", RATED, evaluated))
    assert found[1, "", "rated"] == (3, 3)


def test_rows_are_of_somebody():
    # Three enrolments are of one person at least and of three at most.
    courses = [("course_completion_share", "denominator", "rows", "people")]
    rows = [
        {**GOVERNMENT, **month(1, rows=53, people=20)},
        agency(1, **month(1, rows=50, people=19)),
        agency(2, **month(1)),
    ]
    rows[0].pop("people")
    assert known(table("course", courses, rows))[2, "", "people"] == (1, 3)


def test_a_government_may_have_activities_of_its_own():
    activities = [("socialisation_attendance", "denominator", "invited", "people")]
    rows = [
        {**GOVERNMENT, **month(1, invited=53, people=53)},
        agency(1, **month(1, invited=50, people=50)),
        agency(2, **month(1)),
    ]
    cells = table("activity", activities, rows)
    # Three are the agency's or the government's own: none can be told of the agency alone.
    assert known(cells) == {}


CAREERS = [
    ("promotion_share", "denominator", "pns", "people_pns"),
    ("recognition_share", "denominator", "everyone", "people"),
]


def test_those_who_are_no_pns_follow_where_both_kinds_of_events_are_known():
    name = "people in service all year who are no PNS"
    government = {**GOVERNMENT, "pns": 50, "people_pns": 50, "everyone": 70, "people": 70}
    own = agency(1, pns=20, people_pns=20, everyone=23, people=23)
    cells = table("career_year", CAREERS, [government, own])
    at = cells.columns.names.index(name)
    assert cells.values[at].tolist() == [20, 3]
    # Where promotions are known of nobody, the difference is no group of people.
    unknown = [{**government, "pns": 0, "people_pns": 0}, {**own, "pns": 0, "people_pns": 0}]
    cells = table("career_year", CAREERS, unknown)
    assert np.isnan(cells.values[at]).all()


def test_part_time_follows_from_the_grade_group_of_all_pppk():
    def by(breakdown: str, category: str, **given) -> dict:
        return {**GOVERNMENT, "breakdown": breakdown, "category": category, **given}

    cells = training(
        [
            by("grade_group", "PPPK", everyone=14, pns=0, pppk=14),
            by("status", "PPPK", everyone=11, pns=0, pppk=11),
            by("status", "PPPK_PARUH_WAKTU"),
        ]
    )
    assert known(cells)[1, "PPPK_PARUH_WAKTU", "everyone"] == (3, 3)


def test_the_solver_knows_what_propagation_does_not():
    # a + b = 7, b + c = 9 and a + c = 8 give a = 3, b = 4 and c = 5.
    found = Gathering()
    for rest, parts in ((7, [0, 1]), (9, [1, 2]), (8, [0, 2])):
        found.add_sums(
            np.array([-1]), np.array([float(rest)]), np.array([EXACT]),
            np.array(parts), np.zeros(2, dtype=int),
        )  # fmt: skip
    relations = found.relations()
    cells = training([{**GOVERNMENT, "everyone": 43, "pns": 30, "pppk": 10}])
    system = system_of([cells])
    count = 3
    system = replace(
        system,
        relations=relations,
        table=np.zeros(count, dtype=int),
        column=np.zeros(count, dtype=int),
        row=np.zeros(count, dtype=int),
        below=np.full(count, 5.0),
        low=np.zeros(count),
        high=np.full(count, NO_BOUND),
        family=np.zeros(3, dtype=int),
        families=("sums",),
    )
    propagated = conclude(system)
    assert not len(propagated.known)
    solved = solve(system, propagated, np.array([3.0, 4.0, 5.0]))
    assert solved.known.tolist() == [0, 1]
    assert solved.low.tolist() == [3, 4]
    assert solved.high.tolist() == [3, 4]
    assert solve(system, propagated).known.tolist() == [0, 1]
