"""Counts what a published snapshot withholds, and the headline figures it keeps.

Everything is read from the snapshot file, of either version. Sizes of agencies come from the record
store beside it where there is one: an agency that is withheld has no headcount in the file.

A figure is one metric in one row of a cell table. It is withheld where a part that its value needs
is NULL. Where the file says that nobody stands behind it, it is no figure. From version 2 on rows
with nobody are withheld alike beside a withheld one, so the share withheld includes figures that
nobody stands behind; the headline figures kept are counts of values that a reader can see.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, str(ROOT))

from analytics.metrics.rows import PERSONAL  # noqa: E402
from analytics.store.records import Store  # noqa: E402

GRAINS = ("month", "quarter", "year")
ORDER = ("all", "province", "government", "agency", "kind", "whole", "single", "pair", "own")
"""Of levels and breakdowns in a table; other names keep the order they come in."""
AGENCY_HEADLINES = ("training_coverage", "top_rating_share")
SENSITIVE = re.compile(
    "good_rating_share|effective_predicates|low_rating|needs_improvement|(very_)?poor_share"
    "|(result|behaviour)_below|matrix_(?!above_above)|objection"
)
"""Metrics that show a sensitive count, or its complement: Baik beside low ratings. They are named
here because versions of the code differ in how a metric says so."""

LARGE_AGENCY = 30
"""People in service at the end of the year."""
MOST_LOST = 50
"""Headline figures lost that are listed by name."""

NONE = "none"

Report = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """SQL conditions on a row of a cell table, for one metric.

    `exists` is false where the file says that nobody stands behind the figure, `kept` holds where
    its value can be computed, and `spread` where a sum of squares comes with it (NULL for metrics
    that have none).
    """

    metric: str
    exists: str
    kept: str
    spread: str | None

    @classmethod
    def of(cls, metric: str, parts: Mapping[str, str], people: str) -> Figure:
        """The figure of a metric, given the column of each part and of its people."""
        exists = f"{people} IS DISTINCT FROM 0"
        needed = sorted({column for part, column in parts.items() if part != "squares"})
        kept = " AND ".join([exists, *(f"{column} IS NOT NULL" for column in needed)])
        squares = parts.get("squares")
        return cls(metric, exists, kept, squares and f"{kept} AND {squares} IS NOT NULL")


def read_report(store: Store) -> Report:
    """What the snapshot being served withholds and keeps."""
    snapshot_id = store.pointer.read_text(encoding="utf-8").strip()
    path = store.snapshots / f"{snapshot_id}.duckdb"
    manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = figures_by_table(connection)
        return {
            "snapshot": snapshot_id,
            "protection": manifest.get("protection", 1),
            "file_megabytes": round(path.stat().st_size / 1e6, 1),
            "cells": [
                line
                for name, figures in tables.items()
                for line in cells(connection, name, figures)
            ],
            "headlines": [
                line
                for name, figures in tables.items()
                for line in headlines(connection, name, figures)
            ],
            "kept_by_year": {
                figure.metric: kept_by_year(connection, name, figure)
                for name, figures in tables.items()
                for figure in figures
            },
            "agencies": agencies(connection, store, tables),
        }


def figures_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Figure]]:
    """The figures in each cell table."""
    parts: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    rows = connection.execute(
        "SELECT table_name, metric, people_column, part, column_name FROM metric_part"
    )
    for table, metric, people, part, column in rows.fetchall():
        parts[table, metric, people][part] = column
    tables: dict[str, list[Figure]] = defaultdict(list)
    for (table, metric, people), columns in parts.items():
        tables[table].append(Figure.of(metric, columns, people))
    return dict(tables)


# Rows of version 1 that no reader sees (a government's own people, kinds of too few agencies) only
# close the sums of its protection: they are no figures.
READABLE = """
SELECT *, CASE WHEN kind <> '' THEN 'kind'
               ELSE list_extract(['all', 'province', 'government', 'agency'], level + 1)
          END AS level_name
