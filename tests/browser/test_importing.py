"""A data owner loads files on the page: seen, asked about, checked, loaded, shown or taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.store.records import Store
from analytics.store.snapshots import current_id
from analytics.text import Text, text
from tests.browser.served import Seen, open_page, server, settle
from tests.intake.desk import right, write_csv

pytestmark = pytest.mark.browser


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Store]]:
    """The address of a server that takes files in, and its store, in which there is nothing yet."""
    monkeypatch.setenv("ASN_KEY_FILE", str(tmp_path / "pseudonym.key"))
    store = Store(tmp_path / "store")
    with server(store, tmp_path / "log.txt", "--allow-import") as address:
        yield address, store


def files(folder: Path) -> list[Path]:
    """An agency file with an unknown heading; a recap with a wrong row and numbers of two meanings."""
    folder.mkdir(exist_ok=True)
    odd = {("punya siapa" if n == "region_code" else n): v for n, v in right("agency").items()}
    whole = right("recap", agency_id="", region_code="15", numerator="3.000", denominator="5.000")
    recaps = [whole, right("recap", numerator="x")]
    return [write_csv(folder / "OPD kota.csv", [odd]), write_csv(folder / "recap.csv", recaps)]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_timeout(500)
    settle(page)


def answer(page: Page, asked: str, choice: str) -> None:
    box = page.get_by_role("combobox", name=re.compile(re.escape(asked))).first
    box.click()
    page.keyboard.type(choice)
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    settle(page)


def load(page: Page, words: Text, folder: Path) -> None:
    """Bring the files, answer what is asked, and load the good rows."""
    page.locator('input[type="file"]').set_input_files(files(folder))
    page.get_by_text("OPD kota.csv").nth(1).wait_for()
    settle(page)
    answer(page, words.say("Answer"), words.category("table", "agency"))
    answer(page, words.say("Answer"), "region_code")
    page.get_by_text(words.say("How values are written")).last.click()
    page.wait_for_timeout(500)
    decimal = words.say("decimal comma: 1.234 = 1234")
    answer(page, words.say("A number such as 1.234 or 1,234"), decimal)
    keep = page.get_by_role("button", name=words.say("Keep"), exact=True)
    for files_left in (2, 1):
        expect(keep).to_have_count(files_left, timeout=30_000)
        settle(page)
        keep.first.click()
    expect(keep).to_have_count(0, timeout=30_000)
    settle(page)
    year = page.locator('[data-testid="stDateInput"] [role="spinbutton"]').first
    year.wait_for()
    page.wait_for_timeout(500)
    year.click()
    page.keyboard.type("20260201", delay=50)
    page.keyboard.press("Escape")  # closes the calendar, and only then the day is taken
    page.get_by_role("button", name=words.say("Check"), exact=True).wait_for()
    press(page, words.say("Check"))
    press(page, words.say("Load the good rows"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_files_are_understood_loaded_and_shown(
    browser: Browser, office: tuple[str, Store], tmp_path: Path, language: str
) -> None:
    address, store = office
    words = text(language)
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    seen = Seen.of(page)
    open_page(page, address, "data_quality", f"lang={language}")
    load(page, words, tmp_path / "files")
    press(page, words.say("See what changes"))
    page.get_by_role("button", name=words.say("Show the new figures")).wait_for(timeout=60_000)
    assert current_id(store) is None, "nothing is shown before it is said"
    press(page, words.say("Show the new figures"))
    settle(page)

    assert current_id(store) is not None
    open_page(page, address, "training_coverage", f"lang={language}")
    assert words.share(0.6).replace("\u00a0", " ") in page.inner_text("body").replace("\u00a0", " ")
    assert seen.complaints == []
    assert seen.foreign(address) == []
    page.close()


def test_what_was_loaded_can_be_taken_back(
    browser: Browser, office: tuple[str, Store], tmp_path: Path
) -> None:
    address, store = office
    words = text("id")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    open_page(page, address, "data_quality", "lang=id")
    load(page, words, tmp_path / "files")
    press(page, words.say("Take it back"))
    said = words.say("What was loaded is taken back. The figures are as they were.")
    page.get_by_text(said).wait_for()

    assert current_id(store) is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_a_server_that_was_not_started_to_takes_no_files(browser: Browser, address: str) -> None:
    page = browser.new_page()
    open_page(page, address, "data_quality", "lang=id&tab=load_files")

    assert page.locator('input[type="file"]').count() == 0
    assert text("id").say("Load files") not in page.inner_text('[data-testid="stMain"]')
    page.close()
