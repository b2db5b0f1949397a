"""What is taken away is what was shown, in plain codes, and the command asks the same."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest

from analytics.answers import Place, Question
from analytics.charts.picture import WORDS, Column
from analytics.ui import tables
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row

ASKED = answer([row("15", 0.614), hidden("18")])


def test_csv_holds_plain_numbers_and_empty_cells_for_what_is_withheld():
    frame = pd.read_csv(io.BytesIO(tables.csv([ASKED])), dtype={"place": str})
    assert list(frame["place"]) == ["15", "18"]
    assert frame.loc[0, "value"] == 0.614
    assert frame.loc[1, ["value", "numerator", "denominator", "people"]].isna().all()
    assert list(frame["withheld"]) == [False, True]


def test_columns_are_as_wide_as_their_longest_number():
    many = answer([hidden("18"), row("15", 1.0), row("17", 0.05)])
    frame, units = tables.shown([many], INDONESIAN)
    found = tables.columns(frame, units, INDONESIAN.text)
    few = tables.columns(*tables.shown([answer([hidden("18")])], INDONESIAN), INDONESIAN.text)
    assert found.keys() == units.keys()
    assert found["Nilai"]["width"] >= tables.MARGINS + tables.LETTER * len("100,0\u00a0%")
    assert found["Nilai"]["width"] > few["Nilai"]["width"]


WORKED_OUT = {
    "limit": Column("Limit", "share", [0.5, None]),
    "side": Column("Side", WORDS, ["above", None]),
    "code": Column("", WORDS, ["x1"]),
}


def test_what_a_picture_worked_out_stands_beside_the_rows_of_the_first_answer():
    other = answer([row("17", 0.2)])
    frame, units = tables.with_more(*tables.shown([ASKED, other], ENGLISH), WORKED_OUT)
    assert list(frame["Side"]) == ["above", "", ""]
    assert list(frame["Limit"].dropna()) == [0.5]
    assert "code" not in frame
    html = tables.styled(frame, units, ENGLISH.text).to_html()
    assert "50.0%" in html

    file = pd.read_csv(io.BytesIO(tables.csv([ASKED, other], WORKED_OUT)), dtype={"place": str})
    assert list(file["place"]) == ["15", "18", "17"]
    assert file.loc[0, ["limit", "side", "code"]].tolist() == [0.5, "above", "x1"]
    assert file.loc[1:, ["limit", "side", "code"]].isna().all(axis=None)


def test_a_pictures_own_table_is_its_columns_alone():
    frame, units = tables.listed(WORKED_OUT)
    assert (list(frame), list(units)) == (["Limit", "Side"], ["Limit"])
    file = pd.read_csv(io.BytesIO(tables.listed_csv(WORKED_OUT)))
    assert (list(file), len(file)) == (["limit", "side", "code"], 2)


def test_parquet_holds_the_same_rows():
    frame = pd.read_parquet(io.BytesIO(tables.parquet([ASKED])))
    pd.testing.assert_frame_equal(frame, tables.rows_of([ASKED]))


def test_a_name_that_looks_like_a_formula_stays_text_in_excel():
    written = tables.xlsx([answer([row("15", place_name="=1+1")])])
    with zipfile.ZipFile(io.BytesIO(written)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b"=1+1" in book.read("xl/sharedStrings.xml")


def test_the_table_speaks_the_readers_language_and_sorts_by_number():
    frame, units = tables.shown([ASKED], INDONESIAN)
    assert list(frame.columns[:3]) == ["Tempat", "Periode", "Nilai"]
    assert frame["Nilai"].dtype == "float64"
    assert list(frame["Keterangan"]) == ["", "disembunyikan"]
    html = tables.styled(frame, units, INDONESIAN.text).to_html()
    assert "61,4\u00a0%" in html
    assert "1.000" in html


def test_a_pivot_crosses_two_breakdowns():
    rows = [row("15", 0.5, sex="F"), row("15", 0.4, sex="M"), hidden("17", sex="F")]
    crossed = tables.pivoted(answer(rows, by=("sex",)), "place", "sex", ENGLISH)
    assert list(crossed.columns) == ["Women", "Men"]
    assert crossed.loc["Jambi", "Men"] == 0.4
    assert crossed.loc["Bengkulu"].isna().all()


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        (
            Question("training_coverage", grain="year", first="2025", last="2025"),
            "training_coverage --level all --grain year --period 2025..2025",
        ),
        (
            Question("training_coverage", level="government", places=("15.71",), by=("sex",)),
            "training_coverage --level government --place 15.71 --grain year --by sex",
        ),
        (
            Question("on_time_share", level="agency", within=Place("government", "15.71")),
            "on_time_share --level agency --place 15.71 --grain year",
        ),
        (
            Question("on_time_share", level="agency", agency_kind="health", last="2025"),
            "on_time_share --level agency --agency-kind health --grain year --period ..2025",
        ),
    ],
)
def test_the_command_asks_the_same_question(question, arguments):
    assert tables.command(question) == f"python -m analytics ask {arguments}"


def test_a_code_that_could_be_mistaken_gives_way_to_the_places_in_it():
    asked = Question("on_time_share", level="government", within=Place("province", "15"))
    assert "--place 15.01 --place 15.71" in tables.command(asked, ("15.01", "15.71"))
