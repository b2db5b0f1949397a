"""Demo training: who enrols in what, and on which day a person first reaches 20 JP."""

from __future__ import annotations

import duckdb

# course, field, mode, provider
COURSES = (
    ("Pelayanan prima", "public_service", "classical", "BPSDM"),
    ("Komunikasi publik yang efektif", "communication", "classical", "BPSDM"),
    ("Literasi digital ASN", "information_technology", "non_classical", "Kominfo"),
    ("Penyusunan SKP dan umpan balik", "management", "non_classical", "BKN"),
    ("Kepemimpinan tim kerja", "management", "classical", "LAN"),
    ("Pengelolaan arsip dinamis", "technical", "classical", "ANRI"),
    ("Keamanan informasi dasar", "information_technology", "non_classical", "BSSN"),
    ("Pengadaan barang dan jasa", "technical", "classical", "LKPP"),
    ("Penatausahaan keuangan daerah", "technical", "classical", "BPSDM"),
    ("Pendalaman jabatan fungsional", "functional", "classical", "Instansi pembina"),
    ("Webinar praktik baik jabatan fungsional", "functional", "non_classical", "Instansi pembina"),
    ("Komunitas belajar profesi", "functional", "non_classical", "Perangkat daerah"),
    ("Moderasi dan keberagaman", "socio_cultural", "non_classical", "BPSDM"),
    ("Etika dan nilai dasar ASN", "socio_cultural", "non_classical", "LAN"),
    ("Standar pelayanan publik", "public_service", "non_classical", "Ombudsman"),
    ("Penanganan pengaduan masyarakat", "public_service", "classical", "BPSDM"),
    ("Menulis naskah dinas", "communication", "non_classical", "BPSDM"),
    ("Analisis data dengan lembar kerja", "information_technology", "classical", "Kominfo"),
    ("Manajemen risiko", "management", "non_classical", "BPKP"),
    ("Manajemen perubahan", "management", "classical", "BPSDM"),
    ("Perencanaan dan penganggaran", "technical", "non_classical", "Bappeda"),
    ("Pertolongan pertama di tempat kerja", "other", "classical", "Dinas Kesehatan"),
    ("Konseling rekan kerja", "socio_cultural", "classical", "BPSDM"),
)

# The month of each twentieth of a year's courses: few in January, most before the books close.
MONTHS_OF_COURSES = [1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 8, 9, 9, 10, 10, 10, 11, 11, 11, 12]

# One row is a person and a year: whether 20 JP are reached, in how many courses of how many hours.
YEAR_SQL = """
CREATE TEMP TABLE training_year AS
WITH chance AS (
  SELECT
    n, employee_id, entry_date, leave_date, pppk, year,
    entry_date > make_date(year, 1, 1) AS newcomer,
    uniform('reaches', n, year) AS draw, uniform('hours', n, year) AS hours_draw,
    CASE WHEN pppk THEN 0.08 ELSE
      CASE position_type WHEN 'functional' THEN getvariable('functional_coverage')
        WHEN 'structural' THEN getvariable('structural_coverage')
        ELSE getvariable('executor_coverage') END
      + office.coverage_shift
      + 0.18 * (uniform('eager', n, 0) - 0.5)
      + 0.08 - 0.15 * (getvariable('last_year') - year)
        / greatest(1, getvariable('last_year') - getvariable('first_year'))
    END AS chance
  FROM person
  JOIN office USING (number)
  CROSS JOIN (SELECT unnest(range(getvariable('first_year'), getvariable('last_year') + 1)) AS year)
  WHERE year(entry_date) <= year AND (leave_date IS NULL OR leave_date > make_date(year, 1, 1))
),
reached AS (
  SELECT *, draw < chance AND NOT newcomer AS reaches FROM chance
),
counted AS (
  SELECT
    *,
    CASE WHEN reaches AND pppk THEN 20 + floor(4 * hours_draw)::INTEGER
      WHEN reaches THEN 20 + floor(30 * hours_draw * hours_draw)::INTEGER
      WHEN uniform('any', n, year) < CASE WHEN pppk THEN 0.6 ELSE 0.42 END THEN 0
      ELSE 3 + floor(17 * hours_draw)::INTEGER END AS wished
  FROM reached
)
SELECT
  n, employee_id, entry_date, leave_date, year, reaches,
  CASE WHEN reaches THEN 3 + (bits('courses', n, year) % 3)::INTEGER
    WHEN wished = 0 THEN 0 WHEN wished < 8 THEN 1 WHEN wished < 14 THEN 2 ELSE 3 END AS courses,
  CASE WHEN wished = 0 THEN 6 WHEN reaches THEN ceil(wished / courses)::INTEGER
    ELSE floor(wished / courses)::INTEGER END AS hours
FROM counted
"""

