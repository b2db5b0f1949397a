"""One place over several metrics: `metric_dots`, and `against_peers` with the others behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import value_axis
from analytics.charts.dots import Dot, dots_figure
from analytics.charts.funnels import place_in_funnel
from analytics.charts.picture import Picture, Setting, shorten, wrapped
from analytics.charts.rows import Row, apart, apart_each, known, latest, options, rows_of
from analytics.charts.series import errors, place_colour
from analytics.charts.stacks import table_of
from analytics.charts.theme import LINE, figure, mark
from analytics.metrics.base import Better
from analytics.metrics.performance import ASPECT_SCORES, LEGACY_SCORES
from analytics.stats.funnel import LEVELS

if TYPE_CHECKING:
    from analytics.answers import Answer

ASPECTS = tuple(metric.key for metric in ASPECT_SCORES)
OLDER_SCORES = tuple(metric.key for metric in LEGACY_SCORES)


def metric_dots(*answers: Answer, setting: Setting) -> Picture:
    """Several metrics of one unit and one place, each a dot with its interval."""
    rows = [row for answer in answers for row in latest(rows_of(answer))]
    if not known(rows):
        return findings.nothing(answers[0], rows, setting)
    unit = str(answers[0].metric.unit)
    titles = _titles(answers, setting)
    dots = [Dot(row, titles[row.metric]) for row in rows]
    dots.sort(key=lambda dot: dot.row.value if dot.row.known else -1.0)
    names = [dot.name for dot in dots]
    title = findings.extremes([dot.row for dot in dots], names, unit, setting)
    place = setting.name(rows[0].level, rows[0].place, rows[0].place_name)
    return Picture(
        dots_figure(dots, unit, setting, by=True),
        title,
        findings.subtitle(answers[0], rows, setting, what=place),
        setting.text.say("Dots with intervals, in order of value. {title}.", title=title),
        table_of(answers),
        _notes(rows, setting),
    )


def _titles(answers: Sequence[Answer], setting: Setting) -> dict[str, str]:
    return {answer.metric.key: setting.text.say(answer.metric.title) for answer in answers}


def _notes(rows: Sequence[Row], setting: Setting) -> str:
    """Each row has its own n, so none is told for all of them."""
    text = setting.text
    said = []
    if any(row.has_interval for row in rows):
        said.append(text.say("lines show 95% intervals; n in the table"))
    else:
        said.append(text.say("no interval: n is not known"))
    hidden = sum(row.withheld for row in rows)
    if hidden:
        said.append(
            text.say("{count} figures withheld to protect people", count=text.number(hidden))
        )
    return " · ".join(said)


@dataclass(frozen=True)
class Strip:
    """A metric (or category): the chosen place's row and those of its peers."""

    name: str
    unit: str
    better: Better
    own: Row
    peers: tuple[Row, ...]

    @property
    def middle(self) -> float:
        """The median of the peers."""
        return median(row.value for row in self.peers)

    @property
    def middle_row(self) -> Row:
        """The median as a figure beside the place's own: one without chance in it."""
        return replace(self.own, value=self.middle, low=self.middle, high=self.middle)


def against_peers(*answers: Answer, setting: Setting) -> Picture:
    """The chosen place's figures, each with its interval, over the marks of its peers.

    One line a metric, or a category where an answer is broken down; all of one unit. The tall tick
    is the middle (median) of the peers.
    """
    rows = [row for answer in answers for row in latest(rows_of(answer))]
    strips = _strips(answers, setting)
    name = setting.name(*setting.chosen)
    setting = findings.distinct(rows, setting)
    if not strips:
        title = setting.text.say("{name}: no figure to set against others", name=name)
        return findings.nothing(answers[0], rows, setting, title)
    title, uncounted = _standing(strips, name, setting)
    if far := _far_out(answers, setting):
        title = setting.text.say("{standing}; far out in: {metrics}", standing=title, metrics=far)
    what = setting.text.say("{name} and {count} peers", name=name, count=_peers(strips))
    return Picture(
        _strip_figure(strips, setting),
        title,
        findings.subtitle(answers[0], rows, setting, what=what),
        setting.text.say("One line a figure, peers as ticks. {title}.", title=title),
        table_of(answers),
        " · ".join(
            part
            for part in (
                setting.text.say("tall tick: middle of the peers"),
                _notes(rows, setting),
                uncounted,
            )
            if part
        ),
        options(rows),
    )


def _far_out(answers: Sequence[Answer], setting: Setting) -> str:
    """The figures in which the place lies beyond the 99.8 % limits of its peers, in words."""
    text = setting.text
    return ", ".join(
        text.say(answer.metric.title)
        for answer in answers
        if abs(place_in_funnel(answer, setting.chosen)[0]) == LEVELS[1]
    )


def _peers(strips: Sequence[Strip]) -> int:
    return max(len(strip.peers) for strip in strips)


