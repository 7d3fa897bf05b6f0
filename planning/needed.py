"""The places of one or two coupled series: the fewest for the goal, and what limits leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError
from planning.counted import least
from planning.fewest import EXACT
from planning.flow import Chain
from planning.frontier import Throughput
from planning.goal import Goal
from planning.used import Used, Uses
from planning.walks import Side, Walks

# Rounds of sizing two coupled groups in turn; each only moves the other by a place or none.
ROUNDS = 4
# Committed places that there will be where so many are needed, from what any number of them is
# used for (planning/cheapest.py).
Fit = Callable[[int, Callable[[int], Used]], int]


def as_needed(needed: int, used: Callable[[int], Used]) -> int:  # noqa: ARG001 - a Fit
    """Without prices and limits there are the places that are needed."""
    return needed


@dataclass(frozen=True)
class Asked:
    """What is asked of one series: a goal, within limits, or places that are given (`fixed`).

    `least` are the places that there will be whatever is needed, `house` those that come and go
    together at most.
    """

    goal: Goal
    fit: Fit = as_needed
    least: int = 0
    fixed: int | None = None
    house: int = 1


@dataclass(frozen=True)
class Found:
    """Places of the one or two series of a chain: needed for the goal, and chosen within limits."""

    needed: tuple[int, ...]
    chosen: tuple[int, ...]


def find_places(walks: Walks, asked: Sequence[Asked], *, near: Sequence[int]) -> Found:
    """The fewest places that reach the goals, and those that limits leave in their stead.

    Looked for near the numbers given. The first of two coupled groups is sized with the places
    that the fed one will have, not with those that it needs: children wait for places that
    there are. Raises ComputationError where given places of the fed group let too few
    children through.
    """
    if walks.chain.fed_key is None:
        needed, chosen = _first(walks, asked[0], near=near[0], fed_places=0)
        return Found((needed,), (chosen,))
    first, fed = asked
    places, fed_needed = near[0], near[1]
    if fed.fixed is not None:
        _check_ceiling(walks.chain, fed.fixed, first.goal.level)
    else:
        places, fed_needed = _balanced(walks, first, fed, near=near)
    for rounds in count(1):
        fed_chosen = _there(Side(walks, 1, places), fed, fed_needed)
        needed, chosen = _first(walks, first, near=places, fed_places=fed_chosen)
        settled = chosen == places or rounds >= ROUNDS
        places = chosen
        if fed.fixed is not None or fed_chosen < fed_needed:
            came = fed_needed  # there are not as many as needed anyway
        else:
            # With the first group's places as they will be more children may come.
            came = least(Side(walks, 1, places), fed.goal, near=fed_needed)
        if came <= fed_needed and settled:
            break
        fed_needed = max(fed_needed, came)
    return Found((needed, fed_needed), (chosen, fed_chosen))


def _check_ceiling(chain: Chain, fed: int, level: float) -> None:
    """No number of places of the first group makes good for too few of the fed one for long."""
    ceiling = Throughput.of(chain.children, len(chain.grid.month)).ceiling(fed)
    if ceiling < level - EXACT:
        raise ComputationError(
            f"{chain.key}: with {fed} places, {chain.fed_key} lets so few children through that "
            f"no number of places offers more than {ceiling:.3f} of the children one in time.",
            fix=f"Give {chain.fed_key} more places, or ask for a level below that.",
        )


def usual(wanted: NDArray[np.int64]) -> int:
    """Places wanted at the end on nine paths in ten: where to start looking. [path, day]"""
    return int(np.quantile(wanted[:, -1], 0.9)) if wanted.size else 0


def _first(walks: Walks, asked: Asked, *, near: int, fed_places: int) -> tuple[int, int]:
    """Needed and chosen places of the first group."""
    if asked.fixed is not None:
        return asked.fixed, asked.fixed
    side = Side(walks, 0, fed_places)
    needed = least(side, asked.goal, near=near)
    return needed, _there(side, asked, needed)


def _there(side: Side, asked: Asked, needed: int) -> int:
    """Places that there will be of one side, where so many are needed."""
    if asked.fixed is not None:
        return asked.fixed
    return asked.fit(needed, Uses(side, max(needed, asked.least)).at)


def _balanced(walks: Walks, first: Asked, fed: Asked, *, near: Sequence[int]) -> tuple[int, int]:
    """Both groups in turn, first the fed one as if the first had places for all.

    That is where to start from, and few paths tell it.
    """
    room = int(np.diff(walks.chain.children.start).max(initial=0))
    given = first.fixed
    places, fed_places = near
    fed_places = least(Side(walks.few, 1, room), fed.goal, near=fed_places)
    for _ in range(ROUNDS):
        places = (
            least(Side(walks, 0, fed_places), first.goal, near=places) if given is None else given
        )
        again = least(Side(walks, 1, places), fed.goal, near=fed_places)
        if again == fed_places:
            break
        fed_places = again
    return places, fed_places
