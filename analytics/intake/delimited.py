"""Text files with a delimiter: which encoding, which delimiter, and a clean copy where one is due."""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from analytics.intake.containers import BLOCK, LIMITS, unreadable
from analytics.text.phrase import Phrase

DELIMITERS = ",;\t|"
HEAD = 1 << 18
"""Bytes at the start of a large file by which its form is told."""
LONGEST_LINE = 1 << 22
RECORDS = 200
"""Records by which the delimiter is told."""
WRAPPED = re.compile(r'"(?:[^"]|"")*+"([,;\t|]*)[\r\n]*')
"""A line that stands in quotation marks as a whole, with nothing but delimiters behind them."""
UNUSED_BY_WINDOWS = frozenset(b"\x81\x8d\x8f\x90\x9d")
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))


@dataclass(frozen=True)
class Dialect:
    """How a text file is written. `wrapped`: each line stands in quotation marks as a whole."""

    encoding: str
    delimiter: str
    wrapped: str | None = None
    """The delimiter outside of the wrapped lines; None where lines are not wrapped."""


@dataclass(frozen=True)
class Head:
    """The first records of a file, all of them where it is small.

    `lines` are the numbers of lines that end before each record, without which a record of several
    lines would throw the counting out.
    """

    records: list[list[str]]
    lines: list[int]
    whole: bool


def encoding_of(path: Path, name: str) -> str:
    """UTF-8, UTF-16 or Windows-1252, by the bytes of the whole file. Raises Unreadable.

    A file that is UTF-8 but for some lines counts as UTF-8, so that those lines are told.
    """
    with path.open("rb") as file:
        start = file.read(BLOCK)
    for mark, encoding in ENCODING_MARKS:
        if start.startswith(mark):
            return encoding
    zeros = start.count(0)
    if zeros:
        even, odd = start[::2].count(0), start[1::2].count(0)
        if zeros * 4 >= len(start) and max(even, odd) >= 0.9 * zeros:
            return "utf-16-le" if odd > even else "utf-16-be"
        raise _no_text(name)
    if len(start.translate(None, CONTROLS)) < 0.99 * len(start):
        raise _no_text(name)
    return _single_bytes(path)


ENCODING_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _no_text(name: str):
    says = Phrase("is neither text nor a workbook that can be read")
    remedy = Phrase("Open it in the program it is from and save it as XLSX or as CSV UTF-8.")
    return unreadable(name, says, remedy)


def _single_bytes(path: Path) -> str:
    """UTF-8 or Windows-1252: whichever explains more of the characters beyond ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    known = strange = 0
    unused = False
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if block.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(block)
            beyond = [c for c in text if c > "\x7f"]
            bad = sum("\udc80" <= c <= "\udcff" for c in beyond)
            known, strange = known + len(beyond) - bad, strange + bad
            unused = unused or (bad > 0 and not UNUSED_BY_WINDOWS.isdisjoint(block))
    return "cp1252" if strange > known and not unused else "utf-8"


def head_of(path: Path, dialect: Dialect, name: str, *, whole: bool) -> Head:
    """The first records of a file, or all of them. Raises Unreadable."""
    records, lines = [], []
    with path.open(encoding=dialect.encoding, errors="replace", newline="") as file:
        text = file.read() if whole else file.read(HEAD)
    complete = whole or len(text) < HEAD
    before = 0
    for record, ended in _records(io.StringIO(text, newline=""), dialect, name):
        records.append(record)
        lines.append(before)
        before = ended
        if len(record) > LIMITS.columns:
            says = Phrase("has cells in more than {limit} columns", limit=LIMITS.columns)
            raise unreadable(name, says, SIMPLER)
    if not complete and records:  # the last one may be cut short
        del records[-1], lines[-1]
    return Head(records, lines, complete)


SIMPLER = Phrase(
    "Delete what stands below and beside the table, or save the sheet as CSV, and import that."
)


def _records(source: io.TextIOBase, dialect: Dialect, name: str) -> Iterator[tuple[list[str], int]]:
    """Each record, and the number of lines read by then. Raises Unreadable."""
    lines = iter(lambda: source.readline(LONGEST_LINE), "")
    reader = csv.reader(lines, delimiter=dialect.wrapped or dialect.delimiter)
    try:
        for record in reader:
            yield (_unwrapped(record, dialect) if dialect.wrapped else record), reader.line_num
    except csv.Error as error:
        says = Phrase("has a value at line {line} that does not end", line=reader.line_num)
        remedy = Phrase("Close the quotation mark, or correct the line.")
        raise unreadable(name, says, remedy) from error


def _unwrapped(record: list[str], dialect: Dialect) -> list[str]:
    """What stands in the quotation marks around a whole line."""
    if any(record[1:]) or not record:
        return record
    inner = list(csv.reader(io.StringIO(record[0], newline=""), delimiter=dialect.delimiter))
    return inner[0] if len(inner) == 1 else record


def dialect_of(path: Path, encoding: str, name: str) -> Dialect:
    """The delimiter by which most of the first records have the same number of values.

    Raises Unreadable where no delimiter gives any record two values.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        text = file.read(HEAD)
    lines = text.splitlines(keepends=True)[: RECORDS * 5]
    plain = max(
        ((_fit(_first(lines, mark)), Dialect(encoding, mark)) for mark in DELIMITERS),
        key=lambda scored: scored[0],
    )
    filled = [line for line in lines if line.strip()]
    wrapped = [found for line in filled if (found := WRAPPED.fullmatch(line))]
    if len(wrapped) > 0.8 * len(filled):
        marks = "".join(found[1][:1] for found in wrapped)
        within = max(_wrapped(lines, marks, encoding), key=lambda scored: scored[0], default=plain)
        plain = within if within[0][0] else plain
    if not plain[0][0]:
        raise no_table(name)
    return plain[1]


