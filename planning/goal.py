"""What a number of places must reach before it is recommended."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.fewest import EXACT


class Binds(StrEnum):
    """What must reach the level: the mean over all children, most single years, or both."""

    BOTH = "both"
    LEVEL = "level"
    ASSURANCE = "assurance"


@dataclass(frozen=True)
class Goal:
    """The level of one series, and who must reach it.

    `level` is a share of the children to be met; `assurance` the share of path-years whose
    own share must reach it too. The mean alone says that 97 of 100 children are met over many
    possible years; half of those years can still be below. Raises UsageError for a level
    that is no share below 1.
    """

    level: float
    assurance: float = 0.8
    binds: Binds = Binds.BOTH

    def __post_init__(self) -> None:
        if not 0 <= self.level < 1:
            raise UsageError(f"a level of {self.level}.", fix="Use a share from 0 to below 1.")

    def share(self, offered: float, assured: float) -> float:
        """The least of what must reach the level, from offered and assured share."""
        match self.binds:
            case Binds.BOTH:
                return min(offered, assured)
            case Binds.LEVEL:
                return offered
            case Binds.ASSURANCE:
                return assured


def assured_share(
    to_meet: NDArray[np.int64], missed: NDArray[np.int64], *, assurance: float
) -> float:
    """Share of children offered a place that `assurance` of the path-years reach themselves.

    A level is met by that many of the years if and only if it is not above this share, so one
    number answers for every level. 1 for a year without children to meet, and for assurance 0.
    """
    years = ceil(assurance * len(to_meet) - EXACT)
    if years <= 0:
        return 1.0
    own = 1 - missed / np.maximum(to_meet, 1)  # [path]
    return float(np.partition(own, len(own) - years)[len(own) - years])
