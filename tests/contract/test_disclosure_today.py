"""Today's children, worked out from use, cost, risk and curve as an attacker would.

The plan is a real one: forecast draws, stays and children go through the planner. The attacks read
files alone, and use no more than a reader has: expected referrals, mean stays, and the formula of a
system that everybody finds a place in (Little's law, with what is left of today's stays).
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from math import exp
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form, Price
from forecasting.stays import Residents
from forecasting.streams import Streams
from planning.build import make_plan
from planning.evidence import Evidence
from planning.plan import Plan, Present
from planning.present import present
from planning.window import Window
from reports.disclosure import Profile, Rules
from reports.disclosure.coarse import step_nok
from reports.disclosure.protect import protected
from reports.disclosure.today import hidden_today
from reports.facts import Part, groups_of, told_groups
from reports.files import WRITERS, plan_files
from reports.stored import plan_from_json, plan_to_json
from tests.flows import (
    AS_OF,
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
    made_up_register,
)
from tests.plans import example_plan

MEANS = {"haster": 40.0, "lang": 300.0}
DAYS = 365
# Children by region: few and many, none, and a region whose own sum would tell.
THERE = {
    "haster": (2, 12, 7, 9, 0),
    "lang": (1, 3, 9, 30, 14),
}
RULES = {"shared": Rules(Profile.SHARED), "public": Rules(Profile.PUBLIC)}
# Columns of CSV files that do not follow from today's children, or that the contract tells.
FORECAST = {"children_to_meet_per_year"}
TOLD = {"region", "need_group", "form", "places", "committed", "existing", "change", "chosen"}
OF_FORECAST = {"demand.csv", "assumptions.csv", "findings.csv", "owners.csv"}


def evidence() -> Evidence:
    agency, rng = made_up_agency(regions=5, coupled=False), np.random.default_rng(5)
    nights = {
        SeriesKey(f"r{at}", group): rng.geometric(1 / MEANS[group], children).astype(np.int64)
        for group, row in THERE.items()
        for at, children in enumerate(row)
    }
    waiting = {key: np.zeros(len(n), dtype=np.bool_) for key, n in nights.items()}
    found = made_up_evidence(
        agency,
        rates={"haster": 8.0, "lang": 0.5},
        means=MEANS,
        draws=400,
        register=made_up_register(agency),
    )
    return replace(found, residents=Residents(AS_OF, nights, waiting, {}))


@cache
def plan() -> Plan:
    agency, choices = made_up_agency(regions=5, coupled=False), made_up_choices()
    assert choices.prices is not None
    # Every form costs something more when it is used, so that every cost tells of use.
    by_form = {**choices.prices.by_form, Form.GUARANTEED: Price(800, 300)}
    choices = replace(choices, prices=replace(choices.prices, by_form=by_form))
    return make_plan(evidence(), choices, agency=agency, basis=made_up_basis(), streams=Streams(3))


def children() -> dict[SeriesKey, int]:
    return {row.key: row.children for row in plan().present}


@cache
def files(profile: str) -> dict[str, bytes]:
    rules = RULES.get(profile, Rules())
    return plan_files(plan(), rules=rules, formats=("csv", "json"))


def rows(profile: str, name: str) -> Iterator[tuple[SeriesKey, dict[str, str]]]:
    for row in csv.DictReader(io.StringIO(files(profile)[name].decode())):
        if "region" in row and "need_group" in row:
            yield SeriesKey(row["region"], row["need_group"]), row


def number(text: str) -> float:
    return float("nan") if text in {"", ":"} else float(text)


# -- What is stored of today's children


def test_the_places_of_todays_children_are_what_is_left_of_their_stays() -> None:
    """Geometric stays have no memory: each child is still there with the same chance."""
    for row in plan().present:
        stays = 1 - 1 / MEANS[row.key.need_group]
        each = np.mean(stays ** np.arange(1, DAYS + 1))
        assert row.places == pytest.approx(row.children * each, rel=0.01)
    assert [row.children for row in plan().present] == [
        THERE[key.need_group][int(key.region[1])] for key in plan().series()
    ]


def test_a_child_older_than_the_law_leaves_at_once() -> None:
    known = evidence()
    key = SeriesKey("r0", "haster")
    nights = {key: np.array([10**6])}
    old = replace(known, residents=Residents(AS_OF, nights, {key: np.zeros(1, np.bool_)}, {}))
    (found,) = present([key], old, Window.of_year(YEAR))
    assert found.children == 1
    assert found.places < 2 / DAYS


# -- Attacks


def worked_out(load: float, key: SeriesKey, to_meet: float) -> float:
    """Today's children of a series from its mean load."""
    stay = MEANS[key.need_group] / DAYS
    left = 1 - exp(-1 / stay)
    return (load - to_meet * stay * (1 - left * stay)) / (stay * left)


