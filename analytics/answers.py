"""Question → Answer: the one door to figures. A question is a look-up in the published cells."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pandas types a column as what may also be a frame, an array or a plain value.

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd

from analytics.cells import LEVEL_NUMBER, PAIRS
from analytics.metrics import METRICS
from analytics.metrics.base import (
    Count,
    EffectiveNumber,
    Index,
    Mean,
    Metric,
    PublishedIndex,
    Quantile,
    Rate,
    Share,
    WeightedMean,
)
from analytics.metrics.rows import CATEGORIES, GRAINS, LEVELS, ROW_TABLES
from analytics.schema import AGENCY_KINDS
from analytics.stats.intervals import (
    Interval,
    Z,
    binned_quantile,
    binned_quantile_interval,
    byar,
    t_mean,
    wilson,
)
from analytics.store.records import Store, StoreUnusable
from analytics.store.snapshots import (
    PROTECTION,
    Manifest,
    UnknownSnapshot,
    current_id,
    is_whole,
    manifest_of,
    served,
    snapshot_path,
    snapshots,
)
from analytics.studies import STUDIES
from analytics.studies.base import Study
from analytics.text.phrase import Phrase, unpacked


class NoSnapshot(Exception):
    """Nothing has been published in this store yet."""


class MissingSnapshot(StoreUnusable):
    """The store points at a snapshot that is not there, or cannot be opened.

    `id` is the one it points at, `others` are those that can be served instead, newest first.
    """

    def __init__(self, store: Store, snapshot_id: str) -> None:
        self.id = snapshot_id
        self.others = [
            one.id
            for one in snapshots(store)
            if one.id != snapshot_id and one.protection >= PROTECTION and is_whole(store, one.id)
        ]
        found = Phrase(
            "{pointer} names snapshot {id}, but {file} and its .json are not both there and whole.",
            pointer=str(store.pointer),
            id=snapshot_id,
            file=str(snapshot_path(store, snapshot_id)),
        )
        remedy = (
            Phrase(
                "Run `python -m analytics rollback {other}` or `python -m analytics publish`.",
                other=self.others[0],
            )
            if self.others
            else Phrase("Run `python -m analytics publish`.")
        )
        super().__init__(Phrase.joined(found, remedy))


SERVE_UNSAFE = "ASN_SERVE_UNSAFE"
"""Environment variable: 1 serves a snapshot of an older protection all the same."""


class UnsafeSnapshot(StoreUnusable):
    """A snapshot that was made under older disclosure rules; `id` is that snapshot."""

    def __init__(self, snapshot_id: str, remedy: str = "") -> None:
        self.id = snapshot_id
        remedy = remedy or Phrase(
            "Run `python -m analytics publish`, or set {variable}=1 to serve it knowingly.",
            variable=SERVE_UNSAFE,
        )
        found = Phrase(
            "Snapshot {id} was made under older disclosure rules, by which small groups"
            " of people could be worked out from it.",
            id=snapshot_id,
        )
        super().__init__(Phrase.joined(found, remedy))


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
    `first` and `last` are periods, both included: 2025, 2025-Q4 or 2025-12. Above agencies,
    `agency_kind` adds up the published agencies of the kind.
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
    NaN figures; a recap of unknown number has a value but no denominator and no interval, and so
    has a published index. `people` is NaN where the denominator counts no people but requests or
    respondents.
    `pooled` marks means whose spread is withheld, as where they are of fewer than 30 people: their
    interval uses the spread of all places.
    `own_share` is, for evaluations by quarter or year, 1 where they were made for that quarter or
    year, 0 where for shorter periods within it and 0.5 where mixed; None for other figures. `until`
    is the last month of a year whose figure is not whole yet, where the rows end with that year.
    Where agencies of a kind are added up, `left_out` of `agencies` are withheld in the last period
    shown, and not in its figures. `instead_of` is what a page asked where nothing was published for
    it, and this answers it by year.
    """

    question: Question
    metric: Metric
    snapshot_id: str
    rows: pd.DataFrame
    synthetic: bool
    own_share: float | None = None
    until: str | None = None
    left_out: int = 0
    agencies: int = 0
    instead_of: Question | None = None


@dataclass(frozen=True)
class Estimates:
    """What a study found while the snapshot was published.

    `rows` has one row an estimate, in the order in which the study gave them: level, place,
    place_name, period, subject, measure, position, value, low, high (95 %), units, people, verdict,
    reason (a sentence for `Text.retell`). Where there is no estimate its figures are NaN.
    """

    study: Study
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


