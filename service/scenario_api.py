"""Scenarios that were run, under /api/v1/scenarios."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query

from forecasting.samples import WHOLE_NATION
from service.scenario_store import kept_run, kept_scenarios
from service.scenario_view import ScenarioHead, SideBySide, heads_of, side_by_side


@dataclass(frozen=True)
class ScenarioRunRow:
    """One run of scenarios that was kept."""

    id: str
    year: int
    reason: str
    made_at: datetime
    who: str
    scenarios: tuple[ScenarioHead, ...]


def scenario_api(home: Path) -> APIRouter:
    """The addresses of scenarios that were run."""
    router = APIRouter()

    @router.get("/scenarios")
    def list_scenarios() -> tuple[ScenarioRunRow, ...]:
        """The runs of scenarios that were kept, newest first."""
        return tuple(
            ScenarioRunRow(run.run_id, run.year, run.reason, run.made_at, run.who, heads_of(run))
            for run in kept_scenarios(home)
        )

    @router.get("/scenarios/{run_id}")
    def show_scenarios(
        run_id: str,
        *,
        scenario: Annotated[list[str], Query(description="Codes, at most three")],
        region: str = WHOLE_NATION,
    ) -> SideBySide:
        """Scenarios of one run beside the base plan."""
        return side_by_side(kept_run(home, run_id), scenario, region=region)

    return router
