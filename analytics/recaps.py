"""Ready-made aggregates entered into the cells that records are summed into.

A recap stands at its own place and period. Recaps of agencies add up to their government unless
the government has a recap of its own, and governments to provinces; one whose number of people is
unknown is never added to anything. Where records give the same figure, the records are kept.
"""

from __future__ import annotations

import duckdb

from analytics.cells import Layout
from analytics.metrics import METRICS
from analytics.metrics.base import Metric, Rate
from analytics.metrics.rows import PERSONAL

RECAP_ROWS = """
CREATE OR REPLACE TEMP TABLE recap_row AS
-- One row is a recap with its place, grain and group told from its columns.
SELECT metric, p.agency, coalesce(p.region, g.region) AS region, p.kind,
       period_start AS period,
       CASE date_diff('month', period_start, period_end)
         WHEN 0 THEN 'month' WHEN 2 THEN 'quarter' ELSE 'year' END AS grain,
       array_to_string(list_filter([
         CASE WHEN sex IS NOT NULL THEN 'sex' END,
         CASE WHEN age_band IS NOT NULL THEN 'age_band' END,
         CASE WHEN grade_group IS NOT NULL THEN 'grade_group' END,
         CASE WHEN status IS NOT NULL THEN 'status' END,
         CASE WHEN position_type IS NOT NULL THEN 'position_type' END,
         CASE WHEN rater IS NOT NULL THEN 'rater' END,
         CASE WHEN field IS NOT NULL THEN 'field' END,
         CASE WHEN facet IS NOT NULL THEN 'facet' END], lambda name: name IS NOT NULL), ',')
         AS breakdown,
       list_filter([sex, age_band, grade_group, status, position_type, rater, field, facet],
                   lambda value: value IS NOT NULL) AS categories,
       numerator, denominator, mean, n, sd
FROM records.recap r
LEFT JOIN place_of p USING (agency_id)
LEFT JOIN government_of g ON g.region_code = r.region_code
"""

# Shares and rates: mean × n people; means: the sum, and squares where a deviation is given. A
# recap without n keeps its value as the numerator of an unknown denominator.
RECAP_PARTS = """
CREATE OR REPLACE TEMP TABLE recap_part AS
-- One row is a recap of one metric as additive parts; known tells whether its number is.
SELECT agency, region, kind, period, grain, breakdown,
       coalesce(categories[1], '') AS category, coalesce(categories[2], '') AS category_2,
       CASE WHEN mean IS NULL THEN numerator WHEN n IS NULL THEN mean ELSE mean * n / {per} END
         ::DECIMAL(38, 8) AS numerator,
       (CASE WHEN sd IS NOT NULL THEN sd * sd * (n - 1) + n * mean * mean END)
         ::DECIMAL(38, 8) AS squares,
       coalesce(denominator, n)::DECIMAL(38, 8) AS denominator,
       denominator IS NOT NULL OR n IS NOT NULL AS known
FROM recap_row
WHERE metric = $metric AND list_contains($breakdowns, breakdown)
"""

RECAP_CELLS = """
CREATE OR REPLACE TEMP TABLE recap_cell AS
-- One row is a cell of one metric made of recaps; level 3 with a negative place is never shown.
WITH counted AS (
  SELECT c.*, g.province FROM recap_part c JOIN government_place g USING (region)
  WHERE known AND (agency IS NULL OR NOT EXISTS (
    SELECT 1 FROM recap_part own
    WHERE own.agency IS NULL AND own.region = c.region AND own.period = c.period
      AND own.grain = c.grain AND own.breakdown = c.breakdown
      AND own.category = c.category AND own.category_2 = c.category_2))
)
SELECT 3::TINYINT AS level, coalesce(agency, -region) AS place, '' AS agency_kind, grain, period,
       breakdown, category, category_2, numerator, squares, denominator, known
FROM recap_part WHERE known OR agency IS NOT NULL
UNION ALL
SELECT 2, region, '', grain, period, breakdown, category, category_2,
       numerator, squares, denominator, false
FROM recap_part WHERE agency IS NULL AND NOT known
UNION ALL
SELECT (CASE WHEN grouping(region) = 0 THEN 2 WHEN grouping(province) = 0 THEN 1 ELSE 0 END)
         ::TINYINT,
       coalesce(region, province, 0), coalesce(kind, ''), grain, period,
       breakdown, category, category_2,
       sum(numerator),
       CASE WHEN count(squares) = count(*) THEN sum(squares) END,
       sum(denominator), true
FROM counted
GROUP BY GROUPING SETS (
  (grain, period, breakdown, category, category_2, region),
  (grain, period, breakdown, category, category_2, province),
  (grain, period, breakdown, category, category_2, province, kind),
  (grain, period, breakdown, category, category_2),
  (grain, period, breakdown, category, category_2, kind))
HAVING grouping(kind) = 1 OR kind IS NOT NULL
"""


