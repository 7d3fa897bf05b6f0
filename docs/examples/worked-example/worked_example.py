"""The eight claims of the worked example, computed from facts.csv and assumptions.toml.

`python docs/examples/worked-example/worked_example.py` prints the tables; `--write` puts them
into README.md beside it. Only public functions of `planning` are used.
"""

import csv
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import roots_genlaguerre

from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.blocking_chain import BlockingChain
from planning.children import Children
from planning.erlang import SteadyState, place_use
from planning.fewest import fewest
from planning.flow import Chain
from planning.loss_chain import LossChain, World
from planning.no_move import Staircase
from planning.policy import Discipline
from planning.portfolio import Tier
from planning.region_chain import Regions
from planning.region_year import RegionYear, Years
from planning.stay_shapes import Shape, Stay

HERE = Path(__file__).parent
README = HERE / "README.md"
DAYS = 365
MONTHS = 12
LEVELS = (0.90, 0.93, 0.95, 0.97, 0.98, 0.99)
HARD_LEVELS = (0.95, 0.97, 0.99)
TARGETS = (0.94, 0.95, 0.97, 0.98, 0.99, 0.996)
# Claim 2 simulates in quarters of a day: departures come first within a step, which flatters
# in proportion to the step. Five mean stays fill the empty places before months are counted.
PER_DAY = 4
FILL_STAYS = 5
# Nodes of the yearly factor's law; eight integrate a smooth function to seven digits.
NODES = 8
SEED = 1


@dataclass(frozen=True)
class Row:
    """One number of a claim, as it is printed."""

    label: str
    value: str


def read_facts() -> dict[tuple[str, str, str], float]:
    """Published numbers by topic, group and period."""
    with (HERE / "facts.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["topic"], row["group"], row["period"]): float(row["value"])
            for row in csv.DictReader(file)
        }


FACTS = read_facts()
TOML = tomllib.loads((HERE / "assumptions.toml").read_text(encoding="utf-8"))
ASSUMED: dict[str, Any] = {row["name"]: row["value"] for row in TOML["assumption"]}
SHARES: dict[str, float] = TOML["regions"]
OWN_REGION: str = TOML["portfolio_region"]
NEED_GROUP: str = TOML["need_group"]
STAY: float = ASSUMED["stay"]
RATES = {region: share * float(ASSUMED["referrals"]) / DAYS for region, share in SHARES.items()}
GROUPS = tuple(ASSUMED["event_sizes"])
ALONE = (1.0,)


def state_places(period: str) -> int:
    """State places for acute care at the end of a month."""
    return int(FACTS["state_institution_places_budgeted", NEED_GROUP, period])


def cost(owner: str) -> float:
    """Published NOK per stay-day in 2022."""
    return FACTS["cost_per_bed_day", owner, "2022"]


