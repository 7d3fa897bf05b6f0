"""Negative binomial regression: level, damped trend, Fourier season, columns known ahead."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel, Frequency
from forecasting.protocol import Ability
from forecasting.seasons import fourier, year_position

_MOST_GROWTH = np.log(1.25)  # a year


@dataclass(frozen=True)
class NegBinGlm:
    """Log-linear counts with Gaussian priors on every coefficient but the level.

    Old periods count less (`half_life_years`), so that the level is that of today. The trend
    is shrunk (prior sd `trend_sd` a year) and damped (`damping` a year): free trends explode
    on short histories. `season_sd` and `known_sd` are prior sds of the log effects.
    """

    name: str = "negbin_glm"
    ability: ClassVar[Ability] = Ability(least_observed=3, uses_known=True)
    half_life_years: float = 1.5
    trend_sd: float = 0.05
    damping: float = 0.6
    season_sd: float = 0.3
    known_sd: float = 0.2

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Coefficients, their uncertainty, and noise of every series."""
        return fit_each(self, panel, self._fit_one)

    def _fit_one(self, seen: History) -> "GlmLaw":
        at = np.flatnonzero(seen.observed)
        columns = _known_columns(seen)
        design = _design(seen, seen.periods, columns)[at]
        counts = seen.counts[at]
        age = year_position(seen.periods[-1:], seen.freq) - year_position(
            seen.periods[at], seen.freq
        )
        weights = 0.5 ** (age / self._half_life(seen))
        prior = self._prior_precision(len(columns), design.shape[1])
        center, scatter = _estimate(counts, design, weights=weights, prior=prior)
        mean = np.exp(design @ center)
        precision = design.T @ (design * (weights * mean / scatter)[:, None])
        return GlmLaw(
            seen=seen,
            columns=tuple(columns),
            center=center,
            covariance=np.asarray(np.linalg.inv(precision + np.diag(prior)), dtype=np.float64),
            noise=count_noise(seen, scatter=scatter, weight=np.inf),
            damping=self.damping,
        )

    def _half_life(self, seen: History) -> float:
        return self.half_life_years * (3.0 if seen.freq is Frequency.YEAR else 1.0)

    def _prior_precision(self, known: int, size: int) -> NDArray[np.float64]:
        sd = np.full(size, self.season_sd)
        sd[0], sd[1] = 3.0, self.trend_sd
        sd[size - known :] = self.known_sd
        return 1 / sd**2


@dataclass(frozen=True)
class GlmLaw:
    """Posterior of the coefficients (Gaussian), and the noise round the mean they give."""

    seen: History
    columns: tuple[str, ...]
    center: NDArray[np.float64]
    covariance: NDArray[np.float64]
    noise: CountNoise
    damping: float
    _root: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values, vectors = np.linalg.eigh(self.covariance)
        object.__setattr__(self, "_root", vectors * np.sqrt(np.maximum(values, 0.0)))

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Coefficients drawn once a path, then counts round the path's mean. [draw, step]"""
        per_year = self.seen.freq.per_year
        design = self._ahead(steps)
        off = rng.normal(0.0, 1.0, (draws, len(self.center))) @ self._root.T
        spread = ((design @ self._root) ** 2).sum(axis=1)  # [step]
        log_mean = design @ self.center + np.clip(off @ design.T, -1.5, 1.5) - spread / 2
        mean = np.exp(np.minimum(log_mean, np.log(self.seen.ceiling)))
        return self.noise.draw(rng, mean, draws=draws, per_year=per_year)

    def _ahead(self, steps: int) -> NDArray[np.float64]:
        seen = self.seen
        design = _design(seen, seen.future(steps), self.columns, ahead=True)
        ratio = self.damping ** (1 / seen.freq.per_year)
        design[:, 1] = np.cumsum(ratio ** np.arange(1, steps + 1)) / seen.freq.per_year
        return design


def _known_columns(seen: History) -> tuple[str, ...]:
    """Columns known ahead that vary over the observed past."""
    size = len(seen.counts)
    return tuple(
        name
        for name, column in sorted(seen.known.items())
        if np.isfinite(column).all() and column[:size][seen.observed].std() > 1e-9
    )


def _design(
    seen: History,
    periods: NDArray[np.datetime64],
    columns: tuple[str, ...],
    *,
    ahead: bool = False,
) -> NDArray[np.float64]:
    """Level, trend in years before the end, season, standardised known columns."""
    size = len(seen.counts)
    time = year_position(periods, seen.freq) - year_position(seen.periods[-1:], seen.freq)
    season = fourier(periods, seen.freq, observed=int(seen.observed.sum()))
    known = []
    for name in columns:
        column = seen.known[name]
        past = column[:size][seen.observed]
        values = (column[size:] if ahead else column[:size]) - past.mean()
        # Beyond the last known value a column says nothing: its mean.
        values = np.pad(values, (0, max(0, len(periods) - len(values))))[: len(periods)]
        known.append(values / past.std())
    return np.column_stack([np.ones(len(periods)), time, season, *known])


def _estimate(
    counts: NDArray[np.float64],
    design: NDArray[np.float64],
    *,
    weights: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Most probable coefficients under Gaussian priors (`prior` precisions), and dispersion.

    statsmodels' ridge-penalised Poisson GLM, relative to the mean count so that the level's
    prior is about that mean; twice, since the dispersion weighs the data against the prior.
    """
    import statsmodels.api as sm  # slow to import

    offset = np.full(len(counts), np.log(counts.mean()))
    model = sm.GLM(counts, design, family=sm.families.Poisson(), offset=offset, var_weights=weights)
    center, scatter = np.zeros(design.shape[1]), 1.0
    for _ in range(2):
        penalty = prior * scatter / len(counts)
        found = model.fit_regularized(alpha=penalty, L1_wt=0.0, start_params=center)
        center = np.clip(np.asarray(found.params, dtype=np.float64), -8.0, 8.0)
        center[1] = np.clip(center[1], -_MOST_GROWTH, _MOST_GROWTH)
        mean = np.exp(np.clip(design @ center + offset, -12.0, 25.0))
        scatter = max(dispersion(counts, mean, parameters=min(len(center), len(counts) / 2)), 0.2)
    center[0] += offset[0]
    return center, scatter
