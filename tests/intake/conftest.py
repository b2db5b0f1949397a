"""The fixture of intake tests: a desk with a store and a key file of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.intake import import_files
from analytics.store.records import Store
from tests.intake.desk import Desk, right, write_csv


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the shipped regions and one agency, made once and copied by tests."""
    folder = tmp_path_factory.mktemp("prepared")
    store = Store(folder / "store")
    import_files(store, [write_csv(folder / "agency.csv", [right("agency")])])
    return store


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Store) -> Desk:
    monkeypatch.setenv("ASN_KEY_FILE", str(tmp_path / "secret" / "pseudonym.key"))
    monkeypatch.setenv("ASN_STORE", str(tmp_path / "store"))
    folder = tmp_path / "files"
    folder.mkdir()
    return Desk(Store(tmp_path / "store"), folder, prepared)
