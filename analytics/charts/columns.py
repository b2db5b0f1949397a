"""Columns for table and file of what a picture worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.charts import findings
from analytics.charts.picture import WORDS, Column, Columns, Setting
from analytics.charts.rows import Row, rows_of

if TYPE_CHECKING:
    from analytics.answers import Answer

Cells = Sequence[float | str | None]


def beside(answer: Answer, rows: Sequence[Row], cells: Cells) -> Cells:
    """The cells, one of each of the rows, in the order of the answer's rows; None in all others."""
    found = {_identity(row): cell for row, cell in zip(rows, cells, strict=True)}
    return [found.get(_identity(row)) for row in rows_of(answer)]


def _identity(row: Row) -> tuple:
    return row.where, row.period, row.categories


def of_places(rows: Sequence[Row], setting: Setting) -> Columns:
    """The first columns of a picture's own table: the place and the period of each row."""
    text = setting.text
    return {
        "level": Column("", WORDS, [row.level for row in rows]),
        "place": Column("", WORDS, [row.place for row in rows]),
        "place_name": Column(text.say("Place"), WORDS, findings.place_names(rows, setting)),
        "period": Column(text.say("Period"), WORDS, [text.period(row.period) for row in rows]),
    }


def with_ends(title: str, key: str, unit: str, ends: Sequence[Cells], setting: Setting) -> Columns:
    """A figure and the ends of its 95 % interval, given as value, low and high."""
    text = setting.text
    titles = (
        title,
        text.say("{figure}, 95% from", figure=title),
        text.say("{figure}, 95% to", figure=title),
    )
    keys = (key, f"{key}_low", f"{key}_high")
    return {
        name: Column(said, unit, cells)
        for name, said, cells in zip(keys, titles, ends, strict=True)
    }