def shared_out(places: int) -> tuple[int, ...]:
    """Places by region: whole parts first, the rest to the largest remainders."""
    exact = np.array(list(SHARES.values())) * places
    whole = np.floor(exact).astype(int)
    rest = np.argsort(whole - exact, kind="stable")[: places - whole.sum()]
    whole[rest] += 1
    return tuple(int(n) for n in whole)


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage."""
    return f"{100 * share:.{digits}f} %"


# Claim 1: is the number of places consistent with the number of failures?


def states(referrals: float, stay: float, *, discipline: Discipline, q: float) -> list[SteadyState]:
    """Every region on its own."""
    return [SteadyState(s * referrals / DAYS, stay, discipline, q) for s in SHARES.values()]


def unmet(referrals: float, stay: float, *, discipline: Discipline, q: float = 0.0) -> float:
    """Children a year who find no place, with the published places shared out."""
    alone = states(referrals, stay, discipline=discipline, q=q)
    pairs = zip(alone, shared_out(state_places("2021-12")), strict=True)
    return sum(DAYS * one.rate * one.unmet(places) for one, places in pairs)


def fitting(stay: float, discipline: Discipline, q: float = 0.0) -> float:
    """Referrals a year with which as many children fail as were reported.

    A child for whom single purchase succeeds (share q) is not reported.
    """
    failures = FACTS["breach_self_reported", "acute", "2023"]
    return float(
        brentq(lambda n: (1 - q) * unmet(n, stay, discipline=discipline, q=q) - failures, 100, 3000)
    )


def consistent() -> Iterator[Row]:
    """Claim 1."""
    failures = FACTS["breach_self_reported", "acute", "2023"]
    orders = FACTS["orders_acute_measures", "institution and emergency foster home", "2023"]
    for stay in ASSUMED["stays"]:
        n = fitting(stay, Discipline.LOST)
        use = (n - failures) * stay / DAYS / state_places("2021-12")
        yield Row(f"lost, {stay} days: referrals a year", f"{n:.0f}")
        yield Row(f"lost, {stay} days: of all acute orders", percent(n / orders))
        yield Row(f"lost, {stay} days: share that fails", percent(failures / n))
        yield Row(f"lost, {stay} days: use of the places", percent(use))
    longest, shortest = max(ASSUMED["stays"]), min(ASSUMED["stays"])
    waits = fitting(longest, Discipline.WAIT)
    yield Row(f"all wait, {longest} days: referrals a year", f"{waits:.0f}")
    q = ASSUMED["spot_found"]
    mixed = fitting(shortest, Discipline.MIXED, q)
    bought = failures / (1 - q) * q * shortest / DAYS
    what = f"{percent(q)} bought a place, {shortest} days"
    yield Row(f"{what}: referrals a year", f"{mixed:.0f}")
    yield Row(f"{what}: children in bought places", f"{bought:.0f}")


# Claim 2: do failures come more clustered than chance?


@dataclass(frozen=True)
class Steps:
    """Steps that fill up, then twelve months of equal length."""

    before: int
    counted: int

    @property
    def month(self) -> NDArray[np.int32]:
        """Month of each step, -1 before the year."""
        months = np.arange(self.counted) * MONTHS // self.counted
        return np.concatenate([np.full(self.before, -1), months]).astype(np.int32)


def least_months(year: str, period: str, months: int) -> list[float]:
    """Monthly reports of a year where the months not published are as equal as can be."""
    known = [
        value
        for (topic, group, month), value in FACTS.items()
        if (topic, group) == ("breach_self_reported", "all")
        and month.startswith(f"{year}-")
        and month != period
    ]
    left = int(FACTS["breach_self_reported", "all", period] - sum(known))
    unknown = months - len(known)
    return [*known, *(left // unknown + (i < left % unknown) for i in range(unknown))]


def spread(months: NDArray[Any]) -> NDArray[np.float64]:
    """Variance over mean of the months of each year. [path]"""
    return np.asarray(months.var(axis=1, ddof=1) / np.maximum(months.mean(axis=1), 1e-9))


@cache
def monthly_failures(sizes: tuple[float, ...], cv: float) -> NDArray[np.int64]:
    """Failures of all regions, by simulation with exponential stays. [path, month]"""
    streams = Streams(SEED).child("months", str(sizes), str(cv))
    factor = yearly_factor(cv, streams.rng("factor"))
    places = shared_out(state_places("2021-12"))
    each = [
        failures_of(region, n, sizes=sizes, factor=factor, rng=streams.rng(region))
        for region, n in zip(SHARES, places, strict=True)
    ]
    return np.asarray(np.sum(each, axis=0))


def yearly_factor(cv: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """One factor a year on the rate, Gamma with mean 1. [path]"""
    paths = ASSUMED["paths"]
    return rng.gamma(1 / cv**2, cv**2, paths) if cv else np.ones(paths)


def failures_of(
    region: str,
    places: int,
    *,
    sizes: tuple[float, ...],
    factor: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Failures of one region. [path, month]"""
    grid = Steps(int(FILL_STAYS * STAY * PER_DAY), DAYS * PER_DAY)
    steps = grid.before + grid.counted
    rate = RATES[region] / mean_size(sizes) / PER_DAY
    path = np.repeat(np.arange(len(factor)), rng.poisson(factor * rate * steps))
    when = rng.integers(0, steps, len(path))
    order = np.lexsort((when, path))
    children = rng.choice(np.arange(1, len(sizes) + 1), size=len(path), p=sizes)
    path, when = np.repeat(path[order], children), np.repeat(when[order], children)
    nights = Stay(Shape.EXPONENTIAL, STAY * PER_DAY).drawn(len(path), rng)
    listed = Children.listed(
        when,
        np.maximum(np.rint(nights), 1).astype(np.int64),
        start=np.concatenate([[0], np.cumsum(np.bincount(path, minlength=len(factor)))]),
    )
    return Chain(SeriesKey(region, NEED_GROUP), listed, grid).run(places)[0].missed


