"""Every number of places from 0 up: how many children are met, and what each place is used."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.erlang import EXACT
from planning.flow import Outcome

# The curve runs to the places that meet this share (contract: plan files).
TOP_SHARE = 0.999
# Places shown above the recommendation in reports.
SHOWN_ABOVE = 10

Run = Callable[[int], Outcome]


@dataclass(frozen=True)
class Step:
    """What one number of places gives: means over paths, children and days a year.

    `use_days[place]` is the mean number of days each place is in use, lowest number first;
    `elsewhere_days` the mean place-days of children helped elsewhere (spot purchase).
    """

    offered_share: float
    missed_mean: float
    missed_high: float
    use_days: NDArray[np.float64]
    elsewhere_days: float


def step(outcome: Outcome) -> Step:
    """Summary of an outcome."""
    missed = outcome.missed_a_year
    return Step(
        offered_share=outcome.offered_share,
        missed_mean=float(missed.mean()),
        missed_high=float(np.quantile(missed, 0.9, method="inverted_cdf")),
        use_days=outcome.use.mean(axis=0),
        elsewhere_days=float(outcome.elsewhere_days.mean()),
    )


def sweep(run: Run, *, level: float, at_least: int = 0) -> tuple[Step, ...]:
    """Steps for 0, 1, 2, ... places until the top share is met. [committed]

    Goes on to SHOWN_ABOVE places beyond the fewest that meet the level, and to `at_least`.
    """
    steps: list[Step] = []
    last: int | None = None
    while last is None or len(steps) <= max(last, at_least):
        steps.append(step(run(len(steps))))
        if last is None and steps[-1].offered_share >= max(level, TOP_SHARE) - EXACT:
            last = max(len(steps) - 1, fewest(steps, level=level) + SHOWN_ABOVE)
    return tuple(steps)


def fewest(steps: tuple[Step, ...] | list[Step], *, level: float) -> int:
    """Fewest places whose offered share reaches the level."""
    return next(c for c, s in enumerate(steps) if s.offered_share >= level - EXACT)


def search(run: Run, *, level: float, near: int) -> int:
    """Fewest places that reach the level, looked for outwards from `near`.

    The share must not fall with the places; some number of them must reach the level.
    """

    def reached(places: int) -> bool:
        return run(places).offered_share >= level - EXACT

    stride = 1
    if reached(near):
        high = near
        while (low := max(-1, high - stride)) >= 0 and reached(low):
            high, stride = low, 2 * stride
    else:
        low = near
        while not reached(high := low + stride):
            low, stride = high, 2 * stride
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high
