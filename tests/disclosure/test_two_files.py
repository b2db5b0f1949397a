"""Whoever holds two files: what follows when one person is added, removed, moved or rated anew.

Docstrings say what follows and what does not; docs/privacy.md, sections 6 and 7, says it to offices.
"""

# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportGeneralTypeIssues=false
# pandas types a column as what may also be a frame or an array.

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analytics.disclosure.succession import FEWEST_CHANGED, SMALL_PLACE
from analytics.store.records import Store
from analytics.store.snapshots import roll_back
from tests.attack.attack import differences
from tests.disclosure.successive import (
    FINISHED,
    PEOPLE,
    RUNNING,
    Tables,
    cells,
    courses,
    differing,
    of,
    office,
    people_of,
    published,
    told,
    with_more,
    with_moved,
    with_rating,
    withheld_agencies,
    without,
)

OFFICE = office()
CHANGES: dict[str, Tables] = {
    "added": with_more(OFFICE, "TEN"),
    "removed": without(OFFICE, people_of(OFFICE, "TEN")),
    "moved": with_moved(OFFICE, people_of(OFFICE, "A"), "TEN"),
    "moved to another government": with_moved(OFFICE, people_of(OFFICE, "D"), "TEN"),
    "rated Sangat Baik": with_rating(OFFICE, people_of(OFFICE, "A"), "above", "above"),
    "rated below Baik": with_rating(OFFICE, people_of(OFFICE, "A"), "below", "meets"),
}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path]:
    """The office as it is published first."""
    store = Store(tmp_path_factory.mktemp("office") / "store")
    return store, published(store, OFFICE)


def copied(store: Store, folder: Path) -> Store:
    shutil.copytree(store.path, folder / "store")
    return Store(folder / "store")


@pytest.fixture
def store(first: tuple[Store, Path], tmp_path: Path) -> Store:
    """A store of its own in which the office is published."""
    return copied(first[0], tmp_path)


@pytest.fixture(scope="module")
def after(first, tmp_path_factory) -> Callable[[str], tuple[Path, Path]]:
    """The files before and after each of the changes, made when they are first asked for."""
    made: dict[str, Path] = {}

    def files(change: str) -> tuple[Path, Path]:
        if change not in made:
            store = copied(first[0], tmp_path_factory.mktemp("changed"))
            made[change] = published(store, CHANGES[change])
        return first[1], made[change]

    return files


def of_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    return frame[frame["year"] == year]


def others(path: Path) -> dict[str, list]:
    """What stands beside the cells about finished years: ratings, limits and cycles."""
    connection = duckdb.connect(str(path), read_only=True)
    found = {
        name: connection.execute(f"SELECT * FROM {name} WHERE {year} <= {FINISHED}").fetchall()
        for name, year in (("organisation_rating", "year"), ("evaluation_cycle", "year(period)"))
    }
    connection.close()
    return found


# One change, a finished year


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_leaves_every_figure_of_a_finished_year_as_it_was(after, change):
    """Nothing follows: no row, number or withheld cell of 2024 differs, of any table, place, group,
    crossing or period, and so no sum or difference of them does."""
    old, new = after(change)
    assert of_year(cells(new), FINISHED)["value"].notna().sum() > 5_000
    assert of_year(differing(old, new), FINISHED).empty
    assert others(old) == others(new)


@pytest.mark.parametrize("change", ["added", "rated Sangat Baik", "rated below Baik"])
def test_one_change_leaves_sensitive_counts_as_they_were_or_withholds_them(after, change):
    """Of low ratings and their like nothing differs by 1 to 4 in either year, shown, or worked out
    by adding and subtracting within each file, alone or in sums of what is withheld."""
    found = differences(*after(change))
    assert found.empty, found.head(20).to_string()


# One change, the running year


