"""Real office files from beginning to end: asked about, answered for, loaded, complained of.

Public files outside the project (../shared/data), with what SOURCE.md beside each says of it; where
they are absent, these tests are skipped. What is found in the files before anything is asked is in
test_real_files.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analytics.intake import ImportReport
from analytics.intake.confirming import answered
from analytics.intake.crosstabs import Crosstab
from analytics.intake.profiles import Profile, save_profile
from analytics.intake.sources import Sheet, fingerprint, sheets_of
from analytics.intake.suggestions import Question
from analytics.intake.understanding import CROSSTAB, LeftOut, Understood, understand
from analytics.intake.values import Reading
from tests.intake.desk import Desk, right
from tests.intake.reading import rows

DATA = Path(__file__).parents[3] / "shared" / "data"
CITY = DATA / "bandar-lampung"
SURVEY = DATA / "csps" / "raw"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")

Answering = Callable[[Question], str]


def tables(path: Path) -> list[Sheet]:
    return sheets_of(path, blank_lines=fingerprint(path)[1])


def answer(desk: Desk, sheet: Sheet, name: str, answering: Answering) -> list[tuple[str, str]]:
    """Answer all that is asked about a table and keep the answers; what was asked, in its order."""
    asked: list[tuple[str, str]] = []
    profile = None
    while not isinstance(found := understand(sheet, profile=profile), Understood | LeftOut):
        told = {question.key: answering(question) for question in found}
        assert not set(told) & set(asked), "an answer that answers nothing"
        asked += told
        profile = answered(sheet, profile, told, name)
    assert profile is not None
    save_profile(desk.store, profile)
    return asked


def answers(told: Mapping[str, str], categories: Mapping[str, str], **missing: str) -> Answering:
    """Answers by what a question is about: the table, sides, categories, and what is missing.

    Labels that are in no category are left out.
    """

    def answering(question: Question) -> str:
        if question.code == "category":
            _, _, label = question.subject.partition(": ")
            chosen = categories.get(label, "")
            return chosen if chosen in {choice.value for choice in question.choices} else ""
        if question.code == "missing":
            return missing[question.subject]
        return told.get(question.subject, told.get(question.code, ""))

    return answering


def complaints(*reports: ImportReport) -> list[tuple]:
    return [(f.line, f.value, f.code) for report in reports for f in report.findings]


def people(desk: Desk, column: str) -> dict[str, int]:
    """People by a group, as the loaded recaps have them."""
    return dict(
        desk.ask(f"SELECT {column}, sum(numerator)::INTEGER FROM recap GROUP BY 1 ORDER BY 1")
    )


FEBRUARY = {"period_start": "2023-02-01", "period_end": "2023-02-28"}
PLACE = {"metric": "constant:headcount", "region_code": "18.71"}
BANDS = {"26 - 30": "<30", "36 - 40": "30-39", "46 - 50": "40-49", "58 - 60": "50-59"}
"""Bands of Bandar Lampung that reach into two of the contract's, as its office could tell."""

ASKED_OF = {
    "96-DINAS PERHUBUNGAN.xlsx": 4,
    "321-DINAS SOSIAL 2023.xlsx": 1,
    "514-DINAS PERINDUSTRIAN 2023.xlsx": 2,
    "630-BKD 2023.xlsx": 4,
    "788-DINAS PU 2023.xlsx": 3,
}


@pytest.mark.parametrize("name", ASKED_OF)
def test_every_table_of_a_citys_workbook_is_asked_about_and_can_be_left_out(
    desk: Desk, name: str
) -> None:
    refused = desk.refused(CITY / name)
    assert [[q.code for q in report.questions] for report in refused.reports] == (
        [["table"]] * ASKED_OF[name]
    )
    for number, sheet in enumerate(tables(CITY / name)):
        answer(desk, sheet, f"{number}", answers({"table": ""}, {}))
    reports = desk.load(CITY / name, dry_run=True)

    assert [report.rows_loaded for report in reports] == [0] * ASKED_OF[name]
    assert {report.notes[0] for report in reports} == {
        f"was left out, as profile {number} says" for number in range(ASKED_OF[name])
    }


