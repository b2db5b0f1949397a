"""Ratings against the limits of the organisation's own rating: of one agency, and rule by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between, write_beside
from analytics.charts.picture import WORDS, Column, Columns, Picture, Setting
from analytics.charts.rows import Row, latest, rows_of
from analytics.charts.series import place_colour
from analytics.charts.stacks import table_of
from analytics.charts.theme import LINE, figure, mark
from analytics.schema import PREDICATES
from analytics.stats.curve import RULES, Kept, Rule, least_changes, rules_kept

if TYPE_CHECKING:
    from analytics.answers import Answer

Ratings = Mapping[str, str]
"""Each agency's code and the rating of its organisation in the year of the answers."""

ROW = LINE + 14
RULE = 68  # pixels of a bar with its words above it


@dataclass(frozen=True)
class Judged:
    """An agency against the limits of its rating. `first` is its row of the first answer."""

    first: Row
    rating: str
    counts: np.ndarray
    people: int
    rules: tuple[Kept, ...]

    @property
    def changes(self) -> int:
        """The fewest evaluations that would have to change, from what may be shown."""
        return least_changes(self.rules)

    @property
    def broken(self) -> bool:
        """Whether any rule is broken for sure."""
        return any(one.kept is False for one in self.rules)

    @property
    def sure(self) -> bool:
        """Whether every rule can be told, or one is broken."""
        return self.broken or all(one.kept for one in self.rules)


def curve_shares(*answers: Answer, setting: Setting, ratings: Ratings) -> Picture:
    """One agency's five predicates beside the limits that its organisation's own rating sets.

    The answers are those of `PREDICATE_SHARES`, of one agency and year. Shares are counts of all who
    were rated, so that they have no interval. What is withheld leaves open what cannot be said.
    """
    text = setting.text
    rows = latest(rows_of(answers[0]))
    judged = judged_agencies(answers, ratings)
    if not judged:
        title = text.say("No rating of the organisation may be shown for this year")
        return findings.nothing(answers[0], rows, setting, title)
    one = judged[0]
    title = _agency_title(one, setting)
    return Picture(
        _shares_drawn(one, setting),
        title,
        findings.subtitle(
            answers[0],
            rows,
            setting,
            what=text.say(
                "Evaluations, and the limits for organisations rated {rating}",
                rating=rating_words(one.rating, setting),
            ),
        ),
        text.say("Dots of five predicates beside their limits. {title}.", title=title),
        table_of(answers),
        " · ".join(_told(kept, one, setting) for kept in one.rules),
    )


def curve_rules(*answers: Answer, setting: Setting, ratings: Ratings) -> Picture:
    """Each rule of each rating: how many agencies keep it, break it, or leave it open."""
    text = setting.text
    judged = judged_agencies(answers, ratings)
    rows = latest(rows_of(answers[0]))
    if not judged:
        title = text.say("No rating of an organisation may be shown for this year")
        return findings.nothing(answers[0], rows, setting, title)
    tallies = tallies_of(judged)
    worst = max(tallies, key=lambda one: one.broken)
    title = text.say("Every limit that can be judged is kept")
    if worst.broken:
        title = text.say(
            "{broken} of {count} agencies rated {rating} do not keep the rule: {rule}",
            broken=text.number(worst.broken),
            count=text.number(worst.agencies),
            rating=rating_words(worst.rating, setting),
            rule=rule_words(worst.rule, setting),
        )
    return Picture(
        _rules_drawn(tallies, setting),
        title,
        findings.subtitle(
            answers[0], rows, setting, what=text.say("Agencies by rule"), unit=text.say("agencies")
        ),
        text.say("Stacked bars, one a row. {title}.", title=title),
        table_of(answers),
        text.say("open: the evaluations that would tell are withheld"),
        listing=_counted(tallies, setting),
    )


def _counted(tallies: Sequence[Tally], setting: Setting) -> Columns:
    """The rules and their counts, for the table."""
    text = setting.text
    kept, broken, unknown = zip(*(one.counts for one in tallies), strict=True)
    ratings = [rating_words(one.rating, setting) for one in tallies]
    rules = [rule_words(one.rule, setting) for one in tallies]
    return {
        "rating": Column(text.say("Organisation rated"), WORDS, ratings),
        "rule": Column(text.say("Rule"), WORDS, rules),
        "kept": Column(text.say("Agencies that keep it"), "count", kept),
        "broken": Column(text.say("Agencies that do not"), "count", broken),
        "open": Column(text.say("Agencies left open"), "count", unknown),
    }


