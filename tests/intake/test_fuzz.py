"""Some seconds of the fuzzer, in a process of its own so that its memory can be told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_broken_files_are_read_or_refused_with_words_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.intake.fuzz", "--seconds", "15", "--seed", "20231014"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert re.match(r"\d+ inputs in \d+ s: .*'refused'.*", done.stdout)
