"""Killing an import or a publish at random moments, and seeing that nothing is half done.

python -m tests.intake.kill --times 100          kills that often, taking turns, and says what was seen
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analytics.answers import Question, open_snapshot
from analytics.audit import audit
from analytics.intake import import_files
from analytics.store.records import Store
from analytics.store.snapshots import current_id, publish, snapshot_path
from tests.intake.desk import right, write_csv

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, MONTHS, BAD = 300, 20, 40
FIRST_DAY, SECOND_DAY = dt.date(2025, 10, 31), dt.date(2025, 11, 30)

CHILD = """
import datetime as dt, sys
from pathlib import Path
from analytics.intake import import_files
from analytics.store.records import Store
from analytics.store.snapshots import publish
store, day, *files = sys.argv[1:]
print("begun", flush=True)
if files:
    day = dt.date.fromisoformat(day)
    import_files(Store(Path(store)), [Path(f) for f in files], keep_good=True, extracted_on=day)
else:
    publish(Store(Path(store)))
"""

STATE = """
-- One row is a table, a batch, where its rows are, and how many.
SELECT 'standing', batch_id, count(*) FROM appraisal GROUP BY ALL
UNION ALL SELECT 'aside', batch_id, count(*) FROM replaced_appraisal GROUP BY ALL
UNION ALL SELECT source, batch_id, rows_loaded FROM batch
"""
DOUBLED = """
SELECT count(*) FROM (
  SELECT 1 FROM appraisal GROUP BY employee_id, period_end, cycle, rater HAVING count(*) > 1)
