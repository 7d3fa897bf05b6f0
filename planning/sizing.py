"""The recommended places of each series: the fewest that reach the level, coupled or not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from planning.fewest import fewest
from planning.flow import Chain, Outcome
from planning.policy import Policy
from planning.sweep import Run, Step, sweep

# Rounds of sizing two coupled groups in turn; each only moves the other by a place or none.
ROUNDS = 4


@dataclass(frozen=True)
class Sized:
    """One series sized: its curve, the recommended places, and what they give on each path.

    `steps[c]` is what c places give with the coupled group at its recommendation; `lost` and
    `wait` are the places that the two extreme disciplines would need; `wanted` the places
    wanted per day whatever the capacity. [path, day]
    """

    key: SeriesKey
    level: float
    steps: tuple[Step, ...]
    chosen: int
    outcome: Outcome
    lost: int
    wait: int
    wanted: NDArray[np.int64]


def level_of(key: SeriesKey, *, agency: Agency, policy: Policy) -> float:
    """The level that holds for this need group: its own where it has one, else the plan's."""
    own = agency.need_group(key.need_group).level
    return policy.level if own is None else own


def size_chain(
    chain: Chain,
    *,
    levels: tuple[float, float],
    exact: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
) -> tuple[Sized, ...]:
    """Size the one or two series of a chain.

    `levels` and `exact` (places whose outcome must be walked) are those of (first, fed).
    """
    size = _Sizing(chain, levels, exact)
    return (size.alone(),) if chain.fed_key is None else size.pair()


@dataclass(frozen=True)
class _Sizing:
    """One chain and what is asked of it; every answer is on the same children."""

    chain: Chain
    levels: tuple[float, float]
    exact: tuple[tuple[int, ...], tuple[int, ...]]

    def first(self, fed_places: int, chain: Chain | None = None) -> Run:
        """Outcome of the first group by its places."""
        at = chain or self.chain
        return lambda places: at.run(places, fed_places)[0]

    def fed(self, places: int, chain: Chain | None = None) -> Run:
        """Outcome of the fed group by its places."""
        at = chain or self.chain
        return lambda fed_places: at.run(places, fed_places)[1]

    def alone(self) -> Sized:
        wanted = self.chain.wanted()
        return self._first_sized(0, wanted)

    def pair(self) -> tuple[Sized, Sized]:
        wanted, fed_wanted = self.chain.wanted(), self.chain.fed_wanted()
        fed_places = self._balance(_usual(wanted), _usual(fed_wanted))
        first = self._first_sized(fed_places, wanted)
        return first, self._fed_sized(first.chosen, fed_places, fed_wanted)

    def _balance(self, places: int, fed_places: int) -> int:
        """Fewest places of the fed group with the first at the fewest that it then needs.

        Starts from the fed group fed without limit, near the places given.
        """
        level, fed_level = self.levels
        unlimited = int(np.diff(self.chain.children.start).max(initial=0))
        fed_places = _least(self.fed(unlimited), level=fed_level, near=fed_places)
        for _ in range(ROUNDS):
            places = _least(self.first(fed_places), level=level, near=places)
            again = _least(self.fed(places), level=fed_level, near=fed_places)
            if again == fed_places:
                break
            fed_places = again
        return fed_places

    def _first_sized(self, fed_places: int, wanted: NDArray[np.int64]) -> Sized:
        run, level = self.first(fed_places), self.levels[0]
        found = sweep(run, level=level, near=_usual(wanted), exact=self.exact[0])
        chosen = found.chosen
        lost, wait = (
            _least(self.first(fed_places, extreme), level=level, near=chosen)
            for extreme in (self.chain.with_lost(1), self.chain.with_lost(0))
        )
        return Sized(self.chain.key, level, found.steps, chosen, run(chosen), lost, wait, wanted)

    def _fed_sized(self, places: int, balanced: int, wanted: NDArray[np.int64]) -> Sized:
        assert self.chain.fed_key is not None
        run, level = self.fed(places), self.levels[1]
        found = sweep(run, level=level, near=balanced, exact=self.exact[1])
        # Never below the number that the first group was sized with.
        chosen = max(found.chosen, balanced)
        lost, wait = (
            _least(self.fed(places, extreme), level=level, near=chosen)
            for extreme in (self.chain.with_lost(1), self.chain.with_lost(0))
        )
        return Sized(
            self.chain.fed_key, level, found.steps, chosen, run(chosen), lost, wait, wanted
        )


def _least(run: Run, *, level: float, near: int) -> int:
    return fewest(lambda places: run(places).offered_share, level, near=near)


def _usual(wanted: NDArray[np.int64]) -> int:
    """Places wanted at the end on nine paths in ten: where to start looking. [path, day]"""
    return int(np.quantile(wanted[:, -1], 0.9)) if wanted.size else 0
