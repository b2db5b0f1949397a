"""Checks that one row cannot answer: keys, references, spans of time, items of an instrument."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from analytics.intake.checks import Check
from analytics.intake.plausible import warn_across
from analytics.intake.query import one, run
from analytics.intake.spans import OVERLAPS
from analytics.intake.staging import GOOD, Staged
from analytics.intake.versions import coming, meet, staying
from analytics.schema import Kind, Table, table
from analytics.text.phrase import Phrase

CHOICES = 20_000
"""Known codes beyond which the nearest to a wrong one is not looked for."""

DIGITS = 18
"""Of a NIP, and of a NI PPPK."""

ROUNDED = 8
"""So many different numbers of 18 digits are not all multiples of 10, or of 32, by chance."""


def check_across(
    cursor: duckdb.DuckDBPyConnection, staged: Staged, coming: Iterable[Staged]
) -> None:
    """Put a sheet to every check that needs other rows, of itself or already loaded.

    `coming` are sheets of the same import whose rows count as known even where they have faults of
    their own, so that one mistake is not reported again in every row that refers to it.
    """
    _rounded_numbers(cursor, staged)
    _repeated_keys(cursor, staged)
    meet(cursor, staged)
    _references(cursor, staged, list(coming))
    if staged.table.name == "region":
        _provinces(cursor, staged)
    if staged.table.name == "employee":
        _overlaps(cursor, staged)
    if staged.table.name == "survey_response":
        _answers(cursor, staged)
    if staged.table.name == "recap" and not staged.has_lines:  # a wide table was asked about before
        _province_totals(cursor, staged)
    _people(cursor, staged)
    warn_across(cursor, staged)


def _quoted(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


def _rounded_numbers(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Numbers of 18 digits that a program kept as doubles: of each, another person's was made.

    A double of that size is a multiple of 32; written with the fewest digits that tell it from its
    neighbours, as JavaScript does, it ends in 0. One number does not show it, many do.
    """
    for column in staged.table.columns:
        if column.kind is not Kind.PERSON or column.name not in staged.match.filled:
            continue
        number = f'try_cast("{column.name}" AS UBIGINT)'
        is_long = f'strlen("{column.name}") = {DIGITS} AND {number} IS NOT NULL'
        long = f"{staged.relation('row')} WHERE state = {GOOD} AND {is_long}"
        sound = [f"SELECT 1 FROM {long} AND {number} % {step} <> 0 LIMIT 1" for step in (32, 10)]
        if all(run(cursor, sql) for sql in sound):
            continue
        if one(cursor, f"SELECT count(DISTINCT {number}) FROM {long}") >= ROUNDED:
            staged.add(cursor, _rounded_check(column.name), f"SELECT position FROM {long}")


def _rounded_check(name: str) -> Check:
    return Check(
        f"{name}: rounded",
        (name,),
        "",
        Phrase("was rounded by a program, as were all numbers of 18 digits in this column"),
        Phrase("Export the column as text; its last digits cannot be got back from this file."),
        personal=True,
        code="person.rounded",
    )


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
        f"(SELECT region_code, kind FROM ({staying(staged)}) UNION ALL"
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


def _overlaps(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Spans that meet; repeated, as the loaded span that a refused row was to replace stays."""
    check = Check(
        "spans: apart",
        ("valid_from", "valid_to"),
        "",
        Phrase("overlaps another span of the same person"),
        Phrase("End the earlier span (valid_to) on the day before the next begins."),
        code="span.overlap",
    )
    overlapping = OVERLAPS.format(
        good=f"(SELECT *, $extracted_on::DATE AS extracted_on FROM ({coming(staged)}))",
        loaded=f"(SELECT s.*, b.extracted_on FROM ({staying(staged)}) s JOIN batch b USING (batch_id))",
    )
    day = {"extracted_on": staged.extracted_on}
    while staged.add(cursor, check, overlapping, **day) and staged.met:
        pass


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


OF_NOBODY = """
-- One row is a row about a person whom no row of employee is about.
SELECT r.employee_id FROM {rows} r
WHERE r.employee_id IS NOT NULL AND r.employee_id NOT IN (SELECT employee_id FROM employee)
"""
"""Such rows are kept, as a list of employees may come later, and count from then on."""


def _people(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Note rows of people whom the list of employees does not hold."""
    if staged.table.name == "employee" or "employee_id" not in staged.match.filled:
        return
    nobody = OF_NOBODY.format(rows=staged.relation("good"))
    ((rows, people),) = run(cursor, f"SELECT count(*), count(DISTINCT employee_id) FROM ({nobody})")
    if rows:
        staged.notes.append(
            Phrase(
                "{rows} rows are about {people} people whom employee does not hold; they are loaded"
                " but do not count until these people are imported",
                rows=rows,
                people=people,
            )
        )


ABOUT = 0.02
"""A total may be so far from its parts by a slip of somebody's, and is no figure of its own."""

FEWEST = 10
"""Below so many people, a province can have as many as its parts together by chance."""

OF_ITS_PARTS = """
-- One row is a recap of a province that has, as all of its recaps by the same breakdown, what the
-- recaps of its kabupaten and kota in the file add up to.
WITH figure AS (
  SELECT w.position, r.kind = 'provinsi' AS whole, r.province_code, {rest}, {breakdown} AS breakdown,
    coalesce(w.numerator, w.mean * w.n)::DOUBLE AS numerator,
    coalesce(w.denominator, w.n)::DOUBLE AS denominator
  FROM {sound} w JOIN region r USING (region_code)
), part AS (
  SELECT province_code, breakdown, {rest}, sum(numerator) AS numerator,
    sum(denominator) AS denominator, count(*) AS parts
  FROM figure WHERE NOT whole GROUP BY ALL
), compared AS (
  SELECT w.position, w.province_code, w.metric, w.period_start, w.period_end, w.breakdown,
    w.denominator, p.parts > 1 AND abs(w.denominator - p.denominator) <= $about * p.denominator
      AND abs(w.numerator - p.numerator) <= $about * p.numerator AS equal
  FROM figure w LEFT JOIN part p ON p.province_code = w.province_code
    AND p.breakdown = w.breakdown AND {same}
  WHERE w.whole
)
SELECT unnest(positions) AS position FROM (
  SELECT list(position) AS positions FROM compared
  GROUP BY province_code, metric, period_start, period_end, breakdown
  HAVING bool_and(coalesce(equal, false)) AND sum(denominator) >= $fewest
)
"""


def _province_totals(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Totals of a province, which would be taken for its government's and added to their parts."""
    groups = [name for name in staged.table.key if name not in ("agency_id", "region_code")]
    dimensions = [c.name for c in staged.table.columns if c.name in groups and c.optional]
    sql = OF_ITS_PARTS.format(
        sound=staged.relation("sound"),
        rest=", ".join(f'"{name}"' for name in groups),
        breakdown=" || ".join(
            f"""CASE WHEN "{n}" IS NULL THEN '0' ELSE '1' END""" for n in dimensions
        ),
        same=" AND ".join(f'p."{n}" IS NOT DISTINCT FROM w."{n}"' for n in groups),
    )
    check = Check(
        "region_code: total of parts",
        ("region_code",),
        "",
        Phrase("is a province whose figures are the sum of its kabupaten and kota in this file"),
        Phrase(
            "Leave the total out: it is worked out from its parts. Import figures that are the"
            " provincial government's own in a file of their own."
        ),
        code="recap.total",
    )
    staged.add(cursor, check, sql, about=ABOUT, fewest=FEWEST)
