"""What a sheet is: its table, columns and values by profile and synonyms, or what must be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from analytics.intake.agencies import Agency, unknown_agencies
from analytics.intake.crosstabs import (
    NO_FIGURE,
    Crosstab,
    Outline,
    layout_of,
    left_out,
    melted,
    outline,
    summed,
    untold,
)
from analytics.intake.derived import Derived
from analytics.intake.findings import Finding
from analytics.intake.headings import (
    TWICE,
    UNTOLD,
    Match,
    add_column,
    fold,
    instead,
    match,
    not_a_column,
    recognise,
    table_remedy,
    tables_like,
)
from analytics.intake.labels import GROUPS, category_of
from analytics.intake.origins import origins_of
from analytics.intake.profiles import Profile, fitting
from analytics.intake.published import odd_totals, oddities
from analytics.intake.query import run
from analytics.intake.regions import Region
from analytics.intake.sources import Sheet, bind, with_figures_apart
from analytics.intake.suggestions import Choice, Question
from analytics.intake.sums import Summed
from analytics.schema import BY_NAME, Kind, Table
from analytics.text.phrase import Phrase

CROSSTAB = "crosstab"
"""The answer to which table a sheet is, where it is a wide table of figures."""
WHOSE = ("kemendagri", "bps", "bkn")
SAMPLE = 20_000
"""Rows of a sheet whose codes and agencies are looked at; what is beyond is checked on loading."""


@dataclass(frozen=True)
class Understood:
    """A sheet that can be read: as it is to be staged, and how; `profile` is the one it was read by."""

    sheet: Sheet
    match: Match
    profile: Profile | None = None


@dataclass(frozen=True)
class LeftOut:
    """A table of a file that is not to be read, as its profile says."""

    profile: Profile


def understand(
    sheet: Sheet,
    *,
    table: str | None = None,
    profiles: Iterable[Profile] = (),
    profile: Profile | None = None,
    constants: Mapping[str, str] | None = None,
    agencies: Sequence[Agency] | None = None,
    regions: Sequence[Region] | None = None,
    way: Profile | None = None,
) -> Understood | LeftOut | list[Question]:
    """How a sheet is read, that it is not, or everything that must be asked before it is.

    A profile made for the same headings is used without asking; `profile` is one to use wherever the
    sheet has the headings that it speaks of, and whatever others. `way` is how the batch was read
    that the sheet is the rejects of. `constants` hold for this file alone. With `regions`, bare codes in the file's first rows are asked about, and with `agencies`
    names that are near one of them; without, it is left to the checks of loading. Raises Unreadable where the sheet cannot be read.
    """
    offered = [one for one in profiles if table in (None, one.table)]
    named = profile if profile is not None and _applies(profile, sheet, table) else None
    chosen = named or start_of(sheet, offered, way)
    if chosen is not None and not chosen.table:
        return LeftOut(chosen)
    if chosen is not None and constants:
        held = renewed(chosen, sheet).constants
        chosen = replace(chosen, constants={**held, **constants}, of=said_of(sheet))
    if chosen is not None and chosen.crosstab is not None:
        return _understand_crosstab(sheet, chosen, chosen.crosstab)
    name = table or (chosen.table if chosen else None)
    of = BY_NAME[name] if name else recognise(sheet.file, sheet.name, sheet.headings)
    if isinstance(of, Finding):
        return [_which_table(sheet)]
    if constants and chosen is None:
        chosen = Profile("", of.name, sheet.headings, constants=constants, of=said_of(sheet))
    matched = _matched(sheet, of, chosen)
    asked = [*_headings_asked(matched), *_missing_asked(sheet, matched, chosen)]
    if regions is not None:
        asked += _codes_asked(sheet, matched, regions)
    if agencies is not None:
        asked += _agencies_asked(sheet, matched, agencies)
    if asked:
        return asked
    matched = replace(matched, warnings=odd_totals(sheet, matched))
    return Understood(with_figures_apart(sheet, _figures_among(matched)), matched, chosen)


LABELS_OF_NUMBERS = ("year", "birth_year", "low", "high")
"""Columns of numbers that say of what a row is, and may be merged as labels are."""


def _figures_among(matched: Match) -> list[int]:
    """The columns of a sheet that are figures by the contract."""
    numbers = (Kind.INTEGER, Kind.DECIMAL)
    return [
        position
        for name, position in matched.positions.items()
        if matched.table.column(name).kind in numbers and name not in LABELS_OF_NUMBERS
    ]


def start_of(sheet: Sheet, profiles: Iterable[Profile], way: Profile | None) -> Profile | None:
    """How a sheet is read before anybody is asked: a rejects file as its batch was.

    Only what was confirmed for the rejects file itself counts before that.
    """
    found = fitting(profiles, sheet.headings, said_of(sheet))
    return found if way is None or (found and found.of == said_of(sheet)) else way


def _applies(profile: Profile, sheet: Sheet, table: str | None) -> bool:
    """Whether a sheet has what a profile speaks of; a workbook may hold other sheets beside it."""
    wanted = {heading for heading, column in profile.columns.items() if column}
    if profile.crosstab is None:
        wanted |= {heading for derived in profile.derived for heading in derived.headings}
    else:
        wanted |= set(profile.crosstab.down)
    there = set(map(fold, sheet.headings))
    return table in (None, profile.table) and all(fold(heading) in there for heading in wanted)


def said_of(sheet: Sheet) -> str:
    """What a sheet says of itself, by which a file of another time is told from it."""
    return " / ".join(said for said in (sheet.file.name, sheet.name, sheet.title) if said)


def is_of_time(table: Table, column: str) -> bool:
    """Whether a column tells when, so that one file's constant is not another's."""
    return table.column(column).kind is Kind.DATE or column in ("year", "wave")


def renewed(profile: Profile, sheet: Sheet) -> Profile:
    """The profile without the constants that tell the time of another file."""
    if profile.of in ("", said_of(sheet)) or profile.table not in BY_NAME:
        return profile
    of = BY_NAME[profile.table]
    held = {name: said for name, said in profile.constants.items() if not is_of_time(of, name)}
    return replace(profile, constants=held)


def _matched(sheet: Sheet, of: Table, profile: Profile | None) -> Match:
    """The match by a profile, less the constants that hold for another file's time."""
    if profile is None:
        return match(sheet.file, sheet.name, sheet.headings, of)
    constants = dict(renewed(profile, sheet).constants)
    found = match(
        sheet.file,
        sheet.name,
        sheet.headings,
        of,
        profile.columns,
        constants,
        profile.derived,
    )
    return replace(found, values=profile.values, agencies=dict(profile.agencies))


