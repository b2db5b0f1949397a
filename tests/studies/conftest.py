"""Records of a demo store, opened as they are while publishing, without the cells."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from analytics.cells import open_work
from analytics.store.demo import make
from analytics.store.records import Store


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The scratch database of a demo store of 20,000 people and three years, for fits alone."""
    folder = tmp_path_factory.mktemp("fits")
    store = Store(folder)
    make(store, people=20_000, months=36)
    opened = open_work(str(folder / "work.duckdb"), str(store.records))
    yield opened
    opened.close()
