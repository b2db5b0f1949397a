"""What a picture is given and what it gives back."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
import plotly.graph_objects as go

from analytics.charts.theme import LIGHT, Theme
from analytics.text import Text

if TYPE_CHECKING:
    from analytics.answers import Answer

SHORT = 40  # characters of a name within a sentence
BESIDE = 26  # characters of a line of the name beside a mark


@dataclass(frozen=True)
class Event:
    """A dated policy or activity."""

    day: date
    label: str

    @property
    def moment(self) -> datetime:
        """The beginning of the day."""
        return datetime.combine(self.day, time())


@dataclass(frozen=True)
class Tile:
    """Where a region's tile stands."""

    region_code: str
    row: int
    column: int


@dataclass(frozen=True)
class Setting:
    """Everything about the reader and the place that a picture may use besides its answers.

    `provinces` are all province codes in order; `chosen` is (level, code) of the reader's place;
    `names` maps (level, code) to the name to show; `target` is the target of the first answer's
    metric for the chosen place and period, in its unit; `coverage` says how much of what should
    be in the data is there.
    """

    text: Text
    theme: Theme = LIGHT
    provinces: tuple[str, ...] = ()
    chosen: tuple[str, str] = ("all", "all")
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    target: float | None = None
    coverage: str = ""
    tiles: tuple[Tile, ...] = ()
    boundaries: Mapping[str, Any] | None = None

    def name(self, level: str, code: str, otherwise: str = "") -> str:
        """The name of a place as this reader sees it."""
        return self.names.get((level, code)) or otherwise or code

    def government(self, agency: str) -> str:
        """The name of the government whose code an agency's code begins with; "" for none."""
        owners = (agency[:length] for length in range(len(agency) - 1, 0, -1))
        return next(
            (self.names[key] for owner in owners if (key := ("government", owner)) in self.names),
            "",
        )


WORDS = "words"
"""The unit of a column of words."""


@dataclass(frozen=True)
class Column:
    """A column that a picture adds to the figures behind it: a cell a row, in the rows' order.

    `title` is its heading in the reader's words; without one it stands in the file alone, where a
    column is named by its key. `unit` is a metric's, "count" or `WORDS`. A cell without anything to
    tell is None or NaN.
    """

    title: str
    unit: str
    cells: Sequence[float | str | None]


Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Picture:
    """A drawn answer.

    `figure` is None where there is nothing to draw. `title` is the finding, `subtitle` says what,
    unit and period, `alt` is for those who cannot see it, `table` holds every number drawn, `note`
    says what is withheld and on how many the picture rests, `places` are the "level:code" that a
    click may open. What the picture worked out stands in table view and file too: `more` are columns
    beside the rows of the first answer, `listing` are all columns of a table of its own that is
    shown in place of the answers' rows.
    """

    figure: go.Figure | None
    title: str
    subtitle: str
    alt: str
    table: pd.DataFrame
    note: str = ""
    places: tuple[str, ...] = ()
    more: Columns = field(default_factory=dict)
    listing: Columns = field(default_factory=dict)


class Draw(Protocol):
    """A function of this package: answers in, picture out."""

    def __call__(self, *answers: Answer, setting: Setting, **options: Any) -> Picture: ...


def shorten(name: str, length: int = SHORT) -> str:
    """The name, cut at a word where it is longer, with an ellipsis.

    What stands after its last comma, an agency's government, is kept where it leaves room for more.
    """
    if len(name) <= length:
        return name
    head, comma, owner = name.rpartition(", ")
    if comma and len(owner) <= length * 0.6:
        return f"{shorten(head, length - len(owner) - 2)}, {owner}"
    cut = name[: length - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut).rstrip() + "…"


def unbroken(label: str) -> str:
    """The label with hyphens at which no line may end: "laki-laki" is one word."""
    return label.replace("-", "\u2011")


def wrapped(name: str, length: int = BESIDE, lines: int = 2) -> str:
    """The name on so many lines as it needs, cut where it needs more.

    What stands after its last comma, an agency's government, has a line of its own where it can,
    and is kept before what stands before it.
    """
    found = textwrap.wrap(name, length, break_on_hyphens=False)  # "laki-laki" is one word
    head, comma, owner = name.rpartition(", ")
    if len(found) > 1 and lines > 1 and comma and (len(head) < length or len(found) > lines):
        return f"{wrapped(head + ',', length, lines - 1)}<br>{shorten(owner, length)}"
    if len(found) > lines:
        found[lines - 1 :] = [shorten(" ".join(found[lines - 1 :]), length)]
    return "<br>".join(found)
