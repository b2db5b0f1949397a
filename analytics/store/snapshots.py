"""Snapshots: the protected cells of one moment in one read-only file, published, kept, rolled back.

A file name is never used twice: a process that still holds the old file would be served old data.
The pointer file is replaced in one step, so a killed publish leaves the previous snapshot serving.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.audit import audit
from analytics.cells import Layout, drop_cells, in_portions, make_cells, open_work
from analytics.disclosure import (
    PATTERN_KEYS,
    NotProtected,
    make_patterns,
    masks,
    protected,
)
from analytics.metrics import METRICS
from analytics.metrics.performance import TOP_EXCESS, TOP_RATING
from analytics.metrics.rows import ROW_TABLES
from analytics.recaps import add_recaps
from analytics.schema import TABLES
from analytics.store.records import Store
from analytics.studies import write_estimates

KEPT = 10
"""How many snapshots stay for roll-back."""

Progress = Callable[[str, float], None]


class NotPublished(Exception):
    """Publishing stopped; the previous snapshot keeps serving."""


class UnknownSnapshot(Exception):
    """There is no snapshot of that id."""


@dataclass(frozen=True)
class Manifest:
    """What a snapshot was made of. Counts are rows; `withheld` maps a cell table to cells."""

    id: str
    published_at: str
    synthetic: bool
    sha256: str
    sources: list[dict]
    record_counts: dict[str, int]
    versions: dict[str, str]
    withheld: dict[str, int]


def quiet(words: str, share: float) -> None:
    """Progress nobody wants to see."""


def current_id(store: Store) -> str | None:
    """Id of the snapshot that is being served, or None."""
    if not store.pointer.exists():
        return None
    return store.pointer.read_text(encoding="utf-8").strip() or None


def snapshot_path(store: Store, snapshot_id: str) -> Path:
    """File of a snapshot."""
    return store.snapshots / f"{snapshot_id}.duckdb"


def manifest_of(store: Store, snapshot_id: str) -> Manifest:
    """The manifest of a snapshot. Raises UnknownSnapshot where there is none."""
    path = store.snapshots / f"{snapshot_id}.json"
    if not path.exists() or not snapshot_path(store, snapshot_id).exists():
        known = ", ".join(manifest.id for manifest in snapshots(store)) or "none"
        raise UnknownSnapshot(f"There is no snapshot {snapshot_id!r}. There are: {known}.")
    return Manifest(**json.loads(path.read_text(encoding="utf-8")))


def snapshots(store: Store) -> list[Manifest]:
    """Every snapshot kept, newest first."""
    found = sorted(store.snapshots.glob("*.json"), reverse=True)
    return [
        Manifest(**json.loads(path.read_text(encoding="utf-8")))
        for path in found
        if path.with_suffix(".duckdb").exists()
    ]


def roll_back(store: Store, snapshot_id: str) -> None:
    """Serve an earlier snapshot again. Raises UnknownSnapshot where there is none."""
    manifest_of(store, snapshot_id)
    _point_at(store, snapshot_id)


def publish(store: Store, *, progress: Progress = quiet) -> str:
    """Make the cells of the records, protect and prove them, and serve them; returns the new id.

    Raises NotPublished with what to do; the previous snapshot then keeps serving.
    """
    snapshot_id = prepare(store, progress=progress)
    show(store, snapshot_id)
    return snapshot_id


def show(store: Store, snapshot_id: str) -> None:
    """Serve a snapshot that was prepared, and remove those beyond the last few. Raises
    UnknownSnapshot."""
    roll_back(store, snapshot_id)
    for old in snapshots(store)[KEPT:]:
        if old.id != snapshot_id:
            discard(store, old.id)


def discard(store: Store, snapshot_id: str) -> None:
    """Remove a snapshot that is not served. Raises ValueError for the one that is."""
    if snapshot_id == current_id(store):
        raise ValueError(f"{snapshot_id} is being served")
    # The manifest last: without its file a snapshot is not listed, without a manifest it would stay.
    snapshot_path(store, snapshot_id).unlink(missing_ok=True)
    (store.snapshots / f"{snapshot_id}.json").unlink(missing_ok=True)


def prepare(store: Store, *, progress: Progress = quiet) -> str:
    """Make a protected and proven snapshot that is kept beside the one served; returns its id.

    Raises NotPublished with what to do.
    """
    if not store.records.exists():
        raise NotPublished("There are no records to publish. Run `demo` or `import` first.")
    store.snapshots.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(store)
    moment = datetime.now(UTC)
    snapshot_id = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    work_path = store.snapshots / f"work-{snapshot_id}.part"
    making = store.snapshots / f"making-{snapshot_id}.part"
    work = open_work(str(work_path), str(store.records))
    try:
        withheld = _write(work, making, progress)
        _prove(making)
        sources, counts = _sources(work), _record_counts(work)
    except NotProtected as found:
        raise NotPublished(
            f"{found} Nothing was published and the previous snapshot keeps serving. Load more"
            " complete data, or leave out the places that stand on very few people."
        ) from found
    finally:
        work.close()
        for leftover in (work_path, Path(f"{work_path}.wal")):
            leftover.unlink(missing_ok=True)
        shutil.rmtree(f"{work_path}.tmp", ignore_errors=True)
    manifest = Manifest(
        id=snapshot_id,
        published_at=moment.isoformat(timespec="seconds"),
        synthetic=any(source["synthetic"] for source in sources),
        sha256=_sha256(making),
        sources=sources,
        record_counts=counts,
        versions={name: version(name) for name in ("duckdb", "pandas", "streamlit", "plotly")},
        withheld=withheld,
    )
    _keep(store, manifest, making)
    progress("published", 1.0)
    return snapshot_id


def _prove(path: Path) -> None:
    """Audit the finished file, which must need no trust in how it was made."""
    problems = audit(path)
    if problems:
        raise NotProtected(" ".join(problems))


def _keep(store: Store, manifest: Manifest, making: Path) -> None:
    """The manifest first: a snapshot is known from when its own file stands beside it."""
    words = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
    _replace(store.snapshots / f"{manifest.id}.json", words)
    making.replace(snapshot_path(store, manifest.id))
    _sync(store.snapshots)


def _point_at(store: Store, snapshot_id: str) -> None:
    _replace(store.pointer, snapshot_id + "\n")
    _sync(store.path)


def _replace(path: Path, words: str) -> None:
    beside = path.with_name(f"{path.name}.{secrets.token_hex(3)}.part")
    with beside.open("w", encoding="utf-8") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _sync(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder to flush it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _clear_abandoned(store: Store) -> None:
    """Remove what killed runs left behind; a file still open in another process is left alone."""
    for leftover in [
        *store.snapshots.glob("work-*.part*"),
        *store.snapshots.glob("making-*.part*"),
    ]:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        if leftover.suffix != ".part" or not leftover.exists():
            continue
        try:
            duckdb.connect(str(leftover)).close()
        except duckdb.IOException:
            continue  # locked: that publish is alive
        leftover.unlink(missing_ok=True)
        Path(f"{leftover}.wal").unlink(missing_ok=True)
    for leftover in store.path.glob("*.part"):
        leftover.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sources(work: duckdb.DuckDBPyConnection) -> list[dict]:
    rows = work.execute(
        "SELECT source, table_name, sha256, extracted_on::VARCHAR AS extracted_on,"
        " imported_at::VARCHAR AS imported_at, rows_loaded, rows_rejected, synthetic"
        " FROM records.batch ORDER BY batch_id"
    )
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _record_counts(work: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {
        table.name: int(
            (work.execute(f'SELECT count(*) FROM records."{table.name}"').fetchone() or (0,))[0]
        )
        for table in TABLES
    }


def _write(work: duckdb.DuckDBPyConnection, path: Path, progress: Progress) -> dict[str, int]:
    """Write the protected snapshot; returns the number of withheld cells of each table."""
    target = str(path).replace("'", "''")
    work.execute(f"ATTACH '{target}' AS snapshot (STORAGE_VERSION 'v1.5.0')")
    work.execute("""
        CREATE TABLE snapshot.agency_place AS
        -- One row is an agency and where it adds up to, for the audit.
        SELECT agency, region, province, kind_in_province, kind_in_all
        FROM agency_place JOIN place_of USING (agency)
    """)
    places = work.execute("SELECT * FROM snapshot.agency_place").df()
    withheld, layouts = {}, {}
    for position, (name, table) in enumerate(ROW_TABLES.items()):
        progress(name, position / len(ROW_TABLES))
        layout = make_cells(work, table)
        if layout is None:
            continue
        add_recaps(work, layout)
        if work.execute(f"SELECT 1 FROM cell_{name} LIMIT 1").fetchone():
            _write_cells(work, layout, _masks(work, layout, places))
            withheld[name] = _withheld_cells(work, layout)
            layouts[name] = layout
        drop_cells(work, table)
    progress("studies", 1.0)
    write_estimates(work)
    _write_words(work, layouts)
    work.execute("CHECKPOINT snapshot")
    work.execute("DETACH snapshot")
    return withheld


def _masks(
    work: duckdb.DuckDBPyConnection, layout: Layout, places: pd.DataFrame
) -> dict[str, np.ndarray]:
    counts = [*layout.people.values(), *(c for cs in layout.guard_values.values() for c in cs)]
    make_patterns(work, layout.table.name, _amounts(layout))
    rows = work.execute(f"SELECT {', '.join(counts)} FROM pattern ORDER BY id").fetchnumpy()
    amounts = {
        column: np.ma.filled(np.ma.asarray(rows[column]), 0).astype(float) for column in counts
    }
    people_of_guard = {
        guard: layout.people[layout.among_of[column]] for column, guard in layout.guard_of.items()
    }
    return masks(
        protected(work, layout.table, places),
        {column: amounts[column] for column in layout.people.values()},
        {guard: [amounts[c] for c in columns] for guard, columns in layout.guard_values.items()},
        people_of_guard,
        layout.table.threshold,
    )


def _amounts(layout: Layout) -> dict[str, str]:
    """What must not be small, as SQL: people (one at least where there are rows), and counts."""
    amounts = {}
    for key, metric in METRICS.items():
        if (key, "denominator") in layout.column_of:
            people = layout.people[metric.among]
            rows = layout.column_of[key, "denominator"]
            amounts[people] = f"greatest({people}, least(coalesce({rows}, 0), 1))"
    guards = (column for columns in layout.guard_values.values() for column in columns)
    return amounts | {column: column for column in guards}


GATES = """
CREATE OR REPLACE TEMP TABLE gate AS
-- One row is a pattern and what of it is withheld.
SELECT {keys}, {year}, mask.* EXCLUDE (id) FROM pattern JOIN mask USING (id)
"""

# A crossed table that is withheld is withheld with its empty cells: which they are is not told.
EMPTY_CROSSINGS = """
INSERT INTO gate ({keys}, {year}, {flags})
SELECT u.level, u.place, u.kind, u.breakdown, c.category, c.category_2, u.grain, u.year, {unit_flags}
FROM (
  SELECT level, place, kind, breakdown, grain, year, {any_flags}
  FROM gate WHERE contains(breakdown, ',')
  GROUP BY level, place, kind, breakdown, grain, year HAVING bool_or(any_withheld)
) u
JOIN (
  SELECT DISTINCT breakdown, category, category_2 FROM gate WHERE contains(breakdown, ',')
) c ON c.breakdown = u.breakdown
WHERE NOT EXISTS (
  SELECT 1 FROM gate g
  WHERE g.level = u.level AND g.place = u.place AND g.kind = u.kind AND g.grain = u.grain
    AND g.year = u.year AND g.breakdown = u.breakdown AND g.category = c.category
    AND g.category_2 = c.category_2)
