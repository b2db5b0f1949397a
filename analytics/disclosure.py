"""Disclosure control: which cells may leave, and the audit that proves it.

Cells add up along places and categories. One that stands on too few people, or shows a small
sensitive count, is withheld; then others beside it, until nothing withheld can be worked out from
what is published. All months of a year share one pattern of withheld cells, and so do its quarters;
what a year withholds its quarters do too, and what a quarter withholds its months do: then no sum
over time gives anything away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from scipy.sparse import csr_array, identity
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import SuperLU, splu

from analytics.cells import OWN
from analytics.metrics.rows import RowTable

SENSITIVE_BELOW = 5
"""Sensitive counts from 1 to 4 are withheld."""

COARSE_TO_FINE = ("year", "quarter", "month")

PATTERN_KEYS = "level, place, kind, breakdown, category, category_2, grain, year"


class NotProtected(Exception):
    """The audit found withheld cells that could still be worked out; nothing was published."""


@dataclass(frozen=True)
class Family:
    """One way in which cells add up: the children of sum `e` make up the cell `parents[e]`.

    `child[i]` (a row number) is a part of sum `equation[i]`. Where `gives_way`, a total that would
    give a part away is withheld itself, rather than more parts: figures of an agency kind across
    governments yield to those of agencies.
    """

    name: str
    child: np.ndarray
    equation: np.ndarray
    parents: np.ndarray
    gives_way: bool = False


@dataclass(frozen=True)
class CellSet:
    """Patterns (a cell over the periods of one grain and year) and how they add up.

    `hidden` marks those that are never shown: unknown to a reader, and secret where they are small.
    `dear` marks those that are given up last, for the proof alone: whole figures of large places.
    """

    families: tuple[Family, ...]
    hidden: np.ndarray
    dear: np.ndarray

    def __len__(self) -> int:
        return len(self.hidden)


@dataclass(frozen=True)
class Pairs:
    """Breakdowns by two dimensions, protected table by table: all of a place's table, or none.

    Cell by cell, the many small cells of crossed groups would drag the plain figures beside them
    along. `unit` numbers the table of each cell; `margin[i]` is a plain cell that table
    `margin_unit[i]` adds up to.
    """

    ids: np.ndarray
    unit: np.ndarray
    units: CellSet
    margin_unit: np.ndarray
    margin: np.ndarray


@dataclass(frozen=True)
class Protected:
    """The patterns of a cell table made ready for protection: plain ones, and crossed ones if any.

    `finer[i]` is the pattern of the same cell at the next finer grain, −1 for none; `grain` the
    grain of each pattern.
    """

    ids: np.ndarray
    cells: CellSet
    sums: Sums
    pairs: Pairs | None
    grain: np.ndarray
    coarser: np.ndarray

    @property
    def size(self) -> int:
        return len(self.grain)

    def secret(self, mask: np.ndarray, counts: Sequence[np.ndarray], threshold: int) -> np.ndarray:
        """The mask without patterns that are withheld only because they are never shown."""
        hidden = np.zeros(self.size, dtype=bool)
        hidden[self.ids] = self.cells.hidden
        small = np.logical_or.reduce([(count > 0) & (count < threshold) for count in counts])
        return mask & (small | ~hidden)


def make_patterns(
    connection: duckdb.DuckDBPyConnection, name: str, amounts: Mapping[str, str]
) -> None:
    """Make `pattern` from `cell_<name>`: each amount at its smallest above zero in the year.

    They are numbered by their keys: where two cells would do, the first of them is withheld, and
    the same records must withhold the same cells again, else one snapshot shows what another hides.
    """
    smallest = ", ".join(f"min(nullif({sql}, 0)) AS {column}" for column, sql in amounts.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE pattern AS
        -- One row is a cell over the periods of one grain and year.
        SELECT row_number() OVER (ORDER BY {PATTERN_KEYS})::INTEGER - 1 AS id, * FROM (
          SELECT level, place, kind, breakdown, category, category_2, grain,
                 extract(year FROM period)::SMALLINT AS year, {smallest}
          FROM cell_{name} GROUP BY ALL
        )
    """.replace("GROUP BY ALL", f"GROUP BY {PATTERN_KEYS}")
    )


