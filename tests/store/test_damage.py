"""Damage of any kind to a store is said with what to do, and what is whole is shown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from starlette.requests import Request
from typer.testing import CliRunner, Result

from analytics.__main__ import app
from analytics.answers import Question, open_snapshot
from analytics.store import snapshots as of_snapshots
from analytics.store.records import Store, StoreUnusable, open_records
from analytics.store.snapshots import (
    DamagedSnapshot,
    current_id,
    is_whole,
    publish,
    roll_back,
    served,
    snapshot_path,
)
from analytics.text import text
from tests.builder import random_store
from tests.pages.test_version_two import in_a_loop_of_its_own

ROOT = Path(__file__).resolve().parents[2]


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def cut_by_a_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    """One bit in the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        [byte] = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0")


def gone(path: Path) -> None:
    path.unlink()


def no_json(path: Path) -> None:
    path.with_suffix(".json").write_text('{"id": "')


def binary_json(path: Path) -> None:
    path.with_suffix(".json").write_bytes(b"\xff\xfe\x00")


def other_json(path: Path) -> None:
    path.with_suffix(".json").write_text("[1, 2]")


def json_without_hash(path: Path) -> None:
    manifest = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(manifest | {"sha256": None}))


def json_gone(path: Path) -> None:
    path.with_suffix(".json").unlink()


DAMAGES = (
    *(cut_short, cut_by_a_byte, emptied, flipped, longer, gone),
    *(no_json, binary_json, other_json, json_without_hash, json_gone),
)


@pytest.fixture(scope="module")
def twice(tmp_path_factory) -> Store:
    """A store with two snapshots."""
    store = random_store(tmp_path_factory.mktemp("twice"), 8, people=60, months=3, agencies=2)
    publish(store)
    publish(store)
    return store


