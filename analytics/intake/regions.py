"""Region codes as files write them: whose a bare code is, and what a spreadsheet made of a dotted one."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import duckdb

from analytics.intake.checks import Check
from analytics.intake.query import run
from analytics.text.phrase import Phrase

Authority = Literal["kemendagri", "bps", "bkn"]
"""Whose codes without a dot are."""

NAMES = {"kemendagri": "Kemendagri", "bps": "BPS", "bkn": "BKN"}

SHIPPED_REGIONS = Path(__file__).resolve().parents[2] / "data" / "regions.csv"

BARE = "[0-9]{4}([.]0)?"
"""Four digits, as Kemendagri codes without their dot, BPS codes and BKN codes all are."""

SHORT = "[0-9]{2}[.][0-9]"
"""A dotted code as a spreadsheet shows it that has read 18.10 as a number."""

REGIONS = "SELECT region_code, bps_code, bkn_code, name, kind FROM region ORDER BY region_code"


@dataclass(frozen=True)
class Region:
    """A region and the codes that three authorities give it."""

    region_code: str
    bps_code: str | None
    bkn_code: str | None
    name: str
    kind: str

    @property
    def named(self) -> str:
        """Its name, told apart from the kabupaten or province of the same name."""
        return f"Kota {self.name}" if self.kind == "kota" else self.name


def region_sql(said: str, authority: Authority | None) -> str:
    """SQL for the dotted Kemendagri code of a code as a file writes it; the text as it is where
    nothing says whose a bare code is, or its authority has no such code.
    """
    if authority is None:
        return said
    if authority == "kemendagri":
        dotted = f"{said}[1:2] || '.' || {said}[3:4]"
    else:
        at = f"list_position($foreign_codes::VARCHAR[], {said}[1:4])"
        dotted = f"coalesce(($region_codes::VARCHAR[])[{at}], {said})"
    return f"CASE WHEN {_bare(said)} THEN {dotted} ELSE {said} END"


def region_parameters(authority: Authority, known: Iterable[Region]) -> dict[str, Any]:
    """What the SQL of `region_sql` binds: an authority's codes and the regions they stand for."""
    codes = [(r.bps_code if authority == "bps" else r.bkn_code, r.region_code) for r in known]
    pairs = [(foreign, code) for foreign, code in codes if foreign]
    return {"foreign_codes": [f for f, _ in pairs], "region_codes": [code for _, code in pairs]}


def _bare(code: str) -> str:
    return f"length({code}) IN (4, 6) AND regexp_full_match({code}, '{BARE}')"


def code_checks(name: str, authority: Authority | None = None) -> Iterator[Check]:
    """Forms of a region code that no code has, or that stand for several regions."""
    value = f'"{name}"'
    yield Check(
        f"{name}: whose",
        (name,),
        _bare(value),
        Phrase("is a code without its dot: Kemendagri and BPS give it to different regions"),
        Phrase("Say whose code it is by writing the dotted Kemendagri code, such as 18.01."),
        words=partial(_whose, authority),
        code="region.whose",
    )
    yield Check(
        f"{name}: zero",
        (name,),
        f"length({value}) = 4 AND regexp_full_match({value}, '{SHORT}')",
        Phrase("has lost its last zero: a spreadsheet has read the code as a number"),
        Phrase("Write the code with its zero, such as 18.10, and keep the column as text."),
        words=_with_zero,
        code="region.zero",
    )


def regions(cursor: duckdb.DuckDBPyConnection) -> list[Region]:
    """The regions of the store; while it has none, those that are shipped."""
    held = [Region(*row) for row in run(cursor, REGIONS)]
    if held:
        return held
    with SHIPPED_REGIONS.open(encoding="utf-8", newline="") as file:
        return [
            Region(r["region_code"], r["bps_code"], r["bkn_code"], r["name"], r["kind"])
            for r in csv.DictReader(file)
        ]


def _whose(
    authority: Authority | None, cursor: duckdb.DuckDBPyConnection, said: list[str]
) -> dict[str, tuple[str, str]]:
    known = regions(cursor)
    if authority is None:
        return {code: _readings(code[:4], known) for code in said}
    says = Phrase("is not a code of {authority} that is known", authority=NAMES[authority])
    remedy = Phrase("Correct it, or write the dotted Kemendagri code of the region.")
    return dict.fromkeys(said, (says, remedy))


def _readings(code: str, known: list[Region]) -> tuple[str, str]:
    dotted = f"{code[:2]}.{code[2:]}"
    readings = [(f"Kemendagri {dotted}", r) for r in known if r.region_code == dotted]
    readings += [(f"BPS {code}", r) for r in known if r.bps_code == code]
    readings += [(f"BKN {code}", r) for r in known if r.bkn_code == code]
    if not readings:
        return (
            Phrase(
                "is a code without its dot, and neither a Kemendagri nor a BPS code that is known"
            ),
            Phrase("Write the dotted Kemendagri code of the region."),
        )
    named = [f"{whose} {region.named}" for whose, region in readings]
    codes = dict.fromkeys(f"{region.region_code} ({region.named})" for _, region in readings)
    says = Phrase(
        "is a code without its dot, which does not say whose it is: {readings}",
        readings=_alternatives(named, ", or "),
    )
    return says, Phrase(
        "Whose code is it? Write the dotted Kemendagri code: {codes}.",
        codes=_alternatives(list(codes), " or "),
    )


def _alternatives(named: list[str], mark: str) -> str:
    """Several things of which one is meant, to be said in the language of the sentence."""
    if len(named) == 1:
        return named[0]
    first = _alternatives(named[:-1], mark)
    if mark == " or ":
        return Phrase("{first} or {last}", first=first, last=named[-1])
    return Phrase("{first}, or {last}", first=first, last=named[-1])


def _with_zero(cursor: duckdb.DuckDBPyConnection, said: list[str]) -> dict[str, tuple[str, str]]:
    known = {region.region_code: region.named for region in regions(cursor)}
    return {code: _zero_back(code, known) for code in said}


def _zero_back(code: str, known: dict[str, str]) -> tuple[str, str]:
    meant = code[:2] if code.endswith(".0") else f"{code}0"
    says = Phrase(
        "is what a spreadsheet makes of {meant} when it reads the code as a number", meant=meant
    )
    if meant in known:
        return says, Phrase(
            "Write {meant} ({region}), and keep the column as text.",
            meant=meant,
            region=known[meant],
        )
    return says, Phrase(
        "{meant} is not a known region: write the code in full, and keep it as text.", meant=meant
    )
