"""Random extracts, loaded and taken back in any order, against a slow plain model of what stands."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.intake.batches import batches, take_back
from analytics.intake.check import check_records
from analytics.intake.findings import IntakeError
from analytics.intake.pseudonyms import pseudonyms, read_key
from analytics.store.records import Store
from tests.intake.desk import Desk, right

FIRST_BATCH = 3
"""The prepared store holds two: its regions and its agency."""

DAYS = tuple(dt.date(2025, month, 28) for month in (1, 2, 3))
Row = tuple[Any, Any]
"""A key and what a file says of it."""


@dataclass
class Given:
    """A batch as the model keeps it: its day, and line and content of each key."""

    day: dt.date
    file: tuple[Row, ...]
    rows: dict[Any, tuple[int, Any]]


@dataclass
class Plain:
    """What is loaded, in dictionaries: every batch that is left, and when files were taken back."""

    left: dict[int, Given] = field(default_factory=dict)
    numbers: int = FIRST_BATCH - 1
    taken_back: dict[tuple[Row, ...], int] = field(default_factory=dict)

    def standing(self) -> dict[Any, tuple[dt.date, Any]]:
        """For each key the day and content of its newest row; of one day, of the last batch."""
        newest: dict[Any, tuple[dt.date, Any]] = {}
        for _, given_ in sorted(self.left.items()):
            for key, (_, content) in given_.rows.items():
                if key not in newest or given_.day >= newest[key][0]:
                    newest[key] = (given_.day, content)
        return newest

    def holds(self, file: tuple[Row, ...]) -> bool:
        """Whether the very file was loaded, and not taken back since."""
        since = self.taken_back.get(file, 0)
        return any(g.file == file and number > since for number, g in self.left.items())

    def clashing(self, day: dt.date, file: tuple[Row, ...]) -> set[Any]:
        """Keys of which the file says another thing than what stands from the same day."""
        stands = self.standing()
        return {
            key
            for key, content in file
            if key in stands and stands[key][0] == day and stands[key][1] != content
        }

    def load(self, day: dt.date, file: tuple[Row, ...], without: set[Any]) -> None:
        self.numbers += 1
        rows = {k: (line, c) for line, (k, c) in enumerate(file, start=2) if k not in without}
        self.left[self.numbers] = Given(day, file, rows)

    def take(self, number: int) -> None:
        self.taken_back[self.left.pop(number).file] = self.numbers


@contextmanager
def desk_of(prepared: Store) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        yield Desk(Store(Path(folder) / "store"), Path(folder), prepared).with_agency()


def loaded(desk: Desk, table: str, key: str, content: str) -> dict[Any, tuple[dt.date, Any]]:
    return {
        key: (day, content)
        for key, day, content in desk.ask(
            f"SELECT {key}, extracted_on, {content} FROM {table} JOIN batch USING (batch_id)"
        )
    }


def write(desk: Desk, number: int, table: str, rows: list[dict[str, str]]) -> Path:
    return desk.file(f"{table}_{number}.csv", *rows)


WAVES, NUMBERS = ("2023", "2024"), (10, 20, 30)
EXTRACTS = st.tuples(
    st.sampled_from(DAYS),
    st.lists(
        st.tuples(st.sampled_from(WAVES), st.sampled_from(NUMBERS)),
        min_size=1,
        max_size=2,
        unique_by=lambda row: row[0],
    ).map(tuple),
    st.booleans(),
)
TAKEN = st.integers(0, 5)


@example(
    acts=[*((day, (("2024", n),), False) for day, n in zip(DAYS, (10, 20, 30), strict=True)), 2]
)
@given(acts=st.lists(st.one_of(EXTRACTS, EXTRACTS, TAKEN), min_size=4, max_size=9))
@settings(max_examples=8)
def test_what_stands_is_the_newest_of_what_is_left_and_no_row_is_lost_or_doubled(
    prepared: Store, acts: list
) -> None:
    plain = Plain()
    with desk_of(prepared) as desk:
        for number, act in enumerate(acts):
            if isinstance(act, int):
                _take_any(desk, plain, act)
            else:
                _load_invited(desk, plain, number, *act)
            found = loaded(desk, "survey_invited", "wave", "invited")
            assert found == plain.standing()
            _every_row_is_kept_once(desk, plain)
        listed = {b.batch_id: b.taken_back_at is None for b in batches(desk.store)}
        assert {n for n, holds in listed.items() if holds and n >= FIRST_BATCH} == set(plain.left)
        assert max(listed) == plain.numbers


def _take_any(desk: Desk, plain: Plain, which: int) -> None:
    if plain.left:
        number = sorted(plain.left)[which % len(plain.left)]
        take_back(desk.store, number)
        plain.take(number)


def _load_invited(
    desk: Desk, plain: Plain, number: int, day: dt.date, file: tuple[Row, ...], keep_good: bool
) -> None:
    rows = [right("survey_invited", wave=wave, invited=str(count)) for wave, count in file]
    path = write(desk, number, "survey_invited", rows)
    if plain.holds(file):
        (report,) = desk.load(path, extracted_on=day, keep_good=keep_good)
        assert report.batch_id is None
        return
    clashing = plain.clashing(day, file)
    if clashing and not keep_good:
        refusal = desk.refused(path, extracted_on=day)
        assert len(refusal.findings) == len(clashing)
        return
    stands = plain.standing()
    (report,) = desk.load(path, extracted_on=day, keep_good=keep_good)
    met = [stands[key][0] for key, _ in file if key in stands and key not in clashing]
    plain.load(day, file, without=clashing)
    assert report.batch_id == plain.numbers
    assert report.rows_rejected == len(clashing)
    assert report.rows_replaced == sum(before < day for before in met)
    assert report.rows_same == sum(before == day for before in met)
    assert report.rows_older == sum(before > day for before in met)
    assert report.rows_loaded == len(file) - len(clashing) - report.rows_same - report.rows_older


def _every_row_is_kept_once(desk: Desk, plain: Plain) -> None:
    """Standing or aside, each row of the batches that are left is there once, from its line."""
    columns = "wave, invited, batch_id, line"
    there = desk.ask(
        f"SELECT {columns} FROM survey_invited UNION ALL"
        f" SELECT {columns} FROM replaced_survey_invited"
    )
    wanted = [
        (key, content, number, line)
        for number, given_ in plain.left.items()
        for key, (line, content) in given_.rows.items()
    ]
    assert sorted(there) == sorted(wanted)
    holders = {h for (h,) in desk.ask("SELECT replaced_by FROM replaced_survey_invited")}
    assert holders <= set(plain.left)


STARTS = tuple(dt.date(2024, month, 1) for month in (1, 3, 5, 7))
ENDS = (None, None, dt.date(2024, 4, 30), dt.date(2024, 12, 31))
SPANS = st.tuples(
    st.sampled_from(DAYS),
    st.lists(
        st.tuples(
            st.tuples(st.sampled_from(("demo-1", "demo-2")), st.sampled_from(STARTS)),
            st.sampled_from(ENDS),
        ).filter(lambda row: row[1] is None or row[1] >= row[0][1]),
        min_size=1,
        max_size=3,
        unique_by=lambda row: row[0],
    ).map(tuple),
)


def timeline(plain: Plain) -> list[tuple[str, dt.date, dt.date | None]]:
    """Person, first and last day of every span: an open one ends where a later extract's begins."""
    found = []
    stands = plain.standing()
    for (person, start), (day, end) in stands.items():
        later = sorted(s for p, s in stands if p == person and s > start)
        ended = end is None and later and stands[person, later[0]][0] > day
        found.append((person, start, later[0] - dt.timedelta(days=1) if ended else end))
    return found


