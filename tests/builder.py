"""Small random stores in the real shape, for tests: every table, every awkward case."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportGeneralTypeIssues=false, reportCallIssue=false, reportIndexIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import uuid
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.schema import (
    ASPECTS,
    BY_NAME,
    FIELDS,
    MODES,
    POSITION_TYPES,
    PREDICATES,
    RATINGS,
    SEXES,
    STATUSES,
)
from analytics.store.records import Store, open_records

REGIONS = pd.DataFrame(
    [
        ("15", None, None, "Jambi", "provinsi", "15"),
        ("15.01", None, None, "Kerinci", "kabupaten", "15"),
        ("15.71", None, None, "Jambi", "kota", "15"),
        ("17", None, None, "Bengkulu", "provinsi", "17"),
        ("17.01", None, None, "Bengkulu Selatan", "kabupaten", "17"),
    ],
    columns=["region_code", "bps_code", "bkn_code", "name", "kind", "province_code"],
)
KINDS = ("education", "health", "communication", "personnel")


EXTRACTED = date(2026, 1, 15)


def write(
    store: Store,
    tables: dict[str, pd.DataFrame],
    *,
    synthetic: bool = True,
    extracted_on: date = EXTRACTED,
) -> None:
    """Put frames into a store's record tables; columns a frame leaves out are NULL."""
    connection = open_records(store)
    for number, (name, frame) in enumerate(tables.items(), start=1):
        cursor = connection.cursor()
        columns = [c.name for c in BY_NAME[name].columns if c.name in frame.columns]
        cursor.register("frame", frame)
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.execute(
            f'INSERT INTO "{name}" ({names}, batch_id, line)'
            f" SELECT {names}, {number}, row_number() OVER () FROM frame"
        )
        cursor.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
            [
                number,
                f"{name}.csv",
                name,
                f"{number:064x}",
                extracted_on,
                datetime(2026, 1, 15, 10),
                len(frame),
                synthetic,
            ],
        )
    connection.close()


def random_tables(
    seed: int, *, people: int = 300, months: int = 15, agencies: int = 4
) -> dict[str, pd.DataFrame]:
    """Every record table of a small random store; months run from January 2024."""
    rng = np.random.default_rng(seed)
    agency = pd.DataFrame(
        [
            (f"{code}-{kind[:4].upper()}{extra}", f"Dinas {kind} {extra}", kind, code)
            for code in REGIONS["region_code"]
            for extra, kind in enumerate(
                rng.choice(KINDS, size=rng.integers(2, agencies + 1)), start=1
            )
        ],
        columns=["agency_id", "name", "kind", "region_code"],
    )
    employee = _employees(rng, people, agency)
    calendar = pd.date_range("2024-01-01", periods=months, freq="MS")
    return {
        "region": REGIONS,
        "agency": agency,
        "employee": employee,
        "appraisal": _appraisals(rng, employee, agency, calendar),
        "organisation_rating": _organisation_ratings(rng, agency),
        "training": _trainings(rng, employee, calendar),
        **_surveys(rng, agency),
        "adoption": _adoption(rng, agency, calendar),
        "activity": _activities(rng, agency, calendar),
        "service_outcome": _services(rng, agency, calendar),
        "outcome_index": pd.DataFrame(
            [
                (code, year, "ipm", round(float(rng.uniform(60, 80)), 2))
                for code in REGIONS["region_code"]
                for year in (2024, 2025)
            ],
            columns=["region_code", "year", "index", "value"],
        ),
        "career_event": _career_events(rng, employee),
    }


