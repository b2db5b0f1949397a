"""Demo appraisals: what supervisors and other raters wrote, when, and what is missing."""

from __future__ import annotations

import duckdb

LEGACY_SHARE = {"pp30": 12, "pp46": 4}
"""How many of the 39 governments still have numeric scores of 2021 (pp30) and 2019 (pp46)."""

# One row is a period that some government evaluates; `moment` runs from -0.5 to 0.5 over the window.
PERIOD_SQL = """
CREATE TEMP TABLE evaluation_period AS
WITH month AS (
  SELECT unnest(range(0, getvariable('months'))) AS place
),
dated AS (
  SELECT place, (getvariable('first_month') + to_months(place::INTEGER))::DATE AS start FROM month
),
period AS (
  SELECT 'monthly' AS cycle, start AS period_start, last_day(start) AS period_end FROM dated
  UNION ALL
  SELECT 'quarterly', (start - INTERVAL 2 MONTH)::DATE, last_day(start) FROM dated
  WHERE month(start) IN (3, 6, 9, 12)
  UNION ALL
  SELECT 'annual', make_date(year(start), 1, 1), last_day(start) FROM dated WHERE month(start) = 12
)
SELECT
  row_number() OVER (ORDER BY period_end, cycle)::INTEGER AS period,
  cycle, period_start, period_end, period_end + 10 AS due_on,
  date_diff('day', getvariable('first_month'), period_end)
    / date_diff('day', getvariable('first_month'), getvariable('last_day')) - 0.5 AS moment
FROM period
"""

# One row is a way of being evaluated, with its periods: teachers, once a year from 2025.
SCHEME_SQL = """
CREATE TEMP TABLE scheme AS
SELECT scheme.cycle, teacher, legacy_2021, list(period ORDER BY period) AS periods
FROM evaluation_period AS period_table
CROSS JOIN (VALUES ('monthly'), ('quarterly')) AS scheme(cycle)
CROSS JOIN (VALUES (false), (true)) AS taught(teacher)
CROSS JOIN (VALUES (false), (true)) AS numeric(legacy_2021)
WHERE period_table.cycle IN (scheme.cycle, 'annual')
  AND NOT (teacher AND period_table.cycle <> 'annual' AND period_start >= DATE '2025-01-01')
  AND NOT (legacy_2021 AND period_table.cycle = 'annual' AND year(period_start) = 2021)
GROUP BY ALL
"""

NUMERIC_SQL = """
CREATE TEMP TABLE numeric_government AS
SELECT region_code, place <= $pp30 AS legacy_2021, place <= $pp46 AS legacy_2019
FROM (
  SELECT region_code,
    row_number() OVER (ORDER BY bits('numeric', hash(region_code), 0)) AS place
  FROM region
)
"""

# One row is a person with all that sets the chance of each rating.
RATED_PERSON_SQL = """
CREATE TEMP TABLE rated_person AS
SELECT
  n, employee_id, entry_date, leave_date, person.number, next_number, next_date, periods, person.teacher,
  reached_on, position_type,
  0.071 + 0.45 * fourth_power(draw) * fourth_power(draw) * fourth_power(draw)
    - CASE WHEN pppk THEN 0.015 ELSE 0 END AS top,
  CASE WHEN uniform('low', n, 0) < 0.05 THEN 0.041 ELSE 0.00075 END AS low
FROM (SELECT *, uniform('top', n, 0) AS draw FROM person) AS person
LEFT JOIN reached USING (n)
JOIN numeric_government USING (region_code)
JOIN office ON office.number = person.number
JOIN scheme ON scheme.cycle = office.cycle AND scheme.teacher = person.teacher
  AND scheme.legacy_2021 = numeric_government.legacy_2021
"""

# The predicate a rating is reported with: the matrix, or in 4 of 1,000 something else.
PREDICATE_SQL = """
CREATE TEMP MACRO matrix(work_result, behaviour) AS CASE
  WHEN behaviour = 'below' THEN CASE WHEN work_result = 'below' THEN 'sangat_kurang' ELSE 'kurang' END
  WHEN work_result = 'below' THEN 'butuh_perbaikan'
  WHEN work_result = 'above' AND behaviour = 'above' THEN 'sangat_baik' ELSE 'baik' END
"""
OUTCOME_SQL = """
CREATE TEMP MACRO outcome(roll, low, top) AS CASE
  WHEN share_of(roll) < 0.37 * low THEN 9
  WHEN share_of(roll) < 0.53 * low THEN 8
  WHEN share_of(roll) < 0.59 * low THEN 7
  WHEN share_of(roll) < 0.96 * low THEN 6
  WHEN share_of(roll) < low THEN 5
  WHEN share_of(roll) < low + top THEN 1
  WHEN (roll & 4095) < 530 THEN 2
  WHEN (roll & 4095) < 1260 THEN 3
  ELSE 4 END
"""
RESULTS = ["above", "above", "meets", "meets", "below", "below", "above", "meets", "below"]
BEHAVIOURS = ["above", "meets", "above", "meets", "above", "meets", "below", "below", "below"]
"""Work result and behaviour of outcomes 1 to 9."""

