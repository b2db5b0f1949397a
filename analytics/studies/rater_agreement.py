"""How far other raters agree with the supervisor on the same people in the same period."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np

from analytics.metrics.rows import PREDICATE
from analytics.schema import PREDICATES
from analytics.stats.reliability import weighted_kappa
from analytics.studies.base import Estimate, Measure, Study

STEPS = len(PREDICATES)

# One row is a person and a period of the last year in which somebody but the supervisor rated too;
# predicates are numbered from Sangat Baik to Sangat Kurang.
PAIRS = f"""
WITH rated AS (
  SELECT employee_id, period_start, period_end, cycle, rater,
         list_position($predicates, {PREDICATE}) - 1 AS step
  FROM records.appraisal
  WHERE work_result IS NOT NULL AND behaviour IS NOT NULL
    AND extract(year FROM period_end) = (
      SELECT max(extract(year FROM period_end)) FROM records.appraisal WHERE rater <> 'supervisor')
)
SELECT other.rater::VARCHAR AS rater, own.step AS supervisor, other.step AS other,
       extract(year FROM own.period_end)::INTEGER::VARCHAR AS period,
       'all' AS everywhere, place.province_code, place.region_code
FROM rated own
JOIN rated other USING (employee_id, period_start, period_end, cycle)
JOIN person p
  ON p.employee_id = own.employee_id AND own.period_end BETWEEN p.valid_from AND p.until
JOIN place_of place ON place.agency = p.agency
WHERE own.rater = 'supervisor' AND other.rater <> 'supervisor'
"""
COLUMN_OF = {"all": "everywhere", "province": "province_code", "government": "region_code"}


def fit(work: duckdb.DuckDBPyConnection) -> Iterator[Estimate]:
    """Weighted kappa of the supervisor and each other role: everywhere, by province and government."""
    pairs = work.execute(PAIRS, {"predicates": list(PREDICATES)}).df()
    for level, column in COLUMN_OF.items():
        for (place, role), here in pairs.groupby([column, "rater"], observed=True):
            counts = np.zeros((STEPS, STEPS))
            np.add.at(counts, (here["supervisor"].to_numpy(), here["other"].to_numpy()), 1)
            found = weighted_kappa(counts)
            yield Estimate(
                measure="kappa",
                level=level,
                place=str(place),
                period=str(here["period"].iloc[0]),
                subject=str(role),
                value=found.value,
                low=found.low,
                high=found.high,
                units=len(here),
                people=len(here),
                reason=found.reason,
            )


STUDY = Study(
    key="rater_agreement",
    title="Agreement between raters",
    means="How far peers, subordinates, the public and people themselves give the same predicate as"
    " the supervisor to the same people for the same period, beyond chance.",
    caution="Nearly everybody is rated Baik: kappa is then low even where most pairs are alike.",
    source="Cohen 1968, Psychological Bulletin 70:213–220; Fleiss, Cohen and Everitt 1969",
    tables=("employee", "appraisal"),
    subjects="rater",
    measures={"kappa": Measure("Weighted kappa, from none at 0 to full agreement at 1")},
    fit=fit,
)
