"""The funnel and the parts of a gap: what they claim is worked out from the rows alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.charts import funnel, gap_parts
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row
from tests.charts.test_pictures import drawn


def agencies(*values: float, people: float = 1000.0) -> list[dict]:
    return [
        row(f"15.{n:02}-A", value, level="agency", denominator=people, people=people)
        for n, value in enumerate(values)
    ]


def test_a_place_far_from_the_others_lies_outside_and_the_rest_within():
    # 0.5 ± 3.09 × sqrt(0.25 / 1000) = 0.451 to 0.549: nine alike, one at 0.3.
    picture = funnel(answer(agencies(*[0.5] * 9, 0.3)), setting=ENGLISH)

    assert picture.title == "Of 10 places 0 lie above and 1 below the 99.8% limits"
    outside = dict(zip(picture.table["place"], picture.more["outside_limits"].cells, strict=True))
    assert outside.pop("15.09-A") == -0.998
    assert set(outside.values()) == {0}
    cells = {name: column.cells for name, column in picture.more.items()}
    assert cells["side"] == ["within the 95% limits"] * 9 + ["below the 99.8% limits"]
    low_95, high_95, low_998, high_998, _ = (
        trace["y"][0] for trace in drawn(picture)["data"] if trace["mode"] == "lines"
    )
    drawn_at = {"limit_95_low": low_95, "limit_95_high": high_95}
    drawn_at |= {"limit_998_low": low_998, "limit_998_high": high_998}
    for name, end in drawn_at.items():
        assert cells[name] == pytest.approx([end] * 10)
    assert cells["shrunken"][9] == pytest.approx(0.3, abs=0.02)
    (marks,) = [trace for trace in drawn(picture)["data"] if trace["mode"] == "markers+text"]
    assert [name for name in marks["text"] if name] == ["Place 15.09-A"]


def test_a_person_rated_every_month_counts_once_in_a_funnel():
    rows = agencies(*[0.5] * 9, 0.42)
    monthly = [one | {"denominator": 12_000.0} for one in rows]

    assert "outside" not in funnel(answer(rows), setting=ENGLISH).title
    assert (
        funnel(answer(monthly), setting=ENGLISH).title
        == funnel(answer(rows), setting=ENGLISH).title
    )


def test_withheld_places_are_no_marks_and_few_places_no_funnel():
    rows = [*agencies(*[0.5] * 9), hidden("15.99-A", level="agency")]
    (marks,) = [
        trace
        for trace in drawn(funnel(answer(rows), setting=INDONESIAN))["data"]
        if trace["mode"] == "markers+text"
    ]
    assert len(marks["x"]) == 9
    few = funnel(answer(agencies(0.1, 0.5, 0.9)), setting=ENGLISH)
    assert few.figure is None
    assert few.title == "Too few places for a funnel"


def test_the_chosen_place_is_named_in_a_funnel_wherever_it_lies():
    setting = replace(ENGLISH, chosen=("agency", "15.03-A"))
    picture = funnel(answer(agencies(*[0.5] * 9, 0.3)), setting=setting)
    (marks,) = [trace for trace in drawn(picture)["data"] if trace["mode"] == "markers+text"]
    assert [name for name in marks["text"] if name] == ["<b>Place 15.03-A</b>", "Place 15.09-A"]


def test_a_mean_has_no_funnel():
    rows = agencies(*[20.0] * 9)
    assert funnel(answer(rows, "mean_training_hours"), setting=ENGLISH).figure is None


def side(place: str, *groups: tuple[str, float, float]) -> list[dict]:
    return [
        row(place, value, status=status, denominator=people, people=people)
        for status, people, value in groups
    ]


def test_a_gap_that_is_who_is_employed_says_so():
    # Rates alike in both (0.8 and 0.4); 80 and 40 of 100 are PNS: 0.72 against 0.56, all of it mix.
    first = answer(side("15", ("PNS", 80, 0.8), ("PPPK", 20, 0.4)), by=("status",))
    second = answer(side("18", ("PNS", 40, 0.8), ("PPPK", 60, 0.4)), by=("status",))
    picture = gap_parts(first, second, setting=ENGLISH, names=("Jambi", "Lampung"))

    said = "Lampung 16.0 points below Jambi; 16.0 points of it is who is employed"
    assert picture.title == said
    bars, _, _, ends, _ = drawn(picture)["data"]
    assert bars["x"] == pytest.approx([-0.16, 0.0])
    assert ends["x"] == pytest.approx([0.72, 0.56])


def test_each_step_begins_where_the_one_before_it_ended():
    first = answer(side("15", ("PNS", 80, 0.8), ("PPPK", 20, 0.4)), by=("status",))
    second = answer(side("18", ("PNS", 40, 0.7), ("PPPK", 60, 0.4)), by=("status",))
    bars, _, _, ends, links = drawn(
        gap_parts(first, second, setting=ENGLISH, names=("Jambi", "Lampung"))
    )["data"]

    steps = [bars["base"][0], *(b + x for b, x in zip(bars["base"], bars["x"], strict=True))]
    assert steps == pytest.approx([ends["x"][0], bars["base"][1], ends["x"][1]])
    assert links["x"][::3] == pytest.approx(steps)
    assert links["y"][:2] == [3, 2]


def test_a_mix_that_works_against_the_gap_is_told_as_the_gap_without_it():
    # Mix alone would raise the second by 0.12; within groups it is lower by 0.20.
    first = answer(side("15", ("PNS", 50, 0.8), ("PPPK", 50, 0.4)), by=("status",))
    second = answer(side("18", ("PNS", 80, 0.6), ("PPPK", 20, 0.2)), by=("status",))
    picture = gap_parts(first, second, setting=ENGLISH, names=("Jambi", "Lampung"))

    said = "Lampung 8.0 points below Jambi; with the same mix of people 20.0 points"
    assert picture.title == said


def test_two_groups_have_a_part_each_and_all_parts_sum_to_the_gap():
    def crossed(place: str, *cells: tuple[str, str, float, float]) -> list[dict]:
        return [
            row(place, value, status=status, sex=sex, denominator=people, people=people)
            for status, sex, people, value in cells
        ]

    by = ("status", "sex")
    first = crossed("15", ("PNS", "F", 40, 0.8), ("PNS", "M", 30, 0.6), ("PPPK", "F", 30, 0.3))
    second = crossed("18", ("PNS", "F", 20, 0.7), ("PNS", "M", 20, 0.6), ("PPPK", "F", 60, 0.4))
    picture = gap_parts(
        answer(first, by=by), answer(second, by=by), setting=ENGLISH, names=("Jambi", "Lampung")
    )
    bars, _, _, ends, _ = drawn(picture)["data"]
    assert len(bars["x"]) == 3
    assert sum(bars["x"]) == pytest.approx(ends["x"][1] - ends["x"][0])
    assert "the steps add up to the gap" in picture.note


def test_a_withheld_group_leaves_the_gap_unsplit():
    first = answer(side("15", ("PNS", 80, 0.8), ("PPPK", 20, 0.4)), by=("status",))
    second = answer([row("18", 0.5, status="PNS"), hidden("18", status="PPPK")], by=("status",))
    setting = replace(ENGLISH)
    picture = gap_parts(first, second, setting=setting, names=("Jambi", "Lampung"))

    assert picture.figure is None
    assert picture.title == "Groups are withheld: the gap cannot be split by them"


def test_each_group_is_listed_with_what_it_adds_and_the_parts_have_intervals():
    # Half and half reach 0.2 and 0.6; then a quarter and three quarters reach 0.3 and 0.6: as in
    # tests/stats/test_decompose.py, mix -0.0625 + 0.15, people of the same groups 0.0375.
    first = answer(side("15", ("PNS", 500, 0.2), ("PPPK", 500, 0.6)), by=("status",))
    second = answer(side("18", ("PNS", 250, 0.3), ("PPPK", 750, 0.6)), by=("status",))
    picture = gap_parts(first, second, setting=ENGLISH, names=("Jambi", "Lampung"))

    cells = {name: list(column.cells) for name, column in picture.listing.items()}
    assert cells["status"] == ["PNS", "PPPK", "Together"]
    assert cells["share_of_people_2"] == [0.25, 0.75, 1.0]
    assert cells["value_1"] == pytest.approx([0.2, 0.6, 0.4])
    assert cells["mix_status"] == pytest.approx([-0.0625, 0.15, 0.0875])
    assert cells["same_groups"] == pytest.approx([0.0375, 0.0, 0.0375])
    assert cells["gap"] == [None, None, pytest.approx(0.125)]
    # Ends of 0.01 either side: 0.25 / 2 of four figures, and 0.375 and 0.625 of two figures each.
    half = 0.01 * (4 * 0.125**2) ** 0.5
    assert cells["mix_status_low"][-1] == pytest.approx(0.0875 - half)
    half = 0.01 * (2 * 0.375**2 + 2 * 0.625**2) ** 0.5
    assert cells["same_groups_high"][-1] == pytest.approx(0.0375 + half)
    assert "lines: 95% intervals of the parts" in picture.note


def test_a_mix_whose_part_may_be_nothing_is_no_clear_part_of_the_gap():
    wide = {"low": 0.0, "high": 1.0}
    first = side("15", ("PNS", 60, 0.5), ("PPPK", 40, 0.3))
    second = side("18", ("PNS", 50, 0.3), ("PPPK", 50, 0.1))
    picture = gap_parts(
        *(answer([one | wide for one in rows], by=("status",)) for rows in (first, second)),
        setting=INDONESIAN,
        names=("Jambi", "Lampung"),
    )
    assert picture.title.endswith("tidak ada bagiannya yang jelas karena susunan pegawai")
