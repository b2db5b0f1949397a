"""What may leave of each cell, as a table to join with cells: one flag a guard."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import duckdb
import numpy as np
import pyarrow as pa

from analytics.cells import Layout
from analytics.disclosure.figures import COARSE_TO_FINE, Map
from analytics.disclosure.protect import (
    TOLD_BY,
    YEAR,
    Plan,
    part_told,
)
from analytics.metrics.guards import SENSITIVE_BELOW, SPREAD, Guard

Array = np.ndarray

NO_PLACES = (np.zeros(0, dtype=int), np.zeros(0, dtype=int))
KEYS = "level, place, breakdown, category, category_2, grain, year"


def flags_of(layout: Layout) -> dict[str, str]:
    """The flag of each guard: whether a cell withholds what it guards."""
    return {name: f"withheld_{n}" for n, name in enumerate(layout.guards)}


def conditions(layout: Layout) -> dict[str, str]:
    """Each published column and the condition, over flags, that withholds it."""
    flags = flags_of(layout)
    found = {}
    for column in dict.fromkeys(layout.column_of.values()):
        among = layout.among_of[column]
        names = [among, layout.guard_of.get(column)]
        names += [SPREAD + among] if column in layout.spread else []
        found[column] = " OR ".join(flags[name] for name in names if name)
    return found | {column: flags[among] for among, column in layout.people.items()}


def make_release(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    plans: Mapping[int, Plan],
    places: Map,
    finished: int,
    changed_pairs: Collection[tuple[int, str]] = (),
) -> None:
    """Make the table `release`: one row is a cell that may be published, and what it withholds.

    `changed_pairs` are years and crossed breakdowns without sensitive figures. The table has no row
    for a breakdown that is not published at a grain, and a row for every cell that is withheld
    though nobody is in it. Years without a plan have no rows at all.
    """
    flags = flags_of(layout)
    pieces = [
        piece
        for year, plan in plans.items()
        for piece in _pieces(plan, year, places, list(flags), layout)
    ]
    columns = ["level", "place", "breakdown", "category", "grain", "year", *flags.values()]
    pieces = pieces or [_piece(*NO_PLACES, "", "", YEAR, 0, [NO_PLACES[0] > 0] * len(flags))]
    joined = {
        name: np.concatenate([piece[n] for piece in pieces]) for n, name in enumerate(columns)
    }
    connection.register("piece", pa.table(joined))
    any_flag = " OR ".join(flags.values())
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE release AS
        SELECT level::TINYINT AS level, place::INTEGER AS place, breakdown::breakdown AS breakdown,
               category::category AS category, ''::category AS category_2, grain,
               year::SMALLINT AS year, {", ".join(flags.values())}, {any_flag} AS any_withheld
        FROM piece
    """)
    connection.unregister("piece")
    if layout.table.personal:
        _release_pairs(connection, layout, plans, places, finished, changed_pairs)


