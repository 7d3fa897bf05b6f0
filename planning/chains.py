"""Small Markov chains in continuous time: built from their moves, solved with scipy."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import expm_multiply, spsolve

from forecasting.errors import ComputationError

State = TypeVar("State", bound=Hashable)
# Beyond this many states a chain is a task for the simulation.
MOST_STATES = 400_000


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
        balance = self.generator.T.tolil()
        balance[0, :] = 1.0  # one balance equation is superfluous; the shares add up to 1
        right = np.zeros(len(self.states))
        right[0] = 1.0
        return np.asarray(spsolve(sparse.csc_array(balance), right))

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
