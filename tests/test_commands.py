"""The command line: what it takes, what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analytics.__main__ import app
from analytics.answers import Place, Question, open_snapshot
from analytics.commands import (
    Misused,
    Span,
    UnknownPlace,
    as_csv,
    as_json,
    breakdowns_of,
    questions_of,
    span_of,
)
from analytics.metrics import METRICS
from analytics.store.records import Store
from analytics.store.snapshots import current_id
from tests.intake.desk import right, write_csv

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store and a key of its own."""
    monkeypatch.setenv("ASN_KEY_FILE", str(tmp_path / "pseudonym.key"))
    monkeypatch.setenv("ASN_STORE", str(tmp_path / "store"))
    return tmp_path


def run(*words: str | Path, store: Store | None = None) -> Result:
    arguments = [str(word) for word in words]
    return CliRunner().invoke(app, arguments + (["--store", str(store.path)] if store else []))


def asked(demo: Store, *words: str) -> dict:
    result = run("ask", *words, "--format", "json", store=demo)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("period", "grain", "span"),
    [
        (None, None, Span("year")),
        (None, "month", Span("month")),
        ("2025", None, Span("year", "2025", "2025")),
        ("2025-Q4", None, Span("quarter", "2025-Q4", "2025-Q4")),
        ("2025-12", None, Span("month", "2025-12", "2025-12")),
        ("2024..2025", None, Span("year", "2024", "2025")),
        ("2024..", None, Span("year", "2024", None)),
        ("..2025-Q2", None, Span("quarter", None, "2025-Q2")),
        ("2024..2025-06", None, Span("month", "2024-01", "2025-06")),
        ("2024-Q2..2025-06", None, Span("month", "2024-04", "2025-06")),
        ("2025", "month", Span("month", "2025-01", "2025-12")),
        ("2025", "quarter", Span("quarter", "2025-Q1", "2025-Q4")),
        ("2025-Q3", "month", Span("month", "2025-07", "2025-09")),
    ],
)
def test_a_period_and_a_grain_make_a_span(period: str, grain: str, span: Span) -> None:
    assert span_of(period, grain) == span


@pytest.mark.parametrize(
    ("period", "grain", "says"),
    [
        ("2025-13", None, "is not a period"),
        ("2025-Q5", None, "is not a period"),
        ("last year", None, "is not a period"),
        ("..", None, "needs a first or a last"),
        ("2025-12", "year", "ask with --grain month"),
        ("2025..2024", None, "comes after"),
    ],
)
def test_a_period_that_is_none_is_told_in_words(period: str, grain: str, says: str) -> None:
    with pytest.raises(Misused, match=says):
        span_of(period, grain)


def test_breakdowns_are_given_one_by_one_or_with_commas() -> None:
    assert breakdowns_of(["sex", "status"]) == breakdowns_of(["sex, status"]) == ("sex", "status")


PLACES = pd.DataFrame(
    [
        ("all", "all", "All"),
        ("province", "15", "Jambi"),
        ("province", "17", "Bengkulu"),
        ("government", "15", "Jambi"),
        ("government", "15.71", "Kota Jambi"),
        ("agency", "15.71-DINKES", "Dinas Kesehatan"),
    ],
    columns=["level", "code", "name"],
)
BASE = Question("training_coverage")


@pytest.mark.parametrize(
    ("places", "level", "questions"),
    [
        ([], None, [Question("training_coverage")]),
        ([], "agency", [Question("training_coverage", level="agency")]),
        (["all"], None, [Question("training_coverage", places=("all",))]),
        (["15"], None, [Question("training_coverage", level="province", places=("15",))]),
        (
            ["15", "17"],
            None,
            [Question("training_coverage", level="province", places=("15", "17"))],
        ),
        (["15"], "government", [Question("training_coverage", level="government", places=("15",))]),
        (["15.71"], None, [Question("training_coverage", level="government", places=("15.71",))]),
        (
            ["15"],
            "agency",
            [Question("training_coverage", level="agency", within=Place("province", "15"))],
        ),
        (
            ["15.71", "15.71-DINKES"],
            "agency",
            [
                Question("training_coverage", level="agency", places=("15.71-DINKES",)),
                Question("training_coverage", level="agency", within=Place("government", "15.71")),
            ],
        ),
        (["all"], "agency", [Question("training_coverage", level="agency")]),
    ],
)
def test_places_and_a_level_make_questions(
    places: list[str], level: str | None, questions: list[Question]
) -> None:
    assert questions_of(BASE, places, level, PLACES) == questions


