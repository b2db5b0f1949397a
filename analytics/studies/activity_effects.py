"""What forums, socialisation, coaching and mentoring changed in the use of the performance system."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from analytics.metrics.base import Unit
from analytics.stats.event_study import FEWEST_A_SIDE, NEVER, Effect, EventStudy, event_study
from analytics.stats.multiplicity import benjamini_hochberg
from analytics.stats.verdict import Verdict
from analytics.studies.base import Estimate, Measure, Study
from analytics.text.phrase import Phrase

KINDS = {
    "forum": "Forum",
    "socialisation": "Socialisation",
    "coaching": "Coaching",
    "mentoring": "Mentoring",
}
MATTERS = 0.02
MONTHS_BEFORE, MONTHS_AFTER = 6, 12
PLACEBO_MONTHS = 3
FEWEST_AGENCIES = 10  # behind the effect of one month
FEWEST_GOVERNMENTS = FEWEST_A_SIDE

# One row is an agency and a month in which the system was up for more than half the days.
USE = """
SELECT a.agency, p.region, p.province_code, a.month, a.expected_users,
       a.active_users / a.expected_users AS active
FROM adoption a
JOIN place_of p USING (agency)
WHERE 2 * a.outage_days < a.days AND a.expected_users > 0
"""

# One row is an agency and a kind of activity, and the month of its first one; those of a whole
# government are of each of its agencies.
FIRST = """
SELECT agency, kind, min(month) AS month
FROM (
  SELECT agency, kind, month FROM activity WHERE agency IS NOT NULL
  UNION ALL
  SELECT p.agency, a.kind, a.month FROM activity a JOIN place_of p ON p.region = a.region
  WHERE a.agency IS NULL
)
WHERE kind <> 'policy_start'
GROUP BY agency, kind
"""


@dataclass(frozen=True)
class _Panel:
    """Agencies by months: share of active users (NaN where not known), and the agency's places."""

    active: np.ndarray
    people: np.ndarray
    region: np.ndarray
    province: np.ndarray
    agency: np.ndarray
    first_month: pd.Timestamp

    def of(self, kept: np.ndarray) -> _Panel:
        """The panel of some of the agencies."""
        parts = {
            name: getattr(self, name)[kept]
            for name in ("active", "people", "region", "province", "agency")
        }
        return replace(self, **parts)

    def start(self, first: pd.Series) -> np.ndarray:
        """The column of each agency's first activity, from the month of each agency that had one."""
        months = first.reindex(self.agency)
        since = (months.dt.year - self.first_month.year) * 12 + months.dt.month
        return (since - self.first_month.month).fillna(NEVER).to_numpy()


def fit(work: duckdb.DuckDBPyConnection) -> Iterator[Estimate]:
    """Each kind of activity, everywhere and in each province."""
    use = work.execute(USE).df()
    if use.empty:
        return
    panel = _panel_of(use)
    provinces = np.unique(panel.province)
    first = work.execute(FIRST).df()
    asked = []
    for kind in KINDS:
        months = first[first["kind"] == kind].set_index("agency")["month"]
        if len(months):
            asked.append(_study(kind, "all", "all", panel, months))
            asked += [
                _study(kind, "province", str(one), panel.of(panel.province == one), months)
                for one in provinces
            ]
    p = np.array([one.found.overall.p if one.found.overall else np.nan for one in asked])
    for one, stands in zip(asked, benjamini_hochberg(p).stands, strict=True):
        yield from _estimates(one, stands=bool(stands))


def _panel_of(use: pd.DataFrame) -> _Panel:
    months = pd.date_range(use["month"].min(), use["month"].max(), freq="MS")
    active = use.pivot(index="agency", columns="month", values="active").reindex(columns=months)
    places = use.groupby("agency")[["region", "province_code"]].first()
    return _Panel(
        active.to_numpy(),
        use.groupby("agency")["expected_users"].mean().to_numpy(),
        places["region"].to_numpy(),
        places["province_code"].to_numpy(),
        active.index.to_numpy(),
        months[0],
    )


@dataclass(frozen=True)
class _Asked:
    """An event study of a kind of activity at a place, and what it is of."""

    here: Estimate
    found: EventStudy
    panel: _Panel
    start: np.ndarray


