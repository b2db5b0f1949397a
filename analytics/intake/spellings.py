"""Spellings of values that files use, and the contract's values they stand for (data/values.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from analytics import schema
from analytics.schema import Column

FILE = Path(__file__).resolve().parents[2] / "data" / "values.toml"

SECTIONS: dict[tuple[str, ...], str] = {
    schema.SEXES: "sex",
    schema.STATUSES: "status",
    schema.POSITION_TYPES: "position_type",
    schema.RATINGS: "rating",
    schema.PREDICATES: "predicate",
    schema.ORGANISATION_RATINGS: "organisation_rating",
    schema.CYCLES: "cycle",
    schema.RATERS: "rater",
    schema.SCALES: "scale",
    schema.OBJECTIONS: "objection",
    schema.FIELDS: "field",
    schema.MODES: "mode",
    schema.ACTIVITIES: "activity",
    schema.CAREER_EVENTS: "career_event",
    schema.AGE_BANDS: "age_band",
    schema.GRADE_GROUPS: "grade_group",
    schema.GOVERNMENT_KINDS: "region_kind",
    schema.AGENCY_KINDS: "agency_kind",
}
"""The section of the file that holds the spellings of a list of allowed values."""

LEFT_OUT = "[^a-z0-9<>=+]+"
"""What does not count when two spellings are compared, once both are in lower case."""


def section(column: Column) -> str | None:
    """The section of the spellings of a column; None where it has none."""
    return "grade" if column.name == "grade" else SECTIONS.get(column.values)


def folded(said: str) -> str:
    """A spelling as it is compared; `folded_sql` does the same in DuckDB."""
    return re.sub(LEFT_OUT, "", said.lower())


def folded_sql(said: str) -> str:
    """SQL for a spelling as it is compared."""
    return f"regexp_replace(lower({said}), '{LEFT_OUT}', '', 'g')"


@lru_cache
def spellings(name: str) -> Mapping[str, str]:
    """Folded spelling → value, of a section; the values themselves are spellings, too.

    Raises ValueError where one spelling stands for two values.
    """
    found: dict[str, str] = {}
    for value, spelled in _file()[name].items():
        for spelling in (value, *spelled):
            if found.setdefault(folded(spelling), value) != value:
                raise ValueError(f"{FILE.name}: {spelling!r} stands for two values of {name}")
    for value in next((values for values, of in SECTIONS.items() if of == name), ()):
        if found.setdefault(folded(value), value) != value:
            raise ValueError(f"{FILE.name}: {value!r} stands for another value of {name}")
    return MappingProxyType(found)


@lru_cache
def siasn_codes(name: str) -> Mapping[str, str]:
    """SIASN code → value, of a section; empty where SIASN has no codes for it."""
    return MappingProxyType(dict(_file()["siasn"].get(name, {})))


@lru_cache
def _file() -> dict:
    with FILE.open("rb") as file:
        return tomllib.load(file)
