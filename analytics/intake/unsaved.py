"""Cells of a workbook that hold no value: errors, and formulas that nobody has worked out.

A reader of values takes both for empty cells, and what stood there would be lost without a word. So
the package of a workbook is looked through for them, a block at a time, and each is told by its
place and by the word that a spreadsheet shows there. Run in the process of `workbook`, without the
package. XLS files are not looked through.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

FORMULA = "#FORMULA!"
"""Stands for the value of a formula that was never worked out: no spreadsheet shows it."""
ERROR = "#ERROR!"
WORDS = (
    *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
    *("#SPILL!", "#CALC!", "#BLOCKED!", "#CONNECT!", "#FIELD!", "#UNKNOWN!", "#BUSY!", "#PYTHON!"),
    ERROR,
    FORMULA,
)
"""What stands in such cells, also where a workbook was saved as text."""
PLACE_OF = {word: place for place, word in enumerate(WORDS)}

FAILS = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError),
    *(LookupError, ValueError, ElementTree.ParseError, expat.ExpatError),
)
"""What looking through a damaged package raises."""

ERROR_OF_CALC = tuple(f"ERR:{code}" for code in range(501, 541))
"""What LibreOffice shows for its own errors."""

BLOCK = 1 << 16
"""Bytes that are looked through at once: a few fit the processor's cache."""
ROWS_AT_ONCE = 1 << 19
LONGEST_TAG = 1 << 9
DIGITS = 26


@dataclass
class Cells:
    """Places of cells of a sheet, counted from 0, and for each the number of its word."""

    rows: array[int] = field(default_factory=lambda: array("i"))
    columns: array[int] = field(default_factory=lambda: array("i"))
    words: array[int] = field(default_factory=lambda: array("b"))

    def add(self, row: int, column: int, word: str, *, down: int = 1, across: int = 1) -> None:
        """Note a cell, or as many alike below and beside it."""
        number = PLACE_OF.get(word, PLACE_OF[ERROR])
        for one in range(row, row + down):
            self.rows.extend(array("i", (one,)) * across)
            self.columns.extend(range(column, column + across))
        self.words.extend(array("b", (number,)) * (down * across))


@dataclass(frozen=True)
class Package:
    """The package of a workbook that is a ZIP archive."""

    archive: zipfile.ZipFile
    names: dict[str, str]
    """Its members, by their names as others may write them."""

    def part(self, name: str) -> IO[bytes]:
        """A member, to be read. Raises KeyError where there is none."""
        return self.archive.open(self.names[name.replace("\\", "/").lower()])

    def has(self, name: str) -> bool:
        return name in self.names


def opened(workbook: IO[bytes]) -> Package | None:
    """The package of a workbook; None for one that is none, as XLS."""
    if workbook.read(2) != b"PK":
        return None
    archive = zipfile.ZipFile(workbook)
    return Package(archive, {n.replace("\\", "/").lower(): n for n in archive.namelist()})


def counts_from_1904(package: Package) -> bool:
    """Whether the workbook counts its days from 1904, or from another day that is not Excel's.

    Raises one of FAILS where the package is damaged.
    """
    if package.has("content.xml"):
        with package.part("content.xml") as content:
            for _, near in _blocks(content):  # told before the first row, behind the styles
                if found := re.search(rb"""null-date[^>]*date-value=["']([0-9-]+)""", near):
                    return found[1] != b"1899-12-30"
                if b"<table:table-row" in near:
                    break
        return False
    if package.has("xl/workbook.bin"):
        with io.BufferedReader(package.part("xl/workbook.bin")) as book:  # type: ignore[arg-type]
            return any(
                kind == PROPERTIES and content[:1][0] & 1
                for kind, content in _records(book)
                if content
            )
    with package.part("xl/workbook.xml") as part:
        book = ElementTree.parse(part).getroot()
    told = [one.get("date1904", "") for one in book if _local(one.tag) == "workbookPr"]
    return any(said in ("1", "true", "on") for said in told)


