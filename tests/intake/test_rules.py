"""Every rule of every table: a row that breaks it is named, and no other is."""

from __future__ import annotations

import re

import pytest

from analytics.intake.rules import row_checks
from analytics.metrics import METRICS
from analytics.metrics.base import Count, Index, Mean, Rate, Share, WeightedMean
from analytics.schema import BY_NAME, TABLES, Column, Kind, Table
from analytics.text.labels import CATEGORIES
from analytics.text.language import Text
from analytics.text.phrase import Phrase
from analytics.ui.evidence import named_rule
from tests.intake.desk import RIGHT, Desk, right

NOT_OF_KIND = {
    Kind.DATE: ("31/02/2025", "2025-02-30", "2025/01/31", "infinity", "2025-1-5"),
    Kind.INTEGER: ("12.7", "twelve", "1_000", "0x10", "1e3", "99999999999"),
    Kind.DECIMAL: ("0,8,1", "eighty", "nan", "1_000", "(5)"),
    Kind.BOOLEAN: ("maybe", "2"),
}
NUMBERS = (Kind.INTEGER, Kind.DECIMAL)


def wrong_values(column: Column) -> list[tuple[str, str]]:
    """Wrong values of a column, each with what the finding says of it."""
    wrong = [] if column.optional else [("", "is empty")]
    said = {Kind.DATE: "is not a date", Kind.INTEGER: "is not a whole number"}
    said |= {Kind.DECIMAL: "is not a number", Kind.BOOLEAN: "is neither true nor false"}
    wrong += [(value, said[column.kind]) for value in NOT_OF_KIND.get(column.kind, ())]
    if column.kind is Kind.DATE:
        wrong += [("1025-01-01", "plausible date"), ("9999-12-31", "plausible date")]
    if column.event:
        later = ("2100-12-31",) if column.kind is Kind.DATE else ("2099", "2099-Q1", "2099-12")
        wrong += [(value, "has not come yet") for value in later]
    if column.values:
        wrong.append(("no such value", "is not one of the values"))
    if column.pattern is not None:
        wrong.append(("1 5/2", "is not written in the form"))
    if column.low is not None:
        wrong.append((str(column.low - 1), "is "))
    if column.high is not None:
        wrong.append((f"{column.high + 1:g}", "is not between"))
    return wrong


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_wrong_value_of_every_column_is_named_with_its_line(desk: Desk, table: Table) -> None:
    wrong = [
        (column.name, value, says)
        for column in table.columns
        for value, says in wrong_values(column)
    ]
    rows = [right(table.name, **{name: value}) for name, value, _ in wrong]
    found = desk.refused(desk.file(f"{table.name}.csv", right(table.name), *rows)).findings

    of_line = {line: [f for f in found if f.line == line] for line in range(2, len(rows) + 3)}
    for line, (name, value, says) in enumerate(wrong, start=3):
        named = [f for f in of_line[line] if f.column == name and says in f.says]
        assert named, f"{name} = {value!r} was not found: {of_line[line]}"
        assert named[0].value == (value or None)
        assert named[0].remedy.endswith(".")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_right_row_of_every_table_is_loaded_as_it_is(desk: Desk, table: Table) -> None:
    if table.name not in ("region", "agency"):
        desk.with_agency()
    before = desk.count(table.name) if desk.store.records.exists() else 0
    report = desk.load(desk.file(f"{table.name}.csv", right(table.name)))[0]

    assert (report.table, report.rows_loaded, report.findings) == (table.name, 1, ())
    assert desk.count(table.name) - before == 1


def broken(table: str, says: str, **changes: str) -> tuple[str, dict[str, str], str]:
    return table, right(table, **changes), says