"""

# Periods in which a withheld cell is empty are withheld too.
EMPTY_CELLS = """
INSERT INTO snapshot.{cells} BY NAME
SELECT {gate_keys}, t.period, {columns}
FROM gate g
JOIN (
  SELECT DISTINCT grain, period, extract(year FROM period)::SMALLINT AS year
  FROM snapshot.{cells}
) t USING (grain, year)
WHERE g.any_withheld AND NOT EXISTS (
  SELECT 1 FROM snapshot.{cells} c
  WHERE c.level = g.level AND c.place = g.place AND c.kind = g.kind AND c.grain = g.grain
    AND c.breakdown = g.breakdown AND c.category = g.category AND c.category_2 = g.category_2
    AND c.period = t.period)
ORDER BY {order}
"""
ORDER = "breakdown, grain, level, kind, place, period, category, category_2"


def _make_gates(
    work: duckdb.DuckDBPyConnection, layout: Layout, found: dict[str, np.ndarray]
) -> None:
    """Make `gate` from the masks, and a row for every empty cell that is withheld too."""
    any_withheld = np.logical_or.reduce(list(found.values()))
    mask = {"id": np.arange(len(any_withheld), dtype=np.int32), "any_withheld": any_withheld}
    work.register("mask", pa.table(mask | {f"no_{name}": m for name, m in found.items()}))
    flags = ["any_withheld", *(f"no_{name}" for name in found)]
    keys = PATTERN_KEYS.removesuffix(", year")
    work.execute(GATES.format(keys=keys, year="year"))
    work.unregister("mask")
    work.execute(
        EMPTY_CROSSINGS.format(
            keys=keys,
            year="year",
            flags=", ".join(flags),
            unit_flags=", ".join(f"u.{flag}" for flag in flags),
            any_flags=", ".join(f"bool_or({flag}) AS {flag}" for flag in flags),
        )
    )


def _write_cells(
    work: duckdb.DuckDBPyConnection, layout: Layout, found: dict[str, np.ndarray]
) -> None:
    _make_gates(work, layout, found)
    cells = f"cell_{layout.table.name}"
    keys = PATTERN_KEYS.removesuffix(", year")
    gates = _gates(layout)
    shown = ", ".join(
        f"CASE WHEN {gate} THEN NULL ELSE {column} END AS {column}"
        for column, gate in gates.items()
    )
    protected_cells = f"""
        SELECT {keys}, period, {shown}
        FROM (SELECT *, extract(year FROM period)::SMALLINT AS year FROM {cells}) c
        JOIN gate USING ({PATTERN_KEYS})
    """
    work.execute(f"CREATE TABLE snapshot.{cells} AS {protected_cells} LIMIT 0")
    for first, last in _portions(work):
        work.execute(
            f"""
            INSERT INTO snapshot.{cells} {protected_cells}
            WHERE breakdown BETWEEN $first::breakdown AND $last::breakdown ORDER BY {ORDER}
            """,
            {"first": first, "last": last},
        )
    nothing = ", ".join(
        f"CASE WHEN {gate} THEN NULL ELSE 0 END AS {column}" for column, gate in gates.items()
    )
    gate_keys = ", ".join(f"g.{key}" for key in keys.split(", "))
    work.execute(EMPTY_CELLS.format(cells=cells, gate_keys=gate_keys, columns=nothing, order=ORDER))


PORTION = 100_000
"""Patterns whose cells are sorted and written at once: sorting all of them took most memory."""


def _portions(work: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """First and last breakdown of each portion of the cells, in the order they are written in."""
    found = work.execute(
        "SELECT breakdown, count(*) FROM gate GROUP BY breakdown ORDER BY breakdown"
    )
    return in_portions(found.fetchall(), PORTION)


def _gates(layout: Layout) -> dict[str, str]:
    """Each column of the snapshot, and the condition that withholds it: its people, its guard."""
    gates = {}
    for column in dict.fromkeys(layout.column_of.values()):
        gates[column] = f"no_{layout.people[layout.among_of[column]]}"
        if column in layout.guard_of:
            gates[column] += f" OR no_{layout.guard_of[column]}"
    gates |= {column: f"no_{column}" for column in layout.people.values()}
    if layout.table.has_cycles:
        rows = ("row_count", "quarterly_rows", "annual_rows")
        gates |= dict.fromkeys(rows, f"no_{next(iter(layout.people.values()))}")
    return gates


def _withheld_cells(work: duckdb.DuckDBPyConnection, layout: Layout) -> int:
    first = next(iter(layout.people.values()))
    found = work.execute(
        f"SELECT count(*) FROM snapshot.cell_{layout.table.name} WHERE {first} IS NULL"
    ).fetchone()
    return found[0] if found else 0


WORDS = """
CREATE TABLE snapshot.place AS
-- One row is a place of a level; the provincial government and the province share a code.
SELECT 0::TINYINT AS level, 0 AS number, 'all' AS code, 'all' AS name, '' AS kind,
       '' AS region_kind, NULL::TINYINT AS parent_level, NULL::VARCHAR AS parent,
       '' AS province, NULL::DATE AS valid_from, NULL::DATE AS valid_to,
       NULL::VARCHAR AS successor
