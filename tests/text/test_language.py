"""Numbers, dates and periods in both languages."""

from __future__ import annotations

import math
from datetime import date

import pytest

from analytics.text import text
from analytics.text.language import pretty
from analytics.text.phrase import Phrase

ID, EN = text("id"), text("en")


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (0.614, "61,4\u00a0%", "61.4%"),
        (1.0, "100,0\u00a0%", "100.0%"),
        (0.0, "0,0\u00a0%", "0.0%"),
        (0.0027, "0,27\u00a0%", "0.27%"),
    ],
)
def test_shares(value, indonesian, english):
    assert ID.share(value) == indonesian
    assert EN.share(value) == english


def test_counts_have_a_thousands_sign():
    assert ID.number(1234567) == "1.234.567"
    assert EN.number(1234567) == "1,234,567"


def test_what_rounds_to_nothing_has_no_sign():
    assert EN.number(-0.04, 1) == "0.0"
    assert EN.number(-1.26, 1) == "−1.3"


def test_differences_of_shares_are_points_without_a_sign():
    assert ID.points(0.062) == "6,2 poin"
    assert EN.points(-0.062) == "6.2 points"


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (12.34, "hours", "12,3\u00a0JP"),
        (3.21, "per_1000", "3,2 per 1.000"),
        (57.64, "points", "57,6"),
        (1.234, "number", "1,23"),
        (math.nan, "share", "–"),
    ],
)
def test_values_are_written_in_their_unit(value, unit, written):
    assert ID.value(value, unit) == written


def test_an_interval_does_not_repeat_its_unit():
    assert ID.interval(0.608, 0.62, "share") == "60,8–62,0"
    assert ID.interval(-0.003, 0.026, "change") == "−0,3 sampai 2,6"


def test_a_target_keeps_the_decimals_it_was_set_with():
    assert ID.target(0.8, "share") == "80\u00a0%"
    assert EN.target(0.825, "share") == "82.5%"


@pytest.mark.parametrize(
    ("period", "long", "short"),
    [
        ("2025", "2025", "2025"),
        ("2025-Q4", "Triwulan IV 2025", "TW IV 25"),
        ("2025-12", "Desember 2025", "Des 25"),
    ],
)
def test_periods(period, long, short):
    assert ID.period(period) == long
    assert ID.short_period(period) == short


def test_dates():
    assert ID.date(date(2025, 12, 31)) == "31 Desember 2025"
    assert EN.date(date(2025, 12, 31)) == "31 December 2025"


def test_categories_are_named_and_unknown_facets_made_readable():
    assert ID.category("sex", "F") == "Perempuan"
    assert EN.category("facet", "change_efficacy") == "Confidence in change"
    assert EN.category("facet", "learning_and_development") == "Learning and development"
    assert pretty("PNS") == "PNS"


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="'fr' is not one of id, en"):
        text("fr")


def test_a_message_without_a_translation_is_shown_in_english():
    assert ID.say("{n} things nobody translated", n=3) == "3 things nobody translated"


def test_a_phrase_is_its_english_sentence_and_is_said_again_in_another_language():
    phrase = Phrase("Quarter {quarter} {year}", quarter="IV", year=2025)

    assert phrase == "Quarter IV 2025"
    assert text("id").retell(phrase) == "Triwulan IV 2025"
    assert text("en").retell(phrase) == "Quarter IV 2025"


def test_a_phrase_within_a_phrase_and_phrases_together_are_said_again_too():
    inner = Phrase("{number} points", number="6,2")
    outer = Phrase.joined(Phrase("{number} per 1,000", number=inner), "", inner)

    assert outer == "6,2 points per 1,000 6,2 points"
    assert text("id").retell(outer) == "6,2 poin per 1.000 6,2 poin"
