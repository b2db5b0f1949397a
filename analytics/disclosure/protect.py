"""Which cells of a table are withheld, guard by guard: the plan that a snapshot is written by.

Guards are settled from the widest population to its smallest part: what a guard withholds, those
within it withhold too. Of each guard the whole figures come first (years before quarters before
months), then the breakdowns.
"""

# pyright: reportIndexIssue=false, reportArgumentType=false, reportGeneralTypeIssues=false
# numpy types `any` along an axis as what may also be one value.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from analytics.cells import Layout
from analytics.disclosure.figures import Figures, Map, on_axis
from analytics.disclosure.groups import Table, withhold_groups
from analytics.disclosure.places import Spans, told_by_spans, withhold_places
from analytics.metrics import over_time_of
from analytics.metrics.guards import (
    BASE,
    FEWEST_FOR_SPREAD,
    PNS,
    PPPK,
    SAME_PEOPLE,
    SENSITIVE_BELOW,
    SPREAD,
    Guard,
)
from analytics.metrics.rows import RowTable

TOLD_BY: Mapping[str, tuple[str, ...]] = {"status": (PNS, PPPK), "grade_group": (PPPK,)}
"""Populations that a breakdown tells by itself: their people cannot be of another category."""

Array = np.ndarray
YEAR, QUARTER, MONTH = range(3)
MONTHS = (12, 3, 1)
OVERLAPPING = ("survey",)
"""Tables in which nearly everyone is in every category of its own dimension: each number is at most
the whole, and nearly as large, so that a whole and the rows of all tell single ones."""

FEWEST_SPANNED = 4
"""A longer period of fewer shorter ones is withheld wherever those are."""

ONE_PATTERN = ("survey", "survey_wave")
"""Tables of few dated waves: the year of two waves tells both, but not which is which."""

MANY_ROWS = ("course", "survey")
"""Tables with any number of rows a person and month; others have one at most."""
ANY_NUMBER = 1000
CONTRACT = ("PPPK", "PPPK_PARUH_WAKTU")
"""The statuses that make up the grade group PPPK, in every table."""


@dataclass(frozen=True)
class Layered:
    """What one guard withholds in a year: `whole` by grain, place; `groups` by breakdown and grain,
    place × category, over governments and above or, for years, over all places."""

    whole: dict[int, Array] = field(default_factory=dict)
    groups: dict[str, dict[int, Array]] = field(default_factory=dict)

    def of(self, by: str, grain: int) -> Array:
        """What is withheld of a breakdown at a grain: all of it where it was not settled."""
        settled = self.groups[by]
        return settled.get(grain, np.ones_like(next(iter(settled.values()))))


@dataclass(frozen=True)
class Plan:
    """One year of a table: what each guard withholds, and which grains of a breakdown there are.

    `withheld` is in an order in which guards come after those above them; `base` is the population
    that all others are withheld with. `grains` maps a breakdown to the grains published for governments and above; `agencies` tells
    whether agencies are published by group.
    """

    figures: Figures
    guards: Mapping[str, Guard]
    base: str
    withheld: Mapping[str, Layered]
    grains: Mapping[str, tuple[int, ...]]
    agencies: bool
    closed: frozenset[str]


def base_of(layout: Layout) -> str:
    """The population that all others of a table are withheld with."""
    return BASE.get(layout.table.name, next(iter(layout.people)))


def plan(
    layouts: Sequence[Layout],
    figures: Sequence[Mapping[int, Figures]],
    places: Map,
    finished: int,
    changed: Sequence[Changed] = (),
) -> dict[str, dict[int, Plan]]:
    """The plan of each year of tables that are about the same people, by row table.

    `finished` is the last year that is over. `changed` has, for each table, what guards withhold
    because of earlier snapshots, by year.
    """
    plans: dict[str, dict[int, Plan]] = {layout.table.name: {} for layout in layouts}
    before = dict(zip(plans, changed, strict=True)) if changed else {}
    for year in sorted({year for of_table in figures for year in of_table}):
        there = [
            (layout, of_table[year])
            for layout, of_table in zip(layouts, figures, strict=True)
            if year in of_table
        ]
        for layout, planned in zip(
            [layout for layout, _ in there],
            _plan_year(there, places, year, finished, before),
            strict=True,
        ):
            plans[layout.table.name][year] = planned
    return plans