UNION ALL
SELECT 1, g.region, r.region_code, r.name, '', r.kind, 0, 'all', r.region_code, NULL, NULL, NULL
FROM records.region r JOIN government_of g USING (region_code) WHERE r.kind = 'provinsi'
UNION ALL
SELECT 2, g.region, r.region_code,
       CASE r.kind WHEN 'provinsi' THEN 'Pemprov ' WHEN 'kota' THEN 'Kota ' ELSE 'Kabupaten ' END
         || r.name,
       '', r.kind, 1, r.province_code, r.province_code, NULL, NULL, NULL
FROM records.region r JOIN government_of g USING (region_code)
UNION ALL
SELECT 3, p.agency, a.agency_id, a.name, a.kind, '', 2, a.region_code, p.province_code,
       a.valid_from, a.valid_to, a.successor_id
FROM records.agency a JOIN place_of p USING (agency_id);

CREATE TABLE snapshot.target AS
-- One row is a target of a metric, a place and a year.
SELECT metric, CASE WHEN agency_id IS NULL THEN 2 ELSE 3 END::TINYINT AS level,
       coalesce(agency_id, region_code) AS place, year, value
FROM records.target;

CREATE TABLE snapshot.activity AS
-- One row is a dated activity or policy of a place.
SELECT DISTINCT CASE WHEN agency_id IS NULL THEN 2 ELSE 3 END::TINYINT AS level,
       coalesce(agency_id, region_code) AS place, date, kind, label
