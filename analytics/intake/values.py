"""How a file writes its values, and the SQL that reads them into the contract's types.

A value that could mean two things is read only where the file's `Reading` says which; elsewhere it
stays unread, which the checks find and ask about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from analytics.intake import dates
from analytics.intake.checks import text
from analytics.intake.numbers import Decimals, decimal_sql, integer_sql, plain_sql
from analytics.intake.regions import Authority, Region, region_parameters, region_sql
from analytics.intake.spellings import folded_sql, section, siasn_codes, spellings
from analytics.metrics import METRICS
from analytics.metrics.base import Unit
from analytics.schema import PERIOD_PATTERN, SQL_TYPE, Column, Kind, Table, table

BLANKS = " \t\r\n\u00a0\u200b\u202f\ufeff"
"""What is nothing at either end of a value."""

TRUE_WORDS = ("true", "1", "ya")
FALSE_WORDS = ("false", "0", "tidak")

IN_UNIT_OF_METRIC = frozenset((table("target").column("value"), table("recap").column("mean")))
"""Columns that hold a share where the metric of their row is one."""

SHARES = [metric.key for metric in METRICS.values() if metric.unit is Unit.SHARE]

OF_MONTH = {"month": "first", "period_start": "first", "period_end": "last"}
"""Columns in which a month ("Februari 2025") stands for one of its days."""

ROMAN = (
    *("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"),
    *("XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII"),
)
GRADES = (*(f"{group}/{step}" for group in ROMAN[:4] for step in "abcd"), "IV/e", *ROMAN)
"""Grades as the contract writes them: of PNS, then of PPPK."""

GRADE_WITHIN = "(?:.*[^a-z])?(i{1,3}|iv) ?[/. -]? ?([a-e])(?:[^a-z0-9].*)?"
PER_CENT = ("0", "100")
"""Bounds of a share written as a percentage."""

GRADE_ALONE = f"(?:gol(?:ongan)?[. ]+)?({'|'.join(ROMAN)})"

Codes = Literal["siasn"]


@dataclass(frozen=True)
class Reading:
    """How a file writes its values, where its values do not say so themselves.

    `missing` are texts that mean nothing is known, beside blank. `decimals` says which mark is
    decimal where one number has both meanings ("1.234"); "either" asks. With `percent`, shares
    written as 83 or 83,5 are divided by 100, and with `small_percent` those up to 1 as well, which
    are asked about otherwise; "83%" always is. `day_first` is for dates in digits. `region_codes`
    says whose codes without a dot are, `codes` whose codes stand for words. `t_means` is for a
    lone t. Raises ValueError for a setting that is none.
    """

    missing: tuple[str, ...] = ("", "-", "n/a")
    decimals: Decimals = "either"
    percent: bool = False
    small_percent: bool = False
    day_first: bool = True
    region_codes: Authority | None = None
    codes: Codes | None = None
    t_means: bool | None = None

    def __post_init__(self) -> None:
        for name, kind in (("decimals", Decimals), ("region_codes", Authority), ("codes", Codes)):
            value, allowed = getattr(self, name), get_args(kind)
            if value is not None and value not in allowed:
                raise ValueError(f"{name} is {value!r}, and not one of: {', '.join(allowed)}.")

    @property
    def unknown(self) -> list[str]:
        """The texts that mean nothing is known, in lower case and with a spreadsheet's zeros."""
        written = [word.lower() for word in self.missing if word]
        numbers = [f"{word}{zeros}" for word in written if word.isdigit() for zeros in (".0", ",0")]
        return [*written, *numbers]


CANONICAL = Reading()
"""How the contract itself writes values."""


