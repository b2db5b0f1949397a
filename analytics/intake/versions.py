"""Rows whose key is loaded already: the row of the later extract stands, the other is kept aside.

A row that does not stand is in the history of its table, whether it stood before or never did, so
that what stands is always the newest of all rows of a key, in whatever order their files came, and
a batch can be taken back as if it had never come. Per sheet there is, beside the relations of
staging, `met_1`: the rows whose key is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from analytics.intake.checks import Check
from analytics.intake.query import one, run
from analytics.intake.staging import LISTED, Staged
from analytics.schema import Table
from analytics.text.phrase import Phrase

MEET = """
-- One row is a row of the sheet whose key is loaded, where the loaded row is, and how the row stands
-- to it: of a later extract, an older one, or one of the same day that says the same or another thing.
CREATE TEMP TABLE {met} AS
SELECT g.position, t.rowid AS loaded,
       CASE WHEN b.extracted_on < $extracted_on THEN 'newer'
            WHEN b.extracted_on > $extracted_on THEN 'older'
            WHEN {same} THEN 'same' ELSE 'other' END AS stands
FROM {good} g JOIN "{table}" t ON {key} LEFT JOIN batch b ON b.batch_id = t.batch_id
"""

CLASHES = """
-- One row is a row of the sheet that says another thing than the loaded row, and where that is from.
SELECT r.line, t.line, t.batch_id, b.source
FROM {met} m JOIN {row} r USING (position) JOIN "{table}" t ON t.rowid = m.loaded
JOIN batch b ON b.batch_id = t.batch_id
WHERE m.stands = 'other' ORDER BY r.line LIMIT {listed}
"""

PASSED_OVER = """
INSERT INTO "replaced_{table}" ({names}, batch_id, line, replaced_by)
SELECT {of_good}, $batch_id, g.line, t.batch_id
FROM {good} g JOIN {met} m USING (position) JOIN "{table}" t ON t.rowid = m.loaded
WHERE m.stands IN ('same', 'older')
"""

REPLACED = (
    "SELECT m.loaded FROM {met} m ANTI JOIN {fault} USING (position) WHERE m.stands = 'newer'"
)


@dataclass(frozen=True)
class Loaded:
    """How many rows of a sheet were loaded, how many of these replaced older ones, and how many were
    passed over: the same as loaded, and older than loaded."""

    rows: int
    replaced: int = 0
    same: int = 0
    older: int = 0

    def notes(self) -> list[str]:
        """What there is to say of rows that met loaded ones."""
        said = []
        if self.replaced:
            said.append(Phrase("{rows} rows took the place of older ones", rows=self.replaced))
        if self.same:
            said.append(
                Phrase("{rows} rows were already loaded, the same, and passed over", rows=self.same)
            )
        if self.older:
            said.append(
                Phrase(
                    "{rows} rows are older than what is loaded and were passed over:"
                    " the newer rows were kept",
                    rows=self.older,
                )
            )
        return said


def meet(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Find the rows whose key is loaded; one of the same day that says another thing is a fault."""
    of = staged.table
    if not run(cursor, f'SELECT 1 FROM "{of.name}" LIMIT 1'):
        return
    staged.met = True
    met = staged.relation("met")
    values = [column.name for column in of.columns if column.name not in of.key]
    same = " AND ".join(f'g."{name}" IS NOT DISTINCT FROM t."{name}"' for name in values) or "true"
    run(
        cursor,
        MEET.format(
            met=met,
            good=staged.relation("good"),
            table=of.name,
            key=same_key(of, "g", "t"),
            same=same,
        ),
        {"extracted_on": staged.extracted_on},
    )
    if one(cursor, f"SELECT count(*) FROM {met} WHERE stands = 'other'"):
        _clash(cursor, staged)


