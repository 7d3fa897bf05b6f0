"""Closed forms for places without a queue: the calculator behind "what if" questions.

They hold in steady state for Poisson referrals. The simulation of `flow` is checked against
them, and they give it a place to start.
"""

from dataclasses import dataclass
from math import exp, inf

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from forecasting.errors import UsageError
from planning.checks import require_amounts, require_counts, require_positive, require_shares
from planning.fewest import fewest
from planning.policy import Discipline


def blocking(load: float, places: int) -> NDArray[np.float64]:
    """Erlang's loss formula B(c, a) for every c from 0 to `places`. [c]

    Share of referrals that find no place when those are lost; `load` a = rate x mean stay.
    Recursion of Erlang (1917): B(c) = a B(c-1) / (c + a B(c-1)). Holds for any law of stay.
    """
    require_amounts(load=load)
    require_counts(places=places)
    shares = np.ones(places + 1)
    for c in range(1, places + 1):
        carried = load * shares[c - 1]
        shares[c] = carried / (c + carried)
    return shares


def place_use(load: float, places: int) -> NDArray[np.float64]:
    """Share of time that place j is taken when the lowest free one is used. [place]

    u_j = a (B(j-1) - B(j)): each further place carries what one place fewer would refuse.
    """
    shares = blocking(load, places)
    return np.asarray(load * (shares[:-1] - shares[1:]))


@dataclass(frozen=True)
class SteadyState:
    """Poisson referrals to one set of places, for ever: a what-if answered at once.

    `rate` referrals a day, `mean_stay` days. LOST and OVERFILL hold for any law of stay; WAIT
    and MIXED for exponential stays. `spot_found` is the share that MIXED helps elsewhere for
    good; `within_days` the longest wait that is in time (WAIT only).
    """

    rate: float
    mean_stay: float
    discipline: Discipline
    spot_found: float = 0.5
    within_days: float = 0.0

    def __post_init__(self) -> None:
        require_amounts(rate=self.rate, within_days=self.within_days)
        require_positive(mean_stay=self.mean_stay)
        require_shares(spot_found=self.spot_found)
        if self.within_days > 0 and self.discipline is not Discipline.WAIT:
            raise UsageError(
                f"within_days {self.within_days} with discipline {self.discipline.value}.",
                fix="There is a closed form for `wait` only; simulate the others.",
            )

    @property
    def load(self) -> float:
        """Offered load: the places that would be used if there were always one free."""
        return self.rate * self.mean_stay

    def unmet(self, places: int) -> float:
        """Share of referrals not offered a place in time; 0 where there are no referrals.

        LOST: Erlang B. OVERFILL: P(Poisson(a) >= c). MIXED: B / (1 - (1-q)(a/c)(1-B)).
        WAIT: Erlang C, times exp(-(c - a) w / m) for a wait beyond w (M/M/c, Erlang 1917); 1
        where the places never catch up with those who wait.
        """
        require_counts(places=places)
        if self.load == 0:
            return 0.0
        b = float(blocking(self.load, places)[-1])
        match self.discipline:
            case Discipline.LOST:
                return b
            case Discipline.OVERFILL:
                return float(poisson.sf(places - 1, self.load))
            case Discipline.WAIT:
                spare = (places - self.load) / self.mean_stay
                return self._delayed(b, places, 0.0) * exp(-max(spare, 0.0) * self.within_days)
            case Discipline.MIXED:
                return self._delayed(b, places, self.spot_found)

    def _delayed(self, b: float, places: int, q: float) -> float:
        """Share that finds no free place when a share q of those is lost and the rest wait."""
        if places == 0 or (q == 0 and self.load >= places):
            return 1.0
        return min(1.0, b / (1 - (1 - q) * (self.load / places) * (1 - b)))

    def required(self, level: float) -> int:
        """Fewest places whose offered share, 1 - unmet, reaches the level (below 1)."""
        return fewest(lambda places: 1 - self.unmet(places), level)


@dataclass(frozen=True)
class FrontierStep:
    """What one number of places gives a year of 365 days, and what the next place would.

    `cost_per_avoided` and `cost_per_point` are NOK per avoided breach and per percentage
    point of service level, infinite where the next place changes nothing.
    """

    places: int
    offered_share: float
    missed_a_year: float
    next_avoids: float
    cost_per_avoided: float
    cost_per_point: float
    next_use: float


def frontier(
    state: SteadyState, first: int, last: int, *, place_cost: float
) -> tuple[FrontierStep, ...]:
    """The efficient frontier from `first` to `last` places, at `place_cost` NOK a place-year."""
    require_counts(first=first, last=last)
    require_amounts(place_cost=place_cost)
    if first > last:
        raise UsageError(f"places {first} to {last}.", fix="Give them in order.")
    use = place_use(state.load, last + 1)
    steps = []
    for places in range(first, last + 1):
        unmet, after = state.unmet(places), state.unmet(places + 1)
        avoids = 365 * state.rate * (unmet - after)
        steps.append(
            FrontierStep(
                places=places,
                offered_share=1 - unmet,
                missed_a_year=365 * state.rate * unmet,
                next_avoids=avoids,
                cost_per_avoided=place_cost / avoids if avoids else inf,
                cost_per_point=place_cost / (100 * (unmet - after)) if avoids else inf,
                next_use=float(use[places]),
            )
        )
    return tuple(steps)
