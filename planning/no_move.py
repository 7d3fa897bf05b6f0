"""Places of several tiers where children stay where they are placed, in steady state.

Places are numbered in the order of the tiers and the lowest free one is always used, so each
place's own use is Erlang's, whatever its tier (planner.md, section 1 "Which tier holds which
place"); a dynamic programme over place number and tier is then exact.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError, UsageError
from planning.checks import require_amounts, require_shares
from planning.erlang import blocking, place_use
from planning.fewest import EXACT
from planning.portfolio import Tier


@dataclass(frozen=True)
class Staircase:
    """The question: whole places per tier so that enough referrals get a place at once.

    `tiers` stand in the order in which they are filled; a child for whom all are full is
    bought a spot place with chance `spot_found` (`spot_price` a day), else costs
    `unplaced_cost` a day, for its whole stay.
    """

    tiers: tuple[Tier, ...]
    load: float
    spot_price: float
    unplaced_cost: float
    spot_found: float
    target: float

    def __post_init__(self) -> None:
        if not self.tiers:
            raise UsageError("no tiers.", fix="Give one or more.")
        require_amounts(
            load=self.load, spot_price=self.spot_price, unplaced_cost=self.unplaced_cost
        )
        require_shares(spot_found=self.spot_found, target=self.target)

    @cached_property
    def _refused(self) -> NDArray[np.float64]:
        return blocking(self.load, sum(tier.most for tier in self.tiers))

    def committed_share(self, places: int) -> float:
        """Share of referrals that get one of the places at once."""
        return float(1 - self._refused[places])

    def offered_share(self, places: int) -> float:
        """The same with spot places."""
        committed = self.committed_share(places)
        return committed + (1 - committed) * self.spot_found

    def cost(self, split: tuple[int, ...]) -> float:
        """Mean cost a day, in NOK, of so many places of each tier, within its most."""
        held = len(split) == len(self.tiers) and all(
            0 <= n <= tier.most for n, tier in zip(split, self.tiers, strict=True)
        )
        if not held:
            raise UsageError(f"places {split}.", fix="Give 0 to the most of each tier.")
        refused = self.load * float(self._refused[sum(split)])
        outside = self.spot_found * self.spot_price + (1 - self.spot_found) * self.unplaced_cost
        fixed = sum(n * tier.fixed for n, tier in zip(split, self.tiers, strict=True))
        used = sum(
            u * n * tier.used for u, n, tier in zip(self.use(split), split, self.tiers, strict=True)
        )
        return float(fixed + used + refused * outside)

    def use(self, split: tuple[int, ...]) -> tuple[float, ...]:
        """Mean share of time that the places of each tier are in use; 0 where there are none."""
        own = np.concatenate([[0.0], np.cumsum(place_use(self.load, sum(split)))])
        ends = np.cumsum(split)
        return tuple(
            float((own[end] - own[end - n]) / n) if n else 0.0
            for n, end in zip(split, ends, strict=True)
        )

    def best(self) -> tuple[int, ...]:
        """The cheapest places of each tier that reach the target."""
        most = sum(tier.most for tier in self.tiers)
        used = np.concatenate([[0.0], np.cumsum(place_use(self.load, most))])
        cost, chosen = np.full(most + 1, inf), []
        cost[0] = 0.0
        for tier in self.tiers:
            cost, taken = _with_tier(cost, used, tier)
            chosen.append(taken)
        outside = self.spot_found * self.spot_price + (1 - self.spot_found) * self.unplaced_cost
        cost = cost + self.load * self._refused * outside
        cost[1 - self._refused < self.target - EXACT] = inf
        # Among plans of equal cost the one with most places.
        places = most - int(np.argmin(cost[::-1]))
        if cost[places] == inf:
            raise ComputationError(
                f"{most} places, all that the limits allow, place {1 - self._refused[-1]:.4f} of "
                f"the referrals, not {self.target}.",
                fix="Raise the limits of the tiers, or lower the target.",
            )
        split: list[int] = []
        for taken in reversed(chosen):
            split.insert(0, int(taken[places]))
            places -= split[0]
        return tuple(split)


def _with_tier(
    cost: NDArray[np.float64], used: NDArray[np.float64], tier: Tier
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Least cost of the first j places when this tier follows, and how many are its. [j]"""
    best, taken = np.full(len(cost), inf), np.zeros(len(cost), np.int64)
    for count in range(tier.least, tier.most + 1):
        before = cost[: len(cost) - count]
        here = before + count * tier.fixed + tier.used * (used[count:] - used[: len(before)])
        better = here < best[count:]
        best[count:][better] = here[better]
        taken[count:][better] = count
    return best, taken