def same_key(of: Table, one: str, other: str) -> str:
    """SQL that is true where two rows of a table have the same key."""
    return " AND ".join(
        f'{one}."{name}" {"IS NOT DISTINCT FROM" if of.column(name).optional else "="}'
        f' {other}."{name}"'
        for name in of.key
    )


def _clash(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    of, met = staged.table, staged.relation("met")
    key = ", ".join(of.key)
    remedy = Phrase(
        "Leave out the row that is wrong; where this file is the later one, say so with"
        " --extracted-on."
    )
    check = Check(
        "key: loaded with other values",
        of.key,
        "",
        Phrase(
            "differs from a loaded row of the same {key} and the same day of extraction", key=key
        ),
        remedy,
        code="key.loaded",
    )
    staged.add(cursor, check, f"SELECT position FROM {met} WHERE stands = 'other'")
    number = len(staged.checks) - 1
    for line, of_loaded, batch_id, source in run(
        cursor,
        CLASHES.format(met=met, row=staged.relation("row"), table=of.name, listed=LISTED),
    ):
        says = Phrase(
            "differs from line {line} of {source} (batch {batch}), which is loaded, with the same"
            " {key} and the same day of extraction",
            line=of_loaded,
            source=source,
            batch=batch_id,
            key=key,
        )
        staged.told_of_line[number, line] = (says, remedy)


def coming(staged: Staged) -> str:
    """SQL of the good rows that will stand: all but those that are passed over."""
    good = f"SELECT * FROM {staged.relation('good')}"
    if not staged.met:
        return good
    return (
        f"{good} ANTI JOIN (SELECT position FROM {staged.relation('met')}"
        " WHERE stands IN ('same', 'older')) USING (position)"
    )


def staying(staged: Staged) -> str:
    """SQL of the loaded rows that none of the good rows replaces."""
    of = staged.table
    if not staged.met:
        return f'SELECT * FROM "{of.name}"'
    return f'SELECT * FROM "{of.name}" WHERE rowid NOT IN ({_replaced(staged)})'


def _replaced(staged: Staged) -> str:
    return REPLACED.format(met=staged.relation("met"), fault=staged.relation("fault"))


def load_rows(cursor: duckdb.DuckDBPyConnection, staged: Staged, batch_id: int) -> Loaded:
    """Load the good rows of a sheet as a batch, in the place of the older ones of their keys."""
    of = staged.table
    columns = [f'"{column.name}"' for column in of.columns]
    names = ", ".join(columns)
    loading = (
        f'INSERT INTO "{of.name}" ({names}, batch_id, line)'
        f" SELECT {names}, $batch_id, line FROM ({coming(staged)})"
    )
    number = {"batch_id": batch_id}
    if not staged.met:
        return Loaded(one(cursor, loading, number))
    met, fault = staged.relation("met"), staged.relation("fault")
    counts = dict(
        run(
            cursor,
            f"SELECT stands, count(*) FROM {met} ANTI JOIN {fault} USING (position) GROUP BY stands",
        )
    )
    if counts.get("same") or counts.get("older"):
        run(
            cursor,
            PASSED_OVER.format(
                table=of.name,
                names=names,
                of_good=", ".join(f"g.{column}" for column in columns),
                good=staged.relation("good"),
                met=met,
            ),
            number,
        )
    if counts.get("newer"):
        set_aside(cursor, of, _replaced(staged), batch_id)
    rows = one(cursor, loading, number)
    return Loaded(rows, counts.get("newer", 0), counts.get("same", 0), counts.get("older", 0))


def set_aside(cursor: duckdb.DuckDBPyConnection, of: Table, rows: str, replaced_by: int) -> None:
    """Move the rows of a table whose rowids the query gives into its history."""
    run(
        cursor,
        f'INSERT INTO "replaced_{of.name}"'
        f' SELECT *, $replaced_by FROM "{of.name}" WHERE rowid IN ({rows})',
        {"replaced_by": replaced_by},
    )
    run(cursor, f'DELETE FROM "{of.name}" WHERE rowid IN ({rows})')
