"""Adapters of the families answered by small Markov chains: C, D (phases), E, H, I, K, N, Q.

Where a stay law has no phases, or the chain is too large, C, E, H and Q are simulated.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from forecasting.errors import ComputationError, UsageError
from forecasting.streams import Streams
from planning.blocking_chain import BlockingChain
from planning.day_chain import DayChain
from planning.erlang import SteadyState
from planning.fewest import fewest
from planning.loss_chain import LossChain, World
from planning.policy import Discipline
from planning.region_year import RegionYear
from planning.seasons_chain import SeasonChain, Segment
from planning.simulated import SimulatedHome
from planning.stay_shapes import PHASED, Shape, Stay
from tests.oracle.cases_of import around, sizes, stay

Case = dict[str, Any]
CHILDREN = 1_000_000  # simulated where there is no chain


def alone(rate: float, mean: float, target: float) -> int:
    return SteadyState(rate, mean, Discipline.LOST).required(target)


def by_places(levels: Callable[[int], float], places: int) -> dict[str, float]:
    return {str(c): levels(c) for c in around(places)}


def simulated(home: SimulatedHome, target: float) -> Case:
    places = home.required(target)
    return {
        "required_places": places,
        "service_level_by_places": by_places(home.service_level, places),
        "se": home.error(places),
    }


def season(given: Case) -> Case:
    segments = tuple(Segment(s["days"], s["rate_per_day"]) for s in given["rate_segments"])
    law = stay(given["los_days"])
    try:
        return season_exactly(given, segments, law)
    except (ComputationError, UsageError):
        return simulated(SimulatedHome(segments, law, Streams(1)), given["target"])


def season_exactly(given: Case, segments: tuple[Segment, ...], law: Stay) -> Case:
    @cache
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

    @cache
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
    if law.shape not in PHASED:
        steady = (Segment(365.0, rate),)
        return simulated(SimulatedHome(steady, law, Streams(1), chances), given["target"])

    @cache
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
    law, fed_law = stay(given["acute_los_days"]), stay(given["treatment_los_days"])
    asked = BlockingChain(
        places=given.get("acute_places", 0),
        fed_places=given["treatment_places"],
        rate=given["acute_rate_per_day"],
        mean_stay=law.mean,
        onward_share=given["to_treatment_probability"],
        fed_rate=given["planned_treatment_rate_per_day"],
        fed_mean_stay=fed_law.mean,
    )
    if {law.shape, fed_law.shape} != {Shape.EXPONENTIAL}:
        return blocked_simulated(given, asked, (law, fed_law))
    return exchange(asked) if "acute_places" in given else acute_places(asked, given["target"])


def blocked_simulated(given: Case, asked: BlockingChain, laws: tuple[Stay, Stay]) -> Case:
    """The years of P without season, spread and residents; levels only."""
    year = RegionYear(
        segments=((3650, asked.rate),),
        year_cv=0.0,
        event_sizes=(1.0,),
        stay=laws[0],
        onward_share=asked.onward_share,
        fed_rate=asked.fed_rate,
        fed_stay=laws[1],
        residents=(),
        fed_residents=(),
        days=3650,
        rounds_before=1,
    )
    fed = asked.fed_places
    if "target" in given and asked.ceiling < given["target"]:
        return {
            "required_acute_places": None,
            "feasible": False,
            "service_level_ceiling": asked.ceiling,
        }
    years = year.draw(year.affordable(CHILDREN), Streams(1))
    if "target" not in given:
        now, more = years.given(asked.places, fed), years.given(asked.places + 1, fed)
        return {
            "acute_breaches_per_year": now.missed_a_year / 10,
            "with_one_more_acute": more.missed_a_year / 10,
            "with_one_more_treatment": years.given(asked.places, fed + 1).missed_a_year / 10,
            "se": now.standard_error,
        }
    places = years.required(given["target"], fed_places=fed)
    return {
        "required_acute_places": places,
        "service_level_by_acute_places": by_places(
            lambda c: years.given(c, fed).offered_share, places
        ),
        "required_if_blocking_ignored": alone(asked.rate, asked.mean_stay, given["target"]),
        "se": years.given(places, fed).standard_error,
    }


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
    others = [n for n in (fed - 1, fed, fed + 1, fed + 2, fed + 4) if n >= 0]
    return {
        "required_acute_places": places,
        "service_level_by_acute_places": by_places(
            lambda c: asked.with_places(c).service_level, places
        ),
        "required_if_blocking_ignored": alone(asked.rate, asked.mean_stay, target),
        "required_acute_by_treatment_places": {
            str(n): asked.with_places(0, n).required(target) for n in others
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

    @cache
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

    @cache
    def level(places: int) -> float:
        return LossChain(places, world, law, start=now).horizon(given["horizon_days"])

    places = fewest(level, given["target"])
    return {
        "required_places": places,
        "service_level_by_places": by_places(level, places),
        "required_in_steady_state": alone(world.rate[0], law.mean, given["target"]),
    }


def day_grid(given: Case) -> Case:
    law = stay(given["los_nights"])
    if law.shape is not Shape.GEOMETRIC:
        raise UsageError(f"{law.shape} nights on the day grid.", fix="Use geometric ones.")
    daily, mean = tuple(given["daily_count_pmf"]), given["los_nights"]["mean"]

    @cache
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
    law, days, rate = stay(given["los_days"]), given["days"], given["referral_rate_per_day"]
    world = World.steady(rate)
    if law.shape not in PHASED:
        return quiet_simulated(given, SimulatedHome((Segment(days, rate),), law, Streams(1)))

    @cache
    def at(places: int) -> LossChain:
        return LossChain(places, world, law)

    @cache
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


def quiet_simulated(given: Case, home: SimulatedHome) -> Case:
    places = fewest(home.quiet, given["target_probability"])
    return {
        "required_places": places,
        "probability_no_breach_by_places": by_places(home.quiet, places),
        "service_level": home.service_level(places),
        "se": home.quiet_error(places),
    }
