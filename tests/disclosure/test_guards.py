"""Guards: their groups in plain pandas, and every linear relation between published columns."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportAssignmentType=false, reportCallIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pytest

from analytics.cells import Layout, layout_of
from analytics.disclosure.protect import TOLD_BY, part_told
from analytics.disclosure.release import conditions, flags_of
from analytics.metrics.guards import GUARDS, PNS, POPULATIONS, PPPK, RATED, Guard
from analytics.metrics.rows import ROW_TABLES
from tests.disclosure.rows import random_rows

TABLES = [name for name, table in ROW_TABLES.items() if layout_of(table).column_of]

# Groups in plain pandas

Mask = Callable[[pd.DataFrame], pd.Series]


def rated(rows: pd.DataFrame) -> pd.Series:
    return rows["work_result"].notna() & rows["behaviour"].notna()


def matrix(result: str, behaviour: str) -> Mask:
    return lambda rows: (rows["work_result"] == result) & (rows["behaviour"] == behaviour)


def low(rows: pd.DataFrame) -> pd.Series:
    return (rows["work_result"] == "below") | (rows["behaviour"] == "below")


def contract(rows: pd.DataFrame) -> pd.Series:
    return rows["status"].isin(["PPPK", "PPPK_PARUH_WAKTU"])


def is_top(rows: pd.DataFrame) -> pd.Series:
    return matrix("above", "above")(rows)


def objected(*kinds: str) -> Mask:
    return lambda rows: rows["objection"].isin(kinds)


def coached(*values: bool) -> Mask:
    return lambda rows: rows["coached"].isin(values)


GROUPS: Mapping[tuple[str, str], tuple[Mask, ...]] = {
    ("appraisal", "not_top"): (lambda rows: rated(rows) & ~is_top(rows),),
    ("appraisal", "above"): (
        lambda rows: matrix("above", "meets")(rows) | matrix("above", "below")(rows),
        lambda rows: matrix("meets", "above")(rows) | matrix("below", "above")(rows),
        lambda rows: (
            rows["work_result"].isin(["meets", "below"])
            & rows["behaviour"].isin(["meets", "below"])
        ),
    ),
    ("appraisal", "low_rating"): (low,),
    ("appraisal", "low_rating_detail"): (
        lambda rows: (rows["work_result"] == "below") & rows["behaviour"].isin(["meets", "above"]),
        lambda rows: rows["work_result"].isin(["meets", "above"]) & (rows["behaviour"] == "below"),
        matrix("below", "below"),
    ),
    ("appraisal", "low_rating_matrix"): (
        matrix("above", "below"),
        matrix("meets", "below"),
        matrix("below", "above"),
        matrix("below", "meets"),
        matrix("below", "below"),
    ),
    ("appraisal", "objection"): (objected("filed", "upheld", "rejected"),),
    ("appraisal", f"{RATED} AND reported_predicate IS NOT NULL"): (
        lambda rows: rated(rows) & rows["reported_predicate"].notna(),
        lambda rows: rated(rows) & rows["reported_predicate"].isna(),
    ),
    ("appraisal", "objection IN ('upheld', 'rejected')"): (
        objected("upheld"),
        objected("rejected"),
        objected("filed"),
        objected("upheld", "rejected"),
    ),
    ("appraisal", "coached IS NOT NULL"): (
        coached(True),
        coached(False),
        lambda rows: low(rows) & rated(rows) & rows["coached"].isna(),
        coached(True, False),
    ),
    ("training_to_date", PNS): (
        lambda rows: rows["status"] == "PNS",
        lambda rows: rows["status"] != "PNS",
    ),
    ("training_to_date", PPPK): (contract, lambda rows: rows["status"] == "CPNS"),
    ("course", "completed"): (lambda rows: rows["completed"],),
    ("course", "completed AND certificate IS NOT NULL"): (
        lambda rows: rows["completed"] & rows["certificate"].notna(),
    ),
    ("career_year", "status = 'PNS' AND promoted IS NOT NULL"): (
        lambda rows: (rows["status"] == "PNS") & rows["promoted"].notna(),
        lambda rows: (
            rows["recognised"].notna() & ((rows["status"] != "PNS") | rows["promoted"].isna())
        ),
    ),
    ("expected_evaluation", "evaluated"): (lambda rows: rows["evaluated"] == 1,),
}
"""The rows of each group, by row table and guard, in the order of the guard's groups."""


