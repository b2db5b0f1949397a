"""Cells: every metric, in every cell, is what plain pandas makes of the same records."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame, and a day as what may also be missing.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import duckdb
import numpy as np
import pandas as pd
import pytest

from analytics.cells import PAIRS, Layout, in_portions, make_cells, open_work
from analytics.metrics import METRICS
from analytics.metrics.base import Mean, WeightedMean
from analytics.metrics.guards import GUARDS, POPULATIONS
from analytics.metrics.rows import PERSONAL, ROW_TABLES
from analytics.store.records import Store
from tests import oracle
from tests.builder import random_tables, write

SEEDS = (1, 2, 3)
INDEX = [*oracle.KEYS, "grain", "period"]
EXACT = 100_000_000
"""Figures are compared as whole hundred-millionths: the most decimals a cell keeps."""


@dataclass(frozen=True)
class Made:
    """Records and the cells that were made of them, by row table."""

    tables: Mapping[str, pd.DataFrame]
    layouts: Mapping[str, Layout]
    cells: Mapping[str, oracle.Cells]
    wanted: dict[str, oracle.Cells] = field(default_factory=dict)

    def want(self, name: str) -> oracle.Cells:
        """The oracle's cells of a row table over these records, computed once."""
        if name not in self.wanted:
            self.wanted[name] = expected(self.tables, name)
        return self.wanted[name]


def awkward_tables(seed: int) -> dict[str, pd.DataFrame]:
    """Random records, with what the plain ones lack: evaluations that name an agency, people who are
    not in the register, many new ones, answers off their scale, waves of a month, nobody invited."""
    tables = random_tables(seed, people=100, months=13)
    rng = np.random.default_rng(seed)
    agencies = tables["agency"]["agency_id"].to_numpy()
    appraisal = tables["appraisal"].copy()
    named = rng.random(len(appraisal)) < 0.05
    appraisal["agency_id"] = np.where(named, rng.choice(agencies, len(appraisal)), None)
    employee = tables["employee"]
    unknown = rng.choice(employee["employee_id"].unique(), 5, replace=False)
    employee = employee[~employee["employee_id"].isin(unknown)].copy()
    employee.loc[rng.random(len(employee)) < 0.05, "grade"] = "tidak diketahui"
    response, invited = tables["survey_response"].copy(), tables["survey_invited"].copy()
    response.loc[rng.random(len(response)) < 0.02, "value"] = 9
    response["wave"] = response["wave"].replace("2025", "2025-03")
    invited["wave"] = invited["wave"].replace("2025", "2025-03")
    invited.loc[rng.random(len(invited)) < 0.1, "invited"] = 0
    employee, career = with_newcomers(employee, tables["career_event"], rng)
    changed = {"appraisal": appraisal, "employee": employee, "career_event": career}
    return {**tables, **changed, "survey_response": response, "survey_invited": invited}


