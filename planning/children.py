"""From monthly draws to children on days: who comes when, and for how long."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.arrivals import ArrivalPattern
from forecasting.errors import InputError
from forecasting.panel import Frequency


@dataclass(frozen=True)
class Children:
    """The children of one series on every path, in the order they come; flat arrays. [child]

    Path s holds children `start[s]` to `start[s + 1]`, its `residents` first (`day` below 0:
    the day they got their place). `nights` is the stay until ready (for residents what is
    left of it), `deadline` the last day on which an offer is in time, `lost` whether the
    child is helped elsewhere for good when it is not met in time, `onward` whether it goes
    on to the fed group when ready, `next_nights` the stay there and `next_lost` as `lost`
    for it. Days count from 0, the day after the data date. The same child has the same
    draws whatever the number of places.
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

    @property
    def paths(self) -> int:
        """Number of paths."""
        return len(self.start) - 1

    def with_lost(self, lost_share: float) -> "Children":
        """The same children where all (1) or none (0) are helped elsewhere for good."""
        lost = np.full(len(self.lost), bool(lost_share))
        return replace(self, lost=lost, next_lost=lost)

    def path(self) -> NDArray[np.int64]:
        """Path of each child. [child]"""
        return np.repeat(np.arange(self.paths), np.diff(self.start))


