"""Measures the dashboard against its budgets: `make bench`, or parts of it with --only."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, str(ROOT))

from analytics.store.records import Store  # noqa: E402
from benchmarks import redraw  # noqa: E402
from benchmarks.served import seconds_until_ready, serving  # noqa: E402
from tests.browser.served import chromium_browser, open_page  # noqa: E402

OUT = ROOT / "benchmarks" / "out"
PARTS = ("publish", "ready", "redraw")
READY_BUDGET = 2.0  # seconds
FIRST_START_BUDGET = 20.0  # seconds
REDRAW_BUDGET = 1.0  # times the precomputed page


@dataclass(frozen=True)
class Line:
    """One row of the table; empty where there is nothing to compare with."""

    what: str
    measured: str
    ratio: str = ""
    budget: str = ""
    kept: str = ""


def step(name: str, store: Store, people: int, months: int) -> tuple[float, float]:
    """Seconds and peak MB of one step of building the store."""
    command = [sys.executable, str(ROOT / "benchmarks" / "build.py"), name]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, str(store.path), str(people), str(months)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name} ended with exit code {process.returncode}.")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return time.perf_counter() - begun, usage.ru_maxrss * unit / 1e6


def publish_lines(store: Store, people: int, months: int, scratch: Path, path: str) -> list[Line]:
    """Make, publish and open the first page of a new store."""
    size = f"{people:,} people × {months} months"
    made, made_mb = step("make", store, people, months)
    published, published_mb = step("publish", store, people, months)
    begun = time.perf_counter()
    with (
        serving("dashboard.py", scratch, store=store) as address,
        chromium_browser(path) as browser,
    ):
        open_page(browser.new_page(), address, "overview", "lang=id")
        total = made + published + time.perf_counter() - begun
    megabytes = sum(file.stat().st_size for file in store.snapshots.glob("*.duckdb")) / 1e6
    return [
        Line(f"demo records made, {size}", f"{made:.1f} s, peak {made_mb:,.0f} MB"),
        Line(f"publish, {size}", f"{published:.1f} s, peak {published_mb:,.0f} MB"),
        Line(f"snapshot file, {size}", f"{megabytes:,.0f} MB"),
        Line(
            f"first start to drawn overview, {size}",
            f"{total:.1f} s",
            budget=f"≤ {FIRST_START_BUDGET:g} s",
            kept=verdict(total, FIRST_START_BUDGET),
        ),
    ]


def ready_lines(store: Store, times: int, scratch: Path) -> list[Line]:
    """Server ready, against a Streamlit server with an empty page."""
    ours, empty = seconds_until_ready(store, times, scratch)
    return [
        Line(
            "server ready (process started → /ready)",
            f"{ours:.2f} s; empty Streamlit {empty:.2f} s",
            f"{ours / empty:.2f} × empty",
            f"≤ {READY_BUDGET:g} s",
            verdict(ours, READY_BUDGET),
        )
    ]


def redraw_lines(store: Store, times: int, scratch: Path, path: str) -> list[Line]:
    """Filter change to charts drawn, against precomputed figures and an empty page."""
    with chromium_browser(path) as browser:
        found = redraw.measure(browser, store, times, scratch)
    return [
        Line(
            f"filter change → charts drawn, {one.page} (charts: {one.charts})",
            f"{one.ours:.0f} ms; precomputed {one.precomputed:.0f} ms; empty {one.empty:.0f} ms",
            f"{one.ours / one.precomputed:.2f} × precomputed, {one.ours / one.empty:.1f} × empty",
            f"≤ {REDRAW_BUDGET:.1f} × precomputed",
            verdict(one.ours / one.precomputed, REDRAW_BUDGET),
        )
        for one in found
    ]


def verdict(measured: float, budget: float) -> str:
    """Whether a budget is kept, in a word."""
    return "yes" if measured <= budget else "no"


def table(lines: list[Line]) -> str:
    """The lines as a Markdown table."""
    head = ["| what | measured | ratio | budget | kept |", "|---|---|---|---|---|"]
    rows = [f"| {x.what} | {x.measured} | {x.ratio} | {x.budget} | {x.kept} |" for x in lines]
    return "\n".join([*head, *rows]) + "\n"


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given repeatedly")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--times", type=int, default=7, help="starts and filter changes measured")
    parser.add_argument("--store", type=Path, help="a published store for `ready` and `redraw`")
    return parser.parse_args()


def measure(asked: argparse.Namespace, scratch: Path) -> list[Line]:
    """The lines of every part asked for; makes a store where none is given."""
    parts = asked.only or PARTS
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise SystemExit("No Chromium on this machine: install it to measure what is drawn.")
    built = Store(scratch / "store")
    store = Store(asked.store) if asked.store else built
    lines: list[Line] = []
    if "publish" in parts or not asked.store:
        lines += publish_lines(built, asked.people, asked.months, scratch, path)
    if "ready" in parts:
        lines += ready_lines(store, asked.times, scratch)
    if "redraw" in parts:
        lines += redraw_lines(store, asked.times, scratch, path)
    return lines


def main() -> None:
    """Measure, print the table, and keep it in benchmarks/out/."""
    asked = options()
    with tempfile.TemporaryDirectory() as scratch:
        lines = measure(asked, Path(scratch))
    moment = datetime.now(UTC)
    told = (
        f"{moment:%Y-%m-%d}, {os.cpu_count()} cores, "
        f"`python benchmarks/run.py {' '.join(sys.argv[1:])}`\n\n{table(lines)}"
    )
    OUT.mkdir(exist_ok=True)
    (OUT / f"{moment:%Y%m%d-%H%M%S}.md").write_text(told, encoding="utf-8")
    print(told)


if __name__ == "__main__":
    main()
