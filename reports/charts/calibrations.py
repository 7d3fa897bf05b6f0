"""Whether intervals keep their promise: where outcomes fell, and what levels covered."""

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import Pit, Reliability

HEIGHT = 150


def pit_chart(drawing: Pit) -> Spec:
    """Bars of relative frequency; a calibrated forecast has 1 in each, within the band."""
    width = 1 / len(drawing.bars)
    bars: list[Row] = [
        {"from": at * width, "to": (at + 1) * width, "value": value}
        for at, value in enumerate(drawing.bars)
    ]
    top = 1.1 * max(*drawing.bars, drawing.band[1])
    y = parts.number(
        "value",
        scale={"domain": [0, round(top, 4)], "nice": False},
        axis={"tickCount": 4, "format": ",~g", "title": drawing.y_title},
    )
    across = {"x": _share("from", drawing.x_title), "x2": {"field": "to"}}
    fields = parts.mark(
        "rect",
        [{**bar, "zero": 0} for bar in bars],
        {"fill": theme.INNER, "stroke": theme.ACCENT},
        **across,
        y={**y, "field": "zero"},
        y2={"field": "value"},
    )
    low, high = drawing.band
    lines = [
        _level(height, dash) for height, dash in ((low, (4, 3)), (1.0, (1, 0)), (high, (4, 3)))
    ]
    signs = (
        parts.Sign(drawing.labels[0], theme.ACCENT, theme.INNER),
        parts.Sign(drawing.labels[1], theme.MAIN),
        parts.Sign(drawing.labels[2], theme.MAIN, dash=(4, 3)),
    )
    return _under(parts.key(signs), [fields, *lines])


def reliability_chart(drawing: Reliability) -> Spec:
    """Observed against promised shares, beside the diagonal with its band."""
    rows: list[Row] = [
        {"promised": promised, "observed": observed, "low": low, "high": high}
        for promised, observed, (low, high) in zip(
            drawing.promised, drawing.observed, drawing.band, strict=True
        )
    ]
    x = _share("promised", drawing.x_title)
    y = _share("observed", drawing.y_title)
    band = {"fill": theme.OUTER, "line": {"stroke": theme.ACCENT, "strokeWidth": 0.8}}
    layers = [
        parts.mark("area", rows, band, x=x, y={**y, "field": "low"}, y2={"field": "high"}),
        parts.mark(
            "line",
            [{"promised": 0, "observed": 0}, {"promised": 1, "observed": 1}],
            {"color": theme.MAIN, "strokeWidth": 1, "strokeDash": [4, 3]},
            x=x,
            y=y,
        ),
        parts.mark(
            "line",
            rows,
            {"color": theme.TODAY, "strokeWidth": 2, "point": {"color": theme.TODAY, "size": 20}},
            x=x,
            y=y,
        ),
    ]
    signs = (
        parts.Sign(drawing.labels[0], theme.TODAY),
        parts.Sign(drawing.labels[1], theme.MAIN, dash=(4, 3)),
        parts.Sign(drawing.labels[2], theme.ACCENT, theme.OUTER),
    )
    return _under(parts.key(signs), layers)


def _share(field: str, title: str) -> Spec:
    axis = {"format": ".0%", "tickCount": 5, "title": title}
    return parts.number(field, scale={"domain": [0, 1], "nice": False}, axis=axis)


def _level(height: float, dash: tuple[int, int]) -> Spec:
    style = {"color": theme.MAIN, "strokeWidth": 1.2, "strokeDash": list(dash)}
    return parts.mark("rule", [{"value": height}], style, y=parts.number("value"))


def _under(key: Spec, layers: list[Spec]) -> Spec:
    body = {"layer": layers, "width": parts.WIDTHS[1], "height": HEIGHT}
    return {"vconcat": [key, body], "spacing": 10}
