"""Broken files by the thousand: mutated workbooks, texts, archives, and random bytes.

    python -m tests.intake.fuzz --inputs 10000 [--seed 1] [--seconds 60]

Each must be read or refused with words: no other error, none slower than ten seconds, and never
more than a gigabyte of memory, in this process or in the one that reads workbooks.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.intake.sources import Unreadable, bind, fingerprint, sheets_of, told_of
from tests.intake.books import MAKERS

REAL = Path(__file__).parents[3] / "shared" / "data"
SLOWEST = 10.0
MOST_MEMORY = 1 << 30
LARGEST_SEED = 300_000
"""Bytes; larger real files would only make each try slower."""

ROWS = [
    ["JUMLAH ASN MENURUT GOLONGAN"],
    [],
    ["NIP", "Golongan", "Pria", "Wanita"],
    ["198609262015051001", "III/a", 12, 8.5],
    ["198609262015051002", "IV/b; 'x'", 7, None],
    ["Jumlah", None, 19, 8.5],
    ["Sumber: BKD"],
]


def seeds(folder: Path) -> list[bytes]:
    """A sound file of every kind, and the smaller ones of the public files where they are."""
    made = []
    for kind, maker in MAKERS.items():
        made.append(maker(folder / f"seed.{kind}", {"Data": ROWS, "Lain": ROWS[2:5]}).read_bytes())
    text = "\r\n".join(";".join("" if v is None else f'"{v}"' for v in row) for row in ROWS)
    made += [text.encode(code) for code in ("utf-8", "utf-16", "cp1252")]
    table = pa.table({"NIP": ["1", "2"], "nilai": [1.5, None], "jumlah": [1, 2]})
    pq.write_table(table, folder / "seed.parquet")
    made.append((folder / "seed.parquet").read_bytes())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
        archive.writestr("b/b.xlsx", made[0])
    made.append(packed.getvalue())
    if REAL.is_dir():
        real = sorted(REAL.glob("bandar-lampung/*.xlsx")) + sorted(REAL.glob("csps/raw/*"))
        made += [p.read_bytes() for p in real if p.stat().st_size < LARGEST_SEED]
    return made


def inputs(seed: int, count: int) -> Iterator[bytes]:
    """Broken files, the same for the same seed."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        sound = seeds(Path(folder))
    for _ in range(count):
        yield _broken(chance, chance.choice(sound))


def _broken(chance: random.Random, content: bytes) -> bytes:
    way = chance.random()
    if way < 0.08:
        return chance.choice([b"", content[:4]]) + chance.randbytes(chance.randrange(1, 5000))
    if way < 0.55 and content.startswith(b"PK"):
        return _broken_within(chance, content)
    return _mutated(chance, content)


def _broken_within(chance: random.Random, content: bytes) -> bytes:
    """A sound archive around a broken member, which gets past the check of its sums."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        hit = chance.choice(names)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in names:
                inner = archive.read(name)
                copy.writestr(name, _mutated(chance, inner) if name == hit else inner)
    return packed.getvalue()


TOKENS = (
    *(b"\x00", b"\xff", b'"', b";", b"\n", b"\r", b"</", b"<", b"&#0;", b"99999999999", b"-1"),
    *(b"XFD1048576", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"PK\x05\x06", b"1e999", b"A0"),
    *(b"=1/0", b"\xd0\xcf\x11\xe0", b"&xxe;", b'number-columns-repeated="9999999"'),
)


def _mutated(chance: random.Random, content: bytes) -> bytes:
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(made) + 1)
        length = chance.choice((1, 2, 8, 64, 1000))
        way = chance.randrange(6)
        if way == 0:
            made[at : at + length] = chance.randbytes(min(length, len(made) - at))
        elif way == 1:
            del made[at : at + length]
        elif way == 2:
            made[at:at] = chance.choice(TOKENS)
        elif way == 3:
            made[at:at] = made[at : at + length] * chance.choice((1, 3, 50))
        elif way == 4:
            made[at : at + 4] = chance.choice(TOKENS)
        else:
            del made[at:]
    return bytes(made)


def read(path: Path) -> str:
    """Read a file as an import does, up to its rows; "read", or "refused" with words."""
    try:
        sheets = sheets_of(path, blank_lines=fingerprint(path)[1])
    except Unreadable as error:
        return "refused" if all(f.says and f.remedy for f in error.findings) else "no words"
    with duckdb.connect() as connection:
        for sheet in sheets:
            cursor = connection.cursor()
            bind(cursor, sheet)
            relation = sheet.relation.replace("{reading}", "ignore_errors = true")
            try:
                cursor.execute(f"SELECT * FROM {relation}", sheet.parameters).fetchall()
            except duckdb.Error as error:
                if told_of(sheet, error) is None:
                    raise
                return "refused"
    return "read"


def run(seed: int, count: int, folder: Path, seconds: float = float("inf")) -> Counter[str]:
    """Read broken files until they or the time are through; how many were read and refused.

    Raises AssertionError where one takes too long or too much memory, or is refused without words. The file that failed stays
    in the folder.
    """
    became: Counter[str] = Counter()
    end = time.monotonic() + seconds
    path = folder / "input"
    for content in inputs(seed, count):
        path.write_bytes(content)
        start = time.monotonic()
        became[read(path)] += 1
        taken = time.monotonic() - start
        assert taken < SLOWEST, f"{taken:.1f} s"
        if start > end:
            break
    assert not became["no words"]
    for peak in (own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024):
        assert peak < MOST_MEMORY, f"{peak / 1e6:.0f} MB"
    return became


def own_peak() -> int:
    """Bytes that this process held at most.

    `getrusage` would count what the process that started it held before, which Linux carries over.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[0]) * 1024


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    start = time.monotonic()
    became = run(asked.seed, asked.inputs, folder, asked.seconds)
    print(f"{became.total()} inputs in {time.monotonic() - start:.0f} s: {dict(became)}")
    shutil.rmtree(folder)  # kept where one failed


if __name__ == "__main__":
    main()
