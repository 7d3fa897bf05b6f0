"""Two groups, the first feeding the second, counted fast: children without a place are lost.

The question of planner.md, section 1 "tandem blocking": children who are ready for the fed
group and find it full stay in their place in the first group, first in line; every other
child gets a place the same day or is lost to these places. Nothing but numbers of children is
kept, so one walk costs some ten nanoseconds a child; planning/walk.py answers for deadlines,
children who wait, several places a child, closed places, and the use of each place.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.children import Children, Grid
from planning.flow import offered_share

# The day of what did not happen: later than any day.
NEVER = 1 << 30


@dataclass(frozen=True)
class Pair:
    """Children of a group and the referrals to the group that it feeds, on the same paths."""

    first: Children
    fed: Children
    grid: Grid

    def __post_init__(self) -> None:
        if self.first.paths != self.fed.paths:
            raise UsageError(
                f"{self.first.paths} paths of the first group and {self.fed.paths} of the fed one.",
                fix="Draw both on the same paths.",
            )
        for children in (self.first, self.fed):
            children.check_within(len(self.grid.month))
        if max(self.first.takes.max(initial=1), self.fed.takes.max(initial=1)) > 1:
            raise UsageError(
                "a child takes several places.", fix="Walk such children with Chain.run."
            )

    @cached_property
    def to_meet(self) -> NDArray[np.int64]:
        """Referrals to the first group in the plan year. [path]"""
        return _to_meet(self.first, self.grid)

    @cached_property
    def fed_to_meet(self) -> NDArray[np.int64]:
        """Referrals straight to the fed group in the plan year. [path]"""
        return _to_meet(self.fed, self.grid)

    def head(self, paths: int) -> "Pair":
        """The same on the first so many paths."""
        return Pair(self.first.head(paths), self.fed.head(paths), self.grid)

    def missed(self, places: int, fed_places: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Referrals to each group that found no place. [path]"""
        missed = np.zeros((2, self.first.paths), np.int64)
        untold = np.zeros(0, np.int32)
        self._run(places, fed_places, missed, seen=(untold, untold, untold))
        return missed[0], missed[1]

    def trace(self, places: int, fed_places: int) -> "Trace":
        """The same walk told child by child."""
        size, fed_size = len(self.first.day), len(self.fed.day)
        seen = tuple(np.full(n, NEVER, np.int32) for n in (size, size, fed_size))
        self._run(places, fed_places, np.zeros((2, self.first.paths), np.int64), seen=seen)
        return Trace(self, *seen)

    def _run(
        self,
        places: int,
        fed_places: int,
        missed: NDArray[np.int64],
        *,
        seen: tuple[NDArray[np.int32], ...],
    ) -> None:
        if min(places, fed_places) < 0:
            raise UsageError(f"{places} and {fed_places} places.", fix="Give 0 or more of each.")
        month = self.grid.month
        _count(_arrays(self.first), _arrays(self.fed), month, (places, fed_places), missed, seen)

    def offered_share(self, places: int, fed_places: int) -> float:
        """Share of the referrals to the first group who got a place; 1 where there are none."""
        return offered_share(self.to_meet, self.missed(places, fed_places)[0])


