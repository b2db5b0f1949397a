"""`banded_dots`: scores of public satisfaction against the marks of service quality, A to D."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts.dots import MOST, interval_dots
from analytics.charts.picture import Picture, Setting
from analytics.charts.rows import known, latest, rows_of
from analytics.metrics.services import SKM_BANDS, skm_band

if TYPE_CHECKING:
    from analytics.answers import Answer

ROOM = 24  # pixels under the rows, in which the marks stand


def banded_dots(answer: Answer, *, setting: Setting, most: int = MOST) -> Picture:
    """`interval_dots` of SKM scores with the limits of the marks as lines, each mark by its letter.

    The title tells how many scores bear each mark, those that are not drawn too.
    """
    picture = interval_dots(answer, setting=setting, most=most)
    if picture.figure is None:
        return picture
    text = setting.text
    counts = Counter(skm_band(row.value) for row in known(latest(rows_of(answer))))
    title = text.say(
        "{count} scores: {found}",
        count=counts.total(),
        found=", ".join(f"{mark} {counts[mark]}" for mark in "ABCD" if counts[mark]),
    )
    _mark(picture.figure, setting)
    limits = ", ".join(
        text.say("{mark} from {score}", mark=mark, score=text.number(low, 2))
        for mark, low in SKM_BANDS[::-1]
    )
    return replace(
        picture,
        title=title,
        alt=text.say("Dots with intervals, in order of value. {title}.", title=title),
        note=f"{picture.note} · {limits}",
    )


def _mark(drawn: go.Figure, setting: Setting) -> None:
    """Lines at the limits within the axis, and each mark's letter in the middle of what is seen."""
    first, last = drawn.layout.xaxis.range  # pyright: ignore[reportAttributeAccessIssue]
    colour = setting.theme.context_text
    drawn.update_layout(margin_b=ROOM)
    limits = [*(low for _, low in SKM_BANDS), 100.0]
    for (mark, _), (low, high) in zip(SKM_BANDS, pairwise(limits), strict=True):
        if low >= last or high <= first:
            continue
        if low > first:
            drawn.add_vline(low, line={"color": colour, "width": 1, "dash": "dot"})
        drawn.add_annotation(
            x=(max(low, first) + min(high, last)) / 2,
            y=0,
            yref="paper",
            yanchor="top",
            text=mark,
            showarrow=False,
            font={"size": 13, "color": colour},
        )
