"""A table on its way to a dirty file, and what its import must make of it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Container as Held
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from analytics.intake.derived import Derived
from analytics.schema import Column, Table
from tests.intake.books import Formula
from tests.intake.dirty.clean import Export

Cell = str | int | float | dt.date | None


def is_empty(cell: Cell) -> bool:
    """Whether nothing stands in a cell; a formula does, though it may have no value."""
    return cell in ("", None) and not isinstance(cell, Formula)


Expected = Literal["recovered", "rejected", "asked", "refused"]
"""Recovered: the store is as after the clean file. Rejected: but for rows that are told. Asked: a
question, or all rows that cannot be read told; recovered once a person has answered. Refused: a
finding about the file, and nothing loaded.
"""


@dataclass(frozen=True)
class Row:
    """A row of the file. `of` is the number of the clean row that it says, None where it says none.

    `fault` is the code of the finding by which it must be kept out, `warned` of one that it must
    have beside being loaded. `short` is how many cells a text file lacks in it, or, negative, has too
    many. `needed` are rows that others refer to, so that none of them may be kept out.
    """

    cells: tuple[Cell, ...]
    of: int | None = None
    fault: str = ""
    warned: str = ""
    kind: Literal["data", "aside", "headings"] = "data"
    short: int = 0
    needed: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing is wrong with it so far, so that it may be spoilt."""
        if self.kind != "data" or self.of is None or self.needed:
            return False
        return not (self.fault or self.warned or self.short)


@dataclass(frozen=True)
class Heading:
    """A heading and the column that it stands for, empty where it stands for none.

    `over` is what stands above it in a file with two rows of headings. `asked` says that no import
    can know it.
    """

    text: str
    column: str = ""
    over: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Told:
    """What a person says who knows the file: how values are written, answers to questions by what
    they are about, the agencies that names are of, and columns that others tell.
    """

    reading: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, Derived] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.reading or self.answers or self.agencies or self.derived)


@dataclass(frozen=True)
class Container:
    """How the file is written. `kind` is text, a maker of workbooks, or parquet."""

    kind: str = "text"
    encoding: str = "utf-8"
    delimiter: str = ","
    ends: str = "\n"
    wrapped: bool = False
    trailing: int = 0
    suffix: str = ""
    zipped: bool = False


@dataclass(frozen=True)
class Before:
    """A row that was loaded before the file: which clean row, with which values changed, when."""

    of: int
    changes: Mapping[str, str]
    days: int
    """Days after the file's own extract, negative before it."""


