"""Snapshots: the protected cells of one moment in one read-only file, published, kept, rolled back.

A file name is never used twice: a process that still holds the old file would be served old data.
The pointer file is replaced in one step, so a killed publish leaves the previous snapshot serving.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import duckdb

from analytics.audit import findings
from analytics.cells import Layout, drop_cells, in_portions, layout_of, make_cells, open_work
from analytics.disclosure import (
    CELLS,
    KEYS,
    Earlier,
    Map,
    More,
    base_of,
    conditions,
    kept_years,
    make_release,
    plan,
    read_figures,
    slightly_changed,
    slightly_changed_pairs,
    withhold_around,
    years_of,
)
from analytics.metrics import METRICS
from analytics.metrics.coverage import HEADCOUNT
from analytics.metrics.guards import RATED, SAME_PEOPLE
from analytics.metrics.performance import TOP_RATING
from analytics.metrics.rows import ROW_TABLES
from analytics.recaps import add_recaps
from analytics.schema import TABLES
from analytics.store.records import (
    WORK_FILE,
    Store,
    StoreUnusable,
    clear_abandoned,
    make_folder,
    make_private,
    work_folder,
)
from analytics.studies import write_estimates
from analytics.text.phrase import Phrase

ID = re.compile(r"[\w-]{1,64}", re.ASCII)
KEPT = 10
"""How many snapshots stay for roll-back."""

PROTECTION = 2
"""Version of the disclosure rules that snapshots are made under now."""

Progress = Callable[[str, float], None]


class NotProtected(Exception):
    """Something in a finished file follows that must not; it was not published."""


class NotPublished(Exception):
    """Publishing stopped; the previous snapshot keeps serving."""


class UnknownSnapshot(Exception):
    """There is no snapshot of that id."""


class DamagedSnapshot(UnknownSnapshot):
    """A snapshot's file or its manifest is not what was published."""


@dataclass(frozen=True)
class Manifest:
    """What a snapshot was made of. Counts are rows; `withheld` maps a cell table to cells, and
    `protection` is the version of the rules of disclosure control that it keeps."""

    id: str
    published_at: str
    synthetic: bool
    sha256: str
    sources: list[dict]
    record_counts: dict[str, int]
    versions: dict[str, str]
    withheld: dict[str, int]
    protection: int = 1


def quiet(words: str, share: float) -> None:
    """Progress nobody wants to see."""


def current_id(store: Store) -> str | None:
    """Id of the snapshot that is being served; None where none is named, or nothing that could be
    one."""
    if not store.pointer.exists():
        return None
    said = store.pointer.read_text(encoding="utf-8", errors="replace").strip()
    return said if ID.fullmatch(said) else None


def snapshot_path(store: Store, snapshot_id: str) -> Path:
    """File of a snapshot."""
    return store.snapshots / f"{snapshot_id}.duckdb"


def manifest_of(store: Store, snapshot_id: str) -> Manifest:
    """The manifest of a snapshot. Raises UnknownSnapshot where there is none, or DamagedSnapshot
    where it cannot be read."""
    path = store.snapshots / f"{snapshot_id}.json"
    if not path.exists() or not snapshot_path(store, snapshot_id).exists():
        known = ", ".join(manifest.id for manifest in snapshots(store)) or "–"
        raise UnknownSnapshot(
            Phrase("There is no snapshot {id}. There are: {known}.", id=snapshot_id, known=known)
        )
    return _read_manifest(path)


def _read_manifest(path: Path) -> Manifest:
    """The manifest of a file. Raises DamagedSnapshot where it is none."""
    try:
        manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise damaged(path.stem) from error
    kinds = ((manifest.sources, list), (manifest.record_counts, dict), (manifest.versions, dict))
    if manifest.id != path.stem or not all(isinstance(of, kind) for of, kind in kinds):
        raise damaged(path.stem)
    return manifest


def damaged(snapshot_id: str) -> DamagedSnapshot:
    """That a snapshot is not what was published, and what to do."""
    return DamagedSnapshot(
        Phrase(
            "Snapshot {id} is damaged: its file or its .json is not what was published. Put both back"
            " from a copy, choose another one (`python -m analytics snapshots` lists them), or run"
            " `python -m analytics publish`.",
            id=snapshot_id,
        )
    )


