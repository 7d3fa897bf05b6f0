"""What was decided is the model's plan but for what the planner set, and it adds up."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.decided import DecidedPart, by_group, decided_parts, summed, told_effects
from planning.override import effects
from planning.plan import Plan
from planning.region_plan import region_plan
from planning.yearly import Override, Person
from planning.yearly_diff import Decided, differences
from reports.facts import NATION, Part, groups_of
from tests.plans import example_plan

KARI = Person("Kari Nordmann", "planlegger")
PLAN = example_plan(regions=2, groups=3)
SERIES = PLAN.series()


def override(at: int, places: int, form: Form = Form.BASE) -> Override:
    return Override(SERIES[at], form, places, "x", KARI, datetime(2024, 10, 1, tzinfo=UTC))


def on_other_paths(plan: Plan = PLAN, by: float = 1.25) -> Plan:
    """A plan that tells more children than its curves: of other paths than they are of."""
    risks = (
        replace(
            r, not_offered_mean=by * r.not_offered_mean, not_offered_high=by * r.not_offered_high
        )
        for r in plan.risks
    )
    return replace(plan, risks=tuple(risks))


# At most one override of each series and form, as those that hold are.
MADE = st.dictionaries(
    st.tuples(st.integers(0, len(SERIES) - 1), st.sampled_from([Form.BASE, Form.CALL_OFF])),
    st.integers(0, 40),
    max_size=4,
).map(lambda made: tuple(override(at, n, form) for (at, form), n in made.items()))


def numbers(part: DecidedPart) -> tuple[Any, ...]:
    return part.model, part.decided, tuple((x.form, x.model, x.places) for x in part.lines)


@pytest.mark.parametrize("region", [WHOLE_NATION, SERIES[0].region])
def test_without_overrides_every_decided_number_is_the_models(region: str) -> None:
    plan = on_other_paths()
    parts = decided_parts(plan, (), region=region)
    for part in (*parts, *by_group(parts), summed(parts)):
        assert part.decided == part.model
        assert all(line.places == line.model for line in part.lines)
        assert (part.change, part.cost_change_nok, part.ready_change_nok) == (0, 0, 0)


def test_the_models_numbers_are_those_that_its_plan_tells() -> None:
    plan = on_other_paths()
    parts = decided_parts(plan, (override(0, 0),))
    pairs = [(part, Part(plan, part.key)) for part in (*parts, *by_group(parts))]
    assert len(pairs) == len(SERIES) + len(groups_of(plan))
    for found, told in (*pairs, (summed(parts), Part(plan, NATION))):
        assert found.model.places == told.committed
        assert found.model.cost_nok == pytest.approx(told.cost)
        assert found.model.not_offered == pytest.approx(told.not_offered, rel=1e-6)


@given(MADE)
def test_only_what_was_set_differs_and_the_sums_add_up(made: tuple[Override, ...]) -> None:
    plan = on_other_paths()
    parts, model = decided_parts(plan, made), decided_parts(plan, ())
    touched = {each.key for each in made}
    for part, alone in zip(parts, model, strict=True):
        assert part.model == alone.model
        assert part.key in touched or numbers(part) == numbers(alone)
        assert part.decided.not_offered >= 0
    whole, groups = summed(parts), by_group(parts)
    for sums in (groups, parts):
        assert whole.decided.places == sum(part.decided.places for part in sums)
        assert whole.decided.not_offered == pytest.approx(sum(p.decided.not_offered for p in sums))
        costs = [part.decided.cost_nok for part in sums]
        known = [cost for cost in costs if cost is not None]
        if len(known) == len(costs):
            assert whole.decided.cost_nok == pytest.approx(sum(known))
        else:
            assert whole.decided.cost_nok is None
    assert {p.key.need_group for p in groups if p.decided != p.model} <= {
        key.need_group for key in touched
    }


def test_the_cost_is_the_plans_also_where_a_form_has_no_price() -> None:
    """Of a form without a price the plan has no place, and a line without cost."""
    gone = {
        line: replace(line, places=0, cost_nok=None)
        for line in PLAN.lines
        if line.form is Form.STANDBY
    }
    assert PLAN.prices is not None
    forms = {f: p for f, p in PLAN.prices.by_form.items() if f is not Form.STANDBY}
    plan = replace(
        PLAN,
        lines=tuple(gone.get(line, line) for line in PLAN.lines),
        prices=replace(PLAN.prices, by_form=forms),
    )
    known = sum(line.cost_nok.mean for line in plan.lines if line.cost_nok is not None)
    assert summed(decided_parts(plan, ())).model.cost_nok == pytest.approx(known)
    bare = example_plan(regions=2, groups=3, prices=False)
    assert summed(decided_parts(bare, ())).model.cost_nok is None


@given(MADE)
def test_the_difference_to_a_version_without_overrides_is_the_change(
    made: tuple[Override, ...],
) -> None:
    whole, found = (
        summed(decided_parts(PLAN, made)),
        differences(Decided(PLAN, ()), Decided(PLAN, made)),
    )
    assert found.places.change == whole.change
    assert PLAN.total_cost is not None
    assert found.cost_nok.before == pytest.approx(PLAN.total_cost.mean)
    assert found.cost_nok.change == whole.cost_change_nok


@given(st.integers(0, 30))
def test_an_override_moves_the_plan_by_what_its_curve_moves(places: int) -> None:
    plan = on_other_paths()
    made = (override(0, places),)
    (by_curve,), (told,) = effects(plan, made), told_effects(plan, made)
    part = decided_parts(plan, made)[0]
    moved = by_curve.chosen.not_offered_mean - by_curve.model.not_offered_mean
    model = plan.risk(SERIES[0]).not_offered_mean
    assert part.decided.not_offered == pytest.approx(max(0, model + moved))
    assert part.cost_change_nok == (
        None
        if by_curve.cost_change_nok is None
        else pytest.approx(by_curve.cost_change_nok, abs=1e-3)
    )
    # What is held against the level stays the curve's.
    assert (told.below_level, told.ready_nok) == (by_curve.below_level, by_curve.ready_nok)
    assert part.decided.not_offered == told.chosen.not_offered_mean


def test_children_never_become_fewer_than_none() -> None:
    (part, *_) = decided_parts(on_other_paths(by=0.1), (override(0, 60),))
    assert part.decided.not_offered == 0


def test_a_cost_that_is_not_known_makes_no_sum_look_known() -> None:
    curve = PLAN.curve(SERIES[0])
    assert curve.cost_nok is not None
    few = np.where(np.arange(len(curve.cost_nok)) < curve.chosen, np.nan, curve.cost_nok)
    plan = replace(PLAN, curves=(replace(curve, cost_nok=few), *PLAN.curves[1:]))
    parts = decided_parts(plan, (override(0, 0),))
    for part in (parts[0], by_group(parts)[0], summed(parts)):
        assert part.decided.cost_nok is None
        assert part.cost_change_nok is None
        assert part.model.cost_nok is not None
    assert by_group(parts)[1].decided.cost_nok is not None


def test_a_region_has_the_same_numbers_in_its_own_plan_and_in_the_nations() -> None:
    region = SERIES[0].region
    made = (override(0, 2), override(1, 3))
    own = decided_parts(region_plan(PLAN, region), made)
    of_all = decided_parts(PLAN, made, region=region)
    assert [numbers(part) for part in own] == [numbers(part) for part in of_all]
    assert summed(own).key == SeriesKey(WHOLE_NATION, WHOLE_NATION)
