"""Clean exports of a small demo store: of every table some rows, as text and as the store has them."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from analytics.intake import import_files
from analytics.intake.pseudonyms import key_file
from analytics.schema import BY_NAME, TABLES, Kind, Table
from analytics.store.demo import EXTRACTED_ON, make
from analytics.store.records import Store
from tests.intake.test_round_trip import export, hashed, rows_of, written

ROWS = 18
"""Rows of an export: enough for what is told from a column, few enough to try thousands of files."""

FREE_TEXTS = ("course", "provider", "label", "service", "text")
"""Columns of words, which are given the marks and letters that encodings and delimiters stumble over."""


@dataclass(frozen=True)
class Export:
    """Rows of a table: `texts` as a clean file has them, `values` as they are in the store, but for
    employees, who stand with their numbers.
    """

    table: Table
    texts: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Any, ...], ...]
    aliases: Mapping[str, str]
    """For agencies a name that no other has."""

    def loaded(self, numbers: Iterable[int]) -> list[tuple]:
        """The rows of those numbers as they must be in a store, sorted."""
        return hashed(self.table, [self.values[number] for number in numbers])


@dataclass(frozen=True)
class Clean:
    """Exports by table, and stores that already hold what their rows refer to.

    `key` is the file of the key by which their employees' numbers were hashed.
    """

    exports: Mapping[str, Export]
    key: Path
    nothing: Store
    agencies: Store
    whole: Store

    def before(self, table: str) -> Store:
        """The store that a table is to be loaded into; it holds no row of that table."""
        if table in ("region", "agency"):
            return self.nothing
        return self.agencies if table in ("agency_alias", "survey_item") else self.whole


def make_clean(folder: Path) -> Clean:
    """Exports and stores, made in a folder in about a second. The key file must be set before."""
    demo = Store(folder / "demo")
    make(demo, people=60, months=14)
    rows = {table.name: rows_of(demo, table) for table in TABLES} | {"recap": recaps()}
    numbers = employee_numbers(BY_NAME["employee"], rows["employee"])
    aliases = {agency: alias for alias, agency, *_ in rows["agency_alias"]}
    exports = {
        table.name: _export(table, _chosen(table, rows[table.name]), numbers, aliases)
        for table in TABLES
    }
    stores = [Store(folder / name) for name in ("nothing", "agencies", "whole")]
    names: list[str] = []
    for store, name in zip(stores[1:], ("agency", "agency_alias,survey_item"), strict=True):
        names += name.split(",")
        files = [export(folder / f"{of}.csv", BY_NAME[of], rows[of]) for of in names]
        if "agency_alias" in names:
            files.append(_renamed(folder / "agency_alias_renamed.csv"))
        import_files(store, files, extracted_on=EXTRACTED_ON)
    return Clean(exports, key_file(), *stores)


OLD_NAMES = {
    "BPPRD lama": (("15-DISDIK", None, "2025-05-31"), ("15-RSUD", "2025-06-01", None)),
    "Kantor Diklat lama": (("15-DISKAN", None, "2025-05-31"),),
}
"""Names that held until a day, and the agencies that had them until and from then on."""


def _renamed(path: Path) -> Path:
    lines = [
        f"{name},{agency},{first or ''},{last or ''}"
        for name, held in OLD_NAMES.items()
        for agency, first, last in held
    ]
    path.write_text("\n".join(("alias,agency_id,valid_from,valid_to", *lines)), encoding="utf-8")
    return path


def employee_numbers(table: Table, rows: Iterable[tuple]) -> dict[Any, str]:
    """For each employee of the demo a number of 18 digits that tells what a NIP tells."""
    found: dict[Any, str] = {}
    for row in rows:
        told = dict(zip((c.name for c in table.columns), row, strict=True))
        if told["employee_id"] not in found:
            nth = len(found) + 1
            sex = "1" if told["sex"] == "M" else "2"
            born = f"{told['birth_year']}{nth % 12 + 1:02}{nth % 28 + 1:02}"
            serial = nth * 7 % 999 + 1
            found[told["employee_id"]] = f"{born}{told['entry_date']:%Y%m}{sex}{serial:03}"
    return found


def _chosen(table: Table, rows: list[tuple]) -> list[tuple]:
    """Rows of all kinds that a table has, in the order of the store."""
    names = [column.name for column in table.columns]
    kinds: dict[tuple, list[int]] = defaultdict(list)
    order = list(range(len(rows)))
    random.Random(table.name).shuffle(order)
    for number in order:
        told = dict(zip(names, rows[number], strict=True))
        kinds[KIND.get(table.name, _no_kind)(told)].append(number)
    taken: list[int] = []
    while len(taken) < min(ROWS, len(rows)):
        for numbers in kinds.values():
            if numbers and len(taken) < ROWS:
                taken.append(numbers.pop())
    if table.name == "agency":
        taken = _with_successors(rows, taken)
    return [rows[number] for number in sorted(taken)]


def _with_successors(rows: list[tuple], taken: list[int]) -> list[int]:
    """Agencies that took over from one that is taken are taken as well."""
    after = {rows[number][-1] for number in taken} - {None}
    return [*{*taken, *(n for n, row in enumerate(rows) if row[0] in after)}]


def _no_kind(told: Mapping[str, Any]) -> tuple:
    return ()


KIND: Mapping[str, Callable[[Mapping[str, Any]], tuple]] = {
    "appraisal": lambda told: (told["cycle"], told["scale"], told["predicate"] == "baik"),
    "employee": lambda told: (told["status"], told["valid_to"] is None),
    "training": lambda told: (told["mode"], told["completed"]),
    "activity": lambda told: (told["agency_id"] is None, told["kind"]),
    "agency": lambda told: (told["valid_from"] is not None, told["valid_to"] is not None),
    "agency_alias": lambda told: (told["valid_to"] is not None,),
    "target": lambda told: (told["metric"],),
    "survey_response": lambda told: (told["wave"], told["instrument"]),
}
"""What makes two rows of a table differ in kind, so that both are in its export."""


def _export(
    table: Table, rows: Sequence[tuple], numbers: Mapping[Any, str], aliases: Mapping[str, str]
) -> Export:
    values = []
    for nth, row in enumerate(rows):
        told = dict(zip((column.name for column in table.columns), row, strict=True))
        for column in table.columns:
            if column.kind is Kind.PERSON:
                told[column.name] = numbers[told[column.name]]
            free = column.kind is Kind.TEXT and column.name in FREE_TEXTS
            if free and told[column.name] is not None:
                told[column.name] = _worded(told[column.name], nth)
        values.append(tuple(told.values()))
    texts = tuple(tuple(map(written, row)) for row in values)
    return Export(table, texts, tuple(values), aliases)


def _worded(words: str, nth: int) -> str:
    if nth % 3 == 0:
        return f'{words}, tahap 1; "lanjutan"'
    return f"{words} \u2013 caf\u00e9" if nth % 3 == 1 else words


def recaps() -> list[tuple]:
    """Recaps of shares with and without their counts, of means and of numbers of people."""
    table, rows = BY_NAME["recap"], []

    def add(**told: Any) -> None:
        rows.append(tuple(told.get(column.name) for column in table.columns))

    year = {"period_start": dt.date(2025, 1, 1), "period_end": dt.date(2025, 12, 31)}
    march = {"period_start": dt.date(2025, 3, 1), "period_end": dt.date(2025, 3, 31)}
    for nth, place in enumerate(("15.01", "15.02", "17.03", "18.10", "18.71")):
        people = Decimal(1234 + 1111 * nth)
        parts = {"numerator": people - 321, "denominator": people}
        add(metric="training_coverage", region_code=place, **year, **parts)
        share = {"mean": Decimal(f"0.8{nth}25"), "n": 1500 + nth}
        add(metric="training_coverage", region_code=place, **march, **share)
        mean = {"mean": Decimal(f"2{nth}.37"), "n": 2034 + nth, "sd": Decimal("4.5")}
        add(metric="mean_training_hours", region_code=place, **year, sex="F", **mean)
        count = {"numerator": people, "denominator": people}
        add(metric="headcount", region_code=place, **march, age_band="30-39", **count)
    return rows
