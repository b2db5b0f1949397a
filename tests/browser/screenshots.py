"""Pictures of every page for the documents: `make screenshots` writes docs/screenshots/."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser  # noqa: E402

from analytics.store.demo import make  # noqa: E402
from analytics.store.records import Store  # noqa: E402
from analytics.store.snapshots import publish  # noqa: E402
from tests.browser.served import PAGES, chromium_browser, open_page, server  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
PEOPLE = 20_000
MONTHS = 24
DESKTOP = (1440, 900)
PHONE = (390, 844)
IN_ENGLISH = ("overview", "performance_trends", "training_coverage", "resistance_to_change")
LARGEST = 250_000
"""Bytes of one picture: the set is part of every clone."""

DRAWN_MS = 600
"""Charts fade in after the page has settled."""


@dataclass(frozen=True)
class Sitting:
    """Pages photographed in one language, theme and window size."""

    language: str
    theme: str
    window: tuple[int, int]
    pages: tuple[str, ...] = PAGES

    def file_name(self, name: str) -> str:
        return f"{name}-{self.language}-{self.theme}-{self.window[0]}.png"


SITTINGS = (
    Sitting("id", "light", DESKTOP),
    Sitting("id", "dark", DESKTOP),
    Sitting("en", "light", DESKTOP, IN_ENGLISH),
    Sitting("id", "light", PHONE),
)


@contextmanager
def shown_store(folder: Path) -> Iterator[Store]:
    """The published store that ASN_STORE names, or else a demo store made in the folder."""
    named = os.environ.get("ASN_STORE")
    if named and (Path(named) / "current").exists():
        yield Store(Path(named))
        return
    store = Store(folder / "store")
    print(f"Making a demo store of {PEOPLE:,} people and {MONTHS} months …", flush=True)
    make(store, people=PEOPLE, months=MONTHS)
    publish(store)
    yield store


def photograph(browser: Browser, address: str, sitting: Sitting, folder: Path) -> list[Path]:
    """Write one picture per page of a sitting; returns their paths."""
    width, height = sitting.window
    context = browser.new_context(
        color_scheme="dark" if sitting.theme == "dark" else "light",
        viewport={"width": width, "height": height},
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    paths = []
    for name in sitting.pages:
        page = context.new_page()
        open_page(page, address, name, f"lang={sitting.language}")
        page.wait_for_timeout(DRAWN_MS)
        path = folder / sitting.file_name(name)
        page.screenshot(path=path)
        page.close()
        paths.append(path)
        print(path.name, flush=True)
    context.close()
    return paths


def main() -> int:
    """Write the whole set; returns 1 where a picture is larger than it may be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("No Chromium on this machine.")
    with tempfile.TemporaryDirectory() as scratch, shown_store(Path(scratch)) as store:
        log = Path(scratch) / "server.log"
        with server(store, log) as address, chromium_browser(chromium) as browser:
            paths = [
                path
                for sitting in SITTINGS
                for path in photograph(browser, address, sitting, FOLDER)
            ]
    large = [path for path in paths if path.stat().st_size > LARGEST]
    for path in large:
        print(f"{path.name}: {path.stat().st_size:,} bytes, at most {LARGEST:,}", file=sys.stderr)
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main())
