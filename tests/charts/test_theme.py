"""Colours can be read and told apart, and the same place keeps its own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts.axes import nice_ticks, padded, tick_text, value_axis
from analytics.charts.rows import rows_of
from analytics.charts.theme import (
    DARK,
    LIGHT,
    amount,
    contrast,
    ink_on,
    mark,
    oklch,
    readable_amount,
    text_colour,
)
from tests.charts.build import ENGLISH, INDONESIAN, answer, row

CODES = ("15", "17", "18", "19", "21", "31")


def test_contrast_is_that_of_the_standard():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_is_readable_on_its_surface(theme):
    assert contrast(theme.ink, theme.surface) >= 7
    assert contrast(theme.context_text, theme.surface) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_figures_are_readable_on_every_step_of_the_amounts(theme):
    for step in range(21):
        colour = readable_amount(theme, step / 20)
        assert contrast(ink_on(colour), colour) >= 5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_words_in_the_colour_of_a_province_are_readable(theme):
    for code in CODES:
        colour = theme.province(code, CODES)
        assert contrast(text_colour(theme, colour), theme.surface) >= 4.5
    assert text_colour(LIGHT, LIGHT.provinces[0]) == LIGHT.provinces[0]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_amounts_run_away_from_the_surface(theme):
    for shade in (amount, readable_amount):
        distances = [contrast(shade(theme, step / 10), theme.surface) for step in range(11)]
        assert distances == sorted(distances)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_provinces_keep_the_colours_they_were_given(theme):
    assert tuple(theme.province(code, CODES) for code in CODES[:3]) == theme.provinces


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_further_provinces_get_colours_of_their_own_that_stand_out(theme):
    colours = [theme.province(code, CODES) for code in CODES]
    for first, second in itertools.combinations(colours, 2):
        gaps = [abs(int(first[i : i + 2], 16) - int(second[i : i + 2], 16)) for i in (1, 3, 5)]
        assert max(gaps) >= 32
    assert all(contrast(colour, theme.surface) >= 3 for colour in colours[3:])


def test_a_place_of_no_known_province_is_drawn_as_context():
    assert LIGHT.province("99", CODES) == LIGHT.context_text
    assert mark("99", CODES) == "circle"


def test_provinces_have_marks_of_their_own():
    assert len({mark(code, CODES) for code in CODES}) == len(CODES)


def test_oklch_gives_the_known_red():
    # sRGB red is oklch(0.62796 0.25768 29.234), CSS Color 4, section 9
    assert oklch(0.62796, 0.2576, 29.234) in ("#FF0000", "#FE0200", "#FE0000", "#FF0500")


def test_axes_start_at_zero_where_zero_is_near_and_never_leave_a_share():
    assert padded(0.02, 0.5, "share")[0] == 0
    assert padded(0.55, 0.60, "share")[0] > 0.5
    assert padded(0.90, 1.00, "share")[1] == 1.0


def test_a_scale_spans_the_smallest_difference_that_matters():
    rows = rows_of(answer([row("15", 2.41), row("18", 2.46)], "waiting_days"))
    low, high = value_axis(rows, "days", ENGLISH)["range"]
    assert high - low > 0.5
    assert low < 2.41 < 2.46 < high


def test_ticks_are_round_and_written_with_the_decimals_they_need():
    ticks = nice_ticks(0.41, 0.83)
    assert ticks == [0.5, 0.6, 0.7, 0.8]
    assert tick_text(0.5, ticks, "share", INDONESIAN) == "50\u00a0%"
    assert tick_text(0.005, [0.005, 0.010], "share", ENGLISH) == "0.5%"
    assert tick_text(1.225, [1.2, 1.225, 1.25], "number", INDONESIAN) == "1,225"


@given(st.floats(-50, 150), st.floats(0.001, 100))
def test_no_two_ticks_are_unevenly_written(low: float, spread: float):
    ticks = nice_ticks(low, low + spread)
    written = [tick_text(tick, ticks, "points", ENGLISH).replace("\u2212", "-") for tick in ticks]
    assert [float(word) for word in written] == pytest.approx(ticks, abs=1e-9)
    assert len(ticks) >= 2


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_hundredth_of_the_scale_never_leaps(theme):
    shades = [readable_amount(theme, step / 100) for step in range(101)]
    for first, second in itertools.pairwise(shades):
        assert contrast(first, second) < 1.25
