"""Numbers of a sum with hidden parts, about as coarse as what one child changes in them.

One exact number of such a sum is proved to tell little (today.py). Cost, risk and curve are many,
and each weighs the hidden children in its own way: exact, they would be as many equations.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planning.plan import Ahead, FrontierPoint, Money, Plan, Risk
from reports.facts import AHEAD, Part

# Mean children without a place, and shares of years, are multiples of these.
CHILDREN = 0.2
SHARE = 0.01


def step_nok(plan: Plan) -> float:
    """What costs are a multiple of: about a year of the dearest place in use, as 1, 2 or 5 x 10^k.

    1 without prices.
    """
    prices = plan.prices
    used = [] if prices is None else [prices.of(f).used for f in prices.by_form if f.committed]
    most = plan.days * max(used, default=0.0)
    if most < 1:
        return 1.0
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(power * n for n in (1, 2, 5) if power * n <= most))


def coarse_money(money: Money, step: float) -> Money:
    """Mean and quantiles as multiples of the step."""
    return Money(*(to_step(value, step) for value in (money.mean, money.low, money.high)))


def coarse_risk(risk: Risk) -> Risk:
    """Children, and shares of years; the share offered follows from the children."""
    # Never none where some are expected.
    few = CHILDREN if risk.not_offered_mean > 0 else 0.0
    mean = max(to_step(risk.not_offered_mean, CHILDREN), few)
    return replace(
        risk,
        offered_share=coarse_share(mean, risk.to_meet),
        # One digit.
        standard_error=float(f"{risk.standard_error:.1g}"),
        not_offered_mean=mean,
        not_offered_low=float(round(risk.not_offered_low)),
        not_offered_high=float(round(risk.not_offered_high)),
        years_meeting=to_step(risk.years_meeting, SHARE),
        p_none=to_step(risk.p_none, SHARE),
    )


def coarse_share(not_offered: float, to_meet: float) -> float:
    """The share offered that follows from so many children, coarsely, of those to meet."""
    return max(1 - to_step(not_offered, CHILDREN) / to_meet, 0.0) if to_meet else 1.0


def ahead(part: Part, step: float) -> Ahead:
    """The curves of a sum from the recommendation on, and what the recommendation costs.

    Not below it: where other series are left without a place, one could stand alone. What one
    place more costs is less than costs are rounded to.
    """
    at = [part.at_offset(offset) for offset in AHEAD]
    cost = np.full(len(at), np.nan)
    if at[0][2] is not None:
        cost[0] = to_step(at[0][2], step)
    return Ahead(
        part.key,
        AHEAD[0],
        np.array([places for places, _, _ in at], np.int64),
        _all_to(np.array([children for _, children, _ in at]), CHILDREN),
        cost if part.plan.prices else None,
    )


def coarse_frontier(row: FrontierPoint, step: float) -> FrontierPoint:
    """Cost and children of one level."""
    return replace(
        row,
        cost_nok=to_step(row.cost_nok, step),
        not_offered=to_step(row.not_offered, CHILDREN),
        not_offered_efficient=to_step(row.not_offered_efficient, CHILDREN),
    )


def to_step(value: float, step: float) -> float:
    """The nearest multiple of the step."""
    return float(_all_to(np.array(value), step))


def _all_to(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    return np.asarray(step * np.round(values / step))
