"""The audit of a finished snapshot: is anything in it that should not have left?"""

# pyright: reportAttributeAccessIssue=false
# pandas types the rows of a frame as plain tuples.

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from analytics.disclosure import (
    COARSE_TO_FINE,
    PATTERN_KEYS,
    SENSITIVE_BELOW,
    Protected,
    determined,
    protected,
)
from analytics.metrics import METRICS
from analytics.metrics.performance import TOP_EXCESS, TOP_RATING
from analytics.metrics.rows import ROW_TABLES
from analytics.studies.base import FEWEST_PEOPLE

NULL_PATTERNS = """
CREATE OR REPLACE TEMP TABLE pattern AS
-- One row is a cell over the periods of one grain and year; each column tells what is withheld.
SELECT row_number() OVER ()::INTEGER - 1 AS id, * FROM (
  SELECT level, place, kind, breakdown, category, category_2, grain,
         extract(year FROM period)::SMALLINT AS year, {withheld}
  FROM snapshot.cell_{table} GROUP BY {keys}
)
"""


def audit(path: Path) -> list[str]:
    """Everything wrong with a snapshot file, in words; an empty list when nothing is.

    Reads nothing but the file: small groups and small sensitive counts must be withheld, and no
    withheld cell may follow from what is published.
    """
    connection = duckdb.connect()
    target = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{target}' AS snapshot (READ_ONLY)")
    parts = connection.execute("SELECT * FROM snapshot.metric_part").df()
    places = connection.execute("SELECT * FROM snapshot.agency_place").df()
    problems = []
    for name, of_table in parts.groupby("table_name"):
        table = ROW_TABLES[str(name)]
        guarded = sorted(
            {
                (part.column_name, part.people_column)
                for part in of_table.itertuples()
                if METRICS[part.metric].guard and part.part != "denominator"
            }
        )
        sensitive = sorted(
            {
                part.column_name
                for part in of_table.itertuples()
                if METRICS[part.metric].sensitive and part.part == "numerator"
            }
        )
        people = sorted(set(of_table["people_column"]))
        problems += _small(connection, str(name), people, sensitive, table.threshold)
        problems += _worked_out(connection, str(name), people, guarded, places)
    problems += _few_behind(connection)
    shown_beside = parts["metric"].isin([TOP_RATING.key, TOP_EXCESS.key])
    problems += _rated(connection, parts.loc[shown_beside])
    connection.close()
    return problems


def _few_behind(connection: duckdb.DuckDBPyConnection) -> list[str]:
    if not _holds(connection, "estimate"):
        return []
    found = connection.execute(
        "SELECT count(*) FROM snapshot.estimate WHERE value IS NOT NULL AND people < $fewest",
        {"fewest": FEWEST_PEOPLE},
    ).fetchone()
    if not found or not found[0]:
        return []
    return [f"estimate: {found[0]} stand on fewer than {FEWEST_PEOPLE} people."]


RATED = """
SELECT count(*) FROM snapshot.organisation_rating o
JOIN snapshot.place p ON p.level = 3 AND p.code = o.agency
JOIN snapshot.cell_{table} c
  ON c.level = 3 AND c.place = p.number AND c.kind = '' AND c.breakdown = '' AND c.grain = 'year'
 AND extract(year FROM c.period) = o.year
WHERE c.{people} IS NULL
"""

# Snapshots of before a table was kept in them stay to be gone back to.
HOLDS = """
SELECT 1 FROM duckdb_tables() WHERE database_name = 'snapshot' AND table_name = $table
"""


def _holds(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(connection.execute(HOLDS, {"table": table}).fetchall())


def _rated(connection: duckdb.DuckDBPyConnection, parts: pd.DataFrame) -> list[str]:
    """Ratings of organisations that stand beside evaluations which are withheld."""
    problems = []
    if not _holds(connection, "organisation_rating"):
        return problems
    for table, people in sorted(set(zip(parts["table_name"], parts["people_column"], strict=True))):
        found = connection.execute(RATED.format(table=table, people=people)).fetchone()
        if found and found[0]:
            problems.append(f"organisation_rating: {found[0]} beside withheld cells of {table}.")
    return problems


def _small(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    people: list[str],
    sensitive: list[str],
    threshold: int,
) -> list[str]:
    checks = dict.fromkeys(people, threshold) | dict.fromkeys(sensitive, SENSITIVE_BELOW)
    problems = []
    for column, below in checks.items():
        found = connection.execute(
            f"SELECT count(*) FROM snapshot.cell_{table} WHERE {column} BETWEEN 1 AND $most",
            {"most": below - 1},
        ).fetchone()
        if found and found[0]:
            problems.append(f"cell_{table}: {found[0]} cells show {column} from 1 to {below - 1}.")
    return problems


def _worked_out(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    people: list[str],
    guarded: list[tuple[str, str]],
    places,
) -> list[str]:
    columns = [*people, *(column for column, _ in guarded)]
    withheld = ", ".join(f"bool_or({column} IS NULL) AS {column}" for column in columns)
    connection.execute(NULL_PATTERNS.format(withheld=withheld, table=name, keys=PATTERN_KEYS))
    table = protected(connection, ROW_TABLES[name], places)
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM pattern ORDER BY id").fetchnumpy()
    problems = []
    seen: list[np.ndarray] = []
    for column in columns:
        mask = np.asarray(rows[column], dtype=bool)
        if any(np.array_equal(mask, other) for other in seen):
            continue
        seen.append(mask)
        problems += _fixed(table, mask, f"cell_{name}, {column}")
    return problems


def _fixed(table: Protected, mask: np.ndarray, what: str) -> list[str]:
    number = 0
    for grain in range(len(COARSE_TO_FINE)):
        plain = (mask & (table.grain == grain))[table.ids] & ~table.cells.hidden
        hidden = table.cells.hidden & (table.grain == grain)[table.ids]
        fixed = determined(table.sums, plain | hidden)
        number += int((~table.cells.hidden[fixed]).sum())
    return [f"{what}: {number} withheld cells follow from published ones."] if number else []
