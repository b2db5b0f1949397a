"""What a file is by its content, whatever its name; unpacking archives within limits."""

from __future__ import annotations

import io
import mmap
import re
import shutil
import tempfile
import time
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analytics.intake.findings import Finding
from analytics.text.phrase import Phrase

try:
    import fcntl
except ImportError:  # Windows, which lets nobody remove an open file
    fcntl = None

Kind = Literal["workbook", "parquet", "archive", "text"]

START = 1 << 13
MEGABYTE = 1 << 20
BLOCK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much of a file is taken: bytes, times, cells. A file beyond one is refused with words."""

    workbook_bytes: int = 300 * MEGABYTE
    """Of a workbook as it lies on disk; what is larger belongs in a CSV file, which streams."""
    workbook_unpacked: int = 4096 * MEGABYTE
    archive_unpacked: int = 4096 * MEGABYTE
    """Of all files of an archive together."""
    members: int = 200
    ratio: int = 400
    """Unpacked to packed; beyond it, and beyond `safe_unpacked`, a file is made to exhaust."""
    safe_unpacked: int = 64 * MEGABYTE
    columns: int = 2_000
    seconds: float = 8.0
    seconds_per_megabyte: float = 4.0
    memory: int = 704 * MEGABYTE
    """Address space of the process that reads a workbook, of which 320 MB are its libraries."""
    memory_per_byte: int = 60
    most_memory: int = 4096 * MEGABYTE
    small_text: int = 8 * MEGABYTE
    """A text file up to this is looked through for several tables, totals and notes."""


LIMITS = Limits()


class Unreadable(Exception):
    """A file that cannot be read at all; carries the findings, one for each file of an archive."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__(" ".join(str(finding) for finding in findings))

    @property
    def finding(self) -> Finding:
        """The first of the findings."""
        return self.findings[0]


def unreadable(file: str, says: str, remedy: str, sheet: str | None = None) -> Unreadable:
    """The error of a file that cannot be read, as its owner is told."""
    return Unreadable(Finding(file, sheet, None, None, None, says, remedy))


class Scratch:
    """A private folder for what a file is made into, gone when nothing refers to it any more.

    A process that is killed leaves its folder behind, with rows of people in it: the next one that
    makes a folder removes it. A lock that ends with its process tells which are in use.
    """

    def __init__(self) -> None:
        _remove_left_behind()
        self.path = Path(tempfile.mkdtemp(prefix=SCRATCH))
        self._lock = _locked_file(self.path)
        self._end = weakref.finalize(self, _remove, self.path, self._lock)
        self._made = 0

    def new(self, suffix: str) -> Path:
        """A path in the folder that nothing stands at yet."""
        self._made += 1
        return self.path / f"{self._made}{suffix}"

    def remove(self) -> None:
        """Remove the folder now."""
        self._end()


SCRATCH = "dasbor-kinerja-asn-"
SETTLED = 60.0
"""Seconds after which a folder without a lock is not one that is just being made."""


def _locked_file(folder: Path) -> io.TextIOWrapper:
    """An open file in the folder, locked until it is closed. Raises OSError where another has it."""
    file = (folder / "in-use").open("w")
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise
    return file


def _remove(folder: Path, lock: io.TextIOWrapper) -> None:
    lock.close()
    shutil.rmtree(folder, ignore_errors=True)


def _remove_left_behind() -> None:
    """Remove folders of this user whose process is gone."""
    if fcntl is None:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        try:
            old = time.time() - folder.stat().st_mtime > SETTLED
            if old:
                _remove(folder, _locked_file(folder))
        except OSError:  # in use, another user's, or gone by now
            continue


@dataclass(frozen=True)
class Member:
    """A file of an archive: its name there, as it may be shown, and where it was unpacked to."""

    name: str
    path: Path


def kind_of(path: Path, name: str) -> Kind:
    """What a file is by its content. Raises Unreadable with what it is instead, and a remedy.

    `name` is what the file is called in messages.
    """
    with path.open("rb") as file:
        start = file.read(START)
    if not start:
        raise unreadable(name, Phrase("is empty"), Phrase("Export it again."))
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK"):
        return _kind_of_zip(path, name)
    if start.startswith(OLE):
        return _kind_of_ole(path, name)
    _refuse_foreign(start, name)
    return "text"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

