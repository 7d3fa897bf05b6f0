"""A wandering level and a fixed season of root counts, by statsmodels' Kalman filter."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each
from forecasting.noise import whole_counts
from forecasting.panel import CountPanel, Frequency
from forecasting.protocol import Ability
from forecasting.seasons import fourier

# Roots of counts scatter alike whatever the mean; with this shift also those of small ones.
_SHIFT = 3 / 8
_MOST_ITERATIONS = 50
_YEARS = {Frequency.DAY: 2, Frequency.WEEK: 6}


@dataclass(frozen=True)
class UnobservedComponents:
    """Local level plus Fourier season of root counts, by maximum likelihood.

    The filter takes gaps as they are. Only the latest years of weeks and days are used
    (`_YEARS`): older ones say little about a level that wanders, and take long.
    """

    name: str = "unobserved_components"
    ability: ClassVar[Ability] = Ability(least_observed=8)

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Level, season and variances of every series."""
        return fit_each(self, panel, _fit_one)


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
        return np.asarray(waves @ self.season)


def _fit_one(seen: History) -> ComponentsLaw:
    size = _YEARS.get(seen.freq, 100) * seen.freq.per_year
    observed = seen.observed[-size:]
    roots = np.where(observed, np.sqrt(seen.counts[-size:] + _SHIFT), np.nan)
    waves = fourier(seen.periods[-size:], seen.freq, observed=int(seen.observed.sum()))
    found = _fitted(roots, waves)
    parameters = dict(zip(found.model.param_names, found.params, strict=True))
    return ComponentsLaw(
        seen=seen,
        level=(float(found.filtered_state[0, -1]), float(found.filtered_state_cov[0, 0, -1])),
        wander=float(parameters["sigma2.level"]),
        scatter=float(parameters["sigma2.irregular"]),
        season=np.asarray(found.params[2:], dtype=np.float64),
    )


def _fitted(roots: NDArray[np.float64], waves: NDArray[np.float64]) -> Any:
    from statsmodels.tsa.statespace.structural import (
        UnobservedComponents as Library,  # slow to import
    )

    model = Library(roots, level="local level", exog=waves if waves.shape[1] else None)
    found = model.fit(disp=0, method="lbfgs", maxiter=_MOST_ITERATIONS, cov_type="none")
    if not np.isfinite(found.params).all():
        raise ValueError("the likelihood has no finite maximum")
    return found
