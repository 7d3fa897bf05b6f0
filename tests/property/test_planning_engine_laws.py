"""Laws of the engine: the true invariants of places, stays and tiers, and none of the false ones.

Named as in the specification (I1-I26). Those of a whole plan are in test_planning_laws.py. Not
tested, since they are false: more places never hurt pathwise where children take two, one more
treatment place never hurts pathwise under blocking, pooling always helps, the unweighted mean
service of paths rises with certainty.
"""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from forecasting.places import Form, PlaceSet, Register
from forecasting.samples import WHOLE_NATION
from forecasting.stays import StayLaw, StayTable
from models.stay_drift import drift
from planning.blocking_chain import BlockingChain
from planning.children import Children, Ticks
from planning.closures import closed_places
from planning.erlang import SteadyState, blocking, frontier, place_use
from planning.flow import Chain
from planning.loss_chain import LossChain, World
from planning.no_move import Staircase
from planning.ordered import ordered_pass
from planning.pair import NEVER, Pair
from planning.policy import Discipline
from planning.portfolio import Portfolio, Rule, Scenarios, Tier
from planning.region_chain import Regions, SharedChain
from planning.seasons_chain import SeasonChain, Segment
from planning.sized_children import Fairness, SizedChildren
from planning.stay_shapes import Shape, Stay
from planning.uncertain_rate import UncertainRate
from tests.property.test_planning_laws import evidence_of, plan_of

KEY = SeriesKey("r", "g")
LAWS = settings(max_examples=40, deadline=None)
FEW = settings(max_examples=10, deadline=None)
rates, means = st.floats(0.01, 2.0), st.floats(1.0, 60.0)
levels = st.floats(0.0, 0.999)
exponential = st.sampled_from([5.0, 20.0]).map(lambda mean: Stay(Shape.EXPONENTIAL, mean))


@given(rates, means, levels, levels, st.sampled_from(list(Discipline)))
@LAWS
def test_i1_a_higher_level_never_needs_fewer_places(
    rate: float, mean: float, one: float, two: float, discipline: Discipline
) -> None:
    state = SteadyState(rate, mean, discipline)
    assert state.required(min(one, two)) <= state.required(max(one, two))


@given(rates, means, levels, st.floats(1.0, 2.0), st.sampled_from(list(Discipline)))
@LAWS
def test_i2_and_i4_more_load_needs_no_fewer_places_and_units_do_not_matter(
    rate: float, mean: float, level: float, more: float, discipline: Discipline
) -> None:
    places = SteadyState(rate, mean, discipline).required(level)
    assert SteadyState(rate * more, mean, discipline).required(level) >= places
    assert SteadyState(rate, mean * more, discipline).required(level) >= places
    weekly = SteadyState(7 * rate, mean / 7, discipline)
    assert weekly.unmet(places) == pytest.approx(SteadyState(rate, mean, discipline).unmet(places))


def test_i4_the_unit_of_time_changes_no_chain() -> None:
    hour = 24.0
    houses = {"houses": 2, "size": 2}
    daily = World.houses(0.5, closing=0.01, days_closed=20, **houses)
    hourly = World.houses(0.5 / hour, closing=0.01 / hour, days_closed=20 * hour, **houses)
    one, other = (
        LossChain(9, world, Stay(Shape.ERLANG2, mean)).service_level
        for world, mean in ((daily, 10), (hourly, 10 * hour))
    )
    assert other == pytest.approx(one)
    by_day = BlockingChain(6, 3, 0.5, 8, 0.3, 0.05, 15)
    by_hour = BlockingChain(6, 3, 0.5 / hour, 8 * hour, 0.3, 0.05 / hour, 15 * hour)
    assert by_hour.service_level == pytest.approx(by_day.service_level)
    assert by_hour.ceiling == pytest.approx(by_day.ceiling)


