"""What to say of values that were not read: which two things one could be, and what to write."""

from __future__ import annotations

import datetime as dt
import re

from analytics.intake import dates
from analytics.intake.checks import Words
from analytics.intake.numbers import OPEN
from analytics.intake.spellings import section, siasn_codes
from analytics.intake.values import IN_UNIT_OF_METRIC, OF_MONTH, Reading
from analytics.schema import Column, Kind
from analytics.text.phrase import Phrase

Told = tuple[str, str] | None

DAY_AND_MONTH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b.*")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T].*(?:Z|[+-]00(?::?00)?)")


def unread_words(column: Column, reading: Reading) -> Words | None:
    """The words for values of a column that could not be read, where their form says more."""
    of_kind = {
        Kind.DATE: _of_date,
        Kind.INTEGER: _of_number,
        Kind.DECIMAL: _of_number,
        Kind.BOOLEAN: _of_truth,
        Kind.TEXT: _of_code,
    }
    tell = of_kind.get(column.kind)
    if tell is None:
        return None

    def words(_: object, said: list[str]) -> dict[str, tuple[str, str]]:
        told = {value: tell(value, column, reading) for value in said if value is not None}
        return {value: found for value, found in told.items() if found is not None}

    return words


def _of_date(said: str, column: Column, reading: Reading) -> Told:
    if dates.TWO_DIGIT_YEAR.fullmatch(said):
        return (
            Phrase("has a year of two digits, which does not say its century"),
            Phrase("Write the year in full, as in 2025-02-28 or 28 Februari 2025."),
        )
    if dates.MONTH_ALONE.fullmatch(said) and column.name not in OF_MONTH:
        return (
            Phrase("is a month, where a day is expected"),
            Phrase("Write the day as well, as in 2025-02-28 or 28 Februari 2025."),
        )
    if MOMENT.fullmatch(said):
        return (
            Phrase("is a moment by the clock of Greenwich, which can be another day in Indonesia"),
            Phrase("Export the day alone, or the moment in local time."),
        )
    return _turned(said, reading)


def _turned(said: str, reading: Reading) -> Told:
    """A date that is one only with day and month the other way round."""
    found = DAY_AND_MONTH.fullmatch(said)
    if found is None:
        return None
    first, second, year = (int(part) for part in found.groups())
    day, month = (second, first) if reading.day_first else (first, second)
    try:
        dt.date(year, month, day)
    except ValueError:
        return None
    order = Phrase("month") if reading.day_first else Phrase("day")
    return (
        Phrase("is a date only with its {part} first", part=order),
        Phrase(
            "Write it as 2025-02-28 or 28 Februari 2025, or say which comes first under"
            " “How values are written” or in the profile of the file."
        ),
    )


MERGED = re.compile(r".*\d.* \([A-Z]{1,3}\d+:[A-Z]{1,3}\d+\)")
"""A figure of merged cells, with their place beside it."""


def _of_number(said: str, column: Column, reading: Reading) -> Told:
    if MERGED.fullmatch(said):
        return (
            Phrase("stands in merged cells, and could be of one of them or of all together"),
            Phrase("Undo the merge and write in each cell its own figure."),
        )
    if OPEN.fullmatch(said) and reading.decimals == "either":
        return (
            Phrase(
                "could be {thousands} or {fraction}: its mark may part thousands or be decimal",
                thousands=re.sub("[.,]", "", said),
                fraction=said.replace(",", "."),
            ),
            Phrase(
                "Write thousands without a mark, or say which mark is decimal under"
                " “How values are written” or in the profile of the file."
            ),
        )
    if said.endswith("%"):
        return (
            Phrase("is a percentage, where a number in another unit is expected"),
            Phrase("Write the number without the sign, in the unit of its column."),
        )
    if reading.percent and column in IN_UNIT_OF_METRIC and re.search(r"\d", said):
        return (
            Phrase("could be a share or a percentage"),
            Phrase("Write a percentage with its sign, such as 0,8%, and a share as 80%."),
        )
    return None


def _of_truth(said: str, column: Column, reading: Reading) -> Told:
    if said.lower() != "t":
        return None
    return (
        Phrase("could be tidak or true"),
        Phrase(
            "Write ya or tidak, or say what t means under “How values are written” or in the profile"
            " of the file."
        ),
    )


def _of_code(said: str, column: Column, reading: Reading) -> Told:
    codes = siasn_codes(section(column) or "")
    if said not in codes or reading.codes is not None:
        return None
    return (
        Phrase("is a code that does not say whose it is: SIASN's means {value}", value=codes[said]),
        Phrase(
            "Write the word, or say that the codes are SIASN's under “How values are written” or in"
            " the profile of the file."
        ),
    )