SAVE_AS_XLSX = Phrase("Open it in a spreadsheet, save it as XLSX and import that.")

FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", Phrase("is a PDF document, in which tables cannot be told from text")),
    (b"{\\rtf", Phrase("is a text document, not a table")),
    (b"\x1f\x8b", Phrase("is packed in a way that is not read")),
    (b"7z\xbc\xaf", Phrase("is packed in a way that is not read")),
    (b"Rar!", Phrase("is packed in a way that is not read")),
    (b"BZh", Phrase("is packed in a way that is not read")),
    (b"\xfd7zXZ", Phrase("is packed in a way that is not read")),
    (b"\x89PNG", Phrase("is a picture, not a table")),
    (b"\xff\xd8\xff", Phrase("is a picture, not a table")),
    (b"GIF8", Phrase("is a picture, not a table")),
    (b"SQLite format 3", Phrase("is a database, not a table")),
)

REMEDY = Phrase("Import the table itself, as CSV, XLSX, XLS, ODS, XLSB, Parquet or a ZIP of these.")

HTML = re.compile(rb"<!doctype html|<html|<table|<meta|<body", re.IGNORECASE)
MARKUP = re.compile(rb"<[a-z!?]", re.IGNORECASE)
SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"


def _refuse_foreign(start: bytes, name: str) -> None:
    for mark, says in FOREIGN:
        if start.startswith(mark):
            raise unreadable(name, says, REMEDY)
    plain = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if MARKUP.match(plain):
        if HTML.search(plain[:2000]):
            says = Phrase("is a web page, whatever its name says, and not a workbook")
            raise unreadable(name, says, SAVE_AS_XLSX)
        if SPREADSHEET_XML in plain:
            says = Phrase("is a workbook in the XML form of 2003, which is not read")
            raise unreadable(name, says, SAVE_AS_XLSX)
        raise unreadable(name, Phrase("is an XML document, not a table"), REMEDY)
    if plain[:1] in (b"{", b"[") and plain[1:2] in (b'"', b"{", b"[", b"\n", b"\r", b" "):
        raise unreadable(name, Phrase("is a JSON document, not a table"), REMEDY)


def _kind_of_ole(path: Path, name: str) -> Kind:
    """Old Office documents name their streams in UTF-16; a workbook has one called Workbook."""
    if path.stat().st_size > LIMITS.workbook_bytes:
        raise _too_large(name)
    if _has_stream(path, "EncryptedPackage"):
        raise _locked(name)
    if _has_stream(path, "Workbook") or _has_stream(path, "Book"):
        return "workbook"
    raise unreadable(name, Phrase("is an Office document, but not a workbook"), REMEDY)


def _has_stream(path: Path, stream: str) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(stream.encode("utf-16-le")) >= 0


def _locked(name: str) -> Unreadable:
    says = Phrase("is protected by a password")
    return unreadable(name, says, Phrase("Remove the password, save it and import that."))


