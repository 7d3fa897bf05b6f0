"""What is shown: a Document built once, and one writer per file format."""

from collections.abc import Callable
from typing import Final

from reports.budget_brief import budget_brief
from reports.capacity_plan import capacity_plan
from reports.document import Document
from reports.evaluation import evaluation
from reports.scenarios import scenario_report
from reports.tertial import tertial

# What each report is made from is the type of its first argument.
REPORTS: Final[dict[str, Callable[..., Document]]] = {
    "capacity_plan": capacity_plan,
    "budget_brief": budget_brief,
    "scenarios": scenario_report,
    "evaluation": evaluation,
    "tertial": tertial,
}
