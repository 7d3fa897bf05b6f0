"""Exact service levels of one set of places whose world changes: phases, events, closed houses.

A Markov chain of (world, children in each phase of their stay). Children who find no place
are lost. Every exact answer behind "what if it escalates", "what if houses burn", "what if
six come at once", and the check on the simulation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import exp, isfinite

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import expm_multiply

from forecasting.errors import UsageError
from planning.chains import MarkovChain, chain_of
from planning.checks import require_amounts, require_counts, require_law, require_positive
from planning.phases import Counts, Phases
from planning.stay_shapes import Stay

State = tuple[int, Counts]  # world, children in each phase


@dataclass(frozen=True)
class World:
    """What can change: the rate of events a day and the places closed, in each world.

    `switch[i][j]` is the rate a day from world i to world j.
    """

    rate: tuple[float, ...]
    closed: tuple[int, ...] = (0,)
    switch: tuple[tuple[float, ...], ...] = ((0.0,),)

    def __post_init__(self) -> None:
        worlds = len(self.rate)
        flat = (*self.rate, *(rate for row in self.switch for rate in row))
        if not all(isfinite(rate) and rate >= 0 for rate in (*flat, *self.closed)):
            raise UsageError(
                f"rates {flat}, closed places {self.closed}.", fix="Give finite numbers >= 0."
            )
        shape = {worlds, len(self.closed), len(self.switch), *map(len, self.switch)}
        if shape != {worlds} or not worlds:
            raise UsageError(f"{worlds} worlds.", fix="Give each its closed places and switches.")

    @classmethod
    def steady(cls, rate: float) -> "World":
        """One world for ever."""
        return cls((rate,))

    @classmethod
    def phases(cls, rates: tuple[float, ...], switch: tuple[tuple[float, ...], ...]) -> "World":
        """Calm and escalated times (Markov-modulated Poisson events)."""
        return cls(rates, (0,) * len(rates), switch)

    @classmethod
    def houses(
        cls, rate: float, *, houses: int, size: int, closing: float, days_closed: float
    ) -> "World":
        """Houses of `size` places that close at a rate a day each, for exponential times."""
        require_counts(houses=houses, size=size)
        require_amounts(closing=closing)
        require_positive(size=size, days_closed=days_closed)
        down = range(houses + 1)
        switch = tuple(
            tuple(
                (houses - i) * closing if j == i + 1 else i / days_closed if j == i - 1 else 0.0
                for j in down
            )
            for i in down
        )
        return cls((rate,) * len(down), tuple(size * i for i in down), switch)


@dataclass(frozen=True)
class LossChain:
    """So many places in a changing world; `sizes[j]` is the chance that j + 1 children come.

    Closed places take in nobody; who lives there is counted until the end of the stay.
    """

    places: int
    world: World
    stay: Stay
    sizes: tuple[float, ...] = (1.0,)
    start: int = 0  # children there that make states reachable beyond the places

    def __post_init__(self) -> None:
        require_counts(places=self.places, start=self.start)
        require_law("1, 2, .. children", self.sizes)

    @cached_property
    def phases(self) -> Phases:
        """The stay in phases."""
        return Phases.of(self.stay)

    @cached_property
    def chain(self) -> MarkovChain[State]:
        """The chain of all states that can be reached from no child (or `start` children)."""
        there = (self.start, *(0 for _ in self.phases.begin[1:]))
        return chain_of((0, there), self._moves)

    def room(self, state: State) -> int:
        """Open places without a child."""
        world, counts = state
        return max(0, self.places - self.world.closed[world] - sum(counts))

    def refused(self, state: State) -> float:
        """Children a day who find no place in this state."""
        room = self.room(state)
        sizes = enumerate(self.sizes, start=1)
        children = sum(chance * max(0, size - room) for size, chance in sizes)
        return self.world.rate[state[0]] * children

    def referred(self, state: State) -> float:
        """Children a day who come in this state."""
        mean = sum(size * chance for size, chance in enumerate(self.sizes, start=1))
        return self.world.rate[state[0]] * mean

    @property
    def service_level(self) -> float:
        """Share of referrals that get a place at once, in the long run; 1 if there are none."""
        referred = self.chain.mean(self.referred)
        return 1 - self.chain.mean(self.refused) / referred if referred else 1.0

    @property
    def events_with_breach(self) -> float:
        """Share of events of which at least one child finds no place."""
        sizes = tuple(enumerate(self.sizes, start=1))

        def broken(state: State) -> float:
            room = self.room(state)
            return self.world.rate[state[0]] * sum(p for size, p in sizes if size > room)

        events = self.chain.mean(lambda state: self.world.rate[state[0]])
        return self.chain.mean(broken) / events if events else 0.0

    @property
    def time_full(self) -> float:
        """Share of time without an open free place."""
        return self.chain.mean(lambda state: float(self.room(state) == 0))

    @property
    def open_places(self) -> float:
        """Mean number of places that are open."""
        return self.chain.mean(lambda state: self.places - self.world.closed[state[0]])

    def horizon(self, days: float) -> float:
        """Share of referrals with a place at once over the next days, from `start` children."""
        require_positive(days=days)
        chain = self.chain
        begin = np.zeros(len(chain.states))
        begin[0] = 1.0
        _, spent = chain.after(begin, days)
        referred = float(spent @ chain.values(self.referred))
        return 1 - float(spent @ chain.values(self.refused)) / referred if referred else 1.0

    def breach_counts(self, days: float, most: int) -> NDArray[np.float64]:
        """Chance of 0, 1, .. `most` breaches in so many days from a steady start. [count]

        For children who come one by one: a breach is then an event of its own.
        """
        require_amounts(days=days)
        require_counts(most=most)
        if len(self.sizes) > 1:
            raise UsageError("children come together.", fix="Ask for children one by one.")
        chain = self.chain
        breach = sparse.diags(chain.values(self.refused))
        shift = sparse.diags([np.ones(most)], [1], shape=(most + 1, most + 1))
        quiet = sparse.csr_array(chain.generator - breach)
        whole = sparse.kron(sparse.identity(most + 1), quiet) + sparse.kron(shift, breach)
        begin = np.concatenate([chain.steady, np.zeros(most * len(chain.states))])
        found = expm_multiply(sparse.csr_array(whole).T * days, begin)
        return np.asarray(found.reshape(most + 1, -1).sum(axis=1))

    def breaches(self, days: float) -> float:
        """Mean number of referrals refused in so many days of the long run."""
        require_amounts(days=days)
        return days * self.chain.mean(self.refused)

    def quiet_if_poisson(self, days: float) -> float:
        """Chance of no breach if breaches came at random: too low, since they cluster."""
        return exp(-self.breaches(days))

    def _moves(self, state: State) -> Iterable[tuple[float, State]]:
        world, counts = state
        for rate, left in self.phases.departures(counts):
            yield rate, (world, left)
        for other, rate in enumerate(self.world.switch[world]):
            yield rate, (other, counts)
        room = self.room(state)
        for size, chance in enumerate(self.sizes, start=1):
            rate = self.world.rate[world] * chance
            if rate > 0 and room > 0:
                for target, share in self.phases.arrivals(counts, min(size, room)).items():
                    yield rate * share, (world, target)
