"""The compiled walk of series that may share places: regions of one need group, or the reverse.

The day rules are those of planning/walk.py: departures in the morning; then all who ask, first
come first served over the whole nation; always the lowest-numbered free place of a set. Each
child asks the sets of places of its region in a fixed order and takes the first with room. A
child who goes on waiting shuts every set that it asked for the rest of the day: nobody
overtakes it. Children who come on the same day in several regions take turns (`take_turns`),
unless some ask before the others every day (`rank`): acute children before planned ones.

"Region" below is the series that a child belongs to, whether these are the regions of one need
group or the need groups of one region (planning/flexible.py).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.counter import mixed


class Asking(NamedTuple):
    """Children of all regions, path by path in the order they are served; residents first."""

    residents: int
    start: NDArray[np.int64]  # [path + 1]
    region: NDArray[np.int16]
    day: NDArray[np.int32]
    nights: NDArray[np.int32]
    deadline: NDArray[np.int32]
    lost: NDArray[np.bool_]
    takes: NDArray[np.int32]


class Sets(NamedTuple):
    """Sets of places, one a region and then the shared one, and who may use which."""

    places: NDArray[np.int64]  # [set]
    order: NDArray[np.int64]  # [region, rank]: the sets a region's children ask; -1: no more
    closed: NDArray[np.int16]  # [path or one, day, set]: places closed
    rank: NDArray[np.int64]  # [region]: who asks first every day, from 0


class Days(NamedTuple):
    """Month 0-11 in the plan year, else -1; the plan year as [opens, closes); the rule."""

    month: NDArray[np.int32]  # [day]
    opens: int
    closes: int
    overfill: bool


class Counted(NamedTuple):
    """What is counted in the plan year; `use` and `left` only where they are not empty."""

    to_meet: NDArray[np.int64]  # [path, region]
    missed: NDArray[np.int64]  # [path, region]
    placed: NDArray[np.int64]  # [path, region]: children who got a place that year
    away: NDArray[np.int64]  # [path, region]: those of them outside their region's own set
    elsewhere_days: NDArray[np.int64]  # [path]
    use: NDArray[np.int64]  # [set, place]: days in use, summed over paths
    left: NDArray[np.int32]  # [child]: day it got a place or was helped elsewhere


_NEVER = 1 << 40


@njit(cache=True, nogil=True)
def _next_day(at, ends, day):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Day of the first child that is left in any region; never where there is none."""
    today = _NEVER
    for r in range(len(at)):
        if at[r] < ends[r]:
            today = min(today, day[at[r]])
    return today


