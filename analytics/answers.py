"""Question → Answer: the one door to figures. A question is a look-up in the published cells."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pandas types a column as what may also be a frame, an array or a plain value.

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd

from analytics.cells import LEVEL_NUMBER, PAIRS
from analytics.metrics import METRICS
from analytics.metrics.base import EffectiveNumber, Index, Mean, Metric, Quantile, Rate, Share
from analytics.metrics.rows import CATEGORIES, GRAINS, LEVELS, ROW_TABLES
from analytics.schema import AGENCY_KINDS
from analytics.stats.intervals import (
    Z,
    binned_quantile,
    binned_quantile_interval,
    byar,
    t_mean,
    wilson,
)
from analytics.store.records import Store
from analytics.store.snapshots import Manifest, current_id, manifest_of, snapshot_path


class NoSnapshot(Exception):
    """Nothing has been published in this store yet."""


class UnknownName(Exception):
    """A metric, place, dimension or period that does not exist; names the nearest that do."""


class NotPublished(UnknownName):
    """The names exist, but this combination of them is not published."""


class Place(NamedTuple):
    """A level and a code at that level; level `all` has the code `all`."""

    level: str
    code: str


ALL = Place("all", "all")


@dataclass(frozen=True)
class Question:
    """What is asked: a metric, where, when and broken down by what.

    `places` are codes at `level`, none meaning all of them; `within` keeps the places inside one.
    `first` and `last` are periods, both included: 2025, 2025-Q4 or 2025-12.
    """

    metric: str
    level: str = "all"
    places: tuple[str, ...] = ()
    within: Place | None = None
    agency_kind: str | None = None
    grain: str = "year"
    first: str | None = None
    last: str | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The figures for a question.

    `rows` has one row a place, period and category: level, place, place_name, agency_kind,
    province, period, start, the dimensions asked for, value, low, high (95 %), numerator,
    denominator, people, withheld. Shares run from 0 to 1. Withheld rows keep their place and have
    NaN figures; a recap of unknown number has a value but no denominator and no interval.
    """

    question: Question
    metric: Metric
    snapshot_id: str
    rows: pd.DataFrame
    synthetic: bool


def period_start(period: str) -> date:
    """First day of a period written 2025, 2025-Q4 or 2025-12. Raises UnknownName otherwise."""
    found = re.fullmatch(r"(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?", period)
    if found is None:
        raise UnknownName(f"{period!r} is not a period. Write 2025, 2025-Q4 or 2025-12.")
    year, quarter, month = found.groups()
    return date(int(year), int(quarter) * 3 - 2 if quarter else int(month or 1), 1)


def period_text(grain: str, start: pd.Series) -> pd.Series:
    """Periods as 2025, 2025-Q4 or 2025-12, from their first days."""
    if grain == "year":
        return start.dt.strftime("%Y")
    if grain == "quarter":
        return start.dt.year.astype(str) + "-Q" + start.dt.quarter.astype(str)
    return start.dt.strftime("%Y-%m")


