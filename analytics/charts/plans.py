"""Training plans: `training_plan`, agency by agency, and `seats_by_field`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from analytics.charts import findings
from analytics.charts.picture import Column, Columns, Picture, Setting
from analytics.charts.rows import Row, known, latest, options, rows_of
from analytics.charts.series import place_colour
from analytics.charts.shortfall import lying_bars
from analytics.stats.seats import Plan, cheapest_plan

if TYPE_CHECKING:
    from analytics.answers import Answer

MOST = 20


@dataclass(frozen=True)
class Needed:
    """A plan over places: their rows in its order, and what it comes to."""

    rows: tuple[Row, ...]
    plan: Plan

    @property
    def people(self) -> int:
        return round(float(self.plan.people.sum()))

    @property
    def hours(self) -> float:
        return float(self.plan.hours.sum())


def needed(coverage: Answer, missing: Answer, goal: float) -> Needed:
    """The cheapest plan over the places that both answers know."""
    lacking = {row.where: row.value * row.denominator for row in known(latest(rows_of(missing)))}
    rows = [row for row in known(latest(rows_of(coverage))) if row.where in lacking]
    everyone = np.array([row.denominator for row in rows])
    trained = np.rint([row.value * row.denominator for row in rows])
    plan = cheapest_plan(trained, everyone, np.array([lacking[row.where] for row in rows]), goal)
    return Needed(tuple(rows[at] for at in plan.at), plan)


def training_plan(coverage: Answer, missing: Answer, *, setting: Setting, goal: float) -> Picture:
    """Whom to train first: places in the order of hours that one more person at 20 JP takes.

    `coverage` and `missing` (hours to 20 JP) are of the same places; `goal`, from 0 to 1, is for all
    of them together. Bars from zero are people; beside each, how many and the hours that
    one of them lacks.
    """
    text = setting.text
    rows = latest(rows_of(coverage))
    if not known(rows):
        return findings.nothing(coverage, rows, setting)
    found = needed(coverage, missing, goal)
    aim = text.target(goal, "share")
    if not found.rows:
        return findings.nothing(
            coverage, rows, setting, text.say("{target} is reached already", target=aim)
        )
    values = {
        "people": text.number(found.people),
        "hours": text.number(found.hours),
        "target": aim,
    }
    if any(row.withheld for row in rows):
        title = text.say("{people} more people, {hours} JP: {target} in the places shown", **values)
    else:
        title = text.say("{people} more people, {hours} JP, to reach {target}", **values)
    setting = findings.distinct(rows, setting)
    return Picture(
        _bars(found, setting),
        title,
        findings.subtitle(
            coverage,
            rows,
            setting,
            what=text.say(
                "People to bring to 20 JP, all of a place and then the next, those lacking least first"
            ),
            unit=text.say("people"),
        ),
        text.say("Bars, the first to train at the top. {title}.", title=title),
        coverage.rows,
        _note(found, rows, setting),
        options(rows),
        _more(found, coverage, setting),
    )


def _more(found: Needed, coverage: Answer, setting: Setting) -> Columns:
    """Each place's turn, people and hours, for the table."""
    text, turns = setting.text, {row.where: at for at, row in enumerate(found.rows)}
    places = zip(coverage.rows["level"], coverage.rows["place"], strict=True)
    at = [turns.get((str(level), str(place))) for level, place in places]
    plan = found.plan

    def column(numbers: np.ndarray) -> list[float]:
        return [math.nan if turn is None else float(numbers[turn]) for turn in at]

    return {
        "turn": Column(text.say("Turn"), "count", column(np.arange(1, len(plan.at) + 1))),
        "people_to_train": Column(text.say("People to train"), "count", column(plan.people)),
        "hours_lacking": Column(text.say("Hours they lack"), "hours", column(plan.hours)),
        "share_then": Column(text.say("Share of all then"), "share", column(plan.reached)),
    }