@njit(cache=True, nogil=True)
def take_turns(index, region, first, day, keys):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Write the national order of the children: `index` into the joined arrays, and `region`.

    Region r's children of path s are `first[r, s]` to `first[r, s + 1]` of the joined arrays,
    in the order of their days; residents (day below 0) come first of all. On each day regions
    give their first child, then their second, and so on; in which order is drawn for each
    path and day from the regions' own `keys`, so that none is always first and the order in
    which regions are listed changes nothing.
    """
    regions, paths = first.shape[0], first.shape[1] - 1
    at, turn = np.zeros(regions, np.int64), np.zeros(regions, np.int64)
    until, draw = np.zeros(regions, np.int64), np.zeros(regions, np.uint64)
    n = 0
    for s in range(paths):
        for r in range(regions):
            at[r] = first[r, s]
            while at[r] < first[r, s + 1] and day[at[r]] < 0:
                index[n], region[n] = at[r], r
                n += 1
                at[r] += 1
        today = _next_day(at, first[:, s + 1], day)
        while today < _NEVER:
            for r in range(regions):
                until[r] = at[r]
                while until[r] < first[r, s + 1] and day[until[r]] == today:
                    until[r] += 1
                draw[r] = mixed(mixed(keys[r], np.uint64(s)), np.uint64(today))
                place = r
                while place > 0 and draw[turn[place - 1]] > draw[r]:
                    turn[place] = turn[place - 1]
                    place -= 1
                turn[place] = r
            left = 1
            while left > 0:
                left = 0
                for r in turn:
                    if at[r] < until[r]:
                        index[n], region[n] = at[r], r
                        n += 1
                        at[r] += 1
                        left += 1
            today = _next_day(at, first[:, s + 1], day)


@njit(cache=True, nogil=True)
def walk_sharing(asking, sets, days, counted):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915, PLR0917  # pragma: no cover
    """Walk the days on every path and write into `counted`."""
    # One function on plain local arrays, as in planning/walk.py and for the same reason.
    residents, start, region, day_of, nights, deadline, lost, takes = asking
    places, order, closed, rank_of = sets
    month, opens, closes, overfill = days
    to_meet, missed, placed, away, elsewhere, use, left = counted
    horizon, width, count, ranks = len(month), order.shape[1], len(places), rank_of.max() + 1
    told = use.shape[1] > 0
    until = np.zeros(use.shape, np.int32)
    present, free = np.zeros(count, np.int64), np.zeros(count, np.int64)
    shut = np.zeros(count, np.bool_)
    leaves = np.zeros((horizon + 1, count), np.int32)
    most = 0
    for s in range(len(start) - 1):
        most = max(most, start[s + 1] - start[s])
    line, late = np.zeros(most, np.int64), np.zeros(most, np.bool_)

    for s in range(len(start) - 1):
        base, last = start[s], start[s + 1]
        closed_now = closed[s % len(closed)]
        present[:], leaves[:], until[:] = 0, 0, 0

        # Residents keep the first set that their region asks; those beyond it the next with
        # room, else they are there all the same and keep others out. A set is filled with
        # its first residents before any others.
        waiting = 0
        for i in range(base, base + residents):
            if nights[i] > 0:
                line[waiting] = i
                waiting += 1
        for rank in range(width + 1):
            kept = 0
            for k in range(waiting):
                i = line[k]
                p = order[region[i], rank] if rank < width else order[region[i], 0]
                size = takes[i]
                fits = p >= 0 and present[p] + size <= places[p]
                if not fits and rank < width:
                    line[kept] = i
                    kept += 1
                    continue
                present[p] += size
                leaves[min(nights[i], horizon), p] += size
                if told and fits:
                    for _ in range(size):
                        j = 0
                        while until[p, j] > 0:
                            j += 1
                        until[p, j] = nights[i]
                        use[p, j] += max(0, min(nights[i], closes) - opens)
            waiting = kept

        late[: last - base] = False
        n, new = 0, base + residents
        for day in range(horizon):
            for p in range(count):
                present[p] -= leaves[day, p]
                free[p] = places[p] - closed_now[day, p] - present[p]
                shut[p] = False
            kept, asks = 0, n
            while new < last and day_of[new] <= day:
                line[asks] = new
                asks += 1
                new += 1
            k, turn = -1, 0
            for _ in range(ranks * asks):
                k += 1
                if k == asks:
                    k, turn = 0, turn + 1
                i = line[k]
                if i < 0 or rank_of[region[i]] != turn:
                    continue
                r, size, due = region[i], takes[i], deadline[i] <= day
                took = -1
                for rank in range(width):
                    p = order[r, rank]
                    if p < 0:
                        break
                    if not shut[p] and size <= free[p]:
                        took = p
                        break
                if not late[i - base] and (took >= 0 or due):
                    late[i - base] = True
                    if 0 <= deadline[i] < horizon and month[deadline[i]] >= 0:
                        to_meet[s, r] += 1
                        missed[s, r] += took < 0
                if took < 0 and not (due and (lost[i] or overfill)):
                    for rank in range(width):
                        if order[r, rank] >= 0:
                            shut[order[r, rank]] = True
                    continue
                line[k] = -1
                if len(left) > 0:
                    left[i] = day
                end = day + nights[i]
                used = max(0, min(end, closes) - max(day, opens))
                if took < 0 and not overfill:
                    elsewhere[s] += size * used
                    continue
                p = took if took >= 0 else order[r, 0]
                present[p] += size
                free[p] -= size
                leaves[min(end, horizon), p] += size
                if took < 0:
                    continue
                if month[day] >= 0:
                    placed[s, r] += 1
                    away[s, r] += took != r
                if told:
                    for _ in range(size):
                        j = 0
                        while until[p, j] > day:
                            j += 1
                        until[p, j] = end
                        use[p, j] += used
            for k in range(asks):
                if line[k] >= 0:
                    line[kept] = line[k]
                    kept += 1
            n = kept
