"""Pictures: answers in, figures out. No data is fetched here and nothing is shown here."""

from analytics.charts.bands import banded_dots
from analytics.charts.before_after import before_and_after
from analytics.charts.breaches import curve_breaches
from analytics.charts.chances import chances
from analytics.charts.control_charts import control_chart
from analytics.charts.curves import curve_rules, curve_shares
from analytics.charts.dots import compare, interval_dots
from analytics.charts.effect_dots import effect_dots
from analytics.charts.estimates import (
    by_year,
    carried_together,
    clear_correlations,
    estimate_dots,
    largest_share,
    may_rank,
    rankable,
    rated_higher,
    raters_agree,
    reliable,
)
from analytics.charts.funnels import funnel
from analytics.charts.gaps import gap_parts
from analytics.charts.grids import heatmap
from analytics.charts.lines import sparkline, trend
from analytics.charts.maps import choropleth, place_map, tile_map
from analytics.charts.panels import small_multiples
from analytics.charts.picture import Event, Picture, Setting, Tile
from analytics.charts.plans import seats_by_field, training_plan
from analytics.charts.profiles import ASPECTS, OLDER_SCORES, against_peers, metric_dots
from analytics.charts.projections import projected
from analytics.charts.ranks import rank_ranges, weight_ranges
from analytics.charts.shortfall import shortfall
from analytics.charts.shrunken import shrunken_dots
from analytics.charts.since import effect_by_month, effects_found, use_changed
from analytics.charts.stacks import MATRIX_SHARES, PREDICATE_SHARES, matrix, stacked
from analytics.charts.standardised import standardised_dots

__all__ = [
    "ASPECTS",
    "MATRIX_SHARES",
    "OLDER_SCORES",
    "PREDICATE_SHARES",
    "Event",
    "Picture",
    "Setting",
    "Tile",
    "against_peers",
    "banded_dots",
    "before_and_after",
    "by_year",
    "carried_together",
    "chances",
    "choropleth",
    "clear_correlations",
    "compare",
    "control_chart",
    "curve_breaches",
    "curve_rules",
    "curve_shares",
    "effect_by_month",
    "effect_dots",
    "effects_found",
    "estimate_dots",
    "funnel",
    "gap_parts",
    "heatmap",
    "interval_dots",
    "largest_share",
    "matrix",
    "may_rank",
    "metric_dots",
    "place_map",
    "projected",
    "rank_ranges",
    "rankable",
    "rated_higher",
    "raters_agree",
    "reliable",
    "seats_by_field",
    "shortfall",
    "shrunken_dots",
    "small_multiples",
    "sparkline",
    "stacked",
    "standardised_dots",
    "tile_map",
    "training_plan",
    "trend",
    "use_changed",
    "weight_ranges",
]
