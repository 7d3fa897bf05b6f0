"""Whole numbers: of effective places, and in proportion."""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

# What is whole but for the computer's rounding is not rounded down.
_ROUNDING = 1e-9


def whole_places(effective: float) -> int:
    """The whole places in an effective number: 100 call-off places at 0.29 are 29, not 28."""
    return floor(effective + _ROUNDING)


def places_around(effective: float) -> tuple[int, int]:
    """The whole numbers of places on both sides of an effective one."""
    return whole_places(effective), ceil(effective - _ROUNDING)


def proportional(total: int, weights: Sequence[float]) -> tuple[int, ...]:
    """Whole numbers that add up to a total, by largest remainder; equal where all weigh 0.

    Hamilton's method: rounding down leaves some, which the largest remainders get. Ties go to the
    first.
    """
    parts = np.array(weights if sum(weights) else [1] * len(weights), float)
    wanted = total * parts / parts.sum()
    whole = np.floor(wanted + _ROUNDING)
    most = np.argsort(whole - wanted, kind="stable")[: total - int(whole.sum())]
    whole[most] += 1
    return tuple(int(n) for n in whole)