def open_snapshot(store: Store, snapshot_id: str | None = None) -> Snapshot:
    """The snapshot of that id, or the one that is being served: where that is damaged, the newest
    whole one, of which `instead_of` is then not None.

    Raises NoSnapshot, MissingSnapshot where its file is not there or no other is whole, or
    UnsafeSnapshot where its protection is an older one, with what to do.
    """
    found = served(store) if snapshot_id is None else None
    snapshot = open_kept(store, found.id if found else snapshot_id)
    snapshot.instead_of = found.instead_of if found else None
    refuse_unsafe(snapshot.manifest)
    return snapshot


def damage(instead_of: str, shown: str) -> str:
    """That another snapshot is shown than should be, and what to do; "" for a pointer that names
    none."""
    if not instead_of:
        return Phrase(
            "The file `current` of this store is empty or damaged, so it is not known which snapshot"
            " was shown. Figures are those of snapshot {shown}, the newest that is whole. Ask the"
            " data owner to run `python -m analytics rollback {shown}` or `python -m analytics"
            " publish`.",
            shown=shown,
        )
    return Phrase(
        "Snapshot {id} is damaged and is not shown. Figures are those of snapshot {shown}, the"
        " newest that is whole. Ask the data owner to run `python -m analytics publish`.",
        id=instead_of,
        shown=shown,
    )


def refuse_unsafe(manifest: Manifest) -> None:
    """Raise UnsafeSnapshot for a snapshot of an older protection, unless the server was told."""
    if manifest.protection < PROTECTION and os.environ.get(SERVE_UNSAFE) != "1":
        raise UnsafeSnapshot(manifest.id)


def open_kept(store: Store, snapshot_id: str | None = None) -> Snapshot:
    """As `open_snapshot`, and of any protection: for the data owner to compare with, not to serve.

    Raises NoSnapshot or MissingSnapshot.
    """
    snapshot_id = snapshot_id or current_id(store)
    if snapshot_id is None:
        raise NoSnapshot(
            Phrase(
                "Nothing is published yet. Run `python -m analytics demo`, or `import` and `publish`."
            )
        )
    if not is_whole(store, snapshot_id):
        raise MissingSnapshot(store, snapshot_id)
    try:
        manifest = manifest_of(store, snapshot_id)
        connection = duckdb.connect(str(snapshot_path(store, snapshot_id)), read_only=True)
    except (UnknownSnapshot, duckdb.IOException) as error:
        raise MissingSnapshot(store, snapshot_id) from error
    return Snapshot(manifest, connection)


WHOLE = ("survey", "survey_wave", "distribution_limit", "outcome_index")
"""Tables of what is whole whenever it is dated: waves of surveys, figures for a year."""
PERIOD_COLUMNS = ["place", "place_name", "agency_kind", "province", "period", "start"]
FIGURES = ["value", "low", "high", "numerator", "denominator", "people", "withheld"]
SPREAD_PEOPLE = 30
"""Sums of squares and bins are published from so many people on: of fewer they tell values."""
CYCLE_SHARES = {"own": 1.0, "mixed": 0.5, "shorter": 0.0}
OPTIONAL_PARTS = ("squares",)
"""Parts that a figure can do without."""


ESTIMATES = "SELECT * EXCLUDE (study) FROM estimate WHERE study = $study ORDER BY rowid"
NO_ESTIMATES = """
SELECT * FROM (VALUES (0::TINYINT, '', '', '', '', 0.0, 0.0, 0.0, 0.0, 0, 0, '', $study)) AS t(
  level, place, period, subject, measure, position, value, low, high, units, people, verdict, reason
) WHERE false
"""


