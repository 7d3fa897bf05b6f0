"""Random tables: nothing hidden can be placed within less than the threshold by its sums."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from forecasting.panel import SeriesKey
from reports.disclosure.counted import counted, hidden_in
from reports.disclosure.hiding import Counted
from reports.disclosure.linear import Bools, Seen, narrowed
from reports.disclosure.months import sums_of

THRESHOLD = 5
# Ten lots, so that several workers share them: a thousand tables in all.
LOTS = range(10)
TABLES = 100


def table_of(counts: np.ndarray, threshold: int = THRESHOLD) -> Counted:
    """Region by need group, with sums over both."""
    keys = [
        SeriesKey(f"r{row}", f"g{column}")
        for row, column in itertools.product(*map(range, counts.shape))
    ]
    sums = sums_of(keys)
    values = dict(zip(keys, counts.ravel().astype(float).tolist(), strict=True))
    for total, parts in sums.lines:
        values[total] = sum(values[part] for part in parts)
    return counted(sums, values, threshold)


def random_tables(lot: int) -> Iterator[Counted]:
    """From one cell to four by four, from no child a cell to fifty."""
    rng = np.random.default_rng(lot)
    for _ in range(TABLES):
        shape = rng.integers(1, 5), rng.integers(1, 5)
        yield table_of(rng.poisson(rng.gamma(1, rng.choice([1, 4, 15]), size=shape)))


def ends(seen: Seen, at: int) -> tuple[float, float]:
    """Lowest and highest value of a cell, by two programmes over all cells at once."""
    high = np.where(np.isinf(seen.high), 1e5, seen.high)
    found = []
    for sign in (1, -1):
        goal = np.zeros(len(seen.labels))
        goal[at] = sign
        right = np.zeros(seen.sums.shape[0])
        bounds = np.column_stack((seen.low, high))
        answer = linprog(goal, A_eq=seen.sums.toarray(), b_eq=right, bounds=bounds)
        found.append(float(answer.x[at]))
    return found[0], found[1]


@pytest.mark.parametrize("lot", LOTS)
def test_no_hidden_cell_is_narrowed_in_a_hundred_random_tables(lot: int) -> None:
    for number, table in enumerate(random_tables(lot)):
        hidden = hidden_in(table, THRESHOLD)
        small = (table.values > 0) & (table.values < THRESHOLD)
        assert (hidden | ~small).all()
        seen = table.seen(hidden)
        assert not list(narrowed(seen, THRESHOLD))
        # A second reader of the same tables, without what the first one leaves out.
        for at in np.flatnonzero(hidden)[number % 9 :: 9]:
            low, high = ends(seen, int(at))
            assert low - 1e-6 <= table.values[at] <= high + 1e-6
            assert high - low >= THRESHOLD - 1e-6


def test_hiding_small_counts_alone_is_found_out() -> None:
    """The published example: with only the small cells hidden, both are pinned exactly."""
    table = table_of(np.array([[12, 3, 9], [8, 11, 20], [15, 2, 30]]))
    small = (table.values > 0) & (table.values < THRESHOLD)
    found = {cell.label: (cell.low, cell.high) for cell in narrowed(table.seen(small), THRESHOLD)}
    assert found == {
        SeriesKey("r0", "g1"): pytest.approx((3, 3)),
        SeriesKey("r2", "g1"): pytest.approx((2, 2)),
    }


def every_table(seen: Seen, shape: tuple[int, int], most: int) -> np.ndarray:
    """All whole tables that agree with what is shown, by trying every one. [table, cell]"""
    rows, columns = shape
    cells = rows * columns
    choices = [
        range(int(seen.low[at]), most + 1) if seen.hidden[at] else [int(seen.low[at])]
        for at in range(cells)
    ]
    inner = np.array(list(itertools.product(*choices)))
    grid = inner.reshape(-1, rows, columns)
    whole = np.hstack((inner, grid.sum(axis=2), grid.sum(axis=1), inner.sum(axis=1)[:, None]))
    agrees = (whole >= seen.low) & (whole <= seen.high)
    return whole[agrees.all(axis=1)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_every_whole_table_tried_one_by_one_leaves_the_width(counts: list[int]) -> None:
    table = table_of(np.array(counts).reshape(2, 2), threshold=3)
    hidden = hidden_in(table, 3)
    found = every_table(table.seen(hidden), (2, 2), most=14)
    assert (found == table.values).all(axis=1).any()
    assert (np.ptp(found, axis=0)[hidden] >= 3).all()
    assert (np.ptp(found, axis=0)[~hidden] == 0).all()


def test_what_is_not_needed_is_shown() -> None:
    """Showing any one of the further hidden cells would narrow one of the others."""
    for table in itertools.islice(random_tables(99), 15):
        hidden = hidden_in(table, THRESHOLD)
        for at in further(table, hidden):
            shown = hidden.copy()
            shown[at] = False
            assert list(narrowed(table.seen(shown), THRESHOLD))


def further(table: Counted, hidden: Bools) -> list[int]:
    """Cells that are hidden only to protect others."""
    alone = [
        parts
        for line in table.sums
        if len(parts := line.indices[line.data > 0]) > 1
        and np.count_nonzero(table.values[parts]) == 1
    ]
    own = (table.values > 0) & (table.values < THRESHOLD)
    own[list({int(cell) for parts in alone for cell in parts})] = True
    return [int(at) for at in np.flatnonzero(hidden & ~own) if table.values[at] > 0]


def test_a_line_of_one_kind_is_hidden_zeros_and_all() -> None:
    """«All six are rus» tells what each of them is."""
    counts = np.array([[0, 6, 0], [8, 11, 20], [15, 9, 30]])
    table = table_of(counts)
    hidden = dict(zip(table.labels, hidden_in(table, THRESHOLD), strict=True))
    assert all(hidden[SeriesKey("r0", f"g{column}")] for column in range(3))
    assert not hidden[SeriesKey("alle", "alle")]
    counts[0, 0] = 7
    table = table_of(counts)
    assert not hidden_in(table, THRESHOLD).any()


def test_a_zero_is_shown_beside_hidden_counts() -> None:
    table = table_of(np.array([[0, 2, 30, 12], [8, 11, 20, 9], [15, 9, 30, 7]]))
    hidden = dict(zip(table.labels, hidden_in(table, THRESHOLD), strict=True))
    assert hidden[SeriesKey("r0", "g1")]
    assert not hidden[SeriesKey("r0", "g0")]
