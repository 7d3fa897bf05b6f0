"""One boosted-tree model for all series: each series' next counts relative to its level."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each, history, quiet
from forecasting.local_noise import count_noise
from forecasting.noise import CountNoise, dispersion
from forecasting.panel import CountPanel, Frequency, SeriesKey
from forecasting.protocol import Ability
from forecasting.seasons import year_position

_LEAST_ROWS = 40
_MOST_ROWS = 40_000
_MOST_CATEGORIES = 200
# Steps ahead to learn from, as shares of two years: dense near the origin.
_STEP_SHARES = np.array([0.01, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0])
_WINDOW = {
    Frequency.DAY: 56,
    Frequency.WEEK: 52,
    Frequency.MONTH: 12,
    Frequency.QUARTER: 4,
    Frequency.YEAR: 3,
}
_RATIO_BOUND = 5.0
_CATEGORICAL = (0, 1)


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
        codes = _codes(panel)
        try:
            with quiet():
                regressor = self._learn(panel, codes)
        except Exception as error:  # becomes a FitFailure of every series below
            reason = str(error)

            def refuse(_seen: History) -> "BoostedLaw":
                raise ValueError(reason)

            return fit_each(self, panel, refuse)
        return fit_each(self, panel, lambda seen: _law(seen, regressor, codes[seen.key]))

    def _learn(self, panel: CountPanel, codes: dict[SeriesKey, tuple[int, int]]) -> Any:
        tables = [
            _table(seen, codes[key])
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
            categorical_features=list(_CATEGORICAL) if few else None,
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
        features, scale = _features(
            self.seen, self.code, origin=origin, step=np.arange(1, steps + 1)
        )
        mean = _predict(self.regressor, features) * scale
        mean = np.minimum(mean, self.seen.ceiling)
        return self.noise.draw(rng, mean, draws=draws, per_year=self.seen.freq.per_year)


def _codes(panel: CountPanel) -> dict[SeriesKey, tuple[int, int]]:
    """Region and need group as whole numbers; a plain name stands for both."""
    first = sorted({key.region or key.name for key in panel.series})
    second = sorted({key.need_group for key in panel.series})
    return {
        key: (first.index(key.region or key.name), second.index(key.need_group))
        for key in panel.series
    }


def _table(
    seen: History, code: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Features, target and weight of every past origin and step of one series."""
    size = len(seen.counts)
    ahead = np.unique(np.ceil(_STEP_SHARES * 2 * seen.freq.per_year)).astype(np.int64)
    origin, step = (grid.ravel() for grid in np.meshgrid(np.arange(2, size), ahead))
    usable = origin + step < size
    origin, step = origin[usable], step[usable]
    usable = seen.observed[origin + step]
    origin, step = origin[usable], step[usable]
    features, scale = _features(seen, code, origin=origin, step=step)
    target = np.minimum(seen.counts[origin + step] / scale, 2 * _RATIO_BOUND)
    return features, target, np.sqrt(scale)


def _features(
    seen: History,
    code: tuple[int, int],
    *,
    origin: NDArray[np.int64],
    step: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What was known at `origin` about the period `step` later. [row, column], [row]"""
    window, season = _WINDOW[seen.freq], seen.freq.season
    total = np.concatenate([[0.0], np.cumsum(seen.counts * seen.observed)])
    count = np.concatenate([[0.0], np.cumsum(seen.observed)])

    def mean(size: int) -> NDArray[np.float64]:
        start = np.maximum(origin + 1 - size, 0)
        events = total[origin + 1] - total[start]
        return np.asarray((events + 0.5) / (count[origin + 1] - count[start] + 1.0))

    scale = mean(window)
    place = _same_place(seen, origin, origin + step, season=season)
    when = _when(seen, origin + step)
    columns = [
        np.full(len(origin), float(code[0])),
        np.full(len(origin), float(code[1])),
        np.log(scale),
        mean(1) / scale,
        mean(max(window // 4, 1)) / scale,
        mean(3 * window) / scale,
        place / mean(5 * season if season > 1 else 5),
        np.sin(2 * np.pi * when),
        np.cos(2 * np.pi * when),
        (origin + step) % season,
        np.minimum(step / seen.freq.per_year, 2.0),
    ]
    return np.column_stack(columns), scale


def _when(seen: History, period: NDArray[np.int64]) -> NDArray[np.float64]:
    """Time in years of periods counted from the history's first, also beyond its end."""
    beyond = max(int(period.max(initial=0)) + 1 - len(seen.counts), 0)
    periods = np.concatenate([seen.periods, seen.future(beyond)]) if beyond else seen.periods
    return year_position(periods[period], seen.freq)


def _same_place(
    seen: History, origin: NDArray[np.int64], target: NDArray[np.int64], *, season: int
) -> NDArray[np.float64]:
    """Mean of up to five earlier counts at the target's place in the season, NaN for none."""
    back = -(-(target - origin) // season)  # seasons back to the first one known
    at = target[:, None] - season * (back[:, None] + np.arange(5))  # [row, season]
    known = (at >= 0) & seen.observed[np.maximum(at, 0)]
    counts = np.where(known, seen.counts[np.maximum(at, 0)], 0.0)
    number = known.sum(axis=1)
    return np.asarray(np.where(number > 0, counts.sum(axis=1) / np.maximum(number, 1), np.nan))


def _predict(regressor: Any, features: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = regressor.predict(features)
    return np.asarray(np.clip(ratio, 1 / _RATIO_BOUND, _RATIO_BOUND))


def _law(seen: History, regressor: Any, code: tuple[int, int]) -> BoostedLaw:
    """Noise from the series' own past: how its counts scattered a few steps ahead."""
    at = np.flatnonzero(seen.observed)
    recent = at[at >= 3][-5 * max(seen.freq.per_year, 4) :]
    if len(recent) == 0:
        raise ValueError("no observed period after the third, so nothing to compare with")
    step = np.ones(len(recent), dtype=np.int64)
    features, scale = _features(seen, code, origin=recent - 1, step=step)
    mean = _predict(regressor, features) * scale
    window = at[-_WINDOW[seen.freq] :]
    noise = count_noise(
        seen,
        scatter=dispersion(seen.counts[recent], mean),
        weight=float(seen.counts[window].sum()),
    )
    return BoostedLaw(seen=seen, regressor=regressor, code=code, noise=noise)
