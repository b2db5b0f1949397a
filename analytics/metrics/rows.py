"""The rows that metrics count: views over the record store, one SQL text for each.

Every row view has the columns `month` (first day), `agency` (number, NULL for rows of a whole
government), `region` (number of the government) and one column for each of its dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.schema import (
    AGE_BANDS,
    ASPECTS,
    FIELDS,
    GRADE_GROUPS,
    POSITION_TYPES,
    RATERS,
    SEXES,
    STATUSES,
)

GRAINS = ("month", "quarter", "year")
LEVELS = ("all", "province", "government", "agency")

PERSONAL = ("sex", "age_band", "grade_group", "status", "position_type")
"""Dimensions of a person; any two of them are also published together, from government upwards."""

EARLIER_RATINGS = ("sangat_baik", "other", "unknown")
"""What the year before ended with: Sangat Baik; another rating or none; not known of a government.
Low ratings have no group of their own: their counts would be published in two tables that are
protected each for itself."""

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "sex": (*SEXES, "unknown"),
    "age_band": AGE_BANDS,
    "grade_group": GRADE_GROUPS,
    "status": (*STATUSES, "unknown"),
    "position_type": (*POSITION_TYPES, "unknown"),
    "rater": RATERS,
    "field": FIELDS,
    "earlier_rating": EARLIER_RATINGS,
    "facet": (),  # whatever the loaded instruments measure
    "service": (),  # whatever services the files name
    "index": (),  # whatever indices the files name
}


@dataclass(frozen=True)
class RowTable:
    """A set of rows that metrics are defined over.

    `rows` is the table or view that holds them. Where a longer period may have records of its own
    (`has_cycles`), its columns in_month, in_quarter and in_year tell whose figures a row enters.
    Most columns of `sparse` rows may be empty throughout. Agencies have cells of `agency_grains`
    alone. `own` is a dimension of the rows rather
    than of people, and `own_default` selects the rows that count when not broken down by it.
    `people` counts the people behind the rows of one month, `people_by_own` when broken down by
    `own`; both may count too few, never too many, given one evaluation of a person a month and rater
    and one activity an agency a month. `counts` says whom or what: people come back every month,
    anything else adds up. Cells over fewer than `threshold` are withheld.
    """

    name: str
    one_row_is: str
    rows: str
    grains: tuple[str, ...] = GRAINS
    has_cycles: bool = False
    sparse: bool = False
    agency_grains: tuple[str, ...] = GRAINS
    personal: bool = True
    own: str | None = None
    own_default: str = "true"
    own_adds_up: bool = True
    people: str = "count(*)"
    people_by_own: str = "count(*)"
    counts: str = "people"
    threshold: int = 5

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that a metric over these rows can be broken down by, singly."""
        return (PERSONAL if self.personal else ()) + ((self.own,) if self.own else ())


SETTING = """
CREATE TEMP TABLE place_of AS
-- One row is an agency, numbered, with the government and province it belongs to.
SELECT row_number() OVER (ORDER BY a.agency_id)::INTEGER AS agency, a.agency_id, a.kind,
       g.region, a.region_code, r.province_code
FROM records.agency a
JOIN records.region r USING (region_code)
JOIN (
  SELECT region_code, row_number() OVER (ORDER BY region_code)::INTEGER AS region
  FROM records.region
) g USING (region_code);

CREATE TEMP TABLE government_of AS
SELECT region_code, row_number() OVER (ORDER BY region_code)::INTEGER AS region, province_code
FROM records.region;

CREATE TEMP TABLE person AS
-- One row is a person and a span of time, with the groups the person belongs to in it.
SELECT e.employee_id, e.valid_from, coalesce(e.valid_to, DATE '9999-12-31') AS until,
       e.entry_date, e.birth_year::SMALLINT AS birth_year, p.agency, p.region,
       (CASE WHEN p.kind = 'education' AND e.position_type = 'functional' THEN 'teacher'
             WHEN e.status = 'PPPK_PARUH_WAKTU' THEN 'part time' ELSE 'other' END)::pool AS pool,
       e.sex::category AS sex, e.status::category AS status,
       e.position_type::category AS position_type,
       (CASE
         WHEN e.status IN ('PPPK', 'PPPK_PARUH_WAKTU') THEN 'PPPK'
         WHEN regexp_matches(e.grade, '^(I|II|III|IV)/') THEN split_part(e.grade, '/', 1)
         ELSE 'unknown'
       END)::category AS grade_group
FROM records.employee e
JOIN place_of p USING (agency_id);
"""

