"""Exact answers for two groups in steady state: children wait in the first for the second.

All stays exponential. A child who is ready for the fed group and finds it full keeps its place
in the first group, first in line (Koizumi, Kuno & Smith 2005).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from forecasting.errors import UsageError
from planning.chains import MarkovChain, chain_of
from planning.checks import require_amounts, require_counts, require_positive, require_shares
from planning.fewest import EXACT, fewest

State = tuple[int, int, int]  # in care in the first group, waiting there, in the fed group


@dataclass(frozen=True)
class BlockingChain:
    """Two groups. Rates in referrals a day, stays in days.

    A share `onward_share` of the first group goes on; referrals straight to the fed group
    (`fed_rate`) that find it full are lost to it, as are referrals to a full first group.
    """

    places: int
    fed_places: int
    rate: float
    mean_stay: float
    onward_share: float
    fed_rate: float
    fed_mean_stay: float

    def __post_init__(self) -> None:
        require_counts(places=self.places, fed_places=self.fed_places)
        require_amounts(rate=self.rate, fed_rate=self.fed_rate)
        require_positive(mean_stay=self.mean_stay, fed_mean_stay=self.fed_mean_stay)
        require_shares(onward_share=self.onward_share)

    @property
    def throughput(self) -> float:
        """Most children a day that the fed group can take in."""
        return self.fed_places / self.fed_mean_stay

    @property
    def ceiling(self) -> float:
        """Service level of the first group that no number of its places can exceed.

        With ever more places only as many children leave towards the fed group as it passes:
        throughput / (share that goes on x rate), at most 1.
        """
        asked = self.onward_share * self.rate
        return min(1.0, self.throughput / asked) if asked else 1.0

    @cached_property
    def chain(self) -> MarkovChain[State]:
        """The chain, from empty."""
        return chain_of((0, 0, 0), self._moves)

    @cached_property
    def blocked(self) -> float:
        """Share of referrals to the first group that find it full."""
        return self.chain.mean(lambda state: float(state[0] + state[1] >= self.places))

    @property
    def service_level(self) -> float:
        """Share of referrals to the first group that get a place at once."""
        return 1 - self.blocked if self.rate else 1.0

    @property
    def fed_blocked(self) -> float:
        """Share of referrals straight to the fed group that find it full."""
        return self.chain.mean(lambda state: float(state[2] >= self.fed_places))

    @property
    def waiting(self) -> float:
        """Mean number of children who wait in the first group."""
        return self.chain.mean(lambda state: state[1])

    @property
    def stay_with_waiting(self) -> float:
        """Mean days in the first group, waiting included."""
        taken_in = self.rate * (1 - self.blocked)
        there = self.chain.mean(lambda state: state[0] + state[1])
        return there / taken_in if taken_in else self.mean_stay

    @property
    def wait_per_transfer(self) -> float:
        """Mean days that a child who goes on waits for it."""
        transfers = self.rate * (1 - self.blocked) * self.onward_share
        return self.waiting / transfers if transfers else 0.0

    def with_places(self, places: int, fed_places: int | None = None) -> "BlockingChain":
        """The same with other numbers of places."""
        fed = self.fed_places if fed_places is None else fed_places
        return replace(self, places=places, fed_places=fed)

    def required(self, level: float) -> int | None:
        """Fewest places of the first group that reach the level; None where none does.

        Raises UsageError for a level that is no share below 1.
        """
        if not 0 <= level < 1:
            raise UsageError(f"a level of {level}.", fix="Use a share from 0 to below 1.")
        if self.ceiling < level - EXACT:
            return None
        load = int(self.rate * self.mean_stay)
        return fewest(lambda places: self.with_places(places).service_level, level, near=load)

    @property
    def breaches_a_year(self) -> float:
        """Referrals to the first group in 365 days that find it full."""
        return 365 * self.rate * self.blocked

    @property
    def fed_breaches_a_year(self) -> float:
        """Referrals straight to the fed group in 365 days that find it full."""
        return 365 * self.fed_rate * self.fed_blocked

    @property
    def exchange_rate(self) -> float:
        """Places of the first group that one place of the fed group is worth, in breaches.

        Breaches that one more place of the fed group avoids, over those that one more of the
        first does.
        """
        fed = self.with_places(self.places, self.fed_places + 1).breaches_a_year
        own = self.with_places(self.places + 1).breaches_a_year
        gain = self.breaches_a_year - own
        return (self.breaches_a_year - fed) / gain if gain else 0.0

    def _moves(self, state: State) -> Iterable[tuple[float, State]]:
        care, waits, fed = state
        if care + waits < self.places:
            yield self.rate, (care + 1, waits, fed)
        if fed < self.fed_places:
            yield self.fed_rate, (care, waits, fed + 1)
        ready = care / self.mean_stay
        yield ready * (1 - self.onward_share), (care - 1, waits, fed)
        goes = (care - 1, waits, fed + 1) if fed < self.fed_places else (care - 1, waits + 1, fed)
        yield ready * self.onward_share, goes
        leaves = (care, waits - 1, fed) if waits else (care, waits, fed - 1)
        yield fed / self.fed_mean_stay, leaves
