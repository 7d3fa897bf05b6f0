"""Adapters of the families answered by small Markov chains: C, D (phases), E, H, I, K, N, Q."""

from collections.abc import Callable
from typing import Any

from forecasting.errors import UsageError
from planning.blocking_chain import BlockingChain
from planning.day_chain import DayChain
from planning.erlang import SteadyState
from planning.fewest import fewest
from planning.loss_chain import LossChain, World
from planning.policy import Discipline
from planning.seasons_chain import SeasonChain, Segment
from tests.oracle.cases_of import around, sizes, stay

Case = dict[str, Any]


def alone(rate: float, mean: float, target: float) -> int:
    return SteadyState(rate, mean, Discipline.LOST).required(target)


def by_places(levels: Callable[[int], float], places: int) -> dict[str, float]:
    return {str(c): levels(c) for c in around(places)}


def season(given: Case) -> Case:
    segments = tuple(Segment(s["days"], s["rate_per_day"]) for s in given["rate_segments"])
    law = stay(given["los_days"])

    def at(places: int) -> SeasonChain:
        return SeasonChain(places, segments, law)

    places = fewest(lambda c: at(c).service_level, given["target"])
    found = at(places)
    days = sum(s.days for s in segments)
    return {
        "required_places": places,
        "service_level_by_places": by_places(lambda c: at(c).service_level, places),
        "required_if_pattern_ignored": alone(found.referrals / days, law.mean, given["target"]),
        "referrals_per_year": found.referrals,
        "expected_breaches_per_year": found.refused,
        "share_of_time_full": found.time_full,
        "mean_occupied_by_segment": found.occupied.tolist(),
    }


def phases(given: Case) -> Case:
    switch = tuple(tuple(row) for row in given["switch_rates_per_day"])
    world, law = World.phases(tuple(given["phase_rates_per_day"]), switch), stay(given["los_days"])

    def at(places: int) -> LossChain:
        return LossChain(places, world, law)

    places = fewest(lambda c: at(c).service_level, given["target"])
    rate = at(places).chain.mean(at(places).referred)
    return {
        "required_places": places,
        "service_level_by_places": by_places(lambda c: at(c).service_level, places),
        "mean_rate_per_day": rate,
        "required_if_constant_rate": alone(rate, law.mean, given["target"]),
        "share_of_time_full": at(places).time_full,
    }


def together(given: Case) -> Case:
    law, rate = stay(given["los_days"]), given["event_rate_per_day"]
    chances = sizes(given["children_per_event"])

    def at(places: int) -> LossChain:
        return LossChain(places, World.steady(rate), law, chances)

    places = fewest(lambda c: at(c).service_level, given["target"])
    found = at(places)
    children = found.chain.mean(found.referred)
    return {
        "required_places": places,
        "service_level_by_places": by_places(lambda c: at(c).service_level, places),
        "offered_load": children * law.mean,
        "required_if_single_referrals": alone(children, law.mean, given["target"]),
        "share_of_events_with_a_breach": found.events_with_breach,
        "share_of_time_full": found.time_full,
    }


def blocked(given: Case) -> Case:
    asked = BlockingChain(
        places=given.get("acute_places", 0),
        fed_places=given["treatment_places"],
        rate=given["acute_rate_per_day"],
        mean_stay=exponential(given["acute_los_days"]),
        onward_share=given["to_treatment_probability"],
        fed_rate=given["planned_treatment_rate_per_day"],
        fed_mean_stay=exponential(given["treatment_los_days"]),
    )
    return exchange(asked) if "acute_places" in given else acute_places(asked, given["target"])


def exponential(los: Case) -> float:
    law = stay(los)
    if law.shape != "exponential":
        raise UsageError(f"no chain for {law.shape} stays.")
    return law.mean


