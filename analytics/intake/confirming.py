"""What answers to the questions about a sheet make of a profile, to be kept once it is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analytics.intake.crosstabs import Crosstab
from analytics.intake.derived import WAYS, Derived
from analytics.intake.manners import changed
from analytics.intake.origins import AND, CONSTANT, DERIVED_BY, HEADING
from analytics.intake.profiles import Profile
from analytics.intake.sources import Sheet
from analytics.intake.understanding import (
    CROSSTAB,
    WHOSE,
    Understood,
    renewed,
    said_of,
    table_asked,
)
from analytics.schema import BY_NAME


def confirmed(sheet: Sheet, found: Understood, name: str) -> Profile:
    """The profile of a sheet that is understood, to keep under a name.

    It names every heading that is read, so that it reads the same when synonyms have changed.
    """
    table = found.match.table
    profile = found.profile or Profile(name, table.name, sheet.headings, of=said_of(sheet))
    if profile.crosstab is not None:
        return replace(profile, name=name)
    read = {sheet.headings[at]: column for column, at in found.match.positions.items()}
    return replace(profile, name=name, headings=sheet.headings, columns={**profile.columns, **read})


Answers = Mapping[tuple[str, str], str]


def answered(sheet: Sheet, profile: Profile | None, answers: Answers, name: str = "") -> Profile:
    """A profile with the answers to questions about a sheet put in: (code, subject) → choice.

    Ask again with it, as an answer can lead to more questions, and keep it once a sheet is understood.
    Raises ValueError where no table is told, or an answer is none to its question.
    """
    table = answers.get(table_asked(sheet), profile.table if profile else None)
    if table not in (*BY_NAME, CROSSTAB, ""):
        raise ValueError(f"no table {table!r}")
    drafted = renewed(profile, sheet) if profile else Profile(name, table, sheet.headings)
    drafted = replace(drafted, table=table)
    if table == CROSSTAB:
        drafted = replace(drafted, table="recap", crosstab=Crosstab({}))
    drafted = replace(
        drafted, name=name or drafted.name, headings=sheet.headings, of=said_of(sheet)
    )
    for (code, subject), choice in answers.items():
        drafted = _with(drafted, code, subject, choice)
    return drafted


def _with(profile: Profile, code: str, subject: str, choice: str) -> Profile:
    match code:
        case "table":
            return profile
        case "column":
            return replace(profile, columns={**profile.columns, subject: choice})
        case "missing":
            return _with_source(profile, subject, choice)
        case "region_codes" if choice in WHOSE:
            return replace(profile, values=replace(profile.values, region_codes=choice))
        case "manner":
            return replace(profile, values=changed(profile.values, subject, choice))
        case "agency":
            return replace(profile, agencies={**profile.agencies, subject: choice})
        case "down" | "across" | "category" if profile.crosstab is not None:
            return replace(profile, crosstab=_told(profile.crosstab, code, subject, choice))
    raise ValueError(f"{choice!r} does not answer {code} {subject!r}")


def _with_source(profile: Profile, column: str, choice: str) -> Profile:
    """The profile with where a missing column comes from; a bare text holds for all rows."""
    if choice.startswith(HEADING):
        heading = choice.removeprefix(HEADING)
        return replace(profile, columns={**profile.columns, heading: column})
    if choice.startswith(DERIVED_BY):
        how, _, told = choice.removeprefix(DERIVED_BY).partition(":")
        headings = tuple(told.split(AND)) if how in WAYS and WAYS[how].sources > 1 else (told,)
        others = tuple(one for one in profile.derived if one.column != column)
        return replace(profile, derived=(*others, Derived(column, how, headings)))
    text = choice.removeprefix(CONSTANT)
    return replace(profile, constants={**profile.constants, column: text})


def _told(crosstab: Crosstab, code: str, subject: str, choice: str) -> Crosstab:
    if code == "down":
        return replace(crosstab, down={**crosstab.down, subject: choice})
    if code == "across":
        level = int(subject)
        across = [*crosstab.across, *([""] * (level - len(crosstab.across)))]
        across[level - 1] = choice
        return replace(crosstab, across=tuple(across))
    column, _, label = subject.partition(": ")
    labels = {**crosstab.categories.get(column, {}), label: choice}
    return replace(crosstab, categories={**crosstab.categories, column: labels})
