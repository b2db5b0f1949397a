"""Small stores that show each kind of leak of snapshot version 1, and the files made of them.

`fixtures/` holds what the version before published of `records_of`, cut down to the tables that
matter: a zip of Parquet files each. `packed` made them; `unpacked` turns one into a DuckDB file.
"""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalSubscript=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

FIXTURES = Path(__file__).parent / "fixtures"
ALWAYS = ("place", "agency_place", "record_table")

REGIONS = pd.DataFrame(
    [
        ("15", None, None, "Jambi", "provinsi", "15"),
        ("15.01", None, None, "Kerinci", "kabupaten", "15"),
    ],
    columns=["region_code", "bps_code", "bkn_code", "name", "kind", "province_code"],
)
Tables = dict[str, pd.DataFrame]


def _agencies(*names: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(name, f"Dinas {name}", "health", "15.01") for name in names],
        columns=["agency_id", "name", "kind", "region_code"],
    )


def _staff(groups: list[tuple[str, int, dict]]) -> pd.DataFrame:
    """People in service from 2020: an agency, how many, and what sets them apart."""
    rows = []
    for agency, number, given in groups:
        for _ in range(number):
            ordinary = {
                "employee_id": uuid.UUID(int=len(rows) + 1),
                "agency_id": agency,
                "valid_from": date(2020, 1, 1),
                "valid_to": None,
                "status": "PNS",
                "sex": "F",
                "birth_year": 1985,
                "position_type": "functional",
                "grade": "III/a",
                "education": "S1",
                "entry_date": date(2015, 1, 1),
            }
            rows.append(ordinary | given)
    return pd.DataFrame(rows)


def _evaluations(people: pd.DataFrame, end: date, cycle: str = "annual", **given) -> pd.DataFrame:
    start = date(end.year, 1, 1) if cycle == "annual" else date(end.year, end.month, 1)
    return pd.DataFrame(
        {
            "employee_id": people["employee_id"],
            "period_start": start,
            "period_end": end,
            "cycle": cycle,
            "rater": "supervisor",
            "work_result": "meets",
            "behaviour": "meets",
            **given,
        }
    )


def _trainings(people: pd.DataFrame, day: date, hours: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "employee_id": people["employee_id"],
            "course": "Pelatihan",
            "field": "technical",
            "mode": "classical",
            "start_date": day,
            "end_date": day,
            "hours_jp": [hours[n % len(hours)] for n in range(len(people))],
            "completed": True,
            "certificate": True,
        }
    )


def _store(agencies: pd.DataFrame, employee: pd.DataFrame, **tables: pd.DataFrame) -> Tables:
    return {"region": REGIONS, "agency": agencies, "employee": employee, **tables}


def parts_of_a_table() -> list[Tables]:
    """Two work results above expectation with behaviour below it, of 20 above."""
    employee = _staff([("A", 40, {}), ("B", 40, {})])
    rows = _evaluations(employee, date(2024, 12, 31))
    for place, mixed in (("A", 2), ("B", 0)):
        given = [("above", "above")] * 12 + [("above", "meets")] * 6 + [("above", "below")] * mixed
        given += [("meets", "below")] * 6 + [("below", "meets")] * 6
        own = rows.index[employee["agency_id"] == place][: len(given)]
        rows.loc[own, ["work_result", "behaviour"]] = given
    return [_store(_agencies("A", "B"), employee, appraisal=rows)]


def several_populations() -> list[Tables]:
    """Three CPNS beside 30 PNS and 10 PPPK."""
    contract = {"status": "PPPK", "grade": "IX"}
    employee = _staff(
        [("A", 30, {}), ("A", 10, contract), ("A", 3, {"status": "CPNS"}), ("B", 30, {})]
    )
    rows = _trainings(employee, date(2024, 12, 10), [5, 20, 30])
    return [_store(_agencies("A", "B"), employee, training=rows)]


def existence() -> list[Tables]:
    """Three people of three ages in one agency and four of four in another: seven together."""
    ages = [{"birth_year": year} for year in (1998, 1988, 1978, 1968)]
    employee = _staff(
        [("A", 10, age) for age in ages]
        + [("B", 1, age) for age in ages[:3]]
        + [("C", 1, age) for age in ages]
        + [("A", 10, {"birth_year": 1960})]
    )
    rows = _trainings(employee, date(2024, 12, 10), [5, 20, 30])
    return [_store(_agencies("A", "B", "C"), employee, training=rows)]


