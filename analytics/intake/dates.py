"""Days, months and periods as files write them, read by SQL over a column of text.

Every form is matched whole before it is read, so that what is not one of them stays unread. Months
are named by the bound parameters $month_names (in lower case) and $month_numbers, $blanks are what
is nothing at either end.
"""

from __future__ import annotations

import re
from typing import Any

from analytics.intake.query import once
from analytics.intake.spellings import spellings

CLOCK = r"(?: +\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?(?:am|pm|wib|wita|wit))?)?"
"""A time of day after a date, which is not read."""

ISO = r"\d{4}-\d{2}-\d{2}(?:[ T].+)?"
NUMERIC = rf"\d{{1,2}}(?:/\d{{1,2}}/|-\d{{1,2}}-|\.\d{{1,2}}\.)\d{{4}}{CLOCK}"
NAMED = (
    r"(?:\d{1,2}[ ./-]*[a-z]{3,9}\.?[ ,./-]*|[a-z]{3,9}\.? +\d{1,2}(?:, *| +))"
    rf"\d{{4}}{CLOCK}"
)
"""A day with its month in words: 28 Februari 2025, or February 28, 2025."""

DAY, NAME, YEAR = r"\d{1,2}", "[A-Za-z]{3,9}", r"\d{4}"
"""The parts of a date with its month in words: each is the first of its kind in it."""

MONTH_NAMED = r"[a-z]{3,9}\.?[ ,./-]*\d{4}"
YEAR_MONTH = r"\d{4}[/-]\d{1,2}"
MONTH_YEAR = r"\d{1,2}[/-]\d{4}"
SERIAL = r"\d{5}(?:[.,]\d+)?"

FIRST_SERIAL, LAST_SERIAL = 10_000, 73_415
"""1927-05-18 and 2100-12-31 as Excel numbers days: below five digits stand years, not days."""

QUARTER_WORD = "(?:triwulan|tri wulan|tw|quarter|kuartal|q)"
QUARTER = rf"{QUARTER_WORD} ?\.?-?(iv|i{{1,3}}|[1-4])"
QUARTER_YEAR = rf"{QUARTER}(?: |/|-|, *| tahun )+(\d{{4}})"
YEAR_QUARTER = rf"(\d{{4}})[ /-]*{QUARTER}"
QUARTER_ALONE = rf"(?:{QUARTER_WORD} ?\.?-?)?(iv|i{{1,3}}|[1-4])"

TWO_DIGIT_YEAR = re.compile(
    rf"(?:\d{{1,2}}[/. -]\d{{1,2}}[/. -]\d{{2}}|\d{{1,2}}[ ./-]*[a-z]{{3,9}}\.?[ ,./'-]*\d{{2}}"
    rf"|[a-z]{{3,9}}\.?[ ,./'-]*\d{{2}}){CLOCK}",
    re.IGNORECASE,
)
MONTH_ALONE = re.compile(rf"{YEAR_MONTH}|{MONTH_YEAR}|{MONTH_NAMED}", re.IGNORECASE)


def parameters() -> dict[str, Any]:
    """The names of months and their numbers, to be bound."""
    months = spellings("month")
    return {"month_names": list(months), "month_numbers": [int(n) for n in months.values()]}


def date_sql(said: str, *, day_first: bool, of_month: str | None = None) -> str:
    """SQL for the DATE that a text says; NULL where it says none, or a day no calendar has.

    `of_month` is "first" or "last" for a column in which a month stands for that day of it.
    """
    # try_cast alone would take 2025-1-5, 2025/01/05 and infinity for dates.
    plain = f"{said}[5] = '-' AND {said}[8] = '-' AND length({said}) = 10"
    return (
        f"CASE WHEN {said} IS NULL THEN NULL WHEN {plain} THEN try_cast({said} AS DATE) ELSE"
        f" {once('day', f'trim({said}, $blanks)', lambda s: _other(s, day_first, of_month))} END"
    )


def _other(said: str, day_first: bool, of_month: str | None) -> str:
    # A moment of Greenwich can be the day after in Indonesia, as 17:00 is midnight in Jakarta.
    greenwich = f"regexp_matches({said}, '(Z|[+-]00(:?00)?)$')"
    elsewhere = f"{greenwich} AND {said}[12:16] <> '00:00'"
    named = _day(_first(said, YEAR), _named(said), _first(said, DAY))
    month = f" ELSE {_month_sql(said, of_month)}" if of_month else ""
    return (
        f"CASE WHEN {_is(said, NUMERIC)} THEN {_numeric(said, day_first=day_first)}"
        f" WHEN {_is(said, ISO)} THEN CASE WHEN NOT ({elsewhere}) THEN try_cast({said} AS DATE) END"
        f" WHEN {_is(said, NAMED)} THEN {named}"
        f" WHEN {_is(said, SERIAL)} THEN {_serial(said)}{month} END"
    )