def unreadable_pointer(store: Store) -> StoreUnusable:
    """That the pointer of a store names nothing that could be a snapshot, and what to do."""
    return StoreUnusable(
        Phrase(
            "{pointer} is empty or damaged, so it is not known which snapshot is to be shown. Choose"
            " one with `python -m analytics rollback ID`, or run `python -m analytics publish`.",
            pointer=str(store.pointer),
        )
    )


def snapshots(store: Store) -> list[Manifest]:
    """Every snapshot kept whose manifest can be read, newest first."""
    made = []
    for path in sorted(store.snapshots.glob("*.json"), reverse=True):
        if path.with_suffix(".duckdb").exists():
            with suppress(DamagedSnapshot):
                made.append(_read_manifest(path))
    return made


Standing = tuple[int, int, int]


def as_it_stands(path: Path) -> Standing:
    """What changes when a file does: size, time of its last change, and which file it is."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def is_whole(store: Store, snapshot_id: str) -> bool:
    """Whether a snapshot's file has the hash that its manifest gives.

    Hashing takes 1 to 2 ms a megabyte, so it is done once a process for a file as it stands.
    """
    file, words = snapshot_path(store, snapshot_id), store.snapshots / f"{snapshot_id}.json"
    try:
        standing = as_it_stands(file), as_it_stands(words)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return _is_whole(file, words, standing)


@lru_cache(maxsize=64)
def _is_whole(file: Path, words: Path, standing: tuple[Standing, Standing]) -> bool:
    try:
        return _read_manifest(words).sha256 == _sha256(file)
    except DamagedSnapshot:
        return False


@dataclass(frozen=True)
class Served:
    """The snapshot to show, and the one that should be shown and is not whole: its id, or "" where
    the pointer names none; None where it is the right one."""

    id: str
    instead_of: str | None = None


def served(store: Store) -> Served | None:
    """The snapshot to show: the one the pointer names or, where that one is damaged, the newest
    whole one of today's protection. None where nothing has been published.
    """
    if not store.pointer.exists():
        return None
    named = current_id(store)
    if named is not None and (is_whole(store, named) or not _is_there(store, named)):
        return Served(named)
    for other in snapshots(store):
        if other.id != named and other.protection >= PROTECTION and is_whole(store, other.id):
            return Served(other.id, instead_of=named or "")
    return Served(named) if named else None


def _is_there(store: Store, snapshot_id: str) -> bool:
    """Whether anything is left of a snapshot."""
    words = store.snapshots / f"{snapshot_id}.json"
    return words.exists() or snapshot_path(store, snapshot_id).exists()


def not_whole(store: Store) -> list[str]:
    """Ids of kept snapshots that are not what was published, newest first."""
    files = [*store.snapshots.glob("*.json"), *store.snapshots.glob("*.duckdb")]
    ids = sorted({path.stem for path in files}, reverse=True)
    return [snapshot_id for snapshot_id in ids if not is_whole(store, snapshot_id)]


def roll_back(store: Store, snapshot_id: str) -> None:
    """Serve an earlier snapshot again. Raises UnknownSnapshot where there is none, DamagedSnapshot
    where it is not whole."""
    manifest_of(store, snapshot_id)
    if not is_whole(store, snapshot_id):
        raise damaged(snapshot_id)
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
        raise NotPublished(Phrase("There are no records to publish. Run `demo` or `import` first."))
    make_folder(store.snapshots)
    _clear_abandoned(store)
    moment = datetime.now(UTC)
    snapshot_id = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    with work_folder(store, snapshot_id) as folder:
        return _prepare_in(folder, store, snapshot_id, moment, progress)


def _prepare_in(
    folder: Path, store: Store, snapshot_id: str, moment: datetime, progress: Progress
) -> str:
    """`prepare`, with unprotected sums and the unfinished file in a folder that is removed."""
    work_path, making = folder / WORK_FILE, folder / "making.duckdb"
    work = open_work(str(work_path), str(store.records))
    try:
        make_private(work_path)
        withheld = _write_until_safe(work, making, _attach_earlier(work, store), progress)
        sources, counts = _sources(work), _record_counts(work)
    except NotProtected as found:
        raise NotPublished(
            Phrase(
                "{found} Nothing was published and the previous snapshot keeps serving. Load more"
                " complete data, or leave out the places that stand on very few people.",
                found=str(found),
            )
        ) from found
    finally:
        work.close()
    manifest = Manifest(
        id=snapshot_id,
        published_at=moment.isoformat(timespec="seconds"),
        synthetic=any(source["synthetic"] for source in sources),
        sha256=_sha256(making),
        sources=sources,
        record_counts=counts,
        versions={name: version(name) for name in ("duckdb", "pandas", "streamlit", "plotly")},
        withheld=withheld,
        protection=PROTECTION,
    )
    _keep(store, manifest, making)
    progress("published", 1.0)
    return snapshot_id


TURNS = 5
"""How often a file is made anew with more withheld, before publishing gives up."""


def _write_until_safe(
    work: duckdb.DuckDBPyConnection, path: Path, earlier: Earlier, progress: Progress
) -> dict[str, int]:
    """Write the file, and again with more withheld while its audit concludes something.

    Of a year that stays nothing more can be withheld. Where it stays in some tables alone, it can
    contradict the others, and is made anew in all. Raises NotProtected where that does not help.
    """
    more: More = {}
    anew: set[int] = set()
    words: list[str] = []
    for turn in range(TURNS):
        path.unlink(missing_ok=True)
        withheld, mixed = _write(work, path, earlier, more, anew, progress)
        examined = findings(path)
        words = examined.words
        if not words:
            return withheld
        anew |= mixed
        if not withhold_around(more, examined.cells, Map.of(work), BASES, turn) and not mixed:
            break
    raise NotProtected(" ".join(words))


BASES = {
    name: base_of(layout_of(table)) for name, table in ROW_TABLES.items() if layout_of(table).people
}


def _keep(store: Store, manifest: Manifest, making: Path) -> None:
    """The manifest first: a snapshot is known from when its own file stands beside it."""
    words = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
    make_private(making)
    _replace(store.snapshots / f"{manifest.id}.json", words)
    making.replace(snapshot_path(store, manifest.id))
    _sync(store.snapshots)


def _point_at(store: Store, snapshot_id: str) -> None:
    _replace(store.pointer, snapshot_id + "\n")
    _sync(store.path)


def _replace(path: Path, words: str) -> None:
    beside = path.with_name(f"{path.name}.{secrets.token_hex(3)}.part")
    try:
        with open(beside, "w", encoding="utf-8", opener=_private) as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder to flush it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _clear_abandoned(store: Store) -> None:
    """Remove what killed runs left behind; what another process is at work on is left alone."""
    clear_abandoned(store)
    for leftover in [*store.path.glob("*.part"), *store.snapshots.glob("*.part")]:
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


def _attach_earlier(work: duckdb.DuckDBPyConnection, store: Store) -> Earlier:
    """Attach the kept snapshots that are protected by today's rules: a reader may have them all."""
    kept, served = [], None
    for number, manifest in enumerate(snapshots(store)):
        if manifest.protection < PROTECTION or not is_whole(store, manifest.id):
            continue
        name = f"earlier_{number}"
        path = str(snapshot_path(store, manifest.id)).replace("'", "''")
        work.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        kept.append(name)
        served = name if manifest.id == current_id(store) else served
    return Earlier(tuple(kept), served)


