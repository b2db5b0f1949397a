"""What is published of random stores stands up to the whole attack."""

# pyright: basic

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.audit import audit
from analytics.store.records import Store
from analytics.store.snapshots import publish, snapshot_path
from tests.attack.attack import attack, differences
from tests.attack.kinds import KINDS
from tests.attack.stores import random_published
from tests.builder import write


@pytest.mark.parametrize("seed", [2001, 2002, 2003])
def test_nothing_small_follows_from_a_random_store(seed: int, tmp_path: Path):
    store, records = random_published(tmp_path / "store", seed)
    path = snapshot_path(store, publish(store))
    report = attack(path, records, programs=False)  # programmes take minutes: tests.attack.run
    assert report.shown == []
    assert len(report.violations) == 0, report.violations.head(20).to_string()
    assert report.withheld > 0


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "two_files"])
def test_the_stores_of_each_kind_are_published_without_it(kind: str, tmp_path: Path):
    (records,) = KINDS[kind][0]()
    store = Store(tmp_path / "store")
    write(store, records)
    path = snapshot_path(store, publish(store))
    assert audit(path) == []
    report = attack(path, programs=False)
    assert len(report.violations) == 0, report.violations.head(20).to_string()


def test_one_person_more_does_not_show_between_two_files(tmp_path: Path):
    paths = []
    for records in KINDS["two_files"][0]():
        store = Store(tmp_path / "store")
        store.records.unlink(missing_ok=True)
        write(store, records)
        paths.append(snapshot_path(store, publish(store)))
    found = differences(*paths)
    assert found.empty, found.head(20).to_string()
