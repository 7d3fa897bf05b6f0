"""Versions, overrides and their effects: the rules of the plan that people decide on."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.override import at_places, chosen_lines, effects
from planning.plan import Plan
from planning.yearly import (
    Horizon,
    Override,
    Person,
    Signature,
    Status,
    Version,
    YearlyPlan,
    check_override,
    drafted,
    horizon_of,
    restored,
    tertial_of,
)
from planning.yearly_diff import Cause, Decided, differences
from reports.effect_said import effect_sentences
from reports.words import words_of
from tests.plans import example_plan

PLAN = example_plan(regions=2, groups=3)
KEY = PLAN.series()[0]
KARI = Person("Kari Nordmann", "planlegger")
NOW = datetime(2024, 10, 1, 9, tzinfo=UTC)
NONE = YearlyPlan(2025, WHOLE_NATION)


def override(places: int | None, form: Form = Form.BASE, key: SeriesKey = KEY) -> Override:
    return Override(key, form, places, "Nytt hus i mars", KARI, NOW)


def known_on(day: date, year: int = 2025) -> Plan:
    plan = example_plan(regions=2, groups=3, year=year)
    return replace(plan, basis=replace(plan.basis, as_of=day))


def first(yearly: YearlyPlan = NONE, **changes: object) -> YearlyPlan:
    """The yearly plan with one more version."""
    made = drafted(yearly, PLAN, "plan-2025-a", reason="Høstplan", who=KARI, at=NOW)
    return replace(yearly, versions=(*yearly.versions, replace(made, **changes)))  # type: ignore[arg-type]


def locked(yearly: YearlyPlan) -> YearlyPlan:
    *rest, newest = yearly.versions
    return replace(yearly, versions=(*rest, replace(newest, signature=Signature(KARI, NOW))))


@pytest.mark.parametrize(
    ("as_of", "horizon", "tertial"),
    [
        (date(2024, 12, 31), Horizon.NEXT_YEAR, None),
        (date(2024, 1, 1), Horizon.NEXT_YEAR, None),
        (date(2023, 12, 31), Horizon.NEW_MONEY, None),
        (date(2023, 10, 15), Horizon.NEW_MONEY, None),
        (date(2025, 1, 1), Horizon.TERTIAL_UPDATE, 1),
        (date(2025, 4, 30), Horizon.TERTIAL_UPDATE, 1),
        (date(2025, 5, 1), Horizon.TERTIAL_UPDATE, 2),
        (date(2025, 12, 31), Horizon.TERTIAL_UPDATE, 3),
    ],
)
def test_the_horizon_is_the_data_dates(as_of: date, horizon: Horizon, tertial: int | None) -> None:
    assert horizon_of(known_on(as_of)) == (horizon, tertial)


@pytest.mark.parametrize("as_of", [date(2022, 12, 31), date(2026, 1, 1)])
def test_a_year_further_off_or_over_is_no_horizon(as_of: date) -> None:
    with pytest.raises(UsageError, match="a plan for 2025"):
        horizon_of(known_on(as_of))


def test_every_month_is_in_one_of_three_tertials_of_four() -> None:
    found = [tertial_of(date(2025, month, 1)) for month in range(1, 13)]
    assert found == [1] * 4 + [2] * 4 + [3] * 4


def test_only_a_tertial_update_has_a_tertial() -> None:
    for horizon, tertial in ((Horizon.NEXT_YEAR, 1), (Horizon.TERTIAL_UPDATE, None)):
        with pytest.raises(UsageError, match="tertial"):
            first(horizon=horizon, tertial=tertial)


def test_numbers_go_up_by_one() -> None:
    yearly = first(locked(first()))
    assert [version.number for version in yearly.versions] == [1, 2]
    again = restored(yearly, 1, reason="Tilbake", who=KARI, at=NOW)
    assert (again.number, again.based_on, again.status) == (3, 1, Status.DRAFT)


def test_what_is_in_force_is_the_last_locked_one_though_a_draft_came_after() -> None:
    assert first().in_force is None
    yearly = first(locked(first()))
    assert yearly.in_force == yearly.version(1)
    assert yearly.newest == yearly.version(2)
    both = first(locked(yearly))
    assert both.in_force == both.version(2)


def test_only_the_newest_version_can_be_changed_and_only_while_it_is_a_draft() -> None:
    assert first().open_version().number == 1
    with pytest.raises(UsageError, match="locked and never changes"):
        locked(first()).open_version()
    with pytest.raises(UsageError, match="has no version"):
        NONE.open_version()
    with pytest.raises(UsageError, match="no version 7"):
        first().version(7)


def test_going_back_keeps_overrides_with_who_made_them() -> None:
    yearly = first(locked(first(overrides=(override(9),))))
    again = restored(yearly, 1, reason="Tilbake", who=Person("Ola", "direktør"), at=NOW)
    assert again.held == (override(9),)
    assert again.who.name == "Ola"
    assert again.plan_id == yearly.version(1).plan_id


def test_a_version_is_of_its_own_year_and_region() -> None:
    for yearly in (YearlyPlan(2026, WHOLE_NATION), YearlyPlan(2025, "ost")):
        with pytest.raises(UsageError, match="another year or region"):
            drafted(yearly, PLAN, "plan-2025-a", reason="x", who=KARI, at=NOW)
    assert drafted(YearlyPlan(2025, "nord"), PLAN, "p", reason="x", who=KARI, at=NOW).number == 1


def test_an_override_is_of_the_yearly_plans_region() -> None:
    other = SeriesKey("midt", KEY.need_group)
    check_override(NONE, PLAN, override(3, key=other))
    with pytest.raises(
        UsageError, match="no such region and need group in the yearly plan 2025/nord"
    ):
        check_override(YearlyPlan(2025, "nord"), PLAN, override(3, key=other))


def test_no_number_of_single_purchases_is_planned_and_none_below_zero() -> None:
    with pytest.raises(UsageError, match="one child at a time"):
        override(2, Form.SPOT)
    with pytest.raises(UsageError, match="-1 places"):
        override(-1)


def test_the_last_override_holds_and_can_be_taken_back() -> None:
    version = first().version(1)
    twice = replace(version, overrides=(override(3), override(1, Form.STANDBY), override(5)))
    assert [each.places for each in twice.held] == [5, 1]
    back = replace(twice, overrides=(*twice.overrides, override(None)))
    assert [(each.form, each.places) for each in back.held] == [(Form.STANDBY, 1)]


def test_the_models_number_stays_beside_the_planners() -> None:
    lines = chosen_lines(PLAN, [override(99)])
    changed = [line for line in lines if line.override]
    assert [(line.model, line.places) for line in changed] == [
        (PLAN.line(KEY, Form.BASE).places, 99)
    ]
    assert all(line.places == line.model for line in lines if not line.override)
    assert {line.form for line in lines} == {form for form in Form if form.committed}
    mine = chosen_lines(PLAN, [], region="nord")
    assert {line.key.region for line in mine} == {"nord"}


@given(st.integers(0, 60))
def test_an_effect_is_a_point_of_the_curve(places: int) -> None:
    line, curve = PLAN.line(KEY, Form.BASE), PLAN.curve(KEY)
    (effect,) = effects(PLAN, [override(places)])
    at = max(0, curve.chosen + places - line.places)
    assert effect.chosen.places == at
    inside = min(at, len(curve.offered_share) - 1)
    assert effect.chosen.beyond == (at != inside)
    assert effect.chosen.offered_share == curve.offered_share[inside]
    assert effect.chosen.not_offered_mean == curve.not_offered_mean[inside]
    assert effect.below_level == (curve.offered_share[inside] < PLAN.policy.level)
    assert PLAN.prices is not None
    ready = 365 * PLAN.prices.of(Form.BASE).ready * (places - line.places)
    assert effect.ready_nok == pytest.approx(ready)


def test_the_models_own_number_changes_nothing() -> None:
    for form in (form for form in Form if form.committed):
        (effect,) = effects(PLAN, [override(PLAN.line(KEY, form).places, form)])
        assert effect.chosen == effect.model
        assert effect.more_not_offered == 0
        assert effect.cost_change_nok == 0
        assert effect.ready_nok == 0
        assert not effect.below_level


def test_where_the_forms_hold_more_than_the_curve_says_only_the_change_counts() -> None:
    """Whole houses can leave a place more than the level needs."""
    curve = PLAN.curve(KEY)
    above = replace(PLAN, curves=(replace(curve, chosen=curve.chosen - 1), *PLAN.curves[1:]))
    own = PLAN.line(KEY, Form.BASE).places
    for more in (0, 2):
        (effect,) = effects(above, [override(own + more)])
        assert effect.chosen.places - effect.model.places == more


def test_call_off_counts_at_its_availability() -> None:
    own = PLAN.line(KEY, Form.CALL_OFF).places  # availability 0.8
    (effect,) = effects(PLAN, [override(own + 5, Form.CALL_OFF)])
    assert effect.chosen.places - effect.model.places == 4


def test_fewer_places_are_told_as_below_the_level_and_cost_children() -> None:
    (effect,) = effects(PLAN, [override(max(0, PLAN.line(KEY, Form.BASE).places - 2))])
    assert effect.below_level
    assert effect.more_not_offered > 0


def test_assurance_counts_where_single_years_must_reach_the_level_too() -> None:
    curve = PLAN.curve(KEY)
    strict = replace(curve, assured_share=curve.offered_share - 0.02)
    assert at_places(PLAN, strict, curve.chosen).share < PLAN.policy.level
    assert at_places(PLAN, curve, curve.chosen).share >= PLAN.policy.level
    firm = replace(PLAN, curves=(strict, *PLAN.curves[1:]))
    (effect,) = effects(firm, [override(PLAN.line(KEY, Form.BASE).places)])
    assert effect.chosen.offered_share >= effect.level
    assert effect.below_level
    assert any(
        "ikke i så mange enkeltår" in said
        for said in effect_sentences(words_of("nb"), effect, firm)
    )


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    bare = example_plan(regions=2, groups=3, prices=False)
    bare = replace(bare, lines=tuple(line for line in bare.lines if line.form is Form.BASE))
    (effect,) = effects(bare, [override(3)])
    assert (effect.ready_nok, effect.cost_change_nok) == (None, None)
    with pytest.raises(UsageError, match="no price of call-off"):
        effects(bare, [override(3, Form.CALL_OFF)])
    # Places that limits do not let anyone buy have no cost on the curve.
    curve = PLAN.curve(KEY)
    assert curve.cost_nok is not None
    below = np.arange(len(curve.cost_nok)) < curve.chosen
    held = replace(curve, cost_nok=np.where(below, np.nan, curve.cost_nok))
    fixed = replace(PLAN, curves=(held, *PLAN.curves[1:]))
    (fewer,) = effects(fixed, [override(PLAN.line(KEY, Form.BASE).places - 1)])
    assert fewer.cost_change_nok is None
    assert fewer.ready_nok is not None


def test_the_same_version_differs_in_nothing() -> None:
    found = differences(Decided(PLAN, (override(4),)), Decided(PLAN, (override(4),)))
    assert found.lines == found.overrides_gone == found.overrides_new == ()
    assert {each.change for each in (found.level, found.cost_nok, found.places)} == {0}
    assert all(places == 0 for group in found.groups for _, places in group.causes)


def test_an_override_alone_is_the_whole_difference() -> None:
    before = PLAN.line(KEY, Form.BASE).places
    found = differences(Decided(PLAN, ()), Decided(PLAN, (override(before + 3),)))
    (line,) = found.lines
    assert (line.before, line.now, line.model_before, line.model_now) == (
        before,
        before + 3,
        before,
        before,
    )
    group = next(each for each in found.groups if each.need_group == KEY.need_group)
    assert dict(group.causes) == {Cause.OVERRIDES: 3, Cause.COMPUTED: 0, Cause.LEVEL: 0}
    assert found.overrides_new == (override(before + 3),)
    assert found.places.change == 3


def test_another_level_is_told_apart_from_what_was_computed_anew() -> None:
    higher = example_plan(regions=2, groups=3, level=0.99)
    found = differences(Decided(PLAN, ()), Decided(higher, ()))
    for group in found.groups:
        causes = dict(group.causes)
        assert causes[Cause.LEVEL] == group.now - group.before > 0
        assert causes[Cause.COMPUTED] == causes[Cause.OVERRIDES] == 0


@given(
    st.sampled_from([0.9, 0.95, 0.97, 0.99]),
    st.sampled_from([0.7, 1.0, 1.3]),
    st.lists(st.integers(0, 40), max_size=3),
)
def test_causes_add_up_whatever_changed(level: float, load: float, places: list[int]) -> None:
    now = example_plan(regions=3, groups=3, level=level, load_scale=load)
    made = tuple(override(n, key=now.series()[i]) for i, n in enumerate(places))
    found = differences(Decided(PLAN, (override(2),)), Decided(now, made))
    for group in found.groups:
        assert group.before + sum(n for _, n in group.causes) == group.now
    assert sum(group.now for group in found.groups) == found.places.now
    assert sum(group.before for group in found.groups) == found.places.before


def test_a_region_is_compared_by_itself() -> None:
    higher = example_plan(regions=2, groups=3, level=0.99)
    found = differences(Decided(PLAN, (), "nord"), Decided(higher, (), "nord"))
    assert {line.key.region for line in found.lines} == {"nord"}
    assert found.places.now == sum(c.chosen for c in higher.curves if c.key.region == "nord")


def test_a_part_of_a_year_is_not_compared_with_a_whole_one_unsaid() -> None:
    rest = replace(PLAN, begins=date(2025, 5, 1))
    found = differences(Decided(PLAN, ()), Decided(rest, ()))
    assert not found.same_days
    assert found.referrals.now is not None
    assert found.referrals.before is not None
    assert found.referrals.now < found.referrals.before


def test_a_need_group_that_only_one_version_has_is_all_computed() -> None:
    fewer = example_plan(regions=2, groups=2)
    for before, now in ((fewer, PLAN), (PLAN, fewer)):
        found = differences(Decided(before, ()), Decided(now, ()))
        group = next(g for g in found.groups if g.need_group == PLAN.series()[2].need_group)
        assert dict(group.causes)[Cause.COMPUTED] == group.now - group.before != 0


def test_status_is_the_signature() -> None:
    assert (
        Version(1, "p", Horizon.NEXT_YEAR, "x", KARI, NOW, signature=Signature(KARI, NOW)).status
        is Status.LOCKED
    )
