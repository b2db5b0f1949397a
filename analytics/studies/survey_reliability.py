"""How far a survey's facets can be relied on, before any place is compared on them."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from analytics.stats.reliability import (
    Coefficient,
    GroupReliability,
    cronbach_alpha,
    group_reliability,
    groups_agreement,
    item_rest,
    mcdonald_omega,
)
from analytics.studies.base import Estimate, Measure, Study
from analytics.text.phrase import Phrase

FEWEST_FOR_A_FACTOR = 200
FEWEST_FOR_AN_ITEM = 30
FEWEST_AGENCIES = 10  # of fewer, an ICC says nothing
FEWEST_OF_AN_AGENCY = 10  # below it an agency's score is not shown, so it is not ranked either

# One row is an answer in the last wave of an instrument, turned so that more is better.
ANSWERS = """
WITH answer AS (
  SELECT r.respondent, i.facet, i.item, p.agency, p.region_code, p.province_code, r.wave,
         (CASE WHEN i.reverse THEN i.high - r.value ELSE r.value - i.low END)::DOUBLE AS score,
         i.high - i.low + 1 AS options
  FROM records.survey_response r
  JOIN records.survey_item i USING (instrument, item)
  JOIN place_of p USING (agency_id)
  WHERE r.value BETWEEN i.low AND i.high
  QUALIFY r.wave = max(r.wave) OVER (PARTITION BY r.instrument)
)
SELECT facet, agency, region_code, province_code, wave, score, options,
       dense_rank() OVER (PARTITION BY facet ORDER BY respondent)::INTEGER - 1 AS person,
       dense_rank() OVER (PARTITION BY facet ORDER BY item)::INTEGER - 1 AS item
FROM answer
"""


@dataclass(frozen=True)
class _Facet:
    """Those who answered every item of a facet: a row each in `items`, and where they belong."""

    name: str
    wave: str
    options: int
    items: np.ndarray
    agency: np.ndarray
    shown: np.ndarray
    places: dict[str, np.ndarray]


def fit(work: duckdb.DuckDBPyConnection) -> Iterator[Estimate]:
    """Each facet's coefficients: everywhere, in each province, in each government."""
    answers = work.execute(ANSWERS).df()
    for name, of_facet in answers.groupby("facet", observed=True):
        facet = _facet(str(name), of_facet)
        if not len(facet.items):
            continue
        shown = facet.shown
        agreement = groups_agreement(facet.items[shown], facet.agency[shown], facet.options)
        for level, codes in facet.places.items():
            for place in np.unique(codes):
                here = codes == place
                yield from _coefficients(facet, level, str(place), here, agreement)


def _facet(name: str, answers: pd.DataFrame) -> _Facet:
    person, item = answers["person"].to_numpy(), answers["item"].to_numpy()
    items = np.full((person.max() + 1, item.max() + 1), np.nan)
    items[person, item] = answers["score"]
    of_person = answers.drop_duplicates("person").sort_values("person")
    whole = np.isfinite(items).all(axis=1)
    agency = of_person["agency"].to_numpy()[whole]
    _, at, sizes = np.unique(agency, return_inverse=True, return_counts=True)
    codes = {
        "all": np.full(len(of_person), "all"),
        "province": of_person["province_code"].to_numpy(str),
        "government": of_person["region_code"].to_numpy(str),
    }
    return _Facet(
        name,
        str(answers["wave"].max()),
        int(answers["options"].max()),
        items[whole],
        agency,
        sizes[at] >= FEWEST_OF_AN_AGENCY,
        {level: places[whole] for level, places in codes.items()},
    )


def _coefficients(
    facet: _Facet, level: str, place: str, here: np.ndarray, agreement: dict[int, float]
) -> Iterator[Estimate]:
    items, agency = facet.items[here], facet.agency[here]
    between = _between(items.mean(axis=1)[facet.shown[here]], agency[facet.shown[here]])
    found = {
        "alpha": cronbach_alpha(items),
        "omega": _omega(items),
        "weakest_item": _weakest_item(items),
        "icc_single": between.single,
        "icc_mean": between.mean,
        "agreement": _middle(agency, agreement),
    }
    for measure, coefficient in found.items():
        yield Estimate(
            measure=measure,
            level=level,
            place=place,
            period=facet.wave,
            subject=facet.name,
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


def _between(scores: np.ndarray, agency: np.ndarray) -> GroupReliability:
    if len(np.unique(agency)) >= FEWEST_AGENCIES:
        return group_reliability(scores, agency)
    reason = Phrase(
        "Fewer than {agencies} agencies with {least} respondents or more.",
        agencies=FEWEST_AGENCIES,
        least=FEWEST_OF_AN_AGENCY,
    )
    nothing = Coefficient(None, None, None, len(scores), reason)
    return GroupReliability(nothing, nothing, 0.0)


def _weakest_item(items: np.ndarray) -> Coefficient:
    """The lowest correlation of an item with the sum of the others, without an interval."""
    n = len(items)
    if n < FEWEST_FOR_AN_ITEM:
        reason = Phrase("Fewer than {least} people answered.", least=FEWEST_FOR_AN_ITEM)
        return Coefficient(None, None, None, n, reason)
    found = item_rest(items) if items.shape[1] > 1 else np.array([np.nan])
    if not np.isfinite(found).all():
        return Coefficient(None, None, None, n, Phrase("An item never varies, or is alone."))
    return Coefficient(float(found.min()), None, None, n)


def _middle(agency: np.ndarray, agreement: dict[int, float]) -> Coefficient:
    """The agreement of the middle agency, without an interval."""
    known = [agreement[one] for one in np.unique(agency).tolist() if one in agreement]
    if known:
        return Coefficient(float(np.median(known)), None, None, len(agency))
    reason = Phrase("No agency has {least} respondents or more.", least=FEWEST_OF_AN_AGENCY)
    return Coefficient(None, None, None, len(agency), reason)


STUDY = Study(
    key="survey_reliability",
    title="Reliability of the survey",
    means=(
        "Whether a facet's items say the same, and whether agencies differ by more than chance."
        " Agencies are told apart among those with 10 respondents or more, which are shown."
    ),
    caution=(
        "0.70 is a convention, not a law. High agreement with a low ICC(1) tells nothing apart."
        " Those who did not answer may think otherwise: no coefficient here knows them."
    ),
    source="Cronbach 1951; McDonald 1999; Shrout and Fleiss 1979; James, Demaree and Wolf 1984",
    tables=("survey_item", "survey_response"),
    subjects="facet",
    measures={
        "alpha": Measure("Cronbach's alpha: do the items say the same?"),
        "omega": Measure("McDonald's omega"),
        "weakest_item": Measure("Lowest correlation of an item with the others"),
        "icc_single": Measure("ICC(1): share of variance between agencies"),
        "icc_mean": Measure("ICC(2): can agencies be told apart by their means?"),
        "agreement": Measure("rwg: agreement within the middle agency"),
    },
    fit=fit,
)
