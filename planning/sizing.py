"""The recommended places of each series: the fewest that reach the goal, coupled or not."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from planning.counted import least_fed, least_first
from planning.flow import Chain, Outcome
from planning.goal import Goal
from planning.plan import ExchangeRow
from planning.policy import Policy
from planning.sweep import Run, Step, sweep

# Rounds of sizing two coupled groups in turn; each only moves the other by a place or none.
ROUNDS = 4


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
    own = agency.need_group(key.need_group).level
    return Goal(policy.level if own is None else own, policy.assurance, policy.binds)


def size_chain(
    chain: Chain,
    *,
    goals: tuple[Goal, Goal],
    exact: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
    fed_most: int | None = None,
) -> tuple[Sized, ...]:
    """Size the one or two series of a chain.

    `goals` and `exact` (places whose outcome must be walked) are those of (first, fed);
    `fed_most` the most places of the fed group that can be had: the first one is sized with
    no more than these, so children who wait for them are counted where they wait.
    """
    size = _Sizing(chain, goals, exact, fed_most)
    return (size.alone(),) if chain.fed_key is None else size.pair()


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
    """One chain and what is asked of it; every answer is on the same children."""

    chain: Chain
    goals: tuple[Goal, Goal]
    exact: tuple[tuple[int, ...], tuple[int, ...]]
    fed_most: int | None

    def first(self, fed_places: int) -> Run:
        """Outcome of the first group by its places."""
        return lambda places: self.chain.run(places, fed_places)[0]

    def fed(self, places: int) -> Run:
        """Outcome of the fed group by its places."""
        return lambda fed_places: self.chain.run(places, fed_places)[1]

    def alone(self) -> Sized:
        wanted = self.chain.wanted()
        return self._first_sized(0, wanted)

    def pair(self) -> tuple[Sized, Sized]:
        wanted, fed_wanted = self.chain.wanted(), self.chain.fed_wanted()
        fed_places = self._balance(_usual(wanted), _usual(fed_wanted))
        if self.fed_most is not None:
            fed_places = min(fed_places, self.fed_most)
        first = self._first_sized(fed_places, wanted)
        return first, self._fed_sized(first.chosen, fed_places, fed_wanted)

    def _balance(self, places: int, fed_places: int) -> int:
        """Fewest places of the fed group with the first at the fewest that it then needs.

        Starts from the fed group fed without limit, near the places given.
        """
        goal, fed_goal = self.goals
        unlimited = int(np.diff(self.chain.children.start).max(initial=0))
        fed_places = least_fed(self.chain, fed_goal, near=fed_places, places=unlimited)
        for _ in range(ROUNDS):
            places = least_first(self.chain, goal, near=places, fed_places=fed_places)
            again = least_fed(self.chain, fed_goal, near=fed_places, places=places)
            if again == fed_places:
                break
            fed_places = again
        return fed_places

    def _first_sized(self, fed_places: int, wanted: NDArray[np.int64]) -> Sized:
        run, goal = self.first(fed_places), self.goals[0]
        near = least_first(self.chain, goal, near=_usual(wanted), fed_places=fed_places)
        found = sweep(run, goal=goal, near=near, exact=self.exact[0])
        chosen = found.chosen
        lost, wait = (
            least_first(extreme, goal, near=chosen, fed_places=fed_places)
            for extreme in (self.chain.with_lost(1), self.chain.with_lost(0))
        )
        return Sized(
            key=self.chain.key,
            goal=goal,
            steps=found.steps,
            chosen=chosen,
            needed=chosen,
            by_level=found.by_level,
            outcome=run(chosen),
            lost=lost,
            wait=wait,
            wanted=wanted,
        )

    def _fed_sized(self, places: int, balanced: int, wanted: NDArray[np.int64]) -> Sized:
        assert self.chain.fed_key is not None
        run, goal = self.fed(places), self.goals[1]
        found = sweep(run, goal=goal, near=balanced, exact=self.exact[1])
        # Never below the number that the first group was sized with.
        chosen = max(found.chosen, balanced)
        lost, wait = (
            least_fed(extreme, goal, near=chosen, places=places)
            for extreme in (self.chain.with_lost(1), self.chain.with_lost(0))
        )
        return Sized(
            key=self.chain.fed_key,
            goal=goal,
            steps=found.steps,
            chosen=chosen,
            needed=chosen,
            by_level=found.by_level,
            outcome=run(chosen),
            lost=lost,
            wait=wait,
            wanted=wanted,
        )


def _usual(wanted: NDArray[np.int64]) -> int:
    """Places wanted at the end on nine paths in ten: where to start looking. [path, day]"""
    return int(np.quantile(wanted[:, -1], 0.9)) if wanted.size else 0