RULES = [
    broken("region", "a province must name itself", province_code="15"),
    broken("agency", "valid_to is before", valid_from="2025-01-02", valid_to="2025-01-01"),
    broken("agency_alias", "valid_to is before", valid_from="2025-01-02", valid_to="2025-01-01"),
    broken("target", "either agency_id or region_code", agency_id="15.71-DINKES"),
    broken("target", "either agency_id or region_code", region_code=""),
    broken("target", "is not a metric", metric="training_covrage"),
    broken("target", "is not a share from 0 to 1", value="80"),
    broken("employee", "valid_to is before", valid_to="2023-12-31"),
    broken("appraisal", "period_end is before", period_end="2024-12-31"),
    broken("appraisal", "neither both ratings nor a score", behaviour=""),
    broken("appraisal", "a score needs its scale", score="80"),
    broken("appraisal", "a score needs its scale", scale="pp30"),
    broken("training", "end_date is before", end_date="2025-02-02"),
    broken("survey_item", "high is not above low", high="1"),
    broken("survey_response", "looks like a NIP or NIK", respondent="198609262015051001"),
    broken("survey_response", "looks like a NIP or NIK", respondent="19860926 201505 1 001"),
    broken("survey_response", "looks like a NIP or NIK", respondent="1571012609860001"),
    broken("survey_response", "looks like a NIP or NIK", respondent="1.98609E+17"),
    broken("adoption", "is not the first day of a month", month="2025-01-02"),
    broken("adoption", "active_users is more than", active_users="51"),
    broken("adoption", "entries_on_time is more than", entries_on_time="101"),
    broken("activity", "either agency_id or region_code", agency_id=""),
    broken("activity", "attended is more than invited", attended="41"),
    broken("service_outcome", "is not the first day of a month", month="2025-01-31"),
    broken("service_outcome", "on_time is more than", on_time="101"),
    broken("service_outcome", "accurate is more than", accurate="101"),
    broken("recap", "either agency_id or region_code", region_code="15"),
    broken("recap", "period_end is before", period_end="2024-12-31"),
    broken("recap", "needs either numerator and denominator, or mean", mean="0.5"),
    broken("recap", "needs either numerator and denominator, or mean", denominator=""),
    broken("recap", "is not a calendar month", period_end="2025-11-30"),
    broken("recap", "is not a calendar month", period_start="2025-02-01", period_end="2025-04-30"),
    broken("recap", "is not a metric", metric="training_covrage"),
    broken("recap", "a breakdown that this metric does not have", rater="peer"),
    broken("recap", "a breakdown that this metric does not have", facet="learning_access"),
    broken("recap", "is broken down further", sex="F", status="PNS"),
    broken("recap", "is broken down further", sex="F", status="PNS", age_band="<30"),
    broken("recap", "numerator is more than denominator", numerator="51"),
    broken("recap", "is no number of people", metric="headcount"),
    broken(
        "recap", "is no number of people", metric="headcount", numerator="4.5", denominator="4.5"
    ),
    broken(
        "recap",
        "is no number of people",
        metric="headcount",
        numerator="",
        denominator="",
        mean="9",
    ),
    broken("recap", "is not a share from 0 to 1", numerator="", denominator="", mean="61.4"),
]


CARRIED = (Share, Rate, Mean, WeightedMean, Count)


@pytest.mark.parametrize(
    "key", [key for key, metric in METRICS.items() if not isinstance(metric, CARRIED)]
)
def test_a_recap_of_a_metric_that_none_can_carry_is_refused_with_what_can(
    desk: Desk, key: str
) -> None:
    desk.with_agency()
    row = right("recap", metric=key, numerator="", denominator="", mean="0.5", n="40")
    says = desk.says(desk.file("recap.csv", row))

    assert len(says) == 1
    assert f'metric: "{key}" is ' in says[0]
    assert "Recaps carry shares, rates, means and numbers of people only. Give the rec" in says[0]
    metric = METRICS[key]
    if isinstance(metric, Index):
        assert all(part in says[0] for part, _ in metric.components)


@pytest.mark.parametrize(
    "key", [key for key, metric in METRICS.items() if isinstance(metric, CARRIED)]
)
def test_a_recap_of_a_share_a_rate_a_mean_or_a_number_is_sound(key: str) -> None:
    (carried,) = (c for c in row_checks(BY_NAME["recap"]) if "carried" in c.rule)

    assert key not in carried.parameters["without_recap"]


@pytest.mark.parametrize(("table", "row", "says"), RULES, ids=lambda value: str(value)[:40])
def test_a_row_that_breaks_a_rule_is_refused_for_that_rule_alone(
    desk: Desk, table: str, row: dict[str, str], says: str
) -> None:
    desk.with_agency()
    found = desk.refused(desk.file(f"{table}.csv", row)).findings

    assert any(says in finding.says for finding in found)
    assert {finding.line for finding in found} == {2}


