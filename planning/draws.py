"""What happens to each child, drawn once whatever the number of places."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.children import Children
from planning.counter import mixed, unit

# Purposes of a child's random numbers, one counter each.
_ASKS, _STAY, _NEXT_STAY, _ONWARD, _LOST, _NEXT_LOST, _PLACES = range(7)
# A table of first guesses makes a stay cost one look-up (Chen & Asau 1974).
_GUESSES = 4096
# Numbers of residents and queued children on "their day", apart from every real day.
_RESIDENT_DAY, _QUEUE_DAY = 1 << 30, 1 << 31


class _Inverse(NamedTuple):
    """A stay law turned round: `ready[k]` = P(stay <= k nights), and where to start looking.

    `guess[b]` is the first k with ready[k] >= b / _GUESSES.
    """

    ready: NDArray[np.float64]
    guess: NDArray[np.int32]

    @classmethod
    def of(cls, survival: NDArray[np.float64]) -> "_Inverse":
        ready = 1 - survival
        guess = np.searchsorted(ready, np.arange(_GUESSES) / _GUESSES)
        return cls(ready, guess.astype(np.int32))


@dataclass(frozen=True)
class Care:
    """What decides how long the children of one series stay, and where they go next.

    `survival` and `next_survival` are the stay laws of the series and of the group it feeds
    (empty where it feeds none); `onward_share` the share that goes on; `stayed`, `waiting`
    and `queue` today's residents and those not yet placed (see Residents); `queue_share`
    the chance that one of the latter still demands a place; `places_law[w]` the chance that
    a child needs w + 1 places. `hazard[path]` and `next_hazard[path]` multiply the hazards
    of the laws on that path (empty: 1), for laws that are not known exactly.
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
    places_law: tuple[float, ...] = (1.0,)
    hazard: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    next_hazard: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        for name in ("onward_share", "lost_share", "queue_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise UsageError(
                    f"{name} is {value}, but it is a share.", fix="Use a number from 0 to 1."
                )
        _check_residents(self)
        law = np.array(self.places_law)
        if not ((law >= 0).all() and abs(law.sum() - 1) < 1e-9):
            raise UsageError(
                f"the shares of children who need 1, 2, .. places are {self.places_law}.",
                fix="Give shares from 0 to 1 that add up to 1.",
            )
        for curve in (self.survival, self.next_survival):
            if len(curve) and not (
                curve[0] == 1 and curve[-1] == 0 and (np.diff(curve) <= 0).all()
            ):
                raise UsageError(
                    f"a stay law goes from {curve[0]} to {curve[-1]} in {len(curve)} nights.",
                    fix="Give P(stay > k nights), falling from 1 at k = 0 (no stay is of 0 nights) "
                    "to 0.",
                )

    @cached_property
    def _inverse(self) -> _Inverse:
        return _Inverse.of(self.survival)

    @cached_property
    def _next_inverse(self) -> _Inverse:
        return _Inverse.of(self.next_survival)

    def of_paths(self, first: int, paths: int) -> "Care":
        """The same on a block of paths."""
        if not len(self.hazard) and not len(self.next_hazard):
            return self
        block = slice(first, first + paths)
        return replace(self, hazard=self.hazard[block], next_hazard=self.next_hazard[block])


def draw_children(
    daily: NDArray[np.integer[Any]], care: Care, *, key: int, first_path: int = 0
) -> Children:
    """The children of one series on all paths, from referrals a day [path, day].

    `key` is the random key of the series (Streams.key). The k-th child of a day on a path has
    the same draws whatever else happens. Where `daily` is a block of all paths, `first_path`
    is the number of its first one and `care` that of all. Raises UsageError for a negative count.
    """
    _check_daily(daily)
    paths, here = len(daily), len(care.stayed)
    care = care.of_paths(first_path, paths)
    _check_laws(care, paths)
    feeds = len(care.next_survival) > 0
    path_keys = np.zeros(paths, np.uint64)
    asks = np.zeros((paths, len(care.queue)), np.bool_)
    _fill_paths(path_keys, asks, np.uint64(key), first_path, care.queue_share)
    size = here + asks.sum(axis=1) + daily.sum(axis=1, dtype=np.int64)  # [path]
    start = np.concatenate([[0], np.cumsum(size)])
    # One place more: the fill writes each day before it knows that a child comes on it.
    keys, day = np.zeros(start[-1], np.uint64), np.zeros(start[-1] + 1, np.int32)
    _fill_keys(keys, day, start, path_keys, here, asks, daily)
    day = day[:-1]
    deadline = day + np.int32(care.within_days)
    nights = _nights(keys, start, _STAY, law=care._inverse, hazard=care.hazard)
    onward = _flags(keys, _ONWARD, care.onward_share if feeds else 0.0)
    _queue(deadline, start[:-1] + here, asks=asks, care=care)
    _residents(
        day=day,
        deadline=deadline,
        nights=nights,
        onward=onward,
        keys=keys,
        start=start,
        care=care,
    )
    next_nights = np.ones(len(keys), np.int32)
    if feeds:
        law, hazard = care._next_inverse, care.next_hazard
        next_nights = _nights(keys, start, _NEXT_STAY, law=law, hazard=hazard, drawn=onward)
    return Children(
        residents=here,
        start=start,
        day=day,
        nights=nights,
        deadline=deadline,
        lost=_flags(keys, _LOST, care.lost_share),
        onward=onward,
        next_nights=next_nights,
        next_lost=_flags(keys, _NEXT_LOST, care.lost_share if feeds else 0.0),
        takes=_places(keys, care.places_law),
    )


