"""How many young people there are to be referred: a driver that every model gains from.

Counts are brought to the population of the origin, forecast, and brought on to the population
of each period ahead, which is itself uncertain. What is known at an origin is the population
up to that day and nothing later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import CountPanel, Frequency
from forecasting.samples import ForecastSamples
from forecasting.seasons import year_position
from forecasting.streams import Streams

Array = NDArray[np.float64]

# Growth ahead is that of the last three years; at least this uncertain a year.
_YEARS_BACK = 3
_LEAST_SPREAD = 0.002


@dataclass(frozen=True)
class Exposure:
    """Persons on 1 January by region code: `years` [year], ascending, and `persons` [year].

    A region that is not here, or a series without one, is left as it is.
    """

    years: Mapping[str, NDArray[np.int64]]
    persons: Mapping[str, Array]

    def at_origin(self, panel: CountPanel) -> CountPanel:
        """Counts as they would have been with the population of the panel's end."""
        counts = panel.counts.copy()
        end = _year(panel.periods[-1:])
        for row, key in enumerate(panel.series):
            trend = self._trend(key.region, last=float(end[0]))
            if trend is not None:
                counts[row] *= np.exp(trend.log(end) - trend.log(_year(panel.periods)))
        return replace(panel, counts=counts)

    def ahead(self, samples: ForecastSamples, *, streams: Streams) -> ForecastSamples:
        """Draws brought to the population of their periods, one growth a path for all regions.

        Rounded up or down at random, so that means stay.
        """
        counts = samples.counts.astype(np.float64)
        start = np.array([samples.origin], dtype="datetime64[D]")
        shock = streams.rng("exposure").normal(size=(samples.draws, 1))
        for row, key in enumerate(samples.series):
            trend = self._trend(key.region, last=float(_year(start)[0]))
            if trend is None:
                continue
            years = _year(samples.periods) - _year(start)  # [step]
            growth = trend.log(_year(samples.periods)) - trend.log(_year(start))
            moved = counts[row] * np.exp(growth + shock * trend.spread * years)
            rounding = streams.rng("exposure", str(key)).random(moved.shape)
            counts[row] = np.floor(moved + rounding)
        return replace(samples, counts=counts.astype(np.int64))

    def _trend(self, region: str, *, last: float) -> "_Trend | None":
        """What was known of a region on a day (as a year with decimals), and how it goes on."""
        if region not in self.years:
            return None
        known = self.years[region] <= last
        if known.sum() <= _YEARS_BACK:
            return None
        return _Trend.of(self.years[region][known], np.log(self.persons[region][known]))


def _year(days: NDArray[np.datetime64]) -> Array:
    """Days as years with decimals, by their months. [day]"""
    return 1970 + year_position(days, Frequency.MONTH)


@dataclass(frozen=True)
class _Trend:
    """Log persons by year, the growth that goes on after the last, and its spread a year."""

    years: Array
    logs: Array
    growth: float
    spread: float

    @staticmethod
    def of(years: NDArray[np.int64], logs: Array) -> "_Trend":
        """Growth of the last three years; spread: how far such growth was off the year after."""
        yearly = np.diff(logs)
        means = np.convolve(yearly, np.ones(_YEARS_BACK) / _YEARS_BACK, mode="valid")
        off = yearly[_YEARS_BACK:] - means[:-1]
        spread = float(np.sqrt((off**2).mean())) if len(off) else _LEAST_SPREAD
        return _Trend(years.astype(np.float64), logs, float(means[-1]), max(spread, _LEAST_SPREAD))

    def log(self, year: Array) -> Array:
        """Log persons at points in time, in years with decimals. [point]"""
        inside = np.interp(year, self.years, self.logs)
        return np.asarray(inside + self.growth * np.maximum(year - self.years[-1], 0.0))
