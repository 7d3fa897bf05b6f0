"""Adapters of the families on drawn or given children: L and P."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.children import Children, Ticks
from planning.fewest import fewest, fewest_lasting
from planning.flow import Chain, years_meeting
from planning.ordered import Ordered, ordered_pass
from planning.pair import NEVER, Pair
from planning.region_year import RegionYear
from tests.oracle.answer_portfolio import of_paths
from tests.oracle.cases_of import around, sizes, stay

Case = dict[str, Any]
KEY = SeriesKey("region", "group")
YEARS, CHILDREN = 20_000, 6_000_000


def trace(given: Case) -> Case:
    if "referrals" in given:
        return one_group(given)
    if "acute_places" in given:
        return two_groups(given)
    if "tiers" in given:
        drawn = fixed_stays(digits(given["paths"]), given["stay_nights"])
        return of_paths(given, drawn.wanted())
    return cells(given) if isinstance(given["paths"], dict) else sample_paths(given)


def one_group(given: Case) -> Case:
    day, nights, needs = np.array(given["referrals"], dtype=np.int64).reshape(-1, 3).T
    chain = Chain(KEY, Children.listed(day, nights, takes=needs), Ticks(given["days"]))
    missed = {c: chain.run(c)[0] for c in range(1, 17)}
    breaches = {str(c): int(found.missed_a_year[0]) for c, found in missed.items()}
    in_order = [found.missed_a_year[0] for found in missed.values()]
    return {
        "breaches_by_places": breaches,
        "place_taken_with_16_places": (chain.taken(16) + 1).tolist(),
        "children_present_unlimited_by_day": chain.wanted()[0].tolist(),
        "required_places_for_95_percent": (fewest_lasting if needs.max(initial=1) > 1 else fewest)(
            lambda c: chain.run(c)[0].offered_share, 0.95
        ),
        "not_monotone": bool((np.diff(in_order) > 0).any()),
    }


def two_groups(given: Case) -> Case:
    day, nights, onward = (
        np.array(given["acute_referrals_day_los_treatlos"], dtype=np.int64).reshape(-1, 3).T
    )
    fed_day, fed_nights = (
        np.array(given["planned_referrals_day_los"], dtype=np.int64).reshape(-1, 2).T
    )
    pair = Pair(
        Children.listed(day, nights, next_nights=onward),
        Children.listed(fed_day, fed_nights),
        Ticks(given["days"]),
    )
    places, fed_places = given["acute_places"], given["treatment_places"]
    told = pair.trace(places, fed_places)

    def breaches(more: int, fed_more: int) -> int:
        return int(pair.missed(places + more, fed_places + fed_more)[0].sum())

    return {
        "acute_offer": (told.came != NEVER).astype(int).tolist(),
        "planned_offer": (told.fed_came != NEVER).astype(int).tolist(),
        "waiting_in_acute_by_day": told.waiting[0].tolist(),
        "acute_occupied_by_day": told.present[0].tolist(),
        "treatment_occupied_by_day": told.fed_present[0].tolist(),
        "acute_breaches": breaches(0, 0),
        "waiting_days_total": int(told.waiting.sum()),
        "acute_breaches_with_one_more_treatment": breaches(0, 1),
        "acute_breaches_with_one_more_acute": breaches(1, 0),
    }


def digits(paths: list[str]) -> NDArray[np.int64]:
    if not paths:
        raise UsageError("no sample paths.", fix="Give one or more.")
    return np.array([[int(digit) for digit in path] for path in paths], dtype=np.int64)


def fixed_stays(daily: NDArray[np.int64], nights: int) -> Chain:
    path, day = np.nonzero(daily)
    times = daily[path, day]
    days = np.repeat(day, times)
    start = np.concatenate([[0], np.cumsum(daily.sum(axis=1))])
    drawn = Children.listed(days, np.full(len(days), nights), start=start)
    return Chain(KEY, drawn, Ticks(daily.shape[1]))


def every_number(daily: NDArray[np.int64], nights: int) -> Ordered:
    chain = fixed_stays(daily, nights)
    return ordered_pass(chain.children, chain.grid)


def sample_paths(given: Case) -> Case:
    found = every_number(digits(given["paths"]), given["stay_nights"])
    target = given["target"]
    places = found.required(target)

    def meeting(count: int) -> float:
        return years_meeting(found.to_meet, found.missed(count), level=target)

    first = max(0, places - 2)
    return {
        "referrals": int(found.to_meet.sum()),
        "breaches_by_places": [int(found.missed(c).sum()) for c in range(41)],
        "required_places": places,
        "required_places_with_confidence": fewest(meeting, given["confidence"]),
        "share_of_paths_meeting_target": [meeting(c) for c in range(first, first + 6)],
        "first_listed": first,
        "share_of_paths_without_breach_at_required": float((found.missed(places) == 0).mean()),
    }


def cells(given: Case) -> Case:
    daily = {cell: digits(paths) for cell, paths in given["paths"].items()}
    pooled: dict[str, NDArray[np.int64]] = {}
    for cell, counts in daily.items():
        group = cell.split("|")[1]
        pooled[group] = pooled[group] + counts if group in pooled else counts
    nights, target = given["stay_nights"], given["target"]
    return {
        "required_places": {
            cell: every_number(counts, nights[cell.split("|")[1]]).required(target)
            for cell, counts in daily.items()
        },
        "required_pooled": {
            group: every_number(counts, nights[group]).required(target)
            for group, counts in pooled.items()
        },
    }


def region_year(given: Case) -> Case:
    asked = RegionYear(
        segments=tuple((s["days"], s["rate_per_day"]) for s in given["acute_event_rate_segments"]),
        year_cv=given["year_factor_cv"],
        event_sizes=sizes(given["children_per_event"]),
        stay=stay(given["acute_los_days"]),
        onward_share=given["to_treatment_probability"],
        fed_rate=given["planned_treatment_rate_per_day"],
        fed_stay=stay(given["treatment_los_days"]),
        residents=tuple(
            (left, bool(goes_on))
            for left, goes_on in given["acute_residents_remaining_days_and_need"]
        ),
        fed_residents=tuple(given["treatment_residents_remaining_days"]),
        days=given["horizon_days"],
    )
    count = min(YEARS, asked.affordable(CHILDREN))
    years, fed_places = asked.draw(count, Streams(1)), given["treatment_places"]
    places = years.required(given["target"], fed_places=fed_places)
    found = {c: years.given(c, fed_places) for c in around(places)}
    return {
        "required_acute_places": places,
        "se": max(own.largest_error(given["target"]) for own in found.values()),
        "by_acute_places": {
            str(c): {
                "service_level": own.offered_share,
                "se": own.standard_error,
                "breaches_per_year": own.missed_a_year,
                "probability_no_breach": own.years_without_breach,
                "share_of_years_meeting_target": own.years_meeting(given["target"]),
            }
            for c, own in found.items()
        },
    }
