"""Places that there are where so many are needed: what limits leave, and what costs least.

A place that is only paid when used can cost less than the single purchases that it spares. So of
all numbers that reach the goal the plan has the one with which the year costs least, and so has
every number along its curve.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from planning.goal import Goal
from planning.money import Market
from planning.needed import Asked
from planning.sweep import Step
from planning.used import AHEAD, Used

# NOK a year: less is rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Cheapest:
    """The cheapest places of one series, from what any number of them is used for.

    Nothing is known of more than `last` places.
    """

    market: Market
    key: SeriesKey
    used: Callable[[int], Used]
    last: float = inf

    def places(self, needed: int) -> int:
        """Of as many places as needed, or more, those with which the year costs least.

        Where so many cannot be had, the most that can. None where none is needed nor must be kept:
        who asks for no place is not offered any because it would be cheap.
        """
        start = max(needed, self._least)
        if self.market.prices is None or start == 0:
            return start
        best, paid, at = start, inf, start
        while at <= min(best + self._reach, self.last):
            if self.cost(at) < paid - _ROUNDING:
                best, paid = at, self.cost(at)
                if not self._may_fall(at):
                    break
            at += 1
        return best if paid < inf else self._most(start)

    @cached_property
    def cost(self) -> Callable[[int], float]:
        """Mean cost of the year with exactly so many; infinite where they cannot be had."""

        def cost(places: int) -> float:
            used = self.used(places)
            mix = self.market.mix(used.use_days, self.key)
            spot = self.market.spot_nok_per_day * used.elsewhere_days
            return inf if mix is None else mix.cost_nok + spot

        return cache(cost)

    @cached_property
    def _may_fall(self) -> Callable[[int], bool]:
        """Whether more could cost less at best: hardly used, and no child elsewhere any more."""

        def may_fall(places: int) -> bool:
            beyond = np.pad(self.used(places).use_days, (0, self._reach))
            mix = self.market.mix(beyond, self.key, wanted=places + 1)
            return mix is not None and mix.cost_nok < self.cost(places) - _ROUNDING

        return cache(may_fall)

    @cached_property
    def _least(self) -> int:
        return self.market.least(self.key)

    @cached_property
    def _reach(self) -> int:
        return max(AHEAD, self.market.house(self.key))

    def _most(self, below: int) -> int:
        """The most places that can be had, fewer than so many."""
        numbers = range(below - 1, 0, -1)
        return next((n for n in numbers if self.market.mix(np.zeros(n), self.key)), 0)


def asked(market: Market, key: SeriesKey, goal: Goal, *, fixed: int | None = None) -> Asked:
    """What is asked of a series under the limits and at the prices of the market."""

    def fit(needed: int, used: Callable[[int], Used]) -> int:
        return Cheapest(market, key, used).places(needed)

    return Asked(goal, fit, market.least(key), fixed, house=market.house(key))


@dataclass(frozen=True)
class AlongCurve:
    """What every number of places costs, and what there is where so many are needed.

    `cost_nok[c]` is the mean cost of the year with exactly c places, spot purchase included (None
    without prices; NaN where c cannot be had); `places[c]` those that there are where c are needed.
    """

    places: NDArray[np.int64]
    cost_nok: NDArray[np.float64] | None


def along_curve(steps: Sequence[Step], market: Market, key: SeriesKey) -> AlongCurve:
    """Places and cost along a curve."""
    numbers = range(len(steps))
    found = Cheapest(market, key, steps.__getitem__, last=numbers[-1])
    places = np.array([found.places(c) for c in numbers])
    if market.prices is None:
        return AlongCurve(places, None)
    costs = np.array([found.cost(c) for c in numbers])
    return AlongCurve(places, np.where(np.isinf(costs), np.nan, costs))