def meets(spans: list[tuple[str, dt.date, dt.date | None]]) -> bool:
    """Whether two spans of a person share a day."""
    return any(
        person == other and start < begins and (end is None or end >= begins)
        for person, start, end in spans
        for other, begins, _ in spans
    )


@given(acts=st.lists(st.one_of(SPANS, SPANS, SPANS, TAKEN), max_size=8))
@settings(max_examples=8)
def test_spans_are_ended_and_opened_again_as_extracts_come_and_go(
    prepared: Store, acts: list
) -> None:
    plain = Plain()
    with desk_of(prepared) as desk:
        for number, act in enumerate(acts):
            if isinstance(act, int):
                _take_spans(desk, plain, act)
            else:
                _load_spans(desk, plain, number, *act)
            people = {row: person for person, row in _people(desk).items()}
            found = desk.ask("SELECT employee_id::VARCHAR, valid_from, valid_to FROM employee")
            assert sorted((people[e], first, str(last)) for e, first, last in found) == sorted(
                (person, first, str(last)) for person, first, last in timeline(plain)
            )
        assert all(result.holds for result in check_records(desk.store))


def _people(desk: Desk) -> dict[str, str]:
    """The pseudonym of each person, by the key that the tests use."""
    hashed = pseudonyms(read_key(), ["demo-1", "demo-2"])
    return {
        person: f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
        for person, h in zip(("demo-1", "demo-2"), hashed, strict=True)
    }


def _tried(plain: Plain, change: Callable[[Plain], None]) -> Plain:
    tried = Plain(dict(plain.left), plain.numbers, dict(plain.taken_back))
    change(tried)
    return tried


def _take_spans(desk: Desk, plain: Plain, which: int) -> None:
    if not plain.left:
        return
    number = sorted(plain.left)[which % len(plain.left)]
    wanted = not meets(timeline(_tried(plain, lambda tried: tried.take(number))))
    if wanted:
        take_back(desk.store, number)
        plain.take(number)
        return
    with pytest.raises(IntakeError, match="would overlap"):
        take_back(desk.store, number)


def _load_spans(desk: Desk, plain: Plain, number: int, day: dt.date, file: tuple[Row, ...]) -> None:
    rows = [
        right(
            "employee",
            employee_id=person,
            valid_from=str(start),
            valid_to="" if end is None else str(end),
        )
        for (person, start), end in file
    ]
    path = write(desk, number, "employee", rows)
    again = plain.holds(file)
    wanted = again or not (
        plain.clashing(day, file)
        or meets(timeline(_tried(plain, lambda tried: tried.load(day, file, set()))))
    )
    if not wanted:
        desk.refused(path, extracted_on=day)
        return
    desk.load(path, extracted_on=day)
    if not again:
        plain.load(day, file, set())
