"""Setting up: what `make` does on a machine with uv, with pip only, or with an old Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

FAKE_PYTHON = """#!/bin/sh
echo "$(basename "$0") $*" >> "$FAKE_LOG"
case "$*" in
  "--version") echo "Python 3.9.2" ;;
  *version_info*) exit {version_exit} ;;
  *"-m venv"*) mkdir -p .venv/bin && touch .venv/pyvenv.cfg && cp "$0" .venv/bin/python ;;
  "-m analytics demo") mkdir -p "$ASN_STORE" && touch "$ASN_STORE/current" ;;
esac
"""
FAKE_TOOL = """#!/bin/sh
echo "$(basename "$0") $*${ASN_REQUIRE_BROWSER:+ with a browser}" >> "$FAKE_LOG"
"""
FAKE_SUDO = """#!/bin/sh
shift
exec "$@"
"""
FAKE_UV = """#!/bin/sh
echo "uv $*${UV_COMPILE_BYTECODE:+ compiled}" >> "$FAKE_LOG"
case "$1" in
  venv) mkdir -p .venv/bin && touch .venv/pyvenv.cfg && cp "$FAKE_BIN/python3" .venv/bin/python ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A copy of the Makefile and the requirements, with tools that only write down their calls."""

    folder: Path
    log: Path

    def make(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        tools = self.folder / "tools"
        return subprocess.run(
            ["make", *words],
            cwd=self.folder,
            env={
                "PATH": f"{tools}:/usr/bin:/bin",
                "HOME": os.environ.get("HOME", "/"),
                "FAKE_LOG": str(self.log),
                "FAKE_BIN": str(tools),
                **environment,
            },
            capture_output=True,
            text=True,
        )

    def calls(self) -> list[str]:
        """What was called since the last time, in order."""
        called = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return called


def machine_with(folder: Path, *, uv: bool = False, old_python: bool = False) -> Machine:
    (folder / "tests").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "tests/requirements.txt"):
        shutil.copy(PROJECT / name, folder / name)
    tools = folder / "tools"
    tools.mkdir()
    (tools / "python3").write_text(
        FAKE_PYTHON.replace("{version_exit}", "1" if old_python else "0")
    )
    if uv:
        (tools / "uv").write_text(FAKE_UV)
    for tool in tools.iterdir():
        tool.chmod(0o755)
    return Machine(folder, folder / "calls.log")


START = "-m streamlit run dashboard.py --server.address 127.0.0.1 --server.port"


def test_the_first_run_with_pip_installs_makes_demo_data_and_serves_on_loopback(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh")
    done = machine.make("run")
    assert done.returncode == 0, done.stderr
    assert machine.calls()[1:] == [
        "python3 -m venv .venv",
        "python -m pip --version",
        "python -m pip install --compile --disable-pip-version-check -q -r requirements.txt",
        "python -m analytics demo",
        f"python {START} 8501 --server.headless true",
    ]
    assert "http://127.0.0.1:8501" in done.stdout


def test_the_first_run_with_uv_compiles_bytecode_and_needs_no_other_python(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh", uv=True)
    done = machine.make("run")
    assert done.returncode == 0, done.stderr
    assert machine.calls() == [
        "uv venv --python >=3.11 .venv",
        "uv pip install --python .venv/bin/python -q -r requirements.txt compiled",
        "python -m analytics demo",
        f"python {START} 8501 --server.headless true",
    ]


def test_a_second_run_only_starts_the_server(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh")
    machine.make("run")
    machine.calls()
    machine.make("run", PORT="8642")
    assert machine.calls() == [f"python {START} 8642 --server.headless true"]


def test_a_changed_requirement_is_installed_at_the_next_run(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh", uv=True)
    machine.make("run")
    machine.calls()
    stamp = (machine.folder / ".venv/run.stamp").stat().st_mtime
    os.utime(machine.folder / "requirements.txt", (stamp + 5, stamp + 5))
    machine.make("run")
    assert "uv pip install --python .venv/bin/python -q -r requirements.txt compiled" in (
        machine.calls()
    )


def test_a_store_with_published_data_gets_no_demo_data(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh")
    store = tmp_path / "own store"
    store.mkdir()
    (store / "current").write_text("2026-01-31T080000")
    assert machine.make("run", ASN_STORE=str(store)).returncode == 0
    assert "python -m analytics demo" not in machine.calls()


def test_records_that_are_not_published_yet_are_published_and_never_replaced(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh")
    store = tmp_path / "own"
    store.mkdir()
    (store / "records.duckdb").write_text("imported")
    assert machine.make("run", ASN_STORE=str(store)).returncode == 0
    calls = machine.calls()
    assert "python -m analytics publish" in calls
    assert "python -m analytics demo" not in calls


def test_wheels_carried_by_hand_replace_the_internet(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh", uv=True)
    (machine.folder / "wheelhouse").mkdir()
    (machine.folder / "wheelhouse/duckdb-2.0.0-py3-none-any.whl").touch()
    machine.make("run")
    assert (
        "uv pip install --python .venv/bin/python -q --no-index --find-links wheelhouse"
        " -r requirements.txt compiled"
    ) in machine.calls()


def test_an_old_python_is_named_with_what_to_do(tmp_path: Path):
    machine = machine_with(tmp_path / "fresh", old_python=True)
    done = machine.make("run")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed; python3 is: Python 3.9.2" in done.stdout
    assert "make run PYTHON=python3.12" in done.stdout
    assert not (machine.folder / ".venv").exists()


def test_the_tests_never_see_the_store_in_use():
    planned = subprocess.run(
        ["make", "-n", "test"], cwd=PROJECT, capture_output=True, text=True
    ).stdout
    assert "env -u ASN_STORE .venv/bin/python -m pytest -n 3" in planned


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_every_requirement_is_bounded_and_gives_its_reason(name: str):
    lines = [
        line
        for line in (PROJECT / name).read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith(("#", "-r "))
    ]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[\w.\-]+(\[\w+\])?(==|>=)[\d.]+ +# \S.*", line), line


def run_ci(folder: Path, *fakes: str) -> list[str]:
    """Calls of the CI script on a machine that has only the given tools and the bare system."""
    (folder / "tools").mkdir()
    for name in ("bash", "sh", "dirname", "basename", "id", "env", "timeout"):
        (folder / "tools" / name).symlink_to(str(shutil.which(name)))
    for name in fakes:
        (folder / "tools" / name).write_text(FAKE_SUDO if name == "sudo" else FAKE_TOOL)
        (folder / "tools" / name).chmod(0o755)
    (folder / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci/run", folder / ".ci/run")
    log = folder / "calls.log"
    done = subprocess.run(
        [str(folder / "tools/bash"), ".ci/run"],
        cwd=folder,
        env={"PATH": str(folder / "tools"), "FAKE_LOG": str(log), "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in log.read_text().splitlines() if not line.startswith("python3 ")]


def test_ci_installs_what_a_fresh_machine_lacks(tmp_path: Path):
    assert run_ci(tmp_path, "python3", "make", "apt-get", "sudo") == [
        "apt-get update -q",
        "apt-get install -y -q chromium",
        "make test with a browser",
    ]


def test_ci_installs_nothing_on_a_machine_that_has_it_all(tmp_path: Path):
    assert run_ci(tmp_path, "python3", "make", "chromium") == ["make test with a browser"]


def test_ci_can_be_run_and_names_no_host():
    assert os.access(PROJECT / ".ci/run", os.X_OK)
    assert "://" not in (PROJECT / ".ci/run").read_text(encoding="utf-8")
