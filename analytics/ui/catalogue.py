"""The pages: where each stands in the navigation, its title, its icon and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from analytics.text import Text

FOLDER = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Entry:
    """One page. `section` is also its folder under pages/."""

    name: str
    section: str
    title: str
    icon: str
    answers: str

    @property
    def path(self) -> Path:
        return FOLDER / self.section / f"{self.name}.py"


SECTIONS = {"results": "Results", "workforce": "Workforce", "evidence": "Evidence"}

ENTRIES = (
    Entry(
        "overview", "results", "Overview", "monitoring", "Is it getting better, and where to act?"
    ),
    Entry(
        "performance_trends",
        "results",
        "Performance trends",
        "trending_up",
        "How are people rated, and how does that change?",
    ),
    Entry(
        "region_comparison",
        "results",
        "Regions compared",
        "compare_arrows",
        "Where do regions really differ?",
    ),
    Entry(
        "agency_profile",
        "results",
        "Agency profile",
        "apartment",
        "Everything about one place.",
    ),
    Entry(
        "service_outcomes",
        "results",
        "Service outcomes",
        "schedule",
        "Did services get better, and what changed with a policy?",
    ),
    Entry(
        "training_coverage",
        "workforce",
        "Training coverage",
        "school",
        "Who has reached 20 JP, and where are the gaps?",
    ),
    Entry(
        "resistance_to_change",
        "workforce",
        "Readiness for change",
        "sync_alt",
        "Under which conditions does change succeed?",
    ),
    Entry(
        "change_evidence",
        "workforce",
        "Evidence on change",
        "science",
        "What did activities do, and can the survey be relied on?",
    ),
    Entry(
        "career_merit",
        "workforce",
        "Careers and merit",
        "workspace_premium",
        "Are good work and equal people rewarded alike?",
    ),
    Entry("explore", "evidence", "Explore", "query_stats", "Any published figure, to take away."),
    Entry(
        "data_quality",
        "evidence",
        "Data quality",
        "fact_check",
        "What is loaded, how fresh, how complete?",
    ),
    Entry(
        "methodology",
        "evidence",
        "Methodology",
        "menu_book",
        "How is every figure defined?",
    ),
)
BY_NAME = {entry.name: entry for entry in ENTRIES}

HOME = ENTRIES[0]


def navigation_page(entry: Entry, words: Text) -> st.Page:
    """The entry as Streamlit's navigation and links know it."""
    return st.Page(
        entry.path,
        title=words.say(entry.title),
        icon=f":material/{entry.icon}:",
        url_path=entry.name,
        help=words.say(entry.answers),
    )


def front_page(words: Text) -> st.Page:
    """The first page under the bare address; hidden, since it also has an address of its own."""
    return st.Page(
        HOME.path, title=words.say(HOME.title), url_path="home", default=True, visibility="hidden"
    )
