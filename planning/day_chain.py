"""Exact service levels on the day grid: departures in the morning, then the day's referrals."""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from forecasting.errors import UsageError
from planning.checks import require_counts, require_law


@dataclass(frozen=True)
class DayChain:
    """So many places; referrals a day by `daily[k]` = P(k), stays geometric in whole nights."""

    places: int
    daily: tuple[float, ...]
    mean_nights: float

    def __post_init__(self) -> None:
        require_counts(places=self.places)
        if not 1 <= self.mean_nights < inf:
            raise UsageError(f"stays of {self.mean_nights} nights.", fix="Give 1 night or more.")
        require_law("0, 1, .. referrals", self.daily)

    @cached_property
    def _law(self) -> NDArray[np.float64]:
        return np.array(self.daily) / sum(self.daily)

    @cached_property
    def mornings(self) -> NDArray[np.float64]:
        """Chance of so many children after the departures of a day, in the long run. [children]"""
        there = np.arange(self.places + 1)
        stays = stats.binom.pmf(there[None, :], there[:, None], 1 - 1 / self.mean_nights)
        move = self._arrivals @ stays  # from one morning to the next [from, to]
        balance = np.vstack([(move.T - np.eye(len(there)))[1:], np.ones(len(there))])
        right = np.zeros(len(there))
        right[-1] = 1.0
        return np.asarray(np.linalg.solve(balance, right))

    @cached_property
    def _arrivals(self) -> NDArray[np.float64]:
        """From children in the morning to children in the evening. [morning, evening]"""
        move = np.zeros((self.places + 1, self.places + 1))
        for there in range(self.places + 1):
            evening = np.minimum(there + np.arange(len(self._law)), self.places)
            np.add.at(move[there], evening, self._law)
        return move

    @property
    def mean_referrals(self) -> float:
        """Mean referrals a day."""
        return float(np.arange(len(self._law)) @ self._law)

    @property
    def evenings_full(self) -> float:
        """Share of evenings with no free place."""
        return float((self.mornings @ self._arrivals)[-1])

    @property
    def service_level(self) -> float:
        """Share of referrals that get a place on their day; 1 if there are none."""
        comes = np.arange(len(self._law))
        room = self.places - np.arange(self.places + 1)
        lost = np.maximum(comes[None, :] - room[:, None], 0) @ self._law
        mean = self.mean_referrals
        return float(1 - self.mornings @ lost / mean) if mean else 1.0