def _write(
    work: duckdb.DuckDBPyConnection,
    path: Path,
    earlier: Earlier,
    more: More,
    anew: set[int],
    progress: Progress,
) -> tuple[dict[str, int], set[int]]:
    """Write the protected snapshot; returns the number of withheld cells of each table, and the
    years that stay as they were in some tables and not in others. No year of `anew` stays."""
    work.execute("DELETE FROM withheld_evaluations")
    target = str(path).replace("'", "''")
    work.execute(f"ATTACH '{target}' AS snapshot (STORAGE_VERSION 'v1.5.0')")
    work.execute("""
        CREATE TABLE snapshot.agency_place AS
        -- One row is an agency and the places it adds up to, for the audit.
        SELECT agency, region, province FROM place_of JOIN government_place USING (region)
    """)
    places, finished = Map.of(work), _last_finished_year(work)
    work.execute(f"""
        CREATE TABLE snapshot.finished_year AS
        -- One row is the last year that is over, for the snapshots that come after.
        SELECT {finished}::SMALLINT AS year
    """)
    withheld: dict[str, int] = {}
    layouts: dict[str, Layout] = {}
    kept: set[int] = set()
    made_anew: set[int] = set()
    for together in _linked_tables():
        progress(together[0], len(layouts) / len(ROW_TABLES))
        made = [_make_cells(work, name) for name in together]
        there = [layout for layout in made if layout]
        years = [years_of(work, layout) for layout in there]
        stay = _staying(work, there, years, places, finished, earlier, anew)
        figures = [
            read_figures(work, layout, places, years=of_table - of_stay.keys())
            for layout, of_table, of_stay in zip(there, years, stay, strict=True)
        ]
        changed = [
            slightly_changed(work, layout, of_table, places, finished, earlier)
            for layout, of_table in zip(there, figures, strict=True)
        ]
        for layout, of_table in zip(there, changed, strict=True):
            _add(of_table, more.get(layout.table.name, {}))
        plans = plan(there, figures, places, finished, changed)
        for layout, of_stay in zip(there, stay, strict=True):
            name = layout.table.name
            pairs = slightly_changed_pairs(work, layout, plans[name], earlier)
            make_release(work, layout, plans[name], places, finished, pairs)
            withheld[name] = _write_cells(work, layout, of_stay)
            kept |= of_stay.keys()
            made_anew |= plans[name].keys()
            layouts[name] = layout
            if name == "appraisal":
                _note_withheld_evaluations(work, layout)
                _write_evaluation_cycles(work)
            drop_cells(work, layout.table)
    _refuse_nothing(work, layouts)
    _withhold_means_of_few(work, layouts)
    progress("studies", 1.0)
    write_estimates(work)
    _write_words(work, layouts)
    work.execute("CHECKPOINT snapshot")
    work.execute("DETACH snapshot")
    return withheld, kept & made_anew


