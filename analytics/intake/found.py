"""Tables found in a grid: where the headings are, which rows are data, totals or notes."""

# pyright: reportAttributeAccessIssue=false, reportIndexIssue=false
# pyarrow.compute makes its functions when it is imported; numpy types a row of truths as one.

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.intake.grids import Grid
from analytics.intake.unsaved import WORDS

NUMBER = re.compile(r"'?\(?[-+]?\s?(Rp\.?\s?)?\d[\d.,\s]*([eE][-+]?\d+)?\s?%?\)?")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")
YEAR = re.compile(r"(19|20)\d\d")
NOTHING = re.compile(
    rf"[-–—.…*x]+|n/?a|nihil|null|\[\w\]|{'|'.join(map(re.escape, WORDS))}", re.IGNORECASE
)
"""What is written where there is no value, or stands there where a workbook has none."""
NUMBERING = re.compile(r"\(?(\d{1,3})\)?")
ENUMERATOR = re.compile(r"([A-Z]|[IVX]{1,5}|\d{1,2})[.)]?", re.IGNORECASE)
NOTE = re.compile(
    r"(\*+\)?|sumber|source|catatan|cat\.|notes?|footnotes?|keterangan|ket\.)\s*(data)?\s*([:.]|\b)",
    re.IGNORECASE,
)
TOTAL = (
    r"(?i)^\s*((sub|grand)[\s-]*)?(jumlah|total|jml\.?)"
    r"(\s+(total|jumlah|umum|akhir|besar|keseluruhan|seluruhnya|semua|[ivx]+|[a-z]))?"
    r"(\s*[/(|]\s*(total|jumlah)\)?)?\s*[:.]?\s*$"
)
LABELS = 3
"""Columns at a table's left in which the word for a total may stand."""
SEPARATOR = re.compile(r"sep=.", re.IGNORECASE)
"""By which a CSV file tells Excel its delimiter."""
LONG_TEXT = 25
"""Letters from which on a text is a line rather than a label."""
SAMPLE = 40
MOST_LEVELS = 4
MOST_LOOKS = 2_000


def is_value(text: str) -> bool:
    """Whether a cell says a number or a date rather than a name."""
    return bool(NUMBER.fullmatch(text) or DATE.fullmatch(text))


@dataclass
class Draft:
    """A table as it is found: grid rows and columns, counted from 0, all inclusive.

    `header` are the rows of its headings, `body` the rows beneath up to the last that is read;
    `numbering` and `repeated` are those of them that number the columns and that say the headings
    again. `reach` are the columns in which no other table stands beside it. `titles` are the rows
    of text above it and `said` what they say, `notes` those beneath. `values` are the columns of
    numbers or dates.
    """

    header: list[int]
    left: int
    right: int
    reach: range
    body: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    values: set[int] = field(default_factory=set)
    numbering: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """A table of a grid. Rows and columns are the grid's, counted from 0.

    `levels` are the texts of each column's headings from top to bottom. `rows` are the data rows,
    `totals` those of sums, `notes` those of text beneath, `passed` what else stands between
    (numbering, headings said again). `unnamed` are columns that hold values without a heading.
    """

    columns: tuple[int, ...]
    levels: tuple[tuple[str, ...], ...]
    header: tuple[int, ...]
    rows: np.ndarray
    totals: np.ndarray
    titles: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    passed: tuple[int, ...] = ()
    unnamed: tuple[int, ...] = ()
    title: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """One heading a column: its distinct texts, one after another."""
        return tuple(" / ".join(dict.fromkeys(text for text in of if text)) for of in self.levels)


Known = Callable[[str], bool]
"""Whether a text is a heading that some table is known to have."""


def nothing_known(heading: str) -> bool:
    """Of no heading is it known what it stands for."""
    return False


def tables_of(grid: Grid, known: Known = nothing_known) -> list[Found]:
    """Every table of a grid that has at least two columns, from top to bottom, left to right.

    A table of headings alone is found too. Under a row of known headings alone, a row of none is
    data, whatever stands in it. Costs: a few passes over the grid as arrays; only
    headings, rows that stand alone and a sample of each table are looked at as text.
    """
    rows, columns = grid.filled.shape
    if not rows or not columns:
        return []
    drafts = _Region(grid, 0, columns - 1, known).drafts(0, rows - 1)
    return [_Finish(grid, draft).found() for draft in drafts]


