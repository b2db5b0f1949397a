"""A picture's title is true, whatever the rows."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from analytics.charts import interval_dots, matrix, small_multiples, stacked, trend
from analytics.charts.stacks import MATRIX_SHARES, PREDICATE_SHARES
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row


def test_the_highest_and_the_lowest_are_named_with_their_values():
    asked = answer([row("15", 0.551), row("17", 0.520), row("18", 0.614)])
    title = interval_dots(asked, setting=INDONESIAN).title
    assert title == "Lampung tertinggi, 61,4\u00a0%; Bengkulu terendah, 52,0\u00a0%"


def test_values_that_read_the_same_are_not_ranked():
    asked = answer([row("15", 0.52001), row("17", 0.51999), row("18", 0.614)])
    title = interval_dots(asked, setting=ENGLISH).title
    assert title == "Lampung highest, 61.4%; Jambi and Bengkulu lowest, 52.0%"


def test_places_that_are_all_alike_are_said_to_be():
    asked = answer([row("15", 0.5), row("17", 0.5)])
    assert interval_dots(asked, setting=ENGLISH).title == "All 2 alike at 50.0%"


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


def test_a_change_within_the_intervals_is_not_called_a_rise():
    asked = answer([row("15", 0.500, period="2024"), row("15", 0.515, period="2025")])
    assert trend(asked, setting=ENGLISH).title == "Jambi: 51.5%, no clear change since 2024"


def test_a_change_beyond_the_intervals_is_told_in_points():
    asked = answer([row("15", 0.500, period="2024"), row("15", 0.562, period="2025")])
    assert trend(asked, setting=ENGLISH).title == "Jambi up 6.2 points to 56.2% since 2024"


def test_a_series_of_one_period_tells_no_change():
    assert trend(answer([row("15", 0.5)]), setting=ENGLISH).title == "Jambi: 50.0% in 2025"


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
        answer([row("15", share), row("17", share * 0.9)], metric)
        for metric, share in zip(PREDICATE_SHARES, shares, strict=True)
    ]
    title = stacked(*asked, setting=ENGLISH).title
    assert title == "Sangat Baik share: Jambi 10.0%, Bengkulu 9.0%: not clearly different"


def test_the_matrix_names_its_largest_tile():
    values = (0.01, 0.02, 0.11, 0.01, 0.73, 0.05, 0.01, 0.03, 0.03)
    asked = [
        answer([row("15", value)], metric)
        for metric, value in zip(MATRIX_SHARES, values, strict=True)
    ]
    title = matrix(*asked, setting=ENGLISH).title
    assert title == "Most common, 73.0%: result as expected, behaviour as expected"


@given(st.lists(st.floats(0.02, 0.98), min_size=2, max_size=12))
def test_no_place_named_highest_reads_lower_than_another(values: list[float]):
    asked = answer([row(f"15.{i:02d}", value) for i, value in enumerate(values)])
    title = interval_dots(asked, setting=ENGLISH).title
    written = [ENGLISH.text.share(value) for value in values]
    top, bottom = ENGLISH.text.share(max(values)), ENGLISH.text.share(min(values))
    if top == bottom:
        assert title == f"All {len(values)} alike at {top}"
    elif written.count(top) > 2 or written.count(bottom) > 2:
        assert top in title or bottom in title
    elif "not clearly different" not in title:
        assert f"highest, {top};" in title
        assert title.endswith(f"lowest, {bottom}")
        assert title.startswith("Place 15.")


def test_two_places_whose_intervals_overlap_are_not_ranked():
    asked = answer([row("15", 0.500), row("17", 0.515)])
    title = interval_dots(asked, setting=ENGLISH).title
    assert title == "Bengkulu 51.5%, Jambi 50.0%: not clearly different"


def test_more_than_two_at_one_end_are_not_named():
    asked = answer([row("15", 0.9), *(row(f"15.0{n}", 0.0) for n in range(1, 5))])
    assert interval_dots(asked, setting=ENGLISH).title == "Jambi highest, 90.0%"


def test_a_last_figure_that_is_older_than_the_others_says_of_when_it_is():
    rows = [row("15", 0.500, period="2023"), row("15", 0.515, period="2024")]
    asked = answer([*rows, hidden("15", period="2025")])
    title = trend(asked, setting=ENGLISH).title
    assert title == "Jambi in 2024: 51.5%, no clear change since 2023"


def test_the_evaluations_behind_a_year_are_named():
    asked = replace(answer([row("15", 0.5)]), own_share=0.97)
    assert interval_dots(asked, setting=ENGLISH).subtitle.endswith("2025, annual evaluations")
