"""A home with kept plans, for tests of yearly plans."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from planning.plan import Plan
from reports.stored import plan_to_json
from service.store import StoredPlan, save_plan
from service.yearly import By, draft
from tests.plans import example_plan

NOW = datetime(2024, 10, 1, 9, tzinfo=UTC)
KARI = By.of("Kari Nordmann", "planlegger", NOW)


def made_plan(as_of: date = date(2024, 9, 30), **recipe: object) -> Plan:
    """An example plan of two regions, known on a day of the year before."""
    plan = example_plan(**{"regions": 2, "groups": 2, **recipe})
    return replace(plan, basis=replace(plan.basis, as_of=as_of))


def keep(home: Path, plan: Plan, beside: Mapping[str, bytes] | None = None) -> str:
    """Keep a plan, and files beside it, as `plassplan plan` does. Returns its id."""
    content = plan_to_json(plan)
    plan_id = f"plan-{plan.year}-{hashlib.sha256(content).hexdigest()[:12]}"
    stored = StoredPlan(plan_id, plan.year, plan.basis.to_dict(), NOW.isoformat())
    save_plan(home, stored, {"plan.json": content, **(beside or {})})
    return plan_id


def drafted_home(home: Path, plan: Plan | None = None) -> str:
    """A home with one plan and a first version from it. Returns the plan's id."""
    plan_id = keep(home, plan or made_plan())
    draft(home, plan_id, region="alle", reason="Høstplan", by=KARI)
    return plan_id
