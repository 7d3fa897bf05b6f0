"""From monthly draws to children on days: who comes when, and for how long."""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.arrivals import ArrivalPattern
from forecasting.errors import InputError, UsageError
from forecasting.panel import Frequency
from planning.checks import require_counts
from planning.counter import mixed, unit
from planning.window import Window


@dataclass(frozen=True)
class Children:
    """The children of one series on every path, in the order they come; flat arrays. [child]

    Path s holds children `start[s]` to `start[s + 1]`, its `residents` first (`day` below 0:
    the day they got their place). `nights` is the stay until ready (for residents what is
    left of it), `deadline` the last day on which an offer is in time, `lost` whether the
    child is helped elsewhere for good when it is not met in time, `onward` whether it goes
    on to the fed group when ready, `next_nights` the stay there and `next_lost` as `lost`
    for it; `takes` the places that the child needs, in both groups. Days count from 0, the
    day after the data date. The same child has the same draws whatever the number of places.
    """

    residents: int
    start: NDArray[np.int64]
    day: NDArray[np.int32]
    nights: NDArray[np.int32]
    deadline: NDArray[np.int32]
    lost: NDArray[np.bool_]
    onward: NDArray[np.bool_]
    next_nights: NDArray[np.int32]
    next_lost: NDArray[np.bool_]
    takes: NDArray[np.int32]

    @property
    def paths(self) -> int:
        """Number of paths."""
        return len(self.start) - 1

    @classmethod
    def listed(
        cls,
        day: NDArray[np.integer[Any]],
        nights: NDArray[np.integer[Any]],
        *,
        start: NDArray[np.int64] | None = None,
        residents: int = 0,
        within_days: int = 0,
        lost: bool = True,
        next_nights: NDArray[np.integer[Any]] | None = None,
        takes: NDArray[np.integer[Any]] | None = None,
    ) -> "Children":
        """Children given one by one, in the order they come on each path. [child]

        `start` as above (None: all on one path); `next_nights` 0 where a child does not go on.
        Raises UsageError for a stay of no nights of one who has just come, or no place.
        """
        count = len(day)
        _check_lengths(count, nights=nights, next_nights=next_nights, takes=takes)
        require_counts(residents=residents, within_days=within_days)
        bounds = np.array([0, count], dtype=np.int64) if start is None else start
        needs = np.ones(count, np.int32) if takes is None else takes.astype(np.int32)
        onward_nights = np.zeros(count, np.int32) if next_nights is None else next_nights
        came = np.asarray(day) >= 0
        for values, least, what in (
            (nights[came], 1, "nights"),
            (nights, 0, "nights left"),
            (onward_nights, 0, "nights in the fed group"),
            (needs, 1, "places"),
        ):
            if len(values) and values.min() < least:
                raise UsageError(
                    f"a child with {values.min()} {what}.", fix=f"Give at least {least}."
                )
        if not _in_order(day, bounds):
            raise UsageError(
                f"children on paths {bounds[:3]} .. {bounds[-1:]} of {count}.",
                fix="List the children of each path by day, and where each path starts.",
            )
        if (np.diff(bounds) < residents).any():
            raise UsageError(f"{residents} residents a path.", fix="List them on every path.")
        days = day.astype(np.int32)
        return cls(
            residents=residents,
            start=bounds,
            day=days,
            nights=nights.astype(np.int32),
            deadline=days + np.int32(within_days),
            lost=np.full(count, lost),
            onward=onward_nights > 0,
            next_nights=np.maximum(onward_nights, 1).astype(np.int32),
            next_lost=np.full(count, lost),
            takes=needs,
        )

    @classmethod
    def nobody(cls, paths: int) -> "Children":
        """No children on any path."""
        whole, flags = np.zeros(0, np.int32), np.zeros(0, np.bool_)
        start = np.zeros(paths + 1, np.int64)
        return cls(0, start, whole, whole, whole, flags, flags, whole, flags, whole)

    def with_lost(self, lost_share: float) -> "Children":
        """The same children where all (1) or none (0) are helped elsewhere for good."""
        lost = np.full(len(self.lost), bool(lost_share))
        return replace(self, lost=lost, next_lost=lost)

    def alone(self) -> "Children":
        """The same children if nobody waits for the fed group: all leave when they are ready."""
        return replace(self, onward=np.zeros(len(self.onward), np.bool_))

    def check_within(self, days: int) -> None:
        """Raises UsageError for a child who comes after the last of so many days."""
        last = int(self.day.max(initial=-1))
        if last >= days:
            raise UsageError(f"a child on day {last} of {days}.", fix="Give a longer grid.")

    def head(self, paths: int) -> "Children":
        """The children of the first so many paths."""
        first = min(paths, self.paths)
        end = int(self.start[first])
        flat = {f.name: getattr(self, f.name)[:end] for f in fields(self) if f.name not in _WHOLE}
        return replace(self, start=self.start[: first + 1], **flat)

    def path(self) -> NDArray[np.int64]:
        """Path of each child. [child]"""
        return np.repeat(np.arange(self.paths), np.diff(self.start))


def _check_lengths(count: int, **given: NDArray[np.integer[Any]] | None) -> None:
    """One whole number for each child, where there are any."""
    for what, values in given.items():
        if values is not None and (len(values) != count or values.dtype.kind not in "iu"):
            raise UsageError(
                f"{len(values)} {what} of kind {values.dtype} for {count} children.",
                fix="Give one whole number for each child.",
            )


