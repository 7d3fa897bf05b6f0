"""Every number of places from 0 up: how many children are met, and what each place is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.fewest import EXACT, fewest
from planning.flow import Outcome
from planning.goal import Goal, assured_share

# The curve runs to the places that meet this share (contract: plan files).
TOP_SHARE = 0.999
# Places shown around the recommendation in reports; all of them are walked.
SHOWN = 10
# Of the places far below the recommendation, every so many are walked.
STRIDE = 5

Run = Callable[[int], Outcome]


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


def step(outcome: Outcome, *, assurance: float) -> Step:
    """Summary of an outcome."""
    missed = outcome.missed_a_year
    return Step(
        offered_share=outcome.offered_share,
        assured_share=assured_share(outcome.to_meet, missed, assurance=assurance),
        missed_mean=float(missed.mean()),
        missed_high=float(np.quantile(missed, 0.9, method="inverted_cdf")),
        use_days=outcome.use.mean(axis=0),
        elsewhere_days=float(outcome.elsewhere_days.mean()),
    )


@dataclass(frozen=True)
class Sweep:
    """What every number of places from 0 up gives.

    `by_level` is the fewest for which the mean over all children reaches the level, whatever
    single years do.
    """

    steps: tuple[Step, ...]  # [committed]
    by_level: int


def sweep(run: Run, *, goal: Goal, needed: int, exact: tuple[int, ...] = ()) -> Sweep:
    """What all numbers of places give, round the `needed` ones that reach the goal.

    Goes on to the top share, to SHOWN more than needed, and to all of `exact`. More than
    SHOWN below the needed, where hardly a place is ever free and one place more helps as much
    as the one before, only every STRIDE-th number (and `exact`) is walked; the others lie on
    the line between.
    """
    walked: dict[int, Step] = {}

    def at(places: int) -> Step:
        if places not in walked:
            walked[places] = step(run(places), assurance=goal.assurance)
        return walked[places]

    last = max((needed + SHOWN, *exact))
    while at(last).offered_share < TOP_SHARE - EXACT:
        last += 1
    low = max(0, needed - SHOWN)
    for places in (*range(0, low, STRIDE), *exact, *range(low, last + 1)):
        at(places)
    by_level = fewest(lambda places: at(places).offered_share, goal.level, near=needed)
    return Sweep(tuple(_between(walked, c) for c in range(last + 1)), by_level)


def _between(walked: Mapping[int, Step], places: int) -> Step:
    """The step itself where it was walked, else the line between its neighbours."""
    if places in walked:
        return walked[places]
    below = max(c for c in walked if c < places)
    above = min(c for c in walked if c > places)
    one, two = walked[below], walked[above]
    part = (places - below) / (above - below)

    def line(low: float, high: float) -> float:
        return low + part * (high - low)

    padded = np.concatenate([one.use_days, two.use_days[below:places]])
    return Step(
        offered_share=line(one.offered_share, two.offered_share),
        assured_share=line(one.assured_share, two.assured_share),
        missed_mean=line(one.missed_mean, two.missed_mean),
        missed_high=line(one.missed_high, two.missed_high),
        use_days=padded + part * (two.use_days[:places] - padded),
        elsewhere_days=line(one.elsewhere_days, two.elsewhere_days),
    )
