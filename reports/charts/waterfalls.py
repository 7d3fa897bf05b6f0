"""Where a number of places comes from: one bar a source, each beginning where the last ended."""

from collections.abc import Iterator

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import WaterfallPanel, Waterfalls
from reports.numbers import Numbers

# In pixels: height of a bar with its gap, room for names before and for numbers after.
ROW = 14
NARROW_ROW = 12
GAP = 3
NAMES = 80
NUMBERS = 34

Y: Spec = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
Y2: Spec = {"field": "y2"}
X2: Spec = {"field": "to"}


def chart(drawing: Waterfalls, numbers: Numbers) -> Spec:
    """Small multiples, each with its own scale from zero; the last bar is the sum."""
    more, fewer, total = drawing.labels
    fills = {more: theme.ACCENT, fewer: theme.TODAY, total: theme.MAIN}
    # Colour is never alone: the number behind each bar has its sign.
    panels = [_panel(panel, drawing, numbers, fills=fills) for panel in drawing.panels]
    signs = [parts.Sign(label, fill, fill) for label, fill in fills.items()]
    most = parts.NARROW if drawing.narrow else parts.KEY_WIDTH
    return parts.grid(panels, parts.key(signs, most=most))


def _panel(
    panel: WaterfallPanel, drawing: Waterfalls, numbers: Numbers, *, fills: dict[str, str]
) -> Spec:
    height = NARROW_ROW if drawing.narrow else ROW
    rows = list(_rows(panel, drawing.labels, numbers, height=height))
    top = max((max(row["from"], row["to"]) for row in rows), default=0.0) or 1.0
    low = min((min(row["from"], row["to"]) for row in rows), default=0.0)
    columns = parts.columns_of(len(drawing.panels))
    width = parts.NARROW if drawing.narrow else parts.WIDTHS[columns]
    scale = {
        "domain": [round(min(low, 0.0), 4), round(top, 4)],
        "range": [NAMES, width - NUMBERS],
        "nice": False,
    }
    x = {"type": "quantitative", "scale": scale, "axis": None}
    drawn = parts.panel(
        [_names(rows), *_bars(rows, x, fills), _counts(rows, x)],
        title=panel.title,
        panels=len(drawing.panels),
    )
    return {**drawn, "width": width, "height": height * len(rows)}


def _rows(
    panel: WaterfallPanel, labels: tuple[str, str, str], numbers: Numbers, *, height: int
) -> Iterator[Row]:
    more, fewer, total = labels
    at = 0.0
    for number, (name, places) in enumerate(panel.steps):
        kind = fewer if places < 0 else more
        text = numbers.count(places) if number == 0 else numbers.change(places)
        yield _row(number * height, name, (at, at + places), kind=kind, text=text, height=height)
        at += places
    last, text = len(panel.steps) * height, numbers.count(round(at))
    yield _row(last, total, (0.0, at), kind=total, text=text, height=height)


def _row(
    y: float, name: str, ends: tuple[float, float], *, kind: str, text: str, height: int
) -> Row:
    return {
        "name": name,
        "from": ends[0],
        "to": ends[1],
        "end": max(ends),
        "y": y,
        "y2": y + height - GAP,
        "mid": y + (height - GAP) / 2,
        "kind": kind,
        "text": text,
    }


def _names(rows: list[Row]) -> Spec:
    shown = [{"text": row["name"], "mid": row["mid"]} for row in rows]
    style = {"align": "left", "baseline": "middle", "limit": NAMES - 4}
    return parts.mark(
        "text", shown, style, x=parts.fixed(0), y={**Y, "field": "mid"}, text=parts.TEXT
    )


def _bars(rows: list[Row], x: Spec, fills: dict[str, str]) -> list[Spec]:
    return [
        parts.mark("rect", mine, {"fill": fill}, x={**x, "field": "from"}, x2=X2, y=Y, y2=Y2)
        for kind, fill in fills.items()
        if (mine := [row for row in rows if row["kind"] == kind and row["from"] != row["to"]])
    ]


def _counts(rows: list[Row], x: Spec) -> Spec:
    style = {"align": "left", "baseline": "middle", "dx": 4}
    at = {"x": {**x, "field": "end"}, "y": {**Y, "field": "mid"}}
    return parts.mark("text", rows, style, **at, text=parts.TEXT)
