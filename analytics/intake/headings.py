"""Which table a file is, and which of its columns is which."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from analytics.intake.derived import Derived
from analytics.intake.findings import Finding
from analytics.intake.suggestions import Choice, similar, words
from analytics.intake.values import CANONICAL, Reading
from analytics.schema import BY_NAME, TABLES, Kind, Table
from analytics.text.phrase import Phrase

SYNONYMS = Path(__file__).resolve().parents[2] / "data" / "synonyms.toml"

KEPT = 1 << 15
"""Headings whose reading is remembered: a sheet has at most half as many, each asked of every table."""
SUGGESTED = 100
"""So many unknown headings of a sheet get columns suggested; one with more is another table."""

OWN_COLUMNS = frozenset({"line", "what_is_wrong", "batch_id"})
"""Columns that a rejects file carries, so that a mended one can be imported as it is."""


@dataclass(frozen=True)
class Match:
    """A table and, for each of its columns that the file has, the position of the column.

    `constants` are texts that hold for all rows, by column; `derived` are columns that are worked
    out from others. `values` says how the file writes its values. `unknown` are headings that
    nothing is known of, with the columns they are like, `doubled` those of two columns, `missing`
    required columns that the file lacks; `findings` tell of all three. `agencies` are names that a
    person has told the agency of. `warnings` are what is odd about the file, and keeps nothing out.
    """

    table: Table
    positions: dict[str, int]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    values: Reading = CANONICAL
    unknown: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    doubled: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
    agencies: Mapping[str, str] = field(default_factory=dict)

    @property
    def filled(self) -> frozenset[str]:
        """Columns that the file gives, as they stand or in another way."""
        derived = (of.column for of in self.derived)
        return frozenset((*self.positions, *self.constants, *derived))


def canonical(heading: str) -> str:
    """A heading as the contract would write it: lower case, underscores for spaces."""
    return "_".join(heading.strip().lower().split())


@lru_cache(maxsize=KEPT)
def fold(heading: str) -> str:
    """A heading by its letters and digits alone, by which two spellings of one are told equal."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(character for character in plain if character.isalnum())


@cache
def shipped() -> dict:
    """What `data/synonyms.toml` says."""
    return tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))


def synonyms(table: Table) -> dict[str, tuple[str, ...]]:
    """For each column of a table the headings that stand for it, in order of preference."""
    common, own = shipped()["common"], shipped().get(table.name, {})
    return {c.name: tuple(own.get(c.name, common.get(c.name, ()))) for c in table.columns}


def template_heading(table: Table, column: str) -> str:
    """What a template in Bahasa Indonesia calls a column: one of the headings that stand for it.

    Raises KeyError where none is listed.
    """
    named = shipped()["templates"]
    return named.get(table.name, {}).get(column) or named["common"][column]


@cache
def _columns_of_headings(name: str) -> dict[str, tuple[int, str]]:
    """Folded heading → its rank and its column; the column's own name comes first."""
    table = BY_NAME[name]
    found: dict[str, tuple[int, str]] = {}
    for column, headings in synonyms(table).items():
        for rank, heading in enumerate(headings, start=1):
            found.setdefault(fold(heading), (rank, column))
    return found | {fold(column.name): (0, column.name) for column in table.columns}


@cache
def _folded(group: str) -> frozenset[str]:
    headings = shipped()["unused"] if group == "unused" else shipped()["personal"][group]
    return frozenset(map(fold, headings))


@lru_cache(maxsize=KEPT)
def is_personal(heading: str) -> bool:
    """Whether a heading is of something personal that is never read, such as a name or an address."""
    return fold(heading) in _folded("headings") or not _folded("words").isdisjoint(words(heading))


def tells_birth(heading: str) -> bool:
    """Whether a heading is of a day of birth, of which the year alone may be worked out."""
    return fold(heading) in _folded("birth")


def is_unused(heading: str) -> bool:
    """Whether a heading is known to stand for nothing in the contract, such as a running number."""
    return fold(heading) in _folded("unused")


