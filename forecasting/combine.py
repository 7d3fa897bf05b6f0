"""Several models into one forecast: a linear pool of whole paths."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError
from forecasting.panel import SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams
from forecasting.weights import Weights


@dataclass(frozen=True)
class Turns:
    """Which model each draw of each series comes from, and which of its draws that is.

    `model` [draw] is a position among `models`. `needed` says how many draws of each model are
    used for any series, and `own` which of them stands in each draw of the pool: its own, or
    else the one before, where another model's turn is lost unforeseen. [draw]
    """

    models: tuple[str, ...]
    model: Mapping[SeriesKey, NDArray[np.int64]]
    own: Mapping[str, NDArray[np.int64]]
    needed: Mapping[str, int]


def turns(
    able: Mapping[str, Collection[SeriesKey]], weights: Weights, *, draws: int, streams: Streams
) -> Turns:
    """Whose turn it is in each draw, from the series that each model can do.

    Models get their shares of draws to within one (stratified), in a random order that
    depends on the seed alone, so that families with like weights have like models in draw d.
    A series that a model cannot do gets, in that model's draws, the others by their weights
    among themselves. Raises ComputationError where no model can do any.
    """
    models = tuple(name for name, series in able.items() if series)
    if not models:
        raise ComputationError(
            "no model could forecast any series.",
            fix="See the reasons of each model in fits.csv; a longer history helps most.",
        )
    position = _positions(draws, streams)
    chosen = {}
    for key in dict.fromkeys(key for name in models for key in able[name]):
        shares = weights.of(key)
        share = np.array([max(shares.get(name, 0.0), 0.0) for name in models])
        does = np.array([key in able[name] for name in models])
        chosen[key] = _chosen(does, share, position)
    used = np.zeros((len(models), draws), dtype=np.bool_)
    for each in chosen.values():
        used[each, np.arange(draws)] = True
    own = np.maximum(np.cumsum(used, axis=1) - 1, 0)
    needed = used.sum(axis=1).tolist()
    return Turns(
        models, chosen, dict(zip(models, own, strict=True)), dict(zip(models, needed, strict=True))
    )


def pool(
    by_model: Mapping[str, ForecastSamples], weights: Weights, *, streams: Streams
) -> ForecastSamples:
    """Linear pool: draw d is draw d of one model, the same for all series of a family.

    Whose draw it is say `turns`. Series that no model did are left out. All models must have
    the same draws and steps. Raises as turns.
    """
    draws = max((each.draws for each in by_model.values()), default=0)
    able = {name: samples.rows for name, samples in by_model.items()}
    whose = turns(able, weights, draws=draws, streams=streams)
    every = np.arange(draws)
    return taken(by_model, whose, own=dict.fromkeys(whose.models, every))


def taken(
    by_model: Mapping[str, ForecastSamples],
    whose: Turns,
    *,
    own: Mapping[str, NDArray[np.int64]],
) -> ForecastSamples:
    """The pool, from each model's draws that stand in `own` at the pool's draws. [draw]"""
    first = by_model[whose.models[0]]
    counts = np.empty((len(whose.model), len(own[whose.models[0]]), len(first.periods)), np.int64)
    for row, (key, chosen) in enumerate(whose.model.items()):
        for at, name in enumerate(whose.models):
            if (mine := chosen == at).any():
                counts[row, mine] = by_model[name].of(key)[own[name][mine]]
    return ForecastSamples(
        quantity=first.quantity,
        origin=first.origin,
        series=tuple(whose.model),
        periods=first.periods,
        counts=counts,
    )


def _positions(draws: int, streams: Streams) -> NDArray[np.float64]:
    """Evenly spread points of 0-1 in a random order, one a draw. [draw]"""
    order = streams.rng("pool").permutation(draws)
    return np.asarray((order + 0.5) / draws)


def _chosen(
    does: NDArray[np.bool_], share: NDArray[np.float64], position: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The model of each draw of one series; where that cannot do it, another. [draw]"""
    chosen = _stratified(share, position)
    lost = ~does[chosen]
    if lost.any():
        # The same evenly spread points again, among the draws that lost their model.
        rank = np.argsort(np.argsort(position[lost]))
        left = np.where(does, np.maximum(share, 1e-12), 0.0)
        chosen[lost] = _stratified(left, (rank + 0.5) / lost.sum())
    return chosen


def _stratified(share: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which model each position falls to. [draw]"""
    if share.sum() <= 0:
        share = np.ones(len(share))
    bounds = np.cumsum(share) / share.sum()
    return np.asarray(
        np.minimum(np.searchsorted(bounds, position, side="right"), len(share) - 1),
        dtype=np.int64,
    )
