"""An agency says what it became and what it was before, and leads there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analytics.answers import Place, Snapshot, open_snapshot
from analytics.store.records import Store
from analytics.store.snapshots import publish
from analytics.text import text
from analytics.ui import succession
from tests.builder import random_tables, write

LAST = date(2024, 6, 30)
FIRST = date(2024, 7, 1)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A store with an agency that became another, one that ended, and one that goes on."""
    store = Store(Path(tmp_path_factory.mktemp("succession")))
    tables = random_tables(3, months=3)
    more = pd.DataFrame(
        [
            ("OLD", "Dinas Lama", "other", "15.71", None, LAST, "NEW"),
            ("NEW", "Dinas Baru", "other", "15.71", FIRST, None, None),
            ("GONE", "Dinas Hilang", "other", "15.71", None, LAST, None),
        ],
        columns=[*tables["agency"].columns, "valid_from", "valid_to", "successor_id"],
    )
    agency = tables["agency"].assign(valid_from=None, valid_to=None, successor_id=None)
    write(
        store,
        tables | {"agency": pd.DataFrame([*agency.to_dict("records"), *more.to_dict("records")])},
    )
    publish(store)
    return open_snapshot(store)


def ties(snapshot: Snapshot, code: str, language: str = "en") -> list[succession.Tie]:
    return succession.ties(snapshot, Place("agency", code), text(language))


def test_an_agency_that_became_another_leads_to_it(snapshot: Snapshot):
    [tie] = ties(snapshot, "OLD")
    assert tie == succession.Tie("This agency ended on 30 June 2024 and became:", ("agency:NEW",))
    [tie] = ties(snapshot, "OLD", "id")
    assert tie.sentence == "Perangkat daerah ini berakhir pada 30 Juni 2024 dan menjadi:"


def test_the_successor_leads_back(snapshot: Snapshot):
    [tie] = ties(snapshot, "NEW")
    assert tie == succession.Tie(
        "This agency exists since 1 July 2024; before, it was:", ("agency:OLD",)
    )


def test_an_agency_without_a_successor_only_says_when_it_ended(snapshot: Snapshot):
    assert ties(snapshot, "GONE") == [succession.Tie("This agency ended on 30 June 2024.")]


def test_other_places_say_nothing(snapshot: Snapshot):
    going_on = next(
        place.code
        for place in snapshot.children(Place("government", "15.71"))
        if place.code not in ("OLD", "NEW", "GONE")
    )
    assert ties(snapshot, going_on) == []
    assert succession.ties(snapshot, Place("government", "15.71"), text("en")) == []


def test_an_ended_agency_has_a_last_whole_year_and_others_have_none(snapshot: Snapshot):
    of_agency = {
        code: succession.last_whole_year(snapshot, Place("agency", code))
        for code in ("OLD", "GONE", "NEW")
    }
    # both ended in June 2024
    assert of_agency == {"OLD": "2023", "GONE": "2023", "NEW": None}
    assert succession.last_whole_year(snapshot, Place("government", "15.71")) is None
