"""The rules of the day (planner.md, section 2) told again child by child, without arrays.

A slow re-telling that shares no code with the compiled walk: children and places are
objects, and every day everybody is looked at. All counts of both groups must be equal.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from planning.children import Children, DayGrid
from planning.flow import Chain, Outcome
from planning.window import Window
from tests.flows import NO_DAYS

KEY, NEXT = SeriesKey("r", "g"), SeriesKey("r", "h")
JANUARY = date(2031, 1, 1)


@dataclass(eq=False)
class Child:
    """A child as drawn; `next_nights` 0: goes nowhere; `day` below 0: in a place already."""

    day: int
    nights: int
    deadline: int
    lost: bool
    next_nights: int = 0
    next_lost: bool = False


@dataclass(eq=False)
class Stay:
    """A child in a house; `place` None: beyond the places; `end` None: until it goes on."""

    child: Child
    since: int
    place: int | None
    end: int | None


@dataclass(eq=False)
class Ask:
    """A child who asks a house for a place; `kept` is the stay that it waits in."""

    child: Child
    deadline: int
    lost: bool
    nights: int
    kept: Stay | None = None
    late: bool = False


@dataclass(eq=False)
class House:
    """The places of one group, who is there, who waits, and what is counted."""

    places: int
    overfill: bool
    month: list[int]
    inside: list[Stay] = field(default_factory=list)
    line: list[Ask] = field(default_factory=list)
    ever: list[Stay] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    to_meet: int = 0
    elsewhere: int = 0
    use: list[int] = field(default_factory=list)
    full: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.missed = [0] * (max(self.month) + 1)

    def residents(self, children: list[Child]) -> None:
        for number, child in enumerate(children):
            place = number if number < self.places else None
            stay = Stay(child, child.day, place, child.nights)
            if child.next_nights > 0:
                stay.end = None
                self.ever.append(stay)
            if stay.end != 0:
                self.inside.append(stay)

    def morning(self, day: int) -> None:
        self.inside = [stay for stay in self.inside if stay.end != day]

    def serve(self, day: int, first: "House", cap: int) -> None:
        """First come first served; then what becomes of those whose deadline has come."""
        waiting = []
        for ask in self.line:
            free = len(self.inside) < self.places
            if not free and (ask.late or day < ask.deadline):
                waiting.append(ask)
                continue
            if not ask.late:
                self.count(ask.deadline, met=free)
                ask.late = True
            if free or self.overfill or ask.lost:
                self.take(ask, day, first, cap, free=free)
            else:
                waiting.append(ask)
        self.line = waiting

    def take(self, ask: Ask, day: int, first: "House", cap: int, *, free: bool) -> None:
        nights = ask.nights
        if ask.kept is not None:
            nights = max(1, min(nights, cap - (day - ask.kept.since)))
            first.inside = [stay for stay in first.inside if stay is not ask.kept]
        elif self is not first:
            nights = min(nights, cap)
        if not free and not self.overfill:
            spent = range(day, min(day + nights, len(self.month)))
            self.elsewhere += sum(self.month[night] >= 0 for night in spent)
            return
        taken = {stay.place for stay in self.inside}
        place = min(set(range(self.places)) - taken) if free else None
        goes_on = self is first and ask.child.next_nights > 0
        stay = Stay(ask.child, day, place, None if goes_on else day + nights)
        self.inside.append(stay)
        self.ever.append(stay)

    def count(self, deadline: int, *, met: bool) -> None:
        if 0 <= deadline < len(self.month) and self.month[deadline] >= 0:
            self.to_meet += 1
            self.missed[self.month[deadline]] += not met

    def night(self, day: int) -> None:
        if self.month[day] >= 0:
            self.use += [stay.place for stay in self.inside if stay.place is not None]
            self.full.append(len(self.inside) >= self.places)

    def told(self) -> dict[str, object]:
        spells = "".join("x" if full else " " for full in self.full).split()
        return {
            "to_meet": self.to_meet,
            "missed": self.missed,
            "elsewhere_days": self.elsewhere,
            "use": [self.use.count(place) for place in range(self.places)],
            "full_days": sum(self.full),
            "longest_full": max(map(len, spells), default=0),
        }


def tell(
    own: list[Child], direct: list[Child], first: House, fed: House, *, within: int, cap: int
) -> None:
    """Day by day: departures, those ready for the fed group, then the day's referrals."""
    first.residents([child for child in own if child.day < 0])
    fed.residents([child for child in direct if child.day < 0])
    for day in range(len(first.month)):
        first.morning(day)
        fed.morning(day)
        asked = [Ask(c, c.deadline, c.lost, c.nights) for c in direct if c.day == day]
        ready = [
            Ask(s.child, day + within, s.child.next_lost, s.child.next_nights, kept=s)
            for s in first.ever
            if s.child.next_nights > 0 and max(s.since, 0) + s.child.nights == day
        ]
        # On the first day those who asked before the data date come first.
        fed.line += asked + ready if day == 0 else ready + asked
        fed.serve(day, first, cap)
        first.line += [Ask(c, c.deadline, c.lost, c.nights) for c in own if c.day == day]
        first.serve(day, first, cap)
        first.night(day)
        fed.night(day)


