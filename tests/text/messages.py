"""Every message a reader can meet, found in the code; run it to see what the catalogue lacks.

python -m tests.text.messages          lists missing and unused messages
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from analytics.metrics import METRICS
from analytics.schema import TABLES
from analytics.studies import STUDIES
from analytics.text import labels
from analytics.text.language import DOMAIN, LOCALES
from analytics.ui.catalogue import ENTRIES, SECTIONS
from analytics.ui.evidence import GLOSSARY
from analytics.ui.watch import KINDS
from analytics.ui.words import LEADS

ROOT = Path(__file__).resolve().parents[2]
FIRST = {
    "Phrase",
    "say",
    "note",
    "prose",
    "section",
    "warning",
    "choose",
    "choose_other_place",
    "choose_other_period",
    "more",
}
SECOND = {"link"}
THIRD = {"_lines", "_listed"}


def in_code() -> set[str]:
    """Literal messages of calls such as say("…") in the package and the pages."""
    found: set[str] = set()
    for folder in ("analytics", "pages"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                found.update(_of(node))
            if folder == "pages":
                found.update(_of_mappings(tree))
    return found


def _of_mappings(tree: ast.Module) -> Iterator[str]:
    """Values of a page's constants such as NAMES = {"dots": "Dots"}, which are option labels."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            for value in node.value.values:
                yield from _literals(value)


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield from _of_defaults(node)
    if isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_defaults(function: ast.FunctionDef) -> Iterator[str]:
    arguments = reversed(function.args.args)
    for argument, default in zip(arguments, reversed(function.args.defaults), strict=False):
        if argument.arg == "message":
            yield from _literals(default)


def _of_call(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    positions = call.args[1:2] if name in SECOND else []
    if name in THIRD:
        positions = call.args[2:3]
    if name in FIRST:
        positions = call.args[:1]
    if name == "tabs":
        positions = [tab.elts[0] for tab in call.args if isinstance(tab, ast.Tuple) and tab.elts]
    for keyword in call.keywords:
        if keyword.arg == "labels" and isinstance(keyword.value, ast.Dict):
            positions = [*positions, *keyword.value.values]
        if keyword.arg == "line_says":
            positions = [*positions, keyword.value]
    for position in positions:
        yield from _literals(position)


def _literals(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def in_registries() -> set[str]:
    """Messages that stand in tables: metrics, labels, pages."""
    found: set[str] = set()
    for metric in METRICS.values():
        found |= {metric.title, metric.means, metric.caution, metric.source}
    found |= set(labels.DIMENSIONS.values()) | set(labels.FACETS.values())
    found |= set(labels.KINDS.values()) | set(KINDS.values())
    for names in labels.CATEGORIES.values():
        found |= set(names.values())
    for table in TABLES:
        found |= {words for rule in table.rules for words in (rule.says, rule.remedy)}
        found |= {table.one_row_is, *(column.means for column in table.columns)}
    for entry in ENTRIES:
        found |= {entry.title, entry.answers}
    for term, meaning in GLOSSARY:
        found |= {term, meaning}
    for study in STUDIES.values():
        found |= {study.title, study.means, study.caution, study.source}
        found |= {measure.title for measure in study.measures.values()}
        found |= set() if isinstance(study.subjects, str) else set(study.subjects.values())
    return (found | set(SECTIONS.values()) | set(LEADS.values())) - {""}


def used() -> set[str]:
    """Every message a reader can meet."""
    return (in_code() | in_registries()) - {""}


def translated(language: str = "id") -> dict[str, str]:
    """msgid → translation of a catalogue."""
    with (LOCALES / language / "LC_MESSAGES" / DOMAIN).open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}


def main() -> None:
    """Print what is missing from the catalogue, ready to paste, and what it no longer needs."""
    known = {key for key, value in translated().items() if value}
    for message in sorted(used() - known):
        quoted = message.replace("\\", "\\\\").replace('"', '\\"')
        print(f'msgid "{quoted}"\nmsgstr ""\n')
    for message in sorted(known - used()):
        print(f"# unused: {message}")


if __name__ == "__main__":
    main()
