"""What is withheld from a trend: open marks in lanes under the lines, each lane named."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import middle
from analytics.charts.picture import Setting, shorten
from analytics.charts.series import Series

LANE = 17  # pixels
NARROW = 230  # pixels of a picture on a narrow screen
CHARACTER = 5.8  # pixels
NAME = 24  # characters of a name in a lane


@dataclass(frozen=True)
class Lane:
    """The withheld periods of one series, or of several that are not named.

    `gap` is the stretch without a mark, as parts of the picture's width, in which the label stands;
    where none is wide enough the label has a line of its own.
    """

    series: tuple[Series, ...]
    label: str
    gap: tuple[float, float]

    @property
    def own_line(self) -> bool:
        """Whether the label stands over the marks."""
        return (self.gap[1] - self.gap[0]) * NARROW < CHARACTER * len(self.label) + 14

    @property
    def height(self) -> int:
        """Pixels of the lane."""
        return LANE * 2 if self.own_line else LANE


def lanes_of(
    series: Sequence[Series], named: Sequence[Series], span: Sequence[datetime], setting: Setting
) -> list[Lane]:
    """A lane for each named series of which something is withheld, one for all the others.

    `span` is the range of the time axis.
    """
    own = [one for one in series if one.hidden and one in named]
    others = [one for one in series if one.hidden and one not in named]
    lanes = [
        Lane(
            (one,),
            setting.text.say("{name}: withheld", name=shorten(one.name, NAME)),
            _gap([one], span),
        )
        for one in own
    ]
    if others:
        label = setting.text.say("{count} others: withheld", count=len(others))
        lanes.append(Lane(tuple(others), label, _gap(others, span)))
    return lanes


def _gap(series: Sequence[Series], span: Sequence[datetime]) -> tuple[float, float]:
    moments = sorted({middle(row) for one in series for row in one.hidden})
    parts = [(moment - span[0]) / (span[1] - span[0]) for moment in moments]
    return max(itertools.pairwise([0.0, *parts, 1.0]), key=lambda gap: gap[1] - gap[0])


def lane_marks(
    lanes: Sequence[Lane], top: float, pixel: float, unit: str, setting: Setting
) -> tuple[list[go.Scatter], list[dict]]:
    """Traces and labels of the lanes, from `top` of the value axis down, `pixel` values a pixel."""
    made, labels = [], []
    for lane in lanes:
        bottom = top - lane.height * pixel
        at = bottom + LANE / 2 * pixel
        made.append(open_marks(lane.series, at, unit, setting))
        labels.append(_label(lane, at + LANE * pixel if lane.own_line else at, setting))
        top = bottom
    return made, labels


def _label(lane: Lane, at: float, setting: Setting) -> dict:
    start, stop = (0.0, 1.0) if lane.own_line else lane.gap
    left = start > 0 or lane.own_line  # right of a mark, or else left of the first one
    return {
        "x": start if left else stop,
        "xref": "x domain",
        "xanchor": "left" if left else "right",
        "xshift": (0 if lane.own_line else 8) * (1 if left else -1),
        "y": at,
        "yanchor": "middle",
        "text": lane.label,
        "showarrow": False,
        "font": {"size": 11, "color": setting.theme.context_text},
    }


def open_marks(series: Sequence[Series], at: float, unit: str, setting: Setting) -> go.Scatter:
    """An open mark for each withheld row, all at one value."""
    drawn = [(row, one) for one in series for row in one.hidden]
    return go.Scatter(
        x=[middle(row) for row, _ in drawn],
        y=[at] * len(drawn),
        mode="markers",
        marker={
            "symbol": [f"{one.symbol}-open" for _, one in drawn],
            "size": 8,
            "color": [one.colour for _, one in drawn],
        },
        hovertext=[findings.hover(row, one.name, unit, setting) for row, one in drawn],
        hoverinfo="text",
        cliponaxis=False,
    )
