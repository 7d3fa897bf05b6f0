"""The compiled walk through the days: one group, or a group and the one it feeds.

Day rules (planner.md, section 2): departures in the morning, then children who are ready
for the fed group, then the day's referrals; first come first served; always the
lowest-numbered free places. A stay of l nights from day d uses the days d to d + l - 1. A
child may take several places, and comes in when all of them are free: nobody overtakes it.
Places may be closed: who is there stays, and no child comes in while those present fill what
is open. A child not placed by its deadline is not offered a place in time; it is then helped
elsewhere for good (`lost`), taken in beyond the places (overfill), or goes on waiting in line.

The walk holds no lock of the interpreter, so that several can run in threads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

WAITS = np.iinfo(np.int32).max  # end of a stay that is not known yet


class Rows(NamedTuple):
    """The arrays of Children (planning/children.py), as the compiled code takes them."""

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


class Tally(NamedTuple):
    """What is counted for one group in the plan year, per path (see Outcome in flow.py)."""

    to_meet: NDArray[np.int64]  # [path]
    missed: NDArray[np.int64]  # [path, month]
    elsewhere_days: NDArray[np.int64]  # [path]
    use: NDArray[np.int32]  # [path, place]
    full_days: NDArray[np.int64]  # [path]
    longest_full: NDArray[np.int64]  # [path]


class Frame(NamedTuple):
    """The days: month 0-11 in the plan year else -1, and the plan year as [opens, closes)."""

    month: NDArray[np.int32]  # [day]
    opens: int
    closes: int
    feeds: bool  # whether there is a fed group
    overfill: bool
    within_next: int  # days to meet a child ready for the fed group
    cap: int  # most nights in both groups together
    closed: NDArray[np.int16]  # places of the first group that are closed [path or one, day]
    fed_closed: NDArray[np.int16]  # the same for the fed group


@njit(cache=True, nogil=True)
def _lowest_free(until, day):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    place = 0
    while until[place] > day:
        place += 1
    return place


@njit(cache=True, nogil=True)
def _overlap(first, last, opens, closes):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    return max(0, min(last, closes) - max(first, opens))


@njit(cache=True, nogil=True)
def _month(deadline, month):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    return month[deadline] if 0 <= deadline < len(month) else -1


@njit(cache=True, nogil=True)
def walk_paths(rows, fed, frame, tallies, placed):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915, PLR0917  # pragma: no cover
    """Walk the days on every path, writing into both tallies.

    `rows` are the children of the first group, `fed` the referrals to the group it feeds (no
    children where it feeds none); the numbers of places are the widths of `tallies[g].use`.
    `placed[child]` takes the (lowest) place of each child of the first group, unless empty.
    """
    # One long function on plain local arrays, on purpose: with helpers that take the named
    # tuples every call counts references to each array, 40 times slower (measured).
    residents, start, day_of, nights, deadline, lost, onward, next_nights, next_lost, takes = rows
    f_residents, f_start, f_day, f_nights, f_deadline, f_lost, _o, _n, _l, f_takes = fed
    month, opens, closes, feeds, overfill, within_next, cap, closed, f_closed = frame
    to_meet, missed, elsewhere, use, full_days, longest = tallies[0]
    f_to_meet, f_missed, f_elsewhere, f_use, f_full_days, f_longest = tallies[1]
    places, f_places, horizon = use.shape[1], f_use.shape[1], len(month)
    until, since = np.zeros(places, np.int32), np.zeros(places, np.int32)
    holder, f_until = np.zeros(places, np.int32), np.zeros(f_places, np.int32)
    leaves, f_leaves = np.zeros(horizon + 1, np.int32), np.zeros(horizon + 1, np.int32)
    ready_first, ready_last = np.full(horizon, -1, np.int32), np.zeros(horizon, np.int32)
    most = 0
    for s in range(len(start) - 1):
        most = max(most, start[s + 1] - start[s] + f_start[s + 1] - f_start[s])
    since_of = np.zeros(most, np.int32)
    ready_next, gone = np.zeros(most, np.int32), np.zeros(most, np.bool_)
    line, line_due, line_gone = (
        np.zeros(most, np.int32),
        np.zeros(most, np.int32),
        np.zeros(most, np.bool_),
    )

    for s in range(len(start) - 1):
        base, last, f_base, f_last = start[s], start[s + 1], f_start[s], f_start[s + 1]
        closed_now, f_closed_now = closed[s % len(closed)], f_closed[s % len(f_closed)]
        until[:], f_until[:], leaves[:], f_leaves[:], ready_first[:] = 0, 0, 0, 0, -1
        gone[:], line_gone[:] = False, False
        present, f_present, run, f_run = 0, 0, 0, 0
        # In each line: `head` is first to be served, `due` first whose deadline is to come.
        head = due = tail = base + residents
        f_head = f_due = f_tail = 0
        f_next = f_base + f_residents

        # Residents keep places from the lowest up. Those beyond the places are there all the
        # same: no child is taken in until as many have left.
        place = 0
        for i in range(f_residents):
            end, size = min(f_nights[f_base + i], horizon), f_takes[f_base + i]
            if end > 0:
                f_present += size
                f_leaves[end] += size
                for p in range(place, min(place + size, f_places)):
                    f_until[p] = end
                    f_use[s, p] += _overlap(0, end, opens, closes)
            place += size

        place = 0
        for i in range(residents):
            child, size = base + i, takes[base + i]
            first, place = place, place + size
            if nights[child] == 0 and not onward[child]:
                continue
            end = nights[child]
            present += size
            for p in range(first, min(place, places)):
                until[p], since[p], holder[p] = WAITS if onward[child] else end, 0, i
            if onward[child]:
                since_of[i] = day_of[child]
                if end < horizon:
                    ready_next[i] = -1
                    if ready_first[end] < 0:
                        ready_first[end] = i
                    else:
                        ready_next[ready_last[end]] = i
                    ready_last[end] = i
            else:
                leaves[min(end, horizon)] += size
                for p in range(first, min(place, places)):
                    use[s, p] += _overlap(0, end, opens, closes)

        for day in range(horizon):
            in_year = month[day] >= 0
            open_places, f_open = places - closed_now[day], f_places - f_closed_now[day]
            present -= leaves[day]
            f_present -= f_leaves[day] if feeds else 0

            if feeds:
                # Who joins the line for the fed group: on the first day those who asked before
                # come first, on every other day those who are ready now.
                while day == 0 and f_next < f_last and f_day[f_next] <= 0:
                    line[f_tail], line_due[f_tail] = -1 - (f_next - f_base), f_deadline[f_next]
                    f_tail += 1
                    f_next += 1
                joins = ready_first[day]
                while joins >= 0:
                    line[f_tail], line_due[f_tail] = joins, day + within_next
                    f_tail += 1
                    joins = ready_next[joins]
                while f_next < f_last and f_day[f_next] <= day:
                    line[f_tail], line_due[f_tail] = -1 - (f_next - f_base), f_deadline[f_next]
                    f_tail += 1
                    f_next += 1

                # Places in the fed group, and then those in its line whose deadline has come.
                while f_head < f_tail or f_due < f_tail:
                    turn = f_head
                    served = f_head < f_tail
                    if served and not line_gone[f_head]:
                        who = line[f_head]
                        size = takes[base + who] if who >= 0 else f_takes[f_base - 1 - who]
                        served = f_present + size <= f_open
                    if not served:
                        f_due = max(f_due, f_head)
                        if f_due >= f_tail or line_due[f_due] > day:
                            break
                        turn = f_due
                    who = line[turn]
                    if served and line_gone[turn]:
                        f_head += 1
                        continue
                    if not served:
                        f_due += 1
                        if line_gone[turn]:
                            continue
                    if turn >= f_due or not served:
                        counted = _month(line_due[turn], month)
                        if counted >= 0:
                            f_to_meet[s] += 1
                            if not served:
                                f_missed[s, counted] += 1
                    size = takes[base + who] if who >= 0 else f_takes[f_base - 1 - who]
                    helped = next_lost[base + who] if who >= 0 else f_lost[f_base - 1 - who]
                    if not served and not helped and not overfill:
                        continue
                    if who >= 0:
                        end = day + max(
                            1, min(next_nights[base + who], cap - (day - since_of[who]))
                        )
                    else:
                        end = day + min(f_nights[f_base - 1 - who], cap)
                    if served:
                        for _ in range(size):
                            place = _lowest_free(f_until, day)
                            f_until[place] = end
                            f_use[s, place] += _overlap(day, end, opens, closes)
                        f_head += 1
                    else:
                        line_gone[turn] = True
                        if not overfill:
                            f_elsewhere[s] += size * _overlap(day, end, opens, closes)
                    if served or overfill:
                        f_present += size
                        f_leaves[min(end, horizon)] += size
                    if who >= 0:  # the places it kept are free again
                        present -= size
                        for p in range(places):
                            if until[p] == WAITS and holder[p] == who:
                                until[p] = day
                                use[s, p] += _overlap(since[p], day, opens, closes)

            # The same for the first group, whose line is its children in order.
            while tail < last and day_of[tail] <= day:
                tail += 1
            while head < tail or due < tail:
                child = head
                served = head < tail and (gone[head - base] or present + takes[head] <= open_places)
                if not served:
                    due = max(due, head)
                    if due >= tail or deadline[due] > day:
                        break
                    child = due
                if served and gone[child - base]:
                    head += 1
                    continue
                if not served:
                    due += 1
                    if gone[child - base]:
                        continue
                if child >= due or not served:
                    counted = _month(deadline[child], month)
                    if counted >= 0:
                        to_meet[s] += 1
                        if not served:
                            missed[s, counted] += 1
                end, size = day + nights[child], takes[child]
                if served:
                    head += 1
                else:
                    if not lost[child] and not overfill:
                        continue
                    gone[child - base] = True
                    if not overfill:
                        elsewhere[s] += size * _overlap(day, end, opens, closes)
                        continue
                i = child - base
                present += size
                for n in range(size if served else 0):
                    place = _lowest_free(until, day)
                    if n == 0 and len(placed) > 0:
                        placed[child] = place
                    until[place], since[place], holder[place] = end, day, i
                    if onward[child]:
                        until[place] = WAITS
                    else:
                        use[s, place] += _overlap(day, end, opens, closes)
                if onward[child]:
                    since_of[i] = day
                    if end < horizon:
                        ready_next[i] = -1
                        if ready_first[end] < 0:
                            ready_first[end] = i
                        else:
                            ready_next[ready_last[end]] = i
                        ready_last[end] = i
                else:
                    leaves[min(end, horizon)] += size

            if not in_year:
                continue
            if present < open_places:
                run = 0
            else:
                run += 1
                full_days[s] += 1
                longest[s] = max(longest[s], run)
            if not feeds or f_present < f_open:
                f_run = 0
            else:
                f_run += 1
                f_full_days[s] += 1
                f_longest[s] = max(f_longest[s], f_run)

        for place in range(places):  # those who still wait when the days end
            if until[place] == WAITS:
                use[s, place] += _overlap(since[place], horizon, opens, closes)