def test_places_that_cannot_be_asked_together_are_told_in_words() -> None:
    with pytest.raises(Misused, match="places of different levels"):
        questions_of(BASE, ["15", "15.71"], None, PLACES)
    with pytest.raises(Misused, match="no places of level province within it"):
        questions_of(BASE, ["15.71"], "province", PLACES)
    with pytest.raises(UnknownPlace, match=r'"15\.7"\. Nearest: 15\.71 \(government Kota Jambi\)'):
        questions_of(BASE, ["15.7"], None, PLACES)


def test_json_has_no_nan_and_csv_is_empty_where_there_is_no_number() -> None:
    row = {"place": "15", "value": None, "withheld": True}

    assert json.loads(as_json([row])) == [row]
    assert as_csv([row], list(row)) == "place,value,withheld\n15,,true"
    assert as_csv([], list(row)) == "place,value,withheld"
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json(float("nan"))


def test_every_metric_is_listed_with_its_words() -> None:
    rows = json.loads(run("metrics", "--format", "json").stdout)

    assert [row["key"] for row in rows] == list(METRICS)
    assert {
        "training_coverage",
        "top_rating_share",
        "low_rating_share",
        "appraisal_completeness",
        "on_time_share",
        "adoption_active",
        "readiness_index",
    } <= {row["key"] for row in rows}
    coverage = next(row for row in rows if row["key"] == "training_coverage")
    assert (coverage["unit"], coverage["subject"], coverage["over_time"]) == (
        "share",
        "training",
        "last",
    )
    assert coverage["dimensions"] == ["sex", "age_band", "grade_group", "status", "position_type"]
    assert run("metrics", "--format", "csv").stdout.startswith("key,title,unit,subject,means")
    assert "training_coverage" in run("metrics").stdout


def test_asking_prints_the_snapshots_answer(demo: Store) -> None:
    printed = asked(demo, "training_coverage", "--place", "15", "--by", "sex", "--period", "2025")
    snapshot = open_snapshot(demo)
    rows = snapshot.ask(
        Question("training_coverage", "province", ("15",), first="2025", last="2025", by=("sex",))
    ).rows

    assert {key: printed[key] for key in ("metric", "unit", "snapshot")} == {
        "metric": "training_coverage",
        "unit": "share",
        "snapshot": current_id(demo),
    }
    assert list(printed["rows"][0]) == [
        "place",
        "place_name",
        "period",
        "sex",
        "value",
        "low",
        "high",
        "numerator",
        "denominator",
        "withheld",
    ]
    assert [(r["place"], r["period"], r["sex"]) for r in printed["rows"]] == list(
        zip(rows["place"], rows["period"], rows["sex"], strict=True)
    )
    for row, value in zip(printed["rows"], rows["value"], strict=True):
        assert row["value"] == (None if pd.isna(value) else value)


def test_withheld_rows_are_printed_without_figures(demo: Store) -> None:
    rows = asked(demo, "training_coverage", "--level", "agency", "--by", "status")["rows"]
    withheld = [row for row in rows if row["withheld"]]

    assert withheld
    assert all(row["value"] is row["numerator"] is row["denominator"] is None for row in withheld)


def test_levels_and_places_reach_the_places_they_mean(demo: Store) -> None:
    def places(*words: str) -> set[str]:
        rows = asked(demo, "training_coverage", "--period", "2025", *words)["rows"]
        return {row["place"] for row in rows}

    within = places("--place", "15", "--level", "agency")
    own = places("--place", "15.71", "--level", "agency")
    assert places() == {"all"}
    assert places("--place", "15") == places("--place", "15", "--level", "government") == {"15"}
    assert own < within
    assert len(places("--level", "government")) == 39
    assert places("--place", "15", "--place", "17") == {"15", "17"}


