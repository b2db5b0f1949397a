"""What an agency became and what it was before, from the days and successors of the agencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from analytics.answers import Place, Snapshot
from analytics.text import Text


@dataclass(frozen=True)
class Tie:
    """A sentence about an agency, and the agencies that it leads to, as "level:code"."""

    sentence: str
    leads_to: tuple[str, ...] = ()


def ties(snapshot: Snapshot, place: Place, words: Text) -> list[Tie]:
    """When an agency ended and what it became; since when it is, and what it was before.

    Empty for other places, and for agencies that neither ended nor follow another.
    """
    if place.level != "agency":
        return []
    agencies = snapshot.places.loc[snapshot.places["level"] == "agency"]
    known = {str(code): row for code, row in agencies.set_index("code").iterrows()}
    own = known.get(place.code)
    if own is None:
        return []
    before = [
        f"agency:{code}" for code in agencies.loc[agencies["successor"] == place.code, "code"]
    ]
    found = [_ended(own, known, words)]
    if before:
        found.append(_began(_day(own["valid_from"]), tuple(before), words))
    return [tie for tie in found if tie]


def last_whole_year(snapshot: Snapshot, place: Place) -> str | None:
    """The last year that an agency lasted to the end of; None where it has not ended."""
    agencies = snapshot.places.loc[snapshot.places["level"] == place.level]
    own = agencies.loc[agencies["code"] == place.code]
    ended = _day(own["valid_to"].iloc[0]) if place.level == "agency" and len(own) else None
    return str((ended + timedelta(days=1)).year - 1) if ended else None


def _ended(own: Any, known: dict[str, Any], words: Text) -> Tie | None:
    day, successor = _day(own["valid_to"]), own["successor"]
    became = (f"agency:{successor}",) if successor in known else ()
    if day and became:
        said = words.say("This agency ended on {day} and became:", day=words.date(day))
    elif day:
        said = words.say("This agency ended on {day}.", day=words.date(day))
    elif became:
        said = words.say("This agency became:")
    else:
        return None
    return Tie(said, became)


def _began(day: date | None, before: tuple[str, ...], words: Text) -> Tie:
    if day:
        said = words.say("This agency exists since {day}; before, it was:", day=words.date(day))
    else:
        said = words.say("Before, this agency was:")
    return Tie(said, before)


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else value.date()
