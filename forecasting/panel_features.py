"""What a model of all series may know at an origin about a period some steps later.

Counts are divided by the series' level at the origin, so that large and small series teach one
another.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, history
from forecasting.panel import CountPanel, Frequency, SeriesKey
from forecasting.seasons import year_position

# Steps ahead to learn from, as shares of two years: dense near the origin.
_STEP_SHARES = np.array([0.01, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0])
WINDOW = {
    Frequency.DAY: 56,
    Frequency.WEEK: 52,
    Frequency.MONTH: 12,
    Frequency.QUARTER: 4,
    Frequency.YEAR: 3,
}
RATIO_BOUND = 5.0
_LEAST_ROWS = 40
_BINS = 48
_MOST_CATEGORIES = _BINS  # scikit-learn gives every name a bin of its own
# The columns that are names, not sizes: region and need group.
CATEGORICAL = (0, 1)


def codes(panel: CountPanel) -> dict[SeriesKey, tuple[int, int]]:
    """Region and need group as whole numbers; a plain name stands for both."""
    first = sorted({key.region or key.name for key in panel.series})
    second = sorted({key.need_group for key in panel.series})
    return {
        key: (first.index(key.region or key.name), second.index(key.need_group))
        for key in panel.series
    }


def training_table(
    panel: CountPanel, known: Mapping[SeriesKey, tuple[int, int]], *, most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Features, target and weight of every series, past origin and step; about `most` rows.

    Raises ValueError where there are too few to learn from.
    """
    tables = [
        training_rows(seen, known[key])
        for key in panel.series
        if (seen := history(panel, key)) is not None and seen.values.any()
    ]
    rows = sum(len(target) for _, target, _ in tables)
    if rows < _LEAST_ROWS:
        raise ValueError(
            f"{rows} rows to learn from in the whole panel, but boosting needs {_LEAST_ROWS}"
        )
    features, target, weight = (np.concatenate(part) for part in zip(*tables, strict=True))
    kept = slice(None, None, -(-rows // most))
    return features[kept], target[kept], weight[kept]


def regressor(
    rows: int, known: Mapping[SeriesKey, tuple[int, int]], *, least_leaf: int, **settings: Any
) -> Any:
    """Scikit-learn's histogram boosting on these features; `settings` are its own."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - slow to import

    few = max(max(code) for code in known.values()) < _MOST_CATEGORIES
    return HistGradientBoostingRegressor(
        min_samples_leaf=max(5, min(least_leaf, rows // 20)),
        l2_regularization=10.0,
        early_stopping=False,
        categorical_features=list(CATEGORICAL) if few else None,
        # Weighted percentiles for 255 bins took two thirds of a fit, and told no more.
        max_bins=_BINS,
        random_state=1,
        **settings,
    )


def training_rows(
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
    features, scale = features_at(seen, code, origin=origin, step=step)
    target = np.minimum(seen.counts[origin + step] / scale, 2 * RATIO_BOUND)
    return features, target, np.sqrt(scale)


def features_at(
    seen: History,
    code: tuple[int, int],
    *,
    origin: NDArray[np.int64],
    step: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What was known at `origin` about the period `step` later. [row, column], [row]"""
    window, season = WINDOW[seen.freq], seen.freq.season
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
