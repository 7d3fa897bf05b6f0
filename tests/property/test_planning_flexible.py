"""Flexible places beside a made-up plan: what they spare, whom they crowd out, who may share."""

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product

import pytest

from forecasting.errors import InputError
from forecasting.places import Form, PlaceSet, Register
from forecasting.streams import Streams
from planning.alternatives import Group
from planning.build import Choices, make_plan, market_of
from planning.evidence import build_chain, chains
from planning.flexible import TRIED, beside, may_share
from planning.goal import Goal
from planning.plan import Flexible, Plan
from planning.policy import Arrangement, FlexiblePlaces, FlexibleRule, Policy
from planning.sharing import Places, Together
from reports.plain import plain_plan
from tests.flows import (
    AS_OF,
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
    made_up_prices,
    made_up_register,
)

BOTH = ("haster", "lang")
RATES, MEANS = {"haster": 7.0, "lang": 3.0}, {"haster": 25.0, "lang": 70.0}
AGENCY = made_up_agency(coupled=False, within_days=10)
REGISTER = made_up_register(AGENCY, places=4)


@cache
def plan(
    *sets: FlexiblePlaces,
    rule: FlexibleRule = FlexibleRule.FIRST_COME,
    register: Register | None = REGISTER,
    coupled: bool = False,
    workers: int = 1,
    prices: bool = True,
) -> Plan:
    agency = made_up_agency(coupled=coupled, within_days=10)
    known = made_up_evidence(agency, rates=RATES, means=MEANS, draws=300, register=register)
    choices = made_up_choices(level=0.93, flexible=sets, flexible_rule=rule)
    return make_plan(
        known,
        choices if prices else replace(choices, prices=None),
        agency=agency,
        basis=made_up_basis(300),
        streams=Streams(5),
        workers=workers,
    )


def best(made: Plan, region: str = "r0") -> Flexible:
    (row,) = (row for row in made.flexible if row.best and row.region == region)
    return row


def test_without_groups_that_may_share_there_is_nothing_beside_the_plan() -> None:
    assert plan().flexible == ()


@pytest.mark.parametrize("coupled", [False, True])
def test_flexible_places_change_nothing_in_the_plan_itself(coupled: bool) -> None:
    without, beside_it = plan(coupled=coupled), plan(FlexiblePlaces(BOTH), coupled=coupled)
    told = [plain_plan(each) for each in (without, beside_it)]
    for each in told:
        del each["flexible"], each["policy"]
    assert told[0] == told[1]


def test_no_flexible_place_is_the_fixed_places_of_the_recommendation() -> None:
    made = plan(FlexiblePlaces(BOTH), register=None)
    for row in (row for row in made.flexible if row.flexible_places == 0):
        assert row.cost_nok == row.alone_cost_nok
        for group in row.groups:
            (curve,) = (
                c
                for c in made.curves
                if (c.key.region, c.key.need_group) == (row.region, group.need_group)
            )
            assert group.alone_places == group.fixed_places == curve.needed
            assert group.alone_share == group.offered_share


@pytest.mark.parametrize("coupled", [False, True])
@pytest.mark.parametrize("rule", FlexibleRule)
def test_every_group_reaches_its_level_beside_any_number(rule: FlexibleRule, coupled: bool) -> None:
    made = plan(FlexiblePlaces(BOTH), rule=rule, coupled=coupled)
    assert {row.flexible_places for row in made.flexible} == set(TRIED)
    assert [row.region for row in made.flexible if row.best] == ["r0", "r1"]
    for row in made.flexible:
        assert row.rule is rule
        assert row.places <= row.alone_places + row.flexible_places
        for group in row.groups:
            assert group.offered_share >= 0.93 - 1e-12
            assert group.fixed_places <= group.alone_places
            # A child finds at most all flexible places free beside its own.
            assert group.fixed_places >= group.alone_places - row.flexible_places


