"""CSV files hold nothing that a spreadsheet runs, in the form it opens in columns."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.__main__ import app
from analytics.answers import Answer, Question
from analytics.charts.picture import WORDS, Column
from analytics.commands import as_csv, remembered_form
from analytics.metrics import METRICS
from analytics.store.records import Store
from analytics.store.snapshots import publish
from analytics.text.delimited import FORMS, PLAIN, harmless
from analytics.ui import tables
from tests.builder import random_tables, write

LINK = '=HYPERLINK("http://x.test";"klik")'
DANGEROUS = [
    LINK,
    "=1+1",
    "+62 811 A",
    "-2+3",
    "- Dinas",
    "@SUM(A1)",
    "  =1+1",
    "\t=1+1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "\uff20A1",
    "+1+cmd|' /C calc'!A0",
    "-",
]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_text_that_would_be_a_formula_is_made_harmless(cell):
    safe = "'" + cell.replace("\r", "\n")
    assert harmless(cell) == safe
    [_, [read]] = csv.reader(io.StringIO(as_csv([{"name": cell}], ["name"]), newline=""))
    assert read == safe


def test_no_row_begins_within_a_cell():
    assert as_csv([{"name": "Dinas\r=1+1"}], ["name"]).count("\r") == 0
    [_, [read]] = csv.reader(io.StringIO(as_csv([{"name": "a\r\n=1"}], ["name"]), newline=""))
    assert read == "a\n=1"


@pytest.mark.parametrize(
    "cell",
    ["-5", "+5", "-0,5", "-1.234,5", "-1e-05", "-12 %", "RSUD", "15.71", "", "a=b", -5, 0.5, None],
)
def test_numbers_and_other_text_stay_as_they_are(cell):
    assert harmless(cell) == cell


@pytest.fixture(scope="module")
def named(tmp_path_factory) -> Store:
    """A store whose agencies have names that begin as formulas do."""
    store = Store(tmp_path_factory.mktemp("named") / "store")
    made = random_tables(7, people=600, months=13, agencies=3)
    names = [DANGEROUS[n % 6] for n in range(len(made["agency"]))]
    write(store, made | {"agency": made["agency"].assign(name=names)})
    publish(store)
    return store


ASK = ["ask", "headcount", "--level", "agency", "--format", "csv"]


def asked(store: Store, *more: str) -> list[list[str]]:
    result = CliRunner().invoke(app, [*ASK, *more, "--store", str(store.path)])
    assert result.exit_code == 0, result.output
    separator = ";" if result.stdout.splitlines()[0].startswith("place;") else ","
    return list(csv.reader(io.StringIO(result.stdout), delimiter=separator))


def test_ask_writes_no_formula_and_remembers_the_form(named, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    plain = asked(named)
    assert any(cell.startswith("'") for row in plain for cell in row)
    assert not [cell for row in plain for cell in row if cell[:1] in tuple("=+-@")]
    chosen = asked(named, "--csv-with", "semicolon")
    assert [len(row) for row in chosen] == [len(row) for row in plain]
    assert asked(named) == chosen
    assert remembered_form({"XDG_CONFIG_HOME": str(tmp_path)}) == "semicolon"
    asked(named, "--csv-with", "comma")
    assert asked(named) == plain


def test_decimals_follow_the_form():
    rows = [{"value": 0.5, "n": 1200, "place": "15.71"}]
    assert as_csv(rows, list(rows[0])).splitlines()[1] == "0.5,1200,15.71"
    assert as_csv(rows, list(rows[0]), FORMS["semicolon"]).splitlines()[1] == "0,5;1200;15.71"


@pytest.mark.parametrize("form", FORMS.values())
def test_files_of_a_page_are_as_safe_and_in_the_form(form):
    columns = {
        "name": Column("Name", WORDS, [LINK, "-", "RSUD"]),
        "value": Column("Value", "number", [-0.5, 1.25, None]),
    }
    said = tables.listed_csv(columns, form)
    assert said.startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(io.BytesIO(said), sep=form.separator, decimal=form.decimal)
    assert list(read["name"]) == [f"'{LINK}", "'-", "RSUD"]
    assert list(read["value"][:2]) == [-0.5, 1.25]


def test_rows_of_answers_are_as_safe():
    rows = {
        "level": "agency",
        "place": "=1",
        "place_name": LINK,
        "period": "2025",
        "withheld": False,
    }
    figures = dict.fromkeys((*tables.FIGURES, *tables.COUNTS), -0.5)
    frame = pd.DataFrame([rows | figures])
    answer = Answer(Question("headcount"), METRICS["headcount"], "id", frame, True)
    read = pd.read_csv(io.BytesIO(tables.csv([answer])))
    assert list(read[["place", "place_name"]].iloc[0]) == ["'=1", f"'{LINK}"]
    assert read["value"].iloc[0] == -0.5


def test_estimates_are_as_safe():
    rows = pd.DataFrame([{"place_name": "@x", "value": -1.5, "reason": ""}])
    found = SimpleNamespace(rows=rows, study=SimpleNamespace(key="study"))
    read = pd.read_csv(io.BytesIO(tables.estimates_csv([found], PLAIN)))  # type: ignore[list-item]
    assert list(read.iloc[0]) == ["study", "'@x", -1.5]
