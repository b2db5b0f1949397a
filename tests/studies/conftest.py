"""Records of the demo store, opened as they are while publishing, without the cells."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from analytics.cells import open_work
from analytics.store.records import Store


@pytest.fixture(scope="session")
def work(
    demo: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database over the records of the demo store, for fits alone."""
    folder = tmp_path_factory.mktemp("fits")
    opened = open_work(str(folder / "work.duckdb"), str(demo.records))
    yield opened
    opened.close()
