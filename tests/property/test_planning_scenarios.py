"""Laws of scenarios: no change changes nothing, each change does what it says and no more."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.agency import Agency
from forecasting.errors import ComputationError, InputError
from forecasting.panel import SeriesKey
from forecasting.places import Form, PlaceSet, Register
from forecasting.streams import Streams
from planning.build import make_plan
from planning.compare import Bought, Comparison, Result, compare, recommended
from planning.evidence import build_chain, chains
from planning.needed import Asked, find_places
from planning.policy import Discipline
from planning.regret import ONE_LESS, one_less, robust
from planning.scenario import (
    Availability,
    Closed,
    Demand,
    Given,
    Latent,
    Places,
    PriceOf,
    Scenario,
    ServiceLevel,
    SpotFound,
    Stays,
    Within,
    scaled,
)
from planning.sizing import goal_of, size_chain
from planning.walks import Walks
from tests.flows import (
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
    made_up_prices,
)

RATES = {"haster": 9.0, "lang": 1.5}
MEANS = {"haster": 20.0, "lang": 60.0}
BASE = "base"


def register_of(agency: Agency) -> Register:
    """Two houses of unlike size, and places on call, in every series."""
    rows = []
    for region in agency.regions:
        for group in agency.need_groups:
            key = f"{region.code}-{group.code}"
            where = (region.code, (group.code,))
            begins = date(2020, 1, 1)
            rows += [
                PlaceSet(f"{key}-b", *where, Form.BASE, "state", 7, 2, begins),
                PlaceSet(f"{key}-c", *where, Form.CALL_OFF, "commercial", 4, 1, begins),
            ]
    return Register(tuple(rows))


def given_of(
    *, coupled: bool = True, regions: int = 1, register: bool = True, **more: object
) -> Given:
    agency = made_up_agency(regions=regions, coupled=coupled)
    policy = more.pop("policy", {})
    assert isinstance(policy, Mapping)
    values: dict[str, object] = {"rates": RATES, "means": MEANS, "draws": 120, **more}
    evidence = made_up_evidence(
        agency,
        register=register_of(agency) if register else None,
        **values,  # type: ignore[arg-type]
    )
    choices = made_up_choices(**policy)
    found = Given(evidence, choices.policy, choices.prices, agency, YEAR, Streams(3))
    return replace(found, base=recommended(found))


def under(given: Given, *changes: object) -> dict[SeriesKey, int]:
    """Places that these changes need."""
    return recommended(Scenario("s", {}, "why", changes).applied(given))  # type: ignore[arg-type]


def total(places: Mapping[SeriesKey, int]) -> int:
    return sum(places.values())


# --- what a scenario is compared with -------------------------------------------------------


@given(st.sampled_from(list(Discipline)), st.booleans(), st.floats(0.0, 0.98))
@settings(max_examples=10, deadline=None)
def test_the_search_finds_what_a_plan_recommends(
    discipline: Discipline, coupled: bool, level: float
) -> None:
    asked = given_of(coupled=coupled, policy={"discipline": discipline, "level": level}, draws=40)
    for pair in chains(asked.agency):
        chain = build_chain(
            asked.evidence,
            pair,
            region="r0",
            window=asked.window,
            policy=asked.policy,
            streams=asked.streams,
        )
        keys = (chain.key, chain.fed_key or chain.key)
        goals = tuple(goal_of(k, agency=asked.agency, policy=asked.policy) for k in keys)
        sized = size_chain(Walks(chain), asked=[Asked(goal) for goal in goals])
        found = find_places(Walks(chain), [Asked(goal) for goal in goals], near=(1, 1))
        assert found.needed == tuple(part.needed for part in sized)


def test_the_base_plan_is_the_plan() -> None:
    asked = given_of(regions=2)
    plan = make_plan(
        asked.evidence,
        made_up_choices(),
        agency=asked.agency,
        basis=made_up_basis(),
        streams=asked.streams,
    )
    assert asked.base == {curve.key: curve.chosen for curve in plan.curves}
    # Read off the curve at its own level, the plan is the plan too.
    assert all(curve.there(curve.needed or 0) == curve.chosen for curve in plan.curves)
    found = compare({BASE: asked}).results[BASE][BASE]
    assert plan.total_cost is not None
    costs = [result.cost_nok for result in found.values() if result.cost_nok is not None]
    assert np.sum(costs, axis=0).mean() == pytest.approx(plan.total_cost.mean)
    for key, result in found.items():
        assert result.places == plan.curve(key).chosen
        assert result.not_offered == pytest.approx(plan.risk(key).not_offered_mean)
        assert result.to_meet == pytest.approx(plan.risk(key).to_meet)


@pytest.mark.parametrize(
    "changes", [(), (Demand(1.0),), (Stays(1.0),), (SpotFound(1.0),), (PriceOf(1.0),)]
)
def test_a_scenario_that_changes_nothing_is_the_base_plan(changes: tuple[object, ...]) -> None:
    asked = given_of()
    same = Scenario("same", {}, "why", changes).applied(asked)  # type: ignore[arg-type]
    found = compare({BASE: asked, "same": same}, workers=2).results
    for key, base in found[BASE][BASE].items():
        result = found["same"]["same"][key]
        assert (result.places, result.not_offered) == (base.places, base.not_offered)
        assert result.cost_nok is not None
        assert base.cost_nok is not None
        assert (result.cost_nok == base.cost_nok).all()


def test_the_base_plans_places_under_a_scenario_are_those_of_a_walk_of_their_own() -> None:
    asked = given_of()
    more = Scenario("more", {}, "why", (Demand(1.3),)).applied(asked)
    found = compare({BASE: asked, "more": more}).results["more"][BASE]
    for pair in chains(more.agency):
        chain = build_chain(
            more.evidence,
            pair,
            region="r0",
            window=more.window,
            policy=more.policy,
            streams=more.streams,
        )
        keys = [key for key in (chain.key, chain.fed_key) if key is not None]
        outcomes = chain.run(*[asked.base[key] for key in keys])
        for key, outcome in zip(keys, outcomes, strict=True):
            assert found[key].not_offered == pytest.approx(float(outcome.missed_a_year.mean()))


# --- each change ----------------------------------------------------------------------------


@given(
    st.integers(0, 1000),
    st.floats(0.0, 3.0),
    st.floats(0.0, 3.0),
    st.sampled_from([0.0, 0.4, 5.0, 60.0]),
)
@settings(max_examples=40, deadline=None)
def test_scaled_counts_grow_with_the_factor_on_every_draw(
    seed: int, one: float, two: float, rate: float
) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rate * rng.gamma(20, 1 / 20, (50, 1)), (50, 6))
    chance = rng.random(counts.shape)
    low, high = sorted((one, two))
    assert (scaled(counts, low, chance) <= scaled(counts, high, chance)).all()
    assert (scaled(counts, 1.0, chance) == counts).all()
    assert (scaled(counts, 0.0, chance) == 0).all()


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 1.5, 2.0])
def test_scaled_counts_have_the_scaled_mean_and_stay_as_uncertain_as_before(factor: float) -> None:
    """Poisson round an uncertain level stays so: mean f m, variance of sums f m + f^2 v."""
    rng = np.random.default_rng(1)
    paths, months, mean, cv = 20_000, 12, 5.0, 0.2
    level = rng.gamma(1 / cv**2, cv**2, (paths, 1))
    counts = rng.poisson(mean * level, (paths, months))
    found = scaled(counts, factor, rng.random(counts.shape))
    sums = found.sum(axis=1)
    year = months * mean * factor
    variance = year + (year * cv) ** 2
    assert sums.mean() == pytest.approx(year, abs=4 * np.sqrt(variance / paths))
    # The level of a draw is known from its sum only, so a few per cent of it are missed.
    assert sums.var() == pytest.approx(variance, rel=0.08)
    assert found.var(axis=0).mean() == pytest.approx(
        mean * factor + (mean * factor * cv) ** 2, rel=0.08
    )


@pytest.mark.parametrize("coupled", [True, False])
def test_more_demand_never_needs_fewer_places(coupled: bool) -> None:
    asked = given_of(coupled=coupled, regions=2, draws=200)
    found = [under(asked, Demand(factor)) for factor in (0.8, 1.0, 1.1, 1.5)]
    for fewer, more in pairwise(found):
        assert all(fewer[key] <= more[key] for key in fewer)
    assert total(found[0]) < total(found[1]) < total(found[3])


def test_demand_of_one_region_and_group_leaves_the_others_alone() -> None:
    asked = given_of(coupled=False, regions=2)
    more = under(asked, Demand(2.0, need_group="haster", region="r1"))
    changed = {key for key in more if more[key] != asked.base[key]}
    assert changed == {SeriesKey("r1", "haster")}


def test_a_legal_basis_scales_only_its_share() -> None:
    asked = given_of(coupled=False, draws=400)
    keys = (SeriesKey("r0", "haster"), SeriesKey("r0", "lang"))
    shares = {"4-4": {keys[0]: 0.5, keys[1]: 0.0}}
    changed = Demand(2.0, legal_basis="4-4").applied(replace(asked, basis_shares=shares))
    before, after = asked.evidence.samples, changed.evidence.samples
    ratio = after.of(keys[0]).mean() / before.of(keys[0]).mean()
    assert ratio == pytest.approx(1.5, rel=0.03)
    assert (after.of(keys[1]) == before.of(keys[1])).all()
    with pytest.raises(InputError, match=r"scenario s: .*'4-2'.*4-4"):
        Scenario("s", {}, "why", (Demand(2.0, legal_basis="4-2"),)).applied(
            replace(asked, basis_shares=shares)
        )


@given(st.floats(0.3, 1.5))
@settings(max_examples=20, deadline=None)
def test_stays_have_the_mean_that_was_asked_for(factor: float) -> None:
    asked = given_of(coupled=False, draws=20)
    laws = Stays(factor, need_group="haster").applied(asked).evidence.laws
    assert laws["haster"].survival.sum() == pytest.approx(factor * MEANS["haster"], rel=0.01)
    assert laws["lang"] is asked.evidence.laws["lang"]
    assert laws["haster"].survival[0] == 1
    assert laws["haster"].survival[-1] == 0


def test_stays_that_no_law_can_have_are_refused() -> None:
    asked = given_of(coupled=False, draws=20)
    with pytest.raises(InputError, match="haster: no law of 502 nights has a mean of"):
        Stays(30.0).applied(asked)


def test_shorter_stays_need_fewer_places() -> None:
    asked = given_of(regions=2)
    assert total(under(asked, Stays(0.7))) < total(asked.base) < total(under(asked, Stays(1.3)))


def test_call_off_that_is_gone_takes_its_places_from_the_base_plan() -> None:
    asked = given_of()
    gone = Availability(0.0).applied(asked)
    found = compare({BASE: asked, "gone": gone})
    called = {key: bought.call_off for key, bought in found.chosen[BASE].items()}
    assert any(called.values())
    for key, bought in found.chosen[BASE].items():
        held = found.results["gone"][BASE][key]
        assert held.places == bought.firm
        # What is needed does not depend on who sells it.
        assert found.results["gone"]["gone"][key].places == asked.base[key]
        assert held.not_offered >= found.results[BASE][BASE][key].not_offered
    register = gone.evidence.register
    assert register is not None
    assert all(row.form is not Form.CALL_OFF for row in register.place_sets)
    assert gone.prices is not None
    assert Form.CALL_OFF not in gone.prices.by_form


def test_half_the_availability_is_worth_half_the_places() -> None:
    asked = given_of()
    row = replace(register_of(asked.agency).place_sets[1], availability=0.6)
    evidence = replace(asked.evidence, register=Register((row,)))
    half = Availability(0.5).applied(replace(asked, evidence=evidence))
    assert half.prices is not None
    assert half.prices.by_form[Form.CALL_OFF].availability == pytest.approx(0.4)
    assert half.evidence.register is not None
    assert half.evidence.register.place_sets[0].availability == pytest.approx(0.3)
    assert Bought(firm=3, call_off=5).places(0.4) == 5


def test_a_closed_house_is_the_largest_and_takes_its_places() -> None:
    asked = given_of(coupled=False)
    change = Closed("haster", "r0", days=365)
    shut = change.applied(asked).evidence.shut
    assert [(each.places, each.first, each.last) for each in shut] == [
        (4, date(YEAR, 1, 1), date(YEAR, 12, 31))
    ]
    key = SeriesKey("r0", "haster")
    assert under(asked, change)[key] == asked.base[key] + 4
    short = under(asked, replace(change, days=30))[key]
    assert asked.base[key] <= short < asked.base[key] + 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Closed("haster", "r0", days=9, houses=3), "3 houses are to close, .* has 2"),
        (Closed("haster", "r0", days=9, starts="02-31"), "'02-31' is no day"),
    ],
)
def test_houses_that_cannot_close_are_named(change: Closed, told: str) -> None:
    with pytest.raises(InputError, match=told):
        change.applied(given_of(draws=20))
    with pytest.raises(InputError, match="has 0"):
        Closed("haster", "r0", days=9).applied(given_of(draws=20, register=False))


def test_given_places_are_given_and_what_feeds_them_never_needs_more() -> None:
    # Half of the children go on, so that treatment places are scarce.
    asked = given_of(onward_share=0.5, rates={"haster": 15.0, "lang": 1.0}, policy={"level": 0.8})
    haster, lang = SeriesKey("r0", "haster"), SeriesKey("r0", "lang")
    found = under(asked, Places("lang", 6))
    assert found[lang] == asked.base[lang] + 6
    assert found[haster] <= asked.base[haster]
    other = under(asked, Places("haster", 5))
    assert other[haster] == asked.base[haster] + 5


def test_given_places_that_let_too_few_through_are_refused_not_searched_for_ever() -> None:
    asked = given_of(onward_share=0.8, rates={"haster": 30.0, "lang": 1.0})
    none = replace(asked, given={SeriesKey("r0", "lang"): 1})
    with pytest.raises(ComputationError, match="r0/haster: with 1 places, r0/lang lets so few"):
        recommended(none)


def test_prices_times_two_cost_twice_for_the_same_places() -> None:
    asked = given_of()
    dear = PriceOf(2.0).applied(asked)
    found = compare({BASE: asked, "dear": dear})
    for key, base in found.results[BASE][BASE].items():
        twice = found.results["dear"]["dear"][key]
        assert twice.places == base.places
        assert twice.cost_nok is not None
        assert base.cost_nok is not None
        assert twice.cost_nok == pytest.approx(2 * base.cost_nok)
    one = PriceOf(2.0, Form.SPOT).applied(asked).prices
    assert one is not None
    before = made_up_prices().by_form
    assert one.by_form[Form.SPOT].used == 2 * before[Form.SPOT].used
    assert one.by_form[Form.BASE] == before[Form.BASE]


def test_prices_that_are_not_there_cannot_change() -> None:
    asked = given_of(draws=20)
    with pytest.raises(InputError, match="there are none"):
        PriceOf(2.0).applied(replace(asked, prices=None))
    gone = Availability(0.0).applied(asked)
    with pytest.raises(InputError, match="price of call_off"):
        PriceOf(2.0, Form.CALL_OFF).applied(gone)
    unpriced = replace(asked, prices=None, evidence=replace(asked.evidence, register=None))
    assert Availability(0.5).applied(unpriced) == unpriced


def test_policy_and_limits_change_as_named() -> None:
    asked = given_of(draws=20)
    assert SpotFound(0.5).applied(asked).policy.spot_found == 0.25
    assert SpotFound(9.0).applied(asked).policy.spot_found == 1.0
    assert Latent(0.1).applied(asked).policy.latent_share == 0.1
    groups = Within("lang", 7).applied(asked).agency.need_groups
    assert [group.within_days for group in groups] == [0, 7]


def test_single_purchases_that_fail_and_latent_need_take_more_places() -> None:
    asked = given_of(regions=2, rates={"haster": 20.0, "lang": 2.0}, policy={"level": 0.9})
    assert total(under(asked, SpotFound(0.0))) >= total(asked.base)
    assert total(under(asked, Latent(0.3))) > total(asked.base)


# --- regret ---------------------------------------------------------------------------------


KEY = SeriesKey("r", "g")


def comparison(costs: dict[str, dict[str, tuple[float, float]]]) -> Comparison:
    """Results by scenario and choice, each (cost, children not offered); places do not matter."""
    results = {
        scenario: {
            choice: {KEY: Result(7, 100.0, missed, np.array([cost]))}
            for choice, (cost, missed) in by_choice.items()
        }
        for scenario, by_choice in costs.items()
    }
    return Comparison({name: {KEY: Bought(7)} for name in costs}, results, few=results)


def test_regret_by_hand() -> None:
    """Price (100 - 80) / (6 - 4) = 10 a child; losses 140 and 150, then 300 and 190."""
    found = robust(
        comparison(
            {
                "base": {"base": (100, 4), "peak": (130, 2), ONE_LESS: (80, 6)},
                "peak": {"base": (100, 20), "peak": (140, 5), ONE_LESS: (80, 30)},
            }
        ),
        ["g"],
        base="base",
    )
    assert found is not None
    assert found.price_nok == 10
    told = {(r.choice, r.scenario): r for r in found.regrets}
    assert told["base", "base"].regret_nok == told["peak", "peak"].regret_nok == 0
    assert told["peak", "base"].regret_nok == 10
    assert told["base", "peak"].regret_nok == 110
    assert told["base", "peak"].extra_cost_nok == -40
    assert told["base", "peak"].extra_not_offered == 15
    assert found.choice == "peak"
    assert found.worst["peak"].regret_nok == 10
    assert found.worst["base"].scenario == "peak"


def test_without_prices_or_a_child_that_is_helped_nothing_is_robust() -> None:
    flat = {"base": {"base": (100.0, 4.0), ONE_LESS: (80.0, 4.0)}}
    assert robust(comparison(flat), ["g"], base="base") is None
    asked = replace(given_of(draws=20), prices=None)
    less = one_less({key: Bought(n) for key, n in asked.base.items()})
    found = compare({BASE: asked}, held={ONE_LESS: less})
    assert all(result.cost_nok is None for result in found.results[BASE][BASE].values())
    assert robust(found, ["haster", "lang"], base=BASE) is None


def test_the_robust_choice_has_the_smallest_largest_regret_of_all() -> None:
    asked = given_of()
    worlds = {BASE: asked, "more": Demand(1.4).applied(asked), "fewer": Demand(0.7).applied(asked)}
    less = one_less({key: Bought(n) for key, n in asked.base.items()})
    found = robust(compare(worlds, held={ONE_LESS: less}), ["haster", "lang"], base=BASE)
    assert found is not None
    worst = {
        choice: max(r.regret_nok for r in found.regrets if r.choice == choice) for choice in worlds
    }
    assert worst[found.choice] == min(worst.values())
    for scenario in worlds:
        assert min(r.regret_nok for r in found.regrets if r.scenario == scenario) == 0
    for each in found.regrets:
        parts = each.extra_cost_nok + found.price_nok * each.extra_not_offered
        assert each.regret_nok == pytest.approx(parts, abs=1e-3)


def test_one_place_less_takes_a_firm_one_where_there_is_any() -> None:
    bought = {KEY: Bought(3, 2), SeriesKey("r", "h"): Bought(0, 2), SeriesKey("r", "i"): Bought(0)}
    assert list(one_less(bought).values()) == [Bought(2, 2), Bought(0, 1), Bought(0, 0)]


def test_another_level_is_the_plan_at_that_level_for_every_group() -> None:
    given = given_of(draws=80)
    groups = given.agency.need_groups
    own = replace(
        given,
        agency=replace(
            given.agency,
            need_groups=tuple(
                replace(group, level=0.6) if at == 0 else group for at, group in enumerate(groups)
            ),
        ),
    )
    asked = [under(own, ServiceLevel(level)) for level in (0.8, 0.9, 0.98)]
    for level, found in zip((0.8, 0.9, 0.98), asked, strict=True):
        # A need group's own level gives way: else "90 of 100" would not be said of all.
        assert found == recommended(replace(given, policy=replace(given.policy, level=level)))
    for fewer, more in pairwise(asked):
        assert all(fewer[key] <= more[key] for key in fewer)
    assert sum(asked[0].values()) < sum(asked[-1].values())
