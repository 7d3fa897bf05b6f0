"""Exact answers for regions with places of their own, in steady state: alone, helped, pooled."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError, UsageError
from planning.chains import MarkovChain, chain_of
from planning.checks import require_amounts, require_counts, require_positive
from planning.erlang import SteadyState, blocking
from planning.fewest import fewest
from planning.policy import Discipline

# States beyond which SimulatedRegions answers sooner.
_MOST_STATES = 20_000

State = tuple[int, ...]  # children in each region's places, and in the shared standby


@dataclass(frozen=True)
class Regions:
    """Regions with the same mean stay (days) and their own rates of referral a day."""

    rates: tuple[float, ...]
    mean_stay: float

    def __post_init__(self) -> None:
        if not self.rates:
            raise UsageError("no regions.", fix="Give the rate of one or more.")
        for rate in self.rates:
            require_amounts(rate=rate)
        require_positive(mean_stay=self.mean_stay)

    def required(self, level: float) -> tuple[int, ...]:
        """Places that each region needs on its own."""
        return tuple(self._alone(rate).required(level) for rate in self.rates)

    def required_pooled(self, level: float) -> int:
        """Places that one pool of all regions needs."""
        return self._alone(sum(self.rates)).required(level)

    def price_of_proximity(self, level: float) -> int:
        """Places more that it takes to meet each region's children at home."""
        return sum(self.required(level)) - self.required_pooled(level)

    def refused(self, places: tuple[int, ...]) -> NDArray[np.float64]:
        """Share of each region's referrals refused with its own places only; 0 if none. [region]"""
        if len(places) != len(self.rates) or min(places, default=0) < 0:
            raise UsageError(f"places {places}.", fix="Give 0 or more for each region.")
        pairs = zip(self.rates, places, strict=True)
        shares = [blocking(rate * self.mean_stay, n)[-1] if rate else 0.0 for rate, n in pairs]
        return np.array(shares)

    def breaches(self, places: tuple[int, ...]) -> float:
        """Refused referrals a year of 365 days, all regions together."""
        return float(365 * np.dot(self.rates, self.refused(places)))

    def fewest_breaches(self, now: tuple[int, ...], extra: int) -> tuple[int, ...]:
        """Where extra places avoid most breaches in all.

        One by one to the region where the next place helps most; exact because a place
        never helps more than the one before (Harel 1990).
        """
        require_counts(extra=extra)
        places = list(now)
        for _ in range(extra):
            before = np.array(self.rates) * self.refused(tuple(places))
            after = np.array(self.rates) * self.refused(tuple(n + 1 for n in places))
            places[int(np.argmax(before - after))] += 1
        return tuple(places)

    def most_equal(self, now: tuple[int, ...], extra: int) -> tuple[int, ...]:
        """Where extra places lift the worst-served region most.

        One by one to the region that is worst served then; exact because a region's level
        depends on its own places alone. The last of regions served alike changes nothing.
        """
        require_counts(extra=extra)
        places = list(now)
        for _ in range(extra):
            places[int(np.argmax(self.refused(tuple(places))))] += 1
        return tuple(places)

    def _alone(self, rate: float) -> SteadyState:
        return SteadyState(rate, self.mean_stay, Discipline.LOST)


@dataclass(frozen=True)
class SharedChain:
    """Own places of each region, then a shared standby, then (`help`) the other regions.

    A child takes the first of these that has a free place, in this order, else is lost; stays
    are exponential. Other regions are asked in the order they are listed.
    """

    regions: Regions
    places: tuple[int, ...]
    standby: int = 0
    help: bool = False

    def __post_init__(self) -> None:
        if len(self.places) != len(self.regions.rates):
            raise UsageError(f"places {self.places}.", fix="Give one number for each region.")
        for places in (*self.places, self.standby):
            require_counts(places=places)

    @cached_property
    def chain(self) -> MarkovChain[State]:
        """The chain, from empty. Raises ComputationError where it is too large."""
        states = prod(n + 1 for n in (*self.places, self.standby))
        if states > _MOST_STATES:
            raise ComputationError(f"a chain of {states} states.", fix="Use SimulatedRegions.")
        return chain_of((0,) * (len(self.places) + 1), self._moves)

    @property
    def refused(self) -> NDArray[np.float64]:
        """Share of each region's referrals for whom there is no place at all. [region]"""
        return self._shares(lambda state, region: self._where(state, region) is None)

    @property
    def at_home(self) -> NDArray[np.float64]:
        """Share of each region's referrals who get one of its own places. [region]"""
        return self._shares(lambda state, region: self._where(state, region) == region)

    @property
    def refused_share(self) -> float:
        """Share of all referrals refused."""
        return self._over_all(self.refused)

    @property
    def away_share(self) -> float:
        """Share of the placed children who are placed outside their region's own places."""
        placed = 1 - self.refused_share
        some = sum(self.regions.rates) > 0 and placed > 0
        return 1 - self._over_all(self.at_home) / placed if some else 0.0

    @property
    def standby_share(self) -> float:
        """Share of all referrals who go to the standby."""
        last = len(self.places)
        return self._over_all(self._shares(lambda state, r: self._where(state, r) == last))

    @property
    def standby_occupied(self) -> float:
        """Mean number of children in the standby."""
        return self.chain.mean(lambda state: state[-1])

    def required_standby(self, level: float) -> int:
        """Fewest shared standby places with which every region reaches the level."""
        return fewest(lambda n: 1 - replace(self, standby=n).refused.max(initial=0.0), level)

    def _shares(self, holds) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
        each = range(len(self.places))
        return np.array([self.chain.mean(lambda s, r=r: float(holds(s, r))) for r in each])  # type: ignore[misc]

    def _over_all(self, shares: NDArray[np.float64]) -> float:
        total = sum(self.regions.rates)
        return float(np.dot(self.regions.rates, shares) / total) if total else 0.0

    def _where(self, state: State, region: int) -> int | None:
        """Number of the region's (or the standby's) places that a child now gets."""
        capacity = (*self.places, self.standby)
        others = [r for r in range(len(self.places)) if r != region] if self.help else []
        for place in (region, len(self.places), *others):
            if state[place] < capacity[place]:
                return place
        return None

    def _moves(self, state: State) -> Iterable[tuple[float, State]]:
        for region, rate in enumerate(self.regions.rates):
            where = self._where(state, region)
            if where is not None:
                yield rate, tuple(n + (i == where) for i, n in enumerate(state))
        for place, count in enumerate(state):
            left = tuple(n - (i == place) for i, n in enumerate(state))
            yield count / self.regions.mean_stay, left
