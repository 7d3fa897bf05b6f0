"""What a service level costs: one line, and the plan on it."""

from reports import theme
from reports.charts import parts
from reports.charts.parts import Row, Spec
from reports.drawings import Frontier
from reports.numbers import Numbers

# In pixels: height of the plot, by whether it is narrow; room for the numbers of its axis.
HEIGHT = {False: 170, True: 110}
AXIS = 50


def chart(drawing: Frontier, numbers: Numbers) -> Spec:
    """Cost against level; the axes begin where the points do, which the subtitle says."""
    line, plan = drawing.labels
    rows: list[Row] = [{"level": level, "cost": cost} for level, cost in drawing.points]
    x, y = _axes(drawing)
    drawn = {"color": theme.ACCENT, "strokeWidth": 2, "point": {"color": theme.ACCENT, "size": 22}}
    layers = [parts.mark("line", rows, drawn, x=x, y=y), *_plan(drawing, numbers)]
    width = parts.NARROW - AXIS if drawing.narrow else parts.WIDTHS[1]
    body = {"layer": layers, "width": width, "height": HEIGHT[drawing.narrow]}
    if drawing.narrow:
        return body  # the plan's dot has its name beside it, and there is but one line
    key = parts.key([parts.Sign(line, theme.ACCENT), parts.Sign(plan, theme.TODAY, theme.TODAY)])
    return {"vconcat": [key, body], "spacing": 10}


def _axes(drawing: Frontier) -> tuple[Spec, Spec]:
    levels, costs = zip(*drawing.points, strict=True)
    room = 0.08 * ((max(costs) - min(costs)) or 1.0)
    across = {"domain": [min(levels), 1], "nice": False}
    up = {"domain": [round(min(costs) - room, 4), round(max(costs) + room, 4)], "nice": False}
    percent = {"format": ".0%", "tickCount": 6, "title": drawing.x_title}
    amount = {"format": ",.0f", "tickCount": 5, "title": drawing.y_title}
    return (
        parts.number("level", scale=across, axis=percent),
        parts.number("cost", scale=up, axis=amount),
    )


def _plan(drawing: Frontier, numbers: Numbers) -> list[Spec]:
    """The plan as a dot, with its level and cost written to the left, above the line."""
    level, cost = drawing.plan
    name = f"{drawing.labels[1]}, " if drawing.narrow else ""
    text = f"{name}{numbers.percent(level)}: {numbers.decimal(cost)}"
    rows: list[Row] = [{"level": level, "cost": cost, "text": text}]
    at = {"x": parts.number("level"), "y": parts.number("cost")}
    style = {"align": "right", "dx": -9, "dy": -9, "fontWeight": 600, "color": theme.TODAY}
    return [
        parts.mark("point", rows, {"color": theme.TODAY, "size": 90, "filled": True}, **at),
        parts.mark("text", rows, style, **at, text=parts.TEXT),
    ]
