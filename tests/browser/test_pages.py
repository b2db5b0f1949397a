"""Every page, in both languages and both themes, in a real browser on the demo store."""

from __future__ import annotations

import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from python_calamine import CalamineWorkbook

from analytics.text.language import LOCALES
from tests.browser.served import PAGES, ROOT, Seen, open_page, server, settle

pytestmark = pytest.mark.browser

CUT = """() => {
  const cut = [...document.querySelectorAll('[data-testid="stMain"] [data-testid="stPageLink"] a > span')]
    .filter(span => span.scrollWidth > span.clientWidth + 1);
  for (const drawing of document.querySelectorAll('.js-plotly-plot .main-svg')) {
    const box = drawing.getBoundingClientRect();
    for (const words of box.width ? drawing.querySelectorAll('text') : []) {
      const { left, right, width } = words.getBoundingClientRect();
      if (width && (left < box.left - 2 || right > box.right + 2)) cut.push(words);
    }
  }
  return cut.map(one => one.textContent);
}"""
"""Links and words of pictures that do not fit where they stand."""

UPSTREAM = {
    # Streamlit's own markup, not ours to mend.
    "aria-allowed-attr",
    "aria-required-children",
    "aria-required-parent",
    "nested-interactive",
    "scrollable-region-focusable",
    "svg-img-alt",
}

SHORTEST = 16


def sentences_of(language: str) -> set[str]:
    """Whole sentences that belong to one language only: long, without placeholders."""
    with (LOCALES / "id" / "LC_MESSAGES" / "dashboard.po").open("rb") as file:
        catalogue = read_po(file)
    pairs = [(str(m.id), str(m.string)) for m in catalogue if m.id and m.string]
    pairs = [pair for pair in pairs if pair[0] != pair[1] and "{" not in pair[0]]
    english, indonesian = {a for a, _ in pairs}, {b for _, b in pairs}
    own = english - indonesian if language == "en" else indonesian - english
    return {sentence for sentence in own if len(sentence) >= SHORTEST and " " in sentence}


@pytest.fixture(scope="module")
def context(browser):
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


def faults(page) -> list[tuple[str, list[str]]]:
    """Rules of accessibility that the page breaks, each with its first places."""
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], [node["html"][:160] for node in rule["nodes"][:3]])
        for rule in found
        if rule["id"] not in UPSTREAM
    ]


@pytest.mark.parametrize(("language", "theme"), [("id", "light"), ("en", "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_translated_accessible_and_keeps_to_its_own_host_and_width(
    context, address, name, language, theme
):
    page = context.new_page()
    page.emulate_media(color_scheme=theme)
    seen = Seen.of(page)
    open_page(page, address, name, f"lang={language}")
    text = page.locator('[data-testid="stApp"]').inner_text()
    mark = "Data sintetis" if language == "id" else "Synthetic data"
    assert mark.lower() in text.lower()
    assert page.locator('[data-testid="stException"]').count() == 0
    assert "Traceback" not in text
    foreign = sentences_of("en" if language == "id" else "id")
    assert not {line.strip() for line in text.splitlines()} & foreign
    assert not re.search(r"\{[a-z_]+\}", text) or name == "methodology"
    assert faults(page) == []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(500)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 1
        assert page.evaluate(CUT) == []
    assert seen.complaints == []
    assert seen.foreign(address) == []
    page.close()


def test_every_picture_has_words_for_those_who_cannot_see_it(context, address):
    page = context.new_page()
    open_page(page, address, "overview", "lang=id")
    charts = page.locator('[data-testid="stPlotlyChart"]')
    assert charts.count() >= 1
    for chart in charts.all():
        label = chart.get_attribute("aria-label") or chart.locator(
            "[aria-label]"
        ).first.get_attribute("aria-label")
        assert label
        assert len(label) > 20
    page.close()


def test_a_filter_changes_the_figures_and_the_link_reopens_the_same_view(context, address):
    page = context.new_page()
    open_page(page, address, "training_coverage", "lang=id")
    before = page.locator('[data-testid="stMain"]').inner_text()
    open_page(page, address, "training_coverage", "lang=id&place=province:18")
    chosen = page.locator('[data-testid="stMain"]').inner_text()
    assert chosen != before
    assert "Lampung" in chosen
    link = page.url
    other = context.new_page()
    other.goto(link)
    settle(other)
    assert other.locator('[data-testid="stMain"]').inner_text() == chosen
    page.close()
    other.close()


@pytest.mark.parametrize(
    ("language", "press", "heading"),
    [("id", "Unduh templat", "Kode Wilayah *"), ("en", "Download the template", "region_code *")],
)
def test_any_reader_can_take_a_template_away(browser, address, language, press, heading, tmp_path):
    page = browser.new_page()
    open_page(page, address, "data_quality", f"lang={language}")
    with page.expect_download() as taken:
        page.get_by_role("button", name=press).click()
    assert taken.value.suggested_filename == "region.xlsx"
    taken.value.save_as(tmp_path / "region.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "region.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0][0] == heading
    page.close()


def test_an_unlisted_file_in_pages_is_never_served(demo, browser, tmp_path):
    copy = tmp_path / "dashboard"
    for name in ("analytics", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copytree(ROOT / "data", copy / "data", ignore=shutil.ignore_patterns("store"))
    shutil.copy(ROOT / "dashboard.py", copy)
    planted = copy / "pages" / "unlisted_probe.py"
    planted.write_text('import streamlit as st\nst.title("PLANTED")\n')
    with server(demo, tmp_path / "log.txt", root=copy) as cold:
        page = browser.new_page()
        page.goto(f"{cold}/unlisted_probe")
        page.wait_for_selector('[data-testid="stMain"] h1', timeout=60_000)
        assert "PLANTED" not in page.locator("body").inner_text()
        page.goto(f"{cold}/methodology?lang=en")
        settle(page)
        assert "Method" in page.locator("h1").first.inner_text()
