"""Kept plans for those who read them: the report command, the web pages and the API."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecasting.errors import UsageError
from reports.disclosure import Rules
from reports.files import WRITERS, plan_files
from service import clock
from service.files import require_writable, write_folder
from service.home import home_path
from service.report_names import named
from service.run import run_check
from service.settings import Settings
from service.shelf import PLAN_FILES, unknown_plan
from service.store import plan_file, plans
from service.stored_plans import plan_version, stored_plan
from service.version import code_version

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True)
class ExportRequest:
    """Which files of which plan, for whom. `plan` is an id or a plan's folder.

    `earlier` are folders of exports that the same readers have: what is hidden must stay so for
    those who hold them beside the new one.
    """

    plan: str
    formats: tuple[str, ...]
    rules: Rules
    language: str
    out: Path
    earlier: tuple[str, ...] = ()


def export(request: ExportRequest) -> tuple[Path, ...]:
    """Write a plan's reports again, with a list of their checksums.

    Raises ComputationError, and writes nothing, where hidden counts could be worked out.
    """
    formats, out, rules = request.formats, request.out, request.rules
    for name in formats:
        if name not in WRITERS:
            raise UsageError(f"--format names {name!r}.", fix=f"Use some of: {', '.join(WRITERS)}.")
    require_writable(out)
    made = stored_plan(request.plan)
    language, beside = request.language, tuple(stored_plan(name) for name in request.earlier)
    written = plan_files(made, language=language, rules=rules, formats=formats, beside=beside)
    version = plan_version(request.plan, made.year)
    files = named(written, made, rules, language=language, version=version)
    write_folder(out, files)
    return tuple(out / name for name in files)


def served_app(settings: Settings) -> "FastAPI":
    """The web pages and the API over the kept plans."""
    # The web libraries take a second to load.
    from service.api import create_app  # noqa: PLC0415

    check = partial(run_check, settings=settings, today=clock.today())
    return create_app(
        StoreShelf(home_path()), check=check, version=code_version(), home=home_path()
    )


class StoreShelf:
    """The store's plans by id, as the pages and the API ask for them."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def ids(self) -> tuple[str, ...]:
        """Ids of the plans, newest first."""
        return tuple(plan.plan_id for plan in plans(self._home))

    def read(self, plan_id: str, name: str) -> bytes:
        """One file of one plan. Raises UnknownPlanError."""
        content = plan_file(self._home, plan_id, name) if name in PLAN_FILES else None
        if content is None:
            raise unknown_plan()
        return content
