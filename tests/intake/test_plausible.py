"""What is warned of is loaded all the same, listed and counted; what is ordinary is not warned of."""

from __future__ import annotations

import pytest

from analytics.intake.findings import ImportReport
from tests.intake.desk import Desk, right


def warnings(report: ImportReport) -> list[tuple[int | None, str]]:
    return [(f.line, f.code) for f in report.findings if f.severity == "warn"]


def test_a_predicate_that_its_ratings_do_not_give_is_loaded_and_listed(desk: Desk) -> None:
    desk.with_agency()
    rows = [
        right("appraisal", employee_id="demo-1", predicate="Sangat Baik"),
        right("appraisal", employee_id="demo-2", predicate="Baik"),
        right("appraisal", employee_id="demo-3"),
    ]
    report = desk.load(desk.file("appraisal.csv", *rows))[0]

    assert (report.rows_loaded, report.rows_rejected, report.counts) == (3, 0, ())
    assert warnings(report) == [(2, "appraisal.matrix")]
    assert report.findings[0].value == "sangat_baik"
    assert desk.ask("SELECT count(*) FROM import_finding") == [(0,)]
    assert report.unlisted == 0


def test_what_is_no_grade_is_loaded_and_listed(desk: Desk) -> None:
    desk.with_agency()
    grades = ("III/a", "Penata Muda", "Golongan XI", "Pembina", "IV/f")
    rows = [right("employee", employee_id=f"demo-{n}", grade=g) for n, g in enumerate(grades)]
    report = desk.load(desk.file("employee.csv", *rows))[0]

    assert report.rows_loaded == 5
    assert [(f.value, f.code) for f in report.findings] == [("IV/f", "grade.known")]


def test_more_hours_than_the_days_of_a_course_have_are_listed(desk: Desk) -> None:
    desk.with_agency()
    rows = [
        right("training", course="a", end_date="2025-02-03", hours_jp="32"),
        right("training", course="b", end_date="2025-02-03", hours_jp="33"),
        right("training", course="c", end_date="2025-02-04", hours_jp="64"),
    ]
    report = desk.load(desk.file("training.csv", *rows))[0]

    assert report.rows_loaded == 3
    assert warnings(report) == [(3, "training.hours")]


def test_a_row_that_is_kept_out_is_not_warned_of_as_well(desk: Desk) -> None:
    desk.with_agency()
    rows = [right("appraisal", predicate="Kurang"), right("appraisal", predicate="Kurang")]
    report = desk.load(desk.file("appraisal.csv", *rows), keep_good=True)[0]

    assert [(f.line, f.code) for f in report.findings] == [
        (2, "appraisal.matrix"),
        (3, "key.repeated"),
    ]


def recap(numerator: str, denominator: str, **of: str) -> dict[str, str]:
    return right("recap", numerator=numerator, denominator=denominator, **of)


@pytest.mark.parametrize(
    ("women", "men", "warned"),
    [(("20", "30"), ("10", "20"), False), (("20", "30"), ("11", "20"), True),
     (("20", "29"), ("10", "20"), True)],
)  # fmt: skip
def test_both_sexes_come_to_the_whole(
    desk: Desk, women: tuple[str, str], men: tuple[str, str], warned: bool
) -> None:
    desk.with_agency()
    rows = [recap("30", "50"), recap(*women, sex="F"), recap(*men, sex="M")]
    report = desk.load(desk.file("recap.csv", *rows))[0]

    assert report.rows_loaded == 3
    assert warnings(report) == ([(2, "recap.parts")] if warned else [])


def test_a_breakdown_with_a_part_left_out_is_ordinary_and_one_over_the_whole_is_not(
    desk: Desk,
) -> None:
    desk.with_agency()
    less = [recap("30", "50"), recap("10", "20", status="PNS"), recap("10", "20", status="PPPK")]
    more = [recap("30", "50", period_start="2024-01-01", period_end="2024-12-31")]
    more += [
        recap("20", part, status=status, period_start="2024-01-01", period_end="2024-12-31")
        for status, part in (("PNS", "30"), ("PPPK", "30"))
    ]
    report = desk.load(desk.file("recap.csv", *less, *more))[0]

    assert warnings(report) == [(5, "recap.parts")]


