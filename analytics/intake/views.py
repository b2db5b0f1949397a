"""How files are understood, for a person to look at, answer and confirm before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from analytics.intake.agencies import Agency, known_agencies
from analytics.intake.batches import open_for_import
from analytics.intake.confirming import Answers, answered, confirmed
from analytics.intake.findings import Finding, shown
from analytics.intake.headings import (
    Match,
    fold,
    is_personal,
    is_unused,
    match,
    recognise,
    tells_birth,
)
from analytics.intake.profiles import (
    Profile,
    all_fitting,
    load_profiles,
    profile_named,
    save_profile,
)
from analytics.intake.query import run
from analytics.intake.regions import Region, regions
from analytics.intake.sources import Sheet, Unreadable, bind, fingerprint, sheets_of
from analytics.intake.suggestions import Question
from analytics.intake.understanding import (
    CROSSTAB,
    LeftOut,
    Understood,
    renewed,
    said_of,
    start_of,
    table_asked,
    understand,
)
from analytics.intake.values import CANONICAL, Reading
from analytics.intake.ways import is_rejects, rejected_from
from analytics.schema import BY_NAME, Kind
from analytics.store.records import Store

SAMPLE = 5
"""So many rows are shown of a table."""

HIDDEN = "•••"
"""Stands for a value that could identify a person."""


@dataclass(frozen=True)
class View:
    """A table of a file as it is understood so far.

    `table` is the table of the contract, None until it is told. `columns` are the file's headings,
    each with the column that it is read as ("" for one that is left out). `questions` must be
    answered before the table can be loaded. `sample` are its first rows as text, in the order of
    `columns`, without what could identify a person. `profile` is how it is read by now; by it
    the table may be `left_out`. `reading` is how its values are read, and `others` the names of
    the profiles that are made for its headings.
    """

    sheet: Sheet
    table: str | None
    columns: tuple[tuple[str, str], ...]
    sample: tuple[tuple[str, ...], ...]
    questions: tuple[Question, ...] = ()
    profile: Profile | None = None
    notes: tuple[str, ...] = ()
    left_out: bool = False
    reading: Reading = CANONICAL
    others: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """By what a person knows the table: its file, sheet, and place in the sheet."""
        return label_of(self.sheet)

    @property
    def open_columns(self) -> tuple[str, ...]:
        """Columns of the table that nothing in the file is read as yet."""
        taken = {name for _, columns in self.columns for name in columns.split(", ")}
        of = BY_NAME.get(self.table or "")
        return tuple(c.name for c in of.columns if c.name not in taken) if of else ()

    @property
    def told(self) -> bool:
        """Whether the way it is read rests on answers that no profile has kept yet."""
        return self.profile is not None and not self.questions


def label_of(sheet: Sheet) -> str:
    """By what a person knows a table: its file, sheet, and place in the sheet."""
    parts = (sheet.called, sheet.name, sheet.place)
    return " › ".join(part for part in parts if part)


@dataclass
class Desk:
    """Files on their way in, and what a person has answered about each of their tables.

    `answers` maps the label of a table to its answers: (code, subject) of a question → choice.
    """

    store: Store
    table: str | None = None
    answers: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)
    _sheets: dict[Path, list[Sheet] | Finding] = field(default_factory=dict)

    def views(self, files: Sequence[Path]) -> tuple[list[View], list[Finding]]:
        """Every table of the files as it is understood, and what is wrong with files that are not.

        Raises StoreUnusable or IntakeError where the store or a profile in it cannot be used.
        """
        profiles = load_profiles(self.store)
        known, agencies = self._known()
        views, wrong = [], []
        for file in files:
            sheets = self._read(file)
            if isinstance(sheets, Finding):
                wrong.append(sheets)
                continue
            for sheet in sheets:
                try:
                    views.append(self._view(sheet, profiles, known, agencies))
                except Unreadable as error:
                    wrong.append(error.finding)
        return views, wrong

    def answer(self, view: View, question: Question, choice: str) -> None:
        """Note the answer to a question about a table."""
        self.answers.setdefault(view.label, {})[question.key] = choice

    def write(self, view: View, manner: str, choice: str) -> None:
        """Note how the values of a table are written (`analytics.intake.manners`)."""
        self.answers.setdefault(view.label, {})["manner", manner] = choice

    def read_by(self, view: View, name: str) -> None:
        """Read a table by another of the profiles that fit it. Raises IntakeError."""
        other = renewed(profile_named(self.store, name), view.sheet)
        save_profile(self.store, replace(other, of=said_of(view.sheet)))
        self.answers.pop(view.label, None)

    def keep(self, view: View, name: str) -> Profile:
        """Keep how a table is read under a name, so that its like is never asked about again.

        Raises IntakeError where the name is none, and ValueError for a table without answers.
        """
        kept = answered(view.sheet, view.profile, self.answers.get(view.label, {}), name)
        found = understand(view.sheet, table=self.table or kept.table, profile=kept)
        if isinstance(found, Understood):
            kept = confirmed(view.sheet, found, name)
        save_profile(self.store, kept)
        self.answers.pop(view.label, None)
        return kept

    def _known(self) -> tuple[list[Region], tuple[Agency, ...]]:
        with open_for_import(self.store) as connection:
            cursor = connection.cursor()
            known = regions(cursor)
            return known, known_agencies(cursor, known)

    def _read(self, file: Path) -> list[Sheet] | Finding:
        if file not in self._sheets:
            try:
                _, blank = fingerprint(file)
                self._sheets[file] = sheets_of(file, blank_lines=blank)
            except Unreadable as error:
                self._sheets[file] = error.finding
        return self._sheets[file]

    def _view(
        self,
        sheet: Sheet,
        profiles: Sequence[Profile],
        known: Sequence[Region],
        agencies: Sequence[Agency],
    ) -> View:
        answers = self.answers.get(label_of(sheet), {})
        way = self._way(sheet)
        profile = self._drafted(sheet, start_of(sheet, profiles, way), answers)
        table = self.table or (profile.table if profile else None)
        found = understand(
            sheet,
            table=table,
            profiles=profiles,
            profile=profile,
            agencies=agencies,
            regions=known,
            way=way,
        )
        if isinstance(found, Understood):
            columns = _columns(found.sheet, found.match)
            return View(
                sheet,
                found.match.table.name,
                columns,
                _sample(found.sheet, columns),
                profile=profile,
                notes=(*sheet.remarks, *found.match.notes),
                reading=found.match.values,
                others=tuple(one.name for one in all_fitting(profiles, sheet.headings)),
            )
        if isinstance(found, LeftOut):
            columns = _columns(sheet, None)
            return View(
                sheet, None, columns, _sample(sheet, columns), profile=profile, left_out=True
            )
        table = table or _table_of(sheet)
        columns = _columns(sheet, _matched(sheet, table, profile))
        return View(sheet, table, columns, _sample(sheet, columns), tuple(found), profile)

    def _way(self, sheet: Sheet) -> Profile | None:
        """How the batch was read that a sheet is the rejects of."""
        if not is_rejects(sheet):
            return None
        with open_for_import(self.store) as connection:
            return rejected_from(connection.cursor(), sheet)[2]

    def _drafted(self, sheet: Sheet, start: Profile | None, answers: Answers) -> Profile | None:
        """The profile that the answers so far make of its start; None where there are none."""
        if not answers:
            return None
        table = self.table or _table_of(sheet)
        if start is None and table and table_asked(sheet) not in answers:
            answers = {table_asked(sheet): table, **answers}
        return answered(sheet, start, answers)


def _table_of(sheet: Sheet) -> str | None:
    found = recognise(sheet.file, sheet.name, sheet.headings)
    return None if isinstance(found, Finding) else found.name


def _matched(sheet: Sheet, table: str | None, profile: Profile | None) -> Match | None:
    """Which heading is which column, as far as it is known."""
    if table is None or table == CROSSTAB or (profile and profile.crosstab):
        return None
    told = profile or Profile("", table, sheet.headings)
    of = BY_NAME[table]
    return match(sheet.file, sheet.name, sheet.headings, of, told.columns, derived=told.derived)


def _columns(sheet: Sheet, matched: Match | None) -> tuple[tuple[str, str], ...]:
    """Each heading and the columns that it gives, ", " between."""
    given: dict[str, list[str]] = {}
    for column, position in matched.positions.items() if matched else ():
        given.setdefault(fold(sheet.headings[position]), []).append(column)
    for derived in matched.derived if matched else ():
        for heading in derived.headings:
            given.setdefault(fold(heading), []).append(derived.column)
    return tuple((heading, ", ".join(given.get(fold(heading), ()))) for heading in sheet.headings)


def _sample(sheet: Sheet, columns: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The first rows; a column that is personal, or whose values hold a personal number, is hidden."""
    hidden = [_is_hidden(heading, column) for heading, column in columns]
    names = ", ".join(f"c{position}" for position in range(len(columns)))
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        bind(cursor, sheet)
        reading = sheet.relation.replace("{reading}", "ignore_errors = true")
        rows = run(cursor, f"SELECT {names} FROM {reading} LIMIT {SAMPLE}", sheet.parameters)
    return tuple(
        tuple(
            HIDDEN if closed and value else _plain(value)
            for value, closed in zip(row, hidden, strict=True)
        )
        for row in rows
    )


def _plain(value: str | None) -> str:
    if value is None:
        return ""
    told = shown(value)
    return HIDDEN if told is None else told


PERSONS = frozenset(
    column.name
    for table in BY_NAME.values()
    for column in table.columns
    if column.kind is Kind.PERSON
)


def _is_hidden(heading: str, column: str) -> bool:
    if tells_birth(heading) or PERSONS & set(column.split(", ")):
        return True
    return not column and is_personal(heading) and not is_unused(heading)