def test_one_person_added_to_ten_in_the_running_year_is_told_with_sex_status_and_hours(after):
    """It follows that the agency has one more, how many hours that person trained, and from the
    government's groups that it is a man and PNS. Groups of the agency are not published."""
    found = of_year(told(*after("added")), RUNNING)
    one = of(found, "headcount", "people", place="TEN")
    assert one["change"].tolist() == [1]
    assert of(found, "mean_training_hours", place="TEN")["change"].tolist() == [20]
    for by, group in (("sex", "M"), ("status", "PNS"), ("age_band", "40-49")):
        told_of = of(found, "headcount", "people", level=2, breakdown=by)
        assert told_of[["place", "category", "change"]].to_numpy().tolist() == [["15.01", group, 1]]
    assert found[(found["level"] == 3) & (found["breakdown"] != "")].empty


def test_one_person_removed_from_ten_in_the_running_year_is_told_with_sex_and_hours(after):
    """What follows of a newcomer follows of somebody who is no longer in the records."""
    found = of_year(told(*after("removed")), RUNNING)
    assert of(found, "headcount", "people", place="TEN")["change"].tolist() == [-1]
    assert of(found, "mean_training_hours", place="TEN")["change"].tolist() == [-20]
    groups = of(found, "headcount", "people", level=2, breakdown="sex")
    assert groups[["place", "category", "change"]].to_numpy().tolist() == [["15.01", "F", -1]]


def test_one_person_moved_within_a_government_is_told_without_any_group(after):
    """It follows that one agency has one less and another one more, and the hours of that person;
    not the sex, nor any other group: no figure of a government differs."""
    found = of_year(told(*after("moved")), RUNNING)
    moved = of(found, "headcount", "people").set_index("place")["change"]
    assert moved.to_dict() == {"A": -1, "TEN": 1}
    assert of(found, "mean_training_hours", place="TEN")["change"].tolist() == [20]
    assert found[(found["level"] < 3) & (found["breakdown"] != "")].empty


def test_one_person_moved_to_another_government_is_told_with_the_groups(after):
    """It follows from the groups of both governments who moved; not from the province's."""
    found = of_year(told(*after("moved to another government")), RUNNING)
    moved = of(found, "headcount", "people", level=2, breakdown="sex")
    assert moved[["place", "category", "change"]].to_numpy().tolist() == [
        ["15.01", "F", 1],
        ["15.71", "F", -1],
    ]
    assert found[found["level"] < 2].empty


def test_one_rating_that_rises_to_sangat_baik_in_the_running_year_is_told_of_the_agency(after):
    """It follows that one more is Sangat Baik; in no other figure of ratings does anything differ
    that is shown in both, and sensitive ones are withheld."""
    found = of_year(told(*after("rated Sangat Baik")), RUNNING)
    assert found["table"].unique().tolist() == ["appraisal"]
    assert of(found, "top_rating_share", place="A")["change"].tolist() == [1]
    assert of(found, "low_rating_share").empty


def test_one_rating_that_falls_below_baik_is_told_by_no_number_but_its_being_withheld(after):
    """No number that both files show differs. That low ratings of the agency and all above it are
    shown in one and withheld in the other tells that something changed there, or beside it, by one
    to four."""
    old, new = after("rated below Baik")
    assert told(old, new).empty
    found = of(of_year(differing(old, new), RUNNING), "low_rating_share")
    assert {"A", "15.01", "all"} <= set(found["place"])
    assert found["value_new"].isna().all()


# Changes that add up

FIVE = ("TEN", "D", "D", "E", "A")


@pytest.fixture(scope="module")
def fifth(first, tmp_path_factory) -> list[Path]:
    """Files of the office, with four people more and with a fifth."""
    store = copied(first[0], tmp_path_factory.mktemp("five"))
    return [first[1]] + [published(store, with_more(OFFICE, *FIVE[:n])) for n in (4, 5)]


def test_a_finished_year_is_published_anew_with_the_fifth_person_and_not_before(fifth):
    """Changes are counted from what is published, not from one file to the next."""
    start, four, five = fifth
    assert of_year(differing(start, four), FINISHED).empty
    found = of_year(told(start, five), FINISHED)
    assert of(found, "headcount", "people", place="all", level=0)["change"].tolist() == [5]


