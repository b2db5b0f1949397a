"""Parts against totals, and labels against each other, in a table as an office publishes it.

Each check takes relations of text: a `line` (row number in the file) and the columns of the table.
What it finds keeps no row out: only the office can tell which of two figures is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb

from analytics.intake.findings import Finding
from analytics.intake.numbers import decimal_sql
from analytics.intake.query import needed, run
from analytics.intake.spellings import folded_sql
from analytics.intake.values import BLANKS, Reading
from analytics.text.phrase import Phrase

NUMBER = "DECIMAL(18, 4)"

ROUNDING = Decimal("1.3")
"""A published theme may be so far from the mean of its published items, both in whole per cent."""

BAND = r"^\D*(\d+) *(?:-|–|s/d|s\.d\.|sampai) *(\d+)\D*$"


FEW_BANDS = 3
"""From so many bands on, the categories of a column are taken to be bands."""


@dataclass(frozen=True)
class Published:
    """Where a published table is, and the headings of its columns by their names."""

    file: Path
    sheet: str | None
    headings: Mapping[str, str]

    def warn(
        self, line: int | None, column: str | None, value: str | None, code: str, *words: Phrase
    ) -> Finding:
        says, remedy = words
        heading = self.headings[column] if column else None
        found = Finding(self.file.name, self.sheet, line, heading, value, says, remedy, code)
        return replace(found, severity="warn")


def check_totals(
    cursor: duckdb.DuckDBPyConnection,
    published: Published,
    parts: str,
    totals: str,
    columns: tuple[str, ...],
    reading: Reading,
) -> Iterator[Finding]:
    """Totals that are neither the sum of the rows since the total before, nor of all rows above.

    A column in which a part cannot be read is passed over, as its sum is not known.
    """
    for column in columns:
        sql = TOTALS.format(
            parts=_numbers(parts, column, reading, blank="0"),
            totals=_numbers(totals, column, reading, blank="NULL"),
        )
        for line, stated, since, above in _ask(cursor, sql, reading):
            yield published.warn(
                line,
                column,
                _written(stated),
                "total.parts",
                _come_to(since or above),
                Phrase("Correct the total or the part that is wrong, then import again."),
            )


TOTALS = """
-- One row is a total that its parts do not come to: what it states, and two sums it could be.
SELECT line, stated, since, above FROM (
  SELECT t.line, t.number AS stated,
    coalesce(sum(p.number) FILTER (WHERE p.line > t.before), 0) AS since,
    coalesce(sum(p.number), 0) AS above
  FROM (SELECT *, coalesce(lag(line) OVER (ORDER BY line), 0) AS before FROM {totals}) t
  JOIN {parts} p ON p.line < t.line
  WHERE t.number IS NOT NULL
  GROUP BY t.line, t.number, t.before
  HAVING NOT bool_or(p.unread)
) WHERE stated NOT IN (since, above) ORDER BY line
"""


def check_row_totals(
    cursor: duckdb.DuckDBPyConnection,
    published: Published,
    rows: str,
    parts: tuple[str, ...],
    total: str,
    reading: Reading,
) -> Iterator[Finding]:
    """Rows whose column of totals is not the sum of their other columns of counts."""
    numbers = ", ".join(
        f"{_number(part, reading, blank='0')} AS n{at}" for at, part in enumerate(parts)
    )
    known = " AND ".join(f"n{at} IS NOT NULL" for at, _ in enumerate(parts))
    summed = " + ".join(f"n{at}" for at, _ in enumerate(parts))
    sql = f"""
        -- One row is a row whose parts do not come to its total.
        SELECT line, stated, {summed}
        FROM (SELECT line, {_number(total, reading, blank="NULL")} AS stated, {numbers} FROM {rows})
        WHERE {known} AND stated <> {summed} ORDER BY line
    """
    for line, stated, found in _ask(cursor, sql, reading):
        remedy = Phrase("Correct the total or the part that is wrong, then import again.")
        yield published.warn(line, total, _written(stated), "total.row", _come_to(found), remedy)


def check_means(
    cursor: duckdb.DuckDBPyConnection,
    published: Published,
    themes: str,
    items: str,
    rounding: Decimal = ROUNDING,
) -> Iterator[Finding]:
    """Themes that are not the mean of their items, beyond rounding.

    Both relations have `line`, `unit` (whose figures they are), `theme` and `value`, a number in
    the same unit as `rounding`. One finding is about a unit: where items were put in the wrong
    row, all of its themes are wrong at once.
    """
    sql = MEANS.format(themes=themes, items=items)
    for line, unit, wrong, compared, widest in run(cursor, sql, {"rounding": rounding}):
        says = Phrase(
            "has {wrong} of {compared} themes that are not the mean of their items, by up to {by}",
            wrong=wrong,
            compared=compared,
            by=_written(round(widest, 1)),
        )
        remedy = Phrase("See whether the items of this row are another's, and correct them.")
        yield published.warn(line, None, unit, "total.mean", says, remedy)


MEANS = """
-- One row is a unit of which a theme is further from the mean of its items than rounding takes it.
SELECT min(line), unit, count(*) FILTER (WHERE apart > $rounding), count(*), max(apart)
FROM (
  SELECT t.line, t.unit, abs(t.value - i.mean) AS apart
  FROM {themes} t
  JOIN (SELECT unit, theme, avg(value) AS mean FROM {items} GROUP BY ALL) i USING (unit, theme)
)
GROUP BY unit HAVING max(apart) > $rounding ORDER BY 1
"""


def check_labels(
    cursor: duckdb.DuckDBPyConnection, published: Published, labels: str, column: str | None = None
) -> Iterator[Finding]:
    """Labels of categories that stand twice, bands that overlap, and a number alone among bands.

    `labels` has `line` and `label`; one row is a category.
    """
    for line, label, other in run(
        cursor, DOUBLED.format(labels=labels, folded=folded_sql("label"))
    ):
        yield published.warn(
            line,
            column,
            label,
            "label.doubled",
            Phrase("is the label of two categories, also in row {line}", line=other),
            Phrase("Say which category each is: one label stands for one."),
        )
    for line, label, other in run(cursor, OVERLAPPING.format(labels=labels, band=BAND)):
        yield published.warn(
            line,
            column,
            label,
            "label.overlap",
            Phrase('overlaps "{other}", so that somebody could be counted in both', other=other),
            Phrase("Correct the ends of the two, as in 56 - 57 and 58 - 60."),
        )

    for line, label in run(cursor, ALONE.format(labels=labels, band=BAND), {"few": FEW_BANDS}):
        yield published.warn(
            line,
            column,
            label,
            "label.alone",
            Phrase("is a single number among bands"),
            Phrase("Write the band that is meant, as in 60 >."),
        )


ALONE = """
-- One row is a label that is a number where the others are bands.
SELECT line, label FROM {labels}
WHERE regexp_full_match(trim(label), '[0-9]{{1,3}}')
  AND (SELECT count(*) FROM {labels} WHERE regexp_matches(label, '{band}')) >= $few ORDER BY line
