"""A slow, plain attacker: integer programs over everything that a reader knows of withheld counts.

It shares no code with `analytics.disclosure`: it looks for numbers that a withheld count could have.
"""

# pyright: reportArgumentType=false
# scipy types the bounds of its programs as single numbers.

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


class Program:
    """Unknown whole numbers from zero upwards, and what is known of them.

    Each unknown has a key. `most` bounds one from above, `sums` says that a weighted sum is within
    bounds.
    """

    def __init__(self) -> None:
        self._at: dict[Hashable, int] = {}
        self._most: dict[int, float] = {}
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def _number(self, key: Hashable) -> int:
        return self._at.setdefault(key, len(self._at))

    def most(self, key: Hashable, high: float) -> None:
        """Bound one unknown from above."""
        number = self._number(key)
        self._most[number] = min(high, self._most.get(number, np.inf))

    def sums(self, weights: Mapping[Any, float], low: float, high: float | None = None) -> None:
        """Let a weighted sum be within bounds; it is `low` where no upper bound is given."""
        row = {self._number(key): weight for key, weight in weights.items()}
        self._rows.append((row, low, low if high is None else high))

    def possible(self, key: Hashable, low: float, high: float = np.inf) -> bool:
        """Whether an unknown could be within bounds while everything known stays true."""
        size, number = len(self._at), self._number(key)
        size = max(size, number + 1)
        least, most = np.zeros(size), np.full(size, np.inf)
        for at, bound in self._most.items():
            most[at] = bound
        least[number], most[number] = low, min(high, most[number])
        if most[number] < low:
            return False
        constraints = []
        if self._rows:
            matrix = np.zeros((len(self._rows), size))
            for n, (row, _, _) in enumerate(self._rows):
                for at, weight in row.items():
                    matrix[n, at] = weight
            _, lows, highs = zip(*self._rows, strict=True)
            constraints = [LinearConstraint(matrix, np.array(lows), np.array(highs))]
        answer = milp(
            np.zeros(size),
            integrality=np.ones(size),
            bounds=Bounds(least, most),
            constraints=constraints,
        )
        if answer.status not in (0, 2):  # found, or impossible
            raise RuntimeError(answer.message)
        return answer.status == 0

    def safe(self, key: Hashable, threshold: int) -> bool:
        """Whether an unknown could be nobody, or enough people."""
        return self.possible(key, 0, 0) or self.possible(key, threshold)
