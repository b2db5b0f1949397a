"""A picture's title is true, whatever the rows."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from analytics.charts import (
    compare,
    interval_dots,
    matrix,
    shortfall,
    small_multiples,
    stacked,
    trend,
)
from analytics.charts.stacks import MATRIX_SHARES, PREDICATE_SHARES
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row


def test_the_highest_and_the_lowest_are_named_with_their_values():
    asked = answer([row("15", 0.551), row("17", 0.520), row("18", 0.614)])
    title = interval_dots(asked, setting=INDONESIAN).title
    assert title == "Lampung tertinggi, 61,4\u00a0%; Bengkulu terendah, 52,0\u00a0%"


def test_two_that_share_an_end_are_both_named():
    asked = answer([row("15", 0.52001), row("17", 0.51999), row("18", 0.614)])
    title = interval_dots(asked, setting=ENGLISH).title
    assert title == "Lampung highest, 61.4%; Jambi and Bengkulu lowest, 52.0%"


def test_an_end_that_more_than_two_share_is_left_out():
    asked = answer([*(row(f"15.0{i}", 0.52) for i in range(3)), row("18", 0.614)])
    assert interval_dots(asked, setting=INDONESIAN).title == "Lampung tertinggi, 61,4\u00a0%"
    asked = answer([*(row(f"15.0{i}", 0.52) for i in range(3)), row("18", 0.45)])
    assert interval_dots(asked, setting=INDONESIAN).title == "Lampung terendah, 45,0\u00a0%"


def test_ends_that_do_not_clearly_differ_are_not_ranked():
    asked = answer([row("15", 0.119), row("17", 0.118)])
    title = interval_dots(asked, setting=INDONESIAN).title
    assert title == "Jambi 11,9\u00a0% dan Bengkulu 11,8\u00a0%: tidak jelas berbeda"
    asked = answer([row("15", 0.119), row("17", 0.118), row("18", 0.11)])
    title = interval_dots(asked, setting=ENGLISH).title
    assert title == "Jambi (11.9%) to Lampung (11.0%): not clearly different"


def test_an_end_that_differs_from_others_is_named_though_the_ends_do_not_differ():
    """A lowest figure of few people is not clearly below the highest; others of many are."""
    rows = [
        row("15", 0.46, low=0.33, high=0.60),
        row("17", 0.14, low=0.10, high=0.19),
        row("18", 0.0, low=0.0, high=0.49),
    ]
    assert interval_dots(answer(rows), setting=ENGLISH).title == "Jambi highest, 46.0%"
    few = [rows[0], rows[2]]
    title = interval_dots(answer(few), setting=ENGLISH).title
    assert title == "Jambi 46.0% and Lampung 0.0%: not clearly different"


def test_ends_without_intervals_are_ranked():
    nan = float("nan")
    asked = answer([row("15", 0.119, low=nan, high=nan), row("17", 0.118, low=nan, high=nan)])
    title = interval_dots(asked, setting=ENGLISH).title
    assert title == "Jambi highest, 11.9%; Bengkulu lowest, 11.8%"


def test_places_that_are_all_alike_are_said_to_be():
    asked = answer([row("15", 0.5), row("17", 0.5)])
    assert interval_dots(asked, setting=ENGLISH).title == "Jambi and Bengkulu alike: 50.0%"
    asked = answer([row(f"15.0{i}", 7.0) for i in range(8)], "median_training_hours")
    assert interval_dots(asked, setting=INDONESIAN).title == "Semua 8 sama: 7,0\u00a0JP"


def test_one_place_is_not_called_the_highest():
    assert interval_dots(answer([row("15", 0.5)]), setting=ENGLISH).title == "Jambi: 50.0%"


def test_a_withheld_place_is_neither_highest_nor_lowest():
    asked = answer([row("15", 0.5), row("17", 0.6), hidden("18")])
    title = interval_dots(asked, setting=ENGLISH).title
    assert title == "Bengkulu highest, 60.0%; Jambi lowest, 50.0%"


def test_nothing_to_show_is_said_and_nothing_is_drawn():
    picture = interval_dots(answer([hidden("15"), hidden("17")]), setting=ENGLISH)
    assert picture.figure is None
    assert picture.title == "No figure may be shown here"
    assert "2 figures withheld" in picture.note


def test_a_change_within_chance_is_not_called_a_rise():
    asked = answer([row("15", 0.500, period="2024"), row("15", 0.513, period="2025")])
    assert trend(asked, setting=ENGLISH).title == "Jambi: 51.3%, no clear change since 2024"


def test_bars_of_one_place_over_years_say_how_it_went():
    years = [row("15", 0.10, period="2024"), row("15", 0.16, period="2025")]
    title = stacked(answer(years, "top_rating_share"), setting=ENGLISH).title
    assert title == "Sangat Baik share up 6.0 points to 16.0% since 2024"


def test_a_change_beyond_chance_is_told_in_points():
    asked = answer([row("15", 0.500, period="2024"), row("15", 0.562, period="2025")])
    assert trend(asked, setting=ENGLISH).title == "Jambi up 6.2 points to 56.2% since 2024"


def test_a_line_that_ends_early_names_the_year_of_its_last_figure():
    rows = [row("15", 0.5, period="2023"), row("15", 0.562, period="2024"), hidden("15")]
    title = trend(answer(rows), setting=ENGLISH).title
    assert title == "Jambi up 6.2 points to 56.2% from 2023 to 2024"
    others = [row("17", 0.4, period="2024"), hidden("17"), hidden("15"), row("18", 0.6)]
    title = trend(answer([*rows[:2], *others]), setting=INDONESIAN).title
    assert title == "Lampung: 60,0\u00a0% pada 2025"
    title = trend(answer([*rows[:2], *others[:3]]), setting=ENGLISH).title
    assert title == "Jambi highest, 56.2%; Bengkulu lowest, 40.0% (2024)"


def test_a_series_of_one_period_tells_no_change():
    assert trend(answer([row("15", 0.5)]), setting=ENGLISH).title == "Jambi: 50.0% in 2025"


UNFINISHED = [
    *(row("15", v, period=p) for v, p in ((0.5, "2024"), (0.562, "2025"), (0.02, "2026"))),
    *(row("17", v, period=p) for v, p in ((0.6, "2024"), (0.500, "2025"), (0.01, "2026"))),
]


def test_a_line_into_a_year_that_is_not_over_is_told_up_to_the_year_before():
    asked = replace(answer(UNFINISHED), until="2026-02")
    chosen = replace(ENGLISH, chosen=("province", "15"))
    picture = trend(asked, setting=chosen)
    assert picture.title == "Jambi up 6.2 points to 56.2% from 2024 to 2025"
    assert picture.subtitle == "Training coverage, percentage, 2024 to 2026, to February 2026"
    assert small_multiples(asked, setting=ENGLISH).title == (
        "Of 2 places 1 clearly up, 1 clearly down"
    )
    alone = replace(answer(UNFINISHED[2:3]), until="2026-02")
    assert trend(alone, setting=INDONESIAN).title == (
        "Jambi: 2,0\u00a0% pada 2026 (sampai Februari 2026)"
    )


def test_what_grows_within_a_year_is_set_against_the_same_month():
    months = (("2024-01", 0.0), ("2024-12", 0.6), ("2025-01", 0.02), ("2025-12", 0.7))
    asked = answer([row("15", value, period=month) for month, value in months])
    assert trend(asked, setting=ENGLISH).title == (
        "Jambi up 10.0 points to 70.0% since December 2024"
    )


def test_a_year_that_is_not_over_has_no_target_to_miss():
    asked = replace(answer([row("15", 0.1, period="2026")]), until="2026-02")
    assert shortfall(asked, setting=ENGLISH).title == "The target is one for the whole year"


def test_risers_are_counted_only_where_intervals_lie_apart():
    asked = answer(
        [
            row("15", 0.50, period="2024"),
            row("15", 0.60, period="2025"),
            row("17", 0.50, period="2024"),
            row("17", 0.51, period="2025"),
            row("18", 0.50, period="2024"),
            row("18", 0.40, period="2025"),
        ]
    )
    title = small_multiples(asked, setting=ENGLISH).title
    assert title == "Of 3 places 1 clearly up, 1 clearly down"


def test_the_predicates_title_is_about_the_first_part():
    shares = (0.1, 0.88, 0.01, 0.006, 0.004)
    asked = [
        answer([row("15", share), row("17", share * 0.7)], metric)
        for metric, share in zip(PREDICATE_SHARES, shares, strict=True)
    ]
    title = stacked(*asked, setting=ENGLISH).title
    assert title == "Sangat Baik share: Jambi highest, 10.0%; Bengkulu lowest, 7.0%"


def test_the_matrix_names_its_largest_tile():
    values = (0.01, 0.02, 0.11, 0.01, 0.73, 0.05, 0.01, 0.03, 0.03)
    asked = [
        answer([row("15", value)], metric)
        for metric, value in zip(MATRIX_SHARES, values, strict=True)
    ]
    title = matrix(*asked, setting=ENGLISH).title
    assert title == "Most common, 73.0%: result as expected, behaviour as expected"


def test_the_matrix_does_not_call_a_tile_the_largest_of_those_it_does_not_show():
    asked = [
        answer([row("15", 0.1) if metric is MATRIX_SHARES[2] else hidden("15")], metric)
        for metric in MATRIX_SHARES
    ]
    title = matrix(*asked, setting=ENGLISH).title
    assert title.startswith("Most common of those shown, 10.0%: ")


def test_the_missing_are_rounded_up_once_for_all_and_once_for_each_bar():
    asked = answer([row(place, 0.5, denominator=11.0) for place in ("15", "17", "18")])
    picture = shortfall(asked, setting=replace(INDONESIAN, target=0.8))
    assert picture.title == "Kurang 10 orang untuk mencapai 80\u00a0% di 3 dari 3 tempat"
    assert picture.subtitle == "Kekurangan dari target, orang, 2025"
    assert picture.figure is not None
    assert list(picture.figure.data[0]["text"]) == ["4", "4", "4"]


def test_a_unit_that_the_title_holds_is_said_once():
    asked = answer([row("15", 3.0), row("17", 4.0)], "objections_per_1000")
    assert interval_dots(asked, setting=INDONESIAN).subtitle == "Keberatan per 1.000, 2025"


def test_categories_are_called_clearly_higher_only_where_intervals_lie_apart():
    first = answer([row("15", v, sex=s) for v, s in ((0.5, "F"), (0.4, "M"))], by=("sex",))
    second = answer([row("18", v, sex=s) for v, s in ((0.4, "F"), (0.405, "M"))], by=("sex",))
    title = compare(first, second, setting=ENGLISH, names=("Jambi", "Lampung")).title
    assert title == "Jambi against Lampung: clearly higher in 1 of 2, lower in 0"


@given(st.lists(st.floats(0.02, 0.98), min_size=2, max_size=12))
def test_no_place_named_highest_reads_lower_than_another(values: list[float]):
    asked = answer([row(f"15.{i:02d}", value) for i, value in enumerate(values)])
    title = interval_dots(asked, setting=ENGLISH).title
    written = [ENGLISH.text.share(value) for value in values]
    top, bottom = ENGLISH.text.share(max(values)), ENGLISH.text.share(min(values))
    alone = written.count(top) <= 2
    assert ("alike" in title) == (top == bottom)
    if max(values) - min(values) < 0.019:
        assert "highest," not in title
    elif max(values) - min(values) > 0.021:
        assert (f"highest, {top}" in title) == alone
        assert (f"lowest, {bottom}" in title) == (written.count(bottom) <= 2)
        assert "not clearly different" not in title


def test_the_evaluations_behind_a_year_are_named():
    asked = replace(answer([row("15", 0.5)]), own_share=0.97)
    assert interval_dots(asked, setting=ENGLISH).subtitle.endswith("2025, annual evaluations")
    mixed = replace(asked, own_share=0.5)
    assert interval_dots(mixed, setting=ENGLISH).subtitle.endswith("else shorter ones")


def test_how_complete_the_data_are_stands_beside_how_many():
    covered = replace(ENGLISH, coverage="97.2% of people are in the data")
    note = interval_dots(answer([row("15", 0.5)]), setting=covered).note
    assert note.startswith("n = 1,000 · 97.2% of people are in the data")