def table_asked(sheet: Sheet) -> tuple[str, str]:
    """The key of the question which table a sheet is; a sheet may hold several beside one another."""
    return (
        "table",
        " ".join(said for said in (sheet.name or sheet.file.name, sheet.place) if said),
    )


def _which_table(sheet: Sheet) -> Question:
    wide = Choice(CROSSTAB, outline(sheet).score, Phrase("a wide table of figures by groups"))
    choices = sorted((*tables_like(sheet.headings), wide), key=lambda choice: -choice.score)
    leave = Choice("", 0.0, Phrase("leave the table out"))
    return Question(*table_asked(sheet), UNTOLD, table_remedy(), (*choices, leave))


def _headings_asked(matched: Match) -> list[Question]:
    asked = []
    for heading, near in matched.unknown.items():
        choices = (*near, Choice("", 0.0, Phrase("leave the column out")))
        says = not_a_column(matched.table)
        asked.append(Question("column", heading, says, instead(near), choices))
    return asked + [Question("doubled", heading, *TWICE) for heading in matched.doubled]


def _missing_asked(sheet: Sheet, matched: Match, profile: Profile | None) -> list[Question]:
    return [
        Question(
            "missing",
            name,
            Phrase("is missing"),
            add_column(matched.table, name),
            origins_of(
                sheet,
                matched.table,
                name,
                title=said_of(sheet),
                before=profile.constants.get(name) if profile else None,
            ),
            free=True,
        )
        for name in matched.missing
    ]


