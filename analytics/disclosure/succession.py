"""What a snapshot tells together with those kept before it.

Two files that differ by one person tell that person's groups and figures. So a finished year stays
as it was published until enough people changed in it. From then on it is published anew, and
withheld of small places where few people changed since a kept snapshot. A sensitive count that
differs a little from one in a kept snapshot is withheld, of any place and year.
"""

# pyright: reportIndexIssue=false, reportArgumentType=false, reportGeneralTypeIssues=false
# numpy types `any` along an axis as what may also be one value.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np

from analytics.cells import Layout
from analytics.disclosure.exchange import small
from analytics.disclosure.figures import Figures, Map, read_figures
from analytics.disclosure.protect import SPREAD, base_of, guards_of
from analytics.metrics import over_time_of
from analytics.metrics.guards import SENSITIVE_BELOW

Array = np.ndarray

FEWEST_CHANGED = 5
"""A finished year is published anew once so many people changed in it."""

AGENCY = 3
SMALL_PLACE = 50
"""Of agencies with fewer people, a year in which few changed is withheld. Of larger ones it is not: who
changed is one of many, and every late correction would withhold a government."""


@dataclass(frozen=True)
class Earlier:
    """The snapshots kept so far, as the names under which they are attached, newest first.

    `served` is the one that is served now, None where there is none that can be compared.
    """

    kept: tuple[str, ...] = ()
    served: str | None = None


# Places keep their codes from one snapshot to the next, not their numbers.
CELLS = """
SELECT c.* REPLACE (coalesce(a.agency, g.region, 0) AS place)
FROM {name}.cell_{table} c
JOIN {name}.place p ON p.level = c.level AND p.number = c.place
LEFT JOIN place_of a ON c.level = 3 AND a.agency_id = p.code
LEFT JOIN government_of g ON c.level IN (1, 2) AND g.region_code = p.code
WHERE c.level < 3 OR a.agency IS NOT NULL
"""

COLUMNS = """
SELECT metric, part, column_name FROM {name}.metric_part WHERE table_name = $table
"""


def comparable(connection: duckdb.DuckDBPyConnection, name: str, layout: Layout) -> bool:
    """Whether an attached snapshot has a table, with the columns that it has now."""
    rows = connection.execute(COLUMNS.format(name=name), {"table": layout.table.name}).fetchall()
    return {(metric, part): column for metric, part, column in rows} == dict(layout.column_of)


Masks = list[tuple[str, int, Array]]
"""A breakdown ("" for whole figures), a grain and a mask: place, or place × category."""


def slightly_changed(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    figures: Mapping[int, Figures],
    places: Map,
    finished: int,
    earlier: Earlier,
) -> dict[int, dict[str, Masks]]:
    """Cells to withhold for what kept snapshots tell together with them, by year and guard."""
    found: dict[int, dict[str, Masks]] = {}
    for name in earlier.kept:
        if not comparable(connection, name, layout):
            continue
        changes = changes_since(connection, layout, places, finished, name, level=AGENCY)
        for year in figures.keys() & changes.keys():
            mask = _small_places(layout, figures[year]) & small(changes[year], FEWEST_CHANGED)
            of_year = found.setdefault(year, {})
            of_year.setdefault(base_of(layout), []).extend(_everywhere(figures[year], mask))
        for year, of_year in _sensitive_differences(connection, layout, figures, places, name):
            for guard, masks in of_year.items():
                found.setdefault(year, {}).setdefault(guard, []).extend(masks)
    return found


def _small_places(layout: Layout, figures: Figures) -> Array:
    people = figures.columns_at([layout.people[base_of(layout)]])
    return figures.whole[people].max(axis=(0, 2)) < SMALL_PLACE


