"""Every number of places from 0 up: how many children are met, and what each place is used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.fewest import EXACT, fewest
from planning.flow import offered_share
from planning.goal import Goal, assured_share
from planning.used import NEAR, Uses, mean_days
from planning.walks import CountedChoices, Side

# The curve runs to the places that meet this share (contract: plan files).
TOP_SHARE = 0.999
# Places shown around the recommendation in reports; children are counted at all of them.
SHOWN = 10
# Of the places far below the recommendation, every so many are counted.
STRIDE = 5
# Offered share from which on a curve is read: no level below it is asked for in reports.
READ = 0.8

# The use of each place is walked at all numbers NEAR the anchor (used.py); then so far APART, and
# far below further.
APART, APART_BELOW = 5, 20
# Numbers of places counted in one walk: with more their counts leave the processor's memory.
AT_ONCE = 28


@dataclass(frozen=True)
class Step:
    """What one number of places gives: means over paths, children and days a year.

    `assured_share` is what the goal's share of path-years reach themselves; `use_days[place]`
    the mean number of days each place is in use, lowest number first;
    `elsewhere_days` the mean place-days of children helped elsewhere (spot purchase).
    """

    offered_share: float
    assured_share: float
    missed_mean: float
    missed_high: float
    use_days: NDArray[np.float64]
    elsewhere_days: float


@dataclass(frozen=True)
class Sweep:
    """What every number of places from 0 up gives.

    `by_level` is the fewest for which the mean over all children reaches the level, whatever
    single years do.
    """

    steps: tuple[Step, ...]  # [committed]
    by_level: int


@dataclass(frozen=True)
class _Met:
    """Children with one number of places: those to be met in the mean, and as in Step."""

    to_meet: float
    offered_share: float
    assured_share: float
    missed_high: float
    elsewhere_days: float

    @property
    def missed_mean(self) -> float:
        """Children not met in the mean."""
        return self.to_meet * (1 - self.offered_share)

    def tied(self, here: "_Met", every: "_Met") -> "_Met":
        """The same, if `here` of few paths is the same number of places as `every` of all."""

        def scaled(name: str) -> float:
            few: float = getattr(here, name)
            return float(getattr(self, name) * (getattr(every, name) / few if few else 1.0))

        names = ("to_meet", "offered_share", "assured_share", "elsewhere_days")
        high = self.missed_high + every.missed_high - here.missed_high
        return _Met(**{name: scaled(name) for name in names}, missed_high=high)


@dataclass(frozen=True)
class Around:
    """Where a curve is looked at closely: from the places needed for the goal to those chosen.

    `least` are those that there are whatever is needed; `exact` others that must lie on the curve,
    such as those that exist: those that are not near are walked on all paths. `house` are places
    that come together: so many can be had where one fewer cannot.
    """

    needed: int
    chosen: int
    least: int = 0
    house: int = 1
    exact: tuple[int, ...] = ()

    @property
    def anchor(self) -> int:
        """The fewest places that there can be: use near them agrees with all paths here."""
        return max(self.needed, self.least)

    @property
    def shown(self) -> int:
        """The curve goes on to so many at least."""
        return max(self.anchor + SHOWN, self.chosen + NEAR, *self.exact)

    @property
    def near(self) -> range:
        """Numbers of places where a place more or fewer is weighed."""
        return range(max(0, self.anchor - NEAR), max(self.anchor, self.chosen) + NEAR + 1)

    @property
    def low(self) -> int:
        """From here up children are counted at every number."""
        return max(0, self.needed - SHOWN)


def sweep(side: Side, goal: Goal, around: Around) -> Sweep:
    """What all numbers of places give.

    Goes on to the top share, to SHOWN more than needed, and to all that are looked at closely.
    Children are counted at every number near the needed one, and more than SHOWN below it, where
    hardly a place is ever free and one place more helps as much as the one before, at every
    STRIDE-th; the others lie on the line between. Where nobody would plan few paths tell. The use
    of each place changes more evenly: it is walked on few paths, at the numbers NEAR the anchor and
    else APART, and made to agree with all paths at the anchor (see Uses).
    """
    shown = around.shown
    few, children = _Children(side.few.count, goal, {}), _Children(side.count, goal, {})
    few.ask((*range(0, around.low, STRIDE), *range(around.low, shown + 1)))
    top = few.top(shown)
    # Counted on all paths from here up.
    floor = min(READ, goal.level)
    least = max((c for c, met in few.known.items() if met.offered_share < floor), default=0)
    children.ask((around.chosen, *around.exact, *(c for c in few.known if least <= c <= top)))
    last = children.top(shown) + around.house - 1
    children.ask((last,))
    by_level = fewest(children.at, goal.level, near=around.needed)
    here, every = few.known[least], children.known[least]
    below = {c: met.tied(here, every) for c, met in few.known.items() if c < least}
    met = {**below, **children.known}
    used = _use(side, around, last=last)
    return Sweep(tuple(_step(met, used, c) for c in range(last + 1)), by_level)


def _use(side: Side, around: Around, *, last: int) -> dict[int, NDArray[np.float64]]:
    """Days that each place is in use, at some numbers of places. [place]"""
    uses = Uses(side, around.anchor)
    far = (*range(0, around.low, APART_BELOW), *range(around.low, last, APART), last)
    known = {c: uses.days(c) for c in {*around.near, *far}}
    walked = {*around.exact, around.chosen} - {*around.near}
    return {**known, **{c: mean_days(side, c) for c in walked}}


@dataclass(frozen=True)
class _Children:
    """What is known of children by number of places."""

    count: Callable[[Sequence[int]], CountedChoices]
    goal: Goal
    known: dict[int, _Met]

    def ask(self, places: Iterable[int]) -> None:
        """Count at these numbers, many in one walk."""
        new = sorted({c for c in places if c not in self.known})
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            found = self.count(some)
            rows = vars(found).values()
            self.known.update(zip(some, map(self._met, *rows), strict=True))

    def _met(
        self,
        to_meet: NDArray[np.int64],
        missed: NDArray[np.int64],
        elsewhere: NDArray[np.int64],
    ) -> _Met:
        return _Met(
            to_meet=float(to_meet.mean()),
            offered_share=offered_share(to_meet, missed),
            assured_share=assured_share(to_meet, missed, assurance=self.goal.assurance),
            missed_high=float(np.quantile(missed, 0.9, method="inverted_cdf")),
            elsewhere_days=float(elsewhere.mean()),
        )

    def top(self, least: int) -> int:
        """The fewest places with the top share, from so many up."""
        while self.at(least) < TOP_SHARE - EXACT:
            least += 1
            if least not in self.known:
                self.ask(range(least, least + SHOWN))
        return least

    def at(self, places: int) -> float:
        """Offered share with so many places."""
        self.ask((places,))
        return self.known[places].offered_share


def _around(known: Iterable[int], places: int) -> tuple[int, int, float]:
    """The nearest known numbers on both sides, and how far on the way between them."""
    below = max(c for c in known if c <= places)
    above = min(c for c in known if c >= places)
    return below, above, (places - below) / (above - below) if above > below else 0.0


def _step(known: Mapping[int, _Met], used: Mapping[int, NDArray[np.float64]], places: int) -> Step:
    """The step itself where all of it is known, else the line between its neighbours."""
    below, above, part = _around(known, places)
    one, two = known[below], known[above]
    names = ("offered_share", "assured_share", "missed_mean", "missed_high", "elsewhere_days")
    met = {n: getattr(one, n) + part * (getattr(two, n) - getattr(one, n)) for n in names}
    below, above, part = _around(used, places)
    days = np.concatenate([used[below], used[above][below:places]])
    return Step(**met, use_days=days + part * (used[above][:places] - days))
