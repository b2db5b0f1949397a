"""What is loaded, how fresh and how complete it is, what was refused, and what is kept."""

from analytics.charts import heatmap, interval_dots, trend
from analytics.ui import open_page

page = open_page("data_quality", filters=("place", "period"), grains=("year",))
level = page.level_with("appraisal_completeness", "below")


def coverage() -> None:
    """People in the data, of those known, and predicates that their ratings do not give."""
    left, right = page.columns()
    with left:
        page.chart(interval_dots, page.ask("people_in_data_share", level="below"))
    with right:
        page.chart(trend, page.history("predicate_mismatch_share", level="beside"))


def tables() -> None:
    """Each table of the contract."""
    page.loaded()
    page.templates()
    page.note("To load a file or a recap, then publish:")
    page.empty_command()


def protection() -> None:
    """What is withheld."""
    page.note(
        "Withheld figures keep their row and say so; one may be zero. See the method for the rules."
    )
    page.withheld()


page.freshness()
page.key_figures(
    (
        "people_in_data_share",
        "appraisal_completeness",
        "response_rate",
        "predicate_mismatch_share",
    )
)
page.chart(
    heatmap,
    page.history("appraisal_completeness", level=level, grain="quarter"),
    down="place",
    across="period",
)
page.tabs(
    ("Tables", tables),
    ("Files", page.sources),
    ("Load files", page.importing),
    ("Findings", page.findings),
    ("Coverage", coverage),
    ("Protection", protection),
    ("Snapshots", page.snapshots),
)
page.section("People in the data")
page.table(page.ask("people_in_data_share", level="below"))
page.foot()
