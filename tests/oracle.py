"""What every metric must come to: plain pandas over the records, written from the definitions alone.

Nothing here reads the SQL of `analytics`. Every row is put into each of the cells it belongs to, and the
cells are added up in one go; all figures are whole numbers, in the unit that `SCALE` gives.
"""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportReturnType=false
# pandas types a column as what may also be a frame, and a day as what may also be missing.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from analytics.schema import ASPECTS, SCALES

PERSONAL = ("sex", "age_band", "grade_group", "status", "position_type")
KEYS = ["level", "place", "breakdown", "category", "category_2"]
SCALE = {"numerator": 10_000, "squares": 100_000_000}
"""What one is written as in the parts of a mean, which would otherwise have decimals."""
HOURS = (0, 1, 5, 10, 15, 20, 25, 30, 40, 60, 80)
LIMIT = {"istimewa": 70, "butuh_perbaikan": 10, "kurang": 10, "sangat_kurang": 0}
PREDICATE = {
    ("below", "above"): "butuh_perbaikan",
    ("below", "meets"): "butuh_perbaikan",
    ("below", "below"): "sangat_kurang",
    ("meets", "above"): "baik",
    ("meets", "meets"): "baik",
    ("meets", "below"): "kurang",
    ("above", "above"): "sangat_baik",
    ("above", "meets"): "baik",
    ("above", "below"): "kurang",
}
"""(work result, behaviour) → predicate, as the matrix of the regulation is printed."""
EXTRACTED = pd.Timestamp("2026-01-15")
"""When every file of a test was extracted."""
BELOW = ("butuh_perbaikan", "kurang", "sangat_kurang")
LOW_PAIRS = (
    ("above", "below"),
    ("meets", "below"),
    ("below", "above"),
    ("below", "meets"),
    ("below", "below"),
)
Tables = Mapping[str, pd.DataFrame]


@dataclass
class Rows:
    """Rows and what each adds to every metric.

    `frame` has `month` (Timestamp), `agency_id` (None for rows of a whole government),
    `region_code`, `province_code` and the dimensions. `parts` maps (metric, part) to one integer a
    row, `among` a metric to the rows it is about, `groups` the name of a guard, or a metric whose
    people need one, and a position to the rows of a group. People are told apart by `person`;
    where rows stand for several unnamed people, `heads` gives their number; they are the same ones
    every month unless `heads_add_up`. Agencies have years alone where `agencies_by_year`.
    """

    frame: pd.DataFrame
    person: str | None = None
    heads: np.ndarray | None = None
    own: str | None = None
    own_whole: Callable[[pd.DataFrame], pd.Series] | None = None
    personal: bool = True
    last: bool = False
    heads_add_up: bool = False
    agencies_by_year: bool = False
    parts: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    among: dict[str, np.ndarray] = field(default_factory=dict)
    groups: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    heads_of: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    def add(self, metric: str, among, **parts) -> None:
        """Enter a metric: the rows it is about, and what each of them adds to each part."""
        self.among[metric] = np.asarray(among, dtype=bool)
        for name, value in parts.items():
            whole = np.where(self.among[metric], np.asarray(value), 0)
            self.parts[metric, name] = whole.astype("int64")

    def share(self, metric: str, among, numerator, denominator=1) -> None:
        """Enter a part of a whole."""
        self.add(metric, among, numerator=numerator, denominator=denominator)

    def mean(self, metric: str, among, value) -> None:
        """Enter a mean: sum, sum of squares and number of the values that are known."""
        known = pd.Series(value).notna().to_numpy()
        whole = np.rint(np.where(known, np.asarray(value, float), 0) * SCALE["numerator"])
        self.add(metric, among, numerator=whole, squares=whole * whole, denominator=known)

    def weighted(self, metric: str, among, value, weight) -> None:
        """Enter a mean of figures that each stand for several: their sum, and how many they are."""
        weight = np.asarray(pd.Series(weight).fillna(0), "int64")
        value = np.rint(np.asarray(pd.Series(value).fillna(0), float) * SCALE["numerator"])
        self.add(metric, among, numerator=value.astype("int64") * weight, denominator=weight)

    def guard(self, name: str, *groups, heads=None) -> None:
        """Enter the groups of people that must not be small; `heads` where they are not all."""
        for n, group in enumerate(groups):
            self.groups[name, n] = np.asarray(group, dtype=bool)
            if heads is not None:
                self.heads_of[name, n] = np.asarray(heads)


@dataclass(frozen=True)
class Cells:
    """Figures by cell: `parts` one column a (metric, part), `people` one column a metric, `groups`
    one column a guard and group.

    All are indexed by `KEYS`, `grain` and `period`.
    """

    parts: pd.DataFrame
    people: pd.DataFrame
    groups: pd.DataFrame


# Who and where


def _places(tables: Tables) -> pd.DataFrame:
    regions = tables["region"][["region_code", "province_code"]]
    agencies = tables["agency"][["agency_id", "kind", "region_code"]]
    return agencies.merge(regions, on="region_code")