def by_use(profile: str) -> dict[SeriesKey, float]:
    loads: dict[SeriesKey, float] = {}
    for key, row in rows(profile, "places.csv"):
        if row["form"] != "spot":
            loads[key] = loads.get(key, 0.0) + float(row["places"]) * number(row["used_share"])
    return loads


def by_cost(profile: str) -> dict[SeriesKey, float]:
    """Use from cost: what a place costs ready is known, the rest is for its use."""
    plain, loads = json.loads(files(profile)["plan.json"]), dict[SeriesKey, float]()
    price = plain["prices"]["by_form"]
    for key, row in rows(profile, "places.csv"):
        paid = price[row["form"]]
        if row["form"] != "spot":
            days = number(row["cost_nok_mean"]) / DAYS - float(row["places"]) * paid["ready"]
            loads[key] = loads.get(key, 0.0) + days / paid["used"]
    return loads


def by_days(profile: str) -> dict[SeriesKey, float]:
    days: dict[SeriesKey, list[float]] = {}
    for key, row in rows(profile, "occupancy.csv"):
        days.setdefault(key, []).append(number(row["mean"]))
    return {key: float(np.mean(each)) for key, each in days.items()}


def by_waterfall(profile: str) -> dict[SeriesKey, float]:
    found = rows(profile, "waterfall.csv")
    return {key: number(row["places"]) for key, row in found if row["step"] == "load"}


def by_curve(profile: str) -> dict[SeriesKey, float]:
    """The share that finds each number of places taken adds up to the mean that are taken."""
    loads: dict[SeriesKey, float] = {}
    for key, row in rows(profile, "curve.csv"):
        loads[key] = loads.get(key, 0.0) + 1 - number(row["offered_share"])
    return loads


ATTACKS: dict[str, Callable[[str], dict[SeriesKey, float]]] = {
    "use": by_use,
    "cost": by_cost,
    "days": by_days,
    "waterfall": by_waterfall,
    "curve": by_curve,
}
# The curve finds all numbers too high by about as much, which an attacker corrects for.
NEAR = {"use": 1.0, "cost": 1.0, "days": 0.6, "waterfall": 0.6, "curve": 3.0}


def attacked(profile: str, name: str) -> dict[SeriesKey, float]:
    """Today's children of the long stays, as the attack finds them."""
    to_meet = {
        key: float(row["children_to_meet_per_year"]) for key, row in rows(profile, "risk.csv")
    }
    loads = {k: load for k, load in ATTACKS[name](profile).items() if k.need_group == "lang"}
    found = {key: worked_out(load, key, to_meet[key]) for key, load in loads.items()}
    return {key: value for key, value in found.items() if not np.isnan(value)}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_attack_works_on_what_is_for_the_agency_itself(name: str) -> None:
    """Else it would prove nothing of the others."""
    found, true = attacked("internal", name), children()
    near = [abs(value - true[key]) <= NEAR[name] for key, value in found.items()]
    assert len(near) >= 3
    assert all(near), {key: (value, true[key]) for key, value in found.items()}


@pytest.mark.parametrize("profile", RULES)
@pytest.mark.parametrize("name", ATTACKS)
def test_it_finds_no_hidden_series_in_what_leaves(name: str, profile: str) -> None:
    hidden = protected(plan(), RULES[profile]).protection
    assert hidden is not None
    assert {SeriesKey("r0", "lang"), SeriesKey("r1", "lang")} <= hidden.today
    assert not attacked(profile, name).keys() & hidden.today


@pytest.mark.parametrize("profile", RULES)
def test_nothing_but_places_and_forecasts_is_told_of_a_hidden_series(profile: str) -> None:
    done = protected(plan(), RULES[profile]).protection
    assert done is not None
    seen = 0
    for name in files(profile):
        if not name.endswith(".csv") or name in OF_FORECAST:
            continue
        for key, row in rows(profile, name):
            if key in done.today:
                told = {n for n, cell in row.items() if cell not in {"", ":"}} - TOLD - FORECAST
                assert told <= ({"day"} if name == "occupancy.csv" else set()), (name, row)
                seen += 1
    assert seen > len(done.today)


