"""Where the evaluations fall: `stacked` predicates a place, and the `matrix` behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.picture import Picture, Setting, wrapped
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.charts.theme import LINE, figure, ink_on, readable_amount, text_colour
from analytics.schema import PREDICATES

if TYPE_CHECKING:
    from analytics.answers import Answer

PREDICATE_SHARES = (
    "top_rating_share",
    "good_rating_share",
    "needs_improvement_share",
    "poor_share",
    "very_poor_share",
)
MATRIX_SHARES = tuple(
    f"matrix_{result}_{behaviour}_share"
    for result in ("above", "meets", "below")
    for behaviour in ("below", "meets", "above")
)
ROUNDING = 0.0005  # a remainder smaller than this is rounding, not something withheld
WRITTEN = 0.035  # a part narrower than this has no room for its figure
SHORT = 0.3  # a part narrower than this has no room for the per cent sign on a narrow screen
LABEL = 20  # characters of a line of a bar's name, which leaves the heads of the parts room
SPOKEN = 0.15  # a part narrower than this has no room for words
MUTED = 0.45


@dataclass(frozen=True)
class Bar:
    """One bar: its first part's row, its label, and each part's share, None where withheld."""

    row: Row
    label: str
    parts: tuple[float | None, ...]

    @property
    def open(self) -> float:
        """What the known parts leave of the whole."""
        return max(0.0, 1 - sum(part or 0.0 for part in self.parts))


def table_of(answers: Sequence[Answer]) -> pd.DataFrame:
    """The rows of several answers one under the other, with a `metric` column."""
    frames = [answer.rows.assign(metric=answer.metric.key) for answer in answers]
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled, ignore_index=True)


def stacked(*answers: Answer, setting: Setting, muted: int = 1) -> Picture:
    """One bar a place (or period, or category), each answer a part of it, in the given order.

    The part at position `muted` is faint: for predicates that is Baik, nine tenths of everything.
    What the parts leave open is outlined and named as withheld.
    """
    text = setting.text
    rows = rows_of(*answers)
    first = answers[0]
    if not known(rows):
        return findings.nothing(first, rows, setting)
    setting = findings.distinct(rows, setting)
    bars = _bars(answers, setting)
    unit = str(first.metric.unit)
    lead = [bar.row for bar in bars]
    named = text.say(first.metric.title)
    if _in_one_place(lead, first.question.by) and len(lead) > 1:
        title = findings.movement(lead, named, unit, setting, until=first.until)
    else:
        found = findings.extremes(lead, [bar.label for bar in bars], unit, setting)
        title = text.say("{metric}: {finding}", metric=named, finding=found)
    return Picture(
        _bar_figure(answers, bars, muted, setting),
        title,
        findings.subtitle(first, rows, setting, what=text.say("Distribution of evaluations")),
        text.say("Stacked bars, one a row. {title}.", title=title),
        table_of(answers),
        _parts_note(bars, rows, setting),
        options(lead),
    )


def _bars(answers: Sequence[Answer], setting: Setting) -> list[Bar]:
    first = rows_of(answers[0])
    several = len({row.period for row in first}) > 1
    labels = findings.labels(first, answers[0].question.by, setting)
    if several:
        periods = [setting.text.short_period(row.period) for row in first]
        labels = (
            periods
            if _in_one_place(first, answers[0].question.by)
            else [f"{label}, {period}" for label, period in zip(labels, periods, strict=True)]
        )
    parts = [{_identity(row): row for row in rows_of(answer)} for answer in answers]
    bars = []
    for row, label in zip(first, labels, strict=True):
        found = [part.get(_identity(row)) for part in parts]
        shares = tuple(part.value if part and part.known else None for part in found)
        bars.append(Bar(row, label, shares))
    if several:
        return bars[::-1]
    return sorted(bars, key=lambda bar: bar.parts[0] if bar.parts[0] is not None else -1.0)


def _in_one_place(rows: Sequence[Row], by: Sequence[str]) -> bool:
    """Whether nothing but the period tells the rows apart."""
    return len({row.where for row in rows}) == 1 and not by


def _identity(row: Row) -> tuple:
    return row.where, row.period, row.categories


def _bar_figure(
    answers: Sequence[Answer], bars: Sequence[Bar], muted: int, setting: Setting
) -> go.Figure:
    figure_ = figure(
        setting.theme,
        setting.text.separators,
        height=66 + (LINE + 8) * len(bars),
        barmode="stack",
        bargap=0.35,
        uniformtext={"minsize": 10, "mode": "hide"},  # else figures shrink with their part
        margin={"t": 34},
        xaxis={"range": [0, 1], "visible": False},
        yaxis={
            "tickvals": list(range(len(bars))),
            "ticktext": [wrapped(bar.label, LABEL) for bar in bars],
            "range": [-0.7, len(bars) - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": setting.theme.ink, "size": 12},
        },
        annotations=_part_names(answers, len(bars) - 1, setting),
    )
    for position, answer in enumerate(answers):
        figure_.add_trace(_part(answer, bars, position, position == muted, setting))
    figure_.add_trace(_open_part(bars, setting))
    return figure_


def _part_names(answers: Sequence[Answer], top: int, setting: Setting) -> list[dict]:
    """The names of the parts over the uppermost bar: the first at the left, the last at the right."""
    text, theme = setting.text, setting.theme
    names = [_part_word(answer, setting) for answer in answers]
    words = [(0.0, "left", names[0], text_colour(theme, theme.predicates[0]))]
    words += [(0.5, "center", name, theme.context_text) for name in names[1:2]]
    low = names[2:]
    if low:
        predicates = answers[-1].metric.key in PREDICATE_SHARES and len(low) > 1
        spelled = text.say("lower") if predicates else low[-1]
        words.append((1.0, "right", spelled, theme.context_text))
    return [
        {
            "x": x,
            "xref": "paper",
            "xanchor": anchor,
            "y": top + 0.42,
            "yanchor": "bottom",
            "text": word,
            "showarrow": False,
            "font": {"size": 12, "color": colour},
        }
        for x, anchor, word, colour in words
    ]


def _part_word(answer: Answer, setting: Setting) -> str:
    key = answer.metric.key
    if key in PREDICATE_SHARES:
        return setting.text.category("predicate", PREDICATES[PREDICATE_SHARES.index(key)])
    return setting.text.say(answer.metric.title)


def _part(
    answer: Answer, bars: Sequence[Bar], position: int, muted: bool, setting: Setting
) -> go.Bar:
    text = setting.text
    shares = [bar.parts[position] for bar in bars]
    colour = setting.theme.predicates[position % len(setting.theme.predicates)]
    opacity = MUTED if muted else 1.0
    title = text.say(answer.metric.title)
    words = [
        text.say("withheld; it may be zero") if share is None else text.share(share)
        for share in shares
    ]
    return go.Bar(
        x=[share or 0.0 for share in shares],
        y=list(range(len(bars))),
        orientation="h",
        marker={"color": colour, "opacity": opacity, "line": {"width": 0}},
        text=[_figure(share, setting) for share in shares],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": setting.theme.ink if muted else ink_on(colour), "size": 12},
        customdata=[bar.row.option for bar in bars],
        hovertext=[
            f"<b>{bar.label}</b><br>{title}<br>{word}"
            for bar, word in zip(bars, words, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": opacity}},
        unselected={"marker": {"opacity": opacity}},
    )


def _figure(share: float | None, setting: Setting) -> str:
    """The part's figure, without its sign where the part is short and none where it has no room."""
    if not share or share < WRITTEN:
        return ""
    if share < SHORT:
        return setting.text.number(share * 100, 1)
    return setting.text.share(share)


