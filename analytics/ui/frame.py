"""The thin bar over every page: mark, filters, Reset, language, and the way up from the place."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.answers import (
    SERVE_UNSAFE,
    MissingSnapshot,
    Snapshot,
    UnsafeSnapshot,
    damage,
)
from analytics.metrics import METRICS
from analytics.store.snapshots import PROTECTION, Manifest
from analytics.text import Text, text
from analytics.text.delimited import FORM_OF, FORMS
from analytics.ui import link
from analytics.ui.places import EVERYWHERE, Places, split
from analytics.ui.questions import GRAINS, Chosen, grain_written

NO_PERIOD = "latest"
NO_BREAKDOWN = "none"
OTHER_LANGUAGE = {"id": ("en", "English"), "en": ("id", "Bahasa Indonesia")}


@st.cache_resource(max_entries=12, show_spinner=False)
def _periods(snapshot_id: str, grain: str, _source: Snapshot) -> tuple[str, ...]:
    found = {period for metric in METRICS for period in _source.periods(metric, grain)}
    return tuple(sorted(found, reverse=True))


def bar(
    source: Snapshot,
    places: Places,
    words: Text,
    filters: Sequence[str],
    by: Sequence[str],
    grains: Sequence[str],
) -> Chosen:
    """Draw the bar; hand back what the reader has chosen, each value checked."""
    grain, period, breakdown = grains[0], "", ()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        if "place" in filters:
            place_filter(places, words, key="place", width=270)
        if "grain" in filters and len(grains) > 1:
            grain = link.select(
                words.say("Period length"),
                grains,
                key="grain",
                default=_grain_of_link(grains),
                names=lambda code: words.category("grain", code),
                clears=("period",),
                label_visibility="collapsed",
                width=110,
            )
        if "period" in filters:
            period = _period_filter(source, words, grain)
        if by:
            breakdown = _breakdown_filter(words, by)
        st.button(
            words.say("Reset"), icon=":material/restart_alt:", type="tertiary", on_click=link.reset
        )
        language_button(words.language)
    return Chosen(split(_place(places)), grain, period, breakdown)


def _grain_of_link(grains: Sequence[str]) -> str:
    """The grain that the link's period is written in, else the page's first: a month chosen on one
    page is a month on every page that shows months."""
    period = link.read("period")
    written = grain_written(period) if _readable(period) else ""
    return written if written in grains else grains[0]


def language_button(language: str) -> None:
    """The switch to the other language, named in that language."""
    code, name = OTHER_LANGUAGE[language]
    st.button(
        name,
        key="language",
        type="tertiary",
        icon=":material/translate:",
        on_click=link.write,
        kwargs={"lang": None if code == "id" else code},
    )


def _place(places: Places) -> str:
    return link.chosen("place", places.options, EVERYWHERE)


def place_filter(places: Places, words: Text, *, key: str, width: int | str = "stretch") -> str:
    """A searchable list of every place, named with what it lies in."""
    return link.select(
        words.say("Place"),
        places.options,
        key=key,
        default=EVERYWHERE,
        names=lambda option: places.paths.get(option, option),
        label_visibility="collapsed",
        icon=":material/location_on:",
        placeholder=words.say("Search a place"),
        width=width,
    )


def _period_filter(source: Snapshot, words: Text, grain: str) -> str:
    known = _periods(source.id, grain, source)
    asked = link.read("period")
    extra = (asked,) if asked and asked not in known and _readable(asked) else ()
    value = link.select(
        words.say("Period"),
        (NO_PERIOD, *extra, *known),
        key="period",
        default=NO_PERIOD,
        names=lambda code: words.say("Latest period") if code == NO_PERIOD else words.period(code),
        label_visibility="collapsed",
        icon=":material/calendar_month:",
        width=180,
    )
    return "" if value == NO_PERIOD else value


def _readable(period: str) -> bool:
    year, _, part = period.partition("-")
    if not (year.isdigit() and len(year) == 4):
        return False
    if not part or part in ("Q1", "Q2", "Q3", "Q4"):
        return True
    return part.isdigit() and len(part) == 2 and 1 <= int(part) <= 12


def _breakdown_filter(words: Text, by: Sequence[str]) -> tuple[str, ...]:
    value = link.select(
        words.say("Breakdown"),
        (NO_BREAKDOWN, *by),
        key="by",
        default=NO_BREAKDOWN,
        names=lambda code: (
            words.say("No breakdown")
            if code == NO_BREAKDOWN
            else words.say("by {dimension}", dimension=words.dimension(code).lower())
        ),
        label_visibility="collapsed",
        icon=":material/call_split:",
        width=190,
    )
    return () if value == NO_BREAKDOWN else (value,)


def breadcrumb(places: Places, chosen: Chosen, words: Text) -> None:
    """The places above the chosen one, each a step up."""
    above = places.above(chosen.place)
    if not above:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="breadcrumb"):
        for place in above:
            option = f"{place[0]}:{place[1]}"
            name = places.names[place]
            st.button(
                f"{name[:1].upper()}{name[1:]} ›",
                key=f"up_{option}",
                type="tertiary",
                on_click=link.write,
                kwargs={"place": None if option == EVERYWHERE else option},
            )
        st.caption(places.names[chosen.place])


def not_understood(places: Places, words: Text, by: Sequence[str]) -> None:
    """Say which parts of the link name nothing that is here, rather than show something else."""
    asked = {key: link.read(key) for key in ("place", "grain", "period", "by")}
    wrong = [
        asked[key]
        for key, known in (
            ("place", asked["place"] in places.options),
            ("grain", asked["grain"] in GRAINS),
            ("period", _readable(asked["period"])),
            ("by", not by or asked["by"] in by),
        )
        if asked[key] and not known
    ]
    if link.read("unknown"):
        wrong.append(link.read("unknown"))
    if wrong:
        st.warning(
            words.say(
                "The link names something that is not here: {names}. You see the page without it.",
                names=", ".join(f"`{name[:60].replace('`', '')}`" for name in wrong),
            ),
            icon=":material/link_off:",
        )


def title(words: Text, name: str, *, synthetic: bool) -> None:
    """The page's title, with the mark that its data are made up while they are."""
    with st.container(horizontal=True, vertical_alignment="center", key="title"):
        st.title(name, anchor=False, width="content")
        if synthetic:
            st.badge(words.say("Synthetic data"), icon=":material/science:", color="orange")