def numbers_in(value: object) -> Iterator[float]:
    """All numbers of a piece of JSON."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from numbers_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers_in(each)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield value


@pytest.mark.parametrize("profile", RULES)
def test_the_stored_plan_tells_none_of_them_either(profile: str) -> None:
    made = protected(plan(), RULES[profile])
    assert made.protection is not None
    plain = json.loads(plan_to_json(made))
    away = [{"region": key.region, "need_group": key.need_group} for key in made.protection.today]
    forecast = ("demand", "demand_so_far", "history", "same_as_last_year", "protection")
    told = {"places", "existing", "chosen", "to_meet", "worst_month"}
    for name in plain.keys() - set(forecast):
        for row in plain[name] if isinstance(plain[name], list) else ():
            if isinstance(row, dict) and {n: row.get(n) for n in ("region", "need_group")} in away:
                rest = {n: v for n, v in row.items() if n not in told | {"levels"}}
                assert list(numbers_in(rest)) == [], (name, row)
    assert plain["present"] == []


# -- Sums


@pytest.mark.parametrize("profile", RULES)
def test_sums_are_the_plans_own_though_parts_are_hidden(profile: str) -> None:
    """Once hidden parts are left out, sums cannot be added up, and must not be."""
    made, whole = plan_from_json(plan_to_json(protected(plan(), RULES[profile]))), plan()
    assert made.protection is not None
    told = 0
    for part in (Part(made), *groups_of(made), *(Part(made, r.key) for r in regions_parts(made))):
        own = Part(whole, part.key)
        assert part.committed == own.committed
        if part.hides_today:
            assert part.cost is None
            continue
        told += part.hides_parts
        # Of hidden parts as coarse as a child in the dearest place, and a fifth of a child.
        step, few = (step_nok(whole), 0.2) if part.hides_parts else (0.0, 0.0)
        assert part.cost == near(own.cost, step)
        assert part.cost_range == (near(own.cost_range[0], step), near(own.cost_range[1], step))  # type: ignore[index]
        assert part.not_offered == near(own.not_offered, few)
        assert part.bracket == own.bracket
        assert part.risk is not None
        assert part.risk.offered_share == near(1 - own.not_offered / part.risk.to_meet, 0.02)
        for offset in part.offsets:
            places, children, cost = part.at_offset(offset)
            expected = own.at_offset(offset)
            assert places == expected[0]
            assert children == near(expected[1], few)
            # What one place more costs is less than the step.
            told_cost = offset == 0 or not part.hides_parts
            assert (cost == near(expected[2], step)) if told_cost else cost is None
    assert told > 2


def near(value: float | None, step: float) -> Any:
    """The value, as far as multiples of the step tell it."""
    assert value is not None
    return pytest.approx(value, abs=step / 2 + 1e-6 * abs(value))


@pytest.mark.parametrize("profile", RULES)
def test_sums_with_hidden_parts_tell_multiples_alone(profile: str) -> None:
    made = protected(plan(), RULES[profile])
    step, parts = step_nok(plan()), [Part(made), *groups_of(made), *regions_parts(made)]
    mixed = [part for part in parts if part.hides_parts and not part.hides_today]
    assert len(mixed) > 2
    for part in mixed:
        assert part.risk is not None
        assert part.cost_range is not None
        for nok in (part.cost, *part.cost_range, part.at_offset(0)[2]):
            assert nok == pytest.approx(step * round((nok or 0) / step))
        for children in (part.not_offered, *(part.at_offset(n)[1] for n in part.offsets)):
            assert children == pytest.approx(0.2 * round(children / 0.2))
        for share in (part.risk.years_meeting, part.risk.p_none):
            assert share == pytest.approx(round(share, 2))
        assert part.offsets == range(11)
    for row in made.frontier:
        assert row.cost_nok == pytest.approx(step * round(row.cost_nok / step))


def test_the_step_is_about_a_year_in_the_dearest_place() -> None:
    dearest = max(
        price.used for price in (plan().prices or made_up_choices().prices).by_form.values()
    )  # type: ignore[union-attr]
    assert dearest == 2500, "spot, which nobody keeps: of those that are kept, call-off at 1300"
    assert step_nok(plan()) == 200_000 <= 1300 * DAYS < 500_000
    assert step_nok(replace(plan(), prices=None)) == 1.0


@pytest.mark.parametrize("profile", RULES)
def test_todays_places_are_told_of_the_nation_alone_and_not_where_one_series_stands_alone(
    profile: str,
) -> None:
    """Where no other hidden series has places today, a sum's share offered is that series' own."""
    made = protected(plan(), RULES[profile])
    assert made.protection is not None
    mixed = [p for p in (*groups_of(made), *regions_parts(made)) if p.hides_parts]
    assert mixed
    assert not [p for p in mixed if p.cost_today is not None or p.not_offered_today is not None]
    assert Part(made).not_offered_today == near(Part(plan()).not_offered_today, 0.2)
    assert Part(made).cost_today == near(Part(plan()).cost_today, step_nok(plan()))
    first = next(iter(sorted(made.protection.today)))
    alone = tuple(replace(c, existing=c.existing if c.key == first else 0.0) for c in plan().curves)
    whole = protected(replace(plan(), curves=alone), RULES[profile])
    assert whole.existing_cost.keys() | whole.existing_offered.keys() <= set(plan().series())


def regions_parts(made: Plan) -> Iterator[Part]:
    for region in made.agency.regions:
        yield Part(made, SeriesKey(region.code, "alle"))


def intervals(
    found: tuple[Present, ...], hidden: frozenset[SeriesKey], left: Mapping[str, float]
) -> Iterator[float]:
    """How wide the children of each hidden series are bound by the told sums over them.

    An attacker's own programme: unknown are the children of hidden series; what the hidden ones
    of a told sum take together is known, for the others are, and so is what a child of a need
    group takes (`left`).
    """
    away = [row for row in found if row.key in hidden]
    each = np.array([left[row.key.need_group] for row in away])
    regions, groups = ({getattr(r.key, n) for r in found} for n in ("region", "need_group"))
    lines = [SeriesKey(code, "alle") for code in sorted(regions)]
    lines += [SeriesKey("alle", code) for code in sorted(groups)] + [SeriesKey("alle", "alle")]
    told = [key for key in lines if key not in hidden]
    inside = [
        [
            key.region in ("alle", r.key.region) and key.need_group in ("alle", r.key.need_group)
            for r in away
        ]
        for key in told
    ]
    matrix = np.array(inside, dtype=float).reshape(len(told), len(away)) * each
    right = matrix @ np.array([float(row.children) for row in away])
    for at in range(len(away)):
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(away))
            goal[at] = sign
            done = linprog(goal, A_eq=matrix, b_eq=right, bounds=(0, 1e4))
            assert done.x is not None
            ends.append(float(done.x[at]))
        yield ends[1] - ends[0]


@pytest.mark.parametrize("profile", RULES)
@pytest.mark.parametrize("seed", range(25))
def test_no_hidden_series_is_bound_by_the_sums_that_are_told(seed: int, profile: str) -> None:
    rng = np.random.default_rng(seed)
    regions, groups = (int(n) for n in rng.integers(1, 6, 2))
    example = example_plan(regions=regions, groups=groups, findings=False, sharing=False)
    left = {group.code: float(rng.uniform(0.05, 0.9)) for group in example.agency.need_groups}
    found = tuple(
        Present(row.key, n, n * left[row.key.need_group])
        for row in example.present
        for n in (int(rng.poisson(rng.gamma(1, 8))),)
    )
    hidden = hidden_today(replace(example, present=found), RULES[profile])
    small = {row.key for row in found if 0 < row.children < 5}
    assert small <= hidden
    # Who has both editions knows no more than who has the one for fewer readers.
    assert hidden >= hidden_today(replace(example, present=found), RULES["shared"])
    assert all(width >= 5 - 1e-4 for width in intervals(found, hidden, left))


def test_the_proof_fails_where_a_series_too_many_is_told() -> None:
    found = plan().present
    hidden = hidden_today(plan(), RULES["shared"])
    small = {row.key for row in found if 0 < row.children < 5}
    left = {group: mean / DAYS * (1 - exp(-DAYS / mean)) for group, mean in MEANS.items()}
    assert min(intervals(found, frozenset(small), left)) < 5
    assert min(intervals(found, hidden, left)) >= 5 - 0.2


def test_large_groups_are_told_and_in_public_none_is() -> None:
    whole = example_plan(findings=False, load_scale=20.0)
    assert hidden_today(whole, RULES["shared"]) == frozenset()
    public = hidden_today(whole, RULES["public"])
    assert public == {row.key for row in whole.present}
    made = protected(plan(), RULES["public"])
    assert told_groups(made)


def test_a_plan_that_does_not_say_how_many_there_are_is_refused() -> None:
    old = replace(plan(), present=())
    assert plan_files(old, formats=["csv"])
    with pytest.raises(UsageError, match="how many children are in places"):
        plan_files(old, rules=RULES["shared"], formats=["csv"])


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
@pytest.mark.parametrize("profile", RULES)
def test_every_format_is_written_and_alternatives_of_hidden_series_are_left_out(
    profile: str, language: str
) -> None:
    made = protected(plan(), RULES[profile])
    assert made.protection is not None
    assert len({row.need_group for row in plan().sharing}) == len(MEANS)
    assert made.sharing == ()
    assert plan_files(plan(), rules=RULES[profile], language=language, formats=WRITERS)
