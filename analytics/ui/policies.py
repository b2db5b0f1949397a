"""Dated policies that concern a place, or agencies within it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from analytics.answers import Snapshot
from analytics.charts import Event
from analytics.ui.places import Places

POLICY = "policy_start"


@dataclass(frozen=True)
class Policy:
    """A policy by its name: since when it holds in the chosen place itself (`here`, None where it
    does not), and since when in agencies within it that have figures, by their code."""

    label: str
    here: Event | None
    agencies: Mapping[str, Event]

    @property
    def code(self) -> str:
        """The name as the link writes it."""
        return re.sub(r"\W+", "-", self.label.lower()).strip("-")


def policies_of(
    snapshot: Snapshot, places: Places, place: tuple[str, str], agencies: Collection[str]
) -> list[Policy]:
    """The policies of a place: those that most of the `agencies` within it have come first, then
    its own and those of the governments above it, the newest of the nearest first.

    Of one that begins twice in a place, the first beginning counts.
    """
    within, here = _within(snapshot, place, agencies), _here(snapshot, places, place)
    often = Counter({label: len(events) for label, events in within.items()})
    labels = dict.fromkeys([*(label for label, _ in often.most_common()), *here])
    return [Policy(label, here.get(label), within.get(label, {})) for label in labels]


def _within(
    snapshot: Snapshot, place: tuple[str, str], agencies: Collection[str]
) -> dict[str, dict[str, Event]]:
    found: dict[str, dict[str, Event]] = {}
    if place[0] == "agency":
        return found
    for level, code, event in _policies(snapshot):
        if level == "agency" and code in agencies:
            found.setdefault(event.label, {}).setdefault(code, event)
    return found


def _here(snapshot: Snapshot, places: Places, place: tuple[str, str]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for around in (place, *places.above(place)[::-1]):
        own: dict[str, Event] = {}
        for level, code, event in _policies(snapshot):
            if (level, code) == around:
                own.setdefault(event.label, event)
        for event in sorted(own.values(), key=lambda event: event.day, reverse=True):
            found.setdefault(event.label, event)
    return found


def _policies(snapshot: Snapshot) -> list[tuple[str, str, Event]]:
    """Level, code and beginning of every policy, oldest first."""
    return [
        (str(row["level"]), str(row["place"]), Event(_day(row["date"]), str(row["label"])))
        for row in snapshot.activities.to_dict("records")  # which are in order of date
        if row["kind"] == POLICY
    ]


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