def _plan_year(
    there: list[tuple[Layout, Figures]],
    places: Map,
    year: int,
    finished: int,
    before: Mapping[str, Changed],
) -> list[Plan]:
    figures = _same_categories([of_year for _, of_year in there])
    there = [(layout, one) for (layout, _), one in zip(there, figures, strict=True)]
    years = [
        _Year(layout, of_year, places, year, layout.table.personal is False or year <= finished)
        for layout, of_year in there
    ]
    for one in years:
        one.changed = before.get(one.table.name, {}).get(year, {})
    order = _in_order(years)
    for together in order:
        _settle_whole_figures(together)
    for together in order:
        _settle_groups(together)
    for one in years:
        _join_agencies(one)
    return [one.plan() for one in years]


def _with_smallest_group(figures: Figures, layout: Layout) -> Figures:
    """Figures whose whole counts are those of the smallest category, where that is a small one."""
    cells = figures.breakdowns.get(layout.table.own or "")
    if cells is None:
        return figures
    at = figures.columns_at(list(layout.counted))
    upper = on_axis(cells.upper, figures.periods.at(figures.periods.codes), 3)
    lower = on_axis(cells.lower, figures.lower_periods.at(figures.periods.codes), 3)
    counts = np.concatenate([upper[at], lower[at]], axis=1)
    smallest = np.where(counts > 0, counts, np.inf).min(axis=2, initial=np.inf)
    whole = figures.whole.copy()
    few = smallest < layout.table.threshold
    whole[at] = np.where(few, np.minimum(whole[at], smallest), whole[at])
    return replace(figures, whole=whole)


def _join_agencies(one: _Year) -> None:
    """Let agencies withhold the groups of a population and of its parts together.

    More agencies in a safe rectangle leave it safe: each one that is added has nobody or enough in
    every group. With the population withheld too, its parts could have any size.
    """
    linked = [
        name
        for name, guard in one.guards.items()
        if (guard.part_of == one.base or name == one.base)
        and not guard.sensitive
        and not name.startswith(SPREAD)
    ]
    for by in one.figures.breakdowns:
        if by == "rater" or not one.table.personal or not one.agencies:
            continue
        if YEAR not in one.grains.get(by, ()):
            continue
        masks = [one.withheld[name].groups[by][YEAR][one.upper :] for name in linked]
        wholes = [one.withheld[name].whole[YEAR][one.upper :, None] for name in linked]
        joined = np.logical_or.reduce(
            [mask & ~whole for mask, whole in zip(masks, wholes, strict=True)]
        )
        for mask in masks:
            np.logical_or(mask, joined, out=mask)


def _same_categories(figures: list[Figures]) -> list[Figures]:
    """Figures of several tables whose breakdowns have the same categories."""
    every: dict[str, set[str]] = {}
    for one in figures:
        for by, cells in one.breakdowns.items():
            every.setdefault(by, set()).update(cells.categories)
    return [
        replace(
            one,
            breakdowns={by: cells.on(sorted(every[by])) for by, cells in one.breakdowns.items()},
        )
        for one in figures
    ]


def _in_order(years: list[_Year]) -> list[Settled]:
    """Every guard once, after those above it, with those that are about the same people."""
    waiting = [(one, name) for one in years for name in one.guards]
    settled: set[tuple[str, str]] = set()
    order = []
    while waiting:
        together = next(
            found
            for entry in waiting
            if _above(found := [entry, *_same_people(years, *entry)]) <= settled
        )
        order.append(together)
        settled |= {(one.table.name, name) for one, name in together}
        waiting = [entry for entry in waiting if entry not in together]
    return order


def _above(together: Settled) -> set[tuple[str, str]]:
    return {(one.table.name, above) for one, name in together for above in one.above(name)}


def _same_people(years: list[_Year], one: _Year, name: str) -> list[tuple[_Year, str]]:
    by_table = {other.layout.table.name: other for other in years}
    own = (one.layout.table.name, name)
    pairs = [pair for pair in SAME_PEOPLE if own in pair]
    return [
        (by_table[table], guard)
        for pair in pairs
        for table, guard in pair
        if (table, guard) != own and table in by_table and guard in by_table[table].layout.guards
    ]


