"""Boosted trees for quantiles of all series at once, tied into joint paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.history import History, LocalFitted, fit_together
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel, SeriesKey
from forecasting.panel_features import (
    codes,
    features_at,
    regressor,
    training_table,
)
from forecasting.protocol import Ability

Array = NDArray[np.float64]

_LEVELS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
_SCORES = norm.ppf(_LEVELS)
_MOST_ROWS = 15_000


@dataclass(frozen=True)
class QuantileBoosting:
    """Scikit-learn's histogram boosting with pinball loss, one regressor a level, direct.

    No law of counts is assumed: the shape round the level is learnt from all series. Quantiles
    say nothing of how periods hang together, so paths take their ranks from the series' own
    noise: a level that stays and scatter that does not.
    """

    name: str = "quantile_boosting"
    ability: ClassVar[Ability] = Ability(least_observed=3)
    iterations: int = 60
    learning_rate: float = 0.08
    leaves: int = 6
    least_leaf: int = 40

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Regressors for the panel, and noise for every series."""
        known = codes(panel)
        return fit_together(
            self,
            panel,
            learn=lambda: self._learn(panel, known),
            law=lambda seen, learnt: _law(seen, learnt, known[seen.key]),
        )

    def _learn(self, panel: CountPanel, known: dict[SeriesKey, tuple[int, int]]) -> list[Any]:
        features, target, weight = training_table(panel, known, most=_MOST_ROWS)
        return [
            regressor(
                len(target),
                known,
                least_leaf=self.least_leaf,
                loss="quantile",
                quantile=level,
                max_iter=self.iterations,
                learning_rate=self.learning_rate,
                max_leaf_nodes=self.leaves,
            ).fit(features, target, sample_weight=weight)
            for level in _LEVELS
        ]


@dataclass(frozen=True)
class QuantileLaw:
    """The shared regressors seen from one series' end, and how its periods hang together."""

    seen: History
    regressors: Sequence[Any]
    code: tuple[int, int]
    noise: CountNoise

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Counts at the quantiles of correlated ranks, rounded without bias. [draw, step]"""
        quantiles = self._quantiles(steps)  # [step, level]
        scores = self._scores(rng, quantiles[:, len(_LEVELS) // 2], draws=draws)
        values = np.stack([_at(scores[:, step], quantiles[step]) for step in range(steps)], axis=1)
        values = np.clip(values, 0.0, 3 * self.seen.ceiling)
        return np.asarray(np.floor(values + rng.random(values.shape)), dtype=np.int64)

    def _quantiles(self, steps: int) -> Array:
        origin = np.full(steps, len(self.seen.counts) - 1)
        features, scale = features_at(
            self.seen, self.code, origin=origin, step=np.arange(1, steps + 1)
        )
        ratios = np.stack([each.predict(features) for each in self.regressors], axis=1)
        # Regressors of neighbouring levels can cross; sorted they are no worse (Chernozhukov
        # et al. 2010).
        return np.asarray(np.sort(np.maximum(ratios, 0.0), axis=1) * scale[:, None])

    def _scores(self, rng: np.random.Generator, middle: Array, *, draws: int) -> Array:
        """Normal scores whose correlation is the level's part of the noise. [draw, step]"""
        steps, per_year = len(middle), self.seen.freq.per_year
        step_sd = self.noise.level_year / np.sqrt(per_year)
        walk = np.cumsum(rng.normal(0.0, step_sd, (draws, steps)), axis=1)
        level = rng.normal(0.0, self.noise.level_now, (draws, 1)) + walk
        scatter = np.sqrt(self.noise.dispersion / np.maximum(middle, 0.3))  # [step]
        spread = self.noise.level_now**2 + step_sd**2 * np.arange(1, steps + 1) + scatter**2
        return np.asarray((level + rng.normal(0.0, 1.0, (draws, steps)) * scatter) / spread**0.5)


def _at(scores: Array, quantiles: Array) -> Array:
    """The quantile function at normal scores; beyond the outer levels it goes on as a line."""
    inside = np.interp(scores, _SCORES, quantiles)
    low = (quantiles[1] - quantiles[0]) / (_SCORES[1] - _SCORES[0])
    high = (quantiles[-1] - quantiles[-2]) / (_SCORES[-1] - _SCORES[-2])
    inside += low * np.minimum(scores - _SCORES[0], 0.0)
    return np.asarray(inside + high * np.maximum(scores - _SCORES[-1], 0.0))


def _law(seen: History, regressors: Sequence[Any], code: tuple[int, int]) -> QuantileLaw:
    values = seen.values[-5 * max(seen.freq.per_year, 4) :]
    local = np.convolve(np.pad(values, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    noise = count_noise(
        seen,
        scatter=dispersion(values, local, parameters=len(values) / 5),
        weight=float(values[-seen.freq.per_year :].sum()),
    )
    return QuantileLaw(seen=seen, regressors=regressors, code=code, noise=noise)