def _everywhere(figures: Figures, places: Array) -> Masks:
    """Everything of some places."""
    if not places.any():
        return []
    grains = np.unique(figures.periods.codes // 100).tolist()
    masks: Masks = [("", grain, places) for grain in grains]
    for by, cells in figures.breakdowns.items():
        every = np.repeat(places[:, None], len(cells.categories), axis=1)
        masks += [(by, grain, every) for grain in grains]
    return masks


def _sensitive_differences(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    figures: Mapping[int, Figures],
    places: Map,
    name: str,
) -> Iterator[tuple[int, dict[str, Masks]]]:
    """Where sensitive counts differ by 1 to 4 from those of a kept snapshot."""
    sensitive = {
        guard: [
            column
            for column in layout.carried
            if (layout.guard_of.get(column) or layout.among_of[column]) == guard
        ]
        for guard, rule in guards_of(layout).items()
        if rule.sensitive and not guard.startswith(SPREAD)
    }
    if not any(sensitive.values()):
        return
    cells = f"({CELLS.format(name=name, table=layout.table.name)})"
    before = read_figures(connection, layout, places, cells, missing=np.nan)
    for year in figures.keys() & before.keys():
        yield (
            year,
            {
                guard: _differences(figures[year], before[year], columns)
                for guard, columns in sensitive.items()
                if columns
            },
        )


def _differences(now: Figures, before: Figures, columns: list[str]) -> Masks:
    masks: Masks = []
    codes = np.intersect1d(now.periods.codes, before.periods.codes)
    for grain in np.unique(codes // 100).tolist():
        of_grain = codes[codes // 100 == grain]
        new = now.whole[now.columns_at(columns)][:, :, now.periods.at(of_grain)]
        old = before.whole[before.columns_at(columns)][:, :, before.periods.at(of_grain)]
        masks.append(("", grain, _slight(new, old).any(axis=(0, 2))))
        for by in now.breakdowns.keys() & before.breakdowns.keys():
            cells, former = (
                now.breakdowns[by],
                before.breakdowns[by].on(now.breakdowns[by].categories),
            )
            new = cells.upper[now.columns_at(columns)][..., now.periods.at(of_grain)]
            old = former.upper[before.columns_at(columns)][..., before.periods.at(of_grain)]
            mask = _slight(new, old).any(axis=(0, 3))
            below = np.zeros((cells.lower.shape[1], mask.shape[1]), dtype=bool)
            masks.append((by, grain, np.concatenate([mask, below])))
    return masks


def _slight(new: Array, old: Array) -> Array:
    difference = np.abs(new - old)
    return (difference >= 1) & (difference < SENSITIVE_BELOW)


# A column of people changes by as many as changed; one of rows by up to twelve times as many.
CHANGES = """
SELECT level, place, year, max(greatest({changes})) AS people
FROM (
  SELECT o.level, o.place, o.grain, year(o.period) AS year, {pairs}
  FROM ({cells}) o LEFT JOIN cell_{table} n ON {keys}
  WHERE o.level >= $level AND (o.breakdown::VARCHAR = '' OR o.grain = 'year')
    AND NOT contains(o.breakdown::VARCHAR, ',')
)
WHERE year <= $finished
GROUP BY level, place, year
"""
KEYS = ("level", "place", "breakdown", "category", "category_2", "grain", "period")


def changes_since(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    places: Map,
    finished: int,
    name: str,
    level: int = 0,
) -> dict[int, Array]:
    """How many people at least changed in each finished year of each place since a snapshot, from
    a level downwards."""
    values = {"finished": finished, "level": level}
    rows = connection.execute(_changes(layout, name), values).fetchnumpy()
    year = np.asarray(rows["year"])
    at = places.rows(np.asarray(rows["level"]), np.asarray(rows["place"]))
    people = np.ma.filled(np.ma.asarray(rows["people"]).astype(float), 0)
    found = {}
    for one in np.unique(year).tolist():
        found[one] = np.zeros(len(places.tree))
        found[one][at[year == one]] = people[year == one]
    return found


def kept_years(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    places: Map,
    finished: int,
    earlier: Earlier,
) -> list[int]:
    """The finished years that stay as the served snapshot has them: few people changed in all."""
    if earlier.served is None or not comparable(connection, earlier.served, layout):
        return []
    changes = changes_since(connection, layout, places, finished, earlier.served)
    return [
        year for year, people in changes.items() if people.max() > 0 and people[0] < FEWEST_CHANGED
    ]


def _changes(layout: Layout, name: str) -> str:
    months = "CASE grain WHEN 'year' THEN 12 WHEN 'quarter' THEN 3 ELSE 1 END"
    if over_time_of(layout.table.name) == "last":
        months = "1"
    people = set(layout.people.values())
    counts = [*people, *layout.carried]
    sums = [column for column in layout.column_of.values() if column not in counts]
    changes = [
        f"ceil(abs(new_{column} - old_{column}) / ({'1' if column in people else months}))"
        for column in counts
    ]
    changes += [f"(new_{column} <> old_{column})::INTEGER" for column in dict.fromkeys(sums)]
    pairs = [
        f"coalesce(n.{column}, 0) AS new_{column}, o.{column} AS old_{column}"
        for column in dict.fromkeys([*counts, *sums])
    ]
    return CHANGES.format(
        changes=", ".join(f"coalesce({change}, 0)" for change in changes),
        pairs=", ".join(pairs),
        table=layout.table.name,
        cells=CELLS.format(name=name, table=layout.table.name),
        keys=" AND ".join(f"{_of('n', key)} = {_of('o', key)}" for key in KEYS),
    )


def _of(table: str, key: str) -> str:
    """A key as text where the two files have types of their own for it."""
    named = f"{table}.{key}"
    return f"{named}::VARCHAR" if key in ("breakdown", "category", "category_2") else named
