"""What is drawn is in the answer, and what may not be shown is an open mark with words."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from analytics.charts import (
    MATRIX_SHARES,
    PREDICATE_SHARES,
    Event,
    Picture,
    Tile,
    choropleth,
    compare,
    heatmap,
    interval_dots,
    matrix,
    place_map,
    small_multiples,
    sparkline,
    stacked,
    tile_map,
    trend,
)
from analytics.charts.maps import boundaries_of
from analytics.charts.picture import shorten, wrapped
from analytics.charts.theme import DARK
from tests.charts.build import ENGLISH, INDONESIAN, answer, hidden, row

PROVINCES = [row("15", 0.55), row("17", 0.52), hidden("18")]
YEARS = [
    row(place, value, period=period)
    for place, value in (("15", 0.5), ("17", 0.6))
    for period in ("2023", "2024", "2025")
]
REGIONS = [
    row("15.01", 0.4, level="government"),
    row("15.02", 0.6, level="government"),
    hidden("18.01", level="government"),
]


def drawn(picture: Picture) -> dict[str, Any]:
    """The figure as the browser gets it."""
    assert picture.figure is not None
    return json.loads(str(picture.figure.to_json()))


def words(picture: Picture) -> list[str]:
    """The annotations of a figure."""
    return [note["text"] for note in drawn(picture)["layout"].get("annotations", [])]


def test_a_withheld_place_is_an_open_mark_at_the_axis_with_the_word():
    picture = interval_dots(answer(PROVINCES), setting=ENGLISH)
    [dots] = drawn(picture)["data"]
    floor = drawn(picture)["layout"]["xaxis"]["range"][0]
    assert dots["x"][0] == floor
    assert dots["marker"]["symbol"][0] == "square-open"
    assert "withheld" in words(picture)


def test_every_interval_is_drawn():
    [dots] = drawn(interval_dots(answer(PROVINCES), setting=ENGLISH))["data"]
    assert dots["error_x"]["array"] == [None, pytest.approx(0.01), pytest.approx(0.01)]


def test_a_share_without_n_is_drawn_without_an_interval_and_says_so():
    nan = float("nan")
    asked = answer([row("15", 0.5, low=nan, high=nan, denominator=nan), row("17", 0.6)])
    picture = interval_dots(asked, setting=ENGLISH)
    [dots] = drawn(picture)["data"]
    assert dots["error_x"]["array"][0] is None
    assert "1 without an interval (n not known)" in picture.note


def test_of_many_places_the_ends_and_the_chosen_one_are_drawn():
    rows = [row(f"15.{i:02d}", 0.1 + i / 100, level="government") for i in range(60)]
    setting = replace(ENGLISH, chosen=("government", "15.30"))
    picture = interval_dots(answer(rows), setting=setting, most=10)
    [dots] = drawn(picture)["data"]
    assert len(dots["x"]) == 11
    assert "government:15.30" in dots["customdata"]
    assert "49 in the middle not drawn" in picture.note
    assert len(picture.table) == 60


def test_the_chosen_place_has_its_colour_and_the_others_are_grey():
    setting = replace(ENGLISH, chosen=("province", "17"))
    traces = drawn(trend(answer(YEARS), setting=setting))["data"]
    lines = {t["customdata"][0]: t["line"]["color"] for t in traces if "customdata" in t}
    assert lines == {"province:15": "#B8C0CC", "province:17": "#4C1D95"}


def test_a_missing_value_breaks_the_line():
    rows = [row("15", 0.5, period="2023"), hidden("15", period="2024"), row("15", 0.5)]
    traces = drawn(trend(answer(rows), setting=ENGLISH))["data"]
    [line] = [t for t in traces if t["mode"] == "lines+markers"]
    assert line["y"] == [0.5, None, 0.5]
    [mark] = [t for t in traces if t["mode"] == "markers"]
    assert mark["marker"]["symbol"] == ["circle-open"]


def test_withheld_marks_of_several_places_stand_in_lanes_of_their_own():
    rows = [row("18", 0.5, period="2024"), row("18", 0.6)]
    rows += [hidden("15", period="2024"), row("15", 0.5), row("17", 0.4, period="2024")]
    picture = trend(answer([*rows, hidden("17")]), setting=ENGLISH)
    marks = [t for t in drawn(picture)["data"] if t["mode"] == "markers"]
    floor = drawn(picture)["layout"]["yaxis"]["range"][0]
    heights = [t["y"][0] for t in marks]
    assert floor < heights[1] < heights[0] < 0.39
    assert {"Jambi: withheld", "Bengkulu: withheld"} <= set(words(picture))


def test_withheld_marks_of_unnamed_places_share_a_lane():
    rows = [row(f"15.{i:02d}", 0.5, period=p) for i in range(8) for p in ("2024", "2025")]
    rows += [hidden(f"15.{i:02d}", period="2023") for i in range(3)]
    setting = replace(ENGLISH, chosen=("province", "15.00"))
    picture = trend(answer(rows), setting=setting)
    assert {"Place 15.00: withheld", "2 others: withheld"} <= set(words(picture))


def test_names_at_the_ends_of_lines_do_not_lie_over_each_other():
    rows = [row(f"15.0{i}", 0.5, period=p) for i in range(5) for p in ("2024", "2025")]
    layout = drawn(trend(answer(rows), setting=ENGLISH))["layout"]
    shifts = sorted(note["yshift"] for note in layout["annotations"] if note["x"] == 1)
    assert all(upper - lower >= 15.9 for lower, upper in itertools.pairwise(shifts))


def test_of_a_crowd_the_grey_lines_are_thin_and_only_the_chosen_has_a_band():
    rows = [row(f"15.{i:02d}", 0.5, period=p) for i in range(14) for p in ("2024", "2025")]
    setting = replace(ENGLISH, chosen=("province", "15.03"))
    traces = drawn(trend(answer(rows), setting=setting))["data"]
    widths = [t["line"]["width"] for t in traces if t["mode"] == "lines+markers"]
    assert sorted(widths) == [0.6] * 13 + [2.5]
    assert sum(t.get("fill") == "toself" for t in traces) == 1


def test_an_activity_that_is_repeated_is_named_once():
    days = (date(2023, 9, 1), date(2024, 3, 1), date(2024, 9, 1))
    events = tuple(Event(day, "Socialisation") for day in days)
    picture = trend(answer(YEARS), setting=replace(ENGLISH, events=events))
    assert words(picture).count("Socialisation") == 1
    assert len(drawn(picture)["layout"]["shapes"]) == 3


def test_agencies_of_one_name_are_told_apart_by_their_government():
    rows = [
        row(f"{code}-DINKES", 0.5, level="agency", place_name="Dinas Kesehatan")
        for code in ("15.71", "18.01")
    ]
    names = {("government", "15.71"): "Kota Jambi", ("government", "18.01"): "Lampung Selatan"}
    picture = interval_dots(answer(rows), setting=replace(ENGLISH, names=names))
    assert drawn(picture)["layout"]["yaxis"]["ticktext"] == [
        "Dinas Kesehatan,<br>Kota Jambi",
        "Dinas Kesehatan,<br>Lampung Selatan",
    ]


def test_where_the_rest_are_zero_only_those_above_are_drawn():
    rows = [row(f"15.{i:02d}", max(0.0, (i - 55) / 50), low=0.0) for i in range(60)]
    picture = interval_dots(answer(rows), setting=ENGLISH, most=10)
    [dots] = drawn(picture)["data"]
    assert len(dots["x"]) == 4
    assert "56 at 0.0% not drawn" in picture.note


def test_a_name_that_is_cut_keeps_its_government():
    name = "Dinas Pemberdayaan Masyarakat dan Desa, Kota Metro"
    assert wrapped(name) == "Dinas Pemberdayaan…<br>Kota Metro"
    assert wrapped("Dinas Kesehatan") == "Dinas Kesehatan"
    assert shorten(name, 40) == "Dinas Pemberdayaan…, Kota Metro"
    assert shorten("Dinas Kependudukan dan Pencatatan Sipil", 20) == "Dinas Kependudukan…"


def test_panels_stand_in_three_columns_at_most_with_their_years_inside():
    rows = [row(f"15.{i:02d}", 0.5, period=p) for i in range(4) for p in ("2023", "2024", "2025")]
    layout = drawn(small_multiples(answer(rows), setting=ENGLISH, columns=4))["layout"]
    assert layout["xaxis4"]["domain"][0] == layout["xaxis"]["domain"][0]
    years = [(n["text"], n["xanchor"]) for n in layout["annotations"] if n["text"].isdigit()]
    assert years == [("2023", "left"), ("2025", "right")] * 4


def test_a_target_near_the_edge_is_not_cut():
    picture = interval_dots(answer(PROVINCES), setting=replace(ENGLISH, target=0.9))
    [word] = [n for n in drawn(picture)["layout"]["annotations"] if n["text"] == "target 90%"]
    assert word["xanchor"] == "right"


def test_a_point_alone_has_its_interval_and_the_band_is_parted_where_the_line_is():
    years = ("2020", "2021", "2022", "2023", "2024", "2025")
    rows = [row("15", 0.5, period=year) for year in years]
    rows[2] = hidden("15", period="2022")
    rows[4] = hidden("15", period="2024")
    traces = drawn(trend(answer(rows), setting=ENGLISH))["data"]
    [line] = [t for t in traces if t["mode"] == "lines+markers"]
    half = pytest.approx(0.01)
    assert line["error_y"]["array"] == [None, None, None, half, None, half]
    [band] = [t for t in traces if t.get("fill") == "toself"]
    assert len(band["x"]) == 4


def test_policies_within_the_years_are_dated_lines():
    setting = replace(
        ENGLISH,
        events=(Event(date(2024, 7, 1), "e-Kinerja"), Event(date(1999, 1, 1), "long ago")),
    )
    picture = trend(answer(YEARS), setting=setting)
    assert len(drawn(picture)["layout"]["shapes"]) == 1
    assert "e-Kinerja" in words(picture)


def test_the_target_is_a_line_with_its_value():
    picture = trend(answer(YEARS), setting=replace(INDONESIAN, target=0.8))
    assert "target 80\u00a0%" in words(picture)
    low, high = drawn(picture)["layout"]["yaxis"]["range"]
    assert low <= 0.8 <= high


def test_categories_are_lines_told_apart_without_colour():
    rows = [
        row("15", 0.4 + i / 10, period=period, sex=sex)
        for i, sex in enumerate(("F", "M"))
        for period in ("2024", "2025")
    ]
    picture = trend(answer(rows, by=("sex",)), setting=ENGLISH)
    lines = [t for t in drawn(picture)["data"] if t["mode"] == "lines+markers"]
    assert [line["line"]["dash"] for line in lines] == ["solid", "dash"]
    assert {"Women", "Men"} <= set(words(picture))


def test_withheld_parts_of_a_bar_are_one_outlined_part():
    rows = {metric: [hidden("15")] for metric in PREDICATE_SHARES[1:]}
    asked = [answer([row("15", 0.11)], PREDICATE_SHARES[0])]
    asked += [answer(found, metric) for metric, found in rows.items()]
    *_, rest = drawn(stacked(*asked, setting=ENGLISH))["data"]
    assert rest["x"] == [pytest.approx(0.89)]
    assert rest["text"] == ["withheld together"]
    assert rest["marker"]["color"] == "rgba(0,0,0,0)"


def test_a_short_part_has_its_figure_without_the_sign():
    asked = [
        answer([row("15", share)], metric)
        for metric, share in zip(PREDICATE_SHARES, (0.124, 0.85, 0.02, 0.004, 0.002), strict=True)
    ]
    parts = drawn(stacked(*asked, setting=INDONESIAN))["data"]
    assert [part["text"] for part in parts[:3]] == [["12,4"], ["85,0\u00a0%"], [""]]


def test_baik_is_muted():
    asked = [answer([row("15", 0.2)], metric) for metric in PREDICATE_SHARES]
    opacities = [
        t["marker"].get("opacity") for t in drawn(stacked(*asked, setting=ENGLISH))["data"]
    ]
    assert opacities[:5] == [1.0, 0.45, 1.0, 1.0, 1.0]


def test_a_withheld_tile_of_the_matrix_has_no_figure():
    rows = [row("15", 0.5), *[hidden("15")] * 8]
    asked = [answer([found], metric) for metric, found in zip(MATRIX_SHARES, rows, strict=True)]
    picture = matrix(*asked, setting=ENGLISH)
    assert words(picture) == ["50.0%", *["withheld"] * 8, "Work result"]
    assert all("textangle" not in note for note in drawn(picture)["layout"]["annotations"])


def test_regions_without_a_place_in_the_layout_stand_in_further_rows():
    setting = replace(ENGLISH, tiles=(Tile("15.01", 3, 2), Tile("15.02", 3, 3)))
    [targets] = drawn(tile_map(answer(REGIONS), setting=setting))["data"]
    assert list(zip(targets["x"], targets["y"], strict=True)) == [(0, 0), (1, 0), (0, 1)]


def test_a_provincial_government_is_not_on_the_map():
    rows = [*REGIONS, row("15", 0.9, level="government")]
    picture = tile_map(answer(rows), setting=ENGLISH)
    assert picture.places == ("government:15.01", "government:15.02", "government:18.01")


def test_boundaries_replace_the_tiles_and_match_by_code():
    shape = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}
    boundaries = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"kode": code}, "geometry": shape}
            for code in ("15.01", "15.02", "18.01")
        ],
    }
    setting = replace(ENGLISH, boundaries=boundaries_of(boundaries))
    traces = drawn(place_map(answer(REGIONS), setting=setting))["data"]
    assert [t["type"] for t in traces] == ["choropleth", "choropleth"]
    assert [t["locations"] for t in traces] == [["15.01", "15.02"], ["18.01"]]
    assert [f["id"] for f in traces[0]["geojson"]["features"]] == ["15.01", "15.02", "18.01"]


def test_boundaries_are_wound_as_the_map_wants_them():
    outer = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]  # anticlockwise, as RFC 7946 has it
    hole = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]
    geometry = {"type": "MultiPolygon", "coordinates": [[outer, hole]]}
    feature = {"type": "Feature", "properties": {"kode": "15.01"}, "geometry": geometry}
    [made] = boundaries_of({"features": [feature]})["features"]
    assert made["id"] == "15.01"
    assert made["geometry"]["coordinates"] == [[outer[::-1], hole[::-1]]]


def test_a_pair_of_breakdowns_is_a_grid_of_cells():
    rows = [row("15", 0.5, sex=sex, status=status) for sex in "FM" for status in ("PNS", "PPPK")]
    rows[3] = hidden("15", sex="M", status="PPPK")
    picture = heatmap(answer(rows, by=("sex", "status")), setting=ENGLISH)
    assert words(picture) == ["40.0%", "60.0%", "50.0%", "50.0%", "50.0%", "○"]
    assert "○ withheld or no figure" in picture.note
    assert drawn(picture)["layout"]["yaxis"]["ticktext"] == ["Women", "Men"]


def test_many_columns_still_write_their_figures_shorter():
    places = ("15", "17")
    months = [
        row(place, 0.5 + i / 100, period=f"2025-{i + 1:02d}") for place in places for i in range(12)
    ]
    assert words(heatmap(answer(months), setting=INDONESIAN))[2:5] == ["50", "50", "51"]
    years = [row(place, 0.5, period=str(y)) for place in places for y in range(2018, 2024)]
    assert words(heatmap(answer(years), setting=INDONESIAN))[2:4] == ["50,0", "50,0"]


def test_the_longer_of_places_and_categories_goes_down():
    facets = ("discrepancy", "efficacy", "valence", "engagement", "support")
    rows = [row(place, 0.5, facet=facet) for place in ("15", "17") for facet in facets]
    layout = drawn(heatmap(answer(rows, by=("facet",)), setting=ENGLISH))["layout"]
    assert layout["xaxis"]["ticktext"] == ["Jambi", "Bengkulu"]


def test_a_small_spread_of_shares_does_not_take_the_whole_scale():
    rows = [row("15.01", 0.976, level="government"), row("15.02", 0.979, level="government")]
    assert words(tile_map(answer(rows), setting=INDONESIAN))[:2] == ["80,0\u00a0%", "100,0\u00a0%"]
    rows = [row("15.01", 0.2, level="government"), row("15.02", 0.7, level="government")]
    assert words(tile_map(answer(rows), setting=INDONESIAN))[:2] == ["20,0\u00a0%", "70,0\u00a0%"]


def test_two_selections_meet_in_the_categories_they_share():
    first = answer([row("15", 0.5, sex="F"), row("15", 0.4, sex="M")], by=("sex",))
    second = answer([row("18", 0.4, sex="F"), hidden("18", sex="M")], by=("sex",))
    picture = compare(first, second, setting=ENGLISH, names=("Jambi", "Lampung"))
    assert picture.title == "Jambi 50.0%, Lampung 40.0%: 10.0 points apart"
    assert drawn(picture)["layout"]["yaxis"]["ticktext"] == ["Women"]
    assert len(picture.table) == 4


def test_two_places_meet_where_they_share_a_period():
    first, second = answer([row("15", 0.5)]), answer([row("18", 0.505)])
    picture = compare(first, second, setting=ENGLISH, names=("Jambi", "Lampung"))
    assert picture.title == "Jambi 50.0%, Lampung 50.5%: not clearly different"


def test_two_sides_have_the_colours_of_their_provinces_or_none_that_means_one():
    jambi, lampung = row("15", 0.5), row("18", 0.6)
    sides = compare(answer([jambi]), answer([lampung]), setting=ENGLISH, names=("Jambi", "Lampung"))
    colours = [trace["marker"]["color"] for trace in drawn(sides)["data"]]
    theme = ENGLISH.theme
    assert colours == [theme.province(code, ENGLISH.provinces) for code in ("15", "18")]
    years = compare(
        answer([row("15", 0.5, period="2024")]),
        answer([jambi]),
        setting=ENGLISH,
        names=("2024", "2025"),
    )
    colours = [trace["marker"]["color"] for trace in drawn(years)["data"]]
    assert not set(colours) & set(theme.provinces)


def test_of_very_many_panels_those_that_moved_most_and_the_chosen_are_drawn():
    places = [f"15.{number:02}" for number in range(60)]
    rows = [
        row(
            place,
            0.2 + (position / 100 if period == "2025" else 0),
            level="government",
            period=period,
        )
        for position, place in enumerate(places)
        for period in ("2024", "2025")
    ]
    setting = replace(ENGLISH, chosen=("government", "15.00"))
    picture = small_multiples(answer(rows), setting=setting)
    assert "18 that moved least not drawn" in picture.note
    assert len(picture.table) == 120
    drawn_names = " ".join(words(picture))
    assert "15.00" in drawn_names
    assert "15.59" in drawn_names
    assert "15.02" not in drawn_names


def test_a_sparkline_needs_two_periods():
    assert sparkline(answer([row("15")]), setting=ENGLISH) == ""
    assert sparkline(answer(YEARS[:3]), setting=ENGLISH).count(",") == 3


PICTURES = (
    lambda setting: trend(answer(YEARS), setting=setting),
    lambda setting: small_multiples(answer(YEARS), setting=setting),
    lambda setting: interval_dots(answer(PROVINCES), setting=setting),
    lambda setting: tile_map(answer(REGIONS), setting=setting),
    lambda setting: heatmap(answer(YEARS), setting=setting),
    lambda setting: stacked(*[answer(PROVINCES, m) for m in PREDICATE_SHARES], setting=setting),
    lambda setting: matrix(*[answer([row("15")], m) for m in MATRIX_SHARES], setting=setting),
)


@pytest.mark.parametrize("make", PICTURES)
@pytest.mark.parametrize("setting", [ENGLISH, replace(INDONESIAN, theme=DARK)])
def test_every_picture_has_its_words_its_table_and_the_lean_layout(make, setting):
    picture = make(setting)
    layout = drawn(picture)["layout"]
    assert picture.title
    assert picture.subtitle
    assert picture.title in picture.alt
    assert "n = " in picture.note
    assert len(picture.table) > 0
    assert layout.get("template", {}) == {}
    assert layout["showlegend"] is False
    assert layout["separators"] == setting.text.separators
    assert len(picture.title.split()) <= 14


@pytest.mark.parametrize("draw", [trend, small_multiples, interval_dots, tile_map, heatmap])
def test_an_answer_with_no_rows_draws_nothing(draw):
    picture = draw(answer([]), setting=ENGLISH)
    assert picture.figure is None
    assert picture.table.empty


def test_a_choropleth_without_boundaries_draws_nothing():
    assert choropleth(answer(REGIONS), setting=ENGLISH).figure is None
