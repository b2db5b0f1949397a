"""A `heatmap` of two breakdowns, or of one breakdown by place or period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.maps import ABSENT, pointer_targets
from analytics.charts.picture import Picture, Setting, wrapped
from analytics.charts.rows import Row, in_time, known, options, rows_of
from analytics.charts.scale import SCALE_ROOM, part_of, scale, span_of
from analytics.charts.stacks import tile
from analytics.charts.theme import figure, ink_on, readable_amount

if TYPE_CHECKING:
    from analytics.answers import Answer

CELL_HEIGHT = 30
SIDE = 20  # characters of a line of a row's name
HEAD_LINES = 3
HEAD = 11  # characters of a column's name on one line
MOST_HEADS = 16  # columns that can all be named
MOST_PERIODS = 6  # named periods, also on a narrow screen
MOST_ACROSS = 4  # so many places stand across where there are more categories than that
FULL_COLUMNS = 4  # up to so many columns, figures are written with their unit
DECIMAL_COLUMNS = 8  # up to so many, with their decimals
WRITTEN_COLUMNS = 40  # with more columns than this there is no room for figures in the cells


def heatmap(
    answer: Answer, *, setting: Setting, down: str | None = None, across: str | None = None
) -> Picture:
    """Cells of `down` by `across`, each "place", "period" or a breakdown of the answer."""
    text = setting.text
    by = answer.question.by
    rows = in_time(rows_of(answer))
    if not known(rows):
        return findings.nothing(answer, rows, setting)
    setting = findings.distinct(rows, setting)
    sides = _sides(rows, by, down, across)
    cells = {(_code(row, sides[0], by), _code(row, sides[1], by)): row for row in rows}
    names = [
        f"{_label(r, sides[0], by, setting)}, {_label(r, sides[1], by, setting)}"
        for r in cells.values()
    ]
    title = findings.extremes(list(cells.values()), names, str(answer.metric.unit), setting)
    said = [
        findings.note(list(cells.values()), setting, intervals=False),
        *_absent_note(list(cells.values()), setting),
        text.say("intervals in the table"),
    ]
    return Picture(
        _grid(answer, cells, names, sides, setting),
        title,
        findings.subtitle(answer, rows, setting),
        text.say("Grid of cells. {title}.", title=title),
        answer.rows,
        " · ".join(part for part in said if part),
        options(rows),
    )


def _absent_note(rows: Sequence[Row], setting: Setting) -> list[str]:
    return [] if len(known(rows)) == len(rows) else [setting.text.say("○ withheld or no figure")]


def _sides(
    rows: Sequence[Row], by: Sequence[str], down: str | None, across: str | None
) -> tuple[str, str]:
    """What goes down and across: the longer of places and categories down, where none is given."""
    places, categories = ({row.where for row in rows}, {row.categories for row in rows})
    order = [*(["place"] if len(places) > 1 else []), *by, "period", "place"]
    if len(by) == 1 and len(categories) > MOST_ACROSS >= len(places) > 1:
        order = [*by, "place", "period"]
    free = [side for side in dict.fromkeys(order) if side not in (down, across)]
    down = down or free.pop(0)
    return down, across or free[0]


def _code(row: Row, side: str, by: Sequence[str]) -> str:
    if side == "place":
        return row.option
    return row.period if side == "period" else row.categories[list(by).index(side)]


def _label(row: Row, side: str, by: Sequence[str], setting: Setting) -> str:
    if side == "place":
        return setting.name(*row.where, row.place_name)
    code = _code(row, side, by)
    return (
        setting.text.short_period(code) if side == "period" else setting.text.category(side, code)
    )


def _grid(
    answer: Answer,
    cells: dict[tuple[str, str], Row],
    names: Sequence[str],
    sides: tuple[str, str],
    setting: Setting,
) -> go.Figure:
    by, unit = answer.question.by, str(answer.metric.unit)
    downs = {down: _label(row, sides[0], by, setting) for (down, _), row in cells.items()}
    acrosses = {across: _label(row, sides[1], by, setting) for (_, across), row in cells.items()}
    lines, columns = list(downs), list(acrosses)
    span = span_of(list(cells.values()), unit)
    points = [(columns.index(across), lines.index(down)) for down, across in cells]
    shapes, annotations = scale(span, unit, setting)
    for (column, line), row in zip(points, cells.values(), strict=True):
        colour = _colour(row, span, setting)
        shapes.append(tile(column, line, colour, setting))
        if len(columns) <= WRITTEN_COLUMNS:
            word = _word(row, len(columns), unit, setting)
            annotations.append(_written(column, line, word, len(columns), colour, setting))
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=52 + SCALE_ROOM + CELL_HEIGHT * len(lines),
        margin={"b": SCALE_ROOM},
        shapes=shapes,
        annotations=annotations,
        xaxis=_heads(
            list(acrosses.values()), MOST_PERIODS if sides[1] == "period" else MOST_HEADS, setting
        ),
        yaxis={
            "tickvals": list(range(len(lines))),
            "ticktext": [wrapped(name, SIDE) for name in downs.values()],
            "range": [len(lines) - 0.5, -0.5],
            "showgrid": False,
            "tickfont": {"color": setting.theme.ink, "size": 11},
        },
    )
    figure_.add_trace(pointer_targets(points, list(cells.values()), names, unit, setting))
    return figure_


def _heads(names: Sequence[str], most: int, setting: Setting) -> dict[str, Any]:
    step = math.ceil(len(names) / most)
    return {
        "side": "top",
        "tickangle": 0,
        "tickvals": list(range(0, len(names), step)),
        "ticktext": [wrapped(name, HEAD, HEAD_LINES) for name in names[::step]],
        "range": [-0.5, len(names) - 0.5],
        "showgrid": False,
        "tickfont": {
            "color": setting.theme.ink,
            "size": 12 if len(names) <= DECIMAL_COLUMNS else 11,
        },
    }


def _colour(row: Row, span: tuple[float, float], setting: Setting) -> str | None:
    return readable_amount(setting.theme, part_of(row.value, span)) if row.known else None


def _word(row: Row, columns: int, unit: str, setting: Setting) -> str:
    """The cell's figure; the more columns there are, the fewer characters it may take."""
    if not row.known:
        return ABSENT
    if columns <= FULL_COLUMNS:
        return setting.text.value(row.value, unit)
    digits = {"number": 2, "people": 0, "requests": 0}.get(unit, 1) - (columns > DECIMAL_COLUMNS)
    digits = max(0, digits)
    return setting.text.number(row.value * (100 if unit == "share" else 1), digits)


def _written(
    column: int, line: int, word: str, columns: int, colour: str | None, setting: Setting
) -> dict:
    return {
        "x": column,
        "y": line,
        "text": word,
        "showarrow": False,
        "font": {
            "size": 12 if columns <= FULL_COLUMNS else 10,
            "color": ink_on(colour) if colour else setting.theme.context_text,
        },
    }
