"""The control chart says which points are unusual and by which rule, and no more."""

from __future__ import annotations

import pytest

from analytics.charts import control_chart
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn

METRIC = "on_time_share"


def months(*values: float | None) -> list[dict]:
    """A row a month from January 2024; None is a month that is withheld."""
    periods = [f"{2024 + n // 12}-{n % 12 + 1:02d}" for n in range(len(values))]
    return [
        hidden("15", period=period) if value is None else row("15", value, period=period)
        for period, value in zip(periods, values, strict=True)
    ]


def years(*values: float) -> list[dict]:
    return [row("15", value, period=str(2020 + n)) for n, value in enumerate(values)]


def shown(values, over_years=(), setting=ENGLISH):
    asked = answer(months(*values), METRIC), answer(years(*over_years), METRIC)
    return control_chart(*asked, setting=setting)


def test_a_point_far_outside_is_a_diamond_and_the_title_names_its_month():
    # Steps of 0.06 but for the last of 0.33, which is left out: limits 2.66 × 0.06 off the mean.
    picture = shown([0.47, 0.53] * 7 + [0.47, 0.80])

    assert picture.title == "On-time share: above its usual range in April 2025"
    assert "◆ outside the limits: 1, last in April 2025" in picture.note
    *lines, points = drawn(picture)["data"]
    assert points["marker"]["symbol"] == ["circle"] * 15 + ["diamond"]
    ends = [line["y"][0] for line in lines]
    assert ends[2] - ends[1] == pytest.approx(2.66 * 0.06)
    assert list(picture.more["marked_by"].cells) == [""] * 15 + ["beyond"]
    assert picture.more["marked"].cells[-1] == "outside the limits"
    limit_of = {
        name: picture.more[name].cells[0] for name in ("limit_low", "average", "limit_high")
    }
    assert list(limit_of.values()) == pytest.approx(ends)


def test_seven_in_a_row_above_the_average_are_dated_from_the_first_of_them():
    picture = shown([0.49, 0.47] * 6 + [0.51, 0.53] * 4)

    assert picture.title == "On-time share: above its average ever since January 2025"
    assert "■ 7 or more in a row on one side of the average" in picture.note


def test_ordinary_ups_and_downs_are_called_nothing_else():
    picture = shown([0.49, 0.51] * 7)

    assert picture.title.startswith("On-time share: nothing but its usual ups and downs")
    assert "no point is marked by the four rules" in picture.note
    assert set(picture.more["marked_by"].cells) == {""}


def test_too_few_points_have_no_limits_and_say_why_in_both_languages():
    english = shown([0.5] * 11)
    assert english.figure is None
    assert english.title == "Fewer than 12 points: limits of ordinary variation are not drawn"
    assert shown([0.5] * 11, setting=INDONESIAN).title.startswith("Kurang dari 12 titik")


def test_a_withheld_month_is_a_gap_and_is_counted():
    picture = shown([0.49, 0.51] * 7 + [None])
    assert drawn(picture)["data"][-1]["y"][-1] is None
    assert "1 figures withheld" in picture.note


def test_a_trend_over_years_is_called_from_five_years_on():
    # Kendall's S of five rising values is 10 of 10: p = 2 / 5! = 0.017, below 0.05.
    flat = [0.49, 0.51] * 7
    said = "over the years 2020 to 2024: rising (Mann–Kendall test, 5 points)"
    assert said in shown(flat, [0.1, 0.2, 0.3, 0.4, 0.5]).note
    assert "falling" in shown(flat, [0.5, 0.4, 0.3, 0.2, 0.1]).note
    assert "no trend called" in shown(flat, [0.1, 0.5, 0.2, 0.4, 0.3]).note
    few = shown(flat, [0.1, 0.2, 0.3, 0.4])
    assert "4 years are too few to call a trend over years" in few.note
