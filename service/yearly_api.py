"""Yearly plans under /api/v1/yearly: the same verbs as the commands, and the same checks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from forecasting.samples import WHOLE_NATION
from service.version_report import version_files
from service.yearly import (
    Asked,
    By,
    compared,
    draft,
    existing,
    kept_plan,
    lock,
    override,
    restore,
    seen,
)
from service.yearly_rows import DiffAnswer, VersionAnswer, VersionRow, version_row
from service.yearly_store import Named, yearly_plans

ONE = "/yearly/{year}/{region}"
Ending = Literal["xlsx", "pdf", "docx", "html"]
OFFICE = "application/vnd.openxmlformats-officedocument"
ENDINGS: dict[Ending, str] = {
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class Signed:
    """Who does it, by the name and role that they give."""

    name: str
    role: str


@dataclass(frozen=True)
class Reasoned(Signed):
    """The same with why."""

    reason: str


@dataclass(frozen=True)
class DraftAsked(Reasoned):
    """A new version from a kept plan; `region` alle: the nation."""

    plan_id: str
    region: str = WHOLE_NATION


@dataclass(frozen=True)
class OverrideAsked(Reasoned):
    """Another number of places than the model's; `places` null takes it back."""

    region: str
    need_group: str
    form: str
    places: int | None = None


def yearly_api(home: Path, now: Callable[[], datetime]) -> APIRouter:
    """The addresses of yearly plans."""
    router = APIRouter()

    @router.get("/yearly")
    def list_yearly() -> tuple[VersionRow, ...]:
        """Every version of every yearly plan, the newest of each first."""
        return tuple(
            version_row(each, version)
            for each in yearly_plans(home)
            for version in reversed(each.versions)
        )

    @router.get(ONE)
    def show_yearly(year: int, region: str) -> tuple[VersionRow, ...]:
        """The versions of one yearly plan, the newest first."""
        found = existing(home, Named(year, region))
        return tuple(version_row(found, version) for version in reversed(found.versions))

    @router.get(ONE + "/diff")
    def diff_versions(
        year: int,
        region: str,
        *,
        before: Annotated[int, Query(ge=1)],
        now: Annotated[int, Query(ge=1)],
    ) -> DiffAnswer:
        """Two versions side by side."""
        return compared(home, Named(year, region), before, now).answer

    @router.get(ONE + "/{number}")
    def show_version(year: int, region: str, number: int) -> VersionAnswer:
        """One version: places, overrides and what they do."""
        return seen(home, Named(year, region), number).answer

    @router.get(ONE + "/{number}/report.{ending}", response_class=Response)
    def report_version(year: int, region: str, number: int, *, ending: Ending) -> Response:
        """The report of one version as a file."""
        files = version_files(home, Named(year, region), number, formats=(ending,))
        name, content = next(iter(files.items()))
        saved = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=ENDINGS[ending], headers=saved)

    _add_changes(router, home, now)
    return router


def _add_changes(router: APIRouter, home: Path, now: Callable[[], datetime]) -> None:
    def by(asked: Signed) -> By:
        return By.of(asked.name, asked.role, now())

    @router.post("/yearly", status_code=201)
    def draft_version(asked: DraftAsked) -> VersionAnswer:
        """A new version from a kept plan; a draft."""
        made = draft(home, asked.plan_id, region=asked.region, reason=asked.reason, by=by(asked))
        year = kept_plan(home, asked.plan_id).year
        return seen(home, Named(year, asked.region), made.number).answer

    @router.post(ONE + "/{number}/overrides", status_code=201)
    def override_places(
        year: int, region: str, number: int, *, asked: OverrideAsked
    ) -> VersionAnswer:
        """Another number of places in the newest version, while it is a draft."""
        named, who = Named(year, region), by(asked)
        wanted = Asked(asked.region, asked.need_group, asked.form, asked.places)
        override(home, named, wanted, number=number, reason=asked.reason, by=who)
        return seen(home, named, number).answer

    @router.post(ONE + "/{number}/lock")
    def lock_version(year: int, region: str, number: int, *, asked: Signed) -> VersionAnswer:
        """Sign the newest version; it never changes afterwards."""
        named = Named(year, region)
        lock(home, named, number=number, by=by(asked))
        return seen(home, named, number).answer

    @router.post(ONE + "/{number}/restore", status_code=201)
    def restore_version(year: int, region: str, number: int, *, asked: Reasoned) -> VersionAnswer:
        """A new draft that is as this version is."""
        named = Named(year, region)
        made = restore(home, named, number=number, reason=asked.reason, by=by(asked))
        return seen(home, named, made.number).answer
