"""Publish the stores of `kinds` with the code at hand and pack them: `python -m tests.attack.pack`.

The files in `fixtures` were packed with the code of snapshot version 1; another version would hide
what they are there to show.
"""

# pyright: basic

from __future__ import annotations

import tempfile
from pathlib import Path

from analytics.store.records import Store
from analytics.store.snapshots import publish, snapshot_path
from tests.attack.kinds import FIXTURES, KINDS, packed
from tests.builder import write


def main() -> None:
    for name, (records_of, tables) in KINDS.items():
        made = records_of()
        for number, records in enumerate(made):
            with tempfile.TemporaryDirectory() as folder:
                store = Store(Path(folder) / "store")
                write(store, records)
                path = snapshot_path(store, publish(store))
                label = name if len(made) == 1 else f"{name}_{number + 1}"
                packed(path, FIXTURES / f"{label}.zip", tables)
                print(label, (FIXTURES / f"{label}.zip").stat().st_size)


if __name__ == "__main__":
    main()
