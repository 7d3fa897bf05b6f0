"""Changes that nobody sees coming: how often a panel has had them, how large, and in the draws.

A forecast's noise is that of ordinary years. A surge, a closed border or a new law changes a
level by a factor within months, and comes too seldom to be seen in most histories. So some
paths have such a change. How many and how large is learnt from all series of the panel
together, beside a belief that holds where the past is short or was calm: surges widen the
forecasts of a panel that has had some, and hardly those of one that has not.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.panel import CountPanel, Quantity
from forecasting.samples import ForecastSamples
from forecasting.shared import shared_strength
from forecasting.streams import Streams

Array = NDArray[np.float64]

# The belief: one shock in 20 years of a series, worth as much as 6 years of watching; a shock
# doubles or halves (log 2), worth as much as two shocks seen.
_RATE, _RATE_YEARS = 0.05, 6.0
_SIZE, _SIZE_SHOCKS = float(np.log(2.0)), 2.0
# How much a year ordinarily differs from the one before, worth this many changes.
_USUAL, _USUAL_CHANGES = 0.12, 10.0
_MOST_RATE, _MOST_SIZE = 0.3, float(np.log(6.0))
_ROUNDS = 30
# Counts scatter about this much more than Poisson ones.
_SCATTER = 1.5
# Years before the origin whose shocks no level shows yet.
_UNSEEN_YEARS = 0.5
# Of gross changes in the past about three quarters were left a year later, and half after two.
_HALF_LIFE_YEARS = 2.0
# A half-year is held against the year before; where that was not observed, an earlier one.
_YEARS_BACK = 3


@dataclass(frozen=True)
class Shocks:
    """How many shocks a year a series has, and how large they are.

    A shock multiplies or divides a level by exp(`size`): a law of sizes with a tail would make
    the mean of a year, and every plan that asks how many children come, hang on shocks larger
    than any that was seen. `together` is the correlation of what one shock does to two series.
    """

    rate: float
    size: float
    together: float


def learn_shocks(panel: CountPanel) -> Shocks:
    """The panel's shocks, from changes of half-years against the year before.

    A change is ordinary, or has a shock up or down on top; which is more likely is told by its
    size, and all three laws are learnt from all changes at once (expectation-maximisation of a
    normal mixture), beside what is believed. Counting error is taken out. Series that have
    their shocks together are no more evidence than one.
    """
    together = shared_strength(panel)
    found = _changes(panel)
    alike = 1 + (len(panel.series) - 1) * together
    worth = _half_year(panel) / panel.freq.per_year / alike  # changes of a year overlap
    usual, rate, size = _USUAL**2, _RATE, _SIZE
    for _ in range(_ROUNDS):
        scale = np.sqrt(found.error + usual * found.years)
        chance = 1 - np.exp(-rate * found.years)
        calm = (1 - chance) * norm.pdf(found.change, 0.0, scale)
        up, down = (chance / 2 * norm.pdf(found.change, way * size, scale) for way in (1, -1))
        share = worth * (up + down) / np.maximum(up + down + calm, 1e-300)
        square = _expected_square(found.change, usual * found.years, found.error) / found.years
        usual = _beside(square, worth - share, belief=_USUAL**2, trust=_USUAL_CHANGES)
        told = found.change * (up - down) / np.maximum(up + down, 1e-300)
        size = _beside(told, share, belief=_SIZE, trust=_SIZE_SHOCKS)
        seen = worth * found.years.sum()
        rate = (_RATE * _RATE_YEARS + share.sum()) / (_RATE_YEARS + seen)
    return Shocks(min(float(rate), _MOST_RATE), min(float(size), _MOST_SIZE), together)


def _expected_square(total: Array, part: Array | float, rest: Array) -> Array:
    """E p^2 given p + r, of independent normal p and r with variances `part` and `rest`."""
    kept = part / (part + rest)
    return np.asarray((kept * total) ** 2 + kept * rest)


def _beside(found: Array, weight: Array, *, belief: float, trust: float) -> float:
    return float((trust * belief + weight @ found) / (trust + weight.sum()))


def strike(
    samples: ForecastSamples, shocks: Shocks, *, per_year: int, streams: Streams
) -> ForecastSamples:
    """The draws with shocks: at random times, up or down, fading since, all series at once.

    What began in the last half-year before the origin is hardly seen yet in any level, so it
    counts as coming with the first period. Stocks are left as they are: their noise already
    follows from what following them has cost (forecasting/error_noise.py).
    """
    if samples.quantity is Quantity.OCCUPANCY or not samples.series:
        return samples
    years = np.full(len(samples.periods), 1 / per_year)
    years[0] += _UNSEEN_YEARS
    common = streams.rng("shocks")
    struck = common.random((samples.draws, len(years))) < 1 - np.exp(-shocks.rate * years)
    rows, steps = np.nonzero(struck)
    shared = common.normal(0.0, 1.0, len(rows))
    # Normal scores whose signs are so correlated (Sheppard's orthant probability).
    alike = np.sin(np.pi / 2 * shocks.together)
    left = _left(len(years), per_year=per_year)
    out = np.empty_like(samples.counts)
    for row, (key, counts) in enumerate(zip(samples.series, samples.counts, strict=True)):
        own = streams.rng("shocks", str(key))
        score = np.sqrt(alike) * shared
        score += np.sqrt(1 - alike) * own.normal(0.0, 1.0, len(rows))
        logs = shocks.size * np.sign(score)
        out[row] = _moved(counts, (rows, steps), logs, left=left, rng=own)
    return replace(samples, counts=out)


@dataclass(frozen=True)
class _Changes:
    """Log changes of half-years, variance of their counting error, years between. [change]"""

    change: Array
    error: Array
    years: Array


def _moved(
    counts: NDArray[np.int64],
    struck: tuple[NDArray[np.int64], NDArray[np.int64]],
    logs: Array,
    *,
    left: Array,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Counts with fading factors from a step on, in the paths struck; rounded without bias."""
    rows, steps = struck
    moved = counts.copy()
    hit, at = np.unique(rows, return_inverse=True)
    if len(hit):
        log = np.zeros((len(hit), counts.shape[1]))
        np.add.at(log, (at, steps), logs)
        mean = counts[hit] * np.exp(log @ left)
        moved[hit] = np.floor(mean + rng.random(mean.shape))
    return moved