def _spans(tables: Tables) -> pd.DataFrame:
    spans = tables["employee"].merge(_places(tables), on="agency_id")
    spans["valid_from"] = pd.to_datetime(spans["valid_from"])
    spans["valid_to"] = pd.to_datetime(spans["valid_to"]).fillna(pd.Timestamp("2200-01-01"))
    spans["entry_date"] = pd.to_datetime(spans["entry_date"])
    teacher = (spans["kind"] == "education") & (spans["position_type"] == "functional")
    part_time = spans["status"] == "PPPK_PARUH_WAKTU"
    spans["pool"] = np.where(teacher, "teacher", np.where(part_time, "part time", "other"))
    spans["grade_group"] = [
        _grade_group(*row) for row in zip(spans["status"], spans["grade"], strict=True)
    ]
    return spans


def _grade_group(status: str, grade: str) -> str:
    if status.startswith("PPPK"):
        return "PPPK"
    head, slash, _ = grade.partition("/")
    return head if slash and head in ("I", "II", "III", "IV") else "unknown"


def _age_band(year: int, birth_year: float) -> str:
    if pd.isna(birth_year):
        return "unknown"
    age = year - birth_year
    if age < 30:
        return "<30"
    return "60+" if age >= 60 else f"{int(age) // 10 * 10}-{int(age) // 10 * 10 + 9}"


def _with_ages(frame: pd.DataFrame) -> pd.DataFrame:
    bands = [
        _age_band(*row) for row in zip(frame["month"].dt.year, frame["birth_year"], strict=True)
    ]
    return frame.assign(age_band=bands)


