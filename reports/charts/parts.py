"""Pieces that all charts share: marks, panels, keys and labels that do not overlap.

A `Spec` is a part of a chart in the Vega-Lite grammar, as plain values. (Altair writes the
same grammar, but its checks of every row take seconds per figure.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from reports import theme

Spec = dict[str, Any]
Row = Mapping[str, Any]

# By panels in a row, in pixels; what a drawing for half the width of a page has in all.
WIDTHS = {1: 560, 2: 262, 3: 164, 4: 104}
NARROW = 310
TITLE_LIMITS = {1: 560, 2: 300, 3: 195, 4: 138}
HEIGHT = 60
# Least distance between labels, as a share of the axis.
LABEL_GAP = 0.18
KEY_WIDTH = 600
KEY_ROW = 18

TEXT: Spec = {"field": "text", "type": "nominal"}


def mark(kind: str, rows: Sequence[Row], style: Spec, **encoding: Spec) -> Spec:
    """One mark over some rows; finer than a ten-thousandth cannot be seen."""
    values = [
        {name: round(v, 4) if isinstance(v, float) else v for name, v in row.items()}
        for row in rows
    ]
    return {
        "data": {"values": values},
        "mark": {"type": kind, **style},
        "encoding": {name: channel for name, channel in encoding.items() if channel},
    }


def fixed(value: float) -> Spec:
    """A place on the page, in pixels."""
    return {"value": value}


def number(field: str, **options: Any) -> Spec:
    """A column of numbers on an axis."""
    return {"field": field, "type": "quantitative", **options}


def month(field: str = "month") -> Spec:
    """Months on a UTC axis, a label per year."""
    axis = {"format": "%Y", "tickCount": {"interval": "year", "step": 1}, "title": None}
    return {"field": field, "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def from_zero(field: str, title: str, top: float) -> Spec:
    """A vertical axis from zero with few ticks; whole numbers unless all are small."""
    axis = {"tickCount": 4, "format": ",.0f" if top >= 4 else ",~g", "title": title or None}
    return number(field, scale={"domain": [0, round(max(top, 1), 4)], "nice": False}, axis=axis)


def columns_of(panels: int) -> int:
    """How many panels stand in a row: three, or four where three would need a third row."""
    return max(min(panels, 4 if panels > 6 else 3), 1)


def panel(layers: Sequence[Spec], *, title: str, panels: int) -> Spec:
    """Layers on top of one another under a title."""
    columns = columns_of(panels)
    return {
        "layer": [*layers, _title(title, TITLE_LIMITS[columns])],
        "width": WIDTHS[columns],
        "height": HEIGHT,
    }


def _title(title: str, limit: int) -> Spec:
    """A title at the same height above every panel, whatever its axis needs."""
    style = {"align": "left", "baseline": "bottom", "fontWeight": 600, "limit": limit}
    style["fontSize"] = theme.TEXT + 1
    return mark("text", [{"text": title}], style, x=fixed(0), y=fixed(-10), text=TEXT)


def grid(panels: Sequence[Spec], key: Spec) -> Spec:
    """A key above panels in rows, each with its own scale."""
    own = {"scale": {"x": "independent", "y": "independent"}}
    table = {"concat": list(panels), "columns": columns_of(len(panels)), "resolve": own}
    return {"vconcat": [key, table], "spacing": 10, "resolve": own}


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Heights for labels near `values` (rising order) with at least `gap` between them."""
    placed = list(values)
    for lower, upper in pairwise(range(len(placed))):
        placed[upper] = max(placed[upper], placed[lower] + gap)
    over = placed[-1] - values[-1] if placed else 0
    return [value - over / 2 for value in placed]


@dataclass(frozen=True)
class Sign:
    """One entry of a key: a line (dashed or not) or a field, and what it means."""

    label: str
    color: str
    fill: str | None = None
    dash: tuple[int, int] = (1, 0)


def key(signs: Sequence[Sign], *, most: float = KEY_WIDTH) -> Spec:
    """Signs with their meaning, drawn as the marks they stand for, in as many rows as needed."""
    x, y, widest = 0.0, 0, 0.0
    layers: list[Spec] = []
    for sign in signs:
        length = 30 + 6.4 * len(sign.label)
        if x and x + length > most:
            x, y = 0.0, y + KEY_ROW
        layers += [_sign(sign, x, y), _meaning(sign, x, y)]
        x += length + 20
        widest = max(widest, x)
    return {"layer": layers, "width": widest, "height": y + KEY_ROW - 4}


def _sign(sign: Sign, x: float, y: float) -> Spec:
    across = {"x": fixed(x), "x2": fixed(x + 22)}
    if sign.fill is None:
        style = {"color": sign.color, "strokeWidth": 2, "strokeDash": list(sign.dash)}
        return mark("rule", [{}], style, **across, y=fixed(y + 7))
    style = {"fill": sign.fill, "stroke": sign.color}
    return mark("rect", [{}], style, **across, y=fixed(y + 1), y2=fixed(y + 13))


def _meaning(sign: Sign, x: float, y: float) -> Spec:
    style = {"align": "left", "baseline": "middle"}
    rows = [{"text": sign.label}]
    return mark("text", rows, style, x=fixed(x + 28), y=fixed(y + 7), text=TEXT)
