"""Streamlit servers in processes of their own, and how long they take to answer."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from analytics.store.records import Store

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds


@contextmanager
def serving(
    script: Path | str, scratch: Path, *arguments: str, store: Store | None = None
) -> Iterator[str]:
    """Address of a Streamlit script once it answers. With a store it is the dashboard's own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    settings = ["--server.headless=true", "--browser.gatherUsageStats=false"]
    settings += ["--server.address=127.0.0.1", f"--server.port={port}"]
    log = scratch / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *settings, "--", *arguments],
            # Streamlit takes its theme from the working folder: only the dashboard gets ours.
            cwd=ROOT if store else scratch,
            env=os.environ | ({"ASN_STORE": str(store.path.resolve())} if store else {}),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, f"{address}/ready" if store else f"{address}/_stcore/health", log)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen, url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)  # nothing listens yet
        else:
            time.sleep(0.02)
    raise RuntimeError(log.read_text(errors="replace"))


def seconds_until_ready(store: Store, times: int, scratch: Path) -> tuple[float, float]:
    """Median seconds from starting the process to its first answer: dashboard, empty page."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        begun = time.perf_counter()
        with serving("dashboard.py", scratch, store=store):
            taken[0].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        with serving(ROOT / "benchmarks" / "empty.py", scratch):
            taken[1].append(time.perf_counter() - begun)
    return statistics.median(taken[0]), statistics.median(taken[1])
