"""Pages that start a run of scenarios and show how far it is. Every change is a POST."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from forecasting.errors import InputError
from reports.numbers import Numbers
from service.jobs.queue import MOST_WAITING, FullQueueError, Jobs
from service.jobs.records import Ended, JobFolder, JobState
from service.plan_inputs import NoInputsError, PlanInputs, kept_plan_inputs
from service.planner_text import MOST_NAME, MOST_REASON
from service.scenario_asked import (
    LEAST_CHANGE,
    LEAST_LEVEL,
    MOST_CHANGE,
    MOST_LEVEL,
    OWN,
    ScenarioAsked,
    WrongFieldError,
    needs_file,
)
from service.scenario_form import StartForm, start
from service.scenario_view import MOST
from service.scenarios import known_scenarios
from service.store import StoredPlan, plans
from service.web.job_words import (
    MOVED_ON,
    NO_INPUTS,
    OWN_LABEL,
    ending,
    left,
    step,
    technical,
    title,
)
from service.web.scenario_pages import ROOT
from service.web.yearly_pages import FAULTS as WHO_FAULTS
from service.web.yearly_pages import Draws
from service.yearly_words import WORDS, day

NUMBERS = Numbers("nb")
JOB = ROOT + "/jobb/{job_id}"
RANGE = (
    f"Skriv et tall fra {NUMBERS.decimal(LEAST_CHANGE)} til {NUMBERS.decimal(MOST_CHANGE)}: "
    "så mange prosent mer eller mindre enn i planen. 5 er fem prosent mer, −5 fem prosent mindre"
)
FAULTS: Mapping[str, str] = {
    "name": WHO_FAULTS["name"],
    "reason": WHO_FAULTS["reason"],
    "scenarios": f"Velg til sammen ett til {MOST} ulike scenarioer; egne forutsetninger teller som "
    "ett.",
    "level_percent": f"Skriv nivået som et tall fra {NUMBERS.decimal(LEAST_LEVEL)} til "
    f"{NUMBERS.decimal(MOST_LEVEL, 1)}.",
    "no_extract": "Velg filen som planen er laget av.",
    "other_extract": "Filen er ikke den som planen er laget av, eller den er endret. Velg den "
    "samme filen, eller lag en ny plan av denne.",
    "moved_on": MOVED_ON,
}
# Where a fault is said, if not at a field of its name; one of no field stands above the form.
BESIDE: Mapping[str, str] = {
    "scenarios": "scenario-1",
    "no_extract": "extract",
    "other_extract": "extract",
    "moved_on": "",
}
CHOICES = range(MOST)
FULL = (
    f"{MOST_WAITING} jobber venter allerede, og flere tas ikke imot. Vent til en er ferdig, eller "
    "avbryt en av dem."
)


@dataclass(frozen=True)
class JobPages:
    """Starts runs of scenarios on the plans of one home, and shows them."""

    site: Draws
    home: Path
    jobs: Jobs

    def new(
        self, plan_id: str, *, form: StartForm | None = None, fault: str = "", wrong: str = ""
    ) -> HTMLResponse:
        """The form, for the newest plan where none is named.

        As `form` was filled in, with what is wrong beside the field with the id `wrong`.
        """
        kept = [(each.plan_id, _plan_label(each)) for each in plans(self.home)]
        chosen = plan_id or (kept[0][0] if kept else "")
        try:
            inputs = kept_plan_inputs(self.home, chosen) if kept else None
        except NoInputsError:
            inputs, fault = None, NO_INPUTS
        offered: dict[str, object] = {} if inputs is None else _offered(inputs)
        return self.site.draw(
            "scenario_new.html",
            status=422 if fault else 200,
            plans=kept,
            plan_id=chosen,
            fault=fault,
            wrong=wrong if inputs is not None and wrong in _fields(inputs) else "",
            usable=inputs is not None,
            written={} if form is None else form.written,
            picked=[_nth(() if form is None else form.scenario, at) for at in CHOICES],
            **{"synthetic": False, **offered},
        )

    def start(self, form: StartForm) -> Response:
        """The job's page, or the form with what must be mended."""
        try:
            asked = start(form, self.jobs)
        except WrongFieldError as error:
            said = FAULTS.get(error.field, f"{RANGE}, eller la feltet stå tomt.")
            wrong = BESIDE.get(error.field, error.field)
            return self.new(form.plan_id, form=form, fault=said, wrong=wrong)
        except FullQueueError:
            return self.new(form.plan_id, form=form, fault=FULL)
        except NoInputsError:
            return self.new(form.plan_id)
        return RedirectResponse(f"{ROOT}/jobb/{asked.job_id}", status_code=303)

    def one(self, job_id: str) -> Response:
        """How far a job is; of one that is done, what it made."""
        folder = self.jobs.shelf.one(job_id)
        state = self.jobs.state(folder)
        if state.state is JobState.DONE:
            return RedirectResponse(f"{ROOT}/{state.made}", status_code=303)
        return self._page(folder, state)

    def _page(self, folder: JobFolder, state: Ended) -> HTMLResponse:
        job, progress = folder.asked(), folder.progress()
        asked = ScenarioAsked.of(job.what)
        told, sentences = ending(state, self._refused(state, asked))
        return self.site.draw(
            "job.html",
            title=title(state),
            job_id=job.job_id,
            asked=asked,
            made=day(job.made_at),
            ended=state.state.ended,
            trouble=state.trouble,
            told=told,
            sentences=sentences,
            technical=technical(state),
            step=step(state, progress),
            progress=progress,
            left=left(progress),
        )

    def _refused(self, state: Ended, asked: ScenarioAsked) -> str:
        """The name of the scenario that was refused, as the form has it."""
        if state.scenario in ("", OWN):
            return OWN_LABEL
        try:
            known = known_scenarios(kept_plan_inputs(self.home, asked.plan_id).settings)
        except InputError:
            # The plan may be gone by now; the job still says how it ended.
            known = {}
        found = known.get(state.scenario)
        return f"«{state.scenario if found is None else found.label('nb')}»"