def no_table(name: str, sheet: str | None = None):
    """The error of a file without a table in it."""
    says = Phrase("holds no table of two columns or more")
    remedy = Phrase("Write the headings in one row and the values in the rows beneath it.")
    return unreadable(name, says, remedy, sheet)


def values_of(line: str, delimiter: str) -> list[str]:
    """The values of one line by a delimiter; none where it is not one whole line by it."""
    try:
        records = list(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []
    return records[0] if len(records) == 1 else []


def _first(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(islice(csv.reader(lines, delimiter=delimiter), RECORDS))
    except csv.Error:  # a value longer than any is: not the delimiter
        return []


Fit = tuple[float, int, int]


def _fit(records: Sequence[Sequence[str]]) -> Fit:
    """How well a delimiter fits: the share of records with the commonest number of values, how
    early the first such record stands (headings have names, not delimiters, in them), the number.
    """
    lengths = [len(record) for record in records if any(record)]
    several = Counter(length for length in lengths if length > 1)
    if not several:
        return 0.0, 0, 0
    number, count = max(several.items(), key=lambda item: (item[1], item[0]))
    return count / len(lengths), -lengths.index(number), number


def _wrapped(lines: list[str], marks: str, encoding: str) -> Iterator[tuple[Fit, Dialect]]:
    """`marks` are those that stand right behind the quotation marks: of others, nothing parts."""
    for outer in DELIMITERS:
        if marks.strip(outer):
            continue
        records = _first(lines, outer)
        if any(any(record[1:]) for record in records):
            continue
        for inner in DELIMITERS:
            dialect = Dialect(encoding, inner, outer)
            yield _fit([_unwrapped(record, dialect) for record in records]), dialect


def copy_as_utf8(path: Path, dialect: Dialect, target: Path) -> None:
    """The same text in UTF-8; a block at a time."""
    with (
        path.open(encoding=dialect.encoding, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        shutil.copyfileobj(source, file, BLOCK)


def rewrite(
    path: Path,
    dialect: Dialect,
    target: Path,
    name: str,
    *,
    above: int,
    width: int,
    left_out: Container[int],
) -> None:
    """A clean copy: UTF-8, one record a row, no empty values behind the last heading.

    The first `above` records and those numbered in `left_out` become empty lines, so that the row
    numbers stay as they were. Reads and writes a record at a time. Raises Unreadable.
    """
    errors = "surrogateescape" if dialect.encoding.startswith("utf-8") else "replace"
    with (
        path.open(encoding=dialect.encoding, errors=errors, newline="") as source,
        target.open("w", encoding="utf-8", errors=errors, newline="") as file,
    ):
        writer = csv.writer(file, delimiter=dialect.delimiter, lineterminator="\n")
        for number, (record, _) in enumerate(_records(source, dialect, name)):
            if number < above or number in left_out or not any(record):
                file.write("\n")
            elif any(record[width:]):
                writer.writerow(record)
            else:
                writer.writerow(record[:width])


def widths_differ(records: Iterable[Sequence[str]], header: Sequence[str]) -> int | None:
    """How many values of each row to keep, where rows and headings end in different numbers of
    empty values; None where they do not, or where a column without a heading has values. An empty
    heading is an empty text in `header`."""
    width = max((n + 1 for n, heading in enumerate(header) if heading.strip()), default=0)
    spare = False
    for record in records:
        beyond = any(value.strip() for value in record[width:])
        if beyond and len(record) == len(header):
            return None
        spare = spare or (any(record) and len(record) != len(header) and len(record) >= width
                          and not beyond)  # fmt: skip
    return width if spare else None


def is_small(path: Path) -> bool:
    """Whether a text file is looked through as a whole."""
    return path.stat().st_size <= LIMITS.small_text
