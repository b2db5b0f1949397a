"""The dashboard as readers get it: a real server on loopback and a real Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from analytics.store.records import Store
from analytics.ui.catalogue import BY_NAME

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(BY_NAME)
BUSY = '[data-testid="stStatusWidget"], [data-testid="stSkeleton"]'
LAUNCH = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@contextmanager
def server(store: Store, log: Path, *arguments: str, root: Path = ROOT) -> Iterator[str]:
    """Address of the dashboard serving a store, from `streamlit run dashboard.py` on a free port.

    `arguments` are what stands after the `--` of the command, `root` is where the project lies.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard.py",
        "--server.headless",
        "true",
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.port", str(port), "--", *arguments],
            cwd=root,
            env=os.environ | {"ASN_STORE": str(store.path)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                if httpx.get(f"{address}/ready", timeout=5).status_code in (200, 503):
                    break
            except httpx.TransportError:
                if time.monotonic() > until or process.poll() is not None:
                    raise RuntimeError(log.read_text(errors="replace")) from None
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def chromium_browser(path: str) -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(LAUNCH))
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page asked for and complained of while it was open."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Seen:
        seen = cls()
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                seen.complaints.append(message.text) if message.type == "error" else None
            ),
        )
        return seen

    def foreign(self, address: str) -> list[str]:
        own = (address, address.replace("http", "ws", 1), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


def open_page(page: Page, address: str, name: str, query: str) -> None:
    """Open a page of the dashboard and wait until it has drawn itself."""
    page.goto(f"{address}/{name}?{query}", wait_until="domcontentloaded")
    settle(page)


def settle(page: Page) -> None:
    """Wait until the title stands and nothing has been busy for a while."""
    page.wait_for_selector('[data-testid="stMain"] h1', timeout=60_000)
    quiet = 0
    for _ in range(300):
        quiet = 0 if page.locator(BUSY).count() else quiet + 1
        if quiet >= 5:
            return
        page.wait_for_timeout(120)
    raise TimeoutError(f"{page.url} is still busy")
