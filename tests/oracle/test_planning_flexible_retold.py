"""Flexible places told again day by day with plain lists, and held against closed forms."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.children import Children, Ticks
from planning.erlang import blocking
from planning.flow import Chain
from planning.policy import Arrangement
from planning.sharing import Places, Shared, Together

DAYS = 60
GRID = Ticks(DAYS)


@st.composite
def one_group(draw: st.DrawFn) -> Children:
    """Children of one need group on two paths, who are helped elsewhere or wait on as drawn."""
    many = [draw(st.lists(st.integers(0, DAYS - 1), max_size=30)) for _ in range(2)]
    day = np.array([d for each in many for d in sorted(each)], dtype=np.int32)
    nights = np.array([draw(st.integers(1, 25)) for _ in day], dtype=np.int32)
    start = np.cumsum([0, *map(len, many)])
    found = Children.listed(day, nights, start=start, within_days=draw(st.integers(0, 3)))
    return replace(found, lost=np.array([draw(st.booleans()) for _ in day], dtype=np.bool_))


def told_again(
    together: Together, fixed: tuple[int, ...], flexible: int, path: int
) -> tuple[list[int], list[int]]:
    """Children to be met and missed of each group on one path; a set of places is a list."""
    asking = together.asking
    rows = range(asking.start[path], asking.start[path + 1])
    sets: list[list[int]] = [[] for _ in (*fixed, flexible)]
    room = [*fixed, flexible]
    to_meet, missed = [0] * len(fixed), [0] * len(fixed)
    waiting: list[int] = []
    counted: set[int] = set()
    for day in range(DAYS):
        sets = [[end for end in each if end > day] for each in sets]
        waiting += [row for row in rows if asking.day[row] == day]
        for row in sorted(waiting, key=lambda row: together.rank[asking.region[row]]):
            group, due = int(asking.region[row]), asking.deadline[row] <= day
            usable = (group,) if together.shut[day] else (group, len(fixed))
            free = [place for place in usable if len(sets[place]) < room[place]]
            if row not in counted and (free or due):
                counted.add(row)
                if asking.deadline[row] < DAYS:
                    to_meet[group] += 1
                    missed[group] += not free
            if free:
                sets[free[0]].append(day + int(asking.nights[row]))
            if free or (due and asking.lost[row]):
                waiting.remove(row)
    return to_meet, missed


@given(
    st.tuples(one_group(), one_group(), one_group()),
    st.tuples(*[st.integers(0, 3)] * 3),
    st.integers(0, 3),
    st.tuples(*[st.integers(0, 1)] * 3),
    st.lists(st.booleans(), min_size=DAYS, max_size=DAYS),
)
@settings(deadline=None)
def test_the_walk_serves_each_child_as_it_is_told_one_by_one(
    groups: tuple[Children, ...],
    fixed: tuple[int, ...],
    flexible: int,
    ranks: tuple[int, ...],
    shut: list[bool],
) -> None:
    names = ("a", "b", "c")
    together = Together.of(
        dict(zip(names, groups, strict=True)),
        GRID,
        keys={name: Streams(1).key(name) for name in names},
        rank=dict(zip(names, ranks, strict=True)),
        shut=np.array(shut),
    )
    found = together.run(Places(Arrangement.NATIONAL_STANDBY, fixed, flexible))
    for path in range(2):
        to_meet, missed = told_again(together, fixed, flexible, path)
        assert found.to_meet[path].tolist() == to_meet
        assert found.missed[path].tolist() == missed


@given(one_group(), st.integers(0, 4), st.integers(0, 4))
@settings(deadline=None)
def test_a_flexible_place_that_serves_one_group_only_is_a_fixed_place(
    children: Children, fixed: int, flexible: int
) -> None:
    together = Together.of({"some": children, "nobody": Children.nobody(2)}, GRID)
    found = together.run(Places(Arrangement.NATIONAL_STANDBY, (fixed, 0), flexible))
    alone, _ = Chain(SeriesKey("r", "some"), children, GRID).run(fixed + flexible)
    assert found.missed[:, 0].tolist() == alone.missed_a_year.tolist()
    assert found.to_meet[:, 0].tolist() == alone.to_meet.tolist()


# Two groups with the same stay law, lost when all is full: steps so fine that time is all but
# continuous, and a start long enough to forget that nobody was there.
STEPS, MEAN, PATHS = 6000, 150.0, 160
LOADS = (4.0, 7.0)


def poisson(load: float, seed: int) -> Children:
    rng = np.random.default_rng(seed)
    daily = rng.poisson(load / MEAN, (PATHS, STEPS))
    day = np.concatenate([np.repeat(np.arange(STEPS), each) for each in daily])
    start = np.concatenate([[0], np.cumsum(daily.sum(axis=1))])
    return Children.listed(day, rng.geometric(1 / MEAN, len(day)), start=start)


@pytest.fixture(scope="module")
def alike() -> Together:
    parts = {
        name: poisson(load, seed) for seed, (name, load) in enumerate(zip("ab", LOADS, strict=True))
    }
    grid = Ticks(STEPS - 1500, before=1500)
    return Together.of(parts, grid, keys={name: Streams(2).key(name) for name in parts})


def refused(found: Shared) -> tuple[float, float]:
    """Share of all children without a place, and its standard error over paths."""
    missed, to_meet = found.missed.sum(axis=1), found.to_meet.sum(axis=1)
    share = missed.sum() / to_meet.sum()
    rest = missed - share * to_meet
    return float(share), float(rest.std(ddof=1) * np.sqrt(len(missed)) / to_meet.sum())


def test_places_all_flexible_are_erlangs_for_the_loads_together(alike: Together) -> None:
    for places in (10, 13):
        share, error = refused(alike.run(Places(Arrangement.NATIONAL_STANDBY, (0, 0), places)))
        # A step of 1/150 of a stay hides about half a step's arrivals: under one in a hundred.
        expected = blocking(sum(LOADS), places)[-1]
        assert share == pytest.approx(expected, abs=4 * error + 0.01 * expected)


def test_some_flexible_places_lie_between_one_pool_and_separate_places(alike: Together) -> None:
    """With one stay law, the pool is best for the sum, and a place bound to a group worst."""
    flexible = 4
    mixed, error = refused(alike.run(Places(Arrangement.NATIONAL_STANDBY, (3, 6), flexible)))
    pooled = blocking(sum(LOADS), 13)[-1]
    bound = [blocking(load, n)[-1] for load, n in zip(LOADS, (5, 8), strict=True)]
    apart = float(np.dot(bound, LOADS) / sum(LOADS))
    assert pooled - 4 * error < mixed < apart + 4 * error
    assert apart - pooled > 8 * error, "so the test can fail on either side"


def test_more_flexible_places_leave_fewer_children_without_one(alike: Together) -> None:
    shares = [
        refused(alike.run(Places(Arrangement.NATIONAL_STANDBY, (3, 5), n))) for n in (0, 1, 2, 4, 7)
    ]
    for (fewer, error), (more, _) in pairwise(shares):
        assert more <= fewer + 4 * error
