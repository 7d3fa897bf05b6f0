"""What every report is made from, for tests: a plan, a comparison of scenarios, an evaluation."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from forecasting.basis import Basis
from forecasting.panel import CountPanel, Frequency, Quantity
from forecasting.places import Owner, PlaceSet, Register
from forecasting.samples import WHOLE_NATION
from forecasting.so_far import Met, SoFar
from planning.earlier import Earlier, Fared, Reason, Since
from planning.followed import followed
from planning.opened import opened_places
from planning.plan import Plan
from reports.evaluation import Evaluation, MeanScore, ReplayedPolicy
from reports.facts import groups_of
from reports.opened import OpenedPlaces
from reports.scenarios import ComparedScenarios, RegretRow, RobustRow, ScenarioRow
from reports.tertial import FollowedPlan
from tests.plans import example_plan

HOSTILE = '=HYPERLINK("x") <b>&'


def basis() -> Basis:
    return example_plan(regions=1, groups=1).basis


def comparison(**changes: Any) -> ComparedScenarios:
    """Three scenarios of two need groups: more, fewer, and the base plan itself."""
    rows = []
    for scenario, scale in (("base", 1.0), ("more", 1.1), ("hostile", 0.9)):
        for group, places in (("akutt", 100), ("rus", 50), (WHOLE_NATION, 150)):
            rows.append(
                ScenarioRow(
                    scenario,
                    WHOLE_NATION,
                    group,
                    held=places,
                    not_offered=places * 0.03 * scale**5,
                    places=round(places * scale),
                    cost_nok=places * scale * 5e6,
                    cost_range_nok=(places * scale * 4.9e6, places * scale * 5.2e6),
                )
            )
    robust = RobustRow(
        need_group="akutt",
        choice="more",
        places=110,
        base_places=100,
        price_nok=3e6,
        regret_nok=4e6,
        extra_cost_nok=5e6,
        extra_children=-0.3,
        base_regret_nok=9e6,
    )
    regrets = tuple(
        RegretRow(("akutt",), choice, scenario, 1e6 * (choice != scenario))
        for choice in ("base", "more")
        for scenario in ("base", "more")
    )
    found = ComparedScenarios(
        agency="Bufetat",
        year=2027,
        base="base",
        names={
            "more": {"nb": "10 % flere henvisninger", "en": "10 % more referrals"},
            "hostile": {"nb": HOSTILE},
        },
        reasons={"more": "Prognosen kan bomme.", "hostile": HOSTILE},
        need_groups={"akutt": "Akutt", "rus": "Rus"},
        rows=tuple(rows),
        robust=(robust, replace(robust, need_group="rus", places=50, base_places=50)),
        regrets=regrets,
        basis=basis(),
    )
    return replace(found, **changes)


def evaluated(**changes: Any) -> Evaluation:
    """Two models and the pool, 1 000 outcomes spread evenly, and two policies replayed."""
    metrics = ("crps_scaled", "wis_scaled", "mase", "rmsse", "log_score")
    covered = {"coverage_50": 0.52, "coverage_80": 0.81, "coverage_90": 0.9, "coverage_95": 0.94}
    covered |= {"above_95": 0.06, "above_99": 0.014}
    errors = {"ensemble": 0.9, "ets": 0.95, "seasonal_naive": 1.0}
    scores = [
        MeanScore(model, of, name, value, 1000)
        for model, error in errors.items()
        for of in ("step", "sum")
        for name, value in [*((m, error) for m in metrics), *covered.items()]
    ]
    replay = tuple(
        ReplayedPolicy(policy, group, least, 25, met, 0.985, 20.8, 845, cost)
        for group in ("akutt", WHOLE_NATION)
        for least in (0, 50)
        for policy, met, cost in (("plassplan", 0.96, 1.073), ("hindsight", 1.0, 1.0))
    )
    found = Evaluation(
        pool="ensemble",
        benchmark="seasonal_naive",
        scores=tuple(scores),
        pits=(np.arange(1000) + 0.5) / 1000,
        origins=4,
        horizon=12,
        freq=Frequency.MONTH,
        replay=replay,
        basis=basis(),
    )
    return replace(found, **changes)


def sources() -> dict[str, Any]:
    """By name of the report, what it is made from."""
    plan = example_plan()
    return {
        "capacity_plan": plan,
        "budget_brief": plan,
        "scenarios": comparison(),
        "evaluation": evaluated(),
        "tertial": followed_plan(),
    }


def compared_with_earlier(plan: Plan) -> Plan:
    """The plan beside one of the year before: ten places more for each need group, by demand."""
    changes = [
        Since(
            part.key.need_group,
            before=max(part.committed - 7, 0),
            steps=((Reason.DEMAND, 10), (Reason.CHOICES, -4), (Reason.PRICES, 0), (Reason.REST, 1)),
            now=max(part.committed - 7, 0) + 7,
        )
        for part in groups_of(plan)
    ]
    fared = tuple(
        Fared(code, months=12, came=110, expected=100.5, below=0, above=2)
        for code in (*(each.need_group for each in changes), WHOLE_NATION)
    )
    earlier = Earlier(plan.year - 1, date(plan.year - 2, 12, 31), tuple(changes), fared)
    return replace(plan, earlier=earlier)


def register_of(plan: Plan, **changes: int) -> Register:
    """The plan's places as a register of them; `changes` are places more or fewer by form."""
    left = dict(changes)
    rows = []
    for line in plan.lines:
        if not line.form.committed:
            continue
        places = line.places + left.pop(line.form.value, 0)
        rows.append(
            PlaceSet(
                f"{line.key}/{line.form.value}",
                line.key.region,
                (line.key.need_group,),
                line.form,
                Owner.STATE,
                places=places,
                houses=1,
                valid_from=date(plan.year, 1, 1),
            )
        )
    return Register(tuple(rows))


def opened_plan(register: Register, **recipe: Any) -> FollowedPlan:
    """A follow-up with a register."""
    found = followed_plan(**recipe)
    rows = opened_places(found.plan, register, day=found.followed.as_of)
    return replace(found, opened=OpenedPlaces(rows, "register.csv", "cd34" * 16))


def followed_plan(*, months: int = 4, scale: float = 1.0, missed: int = 0) -> FollowedPlan:
    """The first months of the year as the plan expected them, times `scale`."""
    plan = example_plan()
    bands = {band.key: band for band in plan.demand}
    summed = tuple(
        replace(band, mean=band.mean.cumsum(), values=band.values.cumsum(axis=1))
        for band in plan.demand
    )
    plan = replace(plan, demand_so_far=summed)
    counts = np.stack([np.round(bands[key].mean[:months] * scale) for key in plan.series()])
    first = date(plan.year, 1, 1)
    as_of = date(plan.year, months + 1, 1) - timedelta(days=1) if months else date(plan.year, 1, 9)
    days = (as_of - first).days + 1
    wanted = {band.key: band for band in plan.occupancy}
    so_far = SoFar(
        first=first,
        as_of=as_of,
        referrals=CountPanel(
            Quantity.REFERRALS,
            Frequency.MONTH,
            as_of,
            plan.series(),
            (np.datetime64(f"{plan.year}-01", "M") + np.arange(months)).astype("datetime64[D]"),
            counts,
            np.ones(counts.shape, dtype=bool),
        ),
        occupancy={
            key: np.round(wanted[key].mean[:days]).astype(np.int64) for key in plan.series()
        },
        met={key: Met(20, missed, 0) for key in plan.series()},
    )
    return FollowedPlan(plan, followed(plan, so_far), "uttrekk.csv", 321, "ab12" * 16)
