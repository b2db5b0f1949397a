"""Files that are not the contract's: what is asked, what answers make of it, and what is then read."""

# pyright: basic, reportArgumentType=false, reportGeneralTypeIssues=false, reportCallIssue=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analytics.intake.agencies import Agency, known_agencies, unknown_agencies
from analytics.intake.confirming import answered, confirmed
from analytics.intake.crosstabs import Crosstab
from analytics.intake.origins import period_said
from analytics.intake.profiles import Profile, save_profile
from analytics.intake.regions import regions
from analytics.intake.sources import Sheet, sheets_of
from analytics.intake.suggestions import Question, likeness
from analytics.intake.understanding import CROSSTAB, Understood, table_asked, understand
from tests.intake.desk import Desk, right, write_csv
from tests.intake.test_headings import SIASN
from tests.panel import CHANGE

DINKES = "15.71-DINKES"

DIKLAT = {
    "NO": "1",
    "NIP": "198603012010032001",
    "NAMA": "Budi",
    "Diklat yg diikuti": "Pelayanan prima",
    "Bidang": "public_service",
    "Tgl Mulai": "2025-02-03",
    "Tanggal Selesai": "2025-02-05",
    "Jumlah JP": "24",
}


def sheet_in(folder: Path, name: str, *rows: dict[str, str]) -> Sheet:
    (sheet,) = sheets_of(write_csv(folder / name, rows), blank_lines=False)
    return sheet


def asked(sheet: Sheet, **options) -> dict[tuple[str, str], Question]:
    found = understand(sheet, **options)
    assert isinstance(found, list)
    return {question.key: question for question in found}


def understood(sheet: Sheet, **options) -> Understood:
    found = understand(sheet, **options)
    assert isinstance(found, Understood), found
    return found


def test_everything_that_is_not_sure_is_asked_at_once(tmp_path: Path) -> None:
    questions = asked(sheet_in(tmp_path, "Rekap 2025.csv", DIKLAT), table="training")

    assert list(questions) == [
        ("column", "Diklat yg diikuti"),
        ("missing", "course"),
        ("missing", "mode"),
        ("missing", "completed"),
    ]
    assert [c.value for c in questions["missing", "mode"].choices] == [
        "constant:classical",
        "constant:non_classical",
    ]
    of_course = questions["missing", "course"].choices
    assert of_course[0].value == "heading:Diklat yg diikuti"
    assert of_course[0].score == 0.7
    assert all(question.default is None for question in questions.values())


def test_which_table_is_asked_with_the_likeliest_first(tmp_path: Path) -> None:
    questions = asked(sheet_in(tmp_path, "Rekap 2025.csv", DIKLAT))

    assert list(questions) == [("table", "Rekap 2025.csv")]
    assert questions["table", "Rekap 2025.csv"].choices[0].value == "training"


ANSWERS = {
    ("table", "Rekap 2025.csv"): "training",
    ("column", "Diklat yg diikuti"): "course",
    ("missing", "mode"): "constant:classical",
    ("missing", "completed"): "true",
}


