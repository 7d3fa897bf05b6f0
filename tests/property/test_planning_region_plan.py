"""The plan of one region holds the region's numbers, and stands on its own."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import UsageError
from forecasting.findings import Finding, Severity
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.efficient import frontier, own_levels
from planning.plan import Plan
from planning.region_plan import region_plan
from reports.facts import NATION, Part, groups_of, regions_of
from reports.stored import plan_from_json, plan_to_json
from tests.plans import Recipe, example_plan

recipes = st.builds(
    Recipe,
    regions=st.integers(1, 5),
    groups=st.integers(1, 4),
    register=st.booleans(),
    prices=st.booleans(),
    load_scale=st.sampled_from([0.0, 1.0]),
)


@settings(max_examples=15, deadline=None)
@given(recipes)
def test_regions_add_up_to_the_nation(recipe: Recipe) -> None:
    plan = example_plan(recipe)
    own = [region_plan(plan, region.code) for region in plan.agency.regions]
    nation, parts = Part(plan), [Part(each) for each in own]
    assert sum(part.committed for part in parts) == nation.committed
    assert sum(part.referrals for part in parts) == pytest.approx(nation.referrals)
    assert sum(part.not_offered for part in parts) == pytest.approx(nation.not_offered)
    for form in Form:
        assert sum(part.places(form) for part in parts) == nation.places(form)
    assert sorted(line.key for each in own for line in each.lines) == sorted(
        line.key for line in plan.lines
    )


@settings(max_examples=15, deadline=None)
@given(recipes)
def test_its_sums_are_those_of_the_region_in_the_whole_plan(recipe: Recipe) -> None:
    plan = example_plan(recipe)
    code = plan.agency.regions[-1].code
    own, region = region_plan(plan, code), Part(plan, SeriesKey(code, WHOLE_NATION))
    whole = Part(own, NATION)
    assert whole.committed == region.committed
    assert whole.existing == region.existing
    assert whole.cost == pytest.approx(region.cost)
    assert whole.cost_range == region.cost_range
    assert whole.last_year == region.last_year
    assert whole.risk is not None
    assert region.risk is not None
    assert whole.risk.not_offered_mean == region.risk.not_offered_mean
    assert [part.key.region for part in regions_of(own)] == [code]
    for part in groups_of(own):
        series = Part(plan, SeriesKey(code, part.key.need_group))
        assert part.committed == series.committed
        assert part.steps == series.steps
        assert part.demand is not None
        assert series.demand is not None
        assert np.array_equal(part.demand.values, series.demand.values)


@settings(max_examples=10, deadline=None)
@given(recipes)
def test_it_can_be_stored_and_its_plan_is_its_own(recipe: Recipe) -> None:
    plan = example_plan(recipe)
    code = plan.agency.regions[0].code
    own = region_plan(plan, code)
    again = plan_from_json(plan_to_json(own))
    assert plan_to_json(again) == plan_to_json(own)
    assert plan_to_json(region_plan(own, code)) == plan_to_json(own)


def with_findings(*series: str | None) -> Plan:
    found = tuple(Finding(Severity.WARNING, "x", str(s), series=s) for s in series)
    plan = example_plan(regions=2, groups=2)
    return type(plan)(**{**vars(plan), "findings": found})


def test_what_a_level_costs_adds_up_where_a_need_group_has_its_own_level() -> None:
    plan = example_plan(regions=3, groups=2)
    first, *others = plan.agency.need_groups
    agency = replace(plan.agency, need_groups=(replace(first, level=0.9), *others))
    plan = replace(plan, agency=agency)
    own = own_levels(plan.curves, agency)
    assert set(own.values()) == {0.9}
    nation = frontier(plan.curves, binds=plan.policy.binds, own=own)
    regions = [region_plan(plan, region.code).frontier for region in agency.regions]
    assert nation
    for point in nation:
        parts = [at for each in regions for at in each if at.level == point.level]
        assert sum(at.places for at in parts) == point.places
        assert sum(at.cost_nok for at in parts) == pytest.approx(point.cost_nok)
        assert sum(at.not_offered for at in parts) == pytest.approx(point.not_offered)


def test_findings_of_other_regions_stay_out_and_general_ones_stay() -> None:
    plan = with_findings("nord/rus", "midt/rus", None, "alle", "akutt")
    kept = [each.series for each in region_plan(plan, "nord").findings]
    assert kept == ["nord/rus", None, "alle", "akutt"]


def test_a_region_that_is_not_planned_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"'oslo'.*Use one of: nord, midt"):
        region_plan(example_plan(regions=2, groups=1), "oslo")
