"""What an import found: each finding says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from analytics.intake.suggestions import Question

Severity = Literal["reject", "warn"]
"""Whether a row with a finding is left out, or loaded all the same."""

PERSONAL_NUMBER = re.compile(r"\d[\d .]{13,}\d")
LONGEST_VALUE = 60


@dataclass(frozen=True)
class Finding:
    """Something in a file that a data owner can mend.

    `value` is None where there is none to show, or where it could identify a person. `sheet` is
    None for a file without sheets, `line` for what concerns the whole file; the heading is line 1.
    `code` names the kind of fault and never changes; it is empty for what is wrong with a file.
    """

    file: str
    sheet: str | None
    line: int | None
    column: str | None
    value: str | None
    says: str
    remedy: str
    code: str = ""
    severity: Severity = "reject"

    def __str__(self) -> str:
        where = [self.file]
        if self.sheet is not None:
            where.append(f'sheet "{self.sheet}"')
        if self.line is not None:
            where.append(f"{'row' if self.sheet is not None else 'line'} {self.line}")
        if self.column is not None:
            where.append(self.column)
        what = f'"{self.value}" {self.says}' if self.value is not None else self.says
        return f"{', '.join(where)}: {what}. {self.remedy}"


def shown(value: str | None) -> str | None:
    """The value as a message may show it: cut short, and None where it holds a personal number."""
    if value is None or PERSONAL_NUMBER.search(value):
        return None
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"


@dataclass(frozen=True)
class ImportReport:
    """What became of one table of one file.

    `findings` lists the first of each kind, `counts` how many rows each kind rejects, `warned` how
    many rows each kind of warning concerns, which are loaded all the same. `rejects` is the file
    that holds the rejected rows, where there are any and good rows were kept. `questions` are what
    must be answered before the file can be read; `findings` tell of them too.
    """

    file: str
    sheet: str | None
    table: str | None
    batch_id: int | None = None
    rows_loaded: int = 0
    rows_rejected: int = 0
    findings: tuple[Finding, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    warned: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    rejects: Path | None = None
    questions: tuple[Question, ...] = ()

    @property
    def refusing(self) -> bool:
        """Whether anything in it keeps rows, or the whole of it, from being loaded."""
        return any(finding.severity == "reject" for finding in self.findings)

    @property
    def unlisted(self) -> int:
        """How many findings are counted but not listed."""
        listed = sum(finding.severity == "reject" for finding in self.findings)
        return max(0, sum(rows for _, rows in self.counts) - listed)


class IntakeError(Exception):
    """Something about an import that the person who runs it can mend; its text says how."""


class ImportRefused(IntakeError):
    """Nothing was loaded, because something in the files is wrong. `reports` say what."""

    def __init__(self, reports: list[ImportReport]) -> None:
        self.reports = reports
        bad = sum(report.rows_rejected for report in reports)
        files = sum(1 for report in reports if report.refusing)
        what = f"{bad} rows are wrong" if bad else "something is wrong"
        super().__init__(
            f"Nothing was loaded: {what} in {files} of {len(reports)} tables."
            " Mend what is listed and import again, or keep the good rows with --keep-good."
        )

    @property
    def findings(self) -> list[Finding]:
        return [finding for report in self.reports for finding in report.findings]
