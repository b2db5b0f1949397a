"""How a file writes its values, as a person is asked: one setting of its `Reading` after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analytics.intake.spellings import section, siasn_codes
from analytics.intake.suggestions import Choice
from analytics.intake.values import IN_UNIT_OF_METRIC, Reading
from analytics.schema import Kind, Table
from analytics.text.phrase import Phrase

MISSING = "missing"


@dataclass(frozen=True)
class Manner:
    """One setting: what is asked, and what each choice means; without choices, any text."""

    name: str
    says: Phrase
    choices: tuple[Choice, ...] = ()


def _manner(name: str, says: Phrase, *choices: tuple[str, Phrase]) -> Manner:
    return Manner(name, says, tuple(Choice(value, 0.0, means) for value, means in choices))


UNTOLD = Phrase("not said (not read)")

MANNERS = (
    _manner(MISSING, Phrase("Texts that mean that nothing is known, with commas between")),
    _manner(
        "decimals",
        Phrase("A number such as 1.234 or 1,234"),
        ("either", UNTOLD),
        ("comma", Phrase("decimal comma: 1.234 = 1234")),
        ("dot", Phrase("decimal dot: 1,234 = 1234")),
    ),
    _manner(
        "shares",
        Phrase("Shares"),
        ("share", Phrase("0,83 or 83%")),
        ("percent", Phrase("83 = 83% (1 and less not read)")),
        ("small_percent", Phrase("83 = 83%, 0,8 = 0,8%")),
    ),
    _manner(
        "day_first",
        Phrase("A date such as 03/02/2025"),
        ("true", Phrase("3 February")),
        ("false", Phrase("2 March")),
    ),
    _manner(
        "codes",
        Phrase("Codes in place of words"),
        ("", UNTOLD),
        ("siasn", Phrase("SIASN's")),
    ),
    _manner(
        "t_means",
        Phrase("A lone t"),
        ("", UNTOLD),
        ("true", Phrase("ya, true")),
        ("false", Phrase("tidak, false")),
    ),
)

_TRUTH = {"": None, "true": True, "false": False}


def manners_of(table: Table) -> Iterator[Manner]:
    """The settings that make a difference to a table."""
    kinds = {column.kind for column in table.columns}
    matters = {
        MISSING: True,
        "decimals": bool(kinds & {Kind.INTEGER, Kind.DECIMAL}),
        "shares": any(column in IN_UNIT_OF_METRIC for column in table.columns),
        "day_first": Kind.DATE in kinds,
        "codes": any(siasn_codes(section(column) or "") for column in table.columns),
        "t_means": Kind.BOOLEAN in kinds,
    }
    return (manner for manner in MANNERS if matters[manner.name])


def chosen(reading: Reading, name: str) -> str:
    """The choice that stands for a setting."""
    match name:
        case "missing":
            return ", ".join(word for word in reading.missing if word)
        case "shares" if reading.percent:
            return "small_percent" if reading.small_percent else "percent"
        case "shares":
            return "share"
        case "decimals" | "codes":
            return getattr(reading, name) or ""
    return next(said for said, value in _TRUTH.items() if value is getattr(reading, name))


def changed(reading: Reading, name: str, choice: str) -> Reading:
    """The reading with a setting chosen. Raises ValueError for a choice that is none."""
    match name:
        case "missing":
            words = (word.strip() for word in choice.split(","))
            return replace(reading, missing=("", *(word for word in words if word)))
        case "shares" if choice in ("share", "percent", "small_percent"):
            percent = choice != "share"
            return replace(reading, percent=percent, small_percent=choice == "small_percent")
        case "decimals" | "codes":
            return replace(reading, **{name: choice or None})
        case "day_first" | "t_means" if choice in _TRUTH and (choice or name == "t_means"):
            return replace(reading, **{name: _TRUTH[choice]})
    raise ValueError(f"{choice!r} is no choice of {name!r}")
