"""The recommended places of each series: the fewest that reach the goal, coupled or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from planning.counted import least
from planning.flow import Chain, Outcome
from planning.goal import Goal
from planning.needed import Asked, find_places, usual
from planning.plan import ExchangeRow
from planning.policy import Policy
from planning.sweep import Around, Step, sweep
from planning.walks import Side, Walks


@dataclass(frozen=True)
class Sized:
    """One series sized: its curve, the recommended places, and what they give on each path.

    `steps[c]` is what c places give with the coupled group at its recommendation, on the paths
    that places were chosen on; `needed` the fewest places that reach the goal, `by_level` if
    single years did not matter; `chosen` those that the plan has, which limits can hold apart
    from `needed` (see money.py), `outcome` what these give on each path;
    `lost` and `wait` the places that the two extreme disciplines would need; `wanted` the
    places wanted per day whatever the capacity [path, day]; `exchanges` what a place in the
    group that this one feeds is worth, where that was asked for.
    """

    key: SeriesKey
    goal: Goal
    steps: tuple[Step, ...]
    chosen: int
    needed: int
    by_level: int
    outcome: Outcome
    lost: int
    wait: int
    wanted: NDArray[np.int64]
    exchanges: tuple[ExchangeRow, ...] = ()


def goal_of(key: SeriesKey, *, agency: Agency, policy: Policy) -> Goal:
    """The goal that holds for this need group: its own level where it has one, else the plan's."""
    level = policy.level_of(agency.need_group(key.need_group))
    return Goal(level, policy.assurance, policy.binds)


def size_chain(
    walks: Walks,
    *,
    asked: Sequence[Asked],
    exact: Sequence[tuple[int, ...]] = ((), ()),
) -> tuple[Sized, ...]:
    """Size the one or two series of a chain.

    `asked` and `exact` (places that must lie on the curve, see Around) are those of (first, fed).
    """
    chain = walks.chain
    wanted = [chain.wanted()] if chain.fed_key is None else [chain.wanted(), chain.fed_wanted()]
    found = find_places(walks, asked, near=[usual(each) for each in wanted])
    # Each group with the other one at its chosen places.
    others = (found.chosen[1], found.chosen[0]) if len(wanted) > 1 else (0,)
    keys = [key for key in (chain.key, chain.fed_key) if key is not None]
    sized = []
    for group, key in enumerate(keys):
        side, goal, needed = (
            Side(walks, group, others[group]),
            asked[group].goal,
            found.needed[group],
        )
        lost, wait = (_away(side, share, goal, needed=needed) for share in (1, 0))
        chosen = found.chosen[group]
        limits = asked[group]
        around = Around(needed, chosen, limits.least, limits.house, exact[group])
        swept = sweep(side, goal, around)
        sized.append(
            Sized(
                key=key,
                goal=goal,
                steps=swept.steps,
                chosen=chosen,
                needed=needed,
                by_level=swept.by_level,
                outcome=side.run(chosen),
                lost=lost,
                wait=wait,
                wanted=wanted[group],
            )
        )
    return tuple(sized)


def _away(side: Side, lost_share: float, goal: Goal, *, needed: int) -> int:
    """Places needed if all (1) or none (0) of those unmet were helped elsewhere.

    Few paths tell how far that is from what is needed.
    """
    own, other = (
        least(part, goal, near=needed) for part in (side.few, side.few.with_lost(lost_share))
    )
    return needed + other - own


def seen_on(sized: tuple[Sized, ...], chain: Chain) -> tuple[Sized, ...]:
    """The same series with what their chosen places give on the children of a chain.

    Best on others than those they were sized on: the fewest places that pass are those that
    chance favoured most, so the paths of the choice flatter it.
    """
    places = [part.chosen for part in sized]
    outcomes = chain.run(*places)[: len(sized)]
    return tuple(replace(part, outcome=o) for part, o in zip(sized, outcomes, strict=True))
