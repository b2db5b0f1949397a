"""Agencies named otherwise than by their id: by alias and name, on the day of the row."""

from __future__ import annotations

import pytest

from analytics.intake.agencies import DAY
from analytics.schema import TABLES
from tests.intake.desk import Desk, right

NAMED = [
    table.name
    for table in TABLES
    if any(c.name == "agency_id" and c.refers_to == "agency" for c in table.columns)
    and table.name != "agency_alias"
]
DINKES = "15.71-DINKES"


def test_every_table_that_names_agencies_has_a_day() -> None:
    assert list(DAY) == NAMED


def row_of(table: str, name: str) -> dict[str, str]:
    changes = {"region_code": ""} if table == "target" else {}
    return right(table, agency_id=name, **changes)


@pytest.mark.parametrize("name", ["Dinkes", "Dinas Kesehatan", DINKES])
@pytest.mark.parametrize("table", NAMED)
def test_an_agency_is_found_by_alias_name_or_id_in_every_table(
    desk: Desk, table: str, name: str
) -> None:
    desk.with_agency()
    desk.load(desk.file("agency_alias.csv", right("agency_alias")))
    report = desk.load(desk.file(f"{table}.csv", row_of(table, name)))[0]

    assert desk.ask(f'SELECT agency_id FROM "{table}"') == [(DINKES,)]
    told = ["1 rows name their agency by an alias or its name; its id was put in"]
    assert [note for note in report.notes if "alias" in note] == ([] if name == DINKES else told)


def test_an_alias_holds_between_its_days_alone(desk: Desk) -> None:
    desk.with_agency()
    files = (
        desk.file("agency.csv", right("agency", agency_id="15.71-DPPKB", name="Dinas Keluarga")),
        desk.file(
            "agency_alias.csv",
            right("agency_alias", alias="Dinas KB", valid_to="2024-12-31"),
            right(
                "agency_alias", alias="Dinas KB", agency_id="15.71-DPPKB", valid_from="2025-02-01"
            ),
        ),
    )
    desk.load(
        *files,
        desk.file(
            "adoption.csv",
            right("adoption", agency_id="Dinas KB", month="2024-12-01"),
            right("adoption", agency_id="Dinas KB", month="2025-02-01"),
        ),
    )
    assert desk.ask("SELECT agency_id, month::VARCHAR FROM adoption ORDER BY month") == [
        (DINKES, "2024-12-01"),
        ("15.71-DPPKB", "2025-02-01"),
    ]

    between = right("adoption", agency_id="Dinas KB", month="2025-01-01")
    assert desk.says(desk.file("adoption_2.csv", between)) == [
        'adoption_2.csv, line 2, agency_id: "Dinas KB" is no name of an agency on the day of this'
        " row. Write the agency's id, one of: 15.71-DINKES (Dinas Kesehatan until 2024-12-31),"
        " 15.71-DPPKB (Dinas Keluarga from 2025-02-01)."
    ]


def test_a_name_of_several_agencies_is_refused_with_their_ids(desk: Desk) -> None:
    desk.with_agency()
    desk.load(
        desk.file("agency.csv", right("agency", agency_id="15.01-DINKES", region_code="15.01"))
    )
    says = desk.says(desk.file("adoption.csv", right("adoption", agency_id="Dinas Kesehatan")))

    assert says == [
        'adoption.csv, line 2, agency_id: "Dinas Kesehatan" is the name of several agencies. Write'
        " the agency's id, one of: 15.01-DINKES (Dinas Kesehatan), 15.71-DINKES (Dinas Kesehatan)."
    ]


def test_an_unknown_name_is_refused_with_the_nearest_names(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("agency_alias.csv", right("agency_alias", alias="Dinkes Kota Jambi")))
    alias = desk.says(desk.file("adoption.csv", right("adoption", agency_id="Dinkes Kota Jmbi")))
    name = desk.says(desk.file("adoption.csv", right("adoption", agency_id="dinas kesehatn")))

    assert '"Dinkes Kota Jmbi" is not a known agency. Nearest: Dinkes Kota Jambi' in alias[0]
    assert "Nearest: Dinas Kesehatan" in name[0]


