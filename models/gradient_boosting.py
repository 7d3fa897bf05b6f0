"""One boosted-tree model for all series: each series' next counts relative to its level."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each, history, quiet
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel, SeriesKey
from forecasting.panel_features import (
    CATEGORICAL,
    RATIO_BOUND,
    WINDOW,
    codes,
    features_at,
    training_rows,
)
from forecasting.protocol import Ability

_LEAST_ROWS = 40
_MOST_ROWS = 40_000
_MOST_CATEGORIES = 200


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
        try:
            with quiet():
                regressor = self._learn(panel, known)
        except Exception as error:  # becomes a FitFailure of every series below
            reason = str(error)

            def refuse(_seen: History) -> "BoostedLaw":
                raise ValueError(reason)

            return fit_each(self, panel, refuse)
        return fit_each(self, panel, lambda seen: _law(seen, regressor, known[seen.key]))

    def _learn(self, panel: CountPanel, codes: dict[SeriesKey, tuple[int, int]]) -> Any:
        tables = [
            training_rows(seen, codes[key])
            for key in panel.series
            if (seen := history(panel, key)) is not None and seen.values.any()
        ]
        rows = sum(len(target) for _, target, _ in tables)
        if rows < _LEAST_ROWS:
            raise ValueError(
                f"{rows} rows to learn from in the whole panel, but boosting needs {_LEAST_ROWS}"
            )
        features, target, weight = (np.concatenate(part) for part in zip(*tables, strict=True))
        kept = slice(None, None, -(-rows // _MOST_ROWS))
        regressor = self._regressor(rows, codes)
        return regressor.fit(features[kept], target[kept], sample_weight=weight[kept])

    def _regressor(self, rows: int, codes: dict[SeriesKey, tuple[int, int]]) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor  # slow to import

        few = max(max(code) for code in codes.values()) < _MOST_CATEGORIES
        return HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.iterations,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=max(5, min(self.least_leaf, rows // 20)),
            l2_regularization=10.0,
            early_stopping=False,
            categorical_features=list(CATEGORICAL) if few else None,
            random_state=1,
        )


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
