"""Simulation in continuous time, where no formula or small chain is exact.

Any stay law, seasons, children who come together or wait, regions that share places. A place
knows nothing but when it is free again, so no list of events is kept: each child takes the
lowest-numbered free place of the first pool on its list that has one. Whether place j is free
does not depend on the places beyond it, so where children are lost one run answers every
number of places.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.errors import UsageError
from forecasting.streams import Streams
from planning.checks import require_counts, require_law
from planning.fewest import fewest
from planning.flow import offered_share, standard_error
from planning.region_chain import Regions
from planning.seasons_chain import Segment
from planning.stay_shapes import Stay

# Places beyond this are not told apart: no agency has as many in one pool.
_MOST_PLACES = 4096
_MOST_PATHS, _FEWEST_PATHS, _CHILDREN = 20_000, 200, 800_000
# Share of the load that may be missing when counting begins, since each path starts empty.
_MISSING = 1e-4
# Stays that are all alike echo a full home for some stays more.
_LEAST_STAYS = 10


@dataclass(frozen=True)
class SimulatedHome:
    """One set of places; events by segment of a year that comes again and again.

    `sizes[j]` is the chance that j + 1 children come at once. One year is counted on each of
    many paths, after years from empty that settle it. `streams` makes it reproducible.
    """

    segments: tuple[Segment, ...]
    stay: Stay
    streams: Streams
    sizes: tuple[float, ...] = (1.0,)

    @classmethod
    def steady(cls, rate: float, stay: Stay, streams: Streams) -> "SimulatedHome":
        """Referrals one by one at the same rate for ever."""
        return cls((Segment(365.0, rate),), stay, streams)

    def __post_init__(self) -> None:
        if not self.segments:
            raise UsageError("a year without days.", fix="Give segments of more than 0 days.")
        require_law("1, 2, .. children", self.sizes)

    @property
    def days(self) -> float:
        """Days of the year."""
        return sum(part.days for part in self.segments)

    @property
    def referrals(self) -> float:
        """Mean children in the counted year."""
        mean = sum(size * chance for size, chance in enumerate(self.sizes, start=1))
        return mean * sum(part.days * part.rate for part in self.segments)

    @cached_property
    def _drawn(self) -> "_Drawn":
        before = ceil(_warm_up(self.stay) / self.days)
        a_path = (before + 1) * max(self.referrals, 1.0)
        paths = int(np.clip(_CHILDREN / a_path, _FEWEST_PATHS, _MOST_PATHS))
        rng = self.streams.rng("home")
        path, when = _events(self.segments * (before + 1), paths, rng)
        children = rng.choice(np.arange(1, len(self.sizes) + 1), size=len(path), p=self.sizes)
        path, when = np.repeat(path, children), np.repeat(when, children)
        stay = self.stay.drawn(len(path), rng)
        lost = rng.random(len(path))
        return _Drawn(paths, path, when, stay, lost, when >= before * self.days)

    @cached_property
    def _place(self) -> NDArray[np.int32]:
        """Number of the place each child gets, where there are more than enough. [child]"""
        drawn, count = self._drawn, len(self._drawn.path)
        place = np.zeros(count, np.int32)
        one_pool, kind = np.zeros((1, 1), np.int64), np.zeros(count, np.int64)
        bounds = np.array([0, _MOST_PLACES])
        _place(drawn.path, drawn.when, kind, drawn.stay, one_pool, bounds, place)
        return place

    @cached_property
    def to_meet(self) -> NDArray[np.int64]:
        """Children of the counted year. [path]"""
        return self._drawn.counted(np.ones(len(self._drawn.path), np.bool_))

    def missed(self, places: int) -> NDArray[np.int64]:
        """Those of them who find none of so many places free, and are lost. [path]"""
        require_counts(places=places)
        return self._drawn.counted((self._place < 0) | (self._place >= places))

    def not_in_time(
        self, places: int, *, spot_found: float, within_days: float
    ) -> NDArray[np.int64]:
        """Those of them without a place within so many days, where they can wait. [path]

        One who finds no place free is lost with chance `spot_found`, else waits in line and
        then stays fully.
        """
        require_counts(places=places)
        drawn = self._drawn
        late = np.ones(len(drawn.path), np.bool_)
        if places:
            lost = drawn.lost < spot_found
            _wait(drawn.path, drawn.when, drawn.stay, lost, places, within_days, late)
        return drawn.counted(late)

    def service_level(self, places: int) -> float:
        """Share of referrals that get a place at once; 1 if there are none."""
        return offered_share(self.to_meet, self.missed(places))

    def error(self, places: int) -> float:
        """Monte-Carlo standard error of the service level."""
        return standard_error(self.to_meet, self.missed(places))

    def level_waiting(
        self, places: int, *, spot_found: float, within_days: float
    ) -> tuple[float, float]:
        """Share with a place in time where children can wait, and its standard error."""
        late = self.not_in_time(places, spot_found=spot_found, within_days=within_days)
        return offered_share(self.to_meet, late), standard_error(self.to_meet, late)

    def quiet(self, places: int) -> float:
        """Chance of a year in which every referral gets a place at once."""
        return float((self.missed(places) == 0).mean())

    def quiet_error(self, places: int) -> float:
        """Monte-Carlo standard error of that chance."""
        chance = self.quiet(places)
        return sqrt(chance * (1 - chance) / self._drawn.paths)

    def required(self, level: float) -> int:
        """Fewest places that reach the level."""
        return fewest(self.service_level, level)


@dataclass(frozen=True)
class _Drawn:
    """Children in the order they come on each path; flat arrays. [child]"""

    paths: int
    path: NDArray[np.int64]
    when: NDArray[np.float64]
    stay: NDArray[np.float64]
    lost: NDArray[np.float64]  # lost where below the chance of it
    in_year: NDArray[np.bool_]

    def counted(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Number of the chosen in the counted year. [path]"""
        return np.bincount(self.path[self.in_year & chosen], minlength=self.paths)


