"""How a file writes its values is asked setting by setting, kept, and read by when it is loaded."""

from __future__ import annotations

from dataclasses import fields

import pytest

from analytics.intake.manners import MANNERS, changed, chosen, manners_of
from analytics.intake.values import CANONICAL, Reading
from analytics.intake.views import Desk as Table
from analytics.schema import BY_NAME
from tests.intake.desk import Desk, right

CHOICES = [(manner.name, choice.value) for manner in MANNERS for choice in manner.choices]


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_what_is_chosen_stands_as_chosen_and_changes_nothing_else(name: str, choice: str) -> None:
    after = changed(CANONICAL, name, choice)
    assert chosen(after, name) == choice
    for manner in MANNERS:
        if manner.name != name:
            assert chosen(after, manner.name) == chosen(CANONICAL, manner.name)


def test_texts_without_meaning_are_told_with_commas_and_a_blank_is_always_one() -> None:
    after = changed(CANONICAL, "missing", " 8888, 9999 ,, tidak ada")
    assert after.missing == ("", "8888", "9999", "tidak ada")
    assert chosen(after, "missing") == "8888, 9999, tidak ada"


def test_every_setting_of_a_reading_is_asked_about() -> None:
    settings = {one.name for one in fields(Reading)}
    asked = {manner.name for manner in MANNERS} - {"shares"} | {"percent", "small_percent"}
    assert settings - asked == {"region_codes"}, "whose codes those are is a question of its own"


@pytest.mark.parametrize(
    ("name", "choice"), [("decimals", "semicolon"), ("day_first", ""), ("shares", "half")]
)
def test_a_choice_that_is_none_is_refused(name: str, choice: str) -> None:
    with pytest.raises(ValueError, match=choice or name):
        changed(CANONICAL, name, choice)


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        ("recap", {"missing", "decimals", "shares", "day_first", "codes"}),
        ("region", {"missing"}),
        ("training", {"missing", "decimals", "day_first", "codes", "t_means"}),
    ],
)
def test_only_what_makes_a_difference_to_a_table_is_asked(table: str, asked: set[str]) -> None:
    assert {manner.name for manner in manners_of(BY_NAME[table])} == asked


def recap(numerator: str, denominator: str) -> dict[str, str]:
    return right(
        "recap", agency_id="", region_code="15", numerator=numerator, denominator=denominator
    )


def test_a_number_of_two_meanings_is_read_as_a_person_said_and_ever_after(desk: Desk) -> None:
    desk.with_agency()
    file = desk.file("rekap.csv", recap("3.000", "5.000"))
    assert any("How values are written" in said for said in desk.says(file))

    table = Table(desk.store)
    (view,), _ = table.views([file])
    table.write(view, "decimals", "comma")
    (view,), _ = table.views([file])
    assert (view.reading.decimals, view.told) == ("comma", True)
    table.keep(view, "rekap")

    (known,), _ = Table(desk.store).views([file])
    assert (known.reading.decimals, known.told) == ("comma", False)
    (report,) = desk.load(file)
    assert report.rows_loaded == 1
    assert desk.ask("SELECT numerator, denominator FROM recap") == [(3000, 5000)]


def test_of_several_ways_that_are_kept_the_last_is_used_or_the_one_that_is_chosen(
    desk: Desk,
) -> None:
    file = desk.file("rekap.csv", recap("3.000", "5.000"))
    table = Table(desk.store)
    for name, mark in (("b komma", "comma"), ("a titik", "dot")):
        (view,), _ = table.views([file])
        table.write(view, "decimals", mark)
        (view,), _ = table.views([file])
        table.keep(view, name)

    (view,), _ = table.views([file])
    assert view.reading.decimals == "dot"
    assert view.others == ("a titik", "b komma")
    table.read_by(view, "b komma")
    (view,), _ = table.views([file])
    assert view.reading.decimals == "comma"