def recaps() -> list[Tables]:
    """A government's own recap of 200 people beside its agencies': 100, 60, 37 and three."""
    numbers = {"A": 100, "B": 60, "C": 37, "D": 3}
    ordinary = {
        "metric": "training_coverage",
        "period_start": date(2024, 1, 1),
        "period_end": date(2024, 12, 31),
    }
    rows = [
        {**ordinary, "agency_id": place, "numerator": number // 2, "denominator": number}
        for place, number in numbers.items()
    ]
    rows.append({**ordinary, "region_code": "15.01", "numerator": 100, "denominator": 200})
    return [
        {"region": REGIONS, "agency": _agencies(*numbers), "recap": pd.DataFrame(rows)},
    ]


def row_counts() -> list[Tables]:
    """Three people with a score alone: nobody is rated, and the rows are counted."""
    employee = _staff([("A", 30, {}), ("B", 30, {}), ("C", 3, {})])
    rows = _evaluations(employee, date(2024, 12, 31), score=None, scale=None)
    scored = (employee["agency_id"] == "C").to_numpy()
    rows.loc[scored, ["work_result", "behaviour"]] = None
    rows["score"] = rows["score"].astype("float64")
    rows.loc[scored, "score"] = 80.0
    rows["scale"] = rows["scale"].astype(object)
    rows.loc[scored, "scale"] = "pp30"
    return [_store(_agencies("A", "B", "C"), employee, appraisal=rows)]


def two_tables() -> list[Tables]:
    """Six who answered of 40 invited; three evaluated of 20 expected."""
    employee = _staff([("A", 40, {}), ("B", 40, {}), ("C", 20, {}), ("D", 20, {})])
    late = employee.groupby("agency_id").cumcount() >= 3
    evaluated = employee[~(late & employee["agency_id"].isin(["C", "D"]))]
    rows = _evaluations(evaluated, date(2024, 12, 31))
    items = pd.DataFrame(
        [("tes", "c1", "change_commitment", "Kami siap berubah.", False, 1, 5)],
        columns=["instrument", "item", "facet", "text", "reverse", "low", "high"],
    )
    answered = {"A": 30, "B": 30, "C": 6, "D": 7}
    invited = [("2024-Q4", place, 40) for place in answered]
    answers = [
        ("2024-Q4", f"{place}-{n}", place, "tes", "c1", 1 + n % 5)
        for place, number in answered.items()
        for n in range(number)
    ]
    return [
        _store(
            _agencies("A", "B", "C", "D"),
            employee,
            appraisal=rows,
            survey_item=items,
            survey_invited=pd.DataFrame(invited, columns=["wave", "agency_id", "invited"]),
            survey_response=pd.DataFrame(
                answers, columns=["wave", "respondent", "agency_id", "instrument", "item", "value"]
            ),
        )
    ]


def squares_and_bins() -> list[Tables]:
    """Seven people whose hours, squares and bins are shown."""
    employee = _staff([("A", 40, {}), ("B", 7, {})])
    rows = _trainings(employee, date(2024, 12, 10), [3, 7, 12, 18, 22, 28, 45])
    return [_store(_agencies("A", "B"), employee, training=rows)]


def remainders() -> list[Tables]:
    """Three evaluated in January in two withheld agencies, one of which evaluated nobody then."""
    employee = _staff([("A", 20, {}), ("B", 12, {}), ("C", 12, {})])
    number = employee.groupby("agency_id").cumcount()
    rows = []
    for month, last in ((1, 31), (2, 29), (3, 31)):
        of_b, of_c = (3, 0) if month == 1 else (12, 4 if month == 2 else 12)
        limit = employee["agency_id"].map({"A": 20, "B": of_b, "C": of_c})
        rows.append(_evaluations(employee[number < limit], date(2024, month, last), "monthly"))
    return [
        _store(_agencies("A", "B", "C"), employee, appraisal=pd.concat(rows, ignore_index=True))
    ]


def two_files() -> list[Tables]:
    """An agency of ten people, and one person more."""
    found = []
    for more in (0, 1):
        employee = _staff(
            [("A", 40, {}), ("B", 10, {}), ("B", more, {"sex": "M"}), ("B", 5, {"sex": "M"})]
        )
        rows = _trainings(employee, date(2024, 12, 10), [5, 20, 30])
        found.append(_store(_agencies("A", "B"), employee, training=rows))
    return found


KINDS: dict[str, tuple[Callable[[], list[Tables]], tuple[str, ...]]] = {
    "parts_of_a_table": (parts_of_a_table, ("appraisal",)),
    "several_populations": (several_populations, ("training_to_date",)),
    "existence": (existence, ("training_to_date",)),
    "recaps": (recaps, ("training_to_date",)),
    "row_counts": (row_counts, ("appraisal",)),
    "two_tables": (
        two_tables,
        ("appraisal", "expected_evaluation", "survey", "survey_wave"),
    ),
    "squares_and_bins": (squares_and_bins, ("training_to_date",)),
    "remainders": (remainders, ("appraisal",)),
    "two_files": (two_files, ("training_to_date",)),
}
"""The nine kinds: a maker of the records of each, and the row tables that show it."""


def packed(snapshot: Path, target: Path, tables: tuple[str, ...]) -> None:
    """Keep of a snapshot file only some row tables and what an attacker needs beside them."""
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{snapshot}' AS snapshot (READ_ONLY)")
    names = [*ALWAYS, *(f"cell_{name}" for name in tables)]
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in [*names, "metric_part"]:
            listed = ", ".join(f"'{table}'" for table in tables)
            where = f"WHERE table_name IN ({listed})" if name == "metric_part" else ""
            part = target.with_suffix(".parquet")
            connection.execute(
                f"COPY (SELECT * FROM snapshot.{name} {where}) TO '{part}'"
                " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)"
            )
            archive.write(part, f"{name}.parquet")
            part.unlink()
    connection.close()


def unpacked(name: str, folder: Path) -> Path:
    """A snapshot file of the version before, as it was published, in a folder."""
    target = folder / f"{name}.duckdb"
    connection = duckdb.connect(str(target))
    with zipfile.ZipFile(FIXTURES / f"{name}.zip") as archive:
        for entry in archive.namelist():
            part = Path(archive.extract(entry, folder))
            connection.execute(f"CREATE TABLE {part.stem} AS SELECT * FROM '{part}'")
            part.unlink()
    connection.close()
    return target
