"""What is found in real office files: tables, headings, rows, totals, as SOURCE.md beside them says.

Public files outside the project (../shared/data); where they are absent, these tests are skipped.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.intake.sources import Sheet, Unreadable
from tests.intake.reading import rows, tables

DATA = Path(__file__).parents[3] / "shared" / "data"
CITY = DATA / "bandar-lampung"
SURVEY = DATA / "csps" / "raw"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")


def column(sheet: Sheet, number: int) -> list[float]:
    return [float(row[number].replace(",", "")) for row in rows(sheet) if row[number]]


def said(sheet: Sheet) -> tuple:
    return sheet.name, sheet.place, len(rows(sheet)), sheet.headings[:3], len(sheet.headings)


def totals(sheet: Sheet) -> list[dict]:
    return sheet.totals.to_pylist() if sheet.totals is not None else []


def test_four_tables_of_one_sheet_are_found_each_of_8808_people() -> None:
    education, age, grade_by_age, grade = found = tables(CITY / "630-BKD 2023.xlsx")

    assert [said(sheet)[1:] for sheet in found] == [
        ("B8:E20", 11, ("PENDIDIKAN", "PRIA", "WANITA"), 4),
        ("I8:L19", 10, ("UMUR", "PRIA", "WANITA"), 4),
        ("B25:M42", 16, ("GOLONGAN", "62", "20 - 25"), 12),
        ("B47:E64", 16, ("KODE GOLRU", "PRIA", "WANITA"), 4),
    ]
    assert [sheet.title for sheet in found] == [
        "A. JUMLAH ASN MENURUT TINGKAT PENDIDIKAN DAN JENIS KELAMIN S.D FEBRUARI 2023",
        "B. JUMLAH ASN MENURUT KELOMPOK UMUR DAN JENIS KELAMIN S.D FEBRUARI 2023",
        "C. JUMLAH ASN MENURUT GOLONGAN DAN KELOMPOK UMUR S.D FEBRUARI 2023",
        "D. JUMLAH ASN MENURUT GOLONGAN DAN JENIS KELAMIN S.D FEBRUARI 2023",
    ]
    for sheet in (education, age, grade):
        assert [sum(column(sheet, number)) for number in (1, 2, 3)] == [2574, 6234, 8808]
    assert sum(sum(column(grade_by_age, number)) for number in range(1, 11)) == 8808
    assert [list(total.values())[-2:] for sheet in found for total in totals(sheet)] == [
        ["8808", 20],
        ["8808", 19],
        ["8808", 42],
        ["8808", 64],
    ]
    assert [age.first_row, grade.first_row] == [9, 48]
    assert ("60 >", None, "1", "1") in rows(age)
    assert grade_by_age.headings[1:] == (
        *("62", "20 - 25", "26 - 30", "31 - 35", "36 - 40", "41 - 45", "46 - 50", "51 - 55"),
        *("56 - 58", "58 - 60", "JUMLAH"),
    )


def test_headings_of_two_rows_and_two_languages_are_read_as_one() -> None:
    growth, counted = tables(CITY / "514-DINAS PERINDUSTRIAN 2023.xlsx")

    assert growth.headings == (
        *("URAIAN / Discription", "Satuan / Unit", "2022", "s/d Februari 2023"),
        "Pertumbuhan / Growth (%)",
    )
    assert counted.headings == (
        "URAIAN / Discription",
        *(f"TAHUN / Year / {year}" for year in (2019, 2020, 2021, 2022)),
        "TAHUN / Year / s/d Februari 2023",
        "Pertumbuhan / %",
    )
    assert counted.levels[1] == ("TAHUN / Year", "2019")
    assert (growth.place, growth.first_row, len(rows(growth))) == ("C4:G22", 8, 12)
    assert rows(growth)[1] == ("IKAHH", "Unit", "2223", "2534", None)
    assert (counted.place, len(rows(counted))) == ("C30:I46", 9)
    assert totals(counted)[0]["line"] == 46
    assert "Read as notes, not as data: rows 24–25." in growth.remarks
    assert "Passed over, as they number or repeat the headings: rows 6." in growth.remarks
    assert counted.title.startswith("B. Banyaknya Usaha Industri")


def test_three_tables_one_below_another_are_told_apart_by_their_titles() -> None:
    length, surface, bridges = tables(CITY / "788-DINAS PU 2023.xlsx")

    assert length.headings == (
        "Tahun",
        *(f"Kondisi (Km) / {name}" for name in ("Baik", "Sedang", "Rusak", "Rusak Berat")),
        "Jumlah",
    )
    assert rows(length) == [("2022", "1162.657", "237.159", "126.755", "29.645", "1556.216")]
    assert surface.headings[1:5] == tuple(
        f"Jenis Permukaan jalan (Km) / {name}" for name in ("Beton", "Aspal", "Kerikil", "Tanah")
    )
    assert rows(surface) == [("2022", "11.468", "1523.33", "21.418", None, "1556.216")]
    assert (len(rows(bridges)), bridges.headings[:2]) == (12, ("No", "Nama Fly Over"))
    assert bridges.title == "3. Jumlah Pembangunan Fly Over dan Under Pass tahun s.d Februari 2023"


def test_a_title_a_heading_further_down_and_a_total_are_not_rows() -> None:
    (sheet,) = tables(CITY / "321-DINAS SOSIAL 2023.xlsx")

    assert (sheet.first_row, sheet.place, len(rows(sheet))) == (6, "", 20)
    assert sheet.headings == ("NO", "KECAMATAN", "JUMLAH INDIVIDU", "JUMLAH KELUARGA")
    assert totals(sheet) == [
        {"c0": "JUMLAH", "c1": None, "c2": "491211", "c3": "161542", "line": 26}
    ]
    assert sum(column(sheet, 2)) == 491211


def test_tables_of_several_sheets_are_found_with_their_totals() -> None:
    tested, public, private, monthly = found = tables(CITY / "96-DINAS PERHUBUNGAN.xlsx")

    assert [said(sheet) for sheet in found] == [
        ("Sheet1", "", 12, tested.headings, 3),
        ("Sheet2", "B5:D12", 7, ("NO", "JENIS KENDARAAN", "JUMLAH"), 3),
        ("Sheet2", "B15:D21", 6, ("NO", "JENIS KENDARAAN", "JUMLAH"), 3),
        ("Sheet3", "", 12, monthly.headings[:3], 4),
    ]
    assert (public.title[-4:], private.title) == ("UMUM", "BUKAN UMUM")
    assert monthly.headings == (
        "BULAN",
        *(f"JENIS KENDARAAN / {name}" for name in ("TRUCK/PICK-UP", "BUS", "OPLET")),
    )
    for sheet in (tested, monthly):
        (total,) = totals(sheet)
        for number in range(1, len(sheet.headings)):
            assert sum(column(sheet, number)) == float(total[f"c{number}"])


ONE_TABLE = {
    "bandar-lampung/bkd2023_tidy.csv": (234, ("tabel", "kategori1", "kategori2", "jumlah")),
    "bandar-lampung/pns_2018_2022_transkripsi.csv": (
        29,
        ("tahun", "tabel", "kategori", "pria", "wanita", "cek"),
    ),
    "merangin/merangin_asn.csv": (57, ("populasi", "tabel", "kategori", "jumlah")),
    "siasn-reference/kanekescom_jenis_kompetensi.csv": (67, ("id", "nama")),
    "siasn-reference/kanekescom_jenis_kursus.csv": (1293, ("id", "cepat_kode", "nama")),
    "siasn-reference/kanekescom_jenis_pegawai.csv": (19, ("id", "nama")),
    "siasn-reference/kanekescom_jenis_riwayat.csv": (26, ("id", "nama")),
    "csps/raw/civil_service_peoples_survey_2016_all_org_scores.csv": (102, None),
    "csps/raw/csps2009_allorganisations_20140213.csv": (95, None),
    "csps/raw/csps2013_demographic_results.csv": (85, None),
}


@pytest.mark.parametrize("name", ONE_TABLE)
def test_a_csv_file_with_its_headings_first_is_one_table_read_as_it_is(name: str) -> None:
    (sheet,) = tables(DATA / name)
    count, headings = ONE_TABLE[name]

    assert (len([row for row in rows(sheet) if any(row)]), sheet.first_row) == (count, 2)
    assert headings is None or sheet.headings == headings
    assert (sheet.totals, sheet.remarks, sheet.is_csv) == (None, (), True)


def test_sums_of_merangin_agree_with_its_source() -> None:
    (sheet,) = tables(DATA / "merangin" / "merangin_asn.csv")
    sums: dict[tuple[str, str], float] = {}
    for population, table, _, count in rows(sheet):
        sums[population, table] = sums.get((population, table), 0) + float(count)

    for table in ("jenis_kelamin", "usia", "jabatan", "golongan"):
        assert sums["PNS", table] == 4661
    assert sums["ASN (PNS+PPPK)", "pendidikan"] == 6391


def test_the_total_of_bengkulu_is_set_apart_with_its_typing_error_left_as_it_is() -> None:
    (sheet,) = tables(DATA / "bengkulu" / "penduduk_bengkulu_2008_as_published.csv")
    (total,) = totals(sheet)

    assert (len([row for row in rows(sheet) if any(row)]), total["line"]) == (9, 11)
    assert (total["c1"], total["c2"], total["c4"]) == ("Jumlah", "835,212", "1,641,921")
    assert sum(column(sheet, 2)) - 835_212 == 5_893 - 58_930
    assert "Read as totals, not as data: rows 11." in sheet.remarks


def test_an_old_binary_workbook_is_read_with_its_merged_headings() -> None:
    found = tables(SURVEY / "csps2010allorganisations_tcm6-38335.xls")
    themes, questions = found[1:3]

    assert [(sheet.name, len(rows(sheet)), len(sheet.headings)) for sheet in found] == [
        ("Contents", 2, 2),
        ("Table 1 - Engagement and themes", 131, 11),
        ("Table 2.1 - Question scores", 131, 64),
        ("Table 2.2 - Question metdata", 63, 4),
    ]
    assert themes.headings[:3] == (
        "Organisation",
        "Employee Engagement Index1",
        "Theme score (% positive)2 / My work",
    )
    assert questions.headings[1:3] == ("My work / B01", "My work / B02")
    assert themes.title == "Table 1: Engagement index and theme scores by organisation"
    assert "Read as notes, not as data: rows 165–167." in themes.remarks
    assert rows(themes)[1][:3] == ("2010 benchmark (median)", "56", "71")


def test_a_text_merged_downwards_holds_for_every_row_it_covers() -> None:
    metadata = tables(SURVEY / "csps2010allorganisations_tcm6-38335.xls")[3]

    assert [row[:2] for row in rows(metadata)[:5]] == [
        ("My work", f"B0{number}") for number in range(1, 6)
    ]


def test_columns_spaced_out_by_empty_ones_are_one_table() -> None:
    found = tables(SURVEY / "Civil-Service-People-Survey-2019-All-Organisation-Scores-Excel.xlsx")

    assert [(len(rows(sheet)), len(sheet.headings)) for sheet in found] == [
        (3, 2),
        (130, 14),
        (130, 80),
        (13, 2),
        (80, 4),
    ]
    themes = found[1]
    assert themes.headings[:4] == (
        *("Organisation", "Response Rate", "Employee Engagement Index", "Theme scores / My work"),
    )
    assert rows(themes)[1][:3] == ("Civil Service Benchmark (median)", "0.8", "0.63")


def test_every_sheet_of_an_open_document_is_read() -> None:
    found = tables(SURVEY / "Civil_Service_People_Survey_2024_Benchmark_Results.ods")

    assert [(sheet.name, len(rows(sheet)), len(sheet.headings)) for sheet in found] == [
        ("Contents", 5, 2),
        ("Notes", 10, 2),
        ("Table_1", 195, 20),
        ("Table_2", 195, 20),
        ("Table_3", 107, 125),
        ("Annex", 195, 3),
    ]
    assert found[2].first_row == 6
    assert found[4].title.startswith("Table 3: Mean scores by organisation")


def test_a_workbook_named_as_text_is_told_by_its_content() -> None:
    found = tables(SURVEY / "csps2020_org_scores.ODS-NAMED-AS.csv")

    assert [(sheet.name, len(rows(sheet)), len(sheet.headings)) for sheet in found] == [
        ("Contents", 3, 2),
        ("Table_1", 111, 16),
        ("Table_2", 111, 85),
        ("Table_3_1", 13, 2),
        ("Table_3_2", 82, 4),
    ]
    assert (found[1].first_row, found[1].remarks) == (2, ())


@pytest.mark.parametrize("name", ["eselon.json", "golonganPns.json"])
def test_a_list_of_another_kind_is_refused_with_words(name: str) -> None:
    with pytest.raises(Unreadable, match="is a JSON document, not a table"):
        tables(DATA / "siasn-reference" / name)
