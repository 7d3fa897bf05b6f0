"""Policies held against real children: answers told by hand, and the laws that always hold."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.came import Came
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from forecasting.streams import Streams
from planning.build import Choices, size_all
from planning.children import DayGrid
from planning.evidence import chains
from planning.money import Market
from planning.policies import (
    POLICIES,
    Purchase,
    Situation,
    all_base,
    hindsight,
    last_year_mean_plus_20pct,
    last_year_peak,
    same_cost,
)
from planning.policy import Policy
from planning.real_children import TIMES, real_chain, real_children
from planning.replay import Served, serve, summarise
from planning.sizing import Sized
from planning.walks import Walks
from planning.window import Window
from tests.flows import (
    AS_OF,
    NO_DAYS,
    YEAR,
    geometric_law,
    made_up_agency,
    made_up_evidence,
    made_up_prices,
    made_up_register,
)

FAST, SLOW = SeriesKey("r0", "haster"), SeriesKey("r0", "lang")
WINDOW = Window(date(YEAR, 1, 1), date(YEAR, 6, 30))
DAYS = 181
LAWS = {"haster": geometric_law("haster", 20), "lang": geometric_law("lang", 90)}
# Day, nights and nights in the fed group (0: does not go on) of one child.
Child = tuple[int, int, int]


def came(children: Sequence[Child], *, residents: int = 0, known: bool = True) -> Came:
    days, nights, nexts = np.array(children, dtype=np.int64).reshape(-1, 3).T
    count = len(days)
    return Came(
        residents=residents,
        day=days,
        deadline=np.where(days < 0, -1, days),
        nights=nights,
        known=np.full(count, known),
        onward=nexts > 0,
        next_nights=nexts,
        next_known=nexts > 0,
        takes=np.ones(count, np.int64),
    )


@cache
def planned(coupled: bool) -> tuple[Sized, ...]:
    """A plan on made-up evidence; which plan it is does not matter to the laws."""
    agency, policy = made_up_agency(regions=1, coupled=coupled), Policy(level=0.9)
    rates, means = {"haster": 3.0, "lang": 1.0}, {"haster": 20.0, "lang": 60.0}
    return size_all(
        made_up_evidence(agency, rates=rates, means=means, draws=30),
        Choices(YEAR, policy, None),
        agency=agency,
        market=Market(WINDOW, None, None, policy.limits),
        streams=Streams(1),
        workers=1,
        progress=lambda _done, _total: None,
    )


def situation(
    children: Mapping[SeriesKey, Came],
    *,
    level: float = 0.9,
    coupled: bool = False,
    occupancy: Mapping[SeriesKey, Sequence[int]] | None = None,
    prices: bool = True,
    register: bool = False,
) -> Situation:
    """One origin: a plan on made-up evidence, and these children afterwards."""
    agency = made_up_agency(regions=1, coupled=coupled)
    keys = [SeriesKey(r.code, g.code) for r in agency.regions for g in agency.need_groups]
    policy = Policy(level=level)
    market = Market(
        WINDOW,
        made_up_prices() if prices else None,
        made_up_register(agency) if register else None,
        policy.limits,
    )
    nobody = came([])
    return Situation(
        agency=agency,
        policy=policy,
        market=market,
        plan=planned(coupled),
        occupancy={key: np.array((occupancy or {}).get(key, [0]), np.int64) for key in keys},
        came=tuple(
            Walks(
                real_chain(
                    {key: children.get(key, nobody) for key in keys},
                    pair,
                    region=region.code,
                    laws=LAWS,
                    grid=DayGrid(WINDOW.first, WINDOW, NO_DAYS),
                    policy=policy,
                    streams=Streams(2),
                )
            )
            for region in agency.regions
            for pair in chains(agency)
        ),
    )


def of(rows: Sequence[Served], policy: str, key: SeriesKey = FAST) -> Served:
    return next(row for row in rows if row.policy == policy and row.key == key)


def test_one_week_told_by_hand() -> None:
    """Three children of ten nights: days 0, 4 and 5. Two places meet all but the third."""
    seen = situation({FAST: came([(0, 10, 0), (4, 10, 0), (5, 10, 0)])},
                     occupancy={FAST: [1, 2, 2, 1]})  # fmt: skip
    rows = serve(AS_OF, seen)
    peak = of(rows, "last_year_peak")
    assert (peak.places, peak.to_meet, peak.not_offered) == (2, 3, 1)
    assert peak.offered_share == pytest.approx(2 / 3)
    assert not peak.met
    # The third is helped elsewhere for its ten days, or waits for day 10 and stays then.
    helped = peak.spot_days / 10
    assert 0 < helped < 1
    used = 20 + 10 * (1 - helped)
    assert peak.idle_days == pytest.approx(2 * DAYS - used)
    # All places as base at 1 000 ready and 200 used, single purchase at 2 500.
    assert peak.cost_nok == pytest.approx(2 * DAYS * 1000 + used * 200 + peak.spot_days * 2500)
    # Mean 1.5, a fifth more is 1.8, rounded up 2: the same places, the same all over.
    mean = of(rows, "last_year_mean_plus_20pct")
    assert (mean.places, mean.not_offered, mean.cost_nok) == (2, 1, peak.cost_nok)
    assert of(rows, "hindsight").places == 3
    assert of(rows, "hindsight").offered_share == 1


def test_the_mean_is_rounded_up_only_where_it_is_no_whole_number() -> None:
    seen = situation({}, occupancy={FAST: [4, 6], SLOW: [5, 6]})
    assert last_year_mean_plus_20pct(seen).places == {FAST: 6, SLOW: 7}
    assert last_year_peak(seen).places == {FAST: 6, SLOW: 6}


def test_who_lives_there_keeps_others_out_until_it_really_leaves() -> None:
    """One place. A resident with three nights left; children ask on days 2 and 3."""
    children = came([(-5, 8, 0), (2, 4, 0), (3, 4, 0)], residents=1)
    seen = situation({FAST: children})
    assert seen.came[0].chain.children.nights.reshape(TIMES, 3)[0].tolist() == [3, 4, 4]
    outcome = seen.outcome(FAST, {FAST: 1, SLOW: 0})
    assert outcome.to_meet.tolist() == [2] * TIMES
    # The child of day 2 either waits and takes the place on day 3, or is helped elsewhere.
    waited = outcome.elsewhere_days == 0
    assert set(outcome.missed_a_year[~waited]) <= {1, 2}
    assert (outcome.missed_a_year >= 1).all()


def test_transfers_go_through_the_flow() -> None:
    """One treatment place, taken on days 0-9: who is ready on day 5 keeps its acute place."""
    children = {FAST: came([(0, 5, 30), (7, 2, 0)]), SLOW: came([(0, 10, 0)])}
    seen = situation(children, coupled=True)
    fast, slow = (seen.outcome(key, {FAST: 1, SLOW: 1}) for key in (FAST, SLOW))
    assert (slow.to_meet == 2).all()  # its own, and who came out of the acute place
    blocked = fast.missed_a_year == 1  # unless single purchase helped the one who was ready
    assert blocked.any()
    assert (fast.use[blocked, 0] >= 10).all()
    free = seen.outcome(FAST, {FAST: 1, SLOW: 2})
    assert (free.missed_a_year == 0).all()


def test_existing_places_are_those_of_the_register() -> None:
    """8 base, 8 guaranteed and 8 call-off at 0.8: 22 places to be relied on."""
    rows = serve(AS_OF, situation({FAST: came([(0, 10, 0)])}, register=True))
    found = of(rows, "existing_places")
    assert found.places == 22
    # The lowest place is the guaranteed one, which costs nothing to use.
    assert found.cost_nok == pytest.approx(DAYS * (8 * 1000 + 8 * 900))
    assert not [r for r in serve(AS_OF, situation({})) if r.policy == "existing_places"]


def test_stays_that_nobody_saw_the_end_of_follow_the_law() -> None:
    """Geometric stays forget how long they have lasted: from every age the same mean is left."""
    count, mean = 4000, 20.0
    law = geometric_law("g", mean).survival
    rng = np.random.default_rng(3)
    for so_far in (0, 7, 40):
        drawn = real_children(
            came([(5, so_far, 0)] * count, known=False), law, policy=Policy(), rng=rng
        ).nights
        left = drawn - so_far
        assert left.min() == 1
        error = left.std() / np.sqrt(len(left))
        assert abs(left.mean() - mean) < 4 * error


def test_an_open_stay_of_a_resident_goes_on_from_its_age() -> None:
    law = geometric_law("g", 20.0).survival
    drawn = real_children(
        came([(-10, 30, 0)] * 50, residents=50, known=False),
        law,
        policy=Policy(),
        rng=np.random.default_rng(1),
    )
    assert drawn.nights.min() >= 21  # 30 nights were seen, ten of them before the origin


def test_a_stay_older_than_any_by_the_law_ends_the_next_night() -> None:
    law = np.array([1.0, 0.5, 0.0])
    oldest = came([(3, 10, 0)], known=False)
    drawn = real_children(oldest, law, policy=Policy(), rng=np.random.default_rng(1))
    assert set(drawn.nights) == {11}


stays = st.lists(
    st.tuples(st.integers(0, 150), st.integers(1, 60), st.just(0)), min_size=1, max_size=25
)


@given(stays, st.sampled_from([0.5, 0.8, 0.9, 0.97]))
@settings(max_examples=25, deadline=None)
def test_hindsight_is_the_fewest_that_meets_the_level(children: list[Child], level: float) -> None:
    seen = situation({FAST: came(sorted(children))}, level=level)
    places = hindsight(seen).places[FAST]
    assert seen.outcome(FAST, {FAST: places, SLOW: 0}).offered_share >= level - 1e-12
    for fewer in range(places):
        assert seen.outcome(FAST, {FAST: fewer, SLOW: 0}).offered_share < level - 1e-12


@given(stays, stays)
@settings(max_examples=15, deadline=None)
def test_hindsight_of_two_coupled_groups_reaches_both_and_the_first_can_spare_none(
    fast: list[Child], slow: list[Child]
) -> None:
    moved = [(day, nights, 30 * (day % 3 > 0)) for day, nights, _ in sorted(fast)]
    children = {FAST: came(moved), SLOW: came(sorted(slow))}
    seen = situation(children, coupled=True, level=0.6)
    places = dict(hindsight(seen).places)
    for key in (FAST, SLOW):
        assert seen.outcome(key, places).offered_share >= 0.6 - 1e-12
    if places[FAST]:
        fewer = places | {FAST: places[FAST] - 1}
        assert seen.outcome(FAST, fewer).offered_share < 0.6 - 1e-12


@given(stays)
@settings(max_examples=25, deadline=None)
def test_more_places_never_leave_more_children_without(children: list[Child]) -> None:
    """Where all who find none are helped elsewhere (planner.md, I9)."""
    seen = situation({FAST: came(sorted(children))})
    chain = seen.came[0].chain.with_lost(1)
    missed = [chain.run(places)[0].missed_a_year[0] for places in range(len(children) + 1)]
    assert missed == sorted(missed, reverse=True)
    assert missed[-1] == 0


@given(stays, st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_a_scaled_rule_has_the_plans_money_and_no_place_more(
    children: list[Child], peak: int
) -> None:
    seen = situation({FAST: came(sorted(children))}, occupancy={FAST: [peak], SLOW: [3]})
    plan = POLICIES["plassplan"](seen)
    scaled = same_cost(last_year_peak)(seen)
    assert plan is not None
    assert scaled is not None
    budget, cost = seen.cost(FAST, plan), seen.cost(FAST, scaled)
    if cost >= budget and scaled.places[FAST]:
        fewer = all_base({**scaled.places, FAST: scaled.places[FAST] - 1})
        assert seen.cost(FAST, fewer) < budget or cost == min(
            seen.cost(FAST, all_base({**scaled.places, FAST: c})) for c in range(peak * 3 + 10)
        )
    assert cost >= budget


def test_without_prices_the_same_cost_is_the_same_number_of_places() -> None:
    seen = situation({FAST: came([(0, 10, 0)])}, occupancy={FAST: [9], SLOW: [1]}, prices=False)
    rows = serve(AS_OF, seen)
    assert all(row.cost_nok is None for row in rows)
    for key in (FAST, SLOW):
        plan = of(rows, "plassplan", key)
        assert plan.places > 0
        assert of(rows, "last_year_peak_same_cost", key).places == plan.places


def served(policy: str, region: str, *, missed: float, spent: float = 100.0) -> Served:
    return Served(
        origin=date(2020, 12, 31),
        key=SeriesKey(region, "g"),
        policy=policy,
        level=0.9,
        places=4,
        to_meet=20,
        not_offered=missed,
        idle_days=10,
        spot_days=5,
        cost_nok=spent,
        spent=spent,
    )


def test_the_summary_adds_children_and_counts_region_years() -> None:
    rows = [
        served("plassplan", "a", missed=2, spent=120),
        served("plassplan", "b", missed=3, spent=130),
        served("hindsight", "a", missed=2),
        served("hindsight", "b", missed=2),
    ]
    found = summarise(rows, referrals_a_year={SeriesKey("a", "g"): 60, SeriesKey("b", "g"): 40})
    by_name = {(each.policy, each.need_group, each.least_referrals): each for each in found}
    plan = by_name["plassplan", "g", 0]
    assert (plan.region_years, plan.met_share, plan.not_offered) == (2, 0.5, 5)
    assert plan.offered_share == pytest.approx(1 - 5 / 40)
    assert plan.cost_over_hindsight == pytest.approx(1.25)
    large = by_name["plassplan", "g", 50]
    assert (large.region_years, large.met_share) == (1, 1.0)
    assert by_name["plassplan", WHOLE_NATION, 0].children == 40
    assert by_name["hindsight", "g", 0].cost_over_hindsight == 1


def test_a_policy_is_one_function_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def seven(seen: Situation) -> Purchase:
        return all_base(dict.fromkeys(seen.series, 7))

    monkeypatch.setitem(POLICIES, "seven", seven)
    found = of(serve(AS_OF, situation({FAST: came([(0, 10, 0)])})), "seven")
    assert found.places == 7
    assert found.cost_nok == pytest.approx(7 * DAYS * 1000 + 10 * 200)


def test_base_is_the_form_of_a_rule_of_thumb() -> None:
    seen = situation({}, occupancy={FAST: [3], SLOW: [2]})
    assert set(last_year_peak(seen).mixes[FAST].form) == {Form.BASE}


def test_a_window_has_its_own_months() -> None:
    window = Window(date(2030, 11, 15), date(2032, 1, 14))
    month = DayGrid(window.first - timedelta(days=2), window, NO_DAYS).month
    assert month[:3].tolist() == [-1, -1, 0]
    assert month[-1] == 14
    assert np.bincount(month[2:]).tolist()[:3] == [16, 31, 31]
    assert window.days == 426
    assert Window.of_year(2031).middle == date(2031, 7, 1)
    assert Window.of_year(2032).middle == date(2032, 7, 1)
