"""What can be wrong with a row: an SQL condition, and the words for the file's owner.

A condition is over one row in two forms: `text_x` is what the file says in column x, blank being
NULL, and `x` is its value in the contract's type, NULL where the text is not such a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from analytics.intake.findings import Severity

Words = Callable[[duckdb.DuckDBPyConnection, list[str]], dict[str, tuple[str, str]]]
"""For each of the given values what is wrong with it, and what to do."""


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a row: `broken` is SQL, true for a row that breaks it.

    `column` is the one whose value is shown, None where several are concerned (`columns`).
    `choices` are what the value could have been, for naming the nearest. `words` answers values
    with what is to be said of each, and its remedy, where that depends on the value. `code` names
    the kind of fault and never changes, as `rule` may. A row that breaks a check of severity "warn"
    is loaded all the same; such a check is over values alone. One that `explains` says better what is
    wrong with rows that other checks find, which it need not be put to all rows for.
    """

    rule: str
    columns: tuple[str, ...]
    broken: str
    says: str
    remedy: str
    parameters: dict[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    personal: bool = False
    words: Words | None = None
    code: str = ""
    severity: Severity = "reject"
    explains: bool = False

    @property
    def column(self) -> str | None:
        return self.columns[0] if len(self.columns) == 1 else None


def text(name: str) -> str:
    """SQL name of what the file says in a column."""
    return f'"text_{name}"'
