"""Wide tables of figures as recaps: real ones come to the totals that their sources give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from analytics.answers import Question, open_snapshot
from analytics.intake.crosstabs import Crosstab, melted, outline, untold
from analytics.intake.labels import ages_of, category_of, choices_of
from analytics.intake.profiles import Profile, save_profile
from analytics.intake.sources import Sheet, sheets_of
from analytics.intake.understanding import Understood, said_of, understand
from analytics.store.snapshots import publish
from tests.intake.desk import Desk

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BANDAR_LAMPUNG = SHARED / "bandar-lampung" / "bkd2023_tidy.csv"
MERANGIN = SHARED / "merangin" / "merangin_asn.csv"
AGO = "Attorney General's Office"
CSPS = SHARED / "csps" / "raw" / "civil_service_peoples_survey_2016_all_org_scores.csv"

STRADDLING = {"26 - 30": "<30", "36 - 40": "30-39", "46 - 50": "40-49", "58 - 60": "50-59"}
"""The bands of Bandar Lampung that reach into two of the contract's, as its office could tell."""


def sheet_of(headings: Sequence[str], rows: Sequence[Sequence[str | None]], **options) -> Sheet:
    """A sheet as a workbook's would be read."""
    names = [f"c{number}" for number in range(len(headings))]
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(headings))]
    relation = f"(SELECT {', '.join(names)} FROM cells)"
    cells = pa.table(columns, names)
    return Sheet(Path("rekap.xlsx"), "Sheet1", tuple(headings), relation, cells=cells, **options)


def rows_of(sheet: Sheet) -> list[dict[str, str | int | None]]:
    """The rows of a melted sheet by its headings, with their lines."""
    assert sheet.cells is not None
    return sheet.cells.rename_columns([*sheet.headings, "line"]).to_pylist()


def total(sheet: Sheet, **group: str | None) -> int:
    """People in the rows of a melted sheet that are of a group."""
    return sum(
        int(str(row["numerator"]))
        for row in rows_of(sheet)
        if all(row[name] == value for name, value in group.items())
    )


SEX_BY_GRADE = sheet_of(
    ("NO", "GOLONGAN", "PRIA", "WANITA", "JUMLAH"),
    [
        ("1", "I/a -GRADE I", "1", None, "1"),
        ("2", "I/b - GRADE II", "3", "2", "5"),
        ("3", "III/a - GRADE IX", "1.234", "7", "1.241"),
    ],
    first_row=9,
    blank_rows=(10,),
)
BY_SEX_AND_GRADE = Crosstab({"GOLONGAN": "grade_group"}, ("sex",))


def test_a_table_of_counts_becomes_one_row_a_group_with_the_line_it_is_from() -> None:
    assert [tuple(row.values()) for row in rows_of(melted(SEX_BY_GRADE, BY_SEX_AND_GRADE))] == [
        ("M", "I", "4", "4", 9),
        ("F", "I", "2", "2", 11),
        ("M", "III", "1234", "1234", 12),
        ("F", "III", "7", "7", 12),
    ]


def test_sums_are_given_by_the_groups_that_are_asked_for() -> None:
    found = melted(
        SEX_BY_GRADE, Crosstab({"GOLONGAN": "grade_group"}, ("sex",), breakdowns=(("sex",), ()))
    )

    assert [(r["sex"], r["grade_group"], r["numerator"]) for r in rows_of(found)] == [
        ("M", None, "1238"),
        (None, None, "1247"),
        ("F", None, "9"),
    ]


def test_a_text_among_counts_is_kept_for_the_checks_to_find() -> None:
    sheet = sheet_of(("GOLONGAN", "PRIA"), [("I/a", "3"), ("I/b", "tiga"), ("II/a", "4")])

    assert [r["numerator"] for r in rows_of(melted(sheet, BY_SEX_AND_GRADE))] == ["tiga", "4"]


def test_headers_of_two_levels_stand_for_a_group_each() -> None:
    levels = (("UMUR",), ("PNS", "PRIA"), ("PNS", "WANITA"), ("PPPK", "PRIA"), ("JUMLAH", ""))
    sheet = sheet_of(
        tuple(" / ".join(texts) for texts in levels),
        [("31 - 35", "1", "2", "3", "6")],
        levels=levels,
    )
    found = rows_of(melted(sheet, Crosstab({"UMUR": "age_band"}, ("status", "sex"))))

    assert [(r["sex"], r["age_band"], r["status"], r["numerator"]) for r in found] == [
        ("M", "30-39", "PNS", "1"),
        ("F", "30-39", "PNS", "2"),
        ("M", "30-39", "PPPK", "3"),
    ]


