"""Series that share places: one need group in all regions, or several in one, day by day.

planning/region_chain.py has the exact answers in steady state; this has those of a year that
starts with today's residents, with deadlines and every discipline. All arrangements are
walked on the same children, so that they differ by nothing but who may use which place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.children import Children, Grid, counted_days
from planning.flow import offered_share
from planning.goal import Goal, assured_share
from planning.policy import Arrangement
from planning.sharing_walk import Asking, Counted, Days, Sets, take_turns, walk_sharing

# More than any number of places: as many closed leave none.
ALL = np.int16(np.iinfo(np.int16).max)


@dataclass(frozen=True)
class Places:
    """Whole places of an arrangement: own ones of each region, and shared ones."""

    arrangement: Arrangement
    own: tuple[int, ...]  # [region]
    shared: int = 0

    def __post_init__(self) -> None:
        if min((*self.own, self.shared)) < 0:
            raise UsageError(f"places {self.own} and {self.shared}.", fix="Give 0 or more of each.")

    @property
    def total(self) -> int:
        """All places together."""
        return sum(self.own) + self.shared


@dataclass(frozen=True)
class Shared:
    """What an arrangement gave in the plan year.

    `to_meet` and `missed` are children as in Outcome [path, region]; `placed` those who got a
    place in the year and `away` those of them outside their region's own places [path,
    region]; `elsewhere_days` place-days of children helped elsewhere [path]; `use_days` the
    mean days in use of each place, own places of each region and then the shared ones, lowest
    number first [set][place]; `left` the day each child got a place or was helped elsewhere,
    the first day after the last where neither [child]. The last two only where asked for.
    """

    to_meet: NDArray[np.int64]
    missed: NDArray[np.int64]
    placed: NDArray[np.int64]
    away: NDArray[np.int64]
    elsewhere_days: NDArray[np.int64]
    use_days: tuple[NDArray[np.float64], ...]
    left: NDArray[np.int32]

    @property
    def offered_shares(self) -> NDArray[np.float64]:
        """Share of each region's children to be met who were offered a place in time. [region]"""
        pairs = zip(self.to_meet.T, self.missed.T, strict=True)
        return np.array([offered_share(asked, missed) for asked, missed in pairs])

    def shares(self, goals: Sequence[Goal]) -> NDArray[np.float64]:
        """What is held against the level in each region: as for own places. [region]"""
        assured = (
            assured_share(asked, missed, assurance=goal.assurance)
            for goal, asked, missed in zip(goals, self.to_meet.T, self.missed.T, strict=True)
        )
        each = zip(goals, self.offered_shares, assured, strict=True)
        return np.array([goal.share(float(offered), years) for goal, offered, years in each])

    def slack(self, goals: Sequence[Goal]) -> NDArray[np.float64]:
        """How far above its level each region is; below 0 where it misses its goal. [region]"""
        return np.subtract(self.shares(goals), [goal.level for goal in goals])

    @property
    def offered_share(self) -> float:
        """The same of all children."""
        return offered_share(self.to_meet, self.missed)

    @property
    def away_share(self) -> float:
        """Share of the children who got a place outside their region's own places."""
        placed = int(self.placed.sum())
        return int(self.away.sum()) / placed if placed else 0.0


