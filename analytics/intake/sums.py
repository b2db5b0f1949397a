"""Rows and columns of a wide table of people that are the sums of others, without saying so."""

# pyright: reportIndexIssue=false
# numpy types a row of truths as one.

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.intake.labels import GRADE, GROUPS, ages_of, category_of

ADDED_UP = ("", "region_code", "agency_id", *GROUPS)
"""What labels may stand for whose figures are added up; those of periods and metrics never are."""

NEARLY = 0.98
"""A province has so much of what its parts have, or more, where its row is their sum with a slip."""

CHANCE = 15
"""So many times as many as rows is how unlikely an equal sum must be to be no chance."""

MOST = 1_000
"""Rows beyond which sums of neighbours are not looked for."""

STEP = re.compile(r"[IV]\s*[/.-]?\s*[a-e]\b", re.IGNORECASE)


@dataclass(frozen=True)
class Summed:
    """A label of a row or column of figures that others may add up to, and the first and last of those."""

    column: str
    label: str
    first: str
    last: str


@dataclass(frozen=True)
class Line:
    """A row or column of figures: its labels, by what they stand for, and the figures.

    A text that is no number of people is NaN.
    """

    labels: Mapping[str, str]
    figures: tuple[float, ...]


def sums_among(lines: Sequence[Line]) -> tuple[Summed, ...]:
    """The labels that seem to stand for sums of others, whatever else a line is labelled with.

    A label counts only where it is a sum wherever it stands beside others.
    """
    found: dict[tuple[str, str], Summed] = {}
    for column in dict.fromkeys(name for line in lines for name in line.labels):
        if column not in ADDED_UP:
            continue
        beside: dict[str, list[Summed | None]] = defaultdict(list)
        for group in _alike(lines, column).values():
            if len(group) > 2:
                for label, summed in _in_group(column, group).items():
                    beside[label].append(summed)
        for label, told in beside.items():
            sums = [one for one in told if one is not None]
            if len(sums) == len(told):
                found[column, label] = sums[0]
    return tuple(found.values())


def _alike(lines: Sequence[Line], column: str) -> dict[tuple, dict[str, np.ndarray]]:
    """Figures by label for each of the other labels, in order; those of one label are added."""
    groups: dict[tuple, dict[str, np.ndarray]] = defaultdict(dict)
    for line in lines:
        if column not in line.labels:
            continue
        others = tuple(said for name, said in line.labels.items() if name not in ("", column))
        label, figures = line.labels[column], np.array(line.figures)
        group = groups[others]
        group[label] = group[label] + figures if label in group else figures
    return groups


def _in_group(column: str, group: Mapping[str, np.ndarray]) -> dict[str, Summed | None]:
    """For each label with figures whether it is a sum of others of the group."""
    held = {label: of for label, of in group.items() if np.nansum(np.abs(of)) > 0}
    labels = list(held)
    found: dict[str, Summed | None] = dict.fromkeys(labels)
    for label, parts in _over(column, labels):
        if column != "region_code" or _holds(held[label], [held[part] for part in parts]):
            found[label] = Summed(column, label, parts[0], parts[-1])
    rest = [label for label in labels if found[label] is None]
    for at, first, last in _equal_sums(np.array([held[label] for label in rest])):
        found[rest[at]] = Summed(column, rest[at], rest[first], rest[last])
    return found


def _over(column: str, labels: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Labels that by themselves stand over others: a province, a grade, a wider band of age."""
    is_over = OVER.get(column)
    if is_over is None:
        return
    for label in labels:
        parts = [other for other in labels if other != label and is_over(label, other)]
        if len(parts) > 1 or (parts and column == "grade_group"):
            yield label, parts


def _province_over(label: str, other: str) -> bool:
    mine, its = (re.sub(r"\D", "", said) for said in (label, other))
    if len(mine) == 4 and mine.endswith("00"):  # as BPS and BKN number a province
        mine = mine[:2]
    return len(mine) == 2 and len(its) >= 4 and its.startswith(mine) and its[2:4] != "00"


def _grade_over(label: str, other: str) -> bool:
    mine, its = GRADE.match(label.strip()), GRADE.match(other.strip())
    if not mine or not its or mine[1].upper() != its[1].upper():
        return False
    return not STEP.search(label) and STEP.search(other) is not None


def _band_over(label: str, other: str) -> bool:
    mine, its = ages_of(label), ages_of(other)
    inside = mine and its and mine != its and mine[0] <= its[0] and its[1] <= mine[1]
    return bool(inside) and category_of("age_band", other) is not None


OVER: Mapping[str, Callable[[str, str], bool]] = {
    "region_code": _province_over,
    "grade_group": _grade_over,
    "age_band": _band_over,
}


def _holds(whole: np.ndarray, parts: Sequence[np.ndarray]) -> bool:
    """Whether a province has about what its parts have, or more: its government alone has less."""
    summed = np.nansum(parts, axis=0)
    return bool(np.nansum(summed)) and bool(np.all(np.nan_to_num(whole) >= NEARLY * summed))


def _equal_sums(figures: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Rows that are the sum of those right before, right after or of all others, with the first and
    last of these; two of them at least hold figures, and chance does not explain it."""
    count = len(figures)
    if not 2 < count <= MOST:
        return
    filled = np.nan_to_num(figures)
    unlikely = np.prod(np.minimum(filled + 1, 1e6), axis=1) >= CHANCE * count
    unlikely &= ~np.isnan(figures).any(axis=1)
    some = filled.any(axis=1)
    total = filled.sum(axis=0)
    for at in np.flatnonzero(unlikely):
        if np.array_equal(total, 2 * filled[at]) and some.sum() > 2:
            yield int(at), 0 if at else 1, count - 1 if at < count - 1 else count - 2
            continue
        for order in (np.arange(at - 1, -1, -1), np.arange(at + 1, count)):
            added, held = filled[order].cumsum(axis=0), some[order].cumsum()
            same = (added == filled[at]).all(axis=1)
            equal = np.flatnonzero(same & (held > 1))
            if len(equal):
                run = order[: equal[0] + 1]
                yield int(at), int(run.min()), int(run.max())
                break
