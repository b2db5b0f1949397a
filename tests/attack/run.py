"""Attack many random stores, or a demo: `python -m tests.attack.run --stores 200 --seed 1`.

Prints a line for each store, then a table in Markdown. `--demo 20000` attacks a demo of so many
people instead, `--file` a file that is there already (without the truth).
"""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalSubscript=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from time import monotonic

import pandas as pd

from analytics.audit import audit
from analytics.store.demo import make
from analytics.store.records import Store
from analytics.store.snapshots import NotPublished, publish, snapshot_path
from tests.attack.attack import Report, attack, describe_file
from tests.attack.stores import random_published

WAYS = ("shown", "propagation", "together", "solver")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--demo", type=int, nargs="*", default=[])
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--file", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="of the solver, a table and year"
    )
    parser.add_argument("--no-programs", action="store_true", help="the fast part alone")
    given = parser.parse_args()
    os.environ.setdefault("ASN_STORE", str(Path(tempfile.gettempdir()) / "no-store"))
    rows = []
    for seed in range(given.seed, given.seed + given.stores):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_random(Path(folder), seed, given))
    for people in given.demo:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_demo(Path(folder), people, given))
    rows += [_file(path, given) for path in given.file]
    print()
    print(table(rows))


def _random(folder: Path, seed: int, given: argparse.Namespace) -> dict:
    began = monotonic()
    store, records = random_published(folder / "store", seed)
    people = records["employee"]["employee_id"].nunique()
    name = f"random store {seed}, {people} people" + (", recaps" if "recap" in records else "")
    try:
        path = snapshot_path(store, publish(store))
    except NotPublished as found:
        return _line({"store": name, "note": f"not published: {str(found)[:80]}"})
    published = monotonic() - began
    report = attack(path, records, programs=not given.no_programs, seconds=given.seconds)
    return _line(_row(name, path, report, published, monotonic() - began - published))


def _demo(folder: Path, people: int, given: argparse.Namespace) -> dict:
    store = Store(folder / "store")
    make(store, people=people, months=given.months)
    began = monotonic()
    path = snapshot_path(store, publish(store))
    published = monotonic() - began
    report = attack(path, programs=not given.no_programs, seconds=given.seconds)
    name = f"demo, {people} people × {given.months} months"
    return _line(_row(name, path, report, published, monotonic() - began - published))


def _file(path: Path, given: argparse.Namespace) -> dict:
    began = monotonic()
    problems = audit(path)
    fast = monotonic() - began
    print("\n".join(problems[:40]))
    report = attack(path, programs=not given.no_programs, seconds=given.seconds)
    return _line(_row(path.name, path, report, fast, monotonic() - began - fast))


def _row(name: str, path: Path, report: Report, published: float, attacked: float) -> dict:
    cells, withheld = describe_file(path)
    found = report.violations
    ways = found["how"].value_counts() if len(found) else pd.Series(dtype=int)
    return {
        "store": name,
        "cells": cells,
        "withheld": withheld,
        "counts tried": report.withheld,
        "programs": report.targets,
        **{way: int(ways.get(way, 0)) for way in WAYS},
        "real": len(report.real),
        "beside": len(report.shown),
        "undecided": report.undecided,
        "publish s": round(published, 1),
        "attack s": round(attacked, 1),
    }


def _line(row: dict) -> dict:
    print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return row


def table(rows: list[dict]) -> str:
    """The rows in Markdown, with their sums below."""
    frame = pd.DataFrame(rows)
    if frame.empty:
        return ""
    numbers = [name for name in frame.columns if name not in ("store", "note")]
    total = {"store": f"**all {len(frame)}**"} | {
        name: round(float(frame[name].sum()), 1) for name in numbers
    }
    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * len(frame.columns)]
    for row in [*frame.to_dict("records"), total]:
        cells = [_cell(row.get(name)) for name in frame.columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return f"{int(value):,}"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
