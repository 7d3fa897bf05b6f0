"""The recommended places of each series: the fewest that reach the goal, coupled or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from planning.counted import Counter, least_fed, least_first
from planning.flow import Chain, Outcome
from planning.goal import Goal
from planning.needed import Asked, Found, find_places, usual
from planning.plan import ExchangeRow
from planning.policy import Policy
from planning.sweep import Count, Run, Step, sweep


@dataclass(frozen=True)
class Sized:
    """One series sized: its curve, the recommended places, and what they give on each path.

    `steps[c]` is what c places give with the coupled group at its recommendation, on the paths
    that places were chosen on; `needed` the fewest places that reach the goal, `by_level` if
    single years did not matter; `chosen` those that the plan has, which limits can hold apart
    from `needed` (see money.py), `outcome` what these give on each path;
    `lost` and `wait` the places that the two extreme disciplines would need; `wanted` the
    places wanted per day whatever the capacity [path, day]; `exchanges` what a place in the
    group that this one feeds is worth, where that was asked for.
    """

    key: SeriesKey
    goal: Goal
    steps: tuple[Step, ...]
    chosen: int
    needed: int
    by_level: int
    outcome: Outcome
    lost: int
    wait: int
    wanted: NDArray[np.int64]
    exchanges: tuple[ExchangeRow, ...] = ()


def goal_of(key: SeriesKey, *, agency: Agency, policy: Policy) -> Goal:
    """The goal that holds for this need group: its own level where it has one, else the plan's."""
    level = policy.level_of(agency.need_group(key.need_group))
    return Goal(level, policy.assurance, policy.binds)


def size_chain(
    chain: Chain,
    *,
    asked: Sequence[Asked],
    exact: Sequence[tuple[int, ...]] = ((), ()),
) -> tuple[Sized, ...]:
    """Size the one or two series of a chain.

    `asked` and `exact` (places whose outcome must be walked) are those of (first, fed).
    """
    wanted = [chain.wanted()] if chain.fed_key is None else [chain.wanted(), chain.fed_wanted()]
    found = find_places(chain, asked, near=[usual(each) for each in wanted])
    size = _Sizing(chain, found)
    first = size.first(asked[0].goal, exact[0], wanted[0])
    if chain.fed_key is None:
        return (first,)
    return first, size.fed(asked[1].goal, exact[1], wanted[1])


def seen_on(sized: tuple[Sized, ...], chain: Chain) -> tuple[Sized, ...]:
    """The same series with what their chosen places give on the children of a chain.

    Best on others than those they were sized on: the fewest places that pass are those that
    chance favoured most, so the paths of the choice flatter it.
    """
    places = [part.chosen for part in sized]
    outcomes = chain.run(*places)[: len(sized)]
    return tuple(replace(part, outcome=o) for part, o in zip(sized, outcomes, strict=True))


@dataclass(frozen=True)
class _Sizing:
    """One chain and its places; every answer is on the same children."""

    chain: Chain
    found: Found

    def first(self, goal: Goal, exact: tuple[int, ...], wanted: NDArray[np.int64]) -> Sized:
        """The first group, with the fed one at its chosen places."""
        fed_places = self.found.chosen[1] if self.chain.fed_key is not None else 0
        lost, wait = (
            least_first(extreme, goal, near=self.found.needed[0], fed_places=fed_places)
            for extreme in (self.chain.with_lost(1), self.chain.with_lost(0))
        )
        found = self._swept(
            lambda tried: self._counter.first([(places, fed_places) for places in tried]),
            lambda places: self.chain.run(places, fed_places)[0],
            goal=goal,
            exact=exact,
            side=0,
        )
        return replace(found, lost=lost, wait=wait, wanted=wanted)

    def fed(self, goal: Goal, exact: tuple[int, ...], wanted: NDArray[np.int64]) -> Sized:
        """The fed group, with the first at its chosen places."""
        places = self.found.chosen[0]
        lost, wait = (
            least_fed(extreme, goal, near=self.found.needed[1], places=places)
            for extreme in (self.chain.with_lost(1), self.chain.with_lost(0))
        )
        found = self._swept(
            lambda tried: self._counter.fed([(places, fed_places) for fed_places in tried]),
            lambda fed_places: self.chain.run(places, fed_places)[1],
            goal=goal,
            exact=exact,
            side=1,
        )
        return replace(found, lost=lost, wait=wait, wanted=wanted)

    @cached_property
    def _counter(self) -> Counter:
        return Counter(self.chain)

    def _swept(
        self, count: Count, run: Run, *, goal: Goal, exact: tuple[int, ...], side: int
    ) -> Sized:
        """The curve and what the chosen places give; brackets and wanted places to be filled in."""
        key = self.chain.fed_key if side else self.chain.key
        assert key is not None
        needed, chosen = self.found.needed[side], self.found.chosen[side]
        outcome = run(chosen)

        def walked(places: int) -> Outcome:
            return outcome if places == chosen else run(places)

        swept = sweep(count, walked, goal=goal, needed=needed, exact=(*exact, chosen))
        return Sized(
            key=key,
            goal=goal,
            steps=swept.steps,
            chosen=chosen,
            needed=needed,
            by_level=swept.by_level,
            outcome=outcome,
            lost=0,
            wait=0,
            wanted=np.zeros((0, 0), np.int64),
        )