def protected(
    connection: duckdb.DuckDBPyConnection, table: RowTable, places: pd.DataFrame
) -> Protected:
    """How the patterns in `pattern` add up.

    `places` has one row an agency: agency, region, province (numbers), kind_in_province and
    kind_in_all. A cell whose parent is not among the cells is in no sum of that family.
    """
    everything = _Spine.of(connection)
    crossed = np.array(["," in by for by, _, _ in everything.groups], dtype=bool)[everything.group]
    plain = everything.where(~crossed)
    cells = _cell_set(plain, [*_place_families(plain, places), *_category_families(plain, table)])
    pairs = _pairs(everything.where(crossed), plain, places) if crossed.any() else None
    return Protected(
        plain.ids, cells, Sums.of(cells), pairs, everything.grains(), everything.coarser()
    )


def _cell_set(spine: _Spine, families: list[Family]) -> CellSet:
    hidden = np.array(
        [(level == 3 and place < 0) or kind == OWN for level, place, kind in spine.places]
    )
    large = np.array([level < 2 and not kind for level, _, kind in spine.places])
    whole = np.array([not by for by, _, _ in spine.groups])
    kept = tuple(family for family in families if len(family.child))
    return CellSet(kept, hidden[spine.place], large[spine.place] & whole[spine.group])


def _pairs(spine: _Spine, plain: _Spine, places: pd.DataFrame) -> Pairs:
    names = {name: n for n, name in enumerate(dict.fromkeys(by for by, _, _ in spine.groups))}
    table_of_group = np.array([names[by] for by, _, _ in spine.groups])
    code = (spine.place * len(names) + table_of_group[spine.group]) * len(spine.times) + spine.time
    unit = pd.factorize(code)[0]
    first = np.unique(unit, return_index=True)[1]
    units = _Spine.at(
        spine.ids[first],
        (spine.place[first], table_of_group[spine.group][first], spine.time[first]),
        (spine.places, [(name, "", "") for name in names], spine.times),
    )
    margin_unit, margin = _margins(spine, unit, plain)
    return Pairs(
        spine.ids, unit, _cell_set(units, _place_families(units, places)), margin_unit, margin
    )


def _margins(spine: _Spine, unit: np.ndarray, plain: _Spine) -> tuple[np.ndarray, np.ndarray]:
    """The plain cells beside each crossed cell: its two single breakdowns and the whole."""
    group = {point: n for n, point in enumerate(plain.groups)}
    singles = [
        [
            group.get(point, -1)
            for point in (("", "", ""), (by.split(",")[0], c1, ""), (by.split(",")[-1], c2, ""))
        ]
        for by, c1, c2 in spine.groups
    ]
    beside = np.array(singles, dtype=np.int64)[spine.group]
    rows = [plain.rows(spine.place, beside[:, n], spine.time) for n in range(3)]
    margin = np.concatenate(rows)
    return np.tile(unit, 3)[margin >= 0], margin[margin >= 0]


AXES = {
    "place": "level, place, kind",
    "group": "breakdown, category, category_2",
    "time": "grain, year",
}


