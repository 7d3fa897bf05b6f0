"""Places of two coupled groups against each other: exchange rate and ceiling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planning.checks import require_counts, require_positive
from planning.children import Children
from planning.fewest import EXACT, fewest

# So many paths place a search roughly; all paths then decide.
COARSE = 500

# Offered share of the first group with (places, places of the fed group).
PairLevel = Callable[[int, int], float]


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
    level_at: PairLevel,
    fed_places: Sequence[int],
    *,
    level: float,
    throughput: Throughput,
    near: int,
    coarse: PairLevel | None = None,
) -> tuple[Exchange, ...]:
    """Fewest places of the first group at each number of places of the fed group.

    `near` is where to start looking; `coarse` the same level on fewer paths, asked first.
    """
    found: list[Exchange] = []
    least = 0
    for fed in sorted(fed_places, reverse=True):
        ceiling, places = throughput.ceiling(fed), None
        if ceiling >= level - EXACT:
            if coarse is not None:
                near = fewest(lambda c, fed=fed: coarse(c, fed), level, near=near)  # type: ignore[misc]
            # Fewer places of the fed group never need fewer of the first (planner.md, I10).
            near = least = places = fewest(
                lambda c, fed=fed: level_at(c, fed),  # type: ignore[misc]
                level,
                near=near,
                least=least,
            )
        found.append(Exchange(fed, places, ceiling))
    return tuple(reversed(found))