def test_a_file_once_answered_for_is_read_without_asking(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("Rekap 2025.csv", DIKLAT, DIKLAT | {"Jumlah JP": "", "NO": "2"})
    refusal = desk.refused(path)
    assert [q.code for q in refusal.reports[0].questions] == ["table"]
    assert "cannot be told which table it is" in str(refusal.findings[0])

    (sheet,) = sheets_of(path, blank_lines=False)
    profile = answered(sheet, None, ANSWERS, "diklat")
    assert understood(sheet, profile=profile).match.missing == ()
    save_profile(desk.store, profile)

    report = desk.load(path, keep_good=True)[0]
    assert (report.table, report.rows_loaded, report.rows_rejected) == ("training", 1, 1)
    assert "line 3, Jumlah JP: is empty" in str(report.findings[0])
    assert desk.ask("SELECT course, mode, completed, hours_jp, line FROM training") == [
        ("Pelayanan prima", "classical", True, 24, 2)
    ]
    assert report.rejects is not None
    rejected = report.rejects.read_text(encoding="utf-8-sig")
    assert "Budi" not in rejected
    assert "Pelayanan prima" in rejected

    other = desk.file("april.csv", {k.lower(): v for k, v in DIKLAT.items()} | {"nip": "demo-2"})
    assert desk.load(other)[0].rows_loaded == 1


def test_a_profile_can_be_named_for_a_file_with_more_columns(desk: Desk) -> None:
    desk.with_agency()
    (sheet,) = sheets_of(desk.file("Rekap 2025.csv", DIKLAT), blank_lines=False)
    save_profile(desk.store, answered(sheet, None, ANSWERS, "diklat"))
    more = desk.file("lain.csv", DIKLAT | {"TMT Jabatan": "2020-01-01"})

    assert desk.refused(more).reports[0].questions[0].code == "table"
    assert desk.load(more, profile="diklat")[0].rows_loaded == 1


def test_a_constant_that_tells_a_time_holds_for_its_file_alone(tmp_path: Path) -> None:
    row = {"OPD": DINKES, "Predikat": "baik"}
    first = sheet_in(tmp_path, "predikat 2024.csv", row)
    profile = answered(
        first,
        None,
        {("table", "predikat 2024.csv"): "organisation_rating", ("missing", "year"): "2024"},
        "p",
    )
    assert understood(first, profiles=[profile]).match.constants == {"year": "2024"}

    second = sheet_in(tmp_path, "predikat 2025.csv", row)
    questions = asked(second, profiles=[profile])
    assert list(questions) == [("missing", "year")]
    assert questions["missing", "year"].choices[-1].value == "constant:2024"
    again = understood(second, profiles=[profile], constants={"year": "2025"})
    assert again.match.constants == {"year": "2025"}


def test_an_answer_for_a_new_file_lets_no_other_time_of_the_old_one_stand(tmp_path: Path) -> None:
    row = {"OPD": DINKES, "Metrik": "training_coverage", "Pembilang": "3", "Penyebut": "5"}
    first = sheet_in(tmp_path, "recap 2024.csv", row)
    days = {("missing", "period_start"): "2024-01-01", ("missing", "period_end"): "2024-12-31"}
    profile = answered(first, None, {("table", "recap 2024.csv"): "recap", **days}, "p")
    second = sheet_in(tmp_path, "recap 2025.csv", row)

    drafted = answered(second, profile, {("missing", "period_start"): "2025-01-01"})
    assert list(asked(second, profile=drafted)) == [("missing", "period_end")]
    start = {"period_start": "2025-01-01"}
    assert list(asked(second, profiles=[profile], constants=start)) == [("missing", "period_end")]


def test_a_mended_rejects_file_is_read_by_the_profile_of_its_file(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("Rekap 2025.csv", DIKLAT | {"Jumlah JP": "banyak"})
    (sheet,) = sheets_of(path, blank_lines=False)
    answers = ANSWERS | {table_asked(sheet): "training"}
    save_profile(desk.store, answered(sheet, None, answers, "diklat"))
    (report,) = desk.load(path, keep_good=True)
    assert (report.rows_loaded, report.rows_rejected) == (0, 1)
    assert report.rejects is not None
    mended = desk.folder / report.rejects.name
    text = report.rejects.read_text(encoding="utf-8-sig")
    mended.write_text(text.replace("banyak", "24"), encoding="utf-8")

    assert "NAMA" not in text
    assert desk.load(mended)[0].rows_loaded == 1


def test_a_column_can_be_worked_out_from_others(desk: Desk) -> None:
    row = {k: v for k, v in DIKLAT.items() if k != "Tgl Mulai"} | {
        "tahun": "2025",
        "Bulan": "Maret",
    }
    desk.with_agency()
    (sheet,) = sheets_of(desk.file("training.csv", row), blank_lines=False)
    way = "derived:month_first_day:tahun + Bulan"
    offered = [choice.value for choice in asked(sheet)["missing", "start_date"].choices]
    assert way in offered
    assert "derived:year_first_day:tahun" in offered
    answers = ANSWERS | {
        ("table", "training.csv"): "training",
        ("column", "Bulan"): "",
        ("missing", "start_date"): way,
    }
    row = row | {"Tanggal Selesai": "2025-03-05"}
    save_profile(desk.store, answered(sheet, None, answers, "bulanan"))

    assert desk.load(desk.file("training.csv", row))[0].rows_loaded == 1
    assert desk.ask("SELECT start_date::VARCHAR FROM training") == [("2025-03-01",)]


def test_of_what_is_personal_the_year_of_birth_alone_is_offered(tmp_path: Path) -> None:
    row = {"NIP": "1", "TANGGAL LAHIR": "1986-03-01", "NAMA": "Budi", "JK": "F", "NIK": "2"}
    questions = asked(sheet_in(tmp_path, "employee.csv", row))

    offered = {key[1]: [c.value for c in question.choices] for key, question in questions.items()}
    assert offered.pop("birth_year") == ["derived:year:TANGGAL LAHIR", "derived:nip_birth_year:NIP"]
    said = [value for values in offered.values() for value in values]
    assert not [value for value in said if any(w in value for w in ("LAHIR", "NAMA", "NIK"))]


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ("JUMLAH ASN S.D FEBRUARI 2023", ("2023-02-01", "2023-02-28")),
        ("rekap_agustus-2024.xlsx", ("2024-08-01", "2024-08-31")),
        ("Rekap 2025.csv", ("2025-01-01", "2025-12-31")),
        ("2019 s/d 2023", None),
        ("rekap.csv", None),
    ],
)
def test_the_period_that_a_title_tells_of(said: str, period: tuple[str, str] | None) -> None:
    assert period_said(said) == period


