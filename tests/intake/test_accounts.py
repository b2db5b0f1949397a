"""An account of an import can be handed on: as JSON, or as a page in the reader's language."""

from __future__ import annotations

import json

from analytics.commands import as_json
from analytics.intake.accounts import page_of, rows_of
from analytics.text import text
from tests.intake.desk import Desk, right


def test_a_refusal_is_told_with_place_value_and_remedy(desk: Desk) -> None:
    wrong = right("agency", kind="klinik <b>")
    refused = desk.refused(desk.file("agency.csv", wrong)).reports

    told = next(row for row in json.loads(as_json(rows_of(refused))) if row["findings"])
    (finding,) = told["findings"]
    assert (told["rows_loaded"], told["rows_rejected"]) == (0, 1)
    assert (finding["line"], finding["column"], finding["value"]) == (2, "kind", "klinik <b>")
    page = page_of(refused, text("id"), loaded=False)
    assert '<html lang="id">' in page
    assert "Tidak ada yang dimuat." in page
    assert "klinik &lt;b&gt;" in page
    assert "<b>" not in page
    assert "http" not in page


def test_what_was_loaded_is_counted(desk: Desk) -> None:
    reports = desk.load(desk.file("agency.csv", right("agency")))
    told = rows_of(reports)

    assert [(row["table"], row["rows_loaded"]) for row in told if row["file"] == "agency.csv"] == [
        ("agency", 1)
    ]
    assert "Baris dimuat: 1." in page_of(reports, text("id"), loaded=True)
