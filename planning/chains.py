"""Small Markov chains in continuous time: built from their moves, solved with scipy."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.stats import poisson

from forecasting.errors import ComputationError

State = TypeVar("State", bound=Hashable)
# Beyond this many states a chain is a task for the simulation.
MOST_STATES = 100_000
# Up to here, and beyond where the chain settles too slowly to wait for, it is solved directly:
# cheap for two dimensions; the factors of more would outgrow the memory, but those settle soon.
_FEW_STATES = 3000
_SHIFT, _ROUNDS = 1e-11, 3
_BETWEEN_CHECKS, _CHECKS, _SETTLED = 200, 15, 1e-12
# Jumps that are rarer than this in a span of time are left out.
_RARE = 1e-15


@dataclass(frozen=True)
class MarkovChain(Generic[State]):
    """States that can be reached, and the rate a day from each to each.

    `rates` has no diagonal: row from, column to. Moves that leave the state as it is are left
    out; count them with `mean`.
    """

    states: tuple[State, ...]
    rates: sparse.csr_array  # [from, to]

    @cached_property
    def generator(self) -> sparse.csr_array:
        """The rates with minus their sums on the diagonal."""
        return sparse.csr_array(self.rates - sparse.diags(self.rates.sum(axis=1)))

    @cached_property
    def steady(self) -> NDArray[np.float64]:
        """Share of time in each state in the long run. [state]"""
        if len(self.states) == 1:
            return np.ones(1)
        if len(self.states) <= _FEW_STATES:
            return self._by_inverse_iteration()
        shares = self._by_power_iteration()
        return self._by_inverse_iteration() if shares is None else shares

    def _by_inverse_iteration(self) -> NDArray[np.float64]:
        """The shares are the one vector that the balance leaves alone.

        Solving with a tiny shift leaves hardly anything else, however it is begun. The
        diagonal outweighs each column, so no pivots are looked for: that keeps the order
        that makes few new entries (it is up to a hundred times faster).
        """
        shift = _SHIFT * float(abs(self.generator.diagonal()).max())
        nearly = self.generator.T - shift * sparse.identity(len(self.states))
        solve = splu(
            sparse.csc_array(nearly),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        ).solve
        shares = np.full(len(self.states), 1 / len(self.states))
        for _ in range(_ROUNDS):
            shares = solve(shares)
            shares /= shares.sum()
        return np.asarray(np.maximum(shares, 0.0))

    def _by_power_iteration(self) -> NDArray[np.float64] | None:
        """Jump by jump at a common rate (uniformisation, Jensen 1953) until nothing changes.

        None where it still changes after some thousand jumps.
        """
        step, _fastest = self._jumps
        shares = np.zeros(len(self.states))
        shares[0] = 1.0
        for _ in range(_CHECKS):
            before = shares
            for _ in range(_BETWEEN_CHECKS):
                shares = step @ shares
            if np.abs(shares - before).sum() < _SETTLED:
                return np.asarray(shares / shares.sum())
        return None

    @cached_property
    def _jumps(self) -> tuple[sparse.csr_array, float]:
        """Where chances go in one jump [to, from], and how many jumps there are a day."""
        fastest = 1.01 * float(abs(self.generator.diagonal()).max(initial=0.0)) or 1.0
        size = len(self.states)
        return sparse.csr_array(sparse.identity(size) + self.generator.T / fastest), fastest

    def values(self, of: Callable[[State], float]) -> NDArray[np.float64]:
        """A number for each state. [state]"""
        return np.array([of(state) for state in self.states], dtype=np.float64)

    def mean(self, of: Callable[[State], float]) -> float:
        """Long-run mean of a number that depends on the state."""
        return float(self.steady @ self.values(of))

    def after(
        self, start: NDArray[np.float64], days: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Chances after some days, and mean days spent in each state until then. [state]

        By uniformisation: so many jumps come by a Poisson law, and of n jumps or more the
        n-th state lasts its share of the time. Nothing is ever subtracted, so small chances
        keep their digits.
        """
        step, fastest = self._jumps
        count = np.arange(int(poisson.isf(_RARE, fastest * days)) + 2)
        now, longer = poisson.pmf(count, fastest * days), poisson.sf(count, fastest * days)
        chances, spent, current = np.zeros(len(start)), np.zeros(len(start)), start
        for weight, beyond in zip(now, longer, strict=True):
            chances += weight * current
            spent += beyond / fastest * current
            current = step @ current
        return chances, spent


def chain_of(
    start: State, moves: Callable[[State], Iterable[tuple[float, State]]]
) -> MarkovChain[State]:
    """The chain of all states that can be reached from `start` by `moves`: (rate, state) pairs.

    Raises ComputationError beyond MOST_STATES states.
    """
    number = {start: 0}
    waiting, rows, columns, rates = [start], list[int](), list[int](), list[float]()
    while waiting:
        state = waiting.pop()
        for rate, target in moves(state):
            if rate <= 0 or target == state:
                continue
            if target not in number:
                number[target] = len(number)
                waiting.append(target)
            rows.append(number[state])
            columns.append(number[target])
            rates.append(rate)
        if len(number) > MOST_STATES:
            raise ComputationError(
                f"more than {MOST_STATES} states.", fix="Ask for fewer places, or simulate."
            )
    size = (len(number), len(number))
    return MarkovChain(tuple(number), sparse.csr_array((rates, (rows, columns)), shape=size))
