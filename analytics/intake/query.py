"""Asking DuckDB: every answer is read to its end, as a half-read one blocks its connection."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import duckdb


def run(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> list[tuple]:
    """All rows of the answer; parameters are bound by name."""
    return cursor.execute(sql, dict(parameters or {})).fetchall()


def one(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> Any:
    """The single value that the answer is."""
    ((value,),) = run(cursor, sql, parameters)
    return value


def once(name: str, of: str, then: Callable[[str], str]) -> str:
    """SQL for what `then` makes of a name that stands for the expression `of`.

    In a branch of CASE, DuckDB works out an expression again wherever it is written: a date that
    names its text ten times was read ten times slower.
    """
    return f"list_transform([{of}], lambda {name}: {then(name)})[1]"


def needed(sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the parameters that the statement names: DuckDB refuses to be given others."""
    named = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in parameters.items() if name in named}