def with_newcomers(
    employee: pd.DataFrame, career: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A quarter of the people enter in 2024 or 2025, most of them mentored, some of those too late."""
    people = employee["employee_id"].unique()
    entered = {
        who: pd.Timestamp(2024, int(rng.integers(1, 13)), 1) + pd.DateOffset(months=12 * (n % 2))
        for n, who in enumerate(rng.choice(people, len(people) // 4, replace=False))
    }
    days = [entry + pd.Timedelta(days=int(rng.integers(0, 130))) for entry in entered.values()]
    starts = pd.DataFrame({"employee_id": list(entered), "date": [day.date() for day in days]})
    new = employee["employee_id"].map(entered)
    entry = new.dt.date.where(new.notna(), employee["entry_date"])
    kept = starts[rng.random(len(starts)) < 0.8].assign(kind="mentoring_start")
    return employee.assign(entry_date=entry), pd.concat([career, kept], ignore_index=True)


def make(tables: Mapping[str, pd.DataFrame], folder: Path) -> Made:
    """The cells of a store with these records."""
    store = Store(folder / "store")
    write(store, dict(tables))
    connection = open_work(str(folder / "work.duckdb"), str(store.records))
    connection.execute("SET threads = 1")  # so few rows are only held up by a second one
    made = {name: make_cells(connection, table) for name, table in ROW_TABLES.items()}
    layouts = {name: layout for name, layout in made.items() if layout}
    found = {name: read(connection, layout) for name, layout in layouts.items()}
    connection.close()
    return Made(tables, layouts, found)


def read(connection: duckdb.DuckDBPyConnection, layout: Layout) -> oracle.Cells:
    """The parts, in hundred-millionths, the people and the groups that must not be small, of a cell
    table, places by their code."""
    columns = sorted(set(layout.column_of.values()))
    exact = ", ".join(
        f"coalesce(({column}::DECIMAL(18, 8) * {EXACT}::BIGINT)::BIGINT, 0) AS {column}"
        for column in columns
    )
    rows = connection.sql(f"""
            SELECT level, place, grain, period, breakdown, category, category_2, {exact},
                   {", ".join([*layout.people.values(), *layout.counted])}
            FROM cell_{layout.table.name}
        """).df()
    rows["place"] = _codes(connection, rows)
    rows["period"] = pd.to_datetime(rows["period"])
    rows = rows.set_index(INDEX).sort_index()
    parts = pd.DataFrame({key: rows[column] for key, column in layout.column_of.items()})
    parts.columns = pd.MultiIndex.from_tuples(layout.column_of)
    keys = dict.fromkeys(metric for metric, _ in layout.column_of)
    people = {key: rows[layout.people[METRICS[key].among]] for key in keys}
    groups = {
        (name, n): rows[column]
        for guard, columns in layout.groups.items()
        for name in guarded(layout, guard)
        for n, column in enumerate(columns)
    }
    return oracle.Cells(parts, pd.DataFrame(people), pd.DataFrame(groups))


def guarded(layout: Layout, guard: str) -> list[str]:
    """What the oracle calls a guard: by its name, that of a population by its metrics."""
    if guard in GUARDS:
        return [guard]
    metrics = dict.fromkeys(metric for metric, _ in layout.column_of)
    return [metric for metric in metrics if METRICS[metric].among == guard]


def _codes(connection: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    agencies = connection.sql("SELECT agency, agency_id FROM place_of").df()
    regions = connection.sql("SELECT region, region_code FROM government_of").df()
    agency = dict(agencies.itertuples(index=False))
    region = dict(regions.itertuples(index=False))

    def code(level: int, number: int) -> str:
        if level == 0:
            return ""
        if level < 3:
            return region[number]
        return agency[number]

    return [code(*row) for row in zip(rows["level"], rows["place"], strict=True)]


def expected(tables: Mapping[str, pd.DataFrame], name: str) -> oracle.Cells:
    """The oracle's cells, in hundred-millionths and in order."""
    cells = oracle.cells(tables, name, ROW_TABLES[name].grains)
    means = {m for m, _ in cells.parts if isinstance(METRICS[m], Mean | WeightedMean)}
    units = [
        EXACT // (oracle.SCALE.get(part, 1) if metric in means else 1)
        for metric, part in cells.parts
    ]
    parts = cells.parts * np.array(units, dtype="int64")
    frames = (parts, cells.people, cells.groups)
    return oracle.Cells(*(frame.rename_axis(INDEX).sort_index() for frame in frames))


def _both(made: Made, name: str, want: oracle.Cells) -> pd.MultiIndex:
    return want.parts.index.intersection(made.cells[name].parts.index)


def wrong_figures(made: Made, name: str, want: oracle.Cells) -> list[str]:
    """Every figure of a row table's cells that is not the one wanted."""
    parts = made.cells[name].parts
    found = [f"no such cell: {cell}" for cell in want.parts.index.difference(parts.index)]
    found += [f"cell of nothing: {cell}" for cell in parts.index.difference(want.parts.index)]
    both, keys = _both(made, name, want), list(want.parts)
    got, wanted = parts.loc[both, keys].to_numpy(), want.parts.loc[both].to_numpy()
    for row, column in np.argwhere(got != wanted):
        figures = f"{got[row, column] / EXACT}, not {wanted[row, column] / EXACT}"
        found.append(f"{keys[column]} of {both[row]}: {figures}")
    return found


def wrong_people(made: Made, name: str, of: str = "people") -> list[str]:
    """Where people are counted they must all be, elsewhere at least one and never too many."""
    want, table = made.want(name), made.layouts[name].table
    wanted = getattr(want, of)
    both, metrics = _both(made, name, want), list(wanted)
    own = both.get_level_values("breakdown") == (table.own or "no dimension of its own")
    counted = np.where(own, table.people_by_own == "count(*)", table.people == "count(*)")
    got, true = (
        getattr(made.cells[name], of).loc[both, metrics].to_numpy(),
        wanted.loc[both].to_numpy(),
    )
    few = np.where(counted[:, None], got < true, got < np.minimum(true, 1))
    return [
        f"people of {metrics[column]} in {both[row]}: {got[row, column]}, not {true[row, column]}"
        for row, column in np.argwhere(few | (got > true))
    ]


@pytest.fixture(scope="module", params=SEEDS)
def made(request, tmp_path_factory) -> Made:
    return make(awkward_tables(request.param), tmp_path_factory.mktemp(f"seed{request.param}"))


@pytest.fixture(scope="module")
def one_made(tmp_path_factory) -> Made:
    return make(random_tables(7, people=40, months=13), tmp_path_factory.mktemp("one"))


def listed(found: list[str]) -> str:
    return f"{len(found)} differences:\n" + "\n".join(found[:20])


def test_every_metric_with_parts_has_an_independent_computation():
    tables = random_tables(7, people=40, months=13)
    computed = {
        (*part, name) for name, rows in oracle.ROWS.items() for part in rows(tables, "year").parts
    }
    assert computed == {
        (metric.key, part, metric.table) for metric in METRICS.values() for part in metric.parts
    }


@pytest.mark.parametrize("name", list(oracle.ROWS))
def test_every_figure_of_every_cell_is_what_the_records_say(made, name):
    found = wrong_figures(made, name, made.want(name))
    assert not found, listed(found)


@pytest.mark.parametrize("name", list(oracle.ROWS))
def test_no_cell_counts_more_people_than_there_are(made, name):
    found = wrong_people(made, name)
    assert not found, listed(found)


@pytest.mark.parametrize("name", list(oracle.ROWS))
def test_no_group_that_must_not_be_small_counts_more_people_than_there_are(made, name):
    found = wrong_people(made, name, of="groups")
    assert not found, listed(found)


def test_every_guard_that_metrics_name_has_an_independent_count(made):
    counted = {guard for name in oracle.ROWS for guard, _ in made.want(name).groups}
    assert counted >= set(GUARDS)
    for table, among in POPULATIONS:
        assert counted & set(guarded(made.layouts[table], among)), (table, among)


def test_the_stores_compared_reach_every_level_grain_and_breakdown(one_made):
    cells = pd.concat([found.parts.index.to_frame() for found in one_made.cells.values()])
    assert set(cells["level"]) == {0, 1, 2, 3}
    assert set(cells["grain"]) == {"month", "quarter", "year"}
    dimensions = {d for table in ROW_TABLES.values() for d in table.dimensions}
    assert set(cells["breakdown"]) == {"", *dimensions, *(",".join(pair) for pair in PAIRS)}
    paired = cells[cells["breakdown"].isin([",".join(pair) for pair in PAIRS])]
    assert set(paired["level"]) == {0, 1, 2}
    assert set(paired["grain"]) == {"year"}
    personal = cells[cells["breakdown"].isin(PERSONAL)]
    assert set(personal[personal["level"] == 3]["grain"]) == {"year"}
    assert set(personal[personal["level"] < 3]["grain"]) == {"month", "quarter", "year"}


# Each table with a column to change in one row, the value it gets there, and the rows it must show in.
CHANGES = [
    ("appraisal", "work_result", "above", "appraisal"),
    ("appraisal", "period_end", pd.Timestamp("2024-04-30").date(), "appraisal"),
    ("appraisal", "rater", "subordinate", "expected_evaluation"),
    ("employee", "sex", "unknown", "training_to_date"),
    ("employee", "entry_date", pd.Timestamp("2026-01-01").date(), "expected_evaluation"),
    ("organisation_rating", "rating", "baik", "distribution_limit"),
    ("training", "hours_jp", 999, "course"),
    ("training", "hours_jp", 999, "training_to_date"),
    ("survey_response", "value", 1, "survey"),
    ("survey_invited", "invited", 999, "survey_wave"),
    ("adoption", "active_users", 999, "adoption"),
    ("activity", "attended", 999, "activity"),
    ("service_outcome", "median_days", 99.5, "service"),
    ("service_outcome", "accurate", 1, "service"),
    ("service_outcome", "skm_n", 999, "satisfaction"),
    ("career_event", "kind", "sanction", "career_year"),
]


@pytest.mark.parametrize(("table", "column", "value", "name"), CHANGES)
def test_one_changed_record_is_noticed(one_made, table, column, value, name):
    changed = one_made.tables[table].copy()
    counts = changed.index[_counting(one_made.tables, table)]
    row = next(row for row in counts if changed.loc[row, column] != value)
    changed.loc[row, column] = value
    assert wrong_figures(one_made, name, expected({**one_made.tables, table: changed}, name))


def _counting(tables: Mapping[str, pd.DataFrame], name: str) -> pd.Series:
    """Rows of a table that enter figures, where not all of them do."""
    rows = tables[name]
    if name == "appraisal":
        return (rows["rater"] == "supervisor") & rows["work_result"].notna()
    if name == "organisation_rating":
        fullest = tables["employee"]["agency_id"].value_counts().index[:3]
        return (rows["year"] == 2024) & rows["agency_id"].isin(fullest)
    if name == "training":
        return rows["completed"] & (pd.to_datetime(rows["end_date"]).dt.day < 28)
    if name == "activity":
        return (rows["kind"] == "socialisation") & rows["invited"].notna()
    if name == "adoption":
        return rows["outage_days"] == 0
    if name == "service_outcome":
        everything = rows[["median_days", "accurate", "skm_score", "skm_n"]].notna().all(axis=1)
        return everything & (rows["requests"] > 1) & (rows["skm_n"].fillna(0) > 0)
    if name == "career_event":
        employee = tables["employee"]
        staying = employee.loc[employee["valid_to"].isna(), "employee_id"]
        dated = pd.to_datetime(rows["date"]).dt.year == 2025
        return dated & (rows["kind"] == "recognition") & rows["employee_id"].isin(staying)
    return pd.Series(True, index=rows.index)


# Examples small enough to work out by hand: each has a government, agencies and people of its own.


class Example:
    """Rows of one government, known by its code, that go into one store with the other examples."""

    def __init__(self, code: str) -> None:
        self.code = code
        region = {"region_code": code, "name": code, "kind": "provinsi", "province_code": code}
        self.tables: dict[str, list[dict]] = {"region": [region]}

    def add(self, table: str, *rows: dict) -> None:
        """Enter rows, codes of agencies and people made this example's own."""
        for row in rows:
            own = {
                key: uuid5(NAMESPACE_OID, f"{self.code} {value}")
                if key == "employee_id"
                else f"{self.code}-{value}"
                for key, value in row.items()
                if key in ("employee_id", "agency_id", "respondent", "instrument")
            }
            self.tables.setdefault(table, []).append(row | own)

    def agency(self, name: str = "A", kind: str = "health") -> None:
        """Enter an agency."""
        self.add(
            "agency", {"agency_id": name, "name": name, "kind": kind, "region_code": self.code}
        )

    def person(self, name: str = "one", agency: str = "A", **other) -> None:
        """Enter a PNS in service since 2020."""
        self.add("employee", EMPLOYEE | {"employee_id": name, "agency_id": agency} | other)

    def evaluation(self, cycle: str, start: str, end: str, person: str = "one", **other) -> None:
        """Enter an evaluation by the supervisor, as expected in result and behaviour."""
        period = {"cycle": cycle, "period_start": start, "period_end": end, "employee_id": person}
        self.add("appraisal", EVALUATION | period | other)

    def month(self, start: str, person: str = "one", **other) -> None:
        """Enter an evaluation of one month."""
        end = (pd.Timestamp(start) + pd.offsets.MonthEnd(0)).date().isoformat()
        self.evaluation("monthly", start, end, person, **other)


EMPLOYEE = {
    "valid_from": "2020-01-01",
    "valid_to": None,
    "status": "PNS",
    "sex": "F",
    "birth_year": 1985,
    "position_type": "executor",
    "grade": "III/a",
    "education": "S1",
    "entry_date": "2020-01-01",
}
EVALUATION = {"rater": "supervisor", "work_result": "meets", "behaviour": "meets"}
TOP = {"work_result": "above", "behaviour": "above"}
COURSE = {
    "employee_id": "one",
    "course": "Pelayanan prima",
    "field": "public_service",
    "mode": "classical",
    "start_date": "2024-03-01",
    "end_date": "2024-03-04",
    "hours_jp": 10,
    "completed": True,
    "certificate": True,
}


def quarters() -> Example:
    """One is evaluated for two months and their quarter, the other for three months."""
    example = Example("quarters")
    example.agency()
    example.person()
    example.person("other")
    example.month("2024-01-01")
    example.month("2024-02-01")
    example.evaluation("quarterly", "2024-01-01", "2024-03-31", **TOP)
    for start in ("2024-01-01", "2024-02-01", "2024-03-01"):
        example.month(start, "other")
    return example


def years() -> Example:
    """One is evaluated for a month, a quarter and all of 2024; in 2025 not for the whole year."""
    example = Example("years")
    example.agency()
    example.person()
    example.month("2024-01-01")
    example.evaluation("quarterly", "2024-04-01", "2024-06-30")
    example.evaluation("annual", "2024-01-01", "2024-12-31", behaviour="below")
    example.month("2025-01-01")
    example.evaluation("quarterly", "2025-04-01", "2025-06-30")
    return example


def joiners() -> Example:
    """One is evaluated for the year; the other came in November and is for two months."""
    example = Example("joiners")
    example.agency()
    example.person()
    example.person("late", valid_from="2024-11-01", entry_date="2024-11-01")
    example.evaluation("annual", "2024-01-01", "2024-12-31")
    example.month("2024-11-01", "late")
    example.month("2024-12-01", "late", **TOP)
    return example


def strays() -> Example:
    """Of 21 people who are evaluated for a month, one has a row that says annual."""
    example = Example("strays")
    example.agency()
    for number in range(21):
        example.person(f"{number}")
        example.month("2024-01-01", f"{number}")
    example.evaluation("annual", "2024-01-01", "2024-12-31", "0", **TOP)
    return example


def part_time() -> Example:
    """One is evaluated every month and for the year, a part-time PPPK once a quarter."""
    example = Example("part_time")
    example.agency()
    example.person()
    example.person("part", status="PPPK_PARUH_WAKTU", grade="V")
    for start in ("2024-01-01", "2024-02-01", "2024-03-01"):
        example.month(start)
    for end in ("2024-03-31", "2024-06-30"):
        example.evaluation("quarterly", f"{end[:6]}{int(end[6]) - 2}-01", end, "part", **TOP)
    example.evaluation("annual", "2024-01-01", "2024-12-31")
    return example


def raters() -> Example:
    """One is rated by the supervisor and by a peer."""
    example = Example("raters")
    example.agency()
    example.person()
    example.month("2024-01-01")
    example.month("2024-01-01", rater="peer")
    return example


def teachers() -> Example:
    """Beside one who is evaluated every month works a teacher who is not."""
    example = Example("teachers")
    example.agency()
    example.agency("S", "education")
    example.person()
    example.person("teacher", "S", position_type="functional")
    example.month("2024-12-01")
    example.month("2025-01-01")
    return example


def hours() -> Example:
    """A PNS trains in March, at the end of May and next January; somebody on contract does not."""
    example = Example("hours")
    example.agency()
    example.person()
    example.person("contracted", status="PPPK", grade="IX")
    may = {"course": "Lanjutan", "start_date": "2024-05-01", "end_date": "2024-05-31"}
    january = {"start_date": "2025-01-06", "end_date": "2025-01-08"}
    example.add("training", COURSE, COURSE | may, COURSE | january)
    return example


def outages() -> Example:
    """The system is down for 15 of the 30 days of April and 3 of the 30 of June."""
    example = Example("outages")
    example.agency()
    june = {
        "agency_id": "A",
        "month": "2024-06-01",
        "expected_users": 10,
        "active_users": 8,
        "entries_due": 100,
        "entries_on_time": 95,
        "outage_days": 3,
    }
    example.add("adoption", june, june | {"month": "2024-04-01", "outage_days": 15})
    return example


def answers() -> Example:
    """One answers 2 of 1 to 7, and 1 to an item that is turned round."""
    example = Example("answers")
    example.agency()
    item = {"instrument": "i", "facet": "f", "text": "Siap.", "reverse": False, "low": 1, "high": 7}
    example.add("survey_item", item | {"item": "a"}, item | {"item": "b", "reverse": True})
    answer = {"wave": "2024-Q2", "respondent": "r", "agency_id": "A", "instrument": "i"}
    example.add("survey_response", answer | {"item": "a", "value": 2})
    example.add("survey_response", answer | {"item": "b", "value": 1})
    return example


def limits() -> Example:
    """Seven people, all Sangat Baik, in an organisation that is Istimewa."""
    example = Example("limits")
    example.agency()
    for number in range(7):
        example.person(f"{number}")
        for start in ("2024-01-01", "2024-02-01"):
            example.month(start, f"{number}", **TOP)
    example.add("organisation_rating", {"agency_id": "A", "year": 2024, "rating": "istimewa"})
    return example


def halves() -> Example:
    """One is evaluated twice in January, once before and once after a new supervisor came."""
    example = Example("halves")
    example.agency()
    example.person()
    example.evaluation("monthly", "2024-01-01", "2024-01-15")
    example.evaluation("monthly", "2024-01-16", "2024-01-31")
    return example


def moves() -> Example:
    """One moves between two courses of the same month."""
    example = Example("moves")
    example.agency()
    example.agency("B")
    example.person(valid_to="2024-03-10")
    example.person(agency="B", valid_from="2024-03-11")
    late = {"course": "Lanjutan", "start_date": "2024-03-18", "end_date": "2024-03-20"}
    example.add("training", COURSE, COURSE | late)
    return example


def meetings() -> Example:
    """Three are invited twice in a month."""
    example = Example("meetings")
    example.agency()
    meeting = {"agency_id": "A", "kind": "socialisation", "invited": 3, "attended": 2}
    example.add("activity", meeting | {"date": "2024-03-05", "label": "Pertama"})
    example.add("activity", meeting | {"date": "2024-03-19", "label": "Kedua"})
    return example


def promoted() -> Example:
    """One is promoted into another grade, one leaves after a promotion, one is none, one has a contract."""
    example = Example("promoted")
    example.agency()
    example.person(valid_to="2024-03-31", grade="II/d")
    example.person(valid_from="2024-04-01", grade="III/a")
    example.person("left", valid_to="2024-10-31")
    example.person("two")
    example.person("contract", status="PPPK", grade="IX")
    example.evaluation("annual", "2023-01-01", "2023-12-31", **TOP)
    example.evaluation("annual", "2023-01-01", "2023-12-31", "two")
    example.evaluation("annual", "2023-01-01", "2023-12-31", "left", **TOP)
    events = (("one", "2024-04-01"), ("left", "2024-05-01"))
    for person, day in events:
        example.add("career_event", {"employee_id": person, "date": day, "kind": "promotion"})
    return example


def coached() -> Example:
    """Three are rated low: coaching on the last day of six months, a day late, and on the day itself;
    a fourth is rated low in a year whose six months are not over."""
    example = Example("coached")
    example.agency()
    days = {"one": "2024-06-30", "late": "2024-07-01", "before": "2023-12-31"}
    for person, day in days.items():
        example.person(person)
        example.evaluation("annual", "2023-01-01", "2023-12-31", person, behaviour="below")
        example.add(
            "career_event", {"employee_id": person, "date": day, "kind": "performance_coaching"}
        )
    example.evaluation("annual", "2025-01-01", "2025-12-31", behaviour="below")
    return example


def mentored() -> Example:
    """Four enter: mentored on the 90th day, on the 91st, gone before it, and too new to tell."""
    example = Example("mentored")
    example.agency()
    entry = {"valid_from": "2024-03-01", "entry_date": "2024-03-01"}
    example.person("one", **entry)
    example.person("late", **entry)
    example.person("gone", **entry | {"valid_to": "2024-05-29"})
    example.person("new", valid_from="2025-10-18", entry_date="2025-10-18")
    days = {"one": "2024-05-30", "late": "2024-05-31", "gone": "2024-03-02", "new": "2025-10-20"}
    for person, day in days.items():
        example.add("career_event", {"employee_id": person, "date": day, "kind": "mentoring_start"})
    return example


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory) -> Made:
    examples = (quarters(), years(), raters(), teachers(), hours(), outages(), answers(), limits())
    tables: dict[str, list[dict]] = {}
    cycles = (joiners(), strays(), part_time())
    for example in (
        *examples,
        *cycles,
        halves(),
        moves(),
        meetings(),
        promoted(),
        coached(),
        mentored(),
    ):
        for name, rows in example.tables.items():
            tables.setdefault(name, []).extend(rows)
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return make(frames, tmp_path_factory.mktemp("by_hand"))


