"""The cells of a workbook as text, written out as Arrow files; run in a process of its own.

A broken workbook can make its reader panic, spin or ask for all memory there is, and none of that
can be caught from within. `grids.workbook` starts this file by its path, without the package, so
that it is ready in a fifth of a second.

    python -I workbook.py WORKBOOK FOLDER MEMORY COLUMNS SECONDS

writes FOLDER/0.arrow … (a column of text for each column of the sheet; empty cells are null, and
those that hold no value have the word that `unsaved` gives them) and FOLDER/sheets.json. Exit codes:
0 read, 3 not a readable workbook, 4 protected by a password, 5 too many columns, 6 more memory
needed than MEMORY bytes. A signal ends it after SECONDS of work of its own, however long it waits
for others. Any other code is a crash.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import python_calamine as calamine

if __package__:
    from analytics.intake import unsaved
else:  # run by its path
    sys.path.append(str(Path(__file__).parent))
    import unsaved  # type: ignore[import-not-found]

UNREADABLE, LOCKED, TOO_WIDE, NO_MEMORY = 3, 4, 5, 6
OUT_OF_TIME = -24
"""The exit code by which a parent on Linux sees SIGXCPU."""

CELLS_AT_ONCE = 10_000
"""So many fit the processor's cache."""
KEPT_DIGITS = 15
"""Digits that Excel keeps of a number."""
LONG = 10**KEPT_DIGITS

MIDNIGHT = dt.time()


def _whole(value: int) -> str:
    """A whole number; one with more digits than are kept stands in exponent form.

    By that form the checks know a number of 18 digits that was kept as a number, and has lost its
    last digits.
    """
    return _exponent(value) if abs(value) >= LONG else str(value)


def _exponent(value: float) -> str:
    digits, _, power = f"{value:.{KEPT_DIGITS - 1}E}".partition("E")
    return f"{digits.rstrip('0').rstrip('.')}E{power}"


def _number(value: float) -> str:
    if value.is_integer():
        return _whole(int(value))
    said = repr(value)
    return f"{value:.20f}".rstrip("0") if "e" in said else said


def _moment(value: dt.datetime) -> str:
    if value.time() == MIDNIGHT:
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="seconds")


def _duration(value: dt.timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


AS_TEXT: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: _whole,
    float: _number,
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: lambda value: value.isoformat(timespec="seconds"),
    dt.timedelta: _duration,
}


def _column(cells: tuple[Any, ...]) -> pa.Array:
    """Cells of a column as text; what is empty is null."""
    texts = [
        cell or None if cell.__class__ is str else AS_TEXT[cell.__class__](cell) for cell in cells
    ]
    return pa.array(texts, pa.string())


@dataclass(frozen=True)
class Extent:
    """What a sheet covers: rows from its first, columns from `left`; `before` and `behind` it are
    columns in which nothing but cells without a value stands."""

    rows: int
    left: int
    before: int
    width: int
    behind: int

    @property
    def columns(self) -> int:
        return self.before + self.width + self.behind


def _extent(sheet: calamine.CalamineSheet, blank: unsaved.Cells) -> Extent | None:
    """What the cells of a sheet cover, with and without a value; None where there are none."""
    if sheet.start is None or sheet.end is None:
        if not blank.rows:
            return None
        left = min(blank.columns)
        return Extent(max(blank.rows) + 1, left, max(blank.columns) - left + 1, 0, 0)
    (_, left), (bottom, right) = sheet.start, sheet.end
    before = left - min(left, min(blank.columns, default=left))
    behind = max(right, max(blank.columns, default=right)) - right
    rows = max(bottom, max(blank.rows, default=bottom)) + 1
    return Extent(rows, left - before, before, right - left + 1, behind)


def _rows(
    sheet: calamine.CalamineSheet, extent: Extent, blank: unsaved.Cells
) -> Iterator[list[Any]]:
    """The rows of a sheet, with the words of cells that have no value."""
    empty = [""] * extent.width
    rows = islice(chain(sheet.iter_rows() if extent.width else (), repeat(empty)), extent.rows)
    if not blank.rows:
        yield from rows
        return
    before, behind = [""] * extent.before, [""] * extent.behind
    order = np.argsort(np.frombuffer(blank.rows, np.intc), kind="stable")
    places = iter(order.tolist())
    place = next(places, None)
    for number, of in enumerate(rows):
        row = [*before, *of, *behind]
        while place is not None and blank.rows[place] == number:
            row[blank.columns[place] - extent.left] = unsaved.WORDS[blank.words[place]]
            place = next(places, None)
        yield row