def test_csv_and_tables_hold_the_same_rows(demo: Store) -> None:
    question = ("ask", "training_coverage", "--level", "province", "--period", "2025")
    lines = run(*question, "--format", "csv", store=demo).stdout.splitlines()
    table = run(*question, store=demo).stdout

    assert lines[0] == "place,place_name,period,value,low,high,numerator,denominator,withheld"
    assert len(lines) == 4
    assert all(line.split(",")[1] in table for line in lines[1:])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("training_covrage",), 1, "training_coverage"),
        (("training_coverage", "--place", "15.7x"), 1, "15.71 (government Kota Jambi)"),
        (("training_coverage", "--place", "Lampung"), 1, "Nearest: 18 (province Lampung)"),
        (("training_coverage", "--place", "lampung"), 1, "18.71 (government Kota Bandar Lampung)"),
        (("training_coverage", "--place", "Bandar Lampung"), 1, "Nearest: 18.71 (government"),
        (("training_coverage", "--place", "Bandar Lampug"), 1, "18.71 (government Kota"),
        (
            ("training_coverage", "--place", "zzz"),
            1,
            "15 (province Jambi), 17 (province Bengkulu), 18 (province Lampung).",
        ),
        (("training_coverage", "--period", "2031"), 1, "by year for 2025, and not for 2031."),
        (
            ("adoption_active", "--period", "2031-02.."),
            1,
            "by month from 2025-01 to 2025-12, and not for 2031-02...",
        ),
        (("training_coverage", "--by", "sex", "--by", "sex"), 2, "--by names sex more than once"),
        (("training_coverage", "--by", "sexx"), 1, "sex"),
        (("training_coverage", "--period", "2025-13"), 2, "is not a period"),
        (("training_coverage", "--level", "village"), 2, "village"),
        (("training_coverage", "--place", "15", "--place", "15.71"), 2, "different levels"),
    ],
)
def test_what_does_not_exist_is_named_with_the_nearest_that_does(
    demo: Store, words: tuple[str, ...], code: int, says: str
) -> None:
    result = run("ask", *words, store=demo)

    assert result.exit_code == code
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_a_csv_without_rows_has_its_headings(demo: Store) -> None:
    question = ("ask", "training_coverage", "--place", "15.71", "--agency-kind", "forestry")
    question = (*question, "--by", "sex", "--format", "csv")
    lines = run(*question, store=demo).stdout.splitlines()
    assert lines == ["place,place_name,period,sex,value,low,high,numerator,denominator,withheld"]


@pytest.mark.parametrize("words", [("ask", "training_coverage", "--level", "agency"), ("metrics",)])
def test_a_table_in_a_pipe_is_as_wide_as_it_is(demo: Store, words: tuple[str, ...]) -> None:
    command = shlex.join([sys.executable, "-m", "analytics", *words]) + " | head -5"
    shell = ["sh", "-c", command]
    env = os.environ | {"ASN_STORE": str(demo.path), "COLUMNS": "40"}
    done = subprocess.run(shell, cwd=ROOT, env=env, text=True, capture_output=True)

    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert "…" not in done.stdout
    if words[0] == "ask":
        headings = "place place_name period value low high numerator denominator"
        assert " ".join(lines[1].replace("┃", " ").split()) == headings


def test_findings_go_to_the_errors_and_nothing_is_loaded(own: Path) -> None:
    file = write_csv(own / "agency.csv", [right("agency", kind="clinic"), right("agency")])
    result = run("import", file)

    assert result.exit_code == 1
    assert 'agency.csv, line 2, kind: "clinic" is not one of the values' in result.stderr
    assert "Nothing was loaded: 1 rows are wrong in 1 of" in result.stderr
    assert result.stdout == ""