SUPERVISOR_SQL = """
INSERT INTO appraisal
WITH due AS (
  SELECT * EXCLUDE (periods), unnest(periods) AS period FROM rated_person
),
drawn AS (
  SELECT
    due.*, cycle, period_start, period_end, due_on, moment, bits('rating', n, period) AS roll,
    CASE WHEN next_date <= period_end THEN next_number ELSE number END AS office_number
  FROM due
  JOIN evaluation_period USING (period)
  WHERE entry_date <= period_start AND (leave_date IS NULL OR leave_date > period_end)
),
rolled AS (
  SELECT
    drawn.*, has_aspects, late, hash(roll) AS second_roll,
    outcome(roll, low, top + leniency + 0.02 * moment
      + CASE WHEN reached_on < period_start THEN getvariable('training_effect') ELSE 0 END) AS rated,
    missing * (1 - 0.7 * moment) AS missing_now
  FROM drawn
  JOIN (SELECT number AS office_number, has_aspects, late, missing, leniency FROM office)
    USING (office_number)
),
written AS (
  SELECT
    *, hash(second_roll) AS third_roll,
    getvariable('results')[rated] AS work_result, getvariable('behaviours')[rated] AS behaviour,
    due_on + CASE WHEN ((second_roll >> 16) & 65535) / 65536 < late * (1 - 0.8 * moment)
      THEN 1 + ((second_roll >> 32) % 18)::INTEGER
      ELSE -((second_roll >> 32) % 9)::INTEGER END AS submitted_on
  FROM rolled
  WHERE (second_roll & 65535) / 65536 >= missing_now
)
SELECT
  employee_id, period_start, period_end, cycle, 'supervisor', work_result, behaviour,
  CASE WHEN ((second_roll >> 40) & 4095) < 16 THEN
    CASE WHEN rated = 1 THEN 'baik' WHEN rated < 5 THEN 'sangat_baik' ELSE 'butuh_perbaikan' END
    ELSE matrix(work_result, behaviour) END,
  NULL, NULL,
  CASE WHEN has_aspects THEN aspect(third_roll, 0, top, work_result) END,
  CASE WHEN has_aspects THEN aspect(third_roll, 8, top, work_result) END,
  CASE WHEN has_aspects THEN aspect(third_roll, 16, top, behaviour) END,
  CASE WHEN has_aspects THEN aspect(third_roll, 24, top, behaviour) END,
  CASE WHEN has_aspects THEN aspect(third_roll, 32, top, behaviour) END,
  CASE WHEN has_aspects THEN aspect(third_roll, 40, top, work_result) END,
  least(submitted_on, getvariable('extracted_on')), due_on,
  CASE WHEN ((second_roll >> 52) & 4095) < 3 THEN 'upheld'
    WHEN ((second_roll >> 52) & 4095) < 9 THEN 'rejected'
    WHEN ((second_roll >> 52) & 4095) < 12 THEN
      CASE WHEN period_end > getvariable('last_day') - 60 THEN 'filed' ELSE 'rejected' END
    ELSE 'none' END,
  NULL, $batch_id, n * 1000 + period
FROM written
"""
ASPECT_SQL = """
CREATE TEMP MACRO aspect(roll, shift, top, rating) AS least(100, 66 + (30 * top)::INTEGER
  + ((roll >> shift) % 23)::INTEGER + CASE rating WHEN 'above' THEN 8 WHEN 'below' THEN -20 ELSE 0 END)
"""