def _left(steps: int, *, per_year: int) -> Array:
    """What is left of a shock, in logarithms. [step it came, step]"""
    age = np.arange(steps) - np.arange(steps)[:, None]
    return np.asarray(np.triu(0.5 ** (np.maximum(age, 0) / per_year / _HALF_LIFE_YEARS)))


def _half_year(panel: CountPanel) -> int:
    return max(panel.freq.per_year // 2, 1)


def _changes(panel: CountPanel) -> _Changes:
    """Changes of half-years against the same half of the last year that was observed."""
    block = _half_year(panel)
    blocks = len(panel.periods) // block
    last = slice(len(panel.periods) - blocks * block, None)
    shape = (len(panel.series), blocks, block)
    counts, seen = (
        (values[:, last].reshape(shape).sum(axis=2))
        for values in (panel.counts * panel.observed, panel.observed.astype(np.float64))
    )
    told = seen >= block / 2
    level = counts / np.maximum(seen, 1) * block
    a_year = panel.freq.per_year // block
    parts: list[tuple[Array, Array, Array]] = []
    free = told.copy()
    for years in range(1, _YEARS_BACK + 1):
        lag = years * a_year
        if lag >= blocks:
            break
        both = free[:, lag:] & told[:, :-lag]
        now, before = level[:, lag:][both] + 0.5, level[:, :-lag][both] + 0.5
        free[:, lag:] &= ~both
        some = now + before > 1
        now, before = now[some], before[some]
        parts.append(
            (np.log(now / before), _SCATTER * (1 / now + 1 / before), np.full(len(now), years))
        )
    none = (np.zeros(0), np.zeros(0), np.zeros(0))
    return _Changes(*(np.concatenate(part) for part in zip(none, *parts, strict=True)))
