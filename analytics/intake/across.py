"""Checks that one row cannot answer: keys, references, spans of time, items of an instrument."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from analytics.intake.checks import Check
from analytics.intake.plausible import warn_across
from analytics.intake.query import one, run
from analytics.intake.staging import GOOD, Staged
from analytics.schema import Table, table
from analytics.text.phrase import Phrase

OPEN_END = "DATE '9999-12-31'"
CHOICES = 20_000
"""Known codes beyond which the nearest to a wrong one is not looked for."""


def check_across(
    cursor: duckdb.DuckDBPyConnection, staged: Staged, coming: Iterable[Staged]
) -> None:
    """Put a sheet to every check that needs other rows, of itself or already loaded.

    `coming` are sheets of the same import whose rows count as known even where they have faults of
    their own, so that one mistake is not reported again in every row that refers to it.
    """
    _repeated_keys(cursor, staged)
    _loaded_keys(cursor, staged)
    _references(cursor, staged, list(coming))
    if staged.table.name == "region":
        _provinces(cursor, staged)
    if staged.table.name == "employee":
        _overlaps(cursor, staged)
    if staged.table.name == "survey_response":
        _answers(cursor, staged)
    warn_across(cursor, staged)


def _quoted(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


def _repeated_keys(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    key, row = _quoted(staged.table.key), staged.relation("row")
    # Counting distinct hashes is four times cheaper than sorting keys, and misses no repeat.
    repeats = one(
        cursor, f"SELECT count(*) - count(DISTINCT hash({key})) FROM {row} WHERE state = {GOOD}"
    )
    if not repeats:
        return
    check = Check(
        "key: unique in the file",
        staged.table.key,
        "",
        Phrase("has the same {columns} as an earlier row", columns=_listed(staged.table.key)),
        Phrase("Keep one of the rows."),
        code="key.repeated",
    )
    staged.add(
        cursor,
        check,
        f"""
        SELECT position FROM (
          SELECT position, row_number() OVER (PARTITION BY {key} ORDER BY position) AS nth
          FROM {row} WHERE state = {GOOD} AND hash({key}) IN (
            SELECT hash({key}) FROM {row} WHERE state = {GOOD} GROUP BY 1 HAVING count(*) > 1)
        ) WHERE nth > 1
        """,
    )


def _listed(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    return Phrase("{columns} and {last}", columns=", ".join(names[:-1]), last=names[-1])


def _loaded_keys(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    of = staged.table
    if not run(cursor, f'SELECT 1 FROM "{of.name}" LIMIT 1'):
        return
    same = " AND ".join(
        f'g."{name}" {"IS NOT DISTINCT FROM" if of.column(name).optional else "="} t."{name}"'
        for name in of.key
    )
    check = Check(
        "key: already loaded",
        of.key,
        "",
        Phrase(
            "is already loaded: a row with the same {columns} is in the store",
            columns=_listed(of.key),
        ),
        Phrase("Leave the row out, or correct its key."),
        code="key.loaded",
    )
    good = staged.relation("good")
    staged.add(cursor, check, f'SELECT g.position FROM {good} g SEMI JOIN "{of.name}" t ON {same}')


def _references(cursor: duckdb.DuckDBPyConnection, staged: Staged, coming: list[Staged]) -> None:
    """Codes that nothing has: repeated, as a row refused here may be what another refers to."""
    while True:
        refused = 0
        for column in staged.table.columns:
            if column.refers_to is not None:
                to = table(column.refers_to)
                refused += _unknown(cursor, staged, column.name, to, coming)
        if not refused or not any(c.refers_to == staged.table.name for c in staged.table.columns):
            return


def _unknown(
    cursor: duckdb.DuckDBPyConnection,
    staged: Staged,
    name: str,
    to: Table,
    coming: list[Staged],
) -> int:
    known = [f'SELECT "{to.key[0]}" AS code FROM "{to.name}"']
    known += [
        f'SELECT "{to.key[0]}" FROM {other.relation("row")}'
        for other in coming
        if other.table is to
    ]
    named_by_others = name == "agency_id" and staged.table.name != "agency_alias"
    if named_by_others:
        known += _refused_names(coming)
    if staged.table is to:
        known.append(f'SELECT "{to.key[0]}" FROM {staged.relation("sound")}')
    sound, codes = staged.relation("sound"), " UNION ".join(known)
    unknown = run(
        cursor, f'SELECT DISTINCT "{name}" FROM {sound} WHERE "{name}" IS NOT NULL EXCEPT ({codes})'
    )
    if not unknown:
        return 0
    near, remedy = codes, Phrase("Correct it, or import the {table} first.", table=to.name)
    if named_by_others:
        near += " UNION SELECT alias FROM agency_alias UNION SELECT name FROM agency"
        remedy = Phrase(
            "Correct it, or import the agency, or this name of it as agency_alias, first."
        )
    choices = run(cursor, f"SELECT code FROM ({near}) LIMIT {CHOICES}")
    check = Check(
        f"{name}: known",
        (name,),
        "",
        Phrase("is not a known {table}", table=to.name),
        remedy,
        code="reference.known",
        choices=tuple(code for (code,) in choices if code),
    )
    return staged.add(
        cursor,
        check,
        f'SELECT position FROM {sound} WHERE list_contains($unknown::VARCHAR[], "{name}")',
        unknown=[code for (code,) in unknown],
    )


def _refused_names(coming: list[Staged]) -> list[str]:
    """Queries for names of agencies whose rows have faults of their own."""
    columns = {"agency": "name", "agency_alias": "alias"}
    return [
        f"SELECT {columns[other.table.name]} FROM {other.relation('row')}"
        f" ANTI JOIN {other.relation('sound')} USING (position)"
        for other in coming
        if other.table.name in columns
    ]


OF_NO_PROVINCE = """
-- One row is a region that lies in something else than a province.
SELECT position FROM {rows} WHERE province_code IN (
  SELECT region_code FROM {known} WHERE kind IN ('kabupaten', 'kota'))