def is_person_number(heading: str) -> bool:
    """Whether a heading stands for the number of an employee, in any table."""
    return any(
        _columns_of_headings(table.name).get(fold(heading), (0, ""))[1] == column.name
        for table in TABLES
        for column in table.columns
        if column.kind is Kind.PERSON
    )


def column_of(heading: str, table: Table) -> tuple[int, str] | None:
    """The column that a heading stands for, with its rank among the column's headings."""
    return (
        None if never_read(heading, table) else _columns_of_headings(table.name).get(fold(heading))
    )


@lru_cache(maxsize=KEPT)
def is_known(heading: str) -> bool:
    """Whether a heading stands for a column of some table."""
    return any(column_of(heading, table) for table in TABLES)


def never_read(heading: str, table: Table) -> bool:
    """Whether a heading is of something personal. In a table without people `Nama` is an agency's."""
    if not is_personal(heading):
        return False
    rank = _columns_of_headings(table.name).get(fold(heading), (None, ""))[0]
    about_people = any(column.kind is Kind.PERSON for column in table.columns)
    return rank is None or (about_people and rank > 0)


def table_of_name(name: str) -> Table | None:
    """The table that a file or sheet is named for: `appraisal_2025` is appraisal."""
    stem = canonical(name)
    named = [
        table
        for table in TABLES
        if stem == table.name or stem.startswith(tuple(f"{table.name}{mark}" for mark in "_-. ("))
    ]
    return max(named, key=lambda table: len(table.name), default=None)


def table_of_headings(headings: tuple[str, ...]) -> Table | None:
    """The one table whose columns fit the headings best; None where none does, or two do alike."""
    fits = sorted(
        (
            (len(present), table.name, table)
            for table in TABLES
            if (present := _columns_in(headings, table)) >= set(table.required)
        ),
        reverse=True,
    )
    if not fits or (len(fits) > 1 and fits[0][0] == fits[1][0]):
        return None
    return fits[0][2]


def _columns_in(headings: Iterable[str], table: Table) -> set[str]:
    return {found[1] for heading in headings if (found := column_of(heading, table))}


def tables_like(headings: tuple[str, ...]) -> tuple[Choice, ...]:
    """Tables that the headings could be of, best first.

    The score is the mean of two shares: of the file's headings that the table has a column for,
    and of the table's required columns that the file has.
    """
    meant = [h for h in headings if h.strip() and not is_personal(h) and not is_unused(h)]
    found = []
    for table in TABLES:
        columns = _columns_in(meant, table)
        if columns:
            required = set(table.required)
            covered = len(columns & required) / len(required) if required else 0.0
            score = (min(1.0, len(columns) / len(meant)) + covered) / 2
            found.append(Choice(table.name, round(score, 2), table.one_row_is))
    return tuple(sorted(found, key=lambda choice: (-choice.score, choice.value)))


def recognise(file: Path, sheet: str | None, headings: tuple[str, ...]) -> Table | Finding:
    """The table of a sheet, by the sheet's name, the file's name or the headings, in that order."""
    found = (table_of_name(sheet) if sheet else None) or table_of_name(file.stem)
    found = found or table_of_headings(headings)
    if found is not None:
        return found
    return Finding(file.name, sheet, None, None, None, UNTOLD, table_remedy())


TWICE = (Phrase("is the heading of two columns"), Phrase("Keep one of them."))
UNTOLD = Phrase("cannot be told which table it is")


def table_remedy() -> Phrase:
    """How a sheet that is no table's is told to be one."""
    return Phrase(
        "Name it with --table, one of: {tables}.", tables=", ".join(table.name for table in TABLES)
    )


