"""Kept plans for those who read them: the report command, the web pages and the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecasting.errors import UsageError
from planning.plan import Plan
from planning.region_plan import region_plan
from reports import REPORTS
from reports.evaluation import Evaluation
from reports.files import WRITERS, plan_files, report_files
from reports.scenarios import ComparedScenarios
from service import clock
from service.files import require_writable, write_folder
from service.home import home_path
from service.report_sources import compared_scenarios, evaluated
from service.run import run_check
from service.settings import Settings
from service.shelf import PLAN_FILES, unknown_plan
from service.store import plan_file, plans
from service.stored_plans import stored_plan
from service.version import code_version

if TYPE_CHECKING:
    from fastapi import FastAPI


# Reports about a kept plan, which can be of one region.
OF_PLANS = ("capacity_plan", "budget_brief")


@dataclass(frozen=True)
class Wanted:
    """Which report, in which form. `regions` are codes; none: the whole plan."""

    report: str
    formats: tuple[str, ...]
    profile: str
    language: str
    regions: tuple[str, ...] = ()
    replay: Path | None = None

    def __post_init__(self) -> None:
        if self.report not in REPORTS:
            raise UsageError(
                f"--report names {self.report!r}.", fix=f"Use one of: {', '.join(REPORTS)}."
            )
        for name in self.formats:
            if name not in WRITERS:
                raise UsageError(
                    f"--format names {name!r}.", fix=f"Use some of: {', '.join(WRITERS)}."
                )
        if self.regions and self.report not in OF_PLANS:
            raise UsageError(
                f"--region {','.join(self.regions)} does not go with --report {self.report}.",
                fix=f"Only {' and '.join(OF_PLANS)} can be of one region.",
            )
        if self.replay and self.report != "evaluation":
            raise UsageError(
                f"--replay {self.replay} does not go with --report {self.report}.",
                fix="It goes with --report evaluation.",
            )


def export(source: str, wanted: Wanted, *, out: Path) -> tuple[Path, ...]:
    """Write a report of a plan, or of the folder that another command wrote.

    Of one region each stands in a folder of its own, named by the region's code.
    """
    require_writable(out)
    files = dict(_files(source, wanted))
    write_folder(out, files)
    return tuple(out / name for name in files)


def _files(source: str, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    if wanted.report not in OF_PLANS:
        yield from _document_files(_folder_source(source, wanted), wanted).items()
        return
    plan = stored_plan(source)
    if not wanted.regions:
        yield from _plan_files(plan, wanted).items()
    for region in wanted.regions:
        for name, content in _plan_files(region_plan(plan, region), wanted).items():
            yield f"{region}/{name}", content


def _folder_source(source: str, wanted: Wanted) -> ComparedScenarios | Evaluation:
    if wanted.report == "scenarios":
        return compared_scenarios(Path(source))
    return evaluated(Path(source), wanted.replay)


def _plan_files(plan: Plan, wanted: Wanted) -> dict[str, bytes]:
    if wanted.report == "capacity_plan":
        return plan_files(
            plan, language=wanted.language, profile=wanted.profile, formats=wanted.formats
        )
    return _document_files(plan, wanted)


def _document_files(
    source: Plan | ComparedScenarios | Evaluation, wanted: Wanted
) -> dict[str, bytes]:
    document = REPORTS[wanted.report](source, language=wanted.language)
    return report_files(document, profile=wanted.profile, formats=wanted.formats)


def served_app(settings: Settings) -> "FastAPI":
    """The web pages and the API over the kept plans."""
    # The web libraries take a second to load.
    from service.api import create_app  # noqa: PLC0415

    check = partial(run_check, settings=settings, today=clock.today())
    return create_app(StoreShelf(home_path()), check=check, version=code_version())


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