def _employees(rng: np.random.Generator, people: int, agency: pd.DataFrame) -> pd.DataFrame:
    weights = rng.dirichlet(np.full(len(agency), 0.8))
    rows = []
    for number in range(people):
        status = rng.choice(STATUSES, p=[0.6, 0.05, 0.3, 0.05])
        grade = (
            str(rng.choice(["V", "IX", "X"]))
            if status.startswith("PPPK")
            else f"{rng.choice(['II', 'III', 'IV'])}/{rng.choice(list('abcd'))}"
        )
        entry = date(int(rng.integers(2000, 2025)), int(rng.integers(1, 13)), 1)
        fixed = (
            str(rng.choice(SEXES)),
            int(rng.integers(1965, 2002)),
            str(rng.choice(POSITION_TYPES)),
            grade,
            "S1",
            entry,
        )
        identity = uuid.UUID(int=number + 1)
        place = agency["agency_id"].iloc[rng.choice(len(agency), p=weights)]
        if rng.random() < 0.15:  # somebody who moves
            moved = date(2024, int(rng.integers(2, 13)), 1)
            last = (pd.Timestamp(moved) - pd.Timedelta(days=1)).date()
            elsewhere = agency["agency_id"].iloc[rng.integers(len(agency))]
            rows.append((identity, place, min(entry, last), last, status, *fixed))
            rows.append((identity, elsewhere, moved, None, status, *fixed))
        else:
            gone = date(2024, 9, 30) if rng.random() < 0.1 else None
            rows.append((identity, place, min(entry, date(2024, 1, 1)), gone, status, *fixed))
    columns = [
        "employee_id",
        "agency_id",
        "valid_from",
        "valid_to",
        "status",
        "sex",
        "birth_year",
        "position_type",
        "grade",
        "education",
        "entry_date",
    ]
    return pd.DataFrame(rows, columns=columns)


def _appraisals(
    rng: np.random.Generator,
    employee: pd.DataFrame,
    agency: pd.DataFrame,
    calendar: pd.DatetimeIndex,
) -> pd.DataFrame:
    region_of = agency.set_index("agency_id")["region_code"]
    cycle_of = {code: rng.choice(["monthly", "quarterly"]) for code in sorted(region_of.unique())}
    first = employee.drop_duplicates("employee_id").set_index("employee_id")["agency_id"]
    rows = []
    for person, place in first.items():
        monthly = cycle_of[region_of[place]] == "monthly"
        for month in calendar:
            end = month + pd.offsets.MonthEnd(0)
            periods = []
            if monthly and rng.random() < 0.85:
                periods.append((month, end, "monthly"))
            if not monthly and month.month % 3 == 0 and rng.random() < 0.85:
                periods.append((month - pd.DateOffset(months=2), end, "quarterly"))
            if month.month == 12 and rng.random() < 0.7:
                periods.append((month - pd.DateOffset(months=11), end, "annual"))
            for start, stop, cycle in periods:
                rows.append(_appraisal(rng, person, start, stop, cycle, "supervisor"))
                if rng.random() < 0.15:
                    rater = str(rng.choice(["peer", "public", "self"]))
                    rows.append(_appraisal(rng, person, start, stop, cycle, rater))
        if rng.random() < 0.1:
            rows.append(_legacy(rng, person))
    return pd.DataFrame(rows)


def _appraisal(rng, person, start, stop, cycle, rater) -> dict:
    due = stop + pd.Timedelta(days=10)
    submitted = due + pd.Timedelta(days=int(rng.integers(-9, 5)))
    row = {
        "employee_id": person,
        "period_start": start.date(),
        "period_end": stop.date(),
        "cycle": cycle,
        "rater": rater,
        "work_result": str(rng.choice(RATINGS, p=[0.25, 0.65, 0.1])),
        "behaviour": str(rng.choice(RATINGS, p=[0.3, 0.63, 0.07])),
        "predicate": str(rng.choice(PREDICATES)) if rng.random() < 0.7 else None,
        "due_on": due.date() if rng.random() < 0.8 else None,
        "submitted_on": submitted.date() if rng.random() < 0.95 else None,
        "objection": str(
            rng.choice(["none", "filed", "upheld", "rejected"], p=[0.8, 0.05, 0.08, 0.07])
        )
        if rng.random() < 0.9
        else None,
        "score": None,
        "scale": None,
    }
    has_aspects = rng.random() < 0.5
    return row | {
        aspect: round(float(rng.uniform(50, 100)), 2) if has_aspects else None for aspect in ASPECTS
    }


