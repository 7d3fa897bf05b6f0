"""How good a forecast was: proper scores and calibration, as pure functions on draws."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import CountPanel
from forecasting.samples import HUB_LEVELS, ForecastSamples

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Draws beside what came. `draws` [series, draw, step], sorted over draws.

    `truth` [series, step] is NaN where nothing was observed; scores are NaN there too.
    `scale` [series] is the mean absolute in-sample error of the seasonal naive forecast,
    `scale_squared` its mean square: they make series of unlike size comparable.
    """

    draws: NDArray[np.int64]
    truth: Array
    scale: Array
    scale_squared: Array

    @property
    def below(self) -> Array:
        """P(draw < truth), as a rank share that is never 0 or 1 for a new value. [series, step]"""
        less = (self.draws < self.truth[:, None, :]).sum(axis=1)
        return np.asarray(less / (self.draws.shape[1] + 1))

    @property
    def up_to(self) -> Array:
        """P(draw <= truth), likewise. [series, step]"""
        less = (self.draws <= self.truth[:, None, :]).sum(axis=1)
        return np.asarray((less + 1) / (self.draws.shape[1] + 1))


def judged(samples: ForecastSamples, truth: Array, *, past: CountPanel) -> Judged:
    """Samples beside the truth [series, step], scaled by what the panel's past was like."""
    rows = [past.rows[key] for key in samples.series]
    scale, scale_squared = naive_scale(past)
    return Judged(
        draws=np.sort(samples.counts, axis=1),
        truth=truth,
        scale=scale[rows],
        scale_squared=scale_squared[rows],
    )


def truth_of(samples: ForecastSamples, truth: CountPanel) -> NDArray[np.float64]:
    """What came in the forecast periods, NaN where nothing was observed. [series, step]"""
    rows = np.array([truth.rows[key] for key in samples.series], dtype=np.int64)
    at = np.searchsorted(truth.periods, samples.periods)
    inside = at < len(truth.periods)
    at = np.minimum(at, len(truth.periods) - 1)
    inside &= truth.periods[at] == samples.periods
    observed = truth.observed[np.ix_(rows, at)] & inside
    return np.asarray(np.where(observed, truth.counts[np.ix_(rows, at)], np.nan))


def naive_scale(past: CountPanel) -> tuple[Array, Array]:
    """Mean absolute and mean squared seasonal difference of every series. [series]

    Where a season was never seen twice, differences of neighbours stand in; a series that
    never changed gets scale 1 (one child).
    """
    absolute, squared = np.ones(len(past.series)), np.ones(len(past.series))
    for row in range(len(past.series)):
        for lag in (past.freq.season, 1):
            both = past.observed[row, lag:] & past.observed[row, :-lag]
            change = (past.counts[row, lag:] - past.counts[row, :-lag])[both]
            if change.any():
                absolute[row], squared[row] = np.abs(change).mean(), (change**2).mean()
                break
    return absolute, squared


def crps(case: Judged) -> Array:
    """Continuous ranked probability score of the draws' empirical law. [series, step]

    E|X - y| - E|X - X'| / 2 (Gneiting & Raftery 2007), from sorted draws in one pass.
    """
    number = case.draws.shape[1]
    off = np.abs(case.draws - case.truth[:, None, :]).mean(axis=1)
    rank = 2 * np.arange(1, number + 1) - number - 1
    spread = np.einsum("sdt,d->st", case.draws, rank) / number**2
    return np.asarray(off - spread)


def quantile_loss(case: Judged, level: float) -> Array:
    """Pinball loss of the draws' quantile at one level, doubled: twice the check function."""
    gap = case.truth - _quantile(case, level)
    return np.asarray(2 * np.where(gap >= 0, level * gap, (level - 1) * gap))


def wis(case: Judged) -> Array:
    """Weighted interval score at the 23 levels of the forecast hubs: mean quantile loss.

    (Bracher et al. 2021; with the doubled loss, equal to the CRPS as levels grow dense.)
    """
    return np.asarray(np.mean([quantile_loss(case, level) for level in HUB_LEVELS], axis=0))


