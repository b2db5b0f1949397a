"""Questions that only a person can answer, and what is near enough to be offered as an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from analytics.intake.findings import Finding
from analytics.text.phrase import Phrase

NEAR = 0.6
"""Names less alike than this are not offered."""
WITHIN = 0.7
"""How alike a name is to one that has all of its words and more."""
OFFERED = 3
"""So many near names are offered."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True)
class Choice:
    """A possible answer and how likely it is, from 0 to 1; `means` says what it would do."""

    value: str
    score: float
    means: str = ""


@dataclass(frozen=True)
class Question:
    """Something about a file that must be confirmed before it is read.

    `code` is the kind: table, column (which column is this heading), missing (where a required
    column is to come from), region_codes, agency, down, across or category; doubled has no answer,
    as only the file can be mended. With `subject` it tells one question of a sheet from another.
    Where `free`, any text may be the answer. There is no default: what nobody has confirmed is not
    done.
    """

    code: str
    subject: str
    says: Phrase
    remedy: Phrase
    choices: tuple[Choice, ...] = ()
    free: bool = False
    default: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What an answer is given to."""
        return (self.code, self.subject)

    def finding(self, file: str, sheet: str | None) -> Finding:
        """The question where nobody is there to answer it."""
        column = None if self.code == "table" else self.subject
        return Finding(file, sheet, None, column, None, self.says, self.remedy)


@lru_cache(maxsize=1 << 15)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `noSertipikat` is `no` and `sertipikat`."""
    return tuple(word.lower() for word in WORD.findall(name))


def likeness(one: str, other: str) -> float:
    """How alike two names are from 0 to 1, whatever their case, punctuation and order of words."""
    first, second = words(one), words(other)
    if not first or not second:
        return 0.0
    joined = fuzz.ratio("".join(first), "".join(second))
    ordered = fuzz.ratio(" ".join(sorted(first)), " ".join(sorted(second)))
    shorter = min(first, second, key=lambda name: len("".join(name)))
    within = len("".join(shorter)) > 3 and set(shorter) <= {*first} & {*second}
    return max(joined / 100, ordered / 100, WITHIN if within else 0.0)


def similar(
    said: str,
    names: Mapping[str, Iterable[str]],
    *,
    means: Mapping[str, str] | None = None,
    near: float = NEAR,
) -> tuple[Choice, ...]:
    """The values that have a name like the one said, best first; `names` are those of each value."""
    scored = (
        (max((likeness(said, name) for name in of_value), default=0.0), value)
        for value, of_value in names.items()
    )
    best = sorted(((score, value) for score, value in scored if score >= near), key=_best_first)
    told = means or {}
    return tuple(Choice(value, round(s, 2), told.get(value, "")) for s, value in best[:OFFERED])


def _best_first(scored: tuple[float, str]) -> tuple[float, str]:
    score, value = scored
    return (-score, value)
