"""An import or a publish that is killed leaves all or nothing; for many more kills: tests.intake.kill."""

from __future__ import annotations

from pathlib import Path

from analytics.store.records import Store, open_records
from tests.intake.kill import kills

TIMES = 3


def test_killed_imports_and_publishes_are_whole_or_not_at_all_and_can_be_done_again(
    tmp_path: Path,
) -> None:
    seen = kills(tmp_path, TIMES, seed=7)

    assert seen.killed.total() == TIMES


def test_what_a_killed_first_import_left_of_a_store_is_cleared(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.path.mkdir()
    (store.path / "records.abc123.part").write_bytes(b"half a file")
    open_records(store).close()

    assert [path.name for path in store.path.iterdir()] == ["records.duckdb"]
