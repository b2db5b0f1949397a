"""Numbers as files write them, read by SQL over a column of text.

A comma or a dot is decimal or parts thousands; a number's own form mostly tells. "1.234" does not:
it is read only where the file's reading, or the bounds of its column, leave one meaning.
"""

from __future__ import annotations

import re
from typing import Literal

from analytics.intake.query import once

Decimals = Literal["either", "comma", "dot"]

DOT_OPEN, COMMA_OPEN = r"[+-]?[1-9]\d{0,2}[.]\d{3}", r"[+-]?[1-9]\d{0,2},\d{3}"
OPEN = re.compile(f"{DOT_OPEN}|{COMMA_OPEN}")
"""Numbers whose one mark could be decimal or part thousands."""

FORM = (
    r"[+-]?(\d+|(0|[1-9]\d*)?[.,]\d+"
    r"|[1-9]\d{0,2}(([.]\d{3})+(,\d+)?|(,\d{3})+([.]\d+)?|( \d{3})+([.,]\d+)?))"
)
"""Every form of a number; a mark that stands more than once parts thousands, the last is decimal."""

THOUSANDTHS = "DECIMAL(18, 3)"


def plain_sql(said: str, decimals: Decimals, low: str | None, high: str | None) -> str:
    """SQL for a number in plain digits with a dot for decimals, as text; NULL where it is none.

    `low` and `high` are SQL for the bounds of the column, None where it has none.
    """
    spaces = f"replace(replace(replace({said}, '\u00a0', ' '), '\u202f', ' '), '\t', ' ')"
    written = f"replace(trim({spaces}), '\u2212', '-')"
    return once("digits", written, lambda s: _plain(s, decimals, low, high))


def _plain(s: str, decimals: Decimals, low: str | None, high: str | None) -> str:
    parted_by_dot = f"strpos({s}, ',') > strpos({s}, '.') AND contains({s}, '.')"
    return (
        f"CASE WHEN {_is(s, DOT_OPEN)} THEN {_open(s, '.', decimals == 'dot', decimals, low, high)}"
        f" WHEN {_is(s, COMMA_OPEN)} THEN {_open(s, ',', decimals == 'comma', decimals, low, high)}"
        f" WHEN NOT {_is(s, FORM)} THEN NULL"
        f" WHEN {parted_by_dot} OR {_several(s, '.')} THEN replace(replace({s}, '.', ''), ',', '.')"
        f" WHEN strpos({s}, '.') > strpos({s}, ',') OR {_several(s, ',')} THEN"
        f" replace(replace({s}, ',', ''), ' ', '')"
        f" ELSE replace(replace({s}, ' ', ''), ',', '.') END"
    )


def _several(said: str, mark: str) -> str:
    return f"length({said}) - length(replace({said}, '{mark}', '')) > 1"


def integer_sql(said: str, decimals: Decimals, low: str | None, high: str | None) -> str:
    """SQL for an INTEGER; NULL where the text is no whole number."""
    plain = plain_sql(said, decimals, low, high)
    # try_cast alone would round 12.7 to 13 and read 0x10 and 1_000.
    whole = f"regexp_extract({plain}, '^([+-]?[0-9]+)([.]0+)?$', 1)"
    return (
        f"CASE WHEN regexp_full_match({said}, '[+-]?[0-9]+') THEN try_cast({said} AS INTEGER)"
        f" WHEN {said} IS NOT NULL THEN try_cast({whole} AS INTEGER) END"
    )


def decimal_sql(
    said: str, decimals: Decimals, low: str | None, high: str | None, sql_type: str
) -> str:
    """SQL for a number of a decimal type; NULL where the text is none."""
    plain = plain_sql(said, decimals, low, high)
    # try_cast alone would read 1_000, and takes long to fail. A dot before the last three digits
    # may part thousands.
    sure = f"NOT contains({said}, '_') AND NOT contains({said}, ',')"
    if decimals != "dot":
        sure = f"{said} NOT LIKE '%.___' AND {sure}"
    return (
        f"CASE WHEN {said} IS NULL THEN NULL ELSE coalesce("
        f"CASE WHEN {sure} THEN try_cast({said} AS {sql_type}) END,"
        f" try_cast({plain} AS {sql_type})) END"
    )


def _is(said: str, pattern: str) -> str:
    return f"regexp_full_match({said}, '{pattern}')"


def _open(
    said: str, mark: str, decimal: bool, decimals: Decimals, low: str | None, high: str | None
) -> str:
    """SQL for a number with one mark before three last digits: as decimals, thousands, or NULL."""
    fraction, thousands = f"replace({said}, ',', '.')", f"replace({said}, '{mark}', '')"
    if decimals != "either":
        return fraction if decimal else thousands
    if low is None and high is None:
        return "NULL"
    small, large = _within(fraction, low, high), _within(thousands, low, high)
    return (
        f"CASE WHEN {small} AND NOT {large} THEN {fraction}"
        f" WHEN {large} AND NOT {small} THEN {thousands} END"
    )


def _within(number: str, low: str | None, high: str | None) -> str:
    value = f"{number}::{THOUSANDTHS}"
    bounds = [f"{value} >= {low}"] if low else []
    bounds += [f"{value} <= {high}"] if high else []
    return f"({' AND '.join(bounds)})"
