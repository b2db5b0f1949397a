"""An office publishes after its first files: what there is is shown, else what to load is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.__main__ import app
from analytics.answers import NotPublished as NoFigures
from analytics.answers import Question, open_snapshot
from analytics.audit import audit
from analytics.store.records import Store
from analytics.store.snapshots import NotPublished, current_id, publish, snapshot_path
from analytics.text import text
from tests.builder import random_tables, write

EXTRACTED = date(2026, 11, 17)


def store_of(folder: Path, *names: str, extracted_on: date = EXTRACTED, **columns: object) -> Store:
    """A store that holds the tables named and no others; `columns` are set for all employees."""
    tables = random_tables(3, people=120, months=2, agencies=2)
    kept = {name: tables[name] for name in names}
    if "employee" in kept:
        kept["employee"] = kept["employee"].assign(**columns)
    store = Store(folder / "store")
    write(store, kept, synthetic=False, extracted_on=extracted_on)
    return store


IN_SERVICE = {"valid_from": date(2020, 1, 1), "valid_to": None}


def one_span_each(store_tables: pd.DataFrame) -> pd.DataFrame:
    return store_tables.drop_duplicates("employee_id")


def counted(store: Store, grain: str) -> list[tuple[str, float]]:
    rows = open_snapshot(store).ask(Question("headcount", grain=grain)).rows
    return list(zip(rows["period"], rows["value"], strict=True))


def test_people_alone_are_counted_for_the_last_month_that_was_over(tmp_path):
    tables = random_tables(3, people=120, months=2, agencies=2)
    people = one_span_each(tables["employee"]).assign(**IN_SERVICE)
    store = Store(tmp_path / "store")
    kept = {"region": tables["region"], "agency": tables["agency"], "employee": people}
    write(store, kept, synthetic=False, extracted_on=EXTRACTED)
    published = publish(store)
    assert counted(store, "month") == [("2026-10", len(people))]
    assert counted(store, "year") == [("2026", len(people))]
    assert audit(snapshot_path(store, published)) == []


@pytest.mark.parametrize(
    ("extracted", "since", "month"),
    [
        (date(2026, 11, 30), date(2020, 1, 1), "2026-11"),  # its last day is in the file
        (date(2026, 11, 17), date(2026, 11, 1), "2026-11"),  # nobody was known in October
        (date(2027, 1, 1), date(2020, 1, 1), "2026-12"),
    ],
)
def test_the_month_of_a_register_is_that_of_its_extraction(tmp_path, extracted, since, month):
    store = store_of(
        tmp_path,
        *("region", "agency", "employee"),
        extracted_on=extracted,
        valid_from=since,
        valid_to=None,
    )
    publish(store)
    assert [period for period, _ in counted(store, "month")] == [month]


@pytest.mark.parametrize("metric", ["training_coverage", "people_in_data_share"])
def test_files_that_have_not_come_are_no_figure_of_nought(tmp_path, metric):
    store = store_of(tmp_path, "region", "agency", "employee", **IN_SERVICE)
    publish(store)
    snapshot = open_snapshot(store)
    try:
        rows = snapshot.ask(Question(metric)).rows
    except NoFigures:
        return
    assert rows.empty


@pytest.mark.parametrize(
    "names", [(), ("region",), ("region", "agency"), ("region", "survey_item")]
)
@pytest.mark.parametrize("language", ["en", "id"])
def test_a_store_without_figures_is_told_what_to_load(tmp_path, monkeypatch, names, language):
    store = store_of(tmp_path, *names)
    with pytest.raises(NotPublished) as refused:
        publish(store)
    assert current_id(store) is None
    assert not list(store.snapshots.iterdir()), "nothing half made is left"
    monkeypatch.setenv("LC_ALL", {"en": "C", "id": "id_ID.UTF-8"}[language])
    said = CliRunner().invoke(app, ["publish", "--store", str(store.path)])
    assert said.exit_code == 1
    assert " ".join(said.output.split()) == text(language).retell(refused.value.args[0])
    assert {"en": "Load employees", "id": "Muat data pegawai"}[language] in said.output


@pytest.mark.parametrize("name", ["activity", "adoption", "survey_response"])
def test_what_one_table_holds_is_published(tmp_path, name):
    items = ("survey_item",) if name == "survey_response" else ()
    publish(store_of(tmp_path, "region", "agency", *items, name))


def test_employees_who_have_all_left_are_nothing_to_show(tmp_path):
    gone = {"valid_from": date(2019, 1, 1), "valid_to": date(2020, 1, 1)}
    with pytest.raises(NotPublished, match="nothing to show"):
        publish(store_of(tmp_path, "region", "agency", "employee", **gone))


def test_figures_that_come_later_take_the_place_of_a_count(tmp_path):
    store = store_of(tmp_path, "region", "agency", "employee", **IN_SERVICE)
    publish(store)
    store.records.unlink()
    tables = random_tables(3, people=120, months=2, agencies=2)
    names = ("region", "agency", "employee", "appraisal")
    write(store, {n: tables[n] for n in names}, synthetic=False, extracted_on=EXTRACTED)
    publish(store)
    periods = {period for period, _ in counted(store, "month")}
    assert periods
    assert "2026-10" not in periods