def test_the_ages_of_bandar_lampung_are_asked_about_and_come_to_8808(desk: Desk) -> None:
    education, ages, by_age, by_grade = tables(CITY / "630-BKD 2023.xlsx")
    for sheet in (education, by_age, by_grade):
        answer(desk, sheet, sheet.place.replace(":", "-"), answers({"table": ""}, {}))
    sides = {"table": CROSSTAB, "UMUR": "age_band", "1": "sex"}
    asked = answer(desk, ages, "umur", answers(sides, BANDS, **PLACE, **FEBRUARY))
    (report,) = [r for r in desk.load(CITY / "630-BKD 2023.xlsx") if r.table == "recap"]

    assert asked == [
        ("table", "DATA UTK KOMINFO I8:L19"),
        *[("down", "UMUR"), ("across", "1")],
        *[("category", f"age_band: {label}") for label in BANDS],
        *[("missing", name) for name in ("metric", "period_start", "period_end", "region_code")],
    ]
    assert people(desk, "sex") == {"F": 6234, "M": 2574}
    assert people(desk, "age_band")["<30"] == 4 + 31 + 108 + 519
    assert report.rows_rejected == 0
    assert complaints(report) == [(17, "58 - 60", "label.overlap")]
    assert "Read as totals, not as data: rows 19." in report.notes


@pytest.mark.parametrize(
    ("name", "sides", "categories", "period", "expected"),
    [
        (
            "bandar-lampung/bkd2023_tidy.csv",
            {"tabel": "", "kategori1": "age_band", "kategori2": "sex"},
            BANDS,
            FEBRUARY,
            {"F": 6234, "M": 2574},
        ),
        (
            "bandar-lampung/pns_2018_2022_transkripsi.csv",
            {"tahun": "", "tabel": "", "kategori": "grade_group", "1": "sex"},
            {},
            {"period_start": "2022-06-01", "period_end": "2022-06-30"},
            {"F": 5515, "M": 2533},
        ),
    ],
)
def test_a_long_list_of_several_tables_is_read_by_the_one_that_is_told(
    desk: Desk,
    name: str,
    sides: dict[str, str],
    categories: dict[str, str],
    period: dict[str, str],
    expected: dict[str, int],
) -> None:
    (sheet,) = tables(DATA / name)
    told = {"table": CROSSTAB} | sides
    answer(desk, sheet, "daftar", answers(told, categories, **PLACE, **period))
    (report,) = [r for r in desk.load(DATA / name) if r.table == "recap"]

    assert report.rows_rejected == 0
    assert people(desk, "sex") == expected


MERANGIN_BANDS = {"26-30": "<30", "36- 40": "30-39", "45-50": "40-49", "55-60": "50-59"}


def test_merangin_has_4661_pns_and_two_labels_and_two_bands_in_doubt(desk: Desk) -> None:
    path = DATA / "merangin" / "merangin_asn.csv"
    (sheet,) = tables(path)
    told = {"table": CROSSTAB, "populasi": "", "tabel": "", "kategori": "age_band"}
    year = {"period_start": "2025-01-01", "period_end": "2025-12-31"}
    place = {"metric": "constant:headcount", "region_code": "15.02"}
    answer(desk, sheet, "merangin", answers(told, MERANGIN_BANDS, **place, **year))
    (report,) = [r for r in desk.load(path) if r.table == "recap"]

    ages = people(desk, "age_band")
    assert ages == {"30-39": 1073, "40-49": 1904, "50-59": 1503, "60+": 0, "<30": 181}
    assert sum(ages.values()) == 4661
    assert complaints(report) == [
        (12, "45-50", "label.overlap"),
        (14, "55-60", "label.overlap"),
        (35, "DII", "label.doubled"),
    ]


BENGKULU = {
    "Bengkulu Selatan": "17.01", "Rejang Lebong": "17.02", "Bengkulu Utara": "17.03",
    "Kaur": "17.04", "Seluma": "17.05", "Muko-muko": "17.06", "Lebong": "17.07",
    "Kepahiang": "17.08", "Kota Bengkulu": "17.71",
}  # fmt: skip


