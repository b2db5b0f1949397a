"""The script Streamlit runs for every page: language, navigation, and errors said in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from analytics.answers import (
    MissingSnapshot,
    NoSnapshot,
    NotPublished,
    UnknownName,
    UnsafeSnapshot,
)
from analytics.store.records import FAULTS, StoreUnusable, fault_of
from analytics.text import Text, text
from analytics.ui import frame, link, source
from analytics.ui.catalogue import ENTRIES, SECTIONS, Entry, front_page, navigation_page
from analytics.ui.look import style

ICON = Path(__file__).parent / "icon.png"
SIDEBAR = 265  # pixels
MENDABLE = (UnknownName, NotPublished)


def draw() -> None:
    """Draw the page the link names."""
    language = link.language()
    words = text(language)
    st.set_page_config(
        page_title=words.say("Civil service analytics"),
        page_icon=str(ICON),
        layout="wide",
        initial_sidebar_state=SIDEBAR,
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    style()
    pages = {entry: navigation_page(entry, words) for entry in ENTRIES}
    # Streamlit's own menu drops the query from its links, so the menu is drawn here with it.
    page = st.navigation([front_page(words), *pages.values()], position="hidden")
    with st.sidebar:
        menu(pages, words)
    try:
        page.run()
    except MissingSnapshot as reason:
        frame.missing_snapshot(words, reason)
    except UnsafeSnapshot as reason:
        frame.unsafe_snapshot(words, reason)
        take_in(words)
    except NoSnapshot:
        frame.no_snapshot(language)
        take_in(words)
    except StoreUnusable as reason:
        st.error(said(reason, words))
    except MENDABLE as reason:
        st.warning(said(reason, words))
    except FAULTS as error:
        reason = fault_of(error)
        if reason is None:
            raise
        st.error(said(reason, words))


def said(reason: Exception, words: Text) -> str:
    """The sentence of an error in the reader's language."""
    return words.retell(reason.args[0] if reason.args else str(reason))


def take_in(words: Text) -> None:
    """Where this server takes files in, a way to load and publish them without a page."""
    if source.takes_files():
        from analytics.ui.importing import draw as draw_importing

        draw_importing(words)


def menu(pages: Mapping[Entry, st.Page], words: Text) -> None:
    """The pages by section, each link with the reader's filters."""
    query = link.shared()
    for section, title in SECTIONS.items():
        with st.container(gap="xxsmall", key=f"menu_{section}"):
            st.caption(words.say(title))
            for entry, page in pages.items():
                if entry.section == section:
                    st.page_link(page, query_params=query, width="stretch")


draw()
