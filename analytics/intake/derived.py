"""Columns of the contract that are worked out from other columns of a file.

Each way to do so is SQL over the texts of its sources, giving the text that the contract would
have, and NULL where the sources do not say it. No source's own text ever leaves: it may be a day
of birth or a NIP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.intake.dates import date_sql, month_number_sql, period_sql, quarter_sql

UNREAD = "?"
"""What stands in a derived column where its sources are filled but do not say it."""

NIP = r"(19|20)\d{6}(19|20)\d{2}(0[1-9]|1[0-2])[12]\d{3}"
"""Day of birth, month of entry, sex, serial. A NI PPPK has as many digits and other parts."""


@dataclass(frozen=True)
class Derived:
    """A column of the contract, how it is worked out (a key of WAYS) and from which headings."""

    column: str
    how: str
    headings: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.how not in WAYS:
            raise ValueError(f"There is no way {self.how!r}. Name one of: {', '.join(WAYS)}.")
        if len(self.headings) != WAYS[self.how].sources:
            raise ValueError(f"{self.how} is worked out from {WAYS[self.how].sources} columns.")


@dataclass(frozen=True)
class Way:
    """A way to work out a column: from how many sources, and its SQL, given theirs.

    `day_first` is for dates in digits. `blank_says` is the text where no source is filled.
    """

    sources: int
    sql: Callable[[tuple[str, ...], bool], str]
    blank_says: str | None = None


def derived_sql(derived: Derived, sources: tuple[str, ...], *, day_first: bool) -> str:
    """SQL for the text of a derived column; UNREAD where its filled sources do not say it."""
    way = WAYS[derived.how]
    filled = [_filled(source) for source in sources]
    blank = " AND ".join(f"{source} IS NULL" for source in filled)
    says = "NULL" if way.blank_says is None else f"'{way.blank_says}'"
    found = way.sql(tuple(filled), day_first)
    return f"CASE WHEN {blank} THEN {says} ELSE coalesce({found}, '{UNREAD}') END"


def _filled(source: str) -> str:
    """SQL for the text of a source; NULL where it is blank or means that nothing is known."""
    said = f"nullif(trim({source}, $blanks), '')"
    return f"CASE WHEN NOT list_contains($missing::VARCHAR[], lower({said})) THEN {said} END"


def _year(sources: tuple[str, ...], day_first: bool) -> str:
    """The year is the same whether the day or the month comes first."""
    (said,) = sources
    orders = (day_first, not day_first)
    years = (f"year({date_sql(said, day_first=order)})::VARCHAR" for order in orders)
    return f"coalesce({_digits_of(said)}, {', '.join(years)})"


def _of_nip(part: str) -> Callable[[tuple[str, ...], bool], str]:
    def sql(sources: tuple[str, ...], day_first: bool) -> str:
        digits = f"replace(ltrim({sources[0]}, ''''), ' ', '')"
        born = f"try_strptime({digits}[1:8], '%Y%m%d') IS NOT NULL"
        # Ending in 000 the number is one that Excel has cut, and its digits are in doubt.
        sound = f"regexp_full_match({digits}, '{NIP}') AND {born} AND NOT suffix({digits}, '000')"
        return f"CASE WHEN {sound} THEN {part.format(digits=digits)} END"

    return sql


def _of_month(day: str) -> Callable[[tuple[str, ...], bool], str]:
    def sql(sources: tuple[str, ...], day_first: bool) -> str:
        year, month = sources
        return _edge(
            f"{_digits_of(year)} || '-' || lpad({month_number_sql(month)}::VARCHAR, 2, '0')", day, 0
        )

    return sql


def _of_quarter(day: str) -> Callable[[tuple[str, ...], bool], str]:
    def sql(sources: tuple[str, ...], day_first: bool) -> str:
        year, quarter = sources
        month = f"(try_cast({quarter_sql(quarter)} AS INTEGER) * 3 - 2)::VARCHAR"
        return _edge(f"{_digits_of(year)} || '-' || lpad({month}, 2, '0')", day, 2)

    return sql


def _of_year(day: str) -> Callable[[tuple[str, ...], bool], str]:
    def sql(sources: tuple[str, ...], day_first: bool) -> str:
        return _edge(f"{_digits_of(sources[0])} || '-01'", day, 11)

    return sql


def _of_period(day: str) -> Callable[[tuple[str, ...], bool], str]:
    """A period in one text: 2025, Triwulan IV 2025, Februari 2025."""

    def sql(sources: tuple[str, ...], day_first: bool) -> str:
        (said,) = sources
        period = (
            rf"CASE WHEN regexp_full_match({said}, '\d{{4}}(-Q[1-4])?') THEN {said}"
            f" ELSE {period_sql(said)} END"
        )
        month = f"(try_cast(({period})[7] AS INTEGER) * 3 - 2)::VARCHAR"
        whole = _edge(f"{said} || '-01'", day, 11)
        quarter = _edge(f"({period})[1:5] || lpad({month}, 2, '0')", day, 2)
        return (
            f"CASE length({period}) WHEN 4 THEN {whole}"
            f" ELSE CASE WHEN ({period})[6] = 'Q' THEN {quarter} ELSE {_edge(period, day, 0)} END END"
        )

    return sql


def _digits_of(year: str) -> str:
    return rf"CASE WHEN regexp_full_match({year}, '\d{{4}}([.]0)?') THEN ({year})[1:4] END"


def _edge(month: str, day: str, months: int) -> str:
    """SQL for the first day of a month (2025-02), or the last of the month so many later."""
    first = f"try_cast(({month}) || '-01' AS DATE)"
    if day == "first":
        return f"{first}::VARCHAR"
    return f"last_day({first} + INTERVAL {months} MONTH)::VARCHAR"


WAYS: dict[str, Way] = {
    "year": Way(1, _year),
    "nip_birth_year": Way(1, _of_nip("{digits}[1:4]")),
    "nip_sex": Way(1, _of_nip("CASE {digits}[15] WHEN '1' THEN 'M' ELSE 'F' END")),
    "nip_entry_date": Way(1, _of_nip("{digits}[9:12] || '-' || {digits}[13:14] || '-01'")),
    "month_first_day": Way(2, _of_month("first")),
    "month_last_day": Way(2, _of_month("last")),
    "quarter_first_day": Way(2, _of_quarter("first")),
    "quarter_last_day": Way(2, _of_quarter("last")),
    "year_first_day": Way(1, _of_year("first")),
    "year_last_day": Way(1, _of_year("last")),
    "period_first_day": Way(1, _of_period("first")),
    "period_last_day": Way(1, _of_period("last")),
    "presence": Way(1, lambda sources, day_first: "'true'", blank_says="false"),
}
"""Ways to work out a column; of two sources the year comes first."""
