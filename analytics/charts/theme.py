"""Colours, marks and the lean layout that every picture shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import plotly.graph_objects as go

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
MARKS = ("circle", "triangle-up", "square", "diamond", "cross", "pentagon", "star", "hexagon")
LINE = 26  # height in pixels of one row of dots
WRAPPED_LINE = 34  # of one whose name takes two lines
GOLDEN_ANGLE = 137.508
TEXT_CONTRAST = 4.5  # of words on the surface (WCAG 2.2, 1.4.3)
READABLE = 5.0  # of small figures on a cell; more would make a leap in the colours


@dataclass(frozen=True)
class Theme:
    """The palette of one appearance. `provinces` are the colours in order of province code."""

    name: str
    ink: str
    context_text: str
    context_line: str
    surface: str
    grid: str
    provinces: tuple[str, ...]
    predicates: tuple[str, ...]
    amounts: tuple[str, ...]
    lightness: tuple[float, ...]  # OKLCH lightness of further provinces, in turn

    def province(self, code: str, codes: Sequence[str]) -> str:
        """Colour of a province: its place in the ordered codes decides, by list and then by rule."""
        if code not in codes:
            return self.context_text
        position = list(codes).index(code)
        if position < len(self.provinces):
            return self.provinces[position]
        further = position - len(self.provinces)
        hue = (30 + GOLDEN_ANGLE * further) % 360
        return oklch(self.lightness[further % len(self.lightness)], 0.12, hue)


LIGHT = Theme(
    name="light",
    ink="#111827",
    context_text="#5B6675",
    context_line="#B8C0CC",
    surface="#FFFFFF",
    grid="#E5E9EF",
    provinces=("#0B7285", "#4C1D95", "#D9730D"),
    predicates=("#08519C", "#9ECAE1", "#FDBF6F", "#E6550D", "#7F2704"),
    amounts=("#E6F4F1", "#A8DBD0", "#5BB5A6", "#1F8A80", "#0B5351"),
    lightness=(0.42, 0.60, 0.30),
)
DARK = Theme(
    name="dark",
    ink="#F3F5F8",
    context_text="#9AA4B2",
    context_line="#4A5361",
    surface="#12161C",
    grid="#262D37",
    provinces=("#3BB3C9", "#9775FA", "#FFC078"),
    predicates=("#4A90E2", "#A9D3F0", "#FFD08A", "#F47B3A", "#B5482A"),
    amounts=("#0B5351", "#1F8A80", "#5BB5A6", "#A8DBD0", "#E6F4F1"),
    lightness=(0.82, 0.66, 0.92),
)
THEMES = {"light": LIGHT, "dark": DARK}


def mark(code: str, codes: Sequence[str]) -> str:
    """Mark of a province, so that colour never stands alone."""
    return MARKS[list(codes).index(code) % len(MARKS)] if code in codes else "circle"


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """sRGB hex of an OKLCH colour, its chroma reduced until it fits (Ottosson 2020)."""
    while chroma > 0:
        channels = _srgb(lightness, chroma, hue)
        if all(0 <= channel <= 1 for channel in channels):
            break
        chroma -= 0.005
    clipped = [min(1.0, max(0.0, channel)) for channel in _srgb(lightness, max(chroma, 0.0), hue)]
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in clipped)


def _srgb(lightness: float, chroma: float, hue: float) -> list[float]:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return [_gamma(channel) for channel in linear]


def _gamma(channel: float) -> float:
    if channel <= 0.0031308:
        return 12.92 * channel
    return 1.055 * channel ** (1 / 2.4) - 0.055


def amount(theme: Theme, part: float) -> str:
    """Colour of a part from 0 (low) to 1 (high) along the amounts, mixed between two steps."""
    steps = theme.amounts
    position = min(max(part, 0.0), 1.0) * (len(steps) - 1)
    first = min(int(position), len(steps) - 2)
    weight = position - first
    return _mix(steps[first], steps[first + 1], weight)


@lru_cache(maxsize=4096)
def readable_amount(theme: Theme, part: float) -> str:
    """The amount's colour, moved off the middle tones on which neither black nor white reads well."""
    for step in range(101):
        for near in (part - step / 100, part + step / 100):
            colour = amount(theme, near)
            if contrast(ink_on(colour), colour) >= READABLE:
                return colour
    raise ValueError(f"no colour of {theme.name} can be written on")


def _mix(first: str, second: str, weight: float) -> str:
    mixed = (
        round(a + (b - a) * weight)
        for a, b in zip(_channels(first), _channels(second), strict=True)
    )
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour (WCAG 2.2)."""
    parts = []
    for channel in _channels(colour):
        part = channel / 255
        parts.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on the colour."""
    return max("#000000", "#FFFFFF", key=lambda ink: contrast(ink, colour))


@lru_cache
def text_colour(theme: Theme, colour: str) -> str:
    """A shade of the colour in which words can be read on the surface; marks keep the colour."""
    shade = colour
    for step in range(1, 101):
        if contrast(shade, theme.surface) >= TEXT_CONTRAST:
            break
        shade = _mix(colour, theme.ink, step / 100)
    return shade


def faded(colour: str, opacity: float) -> str:
    """The colour with an opacity, as plotly writes it."""
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{opacity})"


def figure(theme: Theme, separators: str, *, height: int, **layout: object) -> go.Figure:
    """An empty figure with the shared layout: no template, legend, mode bar or margins to spare."""
    axis = {
        "showgrid": True,
        "gridcolor": theme.grid,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"color": theme.context_text, "size": 12},
    }
    base: dict = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": theme.ink},
        "showlegend": False,
        "separators": separators,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": theme.surface,
            "bordercolor": theme.context_line,
            "font": {"color": theme.ink, "family": FONT, "size": 13},
            "align": "left",
        },
        "xaxis": dict(axis),
        "yaxis": dict(axis),
        "clickmode": "event+select",
    }
    for key, value in layout.items():
        if key in ("xaxis", "yaxis", "margin") and isinstance(value, dict):
            base[key] = base[key] | value
        else:
            base[key] = value
    made = go.Figure(layout=base)
    # given at construction, None would be replaced by the default template: 7 kB a figure
    made.layout.template = None
    return made