"""


@dataclass
class Seen:
    """How the kills went: of each act, how often it was killed, and had ended before it was."""

    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    done_when_killed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Act:
    """What is done and killed: from a folder with a store, with files or, to publish, without."""

    name: str
    base: Path
    day: dt.date
    files: tuple[Path, ...]

    def do(self, store: Store) -> None:
        """Do it here, to its end."""
        if self.files:
            import_files(store, self.files, keep_good=True, extracted_on=self.day)
        else:
            publish(store)

    def begin(self, store: Store) -> subprocess.Popen[str]:
        """Begin it in a process of its own; returns once it is about to work."""
        words = [str(store.path), self.day.isoformat(), *map(str, self.files)]
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with process.stdout as told:
            assert told.readline() == "begun\n"
        return process


def agencies(folder: Path) -> tuple[Path, Path]:
    """Agencies of two kinds in two governments, and people in them."""
    codes = [f"{region}-{kind}" for region in ("15.71", "15.01") for kind in ("A", "B")]
    agency = [right("agency", agency_id=code, region_code=code[:5]) for code in codes]
    people = [
        right("employee", employee_id=f"demo-{n}", agency_id=codes[n % len(codes)])
        for n in range(PEOPLE)
    ]
    return (
        write_csv(folder / "agency.csv", agency),
        write_csv(folder / "employee.csv", people),
    )


def appraisals(path: Path, work_result: str, bad: int) -> Path:
    """Monthly appraisals of everybody; the last `bad` are none that can be loaded."""
    rows = []
    for month in range(MONTHS):
        first = dt.date(2024 + month // 12, month % 12 + 1, 1)
        last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        rows += [
            right(
                "appraisal",
                employee_id=f"demo-{n}",
                period_start=str(first),
                period_end=str(last),
                cycle="monthly",
                work_result=work_result,
            )
            for n in range(PEOPLE)
        ]
    for row in rows[len(rows) - bad :]:
        row["rater"] = "boss"
    return write_csv(path, rows)


def acts(folder: Path) -> list[Act]:
    """The first import of all, one of a later extract, and a publish, each with its store."""
    files = folder / "files"
    files.mkdir()
    agency, employee = agencies(files)
    first = appraisals(files / "appraisal_1.csv", "meets", 0)
    second = appraisals(files / "appraisal_2.csv", "above", BAD)
    loaded = Store(folder / "loaded")
    import_files(loaded, [agency, employee, first], extracted_on=FIRST_DAY)
    publish(loaded)
    return [
        Act("later extract", loaded.path, SECOND_DAY, (second,)),
        Act("publish", loaded.path, SECOND_DAY, ()),
        Act("first import", folder / "none", FIRST_DAY, (agency, employee, first)),
    ]


def fresh(act: Act, folder: Path) -> Store:
    """A store as the act finds it, a copy of its base."""
    store = Store(folder / "store")
    shutil.rmtree(store.path, ignore_errors=True)
    if act.base.exists():
        shutil.copytree(act.base, store.path)
    return store


def state(store: Store) -> list[tuple]:
    """What is loaded, by batch; empty where there are no records yet."""
    if not store.records.exists():
        return []
    with duckdb.connect(str(store.records)) as connection:  # as a next import opens it
        cursor = connection.cursor()
        assert cursor.execute(DOUBLED).fetchall() == [(0,)]
        there = cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if ("replaced_appraisal",) not in there:
            return []
        return sorted(cursor.execute(STATE).fetchall())


def kill(act: Act, folder: Path, after: float, wanted: list[tuple], seen: Seen) -> None:
    """Kill the act some seconds after it has begun, look, and do it again to its end."""
    store = fresh(act, folder)
    before, served = state(store), current_id(store)
    with act.begin(store) as process:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
    (seen.killed if killed else seen.ended)[act.name] += 1
    _look(act, store, before, served, wanted, seen)
    act.do(store)
    assert state(store) == wanted, "done again, it is as if it had not been killed"
    assert not list(store.path.rglob("*.part*"))
    if act.name == "later extract":
        (rejects,) = (store.path / "rejects").iterdir()
        with rejects.open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.DictReader(file))) == BAD


def _look(
    act: Act, store: Store, before: list[tuple], served: str | None, wanted: list[tuple], seen: Seen
) -> None:
    """What a killed act leaves: all or nothing of it, and a snapshot that answers."""
    found = state(store)
    assert found in (before, wanted), "half an import"
    done = found != before
    if served is not None:
        snapshot = open_snapshot(store)
        assert len(snapshot.ask(Question("top_rating_share", level="government")).rows)
        if act.name == "publish" and snapshot.id != served:
            done = True
            assert audit(snapshot_path(store, snapshot.id)) == []
        elif act.name != "publish":
            assert snapshot.id == served
    seen.done_when_killed[act.name] += done


def kills(folder: Path, times: int, seed: int) -> Seen:
    """Kill the acts in turn, so often in all; AssertionError where anything is half done."""
    rng, seen = random.Random(seed), Seen()
    os.environ["ASN_KEY_FILE"] = str(folder / "pseudonym.key")
    planned = acts(folder)
    whole, wanted = {}, {}
    for act in planned:
        store = fresh(act, folder)
        with act.begin(store) as process:
            begun = time.monotonic()
            assert process.wait() == 0
        whole[act.name] = time.monotonic() - begun
        wanted[act.name] = state(store)
    turn = 0
    while seen.killed.total() < times:
        act = planned[turn % len(planned)]
        turn += 1
        # A half at any moment, a half late, where files and transactions are finished.
        earliest = 0.0 if turn % 2 else 0.6
        ended = seen.ended[act.name]
        kill(act, folder, rng.uniform(earliest, 1.05) * whole[act.name], wanted[act.name], seen)
        if seen.ended[act.name] > ended:
            whole[act.name] *= 0.9  # the machine has become faster than when this was measured
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = kills(Path(folder), given.times, given.seed)
    for name in sorted(seen.killed | seen.ended):
        print(
            f"{name}: killed {seen.killed[name]} times, ended before {seen.ended[name]} times,"
            f" found done {seen.done_when_killed[name]} times; nothing was half done"
        )


if __name__ == "__main__":
    main()
