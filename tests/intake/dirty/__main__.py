"""Every defect alone, and every pair of defects that go together: what became of their files."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.intake.dirty import DEFECTS
from tests.intake.dirty.clean import Clean, make_clean
from tests.intake.dirty.form import Case, alone, covering, dirty, pairs
from tests.intake.dirty.trial import Wrong, attempt

SETS = {"alone": alone, "pairs": pairs, "covering": covering}


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the files; 1 where one went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.intake.dirty", description=__doc__)
    for name in SETS:
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--only", default="", help="defects whose name has this word")
    parser.add_argument("--table", default="", help="files of this table")
    parser.add_argument("--part", default="1/1", help="2/3: the second of three parts")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp())
    os.environ["ASN_KEY_FILE"] = str(folder / "pseudonym.key")
    try:
        clean = make_clean(folder / "clean")
        chosen = [name for name in SETS if getattr(asked, name)] or ["alone"]
        cases = [case for name in chosen for case in SETS[name](clean.exports, DEFECTS)]
        named = [case for case in cases if _is_asked_for(case, asked.only, asked.table)]
        part, parts = map(int, asked.part.split("/"))
        return _try_all(clean, named[part - 1 :: parts], folder, asked.seconds)
    finally:
        shutil.rmtree(folder)


def _is_asked_for(case: Case, word: str, table: str) -> bool:
    named = any(word in one.name for one in case.defects)
    return named and case.table.startswith(table)


def _try_all(clean: Clean, cases: Sequence[Case], folder: Path, seconds: float) -> int:
    start, became = time.monotonic(), Counter[str]()
    for number, case in enumerate(cases):
        if time.monotonic() - start > seconds:
            print(f"stopped after {number} of {len(cases)} files")
            break
        where = folder / str(number)
        try:
            form = dirty(clean.exports[case.table], case.defects, Random(str(case)))
            attempt(clean, form, where)
            became[case.expect] += 1
        except (Wrong, LookupError) as error:
            became["wrong"] += 1
            print(f"{case}: {error}", flush=True)
        finally:
            shutil.rmtree(where, ignore_errors=True)
    told = ", ".join(f"{count} {what}" for what, count in became.most_common())
    taken = time.monotonic() - start
    print(f"{became.total()} files of {len(DEFECTS)} defects in {taken:.0f} s: {told}")
    return int(became["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
