"""One boosted-tree model for all series: each series' next counts relative to its level."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_together
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel, SeriesKey
from forecasting.panel_features import (
    RATIO_BOUND,
    WINDOW,
    codes,
    features_at,
    regressor,
    training_table,
)
from forecasting.protocol import Ability

_MOST_ROWS = 40_000


@dataclass(frozen=True)
class GradientBoosting:
    """Scikit-learn's histogram boosting with Poisson loss, direct for every step ahead.

    Features are the series' level, recent and long means, the same place in earlier seasons,
    time of year, step, region and need group; all counts are divided by the level at the
    origin, so that large and small series teach one another.
    """

    name: str = "gradient_boosting"
    ability: ClassVar[Ability] = Ability(least_observed=3)
    iterations: int = 100
    learning_rate: float = 0.05
    leaves: int = 6
    least_leaf: int = 60

    def fit(self, panel: CountPanel) -> LocalFitted:
        """One regressor for the panel, and noise for every series."""
        known = codes(panel)
        return fit_together(
            self,
            panel,
            learn=lambda: self._learn(panel, known),
            law=lambda seen, learnt: _law(seen, learnt, known[seen.key]),
        )

    def _learn(self, panel: CountPanel, known: dict[SeriesKey, tuple[int, int]]) -> Any:
        features, target, weight = training_table(panel, known, most=_MOST_ROWS)
        boosted = regressor(
            len(target),
            known,
            least_leaf=self.least_leaf,
            loss="poisson",
            max_iter=self.iterations,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
        )
        return boosted.fit(features, target, sample_weight=weight)


@dataclass(frozen=True)
class BoostedLaw:
    """The shared regressor seen from one series' end, and the noise round it."""

    seen: History
    regressor: Any
    code: tuple[int, int]
    noise: CountNoise

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Negative binomial counts with an uncertain, drifting level. [draw, step]"""
        origin = np.full(steps, len(self.seen.counts) - 1)
        features, scale = features_at(
            self.seen, self.code, origin=origin, step=np.arange(1, steps + 1)
        )
        mean = _predict(self.regressor, features) * scale
        mean = np.minimum(mean, self.seen.ceiling)
        return self.noise.draw(rng, mean, draws=draws, per_year=self.seen.freq.per_year)


def _predict(regressor: Any, features: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = regressor.predict(features)
    return np.asarray(np.clip(ratio, 1 / RATIO_BOUND, RATIO_BOUND))


def _law(seen: History, regressor: Any, code: tuple[int, int]) -> BoostedLaw:
    """Noise from the series' own past: how its counts scattered a few steps ahead."""
    at = np.flatnonzero(seen.observed)
    recent = at[at >= 3][-5 * max(seen.freq.per_year, 4) :]
    if len(recent) == 0:
        raise ValueError("no observed period after the third, so nothing to compare with")
    step = np.ones(len(recent), dtype=np.int64)
    features, scale = features_at(seen, code, origin=recent - 1, step=step)
    mean = _predict(regressor, features) * scale
    window = at[-WINDOW[seen.freq] :]
    noise = count_noise(
        seen,
        scatter=dispersion(seen.counts[recent], mean),
        weight=float(seen.counts[window].sum()),
    )
    return BoostedLaw(seen=seen, regressor=regressor, code=code, noise=noise)