@dataclass
class _Region:
    """Columns of a grid in which tables stand one below another."""

    grid: Grid
    left: int
    right: int
    known: Known

    @cached_property
    def counts(self) -> np.ndarray:
        """How many cells of each row are filled."""
        return self.grid.filled[:, self.left : self.right + 1].sum(axis=1)

    def filled(self, row: int) -> list[int]:
        """The filled columns of a row."""
        return [
            int(n) + self.left
            for n in np.flatnonzero(self.grid.filled[row, self.left : self.right + 1])
        ]

    def texts(self, row: int) -> dict[int, str]:
        return {column: self.grid.text(row, column) for column in self.filled(row)}

    def lines(self, rows: Iterable[int]) -> list[str]:
        """What rows of text say, each in one line."""
        return [" ".join(" ".join(self.texts(row).values()).split()) for row in rows]

    def bands(self, first: int, last: int) -> list[tuple[int, int]]:
        """Runs of rows that are not empty, as first and last row."""
        full = np.concatenate(([0], self.counts[first : last + 1] > 0, [0])).astype(np.int8)
        edges = np.diff(full)
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
        return [(int(a) + first, int(b) + first) for a, b in zip(starts, ends, strict=True)]

    @cached_property
    def single(self) -> np.ndarray:
        """The rows of one cell, in order."""
        return np.flatnonzero(self.counts == 1)

    def alone(self, row: int) -> bool:
        """Whether a row that may begin something is a line of text rather than headings or data.

        That is one cell; a number and a text, as "A. Jumlah …"; a name and its value, as
        "Unit Kerja : Dinas Kesehatan"; two cells at the left above a row of many.
        """
        if self.counts[row] == 1:
            return True
        if self.counts[row] > 3 or self.right - self.left < 2:
            return False
        texts = list(self.texts(row).values())
        if len(texts) == 2 and ENUMERATOR.fullmatch(texts[0]) and len(texts[1]) > LONG_TEXT:
            return not is_value(texts[1])
        if texts[0].endswith(":") or texts[1] == ":" or texts[1].startswith(": "):
            return True
        return self._is_sparse(row)

    def _is_sparse(self, row: int) -> bool:
        columns = self.filled(row)
        below = _below(self, row, 1)
        if len(columns) != 2 or columns[1] != columns[0] + 1 or below != [row + 1]:
            return False
        under = self.filled(row + 1)
        merged = any(top == row and left in columns for top, left, _, _ in self.grid.merges)
        return not merged and len(under) >= 6 and under[0] == columns[0] and columns[1] in under

    def drafts(self, first: int, last: int) -> list[Draft]:
        """Tables between two rows, from top to bottom."""
        return _Walk(self).walk(self.bands(first, last))


