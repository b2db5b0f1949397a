"""Spans of employees: apart in time, and an open one ended by what a later extract says.

An open span says that it lasted on the day its file was extracted, not that it lasts for ever. A
monthly export of SIASN holds one open span a person. Where somebody moves, the next export opens a
span that begins later; nothing ends the earlier one, which was loaded with the export before. So:

- A span that its file leaves open ends on the day before the person's next span begins, where that
  one is from a later extract. Of one extract, or of an older one, the next span overlaps it instead,
  and is a finding.
- A span that its file ends is never changed: another that reaches into it is a finding.
- Who is missing from a later extract stays as loaded, since nothing in a file says that it is whole;
  how many there are in the agencies that the file names is noted.

In the table `employee` such spans carry their end; `open_end` names them, so that each can be opened
again before rows come or go.
"""

from __future__ import annotations

import duckdb

from analytics.intake.query import one, run
from analytics.intake.staging import Staged
from analytics.text.phrase import Phrase

OPEN_END = "DATE '9999-12-31'"

OVERLAPS = f"""
-- One row is a span of a person; `before` is how far earlier spans reach, `after` when the next
-- loaded span begins.
SELECT position FROM (
  SELECT position, valid_from, until,
    max(until) OVER earlier AS before,
    min(CASE WHEN position IS NULL THEN valid_from END) OVER later AS after
  FROM (
    SELECT employee_id, valid_from, position,
      CASE WHEN valid_to IS NULL AND lead(extracted_on) OVER spans > extracted_on
           THEN lead(valid_from) OVER spans - 1 ELSE coalesce(valid_to, {OPEN_END}) END AS until
    FROM (
      SELECT employee_id, valid_from, valid_to, extracted_on, position FROM {{good}}
      UNION ALL
      SELECT employee_id, valid_from, valid_to, extracted_on, NULL FROM {{loaded}}
      WHERE employee_id IN (SELECT employee_id FROM {{good}})
    )
    WINDOW spans AS (PARTITION BY employee_id ORDER BY valid_from, position NULLS FIRST)
  )
  WINDOW earlier AS (PARTITION BY employee_id ORDER BY valid_from, position NULLS FIRST
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
         later AS (PARTITION BY employee_id ORDER BY valid_from, position NULLS FIRST
                   ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
) WHERE position IS NOT NULL AND (valid_from <= before OR until >= after)
"""

LOADED_OVERLAPS = OVERLAPS.format(
    good="(SELECT *, rowid AS position, DATE '2000-01-01' AS extracted_on FROM employee)",
    loaded="(SELECT *, NULL::DATE AS extracted_on FROM employee WHERE false)",
)
"""The same of what is loaded, where open spans already carry their ends."""

REOPEN = """
UPDATE employee SET valid_to = NULL FROM open_end o
WHERE employee.batch_id = o.batch_id AND employee.line = o.line;
DELETE FROM open_end;
"""

ENDING = """
-- One row is an open span and its end, the day before a span of a later extract.
CREATE OR REPLACE TEMP TABLE ending AS
SELECT loaded, batch_id, line, next_from - 1 AS valid_to FROM (
  SELECT e.rowid AS loaded, e.batch_id, e.line, e.valid_to, b.extracted_on,
         lead(e.valid_from) OVER spans AS next_from, lead(b.extracted_on) OVER spans AS next_day
  FROM employee e JOIN batch b ON b.batch_id = e.batch_id
  WINDOW spans AS (PARTITION BY e.employee_id ORDER BY e.valid_from)
) WHERE valid_to IS NULL AND next_day > extracted_on;
"""

SETTLE = """
UPDATE employee SET valid_to = g.valid_to FROM ending g WHERE employee.rowid = g.loaded;
INSERT INTO open_end SELECT batch_id, line FROM ending;
"""

ABSENT = """
-- One row is somebody with an open span of an older extract, in an agency that the sheet names.
SELECT count(DISTINCT e.employee_id) FROM employee e JOIN batch b ON b.batch_id = e.batch_id
WHERE e.valid_to IS NULL AND b.extracted_on < $extracted_on
  AND e.agency_id IN (SELECT agency_id FROM {good})
  AND e.employee_id NOT IN (SELECT employee_id FROM {good})
"""


def reopen(cursor: duckdb.DuckDBPyConnection) -> None:
    """Make every span as open as its file has it; end them again with `settle`."""
    if one(cursor, "SELECT count(*) FROM open_end"):
        run(cursor, REOPEN)


def settle(cursor: duckdb.DuckDBPyConnection) -> None:
    """End every open span where a later extract has the person's next one."""
    run(cursor, ENDING)
    if one(cursor, "SELECT count(*) FROM ending"):
        run(cursor, SETTLE)


def note_absent(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Note how many people of the sheet's agencies it no longer holds; call it while spans are open."""
    people = one(
        cursor,
        ABSENT.format(good=staged.relation("good")),
        {"extracted_on": staged.extracted_on},
    )
    if people:
        staged.notes.append(
            Phrase(
                "{people} people of its agencies whose span is open are not in this later file and"
                " still count as employed: whoever has left needs a row with valid_to",
                people=people,
            )
        )
