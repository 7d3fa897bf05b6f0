"""What stands beside a plan in its report, and is no part of what was computed for it."""

from dataclasses import dataclass

from planning.plan import Plan
from planning.yearly import Version
from reports.scenarios import ComparedScenarios
from reports.told import ToldPlan


@dataclass(frozen=True)
class Beside:
    """Scenarios of the same base plan that were kept, and which version of a yearly plan it is.

    `before` is the plan that the version before rests on; `told` how the plan before one of the
    rest of a year had gone.
    """

    scenarios: ComparedScenarios | None = None
    version: Version | None = None
    before: Plan | None = None
    told: ToldPlan | None = None


NOTHING = Beside()