def of_sheets(package: Package) -> Iterator[Cells]:
    """The cells without a value of each sheet, in the order of the workbook.

    Raises one of FAILS where the package is damaged.
    """
    if package.has("content.xml"):
        with package.part("content.xml") as content:
            told = _is_in(content, (b"table:formula", b'"error"'))
        with package.part("content.xml") as content:
            yield from _OpenDocument().sheets(content) if told else ()
    elif package.has("xl/workbook.bin"):
        for part in _binary_sheets(package):
            with io.BufferedReader(package.part(part)) as sheet:  # type: ignore[arg-type]
                yield _of_records(sheet)
    else:
        yield from _of_package(package)


HIDDEN = re.compile(rb"""<(?:\w+:)?row\b[^>]*\bhidden\s*=\s*["'](?:1|true)["'][^>]*>""")
ROW_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d+)["']""")


def hidden_rows(package: Package) -> Iterator[list[int]]:
    """The numbers of rows that are hidden, counted from 1, of each sheet of an XML package.

    Only rows that say their number are told, as Excel writes them; nothing for other kinds.
    Raises one of FAILS where the package is damaged.
    """
    if not package.has("xl/workbook.xml"):
        return
    for part in _sheet_parts(package):
        with package.part(part) as sheet:
            yield _hidden_in(sheet)


def _hidden_in(sheet: IO[bytes]) -> list[int]:
    found: set[int] = set()
    for _, near in _blocks(sheet):
        if b"hidden" in near:
            for row in HIDDEN.finditer(near):
                if number := ROW_NUMBER.search(row[0]):
                    found.add(int(number[1]))
    return sorted(found)


def _sheet_parts(package: Package) -> Iterator[str]:
    """The part of each sheet, in the order of the workbook."""
    with package.part("xl/workbook.xml") as part:
        book = ElementTree.parse(part).getroot()
    targets = _targets(package, "xl/_rels/workbook.xml.rels")
    for listed in book.iter():
        if _local(listed.tag) == "sheet":
            identity = next((v for k, v in listed.items() if k.endswith("}id")), "")
            yield targets[identity]


# Packages of XML (ECMA-376).


def _of_package(package: Package) -> Iterator[Cells]:
    with package.part("xl/workbook.xml") as part:
        book = ElementTree.parse(part).getroot()
    targets = _targets(package, "xl/_rels/workbook.xml.rels")
    # Who writes formulas without working them out asks for that, and may write 0 in the meantime.
    unsure = any(
        _local(one.tag) == "calcPr" and one.get("fullCalcOnLoad") in ("1", "true") for one in book
    )
    for listed in book.iter():
        if _local(listed.tag) == "sheet":
            identity = next((v for k, v in listed.items() if k.endswith("}id")), "")
            yield _of_sheet(package, targets[identity], unsure=unsure)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _targets(package: Package, part: str) -> dict[str, str]:
    """Identity → part, as the relations of a workbook tell."""
    with package.part(part) as relations:
        found = ElementTree.parse(relations).getroot()
    told = {one.get("Id", ""): one.get("Target", "") for one in found}
    return {
        identity: target.lstrip("/") if target.startswith(("/xl/", "xl/")) else f"xl/{target}"
        for identity, target in told.items()
    }


def _of_sheet(package: Package, part: str, *, unsure: bool) -> Cells:
    with package.part(part) as sheet:
        prefix = _prefix(sheet.read(BLOCK))
    if not prefix:  # a sheet without formulas and errors, as most are, is passed in no time
        with package.part(part) as sheet:
            if not has_any(sheet):
                return Cells()
    with package.part(part) as sheet:
        return Rows(prefix, unsure).look(sheet)


def _prefix(start: bytes) -> bytes:
    """What stands before the names of a sheet's elements, as in `x:row`."""
    found = re.search(rb"<(\w+:)?worksheet\b", start)
    return (found[1] if found else None) or b""


