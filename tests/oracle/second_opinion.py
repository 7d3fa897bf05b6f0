"""Second opinions on capacity cases: slow, plain, and by other ways than the product's.

Boxes of states filled whole and solved densely, formulas by enumeration or integration, days
told one by one. Nothing here is imported from `planning`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, product
from math import comb, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, linalg, stats

State = tuple[int, ...]
Moves = Callable[[State], Iterable[tuple[float, State]]]


STEPS = 256


def erlang_b(load: float, places: int) -> float:
    """A Poisson law cut off at the places."""
    if load == 0:
        return float(places == 0)
    return float(np.exp(stats.poisson.logpmf(places, load) - stats.poisson.logcdf(places, load)))


def fewest(level: Callable[[int], float], target: float) -> int:
    return next(c for c in range(2000) if level(c) >= target - 1e-12)


def birth_death(up: Sequence[float], down: Sequence[float]) -> NDArray[np.float64]:
    """Long-run law of 0, 1, .. where `up[n]` leads on from n and `down[n]` back to it."""
    with np.errstate(divide="ignore"):  # where nothing leads on, nothing is there
        log = np.concatenate([[0.0], np.cumsum(np.log(up) - np.log(down))])
    law = np.exp(log - log.max())
    return np.asarray(law / law.sum())


def waited_too_long(
    places: int, rate: float, mean: float, *, within: float, join: float = 1.0
) -> float:
    """Share not met within so many days when a share `join` of those who find it full waits."""
    most = places + 3000
    law = birth_death(
        [rate if n < places else rate * join for n in range(most)],
        [min(n + 1, places) / mean for n in range(most)],
    )
    ahead = np.arange(1, most - places + 2)  # departures that one in line must see
    late = stats.gamma.sf(within, ahead, scale=mean / places) if within else np.ones(len(ahead))
    return float(law[places:] @ late)


def box(*most: int) -> list[State]:
    """Every state from zeros up to `most`."""
    return list(product(*(range(n + 1) for n in most)))


def generator(states: Sequence[State], moves: Moves) -> NDArray[np.float64]:
    """Dense generator on these states; a move to any other is an error."""
    number = {state: i for i, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for state in states:
        for rate, target in moves(state):
            if rate > 0:
                rates[number[state], number[target]] += rate
    return np.asarray(rates - np.diag(rates.sum(axis=1)))


def long_run(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Law that the dense generator leaves as it is, by least squares."""
    whole = np.vstack([rates.T, np.ones(len(rates))])
    right = np.append(np.zeros(len(rates)), 1.0)
    return np.asarray(np.linalg.lstsq(whole, right, rcond=None)[0])


def plus(state: State, place: int, step: int = 1) -> State:
    """The state with `step` more at one place."""
    return (*state[:place], state[place] + step, *state[place + 1 :])


def season(
    places: int,
    segments: Sequence[tuple[float, float]],
    *,
    phases: Sequence[tuple[float, float]],
    serial: bool = False,
) -> float:
    """Share refused in the year that comes back to where it began (dense exponentials).

    `phases` lists the chance to begin in each phase of the stay and its mean days; `serial`
    stays pass through all.
    """
    states = [state for state in box(*[places] * len(phases)) if sum(state) <= places]

    def moves(state: State, rate: float) -> Iterable[tuple[float, State]]:
        for i, (chance, mean) in enumerate(phases):
            if sum(state) < places:
                yield rate * chance, plus(state, i)
            if state[i]:
                left = plus(state, i, -1)
                yield state[i] / mean, plus(left, i + 1) if serial and not i else left

    full = np.array([float(sum(state) == places) for state in states])
    year, steps = np.eye(len(states)), []
    for days, rate in segments:
        extended = np.zeros((len(states) + 1,) * 2)
        extended[:-1, :-1] = generator(states, lambda state, rate=rate: moves(state, rate))  # type: ignore[misc]
        extended[:-1, -1] = rate * full
        # In small steps: scipy 1.17's expm of a triangular matrix (no referrals) loses digits
        # where it has to square, as rows that no longer sum to one show.
        small = linalg.expm(extended * (days / STEPS))
        steps.append(np.linalg.matrix_power(small, STEPS))
        year = year @ steps[-1][:-1, :-1]
    law, refused = long_run(year - np.eye(len(states))), 0.0
    for step in steps:
        refused += float(law @ step[:-1, -1])
        law = law @ step[:-1, :-1]
    return refused / sum(days * rate for days, rate in segments)


def refused_when_uncertain(places: int, *, load: float, cv: float) -> float:
    """E[rate x B] / E[rate] over a Gamma law: B under the law weighted by the rate (Simpson)."""
    by_referral = stats.gamma(1 / cv**2 + 1, scale=load * cv**2)
    at = np.linspace(1e-12, by_referral.isf(1e-13), 4001)
    refused = np.exp(stats.poisson.logpmf(places, at) - stats.poisson.logcdf(places, at))
    return float(integrate.simpson(by_referral.pdf(at) * refused, x=at))


