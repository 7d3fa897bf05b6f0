"""Laws of sharing between regions, of the order of service, and of the plan's alternatives."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.stays import Residents
from forecasting.streams import Streams
from planning.alternatives import FEWER, all_sharing, together
from planning.build import size_all
from planning.cheapest import along_curve
from planning.children import Children, Ticks
from planning.evidence import Evidence, build_chain, chains
from planning.flow import Chain
from planning.goal import Goal
from planning.money import Market
from planning.plan import Sharing
from planning.policy import Arrangement, Policy
from planning.sharing import Places, Together
from planning.sizing import Sized
from planning.transfers import all_who_ask, staying_on
from planning.whole import proportional
from planning.window import Window
from tests.flows import (
    AS_OF,
    YEAR,
    made_up_agency,
    made_up_choices,
    made_up_evidence,
    made_up_prices,
    made_up_register,
)

DAYS = 80
OWN, HELP, STANDBY, POOL = Arrangement


@st.composite
def children(draw: st.DrawFn, *, paths: int, lost: bool | None = None) -> Children:
    """Referrals of one region on some paths; all are lost, none is, or each as drawn."""
    many = [draw(st.lists(st.integers(0, DAYS - 1), max_size=25)) for _ in range(paths)]
    day = np.array([d for each in many for d in sorted(each)], dtype=np.int32)
    nights = np.array([draw(st.integers(1, 30)) for _ in day], dtype=np.int32)
    start = np.cumsum([0, *map(len, many)])
    found = Children.listed(day, nights, start=start, within_days=draw(st.integers(0, 4)))
    each = np.array([draw(st.booleans()) if lost is None else lost for _ in day], dtype=np.bool_)
    return replace(found, lost=each)


def regions(count: int, lost: bool | None = None) -> st.SearchStrategy[dict[str, Children]]:
    names = [f"r{number}" for number in range(count)]
    return st.fixed_dictionaries({name: children(paths=3, lost=lost) for name in names})


def joined(parts: dict[str, Children]) -> Together:
    keys = {name: Streams(1).key(name) for name in parts}
    return Together.of(parts, Ticks(DAYS - 10, before=10), keys=keys)


own_places = st.tuples(*[st.integers(0, 4)] * 3)


@given(regions(3), own_places)
@settings(deadline=None)
def test_own_places_only_is_each_region_walked_alone(
    parts: dict[str, Children], own: tuple[int, int, int]
) -> None:
    shared = joined(parts).run(Places(OWN, own), use=True)
    for number, (name, part) in enumerate(parts.items()):
        alone, _ = Chain(SeriesKey(name, "g"), part, Ticks(DAYS - 10, before=10)).run(own[number])
        assert shared.to_meet[:, number].tolist() == alone.to_meet.tolist()
        assert shared.missed[:, number].tolist() == alone.missed_a_year.tolist()
        np.testing.assert_allclose(shared.use_days[number], alone.use.mean(axis=0))
    assert shared.away.sum() == 0


@given(regions(3), own_places)
@settings(deadline=None)
def test_regions_that_help_each_other_serve_as_one_pool_does(
    parts: dict[str, Children], own: tuple[int, int, int]
) -> None:
    together = joined(parts)
    helped, pooled = (
        together.run(Places(HELP, own)),
        together.run(Places(POOL, (0, 0, 0), sum(own))),
    )
    assert (helped.missed == pooled.missed).all()
    assert (helped.placed == pooled.placed).all()
    assert (helped.away <= pooled.away).all(), "a pool is nobody's home"


@given(regions(3), own_places, st.integers(0, 4), st.permutations(range(3)))
@settings(deadline=None)
def test_permuting_regions_permutes_the_answer(
    parts: dict[str, Children], own: tuple[int, ...], shared: int, order: list[int]
) -> None:
    names = list(parts)
    moved = {names[number]: parts[names[number]] for number in order}
    for arrangement in Arrangement:
        first = joined(parts).run(Places(arrangement, own, shared))
        second = joined(moved).run(Places(arrangement, tuple(own[n] for n in order), shared))
        assert (first.missed[:, order] == second.missed).all()
        assert (first.to_meet[:, order] == second.to_meet).all()
        # Whom a region asks first for help is the order in which regions are listed.
        if arrangement is not HELP:
            assert (first.away[:, order] == second.away).all()


@given(regions(3, lost=True), own_places, st.integers(0, 4))
@settings(deadline=None)
def test_more_standby_never_leaves_more_children_without_where_they_do_not_wait(
    parts: dict[str, Children], own: tuple[int, int, int], shared: int
) -> None:
    parts = {name: replace(part, deadline=part.day) for name, part in parts.items()}
    few, more = (joined(parts).run(Places(STANDBY, own, n)) for n in (shared, shared + 1))
    assert (more.missed.sum(axis=1) <= few.missed.sum(axis=1)).all()


@given(regions(3), own_places, st.integers(0, 4), st.sampled_from(Arrangement))
@settings(deadline=None)
def test_offered_and_missed_are_those_to_be_met_whatever_the_places(
    parts: dict[str, Children], own: tuple[int, int, int], shared: int, arrangement: Arrangement
) -> None:
    together = joined(parts)
    found = together.run(Places(arrangement, own, shared), left=True)
    for number, part in enumerate(parts.values()):
        counted = (part.deadline >= 10) & (part.deadline < DAYS)
        expected = [counted[a:b].sum() for a, b in zip(part.start, part.start[1:], strict=False)]
        assert found.to_meet[:, number].tolist() == expected
    assert (found.missed <= found.to_meet).all()
    assert (found.away <= found.placed).all()
    assert (found.left >= together.asking.day).all()
    assert together.head(2).run(Places(arrangement, own, shared)).missed.tolist() == (
        found.missed[:2].tolist()
    )


@given(regions(3))
@settings(deadline=None)
def test_every_child_is_served_once_in_the_order_of_days_and_regions_take_turns(
    parts: dict[str, Children],
) -> None:
    together = joined(parts)
    asking = together.asking
    assert sorted(together.source.tolist()) == list(range(len(asking.day)))
    for begin, end in zip(asking.start, asking.start[1:], strict=False):
        days, region = asking.day[begin:end], asking.region[begin:end]
        source = together.source[begin:end]
        assert (np.diff(days) >= 0).all()
        for number in range(3):
            assert (np.diff(source[region == number]) > 0).all()
        for day in set(days.tolist()):
            today = region[days == day].tolist()
            firsts = today[: len(set(today))]
            assert len(set(firsts)) == len(firsts), "nobody's second child before another's first"


def test_no_region_is_always_first() -> None:
    days = np.arange(DAYS)
    parts = {f"r{n}": Children.listed(days, np.ones(DAYS, np.int32)) for n in range(4)}
    firsts = Counter(joined(parts).asking.region[::4].tolist())
    expected, error = DAYS / 4, np.sqrt(DAYS * 3 / 16)
    assert all(abs(firsts[number] - expected) <= 4 * error for number in range(4))


counts = st.lists(st.integers(0, 60), min_size=1, max_size=6)
amounts = st.lists(st.floats(0.01, 10), min_size=1, max_size=8)


@given(st.integers(0, 300), counts | amounts)
def test_places_are_spread_in_proportion(total: int, weights: list[float]) -> None:
    parts = proportional(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        share = weight / sum(weights) if sum(weights) else 1 / len(weights)
        assert abs(part - total * share) < 1 + 1e-6


def test_wrong_places_and_paths_are_refused() -> None:
    some = Children.listed(np.array([1, 2]), np.array([3, 3]))
    two = Children.listed(np.array([1, 2]), np.array([3, 3]), start=np.array([0, 1, 2]))
    with pytest.raises(UsageError, match=r"-1"):
        Places(OWN, (1, -1))
    with pytest.raises(UsageError, match=r"\[1, 2\] paths"):
        joined({"a": some, "b": two})
    with pytest.raises(UsageError, match="Give 2 numbers"):
        joined({"a": some, "b": some}).run(Places(OWN, (1,)))


# The alternatives of a made-up plan.

RATES, MEANS = {"haster": 8.0, "lang": 2.0}, {"haster": 25.0, "lang": 60.0}


@cache
def evidence(*, coupled: bool = True, regions: int = 3) -> Evidence:
    agency = made_up_agency(regions=regions, coupled=coupled, within_days=10)
    register = made_up_register(agency)
    return made_up_evidence(agency, rates=RATES, means=MEANS, register=register)


@cache
def sized(*, coupled: bool = True, regions: int = 3, prices: bool = True) -> tuple[Sized, ...]:
    known = evidence(coupled=coupled, regions=regions)
    return size_all(
        known,
        made_up_choices(level=0.95),
        agency=made_up_agency(regions=regions, coupled=coupled, within_days=10),
        market=market(known, prices=prices),
        streams=Streams(3),
        workers=1,
        progress=lambda _done, _all: None,
    )


def market(known: Evidence, *, prices: bool) -> Market:
    return Market(
        Window.of_year(YEAR), made_up_prices() if prices else None, known.register, Policy().limits
    )


@cache
def alternatives(
    *, coupled: bool = True, regions: int = 3, workers: int = 1, prices: bool = True
) -> tuple[Sharing, ...]:
    known = evidence(coupled=coupled, regions=regions)
    return all_sharing(
        known,
        sized(coupled=coupled, regions=regions, prices=prices),
        agency=made_up_agency(regions=regions, coupled=coupled, within_days=10),
        market=market(known, prices=prices),
        policy=made_up_choices(level=0.95).policy,
        streams=Streams(3),
        workers=workers,
    )


def rows(group: str, arrangement: Arrangement, **kind: bool) -> list[Sharing]:
    return [
        row
        for row in alternatives(**kind)
        if (row.need_group, row.arrangement) == (group, arrangement)
    ]


@pytest.mark.parametrize("coupled", [True, False])
def test_every_region_reaches_the_level_in_every_arrangement(coupled: bool) -> None:
    for row in alternatives(coupled=coupled):
        assert row.worst.offered_share >= 0.95 - 1e-12
        assert min(part.offered_share for part in row.regions) <= row.offered_share
        assert 0 <= row.away_share <= 1


@pytest.mark.parametrize("group", ["haster", "lang"])
def test_a_pool_needs_no_more_places_than_regions_alone_nor_money(group: str) -> None:
    (own,), (helped,), (pool,) = (rows(group, kind) for kind in (OWN, HELP, POOL))
    assert pool.places <= own.places
    assert helped.places == pool.places
    assert own.away_share == 0 < helped.away_share < pool.away_share
    assert pool.cost_nok is not None
    assert own.cost_nok is not None
    assert pool.cost_nok < own.cost_nok
    # Three equal regions: a child who may be placed anywhere is away two times in three.
    assert pool.away_share == pytest.approx(2 / 3, abs=0.05)


@pytest.mark.parametrize("group", ["haster", "lang"])
def test_standby_gives_back_what_regions_gave_up(group: str) -> None:
    (own,) = rows(group, OWN)
    found = rows(group, STANDBY)
    assert [row.fewer for row in found] == list(FEWER)
    for row in found:
        pairs = zip(own.regions, row.regions, strict=True)
        assert all(b.own_places == max(0, a.own_places - row.fewer) for a, b in pairs)
        assert 0 < row.shared_places <= row.fewer * len(own.regions)
    assert found[0].shared_places <= found[1].shared_places <= found[2].shared_places


def test_the_same_bytes_with_one_and_two_threads() -> None:
    assert alternatives(workers=1) == alternatives(workers=2)


def test_one_region_has_nobody_to_share_with() -> None:
    assert alternatives(regions=1) == ()


def test_without_prices_cost_is_not_known_but_places_are() -> None:
    unpriced = alternatives(prices=False)
    assert all(row.cost_nok is None for row in unpriced)
    assert [row.places for row in unpriced] == [row.places for row in alternatives()]


@pytest.mark.parametrize("coupled", [True, False])
def test_own_places_are_those_that_the_plan_needs(coupled: bool) -> None:
    """Exactly for groups that stand alone; give or take one a region for coupled ones."""
    needed = {part.key: part.needed for part in sized(coupled=coupled)}
    for group in made_up_agency().need_groups:
        (own,) = rows(group.code, OWN, coupled=coupled)
        for part in own.regions:
            gap = abs(part.own_places - needed[SeriesKey(part.region, group.code)])
            assert gap <= (1 if coupled else 0)


def made(known: Evidence) -> dict[str, Chain]:
    """The coupled chains of two regions; no cap on the nights in both groups."""
    agency = made_up_agency(regions=2, within_days=10)
    (pair,) = chains(agency)
    choices = made_up_choices(level=0.95)
    found = {
        region.code: build_chain(
            known,
            pair,
            region=region.code,
            window=choices.window,
            policy=choices.policy,
            streams=Streams(3),
        )
        for region in agency.regions
    }
    return {region: replace(chain, cap=None) for region, chain in found.items()}


@pytest.mark.parametrize("group", ["haster", "lang"])
def test_own_places_cost_what_the_plan_says_they_cost(group: str) -> None:
    (own,) = rows(group, OWN, coupled=False)
    known = evidence(coupled=False)
    cost = 0.0
    for part in sized(coupled=False):
        if part.key.need_group == group:
            along = along_curve(part.steps, market(known, prices=True), part.key).cost_nok
            assert along is not None
            cost += along[part.needed]
    assert own.cost_nok == pytest.approx(cost)


def test_of_coupled_groups_who_comes_and_who_waits_is_that_of_the_walk_of_both() -> None:
    """Exactly, where the first group has a place for each."""
    known = evidence(regions=2)
    # On the data date some live in the first group, one waits there, others ask already.
    keys = [SeriesKey(f"r{number}", group) for number in range(2) for group in RATES]
    residents = Residents(
        AS_OF,
        {key: np.array([3, 40, 90]) for key in keys},
        {key: np.array([False, True, False]) for key in keys},
        {key: np.array([1, 2, 5]) for key in keys},
    )
    of_regions = made(replace(known, residents=residents))
    asked = {region: all_who_ask(chain) for region, chain in of_regions.items()}
    grid = next(iter(of_regions.values())).grid
    fed_places, many = (6, 4), (400, 400)
    fed = Together.of({region: children for region, (children, _) in asked.items()}, grid)
    alone = fed.run(Places(OWN, fed_places), left=True)
    left = np.empty_like(alone.left)
    left[fed.source] = alone.left
    stays = staying_on(of_regions, {region: who for region, (_, who) in asked.items()}, left)
    first = Together.of(stays, grid).run(Places(OWN, many), use=True)
    for number, chain in enumerate(of_regions.values()):
        both, both_fed = chain.run(many[number], fed_places[number])
        assert alone.missed[:, number].tolist() == both_fed.missed_a_year.tolist()
        assert alone.to_meet[:, number].tolist() == both_fed.to_meet.tolist()
        assert first.use_days[number].sum() == pytest.approx(both.use.mean(axis=0).sum())
    assert any((stays[r].nights != of_regions[r].children.nights).any() for r in stays), (
        "somebody waits"
    )


def test_a_group_knows_its_regions_and_recommendation() -> None:
    chosen = {part.key: part for part in sized(regions=2)}
    first, fed = together(made(evidence(regions=2)), chosen, streams=Streams(3))
    assert [key.need_group for key in (*first.keys, *fed.keys)] == ["haster"] * 2 + ["lang"] * 2
    assert first.recommended == tuple(chosen[key].chosen for key in first.keys)
    assert first.goals == fed.goals == (Goal(0.95),) * 2
