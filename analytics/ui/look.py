"""The few styles that config.toml cannot say: key figures, and the bar on a narrow screen."""

from __future__ import annotations

import streamlit as st

from analytics.charts.theme import THEMES, Theme

STYLE = """
<style>
.figures { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); margin: 0; padding: 0; }
.figures .figure { border: 1px solid; border-color: color-mix(in srgb, currentColor 18%, transparent);
  border-radius: 0.4rem; padding: 0.6rem 0.85rem; }
.figures p { margin: 0; font-size: 0.87rem; }
.figures .value { display: flex; justify-content: space-between; align-items: center; gap: 0.5rem; }
.figures strong { font-size: 1.65rem; font-weight: 700; line-height: 1.35; font-variant-numeric: tabular-nums; }
.figures .faint strong { font-size: 1.1rem; font-weight: 500; }
[class*="st-key-lines"] button { justify-content: flex-start; text-align: left; min-height: 0; padding: 0.1rem 0; }
[class*="st-key-lines"] button * { justify-content: flex-start; text-align: left; }
[data-testid="stPageLink"] a > span:last-child, [data-testid="stPageLink"] a > span:last-child * { white-space: normal; }
.st-key-breadcrumb { margin-bottom: -0.75rem; }
.st-key-foot { border-top: 1px solid; border-color: color-mix(in srgb, currentColor 18%, transparent); padding-top: 0.5rem; }
@media (max-width: 640px) {
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem; }
  .figures .figure { padding: 0.5rem 0.6rem; }
  .figures strong { font-size: 1.3rem; }
  .figures img { width: 60px; }
}
@media print { .st-key-bar { display: none; } }
</style>
"""


def style() -> None:
    """Add the styles to the page."""
    st.html(STYLE)


def theme() -> Theme:
    """The palette of the appearance the reader sees."""
    return THEMES["dark" if st.context.theme.type == "dark" else "light"]