@st.composite
def groups(draw: st.DrawFn, *, within: int, goes_on: bool, horizon: int) -> list[Child]:
    """Residents, children who wait on the data date, and referrals, in the order they come."""

    def child(day: int, nights: int, deadline: int) -> Child:
        onward = goes_on and (nights == 0 or draw(st.booleans()))
        after = draw(st.integers(1, 25)) if onward else 0
        return Child(day, nights, deadline, draw(st.booleans()), after, draw(st.booleans()))

    ago = st.integers(-9, -1)
    residents = [child(draw(ago), n, -1) for n in draw(st.lists(st.integers(0, 15), max_size=4))]
    due = sorted(draw(st.lists(st.integers(-3, within), max_size=3)))
    queue = [child(0, draw(st.integers(1, 20)), day) for day in due]
    days = sorted(draw(st.lists(st.integers(0, horizon - 1), max_size=30)))
    return residents + queue + [child(day, draw(st.integers(1, 20)), day + within) for day in days]


def arrays(paths: list[list[Child]], *, feeds: bool) -> Children:
    flat = [child for path in paths for child in path]

    def whole(name: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        return np.array([getattr(child, name) for child in flat], dtype=np.int32)

    residents = {sum(child.day < 0 for child in path) for path in paths}
    assert len(residents) == 1
    after = whole("next_nights")
    return Children(
        residents=residents.pop(),
        start=np.cumsum([0, *map(len, paths)]),
        day=whole("day"),
        nights=whole("nights"),
        deadline=whole("deadline"),
        lost=whole("lost") > 0,
        onward=after > 0,
        next_nights=after if feeds else after[:0],
        next_lost=whole("next_lost") > 0,
        takes=np.ones(len(flat), np.int32),
    )


def one_path(outcome: Outcome, path: int) -> dict[str, object]:
    names = ("to_meet", "missed", "elsewhere_days", "use", "full_days", "longest_full")
    return {name: getattr(outcome, name)[path].tolist() for name in names}


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_all_counts_are_those_of_the_plain_telling(data: st.DataObject) -> None:
    horizon, before = data.draw(st.integers(30, 70)), data.draw(st.integers(0, 20))
    opens = JANUARY - timedelta(days=before)
    grid = DayGrid(opens, Window(JANUARY, opens + timedelta(days=horizon - 1)), NO_DAYS)
    within, next_within = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 6))
    feeds, overfill = data.draw(st.booleans()), data.draw(st.booleans())
    cap = data.draw(st.sampled_from([None, 12, 25]))
    own = data.draw(groups(within=within, goes_on=feeds, horizon=horizon))
    direct = data.draw(groups(within=next_within, goes_on=False, horizon=horizon)) if feeds else []
    # The same children on a second path without the last: nothing may cling to the arrays.
    fewer = own[:-1] if own and own[-1].day >= 0 else own
    paths, directs = [own, fewer], [direct, direct]
    chain = Chain(
        KEY,
        arrays(paths, feeds=feeds),
        grid,
        overfill=overfill,
        fed_key=NEXT if feeds else None,
        fed=arrays(directs, feeds=False) if feeds else None,
        fed_within_days=next_within,
        cap=cap if feeds else None,
    )
    places, fed_places = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 4)) * feeds
    outcomes = chain.run(places, fed_places)
    month = grid.month.tolist()
    for number, (mine, others) in enumerate(zip(paths, directs, strict=True)):
        first, fed = House(places, overfill, month), House(fed_places, overfill, month)
        tell(mine, others, first, fed, within=next_within, cap=cap or 10**6)
        assert one_path(outcomes[0], number) == first.told()
        if feeds:
            assert one_path(outcomes[1], number) == fed.told()


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_with_places_for_all_both_groups_are_used_as_wanted(data: st.DataObject) -> None:
    grid = DayGrid(JANUARY, Window(JANUARY, date(2031, 2, 19)), NO_DAYS)
    horizon = len(grid.days)
    own = data.draw(groups(within=0, goes_on=True, horizon=horizon))
    direct = data.draw(groups(within=3, goes_on=False, horizon=horizon))
    chain = Chain(
        KEY,
        arrays([own], feeds=True),
        grid,
        fed_key=NEXT,
        fed=arrays([direct], feeds=False),
        fed_within_days=3,
        cap=data.draw(st.sampled_from([None, 12, 25])),
    )
    first, fed = chain.run(50, 100)
    assert first.missed.sum() + fed.missed.sum() == 0
    assert first.use.sum() == chain.wanted().sum()
    assert fed.use.sum() == chain.fed_wanted().sum()