def test_a_sudden_change_against_the_last_load_is_listed(desk: Desk) -> None:
    desk.with_agency()
    year = {"period_start": "2024-01-01", "period_end": "2024-12-31"}
    desk.load(
        desk.file(
            "recap_2024.csv",
            recap("30", "50", **year),
            recap("3", "5", sex="F", **year),
            right(
                "recap", metric="mean_training_hours", numerator="1000", denominator="50", **year
            ),
        )
    )
    report = desk.load(
        desk.file(
            "recap_2025.csv",
            recap("45", "50"),
            recap("1", "5", sex="F"),
            right("recap", metric="mean_training_hours", numerator="1900", denominator="50"),
        )
    )[0]

    assert report.rows_loaded == 3
    assert warnings(report) == [(2, "recap.jump")]


def test_an_agency_that_halves_from_one_load_to_the_next_is_listed(desk: Desk) -> None:
    desk.with_agency()
    people = [right("employee", employee_id=f"demo-{n}", valid_to="2024-12-31") for n in range(60)]
    desk.load(desk.file("employee_2024.csv", *people))
    later = [right("employee", employee_id=f"demo-{n}", valid_from="2025-01-01") for n in range(60)]
    same = desk.load(desk.file("employee_2025.csv", *later[:40]))[0]
    half = desk.load(desk.file("employee_2026.csv", *later[40:]))[0]

    assert warnings(same) == []
    assert warnings(half) == []  # a difference of 20, and no less than half of 40
    few = [
        right("employee", employee_id=f"demo-{n}", valid_from="2025-01-01") for n in range(100, 110)
    ]
    more = [
        right("employee", employee_id=f"demo-{n}", valid_from="2025-01-01") for n in range(200, 260)
    ]
    desk.load(desk.file("employee_few.csv", *few))
    assert warnings(desk.load(desk.file("employee_more.csv", *more))[0]) == [(2, "load.jump")]


def test_an_agency_is_held_against_its_own_last_load(desk: Desk) -> None:
    desk.with_agency()
    desk.load(desk.file("agency.csv", right("agency", agency_id="15.71-BKD", name="BKD")))

    def people(number: int, **of: str) -> list[dict[str, str]]:
        return [right("employee", employee_id=f"{of}-{n}", **of) for n in range(number)]

    desk.load(desk.file("employee_1.csv", *people(60)))
    desk.load(desk.file("employee_2.csv", *people(60, agency_id="15.71-BKD")))
    few = people(10, valid_from="2025-01-01")
    assert warnings(desk.load(desk.file("employee_3.csv", *few))[0]) == [(2, "load.jump")]


@pytest.mark.parametrize("first", ["survey_invited", "survey_response"])
def test_more_respondents_than_invited_are_listed_whichever_comes_first(
    desk: Desk, first: str
) -> None:
    desk.with_agency()
    desk.load(desk.file("survey_item.csv", right("survey_item")))
    answers = [right("survey_response", respondent=f"r-{n:04}") for n in range(3)]
    files = {
        "survey_response": desk.file("survey_response.csv", *answers),
        "survey_invited": desk.file("survey_invited.csv", right("survey_invited", invited="2")),
    }
    reports = [desk.load(files.pop(first))[0], desk.load(*files.values())[0]]

    assert [warnings(report) for report in reports] == [[], [(2, "survey.over_invited")]]


def test_as_many_respondents_as_invited_are_ordinary(desk: Desk) -> None:
    desk.with_agency()
    answers = [right("survey_response", respondent=f"r-{n:04}") for n in range(2)]
    items = desk.file("survey_item.csv", right("survey_item"))
    reports = desk.load(
        items,
        desk.file("survey_response.csv", *answers),
        desk.file("survey_invited.csv", right("survey_invited", invited="2")),
    )

    assert [warnings(report) for report in reports] == [[], [], []]