def test_an_import_says_what_was_loaded_and_rejected_and_what_comes_next(own: Path) -> None:
    file = write_csv(
        own / "agency.csv", [right("agency", kind="clinic"), right("agency", agency_id="B")]
    )
    result = run("import", file, "--keep-good", "--extracted-on", "2025-03-01")

    assert result.exit_code == 0, result.output
    assert "agency.csv: 1 rows of agency loaded, 1 rejected." in result.stdout
    assert "python -m analytics publish" in result.stdout
    assert list((own / "store" / "rejects").iterdir())
    assert "already loaded" in run("import", file).stdout


def test_batches_are_listed_and_one_is_taken_back(own: Path) -> None:
    nothing = run("batches")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "python -m analytics import" in nothing.stderr
    file = write_csv(own / "agency.csv", [right("agency"), right("agency", agency_id="B")])
    assert run("import", file, "--extracted-on", "2025-03-01").exit_code == 0
    listed = json.loads(run("batches", "--format", "json").stdout)
    regions, agencies = listed[1], listed[0]

    assert (agencies["batch"], agencies["file"], agencies["table"]) == (2, "agency.csv", "agency")
    assert (agencies["extracted_on"], agencies["loaded"]) == ("2025-03-01", 2)
    assert agencies["taken_back_at"] is None
    assert regions["file"] == "data/regions.csv"
    rows = run("batches", "--format", "csv").stdout.splitlines()
    assert rows[0].split(",") == list(agencies)
    assert rows[1].startswith("2,agency.csv,,agency,2025-03-01,")
    assert "data/regions.csv" in run("batches").stdout

    taken = run("take-back", "2")
    assert taken.exit_code == 0, taken.output
    assert "Batch 2 (agency.csv, agency) is taken back." in taken.stdout
    assert "python -m analytics publish" in taken.stdout
    after = json.loads(run("batches", "--format", "json").stdout)
    assert after[0]["taken_back_at"] is not None
    assert "was taken back before" in said_of(run("take-back", "2"))
    assert "There is no batch 9." in said_of(run("take-back", "9"))
    assert "agency.csv: 2 rows of agency loaded." in run("import", file).stdout


def test_demo_and_real_data_never_share_a_store(own: Path) -> None:
    agency = write_csv(own / "agency.csv", [right("agency")])
    assert run("import", agency).exit_code == 0
    refused = run("demo", "--people", "100", "--months", "1")

    assert refused.exit_code == 1
    assert "holds imported data" in refused.stderr


def test_a_store_without_a_snapshot_says_what_to_do(own: Path) -> None:
    for words in (("ask", "training_coverage"), ("snapshots",), ("rollback", "none"), ("check",)):
        result = run(*words)
        assert result.exit_code == 1, words
        assert result.stderr
        assert "Traceback" not in result.output


def test_a_whole_life_from_demo_to_roll_back(own: Path) -> None:
    made = run("demo", "--people", "1500", "--months", "3")
    assert made.exit_code == 0, made.output
    store = Store(own / "store")
    first = current_id(store)
    assert first is not None
    assert first in made.stdout
    assert run("publish").exit_code == 0
    second = current_id(store)
    listed = run("snapshots").stdout
    assert first
    assert first in listed
    assert second
    assert second in listed
    assert run("rollback", first).exit_code == 0
    assert current_id(store) == first
    checked = run("check")
    assert checked.exit_code == 0, checked.output
    assert "Every rule holds." in checked.stdout


def test_check_ends_with_one_where_a_rule_is_broken(own: Path) -> None:
    from analytics.store.records import open_records

    assert run("import", write_csv(own / "agency.csv", [right("agency")])).exit_code == 0
    with open_records(Store(own / "store")) as connection:
        connection.execute("UPDATE agency SET kind = 'clinic'")
    result = run("check")

    assert result.exit_code == 1
    assert "1 rules are broken" in result.stderr
    assert "1 rows break it" in result.stdout


