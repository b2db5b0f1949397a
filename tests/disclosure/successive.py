"""A small office, what can change in it, and what two files of it tell by comparing them."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from analytics.cells import layout_of
from analytics.metrics import METRICS
from analytics.metrics.rows import ROW_TABLES
from analytics.store.records import Store
from analytics.store.snapshots import publish, snapshot_path
from tests.builder import write

Tables = dict[str, pd.DataFrame]

REGIONS = pd.DataFrame(
    [
        ("15", None, None, "Jambi", "provinsi", "15"),
        ("15.01", None, None, "Kerinci", "kabupaten", "15"),
        ("15.71", None, None, "Jambi", "kota", "15"),
    ],
    columns=["region_code", "bps_code", "bkn_code", "name", "kind", "province_code"],
)
PEOPLE = {
    "15.01": {"A": 60, "B": 40, "C": 30, "TEN": 10},
    "15.71": {"D": 80, "E": 45, "F": 20, "SEVEN": 7},
    "15": {"G": 30},
}
"""So many people of each agency."""

FINISHED, RUNNING = 2024, 2025
QUARTERS = (date(2024, 12, 31), date(2025, 3, 31))
RATINGS = (
    ("meets", "meets"),
    ("above", "above"),
    ("meets", "meets"),
    ("above", "meets"),
    ("below", "meets"),
)


def office() -> Tables:
    """322 people from 2020: 2024 is over, 2025 is known to March."""
    agency = pd.DataFrame(
        [
            (name, f"Dinas {name}", "health", region)
            for region, of_region in PEOPLE.items()
            for name in of_region
        ],
        columns=["agency_id", "name", "kind", "region_code"],
    )
    rows = [
        _person(len(PEOPLE) * 1000 * place + n + 1, name, n)
        for place, (name, number) in enumerate(
            (name, number) for of_region in PEOPLE.values() for name, number in of_region.items()
        )
        for n in range(number)
    ]
    employee = pd.DataFrame(rows)
    return {
        "region": REGIONS,
        "agency": agency,
        "employee": employee,
        "appraisal": evaluations(employee),
        "training": courses(employee),
    }


def _person(number: int, agency: str, n: int) -> dict:
    return {
        "employee_id": uuid.UUID(int=number),
        "agency_id": agency,
        "valid_from": date(2020, 1, 1),
        "valid_to": None,
        "status": "PPPK" if n % 3 == 2 else "PNS",
        "sex": "FM"[n % 2],
        "birth_year": (1985, 1975)[n // 2 % 2],
        "position_type": "functional",
        "grade": "IX" if n % 3 == 2 else "III/a",
        "education": "S1",
        "entry_date": date(2015, 1, 1),
    }


def evaluations(employee: pd.DataFrame) -> pd.DataFrame:
    """Of each quarter; ratings go round among the people of an agency."""
    number = employee.groupby("agency_id").cumcount()
    given = [RATINGS[n % len(RATINGS)] for n in number]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "employee_id": employee["employee_id"],
                    "period_start": date(end.year, end.month - 2, 1),
                    "period_end": end,
                    "cycle": "quarterly",
                    "rater": "supervisor",
                    "work_result": [result for result, _ in given],
                    "behaviour": [behaviour for _, behaviour in given],
                }
            )
            for end in QUARTERS
        ],
        ignore_index=True,
    )


def courses(employee: pd.DataFrame, name: str = "Pelatihan", *days: date) -> pd.DataFrame:
    """One of 20 hours on each of some days, of everybody."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "employee_id": employee["employee_id"],
                    "course": name,
                    "field": "technical",
                    "mode": "classical",
                    "start_date": day,
                    "end_date": day,
                    "hours_jp": 20,
                    "completed": True,
                    "certificate": True,
                }
            )
            for day in days or (date(2024, 10, 10), date(2025, 3, 10))
        ],
        ignore_index=True,
    )


# What can change


def people_of(tables: Tables, agency: str, number: int = 1, first: int = 0) -> list[uuid.UUID]:
    """Some people of an agency."""
    employee = tables["employee"]
    return employee[employee["agency_id"] == agency]["employee_id"].iloc[first:][:number].tolist()


def with_more(tables: Tables, *agencies: str, **given: object) -> Tables:
    """One man more in each of some agencies, with courses and evaluations as expected."""
    rows = [_person(90_001 + n, agency, 1) | given for n, agency in enumerate(agencies)]
    more = pd.DataFrame(rows)
    added = {"employee": more, "appraisal": evaluations(more), "training": courses(more)}
    return tables | {
        name: pd.concat([tables[name], frame], ignore_index=True) for name, frame in added.items()
    }


