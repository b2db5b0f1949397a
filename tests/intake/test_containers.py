"""Kinds told from the content, archives and limits."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from analytics.intake import containers, grids, workbook
from analytics.intake.sources import Unreadable
from tests.intake import books
from tests.intake.reading import rows, tables

NIP = "198609262015051001"
ROWS = [["NIP", "Nama", "Nilai"], [NIP, "Siti & <Budi>", 12.0], ["x", None, 0.5]]
READ = [(NIP, "Siti & <Budi>", "12"), ("x", None, "0.5")]


@pytest.mark.parametrize("kind", books.MAKERS)
@pytest.mark.parametrize("named", [".xlsx", ".csv", ".dat"])
def test_a_workbook_of_any_kind_is_read_whatever_its_name(
    tmp_path: Path, kind: str, named: str
) -> None:
    path = books.MAKERS[kind](tmp_path / f"data{named}", {"Data": ROWS, "Kosong": []})
    (sheet,) = tables(path)

    assert (sheet.name, sheet.headings) == ("Data", ("NIP", "Nama", "Nilai"))
    assert rows(sheet) == READ


@pytest.mark.parametrize("kind", books.MAKERS)
def test_a_long_number_stands_in_exponent_form_under_any_heading(tmp_path: Path, kind: str) -> None:
    kept = [["Nomor apa saja", "b"], [NIP, "text"], [int(NIP), "number"], [123456789012345, "15"]]
    (sheet,) = tables(books.MAKERS[kind](tmp_path / "x", {"Data": kept}))

    assert [row[0] for row in rows(sheet)] == [NIP, "1.98609262015051E+17", "123456789012345"]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_date_is_read_as_an_iso_date(tmp_path: Path, kind: str) -> None:
    kept = [["Tanggal", "b"], [date(2025, 3, 5), "x"]]
    (sheet,) = tables(books.MAKERS[kind](tmp_path / "x", {"Data": kept}))

    assert rows(sheet) == [("2025-03-05", "x")]


def test_macros_are_not_run_and_said_to_be_passed_over(tmp_path: Path) -> None:
    (sheet,) = tables(books.xlsm(tmp_path / "x.xlsm", {"Data": ROWS}))

    assert rows(sheet) == READ
    assert any("macros" in remark for remark in sheet.remarks)
    (plain,) = tables(books.xlsx(tmp_path / "x.xlsx", {"Data": ROWS}))
    assert plain.remarks == ()


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return path


def test_every_file_of_an_archive_is_read_and_named_by_its_part(tmp_path: Path) -> None:
    book = books.xlsx(tmp_path / "b.xlsx", {"Satu": ROWS, "Dua": ROWS}).read_bytes()
    path = archive(
        tmp_path / "data.zip",
        **{"folder/agency.csv": b"a;b\n1;2\n", "b.xlsx": book, "__MACOSX/x": b"-"},
    )
    found = tables(path)

    assert [(sheet.part, sheet.name) for sheet in found] == [
        ("folder/agency.csv", None),
        ("b.xlsx", "Satu"),
        ("b.xlsx", "Dua"),
    ]
    assert [sheet.file.name for sheet in found] == ["agency.csv", "b.xlsx", "b.xlsx"]
    assert rows(found[0]) == [("1", "2")]
    assert rows(found[2]) == READ


def test_the_path_of_a_member_leads_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = {"../../out.csv": b"a,b\n1,2\n", "/tmp/out.csv": b"a,b\n1,2\n", "c\u202e:\\x": b"a,b\n"}
    found = tables(archive(folder / "data.zip", **names))

    assert [sheet.part for sheet in found] == ["../../out.csv", "tmp/out.csv", "c:/x"]
    assert [path.name for path in tmp_path.rglob("*.csv")] == []
    for sheet in found[:2]:
        assert sheet.scratch is not None
        assert Path(sheet.parameters["path"]).parent == sheet.scratch.path


def refusal(path: Path) -> list[str]:
    with pytest.raises(Unreadable) as refused:
        tables(path)
    return [str(finding) for finding in refused.value.findings]


def test_what_is_wrong_with_each_file_of_an_archive_is_told(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", **{"a.csv": b"a,b\n"}).read_bytes()
    path = archive(
        tmp_path / "data.zip", **{"good.csv": b"a,b\n1,2\n", "more.zip": inner, "x.pdf": b"%PDF-1"}
    )

    assert refusal(path) == [
        "data.zip/more.zip: is an archive within an archive. Unpack it and import its files.",
        "data.zip/x.pdf: is a PDF document, in which tables cannot be told from text."
        " Import the table itself, as CSV, XLSX, XLS, ODS, XLSB, Parquet or a ZIP of these.",
    ]


def limited(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    small = dataclasses.replace(containers.LIMITS, **limits)
    for module in (containers, grids):
        monkeypatch.setattr(module, "LIMITS", small)


def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, archive_unpacked=1 << 20)
    (said,) = refusal(archive(tmp_path / "big.zip", **{"a.csv": b"a,b\n" + b"1,2\n" * (1 << 19)}))

    assert said.startswith("big.zip: holds more, unpacked, than the 1 MB that are taken")


def test_an_archive_that_lies_about_its_size_is_refused_while_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "big.zip", **{"a.csv": b"a,b\n" + b"1,2\n" * (1 << 19)})
    content = path.read_bytes()
    size = (4 + 4 * (1 << 19)).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (4).to_bytes(4, "little")))
    limited(monkeypatch, archive_unpacked=1 << 20)

    assert len(refusal(path)) == 1


def test_a_workbook_packed_more_densely_than_a_table_can_be_is_refused(tmp_path: Path) -> None:
    path = books.xlsx(tmp_path / "bomb.xlsx", {"Data": ROWS})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/bomb.xml", "w", force_zip64=True) as file,
    ):
        for _ in range(100):
            file.write(bytes(1 << 20))
    (said,) = refusal(path)

    assert "is packed more densely than a table can be" in said


def test_an_archive_of_too_many_files_or_of_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, members=2)
    many = archive(tmp_path / "many.zip", **{f"{n}.csv": b"a,b\n" for n in range(3)})

    assert refusal(many) == ["many.zip: holds more than 2 files. Divide it into several archives."]
    assert refusal(archive(tmp_path / "none.zip")) == [
        "none.zip: has no file in it. Pack it again."
    ]


def test_cells_far_apart_are_refused_for_the_memory_they_would_take(tmp_path: Path) -> None:
    far = [["a", "b"], ["1", "2"]]
    path = books.xlsx(
        tmp_path / "far.xlsx", {"Data": far}, [("Data", 1_048_570, 1_000, 1_048_571, 1_001, "x")]
    )

    assert "needs more memory than is given to a file of its size" in refusal(path)[0]


def test_a_sheet_of_16384_columns_is_refused_with_its_name(tmp_path: Path) -> None:
    wide = [[f"h{number}" for number in range(16_384)], [1.0] * 16_384]
    said = refusal(books.xlsx(tmp_path / "wide.xlsx", {"Lebar": wide}))[0]

    assert said.startswith('wide.xlsx, sheet "Lebar": has cells in more than 2000 columns')
    text = tmp_path / "wide.csv"
    text.write_text("\n".join(",".join(map(str, row)) for row in wide))
    assert refusal(text)[0].startswith("wide.csv: has cells in more than 2000 columns")


def test_a_workbook_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, seconds=0.01, seconds_per_megabyte=0)
    said = refusal(books.xlsx(tmp_path / "slow.xlsx", {"Data": ROWS}))

    assert said[0].startswith("slow.xlsx: cannot be read within 0 seconds")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such limit")
def test_the_reader_of_a_workbook_is_ended_by_its_own_work_not_by_waiting() -> None:
    begin = f"import time; from {workbook.__name__} import _limit; _limit(1 << 40, 1)"
    for work, code in (
        ("time.sleep(2)", 0),
        ("while time.process_time() < 9: pass", workbook.OUT_OF_TIME),
    ):
        done = subprocess.run([sys.executable, "-c", f"{begin}\n{work}"], check=False)
        assert done.returncode == code


def test_a_workbook_larger_than_the_limit_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, workbook_bytes=1000)
    for kind in ("xlsx", "xls"):
        said = refusal(books.MAKERS[kind](tmp_path / f"large.{kind}", {"Data": ROWS}))
        assert said[0].startswith(f"large.{kind}: is a workbook of more than 0 MB")


def test_a_document_whose_kind_cannot_be_unpacked_is_told_to_be_broken(tmp_path: Path) -> None:
    path = tmp_path / "rusak.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "")
    content = bytearray(path.read_bytes())
    at = content.index(b"mimetype") + len(b"mimetype")
    content[at : at + 8] = b"\xff" * 8  # no block of packed data begins so
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        containers.kind_of(path, path.name)
    assert all(finding.says and finding.remedy for finding in refused.value.findings)


def test_the_end_of_an_archive_behind_an_old_workbook_is_not_taken_for_one(tmp_path: Path) -> None:
    path = books.MAKERS["xls"](tmp_path / "lama.xls", {"Data": ROWS})
    no_directory = b"PK\5\6" + bytes(8) + b"\xff" * 8 + bytes(2)
    path.write_bytes(path.read_bytes() + no_directory)

    assert zipfile.is_zipfile(path)
    assert rows(*tables(path)) == READ


def test_a_workbook_with_a_password_is_told(tmp_path: Path) -> None:
    locked = containers.OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    path = tmp_path / "locked.xlsx"
    path.write_bytes(locked)

    assert refusal(path) == [
        "locked.xlsx: is protected by a password. Remove the password, save it and import that."
    ]


def test_what_a_file_is_laid_out_in_is_gone_with_its_tables(tmp_path: Path) -> None:
    found = tables(books.xlsx(tmp_path / "x.xlsx", {"Data": ROWS}))
    assert found[0].scratch is not None
    folder = found[0].scratch.path
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0

    del found
    assert not folder.exists()


def test_what_a_killed_process_left_behind_is_removed_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers.tempfile, "tempdir", str(tmp_path))
    used, left = containers.Scratch(), tmp_path / f"{containers.SCRATCH}left"
    left.mkdir()
    for folder in (used.path, left):
        os.utime(folder, (1, 1))
    containers.Scratch().remove()

    assert list(tmp_path.iterdir()) == [used.path]


def test_nothing_is_left_of_a_file_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers.tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as broken:
        broken.writestr("a.csv", "a,b\n1,2\n")
        broken.writestr("b.pdf", "%PDF")
    path = tmp_path / "data.zip"
    path.write_bytes(packed.getvalue())

    assert len(refusal(path)) == 1
    assert list((tmp_path / "scratch").iterdir()) == []