@dataclass(frozen=True)
class _Spine:
    """Cells on three axes (place, group, time), and where each combination stands."""

    ids: np.ndarray
    place: np.ndarray
    group: np.ndarray
    time: np.ndarray
    places: list[tuple]
    groups: list[tuple]
    times: list[tuple]
    codes: np.ndarray
    order: np.ndarray

    @classmethod
    def at(
        cls,
        ids: np.ndarray,
        points: Sequence[np.ndarray],
        axes: Sequence[list[tuple]],
    ) -> _Spine:
        place, group, time = points
        codes = (place * len(axes[1]) + group) * len(axes[2]) + time
        order = np.argsort(codes, kind="stable")
        return cls(ids, place, group, time, axes[0], axes[1], axes[2], codes[order], order)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> _Spine:
        axes: dict[str, list[tuple]] = {}
        for axis, columns in AXES.items():
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE axis_{axis} AS SELECT row_number() OVER (ORDER BY"
                f" {columns})::INTEGER - 1 AS {axis}_n, {columns}"
                f" FROM (SELECT DISTINCT {columns} FROM pattern)"
            )
            axes[axis] = connection.execute(
                f"SELECT {columns} FROM axis_{axis} ORDER BY {axis}_n"
            ).fetchall()
        joins = " ".join(f"JOIN axis_{axis} USING ({columns})" for axis, columns in AXES.items())
        found = connection.execute(
            f"SELECT id, place_n, group_n, time_n FROM pattern {joins}"
        ).fetchnumpy()
        by_row = np.argsort(found["id"], kind="stable")
        points = [found[f"{axis}_n"][by_row].astype(np.int64) for axis in AXES]
        return cls.at(np.asarray(found["id"])[by_row], points, list(axes.values()))

    def where(self, kept: np.ndarray) -> _Spine:
        """Some of the cells, on the same axes."""
        points = [points[kept] for points in (self.place, self.group, self.time)]
        return _Spine.at(self.ids[kept], points, (self.places, self.groups, self.times))

    def grains(self) -> np.ndarray:
        """The grain of each pattern, as its place in `COARSE_TO_FINE`."""
        return np.array([COARSE_TO_FINE.index(grain) for grain, _ in self.times])[self.time]

    def coarser(self) -> np.ndarray:
        """Row number of the same cell at the next coarser grain of the year; −1 for none."""
        number = {time: n for n, time in enumerate(self.times)}
        up = {"month": "quarter", "quarter": "year"}
        parent = [number.get((up.get(grain, ""), year), -1) for grain, year in self.times]
        return self.rows(self.place, self.group, np.array(parent, dtype=np.int64)[self.time])

    def rows(self, place: np.ndarray, group: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Row numbers of the cells at these coordinates; −1 where there is none."""
        code = (place * len(self.groups) + group) * len(self.times) + time
        at = np.minimum(np.searchsorted(self.codes, code), len(self.codes) - 1)
        found = (self.codes[at] == code) & (place >= 0) & (group >= 0) & (time >= 0)
        return np.where(found, self.order[at], -1)

    def family(
        self, name: str, axis: str, parent_of: list[int], sum_of: list[int] | None = None, **options
    ) -> Family:
        """Cells whose parent differs on one axis only; `parent_of` maps that axis, −1 for none.

        `sum_of` tells apart several sums that make up the same parent (sexes, age bands).
        """
        axes = {"place": self.place, "group": self.group, "time": self.time}
        at = axes[axis]
        axes[axis] = np.array(parent_of, dtype=np.int64)[at]
        parent = self.rows(**axes)
        child = np.flatnonzero(parent >= 0)
        sums = np.zeros(len(parent), np.int64) if sum_of is None else np.array(sum_of)[at]
        code = parent[child] * (sums.max(initial=0) + 1) + sums[child]
        equation, codes = pd.factorize(code)
        return Family(name, child, equation, codes // (sums.max(initial=0) + 1), **options)


def _place_families(spine: _Spine, places: pd.DataFrame) -> list[Family]:
    number = {key: position for position, key in enumerate(spine.places)}
    agency = places.set_index("agency")
    region_of = agency["region"].to_dict()
    in_province, in_all = agency["kind_in_province"].to_dict(), agency["kind_in_all"].to_dict()
    province_of = dict(zip(places["region"], places["province"], strict=True))
    names = ("agencies", "places", "kinds", "kind in province", "kind in all")
    parents: dict[str, list[int]] = {name: [] for name in names}
    for level, place, kind in spine.places:
        found: dict[str, tuple | None] = dict.fromkeys(parents)
        if level == 3:
            region = -place if place < 0 else region_of[place]
            found["agencies"] = (2, region, "")
            found["kind in province"] = (
                1,
                province_of.get(region, -1),
                in_province.get(place, OWN),
            )
            found["kind in all"] = (0, 0, in_all.get(place, OWN))
        elif kind:
            found["kinds"] = (level, place, "")
        if level == 2:
            found["places"] = (1, province_of.get(place, -1), "")
        elif level == 1 and not kind:
            found["places"] = (0, 0, "")
        for name, key in found.items():
            parents[name].append(number.get(key, -1) if key else -1)
    return [
        spine.family(name, "place", parent, gives_way=name.startswith("kind in"))
        for name, parent in parents.items()
    ]


def _category_families(spine: _Spine, table: RowTable) -> list[Family]:
    whole = next((n for n, point in enumerate(spine.groups) if point == ("", "", "")), -1)
    # Undivided appraisal figures are the supervisor's alone: only that category is part of them.
    parent = [
        whole if by and (by != table.own or table.own_adds_up or category == "supervisor") else -1
        for by, category, _ in spine.groups
    ]
    breakdowns = {by: n for n, by in enumerate(dict.fromkeys(by for by, _, _ in spine.groups))}
    sum_of = [breakdowns[by] for by, _, _ in spine.groups]
    return [spine.family("categories", "group", parent, sum_of)]


def protect(
    cells: CellSet,
    amount: np.ndarray,
    threshold: int,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Which cells to withhold, as a boolean for each.

    `amount` is what must not be small: people, or a sensitive count. Cells from 1 to
    `threshold` − 1 are withheld first (and those of `start`); then the smallest beside them, until
    every sum of published and withheld cells leaves at least two unknown that together reach
    `threshold`. Cells with nothing in them are known and never withheld; hidden ones always are,
    but may be worked out where they are not small.
    """
    exists = amount > 0
    withheld = exists & ((amount < threshold) | cells.hidden)
    if start is not None:
        withheld |= start & exists
    no_secret = cells.hidden & (amount >= threshold)
    only_child = _only_children(cells, exists)
    while True:
        before = int(withheld.sum())
        for family in cells.families:
            _close(family, withheld, exists, amount, threshold, only_child, no_secret)
        if int(withheld.sum()) == before:
            return withheld


def _only_children(cells: CellSet, exists: np.ndarray) -> np.ndarray:
    """Cells that alone make up some total."""
    only = np.zeros(len(exists), dtype=bool)
    for family in cells.families:
        there = exists[family.child]
        number = np.bincount(family.equation[there], minlength=len(family.parents))
        only[family.child[there & (number[family.equation] == 1)]] = True
    return only


def _close(
    family: Family,
    withheld: np.ndarray,
    exists: np.ndarray,
    amount: np.ndarray,
    threshold: int,
    only_child: np.ndarray,
    no_secret: np.ndarray,
) -> None:
    """Withhold more, in place, where one sum gives a withheld cell or a small rest away."""
    size = len(family.parents)
    hidden_child = withheld[family.child]
    of = family.equation[hidden_child]
    unknown = np.bincount(of, minlength=size)
    total_withheld = withheld[family.parents]
    harmless = np.bincount(of, weights=no_secret[family.child[hidden_child]], minlength=size) > 0
    broken = (unknown == 1) & ~total_withheld & ~harmless
    rest = np.bincount(of, weights=amount[family.child[hidden_child]], minlength=size)
    broken |= (unknown > 0) & ~total_withheld & (rest < threshold)
    if family.gives_way:
        withheld[family.parents[broken & exists[family.parents]]] = True
        broken = np.zeros(size, dtype=bool)
    has_child = np.bincount(family.equation[exists[family.child]], minlength=size) > 0
    broken |= (unknown == 0) & total_withheld & has_child & ~no_secret[family.parents]
    if not broken.any():
        return
    added, equations = _smallest_published(family, broken, withheld, amount, only_child)
    withheld[added] = True
    broken[equations] = False  # the rest has no child to add: the total itself must go
    withheld[family.parents[broken & exists[family.parents]]] = True


def _smallest_published(
    family: Family,
    chosen: np.ndarray,
    withheld: np.ndarray,
    amount: np.ndarray,
    only_child: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """For each chosen sum that has one, its smallest published child; and those sums.

    A cell that is a whole total by itself comes last: with it the total would have to go.
    """
    is_open = chosen[family.equation] & ~withheld[family.child] & (amount[family.child] > 0)
    child, equation = family.child[is_open], family.equation[is_open]
    order = np.lexsort((child, amount[child], only_child[child], equation))
    child, equation = child[order], equation[order]
    first = np.ones(len(equation), dtype=bool)
    first[1:] = equation[1:] != equation[:-1]
    return child[first], equation[first]


@dataclass(frozen=True)
class Sums:
    """Every sum as a row over all cells: 1 for its parts, −1 for its total."""

    matrix: csr_array

    @classmethod
    def of(cls, cells: CellSet) -> Sums:
        rows, columns, signs, offset = [], [], [], 0
        for family in cells.families:
            size = len(family.parents)
            rows += [family.equation + offset, np.arange(size) + offset]
            columns += [family.child, family.parents]
            signs += [np.ones(len(family.child)), -np.ones(size)]
            offset += size
        if not rows:
            return cls(csr_array((0, len(cells))))
        where = (np.concatenate(rows), np.concatenate(columns))
        return cls(csr_array((np.concatenate(signs), where), shape=(offset, len(cells))))


def determined(sums: Sums, withheld: np.ndarray) -> np.ndarray:
    """Row numbers of withheld cells that the published sums fix exactly.

    A cell is fixed when no change of the withheld cells leaves every published number as it is: it
    is zero in a random one of those changes. One cell in a hundred thousand comes out near zero by
    chance, so a second change must agree. All unknown cells are above zero, so a cell that can move
    at all has bounds apart under linear programming too (tests compare the two).
    """
    unknown = np.flatnonzero(withheld)
    matrix: Any = sums.matrix[:, unknown]
    matrix = matrix[np.diff(matrix.indptr) > 0]
    if not matrix.shape[0]:
        return unknown[:0]
    changes = _Changes.of(matrix)
    still = [np.abs(changes.draw(np.random.default_rng(seed))) < 1e-5 for seed in range(2)]
    return unknown[still[0] & still[1]]


RIDGE = 1e-9


@dataclass(frozen=True)
class _Changes:
    """The changes of the columns of `matrix` (entries 1 and −1) that leave each of its rows as it is.

    Nearly every column stands in two rows: it is an edge between them, and one in a single row an
    edge to the outside. In a forest of such edges each row but the root of a tree is made up by the
    edge to its parent, whatever the other columns are. So those may be anything that agrees with
    `rest`: one equation a tree without an edge to the outside, its rows added up with the signs by
    which the edges of the tree cancel. Seven times as fast as one factorisation of all rows.
    """

    matrix: Any
    rows: np.ndarray
    edges: np.ndarray
    tree: SuperLU
    rest: Any
    tied: SuperLU | None

    @classmethod
    def of(cls, matrix: Any) -> _Changes:
        columns = matrix.tocsc()
        rows, edges, roots, component = _forest(columns)
        upper = columns[:, edges].tocsr()
        tree = splu(upper[rows].tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.0)
        sign = np.ones(matrix.shape[0])
        sign[rows] = -tree.solve(np.asarray(upper[roots].sum(axis=0)).ravel(), trans="T")
        number = np.full(component.max() + 1, -1)
        number[component[roots]] = np.arange(len(roots))
        tied = np.flatnonzero(number[component] >= 0)
        where = (number[component[tied]], tied)
        rest: Any = csr_array((sign[tied], where), shape=(len(roots), len(sign))) @ matrix
        rest.eliminate_zeros()
        rest = rest[np.diff(rest.indptr) > 0]
        if not rest.shape[0]:
            return cls(matrix, rows, edges, tree, rest, None)
        # Equations can repeat each other; the small ridge lets them be factorised, and three
        # projections take its trace out again.
        gram: Any = rest @ rest.T + RIDGE * identity(rest.shape[0])
        options = {"SymmetricMode": True}
        solved = splu(
            gram.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options
        )
        return cls(matrix, rows, edges, tree, rest, solved)

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """A random change: one number a column."""
        moves = random.normal(size=self.matrix.shape[1])
        moves[self.edges] = 0
        if self.tied is not None:
            for _ in range(3):
                moves -= self.rest.T @ self.tied.solve(self.rest @ moves)
        moves[self.edges] = -self.tree.solve((self.matrix @ moves)[self.rows])
        return moves


def _forest(columns: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A forest over the rows of a matrix, from each root outwards.

    Returns rows that are no roots, the column that is the edge of each to its parent, the roots of
    trees without an edge to the outside, and the number of each row's tree.
    """
    outside = columns.shape[0]
    entries = np.diff(columns.indptr)
    edge = np.flatnonzero((entries == 1) | (entries == 2))
    last = columns.indptr[edge + 1] - 1
    one = columns.indices[columns.indptr[edge]].astype(np.int64)
    other = np.where(entries[edge] == 2, columns.indices[last], outside).astype(np.int64)
    key = np.minimum(one, other) * (outside + 1) + np.maximum(one, other)
    key, first = np.unique(key, return_index=True)
    edge, one, other = edge[first], one[first], other[first]
    shape = (outside + 1, outside + 1)
    _, tree = connected_components(csr_array((np.ones(len(one)), (one, other)), shape), False)
    roots = np.unique(tree, return_index=True)[1]
    roots = roots[roots != roots[tree[outside]]]
    one, other = np.append(one, roots), np.append(other, np.full(len(roots), outside))
    joined = csr_array((np.ones(len(one)), (one, other)), shape)
    order, before = breadth_first_order(joined, outside, directed=False)
    row = order[1:].astype(np.int64)
    parent = before[row].astype(np.int64)
    own = np.minimum(row, parent) * (outside + 1) + np.maximum(row, parent)
    at = np.minimum(np.searchsorted(key, own), max(len(key) - 1, 0))
    real = key[at] == own if len(key) else np.zeros(len(row), dtype=bool)
    return row[real], edge[at[real]], row[~real], tree[:outside]


def _beside(
    cells: CellSet, fixed: np.ndarray, withheld: np.ndarray, amount: np.ndarray, hops: int
) -> np.ndarray:
    """In every sum around a fixed cell, its smallest published parts (else its total).

    Sums are around it that hold the cell, or a withheld cell that shares a sum with it, and so on
    for a number of hops; each adds a part. Totals are worth more than parts: they come later.
    """
    near = np.zeros(len(withheld), dtype=bool)
    near[fixed] = True
    for _ in range(hops):
        further = near.copy()
        for family in cells.families:
            touched = _sums_with(family, near)
            further[family.child[touched[family.equation]]] = True
            further[family.parents[touched]] = True
        near = further & withheld
    found = []
    for family in cells.families:
        touched = _sums_with(family, near)
        is_open = touched[family.equation] & ~withheld[family.child] & (amount[family.child] > 0)
        child, equation = family.child[is_open], family.equation[is_open]
        order = np.lexsort((child, amount[child], equation))
        child, equation = child[order], equation[order]
        rank = np.arange(len(equation)) - np.searchsorted(equation, equation)
        found.append(child[rank < 2 + hops])
        touched[equation] = False
        totals = touched & (amount[family.parents] > 0)
        if hops < LAST_RESORT:
            totals &= ~cells.dear[family.parents]
        if hops >= 2:
            found.append(family.parents[totals])
    return np.concatenate(found)


def _sums_with(family: Family, cells: np.ndarray) -> np.ndarray:
    """Which sums of a family hold one of the cells, as a part or as the total."""
    found = cells[family.parents]
    found[family.equation[cells[family.child]]] = True
    return found


ROUNDS = 8
LAST_RESORT = 5  # the round from which dear totals are given up too


def protect_and_prove(
    cells: CellSet,
    sums: Sums,
    counts: Sequence[np.ndarray],
    threshold: int,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """`protect` for each count, then withhold beside what the audit finds fixed, until nothing is.

    A cell that one count withholds is withheld for all of them. Each round looks one step further
    around the small (or given) cells that are fixed. Others that are fixed tell nothing that the
    published cells do not: they are published too. Raises NotProtected where eight rounds are not
    enough.
    """
    amount = np.sum(counts, axis=0)
    must = np.logical_or.reduce([(count > 0) & (count < threshold) for count in counts])
    if start is not None:
        must |= start & (amount > 0)
    withheld = _protect_each(cells, counts, threshold, must)
    for turn in range(ROUNDS + 1):
        fixed = determined(sums, withheld)
        small = fixed[must[fixed]]
        if not len(small):
            withheld[fixed] = False
            return withheld | (cells.hidden & (amount > 0))
        if turn == ROUNDS:
            raise NotProtected(f"{len(small)} withheld cells could still be worked out.")
        more = withheld.copy()
        more[_beside(cells, small, withheld, amount, turn)] = True
        withheld = _protect_each(cells, counts, threshold, more)
    raise AssertionError("the last round either returns or raises")


def _protect_each(
    cells: CellSet, counts: Sequence[np.ndarray], threshold: int, withheld: np.ndarray
) -> np.ndarray:
    while True:
        before = int(withheld.sum())
        for count in counts:
            withheld = withheld | protect(cells, count, threshold, withheld)
        if len(counts) == 1 or int(withheld.sum()) == before:
            return withheld


def masks(
    table: Protected,
    people: Mapping[str, np.ndarray],
    guards: Mapping[str, Sequence[np.ndarray]],
    people_of_guard: Mapping[str, str],
    threshold: int,
) -> dict[str, np.ndarray]:
    """Which patterns to withhold, for each people column and each guard, by pattern id.

    A guard starts from what its people column withholds, and from the guard it details; where it
    names several counts, all are withheld as soon as one must be.
    """
    found: dict[str, np.ndarray] = {}
    nothing = np.zeros(table.size, dtype=bool)
    for name, amount in people.items():
        same = next((n for n in found if np.array_equal(people[n], amount)), None)
        found[name] = found[same] if same else _mask(table, [amount], threshold, nothing)
    for guard, counts in guards.items():
        among = people_of_guard[guard]
        start = table.secret(found[among], [people[among]], threshold)
        if guard in DETAIL_OF:
            whole = DETAIL_OF[guard]
            start = start | table.secret(found[whole], guards[whole], SENSITIVE_BELOW)
        found[guard] = _mask(table, counts, SENSITIVE_BELOW, start)
    return found


DETAIL_OF = {
    "low_rating_detail": "low_rating",
    "low_rating_matrix": "low_rating_detail",
    "objection_upheld": "objection",
    "low_rating_coached": "low_rating",
}


def _mask(
    table: Protected, counts: Sequence[np.ndarray], threshold: int, start: np.ndarray
) -> np.ndarray:
    """Grain by grain from years to months, each starting from what the one before withholds."""
    mask = start.copy()
    for grain in range(len(COARSE_TO_FINE)):
        here = table.grain == grain
        inherited = np.zeros(table.size, dtype=bool)
        known = here & (table.coarser >= 0)
        inherited[known] = table.secret(mask, counts, threshold)[table.coarser[known]]
        at_grain = [np.where(here, count, 0) for count in counts]
        mask[here] |= _mask_of_grain(table, at_grain, threshold, (mask | inherited) & here)[here]
    return mask


def _mask_of_grain(
    table: Protected, counts: Sequence[np.ndarray], threshold: int, start: np.ndarray
) -> np.ndarray:
    plain = [count[table.ids] for count in counts]
    withheld = protect_and_prove(table.cells, table.sums, plain, threshold, start[table.ids])
    mask = np.zeros(table.size, dtype=bool)
    mask[table.ids] = withheld
    if table.pairs:
        beside = withheld | start[table.ids]
        mask[table.pairs.ids] = _pair_mask(table.pairs, counts, threshold, beside, start)
    return mask


def _pair_mask(
    pairs: Pairs,
    counts: Sequence[np.ndarray],
    threshold: int,
    plain: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    size = len(pairs.units)
    small = np.zeros(size, dtype=bool)
    amount = np.zeros(size)
    for count in counts:
        crossed = count[pairs.ids]
        small[pairs.unit[(crossed > 0) & (crossed < threshold)]] = True
        amount += np.bincount(pairs.unit, weights=crossed, minlength=size)
    small[pairs.margin_unit[plain[pairs.margin]]] = True
    small[pairs.unit[start[pairs.ids]]] = True
    return protect(pairs.units, amount, 0, small)[pairs.unit]