FROM records.activity;

CREATE TABLE snapshot.outcome_index AS
-- One row is an index as published for a region and a year; that of a province is its territory's.
SELECT CASE WHEN r.kind = 'provinsi' THEN 1 ELSE 2 END::TINYINT AS level, region_code AS place,
       year, "index", value
FROM records.outcome_index JOIN records.region r USING (region_code);

CREATE TABLE snapshot.organisation_rating (
  -- One row is an agency, a year and the organisation's own rating.
  agency VARCHAR, year SMALLINT, rating VARCHAR
);

CREATE TABLE snapshot.finding AS
-- One row is a finding about the records that no row was rejected for.
SELECT 'appraisal' AS table_name, 'predicate_mismatch' AS finding, count(*) AS rows
FROM evaluation WHERE reported_predicate <> predicate
UNION ALL
SELECT 'appraisal', 'no_employee_span', count(*)
FROM records.appraisal a WHERE NOT EXISTS (
  SELECT 1 FROM person p
  WHERE p.employee_id = a.employee_id AND a.period_end BETWEEN p.valid_from AND p.until)
UNION ALL
SELECT 'training', 'no_employee_span', count(*)
FROM records.training t WHERE NOT EXISTS (
  SELECT 1 FROM person p
  WHERE p.employee_id = t.employee_id AND t.end_date BETWEEN p.valid_from AND p.until)
