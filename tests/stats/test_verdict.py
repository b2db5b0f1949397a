"""The word for an effect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.stats.verdict import Verdict, in_words, verdict


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.5, 4.0, Verdict.ROSE),
        (-4.0, -0.5, Verdict.FELL),
        (-0.9, 0.4, Verdict.NO_LARGER),
        (0.1, 0.9, Verdict.NO_LARGER),
        (-0.5, 4.0, Verdict.UNKNOWN),
        (-3.0, 0.2, Verdict.UNKNOWN),
        (None, None, Verdict.UNKNOWN),
    ],
)
def test_the_word_follows_from_the_interval_and_what_matters(low, high, word):
    assert verdict(low, high, matters=1.0) is word


@given(st.floats(-5, 5), st.floats(0, 5), st.floats(0.01, 3))
def test_a_change_turned_round_has_the_opposite_word(low, width, matters):
    opposite = {Verdict.ROSE: Verdict.FELL, Verdict.FELL: Verdict.ROSE}
    found = verdict(low, low + width, matters)
    assert verdict(-low - width, -low, matters) is opposite.get(found, found)


def test_verdicts_are_said_in_words():
    said = [str(in_words(word, matters="2 points")) for word in Verdict]
    assert said == ["rose", "fell", "no change larger than 2 points", "cannot tell"]


def test_a_smallest_change_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        verdict(0.1, 0.2, matters=0)
