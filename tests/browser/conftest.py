"""One server of the demo store and one browser for all browser tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from analytics.store.records import Store
from tests.browser.served import chromium_browser, server


@pytest.fixture(scope="session")
def address(demo: Store, tmp_path_factory) -> Iterator[str]:
    with server(demo, tmp_path_factory.mktemp("server") / "log.txt") as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator[Browser]:
    with chromium_browser(chromium) as running:
        yield running
