"""A data owner at a desk: files whose rows are right unless a test says not, and a store."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from analytics.intake import ImportRefused, ImportReport, import_files
from analytics.store.records import Store

RIGHT: dict[str, dict[str, str]] = {
    "region": {"region_code": "99", "name": "Negeri", "kind": "provinsi", "province_code": "99"},
    "agency": {
        "agency_id": "15.71-DINKES",
        "name": "Dinas Kesehatan",
        "kind": "health",
        "region_code": "15.71",
    },
    "agency_alias": {"alias": "Dinkes", "agency_id": "15.71-DINKES"},
    "target": {
        "metric": "training_coverage",
        "region_code": "15",
        "year": "2025",
        "value": "0.8",
    },
    "employee": {
        "employee_id": "demo-1",
        "agency_id": "15.71-DINKES",
        "valid_from": "2024-01-01",
        "status": "PNS",
        "sex": "F",
        "birth_year": "1986",
        "position_type": "executor",
        "grade": "III/a",
        "education": "S1",
        "entry_date": "2010-03-01",
    },
    "appraisal": {
        "employee_id": "demo-1",
        "period_start": "2025-01-01",
        "period_end": "2025-03-31",
        "cycle": "quarterly",
        "rater": "supervisor",
        "work_result": "meets",
        "behaviour": "above",
    },
    "organisation_rating": {"agency_id": "15.71-DINKES", "year": "2025", "rating": "baik"},
    "training": {
        "employee_id": "demo-1",
        "course": "Pelayanan prima",
        "field": "public_service",
        "mode": "classical",
        "start_date": "2025-02-03",
        "end_date": "2025-02-05",
        "hours_jp": "24",
        "completed": "true",
    },
    "survey_item": {
        "instrument": "oric_id",
        "item": "c1",
        "facet": "change_commitment",
        "text": "Kami mau berubah.",
        "reverse": "false",
        "low": "1",
        "high": "5",
    },
    "survey_response": {
        "wave": "2025-Q4",
        "respondent": "r-0001",
        "agency_id": "15.71-DINKES",
        "instrument": "oric_id",
        "item": "c1",
        "value": "4",
    },
    "survey_invited": {"wave": "2025-Q4", "agency_id": "15.71-DINKES", "invited": "40"},
    "adoption": {
        "agency_id": "15.71-DINKES",
        "month": "2025-01-01",
        "expected_users": "50",
        "active_users": "40",
        "entries_due": "100",
        "entries_on_time": "80",
        "outage_days": "0",
    },
    "activity": {
        "agency_id": "15.71-DINKES",
        "date": "2025-02-03",
        "kind": "socialisation",
        "label": "Sosialisasi e-Kinerja",
        "invited": "40",
        "attended": "30",
    },
    "career_event": {"employee_id": "demo-1", "date": "2025-04-01", "kind": "promotion"},
    "service_outcome": {
        "agency_id": "15.71-DINKES",
        "month": "2025-01-01",
        "service": "KTP-el",
        "requests": "100",
        "on_time": "90",
        "accurate": "95",
    },
    "outcome_index": {"region_code": "15", "year": "2025", "index": "ipm", "value": "72.3"},
    "recap": {
        "metric": "training_coverage",
        "agency_id": "15.71-DINKES",
        "period_start": "2025-01-01",
        "period_end": "2025-12-31",
        "numerator": "30",
        "denominator": "50",
    },
}
"""For each table of the contract, a row that breaks no rule."""


def right(table: str, **changes: str) -> dict[str, str]:
    """A right row of a table, with changes; a change to the empty text leaves the value out."""
    return RIGHT[table] | changes


def write_csv(
    path: Path,
    rows: Sequence[Mapping[str, str]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Path:
    """A CSV file with every column that a row has."""
    headings = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, headings, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


@dataclass
class Desk:
    """A store, a folder for files, and the acts of a data owner."""

    store: Store
    folder: Path
    prepared: Store

    def file(self, name: str, *rows: Mapping[str, str], **options: str) -> Path:
        """Write a CSV file, named for its table."""
        return write_csv(self.folder / name, rows, **options)

    def load(self, *files: Path, **options) -> list[ImportReport]:
        return import_files(self.store, files, **options)

    def refused(self, *files: Path, **options) -> ImportRefused:
        """The refusal of files that must not be loaded."""
        with pytest.raises(ImportRefused) as refusal:
            import_files(self.store, files, **options)
        return refusal.value

    def says(self, *files: Path, **options) -> list[str]:
        """The messages of a refusal."""
        return [str(finding) for finding in self.refused(*files, **options).findings]

    def ask(self, sql: str) -> list[tuple]:
        """What the record store answers."""
        with duckdb.connect(str(self.store.records), read_only=True) as connection:
            return connection.cursor().execute(sql).fetchall()

    def count(self, table: str) -> int:
        return self.ask(f'SELECT count(*) FROM "{table}"')[0][0]

    def with_agency(self) -> Desk:
        """The same desk, its store holding the agency that right rows refer to."""
        self.store.path.mkdir()
        shutil.copy(self.prepared.records, self.store.records)
        return self
