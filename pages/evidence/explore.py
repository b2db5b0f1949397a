"""Any published figure, as a picture, a table and a file, with the command that gives the same."""

from analytics.charts import compare, heatmap, interval_dots, small_multiples, trend
from analytics.ui import open_page

OVER_TIME = {"lines": trend, "panels": small_multiples}
PICTURES = {"dots": interval_dots, "lines": trend, "grid": heatmap, "panels": small_multiples}
NAMES = {"dots": "Dots", "lines": "Lines over time", "grid": "Grid", "panels": "Small panels"}
LEVELS = {
    "chosen": "The chosen place",
    "below": "What lies below it",
    "province": "Provinces",
    "government": "Governments",
    "agency": "Agencies",
}
AGAINST = {"place": "Another place", "period": "Another period"}

page = open_page("explore")

first, second, third = page.columns(3)
with first:
    metric = page.choose_metric(default="training_coverage")
with second:
    level = page.choose(
        "Level", tuple(LEVELS), key="level", default=page.level_with(metric), labels=LEVELS
    )
fourth, fifth, sixth = page.columns(3)
with fifth:
    kind = page.choose_kind(key="kind", any_kind=True)
with third:
    by = page.choose_breakdowns(metric, level=level, agency_kind=kind)
with fourth:
    shapes = tuple(PICTURES) if len(by) < 2 else ("grid", "dots")
    shape = page.choose("Picture", shapes, key="picture", labels=NAMES)
with sixth:
    codes = page.choose_places(level, key="places")

asked = {"level": level, "by": by, "agency_kind": kind, "codes": codes}
now = page.ask(metric, **asked)
course = page.history(metric, **asked)
drawn = course if shape in OVER_TIME else now


def table() -> None:
    """Every row, to take away, and the command that gives the same."""
    page.table(drawn)
    page.download(drawn)
    page.note("This command gives the same figures:")
    page.command(drawn)


def crossed() -> None:
    """Values with places down, or breakdowns, and periods or a breakdown across."""
    sides = ("place", "period", *by)
    left, right = page.columns()
    with left:
        down = page.choose("Rows", sides, key="rows", labels="dimension")
    with right:
        across = page.choose(
            "Columns", tuple(s for s in sides if s != down)[::-1], key="columns", labels="dimension"
        )
    shown = course if "period" in (down, across) else now
    page.cross_table(shown, rows=down, columns=across)
    page.note("This command gives the same figures:")
    page.command(shown)


def against() -> None:
    """The selection against that of another period, or its kind and groups in another place."""
    left, right = page.columns()
    with left:
        other = page.choose("Against", tuple(AGAINST), key="against", labels=AGAINST)
    with right:
        if other == "place":
            place = page.choose_other_place("Second place", key="place2")
            same = {"by": by, "agency_kind": kind}
            pair = page.ask_alike(metric, same, {"place": place, **same})
            names = (page.place_name, page.label_of(place))
        else:
            period = page.choose_other_period("Second period", now, key="period2")
            if not period:
                page.note("There is no other period to compare with.")
                return
            pair = (now, page.ask(metric, period=period, **asked))
            names = (page.period_of(pair[0]), page.period_of(pair[1]))
    page.chart(compare, *pair, names=names)
    page.note("This command gives the same figures:")
    page.command(*pair)


page.chart(PICTURES[shape], drawn)
page.tabs(("Table", table), ("Cross table", crossed), ("Comparison", against))
page.more("What this figure means", lambda: page.definitions(metric))
page.foot()