def text_sql(column: Column, source: str | None, reading: Reading = CANONICAL) -> str:
    """SQL for the text of a column, given the SQL of its source; NULL where the file lacks it."""
    if source is None:
        return f"CAST(NULL AS VARCHAR) AS {text(column.name)}"
    said, unknown = text(column.name), _unknown(source, reading)
    if column.kind is not Kind.PERSON:
        # Few values need trimming, and trimming all would take as long as reading the file.
        ends = f"{source}[-1] < '!' OR {source}[-1] > '~'"
        trimmed = f"nullif(trim({source}, $blanks), '')"
        known = f"CASE WHEN NOT coalesce({_unknown(trimmed, reading)}, false) THEN {trimmed} END"
        odd = f"{source} < '0' OR {source} > '~' OR {ends} OR {unknown}"
        return f"CASE WHEN {odd} THEN {known} ELSE {source} END AS {said}"
    # Excel's way to keep a number as text is a leading apostrophe; some write a NIP in groups. A
    # blank left in it, of whatever kind, would make another person of it.
    number = f"nullif(trim(ltrim(trim({source}, $blanks), ''''), $blanks), '')"
    bare = f"translate({number}, $blanks, '')"
    ascii = f"strlen({source}) = length({source})"
    short = f"strlen({source}) <= 18"  # else words may stand around the digits
    plain = (
        f"{short} AND {source} >= '0' AND {source}[-1] >= '0' AND {ascii}"
        f" AND NOT contains({source}, ' ')"
    )
    return (
        f"CASE WHEN {unknown} THEN NULL WHEN {plain} THEN {source}"
        f" WHEN regexp_full_match({bare}, '[0-9]+') THEN {bare}"
        f" WHEN regexp_full_match({_unnamed(number)}, '{OF_DIGITS}') THEN {_unnamed(number)}"
        f" WHEN NOT coalesce({_unknown(number, reading)}, false) THEN {number} END AS {said}"
    )


OF_DIGITS = "[0-9]{18}"
"""The form of a NIP, and of a NI PPPK."""

NAMED = "(?i)nomor|no|nipppk|nip|ni|pppk|cpns|pns|asn|baru|paruh|waktu"
"""Words that stand around an employee number and say what it is."""

PARTED = r"[\s\x{00A0}\x{200B}\x{202F}\x{FEFF}.:;/_'’\x60()=-]+"
"""What stands between the parts of an employee number, and around them."""


def _unnamed(number: str) -> str:
    """SQL of an employee number without the words that name it and what parts its digits."""
    return f"regexp_replace(regexp_replace({number}, '{NAMED}', ' ', 'g'), $parted, '', 'g')"


def _unknown(source: str, reading: Reading) -> str:
    """SQL that is true of a text that means nothing is known."""
    lengths = sorted({len(word.encode()) for word in reading.unknown}) or [0]
    as_long = f"strlen({source}) IN ({', '.join(map(str, lengths))})"
    return f"({as_long} AND list_contains($missing::VARCHAR[], lower({source})))"


def value_sql(column: Column, reading: Reading = CANONICAL) -> str:
    """SQL for the value of a column from its text; NULL where the text is not of its kind."""
    said, name = text(column.name), f'"{column.name}"'
    low = None if column.low is None else f"$low_{column.name}"
    high = None if column.high is None else f"$high_{column.name}"
    match column.kind:
        case Kind.PERSON:
            value = said
        case Kind.TEXT:
            value = _text_value(column, reading)
        case Kind.DATE:
            day_first, of_month = reading.day_first, OF_MONTH.get(column.name)
            value = dates.date_sql(said, day_first=day_first, of_month=of_month)
        case Kind.INTEGER:
            value = integer_sql(said, reading.decimals, low, high)
        case Kind.DECIMAL if column in IN_UNIT_OF_METRIC:
            value = _in_unit_of_metric(said, reading)
        case Kind.DECIMAL:
            value = decimal_sql(said, reading.decimals, low, high, SQL_TYPE[Kind.DECIMAL])
        case Kind.BOOLEAN:
            value = _truth(said, reading)
    return f"{value} AS {name}"


def _in_unit_of_metric(said: str, reading: Reading) -> str:
    """A number in the unit of its row's metric; of a share, per cent are divided by 100."""
    kind = SQL_TYPE[Kind.DECIMAL]
    number = decimal_sql(said, reading.decimals, None, None, kind)
    share = f"coalesce(list_contains($shares::VARCHAR[], {text('metric')}), false)"
    signed = _hundredth(plain_sql(f"rtrim({said}, '%')", reading.decimals, *PER_CENT))
    if reading.percent:
        plain = plain_sql(said, reading.decimals, *PER_CENT)
        above = "true" if reading.small_percent else f"abs({number}) > 1 OR {number} = 0"
        bare = f"CASE WHEN {above} THEN {_hundredth(plain)} END"
        number = f"CASE WHEN {share} THEN {bare} ELSE {number} END"
    return (
        f"CASE WHEN suffix({said}, '%') THEN CASE WHEN {share} THEN {signed} END ELSE {number} END"
    )


