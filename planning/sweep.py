"""Every number of places from 0 up: how many children are met, and what each place is used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.counted import CountedChoices
from planning.fewest import EXACT, fewest
from planning.flow import Outcome, offered_share
from planning.goal import Goal, assured_share

# The curve runs to the places that meet this share (contract: plan files).
TOP_SHARE = 0.999
# Places shown around the recommendation in reports; children are counted at all of them.
SHOWN = 10
# Of the places far below the recommendation, every so many are counted.
STRIDE = 5

# The use of each place and spot purchase are walked at all numbers so NEAR the needed one, where a
# place more or fewer is weighed; then so far APART, and far below further.
NEAR, APART, APART_BELOW = 5, 5, 20
# Numbers of places counted in one walk: with more their counts leave the processor's memory.
AT_ONCE = 28

Run = Callable[[int], Outcome]
Count = Callable[[Sequence[int]], CountedChoices]


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
    """Children with one number of places: as in Step."""

    offered_share: float
    assured_share: float
    missed_mean: float
    missed_high: float


@dataclass(frozen=True)
class _Used:
    """Places with one number of them: use as in Step, and spot days per child missed."""

    days: NDArray[np.float64]
    spot_per_missed: float


def sweep(count: Count, run: Run, *, goal: Goal, needed: int, exact: tuple[int, ...] = ()) -> Sweep:
    """What all numbers of places give, round the `needed` ones that reach the goal.

    Goes on to the top share, to SHOWN more than needed, and to all of `exact`. Children are
    counted at every number near the needed one. More than SHOWN below it, where hardly a place is
    ever free and one place more helps as much as the one before, only at every STRIDE-th number
    (and `exact`); the others lie on the line between. The use of each place changes more evenly:
    it is walked at the numbers NEAR the needed one and at `exact`, and else APART.
    """
    children = _Children(count, goal, {})
    last = max((needed + SHOWN, *exact))
    low = max(0, needed - SHOWN)
    children.ask((*range(0, low, STRIDE), *exact, *range(low, last + 1)))
    while children.known[last].offered_share < TOP_SHARE - EXACT:
        children.ask(range(last + 1, last + 1 + SHOWN))
        last = next(
            (c for c in range(last + 1, last + 1 + SHOWN) if children.at(c) >= TOP_SHARE - EXACT),
            last + SHOWN,
        )
    by_level = fewest(children.at, goal.level, near=needed)
    walk = {
        *exact,
        *range(needed - NEAR, needed + NEAR + 1),
        *range(0, low, APART_BELOW),
        *range(low, last, APART),
        last,
    }
    used = {c: _used(run(c)) for c in sorted(walk) if 0 <= c <= last}
    steps = (_step(children.known, used, c) for c in range(last + 1))
    return Sweep(tuple(steps), by_level)


@dataclass(frozen=True)
class _Children:
    """What is known of children by number of places."""

    count: Count
    goal: Goal
    known: dict[int, _Met]

    def ask(self, places: Iterable[int]) -> None:
        """Count at these numbers, many in one walk."""
        new = sorted({c for c in places if c not in self.known})
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            found = self.count(some)
            for c, to_meet, missed in zip(some, found.to_meet, found.missed, strict=True):
                self.known[c] = self._met(to_meet, missed)

    def _met(self, to_meet: NDArray[np.int64], missed: NDArray[np.int64]) -> _Met:
        return _Met(
            offered_share=offered_share(to_meet, missed),
            assured_share=assured_share(to_meet, missed, assurance=self.goal.assurance),
            missed_mean=float(missed.mean()),
            missed_high=float(np.quantile(missed, 0.9, method="inverted_cdf")),
        )

    def at(self, places: int) -> float:
        """Offered share with so many places."""
        self.ask((places,))
        return self.known[places].offered_share


def _used(outcome: Outcome) -> _Used:
    missed = float(outcome.missed_a_year.mean())
    spot = float(outcome.elsewhere_days.mean())
    return _Used(outcome.use.mean(axis=0), spot / missed if missed else 0.0)


def _around(known: Iterable[int], places: int) -> tuple[int, int, float]:
    """The nearest known numbers on both sides, and how far on the way between them."""
    below = max(c for c in known if c <= places)
    above = min(c for c in known if c >= places)
    return below, above, (places - below) / (above - below) if above > below else 0.0


def _step(known: Mapping[int, _Met], used: Mapping[int, _Used], places: int) -> Step:
    """The step itself where all of it is known, else the line between its neighbours."""
    below, above, part = _around(known, places)
    one, two = vars(known[below]), vars(known[above])
    met = {name: value + part * (two[name] - value) for name, value in one.items()}
    below, above, part = _around(used, places)
    low, high = used[below], used[above]
    days = np.concatenate([low.days, high.days[below:places]])
    spot = low.spot_per_missed + part * (high.spot_per_missed - low.spot_per_missed)
    return Step(
        **met,
        use_days=days + part * (high.days[:places] - days),
        elsewhere_days=spot * met["missed_mean"],
    )
