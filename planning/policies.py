"""Ways to choose places, and what each would have bought at one origin.

A new one is a function here and a line in POLICIES.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.errors import ComputationError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.fewest import EXACT
from planning.flow import Outcome
from planning.mix import Mix
from planning.money import Market, chosen_mix, year_cost
from planning.policy import Policy
from planning.sizing import Sized, goal_of
from planning.todays import todays_mix
from planning.walks import Side, Walks

Places = Mapping[SeriesKey, int]
# What the mean of last year is multiplied by in the rule of that name.
_MARGIN = 1.2
# No rule is scaled by more, as where base costs nothing.
_MOST_TIMES = 64
# Rounds in which two coupled groups are brought into line with each other.
_ROUNDS = 10


@dataclass(frozen=True)
class Purchase:
    """Places of every series, and the forms they are bought in."""

    places: Places
    mixes: Mapping[SeriesKey, Mix]


@dataclass(frozen=True)
class Situation:
    """All that a way to choose places may look at: the plan, last year, and what came.

    `occupancy` are the places in use on each day of the last 12 months; `came` are the
    children who really came, each region and chain of groups once.
    """

    agency: Agency
    policy: Policy
    market: Market
    plan: tuple[Sized, ...]
    occupancy: Mapping[SeriesKey, NDArray[np.int64]]
    came: tuple[Walks, ...]

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """The planned series, in the agency's order."""
        return tuple(part.key for part in self.plan)

    def level(self, key: SeriesKey) -> float:
        """The level asked of this series."""
        return goal_of(key, agency=self.agency, policy=self.policy).level

    def outcome(self, key: SeriesKey, places: Places) -> Outcome:
        """What really came to one series, through these places of it and of its coupled group."""
        walks = next(one for one in self.came if key in (one.chain.key, one.chain.fed_key))
        chain = walks.chain
        fed_places = 0 if chain.fed_key is None else places[chain.fed_key]
        return walks.run(places[chain.key], fed_places)[key == chain.fed_key]

    def cost(self, key: SeriesKey, bought: Purchase) -> float:
        """Cost in NOK, single purchases included; without prices the place-days bought."""
        if self.market.prices is None:
            return float(bought.places[key] * self.market.window.days)
        outcome, mix = self.outcome(key, bought.places), bought.mixes[key]
        return float(year_cost(mix, outcome, self.market).mean())


# What a number of places of one group gave.
Run = Callable[[int], Outcome]
# Returns None where it cannot be used: what it needs is not known.
Choose = Callable[[Situation], Purchase | None]


def plassplan(seen: Situation) -> Purchase:
    """The recommendation, in the forms that the plan would have bought."""
    mixes = {part.key: chosen_mix(part, seen.market) for part in seen.plan}
    return Purchase({part.key: part.chosen for part in seen.plan}, mixes)


def last_year_peak(seen: Situation) -> Purchase:
    """The highest daily occupancy of the last 12 months, all as base."""
    return all_base({key: int(seen.occupancy[key].max()) for key in seen.series})


def last_year_mean_plus_20pct(seen: Situation) -> Purchase:
    """The mean daily occupancy of the last 12 months and a fifth more, rounded up, all as base."""
    mean = {key: float(seen.occupancy[key].mean()) for key in seen.series}
    return all_base({key: ceil(_MARGIN * mean[key] - 1e-9) for key in seen.series})


def existing_places(seen: Situation) -> Purchase | None:
    """The committed places of the register; call-off is held at its availability."""
    mixes = {}
    for key in seen.series:
        mix = todays_mix(seen.market, key)
        if mix is None:
            return None
        mixes[key] = mix
    return Purchase({key: mix.places for key, mix in mixes.items()}, mixes)


def hindsight(seen: Situation) -> Purchase:
    """The fewest places with which what really came would have met the level.

    In the forms that cost least for the days that each place was then in use, as if nothing
    that existed had to be kept. Of two coupled groups the first has the fewest for the other's
    number, and so has the other where the two settle.
    """
    places: dict[SeriesKey, int] = {}
    for walks in seen.came:
        places.update(_fewest(seen, walks))
    use = {key: seen.outcome(key, places).use.mean(axis=0) for key in seen.series}
    return Purchase(places, {key: seen.market.free_mix(use[key], key) for key in seen.series})


