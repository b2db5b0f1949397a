"""Ratings of an agency's people against the curve that its own rating allows, and what would have to change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.text.phrase import Phrase

TOP, GOOD, NEEDS, POOR, WORST = range(5)  # Sangat Baik … Sangat Kurang, the order of `counts`


@dataclass(frozen=True)
class Rule:
    """People of some predicates are at most, or at least, a share (in per cent) of all.

    `someone` asks for one person at least, whatever the share.
    """

    predicates: tuple[int, ...]
    most: int | None = None
    least: int | None = None
    someone: bool = False


# SE MenPANRB 3/2023, by the organisation's rating. The rules of one never share a predicate, which
# the count of changes relies on.
RULES: dict[str, tuple[Rule, ...]] = {
    "istimewa": (Rule((TOP,), most=70),),
    "baik": (Rule((GOOD,), most=70), Rule((NEEDS, POOR), someone=True)),
    "butuh_perbaikan": (Rule((NEEDS,), least=60), Rule((TOP,), most=10)),
    "kurang": (Rule((POOR,), least=60), Rule((NEEDS,), least=10), Rule((TOP,), most=10)),
    "sangat_kurang": (
        Rule((WORST,), least=60),
        Rule((POOR, NEEDS), least=10),
        Rule((TOP,), most=0),
    ),
}


@dataclass(frozen=True)
class Breach:
    """A rule that ratings break: so many people too many, or too few, in its predicates."""

    rule: Rule
    too_many: int
    too_few: int


@dataclass(frozen=True)
class Compliance:
    """Whether ratings keep to the curve. `changes` is the smallest number of ratings to be changed.

    Both are None, and `reason` says why, where there is nothing to judge.
    """

    breaches: tuple[Breach, ...] | None
    changes: int | None
    reason: str = ""


def against_curve(counts: np.ndarray, organisation: str) -> Compliance:
    """Ratings of one agency and year, counted from Sangat Baik to Sangat Kurang, against its curve.

    Shares are met in whole people: at most 70 % of 9 is 6. Source: SE MenPANRB 3/2023.
    """
    counts = np.asarray(counts, int)
    people = int(counts.sum())
    if organisation not in RULES:
        raise ValueError(f"{organisation!r} is no rating of an organisation: {', '.join(RULES)}.")
    if not people:
        return Compliance(None, None, Phrase("Nobody is rated."))
    breaches = []
    for rule in RULES[organisation]:
        held = int(counts[list(rule.predicates)].sum())
        least, most = allowed(rule, people)
        if held > most or held < least:
            breaches.append(Breach(rule, max(held - most, 0), max(least - held, 0)))
    # One changed rating leaves a full predicate and fills a short one at once.
    changes = max(sum(b.too_many for b in breaches), sum(b.too_few for b in breaches))
    return Compliance(tuple(breaches), changes)


def allowed(rule: Rule, people: int) -> tuple[int, int]:
    """The fewest and the most ratings that a rule allows in its predicates, in whole people."""
    most = people if rule.most is None else people * rule.most // 100
    return max(-(-people * (rule.least or 0) // 100), int(rule.someone)), most


@dataclass(frozen=True)
class Kept:
    """Whether a rule is kept: False where it is broken, None where that cannot be said.

    `held` is how many ratings its predicates hold, None where not known. `too_many` and `too_few`
    are the fewest that they can be.
    """

    rule: Rule
    kept: bool | None
    held: int | None
    too_many: int
    too_few: int


def rules_kept(counts: np.ndarray, people: int, organisation: str) -> tuple[Kept, ...]:
    """Each rule of a rating, where some of the counts are not known (NaN).

    What is not known is any split of the people whom the known counts leave. Source: as
    `against_curve`, with which it agrees where all is known.
    """
    counts = np.asarray(counts, float)
    unknown = np.isnan(counts)
    rest = int(people - np.nansum(counts))
    found = []
    for rule in RULES[organisation] if people else ():
        inside = np.isin(np.arange(len(counts)), rule.predicates)
        low = int(np.nansum(counts[inside]))
        if not unknown[~inside].any():
            low += rest  # all that is not known lies in the rule's own predicates
        high = low + rest if unknown[inside].any() and unknown[~inside].any() else low
        least, most = allowed(rule, people)
        too_many, too_few = max(low - most, 0), max(least - high, 0)
        sure = least <= low and high <= most
        kept = False if too_many or too_few else True if sure else None
        found.append(Kept(rule, kept, low if low == high else None, too_many, too_few))
    return tuple(found)


def least_changes(rules: tuple[Kept, ...]) -> int:
    """The fewest ratings that would have to change for every rule to be kept, from what is known."""
    return max(sum(one.too_many for one in rules), sum(one.too_few for one in rules))