@dataclass(frozen=True)
class Form:
    """A table as its file will have it."""

    export: Export
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    above: tuple[tuple[Cell, ...], ...] = ()
    beneath: tuple[tuple[Cell, ...], ...] = ()
    below: tuple[tuple[Cell, ...], ...] = ()
    left: int = 0
    merged: tuple[tuple[int, int, int], ...] = ()
    """Cells merged downwards: column, first row and last row among `rows`."""
    sheets: tuple[tuple[str, tuple[tuple[Cell, ...], ...]], ...] = ()
    sheet: str = "Sheet1"
    name: str = ""
    """What the file is called, without its ending; by the name of its table it is known."""
    container: Container = Container()
    told: Told = Told()
    asks: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    before: tuple[Before, ...] = ()
    unsaid: str = ""
    """Why nothing in the file can show that a person must say something, where so."""
    secrets: tuple[str, ...] = ()
    """Texts that must be nowhere after the import."""

    @property
    def table(self) -> Table:
        return self.export.table

    def at(self, column: str) -> int:
        """The position of a column. Raises KeyError where the form no longer has it."""
        for position, heading in enumerate(self.headings):
            if heading.column == column:
                return position
        raise KeyError(column)

    def has(self, column: str) -> bool:
        return any(heading.column == column for heading in self.headings)

    def tell(self, **told: Mapping) -> Form:
        """The same with more that a person says."""
        parts = {name: {**getattr(self.told, name), **more} for name, more in told.items()}
        return replace(self, told=replace(self.told, **parts))

    def contain(self, **changes: Any) -> Form:
        """The same in another container."""
        return replace(self, container=replace(self.container, **changes))

    def insert(self, *headings: Heading, fill: Callable[[Row], tuple[Cell, ...]], at: int) -> Form:
        """The same with more columns before position `at`, filled for every data row."""
        rows = []
        for row in self.rows:
            more = fill(row) if row.kind == "data" else (None,) * len(headings)
            rows.append(replace(row, cells=(*row.cells[:at], *more, *row.cells[at:])))
        heads = (*self.headings[:at], *headings, *self.headings[at:])
        return replace(self, headings=heads, rows=tuple(rows))

    def without(self, column: str) -> Form:
        """The same without a column."""
        at = self.at(column)
        rows = tuple(replace(r, cells=(*r.cells[:at], *r.cells[at + 1 :])) for r in self.rows)
        return replace(self, headings=(*self.headings[:at], *self.headings[at + 1 :]), rows=rows)

    def each(self, columns: Iterable[str], change: Callable[[str], Cell]) -> Form:
        """The same with the filled cells of columns changed."""
        at = {self.at(column) for column in columns if self.has(column)}
        rows = tuple(
            replace(
                row,
                cells=tuple(
                    change(cell) if n in at and isinstance(cell, str) and cell else cell
                    for n, cell in enumerate(row.cells)
                ),
            )
            if row.kind == "data"
            else row
            for row in self.rows
        )
        return replace(self, rows=rows)

    def spoilt(self, number: int, fault: str, **cells: Cell) -> Form:
        """The same with a row whose cells are wrong."""
        row = self.rows[number]
        said = list(row.cells)
        for column, cell in cells.items():
            said[self.at(column)] = cell
        return self.put(number, replace(row, cells=tuple(said), fault=fault))

    def put(self, number: int, row: Row) -> Form:
        return replace(self, rows=(*self.rows[:number], row, *self.rows[number + 1 :]))

    def add(self, number: int, *rows: Row) -> Form:
        """The same with rows before the one of that number."""
        return replace(self, rows=(*self.rows[:number], *rows, *self.rows[number:]))

    def plain(self, random: Random, *filled: str) -> int:
        """The number of a row that nothing is wrong with and that has the columns filled.

        Raises LookupError where none is left.
        """
        at = [self.at(column) for column in filled]
        found = [
            number
            for number, row in enumerate(self.rows)
            if row.plain and all(row.cells[n] not in (None, "") for n in at)
        ]
        if not found:
            raise LookupError(f"no row of {self.table.name} has {', '.join(filled)}")
        return random.choice(found)

    def says(self, row: Row, column: str) -> str:
        """What the clean row says of which a row is; empty for one of no clean row."""
        names = [one.name for one in self.table.columns]
        return "" if row.of is None else self.export.texts[row.of][names.index(column)]


def form_of(export: Export) -> Form:
    """The clean file of an export."""
    headings = tuple(Heading(column.name, column.name) for column in export.table.columns)
    refers = export.table.name in ("agency", "region")  # their last column is of their own kind
    needed = {texts[-1] for texts in export.texts} if refers else set()
    rows = tuple(
        Row(texts, number, needed=texts[0] in needed) for number, texts in enumerate(export.texts)
    )
    return Form(export, headings, rows, name=export.table.name)


Applies = Callable[[Export], bool]
Spoil = Callable[[Form, Random], Form]


@dataclass(frozen=True)
class Defect:
    """Something that is wrong with files of offices.

    `source` says where it is seen: domain.md §5, contract.md or a folder of ../shared/data.
    `touches` names what it changes in a table: two defects that change one thing do not go
    together. Defects are put in by `stage`: rows, values, spaces around them, headings, layout,
    container.
    """

    name: str
    source: str
    expect: Expected
    spoil: Spoil
    touches: Callable[[Table], frozenset[str]]
    applies: Applies
    stage: int


DEFECTS: list[Defect] = []

ROWS, VALUES, PADDING, HEADINGS, LAYOUT, CONTAINER = range(6)


def everywhere(export: Export) -> bool:
    return True


