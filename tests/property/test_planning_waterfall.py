"""Why a number is what it is: the steps add up exactly, and each source does what it is called."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from forecasting.places import Form, PlaceSet, Register
from forecasting.samples import WHOLE_NATION
from forecasting.stays import StayLaw
from forecasting.streams import Streams
from planning.build import make_plan
from planning.closures import Shut
from planning.erlang import blocking
from planning.evidence import Evidence
from planning.plan import Plan, Source, Waterfall
from planning.policy import Discipline
from tests.flows import (
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
    pattern,
)

RATES = {"haster": 10.0, "lang": 1.5}
MEANS = {"haster": 20.0, "lang": 60.0}


def plan_of(evidence: Evidence, agency: Agency, **policy: object) -> Plan:
    return make_plan(
        evidence,
        made_up_choices(**policy),
        agency=agency,
        basis=made_up_basis(),
        streams=Streams(3),
    )


def evidence_of(agency: Agency, **more: object) -> Evidence:
    values: dict[str, object] = {"rates": RATES, "means": MEANS, "draws": 120, **more}
    return made_up_evidence(agency, **values)  # type: ignore[arg-type]


def exact(waterfall: Waterfall) -> Fraction:
    """The sum of the steps as they are printed, in decimals."""
    return sum((Fraction(str(places)) for _, places in waterfall.steps), Fraction(0))


def steps(plan: Plan, region: str = "r0", group: str = "haster") -> Mapping[Source, float]:
    key = SeriesKey(region, group)
    return dict(next(each.steps for each in plan.waterfalls if each.key == key))


@given(
    st.sampled_from(list(Discipline)),
    st.floats(0.0, 0.98),
    st.booleans(),
    st.floats(0.0, 12.0),
)
@settings(max_examples=8, deadline=None)
def test_the_steps_add_up_exactly(
    discipline: Discipline, level: float, coupled: bool, rate: float
) -> None:
    agency = made_up_agency(coupled=coupled)
    evidence = evidence_of(agency, rates={**RATES, "haster": rate}, draws=40)
    plan = plan_of(evidence, agency, discipline=discipline, level=level)
    chosen = {curve.key: curve.chosen for curve in plan.curves}
    for group in RATES:
        nation = SeriesKey(WHOLE_NATION, group)
        chosen[nation] = sum(n for key, n in chosen.items() if key.need_group == group)
    assert {each.key: exact(each) for each in plan.waterfalls} == chosen
    for each in plan.waterfalls:
        assert [source for source, _ in each.steps] == list(Source)
        assert each.places == chosen[each.key]


def test_chance_alone_is_the_closed_form() -> None:
    """Poisson referrals, one by one, on days alike, and stays known: Erlang's loss formula."""
    agency = made_up_agency(regions=1, coupled=False)
    # Draws that are anything but Poisson: the first step must not see them.
    evidence = evidence_of(agency, rates={"haster": 30.0, "lang": 0.0}, draws=400, months=24)
    spread = evidence.samples.counts * (np.arange(400) % 2 * 2)[None, :, None]
    evidence = replace(
        evidence,
        samples=replace(evidence.samples, counts=spread),
        patterns={**evidence.patterns, "haster": pattern("haster", batch=np.array([0.5, 0.5]))},
    )
    choices = replace(made_up_choices(discipline=Discipline.LOST, level=0.9), year=YEAR + 1)
    plan = make_plan(evidence, choices, agency=agency, basis=made_up_basis(), streams=Streams(3))
    found = steps(plan)
    load = 30 * 12 / 365 * MEANS["haster"]
    assert found[Source.LOAD] == pytest.approx(load, rel=0.03)
    # The load of 400 paths is off by a percent or two, and the day grid by half a place.
    near = [int((blocking(load * (1 + off), 60) <= 0.1).argmax()) for off in (-0.03, 0.03)]
    assert min(near) - 1 <= found[Source.LOAD] + found[Source.CHANCE] <= max(near) + 1
    # Half of the paths have no child and half have twice as many: that takes far more places.
    assert found[Source.YEAR] > 8
    assert found[Source.ASSURANCE] == found[Source.WAITING] == found[Source.CLOSURES] == 0


