"""How long children stay: observed stays, and the law fitted to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import InputError
from forecasting.panel import SeriesKey


@dataclass(frozen=True)
class StayTable:
    """Observed stays as known on `as_of`, one element a stay.

    A stay of series `series[code[i]]` is at risk of ending in nights `entry[i]` < night <=
    `nights[i]`; it ended then if `ended[i]`, else it was still open (right-censored).
    `entry` is above 0 where a stay began before the register (delayed entry). `started[i]`
    is its first day.
    """

    as_of: date
    series: tuple[SeriesKey, ...]
    code: NDArray[np.int64]
    started: NDArray[np.datetime64]
    entry: NDArray[np.int64]
    nights: NDArray[np.int64]
    ended: NDArray[np.bool_]

    def __post_init__(self) -> None:
        sizes = {len(a) for a in (self.code, self.started, self.entry, self.nights, self.ended)}
        if len(sizes) != 1:
            raise InputError(f"a stay table got columns of different lengths {sorted(sizes)}.")
        if (self.nights < 1).any() or (self.entry >= self.nights).any():
            raise InputError("a stay lasts at least one night and ends after it came under watch.")
        for array in (self.code, self.started, self.entry, self.nights, self.ended):
            array.setflags(write=False)


class Lent(StrEnum):
    """Whose ended stays a law rests on: the group's own of late or of all years, or everyone's."""

    OWN = "own"
    ALL_YEARS = "all_years"
    ALL_GROUPS = "all_groups"


@dataclass(frozen=True)
class StayLaw:
    """Law of the nights a child stays until ready, for one need group.

    `survival[k]` = P(stay > k nights), from 1 at k = 0 down to 0 at the end; by region where
    the data say that it differs. `stays` is the number of ended stays behind it (0: the law
    is given, not estimated), `lent` where they come from, and `asked` how many it takes.
    `drift` is the yearly change of the log hazard of leaving, with its standard error, and
    `centre_years` how long before the data date the law holds.
    """

    need_group: str
    survival: NDArray[np.float64]
    by_region: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    stays: int = 0
    lent: Lent = Lent.OWN
    asked: int = 0
    drift: float = 0.0
    drift_error: float = 0.0
    centre_years: float = 0.0

    def __post_init__(self) -> None:
        for curve in (self.survival, *self.by_region.values()):
            falls = len(curve) > 1 and curve[0] == 1.0 and (np.diff(curve) <= 1e-12).all()
            if not falls or abs(curve[-1]) > 1e-12:
                raise InputError(
                    f"{self.need_group}: a stay law falls from 1 at night 0 to 0 at its end, "
                    f"but this one goes from {curve[0]} to {curve[-1]} in {len(curve)} nights."
                )
            curve.setflags(write=False)

    def of(self, region: str) -> NDArray[np.float64]:
        """Survival curve that holds in this region. [night]"""
        return self.by_region.get(region, self.survival)

    def mean(self, region: str) -> float:
        """Mean stay in nights: the sum of the survival curve."""
        return float(self.of(region).sum())

    def hazard_draws(
        self, paths: int, *, years_ahead: float, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """What the hazard of leaving may be, as a multiple of the law's, on each path. [path]

        Gamma with the number of ended stays as its shape (the law's cumulated hazard is known
        to 1 / sqrt(ended stays)), times the drift until then; ones where the law is given.
        """
        if self.stays == 0:
            return np.ones(paths)
        years = years_ahead + self.centre_years
        known = rng.gamma(self.stays, 1 / self.stays, paths)
        return np.asarray(known * np.exp(years * rng.normal(self.drift, self.drift_error, paths)))


@dataclass(frozen=True)
class Residents:
    """Children in a place on `as_of`, per series: nights stayed so far, and who waits.

    `nights[key]` has one element a child; `waiting[key]` is true where the child is ready
    and waits for a place in the group that its own group feeds. `queue[key]` holds, for
    each child referred but not yet offered a place, the days left until it must be met
    (negative: overdue).
    """

    as_of: date
    nights: Mapping[SeriesKey, NDArray[np.int64]]
    waiting: Mapping[SeriesKey, NDArray[np.bool_]]
    queue: Mapping[SeriesKey, NDArray[np.int64]]
