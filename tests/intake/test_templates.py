"""Templates: they can be imported as they are, and the document is the one in docs."""

from __future__ import annotations

from pathlib import Path

from analytics.intake.templates import contract_document, write_templates
from analytics.schema import TABLES
from tests.intake.desk import Desk

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-contract.md"


def test_every_template_fits_its_table(desk: Desk) -> None:
    written = write_templates(desk.folder)
    reports = desk.load(*written[1:])

    told = [(report.table, report.file.rpartition(".")[2]) for report in reports]
    assert told == [(table.name, kind) for table in TABLES for kind in ("csv", "xlsx")]
    assert all(report.rows_loaded == 0 and not report.findings for report in reports)


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
