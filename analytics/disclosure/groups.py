"""Suppression of breakdowns: which groups of which places withhold, so that none follows.

A breakdown of places is a table of places × groups. Its rows add up to the whole figure of each
place, its columns to the group of the total above. Cells are withheld as a rectangle: the same
groups in each of some places, so that a small group can exchange its people with another group in
another place while every sum stays as it is. An agency withholds all groups or none.
"""

# pyright: reportIndexIssue=false, reportArgumentType=false, reportGeneralTypeIssues=false, reportReturnType=false
# numpy types `any` along an axis as what may also be one value.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analytics.disclosure.exchange import Exchange, small
from analytics.disclosure.places import Tree

Array = np.ndarray


@dataclass(frozen=True)
class Table:
    """The breakdown of the places beneath one total, or of all by itself.

    `counts` is people by guard group, place, category and period. `carried` are columns that go
    where the people go, by column, place, category and period, and one person can add `at_most` so
    much to each, by column and period. `room` is how many people of a cell are not in the guard's group; None where it is everyone.
    `tie` numbers the sets of categories of each place whose sum a reader knows, −1 where none is.
    `withheld_above` marks the categories that the total withholds, `free` those whose sum over the
    places a reader does not know. `possible` marks places that could have people. Agencies withhold
    all or none of their categories: `all_or_none`. Where counts are `exchanged`, it must also be
    possible for each small cell to be empty. `everyone` is the same of the whole population that the
    guard's groups are of, and what is withheld of it, place × category.
    """

    counts: Array
    tie: Array
    withheld_above: Array
    free: Array
    possible: Array
    carried: Array | None = None
    at_most: Array | None = None
    room: Array | None = None
    all_or_none: bool = False
    exchanged: bool = True
    everyone: tuple[Table, Array] | None = None


def withhold_cells(table: Table, threshold: int, given: Array) -> Array | None:
    """Which cells to withhold, place × category; None where the total's breakdown must go too."""
    primary = small(table.counts, threshold).any(axis=(0, 3)) | given
    columns = primary.any(axis=0) | table.withheld_above
    if not columns.any():
        return np.zeros_like(primary)
    if table.all_or_none:
        columns = np.ones_like(columns)
    rows = _rows_of(table, primary, columns)
    if table.withheld_above.any():
        rows = rows | table.possible
    return _grown(table, threshold, primary, rows, columns)


def _rows_of(table: Table, primary: Array, columns: Array) -> Array:
    """The places with something to withhold in these categories, or with nobody in one of them."""
    if table.all_or_none:
        return primary.any(axis=1)
    nobody = (table.counts == 0).all(axis=(0, 3)) & table.possible[:, None]
    return ((primary | nobody) & columns).any(axis=1)


def _grown(
    table: Table, threshold: int, primary: Array, rows: Array, columns: Array
) -> Array | None:
    """The smallest safe rectangle around these rows and columns, or None."""
    while True:
        unsafe_row = _unsafe_rows(table, threshold, rows, columns)
        if unsafe_row is not None:
            column = _smallest_column(table, columns, *unsafe_row)
            if column is None:
                return None
            columns = columns.copy()
            columns[column] = True
            rows = rows | _rows_of(table, primary, columns)
            continue
        if _is_alone(table, rows, columns):
            row = _smallest_row(table, rows, columns, None)
            if row is None:
                return None
            rows = rows.copy()
            rows[row] = True
            continue
        unsafe_column = _unsafe_column(table, threshold, rows, columns)
        tight = table.exchanged and not _all_exchangeable(table, threshold, rows, columns)
        if unsafe_column is not None or tight:
            row = _smallest_row(table, rows, columns, unsafe_column)
            if row is not None:
                rows = rows.copy()
                rows[row] = True
                continue
            if unsafe_column is None and not columns.all():
                columns = columns.copy()
                columns[_smallest_of(table, ~columns)] = True
                rows = rows | _rows_of(table, primary, columns)
                continue
            return None
        return np.outer(rows, columns)


def _is_alone(table: Table, rows: Array, columns: Array) -> bool:
    """Whether one place alone is withheld beneath a total that tells what it has."""
    if table.all_or_none:
        return False
    people = (table.counts[:, rows][:, :, columns] > 0).any(axis=(0, 2, 3))
    return bool(people.sum() == 1 and not table.free[columns].all())


def _unsafe_rows(
    table: Table, threshold: int, rows: Array, columns: Array
) -> tuple[int, int] | None:
    """A place and a tie of its categories whose withheld part is small, if there is one."""
    for tie in range(table.tie.max(initial=-1) + 1):
        inside = (table.tie == tie) & columns & rows[:, None]
        remainder = np.einsum("kpct,pc->kpt", table.counts, inside.astype(float))
        places = np.flatnonzero(small(remainder, threshold).any(axis=(0, 2)))
        if len(places):
            return int(places[0]), tie
    return None


def _smallest_column(table: Table, columns: Array, place: int, tie: int) -> int | None:
    """The smallest published category of that tie with anybody in that place."""
    there = (table.counts[:, place] > 0).any(axis=(0, 2))
    candidates = ~columns & (table.tie[place] == tie) & there
    return _smallest_of(table, candidates) if candidates.any() else None