def test_a_small_agency_is_not_told_when_its_year_is_published_anew(fifth):
    """Of TEN and E, which have fewer than 50 people and one more each, nothing of 2024 is shown; and
    what a government has beside its published agencies is of 50 people or more, so that neither
    follows by subtracting. Which agency the one more is in does not follow."""
    five = fifth[2]
    found = of_year(cells(five), FINISHED)
    for table in ("training_to_date", "expected_evaluation", "appraisal"):
        for place in ("TEN", "E"):
            rows = found[(found["table"] == table) & (found["place"] == place)]
            assert len(rows)
            assert rows["value"].isna().all(), (table, place)
    for metric, part in (("headcount", "people"), ("appraisal_completeness", "denominator")):
        hidden_of = withheld_agencies(five, metric, part, FINISHED)
        for place, region in (("TEN", "15.01"), ("E", "15.71")):
            hidden = hidden_of[region]
            assert place in hidden
            assert len(hidden) > 1
            assert sum(PEOPLE[region][name] for name in hidden) >= SMALL_PLACE


def test_one_person_more_in_a_large_place_is_told_when_its_year_is_published_anew(fifth):
    """It follows that A, of 60 people, has a man more: of 50 people and more this stays open."""
    found = of_year(told(fifth[0], fifth[2]), FINISHED)
    assert of(found, "headcount", "people", place="A")["change"].tolist() == [1]
    groups = of(found, "appraisal_completeness", "denominator", place="A", breakdown="sex")
    assert groups[["category", "change"]].to_numpy().tolist() == [["M", 1]]


def test_a_small_government_of_one_agency_is_withheld_with_it(store):
    """Of 30 people of whom one is new nothing follows from the total of their government either,
    nor from that of the province."""
    new = published(store, with_more(OFFICE, "G", "D", "D", "D", "D"))
    found = of(of_year(cells(new), FINISHED), "headcount", "people")
    assert found[found["place"] == "G"]["value"].isna().all()
    governments = found[found["level"] == 2].set_index("place")["value"].isna()
    assert governments["15"]
    assert governments.sum() > 1
    assert found[found["level"] < 2]["value"].tolist() == [327, 327]


def test_people_who_move_count_as_changed_though_no_total_differs(store, first):
    """After five who moved to another agency of the government the year is published anew."""
    new = published(store, with_moved(OFFICE, people_of(OFFICE, "D", FEWEST_CHANGED), "E"))
    found = of_year(told(first[1], new), FINISHED)
    assert of(found, "headcount", "people", place="E")["change"].tolist() == [5]


def test_one_person_with_many_courses_is_one_who_changed(store, first):
    """Six courses of one person in a month are not six people: nothing of 2024 differs."""
    person = OFFICE["employee"].iloc[:1]
    more = [courses(person, f"Kursus {n}", date(2024, 10, 20)) for n in range(6)]
    training = pd.concat([OFFICE["training"], *more], ignore_index=True)
    new = published(store, OFFICE | {"training": training})
    assert of_year(differing(first[1], new), FINISHED).empty


# Other successions


def test_after_a_roll_back_no_file_differs_by_one_from_the_one_rolled_back(fifth, tmp_path):
    """The served file is then not the newest: six people after it are one after the other, which
    somebody may hold. The finished year stays as the newer one has it."""
    start, _, newer = fifth
    store = copied(Store(newer.parents[1]), tmp_path)
    roll_back(store, start.stem)
    new = published(store, with_more(OFFICE, *FIVE, "A"))
    assert of_year(differing(newer, new), FINISHED).empty
    assert not of_year(differing(start, new), FINISHED).empty


def test_a_person_added_and_removed_again_leaves_no_trace_in_the_third_file(after, tmp_path):
    """The third file is the first one again: in the running year the second tells the person in
    both directions, in a finished year none does."""
    start, second = after("added")
    third = published(copied(Store(second.parents[1]), tmp_path), OFFICE)
    assert of_year(differing(second, third), FINISHED).empty
    assert differing(start, third).empty


