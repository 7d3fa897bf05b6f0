"""Many paths in little memory: children drawn a block of paths at a time, answers added up.

A path has the same children whatever block it is in (planning/draws.py), so the size of a block
changes no answer. It is chosen so that the children of a block stay in the processor's own
memory between drawing and counting, which halves the time of both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.children import Children, Grid
from planning.draws import Care, draw_children
from planning.frontier import Throughput
from planning.ordered import Ordered, ordered_pass
from planning.pair import Pair

# Children in a block: about a megabyte.
CHILDREN = 30_000


@dataclass(frozen=True)
class Drawing:
    """The children of one series, drawn when they are needed.

    `daily` are referrals a day [path, day], `care` and `key` as in draw_children.
    """

    daily: NDArray[np.integer[Any]]
    care: Care
    key: int

    @property
    def paths(self) -> int:
        """Number of paths."""
        return len(self.daily)

    def head(self, paths: int) -> "Drawing":
        """The same on the first so many paths."""
        return replace(self, daily=self.daily[:paths])

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """Paths in blocks of about as many children, by what the first paths have."""
        few = self.daily[:100]
        each = max(1.0, int(few.sum(dtype=np.int64)) / max(1, len(few)) + len(self.care.stayed))
        size = max(1, int(CHILDREN / each))
        return tuple(
            slice(first, min(first + size, self.paths)) for first in range(0, self.paths, size)
        )

    def children(self, block: slice) -> Children:
        """The children of a block of paths."""
        daily = self.daily[block]
        return draw_children(daily, self.care, key=self.key, first_path=block.start)

    def every_number(self, grid: Grid) -> Ordered:
        """Discipline lost, nobody blocked: what every number of places gives."""
        blocks = (self.children(block).alone() for block in self.blocks)
        return Ordered.joined([ordered_pass(children, grid) for children in blocks])


@dataclass(frozen=True)
class Coupled:
    """The children of a group, and of the one it feeds (None: it feeds none), as drawings.

    `within_next` as in Pair (planning/pair.py).
    """

    first: Drawing
    fed: Drawing | None
    grid: Grid
    within_next: int

    def head(self, paths: int) -> "Coupled":
        """The same on the first so many paths."""
        fed = None if self.fed is None else self.fed.head(paths)
        return replace(self, first=self.first.head(paths), fed=fed)

    @property
    def throughput(self) -> Throughput:
        """What the fed group is asked to take in from the first, by the laws, on all paths."""
        own, care = self.first, self.first.care
        came = float(own.daily.mean()) if own.daily.size else 0.0
        # A stay is of at least one night, and S(k) is the chance of more than k.
        hazard = care.next_hazard if len(care.next_hazard) else np.ones(1)
        nights = np.mean([(care.next_survival**power).sum() for power in hazard])
        return Throughput(came, came * care.onward_share, float(nights))

    def pairs(self) -> Iterator[Pair]:
        """Both groups on one block of paths after the other."""
        for block in self.first.blocks:
            first = self.first.children(block)
            fed = Children.nobody(first.paths) if self.fed is None else self.fed.children(block)
            yield Pair(first, fed, self.grid, within_next=self.within_next)

    def shares(self, asked: Mapping[int, Sequence[int]]) -> dict[int, tuple[float, ...]]:
        """Offered share of the first group by its places, at each number of places of the fed."""
        choices = [(places, fed) for fed, tries in asked.items() for places in tries]
        met, missed = 0, np.zeros(len(choices), np.int64)
        for pair in self.pairs():
            met += int(pair.to_meet.sum())
            missed += pair.count(choices).first.sum(axis=1)
        shares = iter((1 - missed / met if met else np.ones(len(choices))).tolist())
        return {fed: tuple(next(shares) for _ in tries) for fed, tries in asked.items()}