@dataclass(frozen=True)
class DayGrid:
    """The days that are simulated, `first` to `last`, and the public holidays among them.

    `year` is the plan year: children whose deadline falls in it are counted. Months are
    0-11, or -1 outside the plan year.
    """

    first: date
    last: date
    year: int
    holidays: NDArray[np.datetime64]

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Every simulated day. [day]"""
        beyond = np.datetime64(self.last + timedelta(days=1))
        return np.asarray(np.arange(np.datetime64(self.first), beyond))

    @property
    def month(self) -> NDArray[np.int32]:
        """Month 0-11 of each day of the plan year, -1 for the days before it. [day]"""
        months = self.days.astype("datetime64[M]").astype(np.int64)
        return np.where(months // 12 + 1970 == self.year, months % 12, -1).astype(np.int32)

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
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Referrals a day on each path of the grid, [path, day], from counts [path, step].

    Each period's children are grouped into events of the pattern's sizes; an event falls on
    one day of its period, by weekday. Days outside the grid are left out.
    """
    ends = freq.after(periods[-1].item(), 1)
    days = np.arange(periods[0], ends[0], dtype="datetime64[D]")
    if np.datetime64(grid.last) > days[-1]:
        raise InputError(f"the forecast ends {days[-1]}, before {grid.last}.")
    edges = np.searchsorted(days, np.append(periods, ends))  # [step + 1]
    weight = np.concatenate([[0.0], np.cumsum(grid.weights(pattern, days))])  # [day + 1]
    cell = np.repeat(np.arange(counts.size), counts.ravel())  # [child]
    event = _events(cell, pattern.batch, rng)
    step = cell % counts.shape[1]
    chance = rng.random(int(event[-1]) + 1 if len(event) else 0)[event]
    target = weight[edges[step]] + chance * (weight[edges[step + 1]] - weight[edges[step]])
    day = np.searchsorted(weight, target, side="right") - 1
    flat = (cell // counts.shape[1]) * len(days) + day
    daily = np.bincount(flat, minlength=counts.shape[0] * len(days)).reshape(-1, len(days))
    offset = int(np.searchsorted(days, np.datetime64(grid.first)))
    return np.asarray(daily[:, offset : offset + len(grid.days)])


def _events(
    cell: NDArray[np.int64], batch: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Number of the event each child belongs to; an event never spans two cells. [child]"""
    if len(cell) == 0:
        return cell
    sizes = rng.choice(np.arange(1, len(batch) + 1), size=len(cell), p=batch)
    opens = np.zeros(len(cell), dtype=bool)
    firsts = np.concatenate([[0], np.cumsum(sizes)])
    opens[firsts[firsts < len(cell)]] = True
    opens[1:] |= cell[1:] != cell[:-1]
    return np.asarray(np.cumsum(opens) - 1)


def draw_nights(
    survival: NDArray[np.float64], size: int, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Nights of `size` new stays from their law, at least one each. [child]"""
    ready = 1 - survival  # P(stay <= k nights) [night]
    return np.maximum(np.searchsorted(ready, rng.random(size)), 1).astype(np.int32)


def draw_remaining(
    survival: NDArray[np.float64],
    stayed: NDArray[np.int64],
    *,
    paths: int,
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Nights left of stays under way, from S(age + h) / S(age). [path, resident]

    A resident who has stayed `stayed` nights before the data date is there that day too, so
    that night is gone: P(more than h left) = S(stayed + 1 + h) / S(stayed).
    """
    oldest = int(np.flatnonzero(survival > 0)[-1])
    age = np.minimum(stayed, oldest)
    ready = 1 - survival
    chance = ready[age] + rng.random((paths, len(stayed))) * survival[age]
    total = np.searchsorted(ready, chance)
    return np.maximum(total - age - 1, 0).astype(np.int32)


@dataclass(frozen=True)
class Care:
    """What decides how long the children of one series stay, and where they go next.

    `survival` and `next_survival` are the stay laws of the series and of the group it feeds
    (empty where it feeds none); `onward_share` the share that goes on; `stayed`, `waiting`
    and `queue` today's residents and those not yet placed (see Residents); `queue_share`
    the chance that one of the latter still demands a place.
    """

    survival: NDArray[np.float64]
    next_survival: NDArray[np.float64]
    onward_share: float
    within_days: int
    lost_share: float
    stayed: NDArray[np.int64]
    waiting: NDArray[np.bool_]
    queue: NDArray[np.int64]
    queue_share: float


def draw_children(daily: NDArray[np.int64], care: Care, *, rng: np.random.Generator) -> Children:
    """The children of one series on all paths, from referrals a day [path, day]."""
    paths, horizon = daily.shape
    asked = rng.random((paths, len(care.queue))) < care.queue_share
    size = len(care.stayed) + asked.sum(axis=1) + daily.sum(axis=1)  # [path]
    start = np.concatenate([[0], np.cumsum(size)])
    order = np.arange(start[-1]) - np.repeat(start[:-1], size)
    resident = order < len(care.stayed)
    queued = ~resident & (order < len(care.stayed) + np.repeat(asked.sum(axis=1), size))
    arrived = ~resident & ~queued

    day = np.zeros(start[-1], dtype=np.int32)
    day[resident] = np.tile(-1 - care.stayed, paths)
    day[arrived] = np.repeat(np.tile(np.arange(horizon), paths), daily.ravel())
    deadline = day + np.int32(care.within_days)
    deadline[resident] = -1
    # `queue` counts from the data date, days from the day after it. Below 0: missed before
    # the plan begins, and so no child to be met in it.
    due = np.minimum(np.sort(care.queue) - 1, care.within_days)
    deadline[queued] = np.broadcast_to(due, asked.shape)[asked]

    nights = draw_nights(care.survival, len(day), rng)
    left = draw_remaining(care.survival, care.stayed, paths=paths, rng=rng)
    nights[resident] = np.where(care.waiting, 0, left).ravel()
    onward = rng.random(len(day)) < care.onward_share
    onward[resident] |= np.tile(care.waiting, paths)
    feeds = len(care.next_survival) > 0
    return Children(
        residents=len(care.stayed),
        start=start,
        day=day,
        nights=nights,
        deadline=deadline,
        lost=rng.random(len(day)) < care.lost_share,
        onward=onward & feeds,
        next_nights=draw_nights(care.next_survival, len(day) if feeds else 0, rng),
        next_lost=rng.random(len(day)) < care.lost_share,
    )
