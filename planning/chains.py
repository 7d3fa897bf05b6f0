"""Small Markov chains in continuous time: built from their moves, solved with scipy."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import expm_multiply, splu

from forecasting.errors import ComputationError

State = TypeVar("State", bound=Hashable)
# Beyond this many states a chain is a task for the simulation.
MOST_STATES = 400_000
_FEW_STATES = 3000
_SHIFT, _ROUNDS = 1e-11, 3
_BETWEEN_CHECKS, _MOST_CHECKS, _SETTLED = 200, 1000, 1e-12


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
            return self._by_inverse_iteration
        return self._by_power_iteration

    @property
    def _by_inverse_iteration(self) -> NDArray[np.float64]:
        """The shares are the one vector that the balance leaves alone.

        Solving with a tiny shift leaves hardly anything else, however it is begun.
        """
        shift = _SHIFT * float(abs(self.generator.diagonal()).max())
        nearly = self.generator.T - shift * sparse.identity(len(self.states))
        solve = splu(sparse.csc_array(nearly), permc_spec="MMD_AT_PLUS_A").solve
        shares = np.full(len(self.states), 1 / len(self.states))
        for _ in range(_ROUNDS):
            shares = solve(shares)
            shares /= shares.sum()
        return np.asarray(np.maximum(shares, 0.0))

    @property
    def _by_power_iteration(self) -> NDArray[np.float64]:
        """Jump by jump at a common rate (uniformisation, Jensen 1953) until nothing changes.

        For chains of many dimensions, whose factors would not fit in memory.
        """
        fastest = 1.01 * float(abs(self.generator.diagonal()).max())
        step = sparse.csr_array(sparse.identity(len(self.states)) + self.generator.T / fastest)
        shares = np.zeros(len(self.states))
        shares[0] = 1.0
        for _ in range(_MOST_CHECKS):
            before = shares
            for _ in range(_BETWEEN_CHECKS):
                shares = step @ shares
            if np.abs(shares - before).sum() < _SETTLED:
                return np.asarray(shares / shares.sum())
        raise ComputationError(
            f"a chain of {len(self.states)} states does not settle.", fix="Simulate it."
        )

    def values(self, of: Callable[[State], float]) -> NDArray[np.float64]:
        """A number for each state. [state]"""
        return np.array([of(state) for state in self.states], dtype=np.float64)

    def mean(self, of: Callable[[State], float]) -> float:
        """Long-run mean of a number that depends on the state."""
        return float(self.steady @ self.values(of))

    def after(
        self, start: NDArray[np.float64], days: float, gains: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Chances after some days, and what was gained until then at `gains` [gain, state] a day.

        Solves d(p, g)/dt = (p Q, p gains) at once (expm_multiply: Al-Mohy & Higham 2011).
        """
        size, extra = len(self.states), len(gains)
        whole = sparse.block_array(
            [[self.generator, sparse.csr_array(gains.T)], [None, sparse.csr_array((extra, extra))]],
            format="csr",
        )
        found = expm_multiply(whole.T * days, np.concatenate([start, np.zeros(extra)]))
        return found[:size], found[size:]


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
