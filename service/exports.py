"""Kept plans for those who read them: the report command, the web pages and the API."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forecasting.errors import UsageError
from planning.plan import Plan
from planning.region_plan import region_plan
from reports import REPORTS
from reports.beside import Beside as Shown
from reports.disclosure import Rules
from reports.evaluation import Evaluation
from reports.files import WRITERS, cleared, plan_files, report_files
from reports.scenarios import ComparedScenarios
from reports.tertial import FollowedPlan
from reports.told import ToldPlan
from service import clock
from service.files import require_writable, write_folder
from service.home import home_path
from service.report_names import CHECKSUMS, checksums, listed_too, named
from service.report_sources import compared_scenarios, evaluated, those_beside
from service.run import run_check
from service.run_follow import held_against
from service.scenario_store import KeptScenarios, kept_scenarios
from service.settings import Settings
from service.shelf import PLAN_FILES, unknown_plan
from service.store import plan_file, plans
from service.stored_plans import plan_version, stored_plan
from service.tertial import kept_told
from service.version import code_version

if TYPE_CHECKING:
    from fastapi import FastAPI

    from service.jobs.queue import Jobs


# Reports about a kept plan, which can be of one region or for readers outside the agency.
OF_PLANS = ("capacity_plan", "budget_brief")
Source = Plan | ComparedScenarios | Evaluation | FollowedPlan


@dataclass(frozen=True)
class Beside:
    """What some reports hold against their source.

    `replay` is a replay's folder, for evaluation; `extract` (None: the store) and `as_of` say
    what has come, and `register` which places there are, for tertial, by the words of `settings`.
    `earlier` are folders of exports that the same readers have: what is hidden must stay so for
    those who hold them beside the new one.
    """

    settings: Settings
    replay: Path | None = None
    extract: Path | None = None
    as_of: date | None = None
    earlier: tuple[str, ...] = ()
    register: Path | None = None


@dataclass(frozen=True)
class Wanted:
    """Which report, in which form, for whom. `regions` are codes; none: the whole plan.

    Raises UsageError for what is not known or does not go together.
    """

    report: str
    formats: tuple[str, ...]
    rules: Rules
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
        self._only("--register", self.beside.register, ("tertial",))
        self._only("--as-of", self.beside.as_of, ("tertial",))
        profile = self.rules.profile
        # The other reports are made of observed counts; a region's own plan is for the region.
        self._only("--profile", profile if self.rules.protects else "", OF_PLANS)
        if self.rules.protects and self.regions:
            raise UsageError(
                f"--profile {profile} does not go with --region {','.join(self.regions)}.",
                fix="Export the whole plan for others: counts are protected together.",
            )

    def _only(self, option: str, value: object, reports: tuple[str, ...]) -> None:
        if value and self.report not in reports:
            raise UsageError(
                f"{option} {value} does not go with --report {self.report}.",
                fix=f"It goes with --report {' or '.join(reports)}.",
            )


def export(source: str, wanted: Wanted, *, out: Path) -> tuple[Path, ...]:
    """Write a report of a plan, or of the folder that another command wrote, with checksums.

    Of one region each stands in a folder of its own, named by the region's code. Raises
    ComputationError, and writes nothing, where hidden counts could be worked out.
    """
    require_writable(out)
    files = {
        name: listed_too(content, (out / name).parent) if Path(name).name == CHECKSUMS else content
        for name, content in _files(source, wanted)
    }
    write_folder(out, files)
    return tuple(out / name for name in files)


def _files(name: str, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    source = _source(name, wanted)
    if not isinstance(source, Plan):
        yield from _document_files(source, wanted).items()
        return
    version, went = plan_version(name, source.year), kept_told(home_path(), name)
    # Once for all regions: every kept run is read and parsed to find the plan's own.
    kept = kept_scenarios(home_path()) if wanted.report == "capacity_plan" else ()
    if not wanted.regions:
        yield from _plan_files(source, wanted, kept, version=version, went=went).items()
    for region in wanted.regions:
        own, there = region_plan(source, region), went and went.of_region(region)
        for file, content in _plan_files(own, wanted, kept, version=version, went=there).items():
            yield f"{region}/{file}", content


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
            plan,
            extract=beside.extract,
            as_of=beside.as_of,
            settings=beside.settings,
            register=beside.register,
        )
    return plan


def _plan_files(
    plan: Plan,
    wanted: Wanted,
    kept: Sequence[KeptScenarios],
    *,
    version: int | None,
    went: ToldPlan | None,
) -> dict[str, bytes]:
    rules, language = wanted.rules, wanted.language
    earlier = tuple(stored_plan(name) for name in wanted.beside.earlier)
    if wanted.report != "capacity_plan":
        return _document_files(cleared(plan, rules=rules, earlier=earlier), wanted)
    made = plan_files(
        plan,
        language=language,
        rules=rules,
        formats=wanted.formats,
        earlier=earlier,
        beside=Shown(those_beside(kept, plan), told=went),
    )
    return named(made, plan, rules, language=language, version=version)


def _document_files(source: Source, wanted: Wanted) -> dict[str, bytes]:
    document = REPORTS[wanted.report](source, language=wanted.language)
    files = report_files(document, rules=wanted.rules, formats=wanted.formats)
    return {**files, CHECKSUMS: checksums(files)}


def served_app(settings: Settings, *, jobs: "Jobs") -> "FastAPI":
    """The web pages and the API over the kept plans, and what they ask to be run."""
    # The web libraries take a second to load.
    from service.api import create_app  # noqa: PLC0415

    check = partial(run_check, settings=settings, today=clock.today())
    return create_app(
        StoreShelf(home_path()), check=check, version=code_version(), home=home_path(), jobs=jobs
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