class _Year:
    """One year of one table while its guards are settled."""

    def __init__(
        self, layout: Layout, figures: Figures, places: Map, year: int, agencies: bool
    ) -> None:
        self.layout = layout
        self.figures = figures
        self.tree = places.tree
        self.agencies = agencies
        self.guards = layout.guards
        self.withheld: dict[str, Layered] = {}
        self.grains: dict[str, tuple[int, ...]] = {}
        self.changed: Mapping[str, list[tuple[str, int, Array]]] = {}
        if layout.table.name in OVERLAPPING:
            figures = _with_smallest_group(figures, layout)
        self.figures = figures
        known = (figures.whole > 0).any(axis=(0, 2))
        # Who serves whom is public: only agencies that do are asked about at all.
        self.possible = known | (places.possible(year) & (layout.table.counts == "people"))
        self.upper = int((places.tree.level < 3).sum())

    @property
    def table(self) -> RowTable:
        return self.layout.table

    @cached_property
    def adds_up(self) -> bool:
        """Whether months add up to longer periods."""
        return over_time_of(self.table.name) == "sum"

    @cached_property
    def base(self) -> str:
        """The population that all others are withheld with."""
        return base_of(self.layout)

    @cached_property
    def every_row(self) -> int:
        """Where every row of the base population is counted."""
        return int(self.figures.columns_at(sorted(self.rows_of[self.base]))[0])

    def told_before(self, name: str, by: str, grain: int) -> list[Array]:
        """What earlier snapshots would tell of a guard."""
        return [mask for of, at, mask in self.changed.get(name, []) if (of, at) == (by, grain)]

    @cached_property
    def rows_of(self) -> Mapping[str, set[str]]:
        """The columns that count every row of each population."""
        found: dict[str, set[str]] = {}
        for (_, part), column in self.layout.column_of.items():
            among, aggregate = self.layout.among_of[column], self.layout.sums[column]
            if part == "denominator" and aggregate.startswith(("count(*)", self.table.people)):
                found.setdefault(among, set()).add(column)
        return found

    def above(self, name: str) -> tuple[str, ...]:
        """The guards of this table whose withheld cells this one withholds too."""
        return tuple(above for above in self.guards[name].above if above in self.guards)

    def threshold(self, name: str) -> int:
        if name.startswith(SPREAD):
            return FEWEST_FOR_SPREAD
        return SENSITIVE_BELOW if self.guards[name].sensitive else self.table.threshold

    def columns(self, name: str) -> Array:
        """Where the groups of a guard are counted."""
        return self.figures.columns_at(self.layout.groups[name])

    def totals(self, name: str) -> Array | None:
        """Where the people are counted that each group of a guard is a part of."""
        guard = self.guards[name]
        if guard.part_of not in self.guards:
            return None
        at = [group.part_of or (guard.part_of, 0) for group in guard.groups]
        return self.figures.columns_at([self.layout.groups[whole][n] for whole, n in at])

    def upper_cells(self, by: str, codes: Array) -> Array:
        """A breakdown's figures of governments and above in periods of these codes."""
        return on_axis(self.figures.breakdowns[by].upper, self.figures.periods.at(codes), 3)

    def lower_cells(self, by: str, codes: Array) -> Array:
        """The same of agencies."""
        return on_axis(self.figures.breakdowns[by].lower, self.figures.lower_periods.at(codes), 3)

    def whole(self, codes: Array) -> Array:
        """Whole figures in periods of these codes."""
        return on_axis(self.figures.whole, self.figures.periods.at(codes), 2)

    def plan(self) -> Plan:
        closed = {by for masks in self.changed.values() for by, _, _ in masks if "," in by}
        return Plan(
            self.figures,
            self.guards,
            self.base,
            self.withheld,
            self.grains,
            self.agencies,
            frozenset(closed),
        )


Changed = Mapping[int, Mapping[str, list[tuple[str, int, Array]]]]
"""Cells that guards withhold because of earlier snapshots, by year and guard: a breakdown ("" for
whole figures), a grain and a mask."""

Settled = list[tuple[_Year, str]]
"""A guard and those of other tables that are about its people, each with the year of its table."""


