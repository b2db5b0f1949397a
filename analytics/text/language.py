"""One language's sentences, numbers, dates and periods. Nothing here is a process global."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date, get_month_names
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from analytics.text.labels import CATEGORIES, DIMENSIONS, FACETS, KINDS
from analytics.text.phrase import Phrase, parts_of

LANGUAGES = ("id", "en")
LOCALES = Path(__file__).parent / "locale"
DOMAIN = "dashboard.po"
NO_BREAK = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
QUARTERS = {"1": "I", "2": "II", "3": "III", "4": "IV"}


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """msgid → translation. English is the msgid itself, so its catalogue is empty."""
    if language == "en":
        return {}
    with (LOCALES / language / "LC_MESSAGES" / DOMAIN).open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(m.id): str(m.string) for m in messages if m.id and m.string}


@lru_cache(maxsize=100_000)
def _written(language: str, value: float, digits: int) -> str:
    # Babel takes 0.1 ms a number, and a picture writes hundreds that repeat once rounded
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=language).replace("-", MINUS)


@dataclass(frozen=True)
class Text:
    """Sentences and numbers of one language."""

    language: str

    def say(self, message: str, **values: object) -> str:
        """The sentence in this language with its named placeholders filled in."""
        sentence = catalogue(self.language).get(message, message)
        return sentence.format(**values) if values else sentence

    def retell(self, sentence: str) -> str:
        """A phrase in this language, phrases among its values too."""
        said = []
        for message, values in parts_of(sentence):
            words = {n: self.retell(v) if isinstance(v, Phrase) else v for n, v in values.items()}
            said.append(self.say(message, **words))
        return " ".join(said)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with grouped thousands, "1.234" or "1,234"."""
        return _written(self.language, round(value, digits) + 0.0, digits)

    def share(self, value: float) -> str:
        """A share from 0 to 1 as a percentage, "61,4 %"; two decimals below 1 %."""
        digits = 2 if 0 < abs(value) < 0.01 else 1
        return self.percent(self.number(value * 100, digits))

    def percent(self, number: str) -> str:
        """A written number with its per cent sign."""
        return number + (f"{NO_BREAK}%" if self.language == "id" else "%")

    def value(self, value: float, unit: str) -> str:
        """A metric's value in its unit; a dash where there is none."""
        if value is None or math.isnan(value):
            return DASH
        if unit == "share":
            return self.share(value)
        if unit == "hours":
            return f"{self.number(value, 1)}{NO_BREAK}JP"
        if unit in ("people", "requests"):
            return self.number(value)
        if unit == "days":
            days = self.say("{number} days", number=self.number(value, 1))
            return days.replace(" ", NO_BREAK)
        if unit == "change":
            return self.say("{number} points", number=self.number(value * 100, 1))
        if unit == "per_1000":
            return self.say("{number} per 1,000", number=self.number(value, 1))
        return self.number(value, 2 if unit == "number" else 1)

    def target(self, value: float, unit: str) -> str:
        """A target as it was set, "80 %", without decimals it never had."""
        if unit == "share":
            written = format_decimal(value * 100, format="#,##0.##", locale=self.language)
            return self.percent(written)
        return self.value(value, unit)

    def interval(self, low: float, high: float, unit: str) -> str:
        """Both ends of an interval, "60,8–62,0", "−0,3 sampai 2,6"; the unit is not repeated."""
        if unit == "share":
            digits = 2 if 0 < abs(high) < 0.01 else 1
            low, high = low * 100, high * 100
        elif unit == "change":
            digits, low, high = 1, low * 100, high * 100
        else:
            digits = 2 if unit == "number" else 1
        ends = self.number(low, digits), self.number(high, digits)
        if low < 0:  # a dash beside a minus would be read as one
            return self.say("{low} to {high}", low=ends[0], high=ends[1])
        return DASH.join(ends)

    def points(self, difference: float) -> str:
        """The size of a difference of two shares, "6,2 poin", without its sign."""
        return self.say("{number} points", number=self.number(abs(difference) * 100, 1))

    def difference(self, difference: float, unit: str) -> str:
        """The size of a difference in a metric's unit, without its sign."""
        if unit in ("share", "change"):
            return self.points(difference)
        return self.value(abs(difference), unit)

    def date(self, day: date) -> str:
        """ "31 Desember 2025" or "31 December 2025"."""
        return format_date(day, "d MMMM y", locale=self.language)

    def period(self, period: str) -> str:
        """A period's name: "2025", "Triwulan IV 2025", "Desember 2025"."""
        year, _, part = period.partition("-")
        if not part:
            return year
        if part.startswith("Q"):
            return self.say("Quarter {quarter} {year}", quarter=QUARTERS[part[1]], year=year)
        return f"{get_month_names('wide', locale=self.language)[int(part)]} {year}"

    def short_period(self, period: str) -> str:
        """A period for an axis: "2025", "TW IV 25", "Des 25"."""
        year, _, part = period.partition("-")
        if not part:
            return year
        if part.startswith("Q"):
            return self.say("Q{quarter} {year}", quarter=QUARTERS[part[1]], year=year[2:])
        return f"{get_month_names('abbreviated', locale=self.language)[int(part)]} {year[2:]}"

    def dimension(self, name: str) -> str:
        """What a breakdown is called."""
        return self.say(DIMENSIONS.get(name, pretty(name)))

    def category(self, dimension: str, code: str) -> str:
        """What a category of a breakdown is called; facets nobody registered are made readable, and
        services have the names that the files give them."""
        if dimension == "service":
            return code
        known = FACETS if dimension == "facet" else CATEGORIES.get(dimension, {})
        return self.say(known[code]) if code in known else pretty(code)

    def kind(self, code: str) -> str:
        """What a kind of agency or region is called."""
        return self.say(KINDS.get(code, pretty(code)))

    @property
    def separators(self) -> str:
        """Decimal and thousands signs, as plotly's `layout.separators` wants them."""
        return ",." if self.language == "id" else ".,"


def pretty(code: str) -> str:
    """A code as words: "learning_and_development" → "Learning and development"."""
    words = re.sub(r"[_\-]+", " ", code).strip()
    return words[:1].upper() + words[1:] if words.islower() else words


@lru_cache
def text(language: str) -> Text:
    """The words of "id" or "en". Raises ValueError for another language."""
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    return Text(language)