def test_the_module_runs_as_a_program(own: Path) -> None:
    def program(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "analytics", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, env=os.environ, text=True, capture_output=True)

    loaded = program("import", write_csv(own / "agency.csv", [right("agency")]))
    misused = program("import")
    missing = program("import", own / "none.csv")

    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert "agency.csv: 1 rows of agency loaded." in loaded.stdout
    assert misused.returncode == 2
    assert missing.returncode == 1
    assert "none.csv does not exist" in missing.stderr
    assert "Traceback" not in missing.stderr


def said_of(result: Result) -> str:
    """The words of a failure: exit code 1, no traceback, nothing on the output."""
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return " ".join(result.stderr.split())


def test_a_pointer_to_a_snapshot_that_is_not_there_says_so_and_what_to_run(
    demo: Store, own: Path
) -> None:
    store = Store(own / "store")
    shutil.copytree(demo.path, store.path)
    there = current_id(store)
    store.pointer.write_text("20200101-000000-abcdef\n")

    for words in (("ask", "training_coverage"), ("check",)):
        said = said_of(run(*words))
        assert "names snapshot 20200101-000000-abcdef" in said
        assert f"`python -m analytics rollback {there}`" in said
    assert "not among them: 20200101-000000-abcdef" in run("snapshots").stderr
    assert run("rollback", str(there)).exit_code == 0
    assert run("ask", "training_coverage").exit_code == 0

    (store.snapshots / f"{there}.duckdb").write_bytes(b"not a database at all")
    assert f"names snapshot {there}" in said_of(run("ask", "training_coverage"))


def test_records_that_are_no_duckdb_file_are_not_said_to_be_in_use(own: Path) -> None:
    store = Store(own / "store")
    store.path.mkdir()
    file = write_csv(own / "agency.csv", [right("agency")])
    store.records.write_bytes(b"kode;nama\n15;Jambi\n")
    for words in (("publish",), ("check",), ("import", file), ("demo", "--people", "10")):
        said = said_of(run(*words))
        assert f"{store.records} is not a file of this dashboard, or is damaged." in said
    store.records.unlink()
    duckdb.connect(str(store.records)).close()
    assert "is not a file of this dashboard" in said_of(run("publish"))
    assert "is not a file of this dashboard" in said_of(run("check"))


def test_records_that_another_process_holds_are_said_to_be_in_use(own: Path) -> None:
    assert run("import", write_csv(own / "agency.csv", [right("agency")])).exit_code == 0
    held = f"import duckdb; c = duckdb.connect({str(own / 'store' / 'records.duckdb')!r});"
    other = subprocess.Popen(
        [sys.executable, "-c", f"{held} print('held', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        said = [said_of(run(word)) for word in ("publish", "check")]
        other.communicate("\n")
    assert all("in use by another process" in words for words in said)


def test_a_folder_that_cannot_be_made_is_named(own: Path) -> None:
    (own / "file").write_text("in the way")
    file = write_csv(own / "agency.csv", [right("agency")])
    blocked = Store(own / "file" / "store")
    for words in (("import", file), ("demo", "--people", "10", "--months", "1")):
        said = said_of(run(*words, store=blocked))
        assert f"{blocked.path}" in said
        assert "Name a folder that can, with --store or ASN_STORE." in said
    said = said_of(run("templates", own / "file" / "templates"))
    assert f"{own / 'file' / 'templates'}" in said
    assert "Check that" in said


def test_publishing_again_says_which_headline_figures_change(own):
    first = right("recap", agency_id="", region_code="15", numerator="300", denominator="500")
    more = first | {"numerator": "200", "period_start": "2024-01-01", "period_end": "2024-12-31"}
    told = ""
    for number, row in enumerate((more, first)):
        file = write_csv(own / f"recap_{number}.csv", [row])
        loaded = run("import", file, "--extracted-on", "2026-01-31")
        assert loaded.exit_code == 0, loaded.output
        published = run("publish")
        assert published.exit_code == 0, published.output
        told = published.output
    lines = [line.split("│")[1:-1] for line in told.splitlines() if "│" in line]
    changes = [[cell.strip() for cell in line] for line in lines]
    assert ["training_coverage", "Jambi", "2025", "none", "60.0 %"] in changes
    assert "No headline figure is another one than before." in run("publish").output
