"""The colours of amounts: the span they cover, and the small scale with its two numbers."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.charts.picture import Setting
from analytics.charts.rows import Row, known
from analytics.charts.theme import readable_amount

SCALE_ROOM = 30  # pixels under the picture
STEPS = 12
STEP = 9  # pixels wide
CHARACTER = 7  # pixels, at most, of the numbers
NARROWEST = {"share": 0.2, "points": 20.0}  # a small spread must not look like a large one
WHOLE = {"share": 1.0, "points": 100.0}


def span_of(rows: Sequence[Row], unit: str) -> tuple[float, float]:
    """The values that the first and the last colour stand for.

    Shares and scores span at least a fifth of their whole, so that a small spread stays pale.
    """
    values = [row.value for row in known(rows)]
    low, high = min(values), max(values)
    width, whole = NARROWEST.get(unit, 0.0), WHOLE.get(unit, 0.0)
    if high - low >= width:
        return low, high
    start = round((low + high - width) / 2, 2)
    if low >= 0 and high <= whole:
        start = min(max(start, 0.0), whole - width)
    return start, start + width


def part_of(value: float, span: tuple[float, float]) -> float:
    """Where a value lies in the span, from 0 to 1."""
    return 0.5 if span[0] == span[1] else (value - span[0]) / (span[1] - span[0])


def scale(span: tuple[float, float], unit: str, setting: Setting) -> tuple[list[dict], list[dict]]:
    """Shapes and annotations of the scale, in the `SCALE_ROOM` under a figure."""
    low, high = (setting.text.value(value, unit) for value in span)
    start = CHARACTER * len(low) + 8
    shapes = [
        {
            "type": "rect",
            "xref": "paper",
            "yref": "paper",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": 0,
            "yanchor": 0,
            "x0": start + STEP * step,
            "x1": start + STEP * (step + 1),
            "y0": -12,
            "y1": -22,
            "fillcolor": readable_amount(setting.theme, step / (STEPS - 1)),
            "line": {"width": 0},
        }
        for step in range(STEPS)
    ]
    ends = ((low, "right", start - 6), (high, "left", start + STEP * STEPS + 6))
    return shapes, [
        {
            "x": 0,
            "y": 0,
            "xref": "paper",
            "yref": "paper",
            "xanchor": anchor,
            "yanchor": "middle",
            "xshift": shift,
            "yshift": -17,
            "text": word,
            "showarrow": False,
            "font": {"size": 11, "color": setting.theme.context_text},
        }
        for word, anchor, shift in ends
    ]
