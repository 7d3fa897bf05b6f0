"""HTTP: the JSON API under /api/v1 and, beside it, the pages of service/web."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from forecasting.errors import PlassplanError
from service import clock
from service.ask import Answer, Question, ask
from service.guard import Guard
from service.job_api import job_api
from service.jobs.queue import Jobs
from service.jobs.records import UnknownJobError
from service.plan_view import PlanView, read_all, read_plan
from service.scenario_api import scenario_api
from service.scenario_store import UnknownScenariosError
from service.shelf import PLAN_FILES, PlanShelf, UnknownPlanError
from service.uploads import CheckAnswer, Checker, check_upload
from service.web.pages import STATIC, Site, pages_router
from service.yearly import UnknownYearlyError
from service.yearly_api import yearly_api

API = "/api/v1"
# The demonstration extract of ten years has about 2 MB.
UPLOAD_LIMIT = 50_000_000


@dataclass(frozen=True)
class Fault:
    """What went wrong and how to mend it; nothing that was sent is repeated."""

    message: str
    fix: str


@dataclass(frozen=True)
class PlanRow:
    """One stored plan. Cost is the mean of the plan year; None without prices."""

    id: str
    year: int
    agency: str
    synthetic: bool
    level: float
    committed_places: int
    cost_nok: float | None
    as_of: date


FAULTS = {
    400: Fault("the request is not for this server.", "Use the address that serve printed."),
    403: Fault("the request comes from another site.", "Send it from Plassplan's own page."),
    404: Fault("there is nothing at this address.", "See /openapi.json for the addresses."),
    405: Fault("this address does not take that method.", "See /openapi.json for the methods."),
    413: Fault("the file is too large.", "Send fewer months at a time, or use plassplan check."),
    422: Fault("a parameter is missing or wrong.", "See /openapi.json for the parameters."),
    500: Fault("the server met a fault.", "Try again; the log names the place of the fault."),
}
UNKNOWN = (UnknownPlanError, UnknownYearlyError, UnknownScenariosError, UnknownJobError)
# What every address may answer beside its own, for the description at /openapi.json.
FAULTY: dict[int | str, dict[str, Any]] = {404: {"model": Fault}, 422: {"model": Fault}}


def create_app(
    shelf: PlanShelf,
    *,
    check: Checker,
    version: str = "",
    upload_limit: int = UPLOAD_LIMIT,
    home: Path | None = None,
    jobs: Jobs | None = None,
) -> FastAPI:
    """The whole app over a shelf of plans. `check` validates one extract by its path.

    With a `home` there are yearly plans, kept in its store; with its `jobs` scenarios can be run.
    """
    site = Site(shelf, check=check, version=version, home=home, jobs=jobs)
    app = FastAPI(
        title="Plassplan",
        version=version or "0",
        docs_url=None,  # they need scripts from another host
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.include_router(api_router(shelf, check=check))
    if home is not None:
        app.include_router(yearly_api(home, clock.now), prefix=API, responses=FAULTY)
        app.include_router(scenario_api(home), prefix=API, responses=FAULTY)
    if jobs is not None:
        app.include_router(job_api(jobs), prefix=API, responses=FAULTY)
    app.include_router(pages_router(site))
    app.mount("/static/fonts", StaticFiles(packages=[("reports", "fonts")]), name="fonts")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _handle_faults(app, site)
    app.add_middleware(Guard, limit=upload_limit, refusal=_refusal(site))
    return app


def api_router(shelf: PlanShelf, *, check: Checker) -> APIRouter:
    """The addresses under /api/v1."""
    router = APIRouter(prefix=API, responses=FAULTY)

    @router.get("/plans")
    def list_plans() -> tuple[PlanRow, ...]:
        """The stored plans that can be read, newest first."""
        return tuple(_row(view) for view in read_all(shelf).views)

    @router.get("/plans/{plan_id}")
    def show_plan(plan_id: str) -> PlanRow:
        """One stored plan."""
        return _row(read_plan(shelf, plan_id))

    @router.get("/plans/{plan_id}/level")
    def answer_level(
        plan_id: str,
        *,
        level: Annotated[float | None, Query(description="Share, 0-1; none: recommended")] = None,
        region: str = "",
        need_group: str = "",
    ) -> Answer:
        """Places, children not offered and cost at a service level, from the stored curve."""
        return ask(read_plan(shelf, plan_id), Question(level, region, need_group))

    @router.post("/extracts/check")
    async def check_extract(file: UploadFile) -> CheckAnswer:
        """Check one extract (CSV, XLSX or Parquet). Nothing is stored."""
        return await run_in_threadpool(check_upload, file.file, file.filename or "", check=check)

    for name, media_type in PLAN_FILES.items():
        router.add_api_route(
            f"/plans/{{plan_id}}/{name}",
            _file_endpoint(shelf, name),
            response_class=Response,
            responses={200: {"content": {media_type.split(";")[0]: {}}}},
            name=name,
            summary=f"The file {name} of one plan",
        )
    return router


def _file_endpoint(shelf: PlanShelf, name: str) -> Callable[[str], Response]:
    def fetch(plan_id: str) -> Response:
        return plan_file(shelf, plan_id, name)

    return fetch


def plan_file(shelf: PlanShelf, plan_id: str, name: str) -> Response:
    """One file of a plan, to be saved rather than shown."""
    content = shelf.read(plan_id, name)
    saved = f'attachment; filename="{plan_id}-{name}"'
    return Response(content, media_type=PLAN_FILES[name], headers={"content-disposition": saved})


def _row(view: PlanView) -> PlanRow:
    plan = view.plan
    return PlanRow(
        id=view.plan_id,
        year=plan.year,
        agency=plan.agency.name,
        synthetic=view.synthetic,
        level=plan.policy.level,
        committed_places=view.committed,
        cost_nok=None if plan.total_cost is None else plan.total_cost.mean,
        as_of=plan.basis.as_of,
    )


def _handle_faults(app: FastAPI, site: Site) -> None:
    draw = _refusal(site)

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: Exception) -> Response:
        return draw(request.url.path, getattr(error, "status_code", 500))

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, _error: Exception) -> Response:
        return draw(request.url.path, 422)

    @app.exception_handler(PlassplanError)
    def on_known(request: Request, error: Exception) -> Response:
        status = 404 if isinstance(error, UNKNOWN) else 422
        if is_api(request.url.path) and isinstance(error, PlassplanError):
            return _json(Fault(error.message, error.fix), status)
        return draw(request.url.path, status)


def _refusal(site: Site) -> Callable[[str, int], Response]:
    def draw(path: str, status: int) -> Response:
        if not is_api(path):
            return site.fault(status)
        return _json(FAULTS.get(status, FAULTS[400 if status < 500 else 500]), status)

    return draw


def is_api(path: str) -> bool:
    """Whether an address answers JSON."""
    return path.startswith("/api/") or path == "/openapi.json"


def _json(fault: Fault, status: int) -> Response:
    return JSONResponse({"message": fault.message, "fix": fault.fix}, status_code=status)
