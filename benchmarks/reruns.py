"""How long a click takes after some hundred reruns, with and without a collection after each.

    python benchmarks/reruns.py STORE

Pages run in this process as the server runs them, with the answers they keep; after each rerun the
collector runs as Streamlit's `runner.postScriptGC` has it, or not at all.
"""

from __future__ import annotations

import gc
import itertools
import os
import statistics
import sys
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

RERUNS = 150
LAST = 30
SHELL = Path(__file__).resolve().parents[1] / "analytics" / "ui" / "shell.py"


def reruns(app: AppTest, places: list[str], *, collects: bool) -> list[float]:
    """Seconds of processor time of each rerun, another place each."""
    taken = []
    for place in itertools.islice(itertools.cycle(places), RERUNS):
        begun = time.process_time()
        app.query_params["place"] = place
        app.run()
        if collects:
            gc.collect(2)
        taken.append(time.process_time() - begun)
    return taken


def main(store: Path) -> None:
    """Print the median of the last reruns each way."""
    os.environ["ASN_STORE"] = str(store)
    sys.path.insert(0, str(SHELL.parents[2]))
    from analytics.answers import open_snapshot
    from analytics.store.records import Store

    known = open_snapshot(Store(store)).places
    places = [f"{level}:{code}" for level, code in zip(known["level"], known["code"], strict=True)]
    app = AppTest.from_file(str(SHELL), default_timeout=120)
    app.run()
    for collects in (True, False):
        if not collects:
            gc.collect()
            gc.freeze()
        taken = reruns(app, places, collects=collects)
        said = "collected after each" if collects else "frozen, not collected"
        print(f"{said}: median of the last {LAST} {1000 * statistics.median(taken[-LAST:]):.0f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
