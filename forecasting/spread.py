"""How much wider or narrower the pool should be, from how its past forecasts did.

A pool can be too sure (no model saw years as bad as those that came) or not sure enough (it
mixes models that disagree). Where past truths fell in the pool's past forecasts tells which.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.panel import CountPanel, Frequency, Quantity
from forecasting.samples import ForecastSamples
from forecasting.scores import Judged, judged, truth_of
from forecasting.streams import Streams

Array = NDArray[np.float64]

# One origin says half an origin's worth, since horizons overlap by half; the belief that the
# pool is right as it is counts as much as this many origins.
_EVIDENCE, _BELIEF = 0.5, 2.0
# Plans rest on sums over the horizon, so they have a larger say than single periods.
_SHARES = (0.3, 0.7)
_LEAST, _MOST = 0.7, 1.5
# One shock that nobody could know must not widen every forecast after it.
_MOST_OF_ONE = 3.0
_POINTS = (np.arange(8) + 0.5) / 8
_SHIFT = 0.5


def learn_spread(past: Sequence[ForecastSamples], *, truth: CountPanel) -> float:
    """The factor by which the pool's spread should be stretched; 1 without evidence.

    Every truth has a normal score in its forecast. Their mean square is 1 where forecasts were
    as sure as they should be, above 1 where they were too sure. Horizon sums count more than
    single periods; all series of one origin are one piece of evidence, since a year's shock
    comes to most of them. Shrunk to 1, and held between 0.7 and 1.5; a pool of stocks that are
    counted more than once a year is not widened.
    """
    found = [square for samples in past if (square := _mean_square(samples, truth)) is not None]
    evidence = _EVIDENCE * len(found)
    square = (_BELIEF + _EVIDENCE * sum(found)) / (_BELIEF + evidence)
    # What throws a stock off is a unit that opens or closes, and says nothing of the next year.
    # Of yearly counts there is one error a year, and none can be spared.
    often = truth.quantity is Quantity.OCCUPANCY and truth.freq is not Frequency.YEAR
    most = 1.0 if often else _MOST
    # As many digits as basis.json keeps, so that stored weights draw the same.
    return round(float(np.clip(np.sqrt(square), _LEAST, most)), 6)


def stretch(samples: ForecastSamples, factor: float, *, streams: Streams) -> ForecastSamples:
    """Draws moved from their median by `factor`, in logarithms; whole counts without bias.

    The order of draws stays, so that sums and series still belong together.
    """
    if factor == 1.0 or not samples.series:
        return samples
    stretched = np.empty_like(samples.counts)
    for row, (key, counts) in enumerate(zip(samples.series, samples.counts, strict=True)):
        middle = np.median(counts, axis=0) + _SHIFT  # [step]
        moved = middle * ((counts + _SHIFT) / middle) ** factor - _SHIFT
        rounding = streams.rng("spread", str(key)).random(counts.shape)
        stretched[row] = np.floor(np.maximum(moved, 0.0) + rounding)
    return replace(samples, counts=stretched)


def _mean_square(samples: ForecastSamples, truth: CountPanel) -> float | None:
    """Mean squared normal score of one origin, at most 3; sums over the horizon count more."""
    came = truth_of(samples, truth)
    cases = (
        judged(samples, came, past=truth),
        judged(samples.over_horizon(), came.sum(axis=1, keepdims=True), past=truth),
    )
    squares = [float(found.mean()) if (found := _squares(case)).size else None for case in cases]
    told = [at for at, square in enumerate(squares) if square is not None]
    if not told:
        return None
    mean = np.average([squares[at] or 0.0 for at in told], weights=[_SHARES[at] for at in told])
    return min(float(mean), _MOST_OF_ONE)


def _squares(case: Judged) -> Array:
    """Squared normal scores of the known truths, over the randomisation of whole counts."""
    seen = np.isfinite(case.truth)
    low, high = case.below[seen], case.up_to[seen]
    level = low[:, None] + (high - low)[:, None] * _POINTS
    least = 0.5 / case.draws.shape[1]
    return np.asarray((norm.ppf(np.clip(level, least, 1 - least)) ** 2).mean(axis=1))
