"""Files as offices have them: each defect alone, pairs of defects and any few of them together.

What a clean file would have loaded is loaded, or exactly the rows that cannot be are kept out and
told of with their line and reason, or a person is asked; nothing wrong is ever loaded silently.
Every defect in every table, and every pair, are tried by `python -m tests.intake.dirty`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.schema import BY_NAME
from tests.intake.dirty import DEFECTS
from tests.intake.dirty.clean import Clean, make_clean
from tests.intake.dirty.form import Case, Defect, dirty, form_of, go_together, pairs
from tests.intake.dirty.trial import Wrong, attempt

PAIRS = 30
"""Pairs that are tried here, evenly taken from all of them."""


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clean]:
    folder = tmp_path_factory.mktemp("clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASN_KEY_FILE", str(folder / "pseudonym.key"))
        yield make_clean(folder)


@pytest.fixture(autouse=True)
def _key(clean: Clean, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASN_KEY_FILE", str(clean.key))


def attempted(clean: Clean, case: Case, random: Random, folder: Path) -> None:
    attempt(clean, dirty(clean.exports[case.table], case.defects, random), folder)


@pytest.mark.parametrize("table", BY_NAME)
def test_a_clean_file_is_loaded_as_the_demo_has_it(
    clean: Clean, table: str, tmp_path: Path
) -> None:
    attempt(clean, form_of(clean.exports[table]), tmp_path / "case")


@pytest.mark.parametrize("nth", range(len(DEFECTS)), ids=[one.name for one in DEFECTS])
def test_a_defect_is_undone_or_told(clean: Clean, nth: int, tmp_path: Path) -> None:
    defect = DEFECTS[nth]
    tables = [name for name, export in clean.exports.items() if defect.applies(export)]
    case = Case(tables[nth % len(tables)], (defect,))
    attempted(clean, case, Random(str(case)), tmp_path / "case")


@pytest.fixture(scope="module")
def some_pairs(clean: Clean) -> list[Case]:
    every = pairs(clean.exports, DEFECTS)
    return every[:: len(every) // PAIRS]


@pytest.mark.parametrize("nth", range(PAIRS))
def test_two_defects_are_undone_or_told(
    clean: Clean, some_pairs: list[Case], nth: int, tmp_path: Path
) -> None:
    case = some_pairs[nth]
    try:
        attempted(clean, case, Random(str(case)), tmp_path / "case")
    except Wrong as wrong:
        raise Wrong(f"{case}: {wrong}") from wrong


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), chance=st.integers(0, 2**32))
def test_any_few_defects_are_undone_or_told(
    clean: Clean,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    chance: int,
) -> None:
    name = data.draw(st.sampled_from(sorted(clean.exports)), label="table")
    export = clean.exports[name]
    chosen: tuple[Defect, ...] = ()
    for _ in range(data.draw(st.integers(1, 4), label="defects")):
        fit = [
            one
            for one in DEFECTS
            if one not in chosen
            and one.applies(export)
            and go_together(export.table, (*chosen, one))
        ]
        number = data.draw(st.integers(0, len(fit) - 1), label="defect")
        chosen = (*chosen, fit[number])
    case = Case(name, chosen)
    try:
        attempted(clean, case, Random(chance), tmp_path_factory.mktemp("any") / "case")
    except Wrong as wrong:
        raise Wrong(f"{case}: {wrong}") from wrong


def test_a_wrong_value_is_noticed(clean: Clean, tmp_path: Path) -> None:
    form = form_of(clean.exports["adoption"])
    row = replace(form.rows[0], cells=(*form.rows[0].cells[:-1], "9"))

    with pytest.raises(Wrong, match="1 rows are missing, 1 are none of the clean file's"):
        attempt(clean, form.put(0, row), tmp_path / "case")


def test_a_row_that_is_left_out_is_noticed(clean: Clean, tmp_path: Path) -> None:
    form = form_of(clean.exports["adoption"])
    row = replace(form.rows[0], cells=(*form.rows[0].cells[:-1], "99"))

    with pytest.raises(Wrong, match=r"found besides: .*number\.range"):
        attempt(clean, form.put(0, row), tmp_path / "case")


def test_a_row_that_is_loaded_though_it_must_not_be_is_noticed(
    clean: Clean, tmp_path: Path
) -> None:
    form = form_of(clean.exports["adoption"])

    with pytest.raises(Wrong, match=r"not found: .*number\.range"):
        attempt(clean, form.put(0, replace(form.rows[0], fault="number.range")), tmp_path / "case")


def test_every_defect_has_a_name_of_its_own() -> None:
    assert len({one.name for one in DEFECTS}) == len(DEFECTS)
