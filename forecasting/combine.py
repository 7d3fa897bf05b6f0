"""Several models into one forecast: a linear pool of whole paths."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError
from forecasting.panel import SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams
from forecasting.weights import Weights


def pool(
    by_model: Mapping[str, ForecastSamples], weights: Weights, *, streams: Streams
) -> ForecastSamples:
    """Linear pool: draw d is draw d of one model, the same for all series of a family.

    Models get their shares of draws to within one (stratified), in a random order that
    depends on the seed alone, so that families with like weights have like models in draw d.
    A series that a model failed gets, in that model's draws, the others by their weights among
    themselves. Series that no model did are left out. All models must have the same draws and
    steps. Raises ComputationError where none has any.
    """
    able = {name: samples for name, samples in by_model.items() if samples.series}
    if not able:
        raise ComputationError(
            "no model could forecast any series.",
            fix="See the reasons of each model in fits.csv; a longer history helps most.",
        )
    first = next(iter(able.values()))
    position = _positions(first.draws, streams)
    series = tuple(dict.fromkeys(key for samples in able.values() for key in samples.series))
    return ForecastSamples(
        quantity=first.quantity,
        origin=first.origin,
        series=series,
        periods=first.periods,
        counts=np.stack(
            [_mixed(key, able, shares=weights.of(key), position=position) for key in series]
        ),
    )


def _positions(draws: int, streams: Streams) -> NDArray[np.float64]:
    """Evenly spread points of 0-1 in a random order, one a draw. [draw]"""
    order = streams.rng("pool").permutation(draws)
    return np.asarray((order + 0.5) / draws)


def _mixed(
    key: SeriesKey,
    by_model: Mapping[str, ForecastSamples],
    *,
    shares: Mapping[str, float],
    position: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Draws of one series, each from its model or, where that failed, from another."""
    share = np.array([max(shares.get(name, 0.0), 0.0) for name in by_model])
    does = np.array([key in samples.rows for samples in by_model.values()])
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