def no_snapshot(language: str) -> None:
    """The whole page where nothing has been published yet: what to run or load."""
    words = text(language)
    language_button(language)
    st.title(words.say("No data yet"), anchor=False)
    st.markdown(words.say("Nothing has been published in this store. Make a demonstration store:"))
    st.code("python -m analytics demo", language=None)
    st.markdown(words.say("or load your own files and publish them:"))
    st.code("python -m analytics import FILE…\npython -m analytics publish", language=None)


def missing_snapshot(words: Text, reason: MissingSnapshot) -> None:
    """The whole page where the store points at a snapshot that is not there: what to run."""
    language_button(words.language)
    st.title(words.say("The published data are missing"), anchor=False)
    st.markdown(
        words.say("This store points at snapshot {id}, which cannot be opened.", id=reason.id)
    )
    if reason.others:
        st.markdown(words.say("Going back to the snapshot before:"))
        st.code(f"python -m analytics rollback {reason.others[0]}", language=None)
    st.markdown(words.say("Or publish the records again:"))
    st.code("python -m analytics publish", language=None)


def unsafe_snapshot(words: Text, reason: UnsafeSnapshot) -> None:
    """The whole page where the snapshot was made under older disclosure rules: what to run."""
    language_button(words.language)
    st.title(words.say("The published data are not protected enough"), anchor=False)
    st.markdown(
        words.say(
            "Snapshot {id} was made under older disclosure rules, by which small groups of people"
            " could be worked out from it. It is not shown.",
            id=reason.id,
        )
    )
    st.markdown(words.say("Ask the data owner to publish the records again:"))
    st.code("python -m analytics publish", language=None)
    st.markdown(words.say("Whoever runs the server can show it knowingly until then:"))
    st.code(f"{SERVE_UNSAFE}=1", language=None)


def unsafe_warning(words: Text, manifest: Manifest) -> None:
    """One line over every page of a snapshot that is shown in spite of its older protection."""
    if manifest.protection < PROTECTION:
        st.warning(
            words.say(
                "This snapshot was made under older disclosure rules: small groups of people could"
                " be worked out from it. Do not pass its figures on."
            ),
            icon=":material/shield:",
        )


def csv_chosen(words: Text) -> str:
    """Name of the form of the reader's CSV files: the one chosen, else that of the language."""
    return link.chosen("csv", tuple(FORMS), FORM_OF[words.language])


def csv_choice(words: Text) -> None:
    """Ask which CSV files the reader's spreadsheet opens in columns; the link remembers it."""
    names = {
        "semicolon": words.say("Semicolons, decimal comma (Excel with Indonesian settings)"),
        "comma": words.say("Commas, decimal point (Excel with English settings)"),
    }
    link.select(
        words.say("CSV files with"),
        tuple(FORMS),
        key="csv",
        default=FORM_OF[words.language],
        names=lambda code: names[code],
        width=430,
    )


def damage_warning(words: Text, snapshot: Snapshot) -> None:
    """One line over every page that shows another snapshot than it should, one being damaged."""
    if snapshot.instead_of is not None:
        st.warning(
            words.retell(damage(snapshot.instead_of, snapshot.id)), icon=":material/healing:"
        )


__all__ = [
    "GRAINS",
    "bar",
    "breadcrumb",
    "damage_warning",
    "grain_written",
    "missing_snapshot",
    "no_snapshot",
    "place_filter",
    "title",
    "unsafe_snapshot",
    "unsafe_warning",
]
