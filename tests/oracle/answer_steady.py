"""Adapters of the families with closed forms: A, B, D (but phases), F, G (alone), R."""

from functools import cache
from typing import Any

from forecasting.errors import ComputationError
from forecasting.streams import Streams
from planning.erlang import SteadyState, blocking, frontier, place_use
from planning.fewest import fewest
from planning.policy import Discipline
from planning.region_chain import Regions, SharedChain
from planning.simulated import SimulatedHome, SimulatedRegions
from planning.sized_children import Fairness, SizedChildren
from planning.stay_shapes import Shape
from planning.uncertain_rate import UncertainRate
from tests.oracle.cases_of import around, stay

Case = dict[str, Any]


def steady_state(given: Case, discipline: str | None = None) -> SteadyState:
    return SteadyState(
        rate=given["referral_rate_per_day"],
        mean_stay=stay(given["los_days"]).mean,
        discipline=Discipline(discipline or given["discipline"]),
        spot_found=given.get("spot_found", 0.5),
        within_days=given.get("within_days", 0),
    )


def stationary(given: Case) -> Case:
    state, target = steady_state(given), given["target"]
    places = state.required(target)
    unmet = state.unmet(places)
    around = range(max(0, places - 2), places + 3)
    return {
        "required_places": places,
        "service_level_by_places": {str(c): 1 - state.unmet(c) for c in around},
        "offered_load": state.load,
        "mean_occupied": state.load * (1 - unmet),
        "utilisation": state.load * (1 - unmet) / places if places else 0.0,
        "expected_breaches_per_year": 365 * state.rate * unmet,
        "share_of_time_with_a_free_place": 1 - float(blocking(state.load, places)[-1]),
        "place_utilisation": place_use(state.load, places).tolist(),
    }


def disciplines(given: Case) -> Case:
    state, target = steady_state(given), given["target"]
    waits = state.discipline in (Discipline.WAIT, Discipline.MIXED)
    if waits and stay(given["los_days"]).shape is not Shape.EXPONENTIAL:
        return waiting(given, state)
    places = state.required(target)
    names = ["lost", given["discipline"], "wait"]
    plain = {**given, "within_days": 0}
    return {
        "required_places": places,
        "service_level_by_places": {
            str(c): 1 - state.unmet(c) for c in range(max(0, places - 2), places + 3)
        },
        "bracket": {name: steady_state(plain, name).required(target) for name in names},
    }


def waiting(given: Case, state: SteadyState) -> Case:
    """By simulation: who waits is no matter of the mean stay alone."""
    home = SimulatedHome.steady(state.rate, stay(given["los_days"]), Streams(1))
    spot = state.spot_found if state.discipline is Discipline.MIXED else 0.0

    @cache
    def level(places: int) -> tuple[float, float]:
        return home.level_waiting(places, spot_found=spot, within_days=state.within_days)

    places = fewest(lambda c: level(c)[0], given["target"], near=int(state.load))
    return {
        "required_places": places,
        "service_level_by_places": {str(c): level(c)[0] for c in around(places)},
        "se": max(level(c)[1] for c in around(places)),
    }


def uncertain(given: Case) -> Case:
    asked = UncertainRate(given["rate_mean_per_day"], given["rate_cv"], given["los_mean_days"])
    target = given["target"]
    if "confidence" in given:
        places = asked.required_with(target, confidence=given["confidence"])
        chances = asked.confidence(places + 2, target)
        return {
            "required_places": places,
            "confidence_by_places": {str(c): float(chances[c]) for c in around(places)},
        }
    places = asked.required(target)
    refused = asked.refused(places + 2)
    return {
        "required_places": places,
        "service_level_by_places": {str(c): float(1 - refused[c]) for c in around(places)},
        "required_if_uncertainty_ignored": asked.known.required(target),
        "occupancy_unlimited": {
            "mean": asked.load,
            "variance": asked.load_variance,
            "law": "negative binomial",
        },
    }


def sized(given: Case) -> Case:
    asked = SizedChildren(
        tuple(given["referral_rates_per_day"]),
        tuple(given["los_mean_days"]),
        tuple(given["places_per_child"]),
    )
    fairness = Fairness(given["rule"])
    places = asked.required(given["target"], fairness)
    levels = asked.service_levels(places + 2, fairness)
    return {
        "required_places": places,
        "service_level_by_places": {str(c): float(levels[c]) for c in around(places)},
        "blocking_by_class": asked.blocking(places)[places].tolist(),
        "required_if_sizes_ignored": asked.required_if_one_each(given["target"]),
    }


