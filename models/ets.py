"""Exponential smoothing on the square-root scale, where counts scatter alike at any level."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each
from forecasting.panel import CountPanel
from forecasting.protocol import Ability
from forecasting.seasons import fourier

_SHIFT = 3 / 8  # Anscombe's shift, which makes the root of a Poisson count most even


@dataclass(frozen=True)
class Ets:
    """Error-trend-season smoothing: statsmodels' ETS with a damped trend or none (by AICc).

    The season is Fourier terms on the root scale, shrunk as by `season_rows` more rows, so that
    52 weeks need no 52 states. Paths are simulated with the residuals' own distribution.
    """

    name: str = "ets"
    ability: ClassVar[Ability] = Ability(least_observed=8, most_missing=0.2)
    season_rows: float = 4.0

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Smoothing parameters, season and residuals of every series."""
        return fit_each(self, panel, self._fit_one)

    def _fit_one(self, seen: History) -> "EtsLaw":
        roots = np.sqrt(seen.counts + _SHIFT)
        waves = fourier(seen.periods, seen.freq, observed=int(seen.observed.sum()))
        season = _season(roots, waves, observed=seen.observed, rows=self.season_rows)
        level = _filled(roots - waves @ season, observed=seen.observed)
        found = _smoothing(level, recent=max(5 * seen.freq.per_year, 60))
        return EtsLaw(seen=seen, season=season, **found)


@dataclass(frozen=True)
class EtsLaw:
    """Smoothing parameters, last states, residuals and season, all on the root scale."""

    seen: History
    season: NDArray[np.float64]
    alpha: float
    beta: float
    damping: float
    level: float
    trend: float
    residuals: NDArray[np.float64]
    alpha_sd: float

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Simulated paths, squared back and rounded up or down by chance. [draw, step]"""
        seen = self.seen
        waves = fourier(seen.future(steps), seen.freq, observed=int(seen.observed.sum()))
        roots = self._paths(rng, steps=steps, draws=draws) + waves @ self.season
        mean = np.maximum(roots, 0.0) ** 2 - _SHIFT
        counts = np.floor(np.maximum(mean, 0.0) + rng.random((draws, steps)))
        return np.asarray(np.minimum(counts, 2 * seen.ceiling), dtype=np.int64)

    def _paths(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.float64]:
        error = rng.choice(self.residuals, (draws, steps))
        # Resampled residuals alone never exceed the worst one seen: smooth them a little.
        smooth = 0.3
        noise = rng.normal(0.0, self.residuals.std() + 1e-9, (draws, steps))
        error = (error + smooth * noise) / np.sqrt(1 + smooth**2)
        alpha = np.clip(rng.normal(self.alpha, self.alpha_sd, draws), 0.0, 1.0)
        level, trend = np.full(draws, self.level), np.full(draws, self.trend)
        paths = np.empty((draws, steps))
        for step in range(steps):
            trend = self.damping * trend
            paths[:, step] = level + trend + error[:, step]
            level = level + trend + alpha * error[:, step]
            trend = trend + self.beta * error[:, step]
        return paths


def _season(
    roots: NDArray[np.float64],
    waves: NDArray[np.float64],
    *,
    observed: NDArray[np.bool_],
    rows: float,
) -> NDArray[np.float64]:
    """Ridge coefficients of the season, beside a level that moves by years."""
    if waves.shape[1] == 0:
        return np.zeros(0)
    years = np.arange(len(roots)) * 6 // len(roots)
    steps = (years[:, None] == np.arange(6)).astype(np.float64)
    design = np.column_stack([waves, steps])[observed]
    ridge = np.diag([rows] * waves.shape[1] + [1e-6] * 6)
    found = np.linalg.solve(design.T @ design + ridge, design.T @ roots[observed])
    return np.asarray(found[: waves.shape[1]])


def _filled(values: NDArray[np.float64], *, observed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Missing periods by straight lines between their neighbours. [period]"""
    at = np.arange(len(values))
    return np.asarray(np.interp(at, at[observed], values[observed]))


def _smoothing(level: NDArray[np.float64], *, recent: int) -> dict[str, Any]:
    """The better of simple and damped-trend smoothing by AICc, as fields of an EtsLaw.

    The last `recent` residuals say how much the near future may scatter.
    """
    if np.ptp(level) < 1e-9:
        return _fields(1.0, 0.0, 0.0, states=(float(level[-1]), 0.0), residuals=np.zeros(2))
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # slow to import

    settings = {"error": "add", "initialization_method": "heuristic"}
    if len(level) < 10:
        settings |= {"initialization_method": "estimated"}
    fits = [ETSModel(level, **settings).fit(disp=False, maxiter=60)]
    if len(level) >= 24:
        damped = ETSModel(level, trend="add", damped_trend=True, **settings)
        fits.append(damped.fit(disp=False, maxiter=60))
    best = min(fits, key=lambda found: found.aicc)
    beta = float(getattr(best, "smoothing_trend", 0.0) or 0.0)
    trend = float(best.slope[-1]) if len(fits) > 1 and best is fits[1] else 0.0
    return _fields(
        float(best.smoothing_level),
        beta,
        min(float(getattr(best, "damping_trend", 0.0) or 0.0), 0.95),
        states=(float(best.level[-1]), trend),
        residuals=np.asarray(best.resid)[-recent:],
    )


def _fields(
    alpha: float,
    beta: float,
    damping: float,
    *,
    states: tuple[float, float],
    residuals: NDArray[np.float64],
) -> dict[str, Any]:
    centred = residuals - residuals.mean()
    spread = np.median(np.abs(centred)) * 1.4826
    limit = 5 * max(spread, float(centred.std()) / 3)
    free = max(len(centred) - 2, 1)
    return {
        "alpha": alpha,
        "beta": beta,
        "damping": damping,
        "level": states[0],
        "trend": states[1],
        "residuals": np.clip(centred, -limit, limit) * np.sqrt(len(centred) / free),
        # Large-sample error of a smoothing weight, at least what 100 periods leave open.
        "alpha_sd": float(np.sqrt(alpha * (2 - alpha) / len(centred))) + 0.03,
    }
