"""How many children one or two groups miss, counted fast: for a search over numbers of places.

The question of planner.md, section 1 "tandem blocking", and its simpler one of a group alone.
Nothing but numbers of children is kept, for many choices of places in one walk
(planning/lanes.py), which costs some nanoseconds a child and choice. Children take one place each;
planning/walk.py answers for those who take several, and for the use of each place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.children import Children, Grid, counted_days
from planning.flow import NO_CAP, Chain, offered_share
from planning.lanes import LANES, MOST, NEVER, count_lanes


@dataclass(frozen=True)
class Missed:
    """Children not met in time on every path, under each of some choices. [choice, path]

    `first` of those to be met in the first group, `fed` of those referred straight to the fed
    group; `on_met` and `on` of those of the first group who were to be met in the fed one.
    `spot_days` and `fed_spot_days` are the days in the plan year of those then helped elsewhere.
    """

    first: NDArray[np.int64]
    fed: NDArray[np.int64]
    on_met: NDArray[np.int64]
    on: NDArray[np.int64]
    spot_days: NDArray[np.int64]
    fed_spot_days: NDArray[np.int64]

    def each(self) -> "list[Missed]":
        """The same choice by choice. [path]"""
        return [Missed(*row) for row in zip(*vars(self).values(), strict=True)]


@dataclass(frozen=True)
class Pair:
    """Children of a group and the referrals to the group that it feeds, on the same paths.

    `within_next` is the days to meet a child ready for the fed group; by default such a child
    waits in its place for as long as it takes. The rest is as in Chain (planning/flow.py).
    """

    first: Children
    fed: Children
    grid: Grid
    overfill: bool = False
    within_next: int = NEVER
    cap: int = NO_CAP
    closed: NDArray[np.int16] | None = None
    fed_closed: NDArray[np.int16] | None = None

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
        both = np.diff(self.first.start) + np.diff(self.fed.start)
        if both.max(initial=0) > MOST:
            raise UsageError(
                f"{both.max()} children on a path, but {MOST} can be counted.",
                fix="Walk so many children with Chain.run.",
            )

    @classmethod
    def of(cls, chain: Chain) -> "Pair":
        """The same question as that of a chain: its children must take one place each."""
        nobody = Children.nobody(chain.children.paths)
        return cls(
            chain.children,
            chain.fed or nobody,
            chain.grid,
            overfill=chain.overfill,
            within_next=chain.fed_within_days,
            cap=chain.cap or NO_CAP,
            closed=chain.closed,
            fed_closed=chain.fed_closed,
        )

    @cached_property
    def to_meet(self) -> NDArray[np.int64]:
        """Children to be met in the first group in the plan year. [path]"""
        return _to_meet(self.first, self.grid)

    @cached_property
    def fed_to_meet(self) -> NDArray[np.int64]:
        """Those referred straight to the fed group who are to be met in the year. [path]"""
        return _to_meet(self.fed, self.grid)

    def count(self, choices: Sequence[tuple[int, int]]) -> Missed:
        """What each choice of (places, fed places) gives, all in one walk."""
        untold = np.zeros(0, np.int32)
        return self._count(choices, seen=(untold, untold, untold))

    def missed(self, places: int, fed_places: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Referrals to each group that found no place in time. [path]"""
        found = self.count([(places, fed_places)])
        return found.first[0], found.fed[0]

    def trace(self, places: int, fed_places: int) -> "Trace":
        """The same walk told child by child."""
        size, fed_size = len(self.first.day), len(self.fed.day)
        seen = tuple(np.full(n, NEVER, np.int32) for n in (size, size, fed_size))
        self._count([(places, fed_places)], seen=seen)
        return Trace(self, *seen)

    def _count(
        self, choices: Sequence[tuple[int, int]], *, seen: tuple[NDArray[np.int32], ...]
    ) -> Missed:
        """All choices at once."""
        words = -(-len(choices) // LANES)
        for choice in choices:
            if min(choice) < 0:
                raise UsageError(
                    f"{choice[0]} and {choice[1]} places.", fix="Give 0 or more of each."
                )
        # Lanes to spare repeat the last choice: with no places in them all children would wait.
        spare = [choices[-1]] * (words * LANES - len(choices))
        held = np.minimum([*choices, *spare], MOST)  # [lane, group]
        lanes = np.ascontiguousarray(held.T, np.uint16)
        month, none = self.grid.month, np.zeros((1, len(self.grid.month)), np.int16)
        frame = (
            month,
            *counted_days(self.grid),
            self.overfill,
            self.within_next,
            self.cap,
            none if self.closed is None else self.closed,
            none if self.fed_closed is None else self.fed_closed,
        )
        packed = np.zeros((4, self.first.paths, words), np.uint64)
        places = lanes.view(np.uint64)  # [group, word]
        spot = np.zeros((2, self.first.paths, words, 2), np.uint64)
        count_lanes(_arrays(self.first), _arrays(self.fed), frame, places, packed, spot, seen)
        # Lanes 0 and 2 of each word are in its first half, 1 and 3 in the other.
        days = spot.view(np.uint32).reshape(2, -1, words, 2, 2).swapaxes(3, 4)
        found = (packed.view(np.uint16), days.reshape(2, -1, words * LANES))  # [what, path, choice]
        return Missed(
            *(
                np.ascontiguousarray(rows[:, : len(choices)].T, dtype=np.int64)
                for each in found
                for rows in each
            )
        )

    def offered_share(self, places: int, fed_places: int) -> float:
        """Share of the children to be met in the first group who were; 1 where there are none."""
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
    _fill_to_meet(to_meet, children.start, children.residents, children.deadline, grid.month)
    return to_meet


@njit(cache=True, nogil=True)
def _fill_to_meet(to_meet, start, residents, deadline, month):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    for s in range(len(to_meet)):
        for i in range(start[s] + residents, start[s + 1]):
            if 0 <= deadline[i] < len(month):
                to_meet[s] += month[deadline[i]] >= 0


def _arrays(children: Children) -> tuple[object, ...]:
    return (
        children.residents,
        children.start,
        children.day,
        children.nights,
        children.deadline,
        children.lost,
        children.onward,
        children.next_nights,
        children.next_lost,
    )