def _month(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").dt.start_time


def _in_service(rows: pd.DataFrame, spans: pd.DataFrame, day: str) -> pd.DataFrame:
    """Rows with the groups and the place of their person on that day; the rest are left out."""
    both = rows.merge(spans, on="employee_id")
    return both[(both["valid_from"] <= both[day]) & (both[day] <= both["valid_to"])]


# Evaluations


DEVELOPING = ("mentoring_start", "mentoring_end", "performance_coaching")
NOTHING = pd.DataFrame(columns=["employee_id", "date", "kind"])


def _career_events(tables: Tables) -> pd.DataFrame:
    events = tables.get("career_event", NOTHING)
    return events.assign(date=pd.to_datetime(events["date"]))


def _known_since(tables: Tables, kinds: tuple[str, ...]) -> dict[str, pd.Timestamp]:
    """Since which day a government's events of these kinds are known; all files are extracted at once."""
    placed = _in_service(_career_events(tables), _spans(tables), "date")
    placed = placed[placed["kind_x"].isin(kinds)]
    first = placed.groupby("region_code")["date"].min()
    return {str(region): pd.Timestamp(day.year, 1, 1) for region, day in first.items()}


def _coached(tables: Tables, rows: pd.DataFrame) -> list[bool | None]:
    """Whether coaching followed a low rating within six months; None of other ratings, of places
    without such records, and before all ratings of the year have had six months."""
    since = _known_since(tables, DEVELOPING)
    events = _career_events(tables)
    events = events[events["kind"] == "performance_coaching"]
    days = {who: list(of["date"]) for who, of in events.groupby("employee_id")}

    def one(who, region, predicate, end) -> bool | None:
        known = since.get(region)
        if predicate not in BELOW or known is None or end < known - pd.Timedelta(days=1):
            return None
        if pd.Timestamp(end.year + 1, 6, 30) > EXTRACTED:
            return None
        last = end + pd.DateOffset(months=6)
        return any(end < day <= last for day in days.get(who, []))

    columns = ("employee_id", "region_code", "predicate", "period_end")
    return [one(*row) for row in zip(*(rows[name] for name in columns), strict=True)]


def _appraisals(tables: Tables) -> pd.DataFrame:
    """Evaluations with predicate, place and groups at the end of their period."""
    rows = tables["appraisal"].reset_index(drop=True).rename(columns={"predicate": "reported"})
    for column in ("period_start", "period_end", "submitted_on", "due_on"):
        rows[column] = pd.to_datetime(rows[column])
    for column in ("objection", "scale", "score", "agency_id"):
        rows[column] = rows.get(column)
    rows = rows.rename(columns={"agency_id": "agency_given"})
    rows["due_on"] = rows["due_on"].where(rows["due_on"] < EXTRACTED)
    rows["row"] = rows.index
    rows["predicate"] = [
        PREDICATE.get(pair) for pair in zip(rows["work_result"], rows["behaviour"], strict=True)
    ]
    people = _in_service(rows[["row", "employee_id", "period_end"]], _spans(tables), "period_end")
    groups = ["sex", "grade_group", "status", "position_type"]
    placed = ["agency_id", "kind", "region_code", "province_code"]
    found = people[["row", "birth_year", "pool", *groups, *placed]]
    rows = rows.merge(found, on="row", how="left")
    rows[groups] = rows[groups].fillna("unknown")
    rows["pool"] = rows["pool"].fillna("other")
    given = rows[["agency_given"]].merge(
        _places(tables), left_on="agency_given", right_on="agency_id", how="left"
    )
    for column in placed:
        rows[column] = given[column].where(given["agency_id"].notna(), rows[column])
    rows["month"] = _month(rows["period_end"])
    return _with_ages(rows[rows["agency_id"].notna()])


def _held(tables: Tables) -> pd.DataFrame:
    """The evaluations that at least one in twenty of a government's pool of people had."""
    rows, spans = _appraisals(tables), _spans(tables)
    rated = rows["work_result"].notna() & rows["behaviour"].notna()
    done = rows[(rows["rater"] == "supervisor") & (rated | rows["score"].notna())]
    key = ["region_code", "pool", "cycle", "period_end"]
    found = done.groupby(key, as_index=False).agg(
        period_start=("period_start", "min"), evaluated=("row", "size")
    )

    def in_service(region: str, pool: str, day: pd.Timestamp) -> int:
        own = spans[(spans["region_code"] == region) & (spans["pool"] == pool)]
        return int(((own["valid_from"] <= day) & (day <= own["valid_to"])).sum())

    who = zip(found["region_code"], found["pool"], found["period_end"], strict=True)
    return found[found["evaluated"] >= np.array([in_service(*one) for one in who]) / 20]


def _years_and_quarters(tables: Tables) -> tuple[set, set]:
    """The years and the quarters for which a pool of a government's people had an evaluation."""
    held = _held(tables)
    columns = (held["region_code"], held["pool"], held["cycle"], held["period_end"])
    rows = list(zip(*columns, strict=True))
    years = {(region, pool, end.year) for region, pool, cycle, end in rows if cycle == "annual"}
    quarters = {
        (region, pool, end.to_period("Q"))
        for region, pool, cycle, end in rows
        if cycle == "quarterly"
    }
    return years, quarters


def _of_grain(tables: Tables, rows: pd.DataFrame, grain: str) -> pd.DataFrame:
    """The evaluations that stand for a month, quarter or year of a person."""
    pool_years, pool_quarters = _years_and_quarters(tables)
    held_years = {(region, year) for region, _, year in pool_years}
    held_quarters = {(region, quarter) for region, _, quarter in pool_quarters}
    every = tables["appraisal"]
    by_year: dict[tuple, list[tuple]] = {}
    by_quarter: dict[tuple, list[tuple]] = {}
    columns = (every["employee_id"], every["rater"], every["cycle"])
    for who, rater, cycle, end in zip(*columns, pd.to_datetime(every["period_end"]), strict=True):
        by_year.setdefault((who, rater, end.year), []).append((end, cycle))
        by_quarter.setdefault((who, rater, end.to_period("Q")), []).append((end, cycle))

    def stands(who, rater, end, cycle, region) -> bool:
        if grain == "month":
            return cycle == "monthly"
        quarter = end.to_period("Q")
        in_quarter = cycle == "monthly"
        if (region, quarter) in held_quarters:
            own = by_quarter[who, rater, quarter]
            last = max((day for day, kind in own if kind == "monthly"), default=None)
            instead = all(kind != "quarterly" for _, kind in own) and end == last
            in_quarter = cycle == "quarterly" or (cycle == "monthly" and instead)
        if grain == "quarter":
            return in_quarter
        if (region, end.year) not in held_years:
            return in_quarter and cycle != "annual"
        own = by_year[who, rater, end.year]
        last = max(((day, kind) for day, kind in own if kind != "annual"), default=None)
        instead = all(kind != "annual" for _, kind in own) and (end, cycle) == last
        return cycle == "annual" or instead

    who = ("employee_id", "rater", "period_end", "cycle", "region_code")
    return rows[[stands(*row) for row in zip(*(rows[name] for name in who), strict=True)]]


def appraisal(tables: Tables, grain: str) -> Rows:
    """Evaluations, the supervisor's unless broken down by rater."""
    frame = _of_grain(tables, _appraisals(tables), grain).reset_index(drop=True)
    rows = Rows(
        frame,
        person="employee_id",
        own="rater",
        own_whole=lambda every: every["rater"] == "supervisor",
    )
    predicate, result, behaviour = frame["predicate"], frame["work_result"], frame["behaviour"]
    rated = predicate.notna()
    shares = {
        "top_rating_share": predicate == "sangat_baik",
        "good_rating_share": predicate == "baik",
        "low_rating_share": predicate.isin(BELOW),
        "needs_improvement_share": predicate == "butuh_perbaikan",
        "poor_share": predicate == "kurang",
        "very_poor_share": predicate == "sangat_kurang",
        "result_above_share": result == "above",
        "result_below_share": result == "below",
        "behaviour_above_share": behaviour == "above",
        "behaviour_below_share": behaviour == "below",
    }
    for first in ("above", "meets", "below"):
        for second in ("above", "meets", "below"):
            hit = (result == first) & (behaviour == second)
            shares[f"matrix_{first}_{second}_share"] = hit
    for metric, hit in shares.items():
        rows.share(metric, rated, hit)
    groups = (predicate == "sangat_baik", predicate == "baik", predicate.isin(BELOW))
    counts = {f"count_{n}": group for n, group in enumerate(groups)}
    rows.add("effective_predicates", rated, **counts, denominator=1)
    reported = frame["reported"]
    rows.share("predicate_mismatch_share", rated & reported.notna(), reported != predicate)
    rows.share("on_time_share", frame["due_on"].notna(), frame["submitted_on"] <= frame["due_on"])
    objection = frame["objection"]
    rows.share("objections_per_1000", objection.notna(), objection != "none")
    rows.share(
        "objection_upheld_share", objection.isin(["upheld", "rejected"]), objection == "upheld"
    )
    coached = pd.Series(_coached(tables, frame), dtype=object)
    rows.share("low_rating_coached_share", coached.notna(), coached.eq(True))
    top, low = predicate == "sangat_baik", predicate.isin(BELOW)
    above = result == "above", behaviour == "above"
    rows.guard("not_top", rated & ~top)
    rows.guard(
        "above",
        rated & above[0] & ~above[1],
        rated & above[1] & ~above[0],
        rated & ~above[0] & ~above[1],
    )
    rows.guard("low_rating", low)
    rows.guard("low_rating_detail", *(predicate == name for name in BELOW))
    rows.guard(
        "low_rating_matrix",
        *((result == pair[0]) & (behaviour == pair[1]) for pair in LOW_PAIRS),
    )
    rows.guard("objection", objection.notna() & (objection != "none"))
    rows.guard("predicate_mismatch_share", rated & reported.notna(), rated & reported.isna())
    rows.guard(
        "objection_upheld_share",
        objection == "upheld",
        objection == "rejected",
        objection == "filed",
        objection.isin(["upheld", "rejected"]),
    )
    rows.guard(
        "low_rating_coached_share",
        coached.eq(True),
        coached.eq(False),
        low & coached.isna(),
        coached.notna(),
    )
    for aspect in ASPECTS:
        rows.mean(f"aspect_{aspect}", frame[aspect].notna(), frame[aspect])
    for scale in SCALES:
        rows.mean(f"score_{scale}", frame["scale"] == scale, frame["score"])
    return rows


def _held_at(tables: Tables, grain: str) -> pd.DataFrame:
    """The held evaluations that stand for a month, quarter or year of a pool."""
    held = _held(tables)
    years, quarters = _years_and_quarters(tables)

    def enters(region, pool, cycle, end) -> bool:
        if grain == "month":
            return cycle == "monthly"
        in_quarter = cycle == "quarterly" or (
            cycle == "monthly" and (region, pool, end.to_period("Q")) not in quarters
        )
        if grain == "quarter":
            return in_quarter
        return cycle == "annual" or (in_quarter and (region, pool, end.year) not in years)

    columns = (held["region_code"], held["pool"], held["cycle"], held["period_end"])
    return held[[enters(*row) for row in zip(*columns, strict=True)]]


def expected_evaluation(tables: Tables, grain: str) -> Rows:
    """One row an expected evaluation; it was made where the supervisor rated or scored."""
    frame = _held_at(tables, grain).merge(_spans(tables), on=["region_code", "pool"])
    present = (frame["valid_from"] <= frame["period_end"]) & (
        frame["period_end"] <= frame["valid_to"]
    )
    frame = frame[present & (frame["entry_date"] <= frame["period_start"])]
    done = tables["appraisal"]
    rated = done["work_result"].notna() & done["behaviour"].notna()
    done = done[(done["rater"] == "supervisor") & (rated | done["score"].notna())]
    ends = pd.to_datetime(done["period_end"])
    made = set(zip(done["employee_id"], done["cycle"], ends, strict=True))
    keys = zip(frame["employee_id"], frame["cycle"], frame["period_end"], strict=True)
    evaluated = [key in made for key in keys]
    frame = _with_ages(frame.assign(month=_month(frame["period_end"]))).reset_index(drop=True)
    rows = Rows(frame, person="employee_id")
    rows.share("appraisal_completeness", np.ones(len(frame)), evaluated)
    rows.guard("evaluated", evaluated)
    return rows


def distribution_limit(tables: Tables, grain: str) -> Rows:
    """One row an agency and a year with a rating of its own."""
    year = _of_grain(tables, _appraisals(tables), grain)
    rated = year[(year["rater"] == "supervisor") & year["predicate"].notna()]
    rated = rated.assign(year=rated["period_end"].dt.year, top=rated["predicate"] == "sangat_baik")
    counts = rated.groupby(["agency_id", "year"]).agg(
        evaluations=("top", "size"), top=("top", "sum"), people=("employee_id", "nunique")
    )
    frame = counts.reset_index().merge(tables["organisation_rating"], on=["agency_id", "year"])
    frame = frame.merge(_places(tables), on="agency_id")
    frame["month"] = pd.to_datetime(frame["year"].astype(str) + "-12-01")
    limit = frame["rating"].map(LIMIT)
    allowed = np.floor(frame["evaluations"] * limit.fillna(0) / 100)
    rows = Rows(frame, heads=frame["people"].to_numpy(), personal=False)
    excess = np.maximum(frame["top"] - allowed, 0)
    rows.share("top_rating_excess", limit.notna(), excess, frame["evaluations"])
    return rows


# Training


def training_to_date(tables: Tables, grain: str) -> Rows:
    """One row a person in service at the end of a month, with the year's hours so far."""
    spans, training = _spans(tables), tables["training"]
    ends = pd.to_datetime(training["end_date"])
    evaluated = pd.to_datetime(tables["appraisal"]["period_end"])
    rated = evaluated[tables["appraisal"]["work_result"].notna()]
    first, last = min(rated.min(), ends.min()), max(rated.max(), ends.max())
    dated = training[["employee_id"]].assign(day=ends)
    files = _in_service(dated, spans, "day").groupby("region_code")["day"].agg(["min", "max"])
    every = pd.concat([tables["appraisal"]["employee_id"], training["employee_id"]])
    days = pd.concat([evaluated, ends])
    frames = []
    for month in pd.date_range(first.replace(day=1), last, freq="MS"):
        end = month + pd.offsets.MonthEnd(0)
        now = spans[(spans["valid_from"] <= end) & (end <= spans["valid_to"])]
        so_far = (ends <= end) & (ends.dt.year == end.year) & training["completed"].astype(bool)
        hours = training[so_far].groupby("employee_id")["hours_jp"].sum()
        seen = set(every[(days <= end) & (days.dt.year == end.year)])
        told = {
            region: start.year <= end.year and (end <= EXTRACTED or month <= min(stop, EXTRACTED))
            for region, start, stop in files.itertuples()
        }
        frames.append(
            now.assign(
                month=month,
                hours=now["employee_id"].map(hours).fillna(0).astype(int),
                told=now["region_code"].map(told).fillna(False).astype(bool),
                in_data=now["employee_id"].isin(seen),
            )
        )
    frame = _with_ages(pd.concat(frames, ignore_index=True))
    rows = Rows(frame, person="employee_id", last=True)
    everyone, told = np.ones(len(frame), bool), frame["told"]
    hours = frame["hours"].where(told)
    rows.share("training_coverage", frame["status"] == "PNS", hours >= 20, told)
    rows.mean("mean_training_hours", everyone, hours)
    rows.mean("missing_training_hours", frame["status"] == "PNS", (20 - hours).clip(lower=0))
    bins = dict(zip(HOURS, [*HOURS[1:], np.inf], strict=True))
    counts = {
        f"bin_{n}": (hours >= low) & (hours < high) for n, (low, high) in enumerate(bins.items())
    }
    rows.add("median_training_hours", everyone, **counts, denominator=told)
    rows.share("no_training_share", everyone, hours == 0, told)
    contracted = frame["status"].isin(["PPPK", "PPPK_PARUH_WAKTU"])
    rows.share("pppk_training_share", contracted, hours > 0, told)
    rows.share("pppk_above_ceiling_share", contracted, hours > 24, told)
    pns = frame["status"] == "PNS"
    rows.guard("training_coverage", pns, ~pns)
    rows.guard("pppk_training_share", contracted, ~pns & ~contracted)
    rows.share("people_in_data_share", everyone, frame["in_data"])
    rows.add("headcount", everyone, denominator=1)
    return rows


def course(tables: Tables, grain: str) -> Rows:
    """One row an enrolment, in the month its course ended."""
    training = tables["training"].assign(end_date=pd.to_datetime(tables["training"]["end_date"]))
    frame = _in_service(training, _spans(tables), "end_date")
    frame = _with_ages(frame.assign(month=_month(frame["end_date"]))).reset_index(drop=True)
    rows = Rows(frame, person="employee_id", own="field", agencies_by_year=True)
    everyone, completed = np.ones(len(frame), bool), frame["completed"].astype(bool)
    known = frame["certificate"].notna()
    rows.share("course_completion_share", everyone, completed)
    rows.share("certificate_share", completed & known, frame["certificate"].eq(True))
    rows.mean("hours_per_course", completed, frame["hours_jp"])
    rows.share("non_classical_share", completed, frame["mode"] == "non_classical")
    rows.share("training_no_show_share", everyone, ~completed & (frame["hours_jp"] == 0))
    rows.guard("completed", completed)
    rows.guard("certificate_share", completed & known)
    return rows


# Careers


def _rated_in(tables: Tables, year: int) -> dict[object, str]:
    """What a year ended with for each person rated: the annual evaluation, else the last."""
    rows = tables["appraisal"]
    ends = pd.to_datetime(rows["period_end"])
    rows = rows.assign(
        period_end=ends,
        annual=rows["cycle"] == "annual",
        quarterly=rows["cycle"] == "quarterly",
        predicate=[
            PREDICATE.get(pair, "")
            for pair in zip(rows["work_result"], rows["behaviour"], strict=True)
        ],
    )
    rows = rows[(rows["rater"] == "supervisor") & (ends.dt.year == year)]
    last = rows.sort_values(["annual", "period_end", "quarterly"]).groupby("employee_id").tail(1)
    found = dict(zip(last["employee_id"], last["predicate"], strict=True))
    return {who: predicate for who, predicate in found.items() if predicate}


def career_year(tables: Tables, grain: str) -> Rows:
    """One row a person in service on the first and on the last day of a year, as on the first."""
    spans, events = _spans(tables), _career_events(tables)
    promoted, recognised = (_known_since(tables, (kind,)) for kind in ("promotion", "recognition"))
    frames = []
    for year in range(events["date"].dt.year.min(), EXTRACTED.year):
        first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
        there = spans[(spans["valid_from"] <= last) & (last <= spans["valid_to"])]["employee_id"]
        now = spans[(spans["valid_from"] <= first) & (first <= spans["valid_to"])]
        now = now[now["employee_id"].isin(set(there))]
        rated = _rated_in(tables, year - 1)
        ratings = now["employee_id"].map(rated)
        of_region = ratings.notna().groupby(now["region_code"]).mean()
        enough = now["region_code"].map(of_region) >= 0.5
        earlier = np.where(ratings == "sangat_baik", "sangat_baik", "other")
        of_year = events[events["date"].dt.year == year]
        got = {
            kind: now["employee_id"].isin(set(of_year[of_year["kind"] == kind]["employee_id"]))
            for kind in ("promotion", "recognition")
        }
        frames.append(
            now.assign(
                month=pd.Timestamp(year, 12, 1),
                earlier_rating=np.where(enough, earlier, "unknown"),
                promotion=got["promotion"],
                recognition=got["recognition"],
                promotions_known=now["region_code"].map(promoted) <= first,
                recognitions_known=now["region_code"].map(recognised) <= first,
            )
        )
    frame = _with_ages(pd.concat(frames, ignore_index=True))
    frame = frame[frame["promotions_known"] | frame["recognitions_known"]].reset_index(drop=True)
    rows = Rows(frame, person="employee_id", own="earlier_rating")
    pns = frame["status"] == "PNS"
    rows.share("promotion_share", pns & frame["promotions_known"], frame["promotion"])
    rows.share("recognition_share", frame["recognitions_known"], frame["recognition"])
    told = pns & frame["promotions_known"]
    rows.guard("promotion_share", told, frame["recognitions_known"] & ~told)
    return rows


def newcomer(tables: Tables, grain: str) -> Rows:
    """One row a person whose first 90 days are over, in the year of entry."""
    spans, events = _spans(tables), _career_events(tables)
    since = _known_since(tables, ("mentoring_start",))
    starts = events[events["kind"] == "mentoring_start"].groupby("employee_id")["date"].agg(list)
    entry = spans["entry_date"]
    first = spans[(spans["valid_from"] <= entry) & (entry <= spans["valid_to"])]
    kept, mentored = [], []
    for row in first.itertuples():
        end = row.entry_date + pd.Timedelta(days=90)
        own = spans[spans["employee_id"] == row.employee_id]
        stayed = ((own["valid_from"] <= end) & (end <= own["valid_to"])).any()
        known = row.region_code in since and since[row.region_code] <= row.entry_date
        kept.append(bool(known and stayed and end <= EXTRACTED))
        days = starts.get(row.employee_id) or []
        mentored.append(any(row.entry_date <= day <= end for day in days))
    years = first["entry_date"].dt.year.astype(str)
    frame = first.assign(month=pd.to_datetime(years + "-12-01"), mentored=mentored)
    frame = frame[np.array(kept, dtype=bool)]
    frame = _with_ages(frame.reset_index(drop=True))
    rows = Rows(frame, person="employee_id")
    rows.share("newcomer_mentored_share", np.ones(len(frame)), frame["mentored"])
    return rows


# Readiness


def _months_of_waves(waves: pd.Series) -> pd.Series:
    """The last month of each wave, which is written as a year, quarter or month."""
    ends = {wave: pd.Period(wave.replace("-Q", "Q")).end_time for wave in waves.unique()}
    return _month(waves.map(ends))


def survey(tables: Tables, grain: str) -> Rows:
    """One row a respondent and a facet."""
    answers = tables["survey_response"].merge(tables["survey_item"], on=["instrument", "item"])
    answers = answers[answers["value"].between(answers["low"], answers["high"])]
    span = answers["high"] - answers["low"]
    from_low = answers["value"] - answers["low"]
    turned = from_low.where(~answers["reverse"].astype(bool), answers["high"] - answers["value"])
    answers = answers.assign(hundredths=turned * 10_000 // span, good=2 * turned > span)
    key = ["wave", "respondent", "agency_id", "facet"]
    sums = answers.groupby(key, as_index=False).agg(
        hundredths=("hundredths", "sum"), good=("good", "sum"), answered=("good", "size")
    )
    frame = sums.merge(_places(tables), on="agency_id")
    frame = frame.assign(
        month=_months_of_waves(frame["wave"]),
        who=frame["wave"] + " " + frame["respondent"],
        score=frame["hundredths"] // frame["answered"] / 100,
    )
    rows = Rows(frame, person="who", own="facet", personal=False)
    everyone = np.ones(len(frame), bool)
    rows.mean("facet_score", everyone, frame["score"])
    rows.mean("change_score", ~frame["facet"].str.startswith("learning_"), frame["score"])
    rows.share("favourable_share", everyone, frame["good"], frame["answered"])
    return rows


def survey_wave(tables: Tables, grain: str) -> Rows:
    """One row an agency and a wave to which people were invited."""
    key = ["wave", "agency_id"]
    answered = tables["survey_response"].groupby(key)["respondent"].nunique().rename("answered")
    frame = tables["survey_invited"].merge(answered.reset_index(), on=key, how="left")
    frame = frame.merge(_places(tables), on="agency_id")
    frame = frame.assign(month=_months_of_waves(frame["wave"]))
    responded = np.minimum(frame["answered"].fillna(0), frame["invited"])
    rows = Rows(frame, heads=frame["invited"].to_numpy(), personal=False)
    rows.share("response_rate", np.ones(len(frame)), responded, frame["invited"])
    rows.guard("responded", np.ones(len(frame)), heads=responded)
    return rows


def adoption(tables: Tables, grain: str) -> Rows:
    """One row an agency and a month of the performance system."""
    frame = tables["adoption"].merge(_places(tables), on="agency_id")
    frame["month"] = pd.to_datetime(frame["month"])
    days = frame["month"].dt.days_in_month
    up = (days - frame["outage_days"]) / days
    usable = frame["outage_days"] < days / 2
    due = np.floor(frame["entries_due"] * up + 0.5 + 1e-9)
    in_time = np.minimum(frame["entries_on_time"], frame["entries_due"])
    in_time = np.floor(in_time * up + 0.5 + 1e-9)
    rows = Rows(frame, heads=frame["expected_users"].to_numpy(), personal=False)
    rows.share("adoption_active", usable, frame["active_users"], frame["expected_users"])
    rows.share("adoption_on_time", usable, in_time, due)
    return rows


def activity(tables: Tables, grain: str) -> Rows:
    """One row a dated activity of an agency or of a whole government."""
    frame = tables["activity"].rename(columns={"region_code": "for_region"})
    frame = frame.merge(_places(tables), on="agency_id", how="left")
    frame["region_code"] = frame["region_code"].fillna(frame["for_region"])
    province = tables["region"].set_index("region_code")["province_code"]
    frame["province_code"] = frame["region_code"].map(province)
    frame["month"] = _month(pd.to_datetime(frame["date"]))
    told = frame["invited"].notna() & frame["attended"].notna()
    both = (frame["kind_x"] == "socialisation") & told
    frame = frame.rename(columns={"kind_y": "kind"})
    invited = frame["invited"].fillna(0)
    rows = Rows(frame, heads=invited.to_numpy(), personal=False)
    rows.share("socialisation_attendance", both, frame["attended"].fillna(0), invited)
    return rows


# Services


def _services(tables: Tables) -> pd.DataFrame:
    frame = tables["service_outcome"].merge(_places(tables), on="agency_id")
    return frame.assign(month=pd.to_datetime(frame["month"]))


def service(tables: Tables, grain: str) -> Rows:
    """One row an agency, a month and a service that somebody asked for."""
    frame = _services(tables)
    frame = frame[frame["requests"] > 0].reset_index(drop=True)
    requests = frame["requests"].to_numpy()
    rows = Rows(frame, heads=requests, own="service", personal=False, heads_add_up=True)
    days = frame["median_days"].astype(float)
    rows.weighted("waiting_days", days.notna(), days, requests)
    for metric, column in (
        ("service_on_time_share", "on_time"),
        ("service_accurate_share", "accurate"),
    ):
        counted = frame[column].astype(float)
        rows.share(metric, counted.notna(), counted.fillna(0), requests)
    rows.add("service_requests", np.ones(len(frame), bool), denominator=requests)
    return rows


def satisfaction(tables: Tables, grain: str) -> Rows:
    """One row an agency, a month and a service whose users were asked and counted."""
    frame = _services(tables)
    asked = frame["skm_score"].notna() & (frame["skm_n"].fillna(0) > 0)
    frame = frame[asked].reset_index(drop=True)
    heads = frame["skm_n"].to_numpy("int64")
    rows = Rows(frame, heads=heads, own="service", personal=False, heads_add_up=True)
    rows.weighted("skm_score", np.ones(len(frame), bool), frame["skm_score"], heads)
    return rows


ROWS: dict[str, Callable[[Tables, str], Rows]] = {
    function.__name__: function
    for function in (
        appraisal,
        expected_evaluation,
        distribution_limit,
        training_to_date,
        course,
        career_year,
        newcomer,
        survey,
        survey_wave,
        adoption,
        activity,
        service,
        satisfaction,
    )
}


# Cells


def _breakdowns(rows: Rows, level: int, grain: str) -> list[tuple[str, ...]]:
    """People by group are told by year alone; by month of who is in service, from governments up."""
    singles: list[tuple[str, ...]] = [(one,) for one in PERSONAL] if rows.personal else []
    singles += [(rows.own,)] if rows.own else []
    told = grain == "year" or not rows.personal or (rows.last and level < 3)
    pairs = combinations(PERSONAL, 2) if rows.personal and grain == "year" and level < 3 else ()
    return [(), *(singles if told else ()), *pairs]


def _memberships(rows: Rows, grain: str) -> list[tuple[np.ndarray, dict[str, object]]]:
    """Every grouping of places and breakdown: the rows in it, and what their keys are."""
    frame = rows.frame
    everyone = np.ones(len(frame), bool)
    whole = rows.own_whole(frame).to_numpy() if rows.own_whole else everyone
    of_agency = frame["agency_id"].notna().to_numpy()
    places = ["", frame["province_code"], frame["region_code"], frame["agency_id"].fillna("")]
    found = []
    by_year = rows.agencies_by_year and grain != "year"
    for level, place in enumerate(places[:3] if by_year else places):
        for breakdown in _breakdowns(rows, level, grain):
            own = bool(rows.own) and breakdown == (rows.own,)
            inside = (everyone if own else whole) & (of_agency | (level < 3))
            values = [frame[name] for name in breakdown] + ["", ""]
            keys = [level, place, ",".join(breakdown), *values[:2]]
            found.append((np.flatnonzero(inside), dict(zip(KEYS, keys, strict=True))))
    return found


def _numbered(keys: list[object], length: int) -> tuple[np.ndarray, list[list[object]]]:
    """One number a row and distinct combination of keys, and the combinations in that order."""
    number = np.zeros(length, dtype="int64")
    for key in keys:
        if isinstance(key, pd.Series):
            codes, unique = pd.factorize(key)
            number = number * len(unique) + codes
    number = pd.factorize(number)[0]
    first = np.unique(number, return_index=True)[1]
    columns = [key.to_numpy()[first] if isinstance(key, pd.Series) else key for key in keys]
    width = len(first)
    return number, [list(c) if isinstance(c, np.ndarray) else [c] * width for c in columns]


def _people(
    rows: Rows, groups: Mapping, row: np.ndarray, cell: np.ndarray, count: int
) -> pd.DataFrame:
    """People in each cell by group: different persons, or the heads that rows stand for."""
    same: dict[bytes, np.ndarray] = {}
    result = {}
    person = pd.factorize(rows.frame[rows.person])[0] if rows.person else np.zeros(0, int)
    for name, among in groups.items():
        mark, heads = among.tobytes(), rows.heads_of.get(name, rows.heads)
        if mark not in same:
            inside = among[row]
            if heads is not None:
                same[mark] = np.bincount(cell[inside], heads[row][inside], minlength=count)
            else:
                width = len(rows.frame)
                pairs = np.unique(cell[inside] * width + person[row][inside])
                same[mark] = np.bincount(pairs // width, minlength=count)
        result[name] = same[mark].astype("int64")
    return pd.DataFrame(result, index=range(count))


def _months(rows: Rows, grain: str) -> tuple[pd.DataFrame, ...]:
    """Cells of single months: their keys, parts, people and groups."""
    every_row, every_cell, columns, made = [], [], [[] for _ in [*KEYS, "month"]], 0
    for row, keys in _memberships(rows, grain):
        month = rows.frame["month"].iloc[row]
        values = [v.iloc[row] if isinstance(v, pd.Series) else v for v in keys.values()]
        number, distinct = _numbered([*values, month], len(row))
        every_row.append(row)
        every_cell.append(number + made)
        made += len(distinct[0])
        for column, found in zip(columns, distinct, strict=True):
            column.extend(found)
    row, cell = np.concatenate(every_row), np.concatenate(every_cell)
    keys = pd.DataFrame(dict(zip([*KEYS, "month"], columns, strict=True)))
    values = np.column_stack(list(rows.parts.values()))[row]
    parts = pd.DataFrame(values).groupby(cell).sum()
    parts.columns = pd.MultiIndex.from_tuples(rows.parts)
    people, groups = (_people(rows, of, row, cell, made) for of in (rows.among, rows.groups))
    return keys, parts, people, groups


def cells(tables: Tables, name: str, grains: tuple[str, ...]) -> Cells:
    """Every cell of a row table: its figures, and the people of its fullest month."""
    of_grain = [_of_one_grain(ROWS[name](tables, grain), grain) for grain in grains]
    return Cells(*(pd.concat(frames) for frames in zip(*of_grain, strict=True)))


def _of_one_grain(rows: Rows, grain: str) -> tuple[pd.DataFrame, ...]:
    keys, *figures = _months(rows, grain)
    letter = {"month": "M", "quarter": "Q", "year": "Y"}[grain]
    keys["period"] = keys["month"].dt.to_period(letter).dt.start_time
    keys["grain"] = grain
    if rows.last:
        final = keys.groupby("period")["month"].transform("max") == keys["month"]
        keys, figures = keys[final], [frame[final] for frame in figures]
    index = pd.MultiIndex.from_frame(keys[[*KEYS, "grain", "period"]])
    number, unique = pd.factorize(index)
    summed, *behind = (frame.groupby(number) for frame in figures)
    largest = [people.sum() if rows.heads_add_up else people.max() for people in behind]
    unique = pd.MultiIndex.from_tuples(unique, names=index.names)
    return tuple(frame.set_axis(unique) for frame in (summed.sum(), *largest))
