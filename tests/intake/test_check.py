"""The rules put to what is loaded: a right store holds, and each kind of damage is found."""

from __future__ import annotations

import pytest

from analytics.intake.check import check_records
from analytics.intake.findings import IntakeError
from analytics.store.records import open_records
from tests.intake.desk import RIGHT, Desk, right


def fill(desk: Desk) -> None:
    desk.load(*(desk.file(f"{name}.csv", row) for name, row in RIGHT.items() if name != "region"))


def broken(desk: Desk) -> set[tuple[str, str, int]]:
    return {
        (result.table, result.rule, result.broken)
        for result in check_records(desk.store)
        if not result.holds
    }


def test_a_store_of_right_rows_holds_every_rule(desk: Desk) -> None:
    fill(desk)

    assert broken(desk) == set()
    assert {result.table for result in check_records(desk.store)} == set(RIGHT)


DAMAGE = [
    ("UPDATE appraisal SET rater = 'boss'", ("appraisal", "rater: allowed")),
    ("UPDATE adoption SET outage_days = 32", ("adoption", "outage_days: range")),
    ("UPDATE recap SET metric = 'none'", ("recap", "metric: known")),
    ("UPDATE employee SET grade = NULL", ("employee", "grade is empty")),
    ("UPDATE training SET batch_id = 99", ("training", "origin: known")),
    ("DELETE FROM agency", ("adoption", "agency_id: known")),
    ("INSERT INTO adoption SELECT * FROM adoption", ("adoption", "key: unique")),
    (
        "INSERT INTO employee SELECT * REPLACE (DATE '2024-06-01' AS valid_from) FROM employee",
        ("employee", "spans: apart"),
    ),
    (
        "UPDATE region SET province_code = '15.71' WHERE region_code = '15.01'",
        ("region", "province_code: a province"),
    ),
    (
        "UPDATE training SET end_date = DATE '2020-01-01'",
        ("training", "start_date, end_date: end_date is before start_date"),
    ),
]


@pytest.mark.parametrize(("damage", "rule"), DAMAGE, ids=lambda value: str(value)[:40])
def test_damage_is_found_and_named(desk: Desk, damage: str, rule: tuple[str, str]) -> None:
    fill(desk)
    with open_records(desk.store) as connection:
        connection.execute(damage)

    assert (*rule, 1) in broken(desk)


def test_a_store_without_records_says_what_to_do(desk: Desk) -> None:
    with pytest.raises(IntakeError, match="Import files, or make demo data, first"):
        check_records(desk.store)


def test_right_rows_are_what_the_builder_says() -> None:
    assert right("recap", sex="F") == RIGHT["recap"] | {"sex": "F"}
