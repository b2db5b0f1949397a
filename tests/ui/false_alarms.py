"""How often the lists of the overview are wrong, on made-up figures whose truth is known.

`python -m tests.ui.false_alarms --seeds 200` prints the table of docs/needs-attention.md.
"""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.answers import Answer, Question
from analytics.metrics import METRICS
from analytics.stats.intervals import wilson
from analytics.ui import candidates, watch

GOVERNMENTS = [f"{15 + number % 3}.{number:02}" for number in range(39)]
KINDS = 33
YEARS = ("2023", "2024", "2025")
ROWS = 12  # months in which a person is counted
ALIKE = 0.5  # correlation of a person's months
TARGETS = {"training_coverage": 0.6, "appraisal_completeness": 0.97, "adoption_active": 0.87}
LIMITS = (0.1, 0.7)
MOVING = ("training_coverage", "appraisal_completeness", "adoption_active")


@dataclass
class World:
    """Agencies of all governments, and what is planted at which of them.

    Shares differ between agencies and governments for good (`apart`) and from year to year
    (`wiggle`), both on the logit scale. `short` is how far every place is below its target and how
    much it falls a year: 0 is an ordinary null, what matters is its edge.
    """

    rng: np.random.Generator
    people: int
    short: float = 0.0
    planted: bool = False
    apart: float = 0.25
    wiggle: float = 0.12
    tail: float | None = None
    shifts: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kind_size = self.rng.lognormal(0, 1.2, KINDS)
        share = kind_size[None, :] * self.rng.lognormal(0, 0.4, (len(GOVERNMENTS), KINDS))
        self.size = np.maximum(np.round(share / share.sum() * self.people), 3).astype(int)
        self.limit = self.rng.choice([*LIMITS, np.nan], self.size.shape, p=[0.2, 0.1, 0.7])

    def normal(self, scale: float, *shape: int) -> np.ndarray:
        """Draws of that scale; of heavier tails where the world has some."""
        if self.tail is None:
            return self.rng.normal(0, scale, shape)
        return scale * self.rng.standard_t(self.tail, shape) / np.sqrt(self.tail / (self.tail - 2))

    def chances(self, base: float, change: float = 0.0) -> np.ndarray:
        """The chance of each agency in each year; `change` is added to the last year's."""
        agencies, kinds = self.size.shape
        score = np.log(base / (1 - base))
        score = score + self.normal(self.apart, agencies, 1, 1) / 2
        score = score + self.normal(self.apart, agencies, kinds, 1)
        score = score + self.normal(self.wiggle, agencies, 1, len(YEARS))
        score = score + self.normal(self.wiggle, agencies, kinds, len(YEARS))
        chance = 1 / (1 + np.exp(-score))
        chance[:, :, -1] += change
        return np.clip(chance, 0.0, 1.0)

    def counts(self, chance: np.ndarray, rows: int) -> np.ndarray:
        """Events among `rows` rows of each person, alike by ALIKE where there are several."""
        size = np.broadcast_to(self.size[:, :, None], chance.shape)
        if rows == 1:
            return self.rng.binomial(size, chance)
        person = np.repeat(np.clip(chance, 1e-6, 1 - 1e-6).ravel(), size.ravel())
        strength = (1 - ALIKE) / ALIKE
        events = self.rng.binomial(rows, self.rng.beta(person * strength, (1 - person) * strength))
        starts = np.append(0, np.cumsum(size.ravel())[:-1])
        return np.add.reduceat(events, starts).reshape(chance.shape)


def answers_of(metric: str, events: np.ndarray, size: np.ndarray, rows: int) -> dict[str, Answer]:
    """The answers of a metric for governments and for agencies, every year."""
    found = {}
    for level in ("government", "agency"):
        counted, people = events, np.broadcast_to(size[:, :, None], events.shape)
        codes = [f"{g}-K{k:02}" for g in GOVERNMENTS for k in range(KINDS)]
        kinds = [f"K{k:02}" for _ in GOVERNMENTS for k in range(KINDS)]
        if level == "government":
            counted, people = counted.sum(axis=1), people.sum(axis=1)
            codes, kinds = GOVERNMENTS, [""] * len(GOVERNMENTS)
        found[level] = _answer(metric, level, codes, kinds, counted.ravel(), people.ravel(), rows)
    return found


