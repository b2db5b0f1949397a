"""`curve_breaches`: which agencies lie beyond a limit of their rating, and by how many evaluations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.axes import axis_between
from analytics.charts.columns import of_places
from analytics.charts.curves import (
    Judged,
    Ratings,
    Tally,
    bound_of,
    judged_agencies,
    limit_words,
    rating_words,
    rule_words,
    tallies_of,
)
from analytics.charts.dots import MOST, Dot, dots_figure
from analytics.charts.picture import WORDS, Column, Columns, Picture, Setting, shorten
from analytics.charts.rows import latest, options, rows_of
from analytics.charts.stacks import table_of
from analytics.stats.curve import Kept, allowed

if TYPE_CHECKING:
    from analytics.answers import Answer

BESIDE = 1.6  # of the span, which the words beside a dot take on a narrow screen
NARROWEST = 0.05  # of all evaluations: what an axis spans where all of them stand at its end
EDGE = 0.2  # of the span: a word nearer to its end than this would be cut when centred


@dataclass(frozen=True)
class Breach:
    """An agency beyond a limit: its `rules` are those that it breaks and that are asked for."""

    judged: Judged
    rules: tuple[Kept, ...]
    changes: int

    @property
    def far(self) -> float:
        """The part of all its evaluations that would have to change."""
        return self.changes / self.judged.people


def curve_breaches(
    *answers: Answer, setting: Setting, ratings: Ratings, rule: str, most: int = MOST
) -> Picture:
    """Agencies beyond a rule of their rating, the worst first: what is there, the limit, the changes.

    The answers are those of `PREDICATE_SHARES`, of agencies in one year. `rule` is the code of a rule
    (`Tally.code`), or "" for all rules together. Places are in the order of the share of evaluations
    that would have to change. What is withheld is taken as it helps the agency most.
    """
    text = setting.text
    judged = judged_agencies(answers, ratings)
    rows = latest(rows_of(answers[0]))
    if not judged:
        title = text.say("No rating of an organisation may be shown for this year")
        return findings.nothing(answers[0], rows, setting, title)
    setting = findings.distinct([one.first for one in judged], setting)
    tally = next((one for one in tallies_of(judged) if one.code == rule), None)
    found = sorted(_breaches(judged, tally), key=lambda one: (one.far, one.changes))
    title = _title(judged, found, tally, setting)
    return Picture(
        _drawn(found[-most:], tally, setting) if found else None,
        title,
        findings.subtitle(answers[0], rows, setting, what=_what(tally, setting)),
        text.say("Dots, the furthest beyond the limit at the top. {title}.", title=title),
        table_of(answers),
        " · ".join(_notes(judged, found, tally, most, setting)),
        options([one.judged.first for one in found]),
        listing=_listing(found[::-1], setting) if found else {},
    )


def _breaches(judged: Sequence[Judged], tally: Tally | None) -> list[Breach]:
    """The agencies that break the rule for sure, or any rule where none is given."""
    found = []
    for one in judged:
        if tally is None:
            if one.broken:
                broken = tuple(kept for kept in one.rules if kept.kept is False)
                found.append(Breach(one, broken, one.changes))
        elif one.rating == tally.rating and one.rules[tally.position].kept is False:
            kept = one.rules[tally.position]
            found.append(Breach(one, (kept,), max(kept.too_many, kept.too_few)))
    return found


def _title(
    judged: Sequence[Judged], found: Sequence[Breach], tally: Tally | None, setting: Setting
) -> str:
    text = setting.text
    if tally is None:
        return text.say(
            "{broken} of {count} agencies lie beyond a limit of their rating",
            broken=text.number(len(found)),
            count=text.number(len(judged)),
        )
    return text.say(
        "{broken} of {count} agencies rated {rating} do not keep the rule: {rule}",
        broken=text.number(len(found)),
        count=text.number(tally.agencies),
        rating=rating_words(tally.rating, setting),
        rule=rule_words(tally.rule, setting),
    )


def _what(tally: Tally | None, setting: Setting) -> str:
    text = setting.text
    if tally is None:
        return text.say("Evaluations beyond the limits")
    return text.say(
        "Evaluations to which the rule “{rule}” applies", rule=rule_words(tally.rule, setting)
    )


def _notes(
    judged: Sequence[Judged],
    found: Sequence[Breach],
    tally: Tally | None,
    most: int,
    setting: Setting,
) -> list[str]:
    """The worst agency, what cannot be said, how limits are met, and how many are not drawn."""
    text = setting.text
    said = []
    if found:
        worst = max(found, key=lambda one: (one.changes, one.far))
        said.append(
            text.say(
                "most evaluations would have to change at {name}: {changes} of {people}",
                name=shorten(findings.place_names([worst.judged.first], setting)[0]),
                changes=text.number(worst.changes),
                people=text.number(worst.judged.people),
            )
        )
    unsaid = sum(not one.sure for one in judged) if tally is None else tally.counts[2]
    if unsaid:
        said.append(text.say("of {count} it cannot be said", count=text.number(unsaid)))
    said.append(
        text.say(
            "in order of the share that would have to change, at the fewest that meet the limit"
        )
    )
    said.append(text.say("limits are met in whole people: at most 70% of 9 is 6"))
    if len(found) > most:
        said.append(text.say("the {count} furthest are drawn", count=text.number(most)))
    return said


def _drawn(found: Sequence[Breach], tally: Tally | None, setting: Setting) -> go.Figure:
    """A dot an agency, the furthest on top, with words beside it; the limit of a rule as a line."""
    nothing, bound = float("nan"), bound_of(tally.rule) if tally else None
    names = findings.place_names([one.judged.first for one in found], setting)
    dots = [
        Dot(replace(one.judged.first, value=_at(one, tally), low=nothing, high=nothing), name)
        for one, name in zip(found, names, strict=True)
    ]
    figure_ = dots_figure(dots, "share", replace(setting, target=None), by=False)
    ends = [*(dot.row.value for dot in dots), *([] if bound is None else [bound])]
    low = max(0.0, min(ends) - (max(ends) - min(ends)) * 0.12) if tally else 0.0
    span = (max(ends) - low or NARROWEST) * (1 + BESIDE)
    high = low + span
    figure_.update_xaxes(axis_between(low, high, "share", setting))
    if tally and bound is not None:
        figure_.add_vline(x=bound, line={"color": setting.theme.ink, "width": 1, "dash": "dash"})
        figure_.add_annotation(_limit_word(tally, bound, (bound - low) / span, setting))
        figure_.update_layout(margin={"b": 26})
    figure_.add_trace(_words(found, dots, tally, setting))
    return figure_


def _at(one: Breach, tally: Tally | None) -> float:
    """Where the dot stands: what the rule counts of all evaluations, or what would have to change."""
    if tally is None:
        return one.far
    held, _ = _held(one.rules[0], one.judged.people)
    return held / one.judged.people


def _held(kept: Kept, people: int) -> tuple[int, int]:
    """How many evaluations the rule counts, or as few beyond it as may be, and how many it allows."""
    least, most = allowed(kept.rule, people)
    if kept.too_many:
        return most + kept.too_many, most
    return least - kept.too_few, least


def _limit_word(tally: Tally, bound: float, part: float, setting: Setting) -> dict:
    return {
        "x": bound,
        "xanchor": "left" if part < EDGE else "center",
        "y": 0,
        "yref": "paper",
        "yanchor": "top",
        "text": limit_words(tally.rule, setting),
        "showarrow": False,
        "font": {"size": 11, "color": setting.theme.ink},
    }


def _words(
    found: Sequence[Breach], dots: Sequence[Dot], tally: Tally | None, setting: Setting
) -> go.Scatter:
    said = [_beside(one, tally, setting) for one in found]
    return go.Scatter(
        x=[dot.row.value for dot in dots],
        y=list(range(len(dots))),
        mode="text",
        text=[f"   {words}" for words in said],
        textposition="middle right",
        textfont={"color": setting.theme.context_text, "size": 12},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _beside(one: Breach, tally: Tally | None, setting: Setting) -> str:
    text, people = setting.text, one.judged.people
    if tally is None:
        return text.say(
            "{changes} of {people}, rated {rating}",
            changes=text.number(one.changes),
            people=text.number(people),
            rating=rating_words(one.judged.rating, setting),
        )
    held, _ = _held(one.rules[0], people)
    values = {
        "held": text.number(held),
        "people": text.number(people),
        "changes": text.number(one.changes),
    }
    if one.rules[0].too_many:
        return text.say("{held} of {people}: {changes} over", **values)
    return text.say("{held} of {people}: {changes} short", **values)


def _listing(found: Sequence[Breach], setting: Setting) -> Columns:
    """A row an agency and broken rule, for the table and the file."""
    text = setting.text
    lines = [(one, kept) for one in found for kept in one.rules]
    firsts = [one.judged.first for one, _ in lines]
    held = [_held(kept, one.judged.people) for one, kept in lines]
    people = [one.judged.people for one, _ in lines]
    changes = [max(kept.too_many, kept.too_few) for _, kept in lines]
    ratings = [rating_words(one.judged.rating, setting) for one, _ in lines]
    rules = [rule_words(kept.rule, setting) for _, kept in lines]
    known = [kept.held is not None for _, kept in lines]
    there = [count if is_known else None for (count, _), is_known in zip(held, known, strict=True)]
    share = [
        count / n if is_known else None
        for (count, _), n, is_known in zip(held, people, known, strict=True)
    ]
    return {
        **of_places(firsts, setting),
        "organisation_rating": Column(text.say("Organisation rated"), WORDS, ratings),
        "rule": Column(text.say("Rule"), WORDS, rules),
        "evaluations_there": Column(text.say("Evaluations it counts"), "count", there),
        "share_there": Column(text.say("Their share"), "share", share),
        "limit": Column(text.say("Limit, in evaluations"), "count", [end for _, end in held]),
        "evaluations": Column(text.say("Evaluations in all"), "count", people),
        "to_change": Column(text.say("Evaluations to change"), "count", changes),
        "to_change_for_all_rules": Column(
            text.say("To change for all rules"), "count", [one.judged.changes for one, _ in lines]
        ),
    }
