"""From what a page asks and what the reader has chosen to one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.answers import Place, Question, Snapshot
from analytics.ui.places import LEVELS, Places, place_of, split

GRAINS = ("year", "quarter", "month")
NEXT_LEVEL = {
    "all": "province",
    "province": "government",
    "government": "agency",
    "agency": "agency",
}


@dataclass(frozen=True)
class Chosen:
    """The reader's shared filters. `period` is empty while none is chosen."""

    place: tuple[str, str]
    grain: str
    period: str
    by: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        return f"{self.place[0]}:{self.place[1]}"


@dataclass(frozen=True)
class Reach:
    """Which places a question is about."""

    level: str
    places: tuple[str, ...]
    within: Place | None


def reach(place: tuple[str, str], level: str | None, places: Places) -> Reach:
    """The places meant by `level` seen from the chosen one (see `Page.ask`)."""
    own = place[0]
    if level is None or level == "chosen":
        return Reach(own, (place[1],), None)
    if level == "below":
        level = NEXT_LEVEL[own]
    elif level == "beside":
        level = "province" if own == "all" else own
    if LEVELS.index(level) > LEVELS.index(own):
        return Reach(level, (), None if own == "all" else Place(*place))
    above = {"government": "province", "agency": "government"}.get(level)
    around = places.ancestor(place, above) if above else None
    return Reach(level, (), Place(*around) if around else None)


def grain_of(source: Snapshot, metric: str, wanted: str) -> str:
    """The wanted grain where the metric has it, else the nearest it has."""
    position = GRAINS.index(wanted)
    order = [wanted, *GRAINS[:position][::-1], *GRAINS[position + 1 :]]
    for grain in order:
        if source.periods(metric, grain):
            return grain
    return wanted


def last_period(source: Snapshot, metric: str, grain: str, chosen: str) -> str:
    """The chosen period in the grain, the part of it that has data, or the metric's latest."""
    known = source.periods(metric, grain)
    if not known:
        return ""
    if not chosen:
        until = source.unfinished(metric) or ""
        whole = [period for period in known if period != until[:4]]
        return whole[-1] if grain == "year" and whole else known[-1]
    if chosen in known:
        return chosen
    end = _end(chosen)
    earlier = [period for period in known if _end(period) <= end]
    same = [period for period in known if _start(period) <= end <= _end(period)]
    within = [period for period in earlier if _end(period) >= _start(chosen)]
    return (same or within[-1:] or [chosen])[0]


def _start(period: str) -> int:
    year, _, part = period.partition("-")
    month = 1 if not part else (int(part[1]) * 3 - 2 if part.startswith("Q") else int(part))
    return int(year) * 12 + month


def _end(period: str) -> int:
    _, _, part = period.partition("-")
    return _start(period) + (11 if not part else 2 if part.startswith("Q") else 0)


def year_before(period: str) -> str:
    """The same period a year earlier."""
    year, dash, part = period.partition("-")
    return f"{int(year) - 1}{dash}{part}"


def grain_written(period: str) -> str:
    """The grain a period is written in."""
    _, _, part = period.partition("-")
    return "year" if not part else "quarter" if part.startswith("Q") else "month"


def question(
    source: Snapshot,
    places: Places,
    chosen: Chosen,
    metric: str,
    *,
    history: bool,
    by: str | Sequence[str] = (),
    level: str | None = None,
    codes: Sequence[str] = (),
    place: str | None = None,
    within: str | None = None,
    agency_kind: str | None = None,
    grain: str | None = None,
    period: str | None = None,
) -> Question:
    """The question a page asks, with the reader's filters filled in."""
    seen_from = split(place) if place else chosen.place
    meant = reach(seen_from, level, places)
    inside = meant.within
    if within is not None:
        inside = None if within in ("all", "all:all") else place_of(within)
    wanted = grain or (grain_written(period) if period else chosen.grain)
    used = grain_of(source, metric, wanted)
    last = last_period(source, metric, used, period or chosen.period)
    return Question(
        metric,
        level=meant.level,
        places=tuple(codes) or (() if meant.level == "all" else meant.places),
        within=inside,
        agency_kind=agency_kind,
        grain=used,
        first=None if history else last or None,
        last=last or None,
        by=(by,) if isinstance(by, str) else tuple(by),
    )
