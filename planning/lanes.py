"""The compiled count of two groups for four choices of places at once.

Numbers of children are kept, never which place each of them has, so a choice of places is one
small number per group. Four choices share one 64-bit word, a lane of 16 bits each, and every
step below is one operation for all four ("multiple byte processing with full-word
instructions", Lamport 1975). That works since the four see the same children in the same
order: a child in line is one entry with the lanes in which it still waits, and an entry's
lanes alone are a first come, first served line.

Day rules are those of planning/walk.py for children who take one place each.
"""

import numpy as np
from numba import njit

LANES = 4
_BITS = 16
# Most places, and most children there at once, that a lane can hold beside its flag.
MOST = (1 << (_BITS - 1)) - 2
# The day of what did not happen: later than any day.
NEVER = 1 << 30

_ONES = np.uint64(0x0001_0001_0001_0001)  # one child in every lane
_FLAGS = np.uint64(0x8000_8000_8000_8000)  # highest bit of every lane
_SHIFT = np.uint64(_BITS - 1)
_NONE = np.uint64(0)


@njit(cache=True, nogil=True, inline="always")
def _room(places, present):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """1 in the lanes with fewer present than places, which no lane may borrow for."""
    return (((places | _FLAGS) - present - _ONES) & _FLAGS) >> _SHIFT


@njit(cache=True, nogil=True, inline="always")
def _any(counts):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """1 in the lanes with a count above 0."""
    return ((counts + (_FLAGS - _ONES)) & _FLAGS) >> _SHIFT