AGE_BAND = """(CASE
  WHEN birth_year IS NULL THEN 'unknown'
  WHEN extract(year FROM month) - birth_year < 30 THEN '<30'
  WHEN extract(year FROM month) - birth_year < 40 THEN '30-39'
  WHEN extract(year FROM month) - birth_year < 50 THEN '40-49'
  WHEN extract(year FROM month) - birth_year < 60 THEN '50-59'
  ELSE '60+'
END)::category"""

# The matrix of PermenPANRB 6/2022: rating of work result × rating of behaviour.
PREDICATE = """CASE
  WHEN work_result IS NULL OR behaviour IS NULL THEN NULL
  WHEN behaviour = 'below' AND work_result = 'below' THEN 'sangat_kurang'
  WHEN behaviour = 'below' THEN 'kurang'
  WHEN work_result = 'below' THEN 'butuh_perbaikan'
  WHEN behaviour = 'above' AND work_result = 'above' THEN 'sangat_baik'
  ELSE 'baik'
END"""

# Teachers are evaluated once a year from 2025 (Ruang GTK) and part-time PPPK every quarter
# (KepmenPANRB 16/2025): what a pool of people has is told from what it does have. Rows of fewer than
# one in twenty are strays, such as a mistyped cycle, and must not stand for everyone.
HELD = """
CREATE TEMP TABLE held AS
-- One row is an evaluation that a pool of a government's people had: a cycle and its period.
SELECT h.region, h.pool, h.cycle, h.period_end, h.period_start
FROM (
  SELECT coalesce(own.region, p.region) AS region, coalesce(p.pool, 'other'::pool) AS pool, a.cycle,
         a.period_end, min(a.period_start) AS period_start, count(*) AS evaluated
  FROM records.appraisal a
  LEFT JOIN person p
    ON p.employee_id = a.employee_id AND a.period_end BETWEEN p.valid_from AND p.until
  LEFT JOIN place_of own ON own.agency_id = a.agency_id
  WHERE a.rater = 'supervisor'
    AND (a.score IS NOT NULL OR (a.work_result IS NOT NULL AND a.behaviour IS NOT NULL))
  GROUP BY coalesce(own.region, p.region), coalesce(p.pool, 'other'::pool), a.cycle, a.period_end
) h
LEFT JOIN person p
  ON p.region = h.region AND p.pool = h.pool AND h.period_end BETWEEN p.valid_from AND p.until
GROUP BY h.region, h.pool, h.cycle, h.period_end, h.period_start, h.evaluated
HAVING 20 * h.evaluated >= count(p.employee_id);

CREATE TEMP TABLE held_in_quarter AS
-- One row is a quarter for which a pool of a government's people had an evaluation.
SELECT DISTINCT region, pool, date_trunc('quarter', period_end)::DATE AS quarter
FROM held WHERE cycle = 'quarterly';

CREATE TEMP TABLE held_in_year AS
-- One row is a year for which a pool of a government's people had an evaluation.
SELECT DISTINCT region, pool, extract(year FROM period_end)::SMALLINT AS year
FROM held WHERE cycle = 'annual';
"""

# A government has what it has of career events from the year of the first of their kind: before that,
# and where it has none of a kind, nothing is known rather than nothing happened. Coaching is too rare
# to tell this by itself: mentoring, which comes from the same records, tells it too.
KNOWN_CAREERS = """
CREATE TEMP TABLE career_known AS
-- One row is a government and a kind of career event: since when it has any, and when they were extracted.
SELECT p.region, c.kind, make_date(extract(year FROM min(c.date)), 1, 1) AS since,
       max(b.extracted_on) AS until
FROM records.career_event c
JOIN records.batch b USING (batch_id)
JOIN person p ON p.employee_id = c.employee_id AND c.date BETWEEN p.valid_from AND p.until
GROUP BY p.region, c.kind;

CREATE TEMP TABLE coached AS
-- One row is a rating below Baik of a person, in the six months after which coaching took place.
SELECT DISTINCT a.employee_id, a.period_end
FROM records.appraisal a
JOIN records.career_event c
  ON c.employee_id = a.employee_id AND c.kind = 'performance_coaching'
 AND c.date > a.period_end AND c.date <= a.period_end + INTERVAL 6 MONTH
WHERE a.work_result = 'below' OR a.behaviour = 'below';
"""

