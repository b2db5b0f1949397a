"""The whole attack on a published file, and on two of them: what can be concluded, and what is real."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalSubscript=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from analytics.audit import opened
from analytics.audit.published import KEYS, cells_of
from analytics.audit.relations import AT_LEAST
from analytics.audit.shown import shown, small
from analytics.audit.system import Conclusions, System, apart, conclude, system_of
from tests.attack.solver import solve
from tests.attack.truth import Truth


@dataclass
class Report:
    """What an attack found.

    `shown` is in words, from single cells. `violations` has a row for each conclusion: `how`
    (shown, propagation, solver, together), table, column, the keys of the cell, `low`, `high`,
    `below`, and `true` where the records are at hand. `undecided` counts targets of the solver that
    were given up, `targets` all of them, `withheld` the withheld counts that were looked at.
    """

    shown: list[str] = field(default_factory=list)
    violations: pd.DataFrame = field(default_factory=pd.DataFrame)
    undecided: int = 0
    targets: int = 0
    withheld: int = 0

    @property
    def real(self) -> pd.DataFrame:
        """Violations in which the records bear out what was concluded."""
        if not len(self.violations):
            return self.violations
        found = self.violations
        inside = (found["low"] - 1e-6 <= found["true"]) & (found["true"] <= found["high"] + 1e-6)
        return found[inside & (found["true"] >= 1)]

    def words(self) -> str:
        """One line: how many violations of each way."""
        ways = self.violations["how"].value_counts().to_dict() if len(self.violations) else {}
        parts = [f"{number} {how}" for how, number in ways.items()]
        parts += [f"{len(self.shown)} shown beside"] if self.shown else []
        parts += [f"{self.undecided} undecided"] if self.undecided else []
        return ", ".join(parts) or "none"


def attack(
    path: Path,
    records: Mapping[str, pd.DataFrame] | None = None,
    *,
    programs: bool = True,
    seconds: float = 120.0,
) -> Report:
    """Everything that can be concluded from a file; `records` are the tables it was made from."""
    connection = opened(path)
    report = Report(shown=shown(connection))
    truth = None
    if records is not None:
        truth = Truth(records, connection.execute("SELECT * FROM snapshot.place").df())
    found = []
    for of_year in cells_of(connection):
        for tables in apart(of_year):
            system = system_of(tables)
            conclusions = conclude(system)
            true = truth_of(system, truth) if truth else np.full(len(system.low), np.nan)
            found.append(_shown(system, truth))
            found.append(_bounded(system, conclusions.known, conclusions, true, "propagation"))
            found.append(_together(system, conclusions, true))
            report.withheld += int(system.unknown.sum())
            if programs:
                solved = solve(system, conclusions, true if truth else None, seconds)
                low, high = conclusions.low.copy(), conclusions.high.copy()
                low[solved.known], high[solved.known] = solved.low, solved.high
                tighter = Conclusions(low, high, solved.known, solved.known[:0])
                found.append(_bounded(system, solved.known, tighter, true, "solver"))
                report.undecided += len(solved.undecided)
                report.targets += solved.tried
    connection.close()
    found = [frame for frame in found if len(frame)]
    if found:
        report.violations = pd.concat(found, ignore_index=True)
    return report


def truth_of(system: System, truth: Truth) -> np.ndarray:
    """The true value of every variable of a system; NaN where the records do not tell it."""
    value = np.full(len(system.low), np.nan)
    for number, cells in enumerate(system.tables):
        here = system.table == number
        value[here] = truth.of(cells)[system.column[here], system.row[here]]
    return value


def _shown(system: System, truth: Truth | None) -> pd.DataFrame:
    frame = small(system.tables)
    if not len(frame):
        return frame
    return frame.assign(
        how="shown", low=frame["value"], high=frame["value"], true=frame["value"]
    ).drop(columns="value")


def _bounded(
    system: System, variables: np.ndarray, found: Conclusions, true: np.ndarray, how: str
) -> pd.DataFrame:
    frame = system.describe(variables)
    at = frame["variable"].to_numpy(dtype=np.int64)
    return frame.assign(
        how=how, low=found.low[at], high=found.high[at], below=system.below[at], true=true[at]
    ).drop(columns="variable")


def _together(system: System, conclusions: Conclusions, true: np.ndarray) -> pd.DataFrame:
    """Sums of withheld counts, each described by its first part; `parts` is how many they are."""
    relations = system.relations
    rows = []
    for number in conclusions.together:
        parts = relations.part[relations.of == number]
        parts = parts[conclusions.low[parts] < conclusions.high[parts]]
        rows.append(
            {
                "variable": parts[0],
                "parts": len(parts),
                "family": system.families[system.family[number]],
                "true": true[parts].sum(),
                "high": conclusions.high[parts].sum(),
                "below": system.below[parts].min(),
            }
        )
    frame = pd.DataFrame(rows)
    if not len(frame):
        return frame
    described = system.describe(frame["variable"].to_numpy(dtype=np.int64))
    return (
        described.merge(frame, on="variable")
        .assign(how="together", low=1.0)
        .assign(high=lambda all_of: np.minimum(all_of["high"], all_of["below"] - 1))
        .drop(columns="variable")
    )


# Two files


FEW = 30
"""Cells of fewer people are small: one person more or less shows in them."""


def differences(old: Path, new: Path) -> pd.DataFrame:
    """What differs by one to four between two published files, shown or concluded.

    Sensitive counts in every period, people of small cells in finished years. One row is a cell and
    a column: the keys, `low` and `high` of the difference, `how` (shown, bounds, together).
    """
    before, after = (_bounds_by_key(path) for path in (old, new))
    both = before.merge(after, on=["table", "column", *KEYS], suffixes=("_old", "_new"))
    low = both["low_new"] - both["high_old"]
    high = both["high_new"] - both["low_old"]
    most = both["below_new"] - 1
    apart_by_few = ((low >= 1) & (high <= most)) | ((high <= -1) & (low >= -most))
    finished = both["year_new"] < _last_year(new)
    few = np.minimum(both["people_old"], both["people_new"]) < FEW
    told = apart_by_few & (both["sensitive_new"] | (finished & few))
    shown_in_both = (both["low_old"] == both["high_old"]) & (both["low_new"] == both["high_new"])
    single = both.assign(low=low, high=high, how=np.where(shown_in_both, "shown", "bounds"))[told]
    return pd.concat([single, *_sums_apart(old, new)], ignore_index=True)


def _last_year(path: Path) -> int:
    connection = opened(path)
    found = connection.execute("SELECT year(max(extracted_on)) FROM snapshot.record_table")
    (year,) = found.fetchone() or (None,)
    connection.close()
    return int(year) if year is not None else 9999


def _systems(path: Path) -> Iterator[tuple[System, Conclusions]]:
    connection = opened(path)
    for of_year in cells_of(connection):
        for tables in apart(of_year):
            system = system_of(tables)
            yield system, conclude(system)
    connection.close()


def _bounds_by_key(path: Path) -> pd.DataFrame:
    """Every count that must not be small, with its bounds (the value where it is published)."""
    frames = []
    for system, conclusions in _systems(path):
        for number, cells in enumerate(system.tables):
            here = np.flatnonzero(system.table == number)
            columns = cells.columns
            low, high = cells.values.copy(), cells.values.copy()
            at = (system.column[here], system.row[here])
            low[at], high[at] = conclusions.low[here], conclusions.high[here]
            metrics = _sensitive(columns)
            for column, below in columns.below.items():
                known = ~np.isnan(low[column]) & ~np.isnan(high[column])
                people = high[columns.people.get(column, column)]
                frames.append(
                    cells.keys[KEYS]
                    .assign(
                        table=cells.table.name,
                        column=columns.names[column],
                        year=cells.year,
                        low=low[column],
                        high=high[column],
                        people=people,
                        below=below,
                        sensitive=column in metrics,
                    )
                    .iloc[np.flatnonzero(known)]
                )
    return pd.concat(frames, ignore_index=True)


def _sensitive(columns) -> set[int]:
    from analytics.audit.measures import SECRET, THE_REST
    from analytics.metrics import METRICS

    found = {
        column
        for (metric, part), column in columns.of.items()
        if METRICS[metric].sensitive and part == "numerator"
    }
    hidden = {n for n, name in enumerate(columns.names) if name in SECRET and name != THE_REST}
    return found | hidden


def _sums_apart(old: Path, new: Path) -> Iterator[pd.DataFrame]:
    """Sums of sensitive counts withheld in both files of which the difference is small."""
    before = {_name(system): _rests(system, found) for system, found in _systems(old)}
    for system, found in _systems(new):
        rests = before.get(_name(system))
        if rests is None:
            continue
        own = _rests(system, found)
        both = rests.merge(own, on="sum", suffixes=("_old", "_new"))
        apart_by = both["rest_new"] - both["rest_old"]
        told = (apart_by.abs() >= 1) & (apart_by.abs() <= 4)
        frame = both.assign(low=apart_by, high=apart_by, how="together")[told]
        if len(frame):
            described = system.describe(frame["variable_new"].to_numpy(dtype=np.int64))
            yield described.assign(
                low=frame["low"].to_numpy(), high=frame["high"].to_numpy(), how="together"
            )


def _name(system: System) -> tuple:
    return tuple((cells.table.name, cells.year) for cells in system.tables)


def _rests(system: System, found: Conclusions) -> pd.DataFrame:
    """Sums of withheld sensitive counts: what they come to, by the cells they are of."""
    relations = system.relations
    sensitive = np.zeros(len(system.low), dtype=bool)
    for number, cells in enumerate(system.tables):
        here = system.table == number
        sensitive |= here & np.isin(system.column, sorted(_sensitive(cells.columns)))
    other = np.bincount(relations.of, ~sensitive[relations.part], len(relations.total)) > 0
    some = np.bincount(relations.of, minlength=len(relations.total)) > 1
    used = np.flatnonzero(
        some & ~other & (relations.total < 0) & (relations.way != AT_LEAST)
        & (relations.rest_low == relations.rest_high)
    )  # fmt: skip
    listed = np.isin(relations.of, used)
    parts = pd.DataFrame({"of": relations.of[listed], "variable": relations.part[listed]})
    if not len(parts):
        return pd.DataFrame({"sum": [], "rest": [], "variable": []})
    described = system.describe(parts["variable"].unique())
    name = described.drop(columns="variable").astype(str).agg("|".join, axis=1)
    parts["name"] = parts["variable"].map(dict(zip(described["variable"], name, strict=True)))
    sums = (
        parts.sort_values("name")
        .groupby("of")
        .agg(sum=("name", "+".join), variable=("variable", "first"))
    )
    return sums.assign(rest=relations.rest_low[sums.index]).reset_index(drop=True)


def describe_file(path: Path) -> tuple[int, int]:
    """Cells of a file, and how many of them withhold their people."""
    connection = duckdb.connect(str(path), read_only=True)
    tables = connection.execute(
        "SELECT table_name, min(people_column) FROM metric_part GROUP BY table_name"
    ).fetchall()
    cells = withheld = 0
    for table, people in tables:
        row = connection.execute(
            f"SELECT count(*), count(*) - count({people}) FROM cell_{table}"
        ).fetchone()
        cells, withheld = cells + row[0], withheld + row[1]
    connection.close()
    return cells, withheld