def match(
    file: Path,
    sheet: str | None,
    headings: tuple[str, ...],
    table: Table,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    derived: Iterable[Derived] = (),
) -> Match:
    """Headings matched with the table's columns, with all that is wrong about them.

    `columns` are headings that a person has told the column of (empty to leave them out), whatever
    their case and punctuation. Columns that are in `constants` or `derived` are not read from a
    heading of their own; what is derived from headings that the file lacks is left out.
    """
    constants, there = constants or {}, set(map(fold, headings))
    derived = tuple(
        of
        for of in derived
        if of.column not in constants and there.issuperset(map(fold, of.headings))
    )
    given = {*constants, *(of.column for of in derived)}
    sources = {fold(heading): of.column for of in derived for heading in of.headings}
    sorting = _Sorting(table, {fold(h): c for h, c in (columns or {}).items()}, sources)
    for position, heading in enumerate(headings):
        sorting.put(position, heading)
    positions = {c: at for c, at in sorting.positions(headings).items() if c not in given}
    missing = tuple(name for name in table.required if name not in {*positions, *given})
    findings = []

    def wrong(column: str, says: str, remedy: str) -> None:
        findings.append(Finding(file.name, sheet, None, column, None, says, remedy))

    free = {column.name for column in table.columns} - {*positions, *given}
    unknown = {
        heading: columns_like(heading, table, free) if nth < SUGGESTED else ()
        for nth, heading in enumerate(sorting.unknown)
    }
    for heading, near in unknown.items():
        wrong(heading, not_a_column(table), instead(near))
    for heading in sorting.doubled:
        wrong(heading, *TWICE)
    for name in missing:
        wrong(name, Phrase("is missing"), add_column(table, name))
    return Match(
        table,
        positions,
        tuple(findings),
        tuple(sorting.notes),
        constants=constants,
        derived=derived,
        unknown=unknown,
        doubled=tuple(sorting.doubled),
        missing=missing,
    )


@dataclass
class _Sorting:
    """Headings put to columns one by one, with those that are none.

    `sources` are headings, folded, that a column is worked out from, and that column.
    """

    table: Table
    told: dict[str, str]
    sources: dict[str, str]
    wanted: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def put(self, position: int, heading: str) -> None:
        key, about = fold(heading), column_of(heading, self.table)
        told, again = self.told.get(key), canonical(heading) in self.seen
        self.seen.add(canonical(heading))
        if not key or canonical(heading) in OWN_COLUMNS or told == "":
            return
        if never_read(heading, self.table) and key in self.sources:
            note = Phrase(
                'column "{heading}" is personal: only {column} was worked out from it',
                heading=heading,
                column=self.sources[key],
            )
            self.notes.append(note)
        elif never_read(heading, self.table):
            note = Phrase('column "{heading}" is personal and was not read', heading=heading)
            self.notes.append(note)
        elif told is None and about is None:
            if key not in self.sources and not is_unused(heading):
                self.unknown[heading] = None
        elif again:
            self.doubled.append(heading)
        else:
            rank, column = (-1, told) if told is not None else about or (0, "")
            self.wanted.setdefault(column, []).append((rank, position))

    def positions(self, headings: tuple[str, ...]) -> dict[str, int]:
        """The position of each column; where several headings stand for it, the preferred one's."""
        found = {}
        for column, places in self.wanted.items():
            (_, found[column]), *others = sorted(places)
            for _, position in others:
                self.notes.append(
                    Phrase(
                        'columns "{read}" and "{other}" both stand for {column}: the first was'
                        " read, the second was not",
                        read=headings[found[column]],
                        other=headings[position],
                        column=column,
                    )
                )
        return found


def columns_like(heading: str, table: Table, free: Iterable[str]) -> tuple[Choice, ...]:
    """Columns of a table, among those that are free, whose name or synonyms are like a heading."""
    named = synonyms(table)
    return similar(
        heading,
        {name: (name, *named[name]) for name in free},
        means={column.name: Phrase(column.means) for column in table.columns},
    )


def not_a_column(table: Table) -> Phrase:
    """That a heading is none of a table's."""
    return Phrase("is not a column of {table}", table=table.name)


def instead(near: tuple[Choice, ...]) -> Phrase:
    """What to do about a heading that is no column."""
    if near:
        return Phrase('Write "{column}", or delete the column.', column=near[0].value)
    return Phrase("Delete the column.")


def add_column(table: Table, name: str) -> Phrase:
    """What to do about a column that is missing."""
    return Phrase("Add the column: {means}", means=Phrase(table.column(name).means))
