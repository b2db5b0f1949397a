"""The effect of training on later appraisal agrees with plain counting, and the planted one is found."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import fmean

import duckdb
import pytest

from analytics.cells import open_work
from analytics.store.demo import make
from analytics.store.demo.truths import TRAINING_EFFECT
from analytics.store.records import Store
from analytics.studies import training_effect
from analytics.studies.base import Estimate

YEARS = (2023, 2024, 2025)


@pytest.fixture(scope="module")
def estimates(work: duckdb.DuckDBPyConnection) -> list[Estimate]:
    return list(training_effect.fit(work))


def _everywhere(estimates: list[Estimate], measure: str) -> list[Estimate]:
    return [e for e in estimates if (e.level, e.measure) == ("all", measure)]


def _people(records: Path) -> tuple[dict[str, dict[int, int]], dict[str, int]]:
    """Each PNS's Sangat Baik by year, and the year from which training can show; plain loops."""
    with duckdb.connect(str(records), read_only=True) as opened:
        rated = opened.execute(
            "SELECT a.employee_id::VARCHAR, year(period_end), predicate_of FROM ("
            " SELECT *, (work_result = 'above' AND behaviour = 'above')::INTEGER AS predicate_of"
            " FROM appraisal WHERE cycle = 'annual' AND rater = 'supervisor'"
            " AND work_result IS NOT NULL) a"
            " JOIN employee e ON e.employee_id = a.employee_id AND e.status = 'PNS'"
            " AND a.period_end >= e.valid_from AND (e.valid_to IS NULL OR a.period_end <= e.valid_to)"
        ).fetchall()
        courses = opened.execute(
            "SELECT employee_id::VARCHAR, year(end_date), hours_jp FROM training WHERE completed"
        ).fetchall()
    hours: dict[tuple[str, int], int] = defaultdict(int)
    for person, year, jp in courses:
        hours[person, year] += jp
    start: dict[str, int] = {}
    for (person, year), jp in sorted(hours.items()):
        if jp >= 20:
            start[person] = min(start.get(person, 9999), year + 1)
    top: dict[str, dict[int, int]] = defaultdict(dict)
    for person, year, is_top in rated:
        top[person][year] = is_top
    return top, start


def _change(top: dict[str, dict[int, int]], people: set[str], base: int, year: int) -> float:
    return fmean(top[p][year] - top[p][base] for p in people if {base, year} <= top[p].keys())


def test_the_effect_is_that_of_differences_worked_out_person_by_person(years: Store, estimates):
    top, start = _people(years.records)
    kept = {p for p in top if start.get(p, 9999) > YEARS[0]}
    effects, sizes = [], []
    for group in YEARS[1:]:
        treated = {p for p in kept if start.get(p) == group}
        of_group = [
            _change(top, treated, group - 1, year)
            - _change(top, {p for p in kept if start.get(p, 9999) > year}, group - 1, year)
            for year in YEARS
            if year >= group
        ]
        effects.append(fmean(of_group))
        sizes.append(len(treated))
    plain = sum(e * n for e, n in zip(effects, sizes, strict=True)) / sum(sizes)
    (found,) = _everywhere(estimates, "effect")
    assert found.value == pytest.approx(plain)


def test_the_planted_effect_lies_within_the_interval_and_is_told_from_nothing(estimates):
    (found,) = _everywhere(estimates, "effect")
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < TRAINING_EFFECT < found.high
    assert found.verdict == "rose"


def test_a_start_a_year_too_early_has_no_effect(estimates):
    (placebo,) = _everywhere(estimates, "placebo")
    assert placebo.low is not None
    assert placebo.high is not None
    assert placebo.low < 0 < placebo.high


def test_one_year_of_records_says_that_it_cannot_tell(tmp_path: Path):
    short = Store(tmp_path / "short")
    make(short, people=1000, months=12)
    work = open_work(str(tmp_path / "work.duckdb"), str(short.records))
    (found,) = _everywhere(list(training_effect.fit(work)), "effect")
    work.close()
    assert found.value is None
    assert found.verdict == "unknown"
    assert found.reason