def _strips(answers: Sequence[Answer], setting: Setting) -> list[Strip]:
    strips = []
    for answer in answers:
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in latest(rows_of(answer)):
            groups.setdefault(row.categories, []).append(row)
        for group in groups.values():
            own = [row for row in known(group) if row.where == setting.chosen]
            peers = tuple(row for row in known(group) if row.where != setting.chosen)
            if own and peers:
                name = setting.text.say(answer.metric.title)
                if answer.question.by:
                    codes = zip(answer.question.by, own[0].categories, strict=True)
                    name = ", ".join(setting.text.category(d, code) for d, code in codes)
                metric = answer.metric
                strips.append(Strip(name, str(metric.unit), metric.better, own[0], peers))
    return strips


def _standing(strips: Sequence[Strip], name: str, setting: Setting) -> tuple[str, str]:
    """In how many lines the place is clearly better or worse than the middle of its peers.

    Lines of which neither direction is the wished one are left out; of those that are counted at
    most one in twenty is by chance; with it how many more would differ alone.
    """
    lines = [strip for strip in strips if strip.better is not Better.NEITHER]
    pairs = [(strip.own, strip.middle_row) for strip in lines]
    clear = apart_each(pairs)
    uncounted = findings.not_counted(sum(apart(*pair) for pair in pairs) - sum(clear), setting)
    sides = [_side(strip) for strip, stands in zip(lines, clear, strict=True) if stands]
    better, worse = sides.count(1), sides.count(-1)
    if not better and not worse:
        title = setting.text.say(
            "{name}: no clear difference from the middle of its peers", name=shorten(name)
        )
        return title, uncounted
    title = setting.text.say(
        "{name}: better than the middle of its peers in {better} of {count}, worse in {worse}",
        name=shorten(name),
        better=better,
        worse=worse,
        count=len(lines),
    )
    return title, uncounted


def _side(strip: Strip) -> int:
    """1 where the place is on the better side of the middle, else -1."""
    return 1 if (strip.own.value > strip.middle) == (strip.better is Better.HIGHER) else -1


def _strip_figure(strips: Sequence[Strip], setting: Setting) -> go.Figure:
    theme, unit = setting.theme, strips[0].unit
    lines = list(range(len(strips)))[::-1]
    # the peers' intervals are not drawn, so they must not stretch the axis
    bare = [replace(row, low=math.nan, high=math.nan) for s in strips for row in s.peers]
    axis = value_axis([*(s.own for s in strips), *bare], unit, setting)
    figure_ = figure(
        theme,
        setting.text.separators,
        height=52 + (LINE + 12) * len(strips),
        xaxis=axis | {"side": "top"},
        yaxis={
            "tickvals": lines,
            "ticktext": [wrapped(strip.name) for strip in strips],
            "range": [-0.7, len(strips) - 0.3],
            "showgrid": False,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
    )
    figure_.add_trace(_peer_ticks(strips, lines, setting))
    figure_.add_trace(_middles(strips, lines, setting))
    figure_.add_trace(_own_dots(strips, lines, setting))
    return figure_


def _peer_ticks(strips: Sequence[Strip], lines: Sequence[int], setting: Setting) -> go.Scatter:
    drawn = [(row, at, s) for s, at in zip(strips, lines, strict=True) for row in s.peers]
    names = findings.place_names([row for row, _, _ in drawn], setting)
    return go.Scatter(
        x=[row.value for row, _, _ in drawn],
        y=[at for _, at, _ in drawn],
        mode="markers",
        marker={
            "symbol": "line-ns-open",
            "size": 11,
            "color": setting.theme.context_line,
            "line": {"width": 1.5, "color": setting.theme.context_line},
        },
        customdata=[row.option for row, _, _ in drawn],
        text=[
            findings.hover(row, f"{name}: {s.name}", s.unit, setting)
            for (row, _, s), name in zip(drawn, names, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _middles(strips: Sequence[Strip], lines: Sequence[int], setting: Setting) -> go.Scatter:
    ink = setting.theme.context_text
    return go.Scatter(
        x=[strip.middle for strip in strips],
        y=list(lines),
        mode="markers",
        marker={
            "symbol": "line-ns-open",
            "size": 24,
            "color": ink,
            "line": {"width": 2, "color": ink},
        },
        hoverinfo="skip",
    )


def _own_dots(strips: Sequence[Strip], lines: Sequence[int], setting: Setting) -> go.Scatter:
    rows = [strip.own for strip in strips]
    return go.Scatter(
        x=[row.value for row in rows],
        y=list(lines),
        mode="markers",
        marker={
            "symbol": mark(rows[0].province, setting.provinces),
            "size": 12,
            "color": place_colour(rows[0], setting),
        },
        error_x=errors(rows, place_colour(rows[0], setting), thickness=2),
        text=[findings.hover(s.own, s.name, s.unit, setting) for s in strips],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )
