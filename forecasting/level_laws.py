"""Levels, season and noise of a whole panel, ready to draw: what several models stand on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.error_noise import Errors, noise_from_errors
from forecasting.factors import Factors, places, season_factors
from forecasting.history import without_spikes
from forecasting.levels import (
    Levels,
    age_weights,
    between_anchors,
    candidate_weights,
    first_origin,
    follow,
    judge,
)
from forecasting.noise import CountNoise
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey

Array = NDArray[np.float64]

LEAST_OBSERVED = 3
_ANCHOR_SHARES = np.array([1 / 24, 1 / 8, 1 / 4, 1 / 2, 1.0])
_YEARS_AHEAD, _YEARLY_AHEAD = 2, 3
_CEILING_TIMES, _CEILING_MORE = 3.0, 5.0


@dataclass(frozen=True)
class LevelSettings:
    """How far series lean on one another and on their past.

    `season_events` is how many events the belief "no season of its own" is worth. The panel
    joins each series' own evidence as if it were `panel_errors` past errors (for the level) and
    `panel_horizons` past horizons (for the noise). Errors lose half their weight in
    `half_life_years`; those that tell the noise of a stock in `stock_half_life_years`, since a
    unit that stood empty in a bad year says little of calm ones. `temper` slows down how fast
    weights follow errors.
    """

    season_events: float = 40.0
    panel_errors: float = 30.0
    panel_horizons: float = 1.5
    half_life_years: float = 4.0
    stock_half_life_years: float = 1.0
    temper: float = 0.4

    def noise_half_life(self, panel: CountPanel) -> float:
        """Years in which an error loses half its say about the noise.

        Of yearly counts a year is one error, and all of them are needed.
        """
        stock = panel.quantity is Quantity.OCCUPANCY and panel.freq is not Frequency.YEAR
        return self.stock_half_life_years if stock else self.half_life_years


USUAL = LevelSettings()


def level_laws(panel: CountPanel, settings: LevelSettings) -> Mapping[SeriesKey, "LevelLaw"]:
    """The law of every series with an event and enough observed periods, all at once."""
    events = (panel.counts * panel.observed).sum(axis=1)
    able = (panel.observed.sum(axis=1) >= LEAST_OBSERVED) & (events > 0)
    series = tuple(key for key, does in zip(panel.series, able, strict=True) if does)
    if not series:
        return {}
    chosen = panel.select(series)
    observed = chosen.observed.astype(np.float64)
    counts = np.stack(
        [
            without_spikes(row * seen, seen) * seen
            for row, seen in zip(chosen.counts, chosen.observed, strict=True)
        ]
    )
    return dict(zip(series, _fit_all(chosen, counts, observed, settings=settings), strict=True))


@dataclass(frozen=True)
class _Learnt:
    """What the past of a panel says of levels and seasons, and which levels to trust."""

    counts: Array
    observed: Array
    levels: Levels
    factors: Factors
    anchors: NDArray[np.int64]
    weights: Array

    @property
    def ceiling(self) -> Array:
        """Highest mean that a forecast may reach. [series]"""
        return np.asarray(_CEILING_TIMES * self.counts.max(axis=1) + _CEILING_MORE)


def _fit_all(
    panel: CountPanel, counts: Array, observed: Array, *, settings: LevelSettings
) -> list["LevelLaw"]:
    learnt = _learn(panel, counts, observed, settings=settings)
    noise = noise_from_errors(
        _errors(learnt, half_life_years=settings.noise_half_life(panel)),
        learnt.anchors,
        per_year=panel.freq.per_year,
        panel_evidence=settings.panel_horizons,
    )
    return [
        LevelLaw(
            levels=learnt.levels.last(row),
            gap=int(np.argmax(observed[row, ::-1])),
            weights=learnt.weights[row],
            anchors=learnt.anchors,
            factors=learnt.factors.by_place[row],
            periods=panel.periods[-1:],
            ceiling=float(learnt.ceiling[row]),
            noise=noise[row],
        )
        for row in range(len(counts))
    ]


def _learn(
    panel: CountPanel, counts: Array, observed: Array, *, settings: LevelSettings
) -> _Learnt:
    place = places(panel.periods, panel.freq)
    factors = season_factors(
        counts,
        observed,
        place=place,
        freq=panel.freq,
        groups=[key.need_group for key in panel.series],
        events=settings.season_events,
    )
    levels = follow(counts, observed, season=factors.by_place[:, place], freq=panel.freq)
    anchors = _anchors(len(place), panel.freq)
    found = judge(
        levels,
        counts,
        observed,
        season=factors.left_out,
        anchors=anchors,
        half_life_years=settings.half_life_years,
    )
    weights = candidate_weights(found, panel_evidence=settings.panel_errors, temper=settings.temper)
    return _Learnt(counts, observed, levels, factors, anchors, weights)


def _errors(learnt: _Learnt, *, half_life_years: float) -> Errors:
    """What the weighed levels would have forecast from every past origin."""
    levels, size = learnt.levels, learnt.counts.shape[1]
    steps = np.arange(1, learnt.anchors[-1] + 1)
    origins = np.arange(first_origin(size, levels.freq), size - 1)
    at = origins[:, None] + steps  # [origin, step]
    inside = at < size
    at = np.minimum(at, size - 1)
    mean = levels.means(
        slice(first_origin(size, levels.freq), size - 1),
        steps,
        weights=between_anchors(learnt.weights, learnt.anchors, steps),
        season=learnt.factors.left_out[:, at],
    )
    seen = learnt.observed[:, at] * inside * learnt.observed[:, origins, None]
    recent = age_weights(size, freq=levels.freq, half_life_years=half_life_years)
    return Errors(
        came=learnt.counts[:, at] * seen,
        mean=np.minimum(mean, learnt.ceiling[:, None, None]) * seen,
        observed=seen,
        weight=recent[np.minimum(origins + learnt.anchors[-1] // 2, size - 1)],
    )


@dataclass(frozen=True)
class LevelLaw:
    """One series' levels at the end of its history, their weights, season and noise.

    `gap` is how many periods ago a count was last observed: forecasts start from there.
    """

    levels: Levels
    gap: int
    weights: Array
    anchors: NDArray[np.int64]
    factors: Array
    periods: NDArray[np.datetime64]
    ceiling: float
    noise: CountNoise

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Negative binomial counts with an uncertain, drifting level. [draw, step]"""
        freq = self.levels.freq
        mean = np.minimum(self.mean(steps), self.ceiling)
        noise = self.noise.after(self.gap, per_year=freq.per_year)
        return noise.draw(rng, mean, draws=draws, per_year=freq.per_year)

    def mean(self, steps: int) -> Array:
        """Expected counts of the next periods. [step]"""
        freq = self.levels.freq
        ahead = self.gap + np.arange(1, steps + 1)
        season = self.factors[places(freq.after(self.periods[0].item(), steps), freq)]
        means = self.levels.means(
            slice(None),
            ahead,
            weights=between_anchors(self.weights[None], self.anchors, ahead),
            season=season[None, None, :],
        )
        return np.asarray(means[0, 0])


def _anchors(size: int, freq: Frequency) -> NDArray[np.int64]:
    """Steps ahead at which candidates are judged: up to two years, at most a third of the past."""
    horizon = _YEARLY_AHEAD if freq is Frequency.YEAR else _YEARS_AHEAD * freq.per_year
    horizon = max(1, min(horizon, size // 3))
    if horizon <= 3:
        return np.arange(1, horizon + 1)
    return np.unique(np.maximum(np.round(_ANCHOR_SHARES * horizon), 1)).astype(np.int64)
