"""Tables found in text files and grids, however they are written: the same rows come back."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.intake import delimited
from analytics.intake.found import tables_of
from analytics.intake.grids import of_records
from analytics.intake.headings import is_known
from tests.intake import books
from tests.intake.reading import rows, tables

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
LETTERS = "abcdefgh éüñ'&-/;,|\t\"%"
WORDS = (
    st.text(LETTERS, min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: any(c.isalpha() for c in text))
)
NAMES = WORDS.map(lambda text: text.translate(dict.fromkeys(map(ord, ",;|\t"), "x")))
"""Headings: other delimiters in all of the records would make a file that has two readings."""
NUMBERS = st.integers(0, 99_999).map(str) | st.sampled_from(["1,5", "83%", "0.25", "-", "1.234"])


@st.composite
def records(draw: st.DrawFn) -> list[list[str]]:
    """Headings and rows: labels at the left, then numbers, some of them missing."""
    width = draw(st.integers(2, 5))
    headings = [f"{draw(NAMES)} {number}" for number in range(width)]
    numbers = st.lists(NUMBERS | st.just(""), min_size=width - 1, max_size=width - 1)
    body = [
        [
            f"{draw(WORDS)} x",
            *(value if n or value else "7" for n, value in enumerate(draw(numbers))),
        ]
        for _ in range(draw(st.integers(1, 8)))
    ]
    body[0] = [body[0][0], *(value if value not in ("", "-") else "3" for value in body[0][1:])]
    return [headings, *body]


@st.composite
def surroundings(draw: st.DrawFn, width: int) -> tuple[list[list[str]], list[list[str]]]:
    """What stands above and beneath a table in an office's file, and is no row of it."""
    above: list[list[str]] = []
    if draw(st.booleans()):
        above.append(["JUMLAH PEGAWAI MENURUT GOLONGAN TAHUN 2023"])
    if draw(st.booleans()):
        above.append([])
    beneath: list[list[str]] = []
    if draw(st.booleans()):
        word = draw(
            st.sampled_from(["JUMLAH", "Total", "Jumlah Total", "TOTAL :", "jumlah / total"])
        )
        beneath.append([word, *("9" for _ in range(width - 1))])
    if draw(st.booleans()):
        beneath += [[], ["Sumber: BKPSDM"], ["Data per 31 Maret, belum termasuk guru"]]
    return above, beneath


