"""The command line over snapshots that were made under older disclosure rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analytics.__main__ import app
from analytics.answers import SERVE_UNSAFE
from analytics.store.records import Store
from analytics.store.snapshots import current_id, manifest_of, publish
from tests.builder import random_store
from tests.version_two import of_older_protection

WORKED_OUT = "small groups of people could be worked out"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small random store of every table, published."""
    store = random_store(tmp_path_factory.mktemp("records"), seed=7)
    publish(store)
    return store


@pytest.fixture
def old(published: Store, tmp_path: Path) -> Store:
    """A copy of it whose snapshot was made under older rules."""
    return of_older_protection(published, tmp_path / "old")


def run(store: Store, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--store", str(store.path)])


def written(result: Result) -> str:
    return " ".join(result.output.split())


def test_ask_ends_with_two_and_says_what_to_run(old):
    asked = run(old, "ask", "training_coverage")
    assert asked.exit_code == 2
    assert WORKED_OUT in written(asked)
    assert "python -m analytics publish" in written(asked)
    assert f"{SERVE_UNSAFE}=1" in written(asked)


def test_ask_answers_where_it_is_told_to(old, monkeypatch):
    monkeypatch.setenv(SERVE_UNSAFE, "1")
    assert run(old, "ask", "training_coverage").exit_code == 0


def test_check_ends_with_one_and_publishing_again_mends_it(old):
    before = str(current_id(old))
    checked = run(old, "check")
    assert checked.exit_code == 1
    assert f"Snapshot {before} is not safe by today's disclosure rules" in written(checked)
    assert "publish again with `python -m analytics publish`" in written(checked)

    again = run(old, "publish")
    assert again.exit_code == 0, again.output
    checked = run(old, "check")
    assert checked.exit_code == 0, checked.output
    assert f"Snapshot {before} is not safe" in written(checked)
    assert "kept for roll-back only" in written(checked)


def test_check_says_so_also_where_the_server_is_told_to_serve_it(old, monkeypatch):
    monkeypatch.setenv(SERVE_UNSAFE, "1")
    assert run(old, "check").exit_code == 1


def test_rollback_refuses_unless_it_is_told(old):
    before = str(current_id(old))
    publish(old)
    safe = str(current_id(old))
    refused = run(old, "rollback", before)
    assert refused.exit_code == 1
    assert WORKED_OUT in written(refused)
    assert "--unsafe" in written(refused)
    assert current_id(old) == safe

    assert run(old, "rollback", before, "--unsafe").exit_code == 0
    assert current_id(old) == before
    assert run(old, "rollback", safe).exit_code == 0


def test_what_is_published_now_is_of_the_protection_of_now(published):
    assert manifest_of(published, str(current_id(published))).protection == 2


def test_a_missing_snapshot_is_never_said_to_be_replaced_by_an_unsafe_one(old):
    old.pointer.write_text("20200101-000000-abcdef\n")
    asked = run(old, "ask", "training_coverage")
    assert "rollback" not in written(asked)
    assert "python -m analytics publish" in written(asked)
