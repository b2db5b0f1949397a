"""A verdict agrees with the interval of its own difference, or says why it is judged otherwise."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts import against_peers, compare, interval_dots, small_multiples, trend
from analytics.charts.rows import Change, apart, change, rows_of, usual_error
from analytics.stats.intervals import wilson
from analytics.ui import words
from tests.charts.build import ENGLISH, INDONESIAN, answer, row
from tests.charts.test_standardised import asked as asked_mix
from tests.charts.test_standardised import standardised_dots

COVERAGE = (0.05, 0.17, 0.33, 0.574)
"""What a stock of the year comes to quarter by quarter: far more than a year changes December."""


def quarters(*years: float, **given: Any) -> list[dict[str, Any]]:
    """Coverage by quarter, each year ending at a share; intervals of 0.6 points either side."""
    return [
        row("18", share, period=f"{2026 - len(years) + n}-Q{q + 1}", low=share - 0.006,
            high=share + 0.006, **given)
        for n, end in enumerate(years)
        for q, part in enumerate(COVERAGE)
        for share in [part * end / COVERAGE[-1]]
    ]  # fmt: skip


def said_of(rows: list[dict[str, Any]], metric: str = "training_coverage") -> list[str]:
    """The headline, the tile and the title of one place's history."""
    asked = answer(rows, metric)
    stands = words.standing(asked, None)
    return [
        words.sentence(asked, stands, "Lampung", ENGLISH),
        words.card(asked, stands, ENGLISH),
        trend(asked, setting=ENGLISH).title,
    ]


def test_a_stock_of_the_year_is_not_judged_by_how_its_quarters_grow():
    for said in said_of(quarters(0.574, 0.645)):
        assert "7.1 points" in said
        assert "no clear change" not in said
        assert "ups and downs" not in said
    headline, card, title = said_of(quarters(0.574, 0.580))
    assert "no clear change since Quarter IV 2024" in headline + card
    assert title.endswith("no clear change since Quarter IV 2024")


def test_what_grows_within_a_year_is_followed_from_year_to_year_in_small_lines():
    rows = quarters(0.60, 0.601)
    other = [one | {"place": "17", "place_name": "Bengkulu"} for one in quarters(0.50, 0.60)]
    title = small_multiples(answer([*rows, *other]), setting=ENGLISH).title
    assert title == "Of 2 places 1 clearly up, 0 clearly down"


def test_a_change_within_the_usual_ups_and_downs_says_so():
    swings = [
        row("15", 0.7 + 0.04 * (n % 2), period=f"{2024 + n // 12}-{n % 12 + 1:02}")
        for n in range(24)
    ]
    swings[-1] |= {"value": 0.80, "low": 0.79, "high": 0.81}
    for said in said_of(swings, "service_on_time_share"):
        assert "up " in said
        assert "within the usual ups and downs" in said
        assert "▲" not in said
    swings[-1] |= {"value": 0.742, "low": 0.732, "high": 0.752}  # a year before it was 74 %
    assert "no clear change since December 2024" in said_of(swings, "service_on_time_share")[0]


def test_a_change_that_is_clear_and_too_small_to_matter_says_so():
    rows = [row("15", 0.800, period="2024"), row("15", 0.820, period="2025")]
    for said in said_of(rows, "service_on_time_share"):
        assert "up 2.0 points" in said
        assert "less than what matters (3.0 points)" in said
    rows = [
        row("15", value, period=period, low=value - 1e-5, high=value + 1e-5)
        for value, period in ((0.8001, "2024"), (0.8003, "2025"))
    ]
    for said in said_of(rows):
        assert "hardly changed since 2024" in said


def test_newcombes_example_is_a_change_that_is_clear():
    """56 of 70 and 48 of 80: a difference of 0.2, 0.0524 to 0.3339. Newcombe 1998, Statistics in
    Medicine 17:873–890, table II, example (a), method 10."""
    shares, n = np.array([48 / 80, 56 / 70]), np.array([80, 70])
    ends = wilson(np.array([48, 56]), n)
    rows = [
        row("15", float(shares[at]), low=float(ends.low[at]), high=float(ends.high[at]), period=p)
        for at, p in enumerate(("2024", "2025"))
    ]
    assert "up 20.0 points" in said_of(rows)[0]


SERIES = st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(0.001, 0.05)), min_size=2, max_size=26)
METRICS_TRIED = st.sampled_from(
    ["training_coverage", "no_training_share", "on_time_share", "service_on_time_share"]
)


@given(SERIES, METRICS_TRIED, st.sampled_from(["year", "quarter", "month"]))
def test_a_verdict_agrees_with_the_interval_of_its_difference_or_says_why(
    drawn: list[tuple[float, float]], metric: str, grain: str
) -> None:
    count = {"year": 1, "quarter": 4, "month": 12}[grain]
    rows = []
    for n, (value, half) in enumerate(drawn):
        year, part = 2000 + n // count, n % count + 1
        period = {"year": f"{year}", "quarter": f"{year}-Q{part}", "month": f"{year}-{part:02}"}
        rows.append(row("18", value, period=period[grain], low=value - half, high=value + half))
    asked = answer(rows, metric)
    stands = words.standing(asked, None)
    if stands.now is None or stands.before is None:
        return
    size = abs(stands.now.value - stands.before.value)
    width = math.hypot(*(one.high - one.value for one in (stands.now, stands.before)))
    said = words.change_words(stands, "share", ENGLISH)
    assert ("no clear change" in said) == (size <= width)
    why = ("ups and downs", "what matters", "hardly changed")
    plain = said.startswith(("up ", "down ")) and not any(reason in said for reason in why)
    assert plain == (stands.change is Change.CLEAR and "hardly" not in said)
    if plain:
        assert said.startswith("up ") == (stands.now.value > stands.before.value)


