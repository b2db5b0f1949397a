"""Defects of how values are written: a column, or a file, in another form than the contract's."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

from analytics.intake.regions import SHIPPED_REGIONS
from analytics.intake.spellings import FILE, section, siasn_codes
from analytics.intake.values import IN_UNIT_OF_METRIC, OF_MONTH, SHARES
from analytics.schema import Column, Kind
from tests.intake.dirty.clean import OLD_NAMES, Export
from tests.intake.dirty.form import EVERY_ROW, PADDING, VALUES, Cell, Form, Row, defect, is_empty
from tests.intake.dirty.rows import (
    DAYS,
    SEEN,
    but_for,
    filled,
    is_date,
    is_number,
)

MONTHS = (
    ("Januari", "Jan"),
    ("Februari", "Pebruari", "Feb"),
    ("Maret", "Mar"),
    ("April", "Apr"),
    ("Mei",),
    ("Juni", "Jun"),
    ("Juli", "Jul"),
    ("Agustus", "Agt", "Ags"),
    ("September", "Sept"),
    ("Oktober", "Okt"),
    ("November", "Nopember", "Nop"),
    ("Desember", "Des"),
)


def dated(form: Form) -> list[str]:
    return [column.name for column in form.table.columns if is_date(column)]


def day(said: str) -> dt.date:
    return dt.date.fromisoformat(said)


def in_words(said: str, random: Random) -> str:
    """A day with its month in Bahasa Indonesia."""
    date = day(said)
    month = random.choice(MONTHS[date.month - 1])
    month = random.choice((month, month.upper(), month.lower()))
    form = random.choice(("{d} {m} {y}", "{d:02} {m} {y}", "{d}-{m}-{y}", "{d:02}/{m}/{y}"))
    return form.format(d=date.day, m=month, y=date.year)


def in_digits(said: str, random: Random) -> str:
    mark = random.choice("/-.")
    return day(said).strftime(f"%d{mark}%m{mark}%Y")


def without_zeros(said: str, random: Random) -> str:
    date = day(said)
    return f"{date.day}/{date.month}/{date.year}"


def with_a_clock(said: str, random: Random) -> str:
    return said + random.choice((" 00:00:00", "T00:00:00", " 13:45:00", "T08:30:00+07:00"))


def as_serial(said: str, random: Random) -> str:
    number = (day(said) - dt.date(1899, 12, 30)).days
    return f"{number}" if random.random() < 0.7 else f"{number}.0"


FORMS = (in_words, in_digits, without_zeros, with_a_clock, lambda said, random: said)


def long_ago(said: str) -> bool:
    """Whether a day is before those that a serial number is read as."""
    return day(said).year < 1928


def dates(name: str, source: str, change: Callable[[str, Random], Cell], *touches: str) -> None:
    """Register another way to write the dates of a file."""

    def spoil(form: Form, random: Random) -> Form:
        return form.each(dated(form), lambda said: change(said, random))

    defect(name, source, "recovered", *touches, stage=VALUES, of=is_date)(spoil)


CELLS = ("cells", "text", "encoding", "delimiter", "ends", "wrapped", "trailing")
"""What cells that are no text do not go with: they need a workbook."""

dates("days with Indonesian months", SEEN, in_words)
dates("days in digits", SEEN, in_digits)
dates("days in digits without zeros", SEEN, without_zeros)
dates("days with a time of day", "domain.md §5: API histories", with_a_clock)
dates("days as a spreadsheet's numbers", "issue 2 of 3: Excel serial dates", as_serial)
dates("days in every form at once", SEEN, lambda said, random: random.choice(FORMS)(said, random))
dates("cells of days", "workbooks", lambda said, random: day(said), *CELLS)
dates(
    "cells of numbers for days",
    "workbooks",
    lambda said, random: (day(said) - dt.date(1899, 12, 30)).days,
    *CELLS,
)


@defect("days with the month first", "systems set to English", "asked", EVERY_ROW, stage=VALUES,
        of=is_date)  # fmt: skip
def _month_first(form: Form, random: Random) -> Form:
    names = [column.name for column in form.table.columns]
    said = [texts[names.index(name)] for texts in form.export.texts for name in dated(form)]
    form = form.each(dated(form), lambda text: day(text).strftime("%m/%d/%Y"))
    form = form.tell(reading={"day_first": False})
    if any(text and day(text).day > 12 for text in said):
        return form
    return replace(form, unsaid="no day of the file is above 12, so each is a day both ways")


def is_month(column: Column) -> bool:
    return column.name in OF_MONTH


@defect("months in words or digits", SEEN, "recovered", stage=VALUES, of=is_month)
def _months(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        date = day(said)
        name = random.choice(MONTHS[date.month - 1])
        forms = (f"{name} {date.year}", f"{date:%m/%Y}", f"{date:%Y-%m}", f"{name}-{date.year}")
        return random.choice(forms)

    return form.each(OF_MONTH, written)


def is_wave(column: Column) -> bool:
    return column.name == "wave"


@defect("quarters in words", SEEN, "recovered", stage=VALUES, of=is_wave)
def _quarters(form: Form, random: Random) -> Form:
    roman = {"1": "I", "2": "II", "3": "III", "4": "IV"}

    def written(said: str) -> str:
        year, quarter = said.split("-Q")
        forms = (
            f"Triwulan {roman[quarter]} {year}",
            f"TW {quarter}/{year}",
            f"TW.{quarter} {year}",
        )
        return random.choice(forms)

    return form.each(["wave"], written)


def is_decimal(column: Column) -> bool:
    return column.kind is Kind.DECIMAL


def is_integer(column: Column) -> bool:
    return column.kind is Kind.INTEGER


def plain(said: str) -> str:
    """A number without zeros behind it."""
    return said.rstrip("0").rstrip(".") if "." in said else said


def numeric(form: Form, of: Callable[[Column], bool] = is_number) -> list[str]:
    return [column.name for column in form.table.columns if of(column)]


@defect("decimal commas", SEEN, "recovered", stage=VALUES, of=is_decimal)
def _commas(form: Form, random: Random) -> Form:
    return form.each(numeric(form, is_decimal), lambda said: said.replace(".", ","))


@defect("commas and dots in one column", "domain.md §5: Kota Bima", "recovered", stage=VALUES,
        of=is_decimal)  # fmt: skip
def _mixed(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        return plain(said).replace(".", random.choice(",."))

    return form.each(numeric(form, is_decimal), written)


@defect("whole numbers with decimals", "spreadsheets", "recovered", stage=VALUES, of=is_integer)
def _with_zeros(form: Form, random: Random) -> Form:
    return form.each(
        numeric(form, is_integer), lambda said: said + random.choice(("", ".0", ",0", ".00"))
    )


@defect("cells of numbers", "workbooks", "recovered", *CELLS, stage=VALUES, of=is_number)
def _cells(form: Form, random: Random) -> Form:
    return form.each(numeric(form), lambda said: float(said) if "." in said else int(said))


def in_thousands(said: str, thousands: str, decimal: str) -> str:
    whole, _, fraction = plain(said).partition(".")
    parted = f"{int(whole):,}".replace(",", thousands)
    return f"{parted}{decimal}{fraction}" if fraction else parted


def large(export: Export) -> bool:
    """Whether a table has numbers of four digits that are no years."""
    names = [column.name for column in export.table.columns if is_number(column)]
    return export.table.name == "recap" and bool(names)


def thousands(name: str, expect, mark: str, decimal: str, **reading: Any) -> None:
    def spoil(form: Form, random: Random) -> Form:
        form = form.each(numeric(form), lambda said: in_thousands(said, mark, decimal))
        return form.tell(reading=reading) if reading else form

    touches = (EVERY_ROW,) if reading else ()
    defect(name, "issue 2 of 3: thousands", expect, *touches, stage=VALUES, of=is_number,
           applies=large)(spoil)  # fmt: skip


thousands("thousands parted by dots", "asked", ".", ",", decimals="comma")
thousands("thousands parted by commas", "asked", ",", ".", decimals="dot")
thousands("thousands parted by spaces", "recovered", " ", ",")


def in_unit(column: Column) -> bool:
    return column in IN_UNIT_OF_METRIC


def share_cells(form: Form, change: Callable[[str], str]) -> Form:
    """The shares of a table changed; figures in other units stay as they are."""
    (column,) = numeric(form, in_unit)
    at = form.at(column)

    def changed(row: Row) -> Row:
        said = row.cells[at]
        if row.kind != "data" or not isinstance(said, str) or not said:
            return row
        metric = row.cells[form.at("metric")]
        cell = change(said) if metric in SHARES else said
        return replace(row, cells=(*row.cells[:at], cell, *row.cells[at + 1 :]))

    return replace(form, rows=tuple(map(changed, form.rows)))


def hundredfold(said: str) -> str:
    whole, _, fraction = said.partition(".")
    fraction = fraction.ljust(2, "0")
    return plain(f"{int(whole + fraction[:2])}.{fraction[2:] or '0'}")


@defect("per cent with their sign", "issue 2 of 3: 83%", "recovered", stage=VALUES, of=in_unit)
def _per_cent(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        return hundredfold(said).replace(".", random.choice(".,")) + random.choice(("%", " %"))

    return share_cells(form, written)


@defect("per cent without their sign", "issue 2 of 3: 83", "asked", EVERY_ROW, stage=VALUES,
        of=in_unit)  # fmt: skip
def _bare_per_cent(form: Form, random: Random) -> Form:
    form = share_cells(form, lambda said: hundredfold(said).replace(".", random.choice(".,")))
    return form.tell(reading={"percent": True})


def optional(column: Column) -> bool:
    return column.optional


def blank(form: Form, change: Callable[[], str], of: Callable[[Column], bool] = optional) -> Form:
    """The empty cells of optional columns filled."""
    at = {form.at(c.name) for c in form.table.columns if of(c) and form.has(c.name)}
    rows = tuple(
        replace(
            row,
            cells=tuple(
                change() if n in at and is_empty(cell) else cell for n, cell in enumerate(row.cells)
            ),
        )
        if row.kind == "data"
        else row
        for row in form.rows
    )
    return replace(form, rows=rows)


@defect("dashes for nothing", "issue 2 of 3: - as missing", "recovered", "blank", stage=PADDING,
        applies=lambda export: any(c.optional for c in export.table.columns))  # fmt: skip
def _dashes(form: Form, random: Random) -> Form:
    return blank(form, lambda: random.choice(("-", " - ", "n/a", "N/A", "", " ", "\u00a0")))


@defect("8888 and 9999 for nothing", "issue 2 of 3: where the profile says so", "asked", "blank",
        EVERY_ROW, stage=PADDING,
        applies=lambda export: any(c.optional for c in export.table.columns))  # fmt: skip
def _nines(form: Form, random: Random) -> Form:
    form = blank(form, lambda: random.choice(("8888", "9999", "9999.0", "tidak diisi")))
    form = form.tell(reading={"missing": ("", "-", "8888", "9999", "tidak diisi")})
    return replace(form, unsaid="8888 can be a number of people, and any text a name")


PADS = (" ", "  ", "\u00a0", "\t")


@defect("spaces around values", "every export", "recovered", "pads", stage=PADDING)
def _padded(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        return random.choice(("", *PADS)) + said + random.choice(("", *PADS))

    return form.each([column.name for column in form.table.columns], written)


def is_person(column: Column) -> bool:
    return column.kind is Kind.PERSON


@defect("a NIP behind an apostrophe", SEEN, "recovered", stage=VALUES, of=is_person)
def _apostrophe(form: Form, random: Random) -> Form:
    return form.each(["employee_id"], lambda said: f"'{said}")


@defect("a NIP in groups", "offices' lists", "recovered", stage=VALUES, of=is_person)
def _groups(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        mark = random.choice((" ", "  "))
        return mark.join((said[:8], said[8:14], said[14], said[15:]))

    return form.each(["employee_id"], written)


@defect("cells of numbers for NIP", SEEN, "rejected", *CELLS, EVERY_ROW, stage=VALUES,
        of=is_person)  # fmt: skip
def _numbers(form: Form, random: Random) -> Form:
    at = form.at("employee_id")
    rows = tuple(
        replace(
            row,
            cells=(*row.cells[:at], int(str(row.cells[at])), *row.cells[at + 1 :]),
            fault="person.exponent",
        )
        if row.kind == "data" and number % 2
        else row
        for number, row in enumerate(form.rows)
    )
    return replace(form, rows=rows)


@defect("NIPs that were a program's numbers", "domain.md §5: float64 gives …001→…008", "rejected",
        EVERY_ROW, stage=VALUES, of=is_person)  # fmt: skip
def _doubles(form: Form, random: Random) -> Form:
    """Every number is another person's: it is a multiple of 32, as no column of NIPs is by chance."""
    digits = random.choice((lambda said: str(int(float(said))), javascript))
    form = form.each(["employee_id"], digits)
    rows = tuple(
        replace(row, fault="person.cut" if str(row.cells[form.at("employee_id")]).endswith("000")
                else "person.rounded")
        if row.kind == "data"
        else row
        for row in form.rows
    )  # fmt: skip
    return replace(form, rows=rows)