def in_groups(table: str, guard: Guard, rows: pd.DataFrame) -> np.ndarray:
    """Which rows are in each group of a guard, as SQL has it; group × row."""
    columns = ", ".join(
        f"coalesce(({group.where}), false)"
        + (
            f" AND {group.people.removeprefix('sum(').removesuffix(')')} > 0"
            if group.people
            else ""
        )
        + f" AS group_{n}"
        for n, group in enumerate(guard.groups)
    )
    connection = duckdb.connect()
    connection.register("rows", rows)
    masks = connection.execute(f'SELECT {columns} FROM rows ORDER BY "row"').fetchnumpy()
    return np.array([np.asarray(mask, bool) for mask in masks.values()])


WITH_LOW = ("low_rating", "coached IS NOT NULL")


@pytest.mark.parametrize(("table", "name"), list(GROUPS))
@pytest.mark.parametrize("seed", [1, 2])
def test_the_groups_of_a_guard_are_those_of_plain_pandas(table, name, seed):
    guard = layout_of(ROW_TABLES[table]).guards[name]
    rows = random_rows(table, 600, seed)
    if name in WITH_LOW:
        rows = rows[rated(rows)]
    masks = in_groups(table, guard, rows)
    expected = np.array([mask(rows).to_numpy(bool) for mask in GROUPS[table, name]])
    assert masks.shape == expected.shape
    for n, (own, plain) in enumerate(zip(masks, expected, strict=True)):
        assert plain.any(), n
        assert (own == plain).all(), n


@pytest.mark.parametrize("name", WITH_LOW)
def test_a_rating_beside_a_missing_one_is_in_no_group(name):
    # A legacy score may come with one of the two ratings: no published figure counts such a row.
    rows = random_rows("appraisal", 600, 1)
    rows = rows[~rated(rows)]
    guard = layout_of(ROW_TABLES["appraisal"]).guards[name]
    assert low(rows).any()
    assert not in_groups("appraisal", guard, rows).any()


def test_every_guard_with_groups_of_its_own_is_compared_with_pandas():
    named = {name for _, name in GROUPS}
    of_people = {"responded"}  # a number of people, not a group of rows
    assert set(GUARDS) - of_people <= named
    assert set(POPULATIONS) <= set(GROUPS)


@pytest.mark.parametrize("table", TABLES)
def test_groups_are_parts_of_the_groups_they_name(table):
    layout = layout_of(ROW_TABLES[table])
    rows = random_rows(table, 600, 3)
    if table == "appraisal":
        rows = rows[rated(rows)]
    if table == "career_year":  # what a government records, it records of everybody
        rows = rows[rows["recognised"].notna()]
    for name, guard in layout.guards.items():
        if guard.part_of not in layout.guards:
            continue
        inside = in_groups(table, guard, rows)
        for mask, group in zip(inside, guard.groups, strict=True):
            whole, position = group.part_of or (guard.part_of or "", 0)
            assert (in_groups(table, layout.guards[whole], rows)[position] | ~mask).all(), name


# Linear relations between published columns


@dataclass(frozen=True)
class Relation:
    """A sum of published columns that is zero in every row, and the guards that handle it.

    Columns are written as metric.part, or as people.metric for the people behind a metric.
    """

    words: str
    guards: tuple[str, ...]

    @property
    def terms(self) -> dict[str, int]:
        signs: dict[str, int] = {}
        sign = 1
        for word in self.words.split():
            if word in ("+", "-", "="):
                sign = {"+": 1, "-": -1, "=": -1}[word]
            else:
                signs[word] = signs.get(word, 0) + sign
        return signs


def of_matrix(whole: str, *cells: str) -> str:
    """That a column is the sum of cells of the matrix; a cell is its two first letters."""
    names = {"a": "above", "m": "meets", "b": "below"}
    parts = [f"matrix_{names[r]}_{names[b]}_share.numerator" for r, b in cells]
    return f"{whole} - " + " - ".join(parts)


