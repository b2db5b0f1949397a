"""Three years of demo records, opened as they are while publishing, without the cells."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from analytics.cells import open_work
from analytics.store.demo import make
from analytics.store.records import Store


@pytest.fixture(scope="session")
def years(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Records of 20,000 people over three years; nothing is published."""
    store = Store(tmp_path_factory.mktemp("years"))
    make(store, people=20_000, months=36)
    return store


@pytest.fixture(scope="session")
def work(
    years: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database over the three years, for fits alone."""
    folder = tmp_path_factory.mktemp("fits")
    opened = open_work(str(folder / "work.duckdb"), str(years.records))
    yield opened
    opened.close()
