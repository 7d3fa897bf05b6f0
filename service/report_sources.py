"""What reports are made from: a plan, or the folder that a command wrote."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.errors import InputError
from forecasting.panel import Frequency
from planning.plan import Plan
from reports.evaluation import Evaluation, MeanScore, ReplayedPolicy
from reports.scenarios import ComparedScenarios, RegretRow, RobustRow, ScenarioRow
from reports.stored import basis_of_plain
from service.registry import BENCHMARK, ENSEMBLE
from service.scenario_asked import OWN
from service.scenario_files import BASIS, REGRETS, ROBUST, TABLE
from service.scenario_store import KeptScenarios, kept_scenarios
from service.scenarios import BASE

Rows = list[dict[str, str]]
# Scenarios beside a plan: more are a report of their own.
MOST = 6
# Per cents of a score in a file: step 0 is the sum over the horizon, whose outcomes overlap.
SUM_STEP = "0"


def compared_scenarios(folder: Path) -> ComparedScenarios:
    """What `plassplan scenario run` wrote. Raises InputError where the folder holds none."""
    with _whole(folder, "scenarios that were run", "plassplan scenario run"):
        basis = json.loads((folder / BASIS).read_text("utf-8"))
        return replace(
            _compared(basis, _read(folder / TABLE), year=int(basis["settings"]["year"])),
            robust=tuple(map(_robust_row, _read(folder / ROBUST))),
            regrets=tuple(map(_regret_row, _read(folder / REGRETS))),
        )


def _compared(
    basis: Mapping[str, Any], rows: Iterable[Mapping[str, str]], *, year: int
) -> ComparedScenarios:
    """What basis.json and scenarios.csv of a run hold: all but the robust choice."""
    described = basis["scenarios"]
    return ComparedScenarios(
        agency=basis["agency"],
        year=year,
        base=BASE,
        names={each["code"]: each["label"] for each in described},
        reasons={each["code"]: each["why"] for each in described},
        need_groups=basis["need_groups"],
        rows=tuple(map(_scenario_row, rows)),
        robust=(),
        regrets=(),
        basis=basis_of_plain(dict(basis)),
    )


def kept_beside(home: Path, plan: Plan) -> ComparedScenarios | None:
    """What of the home's kept scenarios stands beside the plan."""
    return those_beside(kept_scenarios(home), plan)


def those_beside(kept: Sequence[KeptScenarios], plan: Plan) -> ComparedScenarios | None:
    """The newest scenarios whose base plan is this plan, at most MOST; None without any.

    Of one region, where the plan is of one.
    """
    runs = (run for run in kept if run.year == plan.year)
    found = _joined([_of_run(run) for run in runs if run.starts_from(plan.basis)])
    regions = {curve.key.region for curve in plan.curves}
    if found is None or len(regions) > 1 or len(plan.agency.planned_regions()) > 1:
        return found
    return found.of_region(next(iter(regions)))


def _of_run(run: KeptScenarios) -> ComparedScenarios:
    """A kept run; why it was run stands with why each scenario was thought of."""
    found = _compared(run.rests_on, run.rows, year=run.year)

    def unlike(code: str) -> str:
        """Own assumptions have one code in every run, and are the same only if named alike."""
        return f"{code}: {found.names[code]['nb']}" if code == OWN else code

    return replace(
        found,
        names={unlike(code): name for code, name in found.names.items()},
        reasons={unlike(code): f"{why} ({run.reason})" for code, why in found.reasons.items()},
        rows=tuple(replace(row, scenario=unlike(row.scenario)) for row in found.rows),
    )


def _joined(runs: Sequence[ComparedScenarios]) -> ComparedScenarios | None:
    """Runs of one base plan as one: each scenario as it was run last."""
    if not runs:
        return None
    newest = {code: run for run in reversed(runs) for code in run.names}
    codes = [code for run in runs for code in run.names if newest[code] is run][:MOST]
    first = runs[0]
    rows = [row for row in first.rows if row.scenario == BASE]
    rows += [row for code in codes for row in newest[code].rows if row.scenario == code]
    return replace(
        first,
        names={code: newest[code].names[code] for code in codes},
        reasons={code: newest[code].reasons[code] for code in codes},
        rows=tuple(rows),
    )


def evaluated(folder: Path, replay: Path | None) -> Evaluation:
    """What `plassplan backtest` wrote, with a replay. Raises InputError where they hold none."""
    with _whole(folder, "backtest", "plassplan backtest"):
        scores = _read(folder / "scores.csv")
        basis = basis_of_plain(json.loads((folder / BASIS).read_text("utf-8")))
        found = tuple(
            MeanScore(
                model=row["model"],
                of=row["of"],
                metric=row["metric"],
                value=float(row["value"]),
                forecasts=int(row["forecasts"]),
            )
            for row in _read(folder / "summary.csv")
        )
        pits = (
            float(row["value"])
            for row in scores
            if (row["model"], row["metric"]) == (ENSEMBLE, "pit") and row["step"] != SUM_STEP
            if row["value"]
        )
        return Evaluation(
            pool=ENSEMBLE,
            benchmark=BENCHMARK,
            scores=found,
            pits=np.fromiter(pits, float),
            origins=len({row["origin"] for row in scores}),
            horizon=int(basis.settings["horizon"]),
            freq=Frequency(basis.settings["freq"]),
            replay=() if replay is None else _replayed(replay),
            basis=basis,
        )


def _replayed(folder: Path) -> tuple[ReplayedPolicy, ...]:
    with _whole(folder, "replay", "plassplan replay"):
        return tuple(
            ReplayedPolicy(
                policy=row["policy"],
                need_group=row["need_group"],
                least_referrals=int(row["least_referrals"]),
                region_years=int(row["region_years"]),
                met_share=float(row["region_years_met_share"]),
                offered_share=float(row["offered_share"]),
                not_offered=float(row["children_not_offered"]),
                places=float(row["places"]),
                cost_over_hindsight=float(row["cost_over_hindsight"]),
            )
            for row in _read(folder / "summary.csv")
        )


@contextmanager
def _whole(folder: Path, what: str, command: str) -> Iterator[None]:
    """One sentence where the files are not there, or are not those of the command."""
    try:
        yield
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{folder} holds no {what}.",
            fix=f"Name the folder after --out of {command}.",
        ) from error


def _read(path: Path) -> Rows:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def _scenario_row(row: Mapping[str, str]) -> ScenarioRow:
    known = row["cost_nok"] and (float(row["cost_nok_low"]), float(row["cost_nok_high"]))
    return ScenarioRow(
        scenario=row["scenario"],
        region=row["region"],
        need_group=row["need_group"],
        held=int(row["committed_places"]),
        not_offered=float(row["children_not_offered"]),
        places=int(row["places_recommended"]),
        cost_nok=float(row["cost_nok"]) if known else None,
        cost_range_nok=known or None,
    )


def _robust_row(row: Mapping[str, str]) -> RobustRow:
    return RobustRow(
        need_group=row["need_group"],
        choice=row["choice"],
        places=int(row["places"]),
        base_places=int(row["base_places"]),
        price_nok=float(row["price_nok_per_child"]),
        regret_nok=float(row["largest_regret_nok"]),
        extra_cost_nok=float(row["extra_cost_nok"]),
        extra_children=float(row["extra_children_not_offered"]),
        base_regret_nok=float(row["base_largest_regret_nok"]),
    )


def _regret_row(row: Mapping[str, str]) -> RegretRow:
    groups = tuple(row["need_groups"].split(";"))
    return RegretRow(groups, row["choice"], row["scenario"], float(row["regret_nok"]))