@pytest.fixture
def store(twice: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    shutil.copytree(twice.path, tmp_path / "store")
    monkeypatch.setenv("ASN_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


def run(store: Store, *arguments: str) -> Result:
    result = CliRunner().invoke(app, [*arguments, "--store", str(store.path)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def line(said: str) -> str:
    return " ".join(said.split())


def ready() -> tuple[int, str]:
    from dashboard import ready

    response = in_a_loop_of_its_own(ready(Request({"type": "http"})))
    return response.status_code, bytes(response.body).decode()


def newest_and_before(store: Store) -> tuple[str, str]:
    before, newest = sorted(path.stem for path in store.snapshots.glob("*.duckdb"))
    assert current_id(store) == newest
    return newest, before


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("language", ["en", "id"])
def test_the_newest_whole_snapshot_is_shown_for_a_damaged_one(
    store, monkeypatch, damage: Callable, language
):
    newest, before = newest_and_before(store)
    assert ready() == (200, newest)
    damage(snapshot_path(store, newest))
    assert open_snapshot(store).id == before
    assert open_snapshot(store).instead_of == newest
    monkeypatch.setenv("LC_ALL", {"en": "C", "id": "id_ID.UTF-8"}[language])
    asked = run(store, "ask", "training_coverage")
    assert asked.exit_code == 0
    assert newest in asked.stderr
    assert before in asked.stderr
    assert {"en": "is damaged", "id": "rusak"}[language] in asked.stderr
    code, reason = ready()
    assert code == 503
    assert newest in reason
    checked = run(store, "check")
    assert checked.exit_code == 1
    assert newest in checked.stderr
    assert run(store, "snapshots").exit_code == 0
    assert run(store, "rollback", newest).exit_code == 1
    assert current_id(store) == newest


@pytest.mark.parametrize("damage", [flipped, other_json])
def test_publishing_again_mends_it(store, damage):
    newest, _ = newest_and_before(store)
    damage(snapshot_path(store, newest))
    assert run(store, "publish").exit_code == 0
    assert ready()[0] == 200


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_a_whole_snapshot_what_to_run_is_said(store, damage):
    newest, before = newest_and_before(store)
    for snapshot_id in (newest, before):
        damage(snapshot_path(store, snapshot_id))
    asked = run(store, "ask", "training_coverage")
    assert asked.exit_code == 1
    assert "python -m analytics publish" in line(asked.stderr)
    assert ready()[0] == 503


def test_an_older_one_that_is_damaged_is_a_finding_and_changes_nothing_else(store):
    newest, before = newest_and_before(store)
    flipped(snapshot_path(store, before))
    assert open_snapshot(store).instead_of is None
    assert ready() == (200, newest)
    assert before in run(store, "check").stderr
    with pytest.raises(DamagedSnapshot):
        roll_back(store, before)
    publish(store)


@pytest.mark.parametrize("words", ["", "\n", "\0\0\0", "../../etc/passwd"])
def test_an_empty_pointer_is_a_finding_and_the_newest_whole_one_is_shown(store, words):
    newest, _ = newest_and_before(store)
    store.pointer.write_text(words)
    assert open_snapshot(store).id == newest
    assert ready()[0] == 503
    asked = run(store, "ask", "training_coverage")
    assert asked.exit_code == 0
    assert "`current`" in asked.stderr
    checked = run(store, "check")
    assert checked.exit_code == 1
    assert str(store.pointer) in checked.stderr.replace("\n", "")
    assert run(store, "rollback", newest).exit_code == 0
    assert ready() == (200, newest)


def test_a_file_is_hashed_once_as_it_stands(store):
    newest, _ = newest_and_before(store)
    of_snapshots._is_whole.cache_clear()
    for _ in range(5):
        assert served(store)
        open_snapshot(store).ask(Question("training_coverage"))
    assert of_snapshots._is_whole.cache_info().misses == 1
    kept = snapshot_path(store, newest).read_bytes()
    flipped(snapshot_path(store, newest))
    assert not is_whole(store, newest)
    snapshot_path(store, newest).write_bytes(kept)
    assert is_whole(store, newest)


@pytest.mark.parametrize("damage", [cut_short, cut_by_a_byte, emptied, flipped])
@pytest.mark.parametrize("language", ["en", "id"])
def test_damaged_records_are_said_or_read_whole(store, monkeypatch, damage, language):
    damage(store.records)
    monkeypatch.setenv("LC_ALL", {"en": "C", "id": "id_ID.UTF-8"}[language])
    for command in ("publish", "check", "batches"):
        said = run(store, command)
        if said.exit_code:  # one bit may lie where nothing is kept
            assert "--store" in said.stderr, said.stderr
    assert open_snapshot(store)


@pytest.mark.parametrize(
    "change",
    ['ALTER TABLE employee DROP COLUMN "education"', 'DROP TABLE "service_outcome"'],
)
@pytest.mark.parametrize("language", ["en", "id"])
def test_records_of_another_version_are_said_to_be(store, monkeypatch, change, language):
    with duckdb.connect(str(store.records)) as connection:
        connection.execute(change)
    monkeypatch.setenv("LC_ALL", {"en": "C", "id": "id_ID.UTF-8"}[language])
    for command in (["publish"], ["check"]):
        said = run(store, *command)
        assert said.exit_code == 1
        assert {"en": "another version", "id": "versi lain"}[language] in line(said.stderr)
    with pytest.raises(StoreUnusable):
        open_records(store)


LIMITED = (
    "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    " resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
    " sys.argv = ['analytics', *sys.argv[2:]]; runpy.run_module('analytics', run_name='__main__')"
)


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are those of POSIX")
@pytest.mark.parametrize(
    ("limit", "language"), [(0, "en"), (4_096, "id"), (300_000, "en"), (1_500_000, "id")]
)
def test_a_full_disk_is_said_and_what_was_shown_is_shown_still(store, language, limit):
    newest, _ = newest_and_before(store)
    environment = os.environ | {"LC_ALL": {"en": "C", "id": "id_ID.UTF-8"}[language]}
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), "publish", "--store", str(store.path)],
        cwd=ROOT,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1, said.stderr
    assert "Traceback" not in said.stderr
    assert {"en": "The disk is full", "id": "Diska penuh"}[language] in line(said.stderr)
    assert open_snapshot(store).id == newest
    assert {path.suffix for path in store.snapshots.iterdir()} == {".duckdb", ".json"}
    assert {path.name for path in store.path.iterdir()} == {
        "current",
        "records.duckdb",
        "snapshots",
    }


@pytest.mark.parametrize("coerced", ["0", "1"])
def test_a_terminal_set_to_ascii_gets_names_as_utf_8(store, coerced):
    environment = os.environ | {
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": coerced,
        "PYTHONUTF8": coerced,
    }
    command = [sys.executable, "-m", "analytics", "metrics"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
    assert said.returncode == 0, said.stderr
    assert "JP" in said.stdout.decode("utf-8")


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_sentences_are_translated(language):
    said = text(language).retell(of_snapshots.damaged("20260101-000000-abcdef").args[0])
    assert ("rusak" in said) == (language == "id")