def test_two_names_of_one_agency_are_one_key(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("agency_alias.csv", right("agency_alias")))
    rows = [right("adoption"), right("adoption", agency_id="Dinkes")]
    says = desk.says(desk.file("adoption.csv", *rows))

    assert len(says) == 1
    assert "line 3" in says[0]
    assert "as an earlier row" in says[0]


def test_an_id_is_itself_even_where_another_agency_has_it_as_a_name(desk: Desk) -> None:
    desk.with_agency()
    desk.load(
        desk.file("agency.csv", right("agency", agency_id="DINKES-2", name=DINKES)),
        desk.file("adoption.csv", right("adoption")),
    )

    assert desk.ask("SELECT agency_id FROM adoption") == [(DINKES,)]


def test_a_fault_of_a_named_agency_is_not_repeated_in_every_row_about_it(desk: Desk) -> None:
    found = desk.refused(
        desk.file("agency.csv", right("agency", kind="clinic")),
        desk.file("adoption.csv", right("adoption", agency_id="Dinas Kesehatan")),
    ).findings

    assert [finding.column for finding in found] == ["kind"]


@pytest.mark.parametrize("name", ["DINAS  kesehatan", "dinkes", "15.71-dinkes"])
def test_case_and_spaces_of_a_name_do_not_matter_and_are_noted(desk: Desk, name: str) -> None:
    desk.with_agency()
    desk.load(desk.file("agency_alias.csv", right("agency_alias")))
    report = desk.load(desk.file("adoption.csv", right("adoption", agency_id=name)))[0]

    assert desk.ask("SELECT agency_id FROM adoption") == [(DINKES,)]
    assert "in 1 of them the name differs from the known one in case or spaces" in report.notes


def test_a_name_as_it_stands_goes_before_one_that_differs_in_case(desk: Desk) -> None:
    desk.with_agency()
    desk.load(
        desk.file("agency.csv", right("agency", agency_id="15.71-LAIN", name="DINAS KESEHATAN")),
        desk.file("adoption.csv", right("adoption", agency_id="Dinas Kesehatan")),
    )
    says = desk.says(desk.file("lain.csv", right("adoption", agency_id="dinas kesehatan")))

    assert desk.ask("SELECT agency_id FROM adoption") == [(DINKES,)]
    assert "is the name of several agencies" in says[0]
    assert "15.71-DINKES (Dinas Kesehatan)" in says[0]
    assert "15.71-LAIN (DINAS KESEHATAN)" in says[0]


@pytest.mark.parametrize(
    "space", ["\u00a0", "\u202f", "\u2007", "\u00a0 \u00a0", "\t", "\u200b", " \ufeff"]
)
def test_a_space_of_another_kind_in_a_name_is_a_space(desk: Desk, space: str) -> None:
    row = right("adoption", agency_id=f"Dinas{space}Kesehatan")
    [report] = desk.with_agency().load(desk.file("adoption.csv", row))

    assert desk.ask("SELECT agency_id FROM adoption") == [("15.71-DINKES",)]
    assert "in 1 of them the name differs from the known one in case or spaces" in report.notes


def test_a_name_is_known_too_where_the_list_of_agencies_has_the_other_space(desk: Desk) -> None:
    agency = right("agency", agency_id="15.71-DISDIK", name="Dinas\u00a0Pendidikan")
    desk.with_agency().load(desk.file("agency.csv", agency))
    desk.load(desk.file("adoption.csv", right("adoption", agency_id="Dinas Pendidikan")))

    assert desk.ask("SELECT agency_id FROM adoption") == [("15.71-DISDIK",)]


def test_a_code_with_a_comma_is_refused_as_links_list_codes_by_commas(desk: Desk) -> None:
    odd = right("agency", agency_id="15.71-A,B", name="Dinas Perumahan, Kawasan & Pertanahan")
    [found] = desk.with_agency().refused(desk.file("agency.csv", odd)).findings

    assert (found.code, found.value) == ("value.form", "15.71-A,B")
    for number, mark in enumerate("&#'%;"):
        own = odd | {"agency_id": f"15.71-A{mark}B"}
        assert desk.load(desk.file(f"a{number}.csv", own), table="agency")[0].rows_loaded == 1
