"""Files to import, of any size: agencies, employees, and one appraisal a person and month."""

from __future__ import annotations

from pathlib import Path

import duckdb
import xlsxwriter

AGENCIES_OF_A_GOVERNMENT = 33
LAST_MONTH = "2026-06-01"
EXTRACTED_ON = "2026-07-15"

# Everything of a row follows from hashes, so that the same sizes give the same files.
PEOPLE = """
CREATE TABLE agency AS
-- One row is an agency.
SELECT region_code || '-' || n AS agency_id, 'Dinas ' || n || ' ' || name AS name,
       ['education', 'health', 'district_office', 'personnel', 'communication', 'other'][1 + n % 6]
         AS kind,
       region_code
FROM read_csv($regions, all_varchar = true), range($agencies) AS of(n);

CREATE TABLE employee AS
-- One row is a person; the numbers have the form of a NIP and are nobody's.
SELECT '1986' || lpad(n::VARCHAR, 13, '0') || '7' AS employee_id, agency_id,
       DATE '2010-03-01' AS valid_from,
       CASE WHEN hash(n, 1) % 10 < 7 THEN 'PNS' ELSE 'PPPK' END AS status,
       CASE WHEN hash(n, 2) % 100 < 56 THEN 'F' ELSE 'M' END AS sex, 1960 + n % 40 AS birth_year,
       ['functional', 'executor', 'structural'][1 + (hash(n, 3) % 20 // 9)::INTEGER]
         AS position_type,
       ['III/a', 'III/b', 'III/d', 'IV/a', 'II/c'][1 + (hash(n, 4) % 5)::INTEGER] AS grade,
       'S1' AS education, DATE '2010-03-01' AS entry_date
FROM (SELECT n, (hash(n, 5) % getvariable('agencies'))::BIGINT AS number
      FROM range($people) AS of(n))
JOIN (SELECT *, row_number() OVER (ORDER BY agency_id) - 1 AS number FROM agency) USING (number);
"""

# Mostly "meets" twice, as in the published figures; a tenth is late.
APPRAISALS = """
SELECT employee_id, period_start, last_day(period_start) AS period_end, 'monthly' AS cycle,
       'supervisor' AS rater, work_result, behaviour,
       CASE WHEN 'below' IN (work_result, behaviour)
            THEN CASE WHEN behaviour = 'meets' THEN 'butuh_perbaikan'
                      WHEN work_result = 'below' AND behaviour = 'below' THEN 'sangat_kurang'
                      WHEN behaviour = 'below' THEN 'kurang' ELSE 'butuh_perbaikan' END
            WHEN work_result = 'above' AND behaviour = 'above' THEN 'sangat_baik'
            ELSE 'baik' END AS predicate,
       last_day(period_start) + (hash(number, 8) % 11)::INTEGER AS submitted_on,
       last_day(period_start) + 9 AS due_on,
       CASE WHEN hash(number, 9) % 2000 = 0 THEN 'filed' ELSE 'none' END AS objection
FROM (
  SELECT employee_id, number,
         (DATE '{last}' - to_months((number % {months})::INTEGER))::DATE AS period_start,
         CASE WHEN hash(number, 6) % 10000 < 12 THEN 'below'
              WHEN hash(number, 6) % 10000 < 2200 THEN 'above' ELSE 'meets' END AS work_result,
         CASE WHEN hash(number, 7) % 10000 < 12 THEN 'below'
              WHEN hash(number, 7) % 10000 < 5000 THEN 'above' ELSE 'meets' END AS behaviour
  FROM (SELECT employee_id, row_number() OVER () - 1 AS person FROM employee),
       LATERAL (SELECT person * {months} + month AS number FROM range({months}) AS of(month))
)
"""

# Every hundredth row has one of five defects that a file of an office has.
WITH_BAD_ROWS = """
SELECT CASE WHEN defect = 0 THEN '1.98609E+17' ELSE employee_id END AS employee_id, period_start,
       CASE WHEN defect = 1 THEN '31/02/2025' ELSE period_end::VARCHAR END AS period_end, cycle,
       CASE WHEN defect = 2 THEN '' ELSE rater END AS rater,
       CASE WHEN defect = 3 THEN 'hebat' ELSE work_result END AS work_result, behaviour, predicate,
       CASE WHEN defect = 4 THEN 'kemarin' ELSE submitted_on::VARCHAR END AS submitted_on, due_on,
       objection
FROM (
  SELECT *, CASE WHEN hash(employee_id, period_end) % 100 = 0
                 THEN hash(period_end, employee_id) % 5 END AS defect
  FROM ({rows})
)
"""


def write_files(folder: Path, people: int, months: int) -> None:
    """Write agency.csv, employee.csv, clean.csv and bad.csv; the last has 1 % bad rows."""
    regions = Path(__file__).resolve().parents[1] / "data" / "regions.csv"
    with duckdb.connect() as connection:
        agencies, persons = (sql for sql in PEOPLE.split(";\n") if sql.strip())
        connection.execute(
            agencies, {"regions": str(regions), "agencies": AGENCIES_OF_A_GOVERNMENT}
        )
        connection.execute("SET VARIABLE agencies = (SELECT count(*) FROM agency)")
        connection.execute(persons, {"people": people})
        rows = APPRAISALS.format(last=LAST_MONTH, months=months)
        written = {
            "agency": "FROM agency",
            "employee": "FROM employee",
            "clean": rows,
            "bad": WITH_BAD_ROWS.format(rows=rows),
        }
        for name, sql in written.items():
            connection.execute(f"COPY ({sql}) TO '{folder / name}.csv' (HEADER)")


def write_workbook(folder: Path, rows: int) -> None:
    """Write the first rows of clean.csv as clean.xlsx: every cell a text, as offices export them."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT * FROM read_csv($file, all_varchar = true) LIMIT $rows",
            {"file": str(folder / "clean.csv"), "rows": rows},
        )
        names = [column[0] for column in found.description or ()]
        book = xlsxwriter.Workbook(folder / "clean.xlsx", {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, names)
        number = 0
        while some := found.fetchmany(10_000):
            for row in some:
                number += 1
                sheet.write_row(number, 0, row)
        book.close()
