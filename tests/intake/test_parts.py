"""Totals against their parts, themes against their items, and labels against each other."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics.intake.findings import Finding
from analytics.intake.parts import (
    Published,
    check_labels,
    check_means,
    check_row_totals,
    check_totals,
)
from analytics.intake.values import Reading

PUBLISHED = Published(
    Path("jumlah.xlsx"), "Umur", {"c0": "UMUR", "c1": "PRIA", "c2": "WANITA", "c3": "JUMLAH"}
)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

Row = tuple[int | str | float | None, ...]


def relation(cursor: duckdb.DuckDBPyConnection, name: str, columns: str, *rows: Row) -> str:
    """A table with the given columns: `line` an integer, the others text."""
    names = columns.split()
    cells = {
        column: pa.array([row[at] for row in rows], pa.int64() if column == "line" else pa.string())
        for at, column in enumerate(names)
    }
    cursor.register(name, pa.table(cells))
    return name


@pytest.fixture
def cursor():
    with duckdb.connect() as connection:
        yield connection.cursor()


TABLE = "line c0 c1 c2 c3"


def of_totals(cursor: duckdb.DuckDBPyConnection, parts: Sequence[Row], *totals: Row) -> list[str]:
    found = check_totals(
        cursor,
        PUBLISHED,
        relation(cursor, "parts", TABLE, *parts),
        relation(cursor, "totals", TABLE, *totals),
        ("c1", "c2"),
        Reading(decimals="dot"),
    )
    return [str(finding) for finding in found]


AGES = [
    (7, "20 - 25", "4", "31", None),
    (8, "26 - 30", "-", "1,270", None),
    (9, "31 - 35", "", "12", None),
]


def test_a_total_that_its_parts_come_to_is_ordinary(cursor: duckdb.DuckDBPyConnection) -> None:
    assert of_totals(cursor, AGES, (10, "JUMLAH", "4", "1,313", None)) == []


def test_a_total_that_is_not_filled_is_ordinary(cursor: duckdb.DuckDBPyConnection) -> None:
    assert of_totals(cursor, AGES, (10, "JUMLAH", "4", None, None)) == []


def test_a_wrong_total_is_named_with_what_its_parts_come_to(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    assert of_totals(cursor, AGES, (10, "JUMLAH", "5", "1,313", None)) == [
        'jumlah.xlsx, sheet "Umur", row 10, PRIA: "5" is a total whose parts come to 4. Correct the'
        " total or the part that is wrong, then import again."
    ]


def test_totals_of_groups_and_of_all_are_both_totals(cursor: duckdb.DuckDBPyConnection) -> None:
    parts = [(2, "I/a", "1", "2", None), (3, "I/b", "3", "4", None), (5, "II/a", "5", "6", None)]
    right = [
        (4, "Gol. I", "4", "6", None),
        (6, "Gol. II", "5", "6", None),
        (7, "JUMLAH", "9", "12", None),
    ]
    wrong = [*right[:2], (7, "JUMLAH", "10", "12", None)]

    assert of_totals(cursor, parts, *right) == []
    assert len(of_totals(cursor, parts, *wrong)) == 1


def test_the_sum_of_a_part_that_cannot_be_read_is_not_known(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    parts = [*AGES, (10, "36 - 40", "lima", "0", None)]

    assert of_totals(cursor, parts, (11, "JUMLAH", "9", "1,313", None)) == []


def test_a_row_whose_parts_do_not_come_to_its_total_is_named(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    rows = relation(
        cursor, "whole", TABLE, (2, "a", "70", "69", "139"), (3, "b", "5", "58", "117"),
        (4, "c", "1", "2", None),
    )  # fmt: skip
    found = list(check_row_totals(cursor, PUBLISHED, rows, ("c1", "c2"), "c3", Reading()))

    assert [(f.line, f.column, f.value, str(f.says), f.severity) for f in found] == [
        (3, "JUMLAH", "117", "is a total whose parts come to 63", "warn")
    ]


def test_the_typing_error_of_bengkulu_is_found_in_its_row_and_in_the_sum(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    file = SHARED / "bengkulu" / "penduduk_bengkulu_2008_as_published.csv"
    if not file.exists():
        pytest.skip("needs ../shared/data/bengkulu")
    with file.open(encoding="utf-8-sig", newline="") as read:
        rows = [(line, *row[1:5]) for line, row in enumerate(csv.reader(read, delimiter=";"), 1)][
            1:
        ]
    published = Published(file, None, {"c1": "Laki-laki", "c2": "Perempuan", "c3": "Jumlah"})
    parts = relation(cursor, "parts", TABLE, *rows[:-1])
    totals = relation(cursor, "totals", TABLE, rows[-1])
    reading = Reading(decimals="dot")
    in_rows = list(check_row_totals(cursor, published, parts, ("c1", "c2"), "c3", reading))
    in_sums = list(check_totals(cursor, published, parts, totals, ("c1", "c2", "c3"), reading))

    # Kepahiang has 5,893 men where 58,930 are meant; the women and the totals are right.
    assert [(f.line, f.value, str(f.says)) for f in in_rows] == [
        (9, "117916", "is a total whose parts come to 64879")
    ]
    assert [(f.column, f.value, str(f.says)) for f in in_sums] == [
        ("Laki-laki", "835212", "is a total whose parts come to 782175")
    ]


def means(
    cursor: duckdb.DuckDBPyConnection, *rows: tuple[str, str, float, Sequence[float]]
) -> list:
    """Findings for units, themes, a theme's value and those of its items."""
    themes = pa.table(
        {
            "line": list(range(2, len(rows) + 2)),
            "unit": [unit for unit, *_ in rows],
            "theme": [theme for _, theme, *_ in rows],
            "value": [value for *_, value, _ in rows],
        }
    )
    flat = [(unit, theme, item) for unit, theme, _, items in rows for item in items]
    items = pa.table(
        {name: [row[at] for row in flat] for at, name in enumerate(("unit", "theme", "value"))}
    )
    cursor.register("themes", themes)
    cursor.register("items", items)
    return list(check_means(cursor, PUBLISHED, "themes", "items", Decimal("1.3")))


