"""Places found by counting are those that a walk of every number finds."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from planning.children import Children, Ticks
from planning.counted import least
from planning.flow import Chain
from planning.goal import Binds, Goal
from planning.walks import Side, Walks

DAYS = 60
rows = st.lists(
    st.tuples(st.integers(0, DAYS - 1), st.integers(1, 20), st.integers(1, 3)),
    min_size=1,
    max_size=30,
).map(sorted)


def chain(paths: list[list[tuple[int, int, int]]], *, several: bool) -> Chain:
    day, nights, takes = np.array([row for path in paths for row in path], dtype=np.int64).T
    start = np.concatenate([[0], np.cumsum([len(path) for path in paths])])
    needs = takes if several else np.ones_like(takes)
    children = Children.listed(day, nights, start=start, lost=False, takes=needs)
    return Chain(SeriesKey("r", "g"), children, Ticks(DAYS))


@given(st.lists(rows, min_size=1, max_size=3), st.floats(0.1, 0.95))
@settings(max_examples=40, deadline=None)
def test_one_place_each_the_fewest_of_all_is_found(
    paths: list[list[tuple[int, int, int]]], level: float
) -> None:
    asked, goal = chain(paths, several=False), Goal(level, binds=Binds.LEVEL)
    found = least(Side(Walks(asked), 0), goal, near=3)
    shares = [asked.run(places)[0].offered_share for places in range(found + 1)]
    assert shares[found] >= level - 1e-12
    assert all(share < level for share in shares[:found])


@given(st.lists(rows, min_size=1, max_size=3), st.floats(0.1, 0.95))
@settings(max_examples=40, deadline=None)
def test_several_places_a_child_the_level_holds_with_one_place_more_too(
    paths: list[list[tuple[int, int, int]]], level: float
) -> None:
    asked, goal = chain(paths, several=True), Goal(level, binds=Binds.LEVEL)
    found = least(Side(Walks(asked), 0), goal, near=3)
    for places in (found, found + 1):
        assert asked.run(places)[0].offered_share >= level - 1e-12


def test_the_first_paths_keep_their_own_closed_places() -> None:
    whole = chain([[(0, 20, 1)]] * 4, several=False)
    closed = np.zeros((4, DAYS), np.int16)
    closed[1], closed[3] = 1, 1
    whole = replace(whole, closed=closed)
    missed = whole.run(1)[0].missed_a_year
    assert missed.tolist() == [0, 1, 0, 1]
    assert whole.head(2).run(1)[0].missed_a_year.tolist() == [0, 1]