def _refuse_nothing(work: duckdb.DuckDBPyConnection, layouts: Mapping[str, Layout]) -> None:
    """Raise NotPublished, with what to load, where the records hold no figure at all."""
    if layouts or work.execute("SELECT 1 FROM records.outcome_index LIMIT 1").fetchone():
        return
    raise NotPublished(
        Phrase(
            "There is nothing to show yet: what is loaded so far holds no figures. Load employees,"
            " evaluations, training, surveys or recaps with `python -m analytics import FILE`, then"
            " publish again. Nothing was changed."
        )
    )


def _staying(
    work: duckdb.DuckDBPyConnection,
    there: Sequence[Layout],
    years: Sequence[set[int]],
    places: Map,
    finished: int,
    earlier: Earlier,
    anew: set[int],
) -> list[dict[int, str]]:
    """The years of each table, less those of `anew`, that stay as an attached snapshot has them.

    Tables about the same people withhold the same cells: a year stays in all of them or in none.
    """
    stay = [
        kept_years(work, layout, places, of_table - anew, finished, earlier)
        for layout, of_table in zip(there, years, strict=True)
    ]
    changed = {
        year for of_table, kept in zip(years, stay, strict=True) for year in of_table - kept.keys()
    }
    return [{year: name for year, name in of.items() if year not in changed} for of in stay]


# A mean of an unknown number beside a number that is withheld could be one person's.
MEANS_OF_FEW = """
UPDATE snapshot.{cells} AS c SET {value} = NULL
FROM (SELECT {keys}, period FROM snapshot.cell_training_to_date WHERE {headcount} IS NULL) h
WHERE c.{people} = 0 AND coalesce(c.{number}, 0) = 0 AND c.{value} <> 0 AND {same}
"""


def _withhold_means_of_few(work: duckdb.DuckDBPyConnection, layouts: Mapping[str, Layout]) -> None:
    """Withhold recaps of an unknown number where the headcount of the same cell is withheld."""
    given = work.execute("SELECT 1 FROM records.recap LIMIT 1").fetchone()
    if not given or "training_to_date" not in layouts:
        return
    headcount = layouts["training_to_date"].people[HEADCOUNT.among]
    keys = KEYS.removesuffix(", year")
    same = " AND ".join(f"c.{key} = h.{key}" for key in [*keys.split(", "), "period"])
    for name, layout in layouts.items():
        for (metric, part), value in layout.column_of.items():
            if part == "numerator":
                work.execute(
                    MEANS_OF_FEW.format(
                        cells=f"cell_{name}",
                        value=value,
                        keys=keys,
                        headcount=headcount,
                        people=layout.people[METRICS[metric].among],
                        number=layout.column_of[metric, "denominator"],
                        same=same,
                    )
                )


