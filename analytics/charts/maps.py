"""Where it is: our own `tile_map`, or a `choropleth` where boundaries lie beside the store."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.picture import Picture, Setting, Tile, shorten
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.charts.scale import SCALE_ROOM, part_of, scale, span_of
from analytics.charts.stacks import tile
from analytics.charts.theme import figure, ink_on, readable_amount

if TYPE_CHECKING:
    from analytics.answers import Answer

TILES = Path(__file__).resolve().parents[2] / "data" / "tiles.csv"
TILE_HEIGHT = 50  # two lines of a name and a figure
FURTHER_COLUMNS = 6  # at least so many regions without a place in the layout share a row
TILE_NAME = 10  # characters of a name on one line of a tile, also on a narrow screen
ABSENT = "○"  # the note says what it stands for
CODE_NAMES = ("kode", "region_code", "code", "id")


def read_tiles(path: Path = TILES) -> tuple[Tile, ...]:
    """The layout of the tile map."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Tile(row["region_code"], int(row["row"]), int(row["column"]))
            for row in csv.DictReader(file)
        )


def place_map(answer: Answer, *, setting: Setting) -> Picture:
    """The choropleth where there are boundaries, else the tile map."""
    if setting.boundaries is not None:
        return choropleth(answer, setting=setting)
    return tile_map(answer, setting=setting)


def _prepared(answer: Answer, setting: Setting) -> list[Row]:
    """The last period's rows of regions; a provincial government has no area of its own."""
    return [row for row in latest(rows_of(answer)) if row.place not in setting.provinces]


def _told(
    answer: Answer, rows: Sequence[Row], figure_: go.Figure | None, setting: Setting
) -> Picture:
    text = setting.text
    names = findings.place_names(rows, setting)
    title = findings.extremes(rows, names, str(answer.metric.unit), setting)
    if figure_ is None:
        return findings.nothing(answer, rows, setting, title)
    said = [findings.note(rows, setting, intervals=False)]
    if any(not row.known for row in rows):
        said.append(text.say("○ withheld or no figure"))
    said.append(text.say("intervals in the table"))
    return Picture(
        figure_,
        title,
        findings.subtitle(answer, rows, setting),
        text.say("Map of {count} places. {title}.", count=len(rows), title=title),
        answer.rows,
        " · ".join(part for part in said if part),
        options(rows),
    )


def tile_map(answer: Answer, *, setting: Setting) -> Picture:
    """One tile a kabupaten or kota, roughly where it lies; unknown regions follow in extra rows."""
    rows = _prepared(answer, setting)
    if not known(rows):
        return _told(answer, rows, None, setting)
    unit = str(answer.metric.unit)
    placed = _placed(rows, setting)
    width = max(column for _, column in placed) + 1
    depth = max(line for line, _ in placed) + 1
    span = span_of(rows, unit)
    shapes, annotations = scale(span, unit, setting)
    for (line, column), row in zip(placed, rows, strict=True):
        colour = readable_amount(setting.theme, part_of(row.value, span)) if row.known else None
        shapes.append(_outlined(tile(column, line, colour, setting), row, setting))
        annotations.extend(_tile_words(line, column, row, colour, unit, setting))
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=8 + SCALE_ROOM + TILE_HEIGHT * depth,
        margin={"b": SCALE_ROOM},
        shapes=shapes,
        annotations=annotations,
        xaxis={"visible": False, "range": [-0.52, width - 0.48]},
        yaxis={"visible": False, "range": [depth - 0.48, -0.52]},
    )
    points = [(column, line) for line, column in placed]
    figure_.add_trace(
        pointer_targets(points, rows, findings.place_names(rows, setting), unit, setting)
    )
    return _told(answer, rows, figure_, setting)