UNION ALL
SELECT 'appraisal', 'stray_evaluation', count(*)
FROM evaluation WHERE NOT (in_month OR in_quarter OR in_year)
  AND rater = 'supervisor' AND cycle <> 'monthly'
UNION ALL
SELECT 'appraisal', 'not_submitted', count(*)
FROM records.appraisal WHERE due_on IS NOT NULL AND submitted_on IS NULL;

CREATE TABLE snapshot.reject (
  -- One row is a rule of a table and how many rows were rejected for it; no value of any of them.
  table_name VARCHAR, rule VARCHAR, rows BIGINT
);
"""

# A rating tells, with the evaluations of the agency, how many are beyond its limit: where either is
# withheld, so is the rating, else the two would tell apart what was withheld together.
ORGANISATION_RATINGS = """
INSERT INTO snapshot.organisation_rating
SELECT o.agency_id, o.year, o.rating
FROM records.organisation_rating o
JOIN place_of p USING (agency_id)
JOIN snapshot.cell_appraisal c
  ON c.level = 3 AND c.place = p.agency AND c.kind = '' AND c.breakdown = '' AND c.grain = 'year'
 AND extract(year FROM c.period) = o.year
WHERE c.{people} IS NOT NULL AND NOT EXISTS ({limits})
ORDER BY o.agency_id, o.year
"""
WITHHELD_LIMITS = """
SELECT 1 FROM snapshot.cell_distribution_limit d
WHERE d.level = 3 AND d.place = p.agency AND d.kind = '' AND d.breakdown = '' AND d.grain = 'year'
  AND extract(year FROM d.period) = o.year AND d.{people} IS NULL
