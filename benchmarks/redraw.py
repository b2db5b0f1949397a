"""How long from a choice of a kabupaten in the Place filter until the last chart is drawn, in Chromium."""

from __future__ import annotations

import pickle
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from playwright.sync_api import Browser, Page

from analytics.answers import open_snapshot
from analytics.schema import BEFORE_NAME
from analytics.store.records import Store
from benchmarks.served import serving
from tests.browser.served import open_page, settle

BENCHMARKS = Path(__file__).parent
PAGES = ("overview", "performance_trends", "training_coverage")
PATIENCE = 60  # seconds
WINDOW: Any = {"width": 1440, "height": 900}
CHOICE = "Choice {:02}"  # as precomputed.py and empty.py write theirs
CHART = '[data-testid="stPlotlyChart"]'
FILTER = '[data-testid="stMain"] input[role="combobox"][aria-label*="Place"]'

# Charts are drawn when nothing in them has changed for a while after the Enter that chose.
WATCH = """(watched) => {
  window.chosen = null; window.drawn = null; window.changed = performance.now();
  const main = document.querySelector('[data-testid="stMain"]');
  document.addEventListener('keydown', event => {
    if (event.key === 'Enter') { window.chosen = performance.now(); window.drawn = null; }
  }, true);
  const within = node => node.nodeType === 1 && (node.closest(watched) || node.querySelector(watched));
  new MutationObserver(records => {
    const now = performance.now();
    window.changed = now;
    if (records.some(r => r.target.closest?.(watched) || r.target.parentElement?.closest(watched)
        || [...r.addedNodes].some(within))) window.drawn = now;
  }).observe(main, {subtree: true, childList: true, attributes: true, characterData: true});
}"""
QUIET = "performance.now() - Math.max(window.changed, window.chosen) > 1200"

FIGURES = """() => [...document.querySelectorAll('.js-plotly-plot')].map(graph => JSON.parse(
  JSON.stringify({data: graph.data, layout: graph.layout}, (key, value) =>
    key.startsWith('_') ? undefined
    : ArrayBuffer.isView(value) ? Array.from(value) : value)))"""
CONTENT = ("height", "barmode", "shapes", "annotations")
"""What of a layout belongs to the figures rather than to the look."""


@dataclass(frozen=True)
class Redraw:
    """Median milliseconds from choice to drawn: the dashboard, precomputed figures, an empty page."""

    page: str
    charts: int
    ours: float
    precomputed: float
    empty: float


def kabupaten(store: Store, count: int) -> list[str]:
    """So many kabupaten as the Place filter writes them: every picture of a page shows them."""
    places = open_snapshot(store).places
    names = dict(zip(places["code"], places["name"], strict=True))
    found = places[(places["level"] == "government") & (places["region_kind"] == "kabupaten")]
    if len(found) < count:
        raise RuntimeError(f"The store has {len(found)} kabupaten for {count} choices.")
    return [
        f"{_bare(names[province])} › {_bare(name)}"
        for province, name in zip(found["province"], found["name"], strict=True)
    ][:count]


def _bare(name: str) -> str:
    return BEFORE_NAME.sub("", name)


def choose(page: Page, label: str) -> float | None:
    """Choose a place by keyboard; milliseconds until drawn, None where no chart changed."""
    page.bring_to_front()
    page.locator(FILTER).first.click()
    page.keyboard.type(label)
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    until = time.monotonic() + PATIENCE
    while not page.evaluate(QUIET):  # wait_for_function needs eval, which our headers forbid
        if time.monotonic() > until:
            raise TimeoutError(f"{page.url} does not come to rest")
        page.wait_for_timeout(100)
    settle(page)
    return page.evaluate("window.drawn && window.drawn - window.chosen")


def record_figures(browser: Browser, store: Store, places: list[str], scratch: Path) -> Path:
    """What the dashboard draws after each choice, as default-themed figures in a pickle."""
    found: dict[str, list[list[go.Figure]]] = {}
    with serving("dashboard.py", scratch, store=store) as address:
        for name in PAGES:
            page = browser.new_page(viewport=WINDOW)
            open_page(page, address, name, "lang=en")
            page.evaluate(WATCH, CHART)
            found[name] = [_figures(page)]
            for place in places:
                choose(page, place)
                found[name].append(_figures(page))
            page.close()
    path = scratch / "figures.pickle"
    path.write_bytes(pickle.dumps(found))
    return path


def _figures(page: Page) -> list[go.Figure]:
    return [
        go.Figure(
            data=drawn["data"],
            layout={name: drawn["layout"][name] for name in CONTENT if name in drawn["layout"]},
            skip_invalid=True,
        )
        for drawn in page.evaluate(FIGURES)
    ]


def measure(browser: Browser, store: Store, choices: int, scratch: Path) -> list[Redraw]:
    """One Redraw per page. The three pages take turns, so that a busy machine slows them alike."""
    places = kabupaten(store, choices)
    plain = [CHOICE.format(number) for number in range(1, choices + 1)]
    figures = record_figures(browser, store, places, scratch)
    with (
        serving("dashboard.py", scratch, store=store) as ours,
        serving(BENCHMARKS / "precomputed.py", scratch, str(figures)) as precomputed,
        serving(BENCHMARKS / "empty.py", scratch) as empty,
    ):
        found = []
        for name in PAGES:
            opened = [
                _opened(browser, f"{ours}/{name}?lang=en", CHART),
                _opened(browser, f"{precomputed}/?page={name}", CHART),
                _opened(browser, empty, '[data-testid="stMarkdown"]'),
            ]
            charts = opened[0].locator(CHART).count()
            turns = [
                [choose(page, label) for page, label in zip(opened, labels, strict=True)]
                for labels in zip(places, plain, plain, strict=True)
            ]
            middles = [_median(name, times) for times in zip(*turns, strict=True)]
            found.append(Redraw(name, charts, *middles))
            print(f"measured {name}", file=sys.stderr, flush=True)
            for page in opened:
                page.close()
    return found


def _opened(browser: Browser, url: str, watched: str) -> Page:
    page = browser.new_page(viewport=WINDOW)
    page.goto(url, wait_until="domcontentloaded")
    settle(page)
    page.locator(watched).first.wait_for()
    page.evaluate(WATCH, watched)
    return page


def _median(name: str, times: tuple[float | None, ...]) -> float:
    seen = [time for time in times if time is not None]
    if len(seen) * 2 < len(times):
        raise RuntimeError(f"{name}: only {len(seen)} of {len(times)} choices changed a chart.")
    return statistics.median(seen)