def mean_size(sizes: tuple[float, ...]) -> float:
    """Mean number of children who come together."""
    return sum(n * chance for n, chance in enumerate(sizes, start=1))


def clustered() -> Iterator[Row]:
    """Claim 2."""
    first = least_months("2023", "2023", MONTHS)
    second = least_months("2024", "2024-01..2024-07", 7)
    least = float(spread(np.array([first]))[0])
    both = float(spread(np.array([[*first, *second]]))[0])
    yield Row("reports January 2023 to July 2024, at least", f"{both:.1f}")
    yield Row("reports of 2023, at least", f"{least:.1f}")
    worlds = {
        "chance alone": (ALONE, 0.0),
        "groups and uncertain year": (GROUPS, ASSUMED["year_cv"]),
    }
    for name, (sizes, cv) in worlds.items():
        found = spread(monthly_failures(sizes, cv))
        yield Row(f"{name}: half of the years below", f"{np.median(found):.1f}")
        yield Row(f"{name}: 90 of 100 years below", f"{np.quantile(found, 0.9):.1f}")
        yield Row(f"{name}: years as clustered as 2023", percent(float((found >= least).mean())))


# Claim 3: places by level


@cache
def refused(places: int, rate: float, sizes: tuple[float, ...]) -> float:
    """Share refused when children come in groups, exponential stays (exact)."""
    events = World.steady(rate / mean_size(sizes))
    return 1 - LossChain(places, events, Stay(Shape.EXPONENTIAL, STAY), sizes).service_level


def uncertain_level(places: int, rate: float, sizes: tuple[float, ...]) -> float:
    """Service level by referral over years whose rate is Gamma (Gauss-Laguerre)."""
    shape = 1 / ASSUMED["year_cv"] ** 2
    nodes, weights = roots_genlaguerre(NODES, shape - 1)
    by_referral = weights * nodes / (weights @ nodes)
    shares = [refused(places, float(rate * node / shape), sizes) for node in nodes]
    return float(1 - by_referral @ shares)


def uncertain_places(level: float, sizes: tuple[float, ...]) -> int:
    """Places of all regions in an uncertain year, each region on its own."""
    return sum(
        fewest(lambda n, r=rate: uncertain_level(n, r, sizes), level, near=ceil(1.2 * rate * STAY))  # type: ignore[misc]
        for rate in RATES.values()
    )


def disciplined_places(level: float, discipline: Discipline, q: float = 0.0) -> int:
    """Places of all regions when refused children are not lost."""
    alone = states(ASSUMED["referrals"], STAY, discipline=discipline, q=q)
    return sum(one.required(level) for one in alone)


def places_by_level() -> Iterator[Row]:
    """Claim 3."""
    regions = Regions(tuple(RATES.values()), STAY)
    for level in LEVELS:
        yield Row(f"{percent(level)}, own region", f"{sum(regions.required(level))}")
        yield Row(f"{percent(level)}, one national pool", f"{regions.required_pooled(level)}")
    for level in (HARD_LEVELS[0], HARD_LEVELS[-1]):
        more = regions.price_of_proximity(level)
        yield Row(f"{percent(level)}, price of proximity", f"{more}")
    for level in HARD_LEVELS:
        q = ASSUMED["spot_found_mixed"]
        alike = {
            "uncertain year": uncertain_places(level, ALONE),
            "and same-day groups": uncertain_places(level, GROUPS),
            "own region, mixed": disciplined_places(level, Discipline.MIXED, q),
            "own region, all wait": disciplined_places(level, Discipline.WAIT),
        }
        yield from (Row(f"{percent(level)}, {name}", f"{n}") for name, n in alike.items())
    for period in ("2023-12", "2024-07"):
        places = state_places(period)
        breaches = regions.breaches(shared_out(places))
        yield Row(f"children a year refused with {places} places", f"{breaches:.0f}")


