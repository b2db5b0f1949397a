"""Shrunken shares stand beside the raw ones, and say what drew them."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.charts import shrunken_dots
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn


def agencies(*given: tuple[float, float]) -> list[dict]:
    """Agencies by share and people."""
    return [
        row(f"15.{n:02}-A", value, level="agency", denominator=people, people=people)
        for n, (value, people) in enumerate(given)
    ]


SIX = agencies((0.1, 400), (0.2, 400), (0.3, 400), (0.4, 400), (0.5, 400), (0.9, 5))


def test_the_agency_with_few_people_is_drawn_furthest_and_the_note_says_why():
    picture = shrunken_dots(answer(SIX, "top_rating_share"), setting=ENGLISH)

    shrunken, drawn_by = (
        np.array(picture.more[name].cells, float) for name in ("shrunken", "drawn_by")
    )
    assert np.argmax(np.abs(shrunken - [one["value"] for one in SIX])) == 5
    assert np.argmax(drawn_by) == 5
    assert "Place 15.05-A: 90.0% is drawn toward the mean" in picture.note
    assert "because few people (5) stand behind it" in picture.note
    dots, ticks, *_ = drawn(picture)["data"]
    assert dots["x"] == sorted(dots["x"])
    assert ticks["x"] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.9])


def test_agencies_that_chance_explains_are_set_apart_from_nothing():
    alike = agencies(*[(share, 10.0) for share in (0.1, 0.2, 0.1, 0.2, 0.1, 0.2)])
    title = shrunken_dots(answer(alike, "top_rating_share"), setting=ENGLISH).title
    said = "None of 6 agencies lies clearly off the mean of 15.0%, chance allowed for"
    assert title == said


def test_few_agencies_are_not_shrunken_and_withheld_ones_are_counted():
    few = shrunken_dots(answer(SIX[:3], "top_rating_share"), setting=INDONESIAN)
    assert few.figure is None
    rows = [*SIX, hidden("15.99-A", level="agency")]
    picture = shrunken_dots(answer(rows, "top_rating_share"), setting=ENGLISH)
    assert "1 figures withheld" in picture.note
