"""What can be worked out of published tables: the sums between cells, and an attacker's bounds.

An attacker knows every shown cell, every sum that the tables obey, and the rules. Each hidden
cell then lies in an interval that two linear programmes give (HiGHS): the audit is theirs.
"""

from collections.abc import Container, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

# What a cell is called; equal names in two exports are one cell.
Label = Any
Key = TypeVar("Key", bound=Hashable)
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
# Programmes are solved to about 1e-7; counts are whole.
EXACT = 1e-6
# From so many unknown cells on, a few tables far apart spare more programmes than they take.
LARGE = 64


@dataclass(frozen=True)
class Sums(Generic[Key]):
    """The cells of a table, and for each sum its total and its parts."""

    keys: tuple[Key, ...]
    lines: tuple[tuple[Key, tuple[Key, ...]], ...]

    @cached_property
    def matrix(self) -> csr_matrix:
        """Each row, 1 for parts and -1 for their total, times the cells is 0."""
        rows = {key: at for at, key in enumerate(self.keys)}
        found = np.zeros((len(self.lines), len(self.keys)))
        for at, (total, parts) in enumerate(self.lines):
            found[at, [rows[key] for key in parts]] = 1.0
            found[at, rows[total]] = -1.0
        return csr_matrix(found)

    def among(self, known: Container[Key]) -> "Sums[Key]":
        """The sums of which the total and all parts are known."""
        lines = tuple(line for line in self.lines if all(k in known for k in (line[0], *line[1])))
        return Sums(tuple(key for key in self.keys if key in known), lines)


@dataclass(frozen=True)
class Seen:
    """Published cells, and the sums that hold between them.

    `low` and `high` are what is known of a cell before any sum is used: its value where it is
    shown, a range where it is rounded or hidden (`high` may be infinite). Every row of `sums`
    times the cells is 0: a total less its parts.
    """

    labels: tuple[Label, ...]
    low: Floats
    high: Floats
    hidden: Bools
    sums: csr_matrix

    @cached_property
    def ceiling(self) -> float:
        """So high that no bound below it is lost, so that every programme has an end."""
        shown = self.high[np.isfinite(self.high)]
        return 1000.0 + 10.0 * float(shown.max(initial=0.0))

    def parts(self) -> Iterator[NDArray[np.intp]]:
        """Unknown cells that hang together by some sum; each part can be attacked alone."""
        unknown = np.flatnonzero(self.low < self.high)
        links = abs(self.sums[:, unknown])
        count, part = connected_components(links.T @ links, directed=False)
        for number in range(count):
            cells = unknown[part == number]
            if self.hidden[cells].any():
                yield cells


@dataclass(frozen=True)
class Programme:
    """The tables that agree with what was published, over the unknown `cells` of one part."""

    seen: Seen
    cells: NDArray[np.intp]

    @cached_property
    def _equal(self) -> tuple[csr_matrix, Floats]:
        sums = self.seen.sums
        rows = np.flatnonzero(abs(sums[:, self.cells]).sum(axis=1))
        known = self.seen.low.copy()
        known[self.cells] = 0.0
        return sums[rows][:, self.cells], -(sums[rows] @ known)

    def most(self, cell: int, sign: int) -> Floats | None:
        """A table with the largest (sign 1) or smallest (-1) value of a cell; None: there is none.

        `cell` counts within `cells`; the table has all cells, not a number outside this part.
        """
        goal = np.zeros(len(self.cells))
        goal[cell] = sign
        return self._table(goal)

    def far_apart(self) -> Iterator[Floats]:
        """A few tables, each with a goal that raises cells whose number has a certain bit."""
        numbers = np.arange(len(self.cells), dtype=np.int64)
        for bit in range(len(self.cells).bit_length()):
            for way in (1, -1):
                raised = np.where(numbers >> bit & 1, -1.0, 1.0)
                table = self._table(way * raised)
                if table is not None:
                    yield table

    def _table(self, goal: Floats) -> Floats | None:
        """The table with the largest sum of `goal` times its cells."""
        matrix, right = self._equal
        high = np.minimum(self.seen.high[self.cells], self.seen.ceiling)
        bounds = np.column_stack((self.seen.low[self.cells], high))
        found = linprog(-goal, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
        if found.x is None:
            return None
        table = np.full(len(self.seen.labels), np.nan)
        table[self.cells] = found.x
        return table


@dataclass(frozen=True)
class Narrow:
    """A hidden cell that can be placed within less than the wanted width."""

    label: Label
    low: float
    high: float


def narrowed(
    seen: Seen, width: float | Floats, witnesses: list[Floats] | None = None
) -> Iterator[Narrow]:
    """Hidden cells whose interval is narrower than `width` (one, or each cell's), as found.

    `witnesses` are tables known to agree with what was published; those that are found are added.
    Each speaks for all cells at once, so most cells need no programme of their own. Raises
    ValueError where the published cells contradict each other: then no bound is true.
    """
    tables: list[Floats] = [] if witnesses is None else witnesses
    wide = np.broadcast_to(width, len(seen.labels)) - EXACT
    for cells in seen.parts():
        yield from _narrowed_part(Programme(seen, cells), wide[cells], tables)


def _narrowed_part(programme: Programme, wide: Floats, tables: list[Floats]) -> Iterator[Narrow]:
    seen, cells = programme.seen, programme.cells
    if len(cells) > LARGE:
        tables.extend(programme.far_apart())
    none = np.full((1, len(cells)), np.nan)
    told = np.vstack([none, *(table[None, cells] for table in tables)])
    low = np.fmin.reduce(told, initial=np.inf)
    high = np.fmax.reduce(told, initial=-np.inf)
    for at in np.flatnonzero(seen.hidden[cells]):
        for sign in (1, -1):
            if high[at] - low[at] >= wide[at]:
                break
            table = programme.most(int(at), sign)
            if table is None:
                raise ValueError(f"no table agrees with what is shown of {seen.labels[cells[at]]}.")
            tables.append(table)
            low, high = np.minimum(low, table[cells]), np.maximum(high, table[cells])
        if high[at] - low[at] < wide[at]:
            yield Narrow(seen.labels[cells[at]], float(low[at]), float(high[at]))


def together(exports: Sequence[Seen]) -> Seen:
    """What someone knows who has all of these exports: equal labels are one cell."""
    labels = tuple(dict.fromkeys(label for seen in exports for label in seen.labels))
    rows = {label: at for at, label in enumerate(labels)}
    low, high = np.zeros(len(labels)), np.full(len(labels), np.inf)
    hidden = np.ones(len(labels), dtype=bool)
    # A sum that several exports hold stands once.
    lines: dict[frozenset[tuple[int, float]], None] = {}
    for seen in exports:
        at = np.array([rows[label] for label in seen.labels], dtype=np.intp)
        low[at], high[at] = np.maximum(low[at], seen.low), np.minimum(high[at], seen.high)
        hidden[at] &= seen.hidden
        for line in seen.sums:
            lines[frozenset(zip(at[line.indices].tolist(), line.data.tolist(), strict=True))] = None
    terms = [(row, cell, sign) for row, line in enumerate(lines) for cell, sign in sorted(line)]
    where = [row for row, _, _ in terms], [cell for _, cell, _ in terms]
    signs = [sign for _, _, sign in terms]
    sums = csr_matrix((signs, where), shape=(len(lines), len(labels)), dtype=np.float64)
    return Seen(labels, low, high, hidden, sums)
