"""The solver part: integer programs over everything that is published of a table and year.

Propagation looks at one relation at a time; an integer program at all of them. A withheld count is
safe once one way is known in which everything published comes out and the count is zero, or is no
longer small. Where the records are at hand the truth is one such way, and a program over the
surroundings of a count, with all else as it truly is, mostly finds another.
"""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportIndexIssue=false
# scipy's sparse arrays and its milp are typed loosely.

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from analytics.audit.relations import AT_LEAST, AT_MOST, NO_BOUND
from analytics.audit.system import Conclusions, System

AT_ONCE = 30_000
"""Components of more variables are looked at piece by piece."""

SURROUNDINGS = (300, 3_000)
"""So many counts around a target are free to differ from the truth, try after try."""

ROUNDS = 12
SECONDS = 10.0
SOON = 2.0
"""After so long a program is given up; over the surroundings of a target there are others to try."""


@dataclass(frozen=True)
class Solved:
    """Variables of which more than propagation tells: `known` are small for certain, with their
    bounds; of `undecided` nothing was proven; `tried` counts the targets."""

    known: np.ndarray
    low: np.ndarray
    high: np.ndarray
    undecided: np.ndarray
    tried: int


@dataclass(frozen=True)
class Model:
    """Open variables (`variable` numbers those of the system), rows over them and their limits."""

    variable: np.ndarray
    matrix: csr_array
    least: np.ndarray
    most: np.ndarray
    low: np.ndarray
    high: np.ndarray
    component: np.ndarray

    @classmethod
    def of(cls, system: System, conclusions: Conclusions) -> Model:
        """The program of a system, with what propagation has fixed put in."""
        relations = system.relations
        low, high = conclusions.low, conclusions.high
        variable = np.flatnonzero(low < high)
        at = np.full(len(low), -1)
        at[variable] = np.arange(len(variable))
        count = len(relations.total)
        row, column, value = [relations.of], [relations.part], [np.ones(len(relations.part))]
        has_total = np.flatnonzero(relations.total >= 0)
        row.append(has_total)
        column.append(relations.total[has_total])
        value.append(-np.ones(len(has_total)))
        factor = np.minimum(relations.factor, np.maximum(high[relations.small], 1))
        pair = count + np.arange(len(relations.small))
        row += [pair, pair]
        column += [relations.small, relations.large]
        value += [np.ones(len(pair)), -factor]
        rows, columns, values = (np.concatenate(one) for one in (row, column, value))
        size = count + len(pair)
        is_open = at[columns] >= 0
        fixed = np.bincount(rows[~is_open], (values * low[columns])[~is_open], size)
        least = np.where(relations.way == AT_MOST, -np.inf, relations.rest_low)
        most = np.where(relations.way == AT_LEAST, np.inf, relations.rest_high)
        least = np.concatenate([least, np.full(len(pair), -np.inf)]) - fixed
        most = np.concatenate([most, np.zeros(len(pair))]) - fixed
        matrix = csr_array(
            coo_array(
                (values[is_open], (rows[is_open], at[columns[is_open]])),
                shape=(size, len(variable)),
            )
        )
        kept = np.flatnonzero(np.diff(matrix.indptr) > 0)
        matrix = matrix[kept]
        _, component = connected_components(abs(matrix.T) @ abs(matrix), directed=False)
        return cls(
            variable, matrix, least[kept], most[kept], low[variable],
            np.where(high[variable] >= NO_BOUND / 2, np.inf, high[variable]), component,
        )  # fmt: skip

    def without_false(self, truth: np.ndarray) -> Model:
        """Without rows that the truth contradicts, or that it says nothing of."""
        value = self.matrix @ truth
        false = np.isnan(value) | (value < self.least - 1e-6) | (value > self.most + 1e-6)
        kept = np.flatnonzero(~false)
        matrix = self.matrix[kept]
        _, component = connected_components(abs(matrix.T) @ abs(matrix), directed=False)
        return Model(
            self.variable, matrix, self.least[kept], self.most[kept], self.low, self.high, component
        )

    def around(self, target: int, size: int) -> np.ndarray:
        """The nearest variables around one, so many of them where its component has as many."""
        near = np.array([target])
        while len(near) < size:
            rows = np.unique(self._columns[near].indices)
            further = np.setdiff1d(self.matrix[rows].indices, near)
            if not len(further):
                break
            if len(near) + len(further) > size:
                further = np.random.default_rng(target).choice(
                    further, size - len(near), replace=False
                )
            near = np.concatenate([near, further])
        return np.sort(near)

    @property
    def _columns(self) -> csr_array:
        if "columns" not in self.__dict__:
            object.__setattr__(self, "columns", csr_array(self.matrix.T))
        return self.__dict__["columns"]

    def best(
        self,
        aim: np.ndarray,
        free: np.ndarray,
        else_at: np.ndarray | None = None,
        high: np.ndarray | None = None,
    ) -> tuple[np.ndarray | None, float]:
        """Whole values of the free variables that make an aim small, and what it is at the least.

        The others stay as `else_at` says; None where all of a component are free. `high` may limit
        the free variables further. Values are None where none were found in time; the least is
        −∞ where the aim has no bound, and NaN where it is not known.
        """
        limits = self._limits(free, else_at)
        within = Bounds(self.low[free], self.high[free] if high is None else high)
        # The program without whole numbers first: most of its corners are whole.
        easy = milp(aim, constraints=limits, bounds=within, options={"time_limit": SECONDS})
        if easy.status == 3:
            return None, -np.inf
        if easy.x is not None and (np.abs(easy.x - np.rint(easy.x)) < 1e-5).all():
            return np.rint(easy.x), easy.fun if easy.status == 0 else np.nan
        hard = milp(
            aim,
            constraints=limits,
            bounds=within,
            integrality=np.ones(len(free)),
            options={"time_limit": SECONDS, "mip_rel_gap": 0.0 if high is None else 0.5},
        )
        least = easy.fun if easy.status == 0 else np.nan
        if hard.x is None:
            return None, least
        return np.rint(hard.x), hard.fun if hard.status == 0 else least

    def _limits(self, free: np.ndarray, else_at: np.ndarray | None) -> LinearConstraint:
        rows = np.unique(self._columns[free].indices)
        part = self.matrix[rows]
        shift = np.zeros(len(rows))
        if else_at is not None:
            others = np.where(np.isnan(else_at), 0, else_at)
            others[free] = 0
            shift = part @ others
        return LinearConstraint(
            csr_array(part[:, free]),
            self.least[rows] - shift - 1e-7,
            self.most[rows] - shift + 1e-7,
        )

    def other(
        self, target: int, below: float, free: np.ndarray, else_at: np.ndarray | None
    ) -> tuple[np.ndarray | None, bool]:
        """Values in which a target is zero or not below a number, and whether there are none.

        Any will do, so the program stops at the first.
        """
        limits, none = self._limits(free, else_at), True
        seconds = SOON if len(free) <= max(SURROUNDINGS) else SECONDS
        at = free == target
        for least, most in ((0.0, 0.0), (below, np.inf)):
            low = np.where(at, np.maximum(self.low[free], least), self.low[free])
            high = np.where(at, np.minimum(self.high[free], most), self.high[free])
            if (low > high).any():
                continue
            found = milp(
                np.zeros(len(free)),
                constraints=limits,
                bounds=Bounds(low, high),
                integrality=np.ones(len(free)),
                options={"time_limit": seconds},
            )
            if found.x is not None:
                return np.rint(found.x), False
            none &= found.status == 2
        return None, none


