"""Putting what is loaded to every rule of the contract again, as `check` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from analytics.intake.across import OF_NO_PROVINCE, OF_NOBODY
from analytics.intake.checks import text
from analytics.intake.findings import IntakeError
from analytics.intake.query import one, run
from analytics.intake.rules import row_checks
from analytics.intake.spans import LOADED_OVERLAPS
from analytics.schema import TABLES, Table, table
from analytics.store.records import Store, read_records


@dataclass(frozen=True)
class RuleResult:
    """A rule that a store was put to: how many of its rows break it."""

    table: str
    rule: str
    broken: int

    @property
    def holds(self) -> bool:
        return self.broken == 0


def check_records(store: Store) -> list[RuleResult]:
    """Every rule of every table of the record store. Raises IntakeError where there is no store
    and StoreUnusable where it cannot be read.
    """
    if not store.records.exists():
        raise IntakeError(
            f"There are no records in {store.path}. Import files, or make demo data, first."
        )
    with read_records(store) as connection:
        cursor = connection.cursor()
        return [result for of in TABLES for result in _table_results(cursor, of)]


def uncounted(store: Store) -> list[tuple[str, int, int]]:
    """Tables with rows about people whom employee does not hold, which no metric counts: the table,
    its rows and people. Raises StoreUnusable where the store cannot be read.
    """
    with read_records(store) as connection:
        cursor = connection.cursor()
        found = [
            (of.name, *run(cursor, f"SELECT count(*), count(DISTINCT employee_id) FROM ({sql})")[0])
            for of in TABLES
            if of.name != "employee" and any(c.name == "employee_id" for c in of.columns)
            for sql in (OF_NOBODY.format(rows=f'"{of.name}"'),)
        ]
    return [one for one in found if one[1]]


def _table_results(cursor: duckdb.DuckDBPyConnection, of: Table) -> Iterator[RuleResult]:
    yield from _row_results(cursor, of)
    key = ", ".join(f'"{name}"' for name in of.key)
    repeated = f'SELECT 1 FROM "{of.name}" GROUP BY {key} HAVING count(*) > 1'
    yield RuleResult(of.name, "key: unique", _count(cursor, repeated))
    for column in of.columns:
        if column.refers_to is not None:
            code = f'"{table(column.refers_to).key[0]}"'
            unknown = (
                f'SELECT 1 FROM "{of.name}" r WHERE r."{column.name}" IS NOT NULL'
                f' AND r."{column.name}" NOT IN (SELECT {code} FROM "{column.refers_to}")'
            )
            yield RuleResult(of.name, f"{column.name}: known", _count(cursor, unknown))
    origin = (
        f'SELECT 1 FROM "{of.name}" r WHERE NOT EXISTS'
        " (SELECT 1 FROM batch b WHERE b.batch_id = r.batch_id)"
    )
    yield RuleResult(of.name, "origin: known", _count(cursor, origin))
    if of.name == "region":
        numbered = "(SELECT *, rowid AS position FROM region)"
        elsewhere = OF_NO_PROVINCE.format(rows=numbered, known="region")
        yield RuleResult(of.name, "province_code: a province", _count(cursor, elsewhere))
    if of.name == "employee":
        yield RuleResult(of.name, "spans: apart", _count(cursor, LOADED_OVERLAPS))


def _row_results(cursor: duckdb.DuckDBPyConnection, of: Table) -> Iterator[RuleResult]:
    """All rules of single rows, counted in one pass over the table."""
    # Pseudonyms are no numbers any more, and rows with a warning are loaded as they are.
    checks = [c for c in row_checks(of) if not c.personal and c.severity == "reject"]
    texts = ", ".join(
        f'CAST("{column.name}" AS VARCHAR) AS {text(column.name)}' for column in of.columns
    )
    rows = (
        f'SELECT *, {texts} FROM "{of.name}"'
        " LEFT JOIN (SELECT batch_id, extracted_on FROM batch) USING (batch_id)"
    )
    counts = ", ".join(f"count(*) FILTER (WHERE {check.broken})" for check in checks)
    parameters = {name: value for check in checks for name, value in check.parameters.items()}
    row = run(cursor, f"SELECT {counts} FROM ({rows})", parameters)[0]
    for check, broken in zip(checks, row, strict=True):
        yield RuleResult(of.name, check.rule, broken)


def _count(cursor: duckdb.DuckDBPyConnection, rows: str) -> int:
    return one(cursor, f"SELECT count(*) FROM ({rows})")
