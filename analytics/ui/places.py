"""Places as the reader meets them: their names, their order, and what lies above and below."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analytics.answers import Place, Snapshot
from analytics.schema import BEFORE_NAME
from analytics.text import Text, text

LEVELS = ("all", "province", "government", "agency")
EVERYWHERE = "all:all"


@dataclass(frozen=True)
class Places:
    """All places of a snapshot, named in one language.

    `names` are full, `paths` begin with the place's parents, both by (level, code); `parents` maps
    a place to the one above it; `kinds` an agency to its kind; `options` are "level:code" in the
    order of the list.
    """

    names: Mapping[tuple[str, str], str]
    paths: Mapping[str, str]
    parents: Mapping[tuple[str, str], tuple[str, str]]
    kinds: Mapping[tuple[str, str], str]
    options: tuple[str, ...]
    provinces: tuple[str, ...]

    def above(self, place: tuple[str, str]) -> list[tuple[str, str]]:
        """The places above one, from the top."""
        found = []
        while place in self.parents:
            place = self.parents[place]
            found.append(place)
        return found[::-1]

    def ancestor(self, place: tuple[str, str], level: str) -> tuple[str, str] | None:
        """The place of that level in which this one lies, itself included."""
        for found in [place, *self.above(place)]:
            if found[0] == level:
                return found
        return None

    def children(self, place: tuple[str, str]) -> list[str]:
        """What lies directly under a place, as options."""
        return [option for option in self.options if self.parents.get(split(option)) == place]


def split(option: str) -> tuple[str, str]:
    """ "government:15.71" → ("government", "15.71"); anything else is everywhere."""
    level, _, code = option.partition(":")
    return (level, code) if level in LEVELS and code else ("all", "all")


def place_of(option: str) -> Place:
    """The place an option stands for."""
    return Place(*split(option))


def full_name(row: Mapping[str, object], words: Text, taken: Container[str] = ()) -> str:
    """A place's name: a city with its kind, a regency where its bare name is in `taken`."""
    name, level = str(row["name"]), str(row["level"])
    if level == "all":
        return words.say("all regions")
    if level != "government":
        return name
    kind, bare = str(row["region_kind"] or ""), BEFORE_NAME.sub("", name)
    if kind == "provinsi":
        return words.say("{name} provincial government", name=bare)
    if kind == "kota":
        return words.say("{name} city", name=bare)
    return name if bare in taken else bare


def places(source: Snapshot, language: str) -> Places:
    """The snapshot's places in a language, made once."""
    return _places(source.id, language, source)


@st.cache_resource(max_entries=6, show_spinner=False)
def _places(snapshot_id: str, language: str, _source: Snapshot) -> Places:
    words = text(language)
    frame: pd.DataFrame = _source.places
    names = {("all", "all"): words.say("all regions")}
    parents: dict[tuple[str, str], tuple[str, str]] = {}
    kinds: dict[tuple[str, str], str] = {}
    taken = set(frame.loc[frame["level"] == "province", "name"])
    for row in frame.to_dict("records"):
        key = (str(row["level"]), str(row["code"]))
        names[key] = full_name(row, words, taken)
        if key[0] != "all":
            parents[key] = _parent(row)
        if key[0] == "agency":
            kinds[key] = str(row["kind"])
    made = Places(names, {}, parents, kinds, (), _provinces(names))
    ordered = sorted(names, key=lambda key: _order(key, made))
    return Places(
        names,
        _paths(ordered, made),
        parents,
        kinds,
        tuple(f"{level}:{code}" for level, code in ordered),
        _provinces(names),
    )


def _parent(row: Mapping[str, object]) -> tuple[str, str]:
    level, parent = str(row["parent_level"] or "all"), str(row["parent"] or "all")
    return (level, parent)


def _provinces(names: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    return tuple(sorted(code for level, code in names if level == "province"))


def _order(key: tuple[str, str], made: Places) -> tuple:
    chain = [*made.above(key), key]
    return tuple(
        (LEVELS.index(level), made.names.get((level, code), code)) for level, code in chain
    )


def _paths(ordered: list[tuple[str, str]], made: Places) -> dict[str, str]:
    paths: dict[str, str] = {}
    taken: set[str] = set()
    for key in ordered:
        above = [made.names[k] for k in made.above(key) if k[0] in ("province", "government")]
        if key[0] == "agency":
            above = above[-1:]
        name = made.names[key]
        path = " › ".join([*above, name])
        path = path[:1].upper() + path[1:]
        if path in taken:
            path = f"{path} ({key[1]})"
        taken.add(path)
        paths[f"{key[0]}:{key[1]}"] = path
    return paths
