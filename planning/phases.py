"""Stays as phases, each exponential: what a Markov chain can hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from forecasting.errors import UsageError
from planning.stay_shapes import Shape, Stay

Counts = tuple[int, ...]


@dataclass(frozen=True)
class Phases:
    """A stay in exponential phases (Neuts 1975, phase-type laws of the simplest kinds).

    A child begins in phase i with chance `begin[i]`, leaves it at `rate[i]` a day, and then
    goes to phase i + 1 (`serial`) or is ready.
    """

    begin: tuple[float, ...]
    rate: tuple[float, ...]
    serial: bool = False

    @classmethod
    def of(cls, stay: Stay) -> "Phases":
        """The phases of a stay law. Raises UsageError for a law that has none."""
        match stay.shape:
            case Shape.EXPONENTIAL:
                return cls((1.0,), (1 / stay.mean,))
            case Shape.ERLANG2:
                return cls((1.0, 0.0), (2 / stay.mean, 2 / stay.mean), serial=True)
            case Shape.HYPEREXPONENTIAL:
                return cls(stay.shares, tuple(1 / mean for mean in stay.means))
            case _:
                raise UsageError(
                    f"a {stay.shape} stay has no exponential phases.",
                    fix="Use exponential, erlang2 or hyperexponential, or simulate.",
                )

    def departures(self, counts: Counts) -> list[tuple[float, Counts]]:
        """Rate and result of each way in which one of these children moves on."""
        moves = []
        for i, (count, rate) in enumerate(zip(counts, self.rate, strict=True)):
            left = [n - (j == i) for j, n in enumerate(counts)]
            if self.serial and i + 1 < len(counts):
                left[i + 1] += 1
            moves.append((count * rate, tuple(left)))
        return moves

    def arrivals(self, counts: Counts, children: int) -> Mapping[Counts, float]:
        """Chance of each result when so many children begin their stays."""
        results = {counts: 1.0}
        for _ in range(children):
            after: dict[Counts, float] = {}
            for state, chance in results.items():
                for i, share in enumerate(self.begin):
                    if share > 0:
                        target = (*state[:i], state[i] + 1, *state[i + 1 :])
                        after[target] = after.get(target, 0.0) + chance * share
            results = after
        return results
