"""Careers and merit: who is promoted, recognised, helped and mentored, and are chances equal?"""

from analytics.charts import chances, interval_dots, trend
from analytics.ui import open_page

KEY_FIGURES = (
    "promotion_share",
    "recognition_share",
    "low_rating_coached_share",
    "newcomer_mentored_share",
)
REWARDS = ("promotion_share", "recognition_share")
COMPARED = ("promotion_share", "recognition_share", "newcomer_mentored_share")
GROUPS = ("sex", "age_band", "position_type", "grade_group")
MIXES = ("grade_group", "position_type", "age_band", "sex")

page = open_page("career_merit", filters=("place", "period"), grains=("year",))
by_rating = tuple(page.ask(metric, by="earlier_rating") for metric in REWARDS)


def equal(metric: str, group: str, mix: str) -> tuple:
    """How groups differ, and what is left of it with the same mix."""
    return page.ask_alike(metric, {"by": group}, {"by": (group, mix)})


def groups() -> None:
    """One figure, the groups and the mix that the reader chooses."""
    first, second, third = page.columns(3)
    with first:
        metric = page.choose_metric(default="promotion_share", among=COMPARED)
    with second:
        group = page.choose("Groups of people", GROUPS, key="groups", labels="dimension")
    with third:
        mixes = tuple(mix for mix in MIXES if mix != group)
        mix = page.choose("With the same mix by", mixes, key="mix", labels="dimension")
    page.side_by_side(
        (chances, *equal(metric, group, mix)), (interval_dots, page.ask(metric, by=group))
    )
    page.chances(*equal(metric, group, mix))


def rewards() -> None:
    """Promotion and recognition by the rating of the year before."""
    page.side_by_side(*((interval_dots, answer) for answer in by_rating))
    page.chances(*by_rating)
    page.note("Ratings lower than Baik have no row of their own: they are too few to be safe.")


def low_rated() -> None:
    """Coaching after a low rating."""
    page.note("Only coaching counts as help; a year is shown once its ratings have had six months.")
    page.side_by_side(
        (interval_dots, page.ask("low_rating_coached_share", level="below")),
        (trend, page.history("low_rating_coached_share", level="beside")),
    )


def newcomers() -> None:
    """Mentoring of new staff, place by place and by position."""
    page.side_by_side(
        (interval_dots, page.ask("newcomer_mentored_share", level="below")),
        (interval_dots, page.ask("newcomer_mentored_share", by="position_type")),
    )


def places() -> None:
    """Promotion and recognition, place by place."""
    asked = page.ask_each(REWARDS, level="below")
    page.side_by_side(*((interval_dots, answer) for answer in asked))


if page.has(*KEY_FIGURES):
    page.headline("promotion_share")
    page.chances(*equal("promotion_share", "sex", "grade_group"))
    page.key_figures(KEY_FIGURES)
    page.chart(
        chances,
        *by_rating,
        *equal("promotion_share", "sex", "grade_group"),
        *equal("recognition_share", "sex", "grade_group"),
    )
    page.note("An association is no cause: length of service, posts and choice differ as well.")
    page.tabs(
        ("Equal chances", groups),
        ("Rating and reward", rewards),
        ("Low ratings", low_rated),
        ("New staff", newcomers),
        ("Places", places),
    )
    page.section("The figures behind")
    page.table(*page.ask_each(REWARDS, level="below"), page.ask("newcomer_mentored_share"))
else:
    page.empty("employee", "appraisal", "career_event")
page.foot()
