"""The worked example's page says what its script computes, and formulas of their own agree."""

import csv
import importlib.util
import re
import sys
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from planning.loss_chain import LossChain, World
from planning.policy import Discipline
from planning.stay_shapes import Shape, Stay

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "worked-example"


@pytest.fixture(scope="module")
def example():
    """The script as a module, as a reader would run it."""
    spec = importlib.util.spec_from_file_location("worked_example", EXAMPLE / "worked_example.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def claims(example):
    return {
        name: {row.label: row.value for row in claim()} for name, claim in example.CLAIMS.items()
    }


@pytest.fixture(scope="module")
def notes():
    with (EXAMPLE / "notes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(told: str) -> float:
    return float(re.match(r"[\d.]+", told)[0])


def erlang(load: float, places: int) -> float:
    """Erlang's loss formula as a ratio of Poisson chances, not as a recursion."""
    return stats.poisson.pmf(places, load) / stats.poisson.cdf(places, load)


def fewest_lost(load: float, level: float) -> int:
    return next(c for c in range(500) if 1 - erlang(load, c) >= level)


def loads(example, referrals: float, stay: float) -> list[float]:
    return [share * referrals * stay / 365 for share in example.SHARES.values()]


def test_every_table_of_the_page_is_what_the_script_computes(example, claims, monkeypatch):
    told = {name: lambda n=name: _rows(example, claims[n]) for name in claims}
    monkeypatch.setattr(example, "CLAIMS", told)
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert example.filled(page).splitlines() == page.splitlines()


def _rows(example, rows):
    return [example.Row(label, value) for label, value in rows.items()]


def test_every_assumption_has_a_source_and_is_used(example):
    script = (EXAMPLE / "worked_example.py").read_text(encoding="utf-8")
    for row in example.TOML["assumption"]:
        assert row["source"], row["name"]
        said = isinstance(row["value"], str)  # in words: what the formulas themselves assume
        assert said or f'"{row["name"]}"' in script, row["name"]


def test_every_fact_has_a_source():
    with (EXAMPLE / "facts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source_title"] and row["source_page_or_url"] for row in rows)


def test_where_the_note_differs_by_more_than_rounding_the_reason_is_given(claims, notes):
    """And only there. The values are printed rounded, the note's to `rounded_to`."""
    for row in notes:
        here = number(claims[row["claim"]][row["label"]])  # no note without a row
        step, note = float(row["rounded_to"]), float(row["note"])
        same = abs(here - note) < step / 2 + 1e-9
        assert same == (row["why"] == ""), row


@pytest.mark.parametrize("stay", [30, 40, 50])
def test_the_fitted_referrals_make_the_reported_failures(example, stay):
    referrals = example.fitting(stay, Discipline.LOST)
    places = example.shared_out(117)
    assert sum(places) == 117
    pairs = zip(example.SHARES.values(), loads(example, referrals, stay), places, strict=True)
    failures = sum(referrals * share * erlang(load, n) for share, load, n in pairs)
    assert failures == pytest.approx(124, abs=1e-6)


@pytest.mark.parametrize("level", [90, 93, 95, 97, 98, 99])
def test_the_places_are_the_fewest_by_erlang(example, claims, level):
    own = loads(example, example.ASSUMED["referrals"], example.STAY)
    found = claims["places"]
    assert number(found[f"{level} %, own region"]) == sum(
        fewest_lost(load, level / 100) for load in own
    )
    assert number(found[f"{level} %, one national pool"]) == fewest_lost(sum(own), level / 100)


def test_the_reason_for_other_places_holds(example, notes):
    """116 places, each region's share rounded alone, and the 1 008 referrals that they fit."""
    alone = [round(117 * share) for share in example.SHARES.values()]
    assert sum(alone) == 116
    own = loads(example, 1008, 40)
    failures = sum(load / 40 * 365 * erlang(load, n) for load, n in zip(own, alone, strict=True))
    assert failures == pytest.approx(124, abs=0.5)
    for row in notes:
        level, _, what = row["label"].partition(" %, ")
        if row["claim"] != "places" or what not in ("own region", "one national pool"):
            continue
        among = own if what == "own region" else [sum(own)]
        assert int(row["note"]) == sum(fewest_lost(load, int(level) / 100) for load in among), row


def test_the_reason_for_other_referrals_holds(example, monkeypatch):
    """With those 116 places the note's 1 270, 1 010, 660 and 1 410 come out, in tens."""
    monkeypatch.setattr(example, "shared_out", lambda _places: (15, 20, 23, 22, 36))
    lost, wait, mixed = Discipline.LOST, Discipline.WAIT, Discipline.MIXED
    asked = ((30, lost, 0.0), (40, lost, 0.0), (50, wait, 0.0), (30, mixed, 0.6))
    fits = [example.fitting(stay, discipline, q) for stay, discipline, q in asked]
    assert fits == pytest.approx([1270, 1010, 660, 1410], abs=5)
    assert f"{100 * fits[0] / 1779:.0f}" == "71"  # of all acute orders


def test_an_uncertain_year_is_the_integral_over_its_law(example):
    rate, cv = example.RATES[example.OWN_REGION], example.ASSUMED["year_cv"]
    law = stats.gamma(1 / cv**2, scale=cv**2)
    exact, _ = quad(lambda f: law.pdf(f) * f * erlang(f * rate * 40, 41), 0.2, 2.2)
    assert 1 - example.uncertain_level(41, rate, (1.0,)) == pytest.approx(exact, rel=1e-4)


def test_the_rule_of_use(example, claims):
    for region, load in zip(example.SHARES, loads(example, 1010, 40), strict=True):
        refused = erlang(load, round(load / 0.85))
        assert claims["rule"][f"{region}: refused"] == f"{100 * refused:.0f} %"


def test_chance_alone_fails_as_often_as_erlang_says(example):
    """Within Monte-Carlo error and what the quarter-day step flatters (0.2 points at most)."""
    years = example.monthly_failures((1.0,), 0.0).sum(axis=1)
    pairs = zip(loads(example, 1010, 40), example.shared_out(117), strict=True)
    exact = sum(load / 40 * 365 * erlang(load, n) for load, n in pairs)
    error = years.std() / np.sqrt(len(years))
    assert abs(years.mean() - exact) < 4 * error + 0.002 * 1010


def test_months_of_chance_are_as_spread_as_the_exact_law(example):
    """Variance of one region's monthly failures against the chain that counts them."""
    region = next(iter(example.SHARES))
    places = example.shared_out(117)[0]
    months = example.failures_of(
        region,
        places,
        sizes=(1.0,),
        factor=np.ones(2000),
        rng=np.random.Generator(np.random.PCG64(7)),
    )
    stay = Stay(Shape.EXPONENTIAL, 40)
    chance = LossChain(places, World.steady(example.RATES[region]), stay).breach_counts(
        365 / 12, 40
    )
    counts = np.arange(len(chance))
    exact = chance @ counts**2 - (chance @ counts) ** 2
    per_path = (months**2).mean(axis=1) - months.mean() ** 2
    error = per_path.std() / np.sqrt(len(months))
    assert abs(months.var() - exact) < 4 * error + 0.02 * exact


def test_no_source_lowers_the_waterfall(claims):
    steps = [
        int(value)
        for label, value in claims["waterfall"].items()
        if label.startswith("and ") and "day one" not in label
    ]
    steady = fewest_lost(0.42 * 1.13 * 30, 0.95)
    assert int(claims["waterfall"]["chance, steady state"]) == steady
    assert all(low <= high for low, high in pairwise(steps))
    assert abs(int(claims["waterfall"]["chance, this year"]) - steady) <= 1


def test_with_ample_treatment_acute_care_is_erlangs(example):
    chain = example.tandem(38, 40)
    load = example.RATES[example.OWN_REGION] * 40
    assert chain.blocked == pytest.approx(erlang(load, 38), rel=1e-6)
    assert chain.stay_with_waiting == pytest.approx(40, rel=1e-6)


def test_the_reason_for_other_acute_stays_holds(example, monkeypatch):
    """The note's 12.7 % and 44.6 days lie between a treatment load of 48 x 0.31 and of 15."""
    ours = example.tandem(38, 10)
    monkeypatch.setitem(example.ASSUMED, "treatment_load", 48 * 0.31)
    unrounded = example.tandem(38, 10)
    assert unrounded.blocked < 0.127 < ours.blocked
    assert unrounded.stay_with_waiting < 44.6 < ours.stay_with_waiting


@pytest.mark.parametrize("target", [0.94, 0.98, 0.996])
def test_no_other_split_of_the_portfolio_is_cheaper(example, target):
    """Every split is tried, at prices and use written out anew."""
    load, private = example.RATES[example.OWN_REGION] * 40, 16071
    prices = ((12749, 0), (0.8 * 16602, 0.2 * 16602), (0.4 * 16602, 0.8 * 16602))
    prices = (*prices, (0, 1.1 * private))
    lost = [erlang(load, c) for c in range(61)]
    used = np.cumsum([0.0, *(load * (a - b) for a, b in pairwise(lost))])
    costs = {}
    for split in product(range(5), range(20, 37), range(18), range(4)):
        places = sum(split)
        if 1 - lost[places] < target:
            continue
        ends = np.cumsum([0, *split])
        paid = sum(
            n * fixed + price * (used[end] - used[start])
            for n, (fixed, price), (start, end) in zip(split, prices, pairwise(ends), strict=True)
        )
        costs[split] = paid + load * lost[places] * 1.8 * private
    best = example.staircase(target)
    assert best.cost(best.best()) == pytest.approx(min(costs.values()), rel=1e-9)
    assert best.best() in costs


def test_the_reason_for_other_prices_holds(claims, notes):
    for row in notes:
        if "one place further" in row["why"]:
            level = row["label"].partition(":")[0]
            ours = number(claims["portfolio"][f"{level}: MNOK per avoided breach"])
            further = number(claims["portfolio"][f"{level}: the same one place further"])
            assert ours < float(row["note"]) <= further + 0.11, row


@pytest.mark.parametrize("target", [0.95, 0.99])
def test_every_further_place_is_dearer_per_avoided_breach(example, target):
    """Blocking is convex in the places (Harel 1990), so what one more avoids only falls."""
    prices = [example.next_price(example.staircase(target), extra) for extra in range(6)]
    assert all(low < high for low, high in pairwise(prices))


def test_no_reason_is_cut_at_a_comma(notes):
    assert all(None not in row for row in notes)


def test_the_guarantee_breaks_even_at_the_ratio_of_prices(claims):
    assert (
        claims["guarantee"]["pays above, against other private"] == f"{100 * 12749 / 16071:.0f} %"
    )
    assert claims["guarantee"]["pays above, against spot"] == f"{100 * 12749 / 1.8 / 16071:.0f} %"