def _placed(rows: Sequence[Row], setting: Setting) -> list[tuple[int, int]]:
    layout = {piece.region_code: (piece.row, piece.column) for piece in setting.tiles}
    used = [layout[row.place] for row in rows if row.place in layout]
    top = min((line for line, _ in used), default=0)
    left = min((column for _, column in used), default=0)
    below = max((line for line, _ in used), default=top - 1) + 1 - top
    columns = max(max((column for _, column in used), default=0) + 1 - left, FURTHER_COLUMNS)
    placed, further = [], 0
    for row in rows:
        if row.place in layout:
            line, column = layout[row.place]
            placed.append((line - top, column - left))
        else:
            placed.append((below + further // columns, further % columns))
            further += 1
    return placed


def _outlined(shape: dict, row: Row, setting: Setting) -> dict:
    own = row.where == setting.chosen
    colour = setting.theme.ink if own else setting.theme.province(row.province, setting.provinces)
    return shape | {"line": {"width": 3 if own else 1.5, "color": colour}}


def _tile_words(
    line: int, column: int, row: Row, colour: str | None, unit: str, setting: Setting
) -> list[dict]:
    ink = ink_on(colour) if colour else setting.theme.context_text
    said = setting.text.value(row.value, unit) if row.known else ABSENT
    name = _abbreviated(setting.name(row.level, row.place, row.place_name))
    return [
        {
            "x": column,
            "y": line + shift,
            "text": word,
            "showarrow": False,
            "font": {"size": size, "color": ink},
        }
        for word, shift, size in ((name, -0.16, 9), (said, 0.28, 11))
    ]


def _abbreviated(name: str) -> str:
    """A name on at most two lines of ten characters, the words before the last cut to fit."""
    words = name.split()
    if len(name) < TILE_NAME or len(words) == 1:
        return shorten(name, TILE_NAME)
    if len(words) > 2:
        words = [word for word in words if word.lower() not in ("kota", "city")]
    first, *rest = words
    if len(rest) > 1:
        rest = [f"{word[:3]}." for word in rest[:-1]] + rest[-1:]
    return f"{shorten(first, TILE_NAME)}<br>{shorten(' '.join(rest), TILE_NAME)}"


def pointer_targets(
    points: Sequence[tuple[float, float]],
    rows: Sequence[Row],
    names: Sequence[str],
    unit: str,
    setting: Setting,
) -> go.Scatter:
    """Invisible marks that catch the pointer and the click on each tile."""
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="markers",
        marker={"size": 34, "symbol": "square", "opacity": 0},
        customdata=[row.option for row in rows],
        text=[
            findings.hover(row, name, unit, setting) for row, name in zip(rows, names, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )


def choropleth(answer: Answer, *, setting: Setting) -> Picture:
    """Polygons coloured by value; places without a figure are grey and say so when pointed at."""
    rows = _prepared(answer, setting)
    if not known(rows) or setting.boundaries is None:
        return _told(answer, rows, None, setting)
    theme = setting.theme
    unit = str(answer.metric.unit)
    span = span_of(rows, unit)
    shapes, annotations = scale(span, unit, setting)
    figure_ = figure(
        theme,
        setting.text.separators,
        height=460 + SCALE_ROOM,
        margin={"b": SCALE_ROOM},
        shapes=shapes,
        annotations=annotations,
        geo={
            "fitbounds": "locations",
            "visible": False,
            "bgcolor": "rgba(0,0,0,0)",
            "projection": {"type": "mercator"},
        },
    )
    colours = [[step / 20, readable_amount(theme, step / 20)] for step in range(21)]
    figure_.add_trace(_areas(known(rows), colours, span, unit, setting))
    absent = [row for row in rows if not row.known]
    if absent:
        grey = [[0, theme.grid], [1, theme.grid]]
        figure_.add_trace(_areas(absent, grey, (0.0, 1.0), unit, setting))
    return _told(answer, rows, figure_, setting)


def _areas(
    rows: Sequence[Row],
    colours: list[list],
    span: tuple[float, float],
    unit: str,
    setting: Setting,
) -> go.Choropleth:
    names = findings.place_names(rows, setting)
    return go.Choropleth(
        geojson=setting.boundaries,
        locations=[row.place for row in rows],
        z=[row.value if row.known else 0.0 for row in rows],
        zmin=span[0],
        zmax=span[1] if span[1] > span[0] else span[0] + 1e-9,
        colorscale=colours,
        showscale=False,
        marker={"line": {"color": setting.theme.context_line, "width": 0.8}},
        customdata=[row.option for row in rows],
        text=[
            findings.hover(row, name, unit, setting) for row, name in zip(rows, names, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )


def boundaries_of(collection: Mapping[str, Any]) -> dict[str, Any]:
    """GeoJSON polygons as `choropleth` needs them: each feature's id its Kemendagri code, outer
    rings clockwise.

    GeoJSON wants them the other way round (RFC 7946), which plotly's map takes for all the world
    but the region.
    """
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": _code_of(feature),
                "properties": {},
                "geometry": _wound(feature["geometry"]),
            }
            for feature in collection["features"]
        ],
    }


def _code_of(feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties") or {}
    found = (properties[name] for name in CODE_NAMES if properties.get(name))
    return str(next(found, feature.get("id")))


def _wound(geometry: Mapping[str, Any]) -> dict[str, Any]:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(polygons)}
    return {"type": "MultiPolygon", "coordinates": [_rings(polygon) for polygon in polygons]}


def _rings(polygon: Sequence[Sequence[Sequence[float]]]) -> list[list[Sequence[float]]]:
    return [
        list(ring) if _clockwise(ring) == (position == 0) else list(ring)[::-1]
        for position, ring in enumerate(polygon)
    ]


def _clockwise(ring: Sequence[Sequence[float]]) -> bool:
    return sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in itertools.pairwise(ring)) > 0
