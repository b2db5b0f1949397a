"""How files write values: what counts as missing, decimals, shares, dates, region codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reading:
    """How a file writes its values. `missing` are texts that mean nothing is known."""

    missing: tuple[str, ...] = ("",)
    decimals: Literal["either", "comma", "dot"] = "either"
    percent: bool = False
    day_first: bool = True
    region_codes: Literal["kemendagri", "bps", "bkn"] | None = None


DERIVED: Mapping[str, Callable[[str], str]] = {}
"""Name of a way to work out a column → SQL of its text from the SQL of another column's text."""