def _smallest_of(table: Table, candidates: Array) -> int:
    size = table.counts.sum(axis=(0, 1)).max(axis=1)
    return int(np.argmin(np.where(candidates, size, np.inf)))


def _unsafe_column(table: Table, threshold: int, rows: Array, columns: Array) -> int | None:
    """A withheld category whose withheld people under a published total are few, if any."""
    remainder = table.counts[:, rows].sum(axis=1)
    unsafe = small(remainder, threshold).any(axis=(0, 2)) & columns & ~table.free
    return int(np.argmax(unsafe)) if unsafe.any() else None


def _smallest_row(table: Table, rows: Array, columns: Array, column: int | None) -> int | None:
    """The smallest published place, one with people in the category if that is given."""
    inside = table.counts[:, :, columns]
    candidates = ~rows & (inside > 0).any(axis=(0, 2, 3))
    if column is not None:
        candidates &= (table.counts[:, :, column] > 0).any(axis=(0, 2))
    if not candidates.any():
        return None
    return int(np.argmin(np.where(candidates, inside.sum(axis=(0, 2)).max(axis=1), np.inf)))


def _all_exchangeable(table: Table, threshold: int, rows: Array, columns: Array) -> bool:
    """Whether every small withheld cell could be empty, or large, while all published figures stay.

    Its people would belong to other withheld groups of their place, and as many from those groups in
    other withheld places to theirs; or the other way round. Both keep their ties; the people who
    change places agree in all that is counted.
    """
    for group in range(len(table.counts)):
        for period in range(table.counts.shape[3]):
            cells = _exchange(table, rows, columns, group, period)
            place, category = np.nonzero(small(cells.people, threshold))
            unsafe = ~cells.exchangeable(place, category, threshold)
            if unsafe.any():
                place = np.flatnonzero(rows)[place[unsafe]]
                if not _leave_with_everyone(table, rows, columns, place, category[unsafe], period):
                    return False
    return True


def _exchange(table: Table, rows: Array, columns: Array, group: int, period: int) -> Exchange:
    """The cells of a rectangle of one group and period."""
    cut = np.ix_(rows, columns)
    people = table.counts[group, :, :, period][cut]
    kinds = at_most = None
    if table.carried is not None and table.at_most is not None:
        carried, each = table.carried[(slice(None), *cut)][..., period], table.at_most[:, period]
        at_most = np.concatenate([each, each])
        others = each[:, None, None] * people - carried
        kinds = np.concatenate([carried, np.maximum(others, 0)])
    room = None if table.room is None else table.room[group, :, :, period][cut]
    return Exchange(people, table.tie[cut], table.free[columns], room, kinds, at_most)


def _leave_with_everyone(
    table: Table, rows: Array, columns: Array, place: Array, category: Array, period: int
) -> bool:
    """Whether these cells, in rows of the table and columns of a rectangle, could have nobody at
    all: of places of which the whole population is withheld in every column."""
    if table.everyone is None:
        return False
    everyone, withheld = table.everyone
    inside = rows & withheld[:, columns].all(axis=1)
    if not inside[place].all():
        return False
    cells = _exchange(everyone, inside, columns, 0, period)
    return bool(cells.can_be_empty((np.cumsum(inside) - 1)[place], category).all())


def withhold_groups(
    tree: Tree,
    table_of: Callable[[Array, Array], Table],
    threshold: int,
    given: Array,
    nobody: Array,
) -> Array:
    """Which groups of which places to withhold, place × category.

    `table_of` gives the breakdown of the places in some rows, from what their total withholds.
    Where a total's breakdown cannot be published beside any of its parts', the whole breakdown of
    that total is withheld. `nobody` marks the groups with nobody in them: in a place that withholds
    others they are withheld too, so that "withheld" does not mean somebody.
    """
    given = given.copy()
    settled: Settled = {}
    while True:
        withheld, unsafe = _from_the_top(tree, table_of, threshold, given, settled)
        if unsafe is None:
            return withheld | (nobody & withheld.any(axis=1)[:, None])
        if given[unsafe].all():
            given[:] = True
        given[unsafe] = True


Settled = dict[tuple[int, bytes, bytes], Array | None]
"""What was withheld beneath a total, for what that total withholds and what was given."""


def _from_the_top(
    tree: Tree,
    table_of: Callable[[Array, Array], Table],
    threshold: int,
    given: Array,
    settled: Settled,
) -> tuple[Array, int | None]:
    withheld = np.zeros_like(given)
    top = table_of(np.array([0]), np.zeros(given.shape[1], dtype=bool))
    here = withhold_cells(replace(top, free=np.ones_like(top.free)), threshold, given[:1])
    withheld[:1] = True if here is None else here
    for total, below in tree.sums:
        key = (total, withheld[total].tobytes(), given[below].tobytes())
        if key not in settled:
            table = table_of(below, withheld[total])
            here = withhold_cells(table, threshold, given[below])
            if here is None and withheld[total].all():
                here = np.repeat(table.possible[:, None], given.shape[1], axis=1)
            settled[key] = here
        here = settled[key]
        if here is None:
            return withheld, total
        withheld[below] = here
    return withheld, None