class Snapshot:
    """An open snapshot: figures by question, and the words around them."""

    def __init__(self, manifest: Manifest, connection: duckdb.DuckDBPyConnection) -> None:
        self.manifest = manifest
        self.instead_of: str | None = None
        self._connection = connection
        self._spread_of: dict[tuple[str, str], dict[int, float]] = {}

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
    def _periods(self) -> dict[tuple[str, str], list[str]]:
        starts: dict[tuple[str, str], list[pd.Timestamp]] = {}
        for metric, (table, people, parts) in self._parts.items():
            # Recaps of unknown number have a value and no denominator; of others nobody is no figure.
            known = (
                f"{parts['denominator']} IS NULL AND {parts.get('numerator', people)} IS NOT NULL"
            )
            some = parts["denominator"]
            frame = self.frame(
                f"SELECT DISTINCT grain, period FROM cell_{table}"
                f" WHERE breakdown = '' AND level = 0 AND kind = '' AND ({people} IS NULL OR {people} > 0)"
                f" AND ({some} IS NULL OR {some} > 0)"
                f" UNION SELECT DISTINCT grain, period FROM cell_{table}"
                f" WHERE level >= 2 AND {people} = 0 AND ({known})"
            )
            for grain, period in frame.itertuples(index=False):
                starts.setdefault((metric, grain), []).append(pd.Timestamp(period))
        return {
            (metric, grain): period_text(grain, pd.Series(sorted(found))).tolist()
            for (metric, grain), found in starts.items()
        }

    def periods(self, metric: str, grain: str) -> list[str]:
        """The periods of a grain for which a metric is published, oldest first."""
        known = self._metric(metric)
        if isinstance(known, Index):
            parts = [set(self.periods(key, grain)) for key, _ in known.components]
            return sorted(set.intersection(*parts))
        if isinstance(known, PublishedIndex):
            years = sorted(set(self.indices["year"])) if grain == "year" else []
            return [str(year) for year in years]
        return self._periods.get((metric, grain), [])

    @cached_property
    def _offers(self) -> dict[str, dict[tuple[str, str], set[str]]]:
        """Of each table: (level, breakdown) → grains, for what has a row."""
        found: dict[str, dict[tuple[str, str], set[str]]] = {}
        for table in {table for table, _, _ in self._parts.values()}:
            rows = self.frame(
                f"SELECT DISTINCT level, breakdown::VARCHAR AS breakdown, grain FROM cell_{table}"
                " WHERE kind = ''"
            )
            of_table = found.setdefault(table, {})
            for level, breakdown, grain in rows.itertuples(index=False):
                of_table.setdefault((LEVELS[level], breakdown), set()).add(grain)
        return found

    def levels_of(self, metric: str, by: Sequence[str]) -> list[str]:
        """The levels at which a metric is published by these dimensions, whatever the grain."""
        known = self._metric(metric)
        if metric not in self._parts:
            return list(LEVELS) if isinstance(known, PublishedIndex) else []
        offers, breakdown = self._offers[known.table], ",".join(_ordered(by))
        return [level for level in LEVELS if (level, breakdown) in offers]

    def latest(self, grain: str) -> str | None:
        """The last period of a grain for which any metric is published."""
        found = [period for metric in self._parts for period in self.periods(metric, grain)[-1:]]
        return max(found, default=None)

    def services(self) -> list[str]:
        """The services that the loaded files name."""
        if "service_requests" not in self._parts:
            return []
        frame = self.frame(
            "SELECT DISTINCT category FROM cell_service WHERE breakdown = 'service' ORDER BY 1"
        )
        return frame["category"].tolist()

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
    def indices(self) -> pd.DataFrame:
        """Published indices: level, place, year, index, value; none in a snapshot made before they
        were kept."""
        kept = self.frame("SELECT 1 FROM duckdb_tables() WHERE table_name = 'outcome_index'")
        if kept.empty:
            return pd.DataFrame(columns=["level", "place", "year", "index", "value"])
        return self._with_level(self.frame("SELECT * FROM outcome_index ORDER BY ALL"))

    @cached_property
    def organisation_ratings(self) -> dict[tuple[str, int], str]:
        """The organisation's own rating by agency and year; none in a snapshot of before they were."""
        kept = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'organisation_rating'"
        if self.frame(kept).empty:
            return {}
        rows = self.frame("SELECT agency, year, rating FROM organisation_rating")
        return {
            (str(agency), int(year)): str(rating)
            for agency, year, rating in rows.itertuples(index=False)
        }

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

    def estimates(self, study: str) -> Estimates:
        """What a study found, everywhere; no rows in a snapshot that was made without it.

        Raises UnknownName for a study that does not exist.
        """
        if study not in STUDIES:
            raise UnknownName(
                f"There is no study {study!r}. Nearest: {nearest(study, [*STUDIES])}."
            )
        known = self.frame("SELECT 1 FROM duckdb_tables() WHERE table_name = 'estimate'")
        # a snapshot of an earlier version has no such table
        rows = self.frame(ESTIMATES if len(known) else NO_ESTIMATES, {"study": study})
        rows = self._with_level(rows)
        names = [
            self._by_code[level, place]
            for level, place in zip(rows["level"], rows["place"], strict=True)
        ]
        rows.insert(2, "place_name", [place["name"] for place in names])
        # as objects: a column of strings would forget the parts of a phrase
        rows["reason"] = pd.Series([unpacked(reason) for reason in rows["reason"]], dtype=object)
        return Estimates(STUDIES[study], self.id, rows, self.synthetic)

    def ask(self, question: Question) -> Answer:
        """The figures for a question.

        Raises UnknownName for names that do not exist and NotPublished for combinations that are
        not published.
        """
        metric = self._metric(question.metric)
        own_share, left_out, agencies = None, 0, 0
        if isinstance(metric, Index):
            rows, left_out, agencies = self._index_rows(metric, question)
        elif isinstance(metric, PublishedIndex):
            rows = self._published_rows(question)
        else:
            self._check(question, metric)
            if metric.key in self._parts:
                found = self._found(metric, question)
                rows, own_share = self._figures(metric, question, found), self._own(question, found)
                left_out, agencies = found.left_out, found.agencies
            else:
                rows = self._no_rows(question)
        until = self.unfinished(metric.key) if question.grain == "year" else None
        if until and until[:4] != rows["period"].max():
            until = None
        return Answer(
            question, metric, self.id, rows, self.synthetic, own_share, until, left_out, agencies
        )

    def unfinished(self, metric: str) -> str | None:
        """The last month of a metric in a year that is not over; None where the last year is.

        What grows within a year (training to date) and evaluations, of which the annual ones come
        last, are whole in their own December only. Of anything else a year is over once any figure
        has its December: what happened in June and not since is then whole.
        """
        known = METRICS[metric]
        if isinstance(known, Index):
            found = [self.unfinished(part) for part, _ in known.components]
            return max((month for month in found if month), default=None)
        if known.table in WHOLE:
            return None
        last = (self.periods(metric, "month") or [""])[-1]
        own = known.over_time == "last" or ROW_TABLES[known.table].has_cycles
        if not last or (last if own else self._newest_month) >= f"{last[:4]}-12":
            return None
        return last

    @cached_property
    def _newest_month(self) -> str:
        """The last month of anything that happens month by month."""
        monthly = (key for key, metric in METRICS.items() if metric.table not in WHOLE)
        return max(months[-1] for key in monthly if (months := self.periods(key, "month")))

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
        _check_grain(question)
        for code in question.places:
            self.place(Place(question.level, code))
        if question.within:
            self.place(question.within)

    def _numbers(self, question: Question) -> list[int]:
        """Numbers of the places asked for, at the level of the question."""
        places = self._level[question.level]
        if question.agency_kind and question.level == "agency":
            places = places[places["kind"] == question.agency_kind]
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

    def _found(self, metric: Metric, question: Question) -> _Found:
        if question.agency_kind and question.level != "agency":
            return self._of_agencies(metric, question).in_order(question)
        return self._looked_up(metric, question).in_order(question)

    def _looked_up(self, metric: Metric, question: Question) -> _Found:
        where = ["c.level = $level"]
        values: dict[str, Any] = {"level": LEVEL_NUMBER[question.level]}
        if question.places or question.within or question.agency_kind:
            where.append("list_contains($numbers, c.place)")
            values["numbers"] = self._numbers(question)
        return self._select(metric, question, where, values)

    def _of_agencies(self, metric: Metric, question: Question) -> _Found:
        """The published agencies of a kind added up under the places that they belong to."""
        agencies = self.places[
            (self.places["level"] == "agency") & (self.places["kind"] == question.agency_kind)
        ]
        above = {"all": "level", "province": "province", "government": "parent"}[question.level]
        number_of = {"agency": 0} | {
            code: self._by_code[Place(question.level, code)]["number"]
            for code in self._level[question.level]["code"]
        }
        under = agencies[above].map(number_of).to_numpy()
        kept = np.isin(under, self._numbers(question))
        own = agencies["number"].to_numpy()[kept]
        found = self._select(
            metric,
            question,
            ["c.level = 3", "list_contains($numbers, c.place)"],
            {"numbers": own.tolist()},
        )
        if "squares" in found.amounts:
            variance = self._variance(metric, question.grain, found.start)
            found = found.with_squares(variance)
        belongs = dict(zip(own.tolist(), under[kept].tolist(), strict=True))
        return found.added_up(np.array([belongs[number] for number in found.place.tolist()], int))

    def _variance(self, metric: Metric, grain: str, starts: np.ndarray) -> np.ndarray:
        """The variance of single values among all places in each period; NaN where not known."""
        spread = self._spreads(metric.key, grain)
        return np.array([spread.get(day, np.nan) for day in _days(starts)], float)

    def _spreads(self, metric: str, grain: str) -> dict[int, float]:
        """Variance of single values of a mean, over all places together, by first day of a period."""
        if (metric, grain) not in self._spread_of:
            table, _, parts = self._parts[metric]
            names = ", ".join(f"{parts[p]} AS {p}" for p in ("numerator", "squares", "denominator"))
            found = self._arrays(
                f"SELECT period, {names} FROM cell_{table}"
                " WHERE level = 0 AND kind = '' AND breakdown = '' AND grain = $grain",
                {"grain": grain},
            )
            total, squares, n = (
                _numbers_of(found[part]) for part in ("numerator", "squares", "denominator")
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                variance = np.where(n > 1, np.maximum(squares - total**2 / n, 0) / (n - 1), np.nan)
            self._spread_of[metric, grain] = dict(
                zip(_days(found["period"]), variance.tolist(), strict=True)
            )
        return self._spread_of[metric, grain]

    @cached_property
    def _cycles(self) -> dict[tuple[int, int, str, int], float]:
        """(level, place, grain, first day) → whether evaluations were made for the period itself;
        empty in a snapshot of before this was kept."""
        kept = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'evaluation_cycle'"
        if self.frame(kept).empty:
            return {}
        rows = self._arrays("SELECT level, place, grain, period, cycle FROM evaluation_cycle", {})
        names = (rows[name].tolist() for name in ("level", "place", "grain"))
        keys = zip(*names, _days(rows["period"]), strict=True)
        shares = (CYCLE_SHARES[str(cycle)] for cycle in rows["cycle"].tolist())
        return dict(zip(keys, shares, strict=True))

    @cached_property
    def _number_above(self) -> dict[tuple[int, int], tuple[int, int]]:
        """(level, number) of a place → that of the place it lies in."""
        held = {
            (row["level"], row["code"]): (LEVEL_NUMBER[row["level"]], row["number"])
            for row in self._by_code.values()
        }
        return {
            held[row["level"], row["code"]]: held[row["parent_level"], row["parent"]]
            for row in self._by_code.values()
            if (row["parent_level"], row["parent"]) in held
        }

    def _own(self, question: Question, found: _Found) -> float | None:
        """`Answer.own_share` of looked-up cells."""
        has_cycles = ROW_TABLES[METRICS[question.metric].table].has_cycles
        if not has_cycles or question.grain == "month" or not self._cycles:
            return None
        level = LEVEL_NUMBER[question.level]
        pairs = set(zip(found.place.tolist(), _days(found.start), strict=True))
        shares = {self._cycle(level, place, question.grain, day) for place, day in pairs} - {None}
        if len(shares) > 1:
            return CYCLE_SHARES["mixed"]
        return shares.pop() if shares else None

    def _cycle(self, level: int, place: int, grain: str, day: int) -> float | None:
        """What `_cycles` has of a place, else of the nearest place above it that it has."""
        at: tuple[int, int] | None = (level, place)
        while at is not None:
            share = self._cycles.get((*at, grain, day))
            if share is not None:
                return share
            at = self._number_above.get(at)
        return None

    def _select(
        self, metric: Metric, question: Question, where: list[str], values: Mapping[str, Any]
    ) -> _Found:
        table, people, parts = self._parts[metric.key]
        columns = "".join(f", c.{column} AS {part}" for part, column in parts.items())
        # a snapshot of protection 1 has cells of agency kinds and, under 0, of sums for its audit
        where = [
            *where,
            "c.place >= 0",
            "c.kind = ''",
            "c.breakdown = $breakdown",
            "c.grain = $grain",
        ]
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
        found = self._arrays(
            f"SELECT c.place, c.period, c.category, c.category_2, c.{people} AS people{columns}"
            f" FROM cell_{table} c WHERE {' AND '.join(where)}",
            bound,
        )
        return _Found(
            found["place"],
            found["period"],
            tuple(found[name] for name in ("category", "category_2")[: len(question.by)]),
            _numbers_of(found["people"]),
            {part: _numbers_of(found[part]) for part in parts},
        )

    def _arrays(self, sql: str, values: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The columns of a query; a cursor each, since an open result refuses other work."""
        cursor = self._connection.cursor()
        try:
            found = cursor.execute(sql, values).fetchnumpy()
            return {name: np.ma.asarray(column) for name, column in found.items()}
        finally:
            cursor.close()

    @cached_property
    def _level(self) -> dict[str, pd.DataFrame]:
        """The places of each level by their number; none where the store has none of a level."""
        by_number = self.places.set_index("number", drop=False)
        return {level: by_number.loc[by_number["level"].eq(level)] for level in LEVELS}

    def _figures(self, metric: Metric, question: Question, found: _Found) -> pd.DataFrame:
        amounts, people = found.amounts, found.people
        lead = amounts.get("numerator", amounts.get("count_0", amounts.get("bin_0", people)))
        known = found.complete
        unknown_number = (people == 0) & np.isfinite(lead) & ~(amounts["denominator"] >= 0)
        withheld = np.isnan(people) | ((people > 0) & ~known)
        pooled = np.full(len(people), np.nan)
        if "squares" in amounts:
            without = np.isnan(amounts["squares"]) & (people > 0)
            pooled[without] = self._variance(metric, question.grain, found.start[without])
        value, low, high = figures(metric, amounts, people, pooled)
        value = np.where(unknown_number, lead, value)
        numerator = amounts.get("numerator", np.full(len(people), np.nan))
        shown = withheld | unknown_number | (amounts["denominator"] > 0)
        places = self._level[question.level]
        at = places.index.get_indexer(found.place[shown])
        starts, period = np.unique(found.start[shown], return_inverse=True)
        names = period_text(question.grain, pd.Series(starts)).array
        kind = question.agency_kind or ""
        columns: dict[str, Any] = {
            "level": question.level,
            "place": places["code"].array.take(at),
            "place_name": places["name"].array.take(at),
            "agency_kind": places["kind"].array.take(at) if question.level == "agency" else kind,
            "province": places["province"].array.take(at),
            "period": names.take(period),
            "start": starts[period],
        }
        ordered = _ordered(question.by)
        for dimension in question.by:
            columns[dimension] = found.categories[ordered.index(dimension)][shown]
        for name, numbers in (("value", value), ("low", low), ("high", high)):
            columns[name] = np.where(withheld, np.nan, numbers)[shown]
        columns["numerator"] = np.where(unknown_number, np.nan, numerator)[shown]
        columns["denominator"] = amounts["denominator"][shown]
        of_people = ROW_TABLES[metric.table].counts == "people"
        columns["people"] = np.where(of_people & (people > 0), people, np.nan)[shown]
        columns["withheld"] = withheld[shown]
        columns["pooled"] = (np.isfinite(pooled) & np.isfinite(low) & ~withheld)[shown]
        return pd.DataFrame(columns, index=pd.RangeIndex(int(shown.sum())))

    def _published_rows(self, question: Question) -> pd.DataFrame:
        """Figures of regions as they were published; undivided only where there is one index."""
        names = sorted(set(self.indices["index"]))
        if question.by not in ((), ("index",)) or (len(names) > 1 and not question.by):
            raise NotPublished(f"{question.metric} is published by index: {', '.join(names)}.")
        if question.grain != "year" or question.agency_kind:
            raise NotPublished(f"{question.metric} is published by year, without agency kinds.")
        places = self._level[question.level].loc[self._numbers(question)].set_index("code")
        rows = self.indices
        rows = rows[(rows["level"] == question.level) & rows["place"].isin(places.index)]
        years = rows["year"]
        first, last = (
            int(period[:4]) for period in (question.first or "0", question.last or "9999")
        )
        rows = rows[(years >= first) & (years <= last)]
        at = places.loc[rows["place"]]
        nothing = np.full(len(rows), np.nan)
        columns = {
            "level": question.level,
            "place": rows["place"].to_numpy(),
            "place_name": at["name"].to_numpy(),
            "agency_kind": "",
            "province": at["province"].to_numpy(),
            "period": rows["year"].astype(str).to_numpy(),
            "start": pd.to_datetime(rows["year"].astype(str) + "-01-01").to_numpy("datetime64[us]"),
        }
        columns |= {name: rows[name].to_numpy() for name in question.by}
        columns |= {"value": rows["value"].to_numpy(float)}
        columns |= dict.fromkeys(("low", "high", "numerator", "denominator", "people"), nothing)
        columns["withheld"] = columns["pooled"] = np.zeros(len(rows), dtype=bool)
        return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))

    def _no_rows(self, question: Question) -> pd.DataFrame:
        columns = ["level", *PERIOD_COLUMNS, *question.by, *FIGURES, "pooled"]
        frame = pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
        return frame.astype(
            {"start": "datetime64[us]", "withheld": bool, "pooled": bool}
            | dict.fromkeys(["value", "low", "high", "numerator", "denominator", "people"], float)
        )

    def _index_rows(self, metric: Index, question: Question) -> tuple[pd.DataFrame, int, int]:
        """Weighted mean of the components where all of them are there; variances add by weight².

        With it the most agencies of a kind that are left out of a component, and of how many.
        """
        if question.by:
            raise NotPublished(f"{metric.key} is not published by any breakdown.")
        parts = [self.ask(_for_component(question, key)) for key, _ in metric.components]
        left_out, agencies = max((part.left_out, part.agencies) for part in parts)
        answers = [
            (METRICS[key], weight, part.rows)
            for (key, weight), part in zip(metric.components, parts, strict=True)
        ]
        keys = [pd.Index(rows["place"] + "|" + rows["period"]) for _, _, rows in answers]
        common = keys[0]
        for other in keys[1:]:
            common = common[common.isin(other)]
        size = len(common)
        value, variance, withheld = np.zeros(size), np.zeros(size), np.zeros(size, dtype=bool)
        pooled = np.zeros(size, dtype=bool)
        people = np.full(size, np.inf)
        for own, (component, weight, rows) in zip(keys, answers, strict=True):
            at = own.get_indexer(common)
            scale = weight * (100.0 if isinstance(component, Share) else 1.0)
            column = {name: rows[name].to_numpy()[at] for name in FIGURES}
            value += column["value"] * scale
            variance += ((column["high"] - column["low"]) / 2 * scale / Z) ** 2
            withheld |= column["withheld"]
            pooled |= rows["pooled"].to_numpy()[at]
            people = np.minimum(people, column["people"])
        half = Z * np.sqrt(variance)
        rows = answers[0][2].iloc[keys[0].get_indexer(common)][["level", *PERIOD_COLUMNS]]
        nothing = np.full(size, np.nan)
        rows = rows.reset_index(drop=True).assign(
            value=np.where(withheld, np.nan, value),
            low=np.where(withheld, np.nan, value - half),
            high=np.where(withheld, np.nan, value + half),
            numerator=nothing,
            denominator=nothing,
            people=np.where(withheld, np.nan, people),
            withheld=withheld,
            pooled=pooled & ~withheld,
        )
        return rows, left_out, agencies


@dataclass(frozen=True)
class _Found:
    """Looked-up cells as arrays, one entry a cell: number of the place, start of the period,
    categories (in the order pairs are published in), people, and the metric's additive parts.
    What is withheld or unknown is NaN. `left_out` and `agencies` are as in `Answer`.
    """

    place: np.ndarray
    start: np.ndarray
    categories: tuple[np.ndarray, ...]
    people: np.ndarray
    amounts: Mapping[str, np.ndarray]
    left_out: int = 0
    agencies: int = 0

    @property
    def complete(self) -> np.ndarray:
        """Whether every part that a figure needs is there."""
        needed = [self.amounts[part] for part in self.amounts if part not in OPTIONAL_PARTS]
        return np.asarray(np.isfinite(needed).all(axis=0))

    def take(self, at: np.ndarray) -> _Found:
        """The cells at these positions."""
        return replace(
            self,
            place=self.place[at],
            start=self.start[at],
            categories=tuple(codes[at] for codes in self.categories),
            people=self.people[at],
            amounts={part: numbers[at] for part, numbers in self.amounts.items()},
        )

    def in_order(self, question: Question) -> _Found:
        """By place (numbers are in the order of codes), period, and category."""
        keys = [self.start, self.place]
        dimensions = _ordered(question.by)
        for dimension in question.by:
            keys.insert(0, _rank(dimension, self.categories[dimensions.index(dimension)]))
        return self.take(np.lexsort(keys))

    def with_squares(self, variance: np.ndarray) -> _Found:
        """The cells of a mean; of few people, sums of squares as the variance would have them."""
        total, squares, n = (self.amounts[part] for part in ("numerator", "squares", "denominator"))
        few = np.isnan(squares) & (self.people < SPREAD_PEOPLE)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.where(n > 0, total**2 / n + variance * (n - 1), 0.0)
        return replace(self, amounts={**self.amounts, "squares": np.where(few, spread, squares)})

    def added_up(self, under: np.ndarray) -> _Found:
        """Cells of agencies added up to the places they belong to.

        Withheld agencies are left out; where more than half of a sum's agencies are, the sum is
        withheld. Recaps of unknown number cannot be added to anything.
        """
        numbered = ~((self.people == 0) & ~(self.amounts["denominator"] >= 0))
        cells, under = self.take(numbered), under[numbered]
        shown = np.isfinite(cells.people) & cells.complete
        frame = pd.DataFrame({"under": under, "start": cells.start})
        for position, codes in enumerate(cells.categories):
            frame[position] = codes
        groups = frame.groupby(list(frame.columns), sort=True)
        group = groups.ngroup().to_numpy()
        first = np.unique(group, return_index=True)[1]
        counted = np.bincount(group, minlength=len(first))
        enough = 2 * np.bincount(group, weights=shown, minlength=len(first)) >= counted

        def total(numbers: np.ndarray) -> np.ndarray:
            added = np.bincount(group, weights=np.where(shown, numbers, 0.0), minlength=len(first))
            return np.where(enough, added, np.nan)

        last = cells.start == max(cells.start, default=None)
        return _Found(
            under[first],
            cells.start[first],
            tuple(codes[first] for codes in cells.categories),
            total(cells.people),
            {part: total(numbers) for part, numbers in cells.amounts.items()},
            left_out=len(np.unique(cells.place[last & ~shown])),
            agencies=len(np.unique(cells.place[last])),
        )


def _rank(dimension: str, codes: np.ndarray) -> np.ndarray:
    """Where each category stands among its dimension's; unlisted ones follow in alphabetic order."""
    listed = {name: n for n, name in enumerate(CATEGORIES[dimension])}
    others = sorted(set(codes.tolist()) - listed.keys())
    listed |= {name: len(listed) + n for n, name in enumerate(others)}
    return np.array([listed[code] for code in codes.tolist()], dtype=int)


def _days(starts: np.ndarray) -> list[int]:
    """First days of periods as whole numbers, to look them up by."""
    return np.ma.getdata(starts).astype("datetime64[D]").astype(int).tolist()


def _numbers_of(column: np.ndarray) -> np.ndarray:
    """A column of numbers as floats, NaN where it has none."""
    return np.ma.filled(np.ma.asarray(column).astype(float), np.nan)


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


def _check_grain(question: Question) -> None:
    """Refuse months and quarters of small groups of people: they are published by year only."""
    if question.grain == "year" or not question.by:
        return
    if not ROW_TABLES[METRICS[question.metric].table].personal:
        return
    by = " and ".join(question.by)
    if len(question.by) > 1:
        raise NotPublished(f"{question.metric} by {by} is published by year only.")
    if question.level == "agency" or question.agency_kind:
        raise NotPublished(f"{question.metric} by {by} is published for agencies by year only.")


def _for_component(question: Question, key: str) -> Question:
    return Question(**{**question.__dict__, "metric": key})


def _ordered(by: Sequence[str]) -> list[str]:
    """Dimensions in the order in which pairs are published."""
    return sorted(by, key=list(CATEGORIES).index)


def figures(
    metric: Metric,
    amounts: Mapping[str, np.ndarray],
    people: np.ndarray,
    pooled: np.ndarray | float = np.nan,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value and 95 % interval of a metric from its additive parts, one a cell.

    Where one person stands behind several rows, the interval is that of as many rows as people:
    ratings of the same person in the same year are not independent. `pooled` is the variance of
    single values where it stands for one that is not published, else NaN.
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
            # a variance of so many people that Student's t is the normal distribution
            half = Z * np.sqrt(pooled / (n * shrink))
            interval = Interval(
                np.where(np.isfinite(half), value - half, interval.low),
                np.where(np.isfinite(half), value + half, interval.high),
            )
        elif isinstance(metric, WeightedMean):
            nothing = np.full(len(n), np.nan)
            return amounts["numerator"] / n, nothing, nothing
        elif isinstance(metric, Quantile):
            counts = np.column_stack([amounts[f"bin_{k}"] for k in range(len(metric.edges))])
            value = binned_quantile(counts, metric.edges, metric.quantile)
            interval = binned_quantile_interval(counts, metric.edges, metric.quantile)
        elif isinstance(metric, EffectiveNumber):
            counts = np.column_stack([amounts[f"count_{k}"] for k in range(len(metric.groups))])
            value = 1 / ((counts / n[:, None]) ** 2).sum(axis=1)
            return value, np.full(len(n), np.nan), np.full(len(n), np.nan)
        elif isinstance(metric, Count):
            return n.astype(float), np.full(len(n), np.nan), np.full(len(n), np.nan)
        else:
            raise TypeError(f"no way to work out {type(metric).__name__}")
    return value, interval.low, interval.high