# Claim 4: one rule of use for all regions


def ruled_places() -> tuple[int, ...]:
    """Places by region, so that the load is the planned share of them, to the nearest."""
    return tuple(round(rate * STAY / ASSUMED["planned_use"]) for rate in RATES.values())


def rule_of_use() -> Iterator[Row]:
    """Claim 4."""
    shares = Regions(tuple(RATES.values()), STAY).refused(ruled_places())
    yield from (Row(f"{r}: refused", percent(s)) for r, s in zip(RATES, shares, strict=True))


# Claim 5: why this number, one source after the other


@cache
def drawn_years(
    *, season: bool, cv: float, sizes: tuple[float, ...], onward: bool, treated: bool = True
) -> Years:
    """The region-year with some sources switched on; `treated`: with residents in treatment."""
    events = np.array(ASSUMED["year_segments"])
    rates = (events if season else np.full(MONTHS, events.mean())) * mean_size(GROUPS)
    goes = ASSUMED["year_residents_onward"] if onward else ()
    stay, after = ASSUMED["year_stay"], ASSUMED["year_treatment_stay"]
    year = RegionYear(
        segments=tuple((DAYS / MONTHS, float(rate) / mean_size(sizes)) for rate in rates),
        year_cv=cv,
        event_sizes=sizes,
        stay=Stay(Shape.LOGNORMAL, *stay),
        onward_share=ASSUMED["year_onward"] if onward else 0.0,
        fed_rate=ASSUMED["year_treatment_rate"],
        fed_stay=Stay(Shape.LOGNORMAL, *after),
        residents=tuple((float(d), d in goes) for d in ASSUMED["year_residents"]),
        fed_residents=tuple(map(float, ASSUMED["year_treatment_residents"] if treated else ())),
        days=DAYS,
    )
    return year.draw(ASSUMED["paths"], Streams(SEED).child("year"))


def waterfall() -> Iterator[Row]:
    """Claim 5."""
    cv, level = ASSUMED["year_cv"], ASSUMED["level"]
    fed, fewer = ASSUMED["year_treatment_places"]
    events = float(np.mean(ASSUMED["year_segments"]))
    load = events * mean_size(GROUPS) * ASSUMED["year_stay"][0]
    yield Row("mean load, children", f"{load:.1f}")
    steady = SteadyState(load, 1.0, Discipline.LOST)
    yield Row("chance, steady state", f"{steady.required(level)}")
    calm = drawn_years(season=False, cv=0.0, sizes=ALONE, onward=False)
    season = drawn_years(season=True, cv=0.0, sizes=ALONE, onward=False)
    unsure = drawn_years(season=True, cv=cv, sizes=ALONE, onward=False)
    groups = drawn_years(season=True, cv=cv, sizes=GROUPS, onward=False)
    whole = drawn_years(season=True, cv=cv, sizes=GROUPS, onward=True)
    empty = drawn_years(season=True, cv=cv, sizes=GROUPS, onward=True, treated=False)
    worlds = {
        "chance, this year": (calm, fed),
        "and season": (season, fed),
        "and uncertain year": (unsure, fed),
        "and same-day groups": (groups, fed),
        f"and waiting for {fed} treatment places": (whole, fed),
        f"and waiting for {fewer} treatment places": (whole, fewer),
        f"and waiting for {fed} but nobody in treatment on day one": (empty, fed),
        f"and waiting for {fewer} but nobody in treatment on day one": (empty, fewer),
    }
    for name, (years, treatment) in worlds.items():
        yield Row(name, f"{years.required(level, fed_places=treatment)}")
    for years, start in ((whole, "ten"), (empty, "nobody")):
        needed = years.required(level, fed_places=fed)
        meeting = years.given(needed, fed).years_meeting(level)
        yield Row(f"single years that meet it, {start} in treatment on day one", percent(meeting))