def _in_order(day: NDArray[np.integer[Any]], start: NDArray[np.int64]) -> bool:
    """Whether the paths hold all children, and the children of each come by day."""
    ends = len(start) > 0 and start[0] == 0 and start[-1] == len(day)
    if not ends or (np.diff(start) < 0).any():
        return False
    falls = np.flatnonzero(np.diff(day) < 0) + 1
    return bool(np.isin(falls, start).all())


# Events are numbered apart from referrals: a period has fewer of these.
_EVENTS = 1 << 32
# Fields of Children that do not have one element a child.
_WHOLE = ("residents", "start")


class Grid(Protocol):
    """The days that are simulated."""

    @property
    def month(self) -> NDArray[np.int32]:
        """Month, from 0, of each day that is counted, -1 for the days before. [day]"""


def counted_days(grid: Grid) -> tuple[int, int]:
    """The first day that is counted, and the one after the last; (0, 0) where none is."""
    counted = np.flatnonzero(grid.month >= 0)
    return (int(counted[0]), int(counted[-1]) + 1) if len(counted) else (0, 0)


@dataclass(frozen=True)
class Ticks:
    """Equal steps of time without dates: `before` to fill up, then those that are counted.

    Stays and referrals count in the same step, so a fine step comes near continuous time.
    """

    counted: int
    before: int = 0

    def __post_init__(self) -> None:
        if self.counted < 1 or self.before < 0:
            raise UsageError(f"{self.counted} steps after {self.before}.", fix="Count one or more.")

    @property
    def month(self) -> NDArray[np.int32]:
        """0 for the counted steps, -1 for those before. [step]"""
        return np.repeat(np.array([-1, 0], np.int32), [self.before, self.counted])


@dataclass(frozen=True)
class DayGrid:
    """The days that are simulated, `first` to the end of the window, and the holidays among them.

    Children whose deadline falls in the window (as a rule the plan year) are counted. Months
    are 0, 1, .. from the window's first, or -1 before it.
    """

    first: date
    window: Window
    holidays: NDArray[np.datetime64]

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Every simulated day. [day]"""
        beyond = np.datetime64(self.window.last + timedelta(days=1))
        return np.asarray(np.arange(np.datetime64(self.first), beyond))

    @property
    def month(self) -> NDArray[np.int32]:
        """Month of each day of the window, from 0; -1 for the days before it. [day]"""
        opens = np.datetime64(self.window.first)
        months = self.days.astype("datetime64[M]") - opens.astype("datetime64[M]")
        return np.where(self.days >= opens, months.astype(np.int64), -1).astype(np.int32)

    def weights(self, pattern: ArrivalPattern, days: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Relative chance of a referral on each of `days`, from weekday and holiday. [day]"""
        weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        return np.where(np.isin(days, self.holidays), pattern.holiday, 1) * pattern.weekday[weekday]


def spread_over_days(
    counts: NDArray[np.int64],
    periods: NDArray[np.datetime64],
    *,
    freq: Frequency,
    pattern: ArrivalPattern,
    grid: DayGrid,
    key: int,
    share: float = 1.0,
) -> NDArray[np.int64]:
    """Children a day on each path of the grid, [path, day], from referrals [path, step].

    Each referral demands a place with the chance `share`. Each period's children are grouped
    into events of the pattern's sizes; an event falls on one day of its period, by weekday.
    Days outside the grid are left out. `key` is the random key of the series (Streams.key):
    one referral more adds at most one child, and moves no other (counter.py).
    """
    ends = freq.after(periods[-1].item(), 1)
    days = np.arange(periods[0], ends[0], dtype="datetime64[D]")
    if np.datetime64(grid.window.last) > days[-1]:
        raise InputError(f"the forecast ends {days[-1]}, before {grid.window.last}.")
    edges = np.searchsorted(days, np.append(periods, ends))  # [step + 1]
    weight = np.concatenate([[0.0], np.cumsum(grid.weights(pattern, days))])  # [day + 1]
    offset = int(np.searchsorted(days, np.datetime64(grid.first)))
    daily = np.zeros((len(counts), len(grid.days)), np.int64)
    law = (share, np.cumsum(pattern.batch)[:-1])
    _fill_daily(daily, counts, np.uint64(key), law, (weight, edges, offset))
    return daily


@njit(cache=True, nogil=True)
def _fill_daily(daily, counts, key, law, when):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Adds each child to its day. Numbers are those of path, period, referral or event."""
    share, sizes = law
    weight, edges, offset = when
    for s in range(len(counts)):
        path_key = mixed(key, np.uint64(s))
        for t in range(counts.shape[1]):
            period_key = mixed(path_key, np.uint64(t))
            left = counts[s, t]
            if share < 1:
                left = 0
                for i in range(counts[s, t]):
                    left += unit(mixed(period_key, np.uint64(i))) < share
            first, last, event = edges[t], edges[t + 1], _EVENTS
            while left > 0:
                event_key = mixed(period_key, np.uint64(event))
                event += 1
                size, chance = 1, unit(mixed(event_key, np.uint64(0)))
                while size <= len(sizes) and chance >= sizes[size - 1]:
                    size += 1
                target = unit(mixed(event_key, np.uint64(1)))
                target = weight[first] + target * (weight[last] - weight[first])
                low, high = first, last  # weight[low] <= target, weight[high] beyond
                while high - low > 1:
                    middle = (low + high) // 2
                    if weight[middle] <= target:
                        low = middle
                    else:
                        high = middle
                day = low - offset
                if 0 <= day < daily.shape[1]:
                    daily[s, day] += min(size, left)
                left -= size
