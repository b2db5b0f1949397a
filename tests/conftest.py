"""What all tests share: the real store and key are out of reach, and a browser when there is one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings

from analytics.store.demo import make
from analytics.store.records import Store
from analytics.store.snapshots import publish
from tests.panel import imported

settings.register_profile("project", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def _own_store_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASN_STORE", str(tmp_path / "no-store"))
    monkeypatch.setenv("ASN_KEY_FILE", str(tmp_path / "pseudonym.key"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium; without one the test is skipped, or fails where CI asks."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    if os.environ.get("ASN_REQUIRE_BROWSER"):
        pytest.fail("No Chromium on this machine, and ASN_REQUIRE_BROWSER asks for one.")
    pytest.skip("No Chromium on this machine.")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Store:
    """A published demo store of one year, made once for all workers. It is read, never changed."""
    own = tmp_path_factory.getbasetemp()
    store = Store((own if worker_id == "master" else own.parent) / "demo")
    with FileLock(f"{store.path}.lock"):
        if not store.pointer.exists():
            make(store, people=20_000, months=12)
            publish(store)
    return store


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public files for trying imports, outside the project; without them the test is skipped."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The folder of public files (../shared/data) is not here.")
    return folder


@pytest.fixture(scope="session")
def panel(shared_data: Path) -> pd.DataFrame:
    """The survey panel, one row an organisation and year."""
    return pd.read_csv(shared_data / "csps" / "csps_org_year_wide.csv")


@pytest.fixture(scope="session")
def survey_store(panel: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The panel imported as recaps and published."""
    return imported(panel, tmp_path_factory.mktemp("csps"))
