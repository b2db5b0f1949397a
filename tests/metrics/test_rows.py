"""The months that people are followed through."""

# pyright: basic, reportArgumentType=false

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from analytics.answers import open_snapshot
from analytics.store.records import Store
from analytics.store.snapshots import publish
from tests.builder import random_tables, write


def test_no_month_begins_after_the_last_file_was_extracted(tmp_path: Path) -> None:
    tables = random_tables(3, people=60, months=3)
    ahead = (
        tables["training"]
        .head(1)
        .assign(course="Rencana", start_date=date(2099, 1, 1), end_date=date(2099, 1, 2))
    )
    tables["training"] = pd.concat([tables["training"], ahead])
    store = Store(tmp_path / "store")
    write(store, tables)  # extracted on 2026-01-15
    publish(store)

    months = open_snapshot(store).periods("training_coverage", "month")
    assert (months[0], months[-1]) == ("2024-01", "2026-01")
