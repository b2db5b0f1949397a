"""The only door pages use to Streamlit: `open_page` draws the frame and hands back a `Page`.

    page = open_page("training_coverage")
    page.headline("training_coverage")
    page.chart(trend, page.history("training_coverage", level="beside"))
    page.table(page.ask("training_coverage", level="below"))
    page.foot()

Every method is described in `analytics.ui.page`.
"""

from analytics.ui.page import Page, open_page

__all__ = ["Page", "open_page"]
