"""Stores that the pages are shown on: one of records, one of recaps alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.store.records import Store
from analytics.store.snapshots import publish
from analytics.ui import catalogue
from tests.builder import random_store, random_tables, write
from tests.version_two import as_version_two, of_older_protection

FACETS = ("change_managed_well", "safe_to_challenge", "learning_access")
SHELL = Path(catalogue.__file__).parent / "shell.py"
OFFICES = {"A1": "Office of Maps", "B2": "Office of Seeds", "C3": "Office of Tides"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of a store at its link's choices; fails where it raises."""

    def open_(store: Store, name: str, **query: str) -> AppTest:
        monkeypatch.setenv("ASN_STORE", str(store.path))
        monkeypatch.setattr(catalogue, "HOME", catalogue.BY_NAME[name])
        app = AppTest.from_file(str(SHELL), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return open_


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small random store of every table, published."""
    store = random_store(tmp_path_factory.mktemp("records"), seed=7)
    publish(store)
    return store


@pytest.fixture(scope="session")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same with so many people that agencies and crossed breakdowns are published."""
    store = random_store(tmp_path_factory.mktemp("larger"), seed=7, people=2_500)
    publish(store)
    return store


@pytest.fixture(scope="session")
def version_two(published: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same with breakdowns of people by year alone, at agencies without the unfinished year."""
    to = tmp_path_factory.mktemp("version-two") / "store"
    return as_version_two(published, to, unfinished=2025)


@pytest.fixture(scope="session")
def older_protection(published: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same made under older disclosure rules."""
    return of_older_protection(published, tmp_path_factory.mktemp("older") / "store")


@pytest.fixture(scope="session")
def to_february(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small random store whose last year ends in February, with targets for it."""
    store = Store(Path(tmp_path_factory.mktemp("february")))
    targets = [(m, "15", 2026, 0.8) for m in ("training_coverage", "adoption_active")]
    columns = ["metric", "region_code", "year", "value"]
    write(
        store,
        random_tables(11, months=26) | {"target": pd.DataFrame(targets, columns=columns)},
        extracted_on=date(2026, 3, 15),
    )
    publish(store)
    return store


@pytest.fixture(scope="session")
def reorganised(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small random store in which the first agency ends in the second year."""
    store = Store(Path(tmp_path_factory.mktemp("reorganised")))
    tables = random_tables(5, months=24)
    ended = [date(2025, 3, 31), *[None] * (len(tables["agency"]) - 1)]
    write(store, tables | {"agency": tables["agency"].assign(valid_to=ended)})
    publish(store)
    return store


def recap(
    agency: str, year: int, metric: str, value: float, facet: str | None = None
) -> dict[str, object]:
    """One yearly figure of an agency, without the number of people behind it."""
    return {
        "metric": metric,
        "agency_id": agency,
        "period_start": date(year, 1, 1),
        "period_end": date(year, 12, 31),
        "facet": facet,
        "mean": value,
    }


@pytest.fixture(scope="session")
def recaps_alone(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One foreign region whose agencies have survey recaps of unknown number, and nothing else."""
    region = ("ZZ", None, None, "Elsewhere", "provinsi", "ZZ")
    names = ["region_code", "bps_code", "bkn_code", "name", "kind", "province_code"]
    agencies = [(code, name, "other", "ZZ") for code, name in OFFICES.items()]
    recaps = [
        recap(agency, year, "favourable_share", 0.30 + 0.05 * place + 0.01 * part, facet)
        for place, agency in enumerate(OFFICES)
        for part, facet in enumerate(FACETS)
        for year in (2023, 2024)
    ]
    recaps += [recap(agency, 2024, "response_rate", 0.625) for agency in OFFICES]
    store = Store(Path(tmp_path_factory.mktemp("recaps")))
    tables = {
        "region": pd.DataFrame([region], columns=names),
        "agency": pd.DataFrame(agencies, columns=["agency_id", "name", "kind", "region_code"]),
        "recap": pd.DataFrame(recaps),
    }
    write(store, tables, synthetic=False)
    publish(store)
    return store


@pytest.fixture(scope="session")
def people_alone(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Regions, agencies and a register of employees, and nothing else yet."""
    tables = random_tables(3, people=300, months=2, agencies=2)
    people = tables["employee"].drop_duplicates("employee_id")
    store = Store(Path(tmp_path_factory.mktemp("people")))
    kept = {
        "region": tables["region"],
        "agency": tables["agency"],
        "employee": people.assign(valid_from=date(2020, 1, 1), valid_to=None),
    }
    write(store, kept, synthetic=False, extracted_on=date(2026, 11, 17))
    publish(store)
    return store