def test_i5_no_referrals_or_no_target_need_no_places() -> None:
    stay = Stay(Shape.EXPONENTIAL, 30)
    for level in (0.0, 0.99):
        rate = 0.0 if level else 0.5
        assert SteadyState(rate, 30, Discipline.WAIT).required(level) == 0
        assert UncertainRate(rate, 0.2, 30).required(level) == 0
        assert Regions((rate, rate), 30).required(level) == (0, 0)
        assert SizedChildren((rate,), (30,), (2,)).required(level) == 0
        assert BlockingChain(0, 1, rate, 30, 0.1, 0.0, 30).required(level) == 0
        found = SeasonChain(0, (Segment(365, rate),), stay).service_level
        assert found == pytest.approx(0 if rate else 1)


@given(st.lists(rates, min_size=1, max_size=5), means, levels)
@LAWS
def test_i6_one_pool_needs_no_more_places_where_stays_are_alike(
    each: list[float], mean: float, level: float
) -> None:
    regions = Regions(tuple(each), mean)
    assert regions.required_pooled(level) <= sum(regions.required(level))
    assert regions.price_of_proximity(level) >= 0


@given(st.floats(0.1, 20.0), st.integers(1, 20), st.integers(1, 6))
@LAWS
def test_i6_blocking_falls_with_size_at_the_same_load_per_place(
    load: float, places: int, times: int
) -> None:
    one, more = (blocking(n * load, n * places)[-1] for n in (times, times + 1))
    assert more <= one + 1e-15


@given(rates, means, levels, st.floats(0, 1), st.floats(0, 1))
@LAWS
def test_i7_lost_then_overfill_then_wait_and_mixed_between(
    rate: float, mean: float, level: float, one: float, two: float
) -> None:
    lost, overfill, wait = (
        SteadyState(rate, mean, d).required(level)
        for d in (Discipline.LOST, Discipline.OVERFILL, Discipline.WAIT)
    )
    assert lost <= overfill <= wait
    rare, often = (
        SteadyState(rate, mean, Discipline.MIXED, spot_found=q).required(level)
        for q in sorted((one, two))
    )
    assert lost <= often <= rare <= wait
    for q, same in ((0.0, wait), (1.0, lost)):
        assert SteadyState(rate, mean, Discipline.MIXED, spot_found=q).required(level) == same


@given(rates, st.sampled_from([5.0, 40.0]), levels, st.floats(0.01, 0.8), st.floats(1.0, 1.5))
@LAWS
def test_i8_an_uncertain_rate_never_lowers_places(
    rate: float, mean: float, level: float, cv: float, more: float
) -> None:
    asked = UncertainRate(rate, cv, mean)
    places = asked.required(level)
    assert places >= asked.known.required(level)
    less_sure = UncertainRate(rate, cv * more, mean).refused(places)
    assert (less_sure >= asked.refused(places) - 1e-9).all()


traces = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 25)), min_size=1, max_size=50).map(
    sorted
)


def listed(rows: list[tuple[int, int]], **more: object) -> Children:
    day, nights = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    return Children.listed(day, nights, **more)  # type: ignore[arg-type]


@given(traces)
@LAWS
def test_i9_one_ordered_pass_is_a_run_for_every_number_of_places(
    rows: list[tuple[int, int]],
) -> None:
    children, grid = listed(rows), Ticks(60)
    ordered, chain = ordered_pass(children, grid), Chain(KEY, children, grid)
    missed = [int(ordered.missed(c)[0]) for c in range(len(ordered.use_days) + 1)]
    assert missed == [int(chain.run(c)[0].missed_a_year[0]) for c in range(len(missed))]
    assert missed == sorted(missed, reverse=True)
    assert missed[-1] == 0
    assert ordered.use_days.tolist() == chain.run(len(missed) - 1)[0].use[0].tolist()


@given(traces, st.integers(0, 9))
@LAWS
def test_children_who_all_take_two_places_are_children_who_take_one_of_half_as_many(
    rows: list[tuple[int, int]], places: int
) -> None:
    twice = listed(rows, takes=np.full(len(rows), 2))
    one, two = Chain(KEY, listed(rows), Ticks(60)), Chain(KEY, twice, Ticks(60))
    assert two.run(2 * places)[0].missed.tolist() == one.run(places)[0].missed.tolist()
    assert two.run(2 * places + 1)[0].missed.tolist() == one.run(places)[0].missed.tolist()
    assert two.wanted().tolist() == (2 * one.wanted()).tolist()


# None, or enough that doubles can tell them from none.
onward_shares = st.just(0.0) | st.floats(0.001, 1)


@given(st.integers(1, 6), st.integers(0, 4), st.floats(0.05, 1), onward_shares, st.floats(0, 0.2))
@LAWS
def test_i10_and_i11_more_treatment_never_hurts_and_the_ceiling_holds(
    places: int, fed: int, rate: float, onward: float, planned: float
) -> None:
    asked = BlockingChain(places, fed, rate, 8, onward, planned, 15)
    level = asked.service_level
    assert level <= asked.with_places(places, fed + 1).service_level + 1e-10
    assert level <= 1 - blocking(rate * 8, places)[-1] + 1e-10
    assert level <= asked.ceiling + 1e-10
    assert level <= asked.with_places(places + 1).service_level + 1e-10
    if asked.ceiling < 0.99:
        assert asked.required((asked.ceiling + 1) / 2) is None


@given(st.integers(1, 15), st.floats(0.05, 1), exponential, st.integers(2, 4))
@FEW
def test_i12_children_who_come_together_never_lower_places(
    places: int, rate: float, stay: Stay, size: int
) -> None:
    together = tuple(float(n == size) for n in range(1, size + 1))
    single = LossChain(places, World.steady(rate), stay)
    grouped = LossChain(places, World.steady(rate / size), stay, together)
    assert grouped.service_level <= single.service_level + 1e-12


@given(st.integers(1, 12), st.floats(0.05, 0.6), st.floats(0, 1), exponential)
@FEW
def test_i13_a_season_of_equal_volume_never_lowers_places(
    places: int, rate: float, swing: float, stay: Stay
) -> None:
    halves = (Segment(100, rate * (1 + swing)), Segment(100, rate * (1 - swing)))
    flat = LossChain(places, World.steady(rate), stay).service_level
    assert SeasonChain(places, halves, stay).service_level <= flat + 1e-9


@given(st.integers(1, 12), st.floats(0.05, 1), exponential, st.integers(1, 3), st.integers(1, 4))
@FEW
def test_i14_houses_that_close_never_lower_places(
    places: int, rate: float, stay: Stay, houses: int, size: int
) -> None:
    always = LossChain(places, World.steady(rate), stay)
    world = World.houses(rate, houses=houses, size=size, closing=0.01, days_closed=30)
    closing = LossChain(places, world, stay)
    assert closing.service_level <= always.service_level + 1e-12
    shut = houses * size * 0.3 / 1.3  # closed 30 days in 130
    assert closing.open_places == pytest.approx(places - shut)


@given(st.integers(0, 12), st.floats(0.05, 1), st.sampled_from([Shape.EXPONENTIAL, Shape.ERLANG2]))
@FEW
def test_i15_what_is_present_is_what_came_in_times_how_long_it_stays(
    places: int, rate: float, shape: Shape
) -> None:
    found = LossChain(places, World.steady(rate), Stay(shape, 12))
    there = found.chain.mean(lambda state: sum(state[1]))
    assert there == pytest.approx(rate * found.service_level * 12, abs=1e-9)
    own = Regions((rate, 0.2), 12)
    shared = SharedChain(own, (places, 2), standby=2)
    placed = float(np.dot(own.rates, 1 - shared.refused)) * 12
    assert shared.chain.mean(sum) == pytest.approx(placed, abs=1e-9)
    assert shared.standby_occupied == pytest.approx(
        shared.standby_share * sum(own.rates) * 12, abs=1e-9
    )


onward_rows = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 9), st.sampled_from([0, 6])), max_size=30
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@given(onward_rows, traces, st.integers(0, 5), st.integers(0, 4))
@LAWS
def test_i15_each_child_is_offered_or_missed_and_no_place_holds_two(
    rows: list[tuple[int, int, int]], fed: list[tuple[int, int]], places: int, fed_places: int
) -> None:
    day, nights, after = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    pair = Pair(Children.listed(day, nights, next_nights=after), listed(fed), Ticks(60))
    told, (missed, fed_missed) = pair.trace(places, fed_places), pair.missed(places, fed_places)
    assert int((told.came != NEVER).sum() + missed[0]) == len(rows)
    assert int((told.fed_came != NEVER).sum() + fed_missed[0]) == len(fed)
    assert told.present.max(initial=0) <= places
    assert told.fed_present.max(initial=0) <= fed_places
    assert (told.waiting <= told.present).all()
    went = told.went_on != NEVER
    assert (told.went_on[went] >= (told.came + nights)[went]).all()


@given(st.floats(0.0, 40.0), st.integers(1, 40), st.integers(0, 20))
@LAWS
def test_i15_i16_and_i17_use_falls_adds_up_and_each_place_avoids_less(
    load: float, places: int, first: int
) -> None:
    use = place_use(load, places)
    assert (np.diff(use) <= 1e-12).all()
    assert use.sum() == pytest.approx(load * (1 - blocking(load, places)[-1]))
    steps = frontier(SteadyState(load / 30, 30, Discipline.LOST), first, first + 10, place_cost=1e6)
    avoids = [step.next_avoids for step in steps]
    assert all(a >= b - 1e-9 for a, b in pairwise(avoids))


@given(st.floats(0.1, 8.0), st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.0, 0.5, 0.9]))
@LAWS
def test_i15_and_i19_use_of_tiers_adds_up_and_prices_scale_the_cost(
    load: float, base: int, standby: int, target: float
) -> None:
    tiers = (Tier("base", 10, 3, 0, 15), Tier("standby", 4, 12, 0, 6))
    asked = Staircase(tiers, load, 25, 60, 0.5, target)
    split = (base, standby)
    carried = float(np.dot(asked.use(split), split))
    assert carried == pytest.approx(load * (1 - blocking(load, sum(split))[-1]))
    dearer = Staircase(
        tuple(replace(t, fixed=7 * t.fixed, used=7 * t.used) for t in tiers),
        load, 7 * 25, 7 * 60, 0.5, target,
    )  # fmt: skip
    assert dearer.best() == asked.best()
    assert dearer.cost(asked.best()) == pytest.approx(7 * asked.cost(asked.best()))


def portfolio(
    weights: list[int], *, rule: Rule | None, scale: float = 1.0, more: int = 0, spot: float = 1.0
) -> Portfolio:
    chance = np.array(weights) / sum(weights)
    days = Scenarios(
        chance,
        np.arange(len(weights), dtype=float),
        np.tile([1.0, 1.0, 0.5], (len(weights), 1)),
        np.full(len(weights), spot),
    )
    tiers = (
        Tier("base", 11_000 * scale, 3_500 * scale, 0, 5 + more),
        Tier("standby", 5_000 * scale, 13_000 * scale, 0, 7),
        Tier("call_off", 300 * scale, 15_500 * scale, 0, 2 + more),
    )
    target = None if rule is None else 0.95
    return Portfolio(tiers, days, 27_000 * scale, 60_000 * scale, rule, target)


demand = st.lists(st.integers(0, 5), min_size=2, max_size=9).filter(any)


@given(demand, st.sampled_from([None, *Rule]))
@LAWS
def test_i18_to_i22_portfolios(weights: list[int], rule: Rule | None) -> None:
    asked = portfolio(weights, rule=rule)
    best = asked.best()
    assert asked.bound <= best.cost + 1e-6
    again = asked.spread(best.places)
    assert again.cost == pytest.approx(best.cost)
    if rule is Rule.CHILDREN:
        assert again.unplaced_share <= 0.05 + 1e-9
    if rule is Rule.DAYS:
        assert again.days_with_unplaced <= 0.05 + 1e-9
    dearer = portfolio(weights, rule=rule, scale=3).best()
    assert dearer.cost == pytest.approx(3 * best.cost)
    assert asked.spread(dearer.places).cost == pytest.approx(best.cost)
    assert portfolio(weights, rule=rule, more=3).best().cost <= best.cost + 1e-6
    assert portfolio(weights, rule=rule, spot=2.0).best().cost <= best.cost + 1e-6
    if rule is None:
        assert asked.mean_value().cost >= best.cost - 1e-6
        most = Tier("dear", 20_000, 20_000, 0, 9)  # above the others and spot at any use
        with_dear = replace(
            asked,
            tiers=(*asked.tiers, most),
            scenarios=replace(
                asked.scenarios,
                availability=np.column_stack([asked.scenarios.availability, np.ones(len(weights))]),
                most_spot=np.full(len(weights), 99.0),
            ),
        )
        assert with_dear.best().places[-1] == 0


def test_i23_moving_children_every_day_never_costs_more_than_letting_them_stay() -> None:
    load, tiers = 6.0, (Tier("base", 11_000, 3_500, 0, 9), Tier("standby", 5_000, 13_000, 0, 6))
    stays = Staircase(tiers, load, 27_000, 60_000, 1.0, 0.0)
    there = np.arange(40)
    law = np.exp(there * np.log(load) - load - np.cumsum(np.log(np.maximum(there, 1))))
    moves = Portfolio(
        tiers,
        Scenarios(law / law.sum(), there.astype(float), np.ones((40, 2)), np.full(40, 99.0)),
        27_000,
        60_000,
    )
    assert moves.best().cost <= stays.cost(stays.best()) + 1e-6


def test_i24_pooling_can_hurt_where_stays_differ() -> None:
    many, long = SteadyState(5, 2, Discipline.LOST), SteadyState(0.05, 400, Discipline.LOST)
    apart = (5 * many.unmet(17) + 0.05 * long.unmet(17)) / 5.05
    pooled = SteadyState(5.05, (10 + 20) / 5.05, Discipline.LOST).unmet(34)
    assert apart < 0.02
    assert pooled > 3 * apart


@given(st.lists(rates, min_size=2, max_size=4), st.permutations(range(4)), levels)
@LAWS
def test_i26_the_order_of_regions_does_not_matter(
    each: list[float], order: list[int], level: float
) -> None:
    turned = [each[i] for i in order if i < len(each)]
    one, other = (
        Regions(tuple(each), 20).required(level),
        Regions(tuple(turned), 20).required(level),
    )
    assert sorted(one) == sorted(other)


def test_the_worst_class_is_never_better_served_than_all_together() -> None:
    asked = SizedChildren((0.3, 0.1), (20, 30), (1, 2))
    worst = asked.service_levels(30, Fairness.WORST_CLASS)
    assert (worst <= asked.service_levels(30) + 1e-15).all()


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.sampled_from([0.5, 6.0]),
    st.sampled_from([5.0, 60.0]),
)
@FEW
def test_houses_are_closed_the_share_of_time_that_rate_and_length_say(
    houses: list[int], closings: float, shut: float
) -> None:
    closed = closed_places(
        houses,
        closings_a_year=closings,
        closed_days=shut,
        paths=600,
        days=400,
        rng=np.random.default_rng(5),
    )
    assert closed.shape == (600, 400)
    assert closed.min() >= 0
    assert closed.max() <= sum(houses)
    own = shut * closings / 365
    share = closed.mean(axis=1) / sum(houses)
    error = share.std(ddof=1) / 600**0.5
    assert abs(share.mean() - own / (1 + own)) <= 4 * error
    # As it is in the long run from the first day on.
    first = closed[:, 0] / sum(houses)
    assert abs(first.mean() - own / (1 + own)) <= 4 * first.std(ddof=1) / 600**0.5 + 1e-9


def test_closed_places_never_help_in_the_mean() -> None:
    rng = np.random.default_rng(5)
    daily = rng.poisson(0.4, (400, 200))
    path, day = np.nonzero(daily)
    times = daily[path, day]
    start = np.concatenate([[0], np.cumsum(daily.sum(axis=1))])
    nights = rng.geometric(1 / 15, int(times.sum()))
    children = Children.listed(np.repeat(day, times), nights, start=start)
    always = Chain(KEY, children, Ticks(200))
    closed = closed_places([2, 2], closings_a_year=6, closed_days=30, paths=400, days=200, rng=rng)
    for places in (5, 8, 11):
        shut = replace(always, closed=closed).run(places)[0]
        more = shut.missed_a_year - always.run(places)[0].missed_a_year
        assert more.mean() > 0
        none = replace(always, closed=np.zeros_like(closed)).run(places)[0]
        assert (none.missed == always.run(places)[0].missed).all()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5), st.sampled_from(list(Form)))))
