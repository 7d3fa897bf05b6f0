"""Plans that were made before, by their id in the store or by their folder."""

import hashlib
from pathlib import Path

from forecasting.errors import InputError
from planning.plan import Plan
from reports.stored import plan_from_json
from service.home import home_path
from service.store import plan_file, plans

PLAN = "plan.json"


def stored_plan(name: str) -> Plan:
    """The plan with this id, or in this folder. Raises InputError where there is none."""
    return plan_from_json(_plan_json(name))


def stored_id(name: str) -> str:
    """The id of the plan with this id, or in this folder."""
    content = _plan_json(name)
    return plan_id_of(plan_from_json(content).year, content)


def plan_id_of(year: int, content: bytes) -> str:
    """The id of a plan for this year whose plan.json this is: equal content, equal id."""
    return f"plan-{year}-{hashlib.sha256(content).hexdigest()[:12]}"


def plan_version(name: str, year: int) -> int | None:
    """The plan's number among the kept plans of its year, 1 for the oldest; None if not kept."""
    plan_id = plan_id_of(year, _plan_json(name))
    kept = [plan.plan_id for plan in reversed(plans(home_path())) if plan.year == year]
    return kept.index(plan_id) + 1 if plan_id in kept else None


def _plan_json(plan: str) -> bytes:
    folder = Path(plan)
    if folder.is_dir():
        try:
            return (folder / PLAN).read_bytes()
        except OSError as error:
            raise InputError(
                f"{folder} holds no readable {PLAN} ({error.strerror}).",
                fix="Name the folder that `plassplan plan --out` wrote.",
            ) from error
    content = plan_file(home_path(), plan, PLAN)
    if content is None:
        kept = ", ".join(stored.plan_id for stored in plans(home_path())[:5]) or "none"
        raise InputError(
            f"{plan} is neither a folder nor the id of a kept plan.",
            fix=f"The newest kept plans are: {kept}.",
        )
    return content