# The course at place `courses` of a year is the one that came to nothing.
ENROLMENT_SQL = """
INSERT INTO training
WITH enrolment AS (
  SELECT *, unnest(range(courses + CASE WHEN uniform('fails', n, year)
    < 0.12 * greatest(courses, 0.5) THEN 1 ELSE 0 END)) AS place
  FROM training_year
),
dated AS (
  SELECT *, bits('enrolment', n, year * 8 + place) AS roll,
    day_of_course(n, year, place, courses) AS start_date
  FROM enrolment
),
outcome AS (
  SELECT *, place < courses AS completed,
    place = courses AND (roll & 1023) < 600 AS absent,
    start_date + least(4, floor(hours / 8)::INTEGER) AS end_date
  FROM dated
)
SELECT
  employee_id, catalogue.course, catalogue.field, catalogue.mode, start_date, end_date,
  CASE WHEN completed THEN hours WHEN absent THEN 0 ELSE greatest(1, floor(hours / 2)::INTEGER) END,
  completed,
  CASE WHEN NOT completed THEN false WHEN ((roll >> 10) & 1023) < 60 THEN NULL
    ELSE ((roll >> 10) & 1023) >= 150 END,
  catalogue.provider, $batch_id, n * 100 + (year - getvariable('first_year')) * 8 + place
FROM outcome
JOIN catalogue ON catalogue.number
  = ((bits('course', n, year) + 5 * place) % getvariable('courses'))::INTEGER
WHERE start_date >= entry_date AND (leave_date IS NULL OR end_date < leave_date)
"""

# The hours of a year are equal in all its courses, so the course that reaches 20 JP is known.
REACHED_SQL = """
CREATE TEMP TABLE reached AS
SELECT n, min(reached_on) AS reached_on
FROM (
  SELECT n, leave_date, day_of_course(n, year, ceil(20 / hours)::INTEGER - 1, courses)
    + least(4, floor(hours / 8)::INTEGER) AS reached_on
  FROM training_year WHERE reaches
)
WHERE leave_date IS NULL OR reached_on < leave_date
GROUP BY n
"""

# The places of a year lie in order of time: each in its own part of the year.
DAY_SQL = """
CREATE TEMP MACRO day_of_course(n, year, place, courses) AS make_date(
  year,
  getvariable('months_of_courses')[1 + least(19, floor(20 * CASE WHEN place < courses
    THEN (place + uniform('day', n, year * 8 + place)) / courses
    ELSE uniform('day', n, year * 8 + place) END)::INTEGER)],
  1 + (CASE WHEN place < courses THEN 4 * place ELSE 20 END)
    + (bits('date', n, year * 8 + place) % 4)::INTEGER
)
"""


def fill(records: duckdb.DuckDBPyConnection, batches: dict[str, int]) -> None:
    """Write `training`; leave `reached`, the day a person first had 20 JP in a year, behind."""
    records.execute("SET VARIABLE courses = ?", [len(COURSES)])
    records.execute("SET VARIABLE months_of_courses = ?", [MONTHS_OF_COURSES])
    records.execute(
        "CREATE TEMP TABLE catalogue"
        " (number INTEGER, course VARCHAR, field VARCHAR, mode VARCHAR, provider VARCHAR)"
    )
    records.executemany(
        "INSERT INTO catalogue VALUES (?, ?, ?, ?, ?)",
        [(number, *course) for number, course in enumerate(COURSES)],
    )
    records.execute(DAY_SQL)
    records.execute(YEAR_SQL)
    records.execute(ENROLMENT_SQL, {"batch_id": batches["training"]})
    records.execute(REACHED_SQL)
    records.execute("DROP TABLE training_year")
