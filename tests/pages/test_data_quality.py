"""What was rejected is told on the data quality page, with the rule and never with a value."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.answers import open_snapshot
from analytics.intake import import_files
from analytics.store.records import Store
from analytics.store.snapshots import publish
from analytics.text.language import text
from analytics.ui import catalogue
from analytics.ui.evidence import named_rule
from tests.intake.desk import right, write_csv
from tests.version_two import change

SHELL = Path(catalogue.__file__).parent / "shell.py"


def tables(store: Store, language: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The findings tab of a store's data quality page."""
    monkeypatch.setenv("ASN_STORE", str(store.path))
    monkeypatch.setattr(catalogue, "HOME", catalogue.BY_NAME["data_quality"])
    app = AppTest.from_file(str(SHELL), default_timeout=60)
    app.query_params["tab"] = "findings"
    app.query_params["lang"] = language
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.fixture(scope="module")
def rejecting(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published store into which an import kept the good rows."""
    folder = tmp_path_factory.mktemp("rejecting")
    store = Store(folder / "store")
    agencies = write_csv(folder / "agency.csv", [right("agency")])
    adoption = [
        right("adoption"),
        right("adoption", month="2025-02-01", active_users="51"),
        right("adoption", month="2025-03-01", outage_days="40"),
        right("adoption", month="2025-04-01", outage_days="41"),
        right("adoption", agency_id="secret-office"),
    ]
    import_files(store, [agencies, write_csv(folder / "adoption.csv", adoption)], keep_good=True)
    publish(store)
    return store


SAID = {
    "en": ["is outside its range", "a part is more than its whole", "is not known"],
    "id": ["di luar batas nilainya", "bagian lebih besar daripada keseluruhannya", "tidak dikenal"],
}
TITLE = {"en": "What was rejected and why", "id": "Apa yang ditolak dan mengapa"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_was_rejected_stands_under_the_findings_with_its_rule(
    rejecting: Store, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = tables(rejecting, language, monkeypatch)

    assert TITLE[language] in [part.value for part in app.subheader]
    wrong = text(language).say("What is wrong")
    (shown,) = (table.value for table in app.dataframe if wrong in table.value)
    assert sorted(shown[wrong]) == sorted(SAID[language])
    assert list(shown[text(language).say("Rows")]) == [2, 1, 1]
    assert next(iter(shown[text(language).say("Columns")])) == "outage_days"
    assert "secret-office" not in shown.to_string()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "No row of the loaded files was rejected."),
        ("id", "Tidak ada baris yang ditolak dari berkas yang dimuat."),
    ],
)
def test_nothing_rejected_is_told_in_words(
    published: Store, language: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = tables(published, language, monkeypatch)

    assert TITLE[language] in [part.value for part in app.subheader]
    assert said in [part.value for part in app.caption]


def test_a_snapshot_made_before_rejects_were_kept_says_that_there_are_none(
    published: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    store = Store(tmp_path / "older")
    shutil.copytree(published.path, store.path)
    change(store, "DROP TABLE reject")

    app = tables(store, "en", monkeypatch)
    assert "No row of the loaded files was rejected." in [part.value for part in app.caption]


def test_the_snapshot_keeps_rules_and_counts_alone(rejecting: Store) -> None:
    frame = open_snapshot(rejecting).frame("SELECT * FROM reject ORDER BY rule")

    assert list(frame.columns) == ["table_name", "rule", "rows"]
    assert frame.to_numpy().tolist() == [
        [
            "adoption",
            "active_users, expected_users: active_users is more than expected_users",
            1,
        ],
        ["adoption", "agency_id: known", 1],
        ["adoption", "outage_days: range", 2],
    ]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("grade is empty", ("grade", "is empty")),
        ("malformed line", ("", "malformed line")),
        ("key: unique in the file", ("key", "unique in the file")),
        (
            "start_date, end_date: end_date is before start_date",
            ("start_date, end_date", "before"),
        ),
    ],
)
def test_a_rule_is_told_as_its_columns_and_its_kind(rule: str, named: tuple[str, str]) -> None:
    assert named_rule(rule) == named