def budget_frontier(given: Case) -> Case:
    steps = frontier(
        SteadyState(given["referral_rate_per_day"], given["los_mean_days"], Discipline.LOST),
        given["places_from"],
        given["places_to"],
        place_cost=given["place_cost_per_year"],
    )
    return {
        "frontier": [
            {
                "places": step.places,
                "service_level": step.offered_share,
                "breaches_per_year": step.missed_a_year,
                "next_place_avoids_breaches": step.next_avoids,
                "cost_per_avoided_breach": step.cost_per_avoided,
                "cost_per_percentage_point": step.cost_per_point,
                "utilisation_of_next_place": step.next_use,
            }
            for step in steps
        ]
    }


def regions(given: Case) -> Case:
    mean = given.get("los_mean_days")
    own = Regions(
        tuple(given["referral_rates_per_day"]),
        stay(given["los_days"]).mean if mean is None else mean,
    )
    if "extra_places" in given:
        return where_to_add(given, own)
    if "caps" not in given:
        required, pooled = own.required(given["target"]), own.required_pooled(given["target"])
        return {
            "required_by_region": list(required),
            "required_separate_total": sum(required),
            "required_pooled": pooled,
            "price_of_proximity_places": own.price_of_proximity(given["target"]),
        }
    caps = tuple(given["caps"])
    return standby(given, own, caps) if "target" in given else mutual(given, own, caps)


def where_to_add(given: Case, own: Regions) -> Case:
    now, extra = tuple(given["places_now"]), given["extra_places"]
    plans = {
        "fewest_breaches": own.fewest_breaches(now, extra),
        "most_equal": own.most_equal(now, extra),
    }
    return {
        name: {
            "places": list(places),
            "breaches_per_year": own.breaches(places),
            "worst_region_service_level": float(1 - own.refused(places).max()),
        }
        for name, places in plans.items()
    } | {"breaches_per_year_now": own.breaches(now)}


def mutual(given: Case, own: Regions, caps: tuple[int, ...]) -> Case:
    pooled = float(blocking(sum(own.rates) * own.mean_stay, sum(caps))[-1])
    shared, error = sharing(given, own, caps)
    return {
        "breach_share": shared.refused_share,
        "own_region_share_of_referrals": shared.at_home.tolist(),
        "placed_away_share_of_placed": shared.away_share,
        "separate_breach_share": own.refused(caps).tolist(),
        "one_pool_breach_share": pooled,
        **error,
    }


def sharing(
    given: Case, own: Regions, caps: tuple[int, ...], standby: int | None = None
) -> tuple[SharedChain | SimulatedRegions, dict[str, float]]:
    """Exactly where the stays are exponential and the chain small, else by simulation."""
    help_each_other = standby is None
    exact = SharedChain(own, caps, standby or 0, help=help_each_other)
    law = stay(given["los_days"])
    try:
        if law.shape is Shape.EXPONENTIAL and exact.chain:
            return exact, {}
    except ComputationError:
        pass
    found = SimulatedRegions(own, caps, law, Streams(1), standby or 0, help=help_each_other)
    return found, {"se": found.error}


def standby(given: Case, own: Regions, caps: tuple[int, ...]) -> Case:
    target = given["target"]

    @cache
    def worst(number: int) -> float:
        return float(1 - sharing(given, own, caps, number)[0].refused.max())

    needed = fewest(worst, target)
    shared, error = sharing(given, own, caps, needed)
    alone = [n - cap for n, cap in zip(own.required(target), caps, strict=True)]
    return {
        "required_standby": needed,
        "worst_region_service_level_by_standby": {str(n): worst(n) for n in around(needed)},
        "breach_share_by_region": shared.refused.tolist(),
        "share_of_referrals_to_standby": shared.standby_share,
        "standby_mean_occupied": shared.standby_occupied,
        "required_if_standby_is_regional": [max(0, n) for n in alone],
        "saved_by_sharing": sum(max(0, n) for n in alone) - needed,
        **error,
    }
