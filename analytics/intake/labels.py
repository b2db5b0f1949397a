"""What the labels of a wide table stand for: the categories of recaps, in the words of offices."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from analytics.intake.headings import fold
from analytics.intake.spellings import folded, spellings
from analytics.intake.suggestions import Choice, similar
from analytics.schema import table

RECAP = table("recap")
FIGURES = ("numerator", "denominator", "mean", "n", "sd")
LABELLED = tuple(column.name for column in RECAP.columns if column.name not in FIGURES)
"""Columns of a recap that labels of a wide table may stand for."""
GROUPS = tuple(column.name for column in RECAP.columns if column.values and column.name in LABELLED)
"""Those whose categories are a closed list, which every label must be put to."""

TOTALS = frozenset({"jumlah", "total", "jml", "subtotal", "grandtotal", "jumlahtotal"})
AGES: Mapping[str, tuple[int, int]] = {
    "<30": (0, 29),
    "30-39": (30, 39),
    "40-49": (40, 49),
    "50-59": (50, 59),
    "60+": (60, 120),
}
"""First and last year of age of each band of the contract."""
OLDEST = 120

BETWEEN = re.compile(
    r"(\d{1,2})\s*(?:-|–|s\.?\s*/?\s*d\.?|sampai|hingga)\s*(\d{1,2})", re.IGNORECASE
)
AT_LEAST = re.compile(r"(?:>\s*=|≥)\s*(\d{1,2})|(\d{1,2})\s*(?:\+|(?:tahun\s*)?ke\s*atas)", re.I)
OVER = re.compile(r"(?:>|di\s*atas|lebih\s*dari)\s*(\d{1,2})|(\d{1,2})\s*>", re.I)
AT_MOST = re.compile(r"(?:<\s*=|≤)\s*(\d{1,2})|(\d{1,2})\s*(?:tahun\s*)?ke\s*bawah", re.I)
UNDER = re.compile(r"(?:<|di\s*bawah|kurang\s*dari)\s*(\d{1,2})|(\d{1,2})\s*<", re.I)
GRADE = re.compile(
    r"(?:gol(?:ongan|\.)?\s*)?(IV|I{1,3})(?![IVX])(?:\s*/\s*[a-e])?\b", re.IGNORECASE
)


def ages_of(label: str) -> tuple[int, int] | None:
    """First and last year of age that a label such as `20 - 25` or `di atas 60` stands for."""
    if found := BETWEEN.search(label):
        first, last = int(found[1]), int(found[2])
        return (first, last) if first <= last else None
    for form, ages in OPEN.items():
        if found := form.search(label):
            return ages(int(found[1] or found[2]))
    return None


OPEN: Mapping[re.Pattern[str], Callable[[int], tuple[int, int]]] = {
    AT_LEAST: lambda age: (age, OLDEST),
    OVER: lambda age: (age + 1, OLDEST),
    AT_MOST: lambda age: (0, age),
    UNDER: lambda age: (0, age - 1),
}
"""Forms of bands that are open at one end, and the ages that they take in."""


def category_of(column: str, label: str) -> str | None:
    """The category that a label surely stands for; empty for a total, None where a person must say.

    An age band that reaches into two bands of the contract is nobody's to guess.
    """
    if fold(label) in TOTALS:
        return ""
    if column not in GROUPS:
        return label.strip() or None
    if column == "age_band":
        return _age_band(label.strip())
    if column == "grade_group" and (grade := GRADE.match(label.strip())):
        return grade[1].upper()
    return spellings(column).get(folded(label))


def _age_band(label: str) -> str | None:
    if said := spellings("age_band").get(folded(label)):
        return said
    ages = ages_of(label)
    inside = [
        band for band, (low, high) in AGES.items() if ages and low <= ages[0] and ages[1] <= high
    ]
    return inside[0] if inside else None


def choices_of(column: str, label: str) -> tuple[Choice, ...]:
    """Categories that a label could be put to, best first, with what speaks for each."""
    values = RECAP.column(column).values
    if column != "age_band":
        named = spellings(column)
        near = similar(
            label,
            {v: (v, *(said for said, meant in named.items() if meant == v)) for v in values},
            near=0.5,
        )
        return near + tuple(Choice(v, 0.0) for v in values if v not in {c.value for c in near})
    number = re.fullmatch(r"\D*(\d{1,2})\D*", label)
    ages = ages_of(label) or ((int(number[1]), int(number[1])) if number else None)
    shares = {band: _within(ages, bounds) if ages else 0.0 for band, bounds in AGES.items()}
    shares["unknown"] = 0.0
    best = sorted(shares, key=lambda band: -shares[band])
    return tuple(Choice(band, round(shares[band], 2)) for band in best)


def _within(ages: tuple[int, int], band: tuple[int, int]) -> float:
    """The share of the years of `ages` that lie in a band."""
    shared = min(ages[1], band[1]) - max(ages[0], band[0]) + 1
    return max(0, shared) / (ages[1] - ages[0] + 1)
