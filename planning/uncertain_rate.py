"""Exact service levels when the year's referral rate is not known: a Gamma law of rates."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from forecasting.errors import UsageError
from planning.checks import require_amounts, require_counts, require_positive
from planning.erlang import SteadyState, blocking
from planning.fewest import EXACT, fewest
from planning.policy import Discipline

_NODES = 400
_TAIL = 1e-13


@dataclass(frozen=True)
class UncertainRate:
    """A rate that is constant within the year and Gamma between years; children lost.

    `mean_rate` referrals a day, `cv` its coefficient of variation, `mean_stay` days of any
    law of stay.
    """

    mean_rate: float
    cv: float
    mean_stay: float

    def __post_init__(self) -> None:
        require_amounts(mean_rate=self.mean_rate, cv=self.cv)
        require_positive(mean_stay=self.mean_stay)

    @property
    def load(self) -> float:
        """Mean children there if there is always a place."""
        return self.mean_rate * self.mean_stay

    @property
    def load_variance(self) -> float:
        """Their variance: chance, and the rate's own (a negative binomial law)."""
        return self.load + (self.cv * self.load) ** 2

    @cached_property
    def _law(self):  # type: ignore[no-untyped-def]
        shape = 1 / self.cv**2
        return stats.gamma(shape, scale=self.load / shape)

    @property
    def _certain(self) -> bool:
        return self.cv == 0 or self.load == 0

    @cached_property
    def _nodes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Loads and their weights by referral (Gauss-Legendre over the law)."""
        if self._certain:
            return np.array([self.load]), np.ones(1)
        at, weight = _gauss()
        low, high = self._law.ppf(_TAIL), self._law.isf(_TAIL)
        loads = low + (high - low) * (at + 1) / 2
        chance = weight * self._law.pdf(loads) * loads
        return loads, chance / chance.sum()

    def refused(self, most: int) -> NDArray[np.float64]:
        """Share of referrals refused with 0, 1, .. `most` places: E[rate x B] / E[rate]. [c]"""
        require_counts(most=most)
        if self.load == 0:
            return np.zeros(most + 1)
        loads, weight = self._nodes
        shares = [np.ones(len(loads))]
        for c in range(1, most + 1):  # Erlang's recursion (see erlang.blocking), all loads at once
            carried = loads * shares[-1]
            shares.append(carried / (c + carried))
        return np.asarray(np.array(shares) @ weight)

    def required(self, level: float) -> int:
        """Fewest places that reach the level over all years, by referral."""
        _check(level)
        most = 8
        while True:
            reached = np.flatnonzero(1 - self.refused(most) >= level - EXACT)
            if len(reached):
                return int(reached[0])
            most *= 2

    @property
    def known(self) -> SteadyState:
        """The same with the mean rate for certain."""
        return SteadyState(self.mean_rate, self.mean_stay, Discipline.LOST)

    def confidence(self, most: int, level: float) -> NDArray[np.float64]:
        """Chance that the year's own level is reached with 0, 1, .. `most` places. [c]"""
        _check(level)
        require_counts(most=most)
        return np.array([self._chance(c, level) for c in range(most + 1)])

    def required_with(self, level: float, *, confidence: float) -> int:
        """Fewest places that reach the level in a year with at least this chance."""
        _check(level)
        _check(confidence)
        return fewest(lambda places: self._chance(places, level), confidence)

    def _chance(self, places: int, level: float) -> float:
        def over(load: float) -> float:
            return float(blocking(load, places)[-1] - (1 - level) - EXACT)

        if self._certain:
            return float(over(self.load) <= 0)
        if level == 0:
            return 1.0
        if places == 0:
            return 0.0
        high = 1.0
        while over(high) < 0:
            high *= 2
        return float(self._law.cdf(brentq(over, 0.0, high, xtol=1e-13)))


@cache
def _gauss() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of Gauss-Legendre on -1 to 1, slow to find."""
    return np.polynomial.legendre.leggauss(_NODES)


def _check(share: float) -> None:
    if not 0 <= share < 1:
        raise UsageError(f"a share of {share}.", fix="Give a number from 0 to below 1.")