def test_each_rule_of_the_contract_is_broken_by_one_of_the_rows_above() -> None:
    for table in TABLES:
        for rule in table.rules:
            tried = [says for name, _, says in RULES if name == table.name]
            assert any(says in rule.says for says in tried), f"{table.name}: {rule.says}"


def test_a_rule_is_not_also_reported_where_one_of_its_values_cannot_be_read(desk: Desk) -> None:
    desk.with_agency()
    row = right("appraisal", period_start="31/02/2025", score="eighty")
    found = desk.refused(desk.file("appraisal.csv", row)).findings

    assert [finding.column for finding in found] == ["period_start", "score"]


def test_a_wrong_value_is_answered_with_the_nearest_right_ones(desk: Desk) -> None:
    desk.with_agency()
    metric = desk.says(desk.file("target.csv", right("target", metric="training_covrage")))
    kind = desk.says(desk.file("agency.csv", right("agency", agency_id="x", kind="helth")))
    case = desk.says(desk.file("employee.csv", right("employee", status="pnss")))

    assert "Nearest: training_coverage" in metric[0]
    assert "Nearest: health" in kind[0]
    assert "Nearest: PNS" in case[0]


def test_words_for_true_and_false_are_understood_in_both_languages(desk: Desk) -> None:
    words = ("true", "TRUE", "1", "ya", "false", "0", "Tidak")
    rows = [
        right("survey_item", item=f"c{number}", reverse=word) for number, word in enumerate(words)
    ]
    desk.load(desk.file("survey_item.csv", *rows))

    loaded = [value for (value,) in desk.ask("SELECT reverse FROM survey_item ORDER BY item")]
    assert loaded == [True, True, True, True, False, False, False]


def test_blanks_around_values_and_the_time_of_a_day_are_not_wrong(desk: Desk) -> None:
    desk.with_agency()
    row = right(
        "training", course="  Pelayanan prima ", end_date="2025-02-05 00:00:00", hours_jp="24.0"
    )
    desk.load(desk.file("training.csv", row))

    assert desk.ask("SELECT course, end_date::VARCHAR, hours_jp FROM training") == [
        ("Pelayanan prima", "2025-02-05", 24)
    ]


def test_every_check_of_every_table_has_its_own_name() -> None:
    for table in TABLES:
        rules = [check.rule for check in row_checks(table)]
        assert len(rules) == len(set(rules)), table.name
    assert set(RIGHT) == {table.name for table in TABLES}


def test_every_rule_has_words_for_the_page_that_tells_what_was_rejected() -> None:
    kinds = {named_rule(check.rule)[1] for table in TABLES for check in row_checks(table)}

    assert kinds <= set(CATEGORIES["rule"])


def test_every_check_has_a_code_and_words_that_can_be_said_in_indonesian() -> None:
    words = Text("id")
    for table in TABLES:
        for check in row_checks(table):
            assert re.fullmatch(r"[a-z]+\.[a-z_]+", check.code), f"{table.name}: {check.rule}"
            for sentence in (check.says, check.remedy):
                assert isinstance(sentence, Phrase)
                assert words.retell(sentence) != sentence


def test_a_finding_is_told_in_indonesian_with_what_its_column_means(desk: Desk) -> None:
    desk.with_agency()
    row = right("training", course="", hours_jp="2001")
    empty, over = desk.refused(desk.file("training.csv", row)).findings
    words = Text("id")

    assert (empty.code, over.code) == ("value.empty", "number.range")
    assert words.retell(empty.remedy) == "Isi kolom ini: Nama pelatihan."
    assert words.retell(over.says) == "tidak di antara 0 dan 2000"


def test_a_grade_that_is_a_code_is_asked_about(desk: Desk) -> None:
    desk.with_agency()
    rows = [right("employee", employee_id=f"p{n}", grade=g) for n, g in enumerate(("31", "99"))]
    told = desk.refused(desk.file("employee.csv", *rows)).findings

    assert [(f.value, f.code) for f in told] == [("31", "value.allowed"), ("99", "value.allowed")]
    assert "SIASN's means III/a" in told[0].says
    assert told[1].remedy == "Write it like III/a, or IX for PPPK."
