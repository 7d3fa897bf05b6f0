"""Exact service levels when the referral rate follows the same pattern every year."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError, UsageError
from planning.chains import MarkovChain
from planning.checks import require_amounts, require_counts, require_positive
from planning.loss_chain import LossChain, World
from planning.stay_shapes import Stay

_CLOSE = 1e-11
_MOST_YEARS = 400
# Beyond this many states a year takes minutes.
_MOST_STATES = 5000


@dataclass(frozen=True)
class Segment:
    """Part of the year: its days, and referrals a day in it."""

    days: float
    rate: float

    def __post_init__(self) -> None:
        require_positive(days=self.days)
        require_amounts(rate=self.rate)


@dataclass(frozen=True)
class SeasonChain:
    """So many places, referrals by segment of a year that comes again and again."""

    places: int
    segments: tuple[Segment, ...]
    stay: Stay

    def __post_init__(self) -> None:
        require_counts(places=self.places)
        if not self.segments:
            raise UsageError("a year without days.", fix="Give segments of more than 0 days.")

    @cached_property
    def _year(self) -> NDArray[np.float64]:
        """Referrals refused, days full, and child-days, by segment of the settled year.

        Kolmogorov's equations from an empty home, year after year until nothing changes.
        """
        one = LossChain(self.places, World.steady(1.0), self.stay)
        two = LossChain(self.places, World.steady(2.0), self.stay)
        per_referral = two.chain.rates - one.chain.rates  # the moves that referrals make
        chains = [
            MarkovChain(one.chain.states, one.chain.rates + (part.rate - 1) * per_referral)
            for part in self.segments
        ]
        if len(one.chain.states) > _MOST_STATES:
            raise ComputationError(
                f"{len(one.chain.states)} states through a year.", fix="Use SimulatedHome."
            )
        full = one.chain.values(one.refused)  # one referral a day: refused where it is full
        there = one.chain.values(lambda state: sum(state[1]))
        chances = np.zeros(len(full))
        chances[0] = 1.0
        for _ in range(_MOST_YEARS):
            before, gained = chances, []
            for part, chain in zip(self.segments, chains, strict=True):
                chances, spent = chain.after(chances, part.days)
                days_full = spent @ full
                gained.append((part.rate * days_full, days_full, spent @ there))
            chances /= chances.sum()
            if np.abs(chances - before).sum() < _CLOSE:
                return np.array(gained)
        raise ComputationError(
            f"after {_MOST_YEARS} years the year still changes.", fix="Give shorter stays."
        )

    @property
    def referrals(self) -> float:
        """Referrals a year."""
        return sum(part.days * part.rate for part in self.segments)

    @property
    def refused(self) -> float:
        """Referrals a year that find no place."""
        return float(self._year[:, 0].sum())

    @property
    def service_level(self) -> float:
        """Share of the year's referrals that get a place at once; 1 if there are none."""
        return 1 - self.refused / self.referrals if self.referrals else 1.0

    @property
    def time_full(self) -> float:
        """Share of the year without a free place."""
        return float(self._year[:, 1].sum() / sum(part.days for part in self.segments))

    @property
    def occupied(self) -> NDArray[np.float64]:
        """Mean number of children there in each segment. [segment]"""
        return np.asarray(self._year[:, 2] / [part.days for part in self.segments])
