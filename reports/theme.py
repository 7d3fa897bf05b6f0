"""Colours, type and shapes shared by all figures; contrast is checked by a test."""

from typing import Any, Final

# Ink and lines: at least 3:1 on white; INK and MUTED carry text, at least 4.5:1.
INK: Final = "#1b1b1f"
MUTED: Final = "#55585c"
MAIN: Final = "#002c54"
ACCENT: Final = "#2a7cc5"
REPEATED: Final = "#a56d13"
TODAY: Final = "#ae3b3b"
EDGE: Final = "#77797b"
GRID: Final = "#e3e6ea"

# Fields are pale, so their edges are drawn in ACCENT: the edge carries the contrast.
OUTER: Final = "#dcebf8"
INNER: Final = "#a9cdeb"

# One colour per purchase form, in merit order, dark enough for white text (4.5:1). The
# tints lie behind lines and text.
FORM_FILLS: Final = ("#002c54", "#8a5a0c", "#1f6fb5", "#6b56a8")
FORM_TINTS: Final = ("#c9d6e3", "#f3e6cc", "#d9e9f7", "#e5e0f1")

FONT: Final = "Inter"
TEXT: Final = 11.5


def config() -> dict[str, Any]:
    """Vega-Lite configuration of the theme."""
    axis = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": TEXT - 0.5,
        "titleFontSize": TEXT - 0.5,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": EDGE,
        "tickColor": EDGE,
        "tickSize": 4,
        "labelPadding": 3,
    }
    title = {"anchor": "start", "color": INK, "fontSize": TEXT + 1, "fontWeight": 600, "offset": 8}
    return {
        # A drawing is silent: its text stands beside it, in the reader's language.
        "aria": False,
        "font": FONT,
        "background": "white",
        "padding": 2,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False},
        "title": title,
        "text": {"fontSize": TEXT - 0.5, "color": INK, "font": FONT},
        "concat": {"spacing": 12},
    }
