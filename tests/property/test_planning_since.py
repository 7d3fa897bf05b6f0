"""What changed since an earlier plan: the steps add up, and each has its own cause."""

from dataclasses import replace
from datetime import date

import numpy as np

from forecasting.agency import NeedGroup
from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.build import make_plan
from planning.earlier import Reason, Since
from planning.evidence import Evidence
from planning.plan import Plan
from planning.scenario import Given, Stays
from planning.since import since
from tests.flows import (
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
)

AGENCY = made_up_agency()
MEANS = {"haster": 20.0, "lang": 60.0}


def evidence_of(haster: float = 9.0) -> Evidence:
    return made_up_evidence(AGENCY, rates={"haster": haster, "lang": 2.0}, means=MEANS, draws=150)


def plan_of(evidence: Evidence, **policy: object) -> Plan:
    return make_plan(
        evidence,
        made_up_choices(**policy),
        agency=AGENCY,
        basis=made_up_basis(),
        streams=Streams(3),
    )


def changed(earlier: Plan, now: Plan, evidence: Evidence) -> dict[str, Since]:
    base = {curve.key: curve.chosen for curve in now.curves}
    given = Given(
        evidence, now.policy, now.prices, now.agency, year=YEAR, streams=Streams(3), base=base
    )
    found = since(earlier, given)
    for each in found:
        assert [reason for reason, _ in each.steps] == list(Reason)
        assert each.before + sum(places for _, places in each.steps) == each.now
        assert each.now == sum(n for key, n in base.items() if key.need_group == each.need_group)
    return {each.need_group: each for each in found}


def test_since_the_same_plan_nothing_changed() -> None:
    evidence = evidence_of()
    plan = plan_of(evidence)
    for each in changed(plan, plan, evidence).values():
        assert {places for _, places in each.steps} == {0}


def test_a_plan_for_half_a_year_had_no_less_demand() -> None:
    """It holds the months from its first day on, which are held to the same months now."""
    evidence = evidence_of()
    plan = plan_of(evidence)
    begins = date(YEAR, 7, 1)
    kept = plan.demand[0].periods >= np.datetime64(begins)
    demand = tuple(
        replace(b, periods=b.periods[kept], mean=b.mean[kept], values=b.values[:, kept])
        for b in plan.demand
    )
    earlier = replace(plan, begins=begins, demand=demand)
    for each in changed(earlier, plan, evidence).values():
        assert dict(each.steps)[Reason.DEMAND] == 0


def test_another_level_is_another_choice() -> None:
    evidence = evidence_of()
    for each in changed(plan_of(evidence, level=0.8), plan_of(evidence), evidence).values():
        steps = dict(each.steps)
        assert steps.pop(Reason.CHOICES) == each.now - each.before > 0
        assert set(steps.values()) == {0}


def test_a_level_of_a_need_groups_own_is_a_choice_too() -> None:
    evidence = evidence_of()
    earlier = plan_of(evidence)
    groups = (replace(AGENCY.need_groups[0], level=0.7), AGENCY.need_groups[1])
    own = replace(AGENCY, need_groups=groups)
    now = make_plan(
        evidence, made_up_choices(), agency=own, basis=made_up_basis(), streams=Streams(3)
    )
    assert dict(changed(earlier, now, evidence)["haster"].steps)[Reason.CHOICES] < 0


def test_more_referrals_are_demand_and_little_else() -> None:
    evidence = evidence_of(14.0)
    found = changed(plan_of(evidence_of()), plan_of(evidence), evidence)["haster"]
    steps = dict(found.steps)
    assert found.now - found.before >= 6
    assert steps[Reason.CHOICES] == steps[Reason.PRICES] == 0
    # Draws of their own: the same mean, but not the same children.
    assert abs(steps[Reason.REST]) <= 2


def test_longer_stays_are_the_rest() -> None:
    evidence = evidence_of()
    earlier = plan_of(evidence)
    given = Given(evidence, earlier.policy, earlier.prices, AGENCY, year=YEAR, streams=Streams(3))
    longer = Stays(1.5).applied(given).evidence
    for each in changed(earlier, plan_of(longer), longer).values():
        steps = dict(each.steps)
        assert steps.pop(Reason.REST) == each.now - each.before > 0
        assert set(steps.values()) == {0}


def test_a_need_group_that_only_one_plan_has_is_all_rest() -> None:
    evidence = evidence_of()
    plan = plan_of(evidence)
    gone = SeriesKey("r0", "borte")
    earlier = replace(
        plan,
        agency=replace(AGENCY, need_groups=(*AGENCY.need_groups, NeedGroup("borte", {}))),
        curves=(
            *(curve for curve in plan.curves if curve.key.need_group != "lang"),
            replace(plan.curves[0], key=gone, chosen=5),
        ),
    )
    found = changed(earlier, plan, evidence)
    assert dict(found["borte"].steps)[Reason.REST] == -5
    assert dict(found["lang"].steps)[Reason.REST] == found["lang"].now