def test_means_are_kept_as_they_stand_and_blanks_are_no_figures() -> None:
    sheet = sheet_of(
        ("Organisation", "Code", "B41", "B42", "B43"),
        [("A", "a", "30%", ".", "5%"), ("B", "b", "32,5", "40%", "6%")],
    )
    measures = {
        "B41": {"metric": "favourable_share", "facet": "change_managed_well"},
        "B42": {"metric": "favourable_share", "facet": "kept_informed"},
    }
    crosstab = Crosstab({"Organisation": "", "Code": "agency_id"}, measures=measures, gives="mean")
    found = melted(sheet, crosstab, ("", "."))

    assert found.headings == ("metric", "agency_id", "facet", "mean")
    assert [(r["agency_id"], r["facet"], r["mean"]) for r in rows_of(found)] == [
        ("a", "change_managed_well", "30%"),
        ("b", "change_managed_well", "32,5"),
        ("b", "kept_informed", "40%"),
    ]


@pytest.mark.parametrize(
    ("label", "ages"),
    [
        ("20 - 25", (20, 25)),
        ("31- 35", (31, 35)),
        ("30 s.d. 39", (30, 39)),
        ("18–20", (18, 20)),
        ("60 >", (61, 120)),
        ("> 60", (61, 120)),
        ("diatas 60", (61, 120)),
        (">= 60", (60, 120)),
        ("60+", (60, 120)),
        ("60 tahun ke atas", (60, 120)),
        ("30 ke bawah", (0, 30)),
        ("60 ke atas", (60, 120)),
        ("< 30", (0, 29)),
        ("di bawah 30", (0, 29)),
        ("62", None),
        ("35 - 31", None),
    ],
)
def test_the_ages_that_a_label_stands_for(label: str, ages: tuple[int, int] | None) -> None:
    assert ages_of(label) == ages


def test_a_band_that_reaches_into_two_is_left_to_a_person() -> None:
    assert category_of("age_band", "20 - 25") == "<30"
    assert category_of("age_band", "26 - 30") is None
    offered = {choice.value: choice.score for choice in choices_of("age_band", "26 - 30")}
    assert (offered["<30"], offered["30-39"], offered["unknown"]) == (0.8, 0.2, 0.0)
    assert category_of("age_band", "62") is None  # a bare number may be a mistake
    assert choices_of("age_band", "62")[0].value == "60+"


@pytest.mark.parametrize(
    ("column", "label", "category"),
    [
        ("sex", "Laki-Laki", "M"),
        ("sex", "PEREMPUAN", "F"),
        ("sex", "JUMLAH", ""),
        ("sex", "anak", None),
        ("grade_group", "I/d -  GRADE IV", "I"),
        ("grade_group", "Gol III", "III"),
        ("grade_group", "IV/e", "IV"),
        ("grade_group", "IX", None),
        ("status", "PPPK PW", "PPPK_PARUH_WAKTU"),
        ("position_type", "JPT", "structural"),
    ],
)
def test_the_category_that_a_label_stands_for(
    column: str, label: str, category: str | None
) -> None:
    assert category_of(column, label) == category


def test_years_are_labels_that_are_not_added_up_unasked() -> None:
    sheet = sheet_of(("Tahun", "PRIA", "WANITA"), [("2021", "3", "4"), ("2022", "5", "6")])

    assert list(outline(sheet).down) == ["Tahun"]
    assert [one.label for one in untold(sheet, Crosstab({}, ("sex",)))] == ["Tahun"]


def test_a_heading_of_fewer_levels_is_asked_about_as_it_may_be_a_sum() -> None:
    levels = (("GOL",), ("PNS", "PRIA"), ("PNS", "WANITA"), ("PNS",), ("PNS", "JUMLAH"))
    headings = tuple(" / ".join(texts) for texts in levels)
    sheet = sheet_of(headings, [("I/a", "1", "2", "3", "3")], levels=levels)
    crosstab = Crosstab({"GOL": "grade_group"}, ("status", "sex"))

    assert [(one.column, one.label) for one in untold(sheet, crosstab)] == [("sex", "")]
    told = replace(crosstab, categories={"sex": {"": ""}})
    assert total(melted(sheet, told)) == 3


def test_a_row_of_figures_without_a_label_is_asked_about() -> None:
    sheet = sheet_of(("GOLONGAN", "PRIA"), [("I/a", "3"), (None, "4"), (None, None)])

    assert [(one.column, one.label) for one in untold(sheet, BY_SEX_AND_GRADE)] == [
        ("grade_group", "")
    ]
    with pytest.raises(ValueError, match="no category for 1 labels"):
        melted(sheet, BY_SEX_AND_GRADE)


