"""One step of building a store, in a process of its own so that its peak memory can be read."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, str(ROOT))

from analytics.store.demo import make  # noqa: E402
from analytics.store.records import Store  # noqa: E402
from analytics.store.snapshots import publish  # noqa: E402


def main(step: str, folder: str, people: str, months: str) -> None:
    """Do `make` or `publish` on the store in the folder."""
    store = Store(Path(folder))
    if step == "make":
        make(store, people=int(people), months=int(months))
    else:
        publish(store)


if __name__ == "__main__":
    main(*sys.argv[1:])