def judged_agencies(answers: Sequence[Answer], ratings: Ratings) -> list[Judged]:
    """The agencies that have a rating and whose number of evaluations may be shown.

    The answers are those of `PREDICATE_SHARES`, of agencies in one year.
    """
    parts = [{row.place: row for row in latest(rows_of(answer))} for answer in answers]
    made = []
    for place, first in parts[0].items():
        rating = ratings.get(place)
        if rating is None or not first.known or not first.denominator > 0:
            continue
        found = [part.get(place) for part in parts]
        counts = np.array(
            [round(row.value * row.denominator) if row and row.known else np.nan for row in found]
        )
        people = int(first.denominator)
        made.append(Judged(first, rating, counts, people, rules_kept(counts, people, rating)))
    return made


def rating_words(code: str, setting: Setting) -> str:
    """An organisation's rating in the reader's words."""
    return setting.text.category("organisation_rating", code)


def _agency_title(one: Judged, setting: Setting) -> str:
    text = setting.text
    values = {
        "rating": rating_words(one.rating, setting),
        "changes": text.number(one.changes),
        "people": text.number(one.people),
    }
    if one.broken:
        return text.say(
            "Rated {rating}: at least {changes} of {people} evaluations would have to change",
            **values,
        )
    if one.sure:
        return text.say("Rated {rating}: its evaluations keep to the limits", **values)
    return text.say(
        "Rated {rating}: withheld evaluations leave open whether the limits are kept", **values
    )


def _predicates(rule: Rule, setting: Setting) -> str:
    text = setting.text
    names = [text.category("predicate", PREDICATES[at]) for at in rule.predicates]
    if len(names) == 1:
        return names[0]
    return text.say("{first} or {second}", first=names[0], second=names[1])


def limit_words(rule: Rule, setting: Setting) -> str:
    """The limit in words: "at most 70%"."""
    text = setting.text
    if rule.someone:
        return text.say("someone at least")
    if rule.most is not None:
        return text.say("at most {share}", share=text.percent(text.number(rule.most)))
    return text.say("at least {share}", share=text.percent(text.number(rule.least or 0)))


def rule_words(rule: Rule, setting: Setting) -> str:
    """What the rule asks: "at most 70% Sangat Baik"."""
    text, predicates = setting.text, _predicates(rule, setting)
    if rule.someone:
        return text.say("at least one rated {predicates}", predicates=predicates)
    return text.say("{limit} {predicates}", limit=limit_words(rule, setting), predicates=predicates)


def tally_words(one: Tally, setting: Setting) -> str:
    """A rule, whose it is and how many agencies do not keep it, for a list to choose from."""
    text = setting.text
    return text.say(
        "Rated {rating}: {rule} ({broken} of {count} do not keep it)",
        rating=rating_words(one.rating, setting),
        rule=rule_words(one.rule, setting),
        broken=text.number(one.broken),
        count=text.number(one.agencies),
    )


def _told(kept: Kept, one: Judged, setting: Setting) -> str:
    """One rule and whether the agency keeps it, with by how many it does not."""
    text = setting.text
    values = {
        "predicates": _predicates(kept.rule, setting),
        "limit": limit_words(kept.rule, setting),
    }
    if kept.kept is None:
        return text.say("{predicates}, {limit}: cannot be said", **values)
    if kept.kept:
        return text.say("{predicates}, {limit}: kept", **values)
    if kept.too_many:
        return text.say(
            "{predicates}, {limit}: {count} above it", count=text.number(kept.too_many), **values
        )
    return text.say(
        "{predicates}, {limit}: {count} below it", count=text.number(kept.too_few), **values
    )


