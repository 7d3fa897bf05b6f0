"""Sharing told again child by child, without arrays: all counts must be equal.

Shares no code with the compiled walk but the order in which children are served, which
tests/property/test_planning_sharing.py looks at.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.children import Children, DayGrid
from planning.policy import Arrangement
from planning.sharing import Places, Together
from planning.window import Window
from tests.flows import NO_DAYS


@dataclass(eq=False)
class Child:
    region: int
    day: int
    nights: int
    deadline: int
    lost: bool
    takes: int
    late: bool = False


@dataclass(eq=False)
class Home:
    """A set of places: `inside` maps each place to the day it is free; `beyond` has no place."""

    places: int
    inside: dict[int, int] = field(default_factory=dict)
    beyond: list[int] = field(default_factory=list)
    shut: bool = False
    use: dict[int, int] = field(default_factory=dict)

    def morning(self, day: int) -> None:
        self.inside = {place: end for place, end in self.inside.items() if end > day}
        self.beyond = [end for end in self.beyond if end > day]
        self.shut = False

    def room(self, closed: int = 0) -> int:
        return self.places - closed - len(self.inside) - len(self.beyond)

    def take(self, child: Child, end: int) -> None:
        for _ in range(child.takes):
            place = next(p for p in range(self.places) if p not in self.inside)
            self.inside[place] = end


@dataclass
class Nation:
    """All sets, who asks which, and what is counted."""

    homes: list[Home]
    order: list[list[int]]
    month: list[int]
    overfill: bool
    to_meet: list[int]
    missed: list[int]
    placed: list[int]
    away: list[int]
    elsewhere: int = 0

    def seat(self, residents: list[Child]) -> None:
        waiting = [child for child in residents if child.nights > 0]
        for rank in range(len(self.order[0])):
            for child in list(waiting):
                home = self.homes[self.order[child.region][rank]]
                if home.room() >= child.takes:
                    home.take(child, child.nights)
                    waiting.remove(child)
        for child in waiting:
            self.homes[self.order[child.region][0]].beyond += [child.nights] * child.takes

    def serve(self, child: Child, day: int, closed: list[int]) -> bool:
        """Whether the child has left the line."""
        asked = self.order[child.region]
        homes = {p: self.homes[p] for p in asked}
        found = [p for p in asked if not homes[p].shut and homes[p].room(closed[p]) >= child.takes]
        due = child.deadline <= day
        if not child.late and (found or due):
            child.late = True
            if 0 <= child.deadline < len(self.month) and self.month[child.deadline] >= 0:
                self.to_meet[child.region] += 1
                self.missed[child.region] += not found
        end = day + child.nights
        if found:
            homes[found[0]].take(child, end)
            if self.month[day] >= 0:
                self.placed[child.region] += 1
                self.away[child.region] += found[0] != child.region
        elif due and self.overfill:
            homes[asked[0]].beyond += [end] * child.takes
        elif due and child.lost:
            nights = range(day, min(end, len(self.month)))
            self.elsewhere += child.takes * sum(self.month[night] >= 0 for night in nights)
        else:
            for home in homes.values():
                home.shut = True
            return False
        return True

    def tell(self, children: list[Child], closed: np.ndarray) -> None:  # type: ignore[type-arg]
        self.seat([child for child in children if child.day < 0])
        line = [child for child in children if child.day >= 0]
        for day, month in enumerate(self.month):
            for home in self.homes:
                home.morning(day)
            asks = [child for child in line if child.day <= day]
            served = {id(child) for child in asks if self.serve(child, day, closed[day].tolist())}
            line = [child for child in line if id(child) not in served]
            for home in self.homes if month >= 0 else []:
                for place in home.inside:
                    home.use[place] = home.use.get(place, 0) + 1


def arrays(paths: list[list[Child]]) -> Children:
    flat = [child for path in paths for child in path]
    values = {
        name: np.array([getattr(child, name) for child in flat], dtype=np.int32)
        for name in ("day", "nights", "deadline", "takes")
    }
    nobody = np.zeros(len(flat), np.bool_)
    return Children(
        residents=sum(child.day < 0 for child in paths[0]),
        start=np.cumsum([0, *map(len, paths)]),
        lost=np.array([child.lost for child in flat], dtype=np.bool_),
        onward=nobody,
        next_nights=np.ones(len(flat), np.int32),
        next_lost=nobody,
        **values,
    )


@st.composite
def region_paths(draw: st.DrawFn, *, region: int, horizon: int, within: int) -> list[list[Child]]:
    """Two paths with as many residents each; those who ask before the first day come first."""

    def child(day: int, nights: int, deadline: int) -> Child:
        takes = draw(st.sampled_from([1, 1, 1, 2]))
        return Child(region, day, nights, deadline, draw(st.booleans()), takes)

    left = draw(st.lists(st.integers(0, 12), max_size=3))
    paths = []
    for _ in range(2):
        here = [child(-1, nights, -1) for nights in left]
        due = sorted(draw(st.lists(st.integers(-2, within), max_size=2)))
        queue = [child(0, draw(st.integers(1, 15)), day) for day in due]
        days = sorted(draw(st.lists(st.integers(0, horizon - 1), max_size=14)))
        came = [child(day, draw(st.integers(1, 15)), day + within) for day in days]
        paths.append(here + queue + came)
    return paths


def orders(arrangement: Arrangement, regions: int) -> list[list[int]]:
    each = list(range(regions))
    return {
        Arrangement.OWN_PLACES: [[r] for r in each],
        Arrangement.MUTUAL_HELP: [[r] + [o for o in each if o != r] for r in each],
        Arrangement.NATIONAL_STANDBY: [[r, regions] for r in each],
        Arrangement.NATIONAL_POOL: [[regions] for r in each],
    }[arrangement]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_all_counts_are_those_of_the_plain_telling(data: st.DataObject) -> None:
    horizon, before = data.draw(st.integers(20, 45)), data.draw(st.integers(0, 10))
    opens = date(2031, 1, 1) - timedelta(days=before)
    window = Window(date(2031, 1, 1), opens + timedelta(days=horizon - 1))
    grid = DayGrid(opens, window, NO_DAYS)
    within, overfill = data.draw(st.integers(0, 5)), data.draw(st.booleans())
    regions = data.draw(st.integers(1, 3))
    told = [
        data.draw(region_paths(region=r, horizon=horizon, within=within)) for r in range(regions)
    ]
    shuts = data.draw(st.booleans())
    closed = {
        f"r{r}": np.array(
            data.draw(st.lists(st.integers(0, 2 * shuts), min_size=horizon, max_size=horizon)),
            dtype=np.int16,
        )[None, :]
        for r in range(regions)
    }
    arrangement = data.draw(st.sampled_from(Arrangement))
    own = tuple(data.draw(st.integers(0, 4)) for _ in range(regions))
    places = Places(arrangement, own, data.draw(st.integers(0, 5)))
    together = Together.of(
        {f"r{r}": arrays(paths) for r, paths in enumerate(told)},
        grid,
        keys={f"r{r}": 100 + r for r in range(regions)},
        overfill=overfill,
        closed=closed,
    )
    found = together.run(places, use=True)

    flat = [child for paths in told for path in paths for child in path]
    own_closed = np.stack([shut[0] for shut in closed.values()], axis=1)
    pooled = own_closed.sum(axis=1) * (arrangement is Arrangement.NATIONAL_POOL)
    use = [np.zeros(size) for size in (*own, places.shared)]
    for path in range(2):
        served = together.source[together.asking.start[path] : together.asking.start[path + 1]]
        nation = Nation(
            [Home(size) for size in (*own, places.shared)],
            orders(arrangement, regions),
            grid.month.tolist(),
            overfill,
            *([0] * regions for _ in range(4)),
        )
        nation.tell([flat[number] for number in served], np.column_stack([own_closed, pooled]))
        for name in ("to_meet", "missed", "placed", "away"):
            assert getattr(found, name)[path].tolist() == getattr(nation, name)
        assert found.elsewhere_days[path] == nation.elsewhere
        for total, home in zip(use, nation.homes, strict=True):
            for place, days in home.use.items():
                total[place] += days
    for mine, theirs in zip(found.use_days, use, strict=True):
        assert (mine * 2).tolist() == theirs.tolist()