class _Walk:
    """One way down a region: the table that is open, and lines of text that wait for the next."""

    def __init__(self, region: _Region) -> None:
        self.region, self.grid = region, region.grid
        self.done: list[Draft] = []
        self.open: Draft | None = None
        self.waiting: list[int] = []
        self.looks = MOST_LOOKS

    def walk(self, bands: list[tuple[int, int]]) -> list[Draft]:
        position = 0
        while position < len(bands):
            goes_on = self._goes_on(bands[position][0])
            beside = None if goes_on else _beside(self.region, bands, position)
            if beside is not None:
                position = self._split(bands, position, *beside)
                continue
            self._band(*bands[position])
            position += 1
        self._close()
        return self.done

    def _goes_on(self, row: int) -> bool:
        """Whether a row after empty ones is the open table's, whatever it leaves empty within.

        Rows that all lack the same values would else be taken for tables beside one another.
        """
        table = self.open
        if table is None or self.region.alone(row) or not self._may_look():
            return False
        again = _says_again(self.region, table, row)
        return again or not _begins(self.region, table, row)

    def _split(self, bands: list[tuple[int, int]], position: int, gap: int, end: int) -> int:
        """Tables beside one another, each found in its own columns."""
        self._close()
        titles, self.waiting = self.waiting, []
        said = self.region.lines(titles)
        first, last = bands[position][0], bands[end][1]
        for left, right in ((self.region.left, gap), (gap + 1, self.region.right)):
            drafts = _Region(self.grid, left, right, self.region.known).drafts(first, last)
            if drafts:
                drafts[0].titles[:0] = titles
                drafts[0].said[:0] = said
            self.done.extend(drafts)
        return end + 1

    def _close(self) -> None:
        """End the open table; lines that waited are notes beneath it."""
        if self.open is not None:
            self._keep_labels()
            self.open.notes.extend(self.waiting)
            self.waiting = []
            self.done.append(self.open)
            self.open = None

    def _keep_labels(self) -> None:
        """Lines right beneath the last row that do not read like notes are rows of one value."""
        assert self.open is not None
        while self.waiting and self.open.body and self.waiting[0] == self.open.body[-1] + 1:
            texts = list(self.region.texts(self.waiting[0]).values())
            wide = self.open.right - self.open.left > 1
            text = "".join(texts[:1])
            if NOTE.match(text) or (wide and len(texts) == 1 and len(text) > LONG_TEXT):
                return
            self.open.body.append(self.waiting.pop(0))

    def _band(self, first: int, last: int) -> None:
        row, fresh = first, True
        while row <= last:
            fresh = fresh and self._may_look()
            if self.region.counts[row] == 1 or (fresh and self.region.alone(row)):
                self.waiting.append(row)
                row, fresh = row + 1, True
            elif fresh and self.open is not None and _says_again(self.region, self.open, row):
                row = self._again(row)
            elif self.open is None or (fresh and _begins(self.region, self.open, row)):
                row, fresh = self._begin(row), False
            else:
                stop = self._until_alone(row, last)
                self._take(row, stop)
                row, fresh = stop + 1, True

    def _may_look(self) -> bool:
        """Whether a row may still be looked at as the possible beginning of a table.

        A sheet of a hundred thousand paragraphs would take minutes otherwise.
        """
        self.looks -= 1
        return self.looks >= 0 or self.open is None

    def _until_alone(self, row: int, last: int) -> int:
        """The last row before the next row of one cell."""
        single = self.region.single
        after = int(np.searchsorted(single, row))
        return last if after == len(single) else min(last, int(single[after]) - 1)

    def _take(self, first: int, last: int) -> None:
        """Rows of the open table; lines that waited stood between its rows and belong to them."""
        assert self.open is not None
        self.open.body.extend([*self.waiting, *range(first, last + 1)])
        self.waiting = []

    def _again(self, row: int) -> int:
        """The headings said again further down; after a title they begin a table like the first."""
        assert self.open is not None
        if self.waiting:
            return self._begin(row)
        self.open.repeated.append(row)
        return row + 1

    def _begin(self, row: int) -> int:
        """Open a table whose headings start here; what waited is its title, or notes above."""
        notes = 0
        if self.open is not None:
            self._keep_labels()
            notes = _notes(self.region, self.waiting)
            self.open.notes.extend(self.waiting[:notes])
            if not self.open.body:  # headings without rows were a line of text
                self.waiting[:0] = [*self.open.titles, *self.open.header]
                notes = 0
            else:
                self.done.append(self.open)
        titles, self.waiting = self.waiting[notes:], []
        header = _header(self.region, row)
        filled = [column for r in header for column in self.region.filled(r)]
        said = self.region.lines(titles)
        reach = range(self.region.left, self.region.right + 1)
        self.open = Draft(header, min(filled), max(filled), reach, titles=titles, said=said)
        below = _below(self.region, header[-1], 1)
        if below and _is_numbering(self.region, below[0]):
            self.open.numbering.append(below[0])
        end = (self.open.numbering or header)[-1]
        self.open.values = _value_columns(_sample(self.region, end))
        return end + 1


def _notes(region: _Region, lines: list[int]) -> int:
    """How many of the lines between two tables are notes of the upper one.

    Those from "Sumber:" on, to the next empty row; the others are the title of the lower table.
    """
    count = 0
    for position, row in enumerate(lines):
        text = region.grid.text(row, region.filled(row)[0])
        follows = position and count == position and lines[position - 1] == row - 1
        if NOTE.match(text) or follows:
            count = position + 1
    return count


