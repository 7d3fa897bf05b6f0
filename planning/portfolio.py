"""Places of several tiers for given demand scenarios, at least cost (two-stage programme).

Places are chosen before it is known which scenario comes; each scenario's children are then
spread over them at least cost (re-dispatch), which no real plan can do, since children stay
where they are: the answer is a bound. The plan in which children stay is in `no_move.py`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp

from forecasting.errors import ComputationError, UsageError
from planning.checks import require_amounts, require_shares

# Among plans of equal cost the one with most places: a place that costs nothing may help.
_TIE_NOK = 1e-5


@dataclass(frozen=True)
class Tier:
    """A form of places: NOK per place and day, used or not; per used place and day; limits."""

    name: str
    fixed: float
    used: float
    least: int
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise UsageError(
                f"{self.name}: from {self.least} to {self.most} places.",
                fix="Give limits of 0 or more, the lower one first.",
            )
        require_amounts(**{f"fixed price of {self.name}": self.fixed})
        require_amounts(**{f"used price of {self.name}": self.used})


@dataclass(frozen=True)
class Scenarios:
    """Days that may come: chance, children, usable share of each tier, most spot places."""

    chance: NDArray[np.float64]  # [scenario]
    children: NDArray[np.float64]  # [scenario]
    availability: NDArray[np.float64]  # [scenario, tier]
    most_spot: NDArray[np.float64]  # [scenario]

    def __post_init__(self) -> None:
        count = len(self.chance)
        if not count == len(self.children) == len(self.availability) == len(self.most_spot):
            raise UsageError(
                f"{count} chances, {len(self.children)} numbers of children, "
                f"{len(self.availability)} availabilities, {len(self.most_spot)} limits of spot.",
                fix="Give one of each for every scenario.",
            )
        for values, most, what in (
            (self.children, inf, "children"),
            (self.most_spot, inf, "spot places"),
            (self.availability, 1 + 1e-5, "availability"),  # means of shares round
        ):
            if not ((values >= 0) & (values <= most)).all():
                raise UsageError(f"{what} {values}.", fix="Give 0 or more; a share at most 1.")
        if not (count and abs(self.chance.sum() - 1) <= 1e-5 and (self.chance >= 0).all()):
            raise UsageError(
                f"the chances of {len(self.chance)} scenarios add up to {self.chance.sum():g}.",
                fix="Give chances from 0 to 1 that add up to 1.",
            )

    @property
    def mean(self) -> "Scenarios":
        """The one scenario in which everything is as it is on average."""
        weight = self.chance / self.chance.sum()
        return Scenarios(
            np.ones(1),
            np.array([weight @ self.children]),
            (weight @ self.availability)[None, :],
            np.array([weight @ self.most_spot]),
        )


class Rule(StrEnum):
    """What the target holds for: children (share of them placed) or days (share without breach)."""

    CHILDREN = "share"
    DAYS = "days"


@dataclass(frozen=True)
class Spread:
    """What a choice of places gives: mean cost a day, and means over scenarios."""

    places: tuple[int, ...]
    cost: float
    unplaced_share: float
    days_with_unplaced: float
    used: NDArray[np.float64]  # [tier]
    spot: float


@dataclass(frozen=True)
class Portfolio:
    """The question: which places of each tier, for these scenarios, prices and target.

    `unplaced_cost` is per child and day and above every price: a child is left without a
    place only where nothing is usable. Without `rule` no target holds.
    """

    tiers: tuple[Tier, ...]
    scenarios: Scenarios
    spot_price: float
    unplaced_cost: float
    rule: Rule | None = None
    target: float | None = None

    def __post_init__(self) -> None:
        if (self.rule is None) != (self.target is None):
            raise UsageError(f"rule {self.rule} with target {self.target}.", fix="Give both.")
        if self.target is not None:
            require_shares(target=self.target)
        require_amounts(spot_price=self.spot_price, unplaced_cost=self.unplaced_cost)
        asked = self.scenarios.availability.shape[1]
        if not len(self.tiers) == asked > 0:
            raise UsageError(
                f"{len(self.tiers)} tiers and the availability of {asked}.",
                fix="Give one or more tiers, and the availability of each.",
            )

    def best(self) -> Spread:
        """The cheapest whole places (mixed-integer programme, HiGHS)."""
        asked, forms = self._asked, len(self.tiers)
        whole, ties = np.zeros(len(asked.cost)), np.zeros(len(asked.cost))
        whole[:forms], ties[:forms] = 1, _TIE_NOK
        if self.rule is Rule.DAYS:
            whole[-len(self.scenarios.chance) :] = 1
        children = self.scenarios.children
        found = milp(
            asked.cost - ties,
            constraints=[
                LinearConstraint(asked.everyone, children, children),
                LinearConstraint(asked.most, -inf, asked.room),
            ],
            bounds=Bounds(asked.lower, asked.upper),
            integrality=whole,
            options={"mip_rel_gap": 0.0},
        )
        if found.x is None:
            raise _unreachable(self.target, found.message)
        return self.spread(tuple(round(x) for x in found.x[:forms]))

    @cached_property
    def _relaxed(self) -> OptimizeResult:
        asked = self._asked
        found = linprog(
            asked.cost,
            A_ub=asked.most,
            b_ub=asked.room,
            A_eq=asked.everyone,
            b_eq=self.scenarios.children,
            bounds=np.column_stack([asked.lower, asked.upper]),
        )
        if found.x is None:
            raise _unreachable(self.target, found.message)
        return found

    @property
    def bound(self) -> float:
        """Least cost if places could be bought in parts: no plan is cheaper (linear programme)."""
        return float(self._relaxed.fun)

    @property
    def price_of_target(self) -> float:
        """What the target costs in the bound: NOK per child-day without a place avoided."""
        if self.rule is not Rule.CHILDREN:
            raise UsageError("no target on the share of children.", fix="Use rule 'share'.")
        return float(-self._relaxed.ineqlin.marginals[-1] * self._asked.scale)

    def mean_value(self) -> Spread:
        """What the plan made for the average day gives on the scenarios."""
        return self.spread(replace(self, scenarios=self.scenarios.mean).best().places)

    def spread(self, places: tuple[int, ...]) -> Spread:
        """What these places give: each day's children go to the cheapest usable place."""
        if len(places) != len(self.tiers) or min(places) < 0:
            raise UsageError(f"places {places}.", fix="Give 0 or more of each tier.")
        days, left = self.scenarios, self.scenarios.children.astype(float)
        room = np.column_stack([places * days.availability, days.most_spot])  # [scenario, option]
        price = np.array([*(tier.used for tier in self.tiers), self.spot_price])
        used = np.zeros_like(room)
        for option in np.argsort(price, kind="stable"):
            used[:, option] = np.minimum(left, room[:, option])
            left -= used[:, option]
        mean_used, unplaced = days.chance @ used, float(days.chance @ left)
        children = float(days.chance @ days.children)
        fixed = float(np.dot(places, [tier.fixed for tier in self.tiers]))
        return Spread(
            places=places,
            cost=fixed + float(mean_used @ price) + unplaced * self.unplaced_cost,
            unplaced_share=unplaced / children if children else 0.0,
            days_with_unplaced=float(days.chance @ (left > 1e-9)),
            used=mean_used[:-1],
            spot=float(mean_used[-1]),
        )

    @cached_property
    def _asked(self) -> "_Programme":
        return _programme(self)