DETAIL = ("low_rating_detail", "low_rating_matrix")
ABOVE = ("not_top", "above", "low_rating_matrix")
RELATIONS: Mapping[str, tuple[Relation, ...]] = {
    "appraisal": (
        Relation(
            "top_rating_share.denominator - top_rating_share.numerator"
            " - good_rating_share.numerator - low_rating_share.numerator",
            (RATED, "not_top", "low_rating"),
        ),
        Relation(
            "low_rating_share.numerator - needs_improvement_share.numerator"
            " - poor_share.numerator - very_poor_share.numerator",
            ("low_rating", "low_rating_detail"),
        ),
        Relation(
            "effective_predicates.count_0 = top_rating_share.numerator", ("not_top", "low_rating")
        ),
        Relation(of_matrix("top_rating_share.numerator", "aa"), ("not_top",)),
        Relation(
            of_matrix(
                "top_rating_share.denominator", "aa", "am", "ab", "ma", "mm", "mb", "ba", "bm", "bb"
            ),
            (RATED, "not_top", "low_rating_matrix"),
        ),
        Relation(of_matrix("result_above_share.numerator", "aa", "am", "ab"), ABOVE),
        Relation(of_matrix("behaviour_above_share.numerator", "aa", "ma", "ba"), ABOVE),
        Relation(of_matrix("result_below_share.numerator", "ba", "bm", "bb"), DETAIL),
        Relation(of_matrix("behaviour_below_share.numerator", "ab", "mb", "bb"), DETAIL),
        Relation(of_matrix("needs_improvement_share.numerator", "ba", "bm"), DETAIL),
        Relation(of_matrix("poor_share.numerator", "ab", "mb"), DETAIL),
        Relation(of_matrix("very_poor_share.numerator", "bb"), DETAIL),
    ),
    "training_to_date": (
        Relation("people.headcount = people.mean_training_hours", ("true",)),
        Relation("no_training_share.numerator = median_training_hours.bin_0", ("true",)),
        Relation(
            "median_training_hours.denominator - "
            + " - ".join(f"median_training_hours.bin_{n}" for n in range(11)),
            ("true",),
        ),
    ),
    "course": (
        Relation(
            "course_completion_share.numerator = hours_per_course.denominator", ("completed",)
        ),
        Relation("hours_per_course.denominator = non_classical_share.denominator", ("completed",)),
    ),
    "survey_wave": (Relation("people.response_rate = response_rate.denominator", ("true",)),),
    "expected_evaluation": (
        Relation("people.appraisal_completeness = appraisal_completeness.denominator", ("true",)),
    ),
}
"""What is declared beside `of_population`."""


def of_population(layout: Layout) -> list[Relation]:
    """The columns that count everyone of a population: they are withheld by the same flag."""
    relations = []
    people = layout.table.people
    for among, column in layout.people.items():
        alike = [
            f"{metric}.{part}"
            for (metric, part), one in layout.column_of.items()
            if part == "denominator" and layout.among_of[one] == among
            if people == "count(*)" or layout.sums[one].startswith(people)
        ]
        own = name_of(layout)[column]
        relations += [Relation(f"{own} = {other}", (among,)) for other in alike]
    return relations


def name_of(layout: Layout) -> dict[str, str]:
    """A readable name of each published column."""
    names = {column: f"{metric}.{part}" for (metric, part), column in layout.column_of.items()}
    for (metric, _), column in reversed(list(layout.column_of.items())):
        names[layout.people[layout.among_of[column]]] = f"people.{metric}"
    return names


def column_named(layout: Layout, name: str) -> str:
    """The column of a name as relations write it."""
    first, second = name.split(".")
    if first != "people":
        return layout.column_of[first, second]
    key = next(key for key in layout.column_of if key[0] == second)
    return layout.people[layout.among_of[layout.column_of[key]]]