def log_score(case: Judged) -> Array:
    """-log P(truth), from draws smoothed over neighbouring counts. [series, step]

    The window is a fifth of the standard deviation each way; a wide geometric law takes
    one part in (draws + 1), so that an unseen count costs much, but not everything.
    """
    number = case.draws.shape[1]
    reach = np.floor(0.2 * case.draws.std(axis=1) + 0.5)  # [series, step]
    low, high = np.maximum(case.truth - reach, 0), case.truth + reach
    inside = (case.draws >= low[:, None, :]) & (case.draws <= high[:, None, :])
    near = inside.mean(axis=1) / (high - low + 1)
    mean = 2 * case.draws.mean(axis=1) + 1
    wide = np.exp(-np.log1p(mean) + case.truth * (np.log(mean) - np.log1p(mean)))
    return np.asarray(-np.log((number * near + wide) / (number + 1)))


def coverage(case: Judged, share: float) -> Array:
    """Probability that the central interval covers the truth. [series, step]

    Counts are lumpy, so an interval of whole counts covers more than its share. The truth's
    place is therefore spread over the probability of its own count (randomised PIT, here
    averaged over the randomisation): exact on average for a calibrated forecast.
    """
    return _overlap(case, (1 - share) / 2, (1 + share) / 2)


def exceedance(case: Judged, level: float) -> Array:
    """Probability that the truth lies above the quantile of this level. [series, step]"""
    return _overlap(case, level, 1.0)


def pit(case: Judged, rng: np.random.Generator) -> Array:
    """Randomised probability integral transform: uniform if calibrated. [series, step]"""
    low, high = case.below, case.up_to
    return np.asarray(low + (high - low) * rng.random(low.shape) + 0 * case.truth)


def mase(case: Judged) -> Array:
    """Absolute error of the median, scaled (Hyndman & Koehler 2006). [series, step]"""
    return np.asarray(np.abs(_quantile(case, 0.5) - case.truth) / case.scale[:, None])


def squared_error_scaled(case: Judged) -> Array:
    """Squared error of the mean, scaled; the root of its mean is the RMSSE. [series, step]"""
    error = case.draws.mean(axis=1) - case.truth
    return np.asarray(error**2 / case.scale_squared[:, None])


def _quantile(case: Judged, level: float) -> Array:
    """Smallest draw reached with at least this probability; draws are sorted already."""
    at = max(int(np.ceil(level * case.draws.shape[1] - 1e-9)) - 1, 0)
    return np.asarray(case.draws[:, at, :], dtype=np.float64)


def _overlap(case: Judged, low: float, high: float) -> Array:
    below, up_to = case.below, case.up_to
    inside = np.minimum(up_to, high) - np.maximum(below, low)
    return np.asarray(np.maximum(inside, 0.0) / (up_to - below) + 0 * case.truth)


class _At(Protocol):
    def __call__(self, case: Judged, share: float, /) -> Array: ...


@dataclass(frozen=True)
class At:
    """A score with its level filled in. A class, so that it can be sent to other processes."""

    score: _At
    share: float

    def __call__(self, case: Judged) -> Array:
        """The score at this level. [series, step]"""
        return self.score(case, self.share)


@dataclass(frozen=True)
class Scaled:
    """A score over the in-sample error of the seasonal naive forecast."""

    score: Callable[[Judged], Array]

    def __call__(self, case: Judged) -> Array:
        """The scaled score. [series, step]"""
        return np.asarray(self.score(case) / case.scale[:, None])


SCORES: dict[str, Callable[[Judged], Array]] = {
    "crps": crps,
    "crps_scaled": Scaled(crps),
    "wis": wis,
    "wis_scaled": Scaled(wis),
    "quantile_loss_50": At(quantile_loss, 0.5),
    "quantile_loss_95": At(quantile_loss, 0.95),
    "quantile_loss_95_scaled": Scaled(At(quantile_loss, 0.95)),
    "log_score": log_score,
    "coverage_50": At(coverage, 0.5),
    "coverage_80": At(coverage, 0.8),
    "coverage_90": At(coverage, 0.9),
    "coverage_95": At(coverage, 0.95),
    "coverage_99": At(coverage, 0.99),
    "above_95": At(exceedance, 0.95),
    "above_99": At(exceedance, 0.99),
    "mase": mase,
    "squared_error_scaled": squared_error_scaled,
}
