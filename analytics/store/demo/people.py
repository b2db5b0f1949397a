"""Demo people: who serves where, from when to when, and every change in between."""

from __future__ import annotations

import duckdb

# One row is a person: the facts of a life in service, spans not yet cut.
DRAWN_SQL = """
CREATE TEMP TABLE drawn AS
WITH seated AS (
  SELECT unnest(range(first, past)) AS n, number FROM seats WHERE past > first
),
first_draw AS (
  SELECT
    n, office.*,
    uniform('entry', n, 0) AS entry_draw, uniform('status', n, 0) AS status_draw,
    uniform('position', n, 0) AS position_draw,
    CASE kind WHEN 'education' THEN 0.13 WHEN 'health' THEN 0.2 WHEN 'hospital' THEN 0.18
      WHEN 'district_office' THEN 0.62 ELSE 0.46 END + executor_shift AS executor,
    CASE kind WHEN 'education' THEN 0.02 WHEN 'health' THEN 0.03 WHEN 'hospital' THEN 0.03
      WHEN 'district_office' THEN 0.2 ELSE 0.11 END AS structural,
    CASE kind WHEN 'education' THEN 0.68 WHEN 'health' THEN 0.73 WHEN 'hospital' THEN 0.7
      WHEN 'public_order' THEN 0.2 WHEN 'transport' THEN 0.25 WHEN 'disaster' THEN 0.25
      ELSE 0.42 END AS women
  FROM seated JOIN office USING (number)
),
placed AS (
  SELECT
    *,
    CASE WHEN position_draw < executor THEN 'executor'
      WHEN position_draw < executor + structural THEN 'structural' ELSE 'functional' END
      AS position_type,
    CASE WHEN uniform('sex', n, 0) < women THEN 'F' ELSE 'M' END AS sex,
    CASE WHEN entry_draw < 0.52 THEN 1990 + floor(entry_draw / 0.52 * 31)::INTEGER
      WHEN entry_draw < 0.59 THEN 2021 WHEN entry_draw < 0.67 THEN 2022
      WHEN entry_draw < 0.76 THEN 2023 WHEN entry_draw < 0.86 THEN 2024 ELSE 2025 END AS entry_year
  FROM first_draw
),
employed AS (
  SELECT
    *,
    CASE WHEN entry_year < 2019 THEN 'PNS'
      WHEN entry_year < 2021 THEN CASE WHEN status_draw < 0.8 THEN 'PNS' ELSE 'PPPK' END
      WHEN entry_year < 2025 THEN CASE WHEN status_draw < 0.38 THEN 'PNS' ELSE 'PPPK' END
      WHEN status_draw < 0.12 THEN 'PNS' WHEN status_draw < 0.3 THEN 'PPPK_PARUH_WAKTU'
      ELSE 'PPPK' END AS hired_as,
    uniform('education', n, 0) AS education_draw, uniform('month', n, 0) AS month_draw
  FROM placed
),
educated AS (
  SELECT
    *,
    CASE position_type
      WHEN 'functional' THEN CASE WHEN education_draw < 0.04 THEN 'SMA' WHEN education_draw < 0.18
        THEN 'D3' WHEN education_draw < 0.9 THEN 'S1' WHEN education_draw < 0.995 THEN 'S2'
        ELSE 'S3' END
      WHEN 'structural' THEN CASE WHEN education_draw < 0.02 THEN 'SMA' WHEN education_draw < 0.52
        THEN 'S1' WHEN education_draw < 0.95 THEN 'S2' ELSE 'S3' END
      ELSE CASE WHEN education_draw < 0.02 THEN 'SD' WHEN education_draw < 0.05 THEN 'SMP'
        WHEN education_draw < 0.4 THEN 'SMA' WHEN education_draw < 0.5 THEN 'D3'
        WHEN education_draw < 0.96 THEN 'S1' ELSE 'S2' END
    END AS education,
    make_date(entry_year, CASE
      WHEN hired_as = 'PPPK_PARUH_WAKTU' THEN [7, 10, 12, 12][1 + floor(month_draw * 4)::INTEGER]
      WHEN hired_as = 'PNS' THEN [3, 4, 6][1 + floor(month_draw * 3)::INTEGER]
      ELSE [3, 6, 7, 10][1 + floor(month_draw * 4)::INTEGER] END, 1) AS entry_date,
    greatest(
      entry_year - CASE hired_as WHEN 'PNS' THEN 21 + floor(12 * uniform('age', n, 0))::INTEGER
        ELSE 24 + floor(22 * uniform('age', n, 0))::INTEGER END,
      getvariable('first_year') - 58 + floor(10 * uniform('age', n, 1))::INTEGER) AS birth_year
  FROM employed
),
leaving AS (
  SELECT
    *,
    make_date(birth_year + CASE position_type WHEN 'functional' THEN 60 ELSE 58 END,
      1 + (bits('birthday', n, 0) % 12)::INTEGER, 1) AS retires_on,
    CASE WHEN uniform('leaves', n, 0) < 0.0006 * getvariable('months')
      THEN (getvariable('first_month')
        + to_months((getvariable('months') * uniform('leaves', n, 1))::INTEGER))::DATE END AS quits_on
  FROM educated
)
SELECT
  * EXCLUDE (retires_on, quits_on, staff, cycle, entry_draw, status_draw, position_draw,
    executor, structural, women, education_draw, month_draw, entry_year),
  CASE WHEN least(retires_on, quits_on) <= getvariable('last_day')
    THEN least(retires_on, quits_on) END AS leave_date,
  md5(concat_ws('|', 'person', getvariable('seed'), n))::UUID AS employee_id
FROM leaving
WHERE coalesce(least(retires_on, quits_on) > greatest(entry_date, getvariable('first_month')), true)
"""