def _hundredth(plain: str) -> str:
    # Decimals all the way: a double would round 83.125 % to one side or the other.
    return f"(try_cast({plain} AS DECIMAL(18, 6)) * 0.01::DECIMAL(3, 2))::{SQL_TYPE[Kind.DECIMAL]}"


def _truth(said: str, reading: Reading) -> str:
    true = ", ".join(f"'{word}'" for word in TRUE_WORDS)
    false = ", ".join(f"'{word}'" for word in FALSE_WORDS)
    lone = "" if reading.t_means is None else f" WHEN lower({said}) = 't' THEN {reading.t_means}"
    spelled = f"($truths::BOOLEAN[])[list_position($truth_words::VARCHAR[], {folded_sql(said)})]"
    return (
        f"CASE WHEN lower({said}) IN ({true}) THEN true WHEN lower({said}) IN ({false}) THEN false"
        f"{lone} WHEN {said} IS NOT NULL THEN {spelled} END"
    )


def _text_value(column: Column, reading: Reading) -> str:
    """The contract's value for a text; the text itself where no other spelling is known."""
    said = text(column.name)
    if column.name == "region_code" or column.refers_to == "region":
        return region_sql(said, reading.region_codes)
    if column.pattern == PERIOD_PATTERN:
        plain = f"regexp_full_match({said}, $pattern_{column.name})"
        return f"CASE WHEN {plain} THEN {said} ELSE coalesce({dates.period_sql(said)}, {said}) END"
    of = section(column)
    if of is None:
        return said
    code = f"{_looked_up(f'siasn_{of}', said)}, " if _coded(of, reading) else ""
    spelled = f"{code}{_looked_up(of, folded_sql(said))}"
    if of == "grade":
        plain, spelled = f"list_contains($grades::VARCHAR[], {said})", f"{spelled}, {_grade(said)}"
    else:
        plain = f"list_contains($allowed_{column.name}::VARCHAR[], {said})"
    return f"CASE WHEN {said} IS NULL OR {plain} THEN {said} ELSE coalesce({spelled}, {said}) END"


def _coded(of: str, reading: Reading) -> bool:
    return reading.codes == "siasn" and bool(siasn_codes(of))


def _looked_up(of: str, said: str) -> str:
    return f"($values_{of}::VARCHAR[])[list_position($spelled_{of}::VARCHAR[], {said})]"


def _grade(said: str) -> str:
    def part(pattern: str, number: int) -> str:
        return f"regexp_extract({said}, '^(?:{pattern})$', {number}, 'i')"

    whole = f"upper({part(GRADE_WITHIN, 1)}) || '/' || lower({part(GRADE_WITHIN, 2)})"
    return (
        f"CASE WHEN regexp_full_match({said}, '{GRADE_WITHIN}', 'i') THEN {whole}"
        f" WHEN regexp_full_match({said}, '{GRADE_ALONE}', 'i') THEN upper({part(GRADE_ALONE, 1)}) END"
    )


def parameters(of: Table, reading: Reading, regions: Iterable[Region]) -> dict[str, Any]:
    """What the SQL of this module binds, beside what the checks of the table do.

    Which of them a statement needs, `analytics.intake.query.needed` tells.
    """
    truths = spellings("truth")
    bound: dict[str, Any] = {
        "blanks": BLANKS,
        "parted": PARTED,
        "missing": reading.unknown,
        "shares": SHARES,
        "grades": list(GRADES),
        "truth_words": list(truths),
        "truths": [value == "true" for value in truths.values()],
        **dates.parameters(),
    }
    for column in of.columns:
        name = section(column)
        if name is not None:
            found = spellings(name)
            bound[f"spelled_{name}"], bound[f"values_{name}"] = list(found), list(found.values())
            codes = siasn_codes(name)
            bound[f"spelled_siasn_{name}"] = list(codes)
            bound[f"values_siasn_{name}"] = list(codes.values())
    if reading.region_codes is not None:
        bound |= region_parameters(reading.region_codes, regions)
    return bound
