"""Any sheet of a workbook, or the records of a small text file, as a grid of text."""

# pyright: reportAttributeAccessIssue=false, reportIndexIssue=false
# pyarrow.compute makes its functions when it is imported; numpy types a row of truths as one.

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.intake import workbook as reader
from analytics.intake.containers import LIMITS, MEGABYTE, Scratch, Unreadable, unreadable
from analytics.intake.delimited import SIMPLER
from analytics.text.phrase import Phrase

BUSY = 10 if sys.platform == "linux" else 1
"""So many times as long as its own work may take is waited for a reader that others slow down."""

Merge = tuple[int, int, int, int]
"""Top row, left column, bottom row and right column of merged cells, counted from 0 in the grid."""


@dataclass(frozen=True)
class Grid:
    """Cells as text, empty ones null; row 0 is the sheet's first row, column 0 is column `left`.

    `merges` are the merged cells, where the format tells them. Where some cells are `without_value`,
    their words stand in them (see `unsaved`). `from_1904` tells that its workbook counts days from
    1904, or another day that is not the usual one. `hidden_rows` are hidden in the workbook, as by a filter.
    """

    cells: pa.Table
    left: int = 0
    merges: tuple[Merge, ...] = ()
    name: str | None = None
    hidden: bool = False
    without_value: bool = False
    from_1904: bool = False
    hidden_rows: frozenset[int] = frozenset()

    @cached_property
    def filled(self) -> np.ndarray:
        """Rows × columns: whether a cell holds anything but spaces."""
        columns = [
            pc.fill_null(pc.match_substring_regex(column, r"\S"), False).to_numpy()
            for column in self.cells.columns
        ]
        if not columns:
            return np.zeros((self.cells.num_rows, 0), dtype=bool)
        return np.column_stack(columns)

    def text(self, row: int, column: int) -> str:
        """What a cell says, without spaces around it; empty where nothing stands there."""
        return (self.cells.column(column)[row].as_py() or "").strip()


def of_records(records: Sequence[Sequence[str]]) -> Grid:
    """The records of a text file as a grid; short ones are filled up with empty cells."""
    width = max((len(record) for record in records), default=0)
    columns = [
        pa.array([record[n] if n < len(record) else None for record in records], pa.string())
        for n in range(width)
    ]
    return Grid(pa.Table.from_arrays(columns, [f"c{n}" for n in range(width)]))


def of_workbook(path: Path, name: str, scratch: Scratch) -> list[Grid]:
    """The sheets of a workbook that hold anything. Raises Unreadable.

    The cells are read by another process (see `workbook`), within a time of its own and a memory
    that grow with the file, and lie in files of the scratch folder, from which they are mapped.
    """
    folder = scratch.new("")
    folder.mkdir()
    size = path.stat().st_size
    memory = min(LIMITS.memory + LIMITS.memory_per_byte * size, LIMITS.most_memory)
    seconds = LIMITS.seconds + LIMITS.seconds_per_megabyte * size / MEGABYTE
    limits = (memory, LIMITS.columns, max(1, round(seconds)))
    try:
        done = subprocess.run(
            [sys.executable, "-I", reader.__file__, str(path), str(folder), *map(str, limits)],
            env=os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds * BUSY,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(name, seconds) from error
    if done.returncode == reader.OUT_OF_TIME:
        raise _too_slow(name, seconds)
    if done.returncode:
        raise _failure(done.returncode, done.stderr, name, folder)
    sheets = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
    return [_grid(folder, sheet) for sheet in sheets]


def _too_slow(name: str, seconds: float) -> Unreadable:
    says = Phrase("cannot be read within {seconds} seconds", seconds=round(seconds))
    return unreadable(name, says, SIMPLER)


def _failure(code: int, said: bytes, name: str, folder: Path) -> Unreadable:
    if code == reader.TOO_WIDE:
        sheet = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))[0]["name"]
        says = Phrase("has cells in more than {limit} columns", limit=LIMITS.columns)
        return unreadable(name, says, SIMPLER, sheet)
    if code == reader.NO_MEMORY or b"memory allocation" in said:
        says = Phrase("needs more memory than is given to a file of its size")
        return unreadable(name, says, SIMPLER)
    if code == reader.LOCKED:
        says = Phrase("is protected by a password")
        return unreadable(name, says, Phrase("Remove the password, save it and import that."))
    says = Phrase("is not a readable workbook")
    return unreadable(name, says, Phrase("Open it in a spreadsheet and save it again as XLSX."))


def _grid(folder: Path, sheet: dict) -> Grid:
    left = sheet["left"]
    with pa.memory_map(str(folder / sheet["cells"])) as file:
        cells = pa.ipc.open_file(file).read_all()
    merges = tuple(
        (top, start - left, bottom, end - left)
        for (top, start), (bottom, end) in sheet["merged"]
        if start >= left
    )
    without_value = bool(sheet["blank"])
    return Grid(
        cells,
        left,
        merges,
        sheet["name"],
        sheet["hidden"],
        without_value,
        sheet["from_1904"],
        frozenset(row - 1 for row in sheet["hidden_rows"]),
    )
