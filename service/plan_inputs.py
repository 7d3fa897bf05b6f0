"""What a plan was made with, kept beside it so that a scenario on it needs no file of the user's.

Kept are the configuration in force and the register of places. Rows of an extract are not: they
are children's, and a plan needs none of them to be read.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import InputError
from planning.plan import Plan
from reports.stored import plan_from_json
from service.requests import PlanRequest
from service.settings import Settings, parse_settings
from service.store import plan_file, plans
from service.stored_plans import PLAN
from service.uploads import ENDINGS

CONFIG = "inputs/config.json"
REGISTER = "inputs/register"


class NoInputsError(InputError):
    """The plan was kept before its configuration was kept with it."""


@dataclass(frozen=True)
class PlanInputs:
    """A kept plan with its configuration and the register's file, whose name ends `ending`."""

    plan_id: str
    plan: Plan
    settings: Settings
    register: bytes | None
    ending: str = ""


def plan_inputs(request: PlanRequest) -> dict[str, bytes]:
    """The files to keep with a plan that was asked for so."""
    about = {"name": request.settings.name, "tables": request.settings.tables}
    kept = {CONFIG: json.dumps(about, ensure_ascii=False).encode()}
    if request.register is not None:
        kept[REGISTER + request.register.suffix.lower()] = request.register.read_bytes()
    return kept


def kept_plan_inputs(home: Path, plan_id: str) -> PlanInputs:
    """A plan of the store with what it was made with. Raises InputError where it is not kept."""
    if plan_id not in {plan.plan_id for plan in plans(home)}:
        raise InputError("there is no such plan in the store.", fix="See /api/v1/plans.")
    content, kept = (plan_file(home, plan_id, name) for name in (PLAN, CONFIG))
    if content is None or kept is None:
        raise NoInputsError(
            f"{plan_id} was kept without its configuration, as older plans were.",
            fix="Make the plan again with `plassplan plan`, and use that one.",
        )
    about = json.loads(kept)
    settings = parse_settings(about["tables"], name=about["name"])
    for ending in ENDINGS:
        register = plan_file(home, plan_id, REGISTER + ending)
        if register is not None:
            return PlanInputs(plan_id, plan_from_json(content), settings, register, ending)
    return PlanInputs(plan_id, plan_from_json(content), settings, None)
