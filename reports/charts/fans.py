"""Fan charts: two years of history, two bands, the middle, and last year once more."""

from collections.abc import Sequence
from datetime import date

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import FanPanel, Fans
from reports.numbers import Numbers


def chart(drawing: Fans, numbers: Numbers) -> Spec:
    """Small multiples, each with its own scale from zero."""
    history, middle, outer, repeated = drawing.labels
    signs = [
        parts.Sign(history, theme.INK),
        parts.Sign(middle, theme.ACCENT),
        parts.Sign(outer, theme.ACCENT, theme.OUTER),
    ]
    if any(panel.repeated for panel in drawing.panels):
        signs.append(parts.Sign(repeated, theme.REPEATED, dash=(4, 3)))
    columns = parts.columns_of(len(drawing.panels))
    panels = [
        parts.panel(
            _layers(panel, drawing.y_title if at % columns == 0 else "", numbers),
            title=panel.title,
            panels=len(drawing.panels),
        )
        for at, panel in enumerate(drawing.panels)
    ]
    return parts.grid(panels, parts.key(signs))


def _layers(panel: FanPanel, y_title: str, numbers: Numbers) -> list[Spec]:
    past = (value for value in panel.past if value is not None)
    top = 1.06 * max((*past, *panel.high, *panel.repeated, 1.0))
    y = parts.from_zero("low", y_title, top)
    outer = _band(panel.months, (panel.low, panel.high), fill=theme.OUTER, y=y)
    inner = _band(
        panel.months, (panel.inner_low, panel.inner_high), fill=theme.INNER, y=parts.number("low")
    )
    return [
        outer,
        inner,
        _line(panel.months, panel.repeated, color=theme.REPEATED, dash=[4, 3]),
        _line(panel.months, panel.middle, color=theme.ACCENT),
        _line(panel.past_months, panel.past, color=theme.INK),
        _ends(panel, top, numbers),
    ]


def _band(
    months: Sequence[date],
    edges: tuple[Sequence[float], Sequence[float]],
    *,
    fill: str,
    y: Spec,
) -> Spec:
    rows: list[Row] = [
        {"month": month.isoformat(), "low": low, "high": high}
        for month, low, high in zip(months, *edges, strict=True)
    ]
    edge = {"stroke": theme.ACCENT, "strokeWidth": 0.8}
    style = {"fill": fill, "line": edge, **edge}
    return parts.mark("area", rows, style, x=parts.month(), y=y, y2={"field": "high"})


def _line(
    months: Sequence[date],
    values: Sequence[float | None],
    *,
    color: str,
    dash: Sequence[int] = (1, 0),
) -> Spec:
    """A line with a gap where a value is hidden, and dots so that a lone month is seen."""
    rows: list[Row] = [
        {"month": month.isoformat(), "value": value}
        for month, value in zip(months, values, strict=False)
    ]
    style = {"color": color, "strokeWidth": 1.6, "strokeDash": list(dash)}
    if None in values:
        style["point"] = {"filled": True, "color": color, "size": 9}
    return parts.mark("line", rows, style, x=parts.month(), y=parts.number("value"))


def _ends(panel: FanPanel, top: float, numbers: Numbers) -> Spec:
    """The last month's low, middle and high, written beside the band."""
    values = [panel.low[-1], panel.middle[-1], panel.high[-1]] if panel.months else []
    heights = parts.spread(values, top * parts.LABEL_GAP)
    rows: list[Row] = [
        {"month": panel.months[-1].isoformat(), "value": height, "text": numbers.count(value)}
        for value, height in zip(values, heights, strict=True)
    ]
    style = {"align": "left", "dx": 5, "baseline": "middle"}
    at = {"x": parts.month(), "y": parts.number("value")}
    return parts.mark("text", rows, style, **at, text=parts.TEXT)