def sized(places: int, loads: Sequence[float], sizes: Sequence[int]) -> NDArray[np.float64]:
    """Share of each class refused, by the product form over every mix of children."""
    total, refused = 0.0, np.zeros(len(loads))
    for mix in product(*(range(places // size + 1) for size in sizes)):
        taken = int(np.dot(mix, sizes))
        if taken <= places:
            weight = float(np.prod(stats.poisson.pmf(mix, loads)))
            total += weight
            refused += weight * (places - taken < np.array(sizes))
    return np.asarray(refused / total)


def cheapest(given: dict[str, Any]) -> tuple[float, list[tuple[int, ...]]]:
    """Least cost and all plans that reach it, by trying every plan with greedy days."""
    tiers, rows = given["tiers"], given["scenarios"]
    children = sum(row["p"] * row["demand"] for row in rows)
    allowed = 1 - given["target"] if given["rule"] else inf
    found: list[tuple[float, tuple[int, ...]]] = []
    for plan in product(*(range(t["lo"], t["hi"] + 1) for t in tiers)):
        cost = sum(n * t["fixed"] for n, t in zip(plan, tiers, strict=True))
        unplaced = days = 0.0
        for row in rows:
            rooms = [
                (t["var"], n * row["avail"].get(t["name"], 1.0))
                for n, t in zip(plan, tiers, strict=True)
            ]
            left = row["demand"]
            for price, room in sorted([*rooms, (given["spot_price"], row["spot_max"])]):
                cost += row["p"] * price * min(left, room)
                left -= min(left, room)
            unplaced, days = unplaced + row["p"] * left, days + row["p"] * (left > 1e-9)
        cost += given["breach_cost"] * unplaced
        share = days if given["rule"] == "days" else unplaced / children if children else 0.0
        if share <= allowed + 1e-12:
            found.append((cost, plan))
    least = min(cost for cost, _plan in found)
    return least, [plan for cost, plan in found if cost <= least * (1 + 1e-9)]


def cheapest_staircase(given: dict[str, Any]) -> tuple[float, list[tuple[int, ...]]]:
    """The same where children stay where they are placed, by Erlang's use of each place."""
    load = given["referral_rate_per_day"] * given["los_mean_days"]
    spot = given["spot_avail"]
    outside = spot * given["spot_price"] + (1 - spot) * given["breach_cost"]
    found: list[tuple[float, tuple[int, ...]]] = []
    for plan in product(*(range(t["lo"], t["hi"] + 1) for t in given["tiers"])):
        cost, before = load * erlang_b(load, sum(plan)) * outside, 0
        for n, tier in zip(plan, given["tiers"], strict=True):
            used = load * (erlang_b(load, before) - erlang_b(load, before + n))
            cost, before = cost + n * tier["fixed"] + used * tier["var"], before + n
        if 1 - erlang_b(load, sum(plan)) >= given["target"] - 1e-12:
            found.append((cost, plan))
    least = min(cost for cost, _plan in found)
    return least, [plan for cost, plan in found if cost <= least * (1 + 1e-9)]


def still_at_risk(stays: Sequence[dict[str, int]], days: int) -> float:
    """P(stay > days) from day-by-day counts of those at risk and those who leave."""
    left = 1.0
    for day in range(1, days + 1):
        at_risk = sum(s["entry"] < day <= s["exit"] for s in stays)
        ended = sum(s["exit"] == day and s["ended"] for s in stays)
        left *= 1 - ended / at_risk if at_risk else 1
    return left


def chance_of_each_number(chances: Sequence[float]) -> list[float]:
    """Law of how many of independent things happen, over every subset."""
    law = []
    for count in range(len(chances) + 1):
        subsets = combinations(range(len(chances)), count)
        law.append(
            sum(
                float(np.prod([p if i in those else 1 - p for i, p in enumerate(chances)]))
                for those in map(set, subsets)
            )
        )
    return law


def nightly(places: int, daily: Sequence[float], mean: float) -> float:
    """Share of referrals refused on the day grid, day after day until it settles."""
    evening = np.zeros(places + 1)
    evening[0] = 1.0
    refused = 0.0
    referred = sum(k * p for k, p in enumerate(daily))
    stays = 1 - 1 / mean
    for _ in range(int(40 * mean)):
        morning = np.zeros(places + 1)
        for n, chance in enumerate(evening):
            for m in range(n + 1):
                morning[m] += chance * comb(n, m) * stays**m * (1 - stays) ** (n - m)
        evening, refused = np.zeros(places + 1), 0.0
        for n, chance in enumerate(morning):
            for k, p in enumerate(daily):
                evening[min(n + k, places)] += chance * p
                refused += chance * p * max(0, n + k - places)
    return refused / referred if referred else 0.0


def day_by_day(referrals: Sequence[tuple[int, int, int]], places: int) -> tuple[int, list[int]]:
    """Breaches, and the lowest place each child got (0: none), told morning by morning."""
    free_from = [0] * places
    breaches, taken = 0, []
    for day, nights, needs in referrals:
        free = [i for i in range(places) if free_from[i] <= day]
        if len(free) < needs:
            breaches += 1
            taken.append(0)
            continue
        for i in free[:needs]:
            free_from[i] = day + nights
        taken.append(free[0] + 1)
    return breaches, taken


def two_groups_day_by_day(given: dict[str, Any]) -> tuple[list[int], list[int], list[int]]:
    """Offers in both groups and children waiting each day, told in the order of family L."""
    acute = given["acute_referrals_day_los_treatlos"]
    planned = given["planned_referrals_day_los"]
    offers, planned_offers, waiting = [0] * len(acute), [0] * len(planned), []
    care: dict[int, int] = {}  # child: day on which it is ready
    line: list[int] = []
    treated: list[int] = []  # day on which each leaves
    for day in range(given["days"]):
        treated = [until for until in treated if until > day]
        for child in sorted(child for child, ready in care.items() if ready == day):
            del care[child]
            if acute[child][2]:
                line.append(child)
        while line and len(treated) < given["treatment_places"]:
            treated.append(day + acute[line.pop(0)][2])
        for child, (came, nights, _after) in enumerate(acute):
            if came == day and len(care) + len(line) < given["acute_places"]:
                care[child], offers[child] = day + nights, 1
        for child, (came, nights) in enumerate(planned):
            if came == day and len(treated) < given["treatment_places"]:
                treated.append(day + nights)
                planned_offers[child] = 1
        waiting.append(len(line))
    return offers, planned_offers, waiting
