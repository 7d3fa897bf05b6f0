"""One boosted-tree model for all series: each series' next counts relative to its level."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_together, history
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
from forecasting.protocol import Ability, CannotFitError

Array = NDArray[np.float64]

_MOST_ROWS = 40_000
# Steps ahead that are learnt from (forecasting/panel_features.py).
_YEARS_LEARNT = 2


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
            law=lambda seen, learnt: learnt.law(seen),
        )

    def _learn(self, panel: CountPanel, known: dict[SeriesKey, tuple[int, int]]) -> "_Boosted":
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
        return _Boosted.of(boosted.fit(features, target, sample_weight=weight), panel, known)


@dataclass(frozen=True)
class BoostedLaw:
    """The means that the shared regressor gives one series, and the noise round them.

    `ahead` [step] reaches as far as steps were learnt; `mean` gives those of any number.
    """

    seen: History
    ahead: Array
    mean: Callable[[int], Array]
    noise: CountNoise

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Negative binomial counts with an uncertain, drifting level. [draw, step]"""
        mean = self.ahead[:steps] if steps <= len(self.ahead) else self.mean(steps)
        mean = np.minimum(mean, self.seen.ceiling)
        return self.noise.draw(rng, mean, draws=draws, per_year=self.seen.freq.per_year)


@dataclass(frozen=True)
class _Boosted:
    """The regressor, and what it says of every series' last years and next ones.

    A call of the regressor costs as much for one row as for a thousand, so all series are
    asked at once.
    """

    regressor: Any
    code: Mapping[SeriesKey, tuple[int, int]]
    recent: Mapping[SeriesKey, Array]
    ahead: Mapping[SeriesKey, Array]

    @staticmethod
    def of(
        regressor: Any, panel: CountPanel, known: Mapping[SeriesKey, tuple[int, int]]
    ) -> "_Boosted":
        seen = [each for key in panel.series if (each := history(panel, key)) is not None]
        steps = np.arange(1, _YEARS_LEARNT * panel.freq.per_year + 1)
        past = [_recent(each) for each in seen]
        rows = [
            features_at(each, known[each.key], origin=at, step=ahead)
            for each, recent in zip(seen, past, strict=True)
            for at, ahead in (
                (recent - 1, np.ones(len(recent), dtype=np.int64)),
                (np.full(len(steps), len(each.counts) - 1), steps),
            )
        ]
        means = np.split(_means(regressor, rows), np.cumsum([len(scale) for _, scale in rows])[:-1])
        keys = [each.key for each in seen]
        return _Boosted(
            regressor,
            known,
            recent=dict(zip(keys, means[::2], strict=True)),
            ahead=dict(zip(keys, means[1::2], strict=True)),
        )

    def law(self, seen: History) -> BoostedLaw:
        """Noise from the series' own past: how its counts scattered a step ahead."""
        at = np.flatnonzero(seen.observed)
        recent = _recent(seen)
        if len(recent) == 0:
            raise CannotFitError(
                "nothing_to_learn",
                "no observed period after the third, so nothing to compare with",
            )
        window = at[-WINDOW[seen.freq] :]
        noise = count_noise(
            seen,
            scatter=dispersion(seen.counts[recent], self.recent[seen.key]),
            weight=float(seen.counts[window].sum()),
        )
        return BoostedLaw(seen, self.ahead[seen.key], partial(self._far, seen), noise)

    def _far(self, seen: History, steps: int) -> Array:
        origin = np.full(steps, len(seen.counts) - 1)
        rows = features_at(seen, self.code[seen.key], origin=origin, step=np.arange(1, steps + 1))
        return _means(self.regressor, [rows])


def _recent(seen: History) -> NDArray[np.int64]:
    """Observed periods of the last five years or so that have a past to be forecast from."""
    at = np.flatnonzero(seen.observed)
    return at[at >= 3][-5 * max(seen.freq.per_year, 4) :]


def _means(regressor: Any, rows: Sequence[tuple[Array, Array]]) -> Array:
    """Expected counts at features and levels, one table after the other. [row]"""
    features, scale = (np.concatenate(part) for part in zip(*rows, strict=True))
    ratio = regressor.predict(features)
    return np.asarray(np.clip(ratio, 1 / RATIO_BOUND, RATIO_BOUND) * scale)