# Adds the dates on which something changes: made PNS, promoted, moved.
PERSON_SQL = """
CREATE TEMP TABLE person AS
WITH dated AS (
  SELECT
    drawn.*,
    CASE WHEN hired_as = 'PNS' AND entry_date + INTERVAL 1 YEAR > getvariable('first_month')
      THEN (entry_date + INTERVAL 1 YEAR)::DATE END AS made_pns_on,
    CASE education WHEN 'SD' THEN 1 WHEN 'SMP' THEN 3 WHEN 'SMA' THEN 5 WHEN 'D3' THEN 7
      WHEN 'S1' THEN 9 WHEN 'S2' THEN 10 ELSE 10 END AS first_grade,
    CASE education WHEN 'SD' THEN 5 WHEN 'SMP' THEN 7 WHEN 'SMA' THEN 10 WHEN 'D3' THEN 12
      WHEN 'S1' THEN 14 WHEN 'S2' THEN 16 ELSE 17 END AS last_grade,
    (getvariable('first_promotion') + to_months(6 * (bits('promotion', n, 0) % 8)::INTEGER))::DATE
      AS next_promotion,
    uniform('moves', n, 0) < 0.03 * getvariable('months') / 12
      AND NOT (kind = 'education' AND position_type = 'functional') AS wants_to_move,
    (getvariable('first_month') + to_months(
      1 + floor((getvariable('months') - 1) * uniform('moves', n, 1))::INTEGER))::DATE AS move_date,
    span.first_number + (bits('moves', n, 2) % span.agencies)::INTEGER AS other_number
  FROM drawn
  JOIN (SELECT region_code, min(number) AS first_number, count(*) AS agencies
    FROM office GROUP BY region_code) AS span USING (region_code)
),
settled AS (
  SELECT
    dated.* EXCLUDE (wants_to_move, move_date, other_number, number),
    CASE WHEN dated.agency_id = getvariable('split_agency') AND entry_date >= getvariable('split_on')
      THEN new_office.number ELSE dated.number END AS number,
    CASE
      WHEN dated.agency_id = getvariable('split_agency') THEN
        CASE WHEN entry_date < getvariable('split_on') THEN new_office.number END
      WHEN wants_to_move AND other_number <> dated.number
        AND NOT (other.kind = 'education' AND position_type = 'functional') AND other.agency_id
        NOT IN (getvariable('split_agency'), getvariable('split_into')[1],
          getvariable('split_into')[2]) THEN other_number
    END AS next_number,
    CASE WHEN dated.agency_id = getvariable('split_agency') THEN getvariable('split_on')
      ELSE move_date END AS next_date
  FROM dated
  JOIN office AS other ON other.number = other_number
  JOIN office AS new_office ON new_office.agency_id = getvariable('split_into')[
    CASE WHEN uniform('split', n, 0) < 0.55 THEN 1 ELSE 2 END]
),
graded AS (
  SELECT
    *,
    least(last_grade, first_grade + greatest(0, floor(date_diff('year', entry_date,
      getvariable('first_month')) / 4)::INTEGER)) AS grade_at_start,
    (next_promotion + INTERVAL 4 YEAR)::DATE AS second_promotion
  FROM settled
)
SELECT
  * EXCLUDE (next_promotion, second_promotion, next_number, next_date, first_grade, agency_id, kind,
    name, planted, leniency, missing, late, climate, response_rate, coverage_shift, executor_shift,
    has_aspects),
  CASE WHEN next_date > entry_date AND (leave_date IS NULL OR next_date < leave_date)
    THEN next_number END AS next_number,
  CASE WHEN next_number IS NOT NULL AND next_date > entry_date
    AND (leave_date IS NULL OR next_date < leave_date) THEN next_date END AS next_date,
  CASE WHEN hired_as = 'PNS' AND grade_at_start < last_grade
    AND next_promotion >= entry_date + INTERVAL 4 YEAR
    AND next_promotion < coalesce(leave_date, getvariable('last_day') + 1)
    THEN next_promotion END AS promoted_on,
  CASE WHEN hired_as = 'PNS' AND grade_at_start + 1 < last_grade
    AND next_promotion >= entry_date + INTERVAL 4 YEAR
    AND second_promotion < coalesce(leave_date, getvariable('last_day') + 1)
    THEN second_promotion END AS promoted_again_on,
  kind = 'education' AND position_type = 'functional' AS teacher,
  hired_as <> 'PNS' AS pppk
FROM graded
"""