def test_bare_region_codes_are_asked_about_with_who_knows_them(desk: Desk, tmp_path: Path) -> None:
    desk.with_agency()
    with duckdb.connect(str(desk.store.records), read_only=True) as connection:
        known = regions(connection.cursor())
    row = {"region_code": "1801", "year": "2025", "index": "ipm", "value": "72.3"}
    sheet = sheet_in(tmp_path, "outcome_index.csv", row, row | {"region_code": "18.71"})
    questions = asked(sheet, regions=known)

    (question,) = questions.values()
    assert question.key == ("region_codes", "region_code")
    means = {choice.value: choice.means for choice in question.choices}
    assert means["kemendagri"] == "1801 = Lampung Selatan"
    assert means["bps"] == "1801 = Lampung Barat"
    profile = answered(sheet, Profile("", "outcome_index", ()), {question.key: "bps"}, "bps")
    assert understood(sheet, profile=profile, regions=known).match.values.region_codes == "bps"


AGENCIES = (
    Agency("18.71-DINKES", "Dinas Kesehatan", "Kota Bandar Lampung", ("Dinkes Kota",)),
    Agency("18.71-DISDIK", "Dinas Pendidikan dan Kebudayaan", "Kota Bandar Lampung"),
    Agency("18.71-BKD", "Badan Kepegawaian Daerah", "Kota Bandar Lampung"),
)


def test_names_of_agencies_that_are_near_are_offered_and_never_taken() -> None:
    said = ["DINAS  kesehatan", "Dinkes", "Disdikbud", "Dinas Kesehatn", "BKD Kota Bandar Lampung"]
    found = unknown_agencies([*said, "Warung Kopi"], AGENCIES)

    assert {name: near[0].value if near else None for name, near in found.items()} == {
        "Dinkes": "18.71-DINKES",
        "Disdikbud": "18.71-DISDIK",
        "Dinas Kesehatn": "18.71-DINKES",
        "BKD Kota Bandar Lampung": "18.71-BKD",
        "Warung Kopi": None,
    }
    assert found["Dinkes"][0].means == "Dinas Kesehatan, Kota Bandar Lampung"


