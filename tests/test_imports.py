"""Who may import whom, where import-linter does not look: scripts, and what a page may contain."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted((PROJECT / "pages").rglob("*.py"))
SOURCES = sorted((PROJECT / "analytics").rglob("*.py"))

PAGE_LINES = 120
PAGE_IMPORTS = ("analytics.ui", "analytics.charts")
FRAME_METHODS = {
    "agg", "aggregate", "apply", "assign", "astype", "diff", "dropna", "fillna", "groupby",
    "iloc", "iterrows", "itertuples", "loc", "melt", "merge", "nlargest", "nsmallest",
    "pct_change", "pivot", "pivot_table", "query", "reset_index", "set_index", "sort_values",
    "to_csv", "to_dict", "values",
}  # fmt: skip
SQL = re.compile(r"\bselect\b.+\bfrom\b", re.IGNORECASE | re.DOTALL)


def modules_imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that is imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def _broken_by(node: ast.AST) -> str | None:
    """The rule that one piece of a page's code breaks."""
    if isinstance(node, (ast.Try, ast.TryStar)):
        return "catches errors: analytics.ui does that once for all pages"
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return "does arithmetic: figures come ready from an answer"
    if isinstance(node, ast.Attribute) and node.attr == "session_state":
        return "keeps state: page.ask and the filters hold it"
    if isinstance(node, ast.Attribute) and node.attr in FRAME_METHODS:
        return f"works on a table itself: .{node.attr}"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
        return "carries SQL"
    return None


def page_faults(source: str) -> list[str]:
    """Every rule of a page that its source breaks, with the line; empty where it keeps them all."""
    tree = ast.parse(source)
    faults = [
        f"line {line}: imports {module}"
        for line, module in modules_imported(tree)
        if not module.startswith(PAGE_IMPORTS)
    ]
    for node in ast.walk(tree):
        broken = _broken_by(node)
        if broken:
            faults.append(f"line {getattr(node, 'lineno', 1)}: {broken}")
    lines = source.count("\n")
    if lines >= PAGE_LINES:
        faults.append(f"{lines} lines: a page stays under {PAGE_LINES}")
    if "open_page(" not in source:
        faults.append("does not open with open_page, which checks who is asking")
    return faults


ORDINARY_PAGE = '''"""Training coverage: who has reached 20 JP, and where the gaps are."""

from analytics.charts import interval_dots
from analytics.ui import open_page

page = open_page("training_coverage")

page.headline("training_coverage")
page.chart(interval_dots, page.ask("training_coverage", by="region"))
'''


def test_a_page_like_a_table_of_contents_is_allowed():
    assert page_faults(ORDINARY_PAGE) == []


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ("import pandas", "line 11: imports pandas"),
        ("from analytics.answers import Question", "line 11: imports analytics.answers"),
        ("import streamlit as st", "line 11: imports streamlit"),
        ("gap = page.value - 20", "line 11: does arithmetic: figures come ready from an answer"),
        ("page.answer.rows.groupby('place')", "line 11: works on a table itself: .groupby"),
        ("page.session_state['x'] = 1", "line 11: keeps state: page.ask and the filters hold it"),
        ("page.note('select 1 from cells')", "line 11: carries SQL"),
        (
            "try:\n    page.note('a')\nexcept ValueError:\n    pass",
            "line 11: catches errors: analytics.ui does that once for all pages",
        ),
        ("\n" * 120, "131 lines: a page stays under 120"),
    ],
)
def test_a_page_that_does_more_is_found(added: str, fault: str):
    assert fault in page_faults(f"{ORDINARY_PAGE}\n{added}\n")


def test_a_page_that_skips_the_check_of_who_asks_is_found():
    assert page_faults('"""A page."""\n') == [
        "does not open with open_page, which checks who is asking"
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_keeps_the_rules_of_a_page(page: Path):
    assert page_faults(page.read_text(encoding="utf-8")) == []


def test_no_page_lies_where_streamlit_would_serve_it_without_the_shell():
    assert list((PROJECT / "pages").glob("*.py")) == []
    assert not (PROJECT / "analytics/ui/pages").exists()


def test_the_served_app_is_a_literal_that_streamlit_finds():
    tree = ast.parse((PROJECT / "dashboard.py").read_text(encoding="utf-8"))
    assigned = [
        node.value.func
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and [target.id for target in node.targets if isinstance(target, ast.Name)] == ["app"]
    ]
    assert [ast.unparse(function) for function in assigned] in (["st.App"], ["App"])


def test_plotly_express_is_never_used():
    found = [
        f"{source.relative_to(PROJECT)}:{line}"
        for source in SOURCES
        for line, module in modules_imported(ast.parse(source.read_text(encoding="utf-8")))
        if module.startswith("plotly.express")
    ]
    assert found == []


def test_every_module_of_analytics_has_its_place_in_the_layers():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["id"] == "layers"
    )
    placed = {name.strip(" ()") for layer in layers for name in re.split(r"[|:]", layer)}
    modules = {
        ".".join(source.relative_to(PROJECT / "analytics").with_suffix("").parts)
        for source in SOURCES
    }
    homeless = {
        name
        for name in modules
        if not any(name == layer or name.startswith(f"{layer}.") for layer in placed)
    } - {"__init__", "store.__init__"}
    assert homeless == set()


def test_the_contracts_of_import_linter_hold():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