def _below(region: _Region, row: int, count: int) -> list[int]:
    """The next rows beneath that are not empty."""
    reach = region.counts[row + 1 : row + 1 + 4 * count + 8]
    return [row + 1 + int(n) for n in np.flatnonzero(reach)[:count]]


def _sample(region: _Region, row: int, count: int = SAMPLE) -> list[dict[int, str]]:
    """What the next rows beneath say, but for lines of text."""
    return [region.texts(r) for r in _below(region, row, count) if region.counts[r] > 1]


def _value_columns(rows: Iterable[dict[int, str]]) -> set[int]:
    """Columns that mostly hold numbers or dates."""
    said: dict[int, list[bool]] = {}
    for row in rows:
        for column, text in row.items():
            if not NOTHING.fullmatch(text):
                said.setdefault(column, []).append(is_value(text))
    return {column for column, values in said.items() if sum(values) * 5 >= len(values) * 3}


def _is_heading_like(texts: dict[int, str]) -> bool:
    """Whether no cell of a row holds a number or a date, but for years."""
    return all(YEAR.fullmatch(t) or not is_value(t) for t in texts.values())


def _names_values(region: _Region, row: int, texts: dict[int, str]) -> bool:
    """Whether a row of names stands over a column of numbers or dates."""
    if not _is_heading_like(texts):
        return False
    under: list[dict[int, str]] = []
    for below in _sample(region, row, 9):
        if _is_heading_like(below) and len(under) == 0 and len(below) > 1:
            continue  # a further row of headings
        under.append(below)
        if len(under) == 5:
            break
    values = _value_columns(under)
    named = {c for c, t in texts.items() if not is_value(t) and not NOTHING.fullmatch(t)}
    return bool(named & values)


def _begins(region: _Region, table: Draft, row: int) -> bool:
    """Whether a row after an empty one, or after a line of text, holds headings of a new table."""
    texts = region.texts(row)
    if len(texts) < 2:
        return False
    if min(texts) > table.right or max(texts) < table.left:
        return True
    if not _names_values(region, row, texts):
        return False
    over = [texts[column] for column in texts if column in table.values]
    return not over or all(not is_value(t) and not NOTHING.fullmatch(t) for t in over)


def _says_again(region: _Region, table: Draft, row: int) -> bool:
    return says_headings(region.grid, table.header, region.texts(row))


def says_headings(grid: Grid, header: Sequence[int], texts: Mapping[int, str]) -> bool:
    """Whether a row of two texts or more says, column by column, what rows of headings say."""
    return len(texts) > 1 and all(
        any(grid.text(row, column) == text for row in header) for column, text in texts.items()
    )


def _header(region: _Region, row: int) -> list[int]:
    """The rows of headings that start at a row: one, or up to four where they are merged."""
    rows = [row]
    reach = _merged_down(region, row)
    values = _value_columns(_sample(region, row)[1:])
    for below in _below(region, row, MOST_LEVELS - 1):
        gap = below != rows[-1] + 1
        if below <= reach or (not gap and _is_lower_level(region, rows, below, values)):
            rows.append(below)
        else:
            break
    return rows


def _merged_down(region: _Region, row: int) -> int:
    """The last row that cells merged downwards from a row of headings reach."""
    ends = [
        bottom
        for top, left, bottom, right in region.grid.merges
        if top == row and region.left <= left and right <= region.right and bottom > top
    ]
    deep = [end for end in ends if end - row < MOST_LEVELS]
    return max(deep, default=row)


def _is_lower_level(region: _Region, rows: list[int], below: int, values: set[int]) -> bool:
    texts = region.texts(below)
    if not _is_heading_like(texts) or all(NOTHING.fullmatch(t) for t in texts.values()):
        return False
    if _are_whole(region, rows) and not any(map(region.known, texts.values())):
        return False
    above = {column for row in rows for column in region.filled(row)}
    first = min(above | set(texts))
    fills = [column for column in texts if column not in above]
    if fills and (first not in texts or (first not in above and len(fills) > 1)):
        return True
    names = [c for c in texts if c in values and not YEAR.fullmatch(texts[c])]
    return bool(names) and all(not NOTHING.fullmatch(texts[c]) for c in names)


def _are_whole(region: _Region, rows: list[int]) -> bool:
    """Whether each text of some rows is a heading that says by itself what its column is."""
    return all(region.known(text) for row in rows for text in region.texts(row).values())


