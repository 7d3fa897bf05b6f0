"""What is known of one chain of groups: each question is counted or walked once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.flow import Chain, Outcome, offered_share
from planning.goal import Goal, assured_share
from planning.pair import Missed, Pair

# So many paths place a search roughly; all paths then decide.
COARSE = 300
# So many tell what is only compared with the chosen places: how evenly other numbers of places are
# used, far ends of a curve, choices that were not taken. A shape needs fewer paths than a level.
FEW = 1000

Places = tuple[int, int]  # of the first group and of the fed one


@dataclass(frozen=True)
class CountedChoices:
    """Children to be met and those not met in time in one group of a chain. [choice, path]

    `elsewhere_days` are the place-days in the plan year of those then helped elsewhere.
    """

    to_meet: NDArray[np.int64]
    missed: NDArray[np.int64]
    elsewhere_days: NDArray[np.int64]

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
class Walks:
    """Children of a chain, and what numbers of places give them."""

    chain: Chain
    _outcomes: dict[Places, tuple[Outcome, Outcome]] = field(default_factory=dict)
    _counted: dict[Places, Missed] = field(default_factory=dict)

    def run(self, places: int, fed_places: int = 0) -> tuple[Outcome, Outcome]:
        """As Chain.run."""
        asked = (places, fed_places)
        if asked not in self._outcomes:
            self._outcomes[asked] = self.chain.run(*asked)
        return self._outcomes[asked]

    def count(self, choices: Sequence[Places], *, group: int) -> CountedChoices:
        """Of the first group (0), or of the fed one (1) with those who come out of the first."""
        pair = self._pair
        if pair is None:
            return self._walked(choices, group=group)
        known = self._missed(choices, pair)
        found = [known[choice] for choice in choices]
        if group == 0:
            missed = np.stack([each.first for each in found])
            to_meet, elsewhere = pair.to_meet, [each.spot_days for each in found]
            return CountedChoices(
                np.broadcast_to(to_meet, missed.shape), missed, np.stack(elsewhere)
            )
        return CountedChoices(
            np.stack([pair.fed_to_meet + each.on_met for each in found]),
            np.stack([each.fed + each.on for each in found]),
            np.stack([each.fed_spot_days for each in found]),
        )

    def head(self, paths: int) -> "Walks":
        """The same on the first so many paths."""
        return self if self.chain.children.paths <= paths else Walks(self.chain.head(paths))

    @cached_property
    def coarse(self) -> "Walks":
        """On the paths that place a search."""
        return self.head(COARSE)

    @cached_property
    def few(self) -> "Walks":
        """On the paths that are enough for what is compared with the chosen places."""
        return self.head(FEW)

    @cached_property
    def several(self) -> bool:
        """Whether a child takes several places."""
        children = (self.chain.children, self.chain.fed)
        return any(c is not None and c.takes.max(initial=1) > 1 for c in children)

    @cached_property
    def _pair(self) -> Pair | None:
        """None where a child takes several places: such children are walked choice by choice."""
        return None if self.several else Pair.of(self.chain)

    def _missed(self, choices: Sequence[Places], pair: Pair) -> dict[Places, Missed]:
        new = [choice for choice in dict.fromkeys(choices) if choice not in self._counted]
        if new:
            self._counted.update(zip(new, pair.count(new).each(), strict=True))
        return self._counted

    def _walked(self, choices: Sequence[Places], *, group: int) -> CountedChoices:
        outcomes = [self.run(*choice)[group] for choice in choices]
        return CountedChoices(
            np.stack([outcome.to_meet for outcome in outcomes]),
            np.stack([outcome.missed_a_year for outcome in outcomes]),
            np.stack([outcome.elsewhere_days for outcome in outcomes]),
        )


@dataclass(frozen=True)
class Side:
    """One group of a chain, the places of the other one given: the first (0) or the fed (1)."""

    walks: Walks
    group: int
    other: int = 0

    def count(self, places: Sequence[int]) -> CountedChoices:
        """Children under each number of places."""
        return self.walks.count([self._choice(c) for c in places], group=self.group)

    def run(self, places: int) -> Outcome:
        """What so many places give."""
        return self.walks.run(*self._choice(places))[self.group]

    @property
    def coarse(self) -> "Side":
        """On the paths that place a search."""
        return Side(self.walks.coarse, self.group, self.other)

    @property
    def few(self) -> "Side":
        """On the paths that are enough for what is compared with the chosen places."""
        return Side(self.walks.few, self.group, self.other)

    def with_lost(self, lost_share: float) -> "Side":
        """The same children where all (1) or none (0) unmet ones are helped elsewhere."""
        return Side(Walks(self.walks.chain.with_lost(lost_share)), self.group, self.other)

    def _choice(self, places: int) -> Places:
        return (self.other, places) if self.group else (places, self.other)