# Ends of many


def places(*figures: tuple[float, float, float]) -> list[dict[str, Any]]:
    return [row(f"15.{n:02}", v, low=a, high=b) for n, (v, a, b) in enumerate(figures)]


RSUD, KECAMATAN = (0.685, 0.61, 0.75), (0.286, 0.14, 0.50)


def test_a_title_says_of_ends_that_differ_alone_that_they_do():
    """Two intervals that lie apart, 3.45 standard errors; among 39 it takes q(0.05; 39, ∞) / √2,
    more than the 3.54 of 30 (q = 5.01 for 20, 5.30 for 30: Harter 1960, Annals of Mathematical
    Statistics 31:1122–1147)."""
    wide = [(0.5, 0.2, 0.8)] * 37
    title = interval_dots(answer(places(RSUD, *wide, KECAMATAN)), setting=ENGLISH).title
    assert "68.5%" in title
    assert "28.6%" in title
    assert title.endswith("different as a pair, but not surely among all 39")
    said = words.gap(answer(places(RSUD, *wide, KECAMATAN)), ENGLISH)
    assert said.endswith("; different as a pair, but not surely among all 39.")
    two = interval_dots(answer(places(RSUD, KECAMATAN)), setting=INDONESIAN).title
    assert "tertinggi" in two
    assert "terendah" in two


FIGURES = st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 0.5)), min_size=3, max_size=15)


@given(FIGURES)
def test_not_clearly_different_is_said_where_no_two_intervals_of_a_picture_are(
    drawn: list[tuple[float, float]],
) -> None:
    asked = answer(places(*((v, v - half, v + half) for v, half in drawn)))
    title = interval_dots(asked, setting=ENGLISH, most=len(drawn)).title
    alone = any(apart(one, other) for one, other in combinations(rows_of(asked), 2))
    if title.endswith("not clearly different"):
        assert not alone
    if "not surely" in title:
        assert alone
    gap = words.gap(asked, ENGLISH)
    ends = sorted(rows_of(asked), key=lambda one: one.value)
    if gap.endswith("not clearly different."):
        assert not apart(ends[0], ends[-1])
    if "as a pair" in gap:
        assert apart(ends[0], ends[-1])
        assert not apart(ends[0], ends[-1], len(ends))


def test_pairs_that_differ_alone_and_are_not_counted_are_told_of():
    years = [[row(f"15.{n:02}", 0.5 + up, period=p) for n in range(20)]
             for p, up in (("2024", 0.0), ("2025", 0.001))]  # fmt: skip
    years[1][0] |= {"value": 0.5145, "low": 0.5045, "high": 0.5245}  # alone beyond 1.41 points
    pictures = [
        compare(*(answer(one) for one in years), setting=ENGLISH, names=("a", "b")),
        small_multiples(answer([*years[0], *years[1]]), setting=ENGLISH),
    ]
    for picture in pictures:
        assert "1 more differ when looked at alone" in picture.note
        assert "clearly" in picture.title


def test_a_gap_that_is_not_clear_with_the_same_mix_is_not_told_as_one():
    one = (("PNS", 80.0, 0.8), ("PPPK", 20.0, 0.4))
    other = (("PNS", 40.0, 0.78), ("PPPK", 60.0, 0.38))
    title = standardised_dots(*asked_mix(jambi=one, lampung=other), setting=ENGLISH).title
    assert title.endswith("; not clearly different")


def test_usual_ups_and_downs_of_a_stock_are_those_of_its_last_part_of_the_year():
    assert usual_error(rows_of(answer(quarters(0.5, 0.6)))) == 0.0
    ends = [0.5 + 0.04 * (n % 2) for n in range(8)]
    assert usual_error(rows_of(answer(quarters(*ends)))) == pytest.approx(0.04 / 1.128)
    first, last = rows_of(answer(quarters(0.5, 0.6)))[3::4]
    assert change(first, last) is Change.CLEAR


def test_figures_that_peers_are_not_counted_by_are_told_of():
    peers = [row(f"15.{n:02}", 0.5) for n in range(1, 9)]
    answers = [
        answer([row("15.00", value), *peers], metric)
        for metric, value in (
            ("training_coverage", 0.5106),
            ("on_time_share", 0.5),
            ("appraisal_completeness", 0.5),
            ("adoption_active", 0.5),
        )
    ]
    chosen = replace(ENGLISH, chosen=("province", "15.00"))
    picture = against_peers(*answers, setting=chosen)
    assert "no clear difference" in picture.title
    assert "1 more differ when looked at alone" in picture.note
