"""What the reader has chosen, kept in the link and nowhere else.

The link is the one source: each run reads it, puts it into the widgets before they are drawn, and
a widget that changes writes it. So Back, Reset, a shared link and another page need no more code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from analytics.text import LANGUAGES

KEPT_BY_RESET = ("lang", "csv")
SHARED = ("place", "grain", "period", "by", "lang", "csv")


def read(key: str, otherwise: str = "") -> str:
    """The value of a key in the link."""
    return st.query_params.get(key, otherwise)


def remember_leaving(page: str, arrives: dict[str, str]) -> None:
    """Note how a page looked before a click on it led to another page.

    Streamlit puts the new query on the old page for a moment, and the browser keeps that moment in
    its history. `return_to` takes it out when Back comes upon it.
    """
    st.session_state["left"] = (page, arrives, st.query_params.to_dict())


def return_to(page: str) -> None:
    """Restore the page as it was left, where Back has come upon the moment in between."""
    left = st.session_state.get("left")
    if left and left[0] == page and st.query_params.to_dict() == left[1]:
        del st.session_state["left"]
        st.query_params.from_dict(left[2])


def write(**changes: str | None) -> None:
    """Change the link in one step, so that Back undoes it in one; None takes a key out."""
    st.session_state.pop("left", None)
    merged = {**st.query_params.to_dict(), **changes}
    st.query_params.from_dict({key: value for key, value in merged.items() if value})


def shared() -> dict[str, str]:
    """What a link to another page takes along."""
    return {key: read(key) for key in SHARED if read(key)}


def reset() -> None:
    """Clear every choice but the language."""
    kept = {key: read(key) for key in KEPT_BY_RESET if read(key)}
    st.query_params.from_dict(kept)


def language() -> str:
    """The reader's language: Bahasa Indonesia unless the link says otherwise."""
    found = read("lang", LANGUAGES[0])
    return found if found in LANGUAGES else LANGUAGES[0]


def chosen(key: str, options: Sequence[str], default: str) -> str:
    """The link's value where it is one of the options, else the default."""
    found = read(key, default)
    return found if found in options else default


def select(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str,
    names: Callable[[str], str],
    clears: Sequence[str] = (),
    **look: object,
) -> str:
    """A select box over the options that lives in the link. `clears` are keys it takes out."""
    value = chosen(key, options, default)
    widget = f"select_{key}"
    st.session_state[widget] = value
    st.selectbox(
        label,
        list(options),
        key=widget,
        format_func=names,
        on_change=_moved,
        args=(key, widget, default, tuple(clears)),
        **look,  # pyright: ignore[reportArgumentType, reportCallIssue]
    )
    return value


def select_several(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    names: Callable[[str], str],
    placeholder: str,
) -> list[str]:
    """A box for any number of the options that lives in the link, as codes between commas."""
    found = [code for code in read(key).split(",") if code in options]
    widget = f"select_{key}"
    st.session_state[widget] = found
    st.multiselect(
        label,
        list(options),
        key=widget,
        format_func=names,
        placeholder=placeholder,
        on_change=_several_moved,
        args=(key, widget),
    )
    return found


def _several_moved(key: str, widget: str) -> None:
    write(**{key: ",".join(st.session_state[widget]) or None})


def _moved(key: str, widget: str, default: str, clears: tuple[str, ...]) -> None:
    value = st.session_state[widget]
    cleared: dict[str, str | None] = dict.fromkeys(clears)
    write(**{**cleared, key: None if value == default else value})
