"""Numbers that mean nothing are refused in a sentence, at every public entry of the engine.

A level of exactly 1, NaN, negative rates, stays of 0 days, paths that differ, a group that
feeds itself: each says what was wrong, with its value, and how to mend it. What looks wrong but
has a meaning (nobody comes, more residents than places) is at the end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from forecasting.errors import PlassplanError
from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.blocking_chain import BlockingChain
from planning.children import Children, Ticks
from planning.closures import closed_places
from planning.day_chain import DayChain
from planning.draws import Care, draw_children
from planning.erlang import SteadyState, blocking, frontier, place_use
from planning.fewest import fewest
from planning.flow import Chain
from planning.frontier import Throughput, exchange
from planning.loss_chain import LossChain, World
from planning.no_move import Staircase
from planning.ordered import ordered_pass
from planning.pair import Pair
from planning.policy import Discipline
from planning.portfolio import Portfolio, Rule, Scenarios, Tier
from planning.region_chain import Regions, SharedChain
from planning.seasons_chain import SeasonChain, Segment
from planning.simulated import SimulatedHome, SimulatedRegions
from planning.sized_children import SizedChildren
from planning.stay_shapes import Shape, Stay
from planning.still_here import StillHere
from planning.uncertain_rate import UncertainRate

STAY = Stay(Shape.EXPONENTIAL, 30)
STATE = SteadyState(0.5, 30, Discipline.LOST)
HOME = LossChain(3, World.steady(0.5), STAY)
TWO_GROUPS = BlockingChain(6, 3, 0.5, 8, 0.3, 0.05, 15)
REGIONS = Regions((0.3, 0.5), 30)
RATE = UncertainRate(0.5, 0.2, 30)
TIER = Tier("base", 10, 5, 0, 5)
DAYS = Scenarios(np.ones(1), np.full(1, 2.0), np.ones((1, 1)), np.ones(1))
PORTFOLIO = Portfolio((TIER,), DAYS, 20, 60)
STAIRS = Staircase((TIER,), 3.0, 20, 60, 0.5, 0.5)
SIMULATED = SimulatedHome.steady(0.1, STAY, Streams(1))
NOBODY = np.zeros(0, np.int64)
LAW = np.array([1.0, 0.5, 0.0])
CARE = Care(LAW, np.zeros(0), 0.0, 0, 1.0, NOBODY, NOBODY == 1, NOBODY, 1.0)
DAILY = np.ones((2, 3), np.int64)
KEY, NEXT = SeriesKey("r", "g"), SeriesKey("r", "h")
GRID = Ticks(9)


def listed(*rows: tuple[int, int], **more: Any) -> Children:
    day, nights = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    return Children.listed(day, nights, **more)


def every_choice(asked: Mapping[int, Sequence[int]]) -> dict[int, list[float]]:
    """Any number of places meets everybody."""
    return {fed: [1.0 for _ in tries] for fed, tries in asked.items()}


ONE = listed((0, 3))
TWO_PATHS = listed((0, 3), (0, 3), start=np.array([0, 1, 2]))
CHAIN = Chain(KEY, ONE, GRID)


def houses(**changed: Any) -> World:
    values = {"rate": 0.5, "houses": 2, "size": 2, "closing": 0.01, "days_closed": 30}
    return World.houses(**{**values, **changed})


def closures(**changed: Any) -> Any:
    values = {"closings_a_year": 1.0, "closed_days": 30.0, "paths": 2, "days": 3}
    return closed_places([2], rng=np.random.default_rng(1), **{**values, **changed})


def drawn(daily: Any = DAILY, **care: Any) -> Children:
    return draw_children(daily, replace(CARE, **care), key=1)


def days(**changed: Any) -> Scenarios:
    return replace(DAYS, **{name: np.array(value) for name, value in changed.items()})


WRONG: dict[str, Callable[[], Any]] = {
    # erlang
    "load nan": lambda: blocking(nan, 3),
    "load inf": lambda: blocking(inf, 3),
    "load below 0": lambda: blocking(-1, 3),
    "places below 0": lambda: blocking(1, -1),
    "use of places below 0": lambda: place_use(1, -1),
    "rate below 0": lambda: replace(STATE, rate=-1),
    "rate inf": lambda: replace(STATE, rate=inf),
    "stay of 0 days": lambda: replace(STATE, mean_stay=0),
    "stay nan": lambda: replace(STATE, mean_stay=nan),
    "stay inf": lambda: replace(STATE, mean_stay=inf),
    "spot above 1": lambda: replace(STATE, spot_found=2),
    "within nan": lambda: replace(STATE, discipline=Discipline.WAIT, within_days=nan),
    "within where children are lost": lambda: replace(STATE, within_days=3),
    "level 1": lambda: STATE.required(1),
    "level nan": lambda: STATE.required(nan),
    "unmet of places below 0": lambda: STATE.unmet(-1),
    "frontier price": lambda: frontier(STATE, 0, 3, place_cost=nan),
    "frontier order": lambda: frontier(STATE, 4, 3, place_cost=1),
    # loss_chain
    "no world": lambda: World(()),
    "world rate nan": lambda: World((nan,)),
    "world closed below 0": lambda: World((1.0,), (-2,)),
    "world switches missing": lambda: World((1.0, 2.0), (0, 0), ((0.0,), (0.0,))),
    "houses below 0": lambda: houses(houses=-1),
    "houses of no place": lambda: houses(size=0),
    "closing nan": lambda: houses(closing=nan),
    "closed 0 days": lambda: houses(days_closed=0),
    "closed for ever": lambda: houses(days_closed=inf),
    "chain places": lambda: replace(HOME, places=-1),
    "chain start": lambda: replace(HOME, start=-1),
    "chain sizes": lambda: replace(HOME, sizes=()),
    "chain sizes nan": lambda: replace(HOME, sizes=(nan,)),
    "chain stay": lambda: replace(HOME, stay=Stay(Shape.DETERMINISTIC, 3)).service_level,
    "horizon 0": lambda: HOME.horizon(0),
    "horizon inf": lambda: HOME.horizon(inf),
    "breach counts": lambda: HOME.breach_counts(10, -1),
    "breach days": lambda: HOME.breach_counts(nan, 1),
    "breaches nan": lambda: HOME.breaches(nan),
    # blocking_chain
    "first rate": lambda: replace(TWO_GROUPS, rate=nan),
    "first stay": lambda: replace(TWO_GROUPS, mean_stay=0),
    "fed stay inf": lambda: replace(TWO_GROUPS, fed_mean_stay=inf),
    "more than all go on": lambda: replace(TWO_GROUPS, onward_share=1.1),
    "first level 1": lambda: TWO_GROUPS.required(1),
    "first level nan": lambda: TWO_GROUPS.required(nan),
    # region_chain
    "no regions": lambda: Regions((), 3),
    "region rate": lambda: Regions((nan,), 3),
    "region stay": lambda: Regions((1.0,), inf),
    "region level 1": lambda: REGIONS.required(1),
    "region places": lambda: REGIONS.refused((1,)),
    "extra below 0": lambda: REGIONS.fewest_breaches((1, 1), -1),
    "extra below 0, equal": lambda: REGIONS.most_equal((1, 1), -1),
    "shared places": lambda: SharedChain(REGIONS, (1, 2, 3)),
    "shared below 0": lambda: SharedChain(REGIONS, (-1, 2)),
    "standby below 0": lambda: SharedChain(REGIONS, (1, 2), standby=-1),
    "standby level 1": lambda: SharedChain(REGIONS, (1, 2)).required_standby(1),
    "too many states": lambda: SharedChain(REGIONS, (300, 300)).chain,
    # seasons_chain, day_chain, uncertain_rate, sized_children
    "segment of 0 days": lambda: Segment(0, 1),
    "segment for ever": lambda: Segment(inf, 1),
    "segment rate": lambda: Segment(5, -1),
    "no segments": lambda: SeasonChain(1, (), STAY),
    "season places": lambda: SeasonChain(-1, (Segment(5, 1),), STAY),
    "no daily law": lambda: DayChain(1, (), 3),
    "daily law nan": lambda: DayChain(1, (nan,), 3),
    "half a night": lambda: DayChain(1, (1.0,), 0.5),
    "night inf": lambda: DayChain(1, (1.0,), inf),
    "day places": lambda: DayChain(-1, (1.0,), 3),
    "uncertain nan": lambda: replace(RATE, mean_rate=nan),
    "uncertain stay": lambda: replace(RATE, mean_stay=0),
    "uncertain level": lambda: RATE.required(1),
    "certainty 1": lambda: RATE.required_with(0.9, confidence=1),
    "uncertain places": lambda: RATE.refused(-1),
    "confidence places": lambda: RATE.confidence(-2, 0.9),
    "no classes": lambda: SizedChildren((), (), ()),
    "child of no place": lambda: SizedChildren((1.0,), (3.0,), (0,)),
    "sized nan": lambda: SizedChildren((nan,), (3.0,), (1,)),
    "sized level": lambda: SizedChildren((1.0,), (3.0,), (1,)).required(1),
    "sized places": lambda: SizedChildren((1.0,), (3.0,), (1,)).blocking(-1),
    # no_move, portfolio
    "tier limits": lambda: Tier("base", 1, 1, 3, 2),
    "tier price nan": lambda: Tier("base", nan, 1, 0, 2),
    "tier price inf": lambda: Tier("base", 1, inf, 0, 2),
    "no scenarios": lambda: days(chance=[], children=[], availability=[], most_spot=[]),
    "chance nan": lambda: days(chance=[nan]),
    "children nan": lambda: days(children=[nan]),
    "children below 0": lambda: days(children=[-1.0]),
    "available twice": lambda: days(availability=[[2.0]]),
    "spot below 0": lambda: days(most_spot=[-1.0]),
    "lengths differ": lambda: days(children=[1.0, 2.0]),
    "no tiers": lambda: replace(PORTFOLIO, tiers=()),
    "tier without availability": lambda: replace(PORTFOLIO, tiers=(TIER, TIER)),
    "spot price": lambda: replace(PORTFOLIO, spot_price=nan),
    "unplaced cost": lambda: replace(PORTFOLIO, unplaced_cost=-1),
    "target nan": lambda: replace(PORTFOLIO, rule=Rule.CHILDREN, target=nan),
    "rule without target": lambda: replace(PORTFOLIO, rule=Rule.DAYS),
    "out of reach": lambda: replace(
        PORTFOLIO, scenarios=days(children=[99.0]), rule=Rule.DAYS, target=0.9
    ).best(),
    "spread of too many": lambda: PORTFOLIO.spread((1, 2)),
    "spread below 0": lambda: PORTFOLIO.spread((-1,)),
    "price of no target": lambda: PORTFOLIO.price_of_target,
    "stairs without tiers": lambda: replace(STAIRS, tiers=()),
    "stairs load": lambda: replace(STAIRS, load=nan),
    "stairs price": lambda: replace(STAIRS, spot_price=nan),
    "stairs target 1": lambda: replace(STAIRS, target=1).best(),
    "stairs split": lambda: STAIRS.cost((9,)),
    "stairs split of two": lambda: STAIRS.cost((1, 1)),
    # still_here, stay_shapes
    "law that rises": lambda: StillHere(np.array([0]), np.array([1.0, 0.5, 0.7])),
    "law nan": lambda: StillHere(np.array([0]), np.array([nan, 0.0])),
    "resident below 0 nights": lambda: StillHere(np.array([-1]), LAW),
    "resident beyond the law": lambda: StillHere(np.array([9]), LAW),
    "back in time": lambda: StillHere(np.array([0]), LAW).law(-3),
    "shape of 0 days": lambda: Stay(Shape.GAMMA, 0),
    "shape nan": lambda: Stay(Shape.LOGNORMAL, 3, nan),
    "half nights": lambda: Stay(Shape.GEOMETRIC, 0.5),
    "mixture below 0": lambda: Stay.mixture((1.5, -0.5), (3, 4)),
    "mixture of nothing": lambda: Stay.mixture((), ()),
    "mixture lengths": lambda: Stay.mixture((1.0,), (3, 4)),
    "drawn below 0": lambda: STAY.drawn(-1, np.random.default_rng(1)),
    # draws, children
    "referrals below 0": lambda: drawn(-DAILY),
    "referrals in parts": lambda: drawn(DAILY * 0.5),
    "referrals without paths": lambda: drawn(np.ones(3, np.int64)),
    "share nan": lambda: drawn(onward_share=nan),
    "within below 0": lambda: drawn(within_days=-1),
    "no law": lambda: drawn(survival=np.zeros(0)),
    "law of 0 nights": lambda: drawn(survival=np.array([0.5, 0.0])),
    "law with nan": lambda: drawn(survival=np.array([1.0, nan, 0.0])),
    "places law": lambda: drawn(places_law=(0.5,)),
    "places law nan": lambda: drawn(places_law=(nan,)),
    "hazard paths": lambda: drawn(hazard=np.ones(1)),
    "hazard 0": lambda: drawn(hazard=np.zeros(2)),
    "hazard nan": lambda: drawn(hazard=np.array([nan, 1.0])),
    "stayed below 0": lambda: drawn(stayed=np.array([-1]), waiting=np.array([False])),
    "waiting of nobody": lambda: drawn(stayed=np.array([1])),
    "listed 0 nights": lambda: listed((0, 0)),
    "listed resident below 0": lambda: listed((-1, -1), residents=1),
    "listed lengths": lambda: Children.listed(np.array([0, 1]), np.array([1])),
    "listed nan": lambda: Children.listed(np.array([0]), np.array([nan])),  # type: ignore[arg-type]
    "listed start": lambda: listed((0, 1), start=np.array([0, 2])),
    "listed backwards": lambda: listed((5, 1), (1, 1)),
    "listed no place": lambda: listed((0, 1), takes=np.array([0])),
    "listed within": lambda: listed((0, 1), within_days=-1),
    "listed next": lambda: listed((0, 1), next_nights=np.array([-1])),
    "listed residents": lambda: listed((0, 1), residents=2),
    # flow, ordered, pair
    "no steps": lambda: Ticks(0),
    "run places": lambda: CHAIN.run(-1),
    "feeds itself": lambda: replace(CHAIN, fed_key=KEY, fed=ONE),
    "paths differ": lambda: replace(CHAIN, fed_key=NEXT, fed=TWO_PATHS),
    "cap below 0": lambda: replace(CHAIN, cap=-1),
    "closed days": lambda: replace(CHAIN, closed=np.zeros((1, 3), np.int16)),
    "closed paths": lambda: replace(CHAIN, closed=np.zeros((5, 9), np.int16)),
    "closed below 0": lambda: replace(CHAIN, closed=-np.ones((1, 9), np.int16)),
    "ordered places": lambda: ordered_pass(ONE, GRID, places=-1),
    "ordered after the end": lambda: ordered_pass(listed((50, 1)), GRID),
    "ordered level": lambda: ordered_pass(ONE, GRID).required(1),
    "ordered missed": lambda: ordered_pass(ONE, GRID).missed(-1),
    "ordered for those who wait": lambda: ordered_pass(listed((0, 1), within_days=2), GRID),
    "pair paths": lambda: Pair(ONE, TWO_PATHS, GRID),
    "pair after the end": lambda: Pair(listed((50, 1)), ONE, GRID),
    "pair places": lambda: Pair(ONE, ONE, GRID).missed(-1, 1),
    "pair of two places": lambda: Pair(listed((0, 1), takes=np.array([2])), ONE, GRID),
    # frontier, closures, simulated, fewest
    "throughput of no days": lambda: Throughput.of(ONE, 0),
    "throughput of places": lambda: Throughput(1, 1, 1).passed(-1),
    "exchange level": lambda: exchange(
        [every_choice], [1], level=1, throughput=Throughput(1, 0, 0), near=1
    ),
    "closings below 0": lambda: closures(closings_a_year=-1),
    "closings nan": lambda: closures(closings_a_year=nan),
    "closures of 0 days": lambda: closures(closed_days=0),
    "closures of no path": lambda: closures(paths=-1),
    "simulated rate": lambda: SimulatedHome.steady(nan, STAY, Streams(1)),
    "simulated sizes": lambda: replace(SIMULATED, sizes=()),
    "simulated segments": lambda: replace(SIMULATED, segments=()),
    "simulated places": lambda: SIMULATED.missed(-1),
    "simulated waiting": lambda: SIMULATED.not_in_time(-1, spot_found=0, within_days=0),
    "simulated regions": lambda: SimulatedRegions(REGIONS, (1,), STAY, Streams(1)),
    "a level that is never reached": lambda: fewest(lambda _places: 0.4, 0.5),
    "a level that is unknown": lambda: fewest(lambda _places: nan, 0.5),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_it_is_refused_in_a_sentence_that_says_how_to_mend_it(what: str) -> None:
    with pytest.raises(PlassplanError) as raised:
        WRONG[what]()
    assert raised.value.message.strip().endswith(".")
    assert raised.value.fix


def test_nobody_is_a_number_too() -> None:
    nobody = listed()
    assert ordered_pass(nobody, GRID).required(0.99) == 0
    assert Chain(KEY, nobody, GRID).run(3)[0].offered_share == 1.0
    assert Pair(nobody, nobody, GRID).offered_share(0, 0) == 1.0
    assert drawn(np.zeros((0, 3), np.int64)).paths == 0
    assert drawn(np.zeros((2, 0), np.int64)).day.size == 0
    assert StillHere(NOBODY, LAW).law(3).tolist() == [1.0]
    asked = Throughput(0, 0, 0)
    assert exchange([every_choice], [], level=0.9, throughput=asked, near=1) == ()
    assert asked.ceiling(0) == 1.0


def test_more_residents_than_places_keep_others_out_until_enough_have_left() -> None:
    # Three residents and one place: the last of them leaves it free on day 4.
    rows = [(-1, 2), (-1, 3), (-1, 4), (1, 1), (3, 1), (5, 1)]
    outcome, _ = Chain(KEY, listed(*rows, residents=3), GRID).run(1)
    assert (outcome.to_meet.tolist(), outcome.missed_a_year.tolist()) == ([3], [2])
    # As few as there are residents is the least that one pass answers for.
    assert ordered_pass(listed(*rows, residents=3), GRID).required(0.5) == 3
    more = replace(HOME, places=1, start=5)
    assert 0 < more.horizon(10) < HOME.horizon(10)
