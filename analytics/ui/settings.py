"""What a picture may know of the place: targets, dated activities, tiles, boundaries."""

from __future__ import annotations

from datetime import date, datetime

from analytics.answers import Answer, Snapshot
from analytics.charts import Event, Setting
from analytics.charts.maps import read_tiles
from analytics.charts.theme import Theme
from analytics.text import Text
from analytics.ui import source
from analytics.ui.places import Places
from analytics.ui.questions import Chosen


def setting_of(
    snapshot: Snapshot, places: Places, chosen: Chosen, words: Text, theme: Theme
) -> Setting:
    """The setting of a page; targets and events are added chart by chart."""
    return Setting(
        text=words,
        theme=theme,
        provinces=places.provinces,
        chosen=chosen.place,
        names=places.names,
        tiles=read_tiles(),
        boundaries=source.boundaries(),
    )


def target_of(snapshot: Snapshot, answer: Answer, chosen: Chosen, places: Places) -> float | None:
    """The target of the answer's metric in its last year, of the place or the nearest above it.

    None for a year that is not over: a target is one for the whole year.
    """
    found = _targets(snapshot, answer)
    own = _place_of(answer, chosen)
    target = _nearest(own, found, places)
    if target is None and own[0] == "all":
        values = set(found.values())
        return values.pop() if len(values) == 1 else None
    return target


def targets_of(snapshot: Snapshot, answer: Answer, places: Places) -> dict[tuple[str, str], float]:
    """The target of each of the answer's places, by (level, code), as `target_of` has it."""
    found = _targets(snapshot, answer)
    where = set(zip(answer.rows["level"], answer.rows["place"], strict=True)) if found else set()
    targets = {one: _nearest(one, found, places) for one in where}
    return {one: target for one, target in targets.items() if target is not None}


def _targets(snapshot: Snapshot, answer: Answer) -> dict[tuple[str, str], float]:
    """The targets that are set for the answer's metric in its last year, by (level, code)."""
    targets = snapshot.targets
    if answer.rows.empty or targets.empty or answer.question.by or answer.until:
        return {}
    year = int(answer.rows["start"].max().year)
    of_year = targets.loc[(targets["metric"] == answer.metric.key) & (targets["year"] == year)]
    return {
        (str(row["level"]), str(row["place"])): float(row["value"])
        for row in of_year.to_dict("records")
    }


def _nearest(
    own: tuple[str, str], found: dict[tuple[str, str], float], places: Places
) -> float | None:
    for place in [own, *places.above(own)[::-1]]:
        if place in found:
            return found[place]
        # a province's target is set by its own government
        if place[0] == "province" and ("government", place[1]) in found:
            return found["government", place[1]]
    return None


def _place_of(answer: Answer, chosen: Chosen) -> tuple[str, str]:
    where = set(zip(answer.rows["level"], answer.rows["place"], strict=True))
    if len(where) == 1:
        level, code = where.pop()
        return str(level), str(code)
    return chosen.place


def events_of(snapshot: Snapshot, chosen: Chosen, places: Places) -> tuple[Event, ...]:
    """Dated policies of the chosen place and of those above it; with them, its own activities."""
    frame = snapshot.activities
    around = [chosen.place, *places.above(chosen.place)]
    around += [("government", code) for level, code in around if level == "province"]
    if chosen.place[0] == "all":
        around += [("government", code) for code in places.provinces]
    near = frame.loc[frame["place"].isin([code for _, code in around])].to_dict("records")
    dated = {
        (_day(row["date"]), str(row["label"]))
        for row in near
        if (str(row["level"]), str(row["place"])) in around and _shown(row, chosen)
    }
    return tuple(Event(day, label) for day, label in sorted(dated))


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _shown(row: dict, chosen: Chosen) -> bool:
    own = (str(row["level"]), str(row["place"])) == chosen.place
    return own or str(row["kind"]) == "policy_start"
