"""Random stores to attack: small places, rare categories, mixed cycles, recaps beside records."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalSubscript=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.store.records import Store
from tests.builder import random_tables, write


def random_records(seed: int) -> dict[str, pd.DataFrame]:
    """The tables of one random store of 20 to 400 people."""
    rng = np.random.default_rng([seed, 10])
    people = int(np.exp(rng.uniform(np.log(20), np.log(400))))
    months = int(rng.choice([12, 15, 18, 24]))
    tables = random_tables(
        int(rng.integers(2**31)), people=people, months=months, agencies=int(rng.integers(2, 7))
    )
    tables["employee"] = _rare(rng, tables["employee"])
    tables["appraisal"] = _cycles(rng, _ratings(rng, tables["appraisal"]), tables)
    tables["career_event"] = _some_of_each(tables["career_event"], tables["employee"])
    if rng.random() < 0.5:
        tables["recap"] = _recaps(rng, tables["agency"], tables["region"])
    return tables


def _rare(rng: np.random.Generator, employee: pd.DataFrame) -> pd.DataFrame:
    """A few people of a category that nobody else is in."""
    employee = employee.copy()
    who = rng.permutation(employee["employee_id"].unique())
    for column, value in (("birth_year", 1964), ("position_type", "structural"), ("sex", "F")):
        if rng.random() < 0.4:
            others = {"birth_year": 1990, "position_type": "executor", "sex": "M"}[column]
            few = set(who[: int(rng.integers(1, 8))])
            rare = employee["employee_id"].isin(few)
            employee.loc[~rare & (employee[column] == value), column] = others
            employee.loc[rare, column] = value
    if rng.random() < 0.3:
        contract = employee["status"].isin(["PPPK", "PPPK_PARUH_WAKTU"])
        employee.loc[contract & (rng.random(len(employee)) < 0.8), "status"] = "PPPK"
    return employee


def _some_of_each(events: pd.DataFrame, employee: pd.DataFrame) -> pd.DataFrame:
    """Every kind of career event at least once: in a store of 20 people chance leaves some out."""
    there = employee[employee["valid_to"].isna()]["employee_id"].unique()[:1]
    kinds = ("promotion", "recognition", "mentoring_start", "performance_coaching")
    missing = [kind for kind in kinds if kind not in set(events["kind"])]
    more = [(who, date(2024, 6, 1), kind) for who in there for kind in missing]
    return pd.concat([events, pd.DataFrame(more, columns=events.columns)], ignore_index=True)


def _ratings(rng: np.random.Generator, appraisal: pd.DataFrame) -> pd.DataFrame:
    """Low ratings as rare as they are in fact, or as frequent as the builder makes them."""
    appraisal = appraisal.copy()
    kept = float(rng.choice([0.03, 0.2, 1.0]))
    for column in ("work_result", "behaviour"):
        low = (appraisal[column] == "below") & (rng.random(len(appraisal)) > kept)
        appraisal.loc[low, column] = "meets"
    return appraisal


def _cycles(
    rng: np.random.Generator, appraisal: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Some governments without annual evaluations, so that their year is the sum of its parts."""
    places = tables["agency"].set_index("agency_id")["region_code"]
    first = tables["employee"].drop_duplicates("employee_id").set_index("employee_id")["agency_id"]
    region = appraisal["employee_id"].map(first).map(places)
    without = {code for code in places.unique() if rng.random() < 0.4}
    dropped = region.isin(without) & (appraisal["cycle"] == "annual") & appraisal["score"].isna()
    return appraisal[~dropped].reset_index(drop=True)


def _recaps(rng: np.random.Generator, agency: pd.DataFrame, region: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for year in (2023, 2024, 2025):
        period = {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
        for metric in ("training_coverage", "headcount", "top_rating_share", "mean_training_hours"):
            for place in agency["agency_id"]:
                if rng.random() < 0.3:
                    number = int(rng.choice([2, 4, 8, 30, 60]))
                    rows.append(
                        {
                            "metric": metric,
                            "agency_id": place,
                            **period,
                            **_figures(rng, metric, number),
                        }
                    )
            for place in region["region_code"]:
                if rng.random() < 0.2:
                    number = int(rng.choice([40, 90, 200]))
                    rows.append(
                        {
                            "metric": metric,
                            "region_code": place,
                            **period,
                            **_figures(rng, metric, number),
                        }
                    )
    columns = ["metric", "agency_id", "region_code", "period_start", "period_end"]
    return pd.DataFrame(rows, columns=[*columns, "numerator", "denominator", "mean", "n", "sd"])


def _figures(rng: np.random.Generator, metric: str, number: int) -> dict:
    if metric == "mean_training_hours":
        known = rng.random() < 0.6
        return {"mean": round(float(rng.uniform(5, 40)), 2), "n": number if known else None}
    if metric == "headcount":
        return {"numerator": number, "denominator": number}
    return {"numerator": int(rng.integers(0, number + 1)), "denominator": number}


def random_published(folder: Path, seed: int) -> tuple[Store, dict[str, pd.DataFrame]]:
    """A store of random records, not yet published, and its records."""
    tables = random_records(seed)
    store = Store(folder)
    write(store, tables)
    return store, tables
