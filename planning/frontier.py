"""Places of two coupled groups against each other: exchange rate and ceiling."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from planning.checks import require_counts, require_positive
from planning.children import Children
from planning.fewest import EXACT, SharesAt, search


@dataclass(frozen=True)
class Exchange:
    """Places that the first group needs at one number of places of the fed group.

    `places` is None where no number of them reaches the level for long: the fed group passes
    too few children a day (`ceiling`, see Throughput).
    """

    fed_places: int
    places: int | None
    ceiling: float


@dataclass(frozen=True)
class Throughput:
    """What the fed group is asked to take in from the first, in the long run.

    `asked` children a day who are ready for it, `mean_nights` their mean stay there, `came`
    referrals a day to the first group.
    """

    came: float
    asked: float
    mean_nights: float

    @classmethod
    def of(cls, children: Children, days: int) -> "Throughput":
        """From drawn children of so many days."""
        require_positive(days=days)
        new = children.day >= 0
        goes = new & children.onward
        nights = children.next_nights[goes]
        span = children.paths * days
        return cls(
            came=float(new.sum() / span),
            asked=float(goes.sum() / span),
            mean_nights=float(nights.mean()) if len(nights) else 0.0,
        )

    def passed(self, fed_places: int) -> float:
        """Most children a day that so many places of the fed group can take in."""
        require_counts(fed_places=fed_places)
        return fed_places / self.mean_nights if self.mean_nights else np.inf

    def ceiling(self, fed_places: int) -> float:
        """Offered share of the first group that no number of its places exceeds for long.

        Flow balance: of the children taken in, the share that goes on must find its way out.
        """
        return min(1.0, self.passed(fed_places) / self.asked) if self.asked else 1.0


def exchange(
    searches: Sequence[SharesAt[int]],
    fed_places: Sequence[int],
    *,
    level: float,
    throughput: Throughput,
    near: int,
) -> tuple[Exchange, ...]:
    """Fewest places of the first group at each number of places of the fed group.

    `searches` tell the offered share of the first group for numbers of its places, at each
    number of places of the fed one: first on few paths, where a search is cheap, at last on
    all, which decide. `near` is where to start looking.
    """
    ceilings = {fed: throughput.ceiling(fed) for fed in sorted(fed_places, reverse=True)}
    found = {fed: near for fed, ceiling in ceilings.items() if ceiling >= level - EXACT}
    found = search(searches, level, near=found)
    # Fewer places of the fed group never need fewer of the first (planner.md, I10).
    least = dict(zip(found, accumulate(found.values(), max), strict=True))
    steps = (Exchange(fed, least.get(fed), ceiling) for fed, ceiling in ceilings.items())
    return tuple(steps)[::-1]
