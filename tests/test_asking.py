"""At a terminal a person is asked what a file means, once; elsewhere the questions are listed."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.intake.desk import right, write_csv

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty store and a key of its own."""
    monkeypatch.setenv("ASN_KEY_FILE", str(tmp_path / "pseudonym.key"))
    monkeypatch.setenv("ASN_STORE", str(tmp_path / "store"))
    return tmp_path


def importing(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "analytics", "import", *map(str, words)]


def odd_file(office: Path) -> Path:
    """An agency file with one heading that nothing is known of."""
    return write_csv(office / "agency.csv", [renamed(right("agency"))])


def renamed(row: dict[str, str]) -> dict[str, str]:
    return {("punya siapa" if n == "region_code" else n): value for n, value in row.items()}


def test_without_a_terminal_the_questions_are_listed_and_the_exit_code_is_2(office: Path) -> None:
    done = subprocess.run(
        importing(odd_file(office), "--report", office / "temuan.json"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2, done.stderr
    assert "punya siapa" in done.stderr
    assert "region_code" in done.stderr
    assert '"questions"' in (office / "temuan.json").read_text(encoding="utf-8")
    assert "Traceback" not in done.stderr


def test_at_a_terminal_answers_are_taken_kept_and_not_asked_again(office: Path) -> None:
    file = odd_file(office)
    said = converse(importing(file), "region_code", "OPD kota")
    assert "1 rows of agency loaded" in said
    assert [path.stem for path in (office / "store" / "profiles").iterdir()] == ["OPD kota"]

    another = write_csv(
        office / "agency_2.csv", [renamed(right("agency", agency_id="15.71-DISDIK"))]
    )
    assert "1 rows of agency loaded" in converse(importing(another))


def converse(command: list[str], *answers: str) -> str:
    """What a command says at a terminal of its own, where every prompt gets the next answer."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    waiting, said = list(answers), ""
    while chunk := _read(ours):
        said += chunk
        if waiting and re.search(r"(Answer|under the name[^:]*): $", plain(said)):
            os.write(ours, f"{waiting.pop(0)}\n".encode())
    os.close(ours)
    assert process.wait() == 0, said
    assert not waiting, said
    return plain(said)


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:  # Linux says so where the other side has closed
        return ""


def plain(said: str) -> str:
    """The words without the codes that colour them."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