def javascript(said: str) -> str:
    """A number as JavaScript writes it: the fewest digits that tell it from the next, then zeros."""
    digits, _, power = f"{float(said)!r}".partition("e+")
    digits = digits.replace(".", "")
    return digits.ljust(int(power or 17) + 1, "0")


LABELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "predicate": {
        "sangat_baik": ("Sangat Baik", "SANGAT BAIK", "Sangat  baik"),
        "baik": ("Baik", "BAIK"),
        "butuh_perbaikan": ("Butuh Perbaikan", "Cukup/Butuh Perbaikan", "Cukup", "butuh perbaikan"),
        "kurang": ("Kurang / Misconduct", "Kurang/misconduct", "Kurang/Misconduct", "Kurang"),
        "sangat_kurang": ("Sangat Kurang", "SANGAT KURANG"),
    },
    "rating": {
        "above": ("Diatas Ekspektasi", "Di atas ekspektasi", "DIATAS ESPEKTASI", "Di Atas"),
        "meets": ("Sesuai Ekspektasi", "SESUAI ESPEKTASI", "sesuai"),
        "below": ("Dibawah Ekspektasi", "Di bawah ekspektasi", "DIBAWAH ESPEKTASI"),
    },
}
"""Labels in the spellings that domain.md §5 has seen; of other lists those of data/values.toml."""