def wide(path: Path, name: str) -> Sheet:
    """A table of Bandar Lampung as it stands in the workbook: blanks for zero, totals at an end."""
    tidy = pd.read_csv(path, dtype=str)
    tidy = tidy[tidy["tabel"] == name]
    across = list(dict.fromkeys(tidy["kategori2"]))
    figures = dict(
        zip(zip(tidy["kategori1"], tidy["kategori2"], strict=True), tidy["jumlah"], strict=True)
    )
    rows = []
    for label in dict.fromkeys(tidy["kategori1"]):
        own = [figures[label, other] for other in across]
        shown = [None if number == "0" else number for number in own]
        rows.append((label, *shown, str(sum(map(int, own)))))
    return sheet_of((name.split("_")[0].upper(), *(a.upper() for a in across), "JUMLAH"), rows)


OLDEST = '(KOLOM BERLABEL 62; DIDUGA "60 >")'


@pytest.mark.skipif(not BANDAR_LAMPUNG.exists(), reason="../shared/data/bandar-lampung is absent")
@pytest.mark.parametrize(
    ("name", "crosstab"),
    [
        ("pendidikan_x_jk", Crosstab({"PENDIDIKAN": ""}, ("sex",))),
        ("umur_x_jk", Crosstab({"UMUR": "age_band"}, ("sex",), {"age_band": STRADDLING})),
        (
            "golongan_x_umur",
            Crosstab(
                {"GOLONGAN": "grade_group"},
                ("age_band",),
                {"age_band": STRADDLING | {OLDEST: "60+"}},
            ),
        ),
        ("golongan_x_jk", Crosstab({"GOLONGAN": "grade_group"}, ("sex",))),
    ],
)
def test_the_tables_of_bandar_lampung_come_to_their_totals(name: str, crosstab: Crosstab) -> None:
    found = melted(wide(BANDAR_LAMPUNG, name), crosstab)

    assert total(found) == 8808
    if "sex" in crosstab.across:
        assert (total(found, sex="M"), total(found, sex="F")) == (2574, 6234)
    if name == "umur_x_jk":  # 20–25 and 26–30; only the one beyond 60 is beyond 60
        assert total(found, age_band="<30") == 35 + 627
        assert total(found, age_band="60+") == 1


@pytest.mark.skipif(not BANDAR_LAMPUNG.exists(), reason="../shared/data/bandar-lampung is absent")
def test_what_bandar_lampung_must_be_asked_is_asked() -> None:
    sheet = wide(BANDAR_LAMPUNG, "umur_x_jk")
    found = outline(sheet)

    assert found.down["UMUR"][0].value == "age_band"
    assert found.across[0][0].value == "sex"
    asked = untold(sheet, Crosstab({"UMUR": "age_band"}, ("sex",)))
    assert [one.label for one in asked] == list(STRADDLING)


MERANGIN_BANDS = {"26-30": "<30", "36- 40": "30-39", "45-50": "40-49", "55-60": "50-59"}


@pytest.mark.skipif(not MERANGIN.exists(), reason="../shared/data/merangin is absent")
@pytest.mark.parametrize(
    ("name", "column", "categories", "expected"),
    [
        ("jenis_kelamin", "sex", {}, {"M": 1943, "F": 2718}),
        ("jabatan", "position_type", {}, {"structural": 542, "executor": 831, "functional": 3288}),
        ("golongan", "grade_group", {}, {"I": 10, "II": 553, "III": 3183, "IV": 915}),
        (
            "usia",
            "age_band",
            MERANGIN_BANDS,
            {"<30": 181, "30-39": 1073, "40-49": 1904, "50-59": 1503, "60+": 0},
        ),
    ],
)
def test_the_tables_of_merangin_come_to_its_4661_pns(
    name: str, column: str, categories: dict[str, str], expected: dict[str, int]
) -> None:
    tidy = pd.read_csv(MERANGIN, dtype=str)
    tidy = tidy[(tidy["tabel"] == name) & (tidy["populasi"] == "PNS")]
    rows = list(zip(tidy["kategori"], tidy["jumlah"], strict=True))
    sheet = sheet_of((name.upper(), "JUMLAH"), rows)
    found = melted(sheet, Crosstab({name.upper(): column}, categories={column: categories}))

    assert {
        str(row[column]): total(found, **{column: str(row[column])}) for row in rows_of(found)
    } == expected
    assert total(found) == 4661


