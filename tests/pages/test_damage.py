"""A page over a damaged store says so in the reader's language, and shows what is whole."""

from __future__ import annotations

import os
import shutil

import pytest

from analytics.store.records import Store
from analytics.store.snapshots import current_id, publish, snapshot_path
from tests.builder import random_store
from tests.pages.test_version_two import NAMES

SAID = {"en": "is damaged and is not shown", "id": "rusak dan tidak ditampilkan"}


@pytest.fixture(scope="module")
def damaged(tmp_path_factory) -> Store:
    """A store whose newest snapshot is cut short, and the one before whole."""
    store = random_store(tmp_path_factory.mktemp("damaged"), seed=7)
    publish(store)
    newest = snapshot_path(store, publish(store))
    os.truncate(newest, newest.stat().st_size // 2)
    return store


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "id"])
def test_every_page_says_that_another_snapshot_is_shown(damaged, opened, language, name):
    app = opened(damaged, name, lang=language)
    said = [warning.value for warning in app.warning if SAID[language] in warning.value]
    assert len(said) == 1
    assert str(current_id(damaged)) in said[0]


@pytest.mark.parametrize(("language", "said"), [("en", "`current`"), ("id", "Berkas `current`")])
def test_an_empty_pointer_is_said_on_the_page(damaged, opened, tmp_path, language, said):
    store = Store(tmp_path / "store")
    shutil.copytree(damaged.path, store.path)
    store.pointer.write_text("")
    app = opened(store, "overview", lang=language)
    assert [warning for warning in app.warning if said in warning.value]


@pytest.mark.parametrize(("language", "said"), [("en", "damaged"), ("id", "rusak")])
def test_a_broken_boundaries_file_or_folder_is_no_traceback(
    damaged, opened, tmp_path, language, said
):
    store = Store(tmp_path / "store")
    shutil.copytree(damaged.path, store.path)
    for path in store.snapshots.glob("*.duckdb"):
        path.write_bytes(b"")
    app = opened(store, "overview", lang=language)
    assert app.title[0].value
    assert [code.value for code in app.code][-1] == "python -m analytics publish"