@cache
def labels(name: str) -> Mapping[str, tuple[str, ...]]:
    """For each value of a list the ways in which offices write it."""
    if name in LABELS:
        return LABELS[name]
    with FILE.open("rb") as file:
        listed = tomllib.load(file)[name]
    return {value: (value, *spelled) for value, spelled in listed.items()}


def listed(*names: str) -> Callable[[Column], bool]:
    return lambda column: section(column) in names


def respell(form: Form, of: Callable[[Column], bool], random: Random) -> Form:
    for column in form.table.columns:
        if of(column):
            known = labels(section(column) or "")
            form = form.each(
                [column.name], lambda said, known=known: random.choice(known.get(said, (said,)))
            )
    return form


def spelled(name: str, source: str, of: Callable[[Column], bool]) -> None:
    defect(name, source, "recovered", stage=VALUES, of=of)(
        lambda form, random: respell(form, of, random)
    )


spelled("predicates as offices write them", SEEN, listed("predicate", "organisation_rating"))
spelled("ratings as offices write them", SEEN, listed("rating"))
spelled("sex as L and P, Pria and Wanita", "../shared/data/bandar-lampung", listed("sex"))
REST = (
    *("status", "position_type", "cycle", "rater", "scale", "objection", "field", "mode"),
    *("activity", "career_event", "age_band", "region_kind", "agency_kind"),
)
spelled("other lists as offices write them", "../shared/data/siasn-reference", listed(*REST))