def test_the_typing_error_of_bengkulu_is_told_in_its_row_and_in_the_sum(desk: Desk) -> None:
    path = DATA / "bengkulu" / "penduduk_bengkulu_2008_as_published.csv"
    (sheet,) = tables(path)
    crosstab = Crosstab(
        {"Kabupaten/kota": "region_code"},
        ("sex",),
        {"region_code": BENGKULU, "sex": {"Persentase": ""}},
    )
    constants = {
        "metric": "headcount",
        "period_start": "2008-01-01",
        "period_end": "2008-12-31",
    }
    save_profile(
        desk.store, Profile("penduduk", "recap", sheet.headings, {}, constants, crosstab=crosstab)
    )
    (report,) = [r for r in desk.load(path) if r.table == "recap"]

    assert (report.rows_loaded, report.rows_rejected) == (18, 0)
    assert people(desk, "sex") == {"F": 806_709, "M": 835_212 - 58_930 + 5_893}
    assert [(f.line, f.column, f.value, f.code) for f in report.findings] == [
        (9, "Jumlah", "117916", "total.row"),
        (11, "Laki-laki", "835212", "total.parts"),
    ]
    assert dict(report.warned) == {"total.row": 1, "total.parts": 1}


def agencies(desk: Desk, sheet: Sheet, label: str) -> None:
    """Load the organisations that a table names, in one region: their names are all there is."""
    at = sheet.headings.index(label)
    names = dict.fromkeys(row[at] for row in rows(sheet) if row[at])
    file = desk.file(
        "agency.csv",
        *(
            right("agency", agency_id=f"15-{n}", name=name.strip(), kind="other", region_code="15")
            for n, name in enumerate(names)
        ),
    )
    desk.load(file)


CHANGE = {"metric": "favourable_share", "facet": "change_managed_well"}
ANSWERED = {"metric": "response_rate"}
BENCHMARKS = (
    "Civil Service",
    "Civil Service overall",
    "Civil Service benchmark",
    "Civil Service benchmark (median)",
    "Civil Service Benchmark (median)",
    "2010 benchmark (median)",
    "All civil servants (mean score)",
)


THEMES = {
    "mw": range(1, 6), "op": range(6, 9), "lm": range(9, 19), "mt": range(19, 22),
    "ld": range(22, 26), "if": range(26, 30), "rw": range(30, 37), "pb": range(37, 40),
}  # fmt: skip
"""The themes of the survey of 2016 and the numbers of their items."""


def survey(
    sheet: Sheet, year: int, label: str, measures: Mapping[str, Mapping[str, str]], **more
) -> Profile:
    """How a table of the survey is read: one measure or more of every organisation."""
    others = {h: "" for h in sheet.headings if h in ("Department_group", "Organisation_Code")}
    crosstab = Crosstab(
        {label: "agency_id"} | others,
        categories={"agency_id": dict.fromkeys(BENCHMARKS, "")},
        measures=measures,
        gives="mean",
        means=more.pop("means", {}),
    )
    constants = {"period_start": f"{year}-01-01", "period_end": f"{year}-12-31"}
    return Profile(
        f"csps {year}", "recap", sheet.headings, {}, constants, crosstab=crosstab, **more
    )


def test_the_two_swapped_departments_of_2016_are_told_and_all_rows_loaded(desk: Desk) -> None:
    path = SURVEY / "civil_service_peoples_survey_2016_all_org_scores.csv"
    (sheet,) = tables(path)
    agencies(desk, sheet, "Organisation")
    means = {f"{theme}_ts": tuple(f"B{n:02}" for n in items) for theme, items in THEMES.items()}
    measures = {"B41": CHANGE, "Response_rate": ANSWERED}
    values = Reading(missing=("", "."))
    profile = survey(sheet, 2016, "Organisation", measures, means=means, values=values)
    save_profile(desk.store, profile)
    (report,) = desk.load(path)

    assert (report.rows_loaded, report.rows_rejected) == (2 * 101, 0)
    assert {(f.value, f.code) for f in report.findings} == {
        ("Department for International Development", "total.mean"),
        ("Department for International Trade", "total.mean"),
    }
    assert all("of 8 themes" in finding.says for finding in report.findings)


