"""Answers made by hand, so that a test states only what it is about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.answers import Answer, Estimates, Question
from analytics.charts import Setting
from analytics.metrics import METRICS
from analytics.studies import STUDIES
from analytics.text import text

COLUMNS = (
    "level",
    "place",
    "place_name",
    "agency_kind",
    "province",
    "period",
    "start",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "people",
    "withheld",
    "pooled",
)
ENGLISH = Setting(text("en"), provinces=("15", "17", "18"))
INDONESIAN = Setting(text("id"), provinces=("15", "17", "18"))


def start_of(period: str) -> datetime:
    """First day of a period."""
    year, _, part = period.partition("-")
    month = 1 if not part else int(part[1]) * 3 - 2 if part.startswith("Q") else int(part)
    return datetime(int(year), month, 1)


def row(place: str = "15", value: float = 0.5, **given: Any) -> dict[str, Any]:
    """A government's figure with n = 1,000 and an interval of a point either side."""
    name = {"15": "Jambi", "17": "Bengkulu", "18": "Lampung"}.get(place, f"Place {place}")
    period = given.pop("period", "2025")
    made: dict[str, Any] = {
        "level": "province",
        "place": place,
        "place_name": name,
        "agency_kind": "",
        "province": place[:2],
        "period": period,
        "start": start_of(period),
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "numerator": round(value * 1000),
        "denominator": 1000.0,
        "people": 1000.0,
        "withheld": False,
        "pooled": False,
    }
    return made | given


def hidden(place: str = "15", **given: Any) -> dict[str, Any]:
    """A withheld figure."""
    names = ("value", "low", "high", "numerator", "denominator", "people")
    return row(place, 0.0, **given) | dict.fromkeys(names, math.nan) | {"withheld": True}


def answer(
    rows: Iterable[Mapping[str, Any]], metric: str = "training_coverage", by: tuple[str, ...] = ()
) -> Answer:
    """An answer of these rows."""
    found = list(rows)
    level = found[0]["level"] if found else "all"
    frame = pd.DataFrame(found, columns=[*COLUMNS, *by])
    asked = Question(metric, level=level, by=by)
    return Answer(asked, METRICS[metric], "20260101-000000", frame, True)


def estimates(study: str, rows: Iterable[Mapping[str, Any]]) -> Estimates:
    """What a study found everywhere, of these rows; a figure not given is none."""
    blank = {
        **{"level": "all", "place": "all", "place_name": "", "period": "", "subject": ""},
        **{"measure": "", "position": math.nan, "value": math.nan, "low": math.nan},
        **{"high": math.nan, "units": 100, "people": 1000, "verdict": "", "reason": ""},
    }
    rows = list(rows)
    frame = pd.DataFrame([blank | dict(row) for row in rows], columns=list(blank))
    given = [dict(row).get("reason", "") for row in rows]
    frame["reason"] = pd.Series(given, dtype=object)  # phrases stay phrases
    return Estimates(STUDIES[study], "20260101-000000", frame, True)