@njit(cache=True, nogil=True)
def _without(places, closed):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Places left in every lane when so many are closed."""
    left = _NONE
    for lane in range(LANES):
        shift = np.uint64(lane * _BITS)
        own = np.int64((places >> shift) & np.uint64(0xFFFF))
        left |= np.uint64(max(own - closed, 0)) << shift
    return left


@njit(cache=True, nogil=True)
def count_lanes(rows, fed, frame, places, missed, seen):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915, PLR0917  # pragma: no cover
    """Count on every path, for the four choices packed in `places` (first group, fed group).

    `missed[0]` and `missed[1]` take those not met of the children to be met in the first
    group and of those referred straight to the fed one; `missed[2]` and `missed[3]` those of
    the first group who were to be met in the fed one, and who were not. [path], packed.
    `seen` takes the days of the first lane (see Trace in pair.py), unless empty.
    """
    # One long function on plain arrays, as in planning/walk.py and for the same reason.
    residents, start, day_of, nights, deadline, lost, onward, next_nights, next_lost = rows
    f_residents, f_start, f_day, f_nights, f_deadline, f_lost, _o, _n, _l = fed
    month, overfill, within_next, cap, closed, f_closed = frame
    came, went_on, f_came = seen
    told, horizon, here = len(came) > 0, len(month), np.uint64(1)
    feeds = len(f_day) > 0
    for i in range(len(onward)):
        feeds |= onward[i]
    most = f_most = 0
    for s in range(len(start) - 1):
        most = max(most, start[s + 1] - start[s])
        f_most = max(f_most, f_start[s + 1] - f_start[s])
    leaves, f_leaves = np.zeros(horizon + 1, np.uint64), np.zeros(horizon + 1, np.uint64)
    # Who is ready for the fed group, in a list for every day: a child is in it once for each
    # day on which some lanes took it in.
    ready, ready_last = np.full(horizon + 1, -1, np.int32), np.zeros(horizon, np.int32)
    entries = LANES * most
    entry_child, entry_next = np.zeros(entries, np.int32), np.zeros(entries, np.int32)
    entry_since, entry_lanes = np.zeros(entries, np.int32), np.zeros(entries, np.uint64)
    # The line of each group: child, lanes in which it waits, last day to meet it in time.
    line, by = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    waits = np.zeros(most + 1, np.uint64)
    f_line, f_by = (
        np.zeros(entries + f_most + 1, np.int64),
        np.zeros(entries + f_most + 1, np.int64),
    )
    f_waits, f_since = np.zeros(len(f_line), np.uint64), np.zeros(len(f_line), np.int32)

    for s in range(len(start) - 1):
        leaves[:], f_leaves[:], ready[:] = 0, 0, -1
        base, last, f_base, f_last = start[s], start[s + 1], f_start[s], f_start[s + 1]
        shut, f_shut = closed[min(s, len(closed) - 1)], f_closed[min(s, len(f_closed) - 1)]
        present = f_present = waiting = f_waiting = _NONE
        missed_here = f_missed = due_on = missed_on = _NONE
        head = tail = f_head = f_tail = used = 0
        soonest = f_soonest = NEVER  # first deadline of those in line
        for i in range(f_base, f_base + f_residents):
            if f_nights[i] > 0:
                if told:
                    f_came[i] = 0
                f_present += _ONES
                f_leaves[min(f_nights[i], horizon)] += _ONES
        for i in range(base, base + residents):
            if nights[i] == 0 and not onward[i]:
                continue
            if told:
                came[i] = 0
            present += _ONES
            end = min(nights[i], horizon)
            if not onward[i]:
                leaves[end] += _ONES
            elif end < horizon:
                entry_child[used], entry_since[used] = i, day_of[i]
                entry_lanes[used], entry_next[used] = _ONES, -1
                if ready[end] < 0:
                    ready[end] = used
                else:
                    entry_next[ready_last[end]] = used
                ready_last[end] = used
                used += 1
        i, f_i = base + residents, f_base + f_residents

        day = -1
        while True:
            day += 1
            if waiting | f_waiting == _NONE:
                # Nobody waits: until somebody asks or is ready, children only leave.
                asks = min(
                    day_of[i] if i < last else horizon, f_day[f_i] if f_i < f_last else horizon
                )
                while day < asks and ready[day] < 0:
                    present -= leaves[day]
                    f_present -= f_leaves[day]
                    day += 1
            if day >= horizon:
                break
            present -= leaves[day]
            f_present -= f_leaves[day]
            open_now = places[0] if shut[day] == 0 else _without(places[0], shut[day])
            f_open = places[1] if f_shut[day] == 0 else _without(places[1], f_shut[day])

            # The fed group. Old entries are looked at only where some lane has room for one
            # who waits, or a deadline has come. Who joins: on the first day those who asked
            # before come first, on every other day those who are ready now.
            joins, turn = ready[day], f_head
            scan = f_soonest <= day
            if scan:
                f_soonest = NEVER
            while feeds:
                if turn < f_tail and not scan and _any(f_waiting) & _room(f_open, f_present) == 0:
                    turn = f_tail
                new = turn == f_tail
                if not new:
                    who, due, lanes, since = f_line[turn], f_by[turn], f_waits[turn], f_since[turn]
                elif f_i < f_last and f_day[f_i] <= day and (day == 0 or joins < 0):
                    who, due, lanes, since = -1 - f_i, np.int64(f_deadline[f_i]), _ONES, day
                    f_i += 1
                elif joins >= 0:
                    who, due = np.int64(entry_child[joins]), day + within_next
                    lanes, since = entry_lanes[joins], np.int64(entry_since[joins])
                    if due < horizon and month[due] >= 0:
                        due_on += lanes
                    joins = entry_next[joins]
                else:
                    break
                gone = takes = lanes & _room(f_open, f_present)
                if due <= day:
                    late = lanes ^ takes
                    if due >= 0 and month[due] >= 0:
                        if who >= 0:
                            missed_on += late
                        else:
                            f_missed += late
                    if next_lost[who] if who >= 0 else f_lost[-1 - who]:
                        gone |= late
                    elif overfill:
                        takes |= late
                        gone = takes
                    due = NEVER
                if who >= 0:
                    end = day + max(1, min(next_nights[who], cap - (day - since)))
                    present -= gone  # its place is free again, wherever it went
                    if told and takes & here:
                        went_on[who] = day
                else:
                    end = day + min(f_nights[-1 - who], cap)
                    if told and takes & here:
                        f_came[-1 - who] = day
                f_present += takes
                f_leaves[min(end, horizon)] += takes
                lanes ^= gone
                if new and lanes == _NONE:
                    continue  # hardly anybody has to be written down
                if new:
                    f_line[turn], f_since[turn] = who, since
                    f_waiting += lanes
                    f_tail += 1
                else:
                    f_waiting -= gone
                f_waits[turn], f_by[turn] = lanes, due
                if lanes != _NONE:
                    f_soonest = min(f_soonest, due)
                turn += 1
            while f_head < f_tail and f_waits[f_head] == _NONE:
                f_head += 1
            if f_head == f_tail:
                f_head = f_tail = 0

            # The same for the first group, whose line is its children in order.
            turn, scan = head, soonest <= day
            if scan:
                soonest = NEVER
            while True:
                if turn < tail and not scan and _any(waiting) & _room(open_now, present) == 0:
                    turn = tail
                new = turn == tail
                if not new:
                    child, due, lanes = line[turn], by[turn], waits[turn]
                elif i < last and day_of[i] <= day:
                    child, due, lanes = i, np.int64(deadline[i]), _ONES
                    i += 1
                else:
                    break
                gone = takes = lanes & _room(open_now, present)
                if due <= day:
                    late = lanes ^ takes
                    if due >= 0 and month[due] >= 0:
                        missed_here += late
                    if lost[child]:
                        gone |= late
                    elif overfill:
                        takes |= late
                        gone = takes
                    due = NEVER
                if told and takes & here:
                    came[child] = day
                present += takes
                end = min(day + nights[child], horizon)
                if not onward[child]:
                    leaves[end] += takes
                elif end < horizon and takes != _NONE:
                    entry_child[used], entry_since[used] = child, day
                    entry_lanes[used], entry_next[used] = takes, -1
                    if ready[end] < 0:
                        ready[end] = used
                    else:
                        entry_next[ready_last[end]] = used
                    ready_last[end] = used
                    used += 1
                lanes ^= gone
                if new and lanes == _NONE:
                    continue
                if new:
                    line[turn] = child
                    waiting += lanes
                    tail += 1
                else:
                    waiting -= gone
                waits[turn], by[turn] = lanes, due
                if lanes != _NONE:
                    soonest = min(soonest, due)
                turn += 1
            while head < tail and waits[head] == _NONE:
                head += 1
            if head == tail:
                head = tail = 0
        missed[0, s], missed[1, s] = missed_here, f_missed
        missed[2, s], missed[3, s] = due_on, missed_on
