"""Checks that one row cannot answer: keys, references, spans of time, items of an instrument."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb

from analytics.intake.query import one, run
from analytics.intake.rules import Check
from analytics.intake.staging import GOOD, Staged
from analytics.schema import Table, table

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
        _provinces(cursor, staged, list(coming))
    if staged.table.name == "employee":
        _overlaps(cursor, staged)
    if staged.table.name == "survey_response":
        _answers(cursor, staged)


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
        f"has the same {_listed(staged.table.key)} as an earlier row",
        "Keep one of the rows.",
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
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


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
        f"is already loaded: a row with the same {_listed(of.key)} is in the store",
        "Leave the row out, or correct its key.",
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
    if staged.table is to:
        known.append(f'SELECT "{to.key[0]}" FROM {staged.relation("sound")}')
    sound, codes = staged.relation("sound"), " UNION ".join(known)
    unknown = run(
        cursor, f'SELECT DISTINCT "{name}" FROM {sound} WHERE "{name}" IS NOT NULL EXCEPT ({codes})'
    )
    if not unknown:
        return 0
    if to.name == "region":
        doubtful = [code for (code,) in unknown if re.fullmatch(r"\d{4}|\d\d\.\d", code)]
        for code in doubtful:
            staged.add(
                cursor,
                _doubtful(cursor, name, code),
                f'SELECT position FROM {sound} WHERE "{name}" = $code',
                code=code,
            )
        unknown = [(code,) for (code,) in unknown if code not in doubtful]
        if not unknown:
            return len(doubtful)
    choices = run(cursor, f"SELECT code FROM ({codes}) LIMIT {CHOICES}")
    check = Check(
        f"{name}: known",
        (name,),
        "",
        f"is not a known {to.name}",
        f"Correct it, or import the {to.name} first.",
        choices=tuple(code for (code,) in choices if code),
    )
    return staged.add(
        cursor,
        check,
        f'SELECT position FROM {sound} WHERE list_contains($unknown::VARCHAR[], "{name}")',
        unknown=[code for (code,) in unknown],
    )


def _doubtful(cursor: duckdb.DuckDBPyConnection, name: str, code: str) -> Check:
    """A region's code that could be read as two regions: whose it is must be said, never guessed."""
    if len(code) == 4 and "." in code:
        says = "has lost a digit: a spreadsheet turns 18.10 into 18.1"
        remedy = f"If it was {code}0, write that, and keep the column as text."
        return Check(f"{name}: whole", (name,), "", says, remedy)
    names = dict(run(cursor, "SELECT region_code, name FROM region"))
    by_bps = dict(
        run(cursor, "SELECT bps_code, region_code FROM region WHERE bps_code IS NOT NULL")
    )
    dotted = f"{code[:2]}.{code[2:]}"
    readings = [
        f"{owner}'s it is {region} {names[region]}"
        for owner, region in (("Kemendagri", dotted), ("BPS", by_bps.get(code, "")))
        if region in names
    ]
    says = "does not say whose code it is"
    remedy = f"If {', if '.join(readings)}: write" if readings else "Write"
    return Check(f"{name}: whose", (name,), "", says, f"{remedy} Kemendagri's code with its dot.")


def _provinces(cursor: duckdb.DuckDBPyConnection, staged: Staged, coming: list[Staged]) -> None:
    known = ["SELECT region_code FROM region WHERE kind = 'provinsi'"]
    known += [
        f"SELECT region_code FROM {other.relation('row')} WHERE kind = 'provinsi'"
        for other in coming
        if other.table is staged.table
    ]
    sound = staged.relation("sound")
    known.append(f"SELECT region_code FROM {sound} WHERE kind = 'provinsi'")
    check = Check(
        "province_code: a province",
        ("province_code",),
        "",
        "is not the code of a province",
        "Write the code of the province, and import the province's own row (kind provinsi) too.",
    )
    staged.add(
        cursor,
        check,
        f"SELECT position FROM {sound} WHERE province_code NOT IN ({' UNION ALL '.join(known)})",
    )


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
        "overlaps another span of the same person",
        "End the earlier span (valid_to) on the day before the next begins.",
    )
    staged.add(cursor, check, OVERLAPS.format(good=staged.relation("good"), loaded="employee"))


def _answers(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    sound = staged.relation("sound")
    check = Check(
        "value: on the item's scale",
        ("value",),
        "",
        "is not on the scale of its item",
        "Correct the answer, or the low and high of the item in survey_item.",
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
            f"{answers} answers to {items} items that survey_item does not hold are loaded"
            " but do not count until the items are imported"
        )
