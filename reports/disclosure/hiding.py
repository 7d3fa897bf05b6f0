"""Which further cells must be hidden, so that no hidden one can be worked out from sums.

One linear programme (HiGHS) for each cell that is still too well known: the cheapest change of
the table that agrees with all that is shown and moves that cell by the threshold; the cells that
it moves are hidden too. What later turns out not to be needed is shown again. The optimum over
all cells at once (Fischetti and Salazar, Management Science 2001) is a far larger programme in
whole numbers; a test holds it against the number of cells hidden here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import bmat, csr_matrix, identity

from reports.disclosure.linear import EXACT, Bools, Floats, Label, Seen, narrowed

# Further cells up to which both orders are tried.
FEW = 6
# Cells of a table up to which it is searched for hidden ones that can be shown again.
SEARCHED = 64
# What a cell that does not move is taken to move, in widths, when prices are set anew.
LITTLE = 0.01


@dataclass(frozen=True)
class Counted:
    """Cells with their true counts, before anything is hidden.

    A row of `sums` is 1 for each part, -1 for their total. `least` is what everybody knows of a
    hidden cell (1 where a zero would have been shown), `cost` what hiding a cell costs, `width`
    how wide an interval a hidden cell keeps.
    """

    labels: tuple[Label, ...]
    values: Floats
    sums: csr_matrix
    least: Floats
    cost: Floats
    width: Floats

    def backwards(self) -> "Counted":
        """The same table with its cells in the opposite order."""
        sums, turned = self.sums[:, ::-1], (self.values, self.least, self.cost, self.width)
        values, least, cost, width = (array[::-1] for array in turned)
        return Counted(self.labels[::-1], values, sums, least, cost, width)

    def seen(self, hidden: Bools) -> Seen:
        """The cells as published."""
        low = np.where(hidden, self.least, self.values)
        high = np.where(hidden, np.inf, self.values)
        return Seen(self.labels, low, high, hidden, self.sums)


def hide(table: Counted, first: Bools) -> Bools:
    """All cells to hide: those of `first`, and others so that each keeps its width. [cell]"""
    hidden = _hidden_from(table, first)
    # Which cell is protected first matters most where few more are hidden: then from the end too.
    if 0 < np.count_nonzero(hidden & ~first) <= FEW:
        other = _hidden_from(table.backwards(), first[::-1])[::-1]
        return min((hidden, other), key=lambda cells: float(table.cost[cells].sum()))
    return hidden


def _hidden_from(table: Counted, first: Bools) -> Bools:
    """The same, protecting one cell after the other in their order."""
    hidden, tables = first.copy(), [table.values]
    while (weak := next(narrowed(table.seen(hidden), table.width, tables), None)) is not None:
        found = _cover(table, hidden, table.labels.index(weak.label))
        # Both are tables that agree with what is shown now: hiding more keeps every witness.
        tables += found
        hidden |= _moved(table, found) > EXACT
    # With very many need groups the search would take minutes, and save a few cells in a hundred.
    large = len(table.labels) > SEARCHED
    return hidden if large else _shown_again(table, hidden, first, tables=tables)


def _moved(table: Counted, tables: list[Floats]) -> Floats:
    """How far each cell moves at most. [cell]"""
    return np.asarray(np.abs(np.array(tables) - table.values).max(axis=0))


def _cover(table: Counted, hidden: Bools, row: int) -> list[Floats]:
    """Two tables its width apart in cell `row` that move few shown cells, the cheaper ones.

    A linear programme counts how far cells move, not how many do. Solved again with what moved
    little made dear, it gathers the movement in few (reweighted, as for sparse signals).
    """
    price = table.cost
    moved = _moved(table, _far_apart(table, hidden, row, price=price)) / table.width[row]
    return _far_apart(table, hidden, row, price=price / (moved + LITTLE))


def _far_apart(table: Counted, hidden: Bools, row: int, *, price: Floats) -> list[Floats]:
    """Two tables its width apart in cell `row`, at the least price of moving shown cells.

    Unknown are both tables, as changes from the true one, and how much of each shown cell they
    use. A change by the width along one chain of sums is enough, so no cell need change by more.
    """
    cells, width = len(table.labels), table.width[row]
    down, up = np.minimum(table.values - table.least, width), np.full(cells, width)
    eye, blank = identity(cells, format="csr"), csr_matrix(table.sums.shape)
    none = csr_matrix((cells, cells))
    use_up, use_down = csr_matrix(np.diag(up)), csr_matrix(np.diag(down))
    # A cell that is shown keeps its value in both tables.
    within = [
        [eye, none, -use_up],
        [none, eye, -use_up],
        [-eye, none, -use_down],
        [none, -eye, -use_down],
    ]
    apart = csr_matrix(([-1.0, 1.0], ([0, 0], [row, cells + row])), shape=(1, 3 * cells))
    limit = np.concatenate((np.zeros(4 * cells), [-width]))
    lowest = np.concatenate((-down, -down, np.where(hidden, 1.0, 0.0)))
    found = linprog(
        np.concatenate((np.zeros(2 * cells), np.where(hidden, 0.0, price))),
        A_ub=bmat([[bmat(within)], [apart]], format="csr"),
        b_ub=limit,
        A_eq=bmat([[table.sums, None, blank], [None, table.sums, blank]], format="csr"),
        b_eq=np.zeros(2 * table.sums.shape[0]),
        bounds=np.column_stack((lowest, np.concatenate((up, up, np.ones(cells))))),
        method="highs",
    )
    if found.x is None:
        raise ValueError(f"nothing protects {table.labels[row]}.")
    return [table.values + change for change in found.x[: 2 * cells].reshape(2, cells)]


def _shown_again(table: Counted, hidden: Bools, first: Bools, *, tables: list[Floats]) -> Bools:
    """Without the cells that the others turned out to protect anyway, dearest first."""
    kept = hidden.copy()
    for at in sorted(np.flatnonzero(hidden & ~first), key=lambda at: -table.cost[at]):
        without = kept.copy()
        without[at] = False
        # Only tables with the true number in this cell still agree with what would be shown.
        left = [t for t in tables if np.isnan(t[at]) or abs(t[at] - table.values[at]) < EXACT]
        if next(narrowed(table.seen(without), table.width, left), None) is None:
            kept, tables = without, left
    return kept


def small_or_alone(values: Floats, sums: csr_matrix, threshold: int) -> Bools:
    """Cells to hide for their own sake. [cell]

    Counts from 1 to the threshold - 1; and all parts of a sum of which only one is not 0, zeros
    too: they would tell that every child there is of one kind (attribute disclosure).
    """
    hidden = (values > 0) & (values < threshold)
    lines = [line.indices[line.data > 0] for line in sums]
    totals = [int(line.indices[line.data < 0][0]) for line in sums]
    alone = [len(parts) > 1 and np.count_nonzero(values[parts]) == 1 for parts in lines]
    while True:
        before = hidden.copy()
        for parts, total, single in zip(lines, totals, alone, strict=True):
            # A hidden zero that is a total would show through its parts, which are zeros too.
            if single or (hidden[total] and values[total] == 0):
                hidden[parts] = True
        if (hidden == before).all():
            return hidden