@pytest.mark.skipif(not CSPS.exists(), reason="../shared/data/csps is absent")
def test_the_civil_service_survey_of_2016_is_one_row_an_organisation_and_item() -> None:
    raw = pd.read_csv(CSPS, dtype=str, keep_default_na=False, encoding="latin-1")
    sheet = sheet_of(tuple(raw.columns), raw.to_numpy().tolist())
    # Three organisations have no code: their names tell them apart.
    crosstab = Crosstab(
        {"Department_group": "", "Organisation": "agency_id", "Organisation_Code": ""},
        categories={"agency_id": {"Civil Service benchmark (median)": ""}},
        measures={
            "B41": {"metric": "favourable_share", "facet": "change_managed_well"},
            "Response_rate": {"metric": "response_rate"},
        },
        gives="mean",
    )
    found = rows_of(melted(sheet, crosstab, ("", ".")))
    of_item = [row for row in found if row["facet"] == "change_managed_well"]

    assert len({row["agency_id"] for row in of_item}) == len(of_item)
    assert {row["agency_id"] for row in found}.isdisjoint({"Civil Service benchmark (median)"})
    ago = [(row["metric"], row["mean"]) for row in found if row["agency_id"] == AGO]
    assert dict(ago)["response_rate"] == "95%"
    assert {row["line"] for row in found if row["agency_id"] == AGO} == {3}


WORKBOOK = SHARED / "bandar-lampung" / "630-BKD 2023.xlsx"
FEBRUARY = {
    "metric": "headcount",
    "region_code": "18.71",
    "period_start": "2023-02-01",
    "period_end": "2023-02-28",
}
BY_AGE = {"age_band": STRADDLING | {"62": "60+"}}
READ_AS = {
    "PENDIDIKAN": None,
    "UMUR": Crosstab(
        {"UMUR": "age_band"},
        ("sex",),
        BY_AGE,
        breakdowns=(("sex", "age_band"), ("age_band",)),
    ),
    "GOLONGAN": Crosstab({"GOLONGAN": "grade_group"}, ("age_band",), BY_AGE),
    "KODE GOLRU": Crosstab(
        {"KODE GOLRU": "grade_group"},
        ("sex",),
        breakdowns=(("sex", "grade_group"), ("grade_group",), ("sex",), ()),
    ),
}
"""How the tables of the workbook are read, by their first heading; the first one has no groups but
sex, which the last one has, too."""


@pytest.mark.skipif(not WORKBOOK.exists(), reason="../shared/data/bandar-lampung is absent")
def test_the_workbook_of_bandar_lampung_answers_how_many_employees_there_are(desk: Desk) -> None:
    desk.with_agency()
    assert [r.questions[0].code for r in desk.refused(WORKBOOK).reports] == ["table"] * 4
    for number, sheet in enumerate(sheets_of(WORKBOOK, blank_lines=False)):
        crosstab = READ_AS[sheet.headings[0]]
        table, constants = ("recap", FEBRUARY) if crosstab else ("", {})
        read_as = {"constants": constants, "crosstab": crosstab, "of": said_of(sheet)}
        save_profile(desk.store, Profile(f"bkd {number}", table, sheet.headings, **read_as))
    reports = desk.load(WORKBOOK)

    assert [report.rows_rejected for report in reports] == [0] * 4
    told = [(f.value, f.code, f.line) for report in reports for f in report.findings]
    assert told == [
        ("58 - 60", "label.overlap", 17),
        ("58 - 60", "label.overlap", 25),
        ("62", "label.alone", 25),
    ]
    publish(desk.store)
    snapshot = open_snapshot(desk.store)

    def people(*by: str) -> dict[str, float]:
        rows = snapshot.ask(Question("headcount", level="government", by=by, grain="month")).rows
        names = rows[list(by)].agg(" ".join, axis=1) if by else rows["place"]
        return dict(zip(names, rows["value"], strict=True))

    assert people() == {"18.71": 8808}
    assert people("sex") == {"M": 2574, "F": 6234}
    assert people("grade_group") == {"I": 64, "II": 752, "III": 5900, "IV": 2092}
    ages = people("age_band")
    assert (ages["30-39"], ages["40-49"], ages["50-59"]) == (2187, 2797, 3161)
    # One of the 8,808 is beyond 60, whom the smallest band beside would give away.
    assert pd.isna(ages["60+"])
    assert pd.isna(ages["<30"])


def test_the_next_months_table_is_not_read_with_last_months_period(tmp_path: Path) -> None:
    sheet = sheet_of(("GOLONGAN", "PRIA"), [("I/a", "3")], title="JUMLAH ASN FEBRUARI 2023")
    kept = Profile(
        "golongan",
        "recap",
        sheet.headings,
        constants=FEBRUARY,
        crosstab=BY_SEX_AND_GRADE,
        of=said_of(sheet),
    )
    assert isinstance(understand(sheet, profiles=[kept]), Understood)

    march = replace(sheet, title="JUMLAH ASN MARET 2023")
    found = understand(march, profiles=[kept])
    assert isinstance(found, list)
    assert [(q.subject, q.choices[0].value) for q in found] == [
        ("period_start", "constant:2023-03-01"),
        ("period_end", "constant:2023-03-31"),
    ]
