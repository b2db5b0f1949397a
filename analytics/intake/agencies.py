"""Agencies as files name them: by id, by alias or by name, on the day that a row is about."""

from __future__ import annotations

import duckdb

from analytics.intake.checks import Check
from analytics.intake.query import one, run
from analytics.intake.staging import GOOD, Staged
from analytics.text.phrase import Phrase

LAST_OF_YEAR = "try_cast(year::VARCHAR || '-12-31' AS DATE)"
LAST_OF_WAVE = """last_day(try_cast(wave[1:4] || '-' || CASE WHEN length(wave) = 4 THEN '12'
  WHEN wave[6] = 'Q' THEN lpad((try_cast(wave[7] AS INTEGER) * 3)::VARCHAR, 2, '0')
  ELSE wave[6:7] END || '-01' AS DATE))"""

DAY = {
    "target": LAST_OF_YEAR,
    "employee": "valid_from",
    "appraisal": "period_end",
    "organisation_rating": LAST_OF_YEAR,
    "survey_response": LAST_OF_WAVE,
    "survey_invited": LAST_OF_WAVE,
    "adoption": "month",
    "activity": "date",
    "service_outcome": "month",
    "recap": "period_end",
}
"""For each table whose rows name an agency, SQL for the day on which the name must hold."""

LISTED = 5
"""So many of the agencies that a name could mean are listed."""

NAMES = """
SELECT alias AS said, agency_id, valid_from, valid_to FROM agency_alias
UNION SELECT name, agency_id, valid_from, valid_to FROM agency
"""

MEANT = """
-- One row is a row of the sheet that names its agency by alias or name, and the agencies so named
-- on its day.
CREATE TEMP TABLE {meant} AS
SELECT o.position,
       coalesce(list(DISTINCT n.agency_id) FILTER (
         WHERE o.day >= coalesce(n.valid_from, o.day) AND o.day <= coalesce(n.valid_to, o.day)),
         []) AS agencies
FROM (
  SELECT position, agency_id AS said, {day} AS day FROM {row}
  WHERE state = {good} AND agency_id NOT IN (SELECT agency_id FROM agency)
) o
JOIN ({names}) n USING (said)
GROUP BY o.position
"""

RESOLVED = """
CREATE OR REPLACE TEMP VIEW {row} AS
SELECT r.* REPLACE (coalesce(m.agency_id, r.agency_id) AS agency_id)
FROM ({rows}) r
LEFT JOIN (SELECT position, agencies[1] AS agency_id FROM {meant} WHERE len(agencies) = 1) m
  ON m.position = r.position
"""

CANDIDATES = f"""
-- One row is a name and an agency that has or had it.
SELECT n.said, n.agency_id, a.name, n.valid_from::VARCHAR, n.valid_to::VARCHAR
FROM ({NAMES}) n JOIN agency a USING (agency_id)
WHERE list_contains($said::VARCHAR[], n.said) ORDER BY ALL
"""


def resolve_agencies(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Put ids for aliases and names of agencies in a sheet; a name of several agencies is a fault.

    An id is always itself. A name that nothing has is left, for the check of references to find.
    """
    if staged.table.name not in DAY or "agency_id" not in staged.filled:
        return
    row, meant = staged.relation("row"), staged.relation("meant")
    day = DAY[staged.table.name]
    run(cursor, MEANT.format(meant=meant, day=day, row=row, good=GOOD, names=NAMES))
    if not one(cursor, f"SELECT count(*) FROM {meant}"):
        return
    run(cursor, RESOLVED.format(row=row, rows=staged.rows, meant=meant))
    staged.add(cursor, _several(), f"SELECT position FROM {meant} WHERE len(agencies) > 1")
    staged.add(cursor, _other_day(), f"SELECT position FROM {meant} WHERE len(agencies) = 0")
    found = one(cursor, f"SELECT count(*) FROM {meant} WHERE len(agencies) = 1")
    if found:
        staged.notes.append(
            Phrase(
                "{rows} rows name their agency by an alias or its name; its id was put in",
                rows=found,
            )
        )


def _several() -> Check:
    says = Phrase("is the name of several agencies")
    return Check(
        "agency_id: one agency",
        ("agency_id",),
        "",
        says,
        Phrase("Write the agency's id."),
        words=lambda cursor, said: _words(cursor, said, says),
        code="agency.several",
    )


def _other_day() -> Check:
    says = Phrase("is no name of an agency on the day of this row")
    return Check(
        "agency_id: name of that day",
        ("agency_id",),
        "",
        says,
        Phrase("Write the agency's id, or correct valid_from and valid_to in agency_alias."),
        words=lambda cursor, said: _words(cursor, said, says),
        code="agency.other_day",
    )


def _words(
    cursor: duckdb.DuckDBPyConnection, said: list[str], says: str
) -> dict[str, tuple[str, str]]:
    named: dict[str, list[str]] = {name: [] for name in said}
    for name, agency_id, title, first, last in run(cursor, CANDIDATES, {"said": said}):
        named[name].append(_named(agency_id, title, first, last))
    return {name: (says, _remedy(agencies)) for name, agencies in named.items()}


def _named(agency_id: str, title: str, first: str | None, last: str | None) -> str:
    """An agency by its id and name, with the days between which a file's name for it holds."""
    agency = {"agency": agency_id, "name": title}
    if first and last:
        return Phrase(
            "{agency} ({name} from {first} until {last})", first=first, last=last, **agency
        )
    if first:
        return Phrase("{agency} ({name} from {first})", first=first, **agency)
    if last:
        return Phrase("{agency} ({name} until {last})", last=last, **agency)
    return f"{agency_id} ({title})"


def _remedy(agencies: list[str]) -> str:
    listed, *more = agencies[:LISTED]
    for agency in more:
        listed = Phrase("{agencies}, {agency}", agencies=listed, agency=agency)
    if len(agencies) <= LISTED:
        return Phrase("Write the agency's id, one of: {agencies}.", agencies=listed)
    return Phrase(
        "Write the agency's id, one of: {agencies} and {number} more.",
        agencies=listed,
        number=len(agencies) - LISTED,
    )