# A quarter or a year counts one evaluation a person where any pool of the government had one for
# it: that one, else the person's last within it. Where none had, all months (or quarters) count.
EVALUATIONS = f"""
CREATE TEMP TABLE own_year AS
-- One row is a person, rater and year: whether there is an annual evaluation, else the last one.
SELECT employee_id, rater, extract(year FROM period_end)::SMALLINT AS year,
       bool_or(cycle = 'annual') AS has_annual,
       max((period_end - DATE '1970-01-01') * 2 + (cycle = 'quarterly')::INTEGER)
         FILTER (WHERE cycle <> 'annual') AS last,
       max((((cycle = 'annual')::BIGINT * 100000 + (period_end - DATE '1970-01-01')) * 2
            + (cycle = 'quarterly')::INTEGER) * 4
           + CASE WHEN work_result = 'above' AND behaviour = 'above' THEN 2
                  WHEN work_result IS NOT NULL AND behaviour IS NOT NULL THEN 1 ELSE 0 END) AS rated
FROM records.appraisal
GROUP BY employee_id, rater, extract(year FROM period_end)::SMALLINT;

CREATE TEMP TABLE earlier AS
-- One row is a person and the year after one with an evaluation: what the annual one, else the last one, gave.
SELECT employee_id, year + 1 AS year,
       rated % 4 = 2 AS top
FROM own_year WHERE rater = 'supervisor' AND rated % 4 > 0;

CREATE TEMP TABLE own_quarter AS
-- One row is a person, rater and quarter in which somebody had a quarterly evaluation.
SELECT employee_id, rater, date_trunc('quarter', period_end)::DATE AS quarter,
       bool_or(cycle = 'quarterly') AS has_quarterly,
       max(period_end) FILTER (WHERE cycle = 'monthly') AS last_month
FROM records.appraisal
WHERE cycle <> 'annual'
  AND date_trunc('quarter', period_end)::DATE IN (SELECT quarter FROM held_in_quarter)
GROUP BY employee_id, rater, date_trunc('quarter', period_end)::DATE;

CREATE TABLE evaluation AS
-- One row is an evaluation of a person for a period by one rater role.
SELECT *, {AGE_BAND} AS age_band,
       CASE WHEN year_held THEN cycle = 'annual' OR last_of_year
            ELSE cycle <> 'annual' AND in_quarter END AS in_year
FROM (
  SELECT date_trunc('month', a.period_end)::DATE AS month,
         coalesce(own.agency, p.agency) AS agency, coalesce(own.region, p.region) AS region,
         coalesce(p.sex, 'unknown'::category) AS sex, coalesce(p.status, 'unknown'::category) AS status,
         coalesce(p.position_type, 'unknown'::category) AS position_type,
         coalesce(p.grade_group, 'unknown'::category) AS grade_group, p.birth_year,
         p.pool, p.agency AS home_agency, p.region AS home_region,
         p.entry_date,
         a.period_start, a.period_end, a.cycle, a.rater::category AS rater,
         a.work_result, a.behaviour, {PREDICATE} AS predicate, a.predicate AS reported_predicate,
         a.score, a.scale, {", ".join(f"a.{aspect}" for aspect in ASPECTS)},
         a.submitted_on, a.objection,
         -- What was not due yet on the day its file was extracted is neither in time nor late.
         CASE WHEN a.due_on < b.extracted_on THEN a.due_on END AS due_on,
         -- Told of a year only once all of it has had six months.
         CASE WHEN a.work_result IS NOT NULL AND a.behaviour IS NOT NULL
               AND (a.work_result = 'below' OR a.behaviour = 'below')
               AND a.period_end >= k.since - 1
               AND make_date(extract(year FROM a.period_end) + 1, 6, 30) <= k.until
              THEN c.employee_id IS NOT NULL END AS coached,
         a.cycle = 'monthly' AS in_month,
         CASE WHEN hq.quarter IS NULL THEN a.cycle = 'monthly'
              ELSE a.cycle = 'quarterly'
                OR (a.cycle = 'monthly' AND NOT q.has_quarterly AND q.last_month = a.period_end)
         END AS in_quarter,
         hy.year IS NOT NULL AS year_held,
         a.cycle <> 'annual' AND NOT y.has_annual
           AND y.last = (a.period_end - DATE '1970-01-01') * 2 + (a.cycle = 'quarterly')::INTEGER
           AS last_of_year
  FROM records.appraisal a
  JOIN records.batch b USING (batch_id)
  LEFT JOIN person p
    ON p.employee_id = a.employee_id AND a.period_end BETWEEN p.valid_from AND p.until
  LEFT JOIN place_of own ON own.agency_id = a.agency_id
  LEFT JOIN (SELECT DISTINCT region, quarter FROM held_in_quarter) hq
    ON hq.region = coalesce(own.region, p.region)
   AND hq.quarter = date_trunc('quarter', a.period_end)
  LEFT JOIN (SELECT DISTINCT region, year FROM held_in_year) hy
    ON hy.region = coalesce(own.region, p.region) AND hy.year = extract(year FROM a.period_end)
  LEFT JOIN own_quarter q
    ON q.employee_id = a.employee_id AND q.rater = a.rater
   AND q.quarter = date_trunc('quarter', a.period_end)
  LEFT JOIN own_year y
    ON y.employee_id = a.employee_id AND y.rater = a.rater
   AND y.year = extract(year FROM a.period_end)
  LEFT JOIN (
    SELECT region, min(since) AS since, max(until) AS until FROM career_known
    WHERE kind IN ('mentoring_start', 'mentoring_end', 'performance_coaching') GROUP BY region
  ) k ON k.region = coalesce(own.region, p.region)
  LEFT JOIN coached c ON c.employee_id = a.employee_id AND c.period_end = a.period_end
  WHERE coalesce(own.agency, p.agency) IS NOT NULL
);

DROP TABLE own_year;
DROP TABLE own_quarter;

CREATE TEMP TABLE withheld_evaluations (
  -- One row is an agency and a year whose evaluations are withheld; known once they are protected.
  agency INTEGER, year SMALLINT
);

CREATE TEMP VIEW distribution_limit AS
-- One row is an agency and a year whose organisation has a rating of its own and whose evaluations
-- are published: a government's figure then adds up from what everybody can see. Limits in per cent.
SELECT make_date(e.year, 12, 1) AS month, e.agency, e.region,
       sum(e.evaluations)::BIGINT AS evaluations, max(e.evaluations) AS people,
       sum(e.top)::BIGINT AS top,
       CASE o.rating WHEN 'istimewa' THEN 70 WHEN 'butuh_perbaikan' THEN 10 WHEN 'kurang' THEN 10
                     WHEN 'sangat_kurang' THEN 0 END AS top_limit
FROM (
  -- The same people come back every month: the fullest month is the least they are.
  SELECT extract(year FROM month) AS year, month, agency, region, count(*) AS evaluations,
         count(*) FILTER (WHERE predicate = 'sangat_baik') AS top
  FROM evaluation WHERE in_year AND rater = 'supervisor' AND predicate IS NOT NULL
  GROUP BY 1, 2, 3, 4
) e
JOIN place_of p ON p.agency = e.agency
JOIN records.organisation_rating o ON o.agency_id = p.agency_id AND o.year = e.year
WHERE NOT EXISTS (
  SELECT 1 FROM withheld_evaluations w WHERE w.agency = e.agency AND w.year = e.year)
GROUP BY 1, 2, 3, o.rating;
"""

