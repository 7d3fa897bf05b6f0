"""Stacked bars of places by form, for each region today and as recommended."""

from collections.abc import Iterator

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import Bar, Bars
from reports.numbers import Numbers

# In pixels: height of a bar with its gap, gap between groups, room for names and totals.
ROW = 18
GAP = 7
NAMES = 190
WIDTH = 400
TOTALS = 45
# Share of the axis that a part must fill before its number is written in it.
ROOM = 0.045

Y: Spec = {"field": "y", "type": "quantitative", "scale": None, "axis": None}


def chart(drawing: Bars, numbers: Numbers) -> Spec:
    """Bars from the left, the total at the end, names before."""
    placed = tuple(_placed(drawing.bars))
    top = max((_total(bar) for bar in drawing.bars), default=0.0) or 1.0
    x = {"type": "quantitative", "scale": _scale(top), "axis": None}
    used = {form for bar in drawing.bars for form, _ in bar.parts}
    layers, signs = [*_names(placed), _totals(placed, numbers, x)], []
    for form, fill in zip(drawing.forms, theme.FORM_FILLS, strict=False):
        if form in used:
            signs.append(parts.Sign(form, fill, fill))
            rows = list(_parts(placed, form, numbers))
            layers += [_fields(rows, fill, x), _counts(rows, ROOM * top, x)]
    tall = placed[-1][0] + ROW if placed else ROW
    body = {"layer": layers, "width": NAMES + WIDTH, "height": tall}
    return {"vconcat": [parts.key(signs), body] if signs else [body], "spacing": 8}


def _total(bar: Bar) -> float:
    return sum(places for _, places in bar.parts)


def _scale(top: float) -> Spec:
    return {"domain": [0, round(top, 4)], "range": [NAMES, NAMES + WIDTH - TOTALS], "nice": False}


def _placed(bars: tuple[Bar, ...]) -> Iterator[tuple[float, Bar]]:
    """Upper edge of each bar; a new group leaves a gap."""
    at, group = 0.0, None
    for bar in bars:
        at += GAP if group is not None and bar.group != group else 0
        yield at, bar
        at, group = at + ROW, bar.group


def _parts(placed: tuple[tuple[float, Bar], ...], form: str, numbers: Numbers) -> Iterator[Row]:
    for at, bar in placed:
        start = 0.0
        for name, places in bar.parts:
            if name == form:
                end = start + places
                yield {"from": start, "to": end, "y": at, "text": numbers.count(places)}
            start += places


def _fields(rows: list[Row], fill: str, x: Spec) -> Spec:
    edged = [{**row, "y2": row["y"] + ROW - 4} for row in rows]
    style = {"fill": fill, "stroke": "white", "strokeWidth": 1.5}
    across = {"x": {"field": "from", **x}, "x2": {"field": "to"}}
    return parts.mark("rect", edged, style, **across, y=Y, y2={"field": "y2"})


def _counts(rows: list[Row], room: float, x: Spec) -> Spec:
    roomy: list[Row] = [
        {"x": (row["from"] + row["to"]) / 2, "y": _middle(row["y"]), "text": row["text"]}
        for row in rows
        if row["to"] - row["from"] >= room
    ]
    style = {"color": "white", "baseline": "middle"}
    return parts.mark("text", roomy, style, x={"field": "x", **x}, y=Y, text=parts.TEXT)


def _middle(at: float) -> float:
    return at + ROW / 2 - 2


def _totals(placed: tuple[tuple[float, Bar], ...], numbers: Numbers, x: Spec) -> Spec:
    rows: list[Row] = [
        {"x": _total(bar), "y": _middle(at), "text": numbers.count(_total(bar))}
        for at, bar in placed
    ]
    style = {"align": "left", "dx": 6, "baseline": "middle", "fontWeight": 600}
    return parts.mark("text", rows, style, x={"field": "x", **x}, y=Y, text=parts.TEXT)


def _names(placed: tuple[tuple[float, Bar], ...]) -> list[Spec]:
    """Name of the group at its first bar, and the label of each bar."""
    labels: list[Row] = [{"y": _middle(at), "text": bar.label} for at, bar in placed]
    first = {bar.group: at for at, bar in reversed(placed)}
    groups: list[Row] = [{"y": _middle(at), "text": name} for name, at in first.items()]
    bold = {"align": "left", "baseline": "middle", "fontWeight": 600, "limit": NAMES - 75}
    quiet = {"align": "right", "baseline": "middle", "color": theme.MUTED, "limit": NAMES - 10}
    return [
        parts.mark("text", groups, bold, x=parts.fixed(0), y=Y, text=parts.TEXT),
        parts.mark("text", labels, quiet, x=parts.fixed(NAMES - 8), y=Y, text=parts.TEXT),
    ]