def cell(example: str, period: str, by: tuple[str, str] = ("", "")) -> tuple:
    """The key of a cell of an example's government; periods are written 2024, 2024-Q1, 2024-01."""
    grain = {4: "year", 7: "quarter" if "Q" in period else "month"}[len(period)]
    return (2, example, *by, "", grain, pd.Period(period.replace("-Q", "Q")).start_time)


def figure(made: Made, metric: str, key: tuple) -> tuple[float, float]:
    """Numerator and denominator of a cell."""
    parts = made.cells[METRICS[metric].table].parts.loc[key]
    return parts[metric, "numerator"] / EXACT, parts[metric, "denominator"] / EXACT


def people(made: Made, metric: str, key: tuple) -> int:
    """People of a cell."""
    return int(made.cells[METRICS[metric].table].people.loc[key, metric])


def test_a_quarter_takes_a_quarterly_evaluation_and_else_the_last_of_its_months(by_hand):
    assert figure(by_hand, "top_rating_share", cell("quarters", "2024-01")) == (0, 2)
    assert figure(by_hand, "top_rating_share", cell("quarters", "2024-Q1")) == (1, 2)
    assert figure(by_hand, "top_rating_share", cell("quarters", "2024")) == (1, 2)


def test_who_has_no_annual_evaluation_counts_once_where_others_have_one(by_hand):
    assert figure(by_hand, "top_rating_share", cell("joiners", "2024")) == (1, 2)


