"""One ordered pass: what every number of places gives, at once, where unmet children are lost.

Each child takes the lowest-numbered free place. Whether place j is free does not depend on
how many places there are beyond it, so the children who find no place among the first c are
those whose place number is above c: one pass answers every c (planner.md, I9). That holds
where a child takes one place, must have it the same day and is else lost to these places,
and where nobody waits in a place; planning/walk.py does the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.checks import require_counts
from planning.children import Children, Grid
from planning.fewest import EXACT

_WORD = 64
# Whom one pass cannot answer for, in the order that _unfit numbers them.
_UNFIT = (
    "children who can be met later than on their day",
    "children who take several places",
    "children who wait in their place",
)


@dataclass(frozen=True)
class Ordered:
    """The plan year under every number of places, per path.

    `taken[path, j]` children to be met in the year who got place j, counted from 0; the last
    column those for whom there was none at all. `use_days[j]` the days in the year that place
    j was in use, added over paths. Holds from the number of today's `residents` up: with
    fewer places nobody comes in until enough of them have left, which is for the walk to tell.
    """

    residents: int
    taken: NDArray[np.int32]
    use_days: NDArray[np.int64]

    @classmethod
    def joined(cls, blocks: Sequence["Ordered"]) -> "Ordered":
        """Blocks of paths as one: their paths in order, their uses added up."""
        most = max(len(block.use_days) for block in blocks)
        paths = [len(block.taken) for block in blocks]
        taken, use = np.zeros((sum(paths), most + 1), np.int32), np.zeros(most, np.int64)
        for block, end in zip(blocks, np.cumsum(paths), strict=True):
            # Where a block looked at fewer places nobody was left without, so its last column
            # is empty and may stand for the next place.
            taken[end - len(block.taken) : end, : block.taken.shape[1]] = block.taken
            use[: len(block.use_days)] += block.use_days
        return cls(blocks[0].residents, taken, use)

    @property
    def to_meet(self) -> NDArray[np.int64]:
        """Children to be met. [path]"""
        return np.asarray(self.taken.sum(axis=1, dtype=np.int64))

    def missed(self, places: int) -> NDArray[np.int64]:
        """Children without a place in time, with this many places. [path]"""
        require_counts(places=places)
        return np.asarray(self.taken[:, places:].sum(axis=1, dtype=np.int64))

    @property
    def offered_shares(self) -> NDArray[np.float64]:
        """Offered share with 0, 1, .. places; 1 where no child is to be met. [places]"""
        by_place = self.taken.sum(axis=0, dtype=np.int64)
        total = by_place.sum()
        placed = np.concatenate([[0], np.cumsum(by_place[:-1])])
        return np.asarray(placed / total if total else np.ones(len(placed)))

    def required(self, level: float) -> int:
        """Fewest places, of those for all residents or more, that reach the level.

        Raises UsageError where none that was looked at does.
        """
        if not 0 <= level < 1:
            raise UsageError(f"a level of {level}.", fix="Use a share from 0 to below 1.")
        reached = np.flatnonzero(self.offered_shares >= level - EXACT)
        if not len(reached):
            raise UsageError(
                f"{len(self.use_days)} places do not reach {level}.", fix="Look at more places."
            )
        return max(int(reached[0]), self.residents)


def ordered_pass(children: Children, grid: Grid, *, places: int | None = None) -> Ordered:
    """Every number of places from 0 to `places` (None: until nobody is left without one).

    Raises UsageError for children for whom one pass cannot answer: those who can wait, take
    several places or block them.
    """
    require_counts(places=0 if places is None else places)
    children.check_within(len(grid.month))
    rows = (children.start, children.residents, children.day, children.nights)
    unfit = _unfit(rows, children.deadline, children.takes, children.onward)
    if unfit >= 0:
        raise UsageError(
            f"one ordered pass cannot answer for {_UNFIT[unfit]}.",
            fix="Walk each number of places instead (Chain.run).",
        )
    most = _WORD if places is None else places
    while True:
        taken, use = np.zeros((children.paths, most + 1), np.int32), np.zeros(most, np.int64)
        left = _pass(rows, grid.month, taken, use)
        if places is not None or not left:
            break
        most *= 2
    if places is None:  # to the last place that anybody had
        had = (use > 0) | (taken[:, :-1] > 0).any(axis=0)
        most = int(np.flatnonzero(had)[-1]) + 1 if had.any() else 0
    return Ordered(children.residents, taken[:, : most + 1], use[:most])


@njit(cache=True, nogil=True)
def _unfit(rows, deadline, takes, onward):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Why one pass cannot answer, by its number in _UNFIT; -1: it can."""
    start, residents, day, _nights = rows
    late = several = waits = False
    for s in range(len(start) - 1):
        for i in range(start[s] + residents, start[s + 1]):
            late |= deadline[i] > day[i]
        for i in range(start[s], start[s + 1]):
            several |= takes[i] != 1
            waits |= onward[i]
    if late:
        return 0
    if several:
        return 1
    return 2 if waits else -1


@njit(cache=True, nogil=True)
def _bits(places):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Words with a bit for every place."""
    words = np.zeros((places + _WORD - 1) // _WORD, np.uint64)
    for place in range(places):
        words[place // _WORD] |= np.uint64(1) << np.uint64(place % _WORD)
    return words


@njit(cache=True, nogil=True)
def _pass(rows, month, taken, use):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Free places are bits; so are days on which somebody leaves: empty days cost nothing.

    Returns whether anybody, in the year or not, found none of the places free.
    """
    start, residents, day, nights = rows
    places, horizon = len(use), len(month)
    words, weeks = (places + _WORD - 1) // _WORD, horizon // _WORD + 1
    free, all_free = np.zeros(words, np.uint64), _bits(places)
    leaves = np.zeros((horizon, words), np.uint64)  # places free again on that morning
    pending = np.zeros(weeks, np.uint64)  # days of `leaves` with any
    counted = np.flatnonzero(month >= 0)
    opens, closes = (counted[0], counted[-1] + 1) if len(counted) else (0, 0)
    one, none, left = np.uint64(1), np.uint64(0), residents > places
    for s in range(len(start) - 1):
        free[:] = all_free
        week = 0
        for i in range(start[s], start[s + 1] + 1):
            # After the last child whoever is still there leaves, for the next path.
            first = max(day[i], 0) if i < start[s + 1] else horizon - 1
            until = ~none >> np.uint64(_WORD - 1 - first % _WORD)  # the bits of days so far
            while True:
                last = week == first // _WORD
                due = pending[week] & until if last else pending[week]
                pending[week] ^= due
                while due != none:
                    now = week * _WORD + int(trailing_zeros(due))  # type: ignore[call-arg]
                    due &= due - one
                    for w in range(words):
                        free[w] |= leaves[now, w]
                        leaves[now, w] = none
                if last:
                    break
                week += 1
            if i == start[s + 1]:
                break
            end = first + nights[i]
            resident = i - start[s] < residents
            place = i - start[s]  # a resident's own place; nobody's if the stay has ended
            if not resident:
                w, place = 0, places
                while w < words and free[w] == none:
                    w += 1
                if w < words:
                    place = w * _WORD + int(trailing_zeros(free[w]))  # type: ignore[call-arg]
                left |= w == words
                taken[s, place] += month[first] >= 0
            if place < places and nights[i] > 0:
                w, held = place // _WORD, one << np.uint64(place % _WORD)
                free[w] ^= held
                use[place] += max(min(end, closes) - max(first, opens), 0)
                if end < horizon:
                    leaves[end, w] |= held
                    pending[end // _WORD] |= one << np.uint64(end % _WORD)
    return left
