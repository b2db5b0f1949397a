"""Which table a file is, and which of its columns is which."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analytics.intake.derived import Derived
from analytics.intake.findings import Finding
from analytics.intake.values import CANONICAL, Reading
from analytics.schema import TABLES, Table
from analytics.text.phrase import Phrase

DROPPED = frozenset(
    (
        "name",
        "full_name",
        "nama",
        "nama_lengkap",
        "nama_pegawai",
        "nama_asn",
        "gelar",
        "gelar_depan",
        "gelar_belakang",
        "nik",
        "nomor_nik",
        "no_nik",
        "is_valid_nik",
        "ktp",
        "no_ktp",
        "nomor_ktp",
        "kk",
        "no_kk",
        "npwp",
        "npwp_nomor",
        "no_npwp",
        "nomor_npwp",
        "bpjs",
        "bpjs_nomor",
        "no_bpjs",
        "address",
        "alamat",
        "alamat_rumah",
        "phone",
        "phone_number",
        "telephone",
        "telepon",
        "no_telepon",
        "nomor_telepon",
        "hp",
        "no_hp",
        "nomor_hp",
        "mobile",
        "whatsapp",
        "no_wa",
        "email",
        "e-mail",
        "e_mail",
        "email_gov",
        "email_pribadi",
        "religion",
        "agama",
        "agama_id",
        "agama_nama",
        "marital_status",
        "marital",
        "jenis_kawin",
        "jenis_kawin_id",
        "jenis_kawin_nama",
        "status_kawin",
        "status_perkawinan",
        "birth_date",
        "date_of_birth",
        "tanggal_lahir",
        "birth_place",
        "place_of_birth",
        "tempat_lahir",
        "tempat_lahir_id",
        "tempat_lahir_nama",
        "kartu_asn_virtual",
        "nip_lama",
        "photo",
        "foto",
    )
)
"""Headings of personal columns that are never read, whatever file they come in."""

OWN_COLUMNS = frozenset({"line", "what_is_wrong", "batch_id"})
"""Columns that a rejects file carries, so that a mended one can be imported as it is."""


@dataclass(frozen=True)
class Match:
    """A table and, for each of its columns that the file has, the position of the column.

    `constants` are texts that hold for all rows, by column; `derived` are columns that are worked
    out from others. `values` says how the file writes its values.
    """

    table: Table
    positions: dict[str, int]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    values: Reading = CANONICAL


def canonical(heading: str) -> str:
    """A heading as the contract would write it: lower case, underscores for spaces."""
    return "_".join(heading.strip().lower().split())


def table_of_name(name: str) -> Table | None:
    """The table that a file or sheet is named for: `appraisal_2025` is appraisal."""
    stem = canonical(name)
    named = [
        table
        for table in TABLES
        if stem == table.name or stem.startswith(tuple(f"{table.name}{mark}" for mark in "_-. ("))
    ]
    return max(named, key=lambda table: len(table.name), default=None)


def table_of_headings(headings: tuple[str, ...]) -> Table | None:
    """The one table whose columns fit the headings best; None where none does, or two do alike."""
    present = {canonical(heading) for heading in headings}
    fits = sorted(
        (
            (len(present & {c.name for c in table.columns}), table.name, table)
            for table in TABLES
            if present >= set(table.required)
        ),
        reverse=True,
    )
    if not fits or (len(fits) > 1 and fits[0][0] == fits[1][0]):
        return None
    return fits[0][2]


def recognise(file: Path, sheet: str | None, headings: tuple[str, ...]) -> Table | Finding:
    """The table of a sheet, by the sheet's name, the file's name or the headings, in that order."""
    found = (table_of_name(sheet) if sheet else None) or table_of_name(file.stem)
    found = found or table_of_headings(headings)
    if found is not None:
        return found
    return Finding(
        file.name,
        sheet,
        None,
        None,
        None,
        Phrase("cannot be told which table it is"),
        Phrase(
            "Name it with --table, one of: {tables}.",
            tables=", ".join(table.name for table in TABLES),
        ),
    )


def match(file: Path, sheet: str | None, headings: tuple[str, ...], table: Table) -> Match:
    """Headings matched with the table's columns, with all that is wrong about them."""
    names = [canonical(heading) for heading in headings]
    known = {column.name for column in table.columns}
    findings: list[Finding] = []
    notes: list[str] = []

    def wrong(column: str, says: str, remedy: str) -> None:
        findings.append(Finding(file.name, sheet, None, column, None, says, remedy))

    for position, (name, heading) in enumerate(zip(names, headings, strict=True)):
        if name in names[:position]:
            says = Phrase("is the heading of two columns")
            wrong(heading, says, Phrase("Keep one of them."))
        elif name in known or name in OWN_COLUMNS or not name:
            continue
        elif name in DROPPED:
            notes.append(Phrase('column "{heading}" is personal and was not read', heading=heading))
        else:
            says = Phrase("is not a column of {table}", table=table.name)
            wrong(heading, says, _instead(name, known - set(names)))
    for name in table.required:
        if name not in names:
            means = Phrase(table.column(name).means)
            wrong(name, Phrase("is missing"), Phrase("Add the column: {means}", means=means))
    positions = {name: names.index(name) for name in known if name in names}
    return Match(table, positions, tuple(findings), tuple(notes))


def _instead(name: str, free: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(free), n=1, cutoff=0.5)
    if near:
        return Phrase('Write "{column}", or delete the column.', column=near[0])
    return Phrase("Delete the column.")
