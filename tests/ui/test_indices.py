"""The parts of an index stand in the open, on one scale, and say which of them is wanting."""

from __future__ import annotations

import pytest

from analytics.ui import indices
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row

SCORE = indices.Part(0.5, answer([row("15", 62.0, low=60.0, high=64.0)], "facet_score"))
ACTIVE = indices.Part(0.2, answer([row("15", 0.9)], "adoption_active"))
HIDDEN = indices.Part(0.15, answer([hidden("15")], "adoption_on_time"))
NOTHING = indices.Part(0.15, answer([], "socialisation_attendance"))


def test_shares_and_points_stand_on_one_scale_with_their_weights():
    frame, units = indices.table_of([SCORE, ACTIVE], ENGLISH)
    assert frame["Part"].tolist() == ["Survey score", "Active users"]
    assert frame["Weight"].tolist() == [0.5, 0.2]
    assert frame["From 0 to 100"].tolist() == [62.0, 90.0]
    assert frame["95% from"].tolist() == [60.0, pytest.approx(89.0)]
    assert frame["95% to"].tolist() == [64.0, pytest.approx(91.0)]
    assert frame["Note"].tolist() == ["", ""]
    assert units["Weight"] == ["share", "share"]
    assert indices.why_none([SCORE, ACTIVE], "Jambi", ENGLISH) == ""


def test_a_part_that_is_wanting_is_named_with_the_reason():
    parts = [SCORE, ACTIVE, HIDDEN, NOTHING]
    assert indices.why_none(parts, "Jambi", ENGLISH) == (
        "There is no index for Jambi, for want of: entries on time (withheld),"
        " socialisation attendance (no figure)."
    )
    frame, _ = indices.table_of(parts, INDONESIAN)
    assert frame["Keterangan"].tolist()[:2] == ["", ""]
    assert all(frame["Keterangan"].tolist()[2:])
    assert frame["Dari 0 sampai 100"].isna().tolist() == [False, False, True, True]
