"""How far a survey's facets can be relied on, before any place is compared on them."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd

from analytics.stats.reliability import (
    Coefficient,
    cronbach_alpha,
    group_reliability,
    mcdonald_omega,
    within_group_agreement,
)
from analytics.studies.base import Estimate, Measure, Study
from analytics.text.phrase import Phrase

FEWEST_FOR_A_FACTOR = 200
COLUMN_OF = {"all": "everywhere", "province": "province_code", "government": "region_code"}

# One row is an answer in the last wave of an instrument, turned so that more is better.
ANSWERS = """
SELECT r.respondent, i.facet, r.item, p.agency, p.region_code, p.province_code,
       'all' AS everywhere, r.wave,
       (CASE WHEN i.reverse THEN i.high - r.value ELSE r.value - i.low END)::DOUBLE AS score,
       i.high - i.low + 1 AS options
FROM records.survey_response r
JOIN records.survey_item i USING (instrument, item)
JOIN place_of p USING (agency_id)
WHERE r.value BETWEEN i.low AND i.high
QUALIFY r.wave = max(r.wave) OVER (PARTITION BY r.instrument)
"""


def fit(work: duckdb.DuckDBPyConnection) -> Iterator[Estimate]:
    """Each facet's coefficients: everywhere, in each province, in each government."""
    answers = work.execute(ANSWERS).df()
    for facet, of_facet in answers.groupby("facet", observed=True):
        for level, column in COLUMN_OF.items():
            for place, here in of_facet.groupby(column, observed=True):
                yield from _coefficients(str(facet), level, str(place), here)


def _coefficients(facet: str, level: str, place: str, answers: pd.DataFrame) -> Iterator[Estimate]:
    items = answers.pivot_table(index="respondent", columns="item", values="score").dropna()
    if items.empty:
        return
    agency = answers.groupby("respondent")["agency"].first().loc[items.index].to_numpy()
    scores, numbers = items.mean(axis=1).to_numpy(), items.to_numpy()
    between = group_reliability(scores, agency)
    agreement = _agreement(numbers, agency, int(answers["options"].max()))
    found = {
        "alpha": cronbach_alpha(numbers),
        "omega": _omega(numbers),
        "icc_single": between.single,
        "icc_mean": between.mean,
        "agreement": agreement,
    }
    for measure, coefficient in found.items():
        yield Estimate(
            measure=measure,
            level=level,
            place=place,
            period=str(answers["wave"].max()),
            subject=facet,
            value=coefficient.value,
            low=coefficient.low,
            high=coefficient.high,
            units=len(np.unique(agency)),
            people=len(items),
            reason=coefficient.reason,
        )


def _omega(items: np.ndarray) -> Coefficient:
    if len(items) >= FEWEST_FOR_A_FACTOR:
        return mcdonald_omega(items)
    reason = Phrase("Fewer than {least} people answered.", least=FEWEST_FOR_A_FACTOR)
    return Coefficient(None, None, None, len(items), reason)


def _agreement(items: np.ndarray, agency: np.ndarray, options: int) -> Coefficient:
    """The agreement of the middle agency, without an interval."""
    of_each = [within_group_agreement(items[agency == one], options) for one in np.unique(agency)]
    known = [each.value for each in of_each if each.value is not None]
    middle = float(np.median(known)) if known else None
    return Coefficient(middle, None, None, len(items), "" if known else of_each[0].reason)


STUDY = Study(
    key="survey_reliability",
    title="Reliability of the survey",
    means="Whether a facet's items say the same, and whether agencies differ by more than chance.",
    caution="0.70 is a convention, not a law. High agreement with a low ICC(1) tells nothing apart.",
    source="Cronbach 1951; McDonald 1999; Shrout and Fleiss 1979; James, Demaree and Wolf 1984",
    tables=("survey_item", "survey_response"),
    subjects="facet",
    measures={
        "alpha": Measure("Cronbach's alpha"),
        "omega": Measure("McDonald's omega"),
        "icc_single": Measure("ICC(1): share of variance between agencies"),
        "icc_mean": Measure("ICC(2): reliability of an agency's mean"),
        "agreement": Measure("rwg: agreement within the middle agency"),
    },
    fit=fit,
)