def _too_large(name: str) -> Unreadable:
    says = Phrase("is a workbook of more than {limit} MB", limit=LIMITS.workbook_bytes // MEGABYTE)
    return unreadable(name, says, Phrase("Save each sheet as CSV and import that."))


def _kind_of_zip(path: Path, name: str) -> Kind:
    with _opened(path, name) as archive:
        members = {info.filename for info in archive.infolist()}
        office = "[Content_Types].xml" in members
        workbook = any(member.startswith("xl/workbook.") for member in members)
        if (office and workbook) or _is_open_document(archive, members, name):
            if path.stat().st_size > LIMITS.workbook_bytes:
                raise _too_large(name)
            _refuse_bomb(archive, name, LIMITS.workbook_unpacked)
            return "workbook"
        if office:
            raise unreadable(name, Phrase("is an Office document, but not a workbook"), REMEDY)
    return "archive"


ODF = b"application/vnd.oasis.opendocument."


def _is_open_document(archive: zipfile.ZipFile, members: set[str], name: str) -> bool:
    if "mimetype" not in members or "content.xml" not in members:
        return False
    try:
        with archive.open("mimetype") as file:
            kind = file.read(100)
    except ZIP_ERRORS as error:
        raise _broken(name) from error
    if kind.startswith(ODF) and not kind.startswith(ODF + b"spreadsheet"):
        raise unreadable(name, Phrase("is an Office document, but not a workbook"), REMEDY)
    return kind.startswith(ODF)


ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,  # a way of packing that is not known
    RuntimeError,  # a password is asked for
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
"""What the zip reader raises over a damaged archive, also for offsets outside of the file."""


def _broken(name: str) -> Unreadable:
    says = Phrase("is damaged: it cannot be unpacked")
    return unreadable(name, says, Phrase("Export or download it again."))


def _opened(path: Path, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except ZIP_ERRORS as error:
        raise _broken(name) from error


def _refuse_bomb(archive: zipfile.ZipFile, name: str, limit: int) -> None:
    """By what the archive says of itself; unpacking counts the bytes that really come out."""
    packed = sum(info.compress_size for info in archive.infolist())
    unpacked = sum(info.file_size for info in archive.infolist())
    too_dense = unpacked > LIMITS.safe_unpacked and unpacked > LIMITS.ratio * max(packed, 1)
    if unpacked > limit or too_dense:
        raise _bomb(name, limit)


def _bomb(name: str, limit: int) -> Unreadable:
    says = Phrase(
        "holds more, unpacked, than the {limit} MB that are taken, or is packed more densely"
        " than a table can be",
        limit=limit // MEGABYTE,
    )
    return unreadable(name, says, Phrase("Import its files one by one, as CSV."))


def is_old(path: Path) -> bool:
    """Whether a workbook is of the form before XLSX, whatever else stands behind it."""
    with path.open("rb") as file:
        return file.read(len(OLE)) == OLE


def has_macros(path: Path, name: str) -> bool:
    """Whether a workbook carries a macro project. Old ones keep it in a stream of their own.

    Raises Unreadable.
    """
    with path.open("rb") as file:
        old = file.read(len(OLE)) == OLE
    if old:
        return _has_stream(path, "_VBA_PROJECT_CUR")
    with _opened(path, name) as archive:
        return any(MACRO_FILE.search(member) for member in archive.namelist())


MACRO_FILE = re.compile(r"(^|/)vbaProject\.bin$|^(Basic|Scripts)/", re.IGNORECASE)


PASSED_OVER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.I)
UNSHOWN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that would break a line, or turn its direction, where a name is shown."""


def unpacked(path: Path, name: str, scratch: Scratch) -> Iterator[Member]:
    """The files of an archive, each unpacked in turn. Raises Unreadable.

    A member's own path is never used: it is written under a number, so that a name such as
    `../../x` leads nowhere. Members are unpacked one at a time, as they are asked for.
    """
    with _opened(path, name) as archive:
        _refuse_bomb(archive, name, LIMITS.archive_unpacked)
        members = [
            info
            for info in archive.infolist()
            if not info.is_dir() and not PASSED_OVER.search(info.filename)
        ]
        if not members:
            raise unreadable(name, Phrase("has no file in it"), Phrase("Pack it again."))
        if len(members) > LIMITS.members:
            says = Phrase("holds more than {limit} files", limit=LIMITS.members)
            raise unreadable(name, says, Phrase("Divide it into several archives."))
        left = LIMITS.archive_unpacked
        for info in members:
            shown = UNSHOWN.sub("", info.filename).replace("\\", "/").strip("/")
            target = scratch.new(".part")
            left -= _unpack(archive, info, target, name, left)
            yield Member(shown, target)


def _unpack(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, name: str, left: int
) -> int:
    """Write a member to a file; how many bytes it has."""
    if info.flag_bits & 1:
        raise _locked(name)
    size = 0
    try:
        with archive.open(info) as source, target.open("wb") as file:
            while block := source.read(BLOCK):
                size += len(block)
                if size > left:
                    raise _bomb(name, LIMITS.archive_unpacked)
                file.write(block)
    except ZIP_ERRORS as error:
        raise _broken(name) from error
    return size
