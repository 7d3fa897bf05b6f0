"""Real children as the flow takes them; only what nobody saw of their stays is drawn."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecasting.came import Came
from forecasting.panel import SeriesKey
from forecasting.stays import StayLaw
from forecasting.streams import Streams
from planning.children import Children, DayGrid
from planning.evidence import Pair
from planning.flow import Chain
from planning.policy import Discipline, Policy

# Times that the unknown is drawn: whether a child without a place finds one elsewhere, and
# stays that nobody saw the end of. All else is the same each time.
TIMES = 20


def real_chain(
    came: Mapping[SeriesKey, Came],
    pair: Pair,
    *,
    region: str,
    laws: Mapping[str, StayLaw],
    grid: DayGrid,
    policy: Policy,
    streams: Streams,
) -> Chain:
    """The real children of one region and one chain of groups, on TIMES paths."""
    group, fed = pair
    key = SeriesKey(region, group.code)
    law = laws[group.code].of(region)
    overfill = policy.discipline is Discipline.OVERFILL
    rng = streams.rng("real children", str(key))
    if fed is None:
        return Chain(
            key, real_children(came[key], law, policy=policy, rng=rng), grid, overfill=overfill
        )
    fed_key, fed_law = SeriesKey(region, fed.code), laws[fed.code].of(region)
    fed_rng = streams.rng("real children", str(fed_key))
    return Chain(
        key,
        real_children(came[key], law, next_law=fed_law, policy=policy, rng=rng),
        grid,
        overfill=overfill,
        fed_key=fed_key,
        fed=real_children(came[fed_key], fed_law, policy=policy, rng=fed_rng),
        fed_within_days=fed.within_days,
        cap=fed.max_nights,
    )


def real_children(
    came: Came,
    law: NDArray[np.float64],
    *,
    next_law: NDArray[np.float64] | None = None,
    policy: Policy,
    rng: np.random.Generator,
) -> Children:
    """The children on TIMES paths; `law` and `next_law` are survival curves. [night]"""
    count, shape = len(came.day), (TIMES, len(came.day))
    nights = _nights(came.nights, came.known, law=law, chance=rng.random(shape))  # [path, child]
    resident = np.arange(count) < came.residents
    # A resident's nights before day 0 are gone; none left: it moves out that morning.
    left = np.where(resident, np.maximum(nights + came.day, 0), nights)
    next_nights = _nights(
        came.next_nights,
        came.next_known | ~came.onward,
        law=law if next_law is None else next_law,
        chance=rng.random(shape),
    )
    return Children(
        residents=came.residents,
        start=np.arange(TIMES + 1, dtype=np.int64) * count,
        day=_each(came.day),
        nights=left.ravel().astype(np.int32),
        deadline=_each(came.deadline),
        lost=rng.random(TIMES * count) < policy.lost_share,
        onward=np.tile(came.onward, TIMES),
        next_nights=np.maximum(next_nights, 1).ravel().astype(np.int32),
        next_lost=rng.random(TIMES * count) < policy.lost_share,
        takes=_each(came.takes),
    )


def _nights(
    nights: NDArray[np.int64],
    known: NDArray[np.bool_],
    *,
    law: NDArray[np.float64],
    chance: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The known nights; others are drawn as S(so far + h) / S(so far). [path, child]"""
    oldest = np.flatnonzero(law > 0)[-1]
    ready = 1 - law[np.minimum(nights, oldest)] * (1 - chance)
    drawn = np.maximum(np.searchsorted(1 - law, ready), nights + 1)
    return np.where(known, nights, drawn)


def _each(values: NDArray[np.int64]) -> NDArray[np.int32]:
    """The same on every path."""
    return np.tile(values.astype(np.int32), TIMES)