def same_cost(choose: Choose) -> Choose:
    """That rule's places times one factor per need group, so that it costs what the plan does.

    The fewest places that cost no less, so that no rule has less money than the plan. Where
    every number costs more, since single purchases are dear, the cheapest.
    """

    def scaled(seen: Situation) -> Purchase | None:
        rule, plan = choose(seen), plassplan(seen)
        if rule is None:
            return None
        places = dict(rule.places)
        # Coupled groups change each other's cost a little: once more settles both.
        for group in [*seen.agency.need_groups] * 2:
            keys = [key for key in seen.series if key.need_group == group.code]
            budget = sum(seen.cost(key, plan) for key in keys)
            places |= _scaled_to(
                seen, {key: rule.places[key] for key in keys}, places, budget=budget
            )
        return all_base(places)

    return scaled


POLICIES: dict[str, Choose] = {
    "plassplan": plassplan,
    "last_year_peak": last_year_peak,
    "last_year_mean_plus_20pct": last_year_mean_plus_20pct,
    "existing_places": existing_places,
    "hindsight": hindsight,
    "last_year_peak_same_cost": same_cost(last_year_peak),
    "last_year_mean_same_cost": same_cost(last_year_mean_plus_20pct),
}


def all_base(places: Places) -> Purchase:
    """Every place bought as base."""
    mixes = {
        key: Mix((Form.BASE,) * count, {Form.BASE: count}, 0.0) for key, count in places.items()
    }
    return Purchase(places, mixes)


def _fewest(seen: Situation, walks: Walks) -> dict[SeriesKey, int]:
    """Fewest places of a chain's one or two groups."""
    chain = walks.chain
    if chain.fed_key is None:
        return {chain.key: _least(Side(walks, 0).run, seen.level(chain.key))}
    level, fed_level = seen.level(chain.key), seen.level(chain.fed_key)
    # As many places as children: nobody waits there for the other group.
    places = int(np.diff(chain.children.start).max(initial=0))
    fed_places = -1
    for _ in range(_ROUNDS):
        before = (places, fed_places)
        fed_places = _least(Side(walks, 1, places).run, fed_level)
        places = _least(Side(walks, 0, fed_places).run, level)
        if before == (places, fed_places):
            break
    # With real children the two need not settle; then the fed group gets what it takes.
    while Side(walks, 1, places).run(fed_places).offered_share < fed_level - EXACT:
        fed_places += 1
        places = _least(Side(walks, 0, fed_places).run, level)
    return {chain.key: places, chain.fed_key: fed_places}


def _least(run: Run, level: float) -> int:
    """Fewest places that reach the level, counted up: with real children more can be worse."""
    for places in range(1 << 16):
        if run(places).offered_share >= level - EXACT:
            return places
    raise ComputationError(f"no number of places reaches {level}.", fix="Ask for a lower level.")


def _scaled_to(
    seen: Situation, rule: Places, others: Places, *, budget: float
) -> dict[SeriesKey, int]:
    """The rule's places of one need group, times the factor whose cost is that of the budget."""
    best, best_cost = dict(rule), float("inf")
    last = best
    for places in _scalings(rule, seen, others, budget=budget):
        cost = _cost(seen, places, others)
        if cost < budget - EXACT:
            return last
        last = places
        if cost < best_cost:
            best, best_cost = places, cost
    return best


def _scalings(
    rule: Places, seen: Situation, others: Places, *, budget: float
) -> Iterator[dict[SeriesKey, int]]:
    """The rule's places under every factor that changes them, from too dear down to none."""
    if not any(rule.values()):
        yield dict(rule)
        return
    most = 1.0
    while _cost(seen, _times(rule, most), others) < budget and most < _MOST_TIMES:
        most *= 2
    # A number p is rounded to another at the factors (k + 1/2) / p.
    factors = {(k + 0.5) / p for p in rule.values() if p for k in range(ceil(most * p) + 1)}
    for factor in sorted((f for f in factors if f <= most), reverse=True):
        yield _times(rule, factor)
    yield dict.fromkeys(rule, 0)


def _times(rule: Places, factor: float) -> dict[SeriesKey, int]:
    return {key: floor(factor * count + 0.5 + 1e-9) for key, count in rule.items()}


def _cost(seen: Situation, places: Places, others: Places) -> float:
    bought = all_base({**others, **places})
    return sum(seen.cost(key, bought) for key in places)
