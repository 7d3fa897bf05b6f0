"""Houses that close for a while: how many places are shut on each day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from planning.checks import require_amounts, require_counts, require_positive


@dataclass(frozen=True)
class Shut:
    """Places of one series that are closed on every path, from `first` to `last` inclusive."""

    key: SeriesKey
    places: int
    first: date
    last: date


def shut_places(shut: Iterable[Shut], days: NDArray[np.datetime64]) -> NDArray[np.int16]:
    """Places closed on each day, the same on all paths. [one, day]"""
    closed = np.zeros((1, len(days)), np.int16)
    for each in shut:
        inside = (days >= np.datetime64(each.first)) & (days <= np.datetime64(each.last))
        closed[0, inside] += each.places
    return closed


def closed_places(
    houses: Sequence[int],
    *,
    closings_a_year: float,
    closed_days: float,
    paths: int,
    days: int,
    rng: np.random.Generator,
) -> NDArray[np.int16]:
    """Places closed, [path, day], in houses of so many places each.

    Each house opens and closes on its own, day by day, with `closings_a_year` closings in a
    year of being open and `closed_days` days shut in the mean; it starts as it is in the long
    run. A house that is shut takes nobody in; who lives there stays (see planning/walk.py).
    Raises UsageError for negative numbers and closings of 0 days.
    """
    require_amounts(closings_a_year=closings_a_year)
    require_positive(closed_days=closed_days)
    require_counts(paths=paths, days=days, least_places=min(houses, default=0))
    closed = np.zeros((paths, days), np.int16)
    if closings_a_year == 0 or not houses:
        return closed
    shuts = min(1.0, closings_a_year / 365)
    opens = min(1.0, 1 / closed_days)
    sizes = np.array(houses, dtype=np.int16)
    shut = rng.random((paths, len(houses))) < shuts / (shuts + opens)
    for day in range(days):
        closed[:, day] = shut @ sizes
        turn = rng.random(shut.shape)
        shut = np.where(shut, turn >= opens, turn < shuts)
    return closed
