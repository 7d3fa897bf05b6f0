"""Many ways to tell a level from the past, weighed by how well each would have forecast.

Each candidate is an exponentially weighted mean with its own half-life, with or without a
damped trend and a season. All candidates of all series are followed through the past at once
(arrays, no fitting), and judged at several steps ahead: a month ahead the last counts tell
most, a year ahead the long mean does. In the spirit of Snyder, Ord & Beaumont (2012), with
h-step errors instead of one-step likelihoods and averaging instead of choosing.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import Frequency

Array = NDArray[np.float64]

# Half-lives in periods.
HALF_LIVES: dict[Frequency, tuple[float, ...]] = {
    Frequency.DAY: (1, 3, 7, 14, 28, 56, 112, 224),
    Frequency.WEEK: (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256),
    Frequency.MONTH: (0.5, 1, 2, 4, 8, 16, 32, 64),
    Frequency.QUARTER: (0.5, 1, 2, 4, 8, 16, 32),
    Frequency.YEAR: (0.35, 0.7, 1.5, 3, 6, 12),
}
# The level whose change over a year is the trend, and the levels that may carry a trend.
_TREND_HALF_LIFE = {
    Frequency.DAY: 56.0,
    Frequency.WEEK: 16.0,
    Frequency.MONTH: 4.0,
    Frequency.QUARTER: 2.0,
    Frequency.YEAR: 0.7,
}
_TREND_SHARES = (0.3, 0.7)
_MOST_TREND = 0.5
_TREND_EVENTS = 20.0
_FADING = 0.5  # what is left of a trend after a year
_ROOT_SHIFT = 3 / 8
# Squared errors above this many usual ones count as this many.
_CAP = 9.0


@dataclass(frozen=True)
class Candidate:
    """One way to tell the level: which half-life, how much trend, with or without season."""

    half_life: int
    trend: float
    seasonal: bool


@dataclass(frozen=True)
class Levels:
    """Levels and trends of all series at every past period.

    `level` [series, period, half-life] are deseasonalised counts a period; `trend`
    [series, period] is the log change of the level in a year.
    """

    freq: Frequency
    level: Array
    trend: Array
    candidates: tuple[Candidate, ...]

    def last(self, row: int) -> "Levels":
        """One series at its last period only."""
        return replace(
            self, level=self.level[row : row + 1, -1:], trend=self.trend[row : row + 1, -1:]
        )

    def means(
        self, origins: slice, steps: NDArray[np.int64], *, weights: Array, season: Array
    ) -> Array:
        """Weighted mean of all candidates' forecasts. [series, origin, step]

        `weights` [series, step, candidate] sum to 1 over candidates; `season`
        [series, origin, step] are the seasonal factors of the periods forecast.
        """
        level, trend = self.level[:, origins], self.trend[:, origins, None]
        total = np.zeros(season.shape)
        for kind in dict.fromkeys((each.trend, each.seasonal) for each in self.candidates):
            mine = [
                at for at, each in enumerate(self.candidates) if (each.trend, each.seasonal) == kind
            ]
            used = level[:, :, [self.candidates[at].half_life for at in mine]]
            part = np.einsum("stc,shc->sth", used, weights[:, :, mine])
            part *= np.exp(trend * kind[0] * faded_years(steps, self.freq))
            total += part * season if kind[1] else part
        return total


def faded_years(steps: NDArray[np.int64], freq: Frequency) -> Array:
    """Years that a trend goes on until each step, as it fades by half a year. [step]"""
    return np.asarray((1 - _FADING ** (steps / freq.per_year)) / -np.log(_FADING))


def follow(counts: Array, observed: Array, *, season: Array, freq: Frequency) -> Levels:
    """Levels of all series through the past; a missing count leaves a level as it was.

    `counts`, `observed` (0 or 1) and `season` are [series, period].
    """
    half_lives = np.array(HALF_LIVES[freq])
    keep = 0.5 ** (1 / half_lives)
    # A little of the whole mean, so that the first level is not the first count.
    due = np.full((len(counts), len(keep)), 0.02)
    came = due * ((counts.sum(axis=1) + 0.1) / observed.sum(axis=1))[:, None]
    level = np.empty((*counts.shape, len(keep)))
    for period in range(counts.shape[1]):
        came = came * keep + counts[:, period, None]
        due = due * keep + (observed * season)[:, period, None]
        level[:, period] = came / np.maximum(due, 1e-9)
    level = np.maximum(level, 1e-6)
    base = int(np.argmin(np.abs(half_lives - _TREND_HALF_LIFE[freq])))
    trend = _trend(level[:, :, base], half_life=float(half_lives[base]), freq=freq)
    return Levels(
        freq=freq,
        level=level,
        trend=trend,
        candidates=_candidates(len(keep), base=base, trending=bool(trend.any()), freq=freq),
    )


def _trend(level: Array, *, half_life: float, freq: Frequency) -> Array:
    """Log change of the level in a year, shrunk where few events tell. [series, period]"""
    year = freq.per_year
    trend = np.zeros(level.shape)
    if level.shape[1] <= max(2 * year, 4):
        return trend
    log = np.log(level + 0.5)
    trend[:, year:] = np.clip(log[:, year:] - log[:, :-year], -_MOST_TREND, _MOST_TREND)
    events = np.maximum(level, 0.1) * half_life / np.log(2)
    return np.asarray(trend * events / (events + _TREND_EVENTS))


def _candidates(size: int, *, base: int, trending: bool, freq: Frequency) -> tuple[Candidate, ...]:
    near = range(max(0, base - 2), min(base + 2, size))
    plain = [(at, 0.0) for at in range(size)]
    carried = [(at, share) for at in near for share in _TREND_SHARES] if trending else []
    seasons = (False, True) if freq.season > 1 else (False,)
    return tuple(
        Candidate(at, share, seasonal) for at, share in (*plain, *carried) for seasonal in seasons
    )


@dataclass(frozen=True)
class Judgement:
    """Mean squared root error of every candidate, steps ahead apart.

    `loss` [series, anchor, candidate]; `evidence` [series, anchor] is how many errors it rests
    on, old ones counting less.
    """

    anchors: NDArray[np.int64]
    loss: Array
    evidence: Array


def judge(
    levels: Levels,
    counts: Array,
    observed: Array,
    *,
    season: Array,
    anchors: NDArray[np.int64],
    half_life_years: float,
) -> Judgement:
    """How each candidate would have forecast, from every period that had some past.

    Errors are of square roots, where counts scatter alike whatever their mean, and gross ones
    are capped: one spike must not choose the level. A period that was not observed is no origin:
    the levels there are those of an earlier one.
    """
    size = counts.shape[1]
    recent = age_weights(size, freq=levels.freq, half_life_years=half_life_years)
    first = first_origin(size, levels.freq)
    parts = [
        _loss(
            levels,
            counts[:, first + ahead :],
            (observed * recent)[:, first + ahead :] * observed[:, first : size - ahead],
            season=season[:, first + ahead :],
            origins=slice(first, size - ahead),
            ahead=ahead,
        )
        for ahead in anchors
    ]
    return Judgement(
        anchors=anchors,
        loss=np.stack([loss for loss, _ in parts], axis=1),
        evidence=np.stack([evidence for _, evidence in parts], axis=1),
    )


def age_weights(size: int, *, freq: Frequency, half_life_years: float) -> Array:
    """How much each period counts: the latest 1, older ones less. [period]"""
    age = (size - 1 - np.arange(size)) / freq.per_year
    return np.asarray(0.5 ** (age / half_life_years))


def first_origin(size: int, freq: Frequency) -> int:
    """The first period that a past forecast is judged from: a year in, or a quarter of all."""
    return max(1, min(freq.per_year, size // 4))


def _loss(
    levels: Levels,
    came: Array,
    weight: Array,
    *,
    season: Array,
    origins: slice,
    ahead: int,
) -> tuple[Array, Array]:
    fading = faded_years(np.array([ahead]), levels.freq)[0]
    growth = np.exp(levels.trend[:, origins] * fading)
    total = weight.sum(axis=1)
    losses = []
    for each in levels.candidates:
        mean = levels.level[:, origins, each.half_life] * growth**each.trend
        mean = mean * season if each.seasonal else mean
        losses.append(4 * (np.sqrt(came + _ROOT_SHIFT) - np.sqrt(mean + _ROOT_SHIFT)) ** 2)
    square = np.stack(losses, axis=2)  # [series, origin, candidate]
    # 0.455 is the median of a squared standard normal error.
    middle = [
        float(np.median(row[used])) / 0.455 if used.any() else 0.0
        for row, used in zip(square, weight > 0, strict=True)
    ]
    most = _CAP * np.maximum(np.array(middle), 0.2)
    loss = np.einsum("stc,st->sc", np.minimum(square, most[:, None, None]), weight)
    return loss / np.maximum(total, 1e-9)[:, None], total


def candidate_weights(found: Judgement, *, panel_evidence: float, temper: float) -> Array:
    """Weights of candidates from their errors. [series, anchor, candidate]

    A series' own errors are joined by the panel's mean as if that were `panel_evidence` errors
    of its own. Weights fall off exponentially with the relative loss, but only a `temper` part
    as fast as the likelihood would, since errors of overlapping horizons are not independent.
    """
    best = found.loss.min(axis=2, keepdims=True)
    relative = found.loss / np.maximum(best, 1e-9)
    evidence = found.evidence / np.sqrt(found.anchors)  # [series, anchor]
    seen = np.maximum(found.evidence.sum(axis=0), 1e-9)[:, None]
    panel = np.einsum("sac,sa->ac", relative, found.evidence) / seen
    total = (evidence + panel_evidence)[:, :, None]
    joined = (relative * evidence[:, :, None] + panel * panel_evidence) / total
    score = -temper * total * (joined - joined.min(axis=2, keepdims=True)) / 2
    weights = np.exp(score)
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))


def between_anchors(weights: Array, anchors: NDArray[np.int64], steps: NDArray[np.int64]) -> Array:
    """Weights at every step, in a straight line from anchor to anchor. [series, step, candidate]"""
    at = np.interp(steps, anchors, np.arange(len(anchors)))
    low = np.floor(at).astype(np.int64)
    part = (at - low)[:, None]
    return np.asarray(
        weights[..., low, :] * (1 - part)
        + weights[..., np.minimum(low + 1, len(anchors) - 1), :] * part
    )
