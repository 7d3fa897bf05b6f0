"""Several models into one forecast: a linear pool of whole paths, with learnt weights."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.backtest import HORIZON_SUM
from forecasting.errors import ComputationError
from forecasting.panel import SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams

# Weight ~ loss ** -SHARPNESS: a model that is 10 % worse gets about half the weight.
_SHARPNESS = 8.0
# The evidence of this many origins weighs as much as the belief in equal weights.
_EQUAL_ORIGINS = 2.0
# What a loss is made of: single periods, the horizon sum, and the sum's upper tail.
_PARTS = (
    ("crps_scaled", False, 0.5),
    ("crps_scaled", True, 0.25),
    ("quantile_loss_95_scaled", True, 0.25),
)


def pool(
    by_model: Mapping[str, ForecastSamples],
    weights: Mapping[str, float],
    *,
    streams: Streams,
) -> ForecastSamples:
    """Linear pool: draw d is draw d of one model, the same for all series.

    Models get their shares of draws to within one (stratified), in a random order that
    depends on the seed alone. A series that a model failed gets, in that model's draws, the
    others by their weights among themselves. Series that no model did are left out. All
    models must have the same draws and steps. Raises ComputationError where none has any.
    """
    able = {name: samples for name, samples in by_model.items() if samples.series}
    if not able:
        raise ComputationError(
            "no model could forecast any series.",
            fix="See the reasons of each model in fits.csv; a longer history helps most.",
        )
    first = next(iter(able.values()))
    share = np.array([max(weights.get(name, 0.0), 0.0) for name in able])
    position = _positions(first.draws, streams)
    series = tuple(dict.fromkeys(key for samples in able.values() for key in samples.series))
    return ForecastSamples(
        quantity=first.quantity,
        origin=first.origin,
        series=series,
        periods=first.periods,
        counts=np.stack([_mixed(key, able, share=share, position=position) for key in series]),
    )


def learn_weights(scores: pd.DataFrame, models: list[str]) -> dict[str, float]:
    """Weights from a backtest's scores, shrunk to equal weights. They sum to 1.

    Each model's loss is its scaled CRPS of periods and of horizon sums, and the 95 % quantile
    loss of the sums (which punishes a missed upper tail), relative to the mean of all models
    on the same forecasts. Models without a score get the equal share.
    """
    equal = dict.fromkeys(models, 1.0 / max(len(models), 1))
    losses = {name: loss for name, loss in _losses(scores).items() if name in equal}
    if len(losses) < 2:
        return equal
    best = min(losses.values())
    raw = {name: (loss / best) ** -_SHARPNESS for name, loss in losses.items()}
    # Models that were never scored keep their equal share; the others divide the rest.
    rest = len(losses) / len(models)
    origins = scores["origin"].nunique()
    trust = origins / (origins + _EQUAL_ORIGINS)
    total = sum(raw.values())
    return {
        name: (1 - trust) * equal[name] + trust * raw[name] / total * rest
        if name in raw
        else equal[name]
        for name in models
    }


def _losses(scores: pd.DataFrame) -> dict[str, float]:
    losses: dict[str, float] = {}
    for metric, of_sum, part in _PARTS:
        rows = scores[(scores["metric"] == metric) & ((scores["step"] == HORIZON_SUM) == of_sum)]
        table = rows.pivot_table(
            index=["series", "origin", "step"], columns="model", values="value"
        )
        # Only forecasts that most models made can be compared.
        table = table[table.notna().mean(axis=1) > 0.5]
        if table.empty or not table.to_numpy(dtype=float, na_value=0.0).any():
            continue
        middle = table.mean(axis=1)
        relative = table.sum() / table.notna().mul(middle, axis=0).sum()
        for name, value in relative.dropna().items():
            losses[str(name)] = losses.get(str(name), 0.0) + part * float(value)
    return {name: loss for name, loss in losses.items() if loss > 0}


def _positions(draws: int, streams: Streams) -> NDArray[np.float64]:
    """Evenly spread points of 0-1 in a random order, one a draw. [draw]"""
    order = streams.rng("pool").permutation(draws)
    return np.asarray((order + 0.5) / draws)


def _mixed(
    key: SeriesKey,
    by_model: Mapping[str, ForecastSamples],
    *,
    share: NDArray[np.float64],
    position: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Draws of one series, each from its model or, where that failed, from another."""
    does = np.array([key in samples.series for samples in by_model.values()])
    chosen = _stratified(share, position)
    lost = ~does[chosen]
    if lost.any():
        # The same evenly spread points again, among the draws that lost their model.
        rank = np.argsort(np.argsort(position[lost]))
        left = np.where(does, np.maximum(share, 1e-12), 0.0)
        chosen[lost] = _stratified(left, (rank + 0.5) / lost.sum())
    mixed = np.empty_like(next(iter(by_model.values())).counts[0])  # [draw, step]
    for at, samples in enumerate(by_model.values()):
        if (mine := chosen == at).any():
            mixed[mine] = samples.of(key)[mine]
    return np.asarray(mixed)


def _stratified(share: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which model each position falls to. [draw]"""
    if share.sum() <= 0:
        share = np.ones(len(share))
    bounds = np.cumsum(share) / share.sum()
    return np.asarray(
        np.minimum(np.searchsorted(bounds, position, side="right"), len(share) - 1),
        dtype=np.int64,
    )