def _settle_whole_figures(together: Settled) -> None:
    """Years before quarters before months, each with what the one before withholds.

    Where a month of a place would follow from its published quarter, or year, that is withheld too,
    and all is settled once more.
    """
    layered = Layered()
    for one, name in together:
        one.withheld[name] = layered
    grains = _grains(together)
    given = {grain: np.zeros(len(together[0][0].tree), dtype=bool) for grain in grains}
    while True:
        start = np.zeros(len(together[0][0].tree), dtype=bool)
        for grain in grains:
            start = _settle_whole(together, grain, start | given[grain])
            layered.whole[grain] = start
        if not _follows_from_longer(together, grains, given):
            return


def _follows_from_longer(together: Settled, grains: list[int], given: dict[int, Array]) -> bool:
    """Add the longer periods that tell of shorter ones to `given`; whether there are any."""
    one, name = together[0]
    whole = one.withheld[name].whole
    found = False
    for grain in grains if one.adds_up else []:
        longer = [other for other in grains if other < grain]
        if not longer:
            continue
        codes = _codes_of(together, [grain])
        for other in longer:
            # A year tells its fullest month: of few months that is nearly all there is to tell.
            fullest = one.table.counts == "people" and (
                other == QUARTER or len(codes) < FEWEST_SPANNED
            )
            if one.table.name in ONE_PATTERN or fullest:
                more = whole[grain] & one.possible & ~whole[other] & ~given[other]
                more &= _is_sum(together, grain, other)
                given[other] |= more
                found |= bool(more.any())
        threshold = max(other.threshold(guard) for other, guard in together)
        told = told_by_spans(
            one.tree,
            _people_in(together, codes),
            threshold,
            whole[grain],
            _spans(together, codes, grain),
        )
        told &= one.possible
        for other in longer:
            shown = told & ~whole[other] & ~given[other]
            if other == longer[-1] or not (told & ~whole[longer[-1]]).any():
                given[other] |= shown
                found |= bool(shown.any())
    return found


def _settle_groups(together: Settled) -> None:
    layered = together[0][0].withheld[together[0][1]]
    dimensions = dict.fromkeys(by for one, _ in together for by in one.figures.breakdowns)
    for tied in _tied(list(dimensions)):
        having = [(one, name) for one, name in together if tied[0] in one.figures.breakdowns]
        if tied == ("rater",):
            _settle_raters(having, layered)
        else:
            _settle_breakdowns(having, tied, layered)


