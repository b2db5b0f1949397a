"""What an import found and did, written down to be handed on: as JSON, or as a page to print."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from analytics.intake.findings import Finding, ImportReport
from analytics.text import Text
from analytics.text.phrase import Phrase

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #111; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccd; }
th { font-weight: 600; }
td.number { text-align: right; white-space: nowrap; }
caption { text-align: left; color: #444; padding: .2rem 0; }
"""


def rows_of(reports: Sequence[ImportReport]) -> list[dict[str, Any]]:
    """The reports as JSON has them: plain values, findings with file, sheet, line, column, value."""
    return [
        {
            "file": report.file,
            "sheet": report.sheet,
            "table": report.table,
            "batch_id": report.batch_id,
            "rows_loaded": report.rows_loaded,
            "rows_replaced": report.rows_replaced,
            "rows_same": report.rows_same,
            "rows_older": report.rows_older,
            "rows_rejected": report.rows_rejected,
            "findings": [asdict(finding) for finding in report.findings],
            "counts": [{"rule": rule, "rows": rows} for rule, rows in report.counts],
            "warned": [{"rule": rule, "rows": rows} for rule, rows in report.warned],
            "questions": [
                {
                    "code": question.code,
                    "subject": question.subject,
                    "says": str(question.says),
                    "remedy": str(question.remedy),
                    "choices": [choice.value for choice in question.choices],
                }
                for question in report.questions
            ],
            "notes": [str(note) for note in report.notes],
            "rejects": str(report.rejects) if report.rejects else None,
        }
        for report in reports
    ]


def page_of(reports: Sequence[ImportReport], text: Text, *, loaded: bool) -> str:
    """The reports as one HTML page without anything from elsewhere; `loaded` is whether they were."""
    title = text.say("What the import found")
    outcome = text.say("The files were loaded.") if loaded else text.say("Nothing was loaded.")
    body = "".join(part for report in reports for part in _section(report, text))
    return (
        f'<!doctype html><html lang="{text.language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(outcome)}</p>{body}</body></html>\n"
    )


def _section(report: ImportReport, text: Text) -> Iterator[str]:
    name = f"{report.file} › {report.sheet}" if report.sheet else report.file
    yield f"<h2>{html.escape(name)}</h2>"
    yield f"<p>{html.escape(' '.join(_counts(report, text)))}</p>"
    if report.notes:
        notes = "".join(f"<li>{html.escape(text.retell(note))}</li>" for note in report.notes)
        yield f"<ul>{notes}</ul>"
    if report.findings:
        yield _findings(report, text)


def _counts(report: ImportReport, text: Text) -> Iterator[str]:
    counts = (
        (report.rows_loaded, Phrase("Rows loaded: {rows}.", rows=text.number(report.rows_loaded))),
        (
            report.rows_replaced,
            Phrase("Rows replaced: {rows}.", rows=text.number(report.rows_replaced)),
        ),
        (
            report.rows_rejected,
            Phrase("Rows rejected: {rows}.", rows=text.number(report.rows_rejected)),
        ),
    )
    yield from (text.retell(said) for count, said in counts if count)


def _findings(report: ImportReport, text: Text) -> str:
    heads = (
        text.say("Row"),
        text.say("Column"),
        text.say("Value"),
        text.say("What is wrong"),
        text.say("What to do"),
    )
    head = "".join(f"<th>{html.escape(name)}</th>" for name in heads)
    rows = "".join(_finding(finding, text) for finding in report.findings)
    more = ""
    if report.unlisted:
        said = text.say("and {count} more of these kinds", count=text.number(report.unlisted))
        more = f"<caption>{html.escape(said)}</caption>"
    return f"<table>{more}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _finding(finding: Finding, text: Text) -> str:
    line = "" if finding.line is None else text.number(finding.line)
    cells = [finding.column or "", finding.value or ""]
    cells += [text.retell(finding.says), text.retell(finding.remedy)]
    written = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr><td class="number">{line}</td>{written}</tr>'