# Everyone of a pool who was in service for the whole of a period is expected to have the evaluation
# that the pool held for it, in agencies that evaluated nobody too.
EXPECTED = f"""
CREATE TEMP TABLE held_at AS
-- One row is a held evaluation and the grains whose figures it enters.
SELECT h.*, h.cycle = 'monthly' AS in_month,
       h.cycle = 'quarterly' OR (h.cycle = 'monthly' AND q.quarter IS NULL) AS in_quarter,
       h.cycle = 'annual'
         OR (y.year IS NULL AND (h.cycle = 'quarterly' OR q.quarter IS NULL)) AS in_year
FROM held h
LEFT JOIN held_in_quarter q
  ON q.region = h.region AND q.pool = h.pool AND q.quarter = date_trunc('quarter', h.period_end)
LEFT JOIN held_in_year y
  ON y.region = h.region AND y.pool = h.pool AND y.year = extract(year FROM h.period_end);

CREATE TEMP VIEW expected_evaluation AS
-- One row is an expected evaluation (expected 1) or one that was made (evaluated 1).
SELECT *, {AGE_BAND} AS age_band FROM (
  SELECT date_trunc('month', h.period_end)::DATE AS month, p.agency, p.region,
         p.sex, p.status, p.position_type, p.grade_group, p.birth_year,
         h.cycle, h.in_month, h.in_quarter, h.in_year,
         1::TINYINT AS expected, 0::TINYINT AS evaluated
  FROM held_at h
  JOIN person p
    ON p.region = h.region AND p.pool = h.pool AND h.period_end BETWEEN p.valid_from AND p.until
  WHERE p.entry_date <= h.period_start
  UNION ALL
  SELECT e.month, e.home_agency, e.home_region,
         e.sex, e.status, e.position_type, e.grade_group, e.birth_year,
         h.cycle, h.in_month, h.in_quarter, h.in_year, 0, 1
  FROM evaluation e
  JOIN held_at h
    ON h.region = e.home_region AND h.pool = e.pool AND h.cycle = e.cycle
   AND h.period_end = e.period_end
  WHERE e.rater = 'supervisor' AND e.entry_date <= h.period_start
    AND (e.score IS NOT NULL OR (e.work_result IS NOT NULL AND e.behaviour IS NOT NULL))
);
"""

