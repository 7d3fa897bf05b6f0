"""plan.json: the whole plan, from which every report can be made again."""

from reports.disclosure import Released
from reports.stored import plan_to_json
from reports.writers.tables_alone import json_file


def write(released: Released) -> dict[str, bytes]:
    """The plan as versioned JSON; any other document as it stands."""
    if released.plan is None:
        return json_file(released.document)
    return {"plan.json": plan_to_json(released.plan)}
