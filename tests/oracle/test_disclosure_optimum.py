"""How many cells are hidden, against the fewest that would do.

The optimum is the complete programme of Fischetti and Salazar (Management Science 2001), the one
that tau-Argus solves: which cells are hidden, and for every hidden cell two whole tables that
agree with all that is shown and lie the threshold apart in it.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_matrix, hstack, identity, kron, vstack

from reports.disclosure.hiding import Counted, hide, small_or_alone
from reports.disclosure.linear import Bools
from tests.property.test_disclosure_tables import table_of

THRESHOLD = 5
# A table may move by far more than the threshold elsewhere: never what keeps the optimum low.
MOST = 4.0 * THRESHOLD
TIMES = 1.5


def fewest(table: Counted, first: Bools) -> int:
    """The fewest hidden cells with which every hidden one keeps its width."""
    cells, sums = len(table.labels), table.sums
    pairs = 2 * cells  # of each cell a higher and a lower table, as changes
    changes = pairs * cells
    eye = identity(cells, format="csr")
    over, under = MOST * eye, csr_matrix(np.diag(table.values - table.least))
    own = kron(csr_matrix(np.ones((pairs, 1))), eye)
    every = identity(changes, format="csr")
    apart = vstack(
        [
            csr_matrix(
                ([1.0, -1.0], ([0, 0], [2 * cell * cells + cell, (2 * cell + 1) * cells + cell])),
                shape=(1, changes),
            )
            for cell in range(cells)
        ]
    )
    limits = [
        LinearConstraint(
            hstack([block_diag([sums] * pairs), csr_matrix((pairs * sums.shape[0], cells))]), 0, 0
        ),
        LinearConstraint(hstack([every, -own @ over]), -np.inf, 0),
        LinearConstraint(hstack([-every, -own @ under]), -np.inf, 0),
        LinearConstraint(hstack([apart, -float(THRESHOLD) * eye]), 0, np.inf),
    ]
    low = np.concatenate((np.full(changes, -np.inf), first.astype(float)))
    high = np.concatenate((np.full(changes, np.inf), (first | (table.values > 0)).astype(float)))
    found = milp(
        np.concatenate((np.zeros(changes), np.ones(cells))),
        constraints=limits,
        bounds=Bounds(low, high),
        integrality=np.concatenate((np.zeros(changes), np.ones(cells))),
    )
    assert found.success, found.message
    return round(found.fun)


@pytest.mark.parametrize("seed", range(12))
def test_hidden_cells_are_at_most_half_as_many_again_as_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = table_of(rng.poisson(rng.gamma(2, 5, size=(3, 3))))
    table = replace(table, cost=np.where(table.values > 0, 1.0, 1000.0))
    first = small_or_alone(table.values, table.sums, THRESHOLD)
    hidden = hide(table, first)
    best = fewest(table, first)
    assert best <= hidden.sum() <= TIMES * best