TRAINING = f"""
CREATE TEMP TABLE calendar AS
-- One row is a month from the first to the last one with an evaluation or a training; none begins
-- after the last file was extracted, whatever day a row gives. A register alone is known for the
-- last month that was over when it was extracted: leavers of before need not be in it.
WITH dated AS (
  SELECT min(first) AS first,
         least(max(last), (SELECT max(extracted_on) FROM records.batch)) AS last FROM (
    SELECT min(period_end) AS first, max(period_end) AS last
    FROM records.appraisal WHERE work_result IS NOT NULL
    UNION ALL
    SELECT min(end_date), max(end_date) FROM records.training)
), register AS (
  SELECT greatest((max(b.extracted_on) + 1 - INTERVAL 1 MONTH)::DATE, min(e.valid_from)) AS day
  FROM records.employee e, (
    SELECT max(extracted_on) AS extracted_on FROM records.batch WHERE table_name = 'employee') b
  WHERE e.valid_from <= b.extracted_on
), bounds AS (
  SELECT coalesce(dated.first, register.day) AS first,
         CASE WHEN dated.first IS NULL THEN register.day ELSE dated.last END AS last
  FROM dated, register
)
SELECT month::DATE AS month, (month + INTERVAL 1 MONTH - INTERVAL 1 DAY)::DATE AS month_end
FROM bounds, unnest(generate_series(date_trunc('month', first)::TIMESTAMP,
                                    date_trunc('month', last)::TIMESTAMP,
                                    INTERVAL 1 MONTH)) AS s(month);

CREATE TEMP TABLE hours_to_date AS
-- One row is a person and a run of months of a year over which the completed hours stay the same.
SELECT employee_id, year, month AS first_month,
       (lead(month, 1, 13) OVER of_person - 1)::TINYINT AS last_month,
       (sum(hours) OVER of_person)::INTEGER AS hours_jp
FROM (
  SELECT employee_id, extract(year FROM end_date)::SMALLINT AS year,
         extract(month FROM end_date)::TINYINT AS month, sum(hours_jp) AS hours
  FROM records.training WHERE completed GROUP BY 1, 2, 3
)
WINDOW of_person AS (PARTITION BY employee_id, year ORDER BY month);

CREATE TEMP TABLE training_known AS
-- One row is a government and the days between which its training is known: from the year of the
-- first one to the extraction of the last file, or to the end of a month that the file begins.
-- Outside them nothing is known rather than nothing completed; nor where a government has no file.
SELECT p.region, make_date(extract(year FROM min(t.end_date)), 1, 1) AS since,
       greatest(max(b.extracted_on), last_day(least(max(t.end_date), max(b.extracted_on)))) AS until
FROM records.training t
JOIN records.batch b USING (batch_id)
JOIN person p ON p.employee_id = t.employee_id AND t.end_date BETWEEN p.valid_from AND p.until
GROUP BY p.region;

CREATE TEMP TABLE first_record AS
-- One row is a person and a year with any record, and the month of the first.
SELECT employee_id, year, min(month)::TINYINT AS first_month
FROM (
  SELECT employee_id, extract(year FROM period_end)::SMALLINT AS year,
         min(extract(month FROM period_end)) AS month
  FROM records.appraisal GROUP BY 1, 2
  UNION ALL
  SELECT employee_id, extract(year FROM end_date)::SMALLINT, min(extract(month FROM end_date))
  FROM records.training GROUP BY 1, 2
)
GROUP BY 1, 2;

CREATE TEMP VIEW training_to_date AS
-- One row is a person in service at the end of a month; no hours where training is not known.
SELECT c.month, p.agency, p.region, p.sex, p.status, p.position_type, p.grade_group,
       {AGE_BAND} AS age_band,
       CASE WHEN k.region IS NOT NULL THEN coalesce(h.hours_jp, 0) END AS hours_jp,
       coalesce(f.first_month <= extract(month FROM c.month), false) AS in_data
FROM calendar c
JOIN person p ON c.month_end BETWEEN p.valid_from AND p.until
LEFT JOIN training_known k ON k.region = p.region AND c.month >= k.since AND c.month_end <= k.until
LEFT JOIN hours_to_date h
  ON h.employee_id = p.employee_id AND h.year = extract(year FROM c.month)
 AND extract(month FROM c.month) BETWEEN h.first_month AND h.last_month
LEFT JOIN first_record f
  ON f.employee_id = p.employee_id AND f.year = extract(year FROM c.month);

CREATE TABLE course AS
-- One row is an enrolment of a person in a course.
SELECT *, {AGE_BAND} AS age_band FROM (
  SELECT date_trunc('month', t.end_date)::DATE AS month, p.agency, p.region,
         p.sex, p.status, p.position_type, p.grade_group, p.birth_year,
         t.field::category AS field, t.mode, t.hours_jp, t.completed, t.certificate,
         (row_number() OVER (
           PARTITION BY t.employee_id, date_trunc('month', t.end_date)
           ORDER BY t.completed DESC, t.certificate DESC, t.field, t.course, t.start_date) = 1
         )::INTEGER AS first_of_month,
         (row_number() OVER (
           PARTITION BY t.employee_id, date_trunc('month', t.end_date), t.field
           ORDER BY t.completed DESC, t.certificate DESC, t.course, t.start_date) = 1
         )::INTEGER AS first_of_field
  FROM records.training t
  JOIN person p ON p.employee_id = t.employee_id AND t.end_date BETWEEN p.valid_from AND p.until
);
"""