# Claim 6: treatment places are acute capacity


def tandem(places: int, treatment: int) -> BlockingChain:
    """The portfolio's region: acute children wait for treatment in their places."""
    rate, via = RATES[OWN_REGION], ASSUMED["treatment_via_acute"]
    begins = ASSUMED["treatment_load"] / ASSUMED["treatment_stay"]
    return BlockingChain(
        places=places,
        fed_places=treatment,
        rate=rate,
        mean_stay=STAY,
        onward_share=via * begins / rate,
        fed_rate=(1 - via) * begins,
        fed_mean_stay=ASSUMED["treatment_stay"],
    )


def treatment_places() -> Iterator[Row]:
    """Claim 6."""
    today = shared_out(state_places("2024-07"))[list(SHARES).index(OWN_REGION)]
    yield Row("acute places of the region", f"{today}")
    level, needed = ASSUMED["level"], []
    for treatment in ASSUMED["treatment_places"]:
        chain = tandem(today, treatment)
        needed.append(fewest(lambda n, c=chain: c.with_places(n).service_level, level, near=today))  # type: ignore[misc]
        yield Row(f"{treatment} treatment places: refused", percent(chain.blocked, 1))
        yield Row(f"{treatment} treatment places: acute stay", f"{chain.stay_with_waiting:.1f} d")
        yield Row(
            f"{treatment} treatment places: acute places for {percent(level)}", f"{needed[-1]}"
        )
    yield Row("acute places that the five replace", f"{needed[1] - needed[0]}")


# Claim 7: which form holds which place


def spot_price() -> float:
    """NOK a day for a place bought for one child."""
    return float(ASSUMED["spot_price"]) * cost("private other")


def staircase(target: float) -> Staircase:
    """The portfolio's region, tiers in the order in which they are filled."""
    public, load = cost("public"), RATES[OWN_REGION] * STAY
    most = ceil(3 * load)
    tiers = (
        Tier("guaranteed", cost("private non-profit"), 0.0, 0, ASSUMED["guaranteed_most"]),
        Tier("base", ASSUMED["base_fixed"] * public, (1 - ASSUMED["base_fixed"]) * public, 0, most),
        Tier(
            "standby", ASSUMED["standby_fixed"] * public, ASSUMED["standby_used"] * public, 0, most
        ),
        Tier(
            "call-off",
            0.0,
            ASSUMED["call_off_price"] * cost("private other"),
            0,
            ASSUMED["call_off_most"],
        ),
    )
    return Staircase(tiers, load, spot_price(), spot_price(), ASSUMED["spot_found"], target)


def a_year(stairs: Staircase, split: tuple[int, ...]) -> float:
    """Million NOK a year."""
    return stairs.cost(split) * DAYS / 1e6


def next_price(stairs: Staircase, extra: int = 0) -> float:
    """Million NOK per breach that one standby place avoids, `extra` places beyond the best."""
    guaranteed, base, standby, call_off = stairs.best()
    split = (guaranteed, base, standby + extra, call_off)
    more = (guaranteed, base, standby + extra + 1, call_off)
    share = stairs.committed_share
    avoided = DAYS * RATES[OWN_REGION] * (share(sum(more)) - share(sum(split)))
    return (a_year(stairs, more) - a_year(stairs, split)) / avoided


