"""A maker of dirty files: clean exports of a demo store with the defects that offices' files have.

    python -m tests.intake.dirty [--alone] [--pairs] [--only WORD]

tries every defect alone on every table, or every pair of defects that go together, and says how
many files were recovered, rejected in part, asked about or refused, and which went wrong.
"""

from __future__ import annotations

from tests.intake.dirty import headings, layouts, rows, values
from tests.intake.dirty.form import DEFECTS

__all__ = ["DEFECTS", "headings", "layouts", "rows", "values"]
