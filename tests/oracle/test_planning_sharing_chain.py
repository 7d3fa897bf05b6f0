"""Sharing on drawn children against exact chains in steady state, within 4 standard errors.

A fine step of time comes near the chains' continuous time: a mean stay is 400 steps, so two
children seldom come in one step, and the half step that the grid is optimistic is little.
"""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from planning.children import Children, Ticks
from planning.policy import Arrangement
from planning.region_chain import Regions, SharedChain
from planning.sharing import Places, Shared, Together

STAY = 400
LOADS = (3.0, 1.5, 2.0)
PATHS, COUNTED, BEFORE = 60, 12_000, 4_000
REGIONS = Regions(tuple(load / STAY for load in LOADS), STAY)


def region(load: float, rng: np.random.Generator) -> Children:
    """Poisson referrals and geometric stays; a child without a place is lost."""
    daily = rng.poisson(load / STAY, (PATHS, BEFORE + COUNTED))
    path, tick = np.nonzero(daily)
    children = np.repeat(np.arange(len(path)), daily[path, tick])
    return Children.listed(
        tick[children],
        rng.geometric(1 / STAY, len(children)),
        start=np.searchsorted(path[children], np.arange(PATHS + 1)),
    )


@cache
def together() -> Together:
    rng = np.random.default_rng(5)
    children = {f"r{number}": region(load, rng) for number, load in enumerate(LOADS)}
    return Together.of(children, Ticks(COUNTED, before=BEFORE))


def run(arrangement: Arrangement, own: tuple[int, ...], shared: int = 0) -> Shared:
    return together().run(Places(arrangement, own, shared), use=True)


def agrees(part: NDArray[np.int64], whole: NDArray[np.int64], expected: float) -> bool:
    """Whether a share of sums over paths lies within four of its standard errors. [path]"""
    share = part.sum() / whole.sum()
    error = (part - share * whole).std(ddof=1) * np.sqrt(len(whole)) / whole.sum()
    return bool(abs(share - expected) <= 4 * error)


def refused_agree(found: Shared, expected: NDArray[np.float64]) -> bool:
    sums = zip(found.missed.T, found.to_meet.T, expected, strict=True)
    return all(agrees(missed, asked, share) for missed, asked, share in sums)


@pytest.mark.parametrize("own", [(4, 2, 3), (6, 3, 2), (0, 5, 3)])
def test_own_places_refuse_as_erlang_says(own: tuple[int, ...]) -> None:
    found = run(Arrangement.OWN_PLACES, own)
    assert refused_agree(found, REGIONS.refused(own))
    assert found.away.sum() == 0


@pytest.mark.parametrize(("own", "shared"), [((4, 2, 3), 1), ((3, 2, 1), 3), ((0, 0, 0), 8)])
def test_national_standby_is_that_of_the_chain(own: tuple[int, ...], shared: int) -> None:
    found, chain = run(Arrangement.NATIONAL_STANDBY, own, shared), SharedChain(REGIONS, own, shared)
    assert refused_agree(found, chain.refused)
    assert agrees(found.away.sum(axis=1), found.placed.sum(axis=1), chain.away_share)
    assert agrees(found.away.sum(axis=1), found.to_meet.sum(axis=1), chain.standby_share)


@pytest.mark.parametrize("own", [(4, 2, 3), (2, 3, 2)])
def test_mutual_help_is_that_of_the_chain(own: tuple[int, ...]) -> None:
    found, chain = run(Arrangement.MUTUAL_HELP, own), SharedChain(REGIONS, own, help=True)
    assert refused_agree(found, chain.refused)
    assert agrees(found.away.sum(axis=1), found.placed.sum(axis=1), chain.away_share)


def test_one_pool_refuses_as_erlang_says_and_not_as_own_places_do() -> None:
    pooled = run(Arrangement.NATIONAL_POOL, (0, 0, 0), 9)
    expected = Regions((sum(REGIONS.rates),), STAY).refused((9,))[0]
    assert refused_agree(pooled, np.repeat(expected, 3))
    assert not refused_agree(run(Arrangement.OWN_PLACES, (4, 2, 3)), np.repeat(expected, 3))


def test_help_serves_the_nation_no_worse_than_own_places_only() -> None:
    own, helped = (run(a, (4, 2, 3)) for a in (Arrangement.OWN_PLACES, Arrangement.MUTUAL_HELP))
    gain = (own.missed - helped.missed).sum(axis=1)
    assert gain.mean() > -4 * gain.std(ddof=1) / np.sqrt(PATHS)
    exact = SharedChain(REGIONS, (4, 2, 3), help=True).refused
    assert np.dot(REGIONS.rates, exact) < np.dot(REGIONS.rates, REGIONS.refused((4, 2, 3)))
