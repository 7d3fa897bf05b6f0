"""The form that starts a run of scenarios, on the page and over HTTP alike."""

import re
from dataclasses import dataclass, fields
from typing import Annotated

from fastapi import File, Form, UploadFile

from forecasting import places
from service.jobs.queue import Jobs
from service.jobs.records import Asked, JobFolder
from service.plan_inputs import kept_plan_inputs
from service.planner_text import repeatable
from service.scenario_asked import ScenarioAsked, WrongFieldError, check_asked, take_data

NUMBER = re.compile(r"[+-]?\d{1,4}([.,]\d{1,2})?", re.ASCII)
Text = Annotated[str, Form()]
# Wording of the description at /openapi.json.
CODES = "Codes of scenarios; with own changes three at most"
PERCENT = "Change in per cent; empty: as in the plan"
Percent = Annotated[str, Form(description=PERCENT)]


@dataclass(frozen=True)
class StartForm:
    """The fields as they were written."""

    plan_id: Text
    reason: Text = ""
    name: Text = ""
    scenario: Annotated[tuple[str, ...], Form(description=CODES)] = ()
    demand_percent: Percent = ""
    stays_percent: Percent = ""
    level_percent: Annotated[str, Form(description="Of 100 children; empty: the plan's")] = ""
    price_base: Percent = ""
    price_standby: Percent = ""
    price_guaranteed: Percent = ""
    price_call_off: Percent = ""
    price_spot: Percent = ""
    extract: Annotated[
        UploadFile | None, File(description="The plan's own extract, where it came from a file")
    ] = None

    @property
    def asked(self) -> ScenarioAsked:
        """What was asked for. Raises WrongFieldError for what is no number."""
        prices = {form.value: self._percent(f"price_{form.value}") for form in places.Form}
        return ScenarioAsked(
            self.plan_id,
            tuple(code for code in self.scenario if code),
            self.reason,
            self.name,
            self._percent("demand_percent"),
            self._percent("stays_percent"),
            self._percent("level_percent"),
            {form: percent for form, percent in prices.items() if percent is not None},
        )

    @property
    def written(self) -> dict[str, str]:
        """The text fields by name, as the form may show them again."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: repeatable(text) for name, text in named.items() if isinstance(text, str)}

    def _percent(self, name: str) -> float | None:
        text = str(getattr(self, name)).strip().rstrip("%").strip().replace("−", "-")
        if not text:
            return None
        if not NUMBER.fullmatch(text):
            raise WrongFieldError(name, f"{name} is no number.", fix="Use 10, -10 or 2,5.")
        return float(text.replace(",", "."))


def start(form: StartForm, jobs: Jobs) -> Asked:
    """Put the run in the queue.

    Raises FullQueueError, WrongFieldError, and InputError for a plan that cannot be used.
    """
    jobs.check_room()
    home = jobs.shelf.home
    inputs = kept_plan_inputs(home, form.plan_id)
    asked = check_asked(form.asked, inputs)

    def prepare(folder: JobFolder) -> None:
        sent = form.extract.file if form.extract and form.extract.filename else None
        take_data(inputs, sent, home=home, folder=folder.extract)

    return jobs.ask(asked.plain, prepare)