def _sample(sheet: Sheet, position: int) -> list[str]:
    """Different texts of a column in the first rows of a sheet."""
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        bind(cursor, sheet)
        reading = sheet.relation.replace("{reading}", "ignore_errors = true")
        rows = run(
            cursor,
            f"SELECT DISTINCT trim(text) FROM (SELECT c{position} AS text FROM {reading} LIMIT {SAMPLE})"
            " WHERE trim(text) <> '' ORDER BY 1",
            sheet.parameters,
        )
    return [text for (text,) in rows]


def _codes_asked(sheet: Sheet, matched: Match, regions: Sequence[Region]) -> list[Question]:
    """Whose bare region codes are, where neither the codes nor a profile say so."""
    if matched.values.region_codes is not None or matched.table.name == "region":
        return []
    asked = []
    for column in matched.table.columns:
        position = matched.positions.get(column.name)
        if column.refers_to == "region" and position is not None:
            bare = [code[:4] for code in _sample(sheet, position) if _is_bare(code)]
            if bare:
                asked.append(_whose(sheet.headings[position], bare, regions))
    return asked


def _is_bare(code: str) -> bool:
    return len(code) in (4, 6) and code[:4].isdigit() and code[4:] in ("", ".0")


def _whose(heading: str, codes: Sequence[str], regions: Sequence[Region]) -> Question:
    """The score of an authority is the share of the codes that are codes of its."""
    named = {
        "kemendagri": {r.region_code.replace(".", ""): r.named for r in regions},
        "bps": {r.bps_code: r.named for r in regions},
        "bkn": {r.bkn_code: r.named for r in regions},
    }
    choices = []
    for whose in WHOSE:
        known = [code for code in codes if code in named[whose]]
        example = f"{known[0]} = {named[whose][known[0]]}" if known else ""
        choices.append(Choice(whose, round(len(known) / len(codes), 2), example))
    return Question(
        "region_codes",
        heading,
        Phrase("holds region codes without their dot, which do not say whose they are"),
        Phrase("Say whether they are codes of Kemendagri, BPS or BKN."),
        tuple(sorted(choices, key=lambda choice: -choice.score)),
    )


def _agencies_asked(sheet: Sheet, matched: Match, agencies: Sequence[Agency]) -> list[Question]:
    position = matched.positions.get("agency_id")
    if position is None or matched.table.name == "agency":
        return []
    said = [name for name in _sample(sheet, position) if name not in matched.agencies]
    asked = []
    for name, near in unknown_agencies(said, agencies).items():
        if near:
            choices = (*near, Choice("", 0.0, Phrase("none of these")))
            says = Phrase("is not the name of a known agency, but near to one")
            remedy = Phrase(
                "Say which agency it is; or import it, or this name of it as agency_alias, first."
            )
            asked.append(Question("agency", name, says, remedy, choices))
    return asked