def _legacy(rng: np.random.Generator, person: uuid.UUID) -> dict:
    return {
        "employee_id": person,
        "period_start": date(2024, 1, 1),
        "period_end": date(2024, 11, 30),
        "cycle": "annual",
        "rater": "supervisor",
        "score": round(float(rng.uniform(60, 110)), 2),
        "scale": str(rng.choice(["pp46", "pp30"])),
    }


def _organisation_ratings(rng: np.random.Generator, agency: pd.DataFrame) -> pd.DataFrame:
    ratings = ["istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"]
    return pd.DataFrame(
        [
            (place, year, str(rng.choice(ratings)))
            for place in agency["agency_id"]
            for year in (2024, 2025)
            if rng.random() < 0.8
        ],
        columns=["agency_id", "year", "rating"],
    )


def _trainings(
    rng: np.random.Generator, employee: pd.DataFrame, calendar: pd.DatetimeIndex
) -> pd.DataFrame:
    rows = []
    for person in employee["employee_id"].unique():
        for number in range(rng.poisson(2.5)):
            start = rng.choice(calendar) + pd.Timedelta(days=int(rng.integers(0, 25)))
            start = pd.Timestamp(start)
            came = rng.random() < 0.9
            completed = bool(came and rng.random() < 0.9)
            rows.append(
                {
                    "employee_id": person,
                    "course": f"Pelatihan {number}",
                    "field": str(rng.choice(FIELDS)),
                    "mode": str(rng.choice(MODES)),
                    "start_date": start.date(),
                    "end_date": (start + pd.Timedelta(days=2)).date(),
                    "hours_jp": int(rng.integers(2, 30)) if came else 0,
                    "completed": completed,
                    "certificate": bool(rng.random() < 0.8) if rng.random() < 0.9 else None,
                }
            )
    frame = pd.DataFrame(rows)
    return frame.drop_duplicates(["employee_id", "course", "start_date"])


def _surveys(rng: np.random.Generator, agency: pd.DataFrame) -> dict[str, pd.DataFrame]:
    items = pd.DataFrame(
        [
            ("tes", "c1", "change_commitment", "Kami siap berubah.", False, 1, 5),
            ("tes", "c2", "change_commitment", "Kami enggan berubah.", True, 1, 5),
            ("tes", "e1", "change_efficacy", "Kami mampu.", False, 1, 6),
            ("tes", "l1", "learning_access", "Pelatihan mudah diikuti.", False, 1, 7),
        ],
        columns=["instrument", "item", "facet", "text", "reverse", "low", "high"],
    )
    invited, answers = [], []
    for wave in ("2024-Q2", "2024-Q4", "2025"):
        for place in agency["agency_id"]:
            number = int(rng.integers(5, 60))
            invited.append((wave, place, number))
            for respondent in range(int(number * rng.uniform(0.2, 0.95))):
                answers += [
                    (
                        wave,
                        f"{wave}-{place}-{respondent}",
                        place,
                        "tes",
                        item,
                        int(rng.integers(low, high + 1)),
                    )
                    for item, low, high in zip(
                        items["item"], items["low"], items["high"], strict=True
                    )
                    if rng.random() < 0.9
                ]
    return {
        "survey_item": items,
        "survey_invited": pd.DataFrame(invited, columns=["wave", "agency_id", "invited"]),
        "survey_response": pd.DataFrame(
            answers, columns=["wave", "respondent", "agency_id", "instrument", "item", "value"]
        ),
    }


