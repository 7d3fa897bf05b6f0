"""LightGBM's quantile regression: one model per level, direct, over all series of a panel."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.panel import CountPanel
from forecasting.samples import HUB_LEVELS

Array = NDArray[np.float64]
_MOST_ROWS = 40_000
_LAGS = 6
_NO_FEATURES = ["scale", "at"]  # trees cannot go beyond the last period that they saw
# Few small trees of many rows: rows overlap, so there is less to learn from than it seems. With
# 200 trees of 15 leaves and 20 rows each it was 2-19 % worse on every bundled set.
_SETTINGS: dict[str, Any] = {
    "n_estimators": 80,
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_child_samples": 100,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.5,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
    "random_state": 1,
}


def lightgbm_quantiles(panel: CountPanel, *, steps: int) -> Array:
    """Quantiles at the hub levels, clipped at 0 and put in order. [series, step, level]

    Gaps are missing values, which the trees take. Counts are divided by the series' recent
    mean, so that large and small series can share trees.
    """
    from lightgbm import LGBMRegressor

    counts = np.where(panel.observed, panel.counts, np.nan)
    rows, target = _training(panel, counts, steps=steps)
    ahead = _rows(panel, counts, origins=np.array([counts.shape[1] - 1]), steps=steps)
    found = []
    for level in HUB_LEVELS:
        model = LGBMRegressor(objective="quantile", alpha=level, **_SETTINGS)
        model.fit(rows.drop(columns=_NO_FEATURES), target, categorical_feature=["series"])
        found.append(model.predict(ahead.drop(columns=_NO_FEATURES)) * ahead["scale"].to_numpy())
    shape = (len(panel.series), steps, len(HUB_LEVELS))
    return np.sort(np.maximum(np.stack(found, axis=-1).reshape(shape), 0.0), axis=-1)


def _training(panel: CountPanel, counts: Array, *, steps: int) -> tuple[pd.DataFrame, Array]:
    """Past origins and their steps, at most so many rows, evenly chosen."""
    length = counts.shape[1]
    first = max(1, min(panel.freq.season, length // 3))
    origins = np.arange(first, length - 1)
    # A row per series, origin and step: thin the origins before the rows are made.
    thin = max(1, len(counts) * len(origins) * steps // _MOST_ROWS)
    origins = origins[::-1][::thin][::-1]
    rows = _rows(panel, counts, origins=origins, steps=steps)
    at = rows["at"].to_numpy()
    inside = at < length
    value = (
        np.where(inside, counts[rows["series"].cat.codes, np.minimum(at, length - 1)], np.nan)
        / rows["scale"].to_numpy()
    )
    keep = np.isfinite(value)
    return rows[keep], value[keep]


def _rows(
    panel: CountPanel, counts: Array, *, origins: NDArray[np.int64], steps: int
) -> pd.DataFrame:
    """Features of every series, origin and step, in that order."""
    season = panel.freq.season
    series, origin, step = (
        grid.ravel()
        for grid in np.meshgrid(
            np.arange(len(counts)), origins, np.arange(1, steps + 1), indexing="ij"
        )
    )
    past = {f"lag_{lag}": _back(counts, series, origin - lag) for lag in range(_LAGS)}
    for window in sorted({3, 6, max(season, 2), 2 * max(season, 2)}):
        means = _recent_means(counts, window)
        past[f"mean_{window}"] = means[series, origin]
    levels = pd.DataFrame(_recent_means(counts, max(season, 6))).ffill(axis=1).fillna(0.0)
    scale = 1.0 + levels.to_numpy()[series, origin]
    behind = season * -(-step // season)
    past |= {
        f"season_{year}": _back(counts, series, origin + step - behind - season * (year - 1))
        for year in (1, 2)
    }
    frame = pd.DataFrame({name: value / scale for name, value in past.items()})
    turn = 2 * np.pi * ((origin + step) % season) / season
    return frame.assign(
        step=step,
        sin=np.sin(turn),
        cos=np.cos(turn),
        size=np.log(scale),
        series=pd.Categorical(series, categories=np.arange(len(counts))),
        at=origin + step,
        scale=scale,
    )


def _back(counts: Array, series: NDArray[np.int64], at: NDArray[np.int64]) -> Array:
    return np.where(at >= 0, counts[series, np.maximum(at, 0)], np.nan)


def _recent_means(counts: Array, window: int) -> Array:
    """Mean of what was observed in the `window` periods up to each. [series, period]"""
    frame = pd.DataFrame(counts.T)
    return np.asarray(frame.rolling(window, min_periods=1).mean().to_numpy().T)