def _last_start(period: str, grain: str) -> date:
    """First day of the last period of a grain that lies in a period."""
    start = period_start(period)
    months = 12 if len(period) == 4 else 3 if "Q" in period else 1
    step = {"year": 12, "quarter": 3, "month": 1}[grain]
    last = start.year * 12 + start.month - 1 + max(months, step) - step
    return date(last // 12, last % 12 + 1, 1)


def nearest(name: str, known: Sequence[str]) -> str:
    """Up to five known names closest to a name, as a list in words."""
    close = difflib.get_close_matches(name, known, n=5, cutoff=0.4) or sorted(known)[:5]
    return ", ".join(close)


def open_snapshot(store: Store) -> Snapshot:
    """The snapshot that is being served. Raises NoSnapshot with what to do."""
    snapshot_id = current_id(store)
    if snapshot_id is None:
        raise NoSnapshot(
            "Nothing is published yet. Run `python -m analytics demo`, or `import` and `publish`."
        )
    path = snapshot_path(store, snapshot_id)
    connection = duckdb.connect(str(path), read_only=True)
    return Snapshot(manifest_of(store, snapshot_id), connection)


PERIOD_COLUMNS = ["place", "place_name", "agency_kind", "province", "period", "start"]
FIGURES = ["value", "low", "high", "numerator", "denominator", "people", "withheld"]


class Snapshot:
    """An open snapshot: figures by question, and the words around them."""

    def __init__(self, manifest: Manifest, connection: duckdb.DuckDBPyConnection) -> None:
        self.manifest = manifest
        self._connection = connection

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def synthetic(self) -> bool:
        return self.manifest.synthetic

    def frame(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The rows of a query; a cursor each, since an open result refuses other work."""
        cursor = self._connection.cursor()
        try:
            return cursor.execute(sql, values or {}).df()
        finally:
            cursor.close()

    @cached_property
    def places(self) -> pd.DataFrame:
        """Every place: level, number, code, name, kind, region_kind, parent_level, parent, …"""
        frame = self.frame("SELECT * FROM place ORDER BY level, code")
        frame["level"] = [LEVELS[level] for level in frame["level"]]
        frame["parent_level"] = [
            None if pd.isna(level) else LEVELS[int(level)] for level in frame["parent_level"]
        ]
        return frame

    @cached_property
    def _by_code(self) -> dict[Place, dict[str, Any]]:
        rows = self.places.to_dict("records")
        return {Place(row["level"], row["code"]): row for row in rows}

    def place(self, place: Place) -> dict[str, Any]:
        """What is known of a place. Raises UnknownName with the nearest codes."""
        found = self._by_code.get(Place(*place))
        if found is None:
            known = [code for level, code in self._by_code if level == place[0]]
            raise UnknownName(
                f"There is no {place[0]} {place[1]!r}. Nearest: {nearest(place[1], known)}."
            )
        return found

    def children(self, place: Place) -> list[Place]:
        """The places directly below a place."""
        inside = self.places
        inside = inside[(inside["parent_level"] == place[0]) & (inside["parent"] == place[1])]
        return [
            Place(level, code) for level, code in zip(inside["level"], inside["code"], strict=True)
        ]

    @cached_property
    def _parts(self) -> dict[str, tuple[str, str, dict[str, str]]]:
        frame = self.frame("SELECT * FROM metric_part")
        return {
            str(metric): (
                part["table_name"].iloc[0],
                part["people_column"].iloc[0],
                dict(zip(part["part"], part["column_name"], strict=True)),
            )
            for metric, part in frame.groupby("metric")
        }

    @cached_property
    def _period_starts(self) -> dict[tuple[str, str], list[pd.Timestamp]]:
        starts: dict[tuple[str, str], list[pd.Timestamp]] = {}
        for metric, (table, people, parts) in self._parts.items():
            known = f"{people} > 0 OR {parts.get('numerator', people)} IS NOT NULL"
            frame = self.frame(
                f"SELECT DISTINCT grain, period FROM cell_{table}"
                f" WHERE breakdown = '' AND level = 0 AND kind = '' AND ({people} IS NULL OR {people} > 0)"
                f" UNION SELECT DISTINCT grain, period FROM cell_{table}"
                f" WHERE level >= 2 AND {people} = 0 AND ({known})"
            )
            for grain, period in frame.itertuples(index=False):
                starts.setdefault((metric, grain), []).append(pd.Timestamp(period))
        return starts

    def periods(self, metric: str, grain: str) -> list[str]:
        """The periods of a grain for which a metric is published, oldest first."""
        known = self._metric(metric)
        if isinstance(known, Index):
            parts = [set(self.periods(key, grain)) for key, _ in known.components]
            return sorted(set.intersection(*parts))
        starts = sorted(self._period_starts.get((metric, grain), []))
        return period_text(grain, pd.Series(starts, dtype="datetime64[us]")).tolist()

    def latest(self, grain: str) -> str | None:
        """The last period of a grain for which any metric is published."""
        found = [period for metric in self._parts for period in self.periods(metric, grain)[-1:]]
        return max(found, default=None)

    def facets(self) -> list[str]:
        """The facets of the loaded surveys."""
        if "facet_score" not in self._parts:
            return []
        frame = self.frame(
            "SELECT DISTINCT category FROM cell_survey WHERE breakdown = 'facet' ORDER BY 1"
        )
        return frame["category"].tolist()

    @cached_property
    def targets(self) -> pd.DataFrame:
        """Targets: metric, level, place, year, value."""
        return self._with_level(self.frame("SELECT * FROM target ORDER BY ALL"))

    @cached_property
    def activities(self) -> pd.DataFrame:
        """Dated activities and policies: level, place, date, kind, label."""
        return self._with_level(self.frame("SELECT * FROM activity ORDER BY date, place"))

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Findings about the records: table_name, finding, rows."""
        return self.frame("SELECT * FROM finding WHERE rows > 0 ORDER BY rows DESC")

    @cached_property
    def tables(self) -> pd.DataFrame:
        """Record tables: table_name, rows, first, last, extracted_on, rejected."""
        return self.frame("SELECT * FROM record_table")

    @staticmethod
    def _with_level(frame: pd.DataFrame) -> pd.DataFrame:
        frame["level"] = [LEVELS[level] for level in frame["level"]]
        return frame

    def ask(self, question: Question) -> Answer:
        """The figures for a question.

        Raises UnknownName for names that do not exist and NotPublished for combinations that are
        not published.
        """
        metric = self._metric(question.metric)
        if isinstance(metric, Index):
            rows = self._index_rows(metric, question)
        else:
            self._check(question, metric)
            rows = (
                self._rows(metric, question)
                if metric.key in self._parts
                else self._no_rows(question)
            )
        return Answer(question, metric, self.id, rows, self.synthetic)

    def _metric(self, key: str) -> Metric:
        if key not in METRICS:
            raise UnknownName(
                f"There is no metric {key!r}. Nearest: {nearest(key, list(METRICS))}."
            )
        return METRICS[key]

    def _check(self, question: Question, metric: Metric) -> None:
        table = ROW_TABLES[metric.table]
        for name, value, known in (
            ("level", question.level, LEVELS),
            ("grain", question.grain, GRAINS),
            ("agency kind", question.agency_kind, AGENCY_KINDS),
        ):
            if value is not None and value not in known:
                raise UnknownName(
                    f"There is no {name} {value!r}. Nearest: {nearest(value, known)}."
                )
        for dimension in question.by:
            if dimension not in CATEGORIES:
                raise UnknownName(
                    f"There is no breakdown {dimension!r}. Nearest: {nearest(dimension, list(CATEGORIES))}."
                )
            if dimension not in table.dimensions:
                offered = ", ".join(table.dimensions) or "none"
                raise NotPublished(
                    f"{metric.key} is not published by {dimension}. It is published by: {offered}."
                )
        _check_pair(question)
        if question.grain not in table.grains:
            raise NotPublished(f"{metric.key} is published by {', '.join(table.grains)} only.")
        for code in question.places:
            self.place(Place(question.level, code))
        if question.within:
            self.place(question.within)

    def _numbers(self, question: Question) -> list[int]:
        """Numbers of the places asked for, at the level of the question."""
        places = self.places[self.places["level"] == question.level]
        if question.places:
            places = places[places["code"].isin(question.places)]
        if question.within and question.within.level != "all":
            level, code = question.within
            if level == question.level:
                places = places[places["code"] == code]
            elif level == "province":
                places = places[places["province"] == code]
            else:
                places = places[(places["parent"] == code) & (places["parent_level"] == level)]
        return places["number"].tolist()

    def _rows(self, metric: Metric, question: Question) -> pd.DataFrame:
        parts = list(self._parts[metric.key][2])
        frame = self._looked_up(metric, question)
        if question.agency_kind and question.level != "agency":
            # A kind of few agencies in a place is not kept: it is those agencies added up.
            missing = set(self._numbers(question)) - set(frame["number"])
            summed = _added_up(self._of_agencies(metric, question, sorted(missing)), parts)
            if len(summed):
                frame = pd.concat([frame, summed], ignore_index=True) if len(frame) else summed
        return self._figures(metric, question, frame, parts)

    def _looked_up(self, metric: Metric, question: Question) -> pd.DataFrame:
        where = ["c.level = $level", "c.kind = $kind", "list_contains($numbers, p.number)"]
        values: dict[str, Any] = {
            "level": LEVEL_NUMBER[question.level],
            "kind": "" if question.level == "agency" else question.agency_kind or "",
            "numbers": self._numbers(question),
        }
        if question.agency_kind and question.level == "agency":
            where.append("p.kind = $agency_kind")
            values["agency_kind"] = question.agency_kind
        return self._select(metric, question, "p", "", where, values)

    def _of_agencies(self, metric: Metric, question: Question, numbers: list[int]) -> pd.DataFrame:
        """The agencies of a kind, under the name of the place asked for that they belong to."""
        above = {
            "all": "w.level = 0",
            "province": "w.level = 1 AND w.code = p.province",
            "government": "w.level = 2 AND w.code = p.parent",
        }[question.level]
        where = [
            "c.level = 3",
            "c.kind = ''",
            "p.kind = $agency_kind",
            "list_contains($numbers, w.number)",
        ]
        values = {"agency_kind": question.agency_kind, "numbers": numbers}
        return self._select(metric, question, "w", f"JOIN place w ON {above}", where, values)

    def _select(
        self,
        metric: Metric,
        question: Question,
        named: str,
        join: str,
        where: list[str],
        values: Mapping[str, Any],
    ) -> pd.DataFrame:
        table, people, parts = self._parts[metric.key]
        columns = ", ".join(f"c.{column} AS {part}" for part, column in parts.items())
        where = [*where, "c.breakdown = $breakdown", "c.grain = $grain"]
        bound = {
            "breakdown": ",".join(_ordered(question.by)),
            "grain": question.grain,
            **values,
        }
        if question.first:
            where.append("c.period >= $first")
            bound["first"] = period_start(question.first)
        if question.last:
            where.append("c.period <= $last")
            bound["last"] = _last_start(question.last, question.grain)
        return self.frame(
            f"SELECT {named}.number, {named}.code AS place, {named}.name AS place_name,"
            f" p.kind AS own_kind, {named}.province, c.period AS start, c.category, c.category_2,"
            f" c.{people} AS people, {columns}"
            f" FROM cell_{table} c JOIN place p ON p.level = c.level AND p.number = c.place {join}"
            f" WHERE {' AND '.join(where)}",
            bound,
        )

    def _figures(
        self, metric: Metric, question: Question, frame: pd.DataFrame, parts: list[str]
    ) -> pd.DataFrame:
        amounts = {part: frame[part].to_numpy(dtype=float, na_value=np.nan) for part in parts}
        people = frame["people"].to_numpy(dtype=float, na_value=np.nan)
        lead = amounts.get("numerator", amounts.get("count_0", amounts.get("bin_0", people)))
        known = np.isfinite(np.array([amounts[part] for part in parts if part != "squares"])).all(
            axis=0
        )
        unknown_number = (people == 0) & np.isfinite(lead) & ~(amounts["denominator"] >= 0)
        withheld = np.isnan(people) | ((people > 0) & ~known)
        value, low, high = figures(metric, amounts, people)
        value = np.where(unknown_number, lead, value)
        shown = withheld | unknown_number | (amounts["denominator"] > 0)
        rows = pd.DataFrame(
            {
                "level": question.level,
                "place": frame["place"],
                "place_name": frame["place_name"],
                "agency_kind": frame["own_kind"]
                if question.level == "agency"
                else question.agency_kind or "",
                "province": frame["province"],
                "period": period_text(question.grain, pd.to_datetime(frame["start"])),
                "start": pd.to_datetime(frame["start"]),
            }
        )
        ordered = _ordered(question.by)
        for dimension in question.by:
            rows[dimension] = frame[("category", "category_2")[ordered.index(dimension)]]
        for name, numbers in (("value", value), ("low", low), ("high", high)):
            rows[name] = np.where(withheld, np.nan, numbers)
        numerator = amounts.get("numerator", np.full(len(frame), np.nan))
        rows["numerator"] = np.where(unknown_number, np.nan, numerator)
        rows["denominator"] = amounts["denominator"]
        rows["people"] = np.where(people == 0, np.nan, people)
        rows["withheld"] = withheld
        return self._in_order(rows[shown], question)

    @staticmethod
    def _in_order(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
        keys = rows[["place", "start"]].copy()
        for dimension in question.by:
            order = {name: n for n, name in enumerate(CATEGORIES[dimension])}
            keys[dimension] = [(order.get(name, len(order)), str(name)) for name in rows[dimension]]
        position = keys.sort_values(list(keys.columns), kind="stable").index
        return rows.loc[position].reset_index(drop=True)

    def _no_rows(self, question: Question) -> pd.DataFrame:
        columns = ["level", *PERIOD_COLUMNS, *question.by, *FIGURES]
        frame = pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
        return frame.astype(
            {"start": "datetime64[us]", "withheld": bool}
            | dict.fromkeys(["value", "low", "high", "numerator", "denominator", "people"], float)
        )

    def _index_rows(self, metric: Index, question: Question) -> pd.DataFrame:
        """Weighted mean of the components where all of them are there; variances add by weight²."""
        if question.by:
            raise NotPublished(f"{metric.key} is not published by any breakdown.")
        keys = ["level", *PERIOD_COLUMNS]
        total: pd.DataFrame | None = None
        for key, weight in metric.components:
            component = METRICS[key]
            rows = self.ask(_for_component(question, key)).rows
            scale = 100.0 if isinstance(component, Share) else 1.0
            half = (rows["high"] - rows["low"]) / 2
            part = rows[keys].assign(
                value=rows["value"] * scale * weight,
                variance=(half * scale * weight / Z) ** 2,
                people=rows["people"],
                withheld=rows["withheld"],
            )
            if total is None:
                total = part
                continue
            joined = total.merge(part, on=keys, suffixes=("", "_more"))
            total = joined[keys].assign(
                value=joined["value"] + joined["value_more"],
                variance=joined["variance"] + joined["variance_more"],
                people=joined[["people", "people_more"]].min(axis=1),
                withheld=joined["withheld"] | joined["withheld_more"],
            )
        if total is None or total.empty:
            return self._no_rows(question)
        half = Z * np.sqrt(total["variance"])
        rows = total[keys].assign(
            value=total["value"],
            low=total["value"] - half,
            high=total["value"] + half,
            numerator=np.nan,
            denominator=np.nan,
            people=total["people"],
            withheld=total["withheld"],
        )
        rows.loc[rows["withheld"], ["value", "low", "high", "people"]] = np.nan
        return rows.reset_index(drop=True)


def _check_pair(question: Question) -> None:
    if len(question.by) < 2:
        return
    if len(question.by) > 2 or tuple(_ordered(question.by)) not in PAIRS:
        raise NotPublished(
            "Only pairs of sex, age_band, grade_group, status and position_type are published."
        )
    if question.level == "agency" or question.agency_kind:
        raise NotPublished(
            "Pairs are published for governments, provinces and all, without agency kinds."
        )


def _for_component(question: Question, key: str) -> Question:
    return Question(**{**question.__dict__, "metric": key})


def _ordered(by: Sequence[str]) -> list[str]:
    """Dimensions in the order in which pairs are published."""
    return sorted(by, key=list(CATEGORIES).index)


def _added_up(frame: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Agencies of one kind added up; one withheld withholds the sum."""
    keys = [
        "number",
        "place",
        "place_name",
        "own_kind",
        "province",
        "start",
        "category",
        "category_2",
    ]
    grouped = frame.groupby(keys, sort=False, dropna=False)[["people", *parts]]
    return grouped.sum(min_count=1).where(grouped.count().eq(grouped.size(), axis=0)).reset_index()


def figures(
    metric: Metric, amounts: Mapping[str, np.ndarray], people: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value and 95 % interval of a metric from its additive parts, one a cell.

    Where one person stands behind several rows, the interval is that of as many rows as people:
    ratings of the same person in the same year are not independent.
    """
    n = amounts["denominator"]
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = np.where((people > 0) & (people < n), people / n, 1.0)
        if isinstance(metric, Rate):
            value = amounts["numerator"] / n * metric.per
            interval = byar(amounts["numerator"] * shrink, n * shrink, metric.per)
        elif isinstance(metric, Share):
            value = amounts["numerator"] / n
            interval = wilson(amounts["numerator"] * shrink, n * shrink)
        elif isinstance(metric, Mean):
            value = amounts["numerator"] / n
            interval = t_mean(
                amounts["numerator"] * shrink, amounts["squares"] * shrink, n * shrink
            )
        elif isinstance(metric, Quantile):
            counts = np.column_stack([amounts[f"bin_{k}"] for k in range(len(metric.edges))])
            value = binned_quantile(counts, metric.edges, metric.quantile)
            interval = binned_quantile_interval(counts, metric.edges, metric.quantile)
        elif isinstance(metric, EffectiveNumber):
            counts = np.column_stack([amounts[f"count_{k}"] for k in range(len(metric.groups))])
            value = 1 / ((counts / n[:, None]) ** 2).sum(axis=1)
            return value, np.full(len(n), np.nan), np.full(len(n), np.nan)
        else:
            raise TypeError(f"no way to work out {type(metric).__name__}")
    return value, interval.low, interval.high
