"""Kept plans for those who read them: the report command, the web pages and the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
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
from reports.tertial import FollowedPlan
from service import clock
from service.files import require_writable, write_folder
from service.home import home_path
from service.report_sources import compared_scenarios, evaluated
from service.run import run_check
from service.run_follow import held_against
from service.settings import Settings
from service.shelf import PLAN_FILES, unknown_plan
from service.store import plan_file, plans
from service.stored_plans import stored_plan
from service.version import code_version

if TYPE_CHECKING:
    from fastapi import FastAPI


# Reports about a kept plan, which can be of one region.
OF_PLANS = ("capacity_plan", "budget_brief")
Source = Plan | ComparedScenarios | Evaluation | FollowedPlan


@dataclass(frozen=True)
class Beside:
    """What some reports hold against their source.

    `replay` is a replay's folder, for evaluation; `extract` (None: the store) and `as_of` say
    what has come, for tertial, by the words of `settings`.
    """

    settings: Settings
    replay: Path | None = None
    extract: Path | None = None
    as_of: date | None = None


@dataclass(frozen=True)
class Wanted:
    """Which report, in which form. `regions` are codes; none: the whole plan.

    Raises UsageError for what is not known or does not go together.
    """

    report: str
    formats: tuple[str, ...]
    profile: str
    language: str
    beside: Beside
    regions: tuple[str, ...] = ()

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
        self._only("--region", ",".join(self.regions), OF_PLANS)
        self._only("--replay", self.beside.replay, ("evaluation",))
        self._only("--extract", self.beside.extract, ("tertial",))
        self._only("--as-of", self.beside.as_of, ("tertial",))

    def _only(self, option: str, value: object, reports: tuple[str, ...]) -> None:
        if value and self.report not in reports:
            raise UsageError(
                f"{option} {value} does not go with --report {self.report}.",
                fix=f"It goes with --report {' or '.join(reports)}.",
            )


def export(source: str, wanted: Wanted, *, out: Path) -> tuple[Path, ...]:
    """Write a report of a plan, or of the folder that another command wrote.

    Of one region each stands in a folder of its own, named by the region's code.
    """
    require_writable(out)
    files = dict(_files(_source(source, wanted), wanted))
    write_folder(out, files)
    return tuple(out / name for name in files)


def _source(name: str, wanted: Wanted) -> Source:
    """What the report is made from."""
    beside = wanted.beside
    if wanted.report == "scenarios":
        return compared_scenarios(Path(name))
    if wanted.report == "evaluation":
        return evaluated(Path(name), beside.replay)
    plan = stored_plan(name)
    if wanted.report == "tertial":
        return held_against(
            plan, extract=beside.extract, as_of=beside.as_of, settings=beside.settings
        )
    return plan


def _files(source: Source, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    if not isinstance(source, Plan) or not wanted.regions:
        yield from _report_files(source, wanted).items()
        return
    for region in wanted.regions:
        for name, content in _report_files(region_plan(source, region), wanted).items():
            yield f"{region}/{name}", content


def _report_files(source: Source, wanted: Wanted) -> dict[str, bytes]:
    if isinstance(source, Plan) and wanted.report == "capacity_plan":
        return plan_files(
            source, language=wanted.language, profile=wanted.profile, formats=wanted.formats
        )
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
