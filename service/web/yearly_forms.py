"""Addresses of yearly plans' pages, and what their forms do. Every change is a POST."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from forecasting.errors import UsageError
from forecasting.samples import WHOLE_NATION
from planning.yearly import Status
from service.planner_text import MOST_NAME, MOST_REASON, checked_text
from service.web.yearly_pages import ROOT, Desk
from service.yearly import Asked, By, existing, lock, override, restore
from service.yearly_store import Named

ONE = ROOT + "/{year}/{region}/{number}"
MOST_DIGITS = 5


class FieldError(Exception):
    """A field that cannot be kept; `code` names what is said about it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Filled(BaseModel):
    """The fields of all forms, as they were written; each form has some of them."""

    navn: str = ""
    rolle: str = ""
    grunn: str = ""
    omfang: str = WHOLE_NATION
    gjor: str = ""
    serie: str = ""
    form: str = ""
    plasser: str = ""

    @property
    def reason(self) -> str:
        """Why. Raises FieldError."""
        return _text(self.grunn, "reason")

    def by(self, desk: Desk) -> By:
        """Who, now. Raises FieldError."""
        return By.of(_text(self.navn, "name"), _text(self.rolle, "role"), desk.now())

    @property
    def asked(self) -> Asked:
        """The places that were set. Raises FieldError."""
        region, _, need_group = self.serie.partition("/")
        return Asked(region, need_group, self.form, _places(self.plasser))


Fields = Annotated[Filled, Form()]


def yearly_router(desk: Desk) -> APIRouter:
    """The addresses of these pages; they stand outside the API's description."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get(ROOT)
    def history() -> HTMLResponse:
        return desk.history()

    @router.get(ROOT + "/{year}/{region}")
    def yearly(year: int, region: str, *, fra: str = "", til: str = "") -> HTMLResponse:
        return desk.yearly(Named(year, region), before=fra, now=til)

    @router.get(ONE)
    def version(year: int, region: str, number: int) -> HTMLResponse:
        return desk.version(Named(year, region), number)

    _add_changes(router, desk)
    return router


def _add_changes(router: APIRouter, desk: Desk) -> None:
    @router.post("/plan/{plan_id}/versjon")
    def decide(plan_id: str, filled: Fields) -> Response:
        try:
            reason, by = filled.reason, filled.by(desk)
        except FieldError as fault:
            return RedirectResponse(f"/plan/{plan_id}?feil={fault.code}#las", status_code=303)
        locked = filled.gjor == "las"
        made = desk.decide(plan_id, filled.omfang, reason=reason, by=by, locked=locked)
        return RedirectResponse(made, status_code=303)

    @router.post(ONE + "/las")
    def sign(year: int, region: str, number: int, *, filled: Fields) -> Response:
        def change(named: Named) -> int:
            return lock(desk.home, named, number=number, by=filled.by(desk)).number

        return _changed(desk, Named(year, region), number=number, change=change)

    @router.post(ONE + "/overstyr")
    def set_places(year: int, region: str, number: int, *, filled: Fields) -> Response:
        def change(named: Named) -> int:
            asked, reason, by = filled.asked, filled.reason, filled.by(desk)
            made, _ = override(desk.home, named, asked, number=number, reason=reason, by=by)
            return made.number

        return _changed(desk, Named(year, region), number=number, change=change)

    @router.post(ONE + "/tilbake")
    def go_back(year: int, region: str, number: int, *, filled: Fields) -> Response:
        def change(named: Named) -> int:
            reason, by = filled.reason, filled.by(desk)
            return restore(desk.home, named, number=number, reason=reason, by=by).number

        return _changed(desk, Named(year, region), number=number, change=change)


def _changed(desk: Desk, named: Named, *, number: int, change: Callable[[Named], int]) -> Response:
    """The page of the version that came of it, or this one with what is wrong."""
    existing(desk.home, named).version(number)
    try:
        made = change(named)
    except FieldError as fault:
        return desk.version(named, number, fault=fault.code)
    except UsageError:
        newest = existing(desk.home, named).versions[-1]
        is_open = newest.number == number and newest.status is Status.DRAFT
        return desk.version(named, number, fault="series" if is_open else "open")
    return RedirectResponse(f"{ROOT}/{named.year}/{named.region}/{made}", status_code=303)


def _text(text: str, code: str) -> str:
    most = MOST_REASON if code == "reason" else MOST_NAME
    try:
        return checked_text(text, what=code, most=most)
    except UsageError:
        raise FieldError(code) from None


def _places(text: str) -> int | None:
    kept = text.strip()
    if not kept:
        return None
    if not (kept.isascii() and kept.isdigit() and len(kept) <= MOST_DIGITS):
        raise FieldError("places")
    return int(kept)