def _answer(
    metric: str,
    level: str,
    codes: Sequence[str],
    kinds: Sequence[str],
    events: np.ndarray,
    people: np.ndarray,
    rows: int,
) -> Answer:
    value = events / (people * rows)
    interval = wilson(value * people, people)
    frame = pd.DataFrame(
        {
            "level": level,
            "place": np.repeat(codes, len(YEARS)),
            "place_name": np.repeat(codes, len(YEARS)),
            "agency_kind": np.repeat(kinds, len(YEARS)),
            "period": np.tile(YEARS, len(codes)),
            "value": value,
            "low": interval.low,
            "high": interval.high,
            "numerator": events,
            "denominator": people * rows,
            "people": people.astype(float),
            "withheld": people < 5,
        }
    )
    return Answer(Question(metric, level=level), METRICS[metric], "", frame, True)


def last(answer: Answer) -> Answer:
    """The answer's last year alone."""
    rows = answer.rows.loc[answer.rows["period"] == YEARS[-1]].reset_index(drop=True)
    return Answer(answer.question, answer.metric, "", rows, True)


Truth = set[tuple[str, str, str]]


def figures(world: World) -> tuple[dict[str, dict[str, Answer]], Truth]:
    """Answers by metric and level, and what is planted as (metric, kind of rule, place)."""
    truth: Truth = set()
    asked: dict[str, dict[str, Answer]] = {}
    for metric, target in TARGETS.items():
        # the mean of a logit-normal share lies nearer to one half: a few points suffice
        base = min(target + 0.015, 0.99) - world.short
        chance = world.chances(base, change=-world.short)
        level = chance.mean(axis=(1, 2), where=True)
        weight = world.size / world.size.sum(axis=1, keepdims=True)
        level = (chance[:, :, -1] * weight).sum(axis=1)
        # every government is brought to its target, or to the edge of what matters below it
        chance += (target - world.short - level)[:, None, None]
        if world.planted and metric == "adoption_active":
            chance[:3, :, -1] -= 0.12
            truth |= {
                (metric, kind, g) for g in GOVERNMENTS[:3] for kind in ("fall", "target", "move")
            }
        if world.planted and metric == "training_coverage":
            chance[3:7] -= 0.10
            truth |= {(metric, "target", g) for g in GOVERNMENTS[3:7]}
            chance[10:12, :, -1] += 0.14
            truth |= {(metric, "move", g) for g in GOVERNMENTS[10:12]}
        rows = ROWS if metric == "adoption_active" else 1
        events = world.counts(np.clip(chance, 0.0, 1.0), rows)
        asked[metric] = answers_of(metric, events, world.size, rows)
    return asked | _ratings(world, truth), truth


def _ratings(world: World, truth: Truth) -> dict[str, dict[str, Answer]]:
    chance = world.chances(0.12)
    limited = np.isfinite(world.limit)
    edge = np.where(limited, world.limit + world.short, 1.0)
    # those with a limit of a tenth keep just to it; nobody is near seven tenths
    chance = np.minimum(chance, edge[:, :, None])
    tenth = world.limit == LIMITS[0]
    chance[tenth] = np.broadcast_to(edge[:, :, None], chance.shape)[tenth]
    if world.planted:
        for number in np.argwhere(tenth & (world.size >= 60))[:2]:
            place = _place(number)
            chance[*number] += 0.2
            truth |= {("top_rating_excess", "limit", place), ("top_rating_share", "high", place)}
        for number in np.argwhere(~limited & (world.size >= 60))[:1]:
            chance[*number] += 0.25
            truth.add(("top_rating_share", "high", _place(number)))
    events = world.counts(chance, 1)
    allowed = np.floor(world.size * np.nan_to_num(world.limit, nan=1.0) + 1e-9)
    over = np.maximum(events - allowed[:, :, None], 0)
    shares = answers_of("top_rating_share", events, world.size, 1)
    excess = answers_of("top_rating_excess", over, world.size, 1)
    rows = excess["agency"].rows
    rows.loc[np.repeat(~limited.ravel(), len(YEARS)), "withheld"] = True  # has no limit
    return {"top_rating_share": shares, "top_rating_excess": excess}


def _place(number: np.ndarray) -> str:
    return f"{GOVERNMENTS[number[0]]}-K{number[1]:02}"


