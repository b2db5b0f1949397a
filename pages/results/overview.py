"""Overview: is it getting better, and where must somebody act?"""

from analytics.charts import place_map
from analytics.ui import open_page

KEY_FIGURES = (
    "appraisal_completeness",
    "training_coverage",
    "adoption_active",
    "readiness_index",
)
ON_THE_MAP = (*KEY_FIGURES, "top_rating_share", "on_time_share", "facet_score", "favourable_share")
MOVING = (*KEY_FIGURES, "top_rating_share", "on_time_share", "no_training_share")

page = open_page("overview", filters=("place", "period"), grains=("year",))


page.verdict(KEY_FIGURES)
page.key_figures(KEY_FIGURES)

left, right = page.columns((3, 2))
with left:
    shown = page.choose_metric(
        key="map", default="training_coverage", among=ON_THE_MAP, label_visibility="collapsed"
    )
    page.chart(place_map, page.ask(shown, level=page.level_with(shown, "government")))
with right:
    page.section("What needs attention")
    page.attention()
    page.note(
        "A limit for Sangat Baik is the agency's own, set by its organisation's rating. One can be"
        " beyond it and yet near the mean of all agencies, which is what Leniency tests."
    )
    page.link("performance_trends", "Leniency", tab="leniency")
    page.section("What moved most")
    page.movements(MOVING)

page.section("The figures behind")
page.table(*page.ask_each(KEY_FIGURES, level="below"))
page.foot()