def written(
    table: Sequence[Sequence[str]],
    delimiter: str,
    quoting: int,
    *,
    wrapped: bool,
    trailing: int,
    behind: str = "",
) -> str:
    """The table as a text file would have it; `behind` stands behind lines in quotation marks."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")  # pyright: ignore[reportArgumentType]
    for row in table:
        writer.writerow([*row, *("" for _ in range(trailing if row else 0))])
    if not wrapped:
        return text.getvalue()
    lines = text.getvalue().split("\r\n")[:-1]
    quoted = ('"{}"'.format(line.replace('"', '""')) + behind if line else "" for line in lines)
    return "".join(f"{line}\r\n" for line in quoted)


def expected(body: Sequence[Sequence[str]]) -> list[tuple[str | None, ...]]:
    return [tuple(value or None for value in row) for row in body]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.data(),
    table=records(),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    wrapped=st.booleans(),
    trailing=st.integers(0, 2),
    behind=st.sampled_from(["", ",", ";;", "\t"]),
)
def test_a_table_is_read_back_in_every_encoding_delimiter_and_quoting(
    tmp_path: Path,
    data: st.DataObject,
    table: list[list[str]],
    encoding: str,
    delimiter: str,
    quoting: int,
    wrapped: bool,
    trailing: int,
    behind: str,
) -> None:
    above, beneath = data.draw(surroundings(len(table[0])))
    path = tmp_path / "table.txt"
    lines = [*above, *table, *beneath]
    how = {"wrapped": wrapped, "trailing": trailing, "behind": behind}
    text = written(lines, delimiter, quoting, **how)
    path.write_bytes(text.encode(encoding))
    (sheet,) = tables(path)
    kept = [row for row in rows(sheet) if any(row)]

    assert sheet.headings == tuple(" ".join(heading.split()) for heading in table[0])
    assert kept == expected(table[1:])
    assert sheet.first_row == len(above) + 2
    assert (sheet.totals is not None) == any(row and row[-1] == "9" for row in beneath)
    assert sheet.title == "".join("".join(row) for row in above)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), table=records(), right=st.integers(0, 3))
def test_a_table_is_read_back_from_anywhere_in_a_workbook(
    tmp_path: Path, data: st.DataObject, table: list[list[str]], right: int
) -> None:
    above, beneath = data.draw(surroundings(len(table[0])))
    grid = [[None] * right + list(row) for row in [*above, *table, *beneath]]
    path = books.xlsx(tmp_path / "book.xlsx", {"Data": [[v or None for v in r] for r in grid]})
    (sheet,) = tables(path)

    assert sheet.headings == tuple(" ".join(heading.split()) for heading in table[0])
    assert rows(sheet) == expected(table[1:])
    assert sheet.first_row == len(above) + 2


def found(*lines: str) -> list[tuple]:
    """Headings, row numbers, row numbers of totals and of notes of each table of a text grid."""
    grid = of_records([line.split("|") if line else [] for line in lines])
    return [
        (
            table.headings,
            (table.rows + 1).tolist(),
            (table.totals + 1).tolist(),
            [row + 1 for row in table.notes],
        )
        for table in tables_of(grid)
    ]


def test_an_upper_heading_reaches_over_the_empty_cells_to_its_right() -> None:
    assert found("UMUR|PNS||PPPK|", "|L|P|L|P", "20 - 25|1|2|3|4", "26 - 30|5|6|7|8") == [
        (("UMUR", "PNS / L", "PNS / P", "PPPK / L", "PPPK / P"), [3, 4], [], [])
    ]


def test_headings_of_three_rows_are_read_as_one() -> None:
    (table,) = found("GOL|PEGAWAI|||", "|PNS||PPPK|", "|L|P|L|P", "I|1|2|3|4")

    assert table[0][1:3] == ("PEGAWAI / PNS / L", "PEGAWAI / PNS / P")
    assert table[0][3] == "PEGAWAI / PPPK / L"


def test_a_row_of_names_under_a_column_without_a_heading_is_data() -> None:
    assert found("|nama|unit", "x|Siti|A", "y|Budi|B")[0][:2] == (("nama", "unit"), [2, 3])


def test_headings_said_in_two_languages_are_one() -> None:
    assert found("Bulan|Jumlah", "Month|Total", "Januari|5", "Februari|6") == [
        (("Bulan / Month", "Jumlah / Total"), [3, 4], [], [])
    ]


@pytest.mark.parametrize("numbering", ["(1)|(2)|(3)", "1|2|3", "1|2|4"])
def test_a_row_that_numbers_the_columns_is_no_data(numbering: str) -> None:
    assert found("No|Nama OPD|Jumlah", numbering, "1|Dinas A|7", "2|Dinas B|8")[0][1] == [3, 4]


def test_a_first_row_of_data_is_not_taken_for_numbering() -> None:
    assert found("a|b|c", "1|2|3", "4|5|6")[0][1] == [2, 3]
    assert found("No|Nama|Jumlah", "1|Dinas A|2", "2|Dinas B|3")[0][1] == [2, 3]


def test_the_word_total_within_a_name_is_no_total() -> None:
    (table,) = found("Kursus|JP", "Total Quality Management|12", "Jumlah penduduk|3", "TOTAL|15")

    assert (table[1], table[2]) == ([2, 3], [4])


def test_a_total_in_a_column_of_kinds_is_a_row_where_another_name_stands_beside_it() -> None:
    assert found("tahun|tabel|kategori|n", "2018|total|PNS|5", "2018|usia|20|6")[0][1:3] == (
        [2, 3],
        [],
    )


def test_totals_between_rows_are_set_apart_too() -> None:
    (table,) = found("Unit|n", "A|1", "Sub Total|1", "B|2", "Jumlah II|2", "Grand Total|3")

    assert (table[1], table[2]) == ([2, 4], [3, 5, 6])


def test_an_empty_row_within_a_table_does_not_end_it() -> None:
    assert found("Unit|n", "A|1", "", "B|2", "C|x", "", "D|3")[0][1] == [2, 4, 5, 7]


def test_a_label_of_a_group_is_kept_as_a_row() -> None:
    assert found("Unit|n|m", "DINAS A|1|2", "Bidang|", "x|1|1")[0][1] == [2, 3, 4]


def test_headings_said_again_on_a_further_page_are_passed_over() -> None:
    (table,) = found("Unit|n", "A|1", "", "Unit|n", "B|2")

    assert table[:2] == (("Unit", "n"), [2, 5])


@pytest.mark.parametrize("gap", [[], [""]])
@pytest.mark.parametrize(
    "again", [["Unit|Periode|", "|Awal|Akhir"], ["|Awal|Akhir"], ["Unit|Awal|Akhir"]]
)
def test_headings_of_two_rows_said_again_are_passed_over(gap: list[str], again: list[str]) -> None:
    """Both rows of them, the lower one, or what stands lowest in each column."""
    heads = ["Unit|Periode|", "|Awal|Akhir"]
    (table,) = found(*heads, "A|1|2", *gap, *again, "B|2|3")

    assert table[:2] == (
        ("Unit", "Periode / Awal", "Periode / Akhir"),
        [3, 4 + len(gap) + len(again)],
    )


def test_lines_of_names_and_values_above_a_table_are_its_title() -> None:
    (table,) = found(
        "Unit Kerja|:|Dinas Kesehatan|", "Periode:|2025||", "NIP|Nama|JP|Nilai", "1|x|2|3"
    )

    assert table[:2] == (("NIP", "Nama", "JP", "Nilai"), [4])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_large_file_is_left_to_duckdb_past_its_title_and_headings_of_two_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    limits = dataclasses.replace(delimited.LIMITS, small_text=0)
    monkeypatch.setattr(delimited, "LIMITS", limits)
    monkeypatch.setattr(delimited, "HEAD", 70)
    lines = ["DAFTAR", '"dua', 'baris"', "Unit;PNS;", ";L;P", "", *["Café;1;2"] * 5, "Jumlah;5;10"]
    path = tmp_path / "large.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    (sheet,) = tables(path)

    assert sheet.headings == ("Unit", "PNS / L", "PNS / P")
    assert sheet.title == "DAFTAR / dua baris"
    assert (sheet.first_row, sheet.blank_rows) == (5, (5,))
    assert rows(sheet) == [("Café", "1", "2")] * 5 + [("Jumlah", "5", "10")]
    assert (sheet.totals, sheet.is_csv) == (None, True)


def test_values_without_a_heading_are_told_by_their_column(tmp_path: Path) -> None:
    stray = [["Unit", "n"], ["A", "1", None, "lihat lampiran"], ["B", "2"]]
    (sheet,) = tables(books.xlsx(tmp_path / "x.xlsx", {"Data": stray}))

    assert rows(sheet) == [("A", "1"), ("B", "2")]
    assert sheet.remarks == ("Not read, as they have values but no heading: columns D.",)


def test_two_tables_beside_one_another_are_two() -> None:
    left, right = found(
        "A. Pendidikan||||B. Umur|",
        "Tingkat|n|||Umur|n",
        "SD|1|||20 - 25|3",
        "SMP|2|||26 - 30|4",
        "Jumlah|3||||",
    )

    assert left == (("Tingkat", "n"), [3, 4], [5], [])
    assert right == (("Umur", "n"), [3, 4], [], [])


def test_two_tables_one_below_another_are_two() -> None:
    upper, lower = found(
        "Unit|n", "A|1", "Sumber: BKD", "", "Tabel 2 menurut umur", "Umur|L|P", "20|3|4"
    )

    assert upper == (("Unit", "n"), [2], [], [3])
    assert lower[:2] == (("Umur", "L", "P"), [7])


def test_a_sheet_of_a_hundred_thousand_paragraphs_is_looked_through_in_seconds() -> None:
    lines = [line for n in range(20_000) for line in (f"a{n}|b", "", "lone line of text", "")]

    assert len(found("x|y", "1|2", *lines)) >= 1


PEOPLE = [
    ["nip", "mulai", "selesai", "nilai", "skala", "diajukan"],
    ["a1", "2025-01-01", "2025-12-31", "", "", "2026-01-02"],
    ["a2", "2025-01-01", "2025-12-31", "", "", "2026-01-03"],
]


def test_rows_after_an_empty_one_that_all_lack_a_value_are_no_tables_of_their_own() -> None:
    later = [["a3", "2019-01-01", "2019-12-31", "78", "pp46", ""]] * 2
    later = [[*row[:2], "", *row[3:]] for row in later]
    (found,) = tables_of(of_records([*PEOPLE, [], *later, [], *later]))

    assert found.rows.tolist() == [1, 2, 4, 5, 7, 8]
    assert found.headings == tuple(PEOPLE[0])


def test_tables_beside_one_another_below_a_table_are_told_apart() -> None:
    beside = [["Jenis", "Banyak", "", "Gol", "Jumlah"], ["L", "3", "", "I", "5"]]
    beside += [["P", "4", "", "II", "6"], ["", "", "", "III", "7"]]
    found = tables_of(of_records([*PEOPLE, [], *beside]))

    assert [table.headings for table in found] == [
        tuple(PEOPLE[0]), ("Jenis", "Banyak"), ("Gol", "Jumlah"),
    ]  # fmt: skip


def test_headings_said_again_without_an_empty_row_are_no_row() -> None:
    """As where the exports of several months were put one under another."""
    again = [PEOPLE[0][0], *(f" {heading} " for heading in PEOPLE[0][1:])]
    (found,) = tables_of(of_records([*PEOPLE, again, *PEOPLE[1:], ["nip", *PEOPLE[1][1:]]]))

    assert found.rows.tolist() == [1, 2, 4, 5, 6]
    assert found.passed == (3,)


def test_an_empty_column_before_one_of_few_numbers_parts_no_table() -> None:
    people = [[*row[:3], "", *row[3:]] for row in PEOPLE]
    people += [[f"a{n}", "2025-01-01", "2025-12-31", "", "", "", ""] for n in range(3, 6)]
    people[1][4], people[1][5] = "78", "90"
    (found,) = tables_of(of_records(people))

    assert found.headings == tuple(PEOPLE[0])


def test_a_short_line_does_not_hide_that_a_column_without_a_heading_has_values(
    tmp_path: Path,
) -> None:
    path = tmp_path / "short.csv"
    path.write_text("nip,nilai,\na,1,v\nb,2,\nc,3\nd,4,x\n")
    (sheet,) = tables(path)

    assert sheet.headings == ("nip", "nilai")
    assert [str(remark) for remark in sheet.remarks] == [
        "Not read, as they have values but no heading: columns C."
    ]
    assert delimited.widths_differ([["a", "1", "v"], ["c", "3"]], ["nip", "nilai", ""]) is None
    assert delimited.widths_differ([["a", "1", ""], ["c", "3"]], ["nip", "nilai", ""]) == 2


def test_a_number_behind_an_apostrophe_in_the_first_row_makes_no_heading_of_it() -> None:
    table = [["nip", "mulai", "predikat"], ["'199001152015031001", "1 Mei 2025", "Baik"]]
    table += [["199001152015031002", "2025-05-01", "Baik"]] * 3
    (found,) = tables_of(of_records(table))

    assert found.headings == ("nip", "mulai", "predikat")


def test_a_first_row_of_names_alone_is_no_second_row_of_known_headings() -> None:
    table = [["wave", "agency_id", "invited"], ["2024-Q4", "DINKES", "dua puluh"]]
    table += [["2024-Q4", "DISDIK", "24"]] * 3
    (found,) = tables_of(of_records(table), is_known)

    assert found.headings == ("wave", "agency_id", "invited")
    assert found.rows.tolist() == [1, 2, 3, 4]


def test_known_headings_in_two_languages_are_two_rows_of_headings() -> None:
    table = [["nip", "predikat", "jam"], ["employee_id", "predicate", "hours"]]
    table += [["a", "Baik", "24"]] * 3
    (found,) = tables_of(of_records(table), is_known)

    assert found.header == (0, 1)
