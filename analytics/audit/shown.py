"""What must not stand in a snapshot at all, whatever follows from it."""

# pyright: reportAttributeAccessIssue=false
# pandas types what is chosen from a frame as what may also be an array.

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from analytics.audit.measures import FEWEST_OF_ROWS
from analytics.audit.published import Cells, columns_in
from analytics.metrics import METRICS
from analytics.metrics.base import Mean
from analytics.metrics.performance import COMPLETENESS, TOP_EXCESS, TOP_RATING
from analytics.metrics.rows import ROW_TABLES
from analytics.metrics.training import MEAN_HOURS, NONE_AT_ALL
from analytics.studies.base import FEWEST_PEOPLE

FEWEST_OF_SQUARES = 30
"""Sums of squares and bins over fewer people tell what single people have."""


def shown(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Everything wrong with single cells and with what stands beside them."""
    parts = connection.execute("SELECT * FROM snapshot.metric_part").df()
    problems = []
    for name, of_table in parts.groupby("table_name"):
        if name in ROW_TABLES:
            present = columns_in(connection, f"cell_{name}")
            problems += _beside_withheld(connection, str(name), of_table, present)
            problems += _few_in_detail(connection, str(name), of_table, present)
            problems += _rows(connection, str(name), present)
            problems += _means_alone(connection, str(name), of_table, present)
    problems += _few_behind(connection)
    problems += _few_with_hours(connection, parts)
    problems += _evaluated(connection, parts)
    return problems + _rated(connection, parts)


def small(tables: Sequence[Cells]) -> pd.DataFrame:
    """Counts from one to what they may be known from, published or a difference of two beside it.

    One row is a cell and a column: `table`, `column`, `derived`, the keys and `value`.
    """
    frames = []
    for cells in tables:
        for column, below in cells.columns.below.items():
            values = cells.values[column]
            few = (values > 0) & (values < below)
            rows = np.flatnonzero(few & ~_of_unknown_number(cells, column))
            if len(rows):
                frame = cells.keys.iloc[rows].reset_index(drop=True)
                frame["table"], frame["column"] = cells.table.name, cells.columns.names[column]
                frame["value"], frame["derived"] = values[rows], column >= cells.columns.published
                frame["below"] = below
                frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _of_unknown_number(cells: Cells, column: int) -> np.ndarray:
    """Cells in which a numerator is no count but the value of a recap that does not give its number.

    Sensitive ones count as small nevertheless: a share of few people may be known of one.
    """
    metrics = {key for (key, _), n in cells.columns.of.items() if n == column}
    if column not in cells.columns.people or any(METRICS[key].sensitive for key in metrics):
        return np.zeros(cells.values.shape[1], dtype=bool)
    return cells.values[cells.columns.people[column]] == 0


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0


def _beside_withheld(
    connection: duckdb.DuckDBPyConnection, name: str, parts: pd.DataFrame, present: set[str]
) -> list[str]:
    problems = []
    for people, of_people in parts.groupby("people_column"):
        columns = sorted(set(of_people["column_name"]) & present)
        some = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        where = f"FROM snapshot.cell_{name} WHERE {people} IS NULL AND ({some})"
        found = _count(connection, f"SELECT count(*) {where}") if columns else 0
        if found:
            problems.append(f"cell_{name}: {found} cells show figures of a withheld {people}.")
    return problems


def _few_in_detail(
    connection: duckdb.DuckDBPyConnection, name: str, parts: pd.DataFrame, present: set[str]
) -> list[str]:
    detail = parts[(parts["part"] == "squares") | parts["part"].str.startswith("bin_")]
    problems = []
    for people, of_people in detail.groupby("people_column"):
        columns = sorted(set(of_people["column_name"]) & present)
        some = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        found = _count(
            connection,
            f"SELECT count(*) FROM snapshot.cell_{name}"
            f" WHERE {people} BETWEEN 1 AND {FEWEST_OF_SQUARES - 1} AND ({some})",
        )
        if found:
            problems.append(
                f"cell_{name}: {found} cells show squares or bins of fewer than"
                f" {FEWEST_OF_SQUARES} people ({people})."
            )
    return problems


def _rows(connection: duckdb.DuckDBPyConnection, name: str, present: set[str]) -> list[str]:
    problems = []
    most = ROW_TABLES[name].threshold - 1
    for column in FEWEST_OF_ROWS:
        if column in present:
            where = f"FROM snapshot.cell_{name} WHERE {column} BETWEEN 1 AND {most}"
            found = _count(connection, f"SELECT count(*) {where}")
            if found:
                problems.append(f"cell_{name}: {found} cells show {column} from 1 to {most}.")
    return problems


HEADCOUNTS = """
SELECT {columns} FROM snapshot.cell_training_to_date
WHERE kind = '' AND ({people} IS NULL OR {people} BETWEEN 1 AND {most})
"""


def _means_alone(
    connection: duckdb.DuckDBPyConnection, name: str, parts: pd.DataFrame, present: set[str]
) -> list[str]:
    """Means of an unknown number of people where the people of the place are withheld."""
    all_parts = connection.execute("SELECT * FROM snapshot.metric_part").df()
    head = all_parts[all_parts["metric"] == "headcount"]
    if head.empty or not columns_in(connection, "cell_training_to_date"):
        return []
    table = ROW_TABLES["training_to_date"]
    keys = "level, place, breakdown, category, category_2, grain, period"
    few = HEADCOUNTS.format(
        columns=keys, people=head["people_column"].iloc[0], most=table.threshold - 1
    )
    problems = []
    for metric, of_metric in parts.groupby("metric"):
        by_part = dict(zip(of_metric["part"], of_metric["column_name"], strict=True))
        if "numerator" not in by_part or by_part["numerator"] not in present:
            continue
        people = of_metric["people_column"].iloc[0]
        found = _count(
            connection,
            f"SELECT count(*) FROM snapshot.cell_{name} c JOIN ({few}) h USING ({keys})"
            f" WHERE c.kind = '' AND {by_part['numerator']} <> 0"
            f" AND coalesce({by_part.get('denominator', '0')}, 0) = 0 AND coalesce({people}, 0) = 0",
        )
        if found:
            words = "means" if isinstance(METRICS.get(str(metric)), Mean) else "figures"
            problems.append(f"cell_{name}: {found} {words} of {metric} for too few people.")
    return problems


def _few_behind(connection: duckdb.DuckDBPyConnection) -> list[str]:
    if not columns_in(connection, "estimate"):
        return []
    found = _count(
        connection,
        "SELECT count(*) FROM snapshot.estimate"
        f" WHERE value IS NOT NULL AND people < {FEWEST_PEOPLE}",
    )
    return [f"estimate: {found} stand on fewer than {FEWEST_PEOPLE} people."] if found else []


WITH_HOURS = """
SELECT count(*) FROM snapshot.cell_training_to_date
WHERE {squares} IS NOT NULL AND {people} - {none} BETWEEN 1 AND {most}
"""


def _few_with_hours(connection: duckdb.DuckDBPyConnection, parts: pd.DataFrame) -> list[str]:
    """Squares of few people's hours among many who have none."""
    squares = _column(parts, MEAN_HOURS.key, "squares")
    people = _column(parts, MEAN_HOURS.key, "denominator")
    none = _column(parts, NONE_AT_ALL.key, "numerator")
    if squares is None or people is None or none is None:
        return []
    most = FEWEST_OF_SQUARES - 1
    found = _count(
        connection, WITH_HOURS.format(squares=squares, people=people, none=none, most=most)
    )
    words = (
        f"cell_training_to_date: {found} cells show squares of fewer than {most + 1} with hours."
    )
    return [words] if found else []


EVALUATED = """
SELECT count(*) FROM snapshot.cell_expected_evaluation e
JOIN snapshot.cell_appraisal a
  USING (level, place, kind, breakdown, category, category_2, grain, period)
WHERE e.{evaluated} BETWEEN 1 AND {most} AND a.{people} IS NULL
"""


def _column(parts: pd.DataFrame, metric: str, part: str, of: str = "column_name") -> str | None:
    found = parts[(parts["metric"] == metric) & (parts["part"] == part)][of]
    return None if found.empty else str(found.iloc[0])


def _evaluated(connection: duckdb.DuckDBPyConnection, parts: pd.DataFrame) -> list[str]:
    """Evaluated people in one table where the other withholds them."""
    evaluated = _column(parts, COMPLETENESS.key, "numerator")
    people = _column(parts, TOP_RATING.key, "denominator", "people_column")
    if evaluated is None or people is None:
        return []
    most = ROW_TABLES[COMPLETENESS.table].threshold - 1
    found = _count(connection, EVALUATED.format(evaluated=evaluated, people=people, most=most))
    words = (
        f"cell_expected_evaluation: {found} cells show people evaluated whom appraisal withholds."
    )
    return [words] if found else []


RATED = """
SELECT count(*) FROM snapshot.organisation_rating o
JOIN snapshot.place p ON p.level = 3 AND p.code = o.agency
JOIN snapshot.cell_{table} c
  ON c.level = 3 AND c.place = p.number AND c.kind = '' AND c.breakdown = '' AND c.grain = 'year'
 AND extract(year FROM c.period) = o.year
WHERE c.{people} IS NULL
"""


def _rated(connection: duckdb.DuckDBPyConnection, parts: pd.DataFrame) -> list[str]:
    """Ratings of organisations that stand beside evaluations which are withheld."""
    problems = []
    if not columns_in(connection, "organisation_rating"):
        return problems
    beside = parts[parts["metric"].isin([TOP_RATING.key, TOP_EXCESS.key])]
    for table, people in sorted(
        set(zip(beside["table_name"], beside["people_column"], strict=True))
    ):
        found = _count(connection, RATED.format(table=table, people=people))
        if found:
            problems.append(f"organisation_rating: {found} beside withheld cells of {table}.")
    return problems
