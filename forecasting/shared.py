"""Shocks that all series share: good and bad years come to most regions at once."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import CountPanel
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams

_MOST = 0.8
# Blocks of evidence that the belief "half of what was found" is worth.
_PRIOR_BLOCKS = 4.0


def shared_strength(panel: CountPanel) -> float:
    """Mean correlation between series of their changes from half-year to half-year a year on.

    From 0 to 0.8, shrunk to 0 where there is little history: 0 for one series.
    """
    changes = _changes(panel)  # [series, block]
    number, blocks = changes.shape
    spread = float((changes**2).mean()) if changes.size else 0.0
    if number < 2 or blocks < 2 or spread == 0:
        return 0.0
    together = changes.sum(axis=0) ** 2 - (changes**2).sum(axis=0)  # [block]
    found = float(together.mean()) / (number * (number - 1) * spread)
    return float(np.clip(found * blocks / (blocks + _PRIOR_BLOCKS), 0.0, _MOST))


def tie(samples: ForecastSamples, *, strength: float, streams: Streams) -> ForecastSamples:
    """The same paths in an order that makes horizon sums of series rise together.

    Each series' paths are only renumbered, so what is said of one series alone stays as it
    was. `strength` is the correlation of the normal scores of their ranks (Gaussian copula,
    as in the Schaake shuffle). Leaving out a series changes nothing for the others.
    """
    if strength <= 0 or len(samples.series) < 2:
        return samples
    common = streams.rng("shared").normal(size=samples.draws)
    tied = np.empty_like(samples.counts)
    for row, (key, counts) in enumerate(zip(samples.series, samples.counts, strict=True)):
        own = streams.rng("shared", str(key)).normal(size=samples.draws)
        score = np.sqrt(strength) * common + np.sqrt(1 - strength) * own
        order = np.argsort(counts.sum(axis=1), kind="stable")
        tied[row, np.argsort(score, kind="stable")] = counts[order]
    return replace(samples, counts=tied)


def _changes(panel: CountPanel) -> NDArray[np.float64]:
    """Changes of half-years against the year before, in Poisson deviations. [series, block]"""
    year = panel.freq.per_year
    block = max(year // 2, 1)
    blocks = (len(panel.periods) - year) // block
    if blocks < 1:
        return np.zeros((len(panel.series), 0))
    both = panel.observed[:, year:] & panel.observed[:, :-year]
    change = np.where(both, panel.counts[:, year:] - panel.counts[:, :-year], 0.0)
    total = np.where(both, panel.counts[:, year:] + panel.counts[:, :-year], 0.0)
    shape = (len(panel.series), blocks, block)
    change, total = (a[:, -blocks * block :].reshape(shape).sum(axis=2) for a in (change, total))
    return np.asarray(change / np.sqrt(total + 1.0))