def test_a_stray_annual_row_stands_neither_for_the_year_nor_for_everyone(by_hand):
    assert figure(by_hand, "top_rating_share", cell("strays", "2024")) == (0, 21)
    assert figure(by_hand, "appraisal_completeness", cell("strays", "2024")) == (21, 21)


def test_part_time_contracts_are_expected_by_quarter_beside_colleagues_by_month(by_hand):
    assert figure(by_hand, "appraisal_completeness", cell("part_time", "2024-02")) == (1, 1)
    assert figure(by_hand, "appraisal_completeness", cell("part_time", "2024-Q1")) == (4, 4)
    assert figure(by_hand, "appraisal_completeness", cell("part_time", "2024")) == (3, 3)


def test_each_counts_once_in_a_quarter_or_year_of_which_any_colleagues_had_an_evaluation(by_hand):
    assert figure(by_hand, "top_rating_share", cell("part_time", "2024-Q1")) == (1, 2)
    assert figure(by_hand, "top_rating_share", cell("part_time", "2024")) == (1, 2)


def test_a_year_takes_an_annual_evaluation_and_only_else_its_periods(by_hand):
    assert figure(by_hand, "poor_share", cell("years", "2024")) == (1, 1)
    assert figure(by_hand, "poor_share", cell("years", "2025")) == (0, 2)


