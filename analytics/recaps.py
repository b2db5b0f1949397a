"""Ready-made aggregates entered into the cells that records are summed into.

A recap stands at its own place and period. Recaps of agencies add up to their government unless
the government has a recap of its own, and governments to provinces; one whose number of people is
unknown is never added to anything, and not published where the place has few people: it would be
that of one of them. Where records give the same figure, the records are kept.
"""

from __future__ import annotations

import duckdb

from analytics.cells import Layout
from analytics.metrics import METRICS
from analytics.metrics.base import Metric, Rate
from analytics.metrics.guards import SPREAD
from analytics.metrics.rows import PERSONAL

RECAP_ROWS = """
CREATE OR REPLACE TEMP TABLE recap_row AS
-- One row is a recap with its place, grain and group told from its columns.
SELECT metric, p.agency, coalesce(p.region, g.region) AS region,
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
SELECT agency, region, period, grain, breakdown,
       coalesce(categories[1], '') AS category, coalesce(categories[2], '') AS category_2,
       CASE WHEN mean IS NULL THEN numerator WHEN n IS NULL THEN mean ELSE mean * n / {per} END
         ::DECIMAL(38, 8) AS numerator,
       (CASE WHEN sd IS NOT NULL THEN sd * sd * (n - 1) + n * mean * mean END)
         ::DECIMAL(38, 8) AS squares,
       coalesce(denominator, n)::DECIMAL(38, 8) AS denominator,
       denominator IS NOT NULL OR n IS NOT NULL AS known
FROM recap_row
WHERE metric = $metric AND list_contains($breakdowns, breakdown)
  AND (denominator IS NOT NULL OR n IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM few_people f
    WHERE f.region = recap_row.region AND f.agency IS NOT DISTINCT FROM recap_row.agency))
"""

RECAP_CELLS = """
CREATE OR REPLACE TEMP TABLE recap_cell AS
-- One row is a cell of one metric made of recaps.
WITH counted AS (
  SELECT c.*, g.province FROM recap_part c JOIN government_place g USING (region)
  WHERE known AND (agency IS NULL OR NOT EXISTS (
    SELECT 1 FROM recap_part own
    WHERE own.agency IS NULL AND own.region = c.region AND own.period = c.period
      AND own.grain = c.grain AND own.breakdown = c.breakdown
      AND own.category = c.category AND own.category_2 = c.category_2))
)
SELECT 3::TINYINT AS level, agency AS place, grain, period,
       breakdown, category, category_2, numerator, squares, denominator, known
FROM recap_part WHERE agency IS NOT NULL
UNION ALL
SELECT 2, region, grain, period, breakdown, category, category_2,
       numerator, squares, denominator, false
FROM recap_part WHERE agency IS NULL AND NOT known
UNION ALL
SELECT (CASE WHEN grouping(region) = 0 THEN 2 WHEN grouping(province) = 0 THEN 1 ELSE 0 END)
         ::TINYINT,
       coalesce(region, province, 0), grain, period,
       breakdown, category, category_2,
       sum(numerator),
       CASE WHEN count(squares) = count(*) THEN sum(squares) END,
       sum(denominator), true
FROM counted
GROUP BY GROUPING SETS (
  (grain, period, breakdown, category, category_2, region),
  (grain, period, breakdown, category, category_2, province),
  (grain, period, breakdown, category, category_2))
"""

FEW_PEOPLE = """
CREATE OR REPLACE TEMP TABLE few_people AS
-- One row is a place that had 1 to 4 people in some year, by its records or by a recap of its number.
SELECT agency, region FROM (
  SELECT p.agency, p.region, y.year, count(DISTINCT p.employee_id) AS people
  FROM person p
  JOIN (SELECT DISTINCT year(period) AS year FROM recap_row) y
    ON p.valid_from <= make_date(y.year, 12, 31) AND p.until >= make_date(y.year, 1, 1)
  GROUP BY GROUPING SETS ((p.agency, p.region, y.year), (p.region, y.year))
) WHERE people < 5
UNION
SELECT agency, region FROM recap_row
WHERE metric = 'headcount' AND breakdown = '' AND denominator < 5
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
    connection.execute(FEW_PEOPLE)
    _keep(connection, layout)
    for metric in metrics:
        _enter(connection, layout, metric)
    _count_groups(connection, layout)


def _kept(layout: Layout) -> str:
    return f"kept_{layout.table.name}"


def _keep(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Put the cells into a table, which recaps can change, and let the view read that."""
    cells = f"cell_{layout.table.name}"
    connection.execute(
        f"CREATE TEMP TABLE {_kept(layout)} AS SELECT *, false AS of_recap FROM {cells}"
    )
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
    for column in columns.values():  # a mean times its number need not be a whole number
        connection.execute(f"ALTER TABLE {name} ALTER {column} TYPE DECIMAL(38, 8)")
    key = "level, place, grain, period, breakdown, category, category_2"
    same = " AND ".join(f"c.{part} = r.{part}" for part in key.split(", "))
    counted = "CASE WHEN r.known THEN ceil(r.denominator)::BIGINT ELSE 0 END"
    given = {column: f"r.{part}" for part, column in columns.items()}
    given |= {layout.people[metric.among]: counted, "of_recap": "true"}
    settings = ", ".join(f"{column} = {value}" for column, value in given.items())
    connection.execute(f"""
        UPDATE {name} AS c SET {settings}
        FROM recap_cell r WHERE {same} AND coalesce(c.{columns["denominator"]}, 0) = 0
    """)
    connection.execute(f"""
        INSERT INTO {name} ({key}, row_count, {", ".join(given)})
        SELECT {", ".join(f"r.{part}" for part in key.split(", "))}, 0, {", ".join(given.values())}
        FROM recap_cell r WHERE NOT EXISTS (SELECT 1 FROM {name} c WHERE {same})
    """)
    _fill_people(connection, layout)


def _count_groups(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Count the groups of guards in cells of recaps, as far as recaps tell them.

    A value over an unknown number counts nobody; where the value is sensitive, it counts as few.
    """
    names = {f"{metric}__{part}": column for (metric, part), column in layout.column_of.items()}
    of_known = {
        name: f"CASE WHEN {names[f'{metric}__denominator']} IS NOT NULL THEN {column} END"
        for name, column in names.items()
        if f"{(metric := name.split('__')[0])}__denominator" in names
    }
    counted = {
        column: group.recap.format_map(names if guard.sensitive else names | of_known)
        for name, guard in layout.guards.items()
        for column, group in zip(layout.groups[name], guard.groups, strict=True)
        if group.recap
    }
    counted |= {
        group: layout.people[among]
        for group, counts in layout.counted.items()
        for among in layout.people
        if group in (*layout.groups[among], *layout.groups.get(SPREAD + among, ()))
        and counts.where == among
    }
    settings = ", ".join(
        f"{column} = coalesce(greatest(ceil({words}), 0), 0)::BIGINT"
        for column, words in counted.items()
    )
    connection.execute(f"UPDATE {_kept(layout)} SET {settings} WHERE of_recap AND row_count = 0")


def _fill_people(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """New cells hold nobody for the metrics that the recap is not about."""
    for column in layout.people.values():
        connection.execute(f"UPDATE {_kept(layout)} SET {column} = 0 WHERE {column} IS NULL")
