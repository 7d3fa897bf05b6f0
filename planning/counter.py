"""Random numbers by counter: each is a function of its key, so no order can change them.

SplitMix64's mixing function (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number
generators", variant 13 of Stafford) on a key and a counter. The key of a child is made of
seed, series, path, day and its number on that day: one child more or less changes no other.
"""

import numpy as np
from numba import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: counters far apart
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


@njit(cache=True, nogil=True, inline="always")
def mixed(key, counter):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """64 random bits from a key and a counter (both uint64)."""
    bits = key + _GOLDEN * (counter + np.uint64(1))
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True, nogil=True, inline="always")
def unit(bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """A number in [0, 1) from 64 random bits."""
    return (bits >> np.uint64(11)) * _TO_UNIT