def numbers(layout: Layout, rows: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """The published columns and what each row adds to them."""
    sql = {column: layout.sums[column] for column in layout.column_of.values()}
    sql |= {
        column: f"{layout.table.people} FILTER (WHERE ({among}))"
        for among, column in layout.people.items()
    }
    connection = duckdb.connect()
    connection.register("rows", rows)
    listed = ", ".join(f"coalesce({one}, 0)::DOUBLE AS {column}" for column, one in sql.items())
    answer = connection.execute(f'SELECT {listed} FROM rows GROUP BY "row" ORDER BY "row"')
    values = answer.fetchnumpy()
    return list(sql), np.stack([np.asarray(values[column], float) for column in sql], axis=1)


Vector = dict[str, float]


def without_scale(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of unit length, and their lengths."""
    length = np.linalg.norm(matrix, axis=0)
    length = np.where(length > 0, length, 1)
    return matrix / length, length


def undeclared(names: list[str], matrix: np.ndarray, declared: list[Vector]) -> list[Vector]:
    """The linear relations of the columns that do not follow from the declared ones."""
    scaled, length = without_scale(matrix)
    _, sizes, right = np.linalg.svd(scaled, full_matrices=False)
    every = right[sizes < 1e-9 * sizes[0]].T
    at = {name: n for n, name in enumerate(names)}
    rows = np.zeros((len(declared), len(names)))
    for n, terms in enumerate(declared):
        for name, weight in terms.items():
            rows[n, at[name]] += weight * length[at[name]]
    if len(declared):
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        left, sizes, _ = np.linalg.svd(rows.T, full_matrices=False)
        basis = left[:, sizes > 1e-9]
        every = every - basis @ (basis.T @ every)
    left, sizes, _ = np.linalg.svd(every, full_matrices=False)
    return [
        {names[n]: round(float(v), 3) for n, v in enumerate(vector) if abs(v) > 1e-6}
        for vector in left[:, sizes > 1e-6].T
    ]


def declared_of(layout: Layout) -> list[Relation]:
    return [*of_population(layout), *RELATIONS.get(layout.table.name, ())]


@pytest.mark.parametrize("table", TABLES)
def test_every_linear_relation_of_published_columns_is_declared(table):
    layout = layout_of(ROW_TABLES[table])
    columns, matrix = numbers(layout, random_rows(table, 3_000, 5))
    at = {column: n for n, column in enumerate(columns)}
    declared = []
    for relation in declared_of(layout):
        terms: Vector = {}
        for name, weight in relation.terms.items():
            column = column_named(layout, name)
            terms[column] = terms.get(column, 0) + weight
        weights = np.zeros(len(columns))
        for column, weight in terms.items():
            weights[at[column]] = weight
        assert np.allclose(matrix @ weights, 0), f"does not hold: {relation.words}"
        if weights.any():
            declared.append(terms)
    rest = undeclared(columns, matrix, declared)
    names = name_of(layout)
    assert not rest, [{names[c]: weight for c, weight in one.items()} for one in rest]


def guards_above(layout: Layout, name: str) -> set[str]:
    """A guard and all those whose withheld cells it withholds too."""
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one not in found and one in layout.guards:
            found.add(one)
            waiting += layout.guards[one].above
        found.add(one)
    return found


def flags(layout: Layout, column: str) -> set[str]:
    """The guards that withhold a column, each alone."""
    by_flag = {flag: name for name, flag in flags_of(layout).items()}
    return {by_flag[flag] for flag in conditions(layout)[column].split(" OR ")}


@pytest.mark.parametrize("table", TABLES)
def test_no_single_column_of_a_relation_is_withheld(table):
    """Where one column of a relation is withheld, another one is: none follows by itself.

    Of two columns that are equal, what withholds the one may be part of what withholds the other.
    """
    layout = layout_of(ROW_TABLES[table])
    for relation in declared_of(layout):
        assert set(relation.guards) <= set(layout.guards), relation.words
        columns = {column_named(layout, name) for name in relation.terms}
        with_above = {
            column: set().union(*(guards_above(layout, flag) for flag in flags(layout, column)))
            for column in columns
        }
        loose = [
            (column, flag)
            for column in columns
            for flag in flags(layout, column)
            if not any(flag in with_above[other] for other in columns - {column})
        ]
        if len(columns) == 2:  # the same number twice: one is withheld wherever the other is
            loose = loose if len({column for column, _ in loose}) == 2 else []
        assert not loose, (relation.words, loose)


# Linear relations between breakdowns


@dataclass(frozen=True)
class Told:
    """A population whose people are of some categories of a breakdown only.

    There it is everyone of the table's base population, unless that is not `all_of_them`.
    """

    metric: str
    by: str
    categories: tuple[str, ...]
    all_of_them: bool = True


NO_CONTRACT = ("I", "II", "III", "IV", "unknown")
TOLD: Mapping[str, tuple[Told, ...]] = {
    "training_to_date": (
        Told("training_coverage", "status", ("PNS",)),
        Told("training_coverage", "grade_group", NO_CONTRACT, all_of_them=False),
        Told("pppk_training_share", "status", ("PPPK", "PPPK_PARUH_WAKTU")),
        Told("pppk_training_share", "grade_group", ("PPPK",)),
    ),
    "career_year": (
        Told("promotion_share", "status", ("PNS",), all_of_them=False),
        Told("promotion_share", "grade_group", NO_CONTRACT, all_of_them=False),
    ),
    # Each facet is shown with enough respondents: what follows from several has enough too.
    "survey": (Told("change_score", "facet", ("change_commitment", "change_efficacy")),),
}
BASE_METRIC = {"career_year": "recognition_share", "survey": "facet_score"}
WITH_BREAKDOWNS = [
    name
    for name in TABLES
    if ROW_TABLES[name].dimensions and name not in ("expected_evaluation", "distribution_limit")
]


def by_category(layout: Layout, rows: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """How many people each population has, whole and in each category, row by row."""
    columns, matrix = numbers(layout, rows)
    names, parts = [], []
    for among, column in layout.people.items():
        counted = matrix[:, columns.index(column)]
        if layout.table.people != "count(*)":  # a row may count nobody: any weight will do
            counted = matrix[:, columns.index(denominator_of(layout, among))]
        names.append(name_of(layout)[column])
        parts.append(counted)
        for by in layout.table.dimensions:
            if by == "rater":
                continue
            for category in sorted(set(rows[by])):
                names.append(f"{name_of(layout)[column]}|{by}|{category}")
                parts.append(counted * (rows[by] == category).to_numpy())
    return names, np.stack(parts, axis=1)


def denominator_of(layout: Layout, among: str) -> str:
    """The column of the denominator of a population's first metric."""
    return next(
        column
        for (_, part), column in layout.column_of.items()
        if part == "denominator" and layout.among_of[column] == among
    )


def declared_by_category(table: str, names: list[str]) -> list[Vector]:
    """Categories add up; PPPK is a grade group and two statuses; what TOLD says."""
    wholes = [name for name in names if "|" not in name]
    declared: list[Vector] = []
    for whole in wholes:
        inside = [name.split("|") for name in names if name.startswith(f"{whole}|")]
        for by in {by for _, by, _ in inside}:
            parts = {"|".join(one): -1.0 for one in inside if one[1] == by}
            declared.append({whole: 1.0} | parts)
        statuses = [f"{whole}|status|PPPK", f"{whole}|status|PPPK_PARUH_WAKTU"]
        if set(statuses) <= set(names):
            declared.append({f"{whole}|grade_group|PPPK": 1.0} | dict.fromkeys(statuses, -1.0))
    for told in TOLD.get(table, ()):
        part, base = f"people.{told.metric}", f"people.{BASE_METRIC.get(table, wholes[1])}"
        base = base.replace("people.people.", "people.")
        for name in names:
            if name.startswith(f"{part}|{told.by}|"):
                category = name.split("|")[2]
                if category not in told.categories:
                    declared.append({name: 1.0})
                elif told.all_of_them:
                    declared.append({name: 1.0, f"{base}|{told.by}|{category}": -1.0})
    return declared


def same_people(layout: Layout, names: list[str]) -> list[Vector]:
    """Populations that are everyone: headcount is counted beside all others."""
    if layout.table.name != "training_to_date":
        return []
    return [
        {name: 1.0, name.replace("people.headcount", "people.mean_training_hours"): -1.0}
        for name in names
        if name.startswith("people.headcount")
    ]


@pytest.mark.parametrize("table", WITH_BREAKDOWNS)
def test_every_linear_relation_of_populations_and_breakdowns_is_declared(table):
    layout = layout_of(ROW_TABLES[table])
    names, matrix = by_category(layout, random_rows(table, 2_000, 7))
    declared = [*declared_by_category(table, names), *same_people(layout, names)]
    at = {name: n for n, name in enumerate(names)}
    for terms in declared:
        value = sum(weight * matrix[:, at[name]] for name, weight in terms.items())
        assert np.allclose(value, 0), f"does not hold: {terms}"
    rest = undeclared(names, matrix, declared)
    assert not rest, rest[:3]


def test_breakdowns_that_tell_a_population_are_those_that_disclosure_control_knows():
    for table, every in TOLD.items():
        layout = layout_of(ROW_TABLES[table])
        for told in every:
            among = layout.among_of[column_named(layout, f"{told.metric}.denominator")]
            if told.by == "facet" or not told.all_of_them:
                continue
            assert part_told(layout.guards[among]) in TOLD_BY[told.by], told