"""


def _provinces(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """A province that is known is one in kind too; a row with a fault of its own says so alone."""
    known = (
        "(SELECT region_code, kind FROM region UNION ALL"
        f" SELECT region_code, kind FROM {staged.relation('row')})"
    )
    check = Check(
        "province_code: a province",
        ("province_code",),
        "",
        Phrase("is not the code of a region of kind provinsi"),
        Phrase("Write the code of the province that the region lies in, such as 15."),
        code="region.in_province",
    )
    sound = staged.relation("sound")
    staged.add(cursor, check, OF_NO_PROVINCE.format(rows=sound, known=known))


OVERLAPS = f"""
-- One row is a span of a person; `before` is how far earlier spans reach, `after` when the next
-- loaded span begins.
SELECT position FROM (
  SELECT position, valid_from, until,
    max(until) OVER earlier AS before,
    min(CASE WHEN position IS NULL THEN valid_from END) OVER later AS after
  FROM (
    SELECT employee_id, valid_from, coalesce(valid_to, {OPEN_END}) AS until, position FROM {{good}}
    UNION ALL
    SELECT employee_id, valid_from, coalesce(valid_to, {OPEN_END}), NULL FROM {{loaded}}
    WHERE employee_id IN (SELECT employee_id FROM {{good}})
  )
  WINDOW earlier AS (PARTITION BY employee_id ORDER BY valid_from, position NULLS FIRST
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
         later AS (PARTITION BY employee_id ORDER BY valid_from, position NULLS FIRST
                   ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
) WHERE position IS NOT NULL AND (valid_from <= before OR until >= after)
"""


def _overlaps(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    check = Check(
        "spans: apart",
        ("valid_from", "valid_to"),
        "",
        Phrase("overlaps another span of the same person"),
        Phrase("End the earlier span (valid_to) on the day before the next begins."),
        code="span.overlap",
    )
    staged.add(cursor, check, OVERLAPS.format(good=staged.relation("good"), loaded="employee"))


def _answers(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    sound = staged.relation("sound")
    check = Check(
        "value: on the item's scale",
        ("value",),
        "",
        Phrase("is not on the scale of its item"),
        Phrase("Correct the answer, or the low and high of the item in survey_item."),
        code="answer.scale",
    )
    staged.add(
        cursor,
        check,
        f"SELECT g.position FROM {sound} g JOIN survey_item i USING (instrument, item)"
        " WHERE g.value NOT BETWEEN i.low AND i.high",
    )
    ((answers, items),) = run(
        cursor,
        f"SELECT count(*), count(DISTINCT (instrument, item)) FROM {sound} g"
        " ANTI JOIN survey_item i USING (instrument, item)",
    )
    if answers:
        staged.notes.append(
            Phrase(
                "{answers} answers to {items} items that survey_item does not hold are loaded"
                " but do not count until the items are imported",
                answers=answers,
                items=items,
            )
        )
