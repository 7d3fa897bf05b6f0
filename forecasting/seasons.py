"""Smooth seasons: Fourier terms by the calendar, the same for past and future periods."""

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import Frequency

_DAYS_PER_YEAR = 365.25
# Harmonics of the year: few, since a long season has more periods than a history bears.
_YEAR_TERMS = {
    Frequency.DAY: 2,
    Frequency.WEEK: 2,
    Frequency.MONTH: 2,
    Frequency.QUARTER: 1,
    Frequency.YEAR: 0,
}
_WEEK_TERMS = 3


def year_position(periods: NDArray[np.datetime64], freq: Frequency) -> NDArray[np.float64]:
    """Time in years; equal months of different years differ by whole numbers. [period]"""
    if freq in (Frequency.DAY, Frequency.WEEK):
        return np.asarray(periods.astype("datetime64[D]").astype(np.float64) / _DAYS_PER_YEAR)
    return np.asarray(periods.astype("datetime64[M]").astype(np.float64) / 12)


def fourier(
    periods: NDArray[np.datetime64], freq: Frequency, *, observed: int
) -> NDArray[np.float64]:
    """Sines and cosines of the year (and of the week, for days). [period, column]

    `observed` is the number of observed periods: terms that fewer than one and a half
    seasons would have to bear are left out.
    """
    columns: list[NDArray[np.float64]] = []
    if freq is Frequency.DAY and observed >= 14:
        weeks = periods.astype("datetime64[D]").astype(np.float64) / 7
        columns += _waves(weeks, _WEEK_TERMS)
    if observed >= 1.5 * freq.per_year:
        columns += _waves(year_position(periods, freq), _YEAR_TERMS[freq])
    return np.stack(columns, axis=1) if columns else np.zeros((len(periods), 0))


def _waves(turns: NDArray[np.float64], terms: int) -> list[NDArray[np.float64]]:
    angles = [2 * np.pi * k * turns for k in range(1, terms + 1)]
    return [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
