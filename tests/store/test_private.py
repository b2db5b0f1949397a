"""What a store holds is its owner's alone, and killed runs leave no unprotected sums."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analytics.__main__ import app
from analytics.store.records import WORK, WORK_FILE, Store, clear_abandoned, work_folder
from analytics.store.snapshots import publish
from tests.builder import random_store

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def work_folders(store: Store) -> list[Path]:
    return list(store.path.glob(f"{WORK}*"))


def started(store: Store) -> subprocess.Popen:
    """A publish of another process that has begun its sums."""
    command = [sys.executable, "-m", "analytics", "publish", "--store", str(store.path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not [folder for folder in work_folders(store) if (folder / WORK_FILE).exists()]:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.005)
    return process


def test_folders_are_made_700_and_files_600(tmp_path):
    before = os.umask(0o022)
    try:
        store = random_store(tmp_path / "store", 7, people=60, months=3, agencies=2)
        publish(store)
    finally:
        os.umask(before)
    found = {path: mode(path) for path in (store.path, *store.path.rglob("*"))}
    assert {
        path for path, of in found.items() if of != (0o700 if path.is_dir() else 0o600)
    } == set()


def test_sums_of_a_publish_are_private_and_outside_the_snapshots(tmp_path):
    store = random_store(tmp_path / "store", 7, people=60, months=3, agencies=2)
    process = started(store)
    try:
        [folder] = work_folders(store)
        assert mode(folder) == 0o700
        assert {mode(path) for path in folder.rglob("*") if path.is_file()} == {0o600}
        assert not store.snapshots.exists() or not list(store.snapshots.glob("*work*"))
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("command", [["snapshots"], ["check"], ["ask", "training_coverage"]])
def test_the_next_command_removes_the_sums_of_a_killed_publish(tmp_path, command):
    store = random_store(tmp_path / "store", 7, people=60, months=3, agencies=2)
    process = started(store)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert work_folders(store)
    CliRunner().invoke(app, [*command, "--store", str(store.path)])
    assert not work_folders(store)


def test_sums_that_another_process_is_at_work_on_are_left_alone(tmp_path):
    store = random_store(tmp_path / "store", 7, people=60, months=3, agencies=2)
    process = started(store)
    clear_abandoned(store)
    assert work_folders(store) or process.wait() == 0
    assert process.wait() == 0
    with work_folder(store, "own") as folder:
        (folder / WORK_FILE).write_bytes(b"")
        clear_abandoned(store)
        assert folder.is_dir()
    assert not work_folders(store)