def is_listed(column: Column) -> bool:
    return section(column) not in (None, "grade")


@defect("values in capitals", "e-Kinerja", "recovered", stage=VALUES, of=is_listed)
def _capitals(form: Form, random: Random) -> Form:
    return form.each([c.name for c in form.table.columns if is_listed(c)], str.upper)


def is_grade(column: Column) -> bool:
    return column.name == "grade"


@defect("grades with their names", "../shared/data/bandar-lampung", "recovered", stage=VALUES,
        of=is_grade)  # fmt: skip
def _grades(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        if "/" not in said:
            return random.choice((said, f"Golongan {said}", f"Gol. {said}", said.lower()))
        names = labels("grade").get(said, (said, said))
        forms = (said.upper(), said.replace("/", " "), f"{names[-1]} ({said})", f"Gol. {said}",
                 f"{said} - GRADE IV", names[-1])  # fmt: skip
        return random.choice(forms)

    return form.each(["grade"], written)


def is_truth(column: Column) -> bool:
    return column.kind is Kind.BOOLEAN


TRUTHS = {"true": ("Ya", "YA", "ya", "1", "Y", "true"), "false": ("Tidak", "tdk", "0", "false")}


@defect("ya and tidak", "every form", "recovered", stage=VALUES, of=is_truth)
def _truths(form: Form, random: Random) -> Form:
    names = [column.name for column in form.table.columns if is_truth(column)]
    return form.each(names, lambda said: random.choice(TRUTHS[said]))


@defect("y and t", "a lone t is tidak or true", "asked", EVERY_ROW, stage=VALUES, of=is_truth)
def _letters(form: Form, random: Random) -> Form:
    names = [column.name for column in form.table.columns if is_truth(column)]
    form = form.each(names, lambda said: {"true": "Y", "false": "T"}[said])
    return form.tell(reading={"t_means": False})


@defect("cells of truths", "workbooks", "recovered", *CELLS, stage=VALUES, of=is_truth)
def _truth_cells(form: Form, random: Random) -> Form:
    names = [column.name for column in form.table.columns if is_truth(column)]
    return form.each(names, lambda said: said == "true")


def coded(column: Column) -> bool:
    return bool(siasn_codes(section(column) or ""))


@defect("SIASN's codes", "../shared/data/siasn-reference", "asked", EVERY_ROW, stage=VALUES,
        of=coded)  # fmt: skip
def _codes(form: Form, random: Random) -> Form:
    for column in form.table.columns:
        codes: dict[str, list[str]] = {}
        for code, value in siasn_codes(section(column) or "").items():
            codes.setdefault(value, []).append(code)
        if codes:
            form = form.each(
                [column.name], lambda said, codes=codes: random.choice(codes.get(said, [said]))
            )
    return form.tell(reading={"codes": "siasn"})


def is_region(column: Column) -> bool:
    return column.name == "region_code"


def bare_codes(name: str, authority: str, code: Callable[[Mapping[str, str]], str]) -> None:
    """Register region codes without their dot, of one of the three who give them."""

    def spoil(form: Form, random: Random) -> Form:
        known = {region["region_code"]: region for region in shipped_regions()}
        return form.each(
            ["region_code"], lambda said: code(known[said]) if said in known else said
        ).tell(reading={"region_codes": authority})

    defect(name, "../shared/data/region-codes", "asked", EVERY_ROW, stage=VALUES, of=is_region,
           applies=lambda export: but_for("region")(export) and dotted(export))(spoil)  # fmt: skip


def dotted(export: Export) -> bool:
    """Whether a table has codes of kabupaten or kota, which the three write differently."""
    names = [column.name for column in export.table.columns]
    if "region_code" not in names:
        return False
    return any("." in texts[names.index("region_code")] for texts in export.texts)


@cache
def shipped_regions() -> tuple[Mapping[str, str], ...]:
    with SHIPPED_REGIONS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


bare_codes("BPS codes of regions", "bps", lambda region: region["bps_code"])
bare_codes("BKN codes of regions", "bkn", lambda region: region["bkn_code"])
bare_codes(
    "Kemendagri codes without their dot",
    "kemendagri",
    lambda region: region["region_code"].replace(".", ""),
)


@defect("cells of numbers for region codes", "spreadsheets", "rejected", *CELLS, EVERY_ROW,
        stage=VALUES, of=is_region, applies=lambda e: but_for("region")(e) and dotted(e))  # fmt: skip
def _region_cells(form: Form, random: Random) -> Form:
    form = form.each(["region_code"], lambda said: float(said) if "." in said else int(said))
    at = form.at("region_code")
    rows = tuple(
        replace(row, fault="region.zero")
        if row.kind == "data" and form.says(row, "region_code").endswith("0")
        and isinstance(row.cells[at], float)
        else row
        for row in form.rows
    )  # fmt: skip
    return replace(form, rows=rows)


def is_agency(column: Column) -> bool:
    return column.name == "agency_id"


def names_agencies(export: Export) -> bool:
    return export.table.name not in ("agency", "agency_alias") and filled(export, "agency_id")


@defect("agencies by their names", SEEN, "recovered", stage=VALUES, of=is_agency,
        applies=names_agencies)  # fmt: skip
def _aliases(form: Form, random: Random) -> Form:
    def written(said: str) -> str:
        name = form.export.aliases.get(said, said)
        return random.choice((name, name.upper(), name.replace(" ", "  "), name.lower()))

    return form.each(["agency_id"], written)


@defect("agencies by names of their time", "domain.md §5: Bengkulu 2024", "recovered",
        lambda table: DAYS.get(table.name, ""), stage=VALUES, of=is_agency,
        applies=lambda export: export.table.name in DAYS)  # fmt: skip
def _old_names(form: Form, random: Random) -> Form:
    """One name is that of an agency until a day, and of another from then on."""
    at, on = form.at("agency_id"), form.at(DAYS[form.table.name])

    def named(row: Row) -> Row:
        for name, held in OLD_NAMES.items():
            for agency, first, last in held:
                when = str(row.cells[on])
                if row.cells[at] == agency and (first or "") <= when <= (last or "9"):
                    return replace(row, cells=(*row.cells[:at], name, *row.cells[at + 1 :]))
        return row

    return replace(form, rows=tuple(map(named, form.rows)))


@defect("misspelt agencies that a person tells", SEEN, "asked", EVERY_ROW, stage=VALUES,
        of=is_agency, applies=names_agencies)  # fmt: skip
def _misspelt(form: Form, random: Random) -> Form:
    told: dict[str, str] = {}

    def written(said: str) -> str:
        name = form.export.aliases.get(said)
        if name is None:
            return said
        at = random.randint(1, len(name) - 2)
        told[name[:at] + name[at + 1 :]] = said
        return name[:at] + name[at + 1 :]

    form = form.each(["agency_id"], written)
    return form.tell(agencies={name.strip(): agency for name, agency in told.items()})
