"""Publishing is one step: killed at any moment, what was served before is served still."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from analytics.answers import NoSnapshot, Question, open_snapshot
from analytics.audit import audit
from analytics.store.records import Store
from analytics.store.snapshots import (
    KEPT,
    NotPublished,
    UnknownSnapshot,
    current_id,
    discard,
    prepare,
    publish,
    roll_back,
    show,
    snapshot_path,
    snapshots,
)
from tests.builder import random_store, random_tables, write

KILLS = 8
PUBLISH = (
    "import sys; from pathlib import Path; from analytics.store.records import Store;"
    " from analytics.store.snapshots import publish; publish(Store(Path(sys.argv[1])))"
)


def start_publishing(store: Store) -> subprocess.Popen:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", PUBLISH, str(store.path)], cwd=root)


def test_publishing_killed_at_any_moment_always_leaves_a_snapshot_that_opens_and_passes(tmp_path):
    store = random_store(tmp_path / "store", 7, people=60, months=4, agencies=2)
    publish(store)
    begun = time.monotonic()
    assert start_publishing(store).wait() == 0
    whole = time.monotonic() - begun
    rng = random.Random(7)
    killed, audited = 0, set()
    for turn in range(KILLS):
        process = start_publishing(store)
        # Half at any moment, half in the last tenth, where files change hands.
        time.sleep(rng.uniform(0, whole) if turn % 2 else rng.uniform(0.9, 1.05) * whole)
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            killed += 1
        else:
            whole *= 0.9  # It was quicker than the one that was timed.
        snapshot = open_snapshot(store)
        assert len(snapshot.ask(Question("training_coverage", level="province")).rows)
        if snapshot.id not in audited:
            assert audit(snapshot_path(store, snapshot.id)) == []
            audited.add(snapshot.id)
    assert killed > KILLS // 3
    publish(store)
    assert not list(store.snapshots.glob("*.part*")), "a later publish clears what was abandoned"


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Store:
    store = random_store(tmp_path_factory.mktemp("once"), 8, people=60, months=3, agencies=2)
    publish(store)
    return store


@pytest.fixture
def published(once, tmp_path) -> Store:
    shutil.copytree(once.path, tmp_path / "store")
    return Store(tmp_path / "store")


def cells(store: Store) -> dict[str, list[tuple]]:
    """The rows of each cell table that is served, as text, in an order of their own."""
    with duckdb.connect(str(snapshot_path(store, current_id(store) or "")), read_only=True) as file:
        names = file.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return {
            name: sorted(
                file.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {name}").fetchall(), key=str
            )
            for (name,) in names
            if name.startswith("cell_")
        }


def test_the_same_records_withhold_the_same_cells_in_whatever_order_they_lie(tmp_path):
    tables = random_tables(10, people=150, months=3, agencies=3)
    found = []
    for seed in range(2):
        store = Store(tmp_path / str(seed))
        rows = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
        write(store, rows)
        publish(store)
        found.append(cells(store))
    assert found[0] == found[1]


def test_an_open_reader_keeps_its_snapshot_while_a_new_one_is_published(published):
    before = open_snapshot(published)
    question = Question("training_coverage", level="province")
    rows = before.ask(question).rows
    new = publish(published)
    assert before.ask(question).rows.equals(rows)
    assert open_snapshot(published).id == new != before.id


def test_rolling_back_serves_the_earlier_snapshot_again(published):
    first = current_id(published)
    assert first is not None
    publish(published)
    roll_back(published, first)
    assert open_snapshot(published).id == first


def test_rolling_back_to_an_unknown_snapshot_names_those_there_are(published):
    with pytest.raises(UnknownSnapshot, match=current_id(published)):
        roll_back(published, "20200101-000000-000000")


def test_only_the_last_snapshots_are_kept(published, monkeypatch):
    monkeypatch.setattr("analytics.store.snapshots.KEPT", 2)
    ids = [publish(published) for _ in range(3)]
    assert [manifest.id for manifest in snapshots(published)] == ids[:0:-1]
    assert KEPT >= 2


def test_a_prepared_snapshot_is_served_only_when_it_is_shown(published):
    first = current_id(published)
    prepared = prepare(published)
    assert current_id(published) == first
    assert open_snapshot(published, prepared).id == prepared
    show(published, prepared)
    assert open_snapshot(published).id == prepared


def test_a_discarded_snapshot_is_gone_and_the_served_one_cannot_be(published):
    served = open_snapshot(published).id
    discard(published, prepare(published))
    assert [manifest.id for manifest in snapshots(published)] == [served]
    with pytest.raises(ValueError, match="is being served"):
        discard(published, served)


def test_a_store_without_records_is_told_what_to_do(tmp_path):
    with pytest.raises(NotPublished, match="import"):
        publish(Store(tmp_path / "empty"))
    with pytest.raises(NoSnapshot, match="demo"):
        open_snapshot(Store(tmp_path / "empty"))


def test_the_manifest_counts_records_and_names_sources(tmp_path):
    store = Store(tmp_path / "store")
    tables = random_tables(9, people=40, months=2, agencies=2)
    write(store, tables)
    publish(store)
    manifest = snapshots(store)[0]
    assert manifest.synthetic
    assert manifest.record_counts["appraisal"] == len(tables["appraisal"])
    assert {source["table_name"] for source in manifest.sources} == set(tables)
