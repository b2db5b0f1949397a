"""`rank_ranges` and `weight_ranges`: how far the rank of a place can be told at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.columns import beside
from analytics.charts.picture import Column, Columns, Picture, Setting, shorten, wrapped
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.theme import LINE, figure, mark
from analytics.metrics.base import Better, Index, Share
from analytics.stats.intervals import Z
from analytics.stats.ranks import rank_of_estimates
from analytics.stats.sensitivity import rank_intervals

if TYPE_CHECKING:
    from analytics.answers import Answer

FEWEST = 3
ALL_NAMED = 20  # of more places than this, the ends and the chosen one are named
MOST_TICKS = 5
THIN_LINE = 12  # height in pixels of a row without its own name


@dataclass(frozen=True)
class Ranked:
    """A place, its rank and the range of ranks it may have; 1 is the best."""

    row: Row
    name: str
    rank: int
    low: int
    high: int


def rank_ranges(answer: Answer, *, setting: Setting) -> Picture:
    """Places by their rank in the last period, each with the ranks it may have for all that is known.

    The first is the best: the highest, or the lowest where less is better. Ranges hold 95 % of the
    ranks under draws from the figures' own doubt (Goldstein and Spiegelhalter 1996).
    """
    rows = latest(rows_of(answer))
    setting = findings.distinct(rows, setting)
    shown = [row for row in known(rows) if row.has_interval]
    text = setting.text
    if len(shown) < FEWEST:
        return findings.nothing(answer, rows, setting, text.say("Too few places to rank"))
    sign = -1.0 if answer.metric.better is Better.LOWER else 1.0
    value = sign * np.array([row.value for row in shown])
    error = np.array([(row.high - row.low) / 2 / Z for row in shown])
    found = rank_of_estimates(value, error)
    ranked = _ordered(shown, (found.rank, found.low, found.high), setting)
    title = _own_rank(ranked, setting)
    first = text.say("1 is the highest value")
    if answer.metric.better is not Better.NEITHER:
        first = text.say("1 is the best value")
    what = text.say("Rank by {metric}", metric=text.say(answer.metric.title))
    return Picture(
        _drawn(ranked, setting),
        title,
        findings.subtitle(answer, rows, setting, what=what, unit=first),
        text.say("Places by rank, with the ranks they may have. {title}.", title=title),
        answer.rows,
        " · ".join(
            [
                text.say("lines: 95% of the ranks that the figures leave open"),
                findings.note(rows, setting, intervals=False),
            ]
        ),
        options(rows),
        _ranks(answer, ranked, setting),
    )


def weight_ranges(index: Answer, *parts: Answer, setting: Setting) -> Picture:
    """Places by their rank on an index, each with its ranks when the weights are drawn at random.

    `parts` are the answers of the index's components, in their order, for the same places. Weights
    are drawn about those of the index (Saisana, Saltelli and Tarantola 2005); the figures
    themselves are taken as they are.
    """
    rows = latest(rows_of(index))
    setting = findings.distinct(rows, setting)
    shown, text = known(rows), setting.text
    if len(shown) < FEWEST or not isinstance(index.metric, Index):
        return findings.nothing(index, rows, setting, text.say("Too few places to rank"))
    weights = np.array([weight for _, weight in index.metric.components])
    found = rank_intervals(_parts(shown, parts), weights)
    complete = np.isfinite(found.rank)
    if complete.sum() < FEWEST:
        return findings.nothing(index, rows, setting, text.say("Too few places to rank"))
    shown = [row for row, whole in zip(shown, complete, strict=True) if whole]
    ranks = tuple(part[complete] for part in (found.rank, found.low, found.high))
    ranked = _ordered(shown, ranks, setting)
    first = float(found.first[complete][np.argmin(ranks[0])])
    title = text.say(
        "{name} comes first under {share} of weightings",
        name=shorten(ranked[0].name),
        share=text.target(round(first, 2), "share"),
    )
    what = text.say("Rank by {metric}", metric=text.say(index.metric.title))
    return Picture(
        _drawn(ranked, setting),
        title,
        findings.subtitle(index, rows, setting, what=what, unit=text.say("1 is the best value")),
        text.say("Places by rank, with the ranks they may have. {title}.", title=title),
        index.rows,
        " · ".join(
            [
                text.say(
                    "lines: 95% of ranks when weights are drawn at random about the given ones"
                ),
                findings.note(rows, setting, intervals=False),
            ]
        ),
        options(rows),
        _ranks(index, ranked, setting),
    )


def _parts(shown: Sequence[Row], parts: Sequence[Answer]) -> np.ndarray:
    """The components' figures from 0 to 100, one row a place, NaN where there is none."""
    columns = []
    for answer in parts:
        scale = 100.0 if isinstance(answer.metric, Share) else 1.0
        of_place = {
            row.where: row.value * scale
            for row in known(rows_of(answer))
            if row.period == shown[0].period
        }
        columns.append([of_place.get(row.where, np.nan) for row in shown])
    return np.array(columns, dtype=float).T


def _ordered(shown: Sequence[Row], ranks: tuple[np.ndarray, ...], setting: Setting) -> list[Ranked]:
    names = findings.place_names(shown, setting)
    ranked = [
        Ranked(row, name, int(rank), int(low), int(high))
        for row, name, rank, low, high in zip(shown, names, *ranks, strict=True)
    ]
    return sorted(ranked, key=lambda one: (one.rank, one.low + one.high))


def _own_rank(ranked: Sequence[Ranked], setting: Setting) -> str:
    """The chosen place's rank and its range, or that of the first."""
    own = next((one for one in ranked if one.row.where == setting.chosen), ranked[0])
    values = {
        "name": shorten(own.name),
        "rank": own.rank,
        "count": len(ranked),
        "low": own.low,
        "high": own.high,
    }
    if own.low == own.high:
        return setting.text.say("{name}: rank {rank} of {count}, clearly", **values)
    return setting.text.say("{name}: rank {rank} of {count}, could be {low} to {high}", **values)


def _ranks(answer: Answer, ranked: Sequence[Ranked], setting: Setting) -> Columns:
    """Rank and range of each place, for the table."""
    text = setting.text
    rows = [one.row for one in ranked]
    found = {
        "rank": (text.say("Rank"), [one.rank for one in ranked]),
        "rank_low": (text.say("Rank could be from"), [one.low for one in ranked]),
        "rank_high": (text.say("Rank could be to"), [one.high for one in ranked]),
    }
    return {
        key: Column(title, "count", beside(answer, rows, ranks))
        for key, (title, ranks) in found.items()
    }


def _drawn(ranked: Sequence[Ranked], setting: Setting) -> go.Figure:
    theme, count = setting.theme, len(ranked)
    lines = list(range(count))[::-1]
    every = count <= ALL_NAMED
    named = [
        every or n in (0, count - 1) or one.row.where == setting.chosen
        for n, one in enumerate(ranked)
    ]
    step = max(1, math.ceil(count / MOST_TICKS))
    ticks = [1, *range(1 + step, count + 1, step)]
    figure_ = figure(
        theme,
        setting.text.separators,
        height=52 + ((LINE + 4) if every else THIN_LINE) * count,
        xaxis={
            "side": "top",
            "range": [0.5, count + 0.5],
            "tickvals": ticks,
            "ticktext": [setting.text.number(tick) for tick in ticks],
            "gridcolor": theme.grid,
            "zeroline": False,
            "fixedrange": True,
            "tickfont": {"color": theme.context_text, "size": 12},
        },
        yaxis={
            "tickvals": [at for at, shown in zip(lines, named, strict=True) if shown],
            "ticktext": [
                _written(one, setting) for one, shown in zip(ranked, named, strict=True) if shown
            ],
            "range": [-0.7, count - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
    )
    chosen = [one.row.where == setting.chosen for one in ranked]
    for own in (False, True):
        pairs = [
            (one, at)
            for one, at, is_own in zip(ranked, lines, chosen, strict=True)
            if is_own is own
        ]
        if pairs:
            figure_.add_trace(_marks(pairs, setting, strong=own or not any(chosen)))
    return figure_


def _written(one: Ranked, setting: Setting) -> str:
    name = wrapped(one.name)
    return f"<b>{name}</b>" if one.row.where == setting.chosen else name


def _marks(pairs: Sequence[tuple[Ranked, int]], setting: Setting, *, strong: bool) -> go.Scatter:
    """A mark at each rank with the line of its range."""
    theme = setting.theme
    rows = [one.row for one, _ in pairs]
    colours = [place_colour(row, setting) if strong else theme.context_text for row in rows]
    return go.Scatter(
        x=[one.rank for one, _ in pairs],
        y=[at for _, at in pairs],
        mode="markers",
        marker={
            "symbol": [mark(row.province, setting.provinces) for row in rows],
            "size": 10 if strong else 6,
            "color": colours,
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.rank for one, _ in pairs],
            "arrayminus": [one.rank - one.low for one, _ in pairs],
            "color": colours[0] if strong and len(pairs) == 1 else theme.context_line,
            "thickness": 2.5 if strong else 1.6,
            "width": 0,
        },
        customdata=[row.option for row in rows],
        text=[_hover(one, setting) for one, _ in pairs],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )


def _hover(one: Ranked, setting: Setting) -> str:
    said = setting.text.say(
        "rank {rank}, could be {low} to {high}", rank=one.rank, low=one.low, high=one.high
    )
    return f"<b>{one.name}</b><br>{said}"