def _grains(together: Settled) -> list[int]:
    return sorted({int(code) // 100 for one, _ in together for code in one.figures.periods.codes})


def _codes_of(together: Settled, grains: Sequence[int]) -> Array:
    return np.unique(np.concatenate([one.figures.periods.of(grains) for one, _ in together]))


def _tied(dimensions: list[str]) -> list[tuple[str, ...]]:
    """Breakdowns that are settled together: a grade group is two of the statuses."""
    if "status" not in dimensions or "grade_group" not in dimensions:
        return [(by,) for by in dimensions]
    return [("status", "grade_group")] + [
        (by,) for by in dimensions if by not in ("status", "grade_group")
    ]


# Whole figures


def _settle_whole(together: Settled, grain: int, start: Array) -> Array:
    codes = _codes_of(together, [grain])
    numbers = [one.whole(codes) for one, _ in together]
    return _settle_places(together, numbers, start, _above_whole(together, grain, start))


def _spans(together: Settled, codes: Array, grain: int) -> Spans:
    """Which longer periods of a place are published, and how many people it had in each."""
    one, name = together[0]
    layered = one.withheld[name]
    told = ~layered.whole[YEAR] & _is_sum(together, grain, YEAR)
    tie = np.where(told, 0, -1)[:, None] * np.ones(len(codes), dtype=int)
    most = _people_in(together, np.full(len(codes), YEAR * 100 + 1))
    if grain == MONTH and QUARTER in layered.whole:
        quarters = QUARTER * 100 + (codes % 100 - 1) // 3 * 3 + 1
        shown = (~layered.whole[QUARTER] & _is_sum(together, MONTH, QUARTER))[:, None]
        tie = np.where(shown, quarters, tie)
        most = np.where(shown, _people_in(together, quarters), most)
    totals = one.totals(name)
    if totals is not None and len(together) == 1:
        most = np.minimum(most, one.whole(codes)[totals])
    return Spans(tie, most)


def _is_sum(together: Settled, grain: int, longer: int) -> Array:
    """Of which places a longer period counts the rows of the shorter ones in it.

    It need not: a year may have evaluations of its own.
    """
    is_sum = np.ones(len(together[0][0].tree), dtype=bool)
    for one, _ in together:
        if one.table.has_cycles:
            periods = one.figures.periods
            rows = [
                one.whole(periods.of([of]))[one.every_row].sum(axis=1) for of in (grain, longer)
            ]
            is_sum &= rows[0] == rows[1]
    return is_sum


def _people_in(together: Settled, codes: Array) -> Array:
    """The people of a guard in periods of these codes."""
    return np.concatenate([one.whole(codes)[one.columns(name)] for one, name in together])


def _above_whole(together: Settled, grain: int, start: Array) -> Array:
    given = start.copy()
    for one, name in together:
        for above in one.above(name):
            given |= one.withheld[above].whole.get(grain, np.zeros_like(given))
        for mask in one.told_before(name, "", grain):
            given |= mask
    return given


def _settle_places(
    together: Settled,
    numbers: list[Array],
    start: Array,
    given: Array,
) -> Array:
    """What a guard withholds of figures by column, place and period, one array a table."""
    one, name = together[0]
    counts = np.concatenate(
        [
            of_table[other.columns(guard)]
            for (other, guard), of_table in zip(together, numbers, strict=True)
        ]
    )
    room, possible = None, one.possible | (counts > 0).any(axis=(0, 2))
    totals = one.totals(name)
    if totals is not None and len(together) == 1:
        whole = numbers[0][totals]
        room = np.where(whole >= counts, whole - counts, np.inf)
        possible = given | (whole > 0).any(axis=(0, 2)) | (counts > 0).any(axis=(0, 2))
    threshold = max(other.threshold(guard) for other, guard in together)
    return withhold_places(
        one.tree, counts, threshold, (start | given) & possible, possible, room, given
    )


def _settle_raters(together: Settled, layered: Layered) -> None:
    """Evaluations by each other rater are figures of their own; a supervisor's are the whole."""
    ((one, name),) = together
    of_rater = one.figures.breakdowns["rater"]
    codes = _codes_of(together, [YEAR])
    upper, lower = one.upper_cells("rater", codes), one.lower_cells("rater", codes)
    totals = one.totals(name)
    used = np.unique(np.append(one.columns(name), [] if totals is None else totals)).astype(int)
    numbers = np.zeros((len(upper), len(one.tree), *upper.shape[2:]))
    numbers[used] = np.concatenate([upper[used], lower[used]], axis=1)
    nothing = np.zeros(len(one.tree), dtype=bool)
    masks = np.zeros((len(one.tree), len(of_rater.categories)), dtype=bool)
    for n, rater in enumerate(of_rater.categories):
        if rater == "supervisor":
            masks[:, n] = layered.whole[YEAR]
            continue
        given = nothing.copy()
        for above in one.above(name):
            given |= one.withheld[above].of("rater", YEAR)[:, n]
        masks[:, n] = _settle_places(together, [numbers[:, :, n]], nothing, given)
    if one.guards[name].sensitive or name.startswith(SPREAD) or not one.agencies:
        masks[one.upper :] = True
    layered.groups["rater"] = {YEAR: masks}
    one.grains["rater"] = (YEAR,)


# Breakdowns


def _settle_breakdowns(together: Settled, tied: tuple[str, ...], layered: Layered) -> None:
    one, name = together[0]
    settle = _Breakdowns(together, tied, layered)
    grains = _grains(together)
    if not one.table.personal:
        masks = settle.run(grains, settle.nothing(), agencies=True)
        settle.keep(dict.fromkeys(grains, masks))
    else:
        grains = grains if not one.adds_up else [YEAR]
        masks, start = {}, settle.nothing()
        for grain in grains:
            start = settle.run([grain], start, agencies=grain == YEAR)
            masks[grain] = start
        settle.keep(masks)
    if name in (other.base for other, _ in together):
        for by in tied:
            one.grains[by] = tuple(layered.groups[by])


Masks = dict[str, Array]
"""What is withheld of each breakdown, place × category."""


def part_told(guard: Guard) -> str | None:
    """The population of one status, or of one kind of contract, that a guard is about."""
    words = guard.groups[0].where
    return next((part for part in (PPPK, PNS) if words.startswith(part)), None)


class _Breakdowns:
    """Breakdowns of one guard (and of its people in other tables) that are settled together."""

    def __init__(self, together: Settled, tied: tuple[str, ...], layered: Layered) -> None:
        self.together = together
        self.tied = tied
        self.layered = layered
        self.one, self.name = together[0]
        self.upper = self.one.upper
        self.guard = self.one.guards[self.name]
        self.is_base = any(name == one.base for one, name in together)
        self.categories = {by: self.one.figures.breakdowns[by].categories for by in tied}

    def nothing(self) -> Masks:
        """Masks that withhold nothing."""
        size = len(self.one.tree)
        return {by: np.zeros((size, len(self.categories[by])), dtype=bool) for by in self.tied}

    def keep(self, masks: Mapping[int, Masks]) -> None:
        """Keep what was settled, by grain."""
        for by in self.tied:
            self.layered.groups[by] = {grain: mask[by] for grain, mask in masks.items()}

    def run(self, grains: Sequence[int], start: Masks, agencies: bool) -> Masks:
        """What is withheld at these grains together, beginning from `start`."""
        whole = self.layered.whole[max(grains)] & self.one.possible
        given = {
            by: start[by] | whole[:, None] | self._above(by, grains) | self._forced(by, max(grains))
            for by in self.tied
        }
        of_groups = not self.guard.sensitive and not self.name.startswith(SPREAD)
        agencies = agencies and self.one.agencies and of_groups
        while True:
            masks = {
                by: given[by] if self._copies(by) else self._one(by, grains, given[by], agencies)
                for by in self.tied
            }
            if len(self.tied) == 1 or not self._tie_statuses(masks, given, max(grains)):
                break
        for mask in masks.values():
            if not agencies:
                mask[self.upper :] = True
        return masks

    def _above(self, by: str, grains: Sequence[int]) -> Array:
        """What the guards above withhold, in the categories of this one."""
        given = self.nothing()[by]
        for one, name in self.together:
            for above in one.above(name):
                for grain in grains:
                    given |= one.withheld[above].of(by, grain)
            for grain in grains:
                for mask in one.told_before(name, by, grain):
                    given |= mask
        return given

    def _copies(self, by: str) -> bool:
        """Whether the guard is about whole categories of a breakdown: what everyone's withholds."""
        part = part_told(self.guard)
        return bool(self.guard.part_of) and part is not None and part in TOLD_BY.get(by, ())

    def _forced(self, by: str, grain: int) -> Array:
        """Categories of the base population that would tell a part of it which is withheld."""
        forced = self.nothing()[by]
        if not self.is_base or by not in TOLD_BY:
            return forced
        for part, hidden in self._parts(grain).items():
            for n, category in enumerate(self.categories[by]):
                if by == "grade_group":
                    tells = part == PPPK and category == "PPPK"
                else:
                    tells = part == PNS or category != "PNS"
                if tells:
                    forced[:, n] |= hidden
        return forced

    def _parts(self, grain: int) -> dict[str, Array]:
        """Populations of one status or kind of contract, and where their whole is withheld."""
        return {
            part: self.one.withheld[name].whole[grain] & self.one.possible
            for name, guard in self.one.guards.items()
            if guard.part_of and (part := part_told(guard))
        }

    def _tie_statuses(self, masks: Masks, given: Masks, grain: int) -> bool:
        """Withhold the statuses of a grade group and the group alike; whether more is withheld."""
        status, grade = self.categories["status"], self.categories["grade_group"]
        contract = [n for n, name in enumerate(status) if name in CONTRACT]
        group = [n for n, name in enumerate(grade) if name == "PPPK"]
        if self._copies("status") or self._copies("grade_group"):
            return False
        either = masks["status"][:, contract].any(axis=1)
        either |= masks["grade_group"][:, group].any(axis=1)
        before = sum(int(mask.sum()) for mask in given.values())
        given["status"][:, contract] |= either[:, None]
        given["grade_group"][:, group] |= either[:, None]
        untold = self._parts(grain).get(PPPK, np.ones_like(either))
        places = np.flatnonzero(either[: self.upper] & untold[: self.upper])
        for by, those in (("status", contract), ("grade_group", group)):
            people = self._people_of(by)
            for place in places:
                others = self._others(people[:, place], masks[by][place], those)
                given[by][place, others] = True
        return sum(int(mask.sum()) for mask in given.values()) > before

    def _people_of(self, by: str) -> Array:
        """The people of governments and above: group, place, category and period of every grain."""
        codes = _codes_of(self.together, sorted(self.layered.whole))
        upper = [self._numbers(one, by, codes, agencies=False)[0] for one, _ in self.together]
        return np.concatenate(
            [of[one.columns(name)] for of, (one, name) in zip(upper, self.together, strict=True)]
        )

    def _others(self, counts: Array, mask: Array, those: list[int]) -> list[int]:
        """The smallest categories to withhold beside some, so that the sum of those is not told.

        What is withheld beside them must be enough people in every group and period.
        """
        counts = counts.copy()
        counts[:, those] = 0
        enough = np.minimum(counts.sum(axis=1), self.one.threshold(self.name))
        hidden = mask.copy()
        while (counts[:, hidden].sum(axis=1) < enough).any():
            short = counts[:, hidden].sum(axis=1) < enough
            helps = (counts * short[:, None] > 0).any(axis=(0, 2)) & ~hidden
            size = np.where(helps, counts.sum(axis=0).max(axis=1), np.inf)
            hidden[int(np.argmin(size))] = True
        return np.flatnonzero(hidden & ~mask).tolist()

    def _one(self, by: str, grains: Sequence[int], given: Array, agencies: bool) -> Array:
        size = len(self.one.tree) if agencies else self.upper
        tree = self.one.tree.top(size)
        codes = _codes_of(self.together, grains)
        numbers = [self._numbers(one, by, codes, agencies) for one, _ in self.together]
        tie = self._tie(by, max(grains))
        threshold = max(one.threshold(name) for one, name in self.together)
        carried, everyone = self._carried_at(self.name, by), self._everyone(by, max(grains), codes)
        somebody = self.layered.whole[max(grains)] | (self.one.figures.whole > 0).any(axis=(0, 2))
        somebody &= self.one.possible

        def table_of(rows: Array, withheld_above: Array) -> Table:
            below = bool(rows[0] >= self.upper)
            parts = [of_table[int(below)][:, rows - self.upper * below] for of_table in numbers]
            counts = np.concatenate(
                [
                    part[one.columns(name)]
                    for part, (one, name) in zip(parts, self.together, strict=True)
                ]
            )
            return Table(
                counts,
                tie[rows],
                withheld_above,
                withheld_above,
                somebody[rows] | (counts > 0).any(axis=(0, 2, 3)),
                *(
                    (None, None)
                    if carried is None
                    else self._moved(self.name, parts[0], carried, codes)
                ),
                np.minimum(
                    self._room(parts[0], counts),
                    self._below_total(numbers, int(rows[0]), counts, withheld_above),
                ),
                all_or_none=below,
                exchanged=not self.name.startswith(SPREAD),
                everyone=None if everyone is None else everyone(parts[0], rows),
            )

        masks, nobody = given.copy(), self._nobody(numbers)
        masks[:size] = withhold_groups(tree, table_of, threshold, given[:size], nobody)
        return masks

    def _nobody(self, numbers: list[list[Array]]) -> Array:
        """The groups of each place that have nobody, place × category."""
        there = [
            [(part[one.columns(name)] > 0).any(axis=(0, 3)) for part in of_table]
            for of_table, (one, name) in zip(numbers, self.together, strict=True)
        ]
        return ~np.logical_or.reduce([np.concatenate(of_table) for of_table in there])

    def _numbers(self, one: _Year, by: str, codes: Array, agencies: bool) -> list[Array]:
        """Figures of governments and above, and of agencies: column, place, category and period."""
        upper = one.upper_cells(by, codes)
        return [upper, one.lower_cells(by, codes)] if agencies else [upper]

    def _tie(self, by: str, grain: int) -> Array:
        """Which categories of a place add up to something that is known, numbered; −1 for none."""
        tie = np.zeros((len(self.one.tree), len(self.categories[by])), dtype=int)
        if by in TOLD_BY and (self.is_base or part_told(self.guard)):
            parts = self._parts(grain)
            for n, category in enumerate(self.categories[by]):
                if by == "status" and category != "PNS" and PNS in parts:
                    tie[~parts[PNS], n] = 1
                if (
                    PPPK in parts
                    and category in (*CONTRACT,)
                    and (by == "status") | (category == "PPPK")
                ):
                    tie[~parts[PPPK], n] = 2
        tie[self.layered.whole[grain]] = -1
        return tie

    def _carried_at(self, name: str, by: str) -> Array | None:
        """The columns that go where a population's people go."""
        layout, is_base = self.one.layout, name == self.one.base
        if name.startswith(SPREAD) or name not in layout.people:
            return None
        own = layout.people[name]
        inside = [
            column
            for column in layout.carried
            if is_base or layout.among_of[column] == name
            if layout.among_of[column] not in TOLD_BY.get(by, ())
        ]
        people = [column for among, column in layout.people.items() if column != own]
        inside += people if is_base else []
        return self.one.figures.columns_at(list(dict.fromkeys(inside)))

    def _moved(
        self, name: str, numbers: Array, carried: Array, codes: Array
    ) -> tuple[Array, Array]:
        """What people take along of each column, and how much of it one person can have at most.

        Everybody has one row at least: of the population's own rows only what is more counts.
        """
        layout, columns = self.one.layout, self.one.figures.columns
        people = set(layout.people.values())
        months = np.array([MONTHS[code // 100] for code in codes.tolist()])
        if self.one.table.name in MANY_ROWS:
            months = np.full_like(months, ANY_NUMBER)
        elif not self.one.adds_up or self.one.table.counts != "people":
            months = np.ones_like(months)
        each = [np.ones_like(months) if columns[n] in people else months for n in carried.tolist()]
        taken, most = numbers[carried], np.array(each, float).reshape(len(carried), len(codes))
        of_rows = self.one.rows_of.get(name, set())
        own = [n for n, at in enumerate(carried.tolist()) if columns[at] in of_rows]
        everybody = numbers[self.one.figures.columns_at([layout.people[name]])]
        taken[own] = np.maximum(taken[own] - everybody, 0)
        most[own] -= 1
        return taken, most

    def _everyone(
        self, by: str, grain: int, codes: Array
    ) -> Callable[[Array, Array], tuple[Table, Array]] | None:
        """What gives the table of all people in some rows, and what is withheld of it there.

        Where the people of a part are told by another column, only those of the part can move.
        """
        base = self.one.base
        if self.is_base or len(self.together) > 1 or (by in TOLD_BY and self._parts(grain)):
            return None
        carried, withheld = self._carried_at(base, by), self.one.withheld[base].of(by, grain)
        at = self.one.figures.columns_at([self.one.layout.people[base]])
        whole = self.one.withheld[base].whole[grain]

        def table_of(numbers: Array, rows: Array) -> tuple[Table, Array]:
            taken, most = self._moved(base, numbers, carried, codes)
            counts, nothing = numbers[at], np.zeros(withheld.shape[1], dtype=bool)
            tie = np.repeat(np.where(whole[rows], -1, 0)[:, None], withheld.shape[1], axis=1)
            table = Table(counts, tie, nothing, nothing, ~nothing, taken, most)
            return table, withheld[rows]

        return table_of

    def _room(self, numbers: Array, counts: Array) -> Array:
        """How many people of a cell are in no group of the guard, as far as that is known."""
        totals = self.one.totals(self.name)
        if totals is None or len(self.together) > 1:
            return np.full_like(counts, np.inf)
        whole = numbers[totals]
        return np.where(whole >= counts, whole - counts, np.inf)

    def _below_total(
        self, numbers: list[list[Array]], row: int, counts: Array, withheld_above: Array
    ) -> Array:
        """How many people a cell lacks of its total, of which it cannot have more.

        A year's total is that of its fullest month, and may be less than its parts together.
        """
        if row == 0:
            return np.full_like(counts, np.inf)
        total = int(self.one.tree.parent[row])
        most = np.concatenate(
            [
                upper[one.columns(name), total]
                for (upper, *_), (one, name) in zip(numbers, self.together, strict=True)
            ]
        )[:, None]
        if most.shape[3] != counts.shape[3]:
            return np.full_like(counts, np.inf)
        known = ~withheld_above[None, None, :, None]
        return np.where(known, np.maximum(most - counts, 0), np.inf)
