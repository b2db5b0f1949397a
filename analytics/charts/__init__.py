"""Pictures: answers in, figures out. No data is fetched here and nothing is shown here."""

from analytics.charts.dots import compare, interval_dots
from analytics.charts.estimates import estimate_dots, reliable
from analytics.charts.funnels import funnel
from analytics.charts.gaps import gap_parts
from analytics.charts.grids import heatmap
from analytics.charts.lines import sparkline, trend
from analytics.charts.maps import choropleth, place_map, tile_map
from analytics.charts.panels import small_multiples
from analytics.charts.picture import Event, Picture, Setting, Tile
from analytics.charts.profiles import against_peers, metric_dots
from analytics.charts.shortfall import shortfall
from analytics.charts.stacks import MATRIX_SHARES, PREDICATE_SHARES, matrix, stacked

__all__ = [
    "MATRIX_SHARES",
    "PREDICATE_SHARES",
    "Event",
    "Picture",
    "Setting",
    "Tile",
    "against_peers",
    "choropleth",
    "compare",
    "estimate_dots",
    "funnel",
    "gap_parts",
    "heatmap",
    "interval_dots",
    "matrix",
    "metric_dots",
    "place_map",
    "reliable",
    "shortfall",
    "small_multiples",
    "sparkline",
    "stacked",
    "tile_map",
    "trend",
]