def test_only_the_supervisor_counts_unless_broken_down_by_rater(by_hand):
    assert figure(by_hand, "good_rating_share", cell("raters", "2024-01")) == (1, 1)
    by_peer = cell("raters", "2024", by=("rater", "peer"))
    assert figure(by_hand, "good_rating_share", by_peer) == (1, 1)


def test_a_teacher_is_not_missed_in_months_that_no_teacher_is_evaluated_for(by_hand):
    assert figure(by_hand, "appraisal_completeness", cell("teachers", "2024-12")) == (1, 1)
    assert figure(by_hand, "appraisal_completeness", cell("teachers", "2025-01")) == (1, 1)


def test_training_coverage_counts_pns_and_the_hours_of_this_year(by_hand):
    assert figure(by_hand, "training_coverage", cell("hours", "2024-04")) == (0, 1)
    assert figure(by_hand, "training_coverage", cell("hours", "2024-Q2")) == (1, 1)
    assert figure(by_hand, "training_coverage", cell("hours", "2025")) == (0, 1)
    assert figure(by_hand, "mean_training_hours", cell("hours", "2024")) == (20, 2)


def test_a_month_mostly_down_is_left_out_and_fewer_entries_are_due_in_others(by_hand):
    assert figure(by_hand, "adoption_active", cell("outages", "2024-Q2")) == (8, 10)
    assert figure(by_hand, "adoption_on_time", cell("outages", "2024-Q2")) == (86, 90)