def _is_numbering(region: _Region, row: int) -> bool:
    """Whether a row numbers the columns: (1) (2) (3), or 1 2 3 over what is not all numbers."""
    texts = region.texts(row)
    numbers = [NUMBERING.fullmatch(text) for text in texts.values()]
    if len(numbers) < 2 or not all(numbers):
        return False
    order = [int(match[1]) for match in numbers if match]
    if order[0] != 1 or any(a >= b for a, b in itertools.pairwise(order)):
        return False
    if all(text.startswith("(") for text in texts.values()):
        return True
    beneath = _sample(region, row)
    named = {c for below in beneath for c, text in below.items() if not is_value(text)}
    return len(order) >= 3 and order[-1] <= len(order) + 2 and bool(named & set(texts))


def _beside(region: _Region, bands: list[tuple[int, int]], position: int) -> tuple[int, int] | None:
    """The last column of a left table, and the last band that holds it and one beside it."""
    first, last = bands[position]
    if last - first < 2 and position + 1 < len(bands) and not region.alone(first):
        found = _gap(region, first, bands[position + 1][1])
        if found is not None:
            return _extended(region, bands, position, found)
    found = _gap(region, first, last)
    return None if found is None else _extended(region, bands, position, found)


def _extended(
    region: _Region, bands: list[tuple[int, int]], position: int, gap: tuple[int, int]
) -> tuple[int, int] | None:
    """The gap, and the last of the bands that follow with cells on both sides of it."""
    filled = region.grid.filled
    end = position
    for number in range(position, len(bands)):
        first, last = bands[number]
        block = filled[first : last + 1]
        left = block[:, region.left : gap[0]].any()
        right = block[:, gap[1] + 1 : region.right + 1].any()
        if block[:, gap[0] : gap[1] + 1].any() or not (left and right):
            break
        end = number
    return gap[0], end


def _gap(region: _Region, first: int, last: int) -> tuple[int, int] | None:
    """Empty columns between two tables that stand beside one another, first and last."""
    block = region.grid.filled[first : last + 1, region.left : region.right + 1]
    used = block.any(axis=0)
    if used.all() or not used.any():
        return None
    inside = np.flatnonzero(used)
    empty = np.flatnonzero(~used)
    empty = empty[(empty > inside[0]) & (empty < inside[-1])]
    for run in np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1):
        if len(run) and _stand_apart(region, first, last, int(run[0]), int(run[-1])):
            return int(run[0]) + region.left, int(run[-1]) + region.left
    return None


def _stand_apart(region: _Region, first: int, last: int, start: int, end: int) -> bool:
    """Whether what is left and right of empty columns are two tables rather than one, spaced out.

    Each has two columns and rows; the right one has names of its own at its left; and the two
    differ in length, or a heading stands in both, or more than one column is empty between.
    """
    block = region.grid.filled[first : last + 1, region.left : region.right + 1]
    next_gap = np.flatnonzero(~block.any(axis=0)[end + 1 :])
    stop = end + 1 + int(next_gap[0]) if len(next_gap) else block.shape[1]
    sides = [block[:, :start], block[:, end + 1 : max(stop, end + 3)]]
    rows = [np.flatnonzero(side.sum(axis=1) >= 2) for side in sides]
    if any(len(r) < 2 or side.any(axis=0).sum() < 2 for r, side in zip(rows, sides, strict=True)):
        return False
    offset = region.left + end + 1
    right = [
        {c: text for c in (offset, offset + 1) if (text := region.grid.text(first + int(r), c))}
        for r in rows[1][1 : SAMPLE + 1]
    ]
    if {offset, offset + 1} <= _value_columns(right):
        return False
    if rows[0][-1] != rows[1][-1] or end > start:
        return True
    left_names = set(region.texts(first + int(rows[0][0])).items())
    heads = [t for c, t in left_names if c <= region.left + start]
    return any(t in heads for c, t in left_names if c >= offset)