def portfolio() -> Iterator[Row]:
    """Claim 7."""
    for target in TARGETS:
        stairs, name = staircase(target), percent(target, 1 if target > 0.99 else 0)
        guaranteed, base, standby, call_off = split = stairs.best()
        yield Row(f"{name}: guaranteed and base places", f"{guaranteed} + {base}")
        yield Row(f"{name}: standby places", f"{standby}")
        yield Row(f"{name}: call-off places", f"{call_off}")
        if target in (TARGETS[0], TARGETS[-1]):
            forms = zip(stairs.tiers, stairs.use(split), strict=True)
            yield from (Row(f"{name}: use of {t.name}", percent(share)) for t, share in forms)
        yield Row(f"{name}: MNOK a year", f"{a_year(stairs, split):.0f}")
        yield Row(f"{name}: MNOK per avoided breach", f"{next_price(stairs):.1f}")
        yield Row(f"{name}: the same one place further", f"{next_price(stairs, 1):.1f}")
    yield from first_to_last()


def first_to_last() -> Iterator[Row]:
    """What the places between the lowest and the highest target cost and avoid."""
    first, last = staircase(TARGETS[0]), staircase(TARGETS[-1])
    few, many = first.best(), last.best()
    missed, left = (1 - first.committed_share(sum(split)) for split in (few, many))
    yield Row("94 to 99.6 %: places more", f"{sum(many) - sum(few)}")
    yield Row("94 to 99.6 %: cost more", percent(a_year(last, many) / a_year(first, few) - 1))
    yield Row("94 to 99.6 %: breaches avoided", percent(1 - left / missed))


# Claim 8: when does a guarantee pay?


def guarantee() -> Iterator[Row]:
    """Claim 8."""
    price = cost("private non-profit")
    use = place_use(RATES[OWN_REGION] * STAY, 60)
    for name, other in (("other private", "private other"), ("spot", "")):
        share = price / (cost(other) if other else spot_price())
        yield Row(f"pays above, against {name}", percent(share))
        paying = int((use >= share).sum())
        yield Row(f"places of {OWN_REGION} used so much, against {name}", f"{paying}")
    yield Row(f"places of {OWN_REGION} used 95 %", f"{int((use >= 0.95).sum())}")


CLAIMS: dict[str, Callable[[], Iterator[Row]]] = {
    "consistent": consistent,
    "clustered": clustered,
    "places": places_by_level,
    "rule": rule_of_use,
    "waterfall": waterfall,
    "treatment": treatment_places,
    "portfolio": portfolio,
    "guarantee": guarantee,
}


# The page


def read_notes() -> dict[tuple[str, str], tuple[str, str]]:
    """The design note's number for a row, and why ours differs, by claim and label."""
    with (HERE / "notes.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["claim"], row["label"]): (row["note"], row["why"]) for row in csv.DictReader(file)
        }


def table_of(claim: str) -> str:
    """One claim as a Markdown table."""
    notes = read_notes()
    lines = ["| what | computed | note | why they differ |", "| --- | --- | --- | --- |"]
    for row in CLAIMS[claim]():
        note, why = notes.get((claim, row.label), ("", ""))
        lines.append(f"| {row.label} | {row.value} | {note} | {why} |")
    return "\n".join(lines)


def table_of_assumptions() -> str:
    """Every assumption as a Markdown table."""
    lines = ["| assumption | value | unit | source |", "| --- | --- | --- | --- |"]
    shares = ", ".join(f"{region} {share:g}" for region, share in SHARES.items())
    lines.append(f"| `regions` | {shares} | share of referrals | {TOML['regions_source']} |")
    for row in TOML["assumption"]:
        value = row["value"]
        told = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
        lines.append(f"| `{row['name']}` | {told} | {row['unit']} | {row['source']} |")
    return "\n".join(lines)


def filled(text: str) -> str:
    """The page with every table computed anew, between its two marks."""
    for name in ("assumptions", *CLAIMS):
        begin, end = f"<!-- table: {name} -->\n", f"\n<!-- end: {name} -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        table = table_of(name) if name in CLAIMS else table_of_assumptions()
        text = f"{before}{begin}{table}{end}{after}"
    return text


def main() -> None:
    """Print the page, or write it."""
    page = filled(README.read_text(encoding="utf-8"))
    if "--write" in sys.argv:
        README.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main()
