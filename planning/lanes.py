"""The compiled count of two groups for many choices of places at once.

Numbers of children are kept, never which place each of them has, so a choice of places is one
small number per group. Four choices share one 64-bit word, a lane of 16 bits each, and every
step below is one operation for all four ("multiple byte processing with full-word
instructions", Lamport 1975); what decides the time, finding who comes and leaves when, is
done once for all words. That works since all choices see the same children in the same
order: a child in line is one entry with the lanes in which it still waits, and the entries of
one lane alone are a first come, first served line.

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
_HALVES = np.uint64(0x0000_FFFF_0000_FFFF)  # two of the lanes, with room for sums of days


@njit(cache=True, nogil=True, inline="always")
def _room(places, present):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """1 in the lanes with fewer present than places, which no lane may borrow for."""
    return (((places | _FLAGS) - present - _ONES) & _FLAGS) >> _SHIFT


@njit(cache=True, nogil=True, inline="always")
def _any(counts):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """1 in the lanes with a count above 0."""
    return ((counts + (_FLAGS - _ONES)) & _FLAGS) >> _SHIFT


@njit(cache=True, nogil=True, inline="always")
def _add_days(spot, lanes, days):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Writes so many days more for the lanes with a 1: the even lanes, then the odd ones."""
    spot[0] += (lanes & _HALVES) * days
    spot[1] += ((lanes >> np.uint64(_BITS)) & _HALVES) * days


@njit(cache=True, nogil=True)
def _open(opened, places, closed):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Writes the places left in every lane when so many are closed. [word]"""
    for w in range(len(places)):
        opened[w] = _NONE
        for lane in range(LANES):
            shift = np.uint64(lane * _BITS)
            own = np.int64((places[w] >> shift) & np.uint64(0xFFFF))
            opened[w] |= np.uint64(max(own - closed, 0)) << shift


@njit(cache=True, nogil=True)
def _fill_room(room, opened, present):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Writes 1 in the lanes that have room. [word]"""
    for w in range(len(room)):
        room[w] = _room(opened[w], present[w])


@njit(cache=True, nogil=True)
def _can(waiting, room):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Whether somebody waits in a lane that has room."""
    found = _NONE
    for w in range(len(waiting)):
        found |= _any(waiting[w]) & room[w]
    return found != _NONE


@njit(cache=True, nogil=True)
def _fits(waits, entry, room):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Whether an entry of the line waits in a lane that has room."""
    found = _NONE
    for w in range(len(room)):
        found |= waits[entry, w] & room[w]
    return found != _NONE