EMPLOYEE_SQL = """
INSERT INTO employee
WITH cut AS (
  SELECT *,
    list_sort(list_distinct(list_filter(
      [entry_date, made_pns_on, promoted_on, promoted_again_on, next_date],
      lambda day: day IS NOT NULL AND day >= entry_date AND (leave_date IS NULL OR day < leave_date)
        AND day <= getvariable('last_day')
    ))) AS days
  FROM person
),
span AS (
  SELECT *, unnest(range(1, len(days) + 1)) AS place FROM cut
),
dated AS (
  SELECT *, days[place] AS valid_from,
    CASE WHEN place < len(days) THEN days[place + 1] ELSE leave_date END AS past
  FROM span
)
SELECT
  employee_id, office.agency_id, valid_from, past - 1,
  CASE WHEN made_pns_on > valid_from THEN 'CPNS' ELSE hired_as END, sex, birth_year, position_type,
  CASE WHEN hired_as = 'PNS' THEN
    ['I/a', 'I/b', 'I/c', 'I/d', 'II/a', 'II/b', 'II/c', 'II/d', 'III/a', 'III/b', 'III/c', 'III/d',
      'IV/a', 'IV/b', 'IV/c', 'IV/d', 'IV/e'][grade_at_start
      + coalesce(promoted_on <= valid_from, false)::INTEGER
      + coalesce(promoted_again_on <= valid_from, false)::INTEGER]
    ELSE CASE education WHEN 'SD' THEN 'I' WHEN 'SMP' THEN 'IV' WHEN 'SMA' THEN 'V'
      WHEN 'D3' THEN 'VII' WHEN 'S1' THEN 'IX' WHEN 'S2' THEN 'X' ELSE 'XI' END
  END,
  education, entry_date, $batch_id, n * 8 + place
FROM dated
JOIN office ON office.number = CASE WHEN next_date <= valid_from THEN next_number
  ELSE dated.number END
"""

CAREER_SQL = """
INSERT INTO career_event
WITH low AS (
  SELECT employee_id, min(period_end) AS period_end FROM appraisal
  WHERE cycle = 'annual' AND rater = 'supervisor' AND (work_result = 'below' OR behaviour = 'below')
  GROUP BY employee_id
),
event AS (
  SELECT employee_id, n, promoted_on AS date, 'promotion' AS kind FROM person
  UNION ALL
  SELECT employee_id, n, promoted_again_on, 'promotion' FROM person
  UNION ALL
  SELECT employee_id, n, (getvariable('first_month')
    + to_days((uniform('recognised', n, 1) * 30 * getvariable('months'))::INTEGER))::DATE, 'recognition'
  FROM person WHERE uniform('recognised', n, 0) < 0.012 * getvariable('months') / 12
  UNION ALL
  SELECT employee_id, n, (getvariable('first_month')
    + to_days((uniform('sanctioned', n, 1) * 30 * getvariable('months'))::INTEGER))::DATE, 'sanction'
  FROM person WHERE uniform('sanctioned', n, 0) < 0.0015 * getvariable('months') / 12
  UNION ALL
  SELECT employee_id, n, entry_date + 14, 'mentoring_start' FROM person
  WHERE uniform('mentored', n, 0) < 0.7
  UNION ALL
  SELECT employee_id, n, (entry_date + INTERVAL 6 MONTH)::DATE, 'mentoring_end' FROM person
  WHERE uniform('mentored', n, 0) < 0.6
  UNION ALL
  SELECT employee_id, n, low.period_end + 20 + (220 * uniform('coached', n, 1))::INTEGER,
    'performance_coaching'
  FROM low JOIN person USING (employee_id)
  WHERE uniform('coached', n, 0) < 0.65
)
SELECT employee_id, date, event.kind, $batch_id, n * 8 + CASE event.kind WHEN 'promotion' THEN 0
  WHEN 'recognition' THEN 1 WHEN 'sanction' THEN 2 WHEN 'mentoring_start' THEN 3
  WHEN 'mentoring_end' THEN 4 ELSE 5 END
FROM event
JOIN person USING (employee_id, n)
WHERE date BETWEEN greatest(entry_date, getvariable('first_month')) AND getvariable('last_day')
  AND (leave_date IS NULL OR date < leave_date)
"""


def fill(records: duckdb.DuckDBPyConnection, batches: dict[str, int]) -> None:
    """Write `employee`; leave `person`, one row a person, behind."""
    records.execute(DRAWN_SQL)
    records.execute(PERSON_SQL)
    records.execute("DROP TABLE drawn")
    records.execute(EMPLOYEE_SQL, {"batch_id": batches["employee"]})


def fill_careers(records: duckdb.DuckDBPyConnection, batches: dict[str, int]) -> None:
    """Write `career_event`, from `person` and the finished appraisals."""
    records.execute(CAREER_SQL, {"batch_id": batches["career_event"]})
