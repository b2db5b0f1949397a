"""The attacker finds each kind of leak in the files of the version that had them."""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalSubscript=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from analytics.audit import audit
from tests.attack.attack import attack, differences
from tests.attack.kinds import unpacked

YEAR = {"grain": "year", "breakdown": "", "level": 3}


def column(path: Path, metric: str, part: str = "numerator", of: str = "column_name") -> str:
    connection = duckdb.connect(str(path), read_only=True)
    found = connection.execute(
        f"SELECT {of} FROM metric_part WHERE metric = $metric AND part = $part",
        {"metric": metric, "part": part},
    ).fetchone()
    connection.close()
    assert found is not None
    return str(found[0])


def place(path: Path, code: str) -> int:
    connection = duckdb.connect(str(path), read_only=True)
    found = connection.execute("SELECT number FROM place WHERE code = $code", {"code": code})
    (number,) = found.fetchone() or (None,)
    connection.close()
    return number


def only(frame: pd.DataFrame, **keys) -> pd.DataFrame:
    mask = pd.Series(True, index=frame.index)
    for name, value in keys.items():
        mask &= frame[name] == value
    return frame[mask]


def test_a_cell_of_the_matrix_follows_from_its_row_and_the_other_two(tmp_path):
    path = unpacked("parts_of_a_table", tmp_path)
    found = attack(path, programs=False).violations
    # 20 above in their work: 12 also in behaviour and 6 as expected leave 2 below.
    row = only(found, column=column(path, "matrix_above_below_share"), **YEAR)
    assert row[["place", "low", "high"]].to_numpy().tolist() == [[place(path, "A"), 2, 2]]


def test_those_who_are_neither_pns_nor_pppk_follow_from_three_populations(tmp_path):
    path = unpacked("several_populations", tmp_path)
    found = attack(path, programs=False).violations
    row = only(found, column="people who are neither PNS nor PPPK", **YEAR)
    # 43 people, 30 PNS, 10 PPPK.
    assert row[["place", "low", "high"]].to_numpy().tolist() == [[place(path, "A"), 3, 3]]


def test_agencies_follow_from_how_many_of_their_categories_are_withheld(tmp_path):
    path = unpacked("existence", tmp_path)
    found = attack(path, programs=False).violations
    people = column(path, "headcount", "denominator", "people_column")
    rows = only(found, column=people, **YEAR).set_index("place")["low"]
    # At least three ages and at least four, of seven people together.
    assert rows.to_dict() == {place(path, "B"): 3, place(path, "C"): 4}


def test_a_recap_of_a_government_beside_those_of_its_agencies_leaves_three(tmp_path):
    path = unpacked("recaps", tmp_path)
    found = attack(path, programs=False).violations
    # 200 less 100, 60 and 37.
    rows = only(found, how="together", family="places", grain="year", breakdown="")
    assert len(rows)
    assert "cell_training_to_date: 1 sums of withheld counts over places are small." in audit(path)


def test_row_counts_stand_beside_people_who_are_withheld(tmp_path):
    path = unpacked("row_counts", tmp_path)
    assert "cell_appraisal: 7 cells show row_count from 1 to 4." in audit(path)


def test_the_same_people_are_withheld_in_one_table_and_shown_in_another(tmp_path):
    path = unpacked("two_tables", tmp_path)
    report = attack(path, programs=False)
    people = column(path, "facet_score", "denominator", "people_column")
    survey = only(report.violations, table="survey", column=people, breakdown="", level=3)
    assert dict(zip(survey["place"], survey["low"], strict=True)) == {
        place(path, "C"): 6,
        place(path, "D"): 7,
    }
    words = "cell_expected_evaluation: 12 cells show people evaluated whom appraisal withholds."
    assert words in report.shown


def test_squares_and_bins_of_seven_people_are_shown(tmp_path):
    problems = audit(unpacked("squares_and_bins", tmp_path))
    assert any("squares or bins of fewer than 30 people" in problem for problem in problems)


def test_two_withheld_agencies_leave_three_people_in_a_single_month(tmp_path):
    path = unpacked("remainders", tmp_path)
    found = attack(path, programs=False).violations
    people = column(path, "top_rating_share", "denominator", "people_column")
    rows = only(found, column=people, grain="month", breakdown="", level=3)
    january = rows[rows["period"].astype(str).str.startswith("2024-01")]
    assert january[["place", "low", "high"]].to_numpy().tolist() == [[place(path, "B"), 3, 3]]


def test_one_person_more_shows_between_two_files(tmp_path):
    old, new = unpacked("two_files_1", tmp_path), unpacked("two_files_2", tmp_path)
    found = differences(old, new)
    agency = only(found, place=place(new, "B"), level=3, grain="year", how="shown")
    people = column(new, "headcount", "denominator", "people_column")
    told = only(agency, column=people).sort_values("breakdown")
    # The new colleague's sex, age, grade, status and position.
    assert dict(zip(told["breakdown"], told["category"], strict=True)) == {
        "": "",
        "age_band": "30-39",
        "grade_group": "III",
        "position_type": "functional",
        "sex": "M",
        "status": "PNS",
    }
    assert set(told["low"]) == {1.0}
    assert differences(new, new).empty
