"""Children without a place in time against committed places, around the recommendation."""

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import CurvePanel, Curves
from reports.numbers import Numbers


def chart(drawing: Curves, numbers: Numbers) -> Spec:
    """Small multiples, each with its own scales."""
    expected, recommended, today = drawing.labels
    signs = [parts.Sign(expected, theme.ACCENT), parts.Sign(recommended, theme.MAIN)]
    if any(_today_shown(panel) for panel in drawing.panels):
        signs.append(parts.Sign(today, theme.TODAY, dash=(4, 3)))
    columns = parts.columns_of(len(drawing.panels))
    panels = [
        parts.panel(
            _layers(panel, drawing, numbers, first=at % columns == 0),
            title=panel.title,
            panels=len(drawing.panels),
        )
        for at, panel in enumerate(drawing.panels)
    ]
    return parts.grid(panels, parts.key(signs))


def _today_shown(panel: CurvePanel) -> bool:
    return panel.existing is not None and panel.places[0] <= panel.existing <= panel.places[-1]


def _layers(panel: CurvePanel, drawing: Curves, numbers: Numbers, *, first: bool) -> list[Spec]:
    layers = [_line(panel, drawing, first=first)]
    if _today_shown(panel):
        layers.append(_rule(panel.existing, theme.TODAY, (4, 3)))
    chosen = _rule(panel.chosen, theme.MAIN, (1, 0))
    return [*layers, chosen, _children(panel, numbers, drawing.unit)]


def _line(panel: CurvePanel, drawing: Curves, *, first: bool) -> Spec:
    points = dict(zip(panel.places, panel.mean, strict=True))
    rows: list[Row] = [{"places": place, "children": mean} for place, mean in points.items()]
    domain = [panel.places[0], max(panel.places[-1], panel.places[0] + 1)]
    axis = {"tickCount": 4, "format": ",.0f", "title": drawing.x_title}
    x = parts.number("places", scale={"domain": domain, "nice": False}, axis=axis)
    top = 1.12 * max(*panel.mean, 0.5)
    y = parts.from_zero("children", drawing.y_title if first else "", top)
    dot = {"color": theme.ACCENT, "size": 18}
    return parts.mark(
        "line", rows, {"color": theme.ACCENT, "strokeWidth": 2, "point": dot}, x=x, y=y
    )


def _rule(at: float | None, color: str, dash: tuple[int, int]) -> Spec:
    style = {"color": color, "strokeWidth": 1.5, "strokeDash": list(dash)}
    return parts.mark("rule", [{"places": at}], style, x=parts.number("places"))


def _children(panel: CurvePanel, numbers: Numbers, unit: str) -> Spec:
    """The recommendation's children, written beside its point."""
    children = panel.mean[panel.places.index(panel.chosen)]
    text = f"{numbers.decimal(children, 1)} {unit}"
    rows: list[Row] = [{"places": panel.chosen, "children": children, "text": text}]
    style = {"align": "left", "dx": 6, "dy": -9, "fontWeight": 600, "color": theme.MAIN}
    at = {"x": parts.number("places"), "y": parts.number("children")}
    return parts.mark("text", rows, style, **at, text=parts.TEXT)