@dataclass(frozen=True)
class SimulatedRegions:
    """Regions with places of their own, a shared standby, and (`help`) one another's places.

    As SharedChain, for any stay law and any number of regions. One long run per path.
    """

    regions: Regions
    places: tuple[int, ...]
    stay: Stay
    streams: Streams
    standby: int = 0
    help: bool = False

    def __post_init__(self) -> None:
        sizes = (*self.places, self.standby)
        if len(self.places) != len(self.regions.rates) or min(sizes) < 0:
            raise UsageError(f"places {sizes}.", fix="Give 0 or more for each region.")

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """Children by path, region and the pool they got (the last: none). [path, region, pool]"""
        rates, pools = np.array(self.regions.rates), len(self.places) + 1
        total = float(rates.sum())
        warm_up = _warm_up(self.stay)
        span = 3 * warm_up + 365
        paths = int(np.clip(_CHILDREN / max(total * span, 1.0), 50, 2000))
        rng = self.streams.rng("regions")
        path, when = _events((Segment(span, total),), paths, rng)
        region = rng.choice(len(rates), size=len(path), p=rates / total) if total else path
        order = np.array([self._order(r) for r in range(len(rates))])
        bounds = np.concatenate([[0], np.cumsum([*self.places, self.standby])])
        place = np.zeros(len(path), np.int32)
        _place(path, when, region, self.stay.drawn(len(path), rng), order, bounds, place)
        pool = np.where(place < 0, pools, np.searchsorted(bounds, place, side="right") - 1)
        counted = when >= warm_up
        counts = np.zeros((paths, len(rates), pools + 1), np.int64)
        np.add.at(counts, (path[counted], region[counted], pool[counted]), 1)
        return counts

    def _order(self, region: int) -> list[int]:
        """Pools that a child of the region is offered, in turn."""
        count = len(self.places)
        others = [r for r in range(count) if r != region] if self.help else []
        return [region, count, *others]

    def _share(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of each region's referrals. [region]"""
        total = self._counts.sum(axis=(0, 2))
        return np.asarray(chosen.sum(axis=0) / np.maximum(total, 1))

    @property
    def refused(self) -> NDArray[np.float64]:
        """Share of each region's referrals for whom there is no place at all. [region]"""
        return self._share(self._counts[:, :, -1])

    @property
    def at_home(self) -> NDArray[np.float64]:
        """Share of each region's referrals who get one of its own places. [region]"""
        own = np.arange(len(self.places))
        return self._share(self._counts[:, own, own])

    @property
    def refused_share(self) -> float:
        """Share of all referrals refused."""
        return self._of_all(self._counts[:, :, -1])

    @property
    def away_share(self) -> float:
        """Share of the placed children who are placed outside their region's own places."""
        own = np.arange(len(self.places))
        placed = 1 - self.refused_share
        some = self._counts.any() and placed > 0
        return 1 - self._of_all(self._counts[:, own, own]) / placed if some else 0.0

    @property
    def standby_share(self) -> float:
        """Share of all referrals who go to the standby."""
        return self._of_all(self._counts[:, :, len(self.places)])

    @property
    def standby_occupied(self) -> float:
        """Mean number of children in the standby (Little's law)."""
        return self.standby_share * sum(self.regions.rates) * self.stay.mean

    @property
    def error(self) -> float:
        """Largest standard error of a region's refused share."""
        to_meet, missed = self._counts.sum(axis=2), self._counts[:, :, -1]
        each = range(len(self.places))
        return max(standard_error(to_meet[:, r], missed[:, r]) for r in each)

    def _of_all(self, chosen: NDArray[np.int64]) -> float:
        total = int(self._counts.sum())
        return float(chosen.sum() / total) if total else 0.0


def _warm_up(stay: Stay) -> float:
    """Days until a home that began empty is as in the long run."""
    return max(stay.settled_after(_MISSING), _LEAST_STAYS * stay.mean)


def _events(
    segments: tuple[Segment, ...], paths: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Path and time in days of every Poisson event, in order. [event]"""
    days = np.concatenate([[0.0], np.cumsum([part.days for part in segments])])
    until = np.concatenate([[0.0], np.cumsum([part.days * part.rate for part in segments])])
    path = np.repeat(np.arange(paths), rng.poisson(until[-1], paths))
    when = np.interp(rng.random(len(path)) * until[-1], until, days)
    order = np.lexsort((when, path))
    return path[order], when[order]


@njit(cache=True, nogil=True)
def _place(path, when, kind, stay, order, bounds, place):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Number of the place each child gets, -1: none; pool k holds bounds[k] to bounds[k + 1]."""
    free_at = np.zeros(bounds[-1])
    before = -1
    for i in range(len(path)):
        if path[i] != before:
            free_at[:] = 0.0
            before = path[i]
        place[i] = -1
        for k in order[kind[i]]:
            for j in range(bounds[k], bounds[k + 1]):
                if free_at[j] <= when[i]:
                    free_at[j] = when[i] + stay[i]
                    place[i] = j
                    break
            if place[i] >= 0:
                break


@njit(cache=True, nogil=True)
def _wait(path, when, stay, lost, places, within, late):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Whether each child waits longer than `within`, first come first served, or is lost.

    Whoever came before has its place in the future already: a child gets the place that is
    free first (Kiefer & Wolfowitz 1955).
    """
    free_at = np.zeros(places)
    before = -1
    for i in range(len(path)):
        if path[i] != before:
            free_at[:] = 0.0
            before = path[i]
        soonest = np.argmin(free_at)
        start = max(when[i], free_at[soonest])
        late[i] = start > when[i] + within
        if start == when[i] or not lost[i]:
            free_at[soonest] = start + stay[i]
        else:
            late[i] = True