def _check_residents(care: Care) -> None:
    if care.within_days < 0 or care.stayed.min(initial=0) < 0:
        raise UsageError(
            f"within_days {care.within_days}, residents of {care.stayed} nights.",
            fix="Give 0 or more.",
        )
    if len(care.waiting) != len(care.stayed):
        raise UsageError(
            f"{len(care.stayed)} residents, {len(care.waiting)} of whom we know whether they wait.",
            fix="Say it of each.",
        )


def _check_daily(daily: NDArray[np.integer[Any]]) -> None:
    if daily.ndim != 2 or daily.dtype.kind not in "iu":
        raise UsageError(
            f"referrals of shape {daily.shape} and kind {daily.dtype}.",
            fix="Give whole numbers by path and day.",
        )
    if daily.dtype.kind != "u" and daily.size and daily.min() < 0:
        raise UsageError(f"{daily.min()} referrals on a day.", fix="Give counts of 0 or more.")


def _check_laws(care: Care, paths: int) -> None:
    if len(care.survival) == 0:
        raise UsageError("no stay law.", fix="Give P(stay > k nights).")
    for hazard in (care.hazard, care.next_hazard):
        if len(hazard) not in {0, paths} or not ((hazard > 0) & (hazard < np.inf)).all():
            raise UsageError(
                f"multiples {hazard[:3]} .. of the hazard for {paths} paths.",
                fix="Give a number above 0 for each path, or none.",
            )


def _queue(
    deadline: NDArray[np.int32],
    first: NDArray[np.int64],
    *,
    asks: NDArray[np.bool_],
    care: Care,
) -> None:
    """Writes the deadlines of those who wait for an offer on the first day."""
    # `queue` counts from the data date, days from the day after it. Below 0: missed before
    # the plan begins, and so no child to be met in it.
    due = np.minimum(np.sort(care.queue) - 1, care.within_days)
    nth = asks.cumsum(axis=1) - 1  # [path, queued]
    deadline[(first[:, None] + nth)[asks]] = np.broadcast_to(due, asks.shape)[asks]


def _residents(
    *,
    day: NDArray[np.int32],
    deadline: NDArray[np.int32],
    nights: NDArray[np.int32],
    onward: NDArray[np.bool_],
    keys: NDArray[np.uint64],
    start: NDArray[np.int64],
    care: Care,
) -> None:
    """Writes the first four arrays for today's residents and what is left of their stays.

    The rest of a stay follows S(age + h) / S(age). A resident who has stayed `stayed` nights
    before the data date is there that day too, so that night is gone: P(more than h left) =
    S(stayed + 1 + h) / S(stayed).
    """
    if len(care.stayed) == 0:
        return
    them = start[:-1, None] + np.arange(len(care.stayed))  # [path, resident]
    age = np.minimum(care.stayed, np.flatnonzero(care.survival > 0)[-1])
    left = np.zeros(them.shape, np.int32)
    _fill_left(left, keys, start, age, care._inverse, _each(care.hazard, len(them)))
    goes_on = care.waiting & (len(care.next_survival) > 0)
    day[them], deadline[them] = -1 - care.stayed, -1
    nights[them] = np.where(care.waiting, 0, left)
    onward[them] |= goes_on


