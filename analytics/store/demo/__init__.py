"""Synthetic records in the real shape: seeded, the same on every machine, with known effects planted.

Every draw is a hash of the seed, a purpose and the numbers of what it is for, so no draw depends on
the order in which DuckDB's threads reach it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from analytics.schema import TABLES
from analytics.store.demo import appraisals, places, readiness, training, truths
from analytics.store.demo import people as staff
from analytics.store.records import Store, open_records

LAST_YEAR, LAST_MONTH = 2025, 12
EXTRACTED_ON = date(2026, 1, 15)
MOST_MONTHS = 60
MEMORY_LIMIT = "3GB"

Progress = Callable[[str, float | None], None]

MACROS = (
    """
    CREATE TEMP MACRO bits(purpose, a, b) AS hash(hash(getvariable('seed'), purpose, a, b))
    """,
    """
    CREATE TEMP MACRO share_of(roll) AS (roll >> 32)::DOUBLE / 4294967296.0
    """,
    """
    CREATE TEMP MACRO uniform(purpose, a, b) AS share_of(bits(purpose, a, b))
    """,
    # The sum of four uniform numbers: near enough to normal, and exact on every machine.
    """
    CREATE TEMP MACRO sum_of_four(roll) AS
      (((roll & 65535) + ((roll >> 16) & 65535) + ((roll >> 32) & 65535) + (roll >> 48))::DOUBLE
        / 65536.0 - 2.0) * 1.7320508
    """,
    "CREATE TEMP MACRO gaussian(purpose, a, b) AS sum_of_four(bits(purpose, a, b))",
    "CREATE TEMP MACRO fourth_power(x) AS x * x * x * x",
)


@dataclass(frozen=True)
class Scale:
    """How much is made: people ever employed, months up to December 2025, and the seed."""

    people: int
    months: int
    seed: int

    @property
    def first_month(self) -> date:
        """First day of the first month."""
        months = LAST_YEAR * 12 + LAST_MONTH - self.months
        return date(months // 12, months % 12 + 1, 1)

    @property
    def sha256(self) -> str:
        """What stands for the content of a file: a hash of the parameters."""
        return hashlib.sha256(f"demo|{self.people}|{self.months}|{self.seed}".encode()).hexdigest()


def _silent(words: str, share: float | None) -> None:
    del words, share


def make(
    store: Store,
    *,
    people: int = 100_000,
    months: int = 36,
    seed: int = 1,
    progress: Progress = _silent,
) -> None:
    """Replace the store's records by synthetic ones: `months` months up to December 2025.

    `people` counts everyone ever employed in that time. `progress` hears what is being made and the
    share done, from 0 to 1. The old records stay until the new ones are whole. Raises ValueError
    where `people` is below 1 or `months` is not from 1 to 60.
    """
    if people < 1:
        raise ValueError(f"people is {people}: it must be at least 1")
    if not 1 <= months <= MOST_MONTHS:
        raise ValueError(f"months is {months}: it must be from 1 to {MOST_MONTHS}")
    making = Store(store.path / "making")
    shutil.rmtree(making.path, ignore_errors=True)
    with open_records(making) as records:
        _fill(records, Scale(people, months, seed), progress)
        records.execute("CHECKPOINT")
    _settle_log(store)
    making.records.replace(store.records)
    shutil.rmtree(making.path)
    progress("Records made", 1.0)


def _settle_log(store: Store) -> None:
    """Fold the old records' write-ahead log in: it must not be taken for the new file's."""
    if store.records.with_name(store.records.name + ".wal").exists():
        with open_records(store) as old:
            old.execute("CHECKPOINT")


def _fill(records: duckdb.DuckDBPyConnection, scale: Scale, progress: Progress) -> None:
    records.execute("SET memory_limit = ?", [MEMORY_LIMIT])
    records.execute("SET preserve_insertion_order = false")
    _declare(records, scale)
    batches = {table.name: number for number, table in enumerate(TABLES, start=1)}
    progress("Governments and agencies", 0.0)
    places.fill(records, scale.people, batches)
    progress("People", 0.05)
    staff.fill(records, batches)
    progress("Training", 0.15)
    training.fill(records, batches)
    progress("Appraisals", 0.25)
    appraisals.fill(records, batches)
    progress("Careers", 0.8)
    staff.fill_careers(records, batches)
    progress("Readiness and services", 0.85)
    readiness.fill(records, batches)
    progress("Writing", 0.97)
    _sign(records, scale, batches)


def _declare(records: duckdb.DuckDBPyConnection, scale: Scale) -> None:
    last_day = date(LAST_YEAR, LAST_MONTH, 31)
    first_promotion = date(scale.first_month.year, 4 if scale.first_month.month <= 4 else 10, 1)
    for name, value in (
        ("seed", scale.seed),
        ("months", scale.months),
        ("first_month", scale.first_month),
        ("first_promotion", first_promotion),
        ("last_day", last_day),
        ("first_year", scale.first_month.year),
        ("last_year", LAST_YEAR),
        ("extracted_on", EXTRACTED_ON),
        ("training_effect", truths.TRAINING_EFFECT),
        ("forum_effect", truths.FORUM_EFFECT),
        ("queue_effect", truths.QUEUE_EFFECT),
        ("functional_coverage", truths.FUNCTIONAL_COVERAGE),
        ("structural_coverage", truths.STRUCTURAL_COVERAGE),
        ("executor_coverage", truths.EXECUTOR_COVERAGE),
        ("executor_surplus", truths.EXECUTOR_SURPLUS),
        ("better_trained", truths.LAMPUNG),
        ("less_trained", truths.BENGKULU),
        ("rate_gap", truths.RATE_GAP),
        ("beyond_limit", list(truths.AGENCIES_BEYOND_LIMIT)),
    ):
        # The name comes from the list above; the value is bound.
        records.execute(f"SET VARIABLE {name} = ?", [value])
    for macro in MACROS:
        records.execute(macro)


def _sign(records: duckdb.DuckDBPyConnection, scale: Scale, batches: dict[str, int]) -> None:
    """One batch a table, so that every synthetic row says that it is one."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    for table, number in batches.items():
        counted = records.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        rows = counted[0] if counted else 0
        records.execute(
            "INSERT INTO batch VALUES (?, 'demo', ?, ?, ?, ?, ?, 0, true)",
            [number, table, scale.sha256, EXTRACTED_ON, now, rows],
        )
