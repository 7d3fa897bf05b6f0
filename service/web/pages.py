"""The pages: start, plan, data, how we reckon. All choices stand in the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import jinja2
from fastapi import APIRouter, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from forecasting.agency import Agency
from forecasting.errors import InputError, UsageError
from reports.figures import svg
from reports.numbers import Numbers
from reports.sentences import Speaker
from service import clock
from service.ask import Question
from service.jobs.queue import Jobs
from service.jobs.records import JobFolder
from service.plan_view import read_all, read_plan
from service.shelf import PlanShelf
from service.uploads import Checker, UnknownKindError, check_upload
from service.web.curve_picture import curve_drawing, curve_text
from service.web.job_pages import JobPages, job_router
from service.web.plan_page import LEAST, MOST, QUICK_LEVELS, Asked, level_words, plan_page
from service.web.scenario_pages import Scenarios, scenario_router
from service.web.table_cells import cell_text, is_numeric
from service.web.yearly_forms import yearly_router
from service.web.yearly_pages import FAULTS as FORM_FAULTS
from service.web.yearly_pages import Desk, regions_of_plan
from service.yearly_words import WORDS

HERE = Path(__file__).parent
STATIC = HERE / "static"

FILE_LABELS: Mapping[str, str] = {
    "plan.pdf": "Rapport (PDF)",
    "plan.xlsx": "Regneark (Excel)",
    "plan.html": "Rapport (nettside i én fil)",
    "places.csv": "Plasser etter form (CSV)",
    "curve.csv": "Kurven bak nivåene (CSV)",
    "demand.csv": "Henvisninger per måned (CSV)",
    "occupancy.csv": "Plasser i bruk per dag (CSV)",
    "risk.csv": "Risiko (CSV)",
    "waterfall.csv": "Hvorfor tallene er som de er (CSV)",
    "frontier.csv": "Hva hvert nivå koster (CSV)",
    "exchange.csv": "Bytteforhold mellom målgrupper (CSV)",
    "sharing.csv": "Deling mellom regioner (CSV)",
    "flexible.csv": "Fleksible plasser (CSV)",
    "owners.csv": "Eiere (CSV)",
    "assumptions.csv": "Forutsetninger (CSV)",
    "findings.csv": "Funn i data og beregning (CSV)",
    "plan.json": "Hele planen (JSON)",
    "basis.json": "Grunnlag (JSON)",
}
FAULTS: Mapping[int, tuple[str, str]] = {
    400: ("Forespørselen er ikke til denne tjenesten", "Bruk adressen som tjenesten oppga."),
    403: ("Forespørselen kom fra et annet nettsted", "Send skjemaet fra Plassplans egen side."),
    404: ("Siden finnes ikke", "Velg en plan fra forsiden."),
    405: ("Siden kan ikke brukes på den måten", "Gå til forsiden."),
    413: ("Filen er for stor", "Send færre måneder om gangen."),
    422: ("Noe i adressen eller skjemaet er feil", "Gå tilbake og velg på nytt."),
    500: ("Noe gikk galt hos oss", "Prøv igjen. Feilen er skrevet i loggen."),
}


@dataclass(frozen=True)
class Site:
    """What the pages need: plans, the check of an extract, and the version to show."""

    shelf: PlanShelf
    check: Checker
    version: str = ""
    home: Path | None = None
    jobs: Jobs | None = None
    now: Callable[[], datetime] = clock.now
    _templates: jinja2.Environment = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers = Numbers("nb")
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {"version": self.version, "history": self.home is not None}
        environment.globals |= {"runs": self.jobs is not None}
        environment.filters |= {
            "count": numbers.count,
            "money": numbers.money,
            "level_words": level_words,
            "cell": cell_text,
            "numeric": is_numeric,
        }
        object.__setattr__(self, "_templates", environment)

    def draw(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """A page from a template."""
        page = self._templates.get_template(template).render(values)
        return HTMLResponse(page, status_code=status)

    def fault(self, status: int) -> HTMLResponse:
        """The page for a fault; it repeats nothing that was sent."""
        title, fix = FAULTS.get(status, FAULTS[404 if status < 500 else 500])
        return self.draw("fault.html", status=status, title=title, fix=fix)

    @property
    def desk(self) -> Desk | None:
        """The yearly plans, where there is a home to keep them in."""
        return None if self.home is None else Desk(self, self.home, self.now)

    def agency(self) -> Agency | None:
        """The agency of the newest plan that can be read; None where there is none."""
        views = read_all(self.shelf).views
        return views[0].plan.agency if views else None

    def plan(self, plan_id: str, asked: Asked, *, form_fault: str = "") -> HTMLResponse:
        """The plan page; a level out of range is said beside its box."""
        view = read_plan(self.shelf, plan_id)
        fault, status = "", 200
        try:
            asked.question  # noqa: B018 - raises for a wrong level
        except UsageError:
            fault = f"Skriv et tall fra {LEAST:g} til {MOST:g}, for eksempel 97."
            fault, status = fault.replace(".9,", ",9,"), 422
        usable = asked if not fault else Asked(asked.region, asked.need_group)
        return self.draw(
            "plan.html",
            status=status,
            view=view,
            asked=asked,
            fault=fault,
            page=plan_page(view, usable),
            duty=WORDS["sentences.duty"],
            picture=curve_text(view, usable.question),
            quick_levels=QUICK_LEVELS,
            files=FILE_LABELS,
            notes=Speaker(view.plan, WORDS).thin(),
            signed=self.desk.signed(plan_id) if self.desk else (),
            scopes=regions_of_plan(view.plan),
            form_fault=FORM_FAULTS.get(form_fault, ""),
            least=LEAST,
            most=MOST,
        )

    def checked(self, upload: UploadFile) -> HTMLResponse:
        """The data page with what the check found."""
        try:
            answer = check_upload(upload.file, upload.filename or "", check=self.check)
        except UnknownKindError:
            fault = "Filen må være CSV, Excel (.xlsx) eller Parquet."
            return self.draw("data.html", status=422, answer=None, fault=fault)
        except InputError as error:
            return self.draw("data.html", status=422, answer=None, fault=str(error))
        status = 422 if answer.outcome == "reject" else 200
        return self.draw("data.html", status=status, answer=answer, fault="")


def pages_router(site: Site) -> APIRouter:
    """The addresses of the pages; they stand outside the API's description."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    def start() -> HTMLResponse:
        return site.draw("start.html", shelved=read_all(site.shelf))

    @router.get("/plan/{plan_id}")
    def plan(
        plan_id: str, *, region: str = "", behov: str = "", niva: str = "", feil: str = ""
    ) -> HTMLResponse:
        return site.plan(plan_id, Asked(region, behov, niva.strip()), form_fault=feil)

    @router.get("/plan/{plan_id}/kurve.svg")
    def curve(plan_id: str, *, region: str = "", behov: str = "") -> Response:
        drawing = curve_drawing(read_plan(site.shelf, plan_id), Question(None, region, behov))
        return Response(svg(drawing), media_type="image/svg+xml")

    @router.get("/data")
    def data() -> HTMLResponse:
        return site.draw("data.html", answer=None, fault="")

    @router.post("/data")
    async def check(file: UploadFile) -> HTMLResponse:
        return await run_in_threadpool(site.checked, file)

    @router.get("/slik-regner-vi")
    def method() -> HTMLResponse:
        return site.draw("method.html")

    if site.desk is not None:
        router.include_router(yearly_router(site.desk))
        if site.jobs is not None:
            router.include_router(job_router(JobPages(site, site.desk.home, site.jobs)))
        running = site.jobs.active if site.jobs else list[JobFolder]
        scenarios = Scenarios(site, site.desk.home, site.agency, running)
        router.include_router(scenario_router(scenarios))
    return router
