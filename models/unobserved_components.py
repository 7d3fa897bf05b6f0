"""A wandering level and a fixed season of root counts, by a Kalman filter over all series."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_together, history
from forecasting.local_level import local_levels
from forecasting.noise import whole_counts
from forecasting.panel import CountPanel, Frequency, SeriesKey
from forecasting.protocol import Ability
from forecasting.seasons import fourier

# Roots of counts scatter alike whatever the mean; with this shift also those of small ones.
_SHIFT = 3 / 8
_YEARS = {Frequency.DAY: 2, Frequency.WEEK: 6}


@dataclass(frozen=True)
class UnobservedComponents:
    """Local level plus Fourier season of root counts, by maximum likelihood.

    The filter takes gaps as they are. Only the latest years of weeks and days are used
    (`_YEARS`): older ones say little about a level that wanders.
    """

    name: str = "unobserved_components"
    ability: ClassVar[Ability] = Ability(least_observed=8)

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Level, season and variances of every series, all at once."""
        return fit_together(
            self, panel, learn=lambda: _learn(panel), law=lambda seen, learnt: learnt[seen.key]
        )


@dataclass(frozen=True)
class ComponentsLaw:
    """The level at the history's end, how it wanders, the season, and the scatter of roots.

    `level` is its mean and variance, `wander` the variance of its step.
    """

    seen: History
    level: tuple[float, float]
    wander: float
    scatter: float
    season: NDArray[np.float64]

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Levels wander on the root scale; counts scatter round their square. [draw, step]

        The variance of a root count is a quarter of the dispersion (variance / mean).
        """
        start = rng.normal(self.level[0], np.sqrt(self.level[1]), (draws, 1))
        walk = np.cumsum(rng.normal(0.0, np.sqrt(self.wander), (draws, steps)), axis=1)
        roots = np.maximum(start + walk + self._season_ahead(steps), 0.0)
        mean = np.clip(roots**2 + self.scatter - _SHIFT, 0.0, self.seen.ceiling)
        return whole_counts(rng, mean, max(4 * self.scatter, 0.02))

    def _season_ahead(self, steps: int) -> NDArray[np.float64]:
        seen = self.seen
        waves = fourier(seen.future(steps), seen.freq, observed=int(seen.observed.sum()))
        return np.asarray(waves @ self.season[: waves.shape[1]])


def _learn(panel: CountPanel) -> Mapping[SeriesKey, ComponentsLaw]:
    """The law of every series that was ever observed."""
    size = min(_YEARS.get(panel.freq, 100) * panel.freq.per_year, len(panel.periods))
    histories = [seen for key in panel.series if (seen := history(panel, key)) is not None]
    values, observed = np.zeros((2, len(histories), size))
    waves = [_waves(seen, size) for seen in histories]
    regressors = np.zeros((len(histories), size, max(wave.shape[1] for wave in waves)))
    for row, (seen, wave) in enumerate(zip(histories, waves, strict=True)):
        known = len(wave)  # a series that began late is not observed before
        values[row, size - known :] = np.sqrt(seen.counts[-known:] + _SHIFT)
        observed[row, size - known :] = seen.observed[-known:]
        # Columns that a short history does not bear stay 0, and so do their effects.
        regressors[row, size - known :, : wave.shape[1]] = wave
    found = local_levels(values, observed > 0, regressors)
    return {
        seen.key: ComponentsLaw(
            seen=seen,
            level=(float(found.level[row]), float(found.level_variance[row])),
            wander=float(found.wander[row]),
            scatter=float(found.scatter[row]),
            season=found.effects[row],
        )
        for row, seen in enumerate(histories)
    }


def _waves(seen: History, size: int) -> NDArray[np.float64]:
    return fourier(seen.periods[-size:], seen.freq, observed=int(seen.observed.sum()))
