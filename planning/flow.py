"""The flow: what a number of places gives on every path, with blocking between two groups."""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from planning.checks import require_counts
from planning.children import Children, Grid, counted_days
from planning.fewest import EXACT
from planning.walk import Frame, Rows, Tally, walk_paths

# Longer than any horizon: no cap on the nights in both groups together.
NO_CAP = 100_000


@dataclass(frozen=True)
class Outcome:
    """What one number of places gave in the plan year, per path.

    `to_meet[path]` children whose deadline fell in the year; `missed[path, month]` those of
    them not offered a place in time; `elsewhere_days[path]` place-days of children who were
    then helped elsewhere; `use[path, place]` days that place was in use, lowest number
    first; `full_days` and `longest_full` days with every place taken, in all and on end.
    """

    to_meet: NDArray[np.int64]
    missed: NDArray[np.int64]
    elsewhere_days: NDArray[np.int64]
    use: NDArray[np.int32]
    full_days: NDArray[np.int64]
    longest_full: NDArray[np.int64]

    @property
    def places(self) -> int:
        """The number of places that this is the outcome of."""
        return int(self.use.shape[1])

    @property
    def missed_a_year(self) -> NDArray[np.int64]:
        """Children not offered a place in time. [path]"""
        return np.asarray(self.missed.sum(axis=1))

    @property
    def offered_share(self) -> float:
        """Share of the children to be met who were offered a place in time; 1 if none were.

        Weighted by child: 1 - E[missed] / E[to meet], not the mean of the paths' shares.
        """
        return offered_share(self.to_meet, self.missed_a_year)


def offered_share(to_meet: NDArray[np.int64], missed: NDArray[np.int64]) -> float:
    """1 - sum(missed) / sum(to_meet) over paths; 1 where no child was to be met."""
    total = int(to_meet.sum())
    return 1.0 if total == 0 else 1 - int(missed.sum()) / total


def standard_error(to_meet: NDArray[np.int64], missed: NDArray[np.int64]) -> float:
    """Monte-Carlo standard error of the offered share, as a ratio over independent paths."""
    total = int(to_meet.sum())
    if total == 0 or len(to_meet) < 2:
        return 0.0
    rest = missed - (missed.sum() / total) * to_meet
    return float(rest.std(ddof=1) * np.sqrt(len(to_meet)) / total)


def years_meeting(to_meet: NDArray[np.int64], missed: NDArray[np.int64], *, level: float) -> float:
    """Share of path-years whose own offered share reaches the level."""
    return float((missed <= (1 - level) * to_meet + EXACT * to_meet).mean())


