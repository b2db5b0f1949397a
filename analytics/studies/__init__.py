"""The registry of studies, and the table of estimates that they leave in a snapshot.

A study is one module: its words and its fit stand together in a `Study`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import duckdb
import pandas as pd

from analytics.metrics.rows import LEVELS
from analytics.studies import (
    activity_effects,
    change_drivers,
    rater_agreement,
    survey_reliability,
    training_effect,
)
from analytics.studies.base import Study
from analytics.text.phrase import packed

STUDIES: dict[str, Study] = {
    study.key: study
    for study in (
        survey_reliability.STUDY,
        change_drivers.STUDY,
        activity_effects.STUDY,
        training_effect.STUDY,
        rater_agreement.STUDY,
    )
}

DECIMALS = 9
"""Of what is written: further ones depend on the order in which records are read."""

ESTIMATE = """
CREATE TABLE snapshot.estimate (
  -- One row is a number that a study found, or why it found none.
  study VARCHAR, level TINYINT, place VARCHAR, period VARCHAR, subject VARCHAR, measure VARCHAR,
  position DOUBLE, value DOUBLE, low DOUBLE, high DOUBLE, units BIGINT, people BIGINT,
  verdict VARCHAR, reason VARCHAR
)
"""


def write_estimates(
    work: duckdb.DuckDBPyConnection, studies: Iterable[Study] = tuple(STUDIES.values())
) -> None:
    """Fit every study whose records are there, and write `snapshot.estimate`, protected."""
    work.execute(ESTIMATE)
    for study in studies:
        if all(_holds(work, table) for table in study.tables):
            _write(work, study)


def _holds(work: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(work.execute(f'SELECT 1 FROM records."{table}" LIMIT 1').fetchall())


def _write(work: duckdb.DuckDBPyConnection, study: Study) -> None:
    found = [estimate.protected for estimate in study.fit(work)]
    if not found:
        return
    frame = pd.DataFrame([asdict(estimate) for estimate in found]).assign(
        study=study.key,
        level=[LEVELS.index(estimate.level) for estimate in found],
        reason=[packed(estimate.reason) for estimate in found],
    )
    for number in ("position", "value", "low", "high"):
        frame[number] = frame[number].astype("float64").round(DECIMALS)
    work.register("found", frame)
    work.execute("INSERT INTO snapshot.estimate BY NAME SELECT * FROM found")
    work.unregister("found")
