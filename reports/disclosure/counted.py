"""Tables of children by region and need group: what is known of a cell, what hiding it costs."""

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from reports.disclosure.hiding import Counted, hide, small_or_alone
from reports.disclosure.linear import Bools, Floats, Sums

# Cost of hiding a cell by the number of dimensions it is a sum over, and for each child in it; a
# zero is hidden only where nothing else protects.
COSTS = (1.0, 3.0, 10.0)
COST_OF_CHILD = 0.1
ZERO = 1000.0


def dimensions(key: SeriesKey) -> int:
    """Over how many dimensions a cell is a sum: 0, 1 or 2."""
    return (key.region == WHOLE_NATION) + (key.need_group == WHOLE_NATION)


def counted(sums: Sums[SeriesKey], values: Mapping[SeriesKey, float], threshold: int) -> Counted:
    """A table of true counts, with what everybody knows of its cells and what hiding costs."""
    numbers = np.array([values[key] for key in sums.keys])
    matrix = sums.matrix
    cost = cost_of_hiding(sums.keys, numbers)
    alone = small_or_alone(numbers, matrix, threshold)
    # In a line of which all is hidden, for one cell stands alone, each may be the zero.
    least = np.minimum(numbers, 1.0)
    for line in matrix:
        parts = line.indices[line.data > 0]
        if alone[parts].all() and (numbers[parts] == 0).any():
            least[parts] = 0.0
    width = np.full(len(numbers), float(threshold))
    return Counted(sums.keys, numbers, matrix, least, cost, width)


def cost_of_hiding(keys: Sequence[SeriesKey], numbers: Floats) -> Floats:
    """What hiding each cell costs. [cell]"""
    cost = np.array([COSTS[dimensions(key)] for key in keys])
    return np.where(numbers, cost + COST_OF_CHILD * numbers, ZERO * cost)


def hidden_in(table: Counted, threshold: int) -> Bools:
    """Which cells of a table of counts must be hidden. [cell]"""
    first = small_or_alone(table.values, table.sums, threshold)
    return hide(table, first)


def hidden_cells(
    sums: Sums[SeriesKey], values: Mapping[SeriesKey, float], threshold: int
) -> frozenset[SeriesKey]:
    """The same by name, for these counts and the sums between them."""
    return _hidden_cells(sums, tuple(values[key] for key in sums.keys), threshold)


# The same months stand in export after export.
@lru_cache(maxsize=256)
def _hidden_cells(
    sums: Sums[SeriesKey], values: tuple[float, ...], threshold: int
) -> frozenset[SeriesKey]:
    table = counted(sums, dict(zip(sums.keys, values, strict=True)), threshold)
    return frozenset(itertools.compress(table.labels, hidden_in(table, threshold).tolist()))
