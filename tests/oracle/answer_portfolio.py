"""Adapters of the portfolios: J, and L where paths are turned into demand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.no_move import Staircase
from planning.portfolio import Portfolio, Rule, Scenarios, Tier

Case = dict[str, Any]


def tiers(given: Case) -> tuple[Tier, ...]:
    return tuple(Tier(t["name"], t["fixed"], t["var"], t["lo"], t["hi"]) for t in given["tiers"])


def portfolio(given: Case) -> Case:
    if "scenarios" not in given:
        return stays_put(given)
    rows, forms = given["scenarios"], tiers(given)
    asked = asked_of(
        given,
        Scenarios(
            np.array([row["p"] for row in rows]),
            np.array([row["demand"] for row in rows], dtype=float),
            np.array([[row["avail"].get(tier.name, 1.0) for tier in forms] for row in rows]),
            np.array([row["spot_max"] for row in rows], dtype=float),
        ),
    )
    best, mean = asked.best(), asked.mean_value()
    used = dict(zip((tier.name for tier in forms), best.used.tolist(), strict=True))
    answer = {
        "optimal_cost_per_day": best.cost,
        "optimal_plans": [named(forms, best.places)],
        "unmet_share": best.unplaced_share,
        "share_of_days_with_unplaced_child": best.days_with_unplaced,
        "mean_used": {**used, "spot": best.spot},
        "lp_bound_cost_per_day": asked.bound,
        "mean_value_plan": named(forms, mean.places),
        "mean_value_plan_cost_per_day": mean.cost,
        "mean_value_plan_unmet_share": mean.unplaced_share,
    }
    if asked.rule is Rule.CHILDREN:
        answer["lp_price_of_constraint_per_unmet_child_day"] = asked.price_of_target
    return answer


def asked_of(given: Case, scenarios: Scenarios) -> Portfolio:
    return Portfolio(
        tiers(given),
        scenarios,
        given["spot_price"],
        given["breach_cost"],
        Rule(given["rule"]) if given["rule"] else None,
        given["target"] if given["rule"] else None,
    )


def named(forms: tuple[Tier, ...], places: tuple[int, ...]) -> dict[str, int]:
    return dict(zip((tier.name for tier in forms), places, strict=True))


def stays_put(given: Case) -> Case:
    forms = tiers(given)
    asked = Staircase(
        forms,
        given["referral_rate_per_day"] * given["los_mean_days"],
        given["spot_price"],
        given["breach_cost"],
        given["spot_avail"],
        given["target"],
    )
    split = asked.best()
    use = asked.use(split)
    return {
        "optimal_cost_per_day": asked.cost(split),
        "optimal_plans": [named(forms, split)],
        "committed_service_level": asked.committed_share(sum(split)),
        "offered_service_level": asked.offered_share(sum(split)),
        "utilisation_by_tier": dict(zip((tier.name for tier in forms), use, strict=True)),
    }


def of_paths(given: Case, wanted: NDArray[np.int64]) -> Case:
    levels, counts = np.unique(wanted[:, given["stay_nights"] :], return_counts=True)
    certain = np.ones((len(levels), len(given["tiers"])))
    most_spot = np.full(len(levels), float(given["spot_max"]))
    asked = asked_of(
        given, Scenarios(counts / counts.sum(), levels.astype(float), certain, most_spot)
    )
    best = asked.best()
    return {
        "demand_levels": levels.tolist(),
        "demand_counts": counts.tolist(),
        "optimal_cost_per_day": best.cost,
        "optimal_plans": [named(asked.tiers, best.places)],
        "unmet_share": best.unplaced_share,
    }