def _adoption(
    rng: np.random.Generator, agency: pd.DataFrame, calendar: pd.DatetimeIndex
) -> pd.DataFrame:
    rows = []
    for place in agency["agency_id"]:
        expected = int(rng.integers(2, 80))
        for month in calendar:
            due = expected * 20
            rows.append(
                {
                    "agency_id": place,
                    "month": month.date(),
                    "expected_users": expected,
                    "active_users": int(rng.integers(0, expected + 1)),
                    "entries_due": due,
                    "entries_on_time": int(rng.integers(0, due + 1)),
                    "outage_days": int(rng.choice([0, 0, 0, 1, 3, 20])),
                }
            )
    return pd.DataFrame(rows)


def _activities(
    rng: np.random.Generator, agency: pd.DataFrame, calendar: pd.DatetimeIndex
) -> pd.DataFrame:
    rows = []
    for number in range(30):
        whole = rng.random() < 0.3
        place = agency.iloc[rng.integers(len(agency))]
        invited = int(rng.integers(2, 80))
        known = rng.random() < 0.85
        rows.append(
            {
                "agency_id": None if whole else place["agency_id"],
                "region_code": place["region_code"] if whole else None,
                "date": pd.Timestamp(rng.choice(calendar)).date(),
                "kind": str(rng.choice(["socialisation", "socialisation", "forum"])),
                "label": f"Kegiatan {number}",
                "invited": invited if known else None,
                "attended": int(rng.integers(0, invited + 1)) if known else None,
            }
        )
    return pd.DataFrame(rows)


def _services(
    rng: np.random.Generator, agency: pd.DataFrame, calendar: pd.DatetimeIndex
) -> pd.DataFrame:
    """Of every other agency; some months without a median, a count or a survey, some with nobody."""
    rows = []
    for place in agency["agency_id"].iloc[::2]:
        for month in calendar:
            for service in ("Kartu A", "Izin-B"):
                requests = int(rng.choice([0, 3, 40, 400], p=[0.05, 0.05, 0.3, 0.6]))

                def known(value: float) -> float | None:
                    return value if rng.random() < 0.9 else None

                rows.append(
                    {
                        "agency_id": place,
                        "month": month.date(),
                        "service": service,
                        "requests": requests,
                        "median_days": known(round(float(rng.uniform(0.5, 9)), 1)),
                        "on_time": known(int(rng.integers(0, requests + 1))),
                        "accurate": known(int(rng.integers(0, requests + 1))),
                        "skm_score": known(round(float(rng.uniform(60, 95)), 2)),
                        "skm_n": known(int(rng.choice([0, 8, 30, 90]))),
                    }
                )
    frame = pd.DataFrame(rows)
    counts = ["on_time", "accurate", "skm_n"]
    return frame.astype(dict.fromkeys(counts, "Int64"))


def _career_events(rng: np.random.Generator, employee: pd.DataFrame) -> pd.DataFrame:
    """Events of 2024 and 2025; the last government of Bengkulu records no recognition."""
    rows = []
    people = employee.drop_duplicates("employee_id")
    for person, agency, entry in zip(
        people["employee_id"], people["agency_id"], people["entry_date"], strict=True
    ):
        often = {
            "promotion": 0.3,
            "recognition": 0.15,
            "sanction": 0.03,
            "performance_coaching": 0.5,
        }
        for kind, chance in often.items():
            day = date(int(rng.integers(2024, 2026)), int(rng.integers(1, 13)), 1)
            if rng.random() < chance and (kind != "recognition" or not agency.startswith("17.01")):
                rows.append((person, day, kind))
        if rng.random() < 0.8:
            start = pd.Timestamp(entry) + pd.Timedelta(days=int(rng.integers(0, 120)))
            if start >= pd.Timestamp(2024, 1, 1):
                rows.append((person, start.date(), "mentoring_start"))
    return pd.DataFrame(rows, columns=["employee_id", "date", "kind"])


def random_store(path: Path, seed: int, **options) -> Store:
    """A store on disk with the tables of `random_tables`."""
    store = Store(path)
    write(store, random_tables(seed, **options))
    return store
