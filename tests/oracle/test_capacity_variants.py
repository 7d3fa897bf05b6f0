"""Capacity cases with numbers nobody chose, against calculations by other ways.

The known cases fix what is asked; here every family is asked again with other rates, stays,
sizes, targets and edges, and the product must agree with `second_opinion`, which shares no
line with it.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from tests.oracle import second_opinion as other
from tests.oracle.answer import answer
from tests.oracle.second_opinion import State, plus

Case = dict[str, Any]
SOME, FEW = settings(max_examples=15, deadline=None), settings(max_examples=6, deadline=None)

rates = st.sampled_from([0.01, 0.1, 0.37, 0.8])
means = st.sampled_from([3.0, 10.0, 25.5])
targets = st.sampled_from([0.0, 0.5, 0.9, 0.97, 0.999])


def exponential(mean: float) -> Case:
    return {"dist": "exponential", "mean": mean}


def ask(family: str, **given: Any) -> Case:
    return answer({"id": f"{family}00", "given": {"discipline": "lost", **given}})


def agree(found: dict[str, float], exact: Callable[[int], float], *, most: int = 60) -> None:
    """Every level given is the one found otherwise; those of more places are not looked at."""
    looked_at = {c: level for c, level in found.items() if int(c) <= most}
    assert looked_at
    for places, level in looked_at.items():
        assert level == pytest.approx(exact(int(places)), abs=2e-8)


@given(
    st.sampled_from([0.0, 1e-3, 0.8, 500 / 30]),
    st.sampled_from(
        [
            {"dist": "deterministic", "value": 30},
            {"dist": "gamma", "mean": 30, "cv": 0.4},
            {"dist": "lognormal", "mean": 30, "cv": 2},
            {"dist": "erlang2", "mean": 30},
            {"dist": "geometric", "mean": 30},
            {"dist": "hyperexponential", "p": [0.5, 0.5], "means": [10, 50]},
        ]
    ),
    targets,
)
@SOME
def test_a_loss_depends_on_the_mean_stay_alone(rate: float, law: Case, target: float) -> None:
    found = ask("A", referral_rate_per_day=rate, los_days=law, target=target)

    def level(places: int) -> float:
        return 1 - other.erlang_b(rate * 30, places) if rate else 1.0

    assert found["required_places"] == other.fewest(level, target)
    agree(found["service_level_by_places"], level, most=600)


@given(
    rates,
    means,
    targets,
    st.sampled_from(["overfill", "wait", "mixed"]),
    st.sampled_from([0, 5]),
    st.sampled_from([0.0, 0.3, 1.0]),
)
@SOME
def test_b_disciplines(
    rate: float, mean: float, target: float, discipline: str, within: int, spot: float
) -> None:
    within = within if discipline == "wait" else 0
    found = ask(
        "B",
        referral_rate_per_day=rate,
        los_days=exponential(mean),
        discipline=discipline,
        within_days=within,
        spot_found=spot,
        target=target,
    )
    join = 1.0 if discipline == "wait" else 1 - spot

    def level(places: int) -> float:
        if discipline == "overfill":
            return float(stats.poisson.cdf(places - 1, rate * mean))
        if places == 0 or (join == 1 and places <= rate * mean):
            return 0.0
        return 1 - other.waited_too_long(places, rate, mean, within=within, join=join)

    assert found["required_places"] == other.fewest(level, target)
    agree(found["service_level_by_places"], level)


PHASES = {
    "exponential": ({"dist": "exponential", "mean": 15}, [(1.0, 15.0)]),
    "erlang2": ({"dist": "erlang2", "mean": 15}, [(1.0, 7.5), (0.0, 7.5)]),
    "hyperexponential": (
        {"dist": "hyperexponential", "p": [0.3, 0.7], "means": [29, 9]},
        [(0.3, 29.0), (0.7, 9.0)],
    ),
}


@given(
    st.lists(
        st.tuples(st.sampled_from([30, 91.25, 200]), st.sampled_from([0.0, 0.1, 0.4])),
        min_size=1,
        max_size=4,
    ).filter(lambda parts: any(rate for _days, rate in parts)),
    st.sampled_from(sorted(PHASES)),
    st.sampled_from([0.5, 0.8]),
)
@example(parts=[(30, 0.0), (30, 0.4)], law="erlang2", target=0.8)
@FEW
def test_c_years_with_seasons(parts: list[tuple[float, float]], law: str, target: float) -> None:
    los, phases = PHASES[law]
    segments = [{"days": days, "rate_per_day": rate} for days, rate in parts]
    found = ask("C", rate_segments=segments, los_days=los, target=target)
    agree(
        found["service_level_by_places"],
        lambda c: 1 - other.season(c, parts, phases=phases, serial=law == "erlang2"),
        most=6,
    )


@given(rates, means, st.sampled_from([0.05, 0.3, 1.0]), targets, st.sampled_from([0.0, 0.6, 0.99]))
@SOME
def test_d_uncertain_years(
    rate: float, mean: float, cv: float, target: float, confidence: float
) -> None:
    asked = {"rate_mean_per_day": rate, "rate_cv": cv, "los_mean_days": mean, "target": target}
    found = ask("D", **asked)
    for places, level in found["service_level_by_places"].items():
        exact = 1 - other.refused_when_uncertain(int(places), load=rate * mean, cv=cv)
        assert level == pytest.approx(exact, abs=1e-6)
    if target > 0:
        # The year of that rank decides: fewer places suffice in every milder one.
        year = stats.gamma.ppf(confidence, 1 / cv**2, scale=rate * mean * cv**2)
        exact = other.fewest(lambda c: 1 - other.erlang_b(year, c) if year else 1.0, target)
        sure = ask("D", **asked, confidence=confidence)["required_places"]
        assert sure == (exact if confidence else 0)


def one_home(places: int, mean: float, into: Callable[[State], list[tuple[float, State]]]) -> Any:
    """Moves of (world, children): children leave one by one, `into` says the rest."""

    def moves(state: State) -> Iterable[tuple[float, State]]:
        yield from into(state)
        if state[1]:
            yield state[1] / mean, plus(state, 1, -1)

    return moves


@given(st.lists(rates, min_size=2, max_size=3), means)
@FEW
def test_d_phases(phase_rates: list[float], mean: float) -> None:
    count = len(phase_rates)
    switch = [
        [0.0 if i == j else 0.01 * (i + 2 * j + 1) for j in range(count)] for i in range(count)
    ]
    found = ask(
        "D",
        phase_rates_per_day=phase_rates,
        switch_rates_per_day=switch,
        los_days=exponential(mean),
        target=0.8,
    )

    def level(places: int) -> float:
        def into(state: State) -> list[tuple[float, State]]:
            world, there = state
            comes = [(phase_rates[world], (world, there + 1))] if there < places else []
            return comes + [(switch[world][j], (j, there)) for j in range(count)]

        states = other.box(count - 1, places)
        law = other.long_run(other.generator(states, one_home(places, mean, into)))
        comes = np.array([phase_rates[state[0]] for state in states])
        full = np.array([state[1] == places for state in states])
        return float(1 - law @ (comes * full) / (law @ comes))

    agree(found["service_level_by_places"], level, most=30)


@given(
    st.sampled_from([{"1": 1.0}, {"1": 0.6, "3": 0.3, "7": 0.1}, {"4": 1.0}]),
    st.sampled_from([0.02, 0.15]),
    means,
)
@FEW
def test_e_children_who_come_together(sizes: dict[str, float], rate: float, mean: float) -> None:
    law = exponential(mean)
    found = ask("E", event_rate_per_day=rate, children_per_event=sizes, los_days=law, target=0.9)
    come = [(int(size), chance) for size, chance in sizes.items()]

    def level(places: int) -> float:
        def moves(state: State) -> Iterable[tuple[float, State]]:
            for size, chance in come:
                yield rate * chance, (min(places, state[0] + size),)
            if state[0]:
                yield state[0] / mean, plus(state, 0, -1)

        states = other.box(places)
        shares = other.long_run(other.generator(states, moves))
        refused = sum(
            share * chance * max(0, size - (places - there))
            for (there,), share in zip(states, shares, strict=True)
            for size, chance in come
        )
        return float(1 - refused / sum(size * chance for size, chance in come))

    agree(found["service_level_by_places"], level)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.05, 0.2]), st.sampled_from([4.0, 15.0]), st.integers(1, 3)),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["overall", "worst_class"]),
)
@FEW
def test_f_children_of_several_places(classes: list[tuple[float, float, int]], rule: str) -> None:
    rate, mean, size = (list(values) for values in zip(*classes, strict=True))
    found = ask(
        "F",
        referral_rates_per_day=rate,
        los_mean_days=mean,
        places_per_child=size,
        target=0.7,
        rule=rule,
    )

    def level(places: int) -> float:
        refused = other.sized(places, np.multiply(rate, mean).tolist(), size)
        return float(
            1 - (refused.max() if rule == "worst_class" else np.average(refused, weights=rate))
        )

    agree(found["service_level_by_places"], level, most=25)


@pytest.mark.parametrize("helps", [True, False])
@pytest.mark.parametrize(
    ("rate", "caps"),
    [([0.3, 0.1], [2, 3]), ([0.0, 0.3], [1, 2]), ([0.2, 0.2, 0.4], [2, 0, 3])],
)
def test_g_regions_that_share(rate: list[float], caps: list[int], helps: bool) -> None:
    asked: Case = {"referral_rates_per_day": rate, "los_days": exponential(12), "caps": caps}
    found = ask("G", **asked) if helps else ask("G", **asked, target=0.7)
    each = range(len(caps))

    def shares(standby: int) -> tuple[list[float], list[float]]:
        """Refused and placed at home, by region."""
        top = [*caps, standby]

        def pool(state: State, region: int) -> int | None:
            turn = [region, len(caps), *([r for r in each if r != region] if helps else [])]
            return next((k for k in turn if state[k] < top[k]), None)

        def moves(state: State) -> Iterable[tuple[float, State]]:
            for region in each:
                where = pool(state, region)
                if where is not None:
                    yield rate[region], plus(state, where)
            for k, there in enumerate(state):
                if there:
                    yield there / 12, plus(state, k, -1)

        states = other.box(*top)
        law = other.long_run(other.generator(states, moves))
        refused = [
            sum(p for s, p in zip(states, law, strict=True) if pool(s, r) is None) for r in each
        ]
        home = [sum(p for s, p in zip(states, law, strict=True) if s[r] < caps[r]) for r in each]
        return refused, home

    if helps:
        refused, home = shares(0)
        assert found["breach_share"] == pytest.approx(np.average(refused, weights=rate), abs=1e-8)
        # Stays are alike, so helping is one pool as far as anybody being refused goes.
        assert found["breach_share"] == pytest.approx(found["one_pool_breach_share"], abs=1e-8)
        assert found["own_region_share_of_referrals"] == pytest.approx(home, abs=1e-8)
    else:
        levels = found["worst_region_service_level_by_standby"]
        agree(levels, lambda n: 1 - max(shares(n)[0]), most=7)


@given(
    st.sampled_from([0.0, 0.2, 1.0]),
    st.sampled_from([0, 2, 4]),
    st.sampled_from([0.0, 0.05]),
    st.sampled_from([6.0, 12.0]),
)
@SOME
def test_h_waiting_for_treatment(
    onward: float, treatment: int, planned: float, treated: float
) -> None:
    rate, mean, target = 0.2, 8.0, 0.85
    found = ask(
        "H",
        acute_rate_per_day=rate,
        acute_los_days=exponential(mean),
        to_treatment_probability=onward,
        planned_treatment_rate_per_day=planned,
        treatment_los_days=exponential(treated),
        treatment_places=treatment,
        target=target,
    )
    ceiling = min(1.0, treatment / (treated * onward * rate)) if onward else 1.0
    if ceiling < target:
        assert found["required_acute_places"] is None
        assert found["service_level_ceiling"] == pytest.approx(ceiling)
        return

    def level(places: int) -> float:
        def moves(state: State) -> Iterable[tuple[float, State]]:
            care, waits, fed = state
            if care + waits < places:
                yield rate, (care + 1, waits, fed)
            if fed < treatment:
                yield planned, (care, waits, fed + 1)
            if care:
                yield care / mean * (1 - onward), (care - 1, waits, fed)
                after = (
                    (care - 1, waits, fed + 1) if fed < treatment else (care - 1, waits + 1, fed)
                )
                yield care / mean * onward, after
            if fed:
                yield fed / treated, (care, waits - 1, fed) if waits else (care, waits, fed - 1)

        states = [s for s in other.box(places, places, treatment) if s[0] + s[1] <= places]
        states = [s for s in states if not s[1] or (onward and s[2] == treatment)]
        law = other.long_run(other.generator(states, moves))
        return 1 - sum(p for s, p in zip(states, law, strict=True) if s[0] + s[1] >= places)

    agree(found["service_level_by_acute_places"], level, most=7)


@pytest.mark.parametrize(("units", "size"), [(0, 3), (1, 2), (3, 1), (2, 4)])
def test_i_houses_that_close(units: int, size: int) -> None:
    rate, mean, closing, shut = 0.3, 10.0, 0.01, 30.0
    found = ask(
        "I",
        referral_rate_per_day=rate,
        los_days=exponential(mean),
        units=units,
        places_per_unit=size,
        closing_rate_per_day=closing,
        mean_days_closed=shut,
        target=0.9,
    )

    def level(places: int) -> float:
        def into(state: State) -> list[tuple[float, State]]:
            down, there = state
            moves = [(rate, (down, there + 1))] if there < places - down * size else []
            moves += [((units - down) * closing, (down + 1, there))] if down < units else []
            return moves + ([(down / shut, (down - 1, there))] if down else [])

        states = other.box(units, places)
        law = other.long_run(other.generator(states, one_home(places, mean, into)))
        full = [there >= places - down * size for down, there in states]
        return float(1 - law @ np.array(full))

    agree(found["service_level_by_places"], level)


TIERS = [
    {"name": "guarantee", "fixed": 13_000, "var": 0, "lo": 0, "hi": 4},
    {"name": "state_base", "fixed": 11_000, "var": 3_500, "lo": 1, "hi": 5},
    {"name": "standby", "fixed": 5_000, "var": 13_000, "lo": 0, "hi": 4},
    {"name": "call_off", "fixed": 300, "var": 15_500, "lo": 0, "hi": 5},
]
days = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(0, 9), st.sampled_from([0.25, 0.5, 1.0]), st.integers(0, 2)
    ),
    min_size=1,
    max_size=7,
)


@given(
    days,
    st.integers(1, 4),
    st.sampled_from(
        [
            ("share", 0.999),
            ("share", 0.9),
            ("share", 0.0),
            ("days", 0.99),
            ("days", 0.7),
            (None, None),
        ]
    ),
)
@settings(max_examples=25, deadline=None)
def test_j_and_l_portfolios_over_days(
    rows: list[tuple[int, int, float, int]], forms: int, rule: tuple[str | None, float | None]
) -> None:
    total = sum(weight for weight, *_rest in rows)
    scenarios = [
        {"p": weight / total, "demand": demand, "avail": {"call_off": share}, "spot_max": spot}
        for weight, demand, share, spot in rows
    ]
    # A last form without a limit that binds, so that every target can be reached.
    asked: Case = {
        "tiers": [
            *TIERS[:forms],
            {"name": "more", "fixed": 15_000, "var": 9_000, "lo": 0, "hi": 9},
        ],
        "scenarios": scenarios,
        "spot_price": 27_000,
        "breach_cost": 60_000,
        "rule": rule[0],
        "target": rule[1],
    }
    asked["tiers"][:forms] = [{**tier, "hi": min(tier["hi"], 2)} for tier in TIERS[:forms]]
    found, (cost, plans) = ask("J", **asked), other.cheapest(asked)
    assert found["optimal_cost_per_day"] == pytest.approx(cost)
    assert tuple(found["optimal_plans"][0].values()) in plans
    assert found["lp_bound_cost_per_day"] <= cost + 1e-6


@given(
    st.integers(1, 4),
    st.sampled_from([0.0, 2.4, 6.0]),
    st.sampled_from([0.0, 0.4, 1.0]),
    st.sampled_from([0.0, 0.5, 0.95]),
)
@SOME
def test_j_portfolios_where_children_stay(
    forms: int, load: float, spot: float, target: float
) -> None:
    asked: Case = {
        "tiers": [
            *({**tier, "hi": min(tier["hi"], 2)} for tier in TIERS[:forms]),
            {"name": "more", "fixed": 14_000, "var": 9_000, "lo": 0, "hi": 11},
        ],
        "referral_rate_per_day": load / 30,
        "los_mean_days": 30,
        "spot_price": 27_000,
        "breach_cost": 60_000,
        "spot_avail": spot,
        "target": target,
    }
    found, (cost, plans) = ask("J", **asked), other.cheapest_staircase(asked)
    assert found["optimal_cost_per_day"] == pytest.approx(cost)
    assert tuple(found["optimal_plans"][0].values()) in plans


stays = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 40), st.booleans()), min_size=1, max_size=25
)


@given(stays)
@SOME
def test_k_open_stays_and_late_entry(rows: list[tuple[int, int, bool]]) -> None:
    table = [{"entry": e, "exit": e + n, "ended": ended} for e, n, ended in rows]
    found = ask("K", stays=table)
    left = [other.still_at_risk(table, day) for day in range(61)]  # type: ignore[arg-type]
    for day, share in found["survival_after_days"].items():
        if int(day) <= 60:
            assert share == pytest.approx(left[int(day)], abs=1e-12)
    assert found["restricted_mean_60"] == pytest.approx(sum(left[:60]))


@given(st.lists(st.integers(0, 30), max_size=7))
@SOME
def test_k_residents_still_here(ages: list[int]) -> None:
    survival = (0.97 ** np.arange(200) * (1 + np.arange(200) % 1)).tolist()
    found = ask("K", ages=ages, survival=survival)
    here = [survival[age + 30] / survival[age] for age in ages]
    assert found["pmf_present_day_30"] == pytest.approx(other.chance_of_each_number(here))
    assert found["expected_present"]["30"] == pytest.approx(sum(here))


@given(st.sampled_from([0, 3, 12]), st.sampled_from([1.0, 30.0]), st.sampled_from([0.05, 0.3]))
@FEW
def test_k_from_todays_residents(residents: int, ahead: float, rate: float) -> None:
    found = ask(
        "K",
        referral_rate_per_day=rate,
        los_days=exponential(10),
        residents_now=residents,
        horizon_days=ahead,
        target=0.9,
    )

    def level(places: int) -> float:
        def moves(state: State) -> Iterable[tuple[float, State]]:
            if state[0] < places:
                yield rate, plus(state, 0)
            if state[0]:
                yield state[0] / 10, plus(state, 0, -1)

        states = other.box(max(places, residents))
        extended = np.zeros((len(states) + 1,) * 2)
        extended[:-1, :-1] = other.generator(states, moves)
        extended[:-1, -1] = [float(there >= places) for (there,) in states]
        return float(1 - linalg.expm(extended * ahead)[residents, -1] / ahead)

    agree(found["service_level_by_places"], level)


referrals = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 20), st.integers(1, 3)), max_size=40
)


@given(referrals.map(sorted))
@SOME
def test_l_traces(rows: list[tuple[int, int, int]]) -> None:
    found = ask("L", referrals=rows, days=31)
    told = {c: other.day_by_day(rows, c) for c in range(1, 17)}
    assert found["breaches_by_places"] == {str(c): told[c][0] for c in told}
    assert found["place_taken_with_16_places"] == told[16][1]


pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 15)), max_size=12).map(sorted)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from([0, 0, 3, 20])),
        max_size=40,
    ),
    pairs,
    st.integers(0, 5),
    st.integers(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_l_traces_of_two_groups(
    acute: list[tuple[int, int, int]], planned: list[tuple[int, int]], places: int, treatment: int
) -> None:
    asked = {
        "acute_referrals_day_los_treatlos": sorted(acute, key=lambda row: row[0]),
        "planned_referrals_day_los": planned,
        "acute_places": places,
        "treatment_places": treatment,
        "days": 45,
    }
    found = ask("L", **asked)
    offers, planned_offers, waiting = other.two_groups_day_by_day(asked)
    assert found["acute_offer"] == offers
    assert found["planned_offer"] == planned_offers
    assert found["waiting_in_acute_by_day"] == waiting
    assert found["acute_breaches"] == len(acute) - sum(offers)


@given(
    st.lists(st.text("0012", min_size=25, max_size=25), min_size=1, max_size=6),
    st.integers(1, 9),
    targets,
    st.sampled_from([0.0, 0.5, 0.9]),
)
@SOME
def test_l_sample_paths(paths: list[str], nights: int, target: float, confidence: float) -> None:
    found = ask("L", paths=paths, stay_nights=nights, target=target, confidence=confidence)
    rows = [
        [(day, nights, 1) for day, digit in enumerate(path) for _ in range(int(digit))]
        for path in paths
    ]
    sizes = np.array([len(row) for row in rows])
    missed = [np.array([other.day_by_day(row, c)[0] for row in rows]) for c in range(41)]
    assert found["breaches_by_places"] == [int(m.sum()) for m in missed]
    level = [1 - m.sum() / max(1, sizes.sum()) for m in missed]
    assert found["required_places"] == other.fewest(lambda c: float(level[c]), target)
    met = [np.mean(m <= (1 - target) * sizes + 1e-9) for m in missed]
    assert found["required_places_with_confidence"] == other.fewest(lambda c: met[c], confidence)


@given(
    st.sampled_from([[1.0], [0.7, 0.3], [0.5, 0.3, 0.2], [0.9, 0, 0, 0, 0.1]]),
    st.sampled_from([1.0, 4.0, 9.0]),
)
@FEW
def test_n_the_day_grid(daily: list[float], mean: float) -> None:
    los = {"dist": "geometric", "mean": mean}
    found = ask("N", daily_count_pmf=daily, los_nights=los, target=0.9)
    agree(found["service_level_by_places"], lambda c: 1 - other.nightly(c, daily, mean))


@given(
    st.sampled_from([0.0, 0.05, 0.4]),
    means,
    st.sampled_from([10, 365]),
    st.sampled_from([0.0, 0.3, 0.9]),
)
@FEW
def test_q_a_year_without_a_breach(rate: float, mean: float, days: int, target: float) -> None:
    found = ask(
        "Q",
        referral_rate_per_day=rate,
        los_days=exponential(mean),
        target_probability=target,
        days=days,
    )

    def quiet(places: int) -> float:
        def moves(state: State) -> Iterable[tuple[float, State]]:
            if state[0] < places:
                yield rate, plus(state, 0)
            if state[0]:
                yield state[0] / mean, plus(state, 0, -1)

        rates = other.generator(other.box(places), moves)
        law = other.long_run(rates)
        rates[places, places] -= rate  # a breach ends the story
        return float((law @ linalg.expm(rates * days)).sum())

    agree(found["probability_no_breach_by_places"], quiet)


@given(rates, st.integers(0, 5), st.integers(0, 9))
@FEW
def test_r_the_frontier(rate: float, first: int, more: int) -> None:
    found = ask(
        "R",
        referral_rate_per_day=rate,
        los_mean_days=20,
        place_cost_per_year=1e6,
        places_from=first,
        places_to=first + more,
    )
    for step in found["frontier"]:
        now, after = (other.erlang_b(rate * 20, step["places"] + n) for n in (0, 1))
        avoided = 365 * rate * (now - after)
        assert step["service_level"] == pytest.approx(1 - now)
        assert step["next_place_avoids_breaches"] == pytest.approx(avoided)
        assert step["cost_per_avoided_breach"] == pytest.approx(1e6 / avoided)
        assert step["utilisation_of_next_place"] == pytest.approx(rate * 20 * (now - after))
