"""What a snapshot tells together with those kept before it.

Two files that differ by one person tell that person's groups and figures. So a finished year stays
as it was published until enough people changed in it since every kept snapshot. Then it is published
anew, and withheld of small places where few people changed since a kept snapshot in which it was
over. A sensitive count that differs a little from one in a kept snapshot is withheld, of any place and
year.
"""

# pyright: reportIndexIssue=false, reportArgumentType=false, reportGeneralTypeIssues=false
# numpy types `any` along an axis as what may also be one value.

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np

from analytics.cells import Layout
from analytics.disclosure.exchange import small
from analytics.disclosure.figures import Figures, Map, read_figures
from analytics.disclosure.places import Tree
from analytics.disclosure.protect import MANY_ROWS, base_of
from analytics.metrics import over_time_of
from analytics.metrics.guards import SENSITIVE_BELOW, SPREAD

Array = np.ndarray

FEWEST_CHANGED = 5
"""A finished year is published anew once so many people changed in it."""

PROVINCE = 1
SMALL_PLACE = 50
"""Of places with fewer people, a year in which few changed is withheld. Of larger ones it is not: who
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
WHERE c.level = 0 OR coalesce(a.agency, g.region) IS NOT NULL
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
        last = min(finished, _finished_in(connection, name))
        over = [year for year in figures if year <= last]
        changes = changes_since(connection, layout, places, over, name, level=PROVINCE)
        for year, changed in changes.items():
            people = _people(layout, figures[year])
            mask = (people < SMALL_PLACE) & small(changed, FEWEST_CHANGED)
            mask = _among_others(places.tree, mask & (places.tree.level > 0), people)
            of_year = found.setdefault(year, {})
            of_year.setdefault(base_of(layout), []).extend(_everywhere(figures[year], mask))
        for year, of_year in _sensitive_differences(connection, layout, figures, places, name):
            for guard, masks in of_year.items():
                found.setdefault(year, {}).setdefault(guard, []).extend(masks)
    return found


def _people(layout: Layout, figures: Figures) -> Array:
    """How many people each place has in its fullest period."""
    people = figures.columns_at([layout.people[base_of(layout)]])
    return figures.whole[people].max(axis=(0, 2))


def _among_others(tree: Tree, mask: Array, people: Array) -> Array:
    """Places to withhold, and others beside them: what is left of a total is many people.

    Where all that a total has are few, it is a small place itself.
    """
    mask = mask.copy()
    for total in np.unique(tree.parent[mask]).tolist():
        beside = np.flatnonzero((tree.parent == total) & (people > 0))
        lacking = SMALL_PLACE - people[beside[mask[beside]]].sum()
        others = beside[~mask[beside]]
        others = others[np.argsort(people[others], kind="stable")]
        while lacking > 0 and len(others):
            enough = int(np.searchsorted(people[others], lacking))
            chosen = min(enough, len(others) - 1)
            mask[others[chosen]] = True
            lacking -= people[others[chosen]]
            others = np.delete(others, chosen)
    return mask


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
    sensitive = _sensitive(layout)
    if not any(sensitive.values()):
        return
    cells = f"({CELLS.format(name=name, table=layout.table.name)})"
    before = read_figures(connection, layout, places, cells, np.nan, list(figures))
    for year in figures.keys() & before.keys():
        yield (
            year,
            {
                guard: _differences(figures[year], before[year], columns)
                for guard, columns in sensitive.items()
                if columns
            },
        )


def _sensitive(layout: Layout) -> dict[str, list[str]]:
    """The columns of each sensitive guard."""
    return {
        guard: [
            column
            for column in layout.carried
            if (layout.guard_of.get(column) or layout.among_of[column]) == guard
        ]
        for guard, rule in layout.guards.items()
        if rule.sensitive and not guard.startswith(SPREAD)
    }


CROSSED = """
SELECT DISTINCT year(o.period)::INTEGER, o.breakdown::VARCHAR
FROM ({cells}) o LEFT JOIN cell_{table} n ON {keys}
WHERE contains(o.breakdown::VARCHAR, ',') AND ({slight}) AND list_contains($years, year(o.period))
"""


def slightly_changed_pairs(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    years: Collection[int],
    earlier: Earlier,
) -> set[tuple[int, str]]:
    """Crossed breakdowns, with their year, in which sensitive counts of some years differ by 1 to 4
    from those of a kept snapshot: both breakdowns can be as they were, and their crossing not."""
    columns = list(dict.fromkeys(c for of_guard in _sensitive(layout).values() for c in of_guard))
    slight = " OR ".join(
        f"abs(coalesce(n.{column}, 0) - o.{column}) BETWEEN 1 AND {SENSITIVE_BELOW - 1}"
        for column in columns
    )
    found: set[tuple[int, str]] = set()
    for name in earlier.kept if columns else ():
        if comparable(connection, name, layout):
            rows = connection.execute(
                CROSSED.format(
                    cells=CELLS.format(name=name, table=layout.table.name),
                    table=layout.table.name,
                    keys=SAME_CELL,
                    slight=slight,
                ),
                {"years": list(years)},
            )
            found |= {(year, by) for year, by in rows.fetchall()}
    return found


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


# One person has at most one row a month, so that a column of rows changes by up to twelve a year for
# each; of some tables any number. A cell without a row is empty, of undivided figures: groups are not
# published at every grain.
CHANGES = """
WITH o AS ({cells}), n AS (SELECT * FROM cell_{table}),
cell AS (
  SELECT coalesce(o.level, n.level) AS level, coalesce(o.place, n.place) AS place,
         coalesce(o.breakdown::VARCHAR, n.breakdown::VARCHAR) AS breakdown,
         coalesce(o.grain, n.grain) AS grain, coalesce(o.period, n.period) AS period,
         o.level IS NULL AS added, {pairs}
  FROM o FULL JOIN n ON {keys}
),
changed AS (
  SELECT level, place, breakdown, grain, period, {span} AS span, greatest({changes}) AS people
  FROM cell
  WHERE level >= $level AND list_contains($years, year(period)) AND NOT contains(breakdown, ',')
    AND (breakdown = '' OR grain = 'year' AND NOT added)
    AND year(period) IN (SELECT year(period) FROM o)
)
SELECT level, place, year(period) AS year, max(people) AS people FROM changed GROUP BY ALL
UNION ALL
-- Whoever moves is in two places of a level: one before and one after, in each month of a period.
SELECT 0, 0, year(period), ceil(sum(people) / (2 * any_value(span)))
FROM changed WHERE breakdown = '' AND level > 0 GROUP BY level, grain, period
"""
KEYS = ("level", "place", "breakdown", "category", "category_2", "grain", "period")


def changes_since(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    places: Map,
    years: Collection[int],
    name: str,
    level: int = 0,
) -> dict[int, Array]:
    """How many people at least changed in each of some years of each place since a snapshot that
    has the year, from a level downwards."""
    if not years:
        return {}
    values = {"years": list(years), "level": level}
    rows = connection.execute(_changes(layout, name), values).fetchnumpy()
    year = np.asarray(rows["year"])
    at = places.rows(np.asarray(rows["level"]), np.asarray(rows["place"]))
    people = np.ma.filled(np.ma.asarray(rows["people"]).astype(float), 0)
    found = {}
    for one in np.unique(year).tolist():
        found[one] = np.zeros(len(places.tree))
        np.maximum.at(found[one], at[year == one], people[year == one])
    return found


def kept_years(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    places: Map,
    years: Iterable[int],
    finished: int,
    earlier: Earlier,
) -> dict[int, str]:
    """Those of some years that stay as a kept snapshot has them, since few people changed in all;
    and which one that is: the one that is served, else the newest.

    A year in which nothing changed stays too: what changed may be withheld.
    """
    stay: dict[int, str] = {}
    years = {year for year in years if year <= finished}
    names = ([earlier.served] if earlier.served else []) + list(earlier.kept)
    for name in dict.fromkeys(names):
        if years <= stay.keys() or not comparable(connection, name, layout):
            continue
        over = min(finished, _finished_in(connection, name))
        elsewhere = _years_of_other_places(connection, layout, name)
        compared = [year for year in years - stay.keys() - elsewhere if year <= over]
        changes = changes_since(connection, layout, places, compared, name)
        for year in changes:
            if changes[year][0] < FEWEST_CHANGED:
                stay[year] = name
    return stay


def _finished_in(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """The last year that was over when a snapshot was made."""
    [(year,)] = connection.execute(f"SELECT max(year) FROM {name}.finished_year").fetchall()
    return int(year or 0)


# Cells of an agency that is gone or stands elsewhere do not add up to the totals beside them.
OTHER_PLACES = """
SELECT DISTINCT year(c.period)::INTEGER
FROM {name}.cell_{table} c
JOIN {name}.place p ON p.level = c.level AND p.number = c.place
LEFT JOIN (
  SELECT 1 AS level, province_code AS code, 'all' AS parent FROM government_of
  UNION SELECT 2, region_code, province_code FROM government_of
  UNION SELECT 3, agency_id, region_code FROM place_of
) h ON h.level = p.level AND h.code = p.code AND h.parent = p.parent
WHERE (c.level > 0 AND h.code IS NULL)
   OR try_cast(c.category::VARCHAR AS category) IS NULL
