"""Two coupled groups taken one at a time: who comes from the first, and how long they wait there.

planning/walk.py walks both at once. Where regions share places each group is walked alone, on
children who come and stay as the plan's recommendation makes them (planning/alternatives.py).
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planning.children import Children
from planning.flow import NO_CAP, Chain


def all_who_ask(chain: Chain) -> tuple[Children, NDArray[np.int64]]:
    """All who ask the fed group, and the number of each in the first group. [child]

    Its own referrals (number -1) and those who come out of the first group, as if that had a
    place for each on its day. In the order of planning/walk.py: on the first day those who
    asked before the data date come first, on every other day those who are ready now.
    """
    own, fed = chain.children, chain.fed
    assert fed is not None
    ready = np.maximum(own.day, 0) + own.nights
    who = np.flatnonzero(own.onward & (ready < len(chain.grid.month)))
    cap = chain.cap or NO_CAP
    left = cap - (own.nights[who] - np.minimum(own.day[who], 0))  # of the most nights in both
    path = np.concatenate([own.path()[who], fed.path()])
    day = np.concatenate([ready[who], fed.day]).astype(np.int32)
    comes = np.arange(len(path)) < len(who)
    turn = np.where(comes, 1, np.where(day == 0, 0, 2))
    order = np.lexsort((turn, day, path))

    def joined(first: NDArray[np.int32], rest: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.concatenate([first, rest])[order].astype(rest.dtype)

    children = Children(
        residents=fed.residents,
        start=np.searchsorted(path[order], np.arange(fed.paths + 1)),
        day=day[order],
        nights=joined(
            np.clip(own.next_nights[who], 1, np.maximum(left, 1)),
            np.where(fed.day < 0, fed.nights, np.minimum(fed.nights, cap)).astype(np.int32),
        ),
        deadline=joined((ready[who] + chain.fed_within_days).astype(np.int32), fed.deadline),
        lost=np.concatenate([own.next_lost[who], fed.lost])[order],
        onward=np.zeros(len(path), np.bool_),
        next_nights=np.ones(len(path), np.int32),
        next_lost=np.zeros(len(path), np.bool_),
        takes=joined(own.takes[who], fed.takes),
    )
    return children, np.concatenate([who, np.full(len(fed.day), -1)])[order]


def staying_on(
    chains: Mapping[str, Chain],
    asked: Mapping[str, NDArray[np.int64]],
    left: NDArray[np.int32],
) -> dict[str, Children]:
    """Children of the first group, by region, who keep their places until they are `left` alone.

    `asked` are the numbers that `all_who_ask` gave; `left` the day on which each of those, one
    region after the other, got a place in the fed group or was helped elsewhere. [child]
    """
    found, begin = {}, 0
    for region, who in asked.items():
        days = left[begin : begin + len(who)]
        begin += len(who)
        own, comes = chains[region].children, who >= 0
        nights = own.nights.copy()
        nights[who[comes]] = days[comes] - np.maximum(own.day[who[comes]], 0)
        found[region] = replace(own, nights=nights)
    return found
