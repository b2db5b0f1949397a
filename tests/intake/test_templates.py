"""Templates: they can be imported as they are, and the document is the one in docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.intake.templates import INSTRUMENTS, contract_document, items_of, write_templates
from analytics.schema import TABLES
from analytics.store.demo.readiness import ITEMS
from analytics.text.labels import FACETS
from tests.intake.desk import Desk

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-contract.md"


def test_every_template_fits_its_table(desk: Desk) -> None:
    written = [p for p in write_templates(desk.folder) if not p.stem.startswith("survey_item_")]
    reports = desk.load(*written[1:])

    told = [(report.table, report.file.rpartition(".")[2]) for report in reports]
    assert told == [(table.name, kind) for table in TABLES for kind in ("csv", "xlsx")]
    assert all(report.rows_loaded == 0 and not report.findings for report in reports)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_shipped_instruments_load_as_the_items_that_the_demo_asks(
    desk: Desk, kind: str
) -> None:
    written = write_templates(desk.folder)
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