"""


def _years_of_other_places(
    connection: duckdb.DuckDBPyConnection, layout: Layout, name: str
) -> set[int]:
    """The years in which a snapshot has places or categories that are no longer there."""
    rows = connection.execute(OTHER_PLACES.format(name=name, table=layout.table.name)).fetchall()
    return {year for (year,) in rows}


def _changes(layout: Layout, name: str) -> str:
    span = "CASE grain WHEN 'year' THEN 12 WHEN 'quarter' THEN 3 ELSE 1 END"
    if over_time_of(layout.table.name) == "last" or layout.table.grains == ("year",):
        span = "1"
    people = list(dict.fromkeys(layout.people.values()))
    rows = [] if layout.table.name in MANY_ROWS else [c for c in layout.carried if c not in people]
    others = [c for c in dict.fromkeys(layout.column_of.values()) if c not in {*people, *rows}]
    changes = [f"abs(new_{column} - old_{column})" for column in people]
    changes += [f"ceil(abs(new_{column} - old_{column}) / ({span}))" for column in rows]
    changes += [f"(new_{column} <> old_{column})::INTEGER" for column in others]
    pairs = [
        f"coalesce(n.{column}, 0) AS new_{column},"
        f" CASE WHEN o.level IS NULL THEN 0 ELSE o.{column} END AS old_{column}"
        for column in [*people, *rows, *others]
    ]
    return CHANGES.format(
        changes=", ".join(f"coalesce({change}, 0)" for change in changes),
        pairs=", ".join(pairs),
        span=span,
        table=layout.table.name,
        cells=CELLS.format(name=name, table=layout.table.name),
        keys=SAME_CELL,
    )


def _of(table: str, key: str) -> str:
    """A key as text where the two files have types of their own for it."""
    named = f"{table}.{key}"
    return f"{named}::VARCHAR" if key in ("breakdown", "category", "category_2") else named


SAME_CELL = " AND ".join(f"{_of('n', key)} = {_of('o', key)}" for key in KEYS)