def test_a_theme_is_the_mean_of_its_items_within_rounding(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    found = means(
        cursor,
        ("A", "pay", 37.0, (38.0, 37.0, 36.0)),
        ("A", "team", 81.0, (80.0, 81.0)),
        ("B", "pay", 21.0, (37.0, 38.0, 36.0)),
        ("B", "team", 80.0, (81.0, 80.0)),
    )

    assert [(f.line, f.value, str(f.says)) for f in found] == [
        (4, "B", "has 1 of 2 themes that are not the mean of their items, by up to 16")
    ]


THEMES = {
    "mw": range(1, 6), "op": range(6, 9), "lm": range(9, 19), "mt": range(19, 22),
    "ld": range(22, 26), "if": range(26, 30), "rw": range(30, 37), "pb": range(37, 40),
}  # fmt: skip
"""The themes of the survey of 2016 and the numbers of their items."""


def test_the_two_swapped_departments_of_2016_are_found_and_no_other(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    file = SHARED / "csps" / "raw" / "civil_service_peoples_survey_2016_all_org_scores.csv"
    if not file.exists():
        pytest.skip("needs ../shared/data/csps")
    with file.open(encoding="cp1252", newline="") as read:
        rows = list(csv.DictReader(read))

    def per_cent(row: dict[str, str], column: str) -> float:
        return float(row[column].rstrip("%"))

    found = means(
        cursor,
        *(
            (
                row["Organisation"],
                theme,
                per_cent(row, f"{theme}_ts"),
                [per_cent(row, f"B{item:02}") for item in items],
            )
            for row in rows
            for theme, items in THEMES.items()
        ),
    )

    assert {finding.value for finding in found} == {
        "Department for International Development", "Department for International Trade",
    }  # fmt: skip
    assert all("of 8 themes" in finding.says for finding in found)


def test_a_band_that_overlaps_another_and_a_doubled_label_are_found(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    labels = ("20 - 25", "26 - 30", "56 - 58", "58 - 60", "62", "D II", "DII", "SLTA")
    rows = relation(cursor, "labels", "line label", *enumerate(labels, start=8))
    found = list(check_labels(cursor, PUBLISHED, rows, "c0"))

    assert [(f.line, f.column, f.value, f.code, f.severity) for f in found] == [
        (14, "UMUR", "DII", "label.doubled", "warn"),
        (11, "UMUR", "58 - 60", "label.overlap", "warn"),
        (12, "UMUR", "62", "label.alone", "warn"),
    ]
    assert 'overlaps "56 - 58"' in found[1].says


def test_labels_that_are_apart_are_ordinary(cursor: duckdb.DuckDBPyConnection) -> None:
    labels = (
        "199001012014031001 - 199001012014031002",
        "< 20",
        "20 - 25",
        "26 - 30",
        "31-35",
        "60 >",
        "I/a",
        "I/b",
        "2023",
        None,
    )
    rows = relation(cursor, "labels", "line label", *enumerate(labels, start=8))

    assert list(check_labels(cursor, PUBLISHED, rows, "c0")) == []


def test_numbers_alone_are_ordinary_where_no_bands_are(cursor: duckdb.DuckDBPyConnection) -> None:
    rows = relation(cursor, "labels", "line label", (2, "62"), (3, "63"), (4, "64 - 65"))

    assert list(check_labels(cursor, PUBLISHED, rows)) == []


def labels_of(cursor: duckdb.DuckDBPyConnection, file: Path, of: str, at: int) -> list[Finding]:
    """What is found of the labels of a table of a file that has its table's name in column `at`."""
    if not file.exists():
        pytest.skip(f"needs {file.relative_to(SHARED.parent.parent)}")
    with file.open(encoding="utf-8-sig", newline="") as read:
        rows = [(n, row[at + 1]) for n, row in enumerate(csv.reader(read), 1) if row[at] == of]
    first = {label: line for line, label in reversed(rows)} if at == 0 else None
    kept = rows if first is None else sorted((line, label) for label, line in first.items())
    return list(check_labels(cursor, PUBLISHED, relation(cursor, "labels", "line label", *kept)))


def test_the_overlapping_ages_of_bandar_lampung_are_found(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    found = labels_of(cursor, SHARED / "bandar-lampung" / "bkd2023_tidy.csv", "umur_x_jk", 0)

    assert [(f.value, f.code) for f in found] == [("58 - 60", "label.overlap")]


def test_the_doubled_label_and_the_overlapping_ages_of_merangin_are_found(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    file = SHARED / "merangin" / "merangin_asn.csv"
    education = labels_of(cursor, file, "pendidikan", 1)
    ages = labels_of(cursor, file, "usia", 1)

    assert [(f.value, f.code) for f in education] == [("DII", "label.doubled")]
    assert [(f.value, f.code) for f in ages] == [
        ("45-50", "label.overlap"),
        ("55-60", "label.overlap"),
    ]