@LAWS
def test_houses_hold_the_places_that_are_always_there(rows: list[tuple[int, int, Form]]) -> None:
    register = Register(
        tuple(
            PlaceSet(
                place_set_id=str(i),
                region="r",
                need_groups=("g",),
                form=form,
                owner="state",
                places=places,
                houses=houses,
                valid_from=date(2020, 1, 1),
            )
            for i, (places, houses, form) in enumerate(rows)
        )
    )
    houses = register.houses(KEY, day=date(2025, 1, 1))
    always = (Form.BASE, Form.STANDBY, Form.GUARANTEED)
    assert sum(houses) == sum(places for places, _houses, form in rows if form in always)
    assert len(houses) == sum(count for _places, count, form in rows if form in always)
    assert register.houses(KEY, day=date(2019, 1, 1)) == ()


def test_need_that_is_never_sent_is_added_as_a_share_of_all_need() -> None:
    nation = SeriesKey(WHOLE_NATION, WHOLE_NATION)
    evidence = evidence_of(coupled=False)
    sent, all_need = (
        plan_of(evidence, coupled=False, latent_share=share).risk(nation).to_meet
        for share in (0.0, 0.25)
    )
    # 168 children a path over 60 paths: a hundredth is one standard error.
    assert all_need / sent == pytest.approx(1 / 0.75, rel=0.04)


def stays_with(slope: float, *, stays: int, seed: int) -> StayTable:
    """Geometric stays of 20 nights on the data date, whose hazard grew by `slope` a year."""
    rng, days = np.random.default_rng(seed), 5 * 365
    began = rng.integers(0, days, stays)
    hazard = 1 / 20 * np.exp(slope * (began - days) / 365)
    nights = rng.geometric(hazard)
    seen = np.minimum(nights, days - began)
    as_of = date(2030, 12, 31)
    return StayTable(
        as_of=as_of,
        series=(KEY,),
        code=np.zeros(stays, np.int64),
        started=np.datetime64(as_of) - (days - began),
        entry=np.zeros(stays, np.int64),
        nights=seen,
        ended=nights <= days - began,
    )


@pytest.mark.parametrize("slope", [0.12, -0.12])
def test_stays_that_drift_are_found_to(slope: float) -> None:
    found = drift(stays_with(slope, stays=6000, seed=3))
    assert found.error < 0.02
    # Stays began some weeks before they end: their hazard is a little older than the year.
    assert abs(found.slope - slope) <= 4 * found.error


def test_chance_is_no_drift() -> None:
    slopes = [drift(stays_with(0.0, stays=1500, seed=seed)) for seed in range(12)]
    # Shrunk: half of what chance shows or more is taken for none at all.
    assert sum(found.slope == 0 for found in slopes) >= 4
    assert abs(np.mean([found.slope for found in slopes])) < 0.02
    few = drift(stays_with(0.5, stays=40, seed=1))
    assert (few.slope, few.error) == (0.0, 0.0)


@given(st.integers(25, 2000), st.floats(-0.2, 0.2), st.floats(0, 0.1), st.floats(0, 2))
@FEW
def test_a_law_is_as_uncertain_as_the_stays_behind_it_are_few(
    stays: int, slope: float, error: float, ahead: float
) -> None:
    curve = np.append(0.9 ** np.arange(50), 0.0)
    law = StayLaw("g", curve, stays=stays, drift=slope, drift_error=error, centre_years=0.5)
    drawn = np.log(law.hazard_draws(20_000, years_ahead=ahead, rng=np.random.default_rng(2)))
    years = ahead + 0.5
    spread = (1 / stays + (years * error) ** 2) ** 0.5
    # The log of a Gamma factor of mean 1: mean -1 / 2n or so, standard deviation 1 / sqrt(n).
    assert drawn.mean() == pytest.approx(years * slope - 1 / (2 * stays), abs=5 * spread / 141)
    assert drawn.std() == pytest.approx(spread, rel=0.06)
    given_law = replace(law, stays=0)
    assert (given_law.hazard_draws(9, years_ahead=ahead, rng=np.random.default_rng(2)) == 1).all()