def _add(changed: dict, more: Mapping) -> None:
    """Add what the audit asks to withhold to what earlier snapshots do."""
    for year, guards in more.items():
        for guard, masks in guards.items():
            changed.setdefault(year, {}).setdefault(guard, []).extend(masks)


def _linked_tables() -> list[tuple[str, ...]]:
    """Row tables in order, those that are about the same people together."""
    pairs = {one[0][0]: tuple(table for table, _ in one) for one in SAME_PEOPLE}
    later = {table for pair in pairs.values() for table in pair[1:]}
    return [pairs.get(name, (name,)) for name in ROW_TABLES if name not in later]


def _make_cells(work: duckdb.DuckDBPyConnection, name: str) -> Layout | None:
    """Make the cells of a row table, recaps included; None where there are none."""
    layout = make_cells(work, ROW_TABLES[name])
    if layout is None:
        return None
    add_recaps(work, layout)
    return layout if work.execute(f"SELECT 1 FROM cell_{name} LIMIT 1").fetchone() else None


def _last_finished_year(work: duckdb.DuckDBPyConnection) -> int:
    """The last year with records of people, or recaps, up to its December."""
    found = work.execute("""
        SELECT max(year(month) - (month(month) < 12)::INTEGER) FROM (
          SELECT month FROM calendar UNION ALL SELECT period_end FROM records.recap
          UNION ALL SELECT month FROM career_year UNION ALL SELECT month FROM newcomer)
    """).fetchone()
    return int(found[0]) if found and found[0] else 0