def test_a_source_that_is_not_there_adds_nothing() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    found = steps(plan_of(evidence_of(agency), agency))
    for source in (Source.GROUPS, Source.CLOSURES, Source.WAITING):
        assert found[source] == 0


def test_groups_closures_and_waiting_take_places_where_they_are_there() -> None:
    agency = made_up_agency(regions=1)
    groups = np.array([0.3, 0.2, 0.2, 0.3])
    evidence = evidence_of(agency, rates={"haster": 40.0, "lang": 1.5}, onward_share=0.5, draws=300)
    key = SeriesKey("r0", "haster")
    crowded = replace(
        evidence,
        patterns={
            **evidence.patterns,
            "haster": replace(evidence.patterns["haster"], batch=groups),
        },
        shut=(Shut(key, 4, date(YEAR, 1, 1), date(YEAR, 12, 31)),),
    )
    found = steps(plan_of(crowded, agency))
    assert found[Source.GROUPS] >= 1
    # Four places that are shut all year are four places more.
    assert found[Source.CLOSURES] == pytest.approx(4, abs=1)
    assert found[Source.WAITING] >= 0


def test_a_season_takes_places_and_a_flat_year_does_not() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    evidence = evidence_of(agency, rates={"haster": 25.0, "lang": 0.0}, draws=300)
    months = np.where(np.arange(12) % 12 < 3, 3, 0)
    peaked = evidence.samples.counts * months
    plan = plan_of(replace(evidence, samples=replace(evidence.samples, counts=peaked)), agency)
    assert steps(plan)[Source.SEASON] >= 10
    assert abs(steps(plan_of(evidence, agency))[Source.SEASON]) <= 2


def test_the_number_of_threads_changes_nothing() -> None:
    agency = made_up_agency()
    evidence = evidence_of(agency, draws=40)
    one, two = (
        make_plan(
            evidence,
            made_up_choices(),
            agency=agency,
            basis=made_up_basis(),
            streams=Streams(3),
            workers=workers,
        )
        for workers in (1, 2)
    )
    assert one.waterfalls == two.waterfalls


def test_a_stay_law_that_is_not_known_exactly_belongs_to_the_uncertain_year() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    evidence = evidence_of(agency, rates={"haster": 40.0, "lang": 0.0}, draws=300)
    law: StayLaw = evidence.laws["haster"]
    vague = {**evidence.laws, "haster": replace(law, stays=6)}
    plan = plan_of(replace(evidence, laws=vague), agency)
    sure = plan_of(evidence, agency)
    assert steps(plan)[Source.YEAR] > steps(sure)[Source.YEAR] + 3


def test_places_shut_on_known_days_are_not_there_for_the_plan() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    evidence = evidence_of(agency)
    key = SeriesKey("r0", "haster")
    shut = replace(evidence, shut=(Shut(key, 3, date(YEAR, 1, 1), date(YEAR, 12, 31)),))
    before = {c.key: c.chosen for c in plan_of(evidence, agency).curves}
    after = {c.key: c.chosen for c in plan_of(shut, agency).curves}
    assert after[key] == before[key] + 3
    assert after[SeriesKey("r0", "lang")] == before[SeriesKey("r0", "lang")]


def test_houses_that_close_by_chance_and_on_known_days_add_up() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    groups = (replace(agency.need_groups[0], closings_a_year=2.0), agency.need_groups[1])
    closing = replace(agency, need_groups=groups)
    row = PlaceSet("P", "r0", ("haster",), Form.BASE, "state", 8, 2, date(2020, 1, 1))
    evidence = replace(evidence_of(agency), register=Register((row,)))
    key = SeriesKey("r0", "haster")
    shut = replace(evidence, shut=(Shut(key, 3, date(YEAR, 1, 1), date(YEAR, 12, 31)),))
    one, both = (plan_of(each, closing).curve(key).chosen for each in (evidence, shut))
    assert both == one + 3