def _study(kind: str, level: str, place: str, panel: _Panel, months: pd.Series) -> _Asked:
    start = panel.start(months)
    found = event_study(
        panel.active,
        start,
        MATTERS,
        clusters=panel.region,
        strata=panel.region,
        window=(MONTHS_BEFORE, MONTHS_AFTER),
        settled=1,
        lead=PLACEBO_MONTHS,
    )
    seen = np.isfinite(start) & (start > 0) & (start < panel.active.shape[1])
    if found.used is not None:
        seen = found.used
    here = Estimate(
        measure="effect",
        level=level,
        place=place,
        subject=kind,
        units=int(seen.sum()),
        people=int(panel.people[seen].sum()),
    )
    return _Asked(here, found, panel, start)


def _estimates(one: _Asked, *, stands: bool) -> Iterator[Estimate]:
    """What a study found; `stands` says whether its effect holds among the many that were asked."""
    here, found = one.here, one.found
    word, reason = found.verdict, _reason(found)
    if word in (Verdict.ROSE, Verdict.FELL) and not stands:
        word = Verdict.UNKNOWN
        reason = Phrase("Of so many comparisons, one like it is expected by chance.")
    yield replace(_with(here, found.overall), verdict=str(word), reason=reason)
    if found.overall is None:
        return
    if found.left_out:
        said = Phrase(
            "{count} agencies that had the activity are not counted: it came in the first month of the"
            " data or before, or no agency of their government was left to compare them with.",
            count=found.left_out,
        )
        yield replace(here, measure="left_out", value=float(found.left_out), reason=said)
    yield replace(here, measure="pretrend", value=found.pretrend, reason=_untested(found.pretrend))
    yield replace(_with(here, found.placebo), measure="placebo", reason=_untested(found.placebo))
    yield from _by_month(one)


def _with(here: Estimate, effect: Effect | None) -> Estimate:
    if effect is None:
        return here
    return replace(here, value=effect.value, low=effect.low, high=effect.high)


def _reason(found: EventStudy) -> str:
    if min(found.treated, found.untreated) < FEWEST_GOVERNMENTS:
        return Phrase(
            "Fewer than {least} governments with agencies that had it and agencies that had not.",
            least=FEWEST_GOVERNMENTS,
        )
    return found.reason


def _untested(figure: float | Effect | None) -> str:
    return Phrase("Too little was seen before the start.") if figure is None else ""


def _by_month(one: _Asked) -> Iterator[Estimate]:
    """The effect of each month since the start that enough agencies reached."""
    events, panel, start = one.found.events, one.panel, one.start
    if events is None:
        return
    for at, since in enumerate(events.since):
        column = start + since
        seen = np.isfinite(start) & (start > 0) & (column >= 0) & (column < panel.active.shape[1])
        seen[seen] = np.isfinite(panel.active[seen, column[seen].astype(int)])
        if seen.sum() < FEWEST_AGENCIES:
            continue
        month = replace(
            one.here,
            position=float(since),
            value=float(events.value[at]),
            units=int(seen.sum()),
            people=int(panel.people[seen].sum()),
        )
        low, high = float(events.low[at]), float(events.high[at])
        yield replace(month, measure="by_month", low=low, high=high)
        low, high = float(events.band_low[at]), float(events.band_high[at])
        yield replace(month, measure="band", low=low, high=high)


STUDY = Study(
    key="activity_effects",
    title="Effects of activities",
    means=(
        "What changed in the share of active users in the twelve months after an agency's first"
        " forum, socialisation, coaching or mentoring, against agencies of the same government that"
        " had not had one yet. Each agency counts once; months in which the system was down for half"
        " the days or more are left out."
    ),
    caution=(
        "An agency may have had several activities of a kind, and other kinds beside: its first of"
        " the kind is taken. A change under 2 points is held not to matter. The month of the"
        " activity itself is not counted."
    ),
    source=(
        "Callaway and Sant'Anna 2021, Journal of Econometrics 225:200–230, errors by government;"
        " Schuirmann 1987 (no change larger than); Benjamini and Hochberg 1995 (many comparisons)"
    ),
    tables=("adoption", "activity"),
    subjects=KINDS,
    matters=MATTERS,
    measures={
        "effect": Measure("Change in active users since the activity, in points", Unit.CHANGE),
        "by_month": Measure("Change by months since the activity", Unit.CHANGE),
        "band": Measure("The same, all months together at 95%", Unit.CHANGE),
        "placebo": Measure("Change after a start that did not happen", Unit.CHANGE),
        "left_out": Measure("Agencies with the activity that are not counted"),
        "pretrend": Measure("p value of no difference before the activity"),
    },
    fit=fit,
)