@dataclass(frozen=True)
class Chain:
    """A series on its own, or with the one it feeds: children who are ready wait in its places.

    `fed` are the referrals to the fed group (`fed_key`) that do not come out of this one;
    `fed_within_days` the days to meet a child ready for it, `cap` the most nights in both.
    `closed` and `fed_closed` are the places closed each day [path, day] (one row: the same on
    all paths; None: none).
    """

    key: SeriesKey
    children: Children
    grid: Grid
    overfill: bool = False
    fed_key: SeriesKey | None = None
    fed: Children | None = None
    fed_within_days: int = 0
    cap: int | None = None
    closed: NDArray[np.int16] | None = None
    fed_closed: NDArray[np.int16] | None = None

    def __post_init__(self) -> None:
        if self.fed_key == self.key:
            raise UsageError(f"{self.key} feeds itself.", fix="Name another group.")
        if self.fed is not None and self.fed.paths != self.children.paths:
            raise UsageError(
                f"{self.children.paths} paths of {self.key}, {self.fed.paths} of the fed group.",
                fix="Draw both on the same paths.",
            )
        require_counts(fed_within_days=self.fed_within_days, cap=self.cap or 0)
        for closed in (self.closed, self.fed_closed):
            self._check_closed(closed)

    def _check_closed(self, closed: NDArray[np.int16] | None) -> None:
        if closed is None:
            return
        paths, days = self.children.paths, len(self.grid.month)
        if closed.shape not in {(1, days), (paths, days)} or closed.min(initial=0) < 0:
            raise UsageError(
                f"closed places {closed.shape} for {paths} paths of {days} days.",
                fix="Give 0 or more for each day of each path, or of one row for all.",
            )

    def run(self, places: int, fed_places: int = 0) -> tuple[Outcome, Outcome]:
        """Outcomes of this series and of the fed one (empty where it feeds none)."""
        return self._walk(places, fed_places, np.zeros(0, np.int32))

    def _walk(
        self, places: int, fed_places: int, placed: NDArray[np.int32]
    ) -> tuple[Outcome, Outcome]:
        if min(places, fed_places) < 0:
            raise UsageError(f"{places} and {fed_places} places.", fix="Give 0 or more of each.")
        fed = self.fed or Children.nobody(self.children.paths)
        month = self.grid.month
        opens, closes = counted_days(self.grid)
        frame = Frame(
            month=month,
            opens=opens,
            closes=closes,
            feeds=self.fed_key is not None,
            overfill=self.overfill,
            within_next=self.fed_within_days,
            cap=self.cap or NO_CAP,
            closed=self._closed(self.closed),
            fed_closed=self._closed(self.fed_closed),
        )
        months, paths = int(month.max(initial=0)) + 1, self.children.paths
        tallies = tuple(_tally(paths, c, months=months) for c in (places, fed_places))
        walk_paths(_rows(self.children), _rows(fed), frame, tallies, placed)
        return Outcome(*tallies[0]), Outcome(*tallies[1])

    def taken(self, places: int) -> NDArray[np.int32]:
        """Number of the (lowest) place that each child got, from 0; -1: none. [child]"""
        placed = np.full(len(self.children.day), -1, np.int32)
        self._walk(places, 0, placed)
        return placed

    def _closed(self, closed: NDArray[np.int16] | None) -> NDArray[np.int16]:
        return np.zeros((1, len(self.grid.month)), np.int16) if closed is None else closed

    def head(self, paths: int) -> "Chain":
        """The same on the first so many paths."""
        fed = None if self.fed is None else self.fed.head(paths)
        closed, fed_closed = (
            None if each is None else each[:paths] for each in (self.closed, self.fed_closed)
        )
        children = self.children.head(paths)
        return replace(self, children=children, fed=fed, closed=closed, fed_closed=fed_closed)

    def with_lost(self, lost_share: float) -> "Chain":
        """The same children where all (1) or none (0) unmet ones are helped elsewhere."""
        fed = None if self.fed is None else self.fed.with_lost(lost_share)
        return replace(self, children=self.children.with_lost(lost_share), fed=fed, overfill=False)

    def wanted(self) -> NDArray[np.int64]:
        """Places wanted per day if there were always one free. [path, day]"""
        return _present(self.children, self.children.day, self.children.nights, grid=self.grid)

    def fed_wanted(self) -> NDArray[np.int64]:
        """The same for the fed series: its own referrals and those who come out of this one."""
        own, cap = self.children, self.cap or NO_CAP
        comes = np.where(own.onward, np.maximum(own.day, 0) + own.nights, NO_CAP).astype(np.int32)
        spent = own.nights - np.minimum(own.day, 0)
        nights = np.maximum(np.minimum(own.next_nights, cap - spent), 1)
        there = _present(own, comes, nights, grid=self.grid)
        if self.fed is None:
            return there
        fed = self.fed
        capped = np.where(fed.day < 0, fed.nights, np.minimum(fed.nights, cap))
        return np.asarray(there + _present(fed, fed.day, capped, grid=self.grid))


def _rows(children: Children) -> Rows:
    return Rows(**{name: getattr(children, name) for name in Rows._fields})


def _tally(paths: int, places: int, *, months: int) -> Tally:
    return Tally(
        to_meet=np.zeros(paths, np.int64),
        missed=np.zeros((paths, months), np.int64),
        elsewhere_days=np.zeros(paths, np.int64),
        use=np.zeros((paths, places), np.int32),
        full_days=np.zeros(paths, np.int64),
        longest_full=np.zeros(paths, np.int64),
    )


def _present(
    children: Children, day: NDArray[np.int32], nights: NDArray[np.int32], *, grid: Grid
) -> NDArray[np.int64]:
    """Places taken per day by children, from first days and nights. [path, day]"""
    there = np.zeros((children.paths, len(grid.month)), np.int64)
    _fill_present(there, children.start, day, nights, children.takes)
    return there


@njit(cache=True, nogil=True)
def _fill_present(there, start, day, nights, takes):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    days = there.shape[1]
    for s in range(len(there)):
        for i in range(start[s], start[s + 1]):
            first = max(day[i], 0)
            if first < days:
                there[s, first] += takes[i]
                if first + nights[i] < days:
                    there[s, first + nights[i]] -= takes[i]
        for d in range(1, days):
            there[s, d] += there[s, d - 1]