def defect(
    name: str,
    source: str,
    expect: Expected,
    *touches: str | Callable[[Table], str],
    stage: int,
    of: Callable[[Column], bool] | None = None,
    applies: Applies = everywhere,
) -> Callable[[Spoil], Spoil]:
    """Register a defect. `touches` are names of what it changes, or tell one for a table. `of` says
    which columns' values it changes: a table without is left out.
    """

    def columns(table: Table) -> list[str]:
        return [column.name for column in table.columns if of is not None and of(column)]

    def touched(table: Table) -> frozenset[str]:
        named = (one if isinstance(one, str) else one(table) for one in touches)
        return frozenset((*named, *columns(table)))

    def register(spoil: Spoil) -> Spoil:
        DEFECTS.append(
            Defect(
                name,
                source,
                expect,
                spoil,
                touched,
                lambda export: applies(export) and (of is None or bool(columns(export.table))),
                stage,
            )
        )
        return spoil

    return register


EVERY_ROW = "every row"
"""Touched by what can make any row be kept out, and so does not go with what spoils single rows."""


def go_together(table: Table, defects: Iterable[Defect]) -> bool:
    """Whether no two of the defects change the same thing in a table."""
    seen: set[str] = set()
    defects = list(defects)
    spoils_rows = any(one.stage == ROWS for one in defects)
    for one in defects:
        touched = one.touches(table)
        if seen & touched or (spoils_rows and EVERY_ROW in touched):
            return False
        seen |= touched
    return True


def dirty(export: Export, defects: Iterable[Defect], random: Random) -> Form:
    """The form of an export with defects put in."""
    form = form_of(export)
    for one in sorted(defects, key=lambda one: (one.stage, one.name)):
        form = one.spoil(form, random)
    typed = any(not isinstance(cell, str | None) for row in form.rows for cell in row.cells)
    return form.contain(kind="xlsx") if typed and form.container.kind == "text" else form


HARDEST: list[Expected] = ["refused", "asked", "rejected", "recovered"]


@dataclass(frozen=True)
class Case:
    """A table and the defects that its file is to have."""

    table: str
    defects: tuple[Defect, ...]

    def __str__(self) -> str:
        return f"{self.table}: {' + '.join(one.name for one in self.defects)}"

    @property
    def expect(self) -> Expected:
        """What must become of it: the hardest of what its defects come to."""
        return min((one.expect for one in self.defects), key=HARDEST.index)


Exports = Mapping[str, Export]


def alone(exports: Exports, defects: Iterable[Defect]) -> list[Case]:
    """Every defect by itself in every table that can have it."""
    return [Case(name, (one,)) for one in defects for name in exports if one.applies(exports[name])]


def pairs(exports: Exports, defects: Iterable[Defect]) -> list[Case]:
    """Every two defects that go together, in one table that can have both, the tables in turn."""
    found, turn = [], 0
    for one, other in itertools.combinations(defects, 2):
        both = tables_of(exports, (one, other))
        if both:
            found.append(Case(both[turn % len(both)], (one, other)))
            turn += 1
    return found


def tables_of(exports: Exports, defects: Sequence[Defect]) -> list[str]:
    """The tables that can have all of the defects at once."""
    return [
        name
        for name, export in exports.items()
        if all(one.applies(export) for one in defects) and go_together(export.table, defects)
    ]


def covering(exports: Exports, defects: Iterable[Defect]) -> list[Case]:
    """Files of up to six defects, so few that every pair is in one of them.

    Each begins with a pair that no file has had and is filled up with the defects that bring most
    of such pairs.
    """
    left = {frozenset(case.defects): case for case in pairs(exports, defects)}
    found = []
    while left:
        first = next(iter(left.values()))
        found.append(_filled(first, exports[first.table], list(defects), left))
        for pair in itertools.combinations(found[-1].defects, 2):
            left.pop(frozenset(pair), None)
    return found


MOST = 6


def _filled(case: Case, export: Export, defects: list[Defect], left: Held) -> Case:
    """The case with more defects, each of which brings a pair that is left to be tried."""
    chosen = list(case.defects)
    fit = [one for one in defects if one.applies(export) and one not in chosen]
    while fit and len(chosen) < MOST:
        fit = [one for one in fit if go_together(export.table, (*chosen, one))]
        gains = [sum(frozenset((one, other)) in left for other in chosen) for one in fit]
        if not gains or not max(gains):
            break
        chosen.append(fit.pop(gains.index(max(gains))))
    return Case(case.table, tuple(chosen))
