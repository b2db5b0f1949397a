"""Disclosure control: which cells may leave.

Nothing about a few people may be shown, and nothing that is withheld may follow from what is shown.
Primary suppression withholds what is small; secondary suppression withholds more beside it.

The rule that every step keeps: whatever a reader gets by adding and subtracting published figures
is nobody or at least the threshold, and the people of every small group that is withheld could as
well be elsewhere while all published figures stay as they are. `places` keeps it for whole figures,
`groups` for breakdowns, `protect` for guards, grains and tables together, and `succession` for
files that are published one after another. `repair` withholds more where the audit of the finished
file, which shares nothing with all this, still concludes something.
"""

from analytics.disclosure.figures import Map, read_figures, years_of
from analytics.disclosure.protect import base_of, plan
from analytics.disclosure.release import KEYS, conditions, flags_of, make_release
from analytics.disclosure.repair import More, withhold_around
from analytics.disclosure.succession import (
    CELLS,
    Earlier,
    kept_years,
    slightly_changed,
    slightly_changed_pairs,
)

__all__ = [
    "CELLS",
    "KEYS",
    "Earlier",
    "Map",
    "More",
    "base_of",
    "conditions",
    "flags_of",
    "kept_years",
    "make_release",
    "plan",
    "read_figures",
    "slightly_changed",
    "slightly_changed_pairs",
    "withhold_around",
    "years_of",
]