def _shares_drawn(one: Judged, setting: Setting) -> go.Figure:
    """Five predicates, Sangat Baik on top; limits are lines over the rows that they bind."""
    text, theme = setting.text, setting.theme
    lines = list(range(len(PREDICATES)))[::-1]
    names = [text.category("predicate", code) for code in PREDICATES]
    figure_ = figure(
        theme,
        text.separators,
        height=76 + ROW * len(lines),
        xaxis=axis_between(-0.02, 1.02, "share", setting) | {"side": "top"},
        yaxis={
            "tickvals": lines,
            "ticktext": names,
            "range": [-0.7, len(lines) - 0.3],
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 8,
            "tickfont": {"color": theme.ink, "size": 12},
        },
        shapes=[_limit_line(kept.rule, lines, setting) for kept in one.rules],
        annotations=[_limit_word(kept.rule, lines, setting) for kept in one.rules],
    )
    known = ~np.isnan(one.counts)
    shares = np.where(known, one.counts / one.people, 0.0)
    said = [
        text.share(share) if is_known else text.say("withheld")
        for share, is_known in zip(shares, known, strict=True)
    ]
    write_beside(figure_, dict(zip(lines, said, strict=True)), setting)
    colour = place_colour(one.first, setting)
    symbol = mark(one.first.province, setting.provinces)
    figure_.add_trace(
        go.Scatter(
            x=shares.tolist(),
            y=lines,
            mode="markers",
            marker={
                "size": 11,
                "color": colour,
                "symbol": [symbol if is_known else f"{symbol}-open" for is_known in known],
            },
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    return figure_


def bound_of(rule: Rule) -> float:
    """The limit as a share, where it stands on an axis; someone at least is just above nobody."""
    return (rule.most if rule.most is not None else rule.least or 0) / 100


def _limit_line(rule: Rule, lines: Sequence[int], setting: Setting) -> dict:
    rows = [lines[at] for at in rule.predicates]
    return {
        "type": "line",
        "x0": bound_of(rule),
        "x1": bound_of(rule),
        "y0": min(rows) - 0.45,
        "y1": max(rows) + 0.45,
        "line": {"color": setting.theme.ink, "width": 2},
    }


def _limit_word(rule: Rule, lines: Sequence[int], setting: Setting) -> dict:
    bound = bound_of(rule)
    said = limit_words(rule, setting)
    if len(rule.predicates) > 1:
        said = setting.text.say("together {limit}", limit=said)
    return {
        "x": bound,
        "y": min(lines[at] for at in rule.predicates) - 0.45,
        "xanchor": "left" if bound < 0.2 else "right" if bound > 0.8 else "center",
        "yanchor": "middle",
        "text": said,
        "showarrow": False,
        "bgcolor": setting.theme.surface,
        "font": {"size": 11, "color": setting.theme.ink},
    }


@dataclass(frozen=True)
class Tally:
    """A rating, one of its rules, and how many agencies keep it, break it and leave it open."""

    rating: str
    position: int
    rule: Rule
    counts: tuple[int, int, int]

    @property
    def code(self) -> str:
        """What the link calls the rule: "butuh_perbaikan.2" is the second of that rating."""
        return f"{self.rating}.{self.position + 1}"

    @property
    def agencies(self) -> int:
        """How many agencies the rule binds."""
        return sum(self.counts)

    @property
    def broken(self) -> int:
        """How many agencies break the rule."""
        return self.counts[1]


def tallies_of(judged: Sequence[Judged]) -> list[Tally]:
    """Each rule that binds one of the agencies, in the order of the ratings."""
    found = []
    for rating, rules in RULES.items():
        of = [one for one in judged if one.rating == rating]
        for position, rule in enumerate(rules if of else ()):
            kept = [one.rules[position].kept for one in of]
            counts = (kept.count(True), kept.count(False), kept.count(None))
            found.append(Tally(rating, position, rule, counts))
    return found


def _rules_drawn(tallies: Sequence[Tally], setting: Setting) -> go.Figure:
    """A bar a rule; its counts stand above it in words, so that no part is too short for them."""
    text, theme = setting.text, setting.theme
    lines = list(range(len(tallies)))[::-1]
    figure_ = figure(
        theme,
        text.separators,
        height=24 + RULE * len(tallies),
        barmode="stack",
        margin={"l": 8},
        xaxis={"visible": False, "range": [0, max(one.agencies for one in tallies)]},
        yaxis={"visible": False, "range": [-0.5, len(tallies) - 0.2]},
        annotations=[
            _rule_caption(line, one, setting) for line, one in zip(lines, tallies, strict=True)
        ],
    )
    outlined = {"color": "rgba(0,0,0,0)", "line": {"width": 1, "color": theme.context_line}}
    looks = ({"color": theme.predicates[1]}, {"color": theme.predicates[3]}, outlined)
    for position, look in enumerate(looks):
        figure_.add_trace(
            go.Bar(
                x=[one.counts[position] for one in tallies],
                y=lines,
                width=0.34,
                orientation="h",
                marker=look,
                hoverinfo="skip",
            )
        )
    return figure_


def _rule_caption(line: int, one: Tally, setting: Setting) -> dict:
    """The rule, and under it whose it is and how many keep it."""
    text = setting.text
    kept, broken, unknown = one.counts
    parts = (
        text.say("{count} keep it", count=text.number(kept)) if kept else "",
        text.say("{count} do not", count=text.number(broken)) if broken else "",
        text.say("{count} open", count=text.number(unknown)) if unknown else "",
    )
    counted = text.say(
        "rated {rating}: {counts}",
        rating=rating_words(one.rating, setting),
        counts=", ".join(part for part in parts if part),
    )
    rule = rule_words(one.rule, setting)
    return {
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": line + 0.2,
        "yanchor": "bottom",
        "align": "left",
        "text": f"<b>{rule[:1].upper()}{rule[1:]}</b><br>{counted}",
        "showarrow": False,
        "font": {"size": 12, "color": setting.theme.ink},
    }
