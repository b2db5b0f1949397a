"""Region codes as files write them: whose a bare code is, and what a spreadsheet made of a dotted one."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.intake.checks import Check, text
from analytics.intake.query import run

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


def code_checks(name: str) -> Iterator[Check]:
    """Forms of a region code that no code has, or that stand for several regions."""
    said = text(name)
    yield Check(
        f"{name}: whose",
        (name,),
        f"length({said}) IN (4, 6) AND regexp_full_match({said}, '{BARE}')",
        "is a code without its dot: Kemendagri and BPS give it to different regions",
        "Say whose code it is by writing the dotted Kemendagri code, such as 18.01.",
        words=_whose,
    )
    yield Check(
        f"{name}: zero",
        (name,),
        f"length({said}) = 4 AND regexp_full_match({said}, '{SHORT}')",
        "has lost its last zero: a spreadsheet has read the code as a number",
        "Write the code with its zero, such as 18.10, and keep the column as text.",
        words=_with_zero,
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


def _whose(cursor: duckdb.DuckDBPyConnection, said: list[str]) -> dict[str, tuple[str, str]]:
    known = regions(cursor)
    return {code: _readings(code[:4], known) for code in said}


def _readings(code: str, known: list[Region]) -> tuple[str, str]:
    dotted = f"{code[:2]}.{code[2:]}"
    readings = [(f"Kemendagri {dotted}", r) for r in known if r.region_code == dotted]
    readings += [(f"BPS {code}", r) for r in known if r.bps_code == code]
    readings += [(f"BKN {code}", r) for r in known if r.bkn_code == code]
    if not readings:
        says = "is a code without its dot, and neither a Kemendagri nor a BPS code that is known"
        return says, "Write the dotted Kemendagri code of the region."
    listed = ", or ".join(f"{whose} {region.named}" for whose, region in readings)
    codes = dict.fromkeys(f"{region.region_code} ({region.named})" for _, region in readings)
    says = f"is a code without its dot, which does not say whose it is: {listed}"
    return says, f"Whose code is it? Write the dotted Kemendagri code: {' or '.join(codes)}."


def _with_zero(cursor: duckdb.DuckDBPyConnection, said: list[str]) -> dict[str, tuple[str, str]]:
    known = {region.region_code: region.named for region in regions(cursor)}
    return {code: _zero_back(code, known) for code in said}


def _zero_back(code: str, known: dict[str, str]) -> tuple[str, str]:
    meant = code[:2] if code.endswith(".0") else f"{code}0"
    says = f"is what a spreadsheet makes of {meant} when it reads the code as a number"
    if meant in known:
        return says, f"Write {meant} ({known[meant]}), and keep the column as text."
    return says, f"{meant} is not a known region: write the code in full, and keep it as text."