# Groups and place are those of 1 January: a promotion must not decide in which grade it is counted.
CAREERS = f"""
CREATE TABLE career_year AS
-- One row is a person in service through the whole of a year. What is not known of a year is NULL.
SELECT *, {AGE_BAND} AS age_band FROM (
  SELECT make_date(y.year, 12, 1) AS month, p.agency, p.region,
         p.sex, p.status, p.position_type, p.grade_group, p.birth_year,
         (CASE WHEN avg((r.top IS NOT NULL)::INTEGER) OVER (PARTITION BY p.region, y.year) < 0.5
                 THEN 'unknown'
               WHEN r.top THEN 'sangat_baik' ELSE 'other' END)::category AS earlier_rating,
         CASE WHEN make_date(y.year, 1, 1) >= kp.since AND make_date(y.year, 12, 31) <= kp.until
              THEN coalesce(e.promoted, false) END AS promoted,
         CASE WHEN make_date(y.year, 1, 1) >= kr.since AND make_date(y.year, 12, 31) <= kr.until
              THEN coalesce(e.recognised, false) END AS recognised
  FROM (
    SELECT DISTINCT unnest(range(extract(year FROM since), extract(year FROM until) + 1)) AS year
    FROM career_known WHERE kind IN ('promotion', 'recognition')
  ) y
  JOIN person p ON make_date(y.year, 1, 1) BETWEEN p.valid_from AND p.until
  JOIN person q
    ON q.employee_id = p.employee_id AND make_date(y.year, 12, 31) BETWEEN q.valid_from AND q.until
  LEFT JOIN earlier r ON r.employee_id = p.employee_id AND r.year = y.year
  LEFT JOIN (
    SELECT employee_id, extract(year FROM date) AS year,
           bool_or(kind = 'promotion') AS promoted, bool_or(kind = 'recognition') AS recognised
    FROM records.career_event GROUP BY employee_id, extract(year FROM date)
  ) e ON e.employee_id = p.employee_id AND e.year = y.year
  LEFT JOIN (SELECT * FROM career_known WHERE kind = 'promotion') kp ON kp.region = p.region
  LEFT JOIN (SELECT * FROM career_known WHERE kind = 'recognition') kr ON kr.region = p.region
)
WHERE promoted IS NOT NULL OR recognised IS NOT NULL;

CREATE TABLE newcomer AS
-- One row is a person who entered service in a year and was still in it 90 days later.
SELECT *, {AGE_BAND} AS age_band FROM (
  SELECT make_date(extract(year FROM p.entry_date), 12, 1) AS month, p.agency, p.region,
         p.sex, p.status, p.position_type, p.grade_group, p.birth_year,
         m.employee_id IS NOT NULL AS mentored
  FROM person p
  JOIN career_known k
    ON k.region = p.region AND k.kind = 'mentoring_start'
   AND p.entry_date >= k.since AND p.entry_date + 90 <= k.until
  JOIN person q
    ON q.employee_id = p.employee_id AND p.entry_date + 90 BETWEEN q.valid_from AND q.until
  LEFT JOIN (
    SELECT DISTINCT p.employee_id, p.entry_date
    FROM person p
    JOIN records.career_event c
      ON c.employee_id = p.employee_id AND c.kind = 'mentoring_start'
     AND c.date BETWEEN p.entry_date AND p.entry_date + 90
  ) m ON m.employee_id = p.employee_id AND m.entry_date = p.entry_date
  WHERE p.entry_date BETWEEN p.valid_from AND p.until
);
"""

