"""The way a table of a file was read, kept with its batch: what is left of it is read alike.

A rejects file has other headings than its original where that was a wide table or held days of
birth, and says nothing of what a person once answered. And one file can be loaded in several ways,
a long list once for each of its dimensions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from analytics.intake.containers import unreadable
from analytics.intake.headings import OWN_COLUMNS, Match, canonical, is_personal
from analytics.intake.profiles import Profile, as_text, of_text
from analytics.intake.query import run
from analytics.intake.sources import Sheet, bind
from analytics.text.phrase import Phrase

LOADED_BEFORE = """
-- One row is a table of the file as it is loaded, unless one of them was taken back since.
SELECT table_name, sheet, way, imported_at
FROM batch LEFT JOIN batch_rows USING (batch_id) LEFT JOIN batch_way USING (batch_id)
WHERE sha256 = $sha256 AND NOT synthetic AND batch_id >= (
  SELECT coalesce(max(next_batch_id), 0) FROM taken_back WHERE sha256 = $sha256)
ORDER BY batch_id
"""

REJECTED_FROM = """
-- One row is a table and a way to read it, of the batches that rows of a rejects file are from.
SELECT min(extracted_on), table_name, way
FROM (SELECT batch_id, extracted_on, table_name FROM batch
      UNION ALL SELECT batch_id, extracted_on, table_name FROM taken_back)
LEFT JOIN batch_way USING (batch_id)
WHERE batch_id IN (SELECT try_cast({column} AS INTEGER) FROM {rows})
GROUP BY table_name, way
"""

REJECTS = frozenset({"what_is_wrong", "batch_id"})
"""Headings by which a rejects file is known."""


def way_of(sheet: Sheet, match: Match) -> str:
    """How a table is read, as the text of a profile that has all of it."""
    read = {sheet.headings[at]: column for column, at in match.positions.items()}
    told = {*read, *(heading for one in match.derived for heading in one.headings)}
    left_out = {h: "" for h in sheet.headings if h not in told and _could_be_asked_about(h)}
    return as_text(
        Profile(
            "",
            match.table.name,
            (),
            read | left_out,
            match.constants,
            match.derived,
            match.values,
            agencies=match.agencies,
        )
    )


def _could_be_asked_about(heading: str) -> bool:
    name = canonical(heading)
    return bool(name) and name not in OWN_COLUMNS and not is_personal(heading)


@dataclass(frozen=True)
class Loaded:
    """A table that is loaded of a file: its name, where it stood, how it was read, and when.

    The way is None for a batch of a store that did not keep it.
    """

    table: str
    sheet: str | None
    way: str | None
    imported_at: dt.datetime


def loaded_of(cursor: duckdb.DuckDBPyConnection, sha256: str) -> list[Loaded]:
    """What is loaded of a file, by its content."""
    return [Loaded(*row) for row in run(cursor, LOADED_BEFORE, {"sha256": sha256})]


SEVERAL = (
    Phrase("holds rejected rows of batches that were read in different ways"),
    Phrase("Mend each rejects file by itself, and import them one after another."),
)


def is_rejects(sheet: Sheet) -> bool:
    """Whether a table is a rejects file."""
    return set(map(canonical, sheet.headings)) >= REJECTS


def rejected_from(
    cursor: duckdb.DuckDBPyConnection, sheet: Sheet
) -> tuple[dt.date | None, str | None, Profile | None]:
    """Of a mended rejects file the day of extraction, the table, and how its rows were read.

    All are None for any other file, and the last for rows of an older store.

    It was saved later than its rows were extracted, and newer ones may have been loaded since. Of
    rows from several batches the earliest day counts, so that none replaces what it should not.
    Raises Unreadable where its rows were read in several ways.
    """
    if not is_rejects(sheet):
        return None, None, None
    names = [canonical(heading) for heading in sheet.headings]
    bind(cursor, sheet)
    rows = sheet.relation.replace("{reading}", "ignore_errors = true")
    column = f"c{names.index('batch_id')}"
    found = run(cursor, REJECTED_FROM.format(column=column, rows=rows), sheet.parameters)
    if not found:
        return None, None, None
    if len(found) > 1:
        raise unreadable(sheet.called, *SEVERAL, sheet.within)
    ((day, table, way),) = found
    return day, table, of_text(way) if way else None