"""

REJECTS = """
INSERT INTO snapshot.reject
SELECT table_name, rule, sum(rows) FROM records.import_finding
WHERE batch_id IN (SELECT batch_id FROM records.batch) GROUP BY ALL ORDER BY ALL
"""

# Records that nothing was imported into, such as a demo, have no findings of an import.
HAS_REJECTS = """
SELECT 1 FROM duckdb_tables() WHERE database_name = 'records' AND table_name = 'import_finding'
"""

FIRST_AND_LAST = {
    "appraisal": "period_end",
    "training": "end_date",
    "employee": "valid_from",
    "adoption": "month",
    "activity": "date",
    "career_event": "date",
    "service_outcome": "month",
    "recap": "period_end",
}


def _write_words(work: duckdb.DuckDBPyConnection, layouts: dict[str, Layout]) -> None:
    work.execute(WORDS)
    if work.execute(HAS_REJECTS).fetchone():
        work.execute(REJECTS)
    _write_organisation_ratings(work, layouts)
    work.execute(
        "CREATE TABLE snapshot.metric_part (metric VARCHAR, part VARCHAR, table_name VARCHAR,"
        " column_name VARCHAR, people_column VARCHAR)"
    )
    rows = [
        (metric, part, name, column, layout.people[METRICS[metric].among])
        for name, layout in layouts.items()
        for (metric, part), column in layout.column_of.items()
    ]
    work.executemany("INSERT INTO snapshot.metric_part VALUES (?, ?, ?, ?, ?)", rows)
    work.execute(
        "CREATE TABLE snapshot.record_table (table_name VARCHAR, rows BIGINT, first DATE,"
        " last DATE, extracted_on DATE, rejected BIGINT)"
    )
    for table in TABLES:
        dated = FIRST_AND_LAST.get(table.name)
        ends = f"min({dated}), max({dated})" if dated else "NULL, NULL"
        work.execute(
            f"INSERT INTO snapshot.record_table SELECT $name, count(*), {ends},"
            " (SELECT max(extracted_on) FROM records.batch WHERE table_name = $name),"
            " (SELECT coalesce(sum(rows_rejected), 0) FROM records.batch WHERE table_name = $name)"
            f' FROM records."{table.name}"',
            {"name": table.name},
        )


def _write_organisation_ratings(
    work: duckdb.DuckDBPyConnection, layouts: dict[str, Layout]
) -> None:
    if "appraisal" not in layouts:
        return
    limits = "SELECT 1 WHERE false"
    if "distribution_limit" in layouts:
        people = layouts["distribution_limit"].people[TOP_EXCESS.among]
        limits = WITHHELD_LIMITS.format(people=people)
    people = layouts["appraisal"].people[TOP_RATING.among]
    work.execute(ORGANISATION_RATINGS.format(people=people, limits=limits))