def solve(
    system: System,
    conclusions: Conclusions,
    truth: np.ndarray | None = None,
    seconds: float = 120.0,
) -> Solved:
    """What integer programs tell beyond propagation; `truth` gives every variable's true value.

    After so many seconds the targets that are left are undecided.
    Without the truth every count whose bounds are near is a target, and large components are left
    undecided.
    """
    model = Model.of(system, conclusions)
    if not len(model.variable):
        none = np.zeros(0, dtype=np.int64)
        return Solved(none, none, none, none, 0)
    below = system.below[model.variable]
    if truth is None:
        targets = np.flatnonzero((below > 0) & (model.high < 30))
        return _without_truth(model, targets, below, monotonic() + seconds)
    value = truth[model.variable]
    # Everything but the truly small is safe: the truth itself shows it.
    told = np.zeros(len(system.low), dtype=bool)
    told[conclusions.known] = True
    targets = np.flatnonzero((value >= 1) & (value < below) & ~told[model.variable])
    return _with_truth(model.without_false(value), targets, below, value, monotonic() + seconds)


def _with_truth(
    model: Model, targets: np.ndarray, below: np.ndarray, truth: np.ndarray, until: float
) -> Solved:
    pending = np.zeros(len(truth), dtype=bool)
    pending[targets] = True
    found = _Found([], [], [], [])
    numbers, sizes = np.unique(model.component[targets], return_counts=True)
    components = [np.flatnonzero(model.component == n) for n in numbers[np.argsort(sizes)]]
    # All at once where that is possible, then what is left, near by; the proof comes last.
    for free in components:
        if len(free) <= AT_ONCE:
            _together(model, free, pending, below, truth, until, seed=len(free))
    for free in components:
        _in_surroundings(model, free, pending, below, truth, until)
    for free in components:
        for target in free[pending[free]]:
            if monotonic() > until:
                found.undecided.append(target)
            elif pending[target] and not _otherwise(model, free, target, pending, below, truth):
                found.enter(target, below[target], _ends(model, free, target, pending, below))
    return found.solved(model, len(targets))