@dataclass(frozen=True)
class Trace:
    """Days on which each child came in, went on, and came into the fed group; NEVER: did not.

    `came[child]` and `went_on[child]` are of the first group, `fed_came[child]` of those
    referred straight to the fed group.
    """

    pair: Pair
    came: NDArray[np.int32]
    went_on: NDArray[np.int32]
    fed_came: NDArray[np.int32]

    @property
    def waiting(self) -> NDArray[np.int64]:
        """Children who wait in the first group for the fed one. [path, day]"""
        first = self.pair.first
        stays = (self.came != NEVER) & first.onward
        return self._there(first, (self.came + first.nights, self.went_on), stays)

    @property
    def present(self) -> NDArray[np.int64]:
        """Children in the first group, those who wait among them. [path, day]"""
        first = self.pair.first
        left = np.where(first.onward, self.went_on, self.came + first.nights)
        return self._there(first, (self.came, left), self.came != NEVER)

    @property
    def fed_present(self) -> NDArray[np.int64]:
        """Children in the fed group. [path, day]"""
        first, fed = self.pair.first, self.pair.fed
        onward = (self.went_on, self.went_on + first.next_nights)
        came_on = self._there(first, onward, self.went_on != NEVER)
        straight = (self.fed_came, self.fed_came + fed.nights)
        own = self._there(fed, straight, self.fed_came != NEVER)
        return came_on + own

    def _there(
        self,
        children: Children,
        between: tuple[NDArray[np.int32], NDArray[np.int32]],
        counted: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Children there from a day until the morning of another. [path, day]"""
        since, until = between
        days = len(self.pair.grid.month)
        change = np.zeros((children.paths, days + 1), np.int64)
        path = children.path()[counted]
        np.add.at(change, (path, np.minimum(since[counted], days)), 1)
        np.add.at(change, (path, np.minimum(until[counted], days)), -1)
        return np.asarray(change[:, :-1].cumsum(axis=1))


def _to_meet(children: Children, grid: Grid) -> NDArray[np.int64]:
    to_meet = np.zeros(children.paths, np.int64)
    _fill_to_meet(to_meet, children.start, children.residents, children.day, grid.month)
    return to_meet


@njit(cache=True, nogil=True)
def _fill_to_meet(to_meet, start, residents, day, month):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    for s in range(len(to_meet)):
        for i in range(start[s] + residents, start[s + 1]):
            to_meet[s] += month[day[i]] >= 0


def _arrays(children: Children) -> tuple[object, ...]:
    return (
        children.residents,
        children.start,
        children.day,
        children.nights,
        children.onward,
        children.next_nights,
    )


@njit(cache=True, nogil=True)
def _count(first, fed, month, places, missed, seen):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915, PLR0917  # pragma: no cover
    residents, start, day_of, nights, onward, next_nights = first
    f_residents, f_start, f_day, f_nights, _onward, _next = fed
    came, went_on, f_came = seen
    told = len(came) > 0 or len(f_came) > 0
    most, f_most = places
    horizon = len(month)
    leaves, f_leaves = np.zeros(horizon + 1, np.int32), np.zeros(horizon + 1, np.int32)
    ready = np.full(horizon + 1, -1, np.int32)  # first child ready on that day
    longest = 0
    for s in range(missed.shape[1]):
        longest = max(longest, start[s + 1] - start[s])
    after = np.zeros(longest, np.int32)  # next child ready on the same day
    line = np.zeros(longest, np.int32)
    for s in range(missed.shape[1]):
        leaves[:], f_leaves[:], ready[:] = 0, 0, -1
        base, last = start[s], start[s + 1]
        f_base, f_last = f_start[s], f_start[s + 1]
        present, f_present, head, tail, lost, f_lost = 0, 0, 0, 0, 0, 0
        for i in range(f_base, f_base + f_residents):
            if f_nights[i] > 0:
                if told:
                    f_came[i] = 0
                f_present += 1
                f_leaves[min(f_nights[i], horizon)] += 1
        for i in range(base, base + residents):
            if nights[i] > 0 or onward[i]:
                if told:
                    came[i] = 0
                present += 1
                end = min(nights[i], horizon)
                if onward[i]:
                    _append(ready, after, end, i - base)
                else:
                    leaves[end] += 1
        # Ready children join the line in the order of their referral, for they are put on
        # the list of their day in that order.
        i, f_i = base + residents, f_base + f_residents
        for day in range(horizon):
            present -= leaves[day]
            f_present -= f_leaves[day]
            child = ready[day]
            while child >= 0:
                line[tail] = child
                tail += 1
                child = after[child]
            while head < tail and f_present < f_most:
                f_present += 1
                f_leaves[min(day + next_nights[base + line[head]], horizon)] += 1
                present -= 1
                if told:
                    went_on[base + line[head]] = day
                head += 1
            while i < last and day_of[i] <= day:
                if present < most:
                    if told:
                        came[i] = day
                    present += 1
                    end = min(day + nights[i], horizon)
                    if onward[i]:
                        _append(ready, after, end, i - base)
                    else:
                        leaves[end] += 1
                elif month[day] >= 0:
                    lost += 1
                i += 1
            while f_i < f_last and f_day[f_i] <= day:
                if f_present < f_most:
                    if told:
                        f_came[f_i] = day
                    f_present += 1
                    f_leaves[min(day + f_nights[f_i], horizon)] += 1
                elif month[day] >= 0:
                    f_lost += 1
                f_i += 1
        missed[0, s], missed[1, s] = lost, f_lost


@njit(cache=True, nogil=True, inline="always")
def _append(ready, after, end, child):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover - compiled
    """Puts a child last among those ready that day."""
    after[child] = -1
    if ready[end] < 0:
        ready[end] = child
    else:
        other = ready[end]
        while after[other] >= 0:
            other = after[other]
        after[other] = child
