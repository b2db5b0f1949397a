"""Ratings against the limits of the organisation's rating: what is drawn follows from what may be shown."""

from __future__ import annotations

from analytics.answers import Answer
from analytics.charts import PREDICATE_SHARES, curve_rules, curve_shares
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn, words

HIDDEN = None


def asked(**agencies: tuple[int | None, ...]) -> tuple[Answer, ...]:
    """Five answers, one a predicate, from each agency's counts; None is a withheld count."""
    answers = []
    for position, metric in enumerate(PREDICATE_SHARES):
        rows = []
        for code, counts in agencies.items():
            people = float(sum(count or 0 for count in counts))
            rows.append(
                hidden(code, level="agency", period="2025")
                if counts[position] is None
                else row(
                    code,
                    (counts[position] or 0) / people,
                    level="agency",
                    period="2025",
                    denominator=people,
                    people=people,
                )
            )
        answers.append(answer(rows, metric))
    return tuple(answers)


def test_an_agency_is_told_how_many_evaluations_would_have_to_change():
    # Rated Baik, 88 of 100 Baik and nobody below: 18 too many, which also gives the one too few.
    answers = asked(A=(12, 88, 0, 0, 0))
    picture = curve_shares(*answers, setting=ENGLISH, ratings={"A": "baik"})

    assert picture.title == "Rated Baik: at least 18 of 100 evaluations would have to change"
    assert "Baik, at most 70%: 18 above it" in picture.note
    assert "Butuh Perbaikan or Kurang, someone at least: 1 below it" in picture.note
    [dots] = drawn(picture)["data"]
    assert dots["x"] == [0.12, 0.88, 0, 0, 0]
    assert "together someone at least" in words(picture)


def test_what_withheld_predicates_leave_open_is_not_said():
    answers = asked(A=(12, HIDDEN, HIDDEN, HIDDEN, HIDDEN))
    # The number of evaluations is that of the first answer: all twelve are Sangat Baik here.
    picture = curve_shares(*answers, setting=ENGLISH, ratings={"A": "istimewa"})
    assert picture.title == "Rated Istimewa: at least 4 of 12 evaluations would have to change"

    halves = tuple(
        one if n else answer([row("A", 0.5, level="agency", denominator=24.0)], PREDICATE_SHARES[0])
        for n, one in enumerate(answers)
    )
    picture = curve_shares(*halves, setting=ENGLISH, ratings={"A": "baik"})
    said = "Rated Baik: withheld evaluations leave open whether the limits are kept"
    assert picture.title == said
    assert "withheld" in [one["text"] for one in drawn(picture)["layout"]["annotations"]]


def test_an_agency_without_a_rating_has_no_limits():
    picture = curve_shares(*asked(A=(12, 88, 0, 0, 0)), setting=INDONESIAN, ratings={})
    assert picture.figure is None
    assert picture.title == "Predikat organisasi ini tidak dapat ditampilkan untuk tahun ini"


THREE = {"A": (1, 9, 0, 0, 0), "B": (3, 6, 1, 0, 0), "C": (8, 2, 0, 0, 0)}
RATED = {"A": "baik", "B": "baik", "C": "istimewa"}


def test_each_rule_is_counted_for_the_agencies_that_it_binds():
    picture = curve_rules(*asked(**THREE), setting=ENGLISH, ratings=RATED)

    assert (
        picture.title
        == "1 of 1 agencies rated Istimewa do not keep the rule: at most 70% Sangat Baik"
    )
    assert words(picture) == [
        "<b>At most 70% Sangat Baik</b><br>rated Istimewa: 1 do not",
        "<b>At most 70% Baik</b><br>rated Baik: 1 keep it, 1 do not",
        "<b>At least one rated Butuh Perbaikan or Kurang</b><br>rated Baik: 1 keep it, 1 do not",
    ]
    kept, broken, unknown = drawn(picture)["data"]
    assert (kept["x"], broken["x"], unknown["x"]) == ([0, 1, 1], [1, 1, 1], [0, 0, 0])
    counts = [list(picture.listing[name].cells) for name in ("kept", "broken", "open")]
    assert counts == [[0, 1, 1], [1, 1, 1], [0, 0, 0]]
