"""What one engine said from one origin, in the form in which all engines are compared."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import HUB_LEVELS
from tests.bench.sets import BenchSet

Array = NDArray[np.float64]
LEVELS = np.array(HUB_LEVELS)


@dataclass(frozen=True)
class Law:
    """Quantiles at the 23 hub levels, [..., level], and P(Y < truth), P(Y <= truth). [...]

    NaN where the truth is not known.
    """

    quantiles: Array
    below: Array
    up_to: Array


@dataclass(frozen=True)
class Answer:
    """One engine's forecasts of one origin.

    `steps` are laws of single periods [series, step], `sums` of the sum over the horizon
    [series], which an engine without paths cannot give. `failures` say why a series is not
    among `series`.
    """

    origin: date
    series: tuple[SeriesKey, ...]
    steps: Law
    sums: Law | None
    failures: Mapping[SeriesKey, str]


@dataclass(frozen=True)
class Answers:
    """One engine's forecasts of every origin of one set, and what they took."""

    engine: str
    origins: tuple[Answer, ...]
    seconds: float


def truth_of(bench: BenchSet, origin: date) -> Array:
    """What came after the origin, NaN where nothing was observed. [series, step]"""
    panel = bench.panel
    first = int(np.searchsorted(panel.periods, np.datetime64(origin), side="right"))
    window = slice(first, first + bench.horizon)
    return np.where(panel.observed[:, window], panel.counts[:, window], np.nan)


def from_paths(paths: Array | NDArray[np.int64], truth: Array) -> tuple[Law, Law]:
    """Laws of the periods and of their sum. `paths` [series, path, step]

    Quantiles are the smallest values reached, as those of our own files; shares below the
    truth are smoothed as in forecasting/scores.py, so that they are never 0 or 1.
    """
    return _law_of(paths, truth), _law_of(paths.sum(axis=2), truth.sum(axis=1))


def _law_of(paths: Array | NDArray[np.int64], truth: Array) -> Law:
    ordered = np.sort(paths, axis=1).astype(np.float64)
    number = ordered.shape[1]
    at = [max(math.ceil(level * number - 1e-9) - 1, 0) for level in HUB_LEVELS]
    came = np.expand_dims(truth, 1)
    unknown = 0 * truth  # NaN stays NaN
    return Law(
        quantiles=np.moveaxis(ordered[:, at], 1, -1),
        below=(ordered < came).sum(axis=1) / (number + 1) + unknown,
        up_to=((ordered <= came).sum(axis=1) + 1) / (number + 1) + unknown,
    )


def from_quantiles(quantiles: Array, truth: Array) -> Law:
    """The law of an engine that gives quantiles only. [series, step, level]

    Between two levels, the probability is that of the middle; where quantiles equal the truth
    (mostly both 0), it is spread from the middle below the first to the middle above the last.
    """
    middles = np.concatenate([[0.0], (LEVELS[1:] + LEVELS[:-1]) / 2, [1.0]])
    less = (quantiles < truth[..., None]).sum(axis=-1)
    most = (quantiles <= truth[..., None]).sum(axis=-1)
    edges = np.concatenate([[0.0], LEVELS, [1.0]])
    tied = most > less
    below = np.where(tied, middles[less], edges[less])
    # Nothing lies below 0, so a quantile of 0 holds all the probability down to level 0.
    below = np.where(tied & (truth == 0), 0.0, below)
    up_to = np.where(tied, middles[most], edges[np.minimum(less + 1, len(edges) - 1)])
    unknown = 0 * truth
    return Law(quantiles, below + unknown, up_to + unknown)


def failed(panel: CountPanel, origin: date, reason: str, *, steps: int) -> Answer:
    """An engine that could do no series at all."""
    none = np.zeros((0, steps))
    law = Law(np.zeros((0, steps, len(LEVELS))), none, none)
    return Answer(origin, (), law, None, dict.fromkeys(panel.series, reason))
