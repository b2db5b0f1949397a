"""One step of building a store, in a process of its own so that its peak memory can be read."""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, str(ROOT))


def make(folder: str, people: str, months: str) -> None:
    """Make a demo store."""
    from analytics.store.demo import make as make_demo
    from analytics.store.records import Store

    make_demo(Store(Path(folder)), people=int(people), months=int(months))


def publish(folder: str) -> None:
    """Publish a store."""
    from analytics.store import snapshots
    from analytics.store.records import Store

    snapshots.publish(Store(Path(folder)))


def publish_cells(folder: str) -> None:
    """Publish a store without its studies."""
    from analytics.store import snapshots
    from analytics.store.records import Store
    from analytics.studies import write_estimates

    setattr(snapshots, "write_estimates", lambda work: write_estimates(work, ()))  # noqa: B010
    snapshots.publish(Store(Path(folder)))


def load(folder: str, *files: str) -> None:
    """Import files into a store; bad rows are kept aside."""
    from analytics.intake import import_files
    from analytics.store.records import Store
    from benchmarks.files import EXTRACTED_ON

    day = dt.date.fromisoformat(EXTRACTED_ON)
    os.environ["ASN_KEY_FILE"] = str(Path(folder).with_suffix(".key"))
    paths = [Path(file) for file in files]
    for report in import_files(Store(Path(folder)), paths, keep_good=True, extracted_on=day):
        print(
            f"{report.file}: {report.rows_loaded:,} rows loaded, {report.rows_rejected:,} rejected"
        )


def bare_text(file: str) -> None:
    """Read a CSV file into a table of a DuckDB file, as nobody checks it."""
    import duckdb

    with (
        tempfile.TemporaryDirectory(dir=Path(file).parent) as folder,
        duckdb.connect(str(Path(folder) / "bare.duckdb")) as connection,
    ):
        connection.execute("CREATE TABLE bare AS FROM read_csv($file)", {"file": file})


def bare_workbook(file: str) -> None:
    """Read the first sheet of a workbook, as nobody checks it."""
    import fastexcel

    fastexcel.read_excel(file).load_sheet(0).to_arrow()


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step for step in (make, publish, publish_cells, load, bare_text, bare_workbook)
}

if __name__ == "__main__":
    STEPS[sys.argv[1]](*sys.argv[2:])
