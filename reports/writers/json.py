"""plan.json: the whole plan, from which every report can be made again."""

from reports.disclosure import Released
from reports.stored import plan_to_json


def write(released: Released) -> dict[str, bytes]:
    """The plan as versioned JSON."""
    return {"plan.json": plan_to_json(released.plan)}