FROM cell_{table}
WHERE place >= 0 AND kind <> '~'
"""


def cells(
    connection: duckdb.DuckDBPyConnection, table: str, figures: Iterable[Figure]
) -> list[Report]:
    """Figures, those withheld, means and those with a spread, by level, breakdown and grain."""
    figures = list(figures)
    sums = {
        "figures": _count(figure.exists for figure in figures),
        "withheld": _count(f"{figure.exists} AND NOT ({figure.kept})" for figure in figures),
        "means": _count(figure.kept for figure in figures if figure.spread),
        "spreads": _count(figure.spread for figure in figures if figure.spread),
    }
    personal = ", ".join(repr(name) for name in PERSONAL)
    rows = connection.execute(f"""
        SELECT level_name AS level,
               CASE WHEN breakdown::VARCHAR = '' THEN 'whole'
                    WHEN contains(breakdown::VARCHAR, ',') THEN 'pair'
                    WHEN breakdown::VARCHAR IN ({personal}) THEN 'single'
                    ELSE 'own' END AS by,
               grain, {", ".join(f"{sql} AS {name}" for name, sql in sums.items())}
        FROM ({READABLE.format(table=table)})
        GROUP BY ALL ORDER BY ALL
    """)
    names = ("level", "breakdown", "grain", *sums)
    return [{"table": table, **dict(zip(names, row, strict=True))} for row in rows.fetchall()]


def _count(conditions: Iterable[str]) -> str:
    """SQL that counts how often conditions hold, over all rows of a group."""
    counts = [f"count(*) FILTER (WHERE {condition})" for condition in conditions]
    return " + ".join(counts) or "0"


def headlines(
    connection: duckdb.DuckDBPyConnection, table: str, figures: Iterable[Figure]
) -> list[Report]:
    """Undivided figures of provinces and governments and those kept, by metric, level and grain."""
    lines = []
    for figure in figures:
        rows = connection.execute(f"""
            SELECT level_name, grain, {_count([figure.exists])}, {_count([figure.kept])}
            FROM ({READABLE.format(table=table)})
            WHERE breakdown::VARCHAR = '' AND level_name IN ('province', 'government')
            GROUP BY ALL ORDER BY ALL
        """)
        lines += [
            {
                "table": table,
                "metric": figure.metric,
                "sensitive": bool(SENSITIVE.match(figure.metric)),
                "level": level,
                "grain": grain,
                "figures": total,
                "kept": kept,
            }
            for level, grain, total, kept in rows.fetchall()
            if total
        ]
    return lines


def kept_by_year(
    connection: duckdb.DuckDBPyConnection, table: str, figure: Figure
) -> dict[str, list[int]]:
    """Years in which the undivided figure of a province or government is kept, by place."""
    rows = connection.execute(f"""
        SELECT level_name || ' ' || name, list(year(period) ORDER BY period)
        FROM ({READABLE.format(table=table)}) c
        JOIN (SELECT level, number AS place, name FROM place) p USING (level, place)
        WHERE breakdown::VARCHAR = '' AND grain = 'year' AND {figure.kept}
          AND level_name IN ('province', 'government')
        GROUP BY ALL ORDER BY ALL
    """)
    return dict(rows.fetchall())


def agencies(
    connection: duckdb.DuckDBPyConnection, store: Store, tables: Mapping[str, Iterable[Figure]]
) -> Report:
    """Of agencies with 30 people or more by year, those that keep the two headline figures."""
    source = agency_sizes(connection, store)
    years: dict[int, Report] = {}
    for table, figures in tables.items():
        for figure in figures:
            if figure.metric not in AGENCY_HEADLINES:
                continue
            rows = connection.execute(f"""
                SELECT s.year, count(*), {_count([figure.kept])}, count(*) FILTER (c.place IS NULL)
                FROM agency_size s
                LEFT JOIN (
                  SELECT *, year(period) AS year FROM cell_{table}
                  WHERE level = 3 AND kind = '' AND breakdown::VARCHAR = '' AND grain = 'year'
                ) c USING (place, year)
                WHERE people >= {LARGE_AGENCY} GROUP BY s.year ORDER BY s.year
            """)
            for year, total, kept, absent in rows.fetchall():
                line = years.setdefault(year, {"year": year, "agencies": total})
                line[figure.metric] = {"kept": kept, "absent": absent}
    return {"source": source, "years": list(years.values())}


# The last day of a year that the file has figures of: in a running year, of its last month.
AGENCY_SIZES = """
CREATE OR REPLACE TEMP TABLE agency_size AS
-- One row is an agency and its people in service at the end of a year.
SELECT p.number AS place, y.year, count(DISTINCT e.employee_id) AS people
FROM (
  SELECT year(period) AS year, last_day(max(period)) AS day
  FROM cell_training_to_date WHERE grain = 'month' GROUP BY 1
) y
JOIN records.employee e
  ON e.valid_from <= y.day AND (e.valid_to IS NULL OR e.valid_to >= y.day)
