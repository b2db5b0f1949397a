"""The data contract as a document, and files to fill in, both made from the schema."""

from __future__ import annotations

import csv
from pathlib import Path

from analytics.intake.template_books import holds, template
from analytics.intake.values import FALSE_WORDS, TRUE_WORDS
from analytics.schema import BY_NAME, TABLES, Column, Table, table
from analytics.store.demo.readiness import ITEMS
from analytics.text import Text

INTRODUCTION = """\
# Data contract

What the store takes in. `python -m analytics templates DIR` writes this document from
`analytics/schema.py`, with an empty CSV and XLSX file of every table and two survey instruments as
filled `survey_item` files: `kesiapan_organisasi` (readiness of an organisation, after ORIC) and
`keyakinan_perubahan` (beliefs about a change, after OCRBS), both worded anew; a test holds it to the
code. Workbooks are in Bahasa Indonesia (or `--lang en`): headings, drop-downs of what a column may
hold, and a sheet of notes with an example, which is never loaded. The data page gives them, too.
Every table can be loaded from delimited text (UTF-8, UTF-16 or Windows-1252), XLSX, XLSM, XLSB, XLS,
ODS, Parquet or a ZIP archive of these. A file is matched with its table by its name
(`appraisal_2025.csv`), by the name of the sheet, by its headings, by `--table`, or by a profile.

- Dates are written 2025-01-31, decimals with a dot, truth as {true} or {false}. Other ways are read
  as well: 31/01/2025, 31 Januari 2025, 0,83, 83%, 1.234.567, and the spellings of `data/values.toml`.
  What could mean two things (1.234, 31/01/25, a code without its owner) is refused with both.
- Codes are text: `15.10` is not a number. A region code is the dotted one of Kemendagri; four digits
  without a dot are refused with the question whose they are, as Kemendagri's 18.01 is not BPS's 1801.
- A heading may also be one that `data/synonyms.toml` lists for a column, such as `NIP BARU`, whatever
  its case, spaces and punctuation; others are asked about. Of several for one column the first in
  the list is read, and the others are noted.
- Employee numbers become keyed hashes on the way in. Names, NIK, NPWP, BPJS, addresses, phone
  numbers, e-mail, religion and marital status are never read, even where a file has them; of a day
  of birth the year alone is, where a profile says so.
- A NIP that Excel has cut (exponent form, or ending in 000) is refused with its row, and so is any
  employee number that a Parquet file keeps as a number.
- An agency is named by its id, by its name where only one has it, or by a name in `agency_alias`
  that holds on the day of the row; case and spaces do not matter.
- A recap is of a share, a rate, a mean or a number of people, which stands in both `numerator` and
  `denominator`; medians, effective numbers and indices are refused.
- Columns marked ? may be left out or empty.
"""


def contract_document() -> str:
    """The contract in Markdown: every table, its columns, key and rules."""
    true = ", ".join(TRUE_WORDS)
    false = ", ".join(FALSE_WORDS)
    introduction = INTRODUCTION.format(true=true, false=false)
    return introduction + "".join(_section(table) for table in TABLES)


def _section(table: Table) -> str:
    lines = [
        f"\n## {table.name}\n",
        f"One row is {table.one_row_is}. No two rows share {_listed(table.key)}.\n",
        "| column | holds | means | example |",
        "|---|---|---|---|",
    ]
    for column in table.columns:
        mark = "?" if column.optional else ""
        example = f"`{column.example}`" if column.example else ""
        lines.append(f"| `{column.name}`{mark} | {_holds(column)} | {column.means} | {example} |")
    if table.rules:
        lines.append("\nA row is refused, with what to do, where:\n")
        lines += [f"- {rule.says}. {rule.remedy}" for rule in table.rules]
    return "\n".join(lines) + "\n"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _holds(column: Column) -> str:
    """What a column may hold, in words."""
    return " · ".join(f"`{value}`" for value in column.values) or str(holds(column))


INSTRUMENTS = tuple(dict.fromkeys(instrument for instrument, *_ in ITEMS))
"""Survey instruments that are shipped, in wording of our own: what the demo asks, too."""

LOWEST, HIGHEST = 1, 5
"""The ends of the scale on which both instruments are answered, as in the demo."""


def items_of(instrument: str) -> list[tuple[str | bool | int, ...]]:
    """The items of a shipped instrument as rows of `survey_item`, in the order of its columns."""
    return [(*item, LOWEST, HIGHEST) for item in ITEMS if item[0] == instrument]


def template_named(name: str, words: Text) -> bytes:
    """The XLSX template of a table, or of a shipped instrument with its items filled in.

    Raises KeyError for a name that is not in NAMES.
    """
    if name in BY_NAME:
        return template(table(name), words)
    return template(table("survey_item"), words, items_of(INSTRUMENT_OF[name]))


INSTRUMENT_OF = {f"survey_item_{instrument}": instrument for instrument in INSTRUMENTS}
NAMES = (*BY_NAME, *INSTRUMENT_OF)
"""Templates that there are, as their files are called."""


def write_templates(folder: Path, words: Text) -> list[Path]:
    """Write the contract's document, an empty CSV and XLSX file of every table, and the same of
    each shipped instrument with its items filled in; returns their paths.

    Workbooks are in the language of the words; CSV files have the contract's own headings.
    """
    templates = folder / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    document = folder / "data-contract.md"
    document.write_text(contract_document(), encoding="utf-8")
    written = [document]
    for name in NAMES:
        text, book = templates / f"{name}.csv", templates / f"{name}.xlsx"
        _write_csv(text, name)
        book.write_bytes(template_named(name, words))
        written += [text, book]
    return written


def _write_csv(path: Path, name: str) -> None:
    of = BY_NAME.get(name) or table("survey_item")
    rows = items_of(INSTRUMENT_OF[name]) if name in INSTRUMENT_OF else []
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in of.columns)
        writer.writerows([_written(cell) for cell in row] for row in rows)


def _written(cell: str | bool | int) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
