"""The mean of the last year, a shrunken season, and honest noise: cheap and hard to beat."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel, Frequency, Quantity
from forecasting.protocol import Ability

_WINDOW = {
    Frequency.DAY: 56,
    Frequency.WEEK: 26,
    Frequency.MONTH: 12,
    Frequency.QUARTER: 6,
    Frequency.YEAR: 2,
}
_STOCK_WINDOW = 3


@dataclass(frozen=True)
class RecentMeanNegBin:
    """Gamma-Poisson round the mean of the last periods (12 months).

    `season_events` is how many events the belief "no season" is worth for each place of the
    season: seasonal factors are shrunk to 1 by it.
    """

    name: str = "recent_mean_negbin"
    ability: ClassVar[Ability] = Ability()
    season_events: float = 40.0

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Level, season and noise of every series."""
        return fit_each(self, panel, self._fit_one)

    def _fit_one(self, seen: History) -> "RecentMean":
        season = seasonal_factors(seen, events=self.season_events)  # [season]
        place = np.arange(len(seen.counts)) % len(season)
        # A stock stands where it stands now; a flow is known by its mean.
        size = _WINDOW[seen.freq]
        if seen.quantity is Quantity.OCCUPANCY:
            size = min(size, _STOCK_WINDOW)
        window = np.flatnonzero(seen.observed)[-size:]
        events = seen.counts[window].sum()
        level = (events + 0.5) / (season[place[window]].sum() + 0.5 / seen.values.mean())
        scatter = _scatter(seen, season=season[place])
        return RecentMean(
            mean=np.minimum(level * np.roll(season, -len(seen.counts)), seen.ceiling),
            noise=count_noise(seen, scatter=scatter, weight=events),
            per_year=seen.freq.per_year,
        )


@dataclass(frozen=True)
class RecentMean:
    """Mean of the next season's periods [season], and the noise round it."""

    mean: NDArray[np.float64]
    noise: CountNoise
    per_year: int

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Negative binomial counts with an uncertain, drifting level. [draw, step]"""
        mean = np.resize(self.mean, steps)
        return self.noise.draw(rng, mean, draws=draws, per_year=self.per_year)


def seasonal_factors(seen: History, *, events: float) -> NDArray[np.float64]:
    """Counts over the local level by place in the season, shrunk to 1. [season]

    Only whole seasons tell: without two of them every factor is 1.
    """
    size = seen.freq.season
    if size == 1 or len(seen.values) < 2 * size:
        return np.ones(size)
    level = _local_level(seen, size=size)
    place = np.arange(len(seen.counts)) % size
    came = np.bincount(place, seen.counts * seen.observed, minlength=size)
    expected = np.bincount(place, level * seen.observed, minlength=size)
    factors = (came + events) / (expected + events)
    return np.asarray(factors / factors.mean())


def _local_level(seen: History, *, size: int) -> NDArray[np.float64]:
    """Centred mean over a season of observed counts. [period]"""
    window = np.ones(size + 1 - size % 2)
    total = np.convolve(seen.counts * seen.observed, window, mode="same")
    count = np.convolve(seen.observed.astype(np.float64), window, mode="same")
    return np.asarray(total / np.maximum(count, 1.0))


def _scatter(seen: History, *, season: NDArray[np.float64]) -> float:
    """Dispersion round a local level times the season, over the last five years or so."""
    size = max(seen.freq.season, 5)
    local = _local_level(seen, size=min(size, max(len(seen.values) // 2, 1)))
    recent = np.flatnonzero(seen.observed)[-5 * max(seen.freq.per_year, 4) :]
    years = len(recent) / size
    return dispersion(seen.counts[recent], (local * season)[recent], parameters=max(1.0, years))