def test_a_survey_score_turns_unfavourable_items_and_drops_what_is_below_a_hundredth(by_hand):
    # (2 − 1) / 6 is 16.66 to the hundredth below, turned round 1 is 100: half their sum is 58.33.
    assert figure(by_hand, "facet_score", cell("answers", "2024-06")) == (58.33, 1)
    assert figure(by_hand, "favourable_share", cell("answers", "2024-06")) == (1, 2)


def test_the_excess_over_a_limit_is_rounded_in_favour_of_no_agency(by_hand):
    # 70 % of fourteen evaluations are 9.8: nine may be Sangat Baik, and five are too many.
    assert figure(by_hand, "top_rating_excess", cell("limits", "2024")) == (5, 14)


def test_two_months_of_seven_people_are_seven_people_under_a_limit(by_hand):
    assert people(by_hand, "top_rating_excess", cell("limits", "2024")) == 7


def test_somebody_who_moves_between_two_courses_of_a_month_is_one_person(by_hand):
    assert people(by_hand, "course_completion_share", cell("moves", "2024-03")) == 1


def test_a_promotion_is_counted_of_pns_who_serve_the_year_in_the_grade_they_began_it_with(by_hand):
    assert figure(by_hand, "promotion_share", cell("promoted", "2024")) == (1, 2)
    assert figure(by_hand, "promotion_share", cell("promoted", "2025")) == (0, 2)
    assert figure(by_hand, "promotion_share", cell("promoted", "2024", ("grade_group", "II"))) == (
        1,
        1,
    )