def _batches(rows: Iterator[list[Any]], names: list[str]) -> Iterator[pa.RecordBatch]:
    at_once = max(1, CELLS_AT_ONCE // len(names))
    while taken := list(islice(rows, at_once)):
        columns = [_column(cells) for cells in zip(*taken, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names)


def _write(rows: Iterator[list[Any]], width: int, path: Path) -> None:
    names = [f"c{number}" for number in range(width)]
    schema = pa.schema([(name, pa.string()) for name in names])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in _batches(rows, names):
            writer.write_batch(batch)


def _looked_through(workbook: IO[bytes]) -> list[unsaved.Cells]:
    """The cells without a value of each sheet; nothing for a kind that is not looked through."""
    package = unsaved.opened(workbook)
    return list(unsaved.of_sheets(package)) if package else []


def _hidden(workbook: IO[bytes]) -> list[list[int]]:
    """The rows of each sheet that are hidden, counted from 1, where the kind of workbook tells it."""
    package = unsaved.opened(workbook)
    return list(unsaved.hidden_rows(package)) if package else []


def _counts_from_1904(workbook: IO[bytes]) -> bool:
    """Whether the days of a workbook's plain numbers are counted from another day than usual."""
    package = unsaved.opened(workbook)
    if package is not None:
        return unsaved.counts_from_1904(package)
    workbook.seek(0)
    return MODE_1904 in workbook.read()


MODE_1904 = b"\x22\x00\x02\x00\x01\x00\x0e\x00\x02\x00"
"""In XLS the record of the day to count from, and the beginning of the one after it ([MS-XLS] 2.4.77)."""


def read(workbook: str, folder: Path, columns: int) -> None:
    """Write out every sheet of the workbook that has cells, and what is known of each."""
    told = []
    # Given a path, calamine tells the kind by the name; given a file, by the content.
    with (
        Path(workbook).open("rb") as file,
        Path(workbook).open("rb") as again,
        ThreadPoolExecutor(1) as beside,
    ):
        from_1904 = _counts_from_1904(again)
        again.seek(0)
        hidden = _hidden(again)
        again.seek(0)
        looked = beside.submit(_looked_through, again)
        with calamine.CalamineWorkbook.from_filelike(file) as book:
            for number, about in enumerate(book.sheets_metadata):
                if about.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_index(number)
                found = looked.result()
                blank = found[number] if number < len(found) else unsaved.Cells()
                extent = _extent(sheet, blank)
                if extent is None:
                    continue
                if extent.columns > columns:
                    (folder / "sheets.json").write_text(json.dumps([{"name": about.name}]))
                    sys.exit(TOO_WIDE)
                _write(_rows(sheet, extent, blank), extent.columns, folder / f"{number}.arrow")
                own = _about(sheet, about, extent, blank, f"{number}.arrow")
                rows = hidden[number] if number < len(hidden) else []
                told.append(own | {"from_1904": from_1904, "hidden_rows": rows})
    (folder / "sheets.json").write_text(json.dumps(told), encoding="utf-8")


def _about(
    sheet: calamine.CalamineSheet,
    about: calamine.SheetMetadata,
    extent: Extent,
    blank: unsaved.Cells,
    cells: str,
) -> dict[str, Any]:
    return {
        "name": about.name,
        "hidden": about.visible != calamine.SheetVisibleEnum.Visible,
        "left": extent.left,
        "merged": sheet.merged_cell_ranges or [],
        "blank": len(blank.rows),
        "cells": cells,
    }


def _limit(memory: int, seconds: int) -> None:
    if sys.platform == "linux":  # elsewhere no such limits are kept, and only the wait is bounded
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _WithoutPandas:
    """pyarrow looks for pandas to see whether a list is a column of its, which takes long."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def main() -> None:
    """Read the workbook named on the command line; the exit code says how it went."""
    workbook, folder, memory, columns, seconds = sys.argv[1:6]
    sys.meta_path.insert(0, _WithoutPandas)  # type: ignore[arg-type]
    gc.disable()  # nothing here refers to itself, and millions of cells are slow to look through
    _limit(int(memory), int(seconds))
    try:
        read(workbook, Path(folder), int(columns))
    except calamine.PasswordError:
        sys.exit(LOCKED)
    except (calamine.CalamineError, OverflowError, *unsaved.FAILS):
        sys.exit(UNREADABLE)
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main()