# A wave is written as a year, quarter or month; its figures stand in its last month. Item answers
# become whole hundredths of a point from 0 to 100, so that two engines add them up alike.
READINESS = """
CREATE TEMP MACRO month_of_wave(wave) AS
  (CASE
    WHEN length(wave) = 4 THEN wave || '-12-01'
    WHEN wave[6] = 'Q' THEN wave[1:4] || '-' || lpad((wave[7]::INTEGER * 3)::VARCHAR, 2, '0') || '-01'
    ELSE wave || '-01'
  END)::DATE;

CREATE TABLE survey AS
-- One row is a respondent and a facet.
SELECT month, agency, region, facet::category AS facet, answered, favourable,
       ((hundredths // answered) * 0.01::DECIMAL(3, 2))::DECIMAL(9, 2) AS score,
       (row_number() OVER (PARTITION BY wave, respondent ORDER BY facet) = 1)::INTEGER AS first_facet
FROM (
  SELECT month_of_wave(r.wave) AS month, r.wave, r.respondent, p.agency, p.region, i.facet,
         count(*) AS answered,
         sum(hundredths) AS hundredths,
         count(*) FILTER (WHERE hundredths > 5000) AS favourable
  FROM records.survey_response r
  JOIN (
    SELECT *, reverse AS reversed FROM records.survey_item
  ) i USING (instrument, item)
  JOIN place_of p USING (agency_id),
  LATERAL (SELECT (CASE WHEN i.reversed THEN i.high - r.value ELSE r.value - i.low END)
                  * 10000 // (i.high - i.low) AS hundredths) scaled
  WHERE r.value BETWEEN i.low AND i.high
  GROUP BY 1, 2, 3, 4, 5, 6
);

CREATE TEMP VIEW survey_wave AS
-- One row is an agency and a wave to which people were invited.
SELECT month_of_wave(v.wave) AS month, p.agency, p.region, v.invited,
       least(coalesce(r.responded, 0), v.invited) AS responded
FROM records.survey_invited v
JOIN place_of p USING (agency_id)
LEFT JOIN (
  SELECT wave, agency_id, count(DISTINCT respondent) AS responded
  FROM records.survey_response GROUP BY 1, 2
) r USING (wave, agency_id);

CREATE TEMP VIEW adoption AS
-- One row is an agency and a month.
SELECT a.month, p.agency, p.region, a.expected_users, a.active_users, a.outage_days,
       extract(day FROM last_day(a.month)) AS days,
       -- Both in proportion to the days that the system was up, to the nearest whole entry.
       (2 * a.entries_due * (extract(day FROM last_day(a.month)) - a.outage_days)
         + extract(day FROM last_day(a.month))) // (2 * extract(day FROM last_day(a.month)))
         AS entries_due_when_up,
       (2 * least(a.entries_on_time, a.entries_due)
         * (extract(day FROM last_day(a.month)) - a.outage_days)
         + extract(day FROM last_day(a.month))) // (2 * extract(day FROM last_day(a.month)))
         AS entries_on_time_when_up
FROM records.adoption a
JOIN place_of p USING (agency_id);

CREATE TEMP VIEW activity AS
-- One row is a dated activity of an agency, or of a whole government (agency NULL).
SELECT date_trunc('month', a.date)::DATE AS month, p.agency, coalesce(p.region, g.region) AS region,
       a.kind, a.invited, a.attended
FROM records.activity a
LEFT JOIN place_of p USING (agency_id)
LEFT JOIN government_of g ON g.region_code = a.region_code
WHERE coalesce(p.region, g.region) IS NOT NULL;
"""

