"""What is odd in a table as its office published it, told as warnings: its rows are read all the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from analytics.intake.crosstabs import Crosstab, Layout, layout_of, levels_of
from analytics.intake.findings import Finding
from analytics.intake.headings import Match, fold
from analytics.intake.labels import GROUPS
from analytics.intake.numbers import decimal_sql
from analytics.intake.parts import (
    NUMBER,
    Published,
    check_labels,
    check_means,
    check_row_totals,
    check_totals,
)
from analytics.intake.query import one, run
from analytics.intake.sources import Sheet, bind
from analytics.intake.values import Reading
from analytics.schema import Kind

COUNTS = Reading(decimals="dot")
"""How figures of people are read once what parts their thousands is taken out of them."""

OF_SOMETHING_ELSE = 2
"""A total that the parts of one row in so many do not come to is not the total of these parts."""


def oddities(sheet: Sheet, crosstab: Crosstab) -> tuple[Finding, ...]:
    """Totals that their parts do not come to, themes that are not the mean of their items, labels that
    stand twice and bands that overlap, in a wide table before it is read as recaps."""
    layout, published = layout_of(sheet, crosstab), _published(sheet)
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        _read(cursor, sheet)
        found = list(_labels(cursor, published, sheet, crosstab, layout))
        if crosstab.gives == "people":
            found += _totals(cursor, published, sheet, layout)
        if crosstab.means:
            found += _means(cursor, published, sheet, crosstab)
    return tuple(replace(finding, file=sheet.called) for finding in found)


def odd_totals(sheet: Sheet, matched: Match) -> tuple[Finding, ...]:
    """Rows of sums in a table of the contract that are not the sums of its whole numbers."""
    if sheet.totals is None or not sheet.totals.num_rows:
        return ()
    counts = tuple(
        f"c{position}"
        for name, position in matched.positions.items()
        if matched.table.column(name).kind is Kind.INTEGER and name != "year"
    )
    with duckdb.connect() as connection:
        cursor = connection.cursor()
        _read(cursor, sheet)
        found = check_totals(cursor, _published(sheet), "part", "total", counts, matched.values)
        return tuple(replace(finding, file=sheet.called) for finding in found)


def _published(sheet: Sheet) -> Published:
    headings = {f"c{number}": heading for number, heading in enumerate(sheet.headings)}
    return Published(sheet.file, sheet.within, headings)


def _read(cursor: duckdb.DuckDBPyConnection, sheet: Sheet) -> None:
    """Make the table known as `part`, its totals as `total`, each with the numbers of its rows."""
    bind(cursor, sheet)
    rows = sheet.relation.replace("{reading}", "ignore_errors = true")
    run(
        cursor,
        f"CREATE TEMP TABLE numbered AS SELECT row_number() OVER () - 1 AS position, * FROM {rows}",
        sheet.parameters,
    )
    count = one(cursor, "SELECT count(*) FROM numbered")
    every = np.arange(sheet.first_row, sheet.first_row + count + len(sheet.blank_rows))
    lines = np.setdiff1d(every, np.array(sheet.blank_rows, dtype=np.int64))[:count]
    cursor.register("lines", pa.table({"position": np.arange(count), "line": lines}))
    run(
        cursor,
        "CREATE TEMP TABLE part AS"
        " SELECT line, n.* EXCLUDE (position) FROM numbered n JOIN lines USING (position)",
    )
    if sheet.totals is not None:
        cursor.register("total", sheet.totals)


def _totals(
    cursor: duckdb.DuckDBPyConnection, published: Published, sheet: Sheet, layout: Layout
) -> Iterator[Finding]:
    """Totals beneath the rows, and in a column beside them."""
    figures = [f"c{number}" for number in layout.figures]
    totals = [f"c{number}" for number in layout.totals if number not in layout.figures]
    counts = ", ".join(f"{_whole(column)} AS {column}" for column in (*figures, *totals))
    if not counts:
        return
    parts = f"(SELECT line, {counts} FROM part)"
    if sheet.totals is not None and sheet.totals.num_rows:
        sums = f"(SELECT line, {counts} FROM total)"
        yield from check_totals(cursor, published, parts, sums, (*figures, *totals), COUNTS)
    if len(totals) == 1 and figures:
        found = list(check_row_totals(cursor, published, parts, tuple(figures), totals[0], COUNTS))
        rows = one(cursor, "SELECT count(*) FROM part")
        if len(found) * OF_SOMETHING_ELSE < rows:
            yield from found


def _whole(column: str) -> str:
    """SQL for a number of people as text, without what parts its thousands."""
    said = f"trim({column})"
    parted = f"regexp_full_match({said}, '[0-9]{{1,3}}([., ][0-9]{{3}})+')"
    return f"CASE WHEN {parted} THEN regexp_replace({said}, '[., ]', '', 'g') ELSE {said} END"


def _labels(
    cursor: duckdb.DuckDBPyConnection,
    published: Published,
    sheet: Sheet,
    crosstab: Crosstab,
    layout: Layout,
) -> Iterator[Finding]:
    """Labels down within the rows that all other labels of a row are the same of, and labels across."""
    for position, column in layout.down.items():
        if column not in GROUPS:
            continue
        others = [f"c{number}" for number in layout.down if number != position]
        within = ", ".join(others) or "NULL"
        rows = run(
            cursor, f"SELECT line, trim(c{position}), [{within}]::VARCHAR[] FROM part ORDER BY line"
        )
        groups: dict[tuple, list[tuple[int, str]]] = defaultdict(list)
        for line, label, of in rows:
            groups[tuple(of)].append((line, label))
        for group in groups.values():
            yield from _check_labels(cursor, published, group, f"c{position}")
    for level, column in enumerate(crosstab.across):
        if column in GROUPS:
            said = dict.fromkeys(levels[level] for levels in _levels(sheet, layout, level))
            for found in _check_labels(cursor, published, list(enumerate(said)), None):
                if found.code != "label.doubled":  # whose words name a row
                    yield replace(found, line=sheet.first_row - 1)


def _levels(sheet: Sheet, layout: Layout, level: int) -> Iterator[tuple[str, ...]]:
    for position, texts in enumerate(levels_of(sheet)):
        if position not in layout.down and position not in layout.totals and level < len(texts):
            yield texts


def _check_labels(
    cursor: duckdb.DuckDBPyConnection,
    published: Published,
    labels: list[tuple[int, str]],
    column: str | None,
) -> list[Finding]:
    lines, said = [line for line, _ in labels], [label for _, label in labels]
    table = pa.table({"line": pa.array(lines, pa.int64()), "label": pa.array(said, pa.string())})
    cursor.register("label_of", table)
    found = list(check_labels(cursor, published, "label_of", column))
    cursor.unregister("label_of")
    return found


def _means(
    cursor: duckdb.DuckDBPyConnection, published: Published, sheet: Sheet, crosstab: Crosstab
) -> Iterator[Finding]:
    """Columns that the profile says are the mean of others, by the rows' first label."""
    at = {fold(heading): number for number, heading in enumerate(sheet.headings)}
    known = {
        theme: items
        for theme, items in crosstab.means.items()
        if all(fold(heading) in at for heading in (theme, *items))
    }
    named = [heading for heading, column in crosstab.down.items() if column] or list(crosstab.down)
    if not known or fold(named[0]) not in at:
        return
    unit = f"trim(c{at[fold(named[0])]})"
    themes = " UNION ALL ".join(_values(at[fold(theme)], n, unit) for n, theme in enumerate(known))
    items = " UNION ALL ".join(
        _values(at[fold(item)], n, unit) for n, own in enumerate(known.values()) for item in own
    )
    yield from check_means(cursor, published, f"({themes})", f"({items})")


def _values(position: int, theme: int, unit: str) -> str:
    said = f"rtrim(trim(c{position}), ' %')"
    number = decimal_sql(said, "dot", None, None, NUMBER)
    return (
        f"SELECT line, {unit} AS unit, {theme} AS theme, {number} AS value"
        f" FROM part WHERE {number} IS NOT NULL"
    )
