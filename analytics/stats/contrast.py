"""The difference of two groups' shares, as they are and as they would be with the same mix of people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.stats.intervals import Interval, difference, newcombe
from analytics.stats.standardise import Standardised, standardised_share
from analytics.text.phrase import Phrase


@dataclass(frozen=True)
class Gap:
    """A share less another, from -1 to 1, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out no difference at all."""
        return self.low > 0 or self.high < 0


def crude_gap(events: float, trials: float, other_events: float, other_trials: float) -> Gap | None:
    """The difference as it is; None where a side has nobody or no figure.

    Source: method 10 of Newcombe 1998, Statistics in Medicine 17:873–890.
    """
    sides = np.array([events, trials, other_events, other_trials], float)
    if not np.isfinite(sides).all() or not trials > 0 or not other_trials > 0:
        return None
    ends = newcombe(*(side[None] for side in sides))
    return Gap(
        events / trials - other_events / other_trials, float(ends.low[0]), float(ends.high[0])
    )


@dataclass(frozen=True)
class Adjusted:
    """The difference with the same mix of people; None, and `reason` says why, where there is none.

    `covered` is the part of all people, 0 to 1, who are in groups that both sides have: the rest
    cannot be compared and are left out.
    """

    gap: Gap | None
    covered: float
    reason: str = ""


def adjusted_gap(
    events: np.ndarray, trials: np.ndarray, other_events: np.ndarray, other_trials: np.ndarray
) -> Adjusted:
    """The difference of two directly standardised shares; arrays have one entry a group of people.

    Both sides are weighted as the people of the two together, in the groups that both have. The
    interval is that of a difference of two standardised shares: Zou and Donner 2008, Statistics in
    Medicine 27:1693–1702, over Zou, Huang and Zhang 2009 (see `standardised_share`).
    """
    sides = [np.asarray(side, float) for side in (events, trials, other_events, other_trials)]
    both = (sides[1] > 0) & (sides[3] > 0)
    everyone = np.nansum(sides[1]) + np.nansum(sides[3])
    if not both.any():
        return Adjusted(None, 0.0, Phrase("No group of people is on both sides."))
    events, trials, other_events, other_trials = (side[both] for side in sides)
    standard = trials + other_trials
    found = [
        standardised_share(events, trials, standard),
        standardised_share(other_events, other_trials, standard),
    ]
    reason = next((side.reason for side in found if side.reason), "")
    gap = None if reason else _between(*found)
    return Adjusted(gap, float(standard.sum() / everyone), reason)


def _between(one: Standardised, other: Standardised) -> Gap:
    values = [np.array([side.value], float) for side in (one, other)]
    ends = [Interval(np.array([side.low]), np.array([side.high])) for side in (one, other)]
    found = difference(values[0], ends[0], values[1], ends[1])
    return Gap(float(values[0][0] - values[1][0]), float(found.low[0]), float(found.high[0]))