@njit(cache=True, nogil=True)
def _none(waits, entry):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Whether an entry of the line waits in no lane any more."""
    found = _NONE
    for w in range(waits.shape[1]):
        found |= waits[entry, w]
    return found == _NONE


@njit(cache=True, nogil=True)
def count_lanes(rows, fed, frame, places, missed, spot, seen):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915, PLR0917  # pragma: no cover
    """Count on every path, for choices packed in `places` [group, word].

    `missed[0]` and `missed[1]` take those not met of the children to be met in the first
    group and of those referred straight to the fed one; `missed[2]` and `missed[3]` those of
    the first group who were to be met in the fed one, and who were not. [path, word]
    `spot[0]` and `spot[1]` take the days in the plan year of those of each group who are helped
    elsewhere, in even and in odd lanes of twice the width. [path, word, 2]
    `seen` takes the days of the first lane (see Trace in pair.py), unless empty.
    """
    # One long function on plain arrays, as in planning/walk.py and for the same reason.
    residents, start, day_of, nights, deadline, lost, onward, next_nights, next_lost = rows
    f_residents, f_start, f_day, f_nights, f_deadline, f_lost, _o, _n, _l = fed
    month, opens, closes, overfill, within_next, cap, closed, f_closed = frame
    came, went_on, f_came = seen
    told, horizon, here = len(came) + len(f_came) > 0, len(month), np.uint64(1)
    words = places.shape[1]
    feeds = len(f_day) > 0
    for i in range(len(onward)):
        feeds |= onward[i]
    most = f_most = 0
    for s in range(len(start) - 1):
        most = max(most, start[s + 1] - start[s])
        f_most = max(f_most, f_start[s + 1] - f_start[s])
    opened, f_opened = places[0].copy(), places[1].copy()
    present, f_present = np.zeros(words, np.uint64), np.zeros(words, np.uint64)
    waiting, f_waiting = np.zeros(words, np.uint64), np.zeros(words, np.uint64)
    takes, room = np.zeros(words, np.uint64), np.zeros(words, np.uint64)
    leaves = np.zeros((horizon + 1, words), np.uint64)
    f_leaves = np.zeros((horizon + 1, words), np.uint64)
    # Who is ready for the fed group, in a list for every day: a child is in it once for each
    # day on which some lanes took it in.
    ready, ready_last = np.full(horizon + 1, -1, np.int32), np.zeros(horizon, np.int32)
    entries = LANES * words * most if feeds else 0
    entry_child, entry_next = np.zeros(entries, np.int32), np.zeros(entries, np.int32)
    entry_since, entry_lanes = np.zeros(entries, np.int32), np.zeros((entries, words), np.uint64)
    # The line of each group: child, last day to meet it in time, lanes in which it waits.
    line, by = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    waits = np.zeros((most + 1, words), np.uint64)
    f_size = entries + f_most + 1
    f_line, f_by = np.zeros(f_size, np.int64), np.zeros(f_size, np.int64)
    f_waits, f_since = np.zeros((f_size, words), np.uint64), np.zeros(f_size, np.int64)

    for s in range(len(start) - 1):
        leaves[:], f_leaves[:], ready[:] = 0, 0, -1
        present[:], f_present[:], waiting[:], f_waiting[:] = 0, 0, 0, 0
        base, last, f_base, f_last = start[s], start[s + 1], f_start[s], f_start[s + 1]
        shut, f_shut = closed[min(s, len(closed) - 1)], f_closed[min(s, len(f_closed) - 1)]
        was_shut = f_was_shut = -1
        head = tail = f_head = f_tail = used = 0
        soonest = f_soonest = NEVER  # no deadline of those in line is before it
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
            asks = min(day_of[i] if i < last else horizon, f_day[f_i] if f_i < f_last else horizon)
            # Where nobody waits, children only leave until somebody asks or is ready.
            quiet = tail == 0 and f_tail == 0
            while day < horizon:
                for w in range(words):
                    present[w] -= leaves[day, w]
                if feeds:
                    for w in range(words):
                        f_present[w] -= f_leaves[day, w]
                if not quiet or day >= asks or ready[day] >= 0:
                    break
                day += 1
            if day >= horizon:
                break
            if shut[day] != was_shut:
                was_shut = shut[day]
                _open(opened, places[0], was_shut)
            if f_shut[day] != f_was_shut:
                f_was_shut = f_shut[day]
                _open(f_opened, places[1], f_was_shut)

            # The fed group. Old entries are looked at only where some lane has room for one
            # who waits, or a deadline has come. Who joins: on the first day those who asked
            # before come first, on every other day those who are ready now.
            joins, turn = ready[day], f_head
            scan = f_soonest <= day
            if scan:
                f_soonest = NEVER
            if feeds:
                _fill_room(room, f_opened, f_present)
            can = scan or (turn < f_tail and _can(f_waiting, room))
            while feeds:
                if turn < f_tail and not can:
                    turn = f_tail
                new = turn == f_tail
                if not new:
                    who, due, since = f_line[turn], f_by[turn], f_since[turn]
                    if due > day and not _fits(f_waits, turn, room):
                        f_soonest = min(f_soonest, due)
                        turn += 1
                        continue
                elif f_i < f_last and f_day[f_i] <= day and (day == 0 or joins < 0):
                    who, due, since = -1 - f_i, np.int64(f_deadline[f_i]), np.int64(day)
                    for w in range(words):
                        f_waits[turn, w] = _ONES
                    f_i += 1
                elif joins >= 0:
                    who, due = np.int64(entry_child[joins]), np.int64(day + within_next)
                    since = np.int64(entry_since[joins])
                    counted = due < horizon and month[due] >= 0
                    for w in range(words):
                        f_waits[turn, w] = entry_lanes[joins, w]
                        if counted:
                            missed[2, s, w] += entry_lanes[joins, w]
                    joins = entry_next[joins]
                else:
                    break
                if who >= 0:
                    end = day + max(1, min(next_nights[who], cap - (day - since)))
                    helped, what = next_lost[who], 3
                else:
                    end, helped, what = day + min(f_nights[-1 - who], cap), f_lost[-1 - who], 1
                end = min(end, horizon)
                over = due <= day
                counted = over and due >= 0 and month[due] >= 0
                days = np.uint64(max(0, min(end, closes) - max(day, opens)))
                left = _NONE
                for w in range(words):
                    gone = take = f_waits[turn, w] & room[w]
                    if over:
                        late = f_waits[turn, w] ^ take
                        if counted:
                            missed[what, s, w] += late
                        if helped or overfill:
                            gone |= late
                        if helped and not overfill and late != _NONE:
                            _add_days(spot[1, s, w], late, days)
                        if overfill and not helped:
                            take |= late
                    takes[w] = take
                    f_present[w] += take
                    room[w] = _room(f_opened[w], f_present[w])
                    f_leaves[end, w] += take
                    if who >= 0:
                        present[w] -= gone  # its place is free again, wherever it went
                    f_waits[turn, w] ^= gone
                    f_waiting[w] += f_waits[turn, w] if new else -gone
                    left |= f_waits[turn, w]
                can = new or scan or _can(f_waiting, room)
                if told and takes[0] & here:
                    if who >= 0:
                        went_on[who] = day
                    else:
                        f_came[-1 - who] = day
                due = NEVER if over else due
                if left != _NONE:
                    f_soonest = min(f_soonest, due)
                elif new:
                    continue  # hardly anybody has to be written down
                f_line[turn], f_by[turn], f_since[turn] = who, due, since
                f_tail += new
                turn += 1
            while f_head < f_tail and _none(f_waits, f_head):
                f_head += 1
            if f_head == f_tail:
                f_head = f_tail = 0

            # The same for the first group, whose line is its children in order.
            turn, scan = head, soonest <= day
            if scan:
                soonest = NEVER
            _fill_room(room, opened, present)
            can = scan or (turn < tail and _can(waiting, room))
            while True:
                if turn < tail and not can:
                    turn = tail
                new = turn == tail
                if not new:
                    child, due = line[turn], by[turn]
                    if due > day and not _fits(waits, turn, room):
                        soonest = min(soonest, due)
                        turn += 1
                        continue
                elif i < last and day_of[i] <= day:
                    child, due = np.int64(i), np.int64(deadline[i])
                    for w in range(words):
                        waits[turn, w] = _ONES
                    i += 1
                else:
                    break
                end, helped = min(day + nights[child], horizon), lost[child]
                over = due <= day
                counted = over and due >= 0 and month[due] >= 0
                days = np.uint64(max(0, min(end, closes) - max(day, opens)))
                left = took = _NONE
                for w in range(words):
                    gone = take = waits[turn, w] & room[w]
                    if over:
                        late = waits[turn, w] ^ take
                        if counted:
                            missed[0, s, w] += late
                        if helped or overfill:
                            gone |= late
                        if helped and not overfill and late != _NONE:
                            _add_days(spot[0, s, w], late, days)
                        if overfill and not helped:
                            take |= late
                    takes[w] = take
                    present[w] += take
                    room[w] = _room(opened[w], present[w])
                    waits[turn, w] ^= gone
                    waiting[w] += waits[turn, w] if new else -gone
                    left |= waits[turn, w]
                    took |= take
                can = new or scan or _can(waiting, room)
                if told and takes[0] & here:
                    came[child] = day
                if not onward[child]:
                    for w in range(words):
                        leaves[end, w] += takes[w]
                elif end < horizon and took != _NONE:
                    entry_child[used], entry_since[used], entry_next[used] = child, day, -1
                    for w in range(words):
                        entry_lanes[used, w] = takes[w]
                    if ready[end] < 0:
                        ready[end] = used
                    else:
                        entry_next[ready_last[end]] = used
                    ready_last[end] = used
                    used += 1
                due = NEVER if over else due
                if left != _NONE:
                    soonest = min(soonest, due)
                elif new:
                    continue
                line[turn], by[turn] = child, due
                tail += new
                turn += 1
            while head < tail and _none(waits, head):
                head += 1
            if head == tail:
                head = tail = 0