def test_the_best_number_costs_least_and_none_is_always_among_those_tried() -> None:
    made = plan(FlexiblePlaces(BOTH))
    for region in ("r0", "r1"):
        rows = [row for row in made.flexible if row.region == region]
        costs = {row.flexible_places: row.cost_nok for row in rows}
        chosen = best(made, region)
        assert chosen.cost_nok == min(c for c in costs.values() if c is not None)
        assert chosen.saved_nok is not None
        assert chosen.saved_nok >= 0
    assert any(row.saved_nok and row.places < row.alone_places for row in made.flexible)


def test_without_prices_the_fewest_places_are_best_and_kroner_not_known() -> None:
    made = plan(FlexiblePlaces(BOTH), prices=False)
    rows = [row for row in made.flexible if row.region == "r0"]
    assert best(made).places == min(row.places for row in rows)
    assert {row.cost_nok for row in rows} == {row.saved_nok for row in rows} == {None}


def test_dearer_flexible_places_cost_so_much_more_and_nothing_else() -> None:
    same, dearer = plan(FlexiblePlaces(BOTH)), plan(FlexiblePlaces(BOTH, dearer=9.0))
    assert best(dearer).flexible_places == 0
    for cheap, dear in zip(same.flexible, dearer.flexible, strict=True):
        assert cheap.groups == dear.groups
        assert cheap.cost_nok is not None
        assert dear.cost_nok is not None
        assert dear.cost_nok >= cheap.cost_nok
        assert (dear.cost_nok > cheap.cost_nok) is (cheap.flexible_places > 0)


def test_who_asks_first_every_day_needs_no_more_fixed_places() -> None:
    """Acute first: the same places give the acute group no less, and the other no more."""
    first, acute = (plan(FlexiblePlaces(BOTH), rule=rule) for rule in FlexibleRule)
    pairs = list(zip(first.flexible, acute.flexible, strict=True))
    for one, other in pairs:
        (haster, lang), (haster_first, lang_last) = one.groups, other.groups
        assert haster_first.crowded_share >= haster.crowded_share
        assert lang_last.crowded_share <= lang.crowded_share
    assert any(a.groups[0].crowded_share < b.groups[0].crowded_share for a, b in pairs)


def test_groups_of_unlike_stays_crowd_each_other_out_and_the_loser_is_named() -> None:
    """A short acute stay beside long planned ones that can wait: the acute group loses."""
    agency = replace(
        AGENCY,
        need_groups=(
            AGENCY.need_groups[0],
            replace(AGENCY.need_groups[1], within_days=60, level=0.6),
        ),
    )
    known = made_up_evidence(
        agency, rates={"haster": 3.0, "lang": 6.0}, means={"haster": 8.0, "lang": 90.0}, draws=150
    )
    choices = made_up_choices(level=0.97, flexible=(FlexiblePlaces(BOTH),))
    made = make_plan(known, choices, agency=agency, basis=made_up_basis(150), streams=Streams(5))
    loser = made.flexible[0].loser
    assert loser.need_group == "haster"
    assert loser.lost_share > 0.1


def test_places_that_may_not_be_shared_yet_spare_none() -> None:
    late = plan(FlexiblePlaces(BOTH, valid_from=date(YEAR + 1, 1, 1)))
    assert all(
        group.fixed_places == group.alone_places for row in late.flexible for group in row.groups
    )
    assert all(best(late, region).flexible_places == 0 for region in ("r0", "r1"))
    half = plan(FlexiblePlaces(BOTH, valid_from=date(YEAR, 7, 1)))
    whole = plan(FlexiblePlaces(BOTH, valid_from=AS_OF))
    for some, more in zip(half.flexible, whole.flexible, strict=True):
        assert some.fixed_places >= more.fixed_places


def test_only_the_regions_named_may_share() -> None:
    made = plan(FlexiblePlaces(BOTH, regions=("r1",)))
    assert {row.region for row in made.flexible} == {"r1"}
    everywhere = plan(FlexiblePlaces(BOTH))
    assert made.flexible == tuple(row for row in everywhere.flexible if row.region == "r1")