def _understand_crosstab(
    sheet: Sheet, profile: Profile, crosstab: Crosstab
) -> Understood | list[Question]:
    if not crosstab.down:
        return _sides_asked(outline(sheet))
    missing = tuple(dict.fromkeys((*NO_FIGURE, *profile.values.missing)))
    sheet = with_figures_apart(sheet, layout_of(sheet, crosstab).figures)
    labels = untold(sheet, crosstab, missing)
    asked = [
        Question(
            "category",
            f"{one.column}: {one.label}",
            Phrase('"{label}" is not one category of {column}', label=one.label, column=one.column),
            Phrase("Say which category it counts in, or leave it out."),
            (*one.choices, Choice("", 0.0, Phrase("leave it out"))),
        )
        for one in labels
    ]
    if not asked:  # labels that are told may leave a sum or its parts out
        asked += [_sum_asked(one) for one in summed(sheet, crosstab, missing)]
    empty = replace(sheet, headings=(*crosstab.columns, *_figures(crosstab)))
    matched = _matched(empty, BY_NAME["recap"], _with_periods(profile, crosstab))
    asked += _recap_asked(empty, matched, profile)
    if asked:
        return asked
    notes = (*matched.notes, *_crosstab_notes(sheet, crosstab))
    matched = replace(matched, notes=notes, warnings=oddities(sheet, crosstab))
    return Understood(melted(sheet, crosstab, missing), matched, profile)


def _sum_asked(one: Summed) -> Question:
    """Whether a row or column is a total, which is left out, or figures of its own."""
    return Question(
        "category",
        f"{one.column}: {one.label}",
        Phrase(
            '"{label}" may be the sum of others, "{first}" to "{last}", which would count twice',
            label=one.label,
            first=one.first,
            last=one.last,
        ),
        Phrase("Say that it is left out as a total, or what it counts as if it is none."),
        (
            Choice("", 1.0, Phrase("leave it out: it is the sum of others")),
            Choice(
                category_of(one.column, one.label) or one.label,
                0.0,
                Phrase("read it: its people are in no other row or column"),
            ),
        ),
    )


def _with_periods(profile: Profile, crosstab: Crosstab) -> Profile:
    """Labels of periods, such as 2024 or Triwulan I 2024, tell the first day and the last."""
    if "period_start" not in crosstab.columns:
        return profile
    told = {*profile.constants, *(derived.column for derived in profile.derived)}
    worked = tuple(
        Derived(column, how, ("period_start",))
        for column, how in (("period_start", "period_first_day"), ("period_end", "period_last_day"))
        if column not in told
    )
    return replace(profile, derived=(*profile.derived, *worked))


def _figures(crosstab: Crosstab) -> tuple[str, ...]:
    return ("numerator", "denominator") if crosstab.gives == "people" else ("mean",)


def _sides_asked(found: Outline) -> list[Question]:
    """What the labels down and across stand for."""
    leave = Choice("", 0.0, Phrase("nothing that is to be told apart"))
    named = (*GROUPS, "agency_id", "region_code", "period_start")
    others = [Choice(name, 0.0) for name in named]

    def choices(offered: tuple[Choice, ...]) -> tuple[Choice, ...]:
        named = {choice.value for choice in offered}
        return (*offered, *(other for other in others if other.value not in named), leave)

    remedy = Phrase("Say which groups its labels stand for.")
    down = [
        Question("down", heading, Phrase("is a column of labels"), remedy, choices(offered))
        for heading, offered in found.down.items()
    ]
    across = [
        Question(
            "across",
            str(level),
            Phrase("level {level} of the headings is labels", level=level),
            remedy,
            choices(offered),
        )
        for level, offered in enumerate(found.across, start=1)
    ]
    return down + across


def _recap_asked(sheet: Sheet, matched: Match, profile: Profile) -> list[Question]:
    """Metric, period and place, where neither labels nor constants give them."""
    asked = _missing_asked(sheet, matched, profile)
    if not {"agency_id", "region_code"} & matched.filled:
        asked.append(
            Question(
                "missing",
                "region_code",
                Phrase("is missing"),
                add_column(matched.table, "region_code"),
                free=True,
            )
        )
    return asked


def _crosstab_notes(sheet: Sheet, crosstab: Crosstab) -> list[Phrase]:
    """What a reader of the report should know of how the table was read."""
    others = left_out(sheet, crosstab)
    if not others:
        return []
    return [
        Phrase(
            "{columns} columns are none of the profile's measures and were not read",
            columns=len(others),
        )
    ]