def add_recaps(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Enter the recaps of a row table's metrics into its cells."""
    connection.execute(RECAP_ROWS)
    given = {
        key for (key,) in connection.execute("SELECT DISTINCT metric FROM recap_row").fetchall()
    }
    metrics = [m for m in METRICS.values() if m.key in given and m.table == layout.table.name]
    if not metrics:
        return
    _keep(connection, layout)
    for metric in metrics:
        _enter(connection, layout, metric)
    if given >= LOW_IS_THE_REST:
        _count_low_ratings(connection, layout)


def _kept(layout: Layout) -> str:
    return f"kept_{layout.table.name}"


def _keep(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Put the cells into a table, which recaps can change, and let the view read that."""
    cells = f"cell_{layout.table.name}"
    connection.execute(f"CREATE TEMP TABLE {_kept(layout)} AS SELECT * FROM {cells}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {cells} AS SELECT * FROM {_kept(layout)}")


def _enter(connection: duckdb.DuckDBPyConnection, layout: Layout, metric: Metric) -> None:
    per = metric.per if isinstance(metric, Rate) else 1
    singles = ["", *layout.table.dimensions]
    pairs = [f"{a},{b}" for n, a in enumerate(PERSONAL) for b in PERSONAL[n + 1 :]]
    offered = singles + (pairs if layout.table.personal else [])
    connection.execute(RECAP_PARTS.format(per=per), {"metric": metric.key, "breakdowns": offered})
    connection.execute(RECAP_CELLS)
    name = _kept(layout)
    columns = {part: layout.column_of[metric.key, part] for part in metric.parts}
    people = layout.people[metric.among]
    guards = {
        guard: f"CASE WHEN r.known THEN ceil(r.{part})::BIGINT ELSE 0 END"
        for part, guard in layout.guards_of(metric).items()
    }
    for column in columns.values():  # a mean times its number need not be a whole number
        connection.execute(f"ALTER TABLE {name} ALTER {column} TYPE DECIMAL(38, 8)")
    values = [f"r.{part}" for part in columns]
    key = "level, place, grain, period, breakdown, category, category_2"
    same = " AND ".join(f"c.{part} = r.{part}" for part in key.split(", "))
    same += " AND c.kind = r.agency_kind"
    counted = "CASE WHEN r.known THEN ceil(r.denominator)::BIGINT ELSE 0 END"
    given = dict(zip(columns.values(), values, strict=True)) | {people: counted} | guards
    settings = ", ".join(f"{column} = {value}" for column, value in given.items())
    connection.execute(f"""
        UPDATE {name} AS c SET {settings}
        FROM recap_cell r WHERE {same} AND coalesce(c.{columns["denominator"]}, 0) = 0
    """)
    connection.execute(f"""
        INSERT INTO {name} (kind, {key}, row_count, {", ".join(given)})
        SELECT agency_kind, {", ".join(f"r.{part}" for part in key.split(", "))}, 0,
               {", ".join(given.values())}
        FROM recap_cell r WHERE NOT EXISTS (SELECT 1 FROM {name} c WHERE {same})
    """)
    _fill_people(connection, layout)


LOW_IS_THE_REST = {"top_rating_share", "good_rating_share"}
"""Recaps of both tell, with their number, how many were rated below Baik."""


def _count_low_ratings(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Let the guard know of low ratings that no recap names but that follow from others."""
    top, good = (layout.column_of[key, "numerator"] for key in sorted(LOW_IS_THE_REST)[::-1])
    rated = layout.column_of["good_rating_share", "denominator"]
    (guard,) = layout.guard_values["low_rating"]
    connection.execute(f"""
        UPDATE {_kept(layout)} SET {guard} = ceil({rated} - {top} - {good})::BIGINT
        WHERE row_count = 0 AND {guard} IS NULL AND {rated} >= {top} + {good}
    """)


def _fill_people(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """New cells hold nobody for the metrics that the recap is not about."""
    for column in layout.people.values():
        connection.execute(f"UPDATE {_kept(layout)} SET {column} = 0 WHERE {column} IS NULL")
