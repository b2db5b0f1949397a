"""The README says only what is true: its commands exist and run, its tables match the code."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from analytics.__main__ import app
from analytics.metrics import METRICS, SUBJECT_OF
from analytics.metrics.base import Metric
from analytics.store.records import Store

PROJECT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("README.md", "docs/panduan.md")
COMMAND_LINE = typer.main.get_command(app)
HARMLESS = ("ask", "metrics", "snapshots", "batches", "check", "publish")


def text_of(document: str) -> str:
    return (PROJECT / document).read_text(encoding="utf-8")


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(document), re.DOTALL | re.MULTILINE)


def shell_lines(document: str) -> list[str]:
    lines = "\n".join(blocks(document, "sh")).splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def analytics_calls(document: str) -> list[list[str]]:
    """The words after `python -m analytics` of every such command, in PowerShell too."""
    lines = [*shell_lines(document), *"\n".join(blocks(document, "powershell")).splitlines()]
    found = [re.findall(r"python -m analytics ([^;}]+)", line) for line in lines]
    return [shlex.split(call) for calls in found for call in calls]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))


def command_of(name: str):
    commands: dict = getattr(COMMAND_LINE, "commands", {})
    assert name in commands, f"python -m analytics has no command {name}"
    return commands[name]


def cases(of) -> list:
    return [
        pytest.param(
            document, case, id=f"{document}: {case if isinstance(case, str) else shlex.join(case)}"
        )
        for document in DOCUMENTS
        for case in of(document)
    ]


@pytest.mark.parametrize(("document", "line"), cases(shell_lines))
def test_every_shell_line_is_a_make_target_or_a_command_of_the_project(document: str, line: str):
    words = shlex.split(line)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    if words[0] == "make":
        assert set(words[1:]) <= make_targets()
    else:
        assert words[:3] == ["python", "-m", "analytics"] or words[0] in ("source", "export", "cp")


@pytest.mark.parametrize(("document", "call"), cases(analytics_calls))
def test_every_command_has_the_options_it_is_shown_with(document: str, call: list[str]):
    command = command_of(call[0])
    known = {name for option in command.params for name in option.opts}
    used = {word for word in call[1:] if word.startswith("--")}
    assert used <= known


@pytest.mark.parametrize("line", blocks("README.md", "powershell"))
def test_the_windows_lines_do_what_make_run_does(line: str):
    installs, starts = line.strip().splitlines()
    assert "-m venv .venv" in installs
    assert "pip install -r requirements.txt" in installs
    assert r"data\store\records.duckdb" in starts
    assert "-m streamlit run dashboard.py --server.address 127.0.0.1" in starts


def test_the_table_of_commands_is_complete():
    section = text_of("README.md").split("## Commands")[1].split("```")[0]
    named = set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE))
    assert named == set(getattr(COMMAND_LINE, "commands", {}))


def test_the_example_of_a_metric_is_the_metric_that_is_registered():
    [example] = blocks("README.md", "python")
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    made = [value for value in names.values() if isinstance(value, Metric)]
    assert made == [METRICS["training_coverage"]]


def test_the_table_of_metrics_is_the_registry():
    expected = [
        f"| `{metric.key}` | {metric.title} | {metric.unit} | {SUBJECT_OF[metric.key]} |"
        for metric in METRICS.values()
    ]
    table = text_of("README.md").split("| key | title | unit | subject |")[1].split("\n\n")[0]
    assert table.strip().splitlines()[1:] == expected


def test_the_table_of_pages_is_the_pages_there_are():
    section = text_of("README.md").split("## What each page answers")[1].split("\n## ")[0]
    named = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(named) == sorted(page.stem for page in (PROJECT / "pages").rglob("*.py"))


@pytest.mark.parametrize("document", [*DOCUMENTS, "DECISIONS.md"])
def test_every_file_that_is_named_exists(document: str):
    targets = re.findall(r"\]\((?!http|#)([^)#]+)", text_of(document))
    targets += re.findall(r"`((?:analytics|data|docs|tests|pages)/[\w./-]+)`", text_of(document))
    folder = (PROJECT / document).parent
    missing = {
        target
        for target in targets
        if not (folder / target).exists() and not (PROJECT / target).exists()
    }
    assert missing - {"data/store", "data/store/"} == set()


def test_decisions_are_numbered_and_say_five_things_each():
    parts = re.split(r"^## ", text_of("DECISIONS.md"), flags=re.MULTILINE)[1:]
    assert [int(part.split(".")[0]) for part in parts] == list(range(1, len(parts) + 1))
    for part in parts:
        said = [line for line in part.splitlines()[1:] if line.strip()]
        assert len(said) == 5, part


def run_analytics(call: list[str], store: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "analytics", *call],
        cwd=PROJECT,
        env={**os.environ, "ASN_STORE": str(store)},
        capture_output=True,
        text=True,
    )


def test_the_harmless_commands_run_as_they_stand(demo: Store, tmp_path: Path):
    store = tmp_path / "store"
    shutil.copytree(demo.path, store)
    calls = [
        call for document in DOCUMENTS for call in analytics_calls(document) if call[0] in HARMLESS
    ]
    assert {call[0] for call in calls} == set(HARMLESS)
    for call in {shlex.join(call) for call in calls}:
        done = run_analytics(shlex.split(call), store)
        assert done.returncode == 0, f"{call}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), call
        assert "Traceback" not in done.stderr
