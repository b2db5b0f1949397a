"""Sentences that are made where no reader's language is known, and said later in one."""

from __future__ import annotations

import json


class Phrase(str):
    """An English sentence with named placeholders filled in, which `Text.retell` can say again.

    As a string it is the English sentence. `parts` are the messages it was made of, each with the
    values of its placeholders; a value that is a phrase itself is said again too.
    """

    __slots__ = ("parts",)
    parts: tuple[tuple[str, dict[str, object]], ...]

    def __new__(cls, message: str, **values: object) -> Phrase:
        return cls._of(((message, values),), message.format(**values) if values else message)

    @classmethod
    def _of(cls, parts: tuple[tuple[str, dict[str, object]], ...], english: str) -> Phrase:
        phrase = super().__new__(cls, english)
        phrase.parts = parts
        return phrase

    @classmethod
    def joined(cls, *sentences: str) -> Phrase:
        """Several sentences one after another, a space between; empty ones are left out."""
        said = [sentence for sentence in sentences if sentence]
        parts = tuple(part for sentence in said for part in parts_of(sentence))
        return cls._of(parts, " ".join(said))


def parts_of(sentence: str) -> tuple[tuple[str, dict[str, object]], ...]:
    """The messages of a sentence; a plain string is one message without placeholders."""
    return sentence.parts if isinstance(sentence, Phrase) else ((sentence, {}),)


def packed(sentence: str) -> str:
    """A sentence as text that keeps its parts, for a table; "" stays ""."""
    return json.dumps(_plain(sentence), ensure_ascii=False) if sentence else ""


def unpacked(text: str) -> str:
    """The sentence that `packed` made the text of."""
    return _phrase(json.loads(text)) if text else ""


def _plain(value: object) -> object:
    if not isinstance(value, Phrase):
        return value
    return [[message, {n: _plain(v) for n, v in values.items()}] for message, values in value.parts]


def _phrase(parts: list | str) -> str:
    if isinstance(parts, str):
        return parts
    made = [
        Phrase(message, **{n: _phrase(v) if isinstance(v, list) else v for n, v in values.items()})
        for message, values in parts
    ]
    return Phrase.joined(*made)
