"""Measures the dashboard against its budgets: `make bench`, or parts of it with --only."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, str(ROOT))

from analytics.store.records import Store  # noqa: E402
from benchmarks import redraw  # noqa: E402
from benchmarks.files import write_files, write_workbook  # noqa: E402
from benchmarks.served import seconds_until_ready, serving  # noqa: E402
from tests.browser.served import chromium_browser, open_page  # noqa: E402

OUT = ROOT / "benchmarks" / "out"
PARTS = ("publish", "studies", "import", "ready", "redraw")
READY_BUDGET = 2.0  # seconds
FIRST_START_BUDGET = 20.0  # seconds
REDRAW_BUDGET = 1.0  # times the precomputed page
STUDIES_BUDGET = 2.0  # times publishing the cells alone
STUDIES_MEMORY = 8000.0  # MB
IMPORT_BUDGET = 4.0  # times DuckDB's bare read of the same file, publishing included
IMPORT_MEMORY = 2000.0  # MB
WORKBOOK_BUDGET = 3.0  # times fastexcel's bare read of the same file


@dataclass(frozen=True)
class Line:
    """One row of the table; empty where there is nothing to compare with."""

    what: str
    measured: str
    ratio: str = ""
    budget: str = ""
    kept: str = ""


@dataclass(frozen=True)
class Taken:
    """What a step took: seconds from start to end, seconds of processors, peak MB of memory."""

    seconds: float
    processor: float
    megabytes: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s ({self.processor:.1f} s of processors),"
            f" peak {self.megabytes:,.0f} MB"
        )

    def then(self, other: Taken) -> Taken:
        """This step and another after it."""
        return Taken(
            self.seconds + other.seconds,
            self.processor + other.processor,
            max(self.megabytes, other.megabytes),
        )

    def times(self, other: Taken) -> str:
        """How many times another step this one took."""
        ratio = self.seconds / other.seconds
        return f"{ratio:.1f} × bare ({self.processor / other.processor:.1f} × of processors)"


def step(name: str, *arguments: str | Path | int) -> Taken:
    """What one step of `build.py` took, its children included."""
    command = [sys.executable, str(ROOT / "benchmarks" / "build.py"), name]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, *map(str, arguments)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name} ended with exit code {process.returncode}.")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return Taken(
        time.perf_counter() - begun,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * unit / 1e6,
    )


def publish_lines(store: Store, people: int, months: int, scratch: Path, path: str) -> list[Line]:
    """Make, publish and open the first page of a new store."""
    size = f"{people:,} people × {months} months"
    made = step("make", store.path, people, months)
    published = step("publish", store.path)
    begun = time.perf_counter()
    with (
        serving("dashboard.py", scratch, store=store) as address,
        chromium_browser(path) as browser,
    ):
        open_page(browser.new_page(), address, "overview", "lang=id")
        total = made.then(published).seconds + time.perf_counter() - begun
    megabytes = sum(file.stat().st_size for file in store.snapshots.glob("*.duckdb")) / 1e6
    return [
        Line(f"demo records made, {size}", str(made)),
        Line(f"publish, {size}", str(published)),
        Line(f"snapshot file, {size}", f"{megabytes:,.0f} MB"),
        Line(
            f"first start to drawn overview, {size}",
            f"{total:.1f} s",
            budget=f"≤ {FIRST_START_BUDGET:g} s",
            kept=verdict(total, FIRST_START_BUDGET),
        ),
    ]


def studies_lines(people: int, months: int, scratch: Path) -> list[Line]:
    """A new store published without its studies, and with them."""
    store = scratch / "studied"
    step("make", store, people, months)
    cells, whole = step("publish_cells", store), step("publish", store)
    shutil.rmtree(store)
    size = f"{people:,} people × {months} months"
    ratio = whole.seconds / cells.seconds
    return [
        Line(f"publish without studies, {size}", str(cells)),
        Line(
            f"publish with studies, {size}",
            str(whole),
            f"{ratio:.2f} × without ({whole.processor / cells.processor:.2f} × of processors)",
            f"≤ {STUDIES_BUDGET:g} ×, ≤ {STUDIES_MEMORY:,.0f} MB",
            verdict(max(ratio / STUDIES_BUDGET, whole.megabytes / STUDIES_MEMORY), 1.0),
        ),
    ]


def import_lines(people: int, months: int, sheet_rows: int, scratch: Path) -> list[Line]:
    """Files imported into new stores and published, against bare reads of the same files."""
    write_files(scratch, people, months)
    store = scratch / "loaded"
    step("load", store, scratch / "agency.csv", scratch / "employee.csv")
    lines = []
    for name in ("clean", "bad"):
        copy = shutil.copytree(store, scratch / name)
        shutil.copy(store.with_suffix(".key"), copy.with_suffix(".key"))
        lines += text_lines(scratch / f"{name}.csv", copy, people * months)
        shutil.rmtree(copy)
        if name == "clean":
            write_workbook(scratch, sheet_rows)
        (scratch / f"{name}.csv").unlink()
    return lines + workbook_lines(scratch / "clean.xlsx", store, sheet_rows)


def text_lines(file: Path, store: Path, rows: int) -> list[Line]:
    """A CSV file into a store that has its agencies and people, and on to a snapshot."""
    bare = step("bare_text", file)
    loaded = step("load", store, file)
    total = loaded.then(step("publish", store))
    what = f"{rows:,} rows of CSV ({file.stem})"
    return [
        Line(f"{what}, bare read_csv into a table", str(bare)),
        Line(
            f"{what}, checked and loaded",
            str(loaded),
            loaded.times(bare),
            f"≤ {IMPORT_MEMORY:,.0f} MB",
            verdict(loaded.megabytes, IMPORT_MEMORY),
        ),
        Line(
            f"{what}, checked, loaded and published",
            str(total),
            total.times(bare),
            f"≤ {IMPORT_BUDGET:g} × bare",
            verdict(total.seconds / bare.seconds, IMPORT_BUDGET),
        ),
    ]


def workbook_lines(file: Path, store: Path, rows: int) -> list[Line]:
    """A workbook of so many rows into a store that has its agencies and people."""
    bare = step("bare_workbook", file)
    loaded = step("load", store, file)
    return [
        Line(f"{rows:,} rows of XLSX, fastexcel alone", str(bare)),
        Line(
            f"{rows:,} rows of XLSX, checked and loaded",
            str(loaded),
            loaded.times(bare),
            f"≤ {WORKBOOK_BUDGET:g} × bare",
            verdict(loaded.seconds / bare.seconds, WORKBOOK_BUDGET),
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
    parser.add_argument("--sheet-rows", type=int, default=500_000, help="rows of the workbook")
    parser.add_argument("--store", type=Path, help="a published store for `ready` and `redraw`")
    return parser.parse_args()


def measure(asked: argparse.Namespace, scratch: Path) -> list[Line]:
    """The lines of every part asked for; makes a store where none is given."""
    parts = asked.only or PARTS
    lines: list[Line] = []
    if "import" in parts:
        lines += import_lines(asked.people, asked.months, asked.sheet_rows, scratch)
    if "studies" in parts:
        lines += studies_lines(asked.people, asked.months, scratch)
    if set(parts) - {"import", "studies"}:
        lines += drawn_lines(asked, parts, scratch)
    return lines


def drawn_lines(asked: argparse.Namespace, parts: Sequence[str], scratch: Path) -> list[Line]:
    """The lines of the parts that need a browser and a published store."""
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