"""

DOUBLED = """
-- One row is a label that an earlier row has, too.
SELECT line, label, first FROM (
  SELECT line, label, min(line) OVER (PARTITION BY {folded}) AS first FROM {labels}
  WHERE label IS NOT NULL
) WHERE line > first ORDER BY line
"""

OVERLAPPING = """
-- One row is a band that begins before an earlier one has ended.
WITH band AS (
  SELECT line, label, try_cast(regexp_extract(label, '{band}', 1) AS INTEGER) AS low,
    try_cast(regexp_extract(label, '{band}', 2) AS INTEGER) AS high
  FROM {labels} WHERE regexp_matches(label, '{band}')
)
SELECT later.line, later.label, min(earlier.label)
FROM band later
JOIN band earlier ON earlier.line < later.line
  AND later.low <= earlier.high AND earlier.low <= later.high
  AND (later.low, later.high) <> (earlier.low, earlier.high)
GROUP BY ALL ORDER BY later.line
"""


def _number(column: str, reading: Reading, *, blank: str) -> str:
    """SQL for the count that a text says, given what blank stands for; NULL where it says none."""
    said = f"trim({column}, $blanks)"
    number = decimal_sql(said, reading.decimals, None, None, NUMBER)
    missing = f"{said} = '' OR list_contains($missing::VARCHAR[], lower({said}))"
    return f"CASE WHEN coalesce({missing}, true) THEN {blank} ELSE {number} END"


def _numbers(relation: str, column: str, reading: Reading, *, blank: str) -> str:
    number = _number(column, reading, blank=blank)
    return f"(SELECT line, {number} AS number, {number} IS NULL AS unread FROM {relation})"


def _ask(cursor: duckdb.DuckDBPyConnection, sql: str, reading: Reading) -> list[tuple]:
    return run(cursor, sql, needed(sql, {"blanks": BLANKS, "missing": reading.unknown}))


def _written(number: Decimal | float) -> str:
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _come_to(number: Decimal) -> Phrase:
    return Phrase("is a total whose parts come to {number}", number=_written(number))
