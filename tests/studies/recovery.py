"""Planted truths of the demo store, found again over many seeds.

    python -m tests.studies.recovery --seeds 200 [--people 8000] [--first 1]

Prints a table in Markdown: how often the 95 % interval held the truth, and what was said of it. One
seed is one store of made-up people, three years long.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from analytics.cells import open_work
from analytics.stats.interrupted_series import LEVEL, interrupted_series
from analytics.stats.intervals import newcombe
from analytics.store.demo import make, truths
from analytics.store.records import Store
from analytics.studies import activity_effects, training_effect
from analytics.studies.base import Study

MONTHS = 36


@dataclass(frozen=True)
class Told:
    """What one store said of one truth: an interval (none where it cannot tell) and a verdict."""

    truth: str
    size: float
    low: float | None
    high: float | None
    verdict: str = ""

    @property
    def held(self) -> bool:
        return self.low is not None and self.high is not None and self.low <= self.size <= self.high


def of_store(people: int, seed: int, folder: Path) -> Iterator[Told]:
    """Everything that is told of one store's planted truths."""
    store = Store(folder / f"seed-{seed}")
    make(store, people=people, months=MONTHS, seed=seed)
    work = open_work(str(folder / f"work-{seed}.duckdb"), str(store.records))
    yield from _studied(work, training_effect.STUDY, {"": truths.TRAINING_EFFECT})
    planted = {"forum": truths.FORUM_EFFECT, "socialisation": truths.SOCIALISATION_EFFECT}
    yield from _studied(work, activity_effects.STUDY, planted)
    yield from _queues(work)
    yield from _training_gap(work)
    work.close()


def _studied(
    work: duckdb.DuckDBPyConnection, study: Study, planted: dict[str, float]
) -> Iterator[Told]:
    for one in study.fit(work):
        if (one.level, one.measure) == ("all", "effect") and one.subject in planted:
            name = one.subject or "training"
            yield Told(name, planted[one.subject], one.low, one.high, str(one.verdict))


WAITING = """
-- One row is an agency with an online queue and a month: days waited, over its services.
SELECT agency_id, month, sum(requests * median_days) / sum(requests) AS days, date AS begins
FROM records.service_outcome JOIN records.activity USING (agency_id)
WHERE kind = 'policy_start' AND median_days IS NOT NULL
GROUP BY agency_id, month, date ORDER BY agency_id, month
"""


def _queues(work: duckdb.DuckDBPyConnection) -> Iterator[Told]:
    rows = work.execute(WAITING).df()
    for _, of_agency in rows.groupby("agency_id"):
        before = of_agency["month"].to_numpy() < of_agency["begins"].to_numpy()
        at = int(np.count_nonzero(before))
        series = of_agency["days"].to_numpy(float)
        found = interrupted_series(series, at, 0.5, changes=(LEVEL,))
        step = found.average
        yield Told(
            "online queue",
            truths.QUEUE_EFFECT,
            step and step.low,
            step and step.high,
            str(found.verdict),
        )


COVERED = """
-- One row is a province: PNS with 20 JP in December of the last year, and PNS.
SELECT province_code, count(*) FILTER (WHERE hours_jp >= 20), count(*)
FROM training_to_date JOIN place_of USING (agency)
WHERE status = 'PNS' AND month = (SELECT max(month) FROM calendar)
GROUP BY province_code
"""


def _training_gap(work: duckdb.DuckDBPyConnection) -> Iterator[Told]:
    counts = {place: numbers for place, *numbers in work.execute(COVERED).fetchall()}
    own, other = (np.array(counts[place], float) for place in (truths.LAMPUNG, truths.BENGKULU))
    gap = newcombe(*own, *other)
    size = truths.RATE_GAP + truths.COMPOSITION_GAP
    yield Told("training gap", size, float(gap.low), float(gap.high))


def table(told: list[Told]) -> str:
    """The rows of the table: truth, size, stores, how often held, what was said."""
    by_truth: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        by_truth[one.truth].append(one)
    lines = [
        "| truth | size | intervals | held it | rose | fell | no larger | cannot tell |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for truth, of_truth in by_truth.items():
        known = [one for one in of_truth if one.low is not None]
        held = np.mean([one.held for one in known]) if known else float("nan")
        said = [
            sum(one.verdict == word for one in of_truth)
            for word in ("rose", "fell", "no_larger", "unknown")
        ]
        lines.append(
            f"| {truth} | {of_truth[0].size:g} | {len(known)} | {held:.1%} | "
            + " | ".join(str(number) if of_truth[0].verdict else "–" for number in said)
            + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--people", type=int, default=8000)
    asked = parser.parse_args()
    told: list[Told] = []
    for seed in range(asked.first, asked.first + asked.seeds):
        folder = Path(tempfile.mkdtemp())
        told += of_store(asked.people, seed, folder)
        shutil.rmtree(folder)
        if seed % 10 == 0:
            print(f"\nAfter seed {seed}, {asked.people:,} people:\n{table(told)}", flush=True)
    print(f"\n{asked.seeds} stores of {asked.people:,} people:\n\n{table(told)}")


if __name__ == "__main__":
    main()
