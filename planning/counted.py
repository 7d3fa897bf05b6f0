"""The fewest places for a goal, by counting alone: no use of each place is kept, so it is fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.fewest import EXACT, SharesAt, search
from planning.flow import Chain, offered_share
from planning.goal import Goal, assured_share
from planning.pair import Pair

# So many paths place a search roughly; all paths then decide.
COARSE = 300


@dataclass(frozen=True)
class CountedChoices:
    """Children to be met and those not met in time in one group of a chain. [choice, path]"""

    to_meet: NDArray[np.int64]
    missed: NDArray[np.int64]

    def shares(self, goal: Goal) -> list[float]:
        """What is held against the level, for each choice of places."""
        return [
            goal.share(
                offered_share(to_meet, missed),
                assured_share(to_meet, missed, assurance=goal.assurance),
            )
            for to_meet, missed in zip(self.to_meet, self.missed, strict=True)
        ]


@dataclass(frozen=True)
class Counter:
    """Counts the children of one chain, under many choices of places at once."""

    chain: Chain

    @cached_property
    def _pair(self) -> Pair | None:
        """None where a child takes several places: such children are walked choice by choice."""
        return None if _several(self.chain) else Pair.of(self.chain)

    def first(self, choices: Sequence[tuple[int, int]]) -> CountedChoices:
        """Of the first group, at each (places, places of the fed group)."""
        if self._pair is None:
            return _walked(self.chain, choices, group=0)
        missed = self._pair.count(choices).first
        return CountedChoices(np.broadcast_to(self._pair.to_meet, missed.shape), missed)

    def fed(self, choices: Sequence[tuple[int, int]]) -> CountedChoices:
        """Of the fed group, those who come out of the first among them."""
        if self._pair is None:
            return _walked(self.chain, choices, group=1)
        found = self._pair.count(choices)
        return CountedChoices(self._pair.fed_to_meet + found.on_met, found.fed + found.on)


def _walked(chain: Chain, choices: Sequence[tuple[int, int]], *, group: int) -> CountedChoices:
    outcomes = [chain.run(*choice)[group] for choice in choices]
    return CountedChoices(
        np.stack([outcome.to_meet for outcome in outcomes]),
        np.stack([outcome.missed_a_year for outcome in outcomes]),
    )


def first_shares(chain: Chain, goal: Goal) -> SharesAt[int]:
    """What numbers of places of the first group give, at each number of the fed one."""
    counter = Counter(chain)

    def shares(asked: Mapping[int, Sequence[int]]) -> dict[int, list[float]]:
        choices = [(places, fed) for fed, tries in asked.items() for places in tries]
        return _each(asked, counter.first(choices).shares(goal))

    return shares


def fed_shares(chain: Chain, goal: Goal) -> SharesAt[int]:
    """What numbers of places of the fed group give, at each number of the first one."""
    counter = Counter(chain)

    def shares(asked: Mapping[int, Sequence[int]]) -> dict[int, list[float]]:
        choices = [(places, fed) for places, tries in asked.items() for fed in tries]
        return _each(asked, counter.fed(choices).shares(goal))

    return shares


def _each(asked: Mapping[int, Sequence[int]], shares: list[float]) -> dict[int, list[float]]:
    """One flat list of answers, given back to the questions they belong to."""
    found, at = {}, 0
    for question, tries in asked.items():
        found[question] = shares[at : at + len(tries)]
        at += len(tries)
    return found


def least_first(chain: Chain, goal: Goal, *, near: int, fed_places: int = 0) -> int:
    """Fewest places of the first group that reach the goal."""
    both = [first_shares(part, goal) for part in (chain.head(COARSE), chain)]
    found = search(both, goal.level, near={fed_places: near})[fed_places]
    return _lasting(both[-1], chain, goal, at=(fed_places, found))


def least_fed(chain: Chain, goal: Goal, *, near: int, places: int) -> int:
    """Fewest places of the fed group that reach the goal, at so many of the first."""
    both = [fed_shares(part, goal) for part in (chain.head(COARSE), chain)]
    found = search(both, goal.level, near={places: near})[places]
    return _lasting(both[-1], chain, goal, at=(places, found))


def _lasting(shares_at: SharesAt[int], chain: Chain, goal: Goal, *, at: tuple[int, int]) -> int:
    """The same, or the next so that one place more reaches the goal too.

    Where children take several places one more can be worse (planner.md, I9x).
    """
    other, found = at
    while _several(chain):
        if min(shares_at({other: (found, found + 1)})[other]) >= goal.level - EXACT:
            break
        found += 1
    return found


def _several(chain: Chain) -> bool:
    """Whether a child takes several places."""
    children = (chain.children, chain.fed)
    return any(c is not None and c.takes.max(initial=1) > 1 for c in children)