def test_a_promotion_is_set_beside_the_rating_of_the_year_before(by_hand):
    for rating, wanted in (("sangat_baik", (1, 1)), ("other", (0, 1))):
        by = ("earlier_rating", rating)
        assert figure(by_hand, "promotion_share", cell("promoted", "2024", by)) == wanted
    # Nobody was rated in 2024: what 2025 followed on is not known.
    unknown = ("earlier_rating", "unknown")
    assert figure(by_hand, "promotion_share", cell("promoted", "2025", unknown)) == (0, 2)


def test_a_government_that_records_no_recognition_has_no_share_of_people_recognised(by_hand):
    assert figure(by_hand, "recognition_share", cell("promoted", "2024")) == (0, 0)


def test_coaching_counts_in_the_six_months_after_a_low_rating_once_they_are_over(by_hand):
    assert figure(by_hand, "low_rating_coached_share", cell("coached", "2023")) == (1, 3)
    assert figure(by_hand, "low_rating_coached_share", cell("coached", "2025")) == (0, 0)
    assert figure(by_hand, "low_rating_share", cell("coached", "2025")) == (1, 1)


def test_mentoring_of_new_staff_counts_in_90_days_that_they_have_stayed(by_hand):
    assert figure(by_hand, "newcomer_mentored_share", cell("mentored", "2024")) == (1, 2)
    assert "2025" not in str(
        by_hand.cells["newcomer"]
        .parts.xs("mentored", level="place")
        .index.get_level_values("period")
    )


@pytest.mark.parametrize(
    ("counts", "portions"),
    [
        ([], []),
        ([(2023, 4), (2024, 6), (2025, 1)], [(2023, 2024), (2025, 2025)]),
        ([(2023, 11), (2024, 1), (2025, 9)], [(2023, 2023), (2024, 2025)]),
        ([(2023, 1), (2024, 11), (2025, 1)], [(2023, 2023), (2024, 2024), (2025, 2025)]),
    ],
)
def test_neighbours_are_taken_together_while_they_count_few(counts, portions):
    assert in_portions(counts, 10) == portions
