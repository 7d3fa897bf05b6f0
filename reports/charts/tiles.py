"""Regions as tiles of one size: each is read as easily, and no borders need a licence."""

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import Tile, Tiles
from reports.numbers import Numbers

# Pixels of a tile with its gap.
WIDE, HIGH, GAP = 120, 62, 6
X: Spec = {"type": "quantitative", "scale": None, "axis": None}
# Fill and edge: more, fewer, unchanged or not known. The sign of the number says the same.
LOOKS = (
    (theme.INNER, theme.ACCENT),
    (theme.FORM_TINTS[1], theme.REPEATED),
    ("#f4f5f6", theme.EDGE),
)


def chart(drawing: Tiles, numbers: Numbers) -> Spec:
    """A tile a region: its name, its places and how many more or fewer."""
    columns = 1 + max(tile.at[0] for tile in drawing.tiles)
    rows = 1 + max(tile.at[1] for tile in drawing.tiles)
    layers = [_fields(drawing.tiles, look) for look in range(len(LOOKS))]
    lines = (("name", 17, 600), ("number", 35, 400), ("change", 50, 600))
    layers += [_texts(drawing.tiles, numbers, line=line) for line in lines]
    used = {_look(tile) for tile in drawing.tiles}
    signs = [
        parts.Sign(label, edge, fill)
        for at, (label, (fill, edge)) in enumerate(zip(drawing.labels, LOOKS, strict=True))
        if at in used
    ]
    # As wide as other figures, so that its letters are shown as large as theirs.
    width = max(columns * WIDE, parts.WIDTHS[1])
    body = {"layer": layers, "width": width, "height": rows * HIGH}
    return {"vconcat": [parts.key(signs), body], "spacing": 10}


def _look(tile: Tile) -> int:
    change = round(tile.change or 0.0, 1)
    return 0 if change > 0 else 1 if change < 0 else 2


def _fields(tiles: tuple[Tile, ...], look: int) -> Spec:
    fill, edge = LOOKS[look]
    rows: list[Row] = [
        {
            "x": tile.at[0] * WIDE,
            "x2": (tile.at[0] + 1) * WIDE - GAP,
            "y": tile.at[1] * HIGH,
            "y2": (tile.at[1] + 1) * HIGH - GAP,
        }
        for tile in tiles
        if _look(tile) == look
    ]
    across = {"x": {**X, "field": "x"}, "x2": {"field": "x2"}}
    up = {"y": {**X, "field": "y"}, "y2": {"field": "y2"}}
    return parts.mark(
        "rect", rows, {"fill": fill, "stroke": edge, "cornerRadius": 3}, **across, **up
    )


def _texts(tiles: tuple[Tile, ...], numbers: Numbers, *, line: tuple[str, int, int]) -> Spec:
    what, down, weight = line
    rows: list[Row] = []
    for tile in tiles:
        change = "" if tile.change is None else numbers.change(tile.change)
        text = {"name": tile.name, "number": numbers.count(tile.number), "change": change}[what]
        middle = tile.at[0] * WIDE + (WIDE - GAP) / 2
        rows.append({"x": middle, "y": tile.at[1] * HIGH + down, "text": text})
    style = {"align": "center", "baseline": "middle", "fontWeight": weight, "limit": WIDE - 14}
    at = {"x": {**X, "field": "x"}, "y": {**X, "field": "y"}}
    return parts.mark("text", rows, style, **at, text=parts.TEXT)