@dataclass(frozen=True)
class _Programme:
    """Columns: places; then by scenario: used of each tier, spot, unplaced, unplaced at all.

    `most` x <= `room`, the target as its last row, multiplied by `scale`.
    """

    cost: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    everyone: sparse.csr_array
    most: sparse.csr_array
    room: NDArray[np.float64]
    scale: float


def _programme(asked: Portfolio) -> _Programme:
    tiers, days = asked.tiers, asked.scenarios
    count, forms = len(days.chance), len(tiers)
    none = sparse.csr_array((count, forms))
    one, blank = sparse.identity(count), sparse.csr_array((count, count))
    rows = [
        sparse.hstack(
            [_held(days, i), *[one if j == i else blank for j in range(forms)], *[blank] * 3]
        )
        for i in range(forms)
    ]
    most_children = sparse.diags(-np.maximum(days.children, 1.0))
    rows.append(sparse.hstack([none, *[blank] * (forms + 1), one, most_children]))
    row, right, scale = _target(asked)
    lower, upper = np.zeros(len(row)), np.full(len(row), inf)
    lower[:forms], upper[:forms] = [t.least for t in tiers], [t.most for t in tiers]
    upper[-3 * count : -2 * count], upper[-count:] = days.most_spot, 1
    return _Programme(
        cost=np.concatenate(
            [
                [tier.fixed for tier in tiers],
                np.outer([tier.used for tier in tiers], days.chance).ravel(),
                days.chance * asked.spot_price,
                days.chance * asked.unplaced_cost,
                np.zeros(count),
            ]
        ),
        lower=lower,
        upper=upper,
        everyone=sparse.hstack([none, *[one] * (forms + 2), blank], format="csr"),
        most=sparse.vstack([*rows, sparse.csr_array(row[None, :])], format="csr"),
        room=np.append(np.zeros(count * (forms + 1)), right),
        scale=scale,
    )


def _held(days: Scenarios, tier: int) -> sparse.csr_array:
    """Minus the usable places of the tier in each scenario, by places of each tier."""
    count, forms = days.availability.shape
    at = (np.arange(count), np.full(count, tier))
    return sparse.csr_array((-days.availability[:, tier], at), shape=(count, forms))


def _target(asked: Portfolio) -> tuple[NDArray[np.float64], float, float]:
    """The target as a row, its right side and its scale (solvers' tolerance is absolute)."""
    days, count = asked.scenarios, len(asked.scenarios.chance)
    row = np.zeros(len(asked.tiers) + count * (len(asked.tiers) + 3))
    if asked.rule is None or asked.target is None:
        return row, 0.0, 1.0
    if asked.rule is Rule.CHILDREN:
        row[-2 * count : -count] = days.chance
        right = (1 - asked.target) * float(days.chance @ days.children)
    else:
        row[-count:] = days.chance
        right = 1 - asked.target
    scale = 1 / max(right, 1e-6)
    return row * scale, right * scale, scale


def _unreachable(target: float | None, why: str) -> ComputationError:
    return ComputationError(
        f"no choice of places reaches the target {target} (the solver says: {why}).",
        fix="Raise the limits of the tiers, or lower the target.",
    )
