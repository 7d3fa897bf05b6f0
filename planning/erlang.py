"""Closed forms for places without a queue: the calculator behind "what if" questions.

They hold in steady state for Poisson referrals. The simulation of `flow` is checked against
them, and they give it a place to start.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from forecasting.errors import UsageError
from planning.policy import Discipline

# Comparisons with a target allow this much for rounding.
EXACT = 1e-12


def blocking(load: float, places: int) -> NDArray[np.float64]:
    """Erlang's loss formula B(c, a) for every c from 0 to `places`. [c]

    Share of referrals that find no place when those are lost; `load` a = rate x mean stay.
    Recursion of Erlang (1917): B(c) = a B(c-1) / (c + a B(c-1)). Holds for any law of stay.
    """
    if not load >= 0:
        raise UsageError(f"a load of {load} places.", fix="Use 0 or more.")
    shares = np.ones(places + 1)
    for c in range(1, places + 1):
        carried = load * shares[c - 1]
        shares[c] = carried / (c + carried)
    return shares


def place_use(load: float, places: int) -> NDArray[np.float64]:
    """Share of time that place j is taken when the lowest free one is used. [place]

    u_j = a (B(j-1) - B(j)): each further place carries what one place fewer would refuse.
    """
    shares = blocking(load, places)
    return np.asarray(load * (shares[:-1] - shares[1:]))


def unmet(load: float, places: int, *, discipline: Discipline, lost_share: float) -> float:
    """Share of referrals that find no place at once, in steady state.

    LOST: Erlang B. OVERFILL: P(Poisson(a) >= c). WAIT and MIXED (exponential stays):
    B / (1 - (1 - q) (a / c) (1 - B)) with q = `lost_share`, which is Erlang C at q = 0; 1
    where the places can never catch up with those who wait.
    """
    b = float(blocking(load, places)[-1])
    match discipline:
        case Discipline.LOST:
            return b
        case Discipline.OVERFILL:
            return float(poisson.sf(places - 1, load))
        case Discipline.WAIT | Discipline.MIXED:
            q = lost_share if discipline is Discipline.MIXED else 0.0
            if load == 0:
                return 1.0 if places == 0 else 0.0
            if places == 0 or (q == 0 and load >= places):
                return 1.0
            return min(1.0, b / (1 - (1 - q) * (load / places) * (1 - b)))


def fewest_places(unmet_share: Callable[[int], float], *, level: float) -> int:
    """Fewest places whose offered share, 1 - unmet_share(c), reaches the level (below 1)."""
    if not 0 <= level < 1:
        raise UsageError(f"a level of {level}.", fix="Use a share from 0 to below 1.")
    high = 1
    while 1 - unmet_share(high) < level - EXACT:
        high *= 2
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        if 1 - unmet_share(middle) >= level - EXACT:
            high = middle
        else:
            low = middle
    return high
