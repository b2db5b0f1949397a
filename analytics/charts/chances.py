"""`chances`: how much more or less often something befalls one group of people than another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between
from analytics.charts.picture import Picture, Setting, unbroken, wrapped
from analytics.charts.rows import Row, latest, rows_of
from analytics.charts.theme import LINE, WRAPPED_LINE, figure
from analytics.metrics import METRICS
from analytics.stats.contrast import Adjusted, Gap, adjusted_gap, crude_gap
from analytics.text.phrase import Phrase

if TYPE_CHECKING:
    from analytics.answers import Answer

LEFT_OUT = "unknown"
OFTEN = {
    "promotion_share": (
        Phrase("{group} were promoted {size} less often than {other}"),
        Phrase("{group} were promoted {size} more often than {other}"),
    ),
    "recognition_share": (
        Phrase("{group} were recognised {size} less often than {other}"),
        Phrase("{group} were recognised {size} more often than {other}"),
    ),
    "newcomer_mentored_share": (
        Phrase("New staff: {group} were mentored {size} less often than {other}"),
        Phrase("New staff: {group} were mentored {size} more often than {other}"),
    ),
}
OTHERWISE = (
    Phrase("{group} stand {size} below {other}"),
    Phrase("{group} stand {size} above {other}"),
)
WHETHER = {
    "promotion_share": Phrase(
        "Whether {group} are promoted more or less often than {other} cannot be told"
    ),
    "recognition_share": Phrase(
        "Whether {group} are recognised more or less often than {other} cannot be told"
    ),
    "newcomer_mentored_share": Phrase(
        "New staff: whether {group} are mentored more or less often than {other} cannot be told"
    ),
}
WHETHER_OTHERWISE = Phrase("Whether {group} stand above or below {other} cannot be told")


@dataclass(frozen=True)
class Chance:
    """One group against another: as they are (None where it is withheld or empty), and with the same mix
    by `mix` (None where no answer tells it)."""

    metric: str
    group: str
    other: str
    crude: Gap | None
    adjusted: Adjusted | None
    mix: str

    @property
    def gap(self) -> Gap | None:
        """The difference with the same mix, where there is one."""
        return self.adjusted.gap if self.adjusted else None


def chances(*answers: Answer, setting: Setting) -> Picture:
    """Differences between groups of people of one place and period, as they are and adjusted.

    Each answer is a share of which people are counted once. One by a single dimension tells how its
    groups differ (Newcombe 1998); one by that dimension and another what is left with the same mix
    of the other (direct standardisation). Two groups are set against each other, each of more
    against all the rest. Associations: nothing here tells a cause.
    """
    found = list(compared(answers, setting))
    shown = [chance for chance in found if chance.crude or chance.gap]
    rows = [row for answer in answers for row in latest(rows_of(answer))]
    table = pd.concat([answer.rows for answer in answers], ignore_index=True)
    if not shown:
        return findings.nothing(answers[0], rows, setting)
    names = {text for chance in shown if (text := chance.metric)}
    title = _one(shown[0], setting) if len(shown) == 1 else _counted(shown, setting)
    return Picture(
        _drawn(shown, setting, several=len(names) > 1),
        title,
        findings.subtitle(
            answers[0],
            rows,
            setting,
            what=", ".join(_titles(answers, setting)),
            unit=setting.text.say("difference in points"),
        ),
        setting.text.say("Differences between groups with intervals. {title}.", title=title),
        table,
        _notes(answers, found, setting),
    )


def compared(answers: Sequence[Answer], setting: Setting) -> Iterator[Chance]:
    """The comparisons that the answers allow, in the order of their groups."""
    singles = {(a.metric.key, a.question.by[0]): a for a in answers if len(a.question.by) == 1}
    for (metric, by), answer in singles.items():
        crossed = next(
            (
                a
                for a in answers
                if a.metric.key == metric and a.question.by[0] == by and a is not answer
            ),
            None,
        )
        rows = latest(rows_of(answer))
        cells = latest(rows_of(crossed)) if crossed else []
        mix = crossed.question.by[1] if crossed else ""
        codes = [row.categories[0] for row in rows if row.categories[0] != LEFT_OUT]
        for code, others in _sides(codes):
            yield Chance(
                metric,
                _named(by, code, setting),
                _named(by, others[0], setting)
                if len(codes) == 2
                else setting.text.say("the others"),
                _crude(rows, code, others),
                _adjusted(cells, code, others) if cells else None,
                setting.text.dimension(mix).lower() if mix else "",
            )


def _sides(codes: Sequence[str]) -> list[tuple[str, list[str]]]:
    if len(codes) == 2:
        return [(codes[0], [codes[1]])]
    if len(codes) < 2:
        return []
    return [(code, [other for other in codes if other != code]) for code in codes]


def _named(by: str, code: str, setting: Setting) -> str:
    text = setting.text
    if by == "earlier_rating" and code == "other":
        return text.say("the others")
    said = text.category(by, code)
    if by == "earlier_rating":
        return text.say("people rated {rating}", rating=said)
    if by == "sex":
        return unbroken(said.lower())
    if by == "age_band":
        return text.say("people aged {group}", group=said)
    return text.say("people of the group {group}", group=said)


def _crude(rows: Sequence[Row], code: str, others: Sequence[str]) -> Gap | None:
    sides = [[row for row in rows if row.categories[0] in side] for side in ([code], others)]
    sums = [sum(part) for side in sides for part in ([_events(row) for row in side], _people(side))]
    return crude_gap(*sums)


def _events(row: Row) -> float:
    if not row.known or math.isnan(row.denominator):
        return math.nan
    return round(row.value * row.denominator)


def _people(rows: Sequence[Row]) -> list[float]:
    return [row.denominator for row in rows]


def _adjusted(cells: Sequence[Row], code: str, others: Sequence[str]) -> Adjusted:
    """The gap with the same mix; where the crossed groups are withheld, none."""
    mix = sorted({row.categories[1] for row in cells})
    size = [np.zeros(len(mix)) for _ in range(4)]
    for row in cells:
        at = mix.index(row.categories[1])
        side = 0 if row.categories[0] == code else 2 if row.categories[0] in others else None
        if side is not None:
            size[side][at] += _events(row)
            size[side + 1][at] += 1.0 if row.withheld else row.denominator
    return adjusted_gap(*size)


def in_words(chance: Chance, setting: Setting) -> str:
    """The comparison as a sentence without its full stop: what can be told of it first, then the gap
    as it is and what the same mix leaves of it, each with its interval."""
    text, first = setting.text, chance.crude or chance.gap
    if first is None:
        return text.say("No figure may be shown here")
    if not first.clear and not (chance.gap and chance.gap.clear):
        return f"{_whether(chance, setting)}: {_gaps(chance, setting)}"
    if not first.clear:
        return f"{_often(chance, chance.gap or first, setting)}; {_as_it_is(first, setting)}"
    said = _often(chance, first, setting)
    if chance.crude is None or chance.gap is None:
        return said
    nothing = (_signed(0.0, setting), _signed(-0.0, setting))
    turns = chance.crude.value * chance.gap.value < 0
    turns &= _signed(chance.gap.value, setting) not in nothing
    told = f"{said}; {(_turned if turns else _mixed)(chance, chance.gap, setting)}"
    return told if chance.gap.clear else f"{told}: {text.say('cannot tell')}"


def _often(chance: Chance, gap: Gap, setting: Setting) -> str:
    """What is clear: which group more or less often, by how much; with the same mix where that is
    what is clear."""
    text = setting.text
    less, more = OFTEN.get(chance.metric, OTHERWISE)
    said = text.say(
        less if gap.value < 0 else more,
        group=chance.group,
        other=chance.other,
        size=text.points(gap.value),
    )
    if chance.crude and gap is chance.gap:
        said = text.say("with the same mix by {mix}, {said}", mix=chance.mix, said=said)
    return f"{said} {_interval(gap, setting)}"


def _whether(chance: Chance, setting: Setting) -> str:
    return setting.text.say(
        WHETHER.get(chance.metric, WHETHER_OTHERWISE), group=chance.group, other=chance.other
    )


def _gaps(chance: Chance, setting: Setting) -> str:
    """The gap as it is and with the same mix, or the one of them that there is."""
    parts = [_as_it_is(chance.crude, setting)] if chance.crude else []
    parts += [_mixed(chance, chance.gap, setting)] if chance.gap else []
    return "; ".join(parts)


def _as_it_is(gap: Gap, setting: Setting) -> str:
    return setting.text.say(
        "as it is the gap is {gap} {interval}",
        gap=_signed(gap.value, setting),
        interval=_interval(gap, setting),
    )


def _mixed(chance: Chance, gap: Gap, setting: Setting) -> str:
    return setting.text.say(
        "with the same mix by {mix} the gap is {gap} {interval}",
        mix=chance.mix,
        gap=_signed(gap.value, setting),
        interval=_interval(gap, setting),
    )


def _turned(chance: Chance, gap: Gap, setting: Setting) -> str:
    """That the gap has the other sign with the same mix."""
    return setting.text.say(
        "with the same mix by {mix} it is the other way round: {size} less often {interval}"
        if gap.value < 0
        else "with the same mix by {mix} it is the other way round: {size} more often {interval}",
        mix=chance.mix,
        size=setting.text.points(abs(gap.value)),
        interval=_interval(gap, setting),
    )


def _interval(gap: Gap, setting: Setting) -> str:
    low, high = (setting.text.number(100 * end, 1) for end in (gap.low, gap.high))
    return setting.text.say("(95% CI: {low} to {high})", low=low, high=high)


def _signed(value: float, setting: Setting) -> str:
    return setting.text.say("{number} points", number=setting.text.number(100 * value, 1))


def _one(chance: Chance, setting: Setting) -> str:
    """The comparison in a few words, for a title."""
    text, gap = setting.text, chance.gap or chance.crude
    if gap is None:
        return text.say("No figure may be shown here")
    said = text.say(
        "{group} against {other}: {gap}",
        group=chance.group,
        other=chance.other,
        gap=_signed((chance.crude or gap).value, setting),
    )
    if chance.crude and chance.gap:
        left = _signed(chance.gap.value, setting)
        said += f"; {text.say('with the same mix {gap}', gap=left)}"
    return said if gap.clear else f"{said}: {text.say('cannot tell')}"


def _counted(shown: Sequence[Chance], setting: Setting) -> str:
    """How many of the comparisons are clear, as they are and with the same mix."""
    text = setting.text
    crude = [chance.crude for chance in shown if chance.crude]
    mixed = [chance.gap for chance in shown if chance.gap]
    values = {"clear": sum(gap.clear for gap in crude), "all": len(crude)}
    if not any(gap.clear for gap in (*crude, *mixed)):
        return text.say("None of {all} differences is clear", all=len(crude))
    if not mixed:
        return text.say("{clear} of {all} differences are clear", **values)
    return text.say(
        "{clear} of {all} differences are clear; with the same mix {left} of {told}",
        left=sum(gap.clear for gap in mixed),
        told=len(mixed),
        **values,
    )


def _titles(answers: Sequence[Answer], setting: Setting) -> list[str]:
    return list(dict.fromkeys(setting.text.say(answer.metric.title) for answer in answers))


def _notes(answers: Sequence[Answer], found: Sequence[Chance], setting: Setting) -> str:
    """On how many it rests, how marks are read, whom the same mix leaves out, what many comparisons do."""
    text = setting.text
    sizes = {
        answer.metric.key: sum(row.denominator for row in latest(rows_of(answer)) if row.known)
        for answer in answers
        if len(answer.question.by) == 1
    }
    counts = " / ".join(text.number(size) for size in sizes.values())
    said = [text.say("n = {count}", count=counts), text.say("lines show 95% intervals")]
    if setting.coverage:
        said.insert(1, setting.coverage)
    mixes = dict.fromkeys(chance.mix for chance in found if chance.gap)
    if mixes:
        said.append(
            text.say("open: as they are; filled: with the same mix by {mix}", mix=", ".join(mixes))
        )
    if any(chance.adjusted and not chance.gap for chance in found):
        said.append(text.say("some groups are withheld or missing: not every gap can be adjusted"))
    least = min((c.adjusted.covered for c in found if c.adjusted and c.gap), default=1.0)
    if least < 1:
        said.append(
            text.say(
                "at least {share} of people are in groups that both sides have",
                share=text.share(least),
            )
        )
    if len(found) > 2:
        said.append(text.say("of 20 such intervals one misses by chance"))
    return " · ".join(said)


def _drawn(shown: Sequence[Chance], setting: Setting, *, several: bool) -> go.Figure:
    theme, text = setting.theme, setting.text
    gaps = [gap for chance in shown for gap in (chance.crude, chance.gap) if gap]
    low, high = (
        min(0.0, *(100 * gap.low for gap in gaps)),
        max(0.0, *(100 * gap.high for gap in gaps)),
    )
    air = 0.08 * (high - low or 1)
    lines = list(range(len(shown)))[::-1]
    drawn = figure(
        theme,
        text.separators,
        height=100 + (2 * LINE if several else WRAPPED_LINE + 10) * len(shown),
        margin={"t": 40, "b": 40},
        xaxis=axis_between(low - air, high + air, "points", setting) | {"side": "top"},
        yaxis={
            "tickvals": lines,
            "ticktext": [_label(c, setting, several=several) for c in shown],
            "range": [-0.7, len(shown) - 0.3],
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
        shapes=[_zero(theme.ink)],
        annotations=_directions(setting),
    )
    crude = [(line, c.crude, c) for line, c in zip(lines, shown, strict=True) if c.crude]
    mixed = [(line, c.gap, c) for line, c in zip(lines, shown, strict=True) if c.gap]
    apart = 0.17 if mixed else 0.0
    drawn.add_trace(_marks(crude, apart, "circle-open", theme.context_text, setting))
    drawn.add_trace(_marks(mixed, -apart, "circle", theme.ink, setting))
    return drawn


def _label(chance: Chance, setting: Setting, *, several: bool) -> str:
    against = setting.text.say("{group} against {other}", group=chance.group, other=chance.other)
    against = wrapped(against[:1].upper() + against[1:])
    if not several:
        return against
    return f"<b>{wrapped(setting.text.say(METRICS[chance.metric].title), lines=1)}</b><br>{against}"


def _zero(colour: str) -> dict:
    return {
        "type": "line",
        "x0": 0,
        "x1": 0,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colour, "width": 1},
        "layer": "below",
    }


def _directions(setting: Setting) -> list[dict]:
    """What it means to lie further to either side, at the ends under the marks."""
    return [
        {
            "x": end,
            "xref": "paper",
            "y": 0,
            "yref": "paper",
            "yanchor": "top",
            "xanchor": anchor,
            "yshift": -16 * end,  # both do not fit beside one another on a narrow screen
            "text": words,
            "showarrow": False,
            "font": {"size": 12, "color": setting.theme.context_text},
        }
        for end, anchor, words in (
            (0, "left", f"\u2190 {setting.text.say('less often')}"),
            (1, "right", f"{setting.text.say('more often')} \u2192"),
        )
    ]


def _marks(
    points: Sequence[tuple[int, Gap, Chance]],
    shift: float,
    symbol: str,
    colour: str,
    setting: Setting,
) -> go.Scatter:
    return go.Scatter(
        x=[100 * gap.value for _, gap, _ in points],
        y=[line + shift for line, _, _ in points],
        mode="markers",
        marker={
            "symbol": symbol,
            "size": 10,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * (gap.high - gap.value) for _, gap, _ in points],
            "arrayminus": [100 * (gap.value - gap.low) for _, gap, _ in points],
            "color": colour,
            "thickness": 1.4,
            "width": 0,
        },
        hovertext=[f"{in_words(chance, setting)}." for _, _, chance in points],
        hoverinfo="text",
        cliponaxis=False,
    )