def _open_part(bars: Sequence[Bar], setting: Setting) -> go.Bar:
    rest = [bar.open if bar.open > ROUNDING else 0.0 for bar in bars]
    word = setting.text.say("withheld together")
    return go.Bar(
        x=rest,
        y=list(range(len(bars))),
        orientation="h",
        marker={
            "color": "rgba(0,0,0,0)",
            "line": {"width": 1, "color": setting.theme.context_line},
        },
        text=[word if value > SPOKEN else "" for value in rest],
        textposition="inside",
        insidetextanchor="middle",
        textfont={"color": setting.theme.context_text, "size": 12},
        hovertext=[word] * len(bars),
        hoverinfo="text",
    )


def _parts_note(bars: Sequence[Bar], rows: Sequence[Row], setting: Setting) -> str:
    text = setting.text
    counted = findings.how_many([bar.row for bar in bars if bar.row.denominator > 0], setting)
    said = [counted] if counted else []
    hidden = sum(row.withheld for row in rows)
    if hidden:
        said.append(
            text.say("{count} figures withheld to protect people", count=text.number(hidden))
        )
    said.append(text.say("intervals of every part in the table"))
    return " · ".join(said)


def matrix(*answers: Answer, setting: Setting) -> Picture:
    """Work result against behaviour, nine answers in the order of MATRIX_SHARES, one place."""
    text = setting.text
    rows = latest(rows_of(*answers))
    shown = known(rows)
    if not shown:
        return findings.nothing(answers[0], rows, setting)
    titles = {answer.metric.key: text.say(answer.metric.title) for answer in answers}
    most = max(shown, key=lambda row: row.value)
    cell = titles[most.metric]
    whole = len(shown) == len(rows)
    title = text.say(
        "Most common, {value}: {cell}" if whole else "Most common of those shown, {value}: {cell}",
        value=text.share(most.value),
        cell=cell[:1].lower() + cell[1:],
    )
    cells = {row.metric: row for row in rows}
    return Picture(
        _matrix_figure([cells.get(answer.metric.key) for answer in answers], setting),
        title,
        findings.subtitle(answers[0], rows, setting, what=text.say("Work result by behaviour")),
        text.say("Three by three tiles. {title}.", title=title),
        table_of(answers),
        _matrix_note(rows, most, setting),
    )


def _matrix_note(rows: Sequence[Row], most: Row, setting: Setting) -> str:
    said = [findings.note([most], setting, intervals=False)]
    if any(row.withheld for row in rows):
        said.append(setting.text.say("withheld tiles are outlined"))
    return " · ".join(part for part in said if part)


def _matrix_figure(cells: Sequence[Row | None], setting: Setting) -> go.Figure:
    text = setting.text
    shapes, annotations = [], []
    for position, row in enumerate(cells):
        column, line = position % 3, 2 - position // 3
        shown = row is not None and row.known
        colour = (
            readable_amount(setting.theme, row.value**0.35) if row is not None and shown else None
        )
        said = text.say("no figure") if row is None else findings.absent(row, setting)
        shapes.append(tile(column, line, colour, setting))
        annotations.append(
            {
                "x": column,
                "y": line,
                "text": text.share(row.value) if row is not None and shown else said,
                "showarrow": False,
                "font": {
                    "size": 17 if shown else 10,  # a long word must fit a narrow screen
                    "color": ink_on(colour) if colour else setting.theme.context_text,
                },
            }
        )
    codes = ("below", "meets", "above")
    axis = {
        "showgrid": False,
        "tickvals": [0, 1, 2],
        "ticktext": [text.category("rating_short", code) for code in codes],
        "range": [-0.5, 2.5],
        "tickfont": {"color": setting.theme.ink, "size": 12},
    }
    small = {"size": 12, "color": setting.theme.context_text}
    down = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -8, "y": 1, "yref": "paper"}
    down |= {"yanchor": "bottom", "text": text.say("Work result"), "showarrow": False}
    return figure(
        setting.theme,
        text.separators,
        height=346,
        margin={"l": 80, "t": 24},
        shapes=shapes,
        annotations=[*annotations, down | {"font": small}],
        xaxis=axis | {"title": {"text": text.say("Behaviour"), "font": small}},
        yaxis=axis,
    )


def tile(column: float, line: float, colour: str | None, setting: Setting) -> dict:
    """A rectangle around a point; without a colour it is outlined."""
    return {
        "type": "rect",
        "x0": column - 0.47,
        "x1": column + 0.47,
        "y0": line - 0.46,
        "y1": line + 0.46,
        "layer": "below",
        "fillcolor": colour or "rgba(0,0,0,0)",
        "line": {"width": 0 if colour else 1, "color": setting.theme.context_line, "dash": "dot"},
    }