def job_router(pages: JobPages) -> APIRouter:
    """The addresses of these pages; they stand outside the API's description."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get(ROOT + "/ny")
    def new(plan: str = "") -> HTMLResponse:
        return pages.new(plan)

    @router.post(ROOT + "/ny")
    def begin(form: Annotated[StartForm, Depends()]) -> Response:
        return pages.start(form)

    @router.get(JOB)
    def show(job_id: str) -> Response:
        return pages.one(job_id)

    @router.post(JOB + "/avbryt")
    def cancel(job_id: str) -> Response:
        pages.jobs.cancel(pages.jobs.shelf.one(job_id))
        return RedirectResponse(f"{ROOT}/jobb/{job_id}", status_code=303)

    return router


def _nth(codes: Sequence[str], at: int) -> str:
    return codes[at] if at < len(codes) else ""


def _plan_label(plan: StoredPlan) -> str:
    made = day(datetime.fromisoformat(plan.created_at))
    return f"{plan.year}, laget {made} ({plan.plan_id})"


def _offered(inputs: PlanInputs) -> dict[str, object]:
    """What the form offers for a plan."""
    plan, settings = inputs.plan, inputs.settings
    return {
        "synthetic": plan.basis.synthetic or plan.agency.synthetic,
        "scenarios": list(known_scenarios(settings).values()),
        "numbers": _numbers(inputs),
        "least": NUMBERS.decimal(LEAST_CHANGE),
        "most": NUMBERS.decimal(MOST_CHANGE),
        "file_needed": plan.basis.data_name if needs_file(inputs) else "",
        "most_name": MOST_NAME,
        "most_reason": MOST_REASON,
    }


def _fields(inputs: PlanInputs) -> set[str]:
    """The ids of the fields that a plan's form has, where a fault can stand."""
    numbers = {name for name, _, _ in _numbers(inputs)}
    file = {"extract"} if needs_file(inputs) else set()
    return {"scenario-1", "name", "reason"} | numbers | file


def _numbers(inputs: PlanInputs) -> list[tuple[str, str, str]]:
    """Name, label and the plan's own value of each number that can be changed."""
    priced = inputs.settings.price_list
    level = NUMBERS.decimal(inputs.plan.policy.level * 100, 1)
    return [
        ("demand_percent", "Inntak, endring i prosent", "0"),
        ("stays_percent", "Oppholdstid, endring i prosent", "0"),
        ("level_percent", "Tjenestenivå: av 100 barn får minst så mange plass i tide", level),
        *(
            (f"price_{form.value}", f"Pris, {WORDS.form(form).lower()}, endring i prosent", "0")
            for form in ([] if priced is None else priced.by_form)
        ),
    ]
