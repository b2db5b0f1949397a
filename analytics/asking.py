"""Asking a person at a terminal what a file means, and keeping the answers as a profile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.prompt import Prompt

if TYPE_CHECKING:
    from rich.console import Console

    from analytics.intake.suggestions import Question
    from analytics.intake.views import Desk, View


def confer(desk: Desk, files: Sequence[Path], *, console: Console) -> None:
    """Ask about every table of the files until all of it is sure, and keep each under a name.

    Questions without any answer, such as two columns of one heading, are left for the import to
    refuse.
    """
    named = ""
    while view := _open(desk, files):
        if view.label != named:
            named = view.label
            console.print(f"[bold]{escape(named)}[/bold]", highlight=False)
        # One at a time: an answer often does away with other questions.
        question = _answerable(view)[0]
        desk.answer(view, question, _asked(question, view, console))
    for view in desk.views(files)[0]:
        if view.told:
            name = Prompt.ask(
                f"Keep how {escape(view.label)} is read, under the name",
                console=console,
                default=name_for(view),
            )
            desk.keep(view, name)


def name_for(view: View) -> str:
    """A name for the profile of a table: its file's, without what no file system takes."""
    words = re.sub(r"[^\w .-]+", " ", f"{view.sheet.file.stem} {view.sheet.name or ''}")
    return words.strip(" .-")[:64].strip(" .-") or "profile"


def _open(desk: Desk, files: Sequence[Path]) -> View | None:
    """The first table with a question that a person can answer."""
    return next((view for view in desk.views(files)[0] if _answerable(view)), None)


def _answerable(view: View) -> list[Question]:
    return [question for question in view.questions if question.choices or question.free]


def _asked(question: Question, view: View, console: Console) -> str:
    """The answer to one question: the number of a choice, a column's name, or any text where that
    is one."""
    console.print(escape(f"{question.subject} {question.says}. {question.remedy}"), highlight=False)
    for number, choice in enumerate(question.choices, start=1):
        means = f" – {choice.means}" if choice.means else ""
        console.print(escape(f"  {number}  {choice.value or '(left out)'}{means}"), highlight=False)
    numbers = {str(n): choice.value for n, choice in enumerate(question.choices, start=1)}
    columns = view.open_columns if question.code == "column" else ()
    if columns:
        console.print(f"  or one of: {', '.join(columns)}", highlight=False)
    while True:
        said = Prompt.ask("Answer", console=console).strip()
        if said in numbers:
            return numbers[said]
        if said in (*numbers.values(), *columns) or (question.free and said):
            return said
        console.print("Write the number of a choice.", style="red")
