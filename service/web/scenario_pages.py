"""Scenarios that were run, side by side with the base plan, three at most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from forecasting.agency import Agency
from forecasting.errors import UsageError
from forecasting.samples import WHOLE_NATION
from reports.numbers import Numbers
from reports.stored import basis_of_plain
from service.jobs.records import JobFolder, remembered
from service.scenario_store import KeptScenarios, kept_run, kept_scenarios
from service.scenario_view import (
    MOST,
    ScenarioCell,
    ScenarioHead,
    ScenarioRow,
    SideBySide,
    heads_of,
    regions_of_run,
    side_by_side,
)
from service.store import plans
from service.web.yearly_pages import Draws
from service.yearly_words import WORDS, day, region_of

ROOT = "/scenarioer"
NUMBERS = Numbers("nb")
MILLION = 1_000_000
UNKNOWN = "–"
MEASURES = {
    "places_recommended": "Anbefalte forpliktede plasser",
    "committed_places": "Basisplanens plasser som teller som forpliktet",
    "children_not_offered": "Barn i året uten plass i tide med basisplanens plasser",
    "cost_nok": "Kostnad i året av det som anbefales, mill. kr i prisnivå {year}",
}


@dataclass(frozen=True)
class Line:
    """One row as it is printed: name, and for each column the number and the difference."""

    name: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Block:
    """One measure: all need groups together, then each."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Scenarios:
    """The runs of one home, as pages show them. `agency` names regions; `running` are jobs."""

    site: Draws
    home: Path
    agency: Callable[[], Agency | None]
    running: Callable[[], list[JobFolder]]

    def every(self) -> HTMLResponse:
        """Every run that was kept."""
        runs = [(run, day(run.made_at), heads_of(run)) for run in kept_scenarios(self.home)]
        jobs = remembered(lambda each: (each.path.name, _reason(each)), self.running())
        return self.site.draw(
            "scenarios.html", kept=runs, jobs=jobs, synthetic=_any_synthetic(runs)
        )

    def one(self, run_id: str, codes: Sequence[str], region: str) -> HTMLResponse:
        """Scenarios of one run side by side; the first three where none was chosen."""
        run = kept_run(self.home, run_id)
        heads, fault = heads_of(run), ""
        chosen = list(dict.fromkeys(code for code in codes if code))
        wanted = chosen or [head.code for head in heads[:MOST]]
        try:
            found = side_by_side(run, wanted, region=region or WHOLE_NATION)
        except UsageError:
            fault = f"Velg høyst {MOST} av scenarioene i denne kjøringen, og en region i den."
            found = side_by_side(run, [head.code for head in heads[:MOST]])
        return self.site.draw(
            "scenario.html",
            status=422 if fault else 200,
            run=run,
            made=day(run.made_at),
            fault=fault,
            heads=heads,
            found=found,
            chosen=[head.code for head in found.heads] + [""] * (MOST - len(found.heads)),
            regions=[(WHOLE_NATION, "Hele landet"), *self._regions(run)],
            blocks=_blocks(found, run),
            base=self._base(run),
            synthetic=_synthetic(run),
        )

    def _regions(self, run: KeptScenarios) -> list[tuple[str, str]]:
        agency = self.agency()
        codes = regions_of_run(run)
        return [(code, code if agency is None else region_of(agency, code)) for code in codes]

    def _base(self, run: KeptScenarios) -> str:
        """The kept plan that rests on the same as the run, or nothing."""
        own = (p for p in plans(self.home) if run.starts_from(basis_of_plain(dict(p.basis))))
        return next((plan.plan_id for plan in own), "")


def _reason(job: JobFolder) -> str:
    return str(job.asked().what["reason"])


def _synthetic(run: KeptScenarios) -> bool:
    return bool(run.rests_on["data_stamp"]["synthetic"])


def _any_synthetic(runs: Sequence[tuple[KeptScenarios, str, tuple[ScenarioHead, ...]]]) -> bool:
    return any(_synthetic(run) for run, _, _ in runs)


def _blocks(found: SideBySide, run: KeptScenarios) -> list[Block]:
    labels = {**run.rests_on["need_groups"], WHOLE_NATION: WORDS["words.all_groups"]}
    return [
        Block(
            title.format(year=run.year),
            tuple(
                Line(str(labels.get(row.need_group, row.need_group)), _cells(row))
                for row in found.rows
                if row.measure == measure
            ),
        )
        for measure, title in MEASURES.items()
    ]


def _cells(row: ScenarioRow) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_number(row.measure, cell), "" if at == 0 else _change(row.measure, cell))
        for at, cell in enumerate(row.cells)
    )


def _number(measure: str, cell: ScenarioCell) -> str:
    if cell.value is None:
        return UNKNOWN
    return NUMBERS.decimal(_scaled(measure, cell.value), _digits(measure))


def _change(measure: str, cell: ScenarioCell) -> str:
    if cell.change is None:
        return UNKNOWN
    return NUMBERS.change(round(_scaled(measure, cell.change), _digits(measure)))


def _scaled(measure: str, value: float) -> float:
    return value / MILLION if measure.endswith("_nok") else value


def _digits(measure: str) -> int:
    return 0 if measure in {"places_recommended", "committed_places"} else 1


def scenario_router(scenarios: Scenarios) -> APIRouter:
    """The addresses of these pages; they stand outside the API's description."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get(ROOT)
    def every() -> HTMLResponse:
        return scenarios.every()

    @router.get(ROOT + "/{run_id}")
    def one(
        run_id: str, *, a: str = "", b: str = "", c: str = "", region: str = ""
    ) -> HTMLResponse:
        return scenarios.one(run_id, (a, b, c), region)

    return router
