"""Load-duration curves: how many days so many places are needed, over the forms that hold them."""

from itertools import accumulate

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import DurationPanel, Durations
from reports.numbers import Numbers

# A tenth of a place cannot be seen in a figure.
SMALLEST = 0.1


def chart(drawing: Durations, numbers: Numbers) -> Spec:
    """Small multiples, each with its own scale from zero."""
    mean, high = drawing.labels
    signs = [parts.Sign(mean, theme.INK), parts.Sign(high, theme.TODAY, dash=(4, 3))]
    used = {form for panel in drawing.panels for form, _ in panel.tiers}
    for form, fill, tint in zip(drawing.forms, theme.FORM_FILLS, theme.FORM_TINTS, strict=True):
        signs += [parts.Sign(form, fill, tint)] if form in used else []
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


def _layers(
    panel: DurationPanel, drawing: Durations, numbers: Numbers, *, first: bool
) -> list[Spec]:
    held = sum(places for _, places in panel.tiers)
    top = 1.06 * max(held, *panel.high, *panel.mean, 1.0)
    return [
        _axes(panel, drawing, top, first=first),
        *_tiers(panel, drawing.forms),
        _line(panel.mean, theme.INK, (1, 0)),
        _line(panel.high, theme.TODAY, (4, 3)),
        _counts(panel, numbers, top),
    ]


def _axes(panel: DurationPanel, drawing: Durations, top: float, *, first: bool) -> Spec:
    """An invisible mark that carries the axes, so that an empty panel has them too."""
    axis = {"values": [1, 100, 200, 300], "title": drawing.x_title}
    scale = {"domain": [1, max(len(panel.mean), 2)], "nice": False}
    x = parts.number("day", scale=scale, axis=axis)
    y = parts.from_zero("value", drawing.y_title if first else "", top)
    return parts.mark("point", [{"day": 1, "value": 0}], {"opacity": 0}, x=x, y=y)


def _tiers(panel: DurationPanel, forms: tuple[str, ...]) -> list[Spec]:
    """One pale field per form with its dark upper edge."""
    layers: list[Spec] = []
    ends = accumulate(places for _, places in panel.tiers)
    across = {"x": parts.number("day"), "x2": {"field": "last"}}
    for (form, places), end in zip(panel.tiers, ends, strict=True):
        at = forms.index(form)
        rows: list[Row] = [{"day": 1, "last": len(panel.mean), "from": end - places, "to": end}]
        up = {"y": parts.number("from"), "y2": {"field": "to"}}
        edge = {"color": theme.FORM_FILLS[at], "strokeWidth": 1.5}
        layers += [
            parts.mark("rect", rows, {"fill": theme.FORM_TINTS[at]}, **across, **up),
            parts.mark("rule", rows, edge, **across, y=parts.number("to")),
        ]
    return layers


def _line(values: tuple[float, ...], color: str, dash: tuple[int, int]) -> Spec:
    """A falling line of steps; days that change nothing are left out."""
    rows: list[Row] = [{"day": 1, "value": round(values[0], 2)}] if values else []
    for day, value in enumerate(values[1:], 2):
        if rows[-1]["value"] - value >= SMALLEST or day == len(values):
            rows.append({"day": day, "value": round(value, 2)})
    style = {
        "color": color,
        "strokeWidth": 1.8,
        "strokeDash": list(dash),
        "interpolate": "step-after",
    }
    return parts.mark("line", rows, style, x=parts.number("day"), y=parts.number("value"))


def _counts(panel: DurationPanel, numbers: Numbers, top: float) -> Spec:
    """Places of each form, written beside its field."""
    ends = accumulate(places for _, places in panel.tiers)
    middles = [end - places / 2 for end, (_, places) in zip(ends, panel.tiers, strict=True)]
    heights = parts.spread(middles, top * parts.LABEL_GAP)
    rows: list[Row] = [
        {"day": len(panel.mean), "value": height, "text": numbers.count(places)}
        for height, (_, places) in zip(heights, panel.tiers, strict=True)
    ]
    style = {"align": "left", "dx": 5, "baseline": "middle"}
    at = {"x": parts.number("day"), "y": parts.number("value")}
    return parts.mark("text", rows, style, **at, text=parts.TEXT)
