"""What numbers of places are used for near the needed one: what a place more or fewer costs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from planning.walks import Side

# The use of each place is known so near the needed number, on both sides of it.
NEAR = 5
# So many numbers beyond the cheapest one are tried: cost rises steadily but for limits and houses.
AHEAD = 2


class Used(Protocol):
    """What one number of places is used for in a mean year."""

    @property
    def use_days(self) -> NDArray[np.float64]:
        """Days that each place is in use, lowest number first. [place]"""

    @property
    def elsewhere_days(self) -> float:
        """Place-days of children helped elsewhere (spot purchase)."""


@dataclass(frozen=True)
class _Used:
    use_days: NDArray[np.float64]
    elsewhere_days: float


@dataclass(frozen=True)
class Uses:
    """What any number of places of one side is used for, made to agree with all paths at one.

    Children helped elsewhere are counted on all paths. How evenly places are used is walked on
    few; what these leave out at the `anchor`, they leave out at other numbers too.
    """

    side: Side
    anchor: int

    def at(self, places: int) -> Used:
        """What so many places are used for."""
        ahead = range(self.anchor + 1, self.anchor + AHEAD + 1)
        if places in ahead:
            self.side.count(ahead)  # at once is faster than one by one
        return _Used(self.days(places), float(self.side.count((places,)).elsewhere_days.mean()))

    def days(self, places: int) -> NDArray[np.float64]:
        """Days that each place is in use. [place]"""
        if places == self.anchor:
            return self._every
        use_days, both = mean_days(self.side.few, places), min(places, self.anchor)
        use_days[:both] = np.maximum(use_days[:both] + self._left_out[:both], 0)
        return use_days

    @cached_property
    def _every(self) -> NDArray[np.float64]:
        return mean_days(self.side, self.anchor)

    @cached_property
    def _left_out(self) -> NDArray[np.float64]:
        return self._every - mean_days(self.side.few, self.anchor)


def mean_days(side: Side, places: int) -> NDArray[np.float64]:
    """Mean days a year that each of so many places is in use. [place]"""
    return np.asarray(side.run(places).use.mean(axis=0))
