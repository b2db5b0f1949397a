"""Which conditions go along with commitment to change, agency by agency."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pandas as pd

from analytics.metrics.base import Unit
from analytics.stats.drivers import (
    FEWEST_UNITS,
    UNITS_A_DRIVER,
    correlations,
    importance,
    johnson,
)
from analytics.studies.base import Estimate, Measure, Study
from analytics.text.phrase import Phrase

OUTCOME = "change_commitment"
ASKED = {
    "understanding_of_standards": "Understanding of standards",
    "perceived_fairness": "Perceived fairness",
    "work_pressure": "Manageable pressure of work",
    "leader_support": "Support of leaders",
    "colleague_support": "Support of colleagues",
}
COUNTED = {"training_coverage": "Training coverage", "adoption_active": "Active users"}
FEWEST_RESPONDENTS = 10

# One row is an agency and a facet of the last wave, with the mean of each half of its respondents.
HALVES = f"""
WITH answer AS (
  SELECT r.respondent, p.agency, i.facet, month_of_wave(r.wave) AS month,
         avg((CASE WHEN i.reverse THEN i.high - r.value ELSE r.value - i.low END)
             / (i.high - i.low)) AS score
  FROM records.survey_response r
  JOIN records.survey_item i USING (instrument, item)
  JOIN place_of p USING (agency_id)
  WHERE r.value BETWEEN i.low AND i.high
    AND i.facet IN ({", ".join(f"'{facet}'" for facet in (OUTCOME, *ASKED))})
  GROUP BY r.respondent, p.agency, i.facet, month_of_wave(r.wave)
),
half AS (
  SELECT respondent, agency,
         row_number() OVER (PARTITION BY agency ORDER BY md5(respondent)) % 2 AS half,
         count(*) OVER (PARTITION BY agency) AS respondents
  FROM (SELECT DISTINCT respondent, agency FROM answer
        WHERE month = (SELECT max(month) FROM answer))
)
SELECT a.agency, a.facet, h.respondents, a.month,
       avg(a.score) FILTER (WHERE h.half = 0) AS one, avg(a.score) FILTER (WHERE h.half = 1) AS other
FROM answer a
JOIN half h ON h.respondent = a.respondent AND h.agency = a.agency
WHERE a.month = (SELECT max(month) FROM answer) AND h.respondents >= {FEWEST_RESPONDENTS}
GROUP BY a.agency, a.facet, h.respondents, a.month
"""

# One row is an agency in the month of the wave: PNS who have reached 20 JP in that year.
COVERAGE = """
SELECT agency, avg((hours_jp >= 20)::INTEGER) AS training_coverage
FROM training_to_date
WHERE status = 'PNS' AND month = $month
GROUP BY agency
"""

# One row is an agency in the year up to the wave: active users of those expected, outages left out.
USE = """
SELECT agency, sum(active_users) / sum(expected_users) AS adoption_active
FROM adoption
WHERE 2 * outage_days < days AND expected_users > 0
  AND month > $month - INTERVAL 1 YEAR AND month <= $month
GROUP BY agency
"""


def fit(work: duckdb.DuckDBPyConnection) -> Iterator[Estimate]:
    """Shares of variance and correlations: everywhere, and in each province."""
    halves = work.execute(HALVES).df()
    if OUTCOME not in set(halves["facet"]):
        return
    month = halves["month"].max()
    agencies = _agencies(work, halves, month)
    period = f"{month:%Y-%m}"
    yield from _estimates(agencies, Estimate(measure="share", period=period))
    for province, here in agencies.groupby("province_code"):
        place = Estimate(measure="share", level="province", place=str(province), period=period)
        yield from _estimates(here, place)


def _agencies(
    work: duckdb.DuckDBPyConnection, halves: pd.DataFrame, month: pd.Timestamp
) -> pd.DataFrame:
    """One row an agency: the outcome by one half of its respondents, conditions by the other."""
    asked = halves.pivot(index="agency", columns="facet", values="other").drop(columns=OUTCOME)
    told = halves[halves["facet"] == OUTCOME].set_index("agency")
    frame = asked.assign(outcome=told["one"], respondents=told["respondents"])
    for query in (COVERAGE, USE):
        counted = work.execute(query, {"month": month.date()}).df().set_index("agency")
        if len(counted):
            frame = frame.join(counted)
    places = work.execute("SELECT agency, province_code FROM place_of").df().set_index("agency")
    return frame.join(places)


def _estimates(agencies: pd.DataFrame, here: Estimate) -> Iterator[Estimate]:
    """The share of each condition in what differs between agencies, and its correlation."""
    names = [name for name in (*ASKED, *COUNTED) if name in agencies]
    known = agencies.dropna(subset=[*names, "outcome"])
    conditions, outcome = known[names].to_numpy(float), known["outcome"].to_numpy(float)
    here = replace(here, units=len(known), people=int(known["respondents"].sum()))
    found = importance(conditions, outcome, johnson)
    if found.share is None or found.low is None or found.high is None:
        reason = _reason(found.reason, len(names))
        yield replace(here, measure="explained", reason=reason)
        for name in names:
            for measure in ("share", "correlation"):
                yield replace(here, measure=measure, subject=name, reason=reason)
        return
    yield replace(here, measure="explained", value=found.explained)
    for at, name in enumerate(names):
        share = {"value": found.share[at], "low": found.low[at], "high": found.high[at]}
        yield replace(here, subject=name, **{key: float(one) for key, one in share.items()})
    for name, one in zip(names, correlations(conditions, outcome), strict=True):
        yield replace(
            here, measure="correlation", subject=name, value=one.value, low=one.low, high=one.high
        )


def _reason(reason: str, conditions: int) -> str:
    """Why nothing can be told, said of agencies rather than of units."""
    if not reason.startswith("Fewer than"):
        return reason
    return Phrase(
        "Fewer than {least} agencies with {respondents} respondents or more: too few to tell"
        " {conditions} conditions apart.",
        least=max(FEWEST_UNITS, UNITS_A_DRIVER * conditions),
        respondents=FEWEST_RESPONDENTS,
        conditions=conditions,
    )


STUDY = Study(
    key="change_drivers",
    title="What goes along with commitment to change",
    means=(
        "How much of the differences between agencies in commitment to change each condition"
        " carries: its relative weight among all of them. Commitment is of one half of an agency's"
        " respondents and what else was asked of the other half, so that one person's mood does not"
        " tie the two together."
    ),
    caution=(
        "This is correlation: what goes along with commitment need not bring it about. Agencies"
        " with fewer than 10 respondents are left out."
    ),
    source=(
        "Johnson 2000, Multivariate Behavioral Research 35:1–19; Tonidandel, LeBreton and Johnson"
        " 2009; halves after Ostroff, Kinicki and Clark 2002, Journal of Applied Psychology"
        " 87:355–368"
    ),
    tables=("survey_item", "survey_response"),
    subjects=ASKED | COUNTED,
    measures={
        "share": Measure("Share of the differences between agencies", Unit.SHARE),
        "correlation": Measure("Correlation between agencies"),
        "explained": Measure("Differences between agencies that all carry together", Unit.SHARE),
    },
    fit=fit,
)