# A row without its requests, or a score without its respondents, cannot be weighted.
SERVICES = """
CREATE TEMP VIEW service AS
-- One row is an agency, a month and a service.
SELECT o.month, p.agency, p.region, o.service::category AS service, o.requests, o.median_days,
       o.on_time, o.accurate
FROM records.service_outcome o
JOIN place_of p USING (agency_id)
WHERE o.requests > 0;

CREATE TEMP VIEW satisfaction AS
-- One row is an agency, a month and a service whose users were asked.
SELECT o.month, p.agency, p.region, o.service::category AS service, o.skm_score, o.skm_n
FROM records.service_outcome o
JOIN place_of p USING (agency_id)
WHERE o.skm_score IS NOT NULL AND o.skm_n > 0;
"""

ROW_TABLES: Mapping[str, RowTable] = {
    table.name: table
    for table in (
        RowTable(
            "appraisal",
            "an evaluation of an employee for a period",
            "evaluation",
            has_cycles=True,
            sparse=True,
            own="rater",
            own_default="rater = 'supervisor'",
            own_adds_up=False,
        ),
        RowTable(
            "expected_evaluation",
            "an evaluation that was expected, or one that was made",
            "expected_evaluation",
            has_cycles=True,
            people="sum(expected)",
        ),
        RowTable(
            "distribution_limit",
            "an agency and a year whose organisation has a rating of its own",
            "distribution_limit",
            grains=("year",),
            personal=False,
            people="sum(people)",
        ),
        RowTable(
            "training_to_date",
            "an employee in one month of a year",
            "training_to_date",
        ),
        RowTable(
            "course",
            "an enrolment of an employee in a course",
            "course",
            own="field",
            agency_grains=("year",),
            people="sum(first_of_month)",
            people_by_own="sum(first_of_field)",
        ),
        RowTable(
            "career_year",
            "an employee in service through the whole of a year",
            "career_year",
            grains=("year",),
            own="earlier_rating",
        ),
        RowTable(
            "newcomer",
            "an employee who entered service in a year and stayed for 90 days",
            "newcomer",
            grains=("year",),
        ),
        RowTable(
            "survey",
            "a respondent and a facet",
            "survey",
            personal=False,
            own="facet",
            people="sum(first_facet)",
            threshold=10,
        ),
        RowTable(
            "survey_wave",
            "an agency and a wave of a survey",
            "survey_wave",
            personal=False,
            people="sum(invited)",
            threshold=10,
        ),
        RowTable(
            "adoption",
            "an agency and a month of the performance system",
            "adoption",
            personal=False,
            people="sum(expected_users)",
        ),
        RowTable(
            "activity",
            "a dated activity",
            "activity",
            personal=False,
            people="sum(invited)",
        ),
        RowTable(
            "service",
            "an agency, a month and a service",
            "service",
            personal=False,
            own="service",
            people="sum(requests)",
            people_by_own="sum(requests)",
            counts="requests",
        ),
        RowTable(
            "satisfaction",
            "an agency, a month and a service whose users were asked",
            "satisfaction",
            personal=False,
            own="service",
            people="sum(skm_n)",
            people_by_own="sum(skm_n)",
            counts="respondents",
            threshold=10,
        ),
    )
}


SMALL_TYPES = f"""
-- Kinds of people who are evaluated at times of their own.
CREATE TYPE pool AS ENUM ('teacher', 'part time', 'other');

-- Every category a row may stand in, so that groups are told apart by a byte or two.
CREATE TYPE category AS ENUM (
  SELECT DISTINCT name FROM (
    SELECT unnest([{", ".join(repr(v) for vs in CATEGORIES.values() for v in vs)}, '']) AS name
    UNION ALL SELECT facet FROM records.survey_item
    UNION ALL SELECT facet FROM records.recap
    UNION ALL SELECT service FROM records.service_outcome)
  WHERE name IS NOT NULL ORDER BY name
);
"""

ALL_ROWS = (
    SMALL_TYPES,
    SETTING,
    HELD,
    KNOWN_CAREERS,
    EVALUATIONS,
    EXPECTED,
    TRAINING,
    CAREERS,
    READINESS,
    SERVICES,
)