def _nights(
    keys: NDArray[np.uint64],
    start: NDArray[np.int64],
    purpose: int,
    *,
    law: _Inverse,
    hazard: NDArray[np.float64],
    drawn: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Nights of new stays, at least one each; 1 for those who are not `drawn`. [child]"""
    nights = np.ones(len(keys), np.int32)
    only = np.zeros(0, np.bool_) if drawn is None else drawn
    _fill_nights(nights, keys, start, purpose, law, _each(hazard, len(start) - 1), only)
    return nights


def _each(hazard: NDArray[np.float64], paths: int) -> NDArray[np.float64]:
    return hazard if len(hazard) else np.ones(paths)


def _flags(keys: NDArray[np.uint64], purpose: int, share: float) -> NDArray[np.bool_]:
    """Whether something with this chance holds for each child. [child]"""
    flags = np.full(len(keys), share == 1)
    if 0 < share < 1:
        _fill_flags(flags, keys, purpose, share)
    return flags


def _places(keys: NDArray[np.uint64], law: tuple[float, ...]) -> NDArray[np.int32]:
    """Places each child needs. [child]"""
    if len(law) == 1:
        return np.ones(len(keys), np.int32)
    chance = np.zeros(len(keys))
    _fill_units(chance, keys, _PLACES)
    found = 1 + np.searchsorted(np.cumsum(law)[:-1], chance, side="right")
    return found.astype(np.int32)


@njit(cache=True, nogil=True)
def _fill_paths(path_keys, asks, key, first_path, share):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Key of every path, and who of those in the queue still demands a place on it."""
    for s in range(len(path_keys)):
        path_keys[s] = mixed(key, np.uint64(first_path + s))
        for q in range(asks.shape[1]):
            child = mixed(path_keys[s], np.uint64(_QUEUE_DAY + q))
            asks[s, q] = unit(mixed(child, np.uint64(_ASKS))) < share


@njit(cache=True, nogil=True)
def _fill_keys(keys, day, start, path_keys, residents, asks, daily):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Key and day of every child: residents, then who waits for an offer, then referrals."""
    for s in range(len(path_keys)):
        i = start[s]
        for r in range(residents):
            keys[i], day[i] = mixed(path_keys[s], np.uint64(_RESIDENT_DAY + r)), 0
            i += 1
        for q in range(asks.shape[1]):
            if asks[s, q]:
                keys[i], day[i] = mixed(path_keys[s], np.uint64(_QUEUE_DAY + q)), 0
                i += 1
        # Days first, written whether or not a child comes: hardly any day has two children,
        # so no branch is guessed wrong, which costs more than all else here.
        first = i
        for d in range(daily.shape[1]):
            count = np.int64(daily[s, d])
            day[i] = d
            for k in range(1, count):
                day[i + k] = d
            i += count
        nth = 0
        for j in range(first, i):
            nth = nth + 1 if j > first and day[j] == day[j - 1] else 0
            keys[j] = mixed(path_keys[s], np.uint64((np.int64(day[j]) << 12) + nth))


@njit(cache=True, nogil=True)
def _fill_units(units, keys, purpose):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for i in range(len(keys)):
        units[i] = unit(mixed(keys[i], np.uint64(purpose)))


@njit(cache=True, nogil=True)
def _first_ready(law, chance):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """First k with P(stay <= k nights) >= chance."""
    ready, guess = law
    k = guess[min(int(chance * _GUESSES), _GUESSES - 1)]
    while ready[k] < chance:
        k += 1
    return k


@njit(cache=True, nogil=True)
def _fill_left(left, keys, start, age, law, hazard):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Nights left of those here. [path, resident]"""
    for s in range(len(left)):
        for r in range(len(age)):
            chance = unit(mixed(keys[start[s] + r], np.uint64(_STAY)))
            stays = (1 - law.ready[age[r]]) * (1 - chance) ** (1 / hazard[s])
            left[s, r] = max(_first_ready(law, 1 - stays) - age[r] - 1, 0)


@njit(cache=True, nogil=True)
def _fill_flags(flags, keys, purpose, share):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    for i in range(len(keys)):
        flags[i] = unit(mixed(keys[i], np.uint64(purpose))) < share


@njit(cache=True, nogil=True)
def _fill_nights(nights, keys, start, purpose, law, hazard, only):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """First k with P(stay <= k nights) >= a random number, under S(k) ** hazard of the path."""
    for s in range(len(start) - 1):
        for i in range(start[s], start[s + 1]):
            if len(only) > 0 and not only[i]:
                continue
            chance = unit(mixed(keys[i], np.uint64(purpose)))
            if hazard[s] != 1:
                chance = 1 - (1 - chance) ** (1 / hazard[s])
            nights[i] = max(1, _first_ready(law, chance))
