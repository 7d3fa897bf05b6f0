"""Scatter of counts round a mean path: over-dispersion, and a level that nobody knows.

Independent noise month by month makes a year's sum far too narrow. So every draw also has
its own level, which is uncertain today and drifts over the years.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History

# Typical change of a yearly level, and how many years of evidence that belief is worth.
_PRIOR_DRIFT = 0.12
_PRIOR_YEARS = 3.0
_MOST_DRIFT = 0.6
# How much less the evidence of a year counts than that of the year after it.
_FADING = 0.9
_LEVEL_BOUND = np.log(6.0)
_MOST_MEAN = 1e9


@dataclass(frozen=True)
class CountNoise:
    """How counts scatter round a mean path.

    `dispersion` = variance / mean of a single period (1 is Poisson, below 1 binomial).
    `level_now` is the standard deviation of the log level today, `level_year` that of its
    drift in a year.
    """

    dispersion: float
    level_now: float
    level_year: float

    def after(self, periods: int, *, per_year: int) -> "CountNoise":
        """The noise of a forecast whose last count is already `periods` old."""
        variance = self.level_now**2 + periods * self.level_year**2 / per_year
        return replace(self, level_now=float(np.sqrt(variance)))

    def draw(
        self, rng: np.random.Generator, mean: NDArray[np.float64], *, draws: int, per_year: int
    ) -> NDArray[np.int64]:
        """Whole counts round `mean`, [step] or [draw, step]. [draw, step]"""
        steps = mean.shape[-1]
        level = level_paths(rng, self, steps=steps, draws=draws, per_year=per_year)
        return whole_counts(rng, mean * level, self.dispersion)


def level_paths(
    rng: np.random.Generator, noise: CountNoise, *, steps: int, draws: int, per_year: int
) -> NDArray[np.float64]:
    """Factors with mean 1: an uncertain level that goes on as a random walk. [draw, step]"""
    step_sd = noise.level_year / np.sqrt(per_year)
    walk = np.cumsum(rng.normal(0.0, 1.0, (draws, steps)), axis=1) * step_sd
    log_level = rng.normal(0.0, 1.0, (draws, 1)) * noise.level_now + walk
    variance = noise.level_now**2 + step_sd**2 * np.arange(1, steps + 1)
    return np.asarray(np.exp(np.clip(log_level - variance / 2, -_LEVEL_BOUND, _LEVEL_BOUND)))


def whole_counts(
    rng: np.random.Generator, mean: NDArray[np.float64], dispersion: float
) -> NDArray[np.int64]:
    """Whole counts with this mean and variance `dispersion` x mean. [same as mean]

    Negative binomial above 1 (a Poisson with a gamma rate), Poisson at 1, binomial below.
    """
    mean = np.minimum(mean, _MOST_MEAN)
    if dispersion > 1.001:
        rate = rng.gamma(mean / (dispersion - 1), dispersion - 1)
        return np.asarray(rng.poisson(rate), dtype=np.int64)
    if dispersion >= 0.999:
        return np.asarray(rng.poisson(mean), dtype=np.int64)
    trials = np.ceil(mean / (1 - dispersion) - 1e-9).astype(np.int64)
    chance = np.clip(mean / np.maximum(trials, 1), 0.0, 1.0)
    return np.asarray(rng.binomial(trials, chance), dtype=np.int64)


def dispersion(
    counts: NDArray[np.float64], mean: NDArray[np.float64], *, parameters: float = 1.0
) -> float:
    """Variance / mean of counts round their fitted mean, robust to single outliers.

    Pearson's statistic over degrees of freedom, each error capped at three times what is
    usual, plus three events. `parameters` is the number of fitted ones.
    """
    mean = np.maximum(mean, 1e-3)
    square = (counts - mean) ** 2 / mean
    # 0.455 and 1.642 are the median and 80 % point of a chi-square with one degree of
    # freedom; the higher of the two, since most squares of rare counts are next to nothing.
    middle, high = np.quantile(square, [0.5, 0.8])
    usual = max(float(middle) / 0.455, float(high) / 1.642, 0.05)
    most = (3 * np.sqrt(usual * mean) + 3) ** 2 / mean
    free = max(len(counts) - parameters, 1.0)
    found = float(np.minimum(square, most).sum()) / free
    # With little evidence, lean to Poisson.
    return max((free * found + 3.0) / (free + 3.0), 0.02)


def yearly_drift(seen: History, *, scatter: float) -> float:
    """Standard deviation of the log change from one year's level to the next.

    From sums over equal seasons of successive years, what Poisson-like noise with dispersion
    `scatter` explains taken away, shrunk to a typical value where there are few years. Older
    years count less.
    """
    size = seen.freq.per_year
    # Of yearly counts, what goes beyond chance is drift: nothing else could tell it apart.
    scatter = min(scatter, 1.5) if size == 1 else scatter
    ratios, explained = _year_ratios(seen, size=size, scatter=scatter)
    weights = _FADING ** np.arange(len(ratios), dtype=np.float64)
    excess = float(weights @ (np.minimum(ratios**2, 1.5) - explained))
    variance = (_PRIOR_YEARS * _PRIOR_DRIFT**2 + max(excess, 0.0)) / (_PRIOR_YEARS + weights.sum())
    return float(min(np.sqrt(variance), _MOST_DRIFT))


def _year_ratios(
    seen: History, *, size: int, scatter: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log ratios of a year to the year before, latest first, and their sampling variance."""
    both = seen.observed[size:] & seen.observed[:-size]  # [pair]
    new, old = seen.counts[size:], seen.counts[:-size]
    ratios, explained = [], []
    for end in range(len(both), 0, -size):
        pairs = slice(max(end - size, 0), end)
        used = both[pairs]
        if used.sum() < max(1, size // 2):
            continue
        now, before = new[pairs][used].sum() + 0.5, old[pairs][used].sum() + 0.5
        ratios.append(np.log(now / before))
        explained.append(scatter * (1 / now + 1 / before))
    return np.asarray(ratios), np.asarray(explained)