def _note(found: Needed, rows: Sequence[Row], setting: Setting) -> str:
    text = setting.text
    said = [
        findings.note(rows, setting, intervals=False),
        text.say("Costs are counted in hours alone; hours start again at zero in January"),
        text.say("the fewest hours, not the fairest order: places far behind may come last"),
    ]
    if len(found.rows) > MOST:
        said.append(text.say("the first {count} are drawn", count=MOST))
    return " · ".join(part for part in said if part)


def _bars(found: Needed, setting: Setting) -> go.Figure:
    text = setting.text
    rows = found.rows[:MOST][::-1]
    people = found.plan.people[:MOST][::-1].tolist()
    each = (found.plan.hours / found.plan.people)[:MOST][::-1]
    names = findings.place_names(rows, setting)
    words = [
        text.say("{people} × {hours}", people=text.number(n), hours=text.value(jp, "hours"))
        for n, jp in zip(people, each, strict=True)
    ]
    colours = [place_colour(row, setting) for row in rows]
    return _lying(names, people, words, colours, setting, [row.option for row in rows])


def _lying(
    names: Sequence[str],
    lengths: Sequence[float],
    words: Sequence[str],
    colours: Sequence[str],
    setting: Setting,
    opens: Sequence[str] | None = None,
) -> go.Figure:
    """Bars from zero, one below the other, each with its words at its end."""
    hovers = [f"<b>{name}</b><br>{said}" for name, said in zip(names, words, strict=True)]
    drawn = lying_bars(names, lengths, words, colours, hovers, setting, opens)
    # air for the words of the longest bar
    drawn.update_layout(xaxis={"range": [0, max(lengths) * 1.9]})
    return drawn


def seats_by_field(
    coverage: Answer,
    missing: Answer,
    completed: Answer,
    hours: Answer,
    *,
    setting: Setting,
    goal: float,
    months: int,
) -> Picture:
    """How many course places the plan takes, field by field, if fields keep the share they have.

    `completed` (share of enrolments completed) and `hours` (per completed enrolment) are of one place
    and broken down by field: they turn hours into places, since some who enrol do not finish.
    `months` is how many are left; 0 where the year is over.
    """
    text = setting.text
    plan = needed(coverage, missing, goal)
    rows = latest(rows_of(completed))
    each = {row.categories: row.value for row in known(latest(rows_of(hours))) if row.value > 0}
    fields = [row for row in known(rows) if row.categories in each and row.value > 0]
    if not fields:
        return findings.nothing(completed, rows, setting)
    if not plan.rows:
        aim = text.target(goal, "share")
        title = text.say("{target} is reached already", target=aim)
        return findings.nothing(completed, rows, setting, title)
    given = np.array([row.value * row.denominator * each[row.categories] for row in fields])
    finishing = np.array([row.value * each[row.categories] for row in fields])
    seats = np.ceil(plan.hours * given / given.sum() / finishing - 1e-9)
    title = _seats_title(int(seats.sum()), months, setting)
    names = [text.category("field", row.categories[0]) for row in fields]
    order = np.argsort(seats)
    by_field = dict(zip((row.categories[0] for row in fields), seats, strict=True))
    return Picture(
        _lying(
            [names[at] for at in order],
            seats[order].tolist(),
            [text.number(seats[at]) for at in order],
            [setting.theme.context_text] * len(order),
            setting,
        ),
        title,
        findings.subtitle(
            completed,
            rows,
            setting,
            what=text.say("Course places by field"),
            unit=text.say("places"),
        ),
        text.say("Bars, longest at the top. {title}.", title=title),
        completed.rows,
        text.say("Places follow the fields, hours and completion of this period."),
        more={
            "course_places": Column(
                text.say("Course places"),
                "count",
                [by_field.get(field, math.nan) for field in completed.rows["field"]],
            )
        },
    )


def _seats_title(seats: int, months: int, setting: Setting) -> str:
    text = setting.text
    if not months:
        return text.say("{seats} course places were missing", seats=text.number(seats))
    return text.say(
        "{seats} course places, {monthly} a month for {months} months",
        seats=text.number(seats),
        monthly=text.number(math.ceil(seats / months)),
        months=months,
    )
