"""Where a column that a file lacks can come from: a heading, other columns, one text for all rows."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from functools import cache

from babel.dates import get_month_names

from analytics.intake.derived import WAYS
from analytics.intake.headings import (
    SUGGESTED,
    column_of,
    is_person_number,
    is_personal,
    synonyms,
    tells_birth,
)
from analytics.intake.sources import Sheet
from analytics.intake.suggestions import NEAR, Choice, likeness, words
from analytics.schema import Table

HEADING, CONSTANT, DERIVED_BY, AND = "heading:", "constant:", "derived:", " + "
"""How an answer says where a missing column is to come from; `derived:` is followed by the way, a
colon and the headings, ` + ` between them."""

WAYS_OF: Mapping[str, tuple[str, ...]] = {
    "period_start": ("period_first_day", "year_first_day", "quarter_first_day", "month_first_day"),
    "period_end": ("period_last_day", "year_last_day", "quarter_last_day", "month_last_day"),
    "valid_from": ("period_first_day", "year_first_day"),
    "start_date": ("period_first_day", "year_first_day", "month_first_day"),
    "end_date": ("period_last_day", "year_last_day", "month_last_day"),
    "month": ("period_first_day", "month_first_day"),
    "year": ("year",),
    "sex": ("nip_sex",),
    "birth_year": ("nip_birth_year",),
    "entry_date": ("nip_entry_date",),
}
"""Ways to work out a column that are offered where a file lacks it."""

ORIGINS: Mapping[str, tuple[str, ...]] = {
    "year": ("tahun", "thn", "year"),
    "quarter": ("triwulan", "quarter", "periodik"),
    "month": ("bulan", "month"),
    "period": ("periode", "period", "triwulan", "bulan", "tahun"),
}
"""Words by which a heading is known to tell a time."""


def origins_of(
    sheet: Sheet, table: Table, name: str, *, title: str, before: str | None
) -> tuple[Choice, ...]:
    """Where a missing column could come from, best first; texts for all rows last.

    `title` is what the file says of itself, of which a period may be told; `before` is the text that
    held for another file.
    """
    known = (name, *synonyms(table)[name])
    free = [
        h for h in sheet.headings if h.strip() and not is_personal(h) and not column_of(h, table)
    ][:SUGGESTED]
    headings = [
        Choice(HEADING + heading, round(score, 2))
        for heading in dict.fromkeys(free)
        if (score := max(likeness(heading, one) for one in known)) >= NEAR
    ]
    derived = [
        Choice(f"{DERIVED_BY}{how}:{AND.join(headings)}", round(score, 2))
        for how in WAYS_OF.get(name, ())
        for headings, score in _origins(sheet, how)
    ]
    if name == "birth_year":
        births = [heading for heading in sheet.headings if tells_birth(heading)]
        derived = [Choice(f"{DERIVED_BY}year:{heading}", 1.0) for heading in births] + derived
    texts = ["headcount"] if name == "metric" else list(table.column(name).values)
    texts = [before] if before is not None else texts
    if name in PERIOD and (period := period_said(title)):
        texts = [period[PERIOD.index(name)], *texts]
    constants = [Choice(CONSTANT + text, 0.0) for text in texts]
    best = sorted((*headings, *derived), key=lambda choice: -choice.score)
    return (*best, *constants)


PERIOD = ("period_start", "period_end")


@cache
def _months() -> dict[str, int]:
    """Names of months in Indonesian and English → their number."""
    return {
        name.lower(): number
        for language in ("id", "en")
        for number, name in get_month_names("wide", locale=language).items()
    }


def period_said(text: str) -> tuple[str, str] | None:
    """First and last day of the month, or else the year, that a title or file name tells of."""
    said = text.lower()
    for month, year in re.findall(r"([a-z]+)[\s_-]+((?:19|20)\d\d)(?!\d)", said):
        if month in _months():
            number = _months()[month]
            last = calendar.monthrange(int(year), number)[1]
            return f"{year}-{number:02}-01", f"{year}-{number:02}-{last}"
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", said))
    return (f"{(year := years.pop())}-01-01", f"{year}-12-31") if len(years) == 1 else None


def _origins(sheet: Sheet, how: str) -> list[tuple[tuple[str, ...], float]]:
    """Headings of a sheet that a way to work out a column could start from, and how likely."""
    if how.startswith("nip_"):
        return [((h,), 1.0) for h in sheet.headings if is_person_number(h)]
    part = how.split("_", maxsplit=1)[0]
    if WAYS[how].sources == 1:
        return _telling(sheet, part)
    return [
        ((*year, *other), round((score + own) / 2, 2))
        for year, score in _telling(sheet, "year")
        for other, own in _telling(sheet, part)
    ]


def _telling(sheet: Sheet, part: str) -> list[tuple[tuple[str, ...], float]]:
    """Headings with a word that tells a year, quarter, month or period."""
    return [
        ((heading,), max(likeness(heading, word) for word in ORIGINS[part]))
        for heading in dict.fromkeys(sheet.headings)
        if not is_personal(heading) and set(words(heading)) & set(ORIGINS[part])
    ]
