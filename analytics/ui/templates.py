"""Templates to take away, fill in and load: one for every table of the contract."""

from __future__ import annotations

import streamlit as st

from analytics.intake.templates import INSTRUMENT_OF, NAMES, template_named
from analytics.text import Text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def draw(words: Text) -> None:
    """A choice of template, and its download; it is made when it is asked for, in memory."""
    left, right = st.columns((3, 2), gap="medium", vertical_alignment="bottom")
    name = left.selectbox(
        words.say("Template to fill in"),
        NAMES,
        format_func=lambda option: _called(option, words),
        key="template",
        help=words.say("An Excel workbook with lists of what each column may hold, and notes."),
    )
    right.download_button(
        words.say("Download the template"),
        lambda: template_named(name, words),
        file_name=f"{name}.xlsx",
        mime=XLSX,
        key="template_download",
        icon=":material/download:",
        on_click="ignore",
    )


def _called(name: str, words: Text) -> str:
    if name not in INSTRUMENT_OF:
        return words.category("table", name)
    instrument = words.category("instrument", INSTRUMENT_OF[name])
    items = words.category("table", "survey_item")
    return f"{items}: {instrument}"
