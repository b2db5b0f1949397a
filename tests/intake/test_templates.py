"""Templates: they can be imported as they are, and the document is the one in docs."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from analytics.intake.headings import column_of, fold, template_heading
from analytics.intake.sources import sheets_of
from analytics.intake.template_books import Row, example_row, template
from analytics.intake.templates import INSTRUMENTS, contract_document, items_of, write_templates
from analytics.schema import BY_NAME, TABLES, Kind, Table
from analytics.store.demo.readiness import ITEMS
from analytics.text import LANGUAGES, text
from analytics.text.labels import FACETS
from tests.intake.desk import Desk

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-contract.md"
INDONESIAN = text("id")


def test_every_template_fits_its_table(desk: Desk) -> None:
    written = write_templates(desk.folder, INDONESIAN)
    reports = desk.load(*(p for p in written[1:] if not p.stem.startswith("survey_item_")))

    told = [(report.table, report.file.rpartition(".")[2]) for report in reports]
    assert told == [(table.name, kind) for table in TABLES for kind in ("csv", "xlsx")]
    assert all(report.rows_loaded == 0 and not report.findings for report in reports)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_indonesian_heading_stands_for_its_column_alone(table: Table) -> None:
    headings = [template_heading(table, column.name) for column in table.columns]

    told = [column_of(f"{heading} *", table) for heading in headings]
    assert [found and found[1] for found in told] == [column.name for column in table.columns]
    assert len(set(map(fold, headings))) == len(headings)


def filled(desk: Desk, table: Table, row: Row, language: str) -> Path:
    path = desk.folder / f"Isian {table.name} {language}.xlsx"
    path.write_bytes(template(table, text(language), [row]))
    return path


ALL_BUT_REGION = [table.name for table in TABLES if table.name != "region"]
"""A region's example lies in a province that is a row of its own."""


@pytest.mark.parametrize(
    ("language", "names"),
    [("id", ALL_BUT_REGION), ("en", ["agency", "appraisal", "training"])],
    ids=LANGUAGES,
)
def test_a_template_filled_with_its_example_is_a_row_that_breaks_no_rule(
    desk: Desk, language: str, names: list[str]
) -> None:
    tables = [BY_NAME[name] for name in names]
    reports = desk.load(*(filled(desk, table, typed(table), language) for table in tables))

    loaded = {report.table: report.rows_loaded for report in reports}
    assert loaded == dict.fromkeys(names, 1) | {"region": 39}
    assert not [finding for report in reports for finding in report.findings]
    assert desk.ask("SELECT rater, cycle, work_result, behaviour, objection FROM appraisal") == [
        ("supervisor", "quarterly", "meets", "above", "none")
    ]
    assert desk.ask("SELECT completed, mode, field FROM training") == [
        (True, "classical", "public_service")
    ]


def typed(table: Table) -> Row:
    """The example as a person types it: numbers as numbers, the rest as it is written."""
    return [
        None
        if not said
        else Decimal(said)
        if column.kind in (Kind.INTEGER, Kind.DECIMAL)
        else date.fromisoformat(said)
        if column.kind is Kind.DATE
        else said == "true"
        if column.kind is Kind.BOOLEAN
        else said
        for column, said in zip(table.columns, example_row(table), strict=True)
    ]


def test_an_example_is_not_loaded_with_the_template(desk: Desk) -> None:
    path = filled(desk, BY_NAME["agency"], typed(BY_NAME["agency"]), "id")

    sheets = sheets_of(path, blank_lines=False)
    assert [sheet.name for sheet in sheets] == ["agency"]
    assert desk.load(path)[0].rows_loaded == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_offers_what_a_column_may_hold_and_says_what_it_means(language: str) -> None:
    words, table = text(language), BY_NAME["appraisal"]
    with zipfile.ZipFile(io.BytesIO(template(table, words))) as package:
        rows = package.read("xl/worksheets/sheet1.xml").decode()
    book = CalamineWorkbook.from_filelike(io.BytesIO(template(table, words)))

    assert book.sheet_names == ["appraisal", words.say("Notes"), words.say("Choices")]
    assert rows.count('type="list"') == 7
    assert rows.count("prompt=") == len(table.columns)
    cycles = [row[0] for row in book.get_sheet_by_name(words.say("Choices")).to_python()[1:4]]
    assert (
        cycles
        == {
            "id": ["bulanan", "triwulanan", "tahunan"],
            "en": ["monthly", "quarterly", "annual"],
        }[language]
    )
    notes = book.get_sheet_by_name(words.say("Notes")).to_python()
    of_cycle = next(row for row in notes if row[1] == "cycle")
    assert (
        of_cycle
        == {
            "id": [
                "Jenis Periode",
                "cycle",
                "tidak",
                "bulanan · triwulanan · tahunan",
                "Evaluasi yang mana.",
                "triwulanan",
            ],
            "en": [
                "cycle",
                "cycle",
                "no",
                "monthly · quarterly · annual",
                "Which evaluation.",
                "quarterly",
            ],
        }[language]
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_shipped_instruments_load_as_the_items_that_the_demo_asks(
    desk: Desk, kind: str
) -> None:
    written = write_templates(desk.folder, INDONESIAN)
    files = [p for p in written if p.stem.startswith("survey_item_") and p.suffix == f".{kind}"]
    desk.load(*files)

    assert [p.stem for p in files] == [f"survey_item_{name}" for name in INSTRUMENTS]
    loaded = desk.ask(
        'SELECT instrument, item, facet, "text", reverse, low, high FROM survey_item'
        " ORDER BY instrument, item"
    )
    assert loaded == sorted((*item, 1, 5) for item in ITEMS)


def test_each_facet_of_the_shipped_instruments_has_a_label_and_items_in_both_directions() -> None:
    for instrument in INSTRUMENTS:
        rows = items_of(instrument)
        assert {facet for _, _, facet, *_ in rows} <= set(FACETS)
        assert {reverse for *_, reverse, _, _ in rows} == {True, False}
        assert len({text for _, _, _, text, *_ in rows}) == len(rows)


def test_the_document_in_docs_is_the_one_the_schema_makes() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == contract_document(), (
        "write it again with python -m analytics templates DIR, and copy it to docs"
    )


def test_the_document_names_every_column_of_every_table() -> None:
    sections = dict(part.split("\n", 1) for part in contract_document().split("\n## ")[1:])

    assert list(sections) == [table.name for table in TABLES]
    for table in TABLES:
        for column in table.columns:
            assert f"| `{column.name}`" in sections[table.name]