def exchange(asked: BlockingChain) -> Case:
    acute = asked.with_places(asked.places + 1)
    treatment = asked.with_places(asked.places, asked.fed_places + 1)
    return {
        "acute_breaches_per_year": asked.breaches_a_year,
        "with_one_more_acute": acute.breaches_a_year,
        "with_one_more_treatment": treatment.breaches_a_year,
        "treatment_place_worth_in_acute_places": asked.exchange_rate,
        "planned_breaches_per_year": asked.fed_breaches_a_year,
        "planned_breaches_with_one_more_treatment": treatment.fed_breaches_a_year,
    }


def acute_places(asked: BlockingChain, target: float) -> Case:
    places = asked.required(target)
    if places is None:
        many = [asked.with_places(c).service_level for c in (40, 80, 160)]
        return {
            "required_acute_places": None,
            "feasible": False,
            "service_level_ceiling": asked.ceiling,
            "service_level_with_40_80_160_acute_places": many,
        }
    found, fed = asked.with_places(places), asked.fed_places
    return {
        "required_acute_places": places,
        "service_level_by_acute_places": by_places(
            lambda c: asked.with_places(c).service_level, places
        ),
        "required_if_blocking_ignored": alone(asked.rate, asked.mean_stay, target),
        "required_acute_by_treatment_places": {
            str(n): asked.with_places(0, n).required(target)
            for n in (fed - 1, fed, fed + 1, fed + 2, fed + 4)
        },
        "mean_waiting_in_acute": found.waiting,
        "effective_acute_los_days": found.stay_with_waiting,
        "treatment_direct_blocking": found.fed_blocked,
        "mean_wait_per_transfer_days": found.wait_per_transfer,
    }


def houses(given: Case) -> Case:
    law, rate = stay(given["los_days"]), given["referral_rate_per_day"]
    world = World.houses(
        rate,
        houses=given["units"],
        size=given["places_per_unit"],
        closing=given["closing_rate_per_day"],
        days_closed=given["mean_days_closed"],
    )

    def at(places: int) -> LossChain:
        return LossChain(places, world, law)

    places = fewest(lambda c: at(c).service_level, given["target"])
    return {
        "required_places": places,
        "service_level_by_places": by_places(lambda c: at(c).service_level, places),
        "required_without_outages": alone(rate, law.mean, given["target"]),
        "mean_open_places": at(places).open_places,
    }


def short_horizon(given: Case) -> Case:
    law, now = stay(given["los_days"]), given["residents_now"]
    world = World.steady(given["referral_rate_per_day"])

    def level(places: int) -> float:
        return LossChain(places, world, law, start=now).horizon(given["horizon_days"])

    places = fewest(level, given["target"])
    return {
        "required_places": places,
        "service_level_by_places": by_places(level, places),
        "required_in_steady_state": alone(world.rate[0], law.mean, given["target"]),
    }


def day_grid(given: Case) -> Case:
    daily, mean = tuple(given["daily_count_pmf"]), given["los_nights"]["mean"]

    def at(places: int) -> DayChain:
        return DayChain(places, daily, mean)

    places = fewest(lambda c: at(c).service_level, given["target"])
    return {
        "required_places": places,
        "service_level_by_places": by_places(lambda c: at(c).service_level, places),
        "share_of_evenings_full": at(places).evenings_full,
        "continuous_time_erlang_b_requirement": alone(
            at(places).mean_referrals, mean, given["target"]
        ),
    }


def quiet_year(given: Case) -> Case:
    law, days = stay(given["los_days"]), given["days"]
    world = World.steady(given["referral_rate_per_day"])

    def at(places: int) -> LossChain:
        return LossChain(places, world, law)

    def quiet(places: int) -> float:
        return float(at(places).breach_counts(days, 0)[0])

    places = fewest(quiet, given["target_probability"])
    found = at(places)
    return {
        "required_places": places,
        "probability_no_breach_by_places": by_places(quiet, places),
        "breach_count_pmf": found.breach_counts(days, 5).tolist(),
        "expected_breaches_per_year": found.breaches(days),
        "service_level": found.service_level,
        "if_breaches_were_poisson": found.quiet_if_poisson(days),
    }
