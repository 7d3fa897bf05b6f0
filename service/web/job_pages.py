"""Pages that start a run of scenarios and show how far it is. Every change is a POST."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from reports.numbers import Numbers
from service.jobs.queue import MOST_WAITING, FullQueueError, Jobs
from service.jobs.records import Ended, JobFolder, JobState, Progress, Trouble
from service.plan_inputs import NoInputsError, PlanInputs, kept_plan_inputs
from service.planner_text import MOST_NAME, MOST_REASON
from service.scenario_asked import (
    LEAST_CHANGE,
    LEAST_LEVEL,
    MOST_CHANGE,
    MOST_LEVEL,
    ScenarioAsked,
    WrongFieldError,
    needs_file,
)
from service.scenario_form import StartForm, start
from service.scenario_view import MOST
from service.scenarios import known_scenarios
from service.store import StoredPlan, plans
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
    "moved_on": "Det er lest inn nye tall siden planen ble laget. Lag planen på nytt, og prøv "
    "scenarioet på den.",
}
FULL = (
    f"{MOST_WAITING} jobber venter allerede, og flere tas ikke imot. Vent til en er ferdig, eller "
    "avbryt en av dem."
)
NO_INPUTS = (
    "Planen ble laget før forutsetningene ble tatt vare på sammen med den. Lag planen på nytt, og "
    "velg den nye."
)
NOTHING_KEPT = "Ingenting er lagret av den."
# First words of what the chain says, and what the page says for it.
STEPS: Mapping[str, str] = {
    "Forecasting referrals": "Lager prognosen for henvisningene",
    "Sizing the base plan": "Finner plassene i basisplanen",
    "Comparing": "Regner scenarioene ved siden av planen",
    "Forecasting and sizing": "Regner scenarioet med andre målgrupper",
}
ENDS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.INPUT: (
        "Scenarioet kunne ikke regnes",
        "Ingenting er lagret. Velg andre forutsetninger. Meldingen fra beregningen:",
    ),
    Trouble.FAULT: (
        "Noe gikk galt hos oss",
        "Ingenting er lagret. Prøv igjen; skjer det på nytt, meld fra med navnet på feilen:",
    ),
    Trouble.DIED: (
        "Beregningen stoppet uten svar",
        "Ingenting er lagret. Prøv igjen. Skjer det på nytt, lukk andre programmer: det kan være "
        "for lite minne.",
    ),
    Trouble.STOPPED: (
        "Plassplan ble stoppet mens jobben gikk",
        "Ingenting er lagret. Start jobben på nytt.",
    ),
}


@dataclass(frozen=True)
class JobPages:
    """Starts runs of scenarios on the plans of one home, and shows them."""

    site: Draws
    home: Path
    jobs: Jobs

    def new(self, plan_id: str, *, fault: str = "", wrong: str = "") -> HTMLResponse:
        """The form, for the newest plan where none is named."""
        kept = [(each.plan_id, _plan_label(each)) for each in plans(self.home)]
        chosen = plan_id or (kept[0][0] if kept else "")
        try:
            inputs = kept_plan_inputs(self.home, chosen) if kept else None
        except NoInputsError:
            inputs, fault = None, NO_INPUTS
        return self.site.draw(
            "scenario_new.html",
            status=422 if fault else 200,
            plans=kept,
            plan_id=chosen,
            fault=fault,
            wrong=wrong,
            usable=inputs is not None,
            **({"synthetic": False} if inputs is None else _offered(inputs)),
        )

    def start(self, form: StartForm) -> Response:
        """The job's page, or the form with what must be mended."""
        try:
            asked = start(form, self.jobs)
        except WrongFieldError as error:
            said = FAULTS.get(error.field, f"{RANGE}, eller la feltet stå tomt.")
            return self.new(form.plan_id, fault=said, wrong=error.field)
        except FullQueueError:
            return self.new(form.plan_id, fault=FULL)
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
        asked, progress = folder.asked(), folder.progress()
        told, fix = ENDS[state.trouble] if state.trouble else ("Jobben er avbrutt", NOTHING_KEPT)
        return self.site.draw(
            "job.html",
            title=_title(state),
            job_id=asked.job_id,
            asked=ScenarioAsked.of(asked.what),
            made=day(asked.made_at),
            ended=state.state.ended,
            trouble=state.trouble,
            told=told,
            fix=fix,
            message=_message(state),
            step=_step(state, progress),
            progress=progress,
            left=_left(progress),
        )


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


def _title(state: Ended) -> str:
    match state.state:
        case JobState.QUEUED:
            return "Scenarioet venter på tur"
        case JobState.CANCELLED:
            return "Scenarioet er avbrutt"
        case JobState.FAILED:
            return "Scenarioet ble ikke ferdig"
        case JobState.RUNNING | JobState.DONE:
            return "Scenarioet regnes ut"


def _message(state: Ended) -> str:
    """What the chain said, in its own language; all else is known beforehand."""
    if state.trouble is Trouble.INPUT:
        return f"{state.message} {state.fix}"
    return state.message if state.trouble is Trouble.FAULT else ""


def _step(state: Ended, progress: Progress) -> str:
    if state.state is JobState.QUEUED:
        return "Venter på at jobben foran blir ferdig."
    if not progress.step:
        return "Gjør klart."
    # The longest beginning that fits: one sentence begins as another does.
    said = max((each for each in STEPS if progress.name.startswith(each)), key=len, default="")
    return f"Steg {progress.step} av {progress.steps}: {STEPS.get(said, 'Regner')}."


def _left(progress: Progress) -> str:
    seconds = progress.seconds_left
    if seconds is None:
        return ""
    if seconds < 90:
        return f"Omtrent {NUMBERS.decimal(seconds)} sekunder igjen av steget."
    return f"Omtrent {NUMBERS.decimal(round(seconds / 60))} minutter igjen av steget."