def test_a_response_rate_over_100_is_refused_and_the_others_loaded(desk: Desk) -> None:
    path = SURVEY / "csps2020_org_scores.ODS-NAMED-AS.csv"
    found = tables(path)
    agencies(desk, found[1], "Organisation")
    save_profile(desk.store, survey(found[1], 2020, "Organisation", {"Response rate": ANSWERED}))
    for number, sheet in enumerate(found):
        if number != 1:
            save_profile(desk.store, Profile(f"not {number}", "", sheet.headings))
    report = desk.load(path, keep_good=True)[-1]

    assert (report.rows_loaded, report.rows_rejected) == (108, 1)
    (finding,) = report.findings
    assert (finding.column, finding.value, finding.code) == ("mean", "1.02", "metric.share")
    assert finding.sheet == "Table_1"


def test_response_rates_over_100_in_the_tidy_panel_are_refused_in_all_three_years(
    desk: Desk,
) -> None:
    path = DATA / "csps" / "csps_org_year_wide.csv"
    (sheet,) = tables(path)
    agencies(desk, sheet, "org_uid")
    asked = [q.subject for q in understood_as(sheet)]
    assert asked[0] == "year"
    crosstab = Crosstab(
        {"year": "period_start", "org_uid": "agency_id", "org": "", "dept_group": "", "level": ""},
        measures={"meta.response_rate": ANSWERED, "lmc.change_managed_well": CHANGE},
        gives="mean",
    )
    values = Reading(decimals="dot", percent=True, small_percent=True)
    profile = Profile("panel", "recap", sheet.headings, crosstab=crosstab, values=values)
    save_profile(desk.store, profile)
    report = desk.load(path, keep_good=True)[-1]

    refused = [f for f in report.findings if f.severity == "reject"]
    assert len(refused) == report.rows_rejected == 3
    assert {f.code for f in refused} == {"metric.share"}
    years = desk.ask("SELECT count(DISTINCT period_start), min(period_end)::VARCHAR FROM recap")
    assert years == [(16, "2009-12-31")]


def understood_as(sheet: Sheet) -> list[Question]:
    """What is asked of a table once it is told to be a wide one."""
    table = understand(sheet)
    assert isinstance(table, list)
    profile = answered(sheet, None, {table[0].key: CROSSTAB}, "x")
    found = understand(sheet, profile=profile)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("name", "table", "label", "heading", "values", "year", "expected"),
    [
        (
            "csps2009_allorganisations_20140213.csv",
            0,
            "Organisation",
            "B45. ",
            Reading(),
            2009,
            (94, 0.51),
        ),
        (
            "csps2010allorganisations_tcm6-38335.xls",
            2,
            "Organisation",
            "/ B45",
            Reading(percent=True),
            2010,
            (103, 0.67),
        ),
        (
            "Civil-Service-People-Survey-2019-All-Organisation-Scores-Excel.xlsx",
            2,
            "Organisation",
            "/ B45",
            Reading(),
            2019,
            (109, 0.56),
        ),
        (
            "Civil_Service_People_Survey_2024_Benchmark_Results.ods",
            4,
            "Organisation name",
            "B42 ",
            Reading(missing=("[c]", "[z]"), percent=True, decimals="dot"),
            2024,
            (105, 0.6429),
        ),
    ],
)
def test_a_wave_of_the_survey_is_one_row_an_organisation(
    desk: Desk,
    name: str,
    table: int,
    label: str,
    heading: str,
    values: Reading,
    year: int,
    expected: tuple[int, float],
) -> None:
    found = tables(SURVEY / name)
    agencies(desk, found[table], label)
    (item,) = [h for h in found[table].headings if heading in h]
    save_profile(desk.store, survey(found[table], year, label, {item: CHANGE}, values=values))
    for number, sheet in enumerate(found):
        if number != table:
            save_profile(desk.store, Profile(f"not {number}", "", sheet.headings))
    (report,) = [r for r in desk.load(SURVEY / name) if r.table == "recap"]

    count, of_attorney = expected
    assert (report.rows_loaded, report.rows_rejected) == (count, 0)
    shares = desk.ask("SELECT name, mean::DOUBLE FROM recap JOIN agency USING (agency_id)")
    assert dict(shares)["Attorney General's Office"] == of_attorney
