"""Days, months and periods as files write them, read by SQL over a column of text.

Every form is matched whole before it is read, so that what is not one of them stays unread. Months
are named by the bound parameters $month_names (in lower case) and $month_numbers.
"""

from __future__ import annotations

import re
from typing import Any

from analytics.intake.spellings import spellings

CLOCK = r"(?:[ T]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?(?:am|pm|wib|wita|wit))?)?"
"""A time of day after a date, which is not read."""

NUMERIC = rf"(\d{{1,2}})(?:/(\d{{1,2}})/|-(\d{{1,2}})-|\.(\d{{1,2}})\.)(\d{{4}}){CLOCK}"
DAY_NAMED = rf"(\d{{1,2}})[ ./-]*([a-z]{{3,9}})\.?[ ,./-]*(\d{{4}}){CLOCK}"
NAMED_DAY = rf"([a-z]{{3,9}})\.? +(\d{{1,2}})(?:, *| +)(\d{{4}}){CLOCK}"
MONTH_NAMED = r"([a-z]{3,9})\.?[ ,./-]*(\d{4})"
YEAR_MONTH = r"(\d{4})[/-](\d{1,2})"
MONTH_YEAR = r"(\d{1,2})[/-](\d{4})"
SERIAL = r"\d{5}(?:[.,]\d+)?"

FIRST_SERIAL, LAST_SERIAL = 10_000, 73_415
"""1927-05-18 and 2100-12-31 as Excel numbers days: below five digits stand years, not days."""

QUARTER = r"(?:triwulan|tri wulan|tw|quarter|kuartal|q) ?\.?-?(iv|i{1,3}|[1-4])"
QUARTER_YEAR = rf"{QUARTER}(?: |/|-|, *| tahun )+(\d{{4}})"
YEAR_QUARTER = r"(\d{4})[ /-]*(?:triwulan|tw|q) ?(iv|i{1,3}|[1-4])"

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
    iso = (
        f"{said}[5] = '-' AND {said}[8] = '-' AND (length({said}) = 10 OR {said}[11] IN (' ', 'T'))"
    )
    # A moment of Greenwich can be the day after in Indonesia, as 17:00 is midnight in Jakarta.
    elsewhere = f"({said}[-1] = 'Z' OR suffix({said}, '+00:00')) AND {said}[12:16] <> '00:00'"
    month = f" ELSE {_month_sql(said, of_month)}" if of_month else ""
    return (
        f"CASE WHEN {said} IS NULL THEN NULL WHEN {iso} THEN"
        f" CASE WHEN length({said}) = 10 OR NOT ({elsewhere}) THEN try_cast({said} AS DATE) END"
        f" WHEN {_is(said, NUMERIC)} THEN {_numeric(said, day_first=day_first)}"
        f" WHEN {_is(said, DAY_NAMED)}"
        f" THEN {_day(_part(said, DAY_NAMED, 3), _named(said, DAY_NAMED, 2), _part(said, DAY_NAMED, 1))}"
        f" WHEN {_is(said, NAMED_DAY)}"
        f" THEN {_day(_part(said, NAMED_DAY, 3), _named(said, NAMED_DAY, 1), _part(said, NAMED_DAY, 2))}"
        f" WHEN {_is(said, SERIAL)} THEN {_serial(said)}{month} END"
    )


def turned_sql(said: str, *, day_first: bool) -> str:
    """SQL that is true of a date in digits that a calendar has only the other way round."""
    read, turned = _numeric(said, day_first=day_first), _numeric(said, day_first=not day_first)
    return f"{_is(said, NUMERIC)} AND {read} IS NULL AND {turned} IS NOT NULL"


def either_order_sql(said: str) -> str:
    """SQL that is true of a date in digits that is another day the other way round."""
    read, turned = _numeric(said, day_first=True), _numeric(said, day_first=False)
    return f"{_is(said, NUMERIC)} AND {read} <> {turned}"


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
    alone = r"(?:(?:triwulan|tri wulan|tw|quarter|kuartal|q) ?\.?-?)?(iv|i{1,3}|[1-4])"
    return f"CASE WHEN {_is(said, alone)} THEN {_quarter(_part(said, alone, 1))} END"


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


def _number_of(name: str) -> str:
    at = f"list_position($month_names::VARCHAR[], lower(rtrim({name}, '.')))"
    return f"($month_numbers::INTEGER[])[{at}]"


def _named(said: str, pattern: str, number: int) -> str:
    return _number_of(_part(said, pattern, number))


def _day(year: str, month: str, day: str) -> str:
    padded = f"lpad(({month})::VARCHAR, 2, '0') || '-' || lpad({day}, 2, '0')"
    return f"try_cast({year} || '-' || {padded} AS DATE)"


def _numeric(said: str, *, day_first: bool) -> str:
    first = _part(said, NUMERIC, 1)
    second = " || ".join(_part(said, NUMERIC, number) for number in (2, 3, 4))
    day, month = (first, f"({second})") if day_first else (f"({second})", first)
    return _day(_part(said, NUMERIC, 5), month, day)


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
    forms = (
        (MONTH_NAMED, _part(said, MONTH_NAMED, 2), _named(said, MONTH_NAMED, 1)),
        (YEAR_MONTH, _part(said, YEAR_MONTH, 1), _part(said, YEAR_MONTH, 2)),
        (MONTH_YEAR, _part(said, MONTH_YEAR, 2), _part(said, MONTH_YEAR, 1)),
    )
    first_day = "'01'"
    whens = " ".join(f"WHEN {_is(said, f)} THEN {_day(year, m, first_day)}" for f, year, m in forms)
    first = f"CASE {whens} END"
    return f"last_day({first})" if day == "last" else first
