"""Activities that came to units at different times: what they changed, against units they had not reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analytics.stats.verdict import Verdict, verdict
from analytics.text.phrase import Phrase

FEWEST_A_SIDE = 5  # treated and untreated units (or clusters) below which nothing is told
PRETREND = 0.05
OVERLAP = 0.995  # likelihood of treatment beyond which a unit has nobody to be compared with
RESAMPLES = 9999
NEVER = np.inf


@dataclass(frozen=True)
class Effect:
    """An effect in the unit of the values, its error, its 95 % interval and its p value."""

    value: float
    error: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Cells:
    """Effects on each group of units that began together, by time; `time` is before `group` in leads."""

    group: np.ndarray
    time: np.ndarray
    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Events:
    """Effects by times since the start (negative before it), one entry each.

    `low` and `high` hold each at 95 %, `band_low` and `band_high` all together.
    """

    since: np.ndarray
    value: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    band_low: np.ndarray
    band_high: np.ndarray


@dataclass(frozen=True)
class EventStudy:
    """What an activity changed. `overall` is the mean over treated units of their mean effect since.

    `pretrend` is the p value of no difference before the start, `placebo` the effect of a start that
    did not happen. Where either says that units moved apart before, the verdict is unknown, and
    `reason` says so; it also says where neither can be told. Where nothing can be estimated the
    rest is None. `used` marks the treated units, of those given, on which the overall effect rests;
    `left_out` counts the other units with a start within or before the times given: those that had
    begun by the first time, or that nobody was left to be compared with.
    """

    verdict: Verdict
    treated: int
    untreated: int
    overall: Effect | None = None
    events: Events | None = None
    cells: Cells | None = None
    pretrend: float | None = None
    placebo: Effect | None = None
    reason: str = ""
    used: np.ndarray | None = None
    left_out: int = 0


def event_study(
    values: np.ndarray,
    start: np.ndarray,
    matters: float,
    covariates: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    never_only: bool = False,
    lead: int = 1,
    seed: int = 0,
    strata: np.ndarray | None = None,
    window: tuple[int, int] | None = None,
    settled: int = 0,
) -> EventStudy:
    """Group-time effects of Callaway and Sant'Anna, and what they come to.

    `values` has a row a unit and a column a time (NaN where missing); `start` the column at which a
    unit's activity began, `NEVER` where it did not. Units are compared with those not yet reached,
    or, under `never_only`, never reached. `covariates`, one row a unit, known before any start,
    are adjusted for in a doubly robust way. Units of one of `clusters` may be alike. Under `strata`,
    one name a unit, they are compared with those of their own stratum alone. The placebo
    starts `lead` times early. `matters` is the smallest change that matters. `window` is how many
    times before and after the start are looked at; `settled` the first time since the start that
    the overall effect counts, where the start itself is only partly reached.
    Errors are from influence functions, intervals of Student's t with the units of the smaller side.
    Source: Callaway and Sant'Anna 2021, Journal of Econometrics 225:200–230; Sant'Anna and Zhao
    2020, ibid. 219:101–122; in the manner of the R package did.
    """
    panel = _Panel(values, start, covariates, clusters, never_only, strata, window)
    treated, untreated = panel.sides()
    if min(treated, untreated) < FEWEST_A_SIDE:
        reason = Phrase(
            "Fewer than {least} units with or without the activity: its effect cannot be told.",
            least=FEWEST_A_SIDE,
        )
        return EventStudy(verdict(None, None, matters), treated, untreated, reason=reason)
    found = panel.estimated(panel.cells())
    if not (found.since >= settled).any():
        reason = Phrase("No unit has values just before and after its start to be compared.")
        return EventStudy(verdict(None, None, matters), treated, untreated, reason=reason)
    used = panel.used(found, settled)
    began = np.asarray(start, float) < panel.values.shape[1]
    freedom = min(treated, untreated) - 1
    overall = _overall(found, found.since >= settled, panel, freedom)
    placebo_cells = panel.estimated(panel.placebo_cells(lead))
    placebo = None
    if len(placebo_cells.since):
        everything = np.ones(len(placebo_cells.since), bool)
        placebo = _overall(placebo_cells, everything, panel, freedom)
    pretrend = _pretrend(found, panel, freedom + 1)
    word, reason = _judged(overall, pretrend, placebo, matters)
    return EventStudy(
        word,
        treated,
        untreated,
        overall,
        _events(found, panel, freedom, seed),
        Cells(found.group, found.time, found.value, _errors(found.influence)),
        pretrend,
        placebo,
        reason,
        used,
        int((began & ~used).sum()),
    )


def _judged(
    overall: Effect, pretrend: float | None, placebo: Effect | None, matters: float
) -> tuple[Verdict, str]:
    apart = pretrend is not None and pretrend < PRETREND
    if apart or (placebo is not None and not placebo.low <= 0 <= placebo.high):
        reason = Phrase("Units moved apart before the start: a change cannot be put down to it.")
        return Verdict.UNKNOWN, reason
    word = verdict(overall.low, overall.high, matters)
    if pretrend is None and placebo is None:
        return word, Phrase(
            "Too little was seen before the start to tell whether units moved alike."
        )
    return word, ""


@dataclass(frozen=True)
class _Found:
    """Estimated cells; `influence` has a row a cluster and a column a cell, summing to 0.

    `treated` has a row a unit and a column a cell: the treated units that it rests on.
    """

    group: np.ndarray
    time: np.ndarray
    since: np.ndarray
    value: np.ndarray
    influence: np.ndarray
    treated: np.ndarray


class _Panel:
    """The values of units with their starts, and how two times of it are compared."""

    def __init__(
        self,
        values: np.ndarray,
        start: np.ndarray,
        covariates: np.ndarray | None,
        clusters: np.ndarray | None,
        never_only: bool,
        strata: np.ndarray | None,
        window: tuple[int, int] | None,
    ) -> None:
        self.values, self.start = np.asarray(values, float), np.asarray(start, float)
        units = len(self.values)
        if len(self.start) != units:
            raise ValueError("An event study takes one start a unit.")
        # Units that start in the first column have no time before it.
        self.kept = kept = self.start > 0
        self.values, self.start = self.values[kept], self.start[kept]
        self.start = np.where(self.start < self.values.shape[1], self.start, NEVER)
        if strata is not None and covariates is not None:
            raise ValueError("An event study takes strata or covariates, not both.")
        self.stratum = None
        if strata is not None:
            self.stratum = np.unique(np.asarray(strata)[kept], return_inverse=True)[1]
        times = self.values.shape[1]
        self.before, self.after = window or (times, times)
        design = np.ones((units, 1))
        if covariates is not None:
            design = np.column_stack([design, np.asarray(covariates, float)])
        self.design = design[kept]
        names = np.arange(units) if clusters is None else np.asarray(clusters)
        self.cluster = np.unique(names[kept], return_inverse=True)[1]
        self.never_only = never_only
        self.groups = np.unique(self.start[np.isfinite(self.start)])

    def sides(self) -> tuple[int, int]:
        """Clusters with treated units, and with units that are not treated at some time compared."""
        treated = np.isfinite(self.start)
        last = self.groups[-1] if len(self.groups) else 0
        untreated = ~treated if self.never_only or (~treated).any() else self.start == last
        if self.stratum is not None and not self.never_only and len(self.groups):
            untreated = self.start > self.groups[0]  # each stratum has others of its own
        return len(set(self.cluster[treated])), len(set(self.cluster[untreated]))

    def cells(self) -> Iterable[tuple[float, int, int]]:
        """Group, base and time: after the start against the time before it, else the one before."""
        for group in self.groups:
            first, last = max(1, int(group) - self.before), int(group) + self.after
            for time in range(first, min(last + 1, self.values.shape[1])):
                yield group, int(min(time, group) - 1), time

    def placebo_cells(self, lead: int) -> Iterable[tuple[float, int, int]]:
        """Group, base and time as if the group had started `lead` times early; before its start."""
        for group in self.groups:
            if group - lead - 1 >= 0:
                for time in range(int(group) - lead, int(group)):
                    yield group, int(group) - lead - 1, time

    def estimated(self, cells: Iterable[tuple[float, int, int]]) -> _Found:
        """The effects of those cells that both sides have units for."""
        kept = []
        for group, base, time in cells:
            effect = self._effect(group, base, time)
            if effect is not None:
                kept.append((group, time, time - group, *effect))
        group, time, since, value = (np.array([cell[at] for cell in kept]) for at in range(4))
        influence = np.zeros((self.cluster.max() + 1, len(kept)))
        treated = np.zeros((len(self.start), len(kept)), bool)
        for at, cell in enumerate(kept):
            influence[:, at], treated[:, at] = cell[4:]
        return _Found(group, time, since, value, influence, treated)

    def used(self, found: _Found, settled: int) -> np.ndarray:
        """Which of the units given the overall effect rests on."""
        used = np.zeros(len(self.kept), bool)
        used[self.kept] = found.treated[:, found.since >= settled].any(axis=1)
        return used

    def _effect(
        self, group: float, base: int, time: int
    ) -> tuple[float, np.ndarray, np.ndarray] | None:
        change = self.values[:, time] - self.values[:, base]
        waiting = self.start > max(time, base)
        control = (self.start == NEVER) if self.never_only else waiting & (self.start != group)
        used = np.isfinite(change) & np.isfinite(self.design).all(axis=1)
        used &= control | (self.start == group)
        treated = (self.start == group)[used]
        if self.stratum is not None:
            return self._within_strata(change[used], treated, used)
        columns = self.design.shape[1]
        if treated.sum() < 2 or (~treated).sum() < columns + 1:
            return None
        effect = doubly_robust(change[used], treated, self.design[used])
        if effect is None:
            return None
        value, own = effect
        return value, self._of_clusters(own / used.sum(), used), used & (self.start == group)

    def _within_strata(
        self, change: np.ndarray, treated: np.ndarray, used: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray] | None:
        """The mean over treated units of their change less that of the others of their stratum.

        What a design of strata alone comes to in the doubly robust way; strata of one side are
        left out.
        """
        if self.stratum is None:
            return None
        stratum = self.stratum[used]
        own, other = np.bincount(stratum, treated), np.bincount(stratum, ~treated)
        both = ((own > 0) & (other > 0))[stratum]
        count = int((treated & both).sum())
        if count < 2 or (~treated & both).sum() < 2:
            return None
        drift = np.bincount(stratum, np.where(treated, 0.0, change)) / np.maximum(other, 1)
        rest = np.where(both, change - drift[stratum], 0.0)
        effect = float(rest[treated].sum() / count)
        pull = own[stratum] / np.maximum(other[stratum], 1)
        part = np.where(treated, (rest - effect) * both, -pull * rest) / count
        beside = used.copy()
        beside[used] = treated & both
        return effect, self._of_clusters(part, used), beside

    def _of_clusters(self, part: np.ndarray, used: np.ndarray) -> np.ndarray:
        """Sums of a part of each used unit, one a cluster."""
        return np.bincount(self.cluster[used], part, self.cluster.max() + 1)

    def weights_influence(self, groups: np.ndarray) -> np.ndarray:
        """How each cluster moves the shares of units in groups; a row a cluster, a column a group."""
        everyone = np.ones(len(self.start), bool)
        moved = [
            self._of_clusters(((self.start == group) - share) / len(self.start), everyone)
            for group, share in zip(groups, self.share(groups), strict=True)
        ]
        return np.array(moved).T

    def share(self, groups: np.ndarray) -> np.ndarray:
        """The share of all units that each group is."""
        return np.array([(self.start == group).mean() for group in groups])


def doubly_robust(
    change: np.ndarray, treated: np.ndarray, design: np.ndarray
) -> tuple[float, np.ndarray] | None:
    """The effect on the treated from changes of two times, and the influence of each unit on it.

    `design` begins with a column of ones; alone it gives the difference of two mean changes. None
    where a treated unit is like no other. Source: Sant'Anna and Zhao 2020, Journal of Econometrics
    219:101–122, equation 3.1, and the R package DRDID, drdid_panel.
    """
    n, side = len(change), treated.astype(float)
    likelihood = _likelihood(side, design)
    if likelihood is None or (likelihood > OVERLAP).any():
        return None
    without = design[~treated]
    gram = without.T @ without
    if np.linalg.cond(gram) > 1e12:
        return None
    slopes = np.linalg.solve(gram, without.T @ change[~treated])
    rest = change - design @ slopes
    odds = np.where(treated, 0.0, likelihood / (1 - likelihood))
    own, other = side.mean(), odds.mean()
    gain, drift = (side * rest).mean() / own, (odds * rest).mean() / other
    of_slopes = ((1 - side) * rest)[:, None] * design @ np.linalg.inv(gram / n)
    curve = (design * (likelihood * (1 - likelihood))[:, None]).T @ design / n
    of_likelihood = (side - likelihood)[:, None] * design @ np.linalg.inv(curve)
    from_treated = side * (rest - gain) - of_slopes @ (side[:, None] * design).mean(axis=0)
    from_others = (
        odds * (rest - drift)
        + of_likelihood @ ((odds * (rest - drift))[:, None] * design).mean(axis=0)
        - of_slopes @ (odds[:, None] * design).mean(axis=0)
    )
    return float(gain - drift), from_treated / own - from_others / other


def _likelihood(side: np.ndarray, design: np.ndarray) -> np.ndarray | None:
    """The likelihood of treatment by logistic regression (Newton's steps); None where it has none."""
    if design.shape[1] == 1:
        return np.full(len(side), side.mean())
    slopes = np.zeros(design.shape[1])
    for _ in range(50):
        likelihood = 1 / (1 + np.exp(-np.clip(design @ slopes, -30, 30)))
        curve = (design * (likelihood * (1 - likelihood))[:, None]).T @ design
        if np.linalg.cond(curve) > 1e12:
            return None
        step = np.linalg.solve(curve, design.T @ (side - likelihood))
        slopes = slopes + step
        if np.abs(step).max() < 1e-10:
            return 1 / (1 + np.exp(-np.clip(design @ slopes, -30, 30)))
    return None


def _errors(influence: np.ndarray) -> np.ndarray:
    """Standard errors of columns of influence."""
    return np.sqrt((influence**2).sum(axis=0))


def _averaged(
    found: _Found, chosen: np.ndarray, panel: _Panel, per_group: bool
) -> tuple[float, np.ndarray]:
    """A mean of cells by the sizes of their groups, and its influence.

    Under `per_group` a group counts once, its cells equally; else each cell by its group's size.
    """
    group = found.group[chosen]
    groups, at, times = np.unique(group, return_inverse=True, return_counts=True)
    count = 1 / times[at] if per_group else np.ones(len(group))
    share, moved = panel.share(groups), panel.weights_influence(groups)
    whole = share.sum() if per_group else share[at].sum()
    weight = count * share[at] / whole
    of_whole = moved.sum(axis=1) if per_group else moved[:, at].sum(axis=1)
    of_weight = count * (moved[:, at] / whole - np.outer(of_whole, share[at]) / whole**2)
    influence = found.influence[:, chosen] @ weight + of_weight @ found.value[chosen]
    return float(weight @ found.value[chosen]), influence


def _overall(found: _Found, chosen: np.ndarray, panel: _Panel, freedom: int) -> Effect:
    from scipy.special import stdtr, stdtrit

    value, influence = _averaged(found, chosen, panel, per_group=True)
    error = float(np.sqrt((influence**2).sum()))
    half = float(stdtrit(freedom, 0.975)) * error
    p = 2 * float(stdtr(freedom, -abs(value) / error)) if error else float(value == 0)
    return Effect(value, error, value - half, value + half, p)


def _events(found: _Found, panel: _Panel, freedom: int, seed: int) -> Events:
    from scipy.special import stdtrit

    since = np.unique(found.since)
    parts = [_averaged(found, found.since == at, panel, per_group=False) for at in since]
    value = np.array([part[0] for part in parts])
    influence = np.array([part[1] for part in parts]).T
    error = _errors(influence)
    half = float(stdtrit(freedom, 0.975)) * error
    band = np.maximum(_furthest(influence[:, error > 0], error[error > 0], seed) * error, half)
    return Events(
        since.astype(int), value, error, value - half, value + half, value - band, value + band
    )


def _furthest(influence: np.ndarray, error: np.ndarray, seed: int) -> float:
    """How many errors the furthest of all times is off at 95 %; 0 where none is off at all.

    What a multiplier bootstrap with normal multipliers comes to, without drawing one a unit.
    """
    if not len(error):
        return 0.0
    draws = np.random.default_rng(seed).multivariate_normal(
        np.zeros(len(error)), influence.T @ influence, RESAMPLES, check_valid="ignore"
    )
    return float(np.quantile((np.abs(draws) / error).max(axis=1), 0.95))


def _pretrend(found: _Found, panel: _Panel, clusters: int) -> float | None:
    """The p value that no effect before the start differs from 0, by Hotelling's test.

    Where groups are too many to be tested one by one, their means by times since the start are.
    `clusters` is the number of the smaller side. None where nothing was seen before, or too little.
    """
    from scipy.special import fdtrc

    before = found.since < 0
    value, influence = found.value[before], found.influence[:, before]
    if clusters - len(value) < FEWEST_A_SIDE:
        times = np.unique(found.since[before])
        means = [_averaged(found, found.since == at, panel, per_group=False) for at in times]
        value = np.array([mean for mean, _ in means])
        influence = np.array([moved for _, moved in means]).T
    count = len(value)
    if not count or clusters - count < FEWEST_A_SIDE:
        return None
    covariance = influence.T @ influence
    if np.linalg.cond(covariance) > 1e12:
        return None
    distance = float(value @ np.linalg.solve(covariance, value))
    # Influence has squares divided by clusters, where Hotelling's covariance has one less.
    ratio = distance * (clusters - count) / (count * clusters)
    return float(fdtrc(count, clusters - count, ratio))