def turned_sql(said: str, *, day_first: bool) -> str:
    """SQL that is true of a date in digits that a calendar has only the other way round."""
    read, turned = _numeric(said, day_first=day_first), _numeric(said, day_first=not day_first)
    return f"{_is(said, NUMERIC)} AND {read} IS NULL AND {turned} IS NOT NULL"


def settled_sql(said: str, *, day_first: bool) -> str:
    """SQL that is true of a date in digits that a calendar has in this order alone."""
    return turned_sql(said, day_first=not day_first)


def either_order_sql(said: str) -> str:
    """SQL that is true of a date in digits that is another day the other way round."""
    read, turned = _numeric(said, day_first=True), _numeric(said, day_first=False)
    return f"{_is(said, NUMERIC)} AND {read} <> {turned}"


def serial_sql(said: str) -> str:
    """SQL that is true of a date as the bare number of a spreadsheet."""
    return _is(said, SERIAL)


def period_sql(said: str) -> str:
    """SQL for a period as the contract writes it (2025, 2025-Q4, 2025-12) from other ways to."""
    forms = ((QUARTER_YEAR, 2, 1), (YEAR_QUARTER, 1, 2))
    quarters = " ".join(
        f"WHEN {_is(said, form)}"
        f" THEN {_part(said, form, year)} || '-Q' || {_quarter(_part(said, form, quarter))}"
        for form, year, quarter in forms
    )
    return f"CASE {quarters} ELSE strftime({_month_sql(said, 'first')}, '%Y-%m') END"


def quarter_sql(said: str) -> str:
    """SQL for the number of a quarter as text: from 1, I, TW I, Triwulan 1 or Q1."""
    numeral = _quarter(_part(said, QUARTER_ALONE, 1))
    return f"CASE WHEN {_is(said, QUARTER_ALONE)} THEN {numeral} END"


def month_number_sql(said: str) -> str:
    """SQL for the number of a month as INTEGER: from 1, 01, Februari or feb."""
    return (
        rf"CASE WHEN regexp_full_match({said}, '0?[1-9]|1[0-2]') THEN {said}::INTEGER"
        f" ELSE {_number_of(said)} END"
    )


def _is(said: str, pattern: str) -> str:
    return f"regexp_full_match({said}, '{pattern}', 'i')"


def _part(said: str, pattern: str, number: int) -> str:
    return f"regexp_extract({said}, '^(?:{pattern})$', {number}, 'i')"


def _first(said: str, part: str) -> str:
    return f"regexp_extract({said}, '{part}')"


def _number_of(name: str) -> str:
    at = f"list_position($month_names::VARCHAR[], lower(rtrim({name}, '.')))"
    return f"($month_numbers::INTEGER[])[{at}]"


def _named(said: str) -> str:
    return _number_of(_first(said, NAME))


def _day(year: str, month: str, day: str) -> str:
    padded = f"lpad(({month})::VARCHAR, 2, '0') || '-' || lpad({day}, 2, '0')"
    return f"try_cast({year} || '-' || {padded} AS DATE)"


def _numeric(said: str, *, day_first: bool) -> str:
    order = "%d{0}%m{0}%Y" if day_first else "%m{0}%d{0}%Y"
    forms = ", ".join(f"'{order.format(mark)}'" for mark in "/-.")
    return f"try_strptime(split_part({said}, ' ', 1), [{forms}])::DATE"


def _serial(said: str) -> str:
    # Counted from the end of 1899: Excel has a 29 February 1900, which is before FIRST_SERIAL.
    number = f"{said}[1:5]::INTEGER"
    return (
        f"CASE WHEN {number} BETWEEN {FIRST_SERIAL} AND {LAST_SERIAL}"
        f" THEN DATE '1899-12-30' + {number} END"
    )


def _quarter(numeral: str) -> str:
    return (
        f"CASE lower({numeral}) WHEN 'i' THEN '1' WHEN 'ii' THEN '2' WHEN 'iii' THEN '3'"
        f" WHEN 'iv' THEN '4' ELSE {numeral} END"
    )


def _month_sql(said: str, day: str) -> str:
    start = "'01'"
    by_name = _day(_first(said, YEAR), _named(said), start)
    by_year = _day(f"{said}[1:4]", f"{said}[6:]", start)
    by_month = _day(f"{said}[-4:]", f"split_part(replace({said}, '/', '-'), '-', 1)", start)
    first = (
        f"CASE WHEN {_is(said, MONTH_NAMED)} THEN {by_name}"
        f" WHEN {_is(said, YEAR_MONTH)} THEN {by_year}"
        f" WHEN {_is(said, MONTH_YEAR)} THEN {by_month} END"
    )
    return f"last_day({first})" if day == "last" else first
