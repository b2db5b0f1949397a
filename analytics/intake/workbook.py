"""The cells of a workbook as text, written out as Arrow files; run in a process of its own.

A broken workbook can make its reader panic, spin or ask for all memory there is, and none of that
can be caught from within. `grids.workbook` starts this file by its path, without the package, so
that it is ready in a fifth of a second.

    python -I workbook.py WORKBOOK FOLDER MEMORY COLUMNS SECONDS

writes FOLDER/0.arrow … (a column of text for each column of the sheet; empty cells are null) and
FOLDER/sheets.json. Exit codes: 0 read, 3 not a readable workbook, 4 protected by a password,
5 too many columns, 6 more memory needed than MEMORY bytes. A signal ends it after SECONDS of work
of its own, however long it waits for others. Any other code is a crash.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

UNREADABLE, LOCKED, TOO_WIDE, NO_MEMORY = 3, 4, 5, 6
OUT_OF_TIME = -24
"""The exit code by which a parent on Linux sees SIGXCPU."""

CELLS_AT_ONCE = 200_000
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
    """Cells of a column as text; what is empty, or holds an error such as #N/A, is null."""
    texts = [
        cell or None if cell.__class__ is str else AS_TEXT[cell.__class__](cell) for cell in cells
    ]
    return pa.array(texts, pa.string())


def _batches(sheet: calamine.CalamineSheet, names: list[str]) -> Iterator[pa.RecordBatch]:
    rows = sheet.iter_rows()
    at_once = max(1, CELLS_AT_ONCE // len(names))
    while taken := list(islice(rows, at_once)):
        columns = [_column(cells) for cells in zip(*taken, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names)


def _write(sheet: calamine.CalamineSheet, path: Path) -> None:
    names = [f"c{number}" for number in range(sheet.width)]
    schema = pa.schema([(name, pa.string()) for name in names])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in _batches(sheet, names):
            writer.write_batch(batch)


def read(workbook: str, folder: Path, columns: int) -> None:
    """Write out every sheet of the workbook that has cells, and what is known of each."""
    told = []
    # Given a path, calamine tells the kind by the name; given a file, by the content.
    with Path(workbook).open("rb") as file, calamine.CalamineWorkbook.from_filelike(file) as book:
        for number, about in enumerate(book.sheets_metadata):
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_index(number)
            if sheet.start is None or sheet.end is None:
                continue
            if sheet.width > columns:
                (folder / "sheets.json").write_text(json.dumps([{"name": about.name}]))
                sys.exit(TOO_WIDE)
            _write(sheet, folder / f"{number}.arrow")
            told.append(
                {
                    "name": about.name,
                    "hidden": about.visible != calamine.SheetVisibleEnum.Visible,
                    "left": sheet.start[1],
                    "merged": sheet.merged_cell_ranges or [],
                    "cells": f"{number}.arrow",
                }
            )
    (folder / "sheets.json").write_text(json.dumps(told), encoding="utf-8")


def _limit(memory: int, seconds: int) -> None:
    if sys.platform == "linux":  # elsewhere no such limits are kept, and only the wait is bounded
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read the workbook named on the command line; the exit code says how it went."""
    workbook, folder, memory, columns, seconds = sys.argv[1:6]
    gc.disable()  # nothing here refers to itself, and millions of cells are slow to look through
    _limit(int(memory), int(seconds))
    try:
        read(workbook, Path(folder), int(columns))
    except calamine.PasswordError:
        sys.exit(LOCKED)
    except (calamine.CalamineError, OSError, ValueError, OverflowError):
        sys.exit(UNREADABLE)
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main()
