"""The registry: every metric the dashboard knows, by key, in the order of its modules."""

from __future__ import annotations

from types import ModuleType

from analytics.metrics import careers, coverage, performance, readiness, services, training
from analytics.metrics.base import Metric, PublishedIndex
from analytics.metrics.rows import ROW_TABLES

SUBJECTS: dict[str, ModuleType] = {
    "performance": performance,
    "training": training,
    "readiness": readiness,
    "services": services,
    "careers": careers,
    "coverage": coverage,
}


def _metrics_of(module: ModuleType) -> list[Metric]:
    found: list[Metric] = []
    for value in vars(module).values():
        if isinstance(value, Metric):
            found.append(value)
        elif isinstance(value, tuple) and value and all(isinstance(v, Metric) for v in value):
            found.extend(value)
    return found


METRICS: dict[str, Metric] = {
    metric.key: metric for module in SUBJECTS.values() for metric in _metrics_of(module)
}
SUBJECT_OF: dict[str, str] = {
    metric.key: subject for subject, module in SUBJECTS.items() for metric in _metrics_of(module)
}


def dimensions_of(metric: Metric) -> tuple[str, ...]:
    """The dimensions that a metric can be broken down by, singly."""
    if isinstance(metric, PublishedIndex):
        return ("index",)
    # An index of ours is made of answers, and of no group's.
    return ROW_TABLES[metric.table].dimensions if metric.parts else ()


def over_time_of(table: str) -> str:
    """How the months of a row table make a longer period: sum or last.

    Raises ValueError where its metrics disagree, since they share one cell table.
    """
    ways = {
        metric.over_time for metric in METRICS.values() if metric.table == table and metric.parts
    }
    if len(ways) != 1:
        raise ValueError(f"metrics over {table} disagree on over_time: {sorted(ways)}")
    return ways.pop()
