"""Prophet on the square-root scale, with whole counts drawn round its trend and season."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel
from forecasting.protocol import Ability
from forecasting.seasons import fourier, year_position

_SHIFT = 3 / 8
_MOST_GROWTH = 0.2  # of the level's root, a year


@dataclass(frozen=True)
class Prophet:
    """Prophet's piecewise-linear trend, few harmonics, and our own noise.

    Prophet's own intervals are far too narrow for counts (Gaussian noise, no level drift), so
    only its most probable curve is used; `changepoints` and `flexibility` are Prophet's
    n_changepoints and changepoint_prior_scale. The trend ahead fades by `damping` a year.
    """

    name: str = "prophet"
    ability: ClassVar[Ability] = Ability(least_observed=6)
    changepoints: int = 12
    flexibility: float = 0.1
    season_scale: float = 0.5
    damping: float = 0.5

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Trend, season and noise of every series."""
        return fit_each(self, panel, self._fit_one)

    def _fit_one(self, seen: History) -> "ProphetLaw":
        at = np.flatnonzero(seen.observed)
        waves = fourier(seen.periods, seen.freq, observed=len(at))
        curve, season = self._curve(seen, waves)
        roots = curve + waves[at] @ season
        spare = float(np.var(np.sqrt(seen.counts[at] + _SHIFT) - roots))
        mean = np.maximum(np.maximum(roots, 0.0) ** 2 + spare - _SHIFT, 0.0)
        scatter = dispersion(seen.counts[at], mean, parameters=min(len(season) + 4, len(at) / 2))
        recent = at[-max(seen.freq.per_year, 4) :]
        return ProphetLaw(
            seen=seen,
            level=float(curve[-1]),
            slope=_slope(curve, seen),
            season=season,
            spare=spare,
            damping=self.damping,
            noise=count_noise(seen, scatter=scatter, weight=float(seen.counts[recent].sum())),
        )

    def _curve(
        self, seen: History, waves: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fitted trend at the observed periods, and coefficients of the season."""
        import pandas as pd
        from prophet import Prophet as Library  # slow to import

        model = Library(
            n_changepoints=self.changepoints,
            changepoint_range=0.9,
            changepoint_prior_scale=self.flexibility,
            yearly_seasonality=False,
            weekly_seasonality=False,
            daily_seasonality=False,
            uncertainty_samples=0,
        )
        frame = pd.DataFrame({"ds": seen.periods.astype("datetime64[ns]")})
        frame["y"] = np.sqrt(seen.counts + _SHIFT)
        for i in range(waves.shape[1]):
            frame[f"wave_{i}"] = waves[:, i]
            model.add_regressor(f"wave_{i}", prior_scale=self.season_scale, standardize=False)
        model.fit(frame[seen.observed], seed=1)
        return _read(model, waves.shape[1])


@dataclass(frozen=True)
class ProphetLaw:
    """Where the curve ends and how it goes on, on the root scale, and the noise round it."""

    seen: History
    level: float
    slope: float
    season: NDArray[np.float64]
    spare: float
    damping: float
    noise: CountNoise

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Negative binomial counts with an uncertain, drifting level. [draw, step]"""
        seen = self.seen
        waves = fourier(seen.future(steps), seen.freq, observed=int(seen.observed.sum()))
        gap = year_position(seen.future(steps), seen.freq) - year_position(
            seen.periods[-1:], seen.freq
        )
        fading = (1 - self.damping**gap) / -np.log(self.damping)
        roots = self.level + self.slope * fading + waves @ self.season
        mean = np.maximum(roots, 0.0) ** 2 + self.spare - _SHIFT
        mean = np.clip(mean, 0.0, seen.ceiling)
        return self.noise.draw(rng, mean, draws=draws, per_year=seen.freq.per_year)


def _read(model: Any, waves: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trend at the fitted rows and season coefficients, in units of the data."""
    trend = np.ravel(model.params["trend"])[-len(model.history) :] * model.y_scale
    beta = np.ravel(model.params["beta"])[:waves] * model.y_scale
    return np.asarray(trend), np.asarray(beta)


def _slope(curve: NDArray[np.float64], seen: History) -> float:
    """Slope at the curve's end, in roots a year, held to what is believable."""
    if len(curve) < 2:
        return 0.0
    at = year_position(seen.periods[seen.observed], seen.freq)
    slope = (curve[-1] - curve[-2]) / (at[-1] - at[-2])
    most = _MOST_GROWTH * max(float(curve[-1]), 0.0)
    return float(np.clip(slope, -most, most))
