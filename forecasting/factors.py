"""Seasonal factors of many series at once, shrunk to their need group's and to 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

from forecasting.panel import Frequency

Array = NDArray[np.float64]

# Weeks on either side that help to tell a week's factor; longer periods tell their own.
_REACH = {Frequency.WEEK: 4}
# No series weighs more in a group's factor than one with this many events.
_MOST_EVENTS = 500.0
_BOUND = 20.0


@dataclass(frozen=True)
class Factors:
    """How far each place of the season lies above or below the level: mean 1.

    `by_place` [series, place] is learnt from all seasons; `left_out` [series, period] says what
    the other seasons tell of each period, so that a past forecast can be judged by it.
    """

    by_place: Array
    left_out: Array


def places(periods: NDArray[np.datetime64], freq: Frequency) -> NDArray[np.int64]:
    """Each period's place in the season, from 0: weekday, week, month or quarter. [period]"""
    days = periods.astype("datetime64[D]")
    if freq is Frequency.DAY:
        return np.asarray((days.astype(np.int64) + 3) % 7)  # 1970-01-01 was a Thursday
    if freq is Frequency.WEEK:
        of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
        return np.asarray(np.minimum(of_year // 7, freq.season - 1))
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    return np.asarray(months * freq.season // 12)


def season_factors(
    counts: Array,
    observed: Array,
    *,
    place: NDArray[np.int64],
    freq: Frequency,
    groups: Sequence[str],
    events: float,
) -> Factors:
    """Counts over the local level by place in the season.

    `counts` and `observed` (0 or 1) are [series, period], `place` [period]. A series' factor
    is shrunk to its group's as if `events` events had said so, the group's likewise to 1. A
    series seen for less than two seasons takes its group's.
    """
    size, reach = freq.season, _REACH.get(freq, 0)
    if size == 1:
        return Factors(np.ones((len(counts), 1)), np.ones(counts.shape))
    expected = _local_level(counts, observed, size=size) * observed
    near = _kernel(size, reach)
    at = np.eye(size)[place]  # [period, place]
    came, due = counts @ at @ near, expected @ at @ near  # [series, place]
    belief = events * max(reach, 1)
    group = _group_factors(came, due, groups=groups, belief=belief)
    short = observed.sum(axis=1, keepdims=True) < 2 * size
    trust = np.where(short, 1e9, belief)
    factors = (came + trust * group) / (due + trust)
    own_came, own_due = (_around(values, reach) for values in (counts, expected))
    left = (came[:, place] - own_came + trust * group[:, place]) / (
        np.maximum(due[:, place] - own_due, 0.0) + trust
    )
    return Factors(
        by_place=factors / factors.mean(axis=1, keepdims=True),
        left_out=np.clip(left, 1 / _BOUND, _BOUND),
    )


def _group_factors(came: Array, due: Array, *, groups: Sequence[str], belief: float) -> Array:
    """Each series' group's factors. [series, place]"""
    weight = np.minimum(1.0, _MOST_EVENTS / np.maximum(due.sum(axis=1, keepdims=True), 1.0))
    names = np.array(groups)
    factors = np.empty_like(came)
    for name in dict.fromkeys(groups):
        mine = names == name
        found = ((came * weight)[mine].sum(axis=0) + belief) / (
            (due * weight)[mine].sum(axis=0) + belief
        )
        factors[mine] = found / found.mean()
    return factors


def _local_level(counts: Array, observed: Array, *, size: int) -> Array:
    """Centred mean of observed counts over a season. [series, period]"""
    window = np.ones(size + 1 - size % 2)
    total = convolve1d(counts * observed, window, axis=1, mode="constant")
    number = convolve1d(observed, window, axis=1, mode="constant")
    return np.asarray(total / np.maximum(number, 1.0))


def _kernel(size: int, reach: int) -> Array:
    """Triangular weights of places up to `reach` apart, round the season's end. [place, place]"""
    gap = np.abs(np.arange(size)[:, None] - np.arange(size))
    return np.asarray(np.maximum(0.0, 1 - np.minimum(gap, size - gap) / (reach + 1)))


def _around(values: Array, reach: int) -> Array:
    """The part of a place's sum that comes from the period's own season. [series, period]"""
    padded = np.pad(values, ((0, 0), (reach, reach)))
    lags = range(2 * reach + 1)
    size = values.shape[1]
    parts = [(1 - abs(lag - reach) / (reach + 1)) * padded[:, lag : lag + size] for lag in lags]
    return np.asarray(np.sum(parts, axis=0))
