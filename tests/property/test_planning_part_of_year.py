"""The plan for the rest of a year: the same children, the days that are left, and nothing else."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.errors import UsageError
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from forecasting.streams import Streams
from planning.build import make_plan
from planning.evidence import Evidence
from planning.plan import Plan
from tests.flows import (
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
)

AGENCY = made_up_agency(coupled=False)
BEGINS = date(YEAR, 5, 1)
RATES, MEANS = {"haster": 9.0, "lang": 2.0}, {"haster": 20.0, "lang": 60.0}


def in_april(evidence: Evidence) -> Evidence:
    """The same as known at the end of April, with the forecast of the months after it."""
    samples = evidence.samples
    left = replace(
        samples,
        origin=date(YEAR, 4, 1),
        periods=samples.periods[4:].copy(),
        counts=samples.counts[:, :, 4:].copy(),
    )
    return replace(evidence, as_of=date(YEAR, 4, 30), samples=left)


def plan_of(evidence: Evidence, begins: date | None = None, **policy: object) -> Plan:
    return make_plan(
        evidence,
        replace(made_up_choices(**policy), begins=begins),
        agency=AGENCY,
        basis=made_up_basis(),
        streams=Streams(3),
    )


@pytest.fixture(scope="module")
def whole() -> Plan:
    return plan_of(made_up_evidence(AGENCY, rates=RATES, means=MEANS))


@pytest.fixture(scope="module")
def rest() -> Plan:
    return plan_of(in_april(made_up_evidence(AGENCY, rates=RATES, means=MEANS)), BEGINS)


def test_only_the_days_that_are_left_are_planned(rest: Plan) -> None:
    assert (rest.first_day, rest.days) == (BEGINS, 245)
    for bands in rest.occupancy:
        assert (bands.periods[0], len(bands.periods)) == (np.datetime64(BEGINS), 245)
    for bands in rest.demand_so_far:
        assert str(bands.periods[0]) == "2031-05-01"
        assert len(bands.periods) == 8
    # A month in which nobody was planned for cannot be the worst one.
    assert {risk.worst_month for risk in rest.risks} <= {0, *range(5, 13)}


def test_children_to_meet_are_those_of_the_days_left(whole: Plan, rest: Plan) -> None:
    """Referrals are Poisson at an even rate, so 245 of 365 days have that share of them."""
    key = (WHOLE_NATION, WHOLE_NATION)
    met = [
        next(r.to_meet for r in plan.risks if (r.key.region, r.key.need_group) == key)
        for plan in (whole, rest)
    ]
    year = met[0]
    error = 4 * np.sqrt(year / 200) + 0.01 * year  # months are of 28 to 31 days
    assert met[1] == pytest.approx(year * 245 / 365, abs=error)


def test_ready_places_are_paid_for_the_days_left(rest: Plan) -> None:
    assert rest.prices is not None
    for line in rest.lines:
        if line.form is Form.GUARANTEED and line.places:
            assert line.cost_nok is not None
            ready = line.places * 245 * rest.prices.of(Form.GUARANTEED).ready
            assert line.cost_nok.mean == pytest.approx(ready)


def test_a_year_that_had_begun_is_not_planned_whole() -> None:
    with pytest.raises(UsageError, match="had begun"):
        plan_of(in_april(made_up_evidence(AGENCY, rates=RATES, means=MEANS)))