def test_a_change_among_withheld_agencies_does_not_show_in_what_is_withheld(tmp_path):
    """Four people and six are withheld together; once they are five and five nothing would have to
    be, which would tell that they were not. The finished year stays though no shown figure changed."""
    tables = with_moved(OFFICE, people_of(OFFICE, "TEN", 4), "B")
    tables = with_moved(tables, people_of(tables, "C", 26), "B")
    store = Store(tmp_path / "store")
    old = published(store, tables)
    before = of(of_year(cells(old), FINISHED), "appraisal_completeness", "denominator")
    assert before[before["place"].isin(["C", "TEN"])]["value"].isna().all()
    new = published(store, with_moved(tables, people_of(tables, "TEN"), "C"))
    assert of_year(differing(old, new), FINISHED).empty


def test_a_year_that_was_running_is_not_kept_as_it_was_before_its_end(store):
    """One who left and three who trained since are few: the year is published to December, and its
    groups of agencies for the first time, all the same."""
    employee = OFFICE["employee"].copy()
    employee.loc[0, "valid_to"] = date(2025, 10, 31)
    late = courses(employee.iloc[:3], "Pelatihan", date(2025, 12, 10))
    training = pd.concat([OFFICE["training"], late], ignore_index=True)
    tables = OFFICE | {"employee": employee, "training": training}
    new = published(store, tables, date(2026, 1, 15))
    found = of_year(cells(new), RUNNING)
    for table, months in (("training_to_date", 12), ("course", 2)):
        rows = found[found["table"] == table]
        assert rows[rows["grain"] == "month"]["period"].nunique() == months
        assert "sex" in set(rows[rows["level"] == 3]["breakdown"])


def test_a_renamed_agency_has_its_finished_years_under_its_new_code(store, first):
    """Kept figures of a code that is gone would not add up. So the year is published anew, and who
    changed meanwhile in the same government is told there: this stays open."""
    renamed = {
        name: frame.replace({"agency_id": {"SEVEN": "SEPTEM"}}) for name, frame in OFFICE.items()
    }
    new = published(store, with_more(renamed, "D"))
    found = of(of_year(cells(new), FINISHED), "appraisal_completeness", "denominator")
    value = found.set_index("place")["value"]
    assert value["SEPTEM"] == 7
    assert "SEVEN" not in value
    changed = of(of_year(told(first[1], new), FINISHED), "headcount", "people", level=2)
    assert changed[["place", "change"]].to_numpy().tolist() == [["15.71", 1]]


def test_crossed_groups_do_not_tell_a_low_rating_that_both_groups_hide(store, first):
    """Two men and two women exchange ratings across two ages: no sex and no age differs, but each
    crossing does, by one. With enough others changed the year is published anew: low ratings of
    each sex stand in it, those of a sex and an age do not."""
    tables = with_more(OFFICE, *["A"] * 6)
    new_people = tables["employee"]["employee_id"].iloc[-6:].tolist()
    tables = with_rating(tables, new_people, "meets", "meets", FINISHED)
    person = OFFICE["employee"].merge(
        OFFICE["appraisal"][OFFICE["appraisal"]["period_end"] == date(2024, 12, 31)]
    )
    person = person[(person["agency_id"] == "D") & (person["status"] == "PNS")]
    person = person[person["behaviour"] == "meets"]
    for sex, born, result in (
        ("F", 1985, "below"),
        ("F", 1975, "meets"),
        ("M", 1985, "meets"),
        ("M", 1975, "below"),
    ):
        other = "meets" if result == "below" else "below"
        alike = (person["sex"] == sex) & (person["birth_year"] == born)
        chosen = person[alike & (person["work_result"] == other)]["employee_id"].iloc[:1].tolist()
        assert chosen
        tables = with_rating(tables, chosen, result, "meets", FINISHED)
    crossed = {"breakdown": "sex,age_band", "level": 0}
    before = of(of_year(cells(first[1]), FINISHED), "low_rating_share", **crossed)
    assert before["value"].notna().all()
    found = of_year(cells(published(store, tables)), FINISHED)
    assert of(found, "low_rating_share", breakdown="sex", level=0)["value"].notna().all()
    assert of(found, "low_rating_share", "people", **crossed)["value"].notna().all()
    assert of(found, "low_rating_share", **crossed)["value"].isna().all()
