"""Random rows of each row table: every combination that records allow, and nothing that ties more."""

# pyright: basic, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from analytics.metrics.rows import CATEGORIES, PERSONAL
from analytics.schema import ASPECTS, PREDICATES, RATINGS, STATUSES

FACETS = ("change_commitment", "change_efficacy", "learning_access", "learning_time")
OWN = {"facet": FACETS, "service": ("Izin", "Kartu")}


def random_rows(table: str, size: int, seed: int) -> pd.DataFrame:
    """So many rows of a row table, their dimensions included; `row` numbers them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"row": np.arange(size)})
    # Only evaluations can be those of somebody who is not in the staff register.
    statuses = (*STATUSES, "unknown") if table == "appraisal" else STATUSES
    frame = frame.assign(**_people(rng, size, statuses) | _ROWS[table](rng, size))
    if table == "appraisal":
        low = (frame["work_result"] == "below") | (frame["behaviour"] == "below")
        rated = frame["work_result"].notna() & frame["behaviour"].notna()
        frame["coached"] = frame["coached"].where(low & rated, None)
        frame["predicate"] = [
            _predicate(*pair) for pair in zip(frame["work_result"], frame["behaviour"], strict=True)
        ]
    return frame


def _predicate(result: str | None, behaviour: str | None) -> str | None:
    if pd.isna(result) or pd.isna(behaviour):
        return None
    names = {
        ("above", "above"): "sangat_baik",
        ("below", "below"): "sangat_kurang",
        ("below", "meets"): "butuh_perbaikan",
        ("below", "above"): "butuh_perbaikan",
        ("meets", "below"): "kurang",
        ("above", "below"): "kurang",
    }
    return names.get((str(result), str(behaviour)), "baik")


def _of(rng: np.random.Generator, size: int, values: tuple, missing: float = 0.0) -> np.ndarray:
    """Random values, some of them missing."""
    column = np.empty(size, dtype=object)
    column[:] = [values[n] for n in rng.integers(len(values), size=size)]
    column[rng.random(size) < missing] = None
    return column


def _people(rng: np.random.Generator, size: int, statuses: tuple[str, ...]) -> dict:
    status = _of(rng, size, statuses)
    golongan = _of(rng, size, ("I", "II", "III", "IV", "unknown"))
    contract = np.isin(status.astype(str), ["PPPK", "PPPK_PARUH_WAKTU"])
    others = {
        name: _of(rng, size, CATEGORIES[name])
        for name in PERSONAL
        if name not in ("status", "grade_group")
    }
    return {"status": status, "grade_group": np.where(contract, "PPPK", golongan), **others}


def _appraisal(rng: np.random.Generator, size: int) -> dict:
    dates = tuple(pd.date_range("2025-01-01", periods=4).date)
    scale = _of(rng, size, ("pp46", "pp30", "permenpan6"), 0.4)
    score = np.where(pd.isna(scale), np.nan, rng.uniform(50, 110, size).round(2))
    return {
        "rater": "supervisor",
        "cycle": _of(rng, size, ("monthly", "quarterly", "annual")),
        "work_result": _of(rng, size, RATINGS, 0.1),
        "behaviour": _of(rng, size, RATINGS, 0.1),
        "reported_predicate": _of(rng, size, PREDICATES, 0.3),
        "due_on": _of(rng, size, dates, 0.3),
        "submitted_on": _of(rng, size, dates, 0.3),
        "objection": _of(rng, size, ("none", "filed", "upheld", "rejected"), 0.2),
        "coached": _of(rng, size, (True, False), 0.3),
        "scale": scale,
        "score": score,
        **{
            aspect: np.where(rng.random(size) < 0.3, np.nan, rng.uniform(50, 100, size).round(2))
            for aspect in ASPECTS
        },
    }


def _expected(rng: np.random.Generator, size: int) -> dict:
    expected = rng.integers(0, 2, size)
    return {"expected": expected, "evaluated": 1 - expected, "cycle": "monthly"}


def _limits(rng: np.random.Generator, size: int) -> dict:
    evaluations = rng.integers(5, 200, size)
    return {
        "evaluations": evaluations,
        "people": rng.integers(5, evaluations + 1),
        "top": rng.integers(0, evaluations + 1),
        "top_limit": pd.array(_of(rng, size, (70, 10, 0), 0.2), dtype="Int64"),
    }


def _training(rng: np.random.Generator, size: int) -> dict:
    return {
        "hours_jp": rng.integers(0, 101, size) * (rng.random(size) < 0.85),
        "in_data": rng.random(size) < 0.8,
    }


def _course(rng: np.random.Generator, size: int) -> dict:
    first = rng.integers(0, 2, size)
    return {
        "field": _of(rng, size, CATEGORIES["field"]),
        "mode": _of(rng, size, ("classical", "non_classical")),
        "hours_jp": rng.integers(0, 30, size) * (rng.random(size) < 0.8),
        "completed": rng.random(size) < 0.7,
        "certificate": _of(rng, size, (True, False), 0.3),
        "first_of_month": first,
        "first_of_field": np.maximum(first, rng.integers(0, 2, size)),
    }


def _career(rng: np.random.Generator, size: int) -> dict:
    promoted, recognised = (_of(rng, size, (True, False), 0.3) for _ in range(2))
    recognised[pd.isna(promoted) & pd.isna(recognised)] = False
    return {
        "earlier_rating": _of(rng, size, CATEGORIES["earlier_rating"]),
        "promoted": promoted,
        "recognised": recognised,
    }


def _newcomer(rng: np.random.Generator, size: int) -> dict:
    return {"mentored": rng.random(size) < 0.5}


def _survey(rng: np.random.Generator, size: int) -> dict:
    answered = rng.integers(1, 9, size)
    return {
        "facet": _of(rng, size, FACETS),
        "answered": answered,
        "favourable": rng.integers(0, answered + 1),
        "score": rng.uniform(0, 100, size).round(2),
        "first_facet": rng.integers(0, 2, size),
    }


def _wave(rng: np.random.Generator, size: int) -> dict:
    invited = rng.integers(1, 90, size)
    return {"invited": invited, "responded": rng.integers(0, invited + 1)}


def _adoption(rng: np.random.Generator, size: int) -> dict:
    users, due = rng.integers(1, 90, size), rng.integers(1, 900, size)
    return {
        "outage_days": rng.integers(0, 31, size),
        "days": 30,
        "expected_users": users,
        "active_users": rng.integers(0, users + 1),
        "entries_due_when_up": due,
        "entries_on_time_when_up": rng.integers(0, due + 1),
    }


def _activity(rng: np.random.Generator, size: int) -> dict:
    invited = rng.integers(1, 90, size)
    attended = pd.array(rng.integers(0, invited + 1), dtype="Int64")
    known = rng.random(size) < 0.8
    return {
        "kind": _of(rng, size, ("socialisation", "forum")),
        "invited": pd.array(invited, dtype="Int64"),
        "attended": pd.Series(attended).where(pd.Series(known), None).array,
    }


def _service(rng: np.random.Generator, size: int) -> dict:
    requests = rng.integers(1, 400, size)

    def known(values: object) -> object:
        return pd.Series(values).where(pd.Series(rng.random(size) < 0.8), None).array

    return {
        "service": _of(rng, size, OWN["service"]),
        "requests": requests,
        "median_days": known(rng.uniform(0.5, 9, size).round(1)),
        "on_time": known(pd.array(rng.integers(0, requests + 1), dtype="Int64")),
        "accurate": known(pd.array(rng.integers(0, requests + 1), dtype="Int64")),
    }


def _satisfaction(rng: np.random.Generator, size: int) -> dict:
    return {
        "service": _of(rng, size, OWN["service"]),
        "skm_score": rng.uniform(25, 100, size).round(2),
        "skm_n": rng.integers(1, 90, size),
    }


_ROWS: Mapping[str, Callable[[np.random.Generator, int], dict]] = {
    "appraisal": _appraisal,
    "expected_evaluation": _expected,
    "distribution_limit": _limits,
    "training_to_date": _training,
    "course": _course,
    "career_year": _career,
    "newcomer": _newcomer,
    "survey": _survey,
    "survey_wave": _wave,
    "adoption": _adoption,
    "activity": _activity,
    "service": _service,
    "satisfaction": _satisfaction,
}