def test_the_same_answer_on_one_thread_and_on_two() -> None:
    assert plan(FlexiblePlaces(BOTH)).flexible == plan(FlexiblePlaces(BOTH), workers=2).flexible


# Who may share by the register.


def shared_row(region: str, groups: tuple[str, ...], places: int = 5) -> PlaceSet:
    return PlaceSet(
        f"{region}-{places}", region, groups, Form.BASE, "state", places, 1, date(2020, 1, 1)
    )


def test_a_row_of_the_register_for_several_groups_makes_a_set_of_its_region() -> None:
    rows = (shared_row("r1", ("lang", "haster")), shared_row("r1", BOTH, places=2))
    made = plan(register=Register((*REGISTER.place_sets, *rows)))
    assert {row.region for row in made.flexible} == {"r1"}
    assert {row.existing for row in made.flexible} == {7}
    assert [row.flexible_places for row in made.flexible] == sorted({*TRIED, 7})
    assert [group.need_group for group in made.flexible[0].groups] == list(BOTH)


def test_what_is_configured_is_not_counted_twice_and_old_or_spot_rows_make_no_set() -> None:
    old = replace(shared_row("r0", BOTH), valid_to=date(YEAR - 1, 12, 31))
    spot = replace(shared_row("r0", BOTH), form=Form.SPOT)
    sets = (FlexiblePlaces(BOTH, regions=("r1",)),)

    def found(*rows: PlaceSet) -> tuple[FlexiblePlaces, ...]:
        known = made_up_evidence(AGENCY, rates=RATES, means=MEANS, draws=2, register=Register(rows))
        choices = Choices(YEAR, Policy(flexible=sets), made_up_prices())
        return may_share(AGENCY, choices.policy, market_of(known, choices))

    assert found(shared_row("r1", BOTH)) == sets
    assert found(old, spot) == sets
    assert found(shared_row("r0", BOTH)) == (*sets, FlexiblePlaces(BOTH, ("r0",)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"need_groups": ("haster",)}, "two or more"),
        ({"need_groups": ("haster", "haster")}, "each once"),
        (
            {"need_groups": BOTH, "valid_from": date(2031, 2, 1), "valid_to": date(2031, 1, 1)},
            "first",
        ),
        ({"need_groups": BOTH, "dearer": -0.1}, "0 or more"),
    ],
)
def test_sets_that_make_no_sense_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as caught:
        FlexiblePlaces(**wrong)  # type: ignore[arg-type]
    assert said in caught.value.fix


# The search against all splits there are.


@pytest.mark.parametrize("flexible", [1, 3])
def test_no_split_of_fixed_places_is_much_smaller_than_the_one_found(flexible: int) -> None:
    known = made_up_evidence(AGENCY, rates=RATES, means=MEANS, draws=60)
    choices = made_up_choices(level=0.93)
    parts = {
        pair[0].code: build_chain(
            known,
            pair,
            region="r0",
            window=choices.window,
            policy=choices.policy,
            streams=Streams(5),
        )
        for pair in chains(AGENCY)
    }
    joined = Together.of(
        {code: chain.children for code, chain in parts.items()}, parts["haster"].grid
    )
    goals = (Goal(0.93), Goal(0.93))
    group = Group(tuple(chain.key for chain in parts.values()), joined, goals, (8, 9))
    alone = group.least_alone()
    found = beside(group, flexible, start=alone)

    def reached(fixed: tuple[int, ...]) -> bool:
        places = Places(Arrangement.NATIONAL_STANDBY, fixed, flexible)
        return bool((joined.run(places).slack(goals) >= -1e-12).all())

    splits = product(*(range(n - flexible, n + 1) for n in alone))
    fewest = min(sum(fixed) for fixed in splits if min(fixed) >= 0 and reached(fixed))
    assert reached(found)
    assert fewest <= sum(found) <= fewest + 1