def attention(asked: dict[str, dict[str, Answer]]) -> list[candidates.Found]:
    """What the overview finds for everywhere."""
    tested, answers = [], {}
    for rule in watch.RULES:
        government, agency = asked[rule.metric]["government"], asked[rule.metric]["agency"]
        answers[rule.metric] = agency
        if rule.kind == "limit":
            share = last(asked["top_rating_share"]["agency"])
            tested.append(candidates.over_limit(rule, last(agency), share))
        elif rule.kind == "target":
            targets = {("government", g): TARGETS[rule.metric] for g in GOVERNMENTS}
            tested.append(candidates.behind(rule, last(government), targets))
        elif rule.kind == "fall":
            history = candidates.History(government)
            tested += filter(None, [candidates.changed(rule, history, GOVERNMENTS)])
        else:
            inside = set(agency.rows["place"])
            tested.append(candidates.unlike(rule, last(agency), inside))
    return candidates.standing(tested, answers)


def movements(asked: dict[str, dict[str, Answer]]) -> list[candidates.Found]:
    """What moved, of all governments."""
    rules = watch.moves(MOVING)
    histories = [candidates.History(asked[rule.metric]["government"]) for rule in rules]
    tested = [
        candidates.changed(rule, history, GOVERNMENTS)
        for rule, history in zip(rules, histories, strict=True)
    ]
    return candidates.standing(
        [one for one in tested if one], {key: asked[key]["government"] for key in MOVING}
    )


def before(asked: dict[str, dict[str, Answer]]) -> Truth:
    """What the rules of before found: intervals that do not overlap, one by one."""
    found: Truth = set()
    over = last(asked["top_rating_excess"]["agency"]).rows
    over = over.loc[~over["withheld"] & (over["value"] > 0)]
    found |= {("top_rating_excess", "limit", place) for place in over["place"]}
    for metric, target in TARGETS.items():
        rows = asked[metric]["government"].rows
        now, then = (rows.loc[rows["period"] == year] for year in YEARS[:0:-1])
        behind = now["high"].to_numpy() < target
        found |= {(metric, "target", place) for place in now["place"].to_numpy()[behind]}
        if metric != "training_coverage":
            fell = now["high"].to_numpy() < then["low"].to_numpy()
            found |= {(metric, "fall", place) for place in now["place"].to_numpy()[fell]}
    return found


@dataclass
class Tally:
    """Over many worlds: lists with a false line, the mean share of false lines, planted and found."""

    lists: int = 0
    with_false: int = 0
    false_share: float = 0.0
    planted: int = 0
    found: int = 0
    false_before: int = 0

    def add(self, found: Truth, truth: Truth, of_before: Truth) -> None:
        """One more list."""
        false = found - truth
        self.lists += 1
        self.with_false += bool(false)
        self.false_share += len(false) / max(len(found), 1)
        self.planted += len(truth)
        self.found += len(found & truth)
        self.false_before += len(of_before - truth)


def _keys(found: Sequence[candidates.Found]) -> Truth:
    return {(one.rule.metric, one.rule.kind, one.place) for one in found}


def _follows(truth: Truth) -> Truth:
    """What a planted fall of a government brings about at its agencies: true, and not counted."""
    fell = {place for _, kind, place in truth if kind == "fall"}
    return {("adoption_active", "low", f"{place}-K{k:02}") for place in fell for k in range(KINDS)}


def tallied(seeds: Sequence[int], **given: object) -> tuple[Tally, Tally]:
    """Tallies of what needs attention and of what moved, a world a seed."""
    alarms, moved = Tally(), Tally()
    for seed in seeds:
        asked, truth = figures(World(np.random.default_rng(seed), **given))
        moves = {one for one in truth if one[1] == "move"}
        alarms.add(_keys(attention(asked)) - _follows(truth), truth - moves, before(asked))
        moved.add(_keys(movements(asked)), moves, set())
    return alarms, moved


SCENARIOS = (
    ("nothing is true", {}),
    ("everything at the edge of what matters", {"short": watch.MATTERS}),
    ("nothing is true, heavier tails (t, 5)", {"tail": 5.0}),
    ("some is true", {"planted": True}),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--people", type=int, nargs="*", default=[20_000, 100_000, 300_000])
    chosen = parser.parse_args()
    print(
        "| figures | people | list | lists with a false line | false among found | planted found | false lines by the rules of before, a list |"
    )
    print("|---|---|---|---|---|---|---|")
    for people in chosen.people:
        for name, given in SCENARIOS:
            alarms, moved = tallied(range(chosen.seeds), people=people, **given)
            for title, tally in (("attention", alarms), ("moved", moved)):
                part = f"{tally.found / tally.planted:.0%}" if tally.planted else "–"
                old = f"{tally.false_before / tally.lists:.1f}" if title == "attention" else "–"
                print(
                    f"| {name} | {people:,} | {title} | {tally.with_false / tally.lists:.1%}"
                    f" | {tally.false_share / tally.lists:.1%} | {part} | {old} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
