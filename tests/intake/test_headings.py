"""Headings as offices write them: which column each is, which are personal, which are asked about."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.intake.headings import (
    fold,
    is_person_number,
    is_personal,
    is_unused,
    match,
    never_read,
    shipped,
    synonyms,
    table_of_headings,
    tables_like,
)
from analytics.schema import TABLES, Kind, Table, table
from tests.intake.desk import Desk, right

SIASN = tuple(
    """PNS ID, NIP BARU, NIP LAMA, NAMA, GELAR DEPAN, GELAR BELAKANG, TEMPAT LAHIR ID,
    TEMPAT LAHIR NAMA, TANGGAL LAHIR, JENIS KELAMIN, AGAMA ID, AGAMA NAMA, JENIS KAWIN ID,
    JENIS KAWIN NAMA, NIK, NOMOR HP, EMAIL, EMAIL GOV, ALAMAT, NPWP NOMOR, BPJS,
    JENIS PEGAWAI ID, JENIS PEGAWAI NAMA, KEDUDUKAN HUKUM ID, KEDUDUKAN HUKUM NAMA,
    STATUS CPNS PNS, KARTU ASN VIRTUAL, NOMOR SK CPNS, TANGGAL SK CPNS, TMT CPNS, NOMOR SK PNS,
    TANGGAL SK PNS, TMT PNS, GOL AWAL ID, GOL AWAL NAMA, GOL AKHIR ID, GOL AKHIR NAMA,
    TMT GOLONGAN, MK TAHUN, MK BULAN, JENIS JABATAN ID, JENIS JABATAN NAMA, JABATAN ID,
    JABATAN NAMA, TMT JABATAN, TINGKAT PENDIDIKAN ID, TINGKAT PENDIDIKAN NAMA, PENDIDIKAN ID,
    PENDIDIKAN NAMA, TAHUN LULUS, KPKN ID, KPKN NAMA, LOKASI KERJA ID, LOKASI KERJA NAMA, UNOR ID,
    UNOR NAMA, INSTANSI INDUK ID, INSTANSI INDUK NAMA, INSTANSI KERJA ID, INSTANSI KERJA NAMA,
    SATUAN KERJA INDUK ID, SATUAN KERJA INDUK NAMA, SATUAN KERJA KERJA ID,
    SATUAN KERJA KERJA NAMA, IS VALID NIK, NAMA SEKOLAH, FLAG IKD""".replace("\n    ", " ").split(
        ", "
    )
)
"""The headings of a SIASN employee export, in their order."""

EMPLOYEE_OF_SIASN = {
    "employee_id": "NIP BARU",
    "agency_id": "UNOR NAMA",
    "status": "STATUS CPNS PNS",
    "sex": "JENIS KELAMIN",
    "position_type": "JENIS JABATAN NAMA",
    "grade": "GOL AKHIR NAMA",
    "education": "TINGKAT PENDIDIKAN NAMA",
    "entry_date": "TMT CPNS",
}

PERSONAL_OF_SIASN = {
    "PNS ID",
    "NIP LAMA",
    "NAMA",
    "GELAR DEPAN",
    "GELAR BELAKANG",
    "TEMPAT LAHIR ID",
    "TEMPAT LAHIR NAMA",
    "TANGGAL LAHIR",
    "AGAMA ID",
    "AGAMA NAMA",
    "JENIS KAWIN ID",
    "JENIS KAWIN NAMA",
    "NIK",
    "NOMOR HP",
    "EMAIL",
    "EMAIL GOV",
    "ALAMAT",
    "NPWP NOMOR",
    "BPJS",
    "KARTU ASN VIRTUAL",
    "IS VALID NIK",
}

HISTORIES = {
    "kinerjaperiodik": (
        "appraisal",
        "tahun nip nama hasilKinerja hasilKinerjaNilai perilakuKerja perilakuKerjaNilai"
        " KuadranKinerjaNilai periodikId periodikNama persentase koefisienId unorId unorNama"
        " instansiId instansiNama jabatan penilaiNama penilaiNip",
        {
            "employee_id": "nip",
            "work_result": "hasilKinerja",
            "behaviour": "perilakuKerja",
            "predicate": "KuadranKinerjaNilai",
            "cycle": "periodikNama",
            "agency_id": "unorNama",
        },
    ),
    "skp22": (
        "appraisal",
        "nip hasilKinerja perilakuKerja kuadranKinerja statusPenilai tahun",
        {
            "employee_id": "nip",
            "work_result": "hasilKinerja",
            "behaviour": "perilakuKerja",
            "predicate": "kuadranKinerja",
        },
    ),
    "skp": (
        "appraisal",
        "nip tahun nilaiSkp orientasiPelayanan integritas komitmen disiplin kerjasama"
        " kepemimpinan nilaiPrestasiKerja inisiatifKerja konversiNilai",
        {
            "employee_id": "nip",
            "service": "orientasiPelayanan",
            "integrity": "integritas",
            "discipline": "disiplin",
            "score": "nilaiPrestasiKerja",
        },
    ),
    "diklat": (
        "training",
        "nipBaru latihanStrukturalNama nomor tanggal tanggal_ tanggalSelesai tahun jumlahJam"
        " institusiPenyelenggara bobot jenisKompetensi",
        {
            "employee_id": "nipBaru",
            "course": "latihanStrukturalNama",
            "start_date": "tanggal",
            "end_date": "tanggalSelesai",
            "hours_jp": "jumlahJam",
            "provider": "institusiPenyelenggara",
            "field": "jenisKompetensi",
        },
    ),
    "kursus": (
        "training",
        "nipBaru jenisDiklatId jenisKursusNama namaKursus jumlahJam noSertipikat tahunKursus"
        " tanggalKursus tanggalSelesaiKursus",
        {
            "employee_id": "nipBaru",
            "field": "jenisDiklatId",
            "course": "namaKursus",
            "hours_jp": "jumlahJam",
            "start_date": "tanggalKursus",
            "end_date": "tanggalSelesaiKursus",
        },
    ),
    "period of e-Kinerja": (
        "appraisal",
        "Nama|Periode Awal|Periode Akhir|Batas Pengisian|Jenis Periode",
        {
            "period_start": "Periode Awal",
            "period_end": "Periode Akhir",
            "due_on": "Batas Pengisian",
            "cycle": "Jenis Periode",
        },
    ),
}


def read(of: str, *headings: str) -> dict[str, str]:
    """The heading that each column is read from."""
    positions = match(Path("x.csv"), None, headings, table(of)).positions
    return {column: headings[position] for column, position in positions.items()}


def test_the_67_headings_of_siasn_are_all_known() -> None:
    matched = match(Path("siasn.xlsx"), None, SIASN, table("employee"))

    assert len(SIASN) == 67
    assert read("employee", *SIASN) == EMPLOYEE_OF_SIASN
    assert {h for h in SIASN if never_read(h, table("employee"))} == PERSONAL_OF_SIASN
    assert not matched.unknown
    assert matched.missing == ("valid_from", "birth_year")


@pytest.mark.parametrize("history", HISTORIES)
def test_the_histories_of_siasn_are_known(history: str) -> None:
    of, said, expected = HISTORIES[history]
    headings = said.split("|") if "|" in said else said.split()
    matched = match(Path("x.csv"), None, tuple(headings), table(of))

    assert read(of, *headings) == expected
    assert not matched.unknown


def test_of_two_headings_of_one_column_the_preferred_is_read_and_the_other_noted() -> None:
    matched = match(Path("x.csv"), None, ("NIP", "NIP BARU"), table("career_event"))

    assert read("career_event", "NIP", "NIP BARU")["employee_id"] == "NIP BARU"
    assert matched.notes == (
        'columns "NIP BARU" and "NIP" both stand for employee_id: the first was read, the second'
        " was not",
    )


def test_the_contracts_own_name_goes_before_any_synonym() -> None:
    assert read("training", "Jumlah JP", "hours_jp")["hours_jp"] == "hours_jp"


@pytest.mark.parametrize("of", TABLES, ids=lambda of: of.name)
def test_synonyms_are_of_columns_that_exist_and_of_one_each(of: Table) -> None:
    own = shipped().get(of.name, {})
    assert set(own) <= {column.name for column in of.columns}

    meant: dict[str, str] = {}
    for column, headings in synonyms(of).items():
        for heading in headings:
            assert meant.setdefault(fold(heading), column) == column, heading
            named = {fold(c.name): c.name for c in of.columns}
            assert named.get(fold(heading), column) == column, heading


@pytest.mark.parametrize("of", TABLES, ids=lambda of: of.name)
def test_in_tables_about_people_no_synonym_is_personal(of: Table) -> None:
    if any(column.kind is Kind.PERSON for column in of.columns):
        assert [h for hs in synonyms(of).values() for h in hs if is_personal(h)] == []


def test_common_synonyms_are_of_columns_that_some_table_has() -> None:
    assert set(shipped()["common"]) <= {c.name for of in TABLES for c in of.columns}


@pytest.mark.parametrize("heading", ["Nama", "NIK Pegawai", "noHp", "No. HP/WA", "E-mail", "TTL"])
def test_personal_headings_are_never_read_whatever_maps(heading: str) -> None:
    told = {heading: "course"}
    matched = match(Path("x.csv"), None, (heading,), table("training"), told)

    assert matched.positions == {}
    assert matched.notes == (f'column "{heading}" is personal and was not read',)


def test_the_name_of_an_agency_is_not_personal() -> None:
    assert read("agency", "Kode OPD", "Nama", "Jenis")["name"] == "Nama"


def test_a_nip_is_known_as_a_number_of_a_person_by_any_of_its_headings() -> None:
    assert all(map(is_person_number, ("employee_id", "NIP", "nip_baru", "NI PPPK", "NIP/NI PPPK")))
    assert not any(map(is_person_number, ("NIK", "Nama", "hours_jp")))


def test_an_unknown_heading_is_not_put_to_a_column_by_likeness() -> None:
    matched = match(Path("x.csv"), None, ("Nama Diklt", "Tgl Mulaii"), table("training"))

    assert matched.positions == {}
    assert list(matched.unknown) == ["Nama Diklt", "Tgl Mulaii"]
    assert 'Write "course", or delete the column.' in str(matched.findings[0])


def test_a_table_is_told_by_headings_in_indonesian() -> None:
    headings = (
        "NIP",
        "Nama",
        "Nama Diklat",
        "Bidang",
        "Metode",
        "Tanggal Mulai",
        "Tanggal Selesai",
    )

    assert table_of_headings((*headings, "Jumlah JP", "Lulus")) is table("training")
    assert table_of_headings(headings) is None
    assert tables_like(headings)[0].value == "training"


NOISE = st.lists(st.sampled_from(["", " ", "  ", "_", "-", ".", "\n", "/", " / "]), max_size=30)


@given(
    st.sampled_from(
        [(of.name, c, h) for of in TABLES for c, hs in synonyms(of).items() for h in hs]
    ),
    NOISE,
    st.randoms(use_true_random=False),
)
def test_case_spaces_and_punctuation_do_not_matter(
    told: tuple[str, str, str], noise: list[str], random
) -> None:
    of, column, heading = told
    letters = [
        (character.upper() if random.random() < 0.5 else character.lower())
        + (noise.pop() if noise and character == " " else "")
        for character in heading
    ]
    written = " " + "".join(letters).replace(" ", random.choice([" ", "_", "  ", "-"])) + " "

    assert read(of, written) == {column: written}


def test_a_heading_is_either_used_or_passed_over() -> None:
    used = {fold(h) for h in EMPLOYEE_OF_SIASN.values()}
    assert not [h for h in SIASN if fold(h) in used and is_unused(h)]


def test_a_nip_that_a_parquet_file_keeps_as_a_number_is_refused_under_any_heading(
    desk: Desk,
) -> None:
    row = right("career_event")
    columns = {"NIP": [198603012010032001], "date": [row["date"]], "kind": [row["kind"]]}
    path = desk.folder / "career_event.parquet"
    pq.write_table(pa.table(columns), path)
    found = desk.refused(path).findings

    assert [(finding.column, finding.value) for finding in found] == [("NIP", None)]
    assert "is kept as a number" in found[0].says