@dataclass
class _Finish:
    """A draft with its columns, heading texts, totals and notes settled."""

    grid: Grid
    draft: Draft

    def found(self) -> Found:
        draft = self.draft
        body = np.array(draft.body, dtype=np.int64)
        spread = self._levels()
        filled = self.grid.filled
        holds = filled[body].any(axis=0) if len(body) else np.zeros(filled.shape[1], dtype=bool)
        span = range(draft.left, draft.right + 1)
        columns = [c for c in span if any(spread[c])]
        unnamed = [c for c in draft.reach if holds[c] and c not in columns]
        again = self._again(body, columns)
        repeated = body[again].tolist()
        body = body[~again]
        total = self._totals(body, columns)
        return Found(
            tuple(columns),
            tuple(spread[c] for c in columns),
            tuple(draft.header),
            body[~total],
            body[total],
            tuple(draft.titles),
            tuple(draft.notes),
            tuple(sorted((*draft.numbering, *draft.repeated, *repeated))),
            tuple(unnamed),
            self._title(),
        )

    def _title(self) -> str:
        return " / ".join(said for said in self.draft.said if not SEPARATOR.match(said))

    def _levels(self) -> dict[int, tuple[str, ...]]:
        """The texts of each column's headings, those of merged cells spread over what they cover.

        Where the format does not tell merged cells, a text reaches to the right as far as no other
        stands in its row and something stands beneath.
        """
        draft, grid = self.draft, self.grid
        texts = [
            [grid.text(row, c) for c in range(draft.left, draft.right + 1)] for row in draft.header
        ]
        for level, row in enumerate(draft.header[:-1]):
            said, beneath = texts[level], texts[level + 1 :]
            merged = {
                left: right
                for top, left, _, right in grid.merges
                if top == row and left <= draft.right
            }
            self._spread(said, beneath, merged)
        return {
            c + draft.left: tuple(" ".join(line[c].split()) for line in texts)
            for c in range(draft.right - draft.left + 1)
        }

    def _spread(self, said: list[str], beneath: list[list[str]], merged: dict[int, int]) -> None:
        carried, until = "", -1
        for c, text in enumerate(said):
            column = c + self.draft.left
            if text:
                carried = text
                until = merged.get(column, -1 if self.grid.merges else len(said) + column)
            elif carried and column <= until and any(line[c] for line in beneath):
                said[c] = carried
            elif not any(line[c] for line in beneath):
                carried = "" if not self.grid.merges else carried

    def _again(self, body: np.ndarray, columns: Sequence[int]) -> np.ndarray:
        """Which rows say a row of headings again, as where lists were put one under another."""
        again = np.zeros(len(body), dtype=bool)
        for row in self.draft.header if len(body) else []:
            said = self._texts(row, columns)
            if len(said) < 2:
                continue
            column, heading = next(iter(said.items()))
            first = pc.utf8_trim_whitespace(self.grid.cells.column(column))
            same = pc.fill_null(pc.equal(first, heading), False).to_numpy()[body]
            for position in np.flatnonzero(same):
                texts = self._texts(int(body[position]), columns)
                again[position] |= says_headings(self.grid, self.draft.header, texts)
        return again

    def _texts(self, row: int, columns: Sequence[int]) -> dict[int, str]:
        return {column: text for column in columns if (text := self.grid.text(row, column))}

    def _totals(self, body: np.ndarray, columns: Sequence[int]) -> np.ndarray:
        """Which rows are sums: the word for it among the labels, and but for it only numbers."""
        total = np.zeros(len(body), dtype=bool)
        if not len(body):
            return total
        labels = self.grid.cells.select(list(columns[:LABELS]))
        whole = body[-1] - body[0] == len(body) - 1
        taken = labels.slice(int(body[0]), len(body)) if whole else labels.take(pa.array(body))
        for column in taken.columns:
            total |= pc.fill_null(pc.match_substring_regex(column, TOTAL), False).to_numpy()
        for position in np.flatnonzero(total):
            total[position] = self._is_total(int(body[position]), columns)
        return total

    def _is_total(self, row: int, columns: Sequence[int]) -> bool:
        texts = [t for c in columns if (t := self.grid.text(row, c))]
        others = [t for t in texts if not re.match(TOTAL, t)]
        return bool(others) and all(is_value(t) or NOTHING.fullmatch(t) for t in others)


def runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers, as first and last."""
    start = before = None
    for row in rows:
        if before is None or row != before + 1:
            if start is not None and before is not None:
                yield start, before
            start = row
        before = row
    if start is not None and before is not None:
        yield start, before