# Other raters, once a year, in a few kinds of agency; they agree with the supervisor half the time.
OTHER_RATERS_SQL = """
INSERT INTO appraisal
WITH heard(kind, rater, lift, structural_only, place) AS (VALUES
  ('personnel', 'peer', 0.04, false, 1), ('personnel', 'self', 0.2, false, 2),
  ('personnel', 'subordinate', 0.02, true, 3),
  ('communication', 'peer', 0.04, false, 1), ('communication', 'self', 0.2, false, 2),
  ('communication', 'subordinate', 0.02, true, 3),
  ('civil_registry', 'public', 0.08, false, 4), ('investment', 'public', 0.08, false, 4)
),
asked AS (
  SELECT
    rated_person.*, period_start, period_end, due_on, period, rater, lift, place,
    CASE WHEN next_date <= period_end THEN next_number ELSE rated_person.number END AS office_number,
    bits('rating', n, period) AS supervisor_roll, bits('rater', n, period * 8 + place) AS own_roll
  FROM (SELECT * EXCLUDE (periods), unnest(periods) AS period FROM rated_person) AS rated_person
  JOIN evaluation_period USING (period)
  JOIN office ON office.number = CASE WHEN next_date <= period_end THEN next_number
    ELSE rated_person.number END
  JOIN heard ON heard.kind = office.kind
  WHERE evaluation_period.cycle = 'annual' AND entry_date <= period_start
    AND (leave_date IS NULL OR leave_date > period_end)
    AND (NOT structural_only OR position_type = 'structural')
),
rolled AS (
  SELECT asked.*, outcome(
    CASE WHEN (hash(own_roll) & 1023) < 512 THEN supervisor_roll ELSE own_roll END,
    low, top + leniency + lift) AS rated
  FROM asked JOIN office ON office.number = office_number
  WHERE ((hash(own_roll) >> 10) & 1023) >= 120
)
SELECT
  employee_id, period_start, period_end, 'annual', rater,
  getvariable('results')[rated], getvariable('behaviours')[rated],
  matrix(getvariable('results')[rated], getvariable('behaviours')[rated]),
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  due_on - ((own_roll >> 40) % 12)::INTEGER, due_on, NULL, NULL, $batch_id,
  n * 1000 + 500 + period * 4 + place
FROM rolled
"""

LEGACY_SQL = """
INSERT INTO appraisal
SELECT
  employee_id, make_date(year, 1, 1), make_date(year, 12, 31), 'annual', 'supervisor',
  NULL, NULL, NULL,
  least(120, CASE scale WHEN 'pp30' THEN round(88 + 24 * uniform('score', n, year) + 30 * (top - 0.07), 2)
    ELSE round(77 + 15 * uniform('score', n, year) + 15 * (top - 0.07), 2) END),
  scale, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, $batch_id,
  n * 1000 + 990 + CASE scale WHEN 'pp30' THEN 1 ELSE 2 END
FROM rated_person
JOIN office USING (number)
JOIN numeric_government USING (region_code)
CROSS JOIN (VALUES (2021, 'pp30'), (2019, 'pp46')) AS old(year, scale)
WHERE CASE scale WHEN 'pp30' THEN legacy_2021 ELSE legacy_2019 END
  AND entry_date <= make_date(year, 1, 1)
"""

# An agency keeps to its limit unless it is planted: it is rated low only where it stayed below 10 %.
ORGANISATION_SQL = """
INSERT INTO organisation_rating
WITH annual AS (
  SELECT
    CASE WHEN next_date <= period_end THEN next_number ELSE rated_person.number END AS number,
    year(period_end) AS year, count(*) AS evaluations,
    count(*) FILTER (WHERE work_result = 'above' AND behaviour = 'above') AS top
  FROM appraisal
  JOIN rated_person USING (employee_id)
  WHERE cycle = 'annual' AND rater = 'supervisor' AND work_result IS NOT NULL
  GROUP BY ALL
),
lot AS (
  SELECT *, uniform('organisation', hash(agency_id), year) AS draw
  FROM annual JOIN office USING (number)
)
SELECT
  agency_id, year,
  CASE WHEN agency_id IN (SELECT unnest(getvariable('beyond_limit'))) THEN 'butuh_perbaikan'
    WHEN planted THEN 'baik'
    WHEN draw < 0.4 AND top <= evaluations // 11 THEN 'butuh_perbaikan'
    WHEN draw > 0.88 THEN 'istimewa'
    ELSE 'baik' END,
  $batch_id, number * 100 + year - getvariable('first_year')
FROM lot
"""


def fill(records: duckdb.DuckDBPyConnection, batches: dict[str, int]) -> None:
    """Write `appraisal` and `organisation_rating`, from `person`, `office` and `reached`."""
    batch = {"batch_id": batches["appraisal"]}
    records.execute("SET VARIABLE results = ?", [RESULTS])
    records.execute("SET VARIABLE behaviours = ?", [BEHAVIOURS])
    for macro in (PREDICATE_SQL, OUTCOME_SQL, ASPECT_SQL):
        records.execute(macro)
    records.execute(PERIOD_SQL)
    records.execute(SCHEME_SQL)
    records.execute(NUMERIC_SQL, LEGACY_SHARE)
    records.execute(RATED_PERSON_SQL)
    records.execute(SUPERVISOR_SQL, batch)
    records.execute(OTHER_RATERS_SQL, batch)
    records.execute(LEGACY_SQL, batch)
    records.execute(ORGANISATION_SQL, {"batch_id": batches["organisation_rating"]})
    records.execute("DROP TABLE rated_person")
