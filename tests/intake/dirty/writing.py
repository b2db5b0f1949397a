"""A form written as a file, and the lines on which its rows then stand."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.intake.books import MAKERS, xlsx
from tests.intake.dirty.form import Cell, Form, is_empty

Grid = list[list[Cell]]


def grid_of(form: Form) -> tuple[Grid, list[int]]:
    """All cells of the form's sheet, and the line of each of its rows."""
    heads, lines = _heads(form), []
    grid: Grid = [*map(list, form.above), *heads, *map(list, form.beneath)]
    for row in form.rows:
        lines.append(len(grid) + 1)
        grid += heads if row.kind == "headings" else [list(row.cells)]
    grid += [list(line) for line in form.below]
    return [[None] * form.left + line for line in grid], lines


def _heads(form: Form) -> Grid:
    """The rows of headings: one, or two where some stand over others."""
    if not _has_two_rows(form):
        return [[heading.text for heading in form.headings]]
    return [_upper(form), [heading.text if heading.over else None for heading in form.headings]]


def _has_two_rows(form: Form) -> bool:
    return any(heading.over for heading in form.headings)


def _upper(form: Form) -> list[Cell]:
    """The upper row of headings: a text once for all that it stands over, others at their own."""
    line: list[Cell] = []
    before = ""
    for heading in form.headings:
        again = bool(heading.over) and heading.over == before
        line.append(None if again else heading.over or heading.text)
        before = heading.over
    return line


def write(form: Form, folder: Path) -> tuple[Path, list[int]]:
    """The file of a form, and the lines of its rows."""
    grid, lines = grid_of(form)
    kind = form.container.kind
    if kind == "text":
        path = folder / f"{form.name}{form.container.suffix or '.csv'}"
        path.write_bytes(_text(form, grid, lines))
    elif kind == "parquet":
        path = folder / f"{form.name}{form.container.suffix or '.parquet'}"
        _parquet(form, path)
        lines = [number + 1 for number in range(len(form.rows))]
    else:
        path = folder / f"{form.name}{form.container.suffix or '.' + kind}"
        _workbook(form, grid, path, lines)
    return (_zip(path) if form.container.zipped else path), lines


def _text(form: Form, grid: Grid, line_numbers: Sequence[int]) -> bytes:
    container, at = form.container, dict(zip(line_numbers, form.rows, strict=True))
    width = max(map(len, grid))
    lines = []
    for number, cells in enumerate(grid, 1):
        said = [*map(_said, cells), *[""] * (width - len(cells))]
        row = at.get(number)
        short = row.short if row else 0
        said = said[:-short] if short > 0 else [*said, *["?"] * -short]
        if any(said):
            said += [""] * container.trailing
            lines.append(_line(said, container.delimiter))
        else:
            lines.append(container.delimiter * (width - 1) if container.trailing else "")
    if container.wrapped:
        lines = [_wrapped(line) if line else line for line in lines]
    return "".join(f"{line}{container.ends}" for line in lines).encode(container.encoding)


def _line(said: Sequence[str], delimiter: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerow(said)
    return buffer.getvalue().removesuffix("\n")


def _wrapped(line: str) -> str:
    quoted = line.replace('"', '""')
    return f'"{quoted}";;'


def _said(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _parquet(form: Form, path: Path) -> None:
    rows = [row.cells for row in form.rows]
    names = [heading.text for heading in form.headings]
    columns = [pa.array([row[n] or None for row in rows]) for n in range(len(names))]
    columns = [c if c.type != pa.null() else c.cast(pa.string()) for c in columns]
    pq.write_table(pa.Table.from_arrays(columns, names), path)


def _workbook(form: Form, grid: Grid, path: Path, lines: Sequence[int]) -> None:
    kind = form.container.kind
    rows: Grid = [[None if is_empty(cell) else cell for cell in line] for line in grid]
    if kind == "xlsb":  # has no dates of its own
        rows = [[_serial(cell) if isinstance(cell, dt.date) else cell for cell in r] for r in rows]
    sheets = {form.sheet: rows} | {name: [list(r) for r in more] for name, more in form.sheets}
    if kind == "xlsx":
        xlsx(path, sheets, merged=_merges(form, rows, lines))
    else:
        MAKERS[kind](path, sheets)


def _serial(day: dt.date) -> int:
    return (day - dt.date(1899, 12, 30)).days


def _merges(form: Form, rows: Grid, lines: Sequence[int]) -> list[tuple]:
    """Merged cells of a sheet: of data downwards, of upper headings over those beneath."""
    found = []
    for column, first, last in form.merged:
        at, top, bottom = column + form.left, lines[first] - 1, lines[last] - 1
        found.append((form.sheet, top, at, bottom, at, rows[top][at]))
    if not _has_two_rows(form):
        return found
    upper, at = len(form.above), form.left
    for over, group in itertools.groupby(form.headings, key=lambda heading: heading.over):
        for heading in [] if over else group:
            found.append((form.sheet, upper, at, upper + 1, at, heading.text))
            at += 1
        end = at + len(list(group)) - 1 if over else at - 1
        if over and end > at:
            found.append((form.sheet, upper, at, upper, end, over))
        at = end + 1
    return found


def _zip(path: Path) -> Path:
    """The file in an archive, with a folder as a computer of Apple leaves it."""
    zipped = path.with_suffix(".zip")
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, f"data/{path.name}")
        archive.writestr(f"__MACOSX/data/._{path.name}", b"\x00\x05\x16\x07")
    path.unlink()
    return zipped