def test_an_agency_that_a_person_has_named_is_known_from_then_on(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("adoption.csv", right("adoption", agency_id="Dinkes"))
    assert "is not a known agency" in desk.says(path)[0]

    with duckdb.connect(str(desk.store.records), read_only=True) as connection:
        cursor = connection.cursor()
        agencies = known_agencies(cursor, regions(cursor))
    (sheet,) = sheets_of(path, blank_lines=False)
    (question,) = asked(sheet, agencies=agencies).values()
    assert question.key == ("agency", "Dinkes")
    assert question.choices[0].value == DINKES
    profile = Profile("", "adoption", sheet.headings)
    save_profile(desk.store, answered(sheet, profile, {question.key: DINKES}, "adopsi"))
    assert desk.load(path)[0].rows_loaded == 1
    assert desk.ask("SELECT agency_id FROM adoption") == [(DINKES,)]


UMUR = [
    {"UMUR": "20 - 25", "PRIA": "4", "WANITA": "31"},
    {"UMUR": "26 - 30", "PRIA": "108", "WANITA": "519"},
    {"UMUR": "31 - 35", "PRIA": "", "WANITA": "617"},
]


def test_a_wide_table_is_asked_about_step_by_step_and_then_read(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("umur februari 2023.csv", *UMUR)
    (sheet,) = sheets_of(path, blank_lines=False)
    table = ("table", "umur februari 2023.csv")
    assert asked(sheet)[table].choices[0].value == CROSSTAB

    profile = answered(sheet, None, {table: CROSSTAB}, "umur")
    sides = asked(sheet, profile=profile)
    assert {key: q.choices[0].value for key, q in sides.items()} == {
        ("down", "UMUR"): "age_band",
        ("across", "1"): "sex",
    }
    profile = answered(sheet, profile, {("down", "UMUR"): "age_band", ("across", "1"): "sex"})
    rest = asked(sheet, profile=profile)
    assert list(rest) == [
        ("category", "age_band: 26 - 30"),
        ("missing", "metric"),
        ("missing", "period_start"),
        ("missing", "period_end"),
        ("missing", "region_code"),
    ]
    assert rest["missing", "period_end"].choices[0].value == "constant:2023-02-28"
    told = {
        ("category", "age_band: 26 - 30"): "<30",
        ("missing", "metric"): "constant:headcount",
        ("missing", "period_start"): "constant:2023-02-01",
        ("missing", "period_end"): "constant:2023-02-28",
        ("missing", "region_code"): "18.71",
    }
    save_profile(desk.store, answered(sheet, profile, told))

    assert desk.load(path)[0].rows_loaded == 3
    rows = "SELECT sex, age_band, region_code, numerator::INTEGER, line FROM recap ORDER BY line, 1"
    assert desk.ask(rows) == [
        ("F", "<30", "18.71", 550, 2),
        ("M", "<30", "18.71", 112, 2),
        ("F", "30-39", "18.71", 617, 4),
    ]


def test_a_wrong_figure_of_a_wide_table_is_found_in_its_line(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("umur.csv", UMUR[0], {"UMUR": "31 - 35", "PRIA": "x", "WANITA": "1"})
    (sheet,) = sheets_of(path, blank_lines=False)
    answers = {
        ("table", "umur.csv"): CROSSTAB,
        ("down", "UMUR"): "age_band",
        ("across", "1"): "sex",
        ("missing", "metric"): "constant:headcount",
        ("missing", "period_start"): "2023-02-01",
        ("missing", "period_end"): "2023-02-28",
        ("missing", "region_code"): "18.71",
    }
    save_profile(desk.store, answered(sheet, None, answers, "umur"))

    assert desk.says(path)[0].startswith('umur.csv, line 3, numerator: "x" is not a number.')


def test_likeness_knows_no_case_order_or_punctuation() -> None:
    assert likeness("Tanggal_Selesai", "SELESAI tanggal") == 1.0
    assert likeness("Jumlah JP", "jumlahJam") < 1.0
    assert likeness("", "x") == 0.0


def test_a_confirmed_profile_names_every_heading_that_is_read(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path, "Rekap 2025.csv", DIKLAT)
    found = understood(sheet, profile=answered(sheet, None, ANSWERS))

    assert dict(confirmed(sheet, found, "diklat").columns) == {
        "NIP": "employee_id",
        "Diklat yg diikuti": "course",
        "Bidang": "field",
        "Tgl Mulai": "start_date",
        "Tanggal Selesai": "end_date",
        "Jumlah JP": "hours_jp",
    }


def test_the_survey_of_the_civil_service_goes_in_as_one_wide_table_of_percentages(
    desk: Desk, panel: pd.DataFrame
) -> None:
    wide = panel[(panel["year"] == 2019) & (panel["level"] == "organisation")]
    agencies = [
        right("agency", agency_id=uid, name=name, kind="other", region_code="15")
        for uid, name in zip(wide["org_uid"], wide["org"], strict=True)
    ]
    rows = [
        {"Organisation": row["org"], "Group": row["dept_group"]}
        | {item: "" if pd.isna(row[item]) else f"{row[item]:g}%" for item in CHANGE}
        for _, row in wide.iterrows()
    ]
    path = desk.file("csps 2019.csv", *rows)
    (sheet,) = sheets_of(path, blank_lines=False)
    crosstab = Crosstab(
        {"Organisation": "agency_id", "Group": ""},
        measures={item: {"facet": facet} for item, facet in CHANGE.items()},
        gives="mean",
    )
    constants = {
        "metric": "favourable_share",
        "period_start": "2019-01-01",
        "period_end": "2019-12-31",
    }
    profile = Profile("csps", "recap", sheet.headings, constants=constants, crosstab=crosstab)
    save_profile(desk.store, profile)
    reports = desk.load(desk.file("agency.csv", *agencies), path)

    assert reports[-1].rows_rejected == 0
    ours = {
        (agency, facet): mean
        for agency, facet, mean in desk.ask("SELECT agency_id, facet, mean::DOUBLE FROM recap")
    }
    theirs = {
        (row["org_uid"], facet): pytest.approx(row[item] / 100, abs=1e-4)
        for _, row in wide.iterrows()
        for item, facet in CHANGE.items()
        if not pd.isna(row[item])
    }
    assert len(ours) > 400
    assert ours == theirs


def test_a_table_that_is_nothing_of_the_contracts_can_be_left_out_for_good(desk: Desk) -> None:
    desk.with_agency()
    path = desk.file("jalan.csv", {"Tahun": "2022", "Kondisi": "Baik", "Panjang": "1162.657"})
    (sheet,) = sheets_of(path, blank_lines=False)
    (question,) = asked(sheet).values()
    assert question.choices[-1].value == ""
    save_profile(desk.store, answered(sheet, None, {question.key: ""}, "jalan"))

    report = desk.load(path, desk.file("adoption.csv", right("adoption")))[0]
    assert report.notes == ("was left out, as profile jalan says",)
    assert desk.count("adoption") == 1
    with pytest.raises(ValueError, match="no table None"):
        answered(sheet, None, {})


def test_tables_beside_one_another_are_asked_about_each(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path, "jalan.csv", {"Tahun": "2022", "Kondisi": "Baik"})
    keys = [table_asked(replace(sheet, name="S", place=place)) for place in ("A1:B2", "D1:E2")]

    assert keys == [("table", "S A1:B2"), ("table", "S D1:E2")]


SIASN_ROW = {
    "PNS ID": "A8ACA7-1",
    "NIP BARU": "'198603012010032001",
    "NIP LAMA": "460012345",
    "NAMA": "SITI RAHAYU",
    "TANGGAL LAHIR": "01-03-1986",
    "JENIS KELAMIN": "F",
    "AGAMA NAMA": "Islam",
    "NIK": "1571010000000001",
    "STATUS CPNS PNS": "P",
    "TMT CPNS": "01-03-2010",
    "GOL AKHIR ID": "31",
    "GOL AKHIR NAMA": "III/a",
    "JENIS JABATAN NAMA": "Jabatan Pelaksana",
    "TINGKAT PENDIDIKAN NAMA": "S-1/Sarjana",
    "UNOR NAMA": "DINAS  KESEHATAN",
}


def test_a_siasn_export_goes_in_with_two_answers_and_leaves_nothing_personal(desk: Desk) -> None:
    desk.with_agency()
    whole = dict.fromkeys(SIASN, "") | SIASN_ROW | {"STATUS CPNS PNS": "PNS"}
    path = desk.file("employee siasn.csv", whole, whole | {"NIP BARU": "x", "TMT CPNS": "kapan"})
    (sheet,) = sheets_of(path, blank_lines=False)
    assert list(asked(sheet)) == [("missing", "valid_from"), ("missing", "birth_year")]
    answers = {
        ("table", "employee siasn.csv"): "employee",
        ("missing", "valid_from"): "constant:2025-01-01",
        ("missing", "birth_year"): "derived:year:TANGGAL LAHIR",
    }
    save_profile(desk.store, answered(sheet, None, answers, "siasn"))
    report = desk.load(path, keep_good=True)[0]

    assert (report.rows_loaded, report.rows_rejected) == (1, 1), report.findings
    columns = "agency_id, status, sex, birth_year, position_type, grade, entry_date::VARCHAR"
    assert desk.ask(f"SELECT {columns} FROM employee") == [
        (DINKES, "PNS", "F", 1986, "executor", "III/a", "2010-03-01")
    ]
    assert report.rejects is not None
    kept = desk.store.records.read_bytes() + report.rejects.read_bytes()
    for personal in ("SITI", "1571010000000001", "460012345", "198603012010032001", "01-03-1986"):
        assert personal.encode() not in kept


def test_a_history_of_ratings_goes_in_by_year_and_month(desk: Desk) -> None:
    desk.with_agency()
    row = {
        "nip": "198603012010032001",
        "nama": "SITI RAHAYU",
        "tahun": "2025",
        "bulanMulaiPenilaian": "1",
        "bulanSelesaiPenilaian": "3",
        "hasilKinerja": "DIATAS ESPEKTASI",
        "hasilKinerjaNilai": "1",
        "perilakuKerja": "SESUAI ESPEKTASI",
        "KuadranKinerjaNilai": "BAIK",
        "periodikNama": "triwulan",
        "koefisenId": "3",
        "penilaiNama": "BUDI",
    }
    path = desk.file("kinerjaperiodik.csv", row)
    (sheet,) = sheets_of(path, blank_lines=False)
    questions = asked(sheet, table="appraisal")
    assert list(questions) == [
        ("missing", "period_start"),
        ("missing", "period_end"),
        ("missing", "rater"),
    ]
    months = "tahun + bulanMulaiPenilaian", "tahun + bulanSelesaiPenilaian"
    answers = {
        ("table", "kinerjaperiodik.csv"): "appraisal",
        ("missing", "period_start"): f"derived:month_first_day:{months[0]}",
        ("missing", "period_end"): f"derived:month_last_day:{months[1]}",
        ("missing", "rater"): "constant:supervisor",
    }
    for key, answer in answers.items():
        if key[1].startswith("period"):
            assert answer in [choice.value for choice in questions[key].choices]
    save_profile(desk.store, answered(sheet, None, answers, "kinerjaperiodik"))

    assert desk.load(path)[0].rows_loaded == 1
    columns = "period_start::VARCHAR, period_end::VARCHAR, cycle, work_result, behaviour, predicate"
    assert desk.ask(f"SELECT {columns} FROM appraisal") == [
        ("2025-01-01", "2025-03-31", "quarterly", "above", "meets", "baik")
    ]
