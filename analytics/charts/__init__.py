"""Pictures: answers in, figures out. No data is fetched here and nothing is shown here."""

from analytics.charts.dots import compare, interval_dots
from analytics.charts.grids import heatmap
from analytics.charts.lines import small_multiples, sparkline, trend
from analytics.charts.maps import choropleth, place_map, tile_map
from analytics.charts.picture import Event, Picture, Setting, Tile
from analytics.charts.stacks import MATRIX_SHARES, PREDICATE_SHARES, matrix, stacked

__all__ = [
    "MATRIX_SHARES",
    "PREDICATE_SHARES",
    "Event",
    "Picture",
    "Setting",
    "Tile",
    "choropleth",
    "compare",
    "heatmap",
    "interval_dots",
    "matrix",
    "place_map",
    "small_multiples",
    "sparkline",
    "stacked",
    "tile_map",
    "trend",
]
