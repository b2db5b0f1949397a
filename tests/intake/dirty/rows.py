"""Defects of single rows: each must be kept out with its reason, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from random import Random

from analytics.schema import Column, Kind, Table
from tests.intake.books import Formula
from tests.intake.dirty.clean import OLD_NAMES, Export
from tests.intake.dirty.form import (
    ROWS,
    Applies,
    Before,
    Form,
    Row,
    defect,
    everywhere,
)

Named = Callable[[Table], str]


def has(*names: str) -> Applies:
    """Whether a table has the columns."""
    return lambda export: set(names) <= {column.name for column in export.table.columns}


def only(*tables: str) -> Applies:
    return lambda export: export.table.name in tables


def but_for(*tables: str) -> Applies:
    return lambda export: export.table.name not in tables


def first(of: Callable[[Column], bool]) -> Named:
    """The name of the first column of a kind; empty where a table has none."""
    return lambda table: next((column.name for column in table.columns if of(column)), "")


def last(of: Callable[[Column], bool]) -> Named:
    return lambda table: next((c.name for c in reversed(table.columns) if of(c)), "")


def always(name: str) -> Named:
    return lambda table: name


def filled(export: Export, name: str) -> bool:
    """Whether a table has a column, and a row that says something in it."""
    names = [column.name for column in export.table.columns]
    return name in names and any(texts[names.index(name)] for texts in export.texts)


def cell(
    name: str,
    source: str,
    fault: str,
    column: Named,
    *said: str,
    applies: Applies = everywhere,
) -> None:
    """Register a defect of one cell, which says one of the texts in the place of its own."""

    def spoil(form: Form, random: Random) -> Form:
        named = column(form.table)
        at = form.at(named)
        some = any(row.plain and row.cells[at] for row in form.rows)
        number = form.plain(random, named) if some else form.plain(random)
        return form.spoilt(number, fault, **{named: random.choice(said)})

    defect(
        name,
        source,
        "rejected",
        column,
        stage=ROWS,
        applies=lambda export: filled(export, column(export.table)) and applies(export),
    )(spoil)


def is_date(column: Column) -> bool:
    return column.kind is Kind.DATE


def is_number(column: Column) -> bool:
    return column.kind in (Kind.INTEGER, Kind.DECIMAL)


SEEN = "domain.md §5"
RULES = "contract.md, rules"
EVERY_OFFICE = "issue 2 of 3, checks"

cell(
    "a day that no calendar has",
    "contract.md: 31/02/2025",
    "date.form",
    first(lambda column: is_date(column) and not column.optional),
    "31/02/2025",
    "2025-02-31",
    "30 Februari 2025",
    "29/02/2025",
    "00/00/0000",
    "0000-00-00",
    "2025-13-01",
)
cell(
    "a year of two digits",
    SEEN,
    "date.form",
    last(is_date),
    "28/02/25",
    "28-Feb-25",
    "1 Maret '25",
    applies=lambda export: last(is_date)(export.table) not in ("month", ""),
)
cell(
    "a moment by the clock of Greenwich",
    "domain.md §5: API histories",
    "date.form",
    last(is_date),
    "2025-02-02T17:00:00Z",
    "2025-02-02T17:00:00.000+00:00",
)
cell(
    "a day before there were offices",
    "a spreadsheet's zero",
    "date.plausible",
    first(lambda column: is_date(column) and not column.optional),
    "1753-01-01",
    "0001-01-01",
    "01/01/0001",
    applies=but_for("employee", "recap"),
)
cell(
    "an end of time",
    "systems that write 9999 for an open end",
    "date.plausible",
    always("valid_to"),
    "9999-12-31",
    "31-12-9999",
)
FUTURE = {
    "appraisal": "submitted_on",
    "training": "end_date",
    "adoption": "month",
    "service_outcome": "month",
    "career_event": "date",
    "survey_response": "wave",
    "survey_invited": "wave",
}


@defect(
    "something that has not come yet",
    EVERY_OFFICE,
    "rejected",
    lambda table: FUTURE.get(table.name, ""),
    stage=ROWS,
    applies=only(*FUTURE),
)
def _future(form: Form, random: Random) -> Form:
    column = FUTURE[form.table.name]
    said = "2027-Q1" if column == "wave" else "2027-03-01"
    return form.spoilt(form.plain(random, column), "date.future", **{column: said})


ENDS = {
    "agency": ("valid_from", "valid_to"),
    "agency_alias": ("valid_from", "valid_to"),
    "employee": ("valid_from", "valid_to"),
    "appraisal": ("period_start", "period_end"),
    "training": ("start_date", "end_date"),
}


@defect(
    "an end before its start",
    EVERY_OFFICE,
    "rejected",
    lambda table: ENDS.get(table.name, ("", ""))[0],
    lambda table: ENDS.get(table.name, ("", ""))[1],
    stage=ROWS,
    applies=only(*ENDS),
)
def _turned(form: Form, random: Random) -> Form:
    start, end = ENDS[form.table.name]
    said = {start: "2025-03-31", end: "2025-01-01"}
    return form.spoilt(form.plain(random), "date.order_of_days", **said)


cell(
    "a month by a day within it",
    "contract.md: first day of the month",
    "date.month",
    always("month"),
    "2025-03-15",
    "31/03/2025",
)
OUTSIDE = {
    "target": ("year", ("2201", "25")),
    "employee": ("birth_year", ("1886", "86")),
    "appraisal": ("score", ("150", "900.5")),
    "organisation_rating": ("year", ("205", "20255")),
    "training": ("hours_jp", ("-3", "2400")),
    "survey_item": ("low", ("-1",)),
    "survey_response": ("value", ("-1",)),
    "survey_invited": ("invited", ("-4",)),
    "adoption": ("outage_days", ("40", "-1")),
    "activity": ("attended", ("-2",)),
    "service_outcome": ("skm_score", ("3.4", "101")),
    "outcome_index": ("year", ("25", "3025")),
    "recap": ("sd", ("-0.5",)),
}


def _outside(table: Table) -> str:
    return OUTSIDE.get(table.name, ("", ()))[0]


@defect(
    "a number out of its range",
    EVERY_OFFICE,
    "rejected",
    _outside,
    stage=ROWS,
    applies=only(*OUTSIDE),
)
def _out_of_range(form: Form, random: Random) -> Form:
    column, said = OUTSIDE[form.table.name]
    number = form.plain(random, column)
    return form.spoilt(number, "number.range", **{column: random.choice(said)})


@defect(
    "a number with its unit or in words",
    EVERY_OFFICE,
    "rejected",
    first(is_number),
    stage=ROWS,
    applies=lambda export: filled(export, first(is_number)(export.table)),
)
def _no_number(form: Form, random: Random) -> Form:
    column = form.table.column(first(is_number)(form.table))
    fault = "number.whole" if column.kind is Kind.INTEGER else "number.form"
    said = random.choice(("24 JP", "dua puluh", "12 orang", "1.2.3", "±12", "3-4"))
    return form.spoilt(form.plain(random, column.name), fault, **{column.name: said})


PARTS = {
    "adoption": ("active_users", "expected_users"),
    "service_outcome": ("on_time", "requests"),
    "activity": ("attended", "invited"),
}


@defect(
    "a part above its whole",
    "../shared/data/csps: response rates over 100",
    "rejected",
    lambda table: PARTS.get(table.name, ("", ""))[0],
    lambda table: PARTS.get(table.name, ("", ""))[1],
    stage=ROWS,
    applies=only(*PARTS),
)
def _over(form: Form, random: Random) -> Form:
    part, whole = PARTS[form.table.name]
    number = form.plain(random, part, whole)
    return form.spoilt(number, "number.over_whole", **{part: "41", whole: "40"})


cell(
    "a value that no list has",
    EVERY_OFFICE,
    "value.allowed",
    last(lambda column: bool(column.values) and not column.optional),
    "entahlah",
    "?",
    "lain",
    "Baik sekali",
)
cell(
    "neither true nor false",
    EVERY_OFFICE,
    "truth.form",
    first(lambda column: column.kind is Kind.BOOLEAN),
    "mungkin",
    "2",
    "x",
)
cell(
    "nothing where something must stand",
    EVERY_OFFICE,
    "value.empty",
    last(lambda column: not column.optional),
    "",
    "-",
    "   ",
    "n/a",
)
cell(
    "an agency that nobody knows",
    EVERY_OFFICE,
    "reference.known",
    always("agency_id"),
    "99-DISDIK",
    "Dinas Antariksa",
    applies=but_for("agency"),
)
cell(
    "a misspelt agency",
    SEEN,
    "reference.known",
    always("agency_id"),
    "Dinas Kesehatn Provinsi Jambi",
    "15-DISDlK",
    applies=but_for("agency"),
)
cell(
    "the name of several agencies",
    SEEN,
    "agency.several",
    always("agency_id"),
    "Dinas Kesehatan",
    "dinas  kesehatan",
    applies=but_for("agency", "agency_alias"),
)
cell(
    "a region that nobody knows",
    EVERY_OFFICE,
    "reference.known",
    always("region_code"),
    "19.01",
    "99",
    applies=but_for("region"),
)
cell(
    "a code that has lost its last zero",
    "../shared/data/region-codes",
    "region.zero",
    always("region_code"),
    "18.1",
    "15.0",
    applies=but_for("region"),
)


def _after_a_day(table: Table) -> str:
    return "agency_id" if table.name in DAYS else ""


DAYS = {"adoption": "month", "service_outcome": "month", "activity": "date"}


@defect(
    "an old name after its day",
    "domain.md §5: Bengkulu 2024",
    "rejected",
    _after_a_day,
    lambda table: DAYS.get(table.name, ""),
    stage=ROWS,
    applies=only(*DAYS),
)
def _old_name(form: Form, random: Random) -> Form:
    number = form.plain(random, "agency_id")
    said = {"agency_id": "Kantor Diklat lama", DAYS[form.table.name]: "2025-09-01"}
    return form.spoilt(number, "agency.other_day", **said)


PERSON = always("employee_id")
cell(
    "a NIP that Excel has cut",
    SEEN,
    "person.cut",
    PERSON,
    "198603012010032000",
    "'199001152015031000",
    "19860301 201003 2 000",
)
cell(
    "a NIP in exponent form",
    SEEN,
    "person.exponent",
    PERSON,
    "1.98609E+17",
    "1,98609E+17",
    "1.98603E+017",
    "2E+17",
)
cell(
    "a respondent by a personal number",
    RULES,
    "respondent.personal",
    always("respondent"),
    "198603012010032001",
    "1571010101860001",
    "19860301 201003 2 001",
)
cell("an answer off its scale", EVERY_OFFICE, "answer.scale", always("value"), "9",
     applies=only("survey_response"))  # fmt: skip


@defect("a score without its scale", "domain.md §1: three scales", "rejected", "score", "scale",
        stage=ROWS, applies=only("appraisal"))  # fmt: skip
def _no_scale(form: Form, random: Random) -> Form:
    number = form.plain(random, "work_result", "behaviour")
    return form.spoilt(number, "appraisal.scale", score="85", scale="")


@defect("neither ratings nor a score", RULES, "rejected", "work_result", stage=ROWS,
        applies=only("appraisal"))  # fmt: skip
def _no_rating(form: Form, random: Random) -> Form:
    return form.spoilt(form.plain(random, "work_result"), "appraisal.ratings", work_result="")


@defect("a row that stands twice", EVERY_OFFICE, "rejected", stage=ROWS)
def _twice(form: Form, random: Random) -> Form:
    number = form.plain(random)
    again = replace(form.rows[number], of=None, fault="key.repeated")
    form = form.put(number, replace(form.rows[number], needed=True))
    return form.add(random.randint(number + 1, len(form.rows)), again)


@defect("spans of one person that overlap", EVERY_OFFICE, "rejected", "valid_from", "valid_to",
        stage=ROWS, applies=only("employee"))  # fmt: skip
def _overlapping(form: Form, random: Random) -> Form:
    number = form.plain(random)
    row, at = form.rows[number], form.at("valid_from")
    started = dt.date.fromisoformat(str(row.cells[at]))
    cells = list(row.cells)
    cells[at] = (started + dt.timedelta(days=1)).isoformat()
    form = form.put(number, replace(row, needed=True))
    return form.add(number + 1, Row(tuple(cells), fault="span.overlap"))


@defect("a predicate beside its matrix", "domain.md §1: max(hasil, perilaku)", "recovered",
        "predicate", stage=ROWS, applies=only("appraisal"))  # fmt: skip
def _beside(form: Form, random: Random) -> Form:
    """Kept as reported, and shown as a finding: the ratings count."""
    number = form.plain(random, "predicate")
    row, at = form.rows[number], form.at("predicate")
    other = "kurang" if row.cells[at] != "kurang" else "baik"
    cells = (*row.cells[:at], other, *row.cells[at + 1 :])
    assert row.of is not None
    values = list(form.export.values)
    values[row.of] = (*values[row.of][:at], other, *values[row.of][at + 1 :])
    form = replace(form, export=replace(form.export, values=tuple(values)))
    return form.put(number, replace(row, cells=cells, warned="appraisal.matrix"))


OTHER = {
    "target": ("value", "0.5"),
    "employee": ("education", "S3"),
    "appraisal": ("objection", "filed"),
    "organisation_rating": ("rating", "kurang"),
    "training": ("hours_jp", "3"),
    "survey_invited": ("invited", "77"),
    "adoption": ("outage_days", "5"),
    "service_outcome": ("median_days", "9.9"),
    "outcome_index": ("value", "51.5"),
}
"""For each table a column that is no part of its key, and a value that no row of it has."""


def _other(table: Table) -> str:
    return OTHER.get(table.name, ("", ""))[0]


def loaded_before(name: str, expect, days: int, *, changed: bool = True) -> None:
    """Register a defect: a row whose key is loaded already, from an extract so many days later."""

    def spoil(form: Form, random: Random) -> Form:
        column, said = OTHER[form.table.name]
        at = form.at(column)
        fit = [
            n for n, row in enumerate(form.rows) if row.plain and row.cells[at] not in ("", said)
        ]
        number = random.choice(fit)
        row = form.rows[number]
        assert row.of is not None
        changes = {column: said} if changed else {}
        form = replace(form, before=(*form.before, Before(row.of, changes, days)))
        if expect == "rejected":
            return form.put(number, replace(row, fault="key.loaded"))
        return form.put(number, replace(row, needed=True))

    defect(name, EVERY_OFFICE, expect, _other, stage=ROWS, applies=only(*OTHER))(spoil)


loaded_before("a row that is loaded already", "recovered", 0, changed=False)
loaded_before("a row that an older extract had otherwise", "recovered", -5)
loaded_before("a row that a newer extract has otherwise", "recovered", 5)
loaded_before("a row that an extract of that day has otherwise", "rejected", 0)


def _ragged(short: int):
    def spoil(form: Form, random: Random) -> Form:
        number = form.plain(random)
        return form.put(number, replace(form.rows[number], short=short, fault="line.malformed"))

    return spoil


WORKBOOK = ("container", "encoding", "delimiter", "ends", "wrapped", "trailing", "text")


def without_value(name: str, column: Named, said: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Register a defect: a formula of a workbook that holds an error, or nothing, as its value."""

    def spoil(form: Form, random: Random) -> Form:
        named = column(form.table)
        value = Formula(random.choice(said))
        form = form.spoilt(form.plain(random), "value.error", **{named: value})
        return form.contain(kind=random.choice(kinds))

    defect(name, "formulas of offices' workbooks", "rejected", column, *WORKBOOK, stage=ROWS)(spoil)


without_value(
    "a cell that shows an error",
    last(lambda column: not column.optional),
    ("#REF!", "#N/A", "#DIV/0!"),
    ("xlsx", "ods", "xlsb"),
)
without_value(
    "a formula that was never worked out", last(lambda column: True), ("",), ("xlsx", "ods")
)


RAGGED = ("text", "trailing", "wrapped", "left", "beside", "last", "tables")
"""What a line of another length does not go with: where a text file holds several tables, lines
differ in length anyway, and none is malformed."""
defect("a line that lacks a value", "CSV written by hand", "rejected", *RAGGED, stage=ROWS,
       applies=everywhere)(_ragged(1))  # fmt: skip
defect("a line with a value too many", "a delimiter within a value", "rejected", *RAGGED,
       stage=ROWS, applies=everywhere)(_ragged(-1))  # fmt: skip

__all__ = ["OLD_NAMES"]
