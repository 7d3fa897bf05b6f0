"""Seconds of the national plan, of six scenarios beside it, and of another level of a stored plan.

python -m tests.bench planner        (part of `make bench`)

The demonstration at 10 000 paths on two threads (issue 5). The forecast is given and reports
are written afterwards: neither is in the time. What a plan is made of is timed apart, in the same
run, as each part is asked for by itself.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from features.asof import last_complete_month
from forecasting.streams import Streams
from planning.alternatives import all_sharing
from planning.build import Choices, make_plan, market_of, size_all
from planning.compare import Bought, compare
from planning.evidence import Evidence
from planning.flexible import all_flexible
from planning.owners import contracted
from planning.plan import Plan
from planning.regret import ONE_LESS, one_less
from planning.scenario import Given
from planning.warm import warm
from planning.waterfall import Ladder
from reports.files import plan_files
from service.api import create_app
from service.demo import write_demo
from service.evidence import read_stamped, referrals
from service.plan_evidence import Ahead, plan_evidence
from service.scenarios import BASE, chosen_scenarios
from service.settings import Settings, load_settings, prices_for
from service.shelf import FolderShelf
from service.talk import SILENT
from tests.flows import made_up_basis
from tests.web_client import Client

PATHS, THREADS, SEED = 10_000, 2, 1
SCENARIOS = (
    *("demand_10_more", "stays_10_shorter", "call_off_gone"),
    *("spot_half", "house_burns", "nine_treatment_places"),
)
# Seconds (issue 5): the plan and its scenarios together; one answer from a stored curve.
TARGET, FLOOR, LEVEL_SECONDS = 15.0, 45.0, 0.05
LEVELS = (0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99)


@dataclass(frozen=True)
class Job:
    """What the national plan is made of."""

    evidence: Evidence
    settings: Settings
    year: int

    @property
    def choices(self) -> Choices:
        return Choices(self.year, self.settings.policy, prices_for(self.settings, self.year))

    def plan(self) -> Plan:
        """The plan with frontier, waterfalls and all that stands beside it."""
        return make_plan(
            self.evidence,
            self.choices,
            agency=self.settings.agency,
            basis=made_up_basis(),
            streams=Streams(SEED),
            workers=THREADS,
        )

    def parts(self) -> dict[str, float]:
        """Seconds of each part by itself."""
        agency, streams, choices = self.settings.agency, Streams(SEED), self.choices
        market = market_of(self.evidence, choices)
        found: dict[str, float] = {}

        def timed(name: str, what: Callable[[], Any]) -> Any:
            found[name], answer = seconds(what)
            return answer

        one = {"agency": agency, "market": market, "streams": streams, "workers": THREADS}
        sized = timed(
            "sizing, curves and exchanges",
            lambda: size_all(self.evidence, choices, exchanges=True, **one),
        )
        timed("forms, owners and bound", lambda: contracted(sized, market))
        ladder = Ladder(self.evidence, choices.policy, choices.window, streams)
        timed("waterfalls", lambda: ladder.waterfalls(sized, agency, workers=THREADS))
        beside = {**one, "policy": choices.policy}
        timed("sharing between regions", lambda: all_sharing(self.evidence, sized, **beside))
        timed("flexible places", lambda: all_flexible(self.evidence, sized, **beside))
        return found

    def scenarios(self, plan: Plan) -> None:
        """Six scenarios beside the plan, on the same random numbers."""
        base = {curve.key: curve.chosen for curve in plan.curves}
        given = Given(
            self.evidence,
            plan.policy,
            plan.prices,
            plan.agency,
            year=plan.year,
            streams=Streams(SEED),
            base=base,
        )
        own = {s.code: s.applied(given) for s in chosen_scenarios(SCENARIOS, self.settings)}
        held = {ONE_LESS: one_less({key: Bought(places) for key, places in base.items()})}
        compare({BASE: given, **own}, held=held, workers=THREADS)


def seconds(what: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds by the clock, and the answer."""
    started = time.monotonic()
    answer = what()
    return time.monotonic() - started, answer


def job(folder: Path, paths: int) -> Job:
    """The demonstration, forecast for the year after its last complete month."""
    write_demo(folder, seed=SEED, scale=1.0)
    settings = load_settings(folder / "plassplan.toml")
    today = date(2100, 1, 1)
    found = referrals(folder / "referrals.csv", settings=settings, home=folder, today=today)
    register, _ = read_stamped(folder / "register.csv", agency=settings.agency)
    as_of = found.table.frame["received_date"].max().date()
    complete = last_complete_month(found.table, as_of)
    year = complete.year + 1
    months = (year - complete.year) * 12 + 12 - complete.month
    _, evidence = plan_evidence(
        found.table,
        Ahead(as_of, months, date(year, 12, 31)),
        settings=settings,
        register=register,
        draws=paths,
        seed=SEED,
        workers=THREADS,
        talk=SILENT,
    )
    return Job(evidence, settings, year)


def level_seconds(plan: Plan, folder: Path) -> list[float]:
    """Seconds of each answer of the level endpoint over one stored plan; the first reads it."""
    kept = folder / "shelf" / "plan"
    kept.mkdir(parents=True)
    for name, content in plan_files(plan, formats=["json"]).items():
        (kept / name).write_bytes(content)
    client = Client(create_app(FolderShelf(kept.parent), check=_no_check))
    address = "/api/v1/plans/plan/level"
    return [seconds(lambda at=at: client.get(f"{address}?level={at}"))[0] for at in LEVELS]  # type: ignore[misc]


def _no_check(_path: Path) -> Any:
    raise AssertionError("nothing is checked here")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many paths."""
    parser.add_argument("--paths", type=int, default=PATHS)


def run(given: argparse.Namespace) -> None:
    """Time everything and print one table, then the same as JSON."""
    paths = getattr(given, "paths", PATHS)
    warm()
    with tempfile.TemporaryDirectory() as name:
        asked = job(Path(name) / "demo", paths)
        planned, plan = seconds(asked.plan)
        compared, _ = seconds(lambda: asked.scenarios(plan))
        first, *levels = level_seconds(plan, Path(name))
    print(f"{os.cpu_count()} processors, {THREADS} threads, {paths} paths, seconds:")
    rows = {
        "plan": planned,
        f"{len(SCENARIOS)} scenarios": compared,
        f"both (target {TARGET:g}, floor {FLOOR:g})": planned + compared,
        "first level of a stored plan (reads it)": first,
        f"another level (at most {LEVEL_SECONDS:g})": max(levels),
    }
    parts = asked.parts()
    for what, spent in {**rows, **parts}.items():
        print(f"{what:<44}{spent:>9.3f}")
    print(json.dumps({**rows, **parts}))