JOIN place p ON p.level = 3 AND p.code = e.agency_id
GROUP BY 1, 2
"""

SHOWN_SIZES = """
CREATE OR REPLACE TEMP TABLE agency_size AS
-- One row is an agency and its headcount by year, where it is shown.
SELECT place, year(period) AS year, {headcount} AS people
FROM cell_training_to_date
WHERE level = 3 AND kind = '' AND breakdown::VARCHAR = '' AND grain = 'year'
  AND {headcount} IS NOT NULL
"""


def agency_sizes(connection: duckdb.DuckDBPyConnection, store: Store) -> str:
    """Make the table `agency_size`; returns where the sizes come from, records or snapshot."""
    if store.records.exists():
        connection.execute("ATTACH $path AS records (READ_ONLY)", {"path": str(store.records)})
        connection.execute(AGENCY_SIZES)
        connection.execute("DETACH records")
        return "records"
    column = connection.execute(
        "SELECT column_name FROM metric_part WHERE metric = 'headcount' AND part = 'denominator'"
    ).fetchone()
    if column is None:
        connection.execute(
            "CREATE TEMP TABLE agency_size (place INTEGER, year INTEGER, people BIGINT)"
        )
        return "none"
    connection.execute(SHOWN_SIZES.format(headcount=column[0]))
    return "snapshot"


@dataclass(frozen=True)
class TextTable:
    """A table of texts: the fields of each row, one a column, by the row's key."""

    keys: list[str]
    columns: list[str]
    rows: dict[tuple[str, ...], list[str]]

    def markdown(self) -> str:
        """The table as Markdown."""
        rows = [[*key, *fields] for key, fields in self.rows.items()]
        head = [*self.keys, *self.columns]
        lines = [head, ["---"] * len(head), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def beside(tables: Sequence[TextTable]) -> TextTable:
    """The same table of several reports, field by field, the version before first."""
    keys = dict.fromkeys(key for table in tables for key in table.rows)
    first = tables[0]
    empty = [NONE] * len(first.columns)
    rows = {
        key: [
            " → ".join(texts) if set(texts) != {NONE} else ""
            for texts in zip(*(table.rows.get(key, empty) for table in tables), strict=True)
        ]
        for key in keys
    }
    return TextTable(first.keys, first.columns, rows)


def share(part: int, whole: int) -> str:
    """A share in per cent, with one decimal."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def total(lines: Iterable[Report], name: str) -> int:
    """The sum of a field."""
    return sum(line[name] for line in lines)


def write_withheld(lines: Sequence[Report]) -> str:
    """Figures, and the share of them withheld."""
    figures = total(lines, "figures")
    return f"{figures:,} ({share(total(lines, 'withheld'), figures)})" if figures else NONE


def write_kept(lines: Sequence[Report]) -> str:
    """Figures kept, of those not known to stand on nobody."""
    return f"{total(lines, 'kept'):,} of {total(lines, 'figures'):,}" if lines else NONE


def group(lines: Iterable[Report], keys: Sequence[str]) -> dict[tuple[str, ...], list[Report]]:
    """Lines by the values of some fields, levels and breakdowns from large to small."""
    groups: dict[tuple[str, ...], list[Report]] = defaultdict(list)
    for line in lines:
        groups[tuple(line[key] for key in keys)].append(line)
    names = dict.fromkeys([*ORDER, *(name for key in groups for name in key)])
    position = {name: number for number, name in enumerate(names)}
    return dict(sorted(groups.items(), key=lambda item: [position[name] for name in item[0]]))


def by_grain(
    lines: Iterable[Report], keys: Sequence[str], write: Callable[[Sequence[Report]], str]
) -> TextTable:
    """One row a key and one column a grain."""
    rows = {
        key: [write([line for line in group_lines if line["grain"] == grain]) for grain in GRAINS]
        for key, group_lines in group(lines, keys).items()
    }
    return TextTable(list(keys), list(GRAINS), rows)


def summary(report: Report) -> TextTable:
    """Each cell table: figures, withheld, shown, and means shown with a sum of squares."""
    rows = {}
    for key, lines in [
        *group(report["cells"], ["table"]).items(),
        (("all tables",), report["cells"]),
    ]:
        figures, withheld = total(lines, "figures"), total(lines, "withheld")
        means = total(lines, "means")
        rows[key] = [
            f"{figures:,}",
            f"{withheld:,} ({share(withheld, figures)})",
            f"{figures - withheld:,}",
            f"{total(lines, 'spreads'):,} of {means:,}" if means else NONE,
        ]
    return TextTable(["table"], ["figures", "withheld", "shown", "means with a spread"], rows)


def withheld_cells(report: Report) -> TextTable:
    """Figures and the share withheld, by table, level, breakdown and grain."""
    return by_grain(report["cells"], ["table", "level", "breakdown"], write_withheld)


def headline_totals(report: Report) -> TextTable:
    """Headline figures kept, sensitive metrics apart, by level and grain."""
    lines = [
        {**line, "metrics": "sensitive" if line["sensitive"] else "other"}
        for line in report["headlines"]
    ]
    return by_grain(lines, ["level", "metrics"], write_kept)


def headline_metrics(report: Report) -> TextTable:
    """Headline figures kept, by table, metric, level and grain."""
    return by_grain(report["headlines"], ["table", "metric", "level"], write_kept)


def large_agencies(report: Report) -> TextTable:
    """Agencies with 30 people or more and those that keep their headline figures, by year."""
    rows = {}
    for line in report["agencies"]["years"]:
        kept = [line[metric]["kept"] if metric in line else 0 for metric in AGENCY_HEADLINES]
        shares = [f"{number:,} ({share(number, line['agencies'])})" for number in kept]
        rows[(str(line["year"]),)] = [f"{line['agencies']:,}", *shares]
    return TextTable(["year"], ["agencies", *AGENCY_HEADLINES], rows)


def lost_headlines(before: Report, after: Report) -> list[tuple[str, str]]:
    """Headline figures by year that the version before keeps and this one does not: metric, where."""
    return [
        (metric, f"{place}, {year}")
        for metric, places in before["kept_by_year"].items()
        for place, years in places.items()
        for year in years
        if year not in after["kept_by_year"].get(metric, {}).get(place, [])
    ]


SECTIONS: Mapping[str, Callable[[Report], TextTable]] = {
    "Figures and those withheld, by table": summary,
    "Figures (share withheld), by table, level, breakdown and grain": withheld_cells,
    "Undivided figures of provinces and governments kept": headline_totals,
    "The same, by metric": headline_metrics,
    f"Agencies with {LARGE_AGENCY} people or more that keep a figure by year": large_agencies,
}


def document(reports: Sequence[Report]) -> str:
    """Everything as Markdown; of two reports, side by side."""
    about = [
        f"snapshot {report['snapshot']} (protection {report['protection']},"
        f" {report['file_megabytes']} MB, sizes of agencies from {report['agencies']['source']})"
        for report in reports
    ]
    parts = [" → ".join(about) + "\n"]
    for title, section in SECTIONS.items():
        table = beside([section(report) for report in reports])
        parts.append(f"## {title}\n\n{table.markdown()}")
    if len(reports) > 1:
        parts.append(lost_section(lost_headlines(reports[0], reports[-1])))
    return "\n".join(parts)


def lost_section(lost: Sequence[tuple[str, str]]) -> str:
    """How many headline figures by year were lost; those of metrics that are not sensitive by name."""
    plain = [f"- {metric}, {where}\n" for metric, where in lost if not SENSITIVE.match(metric)]
    more = f"- and {len(plain) - MOST_LOST:,} more\n" if len(plain) > MOST_LOST else ""
    return (
        f"## Headline figures by year lost\n\n{len(plain):,}, and {len(lost) - len(plain):,}"
        f" of sensitive metrics.\n\n{''.join(plain[:MOST_LOST])}{more}"
    )


def main() -> None:
    """Read the store's snapshot, print what it withholds and keeps, and keep it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="a store that was published")
    parser.add_argument("--json", type=Path, help="file to write the counts to")
    parser.add_argument("--compare", type=Path, help="counts of another snapshot, shown first")
    options = parser.parse_args()
    report = read_report(Store(options.store))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    before = [json.loads(options.compare.read_text(encoding="utf-8"))] if options.compare else []
    print(document([*before, report]))


if __name__ == "__main__":
    main()
