"""Agencies as files name them: by id, by alias or by name, on the day that a row is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import duckdb

from analytics.intake.checks import Check
from analytics.intake.headings import shipped
from analytics.intake.query import one, run
from analytics.intake.regions import Region
from analytics.intake.staging import GOOD, Staged
from analytics.intake.suggestions import Choice, similar, words
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

SPACES = "\\s\u00a0\u200b\u2007\u202f\ufeff"
"""What stands between words, in a regular expression: spaces that break no line among them."""

FOLDED = f"lower(trim(regexp_replace({{name}}, '[{SPACES}]+', ' ', 'g')))"
"""SQL of a name without regard to case and to how many spaces are in it."""

NAMES = """
SELECT alias AS said, agency_id, valid_from, valid_to FROM agency_alias
UNION SELECT name, agency_id, valid_from, valid_to FROM agency
UNION SELECT agency_id, agency_id, NULL, NULL FROM agency
UNION SELECT unnest($names::VARCHAR[]), unnest($told::VARCHAR[]), NULL, NULL
"""

MEANT = f"""
-- One row is a row of the sheet that names its agency by alias or name, and the agencies so named
-- on its day; loosely where the name differs in case or spaces. A name as it stands goes first.
CREATE TEMP TABLE {{meant}} AS
SELECT position, NOT bool_or(exact) AS loosely,
       coalesce(CASE WHEN bool_or(exact)
         THEN list(DISTINCT agency_id) FILTER (WHERE exact AND holds)
         ELSE list(DISTINCT agency_id) FILTER (WHERE holds) END, []) AS agencies
FROM (
  SELECT o.position, n.agency_id, n.said = o.said AS exact,
         o.day >= coalesce(n.valid_from, o.day) AND o.day <= coalesce(n.valid_to, o.day) AS holds
  FROM (
    SELECT position, agency_id AS said, {{day}} AS day FROM {{row}}
    WHERE state = {GOOD} AND agency_id NOT IN (SELECT agency_id FROM agency)
  ) o
  JOIN ({NAMES}) n ON {FOLDED.format(name="n.said")} = {FOLDED.format(name="o.said")}
)
GROUP BY position
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
SELECT s.said, n.agency_id, a.name, n.valid_from::VARCHAR, n.valid_to::VARCHAR
FROM (SELECT unnest($said::VARCHAR[]) AS said) s
JOIN ({NAMES}) n ON {FOLDED.format(name="n.said")} = {FOLDED.format(name="s.said")}
JOIN agency a USING (agency_id) ORDER BY ALL
"""


def resolve_agencies(cursor: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Put ids for aliases and names of agencies in a sheet; a name of several agencies is a fault.

    An id is always itself. A name may differ in case and spaces from the one that is known, which is
    noted. One that nothing has is left, for the check of references to find.
    """
    if staged.table.name not in DAY or "agency_id" not in staged.match.filled:
        return
    row, meant = staged.relation("row"), staged.relation("meant")
    told = _told(staged)
    run(cursor, MEANT.format(meant=meant, day=DAY[staged.table.name], row=row), told)
    if not one(cursor, f"SELECT count(*) FROM {meant}"):
        return
    run(cursor, RESOLVED.format(row=row, rows=staged.rows, meant=meant))
    staged.add(cursor, _several(told), f"SELECT position FROM {meant} WHERE len(agencies) > 1")
    staged.add(cursor, _other_day(told), f"SELECT position FROM {meant} WHERE len(agencies) = 0")
    found = f"SELECT count(*) FROM {meant} WHERE len(agencies) = 1"
    if named := one(cursor, found):
        staged.notes.append(
            Phrase(
                "{rows} rows name their agency by an alias or its name; its id was put in",
                rows=named,
            )
        )
    if loosely := one(cursor, f"{found} AND loosely"):
        staged.notes.append(
            Phrase(
                "in {rows} of them the name differs from the known one in case or spaces",
                rows=loosely,
            )
        )


def _told(staged: Staged) -> dict[str, list[str]]:
    """Names that a person has told the agency of, and those agencies."""
    told = {name: agency for name, agency in staged.match.agencies.items() if agency}
    return {"names": list(told), "told": list(told.values())}


def _several(told: Mapping[str, list[str]]) -> Check:
    says = Phrase("is the name of several agencies")
    return Check(
        "agency_id: one agency",
        ("agency_id",),
        "",
        says,
        Phrase("Write the agency's id."),
        words=lambda cursor, said: _words(cursor, said, told, says),
        code="agency.several",
    )


def _other_day(told: Mapping[str, list[str]]) -> Check:
    says = Phrase("is no name of an agency on the day of this row")
    return Check(
        "agency_id: name of that day",
        ("agency_id",),
        "",
        says,
        Phrase("Write the agency's id, or correct valid_from and valid_to in agency_alias."),
        words=lambda cursor, said: _words(cursor, said, told, says),
        code="agency.other_day",
    )


def _words(
    cursor: duckdb.DuckDBPyConnection,
    said: list[str],
    told: Mapping[str, list[str]],
    says: str,
) -> dict[str, tuple[str, str]]:
    named: dict[str, list[str]] = {name: [] for name in said}
    for name, agency_id, title, first, last in run(cursor, CANDIDATES, {"said": said, **told}):
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


def _remedy(agencies: list[str]) -> Phrase:
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


GENERIC = frozenset({"dinas", "badan", "kantor", "dan"})
"""Words that most agencies' names have, by which none is told from another."""


@dataclass(frozen=True)
class Agency:
    """An agency and its names: its own and its aliases, whenever they held."""

    agency_id: str
    name: str
    government: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


def known_agencies(
    cursor: duckdb.DuckDBPyConnection, regions: Iterable[Region]
) -> tuple[Agency, ...]:
    """The agencies of the store with their aliases and the names of their governments."""
    government = {region.region_code: region.named for region in regions}
    rows = run(
        cursor,
        """
        -- One row is an agency.
        SELECT agency_id, name, region_code,
               coalesce(list(alias ORDER BY alias) FILTER (WHERE alias IS NOT NULL), [])
        FROM agency LEFT JOIN agency_alias USING (agency_id)
        GROUP BY agency_id, name, region_code ORDER BY agency_id
        """,
    )
    return tuple(
        Agency(agency_id, name, government.get(code) or code, tuple(aliases))
        for agency_id, name, code, aliases in rows
    )


def unknown_agencies(
    said: Iterable[str], agencies: Sequence[Agency]
) -> dict[str, tuple[Choice, ...]]:
    """Those of the names that no agency has, each with the agencies it is near to, best first.

    Names are compared without regard to case and spaces, as on loading.
    """
    known = {_folded(name) for agency in agencies for name in (agency.agency_id, *agency.names)}
    compared = {
        agency.agency_id: tuple(
            spelled
            for name in agency.names
            for spelled in (_core(name), _core(f"{name} {agency.government}"))
        )
        for agency in agencies
    }
    means = {agency.agency_id: f"{agency.name}, {agency.government}" for agency in agencies}
    return {
        name: similar(_core(name), compared, means=means)
        for name in dict.fromkeys(said)
        if _folded(name) not in known
    }


def _folded(name: str) -> str:
    return " ".join(re.sub(f"[{SPACES}]+", " ", name).lower().split())


@cache
def _core(name: str) -> str:
    """A name with its abbreviations written out and without the words that most names have."""
    full = shipped()["abbreviations"]
    spelled = [part for word in words(name) for part in full.get(word, word).split()]
    told = [word for word in spelled if word not in GENERIC]
    return " ".join(told or spelled)