def _note_withheld_evaluations(work: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """Tell the limits of ratings, which are of published evaluations alone, what is withheld."""
    rated, top = layout.people[RATED], layout.column_of[TOP_RATING.key, "numerator"]
    work.execute(f"""
        INSERT INTO withheld_evaluations
        SELECT place, year(period) FROM snapshot.cell_appraisal
        WHERE level = 3 AND grain = 'year' AND breakdown = ''
          AND ({rated} IS NULL OR {top} IS NULL)
    """)


# How many of many evaluations were made for their quarter or year is told in three words: a place of
# 100 evaluations where 95 in 100 were can have nobody else, or five.
EVALUATION_CYCLES = """
CREATE TABLE snapshot.evaluation_cycle AS
-- One row is a place and a quarter or year, and for which periods its evaluations were made.
SELECT level, place, grain, period,
       CASE WHEN 20 * own_rows >= 19 * row_count THEN 'own'
            WHEN 20 * own_rows <= row_count THEN 'shorter' ELSE 'mixed' END AS cycle
FROM (
  SELECT level, place, grain, period, row_count,
         CASE grain WHEN 'year' THEN annual_rows ELSE quarterly_rows END AS own_rows
  FROM cell_appraisal WHERE breakdown = '' AND level < 3 AND grain <> 'month'
)
WHERE row_count >= 100
ORDER BY ALL
"""


def _write_evaluation_cycles(work: duckdb.DuckDBPyConnection) -> None:
    work.execute(EVALUATION_CYCLES)


# Periods in which a withheld cell is empty are withheld too, and so are cells with nobody in them.
EMPTY_CELLS = """
INSERT INTO snapshot.{cells} BY NAME
SELECT {keys}, '' AS kind, t.period, {columns}
FROM release r
JOIN (
  SELECT DISTINCT grain, period, extract(year FROM period)::SMALLINT AS year
  FROM snapshot.{cells}
) t USING (grain, year)
WHERE r.any_withheld AND NOT list_contains($stay, r.year) AND NOT EXISTS (
  SELECT 1 FROM snapshot.{cells} c
  WHERE c.level = r.level AND c.place = r.place AND c.grain = r.grain
    AND c.breakdown = r.breakdown AND c.category = r.category AND c.category_2 = r.category_2
    AND c.period = t.period)
ORDER BY {order}
"""
ORDER = "breakdown, grain, level, place, period, category, category_2"


def _write_cells(work: duckdb.DuckDBPyConnection, layout: Layout, stay: Mapping[int, str]) -> int:
    """Write what may be published of a table; returns the number of cells whose people are not.

    Years that `stay` are those of the attached snapshot named.
    """
    cells = f"cell_{layout.table.name}"
    keys = KEYS.removesuffix(", year")
    withheld = conditions(layout)
    shown = ", ".join(
        f"CASE WHEN {condition} THEN NULL ELSE {column} END AS {column}"
        for column, condition in withheld.items()
    )
    published = f"""
        SELECT {keys}, '' AS kind, period, {shown}
        FROM (SELECT *, extract(year FROM period)::SMALLINT AS year FROM {cells}) c
        JOIN release USING ({KEYS})
        WHERE NOT list_contains($stay, year)
    """
    years = list(stay)
    work.execute(f"CREATE TABLE snapshot.{cells} AS {published} LIMIT 0", {"stay": years})
    for first, last in _portions(work):
        work.execute(
            f"""
            INSERT INTO snapshot.{cells} {published}
              AND breakdown BETWEEN $first::breakdown AND $last::breakdown ORDER BY {ORDER}
            """,
            {"first": first, "last": last, "stay": years},
        )
    nothing = ", ".join(
        f"CASE WHEN {condition} THEN NULL ELSE 0 END AS {column}"
        for column, condition in withheld.items()
    )
    of_release = ", ".join(f"r.{key}" for key in keys.split(", "))
    work.execute(
        EMPTY_CELLS.format(cells=cells, keys=of_release, columns=nothing, order=ORDER),
        {"stay": years},
    )
    for name in dict.fromkeys(stay.values()):
        kept = CELLS.format(name=name, table=layout.table.name)
        work.execute(
            f"""
            INSERT INTO snapshot.{cells} BY NAME
            SELECT c.* FROM ({kept}) c WHERE list_contains($stay, year(c.period))
            """,
            {"stay": [year for year, of_year in stay.items() if of_year == name]},
        )
    first = next(iter(layout.people.values()))
    counted = work.execute(
        f"SELECT count(*) FROM snapshot.{cells} WHERE {first} IS NULL"
    ).fetchone()
    return counted[0] if counted else 0


PORTION = 100_000
"""Cells that are sorted and written at once: sorting all of them took most memory."""


def _portions(work: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """First and last breakdown of each portion of the cells, in the order they are written in."""
    counted = work.execute(
        "SELECT breakdown, count(*) FROM release GROUP BY breakdown ORDER BY breakdown"
    )
    return in_portions(counted.fetchall(), PORTION)


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

# A rating tells, with the evaluations of the agency, how many are beyond its limit.
ORGANISATION_RATINGS = """
INSERT INTO snapshot.organisation_rating
SELECT o.agency_id, o.year, o.rating
FROM records.organisation_rating o
JOIN place_of p USING (agency_id)
JOIN snapshot.cell_appraisal c
  ON c.level = 3 AND c.place = p.agency AND c.breakdown = '' AND c.grain = 'year'
 AND extract(year FROM c.period) = o.year
WHERE c.{people} IS NOT NULL AND c.{top} IS NOT NULL
ORDER BY o.agency_id, o.year
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
    unknown = _without_records(work)
    rows = [
        (metric, part, name, column, layout.people[METRICS[metric].among])
        for name, layout in layouts.items()
        for (metric, part), column in layout.column_of.items()
        if metric not in unknown
    ]
    if rows:  # a list without rows is refused
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


REGISTER_ALONE = """
SELECT NOT EXISTS (FROM records.appraisal) AND NOT EXISTS (FROM records.training)
"""


def _without_records(work: duckdb.DuckDBPyConnection) -> set[str]:
    """Metrics that are about evaluations or training where a register is all there is: no file of
    them is not a figure of nought. Those that recaps give are there all the same."""
    [alone] = work.execute(REGISTER_ALONE).fetchone() or (False,)
    if not alone:
        return set()
    given = {metric for (metric,) in work.execute("SELECT metric FROM records.recap").fetchall()}
    of_register = {metric.key for metric in METRICS.values() if metric.table == HEADCOUNT.table}
    return of_register - {HEADCOUNT.key} - given


def _write_organisation_ratings(
    work: duckdb.DuckDBPyConnection, layouts: dict[str, Layout]
) -> None:
    if "appraisal" not in layouts:
        return
    appraisal = layouts["appraisal"]
    work.execute(
        ORGANISATION_RATINGS.format(
            people=appraisal.people[TOP_RATING.among],
            top=appraisal.column_of[TOP_RATING.key, "numerator"],
        )
    )