def has_any(sheet: IO[bytes]) -> bool:
    """Whether a sheet has a formula or an error, by what each has somewhere.

    Of formulas that share one, the first has its words; what errors say begins with #.
    """
    for block, near in _blocks(sheet):
        if b"</f>" in near:
            return True
        if b"#" in block and (b't="e"' in near or b"t='e'" in near):
            return True
    return False


def _is_in(part: IO[bytes], words: tuple[bytes, ...]) -> bool:
    return any(word in near for _, near in _blocks(part) for word in words)


def _blocks(part: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The blocks of a part, each alone and with what stands right before it."""
    near = b""
    while block := part.read(BLOCK):
        near = near[-LONGEST_TAG:] + block
        yield block, near


ATTRIBUTE = re.compile(rb"""\s(r|t)\s*=\s*["']([^"']*)["']""")
ADDRESS = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")


WORKED = rb"<~f\b(?:[^>]*/>|[^>]*>[^<]*</~f>)"
"""A formula; ~ stands for the prefix of the sheet's elements."""


class Rows:
    """The rows of a sheet's XML, whose elements have a prefix."""

    def __init__(self, prefix: bytes, unsure: bool) -> None:
        def of(pattern: bytes) -> re.Pattern[bytes]:
            return re.compile(pattern.replace(b"~", prefix))

        self.row, self.cell = b"<" + prefix + b"row", b"<" + prefix + b"c"
        self.begins, self.starts = of(rb"<~c\b"), of(rb"<~row\b")
        self.error = of(rb"""t=["']e["'][^>]*>""")
        self.value = of(rb"\s*(?:" + WORKED + rb")?\s*<~v>([^<]*)")
        nothing = rb"</~c>|<~v\s*/>|<~v>\s*</~v>" + (rb"|<~v>0</~v>" if unsure else b"")
        self.empty = of(WORKED + rb"\s*(?:" + nothing + rb")")
        self.found = Cells()
        self.passed = 0
        """Rows in what was looked through before."""

    def look(self, sheet: IO[bytes]) -> Cells:
        """The cells without a value."""
        rest = b""
        while block := sheet.read(ROWS_AT_ONCE):
            block = rest + block
            cut = block.rfind(self.row)
            if cut <= 0:
                rest = block
                continue
            self._whole(block[:cut])
            rest = block[cut:]
        self._whole(rest)
        return self.found

    def _whole(self, rows: bytes) -> None:
        for found in self.error.finditer(rows):
            start = rows.rfind(b"<", 0, found.start())
            if self.begins.match(rows, start):
                said = self.value.match(rows, found.end())
                self._note(rows, start, found.end(), said[1].decode() if said else ERROR)
        for found in self.empty.finditer(rows):
            start = rows.rfind(self.cell, 0, found.start())
            if start >= 0 and self._told(rows, start, found.start()).get(b"t") not in TEXTS:
                self._note(rows, start, found.start(), FORMULA)
        self.passed += len(self.starts.findall(rows))

    def _told(self, rows: bytes, start: int, end: int) -> dict[bytes, bytes]:
        return dict(ATTRIBUTE.findall(rows, start, end))

    def _note(self, rows: bytes, start: int, end: int, word: str) -> None:
        address = ADDRESS.fullmatch(self._told(rows, start, end).get(b"r", b""))
        if address:
            self.found.add(int(address[2]) - 1, _column(address[1]), word)
        else:
            self.found.add(*self._counted(rows, start), word)

    def _counted(self, rows: bytes, start: int) -> tuple[int, int]:
        """Row and column of a cell that does not say its own."""
        first = rows.rfind(self.row, 0, start)
        told = self._told(rows, first, rows.find(b">", first)).get(b"r", b"")
        before = self.passed + len(self.starts.findall(rows, 0, first))
        return (
            int(told) - 1 if told.isdigit() else before,
            len(self.begins.findall(rows, first, start)),
        )


TEXTS = (b"str", b"s", b"inlineStr", b"e")
"""Kinds of cells of which an empty value is a text that is empty, or told elsewhere."""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * DIGITS + letter - ord("A") + 1
    return number - 1


# OpenDocument.


class _OpenDocument:
    """The tables of a spreadsheet's content, whose cells and rows may stand for many alike."""

    def __init__(self) -> None:
        self.done: list[Cells] = []
        self.row = self.column = self.aside = 0
        self.kind: dict[str, str] | None = None
        self.said: list[str] = []

    def sheets(self, content: IO[bytes]) -> list[Cells]:
        """The cells without a value of each table."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ParseFile(content)
        return self.done

    def _start(self, name: str, told: dict[str, str]) -> None:
        if name == "table:table":
            self.done.append(Cells())
            self.row = 0
        elif name == "table:table-row":
            self.column = 0
            self.down = int(told.get("table:number-rows-repeated", 1))
        elif name in CELLS:
            self.kind, self.said = told, []
        elif name == "office:annotation":
            self.aside += 1

    def _text(self, text: str) -> None:
        if self.kind is not None and not self.aside:
            self.said.append(text)

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self.row += self.down
        elif name == "office:annotation":
            self.aside -= 1
        elif name in CELLS and self.kind is not None:
            across = int(self.kind.get("table:number-columns-repeated", 1))
            if word := self._word(self.kind, "".join(self.said).strip()):
                place = (self.row, self.column, word)
                self.done[-1].add(*place, down=self.down, across=across)
            self.column += across
            self.kind = None

    def _word(self, told: dict[str, str], said: str) -> str:
        if told.get("calcext:value-type") == "error":
            return said if said in PLACE_OF else ERROR
        if "table:formula" not in told:
            return ""
        if "office:value-type" not in told:
            return FORMULA
        return said if said in PLACE_OF else ""


CELLS = ("table:table-cell", "table:covered-table-cell")


# Binary packages ([MS-XLSB] 2.1.4, 2.2.1, 2.5.97.2).

ROW, ERRORS, SHEET, PROPERTIES = 0, (3, 11), 156, 153
"""Records of a row, of a cell that is an error, alone or of a formula, of a sheet's name, and of the
workbook's properties."""
CODES = {0: 0, 7: 1, 15: 2, 23: 3, 29: 4, 36: 5, 42: 6, 43: 7}
"""Error codes, and the numbers of their words."""


def _binary_sheets(package: Package) -> Iterator[str]:
    targets = _targets(package, "xl/_rels/workbook.bin.rels")
    with io.BufferedReader(package.part("xl/workbook.bin")) as book:  # type: ignore[arg-type]
        for kind, content in _records(book):
            if kind == SHEET:
                length = int.from_bytes(content[8:12], "little")
                yield targets[content[12 : 12 + 2 * length].decode("utf-16-le")]


def _of_records(sheet: IO[bytes]) -> Cells:
    found, row = Cells(), 0
    for kind, content in _records(sheet):
        if kind == ROW:
            row = int.from_bytes(content[:4], "little")
        elif kind in ERRORS and len(content) > 8:
            word = WORDS[CODES.get(content[8], PLACE_OF[ERROR])]
            found.add(row, int.from_bytes(content[:4], "little"), word)
    return found


def _records(part: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The records of a binary part: their kind in one or two bytes, their length in up to four."""
    while first := part.read(1):
        kind = first[0]
        if kind & 128:
            kind = kind & 127 | _next(part) << 7
        length = shift = 0
        while shift < 28:
            byte = _next(part)
            length |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                break
        yield kind, part.read(length)


def _next(part: IO[bytes]) -> int:
    byte = part.read(1)
    if not byte:
        raise EOFError
    return byte[0]
