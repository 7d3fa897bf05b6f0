"""What the calendar says about a period beforehand: days, working days, public holidays."""

from datetime import date
from functools import cache

import holidays
import numpy as np
from numpy.typing import NDArray

from forecasting.panel import Frequency

COUNTRY = "NO"
# Periods ahead that known columns reach: 28 months, one more than the longest plan.
AHEAD = {"D": 860, "W": 123, "MS": 28, "QS": 10, "YS": 3}


def public_holidays(first: date, last: date) -> NDArray[np.datetime64]:
    """Norway's public holidays from `first` to `last`, both included, in order."""
    days = (day for year in range(first.year, last.year + 1) for day in _holidays_of(year))
    return np.array([day for day in days if first <= day <= last], dtype="datetime64[D]")


@cache
def _holidays_of(year: int) -> tuple[date, ...]:
    return tuple(sorted(holidays.country_holidays(COUNTRY, years=year)))


def calendar_columns(
    periods: NDArray[np.datetime64], freq: Frequency, *, series: int
) -> dict[str, NDArray[np.float64]]:
    """Days, working days (Mo-Fr) and public holidays of each period, and of those ahead.

    Each is [series, period + future] with the same row for every series.
    """
    ahead = freq.after(periods[-1].item(), AHEAD[freq.value] + 1)
    edges = np.concatenate([periods, ahead]).astype("datetime64[D]")
    starts, ends = edges[:-1], edges[1:]
    free = public_holidays(edges[0].item(), edges[-1].item())
    columns = {
        "days": (ends - starts).astype(np.float64),
        "working_days": np.busday_count(starts, ends, holidays=free).astype(np.float64),
        "holidays": np.diff(np.searchsorted(free, edges)).astype(np.float64),
    }
    return {name: np.tile(row, (series, 1)) for name, row in columns.items()}