def _otherwise(
    model: Model,
    component: np.ndarray,
    target: int,
    pending: np.ndarray,
    below: np.ndarray,
    truth: np.ndarray,
) -> bool:
    """Whether there is a way in which a target is zero or large, first near by, then at all."""
    for size in (*SURROUNDINGS, len(component)):
        free = component if size >= len(component) else model.around(target, size)
        values, _ = model.other(target, below[target], free, truth)
        if values is not None:
            pending[free[(values <= 0.5) | (values >= below[free] - 0.5)]] = False
            return True
        if size >= len(component):
            return False
    return False


def _together(
    model: Model,
    free: np.ndarray,
    pending: np.ndarray,
    below: np.ndarray,
    truth: np.ndarray,
    until: float,
    seed: int,
) -> None:
    """Look for ways in which pending counts are zero or large, and take those off the list."""
    random = np.random.default_rng(seed)
    idle = 0
    for turn in range(ROUNDS):
        here = pending[free]
        if not here.any() or idle == 3 or monotonic() > until:
            break
        sign = 1 if turn % 2 == 0 else -1
        aim = np.where(here, sign * random.uniform(0.5, 1.5, len(free)), 0.0)
        # Large enough is enough: without a limit a program would run away.
        enough = np.maximum(truth[free], 2 * below[free])
        high = np.minimum(model.high[free], np.where(aim < 0, enough, np.inf))
        values, _ = model.best(aim, free, truth, high)
        idle += 1
        if values is not None:
            safe = here & ((values <= 0.5) | (values >= below[free] - 0.5))
            pending[free[safe]] = False
            idle = 0 if safe.any() else idle


def _in_surroundings(
    model: Model,
    free: np.ndarray,
    pending: np.ndarray,
    below: np.ndarray,
    truth: np.ndarray,
    until: float,
) -> None:
    for size in SURROUNDINGS:
        for target in free[pending[free]]:
            if pending[target] and monotonic() < until:
                _together(
                    model, model.around(target, size), pending, below, truth, until, int(target)
                )


def _ends(
    model: Model, free: np.ndarray, target: int, pending: np.ndarray, below: np.ndarray
) -> tuple[float, float]:
    """The least and the most that a target can be, NaN where that is not known in time.

    What the programs bring up on their way is taken off the list of pending counts too.
    """
    aim = (free == target).astype(float)
    ends = []
    for sign in (1, -1):
        values, least = model.best(sign * aim, free)
        ends.append(sign * least)
        if values is not None:
            safe = (values <= 0.5) | (values >= below[free] - 0.5)
            pending[free[safe]] = False
            if not pending[target]:
                return 0.0, np.inf
    pending[target] = False
    return np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)


@dataclass(frozen=True)
class _Found:
    known: list[int]
    low: list[float]
    high: list[float]
    undecided: list[int]

    def enter(self, target: int, below: float, ends: tuple[float, float]) -> None:
        if np.isnan(ends[0]) or np.isnan(ends[1]):
            self.undecided.append(target)
        elif ends[0] >= 1 and ends[1] < below:
            self.known.append(target)
            self.low.append(ends[0])
            self.high.append(ends[1])

    def solved(self, model: Model, tried: int) -> Solved:
        def numbers(found: list[int]) -> np.ndarray:
            return model.variable[np.array(found, dtype=np.int64)]

        return Solved(
            numbers(self.known),
            np.array(self.low),
            np.array(self.high),
            numbers(self.undecided),
            tried,
        )


def _without_truth(model: Model, targets: np.ndarray, below: np.ndarray, until: float) -> Solved:
    pending = np.zeros(len(below), dtype=bool)
    pending[targets] = True
    found = _Found([], [], [], [])
    for number in np.unique(model.component[targets]):
        free = np.flatnonzero(model.component == number)
        for target in free[pending[free]]:
            if len(free) > AT_ONCE or monotonic() > until:
                found.undecided.append(target)
            elif pending[target]:
                found.enter(target, below[target], _ends(model, free, target, pending, below))
    return found.solved(model, len(targets))