def _pieces(
    plan: Plan, year: int, places: Map, guards: list[str], layout: Layout
) -> Iterator[tuple[Array, ...]]:
    level, number = places.tree.level, places.tree.number
    for grain in sorted(set((plan.figures.periods.codes // 100).tolist())):
        masks = [plan.withheld[name].whole[grain] for name in guards]
        yield _piece(level, number, "", "", grain, year, masks)
    for by, cells in plan.figures.breakdowns.items():
        for grain in plan.grains[by]:
            size = _size(plan, by, grain, places, layout)
            for n, category in enumerate(cells.categories):
                masks = [plan.withheld[name].of(by, grain)[:size, n] for name in guards]
                yield _piece(level[:size], number[:size], by, category, grain, year, masks)


def _size(plan: Plan, by: str, grain: int, places: Map, layout: Layout) -> int:
    """How many places, from the top, are published by group at a grain."""
    whole = not layout.table.personal or (grain == YEAR and plan.agencies)
    return len(places.tree) if whole else int((places.tree.level < 3).sum())


def _piece(
    level: Array, number: Array, by: str, category: str, grain: int, year: int, masks: list[Array]
) -> tuple[Array, ...]:
    size = len(level)
    words = (np.full(size, word, dtype=object) for word in (by, category, COARSE_TO_FINE[grain]))
    return (level, number, *words, np.full(size, year), *masks)


# A crossed breakdown is published down to the finest level at which no table of it has a small cell
# and its two breakdowns are whole: with parts withheld, what two breakdowns and their crossing have
# in common could be worked out.
SMALL_CROSSINGS = """
SELECT breakdown::VARCHAR AS breakdown, year(period)::INTEGER AS year, level, {small}
FROM cell_{table}
WHERE grain = 'year' AND contains(breakdown::VARCHAR, ',') AND list_contains($years, year(period))
GROUP BY breakdown, year(period), level
"""


def _release_pairs(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    plans: Mapping[int, Plan],
    places: Map,
    finished: int,
    changed_pairs: Collection[tuple[int, str]],
) -> None:
    guards, flags = layout.guards, flags_of(layout)
    small = ", ".join(
        "bool_or("
        + " OR ".join(
            f"{column} BETWEEN 1 AND {_threshold(layout, guard) - 1}"
            for column in layout.groups[name]
        )
        + f") AS {flags[name]}"
        for name, guard in guards.items()
    )
    rows = connection.execute(
        SMALL_CROSSINGS.format(small=small, table=layout.table.name),
        {"years": [year for year in plans if year <= finished]},
    ).fetchall()
    found = {tuple(row[:3]): dict(zip(guards, row[3:], strict=True)) for row in rows}
    base = next(iter(plans.values())).base if plans else ""
    written = []
    for by, year in sorted({(by, year) for by, year, _ in found}):
        sensitive = (year, by) not in changed_pairs
        open_levels = _open_levels(by, year, found, plans[year], places, sensitive)
        for level in range(open_levels[base] + 1):
            withheld = [open_levels[name] < level for name in guards]
            written.append((by, year, level, *withheld))
    if not written:
        return
    names = ["breakdown", "year", "level", *flags.values()]
    connection.register(
        "pair", pa.table(dict(zip(names, map(list, zip(*written, strict=True)), strict=True)))
    )
    listed = ", ".join(f"p.{flag}" for flag in flags.values())
    any_flag = " OR ".join(f"p.{flag}" for flag in flags.values())
    connection.execute(f"""
        INSERT INTO release
        SELECT c.level, c.place, c.breakdown, c.category, c.category_2, 'year', p.year, {listed},
               {any_flag}
        FROM cell_{layout.table.name} c
        JOIN pair p ON p.breakdown = c.breakdown::VARCHAR AND p.level = c.level
         AND p.year = year(c.period)
        WHERE c.grain = 'year'
    """)
    connection.unregister("pair")


def _threshold(layout: Layout, guard: Guard) -> int:
    return SENSITIVE_BELOW if guard.sensitive else layout.table.threshold


def _open_levels(
    by: str,
    year: int,
    found: Mapping[tuple[str, int, int], Mapping[str, bool]],
    plan: Plan,
    places: Map,
    sensitive: bool,
) -> dict[str, int]:
    """The finest level at which each guard is published by two dimensions; −1 for none, and for
    sensitive guards where they may not be."""
    open_levels: dict[str, int] = {}
    for name in plan.withheld:
        finest = -1
        closed = by in plan.closed or (plan.guards[name].sensitive and not sensitive)
        if not name.startswith(SPREAD) and not closed:
            for level in range(3):
                of_level = found.get((by, year, level))
                if (
                    of_level is None
                    or of_level[name]
                    or not _is_whole(plan, name, by, places, level)
                ):
                    break
                if name == plan.base and _tells_a_part(plan, by, places, level):
                    break
                finest = level
        above = [open_levels[one] for one in plan.guards[name].above if one in plan.guards]
        open_levels[name] = min([finest, *above])
    return open_levels


def _tells_a_part(plan: Plan, by: str, places: Map, level: int) -> bool:
    """Whether crossing by status or grade shows a population by group that is withheld by it."""
    inside = places.tree.level == level
    dimensions = by.split(",")
    for one, other in (dimensions, dimensions[::-1]):
        for name, guard in plan.guards.items():
            if guard.part_of and part_told(guard) in TOLD_BY.get(one, ()):
                layered = plan.withheld[name]
                whole = YEAR in layered.whole and layered.whole[YEAR][inside].any()
                if whole or not _is_whole(plan, name, other, places, level):
                    return True
    return False


def _is_whole(plan: Plan, name: str, by: str, places: Map, level: int) -> bool:
    inside = places.tree.level == level
    layered = plan.withheld[name]
    if YEAR in layered.whole and layered.whole[YEAR][inside].any():
        return False
    return all(
        YEAR not in plan.grains.get(one, ()) or not layered.of(one, YEAR)[inside].any()
        for one in by.split(",")
    )
