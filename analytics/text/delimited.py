"""Cells of CSV files: nothing that a spreadsheet would run, in the form that it opens in columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CsvForm:
    """What stands between the cells of a CSV file, and before the decimals of a number."""

    separator: str
    decimal: str


PLAIN = CsvForm(",", ".")
FORMS: Mapping[str, CsvForm] = {"semicolon": CsvForm(";", ","), "comma": PLAIN}
"""By the name that is remembered: Excel with Indonesian settings opens the first in columns."""
FORM_OF = {"id": "semicolon", "en": "comma"}
"""What a reader of a language is likely to need, until one is chosen."""

# As OWASP lists them, full-width forms too, and after blanks, which some programs pass over.
FORMULA = re.compile(r"\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n]")
NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?\s*%?\s*", re.ASCII)


def harmless(cell: object) -> object:
    """The cell; text that a spreadsheet would take for a formula with an apostrophe before it.

    Numbers stay numbers, written as text too. Ends of lines are those that the writer puts into
    quotes: after a bare carriage return a new row would begin.
    """
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell


def written(cell: object, form: CsvForm) -> object:
    """A cell of any kind as a CSV file of the form holds it."""
    if isinstance(cell, float):
        return repr(cell).replace(".", form.decimal)
    return harmless(cell)