@dataclass(frozen=True)
class Together:
    """The children of one need group in all regions, path by path in the order of service.

    Or those of several need groups of one region, each of which then stands as a "region".
    `region[child]` is the number of a child's region; the other arrays are those of Children.
    `source[child]` is its number among the children as they were given, one region after the
    other. `closed` are places closed in each region [path or one, day, region]; `rank` says who
    asks first every day [region]; `shut` the places of national standby that take nobody in [day].
    """

    regions: int
    asking: Asking
    source: NDArray[np.int64]
    grid: Grid
    overfill: bool
    closed: NDArray[np.int16]
    rank: NDArray[np.int64]
    shut: NDArray[np.int16]

    @classmethod
    def of(
        cls,
        children: Mapping[str, Children],
        grid: Grid,
        *,
        keys: Mapping[str, int] | None = None,
        overfill: bool = False,
        closed: Mapping[str, NDArray[np.int16] | None] | None = None,
        rank: Mapping[str, int] | None = None,
        shut: NDArray[np.bool_] | None = None,
    ) -> "Together":
        """Join the children of regions, which are named; path s is the same scenario in all.

        `keys` are random keys by region (Streams.key) that say who comes first on a day;
        without them the order of the regions does. `closed` is [path, day] by region. Those of
        the lowest `rank`, from 0, ask first every day, also before others who have waited; all
        have the same without it. On days that are `shut` nobody comes into standby [day].
        Raises UsageError where regions have different paths, or there are none.
        """
        parts = list(children.values())
        if len({part.paths for part in parts}) != 1:
            raise UsageError(
                f"{[part.paths for part in parts]} paths in the regions.",
                fix="Draw all regions on the same paths.",
            )
        turn = [(keys or {}).get(name, number) for number, name in enumerate(children)]
        index, region = _turns(parts, turn)
        start = np.sum([part.start for part in parts], axis=0)
        joined = {
            name: np.concatenate([getattr(part, name) for part in parts])[index]
            for name in ("day", "nights", "deadline", "lost", "takes")
        }
        residents = sum(part.residents for part in parts)
        asking = Asking(residents=residents, start=start, region=region, **joined)
        shut_own = [None if closed is None else closed[name] for name in children]
        days = len(grid.month)
        return cls(
            regions=len(parts),
            asking=asking,
            source=index,
            grid=grid,
            overfill=overfill,
            closed=_closed(shut_own, days),
            rank=np.array([(rank or {}).get(name, 0) for name in children], np.int64),
            shut=np.where(np.zeros(days, np.bool_) if shut is None else shut, ALL, np.int16(0)),
        )

    def head(self, paths: int) -> "Together":
        """The same on the first so many paths."""
        start = self.asking.start[: paths + 1]
        flat = {
            name: getattr(self.asking, name)[: start[-1]]
            for name in ("region", "day", "nights", "deadline", "lost", "takes")
        }
        asking = self.asking._replace(start=start, **flat)
        return replace(self, asking=asking, source=self.source[: start[-1]])

    def run(self, places: Places, *, use: bool = False, left: bool = False) -> Shared:
        """What these places give; with the use of each place, and each child's day, if asked."""
        if len(places.own) != self.regions:
            raise UsageError(f"own places {places.own}.", fix=f"Give {self.regions} numbers.")
        asking, month = self.asking, self.grid.month
        opens, closes = counted_days(self.grid)
        paths = len(asking.start) - 1
        each = (paths, self.regions)
        sets = (*places.own, places.shared)
        counted = Counted(
            to_meet=np.zeros(each, np.int64),
            missed=np.zeros(each, np.int64),
            placed=np.zeros(each, np.int64),
            away=np.zeros(each, np.int64),
            elsewhere_days=np.zeros(paths, np.int64),
            use=np.zeros((len(sets), max(sets) if use else 0), np.int64),
            left=np.full(len(asking.day) if left else 0, len(month), np.int32),
        )
        walk_sharing(
            asking,
            Sets(
                np.array(sets, np.int64),
                _order(places.arrangement, self.regions),
                self._closed_sets(places.arrangement),
                self.rank,
            ),
            Days(month, opens, closes, self.overfill),
            counted,
        )
        days = counted.use / max(paths, 1)
        use_days = tuple(days[number, :size] for number, size in enumerate(sets)) if use else ()
        return Shared(*counted[:5], use_days=use_days, left=counted.left)

    def _closed_sets(self, arrangement: Arrangement) -> NDArray[np.int16]:
        """Places closed in each set; national standby has no house of today's. [.., day, set]"""
        if arrangement is Arrangement.NATIONAL_POOL:
            shared = self.closed.sum(axis=2, keepdims=True)
        else:
            shared = np.broadcast_to(self.shut[None, :, None], (*self.closed.shape[:2], 1))
        return np.concatenate([self.closed, shared], axis=2, dtype=np.int16)


def _order(arrangement: Arrangement, regions: int) -> NDArray[np.int64]:
    """The sets that each region's children ask, own places first. [region, rank]"""
    everyone = range(regions)
    match arrangement:
        case Arrangement.OWN_PLACES:
            asked: list[list[int]] = [[r] for r in everyone]
        case Arrangement.MUTUAL_HELP:
            asked = [[r, *(other for other in everyone if other != r)] for r in everyone]
        case Arrangement.NATIONAL_STANDBY:
            asked = [[r, regions] for r in everyone]
        case Arrangement.NATIONAL_POOL:
            asked = [[regions] for _ in everyone]
    return np.array(asked, np.int64).reshape(regions, -1)


def _turns(
    parts: Sequence[Children], keys: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Number in the joined arrays and region of each child, in the order of service. [child]"""
    sizes = [len(part.day) for part in parts]
    offsets = np.cumsum([0, *sizes[:-1]])
    first = np.stack([part.start + offset for part, offset in zip(parts, offsets, strict=True)])
    index, region = np.zeros(sum(sizes), np.int64), np.zeros(sum(sizes), np.int16)
    day = np.concatenate([part.day for part in parts])
    take_turns(index, region, first, day, np.array(keys, np.uint64))
    return index, region


def _closed(parts: Sequence[NDArray[np.int16] | None], days: int) -> NDArray[np.int16]:
    """Places closed in each region, one row where the same on all paths. [path, day, region]"""
    rows = max((len(part) for part in parts if part is not None), default=1)
    closed = np.zeros((rows, days, len(parts)), np.int16)
    for number, part in enumerate(parts):
        if part is not None:
            closed[:, :, number] = part
    return closed