def without(tables: Tables, people: list[uuid.UUID]) -> Tables:
    """Some people less, and all that is known of them."""
    return tables | {
        name: tables[name][~tables[name]["employee_id"].isin(people)].reset_index(drop=True)
        for name in ("employee", "appraisal", "training")
    }


def with_moved(tables: Tables, people: list[uuid.UUID], to: str) -> Tables:
    """Some people in another agency, from the beginning."""
    employee = tables["employee"].copy()
    employee.loc[employee["employee_id"].isin(people), "agency_id"] = to
    return tables | {"employee": employee}


def with_rating(
    tables: Tables, people: list[uuid.UUID], result: str, behaviour: str, *years: int
) -> Tables:
    """Another rating for some people, in each quarter of some years."""
    rated = tables["appraisal"].copy()
    of_years = rated["period_end"].map(lambda day: day.year).isin(years or (FINISHED, RUNNING))
    chosen = rated["employee_id"].isin(people) & of_years
    rated.loc[chosen, ["work_result", "behaviour"]] = (result, behaviour)
    return tables | {"appraisal": rated}


def published(store: Store, tables: Tables, extracted_on: date = date(2025, 4, 15)) -> Path:
    """The file of these records, published after those that the store has."""
    store.records.unlink(missing_ok=True)
    write(store, tables, extracted_on=extracted_on)
    return snapshot_path(store, publish(store))


# What two files tell

KEYS = ["table", "level", "place", "breakdown", "category", "category_2", "grain", "period"]


def cells(path: Path) -> pd.DataFrame:
    """Every number of every cell of a file: KEYS with the codes of places, `column` and `value`."""
    connection = duckdb.connect(str(path), read_only=True)
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'cell_%'"
    ).fetchall()
    frames = []
    for (name,) in tables:
        frame = connection.execute(
            f"SELECT c.* REPLACE (p.code AS place, breakdown::VARCHAR AS breakdown,"
            " category::VARCHAR AS category, category_2::VARCHAR AS category_2)"
            f" FROM {name} c JOIN place p ON p.level = c.level AND p.number = c.place"
        ).df()
        frame = frame.drop(columns="kind").assign(table=name.removeprefix("cell_"))
        long = frame.melt(KEYS, var_name="column")
        frames.append(long.assign(value=long["value"].astype(float)))
    connection.close()
    found = pd.concat(frames, ignore_index=True)
    return found.assign(year=found["period"].dt.year)


def differing(old: Path, new: Path) -> pd.DataFrame:
    """Every number that is not the same in two files: `value_old` and `value_new`, NaN where it is
    withheld or has no row."""
    both = cells(old).merge(
        cells(new),
        on=[*KEYS, "column", "year"],
        how="outer",
        suffixes=("_old", "_new"),
        indicator="rows",
    )
    withheld = both["value_old"].isna() & both["value_new"].isna() & (both["rows"] == "both")
    return both[~withheld & (both["value_old"] != both["value_new"])]


def told(old: Path, new: Path) -> pd.DataFrame:
    """The numbers that both files show, and not as the same: with `change`."""
    found = differing(old, new)
    found = found.assign(change=found["value_new"] - found["value_old"])
    return found[found["change"].notna()]


def column(metric: str, part: str = "numerator") -> str:
    """The column of a metric, or that of its people."""
    layout = layout_of(ROW_TABLES[METRICS[metric].table])
    if part == "people":
        return layout.people[METRICS[metric].among]
    return layout.column_of[metric, part]


def of(frame: pd.DataFrame, metric: str, part: str = "numerator", **keys: object) -> pd.DataFrame:
    """The rows of a metric's column, of undivided years where `keys` say nothing else."""
    keys = {"breakdown": "", "grain": "year"} | keys
    chosen = (frame["table"] == METRICS[metric].table) & (frame["column"] == column(metric, part))
    for name, value in keys.items():
        chosen &= frame[name] == value
    return frame[chosen]


def withheld_agencies(path: Path, metric: str, part: str, year: int) -> dict[str, set[str]]:
    """The agencies of each government that are withheld: their sum is the total less the others."""
    found = of(cells(path), metric, part, year=year)
    hidden = set(found[(found["level"] == 3) & found["value"].isna()]["place"])
    return {region: hidden & agencies.keys() for region, agencies in PEOPLE.items()}
